//! What to do about a customer at one moment: one message for each currency, whatever else is due as tasks.

use super::decide::{Decision, Facts, Said, decide};
use super::{Schedule, Step, StepId, Tone};
use crate::gate::Gate;
use crate::message::Channel;
use crate::{Currency, Date, ReceivableId, Timestamp};

/// One receivable of the customer, with the schedule it follows.
#[derive(Clone, Debug)]
pub struct Case<'a> {
    /// Which.
    pub receivable: ReceivableId,
    /// What it follows.
    pub schedule: &'a Schedule,
    /// What is known of it.
    pub facts: Facts,
}

/// What is said about one receivable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Which.
    pub receivable: ReceivableId,
    /// The step said.
    pub step: Step,
    /// How: for a task, whether it is a call, something internal, or the decision to hand off.
    pub by: Channel,
    /// The step's day, in the business's zone.
    pub day: Date,
    /// Earlier steps that never will be said.
    pub skipped: Vec<StepId>,
}

/// One message: everything of one currency that is due for a word at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// The currency of its amounts.
    pub currency: Currency,
    /// How it goes: as its highest step does.
    pub channel: Channel,
    /// How it speaks: as its highest step does.
    pub tone: Tone,
    /// What it speaks of, in the order of the cases. Never empty.
    pub parts: Vec<Part>,
}

impl Group {
    /// The highest step: the firmest, and of those the one furthest from its due date.
    pub fn highest(parts: &[Part]) -> Option<&Part> {
        parts.iter().max_by_key(|part| (part.step.tone, part.step.offset_days))
    }
}

/// What to do at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// To be written, one for each currency.
    pub messages: Vec<Group>,
    /// To be done by a person.
    pub tasks: Vec<Part>,
    /// For each case what comes next once this is done, or why nothing does.
    pub next: Vec<(ReceivableId, Decision)>,
}

/// Decides about all of a customer's receivables whose moment has come, and groups what is to be said.
///
/// Everything written of one currency goes into one message, by the road and in the tone of its highest step: who hears from
/// a business twice in a day about two invoices thinks that nobody there looks. Messages in two currencies leave at the same
/// moment, so the minimum gap does not stand between them.
pub fn plan(cases: &[Case<'_>], gate: &Gate<'_>, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    let decided: Vec<Decision> =
        cases.iter().map(|case| decide(case.schedule, &case.facts, gate, now)).collect();
    for (case, decision) in cases.iter().zip(&decided) {
        let Decision::Send { step, by, day, skipped } = decision else { continue };
        let part = Part {
            receivable: case.receivable,
            step: step.clone(),
            by: *by,
            day: *day,
            skipped: skipped.clone(),
        };
        if by.is_written() {
            plan.add(case.facts.open.currency(), part);
        } else {
            plan.tasks.push(part);
        }
    }
    for group in &mut plan.messages {
        if let Some(highest) = Group::highest(&group.parts) {
            (group.channel, group.tone) = (highest.by, highest.step.tone);
        }
    }

    let mut recipient = gate.recipient.clone();
    if !plan.messages.is_empty() {
        recipient.last_chasing_contact = Some(now);
    }
    let gate = Gate { recipient: &recipient, ..*gate };
    for (case, decision) in cases.iter().zip(decided) {
        let next = match decision {
            Decision::Send { step, .. } => {
                let mut facts = case.facts.clone();
                facts.said.push(Said::of(&step));
                decide(case.schedule, &facts, &gate, now)
            }
            other => other,
        };
        plan.next.push((case.receivable, next));
    }
    plan
}

impl Plan {
    fn add(&mut self, currency: Currency, part: Part) {
        match self.messages.iter_mut().find(|group| group.currency == currency) {
            Some(group) => group.parts.push(part),
            None => self.messages.push(Group {
                currency,
                channel: part.by,
                tone: part.step.tone,
                parts: vec![part],
            }),
        }
    }
}
