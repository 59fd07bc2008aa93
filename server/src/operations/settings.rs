//! What a business sets about itself, its Stripe account included.
//!
//! Keys and webhook secrets are sealed with the installation key before they reach the database, bound to the business and
//! column they stand in, and are never shown again.

use domain::event::EventKind;
use domain::invoice::NetDays;
use domain::payment::{Method, TakenMethods};
use domain::{
    BusinessId, Country, Currency, EmailAddress, FieldErrors, FieldProblem, Label, Locale, Name, Permission,
    Phone, Zone,
};
use secrecy::{ExposeSecret as _, SecretString};
use store::identity::{self, Business, StripeAccount, WebhookSecrets};
use store::{StoreError, Tx};

use super::record::{Told, actor, record};
use crate::crypto::{CryptoError, NONCE_BYTES};
use crate::env::{Env, NotPermitted, Principal};
use crate::gateway::GatewayError;

/// Why settings were not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such business.
    #[error("no such business")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else changed them meanwhile.
    #[error("somebody else changed the settings")]
    Conflict,
    /// A secret could not be sealed or opened.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A business's own data, as typed.
#[derive(Debug, Clone, Default)]
pub struct SettingsInput {
    /// Its name.
    pub business_name: String,
    /// The name its mails come from.
    pub sender_name: String,
    /// Where replies go.
    pub reply_to: String,
    /// Where customers can call.
    pub phone: String,
    /// Its postal address, in lines.
    pub address: String,
    /// Two letters.
    pub country: String,
    /// Its tax number.
    pub tax_number: String,
    /// An IANA zone.
    pub time_zone: String,
    /// A language tag.
    pub locale: String,
    /// Three letters.
    pub currency: String,
    /// Days to pay.
    pub net_days: String,
    /// The names of the ways to pay that are taken from companies; at least one.
    pub methods: Vec<String>,
    /// The same from consumers.
    pub consumer_methods: Vec<String>,
}

/// What the settings page shows. Secrets only by what identifies them to their owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// The business.
    pub business: Business,
    /// The last four characters of the Stripe key.
    pub key_ends_in: Option<String>,
    /// Where Stripe sends webhooks.
    pub webhook_url: String,
}

/// Shows the settings of the member's business.
pub async fn show(env: &Env, principal: &Principal) -> Result<Shown, SettingsError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(SettingsError::NotFound)?;
    let key_ends_in = stripe_key(env, &business)?.map(|key| {
        let key = key.expose_secret();
        key.chars().skip(key.chars().count().saturating_sub(4)).collect()
    });
    let webhook_url = format!("{}/webhooks/stripe/{}", env.settings.base_url, business.id);
    Ok(Shown { business, key_ends_in, webhook_url })
}

/// Changes a business's own data, over the version that was read. Invoices that are issued keep what they were issued with.
pub async fn update(
    env: &Env,
    principal: &Principal,
    version: Option<i64>,
    input: SettingsInput,
) -> Result<(), SettingsError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let input = &input;
    env.store
        .transact(async |tx| {
            let found = identity::business(tx, business).await?.ok_or(SettingsError::NotFound)?;
            let mut changed = parse(input, &found)?;
            changed.version = version.unwrap_or(found.version);
            if !identity::update_business(tx, &changed, env.business_now()).await? {
                return Err(SettingsError::Conflict);
            }
            record(tx, env, business, actor(principal), Told::new(EventKind::BusinessUpdated, business));
            Ok(())
        })
        .await
}

fn parse(input: &SettingsInput, found: &Business) -> Result<Business, FieldErrors> {
    let mut errors = FieldErrors::new();
    let name = errors.check("business_name", Name::parse(&input.business_name));
    let sender_name = errors.check("sender_name", Name::parse_optional(&input.sender_name));
    let reply_to = errors.check("reply_to", EmailAddress::parse(&input.reply_to));
    let phone = errors.check("phone", Phone::parse_optional(&input.phone));
    let address = errors.check("address", super::customers::address(&input.address));
    let country = errors.check("country", Country::parse(&input.country));
    let tax_number = errors.check("tax_number", Label::parse_optional(&input.tax_number));
    let time_zone = errors.check("time_zone", Zone::parse(&input.time_zone));
    let locale =
        errors.check("locale", Locale::find(input.locale.trim()).ok_or(FieldProblem::LanguageUnknown));
    let currency = errors.check("currency", Currency::parse(&input.currency));
    let net_days = errors.check("net_days", NetDays::parse(&input.net_days));
    let from_companies = errors.check("methods", accepted(&input.methods));
    let from_consumers = errors.check("consumer_methods", accepted(&input.consumer_methods));
    let changed = || {
        let name = name?;
        Some(Business {
            sender_name: sender_name?.unwrap_or_else(|| name.clone()),
            name,
            reply_to: reply_to?,
            phone: phone?,
            address: address?,
            country: country?,
            tax_number: tax_number?,
            time_zone: time_zone?,
            locale: locale?,
            currency: currency?,
            net_days: net_days?,
            taken_methods: TakenMethods { from_companies: from_companies?, from_consumers: from_consumers? },
            ..found.clone()
        })
    };
    match changed() {
        Some(changed) if errors.is_empty() => Ok(changed),
        _ => Err(errors),
    }
}

/// The ways to pay of these names, in the order in which they are offered.
fn accepted(names: &[String]) -> Result<Vec<Method>, FieldProblem> {
    let is_one = |name: &String| Method::CHOOSABLE.iter().any(|method| method.as_str() == name);
    if !names.iter().all(is_one) {
        return Err(FieldProblem::ChoiceUnknown);
    }
    let chosen = |method: &Method| names.iter().any(|name| name == method.as_str());
    let methods: Vec<Method> = Method::CHOOSABLE.into_iter().filter(chosen).collect();
    if methods.is_empty() { Err(FieldProblem::Required) } else { Ok(methods) }
}

/// Sets or replaces the Stripe key, after asking Stripe which account it opens: what was begun in another account is not asked
/// about there. A live key is refused in demo mode: the demo never moves real money.
pub async fn set_stripe_key(
    env: &Env,
    principal: &Principal,
    key: SecretString,
) -> Result<(), SettingsError> {
    let (business, _) = principal.member_with(Permission::EditGateway)?;
    let key = SecretString::from(key.expose_secret().trim().to_owned());
    let livemode = livemode_of(&key).map_err(|problem| FieldErrors::one("stripe_key", problem))?;
    if livemode && env.settings.demo {
        return Err(FieldErrors::one("stripe_key", FieldProblem::GatewayKeyLive).into());
    }
    let account = match env.gateways.open(business, &key).account().await {
        Ok(account) => account,
        Err(GatewayError::Unauthorised) => {
            return Err(FieldErrors::one("stripe_key", FieldProblem::GatewayKeyRefused).into());
        }
        Err(error) => {
            tracing::warn!(%business, %error, "the provider did not say which account a key opens");
            return Err(FieldErrors::one("stripe_key", FieldProblem::GatewayUnreachable).into());
        }
    };
    let account = StripeAccount {
        key_sealed: env.keys.seal(nonce(env), &key_place(business), &key)?,
        livemode,
        account,
    };
    let account = &account;
    env.store
        .transact(async |tx| {
            identity::set_stripe_account(tx, business, account, env.business_now()).await?;
            record(tx, env, business, actor(principal), Told::new(EventKind::GatewayKeySet, business));
            Ok::<_, SettingsError>(())
        })
        .await?;
    env.intake.forget(business);
    env.nudges.sweep.notify_one();
    Ok(())
}

/// Whether a key moves real money, by what it begins with: `sk_live_`, `rk_test_` …
fn livemode_of(key: &SecretString) -> Result<bool, FieldProblem> {
    let key = key.expose_secret();
    if key.is_empty() {
        return Err(FieldProblem::Required);
    }
    let rest =
        key.strip_prefix("sk_").or_else(|| key.strip_prefix("rk_")).ok_or(FieldProblem::GatewayKeyInvalid)?;
    let (mode, secret) = rest.split_once('_').ok_or(FieldProblem::GatewayKeyInvalid)?;
    let plain = secret.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    match mode {
        _ if !plain || !(8..=240).contains(&secret.len()) => Err(FieldProblem::GatewayKeyInvalid),
        "live" => Ok(true),
        "test" => Ok(false),
        _ => Err(FieldProblem::GatewayKeyInvalid),
    }
}

/// Sets the webhook secret. The one before stays accepted until it is dropped: Stripe signs with both while one is rotated.
/// An empty secret is refused: anybody could sign with it.
pub async fn set_webhook_secret(
    env: &Env,
    principal: &Principal,
    secret: SecretString,
) -> Result<(), SettingsError> {
    let (business, _) = principal.member_with(Permission::EditGateway)?;
    let secret = SecretString::from(secret.expose_secret().trim().to_owned());
    check_webhook_secret(&secret).map_err(|problem| FieldErrors::one("webhook_secret", problem))?;
    let sealed = env.keys.seal(nonce(env), &secret_place(business), &secret)?;
    let sealed = &sealed;
    env.store
        .transact(async |tx| {
            let found = identity::business(tx, business).await?.ok_or(SettingsError::NotFound)?;
            let secrets =
                WebhookSecrets { current: Some(sealed.clone()), previous: found.webhook_secrets.current };
            set_secrets(tx, env, principal, business, &secrets).await
        })
        .await?;
    env.intake.forget(business);
    Ok(())
}

fn check_webhook_secret(secret: &SecretString) -> Result<(), FieldProblem> {
    let secret = secret.expose_secret();
    if secret.is_empty() {
        return Err(FieldProblem::Required);
    }
    let rest = secret.strip_prefix("whsec_").ok_or(FieldProblem::WebhookSecretInvalid)?;
    let plain =
        rest.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'+' | b'/' | b'='));
    if plain && (16..=240).contains(&rest.len()) { Ok(()) } else { Err(FieldProblem::WebhookSecretInvalid) }
}

/// Drops the webhook secret of before: the rotation is over.
pub async fn drop_previous_webhook_secret(env: &Env, principal: &Principal) -> Result<(), SettingsError> {
    let (business, _) = principal.member_with(Permission::EditGateway)?;
    env.store
        .transact(async |tx| {
            let found = identity::business(tx, business).await?.ok_or(SettingsError::NotFound)?;
            let secrets = WebhookSecrets { previous: None, ..found.webhook_secrets };
            set_secrets(tx, env, principal, business, &secrets).await
        })
        .await?;
    env.intake.forget(business);
    Ok(())
}

async fn set_secrets(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    business: BusinessId,
    secrets: &WebhookSecrets,
) -> Result<(), SettingsError> {
    identity::set_webhook_secrets(tx, business, secrets, env.business_now()).await?;
    record(tx, env, business, actor(principal), Told::new(EventKind::WebhookSecretSet, business));
    Ok(())
}

fn nonce(env: &Env) -> [u8; NONCE_BYTES] {
    let mut nonce = [0; NONCE_BYTES];
    env.entropy.fill(&mut nonce);
    nonce
}

fn key_place(business: BusinessId) -> String {
    format!("business:{business}:stripe_key")
}

/// Both secrets are sealed for the same place: rotation moves the seal from one column to the other.
fn secret_place(business: BusinessId) -> String {
    format!("business:{business}:webhook_secret")
}

/// The Stripe key of a business, opened. `None` when none is set: then only manual methods are offered.
pub fn stripe_key(env: &Env, business: &Business) -> Result<Option<SecretString>, CryptoError> {
    let sealed = business.stripe.as_ref();
    sealed.map(|stripe| env.keys.open(&key_place(business.id), &stripe.key_sealed)).transpose()
}

/// The webhook secrets of a business, opened: the one in use, then the one before. None when none is set: then the
/// business has no webhook route.
pub fn webhook_secrets(env: &Env, business: &Business) -> Result<Vec<SecretString>, CryptoError> {
    let WebhookSecrets { current, previous } = &business.webhook_secrets;
    let place = secret_place(business.id);
    current.iter().chain(previous).map(|sealed| env.keys.open(&place, sealed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_whether_it_moves_real_money() {
        let livemode = |key: &str| livemode_of(&SecretString::from(key));
        assert_eq!(livemode("sk_test_51Abcdefgh"), Ok(false));
        assert_eq!(livemode("rk_live_51Abcdefgh"), Ok(true));
        assert_eq!(livemode(""), Err(FieldProblem::Required));
        for wrong in
            ["pk_test_51Abcdefgh", "sk_test_", "sk_test_short", "sk_prod_51Abcdefgh", "sk_test_51Abc\nefgh"]
        {
            assert_eq!(livemode(wrong), Err(FieldProblem::GatewayKeyInvalid), "{wrong:?}");
        }
    }

    #[test]
    fn an_empty_webhook_secret_is_refused() {
        let check = |secret: &str| check_webhook_secret(&SecretString::from(secret));
        assert_eq!(check(""), Err(FieldProblem::Required));
        assert_eq!(check("whsec_"), Err(FieldProblem::WebhookSecretInvalid));
        assert_eq!(check("secret_0123456789abcdef"), Err(FieldProblem::WebhookSecretInvalid));
        assert_eq!(check("whsec_0123456789abcdef"), Ok(()));
    }
}
