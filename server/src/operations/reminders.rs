//! Deciding about receivables, and queueing what is to be said.
//!
//! **Invariant: a step is queued in the transaction that moves its receivable on.** So deciding a thousand times at one
//! instant, on eight machines, after a crash or weeks late changes nothing: either the receivable still waits for its
//! decision, or the decision, the message and the next moment to look stand together.
//!
//! What is decided is `domain::schedule::decide`'s; here its facts are gathered ([`load`]) and its answer is applied
//! ([`decide_due`]). The outbox gathers the same facts again before it hands anything over.

use domain::calendar::Calendar;
use domain::event::{Actor, EventKind};
use domain::gate::{Gate, Reach, Recipient};
use domain::invoice::{InvoiceState, Issued};
use domain::message::{Channel, MessageKind};
use domain::payment::AttemptStatus;
use domain::rules::RulePack;
use domain::schedule::{
    Decision, DoneReason, Facts, HoldReason, Said, Schedule, Step, StepId, WaitReason, decide,
};
use domain::task::TaskKind;
use domain::{InvoiceId, Locale, MessageId, Timestamp, Zone};
use serde::Serialize;
use store::customers::{Contact, Customer};
use store::identity::Business;
use store::messages::{NewMessage, NewPart, Queued};
use store::receivables::Receivable;
use store::tasks::NewTask;
use store::{
    StoreError, Tx, attempts, customers, events, identity, invoices, ledger, messages, receivables, tasks,
};

use super::answers;
use super::record::{self, Told, record};
use crate::env::{Env, NotPermitted, Principal};

/// How long a payer may stand at a Checkout before reminding goes on.
const CHECKOUT_HOLDS_FOR: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// Receivables looked at in one run, so that a run is bounded; the next follows at once while there are more.
const BATCH: i64 = 200;

/// What a run of the planner did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Receivables decided about.
    pub decided: u64,
    /// Messages queued.
    pub queued: u64,
    /// Tasks raised: calls, hand-offs, nobody to write to.
    pub tasks: u64,
    /// Whether there was more than one run takes.
    pub more: bool,
    /// Business time stands before the newest event: nothing is decided until the clock is right again.
    pub clock_is_behind: bool,
}

/// Why a run could not be made.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Only workers and the operator plan.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Decides about the receivables whose moment has come. One transaction each, so that progress is made even when one
/// of them cannot be decided.
pub async fn decide_due(env: &Env, principal: &Principal) -> Result<Planned, PlanError> {
    principal.internal()?;
    let mut planned = Planned::default();
    let now = env.business_now();

    let mut tx = env.store.read().await?;
    if clock_is_behind(&mut tx, now).await? {
        return Ok(Planned { clock_is_behind: true, ..planned });
    }
    let due = receivables::due(&mut tx, now, BATCH).await?;
    drop(tx);

    planned.more = i64::try_from(due.len()).is_ok_and(|found| found == BATCH);
    for receivable in &due {
        match env.store.transact(async |tx: &mut Tx| decide_one(env, tx, receivable, now).await).await {
            Err(DecideError::SomebodyElseDid) => {}
            Ok(applied) => {
                planned.decided += 1;
                planned.queued += u64::from(applied == Applied::Queued);
                planned.tasks += u64::from(applied == Applied::Raised);
            }
            // The database as a whole: the next run will fare no better by going on.
            Err(DecideError::Store(error)) if error.is_unavailable() => return Err(error.into()),
            Err(error) => {
                tracing::error!(receivable = %receivable.id, %error, "a receivable cannot be decided about");
            }
        }
    }
    if planned.queued > 0 {
        env.nudges.outbox.notify_one();
    }
    Ok(planned)
}

/// Whether business time stands before something that is on record: then the clock is wrong, and whatever is sent now
/// may be sent again when it is right.
pub async fn clock_is_behind(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    // Events are stamped when they are recorded and committed a little later, by several processes.
    let tolerance = chrono::TimeDelta::minutes(5);
    Ok(events::newest_at(tx).await?.is_some_and(|newest| newest > now + tolerance))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Applied {
    /// The decision was to wait, to hold, or that all is done.
    Kept,
    /// A message waits in the outbox.
    Queued,
    /// A task was raised.
    Raised,
}

/// Why one receivable was not decided about. Its transaction is dropped.
#[derive(Debug, thiserror::Error)]
enum DecideError {
    #[error("somebody else decided meanwhile")]
    SomebodyElseDid,
    #[error("its invoice, customer or business is missing")]
    Incomplete,
    #[error(transparent)]
    Store(#[from] StoreError),
}

async fn decide_one(
    env: &Env,
    tx: &mut Tx,
    receivable: &Receivable,
    now: Timestamp,
) -> Result<Applied, DecideError> {
    // Booking takes the same turn: either the money is among the facts, or it waits until this has committed, and the
    // outbox reads the facts again.
    ledger::take_turn(tx, receivable.business, receivable.customer).await?;
    let mut case = load(tx, receivable, None).await?.ok_or(DecideError::Incomplete)?;
    let schedule = Schedule::standard();
    let calendar = Calendar::standard();
    let mut decision = decide(&schedule, &case.facts, &case.gate(&calendar), now);
    let mut applied = Applied::Kept;
    if let Decision::Send { step, skipped, .. } = &decision {
        applied = say(env, tx, &case, &schedule, step, skipped, now).await?;
        // What is kept is what comes next, now that this is said; what was said is on record with its message or task.
        case.facts.said.push(Said::of(step));
        if step.channel.is_written() {
            case.recipient.last_chasing_contact = Some(now);
        }
        decision = decide(&schedule, &case.facts, &case.gate(&calendar), now);
    } else if let Decision::Done { reason: DoneReason::Paid | DoneReason::WrittenOff | DoneReason::Void } =
        decision
    {
        // Nobody needs to call about money that is no longer owed.
        tasks::resolve_steps(tx, receivable.business, receivable.id, now).await?;
    } else if matches!(decision, Decision::Hold { reason: HoldReason::NobodyToWriteTo, .. }) {
        let task = NewTask {
            id: env.new_id(),
            business: receivable.business,
            kind: TaskKind::FindContact,
            dedup_key: format!("find_contact:{}:{}", receivable.customer, case.unreachable_since),
            subject: receivable.customer.into(),
            customer: Some(receivable.customer),
            invoice: Some(receivable.invoice),
            step: None,
            data: serde_json::json!({}),
            created_at: now,
            due_at: None,
        };
        if raise(env, tx, &task).await? {
            applied = Applied::Raised;
        }
    }
    // One step is said in one look; should another be due already, the next look says it.
    let next = if let Decision::Send { .. } = decision { Some(now) } else { decision.next_at() };
    let kept = Kept { decision: &decision, revision: schedule.revision() };
    // A plain struct of values that serialise: there is no way for this to fail, and no reason to stop if it did.
    let value = serde_json::to_value(kept).unwrap_or_default();
    if !receivables::decided(tx, receivable, &value, next, now).await? {
        return Err(DecideError::SomebodyElseDid);
    }
    Ok(applied)
}

/// A decision as it is kept with its receivable.
#[derive(Serialize)]
struct Kept<'a> {
    #[serde(flatten)]
    decision: &'a Decision,
    revision: u32,
}

/// Queues the message of a step, or raises its task.
async fn say(
    env: &Env,
    tx: &mut Tx,
    case: &Case,
    schedule: &Schedule,
    step: &Step,
    skipped: &[StepId],
    now: Timestamp,
) -> Result<Applied, DecideError> {
    let Case { receivable, .. } = case;
    let said = Said::of(step);
    if !step.channel.is_written() {
        let kind = if step.channel == Channel::Call { TaskKind::Call } else { TaskKind::HandOff };
        let task = NewTask {
            id: env.new_id(),
            business: receivable.business,
            kind,
            dedup_key: format!("step:{}:{}", receivable.id, step.id),
            subject: receivable.invoice.into(),
            customer: Some(receivable.customer),
            invoice: Some(receivable.invoice),
            step: Some((receivable.id, said)),
            data: serde_json::json!({ "skipped": skipped }),
            created_at: now,
            due_at: None,
        };
        raise(env, tx, &task).await?;
        return Ok(Applied::Raised);
    }
    // `decide` asks for a written step only when there is somebody to write to.
    let (contact, address) = case.contact.as_ref().ok_or(DecideError::Incomplete)?;
    let id: MessageId = env.new_id();
    let internet_message_id = answers::internet_message_id(env, id);
    let part = NewPart { receivable: receivable.id, said, schedule_revision: schedule.revision() };
    let queued = messages::queue(
        tx,
        &NewMessage {
            id,
            business: receivable.business,
            customer: Some(receivable.customer),
            invoice: Some(receivable.invoice),
            contact: Some(contact.id),
            kind: MessageKind::Reminder,
            channel: step.channel,
            dedup_key: None,
            internet_message_id: &internet_message_id,
            to_name: contact.name.as_str(),
            to_address: address,
            locale: case.locale().tag(),
            tone: Some(step.tone),
            // Why this one was sent, and which earlier ones never will be: after an outage only the latest due step goes out.
            data: &serde_json::json!({ "step": step.id, "skipped": skipped }),
            parts: &[part],
            created_at: now,
            next_try_at: env.machine_now(),
        },
    )
    .await?;
    if queued == Queued::Before {
        // Said to this contact already; the facts say so too from now on.
        return Ok(Applied::Kept);
    }
    let told = Told::new(EventKind::MessageQueued, id)
        .customer(receivable.customer)
        .invoice(receivable.invoice)
        .facts(record::Facts {
            message: Some(id),
            message_kind: Some(MessageKind::Reminder),
            step: Some(step.id.clone()),
            ..record::Facts::default()
        })
        .personal(record::Personal { email: Some(address.clone()), ..record::Personal::default() });
    record(tx, env, receivable.business, Actor::System, told);
    Ok(Applied::Queued)
}

/// Raises a task and records it; false when its cause raised one before.
pub async fn raise(env: &Env, tx: &mut Tx, task: &NewTask) -> Result<bool, StoreError> {
    if !tasks::raise(tx, task).await? {
        return Ok(false);
    }
    let mut told = Told::new(EventKind::TaskRaised, task.id)
        .facts(record::Facts { task: Some(task.kind), ..record::Facts::default() });
    if let Some(customer) = task.customer {
        told = told.customer(customer);
    }
    if let Some(invoice) = task.invoice {
        told = told.invoice(invoice);
    }
    record(tx, env, task.business, Actor::System, told);
    Ok(true)
}

/// One receivable with everything that is known of it.
#[derive(Debug, Clone)]
pub struct Case {
    /// The receivable.
    pub receivable: Receivable,
    /// Whose.
    pub business: Business,
    /// Who owes.
    pub customer: Customer,
    /// Whom to write to, and where: the first contact who receives invoices and whose address takes mail.
    pub contact: Option<(Contact, String)>,
    /// When the last of the customer's addresses was given up, in microseconds, and 0 while none was: what tells one
    /// search for somebody to write to from the next.
    pub unreachable_since: i64,
    /// Who would hear it, and what they heard before.
    pub recipient: Recipient,
    /// What `decide` is asked with.
    pub facts: Facts,
}

impl Case {
    /// What stands between the business and this customer.
    pub fn gate<'a>(&'a self, calendar: &'a Calendar) -> Gate<'a> {
        let rules = RulePack::of(self.customer.country, self.customer.kind);
        Gate { calendar, rules, recipient: &self.recipient }
    }

    /// The contact's language, or the customer's.
    pub fn locale(&self) -> Locale {
        let own = self.contact.as_ref().and_then(|(contact, _)| contact.locale);
        own.unwrap_or(self.customer.locale)
    }

    /// The contact's zone, or the customer's: it says what hour it is for a message.
    pub fn zone(&self) -> Zone {
        let own = self.contact.as_ref().and_then(|(contact, _)| contact.time_zone);
        own.unwrap_or(self.customer.time_zone)
    }
}

/// Gathers the facts about a receivable. `except` leaves out one message: the outbox asks about a message as if it had
/// not been queued yet.
pub async fn load(
    tx: &mut Tx,
    receivable: &Receivable,
    except: Option<&messages::Message>,
) -> Result<Option<Case>, StoreError> {
    let id = receivable.business;
    let Some(business) = identity::business(tx, id).await? else { return Ok(None) };
    let Some(customer) = customers::customer(tx, id, receivable.customer).await? else { return Ok(None) };
    let Some(invoice) = invoices::invoice(tx, id, receivable.invoice).await? else { return Ok(None) };
    let Some(balance) = ledger::balance(tx, id, receivable.id).await? else { return Ok(None) };

    let contacts = customers::contacts(tx, id, receivable.customer).await?;
    let given_up = |contact: &Contact| {
        let suppressed = contact.email_suppressed.as_ref().map(|(since, _)| *since);
        suppressed.max(contact.email_opted_out_at)
    };
    let unreachable_since =
        contacts.iter().filter_map(given_up).max().map_or(0, |since| since.timestamp_micros());
    let contact = contacts.into_iter().filter(|contact| contact.receives_invoices).find_map(|contact| {
        let address = contact.mailable()?.to_string();
        Some((contact, address))
    });

    let mut said = receivables::said(tx, id, receivable.id).await?;
    if let Some(message) = except {
        let own = |step: &Said| {
            message.parts.iter().any(|part| part.receivable == receivable.id && part.said.step == step.step)
        };
        said.retain(|step| !own(step));
    }
    let contact_zone =
        contact.as_ref().and_then(|(contact, _)| contact.time_zone).unwrap_or(customer.time_zone);
    let facts = Facts {
        issued_on: issued(&invoice.state).map_or(receivable.due_on, |issued| issued.issued_on),
        due_on: receivable.due_on,
        open: balance.balance.open,
        written_off: balance.balance.written_off,
        void: matches!(invoice.state, InvoiceState::Void { .. }),
        holds: holds(tx, receivable).await?,
        said,
        approved: Vec::new(),
        approval_from: None,
        business_zone: business.time_zone,
    };
    let except = except.map(|message| message.id);
    let recipient = Recipient {
        zones: vec![contact_zone],
        email: if contact.is_some() { Reach::Yes } else { Reach::NoAddress },
        sms: Reach::NoConsent,
        letter: Reach::NoAddress,
        last_chasing_contact: messages::last_chasing_contact(tx, id, receivable.customer, except).await?,
        calls: Vec::new(),
        last_conversation: None,
    };
    Ok(Some(Case {
        receivable: receivable.clone(),
        business,
        customer,
        contact,
        unreachable_since,
        recipient,
        facts,
    }))
}

/// What issuing fixed about an invoice; a draft has nothing of it.
pub fn issued(state: &InvoiceState) -> Option<&Issued> {
    match state {
        InvoiceState::Draft => None,
        InvoiceState::Issued(issued) | InvoiceState::Void { issued, .. } => Some(issued),
    }
}

/// The holds by fact: what the attempts in flight say. The strongest first.
async fn holds(tx: &mut Tx, receivable: &Receivable) -> Result<Vec<HoldReason>, StoreError> {
    let attempts = attempts::in_flight(tx, receivable.business, receivable.id).await?;
    let mut holds: Vec<HoldReason> = attempts
        .iter()
        .map(|attempt| match attempt.state.status() {
            AttemptStatus::Processing => HoldReason::PaymentProcessing,
            AttemptStatus::Unknown => HoldReason::AttemptUnknown,
            _ => HoldReason::CheckoutOpen { until: attempt.created_at + CHECKOUT_HOLDS_FOR },
        })
        .collect();
    holds.sort_by_key(|hold| match hold {
        HoldReason::PaymentProcessing => 0,
        HoldReason::AttemptUnknown => 1,
        HoldReason::CheckoutOpen { .. } => 2,
        _ => 3,
    });
    Ok(holds)
}

/// What happens next with an invoice, and why: shown beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Next {
    /// This step, at this moment.
    Step {
        /// The step.
        step: Step,
        /// When, as things stand.
        at: Timestamp,
        /// Why not now; `None` when it goes out at once.
        waits_for: Option<WaitReason>,
    },
    /// Nothing as long as this is so.
    Hold(HoldReason),
    /// Nothing any more.
    Done(DoneReason),
}

/// Decides afresh, without applying anything. `None` for a draft.
pub async fn decision(
    tx: &mut Tx,
    business: domain::BusinessId,
    invoice: InvoiceId,
    now: Timestamp,
) -> Result<Option<Decision>, StoreError> {
    let Some(receivable) = receivables::of_invoice(tx, business, invoice).await? else { return Ok(None) };
    let Some(case) = load(tx, &receivable, None).await? else { return Ok(None) };
    Ok(Some(decide(&Schedule::standard(), &case.facts, &case.gate(&Calendar::standard()), now)))
}

/// Decides afresh, without applying anything, what would happen next with an invoice. `None` for a draft.
pub async fn next(
    tx: &mut Tx,
    business: domain::BusinessId,
    invoice: InvoiceId,
    now: Timestamp,
) -> Result<Option<Next>, StoreError> {
    let Some(decision) = decision(tx, business, invoice, now).await? else { return Ok(None) };
    let schedule = Schedule::standard();
    Ok(match decision {
        Decision::Send { step, .. } => Some(Next::Step { step, at: now, waits_for: None }),
        Decision::Wait { until, step, reason } => schedule.step(&step).map(|step| Next::Step {
            step: step.clone(),
            at: until,
            waits_for: Some(reason),
        }),
        Decision::Hold { reason, .. } => Some(Next::Hold(reason)),
        Decision::Done { reason } => Some(Next::Done(reason)),
    })
}
