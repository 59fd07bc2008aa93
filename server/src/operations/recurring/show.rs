//! What is shown of recurring invoices: what was written, and what comes.

use domain::invoice::{Period, Standing};
use domain::recurring::{Covers, Occurrence as Place, RecurringState, Series};
use domain::time::civil_date;
use domain::{CustomerId, Date, InvoiceId, Label, Money, Name, Permission, RecurringId};
use store::recurring::{self as rows, Outcome, Recurring};
use store::{Tx, customers, invoices};

use super::{RecurringError, business_of};
use crate::env::{Env, Principal};

/// How many a page of the list shows.
pub const PAGE: usize = 50;

/// The most dates that were dealt with that one shows.
const MOST_DATES: i64 = 200;

/// How many dates ahead are shown.
const AHEAD: usize = 6;

/// One in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is and how it stands.
    pub recurring: Recurring,
    /// Who it is written to.
    pub customer: Name,
    /// What each invoice comes to.
    pub total: Money,
    /// The next date, if it is dealt with without a person.
    pub next_on: Option<Date>,
}

/// A date that comes, or passed without an invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coming {
    /// Which.
    pub on: Date,
    /// The days that the invoice is about.
    pub period: Option<Period>,
}

impl Coming {
    /// The next dates of a series from a day on.
    pub(super) fn of(series: &Series, covers: Covers, from: Date) -> Vec<Self> {
        series.from(from).take(AHEAD).map(|place| Self::at(series, covers, place)).collect()
    }

    fn at(series: &Series, covers: Covers, place: Place) -> Self {
        Self { on: place.on, period: series.period(place.place, covers) }
    }
}

/// A date that was dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dealt {
    /// Which.
    pub on: Date,
    /// What became of it.
    pub outcome: Outcome,
    /// The invoice's number, once it has one, how it stands and what it comes to.
    pub invoice: Option<(Option<Label>, Standing, Money)>,
}

/// One, with what was written and what comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What it is and how it stands.
    pub listed: Listed,
    /// The dates that a person is asked about.
    pub missed: Vec<Coming>,
    /// The next dates, were it running.
    pub coming: Vec<Coming>,
    /// The dates that were dealt with, the newest first.
    pub dealt: Vec<Dealt>,
}

/// As it is written down, for the form that edits it.
pub async fn read(env: &Env, principal: &Principal, id: RecurringId) -> Result<Recurring, RecurringError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    rows::find(&mut tx, business, id).await?.ok_or(RecurringError::NotFound)
}

/// Lists those of a business, or of one customer, those that ended last: a page from after the named one on, and where the next
/// page goes on, if there is more.
pub async fn list(
    env: &Env,
    principal: &Principal,
    customer: Option<CustomerId>,
    after: Option<RecurringId>,
) -> Result<(Vec<Listed>, Option<RecurringId>), RecurringError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let one_more = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = rows::list(&mut tx, business, customer, after, one_more).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let next = rows.last().map(|last| last.id).filter(|_| more);
    let mut found = Vec::with_capacity(rows.len());
    for recurring in rows {
        found.push(listed(&mut tx, recurring).await?);
    }
    Ok((found, next))
}

async fn listed(tx: &mut Tx, recurring: Recurring) -> Result<Listed, RecurringError> {
    let customer = customers::customer(tx, recurring.business, recurring.customer).await?;
    let customer = customer.ok_or(RecurringError::NotFound)?.name;
    let total = recurring.template.totals().map_err(super::InvoiceError::Money)?.total;
    let next_on = recurring.next_on();
    Ok(Listed { recurring, customer, total, next_on })
}

/// Shows one.
pub async fn detail(env: &Env, principal: &Principal, id: RecurringId) -> Result<Detail, RecurringError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = business_of(&mut tx, business).await?;
    let today = civil_date(env.business_now(), business.time_zone);
    let found = rows::find(&mut tx, business.id, id).await?.ok_or(RecurringError::NotFound)?;
    let mut dealt = Vec::new();
    for kept in rows::kept(&mut tx, business.id, id, MOST_DATES).await? {
        let summary = match kept.outcome.invoice() {
            Some(invoice) => invoices::summary(&mut tx, business.id, invoice, today).await?,
            None => None,
        };
        let invoice = summary.map(|summary| {
            let number = summary.state.issued().map(|issued| issued.number.clone());
            (number, summary.standing, summary.balance.total)
        });
        dealt.push(Dealt { on: kept.on, outcome: kept.outcome, invoice });
    }
    let (series, covers) = (&found.series, found.covers);
    let passed = if found.state == RecurringState::Missed {
        series.missed(found.next_from, today)
    } else {
        Vec::new()
    };
    let coming = match found.state {
        RecurringState::Ended => Vec::new(),
        RecurringState::Running | RecurringState::Failed => Coming::of(series, covers, found.next_from),
        // What passed is asked about, or left out.
        RecurringState::Missed => Coming::of(series, covers, domain::time::add_days(today, 1)),
        RecurringState::Paused => Coming::of(series, covers, found.next_from.max(today)),
    };
    let missed = passed.into_iter().map(|place| Coming::at(series, covers, place)).collect();
    Ok(Detail { listed: listed(&mut tx, found).await?, missed, coming, dealt })
}

/// What an invoice was written by, if it was.
pub async fn of_invoice(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<Option<RecurringId>, RecurringError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    Ok(rows::of_invoice(&mut tx, business, invoice).await?)
}
