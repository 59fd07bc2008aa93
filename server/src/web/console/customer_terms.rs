//! How one customer is followed up.

use app::console::Done;
use app::console::change::Of;
use app::console::customer_terms::{self as page, CustomerTermsPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::follow_up::CustomerTerms;
use domain::schedule::Tone;
use domain::statement::sending::StatementTerm;
use domain::{CustomerId, FieldErrors};

use super::super::form::Fields;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::following_up::{names, typed, version};
use super::{after, around, change};
use crate::operations::follow_up::preview::Change;
use crate::operations::follow_up::settings::{self, FollowUpError, TermsInput};

/// `GET /console/customers/{customer}/follow-up`
pub async fn show(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let form = kept_forms::recall(&request, &format!("terms {id}")).await?;
    shown(&request, id, form, false, StatusCode::OK).await
}

async fn shown(
    request: &Request,
    id: CustomerId,
    form: Option<Form>,
    conflict: bool,
    status: StatusCode,
) -> Answer {
    let found = settings::terms(request.env(), &request.principal, id).await?;
    let (frame, signed) = around(request)?;
    let theirs = found.terms.version.to_string();
    let form = match form {
        Some(form) if conflict => {
            let typed = form.fields().filter(|(name, _)| *name != "version");
            Form::filled(typed.chain([("version", theirs.as_str())]))
        }
        Some(form) => form,
        None => filled(&found.terms.value, &theirs),
    };
    let view = CustomerTermsPage {
        customer: id,
        name: found.name,
        form,
        groups: found.groups.into_iter().map(|(id, name)| (id, name.into_string())).collect(),
        schedules: names(found.schedules),
        conflict,
    };
    Ok(respond::html(status, page::page(&frame, &signed, &view)))
}

/// `POST /console/customers/{customer}/follow-up`: shows what would change, goes back to it, or saves.
pub async fn update(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let (env, principal) = (request.env(), &request.principal);
    let input = input(&request.form);
    let outcome = match request.form.get("do") {
        Some("save") => settings::save_terms(env, principal, id, version(&request.form), &input).await,
        Some("edit") => Err(FollowUpError::Fields(FieldErrors::new())),
        _ => match settings::check_terms(env, principal, id, &input).await {
            Ok(terms) => {
                let name = settings::terms(env, principal, id).await?.name;
                return change::show(&request, Of::Customer(id, name), &Change::Terms(id, terms)).await;
            }
            Err(error) => Err(error),
        },
    };
    let page = format!("/console/customers/{id}");
    match outcome {
        Ok(()) => Ok(respond::see_other(&after(&page, Done::Saved))),
        Err(FollowUpError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("terms {id}"), &format!("{page}/follow-up"), &errors).await
        }
        Err(FollowUpError::Conflict) => {
            shown(&request, id, Some(typed(&request.form)), true, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

fn input(form: &Fields) -> TermsInput {
    TermsInput {
        group: form.text("group"),
        schedule: form.text("schedule"),
        approval_from: form.text("approval_from"),
        zone_unknown: form.get("zone_unknown").is_some(),
        statements: form.text("statements"),
    }
}

/// A customer's terms as their form shows them.
fn filled(terms: &CustomerTerms, version: &str) -> Form {
    let mut fields = vec![
        ("version", version.to_owned()),
        ("group", terms.group.map(|id| id.to_string()).unwrap_or_default()),
        ("schedule", terms.schedule.map(|id| id.to_string()).unwrap_or_default()),
        ("approval_from", terms.approval_from.map_or("", Tone::as_str).to_owned()),
        ("statements", terms.statements.map_or("", StatementTerm::as_str).to_owned()),
    ];
    if terms.zone_unknown {
        fields.push(("zone_unknown", "yes".to_owned()));
    }
    Form::filled(fields)
}
