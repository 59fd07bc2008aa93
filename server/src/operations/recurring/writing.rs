//! Writing what is due, asking about what was missed or failed, and doing what a person decided about it.

use domain::event::{Actor, EventKind};
use domain::invoice::issuable;
use domain::recurring::{Look, Occurrence as Place, RecurringState};
use domain::task::TaskKind;
use domain::time::{add_days, civil_date};
use domain::{BusinessId, Date, FieldErrors, FieldProblem, Permission, RecurringId};
use serde_json::json;
use store::identity::Business;
use store::recurring::{self as rows, Occurrence, Outcome, Recurring, Stand};
use store::tasks::{self, NewTask};
use store::{StoreError, Tx, customers};

use super::super::invoices::{self, Content, InvoiceError};
use super::super::record::{Facts, actor, raise_task};
use super::super::retries::backoff;
use super::{RecurringError, answered, business_of, looked_at, tell};
use crate::env::{Env, Principal};

/// How many are looked at in one run.
const BATCH: i64 = 200;

/// So often one is tried again before a person is asked.
const TRIES_MAX: u32 = 5;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Invoices issued.
    pub issued: usize,
    /// Drafts left for a person.
    pub drafted: usize,
    /// Recurring invoices of which dates had passed: a person is asked.
    pub missed: usize,
    /// Put off.
    pub put_off: usize,
    /// Could not be written: a person is asked.
    pub failed: usize,
    /// More are due.
    pub more: bool,
}

/// Writes what is due, each in a transaction of its own.
pub async fn write_due(env: &Env, principal: &Principal) -> Result<Written, RecurringError> {
    principal.internal()?;
    let due = {
        let mut tx = env.store.read().await?;
        rows::due(&mut tx, env.business_now(), BATCH).await?
    };
    let mut written =
        Written { more: i64::try_from(due.len()).is_ok_and(|found| found >= BATCH), ..Written::default() };
    for (business, id) in due {
        match env.store.transact(async |tx| look_at(tx, env, business, id).await).await {
            Ok(Done::Nothing) => {}
            Ok(Done::Wrote(Outcome::Issued(_))) => written.issued += 1,
            Ok(Done::Wrote(_)) => written.drafted += 1,
            Ok(Done::Asked) => written.missed += 1,
            Err(error) => {
                tracing::warn!(%business, recurring = %id, %error, "a recurring invoice could not be written");
                match env.store.transact(async |tx| not_written(tx, env, business, id, &error).await).await? {
                    Done::Asked => written.failed += 1,
                    Done::Nothing | Done::Wrote(_) => written.put_off += 1,
                }
            }
        }
    }
    if written.issued > 0 {
        env.nudges.planner.notify_one();
    }
    Ok(written)
}

/// What a look at one came to.
enum Done {
    Nothing,
    Wrote(Outcome),
    Asked,
}

async fn look_at(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    id: RecurringId,
) -> Result<Done, RecurringError> {
    let Some(found) = rows::find(tx, business, id).await? else { return Ok(Done::Nothing) };
    if found.state != RecurringState::Running {
        return Ok(Done::Nothing);
    }
    let business = business_of(tx, business).await?;
    let now = env.business_now();
    let today = civil_date(now, business.time_zone);
    match found.series.look(found.next_from, today) {
        Look::Nothing(next) => {
            let at = looked_at(&business, next, now);
            rows::move_on(tx, &found.stand(), RecurringState::Running, found.next_from, at, now).await?;
            Ok(Done::Nothing)
        }
        Look::Write(place) => {
            let next_from = add_days(place.on, 1);
            let at = looked_at(&business, found.series.next_from(next_from), now);
            if !rows::move_on(tx, &found.stand(), RecurringState::Running, next_from, at, now).await? {
                return Ok(Done::Nothing);
            }
            Ok(Done::Wrote(write(tx, env, Actor::System, &business, &found, place).await?))
        }
        Look::Ask => {
            let asked = ask(tx, env, Actor::System, &found.stand(), TaskKind::RecurringMissed).await?;
            Ok(if asked { Done::Asked } else { Done::Nothing })
        }
    }
}

/// Writes the invoice of one date, which the series has moved past in this transaction.
async fn write(
    tx: &mut Tx,
    env: &Env,
    by: Actor,
    business: &Business,
    recurring: &Recurring,
    place: Place,
) -> Result<Outcome, RecurringError> {
    let template = &recurring.template;
    let customer = customers::customer(tx, business.id, recurring.customer).await?;
    let customer = customer.ok_or(RecurringError::NotFound)?;
    let period = recurring.series.period(place.place, recurring.covers);
    let filled = template.fill(period, customer.locale.spoken())?;
    let totals = issuable(template.currency, &filled.lines).map_err(InvoiceError::CannotIssue)?;
    let content = Content {
        customer: customer.id,
        title: filled.title,
        currency: template.currency,
        net_days: template.net_days,
        purchase_order: template.purchase_order.clone(),
        project: template.project.clone(),
        lines: filled.lines,
        totals,
    };
    let invoice = invoices::draft_in(tx, env, by, business, content).await?;
    let now = env.business_now();
    let outcome = if recurring.as_draft {
        let task = NewTask {
            id: env.new_id(),
            business: business.id,
            kind: TaskKind::ReviewDraft,
            dedup_key: format!("review_draft:{invoice}"),
            subject: invoice.into(),
            customer: Some(customer.id),
            // Not named as the task's invoice: the draft may be thrown away.
            invoice: None,
            step: None,
            data: json!({ "recurring": recurring.id }),
            created_at: now,
            due_at: None,
        };
        raise_task(tx, env, by, &task, Facts::default()).await?;
        Outcome::Drafted(Some(invoice))
    } else {
        invoices::issue_in(tx, env, by, business, invoice, 1).await?;
        Outcome::Issued(invoice)
    };
    rows::keep(tx, (business.id, recurring.id), &Occurrence { on: place.on, outcome, at: now }).await?;
    Ok(outcome)
}

/// Asks a person, and looks no more until they have answered. False when somebody else dealt with it meanwhile.
async fn ask(tx: &mut Tx, env: &Env, by: Actor, found: &Stand, kind: TaskKind) -> Result<bool, StoreError> {
    let state =
        if kind == TaskKind::RecurringMissed { RecurringState::Missed } else { RecurringState::Failed };
    let now = env.business_now();
    if !rows::move_on(tx, found, state, found.next_from, None, now).await? {
        return Ok(false);
    }
    let task = NewTask {
        id: env.new_id(),
        business: found.business,
        kind,
        dedup_key: format!("{kind}:{}:{}", found.id, found.next_from),
        subject: found.id.into(),
        customer: Some(found.customer),
        invoice: None,
        step: None,
        data: json!({}),
        created_at: now,
        due_at: None,
    };
    if !raise_task(tx, env, by, &task, Facts::default()).await? {
        // It was asked before, and what was done about it did not help.
        tasks::ask_again(tx, found.business, &task.dedup_key, now).await?;
    }
    Ok(true)
}

/// Puts off what may work in a while, and asks a person about the rest. It is not read again as a whole: that may be what fails.
async fn not_written(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    id: RecurringId,
    error: &RecurringError,
) -> Result<Done, StoreError> {
    let Some(stand) = rows::stand(tx, business, id).await? else { return Ok(Done::Nothing) };
    if stand.state != RecurringState::Running {
        return Ok(Done::Nothing);
    }
    if error.is_passing() && stand.tries < TRIES_MAX {
        let until = env.business_now() + backoff(stand.tries.saturating_add(1));
        rows::put_off(tx, &stand, until).await?;
        return Ok(Done::Nothing);
    }
    let asked = ask(tx, env, Actor::System, &stand, TaskKind::RecurringFailed).await?;
    Ok(if asked { Done::Asked } else { Done::Nothing })
}

/// Does what a person decided about the dates up to `through` that had passed: writes those that are `chosen`, dated today and about
/// their own days, and leaves the others out. Dates that were not shown to them are looked at afresh.
pub async fn decide(
    env: &Env,
    principal: &Principal,
    id: RecurringId,
    through: Date,
    chosen: &[Date],
) -> Result<usize, RecurringError> {
    let (business, member) = principal.member_with(Permission::IssueInvoices)?;
    let written = env
        .store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            let found = rows::find(tx, business.id, id).await?.ok_or(RecurringError::NotFound)?;
            let now = env.business_now();
            let today = civil_date(now, business.time_zone);
            let mut missed = found.series.missed(found.next_from, today);
            missed.retain(|place| place.on <= through);
            if chosen.iter().any(|on| !missed.iter().any(|place| place.on == *on)) {
                return Err(FieldErrors::one("dates", FieldProblem::ChoiceUnknown).into());
            }
            let past = missed.last().map_or(found.next_from, |last| add_days(last.on, 1));
            let running = RecurringState::Running;
            if found.state != RecurringState::Missed
                || !rows::move_on(tx, &found.stand(), running, past, Some(now), now).await?
            {
                return Err(RecurringError::Conflict(Box::new(found)));
            }
            let mut written = 0;
            for place in missed {
                if chosen.contains(&place.on) {
                    write(tx, env, Actor::Member(member), &business, &found, place).await?;
                    written += 1;
                } else {
                    let skipped = Occurrence { on: place.on, outcome: Outcome::Skipped, at: now };
                    rows::keep(tx, (business.id, id), &skipped).await?;
                }
            }
            answered(tx, business.id, id, now).await?;
            let facts = Facts { count: i64::try_from(written).ok(), ..Facts::default() };
            tell(tx, env, principal, &found, EventKind::RecurringCaughtUp, facts);
            Ok(written)
        })
        .await?;
    env.nudges.planner.notify_one();
    env.nudges.recurring.notify_one();
    Ok(written)
}

/// Has a person asked about whatever is due now in all businesses, in the transaction that keeps back what came from a backup: it
/// may have been written since. How many are asked about.
pub async fn keep_back(tx: &mut Tx, env: &Env, principal: &Principal) -> Result<usize, StoreError> {
    let mut asked = 0;
    for (business, id) in rows::due(tx, env.business_now(), i64::MAX).await? {
        if let Some(stand) = rows::stand(tx, business, id).await?
            && ask(tx, env, actor(principal), &stand, TaskKind::RecurringMissed).await?
        {
            asked += 1;
        }
    }
    Ok(asked)
}
