//! The customer's pages.
//!
//! The link's own address shows the invoice and changes nothing, whoever opens it: mail scanners do too. The first form
//! a person sends carries the link along and is exchanged for a session; from then on addresses are clean.

use app::portal::{credit_note as credit_note_page, expired, invoice, open_invoices as all_page, renewed};
use domain::sheet::InvoiceSheet;

use super::problem::Problem;
use super::request::Request;
use super::routes::Answer;
use super::{code, cookies, form, pages, respond, sessions};
use crate::env::PortalScope;
use crate::operations::limits::{self, Limit};
use crate::operations::payments::credit_notes;
use crate::operations::portal::{self, OpenInvoices, Opened, PortalError, View};
use axum::http::StatusCode;
use domain::{Currency, CustomerId, InvoiceId};

/// `GET /l/{token}`
pub async fn link(request: Request) -> Answer {
    let token = request.param("token")?;
    match portal::open(request.env(), token).await {
        Ok(Opened::View(view)) => {
            let access = app::portal::Access::Link { token: token.to_owned() };
            Ok(show(&request, *view, access))
        }
        Ok(Opened::All(found)) => {
            let access = app::portal::Access::Link { token: token.to_owned() };
            Ok(show_all(&request, *found, access))
        }
        Ok(Opened::Expired(found)) => {
            let frame = pages::frame(&request, found.locale);
            let view = expired::ExpiredPage {
                business: found.business.into_string(),
                token: token.to_owned(),
                masked_email: found.masked_email,
            };
            Ok(respond::html(StatusCode::OK, expired::page(&frame, &view)))
        }
        Err(error) => Err(unknown_link(&request, error).await?),
    }
}

/// `POST /l/open`: a person acted. The link becomes a session, the address a clean one.
pub async fn open(request: Request) -> Answer {
    let token = request.form.text("link");
    // On a page of several invoices the form names the one it stands beside.
    let chosen = match request.form.get("invoice") {
        Some(id) => Some(id.parse().map_err(|_| Problem::NotFound)?),
        None => None,
    };
    let (held, browser) = (cookies::read(&request.headers, cookies::PORTAL), sessions::browser(&request));
    let entered = match portal::exchange(request.env(), &token, chosen, held, browser).await {
        Ok(entered) => entered,
        // Expired while it was open in a tab: the link's own page says so.
        Err(PortalError::NotFound) if is_expired(&request, &token).await? => {
            return Ok(respond::see_other(&format!("/l/{}", form::encode(&token))));
        }
        Err(error) => return Err(unknown_link(&request, error).await?),
    };
    let customer = entered.access.customer;
    let next = request.form.get("next");
    let together = next.and_then(|next| next.strip_prefix("pay-")).and_then(Currency::from_code);
    let to = match (next, entered.invoice, together) {
        (_, None, Some(currency)) => format!("/c/{customer}/pay?currency={currency}"),
        (Some("statement"), None, None) => format!("/c/{customer}/statement"),
        (Some("all"), _, _) | (_, None, None) => format!("/c/{customer}"),
        (Some("pay"), Some(invoice), _) => format!("/i/{invoice}/pay"),
        (_, Some(invoice), _) => format!("/i/{invoice}"),
    };
    let mut response = respond::see_other(&to);
    if let Some((cookie, expires_at)) = entered.cookie {
        let lives = (expires_at - request.env().machine_now()).to_std().unwrap_or_default();
        cookies::put(&mut response, cookies::PORTAL, &cookie, lives);
    }
    Ok(response)
}

/// `POST /l/renew`: mails a fresh link to the contact on file.
pub async fn renew(request: Request) -> Answer {
    let token = request.form.text("link");
    match portal::renew(request.env(), &token).await {
        Ok(found) => {
            let frame = pages::frame(&request, found.locale);
            let view = renewed::RenewedPage {
                business: found.business.into_string(),
                masked_email: found.masked_email,
            };
            Ok(respond::html(StatusCode::OK, renewed::page(&frame, &view)))
        }
        Err(error) => Err(unknown_link(&request, error).await?),
    }
}

/// `GET /i/{invoice}`
pub async fn invoice(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let view = portal::view(request.env(), &request.principal, id).await?;
    Ok(show(&request, view, app::portal::Access::Session))
}

/// `GET /c/{customer}`: everything open of a customer.
pub async fn open_invoices(request: Request) -> Answer {
    let id: CustomerId = request.id("customer")?;
    let found = portal::open_invoices(request.env(), &request.principal, id).await?;
    Ok(show_all(&request, found, app::portal::Access::Session))
}

/// `POST /i/{invoice}/all`: from one invoice on to everything of the customer, once the reader proved who they are.
pub async fn all_of_theirs(request: Request) -> Answer {
    let invoice: InvoiceId = request.id("invoice")?;
    if let Some(page) = code::ask_first(&request).await? {
        return Ok(page);
    }
    let to = match request.form.get("next") {
        Some("pay") => format!("/i/{invoice}/pay"),
        _ => format!("/c/{}", request.principal.portal().map_err(|_| Problem::NotFound)?.customer),
    };
    Ok(respond::see_other(&to))
}

/// `POST /c/{customer}/contact`: on to how the reader is contacted, once they proved who they are.
pub async fn contact_preferences(request: Request) -> Answer {
    if let Some(page) = code::ask_first(&request).await? {
        return Ok(page);
    }
    Ok(respond::see_other(&portal::own_way_out(request.env(), &request.principal).await?))
}

/// `GET /i/{invoice}/credit-notes/{credit_note}`
pub async fn credit_note(request: Request) -> Answer {
    let (invoice, note) = (request.id("invoice")?, request.id("credit_note")?);
    let (sheet, locale) =
        credit_notes::for_customer(request.env(), &request.principal, invoice, note).await?;
    let frame = pages::frame(&request, locale);
    Ok(respond::html(StatusCode::OK, credit_note_page::page(&frame, &sheet)))
}

fn show_all(request: &Request, found: OpenInvoices, access: app::portal::Access) -> axum::response::Response {
    let frame = pages::frame(request, found.locale);
    let page = all_page::OpenInvoicesPage {
        business: found.business,
        customer_id: found.customer,
        customer: found.customer_name.into_string(),
        today: found.today,
        access,
        open: found
            .open
            .into_iter()
            .map(|invoice| all_page::OpenInvoice {
                can_pay: invoice.can_pay(),
                id: invoice.id,
                number: invoice.number.into_string(),
                title: invoice.title.map(domain::ShortText::into_string),
                issued_on: invoice.issued_on,
                due_on: invoice.due_on,
                standing: invoice.standing,
                balance: invoice.balance,
            })
            .collect(),
        paid: found
            .paid
            .into_iter()
            .map(|invoice| all_page::PaidInvoice {
                id: invoice.id,
                number: invoice.number.into_string(),
                title: invoice.title.map(domain::ShortText::into_string),
                paid: invoice.paid,
                paid_on: invoice.paid_on,
            })
            .collect(),
    };
    respond::html(StatusCode::OK, all_page::page(&frame, &page))
}

fn show(request: &Request, view: View, access: app::portal::Access) -> axum::response::Response {
    let frame = pages::frame(request, view.locale);
    let page = invoice::InvoicePage {
        can_pay: can_pay(&view.sheet),
        today: view.today,
        access,
        settles_about: None,
        all_of: (view.access.scope == PortalScope::Customer).then_some(view.access.customer),
        others: view
            .others
            .into_iter()
            .map(|other| invoice::OtherInvoice {
                id: other.id,
                number: other.number.into_string(),
                title: other.title.map(domain::ShortText::into_string),
                due_on: other.due_on,
                open: other.balance.open,
            })
            .collect(),
        sheet: view.sheet,
    };
    respond::html(StatusCode::OK, invoice::page(&frame, &page))
}

/// Whether something can be paid, in a way that the business takes.
fn can_pay(sheet: &InvoiceSheet) -> bool {
    sheet.balance.payable().is_positive() && !sheet.methods.is_empty()
}

async fn is_expired(request: &Request, token: &str) -> Result<bool, Problem> {
    match portal::open(request.env(), token).await {
        Ok(Opened::Expired(_)) => Ok(true),
        Ok(Opened::View(_) | Opened::All(_)) | Err(PortalError::NotFound) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The answer to a link that opens nothing. Guesses are counted by address: a token cannot be guessed, but whoever tries
/// should not have the server's time for it.
pub(super) async fn unknown_link(request: &Request, error: PortalError) -> Result<Problem, Problem> {
    if matches!(error, PortalError::NotFound) {
        limits::take(request.env(), Limit::UNKNOWN_LINK, &request.client.to_string()).await??;
    }
    Ok(error.into())
}
