//! English.

use super::{CalendarWords, DatePatterns, Direction, LocaleData, MinusPlace, SymbolPlace};

const WORDS: CalendarWords = CalendarWords {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    months_short: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sept", "Oct", "Nov", "Dec"],
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    weekdays_short: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
};

const AMERICAN_WORDS: CalendarWords = CalendarWords {
    months_short: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    ..WORDS
};

/// British English.
pub(super) const GB: LocaleData = LocaleData {
    tag: "en-GB",
    language: "en",
    direction: Direction::LeftToRight,
    decimal: '.',
    group: Some(','),
    currency_group: Some(','),
    least_grouped: 1,
    symbol_place: SymbolPlace::Before,
    minus: MinusPlace::First,
    percent_spaced: false,
    symbols: &[
        ("AUD", "A$"),
        ("BRL", "R$"),
        ("CAD", "CA$"),
        ("CNY", "CN¥"),
        ("EUR", "€"),
        ("GBP", "£"),
        ("HKD", "HK$"),
        ("ILS", "₪"),
        ("INR", "₹"),
        ("JPY", "JP¥"),
        ("KRW", "₩"),
        ("MXN", "MX$"),
        ("NZD", "NZ$"),
        ("PHP", "₱"),
        ("TWD", "NT$"),
        ("USD", "US$"),
        ("VND", "₫"),
        ("XAF", "FCFA"),
        ("XCD", "EC$"),
        ("XCG", "Cg."),
        ("XOF", "F\u{202f}CFA"),
        ("XPF", "CFPF"),
    ],
    words: &WORDS,
    patterns: DatePatterns {
        long: "d MMMM y",
        medium: "d MMM y",
        numeric: "dd/MM/y",
        without_year: "d MMMM",
        full: "EEEE d MMMM y",
        weekday_short: "EEE d MMM",
        twelve_hours: false,
    },
};

/// American English.
pub(super) const US: LocaleData = LocaleData {
    tag: "en-US",
    symbols: &[
        ("AUD", "A$"),
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
        ("PHP", "₱"),
        ("TWD", "NT$"),
        ("USD", "$"),
        ("VND", "₫"),
        ("XAF", "FCFA"),
        ("XCD", "EC$"),
        ("XCG", "Cg."),
        ("XOF", "F\u{202f}CFA"),
        ("XPF", "CFPF"),
    ],
    words: &AMERICAN_WORDS,
    patterns: DatePatterns {
        long: "MMMM d, y",
        medium: "MMM d, y",
        numeric: "MM/dd/y",
        without_year: "MMMM d",
        full: "EEEE, MMMM d, y",
        weekday_short: "EEE, MMM d",
        twelve_hours: true,
    },
    ..GB
};

/// English of Ireland, which writes what Britain writes, but for a comma.
pub(super) const IE: LocaleData =
    LocaleData { tag: "en-IE", patterns: DatePatterns { weekday_short: "EEE, d MMM", ..GB.patterns }, ..GB };
