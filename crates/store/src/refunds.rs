//! Refunds that a member asked for. What moved stands in the ledger, under the provider's id of the refund.

use domain::refund::RefundState;
use domain::{BusinessId, CustomerId, EventId, MemberId, Money, RefundId, Timestamp, TransferId};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refund {
    /// Its id, which is the idempotency key too.
    pub id: RefundId,
    /// Whose.
    pub business: BusinessId,
    /// Who gets the money back.
    pub customer: CustomerId,
    /// The payment's row in the ledger.
    pub payment: TransferId,
    /// How much of it.
    pub amount: Money,
    /// How far it has come.
    pub state: RefundState,
    /// What the provider calls it, once that is known.
    pub reference: Option<String>,
    /// What the form was known by.
    pub form: String,
    /// Why, in the member's words.
    pub reason: String,
    /// Which member.
    pub asked_by: MemberId,
    /// When. Business time.
    pub created_at: Timestamp,
    /// When the key was made. Machine time.
    pub key_made_at: Timestamp,
    /// How often the provider was asked about it in vain.
    pub tries: u32,
}

row! {
    struct RefundRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        payment_id: Uuid,
        currency: String,
        amount_minor: i64,
        state: String,
        provider_ref: Option<String>,
        form: String,
        reason: String,
        asked_by: Uuid,
        created_at: Timestamp,
        key_made_at: Timestamp,
        tries: i64,
    }
}

impl TryFrom<RefundRow> for Refund {
    type Error = StoreError;

    fn try_from(row: RefundRow) -> Result<Self, StoreError> {
        let id = RefundId::from_uuid(row.id);
        let at = Reading { table: "refund", row: id };
        let currency = at.currency(&row.currency)?;
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            payment: TransferId::from_uuid(row.payment_id),
            amount: at.money("amount_minor", row.amount_minor, currency)?,
            state: at.known("state", RefundState::from_name(&row.state))?,
            reference: row.provider_ref,
            form: row.form,
            reason: row.reason,
            asked_by: MemberId::from_uuid(row.asked_by),
            created_at: row.created_at,
            key_made_at: row.key_made_at,
            tries: at.count("tries", row.tries)?,
        })
    }
}

fn refunds(rows: Vec<RefundRow>) -> Result<Vec<Refund>, StoreError> {
    rows.into_iter().map(Refund::try_from).collect()
}

/// Writes down that a refund is asked for; `next_ask_at` (machine time) is when the provider is asked again if nothing is heard.
pub async fn ask(
    tx: &mut Tx,
    refund: &Refund,
    event: EventId,
    next_ask_at: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO refund (id, business_id, customer_id, payment_id, currency, amount_minor, state, form, reason,
                asked_by, event_id, created_at, key_made_at, next_ask_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        )
        .bind(refund.id.uuid())
        .bind(refund.business.uuid())
        .bind(refund.customer.uuid())
        .bind(refund.payment.uuid())
        .bind(refund.amount.currency().code())
        .bind(refund.amount.minor())
        .bind(refund.state.as_str())
        .bind(&refund.form[..])
        .bind(&refund.reason[..])
        .bind(refund.asked_by.uuid())
        .bind(event.uuid())
        .bind(refund.created_at)
        .bind(refund.key_made_at)
        .bind(next_ask_at)
    )
    .map(|_rows| ())
}

/// A refund.
pub async fn find(tx: &mut Tx, business: BusinessId, id: RefundId) -> Result<Option<Refund>, StoreError> {
    let row: Option<RefundRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM refund WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Refund::try_from).transpose()
}

/// The refund that a form asked for.
pub async fn by_form(tx: &mut Tx, business: BusinessId, form: &str) -> Result<Option<Refund>, StoreError> {
    let row: Option<RefundRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM refund WHERE business_id = $1 AND form = $2")
        .bind(business.uuid()).bind(form).fetch_optional(connection))?;
    row.map(Refund::try_from).transpose()
}

/// The refunds of a customer's payments, the newest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Refund>, StoreError> {
    let rows: Vec<RefundRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM refund WHERE business_id = $1 AND customer_id = $2 ORDER BY id DESC")
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    refunds(rows)
}

/// Takes a refund on to where it stands now: false if it stands elsewhere than `refund` says. Machine time decides when the
/// provider is asked next; none: never.
pub async fn change(
    tx: &mut Tx,
    refund: &Refund,
    state: RefundState,
    reference: Option<&str>,
    event: EventId,
    next_ask_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE refund SET state = $3, provider_ref = $4, event_id = $5, next_ask_at = $6, tries = 0
             WHERE id = $1 AND state = $2"
        )
        .bind(refund.id.uuid())
        .bind(refund.state.as_str())
        .bind(state.as_str())
        .bind(reference)
        .bind(event.uuid())
        .bind(next_ask_at)
    )?;
    Ok(rows == 1)
}

/// The refunds that the provider is to be asked about now. Machine time.
pub async fn to_ask(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<Refund>, StoreError> {
    let rows: Vec<RefundRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM refund WHERE next_ask_at <= $1 ORDER BY next_ask_at LIMIT $2")
        .bind(now).bind(limit).fetch_all(connection))?;
    refunds(rows)
}

/// Puts off the next question, after one that was answered with nothing new or not at all.
pub async fn ask_at(tx: &mut Tx, refund: RefundId, at: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE refund SET next_ask_at = $2, tries = tries + 1 WHERE id = $1 AND next_ask_at IS NOT NULL"
        )
        .bind(refund.uuid())
        .bind(at)
    )
    .map(|_rows| ())
}
