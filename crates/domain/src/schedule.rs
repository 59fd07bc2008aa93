//! Following up: whether a receivable is written about now, later, or not at all, and why.
//!
//! [`decide`] is a pure function of the schedule, the facts, the calendar and the moment. It is asked whenever
//! something happened to a receivable and whenever the moment it named has come, and its answer is stored and shown:
//! "why was this sent", "why not". Deciding twice, late, or a thousand times at one instant changes nothing, because
//! what was said (and what waits to be said) is among the facts.

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::calendar::Calendar;
use crate::message::Channel;
use crate::time::{self, Date, Timestamp, Zone};
use crate::{FieldProblem, Money};

/// The name of a step. It stays the same when the step is edited, so that what was said before is known after.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct StepId(String);

impl StepId {
    /// A name of up to 40 lower-case letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if text.is_empty() {
            Err(FieldProblem::Required)
        } else if text.len() > 40 {
            Err(FieldProblem::TooLong { max: 40 })
        } else if text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldProblem::ForbiddenCharacter)
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for StepId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for StepId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| de::Error::custom("not the name of a step"))
    }
}

named_enum! {
    /// How a step speaks, from friendly to final. It never falls back.
    pub enum Tone {
        /// A word between people who get on.
        Friendly = "friendly",
        /// Polite, with an offer of help.
        Polite = "polite",
        /// Firm, with what was agreed.
        Firm = "firm",
        /// The last word, with what follows.
        Final = "final",
    }
}

/// One step of a schedule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// Its stable name, which is also the name of its template.
    pub id: StepId,
    /// Days from the due date; negative before it.
    pub offset_days: i32,
    /// How the customer is reached.
    pub channel: Channel,
    /// How it speaks.
    pub tone: Tone,
    /// The name of its text, when that is not its own: several steps may speak with one text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub template: Option<StepId>,
    /// Days since the last chasing contact that this step wants; never fewer than the business's own minimum gap.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub minimum_gap_days: Option<u32>,
    /// Whether a person has to let it be said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub needs_approval: bool,
}

impl Step {
    /// A step with nothing special about it.
    pub const fn new(id: StepId, offset_days: i32, channel: Channel, tone: Tone) -> Self {
        Self { id, offset_days, channel, tone, template: None, minimum_gap_days: None, needs_approval: false }
    }

    /// The name of its text.
    pub fn template(&self) -> &StepId {
        self.template.as_ref().unwrap_or(&self.id)
    }

    /// The day it is meant for.
    pub fn day(&self, due_on: Date) -> Date {
        time::add_days(due_on, i64::from(self.offset_days))
    }
}

/// The ordered follow-up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Schedule {
    revision: u32,
    steps: Vec<Step>,
}

/// What makes a list of steps no schedule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// No steps, or more than [`Schedule::MAX_STEPS`].
    #[error("a schedule has 1 to {} steps", Schedule::MAX_STEPS)]
    StepCount,
    /// Two steps of one name.
    #[error("two steps are called {0}")]
    SameId(StepId),
    /// A step on the day of, or before, the one it follows.
    #[error("{0} is not later than the step before it")]
    NotLater(StepId),
    /// A step friendlier than the one it follows.
    #[error("{0} is friendlier than the step before it")]
    Friendlier(StepId),
    /// Further from the due date than anyone follows up.
    #[error("{0} is too far from the due date")]
    TooFar(StepId),
}

impl Schedule {
    /// The most steps.
    pub const MAX_STEPS: usize = 30;
    /// The furthest a step may be from the due date, either way.
    pub const MAX_OFFSET_DAYS: i32 = 1000;

    /// A schedule of these steps, each later and no friendlier than the one before.
    pub fn new(revision: u32, steps: Vec<Step>) -> Result<Self, ScheduleError> {
        if steps.is_empty() || steps.len() > Self::MAX_STEPS {
            return Err(ScheduleError::StepCount);
        }
        for (at, step) in steps.iter().enumerate() {
            if step.offset_days.abs() > Self::MAX_OFFSET_DAYS {
                return Err(ScheduleError::TooFar(step.id.clone()));
            }
            if steps[..at].iter().any(|earlier| earlier.id == step.id) {
                return Err(ScheduleError::SameId(step.id.clone()));
            }
            if let Some(before) = at.checked_sub(1).map(|before| &steps[before]) {
                if step.offset_days <= before.offset_days {
                    return Err(ScheduleError::NotLater(step.id.clone()));
                }
                if step.tone < before.tone {
                    return Err(ScheduleError::Friendlier(step.id.clone()));
                }
            }
        }
        Ok(Self { revision, steps })
    }

    /// The schedule every business starts with.
    pub fn standard() -> Self {
        let step = |id: &str, offset_days, channel, tone| {
            Step::new(StepId(id.to_owned()), offset_days, channel, tone)
        };
        Self {
            revision: 1,
            steps: vec![
                step("heads-up", -3, Channel::Email, Tone::Friendly),
                step("friendly", 1, Channel::Email, Tone::Friendly),
                step("help", 7, Channel::Email, Tone::Polite),
                step("firm", 14, Channel::Email, Tone::Firm),
                step("call", 21, Channel::Call, Tone::Firm),
                step("final-notice", 30, Channel::Email, Tone::Final),
                step("hand-off", 45, Channel::HandOff, Tone::Final),
            ],
        }
    }

    /// Counts the edits; recorded with what was said.
    pub const fn revision(&self) -> u32 {
        self.revision
    }

    /// The steps, earliest first.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// A step by its name.
    pub fn step(&self, id: &StepId) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == *id)
    }
}

impl<'de> Deserialize<'de> for Schedule {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            revision: u32,
            steps: Vec<Step>,
        }
        let Fields { revision, steps } = Fields::deserialize(deserializer)?;
        Self::new(revision, steps).map_err(de::Error::custom)
    }
}

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
}

/// Why a receivable is not followed up now although something is open: facts, never switches that someone forgets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "hold", rename_all = "snake_case")]
pub enum HoldReason {
    /// A payment is on its way.
    PaymentProcessing,
    /// The provider did not answer, so a payment may be on its way.
    AttemptUnknown,
    /// The payer stands at the checkout.
    CheckoutOpen {
        /// When that is over.
        until: Timestamp,
    },
    /// There is nobody to write to.
    NobodyToWriteTo,
}

impl HoldReason {
    /// When to look again even if nothing is heard before.
    fn recheck_at(self, now: Timestamp) -> Timestamp {
        let later = |hours| now + chrono::TimeDelta::hours(hours);
        match self {
            Self::CheckoutOpen { until } => until.max(now + chrono::TimeDelta::minutes(1)),
            Self::AttemptUnknown => later(1),
            Self::PaymentProcessing | Self::NobodyToWriteTo => later(24),
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
    /// Why it must wait; the first is the one named.
    pub holds: Vec<HoldReason>,
    /// The steps said, queued or raised so far, in any order.
    pub said: Vec<Said>,
    /// When the customer was last written to or called about money, by whatever step or person.
    pub last_chasing_contact: Option<Timestamp>,
    /// The business's zone: it says what day it is for a due date.
    pub business_zone: Zone,
    /// The contact's zone: it says what hour it is for a message.
    pub contact_zone: Zone,
    /// Whether there is a contact whose address still takes mail.
    pub reachable: bool,
}

/// Why the next step waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitReason {
    /// Its day has not come.
    NotYet,
    /// It is outside of the contact's business hours.
    OutsideHours,
    /// The customer heard from the business just now.
    MinimumGap,
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
    /// Say this step now: hand it to the outbox, or raise its task when its channel is not a written one.
    Send {
        /// The step.
        step: Step,
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
/// - A step is never said before its day has come, in the business's zone (which decides what is due) and in the
///   contact's (whose day it lands in).
/// - Of several steps whose day has come, the **latest** is said and the others are skipped for good: after an outage
///   nobody gets five mails at once. Steps no later than the last one said count as said, so that editing a schedule
///   never repeats anything. A step whose day lies before the issue date is never said.
/// - It is said within the contact's business hours, and not within the minimum gap after any other chasing contact.
pub fn decide(schedule: &Schedule, facts: &Facts, calendar: &Calendar, now: Timestamp) -> Decision {
    if facts.void {
        return Decision::Done { reason: DoneReason::Void };
    }
    if !facts.open.is_positive() {
        let given_up = facts.written_off.is_positive();
        return Decision::Done { reason: if given_up { DoneReason::WrittenOff } else { DoneReason::Paid } };
    }
    if let Some(&reason) = facts.holds.first() {
        return Decision::Hold { reason, recheck_at: reason.recheck_at(now) };
    }

    let left = unsaid(schedule, facts);
    let Some(first) = left.first() else {
        return Decision::Done { reason: DoneReason::AllSaid };
    };
    let come = left.iter().take_while(|step| begins(step, facts) <= now).count();
    let Some(latest) = come.checked_sub(1) else {
        let (until, reason) = opening(facts, calendar, begins(first, facts), WaitReason::NotYet);
        return Decision::Wait { until, step: first.id.clone(), reason };
    };
    let step = left[latest];
    if step.channel.is_written() && !facts.reachable {
        let reason = HoldReason::NobodyToWriteTo;
        return Decision::Hold { reason, recheck_at: reason.recheck_at(now) };
    }
    let (until, reason) = opening(facts, calendar, now, WaitReason::OutsideHours);
    if until > now {
        return Decision::Wait { until, step: step.id.clone(), reason };
    }
    let skipped = left[..latest].iter().map(|step| step.id.clone()).collect();
    Decision::Send { step: step.clone(), day: step.day(facts.due_on), skipped }
}

/// The steps that may still be said, earliest first.
fn unsaid<'a>(schedule: &'a Schedule, facts: &Facts) -> Vec<&'a Step> {
    // A step that was edited since counts where it stands now, one that was removed where it stood.
    let stands_at = |said: &Said| schedule.step(&said.step).map_or(said.offset_days, |step| step.offset_days);
    let reached = facts.said.iter().map(stands_at).max();
    schedule
        .steps
        .iter()
        .filter(|step| reached.is_none_or(|reached| step.offset_days > reached))
        .filter(|step| step.day(facts.due_on) >= facts.issued_on)
        .collect()
}

/// The first instant of a step's day: when that day has begun for the business and for the contact.
fn begins(step: &Step, facts: &Facts) -> Timestamp {
    let day = step.day(facts.due_on);
    time::start_of_day(day, facts.business_zone).max(time::start_of_day(day, facts.contact_zone))
}

/// The first instant from `from` on that the calendar and the minimum gap allow, and what it had to wait for.
fn opening(
    facts: &Facts,
    calendar: &Calendar,
    from: Timestamp,
    reason: WaitReason,
) -> (Timestamp, WaitReason) {
    let zone = facts.contact_zone;
    let gap_ends = facts.last_chasing_contact.map(|contact| {
        let day = time::add_days(time::civil_date(contact, zone), i64::from(calendar.minimum_gap_days()));
        time::start_of_day(day, zone)
    });
    match gap_ends {
        Some(gap_ends) if gap_ends > from => (calendar.next_open(gap_ends, zone), WaitReason::MinimumGap),
        _ => (calendar.next_open(from, zone), reason),
    }
}
