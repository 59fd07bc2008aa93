//! Turning on and off that what is due is charged by itself, on the page of what is saved and for members.

use app::portal::autopay::{AutopayOffer, AutopayRow, AutopaySection, consent};
use app::portal::saved_methods::{AGREED, ConsentBox};
use domain::autopay::notice_days;
use domain::time::civil_date;
use domain::{AutopayId, CustomerId, FieldErrors, FieldProblem, SavedMethodId, Zone};
use store::saved_methods::SavedMethod;

use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::saved_methods::{agreed_to, boxed, row};
use super::{code, kept_forms, respond};
use crate::operations::autopay::{self, Standing};
use crate::operations::payments::saved::{self, Kept};

/// `POST /c/{customer}/methods/{method}/autopay`: what is due is charged to it, once the reader proved who they are.
pub async fn turn_on(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let method: SavedMethodId = request.id("method")?;
    let found = saved::kept(request.env(), &request.principal, customer).await?;
    let kept = found.methods.iter().find(|kept| kept.id == method).ok_or(Problem::NotFound)?;
    let consent = match agreed_to(&request, found.locale, words(&found, kept)) {
        Ok(Some(consent)) => Ok(consent),
        Ok(None) => Err(FieldProblem::Required),
        Err(problem) => Err(problem),
    };
    let consent = match consent {
        Ok(consent) => consent,
        Err(problem) => {
            let errors = FieldErrors::one(AGREED, problem);
            let back = format!("/c/{customer}/methods");
            return kept_forms::refuse(&request, &kept_name(customer), &back, &errors).await;
        }
    };
    if let Some(page) = code::ask_first(&request).await? {
        return Ok(page);
    }
    autopay::turn_on(request.env(), &request.principal, customer, method, &consent).await?;
    Ok(respond::see_other(&format!("/c/{customer}/methods?done=autopay-on")))
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
        offers: could.map(|kept| AutopayOffer { method: row(kept), consent: words(found, kept) }).collect(),
        paused: !offered.enabled,
        form: kept_forms::recall(request, &kept_name(customer)).await?.unwrap_or_default(),
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

fn kept_name(customer: CustomerId) -> String {
    format!("autopay {customer}")
}
