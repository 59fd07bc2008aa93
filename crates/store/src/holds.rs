//! Holds by word: why somebody said that a receivable, or a whole customer, is not chased now.
//!
//! A hold is placed and ends; in between it never changes, so that the record shows what was said. Whoever wants other
//! words or another date ends it as replaced and places another in the same transaction.

use domain::hold::{Hold, HoldEnd, HoldKind};
use domain::{BusinessId, CustomerId, Date, HoldId, MemberId, ReceivableId, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A hold, standing or over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredHold {
    /// Whose.
    pub business: BusinessId,
    /// Whom it is about.
    pub customer: CustomerId,
    /// What was said.
    pub hold: Hold,
    /// How it ended, if it did.
    pub ended: Option<Ended>,
}

/// How a hold ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When. Business time.
    pub at: Timestamp,
    /// Which member ended it; none when it ended by itself.
    pub by: Option<MemberId>,
    /// Why.
    pub reason: HoldEnd,
}

/// Places a hold. Refused by `hold_begins` when the receivable is another customer's.
pub async fn place(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    hold: &Hold,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO hold (id, business_id, customer_id, receivable_id, kind, note, until_on, created_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(hold.id.uuid())
        .bind(business.uuid())
        .bind(customer.uuid())
        .bind(hold.receivable.map(ReceivableId::uuid))
        .bind(hold.kind.as_str())
        .bind(&hold.note[..])
        .bind(hold.until)
        .bind(hold.by.map(MemberId::uuid))
        .bind(hold.placed_at)
    )
    .map(|_rows| ())
}

/// Ends a hold: false if it does not stand any more.
pub async fn end(tx: &mut Tx, business: BusinessId, hold: HoldId, ended: Ended) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE hold SET ended_at = $3, ended_by = $4, end_reason = $5
             WHERE id = $1 AND business_id = $2 AND ended_at IS NULL"
        )
        .bind(hold.uuid())
        .bind(business.uuid())
        .bind(ended.at)
        .bind(ended.by.map(MemberId::uuid))
        .bind(ended.reason.as_str())
    )?;
    Ok(rows == 1)
}

row! {
    pub(crate) struct HoldRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        receivable_id: Option<Uuid>,
        kind: String,
        note: String,
        until_on: Option<Date>,
        created_by: Option<Uuid>,
        created_at: Timestamp,
        ended_at: Option<Timestamp>,
        ended_by: Option<Uuid>,
        end_reason: Option<String>,
    }
}

impl TryFrom<HoldRow> for StoredHold {
    type Error = StoreError;

    fn try_from(row: HoldRow) -> Result<Self, StoreError> {
        let id = HoldId::from_uuid(row.id);
        let at = Reading { table: "hold", row: id };
        let ended = match (row.ended_at, row.end_reason) {
            (None, None) => None,
            (Some(ended_at), Some(reason)) => Some(Ended {
                at: ended_at,
                by: row.ended_by.map(MemberId::from_uuid),
                reason: at.known("end_reason", HoldEnd::from_name(&reason))?,
            }),
            _ => {
                return Err(StoreError::corrupt(
                    "hold",
                    "ended_at, end_reason",
                    id,
                    "they contradict each other",
                ));
            }
        };
        Ok(Self {
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            hold: Hold {
                id,
                receivable: row.receivable_id.map(ReceivableId::from_uuid),
                kind: at.known("kind", HoldKind::from_name(&row.kind))?,
                note: row.note,
                until: row.until_on,
                by: row.created_by.map(MemberId::from_uuid),
                placed_at: row.created_at,
            },
            ended,
        })
    }
}

fn holds(rows: Vec<HoldRow>) -> Result<Vec<StoredHold>, StoreError> {
    rows.into_iter().map(StoredHold::try_from).collect()
}

/// The hold of this id.
pub async fn find(tx: &mut Tx, business: BusinessId, id: HoldId) -> Result<Option<StoredHold>, StoreError> {
    let row: Option<HoldRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM hold WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(StoredHold::try_from).transpose()
}

/// What holds a receivable now, its own and its customer's, oldest first.
pub async fn on_receivable(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Vec<Hold>, StoreError> {
    let rows: Vec<HoldRow> = on!(tx, connection => sqlx::query_as(
        "SELECT hold.* FROM receivable JOIN hold ON hold.customer_id = receivable.customer_id
         WHERE receivable.id = $2 AND receivable.business_id = $1 AND hold.ended_at IS NULL
            AND (hold.receivable_id IS NULL OR hold.receivable_id = receivable.id)
         ORDER BY hold.created_at, hold.id")
        .bind(business.uuid()).bind(receivable.uuid()).fetch_all(connection))?;
    Ok(holds(rows)?.into_iter().map(|stored| stored.hold).collect())
}

/// Every hold of a customer, whatever it was on, newest first; those that ended too.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<StoredHold>, StoreError> {
    let rows: Vec<HoldRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM hold WHERE customer_id = $2 AND business_id = $1 ORDER BY created_at DESC, id DESC")
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    holds(rows)
}

/// What stands in a business now, the one to be looked at next first: for the console.
pub async fn standing(tx: &mut Tx, business: BusinessId, limit: i64) -> Result<Vec<StoredHold>, StoreError> {
    let rows: Vec<HoldRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM hold WHERE business_id = $1 AND ended_at IS NULL
         ORDER BY CASE WHEN until_on IS NULL THEN 1 ELSE 0 END, until_on, created_at, id LIMIT $2")
        .bind(business.uuid()).bind(limit).fetch_all(connection))?;
    holds(rows)
}

/// The promises that stand with a date not after this day, of all businesses, earliest first: those that may be over. The
/// caller passes the latest day that has begun anywhere, and asks `domain::hold` about each. Other holds never end by
/// themselves, and would stand in the way of those that do.
pub async fn promises_until(tx: &mut Tx, day: Date, limit: i64) -> Result<Vec<StoredHold>, StoreError> {
    let rows: Vec<HoldRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM hold WHERE ended_at IS NULL AND until_on <= $1 AND kind = 'promise'
         ORDER BY until_on, id LIMIT $2")
        .bind(day).bind(limit).fetch_all(connection))?;
    holds(rows)
}
