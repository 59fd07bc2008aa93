//! Turning on and off that what is due is charged by itself, on the page of what is saved and for members.

use app::portal::autopay::{self as page, AutopayPage, AutopayRow, AutopaySection, consent};
use app::portal::saved_methods::{AGREED, ConsentBox};
use axum::http::StatusCode;
use domain::autopay::notice_days;
use domain::time::civil_date;
use domain::{AutopayId, CustomerId, FieldErrors, FieldProblem, SavedMethodId, Zone};
use store::saved_methods::SavedMethod;

use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::saved_methods::{agreed_to, boxed, row};
use super::{code, kept_forms, pages, respond};
use crate::operations::autopay::{self, Standing};
use crate::operations::payments::saved::{self, Kept};

/// `GET /c/{customer}/methods/{method}/autopay`: what is agreed to.
pub async fn show(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let method: SavedMethodId = request.id("method")?;
    let (found, kept) = could(&request, customer, method).await?;
    let view = AutopayPage {
        customer,
        method: row(&kept),
        consent: words(&found, &kept),
        form: kept_forms::recall(&request, &kept_name(method)).await?.unwrap_or_default(),
        business: found.business,
    };
    let frame = pages::frame(&request, found.locale);
    Ok(respond::html(StatusCode::OK, page::page(&frame, &view)))
}

/// `POST /c/{customer}/methods/{method}/autopay`: what is due is charged to it, once the reader proved who they are.
pub async fn turn_on(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let method: SavedMethodId = request.id("method")?;
    let (found, kept) = could(&request, customer, method).await?;
    let agreed = agreed_to(&request, found.locale, words(&found, &kept));
    let consent = match agreed.and_then(|agreed| agreed.ok_or(FieldProblem::NotTicked)) {
        Ok(consent) => consent,
        Err(problem) => {
            let back = format!("/c/{customer}/methods/{method}/autopay");
            return kept_forms::refuse(
                &request,
                &kept_name(method),
                &back,
                &FieldErrors::one(AGREED, problem),
            )
            .await;
        }
    };
    if let Some(page) = code::ask_first(&request).await? {
        return Ok(page);
    }
    autopay::turn_on(request.env(), &request.principal, customer, method, &consent).await?;
    Ok(respond::see_other(&format!("/c/{customer}/methods?done=autopay-on")))
}

/// What the reader keeps, and which of it could be charged by itself.
async fn could(
    request: &Request,
    customer: CustomerId,
    method: SavedMethodId,
) -> Result<(Kept, SavedMethod), Problem> {
    let found = saved::kept(request.env(), &request.principal, customer).await?;
    let offered = autopay::offered(request.env(), &request.principal, customer).await?;
    let kept = found.methods.iter().find(|kept| kept.id == method && offered.methods.contains(&method));
    let kept = kept.cloned().ok_or(Problem::NotFound)?;
    Ok((found, kept))
}

/// `POST /c/{customer}/autopay/{autopay}/off`
pub async fn turn_off(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    autopay::turn_off(request.env(), &request.principal, customer, request.id::<AutopayId>("autopay")?)
        .await?;
    Ok(respond::see_other(&format!("/c/{customer}/methods?done=autopay-off")))
}

/// `POST /console/customers/{customer}/autopay/{autopay}/off`
pub async fn turn_off_for_them(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    autopay::turn_off(request.env(), &request.principal, customer, request.id::<AutopayId>("autopay")?)
        .await?;
    Ok(respond::see_other(&format!("/console/customers/{customer}#autopay")))
}

/// What the page of what is saved shows of it.
pub async fn section(
    request: &Request,
    customer: CustomerId,
    found: &Kept,
) -> Result<AutopaySection, Problem> {
    let offered = autopay::offered(request.env(), &request.principal, customer).await?;
    let could = found.methods.iter().filter(|kept| offered.methods.contains(&kept.id));
    Ok(AutopaySection {
        rows: rows(&offered.standing, &found.methods, found.zone),
        offers: could.map(row).collect(),
        paused: !offered.enabled,
    })
}

/// What is on, as pages list it.
pub fn rows(standing: &[Standing], methods: &[SavedMethod], zone: Zone) -> Vec<AutopayRow> {
    let one = |standing: &Standing| {
        let method = methods.iter().find(|kept| kept.id == standing.autopay.method)?;
        Some(AutopayRow {
            id: standing.autopay.id,
            method: row(method),
            since: civil_date(standing.autopay.agreed_at, zone),
            charges: standing.announced.iter().map(|debit| (debit.next_on, debit.amount)).collect(),
        })
    };
    standing.iter().filter_map(one).collect()
}

/// The words that a reader agrees to about one method.
fn words(found: &Kept, kept: &SavedMethod) -> ConsentBox {
    let days = notice_days(kept.method);
    boxed(consent(found.locale.spoken(), found.business.name.as_str(), &row(kept), days))
}

fn kept_name(method: SavedMethodId) -> String {
    format!("autopay {method}")
}
