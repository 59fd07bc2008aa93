//! Invoices: draft, issue, void, list, detail.

use domain::event::EventKind;
use domain::invoice::{
    Balance, InvoiceLine, InvoiceState, IssueError as CannotIssue, MAX_LINES, NetDays, Period, Quantity,
    Standing, StandingName, TaxRate, Totals, VoidError as CannotVoid,
};
use domain::ledger;
use domain::payment::Method;
use domain::schedule::{Decision, Schedule};
use domain::sheet::{InvoiceSheet, Party, Received};
use domain::time::{Date, civil_date, parse_date, start_of_day};
use domain::{
    BusinessId, Currency, CustomerId, FieldErrors, FieldProblem, InvoiceId, Label, LineId, Locale, LongText,
    Money, MoneyError, Permission, ReceivableId, ShortText,
};
use store::customers::{self, Customer};
use store::identity::{self, Business};
use store::invoices::{self, Filter, Invoice, Parties, Summary};
use store::ledger::{self as books, Posting};
use store::receivables::{self, NewReceivable};
use store::{StoreError, Tx};

use super::record::{Facts, Personal, Told, actor, record};
use crate::env::{Env, NotPermitted, PortalAccess, PortalScope, Principal};

/// How many invoices a page of the list holds.
pub const PAGE: i64 = 50;

/// A draft, as typed.
#[derive(Debug, Clone, Default)]
pub struct DraftInput {
    /// The customer's id.
    pub customer: String,
    /// What it is about.
    pub title: String,
    /// Three letters.
    pub currency: String,
    /// Days to pay; the customer's or the business's unless given.
    pub net_days: String,
    /// The customer's purchase order number.
    pub purchase_order: String,
    /// The project.
    pub project: String,
    /// The lines; blank ones are left out.
    pub lines: Vec<LineInput>,
}

/// A line, as typed.
#[derive(Debug, Clone, Default)]
pub struct LineInput {
    /// What it is, in a few words.
    pub description: String,
    /// What it is, in more words.
    pub detail: String,
    /// How many.
    pub quantity: String,
    /// Of what.
    pub unit: String,
    /// What one costs, without tax.
    pub unit_price: String,
    /// Percent.
    pub tax_rate: String,
    /// The first day it is about.
    pub period_from: String,
    /// The last day it is about.
    pub period_to: String,
    /// What it belongs to.
    pub project: String,
}

impl LineInput {
    /// Whether nothing was typed. A unit and a tax rate alone say nothing: forms fill them in.
    pub fn is_blank(&self) -> bool {
        [&self.description, &self.detail, &self.unit_price, &self.period_from, &self.period_to, &self.project]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// Why an invoice was not found, written, issued or voided.
#[derive(Debug, thiserror::Error)]
pub enum InvoiceError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such invoice in this business, or the principal's links do not cover it.
    #[error("no such invoice")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else changed it meanwhile, or it is no draft any more: how it is now.
    #[error("somebody else changed the invoice")]
    Conflict(Box<Invoice>),
    /// It cannot be issued.
    #[error(transparent)]
    CannotIssue(#[from] CannotIssue),
    /// It cannot be voided.
    #[error(transparent)]
    CannotVoid(#[from] CannotVoid),
    /// Amounts beyond all bounds.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a draft's form says, checked.
struct Parsed {
    customer: CustomerId,
    title: Option<ShortText>,
    currency: Currency,
    net_days: Option<NetDays>,
    purchase_order: Option<Label>,
    project: Option<Label>,
    lines: Vec<InvoiceLine>,
    totals: Totals,
}

fn parse(input: &DraftInput, locale: Locale) -> Result<Parsed, FieldErrors> {
    let mut errors = FieldErrors::new();
    let customer = match input.customer.trim() {
        "" => Err(FieldProblem::Required),
        text => text.parse::<CustomerId>().map_err(|_| FieldProblem::ChoiceUnknown),
    };
    let net_days = match input.net_days.trim() {
        "" => Ok(None),
        text => NetDays::parse(text).map(Some),
    };
    let customer = errors.check("customer", customer);
    let title = errors.check("title", ShortText::parse_optional(&input.title));
    let currency = errors.check("currency", Currency::parse(&input.currency));
    let net_days = errors.check("net_days", net_days);
    let purchase_order = errors.check("purchase_order", Label::parse_optional(&input.purchase_order));
    let project = errors.check("project", Label::parse_optional(&input.project));
    if input.lines.len() > MAX_LINES {
        errors.push("lines", FieldProblem::TooMany { max: MAX_LINES });
    }
    // Prices cannot be read without a currency; its own error stands already.
    let lines = currency.map(|currency| {
        let typed = input.lines.iter().take(MAX_LINES).enumerate().filter(|(_, line)| !line.is_blank());
        typed.filter_map(|(at, line)| parse_line(&mut errors, at, line, currency, locale)).collect::<Vec<_>>()
    });
    let totals = match (currency, &lines) {
        (Some(currency), Some(lines)) => {
            errors.check("lines", Totals::of(currency, lines).map_err(|_| FieldProblem::TooLarge))
        }
        _ => None,
    };
    match (customer, title, currency, net_days, purchase_order, project, lines, totals) {
        (
            Some(customer),
            Some(title),
            Some(currency),
            Some(net_days),
            Some(purchase_order),
            Some(project),
            Some(lines),
            Some(totals),
        ) if errors.is_empty() => {
            Ok(Parsed { customer, title, currency, net_days, purchase_order, project, lines, totals })
        }
        _ => Err(errors),
    }
}

fn parse_line(
    errors: &mut FieldErrors,
    at: usize,
    input: &LineInput,
    currency: Currency,
    locale: Locale,
) -> Option<InvoiceLine> {
    let name = |field: &str| format!("lines.{at}.{field}");
    let optional_date = |text: &str| match text.trim() {
        "" => Ok(None),
        text => parse_date(text).map(Some),
    };
    // One of something is what an empty quantity means.
    let quantity = match input.quantity.trim() {
        "" => Ok(Quantity::ONE),
        text => Quantity::parse(text, locale),
    };
    let description = errors.check(name("description"), ShortText::parse(&input.description));
    let detail = errors.check(name("detail"), LongText::parse_optional(&input.detail));
    let quantity = errors.check(name("quantity"), quantity);
    let unit = errors.check(name("unit"), Label::parse_optional(&input.unit));
    let unit_price = errors.check(name("unit_price"), Money::parse(&input.unit_price, currency, locale));
    let tax_rate = errors.check(name("tax_rate"), TaxRate::parse(&input.tax_rate, locale));
    let period_from = errors.check(name("period_from"), optional_date(&input.period_from));
    let period_to = errors.check(name("period_to"), optional_date(&input.period_to));
    let project = errors.check(name("project"), Label::parse_optional(&input.project));
    let period = match (period_from?, period_to?) {
        (None, None) => None,
        // One day is a period too.
        (Some(day), None) | (None, Some(day)) => Some(Period { from: day, to: day }),
        (Some(from), Some(to)) => Some(errors.check(name("period_to"), Period::new(from, to))?),
    };
    let line = InvoiceLine {
        description: description?,
        detail: detail?,
        quantity: quantity?,
        unit: unit?,
        unit_price: unit_price?,
        tax_rate: tax_rate?,
        period,
        project: project?,
    };
    errors.check(name("unit_price"), line.net().map_err(|_| FieldProblem::TooLarge))?;
    Some(line)
}

/// What the lines of a form come to, for its preview; `None` while they cannot be read.
pub async fn preview(
    env: &Env,
    principal: &Principal,
    input: &DraftInput,
) -> Result<Option<Totals>, InvoiceError> {
    let (business, _) = principal.member_with(Permission::EditInvoices)?;
    let mut tx = env.store.read().await?;
    let business = business_of(&mut tx, business).await?;
    let Ok(currency) = Currency::parse(&input.currency) else { return Ok(None) };
    let mut errors = FieldErrors::new();
    let typed = input.lines.iter().take(MAX_LINES).enumerate().filter(|(_, line)| !line.is_blank());
    let lines: Vec<_> =
        typed.filter_map(|(at, line)| parse_line(&mut errors, at, line, currency, business.locale)).collect();
    Ok(Totals::of(currency, &lines).ok().filter(|_| errors.is_empty() && !lines.is_empty()))
}

async fn business_of(tx: &mut Tx, business: BusinessId) -> Result<Business, InvoiceError> {
    identity::business(tx, business).await?.ok_or(InvoiceError::NotFound)
}

/// The customer an invoice is written to: one of the same business, whatever id was sent.
async fn customer_of(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Customer, InvoiceError> {
    let unknown = || FieldErrors::one("customer", FieldProblem::ChoiceUnknown);
    Ok(customers::customer(tx, business, customer).await?.ok_or_else(unknown)?)
}

fn line_ids<'a>(env: &Env, lines: &'a [InvoiceLine]) -> Vec<(LineId, &'a InvoiceLine)> {
    lines.iter().map(|line| (env.new_id(), line)).collect()
}

/// Writes a new draft.
pub async fn draft(env: &Env, principal: &Principal, input: DraftInput) -> Result<InvoiceId, InvoiceError> {
    let (business, member) = principal.member_with(Permission::EditInvoices)?;
    let id = env.new_id();
    let input = &input;
    env.store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            let parsed = parse(input, business.locale)?;
            let customer = customer_of(tx, business.id, parsed.customer).await?;
            let invoice = Invoice {
                id,
                business: business.id,
                customer: customer.id,
                state: InvoiceState::Draft,
                title: parsed.title,
                currency: parsed.currency,
                net_days: parsed.net_days.or(customer.net_days).unwrap_or(business.net_days),
                terms: business.terms.clone(),
                purchase_order: parsed.purchase_order,
                project: parsed.project,
                note: None,
                accepted_methods: methods(&business, &customer),
                lines: parsed.lines,
                parties: None,
                void_reason: None,
                created_by: Some(member),
                version: 1,
                created_at: env.business_now(),
            };
            invoices::insert_draft(tx, &invoice, &parsed.totals).await?;
            invoices::replace_lines(tx, business.id, id, &line_ids(env, &invoice.lines)).await?;
            let told = Told::new(EventKind::InvoiceDrafted, id)
                .customer(customer.id)
                .invoice(id)
                .facts(Facts { amount: Some(parsed.totals.total), ..Facts::default() });
            record(tx, env, business.id, actor(principal), told);
            Ok::<_, InvoiceError>(())
        })
        .await?;
    Ok(id)
}

/// How an invoice may be paid: what the business takes, what was agreed with the customer first. Which of them exist in
/// the invoice's currency is told where they are offered.
fn methods(business: &Business, customer: &Customer) -> Vec<Method> {
    let mut methods = business.accepted_methods.clone();
    if let Some(agreed) = customer.preferred_method
        && let Some(at) = methods.iter().position(|method| *method == agreed)
    {
        methods[..=at].rotate_right(1);
    }
    methods
}

/// Writes a draft over the version that was read. If somebody else was first, the error carries theirs, so that both can
/// be shown.
pub async fn update(
    env: &Env,
    principal: &Principal,
    id: InvoiceId,
    version: i64,
    input: DraftInput,
) -> Result<(), InvoiceError> {
    let (business, _) = principal.member_with(Permission::EditInvoices)?;
    let input = &input;
    env.store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            let found = invoices::invoice(tx, business.id, id).await?.ok_or(InvoiceError::NotFound)?;
            let parsed = parse(input, business.locale)?;
            if found.version != version || found.state != InvoiceState::Draft {
                return Err(InvoiceError::Conflict(Box::new(found)));
            }
            let customer = customer_of(tx, business.id, parsed.customer).await?;
            let changed = Invoice {
                customer: customer.id,
                title: parsed.title,
                currency: parsed.currency,
                net_days: parsed.net_days.or(customer.net_days).unwrap_or(business.net_days),
                purchase_order: parsed.purchase_order,
                project: parsed.project,
                accepted_methods: methods(&business, &customer),
                lines: parsed.lines,
                ..found.clone()
            };
            if !invoices::update_draft(tx, &changed, &parsed.totals, env.business_now()).await? {
                return Err(InvoiceError::Conflict(Box::new(found)));
            }
            invoices::replace_lines(tx, business.id, id, &line_ids(env, &changed.lines)).await?;
            let told = Told::new(EventKind::InvoiceUpdated, id)
                .customer(customer.id)
                .invoice(id)
                .facts(Facts { amount: Some(parsed.totals.total), ..Facts::default() });
            record(tx, env, business.id, actor(principal), told);
            Ok(())
        })
        .await
}

/// Throws a draft away. Its story stays in the record.
pub async fn discard(
    env: &Env,
    principal: &Principal,
    id: InvoiceId,
    version: i64,
) -> Result<(), InvoiceError> {
    let (business, _) = principal.member_with(Permission::EditInvoices)?;
    env.store
        .transact(async |tx| {
            let found = invoices::invoice(tx, business, id).await?.ok_or(InvoiceError::NotFound)?;
            if !invoices::delete_draft(tx, business, id, version).await? {
                return Err(InvoiceError::Conflict(Box::new(found)));
            }
            let told = Told::new(EventKind::InvoiceDiscarded, id).customer(found.customer).invoice(id);
            record(tx, env, business, actor(principal), told);
            Ok(())
        })
        .await
}

/// A draft, or an issued invoice, as it is written down: for the form that edits it.
pub async fn read(env: &Env, principal: &Principal, id: InvoiceId) -> Result<Invoice, InvoiceError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    invoices::invoice(&mut tx, business, id).await?.ok_or(InvoiceError::NotFound)
}

/// Makes an invoice of a draft.
///
/// One transaction: takes the next number of the year (gapless: a rollback gives it back), fixes issue and due date as
/// civil dates of the business's zone, writes down both parties as they stand, makes the receivable with its ledger rows,
/// and has the planner look at it.
pub async fn issue(
    env: &Env,
    principal: &Principal,
    id: InvoiceId,
    version: i64,
) -> Result<Label, InvoiceError> {
    let (business, _) = principal.member_with(Permission::IssueInvoices)?;
    let number = env
        .store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            issue_in(tx, env, principal, &business, id, version).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(number)
}

async fn issue_in(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    business: &Business,
    id: InvoiceId,
    version: i64,
) -> Result<Label, InvoiceError> {
    let draft = invoices::invoice(tx, business.id, id).await?.ok_or(InvoiceError::NotFound)?;
    if draft.version != version {
        return Err(InvoiceError::Conflict(Box::new(draft)));
    }
    let now = env.business_now();
    let today = civil_date(now, business.time_zone);
    let number = next_number(tx, business.id, today).await?;
    let (state, totals) = draft.state.clone().issue(
        &draft.lines,
        draft.currency,
        number.clone(),
        today,
        draft.net_days,
        now,
    )?;
    let Some(issued) = state.issued() else { return Err(InvoiceError::NotFound) };
    let customer = customer_of(tx, business.id, draft.customer).await?;
    let contacts = customers::contacts(tx, business.id, customer.id).await?;
    let parties = Parties { seller: party(business), buyer: super::customers::party(&customer, &contacts) };
    if !invoices::issue(tx, &draft, issued, &parties).await? {
        return Err(InvoiceError::Conflict(Box::new(draft)));
    }
    let receivable: ReceivableId = env.new_id();
    let schedule = Schedule::standard();
    receivables::create(
        tx,
        &NewReceivable {
            id: receivable,
            business: business.id,
            customer: customer.id,
            invoice: id,
            amount: totals.total,
            due_on: issued.due_on,
            schedule_revision: schedule.revision(),
            next_decision_at: now,
            created_at: now,
        },
    )
    .await?;
    let told = Told::new(EventKind::InvoiceIssued, id).customer(customer.id).invoice(id).facts(Facts {
        number: Some(number.to_string()),
        amount: Some(totals.total),
        ..Facts::default()
    });
    let event = record(tx, env, business.id, actor(principal), told);
    for entry in &ledger::issue(receivable, &totals) {
        let posting = Posting {
            id: env.new_id(),
            business: business.id,
            entry,
            event,
            // The claim exists from the first moment of the issue date, wherever in that day it was clicked.
            happened_at: start_of_day(today, business.time_zone).min(now),
            booked_at: now,
        };
        books::post(tx, &posting).await?;
    }
    Ok(number)
}

/// The next free invoice number of the year: `2026-014`. Numbers that are taken already are passed over.
async fn next_number(tx: &mut Tx, business: BusinessId, today: Date) -> Result<Label, InvoiceError> {
    let year = today.format("%Y");
    loop {
        let next = customers::next_number(tx, business, &format!("invoice {year}")).await?;
        let number = Label::parse(&format!("{year}-{next:03}"));
        let number = number.map_err(|problem| FieldErrors::one("number", problem))?;
        if !invoices::number_is_taken(tx, business, &number).await? {
            return Ok(number);
        }
    }
}

/// Takes an issued invoice back: only while nothing was received for it and no payment may be on its way. Its ledger rows
/// are undone by further rows; its number stays used.
pub async fn void(
    env: &Env,
    principal: &Principal,
    id: InvoiceId,
    version: i64,
    reason: &str,
) -> Result<(), InvoiceError> {
    let (business, _) = principal.member_with(Permission::VoidInvoices)?;
    let reason = ShortText::parse_optional(reason).map_err(|problem| FieldErrors::one("reason", problem))?;
    let reason = reason.as_ref();
    env.store
        .transact(async |tx| {
            let found = invoices::invoice(tx, business, id).await?.ok_or(InvoiceError::NotFound)?;
            // From here nobody else books this customer's money or starts an attempt, so the facts below stay true.
            books::take_turn(tx, business, found.customer).await?;
            let now = env.business_now();
            let business = business_of(tx, business).await?;
            let today = civil_date(now, business.time_zone);
            let summary =
                invoices::summary(tx, business.id, id, today).await?.ok_or(InvoiceError::NotFound)?;
            let received = summary.balance.paid.checked_add(summary.balance.written_off)?;
            found.state.clone().void(received, summary.in_flight, now)?;
            if found.version != version || !invoices::void(tx, &found, reason, now).await? {
                return Err(InvoiceError::Conflict(Box::new(found)));
            }
            let number = found.state.issued().map(|issued| issued.number.to_string());
            let told = Told::new(EventKind::InvoiceVoided, id)
                .customer(found.customer)
                .invoice(id)
                .facts(Facts { number, amount: Some(summary.balance.total), ..Facts::default() })
                .personal(Personal { note: reason.map(ToString::to_string), ..Personal::default() });
            let event = record(tx, env, business.id, actor(principal), told);
            let Some(receivable) = summary.receivable else { return Ok(()) };
            let rows = books::rows_of_receivable(tx, business.id, receivable).await?;
            // Reversals undo the rows of the issue; what was reversed is not to be reversed again.
            let rows: Vec<_> = rows.into_iter().filter(|row| row.entry.reverses.is_none()).collect();
            for entry in &ledger::void(&rows)? {
                let posting = Posting {
                    id: env.new_id(),
                    business: business.id,
                    entry,
                    event,
                    happened_at: now,
                    booked_at: now,
                };
                books::post(tx, &posting).await?;
            }
            receivables::look_again(tx, business.id, receivable, now).await?;
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// Which invoices to list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Only those that stand so.
    pub standing: Option<StandingName>,
    /// Only those of this customer.
    pub customer: Option<CustomerId>,
    /// Only those whose number, title, project, purchase order or customer contains this.
    pub search: String,
    /// Only those written before this one: the next page.
    pub after: Option<InvoiceId>,
}

/// An invoice in a list, with what happens next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// What it is and how it stands.
    pub summary: Summary,
    /// What the follow-up does next, or why nothing; `None` for a draft, and until the planner has looked.
    pub next: Option<Decision>,
}

impl From<Summary> for Listed {
    fn from(summary: Summary) -> Self {
        // A decision that this program cannot read (an older or newer one wrote it) is shown as none: the planner will
        // look again and write its own.
        let next = summary.decision.as_deref().and_then(|decision| serde_json::from_str(decision).ok());
        Self { summary, next }
    }
}

/// A page of invoices, and how many there are of each standing whatever is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// At most [`PAGE`].
    pub rows: Vec<Listed>,
    /// The last row, if more follow: the next page's `after`.
    pub after: Option<InvoiceId>,
    /// How many stand how.
    pub figures: Vec<invoices::Figure>,
}

/// Lists the invoices of a business, the newest first.
pub async fn list(env: &Env, principal: &Principal, query: Query) -> Result<List, InvoiceError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = business_of(&mut tx, business).await?;
    let today = civil_date(env.business_now(), business.time_zone);
    let filter = Filter {
        standing: query.standing,
        customer: query.customer,
        search: query.search.trim().to_owned(),
        after: query.after,
        ..Filter::default()
    };
    let mut rows = invoices::list(&mut tx, business.id, &filter, today, PAGE + 1).await?;
    let more = i64::try_from(rows.len()).is_ok_and(|found| found > PAGE);
    if more {
        rows.pop();
    }
    Ok(List {
        after: rows.last().filter(|_| more).map(|row| row.id),
        rows: rows.into_iter().map(Listed::from).collect(),
        figures: invoices::figures(&mut tx, business.id, today).await?,
    })
}

/// One invoice, as the customer sees it, and what the console knows besides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// What the customer sees.
    pub sheet: InvoiceSheet,
    /// Who owes.
    pub customer: CustomerId,
    /// The version that a change must name.
    pub version: i64,
    /// What the follow-up does next, or why nothing.
    pub next: Option<Decision>,
    /// Why it was voided.
    pub void_reason: Option<ShortText>,
}

/// Shows one invoice to a member.
pub async fn detail(env: &Env, principal: &Principal, id: InvoiceId) -> Result<Detail, InvoiceError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = business_of(&mut tx, business).await?;
    let invoice = invoices::invoice(&mut tx, business.id, id).await?.ok_or(InvoiceError::NotFound)?;
    let today = civil_date(env.business_now(), business.time_zone);
    let summary = invoices::summary(&mut tx, business.id, id, today).await?.ok_or(InvoiceError::NotFound)?;
    let sheet = sheet_of(&mut tx, &business, &invoice, &summary).await?;
    let next = Listed::from(summary).next;
    Ok(Detail {
        sheet,
        customer: invoice.customer,
        version: invoice.version,
        next,
        void_reason: invoice.void_reason,
    })
}

/// The sheet of an issued invoice, for whoever writes about it inside of a transaction: the outbox, the portal.
/// `None` for drafts and for what is not there.
pub async fn sheet(
    tx: &mut Tx,
    env: &Env,
    business: &Business,
    id: InvoiceId,
) -> Result<Option<InvoiceSheet>, InvoiceError> {
    let Some(invoice) = invoices::invoice(tx, business.id, id).await? else { return Ok(None) };
    if invoice.state == InvoiceState::Draft {
        return Ok(None);
    }
    let today = civil_date(env.business_now(), business.time_zone);
    let Some(summary) = invoices::summary(tx, business.id, id, today).await? else { return Ok(None) };
    sheet_of(tx, business, &invoice, &summary).await.map(Some)
}

async fn sheet_of(
    tx: &mut Tx,
    business: &Business,
    invoice: &Invoice,
    summary: &Summary,
) -> Result<InvoiceSheet, InvoiceError> {
    let parties = match &invoice.parties {
        Some(parties) => parties.clone(),
        None => {
            let customer = customer_of(tx, business.id, invoice.customer).await?;
            let contacts = customers::contacts(tx, business.id, customer.id).await?;
            Parties { seller: party(business), buyer: super::customers::party(&customer, &contacts) }
        }
    };
    let received = match summary.receivable {
        Some(receivable) => books::received(tx, business.id, receivable).await?,
        None => Vec::new(),
    };
    let issued = invoice.state.issued();
    Ok(InvoiceSheet {
        id: invoice.id,
        status: invoice.state.status(),
        standing: summary.standing,
        number: issued.map(|issued| issued.number.clone()),
        title: invoice.title.clone(),
        business: parties.seller,
        customer: parties.buyer,
        currency: invoice.currency,
        issued_on: issued.map(|issued| issued.issued_on),
        due_on: issued.map(|issued| issued.due_on),
        terms: invoice.net_days,
        purchase_order: invoice.purchase_order.clone(),
        project: invoice.project.clone(),
        lines: invoice.lines.clone(),
        totals: invoice.totals()?,
        received: received
            .into_iter()
            .map(|payment| Received {
                on: civil_date(payment.happened_at, business.time_zone),
                method: payment.method,
                amount: payment.amount,
            })
            .collect(),
        balance: summary.balance,
        methods: offered(business, invoice),
    })
}

/// The methods that are offered for an invoice now: accepted, in existence for its currency, and possible with what the
/// business has set up.
fn offered(business: &Business, invoice: &Invoice) -> Vec<Method> {
    let possible = |method: &Method| {
        method.works_in(invoice.currency)
            && if method.is_through_provider() { business.stripe.is_some() } else { business.bank.is_some() }
    };
    invoice.accepted_methods.iter().copied().filter(possible).collect()
}

/// The business as an invoice names it.
pub(super) fn party(business: &Business) -> Party {
    Party {
        name: business.name.clone(),
        address: business.address.as_ref().map(super::customers::lines_of).unwrap_or_default(),
        country: Some(business.country),
        email: Some(business.reply_to.clone()),
        phone: business.phone.clone(),
        tax_number: business.tax_number.clone(),
    }
}

/// An open invoice named beside another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Other {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number.
    pub number: Label,
    /// What it is about.
    pub title: Option<ShortText>,
    /// When it is due.
    pub due_on: Date,
    /// How it stands.
    pub standing: Standing,
    /// What is open and on its way.
    pub balance: Balance,
}

/// The open invoices that a portal link covers, oldest due first.
pub(super) async fn covered(
    tx: &mut Tx,
    env: &Env,
    business: &Business,
    access: &PortalAccess,
) -> Result<Vec<Other>, InvoiceError> {
    let today = civil_date(env.business_now(), business.time_zone);
    let filter = Filter {
        customer: Some(access.customer),
        id: match access.scope {
            PortalScope::Invoice(id) => Some(id),
            PortalScope::Customer => None,
        },
        issued_only: true,
        ..Filter::default()
    };
    let rows = invoices::list(tx, business.id, &filter, today, 1000).await?;
    let mut open: Vec<Other> = rows
        .into_iter()
        .filter(|row| row.balance.open.is_positive())
        .filter_map(|row| {
            let InvoiceState::Issued(issued) = row.state else { return None };
            Some(Other {
                id: row.id,
                number: issued.number,
                title: row.title,
                due_on: issued.due_on,
                standing: row.standing,
                balance: row.balance,
            })
        })
        .collect();
    open.sort_by(|one, other| (one.due_on, &one.number).cmp(&(other.due_on, &other.number)));
    Ok(open)
}
