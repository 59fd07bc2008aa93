//! On which dates a recurring invoice is written, what each is about, and what a missed one becomes.

use domain::invoice::{InvoiceLine, Period, Quantity, TaxRate};
use domain::recurring::{Covers, Cycle, Look, Occurrence, Rhythm, Series, Template, Until};
use domain::time::add_days;
use domain::{Currency, FieldProblem, Locale, LongText, Money, ShortText};
use proptest::prelude::*;

use crate::date;

fn series(cycle: Cycle, every: u8, first_on: &str) -> Series {
    let rhythm = Rhythm::new(cycle, every, false).unwrap();
    Series { rhythm, first_on: date(first_on), until: Until::Ended }
}

fn dates(series: &Series, from: &str, count: usize) -> Vec<String> {
    series.from(date(from)).take(count).map(|found| found.on.to_string()).collect()
}

#[test]
fn month_ends_are_anchored() {
    let monthly = series(Cycle::Month, 1, "2026-01-31");
    assert_eq!(
        dates(&monthly, "2026-01-01", 5),
        ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30", "2026-05-31"]
    );
    assert_eq!(dates(&monthly, "2028-02-01", 1), ["2028-02-29"]);
    let yearly = series(Cycle::Year, 1, "2028-02-29");
    assert_eq!(
        dates(&yearly, "2028-01-01", 5),
        ["2028-02-29", "2029-02-28", "2030-02-28", "2031-02-28", "2032-02-29"]
    );
}

#[test]
fn the_last_day_of_the_month_is_one_whatever_the_first_date() {
    let rhythm = Rhythm::new(Cycle::Month, 1, true).unwrap();
    let series = Series { rhythm, first_on: date("2026-04-30"), until: Until::Ended };
    assert_eq!(dates(&series, "2026-04-01", 3), ["2026-04-30", "2026-05-31", "2026-06-30"]);
    let behind = series.period(1, Covers::Behind).unwrap();
    assert_eq!(behind, Period { from: date("2026-05-01"), to: date("2026-05-31") });
    let ahead = series.period(1, Covers::Ahead).unwrap();
    assert_eq!(ahead, Period { from: date("2026-06-01"), to: date("2026-06-30") });
    assert!(!Rhythm::new(Cycle::Week, 1, true).unwrap().month_end(), "a week has no month's end");
}

#[test]
fn weeks_keep_their_weekday_and_quarters_their_day() {
    assert_eq!(dates(&series(Cycle::Week, 2, "2026-03-02"), "2026-03-03", 2), ["2026-03-16", "2026-03-30"]);
    assert_eq!(dates(&series(Cycle::Month, 3, "2026-01-15"), "2026-02-01", 2), ["2026-04-15", "2026-07-15"]);
    for every in [0, Rhythm::EVERY_MAX + 1] {
        assert_eq!(Rhythm::new(Cycle::Week, every, false), None);
    }
}

#[test]
fn a_series_is_over_after_its_last_date_or_count() {
    let until = |until| Series { until, ..series(Cycle::Month, 1, "2026-01-01") };
    assert_eq!(dates(&until(Until::Date(date("2026-03-01"))), "2026-02-01", 9), ["2026-02-01", "2026-03-01"]);
    assert_eq!(dates(&until(Until::Count(2)), "2026-01-01", 9), ["2026-01-01", "2026-02-01"]);
    let over = until(Until::Count(2));
    assert_eq!(over.look(date("2026-02-02"), date("2026-09-01")), Look::Nothing(None));
}

#[test]
fn one_late_invoice_is_written_and_more_are_asked_about() {
    let monthly = series(Cycle::Month, 1, "2026-01-01");
    let look = |from: &str, today: &str| monthly.look(date(from), date(today));
    assert_eq!(look("2026-01-02", "2026-01-31"), Look::Nothing(Some(date("2026-02-01"))));
    let february = Occurrence { place: 1, on: date("2026-02-01") };
    assert_eq!(look("2026-01-02", "2026-02-01"), Look::Write(february));
    assert_eq!(look("2026-01-02", "2026-02-08"), Look::Write(february), "a week late");
    assert_eq!(look("2026-01-02", "2026-02-09"), Look::Ask, "more than a week late");
    assert_eq!(look("2026-01-02", "2026-03-01"), Look::Ask, "two at once");
    let missed: Vec<_> =
        monthly.missed(date("2026-01-02"), date("2026-03-01")).iter().map(|found| found.place).collect();
    assert_eq!(missed, [1, 2]);
    let daily_for_years = series(Cycle::Week, 1, "2000-01-03").missed(date("2000-01-01"), date("2026-01-01"));
    assert_eq!(daily_for_years.len(), Series::MISSED_MAX);
}

fn template(title: &str, description: &str, detail: &str) -> Template {
    let line = InvoiceLine {
        description: ShortText::parse(description).unwrap(),
        detail: LongText::parse_optional(detail).unwrap(),
        quantity: Quantity::ONE,
        unit: None,
        unit_price: Money::new(120_000, Currency::EUR).unwrap(),
        tax_rate: TaxRate::ZERO,
        period: None,
        project: None,
    };
    Template {
        title: ShortText::parse_optional(title).unwrap(),
        currency: Currency::EUR,
        net_days: None,
        purchase_order: None,
        project: None,
        lines: vec![line],
    }
}

#[test]
fn placeholders_name_the_days_in_the_customers_words() {
    let monthly = series(Cycle::Month, 1, "2026-03-01");
    let march = monthly.period(0, Covers::Ahead);
    let words = template("Retainer {month}", "Care, {period}", "Contract of {year}");
    let told = |locale: &str| {
        let filled = words.fill(march, Locale::find(locale).unwrap()).unwrap();
        let line = &filled.lines[0];
        assert_eq!(line.period, march);
        [
            filled.title.as_ref().unwrap().to_string(),
            line.description.to_string(),
            line.detail.as_ref().unwrap().to_string(),
        ]
    };
    assert_eq!(told("en-GB"), ["Retainer March 2026", "Care, 1 Mar 2026 – 31 Mar 2026", "Contract of 2026"]);
    assert_eq!(
        told("de-DE"),
        ["Retainer März 2026", "Care, 1. März 2026 – 31. März 2026", "Contract of 2026"]
    );
}

#[test]
fn a_placeholder_that_cannot_be_filled_in_is_refused_when_it_is_saved() {
    let monthly = series(Cycle::Month, 1, "2026-03-01");
    let check = |words: &Template, covers| {
        let checked = words.check(&monthly, covers, date("2026-03-01"), Locale::default());
        checked.err().map(|errors| {
            let error = errors.iter().next().unwrap();
            (error.field.to_string(), error.problem.clone())
        })
    };
    assert_eq!(check(&template("", "Care {month}", ""), Covers::Ahead), None);
    let unknown = |field: &str| Some((field.to_owned(), FieldProblem::PlaceholderUnknown));
    assert_eq!(check(&template("", "Care {monat}", ""), Covers::Ahead), unknown("lines.0.description"));
    assert_eq!(check(&template("", "Care", "since {month"), Covers::Ahead), unknown("lines.0.detail"));
    let without = Some(("title".to_owned(), FieldProblem::PlaceholderWithoutPeriod));
    assert_eq!(check(&template("{month}", "Care", ""), Covers::Nothing), without);
    // It fits in May and does not in September.
    let long = format!("{} {{month}}", "x".repeat(ShortText::MAX_CHARS - "May 2026".len() - 1));
    let too_long =
        Some(("lines.0.description".to_owned(), FieldProblem::TooLong { max: ShortText::MAX_CHARS }));
    assert_eq!(check(&template("", &long, ""), Covers::Ahead), too_long);
}

fn any_series() -> impl Strategy<Value = Series> {
    let cycle = prop_oneof![Just(Cycle::Week), Just(Cycle::Month), Just(Cycle::Year)];
    let until = prop_oneof![
        Just(Until::Ended),
        (0_i64..4000).prop_map(|days| Until::Date(add_days(date("2020-01-01"), days))),
        (1_u32..200).prop_map(Until::Count),
    ];
    (cycle, 1..=Rhythm::EVERY_MAX, any::<bool>(), 0_i64..4000, until).prop_map(
        |(cycle, every, month_end, days, until)| Series {
            rhythm: Rhythm::new(cycle, every, month_end).unwrap(),
            first_on: add_days(date("2020-01-01"), days),
            until,
        },
    )
}

proptest! {
    /// Wherever one begins to look, the same dates follow, each later than the one before.
    #[test]
    fn dates_do_not_depend_on_where_one_looks(series in any_series(), days in -400_i64..6000) {
        let day = add_days(series.first_on, days);
        let all: Vec<_> = series.from(series.first_on).take(400).collect();
        prop_assert!(all.is_sorted_by(|one, next| one.on < next.on && one.place + 1 == next.place));
        let expected: Vec<_> = all.iter().copied().filter(|found| found.on >= day).take(5).collect();
        // Of a series that goes on beyond what was listed, only what was listed can be compared.
        if expected.len() == 5 || all.len() < 400 {
            prop_assert_eq!(series.from(day).take(5).collect::<Vec<_>>(), expected);
        }
    }

    /// No day is left out or told twice, whichever way the days are reckoned.
    #[test]
    fn periods_follow_each_other_without_gap_or_overlap(series in any_series(), place in 0_u32..300) {
        for covers in [Covers::Ahead, Covers::Behind] {
            let (this, next) = (series.period(place, covers).unwrap(), series.period(place + 1, covers).unwrap());
            prop_assert!(this.from <= this.to);
            prop_assert_eq!(add_days(this.to, 1), next.from);
        }
        prop_assert_eq!(series.period(place + 1, Covers::Behind), series.period(place, Covers::Ahead));
    }
}
