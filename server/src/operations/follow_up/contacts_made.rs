//! What people do themselves: "I called", "I wrote", "I posted a letter". It is on the timeline, and counts for the minimum gap
//! and the caps on calls like whatever Dunlin sends.

use domain::call::Outcome;
use domain::event::EventKind;
use domain::hold::HoldKind;
use domain::message::Channel;
use domain::task::TaskKind;
use domain::time::{add_days, civil_date, local_to_utc, parse_local};
use domain::{
    BusinessId, CustomerId, Date, FieldErrors, FieldProblem, InvoiceId, LongText, ManualContactId,
    Permission, TaskId, Timestamp, Zone,
};
use serde_json::json;
use store::manual_contacts::{self, ManualContact};
use store::receivables::Receivable;
use store::tasks::{self, NewTask};
use store::{StoreError, Tx, identity, ledger, receivables};

use super::holds::{self, By, Words};
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{self, Facts, Personal, Told, actor, record};

/// How far back a contact may be noted: older ones bear on nothing.
const NOTED_FOR_DAYS: i64 = 366;

/// Why a contact was not noted, or a call not finished.
#[derive(Debug, thiserror::Error)]
pub enum ContactError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such customer, invoice or open call in this business.
    #[error("no such customer or call")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// With whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum With {
    /// A customer, about everything or nothing in particular.
    Customer(CustomerId),
    /// A customer, about this invoice.
    About(InvoiceId),
}

/// A contact as typed.
#[derive(Debug, Clone, Default)]
pub struct ContactMade {
    /// The stable name of a channel: call, e-mail, text or letter.
    pub channel: String,
    /// When, on the business's clocks, as a form sends a local moment; now unless given.
    pub at: String,
    /// Whether they spoke with each other; only of calls.
    pub spoke: bool,
    /// In the author's words; may be empty.
    pub note: String,
}

/// How a call went, as typed.
#[derive(Debug, Clone, Default)]
pub struct CallMade {
    /// The stable name of an [`Outcome`].
    pub outcome: String,
    /// The day they promised, or until which the hold that follows lasts; a promise needs it.
    pub until: String,
    /// In the author's words; may be empty.
    pub note: String,
}

/// When a contact was: not in the future, and not so long ago that it bears on nothing. `now` is what an empty field means.
fn moment(text: &str, zone: Zone, now: Timestamp) -> Result<Timestamp, FieldProblem> {
    if text.trim().is_empty() {
        return Ok(now);
    }
    let at = local_to_utc(parse_local(text)?, zone);
    let today = civil_date(now, zone);
    let earliest = add_days(today, -NOTED_FOR_DAYS);
    // A form shows whole minutes: the one that is running is not in the future.
    if at > now {
        Err(FieldProblem::DateAfter { latest: today })
    } else if civil_date(at, zone) < earliest {
        Err(FieldProblem::DateBefore { earliest })
    } else {
        Ok(at)
    }
}

fn note_of(errors: &mut FieldErrors, field: &'static str, text: &str) -> Option<String> {
    let note = errors.check(field, LongText::parse_optional(text))?;
    Some(note.map(LongText::into_string).unwrap_or_default())
}

/// Notes a contact that a person made.
pub async fn note(
    env: &Env,
    principal: &Principal,
    with: With,
    input: &ContactMade,
) -> Result<ManualContactId, ContactError> {
    let (business, member) = principal.member_with(Permission::NoteContacts)?;
    let now = env.business_now();
    let by = By { business, member, actor: actor(principal), now };
    let by = &by;
    let id = env
        .store
        .transact(async |tx: &mut Tx| {
            let zone = zone_of(tx, business).await?;
            let mut errors = FieldErrors::new();
            let channel = Channel::from_name(input.channel.trim()).filter(|channel| channel.is_contact());
            let channel = errors.check("contact_channel", channel.ok_or(FieldProblem::ChoiceUnknown));
            let at = errors.check("contact_at", moment(&input.at, zone, now));
            let words = note_of(&mut errors, "contact_note", &input.note);
            let (Some(channel), Some(at), Some(note)) = (channel, at, words) else {
                return Err(errors.into());
            };
            let (customer, invoice) = match with {
                With::Customer(customer) => (customer, None),
                With::About(invoice) => {
                    let found = receivables::of_invoice(tx, business, invoice).await?;
                    (found.ok_or(ContactError::NotFound)?.customer, Some(invoice))
                }
            };
            if !ledger::take_turn(tx, business, customer).await? {
                return Err(ContactError::NotFound);
            }
            let made = Made { channel, at, conversation: input.spoke && channel == Channel::Call, note };
            Ok(write(env, tx, by, customer, invoice, made).await?)
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(id)
}

async fn zone_of(tx: &mut Tx, business: BusinessId) -> Result<Zone, ContactError> {
    let business = identity::business(tx, business).await?.ok_or(ContactError::NotFound)?;
    Ok(business.time_zone)
}

/// A contact as it was made.
struct Made {
    channel: Channel,
    at: Timestamp,
    conversation: bool,
    note: String,
}

async fn write(
    env: &Env,
    tx: &mut Tx,
    by: &By,
    customer: CustomerId,
    invoice: Option<InvoiceId>,
    made: Made,
) -> Result<ManualContactId, StoreError> {
    let Made { channel, at, conversation, note } = made;
    let contact = ManualContact {
        id: env.new_id(),
        business: by.business,
        customer,
        contact: None,
        channel,
        at,
        conversation,
        note,
        by: by.member,
        created_at: by.now,
    };
    manual_contacts::record(tx, &contact).await?;
    let mut told = Told::new(EventKind::ContactMade, contact.id).customer(customer);
    if let Some(invoice) = invoice {
        told = told.invoice(invoice);
    }
    let facts = Facts {
        channel: Some(channel),
        spoke: (channel == Channel::Call).then_some(conversation),
        ..Facts::default()
    };
    let note = (!contact.note.is_empty()).then_some(contact.note);
    record(
        tx,
        env,
        by.business,
        by.actor,
        told.facts(facts).personal(Personal { note, ..Personal::default() }),
    );
    // The gap begins anew: whatever was to be said sooner is looked at again, and waits.
    receivables::look_again_at_all(tx, by.business, customer, by.now).await?;
    Ok(contact.id)
}

/// Finishes a call that was asked for: it is noted as made, and what was said on it has its consequences: a promise or another
/// hold on the invoice, or a search for the right person.
pub async fn finish_call(
    env: &Env,
    principal: &Principal,
    task: TaskId,
    input: &CallMade,
) -> Result<Outcome, ContactError> {
    let (business, member) = principal.member_with(Permission::ResolveTasks)?;
    let now = env.business_now();
    let by = By { business, member, actor: actor(principal), now };
    let by = &by;
    let outcome = env
        .store
        .transact(async |tx: &mut Tx| {
            let found = tasks::find(tx, business, task).await?.ok_or(ContactError::NotFound)?;
            let (TaskKind::Call, Some(invoice), None) = (found.kind, found.invoice, found.done_at) else {
                return Err(ContactError::NotFound);
            };
            let today = civil_date(now, zone_of(tx, business).await?);
            let Checked { outcome, note, words } = input.check(today)?;
            let receivable =
                receivables::of_invoice(tx, business, invoice).await?.ok_or(ContactError::NotFound)?;
            ledger::take_turn(tx, business, receivable.customer).await?;
            if !tasks::resolve(tx, business, task, Some(member), now).await? {
                return Err(ContactError::NotFound);
            }
            let conversation = outcome.is_conversation();
            let made = Made { channel: Channel::Call, at: now, conversation, note };
            write(env, tx, by, receivable.customer, Some(invoice), made).await?;
            let told = Told::new(EventKind::TaskResolved, task)
                .customer(receivable.customer)
                .invoice(invoice)
                .facts(Facts { task: Some(TaskKind::Call), call: Some(outcome), ..Facts::default() });
            record(tx, env, business, by.actor, told);
            if let Some(words) = &words {
                holds::put(env, tx, by, receivable.customer, Some(&receivable), words).await?;
            }
            if let Some(kind) = outcome.task() {
                let wanted = search(env, business, &receivable, kind, task, now);
                record::raise_task(tx, env, by.actor, &wanted, Facts::default()).await?;
            }
            Ok(outcome)
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(outcome)
}

/// What was typed about a call, checked.
struct Checked {
    outcome: Outcome,
    note: String,
    /// The hold that follows.
    words: Option<Words>,
}

impl CallMade {
    /// What is wrong with it stands at `call_outcome`, `call_until` and `call_note`.
    fn check(&self, today: Date) -> Result<Checked, FieldErrors> {
        let mut errors = FieldErrors::new();
        let outcome = Outcome::from_name(self.outcome.trim()).ok_or(FieldProblem::ChoiceUnknown);
        let outcome = errors.check("call_outcome", outcome);
        let hold = outcome.and_then(Outcome::hold);
        // A date beside an outcome that holds nothing means nothing; it is not refused for being odd.
        let until = match hold {
            Some(kind) => {
                errors.check("call_until", holds::until(&self.until, kind == HoldKind::Promise, today))
            }
            None => Some(None),
        };
        let note = note_of(&mut errors, "call_note", &self.note);
        let (Some(outcome), Some(until), Some(note)) = (outcome, until, note) else { return Err(errors) };
        let words = hold.map(|kind| Words {
            kind,
            note: note.clone(),
            until: until.or(outcome.holds_for_days().map(|days| add_days(today, days))),
        });
        Ok(Checked { outcome, note, words })
    }
}

/// The search for somebody to write to that a call has led to; the call is its cause.
fn search(
    env: &Env,
    business: BusinessId,
    receivable: &Receivable,
    kind: TaskKind,
    call: TaskId,
    now: Timestamp,
) -> NewTask {
    NewTask {
        id: env.new_id(),
        business,
        kind,
        dedup_key: format!("after_call:{call}"),
        subject: receivable.customer.into(),
        customer: Some(receivable.customer),
        invoice: Some(receivable.invoice),
        step: None,
        data: json!({}),
        created_at: now,
        due_at: None,
    }
}
