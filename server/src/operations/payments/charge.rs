//! Paying with what is kept: the provider charges it, without a page.
//!
//! # Where transactions begin and end
//!
//! 1. Whoever wants it writes an attempt as `creating`, with the kept method and an idempotency key, and **commits** it. The schema
//!    refuses it beside another payable attempt on the same receivable, and with a method that ended.
//! 2. [`collect`] asks the provider under that key, outside of any transaction.
//! 3. One transaction writes down what it answered: the money is booked as any other, is on its way, or the attempt has failed.
//!
//! A crash between 1 and 3, or no answer to 2, leaves an attempt that is `creating` or `unknown`. The sweep asks the very same
//! thing again as long as the provider keeps the key, which answers with the payment it made, or makes it; later, or where the
//! receivable was paid or the method ended meanwhile, the payment is only looked for by its metadata. So a kept method is never
//! charged twice for one attempt, and there is never a second attempt beside one that nobody knows the end of: whoever presses
//! again is led to what came of the first, and the same form sent twice is one attempt.

use domain::SavedMethodId;
use domain::event::Actor;
use domain::invoice::Balance;
use domain::payment::{AttemptState, FailureCode, refusal};
use store::attempts::Attempt;
use store::{StoreError, autopay, ledger, saved_methods};

use super::Account;
use super::page::{Context, provider_customer};
use super::sync::{self, SyncError, Synced, outside};
use crate::env::Env;
use crate::gateway::{GatewayError, Intent, NewCharge};

/// Whether the provider was asked for a charge before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asked {
    /// Certainly not.
    First,
    /// It may have been, and may have done it.
    Again,
}

/// Has the provider charge the kept method of an attempt, and writes down what came of it. An error means that nobody knows yet;
/// it is found out by asking again.
pub async fn collect(
    env: &Env,
    account: &Account,
    attempt: &Attempt,
    saved: SavedMethodId,
    actor: Actor,
    asked: Asked,
) -> Result<Synced, SyncError> {
    match ask(env, account, attempt, saved).await? {
        Ok(intent) => sync::learn(env, account, None, Some(&intent)).await,
        Err(GatewayError::Refused { code, .. }) if code == "idempotency_error" => {
            sync::look_for(env, account, attempt).await
        }
        // The bank's own no is the answer to the first question, told again. Any other says nothing about what that did.
        Err(GatewayError::Refused { code, .. })
            if asked == Asked::Again && refusal(&code) == FailureCode::Refused =>
        {
            sync::look_for(env, account, attempt).await
        }
        Err(error)
            if matches!(error, GatewayError::Unknown { .. }) || asked == Asked::Again && !is_no(&error) =>
        {
            sync::write(env, attempt, AttemptState::Unknown, actor).await?;
            env.nudges.sweep.notify_one();
            Err(error.into())
        }
        // Without money: it was not asked, or the answer was no.
        Err(error) => {
            tracing::info!(attempt = %attempt.id, %error, "a kept way to pay was not charged");
            let code = match error {
                GatewayError::Refused { code, .. } => refusal(&code),
                _ => FailureCode::Refused,
            };
            sync::write(env, attempt, AttemptState::Failed { code }, actor).await
        }
    }
}

/// Whether the provider was reached, and said no.
const fn is_no(error: &GatewayError) -> bool {
    matches!(error, GatewayError::Refused { .. })
}

/// Whether the kept method of an attempt may still be charged: its holder may have removed it, or its bank ended its mandate. Without
/// its holder only while they want that, and only what is still open as a whole.
pub(super) async fn may_ask(env: &Env, attempt: &Attempt, saved: SavedMethodId) -> Result<bool, StoreError> {
    let mut tx = env.store.read().await?;
    let kept = saved_methods::find(&mut tx, attempt.business, saved).await?;
    if kept.is_none_or(|kept| kept.ended.is_some()) {
        return Ok(false);
    }
    let Some(debit) = attempt.debit else { return Ok(true) };
    if !autopay::is_announced(&mut tx, debit).await? {
        return Ok(false);
    }
    for part in &attempt.parts {
        let standing = ledger::balance(&mut tx, attempt.business, part.receivable).await?;
        let can_be_paid = |balance: Balance| balance.open.checked_sub(balance.processing);
        let rest = standing.and_then(|found| can_be_paid(found.balance).ok());
        if rest.is_none_or(|rest| rest.minor() < part.amount.minor()) {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Asks for the charge under the attempt's key: the same question whenever it is asked.
///
/// The outer error is ours (the database), the inner one the provider's.
async fn ask(
    env: &Env,
    account: &Account,
    attempt: &Attempt,
    saved: SavedMethodId,
) -> Result<Result<Intent, GatewayError>, StoreError> {
    let mut tx = env.store.read().await?;
    let kept = saved_methods::find(&mut tx, attempt.business, saved).await?;
    let context = Context::read(&mut tx, attempt).await?;
    drop(tx);
    let Some((kept, context)) = kept.zip(context) else {
        return Ok(Err(GatewayError::NotSent { reason: "its rows are gone".to_owned() }));
    };
    let customer = provider_customer(env, account, attempt.customer, &context.customer_name).await?;
    let customer = match customer {
        Ok(id) => id,
        // Nothing was charged yet, whatever became of the customer.
        Err(GatewayError::Unknown { reason }) => return Ok(Err(GatewayError::NotSent { reason })),
        Err(error) => return Ok(Err(error)),
    };
    let new = NewCharge {
        business: attempt.business,
        attempt: attempt.id,
        customer: attempt.customer,
        provider_customer: customer,
        amount: attempt.amount,
        method: attempt.method,
        present: attempt.debit.is_none(),
        reference: kept.reference,
        description: context.description(),
    };
    Ok(outside(account.gateway.charge(new, &attempt.idempotency_key)).await)
}
