//! Rows balance, money is applied in the stated order, and undoing frees exactly what was asked.

use domain::invoice::{TaxOfRate, TaxRate, Totals};
use domain::ledger::back::{Source, go_back, rows};
use domain::ledger::{
    Account, Entry, OpenItem, Part, Posted, Provider, TransferKind, application, application_order, apply,
    apply_parts, issue, payment, refund, reversal, undo, void,
};
use domain::{Currency, CustomerId, Money, ReceivableId, TransferId};
use proptest::prelude::*;

use crate::date;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn receivable(n: u128) -> ReceivableId {
    ReceivableId::from_uuid(uuid::Uuid::from_u128(n))
}

fn transfer(n: u128) -> TransferId {
    TransferId::from_uuid(uuid::Uuid::from_u128(n))
}

fn customer() -> CustomerId {
    CustomerId::from_uuid(uuid::Uuid::from_u128(7))
}

fn item(n: u128, due_on: &str, number: &str, open: i64) -> OpenItem {
    OpenItem { receivable: receivable(n), due_on: date(due_on), number: number.into(), open: eur(open) }
}

/// Σ debit − Σ credit.
fn balance(rows: &[Entry], account: Account) -> i64 {
    rows.iter()
        .map(|row| {
            let sign = i64::from(row.debit == account) - i64::from(row.credit == account);
            sign * row.amount.minor()
        })
        .sum()
}

fn posted(n: u128, entry: Entry, reversed: i64) -> Posted {
    Posted { id: transfer(n), entry, reversed: eur(reversed) }
}

fn totals(net: i64, tax: i64) -> Totals {
    let rate = TaxRate::from_basis_points(1900).unwrap();
    Totals {
        net: eur(net),
        tax_by_rate: vec![TaxOfRate { rate, net: eur(net), tax: eur(tax) }],
        tax: eur(tax),
        total: eur(net + tax),
    }
}

#[test]
fn the_story_of_one_invoice_balances() {
    let owed = Account::Receivable(receivable(1));
    let unapplied = Account::Unapplied(customer());
    let mut rows = issue(receivable(1), &totals(1000, 190));
    assert_eq!(balance(&rows, owed), 1190);
    assert_eq!((balance(&rows, Account::Revenue), balance(&rows, Account::Tax)), (-1000, -190));

    // Too much arrives: it is booked whole, and what is too much stays the customer's.
    rows.push(payment(Provider::Stripe, "pi_1", customer(), eur(1500)));
    rows.push(application(transfer(3), customer(), receivable(1), 1, eur(1190)));
    assert_eq!(
        (balance(&rows, owed), balance(&rows, unapplied), balance(&rows, Account::Gateway)),
        (0, -310, 1500)
    );

    // All of it goes back: the application is undone for what the credit does not cover.
    let applied = posted(4, rows[3].clone(), 0);
    let (undone, uncovered) = undo(eur(1500), eur(310), std::slice::from_ref(&applied)).unwrap();
    assert_eq!((undone.as_slice(), uncovered), ([(transfer(4), eur(1190))].as_slice(), eur(0)));
    rows.push(reversal(&applied, 1, eur(1190)));
    rows.push(refund(Provider::Stripe, "re_1", customer(), eur(1500)));
    assert_eq!(
        (balance(&rows, owed), balance(&rows, unapplied), balance(&rows, Account::Gateway)),
        (1190, 0, 0)
    );
}

#[test]
fn references_tell_facts_apart() {
    let applied = application(transfer(3), customer(), receivable(1), 2, eur(5));
    assert_eq!(applied.reference, format!("{}:{}:2", transfer(3), receivable(1)));
    assert_eq!(
        (applied.provider, applied.kind, applied.reverses),
        (Provider::Own, TransferKind::Application, None)
    );
    let undone = reversal(&posted(9, applied, 0), 1, eur(5));
    assert_eq!(undone.reference, format!("{}:1", transfer(9)));
    assert_eq!((undone.kind, undone.reverses), (TransferKind::Reversal, Some(transfer(9))));
    let untaxed =
        issue(receivable(1), &Totals { tax_by_rate: vec![], tax: eur(0), total: eur(5), net: eur(5) });
    assert_eq!(untaxed.len(), 1, "a row of nothing is no row");
}

#[test]
fn voiding_undoes_what_is_left() {
    let rows = issue(receivable(1), &totals(1000, 190));
    let rows = [posted(1, rows[0].clone(), 400), posted(2, rows[1].clone(), 190)];
    let undone = void(&rows).unwrap();
    assert_eq!(undone.len(), 1);
    assert_eq!((undone[0].amount, undone[0].reverses), (eur(600), Some(transfer(1))));
    assert_eq!((undone[0].debit, undone[0].credit), (Account::Revenue, Account::Receivable(receivable(1))));
}

#[test]
fn money_goes_to_the_chosen_then_the_oldest_then_by_number() {
    let items = vec![
        item(1, "2026-03-03", "2026-1000", 100),
        item(2, "2026-03-03", "2026-999", 100),
        item(3, "2026-04-01", "2026-7", 100),
        item(4, "2026-02-01", "2026-8", 100),
    ];
    let order = |chosen: &[ReceivableId]| {
        application_order(items.clone(), chosen).into_iter().map(|item| item.number).collect::<Vec<_>>()
    };
    assert_eq!(order(&[]), ["2026-8", "2026-999", "2026-1000", "2026-7"]);
    assert_eq!(order(&[receivable(3), receivable(1)]), ["2026-7", "2026-1000", "2026-8", "2026-999"]);
}

#[test]
fn a_part_paid_meanwhile_by_another_road_leaves_credit() {
    let items = [item(1, "2026-03-03", "1", 30), item(2, "2026-03-03", "2", 500)];
    let part = |n, amount| Part { receivable: receivable(n), amount: eur(amount) };
    let (applied, left) = apply_parts(eur(150), &[part(1, 100), part(2, 50)], &items).unwrap();
    assert_eq!(applied, [(receivable(1), eur(30)), (receivable(2), eur(50))]);
    assert_eq!(left, eur(70), "the payer did not ask for more of the second to be paid");
    let (applied, left) = apply_parts(eur(80), &[part(1, 100), part(9, 50)], &items).unwrap();
    assert_eq!((applied, left), (vec![(receivable(1), eur(30))], eur(50)));
}

#[test]
fn the_newest_application_is_undone_first() {
    let row = |n, amount, reversed| {
        posted(n, application(transfer(1), customer(), receivable(n), 1, eur(amount)), reversed)
    };
    let rows = [row(2, 100, 0), row(4, 100, 40), row(3, 100, 0)];
    let (undone, uncovered) = undo(eur(200), eur(20), &rows).unwrap();
    assert_eq!(undone, [(transfer(4), eur(60)), (transfer(3), eur(100)), (transfer(2), eur(20))]);
    assert_eq!(uncovered, eur(0));
    let (_, uncovered) = undo(eur(1000), eur(20), &rows).unwrap();
    assert_eq!(uncovered, eur(720), "more went back than came: someone has to look");
}

proptest! {
    #[test]
    fn applying_is_exact_and_never_overfills(amount in 1_i64..1000, opens in proptest::collection::vec(0_i64..300, 0..8)) {
        let items: Vec<_> = opens.iter().zip(1..).map(|(open, n)| item(n, "2026-03-03", "1", *open)).collect();
        let (applied, left) = apply(eur(amount), &items).unwrap();
        let used: i64 = applied.iter().map(|(_, part)| part.minor()).sum();
        prop_assert_eq!(used + left.minor(), amount);
        prop_assert!(left.is_zero() || used == opens.iter().sum::<i64>(), "credit only when nothing is open");
        for (id, part) in &applied {
            let open = items.iter().find(|item| item.receivable == *id).unwrap().open;
            prop_assert!(part.is_positive() && part.compare(open).unwrap().is_le());
        }
    }

    #[test]
    fn undoing_frees_exactly_what_was_asked(amount in 1_i64..1000, free in 0_i64..300, rows in proptest::collection::vec((1_i64..300, 0_i64..300), 0..8)) {
        let rows: Vec<_> = rows.iter().zip(1..).map(|((amount, reversed), n)| {
            posted(n, application(transfer(99), customer(), receivable(n), 1, eur(*amount)), *reversed.min(amount))
        }).collect();
        let (undone, uncovered) = undo(eur(amount), eur(free), &rows).unwrap();
        let freed: i64 = undone.iter().map(|(_, part)| part.minor()).sum();
        prop_assert_eq!(free.min(amount) + freed + uncovered.minor(), amount);
        for (id, part) in &undone {
            let row = rows.iter().find(|row| row.id == *id).unwrap();
            prop_assert!(part.minor() + row.reversed.minor() <= row.entry.amount.minor(), "never more than there was");
        }
    }
}

fn source(n: u128, amount: i64, reversed: i64, paid_out: i64, applied: &[(u128, i64)]) -> Source {
    let row = |id, minor| posted(id, application(transfer(n), customer(), receivable(id), 1, eur(minor)), 0);
    Source {
        payment: posted(n, payment(Provider::Stripe, &format!("pi_{n}"), customer(), eur(amount)), reversed),
        paid_out: eur(paid_out),
        applications: applied.iter().map(|(id, minor)| row(*id, *minor)).collect(),
    }
}

#[test]
fn money_goes_back_out_of_what_is_here_and_the_rest_is_lost_not_overdrawn() {
    // 100 came, 40 went back and came again as a payment of its own; 50 of the first were paid out by hand.
    let sources =
        [source(1, 10_000, 4_000, 5_000, &[(11, 1_000)]), source(2, 4_000, 0, 0, &[(21, 3_000), (22, 500)])];
    let back = go_back(eur(10_000), &sources).unwrap();
    assert_eq!(back.taken, [(transfer(2), eur(4_000)), (transfer(1), eur(1_000))]);
    assert_eq!(
        back.undone,
        [(transfer(22), eur(500)), (transfer(21), eur(3_000)), (transfer(11), eur(1_000))]
    );
    assert_eq!(back.uncovered, eur(5_000));

    let rows = rows("re_1", customer(), &back);
    let named: Vec<_> = rows.iter().map(|row| (row.kind, &row.reference[..], row.amount.minor())).collect();
    assert_eq!(
        named,
        [
            (TransferKind::Refund, "re_1", 4_000),
            (TransferKind::Refund, "re_1:1", 1_000),
            (TransferKind::Refund, "re_1:2", 5_000),
            (TransferKind::WriteOff, "re_1", 5_000),
        ]
    );
    // All of it left the provider, and of the customer's account no more than stood on it.
    assert_eq!(balance(&rows, Account::Gateway), -10_000);
    assert_eq!(balance(&rows, Account::Unapplied(customer())), 5_000);
    assert_eq!(balance(&rows, Account::WriteOff), 5_000);
}

#[test]
fn what_is_free_goes_back_before_anything_is_undone() {
    let back = go_back(eur(2_000), &[source(1, 10_000, 0, 0, &[(11, 8_000)])]).unwrap();
    assert_eq!((back.undone, back.uncovered), (Vec::new(), eur(0)));
    assert_eq!(rows("re_1", customer(), &go_back(eur(1), &[]).unwrap()).len(), 2);
}
