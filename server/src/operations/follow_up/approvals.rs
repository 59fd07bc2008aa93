//! A person's word that a step may be said: for valued customers, and for steps that ask for it.
//!
//! Declining is placing a hold ([`super::holds`]): the receivable then waits for that, and asks for approval again when it ends.

use domain::event::{Actor, EventKind};
use domain::schedule::{Decision, HoldReason, StepId};
use domain::{InvoiceId, Permission, ReceivableId};
use store::tasks::{self, NewTask};
use store::{StoreError, Tx, approvals, ledger, receivables};

use super::next;
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{Facts, Told, actor, raise_task, record};

/// Why a step was not approved.
#[derive(Debug, thiserror::Error)]
pub enum ApproveError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such invoice in this business, or it is a draft.
    #[error("no such invoice")]
    NotFound,
    /// The invoice does not wait for this step's approval: somebody else was first, or the page was old.
    #[error("nothing waits for this approval")]
    NotWaiting,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The cause of the task that asks for a step's approval.
pub(in crate::operations) fn cause(receivable: ReceivableId, step: &StepId) -> String {
    format!("approve:{receivable}:{step}")
}

/// Asks for a step's approval: true if that is news. Somebody may have declined it, or the schedule may have gone back and forth:
/// as long as the receivable waits for the step, the task stands. What was asked about an earlier step of the invoice is over.
pub(super) async fn ask(env: &Env, tx: &mut Tx, task: &NewTask) -> Result<bool, StoreError> {
    let raised = raise_task(tx, env, Actor::System, task, Facts::default()).await?
        || tasks::ask_again(tx, task.business, &task.dedup_key, task.created_at).await?;
    if raised && let Some(invoice) = task.invoice {
        tasks::supersede(tx, task.business, invoice, task.kind, &task.dedup_key, task.created_at).await?;
    }
    Ok(raised)
}

/// Lets the step be said that an invoice waits for. The step is named, so that nobody approves another than they saw.
pub async fn approve(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
    step: &StepId,
) -> Result<(), ApproveError> {
    let (business, member) = principal.member_with(Permission::ApproveSteps)?;
    let now = env.business_now();
    env.store
        .transact(async |tx: &mut Tx| {
            let receivable =
                receivables::of_invoice(tx, business, invoice).await?.ok_or(ApproveError::NotFound)?;
            ledger::take_turn(tx, business, receivable.customer).await?;
            let decision = next::decision(env, tx, business, invoice, now).await?;
            let Some(Decision::Hold { reason: HoldReason::AwaitingApproval { step: waits_for }, .. }) =
                decision
            else {
                return Err(ApproveError::NotWaiting);
            };
            if waits_for != *step
                || !approvals::approve(tx, business, receivable.id, step, member, now).await?
            {
                return Err(ApproveError::NotWaiting);
            }
            tasks::resolve_caused(tx, business, &cause(receivable.id, step), Some(member), now).await?;
            let told = Told::new(EventKind::StepApproved, receivable.id)
                .customer(receivable.customer)
                .invoice(invoice)
                .facts(Facts { step: Some(step.clone()), ..Facts::default() });
            record(tx, env, business, actor(principal), told);
            receivables::look_again(tx, business, receivable.id, now).await?;
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}
