//! Writing an attempt down before the provider is asked for anything.

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::ledger::{Part, Provider};
use domain::payment::Method;
use domain::{AttemptId, CustomerId, DebitId, InvoiceId, Money, SavedMethodId};
use store::attempts::{self, NewAttempt};
use store::{StoreError, Tx};

use super::Account;
use crate::env::Env;
use crate::operations::record::{Facts, Told, record};

/// How long an attempt may be `creating` before it counts as left behind by a crash: longer than a call may take.
pub(super) const CREATING_SECONDS: i64 = 60;

/// An attempt that begins.
pub(in crate::operations) struct Beginning<'a> {
    /// Who pays.
    pub customer: CustomerId,
    /// What it is for, if that is one.
    pub invoice: Option<InvoiceId>,
    /// How much.
    pub amount: Money,
    /// How much of it the payer knows to be more than can still be paid.
    pub excess: Money,
    /// What it is for.
    pub parts: &'a [Part],
    /// How it is paid.
    pub method: Method,
    /// With what of the payer's, if the provider is to ask for nothing.
    pub saved: Option<SavedMethodId>,
    /// What was announced and is charged by it, and which try it is.
    pub debit: Option<(DebitId, u32)>,
    /// The key under which the provider is asked, where it is known by more than the attempt.
    pub key: Option<String>,
}

/// Writes an attempt as `creating`. The schema refuses it beside another payable one for the same.
pub(in crate::operations) async fn begin(
    tx: &mut Tx,
    env: &Env,
    account: &Account,
    new: &Beginning<'_>,
    by: Actor,
) -> Result<AttemptId, StoreError> {
    let id: AttemptId = env.new_id();
    let facts = Facts { amount: Some(new.amount), method: Some(new.method), ..Facts::default() };
    let mut told = Told::new(EventKind::AttemptCreated, id).customer(new.customer).facts(facts);
    if let Some(invoice) = new.invoice {
        told = told.invoice(invoice);
    }
    let event = record(tx, env, account.business, by, told);
    let machine_now = env.machine_now();
    let key = new.key.clone().unwrap_or_else(|| format!("dunlin-{id}"));
    attempts::create(
        tx,
        &NewAttempt {
            id,
            business: account.business,
            customer: new.customer,
            amount: new.amount,
            excess: new.excess,
            parts: new.parts,
            method: new.method,
            saved: new.saved,
            debit: new.debit,
            provider: Provider::Stripe,
            provider_account: &account.name,
            idempotency_key: &key,
            event,
            created_at: env.business_now(),
            key_made_at: machine_now,
            sync_at: machine_now + Duration::seconds(CREATING_SECONDS),
        },
    )
    .await?;
    Ok(id)
}
