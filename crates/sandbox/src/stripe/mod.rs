//! Stripe's API, as far as Dunlin and its neighbours use it.
//!
//! [`answer`] takes a request through what Stripe does in the same order: key, version, address, parameters, idempotency,
//! execution, expansion. The files beside carry the calls out. Every assumption about Stripe's behaviour is a comment of
//! one form, `Stripe: what it does (page of its documentation)`, and a test lists them all.

pub(crate) mod account;
mod calls;
pub(crate) mod cash;
pub(crate) mod collect;
mod customers;
pub(crate) mod disputes;
mod error;
pub(crate) mod events;
mod expand;
pub(crate) mod form;
pub(crate) mod instruments;
pub(crate) mod intents;
mod lists;
pub(crate) mod money;
pub(crate) mod objects;
mod parameters;
mod refunds;
pub(crate) mod sessions;
pub(crate) mod setups;

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::Value;

use crate::faults::{self, ApiTrouble};
use crate::http::{LostConnection, json_response};
use crate::world::World;
use account::{API_VERSION, Account, Remembered};
pub(crate) use calls::CALLS;
use calls::Found;
pub(crate) use error::ApiError;
use parameters::Params;

/// Idempotency keys may be forgotten after this long.
// Stripe: keys are kept for at least 24 hours, then a request under one runs anew (idempotent requests)
const KEY_LIFE_SECONDS: i64 = 24 * 3600;
// Stripe: idempotency keys have up to 255 characters (idempotent requests)
const KEY_LENGTH_LIMIT: usize = 255;

/// An answer on its way out.
struct Answer {
    status: u16,
    body: Value,
    request_id: String,
    /// The id of the request whose answer this repeats.
    original: Option<String>,
    idempotency_key: Option<String>,
    version: String,
}

impl Answer {
    fn into_response(self) -> Response {
        let mut response = json_response(self.status, &self.body);
        let headers = response.headers_mut();
        let mut set = |name: &'static str, value: &str| {
            if let Ok(value) = value.parse() {
                headers.insert(name, value);
            }
        };
        set("request-id", &self.request_id);
        set("stripe-version", &self.version);
        if let Some(key) = &self.idempotency_key {
            set("idempotency-key", key);
        }
        if let Some(original) = &self.original {
            // Stripe: a repeated answer says so and names the first request (idempotent requests)
            set("idempotent-replayed", "true");
            set("original-request", original);
        }
        response
    }
}

/// Answers one request to the API.
pub(crate) async fn answer(
    world: Arc<World>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    // A caller that hangs up must not stop what Stripe would have finished: the work has its own task.
    let task = tokio::spawn(async move { work(&world, &method, &uri, &headers, &body).await });
    task.await.unwrap_or_else(|_| StatusCode::INTERNAL_SERVER_ERROR.into_response())
}

async fn work(world: &World, method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Response {
    let trouble = world.change(|state, _| faults::meet(&mut state.api_faults, method.as_str(), uri.path()));
    if trouble == Some(ApiTrouble::LoseRequest) {
        return LostConnection.into_response();
    }
    let request_id = world.change(|state, _| format!("req_{}", state.entropy.letters(14)));
    let mut reply = Answer {
        status: 200,
        body: Value::Null,
        request_id: request_id.clone(),
        original: None,
        idempotency_key: header(headers, "idempotency-key"),
        version: header(headers, "stripe-version").unwrap_or_else(|| API_VERSION.to_owned()),
    };
    let prepared = prepare(world, method, uri, headers, body);
    let outcome = match prepared {
        Err(error) => Err(error),
        Ok(_) if trouble == Some(ApiTrouble::Answer(429)) => Err(ApiError::scripted(429)),
        Ok(request) => {
            let key = if *method == Method::POST { reply.idempotency_key.clone() } else { None };
            execute(world, &request, key, &request_id, trouble).await
        }
    };
    match outcome {
        Ok(Done { status, body, original }) => {
            reply.status = status;
            reply.body = body;
            reply.original = original;
        }
        Err(error) => {
            reply.status = error.status;
            reply.body = error.body();
        }
    }
    tracing::info!(%method, path = uri.path(), status = reply.status, request = %reply.request_id, "api");
    if trouble == Some(ApiTrouble::LoseAnswer) {
        return LostConnection.into_response();
    }
    reply.into_response()
}

/// A request whose key, version, address and parameters are in order.
struct Prepared<'a> {
    account: String,
    call: Found<'a>,
    params: Params,
    fingerprint: String,
}

fn prepare<'a>(
    world: &World,
    method: &Method,
    uri: &'a Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Prepared<'a>, ApiError> {
    let key = api_key(headers)?;
    check_version(headers)?;
    let account = world.change(|state, now| {
        if state.revoked_keys.contains(&key) {
            // Stripe: an expired key is 401 api_key_expired (error codes)
            return Err(ApiError::unauthenticated(format!("Expired API Key provided: {}", masked(&key)))
                .with_code("api_key_expired"));
        }
        Ok(state.account_of_key(&key, now))
    })?;
    let call = calls::find(method.as_str(), uri.path())
        .ok_or_else(|| ApiError::unknown_address(method.as_str(), uri.path()))?;
    let body = std::str::from_utf8(body).map_err(|_| ApiError::invalid("Invalid request body."))?;
    // Stripe: parameters of a GET are in the query; a POST's may be in both (API reference)
    let mut form = form::parse(uri.query().unwrap_or_default())?;
    if *method == Method::POST {
        form.extend(form::parse(body)?);
    }
    let params = parameters::check(&call.name, &form)?;
    let mut sorted = form;
    sorted.sort_by(|left, right| left.0.cmp(&right.0));
    let fingerprint = format!("{method} {} {sorted:?}", uri.path());
    Ok(Prepared { account, call, params, fingerprint })
}

/// What was answered, and whether it was answered before.
struct Done {
    status: u16,
    body: Value,
    original: Option<String>,
}

async fn execute(
    world: &World,
    request: &Prepared<'_>,
    key: Option<String>,
    request_id: &str,
    trouble: Option<ApiTrouble>,
) -> Result<Done, ApiError> {
    if let Some(key) = &key {
        let first = world.change(|state, now| {
            let by_business_time = state.switches.prune_keys_by_business_time;
            let machine = world.clock.machine_now().timestamp();
            let Some(account) = state.accounts.get_mut(&request.account) else { return Ok(None) };
            begin(account, key, request, request_id, (machine, now, by_business_time))
        })?;
        if let Some(remembered) = first {
            return Ok(remembered);
        }
    }
    if let Some(ApiTrouble::DelayMillis(millis)) = trouble {
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
    let executed = match trouble {
        Some(ApiTrouble::Answer(status)) => Err(ApiError::scripted(status)),
        _ => world
            .act(&request.account, Some((request_id.to_owned(), key.clone())), |scene| {
                let mut answer = (request.call.act)(scene, request.call.id, &request.params)?;
                expand::expand(scene, &mut answer, &request.params.words("expand"))?;
                Ok(answer)
            })
            .unwrap_or_else(|| Err(ApiError::unauthenticated("The account is gone."))),
    };
    let (status, body) = match executed {
        Ok(body) => (200, body),
        Err(error) => (error.status, error.body()),
    };
    if let Some(key) = &key {
        world.change(|state, _| {
            let remembered =
                state.accounts.get_mut(&request.account).and_then(|account| account.idempotency.get_mut(key));
            if let Some(remembered) = remembered {
                remembered.answer = Some((status, body.clone()));
            }
        });
    }
    Ok(Done { status, body, original: None })
}

/// Takes an idempotency key for a request, or finds what was answered under it.
// Stripe: only an executed request is kept, errors too; other parameters are 400, a concurrent one 409 (idempotent
// requests)
fn begin(
    account: &mut Account,
    key: &str,
    request: &Prepared<'_>,
    request_id: &str,
    (machine, business, by_business_time): (i64, i64, bool),
) -> Result<Option<Done>, ApiError> {
    if key.chars().count() > KEY_LENGTH_LIMIT {
        return Err(ApiError::idempotency(
            400,
            format!("Idempotency keys can have up to {KEY_LENGTH_LIMIT} characters."),
        ));
    }
    account.idempotency.retain(|_, kept| {
        let age =
            if by_business_time { business - kept.business_seconds } else { machine - kept.machine_seconds };
        age < KEY_LIFE_SECONDS
    });
    if let Some(kept) = account.idempotency.get(key) {
        if kept.fingerprint != request.fingerprint {
            return Err(ApiError::idempotency(
                400,
                format!(
                    "Keys for idempotent requests can only be used with the same parameters they were first used with. \
                     Try using a key other than '{key}' if you meant to execute a different request."
                ),
            ));
        }
        return match &kept.answer {
            Some((status, body)) => {
                Ok(Some(Done { status: *status, body: body.clone(), original: Some(kept.request_id.clone()) }))
            }
            None => Err(ApiError::idempotency(
                409,
                format!(
                    "There is currently another in-progress request using this Idempotent Key (that probably means you \
                     submitted twice, and the other request is still going through): {key}. Please try again later."
                ),
            )
            .with_code("idempotency_key_in_use")),
        };
    }
    account.idempotency.insert(
        key.to_owned(),
        Remembered {
            fingerprint: request.fingerprint.clone(),
            machine_seconds: machine,
            business_seconds: business,
            request_id: request_id.to_owned(),
            answer: None,
        },
    );
    Ok(None)
}

fn header(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The secret key, from a bearer token or a basic user name.
// Stripe: the key is a bearer token or the user name of basic authentication (authentication)
fn api_key(headers: &HeaderMap) -> Result<String, ApiError> {
    let given = header(headers, "authorization").unwrap_or_default();
    let key = match given.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim().to_owned(),
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("basic") => {
            basic_user(token).unwrap_or_default()
        }
        _ => String::new(),
    };
    if key.is_empty() {
        return Err(ApiError::unauthenticated(
            "You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer \
             auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        ));
    }
    let known =
        ["sk_test_", "rk_test_"].iter().any(|prefix| key.len() > prefix.len() && key.starts_with(prefix));
    if !known {
        let why = if key.starts_with("sk_live_") || key.starts_with("rk_live_") {
            " The sandbox takes test keys only: a live key has no business here."
        } else {
            ""
        };
        return Err(ApiError::unauthenticated(format!("Invalid API Key provided: {}.{why}", masked(&key))));
    }
    Ok(key)
}

fn basic_user(token: &str) -> Option<String> {
    let decoded = String::from_utf8(BASE64.decode(token.trim()).ok()?).ok()?;
    Some(decoded.split(':').next().unwrap_or_default().to_owned())
}

/// `sk_test_…1234`, so that no key is written out whole.
fn masked(key: &str) -> String {
    let start: String = key.chars().take(8).collect();
    let end: String = key.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
    format!("{start}****{end}")
}

// Stripe: a request may pin its API version; an unknown one is refused (versioning)
fn check_version(headers: &HeaderMap) -> Result<(), ApiError> {
    let Some(version) = header(headers, "stripe-version") else { return Ok(()) };
    let (date, name) = version.split_once('.').unwrap_or((&version, ""));
    let digits = |part: Option<&str>, length: usize| {
        part.is_some_and(|part| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit()))
    };
    let mut parts = date.split('-');
    let is_date = digits(parts.next(), 4)
        && digits(parts.next(), 2)
        && digits(parts.next(), 2)
        && parts.next().is_none();
    if !is_date {
        return Err(ApiError::invalid(format!("Invalid Stripe API version: {version}")));
    }
    // The objects here have the shape of one version; another's would be a lie.
    let own = API_VERSION.split_once('.').map_or("", |(_, name)| name);
    if name != own || date < API_VERSION.split_once('.').map_or("", |(date, _)| date) {
        return Err(ApiError::invalid(format!(
            "The sandbox speaks Stripe API version {API_VERSION} and its {own} successors, not {version}."
        )));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{basic_user, masked};

    #[test]
    fn basic_authentication_is_read() {
        assert_eq!(basic_user("c2tfdGVzdF8xMjM6").as_deref(), Some("sk_test_123"));
        assert_eq!(basic_user("c2tfdGVzdF8*"), None);
    }

    #[test]
    fn a_key_is_never_written_out_whole() {
        assert_eq!(masked("sk_test_abcdef1234"), "sk_test_****1234");
    }
}
