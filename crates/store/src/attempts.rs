//! Payment attempts: one try to collect, with one part a receivable.
//!
//! An attempt is written and committed before the provider is asked; the schema allows one payable attempt a receivable
//! ([`ONE_PAYABLE`]) and only `domain::payment`'s transitions. Every change names an event recorded in the same
//! transaction.

use chrono::Duration;
use domain::ledger::{Part, Provider};
use domain::payment::{AttemptState, AttemptStatus, FailureCode, Method};
use domain::{
    AttemptId, BusinessId, Currency, CustomerId, DebitId, EventId, InvoiceId, Money, ReceivableId,
    SavedMethodId, Timestamp,
};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx, ledger};

/// The guard that refuses a second payable attempt on a receivable.
pub const ONE_PAYABLE: &str = "attempt_part_business_id_receivable_id_key";

/// An attempt about to be made.
#[derive(Clone, Copy, Debug)]
pub struct NewAttempt<'a> {
    /// Its id.
    pub id: AttemptId,
    /// Whose.
    pub business: BusinessId,
    /// Who pays.
    pub customer: CustomerId,
    /// How much: the sum of the parts.
    pub amount: Money,
    /// How much of it the payer knows to be more than can still be paid.
    pub excess: Money,
    /// What it is for.
    pub parts: &'a [Part],
    /// How it is to be paid.
    pub method: Method,
    /// The kept method that it is paid with; else the provider asks for one on its page.
    pub saved: Option<SavedMethodId>,
    /// What was announced and is charged by it, and which try it is; nobody is there to answer the bank.
    pub debit: Option<(DebitId, u32)>,
    /// The provider.
    pub provider: Provider,
    /// The business's account there.
    pub provider_account: &'a str,
    /// What makes asking twice one session.
    pub idempotency_key: &'a str,
    /// The event that tells of it, recorded in the same transaction.
    pub event: EventId,
    /// Business time.
    pub created_at: Timestamp,
    /// Machine time: the provider may forget the key a day later.
    pub key_made_at: Timestamp,
    /// Machine time: when to ask the provider if nothing was heard, in case this process dies on the way.
    pub sync_at: Timestamp,
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Its id.
    pub id: AttemptId,
    /// Whose.
    pub business: BusinessId,
    /// Who pays.
    pub customer: CustomerId,
    /// How much.
    pub amount: Money,
    /// How much of it the payer knew to be more than could still be paid: credit, and no surprise.
    pub excess: Money,
    /// What it is for, by receivable.
    pub parts: Vec<Part>,
    /// How it is to be paid.
    pub method: Method,
    /// The kept method that it is paid with; else the provider asks for one on its page.
    pub saved: Option<SavedMethodId>,
    /// What was announced and is charged by it. Its holder is not there then to answer the bank; with any other they are, so that
    /// asking the provider again is the very same question.
    pub debit: Option<DebitId>,
    /// Where it is.
    pub state: AttemptState,
    /// The provider.
    pub provider: Provider,
    /// The business's account there.
    pub provider_account: String,
    /// What makes asking twice one session.
    pub idempotency_key: String,
    /// When the key was made. Machine time.
    pub key_made_at: Timestamp,
    /// The provider's Checkout Session, once known.
    pub checkout: Option<String>,
    /// When that closes by itself, once known. Business time.
    pub checkout_expires_at: Option<Timestamp>,
    /// The provider's payment, once known.
    pub payment: Option<String>,
    /// When the page was opened for the payer. Business time.
    pub opened_at: Option<Timestamp>,
    /// Business time.
    pub created_at: Timestamp,
    /// When its state changed last. Business time.
    pub changed_at: Timestamp,
    /// How often the provider was asked in vain since the last change.
    pub sync_tries: u32,
}

/// Writes an attempt and its parts. A payable attempt on one of the receivables is refused by [`ONE_PAYABLE`].
pub async fn create(tx: &mut Tx, new: &NewAttempt<'_>) -> Result<(), StoreError> {
    ledger::take_turn(tx, new.business, new.customer).await?;
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO payment_attempt (id, business_id, customer_id, currency, amount_minor, method, state, provider,
                provider_account, idempotency_key, key_made_at, event_id, created_at, changed_at, next_sync_at,
                excess_minor, saved_method_id, debit_id, debit_try)
             VALUES ($1, $2, $3, $4, $5, $6, 'creating', $7, $8, $9, $10, $11, $12, $12, $13, $14, $15, $16, $17)"
        )
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(new.amount.currency().code())
        .bind(new.amount.minor())
        .bind(new.method.as_str())
        .bind(new.provider.as_str())
        .bind(new.provider_account)
        .bind(new.idempotency_key)
        .bind(new.key_made_at)
        .bind(new.event.uuid())
        .bind(new.created_at)
        .bind(new.sync_at)
        .bind(new.excess.minor())
        .bind(new.saved.map(SavedMethodId::uuid))
        .bind(new.debit.map(|(debit, _)| debit.uuid()))
        .bind(new.debit.map(|(_, number)| i64::from(number)))
    )?;
    for part in new.parts {
        execute!(
            tx,
            sqlx::query(
                "INSERT INTO attempt_part (attempt_id, receivable_id, business_id, customer_id, currency, amount_minor, live)
                 VALUES ($1, $2, $3, $4, $5, $6, TRUE)"
            )
            .bind(new.id.uuid())
            .bind(part.receivable.uuid())
            .bind(new.business.uuid())
            .bind(new.customer.uuid())
            .bind(part.amount.currency().code())
            .bind(part.amount.minor())
        )?;
    }
    Ok(())
}

/// Takes a step, if the attempt is still in the state it was read in: false if somebody else was first. What is read
/// once stays: a Checkout Session or payment that is known already is not overwritten. The next question to the
/// provider is due at `sync_at`.
pub async fn change(
    tx: &mut Tx,
    attempt: &Attempt,
    to: &AttemptState,
    event: EventId,
    now: Timestamp,
    sync_at: Option<Timestamp>,
) -> Result<bool, StoreError> {
    ledger::take_turn(tx, attempt.business, attempt.customer).await?;
    let (mut checkout, mut url, mut expires_at, mut opened_at) = (None, None, None, None);
    let (mut payment, mut succeeded_at, mut failure) = (None, None, None);
    match to {
        AttemptState::Open { checkout: id, url: address, expires_at: until } => {
            (checkout, url, expires_at, opened_at) =
                (Some(&id[..]), Some(&address[..]), Some(*until), Some(now));
        }
        AttemptState::Processing { payment: id } => payment = Some(&id[..]),
        AttemptState::Succeeded { payment: id, at } => (payment, succeeded_at) = (Some(&id[..]), Some(*at)),
        AttemptState::Failed { code } => failure = Some(code.as_str()),
        AttemptState::Creating | AttemptState::Expired | AttemptState::Unknown => {}
    }
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE payment_attempt SET state = $3, event_id = $4, changed_at = $5, next_sync_at = $6, sync_tries = 0,
                checkout_id = COALESCE(checkout_id, $7), checkout_url = COALESCE($8, checkout_url),
                checkout_expires_at = COALESCE($9, checkout_expires_at), opened_at = COALESCE(opened_at, $10),
                payment_intent_id = COALESCE(payment_intent_id, $11), succeeded_at = COALESCE(succeeded_at, $12),
                failure_code = COALESCE($13, failure_code), claimed_by = NULL, claimed_until = NULL
             WHERE id = $1 AND state = $2"
        )
        .bind(attempt.id.uuid())
        .bind(attempt.state.status().as_str())
        .bind(to.status().as_str())
        .bind(event.uuid())
        .bind(now)
        .bind(sync_at)
        .bind(checkout)
        .bind(url)
        .bind(expires_at)
        .bind(opened_at)
        .bind(payment)
        .bind(succeeded_at)
        .bind(failure)
    )?;
    Ok(rows == 1)
}

row! {
    struct AttemptRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        currency: String,
        amount_minor: i64,
        excess_minor: i64,
        method: String,
        state: String,
        provider: String,
        provider_account: String,
        idempotency_key: String,
        key_made_at: Timestamp,
        checkout_id: Option<String>,
        checkout_url: Option<String>,
        checkout_expires_at: Option<Timestamp>,
        payment_intent_id: Option<String>,
        failure_code: Option<String>,
        opened_at: Option<Timestamp>,
        succeeded_at: Option<Timestamp>,
        created_at: Timestamp,
        changed_at: Timestamp,
        sync_tries: i64,
        saved_method_id: Option<Uuid>,
        debit_id: Option<Uuid>,
    }
}

macro_rules! attempt_columns {
    () => {
        "payment_attempt.id, payment_attempt.business_id, payment_attempt.customer_id, payment_attempt.currency,
         payment_attempt.amount_minor, payment_attempt.excess_minor, payment_attempt.method, payment_attempt.state,
         payment_attempt.provider,
         payment_attempt.provider_account, payment_attempt.idempotency_key, payment_attempt.key_made_at,
         payment_attempt.checkout_id, payment_attempt.checkout_url, payment_attempt.checkout_expires_at,
         payment_attempt.payment_intent_id, payment_attempt.failure_code, payment_attempt.opened_at,
         payment_attempt.succeeded_at, payment_attempt.created_at, payment_attempt.changed_at,
         payment_attempt.sync_tries, payment_attempt.saved_method_id, payment_attempt.debit_id"
    };
}

impl AttemptRow {
    fn with_parts(self, parts: Vec<Part>) -> Result<Attempt, StoreError> {
        let id = AttemptId::from_uuid(self.id);
        let at = Reading { table: "payment_attempt", row: id };
        let currency = at.currency(&self.currency)?;
        let state = match at.known("state", AttemptStatus::from_name(&self.state))? {
            AttemptStatus::Creating => AttemptState::Creating,
            AttemptStatus::Unknown => AttemptState::Unknown,
            AttemptStatus::Expired => AttemptState::Expired,
            AttemptStatus::Open => AttemptState::Open {
                checkout: at.present("checkout_id", self.checkout_id.clone())?,
                url: at.present("checkout_url", self.checkout_url)?,
                expires_at: at.present("checkout_expires_at", self.checkout_expires_at)?,
            },
            AttemptStatus::Processing => AttemptState::Processing {
                payment: at.present("payment_intent_id", self.payment_intent_id.clone())?,
            },
            AttemptStatus::Succeeded => AttemptState::Succeeded {
                payment: at.present("payment_intent_id", self.payment_intent_id.clone())?,
                at: at.present("succeeded_at", self.succeeded_at)?,
            },
            AttemptStatus::Failed => AttemptState::Failed {
                code: at
                    .known("failure_code", self.failure_code.as_deref().and_then(FailureCode::from_name))?,
            },
        };
        Ok(Attempt {
            id,
            business: BusinessId::from_uuid(self.business_id),
            customer: CustomerId::from_uuid(self.customer_id),
            amount: at.money("amount_minor", self.amount_minor, currency)?,
            excess: at.money("excess_minor", self.excess_minor, currency)?,
            parts,
            method: at.known("method", Method::from_name(&self.method))?,
            saved: self.saved_method_id.map(SavedMethodId::from_uuid),
            debit: self.debit_id.map(DebitId::from_uuid),
            state,
            provider: at.known("provider", Provider::from_name(&self.provider))?,
            provider_account: self.provider_account,
            idempotency_key: self.idempotency_key,
            key_made_at: self.key_made_at,
            checkout: self.checkout_id,
            checkout_expires_at: self.checkout_expires_at,
            payment: self.payment_intent_id,
            opened_at: self.opened_at,
            created_at: self.created_at,
            changed_at: self.changed_at,
            sync_tries: at.count("sync_tries", self.sync_tries)?,
        })
    }
}

async fn with_parts(tx: &mut Tx, rows: Vec<AttemptRow>) -> Result<Vec<Attempt>, StoreError> {
    let mut attempts = Vec::with_capacity(rows.len());
    for row in rows {
        let parts: Vec<(Uuid, i64, String)> = on!(tx, connection => sqlx::query_as(
            "SELECT attempt_part.receivable_id, attempt_part.amount_minor, attempt_part.currency FROM attempt_part
             JOIN receivable ON receivable.id = attempt_part.receivable_id
             WHERE attempt_part.attempt_id = $1 ORDER BY receivable.due_date, receivable.id")
            .bind(row.id).fetch_all(connection))?;
        let at = Reading { table: "attempt_part", row: AttemptId::from_uuid(row.id) };
        let parts = parts
            .into_iter()
            .map(|(receivable, minor, currency)| {
                let currency: Currency = at.currency(&currency)?;
                Ok(Part {
                    receivable: ReceivableId::from_uuid(receivable),
                    amount: at.money("amount_minor", minor, currency)?,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        attempts.push(row.with_parts(parts)?);
    }
    Ok(attempts)
}

async fn one(tx: &mut Tx, row: Option<AttemptRow>) -> Result<Option<Attempt>, StoreError> {
    Ok(with_parts(tx, row.into_iter().collect()).await?.pop())
}

/// The attempt of this id.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    attempt: AttemptId,
) -> Result<Option<Attempt>, StoreError> {
    let row: Option<AttemptRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", attempt_columns!(),
        " FROM payment_attempt WHERE id = $1 AND business_id = $2"))
        .bind(attempt.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    one(tx, row).await
}

/// The attempt whose Checkout Session this is.
pub async fn find_by_checkout(
    tx: &mut Tx,
    business: BusinessId,
    checkout: &str,
) -> Result<Option<Attempt>, StoreError> {
    let row: Option<AttemptRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", attempt_columns!(),
        " FROM payment_attempt WHERE business_id = $1 AND checkout_id = $2"))
        .bind(business.uuid()).bind(checkout).fetch_optional(connection))?;
    one(tx, row).await
}

/// The attempt whose payment this is.
pub async fn find_by_payment(
    tx: &mut Tx,
    business: BusinessId,
    payment: &str,
) -> Result<Option<Attempt>, StoreError> {
    let row: Option<AttemptRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", attempt_columns!(),
        " FROM payment_attempt WHERE business_id = $1 AND payment_intent_id = $2 ORDER BY id LIMIT 1"))
        .bind(business.uuid()).bind(payment).fetch_optional(connection))?;
    one(tx, row).await
}

/// The attempt under this key, if it was written.
pub async fn find_by_key(
    tx: &mut Tx,
    business: BusinessId,
    idempotency_key: &str,
) -> Result<Option<Attempt>, StoreError> {
    let row: Option<AttemptRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", attempt_columns!(),
        " FROM payment_attempt WHERE business_id = $1 AND idempotency_key = $2"))
        .bind(business.uuid()).bind(idempotency_key).fetch_optional(connection))?;
    one(tx, row).await
}

/// How much of what an attempt is for its payer knows to be paid too much: by the attempt itself, and by those that succeeded
/// for the same. Which of two payments is over in the end is a matter of which bank is slower.
pub async fn agreed_excess(tx: &mut Tx, attempt: &Attempt) -> Result<Money, StoreError> {
    let minor: i64 = on!(tx, connection => sqlx::query_scalar(
        "SELECT CAST(COALESCE(SUM(excess_minor), 0) AS BIGINT) FROM payment_attempt
         WHERE business_id = $1 AND (id = $2 OR (state = 'succeeded' AND id IN (
            SELECT theirs.attempt_id FROM attempt_part AS theirs
            JOIN attempt_part AS ours ON ours.receivable_id = theirs.receivable_id WHERE ours.attempt_id = $2)))")
        .bind(attempt.business.uuid()).bind(attempt.id.uuid()).fetch_one(connection))?;
    let at = Reading { table: "payment_attempt", row: attempt.id };
    at.money("excess_minor", minor, attempt.amount.currency())
}

/// The attempts on a receivable that can still be paid (one at most) or are processing, oldest first: what a new one
/// must heed, and why a reminder waits.
pub async fn in_flight(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<AttemptRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", attempt_columns!(),
        " FROM payment_attempt JOIN attempt_part ON attempt_part.attempt_id = payment_attempt.id
          WHERE attempt_part.receivable_id = $2 AND payment_attempt.business_id = $1
            AND payment_attempt.state IN ('creating', 'open', 'unknown', 'processing')
          ORDER BY payment_attempt.id"))
        .bind(business.uuid()).bind(receivable.uuid()).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// Every attempt on an invoice, newest first.
pub async fn of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<AttemptRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", attempt_columns!(),
        " FROM payment_attempt
          JOIN attempt_part ON attempt_part.attempt_id = payment_attempt.id
          JOIN receivable ON receivable.id = attempt_part.receivable_id
          WHERE receivable.invoice_id = $2 AND receivable.business_id = $1
          ORDER BY payment_attempt.created_at DESC, payment_attempt.id DESC"))
        .bind(business.uuid()).bind(invoice.uuid()).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// Has the provider asked about an attempt at this machine time, or no more.
pub async fn sync_at(tx: &mut Tx, attempt: AttemptId, when: Option<Timestamp>) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("UPDATE payment_attempt SET next_sync_at = $2 WHERE id = $1")
            .bind(attempt.uuid())
            .bind(when)
    )
    .map(|_rows| ())
}

/// Claims attempts about which the provider is to be asked. Machine time.
pub async fn claim_to_sync(
    tx: &mut Tx,
    worker: &str,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Attempt>, StoreError> {
    let rows: Vec<AttemptRow> = on!(tx, connection => sqlx::query_as(concat!(
        "UPDATE payment_attempt SET claimed_by = $1, claimed_until = $2
         WHERE id IN (SELECT id FROM payment_attempt
                WHERE next_sync_at <= $3 AND (claimed_until IS NULL OR claimed_until < $3)
                ORDER BY next_sync_at LIMIT $4)
            AND next_sync_at <= $3 AND (claimed_until IS NULL OR claimed_until < $3)
         RETURNING ", attempt_columns!()))
        .bind(worker).bind(now + lease).bind(now).bind(limit).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// Gives a claim back: the provider is asked again at `next`, or never if there is nothing more to learn. False if the
/// claim was lost meanwhile.
pub async fn release_sync(
    tx: &mut Tx,
    attempt: AttemptId,
    worker: &str,
    next: Option<Timestamp>,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE payment_attempt
             SET claimed_by = NULL, claimed_until = NULL, next_sync_at = $3, sync_tries = sync_tries + 1
             WHERE id = $1 AND claimed_by = $2"
        )
        .bind(attempt.uuid())
        .bind(worker)
        .bind(next)
    )?;
    Ok(rows == 1)
}

/// The customer's id at the provider, if they have one.
pub async fn gateway_customer(
    tx: &mut Tx,
    customer: CustomerId,
    provider: Provider,
    provider_account: &str,
) -> Result<Option<String>, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT remote_id FROM gateway_customer WHERE customer_id = $1 AND provider = $2 AND provider_account = $3")
        .bind(customer.uuid()).bind(provider.as_str()).bind(provider_account).fetch_optional(connection))
}

/// Whose id at the provider this is.
pub async fn customer_at_gateway(
    tx: &mut Tx,
    business: BusinessId,
    provider: Provider,
    provider_account: &str,
    remote_id: &str,
) -> Result<Option<CustomerId>, StoreError> {
    let found: Option<Uuid> = on!(tx, connection => sqlx::query_scalar(
        "SELECT customer_id FROM gateway_customer
         WHERE business_id = $1 AND provider = $2 AND provider_account = $3 AND remote_id = $4")
        .bind(business.uuid()).bind(provider.as_str()).bind(provider_account).bind(remote_id)
        .fetch_optional(connection))?;
    Ok(found.map(CustomerId::from_uuid))
}

/// From now on the customer knows the account that the provider keeps for them.
pub async fn account_shown(
    tx: &mut Tx,
    customer: CustomerId,
    provider: Provider,
    provider_account: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE gateway_customer SET account_shown_at = $4
             WHERE customer_id = $1 AND provider = $2 AND provider_account = $3 AND account_shown_at IS NULL"
        )
        .bind(customer.uuid())
        .bind(provider.as_str())
        .bind(provider_account)
        .bind(now)
    )
    .map(|_rows| ())
}

/// The ids at the provider of a business's customers who know the account that is kept for them there.
pub async fn with_account(
    tx: &mut Tx,
    business: BusinessId,
    provider: Provider,
    provider_account: &str,
) -> Result<Vec<String>, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT remote_id FROM gateway_customer
         WHERE business_id = $1 AND provider = $2 AND provider_account = $3 AND account_shown_at IS NOT NULL
         ORDER BY account_shown_at, customer_id")
        .bind(business.uuid()).bind(provider.as_str()).bind(provider_account).fetch_all(connection))
}

/// Keeps the customer's id at the provider. If there is one already, that stands and is returned.
pub async fn keep_gateway_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    provider: Provider,
    provider_account: &str,
    remote_id: &str,
    now: Timestamp,
) -> Result<String, StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO gateway_customer (business_id, customer_id, provider, provider_account, remote_id, created_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (customer_id, provider, provider_account) DO NOTHING"
        )
        .bind(business.uuid())
        .bind(customer.uuid())
        .bind(provider.as_str())
        .bind(provider_account)
        .bind(remote_id)
        .bind(now)
    )?;
    let kept = gateway_customer(tx, customer, provider, provider_account).await?;
    Ok(kept.unwrap_or_else(|| remote_id.to_owned()))
}
