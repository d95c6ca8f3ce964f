//! Forgeries that keep to the grammar of a change: operations taken out, doubled, moved, or taken from another
//! change; names, places, values, sequence and dependencies exchanged for others that could stand there. Byte
//! flips seldom reach what these do: a change that every parser takes, and that means something else.

use std::num::NonZeroU64;

use automerge::legacy::{ElementId, Key, MarkData, ObjectId, Op, OpId, OpType};
use automerge::{ActorId, Change, ExpandedChange, ObjType, ScalarValue};
use rand::RngExt;
use rand::rngs::StdRng;

use super::{FORGER, HONEST};

/// The most operations of a forgery: doubling over and over ends here.
const MOST_OPERATIONS: usize = 64;

/// Forges a change out of honest ones, by one to four steps; nothing when the library cannot write it down.
pub fn forge(seeds: &[Change], rng: &mut StdRng) -> Option<Vec<u8>> {
    let seed = &seeds[rng.random_range(0..seeds.len())];
    let mut change = ExpandedChange { hash: None, ..seed.decode() };
    for _ in 0..rng.random_range(1..=4) {
        let other = &seeds[rng.random_range(0..seeds.len())];
        step(&mut change, other, rng);
    }
    let write = || Change::from(change).raw_bytes().to_vec();
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(write)).ok()
}

fn step(change: &mut ExpandedChange, other: &Change, rng: &mut StdRng) {
    match rng.random_range(0..10) {
        0 => change.seq = rng.random_range(1..4),
        1 => change.start_op = NonZeroU64::new(number(rng)).unwrap_or(NonZeroU64::MIN),
        2 => dependencies(change, other, rng),
        3 => operations(change, other, rng),
        _ => {
            let count = change.operations.len();
            if count > 0 {
                operation(&mut change.operations[rng.random_range(0..count)], rng);
            }
        }
    }
}

/// Other dependencies: fewer, doubled, or those of another change and that change itself.
fn dependencies(change: &mut ExpandedChange, other: &Change, rng: &mut StdRng) {
    match rng.random_range(0..4) {
        0 => change.deps.clear(),
        1 => change.deps.extend(other.deps()),
        2 => change.deps = vec![other.hash()],
        _ => change.deps.extend(change.deps.clone()),
    }
}

/// Other operations: one taken out, doubled, moved, or taken from another change.
fn operations(change: &mut ExpandedChange, other: &Change, rng: &mut StdRng) {
    let (count, all) = (change.operations.len(), &mut change.operations);
    let at = rng.random_range(0..=count);
    match rng.random_range(0..4) {
        0 if at < count => {
            all.remove(at);
        }
        1 if at < count && count < MOST_OPERATIONS => all.push(all[at].clone()),
        2 if count > 1 => all.swap(at % count, rng.random_range(0..count)),
        _ if count < MOST_OPERATIONS => {
            let foreign: Vec<Op> = other.decode().operations;
            if let Some(op) = foreign.get(rng.random_range(0..foreign.len().max(1))) {
                all.insert(at, op.clone());
            }
        }
        _ => {}
    }
}

/// One part of an operation is another that could stand there.
fn operation(op: &mut Op, rng: &mut StdRng) {
    match rng.random_range(0..6) {
        0 => op.obj = if rng.random_ratio(1, 6) { ObjectId::Root } else { ObjectId::Id(name(rng)) },
        1 => op.key = key(rng),
        2 => op.action = action(rng),
        3 => op.insert = !op.insert,
        4 => op.pred = (0..rng.random_range(0..4)).map(|_| name(rng)).collect::<Vec<_>>().into(),
        _ => op.pred = op.pred.iter().cloned().chain([name(rng)]).collect::<Vec<_>>().into(),
    }
}

/// A name of an operation: mostly of one that there is, or nearly.
fn name(rng: &mut StdRng) -> OpId {
    let actors: [&[u8]; 4] = [&FORGER.0, &HONEST.0, b"tingfang/derived", &[0; 16]];
    OpId(number(rng), ActorId::from(actors[rng.random_range(0..4)]))
}

fn number(rng: &mut StdRng) -> u64 {
    match rng.random_range(0..12) {
        0 => 0,
        1 => u64::from(u32::MAX) + rng.random_range(0..3),
        // The largest that the format can hold.
        2 => (1 << 53) - rng.random_range(0..3),
        _ => rng.random_range(1..80),
    }
}

fn key(rng: &mut StdRng) -> Key {
    match rng.random_range(0..10) {
        0 => Key::Seq(ElementId::Head),
        1..=3 => Key::Seq(ElementId::Id(name(rng))),
        _ => {
            let keys =
                ["outcome", "grade", "text", "narrative", "findings", "", "\u{0}", "done", "points", "在"];
            Key::Map(keys[rng.random_range(0..keys.len())].into())
        }
    }
}

fn action(rng: &mut StdRng) -> OpType {
    match rng.random_range(0..12) {
        0 => OpType::Delete,
        1 => OpType::Increment(rng.random_range(-2..3)),
        2 => {
            OpType::Make([ObjType::Map, ObjType::List, ObjType::Text, ObjType::Table][rng.random_range(0..4)])
        }
        3 => OpType::MarkBegin(MarkData { name: "b".into(), value: true.into(), expand: rng.random() }),
        4 => OpType::MarkEnd(rng.random()),
        _ => OpType::Put(value(rng)),
    }
}

fn value(rng: &mut StdRng) -> ScalarValue {
    match rng.random_range(0..10) {
        0 => ScalarValue::Null,
        1 => ScalarValue::Boolean(rng.random()),
        2 => ScalarValue::Int([i64::MIN, -1, 0, i64::MAX][rng.random_range(0..4)]),
        3 => ScalarValue::Uint(number(rng)),
        4 => ScalarValue::F64([f64::NAN, f64::INFINITY, -0.0, 1.5][rng.random_range(0..4)]),
        5 => ScalarValue::Timestamp([i64::MIN, 0, i64::MAX][rng.random_range(0..3)]),
        6 => ScalarValue::counter(rng.random_range(-2..3)),
        7 => ScalarValue::Bytes(vec![0xff; rng.random_range(0..40)]),
        8 => ScalarValue::Str("长".repeat(rng.random_range(0..2_000)).into()),
        _ => ScalarValue::Str(["attended", "done", "x", ""][rng.random_range(0..4)].into()),
    }
}
