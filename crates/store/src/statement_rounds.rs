//! Months whose statements are being sent: which were begun, and whose turn in them is still to come.
//!
//! A round is begun once, by whoever writes its row, and lists everybody who may be sent a statement. So what a look costs follows
//! who is still to be dealt with, not how many customers there are.

use domain::statement::sending::StatementSettings;
use domain::time::Zone;
use domain::{BusinessId, CustomerId, Date, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A business that has statements sent, to all its customers or to some.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sender {
    /// Which.
    pub business: BusinessId,
    /// The zone of its days.
    pub zone: Zone,
    /// What it set.
    pub settings: StatementSettings,
    /// The newest month that was begun: its first day.
    pub begun: Option<Date>,
}

row! {
    struct SenderRow {
        id: Uuid,
        time_zone: String,
        enabled: bool,
        day: i64,
        begun: Option<Date>,
    }
}

/// All of them.
pub async fn senders(tx: &mut Tx) -> Result<Vec<Sender>, StoreError> {
    let rows: Vec<SenderRow> = on!(tx, connection => sqlx::query_as(
        "SELECT business.id, business.time_zone, COALESCE(settings.statements_enabled, FALSE) AS enabled,
            CAST(COALESCE(settings.statements_day, 1) AS BIGINT) AS day,
            (SELECT MAX(month) FROM statement_round WHERE statement_round.business_id = business.id) AS begun
         FROM business LEFT JOIN follow_up_settings AS settings ON settings.business_id = business.id
         WHERE settings.statements_enabled OR EXISTS (
            SELECT 1 FROM customer_follow_up AS terms
            WHERE terms.business_id = business.id AND terms.statements = 'always')
         ORDER BY business.id")
        .fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let business = BusinessId::from_uuid(row.id);
            let at = Reading { table: "business", row: business };
            Ok(Sender {
                business,
                zone: at.value("time_zone", Zone::parse(&row.time_zone))?,
                settings: StatementSettings {
                    enabled: row.enabled,
                    day: at.count("statements_day", row.day)?,
                },
                begun: row.begun,
            })
        })
        .collect()
}

/// Begins a month of a business: everybody with an account and who is to be sent statements gets their turn, and what is left
/// of earlier months is dropped. False when it was begun before.
pub async fn begin(
    tx: &mut Tx,
    business: BusinessId,
    month: Date,
    to_all: bool,
    now: Timestamp,
) -> Result<bool, StoreError> {
    if !keep(tx, business, month, now).await? {
        return Ok(false);
    }
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO statement_due (business_id, customer_id, month, next_at)
             SELECT customer.business_id, customer.id, $2, $4
             FROM customer LEFT JOIN customer_follow_up AS terms ON terms.customer_id = customer.id
             WHERE customer.business_id = $1
                AND COALESCE(terms.statements, CASE WHEN $3 THEN 'always' ELSE 'never' END) = 'always'
                AND (EXISTS (SELECT 1 FROM receivable WHERE receivable.customer_id = customer.id)
                    OR EXISTS (SELECT 1 FROM account WHERE account.business_id = customer.business_id
                        AND account.kind = 'unapplied' AND account.owner_id = customer.id))"
        )
        .bind(business.uuid())
        .bind(month)
        .bind(to_all)
        .bind(now)
    )?;
    Ok(true)
}

/// Closes a month of a business without sending anything: its statements may have been sent after the backup.
pub async fn close(tx: &mut Tx, business: BusinessId, month: Date, now: Timestamp) -> Result<(), StoreError> {
    keep(tx, business, month, now).await?;
    drop_turns(tx, business).await
}

/// Writes a month down as begun, and drops what is left of others.
async fn keep(tx: &mut Tx, business: BusinessId, month: Date, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO statement_round (business_id, month, begun_at) VALUES ($1, $2, $3)
             ON CONFLICT (business_id, month) DO NOTHING"
        )
        .bind(business.uuid())
        .bind(month)
        .bind(now)
    )?;
    if rows == 1 {
        drop_turns(tx, business).await?;
    }
    Ok(rows == 1)
}

async fn drop_turns(tx: &mut Tx, business: BusinessId) -> Result<(), StoreError> {
    execute!(tx, sqlx::query("DELETE FROM statement_due WHERE business_id = $1").bind(business.uuid()))
        .map(|_rows| ())
}

/// A customer's turn in a month.
pub type Turn = (BusinessId, CustomerId, Date);

/// Whose turn has come, longest waiting first.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Turn>, StoreError> {
    let rows: Vec<(Uuid, Uuid, Date)> = on!(tx, connection => sqlx::query_as(
        "SELECT business_id, customer_id, month FROM statement_due WHERE next_at <= $1
         ORDER BY next_at, customer_id LIMIT $2")
        .bind(now).bind(limit).fetch_all(connection))?;
    let ids = |(business, customer, month)| {
        (BusinessId::from_uuid(business), CustomerId::from_uuid(customer), month)
    };
    Ok(rows.into_iter().map(ids).collect())
}

/// Puts a turn off: false when somebody else dealt with it meanwhile.
pub async fn put_off(tx: &mut Tx, turn: Turn, until: Timestamp, now: Timestamp) -> Result<bool, StoreError> {
    let (business, customer, month) = turn;
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE statement_due SET next_at = $4
             WHERE business_id = $1 AND customer_id = $2 AND month = $3 AND next_at <= $5"
        )
        .bind(business.uuid())
        .bind(customer.uuid())
        .bind(month)
        .bind(until)
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Ends a turn: whoever ends it deals with it. False when somebody else did.
pub async fn take(tx: &mut Tx, turn: Turn, now: Timestamp) -> Result<bool, StoreError> {
    let (business, customer, month) = turn;
    let rows = execute!(
        tx,
        sqlx::query(
            "DELETE FROM statement_due
             WHERE business_id = $1 AND customer_id = $2 AND month = $3 AND next_at <= $4"
        )
        .bind(business.uuid())
        .bind(customer.uuid())
        .bind(month)
        .bind(now)
    )?;
    Ok(rows == 1)
}
