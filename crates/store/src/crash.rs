//! Points where a test can make the program die.
//!
//! Every commit and every call to the outside world is preceded and followed by a point.
//!
//! - With the feature `crash-points` they are numbered, and `DUNLIN_CRASH_AT=n` aborts the process at the n-th of them, as a
//!   power cut would: no destructor runs, nothing is flushed.
//! - With the feature `testing` a future can be stopped at one of them, to be dropped or to go on later
//!   (`store::testing::cut`): a thousand deaths and stalls in one process, the same ones for the same seed.
//!
//! Without these features a point does nothing.

/// Passes one point. Names are for logs, and for [`BEFORE_COMMIT`]: otherwise the number decides.
#[cfg_attr(
    not(feature = "testing"),
    expect(clippy::unused_async, reason = "only a test has something to wait for")
)]
pub async fn point(name: &'static str) {
    #[cfg(feature = "crash-points")]
    abort_if_wanted(name);
    #[cfg(feature = "testing")]
    crate::testing::cut::pass(name).await;
    #[cfg(not(any(feature = "crash-points", feature = "testing")))]
    let _ = name;
}

/// The point at which a transaction is still open.
pub const BEFORE_COMMIT: &str = "before commit";

#[cfg(feature = "crash-points")]
fn abort_if_wanted(name: &'static str) {
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
