//! What people type for things: a number in a list, the beginning of an id, a label for a code.

use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::Task;
use tingfang_core::people::task::TaskSubject;
use tingfang_core::phone::Phone;
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::shape::{FieldShape, ScalarKind};
use tingfang_core::record::value::Scalar;
use tingfang_core::text::{Language, label};

use super::PhoneCliError;

/// How an entry is written.
pub(super) const ENTRY: &str = "findings:defect=manners,severity=hint,text=…";
/// The most records that the beginning of an id is looked for in.
const MOST_RECORDS: u32 = 100_000;

/// The task that a text means.
pub(super) fn task(phone: &Phone, text: &str) -> Result<Task, PhoneCliError> {
    let tasks = phone.tasks()?;
    let by_number = text.parse::<usize>().ok().and_then(|number| tasks.get(number.checked_sub(1)?).cloned());
    if let Some(task) = by_number {
        return Ok(task);
    }
    let found: Vec<Task> =
        tasks.into_iter().filter(|task| task.assignment.to_string().starts_with(text)).collect();
    one(text, "task", found)
}

/// The subject of a task that two texts mean: the case by its number or the beginning of its id, the
/// undertaker by name or id; what the task has only one of may be left out.
pub(super) fn subject(
    task: &Task,
    case: Option<&str>,
    undertaker: Option<&str>,
) -> Result<TaskSubject, PhoneCliError> {
    let by_case = |subject: &TaskSubject| {
        case.is_none_or(|text| subject.case_no == text || subject.case.to_string().starts_with(text))
    };
    let by_undertaker = |subject: &TaskSubject| {
        undertaker.is_none_or(|text| {
            subject.undertaker_name == text || subject.undertaker.to_string().starts_with(text)
        })
    };
    let found: Vec<TaskSubject> =
        task.subjects.iter().filter(|subject| by_case(subject) && by_undertaker(subject)).cloned().collect();
    let given = [case, undertaker].into_iter().flatten().collect::<Vec<_>>().join(" ");
    one(&given, "case", found)
}

/// The record that a text means.
pub(super) fn record(phone: &Phone, text: &str) -> Result<DocumentId, PhoneCliError> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let found: Vec<DocumentId> = phone
        .records(None, MOST_RECORDS)?
        .into_iter()
        .map(|row| row.document)
        .filter(|id| id.to_string().starts_with(text))
        .collect();
    one(text, "record", found)
}

/// The member of a task that a text means: name or id.
pub(super) fn member(task: &Task, text: &str) -> Result<PersonId, PhoneCliError> {
    let found: Vec<PersonId> = task
        .members
        .iter()
        .filter(|member| member.name == text || member.person.to_string().starts_with(text))
        .map(|member| member.person)
        .collect();
    one(text, "member", found)
}

/// A path; `self` stands for the owner.
pub(super) fn path(text: &str, owner: PersonId) -> FieldPath {
    let parts: Vec<String> = text
        .split('/')
        .map(|part| if part == "self" { owner.to_string() } else { part.to_owned() })
        .collect();
    parts.join("/").parse().expect("any text is a path")
}

/// A value of a kind; a code may be given by its label.
pub(super) fn value(field: &str, kind: ScalarKind, text: &str) -> Result<Scalar, PhoneCliError> {
    if let ScalarKind::Code { name, codes } = kind {
        let by_label = codes.iter().find(|code| {
            [Language::Zh, Language::En].iter().any(|language| label(*language, name, code) == Some(text))
        });
        if let Some(code) = by_label {
            return Ok(Scalar::Text((*code).to_owned()));
        }
    }
    kind.parse(text).map_err(|problem| PhoneCliError::Value { field: field.to_owned(), kind, problem })
}

/// Splits `key=value`.
pub(super) fn assignment<'t>(
    text: &'t str,
    example: &'static str,
) -> Result<(&'t str, &'t str), PhoneCliError> {
    text.split_once('=').ok_or_else(|| PhoneCliError::NotLike { given: text.to_owned(), example })
}

/// The list of an entry, and its fields with what was given for each.
pub(super) type GivenEntry<'t> = (&'t str, Vec<(FieldShape, &'t str)>);

/// Splits `list:field=value,field=value`. A comma parts two fields only where a field of the list
/// follows it, so that a text may hold commas.
pub(super) fn entry(
    text: &str,
    known: impl Fn(&str) -> Option<&'static [FieldShape]>,
) -> Result<GivenEntry<'_>, PhoneCliError> {
    let wrong = || PhoneCliError::NotLike { given: text.to_owned(), example: ENTRY };
    let (container, mut rest) = text.split_once(':').ok_or_else(wrong)?;
    let fields = known(container).ok_or_else(wrong)?;
    let field_of = |text: &str| {
        let (name, _) = text.split_once('=')?;
        fields.iter().find(|field| field.name == name.trim()).copied()
    };
    let mut found = Vec::new();
    while !rest.is_empty() {
        let field = field_of(rest).ok_or_else(wrong)?;
        let (_, value) = rest.split_once('=').ok_or_else(wrong)?;
        let end = value.match_indices(',').find(|(at, _)| field_of(&value[at + 1..]).is_some());
        let (value, after) = end.map_or((value, ""), |(at, _)| (&value[..at], &value[at + 1..]));
        found.push((field, value));
        rest = after;
    }
    Ok((container, found))
}

fn one<T>(text: &str, wanted: &'static str, mut found: Vec<T>) -> Result<T, PhoneCliError> {
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    Err(PhoneCliError::NotOne { wanted, given: text.to_owned(), count: found.len() })
}

#[cfg(test)]
mod tests {
    use tingfang_core::record::shape::{ContainerShape, FieldShape};
    use tingfang_core::record::shape_of;

    use super::*;

    fn findings(name: &str) -> Option<&'static [FieldShape]> {
        match shape_of("attendance")?.container(name)?.shape {
            ContainerShape::Entries(fields) => Some(fields),
            _ => None,
        }
    }

    fn parts(text: &str) -> Option<Vec<(&'static str, &str)>> {
        let (_, fields) = entry(text, findings).ok()?;
        Some(fields.into_iter().map(|(field, value)| (field.name, value)).collect())
    }

    #[test]
    fn the_text_of_an_entry_may_hold_commas_and_equals_signs() {
        assert_eq!(
            parts("findings:defect=manners,text=迟到, 未道歉, a=b,severity=hint"),
            Some(vec![("defect", "manners"), ("text", "迟到, 未道歉, a=b"), ("severity", "hint")])
        );
    }

    #[test]
    fn an_entry_of_an_unknown_list_or_field_is_refused() {
        assert_eq!(parts("nothing:defect=manners"), None);
        assert_eq!(parts("findings:colour=red"), None);
        assert_eq!(parts("findings"), None);
    }
}
