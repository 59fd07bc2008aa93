//! Payment plans: what can be proposed, what is said to it, whose turn it is, and how a plan is kept.

mod ics;
mod keeping;
mod negotiation;
mod policy;
mod terms;

use domain::plan::{Covered, Forbearance, Pace, Parts, Shape, Terms};
use domain::{Currency, InvoiceId, Money};
use uuid::Uuid;

use crate::date;

const PROMISED: Forbearance = Forbearance { grace_days: 5, cure_days: 10, fees_waived: true };

fn eur(minor: i64) -> Money {
    Money::new(minor, Currency::EUR).unwrap()
}

fn usd(minor: i64) -> Money {
    Money::new(minor, Currency::from_code("USD").unwrap()).unwrap()
}

fn invoice(number: u128) -> InvoiceId {
    InvoiceId::from_uuid(Uuid::from_u128(number))
}

fn covered(number: u128, open: Money) -> Covered {
    Covered { invoice: invoice(number), open }
}

/// So many monthly instalments from 1 March 2026.
fn monthly(count: u32) -> Shape {
    Shape {
        down: None,
        parts: Parts::Count(count),
        pace: Pace::Monthly,
        first_on: date("2026-03-01"),
        autopay: false,
    }
}

/// Terms over one invoice, written on 1 February 2026.
fn terms(total: i64, shape: Shape) -> Terms {
    Terms::propose(vec![covered(1, eur(total))], shape, date("2026-02-01")).unwrap()
}
