//! The sandbox's two times: the machine's, and business time, which the demo moves.
//!
//! Business time is machine time plus an offset, and decides what takes days: debits settle, Checkout Sessions expire,
//! refunds arrive. Machine time signs webhooks and paces retries. This is the one file that reads the real clock; a
//! simulation passes its own machine clock in [`crate::Options`].

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::SystemTime;

use chrono::{DateTime, Utc};

/// Where machine time comes from.
#[derive(Clone)]
pub struct MachineClock(Arc<dyn Fn() -> DateTime<Utc> + Send + Sync>);

impl MachineClock {
    /// The real clock of this machine.
    #[expect(
        clippy::disallowed_methods,
        reason = "the outside world has a real clock; this is where it is read"
    )]
    pub fn real() -> Self {
        Self(Arc::new(|| SystemTime::now().into()))
    }

    /// A clock of the caller's, for simulations that move machine time themselves.
    pub fn from_fn(now: impl Fn() -> DateTime<Utc> + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }
}

impl Default for MachineClock {
    fn default() -> Self {
        Self::real()
    }
}

impl fmt::Debug for MachineClock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MachineClock")
    }
}

/// Machine time and business time, in whole seconds since the Unix epoch as Stripe counts.
#[derive(Debug)]
pub(crate) struct Clock {
    machine: MachineClock,
    offset_seconds: AtomicI64,
}

impl Clock {
    pub(crate) fn new(machine: MachineClock, offset_seconds: i64) -> Self {
        Self { machine, offset_seconds: AtomicI64::new(offset_seconds) }
    }

    pub(crate) fn machine_now(&self) -> DateTime<Utc> {
        (self.machine.0)()
    }

    pub(crate) fn business_seconds(&self) -> i64 {
        self.machine_now().timestamp().saturating_add(self.offset_seconds())
    }

    pub(crate) fn offset_seconds(&self) -> i64 {
        self.offset_seconds.load(Ordering::Relaxed)
    }

    pub(crate) fn set_offset_seconds(&self, seconds: i64) {
        self.offset_seconds.store(seconds, Ordering::Relaxed);
    }
}

/// How a Unix time reads on a page: `2026-03-14 09:26:53 UTC`.
pub(crate) fn readable(seconds: i64) -> String {
    DateTime::from_timestamp(seconds, 0)
        .map_or_else(|| seconds.to_string(), |time| time.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}
