//! `/v1/disputes`: payments taken back by the payer's bank, chargebacks and returned debits alike.

use serde_json::{Value, json};

use super::account::Scene;
use super::error::ApiError;
use super::instruments::{CardBehaviour, Instrument, by_number};
use super::lists::{Page, page};
use super::objects::{ChargeStatus, Dispute, DisputeStatus};
use super::parameters::Params;

/// The payer's bank takes a payment back, or only asks about it.
// Stripe: a returned debit is a dispute that is lost at once; a card's can be answered, and may begin as an inquiry that moves no
// money (disputes, bank debits; disputes, how disputes work)
pub(crate) fn open(scene: &mut Scene<'_>, charge: &str, inquiry: bool) -> Result<String, ApiError> {
    let id = format!("dp_{}", scene.entropy.letters(24));
    let now = scene.now;
    let Some(charge) = scene.account.charges.get_mut(charge) else {
        return Err(ApiError::no_such("charge", charge, "charge"));
    };
    if charge.status != ChargeStatus::Succeeded || charge.disputed || charge.unrefunded() == 0 {
        return Err(ApiError::invalid("Only a paid charge that was not taken back before can be disputed."));
    }
    let method = charge.method.instrument.method();
    let (status, reason) = match (method.is_debit(), inquiry) {
        (true, true) => {
            return Err(ApiError::invalid("The bank of a debit does not ask, it takes the money back."));
        }
        (true, false) => (DisputeStatus::Lost, "debit_not_authorized"),
        (false, true) => (DisputeStatus::WarningNeedsResponse, "fraudulent"),
        (false, false) => (DisputeStatus::NeedsResponse, "fraudulent"),
    };
    charge.disputed = true;
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
        moved: Vec::new(),
        submissions: 0,
    };
    let shown = scene.account.disputes.add(dispute).shown();
    scene.emit("charge.dispute.created", shown);
    if !inquiry {
        withdraw(scene, &id);
    }
    if status == DisputeStatus::Lost {
        let shown = scene.account.disputes.get(&id).map(Dispute::shown).unwrap_or_default();
        scene.emit("charge.dispute.closed", shown);
    }
    Ok(id)
}

/// The money leaves, with the fee.
fn withdraw(scene: &mut Scene<'_>, id: &str) {
    let (transaction, now) = (scene.entropy.id("txn"), scene.now);
    let Some(dispute) = scene.account.disputes.get_mut(id) else { return };
    dispute.moved.push((transaction, -dispute.amount, now));
    let shown = dispute.shown();
    scene.emit("charge.dispute.funds_withdrawn", shown);
}

/// The bank goes from asking to taking the money back.
// Stripe: an inquiry that is escalated stays the same object, and becomes a dispute (disputes, inquiries)
pub(crate) fn escalate(scene: &mut Scene<'_>, id: &str) -> Result<(), ApiError> {
    let dispute = undecided(scene, id)?;
    if !dispute.status.is_inquiry() {
        return Err(ApiError::invalid("The bank has taken the money back already."));
    }
    let before = json!({ "status": dispute.status });
    dispute.status = DisputeStatus::NeedsResponse;
    let shown = dispute.shown();
    scene.emit_change("charge.dispute.updated", shown, before);
    withdraw(scene, id);
    Ok(())
}

/// The bank decides: about a dispute for either side, about an inquiry to let it rest or to take the money back.
pub(crate) fn close(scene: &mut Scene<'_>, id: &str, won: bool) -> Result<(), ApiError> {
    let transaction = scene.entropy.id("txn");
    let now = scene.now;
    let dispute = undecided(scene, id)?;
    let before = json!({ "status": dispute.status });
    let inquiry = dispute.status.is_inquiry();
    if inquiry && !won {
        return escalate(scene, id);
    }
    dispute.status = match (inquiry, won) {
        (true, _) => DisputeStatus::WarningClosed,
        (false, true) => DisputeStatus::Won,
        (false, false) => DisputeStatus::Lost,
    };
    if dispute.status == DisputeStatus::Won {
        dispute.moved.push((transaction, dispute.amount, now));
    }
    let (shown, status) = (dispute.shown(), dispute.status);
    scene.emit_change("charge.dispute.closed", shown.clone(), before);
    if status == DisputeStatus::Won {
        scene.emit("charge.dispute.funds_reinstated", shown);
    }
    Ok(())
}

fn undecided<'a>(scene: &'a mut Scene<'_>, id: &str) -> Result<&'a mut Dispute, ApiError> {
    let Some(dispute) = scene.account.disputes.get_mut(id) else {
        return Err(ApiError::no_such("dispute", id, "dispute"));
    };
    if dispute.status.is_over() {
        return Err(ApiError::invalid("This dispute is decided already."));
    }
    Ok(dispute)
}

/// The business answers in its dashboard. In test mode the answer itself can say how the bank decides.
// Stripe: `winning_evidence` and `losing_evidence` as `uncategorized_text` decide a test dispute (testing, disputes)
pub(crate) fn answer(scene: &mut Scene<'_>, id: &str, evidence: &str) -> Result<(), ApiError> {
    let dispute = undecided(scene, id)?;
    let before = json!({ "status": dispute.status });
    dispute.submissions += 1;
    dispute.status = if dispute.status.is_inquiry() {
        DisputeStatus::WarningUnderReview
    } else {
        DisputeStatus::UnderReview
    };
    let shown = dispute.shown();
    scene.emit_change("charge.dispute.updated", shown, before);
    match evidence {
        "winning_evidence" => close(scene, id, true),
        "losing_evidence" => close(scene, id, false),
        _ => Ok(()),
    }
}

/// One test card is disputed as soon as it has paid.
pub(crate) fn open_if_the_card_says_so(scene: &mut Scene<'_>, charge: &str) {
    let behaviour = scene.account.charges.get(charge).and_then(|charge| match &charge.method.instrument {
        Instrument::Card(number) => by_number(number).map(|card| card.behaviour),
        _ => None,
    });
    let inquiry = match behaviour {
        Some(CardBehaviour::Disputed) => false,
        Some(CardBehaviour::AskedAbout) => true,
        _ => return,
    };
    if let Err(error) = open(scene, charge, inquiry) {
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
