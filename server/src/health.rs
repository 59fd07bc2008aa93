//! Whether this process can do its work, and what stands in its way.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use domain::alarm::Alarm;
use serde_json::{Value, json};
use store::{StoreError, inbox, installation, messages, sweeps};

use crate::env::Env;
use crate::operations::follow_up::alarm;
use crate::operations::payments::reconcile;

/// A worker that has not finished a run for this long is reported. Each runs at least once a minute.
const SILENCE_IS_TROUBLE: Duration = Duration::from_mins(5);

/// The installation's note that health was checked.
const LAST_CHECK: &str = "health_checked";

/// When each worker last finished a run, and how it ended.
#[derive(Debug, Default)]
pub struct Heartbeats(Mutex<BTreeMap<&'static str, Beat>>);

/// One worker's last run.
#[derive(Debug, Clone, Copy)]
struct Beat {
    at: Instant,
    succeeded: bool,
}

impl Heartbeats {
    /// Notes that a worker is about to run for the first time, so that one that never finishes is missed too.
    pub fn expect(&self, worker: &'static str) {
        self.note(worker, true);
    }

    /// Notes that a run is over.
    pub fn note(&self, worker: &'static str, succeeded: bool) {
        let mut beats = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        beats.insert(worker, Beat { at: Instant::now(), succeeded });
    }

    fn snapshot(&self) -> BTreeMap<&'static str, Beat> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// What the checks found.
#[derive(Debug)]
pub struct Report {
    database: Result<(), String>,
    schema: Result<(), String>,
    workers: BTreeMap<&'static str, Worker>,
    /// None when the database could not be asked.
    alarms: Option<Vec<Alarm>>,
    at_business_time: String,
}

#[derive(Debug)]
struct Worker {
    silent_seconds: u64,
    is_silent: bool,
    succeeded: bool,
}

/// Runs all checks.
pub async fn check(env: &Env, heartbeats: &Heartbeats) -> Report {
    let reason = |error: StoreError| match error {
        StoreError::Unavailable { reason, .. } => reason.to_string(),
        StoreError::OlderDatabase { .. } | StoreError::NewerDatabase { .. } => error.to_string(),
        _ => "it does not answer as it should".to_owned(),
    };
    let database = match env.store.ping().await {
        Ok(()) => writable(env).await,
        Err(error) => Err(error),
    };
    let schema = env.store.check_version().await;
    let alarms = match alarm::ringing(env).await {
        Ok(alarms) => Some(alarms),
        Err(error) => {
            tracing::warn!(%error, "nobody knows whether messages are sent");
            None
        }
    };
    let workers = heartbeats
        .snapshot()
        .into_iter()
        .map(|(name, beat)| {
            let silent = beat.at.elapsed();
            let worker = Worker {
                silent_seconds: silent.as_secs(),
                is_silent: silent > SILENCE_IS_TROUBLE,
                succeeded: beat.succeeded,
            };
            (name, worker)
        })
        .collect();
    Report {
        database: database.map_err(reason),
        schema: schema.map_err(reason),
        workers,
        alarms,
        at_business_time: env.business_now().to_rfc3339(),
    }
}

/// Writes a little and commits: only that tells a full or read-only disk from a healthy one.
async fn writable(env: &Env) -> Result<(), StoreError> {
    let now = env.machine_now();
    env.store.transact(async |tx| installation::set(tx, LAST_CHECK, "done", now).await).await
}

/// Puts the depth of the queues among the figures. A database that cannot be asked leaves them as they were; that it cannot
/// is a figure of its own.
pub async fn record_queues(env: &Env) {
    let counted = async {
        let mut tx = env.store.read().await?;
        let sweeps = sweeps::statuses(&mut tx).await?;
        Ok::<_, StoreError>((inbox::counts(&mut tx).await?, messages::counts(&mut tx).await?, sweeps))
    };
    match counted.await {
        Ok((inbox, messages, sweeps)) => {
            let compared = sweeps.iter().filter(|sweep| sweep.name == reconcile::CURSOR);
            let drift: i64 = compared.map(|sweep| sweep.drift).sum();
            crate::metrics::gauge("dunlin_drift", u32::try_from(drift).unwrap_or(u32::MAX));
            crate::metrics::queue("dunlin_inbox_events", inbox);
            crate::metrics::queue("dunlin_messages", messages);
        }
        Err(error) => tracing::warn!(%error, "the queues could not be counted"),
    }
}

/// Puts what a check found among the figures.
pub fn record(report: &Report) {
    crate::metrics::gauge("dunlin_ready", u32::from(report.is_ready()));
    crate::metrics::gauge("dunlin_database_up", u32::from(report.database.is_ok()));
    // Where nobody knows, what was known last stays.
    for name in report.alarms.iter().flat_map(|_| Alarm::NAMES) {
        let rings = report.alarms.iter().flatten().any(|alarm| alarm.name() == name);
        crate::metrics::alarm(name, rings);
    }
}

impl Report {
    /// Whether requests should come here. A silent or failing worker, or an alarm, is shown but does not turn requests away:
    /// pages are still right without it, and restarting would not mend it.
    pub fn is_ready(&self) -> bool {
        self.database.is_ok() && self.schema.is_ok()
    }

    /// The report as health checks read it.
    pub fn to_json(&self) -> Value {
        let named = |outcome: &Result<(), String>| match outcome {
            Ok(()) => json!({ "ok": true }),
            Err(reason) => json!({ "ok": false, "reason": reason }),
        };
        let workers: serde_json::Map<String, Value> = self
            .workers
            .iter()
            .map(|(name, worker)| {
                let value = json!({
                    "ok": worker.succeeded && !worker.is_silent,
                    "last_run_succeeded": worker.succeeded,
                    "silent_seconds": worker.silent_seconds,
                });
                ((*name).to_owned(), value)
            })
            .collect();
        let rings = self.alarms.as_ref().is_some_and(|alarms| !alarms.is_empty());
        json!({
            "status": if !self.is_ready() { "unavailable" } else if rings { "degraded" } else { "ok" },
            "alarms": self.alarms,
            "database": named(&self.database),
            "schema": named(&self.schema),
            "workers": workers,
            "business_time": self.at_business_time,
        })
    }
}
