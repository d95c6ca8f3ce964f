//! Deaths of a phone and of its server at every boundary: right before each transaction takes effect, before each
//! save of keys, with a file half written, and between a request and its answer.
//!
//! Nothing is built into phone or server for that. What lies on a disk between two transactions is a file and a
//! beginning of the log beside it, so one life whose logs are kept tells every moment; from each another life goes
//! on, over disks of its own, and has to end as the first one did.

mod kept_log;
mod life;
mod rest;
mod scenes;
mod watch;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

pub use life::Life;
pub use scenes::{BEGINNING, ENDING, SETBACKS};

use rest::Rest;
use watch::{Death, Watch};

use crate::fleet::Fleet;

/// Something that somebody does. Who does it again looks first whether it is done.
pub type Step = fn(&mut Life);

/// A stretch of life.
pub struct Scene {
    /// What it is of.
    pub name: &'static str,
    seed: u64,
    /// What was before; nobody dies in it.
    before: &'static [Step],
    steps: &'static [Step],
    /// What is there in the end: every character that was typed, and what was not accepted.
    typed: &'static str,
    listed: &'static [&'static str],
}

/// How many deaths there were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deaths {
    /// Of the phone.
    pub phone: usize,
    /// Of the server.
    pub server: usize,
    /// The most exchanges of a sync in which somebody died.
    pub exchanges: usize,
}

/// Lives through a scene, and on from every death in it.
///
/// # Panics
/// When something is lost, comes in twice or does not come to rest; the message says after which death.
pub fn live_through(scene: &Scene) -> Deaths {
    let mut life = Life::begin(scene.seed);
    life.goes_on(scene.before, 0);
    life.watch = Some(Watch::begin());
    life.longest_sync = 0;
    life.goes_on(scene.steps, 0);
    let (watch, exchanges) = (life.watch.take().expect("it watches"), life.longest_sync);
    let rest = life.comes_to_rest();
    assert_eq!(rest.typed(), scene.typed, "{}", scene.name);
    assert_eq!(rest.listed, scene.listed, "{}", scene.name);
    let (next, fleet) = (AtomicUsize::new(0), &life.fleet);
    let tells = std::env::var_os("TINGFANG_TEST_TELL").is_some();
    let live_on = || {
        while let Some(death) = watch.deaths.get(next.fetch_add(1, Ordering::Relaxed)) {
            if tells {
                eprintln!("{}: {}", scene.name, death.told);
            }
            let lived_on = AssertUnwindSafe(|| lives_on(scene, death, fleet));
            match catch_unwind(lived_on) {
                Ok(ended) => assert_eq!(ended, rest, "{}: {}", scene.name, death.told),
                Err(panic) => {
                    eprintln!("{}: {}", scene.name, death.told);
                    resume_unwind(panic);
                }
            }
        }
    };
    std::thread::scope(|scope| {
        let other = scope.spawn(live_on);
        live_on();
        other.join().unwrap_or_else(|panic| resume_unwind(panic));
    });
    let phone = watch.deaths.iter().filter(|death| death.is_of_phone()).count();
    Deaths { phone, server: watch.deaths.len() - phone, exchanges }
}

fn lives_on(scene: &Scene, death: &Death, over: &Fleet) -> Rest {
    let mut life = Life::after(death, over);
    life.goes_on(scene.steps, death.step);
    life.comes_to_rest()
}
