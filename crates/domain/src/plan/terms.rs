//! What is proposed, and the timetable it comes to.

use std::fmt::Write;

use chrono::Datelike;
use serde::{Deserialize, Serialize};

use crate::time::{self, Date};
use crate::{Currency, FieldErrors, FieldProblem, InvoiceId, Money, MoneyError};

named_enum! {
    /// How far the instalments are apart.
    pub enum Pace {
        /// On the weekday of the first one.
        Weekly = "weekly",
        /// On that weekday, every other week.
        TwoWeekly = "two_weekly",
        /// On the first one's day of the month, or the last day of a shorter one.
        Monthly = "monthly",
    }
}

impl Pace {
    /// The date so many places after the first.
    fn date(self, first_on: Date, place: u32) -> Date {
        match self {
            Self::Weekly => time::add_days(first_on, 7 * i64::from(place)),
            Self::TwoWeekly => time::add_days(first_on, 14 * i64::from(place)),
            Self::Monthly => time::add_months(first_on, place),
        }
    }
}

/// What the instalments are reckoned from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Parts {
    /// So many equal ones; the larger first where the amount does not divide.
    Count(u32),
    /// So much each; the last is what is left.
    Each(Money),
}

/// How an amount is to be paid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shape {
    /// What is paid on the day of the agreement, if anything is.
    pub down: Option<Money>,
    /// The instalments of the rest.
    pub parts: Parts,
    /// How far they are apart.
    pub pace: Pace,
    /// When the first is due. All others are reckoned from it, never from the one before.
    pub first_on: Date,
    /// Whether each is charged on its day to the way to pay that the customer keeps.
    pub autopay: bool,
}

/// An invoice under a plan, and what was open of it when the terms were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Covered {
    /// Which.
    pub invoice: InvoiceId,
    /// What was open.
    pub open: Money,
}

/// What the business promises for as long as a plan is kept, and what follows when it is not: part of what is agreed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forbearance {
    /// Days after an instalment's date on which nothing happens yet.
    pub grace_days: u32,
    /// Days from the word about a missed instalment to the end of the plan.
    pub cure_days: u32,
    /// Whether the invoices' late fees and interest rest.
    pub fees_waived: bool,
}

impl Forbearance {
    /// The most days of grace.
    pub const GRACE_DAYS_MAX: u32 = 30;
    /// The fewest and the most days to catch up: a word needs time to be read and acted on.
    pub const CURE_DAYS: (u32, u32) = (3, 60);
}

/// One payment of a timetable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instalment {
    /// Its place, the first is 1.
    pub number: u32,
    /// When it is due.
    pub due_on: Date,
    /// How much.
    pub amount: Money,
}

/// Terms that can be agreed on: within the bounds that hold for everybody, whatever a policy says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Terms {
    covered: Vec<Covered>,
    shape: Shape,
    total: Money,
    /// The instalments after the down payment, which they come to. One at least.
    regular: Vec<Money>,
}

impl Terms {
    /// The most instalments, a down payment aside.
    pub const COUNT_MAX: u32 = 60;
    /// The most invoices under one plan.
    pub const COVERED_MAX: usize = 50;
    /// The first instalment is due within so many days.
    pub const FIRST_DAYS_MAX: i64 = 366;

    /// Terms written today. Every problem names the field and what is possible there.
    pub fn propose(covered: Vec<Covered>, shape: Shape, today: Date) -> Result<Self, FieldErrors> {
        let mut errors = FieldErrors::new();
        let earliest = time::add_days(today, i64::from(shape.down.is_some()));
        let latest = time::add_days(today, Self::FIRST_DAYS_MAX);
        if shape.first_on < earliest {
            errors.push("first_on", FieldProblem::DateBefore { earliest });
        } else if shape.first_on > latest {
            errors.push("first_on", FieldProblem::DateAfter { latest });
        }
        match Self::of(covered, shape) {
            Ok(terms) => errors.into_result().map(|()| terms),
            Err(others) => {
                errors.0.extend(others.0.into_iter().filter(|other| other.field != "first_on"));
                Err(errors)
            }
        }
    }

    /// Terms as they were written once, whatever day it is.
    pub fn of(covered: Vec<Covered>, shape: Shape) -> Result<Self, FieldErrors> {
        let one = FieldErrors::one;
        let total = total(&covered).map_err(|problem| one("invoices", problem))?;
        let mut errors = FieldErrors::new();
        if !(2000..2200).contains(&shape.first_on.year()) {
            errors.push("first_on", FieldProblem::DateInvalid);
        }
        let rest = errors.check("down", after_down(total, shape.down));
        let regular = rest.and_then(|rest| {
            let (field, regular) = match shape.parts {
                Parts::Count(count) => ("count", equal(rest, count)),
                Parts::Each(each) => ("each", of_size(rest, each)),
            };
            errors.check(field, regular)
        });
        match (errors.into_result(), regular) {
            (Ok(()), Some(regular)) => Ok(Self { covered, shape, total, regular }),
            (Err(errors), _) => Err(errors),
            (Ok(()), None) => Err(one("count", FieldProblem::Required)),
        }
    }

    /// The invoices and what was open of each.
    pub fn covered(&self) -> &[Covered] {
        &self.covered
    }

    /// How they are to be paid.
    pub const fn shape(&self) -> &Shape {
        &self.shape
    }

    /// What was open of all of them.
    pub const fn total(&self) -> Money {
        self.total
    }

    /// Their currency.
    pub const fn currency(&self) -> Currency {
        self.total.currency()
    }

    /// How many instalments follow the down payment.
    pub fn count(&self) -> u32 {
        u32::try_from(self.regular.len()).unwrap_or(u32::MAX)
    }

    /// What one of them comes to: the first, since only the last can be much smaller.
    pub fn instalment(&self) -> Money {
        self.regular.first().copied().unwrap_or(self.total)
    }

    /// Whether it is nothing but a later date for everything.
    pub fn is_extension(&self) -> bool {
        self.shape.down.is_none() && self.regular.len() == 1
    }

    /// The day on which the last instalment is due.
    pub fn last_on(&self) -> Date {
        self.shape.pace.date(self.shape.first_on, self.count().saturating_sub(1))
    }

    /// The last day on which they can be agreed on. A down payment is due on the day of the agreement, which is never that of the
    /// first instalment.
    pub fn agree_by(&self) -> Date {
        time::add_days(self.shape.first_on, -i64::from(self.shape.down.is_some()))
    }

    /// What is due when, if agreed on this day; exactly the total.
    pub fn timetable(&self, agreed_on: Date) -> Vec<Instalment> {
        let down = self.shape.down.map(|amount| (agreed_on, amount));
        let regular = self.regular.iter().zip(0_u32..);
        let regular =
            regular.map(|(&amount, place)| (self.shape.pace.date(self.shape.first_on, place), amount));
        let dated = down.into_iter().chain(regular);
        dated.zip(1_u32..).map(|((due_on, amount), number)| Instalment { number, due_on, amount }).collect()
    }

    /// The terms in one spelling, for a digest: equal exactly when invoices, amounts, shape and promises are.
    pub fn canonical(&self, promised: Forbearance) -> String {
        let mut invoices: Vec<&Covered> = self.covered.iter().collect();
        invoices.sort_by_key(|covered| covered.invoice);
        let mut text = format!("dunlin plan terms 1\ncurrency {}\n", self.currency().code());
        let mut line = |words: std::fmt::Arguments<'_>| {
            // Writing into a text cannot fail.
            let _ = writeln!(text, "{words}");
        };
        for covered in invoices {
            line(format_args!("invoice {} {}", covered.invoice, covered.open.minor()));
        }
        line(format_args!("down {}", self.shape.down.map_or(0, Money::minor)));
        match self.shape.parts {
            Parts::Count(count) => line(format_args!("count {count}")),
            Parts::Each(each) => line(format_args!("each {}", each.minor())),
        }
        line(format_args!("pace {}", self.shape.pace));
        line(format_args!("first {}", self.shape.first_on));
        line(format_args!("autopay {}", self.shape.autopay));
        line(format_args!("grace {} cure {}", promised.grace_days, promised.cure_days));
        line(format_args!("fees waived {}", promised.fees_waived));
        text
    }
}

/// What is open of all invoices: some, each once, all in one currency, none settled.
fn total(covered: &[Covered]) -> Result<Money, FieldProblem> {
    let currency = covered.first().ok_or(FieldProblem::Required)?.open.currency();
    if covered.len() > Terms::COVERED_MAX {
        return Err(FieldProblem::TooMany { max: Terms::COVERED_MAX });
    }
    for (at, one) in covered.iter().enumerate() {
        if covered[..at].iter().any(|other| other.invoice == one.invoice) {
            return Err(FieldProblem::AlreadyTaken);
        }
        same_currency(one.open, currency)?;
        if !one.open.is_positive() {
            return Err(FieldProblem::NotPositive);
        }
    }
    Money::sum(currency, covered.iter().map(|one| one.open)).map_err(too_large)
}

/// What is left after the down payment, which is neither nothing nor everything.
fn after_down(total: Money, down: Option<Money>) -> Result<Money, FieldProblem> {
    let Some(down) = down else { return Ok(total) };
    same_currency(down, total.currency())?;
    within(down, 1, total.minor() - 1)?;
    total.checked_sub(down).map_err(too_large)
}

/// So many equal instalments, of a minor unit at least.
fn equal(rest: Money, count: u32) -> Result<Vec<Money>, FieldProblem> {
    let max = rest.minor().min(i64::from(Terms::COUNT_MAX));
    if !(1..=max).contains(&i64::from(count)) {
        return Err(FieldProblem::NumberOutOfRange { min: 1, max });
    }
    rest.split(count).map_err(too_large)
}

/// Instalments of this size, and a last one of what is left.
fn of_size(rest: Money, each: Money) -> Result<Vec<Money>, FieldProblem> {
    same_currency(each, rest.currency())?;
    let most = i64::from(Terms::COUNT_MAX);
    within(each, (rest.minor() + most - 1) / most, rest.minor())?;
    let (whole, last) = (rest.minor() / each.minor(), rest.minor() % each.minor());
    let whole = std::iter::repeat_n(Ok(each), usize::try_from(whole).unwrap_or(usize::MAX));
    let last = (last > 0).then(|| Money::new(last, rest.currency()));
    whole.chain(last).collect::<Result<_, _>>().map_err(too_large)
}

fn same_currency(amount: Money, expected: Currency) -> Result<(), FieldProblem> {
    if amount.currency() == expected { Ok(()) } else { Err(FieldProblem::CurrencyMismatch { expected }) }
}

/// Whether an amount lies between two, given in its minor units.
fn within(amount: Money, min: i64, max: i64) -> Result<(), FieldProblem> {
    if (min..=max).contains(&amount.minor()) {
        return Ok(());
    }
    let bound = |minor| Money::new(minor, amount.currency()).map_err(too_large);
    Err(FieldProblem::AmountOutOfRange { min: bound(min)?, max: bound(max)? })
}

/// The only thing left to go wrong once the currencies agree.
fn too_large(_: MoneyError) -> FieldProblem {
    FieldProblem::TooLarge
}
