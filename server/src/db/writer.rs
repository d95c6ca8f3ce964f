//! The writer thread with its group commit.
//!
//! Many small writers would each wait for the disk; together they wait once. A batch is one
//! transaction, each closure in it a savepoint. When the transaction itself is lost (a full disk, a
//! deadlock, a failed commit), every closure of the batch runs again alone, so that one cannot spoil
//! the others: this is why closures must be retryable. A commit whose answer was lost with the
//! connection may have happened: nothing is run again then, and the callers are told.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;

use super::connection::{self, Connection, Engine, Step};
use super::error::DbError;
use super::tx::Tx;

/// How many closures share one commit at most. Keeps the first from waiting too long.
const BATCH: usize = 256;
/// How often a closure is run alone when others are in the way.
const ATTEMPTS: usize = 5;

/// The thread that writes.
pub(super) struct Writer {
    queue: Option<Sender<Box<dyn Job>>>,
    thread: Option<JoinHandle<()>>,
}

/// A closure in the queue, whatever it returns.
trait Job: Send {
    /// Runs it; true when its work is to be kept.
    fn run(&mut self, tx: &Tx) -> bool;
    /// Sends the answer after the commit, or the failure that came instead.
    fn answer(&mut self, committed: Result<(), DbError>);
}

struct Call<F, T, E> {
    closure: F,
    result: Option<Result<T, E>>,
    reply: SyncSender<Result<T, E>>,
}

impl<F, T, E> Job for Call<F, T, E>
where
    F: FnMut(&Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn run(&mut self, tx: &Tx) -> bool {
        // A panic leaves no result, which answers as a failure; the others of the batch go on.
        self.result = catch_unwind(AssertUnwindSafe(|| (self.closure)(tx))).ok();
        matches!(self.result, Some(Ok(_)))
    }

    fn answer(&mut self, committed: Result<(), DbError>) {
        let result = match (committed, self.result.take()) {
            (Ok(()), Some(result)) => result,
            (Ok(()), None) => Err(DbError::NoAnswer.into()),
            // A closure's own refusal wrote nothing; it holds whatever became of the commit.
            (Err(_), Some(Err(refusal))) => Err(refusal),
            (Err(error), _) => Err(error.into()),
        };
        // Nobody listens any more when the caller's thread is gone. The work stays done.
        let _ = self.reply.send(result);
    }
}

/// Why the work of a closure is taken back.
enum Undo {
    /// The closure refused or panicked; its answer says so.
    Refused,
    /// The engine failed around it.
    Lost(DbError),
}

impl From<DbError> for Undo {
    fn from(error: DbError) -> Self {
        Self::Lost(error)
    }
}

/// Why a transaction came to nothing.
enum Failure {
    /// It wrote nothing.
    TakenBack(DbError),
    /// Whether it was committed is not known.
    Unknown(DbError),
}

impl From<DbError> for Failure {
    fn from(error: DbError) -> Self {
        Self::TakenBack(error)
    }
}

/// The connection of the thread, opened anew when it dies.
struct Line {
    engine: Arc<dyn Engine>,
    connection: Option<Box<dyn Connection>>,
    /// Whether its connections are ones that the engine lets only read.
    reads_only: bool,
}

impl Line {
    fn open(&mut self) -> Result<&dyn Connection, DbError> {
        let connection = match self.connection.take().filter(|connection| connection.is_alive()) {
            Some(connection) => connection,
            None if self.reads_only => self.engine.open_reader()?,
            None => self.engine.open_writer()?,
        };
        Ok(&**self.connection.insert(connection))
    }
}

impl Writer {
    /// Starts the thread over its first connection.
    pub(super) fn start(
        engine: Arc<dyn Engine>,
        connection: Box<dyn Connection>,
        reads_only: bool,
    ) -> Result<Self, DbError> {
        let (queue, jobs) = channel();
        let mut line = Line { engine, connection: Some(connection), reads_only };
        let thread = std::thread::Builder::new()
            .name("tingfang-writer".to_owned())
            .spawn(move || work(&mut line, &jobs))
            .map_err(|error| DbError::Transaction {
                doing: "start a thread for",
                source: DbError::cause(error),
            })?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues the closure and waits for its commit.
    pub(super) fn run<T, E>(&self, closure: impl FnMut(&Tx) -> Result<T, E> + Send + 'static) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (reply, answer) = sync_channel(1);
        let call = Box::new(Call { closure, result: None, reply });
        let queue = self.queue.as_ref().ok_or(DbError::NoAnswer)?;
        queue.send(call).map_err(|_| DbError::NoAnswer)?;
        answer.recv().unwrap_or_else(|_| Err(DbError::NoAnswer.into()))
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // The thread ends when the queue has run dry; a panic in it has answered nobody.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for Writer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Writer")
    }
}

fn work(line: &mut Line, jobs: &Receiver<Box<dyn Job>>) {
    while let Ok(first) = jobs.recv() {
        let mut batch = vec![first];
        match run_batch(line, &mut batch, jobs) {
            Ok(()) => batch.iter_mut().for_each(|job| job.answer(Ok(()))),
            Err(Failure::Unknown(error)) => batch.iter_mut().for_each(|job| job.answer(Err(error.clone()))),
            Err(Failure::TakenBack(_)) => batch.iter_mut().for_each(|job| {
                let done = run_alone(line, job.as_mut());
                job.answer(done);
            }),
        }
    }
}

/// Runs the batch, and whatever joins it meanwhile, in one transaction.
fn run_batch(
    line: &mut Line,
    batch: &mut Vec<Box<dyn Job>>,
    jobs: &Receiver<Box<dyn Job>>,
) -> Result<(), Failure> {
    let connection = line.open()?;
    transaction(connection, || {
        let mut next = 0;
        while next < batch.len() {
            step(connection, batch[next].as_mut())?;
            next += 1;
            if next == batch.len()
                && next < BATCH
                && let Ok(job) = jobs.try_recv()
            {
                batch.push(job);
            }
        }
        Ok(())
    })
}

/// Runs one closure in a transaction of its own, again when others were in the way or the
/// connection was lost before the commit.
fn run_alone(line: &mut Line, job: &mut dyn Job) -> Result<(), DbError> {
    let mut attempt = 1;
    loop {
        let connection = line.open()?;
        match transaction(connection, || step(connection, job)) {
            Ok(()) => return Ok(()),
            Err(Failure::TakenBack(error)) if error.may_pass() && attempt < ATTEMPTS => attempt += 1,
            Err(Failure::TakenBack(error) | Failure::Unknown(error)) => return Err(error),
        }
    }
}

/// Runs one closure in its savepoint. Fails only when the whole transaction is lost.
fn step(connection: &dyn Connection, job: &mut dyn Job) -> Result<(), DbError> {
    let kept: Result<(), Undo> = connection::savepoint(connection, "job", || {
        if job.run(&Tx::new(connection)) { Ok(()) } else { Err(Undo::Refused) }
    });
    match kept {
        Err(Undo::Lost(error)) => Err(error),
        Ok(()) | Err(Undo::Refused) if connection.in_transaction() => Ok(()),
        Ok(()) | Err(Undo::Refused) => Err(DbError::busy("the engine ended the transaction")),
    }
}

fn transaction(
    connection: &dyn Connection,
    run: impl FnOnce() -> Result<(), DbError>,
) -> Result<(), Failure> {
    let result = connection.step(Step::BeginWrite).and_then(|()| run());
    let failure = match result {
        Ok(()) => match connection.step(Step::Commit) {
            Ok(()) => return Ok(()),
            Err(error @ DbError::Lost { .. }) => return Err(Failure::Unknown(error)),
            Err(error) => error,
        },
        Err(error) => error,
    };
    if connection.is_alive() {
        // The engine may have taken it back already; then there is nothing left to end.
        let _ = connection.step(Step::Rollback);
    }
    Err(Failure::TakenBack(failure))
}
