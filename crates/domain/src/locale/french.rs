//! French.

use super::{CalendarWords, DatePatterns, Direction, LocaleData, SymbolPlace};

const WORDS: CalendarWords = CalendarWords {
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    months_short: [
        "janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.",
    ],
    weekdays: ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"],
    weekdays_short: ["lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim."],
};

/// French of France.
pub(super) const FR: LocaleData = LocaleData {
    tag: "fr-FR",
    language: "fr",
    direction: Direction::LeftToRight,
    decimal: ',',
    group: Some('\u{202f}'),
    currency_group: Some('\u{202f}'),
    least_grouped: 1,
    symbol_place: SymbolPlace::AfterSpaced,
    minus_at_number: false,
    percent_spaced: true,
    symbols: &[
        ("EUR", "€"),
        ("GBP", "£GB"),
        ("USD", "$US"),
        ("AUD", "$AU"),
        ("BRL", "R$"),
        ("CAD", "$CA"),
        ("HKD", "$HK"),
        ("ILS", "₪"),
        ("INR", "₹"),
        ("KRW", "₩"),
        ("MXN", "$MX"),
        ("NZD", "$NZ"),
        ("VND", "₫"),
        ("XAF", "FCFA"),
        ("XOF", "F\u{202f}CFA"),
        ("XPF", "FCFP"),
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
