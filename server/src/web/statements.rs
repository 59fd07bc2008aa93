//! A customer's statement, as both sides see it.

use app::console::{Done, statement as console_page};
use app::form::Form;
use app::portal::{Access, statement as statement_page};
use axum::http::StatusCode;
use domain::{CustomerId, Locale, Permission};

use super::console::{after, around};
use super::request::Request;
use super::routes::Answer;
use super::{form, pages, portal, respond, tables};
use crate::operations::portal::PortalError;
use crate::operations::statements::{self, StatementError, sending};

/// `GET /c/{customer}/statement`: what happened, and what that leaves.
pub async fn for_customer(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request.query);
    let found = statements::for_customer(request.env(), &request.principal, customer, &wanted).await?;
    let frame = pages::frame(&request, found.locale);
    let page =
        statement_page::StatementPage { customer, access: Access::Session, view: view_of(found, &wanted) };
    Ok(respond::html(StatusCode::OK, statement_page::page(&frame, &page)))
}

/// `GET /l/{token}/statement`: where the button of a statement's mail leads. Like the link alone it shows and changes nothing.
pub async fn by_link(request: Request) -> Answer {
    let token = request.param("token")?;
    let wanted = wanted_of(&request.query);
    match statements::by_link(request.env(), token, &wanted).await {
        Ok(Some((customer, found))) => {
            let frame = pages::frame(&request, found.locale);
            let access = Access::Link { token: token.to_owned() };
            let page = statement_page::StatementPage { customer, access, view: view_of(found, &wanted) };
            Ok(respond::html(StatusCode::OK, statement_page::page(&frame, &page)))
        }
        // The link's own page says that it has expired, and offers a fresh one.
        Ok(None) => Ok(respond::see_other(&format!("/l/{}", form::encode(token)))),
        Err(StatementError::NotFound) => Err(portal::unknown_link(&request, PortalError::NotFound).await?),
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/customers/{customer}/statement`
pub async fn of_customer(request: Request) -> Answer {
    let wanted = wanted_of(&request.query);
    shown(&request, &wanted, None, StatusCode::OK).await
}

/// `POST /console/customers/{customer}/statement`: has it sent.
pub async fn send(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request.form);
    match sending::send_now(request.env(), &request.principal, customer, &wanted).await? {
        Ok(()) => Ok(respond::see_other(&after(&format!("/console/customers/{customer}"), Done::SentNow))),
        Err(reason) => {
            let reason = match reason {
                sending::NotSent::NothingToTell => console_page::NotSent::NothingToTell,
                sending::NotSent::Before => console_page::NotSent::Before,
                sending::NotSent::Unreachable => console_page::NotSent::Unreachable,
            };
            shown(&request, &wanted, Some(reason), StatusCode::CONFLICT).await
        }
    }
}

async fn shown(
    request: &Request,
    wanted: &statements::Wanted,
    not_sent: Option<console_page::NotSent>,
    status: StatusCode,
) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let (env, principal) = (request.env(), &request.principal);
    let found = statements::of_customer(env, principal, customer, wanted).await?;
    let (frame, signed) = around(request)?;
    let mail = if signed.may(Permission::SendReminders) {
        sending::draft(env, principal, customer, &found.statement).await?
    } else {
        None
    };
    let mail = mail.map(|sending::Drafted { to, subject, text }| console_page::Mail { to, subject, text });
    let page = console_page::StatementPage { customer, view: view_of(found, wanted), mail, not_sent };
    Ok(respond::html(status, console_page::page(&frame, &signed, &page)))
}

/// `GET /c/{customer}/statement.csv`: the same as a table, to those who may see the page.
pub async fn table_for_customer(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request.query);
    let found = statements::for_customer(request.env(), &request.principal, customer, &wanted).await?;
    let locale = pages::frame(&request, found.locale).locale;
    table_of(&found, &wanted, locale, &format!("/c/{customer}/statement"))
}

/// `GET /console/customers/{customer}/statement.csv`
pub async fn table_of_customer(request: Request) -> Answer {
    let customer: CustomerId = request.id("customer")?;
    let wanted = wanted_of(&request.query);
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

/// Which statement is asked for.
fn wanted_of(fields: &form::Fields) -> statements::Wanted {
    statements::Wanted {
        currency: fields.text("currency"),
        from: fields.text("period_from"),
        to: fields.text("period_to"),
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
