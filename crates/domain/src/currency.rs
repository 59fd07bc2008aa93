//! Currencies: the active ones of ISO 4217 with their minor units, and how the payment provider counts them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::FieldProblem;

/// An active currency of ISO 4217.
///
/// Funds codes, metals and testing codes (`XAU`, `XDR`, `XTS` …) have no minor unit and are not money one pays an
/// invoice with, so they are not in the table.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// The active currencies of ISO 4217 (list one, as published by its maintenance agency SIX, 2026) by the number of
/// decimal places of their minor unit. Kept sorted: lookups search by halves.
const WITHOUT_DECIMALS: &[&[u8; 3]] = &[
    b"BIF", b"CLP", b"DJF", b"GNF", b"ISK", b"JPY", b"KMF", b"KRW", b"PYG", b"RWF", b"UGX", b"UYI", b"VND",
    b"VUV", b"XAF", b"XOF", b"XPF",
];
#[rustfmt::skip]
const WITH_TWO_DECIMALS: &[&[u8; 3]] = &[
    b"AED", b"AFN", b"ALL", b"AMD", b"AOA", b"ARS", b"AUD", b"AWG", b"AZN", b"BAM", b"BBD", b"BDT", b"BMD", b"BND",
    b"BOB", b"BOV", b"BRL", b"BSD", b"BTN", b"BWP", b"BYN", b"BZD", b"CAD", b"CDF", b"CHE", b"CHF", b"CHW", b"CNY",
    b"COP", b"COU", b"CRC", b"CUP", b"CVE", b"CZK", b"DKK", b"DOP", b"DZD", b"EGP", b"ERN", b"ETB", b"EUR", b"FJD",
    b"FKP", b"GBP", b"GEL", b"GHS", b"GIP", b"GMD", b"GTQ", b"GYD", b"HKD", b"HNL", b"HTG", b"HUF", b"IDR", b"ILS",
    b"INR", b"IRR", b"JMD", b"KES", b"KGS", b"KHR", b"KPW", b"KYD", b"KZT", b"LAK", b"LBP", b"LKR", b"LRD", b"LSL",
    b"MAD", b"MDL", b"MGA", b"MKD", b"MMK", b"MNT", b"MOP", b"MRU", b"MUR", b"MVR", b"MWK", b"MXN", b"MXV", b"MYR",
    b"MZN", b"NAD", b"NGN", b"NIO", b"NOK", b"NPR", b"NZD", b"PAB", b"PEN", b"PGK", b"PHP", b"PKR", b"PLN", b"QAR",
    b"RON", b"RSD", b"RUB", b"SAR", b"SBD", b"SCR", b"SDG", b"SEK", b"SGD", b"SHP", b"SLE", b"SOS", b"SRD", b"SSP",
    b"STN", b"SVC", b"SYP", b"SZL", b"THB", b"TJS", b"TMT", b"TOP", b"TRY", b"TTD", b"TWD", b"TZS", b"UAH", b"USD",
    b"USN", b"UYU", b"UZS", b"VED", b"VES", b"WST", b"XCD", b"XCG", b"YER", b"ZAR", b"ZMW", b"ZWG",
];
const WITH_THREE_DECIMALS: &[&[u8; 3]] = &[b"BHD", b"IQD", b"JOD", b"KWD", b"LYD", b"OMR", b"TND"];
const WITH_FOUR_DECIMALS: &[&[u8; 3]] = &[b"CLF", b"UYW"];

const TABLE: [(u8, &[&[u8; 3]]); 4] =
    [(2, WITH_TWO_DECIMALS), (0, WITHOUT_DECIMALS), (3, WITH_THREE_DECIMALS), (4, WITH_FOUR_DECIMALS)];

/// Why an amount cannot be charged through the payment provider as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StripeAmountError {
    /// The provider does not take this currency.
    #[error("{0} cannot be charged through Stripe")]
    Unsupported(Currency),
    /// The provider wants the amount to be a multiple of this many of our minor units.
    #[error("an amount in {currency} must be a multiple of {step} minor units")]
    NotAMultiple {
        /// The currency.
        currency: Currency,
        /// The step, in minor units of ISO 4217.
        step: i64,
    },
    /// More digits than the provider takes.
    #[error("an amount in {0} has more digits than Stripe takes")]
    TooLarge(Currency),
}

/// How the payment provider counts a currency, seen from the minor units of ISO 4217.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum StripeCounting {
    /// The same number.
    Same,
    /// The same number, its last digit zero.
    SameInTens,
    /// A hundred times our number: ISO 4217 knows no decimals (any more), the provider keeps two.
    TimesHundred,
    /// A hundredth of our number, which has to be whole: ISO 4217 has decimals, the provider has none.
    Hundredth,
    /// Not taken.
    Unsupported,
}

impl Currency {
    /// The euro.
    pub const EUR: Self = Self { code: *b"EUR", exponent: 2 };
    /// The pound sterling.
    pub const GBP: Self = Self { code: *b"GBP", exponent: 2 };
    /// The United States dollar.
    pub const USD: Self = Self { code: *b"USD", exponent: 2 };
    /// The yen, which has no minor unit.
    pub const JPY: Self = Self { code: *b"JPY", exponent: 0 };
    /// The Swiss franc.
    pub const CHF: Self = Self { code: *b"CHF", exponent: 2 };

    /// The provider's largest amount: eight digits in its own counting.
    pub const STRIPE_MAX_MINOR: i64 = 99_999_999;

    /// Finds a currency by its three capital letters.
    pub fn from_code(code: &str) -> Option<Self> {
        let code: [u8; 3] = code.as_bytes().try_into().ok()?;
        TABLE.iter().find_map(|(exponent, codes)| {
            codes.binary_search(&&code).ok().map(|_| Self { code, exponent: *exponent })
        })
    }

    /// Reads what a person or another system wrote: surrounding space and lower case are accepted.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldProblem::Required);
        }
        Self::from_code(&text.to_ascii_uppercase()).ok_or(FieldProblem::CurrencyUnknown)
    }

    /// Every currency, by code.
    pub fn all() -> Vec<Self> {
        let mut all: Vec<Self> = TABLE
            .iter()
            .flat_map(|(exponent, codes)| codes.iter().map(|code| Self { code: **code, exponent: *exponent }))
            .collect();
        all.sort_unstable();
        all
    }

    /// The three capital letters.
    pub fn code(&self) -> &str {
        // The table holds ASCII only, so the fallback is never taken; it spares a panic path in the browser's bundle.
        std::str::from_utf8(&self.code).unwrap_or("XXX")
    }

    /// The number of decimal places of the minor unit: 2 for EUR, 0 for JPY, 3 for KWD.
    pub const fn exponent(self) -> u32 {
        self.exponent as u32
    }

    /// How many minor units make one unit: 100 for EUR, 1 for JPY, 1000 for KWD.
    pub const fn minor_per_unit(self) -> i64 {
        10_i64.pow(self.exponent as u32)
    }

    /// The provider's currency rules, all in one place (docs.stripe.com/currencies, "Zero-decimal currencies",
    /// "Three-decimal currencies", "Special cases").
    fn stripe_counting(self) -> StripeCounting {
        match (&self.code, self.exponent) {
            // "To maintain backwards compatibility": decimals have to be there, and zero.
            (b"ISK" | b"UGX", _) => StripeCounting::TimesHundred,
            // Zero-decimal for the provider, though the ariary has two decimal places in ISO 4217.
            (b"MGA", _) => StripeCounting::Hundredth,
            // Three-decimal amounts are taken "rounded to the nearest ten".
            (b"BHD" | b"JOD" | b"KWD" | b"OMR" | b"TND", _) => StripeCounting::SameInTens,
            // HUF and TWD are special for payouts only; charges have two decimals like everyone's.
            (b"IQD" | b"LYD" | b"UYI", _) | (_, 4) => StripeCounting::Unsupported,
            _ => StripeCounting::Same,
        }
    }

    /// The provider's number for an amount in our minor units.
    pub fn to_stripe_minor(self, minor: i64) -> Result<i64, StripeAmountError> {
        let too_large = StripeAmountError::TooLarge(self);
        let whole = |step: i64| {
            if minor % step == 0 {
                Ok(minor)
            } else {
                Err(StripeAmountError::NotAMultiple { currency: self, step })
            }
        };
        let stripe = match self.stripe_counting() {
            StripeCounting::Same => minor,
            StripeCounting::SameInTens => whole(10)?,
            StripeCounting::TimesHundred => minor.checked_mul(100).ok_or(too_large)?,
            StripeCounting::Hundredth => whole(100)? / 100,
            StripeCounting::Unsupported => return Err(StripeAmountError::Unsupported(self)),
        };
        if stripe.unsigned_abs() > Self::STRIPE_MAX_MINOR.unsigned_abs() {
            return Err(too_large);
        }
        Ok(stripe)
    }

    /// Our minor units for the provider's number. What the provider reports is real money, so nothing that can be
    /// represented is refused.
    pub fn from_stripe_minor(self, stripe: i64) -> Result<i64, StripeAmountError> {
        match self.stripe_counting() {
            StripeCounting::Same | StripeCounting::SameInTens => Ok(stripe),
            StripeCounting::TimesHundred if stripe % 100 == 0 => Ok(stripe / 100),
            StripeCounting::TimesHundred => Err(StripeAmountError::NotAMultiple { currency: self, step: 1 }),
            StripeCounting::Hundredth => stripe.checked_mul(100).ok_or(StripeAmountError::TooLarge(self)),
            StripeCounting::Unsupported => Err(StripeAmountError::Unsupported(self)),
        }
    }

    /// The smallest amount, in our minor units, that may be a multiple of for the provider: 10 for KWD, 100 for MGA,
    /// 1 for most.
    pub fn stripe_step_minor(self) -> i64 {
        match self.stripe_counting() {
            StripeCounting::SameInTens => 10,
            StripeCounting::Hundredth => 100,
            _ => 1,
        }
    }

    /// The smallest amount the provider charges, in our minor units (docs.stripe.com/currencies, "Minimum and maximum
    /// charge amounts"). For currencies without a documented minimum the provider converts to the account's own; then
    /// we offer any amount, and a refusal is told to the payer like any other.
    pub fn stripe_minimum_minor(self) -> i64 {
        match &self.code {
            // Half a unit, but fifty yen: the yen has no decimals.
            b"USD" | b"AUD" | b"BRL" | b"CAD" | b"CHF" | b"EUR" | b"INR" | b"NZD" | b"SGD" | b"JPY" => 50,
            b"GBP" => 30,
            b"AED" | b"MYR" | b"PLN" | b"RON" => 200,
            b"CZK" => 1500,
            b"DKK" => 250,
            b"HKD" => 400,
            b"HUF" => 17_500,
            b"MXN" | b"THB" => 1000,
            b"NOK" | b"SEK" => 300,
            _ => self.stripe_step_minor(),
        }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl FromStr for Currency {
    type Err = FieldProblem;

    /// The exact code; see [`Currency::parse`] for what people type.
    fn from_str(code: &str) -> Result<Self, FieldProblem> {
        Self::from_code(code).ok_or(FieldProblem::CurrencyUnknown)
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::from_code(&code).ok_or_else(|| de::Error::custom("not an active currency of ISO 4217"))
    }
}
