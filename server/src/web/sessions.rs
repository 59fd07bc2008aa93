//! Who a request's cookies belong to.

use std::fmt::Display;

use domain::{CustomerId, InvoiceId};

use super::cookies;
use super::problem::Problem;
use super::request::Request;
use crate::env::{PortalAccess, Principal};
use crate::operations::identity::{self, Browser};
use crate::operations::portal;

/// Recognises the member whose session the browser holds, if it holds one.
pub async fn recognise_member(mut request: Request) -> Result<Request, Problem> {
    let Some(cookie) = cookies::read(&request.headers, cookies::MEMBER) else { return Ok(request) };
    let Some(found) = identity::authenticate(request.env(), cookie).await? else { return Ok(request) };
    tracing::Span::current().record("business", tracing::field::display(found.business.id));
    tracing::Span::current().record("subject", tracing::field::display(found.member.id));
    request.principal = found.principal();
    request.signed_in = Some(found);
    Ok(request)
}

/// Recognises whoever holds a portal session that covers the invoice in the path; all others are strangers to it.
pub async fn recognise_customer(request: Request) -> Result<Request, Problem> {
    let invoice: InvoiceId = request.id("invoice")?;
    let cookie = cookies::read(&request.headers, cookies::PORTAL).ok_or(Problem::NotFound)?;
    let access = portal::authenticate(request.env(), cookie, invoice).await?;
    holder(request, access, invoice)
}

/// Recognises whoever holds a portal session that covers everything of the customer in the path.
pub async fn recognise_customer_of_all(request: Request) -> Result<Request, Problem> {
    let customer: CustomerId = request.id("customer")?;
    let cookie = cookies::read(&request.headers, cookies::PORTAL).ok_or(Problem::NotFound)?;
    let access = portal::authenticate_customer(request.env(), cookie, customer).await?;
    holder(request, access, customer)
}

fn holder(
    mut request: Request,
    access: Option<PortalAccess>,
    subject: impl Display,
) -> Result<Request, Problem> {
    let access = access.ok_or(Problem::NotFound)?;
    tracing::Span::current().record("business", tracing::field::display(access.business));
    tracing::Span::current().record("subject", tracing::field::display(subject));
    request.principal = Principal::Portal(access);
    Ok(request)
}

/// Where a request came from, as sessions and evidence keep it.
pub fn browser(request: &Request) -> Browser {
    let user_agent = request.headers.get(axum::http::header::USER_AGENT);
    Browser {
        address: Some(request.client.to_string()),
        user_agent: user_agent.and_then(|value| value.to_str().ok()).map(str::to_owned),
    }
}
