//! What people do about following up: holds, approvals, contacts they made, calls.

use app::console::Done;
use app::console::handling::{Back, Draft, HoldRow};
use app::console::holds::{self as holds_page, HoldsPage};
use app::console::parked::{self as parked_page, ParkedPage, ParkedRow};
use app::form::Form;
use axum::http::StatusCode;
use domain::schedule::StepId;
use domain::{CustomerId, HoldId, InvoiceId, ReceivableId, TaskId};
use store::holds::StoredHold;

use super::super::form::Fields;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::{after, around};
use crate::operations::follow_up::contacts_made::{self, CallMade, ContactError, ContactMade, With};
use crate::operations::follow_up::holds::{self, HoldError, HoldInput, Listed, On};
use crate::operations::follow_up::quarantine::{self, Parked};
use crate::operations::follow_up::{self, approvals};

/// The name under which a refused form for a hold on several invoices is kept.
pub(super) const HOLD_LISTED: &str = "hold";

/// `GET /console/holds`
pub async fn holds(request: Request) -> Answer {
    let found = holds::standing(request.env(), &request.principal).await?;
    let refused = refused_hold(&request).await?;
    let (frame, signed) = around(&request)?;
    let view = HoldsPage { rows: found.into_iter().map(hold_row).collect(), refused };
    Ok(respond::html(StatusCode::OK, holds_page::page(&frame, &signed, &view)))
}

/// What would be said, as pages show it.
pub(super) fn draft_view(draft: follow_up::draft::Draft) -> Draft {
    let follow_up::draft::Draft { at, channel, to, subject, text } = draft;
    Draft { at, channel, to, subject, text }
}

/// A hold as lists show it.
pub(super) fn hold_row(listed: Listed) -> HoldRow {
    let Listed { stored: StoredHold { customer: id, hold, .. }, customer, invoice, author, wants_review } =
        listed;
    HoldRow {
        id: hold.id,
        kind: hold.kind,
        note: hold.note,
        until: hold.until,
        author: author.map(domain::Name::into_string),
        placed_at: hold.placed_at,
        customer: id,
        customer_name: customer.map(domain::Name::into_string).unwrap_or_default(),
        invoice,
        wants_review,
    }
}

/// The form for another date that was refused here, with the hold it is about: `?hold=` names it.
pub(super) async fn refused_hold(request: &Request) -> Result<Option<(HoldId, Form)>, Problem> {
    let Some(hold) = request.query.get("hold").and_then(|id| id.parse::<HoldId>().ok()) else {
        return Ok(None);
    };
    let form = kept_forms::recall(request, &format!("hold {hold}")).await?;
    Ok(form.map(|form| (hold, form)))
}

fn hold_input(form: &Fields) -> HoldInput {
    HoldInput { kind: form.text("hold_kind"), note: form.text("hold_note"), until: form.text("hold_until") }
}

/// `POST /console/holds`: on everything of a `customer`, or on each `invoice`.
pub async fn place(request: Request) -> Answer {
    let form = &request.form;
    let chosen: Vec<InvoiceId> = form.all("invoice").filter_map(|id| id.parse().ok()).collect();
    let customer = form.get("customer").map(str::parse::<CustomerId>).transpose();
    let customer = customer.map_err(|_| Problem::NotFound)?;
    let (on, name, back) = match (customer, &chosen[..]) {
        (Some(customer), _) => {
            (On::Customer(customer), format!("hold {customer}"), format!("/console/customers/{customer}"))
        }
        (None, [invoice]) if form.get("back") != Some("list") => {
            (On::Invoices(chosen.clone()), format!("hold {invoice}"), format!("/console/invoices/{invoice}"))
        }
        (None, _) => (On::Invoices(chosen), HOLD_LISTED.to_owned(), "/console/invoices".to_owned()),
    };
    match holds::place(request.env(), &request.principal, &on, &hold_input(form)).await {
        Ok(_placed) => Ok(respond::see_other(&after(&back, Done::Held))),
        Err(HoldError::Fields(errors)) => kept_forms::refuse(&request, &name, &back, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// The page that a form about a hold came from.
fn back_from(form: &Fields, hold: &StoredHold, invoice: Option<InvoiceId>) -> String {
    match form.get("back").and_then(Back::from_name) {
        Some(Back::Today) => "/console".to_owned(),
        Some(Back::Customer) => format!("/console/customers/{}", hold.customer),
        Some(Back::Invoice) => match invoice {
            Some(invoice) => format!("/console/invoices/{invoice}"),
            None => format!("/console/customers/{}", hold.customer),
        },
        Some(Back::Holds) | None => "/console/holds".to_owned(),
    }
}

/// `POST /console/holds/{hold}/end`
pub async fn end(request: Request) -> Answer {
    let id: HoldId = request.id("hold")?;
    let (stored, invoice) = holds::find(request.env(), &request.principal, id).await?;
    holds::end(request.env(), &request.principal, id).await?;
    let back = back_from(&request.form, &stored, invoice);
    Ok(respond::see_other(&after(&back, Done::HoldEnded)))
}

/// `POST /console/holds/{hold}/replace`
pub async fn replace(request: Request) -> Answer {
    let id: HoldId = request.id("hold")?;
    let (stored, invoice) = holds::find(request.env(), &request.principal, id).await?;
    let back = back_from(&request.form, &stored, invoice);
    match holds::replace(request.env(), &request.principal, id, &hold_input(&request.form)).await {
        Ok(_placed) => Ok(respond::see_other(&after(&back, Done::Held))),
        Err(HoldError::Fields(errors)) => {
            let back = format!("{back}?hold={id}");
            kept_forms::refuse(&request, &format!("hold {id}"), &back, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/invoices/{invoice}/approve`
pub async fn approve(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let step = StepId::parse(&request.form.text("step")).map_err(|_| Problem::Malformed)?;
    approvals::approve(request.env(), &request.principal, id, &step).await?;
    let back = match request.form.get("back").and_then(Back::from_name) {
        Some(Back::Today) => "/console".to_owned(),
        _ => format!("/console/invoices/{id}"),
    };
    Ok(respond::see_other(&after(&back, Done::Approved)))
}

/// `POST /console/invoices/{invoice}/contacted`
pub async fn contacted_about(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    note(&request, With::About(id), &format!("contacted {id}"), &format!("/console/invoices/{id}")).await
}

/// `POST /console/customers/{customer}/contacted`
pub async fn contacted(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    note(&request, With::Customer(id), &format!("contacted {id}"), &format!("/console/customers/{id}")).await
}

async fn note(request: &Request, with: With, name: &str, back: &str) -> Answer {
    let form = &request.form;
    let input = ContactMade {
        channel: form.text("contact_channel"),
        at: form.text("contact_at"),
        spoke: form.get("contact_spoke") == Some("yes"),
        note: form.text("contact_note"),
    };
    match contacts_made::note(request.env(), &request.principal, with, &input).await {
        Ok(_noted) => Ok(respond::see_other(&after(back, Done::ContactNoted))),
        Err(ContactError::Fields(errors)) => kept_forms::refuse(request, name, back, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/tasks/{task}/call`
pub async fn finish_call(request: Request) -> Answer {
    let id: TaskId = request.id("task")?;
    let form = &request.form;
    let input = CallMade {
        outcome: form.text("call_outcome"),
        until: form.text("call_until"),
        note: form.text("call_note"),
    };
    match contacts_made::finish_call(request.env(), &request.principal, id, &input).await {
        Ok(_outcome) => Ok(respond::see_other(&after("/console", Done::TaskResolved))),
        Err(ContactError::Fields(errors)) => {
            let back = format!("/console?task={id}");
            kept_forms::refuse(&request, &format!("call {id}"), &back, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/parked`
pub async fn parked(request: Request) -> Answer {
    let after = request.query.get("after").and_then(|id| id.parse().ok());
    let found = quarantine::list(request.env(), &request.principal, after).await?;
    let (frame, signed) = around(&request)?;
    let row = |parked: Parked| ParkedRow {
        receivable: parked.receivable,
        invoice: (parked.invoice, parked.number),
        customer: parked.customer.into_string(),
        due_on: parked.due_on,
        open: parked.open,
        reason: parked.reason,
        foreseen: parked.foreseen,
    };
    let view = ParkedPage { rows: found.rows.into_iter().map(row).collect(), after: found.after };
    Ok(respond::html(StatusCode::OK, parked_page::page(&frame, &signed, &view)))
}

/// `POST /console/parked/release`: what is ticked, or all that the page listed.
pub async fn release(request: Request) -> Answer {
    let field = if request.form.get("all").is_some() { "listed" } else { "receivable" };
    let chosen: Vec<ReceivableId> = request.form.all(field).filter_map(|id| id.parse().ok()).collect();
    quarantine::release(request.env(), &request.principal, &chosen).await?;
    Ok(respond::see_other(&after("/console/parked", Done::Released)))
}
