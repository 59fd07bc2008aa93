//! `/v1/checkout/sessions`: one visit to the hosted page, from its making to its end.

use serde_json::{Value, json};

use super::account::{Due, Scene};
use super::collect::{self, Outcome, Presence};
use super::error::ApiError;
use super::instruments::{Instrument, Method};
use super::intents::{self, NewIntent};
use super::lists::{self, Page, page};
use super::money;
use super::objects::{IntentStatus, LineItem, PaymentStatus, Session, SessionStatus};
use super::parameters::Params;
use super::setups;

// Stripe: a Session lives 24 hours unless told, and can be told from 30 minutes to 24 hours (create a Session)
const LIFE_SECONDS: i64 = 24 * 3600;
const SHORTEST_LIFE_SECONDS: i64 = 30 * 60;

const ACTED_OUT: &[&str] = &[
    "adaptive_pricing",
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "currency",
    "customer",
    "customer_creation",
    "customer_email",
    "excluded_payment_method_types",
    "expand",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "payment_method_options",
    "setup_intent_data",
    "submit_type",
    "success_url",
    "ui_mode",
];
const ITEM_ACTED_OUT: &[&str] = &["metadata", "price_data", "quantity"];
const PRICE_ACTED_OUT: &[&str] = &["currency", "product_data", "tax_behavior", "unit_amount"];
const INTENT_ACTED_OUT: &[&str] =
    &["description", "metadata", "receipt_email", "setup_future_usage", "statement_descriptor"];

pub(crate) fn create(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(ACTED_OUT)?;
    let sets_up = match params.text("mode") {
        Some("payment") => false,
        Some("setup") => true,
        Some(_) => return Err(ApiError::not_acted_out("mode")),
        // Stripe: without recurring prices the mode must still be named (create a Session)
        None => return Err(ApiError::missing("mode")),
    };
    if params.text("ui_mode").is_some_and(|mode| mode != "hosted_page") {
        return Err(ApiError::not_acted_out("ui_mode"));
    }
    if params.bool("adaptive_pricing.enabled") {
        return Err(ApiError::not_acted_out("adaptive_pricing"));
    }
    let Some(success_url) = params.owned("success_url") else { return Err(ApiError::missing("success_url")) };
    for name in ["success_url", "cancel_url"] {
        if let Some(url) = params.text(name) {
            // Stripe: an address without a scheme is 400 url_invalid (error codes)
            if !(url.starts_with("https://") || url.starts_with("http://")) {
                return Err(ApiError::parameter(
                    name,
                    "Invalid URL: An explicit scheme (such as https) must be provided.",
                )
                .with_code("url_invalid"));
            }
        }
    }
    let (line_items, currency) = if sets_up {
        // Stripe: a Session in setup mode has a currency to choose methods by, and sells nothing (create a Session)
        if let Some(name) = ["line_items", "payment_intent_data"].into_iter().find(|name| params.has(name)) {
            return Err(ApiError::parameter(name, format!("You can not pass `{name}` in `setup` mode.")));
        }
        (Vec::new(), money::currency(params.text("currency").unwrap_or_default(), "currency")?)
    } else {
        for name in ["currency", "setup_intent_data"] {
            if params.has(name) {
                return Err(ApiError::not_acted_out(name));
            }
        }
        let (line_items, currency) = line_items(scene, params)?;
        let total: i64 = line_items.iter().map(LineItem::total).fold(0, i64::saturating_add);
        money::chargeable(total, &currency, "line_items", "The Checkout Session's total amount due")?;
        (line_items, currency)
    };
    let (customer, customer_email) = (params.owned("customer"), params.owned("customer_email"));
    if customer.is_some() && customer_email.is_some() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: customer, customer_email.",
        ));
    }
    if let Some(id) = &customer
        && scene.account.customers.get(id).is_none()
    {
        return Err(ApiError::no_such_parameter("customer", id, "customer"));
    }
    let methods = offered(params, &currency, customer.is_some())?;
    let expires_at = params.int("expires_at").unwrap_or(scene.now + LIFE_SECONDS);
    // A minute of grace: the caller's clock and the sandbox's tick apart.
    if expires_at < scene.now + SHORTEST_LIFE_SECONDS - 60 {
        return Err(ApiError::parameter(
            "expires_at",
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.",
        ));
    }
    if expires_at > scene.now + LIFE_SECONDS + 60 {
        return Err(ApiError::parameter(
            "expires_at",
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.",
        ));
    }
    let intent_data = params.map("payment_intent_data");
    if let Some(name) = intent_data.keys().find(|name| !INTENT_ACTED_OUT.contains(&name.as_str())) {
        return Err(ApiError::not_acted_out(&format!("payment_intent_data[{name}]")));
    }
    let customer_creation = match (&customer, params.text("customer_creation")) {
        (Some(_), Some(_)) => {
            return Err(ApiError::invalid(
                "You may only specify one of these parameters: customer, customer_creation.",
            ));
        }
        (Some(_), None) => None,
        (None, given) => Some(given.unwrap_or("if_required").to_owned()),
    };
    // Stripe: the SetupIntent is made with its Session, unlike a PaymentIntent (Checkout Session object)
    let setup_intent = sets_up.then(|| {
        let data = params.map("setup_intent_data");
        setups::make(scene, customer.clone(), &methods, &data)
    });
    let session = Session {
        id: format!("cs_test_{}", scene.entropy.letters(58)),
        created: scene.now,
        expires_at,
        status: SessionStatus::Open,
        payment_status: if sets_up { PaymentStatus::NoPaymentRequired } else { PaymentStatus::Unpaid },
        setup_intent,
        currency,
        line_items,
        methods,
        success_url,
        cancel_url: params.owned("cancel_url"),
        client_reference_id: params.owned("client_reference_id"),
        customer,
        customer_creation,
        customer_email,
        customer_details: None,
        locale: params.owned("locale"),
        submit_type: params.owned("submit_type"),
        metadata: params.map("metadata"),
        // Stripe: the PaymentIntent is made when the payer first tries, not with the Session (changelog 2022-08-01)
        intent: None,
        intent_data,
    };
    scene.plan(expires_at, Due::SessionExpires(session.id.clone()));
    Ok(scene.account.sessions.add(session).shown(scene.base_url))
}

fn line_items(scene: &mut Scene<'_>, params: &Params) -> Result<(Vec<LineItem>, String), ApiError> {
    let given = params.list("line_items");
    if given.is_empty() {
        return Err(ApiError::missing("line_items"));
    }
    // Stripe: at most 100 line items in payment mode (create a Session)
    if given.len() > 100 {
        return Err(ApiError::parameter("line_items", "You can pass up to 100 line items."));
    }
    let mut items = Vec::new();
    let mut currency: Option<String> = None;
    for (index, item) in given.iter().enumerate() {
        let path = format!("line_items[{index}]");
        let refuse_beyond = |value: &Value, acted_out: &[&str], path: &str| {
            let beyond =
                value.as_object().and_then(|map| map.keys().find(|k| !acted_out.contains(&k.as_str())));
            beyond.map_or(Ok(()), |name| Err(ApiError::not_acted_out(&format!("{path}[{name}]"))))
        };
        if let Some(price) = item["price"].as_str() {
            return Err(ApiError::no_such_parameter("price", price, &format!("{path}[price]")));
        }
        refuse_beyond(item, ITEM_ACTED_OUT, &path)?;
        let price = &item["price_data"];
        if !price.is_object() {
            return Err(ApiError::missing(&format!("{path}[price_data]")));
        }
        refuse_beyond(price, PRICE_ACTED_OUT, &format!("{path}[price_data]"))?;
        let Some(unit_amount) = price["unit_amount"].as_i64() else {
            return Err(ApiError::missing(&format!("{path}[price_data][unit_amount]")));
        };
        if unit_amount < 0 {
            return Err(ApiError::parameter(
                format!("{path}[price_data][unit_amount]"),
                "This value must be greater than or equal to 0.",
            )
            .with_code("parameter_invalid_integer"));
        }
        let own = money::currency(
            price["currency"].as_str().unwrap_or_default(),
            &format!("{path}[price_data][currency]"),
        )?;
        if currency.as_ref().is_some_and(|first| *first != own) {
            return Err(ApiError::parameter(
                format!("{path}[price_data][currency]"),
                "All line items must have the same currency.",
            ));
        }
        currency = Some(own);
        let product = &price["product_data"];
        let Some(name) = product["name"].as_str() else {
            return Err(ApiError::missing(&format!("{path}[price_data][product_data]")));
        };
        // Stripe: a line item of a price needs its quantity in payment mode (create a Session)
        let quantity = item["quantity"].as_i64().ok_or_else(|| {
            ApiError::parameter(path.clone(), format!("Quantity is required. Add `quantity` to `{path}`"))
        })?;
        if quantity < 1 {
            return Err(ApiError::parameter(
                format!("{path}[quantity]"),
                "This value must be greater than or equal to 1.",
            )
            .with_code("parameter_invalid_integer"));
        }
        items.push(LineItem {
            id: scene.entropy.id("li"),
            price: scene.entropy.id("price"),
            product: format!("prod_{}", scene.entropy.letters(14)),
            name: name.to_owned(),
            description: product["description"].as_str().map(str::to_owned),
            unit_amount,
            quantity,
            metadata: item["metadata"].as_object().cloned().unwrap_or_default(),
        });
    }
    Ok((items, currency.unwrap_or_default()))
}

/// The methods a caller gets for this currency.
// Stripe: `allowed_payment_method_types` filters silently, and goes alone (changelog 2026-07-29 and 2026-09-30)
pub(crate) fn offered(params: &Params, currency: &str, has_customer: bool) -> Result<Vec<Method>, ApiError> {
    let allowed = params.words("allowed_payment_method_types");
    let excluded = params.words("excluded_payment_method_types");
    if !allowed.is_empty() && !excluded.is_empty() {
        return Err(ApiError::invalid(
            "You may only specify one of these parameters: allowed_payment_method_types, \
             excluded_payment_method_types.",
        ));
    }
    let methods: Vec<_> = Method::ALL
        .into_iter()
        .filter(|method| method.collects(currency))
        .filter(|method| match method {
            // Stripe: a bank transfer needs a customer whose balance it funds (bank transfer payments)
            Method::CustomerBalance => has_customer && allowed.contains(&method.as_str()),
            _ => allowed.is_empty() || allowed.contains(&method.as_str()),
        })
        .filter(|method| !excluded.contains(&method.as_str()))
        .collect();
    if methods.is_empty() {
        return Err(ApiError::parameter(
            "allowed_payment_method_types",
            format!("No valid payment method types for this request in {}.", currency.to_ascii_uppercase()),
        ));
    }
    Ok(methods)
}

/// Why a session cannot be paid.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum NotPayable {
    NoSuchSession,
    /// Complete or expired.
    Over,
    /// The session does not offer this method.
    NotOffered(Method),
    /// A card that is no test card.
    UnknownCard,
}

/// The payer pays: what the hosted page and [`crate::Running::pay`] both do.
pub(crate) fn pay(
    scene: &mut Scene<'_>,
    id: &str,
    instrument: Instrument,
    email: Option<String>,
) -> Result<Outcome, NotPayable> {
    let session = scene.account.sessions.get(id).ok_or(NotPayable::NoSuchSession)?.clone();
    if session.status != SessionStatus::Open {
        return Err(NotPayable::Over);
    }
    if !session.methods.contains(&instrument.method()) {
        return Err(NotPayable::NotOffered(instrument.method()));
    }
    if let Instrument::Card(number) = &instrument
        && super::instruments::by_number(number).is_none()
    {
        return Err(NotPayable::UnknownCard);
    }
    let email = email.or_else(|| known_email(scene, &session));
    if let Some(setup) = &session.setup_intent {
        let method = intents::new_method(scene, instrument, email.clone(), None);
        let outcome = setups::confirm(scene, setup, method);
        finish(scene, id, &outcome, email.as_deref());
        return Ok(outcome);
    }
    let intent = match &session.intent {
        Some(intent) => intent.clone(),
        None => make_intent(scene, &session),
    };
    if let Some(session) = scene.account.sessions.get_mut(id) {
        session.intent = Some(intent.clone());
    }
    let method = intents::new_method(scene, instrument, email.clone(), None);
    let outcome = collect::confirm(scene, &intent, method, Presence::OnSession);
    finish(scene, id, &outcome, email.as_deref());
    Ok(outcome)
}

/// The payer comes back from their bank's 3-D Secure page.
pub(crate) fn authenticate(scene: &mut Scene<'_>, id: &str, passed: bool) -> Option<Outcome> {
    let session = scene.account.sessions.get(id)?;
    if session.status != SessionStatus::Open {
        return None;
    }
    if let Some(setup) = session.setup_intent.clone() {
        let outcome = setups::authenticate(scene, &setup, passed)?;
        finish(scene, id, &outcome, None);
        return Some(outcome);
    }
    let intent = session.intent.clone()?;
    let method = scene.account.intents.get(&intent)?.payment_method.clone();
    let email = method.and_then(|method| scene.account.payment_methods.get(&method)?.email.clone());
    let outcome = collect::authenticate(scene, &intent, passed)?;
    finish(scene, id, &outcome, email.as_deref());
    Some(outcome)
}

/// The address the payer types in is the customer's, unless the session says another.
pub(crate) fn known_email(scene: &Scene<'_>, session: &Session) -> Option<String> {
    let customer = session.customer.as_ref().and_then(|id| scene.account.customers.get(id));
    session.customer_email.clone().or_else(|| customer.and_then(|customer| customer.email.clone()))
}

fn make_intent(scene: &mut Scene<'_>, session: &Session) -> String {
    let text = |name: &str| session.intent_data.get(name).and_then(Value::as_str).map(str::to_owned);
    intents::make(
        scene,
        NewIntent {
            amount: session.total(),
            currency: session.currency.clone(),
            customer: session.customer.clone(),
            methods: session.methods.clone(),
            description: text("description"),
            receipt_email: text("receipt_email"),
            statement_descriptor: text("statement_descriptor"),
            setup_future_usage: text("setup_future_usage"),
            metadata: session
                .intent_data
                .get("metadata")
                .and_then(Value::as_object)
                .cloned()
                .unwrap_or_default(),
            session: Some(session.id.clone()),
        },
    )
}

/// Completes the session if the payer has done their part.
// Stripe: a debit or transfer completes the Session unpaid; its settling is told apart (fulfil orders)
fn finish(scene: &mut Scene<'_>, id: &str, outcome: &Outcome, email: Option<&str>) {
    let payment_status = match outcome {
        Outcome::Succeeded => PaymentStatus::Paid,
        Outcome::Processing | Outcome::AwaitsTransfer => PaymentStatus::Unpaid,
        Outcome::NeedsAuthentication | Outcome::Refused(_) => return,
    };
    let name = scene
        .account
        .sessions
        .get(id)
        .and_then(|session| scene.account.customers.get(session.customer.as_ref()?))
        .and_then(|customer| customer.name.clone());
    let Some(session) = scene.account.sessions.get_mut(id) else { return };
    session.status = SessionStatus::Complete;
    if session.setup_intent.is_none() {
        session.payment_status = payment_status;
    }
    session.customer_details = Some(json!({
        "address": {
            "city": null, "country": "DE", "line1": null, "line2": null, "postal_code": null, "state": null,
        },
        "business_name": null, "email": email, "individual_name": null, "name": name, "phone": null,
        "tax_exempt": "none", "tax_ids": [],
    }));
    let shown = session.shown(scene.base_url);
    scene.emit("checkout.session.completed", shown);
}

/// A payment that took days has come, or not.
pub(crate) fn settled(scene: &mut Scene<'_>, id: &str, paid: bool) {
    let Some(session) = scene.account.sessions.get_mut(id) else { return };
    if session.status != SessionStatus::Complete || session.payment_status == PaymentStatus::Paid {
        return;
    }
    if paid {
        session.payment_status = PaymentStatus::Paid;
    }
    let shown = session.shown(scene.base_url);
    let kind = if paid {
        "checkout.session.async_payment_succeeded"
    } else {
        "checkout.session.async_payment_failed"
    };
    scene.emit(kind, shown);
}

pub(crate) fn expire(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let session =
        scene.account.sessions.get(id).ok_or_else(|| ApiError::no_such("checkout.session", id, "session"))?;
    if session.status != SessionStatus::Open {
        let status = if session.status == SessionStatus::Complete { "complete" } else { "expired" };
        return Err(ApiError::invalid(format!(
            "Only Checkout Sessions with a status in [\"open\"] can be expired. This Checkout Session has a status of \
             `{status}`."
        )));
    }
    end(scene, id);
    retrieve(scene, id, &Params::default())
}

/// The moment named in `expires_at` has come.
pub(crate) fn expire_when_due(scene: &mut Scene<'_>, id: &str) {
    if scene.account.sessions.get(id).is_some_and(|session| session.status == SessionStatus::Open) {
        end(scene, id);
    }
}

fn end(scene: &mut Scene<'_>, id: &str) {
    let Some(session) = scene.account.sessions.get_mut(id) else { return };
    session.status = SessionStatus::Expired;
    let (shown, intent) = (session.shown(scene.base_url), session.intent.clone());
    scene.emit("checkout.session.expired", shown);
    // Stripe: an expired Session takes its PaymentIntent along (expire a Session)
    if let Some(intent) = intent
        && scene.account.intents.get(&intent).is_some_and(|intent| intent.status != IntentStatus::Canceled)
    {
        intents::end(scene, &intent, Some("expired"));
    }
}

pub(crate) fn retrieve(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let session =
        scene.account.sessions.get(id).ok_or_else(|| ApiError::no_such("checkout.session", id, "session"))?;
    Ok(session.shown(scene.base_url))
}

pub(crate) fn list(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    if params.has("customer_details") || params.has("payment_link") || params.has("subscription") {
        return Err(ApiError::not_acted_out("customer_details, payment_link, subscription"));
    }
    let (intent, customer, status) =
        (params.text("payment_intent"), params.text("customer"), params.text("status"));
    let base_url = scene.base_url;
    page(
        &scene.account.sessions,
        params,
        &Page { url: "/v1/checkout/sessions", kind: "checkout.session" },
        |session| {
            (intent.is_none() || session.intent.as_deref() == intent)
                && (customer.is_none() || session.customer.as_deref() == customer)
                && status.is_none_or(|status| json!(session.status) == status)
        },
        |session| session.shown(base_url),
    )
}

/// `line_items`, which a session shows only when asked to expand it.
pub(crate) fn shown_line_items(session: &Session, limit: usize) -> Value {
    let items = session.line_items.iter().take(limit).map(|item| item.shown(session));
    json!({
        "object": "list", "data": items.collect::<Vec<_>>(), "has_more": session.line_items.len() > limit,
        "url": format!("/v1/checkout/sessions/{}/line_items", session.id),
    })
}

pub(crate) fn list_line_items(scene: &mut Scene<'_>, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(&["expand", "limit"])?;
    let limit = lists::limit(params)?;
    let session =
        scene.account.sessions.get(id).ok_or_else(|| ApiError::no_such("checkout.session", id, "session"))?;
    Ok(shown_line_items(session, limit))
}
