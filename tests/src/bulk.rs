//! Many records at once: for measuring, not for stories. They are put into the server's rows as
//! they would stand after sync, without phones writing them one by one.

mod mixed;

pub use mixed::{edits, fill_mixed};

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tingfang_core::clock::LogPosition;
use tingfang_core::id::{DocumentId, PersonId};
use tingfang_core::record::document::{Actor, Document, RawChange};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::file_review::{FileReview, Paper, PaperState};
use tingfang_core::record::shape::{RecordKind, ScalarType};
use tingfang_core::record::value::Scalar;
use tingfang_server::db::{Db, DbError, Tx};
use tingfang_server::log;
use tingfang_server::store::{change_log, document};

/// How alike the records' texts are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// Out of a few phrases, as most comments are.
    Templated,
    /// A hundred characters drawn one by one: the worst case.
    HighEntropy,
}

const PHRASES: &[&str] = &[
    "案卷材料基本齐全,",
    "会见笔录要素完整,",
    "阅卷笔录未附主要证据摘录,",
    "辩护意见紧扣争议焦点,",
    "归档及时。",
];

/// One record of 44 values and a comment of about a hundred characters, as its changes.
pub fn record(id: DocumentId, rng: &mut StdRng, texts: Texts) -> Vec<RawChange> {
    let mut document = Document::begin(&FileReview::SHAPE, id);
    let made = document.edit(Actor(rng.random()), &review(rng, texts)).expect("fits");
    let mut changes = tingfang_core::record::document::derived_changes(&FileReview::SHAPE, 1, id);
    changes.extend(made);
    changes
}

/// What somebody writes into one: 44 values and a comment of about a hundred characters.
pub fn review(rng: &mut StdRng, texts: Texts) -> Vec<Edit> {
    let mut edits: Vec<Edit> = Paper::ALL
        .iter()
        .map(|paper| Edit::set(["papers", paper.code()], PaperState::ALL[rng.random_range(0..4)].to_scalar()))
        .collect();
    let marks = ["full", "mostly", "half", "little"];
    for item in 0..24 {
        let key = format!("CRM-{}.{}", item / 5 + 1, item % 5 + 1);
        edits.push(Edit::set(["marks", &key], Scalar::Text(marks[rng.random_range(0..4)].into())));
    }
    edits.push(Edit::Splice { container: "comment".into(), at: 0, delete: 0, insert: comment(rng, texts) });
    edits
}

fn comment(rng: &mut StdRng, texts: Texts) -> String {
    match texts {
        Texts::Templated => (0..9).map(|_| PHRASES[rng.random_range(0..PHRASES.len())]).collect(),
        Texts::HighEntropy => {
            (0..100).filter_map(|_| char::from_u32(rng.random_range(0x4e00..0x9fa5))).collect()
        }
    }
}

/// Puts records into the server, received by one person and written by another's device.
pub fn fill(db: &Db, reader: PersonId, count: usize, texts: Texts, seed: u64) {
    let mut rng = StdRng::seed_from_u64(seed);
    let mut left = count;
    while left > 0 {
        let batch = left.min(500);
        let records: Vec<(DocumentId, Vec<RawChange>)> = (0..batch)
            .map(|_| {
                let id = DocumentId::from_bytes(rng.random());
                let changes = record(id, &mut rng, texts);
                (id, changes)
            })
            .collect();
        db.write(move |tx| {
            let kind = FileReview::SHAPE.code;
            records.iter().try_for_each(|(id, changes)| insert(tx, kind, reader, *id, changes))
        })
        .expect("fresh rows");
        left -= batch;
    }
}

fn insert(
    tx: &Tx,
    kind: &str,
    reader: PersonId,
    id: DocumentId,
    changes: &[RawChange],
) -> Result<(), DbError> {
    let begun: LogPosition = log::next_position(tx)?;
    document::insert(
        tx,
        &document::Kept {
            id,
            kind: kind.to_owned(),
            schema_version: 1,
            assignment: None,
            case: None,
            undertaker: None,
            transcribed_for: None,
            writer: Some(reader),
            amends: None,
            begun_by: reader,
            begun_position: begun,
            sealed_position: None,
            revision: 0,
            changed_at: tingfang_core::clock::Moment::default(),
            erased_by: None,
        },
    )?;
    for change in changes {
        change_log::append(
            tx,
            &change_log::Entry {
                position: log::next_position(tx)?,
                document: id,
                hash: change.hash,
                actor: Actor([0; 16]),
                bytes: change.bytes.clone(),
                sender: None,
                received_at: tingfang_core::clock::Moment::default(),
            },
        )?;
    }
    document::add_reader(tx, id, reader, begun)
}
