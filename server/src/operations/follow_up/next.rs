//! What comes next, and why, without applying anything: for lists, pages and previews.

use std::collections::BTreeMap;

use domain::schedule::{Decision, Foreseen, decide, forecast};
use domain::{BusinessId, CustomerId, InvoiceId, ReceivableId, Timestamp};
use store::dossiers::{self, Which};
use store::{StoreError, Tx, receivables};

use super::house::House;
use super::known::{CONTACTS_MATTER_FOR, Known};
use crate::env::Env;

/// What is known of some customers, for these receivables of theirs.
pub async fn known(
    tx: &mut Tx,
    house: &mut House,
    customers: &[CustomerId],
    which: Which<'_>,
    now: Timestamp,
) -> Result<Vec<Known>, StoreError> {
    let business = house.business.id;
    let customers: Vec<(BusinessId, CustomerId)> = customers.iter().map(|id| (business, *id)).collect();
    let dossiers = dossiers::gather(tx, &customers, which, now - CONTACTS_MATTER_FOR).await?;
    Ok(dossiers.into_iter().map(|dossier| Known::new(house, dossier, None, now)).collect())
}

/// Decides afresh about these receivables.
pub async fn decisions(
    env: &Env,
    tx: &mut Tx,
    business: BusinessId,
    of: &[(CustomerId, ReceivableId)],
    now: Timestamp,
) -> Result<BTreeMap<ReceivableId, Decision>, StoreError> {
    let Some(mut house) = House::load(env, tx, business, now).await? else { return Ok(BTreeMap::new()) };
    let mut customers: Vec<CustomerId> = of.iter().map(|(customer, _)| *customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let receivables: Vec<ReceivableId> = of.iter().map(|(_, receivable)| *receivable).collect();
    let known = known(tx, &mut house, &customers, Which::These(&receivables), now).await?;
    let decided = known.iter().flat_map(|known| {
        known.items.iter().map(|item| {
            let decision = decide(&known.schedule, &item.facts, &known.gate(), now);
            (item.receivable.id, decision)
        })
    });
    Ok(decided.collect())
}

/// Decides afresh about an invoice. `None` for a draft.
pub async fn decision(
    env: &Env,
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    now: Timestamp,
) -> Result<Option<Decision>, StoreError> {
    let Some(receivable) = receivables::of_invoice(tx, business, invoice).await? else { return Ok(None) };
    let decided = decisions(env, tx, business, &[(receivable.customer, receivable.id)], now).await?;
    Ok(decided.into_values().next())
}

/// What would be said to a customer about all they owe, from now until then, as things stand.
pub fn foresee(known: &Known, now: Timestamp, until: Timestamp) -> Foreseen {
    forecast(known.cases(), &known.gate(), now, until)
}
