//! Refunds, as the provider tells of them: asked for by a member here ([`give_back`](super::give_back)), or made in its dashboard.
//!
//! A refund is booked under its own id, once, out of the customer's unapplied account. What had been applied is undone
//! first, newest first, which opens the invoices again; their chasing resumes where it was. A refund that fails later brings the
//! money back, under the refund's id too, and it pays again for what it had paid for: a person finds another way to give it
//! back.

use domain::event::{Actor, EventKind};
use domain::ledger::{Provider, TransferKind};
use domain::message::MessageKind;
use domain::refund::RefundState;
use domain::task::TaskKind;
use domain::{CustomerId, Money, TransferId};
use store::Tx;
use store::ledger;
use store::tasks::NewTask;

use super::booking::{self, MoneyToLookAt, ReceiptData};
use super::sync::{self, SyncError, Synced, outside};
use super::uses::Purse;
use super::{Account, back, give_back, receipts};
use crate::env::Env;
use crate::gateway::Refund;
use crate::operations::record::{Facts, Told, raise_task, record};

/// Fetches a refund afresh and books it.
pub async fn refund(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let refund = outside(account.gateway.refund(id)).await?;
    learn(env, account, &refund).await
}

/// Books what the provider says of a refund.
pub(super) async fn learn(env: &Env, account: &Account, refund: &Refund) -> Result<Synced, SyncError> {
    let Some(intent) = refund.intent.clone() else { return Ok(Synced::NotOurs) };
    // The refund may be told before the payment it gives back.
    sync::intent(env, account, &intent).await?;
    let synced =
        env.store.transact(async |tx: &mut Tx| book(tx, env, account, refund, &intent).await).await?;
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
    let Some((payment, customer)) = booking::turn_for(tx, business, intent).await? else {
        return Ok(Synced::NotOurs);
    };
    let kind = TransferKind::Refund;
    let booked = ledger::find(tx, business, Provider::Stripe, kind, &refund.id).await?;
    let purse = Purse { business, customer, actor: Actor::Provider, attempt: None };

    let own = own(tx, &purse, refund, payment.id).await?;
    let asked_here = own.is_some();
    let moved = match own {
        Some(own) => move_on(tx, env, &purse, refund, &own).await?,
        None => false,
    };
    let nothing_new = if moved { Synced::Changed } else { Synced::Unchanged };
    match (refund.effective, booked, refund.amount) {
        (true, Some(_), _) | (false, None, _) => Ok(nothing_new),
        // It left and came back.
        (false, Some(booked), _) => {
            let currency = booked.entry.amount.currency();
            if back::comes_again(tx, env, &purse, &refund.id, currency).await?.is_none() {
                return Ok(nothing_new);
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
            if !asked_here {
                raise(tx, env, &purse, "refund", refund, Some(amount)).await?;
            }
            Ok(Synced::Changed)
        }
        (true, None, None) => {
            let look_at = MoneyToLookAt { reference: refund.id.clone(), amount: None, mismatch: None };
            booking::raise_unowned(tx, env, business, TaskKind::MoneyReturned, "refund", &look_at).await?;
            Ok(Synced::Unchanged)
        }
    }
}

/// The refund that a member asked for, if this is one.
async fn own(
    tx: &mut Tx,
    purse: &Purse,
    refund: &Refund,
    payment: TransferId,
) -> Result<Option<store::refunds::Refund>, SyncError> {
    let Some(id) = refund.refund else { return Ok(None) };
    let found = store::refunds::find(tx, purse.business, id).await?;
    let is_it = |own: &store::refunds::Refund| {
        own.payment == payment && own.reference.as_ref().is_none_or(|known| *known == refund.id)
    };
    Ok(found.filter(is_it))
}

/// Takes a refund that a member asked for on to where it stands. Whether that is news.
async fn move_on(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    refund: &Refund,
    own: &store::refunds::Refund,
) -> Result<bool, SyncError> {
    let (state, kind) = match (refund.effective, refund.succeeded) {
        (true, false) => (RefundState::Pending, EventKind::RefundSent),
        (true, true) => (RefundState::Succeeded, EventKind::RefundArrived),
        (false, _) => (RefundState::Failed, EventKind::RefundFailed),
    };
    let Some(state) = own.state.learn(state) else { return Ok(false) };
    let facts = Facts { amount: Some(own.amount), ..Facts::default() };
    let told = Told::new(kind, own.payment).customer(purse.customer).facts(facts);
    let event = record(tx, env, purse.business, purse.actor, told);
    let next = state.is_under_way().then(|| give_back::next_question(env, state, 0));
    if !store::refunds::change(tx, own, state, Some(&refund.id), event, next).await? {
        return Err(SyncError::Raced);
    }
    Ok(true)
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
