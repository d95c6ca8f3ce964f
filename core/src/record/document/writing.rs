//! Edits as operations of the library.

use std::borrow::Cow;

use automerge::transaction::Transactable;
use automerge::{ObjId, ObjType, ROOT, ReadDoc, ScalarValue};

use super::super::edit::{Edit, EditError, FieldPath, NARRATIVE_PART_CHARS};
use super::super::value::Scalar;

/// Cuts edits into the portions that one change may hold.
pub(super) fn parts(edits: &[Edit]) -> Vec<Vec<Cow<'_, Edit>>> {
    let mut parts = vec![Vec::new()];
    let mut chars_in_part = 0;
    for edit in edits {
        let Edit::Splice { container, at, delete, insert } = edit else {
            parts.last_mut().expect("never empty").push(Cow::Borrowed(edit));
            continue;
        };
        let characters: Vec<char> = insert.chars().collect();
        let pieces: Vec<&[char]> =
            if characters.is_empty() { vec![&[]] } else { characters.chunks(NARRATIVE_PART_CHARS).collect() };
        for (index, piece) in pieces.into_iter().enumerate() {
            if chars_in_part + piece.len() > NARRATIVE_PART_CHARS {
                parts.push(Vec::new());
                chars_in_part = 0;
            }
            chars_in_part += piece.len();
            parts.last_mut().expect("never empty").push(Cow::Owned(Edit::Splice {
                container: container.clone(),
                at: at + index * NARRATIVE_PART_CHARS,
                delete: if index == 0 { *delete } else { 0 },
                insert: piece.iter().collect(),
            }));
        }
    }
    parts
}

pub(super) fn write(
    transaction: &mut automerge::transaction::Transaction<'_>,
    edit: &Edit,
) -> Result<(), EditError> {
    let failed = |error: automerge::AutomergeError| EditError::Document { reason: error.to_string() };
    match edit {
        Edit::Set { path, value } => {
            let (object, key) = place(transaction, path)?;
            transaction.put(&object, key, automerge_scalar(value)).map_err(failed)
        }
        Edit::Clear { path } => {
            let (object, key) = place(transaction, path)?;
            match transaction.get(&object, key).map_err(failed)? {
                Some(_) => transaction.delete(&object, key).map_err(failed),
                None => Ok(()),
            }
        }
        Edit::Add { container, entry, fields } => {
            let entries = descend(transaction, std::slice::from_ref(container))
                .ok_or_else(|| EditError::NoSuchEntry { path: container.clone() })?;
            let entry = transaction.put_object(&entries, entry.to_string(), ObjType::Map).map_err(failed)?;
            fields.iter().try_for_each(|(field, value)| {
                transaction.put(&entry, field.as_str(), automerge_scalar(value)).map_err(failed)
            })
        }
        Edit::Splice { container, at, delete, insert } => {
            let text = descend(transaction, std::slice::from_ref(container))
                .ok_or_else(|| EditError::NoSuchEntry { path: container.clone() })?;
            let length = transaction.length(&text);
            let at = (*at).min(length);
            let delete = isize::try_from((*delete).min(length - at)).unwrap_or(isize::MAX);
            transaction.splice_text(&text, at, delete, insert).map_err(failed)
        }
    }
}

pub(super) fn place<'p>(doc: &impl ReadDoc, path: &'p FieldPath) -> Result<(ObjId, &'p str), EditError> {
    let missing = || EditError::NoSuchEntry { path: path.to_string() };
    let (last, parents) = path.parts().split_last().ok_or_else(missing)?;
    Ok((descend(doc, parents).ok_or_else(missing)?, last))
}

pub(super) fn descend(doc: &impl ReadDoc, keys: &[String]) -> Option<ObjId> {
    keys.iter().try_fold(ROOT, |object, key| match doc.get(&object, key.as_str()).ok()?? {
        (automerge::Value::Object(_), id) => Some(id),
        _ => None,
    })
}

pub(super) fn automerge_scalar(value: &Scalar) -> ScalarValue {
    match value {
        Scalar::Text(text) => ScalarValue::Str(text.as_str().into()),
        Scalar::Integer(number) => ScalarValue::Int(*number),
        Scalar::Flag(flag) => ScalarValue::Boolean(*flag),
        Scalar::Moment(moment) => ScalarValue::Timestamp(moment.as_millis()),
    }
}
