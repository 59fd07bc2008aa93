//! English.

use super::{CalendarWords, DatePatterns, Direction, LocaleData, SymbolPlace};

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
    months_short: ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    weekdays: ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    weekdays_short: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"],
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
    minus_at_number: false,
    percent_spaced: false,
    symbols: &[
        ("EUR", "€"),
        ("GBP", "£"),
        ("USD", "US$"),
        ("JPY", "JP¥"),
        ("AUD", "A$"),
        ("BRL", "R$"),
        ("CAD", "CA$"),
        ("CNY", "CN¥"),
        ("HKD", "HK$"),
        ("ILS", "₪"),
        ("INR", "₹"),
        ("KRW", "₩"),
        ("MXN", "MX$"),
        ("NZD", "NZ$"),
        ("PHP", "₱"),
        ("TWD", "NT$"),
        ("VND", "₫"),
        ("XAF", "FCFA"),
        ("XCD", "EC$"),
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
        ("EUR", "€"),
        ("GBP", "£"),
        ("USD", "$"),
        ("JPY", "¥"),
        ("AUD", "A$"),
        ("BRL", "R$"),
        ("CAD", "CA$"),
        ("CNY", "CN¥"),
        ("HKD", "HK$"),
        ("ILS", "₪"),
        ("INR", "₹"),
        ("KRW", "₩"),
        ("MXN", "MX$"),
        ("NZD", "NZ$"),
        ("PHP", "₱"),
        ("TWD", "NT$"),
        ("VND", "₫"),
        ("XAF", "FCFA"),
        ("XCD", "EC$"),
        ("XOF", "F\u{202f}CFA"),
        ("XPF", "CFPF"),
    ],
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

/// English of Ireland: British but for its dates in figures.
pub(super) const IE: LocaleData =
    LocaleData { tag: "en-IE", patterns: DatePatterns { numeric: "d/MM/y", ..GB.patterns }, ..GB };
