//! Drafts: what was typed, checked, and kept.

use domain::event::{Actor, EventKind};
use domain::invoice::{InvoiceLine, InvoiceState, MAX_LINES, NetDays, Period, Quantity, TaxRate, Totals};
use domain::payment::Method;
use domain::time::parse_date;
use domain::{
    Currency, CustomerId, FieldErrors, FieldProblem, InvoiceId, Label, LineId, Locale, LongText, Money,
    Permission, ShortText,
};
use store::Tx;
use store::customers::Customer;
use store::identity::Business;
use store::invoices::{self, Invoice};

use super::super::record::{Facts, Told, actor, record};
use super::{InvoiceError, business_of, customer_of, reviewed};
use crate::env::{Env, Principal};

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
    /// Whose way of writing numbers this is; the business's unless given.
    pub locale: Option<Locale>,
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

/// What a draft says, checked.
pub(in crate::operations) struct Content {
    pub customer: CustomerId,
    pub title: Option<ShortText>,
    pub currency: Currency,
    /// What the customer or the business agreed to, unless given.
    pub net_days: Option<NetDays>,
    pub purchase_order: Option<Label>,
    pub project: Option<Label>,
    pub lines: Vec<InvoiceLine>,
    pub totals: Totals,
}

/// Reads what a form says.
pub(in crate::operations) fn parse(input: &DraftInput, locale: Locale) -> Result<Content, FieldErrors> {
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
            Ok(Content { customer, title, currency, net_days, purchase_order, project, lines, totals })
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
    let locale = input.locale.unwrap_or(business.locale);
    let Ok(currency) = Currency::parse(&input.currency) else { return Ok(None) };
    let mut errors = FieldErrors::new();
    let typed = input.lines.iter().take(MAX_LINES).enumerate().filter(|(_, line)| !line.is_blank());
    let lines: Vec<_> =
        typed.filter_map(|(at, line)| parse_line(&mut errors, at, line, currency, locale)).collect();
    Ok(Totals::of(currency, &lines).ok().filter(|_| errors.is_empty() && !lines.is_empty()))
}

fn line_ids<'a>(env: &Env, lines: &'a [InvoiceLine]) -> Vec<(LineId, &'a InvoiceLine)> {
    lines.iter().map(|line| (env.new_id(), line)).collect()
}

/// Writes a new draft.
pub async fn draft(env: &Env, principal: &Principal, input: DraftInput) -> Result<InvoiceId, InvoiceError> {
    let (business, member) = principal.member_with(Permission::EditInvoices)?;
    let input = &input;
    env.store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            let content = parse(input, input.locale.unwrap_or(business.locale))?;
            draft_in(tx, env, Actor::Member(member), &business, content).await
        })
        .await
}

/// Writes a new draft in a transaction of somebody else's. It is of version 1.
pub(in crate::operations) async fn draft_in(
    tx: &mut Tx,
    env: &Env,
    by: Actor,
    business: &Business,
    content: Content,
) -> Result<InvoiceId, InvoiceError> {
    let customer = customer_of(tx, business.id, content.customer).await?;
    let id = env.new_id();
    let invoice = Invoice {
        id,
        business: business.id,
        customer: customer.id,
        state: InvoiceState::Draft,
        title: content.title,
        currency: content.currency,
        net_days: content.net_days.or(customer.net_days).unwrap_or(business.net_days),
        terms: business.terms.clone(),
        purchase_order: content.purchase_order,
        project: content.project,
        note: None,
        accepted_methods: methods(business, &customer),
        lines: content.lines,
        parties: None,
        void_reason: None,
        created_by: match by {
            Actor::Member(member) => Some(member),
            _ => None,
        },
        version: 1,
        created_at: env.business_now(),
    };
    invoices::insert_draft(tx, &invoice, &content.totals).await?;
    invoices::replace_lines(tx, business.id, id, &line_ids(env, &invoice.lines)).await?;
    let told = Told::new(EventKind::InvoiceDrafted, id)
        .customer(customer.id)
        .invoice(id)
        .facts(Facts { amount: Some(content.totals.total), ..Facts::default() });
    record(tx, env, business.id, by, told);
    Ok(id)
}

/// How an invoice may be paid: what the business takes from such a customer, what was agreed with them first. Which of
/// them can be offered is told where they are: `domain::payment::Offer`.
fn methods(business: &Business, customer: &Customer) -> Vec<Method> {
    let mut methods = business.taken_methods.of(customer.kind).to_vec();
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
            let parsed = parse(input, input.locale.unwrap_or(business.locale))?;
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
            reviewed(tx, env, business, id).await?;
            let told = Told::new(EventKind::InvoiceDiscarded, id).customer(found.customer).invoice(id);
            record(tx, env, business, actor(principal), told);
            Ok(())
        })
        .await
}
