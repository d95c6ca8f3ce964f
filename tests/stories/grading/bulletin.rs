//! A bulletin on paper holds the server to its history.

use tingfang_core::audit::Checkpoint;
use tingfang_core::consequence::Remarks;
use tingfang_core::phone::Compared;
use tingfang_core::text::Language;
use tingfang_server::grading;
use tingfang_server::verify::verify;

use super::scene::{finish, propose, scene, score};
use crate::audit_log::rewritten;

/// The checkpoint that stands at the foot of what was printed.
fn at_the_foot(printed: &str) -> Checkpoint {
    Checkpoint::all_in(printed).pop().expect("a checkpoint")
}

#[test]
fn what_a_bulletin_shows_is_of_the_servers_history_until_somebody_rewrites_it() {
    let mut scene = scene(96, "full");
    score(&mut scene, 0, &[]);
    score(&mut scene, 1, &[]);
    let id = propose(&scene).unwrap_or_else(|problem| panic!("{:?}", problem.body())).decision.id;
    let done = finish(&scene, id).unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let (held, director) = (done.round, scene.director_now());
    let published = scene
        .fleet
        .db
        .try_write(move |tx| {
            grading::publish_bulletin(tx, &held, ("关于质量评估情况的通报", Remarks::default()), director)
        })
        .unwrap_or_else(|problem| panic!("{:?}", problem.body()));
    let printed = published.bulletin.text(Language::Zh);
    assert!(printed.contains("优秀1件，占100.0%"), "{printed}");
    for kept_out in ["周律师", "安娜"] {
        assert!(!printed.contains(kept_out), "{kept_out} is no matter of the public:\n{printed}");
    }
    assert!(verify(&scene.fleet.db).expect("readable").is_clean());

    let checkpoint = at_the_foot(&printed);
    let phone = &mut scene.assessors[0].0;
    assert_eq!(phone.phone.compare_checkpoint(checkpoint).expect("a checkpoint"), Compared::Asked);
    scene.fleet.sync(phone);
    assert_eq!(
        phone.phone.broken_history().expect("readable"),
        None,
        "the server proves that it is its past"
    );

    // Somebody takes the bulletin from the wall after the server's people have rewritten what it rests on. A phone
    // that has come only since could not know.
    rewritten(&scene.fleet.db, checkpoint.size - 1);
    let mut fresh = scene.fleet.phone(scene.manager.person);
    scene.fleet.sync(&mut fresh);
    assert_eq!(fresh.phone.broken_history().expect("readable"), None);
    assert_eq!(fresh.phone.compare_checkpoint(at_the_foot(&printed)).expect("a checkpoint"), Compared::Asked);
    scene.fleet.sync(&mut fresh);
    assert!(fresh.phone.broken_history().expect("readable").is_some(), "the paper knows");
}
