//! A member gives money back.
//!
//! # Where transactions begin and end
//!
//! 1. One transaction takes the customer's turn, sees what of the payment can still go back, and **commits the refund as `asked`**.
//!    Its id is the key under which the provider is asked, so two clicks, two processes and a retry are one refund.
//! 2. The provider is asked, outside of any transaction.
//! 3. One transaction books what it answered ([`refunds`]): the money leaves, invoices are open again, the customer is told.
//!
//! A crash between leaves the refund `asked`; the sweep asks again with the same key, and after a day, when the provider may have
//! forgotten the key, looks for it by its metadata instead. A webhook may book it first: then 3 finds it booked.

use chrono::Duration;
use domain::dispute::DisputeStage;
use domain::event::{Actor, EventKind};
use domain::ledger::{Account as LedgerAccount, Posted, Provider, TransferKind};
use domain::refund::RefundState;
use domain::task::TaskKind;
use domain::{
    BusinessId, CustomerId, FieldErrors, FieldProblem, Locale, Money, Permission, RefundId, ShortText,
    Timestamp, TransferId,
};
use store::ledger::{self, back, credits};
use store::refunds::{self as rows, Refund};
use store::{StoreError, Tx, attempts, disputes, identity};

use super::booking::{self, MoneyToLookAt};
use super::by_hand::{form_of, sent_before};
use super::sync::{KEY_GOOD_HOURS, SyncError, Synced, outside};
use super::uses::UseError;
use super::{Account, refunds};
use crate::env::{Env, NotPermitted, Principal};
use crate::gateway::{GatewayError, NewRefund};
use crate::operations::record::{Facts, Personal, Told, actor, record};

/// Refunds asked about in one run of the sweep.
const AT_ONCE: i64 = 100;

/// Why money was not given back.
#[derive(Debug, thiserror::Error)]
pub enum GiveBackError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such payment through the provider in this business.
    #[error("no such payment")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Nothing of it is left, or its payer contests it: the bank decides then.
    #[error("nothing of the payment can be given back now")]
    NothingLeft,
    /// It could not be reckoned with.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A refund, as typed.
#[derive(Debug, Clone, Default)]
pub struct GiveBackInput {
    /// What the form is known by: sent twice, it asks once.
    pub form: String,
    /// How much.
    pub amount: String,
    /// How the author writes numbers; the business's formats unless given.
    pub locale: Option<Locale>,
    /// Why.
    pub reason: String,
}

/// Gives money of a payment back, and says how far that has come. See the module for what a crash leaves.
pub async fn give_back(
    env: &Env,
    principal: &Principal,
    payment: TransferId,
    input: &GiveBackInput,
) -> Result<Refund, GiveBackError> {
    let (business, member) = principal.member_with(Permission::ReversePayments)?;
    let refund = env
        .store
        .transact(async |tx: &mut Tx| {
            let business = identity::business(tx, business).await?.ok_or(GiveBackError::NotFound)?;
            let (row, customer) = through_provider(tx, business.id, payment).await?;
            ledger::take_turn(tx, business.id, customer).await?;
            let form = form_of(&input.form)?;
            let locale = input.locale.unwrap_or(business.locale);
            if let Some(known) = rows::by_form(tx, business.id, &form).await? {
                // Less may be left by now than was given back then.
                let typed = parse(input, row.entry.amount, locale)?;
                let same = known.payment == payment
                    && (known.amount, known.reason.as_str()) == (typed.0, typed.1.as_str());
                return if same { Ok(known) } else { Err(sent_before().into()) };
            }
            let left = left_of(tx, business.id, customer, &row).await?;
            if !left.is_positive() {
                return Err(GiveBackError::NothingLeft);
            }
            let (amount, reason) = parse(input, left, locale)?;
            let id: RefundId = env.new_id();
            let facts = Facts { amount: Some(amount), ..Facts::default() };
            let personal = Personal { note: Some(reason.to_string()), ..Personal::default() };
            let told =
                Told::new(EventKind::RefundAsked, payment).customer(customer).facts(facts).personal(personal);
            let event = record(tx, env, business.id, actor(principal), told);
            let refund = Refund {
                id,
                business: business.id,
                customer,
                payment,
                amount,
                state: RefundState::Asked,
                reference: None,
                form,
                reason: reason.into_string(),
                asked_by: member,
                created_at: env.business_now(),
                key_made_at: env.machine_now(),
                tries: 0,
            };
            rows::ask(tx, &refund, event, next_question(env, RefundState::Asked, 0)).await?;
            Ok(refund)
        })
        .await?;
    if refund.state == RefundState::Asked
        && let Err(error) = ask(env, &refund).await
    {
        tracing::warn!(refund = %refund.id, %error, "the provider did not answer; the sweep asks again");
    }
    let mut tx = env.store.read().await?;
    Ok(rows::find(&mut tx, business, refund.id).await?.unwrap_or(refund))
}

/// The payment that came through the provider, and whose it is.
async fn through_provider(
    tx: &mut Tx,
    business: BusinessId,
    payment: TransferId,
) -> Result<(Posted, CustomerId), GiveBackError> {
    let row = credits::row(tx, business, payment).await?.ok_or(GiveBackError::NotFound)?;
    match row.entry.credit {
        // What came again came under a refund's or dispute's id, and goes back as part of the payment it was of.
        LedgerAccount::Unapplied(customer)
            if row.entry.provider == Provider::Stripe
                && row.entry.kind == TransferKind::Payment
                && row.entry.reference.starts_with(PAYMENT) =>
        {
            Ok((row, customer))
        }
        _ => Err(GiveBackError::NotFound),
    }
}

/// What the provider's ids of payments begin with.
const PAYMENT: &str = "pi_";

/// What of a payment can be given back: what is here of it, less what was asked for and not booked yet. Nothing while its payer
/// contests it, or after the bank decided: the provider refuses that.
pub(super) async fn left_of(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    payment: &Posted,
) -> Result<Money, UseError> {
    let currency = payment.entry.amount.currency();
    let none = Money::zero(currency);
    if !payment.entry.reference.starts_with(PAYMENT) || payment.entry.provider != Provider::Stripe {
        return Ok(none);
    }
    // A bank transfer has no attempt. The provider gives it back into the customer's account with it, where it stays: the business
    // transfers it from its own bank and records that.
    if attempts::find_by_payment(tx, business, &payment.entry.reference).await?.is_none() {
        return Ok(none);
    }
    let contested = disputes::of_customer(tx, business, customer).await?;
    let is_taken =
        |stage: DisputeStage| !matches!(stage, DisputeStage::Inquiry | DisputeStage::InquiryClosed);
    if contested.iter().any(|dispute| dispute.payment == payment.id && is_taken(dispute.stage)) {
        return Ok(none);
    }
    let mut left = none;
    for source in back::sources(tx, business, customer, payment.clone()).await? {
        left = left.checked_add(source.here()?)?;
    }
    for refund in rows::of_customer(tx, business, customer).await? {
        if refund.payment == payment.id && refund.state == RefundState::Asked {
            left = left.checked_sub(refund.amount)?;
        }
    }
    Ok(left)
}

fn parse(input: &GiveBackInput, left: Money, locale: Locale) -> Result<(Money, ShortText), FieldErrors> {
    let mut errors = FieldErrors::new();
    let amount = errors.check("amount_refunded", Money::parse_up_to(&input.amount, left, locale));
    let reason = ShortText::parse_optional(&input.reason);
    let reason = errors.check("reason", reason.and_then(|reason| reason.ok_or(FieldProblem::Required)));
    match (amount, reason) {
        (Some(amount), Some(reason)) => Ok((amount, reason)),
        _ => Err(errors),
    }
}

/// Asks the provider for a refund that was committed, or how it stands, and books the answer.
async fn ask(env: &Env, refund: &Refund) -> Result<Synced, SyncError> {
    let account = Account::open(env, refund.business).await?;
    if let Some(known) = &refund.reference {
        return refunds::refund(env, &account, known).await;
    }
    let intent = {
        let mut tx = env.store.read().await?;
        let row = credits::row(&mut tx, refund.business, refund.payment).await?;
        row.map(|row| row.entry.reference).unwrap_or_default()
    };
    let found = if env.machine_now() - refund.key_made_at < Duration::hours(KEY_GOOD_HOURS) {
        let new = NewRefund {
            business: refund.business,
            refund: refund.id,
            intent: intent.clone(),
            amount: refund.amount,
        };
        match outside(account.gateway.create_refund(new, &refund.id.to_string())).await {
            Ok(made) => Some(made),
            Err(GatewayError::Refused { code, .. }) => {
                tracing::warn!(refund = %refund.id, code, "the provider refused a refund");
                None
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        let all = outside(account.gateway.refunds_of(&intent)).await?;
        all.into_iter().find(|made| made.refund == Some(refund.id))
    };
    match found {
        Some(made) => refunds::learn(env, &account, &made).await,
        None => refuse(env, refund).await,
    }
}

/// No money moves: a person is told.
async fn refuse(env: &Env, refund: &Refund) -> Result<Synced, SyncError> {
    let (business, id) = (refund.business, refund.id);
    env.store
        .transact(async |tx: &mut Tx| {
            ledger::take_turn(tx, business, refund.customer).await?;
            let Some(now) = rows::find(tx, business, id).await? else { return Ok(Synced::NotOurs) };
            let Some(state) = now.state.learn(RefundState::Refused) else { return Ok(Synced::Unchanged) };
            let facts = Facts { amount: Some(refund.amount), ..Facts::default() };
            let told =
                Told::new(EventKind::RefundRefused, refund.payment).customer(refund.customer).facts(facts);
            let event = record(tx, env, business, Actor::Provider, told);
            if !rows::change(tx, &now, state, None, event, None).await? {
                return Err(SyncError::Raced);
            }
            let look_at =
                MoneyToLookAt { reference: id.to_string(), amount: Some(refund.amount), mismatch: None };
            booking::raise_unowned(tx, env, business, TaskKind::MoneyReturned, "refund-refused", &look_at)
                .await?;
            Ok(Synced::Changed)
        })
        .await
}

/// Asks about the refunds whose time has come. How many were asked about.
pub async fn ask_again(env: &Env) -> Result<usize, StoreError> {
    let due = {
        let mut tx = env.store.read().await?;
        rows::to_ask(&mut tx, env.machine_now(), AT_ONCE).await?
    };
    for refund in &due {
        if let Err(error) = ask(env, refund).await {
            tracing::warn!(refund = %refund.id, %error, "the provider could not be asked about a refund");
        }
        // What the answer changed has set its own next question; this only puts off what stands where it stood.
        env.store
            .transact(async |tx: &mut Tx| {
                let now = rows::find(tx, refund.business, refund.id).await?;
                match now.filter(|now| now.state == refund.state && now.state.is_under_way()) {
                    Some(now) => rows::ask_at(tx, now.id, next_question(env, now.state, now.tries)).await,
                    None => Ok(()),
                }
            })
            .await?;
    }
    Ok(due.len())
}

/// When the provider is asked about a refund if nothing is heard. Machine time.
pub(super) fn next_question(env: &Env, state: RefundState, tries: u32) -> Timestamp {
    let after = match state {
        RefundState::Asked => Duration::seconds(15_i64 << tries.min(10)),
        _ => Duration::hours(6),
    };
    env.machine_now() + after
}
