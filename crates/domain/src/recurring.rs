//! Recurring invoices: on which civil dates one is written, what days each is about, and what becomes of dates that passed while
//! nobody looked.
//!
//! Dates are civil dates of the business, reckoned from the first one and never from the one before: from 31 January it is
//! 28 February, then 31 March. So no date depends on when anybody looked.

use chrono::{Datelike, Months};

use crate::invoice::{InvoiceLine, NetDays, Period, Totals};
use crate::time::{self, days_between};
use crate::{Currency, Date, FieldErrors, FieldProblem, Label, Locale, LongText, MoneyError, ShortText};

named_enum! {
    /// What a rhythm counts in.
    pub enum Cycle {
        /// The weekday of the first date.
        Week = "week",
        /// Its day of the month.
        Month = "month",
        /// Its day and month.
        Year = "year",
    }
}

/// Every so many weeks, months or years.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rhythm {
    cycle: Cycle,
    every: u8,
    month_end: bool,
}

impl Rhythm {
    /// The most weeks, months or years between two.
    pub const EVERY_MAX: u8 = 52;

    /// Every `every` cycles, from 1 to [`Self::EVERY_MAX`]. `month_end`: on the last day of the month, whatever the day of the first
    /// date; a week has none.
    pub fn new(cycle: Cycle, every: u8, month_end: bool) -> Option<Self> {
        let month_end = month_end && cycle != Cycle::Week;
        (1..=Self::EVERY_MAX).contains(&every).then_some(Self { cycle, every, month_end })
    }

    /// What it counts in.
    pub const fn cycle(self) -> Cycle {
        self.cycle
    }

    /// How many of them.
    pub const fn every(self) -> u8 {
        self.every
    }

    /// Whether it falls on the last day of the month.
    pub const fn month_end(self) -> bool {
        self.month_end
    }

    /// The date so many places after the anchor (before it, when negative).
    fn date(self, anchor: Date, place: i64) -> Date {
        let cycles = place.saturating_mul(i64::from(self.every));
        match self.cycle {
            Cycle::Week => time::add_days(anchor, cycles.saturating_mul(7)),
            Cycle::Month => self.on_its_day(anchor, cycles),
            Cycle::Year => self.on_its_day(anchor, cycles.saturating_mul(12)),
        }
    }

    fn on_its_day(self, anchor: Date, months: i64) -> Date {
        let by = Months::new(u32::try_from(months.unsigned_abs()).unwrap_or(u32::MAX));
        let date = if months < 0 { anchor.checked_sub_months(by) } else { anchor.checked_add_months(by) };
        let date = date.unwrap_or(if months < 0 { Date::MIN } else { Date::MAX });
        if self.month_end { last_of_month(date) } else { date }
    }

    /// About how many places lie between two dates: no more than one off.
    fn places_between(self, from: Date, to: Date) -> i64 {
        let months =
            i64::from(to.year() - from.year()) * 12 + i64::from(to.month()) - i64::from(from.month());
        let cycles = match self.cycle {
            Cycle::Week => days_between(from, to).div_euclid(7),
            Cycle::Month => months,
            Cycle::Year => months.div_euclid(12),
        };
        cycles.div_euclid(i64::from(self.every))
    }
}

fn last_of_month(date: Date) -> Date {
    let first = date.with_day(1).unwrap_or(date);
    first.checked_add_months(Months::new(1)).map_or(date, |next| time::add_days(next, -1))
}

/// When a series is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    /// When a person ends it.
    Ended,
    /// After this day.
    Date(Date),
    /// After so many, counted from the first date.
    Count(u32),
}

impl Until {
    /// The most that are counted.
    pub const COUNT_MAX: u32 = 999;
}

named_enum! {
    /// Which days an invoice of a series is about.
    pub enum Covers {
        /// Those that begin with its date: until the next.
        Ahead = "ahead",
        /// Those before its date: since the one before.
        Behind = "behind",
        /// None in particular.
        Nothing = "nothing",
    }
}

/// The dates of a recurring invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Series {
    /// How often.
    pub rhythm: Rhythm,
    /// The first date, which all others are reckoned from.
    pub first_on: Date,
    /// When it is over.
    pub until: Until,
}

/// One date of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Its place, the first is 0.
    pub place: u32,
    /// The date.
    pub on: Date,
}

/// What a look at a series comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Look {
    /// Nothing is due. The next date, unless the series is over.
    Nothing(Option<Date>),
    /// This one is due.
    Write(Occurrence),
    /// Dates passed while nobody looked: a person decides, because what was agreed then may not hold any more, and several invoices at
    /// once, or one that comes weeks late, cost more trust than a question.
    Ask,
}

impl Series {
    /// So many days late an invoice is still written without a question, if it is the only one.
    pub const LATE_DAYS_MAX: i64 = 7;
    /// The most missed dates that a person is asked about at once. Those after them are asked about next.
    pub const MISSED_MAX: usize = 60;

    /// What stands at a place, unless the series is over by then.
    fn at(&self, place: u32) -> Option<Occurrence> {
        let on = self.rhythm.date(self.first_on, i64::from(place));
        let over = match self.until {
            Until::Ended => false,
            Until::Date(last) => on > last,
            Until::Count(count) => place >= count,
        };
        (!over && on < Date::MAX).then_some(Occurrence { place, on })
    }

    /// The dates from a day on, in order.
    pub fn from(&self, day: Date) -> impl Iterator<Item = Occurrence> {
        let series = *self;
        let about = series.rhythm.places_between(series.first_on, day).saturating_sub(1);
        let start = u32::try_from(about.max(0)).unwrap_or(u32::MAX);
        (start..u32::MAX).map_while(move |place| series.at(place)).skip_while(move |found| found.on < day)
    }

    /// The first date from a day on.
    pub fn next_from(&self, day: Date) -> Option<Date> {
        self.from(day).next().map(|found| found.on)
    }

    /// The dates from a day on that have come today, at most [`Self::MISSED_MAX`].
    pub fn missed(&self, from: Date, today: Date) -> Vec<Occurrence> {
        self.from(from).take_while(|found| found.on <= today).take(Self::MISSED_MAX).collect()
    }

    /// From which day on dates count after the series was changed: days that went by under the old rhythm were dealt with, whatever
    /// the new one says of them, but what came due since `from` and is not dealt with yet stays.
    pub fn keeps_from(&self, from: Date, today: Date) -> Date {
        if self.missed(from, today).is_empty() { from.max(today) } else { from }
    }

    /// What is to be done today, if everything before `from` was dealt with.
    pub fn look(&self, from: Date, today: Date) -> Look {
        match self.missed(from, today)[..] {
            [] => Look::Nothing(self.next_from(from)),
            [only] if days_between(only.on, today) <= Self::LATE_DAYS_MAX => Look::Write(only),
            _ => Look::Ask,
        }
    }

    /// The days that an invoice of the series is about. Where it is written on the last day of a month, that day is part of what
    /// lies behind.
    pub fn period(&self, place: u32, covers: Covers) -> Option<Period> {
        let place = i64::from(place);
        let (begins, ends) = match covers {
            Covers::Ahead => (place, place + 1),
            Covers::Behind => (place - 1, place),
            Covers::Nothing => return None,
        };
        let shift = i64::from(self.rhythm.month_end);
        let day = |place| time::add_days(self.rhythm.date(self.first_on, place), shift);
        Some(Period { from: day(begins), to: time::add_days(day(ends), -1) })
    }
}

named_enum! {
    /// How a recurring invoice stands.
    pub enum RecurringState {
        /// It is written on its dates.
        Running = "running",
        /// A person is asked about dates that passed.
        Missed = "missed",
        /// It could not be written, and a person is asked to see why.
        Failed = "failed",
        /// Dates pass without an invoice.
        Paused = "paused",
        /// Ended by a person, for good.
        Ended = "ended",
    }
}

impl RecurringState {
    /// Whether it may become that. The schema holds the same table.
    pub const fn may_become(self, next: Self) -> bool {
        match self {
            Self::Running => !matches!(next, Self::Running),
            Self::Missed | Self::Failed => matches!(next, Self::Running | Self::Paused | Self::Ended),
            Self::Paused => matches!(next, Self::Running | Self::Ended),
            Self::Ended => false,
        }
    }
}

/// What each invoice of a series says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// What it is about; placeholders are filled in.
    pub title: Option<ShortText>,
    /// The currency of every line.
    pub currency: Currency,
    /// Days to pay; what the customer agreed to then, unless set.
    pub net_days: Option<NetDays>,
    /// The customer's purchase order number.
    pub purchase_order: Option<Label>,
    /// The project.
    pub project: Option<Label>,
    /// The lines, without a period of their own; placeholders in description and detail are filled in.
    pub lines: Vec<InvoiceLine>,
}

/// What one invoice says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filled {
    /// What it is about.
    pub title: Option<ShortText>,
    /// Its lines, each about the invoice's days.
    pub lines: Vec<InvoiceLine>,
}

impl Template {
    /// How many invoices are written ahead, when a template is saved, to see whether all that is filled in fits.
    const TRIED: usize = 24;

    /// What people call it.
    pub fn name(&self) -> Option<&ShortText> {
        self.title.as_ref().or_else(|| self.lines.first().map(|line| &line.description))
    }

    /// What the lines come to.
    pub fn totals(&self) -> Result<Totals, MoneyError> {
        Totals::of(self.currency, &self.lines)
    }

    /// The invoice about these days, in the words of this locale.
    pub fn fill(&self, period: Option<Period>, locale: Locale) -> Result<Filled, FieldErrors> {
        let mut errors = FieldErrors::new();
        let title = self.title.as_ref().and_then(|title| {
            let filled = fill(title.as_str(), period, locale).and_then(|text| ShortText::parse(&text));
            errors.check("title", filled)
        });
        let mut lines = Vec::with_capacity(self.lines.len());
        for (at, line) in self.lines.iter().enumerate() {
            let description =
                fill(line.description.as_str(), period, locale).and_then(|text| ShortText::parse(&text));
            let description = errors.check(format!("lines.{at}.description"), description);
            let detail = line.detail.as_ref().map_or(Ok(None), |detail| {
                fill(detail.as_str(), period, locale).and_then(|text| LongText::parse_optional(&text))
            });
            let detail = errors.check(format!("lines.{at}.detail"), detail);
            if let (Some(description), Some(detail)) = (description, detail) {
                lines.push(InvoiceLine { description, detail, period, ..line.clone() });
            }
        }
        errors.into_result()?;
        Ok(Filled { title, lines })
    }

    /// Whether the coming invoices can be written: every placeholder is one, and all that is filled in fits.
    pub fn check(
        &self,
        series: &Series,
        covers: Covers,
        from: Date,
        locale: Locale,
    ) -> Result<(), FieldErrors> {
        let first = series.period(0, covers);
        self.fill(first, locale)?;
        for occurrence in series.from(from).take(Self::TRIED) {
            self.fill(series.period(occurrence.place, covers), locale)?;
        }
        Ok(())
    }
}

/// What may stand in the words of a template.
pub const PLACEHOLDERS: [&str; 3] = ["{period}", "{month}", "{year}"];

/// Fills in what stands between braces: `{period}` (1 Mar 2026 – 31 Mar 2026), `{month}` (March 2026) and `{year}` of its first day.
fn fill(text: &str, period: Option<Period>, locale: Locale) -> Result<String, FieldProblem> {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('{') {
        let (before, braces) = rest.split_at(at);
        let end = braces.find('}').ok_or(FieldProblem::PlaceholderUnknown)?;
        let (placeholder, after) = braces.split_at(end + 1);
        if !PLACEHOLDERS.contains(&placeholder) {
            return Err(FieldProblem::PlaceholderUnknown);
        }
        let period = period.ok_or(FieldProblem::PlaceholderWithoutPeriod)?;
        filled.push_str(before);
        let told = match placeholder {
            "{period}" if period.from == period.to => locale.date_medium(period.from),
            "{period}" => {
                format!("{} – {}", locale.date_medium(period.from), locale.date_medium(period.to))
            }
            "{month}" => {
                let month = locale.month(period.from.month()).unwrap_or_default();
                format!("{month} {}", period.from.year())
            }
            _ => period.from.year().to_string(),
        };
        filled.push_str(&told);
        rest = after;
    }
    filled.push_str(rest);
    Ok(filled)
}
