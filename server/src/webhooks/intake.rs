//! What receiving a webhook keeps in memory, so that it costs little: which secrets an endpoint has, and the events that wait
//! to share a commit.
//!
//! **Endpoints.** Anybody can post here, so what is not signed must not reach the database: an endpoint is read once and then
//! known for [`KNOWN_FOR_SECONDS`]. Whatever this process changes it forgets at once; a secret that another process set is
//! found because a signature that does not match has the endpoint read again, at most once in [`READ_AGAIN_SECONDS`].
//!
//! **Group commit.** SQLite has one writer, and what a commit costs is the disk; PostgreSQL pays for every statement on its way.
//! So events that arrive while others are being committed wait, and share the next commit. Each is acknowledged after the
//! commit that holds it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::{BusinessId, Timestamp};
use store::identity;
use store::inbox::{self, Arrived, InboxKey, Kept};
use store::{StoreError, Tx};
use tokio::sync::oneshot;

use super::WebhookError;
use super::signature::SigningSecret;
use crate::env::Env;
use crate::operations::payments::provider_account;
use crate::operations::settings;

/// How long an endpoint is known before it is read again. A secret that another process removed is good for as long.
const KNOWN_FOR_SECONDS: i64 = 30;

/// How soon a signature that does not match may have an endpoint read again.
const READ_AGAIN_SECONDS: i64 = 2;

/// Endpoints known at once. Beyond it all are forgotten, so that ids that somebody makes up take no memory.
const ENDPOINTS_MAX: usize = 4096;

/// Events that share a commit at most.
const SHARING_MAX: usize = 128;

/// Where a business's events come in.
#[derive(Debug)]
pub(super) struct Endpoint {
    pub secrets: Vec<SigningSecret>,
    /// What the rows call the account.
    pub account: String,
    /// Machine time.
    read_at: Timestamp,
}

impl Endpoint {
    /// Whether a signature that does not match is reason enough to read it again.
    pub(super) fn may_be_outdated(&self, now: Timestamp) -> bool {
        (now - self.read_at).num_seconds() >= READ_AGAIN_SECONDS
    }
}

/// An event about to be kept.
#[derive(Debug, Clone)]
pub(crate) struct Incoming {
    pub key: InboxKey,
    pub business: BusinessId,
    pub kind: String,
    pub livemode: bool,
    pub payload: Vec<u8>,
}

/// An event that waits for a commit, and who waits with it.
struct Waiting {
    event: Incoming,
    tell: oneshot::Sender<Result<Kept, StoreError>>,
}

/// The memory of one process.
#[derive(Default)]
pub struct Intake {
    endpoints: Mutex<HashMap<BusinessId, Arc<Endpoint>>>,
    waiting: Mutex<Vec<Waiting>>,
    /// Whoever has it commits for all that wait.
    turn: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Intake {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Intake")
    }
}

impl Intake {
    /// The endpoint of a business, from memory where it is fresh.
    pub(super) async fn endpoint(
        &self,
        env: &Env,
        business: BusinessId,
    ) -> Result<Arc<Endpoint>, WebhookError> {
        let now = env.machine_now();
        let known = lock(&self.endpoints).get(&business).map(Arc::clone);
        match known.filter(|known| (0..KNOWN_FOR_SECONDS).contains(&(now - known.read_at).num_seconds())) {
            Some(known) => Ok(known),
            None => self.read_endpoint(env, business).await,
        }
    }

    /// Reads the endpoint of a business. One without a secret is no endpoint, and remembered as that.
    pub(super) async fn read_endpoint(
        &self,
        env: &Env,
        business: BusinessId,
    ) -> Result<Arc<Endpoint>, WebhookError> {
        let mut tx = env.store.read().await?;
        let found = identity::business(&mut tx, business).await?;
        drop(tx);
        let (secrets, account) = match found {
            Some(found) => (settings::webhook_secrets(env, &found)?, provider_account(&found)),
            None => (Vec::new(), String::new()),
        };
        let secrets = secrets.into_iter().filter_map(SigningSecret::new).collect();
        let endpoint = Arc::new(Endpoint { secrets, account, read_at: env.machine_now() });
        let mut endpoints = lock(&self.endpoints);
        if endpoints.len() >= ENDPOINTS_MAX {
            endpoints.clear();
        }
        endpoints.insert(business, Arc::clone(&endpoint));
        Ok(endpoint)
    }

    /// Has the endpoint of a business read again: its secrets or its account were changed.
    pub fn forget(&self, business: BusinessId) {
        lock(&self.endpoints).remove(&business);
    }

    /// Keeps an event, and returns after the commit that holds it.
    pub(crate) async fn keep(&self, env: &Env, event: Incoming) -> Result<Kept, StoreError> {
        loop {
            let (tell, mut told) = oneshot::channel();
            lock(&self.waiting).push(Waiting { event: event.clone(), tell });
            loop {
                tokio::select! {
                    biased;
                    kept = &mut told => match kept {
                        Ok(kept) => return kept,
                        // Whoever was committing went away with it. Keeping it again changes nothing.
                        Err(_gone) => break,
                    },
                    _turn = self.turn.lock() => commit_together(env, self.next_to_commit()).await,
                }
            }
        }
    }

    /// Those who waited longest.
    fn next_to_commit(&self) -> Vec<Waiting> {
        let mut waiting = lock(&self.waiting);
        let most = waiting.len().min(SHARING_MAX);
        waiting.drain(..most).collect()
    }
}

/// One transaction for all of them. Should it fail, each is tried alone, so that one that cannot be kept holds up nobody else.
async fn commit_together(env: &Env, together: Vec<Waiting>) {
    let kept = env
        .store
        .transact(async |tx: &mut Tx| {
            let events: Vec<Arrived<'_>> =
                together.iter().map(|waiting| arrived(env, &waiting.event)).collect();
            inbox::keep_many(tx, &events).await
        })
        .await;
    match kept {
        Ok(kept) => {
            for (waiting, kept) in together.into_iter().zip(kept) {
                // Who no longer waits was cancelled, and the provider delivers again.
                let _ = waiting.tell.send(Ok(kept));
            }
        }
        Err(error) => {
            tracing::debug!(%error, events = together.len(), "keeping events one by one");
            for waiting in together {
                let kept = alone(env, &waiting.event).await;
                let _ = waiting.tell.send(kept);
            }
        }
    }
}

async fn alone(env: &Env, event: &Incoming) -> Result<Kept, StoreError> {
    env.store.transact(async |tx: &mut Tx| inbox::keep(tx, &arrived(env, event)).await).await
}

fn arrived<'a>(env: &Env, event: &'a Incoming) -> Arrived<'a> {
    Arrived {
        key: &event.key,
        business: event.business,
        event_type: &event.kind,
        livemode: event.livemode,
        payload: &event.payload,
        received_at: env.machine_now(),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing that is done under these locks can leave them half changed.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
