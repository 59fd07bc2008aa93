//! The control API under `/_sandbox/`: JSON in and out, or the forms of the index page, which are answered with 303.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::controls::{self, ControlError};
use crate::faults::ApiFault;
use crate::http::{json_response, see_other};
use crate::smtp::SmtpFault;
use crate::stripe::form::{Node, parse};
use crate::stripe::instruments::{Instrument, Method as PaymentMethod, Settlement};
use crate::texts::{TextFault, callbacks};
use crate::webhooks::{self, Switches};
use crate::world::World;

/// Every call, for the index page: method, address, what it takes, what it does.
pub(crate) const CALLS: &[(&str, &str, &str, &str)] = &[
    ("GET", "state", "", "Both times, the switches, accounts with their endpoints."),
    (
        "POST",
        "clock",
        r#"{"advance_seconds": 86400}"#,
        "Moves business time on. Also `advance_days`, or `offset_seconds` from machine time. It never goes back.",
    ),
    (
        "POST",
        "switches",
        r#"{"hold": true}"#,
        "Sets some switches: hold, lose, duplicate, reorder, delay_seconds, prune_keys_by_business_time.",
    ),
    (
        "POST",
        "endpoints",
        r#"{"key": "sk_test_…", "url": "http://127.0.0.1:…", "secret": "whsec_…"}"#,
        "Tells an address of an account's events. Without a secret one is made. `enabled_events` is a list; all without it. `business` is the name on its payment pages.",
    ),
    ("POST", "endpoints/{id}/roll", r#"{"secret": "whsec_…"}"#, "A second secret; both sign."),
    ("POST", "endpoints/{id}/drop-old", "", "Only the newest secret signs."),
    ("POST", "endpoints/{id}/remove", "", "Takes the endpoint away."),
    ("GET", "deliveries", "", "Webhooks and what came of them."),
    ("POST", "deliver", "", "Sends now whatever was not delivered yet, and waits for the answers."),
    ("POST", "events/{id}/resend", "", "Sends an event once more."),
    (
        "POST",
        "pay",
        r#"{"session": "cs_test_…", "card": "4242424242424242"}"#,
        "Pays as on the hosted page. Instead of `card`: `debit`, `settles` or `fails`, or `transfer`: true.",
    ),
    (
        "POST",
        "authenticate",
        r#"{"session": "cs_test_…", "passed": true}"#,
        "Answers the 3-D Secure question.",
    ),
    ("POST", "fund", r#"{"payment_intent": "pi_…", "amount": 1000}"#, "Sends money of a bank transfer."),
    (
        "POST",
        "transfers",
        r#"{"customer": "cus_…", "currency": "eur", "amount": 1000, "reference": "RF18…"}"#,
        "A customer transfers money to the account that is kept for them.",
    ),
    (
        "POST",
        "disputes",
        r#"{"charge": "ch_…"}"#,
        "The payer's bank takes a charge back. With `inquiry`: true it only asks. Instead of `charge`: `payment_intent`.",
    ),
    (
        "POST",
        "disputes/{id}/answer",
        r#"{"evidence": "winning_evidence"}"#,
        "The business answers. `winning_evidence` and `losing_evidence` decide it; anything else is thought about.",
    ),
    (
        "POST",
        "disputes/{id}/close",
        r#"{"won": true}"#,
        "Decides a dispute. An inquiry rests, or with `won`: false becomes a dispute.",
    ),
    ("POST", "payment_methods/{id}/detach", "{}", "The business lets a saved method go in its dashboard."),
    ("POST", "mandates/{id}/end", "{}", "The holder takes a mandate back at their bank."),
    (
        "POST",
        "faults/api",
        r#"{"path": "/v1/checkout/sessions", "times": 1, "trouble": {"answer": 500}}"#,
        "Trouble for the next calls: `answer`, `lose_request`, `lose_answer`, `delay_millis`.",
    ),
    (
        "POST",
        "faults/smtp",
        r#"{"phase": "dot", "times": 1, "trouble": "lose_connection"}"#,
        "Trouble for the next mails, at connect, ehlo, mail, rcpt, data, body or dot: `reply` with code and text, `lose_connection`, `lose_connection_after_reply`, `delay_millis`. With `recipient`, only mails to it.",
    ),
    (
        "POST",
        "texts/account",
        r#"{"account": "AC…", "token": "…", "url": "http://127.0.0.1:…"}"#,
        "Says where the answers to an account's texts go. Callbacks are signed with its token.",
    ),
    ("POST", "texts/answer", r#"{"number": "+49…", "body": "STOP"}"#, "Answers as whoever has this number."),
    (
        "POST",
        "faults/texts",
        r#"{"times": 1, "trouble": {"answer": {"status": 429, "code": 20429}}}"#,
        "Trouble for the next texts: `answer` with status and code, `lose_request`, `lose_answer`, `delay_millis`, `undelivered`, `failed`. With `to`, only texts to that number.",
    ),
    ("POST", "faults/clear", "", "Forgets trouble that has not come yet."),
    ("POST", "keys/revoke", r#"{"key": "sk_test_…"}"#, "From now on the key is refused."),
    ("POST", "reset", "", "Forgets everything but the clock."),
];

/// What a call answers, before it is JSON or a redirect.
type Answer = Result<Value, Refusal>;

/// Why a call was not carried out.
enum Refusal {
    Malformed(String),
    Control(ControlError),
    NoSuchCall,
}

impl From<ControlError> for Refusal {
    fn from(error: ControlError) -> Self {
        Self::Control(error)
    }
}

/// Answers one control call.
pub(crate) async fn answer(
    Extract(world): Extract<Arc<World>>,
    Path(call): Path<String>,
    method: Method,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let content_type =
        headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    // `curl -d` calls JSON a form; no form begins with a brace.
    let is_form = content_type.starts_with("application/x-www-form-urlencoded") && !body.starts_with(b"{");
    let input = if is_form { form_input(&body) } else { json_input(&body) };
    let outcome = match input {
        Ok(input) => dispatch(&world, &method, &call, input).await,
        Err(reason) => Err(Refusal::Malformed(reason)),
    };
    match outcome {
        Ok(_) if is_form => see_other("/"),
        Ok(value) => json_response(200, &value),
        Err(Refusal::Malformed(reason)) => json_response(400, &json!({ "error": reason })),
        Err(Refusal::Control(error @ ControlError::NoSuch { .. })) => {
            json_response(404, &json!({ "error": error.to_string() }))
        }
        Err(Refusal::Control(error)) => json_response(409, &json!({ "error": error.to_string() })),
        Err(Refusal::NoSuchCall) => {
            json_response(404, &json!({ "error": "There is no such call; the index page lists them." }))
        }
    }
}

fn json_input(body: &[u8]) -> Result<Value, String> {
    if body.is_empty() {
        return Ok(json!({}));
    }
    serde_json::from_slice(body).map_err(|error| error.to_string())
}

/// The fields of a form; what reads as JSON is a number or boolean, the rest is text.
fn form_input(body: &[u8]) -> Result<Value, String> {
    let text = std::str::from_utf8(body).map_err(|error| error.to_string())?;
    let form = parse(text).map_err(|error| error.message().to_owned())?;
    let mut input = Map::new();
    for (name, node) in form {
        if let Node::Leaf(text) = node {
            let value = match serde_json::from_str(&text) {
                Ok(value @ (Value::Number(_) | Value::Bool(_))) => value,
                _ => Value::String(text),
            };
            input.insert(name, value);
        }
    }
    Ok(Value::Object(input))
}

fn read<T: DeserializeOwned>(input: Value) -> Result<T, Refusal> {
    serde_json::from_value(input).map_err(|error| Refusal::Malformed(error.to_string()))
}

async fn dispatch(world: &World, method: &Method, call: &str, input: Value) -> Answer {
    let done = json!({ "done": true });
    let parts: Vec<_> = call.split('/').collect();
    match (method.as_str(), parts.as_slice()) {
        ("GET", ["state"]) => Ok(state(world)),
        ("GET", ["deliveries"]) => {
            Ok(json!({ "deliveries": world.look(|state| json!(state.outbox.deliveries)) }))
        }
        ("POST", ["clock"]) => clock(world, read(input)?),
        ("POST", ["switches"]) => switches(world, input),
        ("POST", ["endpoints"]) => {
            let NewEndpoint { key, url, secret, enabled_events, business } = read(input)?;
            let events: Vec<_> = enabled_events.iter().map(String::as_str).collect();
            let (id, secret) = controls::set_webhook(world, &key, &url, secret.as_deref(), &events)?;
            if let Some(business) = business {
                controls::name_business(world, &key, &business);
            }
            Ok(json!({ "id": id, "secret": secret, "url": url }))
        }
        ("POST", ["endpoints", id, "roll"]) => {
            let Secret { secret } = read(input)?;
            let secret = controls::roll_secret(world, id, secret.as_deref())?;
            Ok(json!({ "id": id, "secret": secret }))
        }
        ("POST", ["endpoints", id, "drop-old"]) => Ok(controls::drop_old_secret(world, id).map(|()| done)?),
        ("POST", ["endpoints", id, "remove"]) => Ok(controls::remove_endpoint(world, id).map(|()| done)?),
        ("POST", ["deliver"]) => {
            let delivered = webhooks::deliver_now(world).await + callbacks::deliver_now(world).await;
            Ok(json!({ "delivered": delivered }))
        }
        ("POST", ["events", id, "resend"]) => Ok(controls::resend(world, id).map(|()| done)?),
        ("POST", ["pay"]) => pay(world, &read(input)?),
        ("POST", ["authenticate"]) => {
            let Authentication { session, passed } = read(input)?;
            Ok(json!(controls::authenticate(world, &session, passed)?))
        }
        ("POST", ["fund"]) => {
            let Funding { payment_intent, amount } = read(input)?;
            Ok(controls::fund(world, &payment_intent, amount).map(|()| done)?)
        }
        ("POST", ["transfers"]) => {
            let Transfer { customer, currency, amount, reference } = read(input)?;
            let words = reference.as_str().map_or_else(|| reference.to_string(), str::to_owned);
            Ok(controls::transfer(world, &customer, &currency, amount, &words).map(|()| done)?)
        }
        ("POST", ["disputes"]) => {
            let charge = match read(input)? {
                NewDispute { charge: Some(charge), payment_intent: None, inquiry } => Some((charge, inquiry)),
                NewDispute { charge: None, payment_intent: Some(intent), inquiry } => {
                    controls::charge_of(world, &intent).map(|charge| (charge, inquiry))
                }
                _ => return Err(Refusal::Malformed("Give one of charge and payment_intent.".to_owned())),
            };
            let (charge, inquiry) =
                charge.ok_or_else(|| ControlError::Refused("That was not paid.".to_owned()))?;
            Ok(json!({ "id": controls::dispute(world, &charge, inquiry)? }))
        }
        ("POST", ["disputes", id, "answer"]) => {
            let DisputeAnswer { evidence } = read(input)?;
            Ok(controls::answer_dispute(world, id, &evidence).map(|()| done)?)
        }
        ("POST", ["disputes", id, "close"]) => {
            let Decision { won } = read(input)?;
            Ok(controls::close_dispute(world, id, won).map(|()| done)?)
        }
        ("POST", ["payment_methods", id, "detach"]) => Ok(controls::detach(world, id).map(|()| done)?),
        ("POST", ["mandates", id, "end"]) => Ok(controls::end_mandate(world, id).map(|()| done)?),
        ("POST", ["faults", "api"]) => {
            let fault: ApiFault = read(input)?;
            world.change(|state, _| state.api_faults.push(fault));
            Ok(done)
        }
        ("POST", ["faults", "smtp"]) => {
            let fault: SmtpFault = read(input)?;
            world.change(|state, _| state.smtp_faults.push(fault));
            Ok(done)
        }
        ("POST", ["faults", "texts"]) => {
            let fault: TextFault = read(input)?;
            world.change(|state, _| state.texts.faults.push(fault));
            Ok(done)
        }
        ("POST", ["texts", "account"]) => {
            let TextAnswers { account, token, url } = read(input)?;
            Ok(controls::set_text_answers(world, &account, &token, &url).map(|()| done)?)
        }
        ("POST", ["texts", "answer"]) => {
            let TextAnswer { number, body } = read(input)?;
            Ok(json!(callbacks::answer(world, &number, &body)?))
        }
        ("POST", ["faults", "clear"]) => {
            controls::clear_faults(world);
            Ok(done)
        }
        ("POST", ["keys", "revoke"]) => {
            let Key { key } = read(input)?;
            controls::revoke_key(world, &key);
            Ok(done)
        }
        ("POST", ["reset"]) => {
            world.reset();
            Ok(done)
        }
        _ => Err(Refusal::NoSuchCall),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewEndpoint {
    key: String,
    url: String,
    secret: Option<String>,
    #[serde(default)]
    enabled_events: Vec<String>,
    business: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextAnswers {
    account: String,
    token: String,
    url: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TextAnswer {
    number: String,
    body: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Secret {
    secret: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Authentication {
    session: String,
    passed: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Funding {
    payment_intent: String,
    amount: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Transfer {
    customer: String,
    currency: String,
    amount: i64,
    /// A form's text that is all digits reads as a number.
    reference: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewDispute {
    charge: Option<String>,
    payment_intent: Option<String>,
    #[serde(default)]
    inquiry: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DisputeAnswer {
    evidence: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    won: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Key {
    key: String,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(deny_unknown_fields)]
struct Clock {
    advance_seconds: Option<u64>,
    advance_days: Option<u32>,
    offset_seconds: Option<i64>,
}

fn clock(world: &World, clock: Clock) -> Answer {
    let business_now = match clock {
        Clock { advance_seconds: Some(seconds), advance_days: None, offset_seconds: None } => {
            world.advance(seconds)
        }
        Clock { advance_seconds: None, advance_days: Some(days), offset_seconds: None } => {
            world.advance(u64::from(days) * 86_400)
        }
        Clock { advance_seconds: None, advance_days: None, offset_seconds: Some(seconds) } => {
            world.set_offset(seconds)
        }
        _ => {
            return Err(Refusal::Malformed(
                "Give one of advance_seconds, advance_days and offset_seconds.".to_owned(),
            ));
        }
    };
    Ok(json!({ "business_now": business_now, "offset_seconds": world.clock.offset_seconds() }))
}

/// Sets the switches that are named and leaves the others.
fn switches(world: &World, input: Value) -> Answer {
    let mut merged = world.look(|state| json!(state.switches));
    match (merged.as_object_mut(), input) {
        (Some(merged), Value::Object(named)) => merged.extend(named),
        _ => return Err(Refusal::Malformed("Give an object of switches.".to_owned())),
    }
    let switches: Switches = read(merged)?;
    let shown = json!(switches);
    world.change(|state, _| state.switches = switches);
    Ok(shown)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Payment {
    session: String,
    card: Option<String>,
    debit: Option<Settlement>,
    #[serde(default)]
    transfer: bool,
}

fn pay(world: &World, payment: &Payment) -> Answer {
    let debit = |settlement| {
        let offered = world.look(|state| {
            let account = state.account_of_session(&payment.session)?;
            let session = state.accounts.get(&account)?.sessions.get(&payment.session)?;
            session.methods.iter().copied().find(|method: &PaymentMethod| method.is_debit())
        });
        offered.map(|method| Instrument::Debit(method, settlement))
    };
    let instrument = match (&payment.card, payment.debit, payment.transfer) {
        (Some(number), None, false) => Some(Instrument::card(number)),
        (None, Some(settlement), false) => debit(settlement),
        (None, None, true) => Some(Instrument::BankTransfer),
        _ => return Err(Refusal::Malformed("Give one of card, debit and transfer.".to_owned())),
    };
    let Some(instrument) = instrument else {
        return Err(ControlError::Refused("The Checkout Session offers no bank debit.".to_owned()).into());
    };
    Ok(json!(controls::pay(world, &payment.session, instrument)?))
}

fn state(world: &World) -> Value {
    let business_now = world.change(|_, now| now);
    world.look(|state| {
        let accounts: Vec<_> = state
            .accounts
            .values()
            .map(|account| {
                let endpoints: Vec<_> = account
                    .endpoints
                    .iter()
                    .map(|endpoint| json!({ "id": endpoint.id, "url": endpoint.url, "secrets": endpoint.secrets.len(), "enabled_events": endpoint.enabled_events }))
                    .collect();
                json!({
                    "id": account.id, "endpoints": endpoints, "customers": account.customers.len(),
                    "sessions": account.sessions.len(), "payment_intents": account.intents.len(),
                    "charges": account.charges.len(), "refunds": account.refunds.len(),
                    "disputes": account.disputes.len(), "events": account.events.len(),
                })
            })
            .collect();
        json!({
            "machine_now": world.clock.machine_now().timestamp(), "business_now": business_now,
            "offset_seconds": world.clock.offset_seconds(), "smtp": world.smtp_addr.to_string(),
            "switches": state.switches, "accounts": accounts, "mails": state.mails.len(),
        })
    })
}
