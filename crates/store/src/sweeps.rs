//! How far a sweep has read at the provider, and who is at it.

use chrono::Duration;
use domain::{BusinessId, Timestamp};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// A sweep that a worker has claimed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sweep {
    /// Whose account is swept.
    pub business: BusinessId,
    /// What is swept: `stripe.events`, `stripe.reconcile`.
    pub name: String,
    /// Everything before this is read. The provider's time.
    pub read_until: Timestamp,
}

/// Where a sweep stands, for health and metrics.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SweepStatus {
    /// Whose account is swept.
    pub business: BusinessId,
    /// What is swept.
    pub name: String,
    /// Everything before this is read. The provider's time.
    pub read_until: Timestamp,
    /// Of events, those found by the last sweep that no webhook had told of; of the comparison, what still differs. Must read 0.
    pub drift: i64,
    /// When it last ended. Machine time.
    pub updated_at: Timestamp,
}

/// Makes a sweep known, beginning at `read_until`. One that is known already stays where it is.
pub async fn begin(
    tx: &mut Tx,
    business: BusinessId,
    name: &str,
    read_until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO sweep_cursor (business_id, name, read_until, next_run_at, updated_at)
             VALUES ($1, $2, $3, $4, $4) ON CONFLICT (business_id, name) DO NOTHING"
        )
        .bind(business.uuid())
        .bind(name)
        .bind(read_until)
        .bind(now)
    )
    .map(|_rows| ())
}

/// Claims sweeps whose time has come. Machine time.
pub async fn claim(
    tx: &mut Tx,
    worker: &str,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Sweep>, StoreError> {
    let rows: Vec<(Uuid, String, Timestamp)> = on!(tx, connection => sqlx::query_as(
        "UPDATE sweep_cursor SET claimed_by = $1, claimed_until = $2
         WHERE (business_id, name) IN (
                SELECT business_id, name FROM sweep_cursor
                WHERE next_run_at <= $3 AND (claimed_until IS NULL OR claimed_until < $3)
                ORDER BY next_run_at LIMIT $4)
            AND next_run_at <= $3 AND (claimed_until IS NULL OR claimed_until < $3)
         RETURNING business_id, name, read_until")
        .bind(worker).bind(now + lease).bind(now).bind(limit).fetch_all(connection))?;
    Ok(rows
        .into_iter()
        .map(|(business, name, read_until)| Sweep {
            business: BusinessId::from_uuid(business),
            name,
            read_until,
        })
        .collect())
}

/// Ends a sweep: how far it read (never back), what it found, when it runs next. False if the claim was lost.
pub async fn finish(
    tx: &mut Tx,
    sweep: &Sweep,
    worker: &str,
    read_until: Timestamp,
    drift: i64,
    next_run_at: Timestamp,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE sweep_cursor
             SET read_until = CASE WHEN read_until < $4 THEN $4 ELSE read_until END, drift = $5, next_run_at = $6,
                updated_at = $7, claimed_by = NULL, claimed_until = NULL
             WHERE business_id = $1 AND name = $2 AND claimed_by = $3"
        )
        .bind(sweep.business.uuid())
        .bind(&sweep.name[..])
        .bind(worker)
        .bind(read_until)
        .bind(drift)
        .bind(next_run_at)
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Notes what a sweep found that nobody had claimed: a person had it run. It runs by itself when it would have anyway.
pub async fn found(
    tx: &mut Tx,
    business: BusinessId,
    name: &str,
    drift: i64,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE sweep_cursor SET drift = $3, updated_at = $4,
                read_until = CASE WHEN read_until < $4 THEN $4 ELSE read_until END
             WHERE business_id = $1 AND name = $2"
        )
        .bind(business.uuid())
        .bind(name)
        .bind(drift)
        .bind(now)
    )
    .map(|_rows| ())
}

/// Gives a claim back after a failure, to be tried again at `next_run_at`.
pub async fn release(
    tx: &mut Tx,
    sweep: &Sweep,
    worker: &str,
    next_run_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE sweep_cursor SET claimed_by = NULL, claimed_until = NULL, next_run_at = $4
             WHERE business_id = $1 AND name = $2 AND claimed_by = $3"
        )
        .bind(sweep.business.uuid())
        .bind(&sweep.name[..])
        .bind(worker)
        .bind(next_run_at)
    )?;
    Ok(rows == 1)
}

/// Where all sweeps stand.
pub async fn statuses(tx: &mut Tx) -> Result<Vec<SweepStatus>, StoreError> {
    let rows: Vec<(Uuid, String, Timestamp, i64, Timestamp)> = on!(tx, connection => sqlx::query_as(
        "SELECT business_id, name, read_until, drift, updated_at FROM sweep_cursor ORDER BY business_id, name")
        .fetch_all(connection))?;
    Ok(rows
        .into_iter()
        .map(|(business, name, read_until, drift, updated_at)| SweepStatus {
            business: BusinessId::from_uuid(business),
            name,
            read_until,
            drift,
            updated_at,
        })
        .collect())
}
