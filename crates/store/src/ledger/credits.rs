//! Money that waits for a use, and what members wrote down about money they received.
//!
//! A payment lies whole on its customer's unapplied account; `domain::ledger::free_money` says what of it is free, from every
//! row that touches the account. Nothing of that is stored a second time.

use std::collections::{BTreeSet, HashMap};

use domain::ledger::{Account, Posted, Provider, TransferKind};
use domain::payment::Method;
use domain::{
    BusinessId, Currency, CustomerId, Date, InvoiceId, MemberId, Money, Name, Timestamp, TransferId,
};
use uuid::Uuid;

use super::PostedRow;
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// Every row that touches a customer's unapplied account in one currency, oldest first.
pub async fn rows_of(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    currency: Currency,
) -> Result<Vec<Posted>, StoreError> {
    super::rows_of(tx, business, currency, Account::Unapplied(customer)).await
}

/// One row of the ledger.
pub async fn row(
    tx: &mut Tx,
    business: BusinessId,
    transfer: TransferId,
) -> Result<Option<Posted>, StoreError> {
    let row: Option<PostedRow> = on!(tx, connection => sqlx::query_as(concat!(posted_columns!(),
        " WHERE transfer.id = $1 AND transfer.business_id = $2"))
        .bind(transfer.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Posted::try_from).transpose()
}

/// The payments of a customer that a person is asked to look at because they are not what was asked for: until somebody
/// has, nothing is done with them by itself.
pub async fn under_review(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<BTreeSet<TransferId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, connection => sqlx::query_scalar(
        "SELECT transfer.id FROM task
         JOIN transfer ON transfer.business_id = task.business_id AND transfer.kind = 'payment'
            AND task.dedup_key = 'payment:' || transfer.provider_ref
         WHERE task.business_id = $1 AND task.customer_id = $2 AND task.kind = 'payment_mismatch' AND task.done_at IS NULL")
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    Ok(ids.into_iter().map(TransferId::from_uuid).collect())
}

row! {
    struct CreditRow {
        customer_id: Uuid,
        name: String,
        currency: String,
        credit_minor: i64,
    }
}

/// Whose money waits for a use, and how much: by name, then currency.
pub async fn waiting(
    tx: &mut Tx,
    business: BusinessId,
) -> Result<Vec<(CustomerId, Name, Money)>, StoreError> {
    let rows: Vec<CreditRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM (
            SELECT customer.id AS customer_id, customer.name, account.currency, CAST(
                COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE credit_account_id = account.id), 0)
                - COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE debit_account_id = account.id), 0) AS BIGINT)
                AS credit_minor
            FROM account JOIN customer ON customer.id = account.customer_id
            WHERE account.business_id = $1 AND account.kind = 'unapplied') AS credit
         WHERE credit_minor > 0 ORDER BY name, customer_id, currency")
        .bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let customer = CustomerId::from_uuid(row.customer_id);
            let at = Reading { table: "customer", row: customer };
            let currency = at.currency(&row.currency)?;
            Ok((
                customer,
                at.value("name", Name::parse(&row.name))?,
                at.money("credit", row.credit_minor, currency)?,
            ))
        })
        .collect()
}

/// What is written down about money that a member received, or that stood on a bank statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HandPayment {
    /// Its row in the ledger.
    pub payment: TransferId,
    /// Whose it is.
    pub customer: CustomerId,
    /// How it came.
    pub method: Method,
    /// The day it came, in the business's zone.
    pub received_on: Date,
    /// A reference or other words; may be empty.
    pub note: String,
    /// Who wrote it down; none when Dunlin booked it of a bank statement.
    pub recorded_by: Option<MemberId>,
}

/// Writes that down. Its row stands in the ledger already.
pub async fn note(
    tx: &mut Tx,
    business: BusinessId,
    payment: &HandPayment,
    currency: Currency,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO hand_payment (transfer_id, business_id, customer_id, currency, method, received_on, note,
                recorded_by, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(payment.payment.uuid())
        .bind(business.uuid())
        .bind(payment.customer.uuid())
        .bind(currency.code())
        .bind(payment.method.as_str())
        .bind(payment.received_on)
        .bind(&payment.note[..])
        .bind(payment.recorded_by.map(MemberId::uuid))
        .bind(now)
    )?;
    Ok(())
}

row! {
    struct NotedRow {
        customer_id: Uuid,
        method: String,
        received_on: Date,
        note: String,
        recorded_by: Option<Uuid>,
    }
}

/// What is written down about a payment, if anything is.
pub async fn noted(
    tx: &mut Tx,
    business: BusinessId,
    payment: TransferId,
) -> Result<Option<HandPayment>, StoreError> {
    let row: Option<NotedRow> = on!(tx, connection => sqlx::query_as(
        "SELECT customer_id, method, received_on, note, recorded_by FROM hand_payment
         WHERE transfer_id = $1 AND business_id = $2")
        .bind(payment.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    let at = Reading { table: "hand_payment", row: payment };
    row.map(|row| {
        Ok(HandPayment {
            payment,
            customer: CustomerId::from_uuid(row.customer_id),
            method: at.known("method", Method::from_name(&row.method))?,
            received_on: row.received_on,
            note: row.note,
            recorded_by: row.recorded_by.map(MemberId::from_uuid),
        })
    })
    .transpose()
}

/// A payment of a customer with what is written down about it, if anything is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its row in the ledger.
    pub id: TransferId,
    /// Where it came.
    pub provider: Provider,
    /// What it is called there.
    pub reference: String,
    /// What came.
    pub amount: Money,
    /// What of it went back or was taken back.
    pub reversed: Money,
    /// When the money moved.
    pub happened_at: Timestamp,
    /// How it was paid through the provider, where an attempt of ours brought it.
    pub method: Option<Method>,
    /// What a member wrote down about it.
    pub by_hand: Option<HandPayment>,
    /// Who that was.
    pub author: Option<Name>,
}

row! {
    struct PaymentRow {
        id: Uuid,
        provider: String,
        provider_ref: String,
        currency: String,
        amount_minor: i64,
        reversed_minor: i64,
        happened_at: Timestamp,
        attempt_method: Option<String>,
        method: Option<String>,
        received_on: Option<Date>,
        note: Option<String>,
        recorded_by: Option<Uuid>,
        author: Option<String>,
    }
}

/// The payments of a customer, the newest first.
pub async fn payments(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Payment>, StoreError> {
    let rows: Vec<PaymentRow> = on!(tx, connection => sqlx::query_as(
        "SELECT transfer.id, transfer.provider, transfer.provider_ref, transfer.currency, transfer.amount_minor,
            CAST(COALESCE((SELECT SUM(reversal.amount_minor) FROM transfer AS reversal
                WHERE reversal.reverses = transfer.id), 0) AS BIGINT) AS reversed_minor,
            transfer.happened_at,
            (SELECT payment_attempt.method FROM payment_attempt
                WHERE payment_attempt.business_id = transfer.business_id AND transfer.provider = 'stripe'
                    AND payment_attempt.payment_intent_id = transfer.provider_ref LIMIT 1) AS attempt_method,
            hand_payment.method, hand_payment.received_on, hand_payment.note,
            hand_payment.recorded_by, member.name AS author
         FROM account
         JOIN transfer ON transfer.credit_account_id = account.id AND transfer.kind = $3
         LEFT JOIN hand_payment ON hand_payment.transfer_id = transfer.id
         LEFT JOIN member ON member.id = hand_payment.recorded_by
         WHERE account.business_id = $1 AND account.kind = 'unapplied' AND account.owner_id = $2
         ORDER BY transfer.id DESC")
        .bind(business.uuid()).bind(customer.uuid()).bind(TransferKind::Payment.as_str()).fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let id = TransferId::from_uuid(row.id);
            let at = Reading { table: "transfer", row: id };
            let currency = at.currency(&row.currency)?;
            let by_hand = match (row.method, row.received_on) {
                (Some(method), Some(received_on)) => Some(HandPayment {
                    payment: id,
                    customer,
                    method: at.known("method", Method::from_name(&method))?,
                    received_on,
                    note: row.note.unwrap_or_default(),
                    recorded_by: row.recorded_by.map(MemberId::from_uuid),
                }),
                _ => None,
            };
            Ok(Payment {
                id,
                provider: at.known("provider", Provider::from_name(&row.provider))?,
                reference: row.provider_ref,
                amount: at.money("amount_minor", row.amount_minor, currency)?,
                reversed: at.money("amount_minor", row.reversed_minor, currency)?,
                happened_at: row.happened_at,
                method: at.named("attempt_method", row.attempt_method.as_deref(), Method::from_name)?,
                by_hand,
                author: at.value("author", Name::parse_optional(row.author.as_deref().unwrap_or("")))?,
            })
        })
        .collect()
}

/// Marks what a person was asked about these payments as done: they have been used.
pub async fn looked_at(
    tx: &mut Tx,
    business: BusinessId,
    payments: &[TransferId],
    by: MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for payment in payments {
        execute!(
            tx,
            sqlx::query(
                "UPDATE task SET done_at = $3, done_by = $4
                 WHERE business_id = $1 AND done_at IS NULL AND kind IN ('unapplied_money', 'payment_mismatch')
                    AND dedup_key = (SELECT 'payment:' || transfer.provider_ref FROM transfer WHERE transfer.id = $2)"
            )
            .bind(business.uuid())
            .bind(payment.uuid())
            .bind(now)
            .bind(by.uuid())
        )?;
    }
    Ok(())
}

/// Up to which amount a business writes off by itself what a payment left open; none: it does not.
pub async fn small_balance(tx: &mut Tx, business: BusinessId) -> Result<Option<Money>, StoreError> {
    let row: Option<(String, Option<i64>)> = on!(tx, connection => sqlx::query_as(
        "SELECT currency, small_balance_minor FROM business WHERE id = $1")
        .bind(business.uuid()).fetch_optional(connection))?;
    let at = Reading { table: "business", row: business };
    let Some((currency, Some(minor))) = row else { return Ok(None) };
    at.money("small_balance_minor", minor, at.currency(&currency)?).map(Some)
}

/// Sets it.
pub async fn set_small_balance(
    tx: &mut Tx,
    business: BusinessId,
    limit: Option<Money>,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("UPDATE business SET small_balance_minor = $2, updated_at = $3 WHERE id = $1")
            .bind(business.uuid())
            .bind(limit.map(Money::minor))
            .bind(now)
    )?;
    Ok(())
}

/// What each payment of a customer is used for now: the invoices and their numbers, in the order in which they were paid.
pub async fn used_for(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<HashMap<TransferId, Vec<(InvoiceId, String)>>, StoreError> {
    let rows: Vec<(String, Uuid, String)> = on!(tx, connection => sqlx::query_as(
        "SELECT transfer.provider_ref, invoice.id, invoice.number
         FROM invoice
         JOIN receivable ON receivable.invoice_id = invoice.id
         JOIN account ON account.receivable_id = receivable.id
         JOIN transfer ON transfer.credit_account_id = account.id
         WHERE invoice.business_id = $1 AND invoice.customer_id = $2 AND transfer.provider = 'own'
            AND transfer.kind = 'application'
            AND transfer.amount_minor > COALESCE((SELECT SUM(reversal.amount_minor) FROM transfer AS reversal
                WHERE reversal.reverses = transfer.id), 0)
         ORDER BY transfer.id")
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    let mut used: HashMap<TransferId, Vec<(InvoiceId, String)>> = HashMap::new();
    for (reference, invoice, number) in rows {
        // An application is known by its payment, and what it paid.
        let Some(payment) = reference.split(':').next().and_then(|payment| payment.parse().ok()) else {
            continue;
        };
        let invoices = used.entry(payment).or_default();
        if !invoices.iter().any(|(known, _)| known.uuid() == invoice) {
            invoices.push((InvoiceId::from_uuid(invoice), number));
        }
    }
    Ok(used)
}
