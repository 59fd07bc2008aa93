//! Tries that are counted: sign-ins, links that are guessed, mails that are asked for.
//!
//! Windows are fixed and in machine time. A bucket's name is a keyed hash: no address stands in the database.

use chrono::{DateTime, Duration};
use domain::Timestamp;
use store::{StoreError, identity};

use crate::crypto::Purpose;
use crate::env::Env;

/// How often something may be tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is counted. Part of the bucket's name, so limits never share one.
    pub name: &'static str,
    /// How many tries fit into a window.
    pub tries: i64,
    /// How long a window is.
    pub window_seconds: i64,
}

impl Limit {
    /// Sign-ins to one account from one address.
    pub const SIGN_IN: Self = Self { name: "sign-in", tries: 6, window_seconds: 15 * 60 };
    /// Sign-ins to one account from everywhere: slows a distributed guess down without locking its owner out for long.
    pub const SIGN_IN_BY_ACCOUNT: Self = Self { name: "sign-in account", tries: 30, window_seconds: 15 * 60 };
    /// Sign-ins from one address to all accounts.
    pub const SIGN_IN_BY_ADDRESS: Self = Self { name: "sign-in address", tries: 60, window_seconds: 15 * 60 };
    /// Fresh links for one expired link.
    pub const RENEW_LINK: Self = Self { name: "renew link", tries: 3, window_seconds: 60 * 60 };
    /// Codes to one contact, whichever browsers ask for them.
    pub const CODE: Self = Self { name: "code", tries: 10, window_seconds: 60 * 60 };
    /// Codes entered for one customer, whichever links and browsers they come by: in the ninety days of a link 2,250 of the million
    /// that there are.
    pub const CODE_ENTERED: Self = Self { name: "code entered", tries: 25, window_seconds: 24 * 60 * 60 };
    /// Invitations tried from one address.
    pub const INVITATION: Self = Self { name: "invitation", tries: 30, window_seconds: 15 * 60 };
    /// Webhooks from one address whose signature is not the provider's.
    pub const BAD_SIGNATURE: Self = Self { name: "bad signature", tries: 120, window_seconds: 15 * 60 };
    /// Portal links from one address that turned out to be unknown.
    pub const UNKNOWN_LINK: Self = Self { name: "unknown link", tries: 60, window_seconds: 15 * 60 };
}

/// Too many tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many tries, again in {retry_after_seconds} seconds")]
pub struct TooMany {
    /// When it makes sense to try again: the value of `Retry-After`.
    pub retry_after_seconds: i64,
}

/// Counts one try about `subject` and says whether it is still within the limit. Commits by itself, so that a try that
/// fails afterwards stays counted.
pub async fn take(env: &Env, limit: Limit, subject: &str) -> Result<Result<(), TooMany>, StoreError> {
    let now = env.machine_now();
    let start = window_start(limit, now);
    let bucket = bucket(env, limit, subject);
    let bucket = bucket.as_str();
    let tries = env.store.transact(async |tx| identity::count_try(tx, bucket, start).await).await?;
    if tries <= limit.tries {
        return Ok(Ok(()));
    }
    let end = start + Duration::seconds(limit.window_seconds);
    Ok(Err(TooMany { retry_after_seconds: (end - now).num_seconds().max(1) }))
}

/// Forgets the tries about `subject`, after one that succeeded.
pub async fn forgive(env: &Env, limit: Limit, subject: &str) -> Result<(), StoreError> {
    let bucket = bucket(env, limit, subject);
    let bucket = bucket.as_str();
    env.store.transact(async |tx| identity::forget_tries(tx, bucket).await).await
}

fn bucket(env: &Env, limit: Limit, subject: &str) -> String {
    let hash = env.keys.hash(Purpose::RateLimit, subject.as_bytes());
    format!("{}:{}", limit.name, hex::encode(&hash.0[..16]))
}

fn window_start(limit: Limit, now: Timestamp) -> Timestamp {
    let seconds = now.timestamp().div_euclid(limit.window_seconds) * limit.window_seconds;
    DateTime::from_timestamp(seconds, 0).unwrap_or(now)
}
