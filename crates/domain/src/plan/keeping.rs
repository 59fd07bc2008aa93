//! How an agreed plan is kept. An instalment has no account: what it has open is a function of the frozen instalments and of the
//! money that came for the invoices since the agreement.
//!
//! **Where money goes.** First to what is asked for on the day it comes, oldest first; the rest from the last instalment
//! backwards, which makes the plan shorter; what is more than everything is credit. An instalment is asked for from
//! [`ASKED_DAYS`] before its date, so that whoever pays a little early has paid that one. Money that went back never came: it is
//! left out, and everything falls into place as if it had not been there.

use serde::{Deserialize, Serialize};

use super::{Forbearance, Instalment};
use crate::time::{self, days_between};
use crate::{Currency, Date, Money, MoneyError};

/// So many days before its date an instalment is asked for: the notice that a direct debit wants when nothing else was agreed.
pub const ASKED_DAYS: i64 = 14;

/// Money that came for the invoices of a plan, less what of it went back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// The day, in the business's zone.
    pub on: Date,
    /// How much of it is left; nothing when all of it went back.
    pub amount: Money,
}

/// What became of the money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    instalments: Vec<(Instalment, Money)>,
    credit: Money,
}

impl Kept {
    /// Puts the money where it belongs.
    pub fn of(
        currency: Currency,
        instalments: &[Instalment],
        received: &[Received],
    ) -> Result<Self, MoneyError> {
        let mut open: Vec<(Instalment, Money)> =
            instalments.iter().map(|&instalment| (instalment, instalment.amount)).collect();
        open.sort_by_key(|(instalment, _)| instalment.number);
        let mut received = received.to_vec();
        received.sort_by_key(|money| money.on);
        let mut credit = Money::zero(currency);
        for money in received {
            let asked = open.partition_point(|(instalment, _)| asked_from(instalment) <= money.on);
            let (due, rest) = open.split_at_mut(asked);
            let mut left = money.amount;
            for (_, open) in due.iter_mut().chain(rest.iter_mut().rev()) {
                let part = left.smaller(*open)?;
                *open = open.checked_sub(part)?;
                left = left.checked_sub(part)?;
            }
            credit = credit.checked_add(left)?;
        }
        Ok(Self { instalments: open, credit })
    }

    /// Each instalment with what it has open, in order.
    pub fn instalments(&self) -> &[(Instalment, Money)] {
        &self.instalments
    }

    /// What came beyond everything.
    pub const fn credit(&self) -> Money {
        self.credit
    }

    /// What all of them have open: what it takes to be done with the plan today.
    pub fn payoff(&self) -> Result<Money, MoneyError> {
        Money::sum(self.credit.currency(), self.instalments.iter().map(|(_, open)| *open))
    }

    /// Those with something open, in order.
    pub fn unpaid(&self) -> impl Iterator<Item = (Instalment, Money)> {
        self.instalments.iter().copied().filter(|(_, open)| open.is_positive())
    }

    /// Those asked for on this day, missed ones among them: what is chased.
    pub fn asked_for(&self, today: Date) -> impl Iterator<Item = (Instalment, Money)> {
        self.unpaid().filter(move |(instalment, _)| asked_from(instalment) <= today)
    }

    /// How the plan stands on this day. `warned` is the last word about a missed instalment that went out.
    pub fn standing(&self, today: Date, promised: Forbearance, warned: Option<Warned>) -> Standing {
        let Some((oldest, _)) = self.unpaid().next() else { return Standing::Completed };
        let missed = Missed {
            number: oldest.number,
            late_days: u32::try_from(days_between(oldest.due_on, today)).unwrap_or(0),
        };
        if missed.late_days == 0 {
            return Standing::Kept { next: oldest };
        }
        if missed.late_days <= promised.grace_days {
            return Standing::Grace(missed);
        }
        // A word about an earlier one was answered by paying that one.
        let Some(warned) = warned.filter(|warned| warned.number == oldest.number) else {
            return Standing::WantsWord(missed);
        };
        let until = time::add_days(warned.on, i64::from(promised.cure_days));
        if today <= until { Standing::Cure { missed, until } } else { Standing::Broken(missed) }
    }
}

/// The first day on which an instalment is asked for.
pub fn asked_from(instalment: &Instalment) -> Date {
    time::add_days(instalment.due_on, -ASKED_DAYS)
}

/// The word about a missed instalment that names the day until which it can be caught up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warned {
    /// About which instalment.
    pub number: u32,
    /// The day it went out, in the business's zone.
    pub on: Date,
}

/// The oldest instalment that was not paid in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Its place.
    pub number: u32,
    /// For how many days.
    pub late_days: u32,
}

/// How a plan stands on a day.
///
/// A plan is never over before its customer was told, and had the days to catch up that were agreed on: an outage on our side
/// breaks nobody's plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    /// All is paid.
    Completed,
    /// Nothing is missed.
    Kept {
        /// The next one with something open.
        next: Instalment,
    },
    /// One is missed, within its days of grace.
    Grace(Missed),
    /// The grace is over, and the customer is to be told until when to catch up.
    WantsWord(Missed),
    /// They were told.
    Cure {
        /// What is missed.
        missed: Missed,
        /// The last day.
        until: Date,
    },
    /// The last day has passed.
    Broken(Missed),
}

named_enum! {
    /// What was decided about a plan. How it stands in between is derived.
    pub enum PlanState {
        /// It stands: its invoices are held, its instalments are what is chased.
        Active = "active",
        /// All was paid.
        Completed = "completed",
        /// It was not kept; the invoices' own following up goes on where it was.
        Broken = "broken",
        /// Another plan took its place.
        Superseded = "superseded",
        /// A member ended it, or an invoice under it was voided or credited.
        Cancelled = "cancelled",
    }
}

impl PlanState {
    /// Whether it may become that. The schema holds the same table. A completed plan stands again when money goes back.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Active => !matches!(next, Self::Active),
            Self::Completed => matches!(next, Self::Active),
            Self::Broken | Self::Superseded | Self::Cancelled => false,
        }
    }
}
