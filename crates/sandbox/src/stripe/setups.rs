//! Keeping a method for later without a payment: `SetupIntents`, the mandates they bring, and letting a method go.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::account::Scene;
use super::collect::Outcome;
use super::error::ApiError;
use super::instruments::{AUTHENTICATION_REFUSAL, CardBehaviour, Instrument, Method, Refusal, by_number};
use super::intents::keep_method;
use super::objects::{Metadata, PaymentMethod, Stored};
use super::parameters::Params;

/// Where a `SetupIntent` is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SetupStatus {
    RequiresPaymentMethod,
    RequiresAction,
    Succeeded,
}

/// A `SetupIntent`.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SetupIntent {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) status: SetupStatus,
    pub(crate) client_secret: String,
    pub(crate) customer: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) methods: Vec<Method>,
    pub(crate) payment_method: Option<String>,
    pub(crate) mandate: Option<String>,
    pub(crate) last_setup_error: Value,
    pub(crate) metadata: Metadata,
}

impl Stored for SetupIntent {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl SetupIntent {
    pub(crate) fn shown(&self) -> Value {
        let methods: Vec<_> = self.methods.iter().map(|method| method.as_str()).collect();
        let next_action =
            (self.status == SetupStatus::RequiresAction).then(|| json!({"type": "use_stripe_sdk"}));
        json!({
            "id": self.id, "object": "setup_intent", "created": self.created, "livemode": false, "status": self.status,
            "client_secret": self.client_secret, "customer": self.customer, "description": self.description,
            "payment_method_types": methods, "payment_method": self.payment_method, "mandate": self.mandate,
            "last_setup_error": self.last_setup_error, "metadata": self.metadata, "next_action": next_action,
            "usage": "off_session", "application": null, "automatic_payment_methods": null,
            "cancellation_reason": null, "excluded_payment_method_types": null, "flow_directions": null,
            "latest_attempt": null, "on_behalf_of": null, "payment_method_configuration_details": null,
            "payment_method_options": {}, "single_use_mandate": null,
        })
    }
}

/// The holder's word that an account may be debited.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Mandate {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) active: bool,
    pub(crate) method: Method,
    pub(crate) payment_method: String,
    pub(crate) reference: String,
}

impl Stored for Mandate {
    fn id(&self) -> &str {
        &self.id
    }
    fn created(&self) -> i64 {
        self.created
    }
}

impl Mandate {
    pub(crate) fn shown(&self) -> Value {
        let kind = self.method.as_str();
        let mut details = json!({ "type": kind });
        details[kind] = json!({"reference": self.reference, "url": "https://sandbox.example/mandate"});
        json!({
            "id": self.id, "object": "mandate", "livemode": false, "type": "multi_use", "multi_use": {},
            "status": if self.active { "active" } else { "inactive" }, "payment_method": self.payment_method,
            "payment_method_details": details,
            "customer_acceptance": {
                "accepted_at": self.created, "online": {"ip_address": "127.0.0.1", "user_agent": "sandbox"}, "type": "online",
            },
        })
    }
}

/// Makes a `SetupIntent` that waits for a payment method.
pub(crate) fn make(
    scene: &mut Scene<'_>,
    customer: Option<String>,
    methods: &[Method],
    data: &Map<String, Value>,
) -> String {
    let id = scene.entropy.id("seti");
    let client_secret = format!("{id}_secret_{}", scene.entropy.letters(31));
    let setup = SetupIntent {
        id: id.clone(),
        created: scene.now,
        status: SetupStatus::RequiresPaymentMethod,
        client_secret,
        customer,
        description: data.get("description").and_then(Value::as_str).map(str::to_owned),
        methods: methods.to_vec(),
        payment_method: None,
        mandate: None,
        last_setup_error: Value::Null,
        metadata: data.get("metadata").and_then(Value::as_object).cloned().unwrap_or_default(),
    };
    let shown = scene.account.setup_intents.add(setup).shown();
    scene.emit("setup_intent.created", shown);
    id
}

/// The holder gives a method to be kept.
pub(crate) fn confirm(scene: &mut Scene<'_>, id: &str, method: PaymentMethod) -> Outcome {
    let behaviour = match &method.instrument {
        Instrument::Card(number) => by_number(number).map(|card| card.behaviour),
        Instrument::Debit(..) | Instrument::BankTransfer => None,
    };
    if let Some(setup) = scene.account.setup_intents.get_mut(id) {
        setup.payment_method = Some(method.id.clone());
        setup.last_setup_error = Value::Null;
    }
    keep_method(scene, method);
    match behaviour {
        Some(CardBehaviour::Declines(refusal)) => refuse(scene, id, refusal),
        Some(CardBehaviour::AuthenticatesUnlessSetUp | CardBehaviour::AuthenticatesAlways) => {
            let shown = scene.account.setup_intents.get_mut(id).map(|setup| {
                setup.status = SetupStatus::RequiresAction;
                setup.shown()
            });
            if let Some(shown) = shown {
                scene.emit("setup_intent.requires_action", shown);
            }
            Outcome::NeedsAuthentication
        }
        _ => succeed(scene, id),
    }
}

/// The holder confirmed with their bank, or did not.
pub(crate) fn authenticate(scene: &mut Scene<'_>, id: &str, passed: bool) -> Option<Outcome> {
    if scene.account.setup_intents.get(id)?.status != SetupStatus::RequiresAction {
        return None;
    }
    Some(if passed { succeed(scene, id) } else { refuse(scene, id, AUTHENTICATION_REFUSAL) })
}

// Stripe: a method that was set up belongs to its Customer; a debit brings a mandate, a card none (SetupIntents)
fn succeed(scene: &mut Scene<'_>, id: &str) -> Outcome {
    let Some(setup) = scene.account.setup_intents.get(id) else { return Outcome::NeedsAuthentication };
    let (customer, kept) = (setup.customer.clone(), setup.payment_method.clone().unwrap_or_default());
    let mut debit = None;
    if let Some(method) = scene.account.payment_methods.get_mut(&kept) {
        method.customer = customer;
        method.set_up = true;
        debit = Some(method.instrument.method()).filter(|method| method.is_debit());
        let attached = method.shown();
        scene.emit("payment_method.attached", attached);
    }
    let mandate = debit.map(|method| new_mandate(scene, method, kept));
    let Some(setup) = scene.account.setup_intents.get_mut(id) else { return Outcome::NeedsAuthentication };
    setup.status = SetupStatus::Succeeded;
    setup.mandate = mandate;
    let shown = setup.shown();
    scene.emit("setup_intent.succeeded", shown);
    Outcome::Succeeded
}

/// The holder of an account allows that it is debited.
pub(crate) fn new_mandate(scene: &mut Scene<'_>, method: Method, payment_method: String) -> String {
    let mandate = Mandate {
        id: scene.entropy.id("mandate"),
        created: scene.now,
        active: true,
        method,
        payment_method,
        reference: scene.entropy.letters(12).to_ascii_uppercase(),
    };
    scene.account.mandates.add(mandate).id.clone()
}

fn refuse(scene: &mut Scene<'_>, id: &str, refusal: Refusal) -> Outcome {
    if let Some(setup) = scene.account.setup_intents.get_mut(id) {
        setup.status = SetupStatus::RequiresPaymentMethod;
        setup.payment_method = None;
        setup.last_setup_error = json!({
            "code": refusal.code, "decline_code": refusal.decline_code, "message": refusal.message, "type": "card_error",
        });
        let shown = setup.shown();
        scene.emit("setup_intent.setup_failed", shown);
    }
    Outcome::Refused(refusal)
}

pub(crate) fn retrieve(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let setup =
        scene.account.setup_intents.get(id).ok_or_else(|| ApiError::no_such("setupintent", id, "intent"))?;
    Ok(setup.shown())
}

pub(crate) fn retrieve_mandate(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let mandate =
        scene.account.mandates.get(id).ok_or_else(|| ApiError::no_such("mandate", id, "mandate"))?;
    Ok(mandate.shown())
}

pub(crate) fn detach(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let_go(scene, id)
}

/// Lets a saved method go, over the API or in the dashboard.
// Stripe: what is not attached cannot be detached, and a detached method is never used again (detach a PaymentMethod)
pub(crate) fn let_go(scene: &mut Scene<'_>, id: &str) -> Result<Value, ApiError> {
    let method = scene
        .account
        .payment_methods
        .get_mut(id)
        .ok_or_else(|| ApiError::no_such("PaymentMethod", id, "payment_method"))?;
    let Some(customer) = method.customer.take() else {
        return Err(ApiError::invalid(
            "The payment method you provided is not attached to a customer so detachment is impossible.",
        ));
    };
    method.set_up = false;
    let shown = method.shown();
    scene.emit_change("payment_method.detached", shown.clone(), json!({ "customer": customer }));
    Ok(shown)
}

/// The holder takes a mandate back at their bank.
pub(crate) fn end_mandate(scene: &mut Scene<'_>, id: &str) -> Result<(), ApiError> {
    let mandate =
        scene.account.mandates.get_mut(id).ok_or_else(|| ApiError::no_such("mandate", id, "mandate"))?;
    if !mandate.active {
        return Err(ApiError::invalid("The mandate is inactive already."));
    }
    mandate.active = false;
    let shown = mandate.shown();
    // Stripe: a bank that says a mandate is over makes it inactive (mandate.updated)
    scene.emit_change("mandate.updated", shown, json!({ "status": "active" }));
    Ok(())
}
