//! Invoices: lines, tax, totals, and the life of an invoice.
//!
//! **The rounding policy, stated once.** A line's net amount is quantity × unit price, rounded half away from zero to
//! the minor unit. Tax is reckoned per rate, over the sum of that rate's line nets, rounded half away from zero once.
//! (So ten lines of the same rate round once, not ten times, and the tax shown per rate always adds up to the tax of
//! the invoice.)

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::number::{self, divide_rounding};
use crate::time::{self, days_between};
use crate::{Currency, Date, FieldProblem, Label, Locale, LongText, Money, MoneyError, ShortText, Timestamp};

/// How many units of something, in thousandths: 1.5 hours is 1500. More than zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Quantity(i64);

impl Quantity {
    /// One.
    pub const ONE: Self = Self(1000);
    /// The largest quantity, in thousandths: a million units.
    pub const MAX_THOUSANDTHS: i64 = 1_000_000_000;
    /// Decimal places.
    pub const DECIMALS: u32 = 3;

    /// A quantity of so many thousandths, from 0.001 to a million.
    pub const fn from_thousandths(thousandths: i64) -> Option<Self> {
        if thousandths >= 1 && thousandths <= Self::MAX_THOUSANDTHS { Some(Self(thousandths)) } else { None }
    }

    /// The number of thousandths.
    pub const fn thousandths(self) -> i64 {
        self.0
    }

    /// Reads what people type; see [`number::parse`].
    pub fn parse(text: &str, locale: Locale) -> Result<Self, FieldProblem> {
        let thousandths = number::parse(text, Self::DECIMALS, Self::MAX_THOUSANDTHS, locale)?;
        Self::from_thousandths(thousandths).ok_or(FieldProblem::NotPositive)
    }

    /// As people write it: `1.5`.
    pub fn format(self, locale: Locale) -> String {
        locale.decimal(self.0, Self::DECIMALS)
    }
}

impl<'de> Deserialize<'de> for Quantity {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let thousandths = i64::deserialize(deserializer)?;
        Self::from_thousandths(thousandths).ok_or_else(|| de::Error::custom("not a quantity in thousandths"))
    }
}

/// A tax rate in basis points (hundredths of a percent): 19 % is 1900.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct TaxRate(u32);

impl TaxRate {
    /// No tax.
    pub const ZERO: Self = Self(0);
    /// The highest rate, in basis points.
    pub const MAX_BASIS_POINTS: u32 = 10_000;

    /// A rate of so many basis points, from nothing to 100 %.
    pub const fn from_basis_points(basis_points: u32) -> Option<Self> {
        if basis_points <= Self::MAX_BASIS_POINTS { Some(Self(basis_points)) } else { None }
    }

    /// The number of basis points.
    pub const fn basis_points(self) -> u32 {
        self.0
    }

    /// Reads a percentage as people type it: `19`, `7.7`, `5,5 %`. Nothing at all is no tax.
    pub fn parse(text: &str, locale: Locale) -> Result<Self, FieldProblem> {
        let text = text.trim();
        let text = text.strip_suffix('%').unwrap_or(text);
        match number::parse(text, 2, i64::from(Self::MAX_BASIS_POINTS), locale) {
            Ok(basis_points) => u32::try_from(basis_points).map(Self).map_err(|_| FieldProblem::TooLarge),
            Err(FieldProblem::Required) => Ok(Self::ZERO),
            Err(FieldProblem::TooLarge) => Err(FieldProblem::NumberOutOfRange { min: 0, max: 100 }),
            Err(problem) => Err(problem),
        }
    }

    /// As people write it: `19%`, in German `19 %`.
    pub fn format(self, locale: Locale) -> String {
        locale.percent(self.0)
    }

    /// The tax on a net amount, rounded half away from zero.
    pub fn of(self, net: Money) -> Result<Money, MoneyError> {
        let tax = divide_rounding(i128::from(net.minor()) * i128::from(self.0), 10_000);
        Money::new(i64::try_from(tax).map_err(|_| MoneyError::Overflow)?, net.currency())
    }
}

impl<'de> Deserialize<'de> for TaxRate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let basis_points = u32::deserialize(deserializer)?;
        Self::from_basis_points(basis_points)
            .ok_or_else(|| de::Error::custom("not a tax rate in basis points"))
    }
}

/// The days a line is about, both included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// The first day.
    pub from: Date,
    /// The last day, not before the first.
    pub to: Date,
}

impl Period {
    /// The days from one to another.
    pub fn new(from: Date, to: Date) -> Result<Self, FieldProblem> {
        if to < from { Err(FieldProblem::DateBefore { earliest: from }) } else { Ok(Self { from, to }) }
    }
}

/// One line: quantity × unit price of something named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InvoiceLine {
    /// What it is, in a few words.
    pub description: ShortText,
    /// What it is, in more words.
    pub detail: Option<LongText>,
    /// How many.
    pub quantity: Quantity,
    /// Of what: hour, piece, project.
    pub unit: Option<Label>,
    /// What one costs, without tax.
    pub unit_price: Money,
    /// The tax on it.
    pub tax_rate: TaxRate,
    /// When it was.
    pub period: Option<Period>,
    /// What it belongs to.
    pub project: Option<Label>,
}

impl InvoiceLine {
    /// Quantity × unit price, rounded half away from zero.
    pub fn net(&self) -> Result<Money, MoneyError> {
        let thousandths = i128::from(self.quantity.0) * i128::from(self.unit_price.minor());
        let minor = i64::try_from(divide_rounding(thousandths, 1000)).map_err(|_| MoneyError::Overflow)?;
        Money::new(minor, self.unit_price.currency())
    }
}

/// The tax of one rate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TaxOfRate {
    /// The rate.
    pub rate: TaxRate,
    /// The sum of the nets of that rate's lines.
    pub net: Money,
    /// The tax on that sum.
    pub tax: Money,
}

/// What an invoice comes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Without tax.
    pub net: Money,
    /// The tax by rate, lowest rate first. A rate of zero is listed only beside others.
    pub tax_by_rate: Vec<TaxOfRate>,
    /// All tax.
    pub tax: Money,
    /// What is asked for.
    pub total: Money,
}

impl Totals {
    /// Sums lines up by the rounding policy of this module.
    pub fn of(currency: Currency, lines: &[InvoiceLine]) -> Result<Self, MoneyError> {
        let mut nets: BTreeMap<TaxRate, Money> = BTreeMap::new();
        for line in lines {
            let net = nets.entry(line.tax_rate).or_insert(Money::zero(currency));
            *net = net.checked_add(line.net()?)?;
        }
        let only_untaxed = nets.keys().all(|rate| *rate == TaxRate::ZERO);
        let tax_by_rate = nets
            .iter()
            .filter(|_| !only_untaxed)
            .map(|(&rate, &net)| Ok(TaxOfRate { rate, net, tax: rate.of(net)? }))
            .collect::<Result<Vec<_>, MoneyError>>()?;
        let net = Money::sum(currency, nets.into_values())?;
        let tax = Money::sum(currency, tax_by_rate.iter().map(|of_rate| of_rate.tax))?;
        Ok(Self { net, tax_by_rate, tax, total: net.checked_add(tax)? })
    }
}

/// The days a customer has to pay, counted from the issue date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct NetDays(u16);

impl NetDays {
    /// The longest term.
    pub const MAX: u16 = 365;
    /// What a new business starts with.
    pub const FORTNIGHT: Self = Self(14);

    /// A term of so many days, at most a year; 0 is due at once.
    pub const fn new(days: u16) -> Option<Self> {
        if days <= Self::MAX { Some(Self(days)) } else { None }
    }

    /// Reads what people type.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let days =
            number::parse(text, 0, i64::from(Self::MAX), Locale::default()).map_err(
                |problem| match problem {
                    FieldProblem::TooLarge => {
                        FieldProblem::NumberOutOfRange { min: 0, max: i64::from(Self::MAX) }
                    }
                    other => other,
                },
            )?;
        u16::try_from(days).map(Self).map_err(|_| FieldProblem::NotANumber)
    }

    /// The number of days.
    pub const fn days(self) -> u16 {
        self.0
    }

    /// The due date of an invoice issued on this day.
    pub fn due_on(self, issued_on: Date) -> Date {
        time::add_days(issued_on, i64::from(self.0))
    }
}

impl<'de> Deserialize<'de> for NetDays {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(u16::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("more than a year to pay"))
    }
}

/// The most lines of one invoice.
pub const MAX_LINES: usize = 200;

/// Where an invoice is in its life. What is derived from the ledger (open, paid, overdue …) is not in here but in
/// [`Standing`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum InvoiceState {
    /// Being written: no number, nobody owes anything.
    Draft,
    /// Sent out into the world: nothing of it changes any more.
    Issued(Issued),
    /// Taken back after it was issued. The number stays used.
    Void {
        /// What it was.
        issued: Issued,
        /// When it was taken back.
        voided_at: Timestamp,
    },
}

/// What issuing fixed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Issued {
    /// The number, unique in the business.
    pub number: Label,
    /// The issue date, in the business's zone.
    pub issued_on: Date,
    /// The due date, in the business's zone; never before the issue date.
    pub due_on: Date,
    /// The instant.
    pub issued_at: Timestamp,
}

named_enum! {
    /// The name of an [`InvoiceState`].
    pub enum InvoiceStatus {
        /// [`InvoiceState::Draft`]
        Draft = "draft",
        /// [`InvoiceState::Issued`]
        Issued = "issued",
        /// [`InvoiceState::Void`]
        Void = "void",
    }
}

/// Why a draft cannot be issued.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IssueError {
    /// It is no draft any more.
    #[error("the invoice is {0} already")]
    NotADraft(InvoiceStatus),
    /// Nothing to ask for.
    #[error("the invoice has no lines")]
    NoLines,
    /// More lines than an invoice may have.
    #[error("the invoice has more than {MAX_LINES} lines")]
    TooManyLines,
    /// A line that takes something off. A reduction is a lower price; money given back is a credit note.
    #[error("a line of the invoice is negative")]
    NegativeLine,
    /// It comes to nothing.
    #[error("the invoice comes to nothing")]
    NothingToPay,
    /// Lines in different currencies, or amounts beyond all bounds.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// Why an invoice cannot be voided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VoidError {
    /// Only what was issued can be taken back.
    #[error("the invoice is {0}")]
    NotIssued(InvoiceStatus),
    /// Money was received for it. That has to be refunded, or credited by another invoice, first.
    #[error("money was received for the invoice")]
    PartlyPaid,
    /// A payment for it is on its way, or may be.
    #[error("a payment for the invoice may be on its way")]
    PaymentInFlight,
}

/// What an invoice of these lines comes to, if it can be issued.
pub fn issuable(currency: Currency, lines: &[InvoiceLine]) -> Result<Totals, IssueError> {
    if lines.is_empty() {
        return Err(IssueError::NoLines);
    }
    if lines.len() > MAX_LINES {
        return Err(IssueError::TooManyLines);
    }
    if lines.iter().any(|line| line.unit_price.is_negative()) {
        return Err(IssueError::NegativeLine);
    }
    let totals = Totals::of(currency, lines)?;
    if totals.total.is_positive() { Ok(totals) } else { Err(IssueError::NothingToPay) }
}

impl InvoiceState {
    /// The state's name.
    pub const fn status(&self) -> InvoiceStatus {
        match self {
            Self::Draft => InvoiceStatus::Draft,
            Self::Issued(_) => InvoiceStatus::Issued,
            Self::Void { .. } => InvoiceStatus::Void,
        }
    }

    /// What issuing fixed, also of an invoice that is void now.
    pub const fn issued(&self) -> Option<&Issued> {
        match self {
            Self::Draft => None,
            Self::Issued(issued) | Self::Void { issued, .. } => Some(issued),
        }
    }

    /// Makes an invoice of a draft. The due date is derived from the terms here and stands from then on.
    pub fn issue(
        self,
        lines: &[InvoiceLine],
        currency: Currency,
        number: Label,
        issued_on: Date,
        terms: NetDays,
        now: Timestamp,
    ) -> Result<(Self, Totals), IssueError> {
        if self != Self::Draft {
            return Err(IssueError::NotADraft(self.status()));
        }
        let totals = issuable(currency, lines)?;
        let issued = Issued { number, issued_on, due_on: terms.due_on(issued_on), issued_at: now };
        Ok((Self::Issued(issued), totals))
    }

    /// Takes an issued invoice back. `received` is the money applied to it so far, `in_flight` whether an attempt to
    /// pay it is open, processing or unknown.
    pub fn void(self, received: Money, in_flight: bool, now: Timestamp) -> Result<Self, VoidError> {
        match self {
            Self::Issued(_) if !received.is_zero() => Err(VoidError::PartlyPaid),
            Self::Issued(_) if in_flight => Err(VoidError::PaymentInFlight),
            Self::Issued(issued) => Ok(Self::Void { issued, voided_at: now }),
            other => Err(VoidError::NotIssued(other.status())),
        }
    }
}

/// What the ledger and the attempts say of one issued invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Balance {
    /// What was asked for.
    pub total: Money,
    /// What was received and applied.
    pub paid: Money,
    /// What was given up.
    pub written_off: Money,
    /// By how much credit notes made it smaller.
    pub credited: Money,
    /// What is still owed: total − paid − written off − credited.
    pub open: Money,
    /// What is on its way.
    pub processing: Money,
}

impl Balance {
    /// The balance of these sums.
    pub fn new(total: Money, paid: Money, written_off: Money, processing: Money) -> Result<Self, MoneyError> {
        let open = total.checked_sub(paid)?.checked_sub(written_off)?;
        open.checked_sub(processing)?; // Refuses a mix of currencies here rather than where it is shown.
        Ok(Self { total, paid, written_off, credited: Money::zero(total.currency()), open, processing })
    }

    /// The same beside credit notes over so much.
    pub fn less_credited(self, credited: Money) -> Result<Self, MoneyError> {
        let open = self.open.checked_sub(credited)?;
        Ok(Self { credited: self.credited.checked_add(credited)?, open, ..self })
    }

    /// What may still be offered for payment: the open amount less what is on its way, never below nothing.
    pub fn payable(&self) -> Money {
        let left = self.open.checked_sub(self.processing).unwrap_or(Money::zero(self.open.currency()));
        if left.is_negative() { Money::zero(left.currency()) } else { left }
    }
}

/// How an invoice stands today, in the words of the pages. Derived, never stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Being written.
    Draft,
    /// Nothing received yet, due later.
    Open {
        /// Days until the due date.
        due_in_days: u32,
    },
    /// Due within [`Standing::SOON_DAYS`], today included.
    DueSoon {
        /// Days until the due date.
        due_in_days: u32,
    },
    /// Partly received, the rest due later.
    PartlyPaid {
        /// Days until the due date.
        due_in_days: u32,
    },
    /// The due date has passed.
    Overdue {
        /// Days since the due date.
        days: u32,
    },
    /// All that is open is on its way.
    Processing,
    /// Nothing is open.
    Paid,
    /// Nothing is open because the rest was given up.
    WrittenOff,
    /// Nothing is open, and nothing was paid: credit notes took all of it back.
    Credited,
    /// Taken back.
    Void,
}

named_enum! {
    /// The name of a [`Standing`], as filters and addresses use it.
    pub enum StandingName {
        /// [`Standing::Draft`]
        Draft = "draft",
        /// [`Standing::Open`]
        Open = "open",
        /// [`Standing::DueSoon`]
        DueSoon = "due_soon",
        /// [`Standing::PartlyPaid`]
        PartlyPaid = "partly_paid",
        /// [`Standing::Overdue`]
        Overdue = "overdue",
        /// [`Standing::Processing`]
        Processing = "processing",
        /// [`Standing::Paid`]
        Paid = "paid",
        /// [`Standing::WrittenOff`]
        WrittenOff = "written_off",
        /// [`Standing::Credited`]
        Credited = "credited",
        /// [`Standing::Void`]
        Void = "void",
    }
}

impl Standing {
    /// An invoice due within so many days is due soon.
    pub const SOON_DAYS: u32 = 3;

    /// How an invoice stands on the day `today` of the business's zone. A draft has no balance that matters.
    pub fn of(state: &InvoiceState, balance: &Balance, today: Date) -> Self {
        let issued = match state {
            InvoiceState::Draft => return Self::Draft,
            InvoiceState::Void { .. } => return Self::Void,
            InvoiceState::Issued(issued) => issued,
        };
        if !balance.open.is_positive() {
            return if balance.written_off.is_positive() {
                Self::WrittenOff
            } else if balance.credited.is_positive() && balance.paid.is_zero() {
                Self::Credited
            } else {
                Self::Paid
            };
        }
        if balance.processing.is_positive() && balance.payable().is_zero() {
            return Self::Processing;
        }
        let days = days_between(today, issued.due_on);
        let count = u32::try_from(days.unsigned_abs()).unwrap_or(u32::MAX);
        if days < 0 {
            Self::Overdue { days: count }
        } else if count <= Self::SOON_DAYS {
            Self::DueSoon { due_in_days: count }
        } else if balance.paid.is_positive() {
            Self::PartlyPaid { due_in_days: count }
        } else {
            Self::Open { due_in_days: count }
        }
    }

    /// The name.
    pub const fn name(self) -> StandingName {
        match self {
            Self::Draft => StandingName::Draft,
            Self::Open { .. } => StandingName::Open,
            Self::DueSoon { .. } => StandingName::DueSoon,
            Self::PartlyPaid { .. } => StandingName::PartlyPaid,
            Self::Overdue { .. } => StandingName::Overdue,
            Self::Processing => StandingName::Processing,
            Self::Paid => StandingName::Paid,
            Self::WrittenOff => StandingName::WrittenOff,
            Self::Credited => StandingName::Credited,
            Self::Void => StandingName::Void,
        }
    }
}
