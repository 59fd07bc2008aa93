//! Statements: everything of one customer in one currency, for a span of days, to members and to the customer. [`sending`] has
//! them leave by mail.

pub mod sending;

use domain::invoice::Period;
use domain::sheet::Party;
use domain::statement::{Statement, StatementError as NotMade, earliest, recent, statement};
use domain::time::{civil_date, parse_date};
use domain::{Currency, CustomerId, FieldErrors, FieldProblem, Locale, Permission};
use store::identity::{self, Business};
use store::ledger::statement as books;
use store::{StoreError, Tx, customers};

use super::customers as people;
use super::invoices::party;
use super::portal::{self, PortalError};
use crate::delivery::mail::MailError;
use crate::env::{Env, NotPermitted, PortalAccess, PortalScope, Principal};

/// Why there is no statement.
#[derive(Debug, thiserror::Error)]
pub enum StatementError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such customer, or no link covers everything of theirs.
    #[error("no such customer")]
    NotFound,
    /// The rows make none.
    #[error(transparent)]
    NotMade(#[from] NotMade),
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Its mail could not be written.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Which statement, as typed; what is empty is recent days, and the currency there is most reason to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The currency.
    pub currency: String,
    /// The first day.
    pub from: String,
    /// The last day.
    pub to: String,
}

/// A statement with what stands around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// Who is owed.
    pub business: Party,
    /// Who owes.
    pub customer: Party,
    /// The reader's language and formats, where the reader is the customer.
    pub locale: Locale,
    /// The currencies there is a statement in; never empty.
    pub currencies: Vec<Currency>,
    /// The statement.
    pub statement: Statement,
    /// What is wrong with what was typed: then it is of recent days.
    pub errors: FieldErrors,
}

/// Shows a customer's statement to a member.
pub async fn of_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    wanted: &Wanted,
) -> Result<Shown, StatementError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(StatementError::NotFound)?;
    shown(&mut tx, env, &business, customer, wanted).await
}

/// Shows it to the customer: to the holder of a link over everything of theirs. A link of one invoice covers only that one, and
/// finds nothing here.
pub async fn for_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    wanted: &Wanted,
) -> Result<Shown, StatementError> {
    let access = principal.portal()?.clone();
    of_access(env, &access, customer, wanted).await
}

/// Shows it behind the address of a link over everything of a customer, without a session; who that is, too. Writes nothing, whoever
/// asks. `None` for a link that has expired.
pub async fn by_link(
    env: &Env,
    token: &str,
    wanted: &Wanted,
) -> Result<Option<(CustomerId, Shown)>, StatementError> {
    let access = match portal::access_by_link(env, token).await {
        Ok(access) => access,
        Err(PortalError::Store(error)) => return Err(error.into()),
        Err(_) => return Err(StatementError::NotFound),
    };
    let Some(access) = access else { return Ok(None) };
    let shown = of_access(env, &access, access.customer, wanted).await?;
    Ok(Some((access.customer, shown)))
}

async fn of_access(
    env: &Env,
    access: &PortalAccess,
    customer: CustomerId,
    wanted: &Wanted,
) -> Result<Shown, StatementError> {
    if access.customer != customer || access.scope != PortalScope::Customer {
        return Err(StatementError::NotFound);
    }
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, access.business).await?.ok_or(StatementError::NotFound)?;
    let mut shown = shown(&mut tx, env, &business, customer, wanted).await?;
    shown.locale = portal::locale_of(&mut tx, access, shown.locale).await?;
    Ok(shown)
}

async fn shown(
    tx: &mut Tx,
    env: &Env,
    business: &Business,
    customer: CustomerId,
    wanted: &Wanted,
) -> Result<Shown, StatementError> {
    let found = customers::customer(tx, business.id, customer).await?.ok_or(StatementError::NotFound)?;
    let contacts = customers::contacts(tx, business.id, customer).await?;
    let mut currencies = books::currencies(tx, business.id, customer).await?;
    if currencies.is_empty() {
        currencies.push(business.currency);
    }
    // The business's own currency where there is something in it, else the first there is.
    let usual = if currencies.contains(&business.currency) { business.currency } else { currencies[0] };
    let today = civil_date(env.business_now(), business.time_zone);
    let (currency, period, errors) = match read(wanted, usual, today) {
        Ok((currency, period)) => (currency, period, FieldErrors::new()),
        Err(errors) => (usual, recent(today), errors),
    };
    Ok(Shown {
        business: party(business),
        customer: people::party(&found, &contacts),
        locale: found.locale,
        currencies,
        statement: of(tx, business, customer, currency, period).await?,
        errors,
    })
}

/// A customer's statement in one currency.
pub(super) async fn of(
    tx: &mut Tx,
    business: &Business,
    customer: CustomerId,
    currency: Currency,
    period: Period,
) -> Result<Statement, StatementError> {
    let facts = books::facts(tx, business.id, customer, currency, business.time_zone).await?;
    let claims = books::claims(tx, business.id, customer, currency).await?;
    Ok(statement(currency, &facts, &claims, period)?)
}

/// The currency and the days. What has not happened yet is on no statement.
fn read(wanted: &Wanted, usual: Currency, today: domain::Date) -> Result<(Currency, Period), FieldErrors> {
    let mut errors = FieldErrors::new();
    let or = |typed: &str, else_day| if typed.trim().is_empty() { Ok(else_day) } else { parse_date(typed) };
    let usual_days = recent(today);
    let from = errors.check("period_from", or(&wanted.from, usual_days.from));
    let to = or(&wanted.to, usual_days.to).and_then(|to| {
        let first = from.unwrap_or(to);
        if to > today {
            Err(FieldProblem::DateAfter { latest: today })
        } else {
            Period::new(first, to).map(|period| period.to)
        }
    });
    let to = errors.check("period_to", to);
    if let (Some(from), Some(to)) = (from, to)
        && from < earliest(to)
    {
        errors.push("period_from", FieldProblem::DateBefore { earliest: earliest(to) });
    }
    let currency = match wanted.currency.trim() {
        "" => Ok(usual),
        code => Currency::parse(code),
    };
    let currency = errors.check("currency", currency);
    match (from, to, currency) {
        (Some(from), Some(to), Some(currency)) if errors.is_empty() => Ok((currency, Period { from, to })),
        _ => Err(errors),
    }
}
