//! A customer's statement.

use domain::statement::{Age, What};

use crate::console::statement::NotSent;
use crate::words::StatementWords;

pub(super) const STATEMENT: StatementWords = StatementWords {
    title: "Statement",
    show: "Show",
    download: "Download as a table (CSV)",
    mail: "Send by e-mail",
    mail_hint: "It leaves in the customer's business hours and keeps its distance from the last reminder. Each is sent once.",
    mail_none: "There is nothing to tell in these days, or no address to send it to.",
    send: "Send this statement",
    day: "Date",
    invoice: "Invoice",
    currency: "Currency",
    entries: "What happened, day by day",
    entry: "Entry",
    balance: "Balance",
    nothing_happened: "Nothing happened in these days.",
    credit: "Credit that is not used yet",
    of: |customer| format!("Statement for {customer}"),
    opening: |date| format!("Balance before {date}"),
    closing: |date| format!("Balance on {date}"),
    open_on: |date| format!("Open on {date}"),
    earlier: |entries| match entries {
        1 => "1 earlier entry".to_owned(),
        entries => format!("{entries} earlier entries"),
    },
    not_sent: |reason| match reason {
        NotSent::NothingToTell => "Nothing happened in these days and nothing is open, so nothing was sent.",
        NotSent::Before => "This statement was sent before, or is about to be.",
        NotSent::Unreachable => "There is no address to send it to.",
    },
    days_overdue: |days| match days {
        1 => "1 day overdue".to_owned(),
        days => format!("{days} days overdue"),
    },
    what: |what, number| {
        let of = number.map(|number| format!(" {number}")).unwrap_or_default();
        match what {
            What::Invoice => format!("Invoice{of}"),
            What::Void => format!("Invoice{of} taken back"),
            What::CreditNote => format!("Credit note for invoice{of}"),
            What::Payment => "Payment, thank you".to_owned(),
            What::TakenBack => "Payment corrected".to_owned(),
            What::Refund => "Refund".to_owned(),
            What::Returned => "Payment returned by the bank".to_owned(),
            What::CameAgain => "Payment arrived again".to_owned(),
            What::PaidOut => "Credit paid out".to_owned(),
            What::WrittenOff => match number {
                Some(number) => format!("Rest of invoice {number} written off"),
                None => "Settled by us".to_owned(),
            },
            What::WriteOffUndone => match number {
                Some(number) => format!("Rest of invoice {number} open again"),
                None => "No longer settled by us".to_owned(),
            },
        }
    },
    age: |age| match age {
        Age::NotDue => "Not overdue",
        Age::UpTo30 => "1 to 30 days overdue",
        Age::UpTo60 => "31 to 60 days overdue",
        Age::UpTo90 => "61 to 90 days overdue",
        Age::Older => "More than 90 days overdue",
    },
};
