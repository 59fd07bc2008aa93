//! The unit that is chased: when to decide next, and what was decided.

use domain::schedule::{Said, StepId, Tone};
use domain::{BusinessId, CustomerId, Date, InvoiceId, Money, ReceivableId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A receivable.
#[derive(Clone, Debug, PartialEq)]
pub struct Receivable {
    /// Its id.
    pub id: ReceivableId,
    /// Whose.
    pub business: BusinessId,
    /// Who owes.
    pub customer: CustomerId,
    /// Of which invoice.
    pub invoice: InvoiceId,
    /// What was asked for.
    pub amount: Money,
    /// The due date, in the business's zone.
    pub due_on: Date,
    /// The revision of the schedule it follows.
    pub schedule_revision: u32,
    /// When the planner looks next; none once there is nothing left to decide. Business time.
    pub next_decision_at: Option<Timestamp>,
    /// The last decision with its reasons, as `domain::schedule` serialises it.
    pub decision: Option<Value>,
    /// When that was. Business time.
    pub decided_at: Option<Timestamp>,
}

/// A receivable about to be made, when its invoice is issued.
#[derive(Clone, Copy, Debug)]
pub struct NewReceivable {
    /// Its id.
    pub id: ReceivableId,
    /// Whose.
    pub business: BusinessId,
    /// Who owes.
    pub customer: CustomerId,
    /// Of which invoice.
    pub invoice: InvoiceId,
    /// What is asked for.
    pub amount: Money,
    /// The due date, in the business's zone.
    pub due_on: Date,
    /// The revision of the schedule it follows.
    pub schedule_revision: u32,
    /// When the planner looks first. Business time.
    pub next_decision_at: Timestamp,
    /// Business time.
    pub created_at: Timestamp,
}

/// Writes a receivable.
pub async fn create(tx: &mut Tx, new: &NewReceivable) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO receivable (id, business_id, customer_id, invoice_id, kind, currency, amount_minor, due_date,
                schedule_revision, next_decision_at, created_at)
             VALUES ($1, $2, $3, $4, 'invoice', $5, $6, $7, $8, $9, $10)"
        )
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(new.invoice.uuid())
        .bind(new.amount.currency().code())
        .bind(new.amount.minor())
        .bind(new.due_on)
        .bind(i64::from(new.schedule_revision))
        .bind(new.next_decision_at)
        .bind(new.created_at)
    )
    .map(|_rows| ())
}

row! {
    struct ReceivableRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        invoice_id: Uuid,
        currency: String,
        amount_minor: i64,
        due_date: Date,
        schedule_revision: i64,
        next_decision_at: Option<Timestamp>,
        decision: Option<String>,
        decided_at: Option<Timestamp>,
    }
}

macro_rules! receivable_columns {
    () => {
        "id, business_id, customer_id, invoice_id, currency, amount_minor, due_date, schedule_revision, next_decision_at,
         decision, decided_at"
    };
}

impl TryFrom<ReceivableRow> for Receivable {
    type Error = StoreError;

    fn try_from(row: ReceivableRow) -> Result<Self, StoreError> {
        let id = ReceivableId::from_uuid(row.id);
        let at = Reading { table: "receivable", row: id };
        let currency = at.currency(&row.currency)?;
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            invoice: InvoiceId::from_uuid(row.invoice_id),
            amount: at.money("amount_minor", row.amount_minor, currency)?,
            due_on: row.due_date,
            schedule_revision: at.count("schedule_revision", row.schedule_revision)?,
            next_decision_at: row.next_decision_at,
            decision: row.decision.map(|text| at.json("decision", &text)).transpose()?,
            decided_at: row.decided_at,
        })
    }
}

fn receivables(rows: Vec<ReceivableRow>) -> Result<Vec<Receivable>, StoreError> {
    rows.into_iter().map(Receivable::try_from).collect()
}

/// The receivable of this id.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Option<Receivable>, StoreError> {
    let row: Option<ReceivableRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", receivable_columns!(),
        " FROM receivable WHERE id = $1 AND business_id = $2"))
        .bind(receivable.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Receivable::try_from).transpose()
}

/// The receivable of an invoice; none while that is a draft.
pub async fn of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
) -> Result<Option<Receivable>, StoreError> {
    let row: Option<ReceivableRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", receivable_columns!(),
        " FROM receivable WHERE invoice_id = $1 AND business_id = $2"))
        .bind(invoice.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Receivable::try_from).transpose()
}

/// A customer's receivables, oldest due date first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Receivable>, StoreError> {
    let rows: Vec<ReceivableRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", receivable_columns!(),
        " FROM receivable WHERE customer_id = $1 AND business_id = $2 ORDER BY due_date, id"))
        .bind(customer.uuid()).bind(business.uuid()).fetch_all(connection))?;
    receivables(rows)
}

/// What is due for a decision, of all businesses, longest waiting first. Cost follows what is due, not what exists.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Receivable>, StoreError> {
    let rows: Vec<ReceivableRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", receivable_columns!(),
        " FROM receivable WHERE next_decision_at <= $1 ORDER BY next_decision_at, id LIMIT $2"))
        .bind(now).bind(limit).fetch_all(connection))?;
    receivables(rows)
}

/// Keeps a decision and when to look next, if nobody else decided since the receivable was read: false then, and the
/// transaction's other work on it must be dropped too.
pub async fn decided(
    tx: &mut Tx,
    receivable: &Receivable,
    decision: &Value,
    next: Option<Timestamp>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE receivable SET next_decision_at = $2, decision = $3, decided_at = $4
             WHERE id = $1 AND next_decision_at = $5"
        )
        .bind(receivable.id.uuid())
        .bind(next)
        .bind(decision.to_string())
        .bind(now)
        .bind(receivable.next_decision_at)
    )?;
    Ok(rows == 1)
}

/// Has the planner look at a receivable at `when` at the latest: something happened to it (money came or went back, a
/// message was cancelled).
pub async fn look_again(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
    when: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE receivable SET next_decision_at = $3
             WHERE id = $1 AND business_id = $2 AND (next_decision_at IS NULL OR next_decision_at > $3)"
        )
        .bind(receivable.uuid())
        .bind(business.uuid())
        .bind(when)
    )
    .map(|_rows| ())
}

/// Has the planner look at everything of a customer that is still to be decided about: whom to write to has changed.
pub async fn look_again_at_all(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    when: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE receivable SET next_decision_at = $3
             WHERE customer_id = $1 AND business_id = $2 AND next_decision_at > $3"
        )
        .bind(customer.uuid())
        .bind(business.uuid())
        .bind(when)
    )
    .map(|_rows| ())
}

/// The steps that count as said to somebody about this receivable: in messages that were not cancelled and did not
/// expire, and as tasks.
pub async fn said(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Vec<Said>, StoreError> {
    let rows: Vec<(String, i64, Option<String>, bool)> = on!(tx, connection => sqlx::query_as(
        "SELECT step, offset_days, tone, FALSE FROM message_part
         WHERE business_id = $1 AND receivable_id = $2 AND cancelled_at IS NULL
         UNION
         SELECT step, offset_days, tone, kind <> 'call' FROM task WHERE business_id = $1 AND receivable_id = $2
         ORDER BY 2, 1")
        .bind(business.uuid()).bind(receivable.uuid()).fetch_all(connection))?;
    let at = Reading { table: "message_part", row: receivable };
    rows.into_iter()
        .map(|(step, offset_days, tone, internal)| {
            Ok(Said {
                step: at.known("step", StepId::parse(&step).ok())?,
                offset_days: at.known("offset_days", i32::try_from(offset_days).ok())?,
                tone: at.named("tone", tone.as_deref(), Tone::from_name)?,
                internal,
            })
        })
        .collect()
}
