//! The figures by which an installation notices that it has fallen silent. Each is read by an index over what waits, so that
//! asking costs the same however much is on record.

use chrono::Duration;
use domain::Timestamp;
use domain::alarm::Watched;

use crate::{StoreError, Tx, events, messages, receivables};

/// Ready messages are counted this far: more than that is many.
const MOST_COUNTED: i64 = 10_000;

/// Reads the figures, as of both clocks.
pub async fn watched(
    tx: &mut Tx,
    business_now: Timestamp,
    machine_now: Timestamp,
) -> Result<Watched, StoreError> {
    let undecided_since: Option<Timestamp> = on!(tx, connection => sqlx::query_scalar(
        "SELECT MIN(next_decision_at) FROM receivable WHERE next_decision_at <= $1")
        .bind(business_now).fetch_one(connection))?;
    let (ready, unsent_since): (i64, Option<Timestamp>) = on!(tx, connection => sqlx::query_as(
        "SELECT CAST(COUNT(*) AS BIGINT), MIN(waiting.next_try_at) FROM (
            SELECT next_try_at FROM message
            WHERE state = 'queued' AND purpose = 'chasing' AND next_try_at <= $1
            ORDER BY next_try_at LIMIT $2) waiting")
        .bind(machine_now).bind(MOST_COUNTED).fetch_one(connection))?;
    // What was handed over once and is queued again was put off; its outcome is what the other side said.
    let (put_off, last_put_off): (i64, Option<Timestamp>) = on!(tx, connection => sqlx::query_as(
        "SELECT CAST(COUNT(*) AS BIGINT), MAX(waiting.handed_over_at_machine) FROM (
            SELECT handed_over_at_machine FROM message
            WHERE state = 'queued' AND tries > 1 AND outcome IS NOT NULL LIMIT $1) waiting")
        .bind(MOST_COUNTED).fetch_one(connection))?;
    let last_taken: Option<Timestamp> = on!(tx, connection => sqlx::query_scalar(
        "SELECT MAX(handed_over_at_machine) FROM message WHERE handed_over_at_machine IS NOT NULL
            AND handed_over_at_machine > $1 AND state IN ('sent', 'failed')")
        .bind(machine_now - Duration::days(7)).fetch_one(connection))?;
    let stuck = receivables::stuck(tx, MOST_COUNTED).await?;
    let left = messages::chasing_since(tx, machine_now - Duration::hours(1)).await?;
    let count = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    Ok(Watched {
        newest_event: events::newest_at(tx).await?,
        undecided_since,
        stuck_since: stuck.since,
        stuck: count(stuck.count),
        unsent_since,
        ready: count(ready),
        left_in_an_hour: count(left),
        last_taken,
        last_put_off,
        put_off: count(put_off),
    })
}
