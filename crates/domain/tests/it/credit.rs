//! Money that waits for a use: what of each payment is free, and what it is used for.

use domain::ledger::{
    self, Account, Entry, FreeMoney, OpenItem, Posted, Provider, TransferKind, free_money, use_credit,
};
use domain::{Currency, CustomerId, Money, ReceivableId, TransferId};
use proptest::prelude::*;
use uuid::Uuid;

use crate::date;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn transfer(number: u128) -> TransferId {
    TransferId::from_uuid(Uuid::from_u128(number))
}

fn receivable(number: u128) -> ReceivableId {
    ReceivableId::from_uuid(Uuid::from_u128(number))
}

fn customer() -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(1))
}

fn posted(number: u128, entry: Entry, reversed: i64) -> Posted {
    Posted { id: transfer(number), entry, reversed: eur(reversed) }
}

fn payment(number: u128, amount: i64, reversed: i64) -> Posted {
    let entry = ledger::payment(Provider::Hand, &format!("h{number}"), customer(), eur(amount));
    posted(number, entry, reversed)
}

fn application(number: u128, of: u128, amount: i64, reversed: i64) -> Posted {
    let entry = ledger::application(transfer(of), customer(), receivable(1), 1, eur(amount));
    posted(number, entry, reversed)
}

fn item(number: u128, due: &str, open: i64) -> OpenItem {
    OpenItem {
        receivable: receivable(number),
        due_on: date(due),
        number: format!("2026-{number:03}"),
        open: eur(open),
    }
}

#[test]
fn money_by_hand_lies_at_the_bank_and_stripes_at_the_gateway() {
    assert_eq!(payment(1, 5, 0).entry.debit, Account::Bank);
    assert_eq!(ledger::payment(Provider::Stripe, "pi_1", customer(), eur(5)).debit, Account::Gateway);
    let out = ledger::pay_out(transfer(1), "f00", customer(), eur(5));
    assert_eq!(
        (out.debit, out.credit, out.kind),
        (Account::Unapplied(customer()), Account::Bank, TransferKind::PayOut)
    );
}

#[test]
fn what_is_free_is_what_was_neither_used_nor_sent_back() {
    let out = posted(9, ledger::pay_out(transfer(2), "f00", customer(), eur(100)), 0);
    let rows = [
        payment(1, 10_000, 2_000),
        application(3, 1, 5_000, 1_000),
        payment(2, 4_000, 0),
        application(4, 2, 3_900, 0),
        out,
    ];
    let free = free_money(&rows).unwrap();
    assert_eq!(free, [FreeMoney { payment: transfer(1), free: eur(4_000) }], "nothing is left of the second");
}

#[test]
fn credit_goes_oldest_money_first_to_what_is_due_first() {
    let free = [
        FreeMoney { payment: transfer(2), free: eur(700) },
        FreeMoney { payment: transfer(1), free: eur(500) },
    ];
    let items = vec![item(2, "2026-04-01", 1_000), item(1, "2026-03-01", 600)];
    assert_eq!(
        use_credit(&free, items, &[]).unwrap(),
        [
            (transfer(1), receivable(1), eur(500)),
            (transfer(2), receivable(1), eur(100)),
            (transfer(2), receivable(2), eur(600)),
        ]
    );
}

#[test]
fn a_rest_is_small_only_where_the_business_said_so() {
    let pounds = Currency::from_code("GBP").unwrap();
    assert!(ledger::is_small(eur(100), Some(eur(100))));
    for (rest, limit) in [
        (eur(101), Some(eur(100))),
        (eur(0), Some(eur(100))),
        (eur(1), None),
        (Money::new(1, pounds).unwrap(), Some(eur(100))),
    ] {
        assert!(!ledger::is_small(rest, limit), "{rest:?} {limit:?}");
    }
}

proptest! {
    /// Never more than is free, never more than is open, and never both left.
    #[test]
    fn credit_is_used_as_far_as_it_goes(
        free in prop::collection::vec(1_i64..5_000, 0..6),
        open in prop::collection::vec(1_i64..5_000, 0..6),
    ) {
        let money: Vec<FreeMoney> =
            (1..).zip(&free).map(|(at, free)| FreeMoney { payment: transfer(at), free: eur(*free) }).collect();
        let items: Vec<OpenItem> = (1..).zip(&open).map(|(at, open)| item(at, "2026-03-01", *open)).collect();
        let used = use_credit(&money, items.clone(), &[]).unwrap();
        for one in &money {
            let sum: i64 = used.iter().filter(|(payment, ..)| *payment == one.payment).map(|(.., share)| share.minor()).sum();
            prop_assert!(sum <= one.free.minor());
        }
        for one in &items {
            let sum: i64 = used.iter().filter(|(_, to, _)| *to == one.receivable).map(|(.., share)| share.minor()).sum();
            prop_assert!(sum <= one.open.minor());
        }
        let total: i64 = used.iter().map(|(.., share)| share.minor()).sum();
        prop_assert_eq!(total, free.iter().sum::<i64>().min(open.iter().sum()));
        prop_assert!(used.iter().all(|(.., share)| share.is_positive()));
    }
}
