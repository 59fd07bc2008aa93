//! What came by import or restore and waits for a member's look before anything is said about it.

use std::collections::BTreeMap;

use domain::schedule::ParkedReason;
use domain::{BusinessId, MemberId, ReceivableId, Timestamp};
use uuid::Uuid;

use super::{Receivable, ReceivableRow, receivables};
use crate::{StoreError, Tx};

/// Parks these receivables of a business. Those that are parked already stay as they are, and so does one that is finished:
/// releasing it would have the planner look at what is done with. How many there were.
pub async fn park(
    tx: &mut Tx,
    business: BusinessId,
    these: &[ReceivableId],
    reason: ParkedReason,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let ids: Vec<Uuid> = these.iter().map(|id| id.uuid()).collect();
    let parked: Vec<Uuid> = on_ids!(tx, &ids, listed, connection => sqlx::query_scalar(concat!(
        "UPDATE receivable SET parked_at = $3, parked_reason = $4, released_at = NULL, released_by = NULL
         WHERE id ", listed!(), " AND business_id = $2 AND next_decision_at IS NOT NULL
            AND (parked_at IS NULL OR released_at IS NOT NULL)
         RETURNING id"))
        .bind(listed).bind(business.uuid()).bind(now).bind(reason.as_str()).fetch_all(connection))?;
    Ok(u64::try_from(parked.len()).unwrap_or(u64::MAX))
}

/// Parks everything that is still to be decided about, of all businesses: the database was restored, and what was said
/// since the backup is not known. How many of which business.
pub async fn park_all(
    tx: &mut Tx,
    reason: ParkedReason,
    now: Timestamp,
) -> Result<BTreeMap<BusinessId, i64>, StoreError> {
    let counts: Vec<(Uuid, i64)> = on!(tx, connection => sqlx::query_as(
        "SELECT business_id, CAST(COUNT(*) AS BIGINT) FROM receivable
         WHERE next_decision_at IS NOT NULL AND (parked_at IS NULL OR released_at IS NOT NULL) GROUP BY business_id")
        .fetch_all(connection))?;
    execute!(
        tx,
        sqlx::query(
            "UPDATE receivable SET parked_at = $1, parked_reason = $2, released_at = NULL, released_by = NULL
             WHERE next_decision_at IS NOT NULL AND (parked_at IS NULL OR released_at IS NOT NULL)"
        )
        .bind(now)
        .bind(reason.as_str())
    )?;
    Ok(counts.into_iter().map(|(business, count)| (BusinessId::from_uuid(business), count)).collect())
}

/// Releases these receivables, and has the planner look at them now. How many were parked.
pub async fn release(
    tx: &mut Tx,
    business: BusinessId,
    these: &[ReceivableId],
    by: MemberId,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let ids: Vec<Uuid> = these.iter().map(|id| id.uuid()).collect();
    let released: Vec<Uuid> = on_ids!(tx, &ids, listed, connection => sqlx::query_scalar(concat!(
        "UPDATE receivable SET released_at = $3, released_by = $4, next_decision_at = $3
         WHERE id ", listed!(), " AND business_id = $2 AND parked_at IS NOT NULL AND released_at IS NULL
         RETURNING id"))
        .bind(listed).bind(business.uuid()).bind(now).bind(by.uuid()).fetch_all(connection))?;
    Ok(u64::try_from(released.len()).unwrap_or(u64::MAX))
}

/// What of a business is parked, oldest due date first. `after` is the last one of the page before.
pub async fn parked(
    tx: &mut Tx,
    business: BusinessId,
    after: Option<ReceivableId>,
    limit: i64,
) -> Result<Vec<Receivable>, StoreError> {
    let rows: Vec<ReceivableRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", receivable_columns!(),
        " FROM receivable
          WHERE business_id = $1 AND parked_at IS NOT NULL AND released_at IS NULL
            AND ($2 IS NULL OR (due_date, id) > (SELECT last.due_date, last.id FROM receivable AS last WHERE last.id = $2))
          ORDER BY due_date, id LIMIT $3"))
        .bind(business.uuid()).bind(after.map(ReceivableId::uuid)).bind(limit).fetch_all(connection))?;
    receivables(rows)
}

/// How much of a business is parked.
pub async fn parked_count(tx: &mut Tx, business: BusinessId) -> Result<i64, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM receivable
         WHERE business_id = $1 AND parked_at IS NOT NULL AND released_at IS NULL")
        .bind(business.uuid()).fetch_one(connection))
}
