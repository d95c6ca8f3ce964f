//! Paper first: a clerk enters what an observer wrote on paper, and the observer says that it is so.

use tingfang_core::clock::Moment;
use tingfang_core::people::{AssignmentKind, Duty, Role};
use tingfang_core::phone::About;
use tingfang_core::record::edit::Edit;
use tingfang_core::record::kind::Record;
use tingfang_core::record::seal::{Seal, SealPurpose};
use tingfang_core::record::value::Scalar;
use tingfang_core::sync::frame::Item;
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::project;
use tingfang_server::store::seal;
use tingfang_server::verify::verify;
use tingfang_tests::desk::{Desk, desk};
use tingfang_tests::fleet::{Fleet, FleetPhone};

fn confirmed_in_evidence(desk: &Desk) -> bool {
    let case = desk.fleet.world.case;
    let sealed = desk.fleet.db.read(|tx| project::sealed_records(tx, case, None)).expect("readable");
    let [sheet] = sealed.as_slice() else { panic!("one sealed record: {sealed:?}") };
    sheet.provenance.confirmed.is_some()
}

fn problems(desk: &Desk) -> Vec<String> {
    let report = verify(&desk.fleet.db).expect("readable");
    report.differences.iter().map(|found| format!("{found:?}")).collect()
}

#[test]
fn a_clerk_enters_an_observers_paper_sheet_as_a_true_copy() {
    let mut fleet = Fleet::new(25);
    let (a, c) = (fleet.person("安娜", Role::Supervisor), fleet.person("录入员", Role::Supervisor));
    let assignment = fleet.world.assign(
        &fleet.db,
        &fleet.minter,
        AssignmentKind::Attendance,
        &[(a, "安娜", Duty::Chair), (c, "录入员", Duty::Clerk)],
    );
    let mut clerk = fleet.phone(c);
    fleet.sync(&mut clerk);
    let denied = clerk.phone.start(assignment, "attendance", About::default()).expect_err("not an observer");
    assert!(denied.to_string().contains("duty_lacking"), "{denied}");
    let sheet = clerk
        .phone
        .start(assignment, "observer_sheet", About { for_observer: Some(a), ..About::default() })
        .expect("a clerk's work");
    let subject = Edit::set(["subject", "rubric"], Scalar::Text("rubric hash".into()));
    clerk.phone.edit(sheet, &[subject, Edit::set(["points", "HRG-01"], Scalar::Integer(800))]).expect("fits");
    clerk.phone.seal(sheet).expect("complete");
    assert_eq!(fleet.sync(&mut clerk).not_accepted, 0);
    let kept = fleet.db.read(|tx| seal::find(tx, sheet)).expect("readable").expect("sealed");
    assert_eq!(kept.seal.statement.purpose, SealPurpose::TrueCopy);
    let Some(Record::ObserverSheet(sheet)) = clerk.phone.show(sheet).expect("there").record else {
        panic!("a sheet")
    };
    assert_eq!((sheet.origin.author, sheet.origin.transcribed_for), (Some(c), Some(a)));
}

#[test]
fn the_observer_whose_paper_it_was_confirms_the_transcript_and_the_evidence_says_so() {
    let mut desk = desk(61);
    desk.fleet.sync(&mut desk.clerk);
    desk.fleet.sync(&mut desk.chair);
    desk.chair.phone.show(desk.transcript).expect_err("not before the clerk has sealed it");
    desk.seal();

    let seen = desk.chair.phone.show(desk.transcript).expect("it comes to the observer whose paper it was");
    assert!(seen.sealed && !seen.confirmed);
    desk.observer.phone.show(desk.transcript).expect_err("and to no other observer");
    assert!(!confirmed_in_evidence(&desk));

    let waiting = |phone: &FleetPhone| {
        let page = phone.phone.to_confirm_page(None, 10).expect("listed");
        page.items.into_iter().map(|row| (row.document, row.transcribed_for)).collect::<Vec<_>>()
    };
    assert_eq!(waiting(&desk.chair), [(desk.transcript, Some(desk.chair.person))]);
    assert_eq!(waiting(&desk.observer), [], "nobody asks another observer");
    desk.chair.phone.confirm(desk.transcript).expect("it is what she wrote");
    assert_eq!(waiting(&desk.chair), []);
    desk.chair.phone.confirm(desk.transcript).expect("to say it twice changes nothing");
    assert!(desk.chair.phone.show(desk.transcript).expect("there").confirmed);
    let progress = desk.fleet.sync(&mut desk.chair);
    assert_eq!((progress.stored, progress.not_accepted), (1, 0));
    desk.fleet.sync(&mut desk.clerk);
    assert!(desk.clerk.phone.show(desk.transcript).expect("there").confirmed, "the clerk learns of it");

    let transcript = desk.transcript;
    let kept = desk.fleet.db.read(|tx| seal::confirmation_of(tx, transcript)).expect("readable");
    let kept = kept.expect("a statement of its own beside the clerk's seal");
    assert_eq!((kept.person, kept.device), (desk.chair.person, desk.chair.device));
    assert_eq!(kept.seal.statement.purpose, SealPurpose::Confirmation);
    assert!(confirmed_in_evidence(&desk));
    assert_eq!(problems(&desk), Vec::<String>::new());
}

#[test]
fn nobody_but_that_observer_confirms_a_transcript_and_only_what_was_sealed() {
    let mut desk = desk(62);
    let denied = desk.clerk.phone.confirm(desk.transcript).expect_err("a clerk confirms nothing");
    assert!(denied.to_string().contains("confirmation_of_own_paper"), "{denied}");
    desk.seal();
    let document = desk.fleet.record(desk.transcript);
    let word = |phone: &FleetPhone, purpose| {
        let signer = phone.keys().device_signer();
        let confirmation = Seal::sign(&document, purpose, Moment::default(), |digest| signer.sign(digest));
        let confirmation = confirmation.expect("signs").expect("a kind");
        Item::Confirm { confirmation }
    };
    let by_another = word(&desk.observer, SealPurpose::Confirmation);
    let as_a_seal = word(&desk.chair, SealPurpose::Own);
    let refused = |verdicts: &[Verdict], wanted: &str| {
        assert!(matches!(verdicts, [Verdict::Refused { rule, .. }] if rule == wanted), "{verdicts:?}");
    };
    refused(&desk.fleet.send(&mut desk.observer, vec![by_another]), "confirmation_of_own_paper");
    refused(&desk.fleet.send(&mut desk.chair, vec![as_a_seal]), "confirmation_statement");
    let right = word(&desk.chair, SealPurpose::Confirmation);
    let verdicts = desk.fleet.send(&mut desk.chair, vec![right.clone(), right]);
    assert!(matches!(verdicts[..], [Verdict::Accepted { .. }, Verdict::Duplicate { .. }]), "{verdicts:?}");
    assert_eq!(problems(&desk), Vec::<String>::new());
}

#[test]
fn an_observer_who_comes_back_finds_the_sealed_transcript_and_can_confirm_it() {
    let mut desk = desk(63);
    desk.seal();
    let (chair, observer, clerk) = (desk.chair.person, desk.observer.person, desk.clerk.person);
    desk.fleet.set_members(desk.assignment, &[(observer, Duty::Chair), (clerk, Duty::Clerk)]);
    desk.fleet.sync(&mut desk.chair);
    desk.chair.phone.show(desk.transcript).expect_err("who takes no part has no record of it");
    desk.fleet.set_members(
        desk.assignment,
        &[(observer, Duty::Chair), (chair, Duty::Observer), (clerk, Duty::Clerk)],
    );
    desk.fleet.sync(&mut desk.chair);
    assert!(desk.chair.phone.show(desk.transcript).expect("it comes again").sealed);
    desk.chair.phone.confirm(desk.transcript).expect("it is what she wrote");
    assert_eq!(desk.fleet.sync(&mut desk.chair).not_accepted, 0);
    assert!(confirmed_in_evidence(&desk));
}
