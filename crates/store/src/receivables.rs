//! The unit that is chased: when to decide next, and what was decided.

macro_rules! receivable_columns {
    () => {
        "id, business_id, customer_id, invoice_id, currency, amount_minor, due_date, next_decision_at,
         decision, decided_at, CASE WHEN released_at IS NULL THEN parked_reason END AS parked"
    };
}

mod parked;
mod scope;
mod stuck;

use std::collections::HashSet;

use domain::schedule::{ParkedReason, Said, StepId, Tone};
use domain::{BusinessId, CustomerId, Date, InvoiceId, MessageId, Money, ReceivableId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::bulk::Given;
use crate::rows::Reading;
use crate::{StoreError, Tx};

pub use parked::{park, park_all, parked, parked_count, release};
pub use scope::{Scope, look_again_at_all, look_again_for, open_customers_in};
pub use stuck::{Stuck, put_off, stuck, times_put_off};

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
    /// When the planner looks next; none once there is nothing left to decide. Business time.
    pub next_decision_at: Option<Timestamp>,
    /// The last decision with its reasons, as `domain::schedule` serialises it.
    pub decision: Option<Value>,
    /// When that was. Business time.
    pub decided_at: Option<Timestamp>,
    /// Why nothing is said about it until a member has released it; none once one has, and for most.
    pub parked: Option<ParkedReason>,
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
                next_decision_at, created_at)
             VALUES ($1, $2, $3, $4, 'invoice', $5, $6, $7, $8, $9)"
        )
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(new.invoice.uuid())
        .bind(new.amount.currency().code())
        .bind(new.amount.minor())
        .bind(new.due_on)
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
        next_decision_at: Option<Timestamp>,
        decision: Option<String>,
        decided_at: Option<Timestamp>,
        parked: Option<String>,
    }
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
            next_decision_at: row.next_decision_at,
            decision: row.decision.map(|text| at.json("decision", &text)).transpose()?,
            decided_at: row.decided_at,
            parked: at.named("parked_reason", row.parked.as_deref(), ParkedReason::from_name)?,
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

/// The customers with something due for a decision, of all businesses, longest waiting first. Looks at no more than `limit`
/// receivables, and sorts none of those that wait equally long, so its cost follows neither what exists nor what is due.
pub async fn due_customers(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(BusinessId, CustomerId)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = on!(tx, connection => sqlx::query_as(
        "SELECT business_id, customer_id FROM receivable WHERE next_decision_at <= $1
         ORDER BY next_decision_at LIMIT $2")
        .bind(now).bind(limit).fetch_all(connection))?;
    let mut seen = HashSet::with_capacity(rows.len());
    Ok(rows
        .into_iter()
        .filter(|(_, customer)| seen.insert(*customer))
        .map(|(business, customer)| (BusinessId::from_uuid(business), CustomerId::from_uuid(customer)))
        .collect())
}

/// What of these customers is due for a decision, oldest due date first.
pub(crate) async fn due_of_customers(
    tx: &mut Tx,
    customers: &[Uuid],
    now: Timestamp,
) -> Result<Vec<Receivable>, StoreError> {
    let rows: Vec<ReceivableRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT ", receivable_columns!(), " FROM receivable WHERE customer_id ", listed!(),
        " AND next_decision_at <= $2 ORDER BY due_date, id"))
        .bind(listed).bind(now).fetch_all(connection))?;
    receivables(rows)
}

/// All receivables of these customers, oldest due date first.
pub(crate) async fn of_customers(tx: &mut Tx, customers: &[Uuid]) -> Result<Vec<Receivable>, StoreError> {
    let rows: Vec<ReceivableRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT ", receivable_columns!(), " FROM receivable WHERE customer_id ", listed!(), " ORDER BY due_date, id"))
        .bind(listed).fetch_all(connection))?;
    receivables(rows)
}

/// These receivables, oldest due date first.
pub(crate) async fn many(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Receivable>, StoreError> {
    let rows: Vec<ReceivableRow> = on_ids!(tx, ids, listed, connection => sqlx::query_as(concat!(
        "SELECT ", receivable_columns!(), " FROM receivable WHERE id ", listed!(), " ORDER BY due_date, id"))
        .bind(listed).fetch_all(connection))?;
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
            "UPDATE receivable SET next_decision_at = $2, decision = $3, decided_at = $4, stuck_since = NULL, stuck_tries = 0
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

/// A decision about a receivable as it was read, and when to look next.
#[derive(Clone, Copy, Debug)]
pub struct Decided<'a> {
    /// The receivable as it was read.
    pub receivable: &'a Receivable,
    /// The decision with its reasons.
    pub decision: &'a Value,
    /// When to look next; none once nothing is left to decide.
    pub next: Option<Timestamp>,
}

/// Keeps decisions, in one statement for up to a thousand. How many were kept: if somebody else decided about one since it
/// was read, that one is not, and the caller drops the transaction with all work of it.
pub async fn decided_many(tx: &mut Tx, decided: &[Decided<'_>], now: Timestamp) -> Result<u64, StoreError> {
    let texts: Vec<String> = decided.iter().map(|decided| decided.decision.to_string()).collect();
    let rows: Vec<(&Decided<'_>, &str)> = decided.iter().zip(texts.iter().map(String::as_str)).collect();
    Given::of(&rows)
        .uuid("id", |(decided, _)| decided.receivable.id.uuid())
        .instant("was", |(decided, _)| decided.receivable.next_decision_at)
        .instant("next", |(decided, _)| decided.next)
        .text("decision", |(_, text)| *text)
        .instant("now", |_| now)
        .execute(tx, |given| {
            format!(
                "UPDATE receivable
                 SET next_decision_at = given.next, decision = given.decision, decided_at = given.now,
                    stuck_since = NULL, stuck_tries = 0
                 FROM {given}
                 WHERE receivable.id = given.id AND receivable.next_decision_at IS NOT DISTINCT FROM given.was"
            )
        })
        .await
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

/// A step that counts as said about a receivable.
#[derive(Clone, Debug)]
pub(crate) struct SaidOf {
    business: BusinessId,
    pub receivable: ReceivableId,
    /// The message that says it; none when it is a task.
    pub message: Option<MessageId>,
    pub said: Said,
}

row! {
    struct SaidRow {
        business_id: Uuid,
        receivable_id: Uuid,
        message_id: Option<Uuid>,
        step: String,
        offset_days: i64,
        tone: Option<String>,
        internal: bool,
    }
}

impl TryFrom<SaidRow> for SaidOf {
    type Error = StoreError;

    fn try_from(row: SaidRow) -> Result<Self, StoreError> {
        let receivable = ReceivableId::from_uuid(row.receivable_id);
        let table = if row.message_id.is_some() { "message_part" } else { "task" };
        let at = Reading { table, row: receivable };
        Ok(Self {
            business: BusinessId::from_uuid(row.business_id),
            receivable,
            message: row.message_id.map(MessageId::from_uuid),
            said: Said {
                step: at.value("step", StepId::parse(&row.step))?,
                offset_days: at.value("offset_days", i32::try_from(row.offset_days))?,
                tone: at.named("tone", row.tone.as_deref(), Tone::from_name)?,
                internal: row.internal,
            },
        })
    }
}

/// The steps that count as said about these receivables, earliest first: in messages that were not cancelled and did not
/// expire, and as tasks. Only what a step asks for inside the business stays there; a call is heard, and handing off is the last step.
pub(crate) async fn said_of(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<SaidOf>, StoreError> {
    let rows: Vec<SaidRow> = on_ids!(tx, ids, listed, connection => sqlx::query_as(concat!(
        "SELECT business_id, receivable_id, message_id, step, offset_days, tone, FALSE AS internal FROM message_part
         WHERE cancelled_at IS NULL AND receivable_id ", listed!(),
        " UNION ALL
         SELECT business_id, receivable_id, NULL, step, offset_days, tone, kind = 'follow_up' FROM task
         WHERE step IS NOT NULL AND receivable_id ", listed!()))
        .bind(listed).fetch_all(connection))?;
    let mut said = rows.into_iter().map(SaidOf::try_from).collect::<Result<Vec<_>, _>>()?;
    // Sorted here: the two databases sort missing values differently.
    said.sort_by_cached_key(|of| {
        let Said { step, offset_days, tone, internal } = &of.said;
        (*offset_days, step.clone(), *internal, *tone, of.message)
    });
    Ok(said)
}

/// The steps that count as said to somebody about this receivable, earliest first, each once.
pub async fn said(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Vec<Said>, StoreError> {
    let of = said_of(tx, &[receivable.uuid()]).await?;
    let mut said: Vec<Said> = of.into_iter().filter(|of| of.business == business).map(|of| of.said).collect();
    said.dedup();
    Ok(said)
}
