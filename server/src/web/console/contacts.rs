//! How one contact may be reached.

use app::console::Done;
use app::console::contact::{self as page, ContactPage, Texts};
use app::form::Form;
use axum::http::StatusCode;
use domain::ContactId;

use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::{after, around};
use crate::operations::consent::{self, Change, ConsentError, ConsentInput};

/// `GET /console/contacts/{contact}`
pub async fn show(request: Request) -> Answer {
    let id: ContactId = request.id("contact")?;
    let found = consent::detail(request.env(), &request.principal, id).await?;
    let form = kept_forms::recall(&request, &format!("consent {id}")).await?;
    let (frame, signed) = around(&request)?;
    let contact = found.contact;
    let texting = contact.texting;
    let view = ContactPage {
        id,
        customer: (contact.customer, found.customer.into_string()),
        name: contact.name.into_string(),
        email: contact.email.map(domain::EmailAddress::into_string),
        mail_ended: contact.email_opted_out_at,
        mail_suppressed: contact.email_suppressed.map(|(since, _)| since),
        phone: contact.phone.map(domain::Phone::into_string),
        texts: Texts {
            consent: texting.consent.map(|consent| (consent.at, consent.source, consent.text)),
            ended: texting.opted_out_at,
            suppressed: texting.suppressed.map(|(since, _)| since),
            has_gateway: found.has_gateway,
        },
        form: form.unwrap_or_else(|| Form::filled([("consent_date", found.today.to_string())])),
        version: contact.version,
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `POST /console/contacts/{contact}/consent`
pub async fn give(request: Request) -> Answer {
    let id: ContactId = request.id("contact")?;
    let here = format!("/console/contacts/{id}");
    let input = ConsentInput {
        version: request.form.text("version"),
        consent_source: request.form.text("consent_source"),
        consent_text: request.form.text("consent_text"),
        consent_date: request.form.text("consent_date"),
    };
    match consent::give(request.env(), &request.principal, id, &input).await {
        Ok(()) => Ok(respond::see_other(&after(&here, Done::Saved))),
        Err(ConsentError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("consent {id}"), &here, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/contacts/{contact}/change`
pub async fn change(request: Request) -> Answer {
    let id: ContactId = request.id("contact")?;
    let change = request.form.get("change").and_then(Change::from_name).ok_or(Problem::Malformed)?;
    consent::change(request.env(), &request.principal, id, change).await?;
    Ok(respond::see_other(&after(&format!("/console/contacts/{id}"), Done::Saved)))
}
