//! What is written, with every value already written the way its reader writes it.

use std::collections::BTreeSet;
use std::fmt;

use chrono::Datelike as _;
use domain::bank::AccountNumber;
use domain::bank::reference::CreditorReference;
use domain::follow_up::Consequence;
use domain::time::RelativeDay;
use domain::{Currency, Date, Locale, Money};
use serde::Serialize;

use super::texts::Text;

/// What a mail is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Letter {
    /// A step of the schedule.
    Reminder(Reminder),
    /// What happened in a month, and what that leaves.
    Statement(StatementLetter),
    /// Money arrived.
    Receipt(Receipt),
    /// Money is on its way back.
    Refund(MoneyBack),
    /// An invoice was made smaller.
    CreditNote(MoneyBack),
    /// The payer's bank took a payment back.
    Returned(MoneyBack),
    /// A payment that a receipt had gone out for was written down by mistake.
    Corrected(MoneyBack),
    /// What is, or was to be, charged by itself.
    Autopay(AutopayLetter),
    /// The answer to "send me a fresh link".
    FreshLink(FreshLink),
    /// Six digits that prove who holds a link.
    Code(Code),
    /// A person is asked to join a business.
    Invitation(Invitation),
}

/// A step of the schedule, about one invoice or several: see [`Letter::Reminder`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reminder {
    /// Its words, built in or the business's own.
    pub text: Text,
    /// What is spoken of, the longest due first. All in one currency.
    pub invoices: Vec<InvoiceRow>,
    /// The earliest due date: "3 March", with its year if that is not the present one.
    pub due: String,
    /// The same, seen from today.
    pub due_relative: RelativeDay,
    /// What all of them are in.
    pub currency: Currency,
    /// What is open of all of them.
    pub total: String,
    /// What the business may name as following. Only words that ask for it name it.
    pub consequences: BTreeSet<Consequence>,
    /// Whether it goes to a member who tries the words out: then it says so.
    pub is_test: bool,
}

impl Reminder {
    /// A reminder about these invoices, of which the longest due is due on `due_on`.
    pub fn new(
        text: Text,
        invoices: Vec<InvoiceRow>,
        (due_on, today): (Date, Date),
        total: Money,
        locale: Locale,
        consequences: BTreeSet<Consequence>,
    ) -> Self {
        let due = if due_on.year() == today.year() {
            locale.date_without_year(due_on)
        } else {
            locale.date_long(due_on)
        };
        let due_relative = RelativeDay::of(due_on, today);
        let currency = total.currency();
        let total = total.format(locale);
        Self { text, invoices, due, due_relative, currency, total, consequences, is_test: false }
    }
}

/// A day as seen from today, for the phrases to word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Relative {
    /// `days_ago`, `yesterday`, `today`, `tomorrow` or `in_days`.
    kind: &'static str,
    /// How many, for `days_ago` and `in_days`.
    days: u64,
}

impl From<RelativeDay> for Relative {
    fn from(day: RelativeDay) -> Self {
        let (kind, days) = match day {
            RelativeDay::DaysAgo(days) => ("days_ago", days),
            RelativeDay::Yesterday => ("yesterday", 1),
            RelativeDay::Today => ("today", 0),
            RelativeDay::Tomorrow => ("tomorrow", 1),
            RelativeDay::InDays(days) => ("in_days", days),
        };
        Self { kind, days }
    }
}

/// See [`Letter::Statement`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct StatementLetter {
    /// Its first day: "1 March 2026".
    pub from: String,
    /// Its last day.
    pub to: String,
    /// What is open at its end: "€1,240.00"; empty if nothing is.
    pub open: String,
    /// The credit at its end; empty if there is none.
    pub credit: String,
    /// What happened in between.
    #[serde(skip)]
    pub table: AccountTable,
}

/// A customer's account in the table of a mail.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct AccountTable {
    /// "Balance before 1 March 2026".
    pub opening_label: String,
    /// What the customer owed before.
    pub opening: String,
    /// "12 earlier entries", where not all of them stand here; else empty.
    pub earlier: String,
    /// What happened, the last things.
    pub rows: Vec<AccountRow>,
    /// "Balance on 31 March 2026".
    pub closing_label: String,
    /// What they owe after it.
    pub closing: String,
}

/// One entry of an account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AccountRow {
    /// The day.
    pub on: String,
    /// What happened: "Invoice 2026-014".
    pub what: String,
    /// By how much they owe more, or less where it is negative.
    pub amount: String,
}

/// See [`Letter::Receipt`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The number of the invoice that was paid, or of the first of them.
    pub number: String,
    /// What came: "€1,240.00".
    pub amount: String,
    /// When: "3 March 2026".
    pub paid_on: String,
    /// How: the stable name of a `domain::payment::Method`, or empty.
    pub method: String,
    /// What both sides can quote.
    pub reference: String,
    /// Whether everything it paid for is settled.
    pub nothing_open: bool,
    /// What is left over as the customer's credit; empty if nothing is.
    pub credit: String,
    /// What went to which invoice.
    pub parts: Vec<ReceiptPart>,
    /// What is left open, if anything.
    #[serde(skip)]
    pub invoices: Vec<InvoiceRow>,
}

/// What of a payment went to one invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ReceiptPart {
    /// The invoice's number.
    pub number: String,
    /// How much: "€1,240.00".
    pub amount: String,
}

/// See [`Letter::Refund`], [`Letter::CreditNote`], [`Letter::Returned`] and [`Letter::Corrected`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MoneyBack {
    /// The number of the invoice it had paid, or that is smaller now; empty if that is not one.
    pub number: String,
    /// What went back, or is owed no more: "€1,240.00".
    pub amount: String,
    /// What both sides can quote.
    pub reference: String,
    /// What is open now of what it had paid.
    #[serde(rename = "rows")]
    pub invoices: Vec<InvoiceRow>,
}

/// What a mail about autopay tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutopayWord {
    /// Something will be charged.
    Notice,
    /// It could not be charged.
    Failed,
    /// The payer's bank wants the payer to confirm it.
    Confirm,
    /// Nothing is charged by itself any more.
    Ended,
}

/// See [`Letter::Autopay`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AutopayLetter {
    /// What it tells.
    #[serde(skip)]
    pub word: AutopayWord,
    /// What is charged: "Visa ending in 4242".
    pub method: String,
    /// When it is charged (again): "3 March 2026"; empty if it is not.
    pub on: String,
    /// How much: "€1,240.00"; empty where nothing was to be charged.
    pub amount: String,
    /// Whether the business ended it.
    pub by_business: bool,
    /// What it is for.
    #[serde(rename = "rows")]
    pub invoices: Vec<InvoiceRow>,
}

/// See [`Letter::FreshLink`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreshLink {
    /// The number of the invoice it opens; empty when it opens all open ones.
    pub number: String,
    /// How long it is good for.
    pub days: i64,
    /// What it opens.
    #[serde(skip)]
    pub invoices: Vec<InvoiceRow>,
}

/// See [`Letter::Code`].
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Code {
    /// The six digits, or what stands for them in the record.
    pub code: String,
    /// How long they are good for.
    pub minutes: i64,
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Code").field("minutes", &self.minutes).finish_non_exhaustive()
    }
}

/// See [`Letter::Invitation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// Who invites.
    pub inviter: String,
    /// How long the link is good for.
    pub days: i64,
}

/// One invoice in the table of a mail or letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvoiceRow {
    /// "2026-014".
    pub number: String,
    /// What it was for, or empty.
    pub title: String,
    /// Issue date.
    pub issued: String,
    /// Due date.
    pub due: String,
    /// What was paid already, or empty.
    pub paid: String,
    /// What is open.
    pub open: String,
}

/// Who a message comes from and goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondents {
    /// The business's name, as sender and signature.
    pub sender: String,
    /// The installation's address, which the relay accepts.
    pub sender_address: String,
    /// Where an answer reaches a person of the business.
    pub reply_to: Option<String>,
    /// Where the business can be called.
    pub phone: Option<String>,
    /// The contact's name, or empty.
    pub recipient: String,
    /// The contact's address.
    pub recipient_address: String,
    /// The contact's language tag: `en`, `de-AT`.
    pub language: String,
}

/// What a letter on paper needs besides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Postal {
    /// The business's address, a line each.
    pub sender_lines: Vec<String>,
    /// The customer's name and address, a line each, as they stand in the window of the envelope.
    pub recipient_lines: Vec<String>,
    /// "3 March 2026".
    pub date: String,
    /// Where to transfer to, if the business gave it.
    pub bank: Option<BankAccount>,
}

/// A bank account to transfer to by hand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BankAccount {
    /// Whose it is.
    pub holder: String,
    /// Its number: an IBAN, or what its country uses instead.
    pub number: String,
    /// Whether that is an IBAN.
    pub is_iban: bool,
    /// The bank's own number, or empty.
    pub routing: String,
    /// The bank's code, or empty.
    pub bic: String,
    /// What to name, so that the money is matched.
    pub reference: String,
}

impl BankAccount {
    /// An account as a letter about these invoices names it: about one by its creditor reference, about several by their
    /// numbers, of which a statement is read just as well.
    pub fn to_transfer_to(account: &domain::bank::BankAccount, numbers: &[&str]) -> Self {
        let reference = match numbers {
            [number] => CreditorReference::of_number(number).map(|reference| reference.format()),
            _ => None,
        };
        Self {
            holder: account.holder.to_string(),
            number: account.number.format(),
            is_iban: matches!(account.number, AccountNumber::Iban { .. }),
            routing: account.number.routing().map(ToString::to_string).unwrap_or_default(),
            bic: account.bic.as_ref().map(|bic| bic.as_str().to_owned()).unwrap_or_default(),
            reference: reference.unwrap_or_else(|| numbers.join(", ")),
        }
    }
}
