//! Asking the provider how something stands, and writing down what it says.
//!
//! Three roads lead here: a webhook, the customer's way back from the provider's page, and the sweep. None brings data,
//! each only a reason to look, so they may come in any order, twice, late or not at all.
//!
//! # Where transactions begin and end
//!
//! 1. The attempt is read (and nothing is held).
//! 2. The provider is asked for its objects, outside of any transaction.
//! 3. One transaction takes the customer's turn, reads the attempt again and takes the step that the answer allows from
//!    where the attempt is *then*; money is booked in it, see [`super::booking`].
//!
//! A crash before 3 leaves everything as it was; whoever asked asks again (the inbox by its lease, the sweep by
//! `next_sync_at`). A crash after 3 leaves everything done; asking again changes nothing.

use std::future::Future;

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::payment::{AttemptState, AttemptStatus, FailureCode, refusal};
use domain::task::TaskKind;
use domain::{AttemptId, BusinessId, InvoiceId, Money, MoneyError, Timestamp};
use store::attempts::{self, Attempt};
use store::{StoreError, Tx, crash, ledger, receivables};

use super::account::is_live;
use super::booking::{self, BookedNow, Mismatch, MoneyToLookAt};
use super::charge::{self, Asked};
use super::page::{self, page_life};
use super::uses::UseError;
use super::{Account, AccountError, cash, saved};
use crate::env::{Env, NotPermitted, PortalAccess, Principal};
use crate::gateway::{Checkout, CheckoutStatus, GatewayError, Intent, IntentStatus};
use crate::operations::portal;
use crate::operations::record::{Facts, Told, record};

/// How long the provider remembers an idempotency key for certain: 24 hours, less a margin for clocks and slow calls.
pub(super) const KEY_GOOD_HOURS: i64 = 23;

/// Sessions are looked for by their metadata from a little before the attempt was made, because clocks differ.
const LOOK_BACK_MINUTES: i64 = 10;

/// What came of asking.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Synced {
    /// Something changed: money was booked, or an attempt took a step.
    Changed,
    /// We knew all of it.
    Unchanged,
    /// It is nothing of ours: somebody collects through the same account by other means.
    NotOurs,
}

/// Why asking came to nothing. Asked again later, except where noted.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The business's account cannot be asked.
    #[error(transparent)]
    Account(#[from] AccountError),
    /// The provider did not answer, or refused.
    #[error(transparent)]
    Gateway(#[from] GatewayError),
    /// Somebody else took a step in between; nothing was written.
    #[error("the attempt changed while it was being worked on")]
    Raced,
    /// Amounts that cannot be calculated with. A bug, or a row changed by hand.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<UseError> for SyncError {
    fn from(error: UseError) -> Self {
        match error {
            UseError::Money(error) => Self::Money(error),
            UseError::Raced => Self::Raced,
            UseError::Store(error) => Self::Store(error),
        }
    }
}

/// Makes a call to the outside world; a test may let the process die on either side of it.
pub(crate) async fn outside<T>(call: impl Future<Output = T>) -> T {
    crash::point("before the provider is asked").await;
    let answer = call.await;
    crash::point("after the provider answered").await;
    answer
}

/// Fetches a Checkout Session afresh and writes down what it says.
pub async fn checkout(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let checkout = outside(account.gateway.checkout(id)).await?;
    if let Some(setup) = &checkout.setup {
        return saved::setup(env, account, setup).await;
    }
    let intent = match &checkout.intent {
        Some(intent) => Some(outside(account.gateway.intent(intent)).await?),
        None => None,
    };
    learn(env, account, Some(&checkout), intent.as_ref()).await
}

/// Fetches a payment intent afresh and writes down what it says.
pub async fn intent(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let intent = outside(account.gateway.intent(id)).await?;
    let checkout = match intent.status {
        // These say all there is to say.
        IntentStatus::Succeeded | IntentStatus::Processing if intent.attempt.is_some() => None,
        _ => outside(account.gateway.checkout_of_intent(id)).await?,
    };
    learn(env, account, checkout.as_ref(), Some(&intent)).await
}

/// Asks about one of our attempts, whatever is known of it.
pub async fn attempt(env: &Env, account: &Account, attempt: &Attempt) -> Result<Synced, SyncError> {
    if !account.holds(attempt) {
        return elsewhere(env, attempt).await;
    }
    match (&attempt.state, &attempt.checkout, &attempt.payment) {
        (AttemptState::Creating | AttemptState::Unknown, None, None) => resolve(env, account, attempt).await,
        (AttemptState::Open { checkout: id, .. }, _, _) => {
            if asks_too_much(env, attempt).await? {
                // It was paid or credited by another road. Whether the page closes now or was completed a moment ago, looking at it
                // afterwards tells.
                let closed = outside(account.gateway.expire_checkout(id)).await;
                tracing::debug!(attempt = %attempt.id, closed = closed.is_ok(), "closed a page nobody needs");
            }
            checkout(env, account, id).await
        }
        (_, Some(id), _) => checkout(env, account, id).await,
        (_, None, Some(id)) => intent(env, account, id).await,
        (_, None, None) => Ok(Synced::Unchanged),
    }
}

/// An attempt of an account that the business's key does not open any more, so that nobody can be asked. A page closes by itself
/// and then makes way; what was on its way in real money may have arrived, which only a person can see.
async fn elsewhere(env: &Env, attempt: &Attempt) -> Result<Synced, SyncError> {
    let real = is_live(&attempt.provider_account);
    let closed = attempt.created_at + page_life() < env.business_now();
    match attempt.state.status() {
        AttemptStatus::Creating | AttemptStatus::Open | AttemptStatus::Unknown if closed || !real => {
            // A charge has no page that closes: it may have been made.
            if real && attempt.saved.is_some() {
                show_elsewhere(env, attempt).await?;
            }
            write(env, attempt, AttemptState::Expired, Actor::System).await
        }
        AttemptStatus::Processing if !real => {
            write(env, attempt, AttemptState::Failed { code: FailureCode::Other }, Actor::System).await
        }
        AttemptStatus::Processing => {
            show_elsewhere(env, attempt).await?;
            Ok(Synced::Unchanged)
        }
        _ => Ok(Synced::Unchanged),
    }
}

async fn show_elsewhere(env: &Env, attempt: &Attempt) -> Result<(), SyncError> {
    let reference = attempt.payment.clone().unwrap_or_else(|| attempt.id.to_string());
    let (amount, mismatch) = (Some(attempt.amount), Some(Mismatch::Owner));
    let look_at = MoneyToLookAt { reference, amount, mismatch };
    booking::raise_account_mismatch(env, attempt.business, &look_at).await
}

/// Whether an attempt asks for more than is open by now of something that it is for. Paying more is asked about, and whoever began
/// it was not.
async fn asks_too_much(env: &Env, attempt: &Attempt) -> Result<bool, SyncError> {
    let mut tx = env.store.read().await?;
    for part in &attempt.parts {
        let balance = ledger::balance(&mut tx, attempt.business, part.receivable).await?;
        let open = balance.map(|found| found.balance.open);
        if open.is_none_or(|open| open.minor() < part.amount.minor()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Finds out what became of a session whose creation was never answered.
///
/// Within the life of its idempotency key the provider is asked the very same thing again, which either makes the
/// session or answers with the one it made. Later the key may be forgotten and would make a second session, so it is
/// looked for by its metadata instead; one that is not there was never made, or closed long ago.
async fn resolve(env: &Env, account: &Account, attempt: &Attempt) -> Result<Synced, SyncError> {
    let is_good = is_key_good(env, attempt);
    if let Some(saved) = attempt.saved {
        // What was paid by another road meanwhile, or may no longer be charged, is only looked for: asking might charge it now.
        let is_wanted =
            is_good && charge::may_ask(env, attempt, saved).await? && !asks_too_much(env, attempt).await?;
        return if is_wanted {
            charge::collect(env, account, attempt, saved, Actor::System, Asked::Again).await
        } else {
            look_for(env, account, attempt).await
        };
    }
    if is_good {
        return match page::ask_for_page(env, account, attempt).await? {
            Ok(checkout) => learn(env, account, Some(&checkout), None).await,
            // The customer's language or our address changed meanwhile, so it is not the very same thing.
            Err(GatewayError::Refused { code, .. }) if code == "idempotency_error" => {
                look_for(env, account, attempt).await
            }
            Err(GatewayError::Refused { .. }) => {
                write(env, attempt, AttemptState::Failed { code: FailureCode::Refused }, Actor::System).await
            }
            Err(error) => {
                write(env, attempt, AttemptState::Unknown, Actor::System).await?;
                Err(error.into())
            }
        };
    }
    look_for(env, account, attempt).await
}

/// Whether asking again under an attempt's key is certain to mean the very same thing.
fn is_key_good(env: &Env, attempt: &Attempt) -> bool {
    env.machine_now() - attempt.key_made_at < Duration::hours(KEY_GOOD_HOURS)
}

/// Looks for the page or the payment of an attempt by its metadata.
pub(super) async fn look_for(env: &Env, account: &Account, attempt: &Attempt) -> Result<Synced, SyncError> {
    let from = attempt.key_made_at - Duration::minutes(LOOK_BACK_MINUTES);
    if attempt.saved.is_some() {
        let intents = outside(account.gateway.intents_since(from)).await?;
        return match intents.into_iter().find(|intent| intent.attempt == Some(attempt.id)) {
            Some(found) => intent(env, account, &found.id).await,
            None => write(env, attempt, AttemptState::Expired, Actor::System).await,
        };
    }
    let sessions = outside(account.gateway.checkouts_since(from)).await?;
    match sessions.into_iter().find(|checkout| checkout.attempt == Some(attempt.id)) {
        Some(found) => checkout(env, account, &found.id).await,
        // Were it hidden behind very many others, it could still not be paid any more: a page closes after an hour.
        None => write(env, attempt, AttemptState::Expired, Actor::System).await,
    }
}

/// Writes down what the provider's objects say, about whichever attempt of ours they belong to.
pub(super) async fn learn(
    env: &Env,
    account: &Account,
    checkout: Option<&Checkout>,
    intent: Option<&Intent>,
) -> Result<Synced, SyncError> {
    let synced = env
        .store
        .transact(async |tx: &mut Tx| {
            let Some(found) = attempt_of(tx, account.business, checkout, intent).await? else {
                return stranger(tx, env, account, checkout, intent).await;
            };
            ledger::take_turn(tx, found.business, found.customer).await?;
            let Some(attempt) = attempts::find(tx, found.business, found.id).await? else {
                return Ok(Synced::NotOurs);
            };
            if let Some(paid) = intent.filter(|intent| intent.status == IntentStatus::Succeeded) {
                let booked = booking::book(tx, env, account, &attempt, paid).await?;
                return Ok(if booked == BookedNow::Already { Synced::Unchanged } else { Synced::Changed });
            }
            match reported(env, &attempt, checkout, intent) {
                Some(state) => step(tx, env, &attempt, state, Actor::Provider).await,
                None => Ok(Synced::Unchanged),
            }
        })
        .await?;
    if synced == Synced::Changed {
        env.nudges.outbox.notify_one();
        env.nudges.planner.notify_one();
        env.nudges.sweep.notify_one();
    }
    // Money first. If this fails, whoever asked asks again, and finds the money booked and this still to do.
    let kept = match intent.filter(|intent| intent.status == IntentStatus::Succeeded) {
        Some(paid) => saved::paid(env, account, &paid.id).await?,
        None => Synced::Unchanged,
    };
    Ok(if kept == Synced::Changed { kept } else { synced })
}

/// The attempt that objects belong to: by what their metadata say, else by what we know of them.
async fn attempt_of(
    tx: &mut Tx,
    business: BusinessId,
    checkout: Option<&Checkout>,
    intent: Option<&Intent>,
) -> Result<Option<Attempt>, StoreError> {
    if let Some(checkout) = checkout
        && let Some(found) = attempts::find_by_checkout(tx, business, &checkout.id).await?
    {
        return Ok(Some(found));
    }
    if let Some(intent) = intent
        && let Some(found) = attempts::find_by_payment(tx, business, &intent.id).await?
    {
        return Ok(Some(found));
    }
    let named = checkout.and_then(|checkout| checkout.attempt).or(intent.and_then(|intent| intent.attempt));
    match named {
        Some(id) => attempts::find(tx, business, id).await,
        None => Ok(None),
    }
}

/// Objects that belong to no attempt of this business. Most are none of our concern: a shop may use the same account. Money that
/// a customer transferred names them; any other that claims to be ours is, and a person is told.
async fn stranger(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    checkout: Option<&Checkout>,
    intent: Option<&Intent>,
) -> Result<Synced, SyncError> {
    let claims =
        |business: Option<BusinessId>, attempt: Option<AttemptId>| business.is_some() || attempt.is_some();
    let claimed = intent.is_some_and(|intent| claims(intent.business, intent.attempt))
        || checkout.is_some_and(|checkout| claims(checkout.business, checkout.attempt));
    let Some(paid) = intent.filter(|intent| intent.status == IntentStatus::Succeeded && claimed) else {
        return Ok(Synced::NotOurs);
    };
    if let Some(booked) = cash::book(tx, env, account, paid).await? {
        return Ok(booked);
    }
    let look_at = MoneyToLookAt {
        reference: paid.id.clone(),
        amount: paid.amount_received,
        mismatch: Some(booking::Mismatch::Owner),
    };
    booking::raise_unowned(tx, env, account.business, TaskKind::PaymentMismatch, "payment", &look_at).await?;
    Ok(Synced::NotOurs)
}

/// What objects without money say about an attempt. `None` where they say nothing new.
fn reported(
    env: &Env,
    attempt: &Attempt,
    checkout: Option<&Checkout>,
    intent: Option<&Intent>,
) -> Option<AttemptState> {
    let session = checkout.map(|checkout| checkout.status);
    let failed = |code| Some(AttemptState::Failed { code });
    match (intent.map(|intent| intent.status), session) {
        // The bank works on it: whatever the page says, the money is on its way.
        (Some(IntentStatus::Processing), _) => {
            intent.map(|intent| AttemptState::Processing { payment: intent.id.clone() })
        }
        (_, Some(CheckoutStatus::Expired)) => Some(AttemptState::Expired),
        (Some(IntentStatus::Canceled), _) => failed(FailureCode::Canceled),
        // Completed, and now without money again: the bank did not deliver.
        (Some(IntentStatus::Waiting), Some(CheckoutStatus::Complete)) => failed(failure(attempt, intent)),
        // No session says otherwise. One that waits after it was on its way has failed.
        (Some(IntentStatus::Waiting), None) if attempt.state.status() == AttemptStatus::Processing => {
            failed(failure(attempt, intent))
        }
        // What is kept was charged, and its bank said no. Nobody else can pay it any more.
        (Some(IntentStatus::Waiting), None) if attempt.saved.is_some() => {
            match intent.and_then(|intent| intent.failure_code.as_deref()) {
                Some(code) => failed(refusal(code)),
                // It waits for something that nobody can do without a page, and is not asked for again. Were it paid after all,
                // it is booked as any other late money.
                None if !is_key_good(env, attempt) => failed(FailureCode::Other),
                None => None,
            }
        }
        // The page stands open; a card that was declined there may be followed by another.
        (_, Some(CheckoutStatus::Open)) => checkout.and_then(|checkout| {
            Some(AttemptState::Open {
                checkout: checkout.id.clone(),
                url: checkout.url.clone()?,
                expires_at: env.business_now() + page::page_life(),
            })
        }),
        _ => None,
    }
}

fn failure(attempt: &Attempt, intent: Option<&Intent>) -> FailureCode {
    let code = intent.and_then(|intent| intent.failure_code.as_deref()).unwrap_or_default();
    match refusal(code) {
        FailureCode::Declined if attempt.method.settles_later() => FailureCode::DebitReturned,
        FailureCode::Declined if code.is_empty() => FailureCode::Other,
        means => means,
    }
}

/// Takes a step from where the attempt is now, if it is one: reports come in any order.
async fn step(
    tx: &mut Tx,
    env: &Env,
    attempt: &Attempt,
    state: AttemptState,
    actor: Actor,
) -> Result<Synced, SyncError> {
    let Some(next) = attempt.state.learn(state) else { return Ok(Synced::Unchanged) };
    let (kind, failure) = match &next {
        AttemptState::Creating => (EventKind::AttemptCreated, None),
        AttemptState::Open { .. } => (EventKind::AttemptOpened, None),
        AttemptState::Processing { .. } => (EventKind::AttemptProcessing, None),
        AttemptState::Succeeded { .. } => (EventKind::AttemptSucceeded, None),
        AttemptState::Failed { code } => (EventKind::AttemptFailed, Some(*code)),
        AttemptState::Expired => (EventKind::AttemptExpired, None),
        AttemptState::Unknown => (EventKind::AttemptUnknown, None),
    };
    let facts =
        Facts { amount: Some(attempt.amount), method: Some(attempt.method), failure, ..Facts::default() };
    let mut told = Told::new(kind, attempt.id).customer(attempt.customer).facts(facts);
    if let Some(invoice) = only_invoice(tx, attempt).await? {
        told = told.invoice(invoice);
    }
    let event = record(tx, env, attempt.business, actor, told);
    let sync_at = next_question(env.machine_now(), next.status(), 0);
    if !attempts::change(tx, attempt, &next, event, env.business_now(), sync_at).await? {
        return Err(SyncError::Raced);
    }
    booking::look_again(tx, env, attempt).await?;
    Ok(Synced::Changed)
}

/// Writes down, in a transaction of its own, a step that we conclude ourselves.
pub(super) async fn write(
    env: &Env,
    attempt: &Attempt,
    state: AttemptState,
    actor: Actor,
) -> Result<Synced, SyncError> {
    let (business, id) = (attempt.business, attempt.id);
    env.store
        .transact(async |tx: &mut Tx| {
            ledger::take_turn(tx, business, attempt.customer).await?;
            match attempts::find(tx, business, id).await? {
                Some(attempt) => step(tx, env, &attempt, state.clone(), actor).await,
                None => Ok(Synced::NotOurs),
            }
        })
        .await
}

/// The invoice of an attempt for one invoice.
pub(super) async fn only_invoice(tx: &mut Tx, attempt: &Attempt) -> Result<Option<InvoiceId>, StoreError> {
    match &attempt.parts[..] {
        [only] => {
            Ok(receivables::find(tx, attempt.business, only.receivable).await?.map(|found| found.invoice))
        }
        _ => Ok(None),
    }
}

/// When the provider is asked about an attempt if nothing is heard. Webhooks bring most news; this heals lost ones.
pub(crate) fn next_question(machine_now: Timestamp, status: AttemptStatus, tries: u32) -> Option<Timestamp> {
    let after = match status {
        AttemptStatus::Succeeded | AttemptStatus::Failed | AttemptStatus::Expired => return None,
        // Seconds first, because a customer may be waiting; then ever more patiently, to an hour.
        AttemptStatus::Creating | AttemptStatus::Unknown => Duration::seconds(15_i64 << tries.min(8)),
        AttemptStatus::Open => Duration::minutes(10),
        AttemptStatus::Processing => Duration::hours(6),
    };
    Some(machine_now + after.min(Duration::hours(6)))
}

/// How an attempt stands, for the page the customer comes back to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Returned {
    /// The attempt.
    pub attempt: Attempt,
    /// What it is for.
    pub invoices: Vec<PaidFor>,
    /// False if the provider could not be asked just now: what is shown is what we knew before.
    pub fresh: bool,
}

/// An invoice that an attempt is for, as it stands now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidFor {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// What of the attempt is meant for it.
    pub part: Money,
    /// What is open of it.
    pub open: Money,
}

/// Why there is nothing to show on the way back.
#[derive(Debug, thiserror::Error)]
pub enum ReturnedError {
    /// Not through a portal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such attempt, or it is not covered by the customer's link: the same for both.
    #[error("no such attempt")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The customer comes back from the provider's page. That is only a hint: the provider is asked, as a webhook would have
/// had it asked, and if it does not answer the question is put in the sweep's queue.
pub async fn returned(
    env: &Env,
    principal: &Principal,
    attempt: AttemptId,
) -> Result<Returned, ReturnedError> {
    let access = principal.portal()?;
    let before = with_invoices(env, access.business, attempt).await?;
    let Some((before, invoices)) = before.filter(|(found, _)| found.customer == access.customer) else {
        return Err(ReturnedError::NotFound);
    };
    if !covers_all(env, access, &invoices).await? {
        return Err(ReturnedError::NotFound);
    }
    if !before.state.status().is_in_flight() {
        return Ok(Returned { attempt: before, invoices, fresh: true });
    }
    let asked = match Account::open(env, access.business).await {
        Ok(account) => self::attempt(env, &account, &before).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = &asked {
        tracing::warn!(attempt = %before.id, %error, "the way back could not ask the provider; the sweep will");
        let mut tx = env.store.begin().await?;
        attempts::sync_at(&mut tx, before.id, Some(env.machine_now())).await?;
        tx.commit().await?;
        env.nudges.sweep.notify_one();
    }
    let after = with_invoices(env, access.business, attempt).await?;
    let (attempt, invoices) = after.unwrap_or((before, invoices));
    Ok(Returned { attempt, invoices, fresh: asked.is_ok() })
}

/// Whether the holder of this access may hear of everything that was paid for.
async fn covers_all(env: &Env, access: &PortalAccess, invoices: &[PaidFor]) -> Result<bool, StoreError> {
    let mut tx = env.store.read().await?;
    for paid in invoices {
        if !portal::covers(&mut tx, access, paid.invoice).await? {
            return Ok(false);
        }
    }
    Ok(!invoices.is_empty())
}

async fn with_invoices(
    env: &Env,
    business: BusinessId,
    attempt: AttemptId,
) -> Result<Option<(Attempt, Vec<PaidFor>)>, StoreError> {
    let mut tx = env.store.read().await?;
    let Some(found) = attempts::find(&mut tx, business, attempt).await? else { return Ok(None) };
    let mut invoices = Vec::with_capacity(found.parts.len());
    for part in &found.parts {
        if let Some(standing) = ledger::balance(&mut tx, business, part.receivable).await? {
            invoices.push(PaidFor {
                invoice: standing.invoice,
                number: standing.number,
                part: part.amount,
                open: standing.balance.open,
            });
        }
    }
    Ok(Some((found, invoices)))
}
