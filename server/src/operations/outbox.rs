//! Handing messages over: claim, read the facts again, render, hand over, record.
//!
//! **Invariant: a message leaves the house at most once, and never about money that was booked before the hand-over
//! committed.**
//!
//! | committed | then, outside | a crash here leaves | healed by |
//! | --- | --- | --- | --- |
//! | `claimed`, with a lease | an open Checkout is asked about | a claim whose lease runs out | the next run: queued again |
//! | `handing_over`, with body and link, after the facts were read again in the same transaction | the relay takes the mail | nobody knows whether it did | the next run: `uncertain`, a task; never sent again by itself |
//! | `sent`, `failed`, `uncertain`, or `queued` for later | nothing | – | – |
//!
//! Booking money and reading the facts take the customer's turn (`store::ledger::take_turn`), so one waits for the
//! other: a payment booked first is seen and the message is cancelled; one booked later meets a message that was right
//! when it left.

use chrono::TimeDelta;
use domain::event::{Actor, EventKind};
use domain::gate::Reach;
use domain::message::{Channel, MessageKind, Purpose};
use domain::schedule::{Decision, Group, Part, Schedule, StepId, Tone, WaitReason, decide};
use domain::task::TaskKind;
use domain::time;
use domain::{InvitationId, Locale, Money, ReceivableId, ShortText, Timestamp};
use serde::Serialize;
use store::dossiers::{self, Which};
use store::identity::Business;
use store::messages::{self, Message, MessagePart, Rendered, Settled};
use store::tasks::NewTask;
use store::{StoreError, Tx, attempts, customers, identity, installation, ledger, receivables};

use super::follow_up::clock_is_behind;
use super::follow_up::house::House;
use super::follow_up::known::{CONTACTS_MATTER_FOR, Item, Known};
use super::identity::mint_invitation;
use super::leaving::{self, Link, WriteError, Written};
use super::payments::Account;
use super::payments::booking::ReceiptData;
use super::payments::sync;
use super::portal::{self, LinkFor};
use super::record::{self, Told, raise_task, record};
use super::sms as texting;
use super::templates;
use crate::delivery::letters::{
    Correspondents, FreshLink, Invitation, InvoiceRow, Letter, Receipt, Reminder,
};
use crate::delivery::mail::MailError;
use crate::delivery::{HandOver, Outgoing, Texted};
use crate::env::{Env, NotPermitted, PortalScope, Principal};
use crate::sabotage::{self, Fault};

/// How long a worker may take from claim to hand-over, and from hand-over to record. Longer than the transport's own
/// limits together, so that only a dead worker exceeds it. Machine time.
const LEASE: TimeDelta = TimeDelta::minutes(5);

/// Whose turn it is to count the messages of the hour and to claim more of them.
const CAP_TURN: &str = "chasing_cap_turn";

/// Messages handed over in one run.
const BATCH: i64 = 50;

/// How often a message is tried before a person is asked. With [`backoff`] that is a little more than two days.
const MOST_TRIES: u32 = 12;

/// What a run of the outbox did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct HandedOver {
    /// Taken by the relay.
    pub sent: u64,
    /// Put off: the relay said later, or was not reached.
    pub put_off: u64,
    /// Refused for good.
    pub failed: u64,
    /// Nobody knows.
    pub uncertain: u64,
    /// No longer applied when the facts were read again.
    pub cancelled: u64,
    /// Waiting for business hours or for the minimum gap.
    pub waiting: u64,
    /// Whether the hourly cap of chasing messages is used up.
    pub capped: bool,
    /// Business time stands before the newest event: nothing is sent until the clock is right again.
    pub clock_is_behind: bool,
    /// Whether there was more than one run takes.
    pub more: bool,
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum OutboxError {
    /// Only workers and the operator hand over.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Hands over what waits in the outbox: answers first, then chasing messages within the hourly cap. `worker` names
/// this process, for its claims.
pub async fn hand_over_waiting(
    env: &Env,
    principal: &Principal,
    worker: &str,
) -> Result<HandedOver, OutboxError> {
    principal.internal()?;
    let mut report = HandedOver::default();
    heal(env, &mut report).await?;

    let mut tx = env.store.read().await?;
    if clock_is_behind(&mut tx, env.business_now()).await? {
        return Ok(HandedOver { clock_is_behind: true, ..report });
    }
    let left = left_of_the_hour(env, &mut tx).await?;
    drop(tx);
    report.capped = left <= 0;

    for (purpose, limit) in [(Purpose::Answer, BATCH), (Purpose::Chasing, left.clamp(0, BATCH))] {
        if limit == 0 {
            continue;
        }
        let claimed = env
            .store
            .transact(async |tx: &mut Tx| {
                let now = env.machine_now();
                if purpose == Purpose::Answer {
                    return messages::claim(tx, worker, purpose, now, LEASE, limit).await;
                } else if !messages::chasing_waits(tx, now).await? {
                    return Ok(Vec::new());
                }
                // One after the other, so that processes together stay within the cap.
                installation::take_turn(tx, CAP_TURN, now).await?;
                let limit = limit.min(left_of_the_hour(env, tx).await?.max(0));
                messages::claim(tx, worker, purpose, now, LEASE, limit).await
            })
            .await?;
        report.more |= i64::try_from(claimed.len()).is_ok_and(|found| found == BATCH);
        // One after the other: a mail each, and one that cannot be handed over does not stop the rest.
        for message in &claimed {
            match hand_over(env, worker, message, &mut report).await {
                Ok(()) => {}
                Err(DeliveryError::Store(error)) if error.is_unavailable() => return Err(error.into()),
                Err(error) => {
                    tracing::error!(message = %message.id, business = %message.business, %error, "a message cannot be handed over");
                    give_back(env, worker, message).await?;
                }
            }
        }
    }
    Ok(report)
}

/// How many chasing messages may still leave in this hour, besides those that are claimed.
async fn left_of_the_hour(env: &Env, tx: &mut Tx) -> Result<i64, StoreError> {
    if sabotage::is(Fault::IgnoresTheCap) {
        return Ok(BATCH);
    }
    let an_hour_ago = env.machine_now() - TimeDelta::hours(1);
    Ok(i64::from(env.settings.chasing_per_hour) - messages::chasing_since(tx, an_hour_ago).await?)
}

/// What dead workers left: claims go back into the queue, hand-overs become uncertain, with a task each.
async fn heal(env: &Env, report: &mut HandedOver) -> Result<(), StoreError> {
    let uncertain = env
        .store
        .transact(async |tx: &mut Tx| {
            let uncertain = messages::reap(tx, env.machine_now(), env.business_now()).await?;
            for message in &uncertain {
                settled(env, tx, message, EventKind::MessageUncertain).await?;
            }
            Ok::<_, StoreError>(uncertain.len())
        })
        .await?;
    report.uncertain += u64::try_from(uncertain).unwrap_or_default();
    Ok(())
}

/// Why one message was not handed over.
#[derive(Debug, thiserror::Error)]
enum DeliveryError {
    #[error(transparent)]
    Mail(#[from] MailError),
    #[error(transparent)]
    Write(#[from] WriteError),
    #[error("what it speaks of is missing: {0}")]
    Missing(&'static str),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A message that cannot be rendered is tried again later, and in the end is a person's.
async fn give_back(env: &Env, worker: &str, message: &Message) -> Result<(), StoreError> {
    env.store
        .transact(async |tx: &mut Tx| {
            if message.tries >= MOST_TRIES {
                let reason = "it could not be written; the log says why";
                messages::withdraw(tx, message.business, message.id, true, reason, env.business_now())
                    .await?;
                return settled(env, tx, message, EventKind::MessageExpired).await;
            }
            let next = env.machine_now() + backoff(message.tries);
            messages::release(tx, message.id, worker, next).await.map(|_released| ())
        })
        .await
}

/// How long to wait after so many tries: a minute, doubling up to six hours.
fn backoff(tries: u32) -> TimeDelta {
    let minutes = 1_i64 << tries.saturating_sub(1).min(9);
    TimeDelta::minutes(minutes.min(360))
}

/// What reading the facts again came to.
enum Prepared {
    /// Nothing of it applies any more.
    Cancelled,
    /// Not at this hour: back in the queue.
    Waiting,
    /// Somebody else has it.
    Lost,
    /// Body, link and state are committed: it may leave.
    Ready(Outgoing),
    /// A person has it, and the task that says so is committed.
    Posted,
}

async fn hand_over(
    env: &Env,
    worker: &str,
    message: &Message,
    report: &mut HandedOver,
) -> Result<(), DeliveryError> {
    ask_about_open_checkouts(env, message).await?;
    let outgoing =
        match env.store.transact(async |tx: &mut Tx| prepare(env, tx, worker, message).await).await? {
            Prepared::Ready(outgoing) => outgoing,
            Prepared::Posted => {
                report.sent += 1;
                return Ok(());
            }
            Prepared::Cancelled => {
                report.cancelled += 1;
                env.nudges.planner.notify_one();
                return Ok(());
            }
            Prepared::Waiting => {
                report.waiting += 1;
                return Ok(());
            }
            Prepared::Lost => return Ok(()),
        };

    store::crash::point("before the relay").await;
    let texted = match &outgoing {
        Outgoing::Mail(mail) => env.mailer.hand_over(mail).await.into(),
        Outgoing::Text(text) => env.texter.hand_over(text).await,
        // Posted already, in the transaction above.
        Outgoing::Letter => return Ok(()),
    };
    store::crash::point("after the relay").await;

    env.store.transact(async |tx: &mut Tx| record_outcome(env, tx, worker, message, &texted).await).await?;
    match texted.outcome {
        HandOver::Accepted { .. } => report.sent += 1,
        HandOver::Retry { .. } => report.put_off += 1,
        HandOver::Refused { .. } => report.failed += 1,
        HandOver::Uncertain { .. } => report.uncertain += 1,
    }
    Ok(())
}

/// A payer may have paid a moment ago at a Checkout whose webhook has not come: before chasing, Stripe is asked.
async fn ask_about_open_checkouts(env: &Env, message: &Message) -> Result<(), DeliveryError> {
    if message.kind != MessageKind::Reminder {
        return Ok(());
    }
    let mut tx = env.store.read().await?;
    let mut open = Vec::new();
    for part in &message.parts {
        open.extend(attempts::in_flight(&mut tx, message.business, part.receivable).await?);
    }
    drop(tx);
    if open.is_empty() {
        return Ok(());
    }
    let account = match Account::open(env, message.business).await {
        Ok(account) => account,
        Err(error) => {
            tracing::warn!(business = %message.business, %error, "the payment account cannot be asked");
            return Ok(());
        }
    };
    for attempt in &open {
        // What the answer changes is read from the database afterwards. If there is no answer, the attempt holds.
        if let Err(error) = sync::attempt(env, &account, attempt).await {
            tracing::warn!(attempt = %attempt.id, %error, "an open Checkout could not be asked about");
        }
    }
    Ok(())
}

async fn prepare(env: &Env, tx: &mut Tx, worker: &str, message: &Message) -> Result<Prepared, DeliveryError> {
    if let Some(customer) = message.customer {
        ledger::take_turn(tx, message.business, customer).await?;
    }
    let business =
        identity::business(tx, message.business).await?.ok_or(DeliveryError::Missing("business"))?;
    match message.kind {
        MessageKind::Reminder => reminder(env, tx, worker, message).await,
        MessageKind::Receipt => receipt(env, tx, worker, message, &business).await,
        MessageKind::FreshLink => fresh_link(env, tx, worker, message, &business).await,
        MessageKind::Invitation => invitation(env, tx, worker, message, &business).await,
        MessageKind::Test => trial(env, tx, worker, message, &business).await,
        MessageKind::TextsEnded => texts_ended(env, tx, worker, message, &business).await,
    }
}

/// Asks `decide` about each part as if the message had not been queued. Only a part for which the answer is still "say this
/// step now" is said; the firmest of those sets the tone.
async fn reminder(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
) -> Result<Prepared, DeliveryError> {
    let now = env.business_now();
    let about: Vec<ReceivableId> = message.parts.iter().map(|part| part.receivable).collect();
    let known = known(tx, message, &about, now).await?;
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
        let next = env.machine_now() + (until - now).max(TimeDelta::minutes(1)).min(TimeDelta::hours(1));
        let postponed = messages::postpone(tx, message.id, worker, next).await?;
        return Ok(if postponed { Prepared::Waiting } else { Prepared::Lost });
    }
    say(env, tx, worker, message, &known, &said).await
}

/// What [`Fault::ForgetsTheRecheck`] says: what was planned, whatever happened since.
fn as_planned(schedule: &Schedule, part: &MessagePart, item: &Item) -> Option<Part> {
    let step = schedule.step(&part.said.step)?.clone();
    let day = step.day(item.receivable.due_on);
    Some(Part { receivable: part.receivable, by: step.channel, step, day, skipped: Vec::new() })
}

/// Writes what is left of a reminder. It opens the one invoice it speaks of, or the page of all that are open.
async fn say(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    known: &Known,
    said: &[Part],
) -> Result<Prepared, DeliveryError> {
    let Some(Part { step, .. }) = Group::highest(said) else { return Err(DeliveryError::Missing("part")) };
    let contact = known.contact.as_ref().ok_or(DeliveryError::Missing("contact"))?;
    let address = known.address(message.channel).ok_or(DeliveryError::Missing("address"))?;
    let mut items: Vec<&Item> = said.iter().filter_map(|part| known.item(part.receivable)).collect();
    items.sort_by_key(|item| item.receivable.due_on);
    let Some(first) = items.first() else { return Err(DeliveryError::Missing("part")) };
    let locale = known.locale().spoken();
    let language = locale.speech();
    let text = templates::find(tx, message.business, step.template(), message.channel, language, step.tone)
        .await?
        .ok_or(DeliveryError::Mail(MailError::NoText))?;
    let dates = (first.receivable.due_on, time::civil_date(env.business_now(), known.business.time_zone));
    let total = total(&items)?;
    let rows = items.iter().map(|item| row_of(item, locale)).collect();
    let consequences = known.consequences.clone();
    let letter = Letter::Reminder(Reminder::new(text, rows, dates, total, locale, consequences));
    let to = To { name: contact.name.to_string(), address, locale, tone: Some(step.tone) };
    let scope = match items[..] {
        [only] => PortalScope::Invoice(only.receivable.invoice),
        _ => PortalScope::Customer,
    };
    let link = portal_link(env, tx, message, scope).await?;
    leave(env, tx, worker, message, &known.business, &to, &letter, link).await
}

/// What is open of all that a message speaks of.
fn total(items: &[&Item]) -> Result<Money, DeliveryError> {
    let mut opens = items.iter().map(|item| item.facts.open);
    let first = opens.next().ok_or(DeliveryError::Missing("part"))?;
    opens.try_fold(first, Money::checked_add).map_err(|_| DeliveryError::Missing("total"))
}

/// What is known of the customer a message is to, about these receivables, as if the message had not been queued.
async fn known(
    tx: &mut Tx,
    message: &Message,
    about: &[ReceivableId],
    now: Timestamp,
) -> Result<Known, DeliveryError> {
    let mut house =
        House::load(tx, message.business, now).await?.ok_or(DeliveryError::Missing("business"))?;
    let customer = message.customer.ok_or(DeliveryError::Missing("customer"))?;
    let asked = [(message.business, customer)];
    let dossiers = dossiers::gather(tx, &asked, Which::These(about), now - CONTACTS_MATTER_FOR).await?;
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

async fn receipt(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    business: &Business,
) -> Result<Prepared, DeliveryError> {
    let data: ReceiptData =
        serde_json::from_value(message.data.clone()).map_err(|_| DeliveryError::Missing("receipt data"))?;
    let item = item_of(env, tx, message).await?;
    let Some(to) = recipient(tx, message).await? else { return unreachable_now(env, tx, message).await };
    let open = item.facts.open;
    let row = row_of(&item, to.locale);
    let letter = Letter::Receipt(Receipt {
        number: row.number.clone(),
        amount: data.amount.format(to.locale),
        // Queued in the transaction that booked the payment.
        paid_on: to.locale.date_long(time::civil_date(message.created_at, business.time_zone)),
        method: data.method.map(|method| method.as_str().to_owned()).unwrap_or_default(),
        reference: data.reference,
        nothing_open: !open.is_positive(),
        invoices: if open.is_positive() { vec![row] } else { Vec::new() },
    });
    let link = portal_link(env, tx, message, PortalScope::Invoice(item.receivable.invoice)).await?;
    leave(env, tx, worker, message, business, &to, &letter, link).await
}

async fn fresh_link(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    business: &Business,
) -> Result<Prepared, DeliveryError> {
    let Some(to) = recipient(tx, message).await? else { return unreachable_now(env, tx, message).await };
    let (invoices, scope) = if message.invoice.is_some() {
        let item = item_of(env, tx, message).await?;
        (vec![row_of(&item, to.locale)], PortalScope::Invoice(item.receivable.invoice))
    } else {
        // In place of a link over everything of the customer: the page it opens says what that is.
        (Vec::new(), PortalScope::Customer)
    };
    let letter = Letter::FreshLink(FreshLink {
        number: invoices.first().map(|row| row.number.clone()).unwrap_or_default(),
        days: portal::LINK_LIFE.num_days(),
        invoices,
    });
    let link = portal_link(env, tx, message, scope).await?;
    leave(env, tx, worker, message, business, &to, &letter, link).await
}

async fn invitation(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    business: &Business,
) -> Result<Prepared, DeliveryError> {
    let id: Option<InvitationId> = message.data["invitation"].as_str().and_then(|id| id.parse().ok());
    let id = id.ok_or(DeliveryError::Missing("invitation"))?;
    let Some((token, invitation)) = mint_invitation(tx, env, id).await? else {
        let reason = "the invitation was taken back, accepted, or is too old";
        messages::withdraw(tx, message.business, message.id, false, reason, env.business_now()).await?;
        return Ok(Prepared::Cancelled);
    };
    let inviter = identity::member(tx, business.id, invitation.invited_by).await?;
    let letter = Letter::Invitation(Invitation {
        inviter: inviter.map_or_else(|| business.name.to_string(), |member| member.name.to_string()),
        days: (invitation.expires_at - invitation.created_at).num_days(),
    });
    let locale = Locale::from_tag(&message.locale).spoken();
    let to = To { name: message.to_name.clone(), address: message.to_address.clone(), locale, tone: None };
    let link = Link {
        url: format!("{}/invitation/{}", env.settings.base_url, token.reveal()),
        placeholder: format!("[link {id}]"),
    };
    leave(env, tx, worker, message, business, &to, &letter, link).await
}

/// Words that a member tries out on themselves.
async fn trial(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    business: &Business,
) -> Result<Prepared, DeliveryError> {
    let (letter, url) =
        templates::trial(env, tx, message, business).await?.ok_or(DeliveryError::Missing("words"))?;
    let locale = Locale::from_tag(&message.locale);
    let to = To { name: message.to_name.clone(), address: message.to_address.clone(), locale, tone: None };
    let link = Link { placeholder: url.clone(), url };
    leave(env, tx, worker, message, business, &to, &letter, link).await
}

/// Says once more something to a number that wants no more: that this was the last.
async fn texts_ended(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    business: &Business,
) -> Result<Prepared, DeliveryError> {
    let locale = Locale::from_tag(&message.locale).spoken();
    let to = To { name: message.to_name.clone(), address: message.to_address.clone(), locale, tone: None };
    let written = leaving::texts_ended(env, message, &between(env, business, &to))?;
    depart(env, tx, worker, message, &to, written).await
}

async fn portal_link(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    scope: PortalScope,
) -> Result<Link, DeliveryError> {
    let customer = message.customer.ok_or(DeliveryError::Missing("customer"))?;
    let asked = LinkFor {
        business: message.business,
        customer,
        scope,
        contact: message.contact,
        message: Some(message.id),
    };
    let minted = portal::mint(tx, env, Actor::System, asked).await?;
    Ok(Link { placeholder: format!("[link {}]", minted.id), url: minted.url })
}

/// To whom a message goes, as read again.
struct To {
    name: String,
    address: String,
    locale: Locale,
    tone: Option<Tone>,
}

/// The contact of an answer, if mail may still go there.
async fn recipient(tx: &mut Tx, message: &Message) -> Result<Option<To>, StoreError> {
    let locale = Locale::from_tag(&message.locale).spoken();
    let Some(contact) = message.contact else {
        let (name, address) = (message.to_name.clone(), message.to_address.clone());
        return Ok(Some(To { name, address, locale, tone: None }));
    };
    let contact = customers::contact(tx, message.business, contact).await?;
    Ok(contact.and_then(|contact| {
        let address = contact.mailable()?.to_string();
        Some(To {
            name: contact.name.to_string(),
            address,
            locale: contact.locale.map_or(locale, Locale::spoken),
            tone: None,
        })
    }))
}

async fn unreachable_now(env: &Env, tx: &mut Tx, message: &Message) -> Result<Prepared, DeliveryError> {
    let reason = "nothing more is sent to this address";
    messages::withdraw(tx, message.business, message.id, false, reason, env.business_now()).await?;
    Ok(Prepared::Cancelled)
}

/// The invoice that an answer is about.
async fn item_of(env: &Env, tx: &mut Tx, message: &Message) -> Result<Item, DeliveryError> {
    let invoice = message.invoice.ok_or(DeliveryError::Missing("invoice"))?;
    let receivable = receivables::of_invoice(tx, message.business, invoice).await?;
    let about = [receivable.ok_or(DeliveryError::Missing("invoice"))?.id];
    let known = known(tx, message, &about, env.business_now()).await?;
    known.items.into_iter().next().ok_or(DeliveryError::Missing("invoice"))
}

/// An invoice as a mail shows it.
fn row_of(item: &Item, locale: Locale) -> InvoiceRow {
    let Item { balance, facts, .. } = item;
    InvoiceRow {
        number: item.number.clone(),
        title: item.title.clone(),
        issued: locale.date_long(facts.issued_on),
        due: locale.date_long(facts.due_on),
        paid: if balance.paid.is_positive() { balance.paid.format(locale) } else { String::new() },
        open: balance.open.format(locale),
    }
}

/// Writes a message and lets it leave.
#[expect(
    clippy::too_many_arguments,
    reason = "the one place where everything about a message comes together"
)]
async fn leave(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    business: &Business,
    to: &To,
    letter: &Letter,
    link: Link,
) -> Result<Prepared, DeliveryError> {
    let written =
        leaving::write(env, tx, message, business, &between(env, business, to), letter, &link).await?;
    depart(env, tx, worker, message, to, written).await
}

/// Who a message comes from and goes to.
fn between(env: &Env, business: &Business, to: &To) -> Correspondents {
    Correspondents {
        sender: business.sender_name.to_string(),
        sender_address: env.settings.mail_from.clone(),
        reply_to: Some(business.reply_to.to_string()),
        phone: business.phone.as_ref().map(ToString::to_string),
        recipient: to.name.clone(),
        recipient_address: to.address.clone(),
        language: to.locale.tag().to_owned(),
    }
}

/// Moves a written message to `handing_over`. A letter goes on to `sent` at once: whoever posts it is asked in the same
/// transaction, so that no crash can leave it half given.
async fn depart(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    to: &To,
    written: Written,
) -> Result<Prepared, DeliveryError> {
    let rendered = Rendered {
        to_name: &to.name,
        to_address: &to.address,
        locale: to.locale.tag(),
        tone: to.tone,
        subject: &written.subject,
        body_text: &written.text,
        body_html: written.html.as_deref(),
        segments: written.segments,
    };
    let (now, machine_now) = (env.business_now(), env.machine_now());
    if !messages::hand_over(tx, message.id, worker, &rendered, now, machine_now, LEASE).await? {
        return Ok(Prepared::Lost);
    }
    if written.outgoing == Outgoing::Letter {
        let given = HandOver::Accepted { reply: leaving::GIVEN_TO_A_PERSON.to_owned() };
        record_outcome(env, tx, worker, message, &given.into()).await?;
        leaving::ask_to_post(env, tx, message).await?;
        return Ok(Prepared::Posted);
    }
    Ok(Prepared::Ready(written.outgoing))
}

/// Records what the relay did with a message, what follows for its address, and what a person must look at.
async fn record_outcome(
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
            customers::suppress_contact(tx, message.business, contact, &reason, now).await?;
            let told = Told::new(EventKind::ContactSuppressed, contact);
            let told = message.customer.map_or(told.clone(), |customer| told.customer(customer));
            record(tx, env, message.business, Actor::System, told);
        }
    }
    Ok(())
}

/// Tells what became of a message, on the timeline of each invoice it spoke of, and asks a person to look where that is needed.
async fn settled(env: &Env, tx: &mut Tx, message: &Message, kind: EventKind) -> Result<(), StoreError> {
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
    let task = NewTask {
        id: env.new_id(),
        business: message.business,
        kind: task,
        dedup_key: format!("{task}:{}", message.id),
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
