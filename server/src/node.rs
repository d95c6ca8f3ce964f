//! What a node does beside answering requests. Nodes are alike and keep nothing of their own: any of
//! them answers any request, and one of them at a time sweeps up after those that have died.

use std::time::Duration;

use tingfang_core::clock::Moment;

use crate::app::App;
use crate::db::DbError;
use crate::erasing;
use crate::files;
use crate::store::lease::{self, NodeId};

/// How often a node looks whether there is something to sweep up.
pub const PERIOD: Duration = Duration::from_secs(15);
/// A frame that was kept so long ago and has no verdicts belongs to a node that has died. Judging it
/// twice does no harm, it is only work.
const ABANDONED_MILLIS: i64 = 30_000;
/// For how long one node sweeps for all.
const LEASE_MILLIS: i64 = 60_000;

/// Sweeps up, when it is this node's turn: judges frames that a dead node has kept and not answered.
/// Says how many; nothing when another node sweeps.
///
/// # Errors
/// When the data layer fails; the next sweep tries again.
pub fn sweep(app: &App, node: NodeId) -> Result<Option<usize>, DbError> {
    let now = app.now();
    let until = now.plus_millis(LEASE_MILLIS);
    if !app.db.write(move |tx| lease::take(tx, "sweep", node, now, until))? {
        return Ok(None);
    }
    let left = app.sync.judge_leftovers(now.plus_millis(-ABANDONED_MILLIS))?;
    // What waits is judged again when what it waits for comes; only a node that died in between may
    // have left that out.
    if left > 0 {
        app.sync.finish_leftovers(now.plus_millis(-ABANDONED_MILLIS))?;
    }
    Ok(Some(left))
}

/// Judges what was left when the last server stopped, however young it is.
///
/// # Errors
/// When the data layer fails.
pub fn sweep_at_start(app: &App) -> Result<usize, DbError> {
    app.sync.finish_leftovers(Moment::from_millis(i64::MAX))
}

/// Sweeps again and again, for as long as the runtime lives.
pub async fn keep_sweeping(app: App) {
    let node: NodeId = app.minter.random();
    let mut ticks = tokio::time::interval(PERIOD);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    // The place of files may have been away when the program started.
    let mut orders_are_carried_out = false;
    loop {
        ticks.tick().await;
        if !orders_are_carried_out {
            let caught_up = app.blocking(erasing::catch_up).await;
            orders_are_carried_out = caught_up.is_ok();
            if let Err(problem) = caught_up {
                tracing::error!(%problem, "orders to erase could not be looked for; it is tried again");
            }
        }
        match app.blocking(move |app| sweep(app, node)).await {
            Ok(Some(left)) => {
                if left > 0 {
                    tracing::info!(left, "judged {left} frames of a node that stopped");
                }
                if let Err(error) = files::forget_stale(&app).await {
                    tracing::warn!(%error, "uploads that nobody goes on with could not be ended");
                }
            }
            Ok(None) => {}
            Err(error) => tracing::warn!(%error, "sweeping up failed; it is tried again"),
        }
    }
}
