//! `/v1/payment_intents`: making, confirming and cancelling them. What an instrument does to one is in `collect`.

use serde_json::{Map, Value};

use super::account::Scene;
use super::collect::{Outcome, Presence, confirm, refuse};
use super::error::ApiError;
use super::instruments::{
    AUTHENTICATION_REFUSAL, Instrument, Method, Refusal, Settlement, by_payment_method,
};
use super::lists::{Page, page};
use super::objects::{Intent, IntentStatus, PaymentMethod, SessionStatus};
use super::parameters::Params;
use super::{cash, collect, money, sessions};

const CREATE_ACTED_OUT: &[&str] = &[
    "allowed_payment_method_types",
    "amount",
    "automatic_payment_methods",
    "confirm",
    "currency",
    "customer",
    "description",
    "error_on_requires_action",
    "excluded_payment_method_types",
    "expand",
    "mandate_data",
    "metadata",
    "off_session",
    "payment_method",
    "payment_method_data",
    "payment_method_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
    "statement_descriptor",
];
const CONFIRM_ACTED_OUT: &[&str] = &[
    "error_on_requires_action",
    "expand",
    "mandate_data",
    "off_session",
    "payment_method",
    "payment_method_options",
    "receipt_email",
    "return_url",
    "setup_future_usage",
];

/// A payment method made of what is given with the `PaymentIntent`: of the cash balance there is nothing to give.
fn method_of_data(scene: &mut Scene<'_>, params: &Params) -> Result<PaymentMethod, ApiError> {
    match params.text("payment_method_data.type") {
        Some("customer_balance") => Ok(new_method(scene, Instrument::BankTransfer, None, None)),
        _ => Err(ApiError::not_acted_out("payment_method_data")),
    }
}

fn pay_with_cash(scene: &mut Scene<'_>, id: &str, method: PaymentMethod) -> Result<Value, ApiError> {
    let intent = scene.account.intents.get(id);
    let cost = intent
        .map(|intent| (intent.customer.clone().unwrap_or_default(), intent.currency.clone(), intent.amount));
    let (customer, currency, amount) =
        cost.ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))?;
    if !cash::take(scene, &customer, &currency, amount, id) {
        return Err(ApiError::invalid("The customer's cash balance is not sufficient for this payment."));
    }
    collect::succeed_with(scene, id, method);
    shown(scene, id)
}

/// What a new `PaymentIntent` is made of.
pub(crate) struct NewIntent {
    pub(crate) amount: i64,
    pub(crate) currency: String,
    pub(crate) customer: Option<String>,
    pub(crate) methods: Vec<Method>,
    pub(crate) description: Option<String>,
    pub(crate) receipt_email: Option<String>,
    pub(crate) statement_descriptor: Option<String>,
    pub(crate) setup_future_usage: Option<String>,
    pub(crate) metadata: Map<String, Value>,
    pub(crate) session: Option<String>,
}

/// Makes a `PaymentIntent` that waits for a payment method.
pub(crate) fn make(scene: &mut Scene<'_>, new: NewIntent) -> String {
    let id = scene.entropy.id("pi");
    let client_secret = format!("{id}_secret_{}", scene.entropy.letters(25));
    let intent = Intent {
        id: id.clone(),
        created: scene.now,
        amount: new.amount,
        amount_received: 0,
        currency: new.currency,
        status: IntentStatus::RequiresPaymentMethod,
        client_secret,
        customer: new.customer,
        description: new.description,
        receipt_email: new.receipt_email,
        statement_descriptor: new.statement_descriptor,
        setup_future_usage: new.setup_future_usage,
        methods: new.methods,
        payment_method: None,
        latest_charge: None,
        last_payment_error: Value::Null,
        next_action: Value::Null,
        canceled_at: None,
        cancellation_reason: None,
        metadata: new.metadata,
        session: new.session,
    };
    let shown = scene.account.intents.add(intent).shown();
    scene.emit("payment_intent.created", shown);
    id
}

pub(crate) fn create(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(CREATE_ACTED_OUT)?;
    let currency = money::currency(params.text("currency").unwrap_or_default(), "currency")?;
    let amount = params.int("amount").unwrap_or_default();
    money::chargeable(amount, &currency, "amount", "Amount")?;
    let customer = params.owned("customer");
    if let Some(id) = &customer
        && scene.account.customers.get(id).is_none()
    {
        return Err(ApiError::no_such_parameter("customer", id, "customer"));
    }
    // Stripe: `off_session` and `error_on_requires_action` go with `confirm=true` only (create a PaymentIntent)
    if !params.bool("confirm")
        && let Some(name) =
            ["off_session", "error_on_requires_action"].into_iter().find(|name| params.has(name))
    {
        return Err(ApiError::parameter(
            name,
            format!("You may only use `{name}` when `confirm` is set to true."),
        ));
    }
    let methods = sessions::offered(params, &currency, customer.is_some())?;
    // The payment method is looked up before anything is made, so that a wrong one leaves nothing behind.
    let method = match params.text("payment_method") {
        Some(name) => Some(find_method(scene, name, customer.as_deref())?),
        None if params.has("payment_method_data") => Some(method_of_data(scene, params)?),
        None if params.bool("confirm") => return Err(missing_method(None)),
        None => None,
    };
    let id = make(
        scene,
        NewIntent {
            amount,
            currency,
            customer,
            methods,
            description: params.owned("description"),
            receipt_email: params.owned("receipt_email"),
            statement_descriptor: params.owned("statement_descriptor"),
            setup_future_usage: params.owned("setup_future_usage"),
            metadata: params.map("metadata"),
            session: None,
        },
    );
    if params.bool("confirm")
        && let Some(method) = method
    {
        return confirm_over_api(scene, &id, method, params);
    }
    if let (Some(method), Some(intent)) = (method, scene.account.intents.get_mut(&id)) {
        intent.payment_method = Some(method.id.clone());
        intent.status = IntentStatus::RequiresConfirmation;
        keep_method(scene, method);
    }
    shown(scene, &id)
}

pub(crate) fn confirm_call(scene: &mut Scene<'_>, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(CONFIRM_ACTED_OUT)?;
    let intent =
        scene.account.intents.get(id).ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))?;
    if !matches!(
        intent.status,
        IntentStatus::RequiresPaymentMethod
            | IntentStatus::RequiresConfirmation
            | IntentStatus::RequiresAction
    ) {
        return Err(unexpected_state(
            intent,
            format!(
                "You cannot confirm this PaymentIntent because it has a status of {}.",
                intent.status.as_str()
            ),
        ));
    }
    if intent.session.is_some() {
        // Stripe: a Checkout Session's PaymentIntent is confirmed by its page only (Checkout)
        return Err(ApiError::invalid("You cannot confirm the PaymentIntent of a Checkout Session."));
    }
    let (customer, attached) = (intent.customer.clone(), intent.payment_method.clone());
    let method = match (params.text("payment_method"), attached) {
        (Some(name), _) => find_method(scene, name, customer.as_deref())?,
        (None, Some(name)) => find_method(scene, &name, customer.as_deref())?,
        (None, None) => return Err(missing_method(Some(intent))),
    };
    if let Some(intent) = scene.account.intents.get_mut(id) {
        if let Some(email) = params.owned("receipt_email") {
            intent.receipt_email = Some(email);
        }
        if let Some(usage) = params.owned("setup_future_usage") {
            intent.setup_future_usage = Some(usage);
        }
    }
    confirm_over_api(scene, id, method, params)
}

fn confirm_over_api(
    scene: &mut Scene<'_>,
    id: &str,
    method: PaymentMethod,
    params: &Params,
) -> Result<Value, ApiError> {
    let off_session = match params.get("off_session") {
        Some(Value::Bool(yes)) => *yes,
        Some(Value::String(_)) => true,
        _ => false,
    };
    let kind = method.instrument.method();
    if let Some(intent) = scene.account.intents.get(id)
        && !intent.methods.contains(&kind)
    {
        return Err(ApiError::parameter(
            "payment_method",
            format!(
                "The PaymentMethod provided ({}) is not allowed for this PaymentIntent. Please attach a PaymentMethod \
                 of one of the following types: {}.",
                kind.as_str(),
                intent.methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(", ")
            ),
        ));
    }
    let presence = if off_session { Presence::OffSession } else { Presence::OnSession };
    let method_id = method.id.clone();
    // Stripe: without instructions to fund it, a payment from the cash balance needs so much in it (customer balance, paying)
    if kind == Method::CustomerBalance && !params.has("payment_method_options.customer_balance.funding_type")
    {
        return pay_with_cash(scene, id, method);
    }
    match confirm(scene, id, method, presence) {
        Outcome::Refused(refusal) => Err(refusal_error(scene, id, &method_id, refusal)),
        Outcome::NeedsAuthentication if params.bool("error_on_requires_action") => {
            refuse(scene, id, AUTHENTICATION_REFUSAL);
            Err(refusal_error(scene, id, &method_id, AUTHENTICATION_REFUSAL))
        }
        _ => shown(scene, id),
    }
}

// Stripe: a refused confirmation is 402 card_error with the PaymentIntent and its method inside (errors)
fn refusal_error(scene: &Scene<'_>, id: &str, method: &str, refusal: Refusal) -> ApiError {
    let mut error = ApiError::card(refusal.message).with_code(refusal.code);
    if let Some(decline_code) = refusal.decline_code {
        error = error.with("decline_code", decline_code);
    }
    if let Some(intent) = scene.account.intents.get(id) {
        if let Some(charge) = &intent.latest_charge {
            error = error.with("charge", charge.as_str());
        }
        error = error.with("payment_intent", intent.shown());
    }
    if let Some(method) = scene.account.payment_methods.get(method) {
        error = error.with("payment_method", method.shown());
    }
    error
}

fn missing_method(intent: Option<&Intent>) -> ApiError {
    let error = ApiError::invalid(
        "You cannot confirm this PaymentIntent because it's missing a payment method. To confirm the PaymentIntent, \
         specify a payment method attached to this customer along with the customer ID.",
    )
    .with_code("payment_intent_unexpected_state");
    match intent {
        Some(intent) => error.with("payment_intent", intent.shown()),
        None => error,
    }
}

fn unexpected_state(intent: &Intent, message: String) -> ApiError {
    ApiError::invalid(message)
        .with_code("payment_intent_unexpected_state")
        .with("payment_intent", intent.shown())
}

// Stripe: test payment methods stand for bank accounts too (testing, non-card payments)
const TEST_ACCOUNTS: &[(&str, Method, Settlement)] = &[
    ("pm_success_de", Method::SepaDebit, Settlement::Settles),
    ("pm_failed_de", Method::SepaDebit, Settlement::Fails),
    ("pm_usBankAccount_success", Method::UsBankAccount, Settlement::Settles),
    ("pm_usBankAccount_insufficientFunds", Method::UsBankAccount, Settlement::Fails),
    ("pm_bacsDebit_success", Method::BacsDebit, Settlement::Settles),
    ("pm_bacsDebit_insufficientFunds", Method::BacsDebit, Settlement::Fails),
];

/// The saved or test payment method of this name.
fn find_method(scene: &mut Scene<'_>, name: &str, customer: Option<&str>) -> Result<PaymentMethod, ApiError> {
    let instrument =
        by_payment_method(name).map(|card| Instrument::Card(card.number.to_owned())).or_else(|| {
            TEST_ACCOUNTS
                .iter()
                .find(|(id, ..)| *id == name)
                .map(|(_, method, settlement)| Instrument::Debit(*method, *settlement))
        });
    if let Some(instrument) = instrument {
        return Ok(new_method(scene, instrument, None, None));
    }
    let Some(method) = scene.account.payment_methods.get(name) else {
        return Err(ApiError::no_such_parameter("PaymentMethod", name, "payment_method"));
    };
    // Stripe: a saved method is used with its customer; one used without being saved is spent (payment methods)
    match (&method.customer, customer) {
        (Some(owner), customer) if customer != Some(owner) => Err(ApiError::parameter(
            "payment_method",
            format!(
                "The payment method you provided ({name}) belongs to the Customer {owner}. Please include the \
                 Customer in the `customer` parameter on the PaymentIntent."
            ),
        )),
        (None, _)
            if method.created < scene.now
                || scene.account.charges.newest_first().any(|charge| charge.method.id == name) =>
        {
            Err(ApiError::invalid(
                "The provided PaymentMethod was previously used with a PaymentIntent without Customer attachment, \
                 shared with a connected account without Customer attachment, or was detached from a Customer. It \
                 may not be used again. To use a PaymentMethod multiple times, you must attach it to a Customer \
                 first.",
            ))
        }
        _ => Ok(method.clone()),
    }
}

/// A payment method made of what was typed in.
pub(crate) fn new_method(
    scene: &mut Scene<'_>,
    instrument: Instrument,
    email: Option<String>,
    name: Option<String>,
) -> PaymentMethod {
    PaymentMethod {
        id: scene.entropy.id("pm"),
        created: scene.now,
        customer: None,
        instrument,
        email,
        name,
        set_up: false,
    }
}

pub(crate) fn keep_method(scene: &mut Scene<'_>, method: PaymentMethod) {
    match scene.account.payment_methods.get_mut(&method.id) {
        Some(kept) => *kept = method,
        None => {
            scene.account.payment_methods.add(method);
        }
    }
}

pub(crate) fn cancel(scene: &mut Scene<'_>, id: &str, params: &Params) -> Result<Value, ApiError> {
    let intent =
        scene.account.intents.get(id).ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))?;
    let session = intent.session.as_ref().and_then(|session| scene.account.sessions.get(session));
    // Stripe: the PaymentIntent of an open Session is ended by expiring the Session (cancel a PaymentIntent)
    if session.is_some_and(|session| session.status == SessionStatus::Open) {
        return Err(unexpected_state(
            intent,
            "You cannot cancel the PaymentIntent for a Checkout Session. Expire the Checkout Session instead.".to_owned(),
        ));
    }
    if !matches!(
        intent.status,
        IntentStatus::RequiresPaymentMethod
            | IntentStatus::RequiresConfirmation
            | IntentStatus::RequiresAction
    ) {
        return Err(unexpected_state(
            intent,
            format!(
                "You cannot cancel this PaymentIntent because it has a status of {}. Only a PaymentIntent with one of \
                 the following statuses may be canceled: requires_payment_method, requires_capture, \
                 requires_confirmation, requires_action, processing.",
                intent.status.as_str()
            ),
        ));
    }
    let session = intent.session.clone();
    end(scene, id, params.text("cancellation_reason"));
    // Stripe: a bank transfer called off fails its completed Session (bank transfer payments)
    if let Some(session) = session {
        sessions::settled(scene, &session, false);
    }
    shown(scene, id)
}

/// Ends a `PaymentIntent` that has no money.
pub(crate) fn end(scene: &mut Scene<'_>, id: &str, reason: Option<&str>) {
    let now = scene.now;
    let Some(intent) = scene.account.intents.get_mut(id) else { return };
    intent.status = IntentStatus::Canceled;
    intent.canceled_at = Some(now);
    intent.cancellation_reason = reason.map(str::to_owned);
    intent.next_action = Value::Null;
    let shown = intent.shown();
    scene.emit("payment_intent.canceled", shown);
}

pub(crate) fn retrieve(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    shown(scene, id)
}

fn shown(scene: &Scene<'_>, id: &str) -> Result<Value, ApiError> {
    let intent =
        scene.account.intents.get(id).ok_or_else(|| ApiError::no_such("payment_intent", id, "intent"))?;
    Ok(intent.shown())
}

pub(crate) fn list(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    let customer = params.text("customer");
    page(
        &scene.account.intents,
        params,
        &Page { url: "/v1/payment_intents", kind: "payment_intent" },
        |intent| customer.is_none() || intent.customer.as_deref() == customer,
        Intent::shown,
    )
}

pub(crate) fn retrieve_method(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let method = scene
        .account
        .payment_methods
        .get(id)
        .ok_or_else(|| ApiError::no_such("PaymentMethod", id, "payment_method"))?;
    Ok(method.shown())
}
