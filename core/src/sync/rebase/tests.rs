//! The rebase against an oracle: the record of somebody who never wrote what was left out.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use super::*;
use crate::id::{DocumentId, EntryId};
use crate::record::attendance::Attendance;
use crate::record::edit::{Edit, FieldPath};
use crate::record::shape::RecordKind;
use crate::record::value::{Node, Scalar};
use crate::sync::gate;

const ANNA: Actor = Actor([0xa; 16]);
const ANEW: Actor = Actor([0xc; 16]);
const BEN: Actor = Actor([0xb; 16]);

/// Fields of an attendance that take any short text.
const FIELDS: [[&str; 2]; 3] =
    [["facts", "court_remark"], ["facts", "feedback_to"], ["origin", "amendment_reason"]];

/// What somebody does. Numbers choose among what is there.
#[derive(Clone, Debug)]
enum Step {
    Set(u8),
    Clear(u8),
    Add,
    SetInEntry(u8),
    Type(u8),
    Delete(u8),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    /// Anna writes what will be accepted.
    Anna,
    /// Anna writes what will not.
    AnnaInVain,
    /// Ben writes, and Anna does not hear of it.
    Ben,
    /// Ben writes, and Anna's phone hears of all that he has written.
    BenHeard,
}

type Act = (Step, Who);

fn act() -> impl Strategy<Value = Act> {
    let step = prop_oneof![
        2 => any::<u8>().prop_map(Step::Set),
        1 => any::<u8>().prop_map(Step::Clear),
        1 => Just(Step::Add),
        1 => any::<u8>().prop_map(Step::SetInEntry),
        3 => any::<u8>().prop_map(Step::Type),
        2 => any::<u8>().prop_map(Step::Delete),
    ];
    let who = prop_oneof![
        4 => Just(Who::Anna), 3 => Just(Who::AnnaInVain), 1 => Just(Who::Ben), 1 => Just(Who::BenHeard)
    ];
    (step, who)
}

/// Anna's phone as it is, as it would be had she never written in vain, and what is accepted.
struct World {
    phone: Document,
    oracle: Document,
    accepted: Document,
    /// Her changes, and whether they were in vain.
    later: Vec<(Vec<u8>, bool)>,
    /// Entries that she has added, and whether that was in vain.
    entries: Vec<(EntryId, bool)>,
    /// After which character she typed one in vain.
    typed_after: BTreeMap<char, Option<char>>,
    /// The fields that Ben has written.
    bens: BTreeSet<FieldPath>,
    fresh: u32,
    /// What she wrote into entries that were in vain, though it was not itself.
    with_its_entry: usize,
}

fn field(number: u8) -> [&'static str; 2] {
    FIELDS[usize::from(number) % FIELDS.len()]
}

fn pick<T: Clone>(from: &[T], number: u8) -> Option<T> {
    (!from.is_empty()).then(|| from[usize::from(number) % from.len()].clone())
}

fn splice(at: usize, delete: usize, insert: &str) -> Edit {
    Edit::Splice { container: "narrative".into(), at, delete, insert: insert.into() }
}

fn text_of(document: &Document) -> Vec<char> {
    let Node::Map(map) = document.content() else { return Vec::new() };
    match map.get("narrative") {
        Some(Node::Text(text)) => text.chars().collect(),
        _ => Vec::new(),
    }
}

fn hear(document: &mut Document, of: &Document) {
    let known = of.changes();
    document.apply(known.iter().map(|change| change.bytes.as_slice())).expect("well formed");
}

fn write(document: &mut Document, actor: Actor, edit: Edit) -> Vec<RawChange> {
    document.edit(actor, &[edit]).expect("fits")
}

/// All values that stand in a field, the one that shows last.
fn values(document: &Document, path: &FieldPath) -> Vec<Scalar> {
    document.candidates(path).into_iter().map(|held| held.value).collect()
}

impl World {
    fn new() -> Self {
        let mut begun = Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([1; 16]));
        write(&mut begun, BEN, Edit::set(FIELDS[0], Scalar::Text("甲".into())));
        write(&mut begun, BEN, splice(0, 0, "开庭"));
        Self {
            phone: begun.clone(),
            oracle: begun.clone(),
            accepted: begun,
            later: Vec::new(),
            entries: Vec::new(),
            typed_after: BTreeMap::new(),
            bens: [FieldPath::new(FIELDS[0])].into(),
            fresh: 0,
            with_its_entry: 0,
        }
    }

    /// A character that nobody has written yet.
    fn fresh(&mut self) -> char {
        self.fresh += 1;
        char::from_u32(0x6000 + self.fresh).expect("a Chinese character")
    }

    fn go(&mut self, (step, who): &Act) {
        match who {
            Who::Anna => self.anna(step, false),
            Who::AnnaInVain => self.anna(step, true),
            Who::Ben => self.ben(step),
            Who::BenHeard => {
                self.ben(step);
                hear(&mut self.phone, &self.accepted);
                hear(&mut self.oracle, &self.accepted);
            }
        }
    }

    fn ben(&mut self, step: &Step) {
        let (fresh, long) = (self.fresh(), text_of(&self.accepted).len());
        let edit = match step {
            Step::Set(n) => {
                self.bens.insert(FieldPath::new(field(*n)));
                Edit::set(field(*n), Scalar::Text(fresh.into()))
            }
            Step::Clear(n) => Edit::Clear { path: FieldPath::new(field(*n)) },
            Step::Delete(n) if long > 0 => splice(usize::from(*n) % long, 1, ""),
            Step::Type(n) | Step::SetInEntry(n) | Step::Delete(n) => {
                splice(usize::from(*n) % (long + 1), 0, &fresh.to_string())
            }
            Step::Add => splice(long, 0, &fresh.to_string()),
        };
        write(&mut self.accepted, BEN, edit);
    }

    /// Anna writes on her phone, and the oracle the same where it is not in vain.
    fn anna(&mut self, step: &Step, in_vain: bool) {
        let fresh = self.fresh();
        let Some((edit, same)) = self.edit(step, in_vain, fresh) else { return };
        let made = write(&mut self.phone, ANNA, edit);
        self.later.extend(made.into_iter().map(|made| (made.bytes, in_vain)));
        if let Some(same) = same.filter(|_| !in_vain) {
            write(&mut self.oracle, ANEW, same);
        }
    }

    /// What a step is on the phone, and for the oracle.
    fn edit(&mut self, step: &Step, in_vain: bool, fresh: char) -> Option<(Edit, Option<Edit>)> {
        let (seen, shown) = (text_of(&self.phone), text_of(&self.oracle));
        // What is not in vain acts on what is there in both.
        let common: BTreeSet<char> =
            seen.iter().copied().filter(|character| in_vain || shown.contains(character)).collect();
        let common: Vec<char> = common.into_iter().collect();
        let place = |text: &[char], wanted: char| text.iter().position(|character| *character == wanted);
        let twice = |edit: Edit| (edit.clone(), Some(edit));
        Some(match step {
            Step::Set(n) => twice(Edit::set(field(*n), Scalar::Text(fresh.into()))),
            Step::Clear(n) => {
                let path = FieldPath::new(field(*n));
                // To empty what is empty is no operation.
                if self.phone.candidates(&path).is_empty() {
                    return None;
                }
                // What is in vain may have replaced what Ben has emptied since. To empty that again changes nothing,
                // but it is an operation, and the oracle has none like it.
                if !in_vain && self.oracle.candidates(&path).is_empty() && self.was_bens(*n) {
                    return None;
                }
                twice(Edit::Clear { path })
            }
            Step::Add => {
                let entry = EntryId::from_bytes([u8::try_from(self.fresh).expect("few"); 16]);
                self.entries.push((entry, in_vain));
                twice(Edit::Add { container: "findings".into(), entry, fields: [].into() })
            }
            Step::SetInEntry(n) => {
                let (entry, gone) = pick(&self.entries, *n)?;
                self.with_its_entry += usize::from(gone && !in_vain);
                let edit = Edit::set(["findings", &entry.to_string(), "text"], Scalar::Text(fresh.into()));
                (edit.clone(), (!gone).then_some(edit))
            }
            Step::Type(n) => {
                let typed = fresh.to_string();
                let behind = |text: &[char], after: Option<char>| match after {
                    Some(after) => place(text, after).map(|found| splice(found + 1, 0, &typed)),
                    None => Some(splice(0, 0, &typed)),
                };
                let after = pick(&seen, *n);
                // What is typed at a character that is in vain stands where that one was typed.
                let mut really_after = after;
                while let Some(before) = really_after.and_then(|after| self.typed_after.get(&after)) {
                    really_after = *before;
                }
                let there = behind(&shown, really_after);
                if in_vain {
                    self.typed_after.insert(fresh, after);
                } else if there.is_none() {
                    return None;
                }
                (behind(&seen, after)?, there)
            }
            Step::Delete(n) => {
                let gone = pick(&common, *n)?;
                let there = place(&shown, gone).map(|there| splice(there, 1, ""));
                (splice(place(&seen, gone)?, 1, ""), there)
            }
        })
    }

    /// Whether Ben has ever written a field.
    fn was_bens(&self, number: u8) -> bool {
        let path = FieldPath::new(field(number));
        self.bens.contains(&path)
    }

    fn fields(&self) -> Vec<FieldPath> {
        let of_entries =
            self.entries.iter().map(|(id, _)| FieldPath::new(["findings", &id.to_string(), "text"]));
        FIELDS.iter().map(|field| FieldPath::new(*field)).chain(of_entries).collect()
    }

    fn rebased(&self) -> Rebased {
        let later: Vec<_> =
            self.later.iter().map(|(bytes, in_vain)| Later { bytes, is_left_out: *in_vain }).collect();
        rebase(&self.accepted, &later, ANEW).expect("rewritten")
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_500))]

    #[test]
    fn a_rebased_record_means_what_it_would_had_its_writer_never_written_in_vain(
        acts in proptest::collection::vec(act(), 1..24)
    ) {
        let mut world = World::new();
        acts.iter().for_each(|act| world.go(act));
        let rebased = world.rebased();
        let mut oracle = world.oracle.clone();
        hear(&mut oracle, &world.accepted);
        prop_assert_eq!(rebased.document.content(), oracle.content());
        for path in world.fields() {
            prop_assert_eq!(values(&rebased.document, &path), values(&oracle, &path));
        }

        let left_out: usize = rebased.carried.iter().map(|carried| carried.left_out).sum();
        prop_assert_eq!(left_out, world.with_its_entry);
        // The server takes what was rewritten, change by change.
        let mut server = world.accepted.clone();
        for change in rebased.carried.iter().filter_map(|carried| carried.new.as_ref()) {
            let shape = &Attendance::SHAPE;
            let admitted = gate::admit(&server, shape, ANEW, &change.bytes, |_| gate::Judgement::Allow);
            server = admitted.expect("well formed").document;
        }
        prop_assert_eq!(server.heads(), rebased.document.heads());
    }
}

#[test]
fn a_field_that_two_have_written_unseen_stays_disputed() {
    let mut world = World::new();
    world.go(&(Step::Set(0), Who::AnnaInVain));
    world.go(&(Step::Set(1), Who::Anna));
    world.go(&(Step::Set(1), Who::Ben));
    let disputed = world.rebased().document.candidates(&FieldPath::new(FIELDS[1]));
    assert_eq!(disputed.len(), 2, "to write it anew over his would hide that they differ");
}

#[test]
fn what_was_emptied_meanwhile_by_another_is_emptied_again_and_stays_empty() {
    let mut world = World::new();
    let path = FieldPath::new(FIELDS[0]);
    world.go(&(Step::Set(0), Who::AnnaInVain));
    world.go(&(Step::Clear(0), Who::BenHeard));
    let made = write(&mut world.phone, ANNA, Edit::Clear { path: path.clone() });
    assert!(!made.is_empty(), "what she wrote in vain stands on her phone");
    world.later.extend(made.into_iter().map(|made| (made.bytes, false)));
    world.go(&(Step::Set(1), Who::Anna));
    let rebased = world.rebased().document;
    assert_eq!(rebased.candidates(&path), []);
    assert_eq!(rebased.candidates(&FieldPath::new(FIELDS[1])).len(), 1);
}

#[test]
fn what_cannot_be_read_is_an_error_and_no_crash() {
    let later = [Later { bytes: b"no change", is_left_out: false }];
    assert!(rebase(&World::new().accepted, &later, ANEW).is_err());
}

#[test]
fn what_was_written_on_two_branches_follows_one_another() {
    let begun = World::new().accepted;
    let (mut one, mut other) = (begun.clone(), begun.clone());
    let first = write(&mut one, ANNA, Edit::set(FIELDS[1], Scalar::Text("一".into())));
    let second = write(&mut other, Actor([0xd; 16]), Edit::set(FIELDS[2], Scalar::Text("二".into())));
    let later: Vec<_> =
        first.iter().chain(&second).map(|made| Later { bytes: &made.bytes, is_left_out: false }).collect();
    let rebased = rebase(&begun, &later, ANEW).expect("changes of one actor are a chain");
    for (field, value) in [(1, "一"), (2, "二")] {
        let there = values(&rebased.document, &FieldPath::new(FIELDS[field]));
        assert_eq!(there, [Scalar::Text(value.into())]);
    }
}

/// A change of Anna's, forged as this says.
fn forged(base: &Document, forge: impl FnOnce(&mut ExpandedChange)) -> Vec<u8> {
    let mut document = base.clone();
    let typed = Edit::Splice { container: "narrative".into(), at: 0, delete: 0, insert: "字".into() };
    let made = document.edit(ANNA, &[typed]).expect("fits");
    let change = Change::try_from(made[0].bytes.as_slice()).expect("an own change");
    let mut expanded = ExpandedChange { hash: None, ..change.decode() };
    forge(&mut expanded);
    Change::from(expanded).raw_bytes().to_vec()
}

#[test]
fn a_forged_character_that_is_typed_at_itself_ends_the_search_for_its_place() {
    let base = Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([1; 16]));
    let round = forged(&base, |change| {
        let own = OpId::new(change.start_op.get(), &change.actor_id);
        change.operations[0].key = Key::Seq(ElementId::Id(own));
    });
    let at_it = forged(&base, |change| {
        let other = OpId::new(change.start_op.get(), &change.actor_id);
        change.operations[0].key = Key::Seq(ElementId::Id(other));
        change.deps = vec![Change::try_from(round.as_slice()).expect("parses").hash()];
        (change.seq, change.start_op) = (2, change.start_op.saturating_add(1));
    });
    let later = [Later { bytes: &round, is_left_out: true }, Later { bytes: &at_it, is_left_out: false }];
    let rebased = rebase(&base, &later, ANEW).expect("it ends");
    assert!(rebased.carried.iter().all(|carried| carried.new.is_none()), "there is no place for it");
}

#[test]
fn a_change_with_more_operations_than_the_gate_takes_is_not_written_anew() {
    let base = Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([1; 16]));
    let many = forged(&base, |change| {
        let one = change.operations[0].clone();
        change.operations = vec![one; crate::sync::gate::MAX_OPERATIONS + 1];
    });
    assert!(!is_rewritable(&many));
    assert!(rebase(&base, &[Later { bytes: &many, is_left_out: false }], ANEW).is_err());
    assert!(rebase(&base, &[Later { bytes: &many, is_left_out: true }], ANEW).is_ok());
    assert!(!is_rewritable(b"noise"));
}
