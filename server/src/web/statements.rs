//! A customer's statement, as both sides see it.

use app::console::statement as console_page;
use app::form::Form;
use app::portal::statement as statement_page;
use axum::http::StatusCode;
use domain::{CustomerId, Locale};

use super::console::around;
use super::request::Request;
use super::routes::Answer;
use super::{form, pages, respond, tables};
use crate::operations::statements;

/// `GET /c/{customer}/statement`: what happened, and what that leaves.
pub async fn for_customer(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request);
    let found = statements::for_customer(request.env(), &request.principal, customer, &wanted).await?;
    let frame = pages::frame(&request, found.locale);
    let page = statement_page::StatementPage { customer, view: view_of(found, &wanted) };
    Ok(respond::html(StatusCode::OK, statement_page::page(&frame, &page)))
}

/// `GET /console/customers/{customer}/statement`
pub async fn of_customer(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request);
    let found = statements::of_customer(request.env(), &request.principal, customer, &wanted).await?;
    let (frame, signed) = around(&request)?;
    let page = console_page::StatementPage { customer, view: view_of(found, &wanted) };
    Ok(respond::html(StatusCode::OK, console_page::page(&frame, &signed, &page)))
}

/// `GET /c/{customer}/statement.csv`: the same as a table, to those who may see the page.
pub async fn table_for_customer(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request);
    let found = statements::for_customer(request.env(), &request.principal, customer, &wanted).await?;
    let locale = pages::frame(&request, found.locale).locale;
    table_of(&found, &wanted, locale, &format!("/c/{customer}/statement"))
}

/// `GET /console/customers/{customer}/statement.csv`
pub async fn table_of_customer(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request);
    let found = statements::of_customer(request.env(), &request.principal, customer, &wanted).await?;
    let (frame, _) = around(&request)?;
    table_of(&found, &wanted, frame.locale, &format!("/console/customers/{customer}/statement"))
}

/// A statement as a file; where something is wrong with what was asked for, its page says what.
fn table_of(found: &statements::Shown, wanted: &statements::Wanted, locale: Locale, page: &str) -> Answer {
    if !found.errors.is_empty() {
        let [currency, from, to] =
            [&wanted.currency, &wanted.from, &wanted.to].map(|typed| form::encode(typed));
        let query = format!("currency={currency}&period_from={from}&period_to={to}");
        return Ok(respond::see_other(&format!("{page}?{query}")));
    }
    let statement = &found.statement;
    let (currency, period) = (statement.closing.currency(), statement.period);
    let name = format!("statement-{}-{}-{}.csv", currency.code(), period.from, period.to);
    tables::csv(&name, &statement_page::table(statement, locale))
}

/// Which statement the address asks for.
fn wanted_of(request: &Request) -> statements::Wanted {
    statements::Wanted {
        currency: request.query.text("currency"),
        from: request.query.text("period_from"),
        to: request.query.text("period_to"),
    }
}

/// A statement as both its pages show it. What was typed stays where something is wrong with it.
fn view_of(found: statements::Shown, wanted: &statements::Wanted) -> statement_page::StatementView {
    let statements::Shown { business, customer, currencies, statement, errors, .. } = found;
    let form = if errors.is_empty() {
        Form::filled([
            ("currency", statement.closing.currency().code().to_owned()),
            ("period_from", statement.period.from.to_string()),
            ("period_to", statement.period.to.to_string()),
        ])
    } else {
        Form::filled([
            ("currency", wanted.currency.clone()),
            ("period_from", wanted.from.clone()),
            ("period_to", wanted.to.clone()),
        ])
    };
    statement_page::StatementView { business, customer, statement, currencies, form: form.refused(errors) }
}
