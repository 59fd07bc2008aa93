//! What a business says to terms by itself.

use domain::plan::{Acceptance, Answer, Approval, Limits, Parts, Policy, Reach, Reason, Record, Shape};
use domain::time::add_days;
use domain::{FieldProblem, Role};
use proptest::prelude::*;

use super::{covered, eur, monthly, terms, usd};
use crate::date;

/// A quarter down, four months, €50 at least, €2,000 at most.
fn policy() -> Policy {
    let limits =
        Limits { down_percent_min: 25, months_max: 4, count_max: 6, instalment_min: Some(eur(5_000)) };
    Policy {
        accepts: Some(Acceptance { limits, total_max: Some(eur(200_000)), after_broken: false }),
        bounds: Limits {
            down_percent_min: 10,
            months_max: 12,
            count_max: 12,
            instalment_min: Some(eur(1_000)),
        },
        approval: Approval { manager: Reach::UpTo(eur(500_000)), clerk: Reach::Nothing },
        ..Policy::STANDARD
    }
}

fn shape(down: i64, count: u32) -> Shape {
    Shape { down: (down > 0).then(|| eur(down)), ..monthly(count) }
}

fn answer(total: i64, shape: Shape, broken_plans: u32) -> Answer {
    policy().answer(Record { broken_plans }, &terms(total, shape), date("2026-02-01"))
}

#[test]
fn inside_of_the_limits_it_is_agreed_and_outside_of_the_bounds_refused_at_once_with_what_would_do() {
    assert_eq!(answer(100_000, shape(25_000, 4), 0), Answer::Accept);
    assert_eq!(answer(100_000, shape(24_999, 4), 0), Answer::Ask(vec![Reason::Down { least: eur(25_000) }]));
    // A percentage that does not divide is rounded in favour of whoever asked for it.
    assert_eq!(answer(100_001, shape(25_000, 4), 0), Answer::Ask(vec![Reason::Down { least: eur(25_001) }]));
    let ask = Answer::Ask(vec![Reason::LastOn { latest: date("2026-06-01") }]);
    assert_eq!(answer(100_000, shape(25_000, 5), 0), ask);
    assert_eq!(answer(200_001, shape(60_000, 4), 0), Answer::Ask(vec![Reason::Total { most: eur(200_000) }]));
    assert_eq!(answer(100_000, shape(25_000, 4), 1), Answer::Ask(vec![Reason::BrokenBefore]));
    assert_eq!(
        answer(20_000, shape(8_000, 3), 0),
        Answer::Ask(vec![Reason::Instalment { least: eur(5_000) }])
    );

    let refused = vec![
        Reason::Down { least: eur(10_000) },
        Reason::LastOn { latest: date("2027-02-01") },
        Reason::Count { most: 12 },
    ];
    assert_eq!(answer(100_000, shape(0, 13), 0), Answer::Refuse(refused));
}

#[test]
fn the_last_instalment_may_be_what_is_left() {
    let each = Shape { parts: Parts::Each(eur(30_000)), ..shape(25_000, 1) };
    // 300, 300 and a cent: smaller than any instalment may be, but it is the rest.
    assert_eq!(answer(100_001, Shape { down: Some(eur(40_000)), ..each }, 0), Answer::Accept);
}

#[test]
fn amounts_set_in_another_currency_neither_accept_nor_refuse() {
    let dollars =
        domain::plan::Terms::propose(vec![covered(1, usd(900))], monthly(1), date("2026-02-01")).unwrap();
    let mut lenient = policy();
    lenient.bounds.down_percent_min = 0;
    lenient.accepts.as_mut().unwrap().limits.down_percent_min = 0;
    let Answer::Ask(reasons) = lenient.answer(Record::default(), &dollars, date("2026-02-01")) else {
        panic!("a person is asked");
    };
    assert!(reasons.iter().all(|reason| matches!(reason, Reason::OtherCurrency { .. })), "{reasons:?}");
    assert!(!policy().may_approve(Role::Manager, usd(1)));
    assert!(policy().may_approve(Role::Owner, usd(1)));
}

#[test]
fn a_business_that_set_nothing_answers_in_person() {
    let planned = terms(100_000, monthly(6));
    let answer = Policy::STANDARD.answer(Record::default(), &planned, date("2026-02-01"));
    assert_eq!(answer, Answer::Ask(vec![Reason::ByPerson]));
    Policy::STANDARD.check().unwrap();
    policy().check().unwrap();
}

#[test]
fn who_may_say_yes_depends_on_the_total() {
    let policy = policy();
    let up_to = |role, minor| policy.may_approve(role, eur(minor));
    assert!(up_to(Role::Owner, 900_000));
    assert!(up_to(Role::Manager, 500_000) && !up_to(Role::Manager, 500_001));
    assert!(!up_to(Role::Clerk, 1) && !up_to(Role::Viewer, 1));
}

#[test]
fn what_is_no_policy_is_told_by_field() {
    let mut wrong = policy();
    wrong.bounds.months_max = 61;
    wrong.accepts.as_mut().unwrap().limits.down_percent_min = 100;
    wrong.accepts.as_mut().unwrap().total_max = Some(eur(0));
    wrong.approval.clerk = Reach::UpTo(eur(-1));
    wrong.offer_days = 0;
    wrong.forbearance.cure_days = 2;
    let errors = wrong.check().unwrap_err();
    let range = |min, max| FieldProblem::NumberOutOfRange { min, max };
    let expected = [
        ("bounds.months_max", range(1, 60)),
        ("accepts.down_percent_min", range(0, 99)),
        ("accepts.total_max", FieldProblem::NotPositive),
        ("approval.clerk", FieldProblem::NotPositive),
        ("offer_days", range(1, 60)),
        ("cure_days", range(3, 60)),
    ];
    let found: Vec<_> = errors.iter().map(|error| (&error.field[..], error.problem.clone())).collect();
    assert_eq!(found, expected);
}

/// The better the answer, the smaller.
fn rank(answer: &Answer) -> u8 {
    match answer {
        Answer::Accept => 0,
        Answer::Ask(_) => 1,
        Answer::Refuse(_) => 2,
    }
}

proptest! {
    /// Terms that are better for the business in some way and worse in none never get a worse answer, nor does a customer with a
    /// better record.
    #[test]
    fn gentler_terms_never_get_a_worse_answer(
        total in 10_000_i64..300_000,
        down in 0_i64..60,
        count in 2_u32..14,
        days in 1_i64..60,
        (more_down, fewer, sooner, broken) in (0_i64..30, 0_u32..13, 0_i64..60, 0_u32..3),
    ) {
        let today = date("2026-02-01");
        let shaped = |down: i64, count: u32, days: i64| {
            Shape { first_on: add_days(today, days), ..shape(total * down / 100, count) }
        };
        let fewer = fewer.min(count - 1);
        let sooner = (days - sooner).max(1);
        let harder = terms(total, shaped(down, count, days));
        // A larger down payment makes the instalments smaller, which is worse; so it never takes more than what the instalments that
        // fall away came to.
        let more_down = if fewer == 0 { 0 } else { more_down.min((100 - down) / i64::from(count)) };
        let gentler = terms(total, shaped(down + more_down, count - fewer, sooner));
        let policy = policy();
        let before = policy.answer(Record { broken_plans: broken }, &harder, today);
        let after = policy.answer(Record { broken_plans: 0 }, &gentler, today);
        prop_assert!(rank(&after) <= rank(&before), "{harder:?} {before:?}\n{gentler:?} {after:?}");
    }
}
