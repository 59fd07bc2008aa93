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
//!
//! What reading the facts again comes to is in `reminder`, `statement` and `answers`, what leaves in `departure`, what is known
//! afterwards in `recording`.

mod answers;
mod departure;
mod recording;
mod reminder;
mod statement;

use chrono::TimeDelta;
use domain::event::EventKind;
use domain::message::{Channel, MessageKind, Purpose};
use serde::Serialize;
use store::messages::{self, Message};
use store::{StoreError, Tx, attempts, identity, installation, ledger};

use super::follow_up::clock_is_behind;
use super::follow_up::draft::DraftError;
use super::leaving::WriteError;
use super::payments::{Account, sync};
use super::retries::backoff;
use super::sms as texting;
use crate::delivery::mail::MailError;
use crate::delivery::{HandOver, Outgoing};
use crate::env::{Env, NotPermitted, Principal};
use crate::sabotage::{self, Fault};
use departure::Claimed;
use recording::{record_outcome, settled};

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
                // The gateway may have reported before anybody noticed that the worker had died.
                if message.channel == Channel::Sms {
                    texting::learn(env, tx, message.business, message.id).await?;
                }
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

impl From<DraftError> for DeliveryError {
    fn from(error: DraftError) -> Self {
        match error {
            DraftError::NoWords => Self::Mail(MailError::NoText),
            DraftError::Money(_) => Self::Missing("total"),
            DraftError::Mail(error) => Self::Mail(error),
            DraftError::Store(error) => Self::Store(error),
        }
    }
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
    let claimed = Claimed { env, worker, message, business: &business };
    match message.kind {
        MessageKind::Reminder => reminder::reminder(claimed, tx).await,
        MessageKind::Statement => statement::statement(claimed, tx).await,
        MessageKind::Receipt => answers::receipt(claimed, tx).await,
        MessageKind::Refund | MessageKind::CreditNote | MessageKind::Returned | MessageKind::Corrected => {
            answers::money_back(claimed, tx).await
        }
        MessageKind::AutopayNotice
        | MessageKind::AutopayFailed
        | MessageKind::AutopayConfirm
        | MessageKind::AutopayEnded => answers::autopay(claimed, tx).await,
        MessageKind::FreshLink => answers::fresh_link(claimed, tx).await,
        MessageKind::Code => answers::code(claimed, tx).await,
        MessageKind::Invitation => answers::invitation(claimed, tx).await,
        MessageKind::Test => answers::trial(claimed, tx).await,
        MessageKind::TextsEnded => answers::texts_ended(claimed, tx).await,
    }
}
