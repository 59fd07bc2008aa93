//! Which invoice an entry of a bank statement pays.

use domain::bank::reference::CreditorReference;
use domain::bank::statement::{
    BankEntry, Books, Match, OpenInvoice, RecordedPayment, SAME_MONEY_DAYS, StatementFormat, Why, named,
};
use domain::ledger::OpenItem;
use domain::time::add_days;
use domain::{Currency, CustomerId, InvoiceId, Money, ReceivableId, TransferId};
use proptest::prelude::*;
use uuid::Uuid;

use crate::date;

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn receivable(number: u128) -> ReceivableId {
    ReceivableId::from_uuid(Uuid::from_u128(number))
}

fn customer(number: u128) -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(number))
}

fn open(at: u128, number: &str, of: u128, name: &str, payable: i64) -> OpenInvoice {
    OpenInvoice {
        receivable: receivable(at),
        invoice: InvoiceId::from_uuid(Uuid::from_u128(at)),
        number: number.to_owned(),
        customer: customer(of),
        customer_name: name.to_owned(),
        due_on: date("2026-03-03"),
        payable: eur(payable),
    }
}

fn open_invoices() -> Vec<OpenInvoice> {
    vec![
        open(1, "2026-014", 1, "Bäckerei Morgenrot GmbH", 124_000),
        open(2, "2026-015", 1, "Bäckerei Morgenrot GmbH", 50_000),
        open(3, "2026-016", 2, "Weber & Sohn", 124_000),
        open(4, "7", 3, "Kleinholz", 700),
    ]
}

fn books() -> Books {
    Books::new(open_invoices(), Vec::new())
}

fn matching(entry: &BankEntry, books: &Books) -> Match {
    books.matching(entry, StatementFormat::Csv)
}

/// A payment of the baker's that is in the books already.
fn recorded(amount: i64, received_on: &str, numbers: &[&str]) -> RecordedPayment {
    RecordedPayment {
        payment: TransferId::from_uuid(Uuid::from_u128(77)),
        customer: customer(1),
        customer_name: "Bäckerei Morgenrot GmbH".to_owned(),
        amount: eur(amount),
        received_on: date(received_on),
        numbers: numbers.iter().map(|number| (*number).to_owned()).collect(),
        told_by: Vec::new(),
    }
}

fn entry(remittance: &str, amount: i64, counterparty: &str) -> BankEntry {
    BankEntry {
        account: "DE89370400440532013000".to_owned(),
        booked_on: date("2026-03-10"),
        amount: eur(amount),
        reference: String::new(),
        counterparty: counterparty.to_owned(),
        remittance: remittance.to_owned(),
        returned: false,
    }
}

fn certain(of: u128, receivables: &[u128]) -> Match {
    Match::Certain {
        customer: customer(of),
        receivables: receivables.iter().map(|at| receivable(*at)).collect(),
    }
}

fn suggested(of: u128, at: u128, why: Why) -> Match {
    Match::Suggested { customer: customer(of), receivable: receivable(at), why }
}

#[test]
fn the_reference_or_the_number_with_the_amount_is_certain() {
    let reference = CreditorReference::of_number("2026-014").unwrap();
    for remittance in [
        reference.as_str().to_owned(),
        format!("SVWZ+{} DATUM 10.03.2026", reference.format().to_lowercase()),
        "Rechnung 2026-014".to_owned(),
        "RG.NR. 2026/014, danke".to_owned(),
        "re 2026 014".to_owned(),
        "2026014".to_owned(),
    ] {
        assert_eq!(matching(&entry(&remittance, 124_000, "?"), &books()), certain(1, &[1]), "{remittance}");
    }
}

#[test]
fn several_of_one_customer_that_come_to_the_amount_are_certain() {
    assert_eq!(matching(&entry("2026-014 und 2026-015", 174_000, "?"), &books()), certain(1, &[1, 2]));
    assert_eq!(
        matching(&entry("2026-014 und 2026-015", 174_001, "?"), &books()),
        suggested(1, 1, Why::Several)
    );
    assert_eq!(matching(&entry("2026-014, 2026-016", 248_000, "?"), &books()), suggested(1, 1, Why::Several));
}

#[test]
fn anything_less_is_suggested_at_most() {
    let books = books();
    assert_eq!(matching(&entry("2026-014", 100_000, "?"), &books), suggested(1, 1, Why::OtherAmount));
    let by_name = entry("Danke fuer die Broetchen", 124_000, "BAECKEREI MORGENROT");
    assert_eq!(matching(&by_name, &books), suggested(1, 1, Why::AmountAndName));
    let stranger = entry("Danke", 124_000, "Jemand anders");
    assert_eq!(matching(&stranger, &books), Match::Unknown);
    // Part of a longer number, and a number too short to mean anything.
    for remittance in ["12026-014", "2026-0145", "Kunde 7", "X2026-014"] {
        assert_eq!(matching(&entry(remittance, 700, "?"), &books), Match::Unknown, "{remittance}");
    }
}

#[test]
fn what_goes_out_or_comes_back_is_never_matched() {
    assert_eq!(matching(&entry("2026-014", -124_000, "?"), &books()), Match::NotIncoming);
    let returned = BankEntry { returned: true, ..entry("2026-014", 124_000, "?") };
    assert_eq!(matching(&returned, &books()), Match::NotIncoming);
    let pounds = BankEntry {
        amount: Money::new(124_000, Currency::from_code("GBP").unwrap()).unwrap(),
        ..entry("2026-014", 0, "?")
    };
    assert_eq!(matching(&pounds, &books()), Match::Unknown, "another currency");
}

#[test]
fn what_was_settled_is_not_paid_again() {
    let mut books = books();
    books.settle(&[receivable(1), receivable(3)]);
    for remittance in ["2026-014", "thank you"] {
        let again = entry(remittance, 124_000, "Bäckerei Morgenrot");
        assert_eq!(matching(&again, &books), Match::Unknown, "{remittance}");
    }
}

#[test]
fn what_somebody_recorded_already_is_the_same_money_and_not_booked_again() {
    let known = recorded(124_000, "2026-03-08", &["2026-009"]);
    let same = Match::Recorded { payment: known.payment };
    let with = |payment: RecordedPayment| Books::new(open_invoices(), vec![payment]);
    // It names an invoice that is still open, because the money was used for another; by the payer's name; by the other.
    for (remittance, payer) in
        [("2026-014", "?"), ("thank you", "BAECKEREI MORGENROT"), ("Rechnung 2026-009", "?")]
    {
        assert_eq!(matching(&entry(remittance, 124_000, payer), &with(known.clone())), same, "{remittance}");
    }
    // Somebody else's, another amount, long before, or told by a file of this format already.
    let stranger = entry("2026-016", 124_000, "?");
    assert_eq!(matching(&stranger, &with(known.clone())), certain(2, &[3]));
    let paid = entry("2026-014", 124_000, "Morgenrot");
    for other in [
        RecordedPayment { amount: eur(123_999), ..known.clone() },
        RecordedPayment { received_on: add_days(paid.booked_on, -SAME_MONEY_DAYS - 1), ..known.clone() },
        RecordedPayment { told_by: vec![StatementFormat::Csv], ..known.clone() },
    ] {
        assert_eq!(matching(&paid, &with(other)), certain(1, &[1]));
    }
    let told_by_camt = RecordedPayment { told_by: vec![StatementFormat::Camt], ..known };
    assert_eq!(matching(&paid, &with(told_by_camt)), same, "the same account in another format");
}

proptest! {
    /// Whatever a bank writes: it never panics, and what is certain is named and has the amount.
    #[test]
    fn what_is_certain_comes_to_the_amount(remittance in ".{0,80}", amount in 1_i64..200_000, payer in ".{0,40}") {
        let books = books();
        if let Match::Certain { receivables, .. } = matching(&entry(&remittance, amount, &payer), &books) {
            let sum: i64 = books.invoices().iter().filter(|item| receivables.contains(&item.receivable)).map(|item| item.payable.minor()).sum();
            prop_assert_eq!(sum, amount);
        }
    }
}

#[test]
fn a_text_names_open_items_by_reference_or_number() {
    let items: Vec<OpenItem> = open_invoices()
        .into_iter()
        .map(|open| OpenItem {
            receivable: open.receivable,
            due_on: open.due_on,
            number: open.number,
            open: open.payable,
        })
        .collect();
    let reference = CreditorReference::of_number("2026-016").unwrap();
    for (text, expected) in [
        ("Invoice 2026-015, thank you", vec![2]),
        ("RG 2026/014 und 2026 016", vec![1, 3]),
        (&*format!("{} for the kitchen", reference.format()), vec![3]),
        // A number of one digit stands in too many texts.
        ("7 days late, sorry", vec![]),
        ("2026-0140", vec![]),
        ("", vec![]),
    ] {
        let expected: Vec<ReceivableId> = expected.into_iter().map(receivable).collect();
        assert_eq!(named(text, &items), expected, "{text}");
    }
}
