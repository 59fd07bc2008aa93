//! The switch: only the customer turns it on, who proved who they are; they, and members, turn it off.

use domain::autopay::EndReason;
use domain::event::EventKind;
use domain::{AutopayId, CustomerId, Permission, SavedMethodId};
use store::autopay::{self as rows, Autopay};
use store::saved_methods::{self, SavedMethod};
use store::{StoreError, Tx, customers, follow_up, identity, ledger};

use super::{Standing, about, end, standing};
use crate::env::{Env, PortalAccess, Principal};
use crate::operations::invoices::offer;
use crate::operations::payments::saved::{Consent, SavedError, living, whole};
use crate::operations::portal;
use crate::operations::record::{Facts, Personal, actor, record};

/// What a customer lets be charged, and could.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offered {
    /// Whether the business charges by itself at all now.
    pub enabled: bool,
    /// What they let be charged.
    pub standing: Vec<Standing>,
    /// What of theirs could be charged, if they wanted.
    pub methods: Vec<SavedMethodId>,
}

/// Shows a customer, by a link over everything of theirs, or a member what is charged by itself.
pub async fn offered(env: &Env, principal: &Principal, customer: CustomerId) -> Result<Offered, SavedError> {
    let business = match principal {
        Principal::Portal(_) => whole(principal, customer)?.business,
        _ => principal.member_with(Permission::ViewCustomers)?.0,
    };
    let mut tx = env.store.read().await?;
    let enabled = follow_up::settings(&mut tx, business).await?.value.autopay;
    let standing = standing(&mut tx, business, customer).await?;
    let found = identity::business(&mut tx, business).await?.ok_or(SavedError::NotFound)?;
    let mut methods = Vec::new();
    for method in living(&mut tx, &found, customer).await? {
        let is_on = standing.iter().any(|standing| standing.autopay.method == method.id);
        if enabled && !is_on && may_charge(&mut tx, &method).await? {
            methods.push(method.id);
        }
    }
    Ok(Offered { enabled, standing, methods })
}

/// Whether the business takes this of this customer, in the currency in which it is kept.
async fn may_charge(tx: &mut Tx, method: &SavedMethod) -> Result<bool, StoreError> {
    let Some(agreed) = saved_methods::setup(tx, method.business, method.setup).await? else {
        return Ok(false);
    };
    let business = identity::business(tx, method.business).await?;
    let customer = customers::customer(tx, method.business, method.customer).await?;
    Ok(business.zip(customer).is_some_and(|(business, customer)| {
        offer(&business, &customer, agreed.currency, &[method.method]).allows(method.method)
    }))
}

/// The customer lets what falls due be charged to what they keep, from now on; whatever was charged in its currency before is not any
/// more.
pub async fn turn_on(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    method: SavedMethodId,
    consent: &Consent,
) -> Result<(), SavedError> {
    let access = whole(principal, customer)?;
    env.store.transact(async |tx: &mut Tx| agree(tx, env, principal, access, method, consent).await).await?;
    env.nudges.autopay.notify_one();
    Ok(())
}

async fn agree(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    access: &PortalAccess,
    method: SavedMethodId,
    consent: &Consent,
) -> Result<(), SavedError> {
    let (business, customer) = (access.business, access.customer);
    let contact = portal::require_proof(tx, access).await?;
    ledger::take_turn(tx, business, customer).await?;
    let owner = identity::business(tx, business).await?.ok_or(SavedError::NotFound)?;
    let kept = living(tx, &owner, customer).await?;
    let found = kept.into_iter().find(|found| found.id == method).ok_or(SavedError::NotFound)?;
    let agreed = saved_methods::setup(tx, business, found.setup).await?.ok_or(SavedError::NotFound)?;
    let enabled = follow_up::settings(tx, business).await?.value.autopay;
    if !enabled || !may_charge(tx, &found).await? {
        return Err(SavedError::NotOffered);
    }
    for before in rows::live(tx, business, customer).await? {
        if before.currency != agreed.currency {
            continue;
        }
        if before.method == method {
            return Ok(());
        }
        let charged = saved_methods::find(tx, business, before.method).await?.ok_or(SavedError::NotFound)?;
        end(tx, env, &before, &charged, EndReason::Customer, actor(principal)).await?;
    }
    let new = Autopay {
        id: env.new_id(),
        business,
        customer,
        currency: agreed.currency,
        method,
        contact,
        link: access.link,
        consent_text: consent.text.clone(),
        consent_hash: Consent::version(&consent.text),
        locale: consent.locale.tag().to_owned(),
        address: consent.browser.address.clone(),
        user_agent: consent.browser.user_agent.clone(),
        agreed_at: env.business_now(),
        ended: None,
    };
    let facts = Facts { method: Some(found.method), ..Facts::default() };
    let told = about(EventKind::AutopayAgreed, &new, facts).personal(Personal {
        note: Some(consent.text.clone()),
        address: new.address.clone(),
        user_agent: new.user_agent.clone(),
        ..Personal::default()
    });
    let event = record(tx, env, business, actor(principal), told);
    rows::agree(tx, &new, event).await?;
    Ok(())
}

/// Nothing is charged by itself any more: the customer says so, without a code, or a member.
pub async fn turn_off(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    autopay: AutopayId,
) -> Result<(), SavedError> {
    let (business, reason) = match principal {
        Principal::Portal(_) => (whole(principal, customer)?.business, EndReason::Customer),
        _ => (principal.member_with(Permission::EditCustomers)?.0, EndReason::Member),
    };
    env.store
        .transact(async |tx: &mut Tx| {
            ledger::take_turn(tx, business, customer).await?;
            let found = rows::find(tx, business, autopay).await?.filter(|found| found.customer == customer);
            let found = found.ok_or(SavedError::NotFound)?;
            if found.ended.is_some() {
                return Ok(());
            }
            let method =
                saved_methods::find(tx, business, found.method).await?.ok_or(SavedError::NotFound)?;
            end(tx, env, &found, &method, reason, actor(principal)).await?;
            Ok::<_, SavedError>(())
        })
        .await?;
    env.nudges.outbox.notify_one();
    Ok(())
}
