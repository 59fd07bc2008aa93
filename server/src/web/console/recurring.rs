//! Recurring invoices: the list, one of them, and the form that sets one up or changes it.

use app::console::Done;
use app::console::recurring::{
    self as page, Became, DealtRow, PATH, RecurringListPage, RecurringPage, RecurringRefusal, RecurringRow,
};
use app::console::recurring_form::{self as form_page, RecurringFormPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::RecurringId;
use domain::invoice::Period;
use domain::recurring::{Covers, Cycle, RecurringState, Until};
use domain::time::parse_date;
use domain::{Date, Locale};
use store::recurring::{Outcome, Recurring};

use super::super::form::Fields;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, pages, respond};
use super::invoices::{draft_input, filled_lines, rearranged, version};
use super::{after, around, money};
use crate::operations::invoices::InvoiceError;
use crate::operations::recurring::{self, Change, Coming, Dealt, Listed, RecurringError, RecurringInput};
use crate::operations::{customers, invoices};

/// `GET /console/recurring`
pub async fn list(request: Request) -> Answer {
    let customer = request.query.get("customer").and_then(|id| id.parse().ok());
    let after = request.query.get("after").and_then(|id| id.parse().ok());
    let (found, next) = recurring::list(request.env(), &request.principal, customer, after).await?;
    let (frame, signed) = around(&request)?;
    let view = RecurringListPage { rows: found.into_iter().map(row).collect(), customer, after: next };
    Ok(respond::html(StatusCode::OK, page::list(&frame, &signed, &view)))
}

/// One in a list.
pub(super) fn row(listed: Listed) -> RecurringRow {
    let Listed { recurring, customer, total, next_on } = listed;
    RecurringRow {
        id: recurring.id,
        name: recurring.template.name().map(ToString::to_string).unwrap_or_default(),
        customer: (recurring.customer, customer.into_string()),
        state: recurring.state,
        series: recurring.series,
        total,
        next_on,
    }
}

/// `GET /console/recurring/{recurring}`
pub async fn show(request: Request) -> Answer {
    one(&request, request.id("recurring")?, None, StatusCode::OK).await
}

async fn one(
    request: &Request,
    id: RecurringId,
    refused: Option<RecurringRefusal>,
    status: StatusCode,
) -> Answer {
    let found = recurring::detail(request.env(), &request.principal, id).await?;
    let (frame, signed) = around(request)?;
    let view = RecurringPage {
        lines: found.listed.recurring.template.lines.clone(),
        as_draft: found.listed.recurring.as_draft,
        row: row(found.listed),
        missed: dates(&found.missed),
        coming: dates(&found.coming),
        dealt: found.dealt.into_iter().map(dealt_row).collect(),
        refused,
    };
    Ok(respond::html(status, page::page(&frame, &signed, &view)))
}

fn dates(coming: &[Coming]) -> Vec<(Date, Option<Period>)> {
    coming.iter().map(|date| (date.on, date.period)).collect()
}

fn dealt_row(dealt: Dealt) -> DealtRow {
    let became = match (dealt.outcome, dealt.invoice) {
        (Outcome::Issued(id) | Outcome::Drafted(Some(id)), Some((number, standing, total))) => {
            let number = number.map(|number| number.to_string());
            Became::Invoice { id, number, standing: standing.name(), total }
        }
        (Outcome::Issued(_) | Outcome::Drafted(_), _) => Became::Gone,
        (Outcome::Skipped, _) => Became::Skipped,
    };
    DealtRow { on: dealt.on, became }
}

/// `GET /console/recurring/new`
pub async fn new(request: Request) -> Answer {
    let signed_in = request.signed_in.as_ref().ok_or(Problem::Internal)?;
    let (customer, entry) = (request.query.text("customer"), money::entry(&request));
    let suggested = || {
        Form::filled([
            ("customer", customer.as_str()),
            ("currency", signed_in.business.currency.code()),
            ("cycle", Cycle::Month.as_str()),
            ("every", "1"),
            ("covers", Covers::Ahead.as_str()),
            ("lines", "1"),
            ("lines.0.quantity", "1"),
            ("entry", entry.as_str()),
        ])
    };
    let form = kept_forms::recall(&request, "recurring").await?.unwrap_or_else(suggested);
    form_answer(&request, None, form, false, StatusCode::OK).await
}

/// `POST /console/recurring/new`: sets one up, or gives the form back with a line more or less, or with the next dates.
pub async fn create(request: Request) -> Answer {
    if let Some(form) = brought_back(&request.form) {
        return form_answer(&request, None, form, false, StatusCode::OK).await;
    }
    match recurring::create(request.env(), &request.principal, &input(&request, &request.form)).await {
        Ok(id) => Ok(respond::see_other(&after(&format!("{PATH}/{id}"), Done::Saved))),
        Err(RecurringError::Fields(errors)) => {
            kept_forms::refuse(&request, "recurring", &format!("{PATH}/new"), &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/recurring/{recurring}/edit`
pub async fn edit(request: Request) -> Answer {
    let id: RecurringId = request.id("recurring")?;
    let found = recurring::read(request.env(), &request.principal, id).await?;
    if found.state == RecurringState::Ended {
        return Ok(respond::see_other(&format!("{PATH}/{id}")));
    }
    let form = if let Some(form) = kept_forms::recall(&request, &format!("recurring {id}")).await? {
        form
    } else {
        let business = &request.signed_in.as_ref().ok_or(Problem::Internal)?.business;
        filled(&found, pages::members_locale(&request, business))
    };
    form_answer(&request, Some(&found), form, false, StatusCode::OK).await
}

/// `POST /console/recurring/{recurring}/edit`
pub async fn update(request: Request) -> Answer {
    let id: RecurringId = request.id("recurring")?;
    if let Some(form) = brought_back(&request.form) {
        let found = recurring::read(request.env(), &request.principal, id).await?;
        return form_answer(&request, Some(&found), form, false, StatusCode::OK).await;
    }
    let version = version(&request.form)?;
    let input = input(&request, &request.form);
    match recurring::update(request.env(), &request.principal, id, version, &input).await {
        Ok(()) => Ok(respond::see_other(&after(&format!("{PATH}/{id}"), Done::Saved))),
        Err(RecurringError::Fields(errors)) => {
            let back = format!("{PATH}/{id}/edit");
            kept_forms::refuse(&request, &format!("recurring {id}"), &back, &errors).await
        }
        // What was typed stays, now over what somebody else saved: a second save is a decision.
        Err(RecurringError::Conflict(theirs)) if theirs.state != RecurringState::Ended => {
            let typed = request.form.iter().filter(|(name, _)| *name != "version");
            let theirs_version = theirs.version.to_string();
            let form = Form::filled(typed.chain([("version", theirs_version.as_str())]));
            form_answer(&request, Some(&theirs), form, true, StatusCode::CONFLICT).await
        }
        Err(RecurringError::Conflict(_)) => refused(&request, id, RecurringRefusal::Changed).await,
        Err(error) => Err(error.into()),
    }
}

/// The form as it was typed, if its button asks for a line more or less, or for the next dates.
fn brought_back(form: &Fields) -> Option<Form> {
    if form.get("do") == Some("show_dates") {
        return Some(Form::filled(form.iter().filter(|(name, _)| *name != "do")));
    }
    rearranged(form).map(Form::filled)
}

async fn form_answer(
    request: &Request,
    edited: Option<&Recurring>,
    form: Form,
    conflict: bool,
    status: StatusCode,
) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let customers = customers::choices(env, principal).await?;
    let fields = Fields::from_pairs(form.fields().map(|(name, value)| (name.to_owned(), value.to_owned())));
    let input = input(request, &fields);
    let lines = input.draft.lines.len();
    let totals = invoices::preview(env, principal, &input.draft).await?;
    let coming = recurring::preview(env, principal, edited.map(|found| found.id), &input).await?;
    let (frame, signed) = around(request)?;
    let name_of = |found: &Recurring| {
        let name = customers.iter().find(|customer| customer.id == found.customer);
        (found.id, name.map(|customer| customer.name.to_string()).unwrap_or_default())
    };
    let view = RecurringFormPage {
        edited: edited.map(name_of),
        customers: customers.iter().map(|customer| (customer.id, customer.name.to_string())).collect(),
        form,
        lines,
        totals,
        coming: dates(&coming),
        conflict,
    };
    Ok(respond::html(status, form_page::page(&frame, &signed, &view)))
}

/// `POST /console/recurring/{recurring}/pause`
pub async fn pause(request: Request) -> Answer {
    change(request, Change::Pause).await
}

/// `POST /console/recurring/{recurring}/resume`
pub async fn resume(request: Request) -> Answer {
    change(request, Change::Resume).await
}

/// `POST /console/recurring/{recurring}/try-again`
pub async fn try_again(request: Request) -> Answer {
    change(request, Change::TryAgain).await
}

/// `POST /console/recurring/{recurring}/end`
pub async fn end(request: Request) -> Answer {
    change(request, Change::End).await
}

async fn change(request: Request, change: Change) -> Answer {
    let id: RecurringId = request.id("recurring")?;
    match recurring::change(request.env(), &request.principal, id, change).await {
        Ok(()) => Ok(respond::see_other(&after(&format!("{PATH}/{id}"), Done::Saved))),
        Err(RecurringError::Conflict(_)) => refused(&request, id, RecurringRefusal::Changed).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/recurring/{recurring}/missed`: writes the dates that are ticked, and leaves the others out up to the last that was
/// shown.
pub async fn missed(request: Request) -> Answer {
    let id: RecurringId = request.id("recurring")?;
    // Without a date to decide about, the form has none.
    let through = match request.form.get("through") {
        Some(date) => parse_date(date).map_err(|_| Problem::Malformed)?,
        None => Date::MIN,
    };
    let chosen: Result<Vec<Date>, _> = request.form.all("date").map(parse_date).collect();
    let chosen = chosen.map_err(|_| Problem::Malformed)?;
    match recurring::decide(request.env(), &request.principal, id, through, &chosen).await {
        Ok(_) => Ok(respond::see_other(&after(&format!("{PATH}/{id}"), Done::Saved))),
        Err(RecurringError::Conflict(_)) => refused(&request, id, RecurringRefusal::Changed).await,
        Err(RecurringError::Fields(errors)) if errors.of("dates").is_some() => {
            refused(&request, id, RecurringRefusal::Changed).await
        }
        Err(
            RecurringError::Fields(_)
            | RecurringError::Invoice(InvoiceError::CannotIssue(_) | InvoiceError::Fields(_)),
        ) => refused(&request, id, RecurringRefusal::NotWritten).await,
        Err(error) => Err(error.into()),
    }
}

async fn refused(request: &Request, id: RecurringId, refusal: RecurringRefusal) -> Answer {
    one(request, id, Some(refusal), StatusCode::CONFLICT).await
}

fn input(request: &Request, form: &Fields) -> RecurringInput {
    let mut draft = draft_input(request, form);
    for line in &mut draft.lines {
        // Each invoice has days of its own.
        line.period_from.clear();
        line.period_to.clear();
    }
    RecurringInput {
        form: form.text("entry"),
        draft,
        cycle: form.text("cycle"),
        every: form.text("every"),
        month_end: form.get("month_end").is_some(),
        first_on: form.text("first_on"),
        last_on: form.text("last_on"),
        count: form.text("count"),
        covers: form.text("covers"),
        as_draft: form.get("as_draft").is_some(),
    }
}

/// One as its form shows it.
fn filled(recurring: &Recurring, locale: Locale) -> Form {
    let Recurring { template, series, .. } = recurring;
    let text = |name: &str, value: String| (name.to_owned(), value);
    let mut fields = vec![
        text("version", recurring.version.to_string()),
        text("customer", recurring.customer.to_string()),
        text("currency", template.currency.code().to_owned()),
        text("cycle", series.rhythm.cycle().as_str().to_owned()),
        text("every", series.rhythm.every().to_string()),
        text("first_on", series.first_on.to_string()),
        text("covers", recurring.covers.as_str().to_owned()),
    ];
    let optional = [
        ("title", template.title.as_ref().map(ToString::to_string)),
        ("net_days", template.net_days.map(|days| days.days().to_string())),
        ("purchase_order", template.purchase_order.as_ref().map(ToString::to_string)),
        ("project", template.project.as_ref().map(ToString::to_string)),
        ("month_end", series.rhythm.month_end().then(|| "yes".to_owned())),
        ("as_draft", recurring.as_draft.then(|| "yes".to_owned())),
        match series.until {
            Until::Ended => ("last_on", None),
            Until::Date(last) => ("last_on", Some(last.to_string())),
            Until::Count(count) => ("count", Some(count.to_string())),
        },
    ];
    fields.extend(optional.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    fields.extend(filled_lines(&template.lines, locale));
    Form::filled(fields)
}
