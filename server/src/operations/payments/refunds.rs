//! Refunds: money that the business gave back, at the provider.
//!
//! A refund made in the provider's dashboard is booked under its own id, once, out of the customer's unapplied account.
//! What had been applied is undone first, newest first, which opens the invoices again; their chasing resumes where it
//! was. A refund that fails later brings the money back, under the refund's id too, and it pays again for what it had paid for:
//! a person finds another way to give it back.

use domain::event::{Actor, EventKind};
use domain::ledger::{Account as LedgerAccount, Provider, TransferKind};
use domain::message::MessageKind;
use domain::task::TaskKind;
use domain::{CustomerId, Money};
use store::Tx;
use store::ledger;
use store::tasks::NewTask;

use super::booking::{self, MoneyToLookAt, ReceiptData};
use super::sync::{self, SyncError, Synced, outside};
use super::uses::Purse;
use super::{Account, back, receipts};
use crate::env::Env;
use crate::gateway::Refund;
use crate::operations::record::{Facts, raise_task};

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
        env.nudges.outbox.notify_one();
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
    let purse = Purse { business, customer, actor: Actor::Provider, attempt: None };

    match (refund.effective, booked, refund.amount) {
        (true, Some(_), _) | (false, None, _) => Ok(Synced::Unchanged),
        // It left and came back.
        (false, Some(booked), _) => {
            let currency = booked.entry.amount.currency();
            if back::comes_again(tx, env, &purse, &refund.id, currency).await?.is_none() {
                return Ok(Synced::Unchanged);
            }
            raise(tx, env, &purse, "refund-failed", refund, refund.amount).await?;
            Ok(Synced::Changed)
        }
        (true, None, Some(amount)) => {
            let (id, what) = (payment.id, (&refund.id[..], amount));
            back::goes_back(tx, env, &purse, payment, what, EventKind::PaymentRefunded).await?;
            let applied = back::opened_by(tx, &purse, amount.currency(), &refund.id).await?;
            let notice =
                ReceiptData { payment: id, reference: refund.id.clone(), amount, method: None, applied };
            receipts::queue(tx, env, &purse, MessageKind::Refund, &notice).await?;
            raise(tx, env, &purse, "refund", refund, Some(amount)).await?;
            Ok(Synced::Changed)
        }
        (true, None, None) => {
            let look_at = MoneyToLookAt { reference: refund.id.clone(), amount: None, mismatch: None };
            booking::raise_unowned(tx, env, business, TaskKind::MoneyReturned, "refund", &look_at).await?;
            Ok(Synced::Unchanged)
        }
    }
}

async fn raise(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    cause: &str,
    refund: &Refund,
    amount: Option<Money>,
) -> Result<(), SyncError> {
    let customer: CustomerId = purse.customer;
    let look_at = MoneyToLookAt { reference: refund.id.clone(), amount, mismatch: None };
    let task = NewTask {
        id: env.new_id(),
        business: purse.business,
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
    raise_task(tx, env, purse.actor, &task, Facts { amount, ..Facts::default() }).await?;
    Ok(())
}
