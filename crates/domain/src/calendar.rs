//! When it is all right to write: business days and hours where the contact is.

use std::collections::BTreeSet;

use chrono::{Datelike, NaiveTime, Timelike, Weekday};
use serde::{Deserialize, Deserializer, Serialize, de};

use crate::rules::Hours;
use crate::time::{self, Date, Timestamp, Zone};

/// Business days, hours and holidays, in the zone of whoever is written to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Calendar {
    /// Which weekdays, Monday first.
    days: [bool; 7],
    opens: NaiveTime,
    closes: NaiveTime,
    holidays: BTreeSet<Date>,
    minimum_gap_days: u32,
}

/// A calendar by which nothing would ever be sent. Better an error when it is set up than silence ever after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CalendarError {
    /// No weekday is a business day.
    #[error("no weekday is open")]
    NoDays,
    /// The day ends before it begins.
    #[error("the hours close before they open")]
    NoHours,
    /// More holidays than a calendar holds.
    #[error("more than {} holidays", Calendar::MAX_HOLIDAYS)]
    TooManyHolidays,
    /// A gap between contacts longer than a calendar allows.
    #[error("a gap of more than {} days between contacts", Calendar::MAX_GAP_DAYS)]
    GapTooLong,
}

impl Calendar {
    /// The most holidays: some years' worth. It bounds the search for the next business day.
    pub const MAX_HOLIDAYS: usize = 200;
    /// The longest way to the next open day: there is a business weekday in every seven days, a holiday takes away one such
    /// day, and clocks jump over the hours of a few days in a century.
    pub(crate) const MOST_DAYS: usize = 7 * (Self::MAX_HOLIDAYS + 3);
    /// The longest gap between two chasing contacts.
    pub const MAX_GAP_DAYS: u32 = 60;

    /// A calendar that opens on some weekday (given Monday first) for at least a minute.
    pub fn new(
        days: [bool; 7],
        opens: NaiveTime,
        closes: NaiveTime,
        holidays: BTreeSet<Date>,
        minimum_gap_days: u32,
    ) -> Result<Self, CalendarError> {
        if !days.contains(&true) {
            return Err(CalendarError::NoDays);
        }
        let minutes = |time: NaiveTime| time.num_seconds_from_midnight() / 60;
        if minutes(opens) >= minutes(closes) {
            return Err(CalendarError::NoHours);
        }
        if holidays.len() > Self::MAX_HOLIDAYS {
            return Err(CalendarError::TooManyHolidays);
        }
        if minimum_gap_days > Self::MAX_GAP_DAYS {
            return Err(CalendarError::GapTooLong);
        }
        Ok(Self { days, opens, closes, holidays, minimum_gap_days })
    }

    /// Monday to Friday, 09:00 to 17:00, no holidays, three days between two chasing contacts.
    pub fn standard() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        Self {
            days: [true, true, true, true, true, false, false],
            opens: hour(9),
            closes: hour(17),
            holidays: BTreeSet::new(),
            minimum_gap_days: 3,
        }
    }

    /// The least number of days between two chasing contacts.
    pub const fn minimum_gap_days(&self) -> u32 {
        self.minimum_gap_days
    }

    /// Whether this is a business day.
    pub fn is_business_day(&self, date: Date) -> bool {
        self.days[index(date.weekday())] && !self.holidays.contains(&date)
    }

    /// The instants between which a day is open: from the first up to, not including, the second. A day whose hours the
    /// clocks jump over is not open.
    pub fn window(&self, date: Date, zone: Zone) -> Option<(Timestamp, Timestamp)> {
        self.window_within(date, zone, None)
    }

    /// The same, within the hours that rules leave.
    fn window_within(&self, date: Date, zone: Zone, limit: Option<Hours>) -> Option<(Timestamp, Timestamp)> {
        if !self.is_business_day(date) {
            return None;
        }
        let from = limit.map_or(self.opens, |limit| self.opens.max(limit.opens()));
        let to = limit.map_or(self.closes, |limit| self.closes.min(limit.closes()));
        let opens = time::local_to_utc(date.and_time(from), zone);
        let closes = time::local_to_utc(date.and_time(to), zone);
        // Where the clocks jump over the hours, both ends are the same jump.
        (from < to && opens < closes).then_some((opens, closes))
    }

    /// Whether it is all right to write at this instant.
    pub fn is_open(&self, at: Timestamp, zone: Zone) -> bool {
        let window = self.window(time::civil_date(at, zone), zone);
        window.is_some_and(|(opens, closes)| opens <= at && at < closes)
    }

    /// The first instant from `from` on at which it is all right to write: `from` itself when it is.
    pub fn next_open(&self, from: Timestamp, zone: Zone) -> Timestamp {
        self.next_open_within(from, zone, None).unwrap_or(from)
    }

    /// The same, within the hours that rules leave; none when nothing is left of any day.
    pub fn next_open_within(&self, from: Timestamp, zone: Zone, limit: Option<Hours>) -> Option<Timestamp> {
        let mut date = time::civil_date(from, zone);
        for _ in 0..Self::MOST_DAYS {
            if let Some((opens, closes)) = self.window_within(date, zone, limit)
                && from < closes
            {
                return Some(from.max(opens));
            }
            date = time::add_days(date, 1);
        }
        None
    }
}

fn index(weekday: Weekday) -> usize {
    weekday.num_days_from_monday() as usize
}

impl<'de> Deserialize<'de> for Calendar {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            days: [bool; 7],
            opens: NaiveTime,
            closes: NaiveTime,
            holidays: BTreeSet<Date>,
            minimum_gap_days: u32,
        }
        let fields = Fields::deserialize(deserializer)?;
        Self::new(fields.days, fields.opens, fields.closes, fields.holidays, fields.minimum_gap_days)
            .map_err(de::Error::custom)
    }
}
