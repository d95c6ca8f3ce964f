//! How recipients are reached, what is said of a task, and what was returned.

use serde_json::json;
use tingfang_core::clock::Moment;
use tingfang_core::people::TaskReportKind;
use tingfang_core::phone::ContactCard;
use tingfang_core::record::shape::ScalarType;
use tingfang_core::record::value::Scalar;
use tingfang_core::text::{Language, sentence};

use super::problem::PhoneCliError;
use super::work::Desk;
use super::{Answer, reference, render};

impl Desk {
    /// The recipients of a task: the rules first, the numbers only to who has read them.
    pub(super) fn contacts(&self, task: &str, rules_read: bool) -> Result<Answer, PhoneCliError> {
        let task = reference::task(&self.phone, task)?;
        let cards = if rules_read {
            self.phone.contacts_after_rules(task.assignment)?
        } else {
            self.phone.contacts(task.assignment)?
        };
        let lines: Vec<String> = cards.iter().map(|card| card_lines(card, self.language)).collect();
        let text = if lines.is_empty() {
            sentence(self.language, "phone", "no_contacts", &[])
        } else {
            lines.join("\n")
        };
        let json: Vec<_> = cards
            .iter()
            .map(|card| {
                json!({
                    "name": card.name, "number": card.number, "address": card.address,
                    "guardian": card.guardian, "language": card.language, "groups": card.groups,
                    "rules": card.rules.as_ref().map(|rules| json!({
                        "hours": rules.hours, "open_now": rules.open_now,
                        "code_word": rules.code_word, "note": rules.note,
                    })),
                })
            })
            .collect();
        Ok(Answer { text, json: json!({ "contacts": json }) })
    }

    /// Says of a task that it cannot be done, is put off, or that somebody did not come.
    pub(super) fn report(
        &mut self,
        task: &str,
        kind: &str,
        reason: &str,
        until: Option<&str>,
        absent: Option<&str>,
    ) -> Result<Answer, PhoneCliError> {
        let task = reference::task(&self.phone, task)?;
        let kind = match reference::value("kind", TaskReportKind::KIND, kind)? {
            Scalar::Text(code) => TaskReportKind::from_code(&code),
            _ => None,
        };
        let kind = kind.unwrap_or(TaskReportKind::Impossible);
        let until = match until.map(|text| reference::value("until", Moment::KIND, text)).transpose()? {
            Some(Scalar::Moment(moment)) => Some(moment),
            _ => None,
        };
        let absent = absent.map(|name| reference::member(&task, name)).transpose()?;
        let id = self.phone.report_on_task(task.assignment, kind, reason, until, absent)?;
        let text = sentence(self.language, "phone", "reported", &[]);
        Ok(Answer { text, json: json!({ "report": id }) })
    }

    /// The records that were returned and not answered yet.
    pub(super) fn returned(&self) -> Result<Answer, PhoneCliError> {
        let rows = self.phone.returned()?;
        let lines: Vec<String> = rows
            .iter()
            .flat_map(|row| {
                let head = sentence(
                    self.language,
                    "phone",
                    "returned_by",
                    &[
                        ("record", &row.document.to_string()),
                        ("by", &row.by),
                        ("at", &row.at.minute_in_china()),
                    ],
                );
                let notes = row.notes.iter().map(|note| {
                    let field = match note.path.as_str() {
                        "" => sentence(self.language, "phone", "whole_record", &[]),
                        _ => render::path_label(&row.kind, &note.field(), None, self.language),
                    };
                    let values = [("field", &*field), ("text", &*note.text)];
                    sentence(self.language, "phone", "returned_note", &values)
                });
                std::iter::once(head).chain(notes).collect::<Vec<_>>()
            })
            .collect();
        let text = if lines.is_empty() {
            sentence(self.language, "phone", "nothing_returned", &[])
        } else {
            lines.join("\n")
        };
        Ok(Answer { text, json: json!({ "returned": rows }) })
    }
}

fn card_lines(card: &ContactCard, language: Language) -> String {
    let say = |key: &str, values: &[(&str, &str)]| sentence(language, "phone", key, values);
    let mut lines = vec![card.name.clone()];
    if let Some(rules) = &card.rules {
        let open = say(if rules.open_now { "safe_now" } else { "unsafe_now" }, &[]);
        lines.push(say("safe_hours", &[("hours", &rules.hours), ("open", &open)]));
        lines.push(say("safe_word", &[("word", &rules.code_word)]));
        lines.extend(rules.note.iter().map(|note| say("safe_note", &[("note", note)])));
    }
    match (&card.number, &card.rules) {
        (Some(number), _) => lines.push(say("contact_number", &[("number", number)])),
        (None, Some(_)) => lines.push(say("number_after_rules", &[])),
        (None, None) => lines.push(say("no_number", &[])),
    }
    lines.extend(card.guardian.iter().map(|guardian| say("contact_guardian", &[("guardian", guardian)])));
    lines.join("\n  ")
}
