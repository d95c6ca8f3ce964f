//! What people type for things: a number in a list, the beginning of an id, a label for a code.

use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::people::Task;
use tingfang_core::people::task::TaskSubject;
use tingfang_core::phone::Phone;
use tingfang_core::record::edit::FieldPath;
use tingfang_core::record::shape::ScalarKind;
use tingfang_core::record::value::Scalar;
use tingfang_core::text::{Language, label};

use super::PhoneCliError;

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
    one(text, "a task number of `tasks`, or the beginning of its id", found)
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
    one(&given, "the number of one of the task's cases (--case) and its undertaker (--undertaker)", found)
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
    one(text, "the id of a record, or a beginning that only one has", found)
}

/// The member of a task that a text means: name or id.
pub(super) fn member(task: &Task, text: &str) -> Result<PersonId, PhoneCliError> {
    let found: Vec<PersonId> = task
        .members
        .iter()
        .filter(|member| member.name == text || member.person.to_string().starts_with(text))
        .map(|member| member.person)
        .collect();
    one(text, "the name of a member of the task", found)
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
pub(super) fn value(kind: &ScalarKind, text: &str) -> Result<Scalar, PhoneCliError> {
    if let ScalarKind::Code { name, codes } = kind {
        let by_label = codes.iter().find(|code| {
            [Language::Zh, Language::En].iter().any(|language| label(*language, name, code) == Some(text))
        });
        if let Some(code) = by_label {
            return Ok(Scalar::Text((*code).to_owned()));
        }
    }
    kind.parse(text)
        .map_err(|problem| PhoneCliError::Argument { argument: text.to_owned(), fix: problem.to_string() })
}

/// Splits `key=value`.
pub(super) fn assignment<'t>(text: &'t str, example: &str) -> Result<(&'t str, &'t str), PhoneCliError> {
    text.split_once('=').ok_or_else(|| PhoneCliError::Argument {
        argument: text.to_owned(),
        fix: format!("write it like {example}"),
    })
}

fn one<T>(text: &str, wanted: &str, mut found: Vec<T>) -> Result<T, PhoneCliError> {
    if found.len() == 1 {
        return Ok(found.remove(0));
    }
    let count = found.len();
    Err(PhoneCliError::Argument {
        argument: text.to_owned(),
        fix: format!("it means {count} things; give {wanted}"),
    })
}
