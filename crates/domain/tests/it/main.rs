//! The rules, tested through the crate's public door: examples that read as stories, and properties that hold for
//! whatever the generators come up with.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on should stop where it is")]

mod autopay;
mod bank;
mod bank_statement;
mod code;
mod compare;
mod credit;
mod credit_note;
mod currency;
mod gate;
mod invoice;
mod ledger;
mod locale;
mod money;
mod payment;
mod payment_plan;
mod plan;
mod recurring;
mod roles;
mod saved;
mod schedule;
mod sms;
mod statement;
mod statement_sending;
mod text;
mod time;
mod wording;

use domain::{Date, Timestamp, Zone};

/// A date, for tests.
fn date(text: &str) -> Date {
    domain::time::parse_date(text).unwrap()
}

/// An instant in RFC 3339, for tests.
fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A zone by its name, for tests.
fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}
