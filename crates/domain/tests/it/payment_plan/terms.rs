//! What can be proposed, and what it comes to.

use domain::plan::{Difference, Instalments, Pace, Parts, Shape, Terms};
use domain::time::add_days;
use domain::{Date, FieldProblem, Money};
use proptest::prelude::*;

use super::{PROMISED, covered, eur, monthly, terms, usd};
use crate::date;

/// How many totals are tried, from 1 on: `cargo xtask test` sets it.
fn totals() -> i64 {
    std::env::var("PLAN_TOTALS").map_or(500, |number| number.parse().unwrap())
}

fn table(terms: &Terms, agreed_on: &str) -> Vec<(String, i64)> {
    let timetable = terms.timetable(date(agreed_on));
    timetable.iter().map(|one| (one.due_on.to_string(), one.amount.minor())).collect()
}

fn problems(covered: Vec<domain::plan::Covered>, shape: Shape) -> Vec<(String, FieldProblem)> {
    let errors = Terms::propose(covered, shape, date("2026-02-01")).unwrap_err();
    errors.iter().map(|error| (error.field.to_string(), error.problem.clone())).collect()
}

#[test]
fn instalment_cents_sum_exactly_for_every_total_and_count() {
    for total in 1..=totals() {
        for count in 1..=Terms::COUNT_MAX {
            let planned = Terms::of(vec![covered(1, eur(total))], monthly(count));
            if i64::from(count) > total {
                assert!(planned.is_err(), "{total} in {count}");
                continue;
            }
            let planned = planned.unwrap().timetable(date("2026-02-01"));
            assert_eq!(planned.len(), usize::try_from(count).unwrap());
            assert_eq!(
                planned.iter().map(|one| one.amount.minor()).sum::<i64>(),
                total,
                "{total} in {count}"
            );
            let (first, last) = (planned[0].amount.minor(), planned[planned.len() - 1].amount.minor());
            assert!(last >= 1 && first - last <= 1, "{total} in {count}");
        }
    }
}

#[test]
fn month_ends_are_reckoned_from_the_first_date_and_never_from_the_one_before() {
    let shape = Shape { first_on: date("2026-01-31"), ..monthly(4) };
    let planned = Terms::propose(vec![covered(1, eur(400))], shape, date("2026-01-01")).unwrap();
    let expected = [("2026-01-31", 100), ("2026-02-28", 100), ("2026-03-31", 100), ("2026-04-30", 100)];
    assert_eq!(table(&planned, "2026-01-01"), expected.map(|(day, minor)| (day.to_owned(), minor)));
    assert_eq!(planned.last_on(), date("2026-04-30"));
}

#[test]
fn a_down_payment_is_due_on_the_day_of_the_agreement_and_instalments_of_one_size_leave_a_smaller_last() {
    let shape = Shape {
        down: Some(eur(25_000)),
        parts: Parts::Each(eur(30_000)),
        pace: Pace::TwoWeekly,
        ..monthly(1)
    };
    let planned = terms(100_000, shape);
    let expected =
        [("2026-02-03", 25_000), ("2026-03-01", 30_000), ("2026-03-15", 30_000), ("2026-03-29", 15_000)];
    assert_eq!(table(&planned, "2026-02-03"), expected.map(|(day, minor)| (day.to_owned(), minor)));
    assert_eq!((planned.count(), planned.instalment()), (3, eur(30_000)));
    assert_eq!(planned.agree_by(), date("2026-02-28"), "the day before the first instalment");
    assert!(!planned.is_extension());
}

#[test]
fn a_plan_of_one_instalment_is_an_extended_deadline() {
    let planned = terms(124_000, monthly(1));
    assert!(planned.is_extension());
    assert_eq!(table(&planned, "2026-02-01"), [("2026-03-01".to_owned(), 124_000)]);
    assert_eq!(planned.agree_by(), date("2026-03-01"));
}

/// 0, 10,000 instalments, past dates, another currency: whatever the form says, each is refused by its field, with what would do.
#[test]
fn tampered_terms_are_refused_by_the_field_and_told_what_would_do() {
    let one = || vec![covered(1, eur(124_000))];
    let count = |count| problems(one(), Shape { parts: Parts::Count(count), ..monthly(1) });
    let range = |max| vec![("count".to_owned(), FieldProblem::NumberOutOfRange { min: 1, max })];
    assert_eq!(count(0), range(60));
    assert_eq!(count(10_000), range(60));
    assert_eq!(count(u32::MAX), range(60));
    assert_eq!(problems(vec![covered(1, eur(3))], monthly(4)), range(3));

    let first_on = |day| problems(one(), Shape { first_on: date(day), ..monthly(3) });
    let before = FieldProblem::DateBefore { earliest: date("2026-02-01") };
    assert_eq!(first_on("2026-01-31"), [("first_on".to_owned(), before)]);
    let after = FieldProblem::DateAfter { latest: date("2027-02-02") };
    assert_eq!(first_on("2027-02-03"), [("first_on".to_owned(), after)]);
    // A down payment is due today, so the first instalment is not.
    let shape = Shape { down: Some(eur(1)), first_on: date("2026-02-01"), ..monthly(3) };
    let before = FieldProblem::DateBefore { earliest: date("2026-02-02") };
    assert_eq!(problems(one(), shape), [("first_on".to_owned(), before)]);

    let expected = || FieldProblem::CurrencyMismatch { expected: eur(1).currency() };
    let down = |down| problems(one(), Shape { down: Some(down), ..monthly(3) });
    assert_eq!(down(usd(100)), [("down".to_owned(), expected())]);
    let range = |min, max| FieldProblem::AmountOutOfRange { min: eur(min), max: eur(max) };
    for minor in [0, -100, 124_000, 124_001] {
        assert_eq!(down(eur(minor)), [("down".to_owned(), range(1, 123_999))], "{minor}");
    }
    let each = |each| problems(one(), Shape { parts: Parts::Each(each), ..monthly(3) });
    assert_eq!(each(usd(100)), [("each".to_owned(), expected())]);
    for minor in [0, -1, 2066, 124_001] {
        assert_eq!(each(eur(minor)), [("each".to_owned(), range(2067, 124_000))], "{minor}");
    }

    let invoices = |covered| problems(covered, monthly(3));
    let refused = |problem| vec![("invoices".to_owned(), problem)];
    assert_eq!(invoices(Vec::new()), refused(FieldProblem::Required));
    assert_eq!(invoices(vec![covered(1, eur(5)), covered(2, usd(5))]), refused(expected()));
    assert_eq!(invoices(vec![covered(1, eur(5)), covered(1, eur(5))]), refused(FieldProblem::AlreadyTaken));
    assert_eq!(invoices(vec![covered(1, eur(0))]), refused(FieldProblem::NotPositive));
    let largest = eur(Money::MAX_MINOR);
    let too_large = invoices(vec![covered(1, largest), covered(2, largest)]);
    assert_eq!(too_large, refused(FieldProblem::TooLarge));
    let many = (0..51).map(|number| covered(number, eur(1))).collect();
    assert_eq!(invoices(many), refused(FieldProblem::TooMany { max: 50 }));

    // Everything at once.
    let shape =
        Shape { parts: Parts::Count(0), down: Some(usd(1)), first_on: date("2020-01-01"), ..monthly(1) };
    let fields: Vec<_> = problems(one(), shape).into_iter().map(|(field, _)| field).collect();
    assert_eq!(fields, ["first_on", "down"]);
}

#[test]
fn a_difference_says_what_they_offer_instead() {
    let asked = terms(120_000, monthly(6));
    let offered = terms(120_000, Shape { first_on: date("2026-03-15"), autopay: true, ..monthly(4) });
    let size = |count, each| Instalments { count, each: eur(each), pace: Pace::Monthly };
    assert_eq!(
        Difference::between((&asked, PROMISED), (&offered, PROMISED)),
        [
            Difference::Instalments(size(6, 20_000), size(4, 30_000)),
            Difference::FirstOn(date("2026-03-01"), date("2026-03-15")),
            Difference::LastOn(date("2026-08-01"), date("2026-06-15")),
            Difference::Autopay(false, true),
        ]
    );
    // Written otherwise, it comes to the same.
    let each = terms(120_000, Shape { parts: Parts::Each(eur(20_000)), ..monthly(6) });
    assert_eq!(Difference::between((&asked, PROMISED), (&each, PROMISED)), []);
}

#[test]
fn terms_have_one_spelling() {
    let shape = Shape { down: Some(eur(400)), ..monthly(3) };
    let (one, two) = (covered(1, eur(1000)), covered(2, eur(86)));
    let spelt = |covered| Terms::of(covered, shape).unwrap().canonical(PROMISED);
    assert_eq!(spelt(vec![one, two]), spelt(vec![two, one]));
    insta::assert_snapshot!(spelt(vec![one, two]), @r"
    dunlin plan terms 1
    currency EUR
    invoice inv_00000000000000000000000000000001 1000
    invoice inv_00000000000000000000000000000002 86
    down 400
    count 3
    pace monthly
    first 2026-03-01
    autopay false
    grace 5 cure 10
    fees waived true
    ");
}

prop_compose! {
    pub fn any_shape()(
        down in prop::option::of(1_i64..50_000),
        parts in prop_oneof![
            (1_u32..=60).prop_map(Parts::Count),
            (1000_i64..100_000).prop_map(|minor| Parts::Each(eur(minor))),
        ],
        pace in prop::sample::select(Pace::ALL),
        days in 1_i64..300,
        autopay in any::<bool>(),
    ) -> Shape {
        Shape { down: down.map(eur), parts, pace, first_on: add_days(date("2026-02-01"), days), autopay }
    }
}

proptest! {
    /// Whatever can be proposed comes to exactly what is open, in order, with no two on one day.
    #[test]
    fn a_timetable_is_exact_and_in_order(total in 50_000_i64..5_000_000, shape in any_shape(), days in 0_i64..300) {
        let Ok(planned) = Terms::propose(vec![covered(1, eur(total))], shape, date("2026-02-01")) else {
            return Ok(());
        };
        let agreed_on: Date = add_days(date("2026-02-01"), days).min(planned.agree_by());
        let timetable = planned.timetable(agreed_on);
        prop_assert_eq!(timetable.iter().map(|one| one.amount.minor()).sum::<i64>(), total);
        prop_assert!(timetable.is_sorted_by(|one, next| one.due_on < next.due_on && one.number + 1 == next.number));
        prop_assert!(timetable.iter().all(|one| one.amount.is_positive() && one.due_on >= agreed_on));
        prop_assert_eq!(timetable.last().unwrap().due_on, planned.last_on());
    }
}
