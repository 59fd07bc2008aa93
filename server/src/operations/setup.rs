//! The first run: makes the first business and its owner, then locks. Further businesses come by the command line.

use domain::event::{Actor, EventKind};
use domain::invoice::NetDays;
use domain::payment::{Method, TakenMethods};
use domain::{
    BusinessId, Country, Currency, EmailAddress, FieldErrors, FieldProblem, Locale, MemberId, Name, Role,
    Zone,
};
use secrecy::SecretString;
use store::identity::{Business, Member, WebhookSecrets};
use store::{StoreError, Tx, identity, installation};

use super::identity::{Browser, SignedIn, check_password, new_session};
use super::record::{Facts, Personal, Told, record};
use crate::crypto::{CryptoError, SALT_BYTES};
use crate::env::{Env, NotPermitted, Principal};

/// The installation's note that the first run is done.
const FIRST_RUN: &str = "first_run";

/// A business and its first owner, as typed.
#[derive(Debug, Clone, Default)]
pub struct NewBusiness {
    /// The business's name.
    pub business_name: String,
    /// Two letters.
    pub country: String,
    /// An IANA zone.
    pub time_zone: String,
    /// Three letters.
    pub currency: String,
    /// A language tag.
    pub locale: String,
    /// The owner's name.
    pub name: String,
    /// The owner's address.
    pub email: String,
    /// The owner's password.
    pub password: SecretString,
}

/// Why the first run, or adding a business, did not happen.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// It was done before. There is no way to do it again.
    #[error("the first run is done")]
    AlreadyDone,
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// The password could not be hashed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Whether the first run is still to come.
pub async fn is_open(env: &Env) -> Result<bool, StoreError> {
    let mut tx = env.store.read().await?;
    Ok(installation::get(&mut tx, FIRST_RUN).await?.is_none())
}

/// Makes the first business and its owner, and signs the owner in. Anybody may, once: of two at the same moment one wins,
/// by a row that only one can insert.
pub async fn first_run(
    env: &Env,
    _principal: &Principal,
    input: NewBusiness,
    browser: Browser,
) -> Result<SignedIn, SetupError> {
    if !is_open(env).await? {
        return Err(SetupError::AlreadyDone);
    }
    let (business, owner) = parse(env, &input).await?;
    let (session, signed_in) = new_session(env, &owner, browser);
    let (business, owner, session) = (&business, &owner, &session);
    env.store
        .transact(async |tx| {
            if !installation::set_once(tx, FIRST_RUN, "done", env.machine_now()).await? {
                return Err(SetupError::AlreadyDone);
            }
            add(tx, env, Actor::Member(owner.id), business, owner).await?;
            identity::insert_session(tx, session).await?;
            identity::note_sign_in(tx, owner.id, env.business_now()).await?;
            Ok(())
        })
        .await?;
    Ok(signed_in)
}

/// Adds a business with its first owner. The operator's, by the command line; it closes the first run too.
pub async fn add_business(
    env: &Env,
    principal: &Principal,
    input: NewBusiness,
) -> Result<(BusinessId, MemberId), SetupError> {
    principal.internal()?;
    let (business, owner) = parse(env, &input).await?;
    let (business, owner) = (&business, &owner);
    env.store
        .transact(async |tx| {
            installation::set_once(tx, FIRST_RUN, "done", env.machine_now()).await?;
            add(tx, env, Actor::Operator, business, owner).await
        })
        .await?;
    Ok((business.id, owner.id))
}

async fn add(
    tx: &mut Tx,
    env: &Env,
    actor: Actor,
    business: &Business,
    owner: &Member,
) -> Result<(), SetupError> {
    if identity::member_by_email(tx, &owner.email).await?.is_some() {
        return Err(FieldErrors::one("email", FieldProblem::AlreadyTaken).into());
    }
    identity::insert_business(tx, business).await?;
    identity::insert_member(tx, owner).await?;
    record(tx, env, business.id, actor, Told::new(EventKind::BusinessCreated, business.id));
    let joined = Told::new(EventKind::MemberJoined, owner.id)
        .facts(Facts { role: Some(owner.role), ..Facts::default() })
        .personal(Personal {
            name: Some(owner.name.to_string()),
            email: Some(owner.email.to_string()),
            ..Personal::default()
        });
    record(tx, env, business.id, actor, joined);
    Ok(())
}

async fn parse(env: &Env, input: &NewBusiness) -> Result<(Business, Member), SetupError> {
    let mut errors = FieldErrors::new();
    let business_name = errors.check("business_name", Name::parse(&input.business_name));
    let country = errors.check("country", Country::parse(&input.country));
    let time_zone = errors.check("time_zone", Zone::parse(&input.time_zone));
    let currency = errors.check("currency", Currency::parse(&input.currency));
    let locale =
        errors.check("locale", Locale::find(input.locale.trim()).ok_or(FieldProblem::LanguageUnknown));
    let name = errors.check("name", Name::parse(&input.name));
    let email = errors.check("email", EmailAddress::parse(&input.email));
    check_password(&mut errors, &input.password);
    let (
        Some(business_name),
        Some(country),
        Some(time_zone),
        Some(currency),
        Some(locale),
        Some(name),
        Some(email),
        true,
    ) = (business_name, country, time_zone, currency, locale, name, email, errors.is_empty())
    else {
        return Err(errors.into());
    };
    let mut salt = [0; SALT_BYTES];
    env.entropy.fill(&mut salt);
    let password_hash = env.keys.hash_password(salt, &input.password).await?;
    let now = env.business_now();
    let business = Business {
        id: env.new_id(),
        sender_name: business_name.clone(),
        name: business_name,
        time_zone,
        country,
        locale,
        currency,
        // The owner answers until somebody else is named.
        reply_to: email.clone(),
        phone: None,
        address: None,
        tax_number: None,
        net_days: NetDays::FORTNIGHT,
        terms: None,
        // Each is offered only where it exists for an invoice's currency.
        // An invoice offers those that its currency and what is set up allow.
        taken_methods: TakenMethods::from_everyone(Method::USUAL.to_vec()),
        bank_accounts: Vec::new(),
        stripe: None,
        webhook_secrets: WebhookSecrets::default(),
        version: 1,
        created_at: now,
    };
    let owner = Member {
        id: env.new_id(),
        business: business.id,
        email,
        name,
        role: Role::Owner,
        password_hash: Some(password_hash),
        disabled_at: None,
        last_signed_in_at: None,
        version: 1,
        created_at: now,
    };
    Ok((business, owner))
}
