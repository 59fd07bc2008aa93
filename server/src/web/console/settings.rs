//! The business's own data, and its account at the payment provider.

use app::console::Done;
use app::console::settings::{self as page, GatewayKey, GatewaySettings, SettingsPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::payment::{Method, TakenMethods};
use secrecy::SecretString;
use store::identity::Business;

use super::super::form::Fields;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::{after, around};
use crate::operations::settings::{self, SettingsError, SettingsInput};

/// Where the settings are.
const PAGE: &str = "/console/settings";

/// `GET /console/settings`
pub async fn show(request: Request) -> Answer {
    let found = settings::show(request.env(), &request.principal).await?;
    let kept = kept_forms::recall(&request, "settings").await?;
    let secrets = &found.business.webhook_secrets;
    let gateway = GatewaySettings {
        key: found.business.stripe.as_ref().map(|stripe| GatewayKey {
            live: stripe.livemode,
            ends_in: found.key_ends_in.clone().unwrap_or_default(),
        }),
        webhook_secrets: u8::from(secrets.current.is_some()) + u8::from(secrets.previous.is_some()),
        webhook_url: found.webhook_url.clone(),
    };
    let (frame, signed) = around(&request)?;
    let form = match kept {
        // A refused key or secret keeps nothing of the business's own fields: they come from the record.
        Some(form) if !form.has("business_name") => filled(&found.business).refused(form.errors().clone()),
        Some(form) => form,
        None => filled(&found.business),
    };
    let view = SettingsPage { form, gateway };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `POST /console/settings`
pub async fn update(request: Request) -> Answer {
    let version = request.form.get("version").and_then(|version| version.parse().ok());
    let outcome =
        settings::update(request.env(), &request.principal, version, settings_input(&request.form)).await;
    answer(&request, outcome, Done::Saved).await
}

/// `POST /console/settings/stripe`
pub async fn set_key(request: Request) -> Answer {
    let key = SecretString::from(request.form.text("stripe_key"));
    let outcome = settings::set_stripe_key(request.env(), &request.principal, key).await;
    answer(&request, outcome, Done::GatewaySet).await
}

/// `POST /console/settings/webhook`
pub async fn set_webhook_secret(request: Request) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let outcome = if request.form.get("do") == Some("drop_old") {
        settings::drop_previous_webhook_secret(env, principal).await
    } else {
        let secret = SecretString::from(request.form.text("webhook_secret"));
        settings::set_webhook_secret(env, principal, secret).await
    };
    answer(&request, outcome, Done::GatewaySet).await
}

async fn answer(request: &Request, outcome: Result<(), SettingsError>, done: Done) -> Answer {
    match outcome {
        Ok(()) => Ok(respond::see_other(&after(PAGE, done))),
        Err(SettingsError::Fields(errors)) => kept_forms::refuse(request, "settings", PAGE, &errors).await,
        Err(error) => Err(error.into()),
    }
}

fn settings_input(form: &Fields) -> SettingsInput {
    SettingsInput {
        business_name: form.text("business_name"),
        sender_name: form.text("sender_name"),
        reply_to: form.text("reply_to"),
        phone: form.text("phone"),
        address: form.text("address"),
        country: form.text("country"),
        tax_number: form.text("tax_number"),
        time_zone: form.text("time_zone"),
        locale: form.text("locale"),
        currency: form.text("currency"),
        net_days: form.text("net_days"),
        methods: form.all("methods").map(str::to_owned).collect(),
        consumer_methods: form.all("consumer_methods").map(str::to_owned).collect(),
    }
}

/// The business as its form shows it.
fn filled(business: &Business) -> Form {
    let text = |value: Option<String>| value.unwrap_or_default();
    let TakenMethods { from_companies, from_consumers } = &business.taken_methods;
    let ticked = |field: &'static str, methods: &[Method]| -> Vec<(&'static str, String)> {
        methods.iter().map(|method| (field, method.as_str().to_owned())).collect()
    };
    let methods = [ticked("methods", from_companies), ticked("consumer_methods", from_consumers)].concat();
    let fields = [
        ("version", business.version.to_string()),
        ("business_name", business.name.to_string()),
        ("sender_name", business.sender_name.to_string()),
        ("reply_to", business.reply_to.to_string()),
        ("phone", text(business.phone.as_ref().map(ToString::to_string))),
        ("address", text(business.address.as_ref().map(ToString::to_string))),
        ("country", business.country.code().to_owned()),
        ("tax_number", text(business.tax_number.as_ref().map(ToString::to_string))),
        ("time_zone", business.time_zone.name().to_owned()),
        ("locale", business.locale.tag().to_owned()),
        ("currency", business.currency.code().to_owned()),
        ("net_days", business.net_days.days().to_string()),
    ];
    Form::filled(fields.into_iter().chain(methods))
}
