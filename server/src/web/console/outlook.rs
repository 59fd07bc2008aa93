//! The next ninety days.

use app::console::outlook::{self as page, Entry, Held, Of, OutlookPage};
use axum::http::StatusCode;
use domain::{CustomerId, InvoiceId};

use super::super::request::Request;
use super::super::respond;
use super::super::routes::Answer;
use super::around;
use crate::operations::follow_up::preview::{self, Outlook};

/// `GET /console/outlook`
pub async fn of_everything(request: Request) -> Answer {
    let after = request.query.get("after").and_then(|id| id.parse().ok());
    let found = preview::of_everything(request.env(), &request.principal, after).await?;
    shown(&request, Of::Everything, found)
}

/// `GET /console/customers/{customer}/outlook`
pub async fn of_customer(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let (name, found) = preview::of_customer(request.env(), &request.principal, id).await?;
    shown(&request, Of::Customer(id, name), found)
}

/// `GET /console/invoices/{invoice}/outlook`
pub async fn of_invoice(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let (number, found) = preview::of_invoice(request.env(), &request.principal, id).await?;
    shown(&request, Of::Invoice(id, number), found)
}

fn shown(request: &Request, of: Of, found: Outlook) -> Answer {
    let (frame, signed) = around(request)?;
    let entry = |entry: preview::Entry| Entry {
        at: entry.at,
        by: entry.by,
        tone: entry.tone,
        customer: entry.customer,
        parts: entry.parts,
        amount: entry.amount,
    };
    let held =
        |held: preview::Held| Held { customer: held.customer, invoice: held.invoice, reason: held.reason };
    let view = OutlookPage {
        of,
        until: found.until,
        entries: found.entries.into_iter().map(entry).collect(),
        held: found.held.into_iter().map(held).collect(),
        after: found.after.map(|id| id.to_string()),
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}
