//! A reminder on its way out: the facts are read again, and what no longer applies is taken out of it.

use chrono::TimeDelta;
use domain::event::{Actor, EventKind};
use domain::gate::Reach;
use domain::schedule::{Decision, Group, Part, Schedule, StepId, WaitReason, decide};
use domain::{ReceivableId, Timestamp};
use serde::Serialize;
use store::dossiers::{self, Which};
use store::messages::{self, Message, MessagePart};
use store::{Tx, receivables};

use super::departure::{Claimed, To, leave, portal_link};
use super::{DeliveryError, Prepared};
use crate::delivery::letters::Letter;
use crate::env::{Env, PortalScope};
use crate::operations::follow_up::draft;
use crate::operations::follow_up::house::House;
use crate::operations::follow_up::known::{CONTACTS_MATTER_FOR, Item, Known};
use crate::operations::record::{self, Told, record};
use crate::sabotage::{self, Fault};

/// Asks `decide` about each part as if the message had not been queued. Only a part for which the answer is still "say this
/// step now" is said; the firmest of those sets the tone.
pub(super) async fn reminder(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, .. } = claimed;
    let now = env.business_now();
    let about: Vec<ReceivableId> = message.parts.iter().map(|part| part.receivable).collect();
    let known = known(env, tx, message, Which::These(&about), now).await?;
    let same_contact = known.contact.as_ref().is_some_and(|contact| Some(contact.id) == message.contact);
    let reached = known.recipient.reach(message.channel) == Reach::Yes;
    let mut said: Vec<Part> = Vec::new();
    let mut wait: Option<Timestamp> = None;
    for part in message.parts.iter().filter(|part| part.cancelled.is_none()) {
        let item = known.item(part.receivable).ok_or(DeliveryError::Missing("receivable"))?;
        if sabotage::is(Fault::ForgetsTheRecheck) {
            said.extend(as_planned(&known.schedule, part, item));
            continue;
        }
        let reason = match decide(&known.schedule, &item.facts, &known.gate(), now) {
            Decision::Send { .. } | Decision::Wait { .. } if !same_contact => {
                "the contact is no longer the one to write to".to_owned()
            }
            Decision::Send { .. } | Decision::Wait { .. } if !reached => {
                "it can no longer go this way".to_owned()
            }
            Decision::Send { step, by, day, skipped } if step.id == part.said.step && by.is_written() => {
                said.push(Part { receivable: part.receivable, step, by, day, skipped });
                continue;
            }
            Decision::Wait { until, step, reason: WaitReason::OutsideHours | WaitReason::MinimumGap }
                if step == part.said.step =>
            {
                wait = Some(wait.map_or(until, |earlier| earlier.max(until)));
                continue;
            }
            Decision::Send { step, .. } => format!("the step {} is due instead", step.id),
            Decision::Wait { .. } => "it is no longer due".to_owned(),
            Decision::Hold { reason, .. } => format!("on hold: {}", name_of(&reason, "hold")),
            Decision::Done { reason } => format!("done: {}", name_of(&reason, "")),
        };
        messages::cancel_part(tx, message.id, part.receivable, &part.said.step, &reason, now).await?;
        receivables::look_again(tx, message.business, part.receivable, now).await?;
        tell_cancelled(env, tx, message, item, &part.said.step);
    }
    if said.is_empty() && wait.is_none() {
        let reason = "nothing of it applies any more";
        let withdrawn = messages::withdraw(tx, message.business, message.id, false, reason, now).await?;
        return Ok(if withdrawn { Prepared::Cancelled } else { Prepared::Lost });
    }
    if let Some(until) = wait {
        return put_back(claimed, tx, until).await;
    }
    say(claimed, tx, &known, &said).await
}

/// Puts a message back that may not go before this, to look again within the hour: until then things may change.
pub(super) async fn put_back(
    claimed: Claimed<'_>,
    tx: &mut Tx,
    until: Timestamp,
) -> Result<Prepared, DeliveryError> {
    let Claimed { env, worker, message, .. } = claimed;
    let wait = (until - env.business_now()).max(TimeDelta::minutes(1)).min(TimeDelta::hours(1));
    let postponed = messages::postpone(tx, message.id, worker, env.machine_now() + wait).await?;
    Ok(if postponed { Prepared::Waiting } else { Prepared::Lost })
}

/// What [`Fault::ForgetsTheRecheck`] says: what was planned, whatever happened since.
fn as_planned(schedule: &Schedule, part: &MessagePart, item: &Item) -> Option<Part> {
    let step = schedule.step(&part.said.step)?.clone();
    let day = step.day(item.receivable.due_on);
    Some(Part { receivable: part.receivable, by: step.channel, step, day, skipped: Vec::new() })
}

/// Writes what is left of a reminder. It opens the one invoice it speaks of, or the page of all that are open.
async fn say(
    claimed: Claimed<'_>,
    tx: &mut Tx,
    known: &Known,
    said: &[Part],
) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, .. } = claimed;
    let Some(Part { step, .. }) = Group::highest(said) else { return Err(DeliveryError::Missing("part")) };
    let contact = known.contact.as_ref().ok_or(DeliveryError::Missing("contact"))?;
    let address = known.address(message.channel).ok_or(DeliveryError::Missing("address"))?;
    let locale = known.locale().spoken();
    let letter =
        Letter::Reminder(draft::reminder(tx, known, message.channel, said, env.business_now()).await?);
    let to = To { name: contact.name.to_string(), address, locale, tone: Some(step.tone) };
    let scope = match said {
        [only] => {
            let item = known.item(only.receivable).ok_or(DeliveryError::Missing("receivable"))?;
            PortalScope::Invoice(item.receivable.invoice)
        }
        _ => PortalScope::Customer,
    };
    let link = portal_link(env, tx, message, scope).await?;
    leave(claimed, tx, &to, &letter, link).await
}

/// What is known of the customer a message is to, about these receivables, as if the message had not been queued.
pub(super) async fn known(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    about: Which<'_>,
    now: Timestamp,
) -> Result<Known, DeliveryError> {
    let mut house =
        House::load(env, tx, message.business, now).await?.ok_or(DeliveryError::Missing("business"))?;
    let customer = message.customer.ok_or(DeliveryError::Missing("customer"))?;
    let asked = [(message.business, customer)];
    let dossiers = dossiers::gather(tx, &asked, about, now - CONTACTS_MATTER_FOR).await?;
    let dossier = dossiers.into_iter().next().ok_or(DeliveryError::Missing("customer"))?;
    Ok(Known::new(&mut house, dossier, Some(message), now))
}

/// The stable name of a reason, as it is stored with a decision.
fn name_of(reason: &impl Serialize, tag: &str) -> String {
    let value = serde_json::to_value(reason).unwrap_or_default();
    let name = if tag.is_empty() { &value } else { &value[tag] };
    name.as_str().unwrap_or("other").to_owned()
}

fn tell_cancelled(env: &Env, tx: &mut Tx, message: &Message, item: &Item, step: &StepId) {
    let told = Told::new(EventKind::MessageCancelled, message.id)
        .customer(item.receivable.customer)
        .invoice(item.receivable.invoice)
        .facts(record::Facts {
            message: Some(message.id),
            message_kind: Some(message.kind),
            step: Some(step.clone()),
            ..record::Facts::default()
        });
    record(tx, env, message.business, Actor::System, told);
}
