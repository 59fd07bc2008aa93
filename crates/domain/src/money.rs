//! Money: a whole number of minor units of one currency.
//!
//! Amounts never leave ±(2⁵³ − 1), the range that databases, JSON readers and spreadsheets all carry exactly. Adding
//! amounts of two currencies is an error value, and there is no order between them, so `Money` implements neither
//! `Add` nor `PartialOrd`.

use std::cmp::Ordering;

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::locale::{Locale, MinusPlace, SymbolPlace};
use crate::number::{self, Separators};
use crate::{Currency, FieldProblem};

/// An amount in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Money {
    minor: i64,
    currency: Currency,
}

/// Why amounts could not be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    /// Two currencies in one calculation.
    #[error("{left} and {right} cannot be calculated with together")]
    Mixed {
        /// The currency calculated with so far.
        left: Currency,
        /// The other one.
        right: Currency,
    },
    /// The result is beyond ±(2⁵³ − 1) minor units.
    #[error("the amount is larger than Dunlin calculates with")]
    Overflow,
    /// Nothing to share an amount among (no parts, or all of weight zero), or more parts than anyone needs.
    #[error("an amount is shared among 1 to {} parts", Money::MAX_PARTS)]
    PartCount,
}

impl Money {
    /// The largest amount, in minor units: 2⁵³ − 1.
    pub const MAX_MINOR: i64 = (1 << 53) - 1;

    /// The most parts an amount is shared into.
    pub const MAX_PARTS: usize = 1000;

    /// An amount of `minor` minor units.
    pub const fn new(minor: i64, currency: Currency) -> Result<Self, MoneyError> {
        if minor.unsigned_abs() > Self::MAX_MINOR.unsigned_abs() {
            return Err(MoneyError::Overflow);
        }
        Ok(Self { minor, currency })
    }

    /// Nothing.
    pub const fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// The number of minor units.
    pub const fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub const fn currency(self) -> Currency {
        self.currency
    }

    /// Whether this is nothing.
    pub const fn is_zero(self) -> bool {
        self.minor == 0
    }

    /// Whether this is more than nothing.
    pub const fn is_positive(self) -> bool {
        self.minor > 0
    }

    /// Whether this is less than nothing.
    pub const fn is_negative(self) -> bool {
        self.minor < 0
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::Mixed { left: self.currency, right: other.currency })
        }
    }

    /// The sum.
    pub fn checked_add(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        // Two amounts within the bound cannot overflow an i64, so only the bound is left to check.
        Self::new(self.minor + other.minor, self.currency)
    }

    /// The difference.
    pub fn checked_sub(self, other: Self) -> Result<Self, MoneyError> {
        self.checked_add(other.negated())
    }

    /// The same amount the other way round. The bound is symmetric, so this cannot fail.
    #[must_use]
    pub const fn negated(self) -> Self {
        Self { minor: -self.minor, currency: self.currency }
    }

    /// The sum of many amounts of `currency`.
    pub fn sum(currency: Currency, amounts: impl IntoIterator<Item = Self>) -> Result<Self, MoneyError> {
        amounts.into_iter().try_fold(Self::zero(currency), Self::checked_add)
    }

    /// Which of two amounts of one currency is larger.
    pub fn compare(self, other: Self) -> Result<Ordering, MoneyError> {
        self.same_currency(other)?;
        Ok(self.minor.cmp(&other.minor))
    }

    /// The smaller of two amounts of one currency.
    pub fn smaller(self, other: Self) -> Result<Self, MoneyError> {
        Ok(if self.compare(other)?.is_le() { self } else { other })
    }

    /// Shares the amount by weight, exactly: the parts always sum to the whole.
    ///
    /// Each part first gets its share rounded towards zero; the minor units left over go to the largest remainders,
    /// the earlier part first where remainders are equal. A weight of zero gets nothing.
    ///
    /// ```
    /// use domain::{Currency, Money};
    ///
    /// let parts = Money::new(100_00, Currency::EUR)?.allocate(&[1, 1, 1])?;
    /// assert_eq!(parts.iter().map(|part| part.minor()).collect::<Vec<_>>(), [33_34, 33_33, 33_33]);
    /// # Ok::<(), domain::MoneyError>(())
    /// ```
    pub fn allocate(self, weights: &[u64]) -> Result<Vec<Self>, MoneyError> {
        let total: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
        if total == 0 || weights.len() > Self::MAX_PARTS {
            return Err(MoneyError::PartCount);
        }
        let amount = u128::from(self.minor.unsigned_abs());
        // Weights are below 2^64 and amounts below 2^53, so their product stays below 2^117.
        let shares = weights.iter().map(|&weight| amount * u128::from(weight));
        let mut parts: Vec<(u128, u128)> = shares.map(|share| (share / total, share % total)).collect();

        let given: u128 = parts.iter().map(|(part, _)| part).sum();
        let mut by_remainder: Vec<usize> = (0..parts.len()).collect();
        by_remainder.sort_by_key(|&at| std::cmp::Reverse(parts[at].1));
        // What is left over is less than the number of parts with a remainder, since each lost less than one unit.
        let left_over = usize::try_from(amount - given).map_err(|_| MoneyError::Overflow)?;
        for &at in by_remainder.iter().take(left_over) {
            parts[at].0 += 1;
        }

        let sign = if self.is_negative() { -1 } else { 1 };
        parts
            .into_iter()
            .map(|(part, _)| {
                let minor = i64::try_from(part).map_err(|_| MoneyError::Overflow)?;
                Self::new(sign * minor, self.currency)
            })
            .collect()
    }

    /// Shares the amount into equal parts, exactly; the larger parts come first.
    pub fn split(self, parts: u32) -> Result<Vec<Self>, MoneyError> {
        // One more than the most is enough to be refused, and a slip of the finger does not take the memory with it.
        let parts = usize::try_from(parts).unwrap_or(usize::MAX).min(Self::MAX_PARTS + 1);
        self.allocate(&vec![1; parts])
    }

    /// Reads what people type as an amount of `currency`: `1240`, `1,240.00`, `1.240,00`, `1 240,00`, `€ 12.50`,
    /// `12,50 EUR`. Zero is accepted, anything below zero is not.
    ///
    /// What a lone dot or comma means is decided by the reader's locale and is stated at
    /// [`number::parse`].
    pub fn parse(text: &str, currency: Currency, locale: Locale) -> Result<Self, FieldProblem> {
        let bare = strip_currency(text.trim(), currency, locale);
        let minor = number::parse(bare, currency.exponent(), Self::MAX_MINOR, locale)?;
        Self::new(minor, currency).map_err(|_| FieldProblem::TooLarge)
    }

    /// Reads what people type where at least one minor unit and at most `most` is meant, in its currency.
    pub fn parse_up_to(text: &str, most: Self, locale: Locale) -> Result<Self, FieldProblem> {
        let least = Self { minor: 1, currency: most.currency };
        Self::parse(text, most.currency, locale)?.within(least, most)
    }

    /// Itself, if it is one of these amounts of its own currency.
    pub fn within(self, min: Self, max: Self) -> Result<Self, FieldProblem> {
        let fits = min.currency == self.currency && (min.minor..=max.minor).contains(&self.minor);
        if fits { Ok(self) } else { Err(FieldProblem::AmountOutOfRange { min, max }) }
    }

    /// As people of the locale write it: `€1,240.00`, `1.240,00 €`, `¥1,240`, `KWD 1,240.000`.
    pub fn format(self, locale: Locale) -> String {
        let data = locale.data();
        let separators = Separators {
            decimal: data.decimal,
            group: data.currency_group,
            least_grouped: data.least_grouped,
        };
        let digits = number::format(self.minor.unsigned_abs(), self.currency.exponent(), false, &separators);
        let symbol = locale.symbol(&self.currency);
        let (minus, air) = (if self.is_negative() { "-" } else { "" }, "\u{a0}");
        match (data.symbol_place, data.minus) {
            (SymbolPlace::AfterSpaced, _) => format!("{minus}{digits}{air}{symbol}"),
            // A symbol that ends in a letter needs air before the digits: `CHF 5`, but `US$5`.
            (SymbolPlace::Before, _) if symbol.ends_with(|c: char| c.is_alphabetic() || c == '.') => {
                format!("{minus}{symbol}{air}{digits}")
            }
            (SymbolPlace::Before, _) => format!("{minus}{symbol}{digits}"),
            (SymbolPlace::BeforeSpaced, MinusPlace::AtNumber) => format!("{symbol}{air}{minus}{digits}"),
            (SymbolPlace::BeforeSpaced, MinusPlace::InsteadOfSpace) if self.is_negative() => {
                format!("{symbol}{minus}{digits}")
            }
            (SymbolPlace::BeforeSpaced, _) => format!("{minus}{symbol}{air}{digits}"),
        }
    }

    /// For machines: digits, a dot, all decimal places of the currency, no currency: `1240.00`, `-5`, `0.125`.
    pub fn to_plain(self) -> String {
        let separators = Separators::PLAIN;
        let digits = number::format(self.minor.unsigned_abs(), self.currency.exponent(), false, &separators);
        if self.is_negative() { format!("-{digits}") } else { digits }
    }

    /// Reads [`to_plain`](Self::to_plain) back. Fewer decimal places are accepted, more are not.
    pub fn from_plain(text: &str, currency: Currency) -> Result<Self, FieldProblem> {
        let (negative, digits) = text.strip_prefix('-').map_or((false, text), |rest| (true, rest));
        let minor = number::parse_plain(digits, currency.exponent(), Self::MAX_MINOR)?;
        Self::new(if negative { -minor } else { minor }, currency).map_err(|_| FieldProblem::TooLarge)
    }
}

/// Takes the currency's symbol or code off either end, once.
fn strip_currency(text: &str, currency: Currency, locale: Locale) -> &str {
    let code = currency.code();
    let names = [locale.symbol(&currency), code, Locale::narrow_symbol(currency)];
    for name in names {
        if let Some(rest) = strip_prefix_folded(text, name).or_else(|| strip_suffix_folded(text, name)) {
            return rest.trim();
        }
    }
    text
}

fn strip_prefix_folded<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let head = text.get(..name.len())?;
    (!name.is_empty() && head.eq_ignore_ascii_case(name)).then(|| &text[name.len()..])
}

fn strip_suffix_folded<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    let start = text.len().checked_sub(name.len())?;
    let tail = text.get(start..)?;
    (!name.is_empty() && tail.eq_ignore_ascii_case(name)).then(|| &text[..start])
}

impl<'de> Deserialize<'de> for Money {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields {
            minor: i64,
            currency: Currency,
        }
        let Fields { minor, currency } = Fields::deserialize(deserializer)?;
        Self::new(minor, currency).map_err(de::Error::custom)
    }
}
