//! The demo: data to look at, and business time that can be moved on.
//!
//! Only business time moves; machine time, which guards sessions, leases and limits, never does. The offset is kept in the
//! database, so a restart does not go back, and the sandbox is told, so that debits there settle on the same days.

pub mod bank;
mod data;
mod following_up;
mod keeping;
mod past;
mod paying;
mod recurring;
mod sandbox;
mod stories;

use chrono::Duration;
use domain::event::EventKind;
use domain::{FieldErrors, FieldProblem, Permission, Timestamp};
use secrecy::ExposeSecret as _;
use store::{StoreError, identity, installation};

pub use data::{FillError, Filled, fill};
use sandbox::Sandbox;

use super::record::{Facts, Told, actor, record};
use super::{settings, sms};
use crate::env::{Env, NotPermitted, Principal, SmsAccount};
use crate::workers;

/// Whom the demo's sign-in page offers to sign in as.
pub const EMAIL: &str = "ada@nordlicht.example";
/// The password of everybody in the demo.
pub const PASSWORD: &str = "patient wading bird";

/// The most days that one step moves.
pub const MOST_DAYS: i64 = 92;

/// Why business time was not moved.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// This is no demo: its time is everybody's.
    #[error("business time moves in demo mode only")]
    NotDemo,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far business time moves at once. Business hours are eight hours long everywhere, so no step jumps over a day's.
const STEP: Duration = Duration::hours(3);

/// Moves business time on by so many days, and answers what it is then.
///
/// Time passes; it does not jump: after every few hours what is due by then is decided and handed over, so that a
/// reminder for New York goes out in New York's business hours at whatever hour somebody in Berlin clicks.
///
/// Each step's offset is committed first; the sandbox is told afterwards, outside of the transaction and with the whole
/// offset. A crash or a lost call between leaves the sandbox behind until the next step or start tells it again, and
/// leaves time where it had come to.
///
/// `asleep`: as if Dunlin had been switched off all that time. Nothing is decided or handed over on the way, and the workers
/// find everything late.
pub async fn advance(
    env: &Env,
    principal: &Principal,
    days: &str,
    asleep: bool,
) -> Result<Timestamp, AdvanceError> {
    let (business, _) = principal.member_with(Permission::AdvanceDemoTime)?;
    if !env.settings.demo {
        return Err(AdvanceError::NotDemo);
    }
    let outside = FieldProblem::NumberOutOfRange { min: 1, max: MOST_DAYS };
    let days: i64 = days.trim().parse().map_err(|_| FieldErrors::one("days", FieldProblem::NotANumber))?;
    if !(1..=MOST_DAYS).contains(&days) {
        return Err(FieldErrors::one("days", outside).into());
    }
    let told =
        Told::new(EventKind::DemoAdvanced, business).facts(Facts { days: Some(days), ..Facts::default() });
    let mut told = Some(told);
    let mut left = Duration::days(days);
    while left > Duration::zero() {
        let step = left.min(STEP);
        left -= step;
        // Adding to the offset is not idempotent, so a lost connection at commit is an error here and not tried again.
        let mut tx = env.store.begin().await?;
        let offset = installation::advance_clock(&mut tx, step, env.machine_now()).await?;
        if let Some(told) = told.take() {
            record(&mut tx, env, business, actor(principal), told);
        }
        tx.commit().await?;
        env.clock.set_business_offset(offset);
        tell_sandbox(env, offset).await;
        if !asleep {
            let_the_hours_pass(env).await;
        }
    }
    env.nudges.sweep.notify_one();
    env.nudges.inbox.notify_one();
    env.nudges.recurring.notify_one();
    env.nudges.planner.notify_one();
    env.nudges.statements.notify_one();
    env.nudges.autopay.notify_one();
    env.nudges.outbox.notify_one();
    Ok(env.business_now())
}

/// What the workers would have done in these hours. What fails here is theirs to try again.
async fn let_the_hours_pass(env: &Env) {
    if let Err(error) = workers::recurring::run_once(env).await {
        tracing::warn!(%error, "could not write recurring invoices while time moved on");
    }
    if let Err(error) = workers::planner::run_once(env).await {
        tracing::warn!(%error, "could not decide while time moved on");
    }
    if let Err(error) = workers::statements::run_once(env).await {
        tracing::warn!(%error, "could not send statements while time moved on");
    }
    if let Err(error) = workers::autopay::run_once(env).await {
        tracing::warn!(%error, "could not charge what is due while time moved on");
    }
    if let Err(error) = workers::outbox::run_once(env).await {
        tracing::warn!(%error, "could not hand over while time moved on");
    }
}

/// At the start of the server in demo mode: goes on from where business time was, and tells the sandbox that time, where
/// each business's webhooks go now, and where the answers to texts go.
pub async fn resume(env: &Env) -> Result<(), StoreError> {
    if !env.settings.demo {
        return Ok(());
    }
    let (offset, businesses) = {
        let mut tx = env.store.read().await?;
        (installation::clock_offset(&mut tx).await?, identity::businesses(&mut tx).await?)
    };
    env.clock.set_business_offset(offset);
    tell_sandbox(env, offset).await;
    let Some(sandbox) = Sandbox::of(env) else { return Ok(()) };
    if let Some(SmsAccount { account, token, .. }) = &env.settings.sms {
        let url = sms::answers_address(env);
        if let Err(error) = sandbox.set_text_answers(account, token.expose_secret(), &url).await {
            tracing::warn!(%error, "the sandbox was not told where the answers to texts go");
        }
    }
    for business in businesses {
        let (Ok(Some(key)), Ok(secrets)) =
            (settings::stripe_key(env, &business), settings::webhook_secrets(env, &business))
        else {
            continue;
        };
        let Some(secret) = secrets.first() else { continue };
        let url = format!("{}/webhooks/stripe/{}", env.settings.base_url, business.id);
        let told = sandbox
            .set_endpoint(business.name.as_str(), key.expose_secret(), &url, secret.expose_secret())
            .await;
        if let Err(error) = told {
            tracing::warn!(business = %business.id, %error, "the sandbox was not told where webhooks go");
        }
    }
    Ok(())
}

async fn tell_sandbox(env: &Env, offset: Duration) {
    let Some(sandbox) = Sandbox::of(env) else { return };
    if let Err(error) = sandbox.set_offset(offset).await {
        tracing::warn!(%error, "the sandbox was not told the business time");
    }
}
