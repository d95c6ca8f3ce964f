//! Hashing passwords: a few at once, and not many that wait.
//!
//! Argon2id takes 19 MiB and tens of milliseconds by intent, so whoever asks for hundreds at once must not get
//! them. It runs on a few threads of its own and not on those that block for anybody: an allocator remembers for
//! each thread what it once held, and of those there are hundreds.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::{Semaphore, oneshot};

use crate::db::DbError;
use crate::problem::Problem;

/// When to try again where too many wait, in seconds.
const RETRY_AFTER_S: u32 = 5;

type Job = Box<dyn FnOnce() + Send>;

/// Where passwords are hashed. Cheap to clone.
#[derive(Clone)]
pub struct Hashing(Arc<Inner>);

struct Inner {
    at_once: u32,
    patience: Duration,
    /// One for each that is hashed or waits for it.
    places: Arc<Semaphore>,
    /// Where the threads take their work; they start with the first of it.
    jobs: OnceLock<mpsc::Sender<Job>>,
}

impl Hashing {
    /// So many at once, and so many more that wait, none of them for longer than it has patience.
    pub fn new(at_once: u32, waiting: u32, patience: Duration) -> Self {
        let places = usize::try_from(at_once.saturating_add(waiting)).unwrap_or(usize::MAX);
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self(Arc::new(Inner { at_once, patience, places, jobs: OnceLock::new() }))
    }

    /// Does the work when its turn comes. Work that nobody waits for any more by then is left.
    ///
    /// # Errors
    /// [`Problem::Wait`] when too many wait already, at once, or when the turn does not come in time.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (turn, answer) = self.hand_in(work)?;
        self.answered(turn, answer).await
    }

    async fn answered<T>(
        &self,
        turn: oneshot::Receiver<()>,
        answer: oneshot::Receiver<T>,
    ) -> Result<T, Problem> {
        // What has begun is waited for: its answer counts, whoever hears it.
        if tokio::time::timeout(self.0.patience, turn).await.is_err() {
            return Err(busy());
        }
        answer.await.map_err(|_| Problem::from(DbError::NoAnswer))
    }

    /// The same for who blocks already; waits as long as it takes.
    ///
    /// # Errors
    /// [`Problem::Wait`] when too many wait already.
    pub fn run_blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Problem> {
        let (_, answer) = self.hand_in(work)?;
        answer.blocking_recv().map_err(|_| Problem::from(DbError::NoAnswer))
    }

    /// Gives the work over: what tells that its turn has come, and its answer.
    fn hand_in<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<(oneshot::Receiver<()>, oneshot::Receiver<T>), Problem> {
        let place = Arc::clone(&self.0.places).try_acquire_owned().map_err(|_| busy())?;
        let (begin, turn) = oneshot::channel();
        let (answer, answered) = oneshot::channel();
        let job: Job = Box::new(move || {
            if answer.is_closed() {
                return;
            }
            let _ = begin.send(());
            let said = work();
            // Whoever hears the answer finds the place free.
            drop(place);
            let _ = answer.send(said);
        });
        self.jobs().send(job).map_err(|_| busy())?;
        Ok((turn, answered))
    }

    fn jobs(&self) -> &mpsc::Sender<Job> {
        self.0.jobs.get_or_init(|| {
            let (jobs, waiting) = mpsc::channel();
            let waiting = Arc::new(Mutex::new(waiting));
            for _ in 0..self.0.at_once {
                let waiting = Arc::clone(&waiting);
                let name = "passwords".to_owned();
                if let Err(error) = thread::Builder::new().name(name).spawn(move || work_off(&waiting)) {
                    tracing::error!(%error, "a thread that hashes passwords does not start");
                }
            }
            jobs
        })
    }
}

/// Why a 429 and not a 503: a proxy would take the whole node for dead, and phones with it.
const fn busy() -> Problem {
    Problem::Wait { retry_after_s: RETRY_AFTER_S }
}

/// Does one job after the other until nobody hands in any more.
fn work_off(waiting: &Mutex<mpsc::Receiver<Job>>) {
    loop {
        let next = waiting.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(job) = next else { return };
        // Whoever waits for one that panics sees that no answer comes.
        let _ = catch_unwind(AssertUnwindSafe(job));
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    use std::task::Poll;

    use super::*;

    const LONG: Duration = Duration::from_secs(600);

    /// Keeps the only thread busy until the sender is dropped.
    fn occupied(hashing: &Hashing) -> mpsc::Sender<()> {
        let (release, released) = mpsc::channel::<()>();
        let (begun, has_begun) = mpsc::channel();
        let waits = hashing.clone();
        thread::spawn(move || {
            waits.run_blocking(move || {
                begun.send(()).expect("somebody listens");
                let _ = released.recv();
            })
        });
        has_begun.recv().expect("it has begun");
        release
    }

    #[test]
    fn so_many_are_hashed_at_once_and_no_more() {
        let hashing = Hashing::new(2, 100, LONG);
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let both = Arc::new(Barrier::new(2));
        let work = || {
            let (now, most, both) = (Arc::clone(&now), Arc::clone(&most), Arc::clone(&both));
            move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                // Ends only when another one is under way too.
                both.wait();
                now.fetch_sub(1, Ordering::SeqCst);
            }
        };
        let answers: Vec<_> = (0..20).map(|_| hashing.hand_in(work()).expect("a place")).collect();
        for (_, answer) in answers {
            answer.blocking_recv().expect("done");
        }
        assert_eq!(most.load(Ordering::SeqCst), 2);
    }

    #[test]
    fn who_finds_no_place_is_told_at_once() {
        let hashing = Hashing::new(1, 0, LONG);
        let release = occupied(&hashing);
        let refused = hashing.run_blocking(|| ());
        assert!(matches!(refused, Err(Problem::Wait { retry_after_s: RETRY_AFTER_S })), "{refused:?}");
        drop(release);
    }

    #[test]
    fn whoever_gave_up_has_nothing_done_for_them() {
        let hashing = Hashing::new(1, 10, Duration::ZERO);
        let release = occupied(&hashing);
        let was_done = Arc::new(AtomicBool::new(false));
        let done = Arc::clone(&was_done);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let refused = runtime.block_on(hashing.run(move || done.store(true, Ordering::SeqCst)));
        assert!(matches!(refused, Err(Problem::Wait { .. })), "{refused:?}");
        drop(release);
        hashing.run_blocking(|| ()).expect("what comes later has its turn");
        assert!(!was_done.load(Ordering::SeqCst));
    }

    #[test]
    fn what_has_begun_is_waited_for_by_whoever_has_no_patience() {
        let hashing = Hashing::new(1, 0, Duration::ZERO);
        let (begun, has_begun) = mpsc::channel();
        let (release, released) = mpsc::channel::<()>();
        let work = move || {
            begun.send(()).expect("somebody listens");
            let _ = released.recv();
            7
        };
        let (turn, answer) = hashing.hand_in(work).expect("a place");
        has_begun.recv().expect("it has begun");
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
        let told = runtime.block_on(async {
            let waiting = hashing.answered(turn, answer);
            tokio::pin!(waiting);
            let early = std::future::poll_fn(|context| Poll::Ready(waiting.as_mut().poll(context))).await;
            assert!(early.is_pending(), "it is not done yet");
            drop(release);
            waiting.await
        });
        assert!(matches!(told, Ok(7)));
    }

    #[test]
    fn one_that_panics_takes_nobody_with_it() {
        let hashing = Hashing::new(1, 1, LONG);
        assert!(hashing.run_blocking(|| -> u32 { panic!("as a hash might") }).is_err());
        assert!(matches!(hashing.run_blocking(|| 7), Ok(7)));
    }
}
