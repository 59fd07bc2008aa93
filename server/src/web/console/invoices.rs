//! Invoices: the list, one invoice, drafts, issuing and voiding, links to hand over.

use app::console::Done;
use app::console::invoice::{self as invoice_page, Handling, NotNow, PortalLink, Refusal};
use app::console::invoice_form::{self as form_page, InvoiceFormPage};
use app::console::invoices::{self as list_page, InvoicesPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::invoice::{InvoiceLine, MAX_LINES, StandingName};
use domain::schedule::{Decision, StepId};
use domain::{InvoiceId, LinkId, Locale, Money};
use store::invoices::Invoice;

use super::super::form::Fields;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, pages, respond};
use super::handling::{HOLD_LISTED, draft_view, hold_row, refused_hold};
use super::{after, around, entry, row};
use crate::operations::customers;
use crate::operations::follow_up::holds;
use crate::operations::follow_up::send_now::{self, SendNowError, Why};
use crate::operations::invoices::{self, Detail, DraftInput, InvoiceError, LineInput, Query};
use crate::operations::{portal, recurring, timeline};

/// `GET /console/invoices`
pub async fn list(request: Request) -> Answer {
    let query = Query {
        standing: request.query.get("state").and_then(StandingName::from_name),
        customer: None,
        search: request.query.text("q"),
        after: request.query.get("after").and_then(|id| id.parse().ok()),
    };
    let (state, search) = (query.standing, query.search.clone());
    let found = invoices::list(request.env(), &request.principal, query).await?;
    let (frame, signed) = around(&request)?;
    let mut counts: Vec<(StandingName, u32)> = Vec::new();
    // Figures come by currency; the tabs count over all of them.
    for figure in found.figures {
        let count = u32::try_from(figure.invoices).unwrap_or(u32::MAX);
        match counts.iter_mut().find(|(standing, _)| *standing == figure.standing) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => counts.push((figure.standing, count)),
        }
    }
    let view = InvoicesPage {
        rows: found.rows.into_iter().map(row).collect(),
        state,
        search,
        counts,
        hold_form: kept_forms::recall(&request, HOLD_LISTED).await?.unwrap_or_default(),
        after: found.after.map(|id| id.to_string()),
    };
    Ok(respond::html(StatusCode::OK, list_page::page(&frame, &signed, &view)))
}

/// `GET /console/invoices/{invoice}`
pub async fn show(request: Request) -> Answer {
    let page = one(&request, request.id("invoice")?, Extra::default()).await?;
    Ok(respond::html(StatusCode::OK, page))
}

/// What an invoice's page shows besides the invoice, right after something was done or refused.
#[derive(Default)]
struct Extra {
    fresh_link: Option<String>,
    refused: Option<Refusal>,
}

async fn one(request: &Request, id: InvoiceId, extra: Extra) -> Result<String, Problem> {
    let (env, principal) = (request.env(), &request.principal);
    let found = invoices::detail(env, principal, id).await?;
    let entries = timeline::of_invoice(env, principal, id).await?;
    let links = portal::links_of(env, principal, id).await?;
    let is_open = found.sheet.balance.open.is_positive() && found.next.is_some();
    let handling = if is_open { Some(handling_of(request, id, &found).await?) } else { None };
    let (frame, signed) = around(request)?;
    let view = invoice_page::InvoicePage {
        sheet: found.sheet,
        customer: found.customer,
        version: found.version,
        next: found.next,
        handling,
        timeline: entries.into_iter().map(entry).collect(),
        recurring: recurring::of_invoice(env, principal, id).await?,
        links: links
            .into_iter()
            .map(|listed| PortalLink {
                id: listed.link.id,
                contact: listed.contact.map(domain::Name::into_string),
                expires_at: listed.link.expires_at,
                opened_at: listed.link.first_used_at,
            })
            .collect(),
        fresh_link: extra.fresh_link,
        refused: extra.refused,
    };
    Ok(invoice_page::page(&frame, &signed, &view))
}

/// `POST /console/invoices/{invoice}/send`
pub async fn send_now(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let step = StepId::parse(&request.form.text("step")).map_err(|_| Problem::Malformed)?;
    match send_now::send_now(request.env(), &request.principal, id, &step).await {
        Ok(()) => Ok(respond::see_other(&after(&format!("/console/invoices/{id}"), Done::SentNow))),
        Err(SendNowError::NotNow { reason, at }) => {
            refused(&request, id, Refusal::NotNow { reason: not_now(reason), at }).await
        }
        Err(SendNowError::Changed) => refused(&request, id, Refusal::Changed).await,
        Err(error) => Err(error.into()),
    }
}

fn not_now(reason: Why) -> NotNow {
    match reason {
        Why::NothingToSay => NotNow::Nothing,
        Why::Held => NotNow::Held,
        Why::OutsideHours => NotNow::OutsideHours,
        Why::HeardJustNow => NotNow::Gap,
        Why::CallCap => NotNow::CallCap,
        Why::Nobody => NotNow::Nobody,
        Why::PersonsToDo => NotNow::ByPerson,
    }
}

/// What people have a say in about an open invoice, with the forms that were refused here.
async fn handling_of(request: &Request, id: InvoiceId, found: &Detail) -> Result<Handling, Problem> {
    let holds = holds::of_invoice(request.env(), &request.principal, id).await?;
    let hold_form = kept_forms::recall(request, &format!("hold {id}")).await?;
    let contact_form = kept_forms::recall(request, &format!("contacted {id}")).await?;
    Ok(Handling {
        holds: holds.into_iter().map(hold_row).collect(),
        sendable: match &found.next {
            Some(Decision::Wait { step, .. }) => Some(step.clone()),
            _ => None,
        },
        draft: found.draft.clone().map(draft_view),
        hold_form: hold_form.unwrap_or_default(),
        contact_form: contact_form.unwrap_or_default(),
        refused_hold: refused_hold(request).await?,
    })
}

/// `GET /console/invoices/new`
pub async fn new(request: Request) -> Answer {
    let currency = request.signed_in.as_ref().ok_or(Problem::Internal)?.business.currency;
    let customer = request.query.text("customer");
    let suggested = || {
        Form::filled([
            ("customer", customer.as_str()),
            ("currency", currency.code()),
            ("lines", "1"),
            ("lines.0.quantity", "1"),
        ])
    };
    let form = kept_forms::recall(&request, "invoice").await?.unwrap_or_else(suggested);
    draft_form(&request, None, form, false, StatusCode::OK).await
}

/// `POST /console/invoices`: saves a new draft, or gives the form back with a line more or less.
pub async fn create(request: Request) -> Answer {
    if let Some(fields) = rearranged(&request.form) {
        let form = Form::filled(fields);
        return draft_form(&request, None, form, false, StatusCode::OK).await;
    }
    match invoices::draft(request.env(), &request.principal, draft_input(&request, &request.form)).await {
        Ok(id) => Ok(respond::see_other(&after(&format!("/console/invoices/{id}"), Done::Saved))),
        Err(InvoiceError::Fields(errors)) => {
            kept_forms::refuse(&request, "invoice", "/console/invoices/new", &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/invoices/{invoice}/edit`
pub async fn edit(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let invoice = invoices::read(request.env(), &request.principal, id).await?;
    if invoice.state.issued().is_some() {
        return Ok(respond::see_other(&format!("/console/invoices/{id}")));
    }
    let form = if let Some(form) = kept_forms::recall(&request, &format!("invoice {id}")).await? {
        form
    } else {
        let business = &request.signed_in.as_ref().ok_or(Problem::Internal)?.business;
        filled(&invoice, pages::members_locale(&request, business))
    };
    draft_form(&request, Some(id), form, false, StatusCode::OK).await
}

/// `POST /console/invoices/{invoice}/edit`
pub async fn update(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    if let Some(fields) = rearranged(&request.form) {
        let form = Form::filled(fields);
        return draft_form(&request, Some(id), form, false, StatusCode::OK).await;
    }
    let version = version(&request.form)?;
    match invoices::update(
        request.env(),
        &request.principal,
        id,
        version,
        draft_input(&request, &request.form),
    )
    .await
    {
        Ok(()) => Ok(respond::see_other(&after(&format!("/console/invoices/{id}"), Done::Saved))),
        Err(InvoiceError::Fields(errors)) => {
            let back = format!("/console/invoices/{id}/edit");
            kept_forms::refuse(&request, &format!("invoice {id}"), &back, &errors).await
        }
        // What was typed stays, now over the version that somebody else saved: a second save is a decision.
        Err(InvoiceError::Conflict(theirs)) if theirs.state.issued().is_none() => {
            let typed = request.form.iter().filter(|(name, _)| *name != "version");
            let theirs_version = theirs.version.to_string();
            let form = Form::filled(typed.chain([("version", theirs_version.as_str())]));
            draft_form(&request, Some(id), form, true, StatusCode::CONFLICT).await
        }
        Err(InvoiceError::Conflict(_)) => refused(&request, id, Refusal::Changed).await,
        Err(error) => Err(error.into()),
    }
}

async fn draft_form(
    request: &Request,
    invoice: Option<InvoiceId>,
    form: Form,
    conflict: bool,
    status: StatusCode,
) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let customers = customers::choices(env, principal).await?;
    let fields = Fields::from_pairs(form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let input = draft_input(request, &fields);
    let lines = input.lines.len();
    let totals = invoices::preview(env, principal, &input).await?;
    let (frame, signed) = around(request)?;
    let view = InvoiceFormPage {
        invoice,
        customers: customers.into_iter().map(|customer| (customer.id, customer.name.into_string())).collect(),
        form,
        lines,
        totals,
        conflict,
    };
    Ok(respond::html(status, form_page::page(&frame, &signed, &view)))
}

/// `POST /console/invoices/{invoice}/issue`
pub async fn issue(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let version = version(&request.form)?;
    match invoices::issue(request.env(), &request.principal, id, version).await {
        Ok(_number) => Ok(respond::see_other(&after(&format!("/console/invoices/{id}"), Done::Issued))),
        Err(InvoiceError::CannotIssue(reason)) => refused(&request, id, Refusal::Issue(reason)).await,
        Err(InvoiceError::Conflict(_)) => refused(&request, id, Refusal::Changed).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/invoices/{invoice}/void`
pub async fn void(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let version = version(&request.form)?;
    let reason = request.form.text("reason");
    match invoices::void(request.env(), &request.principal, id, version, &reason).await {
        Ok(()) => Ok(respond::see_other(&after(&format!("/console/invoices/{id}"), Done::Voided))),
        Err(InvoiceError::CannotVoid(reason)) => refused(&request, id, Refusal::Void(reason)).await,
        Err(InvoiceError::Conflict(_)) => refused(&request, id, Refusal::Changed).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/invoices/{invoice}/discard`
pub async fn discard(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    match invoices::discard(request.env(), &request.principal, id, version(&request.form)?).await {
        Ok(()) => Ok(respond::see_other(&after("/console/invoices", Done::Discarded))),
        Err(InvoiceError::Conflict(_)) => refused(&request, id, Refusal::Changed).await,
        Err(error) => Err(error.into()),
    }
}

async fn refused(request: &Request, id: InvoiceId, refusal: Refusal) -> Answer {
    let page = one(request, id, Extra { refused: Some(refusal), ..Extra::default() }).await?;
    Ok(respond::html(StatusCode::CONFLICT, page))
}

/// `POST /console/invoices/{invoice}/links`: the one answer that shows the new link. It cannot be a redirect, because the
/// link is stored nowhere; reloading it asks the person and makes another.
pub async fn make_link(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let minted = portal::copy_link(request.env(), &request.principal, id).await?;
    let page = one(&request, id, Extra { fresh_link: Some(minted.url), ..Extra::default() }).await?;
    Ok(respond::html(StatusCode::OK, page))
}

/// `POST /console/invoices/{invoice}/links/{link}/revoke`
pub async fn revoke_link(request: Request) -> Answer {
    let id: InvoiceId = request.id("invoice")?;
    let link: LinkId = request.id("link")?;
    portal::revoke_link(request.env(), &request.principal, link).await?;
    Ok(respond::see_other(&after(&format!("/console/invoices/{id}"), Done::LinkRevoked)))
}

/// The version that a form was made from. Without one nobody can tell what would be overwritten.
pub(super) fn version(form: &Fields) -> Result<i64, Problem> {
    form.get("version").and_then(|version| version.parse().ok()).ok_or(Problem::Malformed)
}

/// How many lines a form shows: what it says, within bounds, and at least one.
fn shown_lines(form: &Fields) -> usize {
    form.get("lines").and_then(|lines| lines.parse::<usize>().ok()).unwrap_or(1).clamp(1, MAX_LINES)
}

/// What a draft's form says.
pub(super) fn draft_input(request: &Request, form: &Fields) -> DraftInput {
    let line = |at: usize| {
        let text = |name: &str| form.text(&format!("lines.{at}.{name}"));
        LineInput {
            description: text("description"),
            detail: text("detail"),
            quantity: text("quantity"),
            unit: text("unit"),
            unit_price: text("unit_price"),
            tax_rate: text("tax_rate"),
            period_from: text("period_from"),
            period_to: text("period_to"),
            project: text("project"),
        }
    };
    DraftInput {
        customer: form.text("customer"),
        title: form.text("title"),
        currency: form.text("currency"),
        net_days: form.text("net_days"),
        purchase_order: form.text("purchase_order"),
        project: form.text("project"),
        lines: (0..shown_lines(form)).map(line).collect(),
        locale: request.signed_in.as_ref().map(|member| pages::members_locale(request, &member.business)),
    }
}

/// The fields of a form with a line more or less, if that is what its button asks for.
pub(super) fn rearranged(form: &Fields) -> Option<Vec<(String, String)>> {
    let wanted = form.get("do")?;
    let lines = shown_lines(form);
    let removed = match wanted.strip_prefix("remove_line.") {
        Some(at) => Some(at.parse::<usize>().ok().filter(|at| *at < lines)?),
        None if wanted == "add_line" => None,
        None => return None,
    };
    let lines = match removed {
        Some(_) => lines.saturating_sub(1).max(1),
        None => (lines + 1).min(MAX_LINES),
    };
    let mut fields = vec![("lines".to_owned(), lines.to_string())];
    for (name, value) in form.iter().filter(|(name, _)| !matches!(*name, "do" | "lines")) {
        let name = match (removed, line_of(name)) {
            (Some(removed), Some((at, _))) if at == removed => continue,
            (Some(removed), Some((at, field))) if at > removed => format!("lines.{}.{field}", at - 1),
            _ => name.to_owned(),
        };
        fields.push((name, value.to_owned()));
    }
    Some(fields)
}

/// `lines.3.unit` is the unit of line 3.
fn line_of(name: &str) -> Option<(usize, &str)> {
    let (at, field) = name.strip_prefix("lines.")?.split_once('.')?;
    Some((at.parse().ok()?, field))
}

/// A draft as its form shows it.
fn filled(invoice: &Invoice, locale: Locale) -> Form {
    let mut fields: Vec<(String, String)> = vec![
        ("version".to_owned(), invoice.version.to_string()),
        ("customer".to_owned(), invoice.customer.to_string()),
        ("currency".to_owned(), invoice.currency.code().to_owned()),
        ("net_days".to_owned(), invoice.net_days.days().to_string()),
    ];
    let mut push = |name: String, value: Option<String>| {
        if let Some(value) = value {
            fields.push((name, value));
        }
    };
    push("title".to_owned(), invoice.title.as_ref().map(ToString::to_string));
    push("purchase_order".to_owned(), invoice.purchase_order.as_ref().map(ToString::to_string));
    push("project".to_owned(), invoice.project.as_ref().map(ToString::to_string));
    fields.extend(filled_lines(&invoice.lines, locale));
    Form::filled(fields)
}

/// Lines as their form shows them.
pub(super) fn filled_lines(lines: &[InvoiceLine], locale: Locale) -> Vec<(String, String)> {
    let mut fields = vec![("lines".to_owned(), lines.len().max(1).to_string())];
    let mut push = |name: String, value: Option<String>| {
        fields.extend(value.map(|value| (name, value)));
    };
    for (at, line) in lines.iter().enumerate() {
        let name = |field: &str| format!("lines.{at}.{field}");
        push(name("description"), Some(line.description.to_string()));
        push(name("detail"), line.detail.as_ref().map(ToString::to_string));
        push(name("quantity"), Some(line.quantity.format(locale)));
        push(name("unit"), line.unit.as_ref().map(ToString::to_string));
        push(name("unit_price"), Some(bare(line.unit_price, locale)));
        push(name("tax_rate"), Some(locale.decimal(i64::from(line.tax_rate.basis_points()), 2)));
        push(name("period_from"), line.period.map(|period| period.from.to_string()));
        push(name("period_to"), line.period.map(|period| period.to.to_string()));
        push(name("project"), line.project.as_ref().map(ToString::to_string));
    }
    fields
}

/// An amount as it is typed into a field that has the currency beside it.
fn bare(amount: Money, locale: Locale) -> String {
    locale.decimal(amount.minor(), amount.currency().exponent())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields(text: &str) -> Fields {
        Fields::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_line_is_added_at_the_end_and_taken_from_the_middle() {
        let added = rearranged(&fields("title=T&lines=1&lines.0.unit=h&do=add_line")).unwrap();
        let added = Fields::from_pairs(added);
        assert_eq!(
            (added.get("lines"), added.get("title"), added.get("lines.0.unit")),
            (Some("2"), Some("T"), Some("h"))
        );

        let three = "lines=3&lines.0.unit=a&lines.1.unit=b&lines.2.unit=c&lines.2.detail=x&do=remove_line.1";
        let removed = Fields::from_pairs(rearranged(&fields(three)).unwrap());
        assert_eq!(removed.get("lines"), Some("2"));
        assert_eq!((removed.get("lines.0.unit"), removed.get("lines.1.unit")), (Some("a"), Some("c")));
        assert_eq!((removed.get("lines.1.detail"), removed.get("lines.2.unit")), (Some("x"), None));
    }

    #[test]
    fn the_number_of_lines_is_bounded_whatever_is_sent() {
        for (sent, shown) in
            [("0", 1), ("-1", 1), ("junk", 1), ("99999999999999999999", 1), ("1000000", MAX_LINES)]
        {
            assert_eq!(shown_lines(&fields(&format!("lines={sent}"))), shown, "{sent}");
        }
        assert_eq!(rearranged(&fields("lines=2&do=remove_line.2")), None);
        assert_eq!(rearranged(&fields("lines=2&do=save")), None);
    }
}
