//! The customer's page of what they keep for later, and a member's button beside it.

use app::form::Form;
use app::portal::saved_methods::{self as page, ConsentBox, SavedMethodRow, SavedMethodsPage, Told};
use axum::http::StatusCode;
use domain::payment::Method;
use domain::sheet::Party;
use domain::{CustomerId, FieldErrors, FieldProblem, Locale, MethodSetupId, SavedMethodId};
use store::saved_methods::SavedMethod;

use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::{autopay, code, kept_forms, pages, respond, sessions};
use crate::operations::payments::saved::{self, Consent, Outcome, SavedError};

/// `GET /c/{customer}/methods`
pub async fn show(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let form = kept_forms::recall(&request, &kept_name(customer)).await?.unwrap_or_default();
    let told = match request.query.get("done") {
        Some("removed") => Some(Told::Removed),
        Some("autopay-on") => Some(Told::AutopayOn),
        Some("autopay-off") => Some(Told::AutopayOff),
        _ => None,
    };
    draw(&request, customer, form, told).await
}

/// `POST /c/{customer}/methods`: on to the provider's page on which the method is given, once the reader proved who they are.
pub async fn begin(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let back = format!("/c/{customer}/methods");
    let mut errors = FieldErrors::new();
    let method = request.form.get("method").and_then(Method::from_name);
    if method.is_none() {
        errors.push("method", FieldProblem::ChoiceUnknown);
    }
    let found = saved::kept(request.env(), &request.principal, customer).await?;
    let consent = match agreed(&request, found.locale, &found.business) {
        Ok(Some(consent)) => Some(consent),
        Ok(None) => {
            errors.push(page::AGREED, FieldProblem::NotTicked);
            None
        }
        Err(problem) => {
            errors.push(page::AGREED, problem);
            None
        }
    };
    let Some((method, consent)) = method.zip(consent) else {
        return kept_forms::refuse(&request, &kept_name(customer), &back, &errors).await;
    };
    if let Some(page) = code::ask_first(&request).await? {
        return Ok(page);
    }
    match saved::begin(request.env(), &request.principal, customer, method, &consent).await {
        Ok(url) => Ok(respond::see_other(&url)),
        Err(SavedError::NotOffered) => {
            let errors = FieldErrors::one("method", FieldProblem::ChoiceUnknown);
            kept_forms::refuse(&request, &kept_name(customer), &back, &errors).await
        }
        Err(SavedError::Unavailable) => {
            draw(&request, customer, Form::filled(request.form.iter()), Some(Told::NotReached)).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /c/{customer}/methods/return`: back from the provider's page.
pub async fn come_back(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let setup: MethodSetupId =
        request.query.get("setup").and_then(|id| id.parse().ok()).ok_or(Problem::NotFound)?;
    let told = match saved::returned(request.env(), &request.principal, customer, setup).await? {
        Outcome::Saved => Told::Saved,
        Outcome::NotSaved => Told::NotSaved,
        Outcome::Checking => Told::Checking,
    };
    draw(&request, customer, Form::new(), Some(told)).await
}

/// `POST /c/{customer}/methods/{method}/remove`
pub async fn remove(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let method: SavedMethodId = request.id("method")?;
    if let Some(page) = code::ask_first(&request).await? {
        return Ok(page);
    }
    saved::remove(request.env(), &request.principal, customer, method).await?;
    Ok(respond::see_other(&format!("/c/{customer}/methods?done=removed")))
}

/// `POST /console/customers/{customer}/methods/{method}/remove`
pub async fn remove_for_them(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    saved::remove(request.env(), &request.principal, customer, request.id("method")?).await?;
    Ok(respond::see_other(&format!("/console/customers/{customer}")))
}

async fn draw(request: &Request, customer: CustomerId, form: Form, told: Option<Told>) -> Answer {
    let found = saved::kept(request.env(), &request.principal, customer).await?;
    let status =
        if told == Some(Told::NotReached) { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
    let view = SavedMethodsPage {
        autopay: autopay::section(request, customer, &found).await?,
        consent: consent_box(found.locale, &found.business),
        business: found.business,
        customer,
        methods: found.methods.iter().map(row).collect(),
        offered: found.offered,
        form,
        told,
    };
    Ok(respond::html(status, page::page(&pages::frame(request, found.locale), &view)))
}

/// The words that a reader of this locale agrees to by ticking the box.
pub fn consent_box(locale: Locale, business: &Party) -> ConsentBox {
    boxed(page::consent(locale.spoken(), business.name.as_str()))
}

/// A box beside these words.
pub fn boxed(text: String) -> ConsentBox {
    ConsentBox { version: hex::encode(Consent::version(&text)), text }
}

/// What was agreed to with a form, if the box was ticked: the very words that stood beside it, or a refusal because they would be
/// others now.
pub fn agreed(request: &Request, locale: Locale, business: &Party) -> Result<Option<Consent>, FieldProblem> {
    agreed_to(request, locale, consent_box(locale, business))
}

/// The same for a box with any words.
pub fn agreed_to(
    request: &Request,
    locale: Locale,
    ConsentBox { text, version }: ConsentBox,
) -> Result<Option<Consent>, FieldProblem> {
    if request.form.get(page::AGREED).is_none() {
        return Ok(None);
    }
    if request.form.get(page::CONSENT) != Some(version.as_str()) {
        return Err(FieldProblem::TextChanged);
    }
    Ok(Some(Consent { text, locale, browser: sessions::browser(request) }))
}

/// A kept method, as pages list it.
pub fn row(saved: &SavedMethod) -> SavedMethodRow {
    SavedMethodRow {
        id: saved.id,
        method: saved.method,
        label: saved.label.clone(),
        last_digits: saved.last_digits.clone(),
        expires: saved.expires,
    }
}

fn kept_name(customer: CustomerId) -> String {
    format!("saved methods {customer}")
}

impl From<SavedError> for Problem {
    fn from(error: SavedError) -> Self {
        match error {
            SavedError::NotPermitted(_) | SavedError::NotFound | SavedError::NotOffered => Self::NotFound,
            // Pages ask for the code before they call what needs it.
            SavedError::NotProven => Self::Forbidden,
            SavedError::Unavailable => Self::Unavailable,
            SavedError::Store(error) => error.into(),
        }
    }
}
