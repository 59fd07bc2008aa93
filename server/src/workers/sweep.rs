//! Asks the payment provider what we may have missed.
//!
//! **With the sweep alone, without a single webhook, everything comes right; webhooks only make it fast.** Two passes:
//!
//! 1. Attempts whose time to be asked about has come: left behind by a crash, unknown, open, on their way. Then refunds and removed
//!    methods likewise.
//! 2. Each business's provider events since a little before the last sweep, all pages. Those the inbox has not seen are put
//!    there, as if they had just been delivered, and worked off like any other. How many those were is the drift: with
//!    webhooks set up it reads 0 once a sweep has found nothing new.
//!
//! An event that is put in twice is one row; a sweep that dies halfway begins again from the same place.

use chrono::{Duration, DurationRound};
use domain::BusinessId;
use futures_util::StreamExt;
use serde_json::json;
use store::attempts::{self, Attempt};
use store::identity::{self, Business};
use store::inbox::{InboxKey, Kept};
use store::sweeps::{self, Sweep};
use store::{StoreError, Tx};

use super::inbox::acts_on;
use crate::env::{Env, Principal};
use crate::gateway::ProviderEvent;
use crate::operations::payments::{
    Account, AccountError, SyncError, Synced, give_back, provider_account, reconcile, saved, sync,
};
use crate::webhooks::{Incoming, PROVIDER};

/// What the cursor is called.
pub const EVENTS: &str = "stripe.events";

/// Attempts asked about in one run.
const ATTEMPTS: i64 = 100;

/// Businesses swept in one run.
const BUSINESSES: i64 = 50;

/// Pages of events read at most for one business; more than that and the rest waits for the next run.
const PAGES_MAX: usize = 100;

/// How long a claim holds; longer than the calls of one batch may take.
const LEASE_MINUTES: i64 = 30;

/// How often a business's events are read.
const EVERY_MINUTES: i64 = 5;

/// How often a business's books are compared with its account.
const COMPARED_EVERY_HOURS: i64 = 24;

/// How soon after a failure.
const AFTER_FAILURE_MINUTES: i64 = 1;

/// How soon the comparison is tried again after one that failed.
const COMPARED_AFTER_FAILURE_MINUTES: i64 = 30;

/// Events are read again from this long before the last one seen: the provider may list one late.
const OVERLAP_MINUTES: i64 = 60;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SweepReport {
    /// Attempts the provider was asked about.
    pub attempts_asked: usize,
    /// Of those, the ones about which there was news.
    pub attempts_changed: usize,
    /// Of those, the ones it could not be asked about now.
    pub attempts_failed: usize,
    /// Refunds the provider was asked about.
    pub refunds_asked: usize,
    /// Removed methods that the provider was asked to let go.
    pub methods_let_go: usize,
    /// Businesses whose events were read.
    pub accounts_read: usize,
    /// Businesses whose events could not be read now.
    pub accounts_failed: usize,
    /// Events that no webhook had told of.
    pub drift: usize,
}

/// Asks about everything whose time has come.
pub async fn run_once(env: &Env) -> Result<SweepReport, StoreError> {
    let worker = super::worker_name(env, "sweep");
    let mut report = SweepReport::default();
    ask_about_attempts(env, &worker, &mut report).await?;
    report.refunds_asked = give_back::ask_again(env).await?;
    report.methods_let_go = saved::let_go_again(env).await?;
    read_events(env, &worker, &mut report).await?;
    if report.drift > 0 {
        env.nudges.inbox.notify_one();
    }
    Ok(report)
}

async fn ask_about_attempts(env: &Env, worker: &str, report: &mut SweepReport) -> Result<(), StoreError> {
    let lease = Duration::minutes(LEASE_MINUTES);
    let claimed = env
        .store
        .transact(async |tx: &mut Tx| {
            attempts::claim_to_sync(tx, worker, env.machine_now(), lease, ATTEMPTS).await
        })
        .await?;
    // Whatever a piece of work needs the database for happens inside of it: the loop below must not wait for anything
    // that a piece it is not looking at may hold.
    let mut work = futures_util::stream::iter(claimed)
        .map(|attempt| async move { ask_and_release(env, worker, &attempt).await })
        .buffer_unordered(env.gateways.calls_at_once());
    while let Some(asked) = work.next().await {
        report.attempts_asked += 1;
        match asked? {
            Asked::News => report.attempts_changed += 1,
            Asked::NoNews => {}
            Asked::InVain => report.attempts_failed += 1,
        }
    }
    Ok(())
}

enum Asked {
    News,
    NoNews,
    InVain,
}

async fn ask_and_release(env: &Env, worker: &str, attempt: &Attempt) -> Result<Asked, StoreError> {
    let asked = match ask_about(env, attempt).await {
        Ok(Synced::Changed) => Asked::News,
        Ok(Synced::Unchanged | Synced::NotOurs) => Asked::NoNews,
        Err(error) => {
            tracing::warn!(attempt = %attempt.id, %error, "the provider could not be asked about an attempt");
            Asked::InVain
        }
    };
    env.store
        .transact(async |tx: &mut Tx| {
            let Some(now) = attempts::find(tx, attempt.business, attempt.id).await? else { return Ok(()) };
            let next = sync::next_question(env.machine_now(), now.state.status(), now.sync_tries);
            // A step that was taken ended the claim and set the next question itself; then this finds nothing.
            attempts::release_sync(tx, attempt.id, worker, next).await?;
            Ok::<_, StoreError>(())
        })
        .await?;
    Ok(asked)
}

async fn ask_about(env: &Env, attempt: &Attempt) -> Result<Synced, SyncError> {
    let account = Account::open(env, attempt.business).await?;
    sync::attempt(env, &account, attempt).await
}

async fn read_events(env: &Env, worker: &str, report: &mut SweepReport) -> Result<(), StoreError> {
    begin_new_cursors(env).await?;
    let lease = Duration::minutes(LEASE_MINUTES);
    let claimed = env
        .store
        .transact(async |tx: &mut Tx| sweeps::claim(tx, worker, env.machine_now(), lease, BUSINESSES).await)
        .await?;
    for sweep in claimed {
        let now = env.machine_now();
        if sweep.name == reconcile::CURSOR {
            compare(env, &sweep, worker).await?;
            continue;
        }
        match read_account(env, &sweep).await {
            Ok((read_until, drift)) => {
                report.accounts_read += 1;
                report.drift += drift;
                let drift = i64::try_from(drift).unwrap_or(i64::MAX);
                let next = now + Duration::minutes(EVERY_MINUTES);
                env.store
                    .transact(async |tx: &mut Tx| {
                        sweeps::finish(tx, &sweep, worker, read_until, drift, next, now).await
                    })
                    .await?;
            }
            Err(error) => {
                report.accounts_failed += 1;
                tracing::warn!(business = %sweep.business, %error, "a business's events could not be read");
                let next = now + Duration::minutes(AFTER_FAILURE_MINUTES);
                env.store
                    .transact(async |tx: &mut Tx| sweeps::release(tx, &sweep, worker, next).await)
                    .await?;
            }
        }
    }
    Ok(())
}

/// Compares a business's books with its account: what is older than the events that the provider keeps is found here.
async fn compare(env: &Env, sweep: &Sweep, worker: &str) -> Result<(), StoreError> {
    let now = env.machine_now();
    let next = match reconcile::reconcile(env, &Principal::System, sweep.business).await {
        Ok(compared) => {
            if !compared.drift.is_empty() {
                tracing::error!(business = %sweep.business, drift = compared.drift.len(),
                    "the books and the provider differ");
            }
            now + Duration::hours(COMPARED_EVERY_HOURS)
        }
        Err(error) => {
            tracing::warn!(business = %sweep.business, %error, "the books could not be compared");
            now + Duration::minutes(COMPARED_AFTER_FAILURE_MINUTES)
        }
    };
    env.store.transact(async |tx: &mut Tx| sweeps::release(tx, sweep, worker, next).await).await?;
    Ok(())
}

/// A business that has set its key since the last run gets a cursor, which begins a little before now: what happened in
/// its account before that is none of ours.
async fn begin_new_cursors(env: &Env) -> Result<(), StoreError> {
    let (businesses, known): (Vec<Business>, Vec<BusinessId>) = {
        let mut tx = env.store.read().await?;
        let statuses = sweeps::statuses(&mut tx).await?;
        let events = statuses.into_iter().filter(|status| status.name == EVENTS);
        let known = events.map(|status| status.business).collect();
        (identity::businesses(&mut tx).await?, known)
    };
    let new = |business: &&Business| business.stripe.is_some() && !known.contains(&business.id);
    let new: Vec<&Business> = businesses.iter().filter(new).collect();
    if new.is_empty() {
        return Ok(());
    }
    env.store
        .transact(async |tx: &mut Tx| {
            let now = env.machine_now();
            for business in &new {
                sweeps::begin(tx, business.id, EVENTS, now, now).await?;
                // The first comparison comes when there is something to compare.
                let first = now + Duration::hours(COMPARED_EVERY_HOURS);
                sweeps::begin(tx, business.id, reconcile::CURSOR, reconcile::NEVER, first).await?;
            }
            Ok(())
        })
        .await
}

/// Reads one account's events from a little before the cursor, and puts those that are new into the inbox. Returns how far
/// it read, by the provider's clock, and how many were new.
async fn read_account(env: &Env, sweep: &Sweep) -> Result<(domain::Timestamp, usize), SyncError> {
    let account = Account::open(env, sweep.business).await?;
    let business = {
        let mut tx = env.store.read().await?;
        identity::business(&mut tx, sweep.business).await?.ok_or(AccountError::None)?
    };
    let from = sweep.read_until - Duration::minutes(OVERLAP_MINUTES);
    let from = from.duration_trunc(Duration::seconds(1)).unwrap_or(from);
    let (mut read_until, mut drift, mut after) = (sweep.read_until, 0, None::<String>);
    for _ in 0..PAGES_MAX {
        let page = sync::outside(account.gateway.events(from, after.as_deref())).await?;
        for event in &page.events {
            read_until = read_until.max(event.created);
            if acts_on(&event.kind) && bring_in(env, &business, event).await? == Kept::Now {
                drift += 1;
            }
        }
        match page.next {
            Some(next) => after = Some(next),
            None => return Ok((read_until, drift)),
        }
    }
    // Newest first: what was not reached is older, so the cursor stays and the next run goes on from the inbox's knowledge.
    tracing::warn!(business = %sweep.business, "more events than one sweep reads");
    Ok((sweep.read_until, drift))
}

/// Puts an event into the inbox as if it had been delivered: reduced to what points at its object, which is all the inbox
/// reads of any event.
async fn bring_in(env: &Env, business: &Business, event: &ProviderEvent) -> Result<Kept, StoreError> {
    let payload = json!({
        "id": event.id, "object": "event", "type": event.kind, "created": event.created.timestamp(),
        "livemode": event.livemode, "data": { "object": { "id": event.object_id } },
    });
    let incoming = Incoming {
        key: InboxKey {
            provider: PROVIDER.to_owned(),
            account: provider_account(business),
            event_id: event.id.clone(),
        },
        business: business.id,
        kind: event.kind.clone(),
        livemode: event.livemode,
        payload: payload.to_string().into_bytes(),
    };
    env.intake.keep(env, incoming).await
}
