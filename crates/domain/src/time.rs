//! Instants, civil dates and time zones.
//!
//! Due dates and follow-up days are **civil dates** in the business's zone; the hour of a message is local to the
//! contact. A local time need not exist: clocks jump forward, in some places across midnight, once even over a whole
//! day. [`local_to_utc`] says what is meant then, and nothing else in Dunlin converts local times.

use std::fmt;

use chrono::{
    DateTime, Datelike, Days, MappedLocalTime, Months, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Utc,
};
use chrono_tz::Tz;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::FieldProblem;

/// An instant, cut to microseconds: what both databases keep exactly.
pub type Timestamp = DateTime<Utc>;

/// A day of the calendar, in no zone.
pub type Date = chrono::NaiveDate;

/// An IANA time zone.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Zone(Tz);

impl Zone {
    /// Coordinated universal time.
    pub const UTC: Self = Self(Tz::UTC);

    /// Finds a zone by its IANA name, exactly as spelled there, surrounding space aside.
    pub fn parse(name: &str) -> Result<Self, FieldProblem> {
        let name = name.trim();
        if name.is_empty() {
            return Err(FieldProblem::Required);
        }
        name.parse().map(Self).map_err(|_| FieldProblem::ZoneUnknown)
    }

    /// The IANA name: `Europe/Berlin`.
    pub fn name(self) -> &'static str {
        self.0.name()
    }

    /// Every zone.
    pub fn all() -> impl Iterator<Item = Self> {
        chrono_tz::TZ_VARIANTS.iter().copied().map(Self)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        name.parse().map(Self).map_err(|_| de::Error::custom("not an IANA time zone"))
    }
}

/// The instant without what is finer than a microsecond.
pub fn truncate_micros(instant: Timestamp) -> Timestamp {
    DateTime::from_timestamp_micros(instant.timestamp_micros()).unwrap_or(instant)
}

/// The clock on the wall of this zone at this instant.
pub fn local(instant: Timestamp, zone: Zone) -> NaiveDateTime {
    instant.with_timezone(&zone.0).naive_local()
}

/// The calendar's day in this zone at this instant.
pub fn civil_date(instant: Timestamp, zone: Zone) -> Date {
    local(instant, zone).date()
}

/// The instant at which the clocks of this zone show a local time.
///
/// A time that is shown **twice** (clocks went back) is its first occurrence. A time that is **never** shown (clocks
/// went forward) is the instant of the jump: the first at which the clocks show anything later.
pub fn local_to_utc(time: NaiveDateTime, zone: Zone) -> Timestamp {
    if let Some(instant) = earliest(time, zone) {
        return instant;
    }
    // Within a gap. No jump is longer than a day (Samoa, 2011), so the far side is found within the next two; then the
    // first shown second is found by halves, because what is not shown comes before what is.
    let (mut hidden, mut shown) = (time, time);
    for quarter_hours in 1..=192_i32 {
        shown = time + TimeDelta::minutes(15) * quarter_hours;
        if earliest(shown, zone).is_some() {
            break;
        }
        hidden = shown;
    }
    while shown - hidden > TimeDelta::seconds(1) {
        let middle = hidden + TimeDelta::seconds((shown - hidden).num_seconds() / 2);
        if earliest(middle, zone).is_some() {
            shown = middle;
        } else {
            hidden = middle;
        }
    }
    // Transitions fall on whole seconds; only the asked-for time may have carried a fraction.
    let shown = shown - TimeDelta::nanoseconds(i64::from(shown.and_utc().timestamp_subsec_nanos()));
    earliest(shown, zone).unwrap_or_else(|| shown.and_utc())
}

fn earliest(time: NaiveDateTime, zone: Zone) -> Option<Timestamp> {
    match zone.0.from_local_datetime(&time) {
        MappedLocalTime::Single(instant) => Some(instant.to_utc()),
        MappedLocalTime::Ambiguous(one, other) => Some(one.to_utc().min(other.to_utc())),
        MappedLocalTime::None => None,
    }
}

/// The first instant of a day in a zone: midnight, or whenever the clocks first show that day or a later one.
pub fn start_of_day(date: Date, zone: Zone) -> Timestamp {
    local_to_utc(date.and_time(NaiveTime::MIN), zone)
}

/// The day `days` after `date` (before it, when negative). Days beyond the calendar's end are its end.
pub fn add_days(date: Date, days: i64) -> Date {
    let by = Days::new(days.unsigned_abs());
    if days < 0 {
        date.checked_sub_days(by).unwrap_or(Date::MIN)
    } else {
        date.checked_add_days(by).unwrap_or(Date::MAX)
    }
}

/// The day `months` after an anchor, on the anchor's day of the month or, where a month is shorter, its last: from
/// 31 January it is 28 February, then 31 March. Always reckon from the anchor, never from the step before.
pub fn add_months(anchor: Date, months: u32) -> Date {
    anchor.checked_add_months(Months::new(months)).unwrap_or(Date::MAX)
}

/// How many days lie between two dates; negative when `to` is the earlier.
pub fn days_between(from: Date, to: Date) -> i64 {
    (to - from).num_days()
}

/// Reads a date in the form that `<input type="date">` sends, `2026-03-03`, within the years 2000 to 2199: earlier or
/// later ones are slips of the finger.
pub fn parse_date(text: &str) -> Result<Date, FieldProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldProblem::Required);
    }
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Err(FieldProblem::DateInvalid);
    };
    let digits = |part: &str, length| part.len() == length && part.bytes().all(|b| b.is_ascii_digit());
    if !(digits(year, 4) && digits(month, 2) && digits(day, 2)) {
        return Err(FieldProblem::DateInvalid);
    }
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    let year = i32::try_from(number(year)).unwrap_or(0);
    let date = Date::from_ymd_opt(year, number(month), number(day)).ok_or(FieldProblem::DateInvalid)?;
    if (2000..2200).contains(&date.year()) { Ok(date) } else { Err(FieldProblem::DateInvalid) }
}

/// Reads a moment of a day in the form that `<input type="datetime-local">` sends, `2026-03-03T14:05`, seconds allowed;
/// its date as [`parse_date`] reads one.
pub fn parse_local(text: &str) -> Result<NaiveDateTime, FieldProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldProblem::Required);
    }
    let (date, time) = text.split_once('T').ok_or(FieldProblem::DateInvalid)?;
    let plain = (5..=8).contains(&time.len()) && time.bytes().all(|b| b.is_ascii_digit() || b == b':');
    let read = ["%H:%M", "%H:%M:%S"].iter().find_map(|form| NaiveTime::parse_from_str(time, form).ok());
    let time = read.filter(|_| plain).ok_or(FieldProblem::DateInvalid)?;
    Ok(parse_date(date)?.and_time(time))
}

/// A day as seen from another: what is shown beside a date, never instead of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum RelativeDay {
    /// Before yesterday.
    DaysAgo(u64),
    /// The day before.
    Yesterday,
    /// The same day.
    Today,
    /// The day after.
    Tomorrow,
    /// After tomorrow.
    InDays(u64),
}

impl RelativeDay {
    /// `date` as seen on the day `today`.
    pub fn of(date: Date, today: Date) -> Self {
        match days_between(today, date) {
            0 => Self::Today,
            1 => Self::Tomorrow,
            -1 => Self::Yesterday,
            days if days > 0 => Self::InDays(days.unsigned_abs()),
            days => Self::DaysAgo(days.unsigned_abs()),
        }
    }
}
