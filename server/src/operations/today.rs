//! Today: what needs a person, and what goes on without one.

use std::collections::BTreeMap;

use chrono::Duration;
use domain::alarm::Alarm;
use domain::invoice::{Standing, StandingName};
use domain::message::MessageState;
use domain::schedule::{Decision, HoldReason, Schedule, StepId};
use domain::task::TaskKind;
use domain::time::{civil_date, days_between};
use domain::{Currency, CustomerId, HoldId, Money, MoneyError, Name, Permission, TaskId, Timestamp};
use store::identity;
use store::invoices::{self, Filter};
use store::messages::{self, Message};
use store::tasks::{self, Task};
use store::{StoreError, customers, schedules};

use super::follow_up::draft::{self, Draft};
use super::follow_up::{alarm, holds};
use super::invoices::Listed;
use super::record::{Told, actor, record};
use crate::env::{Env, NotPermitted, Principal};
use domain::event::{EventKind, SubjectKind};

/// The most rows of each kind.
const MOST: i64 = 50;

/// The most tasks that are put in order.
const MOST_TASKS: i64 = 200;

/// Why Today was not shown, or a task not finished.
#[derive(Debug, thiserror::Error)]
pub enum TodayError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such task in this business, or it is done.
    #[error("no such task")]
    NotFound,
    /// Ticking it off would not do what it asks for: it is done by approving, by deciding about a hold, by saying how a call
    /// went, by releasing.
    #[error("it is done by doing what it asks for")]
    NotByTicking,
    /// Amounts beyond all bounds.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A task with what it is about.
#[derive(Debug, Clone, PartialEq)]
pub struct Waiting {
    /// The task.
    pub task: Task,
    /// The customer concerned.
    pub customer: Option<Name>,
    /// The invoice concerned.
    pub invoice: Option<Listed>,
    /// The hold to be looked at.
    pub hold: Option<holds::Listed>,
    /// What would be said once it is approved.
    pub draft: Option<Draft>,
}

/// What needs a person, and what goes on without one.
#[derive(Debug, Clone, PartialEq)]
pub struct Today {
    /// What is open, by currency.
    pub open: Vec<Money>,
    /// What of it is overdue.
    pub overdue: Vec<Money>,
    /// What came in over the last thirty days.
    pub received: Vec<Money>,
    /// What keeps messages from being sent although they should be.
    pub alarms: Vec<Alarm>,
    /// What waits for a person, by money and time.
    pub tasks: Vec<Waiting>,
    /// Messages of which nobody knows whether they arrived, and those that failed.
    pub troubled: Vec<Message>,
    /// Overdue invoices, the longest overdue first.
    pub overdue_invoices: Vec<Listed>,
    /// How many reminders go out on the next day that any does, and when the first does.
    pub upcoming: Option<(u32, Timestamp)>,
    /// Nobody can pay online yet.
    pub lacks_gateway: bool,
}

/// Shows what needs a person.
pub async fn today(env: &Env, principal: &Principal) -> Result<Today, TodayError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(TodayError::NotFound)?;
    let now = env.business_now();
    let today = civil_date(now, business.time_zone);

    let (mut open, mut overdue) = (BTreeMap::new(), BTreeMap::new());
    for figure in invoices::figures(&mut tx, business.id, today).await? {
        add(&mut open, figure.open)?;
        if figure.standing == StandingName::Overdue {
            add(&mut overdue, figure.open)?;
        }
    }
    let mut received = BTreeMap::new();
    for amount in invoices::received_since(&mut tx, business.id, now - Duration::days(30)).await? {
        add(&mut received, amount)?;
    }

    let mut waiting = Vec::new();
    for task in tasks::open(&mut tx, business.id, MOST_TASKS).await? {
        let customer = match task.customer {
            Some(id) => customers::customer(&mut tx, business.id, id).await?.map(|customer| customer.name),
            None => None,
        };
        let invoice = match task.invoice {
            Some(id) => invoices::summary(&mut tx, business.id, id, today).await?.map(Listed::from),
            None => None,
        };
        let hold = match (task.kind, task.subject.kind) {
            (TaskKind::ReviewHold, SubjectKind::Hold) => {
                holds::one(env, &mut tx, &business, HoldId::from_uuid(task.subject.id)).await?
            }
            _ => None,
        };
        let mut one = Waiting { task, customer, invoice, hold, draft: None };
        if !one.is_asked_now() {
            continue;
        }
        if let (Some(step), Some(invoice)) = (one.step(), one.task.invoice) {
            one.draft = draft::for_approval(env, &mut tx, business.id, invoice, &step).await?;
        }
        waiting.push(one);
    }
    let waiting = in_order(waiting);

    let mut troubled = messages::in_state(&mut tx, business.id, MessageState::Uncertain, MOST).await?;
    troubled.extend(messages::in_state(&mut tx, business.id, MessageState::Failed, MOST).await?);

    let filter = Filter { issued_only: true, ..Filter::default() };
    let issued: Vec<Listed> = invoices::list(&mut tx, business.id, &filter, today, 1000)
        .await?
        .into_iter()
        .map(Listed::from)
        .collect();
    let (late, on_time): (Vec<Listed>, Vec<Listed>) =
        issued.into_iter().partition(|row| matches!(row.summary.standing, Standing::Overdue { .. }));
    let mut late: Vec<_> = late.into_iter().map(|row| row.summary).collect();
    late.sort_by_key(|row| row.state.issued().map(|issued| days_between(today, issued.due_on)));
    late.truncate(usize::try_from(MOST).unwrap_or_default());
    let mut overdue_invoices = Vec::with_capacity(late.len());
    for row in late {
        overdue_invoices.push(Listed::afresh(&mut tx, env, &business, row).await?);
    }
    let mut followed = vec![Schedule::standard()];
    followed
        .extend(schedules::of_business(&mut tx, business.id).await?.into_iter().map(|named| named.schedule));
    let upcoming =
        upcoming(overdue_invoices.iter().chain(&on_time), &followed, |at| civil_date(at, business.time_zone));

    Ok(Today {
        open: listed(open, business.currency),
        overdue: listed(overdue, business.currency),
        received: listed(received, business.currency),
        alarms: alarm::ringing_in(&mut tx, env).await?,
        tasks: waiting,
        troubled,
        overdue_invoices,
        upcoming,
        lacks_gateway: business.stripe.is_none(),
    })
}

impl Waiting {
    /// Whether what it asks for is still to be decided. An approval waits behind a hold, and asks again when that ends; a hold
    /// that is over needs no review.
    fn is_asked_now(&self) -> bool {
        match self.task.kind {
            TaskKind::ApproveStep => self.step().is_some(),
            TaskKind::ReviewHold => self.hold.is_some(),
            _ => true,
        }
    }

    /// The step that waits for approval, if this asks for it.
    pub fn step(&self) -> Option<StepId> {
        let asked: StepId = serde_json::from_value(self.task.data["step"].clone()).ok()?;
        let next = self.invoice.as_ref().and_then(|listed| listed.next.as_ref());
        let waits = |step: &StepId| self.task.kind == TaskKind::ApproveStep && *step == asked;
        match next {
            Some(Decision::Hold { reason: HoldReason::AwaitingApproval { step }, .. }) if waits(step) => {
                Some(asked)
            }
            _ => None,
        }
    }
}

/// By money and time. Amounts of two currencies cannot be compared, so the largest of each comes first, then the second largest
/// of each; among them, and for what is not about an amount, the longest waiting.
fn in_order(waiting: Vec<Waiting>) -> Vec<Waiting> {
    let amount = |one: &Waiting| one.invoice.as_ref().map(|listed| listed.summary.balance.open);
    let rank = |one: &Waiting| {
        let mine = amount(one)?;
        let larger = waiting
            .iter()
            .filter_map(amount)
            .filter(|other| other.currency() == mine.currency() && other.minor() > mine.minor());
        Some(larger.count())
    };
    let ranks: Vec<_> = waiting.iter().map(|one| (rank(one).unwrap_or(0), one.task.created_at)).collect();
    let mut ranked: Vec<_> = ranks.into_iter().zip(waiting).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    ranked.into_iter().map(|(_, one)| one).collect()
}

fn add(sums: &mut BTreeMap<Currency, Money>, amount: Money) -> Result<(), MoneyError> {
    let sum = sums.entry(amount.currency()).or_insert(Money::zero(amount.currency()));
    *sum = sum.checked_add(amount)?;
    Ok(())
}

/// The business's own currency first, then the others by their codes.
fn listed(sums: BTreeMap<Currency, Money>, own: Currency) -> Vec<Money> {
    let mut sums: Vec<Money> = sums.into_values().filter(|sum| sum.is_positive()).collect();
    sums.sort_by_key(|sum| sum.currency() != own);
    sums
}

/// The next day on which a reminder goes out: how many customers hear on it, and when the first does. One message speaks
/// of everything a customer owes in a currency.
fn upcoming<'a>(
    issued: impl Iterator<Item = &'a Listed>,
    followed: &[Schedule],
    day: impl Fn(Timestamp) -> domain::Date,
) -> Option<(u32, Timestamp)> {
    // A call is a person's to make, and no reminder that goes out.
    let steps = followed.iter().flat_map(Schedule::steps);
    let written: Vec<&StepId> = steps.filter(|step| step.channel.is_written()).map(|step| &step.id).collect();
    let is_written = |step| written.contains(&step);
    let planned: Vec<(Timestamp, CustomerId, Currency)> = issued
        .filter_map(|row| match &row.next {
            Some(Decision::Wait { until, step, .. }) if is_written(step) => {
                Some((*until, row.summary.customer, row.summary.balance.total.currency()))
            }
            _ => None,
        })
        .collect();
    let first = planned.iter().map(|(at, ..)| *at).min()?;
    let mut heard: Vec<_> = planned
        .iter()
        .filter(|(at, ..)| day(*at) == day(first))
        .map(|(_, customer, currency)| (*customer, *currency))
        .collect();
    heard.sort_unstable();
    heard.dedup();
    Some((u32::try_from(heard.len()).unwrap_or(u32::MAX), first))
}

/// Marks a task as dealt with.
pub async fn resolve_task(env: &Env, principal: &Principal, task: TaskId) -> Result<(), TodayError> {
    let (business, member) = principal.member_with(Permission::ResolveTasks)?;
    env.store
        .transact(async |tx| {
            let found = tasks::find(tx, business, task).await?.ok_or(TodayError::NotFound)?;
            if !found.kind.is_ticked_off() {
                return Err(TodayError::NotByTicking);
            }
            if !tasks::resolve(tx, business, task, Some(member), env.business_now()).await? {
                return Err(TodayError::NotFound);
            }
            let mut told = Told::new(EventKind::TaskResolved, task);
            if let Some(customer) = found.customer {
                told = told.customer(customer);
            }
            if let Some(invoice) = found.invoice {
                told = told.invoice(invoice);
            }
            record(tx, env, business, actor(principal), told);
            Ok(())
        })
        .await
}
