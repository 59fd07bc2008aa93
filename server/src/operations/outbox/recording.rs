//! What became of a message: its state, its events, and what it asks of a person.

use domain::ShortText;
use domain::event::{Actor, EventKind};
use domain::message::{Channel, MessageKind};
use domain::task::TaskKind;
use store::messages::{self, Message, Settled};
use store::tasks::NewTask;
use store::{StoreError, Tx, customers, receivables};

use super::MOST_TRIES;
use crate::delivery::{HandOver, Texted};
use crate::env::Env;
use crate::operations::record::{self, Told, raise_task, record};
use crate::operations::retries::backoff;
use crate::operations::sms as texting;
use crate::sabotage::{self, Fault};

/// Records what the relay did with a message, what follows for its address, and what a person must look at.
pub(super) async fn record_outcome(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    texted: &Texted,
) -> Result<(), StoreError> {
    let (now, outcome) = (env.business_now(), &texted.outcome);
    let exhausted = message.tries >= MOST_TRIES;
    let (settling, kind) = match outcome {
        HandOver::Accepted { reply } => (Settled::Sent { reply }, Some(EventKind::MessageSent)),
        HandOver::Uncertain { reason } if sabotage::is(Fault::SendsAgainWhenUncertain) => {
            let next_try_at = env.machine_now() + backoff(message.tries);
            (Settled::Later { reply: reason, next_try_at }, None)
        }
        HandOver::Retry { reason } if !exhausted => {
            let next_try_at = env.machine_now() + backoff(message.tries);
            (Settled::Later { reply: reason, next_try_at }, None)
        }
        HandOver::Refused { reply, .. } | HandOver::Retry { reason: reply } => {
            (Settled::Failed { reply }, Some(EventKind::MessageFailed))
        }
        HandOver::Uncertain { reason } => {
            (Settled::Uncertain { reply: reason }, Some(EventKind::MessageUncertain))
        }
    };
    if !messages::settle(tx, message.id, worker, settling, now).await? {
        return Ok(());
    }
    match message.channel {
        Channel::Email => mail_address_is_bad(env, tx, message, outcome).await?,
        Channel::Sms => texting::handed_over(env, tx, message, texted).await?,
        _ => {}
    }
    match kind {
        Some(kind) => settled(env, tx, message, kind).await,
        None => Ok(()),
    }
}

/// A relay's word that there is no such address ends mail to it.
async fn mail_address_is_bad(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    outcome: &HandOver,
) -> Result<(), StoreError> {
    let now = env.business_now();
    if let (HandOver::Refused { address_is_bad: true, .. }, Some(contact)) = (outcome, message.contact) {
        let reason = ShortText::parse("the mail server said that there is no such address");
        if let Ok(reason) = reason {
            // Where it went, which may not be where it was to go when it was queued.
            let sent = messages::find(tx, message.business, message.id).await?;
            let address = sent.as_ref().map_or("", |sent| &sent.to_address);
            if !customers::suppress_contact(tx, message.business, contact, address, &reason, now).await? {
                return Ok(());
            }
            let told = Told::new(EventKind::ContactSuppressed, contact);
            let told = message.customer.map_or(told.clone(), |customer| told.customer(customer));
            record(tx, env, message.business, Actor::System, told);
        }
    }
    Ok(())
}

/// Tells what became of a message, on the timeline of each invoice it spoke of, and asks a person to look where that is needed.
pub(super) async fn settled(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    kind: EventKind,
) -> Result<(), StoreError> {
    let mut told = Vec::new();
    for part in message.parts.iter().filter(|part| part.cancelled.is_none()) {
        let receivable = receivables::find(tx, message.business, part.receivable).await?;
        told.push((receivable.map(|receivable| receivable.invoice), Some(part.said.step.clone())));
    }
    if told.is_empty() {
        told.push((message.invoice, None));
    }
    for (invoice, step) in told {
        let mut telling = Told::new(kind, message.id).facts(record::Facts {
            message: Some(message.id),
            message_kind: Some(message.kind),
            step,
            ..record::Facts::default()
        });
        if let Some(customer) = message.customer {
            telling = telling.customer(customer);
        }
        if let Some(invoice) = invoice {
            telling = telling.invoice(invoice);
        }
        record(tx, env, message.business, Actor::System, telling);
    }
    let task = match kind {
        // The last word to a number that wants none may be refused by the gateway itself: nobody has to look.
        _ if message.kind == MessageKind::TextsEnded => return Ok(()),
        EventKind::MessageUncertain => TaskKind::MessageUncertain,
        EventKind::MessageFailed | EventKind::MessageExpired => TaskKind::MessageFailed,
        _ => return Ok(()),
    };
    raise_about(env, tx, message, task).await
}

/// Asks a person to do something about a message, once.
pub(super) async fn raise_about(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    kind: TaskKind,
) -> Result<(), StoreError> {
    let task = NewTask {
        id: env.new_id(),
        business: message.business,
        kind,
        dedup_key: format!("{kind}:{}", message.id),
        subject: message.id.into(),
        customer: message.customer,
        invoice: message.invoice,
        step: None,
        data: serde_json::json!({}),
        created_at: env.business_now(),
        due_at: None,
    };
    raise_task(tx, env, Actor::System, &task, record::Facts::default()).await.map(|_raised| ())
}
