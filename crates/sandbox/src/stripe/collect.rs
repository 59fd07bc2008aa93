//! Collecting the money of a `PaymentIntent`: what an instrument does to it, at once and in the days that follow.
//!
//! Every way to pay (the hosted page, [`crate::Running::pay`], the API) ends in [`confirm`].

use serde_json::{Value, json};

use super::account::{Due, Scene};
use super::error::ApiError;
use super::instruments::{
    AUTHENTICATION_REFUSAL, CardBehaviour, DEBIT_REFUSAL, Instrument, Method, OFF_SESSION_REFUSAL, Refusal,
    Settlement, by_number,
};
use super::intents::keep_method;
use super::objects::{Charge, ChargeStatus, Intent, IntentStatus, PaymentMethod};
use super::sessions;
use super::setups::new_mandate;

/// What became of a confirmation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Succeeded,
    /// A debit is on its way.
    Processing,
    /// The holder must confirm with their bank.
    NeedsAuthentication,
    /// The payer must send the money.
    AwaitsTransfer,
    Refused(Refusal),
}

/// Whether the payer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Presence {
    OnSession,
    OffSession,
}

/// Tries to collect a `PaymentIntent` with a payment method. The one place where an instrument acts.
pub(crate) fn confirm(scene: &mut Scene<'_>, id: &str, method: PaymentMethod, presence: Presence) -> Outcome {
    let instrument = method.instrument.clone();
    let set_up = method.set_up;
    if let Some(intent) = scene.account.intents.get_mut(id) {
        intent.payment_method = Some(method.id.clone());
        intent.last_payment_error = Value::Null;
        intent.next_action = Value::Null;
    }
    keep_method(scene, method);
    match instrument {
        Instrument::Card(number) => {
            let behaviour = by_number(&number).map_or(
                CardBehaviour::Declines(Refusal {
                    code: "incorrect_number",
                    decline_code: None,
                    message: "Your card number is incorrect.",
                }),
                |card| card.behaviour,
            );
            match behaviour {
                CardBehaviour::Declines(refusal) | CardBehaviour::DeclinesOnceKept(refusal) => {
                    decline(scene, id, refusal)
                }
                CardBehaviour::AuthenticatesUnlessSetUp if set_up => succeed(scene, id),
                CardBehaviour::AuthenticatesUnlessSetUp | CardBehaviour::AuthenticatesAlways => {
                    match presence {
                        Presence::OffSession => decline(scene, id, OFF_SESSION_REFUSAL),
                        Presence::OnSession => ask_for_authentication(scene, id),
                    }
                }
                CardBehaviour::Succeeds
                | CardBehaviour::RefundFails
                | CardBehaviour::RefundPends
                | CardBehaviour::Disputed
                | CardBehaviour::AskedAbout => succeed(scene, id),
            }
        }
        Instrument::Debit(method, _) => start_debit(scene, id, method),
        Instrument::BankTransfer => await_transfer(scene, id),
    }
}

/// A `PaymentIntent` is paid with this method, whose money is there already.
pub(crate) fn succeed_with(scene: &mut Scene<'_>, id: &str, method: PaymentMethod) {
    if let Some(intent) = scene.account.intents.get_mut(id) {
        intent.payment_method = Some(method.id.clone());
    }
    keep_method(scene, method);
    succeed(scene, id);
}

fn succeed(scene: &mut Scene<'_>, id: &str) -> Outcome {
    let Some(charge) = charge(scene, id, ChargeStatus::Succeeded, None) else { return Outcome::Processing };
    receive(scene, id, &charge);
    Outcome::Succeeded
}

/// The money is there: the `PaymentIntent` succeeded with this charge.
fn receive(scene: &mut Scene<'_>, id: &str, charge: &str) {
    let Some(intent) = scene.account.intents.get_mut(id) else { return };
    intent.status = IntentStatus::Succeeded;
    intent.amount_received = intent.amount;
    intent.next_action = Value::Null;
    let shown = intent.shown();
    attach_if_wanted(scene, id);
    emit_charge(scene, "charge.succeeded", charge);
    scene.emit("payment_intent.succeeded", shown);
    scene.after_charge(charge);
}

/// The method of a confirmed `PaymentIntent` is kept for later, where that was wanted.
fn attach_if_wanted(scene: &mut Scene<'_>, id: &str) {
    let Some(intent) = scene.account.intents.get(id) else { return };
    let wanted =
        intent.setup_future_usage.as_ref().and(intent.customer.clone()).zip(intent.payment_method.clone());
    // Stripe: with `setup_future_usage` the method is attached to the customer once the PaymentIntent is confirmed and the
    // customer did what their bank asks for; a debit is confirmed days before its money comes (save during payment)
    if let Some((customer, method)) = wanted
        && let Some(method) = scene.account.payment_methods.get_mut(&method)
        && method.customer.is_none()
    {
        method.customer = Some(customer);
        method.set_up = true;
        let attached = method.shown();
        scene.emit("payment_method.attached", attached);
    }
}

/// The mandate of a debit whose account is kept for later: the one that stands, or a new one.
// Stripe: the charge of a debit names its mandate under the method's details (Charges, payment_method_details)
fn mandate(scene: &mut Scene<'_>, id: &str, method: Method) -> Option<String> {
    let kept = scene.account.intents.get(id)?.payment_method.clone()?;
    scene.account.payment_methods.get(&kept)?.customer.as_ref()?;
    let standing = scene.account.mandates.newest_first().find(|mandate| mandate.payment_method == kept);
    match standing.map(|mandate| mandate.id.clone()) {
        Some(standing) => Some(standing),
        None => Some(new_mandate(scene, method, kept)),
    }
}

/// A refusal at the first moment: a failed charge stays behind.
fn decline(scene: &mut Scene<'_>, id: &str, refusal: Refusal) -> Outcome {
    if let Some(charge) = charge(scene, id, ChargeStatus::Failed, Some(refusal)) {
        emit_charge(scene, "charge.failed", &charge);
    }
    refuse(scene, id, refusal);
    Outcome::Refused(refusal)
}

/// The `PaymentIntent` waits for another method.
pub(crate) fn refuse(scene: &mut Scene<'_>, id: &str, refusal: Refusal) {
    let Some(intent) = scene.account.intents.get(id) else { return };
    let method = intent.payment_method.as_ref().and_then(|method| scene.account.payment_methods.get(method));
    let error = json!({
        "charge": intent.latest_charge, "code": refusal.code, "decline_code": refusal.decline_code,
        "doc_url": format!("https://stripe.com/docs/error-codes/{}", refusal.code.replace('_', "-")),
        "message": refusal.message, "payment_method": method.map(PaymentMethod::shown), "type": "card_error",
    });
    let Some(intent) = scene.account.intents.get_mut(id) else { return };
    // Stripe: after a failed try the PaymentIntent has no method and waits for one (PaymentIntent lifecycle)
    intent.status = IntentStatus::RequiresPaymentMethod;
    intent.payment_method = None;
    intent.next_action = Value::Null;
    intent.last_payment_error = error;
    let shown = intent.shown();
    scene.emit("payment_intent.payment_failed", shown);
}

fn ask_for_authentication(scene: &mut Scene<'_>, id: &str) -> Outcome {
    let address = format!("{}/authenticate/{id}", scene.base_url);
    let Some(intent) = scene.account.intents.get_mut(id) else { return Outcome::NeedsAuthentication };
    intent.status = IntentStatus::RequiresAction;
    intent.next_action =
        json!({"type": "redirect_to_url", "redirect_to_url": {"return_url": null, "url": address}});
    let shown = intent.shown();
    scene.emit("payment_intent.requires_action", shown);
    Outcome::NeedsAuthentication
}

/// The holder confirmed with their bank, or did not.
pub(crate) fn authenticate(scene: &mut Scene<'_>, id: &str, passed: bool) -> Option<Outcome> {
    let intent = scene.account.intents.get(id)?;
    if intent.status != IntentStatus::RequiresAction || intent.next_action["type"] != "redirect_to_url" {
        return None;
    }
    Some(if passed {
        succeed(scene, id)
    } else {
        refuse(scene, id, AUTHENTICATION_REFUSAL);
        Outcome::Refused(AUTHENTICATION_REFUSAL)
    })
}

fn start_debit(scene: &mut Scene<'_>, id: &str, method: Method) -> Outcome {
    if let Some(intent) = scene.account.intents.get_mut(id) {
        intent.status = IntentStatus::Processing;
    }
    attach_if_wanted(scene, id);
    let mandate = mandate(scene, id, method);
    let pending = charge(scene, id, ChargeStatus::Pending, None);
    if let Some(charge) = pending {
        if let Some(charge) = scene.account.charges.get_mut(&charge) {
            charge.mandate = mandate;
        }
        emit_charge(scene, "charge.pending", &charge);
    }
    if let Some(shown) = scene.account.intents.get(id).map(Intent::shown) {
        scene.emit("payment_intent.processing", shown);
    }
    scene.plan(scene.now + method.settles_after_days() * 86_400, Due::DebitSettles(id.to_owned()));
    Outcome::Processing
}

/// The day on which the bank says yes or no to a debit.
pub(crate) fn settle_debit(scene: &mut Scene<'_>, id: &str) {
    let Some(intent) = scene.account.intents.get(id) else { return };
    if intent.status != IntentStatus::Processing {
        return;
    }
    let session = intent.session.clone();
    let Some(charge) = intent.latest_charge.clone() else { return };
    let fails = intent
        .payment_method
        .as_ref()
        .and_then(|method| scene.account.payment_methods.get(method))
        .is_some_and(|method| matches!(method.instrument, Instrument::Debit(_, Settlement::Fails)));
    let transaction = scene.entropy.id("txn");
    if let Some(charge) = scene.account.charges.get_mut(&charge) {
        if fails {
            charge.status = ChargeStatus::Failed;
            charge.failure = Some((DEBIT_REFUSAL.code.to_owned(), DEBIT_REFUSAL.message.to_owned(), None));
        } else {
            charge.status = ChargeStatus::Succeeded;
            charge.balance_transaction = Some(transaction);
        }
    }
    if fails {
        emit_charge(scene, "charge.failed", &charge);
        refuse(scene, id, DEBIT_REFUSAL);
    } else {
        receive(scene, id, &charge);
    }
    if let Some(session) = session {
        sessions::settled(scene, &session, !fails);
    }
}

// Stripe: a bank transfer waits in requires_action with instructions until it is funded (bank transfer payments)
fn await_transfer(scene: &mut Scene<'_>, id: &str) -> Outcome {
    let reference = scene.entropy.letters(8).to_ascii_uppercase();
    let instructions = format!("{}/instructions/{id}", scene.base_url);
    let Some(intent) = scene.account.intents.get_mut(id) else { return Outcome::AwaitsTransfer };
    intent.status = IntentStatus::RequiresAction;
    intent.next_action = json!({
        "type": "display_bank_transfer_instructions",
        "display_bank_transfer_instructions": {
            "amount_remaining": intent.amount, "currency": intent.currency, "financial_addresses": [],
            "hosted_instructions_url": instructions, "reference": reference, "type": "eu_bank_transfer",
        },
    });
    let shown = intent.shown();
    scene.emit("payment_intent.requires_action", shown);
    Outcome::AwaitsTransfer
}

/// Money of a bank transfer arrives: all that is missing, or a part. What is more than that is refused.
pub(crate) fn fund(scene: &mut Scene<'_>, id: &str, amount: i64) -> Result<(), ApiError> {
    let Some(intent) = scene.account.intents.get_mut(id) else {
        return Err(ApiError::no_such("payment_intent", id, "intent"));
    };
    if intent.status != IntentStatus::RequiresAction
        || intent.next_action["type"] != "display_bank_transfer_instructions"
    {
        return Err(ApiError::invalid("This PaymentIntent does not wait for a bank transfer."));
    }
    let instructions = &mut intent.next_action["display_bank_transfer_instructions"];
    let missing = instructions["amount_remaining"].as_i64().unwrap_or_default();
    if amount < 1 || amount > missing {
        return Err(ApiError::parameter("amount", format!("The amount must be between 1 and {missing}.")));
    }
    if amount < missing {
        instructions["amount_remaining"] = json!(missing - amount);
        let shown = intent.shown();
        scene.emit("payment_intent.partially_funded", shown);
        return Ok(());
    }
    let session = intent.session.clone();
    succeed(scene, id);
    if let Some(session) = session {
        sessions::settled(scene, &session, true);
    }
    Ok(())
}

fn charge(scene: &mut Scene<'_>, id: &str, status: ChargeStatus, refusal: Option<Refusal>) -> Option<String> {
    let charge_id = scene.entropy.id("ch");
    let transaction = (status == ChargeStatus::Succeeded).then(|| scene.entropy.id("txn"));
    let intent = scene.account.intents.get_mut(id)?;
    let method = scene.account.payment_methods.get(intent.payment_method.as_ref()?)?.clone();
    intent.latest_charge = Some(charge_id.clone());
    scene.account.charges.add(Charge {
        id: charge_id.clone(),
        created: scene.now,
        amount: intent.amount,
        amount_refunded: 0,
        currency: intent.currency.clone(),
        status,
        intent: id.to_owned(),
        method,
        customer: intent.customer.clone(),
        description: intent.description.clone(),
        receipt_email: intent.receipt_email.clone(),
        statement_descriptor: intent.statement_descriptor.clone(),
        failure: refusal.map(|refusal| {
            (refusal.code.to_owned(), refusal.message.to_owned(), refusal.decline_code.map(str::to_owned))
        }),
        balance_transaction: transaction,
        disputed: false,
        mandate: None,
        // Stripe: a charge carries its PaymentIntent's metadata as it was (PaymentIntents, metadata)
        metadata: intent.metadata.clone(),
    });
    Some(charge_id)
}

fn emit_charge(scene: &mut Scene<'_>, kind: &str, id: &str) {
    if let Some(shown) = scene.account.charges.get(id).map(|charge| charge.shown(scene.base_url)) {
        scene.emit(kind, shown);
    }
}
