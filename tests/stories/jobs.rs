//! Jobs over real nodes: one that is killed in the middle of a job loses it to another one, and what one
//! says that was only asleep is not heard.
//!
//! Where PostgreSQL is not to be had, there are no several nodes, and nothing is told here.

use std::path::Path;
use std::time::{Duration, Instant};

use tingfang_core::id::{JobId, Minter};
use tingfang_server::app::initialise;
use tingfang_server::db::{Db, Place, Tx, scratch};
use tingfang_server::jobs;
use tingfang_server::store::job::{self, JobKind, Kept};
use tingfang_tests::postgres::PostgresServer;
use tingfang_tests::processes::Server;
use tingfang_tests::time::{HandClock, minter};

/// Far above what a node needs that was woken, so that it bounds the wait when something is wrong.
const PATIENCE: Duration = Duration::from_secs(120);

struct Scene {
    postgres: PostgresServer,
    folder: tempfile::TempDir,
    db: Db,
    minter: Minter,
}

/// A database of which a job can be stopped in the middle, and a clock that all nodes follow.
fn scene(seed: u64) -> Option<Scene> {
    std::env::var_os(scratch::VARIABLE)?;
    let postgres = PostgresServer::start().expect("a server of its own");
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    std::fs::create_dir_all(folder.path().join("server")).expect("made");
    // Patient: a verification waits for a table that somebody holds.
    let place = Place::Postgres(format!("{}?options=-clock_timeout%3D120s", postgres.url()));
    scratch::set_place(&folder.path().join("server"), place.clone());
    let minter = minter(&HandClock::new(), seed);
    let db = Db::open(place).expect("a fresh database");
    initialise(&db, &minter, "云河县(虚构)").expect("a fresh server");
    let scene = Scene { postgres, folder, db, minter };
    scene.set_clock(0);
    Some(scene)
}

impl Scene {
    fn clock(&self) -> std::path::PathBuf {
        self.folder.path().join("ahead")
    }

    fn set_clock(&self, seconds_ahead: u64) {
        // Renamed, so that nobody reads half of it.
        let fresh = self.folder.path().join("ahead.new");
        std::fs::write(&fresh, (seconds_ahead * 1_000).to_string()).expect("written");
        std::fs::rename(fresh, self.clock()).expect("renamed");
    }

    fn node(&self) -> Server {
        let data = self.folder.path().join("server");
        Server::start_with(&data, &[("TINGFANG_TEST_CLOCK", text(&self.clock()))])
    }

    /// Asks for a verification, which every node hears.
    fn ask(&self) -> JobId {
        let (id, now) = (self.minter.mint(), self.minter.clock().now());
        self.db.write(move |tx| jobs::ask(tx, id, JobKind::Verify, None, now)).expect("asked").id
    }

    fn job(&self, id: JobId) -> Kept {
        self.db.read(move |tx: &Tx| job::find(tx, id)).expect("readable").expect("asked for")
    }

    fn until(&self, id: JobId, what: &str, is_so: impl Fn(&Kept) -> bool) -> Kept {
        let begun = Instant::now();
        while begun.elapsed() < PATIENCE {
            let kept = self.job(id);
            if is_so(&kept) {
                return kept;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{what}: {:?}", self.job(id));
    }

    /// Holds what every verification reads, so that it stands still in the middle.
    fn holding_the_frames(&self) -> postgres::Client {
        let mut holder = postgres::Client::connect(&self.postgres.url(), postgres::NoTls).expect("connects");
        holder.batch_execute("begin; lock table frame in access exclusive mode").expect("nobody reads");
        holder
    }
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

#[test]
fn a_job_of_a_node_that_is_killed_in_the_middle_is_done_by_another_one() {
    let Some(scene) = scene(95) else { return };
    let mut first = scene.node();
    let mut holder = scene.holding_the_frames();
    let asked = scene.ask();
    scene.until(asked, "taken by the one node there is", |kept| kept.attempts == 1);
    first.kill();
    holder.batch_execute("rollback").expect("readable again");
    let _second = scene.node();
    // Its holder may still live, as far as anybody knows: the second one does what is asked now.
    let next = scene.ask();
    scene.until(next, "done by the second", |kept| kept.finished_at.is_some());
    assert_eq!(scene.job(asked).finished_at, None, "not before its time is over");
    scene.set_clock(61);
    let third = scene.ask();
    scene.until(third, "done by the second", |kept| kept.finished_at.is_some());
    let done = scene.until(asked, "taken over", |kept| kept.finished_at.is_some());
    assert_eq!(done.attempts, 2);
    assert_eq!(done.result.expect("a report")["differences"], serde_json::json!([]));
}

#[test]
fn what_a_node_says_of_a_job_that_it_slept_through_is_not_heard() {
    let Some(scene) = scene(96) else { return };
    let first = scene.node();
    let mut holder = scene.holding_the_frames();
    let asked = scene.ask();
    scene.until(asked, "taken by the one node there is", |kept| kept.attempts == 1);
    first.pause();
    holder.batch_execute("rollback").expect("readable again");
    scene.set_clock(61);
    let second = scene.node();
    scene.ask();
    let done = scene.until(asked, "taken over", |kept| kept.finished_at.is_some());
    assert_eq!(done.attempts, 2);
    // The first one comes to its own end of it, and only then to the next job.
    second.pause();
    first.go_on();
    let next = scene.ask();
    scene.until(next, "done by the first", |kept| kept.finished_at.is_some());
    assert_eq!(scene.job(asked), done, "done once with effect");
}
