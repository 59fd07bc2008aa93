//! `/v1/disputes`: payments taken back by the payer's bank, chargebacks and returned debits alike.

use serde_json::{Value, json};

use super::account::Scene;
use super::error::ApiError;
use super::instruments::{CardBehaviour, Instrument, by_number};
use super::lists::{Page, page};
use super::objects::{ChargeStatus, Dispute, DisputeStatus};
use super::parameters::Params;

/// The payer's bank takes a payment back.
// Stripe: a returned debit is a dispute that is lost at once; a card's can be answered (disputes, bank debits)
pub(crate) fn open(scene: &mut Scene<'_>, charge: &str) -> Result<String, ApiError> {
    let id = format!("dp_{}", scene.entropy.letters(24));
    let now = scene.now;
    let Some(charge) = scene.account.charges.get_mut(charge) else {
        return Err(ApiError::no_such("charge", charge, "charge"));
    };
    if charge.status != ChargeStatus::Succeeded || charge.disputed || charge.unrefunded() == 0 {
        return Err(ApiError::invalid("Only a paid charge that was not taken back before can be disputed."));
    }
    charge.disputed = true;
    let method = charge.method.instrument.method();
    let (status, reason) = if method.is_debit() {
        (DisputeStatus::Lost, "debit_not_authorized")
    } else {
        (DisputeStatus::NeedsResponse, "fraudulent")
    };
    let dispute = Dispute {
        id: id.clone(),
        created: now,
        amount: charge.unrefunded(),
        currency: charge.currency.clone(),
        status,
        charge: charge.id.clone(),
        intent: charge.intent.clone(),
        reason: reason.to_owned(),
        method,
    };
    let shown = scene.account.disputes.add(dispute).shown();
    scene.emit("charge.dispute.created", shown.clone());
    scene.emit("charge.dispute.funds_withdrawn", shown.clone());
    if status == DisputeStatus::Lost {
        scene.emit("charge.dispute.closed", shown);
    }
    Ok(id)
}

/// A card dispute is decided.
pub(crate) fn close(scene: &mut Scene<'_>, id: &str, won: bool) -> Result<(), ApiError> {
    let Some(dispute) = scene.account.disputes.get_mut(id) else {
        return Err(ApiError::no_such("dispute", id, "dispute"));
    };
    if dispute.status != DisputeStatus::NeedsResponse {
        return Err(ApiError::invalid("This dispute is decided already."));
    }
    let before = json!({ "status": dispute.status });
    dispute.status = if won { DisputeStatus::Won } else { DisputeStatus::Lost };
    let shown = dispute.shown();
    scene.emit_change("charge.dispute.closed", shown.clone(), before);
    if won {
        scene.emit("charge.dispute.funds_reinstated", shown);
    }
    Ok(())
}

/// One test card is disputed as soon as it has paid.
pub(crate) fn open_if_the_card_says_so(scene: &mut Scene<'_>, charge: &str) {
    let disputed = scene.account.charges.get(charge).is_some_and(|charge| match &charge.method.instrument {
        Instrument::Card(number) => {
            by_number(number).is_some_and(|card| card.behaviour == CardBehaviour::Disputed)
        }
        _ => false,
    });
    if disputed && let Err(error) = open(scene, charge) {
        tracing::warn!(charge, error = error.message(), "the charge could not be disputed");
    }
}

pub(crate) fn retrieve(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let dispute =
        scene.account.disputes.get(id).ok_or_else(|| ApiError::no_such("dispute", id, "dispute"))?;
    Ok(dispute.shown())
}

pub(crate) fn list(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    let (charge, intent) = (params.text("charge"), params.text("payment_intent"));
    page(
        &scene.account.disputes,
        params,
        &Page { url: "/v1/disputes", kind: "dispute" },
        |dispute| {
            charge.is_none_or(|id| dispute.charge == id) && intent.is_none_or(|id| dispute.intent == id)
        },
        Dispute::shown,
    )
}
