//! Following up: whether a receivable is written about now, later, or not at all, and why.
//!
//! | here | is |
//! | --- | --- |
//! | [`Schedule`], [`Step`], [`Tone`] | the ordered follow-up, as a business set it |
//! | [`decide`], [`Facts`], [`Decision`] | the answer for one receivable at one moment |
//! | [`plan`], [`Plan`], [`Group`] | the answers for one customer at one moment: what becomes one message, what a task |
//! | [`forecast`] | the same for the weeks to come, as things stand |
//! | [`compare`], [`Difference`] | what a change would do, before it is made |
//!
//! All of it is pure: functions of schedule, facts, gate and moment.

mod compare;
mod decide;
mod forecast;
mod plan;

pub use compare::{Difference, Word, compare, counted_as_said, words};
pub use decide::{Decision, DoneReason, Facts, HoldReason, ParkedReason, Said, WaitReason, decide};
pub use forecast::{Foreseen, forecast};
pub use plan::{Case, Group, Part, Plan, plan};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::FieldProblem;
use crate::message::Channel;
use crate::time::{self, Date};

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
    /// A gap longer than a calendar allows.
    #[error("{0} wants more days since the last contact than a calendar allows")]
    GapTooLong(StepId),
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
            if step.minimum_gap_days.is_some_and(|days| days > crate::calendar::Calendar::MAX_GAP_DAYS) {
                return Err(ScheduleError::GapTooLong(step.id.clone()));
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
