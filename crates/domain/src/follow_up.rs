//! How a business follows up: what it set for all its customers, and what it set for one of them.
//!
//! The schedule says what is said when; what stands here says in which hours, how far apart, in which words, and whose
//! approval is needed. Everything has a default that a small business can live with unread.

use std::collections::BTreeSet;

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};

use crate::calendar::{Calendar, CalendarError};
use crate::schedule::Tone;
use crate::statement::sending::{StatementSettings, StatementTerm};
use crate::time::Date;
use crate::{GroupId, ScheduleId};

named_enum! {
    /// What a final notice may name as following, once the business has enabled it. Never anything else.
    pub enum Consequence {
        /// No further work or delivery until the invoice is paid.
        SuspendService = "suspend_service",
        /// A further fee.
        FurtherFee = "further_fee",
        /// The matter goes to a collection agency.
        CollectionAgency = "collection_agency",
        /// The matter goes to a lawyer or a court.
        LegalAction = "legal_action",
        /// The matter is reported to a credit bureau.
        CreditReport = "credit_report",
    }
}

/// What a business set for all its customers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The schedule of customers who have no other; none is [`crate::schedule::Schedule::standard`].
    pub schedule: Option<ScheduleId>,
    /// Which weekdays are business days, Monday first.
    pub days: [bool; 7],
    /// The first minute of the day in which customers are written to, where they are.
    pub opens: NaiveTime,
    /// The first minute in which they are not any more.
    pub closes: NaiveTime,
    /// The least number of days between two chasing contacts.
    pub minimum_gap_days: u32,
    /// Whether the public holidays of the customer's country are no business days.
    pub keeps_holidays: bool,
    /// How many days after a promised day the follow-up waits for the money.
    pub promise_grace_days: u32,
    /// What a final notice may name.
    pub consequences: BTreeSet<Consequence>,
    /// How text messages are used.
    pub sms: SmsSettings,
    /// Whether and when statements are sent.
    pub statements: StatementSettings,
    /// Whether customers may have what is due charged by itself. While not, nobody is charged.
    #[serde(default)]
    pub autopay: bool,
}

/// How text messages are used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SmsSettings {
    /// Whether any are sent.
    pub enabled: bool,
    /// Whether they may name amounts: a screen that others see shows them too.
    pub amounts: bool,
    /// The most segments a business pays for in a calendar month.
    pub monthly_segments: u32,
}

impl Settings {
    /// The longest grace after a promise.
    pub const MAX_GRACE_DAYS: u32 = 30;

    /// Business days and hours with these holidays.
    pub fn calendar(&self, holidays: BTreeSet<Date>) -> Result<Calendar, CalendarError> {
        let holidays = if self.keeps_holidays { holidays } else { BTreeSet::new() };
        Calendar::new(self.days, self.opens, self.closes, holidays, self.minimum_gap_days)
    }
}

impl Default for Settings {
    /// Monday to Friday but for public holidays, 09:00 to 17:00, three days between contacts and after promises, no
    /// consequences, no text messages, no statements, nothing charged by itself.
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        Self {
            schedule: None,
            days: [true, true, true, true, true, false, false],
            opens: hour(9),
            closes: hour(17),
            minimum_gap_days: 3,
            keeps_holidays: true,
            promise_grace_days: 3,
            consequences: BTreeSet::new(),
            sms: SmsSettings { enabled: false, amounts: false, monthly_segments: 500 },
            statements: StatementSettings::default(),
            autopay: false,
        }
    }
}

/// What was set for one customer, or for a group of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomerTerms {
    /// The group they belong to.
    pub group: Option<GroupId>,
    /// Their own schedule.
    pub schedule: Option<ScheduleId>,
    /// From this tone on, each step needs a person's approval: a valued customer.
    pub approval_from: Option<Tone>,
    /// Nobody knows where they are: a message has to be right in every zone of their country.
    pub zone_unknown: bool,
    /// Whether they are sent statements, whatever the business set.
    pub statements: Option<StatementTerm>,
}
