//! A customer's statement: which rows show, in which order, and that it closes on what is open less the credit.

use domain::invoice::{Period, Totals};
use domain::ledger::{self, Account, Entry, Posted, Provider};
use domain::statement::{Age, Claim, Fact, Statement, StatementError, What, recent, statement};
use domain::{Currency, CustomerId, Date, EventId, InvoiceId, Label, Money, ReceivableId, TransferId};
use proptest::prelude::*;
use uuid::Uuid;

use crate::date;

fn eur(cents: i64) -> Money {
    Money::new(cents, Currency::EUR).unwrap()
}

fn customer() -> CustomerId {
    CustomerId::from_uuid(Uuid::from_u128(1))
}

/// Rows as they come, each with its day.
#[derive(Default)]
struct Books {
    facts: Vec<Fact>,
    claims: Vec<Claim>,
    events: u128,
}

impl Books {
    fn book(&mut self, on: &str, entries: impl IntoIterator<Item = Entry>) -> Vec<Posted> {
        self.events += 1;
        let event = EventId::from_uuid(Uuid::from_u128(self.events));
        let first = self.facts.len();
        for entry in entries {
            let id = TransferId::from_uuid(Uuid::from_u128(self.facts.len() as u128 + 1));
            let row = Posted { id, reversed: eur(0), entry };
            self.facts.push(Fact { row, on: date(on), event });
        }
        self.facts[first..].iter().map(|fact| fact.row.clone()).collect()
    }

    fn issue(
        &mut self,
        number: &str,
        on: &str,
        due_on: &str,
        net: i64,
        tax: i64,
    ) -> (ReceivableId, Vec<Posted>) {
        let nth = self.claims.len() as u128 + 1;
        let receivable = ReceivableId::from_uuid(Uuid::from_u128(100 + nth));
        self.claims.push(Claim {
            receivable,
            invoice: InvoiceId::from_uuid(Uuid::from_u128(200 + nth)),
            number: Label::parse(number).unwrap(),
            due_on: date(due_on),
        });
        let totals = Totals { net: eur(net), tax: eur(tax), total: eur(net + tax), tax_by_rate: Vec::new() };
        (receivable, self.book(on, ledger::issue(receivable, &totals)))
    }

    fn pay(&mut self, on: &str, cents: i64) -> TransferId {
        let reference = format!("frm_{}", self.events);
        self.book(on, [ledger::payment(Provider::Hand, &reference, customer(), eur(cents))])[0].id
    }

    fn statement(&self, from: &str, to: &str) -> Statement {
        let period = Period { from: date(from), to: date(to) };
        statement(Currency::EUR, &self.facts, &self.claims, period).unwrap()
    }
}

fn lines(statement: &Statement) -> Vec<String> {
    let entry = |entry: &domain::statement::Entry| {
        let number = entry.invoice.as_ref().map(|(_, number)| format!(" {number}")).unwrap_or_default();
        format!("{} {}{number} {} = {}", entry.on, entry.what, entry.amount.minor(), entry.balance.minor())
    };
    statement.entries.iter().map(entry).collect()
}

#[test]
fn a_statement_tells_what_happened_in_order_and_closes_on_what_is_open() {
    let mut books = Books::default();
    let (first, _) = books.issue("2026-001", "2026-01-10", "2026-01-24", 10_000, 1_900);
    let (_, issued) = books.issue("2026-002", "2026-02-02", "2026-02-16", 5_000, 0);
    let (third, _) = books.issue("2026-003", "2026-02-05", "2026-03-07", 2_000, 0);
    let payment = books.pay("2026-02-03", 15_000);
    books.book("2026-02-04", [ledger::application(payment, customer(), first, 1, eur(11_900))]);
    books.book("2026-02-06", ledger::void(&issued).unwrap());
    books.book("2026-02-07", [ledger::write_off(third, 1, eur(500))]);
    books.book("2026-02-08", [ledger::pay_out(payment, "frm_back", customer(), eur(100))]);

    let statement = books.statement("2026-02-01", "2026-02-28");
    assert_eq!(statement.opening, eur(11_900));
    assert_eq!(
        lines(&statement),
        [
            "2026-02-02 invoice 2026-002 5000 = 16900",
            "2026-02-03 payment -15000 = 1900",
            "2026-02-05 invoice 2026-003 2000 = 3900",
            "2026-02-06 void 2026-002 -5000 = -1100",
            "2026-02-07 written_off 2026-003 -500 = -1600",
            "2026-02-08 paid_out 100 = -1500",
        ],
        "putting money to use is no entry"
    );
    assert_eq!(statement.closing, eur(-1_500));
    assert_eq!(statement.credit, eur(3_000));
    let open: Vec<_> =
        statement.open.iter().map(|item| (item.number.as_str(), item.open, item.days_overdue)).collect();
    assert_eq!(open, [("2026-003", eur(1_500), 0)]);
    assert_eq!(books.statement("2026-01-01", "2026-01-31").closing, statement.opening, "no day is left out");
}

#[test]
fn net_and_tax_are_one_entry_and_an_earlier_day_counts_though_it_was_written_later() {
    let mut books = Books::default();
    books.issue("2026-001", "2026-01-10", "2026-01-24", 10_000, 1_900);
    books.issue("2026-002", "2026-01-10", "2026-01-24", 10_000, 1_900);
    books.pay("2026-01-09", 1_000);
    assert_eq!(
        lines(&books.statement("2026-01-01", "2026-01-31")),
        [
            "2026-01-09 payment -1000 = -1000",
            "2026-01-10 invoice 2026-001 11900 = 10900",
            "2026-01-10 invoice 2026-002 11900 = 22800",
        ]
    );
}

#[test]
fn money_that_goes_back_and_comes_again_says_by_whom() {
    let mut books = Books::default();
    let stripe = |reference: &str| ledger::payment(Provider::Stripe, reference, customer(), eur(1_000));
    books.book("2026-01-01", [stripe("pi_1")]);
    books.book("2026-01-02", [ledger::refund(Provider::Stripe, "re_1", customer(), eur(300))]);
    books.book("2026-01-03", [ledger::refund(Provider::Stripe, "du_1", customer(), eur(700))]);
    let again = Entry { amount: eur(700), ..stripe("du_1") };
    books.book("2026-01-04", [again]);
    let by_hand = books.pay("2026-01-05", 200);
    let row = books.facts.iter().find(|fact| fact.row.id == by_hand).unwrap().row.clone();
    books.book("2026-01-06", [ledger::reversal(&row, 1, eur(200))]);
    let said: Vec<What> =
        books.statement("2026-01-01", "2026-01-31").entries.iter().map(|entry| entry.what).collect();
    assert_eq!(
        said,
        [What::Payment, What::Refund, What::Returned, What::CameAgain, What::Payment, What::TakenBack]
    );
}

#[test]
fn what_is_open_is_sorted_by_how_long_it_has_been_due() {
    let mut books = Books::default();
    for (number, due_on) in [
        ("1", "2026-06-30"),
        ("2", "2026-06-29"),
        ("3", "2026-05-31"),
        ("4", "2026-05-30"),
        ("5", "2026-04-01"),
        ("6", "2026-03-31"),
    ] {
        books.issue(number, "2026-03-01", due_on, 100, 0);
    }
    let ageing = books.statement("2026-06-01", "2026-06-30").ageing().unwrap();
    let sums: Vec<_> = ageing.iter().map(|(age, sum)| (age.as_str(), sum.minor())).collect();
    assert_eq!(
        sums,
        [("not_due", 100), ("up_to_30", 200), ("up_to_60", 100), ("up_to_90", 100), ("older", 100)]
    );
    assert_eq!(Age::of(31), Age::UpTo60);
}

#[test]
fn a_receivable_that_nobody_told_of_makes_no_statement() {
    let mut books = Books::default();
    let (receivable, _) = books.issue("1", "2026-01-01", "2026-01-02", 100, 0);
    books.claims.clear();
    let period = Period { from: date("2026-01-01"), to: date("2026-01-31") };
    let refused = statement(Currency::EUR, &books.facts, &books.claims, period);
    assert_eq!(refused, Err(StatementError::Unknown(receivable)));
}

#[test]
fn recent_are_this_month_and_the_two_before_it() {
    let spans = ["2026-03-31", "2026-01-01"].map(|day| recent(date(day)));
    assert_eq!(spans[0], Period { from: date("2026-01-01"), to: date("2026-03-31") });
    assert_eq!(spans[1], Period { from: date("2025-11-01"), to: date("2026-01-01") });
}

proptest! {
    /// Whatever happens on whatever days: it closes on what is open less the credit, and one span takes over where the last
    /// one ended.
    #[test]
    fn it_closes_on_what_is_open_less_the_credit_on_any_day(
        steps in prop::collection::vec((0_u8..6, 0_i64..60, 1_i64..5_000), 1..40), cut in 0_i64..60,
    ) {
        let day = |offset: i64| -> Date { domain::time::add_days(date("2026-01-01"), offset) };
        let mut books = Books::default();
        let (mut payments, mut receivables, mut rows) = (Vec::new(), Vec::new(), Vec::new());
        for (nth, (kind, offset, cents)) in steps.into_iter().enumerate() {
            let on = day(offset).to_string();
            let nth_u32 = u32::try_from(nth).unwrap();
            match (kind, payments.last().copied(), receivables.last().copied()) {
                (1, ..) => payments.push(books.pay(&on, cents)),
                (2, Some(payment), Some(receivable)) => {
                    rows.extend(books.book(&on, [ledger::application(payment, customer(), receivable, nth_u32, eur(cents))]));
                }
                (3, _, Some(receivable)) => {
                    rows.extend(books.book(&on, [ledger::write_off(receivable, nth_u32, eur(cents))]));
                }
                (4, Some(payment), _) => {
                    books.book(&on, [ledger::pay_out(payment, &format!("frm_{nth}"), customer(), eur(cents))]);
                }
                (5, ..) if !rows.is_empty() => {
                    let row: Posted = rows.pop().unwrap();
                    books.book(&on, [ledger::reversal(&row, 1, row.entry.amount)]);
                }
                _ => receivables.push(books.issue(&format!("N{nth}"), &on, &on, cents, cents / 5).0),
            }
        }
        let (before, after) = (
            books.statement("2025-01-01", &day(cut).to_string()),
            books.statement(&day(cut + 1).to_string(), "2027-01-01"),
        );
        prop_assert_eq!(before.closing, after.opening);
        for part in [&before, &after] {
            let open = part.open_amount().unwrap();
            prop_assert_eq!(part.closing, open.checked_sub(part.credit).unwrap());
            let moved = Money::sum(Currency::EUR, part.entries.iter().map(|entry| entry.amount)).unwrap();
            prop_assert_eq!(part.closing, part.opening.checked_add(moved).unwrap());
        }
        // The books as a whole, summed by account instead of by entry.
        let theirs = |account| matches!(account, Account::Receivable(_) | Account::Unapplied(_));
        let sum: i64 = books.facts.iter().map(|Fact { row: Posted { entry, .. }, .. }| {
            entry.amount.minor() * (i64::from(theirs(entry.debit)) - i64::from(theirs(entry.credit)))
        }).sum();
        prop_assert_eq!(after.closing.minor(), sum);
    }
}
