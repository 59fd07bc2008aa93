//! Back from the provider's page: a hint that something happened, no more. The operation asks the provider.

use app::portal::returned::{self as page, From, Outcome, PaidFor, ReturnedPage};
use axum::http::StatusCode;
use domain::payment::AttemptState;
use domain::time::{add_days, civil_date};
use domain::{AttemptId, CustomerId, InvoiceId};
use store::attempts::Attempt;

use crate::operations::payments::{self, Returned, ReturnedError};
use crate::operations::portal::{self, View};
use crate::web::problem::Problem;
use crate::web::request::Request;
use crate::web::routes::Answer;
use crate::web::{pages, respond};

/// `GET /i/{invoice}/return`
pub async fn to_invoice(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let found = look(&request).await?;
    let paid = found.invoices.iter().find(|paid| paid.invoice == id).ok_or(Problem::NotFound)?;
    let from = From::Invoice { id, number: paid.number.clone() };
    show(&request, found, from).await
}

/// `GET /c/{customer}/return`
pub async fn to_all(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let found = look(&request).await?;
    let currency = found.attempt.amount.currency();
    show(&request, found, From::All { customer, currency }).await
}

async fn look(request: &Request) -> Result<Returned, Problem> {
    let attempt: AttemptId =
        request.query.get("attempt").and_then(|id| id.parse().ok()).ok_or(Problem::NotFound)?;
    payments::returned(request.env(), &request.principal, attempt).await.map_err(|error| match error {
        ReturnedError::NotPermitted(_) | ReturnedError::NotFound => Problem::NotFound,
        ReturnedError::Store(error) => error.into(),
    })
}

async fn show(request: &Request, found: Returned, from: From) -> Answer {
    // Business, reader and ways to pay are those of each invoice of the customer; the first tells them.
    let first = found.invoices.first().ok_or(Problem::NotFound)?;
    let view = portal::view(request.env(), &request.principal, first.invoice).await?;
    let page = ReturnedPage {
        outcome: outcome(&found.attempt, found.fresh, &view),
        invoices: found
            .invoices
            .into_iter()
            .map(|paid| PaidFor { number: paid.number, part: paid.part, open: paid.open })
            .collect(),
        from,
        business: view.sheet.business.clone(),
    };
    Ok(respond::html(StatusCode::OK, page::page(&pages::frame(request, view.locale), &page)))
}

fn outcome(attempt: &Attempt, fresh: bool, view: &View) -> Outcome {
    let amount = attempt.amount;
    match &attempt.state {
        AttemptState::Succeeded { .. } => Outcome::Paid {
            amount,
            receipt_to: view.sheet.customer.email.as_ref().map(domain::EmailAddress::masked),
        },
        AttemptState::Processing { .. } => {
            let since = civil_date(attempt.changed_at, view.business.time_zone);
            let (_, longest) = attempt.method.settles_in_days();
            Outcome::Processing { amount, settles_about: Some(add_days(since, i64::from(longest))) }
        }
        AttemptState::Failed { code } => Outcome::Failed {
            amount,
            code: *code,
            other_methods: view
                .sheet
                .methods
                .iter()
                .copied()
                .filter(|method| *method != attempt.method && method.is_through_provider())
                .collect(),
        },
        // The provider was asked and knows of no payment.
        AttemptState::Open { .. } | AttemptState::Expired if fresh => Outcome::NotPaid { amount },
        AttemptState::Expired => Outcome::NotPaid { amount },
        AttemptState::Creating | AttemptState::Open { .. } | AttemptState::Unknown => {
            Outcome::Checking { amount }
        }
    }
}
