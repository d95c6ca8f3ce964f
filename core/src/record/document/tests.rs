use super::*;
use crate::id::{EntryId, PersonId};
use crate::record::amendment;
use crate::record::attendance::{Attendance, AttendanceOutcome};
use crate::record::conflict::conflicts;
use crate::record::edit::NARRATIVE_PART_CHARS;
use crate::record::file_review::FileReview;
use crate::record::kind::{KINDS, Record};
use crate::record::seal::{BadSeal, Seal, SealPurpose, missing};
use crate::record::shape::{RecordKind, ScalarType};
use crate::signature::{DeviceSigner, SecretKey};

const ANNA: Actor = Actor([0xa; 16]);
const BEN: Actor = Actor([0xb; 16]);

fn attendance() -> Document {
    Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([1; 16]))
}

fn outcome(value: AttendanceOutcome) -> Edit {
    Edit::set(["facts", "outcome"], value.to_scalar())
}

fn exchange(a: &mut Document, b: &mut Document) {
    let (from_a, from_b) = (a.changes(), b.changes());
    a.apply(from_b.iter().map(|change| change.bytes.as_slice())).expect("b's changes");
    b.apply(from_a.iter().map(|change| change.bytes.as_slice())).expect("a's changes");
}

fn paste(container: &str, text: &str) -> Edit {
    Edit::Splice { container: container.into(), at: 0, delete: 0, insert: text.into() }
}

#[test]
fn the_first_change_of_every_kind_is_the_same_for_ever() {
    // A change here breaks every record in the field: two phones would begin different documents.
    for shape in KINDS {
        for version in 1..=shape.version {
            let file = format!("src/record/document/golden/{}.v{version}.hash", shape.code);
            let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(&file);
            let changes = derived_changes(shape, version, DocumentId::from_bytes([1; 16]));
            let hashes: Vec<String> = changes.iter().map(|change| change.hash.to_string()).collect();
            let hashes = hashes.join("\n");
            // A new kind writes its file once; what stands there is never written over.
            if std::env::var_os("TINGFANG_NEW_GOLDEN").is_some() && !path.exists() {
                std::fs::write(&path, format!("{hashes}\n")).expect("the golden folder");
            }
            let expected = std::fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(hashes, expected.trim(), "core/{file} is the golden beginning of {}", shape.code);
        }
    }
}

#[test]
fn two_phones_that_never_met_begin_one_record() {
    let (mut anna, mut ben) = (attendance(), attendance());
    assert_eq!(anna.heads(), ben.heads());
    anna.edit(ANNA, &[paste("narrative", "公诉人宣读起诉书。")]).expect("fits");
    ben.edit(BEN, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    exchange(&mut anna, &mut ben);
    assert_eq!(anna.content(), ben.content());
    let record = Attendance::read(&anna.content());
    assert_eq!(record.facts.outcome, Some(AttendanceOutcome::Attended));
    assert_eq!(record.narrative.0, "公诉人宣读起诉书。");
}

#[test]
fn a_conflict_shows_both_values_and_who_wrote_them_until_somebody_decides() {
    let (mut anna, mut ben) = (attendance(), attendance());
    anna.edit(ANNA, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    ben.edit(BEN, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits");
    exchange(&mut anna, &mut ben);
    let found = conflicts(&anna);
    assert_eq!(found, conflicts(&ben));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].path.to_string(), "facts/outcome");
    let actors: Vec<Actor> = found[0].candidates.iter().map(|candidate| candidate.actor).collect();
    assert!(actors.contains(&ANNA) && actors.contains(&BEN));
    anna.edit(ANNA, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits");
    assert_eq!(conflicts(&anna), []);
}

#[test]
fn the_same_value_twice_is_no_conflict() {
    let (mut anna, mut ben) = (attendance(), attendance());
    anna.edit(ANNA, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    ben.edit(BEN, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    exchange(&mut anna, &mut ben);
    assert_eq!(conflicts(&anna), []);
}

#[test]
fn an_edit_that_does_not_fit_names_field_and_fix_and_writes_nothing() {
    let mut document = attendance();
    let before = document.heads();
    let wrong = Edit::set(["facts", "outcome"], Scalar::Text("won".into()));
    let error =
        document.edit(ANNA, &[outcome(AttendanceOutcome::Attended), wrong]).expect_err("no such code");
    assert!(
        error.to_string().contains("facts/outcome: \"won\" is not one of attended, adjourned"),
        "{error}"
    );
    let unknown = Edit::set(["facts", "verdict"], Scalar::Flag(true));
    let error = document.edit(ANNA, &[unknown]).expect_err("no such field");
    assert!(error.to_string().contains("facts/verdict; it has facts/arrived_at"), "{error}");
    assert_eq!(document.heads(), before);
}

#[test]
fn a_long_paste_is_committed_in_parts() {
    let mut document = attendance();
    let text = "庭审".repeat(NARRATIVE_PART_CHARS);
    let made = document.edit(ANNA, &[paste("narrative", &text)]).expect("fits");
    assert_eq!(made.len(), 2);
    assert_eq!(Attendance::read(&document.content()).narrative.0, text);
}

#[test]
fn entries_of_two_writers_stand_side_by_side() {
    let (mut anna, mut ben) = (attendance(), attendance());
    let finding = |id: u8, text: &str| Edit::Add {
        container: "findings".into(),
        entry: EntryId::from_bytes([id; 16]),
        fields: [("text".to_owned(), Scalar::Text(text.into()))].into(),
    };
    anna.edit(ANNA, &[finding(1, "质证充分")]).expect("fits");
    ben.edit(BEN, &[finding(2, "发问少")]).expect("fits");
    exchange(&mut anna, &mut ben);
    assert_eq!(Attendance::read(&anna.content()).findings.len(), 2);
}

#[test]
fn a_field_of_a_newer_version_is_kept_when_an_older_one_edits() {
    let mut document = attendance();
    document.inner.set_actor(ActorId::from(BEN.0.as_slice()));
    let mut transaction = document.inner.transaction();
    let (_, facts) = transaction.get(ROOT, "facts").expect("readable").expect("there");
    transaction.put(&facts, "field_of_tomorrow", "kept").expect("a map");
    transaction.commit();
    document.edit(ANNA, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    let content = Document::load(&document.save()).expect("loads").content();
    let kept = content.at(&["facts", "field_of_tomorrow"]);
    assert_eq!(kept, Some(&Node::Scalar(Scalar::Text("kept".into()))));
}

#[test]
fn a_seal_holds_for_the_sealed_heads_whatever_comes_later() {
    let mut document = attendance();
    document.edit(ANNA, &[outcome(AttendanceOutcome::Attended)]).expect("fits");
    let key = SecretKey::from_seed(&[1; 32]);
    let seal = Seal::sign(&document, SealPurpose::Chair, Moment::from_millis(1), |digest| {
        DeviceSigner::sign(&key, digest)
    });
    let seal = seal.expect("signs").expect("a schema");
    document.edit(BEN, &[outcome(AttendanceOutcome::Adjourned)]).expect("fits");
    assert_eq!(seal.verify(&document, &key.public().into()), Ok(()));
    let other = SecretKey::from_seed(&[2; 32]).public();
    assert_eq!(seal.verify(&document, &other.into()), Err(BadSeal::Signature));
    assert_eq!(seal.verify(&attendance(), &key.public().into()), Err(BadSeal::UnknownHeads));
}

#[test]
fn a_shared_record_waits_for_every_assigned_observer() {
    let (anna, ben) = (PersonId::from_bytes([1; 16]), PersonId::from_bytes([2; 16]));
    let mut document = attendance();
    let hearing = crate::id::HearingId::from_bytes([3; 16]).to_scalar();
    let done = |person: PersonId, state: &str| {
        Edit::set(["observers", &person.to_string()], Scalar::Text(state.into()))
    };
    let edits = [
        Edit::set(["subject", "hearing"], hearing),
        outcome(AttendanceOutcome::Attended),
        done(anna, "done"),
    ];
    document.edit(ANNA, &edits).expect("fits");
    let record = |document: &Document| Record::read("attendance", &document.content()).expect("known");
    let lacks: Vec<String> =
        missing(&record(&document), &[anna, ben]).iter().map(ToString::to_string).collect();
    assert_eq!(lacks, [format!("observers/{ben}")]);
    document.edit(ANNA, &[done(ben, "absent")]).expect("fits");
    assert_eq!(missing(&record(&document), &[anna, ben]), []);
}

#[test]
fn an_amendment_of_an_own_record_carries_the_content_and_the_reason() {
    let mut sealed = Document::begin(&FileReview::SHAPE, DocumentId::from_bytes([1; 16]));
    sealed.edit(ANNA, &[paste("comment", "原文")]).expect("fits");
    let mut amended = Document::begin(&FileReview::SHAPE, DocumentId::from_bytes([2; 16]));
    let original = sealed.schema().expect("a schema").document;
    let edits = amendment::begin(&FileReview::SHAPE, &sealed.content(), original, "时间写错");
    amended.edit(ANNA, &edits).expect("fits");
    let record = FileReview::read(&amended.content());
    assert_eq!(record.comment.0, "原文");
    assert_eq!(record.origin.amends, Some(original));
    assert_eq!(record.origin.amendment_reason.as_deref(), Some("时间写错"));
}

#[test]
fn an_addendum_to_a_shared_record_begins_empty() {
    let mut sealed = attendance();
    let edits = [outcome(AttendanceOutcome::Attended), paste("narrative", "原文")];
    sealed.edit(ANNA, &edits).expect("fits");
    let mut addendum = Document::begin(&Attendance::SHAPE, DocumentId::from_bytes([2; 16]));
    let original = sealed.schema().expect("a schema").document;
    let edits = amendment::begin(&Attendance::SHAPE, &sealed.content(), original, "补记");
    addendum.edit(ANNA, &edits).expect("fits");
    let record = Attendance::read(&addendum.content());
    assert_eq!((record.narrative.0.as_str(), record.facts.outcome), ("", None));
    assert_eq!(record.origin.amends, Some(original));
}
