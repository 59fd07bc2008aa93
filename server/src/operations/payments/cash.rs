//! Bank transfers that come to the provider: a customer gets an account there that is theirs alone, and whatever arrives in it is
//! theirs, by whatever amount.
//!
//! Nothing is begun when the account is shown, so nothing is open, pauses anything, or has to be cancelled when the customer pays
//! another way: an unfunded payment that stood at the provider could not even be cancelled once its page was left
//! (Stripe's API reference on cancelling). What arrives is made into a payment at the provider, of exactly so much, and
//! booked as all money is: too little pays a part, too much becomes credit.
//!
//! # Where transactions begin and end
//!
//! 1. The provider is asked what lies there (an event says that something does; the sweep reads events too).
//! 2. It is asked to make a payment of that, under a key that names this state of the balance. **Nothing has to be committed before**:
//!    money that was used is gone from the balance, so that no second payment can be made of it, and the payment carries its
//!    customer in its metadata, so that whoever hears of it knows whose it is.
//! 3. The payment is fetched and booked in one transaction ([`book`]).
//!
//! A crash or a lost answer between 2 and 3 leaves a payment that is told of by its own event, found by the sweep, and missed by
//! the comparison of the books.

use domain::bank::BankAccount;
use domain::bank::statement::named;
use domain::event::{Actor, EventKind};
use domain::ledger::{self as rules, Provider, TransferKind};
use domain::message::MessageKind;
use domain::payment::Method;
use domain::task::TaskKind;
use domain::{CustomerId, Money};
use store::ledger;
use store::{Tx, attempts, customers};

use super::booking::{self, MoneyToLookAt, ReceiptData};
use super::page::provider_customer;
use super::start::{self, StartError, StartPayment};
use super::sync::{self, SyncError, Synced, outside};
use super::uses::{self, Purse};
use super::{Account, receipts};
use crate::env::{Env, Principal};
use crate::gateway::{Cash, GatewayError, Intent, NewCashPayment};
use crate::operations::record::{Facts, Told};

/// Where to transfer to, and what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToTransfer {
    /// How much for the invoice of which number.
    pub parts: Vec<(String, Money)>,
    /// The account that the provider keeps for this customer.
    pub account: BankAccount,
}

/// What a customer who pays by bank transfer through the provider is to send, and where. Nothing is begun but the account.
pub async fn to_transfer(
    env: &Env,
    principal: &Principal,
    wanted: &StartPayment,
) -> Result<ToTransfer, StartError> {
    let parts = start::of_transfer(env, principal, wanted).await?;
    let access = principal.portal()?;
    let currency = parts.first().map(|(_, amount)| amount.currency()).ok_or(StartError::NothingOpen)?;
    let mut tx = env.store.read().await?;
    let customer = customers::customer(&mut tx, access.business, access.customer).await?;
    drop(tx);
    let customer = customer.ok_or(StartError::NotFound)?;
    let account = Account::open(env, access.business).await.map_err(SyncError::from)?;
    let remote = provider_customer(env, &account, customer.id, customer.name.as_str()).await?;
    let asked = match remote {
        Ok(remote) => outside(account.gateway.funding_account(&remote, currency, customer.country)).await,
        Err(error) => Err(error),
    };
    match asked {
        Ok(to) => {
            let now = env.business_now();
            env.store
                .transact(async |tx: &mut Tx| {
                    attempts::account_shown(tx, customer.id, Provider::Stripe, &account.name, now).await
                })
                .await?;
            Ok(ToTransfer { parts, account: to })
        }
        Err(GatewayError::Refused { code, .. }) => Err(StartError::Refused { code }),
        Err(error) => {
            tracing::warn!(customer = %customer.id, %error, "no account to transfer to was shown");
            Err(StartError::Unavailable)
        }
    }
}

/// Looks into every account that a customer was shown, whatever was told or not told of it. How many held something to use.
pub(super) async fn collect_all(env: &Env, account: &Account) -> Result<usize, SyncError> {
    let mut tx = env.store.read().await?;
    let shown = attempts::with_account(&mut tx, account.business, Provider::Stripe, &account.name).await?;
    drop(tx);
    let mut used = 0;
    for remote in shown {
        match collect(env, account, &remote).await {
            Ok(synced) => used += usize::from(synced == Synced::Changed),
            // Somebody deleted it at the provider.
            Err(SyncError::Gateway(GatewayError::NotFound)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(used)
}

/// Makes a payment of what lies in the account of one of the provider's customers, and books it.
pub async fn collect(env: &Env, account: &Account, remote: &str) -> Result<Synced, SyncError> {
    let business = account.business;
    let mut tx = env.store.read().await?;
    let provider = Provider::Stripe;
    let known = attempts::customer_at_gateway(&mut tx, business, provider, &account.name, remote).await?;
    drop(tx);
    let customer = match known {
        Some(known) => Some(known),
        None => owner(env, account, remote).await?,
    };
    let Some(customer) = customer else { return Ok(Synced::NotOurs) };
    let mut synced = Synced::Unchanged;
    for cash in outside(account.gateway.cash(remote)).await? {
        if make_payment(env, account, customer, remote, cash).await? {
            synced = Synced::Changed;
        }
    }
    Ok(synced)
}

/// Whose the provider's customer is, by what the provider knows: after an older backup was restored, nobody else may.
async fn owner(env: &Env, account: &Account, remote: &str) -> Result<Option<CustomerId>, SyncError> {
    let made_for = outside(account.gateway.customer(remote)).await?;
    let Some((business, customer)) = made_for.filter(|(business, _)| *business == account.business) else {
        return Ok(None);
    };
    let mut tx = env.store.read().await?;
    Ok(customers::customer(&mut tx, business, customer).await?.map(|found| found.id))
}

/// One currency's part of it. Whether anything came of it.
async fn make_payment(
    env: &Env,
    account: &Account,
    customer: CustomerId,
    remote: &str,
    cash: Cash,
) -> Result<bool, SyncError> {
    let key = format!("dunlin-cash-{}-{}", cash.last_moved, cash.amount.minor());
    let lies =
        |amount| MoneyToLookAt { reference: cash.last_moved.clone(), amount: Some(amount), mismatch: None };
    // What a refund put there is on its way back to the customer, and is not taken again.
    if cash.refunded.is_positive() {
        show(env, account, &lies(cash.refunded)).await?;
    }
    if !cash.amount.is_positive() {
        return Ok(false);
    }
    let look_at = lies(cash.amount);
    let new = NewCashPayment {
        business: account.business,
        customer,
        provider_customer: remote.to_owned(),
        amount: cash.amount,
        remittance: cash.remittance,
    };
    match outside(account.gateway.collect_cash(new, &key)).await {
        Ok(made) => {
            sync::intent(env, account, &made.id).await?;
            Ok(true)
        }
        Err(GatewayError::Refused { code, .. }) if !is_still_there(account, remote, &look_at).await? => {
            tracing::info!(code, "what lay in a customer's account was used by somebody quicker");
            Ok(false)
        }
        // Too little for the provider to make a payment of.
        Err(GatewayError::Refused { .. }) => {
            show(env, account, &look_at).await?;
            Ok(false)
        }
        Err(error) => Err(error.into()),
    }
}

/// Shows a person money that lies at the provider and cannot be used.
async fn show(env: &Env, account: &Account, look_at: &MoneyToLookAt) -> Result<(), SyncError> {
    env.store
        .transact(async |tx: &mut Tx| {
            let kind = TaskKind::UnappliedMoney;
            booking::raise_unowned(tx, env, account.business, kind, "cash", look_at).await
        })
        .await
}

/// Whether the same money lies there as before. Where other money lies there now, it is to be asked for anew: whoever was quicker
/// knew nothing of it.
async fn is_still_there(account: &Account, remote: &str, before: &MoneyToLookAt) -> Result<bool, SyncError> {
    let now = outside(account.gateway.cash(remote)).await?;
    let currency = before.amount.map(Money::currency);
    match now.iter().find(|cash| Some(cash.amount.currency()) == currency) {
        None => Ok(false),
        Some(cash) if cash.last_moved == before.reference && Some(cash.amount) == before.amount => Ok(true),
        Some(_) => Err(SyncError::Raced),
    }
}

/// Books a payment that names one of our customers and no attempt: money that they transferred. Nothing if it is none such.
pub(super) async fn book(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    paid: &Intent,
) -> Result<Option<Synced>, SyncError> {
    let business = account.business;
    let real = paid.livemode || !account.livemode;
    let (Some(customer), Some(amount)) = (paid.customer, paid.amount_received) else { return Ok(None) };
    let ours = paid.business == Some(business) && paid.attempt.is_none() && real && amount.is_positive();
    if !ours || !ledger::take_turn(tx, business, customer).await? {
        return Ok(None);
    }
    let kind = TransferKind::Payment;
    if ledger::find(tx, business, Provider::Stripe, kind, &paid.id).await?.is_some() {
        return Ok(Some(Synced::Unchanged));
    }
    let purse = Purse { business, customer, actor: Actor::Provider, attempt: None };
    let method = paid.method.or(Some(Method::BankTransfer));
    let facts = Facts { amount: Some(amount), method, ..Facts::default() };
    let entry = rules::payment(Provider::Stripe, &paid.id, customer, amount);
    let told = |payment| Told::new(EventKind::PaymentBooked, payment).facts(facts);
    let payment = uses::post(tx, env, &purse, &entry, told).await?;
    let is_for = |items: &[_]| named(paid.remittance.as_deref().unwrap_or_default(), items);
    let (applied, rest) = uses::apply_payment(tx, env, &purse, payment, amount, is_for).await?;
    if rest.is_positive() {
        let look_at = MoneyToLookAt { reference: paid.id.clone(), amount: Some(rest), mismatch: None };
        booking::raise_unowned(tx, env, business, TaskKind::UnappliedMoney, "payment", &look_at).await?;
    }
    let receipt = ReceiptData { payment, reference: paid.id.clone(), amount, method, applied };
    receipts::queue(tx, env, &purse, MessageKind::Receipt, &receipt).await?;
    Ok(Some(Synced::Changed))
}
