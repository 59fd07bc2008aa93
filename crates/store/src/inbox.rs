//! The webhook inbox: provider events as they came, and the work on them.
//!
//! An event is kept before it is answered and worked off later, by claim. It is a trigger, never data: the worker asks
//! the provider for the object afresh. All times are machine time.

use std::collections::HashSet;

use chrono::Duration;
use domain::{BusinessId, Timestamp};
use uuid::Uuid;

use crate::bulk::Given;
use crate::{StoreError, Tx};

/// What makes a provider event one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InboxKey {
    /// Who sent it: `stripe`.
    pub provider: String,
    /// The account it is about.
    pub account: String,
    /// The provider's id of it: `evt_…`.
    pub event_id: String,
}

/// An event as it came in, its signature verified.
#[derive(Clone, Copy, Debug)]
pub struct Arrived<'a> {
    /// What makes it one.
    pub key: &'a InboxKey,
    /// Whose endpoint it came to.
    pub business: BusinessId,
    /// What the provider calls it: `checkout.session.completed`.
    pub event_type: &'a str,
    /// Whether it is about real money.
    pub livemode: bool,
    /// The exact bytes.
    pub payload: &'a [u8],
    /// Now.
    pub received_at: Timestamp,
}

/// What came of keeping an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It waits for a worker.
    Now,
    /// It had come before.
    Before,
}

/// An event that a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// What makes it one.
    pub key: InboxKey,
    /// Whose endpoint it came to.
    pub business: BusinessId,
    /// What the provider calls it.
    pub event_type: String,
    /// Whether it is about real money.
    pub livemode: bool,
    /// The exact bytes.
    pub payload: Vec<u8>,
    /// Which try this is, from 1.
    pub tries: i64,
    /// When it came.
    pub received_at: Timestamp,
}

/// What came of the work on an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Finished<'a> {
    /// Worked off.
    Done,
    /// Nothing we act on.
    Ignored,
    /// To be tried again.
    Retry {
        /// When.
        at: Timestamp,
        /// Why, for the operator.
        error: &'a str,
    },
    /// Given up, visibly.
    Dead {
        /// Why, for the operator.
        error: &'a str,
    },
}

/// Keeps an event. The same one again changes nothing.
pub async fn keep(tx: &mut Tx, arrived: &Arrived<'_>) -> Result<Kept, StoreError> {
    let kept = keep_many(tx, std::slice::from_ref(arrived)).await?;
    Ok(kept.first().copied().unwrap_or(Kept::Before))
}

/// Keeps events, and says of each what came of it. Of one that is among them twice, the first is kept.
pub async fn keep_many(tx: &mut Tx, arrived: &[Arrived<'_>]) -> Result<Vec<Kept>, StoreError> {
    let new: Vec<(String, String, String)> = Given::of(arrived)
        .text("provider", |event| &event.key.provider[..])
        .text("account", |event| &event.key.account[..])
        .text("event_id", |event| &event.key.event_id[..])
        .uuid("business_id", |event| event.business.uuid())
        .text("event_type", |event| event.event_type)
        .number("livemode", |event| i64::from(event.livemode))
        .bytes("payload", |event| event.payload)
        .instant("received_at", |event| event.received_at)
        .fetch(tx, |given| {
            format!(
                "INSERT INTO webhook_inbox (provider, account, event_id, business_id, event_type, livemode, payload,
                    state, received_at, next_try_at)
                 SELECT given.provider, given.account, given.event_id, given.business_id, given.event_type,
                    given.livemode = 1, given.payload, 'received', given.received_at, given.received_at
                 FROM {given} WHERE TRUE
                 ON CONFLICT (provider, account, event_id) DO NOTHING
                 RETURNING provider, account, event_id"
            )
        })
        .await?;
    let mut new: HashSet<(&str, &str, &str)> =
        new.iter().map(|(provider, account, id)| (&provider[..], &account[..], &id[..])).collect();
    let kept = arrived.iter().map(|event| {
        let InboxKey { provider, account, event_id } = event.key;
        if new.remove(&(&provider[..], &account[..], &event_id[..])) { Kept::Now } else { Kept::Before }
    });
    Ok(kept.collect())
}

row! {
    struct ClaimedRow {
        provider: String,
        account: String,
        event_id: String,
        business_id: Uuid,
        event_type: String,
        livemode: bool,
        payload: Option<Vec<u8>>,
        tries: i64,
        received_at: Timestamp,
    }
}

impl TryFrom<ClaimedRow> for Claimed {
    type Error = StoreError;

    fn try_from(row: ClaimedRow) -> Result<Self, StoreError> {
        let Some(payload) = row.payload else {
            return Err(StoreError::corrupt(
                "webhook_inbox",
                "payload",
                row.event_id,
                "emptied before its work was over",
            ));
        };
        Ok(Self {
            key: InboxKey { provider: row.provider, account: row.account, event_id: row.event_id },
            business: BusinessId::from_uuid(row.business_id),
            event_type: row.event_type,
            livemode: row.livemode,
            payload,
            tries: row.tries,
            received_at: row.received_at,
        })
    }
}

/// Claims events whose time has come, and those whose worker's lease ran out.
pub async fn claim(
    tx: &mut Tx,
    worker: &str,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Claimed>, StoreError> {
    let rows: Vec<ClaimedRow> = on!(tx, connection => sqlx::query_as(
        "UPDATE webhook_inbox SET state = 'claimed', claimed_by = $1, claimed_until = $2, tries = tries + 1
         WHERE (provider, account, event_id) IN (
                SELECT provider, account, event_id FROM webhook_inbox
                WHERE (state = 'received' AND next_try_at <= $3) OR (state = 'claimed' AND claimed_until < $3)
                ORDER BY next_try_at, received_at LIMIT $4)
            AND ((state = 'received' AND next_try_at <= $3) OR (state = 'claimed' AND claimed_until < $3))
         RETURNING provider, account, event_id, business_id, event_type, livemode, payload, tries, received_at")
        .bind(worker).bind(now + lease).bind(now).bind(limit).fetch_all(connection))?;
    rows.into_iter().map(Claimed::try_from).collect()
}

/// Ends the work on an event. False if the claim was lost meanwhile: then whoever has it decides.
pub async fn finish(
    tx: &mut Tx,
    key: &InboxKey,
    worker: &str,
    finished: Finished<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (state, finished_at, next_try_at, error) = match finished {
        Finished::Done => ("done", Some(now), now, None),
        Finished::Ignored => ("ignored", Some(now), now, None),
        Finished::Retry { at, error } => ("received", None, at, Some(error)),
        Finished::Dead { error } => ("dead", Some(now), now, Some(error)),
    };
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE webhook_inbox
             SET state = $5, finished_at = $6, next_try_at = $7, last_error = $8, claimed_by = NULL, claimed_until = NULL
             WHERE provider = $1 AND account = $2 AND event_id = $3 AND claimed_by = $4 AND state = 'claimed'"
        )
        .bind(&key.provider[..])
        .bind(&key.account[..])
        .bind(&key.event_id[..])
        .bind(worker)
        .bind(state)
        .bind(finished_at)
        .bind(next_try_at)
        .bind(error)
    )?;
    Ok(rows == 1)
}

/// Gives a claim back untouched: for a shutdown. The try does not count.
pub async fn release(tx: &mut Tx, key: &InboxKey, worker: &str, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE webhook_inbox
             SET state = 'received', next_try_at = $5, tries = tries - 1, claimed_by = NULL, claimed_until = NULL
             WHERE provider = $1 AND account = $2 AND event_id = $3 AND claimed_by = $4 AND state = 'claimed'"
        )
        .bind(&key.provider[..])
        .bind(&key.account[..])
        .bind(&key.event_id[..])
        .bind(worker)
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Has a dead event tried again, on a person's word.
pub async fn revive(
    tx: &mut Tx,
    business: BusinessId,
    key: &InboxKey,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE webhook_inbox SET state = 'received', next_try_at = $5, tries = 0, finished_at = NULL
             WHERE business_id = $1 AND provider = $2 AND account = $3 AND event_id = $4 AND state = 'dead'
                AND payload IS NOT NULL"
        )
        .bind(business.uuid())
        .bind(&key.provider[..])
        .bind(&key.account[..])
        .bind(&key.event_id[..])
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Empties payloads of events whose work was over before `before`. The rows stay, so that the event stays known.
pub async fn empty_finished(
    tx: &mut Tx,
    before: Timestamp,
    now: Timestamp,
    limit: i64,
) -> Result<u64, StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE webhook_inbox SET payload = NULL, emptied_at = $2
             WHERE (provider, account, event_id) IN (
                SELECT provider, account, event_id FROM webhook_inbox
                WHERE payload IS NOT NULL AND finished_at < $1 ORDER BY finished_at LIMIT $3)"
        )
        .bind(before)
        .bind(now)
        .bind(limit)
    )
}

/// How many events are in each state, for metrics and health.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(String, i64)>, StoreError> {
    on!(tx, connection => sqlx::query_as(
        "SELECT state, CAST(COUNT(*) AS BIGINT) FROM webhook_inbox GROUP BY state ORDER BY state").fetch_all(connection))
}

/// When the oldest event that still waits came: how far behind the work is.
pub async fn oldest_waiting(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT received_at FROM webhook_inbox WHERE state IN ('received', 'claimed') ORDER BY received_at LIMIT 1")
        .fetch_optional(connection))
}

/// Whether the event has come, whatever became of it: what the sweep asks.
pub async fn is_known(tx: &mut Tx, key: &InboxKey) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, connection => sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM webhook_inbox WHERE provider = $1 AND account = $2 AND event_id = $3")
        .bind(&key.provider[..]).bind(&key.account[..]).bind(&key.event_id[..]).fetch_optional(connection))?;
    Ok(found.is_some())
}
