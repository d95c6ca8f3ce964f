//! Jobs: work that is asked for now and that some node does when it comes to it. A job is done once with
//! effect: a node that has died loses it after a while, and what a node says that was only asleep is not
//! heard any more.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use tingfang_core::clock::Moment;
use tingfang_core::id::{JobId, PersonId};
use tokio::sync::Notify;

use crate::app::App;
use crate::db::{DbError, Tx};
use crate::store::job::{self, JobKind, Kept};
use crate::store::lease::NodeId;
use crate::verify;

/// For how long a node takes a job, in milliseconds; while it is at it, it takes it anew.
const LEASE_MS: u32 = 60_000;
/// How often a job is tried. What has failed so often fails again.
const MOST_ATTEMPTS: u32 = 3;
const HOUR_MS: i64 = 3_600_000;

/// Asks for a job.
///
/// # Errors
/// When the data layer fails.
pub fn ask(tx: &Tx, id: JobId, kind: JobKind, by: Option<PersonId>, now: Moment) -> Result<Kept, DbError> {
    job::ask(tx, id, kind, by, now)?;
    tx.ring()?;
    job::find(tx, id)?.ok_or_else(|| DbError::Damaged("a job".to_owned()))
}

/// Takes the next job for a node; nothing when there is none. One that was tried too often ends here.
///
/// # Errors
/// When the data layer fails.
pub fn take(app: &App, node: NodeId) -> Result<Option<Kept>, DbError> {
    let now = app.now();
    app.db.write(move |tx| {
        while let Some(taken) = job::take(tx, node, now, now.plus_millis(LEASE_MS.into()))? {
            if taken.attempts <= MOST_ATTEMPTS {
                return Ok(Some(taken));
            }
            job::finish(tx, taken.id, node, now, &json!({ "failed": "tried_too_often" }))?;
        }
        Ok(None)
    })
}

/// Does a job to its end and keeps its result. False when another node has it by now.
///
/// # Errors
/// When the data layer fails; the job is tried again.
pub fn work(app: &App, node: NodeId, taken: &Kept) -> Result<bool, DbError> {
    let result: Value = match taken.kind {
        JobKind::Verify => {
            let report = verify::verify_with_files(app)?;
            serde_json::to_value(report).map_err(|error| DbError::damaged("a report", &error))?
        }
    };
    let (id, now) = (taken.id, app.now());
    app.db.write(move |tx| job::finish(tx, id, node, now, &result))
}

/// Asks for a verification when none was asked for so many hours. Says whether it was time.
///
/// # Errors
/// When the data layer fails.
pub fn ask_when_it_is_time(app: &App, started_at: Moment) -> Result<bool, DbError> {
    let (id, now, hours) = (app.minter.mint(), app.now(), i64::from(app.config.verify_every_hours));
    if hours == 0 {
        return Ok(false);
    }
    app.db.write(move |tx| {
        let last = job::newest(tx, JobKind::Verify, 1)?.first().map(|kept| kept.asked_at);
        if last.unwrap_or(started_at).plus_millis(hours * HOUR_MS) > now {
            return Ok(false);
        }
        job::ask(tx, id, JobKind::Verify, None, now).map(|()| true)
    })
}

/// Works for as long as the runtime lives: at once when something is asked for, on whichever node, and
/// looking by itself for what others have left and for what it did not hear of.
pub async fn keep_working(app: App, period: Duration) {
    let (node, started_at): (NodeId, Moment) = (app.minter.random(), app.now());
    let wake = Arc::new(Notify::new());
    let asked = Arc::clone(&wake);
    let _ear = app.db.listen(move || asked.notify_one());
    loop {
        tokio::select! {
            () = tokio::time::sleep(period) => {}
            () = wake.notified() => {}
        }
        if let Err(error) = app.blocking(move |app| ask_when_it_is_time(app, started_at)).await {
            tracing::warn!(%error, "no verification was asked for; it is tried again");
        }
        loop {
            match app.blocking(move |app| take(app, node)).await {
                Ok(Some(taken)) => work_and_hold(&app, node, taken).await,
                Ok(None) => break,
                Err(error) => {
                    tracing::warn!(%error, "no job was taken; it is tried again");
                    break;
                }
            }
        }
    }
}

/// Does a job and takes it anew meanwhile, as long as it takes.
async fn work_and_hold(app: &App, node: NodeId, taken: Kept) {
    let id = taken.id;
    let done = app.blocking(move |app| work(app, node, &taken));
    tokio::pin!(done);
    loop {
        tokio::select! {
            outcome = &mut done => {
                match outcome {
                    Ok(true) => tracing::info!("a job is done"),
                    Ok(false) => tracing::warn!("a job was done that another node has taken over"),
                    Err(error) => tracing::warn!(%error, "a job failed; it is tried again"),
                }
                return;
            }
            () = tokio::time::sleep(Duration::from_millis(u64::from(LEASE_MS) / 3)) => {
                let held = app.blocking(move |app| {
                    let until = app.now().plus_millis(LEASE_MS.into());
                    app.db.write(move |tx| job::hold(tx, id, node, until))
                });
                if let Err(error) = held.await {
                    tracing::warn!(%error, "a job could not be taken anew");
                }
            }
        }
    }
}
