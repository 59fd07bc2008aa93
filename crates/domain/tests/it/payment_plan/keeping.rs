//! What the money that comes does to a plan, and how the plan stands.

use domain::plan::keeping::{ASKED_DAYS, Kept, Missed, Received, Standing, Warned};
use domain::plan::{Instalment, Shape};
use domain::time::add_days;
use domain::{Currency, Date};
use proptest::prelude::*;

use super::{PROMISED, eur, monthly, terms};
use crate::date;

/// Four of 300 on the first of March, April, May and June.
fn four() -> Vec<Instalment> {
    terms(120_000, monthly(4)).timetable(date("2026-02-01"))
}

fn received(on: &str, minor: i64) -> Received {
    Received { on: date(on), amount: eur(minor) }
}

fn kept(money: &[Received]) -> Kept {
    Kept::of(Currency::EUR, &four(), money).unwrap()
}

fn open(money: &[Received]) -> Vec<i64> {
    kept(money).instalments().iter().map(|(_, open)| open.minor()).collect()
}

#[test]
fn early_late_partial_and_over_payment_go_in_a_fixed_order_and_the_excess_to_credit() {
    assert_eq!(open(&[]), [30_000, 30_000, 30_000, 30_000]);
    // On its day, and late: the oldest first.
    assert_eq!(open(&[received("2026-03-01", 30_000)]), [0, 30_000, 30_000, 30_000]);
    assert_eq!(open(&[received("2026-04-02", 45_000)]), [0, 15_000, 30_000, 30_000]);
    // In part.
    assert_eq!(open(&[received("2026-03-01", 12_000)]), [18_000, 30_000, 30_000, 30_000]);
    // A little early it is the one that is asked for; long before, it makes the plan shorter.
    assert_eq!(open(&[received("2026-02-15", 30_000)]), [0, 30_000, 30_000, 30_000]);
    assert_eq!(open(&[received("2026-02-14", 30_000)]), [30_000, 30_000, 30_000, 0]);
    assert_eq!(open(&[received("2026-03-01", 70_000)]), [0, 30_000, 20_000, 0]);
    let over = [received("2026-03-01", 70_000), received("2026-03-20", 60_000)];
    assert_eq!(open(&over), [0, 0, 0, 0]);
    assert_eq!(kept(&over).credit(), eur(10_000));
    assert_eq!(kept(&over[..1]).payoff(), Ok(eur(50_000)));
}

#[test]
fn money_that_went_back_never_came() {
    let paid =
        [received("2026-03-01", 30_000), received("2026-04-01", 30_000), received("2026-05-01", 30_000)];
    assert_eq!(open(&paid), [0, 0, 0, 30_000]);
    // The bank takes the first back: what came on 1 April was for what was oldest then.
    let returned = [received("2026-03-01", 0), paid[1], paid[2]];
    assert_eq!(open(&returned), [0, 0, 30_000, 30_000]);
}

#[test]
fn what_is_asked_for_is_what_is_missed_or_near() {
    let paid = kept(&[received("2026-03-01", 10_000)]);
    let asked = |day| -> Vec<(u32, i64)> {
        paid.asked_for(date(day)).map(|(one, open)| (one.number, open.minor())).collect()
    };
    assert_eq!(asked("2026-02-14"), []);
    assert_eq!(asked("2026-02-15"), [(1, 20_000)]);
    assert_eq!(asked("2026-03-17"), [(1, 20_000)]);
    assert_eq!(asked("2026-03-18"), [(1, 20_000), (2, 30_000)]);
}

/// Grace, a friendly word, a last day, and only then the end: once, however often one looks, and never without the word.
#[test]
fn a_missed_instalment_gets_grace_a_word_and_a_last_day_before_the_plan_is_broken() {
    let kept = kept(&[received("2026-03-01", 30_000)]);
    let standing = |day, warned| kept.standing(date(day), PROMISED, warned);
    let missed = |late_days| Missed { number: 2, late_days };
    assert_eq!(standing("2026-04-01", None), Standing::Kept { next: four()[1] });
    assert_eq!(standing("2026-04-02", None), Standing::Grace(missed(1)));
    assert_eq!(standing("2026-04-06", None), Standing::Grace(missed(5)));
    assert_eq!(standing("2026-04-07", None), Standing::WantsWord(missed(6)));
    assert_eq!(
        standing("2027-04-07", None),
        Standing::WantsWord(missed(371)),
        "an outage on our side breaks nothing"
    );
    let warned = Some(Warned { number: 2, on: date("2026-04-07") });
    let cure = |late_days| Standing::Cure { missed: missed(late_days), until: date("2026-04-17") };
    assert_eq!(standing("2026-04-07", warned), cure(6));
    assert_eq!(standing("2026-04-17", warned), cure(16));
    assert_eq!(standing("2026-04-18", warned), Standing::Broken(missed(17)));
    // What was said about the first says nothing about the second.
    let about_the_first = Some(Warned { number: 1, on: date("2026-03-07") });
    assert_eq!(standing("2026-04-07", about_the_first), Standing::WantsWord(missed(6)));
}

#[test]
fn a_plan_is_completed_when_nothing_is_open() {
    let kept = kept(&[received("2026-02-20", 120_000)]);
    assert_eq!(kept.standing(date("2026-02-20"), PROMISED, None), Standing::Completed);
    assert_eq!(kept.asked_for(date("2026-07-01")).count(), 0);
}

fn any_money() -> impl Strategy<Value = Vec<Received>> {
    let one = (0_i64..200, 0_i64..60_000)
        .prop_map(|(days, minor)| Received { on: add_days(date("2026-02-01"), days), amount: eur(minor) });
    prop::collection::vec(one, 0..8)
}

prop_compose! {
    fn any_timetable()(count in 1_u32..12, total in 12_i64..200_000, down in any::<bool>()) -> Vec<Instalment> {
        let down = (down && total > 24).then(|| eur(total / 3));
        terms(total, Shape { down, ..monthly(count) }).timetable(date("2026-02-01"))
    }
}

fn rank(standing: Standing) -> u8 {
    match standing {
        Standing::Completed => 0,
        Standing::Kept { .. } => 1,
        Standing::Grace(_) => 2,
        Standing::WantsWord(_) => 3,
        Standing::Cure { .. } => 4,
        Standing::Broken(_) => 5,
    }
}

proptest! {
    /// Nothing is lost and nothing made: what is open and what came are the total and the credit.
    #[test]
    fn what_is_open_is_the_total_less_what_came(timetable in any_timetable(), money in any_money()) {
        let kept = Kept::of(Currency::EUR, &timetable, &money).unwrap();
        let total: i64 = timetable.iter().map(|one| one.amount.minor()).sum();
        let came: i64 = money.iter().map(|money| money.amount.minor()).sum();
        prop_assert_eq!(kept.payoff().unwrap().minor(), (total - came).max(0));
        prop_assert_eq!(kept.credit().minor(), (came - total).max(0));
        for (instalment, open) in kept.instalments() {
            prop_assert!(!open.is_negative() && open.minor() <= instalment.amount.minor());
        }
    }

    /// The order in which money is told of changes nothing, nor does whether it came in one piece or in several on the same day.
    #[test]
    fn the_order_in_which_money_is_told_of_changes_nothing(
        timetable in any_timetable(), money in any_money().prop_shuffle(), piece in 0_i64..60_000,
    ) {
        let kept = |money: &[Received]| Kept::of(Currency::EUR, &timetable, money).unwrap();
        let mut sorted = money.clone();
        sorted.sort_by_key(|money| (money.on, money.amount.minor()));
        prop_assert_eq!(kept(&money), kept(&sorted));
        let mut pieces = money.clone();
        if let Some(first) = pieces.first_mut() {
            let piece = piece.min(first.amount.minor());
            let rest = Received { on: first.on, amount: eur(first.amount.minor() - piece) };
            first.amount = eur(piece);
            pieces.push(rest);
        }
        prop_assert_eq!(kept(&pieces), kept(&money));
    }

    /// More money never leaves more open of any instalment.
    #[test]
    fn more_money_never_leaves_more_open(timetable in any_timetable(), money in any_money(), more in 0_i64..60_000) {
        let kept = |money: &[Received]| Kept::of(Currency::EUR, &timetable, money).unwrap();
        let last = money.iter().map(|money| money.on).max().unwrap_or(date("2026-02-01"));
        let mut with = money.clone();
        with.push(Received { on: add_days(last, 3), amount: eur(more) });
        for ((_, before), (_, after)) in kept(&money).instalments().iter().zip(kept(&with).instalments()) {
            prop_assert!(after.minor() <= before.minor());
        }
    }

    /// Time alone makes nothing better, and asks for no less.
    #[test]
    fn time_alone_makes_nothing_better(
        timetable in any_timetable(), money in any_money(), day in 0_i64..500, later in 0_i64..60, warned in 0_i64..500,
    ) {
        let kept = Kept::of(Currency::EUR, &timetable, &money).unwrap();
        let day: Date = add_days(date("2026-02-01"), day);
        let later = add_days(day, later);
        let number = kept.unpaid().next().map_or(1, |(oldest, _)| oldest.number);
        let warned = Some(Warned { number, on: add_days(date("2026-02-01"), warned) });
        let rank = |day| rank(kept.standing(day, PROMISED, warned));
        prop_assert!(rank(day) <= rank(later));
        let asked = |day| -> Vec<u32> { kept.asked_for(day).map(|(one, _)| one.number).collect() };
        prop_assert!(asked(later).starts_with(&asked(day)));
        let missed = kept.unpaid().filter(|(one, _)| add_days(one.due_on, -ASKED_DAYS) <= day).count();
        prop_assert_eq!(asked(day).len(), missed);
    }
}
