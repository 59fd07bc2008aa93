//! The log: one JSON object a line on standard error, so that no text in it can forge a line.
//!
//! What may stand in it: ids, route templates, statuses, durations, error chains. What may not: raw paths and queries
//! (they hold links), cookies, bodies, names, addresses, secrets (which are of a type that prints nothing).

use tracing_subscriber::EnvFilter;

/// Starts logging with a checked filter. Called once; a second call changes nothing.
pub fn install(filter: &str) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    // The only error is that a log is installed already, by a test.
    let _ = tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .try_init();
}
