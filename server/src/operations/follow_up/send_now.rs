//! *Send now*: a person wants the next step said although its day has not come.
//!
//! Only its day is passed over. Hours, the minimum gap, consent, holds and approval keep it from being said as they always do, here
//! and once more at the hand-over; the step is consumed, and the next one keeps its distance from it.

use domain::schedule::{Decision, HoldReason, StepId, WaitReason, decide};
use domain::{InvoiceId, Permission, Timestamp};
use store::dossiers::Which;
use store::{StoreError, Tx, ledger, receivables};

use super::house::House;
use super::planner::{self, DecideError};
use super::{clock_is_behind, next};
use crate::env::{Env, NotPermitted, Principal};

/// Why the next step is not said at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// Nothing is open, or no step is left.
    NothingToSay,
    /// Something holds it, or it waits for approval; or the clock is wrong, which holds everything.
    Held,
    /// It is not the hour, or a holiday.
    OutsideHours,
    /// They heard from the business, or spoke with somebody, just now.
    HeardJustNow,
    /// No further call may be made yet.
    CallCap,
    /// Nobody can be written to.
    Nobody,
    /// The next step is not Dunlin's to say: a call, a task, the decision to hand off.
    PersonsToDo,
}

/// Why nothing was sent.
#[derive(Debug, thiserror::Error)]
pub enum SendNowError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such invoice in this business, or it is a draft.
    #[error("no such invoice")]
    NotFound,
    /// It cannot be said now.
    #[error("it cannot be said now")]
    NotNow {
        /// Why.
        reason: Why,
        /// When it could, as things stand.
        at: Option<Timestamp>,
    },
    /// Another step than the one that was seen comes next.
    #[error("another step comes next")]
    Changed,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl SendNowError {
    const fn not_now(reason: Why) -> Self {
        Self::NotNow { reason, at: None }
    }
}

impl From<DecideError> for SendNowError {
    fn from(error: DecideError) -> Self {
        match error {
            DecideError::SomebodyElseDid => Self::Changed,
            DecideError::Missing(_) => Self::not_now(Why::Nobody),
            DecideError::Store(error) => Self::Store(error),
        }
    }
}

/// Says this step of an invoice now. It has to be the one that comes next, so that nobody sends another than they saw.
pub async fn send_now(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
    step: &StepId,
) -> Result<(), SendNowError> {
    let (business, member) = principal.member_with(Permission::SendReminders)?;
    let now = env.business_now();
    env.store
        .transact(async |tx: &mut Tx| {
            let receivable =
                receivables::of_invoice(tx, business, invoice).await?.ok_or(SendNowError::NotFound)?;
            ledger::take_turn(tx, business, receivable.customer).await?;
            if clock_is_behind(tx, now).await? {
                return Err(SendNowError::not_now(Why::Held));
            }
            let mut house =
                House::load(env, tx, business, env.business_now()).await?.ok_or(SendNowError::NotFound)?;
            let which = Which::These(&[receivable.id]);
            let known = next::known(tx, &mut house, &[receivable.customer], which, now).await?.pop();
            let known = known.ok_or(SendNowError::NotFound)?;
            let item = known.item(receivable.id).ok_or(SendNowError::NotFound)?;
            match decide(&known.schedule, &item.facts, &known.gate(), now) {
                // What is due is the planner's to say, and it does within a minute.
                Decision::Send { step: due, .. } if due.id == *step => return Ok(()),
                Decision::Wait { step: waiting, .. } if waiting == *step => {}
                Decision::Send { .. } | Decision::Wait { .. } => return Err(SendNowError::Changed),
                other => return Err(refusal(&other)),
            }
            let known = known.bringing_forward(step);
            let item = known.item(receivable.id).ok_or(SendNowError::NotFound)?;
            match decide(&known.schedule, &item.facts, &known.gate(), now) {
                Decision::Send { by, .. } if by.is_written() => {
                    planner::say_now(env, tx, &known, member, now).await?;
                    Ok(())
                }
                other => Err(refusal(&other)),
            }
        })
        .await?;
    env.nudges.planner.notify_one();
    env.nudges.outbox.notify_one();
    Ok(())
}

fn refusal(decision: &Decision) -> SendNowError {
    match decision {
        Decision::Send { .. } => SendNowError::not_now(Why::PersonsToDo),
        Decision::Wait { until, reason, .. } => {
            let reason = match reason {
                // Its day was passed over, so what is left of "not yet" is that a person does it.
                WaitReason::NotYet => return SendNowError::not_now(Why::PersonsToDo),
                WaitReason::OutsideHours => Why::OutsideHours,
                WaitReason::MinimumGap | WaitReason::AfterConversation => Why::HeardJustNow,
                WaitReason::CallCap => Why::CallCap,
            };
            SendNowError::NotNow { reason, at: Some(*until) }
        }
        Decision::Hold { reason: HoldReason::NobodyToWriteTo | HoldReason::NeverOpen, .. } => {
            SendNowError::not_now(Why::Nobody)
        }
        Decision::Hold { .. } => SendNowError::not_now(Why::Held),
        Decision::Done { .. } => SendNowError::not_now(Why::NothingToSay),
    }
}
