//! What can be done to the sandbox from outside Stripe's API: by [`crate::Running`], by the control API, by the pages.

use serde::Serialize;
use serde_json::Value;

use crate::stripe::ApiError;
use crate::stripe::account::Scene;
use crate::stripe::collect::Outcome;
use crate::stripe::instruments::Instrument;
use crate::stripe::objects::Event;
use crate::stripe::sessions::NotPayable;
use crate::stripe::{cash, collect, disputes, sessions, setups};
use crate::webhooks::Endpoint;
use crate::world::World;

/// What became of a payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Paid {
    /// The money is there.
    Succeeded,
    /// A bank debit is on its way.
    Processing,
    /// The holder must confirm with their bank: [`crate::Running::authenticate`].
    NeedsAuthentication,
    /// The payer must send the money: [`crate::Running::fund`].
    AwaitsTransfer,
    /// The bank refused.
    Refused {
        /// Stripe's code.
        code: &'static str,
        /// What the payer reads.
        message: &'static str,
    },
}

impl From<Outcome> for Paid {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Succeeded => Self::Succeeded,
            Outcome::Processing => Self::Processing,
            Outcome::NeedsAuthentication => Self::NeedsAuthentication,
            Outcome::AwaitsTransfer => Self::AwaitsTransfer,
            Outcome::Refused(refusal) => Self::Refused { code: refusal.code, message: refusal.message },
        }
    }
}

/// Why a control call was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ControlError {
    /// No account has this object.
    #[error("there is no {kind} {id}")]
    NoSuch {
        /// What was looked for.
        kind: &'static str,
        /// Its name.
        id: String,
    },
    /// It cannot be done now, or not like this.
    #[error("{0}")]
    Refused(String),
}

fn no_such(kind: &'static str, id: &str) -> ControlError {
    ControlError::NoSuch { kind, id: id.to_owned() }
}

impl From<ApiError> for ControlError {
    fn from(error: ApiError) -> Self {
        Self::Refused(error.message().to_owned())
    }
}

/// Sets an endpoint of the account a key opens. Returns its id and secret.
pub(crate) fn set_webhook(
    world: &World,
    key: &str,
    url: &str,
    secret: Option<&str>,
    events: &[&str],
) -> Result<(String, String), ControlError> {
    if !key.starts_with("sk_test_") && !key.starts_with("rk_test_") {
        return Err(ControlError::Refused("A key starts with sk_test_.".to_owned()));
    }
    check_loopback(url)?;
    let secret = check_secret(world, secret)?;
    let events: Vec<_> = if events.is_empty() {
        vec!["*".to_owned()]
    } else {
        events.iter().map(|&kind| kind.to_owned()).collect()
    };
    world.change(|state, now| {
        let account = state.account_of_key(key, now);
        let id = state.entropy.id("we");
        let account = state.accounts.get_mut(&account).ok_or_else(|| no_such("account", &account))?;
        if let Some(endpoint) = account.endpoints.iter_mut().find(|endpoint| endpoint.url == url) {
            endpoint.secrets = vec![secret.clone()];
            endpoint.enabled_events = events;
            return Ok((endpoint.id.clone(), secret));
        }
        account.endpoints.push(Endpoint {
            id: id.clone(),
            url: url.to_owned(),
            secrets: vec![secret.clone()],
            enabled_events: events,
        });
        Ok((id, secret))
    })
}

/// The name that payment pages and the account show.
pub(crate) fn name_business(world: &World, key: &str, name: &str) {
    world.change(|state, now| {
        let account = state.account_of_key(key, now);
        if let Some(account) = state.accounts.get_mut(&account) {
            name.clone_into(&mut account.name);
        }
    });
}

/// Webhooks never leave this machine.
pub(crate) fn check_loopback(url: &str) -> Result<(), ControlError> {
    let refuse = || ControlError::Refused("A webhook's address is http:// on a loopback address.".to_owned());
    let parsed = reqwest::Url::parse(url).map_err(|_| refuse())?;
    let host = parsed.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let loopback =
        host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback());
    if loopback && parsed.scheme() == "http" { Ok(()) } else { Err(refuse()) }
}

fn check_secret(world: &World, secret: Option<&str>) -> Result<String, ControlError> {
    match secret {
        Some("") => Err(ControlError::Refused("A webhook's secret is not empty.".to_owned())),
        Some(secret) => Ok(secret.to_owned()),
        None => Ok(world.change(|state, _| format!("whsec_{}", state.entropy.letters(32)))),
    }
}

fn with_endpoint<R>(
    world: &World,
    id: &str,
    act: impl FnOnce(&mut Endpoint) -> R,
) -> Result<R, ControlError> {
    world.change(|state, _| {
        let mut endpoints = state.accounts.values_mut().flat_map(|account| account.endpoints.iter_mut());
        endpoints.find(|endpoint| endpoint.id == id).map(act).ok_or_else(|| no_such("endpoint", id))
    })
}

/// Puts a new secret before the one in use. Returns it.
pub(crate) fn roll_secret(world: &World, id: &str, secret: Option<&str>) -> Result<String, ControlError> {
    let secret = check_secret(world, secret)?;
    with_endpoint(world, id, |endpoint| {
        endpoint.secrets.truncate(1);
        endpoint.secrets.insert(0, secret.clone());
        secret
    })
}

/// Only the newest secret signs.
pub(crate) fn drop_old_secret(world: &World, id: &str) -> Result<(), ControlError> {
    with_endpoint(world, id, |endpoint| endpoint.secrets.truncate(1))
}

/// Takes an endpoint away; what is still waiting for it is given up.
pub(crate) fn remove_endpoint(world: &World, id: &str) -> Result<(), ControlError> {
    world.change(|state, _| {
        let mut found = false;
        for account in state.accounts.values_mut() {
            account.endpoints.retain(|endpoint| {
                found |= endpoint.id == id;
                endpoint.id != id
            });
        }
        if !found {
            return Err(no_such("endpoint", id));
        }
        state.outbox.deliveries.retain(|delivery| delivery.endpoint != id);
        Ok(())
    })
}

fn in_session<R>(
    world: &World,
    session: &str,
    act: impl FnOnce(&mut Scene<'_>) -> R,
) -> Result<R, ControlError> {
    let account = world.look(|state| state.account_of_session(session));
    account
        .and_then(|account| world.act(&account, None, act))
        .ok_or_else(|| no_such("Checkout Session", session))
}

/// Pays a session.
pub(crate) fn pay(world: &World, session: &str, instrument: Instrument) -> Result<Paid, ControlError> {
    let outcome = in_session(world, session, |scene| sessions::pay(scene, session, instrument, None))?;
    outcome.map(Paid::from).map_err(|reason| match reason {
        NotPayable::NoSuchSession => no_such("Checkout Session", session),
        NotPayable::Over => ControlError::Refused("The Checkout Session is complete or expired.".to_owned()),
        NotPayable::NotOffered(method) => {
            ControlError::Refused(format!("The Checkout Session does not offer {}.", method.as_str()))
        }
        NotPayable::UnknownCard => ControlError::Refused("That is no test card.".to_owned()),
    })
}

/// Answers the 3-D Secure question.
pub(crate) fn authenticate(world: &World, session: &str, passed: bool) -> Result<Paid, ControlError> {
    let outcome = in_session(world, session, |scene| sessions::authenticate(scene, session, passed))?;
    outcome
        .map(Paid::from)
        .ok_or_else(|| ControlError::Refused("The Checkout Session waits for no authentication.".to_owned()))
}

/// Sends the money of a bank transfer.
pub(crate) fn fund(world: &World, intent: &str, amount: i64) -> Result<(), ControlError> {
    let account = world.look(|state| state.account_of_intent(intent));
    let outcome =
        account.and_then(|account| world.act(&account, None, |scene| collect::fund(scene, intent, amount)));
    outcome.ok_or_else(|| no_such("PaymentIntent", intent))?.map_err(ControlError::from)
}

/// A customer transfers money to the account that is kept for them.
pub(crate) fn transfer(
    world: &World,
    customer: &str,
    currency: &str,
    amount: i64,
    reference: &str,
) -> Result<(), ControlError> {
    let account = world.look(|state| {
        let owner = state.accounts.values().find(|account| account.customers.get(customer).is_some());
        owner.map(|account| account.id.clone())
    });
    let act = |scene: &mut Scene<'_>| cash::fund(scene, customer, currency, amount, reference);
    let outcome = account.and_then(|account| world.act(&account, None, act));
    outcome.ok_or_else(|| no_such("customer", customer))?.map_err(ControlError::from)
}

/// The charge that paid a `PaymentIntent`.
pub(crate) fn charge_of(world: &World, intent: &str) -> Option<String> {
    world.look(|state| {
        let account = state.accounts.get(&state.account_of_intent(intent)?)?;
        account.intents.get(intent)?.latest_charge.clone()
    })
}

/// Takes a charge back, or only asks about it.
pub(crate) fn dispute(world: &World, charge: &str, inquiry: bool) -> Result<String, ControlError> {
    let account = world.look(|state| {
        let owner = state.accounts.values().find(|account| account.charges.get(charge).is_some());
        owner.map(|account| account.id.clone())
    });
    let outcome =
        account.and_then(|account| world.act(&account, None, |scene| disputes::open(scene, charge, inquiry)));
    outcome.ok_or_else(|| no_such("charge", charge))?.map_err(ControlError::from)
}

/// Decides a dispute.
pub(crate) fn close_dispute(world: &World, dispute: &str, won: bool) -> Result<(), ControlError> {
    in_dispute(world, dispute, |scene| disputes::close(scene, dispute, won))
}

/// Answers a dispute as the business.
pub(crate) fn answer_dispute(world: &World, dispute: &str, evidence: &str) -> Result<(), ControlError> {
    in_dispute(world, dispute, |scene| disputes::answer(scene, dispute, evidence))
}

fn in_dispute(
    world: &World,
    dispute: &str,
    act: impl FnOnce(&mut Scene<'_>) -> Result<(), ApiError>,
) -> Result<(), ControlError> {
    let account = world.look(|state| {
        let owner = state.accounts.values().find(|account| account.disputes.get(dispute).is_some());
        owner.map(|account| account.id.clone())
    });
    let outcome = account.and_then(|account| world.act(&account, None, act));
    outcome.ok_or_else(|| no_such("dispute", dispute))?.map_err(ControlError::from)
}

/// Lets a saved method go, as the business does in Stripe's dashboard.
pub(crate) fn detach(world: &World, method: &str) -> Result<(), ControlError> {
    let account = world.look(|state| {
        let owner = state.accounts.values().find(|account| account.payment_methods.get(method).is_some());
        owner.map(|account| account.id.clone())
    });
    let outcome =
        account.and_then(|account| world.act(&account, None, |scene| setups::let_go(scene, method)));
    outcome.ok_or_else(|| no_such("payment method", method))?.map(|_| ()).map_err(ControlError::from)
}

/// Ends a mandate, as its holder does at their bank.
pub(crate) fn end_mandate(world: &World, mandate: &str) -> Result<(), ControlError> {
    let account = world.look(|state| {
        let owner = state.accounts.values().find(|account| account.mandates.get(mandate).is_some());
        owner.map(|account| account.id.clone())
    });
    let outcome =
        account.and_then(|account| world.act(&account, None, |scene| setups::end_mandate(scene, mandate)));
    outcome.ok_or_else(|| no_such("mandate", mandate))?.map_err(ControlError::from)
}

/// Lines an event up once more for every endpoint that wants it.
pub(crate) fn resend(world: &World, event: &str) -> Result<(), ControlError> {
    world.change(|state, _| {
        let now_millis = world.clock.machine_now().timestamp_millis();
        let found = state.accounts.values().find_map(|account| Some((account, account.events.get(event)?)));
        let (account, event) = found.ok_or_else(|| no_such("event", event))?;
        let switches = crate::Switches::default();
        for endpoint in account.endpoints.iter().filter(|endpoint| endpoint.wants(&event.kind)) {
            state.outbox.line_up(&account.id, &endpoint.id, &event.id, &event.kind, now_millis, &switches);
        }
        Ok(())
    })
}

/// The events of a key's account, oldest first.
pub(crate) fn events(world: &World, key: &str) -> Vec<Value> {
    world.change(|state, now| {
        let account = state.account_of_key(key, now);
        let events = state.accounts.get(&account).map(|account| {
            let mut events: Vec<_> = account.events.newest_first().map(Event::shown).collect();
            events.reverse();
            events
        });
        events.unwrap_or_default()
    })
}

/// Forgets scripted trouble.
pub(crate) fn clear_faults(world: &World) {
    world.change(|state, _| {
        state.api_faults.clear();
        state.smtp_faults.clear();
        state.texts.faults.clear();
    });
}

/// Refuses a key from now on.
pub(crate) fn revoke_key(world: &World, key: &str) {
    world.change(|state, _| state.revoked_keys.insert(key.to_owned()));
}

/// Where the answers to texts go that went out by an account.
pub(crate) fn set_text_answers(
    world: &World,
    account: &str,
    token: &str,
    url: &str,
) -> Result<(), ControlError> {
    check_loopback(url)?;
    world.change(|state, _| {
        let own = state.texts.accounts.entry(account.to_owned()).or_default();
        token.clone_into(&mut own.token);
        own.incoming_url = Some(url.to_owned());
    });
    Ok(())
}
