//! Facts of the whole installation, by key.

use chrono::Duration;
use domain::Timestamp;

use crate::{StoreError, Tx};

const CLOCK_OFFSET: &str = "clock_offset_microseconds";

/// The value under a key.
pub async fn get(tx: &mut Tx, key: &str) -> Result<Option<String>, StoreError> {
    on!(tx, connection => sqlx::query_scalar("SELECT value FROM installation WHERE key = $1")
        .bind(key).fetch_optional(connection))
}

/// Sets the value under a key.
pub async fn set(tx: &mut Tx, key: &str, value: &str, now: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO installation (key, value, updated_at) VALUES ($1, $2, $3)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at"
        )
        .bind(key)
        .bind(value)
        .bind(now)
    )
    .map(|_rows| ())
}

/// Sets the value under a key unless there is one: true if it was set. What locks the first run.
pub async fn set_once(tx: &mut Tx, key: &str, value: &str, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("INSERT INTO installation (key, value, updated_at) VALUES ($1, $2, $3) ON CONFLICT (key) DO NOTHING")
            .bind(key)
            .bind(value)
            .bind(now)
    )?;
    Ok(rows == 1)
}

/// Makes whoever takes the same turn wait until this transaction is over.
pub async fn take_turn(tx: &mut Tx, key: &str, now: Timestamp) -> Result<(), StoreError> {
    set(tx, key, "", now).await
}

/// How far the demo's business time is ahead of machine time.
pub async fn clock_offset(tx: &mut Tx) -> Result<Duration, StoreError> {
    let Some(text) = get(tx, CLOCK_OFFSET).await? else { return Ok(Duration::zero()) };
    let microseconds =
        text.parse().map_err(|error| StoreError::corrupt("installation", "value", CLOCK_OFFSET, error))?;
    Ok(Duration::microseconds(microseconds))
}

/// Moves the demo's business time on by `by` and tells the new offset. Time never goes back: what is negative moves
/// nothing.
pub async fn advance_clock(tx: &mut Tx, by: Duration, now: Timestamp) -> Result<Duration, StoreError> {
    let by = by.num_microseconds().unwrap_or_default().max(0);
    let text: String = on!(tx, connection => sqlx::query_scalar(
        "INSERT INTO installation (key, value, updated_at) VALUES ($1, CAST($2 AS TEXT), $3)
         ON CONFLICT (key) DO UPDATE
         SET value = CAST(CAST(installation.value AS BIGINT) + $2 AS TEXT), updated_at = excluded.updated_at
         RETURNING value")
        .bind(CLOCK_OFFSET).bind(by).bind(now).fetch_one(connection))?;
    let microseconds =
        text.parse().map_err(|error| StoreError::corrupt("installation", "value", CLOCK_OFFSET, error))?;
    Ok(Duration::microseconds(microseconds))
}
