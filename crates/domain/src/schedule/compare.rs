//! What a change would do: two forecasts of one customer side by side.
//!
//! Before a schedule or a setting is saved, its author sees what would be said to whom with it and without it. Both sides
//! are [`forecast`](super::forecast)s, so what is compared is what would be done.

use super::decide::reached;
use super::{Foreseen, Said, Schedule, StepId, Tone};
use crate::message::Channel;
use crate::{ReceivableId, Timestamp};

/// One thing that would be said about one receivable, or asked of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// About which.
    pub receivable: ReceivableId,
    /// By which step.
    pub step: StepId,
    /// When.
    pub at: Timestamp,
    /// How: for a task, what kind of task.
    pub by: Channel,
    /// How it speaks.
    pub tone: Tone,
    /// The friendlier tone that the step itself asks for, where something firmer was said before: the tone never falls
    /// back.
    pub instead_of: Option<Tone>,
}

impl Word {
    /// Whether the customer would notice no difference between the two.
    fn same(&self, other: &Self) -> bool {
        (self.at, self.by, self.tone) == (other.at, other.by, other.tone)
    }
}

/// What a change does to one word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Nothing.
    Same(Word),
    /// It would be said only with the change.
    Added(Word),
    /// It would be said only without the change.
    Dropped(Word),
    /// It would be said at another moment, by another road or in another tone.
    Changed {
        /// Without the change.
        before: Word,
        /// With it.
        after: Word,
    },
}

impl Difference {
    /// With the change, if it is said then.
    pub const fn after(&self) -> Option<&Word> {
        match self {
            Self::Same(word) | Self::Added(word) | Self::Changed { after: word, .. } => Some(word),
            Self::Dropped(_) => None,
        }
    }

    /// Without the change, if it is said then.
    pub const fn before(&self) -> Option<&Word> {
        match self {
            Self::Same(word) | Self::Dropped(word) | Self::Changed { before: word, .. } => Some(word),
            Self::Added(_) => None,
        }
    }

    /// Whether it is one.
    pub const fn is_one(&self) -> bool {
        !matches!(self, Self::Same(_))
    }

    /// The earlier of its moments.
    fn at(&self) -> Timestamp {
        match self {
            Self::Same(word) | Self::Added(word) | Self::Dropped(word) => word.at,
            Self::Changed { before, after } => before.at.min(after.at),
        }
    }
}

/// Everything that is foreseen by this schedule, one receivable and step at a time, earliest first.
pub fn words(foreseen: &Foreseen, schedule: &Schedule) -> Vec<Word> {
    let written = foreseen.messages.iter().flat_map(|(at, group)| {
        // A part goes the way its message goes.
        group.parts.iter().map(move |part| (*at, group.channel, part))
    });
    let asked = foreseen.tasks.iter().map(|(at, part)| (*at, part.by, part));
    let mut words: Vec<Word> = written
        .chain(asked)
        .map(|(at, by, part)| Word {
            receivable: part.receivable,
            step: part.step.id.clone(),
            at,
            by,
            tone: part.step.tone,
            instead_of: schedule
                .step(&part.step.id)
                .map(|step| step.tone)
                .filter(|asked_for| *asked_for < part.step.tone),
        })
        .collect();
    words.sort_by_key(|word| word.at);
    words
}

/// Sets two lists of words side by side: one entry for each receivable and step that either knows, earliest first.
pub fn compare(before: Vec<Word>, after: Vec<Word>) -> Vec<Difference> {
    let mut rest = after;
    let mut differences: Vec<Difference> = Vec::with_capacity(before.len().max(rest.len()));
    for word in before {
        let is_it = |other: &Word| other.receivable == word.receivable && other.step == word.step;
        differences.push(match rest.iter().position(is_it) {
            None => Difference::Dropped(word),
            Some(at) => {
                let other = rest.remove(at);
                if word.same(&other) {
                    Difference::Same(other)
                } else {
                    Difference::Changed { before: word, after: other }
                }
            }
        });
    }
    differences.extend(rest.into_iter().map(Difference::Added));
    differences.sort_by_key(Difference::at);
    differences
}

/// The steps of a schedule that will never be said because a later one (or one that stood no earlier) was: after an edit
/// they count as said.
pub fn counted_as_said(schedule: &Schedule, said: &[Said]) -> Vec<StepId> {
    let counts = |internal| {
        let reached = reached(schedule, said, internal);
        schedule
            .steps()
            .iter()
            .filter(move |step| step.channel.is_internal() == internal)
            .filter(move |step| reached.is_some_and(|reached| step.offset_days <= reached))
            .filter(|step| !said.iter().any(|said| said.step == step.id))
            .map(|step| step.id.clone())
    };
    counts(false).chain(counts(true)).collect()
}
