//! When a customer is sent their statement without anybody asking: every month, about the month before.
//!
//! A statement that nobody asked for speaks of open money, so it is chasing: it passes the gate with all its hours, holidays and
//! ways out, keeps its distance from the last word about money, and is itself such a word. A reminder that is due goes
//! first, because its day was chosen; a statement that finds no room within [`LATE_DAYS_MAX`] is left out.

use chrono::Datelike as _;
use serde::{Deserialize, Serialize};

use super::Statement;
use crate::Date;
use crate::gate::{Gate, Permission, may_contact};
use crate::invoice::Period;
use crate::message::{Channel, Purpose};
use crate::time::{Timestamp, add_days, days_between};

/// The latest day of the month they can be sent on: one that every month has.
pub const DAY_MAX: u32 = 28;

/// A month's statement is sent at most so many days after its day. What is older is in the next one.
pub const LATE_DAYS_MAX: i64 = 10;

/// A statement and a reminder are never heard on the same day, however near the business lets its contacts come.
const GAP_DAYS: u32 = 1;

/// What a business set about statements for all its customers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementSettings {
    /// Whether they are sent by themselves.
    pub enabled: bool,
    /// The day of the month from which on they are sent: on the first business day where the customer is. 1 to [`DAY_MAX`].
    pub day: u32,
}

impl Default for StatementSettings {
    fn default() -> Self {
        Self { enabled: false, day: 1 }
    }
}

named_enum! {
    /// What was set for one customer, whatever holds for all.
    pub enum StatementTerm {
        /// They are sent.
        Always = "always",
        /// They are not.
        Never = "never",
    }
}

impl StatementSettings {
    /// Whether a customer is sent them.
    pub const fn wanted(self, term: Option<StatementTerm>) -> bool {
        match term {
            Some(StatementTerm::Always) => true,
            Some(StatementTerm::Never) => false,
            None => self.enabled,
        }
    }

    /// The month whose statement is to be sent now, on this day of the business: the newest, unless it is too late for it.
    pub fn due(self, today: Date) -> Option<Period> {
        let this_month = today.with_day(self.day.clamp(1, DAY_MAX))?;
        let day = if today >= this_month { this_month } else { before(this_month)? };
        if days_between(day, today) > LATE_DAYS_MAX {
            return None;
        }
        let next = day.with_day(1)?;
        Some(Period { from: before(next)?, to: add_days(next, -1) })
    }
}

fn before(day: Date) -> Option<Date> {
    day.checked_sub_months(chrono::Months::new(1))
}

/// Whether there is anything to tell: something happened in its days, or was open at their end and still is. Nobody is told of what was
/// open and has been paid since.
pub fn is_worth_sending(statement: &Statement, open_now: bool) -> bool {
    !statement.entries.is_empty() || (open_now && !statement.open.is_empty())
}

/// What of a customer stands in the way of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Obstacle {
    /// They are not to be sent any, as [`StatementSettings::wanted`] says.
    NotWanted,
    /// Somebody said that this customer is not to be chased: nothing about money reaches them by itself.
    Held,
    /// Something of theirs came by import or from a backup, and nobody has looked at it.
    Parked,
    /// A reminder is due to them at this moment.
    ReminderDue,
}

/// Why no statement is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// They are not to be sent any.
    NotWanted,
    /// It is a person's turn.
    Held,
    /// Mail leads to nobody, or there is no hour for it.
    Unreachable,
}

/// Whether a statement is sent at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sending {
    /// Yes.
    Now,
    /// Not before this.
    From(Timestamp),
    /// When something else has happened, and nobody knows when.
    Later,
    /// No.
    Never(Refused),
}

/// Decides whether a customer is sent statements now.
pub fn decide(obstacle: Option<Obstacle>, gate: &Gate<'_>, now: Timestamp) -> Sending {
    match obstacle {
        Some(Obstacle::NotWanted) => Sending::Never(Refused::NotWanted),
        Some(Obstacle::Held) => Sending::Never(Refused::Held),
        Some(Obstacle::Parked | Obstacle::ReminderDue) => Sending::Later,
        None => admit(gate, now),
    }
}

/// Whether the gate lets a statement through that somebody wants sent.
pub fn admit(gate: &Gate<'_>, now: Timestamp) -> Sending {
    match may_contact(Purpose::Chasing, Channel::Email, gate, Some(GAP_DAYS), now) {
        Permission::Now => Sending::Now,
        Permission::From { at, .. } => Sending::From(at),
        Permission::Never(_) => Sending::Never(Refused::Unreachable),
    }
}
