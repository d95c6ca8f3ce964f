//! Forged changes: honest ones of every kind of operation, mutated byte by byte and field by field.

use automerge::legacy::{Key, ObjectId, OpId, OpType};
use automerge::marks::{ExpandMark, Mark};
use automerge::transaction::{CommitOptions, Transactable, Transaction};
use automerge::{ActorId, Automerge, Change, ExpandedChange, ObjId, ObjType, ROOT, ReadDoc, ScalarValue};
use rand::RngExt;
use rand::rngs::StdRng;
use tingfang_core::id::{DocumentId, EntryId};
use tingfang_core::record::attendance::Attendance;
use tingfang_core::record::document::{Actor, Document};
use tingfang_core::record::edit::Edit;
use tingfang_core::record::shape::RecordKind;
use tingfang_core::record::value::Scalar;

pub mod grammar;

/// The forger.
pub const FORGER: Actor = Actor([7; 16]);
/// Somebody honest.
pub const HONEST: Actor = Actor([9; 16]);

/// The record under attack: an attendance with a fact, an entry and a text in it.
pub fn base() -> Document {
    let mut document = Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([1; 16]));
    let fields = [("text".to_owned(), Scalar::Text("质证充分".into()))].into();
    let edits = [
        Edit::set(["facts", "outcome"], Scalar::Text("attended".into())),
        Edit::Add { container: "findings".into(), entry: EntryId::from_bytes([2; 16]), fields },
        Edit::Splice {
            container: "narrative".into(), at: 0, delete: 0, insert: "法庭调查开始。".into()
        },
    ];
    document.edit(HONEST, &edits).expect("fits");
    document
}

/// The base as the library sees it.
pub fn unguarded(document: &Document) -> Automerge {
    Automerge::load(&document.save()).expect("an own document")
}

/// One honest change for every kind of operation, those included that no record has: marks,
/// counters, lists, tables, nested objects.
pub fn seeds() -> Vec<(&'static str, Change)> {
    let base = base();
    let edit = |edits: &[Edit]| {
        let mut document = base.clone();
        let made = document.edit(FORGER, edits).expect("fits");
        Change::try_from(made[0].bytes.as_slice()).expect("an own change")
    };
    let set = |path: [&str; 2], value: Scalar| Edit::set(path, value);
    let entry = |id: u8| EntryId::from_bytes([id; 16]);
    let person = DocumentId::from_bytes([3; 16]).to_string();
    let fields = [("severity".to_owned(), Scalar::Text("grave".into()))].into();
    vec![
        ("code", edit(&[set(["facts", "outcome"], Scalar::Text("adjourned".into()))])),
        ("text", edit(&[set(["facts", "court_remark"], Scalar::Text("准备充分".into()))])),
        (
            "moment",
            edit(&[set(
                ["origin", "observed_at"],
                Scalar::Moment(tingfang_core::clock::Moment::from_millis(1)),
            )]),
        ),
        ("flag", edit(&[set(["origin", "paper_kept"], Scalar::Flag(true))])),
        ("keyed", edit(&[set(["observers", &person], Scalar::Text("done".into()))])),
        ("clear", edit(&[Edit::Clear { path: "facts/outcome".parse().expect("a path") }])),
        ("entry", edit(&[Edit::Add { container: "findings".into(), entry: entry(5), fields }])),
        (
            "entry_field",
            edit(&[Edit::Set {
                path: format!("findings/{}/deduction_points", entry(2)).parse().expect("a path"),
                value: Scalar::Integer(50),
            }]),
        ),
        (
            "insert_text",
            edit(&[Edit::Splice {
                container: "narrative".into(), at: 2, delete: 0, insert: "新增".into()
            }]),
        ),
        (
            "delete_text",
            edit(&[Edit::Splice { container: "narrative".into(), at: 1, delete: 3, insert: String::new() }]),
        ),
        (
            "many",
            edit(&[
                set(["facts", "outcome"], Scalar::Text("cancelled".into())),
                Edit::Splice { container: "deliberation".into(), at: 0, delete: 0, insert: "合议".into() },
                set(["facts", "feedback_to"], Scalar::Text("承办人".into())),
            ]),
        ),
        ("mark", foreign(|tx, _, text| tx.mark(text, Mark::new("b".into(), true, 0, 2), ExpandMark::After))),
        (
            "counter",
            foreign(|tx, facts, _| {
                tx.put(facts, "count", ScalarValue::counter(1))?;
                tx.increment(facts, "count", 2)
            }),
        ),
        (
            "list",
            foreign(|tx, facts, _| {
                let list = tx.put_object(facts, "list", ObjType::List)?;
                tx.insert(&list, 0, 1)?;
                tx.insert(&list, 1, "二")
            }),
        ),
        ("table", foreign(|tx, facts, _| tx.put_object(facts, "table", ObjType::Table).map(|_| ()))),
        ("root", foreign(|tx, _, _| tx.put(ROOT, "grade", 100))),
    ]
}

fn foreign(
    write: impl FnOnce(&mut Transaction<'_>, &ObjId, &ObjId) -> Result<(), automerge::AutomergeError>,
) -> Change {
    let mut doc = unguarded(&base()).with_actor(ActorId::from(FORGER.0.as_slice()));
    let before = doc.get_heads();
    let object = |key: &str| doc.get(ROOT, key).expect("readable").expect("there").1;
    let (facts, text) = (object("facts"), object("narrative"));
    let mut transaction = doc.transaction();
    write(&mut transaction, &facts, &text).expect("an honest operation");
    transaction.commit_with(CommitOptions::default().with_time(0));
    doc.get_changes(&before).pop().expect("one change")
}

/// A change that puts a map into a map, so many times over: each step of it is of few bytes, and nobody can follow it
/// who goes down step by step.
pub fn nested(document: &Document, actor: Actor, depth: usize) -> Vec<u8> {
    let mut doc = unguarded(document).with_actor(ActorId::from(actor.0.as_slice()));
    let mut transaction = doc.transaction();
    let mut within = ROOT;
    for _ in 0..depth {
        within = transaction.put_object(&within, "deep", ObjType::Map).expect("a map");
    }
    transaction.commit_with(CommitOptions::default().with_time(0));
    let made = doc.get_last_local_change().expect("the one that was made");
    made.raw_bytes().to_vec()
}

/// Forges a change: one to three bytes of its body, or one field of one operation.
pub fn mutate(seed: &Change, rng: &mut StdRng) -> Vec<u8> {
    if rng.random_ratio(1, 4) { mutate_fields(seed, rng) } else { mutate_bytes(seed, rng) }
}

fn mutate_bytes(seed: &Change, rng: &mut StdRng) -> Vec<u8> {
    let mut body = body(seed).to_vec();
    for _ in 0..rng.random_range(1..4) {
        let index = rng.random_range(0..body.len());
        match rng.random_range(0..4) {
            0 => body[index] = rng.random(),
            1 => body[index] ^= 1 << rng.random_range(0..8),
            2 => body.insert(index, rng.random()),
            _ => {
                body.remove(index);
            }
        }
    }
    chunk(&body)
}

/// The body of a change: what stands between its header and its end.
pub fn body(change: &Change) -> &[u8] {
    let raw = change.raw_bytes();
    let (length, at) = leb128(&raw[9..]);
    &raw[9 + at..9 + at + length]
}

/// Packs a body with a checksum that fits.
pub fn chunk(body: &[u8]) -> Vec<u8> {
    use sha2::Digest;
    let mut length = Vec::new();
    let mut rest = body.len();
    loop {
        let byte = u8::try_from(rest & 0x7f).expect("seven bits");
        rest >>= 7;
        length.push(if rest == 0 { byte } else { byte | 0x80 });
        if rest == 0 {
            break;
        }
    }
    let mut hasher = sha2::Sha256::new();
    hasher.update([1]);
    hasher.update(&length);
    hasher.update(body);
    let hash = hasher.finalize();
    let mut bytes = vec![0x85, 0x6f, 0x4a, 0x83];
    bytes.extend(&hash[..4]);
    bytes.push(1);
    bytes.extend(length);
    bytes.extend(body);
    bytes
}

fn leb128(bytes: &[u8]) -> (usize, usize) {
    let mut value = 0;
    for (index, byte) in bytes.iter().enumerate() {
        value |= usize::from(byte & 0x7f) << (7 * index);
        if byte & 0x80 == 0 {
            return (value, index + 1);
        }
    }
    (value, bytes.len())
}

/// Changes one thing in the decoded change, and encodes it again: grammatical forgeries, which byte
/// flips seldom reach.
fn mutate_fields(seed: &Change, rng: &mut StdRng) -> Vec<u8> {
    let mut change = ExpandedChange { hash: None, ..seed.decode() };
    let index = rng.random_range(0..change.operations.len());
    let own = ActorId::from(FORGER.0.as_slice());
    let some_id = |rng: &mut StdRng| {
        let actors =
            [own.clone(), ActorId::from(HONEST.0.as_slice()), ActorId::from(b"tingfang/derived".as_slice())];
        let which = rng.random_range(0..3);
        OpId(rng.random_range(0..60), actors[which].clone())
    };
    let op = &mut change.operations[index];
    match rng.random_range(0..9) {
        0 => op.obj = ObjectId::Id(some_id(rng)),
        1 => op.pred = vec![some_id(rng)].into(),
        2 => op.pred = Vec::new().into(),
        3 => op.insert = !op.insert,
        4 => op.key = Key::Map(["outcome", "grade", "text", "narrative", ""][rng.random_range(0..5)].into()),
        5 => {
            let other = [
                OpType::Delete,
                OpType::Increment(1),
                OpType::Make(ObjType::Text),
                OpType::Put(ScalarValue::Null),
            ];
            op.action = other[rng.random_range(0..4)].clone();
        }
        6 => change.seq = rng.random_range(1..4),
        7 => change.start_op = std::num::NonZeroU64::new(rng.random_range(1..80)).expect("positive"),
        _ => change.time = rng.random_range(-5..5),
    }
    let encoded =
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| Change::from(change).raw_bytes().to_vec()));
    encoded.unwrap_or_else(|_| mutate_bytes(seed, rng))
}
