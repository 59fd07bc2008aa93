//! What is charged by itself: nothing that was not announced, never more, and never against anybody's word.

use std::collections::{BTreeMap, BTreeSet};
use std::slice;

use domain::autopay::{
    Claim, Debit, DebitState, Decision, Facts, GiveUp, Owed, TRIES_MAX, Told, Tried, decide, notice_days,
};
use domain::calendar::Calendar;
use domain::ledger::Part;
use domain::payment::{Again, FailureCode, Method, refusal};
use domain::time::{add_days, civil_date};
use domain::{Currency, Date, DebitId, Money, ReceivableId, Timestamp, Zone};
use proptest::prelude::*;
use uuid::Uuid;

use crate::{at, date};

fn receivable(number: u128) -> ReceivableId {
    ReceivableId::from_uuid(Uuid::from_u128(number))
}

fn debit_id(number: u128) -> DebitId {
    DebitId::from_uuid(Uuid::from_u128(1000 + number))
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn berlin() -> Zone {
    Zone::parse("Europe/Berlin").unwrap()
}

fn owed(number: u128, due_on: &str, minor: i64) -> Owed {
    Owed { receivable: receivable(number), due_on: date(due_on), open: euros(minor), claim: Claim::Free }
}

/// One that was announced in time, for Tuesday, 17 March 2026.
fn announced(items: &[(u128, i64)]) -> Debit {
    Debit {
        id: debit_id(1),
        on: date("2026-03-17"),
        items: items
            .iter()
            .map(|(number, minor)| Part { receivable: receivable(*number), amount: euros(*minor) })
            .collect(),
        told: Told::On(date("2026-03-12")),
        tries: 0,
        last: None,
    }
}

fn ask(owed: &[Owed], debits: &[Debit], now: &str) -> Decision {
    let none = BTreeSet::new();
    let facts = Facts { method: Method::Card, owed, debits, taken: &none, given_up: &BTreeSet::new() };
    decide(&facts, &Calendar::standard(), berlin(), at(now))
}

#[test]
fn it_is_announced_days_before_and_only_in_business_hours() {
    let owed = [owed(1, "2026-03-17", 10_000), owed(2, "2026-03-17", 5_000), owed(3, "2026-05-17", 1_000)];
    assert!(matches!(ask(&owed, &[], "2026-03-11T10:00:00Z"), Decision::Nothing { .. }));
    assert!(matches!(ask(&owed, &[], "2026-03-12T05:00:00Z"), Decision::Nothing { .. }));
    let Decision::Notify { on, items } = ask(&owed, &[], "2026-03-12T10:00:00Z") else { panic!() };
    assert_eq!(on, date("2026-03-17"));
    assert_eq!(items.iter().map(|item| item.amount).collect::<Vec<_>>(), [euros(10_000), euros(5_000)]);
}

#[test]
fn what_was_due_when_it_was_turned_on_is_announced_first_and_due_on_a_sunday_charged_on_monday() {
    let Decision::Notify { on, .. } = ask(&[owed(1, "2026-01-05", 10_000)], &[], "2026-03-03T10:00:00Z")
    else {
        panic!()
    };
    assert_eq!(on, date("2026-03-06"));
    let Decision::Notify { on, .. } = ask(&[owed(1, "2026-03-15", 10_000)], &[], "2026-03-12T10:00:00Z")
    else {
        panic!()
    };
    assert_eq!(on, date("2026-03-16"));
}

#[test]
fn a_day_is_announced_once() {
    let taken: BTreeSet<Date> = [date("2026-03-17"), date("2026-03-18")].into();
    let owed = [owed(1, "2026-03-17", 10_000)];
    let given_up = BTreeSet::new();
    let facts = Facts { method: Method::Card, owed: &owed, debits: &[], taken: &taken, given_up: &given_up };
    let decided = decide(&facts, &Calendar::standard(), berlin(), at("2026-03-13T10:00:00Z"));
    assert!(matches!(decided, Decision::Notify { on, .. } if on == date("2026-03-19")), "{decided:?}");
}

#[test]
fn it_is_charged_on_its_day_as_far_as_it_is_open_then() {
    let debit = announced(&[(1, 10_000), (2, 5_000)]);
    let owed = [owed(1, "2026-03-17", 3_000), owed(2, "2026-03-17", 7_000)];
    assert!(matches!(ask(&owed, slice::from_ref(&debit), "2026-03-16T10:00:00Z"), Decision::Nothing { .. }));
    let Decision::Charge { number, items, .. } = ask(&owed, slice::from_ref(&debit), "2026-03-17T10:00:00Z")
    else {
        panic!()
    };
    assert_eq!(number, 1);
    assert_eq!(items.iter().map(|item| item.amount).collect::<Vec<_>>(), [euros(3_000), euros(5_000)]);
    let lapsed = ask(&owed, slice::from_ref(&debit), "2026-03-21T10:00:00Z");
    assert_eq!(lapsed, Decision::Close { debit: debit.id, state: DebitState::Lapsed });
    let paid = ask(&[], slice::from_ref(&debit), "2026-03-13T10:00:00Z");
    assert_eq!(paid, Decision::Close { debit: debit.id, state: DebitState::CalledOff });
}

#[test]
fn what_is_held_is_left_out_and_what_may_be_paid_at_this_moment_waits() {
    let debit = announced(&[(1, 10_000), (2, 5_000)]);
    let held = [Owed { claim: Claim::Held, ..owed(1, "2026-03-17", 10_000) }, owed(2, "2026-03-17", 5_000)];
    let Decision::Charge { items, .. } = ask(&held, slice::from_ref(&debit), "2026-03-17T10:00:00Z") else {
        panic!()
    };
    assert_eq!(items.len(), 1);
    let busy = [Owed { claim: Claim::Busy, ..owed(1, "2026-03-17", 10_000) }, owed(2, "2026-03-17", 5_000)];
    assert!(matches!(ask(&busy, &[debit], "2026-03-17T10:00:00Z"), Decision::Nothing { .. }));
}

#[test]
fn nobody_is_charged_who_was_not_told_in_time() {
    let owed = [owed(1, "2026-03-17", 10_000)];
    let told = |told| Debit { told, ..announced(&[(1, 10_000)]) };
    let on_its_day = |debit| ask(&owed, &[debit], "2026-03-17T10:00:00Z");
    assert!(matches!(on_its_day(told(Told::Waiting)), Decision::Nothing { .. }));
    assert!(matches!(on_its_day(told(Told::On(date("2026-03-16")))), Decision::Nothing { .. }));
    assert!(matches!(on_its_day(told(Told::Never)), Decision::GiveUp { reason: GiveUp::NotTold, .. }));
}

#[test]
fn a_refusal_says_whether_it_is_tried_again() {
    let owed = [owed(1, "2026-03-17", 10_000)];
    let refused = |code: &str, tries| Debit {
        tries,
        last: Some(Tried::Refused(refusal(code))),
        ..announced(&[(1, 10_000)])
    };
    let then = |debit| ask(&owed, &[debit], "2026-03-17T10:00:00Z");
    for (code, tell, on) in [
        ("insufficient_funds", true, "2026-03-20"),
        ("do_not_honor", true, "2026-03-20"),
        ("a_code_of_next_year", true, "2026-03-20"),
        ("api_error", false, "2026-03-18"),
    ] {
        let decided = then(refused(code, 1));
        let again = matches!(decided, Decision::TryAgain { on: day, tell: told, .. } if day == date(on) && told == tell);
        assert!(again, "{code}: {decided:?}");
        assert!(matches!(
            then(refused(code, TRIES_MAX)),
            Decision::GiveUp { reason: GiveUp::TriedEnough, .. }
        ));
    }
    for code in ["lost_card", "stolen_card", "account_closed", "revocation_of_authorization", "expired_card"]
    {
        assert!(
            matches!(then(refused(code, 1)), Decision::GiveUp { reason: GiveUp::Declined, .. }),
            "{code}"
        );
        // Even where nothing is left to be charged: what follows would be refused as well.
        assert!(matches!(
            ask(&[], &[refused(code, 1)], "2026-03-17T10:00:00Z"),
            Decision::GiveUp { reason: GiveUp::Declined, .. }
        ));
    }
    let bank = then(refused("authentication_required", 1));
    assert!(matches!(bank, Decision::GiveUp { reason: GiveUp::NeedsBank, .. }), "{bank:?}");
    assert_eq!(FailureCode::DebitReturned.again(), Again::Never, "it may have been contested");
}

fn any_claim() -> impl Strategy<Value = Claim> {
    prop_oneof![3 => Just(Claim::Free), 1 => Just(Claim::Busy), 1 => Just(Claim::Held)]
}

fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..60).prop_map(|days| add_days(date("2026-02-15"), days))
}

fn any_owed() -> impl Strategy<Value = Vec<Owed>> {
    prop::collection::vec((any_day(), 0_i64..50_000, any_claim()), 0..5).prop_map(|owed| {
        let one = |(number, (due_on, minor, claim)): (usize, (Date, i64, Claim))| Owed {
            receivable: receivable(number as u128),
            due_on,
            open: euros(minor),
            claim,
        };
        owed.into_iter().enumerate().map(one).collect()
    })
}

fn any_last() -> impl Strategy<Value = Option<Tried>> {
    prop_oneof![
        3 => Just(None),
        1 => Just(Some(Tried::UnderWay)),
        1 => Just(Some(Tried::Paid)),
        3 => prop::sample::select(FailureCode::ALL).prop_map(|code| Some(Tried::Refused(code))),
    ]
}

fn any_told() -> impl Strategy<Value = Told> {
    prop_oneof![1 => Just(Told::Waiting), 1 => Just(Told::Never), 4 => any_day().prop_map(Told::On)]
}

type AnyDebit = (Date, BTreeMap<u128, i64>, Told, u32, Option<Tried>);

fn any_debits() -> impl Strategy<Value = Vec<Debit>> {
    let items = prop::collection::btree_map(0_u128..6, 1_i64..50_000, 1..4);
    prop::collection::vec((any_day(), items, any_told(), 0_u32..=TRIES_MAX, any_last()), 0..3).prop_map(
        |debits| {
            let one = |(number, (on, items, told, tries, last)): (usize, AnyDebit)| Debit {
                id: debit_id(number as u128),
                on,
                items: items
                    .into_iter()
                    .map(|(number, minor)| Part { receivable: receivable(number), amount: euros(minor) })
                    .collect(),
                told,
                tries: if last.is_some() { tries.max(1) } else { tries.min(TRIES_MAX - 1) },
                last,
            };
            debits.into_iter().enumerate().map(one).collect()
        },
    )
}

fn any_moment() -> impl Strategy<Value = Timestamp> {
    (0_i64..80 * 24 * 60).prop_map(|minutes| at("2026-02-10T00:00:00Z") + chrono::TimeDelta::minutes(minutes))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn whatever_is_so_nothing_is_charged_that_was_not_announced_or_may_not_be(
        owed in any_owed(),
        debits in any_debits(),
        taken in prop::collection::btree_set(any_day(), 0..6),
        given_up in prop::collection::btree_set((0_u128..6).prop_map(receivable), 0..3),
        method in prop::sample::select(&[Method::Card, Method::SepaDebit, Method::BacsDebit, Method::UsBankAccount][..]),
        now in any_moment(),
    ) {
        let calendar = Calendar::standard();
        let facts = Facts { method, owed: &owed, debits: &debits, taken: &taken, given_up: &given_up };
        let today = civil_date(now, berlin());
        let of = |part: &Part| owed.iter().find(|owed| owed.receivable == part.receivable).copied().unwrap();
        let known = |id: DebitId| debits.iter().find(|debit| debit.id == id).unwrap();
        match decide(&facts, &calendar, berlin(), now) {
            Decision::Nothing { until } => prop_assert!(until > now),
            Decision::Notify { on, items } => {
                prop_assert!(calendar.is_open(now, berlin()) && calendar.is_business_day(on));
                prop_assert!(add_days(today, notice_days(method)) <= on && !taken.contains(&on));
                for item in &items {
                    let owed = of(item);
                    prop_assert!(owed.claim == Claim::Free && item.amount == owed.open && on >= owed.due_on);
                    prop_assert!(!given_up.contains(&item.receivable));
                    let announced = debits.iter().flat_map(|debit| &debit.items);
                    prop_assert!(!announced.into_iter().any(|other| other.receivable == item.receivable));
                }
                prop_assert!(!items.is_empty());
            }
            Decision::Charge { debit, number, items } => {
                let debit = known(debit);
                prop_assert!(calendar.is_open(now, berlin()));
                prop_assert!(debit.on <= today && debit.last.is_none());
                prop_assert!(matches!(debit.told, Told::On(day) if add_days(day, notice_days(method)) <= today));
                prop_assert!(number == debit.tries + 1 && number <= TRIES_MAX);
                for item in &items {
                    let announced = debit.items.iter().find(|other| other.receivable == item.receivable).unwrap();
                    prop_assert!(item.amount.minor() <= announced.amount.minor());
                    prop_assert!(item.amount.minor() <= of(item).open.minor() && of(item).claim == Claim::Free);
                }
                prop_assert!(!items.is_empty());
            }
            Decision::TryAgain { debit, on, code, .. } => {
                prop_assert!(known(debit).tries < TRIES_MAX && on > today && calendar.is_business_day(on));
                prop_assert!(known(debit).last == Some(Tried::Refused(code)));
                prop_assert!(!matches!(code.again(), Again::Never | Again::WithHolder));
            }
            Decision::GiveUp { debit, .. } | Decision::Close { debit, .. } => {
                prop_assert!(known(debit).last != Some(Tried::UnderWay));
            }
        }
    }
}
