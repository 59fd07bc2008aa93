//! `/v1/customers`, and `/v1/account`.

use serde_json::{Value, json};

use super::account::Scene;
use super::error::ApiError;
use super::lists::{Page, page};
use super::objects::{Customer, Metadata};
use super::parameters::Params;

const ACTED_OUT: &[&str] = &[
    "address",
    "description",
    "email",
    "expand",
    "metadata",
    "name",
    "phone",
    "preferred_locales",
    "tax_exempt",
];

pub(crate) fn create(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(ACTED_OUT)?;
    let mut customer = Customer {
        id: format!("cus_{}", scene.entropy.letters(14)),
        created: scene.now,
        name: None,
        email: None,
        phone: None,
        description: None,
        address: Value::Null,
        preferred_locales: Vec::new(),
        metadata: Metadata::new(),
        transfers_in: Vec::new(),
    };
    apply(&mut customer, params)?;
    let shown = scene.account.customers.add(customer).shown();
    scene.emit("customer.created", shown.clone());
    Ok(shown)
}

pub(crate) fn update(scene: &mut Scene<'_>, id: &str, params: &Params) -> Result<Value, ApiError> {
    params.only(ACTED_OUT)?;
    let customer =
        scene.account.customers.get_mut(id).ok_or_else(|| ApiError::no_such("customer", id, "id"))?;
    let before = customer.shown();
    apply(customer, params)?;
    let after = customer.shown();
    let previous = differences(&before, &after);
    scene.emit_change("customer.updated", after.clone(), previous);
    Ok(after)
}

fn apply(customer: &mut Customer, params: &Params) -> Result<(), ApiError> {
    let set = |field: &mut Option<String>, name: &str| {
        if params.has(name) {
            *field = params.owned(name);
        }
    };
    // Stripe: an e-mail that cannot be one is refused with email_invalid (error codes)
    if let Some(email) = params.text("email")
        && (!email.contains('@') || email.contains(char::is_whitespace))
    {
        return Err(ApiError::parameter("email", format!("Invalid email address: {email}"))
            .with_code("email_invalid"));
    }
    set(&mut customer.name, "name");
    set(&mut customer.email, "email");
    set(&mut customer.phone, "phone");
    set(&mut customer.description, "description");
    if let Some(address) = params.get("address") {
        customer.address = address.clone();
        if let Some(fields) = customer.address.as_object_mut() {
            for field in ["city", "country", "line1", "line2", "postal_code", "state"] {
                fields.entry(field).or_insert(Value::Null);
            }
        }
    }
    if params.has("preferred_locales") {
        customer.preferred_locales =
            params.words("preferred_locales").into_iter().map(str::to_owned).collect();
    }
    params.merge_metadata(&mut customer.metadata);
    Ok(())
}

/// The fields of `before` that `after` has otherwise.
pub(crate) fn differences(before: &Value, after: &Value) -> Value {
    let (Some(before), Some(after)) = (before.as_object(), after.as_object()) else { return Value::Null };
    before
        .iter()
        .filter(|(name, value)| after.get(*name) != Some(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect::<Metadata>()
        .into()
}

pub(crate) fn retrieve(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let customer = scene.account.customers.get(id).ok_or_else(|| ApiError::no_such("customer", id, "id"))?;
    Ok(customer.shown())
}

pub(crate) fn list(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    // Stripe: the filter by e-mail is exact and minds the case (list customers)
    let email = params.text("email");
    page(
        &scene.account.customers,
        params,
        &Page { url: "/v1/customers", kind: "customer" },
        |customer| email.is_none() || customer.email.as_deref() == email,
        Customer::shown,
    )
}

#[expect(clippy::unnecessary_wraps, reason = "every call has this form")]
pub(crate) fn account(scene: &mut Scene<'_>, _: &str, _: &Params) -> Result<Value, ApiError> {
    let account = &scene.account;
    let nothing = json!({
        "alternatives": [], "current_deadline": null, "currently_due": [], "disabled_reason": null, "errors": [],
        "eventually_due": [], "past_due": [], "pending_verification": [],
    });
    Ok(json!({
        "id": account.id, "object": "account", "business_profile": {
            "mcc": null, "name": account.name, "product_description": null, "support_address": null,
            "support_email": null, "support_phone": null, "support_url": null, "url": null,
        },
        "business_type": "company", "capabilities": {
            "bacs_debit_payments": "active", "card_payments": "active", "sepa_debit_payments": "active",
            "us_bank_account_ach_payments": "active", "transfers": "active",
        },
        "charges_enabled": true, "controller": {"type": "account"}, "country": "DE", "created": account.created,
        "default_currency": "eur", "details_submitted": true, "email": "owner@business.example",
        "future_requirements": nothing, "metadata": {}, "payouts_enabled": true, "requirements": nothing,
        "settings": {
            "bacs_debit_payments": {"display_name": null, "service_user_number": null},
            "branding": {"icon": null, "logo": null, "primary_color": null, "secondary_color": null},
            "card_payments": {
                "statement_descriptor_prefix": null, "statement_descriptor_prefix_kana": null,
                "statement_descriptor_prefix_kanji": null,
            },
            "dashboard": {"display_name": account.name, "timezone": "Etc/UTC"},
            "payments": {
                "statement_descriptor": null, "statement_descriptor_kana": null, "statement_descriptor_kanji": null,
            },
            "sepa_debit_payments": {},
        },
        "type": "standard",
    }))
}
