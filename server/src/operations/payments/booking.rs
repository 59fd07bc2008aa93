//! Money that came.
//!
//! Money from outside is booked whole, once, into the customer's unapplied account, under the provider's id of the
//! payment; what it is used for are further rows. Real money is never refused: it may come for an attempt that was
//! given up, for an invoice that was paid by another road meanwhile, or in another amount than was asked for. What has no
//! use then stays the customer's, and a person is told.
//!
//! All of it is one transaction: the payment, its applications, the attempt's step, the events, the receipt in the
//! outbox, the receivables' next look. A crash leaves all or nothing, and the same report again changes nothing.

use domain::event::{Actor, EventKind};
use domain::ledger::{self as rules, Account as LedgerAccount, Posted, Provider, TransferKind};
use domain::message::MessageKind;
use domain::payment::{AttemptState, FailureCode, Method};
use domain::task::TaskKind;
use domain::{BusinessId, CustomerId, EventId, InvoiceId, Money, TransferId};
use serde::{Deserialize, Serialize};
use store::attempts::{self, Attempt};
use store::ledger::{self, Booked, Posting};
use store::tasks::NewTask;
use store::{StoreError, Tx, receivables};

use super::Account;
use super::receipts;
use super::sync::{self, SyncError};
use super::uses::{self, Purse};
use crate::env::Env;
use crate::gateway::Intent;
use crate::operations::record::{Facts, Told, raise_task, record};

/// What is in the way of believing that a payment is the one that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mismatch {
    /// Test money in an account of real money, or the other way round.
    Mode,
    /// Its metadata name another business or another attempt.
    Owner,
    /// Another currency, or one that nobody knows.
    Currency,
    /// Another amount.
    Amount,
}

/// What is said in a task about money that a person must look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MoneyToLookAt {
    /// The provider's payment, refund or dispute.
    pub reference: String,
    /// How much, if it can be told.
    pub amount: Option<Money>,
    /// What does not fit, if anything.
    pub mismatch: Option<Mismatch>,
}

/// What a receipt, or the notice of money that went back, is written from, besides the facts read again when it is handed over.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReceiptData {
    /// The ledger row of the payment.
    pub payment: TransferId,
    /// What both sides can quote: the provider's id of the payment, refund or dispute.
    pub reference: String,
    /// What came, or went back.
    pub amount: Money,
    /// How.
    pub method: Option<Method>,
    /// What it was applied to, or opened again, and how much of it.
    pub applied: Vec<(InvoiceId, Money)>,
}

/// What came of a report that money arrived.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BookedNow {
    /// It is in the books now.
    Yes,
    /// It was before.
    Already,
    /// It is not money: a test payment where real money is expected. A person is told.
    NotMoney,
}

/// Compares a payment with the attempt it was made for.
pub fn compare(account: &Account, attempt: &Attempt, intent: &Intent) -> Option<Mismatch> {
    let received = intent.amount_received;
    let names_another = intent.business.is_some_and(|business| business != attempt.business)
        || intent.attempt.is_some_and(|named| named != attempt.id)
        || intent.customer.is_some_and(|customer| customer != attempt.customer);
    if intent.livemode != account.livemode {
        Some(Mismatch::Mode)
    } else if names_another {
        Some(Mismatch::Owner)
    } else if received.map(Money::currency) != Some(attempt.amount.currency()) {
        Some(Mismatch::Currency)
    } else if received != Some(attempt.amount) {
        Some(Mismatch::Amount)
    } else {
        None
    }
}

/// Books the money of a payment that the provider says succeeded. The caller has taken the customer's turn and read
/// `attempt` after that.
pub async fn book(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    attempt: &Attempt,
    intent: &Intent,
) -> Result<BookedNow, SyncError> {
    let business = attempt.business;
    let mismatch = compare(account, attempt, intent);
    let known = ledger::find(tx, business, Provider::Stripe, TransferKind::Payment, &intent.id).await?;
    if known.is_some() {
        return Ok(BookedNow::Already);
    }
    let look_at = MoneyToLookAt { reference: intent.id.clone(), amount: intent.amount_received, mismatch };
    let real = intent.livemode || !account.livemode;
    let amount = match intent.amount_received {
        Some(amount) if real && amount.is_positive() => amount,
        // Nothing that could be booked: test money, or an amount that cannot even be read.
        _ => {
            raise(tx, env, attempt, TaskKind::PaymentMismatch, "payment", &look_at).await?;
            conclude(tx, env, attempt, AttemptState::Failed { code: FailureCode::Other }, None).await?;
            return Ok(BookedNow::NotMoney);
        }
    };

    let now = env.business_now();
    let entry = rules::payment(Provider::Stripe, &intent.id, attempt.customer, amount);
    let payment: TransferId = env.new_id();
    let facts = Facts { amount: Some(amount), method: intent.method, ..Facts::default() };
    let event = tell(tx, env, attempt, Told::new(EventKind::PaymentBooked, payment).facts(facts)).await?;
    let posting = Posting { id: payment, business, entry: &entry, event, happened_at: now, booked_at: now };
    if let Booked::Before { .. } = ledger::post(tx, &posting).await? {
        // Unreachable while the turn is kept; refusing rolls everything back and the next report finds it booked.
        return Err(SyncError::Raced);
    }

    // What was asked for is applied to what it was asked for; anything else waits for a person.
    let (applied, rest) = match mismatch {
        None => apply(tx, env, attempt, payment, amount).await?,
        Some(_) => (Vec::new(), amount),
    };
    if rest.is_positive() {
        let left = Facts { amount: Some(rest), ..Facts::default() };
        tell(tx, env, attempt, Told::new(EventKind::PaymentUnapplied, payment).facts(left)).await?;
        let look_at = MoneyToLookAt { amount: Some(rest), ..look_at };
        if mismatch.is_some() {
            raise(tx, env, attempt, TaskKind::PaymentMismatch, "payment", &look_at).await?;
        } else if rest.compare(attempts::agreed_excess(tx, attempt).await?)?.is_gt() {
            // Up to what the payer knew to be too much it is credit as any; nobody has to look at it.
            raise(tx, env, attempt, TaskKind::UnappliedMoney, "payment", &look_at).await?;
        }
    }
    let outcome = match mismatch {
        None => AttemptState::Succeeded { payment: intent.id.clone(), at: now },
        Some(_) => AttemptState::Failed { code: FailureCode::Other },
    };
    conclude(tx, env, attempt, outcome, Some((amount, intent.method))).await?;
    if mismatch.is_none() {
        let reference = intent.id.clone();
        let receipt = ReceiptData { payment, reference, amount, method: intent.method, applied };
        let purse =
            Purse { business, customer: attempt.customer, actor: Actor::Provider, attempt: Some(attempt.id) };
        receipts::queue(tx, env, &purse, MessageKind::Receipt, &receipt).await?;
    }
    Ok(BookedNow::Yes)
}

/// Applies a payment to the receivables it was meant for, as far as they are open; what is left over pays what else the
/// customer owes, as all credit does. Says what went to which invoice, and what still waits for a use.
async fn apply(
    tx: &mut Tx,
    env: &Env,
    attempt: &Attempt,
    payment: TransferId,
    amount: Money,
) -> Result<(Vec<(InvoiceId, Money)>, Money), SyncError> {
    let (business, customer) = (attempt.business, attempt.customer);
    let purse = Purse { business, customer, actor: Actor::Provider, attempt: Some(attempt.id) };
    let open = ledger::open_items(tx, business, customer, amount.currency()).await?;
    let (shares, mut rest) = rules::apply_parts(amount, &attempt.parts, &open)?;
    let shares: Vec<_> = shares.into_iter().map(|(receivable, share)| (payment, receivable, share)).collect();
    let mut applied = uses::apply(tx, env, &purse, &shares).await?;
    if rest.is_positive() {
        for (invoice, used) in uses::use_credit(tx, env, &purse, amount.currency(), &[]).await? {
            let share = rest.smaller(used)?;
            rest = rest.checked_sub(share)?;
            if share.is_positive() {
                applied.push((invoice, share));
            }
        }
    }
    Ok((applied, rest))
}

/// Takes the attempt's last step, where the order of reports still allows one, and has the planner look at what it was
/// for.
async fn conclude(
    tx: &mut Tx,
    env: &Env,
    attempt: &Attempt,
    outcome: AttemptState,
    money: Option<(Money, Option<Method>)>,
) -> Result<(), SyncError> {
    let (kind, failure) = match &outcome {
        AttemptState::Failed { code } => (EventKind::AttemptFailed, Some(*code)),
        _ => (EventKind::AttemptSucceeded, None),
    };
    if let Some(next) = attempt.state.learn(outcome) {
        let (amount, method) = money.unwrap_or((attempt.amount, None));
        let facts = Facts {
            amount: Some(amount),
            method: method.or(Some(attempt.method)),
            failure,
            ..Facts::default()
        };
        let event = tell(tx, env, attempt, Told::new(kind, attempt.id).facts(facts)).await?;
        if !attempts::change(tx, attempt, &next, event, env.business_now(), None).await? {
            return Err(SyncError::Raced);
        }
    }
    look_again(tx, env, attempt).await
}

/// Has the planner look at everything an attempt is for.
pub(super) async fn look_again(tx: &mut Tx, env: &Env, attempt: &Attempt) -> Result<(), SyncError> {
    for part in &attempt.parts {
        receivables::look_again(tx, attempt.business, part.receivable, env.business_now()).await?;
    }
    Ok(())
}

/// Records something about an attempt, told by the provider: on its customer's timeline, and on its invoice's if it is
/// for one only.
async fn tell(tx: &mut Tx, env: &Env, attempt: &Attempt, told: Told) -> Result<EventId, SyncError> {
    let told = match sync::only_invoice(tx, attempt).await? {
        Some(invoice) => told.invoice(invoice),
        None => told,
    };
    Ok(record(tx, env, attempt.business, Actor::Provider, told.customer(attempt.customer)))
}

/// Raises a task about money, once for each object of the provider's.
async fn raise(
    tx: &mut Tx,
    env: &Env,
    attempt: &Attempt,
    kind: TaskKind,
    cause: &str,
    look_at: &MoneyToLookAt,
) -> Result<(), SyncError> {
    let invoice = sync::only_invoice(tx, attempt).await?;
    let task = NewTask {
        id: env.new_id(),
        business: attempt.business,
        kind,
        dedup_key: format!("{cause}:{}", look_at.reference),
        subject: attempt.id.into(),
        customer: Some(attempt.customer),
        invoice,
        step: None,
        data: serde_json::to_value(look_at).map_err(|_| SyncError::Raced)?,
        created_at: env.business_now(),
        due_at: None,
    };
    let facts = Facts { amount: look_at.amount, ..Facts::default() };
    raise_task(tx, env, Actor::Provider, &task, facts).await?;
    Ok(())
}

/// The payment that something at the provider is about, and whose it is, with the customer's turn taken; none if it is not in
/// these books.
pub(super) async fn turn_for(
    tx: &mut Tx,
    business: BusinessId,
    intent: &str,
) -> Result<Option<(Posted, CustomerId)>, StoreError> {
    let kind = TransferKind::Payment;
    let Some(payment) = ledger::find(tx, business, Provider::Stripe, kind, intent).await? else {
        return Ok(None);
    };
    let LedgerAccount::Unapplied(customer) = payment.entry.credit else { return Ok(None) };
    ledger::take_turn(tx, business, customer).await?;
    // Read again now that nobody else books this customer's money.
    let payment = ledger::find(tx, business, Provider::Stripe, kind, intent).await?;
    Ok(payment.map(|payment| (payment, customer)))
}

/// Raises a task about an object of the provider's that belongs to no customer we could name.
pub(super) async fn raise_unowned(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    kind: TaskKind,
    cause: &str,
    look_at: &MoneyToLookAt,
) -> Result<(), SyncError> {
    let task = NewTask {
        id: env.new_id(),
        business,
        kind,
        dedup_key: format!("{cause}:{}", look_at.reference),
        subject: business.into(),
        customer: None,
        invoice: None,
        step: None,
        data: serde_json::to_value(look_at).map_err(|_| SyncError::Raced)?,
        created_at: env.business_now(),
        due_at: None,
    };
    let facts = Facts { amount: look_at.amount, ..Facts::default() };
    raise_task(tx, env, Actor::Provider, &task, facts).await?;
    Ok(())
}

/// Tells a person, once for each object, that the business's secret signs for another account than its key opens.
pub async fn raise_account_mismatch(
    env: &Env,
    business: BusinessId,
    look_at: &MoneyToLookAt,
) -> Result<(), SyncError> {
    env.store
        .transact(async |tx: &mut Tx| {
            raise_unowned(tx, env, business, TaskKind::PaymentMismatch, "account", look_at).await
        })
        .await
}
