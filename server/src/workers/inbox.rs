//! Works off what the payment provider told us.
//!
//! **Each event ends as `done`, `ignored` or, visibly, `dead`; none blocks another.** A worker claims a few under a lease,
//! reads from each only its type and the id of the object it speaks of, and has that object fetched afresh and written
//! down (`operations::payments`). What fails is put off, longer each time; after the last try it is `dead`, with a task
//! for a person, and can be revived. A worker that dies leaves claims that run out.

use chrono::Duration;
use domain::event::Actor;
use domain::task::TaskKind;
use futures_util::StreamExt;
use serde::Deserialize;
use serde_json::json;
use store::inbox::{self, Claimed, Finished};
use store::tasks::NewTask;
use store::{StoreError, Tx};

use crate::env::Env;
use crate::gateway::GatewayError;
use crate::operations::payments::booking::{Mismatch, MoneyToLookAt};
use crate::operations::payments::{
    Account, SyncError, Synced, booking, cash, disputes, refunds, saved, sync,
};
use crate::operations::record::{Facts, raise_task};

/// Events claimed at once.
const CLAIM: i64 = 20;

/// Claims in one run, so that a flood does not keep a run from ending.
const CLAIMS_MAX: usize = 50;

/// How long a claim holds; longer than all calls of one batch may take.
const LEASE_MINUTES: i64 = 10;

/// The waits between tries, in seconds; after the last of them an event is dead. A bit more than two days altogether, so
/// that an outage of the provider's or a revoked key over a weekend night loses nothing.
const WAITS_SECONDS: [i64; 14] =
    [2, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400, 28_800, 43_200, 86_400];

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InboxReport {
    /// Worked off.
    pub done: usize,
    /// Nothing we act on.
    pub ignored: usize,
    /// Put off.
    pub retried: usize,
    /// Given up.
    pub dead: usize,
}

impl InboxReport {
    /// How many events ended or were put off.
    pub fn total(&self) -> usize {
        self.done + self.ignored + self.retried + self.dead
    }

    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Done => self.done += 1,
            Outcome::Ignored => self.ignored += 1,
            Outcome::PutOff { .. } => self.retried += 1,
            Outcome::Dead { .. } => self.dead += 1,
        }
    }
}

/// Works off everything that waits now.
pub async fn run_once(env: &Env) -> Result<InboxReport, StoreError> {
    let worker = super::worker_name(env, "inbox");
    let mut report = InboxReport::default();
    for _ in 0..CLAIMS_MAX {
        let claimed = env
            .store
            .transact(async |tx: &mut Tx| {
                inbox::claim(tx, &worker, env.machine_now(), Duration::minutes(LEASE_MINUTES), CLAIM).await
            })
            .await?;
        if claimed.is_empty() {
            break;
        }
        let worker = &worker;
        let mut work = futures_util::stream::iter(claimed)
            .map(|event| async move { work_off(env, worker, &event).await })
            .buffer_unordered(env.gateways.calls_at_once());
        while let Some(outcome) = work.next().await {
            // A database that fails here fails for all; the leases give the rest back.
            report.count(&outcome?);
        }
    }
    Ok(report)
}

enum Outcome {
    Done,
    Ignored,
    PutOff { wait: Duration, error: String },
    Dead { error: String },
}

async fn work_off(env: &Env, worker: &str, event: &Claimed) -> Result<Outcome, StoreError> {
    let outcome = match act(env, event).await {
        Ok(outcome) => outcome,
        Err(error) => {
            tracing::warn!(event = %event.key.event_id, kind = %event.event_type, tries = event.tries, %error,
                "an event could not be worked off");
            let tried = usize::try_from(event.tries.max(1) - 1).unwrap_or(usize::MAX);
            match WAITS_SECONDS.get(tried) {
                Some(seconds) => {
                    Outcome::PutOff { wait: Duration::seconds(*seconds), error: error.to_string() }
                }
                None => Outcome::Dead { error: error.to_string() },
            }
        }
    };
    env.store.transact(async |tx: &mut Tx| finish(tx, env, worker, event, &outcome).await).await?;
    Ok(outcome)
}

async fn finish(
    tx: &mut Tx,
    env: &Env,
    worker: &str,
    event: &Claimed,
    outcome: &Outcome,
) -> Result<(), StoreError> {
    let now = env.machine_now();
    let finished = match outcome {
        Outcome::Done => Finished::Done,
        Outcome::Ignored => Finished::Ignored,
        Outcome::PutOff { wait, error } => Finished::Retry { at: now + *wait, error },
        Outcome::Dead { error } => Finished::Dead { error },
    };
    let held = inbox::finish(tx, &event.key, worker, finished, now).await?;
    if held && matches!(outcome, Outcome::Dead { .. }) {
        let task = NewTask {
            id: env.new_id(),
            business: event.business,
            kind: TaskKind::EventStuck,
            dedup_key: format!("event:{}", event.key.event_id),
            subject: event.business.into(),
            customer: None,
            invoice: None,
            step: None,
            data: json!({ "reference": event.key.event_id, "event_type": event.event_type }),
            created_at: env.business_now(),
            due_at: None,
        };
        raise_task(tx, env, Actor::System, &task, Facts::default()).await?;
    }
    Ok(())
}

/// The little that is read of a payload. Everything else is asked for afresh.
#[derive(Deserialize)]
struct Envelope {
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    object: Object,
}

#[derive(Deserialize)]
struct Object {
    #[serde(default)]
    id: Option<String>,
    /// What a cash balance is known by: it has no id of its own.
    #[serde(default)]
    customer: Option<String>,
}

/// Does what an event calls for.
async fn act(env: &Env, event: &Claimed) -> Result<Outcome, SyncError> {
    let Some(subject) = Subject::of(&event.event_type) else { return Ok(Outcome::Ignored) };
    let payload = serde_json::from_slice::<Envelope>(&event.payload);
    let object = payload.ok().and_then(|Envelope { data: Data { object } }| match subject {
        Subject::Cash => object.id.or(object.customer),
        _ => object.id,
    });
    let Some(object) = object else {
        // Signed by Stripe, and yet not readable: a person should see it at once rather than in two days.
        return Ok(Outcome::Dead { error: "no object id in the payload".to_owned() });
    };
    let account = Account::open(env, event.business).await?;
    let synced = match subject {
        Subject::Checkout => sync::checkout(env, &account, &object).await,
        Subject::Intent => sync::intent(env, &account, &object).await,
        Subject::Refund => refunds::refund(env, &account, &object).await,
        Subject::Dispute => disputes::dispute(env, &account, &object).await,
        Subject::Cash => cash::collect(env, &account, &object).await,
        Subject::Setup => saved::setup(env, &account, &object).await,
        Subject::Method => saved::method(env, &account, &object).await,
        Subject::Mandate => saved::mandate(env, &account, &object).await,
    };
    match synced {
        Ok(Synced::NotOurs) => Ok(Outcome::Ignored),
        Ok(Synced::Changed | Synced::Unchanged) => Ok(Outcome::Done),
        // Signed with this business's secret, but about another account than its key's. It says money moved there, so a
        // person compares the two.
        Err(SyncError::Gateway(GatewayError::NotFound)) => {
            let look_at = MoneyToLookAt { reference: object, amount: None, mismatch: Some(Mismatch::Owner) };
            booking::raise_account_mismatch(env, event.business, &look_at).await?;
            Ok(Outcome::Ignored)
        }
        Err(error) => Err(error),
    }
}

/// What kind of object an event is about.
#[derive(Clone, Copy)]
enum Subject {
    Checkout,
    Intent,
    Refund,
    Dispute,
    /// What a customer's bank transfers brought.
    Cash,
    /// Giving a method to be kept.
    Setup,
    /// A method that is kept.
    Method,
    Mandate,
}

impl Subject {
    /// `None` for the many types we do not act on. `charge.refunded` is among them: `refund.created` tells the same with
    /// the refund's own id.
    fn of(event_type: &str) -> Option<Self> {
        match event_type {
            "checkout.session.completed"
            | "checkout.session.async_payment_succeeded"
            | "checkout.session.async_payment_failed"
            | "checkout.session.expired" => Some(Self::Checkout),
            "payment_intent.processing"
            | "payment_intent.succeeded"
            | "payment_intent.payment_failed"
            | "payment_intent.canceled"
            | "payment_intent.requires_action"
            | "payment_intent.partially_funded" => Some(Self::Intent),
            "refund.created" | "refund.updated" | "refund.failed" => Some(Self::Refund),
            "charge.dispute.created"
            | "charge.dispute.updated"
            | "charge.dispute.closed"
            | "charge.dispute.funds_withdrawn"
            | "charge.dispute.funds_reinstated" => Some(Self::Dispute),
            "cash_balance.funds_available" => Some(Self::Cash),
            "setup_intent.succeeded" | "setup_intent.setup_failed" => Some(Self::Setup),
            "payment_method.detached" => Some(Self::Method),
            "mandate.updated" => Some(Self::Mandate),
            _ => None,
        }
    }
}

/// Whether the sweep should bring this type of event in when no webhook did.
pub(super) fn acts_on(event_type: &str) -> bool {
    Subject::of(event_type).is_some()
}
