//! Ways to pay that a customer keeps at the provider for later.
//!
//! # Where transactions begin and end
//!
//! Keeping one, without paying:
//!
//! 1. One transaction asks for the proof that the holder of the link is the contact on file, and **commits what they agreed to**,
//!    word for word. Its id is the key of the provider's page.
//! 2. The provider makes the page, outside of any transaction; its id is written down. The customer gives the method there.
//! 3. One transaction writes down what the provider says was given ([`news`]), under the provider's id of it.
//!
//! While paying, the words are committed with the attempt ([`super::start`]), and step 3 follows the payment when it succeeds:
//! what a payment was made with is known to work.
//!
//! Step 3 is reached by webhook, by the customer's way back and by the sweep's list of events. A crash before it leaves words
//! that nothing came of, or a method that one of those roads still brings; nothing is charged either way, so there is nothing to
//! clear up, and a customer who clicks again begins anew.
//!
//! Letting one go: one transaction ends it, from which moment nothing uses it any more; then the provider is asked. A crash
//! between leaves `detach_at`, and the sweep asks again.

mod news;

use domain::event::{Actor, EventKind};
use domain::payment::Method;
use domain::saved::EndReason;
use domain::sheet::Party;
use domain::{
    AttemptId, ContactId, Currency, CustomerId, Locale, MethodSetupId, Permission, SavedMethodId, Zone,
};
use sha2::{Digest as _, Sha256};
use store::customers::Customer;
use store::identity::Business;
use store::saved_methods::{self as rows, SavedMethod, Setup};
use store::{StoreError, Tx, customers, identity, ledger};

pub use self::news::{mandate, method, paid, setup};
use super::page::{page_life, provider_customer, whole_seconds};
use super::sync::{SyncError, outside};
use super::{Account, AccountError, provider_account};
use crate::env::{Env, NotPermitted, PortalAccess, PortalScope, Principal};
use crate::gateway::{GatewayError, NewSetup, SetupStatus};
use crate::operations::autopay;
use crate::operations::identity::Browser;
use crate::operations::invoices::{offer, party};
use crate::operations::portal::{self, PortalError};
use crate::operations::record::{Facts, Personal, Told, actor, record};
use crate::operations::retries::backoff;

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
    /// The business's zone.
    pub zone: Zone,
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

impl Consent {
    /// Which words these are: what a page carries along, so that nobody agrees to others than they read.
    pub fn version(text: &str) -> [u8; 32] {
        Sha256::digest(text.as_bytes()).into()
    }
}

/// Shows a customer what they keep. Only by a link over everything of theirs.
pub async fn kept(env: &Env, principal: &Principal, customer: CustomerId) -> Result<Kept, SavedError> {
    let access = whole(principal, customer)?;
    let mut tx = env.store.read().await?;
    let (business, customer) = parties(&mut tx, access).await?;
    Ok(Kept {
        methods: living(&mut tx, &business, access.customer).await?,
        offered: offered(&business, &customer),
        locale: portal::locale(&mut tx, access).await?,
        zone: business.time_zone,
        business: party(&business),
        customer: customer.id,
    })
}

/// What the reader can pay with at once: of what they keep, what these ways to pay allow. Nothing by a link over one invoice, which
/// may have been handed on, until its holder proved who they are; it is only said that there is something.
pub async fn usable(env: &Env, principal: &Principal, methods: &[Method]) -> Result<Usable, SavedError> {
    let access = principal.portal()?;
    let mut tx = env.store.read().await?;
    let (business, customer) = parties(&mut tx, access).await?;
    let mut kept = living(&mut tx, &business, customer.id).await?;
    kept.retain(|saved| methods.contains(&saved.method));
    Ok(match access.scope {
        PortalScope::Customer => Usable { methods: kept, after_code: false },
        PortalScope::Invoice(_) => Usable { methods: Vec::new(), after_code: !kept.is_empty() },
    })
}

/// What a reader can pay with at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usable {
    /// What they keep, oldest first.
    pub methods: Vec<SavedMethod>,
    /// Whether there is something that is shown to the contact on file only, who has yet to be proven.
    pub after_code: bool,
}

/// Shows a member what a customer keeps.
pub async fn of_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<Vec<SavedMethod>, SavedError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(SavedError::NotFound)?;
    Ok(living(&mut tx, &business, customer).await?)
}

/// What a customer keeps in the account that the business's key opens. What was given in another one cannot be used, and is here
/// again when its key is.
pub(in crate::operations) async fn living(
    tx: &mut Tx,
    business: &Business,
    customer: CustomerId,
) -> Result<Vec<SavedMethod>, StoreError> {
    rows::of_customer(tx, business.id, customer, &provider_account(business)).await
}

/// The access to everything of this customer.
pub(in crate::operations) fn whole(
    principal: &Principal,
    customer: CustomerId,
) -> Result<&PortalAccess, SavedError> {
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
    let what = Agreed { method, currency: currency.ok_or(SavedError::NotOffered)?, attempt: None };
    let setup = write_down(tx, env, access, contact, &what, consent).await?;
    Ok((setup, customer.name.into_string()))
}

/// What a customer agrees to have kept.
pub(super) struct Agreed {
    pub(super) method: Method,
    pub(super) currency: Currency,
    /// The attempt that brings it, while paying.
    pub(super) attempt: Option<AttemptId>,
}

/// Writes down what a customer who proved to be this contact agreed to.
pub(super) async fn write_down(
    tx: &mut Tx,
    env: &Env,
    access: &PortalAccess,
    contact: ContactId,
    what: &Agreed,
    consent: &Consent,
) -> Result<Setup, StoreError> {
    let setup = Setup {
        id: env.new_id(),
        business: access.business,
        customer: access.customer,
        contact,
        link: access.link,
        method: what.method,
        currency: what.currency,
        consent_text: consent.text.clone(),
        consent_hash: Consent::version(&consent.text),
        locale: consent.locale.tag().to_owned(),
        address: consent.browser.address.clone(),
        user_agent: consent.browser.user_agent.clone(),
        agreed_at: env.business_now(),
        checkout: None,
        attempt: what.attempt,
    };
    rows::agree(tx, &setup).await?;
    let told = Told::new(EventKind::MethodAgreed, access.customer)
        .customer(access.customer)
        .facts(Facts { method: Some(what.method), ..Facts::default() })
        .personal(Personal {
            note: Some(consent.text.clone()),
            address: setup.address.clone(),
            user_agent: setup.user_agent.clone(),
            ..Personal::default()
        });
    record(tx, env, access.business, Actor::Customer(access.link), told);
    Ok(setup)
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
    if let Some(known) = known {
        return Ok(standing(&known));
    }
    let Some(checkout) = agreed.checkout else { return Ok(Outcome::NotSaved) };
    match ask(env, access, &checkout).await {
        Ok(SetupStatus::Succeeded | SetupStatus::NotGiven) => {}
        Ok(SetupStatus::UnderWay) => return Ok(Outcome::Checking),
        Err(error) => {
            tracing::warn!(setup = %id, %error, "the way back could not ask the provider; its event will come");
            return Ok(Outcome::Checking);
        }
    }
    let mut tx = env.store.read().await?;
    Ok(rows::of_setup(&mut tx, id).await?.map_or(Outcome::NotSaved, |known| standing(&known)))
}

/// One that ended before anybody looked is not there to be used.
fn standing(known: &SavedMethod) -> Outcome {
    if known.ended.is_none() { Outcome::Saved } else { Outcome::NotSaved }
}

/// Asks how far giving a method on a page came, and writes down what is new.
async fn ask(env: &Env, access: &PortalAccess, checkout: &str) -> Result<SetupStatus, SyncError> {
    let account = Account::open(env, access.business).await?;
    let page = outside(account.gateway.checkout(checkout)).await?;
    match &page.setup {
        Some(setup) => Ok(news::fetch(env, &account, setup).await?.1),
        None => Ok(SetupStatus::NotGiven),
    }
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
    autopay::method_ends(tx, env, method, reason, by).await?;
    let event = record(tx, env, method.business, by, told(EventKind::MethodEnded, method));
    let detach_at = reason.is_ours().then(|| env.machine_now());
    rows::end(tx, method.id, (env.business_now(), reason), detach_at, event).await
}

/// What its holder knows it by: "visa 4242".
pub(in crate::operations) fn face(method: &SavedMethod) -> String {
    format!("{} {}", method.label, method.last_digits).trim().to_owned()
}

fn told(kind: EventKind, method: &SavedMethod) -> Told {
    Told::new(kind, method.customer)
        .customer(method.customer)
        .facts(Facts { method: Some(method.method), ..Facts::default() })
        .personal(Personal { note: Some(face(method)), ..Personal::default() })
}

/// Asks the provider to let a removed method go, again and again until it is gone.
async fn let_go(env: &Env, method: &SavedMethod) -> Result<(), StoreError> {
    let gone = match Account::open(env, method.business).await {
        // Another account cannot let it go, and would say that it is gone.
        Ok(account) if !account.keeps(method) => {
            Err(GatewayError::NotSent { reason: "it is kept in another account".to_owned() })
        }
        Ok(account) => is_gone(&account, &method.reference).await,
        Err(AccountError::Store(error)) => return Err(error),
        Err(error) => Err(GatewayError::NotSent { reason: error.to_string() }),
    };
    let again = match gone {
        Ok(()) => None,
        Err(error) => {
            tracing::warn!(method = %method.id, %error, "a removed method is not let go yet");
            Some(env.machine_now() + backoff(method.tries.saturating_add(1)))
        }
    };
    env.store.transact(async |tx: &mut Tx| rows::detach_at(tx, method.id, again).await).await
}

/// Lets it go. A refusal says that it was let go before, or that this key may not: looking at it tells which.
async fn is_gone(account: &Account, reference: &str) -> Result<(), GatewayError> {
    let refused = match outside(account.gateway.detach_method(reference)).await {
        Ok(()) | Err(GatewayError::NotFound) => return Ok(()),
        Err(refused @ GatewayError::Refused { .. }) => refused,
        Err(error) => return Err(error),
    };
    match outside(account.gateway.kept_method(reference)).await {
        Ok(method) if method.attached => Err(refused),
        Ok(_) | Err(GatewayError::NotFound) => Ok(()),
        Err(error) => Err(error),
    }
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
