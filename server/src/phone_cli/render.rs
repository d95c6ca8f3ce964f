//! How the terminal phone shows things. Chinese by default; every label comes from the locale.

mod derived;

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tingfang_core::clock::Moment;
use tingfang_core::consequence::subsidy::yuan_text;
use tingfang_core::id::PersonId;
use tingfang_core::people::Task;
use tingfang_core::phone::{Authorship, Progress, RecordRow, RecordView, RefusedItem, Status};
use tingfang_core::record::ItemId;
use tingfang_core::record::edit::{Edit, FieldPath};
use tingfang_core::record::shape::{AmountFen, ContainerShape, KeyKind, ScalarKind, ScalarType};
use tingfang_core::record::shape_of;
use tingfang_core::record::value::{Node, Scalar};
use tingfang_core::rubric::{ContentHash, Questionnaire};
use tingfang_core::text::{Language, field_label, label, sentence};

fn say(language: Language, key: &str, values: &[(&str, &str)]) -> String {
    sentence(language, "phone", key, values)
}

fn name_of(language: Language, section: &str, key: &str) -> String {
    label(language, section, key).unwrap_or(key).to_owned()
}

fn field_name(language: Language, kind: &str, field: &str) -> String {
    field_label(language, kind, field).unwrap_or(field).to_owned()
}

/// The tasks, numbered as `record` takes them.
pub(super) fn tasks(tasks: &[Task], owner: PersonId, language: Language) -> String {
    if tasks.is_empty() {
        return say(language, "no_tasks", &[]);
    }
    let lines = tasks.iter().enumerate().map(|(index, task)| {
        let kind = name_of(language, "assignment_kind", task.kind.code());
        let duty = task.duty_of(owner).map(|duty| duty.label(language)).unwrap_or_default();
        let state = task.state.label(language);
        let mut lines = vec![format!("{:>3}. {kind} · {duty} · {state}", index + 1)];
        if let Some(hearing) = &task.hearing {
            let room = hearing.courtroom.as_deref().unwrap_or("");
            lines.push(format!("     {} {} {room}", hearing.starts_at.minute_in_china(), hearing.court));
        }
        if let Some(round) = &task.round {
            lines.push(format!("     {}", round.name));
        }
        lines.extend(task.subjects.iter().map(|subject| {
            format!(
                "     {} {} · {}({})",
                subject.case_no, subject.cause, subject.undertaker_name, subject.provider_name
            )
        }));
        let plan = [
            task.stage.map(|stage| stage.label(language).to_owned()),
            task.inspected.as_ref().map(|inspected| inspected.name.clone()),
            task.note.clone(),
        ];
        lines.extend(plan.into_iter().flatten().map(|said| format!("     {said}")));
        lines.extend(task.reports.iter().map(|report| {
            let kind = name_of(language, "task_report_kind", &report.kind);
            format!("     ! {kind} · {} · {}", report.by, report.reason)
        }));
        lines.join("\n")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// One record in a list.
pub(super) fn row(row: &RecordRow, task: Option<&Task>, language: Language) -> String {
    let kind = name_of(language, "kind", &row.kind);
    let subject = task
        .and_then(|task| {
            task.subjects.iter().find(|subject| row.case.is_none_or(|case| case == subject.case))
        })
        .map(|subject| format!("{} {}", subject.case_no, subject.undertaker_name))
        .unwrap_or_default();
    let sealed = if row.sealed { say(language, "is_sealed", &[]) } else { say(language, "is_open", &[]) };
    let sync = row.sync.label(language);
    format!("{}  {kind} · {subject} · {sealed} · {sync} · {}", row.document, row.touched_at.minute_in_china())
}

/// A record, container by container; what is empty is left out.
pub(super) fn record(
    view: &RecordView,
    task: Option<&Task>,
    form: Option<&Questionnaire>,
    language: Language,
) -> String {
    let state = if view.sealed { "is_sealed" } else { "is_open" };
    let mut lines = vec![
        format!(
            "{} · {} · {}",
            name_of(language, "kind", &view.kind),
            say(language, state, &[]),
            view.sync.label(language)
        ),
        format!("  {}", view.document),
    ];
    if view.sealed && view.transcribed_for.is_some() {
        lines.push(say(language, if view.confirmed { "is_confirmed" } else { "is_unconfirmed" }, &[]));
    }
    lines.extend(view.doubts.iter().map(|doubt| format!("  ! {}", doubt.sentence(language, &view.kind))));
    lines.extend(derived::lines(view, language));
    if view.needs_seal {
        lines.push(say(language, "seal_again", &[]));
    }
    for container in shape_of(&view.kind).map_or(&[][..], |shape| shape.containers) {
        let Some(content) = view.content.get(container.name) else { continue };
        let shown = match (container.name, form, content) {
            ("answers", Some(form), Node::Map(answers)) => answer_lines(form, answers, language),
            _ => container_lines(&view.kind, container.name, &container.shape, content, task, language),
        };
        if !shown.is_empty() {
            lines.push(format!("  {}", field_name(language, &view.kind, container.name)));
            lines.extend(shown.into_iter().map(|line| format!("    {line}")));
        }
    }
    if !view.conflicts.is_empty() {
        lines.push(conflicts(view, language));
    }
    if !view.missing.is_empty() && !view.sealed {
        let missing: Vec<String> =
            view.missing.iter().map(|path| path_label(&view.kind, path, task, language)).collect();
        lines.push(say(language, "missing", &[("fields", &missing.join(&say(language, "list", &[])))]));
    }
    lines.join("\n")
}

/// Answers in the words of their questionnaire; one that it does not have shows as it stands.
fn answer_lines(form: &Questionnaire, answers: &BTreeMap<String, Node>, language: Language) -> Vec<String> {
    answers
        .iter()
        .filter_map(|(question, answer)| {
            let Node::Scalar(Scalar::Text(code)) = answer else { return None };
            let known = ItemId::parse(question).and_then(|id| form.question(&id));
            let said = known.and_then(|known| known.answers.get(code));
            let asked = known.map(|known| format!("{question} {}", known.label.get(language)));
            let said = said.map_or(code.as_str(), |said| said.label.get(language));
            Some(field_line(&asked.unwrap_or_else(|| question.clone()), said, language))
        })
        .collect()
}

fn container_lines(
    kind: &str,
    name: &str,
    shape: &ContainerShape,
    content: &Node,
    task: Option<&Task>,
    language: Language,
) -> Vec<String> {
    match (shape, content) {
        (ContainerShape::Narrative, Node::Text(text)) if !text.is_empty() => {
            text.lines().map(str::to_owned).collect()
        }
        (ContainerShape::Group(fields), Node::Map(map)) => fields
            .iter()
            .filter_map(|field| {
                let Node::Scalar(value) = map.get(field.name)? else { return None };
                let label = field_name(language, kind, &format!("{name}.{}", field.name));
                Some(field_line(&label, &shown(&field.kind, value, task, language), language))
            })
            .collect(),
        (ContainerShape::Keyed(keys, kind), Node::Map(map)) => map
            .iter()
            .filter_map(|(key, value)| {
                let Node::Scalar(value) = value else { return None };
                let key = key_label(keys, key, task, language);
                Some(field_line(&key, &shown(kind, value, task, language), language))
            })
            .collect(),
        (ContainerShape::Entries(fields), Node::Map(entries)) => entries
            .values()
            .map(|entry| {
                let parts: Vec<String> = fields
                    .iter()
                    .filter_map(|field| {
                        let Node::Scalar(value) = entry.get(field.name)? else { return None };
                        let label = field_name(language, kind, &format!("{name}.{}", field.name));
                        Some(field_line(&label, &shown(&field.kind, value, task, language), language))
                    })
                    .collect();
                format!("· {}", parts.join(&say(language, "join", &[])))
            })
            .collect(),
        _ => Vec::new(),
    }
}

fn field_line(label: &str, value: &str, language: Language) -> String {
    say(language, "field", &[("label", label), ("value", value)])
}

fn key_label(keys: &KeyKind, key: &str, task: Option<&Task>, language: Language) -> String {
    match keys {
        KeyKind::Code { name, .. } => name_of(language, name, key),
        KeyKind::Id => name_of_id(key, task),
        KeyKind::Item => key.to_owned(),
    }
}

/// The name behind an id, where the task tells it.
fn name_of_id(id: &str, task: Option<&Task>) -> String {
    let Some(task) = task else { return id.to_owned() };
    let member = task.members.iter().find(|member| member.person.to_string() == id);
    let subject = task.subjects.iter().find_map(|subject| {
        if subject.undertaker.to_string() == id {
            Some(subject.undertaker_name.clone())
        } else if subject.case.to_string() == id {
            Some(subject.case_no.clone())
        } else {
            None
        }
    });
    let hearing = task.hearing.as_ref().filter(|hearing| hearing.id.to_string() == id);
    member
        .map(|member| member.name.clone())
        .or(subject)
        .or_else(|| {
            hearing.map(|hearing| format!("{} {}", hearing.starts_at.minute_in_china(), hearing.court))
        })
        .unwrap_or_else(|| id.to_owned())
}

fn shown(kind: &ScalarKind, value: &Scalar, task: Option<&Task>, language: Language) -> String {
    match (kind, value) {
        (ScalarKind::Code { name, .. }, Scalar::Text(code)) => name_of(language, name, code),
        (ScalarKind::Id, Scalar::Text(id)) => name_of_id(id, task),
        (ScalarKind::Integer { max: 10_000, .. }, Scalar::Integer(points)) => {
            format!("{}.{:02}", points / 100, points % 100)
        }
        (kind, Scalar::Integer(fen)) if *kind == AmountFen::KIND => yuan_text(*fen),
        // A content hash names a version; its beginning is enough to tell two apart.
        (_, Scalar::Text(text)) => text.parse::<ContentHash>().map_or(text.clone(), |hash| hash.short()),
        (_, Scalar::Moment(moment)) => moment.minute_in_china(),
        (_, Scalar::Flag(flag)) => say(language, if *flag { "yes" } else { "no" }, &[]),
        (_, value) => value.to_string(),
    }
}

pub(super) fn path_label(kind: &str, path: &FieldPath, task: Option<&Task>, language: Language) -> String {
    let parts = path.parts();
    let container = field_name(language, kind, path.container());
    match parts {
        [_] => container,
        [group, field] => match field_label(language, kind, &format!("{group}.{field}")) {
            Some(label) => label.to_owned(),
            None => format!("{container}/{}", name_of_id(field, task)),
        },
        [group, _, field] => {
            format!("{container}/{}", field_name(language, kind, &format!("{group}.{field}")))
        }
        _ => path.to_string(),
    }
}

/// The conflicts of a record: each value with who wrote it, when, and on which device.
pub(super) fn conflicts(view: &RecordView, language: Language) -> String {
    let shape = shape_of(&view.kind);
    let mut lines = vec![say(language, "conflicts_in", &[("record", &view.document.to_string())])];
    for conflict in &view.conflicts {
        let count = conflict.candidates.len().to_string();
        let field = path_label(&view.kind, &conflict.path, None, language);
        let path = conflict.path.to_string();
        lines.push(say(language, "conflict", &[("field", &field), ("path", &path), ("count", &count)]));
        let kind = shape.and_then(|shape| shape.scalar_at(&conflict.path).ok());
        for candidate in &conflict.candidates {
            let value = kind.map_or_else(
                || candidate.value.to_string(),
                |kind| shown(&kind, &candidate.value, None, language),
            );
            let author = view.authors.get(&candidate.change).map(|author| authorship(author, language));
            lines.push(format!("      {value} — {}", author.unwrap_or_default()));
        }
    }
    lines.join("\n")
}

fn authorship(author: &Authorship, language: Language) -> String {
    match author {
        Authorship::Here { at } => say(language, "written_here", &[("at", &at.minute_in_china())]),
        Authorship::Elsewhere { writer, made } => {
            let until = made.not_after.minute_in_china();
            let when = match made.not_before {
                Some(from) => {
                    say(language, "made_between", &[("from", &from.minute_in_china()), ("until", &until)])
                }
                None => say(language, "made_before", &[("until", &until)]),
            };
            let values = [("writer", writer.name.as_str()), ("device", &writer.device_name), ("when", &when)];
            say(language, "written_elsewhere", &values)
        }
    }
}

/// The same for scripts.
pub(super) fn conflicts_json(view: &RecordView) -> Value {
    view.conflicts
        .iter()
        .map(|conflict| {
            let candidates: Vec<Value> = conflict
                .candidates
                .iter()
                .map(|candidate| {
                    let mut shown = json!({
                        "value": candidate.value,
                        "change": candidate.change.to_string(),
                    });
                    match view.authors.get(&candidate.change) {
                        Some(Authorship::Here { at }) => shown["written_here_at"] = json!(at),
                        Some(Authorship::Elsewhere { writer, made }) => {
                            shown["writer"] = json!(writer.name);
                            shown["device"] = json!(writer.device);
                            shown["device_name"] = json!(writer.device_name);
                            shown["not_before"] = json!(made.not_before);
                            shown["received_at"] = json!(made.not_after);
                        }
                        None => {}
                    }
                    shown
                })
                .collect();
            json!({ "field": conflict.path.to_string(), "candidates": candidates })
        })
        .collect()
}

/// What a sync did.
pub(super) fn synced(progress: &Progress, status: &Status, language: Language) -> String {
    let numbers = [
        ("stored", progress.stored.to_string()),
        ("pulled", progress.pulled.to_string()),
        ("not_accepted", progress.not_accepted.to_string()),
        ("waiting", status.waiting.to_string()),
        ("reopened", progress.reopened.to_string()),
        ("addenda", progress.addenda.to_string()),
    ];
    let values: Vec<(&str, &str)> = numbers.iter().map(|(key, value)| (*key, value.as_str())).collect();
    let mut lines = vec![say(language, "synced", &values)];
    if progress.not_accepted > 0 {
        lines.push(say(language, "see_refused", &values));
    }
    if progress.addenda > 0 {
        lines.push(say(language, "addenda", &values));
    }
    if progress.reopened > 0 {
        lines.push(say(language, "reopened", &values));
    }
    lines.extend(progress.rejected.iter().map(|code| {
        say(language, "frame_rejected", &[("reason", &name_of(language, "frame_rejection", code))])
    }));
    lines.join("\n")
}

/// What was not accepted, with what was written.
pub(super) fn refused(items: &[RefusedItem], language: Language) -> String {
    if items.is_empty() {
        return say(language, "nothing_refused", &[]);
    }
    let lines = items.iter().map(|item| {
        let verdict = name_of(language, "verdict", &item.verdict);
        let section = if item.verdict == "malformed" { "malformed" } else { "rule" };
        let rule = name_of(language, section, &item.rule);
        let said = item.report.as_ref().map(|report| report.reason.clone());
        let written = said.unwrap_or_else(|| edits_text(&item.edits));
        let decided = item.decided.as_ref().map(|reason| format!("（{reason}）")).unwrap_or_default();
        format!("{verdict} · {} · {rule}{decided}\n    {written}", item.document)
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// What edits wrote, as text to copy.
pub(super) fn edits_text(edits: &[Edit]) -> String {
    let parts = edits.iter().map(|edit| match edit {
        Edit::Set { path, value } => format!("{path} = {value}"),
        Edit::Clear { path } => format!("{path} = "),
        Edit::Add { container, fields, .. } => {
            let fields: Vec<String> = fields.iter().map(|(key, value)| format!("{key}={value}")).collect();
            format!("{container}: {}", fields.join(", "))
        }
        Edit::Splice { container, insert, .. } => format!("{container}: {insert}"),
    });
    parts.collect::<Vec<_>>().join("; ")
}

/// The state of sync.
pub(super) fn status(status: &Status, language: Language) -> String {
    let never = say(language, "never", &[]);
    let numbers = [
        ("waiting", status.waiting.to_string()),
        ("stored", status.stored.to_string()),
        ("not_accepted", status.not_accepted.to_string()),
        ("records", status.records.to_string()),
        ("synced_at", status.synced_at.map_or(never, Moment::minute_in_china)),
    ];
    let values: Vec<(&str, &str)> = numbers.iter().map(|(key, value)| (*key, value.as_str())).collect();
    say(language, "status", &values)
}

/// The evidence that the server sent for a case: its own readable text.
pub(super) fn evidence(body: &Value, language: Language) -> String {
    let key = match language {
        Language::Zh => "text_zh",
        Language::En => "text_en",
    };
    match body.get(key).and_then(Value::as_str) {
        Some(text) => text.to_owned(),
        None => say(language, "no_evidence", &[]),
    }
}
