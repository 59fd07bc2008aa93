//! What cannot be decided about. It is put off, because it would otherwise be the longest waiting one for ever, and stand before
//! everything else.

use domain::{BusinessId, CustomerId, Timestamp};

use crate::{StoreError, Tx};

/// How often in a row something of a customer that is due now was put off already.
pub async fn times_put_off(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    now: Timestamp,
) -> Result<u32, StoreError> {
    let tries: Option<i64> = on!(tx, connection => sqlx::query_scalar(
        "SELECT MAX(stuck_tries) FROM receivable
         WHERE customer_id = $1 AND business_id = $2 AND next_decision_at <= $3")
        .bind(customer.uuid()).bind(business.uuid()).bind(now).fetch_one(connection))?;
    Ok(u32::try_from(tries.unwrap_or_default()).unwrap_or(u32::MAX))
}

/// Puts off whatever of a customer is due now, because it cannot be decided about. How much that was; nothing, if somebody else
/// did or could decide meanwhile.
pub async fn put_off(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    now: Timestamp,
    until: Timestamp,
) -> Result<u64, StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE receivable
             SET next_decision_at = $4, stuck_since = COALESCE(stuck_since, $3), stuck_tries = stuck_tries + 1
             WHERE customer_id = $1 AND business_id = $2 AND next_decision_at <= $3"
        )
        .bind(customer.uuid())
        .bind(business.uuid())
        .bind(now)
        .bind(until)
    )
}

/// What cannot be decided about, of all businesses.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stuck {
    /// How many receivables.
    pub count: i64,
    /// Since when the one that has been so longest. Business time.
    pub since: Option<Timestamp>,
}

/// How much cannot be decided about, counted to `limit`, longest first.
pub async fn stuck(tx: &mut Tx, limit: i64) -> Result<Stuck, StoreError> {
    let (count, since) = on!(tx, connection => sqlx::query_as(
        "SELECT CAST(COUNT(*) AS BIGINT), MIN(longest.stuck_since) FROM (
            SELECT stuck_since FROM receivable WHERE stuck_since IS NOT NULL ORDER BY stuck_since LIMIT $1) longest")
        .bind(limit).fetch_one(connection))?;
    Ok(Stuck { count, since })
}
