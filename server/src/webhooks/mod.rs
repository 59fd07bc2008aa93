//! What Stripe tells us: verified, kept as it came, answered; worked off later.
//!
//! A webhook is a trigger, not data. Receiving one is verify → store raw → commit → 200, so that Stripe is answered at
//! once and an acknowledged event survives any crash; `workers::inbox` does the rest.
//!
//! The endpoint is one for each business, `/webhooks/stripe/{business}`, with that business's own secrets (two while they
//! are rotated). A business without a secret has no endpoint and lives by the sweep. There is no way to skip the
//! signature, not in development either: the sandbox signs too.

pub mod signature;
pub mod text_signature;

use domain::BusinessId;
use serde::Deserialize;
use store::identity::{self, Business};
use store::inbox::{self, Arrived, InboxKey, Kept};
use store::{StoreError, Tx};

use crate::crypto::CryptoError;
use crate::env::Env;
use crate::operations::payments::provider_account;
use crate::operations::settings;
use signature::{SignatureError, SigningSecret};

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
/// first.
pub async fn receive(
    env: &Env,
    business: BusinessId,
    signature: Option<&[u8]>,
    body: &[u8],
) -> Result<Kept, WebhookError> {
    let business = {
        let mut tx = env.store.read().await?;
        identity::business(&mut tx, business).await?.ok_or(WebhookError::NoEndpoint)?
    };
    let opened = settings::webhook_secrets(env, &business)?;
    let secrets: Vec<SigningSecret> = opened.into_iter().filter_map(SigningSecret::new).collect();
    if secrets.is_empty() {
        return Err(WebhookError::NoEndpoint);
    }
    if body.len() > BODY_MAX_BYTES {
        return Err(WebhookError::TooLarge);
    }
    signature::verify(signature, body, &secrets, env.machine_now())?;

    let envelope: Envelope = serde_json::from_slice(body).map_err(|_| WebhookError::NotAnEvent)?;
    let plausible = |name: &str| !name.is_empty() && name.len() <= NAME_MAX_BYTES && name.is_ascii();
    if !plausible(&envelope.id) || !plausible(&envelope.kind) {
        return Err(WebhookError::NotAnEvent);
    }
    let key = InboxKey {
        provider: PROVIDER.to_owned(),
        account: provider_account(&business),
        event_id: envelope.id,
    };
    let kept = keep(env, &business, &key, &envelope.kind, envelope.livemode, body).await?;
    env.nudges.inbox.notify_one();
    Ok(kept)
}

/// Keeps an event in the inbox, whichever road it came by, and commits.
pub(crate) async fn keep(
    env: &Env,
    business: &Business,
    key: &InboxKey,
    kind: &str,
    livemode: bool,
    payload: &[u8],
) -> Result<Kept, StoreError> {
    env.store
        .transact(async |tx: &mut Tx| {
            let arrived = Arrived {
                key,
                business: business.id,
                event_type: kind,
                livemode,
                payload,
                received_at: env.machine_now(),
            };
            inbox::keep(tx, &arrived).await
        })
        .await
}
