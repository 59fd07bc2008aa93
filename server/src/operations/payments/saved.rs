//! Ways to pay that a customer keeps at the provider for later.
//!
//! # Where transactions begin and end
//!
//! Keeping one:
//!
//! 1. One transaction asks for the proof that the holder of the link is the contact on file, and **commits what they agreed to**,
//!    word for word. Its id is the key of the provider's page.
//! 2. The provider makes the page, outside of any transaction; its id is written down. The customer gives the method there.
//! 3. One transaction writes down what the provider says was given ([`setup`]), under the provider's id of it.
//!
//! Step 3 is reached by webhook, by the customer's way back and by the sweep's list of events. A crash before it leaves words
//! that nothing came of, or a method that one of those roads still brings; nothing is charged either way, so there is nothing to
//! clear up, and a customer who clicks again begins anew.
//!
//! Letting one go: one transaction ends it, from which moment nothing uses it any more; then the provider is asked. A crash
//! between leaves `detach_at`, and the sweep asks again.

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::payment::Method;
use domain::saved::EndReason;
use domain::sheet::Party;
use domain::{CustomerId, Locale, MethodSetupId, Permission, SavedMethodId, Timestamp};
use sha2::{Digest as _, Sha256};
use store::customers::Customer;
use store::identity::Business;
use store::saved_methods::{self as rows, SavedMethod, Setup};
use store::{StoreError, Tx, customers, identity, ledger};

use super::page::{page_life, provider_customer, whole_seconds};
use super::sync::{SyncError, Synced, outside};
use super::{Account, AccountError};
use crate::env::{Env, NotPermitted, PortalAccess, PortalScope, Principal};
use crate::gateway::{GatewayError, NewSetup};
use crate::operations::identity::Browser;
use crate::operations::invoices::{offer, party};
use crate::operations::portal::{self, PortalError};
use crate::operations::record::{Facts, Personal, Told, actor, record};

/// Removed methods that the provider is asked about in one run of the sweep.
const AT_ONCE: i64 = 100;

/// Why a method was not kept, shown or removed.
#[derive(Debug, thiserror::Error)]
pub enum SavedError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such customer or method here.
    #[error("no such method")]
    NotFound,
    /// Nobody proved yet that they are the contact on file.
    #[error("this needs a code first")]
    NotProven,
    /// The business does not take this from this customer, or it cannot be kept.
    #[error("the method is not offered")]
    NotOffered,
    /// The provider refused, or cannot be reached. Nothing was kept.
    #[error("the payment provider is not available")]
    Unavailable,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PortalError> for SavedError {
    fn from(error: PortalError) -> Self {
        match error {
            PortalError::NotPermitted(error) => Self::NotPermitted(error),
            PortalError::NotProven => Self::NotProven,
            PortalError::Store(error) => Self::Store(error),
            _ => Self::NotFound,
        }
    }
}

/// What a customer keeps, and could.
#[derive(Debug)]
pub struct Kept {
    /// Who is owed.
    pub business: Party,
    /// Whose methods these are.
    pub customer: CustomerId,
    /// The reader's language and formats.
    pub locale: Locale,
    /// What is kept, oldest first.
    pub methods: Vec<SavedMethod>,
    /// What else could be.
    pub offered: Vec<Method>,
}

/// What a customer agreed to.
#[derive(Debug, Clone)]
pub struct Consent {
    /// The text, word for word as it was shown.
    pub text: String,
    /// Its language and formats.
    pub locale: Locale,
    /// From where and with what.
    pub browser: Browser,
}

/// Shows a customer what they keep. Only by a link over everything of theirs.
pub async fn kept(env: &Env, principal: &Principal, customer: CustomerId) -> Result<Kept, SavedError> {
    let access = whole(principal, customer)?;
    let mut tx = env.store.read().await?;
    let (business, customer) = parties(&mut tx, access).await?;
    Ok(Kept {
        methods: rows::of_customer(&mut tx, access.business, access.customer).await?,
        offered: offered(&business, &customer),
        locale: portal::locale(&mut tx, access).await?,
        business: party(&business),
        customer: customer.id,
    })
}

/// Shows a member what a customer keeps.
pub async fn of_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<Vec<SavedMethod>, SavedError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    Ok(rows::of_customer(&mut tx, business, customer).await?)
}

/// The access to everything of this customer.
fn whole(principal: &Principal, customer: CustomerId) -> Result<&PortalAccess, SavedError> {
    let access = principal.portal()?;
    let covers = access.customer == customer && access.scope == PortalScope::Customer;
    if covers { Ok(access) } else { Err(SavedError::NotFound) }
}

async fn parties(tx: &mut Tx, access: &PortalAccess) -> Result<(Business, Customer), SavedError> {
    let business = identity::business(tx, access.business).await?.ok_or(SavedError::NotFound)?;
    let customer = customers::customer(tx, access.business, access.customer).await?;
    Ok((business, customer.ok_or(SavedError::NotFound)?))
}

/// What this business could keep of this customer: what it takes from them, where they are, in the currency it works in.
fn offered(business: &Business, customer: &Customer) -> Vec<Method> {
    let can = |method: &Method| {
        method
            .saved_in(business.currency)
            .is_some_and(|currency| offer(business, customer, currency, &[*method]).allows(*method))
    };
    Method::CHOOSABLE.into_iter().filter(can).collect()
}

/// Writes down what the customer agreed to, and leads to the provider's page on which they give the method.
pub async fn begin(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    method: Method,
    consent: &Consent,
) -> Result<String, SavedError> {
    let access = whole(principal, customer)?;
    let account = Account::open(env, access.business).await.map_err(|error| match error {
        AccountError::Store(error) => SavedError::Store(error),
        AccountError::None | AccountError::Crypto(_) => SavedError::Unavailable,
    })?;
    let (setup, name) =
        env.store.transact(async |tx: &mut Tx| agree(tx, env, access, method, consent).await).await?;
    let provider_customer = match provider_customer(env, &account, customer, &name).await? {
        Ok(id) => id,
        Err(error) => return Err(unavailable(&setup, &error)),
    };
    let new = page(env, &setup, provider_customer);
    let made = match outside(account.gateway.create_setup(new, &setup.id.to_string())).await {
        Ok(made) => made,
        Err(error) => return Err(unavailable(&setup, &error)),
    };
    env.store.transact(async |tx: &mut Tx| rows::opened(tx, setup.id, &made.id).await).await?;
    made.url.ok_or(SavedError::Unavailable)
}

fn unavailable(setup: &Setup, error: &GatewayError) -> SavedError {
    tracing::warn!(setup = %setup.id, %error, "the page for keeping a method was not made");
    SavedError::Unavailable
}

async fn agree(
    tx: &mut Tx,
    env: &Env,
    access: &PortalAccess,
    method: Method,
    consent: &Consent,
) -> Result<(Setup, String), SavedError> {
    let contact = portal::require_proof(tx, access).await?;
    let (business, customer) = parties(tx, access).await?;
    let currency =
        method.saved_in(business.currency).filter(|_| offered(&business, &customer).contains(&method));
    let setup = Setup {
        id: env.new_id(),
        business: access.business,
        customer: access.customer,
        contact,
        link: access.link,
        method,
        currency: currency.ok_or(SavedError::NotOffered)?,
        consent_text: consent.text.clone(),
        consent_hash: Sha256::digest(consent.text.as_bytes()).into(),
        locale: consent.locale.tag().to_owned(),
        address: consent.browser.address.clone(),
        user_agent: consent.browser.user_agent.clone(),
        agreed_at: env.business_now(),
        checkout: None,
    };
    rows::agree(tx, &setup).await?;
    let told = Told::new(EventKind::MethodAgreed, access.customer)
        .customer(access.customer)
        .facts(Facts { method: Some(method), ..Facts::default() })
        .personal(Personal {
            note: Some(consent.text.clone()),
            address: setup.address.clone(),
            user_agent: setup.user_agent.clone(),
            ..Personal::default()
        });
    record(tx, env, access.business, Actor::Customer(access.link), told);
    Ok((setup, customer.name.into_string()))
}

fn page(env: &Env, setup: &Setup, provider_customer: String) -> NewSetup {
    let home = format!("{}/c/{}/methods", env.settings.base_url, setup.customer);
    NewSetup {
        business: setup.business,
        setup: setup.id,
        customer: setup.customer,
        provider_customer,
        method: setup.method,
        currency: setup.currency,
        success_url: format!("{home}/return?setup={}", setup.id),
        cancel_url: home,
        language: setup.locale.split('-').next().unwrap_or("en").to_owned(),
        expires_at: whole_seconds(setup.agreed_at) + page_life(),
    }
}

/// What came of giving a method to be kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is kept.
    Saved,
    /// The provider knows of none.
    NotSaved,
    /// The provider did not answer. If one was given, it will be here soon.
    Checking,
}

/// The customer comes back from the provider's page: a hint, no more. The provider is asked as a webhook would have it asked.
pub async fn returned(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    id: MethodSetupId,
) -> Result<Outcome, SavedError> {
    let access = whole(principal, customer)?;
    let (agreed, known) = {
        let mut tx = env.store.read().await?;
        (rows::setup(&mut tx, access.business, id).await?, rows::of_setup(&mut tx, id).await?)
    };
    let agreed = agreed.filter(|agreed| agreed.customer == customer).ok_or(SavedError::NotFound)?;
    if known.is_some() {
        return Ok(Outcome::Saved);
    }
    let Some(checkout) = agreed.checkout else { return Ok(Outcome::NotSaved) };
    let asked = match Account::open(env, access.business).await {
        Ok(account) => super::sync::checkout(env, &account, &checkout).await,
        Err(error) => Err(error.into()),
    };
    if let Err(error) = asked {
        tracing::warn!(setup = %id, %error, "the way back could not ask the provider; its event will come");
        return Ok(Outcome::Checking);
    }
    let mut tx = env.store.read().await?;
    let saved = rows::of_setup(&mut tx, id).await?.is_some();
    Ok(if saved { Outcome::Saved } else { Outcome::NotSaved })
}

/// Fetches what became of giving a method, and writes it down. One that has been let go since, or whose mandate is over, is
/// written down as that: news comes in any order.
pub async fn setup(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let found = outside(account.gateway.setup(id)).await?;
    let Some(named) = found.setup else { return Ok(Synced::NotOurs) };
    let (Some(given), true, true) = (&found.method, found.succeeded, found.livemode == account.livemode)
    else {
        return Ok(Synced::Unchanged);
    };
    env.store
        .transact(async |tx: &mut Tx| {
            let Some(agreed) = rows::setup(tx, account.business, named).await? else {
                return Ok(Synced::NotOurs);
            };
            ledger::take_turn(tx, agreed.business, agreed.customer).await?;
            if rows::by_reference(tx, agreed.business, &given.id).await?.is_some() {
                return Ok(Synced::Unchanged);
            }
            let saved = SavedMethod {
                id: env.new_id(),
                business: agreed.business,
                customer: agreed.customer,
                setup: agreed.id,
                method: given.method.unwrap_or(agreed.method),
                reference: given.id.clone(),
                mandate: found.mandate.as_ref().map(|mandate| mandate.id.clone()),
                label: given.label.clone(),
                last_digits: given.last_digits.clone(),
                expires: given.expires,
                saved_at: env.business_now(),
                ended: None,
                tries: 0,
            };
            let event =
                record(tx, env, saved.business, Actor::Provider, told(EventKind::MethodSaved, &saved));
            rows::keep(tx, &saved, event).await?;
            if !given.attached {
                end(tx, env, &saved, EndReason::Provider, Actor::Provider).await?;
            } else if found.mandate.as_ref().is_some_and(|mandate| mandate.over) {
                end(tx, env, &saved, EndReason::Mandate, Actor::Provider).await?;
            }
            Ok(Synced::Changed)
        })
        .await
}

/// Fetches a method afresh: one that was let go at the provider is kept no longer here.
pub async fn method(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let known = {
        let mut tx = env.store.read().await?;
        rows::by_reference(&mut tx, account.business, id).await?
    };
    let Some(known) = known else { return Ok(Synced::NotOurs) };
    let found = outside(account.gateway.kept_method(id)).await?;
    if found.attached { Ok(Synced::Unchanged) } else { over(env, &known, EndReason::Provider).await }
}

/// Fetches a mandate afresh: without it its method cannot be charged, and is kept no longer.
pub async fn mandate(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    let known = {
        let mut tx = env.store.read().await?;
        rows::by_mandate(&mut tx, account.business, id).await?
    };
    let Some(known) = known else { return Ok(Synced::NotOurs) };
    let found = outside(account.gateway.mandate(id)).await?;
    if found.over { over(env, &known, EndReason::Mandate).await } else { Ok(Synced::Unchanged) }
}

async fn over(env: &Env, known: &SavedMethod, reason: EndReason) -> Result<Synced, SyncError> {
    let ended = env
        .store
        .transact(async |tx: &mut Tx| {
            ledger::take_turn(tx, known.business, known.customer).await?;
            end(tx, env, known, reason, Actor::Provider).await
        })
        .await?;
    Ok(if ended { Synced::Changed } else { Synced::Unchanged })
}

/// Removes a method: the customer who proved who they are, or a member. From now on nothing uses it; the provider lets it go.
pub async fn remove(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    id: SavedMethodId,
) -> Result<(), SavedError> {
    let (business, reason) = match principal {
        Principal::Portal(_) => (whole(principal, customer)?.business, EndReason::Customer),
        _ => (principal.member_with(Permission::EditCustomers)?.0, EndReason::Member),
    };
    let removed = env
        .store
        .transact(async |tx: &mut Tx| {
            if let Principal::Portal(access) = principal {
                portal::require_proof(tx, access).await?;
            }
            ledger::take_turn(tx, business, customer).await?;
            let found = rows::find(tx, business, id).await?.filter(|found| found.customer == customer);
            let found = found.ok_or(SavedError::NotFound)?;
            let ended = end(tx, env, &found, reason, actor(principal)).await?;
            Ok::<_, SavedError>(ended.then_some(found))
        })
        .await?;
    if let Some(removed) = removed {
        let_go(env, &removed).await?;
    }
    Ok(())
}

/// Ends a method once, and says so on the timeline.
async fn end(
    tx: &mut Tx,
    env: &Env,
    method: &SavedMethod,
    reason: EndReason,
    by: Actor,
) -> Result<bool, StoreError> {
    let now = rows::find(tx, method.business, method.id).await?;
    if now.is_none_or(|now| now.ended.is_some()) {
        return Ok(false);
    }
    let event = record(tx, env, method.business, by, told(EventKind::MethodEnded, method));
    let detach_at = reason.is_ours().then(|| env.machine_now());
    rows::end(tx, method.id, (env.business_now(), reason), detach_at, event).await
}

fn told(kind: EventKind, method: &SavedMethod) -> Told {
    let face = format!("{} {}", method.label, method.last_digits);
    Told::new(kind, method.customer)
        .customer(method.customer)
        .facts(Facts { method: Some(method.method), ..Facts::default() })
        .personal(Personal { note: Some(face.trim().to_owned()), ..Personal::default() })
}

/// Asks the provider to let a removed method go. Whatever it answers but "not now" means that it is gone.
async fn let_go(env: &Env, method: &SavedMethod) -> Result<(), StoreError> {
    let asked = match Account::open(env, method.business).await {
        Ok(account) => outside(account.gateway.detach_method(&method.reference)).await,
        Err(AccountError::Store(error)) => return Err(error),
        Err(error) => Err(GatewayError::NotSent { reason: error.to_string() }),
    };
    let again = match asked {
        Ok(()) | Err(GatewayError::Refused { .. } | GatewayError::NotFound) => None,
        Err(error) => {
            tracing::warn!(method = %method.id, %error, "the provider could not be asked to let a method go");
            Some(next_question(env.machine_now(), method.tries))
        }
    };
    env.store.transact(async |tx: &mut Tx| rows::detach_at(tx, method.id, again).await).await
}

/// Asks about the removed methods whose time has come. How many were asked about.
pub async fn let_go_again(env: &Env) -> Result<usize, StoreError> {
    let due = {
        let mut tx = env.store.read().await?;
        rows::to_detach(&mut tx, env.machine_now(), AT_ONCE).await?
    };
    for method in &due {
        let_go(env, method).await?;
    }
    Ok(due.len())
}

/// Seconds first, then ever more patiently, to six hours. Machine time.
fn next_question(now: Timestamp, tries: u32) -> Timestamp {
    now + Duration::seconds(30_i64 << tries.min(10)).min(Duration::hours(6))
}
