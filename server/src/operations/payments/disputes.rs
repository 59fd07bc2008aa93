//! Payments that their payer contests with the bank: inquiries, disputes, and debits that come back.
//!
//! The dispute is fetched afresh, whatever told of it, and only ever moves on ([`DisputeStage::learn`]). Where the bank has taken
//! the money, it leaves the customer's account under the dispute's id, once; where the bank gives it back, it comes again under
//! the same id and pays for what it had paid for. While the bank has not decided, what the payment paid for is not chased, which
//! is derived from the dispute's row (`store::dossiers`). What the bank asks the business for its answer is nobody's business but
//! the business's: it is not booked against the customer.

use domain::dispute::{DisputeStage, MoneyMoves};
use domain::event::{Actor, EventKind};
use domain::ledger::{Account as LedgerAccount, Posted};
use domain::message::MessageKind;
use domain::task::TaskKind;
use domain::{InvoiceId, Money};
use store::disputes::{self, Dispute};
use store::ledger;
use store::tasks::{self, NewTask};
use store::{Tx, receivables};

use super::booking::{self, MoneyToLookAt, ReceiptData};
use super::sync::{self, SyncError, Synced, outside};
use super::uses::{self, Purse};
use super::{Account, back, receipts};
use crate::env::Env;
use crate::gateway;
use crate::operations::record::{Facts, Told, raise_task, record};

/// Fetches a dispute afresh and books what became of it.
///
/// Nothing is written before the provider has answered; all that follows from the answer is one transaction. Whoever asked asks
/// again after a crash, and finds it booked or not.
pub async fn dispute(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let dispute = outside(account.gateway.dispute(id)).await?;
    let Some(intent) = dispute.intent.clone() else { return Ok(Synced::NotOurs) };
    // The dispute may be told before the payment it is about.
    sync::intent(env, account, &intent).await?;
    let synced =
        env.store.transact(async |tx: &mut Tx| book(tx, env, account, &dispute, &intent).await).await?;
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
    reported: &gateway::Dispute,
    intent: &str,
) -> Result<Synced, SyncError> {
    let business = account.business;
    let Some((payment, customer)) = booking::turn_for(tx, business, intent).await? else {
        return Ok(Synced::NotOurs);
    };
    let known = disputes::find(tx, business, &reported.id).await?;
    let amount = known.as_ref().map(|known| known.amount).or(reported.amount);
    let (Some(stage), Some(amount)) = (reported.stage, amount) else {
        // A stage or a currency newer than this program: it is not passed over in silence.
        let look_at = MoneyToLookAt { reference: reported.id.clone(), amount, mismatch: None };
        booking::raise_unowned(tx, env, business, TaskKind::MoneyReturned, "dispute", &look_at).await?;
        return Ok(Synced::Unchanged);
    };
    let purse = Purse { business, customer, actor: Actor::Provider, attempt: None };
    let case = Case { purse, payment, reference: reported.id.clone(), amount };
    let moved = match DisputeStage::learn(known.as_ref().map(|known| known.stage), stage) {
        Some((stage, moves)) => {
            case.move_on(tx, env, known, stage, moves).await?;
            true
        }
        None => false,
    };
    let asked = case.ask_for_answer(tx, env, reported, stage).await?;
    Ok(if moved || asked { Synced::Changed } else { Synced::Unchanged })
}

/// A dispute with the payment it is about.
struct Case {
    purse: Purse,
    payment: Posted,
    reference: String,
    amount: Money,
}

impl Case {
    async fn move_on(
        &self,
        tx: &mut Tx,
        env: &Env,
        known: Option<Dispute>,
        stage: DisputeStage,
        moves: MoneyMoves,
    ) -> Result<(), SyncError> {
        let (purse, now, currency) = (&self.purse, env.business_now(), self.amount.currency());
        let kind = match stage {
            DisputeStage::Inquiry => EventKind::DisputeInquired,
            DisputeStage::InquiryClosed => EventKind::DisputeDropped,
            DisputeStage::Open => EventKind::DisputeOpened,
            DisputeStage::Lost => EventKind::DisputeLost,
            DisputeStage::Won => EventKind::DisputeWon,
        };
        let facts = Facts { amount: Some(self.amount), ..Facts::default() };
        let mut told = Told::new(kind, self.payment.id).customer(purse.customer).facts(facts);
        let paid_for = self.paid_for(tx).await?;
        if let [(_, only)] = paid_for[..] {
            told = told.invoice(only);
        }
        let event = record(tx, env, purse.business, purse.actor, told);
        if let Some(known) = known {
            if !disputes::move_on(tx, &known, stage, event, now).await? {
                return Err(SyncError::Raced);
            }
        } else {
            let dispute = Dispute {
                business: purse.business,
                reference: self.reference.clone(),
                customer: purse.customer,
                payment: self.payment.id,
                amount: self.amount,
                stage,
                opened_at: now,
            };
            disputes::open(tx, &dispute, event).await?;
        }
        match moves {
            MoneyMoves::Stays => {}
            MoneyMoves::Leaves => {
                let what = (&self.reference[..], self.amount);
                back::goes_back(tx, env, purse, self.payment.clone(), what, EventKind::PaymentReturned)
                    .await?;
            }
            MoneyMoves::Returns => {
                let left = back::comes_again(tx, env, purse, &self.reference, currency).await?;
                if left.is_some_and(Money::is_positive) {
                    uses::use_credit(tx, env, purse, currency, &[]).await?;
                }
            }
        }
        if stage == DisputeStage::Lost {
            let applied = back::opened_by(tx, purse, currency, &self.reference).await?;
            let notice = ReceiptData {
                payment: self.payment.id,
                reference: self.reference.clone(),
                amount: self.amount,
                method: None,
                applied,
            };
            receipts::queue(tx, env, purse, MessageKind::Returned, &notice).await?;
            self.raise(tx, env, TaskKind::MoneyReturned, "dispute-lost", &paid_for, None).await?;
        }
        for (receivable, _) in paid_for {
            receivables::look_again(tx, purse.business, receivable, now).await?;
        }
        Ok(())
    }

    /// A person answers the bank, as long as it waits for that. Whether anything changed.
    async fn ask_for_answer(
        &self,
        tx: &mut Tx,
        env: &Env,
        reported: &gateway::Dispute,
        stage: DisputeStage,
    ) -> Result<bool, SyncError> {
        let by = reported.answer_by.filter(|_| stage.is_undecided());
        if by.is_some() {
            let paid_for = self.paid_for(tx).await?;
            return self.raise(tx, env, TaskKind::AnswerDispute, ANSWER, &paid_for, by).await;
        }
        let cause = format!("{ANSWER}:{}", self.reference);
        Ok(tasks::resolve_caused(tx, self.purse.business, &cause, None, env.business_now()).await?)
    }

    /// What the payment was applied to, undone or not.
    async fn paid_for(&self, tx: &mut Tx) -> Result<Vec<(domain::ReceivableId, InvoiceId)>, SyncError> {
        let mut paid_for = Vec::new();
        for row in ledger::applications_of(tx, self.purse.business, self.payment.id).await? {
            let LedgerAccount::Receivable(receivable) = row.entry.credit else { continue };
            if paid_for.iter().any(|(known, _)| *known == receivable) {
                continue;
            }
            let found = receivables::find(tx, self.purse.business, receivable).await?;
            paid_for.extend(found.map(|found| (receivable, found.invoice)));
        }
        Ok(paid_for)
    }

    async fn raise(
        &self,
        tx: &mut Tx,
        env: &Env,
        kind: TaskKind,
        cause: &str,
        paid_for: &[(domain::ReceivableId, InvoiceId)],
        due_at: Option<domain::Timestamp>,
    ) -> Result<bool, SyncError> {
        let look_at =
            MoneyToLookAt { reference: self.reference.clone(), amount: Some(self.amount), mismatch: None };
        let task = NewTask {
            id: env.new_id(),
            business: self.purse.business,
            kind,
            dedup_key: format!("{cause}:{}", self.reference),
            subject: self.payment.id.into(),
            customer: Some(self.purse.customer),
            invoice: match paid_for {
                [(_, only)] => Some(*only),
                _ => None,
            },
            step: None,
            data: serde_json::to_value(look_at).map_err(|_| SyncError::Raced)?,
            created_at: env.business_now(),
            due_at,
        };
        let facts = Facts { amount: Some(self.amount), ..Facts::default() };
        Ok(raise_task(tx, env, self.purse.actor, &task, facts).await?)
    }
}

/// What the task to answer a dispute is known by, before the dispute's id.
const ANSWER: &str = "dispute";
