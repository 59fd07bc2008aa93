//! Spanish.

use super::{CalendarWords, DatePatterns, Direction, LocaleData, MinusPlace, SymbolPlace};

const WORDS: CalendarWords = CalendarWords {
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    months_short: ["ene", "feb", "mar", "abr", "may", "jun", "jul", "ago", "sept", "oct", "nov", "dic"],
    weekdays: ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"],
    weekdays_short: ["lun", "mar", "mié", "jue", "vie", "sáb", "dom"],
};

/// Spanish of Spain: thousands are set apart from 10.000 on.
pub(super) const ES: LocaleData = LocaleData {
    tag: "es-ES",
    language: "es",
    direction: Direction::LeftToRight,
    decimal: ',',
    group: Some('.'),
    currency_group: Some('.'),
    least_grouped: 2,
    symbol_place: SymbolPlace::AfterSpaced,
    minus: MinusPlace::First,
    percent_spaced: true,
    symbols: &[("EUR", "€"), ("THB", "฿"), ("USD", "US$"), ("VND", "₫"), ("XCG", "Cg."), ("XPF", "CFPF")],
    words: &WORDS,
    patterns: DatePatterns {
        long: "d 'de' MMMM 'de' y",
        medium: "d MMM y",
        numeric: "dd/MM/y",
        without_year: "d 'de' MMMM",
        full: "EEEE, d 'de' MMMM 'de' y",
        weekday_short: "EEE, d MMM",
        twelve_hours: false,
    },
};
