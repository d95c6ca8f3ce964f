//! What a node counts for its operator, in the text form that Prometheus reads. Numbers only: no
//! names, no ids, nothing of what a record says.

use std::sync::Arc;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use tingfang_core::sync::verdict::Verdict;

use crate::app::App;
use crate::db::DbError;
use crate::log;
use crate::store::job::{self, JobKind};
use crate::store::{frame, quarantine};

/// The media type of what is written.
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// From half a millisecond to a quarter of a minute, each bucket twice the one before.
fn buckets() -> impl Iterator<Item = f64> {
    prometheus_client::metrics::histogram::exponential_buckets(0.000_5, 2.0, 15)
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByVerdict {
    verdict: String,
}

#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct ByState {
    state: &'static str,
}

/// What this node has done since it started, and what waits. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Counts>);

#[derive(Debug)]
struct Counts {
    registry: Registry,
    verdicts: Family<ByVerdict, Counter>,
    rejected_frames: Counter,
    judging_seconds: Histogram,
    exchange_seconds: Histogram,
    log_head: Gauge,
    waiting: Family<ByState, Gauge>,
    connections: Family<ByState, Gauge>,
    differences: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("tingfang");
        let (verdicts, rejected_frames) = (Family::default(), Counter::default());
        let (judging_seconds, exchange_seconds) = (Histogram::new(buckets()), Histogram::new(buckets()));
        let (log_head, waiting, connections) = (Gauge::default(), Family::default(), Family::default());
        let differences = Gauge::default();
        registry.register("sync_items", "Items of phones, by verdict", Family::clone(&verdicts));
        registry.register("sync_rejected_frames", "Frames that were not taken", rejected_frames.clone());
        registry.register("judging_seconds", "Judging one frame", judging_seconds.clone());
        registry.register("exchange_seconds", "Answering one sync request", exchange_seconds.clone());
        registry.register("log_head", "The newest position of the log", log_head.clone());
        registry.register(
            "waiting",
            "Frames, items and jobs that wait, by what for",
            Family::clone(&waiting),
        );
        registry.register(
            "verification_differences",
            "What the last verification found that is not as it should be",
            differences.clone(),
        );
        registry.register(
            "read_connections",
            "Connections to the database that read, by state",
            Family::clone(&connections),
        );
        Self(Arc::new(Counts {
            registry,
            verdicts,
            rejected_frames,
            judging_seconds,
            exchange_seconds,
            log_head,
            waiting,
            connections,
            differences,
        }))
    }
}

impl Metrics {
    /// Counts the verdicts on a frame.
    pub fn judged(&self, verdicts: &[Verdict]) {
        for verdict in verdicts {
            let label = ByVerdict { verdict: verdict.name().to_owned() };
            self.0.verdicts.get_or_create(&label).inc();
        }
    }

    /// Counts a frame that was not taken.
    pub fn rejected_frame(&self) {
        self.0.rejected_frames.inc();
    }

    /// Notes how long the judging of a frame took.
    pub fn judging_took(&self, time: Duration) {
        self.0.judging_seconds.observe(time.as_secs_f64());
    }

    /// Notes how long the answer to a sync request took.
    pub fn exchange_took(&self, time: Duration) {
        self.0.exchange_seconds.observe(time.as_secs_f64());
    }

    /// Everything, with what the database says now.
    ///
    /// # Errors
    /// When the data layer fails.
    pub fn text(&self, app: &App) -> Result<String, DbError> {
        let (head, unjudged, blocked, held, jobs, proof) = app.db.read(|tx| {
            Ok((
                log::head(tx)?.0,
                frame::unjudged_count(tx)?,
                frame::blocked_count(tx)?,
                quarantine::held_count(tx)?,
                job::waiting_count(tx)?,
                job::last_result(tx, JobKind::Verify)?,
            ))
        })?;
        let number = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        self.0.log_head.set(number(head.0));
        for (state, count) in [("unjudged", unjudged), ("blocked", blocked), ("held", held), ("jobs", jobs)] {
            self.0.waiting.get_or_create(&ByState { state }).set(number(count));
        }
        let differences = proof.and_then(|report| report["differences"].as_array().map(Vec::len));
        self.0.differences.set(number(differences.unwrap_or_default() as u64));
        let pool = app.db.pool();
        for (state, count) in [("open", pool.open), ("idle", pool.idle)] {
            self.0.connections.get_or_create(&ByState { state }).set(number(count as u64));
        }
        let mut text = String::new();
        encode(&mut text, &self.0.registry).expect("writing into memory cannot fail");
        Ok(text)
    }
}
