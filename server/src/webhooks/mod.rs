//! What Stripe tells us: verified, kept as it came, answered; worked off later.
//!
//! A webhook is a trigger, not data. Receiving one is verify → store raw → commit → 200, so that Stripe is answered at
//! once and an acknowledged event survives any crash; `workers::inbox` does the rest.
//!
//! The endpoint is one for each business, `/webhooks/stripe/{business}`, with that business's own secrets (two while they
//! are rotated). A business without a secret has no endpoint and lives by the sweep. There is no way to skip the
//! signature, not in development either: the sandbox signs too.

mod intake;
pub mod signature;
pub mod text_signature;

use domain::BusinessId;
use serde::Deserialize;
use store::StoreError;
use store::inbox::{InboxKey, Kept};

use crate::crypto::CryptoError;
use crate::env::Env;
use signature::SignatureError;

pub(crate) use intake::Incoming;
pub use intake::Intake;

/// What the rows call the provider.
pub const PROVIDER: &str = "stripe";

/// The largest body taken: what the inbox keeps at most. The route refuses larger ones before they are read.
pub const BODY_MAX_BYTES: usize = 256 * 1024;

/// The longest id or type of an event that is kept.
const NAME_MAX_BYTES: usize = 255;

/// Why a delivery is not taken. Whatever it is, nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum WebhookError {
    /// No such business, or it has no webhook secret: 404.
    #[error("there is no such endpoint")]
    NoEndpoint,
    /// The signature is not Stripe's: 400.
    #[error(transparent)]
    Signature(#[from] SignatureError),
    /// Signed, but larger than an event can be: 413.
    #[error("the body is too large")]
    TooLarge,
    /// Signed, but not an event: 400.
    #[error("the body is not an event")]
    NotAnEvent,
    /// A secret cannot be opened: it was sealed with another installation key. Stripe has to deliver again: 503.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database, so that Stripe has to deliver it again: 503.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What every event has, in every version of the API. Whatever else there is stays in the raw bytes.
#[derive(Deserialize)]
struct Envelope {
    id: String,
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    livemode: bool,
}

/// Takes a delivery: verifies it over its raw bytes, keeps it, and commits. The same event again is acknowledged like the
/// first. What is not signed never reaches the database.
pub async fn receive(
    env: &Env,
    business: BusinessId,
    signature: Option<&[u8]>,
    body: &[u8],
) -> Result<Kept, WebhookError> {
    if body.len() > BODY_MAX_BYTES {
        return Err(WebhookError::TooLarge);
    }
    let account = verify(env, business, signature, body).await?;

    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| WebhookError::NotAnEvent)?;
    let plausible =
        |name: &str| (1..=NAME_MAX_BYTES).contains(&name.len()) && name.bytes().all(|b| b.is_ascii_graphic());
    if !plausible(&envelope.id) || !plausible(&envelope.kind) {
        return Err(WebhookError::NotAnEvent);
    }
    let event = Incoming {
        key: InboxKey { provider: PROVIDER.to_owned(), account, event_id: envelope.id },
        business,
        kind: envelope.kind,
        livemode: envelope.livemode,
        payload: body.to_vec(),
    };
    let kept = env.intake.keep(env, event).await?;
    if kept == Kept::Now {
        env.nudges.inbox.notify_one();
    }
    Ok(kept)
}

/// Whether a body is signed by one of the endpoint's secrets; then, the account it is about.
async fn verify(
    env: &Env,
    business: BusinessId,
    signature: Option<&[u8]>,
    body: &[u8],
) -> Result<String, WebhookError> {
    let now = env.machine_now();
    let mut endpoint = env.intake.endpoint(env, business).await?;
    let mut verified = signature::verify(signature, body, &endpoint.secrets, now);
    if verified == Err(SignatureError::Mismatch) && endpoint.may_be_outdated(now) {
        // Another process may have set a new secret.
        endpoint = env.intake.read_endpoint(env, business).await?;
        verified = signature::verify(signature, body, &endpoint.secrets, now);
    }
    if endpoint.secrets.is_empty() {
        return Err(WebhookError::NoEndpoint);
    }
    verified?;
    Ok(endpoint.account.clone())
}
