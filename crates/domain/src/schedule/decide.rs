//! What to do about one receivable at one moment.
//!
//! [`decide`] is asked whenever something happened to a receivable and whenever the moment it named has come, and its
//! answer is stored and shown: "why was this sent", "why not". Deciding twice, late, or a thousand times at one instant
//! changes nothing, because what was said (and what waits to be said) is among the facts.

use serde::{Deserialize, Serialize};

use super::{Schedule, Step, StepId, Tone};
use crate::Money;
use crate::gate::{self, Gate, Permission, Refusal};
use crate::hold::HoldKind;
use crate::message::{Channel, Purpose};
use crate::time::{self, Date, Timestamp, Zone};

/// A step that was said, or waits in the outbox to be said, or whose task was raised.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// The step.
    pub step: StepId,
    /// Where it stood in the schedule at that time.
    pub offset_days: i32,
    /// How it spoke, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tone: Option<Tone>,
    /// Whether it stayed inside the business: such steps and those the customer hears do not pass each other over.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub internal: bool,
}

impl Said {
    /// This step, as it stands in its schedule now.
    pub fn of(step: &Step) -> Self {
        Self {
            step: step.id.clone(),
            offset_days: step.offset_days,
            tone: Some(step.tone),
            internal: step.channel.is_internal(),
        }
    }
}

named_enum! {
    /// Why chasing has to be let begin by a member.
    pub enum ParkedReason {
        /// It came by import: what stands in another system may be paid there already.
        Import = "import",
        /// The database was restored from a backup: what was sent since is not known.
        Restore = "restore",
    }
}

/// Why a receivable is not followed up now although something is open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hold", rename_all = "snake_case")]
pub enum HoldReason {
    /// Nothing goes out until a member has looked at it.
    Parked {
        /// Where it came from.
        by: ParkedReason,
    },
    /// A payment is on its way.
    PaymentProcessing,
    /// The payer contests a payment with their bank, which has not decided.
    PaymentDisputed,
    /// The provider did not answer, so a payment may be on its way.
    AttemptUnknown,
    /// It is under a payment plan, whose instalments are asked for instead.
    UnderPlan,
    /// What the customer keeps is charged by itself, which they were told or will be in time.
    Autopay {
        /// The day it is charged.
        on: Date,
    },
    /// The payer stands at the checkout.
    CheckoutOpen {
        /// When that is over.
        until: Timestamp,
    },
    /// A person said so.
    ByWord {
        /// Why.
        kind: HoldKind,
        /// When it is over by itself; none when a person has to end it.
        ends_at: Option<Timestamp>,
    },
    /// The next step needs a person's approval.
    AwaitingApproval {
        /// Which one.
        step: StepId,
    },
    /// There is nobody to write to.
    NobodyToWriteTo,
    /// Hours and rules leave no moment in which it could be said: a mistake in the settings, not a state of affairs.
    NeverOpen,
}

impl HoldReason {
    /// Whether it still holds at this moment: some are over by themselves.
    pub fn stands(&self, now: Timestamp) -> bool {
        match self {
            Self::CheckoutOpen { until } => *until > now,
            Self::ByWord { ends_at: Some(ends_at), .. } => *ends_at > now,
            _ => true,
        }
    }

    /// When to look again even if nothing is heard before.
    fn recheck_at(&self, now: Timestamp) -> Timestamp {
        let later = |hours| now + chrono::TimeDelta::hours(hours);
        match self {
            Self::CheckoutOpen { until } => *until,
            Self::ByWord { ends_at: Some(ends_at), .. } => (*ends_at).min(later(24)),
            Self::AttemptUnknown => later(1),
            _ => later(24),
        }
    }
}

/// What there is to know about one receivable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The issue date, in the business's zone.
    pub issued_on: Date,
    /// The due date, in the business's zone.
    pub due_on: Date,
    /// What is open.
    pub open: Money,
    /// What of the rest was given up rather than paid.
    pub written_off: Money,
    /// Whether the invoice was taken back.
    pub void: bool,
    /// Why it must wait; the first that stands is the one named.
    pub holds: Vec<HoldReason>,
    /// The steps said, queued or raised so far, in any order.
    pub said: Vec<Said>,
    /// The steps a person has approved.
    pub approved: Vec<StepId>,
    /// From this tone on, every step needs approval: a valued customer.
    pub approval_from: Option<Tone>,
    /// The business's zone: it says what day it is for a due date.
    pub business_zone: Zone,
    /// A step that a person wants said now although its day has not come. Everything else that keeps it from being said still
    /// does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub brought_forward: Option<StepId>,
}

/// Why the next step waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// Its day has not come.
    NotYet,
    /// It is outside of the contact's business hours, or a holiday there.
    OutsideHours,
    /// The customer heard from the business just now.
    MinimumGap,
    /// The rules for this customer allow no further call yet.
    CallCap,
    /// Somebody spoke with the customer just now.
    AfterConversation,
}

/// Why a receivable is not followed up any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DoneReason {
    /// Nothing is open.
    Paid,
    /// The rest was given up.
    WrittenOff,
    /// The invoice was taken back.
    Void,
    /// Every step was said. What follows is a person's decision.
    AllSaid,
}

/// What to do about a receivable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "snake_case")]
pub enum Decision {
    /// Say this step now: hand it to the outbox, or raise its task when Dunlin does not say it itself.
    Send {
        /// The step, in a tone no friendlier than what was said before.
        step: Step,
        /// How it goes: the step's own channel, or what it falls back to.
        by: Channel,
        /// Its day, in the business's zone.
        day: Date,
        /// Earlier steps that were never said and never will be, oldest first.
        skipped: Vec<StepId>,
    },
    /// Ask again at this moment.
    Wait {
        /// When.
        until: Timestamp,
        /// The step that is meant to be said then.
        step: StepId,
        /// Why not now.
        reason: WaitReason,
    },
    /// Say nothing as long as this is so; ask again when something happens, at the latest at this moment.
    Hold {
        /// Why.
        reason: HoldReason,
        /// When to look again.
        recheck_at: Timestamp,
    },
    /// Say nothing any more, unless something happens.
    Done {
        /// Why.
        reason: DoneReason,
    },
}

impl Decision {
    /// When to ask again if nothing happens before: the receivable's place in the planner's queue.
    pub const fn next_at(&self) -> Option<Timestamp> {
        match self {
            Self::Send { .. } | Self::Done { .. } => None,
            Self::Wait { until, .. } => Some(*until),
            Self::Hold { recheck_at, .. } => Some(*recheck_at),
        }
    }
}

/// Decides what to do about one receivable at one moment.
///
/// - Nothing is said about what is void, settled or held.
/// - A step is never said before its day has come, in the business's zone (which decides what is due) and where the
///   contact is (whose day it lands in).
/// - Of several steps whose day has come, the **latest** is said and the others are skipped for good: after an outage
///   nobody gets five mails at once. Steps no later than the last one said count as said, so that editing a schedule
///   never repeats anything. A step whose day lies before the issue date is never said. What the customer hears and what
///   stays inside the business are counted apart: a note to a colleague does not replace a reminder.
/// - What the customer hears passes the gate (`gate`): hours, holidays, gap, caps, consent.
/// - The tone never falls back, whatever schedule the receivable followed before.
pub fn decide(schedule: &Schedule, facts: &Facts, gate: &Gate<'_>, now: Timestamp) -> Decision {
    if facts.void {
        return Decision::Done { reason: DoneReason::Void };
    }
    if !facts.open.is_positive() {
        let given_up = facts.written_off.is_positive();
        return Decision::Done { reason: if given_up { DoneReason::WrittenOff } else { DoneReason::Paid } };
    }
    if let Some(reason) = facts.holds.iter().find(|hold| hold.stands(now)) {
        return hold(reason.clone(), now);
    }
    let inside = lane(schedule, facts, gate, true, now);
    if let Some((step, skipped)) = inside.due {
        return send(step, step.channel, facts, skipped);
    }
    let outside = lane(schedule, facts, gate, false, now);
    let later = |step: &&Step| begins(step, facts, gate);
    let heard = match outside.due {
        Some((step, skipped)) => {
            let heard = say(step, skipped, facts, gate, now);
            passed_over(heard, outside.coming.first().map(later), || first_said(&outside.coming, facts, gate))
        }
        None => first_said(&outside.coming, facts, gate),
    };
    sooner(heard, inside.coming.first().map(|step| (*step, later(step))))
}

/// The steps of one kind that are not yet said.
struct Lane<'a> {
    /// The latest whose day has come, and those it passes over.
    due: Option<(&'a Step, Vec<StepId>)>,
    /// Those whose day has not come, in order.
    coming: Vec<&'a Step>,
}

/// How far the steps of one kind have been said: the offset of the furthest of them. A step that was edited since counts
/// where it stands now, one that was removed where it stood.
pub(super) fn reached(schedule: &Schedule, said: &[Said], internal: bool) -> Option<i32> {
    let offsets = said.iter().filter_map(|said| match schedule.step(&said.step) {
        Some(step) => (step.channel.is_internal() == internal).then_some(step.offset_days),
        None => (said.internal == internal).then_some(said.offset_days),
    });
    offsets.max()
}

fn lane<'a>(
    schedule: &'a Schedule,
    facts: &Facts,
    gate: &Gate<'_>,
    internal: bool,
    now: Timestamp,
) -> Lane<'a> {
    let reached = reached(schedule, &facts.said, internal);
    let mut left: Vec<&Step> = schedule
        .steps()
        .iter()
        .filter(|step| step.channel.is_internal() == internal)
        .filter(|step| reached.is_none_or(|reached| step.offset_days > reached))
        .filter(|step| step.day(facts.due_on) >= facts.issued_on)
        .collect();
    let has_come =
        |step: &&Step| facts.brought_forward.as_ref() == Some(&step.id) || begins(step, facts, gate) <= now;
    let come = left.iter().copied().take_while(has_come).count();
    let due = come.checked_sub(1).map(|latest| {
        let skipped = left[..latest].iter().map(|step| step.id.clone()).collect();
        (left[latest], skipped)
    });
    Lane { due, coming: left.split_off(come) }
}

/// The first instant of a step's day: when that day has begun for the business and, unless it stays inside, for the
/// contact.
fn begins(step: &Step, facts: &Facts, gate: &Gate<'_>) -> Timestamp {
    let day = step.day(facts.due_on);
    let here = time::start_of_day(day, facts.business_zone);
    if step.channel.is_internal() {
        return here;
    }
    let there = gate.recipient.zones.iter().map(|zone| time::start_of_day(day, *zone));
    there.fold(here, Timestamp::max)
}

/// A step whose day has come, through approval, road and gate.
fn say(step: &Step, skipped: Vec<StepId>, facts: &Facts, gate: &Gate<'_>, now: Timestamp) -> Decision {
    let delicate = step.needs_approval || facts.approval_from.is_some_and(|from| step.tone >= from);
    if delicate && !facts.approved.contains(&step.id) {
        return hold(HoldReason::AwaitingApproval { step: step.id.clone() }, now);
    }
    let Ok(by) = gate::route(step.channel, gate.recipient) else {
        return hold(HoldReason::NobodyToWriteTo, now);
    };
    match gate::may_contact(Purpose::Chasing, by, gate, step.minimum_gap_days, now) {
        Permission::Now => send(step, by, facts, skipped),
        Permission::From { at, refusal } => {
            Decision::Wait { until: at, step: step.id.clone(), reason: wait_reason(refusal) }
        }
        Permission::Never(Refusal::NeverOpen) => hold(HoldReason::NeverOpen, now),
        Permission::Never(_) => hold(HoldReason::NobodyToWriteTo, now),
    }
}

/// What is heard of a step that may be passed over: when the day of the next one begins before it can be said, it never will
/// be, and what waits is the next. What is held is looked at again when that day begins, because the next may be free to go.
fn passed_over(heard: Decision, next_begins: Option<Timestamp>, next: impl FnOnce() -> Decision) -> Decision {
    match (heard, next_begins) {
        (Decision::Wait { until, .. }, Some(begins)) if begins <= until => next(),
        (Decision::Hold { reason, recheck_at }, Some(begins)) => {
            Decision::Hold { reason, recheck_at: recheck_at.min(begins) }
        }
        (heard, _) => heard,
    }
}

/// Of steps whose day has not come, the first that can be said before the next one's day begins.
fn first_said(coming: &[&Step], facts: &Facts, gate: &Gate<'_>) -> Decision {
    let Some((step, later)) = coming.split_first() else {
        return Decision::Done { reason: DoneReason::AllSaid };
    };
    let next_begins = later.first().map(|step| begins(step, facts, gate));
    passed_over(not_yet(step, facts, gate), next_begins, || first_said(later, facts, gate))
}

/// A step whose day has not come waits for the first moment of it that the gate lets through.
fn not_yet(step: &Step, facts: &Facts, gate: &Gate<'_>) -> Decision {
    let day = begins(step, facts, gate);
    let wait = |until, reason| Decision::Wait { until, step: step.id.clone(), reason };
    // Who hears it may change until then: what is not known yet is looked at when its day has come.
    let by = gate::route(step.channel, gate.recipient).unwrap_or(step.channel);
    match gate::may_contact(Purpose::Chasing, by, gate, step.minimum_gap_days, day) {
        Permission::From { at, refusal: refusal @ (Refusal::MinimumGap | Refusal::AfterConversation) } => {
            wait(at, wait_reason(refusal))
        }
        Permission::From { at, .. } => wait(at, WaitReason::NotYet),
        Permission::Now | Permission::Never(_) => wait(day, WaitReason::NotYet),
    }
}

fn send(step: &Step, by: Channel, facts: &Facts, skipped: Vec<StepId>) -> Decision {
    let said = facts.said.iter().filter_map(|said| said.tone).max();
    let tone = said.map_or(step.tone, |said| said.max(step.tone));
    Decision::Send { step: Step { tone, ..step.clone() }, by, day: step.day(facts.due_on), skipped }
}

fn hold(reason: HoldReason, now: Timestamp) -> Decision {
    let recheck_at = reason.recheck_at(now);
    Decision::Hold { reason, recheck_at }
}

const fn wait_reason(refusal: Refusal) -> WaitReason {
    match refusal {
        Refusal::MinimumGap => WaitReason::MinimumGap,
        Refusal::CallCap => WaitReason::CallCap,
        Refusal::AfterConversation => WaitReason::AfterConversation,
        _ => WaitReason::OutsideHours,
    }
}

/// What the customer hears next, or the next step inside the business when that comes first.
fn sooner(heard: Decision, inside: Option<(&Step, Timestamp)>) -> Decision {
    let Some((step, begins)) = inside else { return heard };
    let wait = Decision::Wait { until: begins, step: step.id.clone(), reason: WaitReason::NotYet };
    match heard {
        Decision::Done { .. } => wait,
        Decision::Wait { until, .. } if begins < until => wait,
        Decision::Hold { reason, recheck_at } => {
            Decision::Hold { reason, recheck_at: recheck_at.min(begins) }
        }
        Decision::Wait { .. } | Decision::Send { .. } => heard,
    }
}
