//! What the provider says of methods that are kept: that one was given, was let go, has no mandate any more.
//!
//! It is always fetched afresh, and may be told in any order and as often as anybody likes: one that has been let go since, or
//! whose mandate is over, is written down as that.

use domain::MethodSetupId;
use domain::event::{Actor, EventKind};
use domain::saved::EndReason;
use store::saved_methods::{self as rows, SavedMethod};
use store::{Tx, ledger};

use super::{end, told};
use crate::env::Env;
use crate::gateway::{Given, SetupStatus};
use crate::operations::payments::Account;
use crate::operations::payments::sync::{SyncError, Synced, outside};
use crate::operations::record::record;

/// Fetches what became of giving a method, and writes it down.
pub async fn setup(env: &Env, account: &Account, id: &str) -> Result<Synced, SyncError> {
    Ok(fetch(env, account, id).await?.0)
}

/// The same; says too how far it came.
pub(super) async fn fetch(
    env: &Env,
    account: &Account,
    id: &str,
) -> Result<(Synced, SetupStatus), SyncError> {
    let found = outside(account.gateway.setup(id)).await?;
    let Some(named) = found.setup else { return Ok((Synced::NotOurs, found.status)) };
    if found.status != SetupStatus::Succeeded || found.livemode != account.livemode {
        return Ok((Synced::Unchanged, found.status));
    }
    Ok((keep(env, account, named, &found.given).await?, found.status))
}

/// A payment succeeded: fetches what it was made with and writes that down, where its payer agreed to keep it.
pub async fn paid(env: &Env, account: &Account, intent: &str) -> Result<Synced, SyncError> {
    let agreed = {
        let mut tx = env.store.read().await?;
        rows::setup_to_learn(&mut tx, account.business, intent).await?
    };
    let Some(agreed) = agreed else { return Ok(Synced::Unchanged) };
    let given = outside(account.gateway.paid_with(intent)).await?;
    keep(env, account, agreed.id, &given).await
}

/// Writes down what was given under what was agreed to, once.
async fn keep(
    env: &Env,
    account: &Account,
    agreed: MethodSetupId,
    given: &Given,
) -> Result<Synced, SyncError> {
    let Some(found) = &given.method else { return Ok(Synced::Unchanged) };
    env.store
        .transact(async |tx: &mut Tx| {
            let Some(agreed) = rows::setup(tx, account.business, agreed).await? else {
                return Ok(Synced::NotOurs);
            };
            ledger::take_turn(tx, agreed.business, agreed.customer).await?;
            if rows::by_reference(tx, agreed.business, &found.id).await?.is_some() {
                return Ok(Synced::Unchanged);
            }
            let saved = SavedMethod {
                id: env.new_id(),
                business: agreed.business,
                customer: agreed.customer,
                setup: agreed.id,
                method: found.method.unwrap_or(agreed.method),
                account: Some(account.name.clone()),
                reference: found.id.clone(),
                mandate: given.mandate.as_ref().map(|mandate| mandate.id.clone()),
                label: found.label.clone(),
                last_digits: found.last_digits.clone(),
                expires: found.expires,
                saved_at: env.business_now(),
                ended: None,
                tries: 0,
            };
            let event =
                record(tx, env, saved.business, Actor::Provider, told(EventKind::MethodSaved, &saved));
            rows::keep(tx, &saved, event).await?;
            if !found.attached {
                end(tx, env, &saved, EndReason::Provider, Actor::Provider).await?;
            } else if given.mandate.as_ref().is_some_and(|mandate| mandate.over) {
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
