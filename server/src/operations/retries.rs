//! How long to wait before something is tried again that did not work.

use chrono::TimeDelta;

/// How long to wait after so many tries: a minute, doubling up to six hours.
pub(super) fn backoff(tries: u32) -> TimeDelta {
    let minutes = 1_i64 << tries.saturating_sub(1).min(9);
    TimeDelta::minutes(minutes.min(360))
}
