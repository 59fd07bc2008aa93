//! Deciding about the customers with something due, and queueing what is to be said to them.

use domain::event::{Actor, EventKind};
use domain::hold::Hold;
use domain::message::{Channel, MessageKind};
use domain::schedule::{Decision, DoneReason, Group, HoldReason, Part, Said, StepId, plan};
use domain::task::TaskKind;
use domain::{BusinessId, ContactId, CustomerId, InvoiceId, MemberId, MessageId, Timestamp};
use serde::Serialize;
use serde_json::{Value, json};
use store::dossiers::{self, Which};
use store::messages::{self, NewMessage, NewPart};
use store::receivables::{self, Decided, Receivable};
use store::tasks::{self, NewTask};
use store::{StoreError, Tx, autopay, ledger};

use super::approvals;
use super::clock_is_behind;
use super::holds;
use super::house::Houses;
use super::known::{CONTACTS_MATTER_FOR, Item, Known, SENT_BY};
use super::stuck;
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::answers;
use crate::operations::record::{self, Told, raise_task, record};
use crate::sabotage::{self, Fault};

/// Receivables looked for in one run, so that a run is bounded; the next follows at once while there are more.
const RECEIVABLES_IN_A_RUN: i64 = 1000;

/// Customers in one transaction: enough that what a transaction costs is shared, few enough that others get their turn.
const CUSTOMERS_AT_ONCE: usize = 500;

/// What a run of the planner did.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Planned {
    /// Receivables decided about.
    pub decided: u64,
    /// Messages queued.
    pub queued: u64,
    /// Tasks raised: calls, hand-offs, approvals, nobody to write to.
    pub tasks: u64,
    /// Receivables put off, because they cannot be decided about.
    pub put_off: u64,
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

/// Decides about what is due, longest waiting first, as much as one run takes.
pub async fn decide_due(env: &Env, principal: &Principal) -> Result<Planned, PlanError> {
    decide_some_due(env, principal, RECEIVABLES_IN_A_RUN).await
}

/// Decides about this many of the receivables whose moment has come, customer by customer. Where one of many cannot be decided
/// about, each of them is tried alone, and the one is put off: progress is made even when skipping.
pub async fn decide_some_due(env: &Env, principal: &Principal, most: i64) -> Result<Planned, PlanError> {
    principal.internal()?;
    let mut planned = Planned::default();
    let now = env.business_now();

    let mut tx = env.store.read().await?;
    if clock_is_behind(&mut tx, now).await? {
        return Ok(Planned { clock_is_behind: true, ..planned });
    }
    let due = receivables::due_customers(&mut tx, now, most).await?;
    drop(tx);

    for together in due.chunks(CUSTOMERS_AT_ONCE) {
        if let Err(error) = decide_about(env, together, now, &mut planned).await {
            stop_if_unavailable(error, together)?;
            for customer in together {
                if let Err(error) = decide_about(env, std::slice::from_ref(customer), now, &mut planned).await
                {
                    tracing::error!(customer = %customer.1, %error, "a customer cannot be decided about");
                    let is_stuck = !matches!(error, DecideError::SomebodyElseDid);
                    stop_if_unavailable(error, &[])?;
                    if is_stuck {
                        planned.put_off += stuck::put_off(env, *customer, now).await?;
                    }
                }
            }
        }
    }
    planned.more = i64::try_from(planned.decided + planned.put_off).is_ok_and(|seen| seen >= most);
    if planned.queued > 0 {
        env.nudges.outbox.notify_one();
    }
    Ok(planned)
}

/// The database as a whole: trying each alone would fare no better.
fn stop_if_unavailable(error: DecideError, together: &[(BusinessId, CustomerId)]) -> Result<(), PlanError> {
    match error {
        DecideError::Store(error) if error.is_unavailable() => Err(error.into()),
        error => {
            tracing::debug!(customers = together.len(), %error, "deciding about them one by one");
            Ok(())
        }
    }
}

/// Why some customers were not decided about. Their transaction is dropped.
#[derive(Debug, thiserror::Error)]
pub(super) enum DecideError {
    /// Their receivables are not as they were read.
    #[error("somebody else decided meanwhile")]
    SomebodyElseDid,
    /// What every customer has is not there.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Decides about these customers in one transaction. Booking takes the same turns: either money is among the facts, or it
/// waits until this has committed, and the outbox reads the facts again.
async fn decide_about(
    env: &Env,
    customers: &[(BusinessId, CustomerId)],
    now: Timestamp,
    planned: &mut Planned,
) -> Result<(), DecideError> {
    let done = env
        .store
        .transact(async |tx: &mut Tx| {
            let ids: Vec<CustomerId> = customers.iter().map(|(_, customer)| *customer).collect();
            ledger::take_turns(tx, &ids).await?;
            let mut houses = Houses::default();
            let mut work = Work::default();
            let since = now - CONTACTS_MATTER_FOR;
            for dossier in dossiers::gather(tx, customers, Which::Due(now), since).await? {
                let house = houses
                    .of(env, tx, dossier.business, now)
                    .await?
                    .ok_or(DecideError::Missing("business"))?;
                let known = Known::new(house, dossier, None, now);
                decide_one(env, tx, &known, now, &mut work).await?;
            }
            // Whatever happened to what they owe is news to what charges it, too.
            autopay::look_again(tx, &ids, now).await?;
            work.write(env, tx, now).await
        })
        .await?;
    env.nudges.autopay.notify_one();
    planned.decided += done.decided;
    planned.queued += done.queued;
    planned.tasks += done.tasks;
    Ok(())
}

/// What a transaction is about to write in bulk.
#[derive(Default)]
struct Work {
    messages: Vec<Draft>,
    kept: Vec<Kept>,
    tasks: u64,
}

/// A decision before it is kept.
struct Kept {
    receivable: Receivable,
    decision: Value,
    next: Option<Timestamp>,
}

/// A message before it is queued.
struct Draft {
    id: MessageId,
    business: BusinessId,
    customer: CustomerId,
    /// The one invoice it speaks of, if it is one.
    invoice: Option<InvoiceId>,
    contact: ContactId,
    channel: Channel,
    internet_message_id: String,
    to_name: String,
    to_address: String,
    locale: String,
    tone: domain::schedule::Tone,
    data: Value,
    parts: Vec<NewPart>,
    /// For each part, its invoice: whose timeline tells of it.
    invoices: Vec<InvoiceId>,
    /// Who had it sent.
    actor: Actor,
}

/// Says at once what `known` is due for, because a member wants it so: with the planner's own decisions, words and events, in a
/// transaction that has taken the customer's turn.
pub(super) async fn say_now(
    env: &Env,
    tx: &mut Tx,
    known: &Known,
    by: MemberId,
    now: Timestamp,
) -> Result<Planned, DecideError> {
    let mut work = Work::default();
    decide_one(env, tx, known, now, &mut work).await?;
    for draft in &mut work.messages {
        draft.actor = Actor::Member(by);
        draft.data[SENT_BY] = json!(by);
    }
    work.write(env, tx, now).await
}

async fn decide_one(
    env: &Env,
    tx: &mut Tx,
    known: &Known,
    now: Timestamp,
    work: &mut Work,
) -> Result<(), DecideError> {
    let plan = plan(&known.cases(), &known.gate(), now);
    for group in &plan.messages {
        work.messages.push(draft(env, known, group)?);
    }
    for part in &plan.tasks {
        let item = known.item(part.receivable).ok_or(DecideError::Missing("receivable"))?;
        work.tasks += u64::from(raise(env, tx, &step_task(env, known, item, part, now)).await?);
    }
    for (receivable, next) in &plan.next {
        let item = known.item(*receivable).ok_or(DecideError::Missing("receivable"))?;
        if let Decision::Done { reason: DoneReason::Paid | DoneReason::WrittenOff | DoneReason::Void } = next
        {
            // Nobody needs to call about money that is no longer owed.
            tasks::resolve_steps(tx, known.business.id, *receivable, now).await?;
            holds::settle(env, tx, known.business.id, &item.receivable, now).await?;
        }
        if let Decision::Hold { reason, .. } = next {
            if let Some(task) = hold_task(env, known, item, reason, now) {
                let raised = match reason {
                    HoldReason::AwaitingApproval { .. } => approvals::ask(env, tx, &task).await?,
                    _ => raise(env, tx, &task).await?,
                };
                work.tasks += u64::from(raised);
            }
            for hold in &item.wants_review {
                work.tasks += u64::from(raise(env, tx, &review_task(env, known, item, hold, now)).await?);
            }
        }
        work.kept.push(Kept {
            receivable: item.receivable.clone(),
            decision: keep(next, known.schedule.revision()),
            // One contact is made in one look; should something else be due already, the next look does it.
            next: if let Decision::Send { .. } = next { Some(now) } else { next.next_at() }
                .filter(|_| !sabotage::is(Fault::NeverWakes)),
        });
    }
    Ok(())
}

/// A decision as it is kept with its receivable, with the revision of the schedule it was made by.
fn keep(decision: &Decision, revision: u32) -> Value {
    #[derive(Serialize)]
    struct WithRevision<'a> {
        #[serde(flatten)]
        decision: &'a Decision,
        revision: u32,
    }
    if sabotage::is(Fault::KeepsNoReasons) {
        return json!({});
    }
    // A plain struct of values that serialise: there is no way for this to fail, and no reason to stop if it did.
    serde_json::to_value(WithRevision { decision, revision }).unwrap_or_default()
}

fn draft(env: &Env, known: &Known, group: &Group) -> Result<Draft, DecideError> {
    // `decide` asks for a written step only when there is somebody to write to.
    let contact = known.contact.as_ref().ok_or(DecideError::Missing("contact"))?;
    let to_address = known.address(group.channel).ok_or(DecideError::Missing("address"))?;
    let id: MessageId = env.new_id();
    let invoice_of = |part: &Part| known.item(part.receivable).map(|item| item.receivable.invoice);
    let invoices: Vec<InvoiceId> = group.parts.iter().filter_map(invoice_of).collect();
    let part = |part: &Part| NewPart {
        receivable: part.receivable,
        said: Said::of(&part.step),
        schedule_revision: known.schedule.revision(),
    };
    // Why this was sent, and which earlier steps never will be: after an outage only the latest due one goes out.
    let skipped: Vec<&StepId> = group.parts.iter().flat_map(|part| &part.skipped).collect();
    let highest = Group::highest(&group.parts).map(|part| &part.step.id);
    Ok(Draft {
        id,
        business: known.business.id,
        customer: known.customer.id,
        invoice: if let [invoice] = invoices[..] { Some(invoice) } else { None },
        contact: contact.id,
        channel: group.channel,
        internet_message_id: answers::internet_message_id(env, id),
        to_name: contact.name.to_string(),
        to_address,
        locale: known.locale().tag().to_owned(),
        tone: group.tone,
        data: json!({ "step": highest, "skipped": skipped }),
        parts: group.parts.iter().map(part).collect(),
        invoices,
        actor: Actor::System,
    })
}

impl Work {
    /// Writes messages, events and decisions, each in one statement.
    async fn write(self, env: &Env, tx: &mut Tx, now: Timestamp) -> Result<Planned, DecideError> {
        let next_try_at = env.machine_now();
        let messages: Vec<NewMessage<'_>> = self
            .messages
            .iter()
            .map(|draft| NewMessage {
                id: draft.id,
                business: draft.business,
                customer: Some(draft.customer),
                invoice: draft.invoice,
                contact: Some(draft.contact),
                kind: MessageKind::Reminder,
                channel: draft.channel,
                dedup_key: None,
                internet_message_id: &draft.internet_message_id,
                to_name: &draft.to_name,
                to_address: &draft.to_address,
                locale: &draft.locale,
                tone: Some(draft.tone),
                data: &draft.data,
                parts: &draft.parts,
                created_at: now,
                next_try_at,
            })
            .collect();
        messages::queue_many(tx, &messages).await?;
        for draft in &self.messages {
            tell_queued(env, tx, draft);
        }
        let decided: Vec<Decided<'_>> = self
            .kept
            .iter()
            .map(|Kept { receivable, decision, next }| Decided { receivable, decision, next: *next })
            .collect();
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        if receivables::decided_many(tx, &decided, now).await? != count(decided.len()) {
            return Err(DecideError::SomebodyElseDid);
        }
        Ok(Planned {
            decided: count(self.kept.len()),
            queued: count(self.messages.len()),
            tasks: self.tasks,
            ..Planned::default()
        })
    }
}

/// One event for each invoice a message speaks of: each has its own timeline.
fn tell_queued(env: &Env, tx: &mut Tx, draft: &Draft) {
    for (part, invoice) in draft.parts.iter().zip(&draft.invoices) {
        let told = Told::new(EventKind::MessageQueued, draft.id)
            .customer(draft.customer)
            .invoice(*invoice)
            .facts(record::Facts {
                message: Some(draft.id),
                message_kind: Some(MessageKind::Reminder),
                step: Some(part.said.step.clone()),
                ..record::Facts::default()
            })
            .personal(record::Personal {
                email: Some(draft.to_address.clone()),
                ..record::Personal::default()
            });
        record(tx, env, draft.business, draft.actor, told);
    }
}

async fn raise(env: &Env, tx: &mut Tx, task: &NewTask) -> Result<bool, StoreError> {
    raise_task(tx, env, Actor::System, task, record::Facts::default()).await
}

/// A task about one receivable, to be completed with what it asks for.
fn task_about(
    env: &Env,
    known: &Known,
    item: &Item,
    kind: TaskKind,
    cause: String,
    now: Timestamp,
) -> NewTask {
    NewTask {
        id: env.new_id(),
        business: known.business.id,
        kind,
        dedup_key: cause,
        subject: item.receivable.invoice.into(),
        customer: Some(known.customer.id),
        invoice: Some(item.receivable.invoice),
        step: None,
        data: json!({}),
        created_at: now,
        due_at: None,
    }
}

/// The task of a step that a person does: it then counts as said.
fn step_task(env: &Env, known: &Known, item: &Item, part: &Part, now: Timestamp) -> NewTask {
    let kind = match part.by {
        Channel::Call => TaskKind::Call,
        Channel::HandOff => TaskKind::HandOff,
        _ => TaskKind::FollowUp,
    };
    let cause = format!("step:{}:{}", part.receivable, part.step.id);
    NewTask {
        step: Some((part.receivable, Said::of(&part.step))),
        data: json!({ "skipped": part.skipped }),
        ..task_about(env, known, item, kind, cause, now)
    }
}

/// What a hold asks of a person, if it asks for anything.
fn hold_task(env: &Env, known: &Known, item: &Item, reason: &HoldReason, now: Timestamp) -> Option<NewTask> {
    let customer = known.customer.id;
    match reason {
        HoldReason::NobodyToWriteTo => {
            let cause = format!("find_contact:{customer}:{}", known.unreachable_since);
            let task = task_about(env, known, item, TaskKind::FindContact, cause, now);
            Some(NewTask { subject: customer.into(), ..task })
        }
        HoldReason::NeverOpen => {
            let task =
                task_about(env, known, item, TaskKind::NeverOpen, format!("never_open:{customer}"), now);
            Some(NewTask { subject: customer.into(), ..task })
        }
        HoldReason::AwaitingApproval { step } => {
            let cause = approvals::cause(item.receivable.id, step);
            let task = task_about(env, known, item, TaskKind::ApproveStep, cause, now);
            Some(NewTask { data: json!({ "step": step }), ..task })
        }
        _ => None,
    }
}

fn review_task(env: &Env, known: &Known, item: &Item, hold: &Hold, now: Timestamp) -> NewTask {
    let cause = format!("review_hold:{}", hold.id);
    let task = task_about(env, known, item, TaskKind::ReviewHold, cause, now);
    NewTask { subject: hold.id.into(), data: json!({ "hold": hold.kind }), ..task }
}
