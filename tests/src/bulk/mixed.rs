//! Records of every kind, filled by their shapes.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::clock::Moment;
use tingfang_core::id::{CaseId, DocumentId, PersonId};
use tingfang_core::record::KINDS;
use tingfang_core::record::document::{Actor, Document, RawChange, derived_changes};
use tingfang_core::record::edit::{Edit, FieldPath};
use tingfang_core::record::shape::{
    Container, ContainerShape, FieldShape, KeyKind, KindShape, ScalarKind, ScalarType,
};
use tingfang_core::record::value::Scalar;
use tingfang_server::db::Db;

use super::{PHRASES, Texts, comment, insert};

/// Entries of a list, and keys of a map.
const EACH: usize = 3;

/// Puts records of all kinds by turns into the server, received by one person.
pub fn fill_mixed(db: &Db, reader: PersonId, count: usize, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let records = |from: usize, rng: &mut StdRng| -> Vec<_> {
        let mut one = |nth: usize| {
            let (shape, id) = (&KINDS[nth % KINDS.len()], DocumentId::from_bytes(rng.random()));
            (shape.code, id, record(shape, id, rng))
        };
        (from..count.min(from + 500)).map(&mut one).collect()
    };
    for from in (0..count).step_by(500) {
        let records = records(from, &mut rng);
        db.write(move |tx| {
            records.iter().try_for_each(|(kind, id, changes)| insert(tx, kind, reader, *id, changes))
        })
        .expect("fresh rows");
    }
}

/// One record with something in every container, as its changes.
pub(super) fn record(shape: &KindShape, id: DocumentId, rng: &mut StdRng) -> Vec<RawChange> {
    let mut changes = derived_changes(shape, shape.version, id);
    let mut document =
        Document::from_changes(changes.iter().map(|change| change.bytes.as_slice())).expect("a beginning");
    changes.extend(document.edit(Actor(rng.random()), &edits(shape, rng)).expect("fits"));
    changes
}

/// What somebody would have written into a record of this kind.
pub fn edits(shape: &KindShape, rng: &mut StdRng) -> Vec<Edit> {
    shape.containers.iter().flat_map(|container| edits_of(container, rng)).collect()
}

fn edits_of(container: &Container, rng: &mut StdRng) -> Vec<Edit> {
    match container.shape {
        // What a record is about, and where it comes from, its beginning says.
        ContainerShape::Group(_) if matches!(container.name, "subject" | "origin") => Vec::new(),
        ContainerShape::Group(fields) => fields
            .iter()
            .map(|field| Edit::set([container.name, field.name], value(&field.kind, rng)))
            .collect(),
        ContainerShape::Entries(fields) => (0..EACH).map(|_| entry(container.name, fields, rng)).collect(),
        ContainerShape::Keyed(keys, kind) => (0..EACH)
            .map(|nth| Edit::Set {
                path: FieldPath::new([container.name, &key(&keys, nth, rng)]),
                value: value(&kind, rng),
            })
            .collect(),
        ContainerShape::Narrative => vec![Edit::Splice {
            container: container.name.into(),
            at: 0,
            delete: 0,
            insert: comment(rng, Texts::Templated),
        }],
    }
}

fn entry(container: &str, fields: &[FieldShape], rng: &mut StdRng) -> Edit {
    let fields = fields.iter().map(|field| (field.name.to_owned(), value(&field.kind, rng))).collect();
    let entry = tingfang_core::id::EntryId::from_bytes(rng.random());
    Edit::Add { container: container.to_owned(), entry, fields }
}

fn key(keys: &KeyKind, nth: usize, rng: &mut StdRng) -> String {
    match keys {
        KeyKind::Id => id(rng),
        KeyKind::Item => format!("CRM-{}.{}", nth + 1, rng.random_range(1..5)),
        KeyKind::Code { codes, .. } => codes[nth % codes.len()].to_owned(),
    }
}

fn value(kind: &ScalarKind, rng: &mut StdRng) -> Scalar {
    match kind {
        ScalarKind::Text { .. } => Scalar::Text(PHRASES[rng.random_range(0..PHRASES.len())].to_owned()),
        ScalarKind::Code { codes, .. } => Scalar::Text(codes[rng.random_range(0..codes.len())].to_owned()),
        ScalarKind::Flag => Scalar::Flag(rng.random()),
        ScalarKind::Integer { min, max } => Scalar::Integer(rng.random_range(*min..=(*max).min(min + 2_000))),
        // Some minute of December 2026.
        ScalarKind::Moment => {
            Scalar::Moment(Moment::from_millis(1_796_054_400_000 + rng.random_range(0..43_200) * 60_000))
        }
        ScalarKind::Id => Scalar::Text(id(rng)),
    }
}

fn id(rng: &mut StdRng) -> String {
    match CaseId::from_bytes(rng.random()).to_scalar() {
        Scalar::Text(text) => text,
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_is_filled_by_its_shape_and_reads_as_itself() {
        let mut rng = StdRng::seed_from_u64(1);
        for shape in KINDS {
            let id = DocumentId::from_bytes(rng.random());
            let changes = record(shape, id, &mut rng);
            let document = Document::from_changes(changes.iter().map(|change| change.bytes.as_slice()));
            let content = document.expect("a record").content();
            let read = tingfang_core::record::Record::read(shape.code, &content);
            assert!(read.is_some(), "{}", shape.code);
        }
    }
}
