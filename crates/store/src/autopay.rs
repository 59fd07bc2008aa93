//! What customers let be charged by itself: what they agreed to, what was announced, and what came of that.
//!
//! The schema refuses a charge that was not announced, that is more than was, or that comes after the customer's word ended; and
//! one announcement too many for a day, or for a receivable at a time.

use std::collections::{BTreeSet, HashMap};

use domain::autopay::{DebitState, EndReason};
use domain::ledger::Part;
use domain::message::MessageState;
use domain::payment::{AttemptStatus, FailureCode};
use domain::{
    AutopayId, BusinessId, ContactId, Currency, CustomerId, Date, DebitId, EventId, LinkId, MessageId, Money,
    ReceivableId, SavedMethodId, Timestamp,
};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A customer's word that what falls due in a currency is charged to what they keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Autopay {
    /// Its id.
    pub id: AutopayId,
    /// Who charges.
    pub business: BusinessId,
    /// Who is charged.
    pub customer: CustomerId,
    /// What falls due in it.
    pub currency: Currency,
    /// What is charged.
    pub method: SavedMethodId,
    /// Who agreed.
    pub contact: ContactId,
    /// By which link they came.
    pub link: LinkId,
    /// The text, word for word.
    pub consent_text: String,
    /// SHA-256 of it: which version.
    pub consent_hash: [u8; 32],
    /// In which language and formats.
    pub locale: String,
    /// From where. Erased with the person.
    pub address: Option<String>,
    /// With what. Likewise.
    pub user_agent: Option<String>,
    /// When. Business time.
    pub agreed_at: Timestamp,
    /// Since when and why no longer.
    pub ended: Option<(Timestamp, EndReason)>,
}

row! {
    struct AutopayRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        currency: String,
        saved_method_id: Uuid,
        contact_id: Uuid,
        link_id: Uuid,
        consent_text: String,
        consent_hash: Vec<u8>,
        locale: String,
        address: Option<String>,
        user_agent: Option<String>,
        agreed_at: Timestamp,
        ended_at: Option<Timestamp>,
        end_reason: Option<String>,
    }
}

impl TryFrom<AutopayRow> for Autopay {
    type Error = StoreError;

    fn try_from(row: AutopayRow) -> Result<Self, StoreError> {
        let id = AutopayId::from_uuid(row.id);
        let at = Reading { table: "autopay", row: id };
        let reason = at.named("end_reason", row.end_reason.as_deref(), EndReason::from_name)?;
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            currency: at.currency(&row.currency)?,
            method: SavedMethodId::from_uuid(row.saved_method_id),
            contact: ContactId::from_uuid(row.contact_id),
            link: LinkId::from_uuid(row.link_id),
            consent_text: row.consent_text,
            consent_hash: at.hash("consent_hash", row.consent_hash)?,
            locale: row.locale,
            address: row.address,
            user_agent: row.user_agent,
            agreed_at: row.agreed_at,
            ended: row.ended_at.zip(reason),
        })
    }
}

/// Writes down what a customer agreed to; a worker looks at it at once.
pub async fn agree(tx: &mut Tx, new: &Autopay, event: EventId) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO autopay (id, business_id, customer_id, currency, saved_method_id, contact_id, link_id, consent_text,
                consent_hash, locale, address, user_agent, agreed_at, next_at, event_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13, $14)"
        )
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(new.currency.code())
        .bind(new.method.uuid())
        .bind(new.contact.uuid())
        .bind(new.link.uuid())
        .bind(&new.consent_text[..])
        .bind(&new.consent_hash[..])
        .bind(&new.locale[..])
        .bind(new.address.as_deref())
        .bind(new.user_agent.as_deref())
        .bind(new.agreed_at)
        .bind(event.uuid())
    )
    .map(|_rows| ())
}

/// One of them.
pub async fn find(tx: &mut Tx, business: BusinessId, id: AutopayId) -> Result<Option<Autopay>, StoreError> {
    let row: Option<AutopayRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM autopay WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Autopay::try_from).transpose()
}

/// What of a customer is charged by itself now.
pub async fn live(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Autopay>, StoreError> {
    let rows: Vec<AutopayRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM autopay WHERE customer_id = $1 AND business_id = $2 AND ended_at IS NULL ORDER BY agreed_at, id")
        .bind(customer.uuid()).bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter().map(Autopay::try_from).collect()
}

/// Ends one: false if it was over already. Whatever it announced is over before.
pub async fn end(
    tx: &mut Tx,
    id: AutopayId,
    (ended_at, reason): (Timestamp, EndReason),
    event: EventId,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE autopay SET ended_at = $2, end_reason = $3, next_at = NULL, event_id = $4
             WHERE id = $1 AND ended_at IS NULL"
        )
        .bind(id.uuid())
        .bind(ended_at)
        .bind(reason.as_str())
        .bind(event.uuid())
    )?;
    Ok(rows == 1)
}

/// Those whose moment has come, longest waiting first. Nobody's whose business does not charge by itself now.
pub async fn due(
    tx: &mut Tx,
    now: Timestamp,
    limit: i64,
) -> Result<Vec<(BusinessId, AutopayId)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = on!(tx, connection => sqlx::query_as(
        "SELECT autopay.business_id, autopay.id FROM autopay
         JOIN follow_up_settings ON follow_up_settings.business_id = autopay.business_id
         WHERE autopay.next_at <= $1 AND follow_up_settings.autopay_enabled
         ORDER BY autopay.next_at, autopay.id LIMIT $2")
        .bind(now).bind(limit).fetch_all(connection))?;
    Ok(rows
        .into_iter()
        .map(|(business, id)| (BusinessId::from_uuid(business), AutopayId::from_uuid(id)))
        .collect())
}

/// When one is looked at next.
pub async fn looked_at(tx: &mut Tx, id: AutopayId, next: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("UPDATE autopay SET next_at = $2 WHERE id = $1 AND ended_at IS NULL")
            .bind(id.uuid())
            .bind(next)
    )
    .map(|_rows| ())
}

/// Has a worker look at whatever these customers let be charged: something happened to what they owe.
pub async fn look_again(tx: &mut Tx, customers: &[CustomerId], now: Timestamp) -> Result<(), StoreError> {
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
    let _looked: Vec<Uuid> = on_ids!(tx, &ids, listed, connection => sqlx::query_scalar(concat!(
        "UPDATE autopay SET next_at = $2 WHERE next_at > $2 AND customer_id ", listed!(), " RETURNING id"))
        .bind(listed).bind(now).fetch_all(connection))?;
    Ok(())
}

/// A charge that is announced.
#[derive(Clone, Debug)]
pub struct NewDebit<'a> {
    /// Its id.
    pub id: DebitId,
    /// By whose word.
    pub autopay: &'a Autopay,
    /// The day.
    pub on: Date,
    /// How much of what.
    pub items: &'a [Part],
    /// The word about it.
    pub message: MessageId,
    /// Business time.
    pub created_at: Timestamp,
}

/// Announces a charge. The schema refuses a second for a day, and what is announced already.
pub async fn announce(tx: &mut Tx, new: &NewDebit<'_>) -> Result<Money, StoreError> {
    let Autopay { business, customer, currency, .. } = *new.autopay;
    let at = Reading { table: "autopay_debit", row: new.id };
    let amount = at.value("amount_minor", Money::sum(currency, new.items.iter().map(|part| part.amount)))?;
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO autopay_debit (id, business_id, customer_id, autopay_id, currency, amount_minor, charge_on, next_on,
                message_id, state, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, $8, 'announced', $9)"
        )
        .bind(new.id.uuid())
        .bind(business.uuid())
        .bind(customer.uuid())
        .bind(new.autopay.id.uuid())
        .bind(currency.code())
        .bind(amount.minor())
        .bind(new.on)
        .bind(new.message.uuid())
        .bind(new.created_at)
    )?;
    for part in new.items {
        execute!(
            tx,
            sqlx::query(
                "INSERT INTO autopay_item (debit_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
                 VALUES ($1, $2, $3, $4, $5, $6, TRUE)"
            )
            .bind(new.id.uuid())
            .bind(part.receivable.uuid())
            .bind(business.uuid())
            .bind(customer.uuid())
            .bind(currency.code())
            .bind(part.amount.minor())
        )?;
    }
    Ok(amount)
}

/// A charge that was announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Debit {
    /// Its id.
    pub id: DebitId,
    /// By whose word.
    pub autopay: AutopayId,
    /// What was announced.
    pub amount: Money,
    /// How much of what.
    pub items: Vec<Part>,
    /// The day on which it is charged next.
    pub next_on: Date,
    /// What became of the word that named this day, and when it was handed over (business time).
    pub told: (MessageState, Option<Timestamp>),
    /// Of how many tries it was concluded what follows.
    pub answered: u32,
    /// The last try: its number, where it is, and why it failed.
    pub last: Option<(u32, AttemptStatus, Option<FailureCode>)>,
}

row! {
    struct DebitRow {
        id: Uuid,
        autopay_id: Uuid,
        currency: String,
        amount_minor: i64,
        next_on: Date,
        answered: i64,
        message_state: String,
        handed_over_at: Option<Timestamp>,
    }
}

/// What was announced by a customer's word and is not over, by its day.
pub async fn announced(tx: &mut Tx, autopay: AutopayId) -> Result<Vec<Debit>, StoreError> {
    let rows: Vec<DebitRow> = on!(tx, connection => sqlx::query_as(
        "SELECT autopay_debit.id, autopay_debit.autopay_id, autopay_debit.currency, autopay_debit.amount_minor,
            autopay_debit.next_on, autopay_debit.answered, message.state AS message_state, message.handed_over_at
         FROM autopay_debit JOIN message ON message.id = autopay_debit.message_id
         WHERE autopay_debit.autopay_id = $1 AND autopay_debit.state = 'announced'
         ORDER BY autopay_debit.next_on, autopay_debit.id")
        .bind(autopay.uuid()).fetch_all(connection))?;
    let mut debits = Vec::with_capacity(rows.len());
    for row in rows {
        let id = DebitId::from_uuid(row.id);
        let at = Reading { table: "autopay_debit", row: id };
        let currency = at.currency(&row.currency)?;
        debits.push(Debit {
            id,
            autopay: AutopayId::from_uuid(row.autopay_id),
            amount: at.money("amount_minor", row.amount_minor, currency)?,
            items: items(tx, id, currency).await?,
            next_on: row.next_on,
            told: (
                at.known("message.state", MessageState::from_name(&row.message_state))?,
                row.handed_over_at,
            ),
            answered: at.count("answered", row.answered)?,
            last: last_try(tx, id).await?,
        });
    }
    Ok(debits)
}

/// What a charge is for, oldest due date first.
async fn items(tx: &mut Tx, debit: DebitId, currency: Currency) -> Result<Vec<Part>, StoreError> {
    let rows: Vec<(Uuid, i64)> = on!(tx, connection => sqlx::query_as(
        "SELECT autopay_item.receivable_id, autopay_item.amount_minor FROM autopay_item
         JOIN receivable ON receivable.id = autopay_item.receivable_id
         WHERE autopay_item.debit_id = $1 ORDER BY receivable.due_date, receivable.id")
        .bind(debit.uuid()).fetch_all(connection))?;
    let at = Reading { table: "autopay_item", row: debit };
    let part = |(receivable, minor): (Uuid, i64)| {
        let amount = at.money("amount_minor", minor, currency)?;
        Ok(Part { receivable: ReceivableId::from_uuid(receivable), amount })
    };
    rows.into_iter().map(part).collect()
}

async fn last_try(
    tx: &mut Tx,
    debit: DebitId,
) -> Result<Option<(u32, AttemptStatus, Option<FailureCode>)>, StoreError> {
    let row: Option<(i64, String, Option<String>)> = on!(tx, connection => sqlx::query_as(
        "SELECT debit_try, state, failure_code FROM payment_attempt WHERE debit_id = $1 ORDER BY debit_try DESC LIMIT 1")
        .bind(debit.uuid()).fetch_optional(connection))?;
    let at = Reading { table: "payment_attempt", row: debit };
    row.map(|(number, state, code)| {
        let status = at.known("state", AttemptStatus::from_name(&state))?;
        let code = at.named("failure_code", code.as_deref(), FailureCode::from_name)?;
        Ok((at.count("debit_try", number)?, status, code))
    })
    .transpose()
}

/// The days for which a customer was ever told of a charge in a currency.
pub async fn days(
    tx: &mut Tx,
    customer: CustomerId,
    currency: Currency,
) -> Result<BTreeSet<Date>, StoreError> {
    let days: Vec<Date> = on!(tx, connection => sqlx::query_scalar(
        "SELECT charge_on FROM autopay_debit WHERE customer_id = $1 AND currency = $2")
        .bind(customer.uuid()).bind(currency.code()).fetch_all(connection))?;
    Ok(days.into_iter().collect())
}

/// What is followed up although its customer gave their word: what was given up, and what was charged once and is open again, because
/// it came back.
pub async fn given_up(tx: &mut Tx, autopay: AutopayId) -> Result<BTreeSet<ReceivableId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, connection => sqlx::query_scalar(
        "SELECT autopay_item.receivable_id FROM autopay_debit
         JOIN autopay_item ON autopay_item.debit_id = autopay_debit.id
         WHERE autopay_debit.autopay_id = $1 AND autopay_debit.state = 'given_up'
         UNION
         SELECT attempt_part.receivable_id FROM autopay_debit
         JOIN payment_attempt ON payment_attempt.debit_id = autopay_debit.id
         JOIN attempt_part ON attempt_part.attempt_id = payment_attempt.id
         WHERE autopay_debit.autopay_id = $1 AND payment_attempt.state = 'succeeded'")
        .bind(autopay.uuid()).fetch_all(connection))?;
    Ok(ids.into_iter().map(ReceivableId::from_uuid).collect())
}

/// Says of a charge what became of it: false if that was said before.
pub async fn close(tx: &mut Tx, debit: DebitId, state: DebitState) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("UPDATE autopay_debit SET state = $2 WHERE id = $1 AND state = 'announced'")
            .bind(debit.uuid())
            .bind(state.as_str())
    )?;
    Ok(rows == 1)
}

/// Whether a charge is announced and not over.
pub async fn is_announced(tx: &mut Tx, debit: DebitId) -> Result<bool, StoreError> {
    let state: Option<String> = on!(tx, connection => sqlx::query_scalar(
        "SELECT state FROM autopay_debit WHERE id = $1").bind(debit.uuid()).fetch_optional(connection))?;
    Ok(state.as_deref() == Some(DebitState::Announced.as_str()))
}

/// Another try follows, on this day; and the word that names it, where there is one.
pub async fn put_off(
    tx: &mut Tx,
    debit: DebitId,
    answered: u32,
    next_on: Date,
    message: Option<MessageId>,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE autopay_debit SET answered = $2, next_on = $3, message_id = COALESCE($4, message_id)
             WHERE id = $1 AND state = 'announced'"
        )
        .bind(debit.uuid())
        .bind(i64::from(answered))
        .bind(next_on)
        .bind(message.map(MessageId::uuid))
    )
    .map(|_rows| ())
}

/// Ends whatever is announced, in all businesses: what of it was charged since a backup is not known. It is announced anew.
pub async fn lapse_all(tx: &mut Tx) -> Result<u64, StoreError> {
    execute!(tx, sqlx::query("UPDATE autopay_debit SET state = 'lapsed' WHERE state = 'announced'"))
}

/// Which of these receivables their customers let be charged: each with the day that was announced, if one was.
pub(crate) async fn taking(
    tx: &mut Tx,
    receivables: &[Uuid],
) -> Result<HashMap<ReceivableId, Option<Date>>, StoreError> {
    let rows: Vec<(Uuid, Option<Date>)> = on_ids!(tx, receivables, listed, connection => sqlx::query_as(concat!(
        "SELECT receivable.id, (
            SELECT autopay_debit.next_on FROM autopay_item
            JOIN autopay_debit ON autopay_debit.id = autopay_item.debit_id
            WHERE autopay_item.receivable_id = receivable.id AND autopay_item.live) AS next_on
         FROM receivable
         JOIN autopay ON autopay.customer_id = receivable.customer_id AND autopay.currency = receivable.currency
            AND autopay.ended_at IS NULL
         JOIN follow_up_settings ON follow_up_settings.business_id = autopay.business_id
            AND follow_up_settings.autopay_enabled
         WHERE receivable.id ", listed!(), " AND NOT EXISTS (
            SELECT 1 FROM autopay_item JOIN autopay_debit ON autopay_debit.id = autopay_item.debit_id
            WHERE autopay_item.receivable_id = receivable.id AND autopay_debit.autopay_id = autopay.id
                AND autopay_debit.state = 'given_up')
            AND NOT EXISTS (
            SELECT 1 FROM attempt_part JOIN payment_attempt ON payment_attempt.id = attempt_part.attempt_id
            WHERE attempt_part.receivable_id = receivable.id AND payment_attempt.debit_id IS NOT NULL
                AND payment_attempt.state = 'succeeded')"))
        .bind(listed).fetch_all(connection))?;
    Ok(rows.into_iter().map(|(id, on)| (ReceivableId::from_uuid(id), on)).collect())
}
