//! Money that went back: refunds, and the cases a person must look at.
//!
//! A refund made in the provider's dashboard is booked under its own id, once, out of the customer's unapplied account.
//! What had been applied is undone first, newest first, which opens the invoices again; their chasing resumes where it
//! was. A refund that fails later brings the money back as money that came.

use domain::event::{Actor, EventKind};
use domain::ledger::{self as rules, Account as LedgerAccount, Entry, Posted, Provider, TransferKind};
use domain::task::TaskKind;
use domain::{CustomerId, Money, TransferId};
use store::Tx;
use store::ledger::{self, Posting};
use store::tasks::{self, NewTask};

use super::Account;
use super::booking::{self, MoneyToLookAt};
use super::sync::{self, SyncError, Synced, outside};
use super::uses::{self, Purse};
use crate::env::Env;
use crate::gateway::Refund;
use crate::operations::record::{Facts, Told, record};

/// Fetches a refund afresh and books it.
pub async fn refund(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let refund = outside(account.gateway.refund(id)).await?;
    let Some(intent) = refund.intent.clone() else { return Ok(Synced::NotOurs) };
    // The refund may be told before the payment it gives back.
    sync::intent(env, account, &intent).await?;
    let synced =
        env.store.transact(async |tx: &mut Tx| book(tx, env, account, &refund, &intent).await).await?;
    if synced == Synced::Changed {
        env.nudges.planner.notify_one();
    }
    Ok(synced)
}

async fn book(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    refund: &Refund,
    intent: &str,
) -> Result<Synced, SyncError> {
    let business = account.business;
    let find = async |tx: &mut Tx, kind, reference: &str| {
        ledger::find(tx, business, Provider::Stripe, kind, reference).await
    };
    let Some(payment) = find(tx, TransferKind::Payment, intent).await? else { return Ok(Synced::NotOurs) };
    let LedgerAccount::Unapplied(customer) = payment.entry.credit else { return Ok(Synced::NotOurs) };
    ledger::take_turn(tx, business, customer).await?;
    // Read again now that nobody else books this customer's money: another refund may have come in between.
    let Some(payment) = find(tx, TransferKind::Payment, intent).await? else { return Ok(Synced::NotOurs) };
    let booked = find(tx, TransferKind::Refund, &refund.id).await?;

    match (refund.effective, booked, refund.amount) {
        (true, Some(_), _) | (false, None, _) => Ok(Synced::Unchanged),
        // It left and came back: money from outside, under the refund's own id.
        (false, Some(booked), _) => {
            if find(tx, TransferKind::Payment, &refund.id).await?.is_some() {
                return Ok(Synced::Unchanged);
            }
            let amount = booked.entry.amount;
            let entry = rules::payment(Provider::Stripe, &refund.id, customer, amount);
            post(tx, env, account, customer, EventKind::PaymentUnapplied, &entry).await?;
            raise(tx, env, account, customer, "refund-failed", refund, amount).await?;
            Ok(Synced::Changed)
        }
        (true, None, Some(amount)) => {
            give_back(tx, env, account, customer, &payment, refund, amount).await?;
            Ok(Synced::Changed)
        }
        (true, None, None) => {
            let look_at = MoneyToLookAt { reference: refund.id.clone(), amount: None, mismatch: None };
            booking::raise_unowned(tx, env, business, TaskKind::MoneyReturned, "refund", &look_at).await?;
            Ok(Synced::Unchanged)
        }
    }
}

/// Frees the amount by undoing what the payment was applied to, and books its way back.
async fn give_back(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    customer: CustomerId,
    payment: &Posted,
    refund: &Refund,
    amount: Money,
) -> Result<(), SyncError> {
    let business = account.business;
    // More than came cannot go back; should the provider say so, the rest is for a person.
    let returnable = payment.entry.amount.checked_sub(payment.reversed)?;
    let returned = amount.smaller(returnable)?;
    let applications = ledger::applications_of(tx, business, payment.id).await?;
    let mut used = Money::zero(amount.currency());
    for row in &applications {
        used = used.checked_add(row.entry.amount.checked_sub(row.reversed)?)?;
    }
    let (undone, _uncovered) = rules::undo(returned, returnable.checked_sub(used)?, &applications)?;
    let purse = Purse { business, customer, actor: Actor::Provider, attempt: None };
    for (row, part) in undone {
        let Some(row) = applications.iter().find(|application| application.id == row) else { continue };
        // One refund undoes a row once, which makes a reference that no other reversal of the row has.
        uses::free(tx, env, &purse, row, part, &refund.id).await?;
    }
    if returned.is_positive() {
        let reverses = Some(payment.id);
        let entry = Entry { reverses, ..rules::refund(Provider::Stripe, &refund.id, customer, returned) };
        post(tx, env, account, customer, EventKind::PaymentRefunded, &entry).await?;
    }
    raise(tx, env, account, customer, "refund", refund, amount).await
}

async fn post(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    customer: CustomerId,
    kind: EventKind,
    entry: &Entry,
) -> Result<(), SyncError> {
    let (id, now): (TransferId, _) = (env.new_id(), env.business_now());
    let facts = Facts { amount: Some(entry.amount), ..Facts::default() };
    let told = Told::new(kind, id).customer(customer).facts(facts);
    let event = record(tx, env, account.business, Actor::Provider, told);
    let posting = Posting { id, business: account.business, entry, event, happened_at: now, booked_at: now };
    match ledger::post(tx, &posting).await? {
        ledger::Booked::Now => Ok(()),
        ledger::Booked::Before { .. } => Err(SyncError::Raced),
    }
}

async fn raise(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    customer: CustomerId,
    cause: &str,
    refund: &Refund,
    amount: Money,
) -> Result<(), SyncError> {
    let id = env.new_id();
    let look_at = MoneyToLookAt { reference: refund.id.clone(), amount: Some(amount), mismatch: None };
    let task = NewTask {
        id,
        business: account.business,
        kind: TaskKind::MoneyReturned,
        dedup_key: format!("{cause}:{}", refund.id),
        subject: customer.into(),
        customer: Some(customer),
        invoice: None,
        step: None,
        data: serde_json::to_value(look_at).map_err(|_| SyncError::Raced)?,
        created_at: env.business_now(),
        due_at: None,
    };
    if tasks::raise(tx, &task).await? {
        let facts = Facts { amount: Some(amount), ..Facts::default() };
        let told = Told::new(EventKind::TaskRaised, id).customer(customer).facts(facts);
        record(tx, env, account.business, Actor::Provider, told);
    }
    Ok(())
}

/// A dispute: the bank may take the money back. Its bookings follow with the bank's decision; until Dunlin books those, a
/// person is told of each dispute once, and it is never passed over in silence.
pub async fn dispute(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let look_at = MoneyToLookAt { reference: id.to_owned(), amount: None, mismatch: None };
    env.store
        .transact(async |tx: &mut Tx| {
            let kind = TaskKind::MoneyReturned;
            booking::raise_unowned(tx, env, account.business, kind, "dispute", &look_at).await
        })
        .await?;
    Ok(Synced::Changed)
}
