//! How people of a language and region read and write numbers and dates.
//!
//! The figures come from the Unicode CLDR (version 48), cut down to the locales Dunlin ships: the whole of CLDR
//! would not fit the browser's bundle. Each language stands in a file of its own. To add one: write its file after
//! the example of `locale/german.rs`, name its locales in `ALL`. Formats are one thing, words another: a language that
//! has words too is named in [`Language`].

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use chrono::{Datelike, NaiveTime, Timelike};

use crate::number::{self, Separators};
use crate::{Currency, Date};

mod dutch;
mod english;
mod french;
mod german;
mod spanish;

/// The formats of one language and region.
#[derive(Clone, Copy)]
pub struct Locale(&'static LocaleData);

/// Every shipped locale. The first of a language is the one its bare tag means.
static ALL: &[&LocaleData] = &[
    &english::GB,
    &english::US,
    &english::IE,
    &german::DE,
    &german::AT,
    &german::CH,
    &french::FR,
    &dutch::NL,
    &spanish::ES,
];

named_enum! {
    /// A language that Dunlin has words in; for the rest of [`Locale::all`] it knows numbers and dates only.
    pub enum Language {
        /// What everyone reads whose own language has no words yet.
        English = "en",
        /// German, to all who read it.
        German = "de",
    }
}

/// Which way text runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// `dir="ltr"`
    LeftToRight,
    /// `dir="rtl"`
    RightToLeft,
}

impl Direction {
    /// The value of HTML's `dir`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::LeftToRight => "ltr",
            Self::RightToLeft => "rtl",
        }
    }
}

/// Where the currency's symbol stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SymbolPlace {
    /// `€5`
    Before,
    /// `€ 5`
    BeforeSpaced,
    /// `5 €`
    AfterSpaced,
}

/// Where the minus of an amount stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MinusPlace {
    /// `-€5`, `-5 €`
    First,
    /// `€ -5`
    AtNumber,
    /// `EUR-5`
    InsteadOfSpace,
}

/// One locale's figures.
pub(crate) struct LocaleData {
    pub tag: &'static str,
    pub language: &'static str,
    pub direction: Direction,
    pub decimal: char,
    pub group: Option<char>,
    /// Some regions group amounts differently from other numbers.
    pub currency_group: Option<char>,
    pub least_grouped: usize,
    pub symbol_place: SymbolPlace,
    pub minus: MinusPlace,
    pub percent_spaced: bool,
    /// Symbols of currencies where they differ from the code. Anything else is shown by its code.
    pub symbols: &'static [(&'static str, &'static str)],
    pub words: &'static CalendarWords,
    pub patterns: DatePatterns,
}

impl LocaleData {
    /// Whether people of this locale set groups of digits apart with this character.
    pub(crate) fn groups_with(&self, separator: char) -> bool {
        self.group == Some(separator) || self.currency_group == Some(separator)
    }
}

/// Names of months and weekdays (Monday first), as they stand inside a date.
pub(crate) struct CalendarWords {
    pub months: [&'static str; 12],
    pub months_short: [&'static str; 12],
    pub weekdays: [&'static str; 7],
    pub weekdays_short: [&'static str; 7],
}

/// Date patterns in CLDR's letters: `d`, `dd`, `MM`, `MMM`, `MMMM`, `y`, `EEE`, `EEEE`. Other characters stand for
/// themselves; quotes are not needed by any shipped language but Spanish, whose words are spelled `'de'`.
pub(crate) struct DatePatterns {
    /// `3 March 2026`
    pub long: &'static str,
    /// `3 Mar 2026`
    pub medium: &'static str,
    /// `03/03/2026`
    pub numeric: &'static str,
    /// `3 March`
    pub without_year: &'static str,
    /// `Tuesday 3 March 2026`
    pub full: &'static str,
    /// `Tue 3 Mar`
    pub weekday_short: &'static str,
    /// Whether the clock shows 2:05 pm rather than 14:05.
    pub twelve_hours: bool,
}

impl Locale {
    /// British English, the default.
    pub const EN_GB: Self = Self(&english::GB);
    /// American English.
    pub const EN_US: Self = Self(&english::US);
    /// German of Germany.
    pub const DE_DE: Self = Self(&german::DE);

    /// The shipped locale of exactly this BCP 47 tag, capitals aside.
    pub fn find(tag: &str) -> Option<Self> {
        ALL.iter().find(|data| data.tag.eq_ignore_ascii_case(tag)).map(|data| Self(data))
    }

    /// The best shipped locale for a tag: the same one, else the same language's first.
    pub fn closest(tag: &str) -> Option<Self> {
        let language = tag.split(['-', '_']).next().unwrap_or(tag);
        Self::find(tag).or_else(|| {
            ALL.iter().find(|data| data.language.eq_ignore_ascii_case(language)).map(|data| Self(data))
        })
    }

    /// The best shipped locale for a tag, British English where there is none.
    pub fn from_tag(tag: &str) -> Self {
        Self::closest(tag).unwrap_or_default()
    }

    /// Every shipped locale.
    pub fn all() -> impl Iterator<Item = Self> {
        ALL.iter().map(|data| Self(data))
    }

    pub(crate) fn data(self) -> &'static LocaleData {
        self.0
    }

    /// The BCP 47 tag: `en-GB`.
    pub fn tag(self) -> &'static str {
        self.0.tag
    }

    /// The language alone: `en`.
    pub fn language(self) -> &'static str {
        self.0.language
    }

    /// The language Dunlin speaks to readers of this locale: theirs where it has words for it, else English.
    pub fn speech(self) -> Language {
        match self.0.language {
            "de" => Language::German,
            _ => Language::English,
        }
    }

    /// The locale that what Dunlin says itself is written in: this one where Dunlin speaks its language, else British
    /// English. The one place that decides it, so that English words never stand among French numbers and dates.
    #[must_use]
    pub fn spoken(self) -> Self {
        match (self.speech(), self.0.language) {
            (Language::English, "en") | (Language::German, _) => self,
            (Language::English, _) => Self::EN_GB,
        }
    }

    /// Which way its text runs.
    pub fn direction(self) -> Direction {
        self.0.direction
    }

    /// How this locale writes the currency: `€`, `US$`, or the code where there is no symbol.
    pub fn symbol(self, currency: &Currency) -> &str {
        let found = self.0.symbols.iter().find(|(code, _)| *code == currency.code());
        found.map_or(currency.code(), |(_, symbol)| symbol)
    }

    /// The symbol people type when there is no doubt which dollar is meant.
    pub(crate) fn narrow_symbol(currency: Currency) -> &'static str {
        let dollar = ["USD", "CAD", "AUD", "NZD", "HKD", "SGD", "MXN", "TWD", "BRL", "XCD"];
        match currency.code() {
            "EUR" => "€",
            "GBP" => "£",
            "JPY" | "CNY" => "¥",
            "CHF" => "Fr.",
            "SEK" | "NOK" | "DKK" | "ISK" => "kr",
            "PLN" => "zł",
            "CZK" => "Kč",
            "HUF" => "Ft",
            code if dollar.contains(&code) => "$",
            _ => "",
        }
    }

    /// A whole number: `1,240`.
    pub fn integer(self, number: i64) -> String {
        self.decimal(number, 0)
    }

    /// A number of `decimals` decimal places given in steps of the last, without zeros at the end: 12500 with three
    /// is `12.5`.
    pub fn decimal(self, steps: i64, decimals: u32) -> String {
        let separators =
            Separators { decimal: self.0.decimal, group: self.0.group, least_grouped: self.0.least_grouped };
        let digits = number::format(steps.unsigned_abs(), decimals, true, &separators);
        if steps < 0 { format!("-{digits}") } else { digits }
    }

    /// A percentage given in hundredths of a percent: 1950 is `19.5%`, in German `19,5 %`.
    pub fn percent(self, basis_points: u32) -> String {
        let space = if self.0.percent_spaced { "\u{a0}" } else { "" };
        format!("{}{space}%", self.decimal(i64::from(basis_points), 2))
    }

    /// `3 March 2026`
    pub fn date_long(self, date: Date) -> String {
        self.date(self.0.patterns.long, date)
    }

    /// `3 Mar 2026`
    pub fn date_medium(self, date: Date) -> String {
        self.date(self.0.patterns.medium, date)
    }

    /// `03/03/2026`
    pub fn date_numeric(self, date: Date) -> String {
        self.date(self.0.patterns.numeric, date)
    }

    /// `3 March`
    pub fn date_without_year(self, date: Date) -> String {
        self.date(self.0.patterns.without_year, date)
    }

    /// `Tuesday 3 March 2026`
    pub fn date_full(self, date: Date) -> String {
        self.date(self.0.patterns.full, date)
    }

    /// `Tue 3 Mar`
    pub fn date_weekday_short(self, date: Date) -> String {
        self.date(self.0.patterns.weekday_short, date)
    }

    /// `Tuesday`
    pub fn weekday(self, date: Date) -> &'static str {
        self.0.words.weekdays[date.weekday().num_days_from_monday() as usize]
    }

    /// `March`, by its number from 1; nothing for any other number.
    pub fn month(self, number: u32) -> Option<&'static str> {
        self.0.words.months.get((number as usize).checked_sub(1)?).copied()
    }

    /// `14:05`, in American English `2:05 pm`.
    pub fn time(self, time: NaiveTime) -> String {
        if self.0.patterns.twelve_hours {
            let (afternoon, hour) = time.hour12();
            format!("{hour}:{:02}\u{a0}{}", time.minute(), if afternoon { "pm" } else { "am" })
        } else {
            format!("{:02}:{:02}", time.hour(), time.minute())
        }
    }

    fn date(self, pattern: &str, date: Date) -> String {
        let words = self.0.words;
        let (month, weekday) = (date.month0() as usize, date.weekday().num_days_from_monday() as usize);
        let mut text = String::with_capacity(pattern.len() + 16);
        let mut rest = pattern;
        while let Some(letter) = rest.chars().next() {
            let run = rest.find(|c| c != letter).unwrap_or(rest.len());
            let (letters, tail) = rest.split_at(run);
            rest = tail;
            match letters {
                "d" => text.push_str(&date.day().to_string()),
                "dd" => push_two_digits(&mut text, date.day()),
                "MM" => push_two_digits(&mut text, date.month()),
                "MMM" => text.push_str(words.months_short[month]),
                "MMMM" => text.push_str(words.months[month]),
                "y" => text.push_str(&date.year().to_string()),
                "EEE" => text.push_str(words.weekdays_short[weekday]),
                "EEEE" => text.push_str(words.weekdays[weekday]),
                "'" => {
                    let (quoted, tail) = rest.split_once('\'').unwrap_or((rest, ""));
                    text.push_str(quoted);
                    rest = tail;
                }
                other => text.push_str(other),
            }
        }
        text
    }
}

fn push_two_digits(text: &mut String, number: u32) {
    if number < 10 {
        text.push('0');
    }
    text.push_str(&number.to_string());
}

impl Default for Locale {
    fn default() -> Self {
        Self::EN_GB
    }
}

impl PartialEq for Locale {
    fn eq(&self, other: &Self) -> bool {
        self.0.tag == other.0.tag
    }
}

impl Eq for Locale {}

impl std::hash::Hash for Locale {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.0.tag.hash(state);
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.tag)
    }
}

impl fmt::Debug for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.tag)
    }
}

impl Serialize for Locale {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.tag)
    }
}

impl<'de> Deserialize<'de> for Locale {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let tag = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::find(&tag).ok_or_else(|| de::Error::custom("not a shipped locale"))
    }
}
