//! `/v1/refunds` and `/v1/charges`: money given back, and the charges it came from.

use serde_json::{Value, json};

use super::account::{Due, Scene};
use super::error::ApiError;
use super::instruments::{CardBehaviour, Instrument, Method, by_number};
use super::lists::{Page, page};
use super::money;
use super::objects::{Charge, ChargeStatus, Refund, RefundStatus};
use super::parameters::Params;

const ACTED_OUT: &[&str] = &["amount", "charge", "expand", "metadata", "payment_intent", "reason"];
/// Business time until a refund that is pending arrives, or one that cannot arrive comes back.
const REFUND_SECONDS: i64 = 3 * 86_400;

pub(crate) fn create(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(ACTED_OUT)?;
    let charge = match (params.text("charge"), params.text("payment_intent")) {
        (Some(id), None) => scene
            .account
            .charges
            .get(id)
            .ok_or_else(|| ApiError::no_such_parameter("charge", id, "charge"))?,
        (None, Some(id)) => {
            let intent = scene
                .account
                .intents
                .get(id)
                .ok_or_else(|| ApiError::no_such_parameter("payment_intent", id, "payment_intent"))?;
            let charge = intent.latest_charge.as_ref().and_then(|charge| scene.account.charges.get(charge));
            charge.filter(|charge| charge.status == ChargeStatus::Succeeded).ok_or_else(|| {
                ApiError::parameter(
                    "payment_intent",
                    format!("This PaymentIntent ({id}) does not have a successful charge to refund."),
                )
            })?
        }
        _ => {
            return Err(ApiError::invalid(
                "One of the following params should be provided for this request: payment_intent or charge.",
            ));
        }
    };
    if charge.status != ChargeStatus::Succeeded {
        return Err(ApiError::invalid(format!(
            "Charge {} has not succeeded and cannot be refunded.",
            charge.id
        )));
    }
    // Stripe: a disputed charge cannot be refunded, a refunded one not again (error codes)
    let disputes = &scene.account.disputes;
    if disputes.newest_first().any(|dispute| dispute.charge == charge.id && !dispute.status.is_inquiry()) {
        return Err(ApiError::invalid(format!(
            "Charge {} has been charged back; cannot issue a refund.",
            charge.id
        ))
        .with_code("charge_disputed"));
    }
    if charge.unrefunded() == 0 {
        return Err(ApiError::invalid(format!("Charge {} has already been refunded.", charge.id))
            .with_code("charge_already_refunded"));
    }
    let amount = params.int("amount").unwrap_or(charge.unrefunded());
    if amount < 1 {
        return Err(
            ApiError::parameter("amount", "Invalid positive integer").with_code("parameter_invalid_integer")
        );
    }
    if amount > charge.unrefunded() {
        return Err(ApiError::parameter(
            "amount",
            format!(
                "Refund amount ({}) is greater than unrefunded amount on charge ({})",
                money::readable(amount, &charge.currency),
                money::readable(charge.unrefunded(), &charge.currency)
            ),
        ));
    }
    let (charge, method) = (charge.clone(), charge.method.instrument.method());
    let behaviour = match &charge.method.instrument {
        Instrument::Card(number) => by_number(number).map(|card| card.behaviour),
        _ => None,
    };
    // Stripe: card refunds succeed at once, bank ones are pending for days (refunds)
    let pends = method != Method::Card || behaviour == Some(CardBehaviour::RefundPends);
    let refund = Refund {
        id: scene.entropy.id("re"),
        created: scene.now,
        amount,
        currency: charge.currency.clone(),
        status: if pends { RefundStatus::Pending } else { RefundStatus::Succeeded },
        charge: charge.id.clone(),
        intent: charge.intent.clone(),
        reason: params.owned("reason"),
        method,
        balance_transaction: Some(scene.entropy.id("txn")),
        metadata: params.map("metadata"),
    };
    let later = scene.now + REFUND_SECONDS;
    if pends {
        scene.plan(later, Due::RefundSettles(refund.id.clone()));
    } else if behaviour == Some(CardBehaviour::RefundFails) {
        scene.plan(later, Due::RefundFails(refund.id.clone()));
    }
    let shown = scene.account.refunds.add(refund).shown();
    add_to_refunded(scene, &charge.id, amount, "charge.refunded");
    scene.emit("refund.created", shown.clone());
    Ok(shown)
}

/// Moves a charge's `amount_refunded` and tells of it.
fn add_to_refunded(scene: &mut Scene<'_>, charge: &str, amount: i64, kind: &str) {
    let Some(charge) = scene.account.charges.get_mut(charge) else { return };
    let before = charge.amount_refunded;
    charge.amount_refunded += amount;
    let shown = charge.shown(scene.base_url);
    scene.emit_change(kind, shown, json!({ "amount_refunded": before }));
}

/// A pending refund has arrived.
pub(crate) fn settle(scene: &mut Scene<'_>, id: &str) {
    change(scene, id, RefundStatus::Succeeded, &["refund.updated", "charge.refund.updated"]);
}

/// A refund the bank sent back.
// Stripe: a refund that fails later takes its amount off the charge's amount_refunded (refunds, failed refunds)
pub(crate) fn fail(scene: &mut Scene<'_>, id: &str) {
    let Some(refund) = scene.account.refunds.get(id) else { return };
    let (charge, amount) = (refund.charge.clone(), refund.amount);
    change(scene, id, RefundStatus::Failed, &["refund.failed", "refund.updated", "charge.refund.updated"]);
    add_to_refunded(scene, &charge, -amount, "charge.updated");
}

fn change(scene: &mut Scene<'_>, id: &str, status: RefundStatus, kinds: &[&str]) {
    let Some(refund) = scene.account.refunds.get_mut(id) else { return };
    let before = json!({ "status": refund.status });
    refund.status = status;
    let shown = refund.shown();
    for kind in kinds {
        scene.emit_change(kind, shown.clone(), before.clone());
    }
}

pub(crate) fn retrieve(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let refund = scene.account.refunds.get(id).ok_or_else(|| ApiError::no_such("refund", id, "refund"))?;
    Ok(refund.shown())
}

pub(crate) fn list(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    let (charge, intent) = (params.text("charge"), params.text("payment_intent"));
    page(
        &scene.account.refunds,
        params,
        &Page { url: "/v1/refunds", kind: "refund" },
        |refund| charge.is_none_or(|id| refund.charge == id) && intent.is_none_or(|id| refund.intent == id),
        Refund::shown,
    )
}

pub(crate) fn retrieve_charge(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let charge = scene.account.charges.get(id).ok_or_else(|| ApiError::no_such("charge", id, "id"))?;
    Ok(charge.shown(scene.base_url))
}

pub(crate) fn list_charges(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    if params.has("transfer_group") {
        return Err(ApiError::not_acted_out("transfer_group"));
    }
    let (intent, customer) = (params.text("payment_intent"), params.text("customer"));
    let base_url = scene.base_url;
    page(
        &scene.account.charges,
        params,
        &Page { url: "/v1/charges", kind: "charge" },
        |charge: &Charge| {
            intent.is_none_or(|id| charge.intent == id)
                && (customer.is_none() || charge.customer.as_deref() == customer)
        },
        |charge| charge.shown(base_url),
    )
}
