//! German.

use super::{CalendarWords, DatePatterns, Direction, LocaleData, MinusPlace, SymbolPlace};

const WORDS: CalendarWords = CalendarWords {
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    months_short: [
        "Jan.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sept.", "Okt.", "Nov.", "Dez.",
    ],
    weekdays: ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"],
    weekdays_short: ["Mo.", "Di.", "Mi.", "Do.", "Fr.", "Sa.", "So."],
};

const AUSTRIAN_WORDS: CalendarWords = CalendarWords {
    months: [
        "Jänner",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    months_short: [
        "Jän.", "Feb.", "März", "Apr.", "Mai", "Juni", "Juli", "Aug.", "Sep.", "Okt.", "Nov.", "Dez.",
    ],
    ..WORDS
};

/// German of Germany.
pub(super) const DE: LocaleData = LocaleData {
    tag: "de-DE",
    language: "de",
    direction: Direction::LeftToRight,
    decimal: ',',
    group: Some('.'),
    currency_group: Some('.'),
    least_grouped: 1,
    symbol_place: SymbolPlace::AfterSpaced,
    minus: MinusPlace::First,
    percent_spaced: true,
    symbols: &[
        ("AUD", "AU$"),
        ("BRL", "R$"),
        ("CAD", "CA$"),
        ("CNY", "CN¥"),
        ("EUR", "€"),
        ("GBP", "£"),
        ("HKD", "HK$"),
        ("ILS", "₪"),
        ("INR", "₹"),
        ("JPY", "¥"),
        ("KRW", "₩"),
        ("MXN", "MX$"),
        ("NZD", "NZ$"),
        ("THB", "฿"),
        ("TWD", "NT$"),
        ("USD", "$"),
        ("VND", "₫"),
        ("XAF", "FCFA"),
        ("XCD", "EC$"),
        ("XCG", "Cg."),
        ("XOF", "F\u{202f}CFA"),
        ("XPF", "CFPF"),
    ],
    words: &WORDS,
    patterns: DatePatterns {
        long: "d. MMMM y",
        medium: "d. MMM y",
        numeric: "dd.MM.y",
        without_year: "d. MMMM",
        full: "EEEE, d. MMMM y",
        weekday_short: "EEE, d. MMM",
        twelve_hours: false,
    },
};

/// German of Austria: the symbol leads, and numbers other than amounts are grouped by a space.
pub(super) const AT: LocaleData = LocaleData {
    tag: "de-AT",
    group: Some('\u{a0}'),
    symbol_place: SymbolPlace::BeforeSpaced,
    words: &AUSTRIAN_WORDS,
    ..DE
};

/// German of Switzerland: decimal point, apostrophe, and the euro by its code.
pub(super) const CH: LocaleData = LocaleData {
    tag: "de-CH",
    decimal: '.',
    group: Some('\''),
    currency_group: Some('\''),
    symbol_place: SymbolPlace::BeforeSpaced,
    minus: MinusPlace::InsteadOfSpace,
    symbols: &[
        ("AUD", "AU$"),
        ("BRL", "R$"),
        ("CAD", "CA$"),
        ("CNY", "CN¥"),
        ("GBP", "£"),
        ("HKD", "HK$"),
        ("ILS", "₪"),
        ("INR", "₹"),
        ("JPY", "¥"),
        ("KRW", "₩"),
        ("MXN", "MX$"),
        ("NZD", "NZ$"),
        ("THB", "฿"),
        ("TWD", "NT$"),
        ("USD", "$"),
        ("VND", "₫"),
        ("XAF", "FCFA"),
        ("XCD", "EC$"),
        ("XCG", "Cg."),
        ("XOF", "F\u{202f}CFA"),
        ("XPF", "CFPF"),
    ],
    percent_spaced: false,
    ..DE
};
