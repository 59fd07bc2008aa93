//! The business's own bank accounts.

use app::console::Done;
use app::console::bank_accounts::{self as page, BankAccountsPage, PATH};
use app::form::Form;
use axum::http::StatusCode;

use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::{after, around};
use crate::operations::bank_accounts::{self, BankAccountInput};
use crate::operations::payments::credit;
use crate::operations::settings::SettingsError;

/// `GET /console/settings/bank`
pub async fn show(request: Request) -> Answer {
    let (accounts, currency) = bank_accounts::show(request.env(), &request.principal).await?;
    let form = kept_forms::recall(&request, "bank").await?;
    let (frame, signed) = around(&request)?;
    let form = form.unwrap_or_else(|| Form::filled([("currency", currency.code())]));
    let (limit, _) = credit::small_balance(request.env(), &request.principal).await?;
    let limit = limit.map(|limit| frame.locale.decimal(limit.minor(), limit.currency().exponent()));
    let small_balance = kept_forms::recall(&request, "small-balance").await?;
    let small_balance =
        small_balance.unwrap_or_else(|| Form::filled([("small_balance", limit.unwrap_or_default())]));
    let view = BankAccountsPage { accounts, form, small_balance, currency };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `POST /console/settings/bank`
pub async fn save(request: Request) -> Answer {
    let form = &request.form;
    let input = BankAccountInput {
        currency: form.text("currency"),
        bank_holder: form.text("bank_holder"),
        bank_number: form.text("bank_number"),
        bank_routing: form.text("bank_routing"),
        bank_bic: form.text("bank_bic"),
        bank_name: form.text("bank_name"),
    };
    match bank_accounts::save(request.env(), &request.principal, &input).await {
        Ok(()) => Ok(respond::see_other(&after(PATH, Done::Saved))),
        Err(SettingsError::Fields(errors)) => kept_forms::refuse(&request, "bank", PATH, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/settings/bank/remove`
pub async fn remove(request: Request) -> Answer {
    bank_accounts::remove(request.env(), &request.principal, &request.form.text("currency")).await?;
    Ok(respond::see_other(&after(PATH, Done::Saved)))
}
