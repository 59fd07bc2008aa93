//! What must be true of books, queues and money in a simulated year; [`super::truths`] has what must be true of what was said.

use domain::Currency;
use domain::invoice::InvoiceState;
use domain::ledger::Account;
use domain::message::{Channel, MessageState};
use domain::schedule::Decision;
use sha2::{Digest, Sha256};
use store::{attempts, events, invoices, ledger, messages, receivables, tasks};

use super::people::{Payer, Shop};
use super::{Broken, Life};
use crate::env::Principal;
use crate::operations::follow_up::next;
use crate::operations::verify;

/// Everything, once all is calm.
pub(super) async fn check(life: &Life) -> Result<(), Broken> {
    check_books(life).await?;
    check_queues(life).await?;
    for shop in &life.shops {
        check_money(life, shop).await?;
        for payer in &shop.payers {
            check_receivables(life, shop, payer).await?;
        }
    }
    Ok(())
}

/// The chains hold and the ledger agrees with all that is derived from it. True at every moment.
pub(super) async fn check_books(life: &Life) -> Result<(), Broken> {
    for checked in verify::verify(life.env(), &Principal::Operator).await? {
        if let Some((row, problem)) = checked.problems.first() {
            return Err(Broken::new(format!("{}: {row} {problem}", checked.name)));
        }
    }
    Ok(())
}

/// Nothing is claimed by anybody, and nothing that came in is left.
async fn check_queues(life: &Life) -> Result<(), Broken> {
    let mut tx = life.env().store.read().await?;
    let left = "SELECT state || ' ' || event_type || ' ' || event_id || ': ' || COALESCE(last_error, '')
                FROM webhook_inbox WHERE state NOT IN ('done', 'ignored')";
    if let Some(event) = store::testing::look(&mut tx, left).await?.first() {
        return Err(Broken::new(format!("an event of the provider is {event}")));
    }
    for (state, count) in messages::counts(&mut tx).await? {
        if ["claimed", "handing_over"].contains(&state.as_str()) {
            return Err(Broken::new(format!("{count} messages are {state}")));
        }
    }
    // Whatever the gateway knows is known here, whoever died in between.
    let known = "SELECT delivery_report.status FROM message JOIN delivery_report ON delivery_report.message_id = message.id
                 WHERE message.state = 'uncertain'";
    if let Some(status) = store::testing::look(&mut tx, known).await?.first() {
        return Err(Broken::new(format!(
            "a text is uncertain, though the gateway reported that it was {status}"
        )));
    }
    Ok(())
}

/// What the provider holds is what the books say, and each of its payments is one row.
async fn check_money(life: &Life, shop: &Shop) -> Result<(), Broken> {
    let account = life.world.gateways.account(shop.business);
    let mut tx = life.env().store.read().await?;
    for code in shop.currencies {
        let currency = Currency::from_code(code).ok_or_else(|| Broken::new("no such currency"))?;
        let there = account.holds(currency);
        let here = ledger::balance_of_account(&mut tx, shop.business, currency, Account::Gateway).await?;
        if there != here {
            return Err(Broken::new(format!("the provider holds {there:?}, the books say {here:?}")));
        }
    }
    Ok(())
}

async fn check_receivables(life: &Life, shop: &Shop, payer: &Payer) -> Result<(), Broken> {
    let (business, now) = (shop.business, life.now());
    let mut tx = life.env().store.read().await?;
    for receivable in receivables::of_customer(&mut tx, business, payer.customer).await? {
        let name = receivable.id;
        let broken = |what: &str| Broken::new(format!("{name}: {what}"));
        for attempt in attempts::of_invoice(&mut tx, business, receivable.invoice).await? {
            if attempt.state.status().is_in_flight() {
                return Err(broken(&format!(
                    "{} of {} never ended: {:?}",
                    attempt.id, attempt.created_at, attempt.state
                )));
            }
        }
        check_void(&mut tx, shop, &receivable).await?;

        // Nobody is forgotten: whatever is decided now, there is a moment at which it is looked at again, and no step is due.
        let decision = next::decision(life.env(), &mut tx, business, receivable.invoice, now)
            .await?
            .ok_or_else(|| broken("is incomplete"))?;
        let scheduled = receivable.next_decision_at;
        match &decision {
            Decision::Send { step, .. } => {
                return Err(broken(&format!(
                    "the step {} is due, the next look is at {scheduled:?}",
                    step.id
                )));
            }
            Decision::Wait { until, step, .. } => {
                if scheduled.is_none_or(|at| at > *until) {
                    return Err(broken(&format!(
                        "{step} is due at {until}, the next look is at {scheduled:?}"
                    )));
                }
            }
            Decision::Hold { .. } if scheduled.is_none() => return Err(broken("is on hold for ever")),
            Decision::Hold { .. } | Decision::Done { .. } => {}
        }
    }
    Ok(())
}

/// What is void owes nothing.
async fn check_void(
    tx: &mut store::Tx,
    shop: &Shop,
    receivable: &receivables::Receivable,
) -> Result<(), Broken> {
    let invoice = invoices::invoice(tx, shop.business, receivable.invoice).await?;
    let state = invoice.map(|invoice| invoice.state);
    let open = ledger::balance(tx, shop.business, receivable.id).await?.map(|found| found.balance.open);
    if matches!(state, Some(InvoiceState::Void { .. })) && open.is_some_and(|open| !open.is_zero()) {
        return Err(Broken::new(format!("{} is void and open", receivable.id)));
    }
    Ok(())
}

/// A digest over every event of every business, in their order.
pub(super) async fn digest(life: &Life) -> Result<String, Broken> {
    let mut digest = Sha256::new();
    let mut tx = life.env().store.read().await?;
    for shop in &life.shops {
        for event in events::latest(&mut tx, shop.business, i64::MAX).await? {
            let written = format!("{} {} {} {}\n", event.at, event.kind, event.subject.id, event.data);
            digest.update(written.as_bytes());
        }
    }
    Ok(hex::encode(digest.finalize()))
}

/// Counts what happened to the messages, for the report.
pub(super) async fn count_messages(life: &mut Life) -> Result<(), Broken> {
    let mut tx = life.world.env.store.read().await?;
    for shop in &life.shops {
        let mut count = async |state| -> Result<usize, Broken> {
            Ok(messages::in_state(&mut tx, shop.business, state, i64::MAX).await?.len())
        };
        life.report.cancelled += count(MessageState::Cancelled).await?;
        life.report.uncertain += count(MessageState::Uncertain).await?;
        let sent = messages::in_state(&mut tx, shop.business, MessageState::Sent, i64::MAX).await?;
        life.report.reminders += sent.iter().filter(|message| !message.parts.is_empty()).count();
        life.report.letters += sent.iter().filter(|message| message.channel == Channel::Letter).count();
        life.report.tasks += tasks::open(&mut tx, shop.business, i64::MAX).await?.len();
    }
    Ok(())
}
