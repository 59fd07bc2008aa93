//! A bank statement to try the import with: made of what is open at the moment it is asked for, so that every kind of match occurs.

use domain::bank::reference::CreditorReference;
use domain::bank::statement::OpenInvoice;
use domain::time::{add_days, civil_date};
use domain::{Date, Money, Permission};
use store::{StoreError, bank_statements, identity};

use crate::env::{Env, NotPermitted, Principal};

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub enum SampleError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The business is gone.
    #[error("no such business")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// How far back it looks for a payment that a member recorded.
const RECORDED_WITHIN_DAYS: i64 = 90;

/// A table as a bank would give it out today: an invoice paid by its reference, one paid in part, one paid without a word, the money
/// of a payment that was recorded by hand, a stranger's, and the rent.
pub async fn statement(env: &Env, principal: &Principal) -> Result<String, SampleError> {
    let (business, _) = principal.member_with(Permission::RecordPayments)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(SampleError::NotFound)?;
    let today = civil_date(env.business_now(), business.time_zone);
    let mut open = bank_statements::open_invoices(&mut tx, business.id).await?;
    open.retain(|item| item.payable.currency() == business.currency);
    let since = add_days(today, -RECORDED_WITHIN_DAYS);
    let mut recorded = bank_statements::recorded_payments(&mut tx, business.id, since).await?;
    recorded.retain(|payment| payment.amount.currency() == business.currency && payment.told_by.is_empty());
    recorded.sort_by_key(|payment| (payment.received_on, payment.payment));

    let yesterday = add_days(today, -1);
    let mut rows = vec!["Date;Name;Description;Amount;Currency\n".to_owned()];
    let mut row = |on: Date, name: &str, what: &str, amount: Money| {
        let (name, what, figures) = (plain(name), plain(what), amount.to_plain());
        rows.push(format!("{on};{name};{what};{figures};{}\n", amount.currency().code()));
    };
    let mut open = open.iter();
    if let Some(OpenInvoice { number, customer_name, payable, .. }) = open.next() {
        let reference =
            CreditorReference::of_number(number).map_or_else(|| number.clone(), |found| found.format());
        row(yesterday, customer_name, &reference, *payable);
    }
    if let Some(OpenInvoice { number, customer_name, payable, .. }) = open.next() {
        let part = payable.split(2).ok().and_then(|parts| parts.first().copied()).unwrap_or(*payable);
        row(yesterday, customer_name, &format!("First part of {number}"), part);
    }
    if let Some(OpenInvoice { customer_name, payable, .. }) = open.next() {
        row(yesterday, customer_name, "With thanks", *payable);
    }
    if let Some(payment) = recorded.last() {
        row(payment.received_on, &payment.customer_name, &payment.numbers.join(", "), payment.amount);
    }
    let sum = |minor| Money::new(minor, business.currency).unwrap_or(Money::zero(business.currency));
    row(yesterday, "A. Stranger", "For the lamp", sum(4_200));
    row(yesterday, "Harbour Property", "Rent of the studio", sum(-95_000));
    Ok(rows.concat())
}

/// Without what separates columns.
fn plain(text: &str) -> String {
    text.replace([';', '"', '\n', '\r'], " ")
}
