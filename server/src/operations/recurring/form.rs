//! Setting a recurring invoice up, and changing what is written from now on: what was typed, checked, and kept.

use domain::event::EventKind;
use domain::invoice::{IssueError, issuable};
use domain::number;
use domain::recurring::{Covers, Cycle, RecurringState, Rhythm, Series, Template, Until};
use domain::time::{civil_date, parse_date, start_of_day};
use domain::{CustomerId, Date, FieldErrors, FieldProblem, Locale, Permission, RecurringId};
use store::customers::{self, Customer};
use store::identity::Business;
use store::recurring::{self as rows, Recurring};
use store::{Tx, ledger};

use super::super::invoices::{self, DraftInput};
use super::super::record::Facts;
use super::{Coming, RecurringError, answered, business_of, tell};
use crate::env::{Env, Principal};
use crate::operations::payments::by_hand::{form_of, sent_before};

/// A recurring invoice, as typed.
#[derive(Debug, Clone, Default)]
pub struct RecurringInput {
    /// What the form is known by: sent twice, it sets up one.
    pub form: String,
    /// What each invoice says. Periods of lines are left out: each invoice has its own.
    pub draft: DraftInput,
    /// `week`, `month` or `year`.
    pub cycle: String,
    /// Every so many of them.
    pub every: String,
    /// On the last day of the month.
    pub month_end: bool,
    /// The first date.
    pub first_on: String,
    /// The last date, if there is one.
    pub last_on: String,
    /// After how many it is over, if it is.
    pub count: String,
    /// Which days each is about.
    pub covers: String,
    /// Leave a draft for a person to issue.
    pub as_draft: bool,
}

/// What a form says, checked.
struct Parsed {
    customer: CustomerId,
    template: Template,
    series: Series,
    covers: Covers,
}

impl Parsed {
    /// Whether this is what is written down.
    fn is(&self, known: &Recurring) -> bool {
        (&self.template, self.series, self.covers) == (&known.template, known.series, known.covers)
    }
}

fn parse(input: &RecurringInput, locale: Locale) -> Result<Parsed, FieldErrors> {
    let content = invoices::parse(&input.draft, locale);
    let series = parse_series(input, locale);
    let covers = Covers::from_name(&input.covers)
        .ok_or_else(|| FieldErrors::one("covers", FieldProblem::ChoiceUnknown));
    let content = content.and_then(|content| match issuable(content.currency, &content.lines) {
        Ok(_) => Ok(content),
        Err(error) => Err(FieldErrors::one("lines", not_issuable(&error))),
    });
    match (content, series, covers) {
        (Ok(content), Ok(series), Ok(covers)) => Ok(Parsed {
            customer: content.customer,
            template: Template {
                title: content.title,
                currency: content.currency,
                net_days: content.net_days,
                purchase_order: content.purchase_order,
                project: content.project,
                lines: content.lines,
            },
            series,
            covers,
        }),
        (content, series, covers) => {
            let all = [content.err(), series.err(), covers.err()];
            Err(FieldErrors(all.into_iter().flatten().flat_map(|errors| errors.0).collect()))
        }
    }
}

fn not_issuable(error: &IssueError) -> FieldProblem {
    match error {
        IssueError::NegativeLine => FieldProblem::Negative,
        IssueError::NothingToPay => FieldProblem::NotPositive,
        IssueError::Money(_) => FieldProblem::TooLarge,
        // Neither can come from a form: the one has no lines but blank ones, the other's are counted before.
        IssueError::NoLines | IssueError::TooManyLines | IssueError::NotADraft(_) => FieldProblem::Required,
    }
}

fn parse_series(input: &RecurringInput, locale: Locale) -> Result<Series, FieldErrors> {
    let mut errors = FieldErrors::new();
    let whole = |text: &str, max: u32| {
        let outside = FieldProblem::NumberOutOfRange { min: 1, max: i64::from(max) };
        match number::parse(text, 0, i64::from(max), locale) {
            Ok(found) => u32::try_from(found).ok().filter(|found| *found > 0).ok_or(outside),
            Err(FieldProblem::TooLarge) => Err(outside),
            Err(other) => Err(other),
        }
    };
    let optional = |text: &str| match text.trim() {
        "" => Ok(None),
        text => parse_date(text).map(Some),
    };
    let count = match input.count.trim() {
        "" => Ok(None),
        text => whole(text, Until::COUNT_MAX).map(Some),
    };
    let cycle = Cycle::from_name(&input.cycle).ok_or(FieldProblem::ChoiceUnknown);
    let cycle = errors.check("cycle", cycle);
    let every = errors.check("every", whole(&input.every, u32::from(Rhythm::EVERY_MAX)));
    let first_on = errors.check("first_on", parse_date(&input.first_on));
    let last_on = errors.check("last_on", optional(&input.last_on));
    let count = errors.check("count", count);
    if let (Some(first), Some(Some(last))) = (first_on, last_on)
        && last < first
    {
        errors.push("last_on", FieldProblem::DateBefore { earliest: first });
    }
    let until = match (last_on.flatten(), count.flatten()) {
        (None, None) => Until::Ended,
        (Some(last), None) => Until::Date(last),
        (None, Some(count)) => Until::Count(count),
        (Some(_), Some(_)) => {
            errors.push("count", FieldProblem::NotBesideLastDate);
            Until::Ended
        }
    };
    let every = every.and_then(|every| u8::try_from(every).ok());
    let rhythm = cycle.zip(every).and_then(|(cycle, every)| Rhythm::new(cycle, every, input.month_end));
    match (rhythm, first_on) {
        (Some(rhythm), Some(first_on)) if errors.is_empty() => Ok(Series { rhythm, first_on, until }),
        _ => Err(errors),
    }
}

/// What a form says, checked against the customer it is written to. Dates begin today, or where they began before.
async fn checked(
    tx: &mut Tx,
    business: &Business,
    input: &RecurringInput,
    found: Option<&Recurring>,
    today: Date,
) -> Result<(Customer, Parsed), RecurringError> {
    let parsed = parse(input, input.draft.locale.unwrap_or(business.locale))?;
    let began = found.map(|found| found.series.first_on);
    if parsed.series.first_on < today && began != Some(parsed.series.first_on) {
        return Err(FieldErrors::one("first_on", FieldProblem::DateBefore { earliest: today }).into());
    }
    let unknown = || FieldErrors::one("customer", FieldProblem::ChoiceUnknown);
    let customer = customers::customer(tx, business.id, parsed.customer).await?.ok_or_else(unknown)?;
    parsed.template.check(&parsed.series, parsed.covers, today, customer.locale.spoken())?;
    Ok((customer, parsed))
}

/// Sets a recurring invoice up. Its first date is today or later.
pub async fn create(
    env: &Env,
    principal: &Principal,
    input: &RecurringInput,
) -> Result<RecurringId, RecurringError> {
    let (business, member) = principal.member_with(Permission::IssueInvoices)?;
    let form = form_of(&input.form)?;
    let (new, form) = (env.new_id(), &form);
    let id = env
        .store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            let now = env.business_now();
            let today = civil_date(now, business.time_zone);
            let (customer, parsed) = checked(tx, &business, input, None, today).await?;
            ledger::take_turn(tx, business.id, customer.id).await?;
            if let Some(known) = rows::by_form(tx, business.id, form).await? {
                // What somebody changed since is not what the form says any more.
                let same = known.version > 1
                    || parsed.is(&known) && known.as_draft == input.as_draft && known.customer == customer.id;
                return if same { Ok(known.id) } else { Err(sent_before().into()) };
            }
            let id = new;
            let recurring = Recurring {
                id,
                business: business.id,
                customer: customer.id,
                state: RecurringState::Running,
                template: parsed.template,
                series: parsed.series,
                covers: parsed.covers,
                as_draft: input.as_draft,
                next_from: parsed.series.first_on,
                tries: 0,
                created_by: member,
                version: 1,
                created_at: now,
            };
            let begins = start_of_day(parsed.series.first_on, business.time_zone).max(now);
            rows::insert(tx, &recurring, form, begins).await?;
            tell(tx, env, principal, &recurring, EventKind::RecurringCreated, Facts::default());
            Ok::<_, RecurringError>(id)
        })
        .await?;
    env.nudges.recurring.notify_one();
    Ok(id)
}

/// Changes what is written from now on, and when, over the version that was read. What was written stays as it is, and no date
/// that was dealt with comes again. The customer stays.
pub async fn update(
    env: &Env,
    principal: &Principal,
    id: RecurringId,
    version: i64,
    input: &RecurringInput,
) -> Result<(), RecurringError> {
    let (business, _) = principal.member_with(Permission::IssueInvoices)?;
    env.store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            let found = rows::find(tx, business.id, id).await?.ok_or(RecurringError::NotFound)?;
            let now = env.business_now();
            let today = civil_date(now, business.time_zone);
            let mut input = input.clone();
            input.draft.customer = found.customer.to_string();
            let (_, parsed) = checked(tx, &business, &input, Some(&found), today).await?;
            let changed = Recurring {
                next_from: found.series.keeps_from(found.next_from, today),
                template: parsed.template,
                series: parsed.series,
                covers: parsed.covers,
                as_draft: input.as_draft,
                version,
                ..found.clone()
            };
            if !rows::update(tx, &changed, now).await? {
                return Err(RecurringError::Conflict(Box::new(found)));
            }
            if found.state == RecurringState::Failed {
                answered(tx, business.id, id, now).await?;
            }
            tell(tx, env, principal, &changed, EventKind::RecurringUpdated, Facts::default());
            Ok(())
        })
        .await?;
    env.nudges.recurring.notify_one();
    Ok(())
}

/// The next dates as a form says them, for its preview; none while it cannot be read.
pub async fn preview(
    env: &Env,
    principal: &Principal,
    id: Option<RecurringId>,
    input: &RecurringInput,
) -> Result<Vec<Coming>, RecurringError> {
    let (business, _) = principal.member_with(Permission::IssueInvoices)?;
    let mut tx = env.store.read().await?;
    let business = business_of(&mut tx, business).await?;
    let locale = input.draft.locale.unwrap_or(business.locale);
    let Ok(series) = parse_series(input, locale) else { return Ok(Vec::new()) };
    let dealt_with = match id {
        Some(id) => rows::find(&mut tx, business.id, id).await?.map(|found| found.next_from),
        None => None,
    };
    let today = civil_date(env.business_now(), business.time_zone);
    let from = dealt_with.unwrap_or(series.first_on).max(today);
    let covers = Covers::from_name(&input.covers).unwrap_or(Covers::Nothing);
    Ok(Coming::of(&series, covers, from))
}
