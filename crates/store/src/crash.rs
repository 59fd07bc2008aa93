//! Points where a test can make the process die.
//!
//! With the feature `crash-points` every commit and every call to the outside world is preceded and followed by a numbered
//! point. `DUNLIN_CRASH_AT=n` aborts the process at the n-th of them, as a power cut would: no destructor runs, nothing
//! is flushed. Without the feature the calls compile to nothing.

/// Passes one point. Names are only for the log: the number decides.
#[cfg(feature = "crash-points")]
pub fn point(name: &'static str) {
    use std::sync::LazyLock;
    use std::sync::atomic::{AtomicU64, Ordering};

    static PASSED: AtomicU64 = AtomicU64::new(0);
    static CRASH_AT: LazyLock<Option<u64>> =
        LazyLock::new(|| std::env::var("DUNLIN_CRASH_AT").ok().and_then(|number| number.parse().ok()));

    let number = PASSED.fetch_add(1, Ordering::SeqCst) + 1;
    tracing::trace!(number, name, "crash point");
    if *CRASH_AT == Some(number) {
        tracing::warn!(number, name, "crashing on request");
        std::process::abort();
    }
}

/// Passes one point. Names are only for the log: the number decides.
#[cfg(not(feature = "crash-points"))]
#[inline]
pub fn point(_name: &'static str) {}
