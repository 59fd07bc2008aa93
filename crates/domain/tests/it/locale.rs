//! Formats of the shipped locales, compared with the Unicode CLDR (see `tests/fixtures/cldr.mjs`).

use domain::locale::Direction;
use domain::{Currency, Locale, Money};
use serde::Deserialize;

use crate::date;

#[derive(Deserialize)]
struct Cldr {
    amounts: Vec<(String, String, i64, String)>,
    numbers: Vec<(String, i64, String)>,
    #[expect(clippy::type_complexity, reason = "one row of the fixture: locale, day and six formats")]
    dates: Vec<(String, String, String, String, String, String, String, String)>,
}

fn cldr() -> Cldr {
    serde_json::from_str(include_str!("../fixtures/cldr.json")).unwrap()
}

#[test]
fn amounts_and_numbers_are_written_as_the_cldr_says() {
    let cldr = cldr();
    for (tag, code, minor, expected) in cldr.amounts {
        let money = Money::new(minor, Currency::from_code(&code).unwrap()).unwrap();
        assert_eq!(money.format(Locale::find(&tag).unwrap()), expected, "{tag} {money:?}");
    }
    for (tag, thousandths, expected) in cldr.numbers {
        assert_eq!(Locale::find(&tag).unwrap().decimal(thousandths, 3), expected, "{tag} {thousandths}");
    }
}

#[test]
fn dates_are_written_as_the_cldr_says() {
    for (tag, day, long, medium, numeric, without_year, weekday_short, weekday) in cldr().dates {
        let (locale, day) = (Locale::find(&tag).unwrap(), date(&day));
        assert_eq!(locale.date_long(day), long, "{tag}");
        assert_eq!(locale.date_medium(day), medium, "{tag}");
        assert_eq!(locale.date_numeric(day), numeric, "{tag}");
        assert_eq!(locale.date_without_year(day), without_year, "{tag}");
        assert_eq!(locale.date_weekday_short(day), weekday_short, "{tag}");
        assert_eq!(locale.weekday(day), weekday, "{tag}");
    }
}

#[test]
fn the_fixture_speaks_of_every_shipped_locale() {
    let cldr = cldr();
    for locale in Locale::all() {
        assert!(cldr.dates.iter().any(|row| row.0 == locale.tag()), "{locale}");
    }
}

#[test]
fn full_dates_times_and_percentages() {
    let tuesday = date("2026-03-03");
    let afternoon = chrono::NaiveTime::from_hms_opt(14, 5, 0).unwrap();
    let german = Locale::DE_DE;
    assert_eq!(Locale::EN_GB.date_full(tuesday), "Tuesday 3 March 2026");
    assert_eq!(Locale::EN_US.date_full(tuesday), "Tuesday, March 3, 2026");
    assert_eq!(german.date_full(tuesday), "Dienstag, 3. März 2026");
    assert_eq!(Locale::from_tag("es").date_full(tuesday), "martes, 3 de marzo de 2026");
    assert_eq!(Locale::EN_GB.time(afternoon), "14:05");
    assert_eq!(Locale::EN_US.time(afternoon), "2:05\u{a0}pm");
    assert_eq!(Locale::EN_GB.percent(1950), "19.5%");
    assert_eq!(german.percent(1900), "19\u{a0}%");
    assert_eq!(Locale::EN_GB.month(3), Some("March"));
    assert_eq!(Locale::EN_GB.month(0), None);
    assert_eq!(Locale::EN_GB.month(13), None);
}

#[test]
fn a_tag_finds_the_nearest_locale() {
    for (tag, found) in [
        ("en-GB", "en-GB"),
        ("EN-us", "en-US"),
        ("en", "en-GB"),
        ("en-AU", "en-GB"),
        ("de", "de-DE"),
        ("de_AT", "de-DE"),
        ("de-at", "de-AT"),
        ("pt-BR", "en-GB"),
        ("", "en-GB"),
    ] {
        assert_eq!(Locale::from_tag(tag).tag(), found, "{tag}");
    }
    assert_eq!(Locale::find("pt-BR"), None);
    assert_eq!(Locale::EN_GB.direction(), Direction::LeftToRight);
    assert_eq!(serde_json::to_string(&Locale::DE_DE).unwrap(), "\"de-DE\"");
    assert!(serde_json::from_str::<Locale>("\"xx\"").is_err());
}
