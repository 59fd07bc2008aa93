//! Figures for Prometheus, in one place so that names and labels can be read off here.
//!
//! Labels come from small closed sets (route templates, statuses, worker names), never from what a request holds.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};

const REQUEST_SECONDS: &str = "dunlin_request_duration_seconds";
const WORKER_RUNS: &str = "dunlin_worker_runs_total";
const WORKER_SECONDS: &str = "dunlin_worker_duration_seconds";

/// Upper bounds of the duration histograms, in seconds.
const BUCKETS: &[f64] = &[0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();

/// Starts collecting, once a process; further calls change nothing. A server whose figures cannot be collected serves
/// all the same and says so in its log.
pub fn install() {
    HANDLE.get_or_init(|| {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), BUCKETS)
            .map(PrometheusBuilder::build_recorder);
        let recorder = match recorder {
            Ok(recorder) => recorder,
            Err(error) => {
                tracing::error!(%error, "figures cannot be collected");
                return None;
            }
        };
        let handle = recorder.handle();
        if let Err(error) = metrics::set_global_recorder(recorder) {
            tracing::error!(%error, "figures cannot be collected");
            return None;
        }
        metrics::describe_histogram!(REQUEST_SECONDS, "Time from a request's head to its answer");
        metrics::describe_counter!(WORKER_RUNS, "Runs of each background worker, by outcome");
        metrics::describe_histogram!(WORKER_SECONDS, "Time one run of a background worker took");
        Some(handle)
    });
}

/// The text Prometheus reads.
pub fn render() -> String {
    let Some(handle) = HANDLE.get().and_then(Option::as_ref) else { return String::new() };
    handle.run_upkeep();
    handle.render()
}

/// Counts one answered request.
pub fn request_answered(route: &'static str, method: &'static str, status: u16, elapsed: Duration) {
    metrics::histogram!(REQUEST_SECONDS, "route" => route, "method" => method, "status" => status.to_string())
        .record(elapsed);
}

/// Counts one run of a worker.
pub fn worker_ran(worker: &'static str, succeeded: bool, elapsed: Duration) {
    let outcome = if succeeded { "ok" } else { "failed" };
    metrics::counter!(WORKER_RUNS, "worker" => worker, "outcome" => outcome).increment(1);
    metrics::histogram!(WORKER_SECONDS, "worker" => worker).record(elapsed);
}

/// Notes how many rows of a queue are in each state.
pub fn queue(name: &'static str, counts: Vec<(String, i64)>) {
    for (state, count) in counts {
        metrics::gauge!(name, "state" => state).set(i32::try_from(count).unwrap_or(i32::MAX));
    }
}

/// Notes the present value of a figure of the whole installation.
pub fn gauge(name: &'static str, value: u32) {
    metrics::gauge!(name).set(value);
}

/// Notes whether an alarm rings.
pub fn alarm(name: &'static str, rings: bool) {
    metrics::gauge!("dunlin_alarm", "alarm" => name).set(u32::from(rings));
}
