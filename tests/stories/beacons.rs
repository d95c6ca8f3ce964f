//! When somebody wrote is what the server's own beacon proves, not what their phone says.

use tingfang_core::clock::LogPosition;
use tingfang_core::people::Duty;
use tingfang_core::signature::SecretKey;
use tingfang_core::sync::frame::Beacon;
use tingfang_core::sync::verdict::Verdict;
use tingfang_server::verify::verify;
use tingfang_tests::fleet::{Fleet, FleetPhone};
use tingfang_tests::observers::{Two, narrative, start, two_observers};

/// The beacon that the server gives a phone now.
fn beacon(fleet: &Fleet, phone: &mut FleetPhone) -> Beacon {
    let mut given = None;
    fleet.altered_step(phone, |response| given = Some(response.beacon.clone())).expect("fits");
    given.expect("one in every answer")
}

fn told(verdicts: &[Verdict]) -> (&str, &str) {
    match verdicts {
        [Verdict::Held { rule, .. }] => ("held", rule),
        [Verdict::Refused { rule, .. }] => ("refused", rule),
        other => panic!("{other:?}"),
    }
}

#[test]
fn only_what_the_server_has_signed_proves_that_somebody_wrote_while_they_might() {
    let Two { fleet, mut anna, mut ben, assignment } = two_observers(81);
    let record = start(&mut anna, assignment, "attendance");
    fleet.sync(&mut anna);
    fleet.sync(&mut ben);
    let while_he_might = beacon(&fleet, &mut ben);
    fleet.set_members(assignment, &[(anna.person, Duty::Chair)]);
    let afterwards = beacon(&fleet, &mut anna);
    assert!(afterwards.position > while_he_might.position);

    let stranger = SecretKey::from_seed(&[7; 32]);
    let Beacon { log_epoch, position, at, .. } = while_he_might.clone();
    let by_a_stranger = Beacon::sign(log_epoch, position, at, &stranger);
    let moved = Beacon { position: LogPosition(afterwards.position.0 - 1), ..afterwards.clone() };
    let shown = [
        ("none at all", None, "refused"),
        ("one of the time after", Some(afterwards), "refused"),
        ("one that another key has signed", Some(by_a_stranger), "refused"),
        ("one that was moved to another place", Some(moved), "refused"),
        ("one of the time when he might", Some(while_he_might), "held"),
    ];
    for (what, beacon, verdict) in shown {
        let item = fleet.forged(&ben, record, narrative(&format!("{what}。")));
        let verdicts = fleet.send_knowing(&mut ben, beacon, vec![item]);
        assert_eq!(told(&verdicts), (verdict, "not_assigned"), "{what}");
    }
    assert!(verify(&fleet.db).expect("readable").is_clean());
}
