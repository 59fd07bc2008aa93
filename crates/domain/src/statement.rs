//! A customer's statement: what they were asked for, what came and went, and what that leaves, for a span of days.
//!
//! Everything of one customer in one currency is one account here: their receivables, and their money that waits for a use. A
//! row of the ledger moves it only where it crosses its border. Money that is put to use stays inside, so a payment shows
//! once, on the day it came, whatever it was used for later. That is why the closing balance is what is open less the credit,
//! on any day, without a second way of reckoning.
//!
//! A row counts on the day the money moved, not on the day it was written down: that is the day the customer's bank shows.
//!
//! "Statement" alone is this one; a bank's is [`crate::bank::statement`].

pub mod sending;

use std::collections::BTreeMap;

use chrono::Datelike as _;
use serde::{Deserialize, Serialize};

use crate::invoice::Period;
use crate::ledger::{Account, Posted, Provider, TransferKind};
use crate::time::days_between;
use crate::{Currency, Date, EventId, InvoiceId, Label, Money, MoneyError, ReceivableId, TransferId};

/// Why there is no statement.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// Amounts beyond all bounds, or in another currency.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A row names a receivable that nobody told of.
    #[error("the ledger knows a receivable {0} that the customer has not")]
    Unknown(ReceivableId),
}

/// A row of the ledger that touches the customer's account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    /// The row.
    pub row: Posted,
    /// The day the money moved, in the business's zone.
    pub on: Date,
    /// What it was written with: rows of one event are one thing that happened.
    pub event: EventId,
}

/// A receivable of the customer's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The receivable.
    pub receivable: ReceivableId,
    /// Its invoice.
    pub invoice: InvoiceId,
    /// The invoice's number.
    pub number: Label,
    /// When it is due.
    pub due_on: Date,
}

named_enum! {
    /// What an entry tells of.
    pub enum What {
        /// An invoice was issued.
        Invoice = "invoice",
        /// It was taken back.
        Void = "void",
        /// It was made smaller.
        CreditNote = "credit_note",
        /// Money came.
        Payment = "payment",
        /// A payment that was written down was taken back.
        TakenBack = "taken_back",
        /// The business gave money back.
        Refund = "refund",
        /// The payer's bank took money back: a returned debit, a dispute.
        Returned = "returned",
        /// Money that had gone back came again.
        CameAgain = "came_again",
        /// Credit was paid out by hand.
        PaidOut = "paid_out",
        /// The business gave up what was open.
        WrittenOff = "written_off",
        /// It did so in vain.
        WriteOffUndone = "write_off_undone",
    }
}

/// One line of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The day.
    pub on: Date,
    /// What happened.
    pub what: What,
    /// The invoice it is about, if it is about one.
    pub invoice: Option<(InvoiceId, Label)>,
    /// By how much the customer owes more, or less where it is negative.
    pub amount: Money,
    /// What they owe after it; negative where they have more with the business than they owe.
    pub balance: Money,
}

/// What is open of a receivable when the statement closes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenItem {
    /// Its invoice.
    pub invoice: InvoiceId,
    /// The invoice's number.
    pub number: Label,
    /// When it is due.
    pub due_on: Date,
    /// For how many days it has been due; nothing before and on the due date.
    pub days_overdue: u32,
    /// What is open.
    pub open: Money,
}

named_enum! {
    /// How long something has been due, in the steps that people sort open amounts by.
    pub enum Age {
        /// Due today or later.
        NotDue = "not_due",
        /// 1 to 30 days.
        UpTo30 = "up_to_30",
        /// 31 to 60 days.
        UpTo60 = "up_to_60",
        /// 61 to 90 days.
        UpTo90 = "up_to_90",
        /// Longer.
        Older = "older",
    }
}

impl Age {
    /// The step of something that has been due for so many days.
    pub const fn of(days_overdue: u32) -> Self {
        match days_overdue {
            0 => Self::NotDue,
            1..=30 => Self::UpTo30,
            31..=60 => Self::UpTo60,
            61..=90 => Self::UpTo90,
            _ => Self::Older,
        }
    }
}

/// A customer's statement in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The days it is about, both included.
    pub period: Period,
    /// What the customer owed before.
    pub opening: Money,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// What they owe at its end: what is open less the credit.
    pub closing: Money,
    /// What is open then, what is due first first.
    pub open: Vec<OpenItem>,
    /// The customer's money that waits for a use then.
    pub credit: Money,
}

impl Statement {
    /// What is open by how long it has been due: every step, be it nothing.
    pub fn ageing(&self) -> Result<Vec<(Age, Money)>, MoneyError> {
        let sum = |age: Age| {
            let of_age = self.open.iter().filter(|item| Age::of(item.days_overdue) == age);
            Ok((age, Money::sum(self.closing.currency(), of_age.map(|item| item.open))?))
        };
        Age::ALL.iter().map(|age| sum(*age)).collect()
    }

    /// What is open in all.
    pub fn open_amount(&self) -> Result<Money, MoneyError> {
        Money::sum(self.closing.currency(), self.open.iter().map(|item| item.open))
    }
}

/// Months that a statement goes back unless somebody chooses, the running one among them.
const RECENT_MONTHS: u32 = 3;

/// What "recent" means unless somebody chooses: this month and the two before it.
pub fn recent(today: Date) -> Period {
    let first = today.with_day(1).unwrap_or(today);
    let from = first.checked_sub_months(chrono::Months::new(RECENT_MONTHS - 1)).unwrap_or(first);
    Period { from, to: today }
}

/// The longest a statement reaches back from its last day.
const MOST_MONTHS: u32 = 60;

/// The earliest day that a statement to this day may begin with.
pub fn earliest(to: Date) -> Date {
    to.checked_sub_months(chrono::Months::new(MOST_MONTHS)).unwrap_or(to)
}

/// Makes the statement of these rows, in whatever order they come.
pub fn statement(
    currency: Currency,
    facts: &[Fact],
    claims: &[Claim],
    period: Period,
) -> Result<Statement, StatementError> {
    let mut in_order: Vec<&Fact> = facts.iter().filter(|fact| fact.on <= period.to).collect();
    in_order.sort_by_key(|fact| (fact.on, fact.row.id));
    let kinds: BTreeMap<TransferId, TransferKind> =
        facts.iter().map(|fact| (fact.row.id, fact.row.entry.kind)).collect();
    let claims: Claims<'_> = claims.iter().map(|claim| (claim.receivable, claim)).collect();

    let (mut opening, mut balance) = (Money::zero(currency), Money::zero(currency));
    let mut entries: Vec<(EventId, Entry)> = Vec::new();
    for fact in &in_order {
        let Some(amount) = moves(fact) else { continue };
        balance = balance.checked_add(amount)?;
        if fact.on < period.from {
            opening = balance;
            continue;
        }
        let what = what(fact, &kinds);
        let claim = claim_of(fact, &claims)?;
        let entry = Entry {
            on: fact.on,
            what,
            invoice: claim.map(|claim| (claim.invoice, claim.number.clone())),
            amount,
            balance,
        };
        // Net and tax of an invoice are two rows and one thing that happened.
        match entries.last_mut() {
            Some((event, last))
                if *event == fact.event
                    && (last.on, last.what, &last.invoice) == (entry.on, entry.what, &entry.invoice) =>
            {
                last.amount = last.amount.checked_add(entry.amount)?;
                last.balance = entry.balance;
            }
            _ => entries.push((fact.event, entry)),
        }
    }
    Ok(Statement {
        period,
        opening,
        entries: entries.into_iter().map(|(_, entry)| entry).collect(),
        closing: balance,
        open: open_items(currency, &in_order, &claims, period.to)?,
        credit: credit(currency, &in_order)?,
    })
}

/// Whether this is one of the accounts that are the customer's.
const fn is_theirs(account: Account) -> bool {
    matches!(account, Account::Receivable(_) | Account::Unapplied(_))
}

/// By how much a row changes what the customer owes; none where it stays among their own accounts.
fn moves(fact: &Fact) -> Option<Money> {
    let entry = &fact.row.entry;
    match (is_theirs(entry.debit), is_theirs(entry.credit)) {
        (true, false) => Some(entry.amount),
        (false, true) => Some(entry.amount.negated()),
        (true, true) | (false, false) => None,
    }
}

fn what(fact: &Fact, kinds: &BTreeMap<TransferId, TransferKind>) -> What {
    let entry = &fact.row.entry;
    match entry.kind {
        TransferKind::Issue | TransferKind::Tax => What::Invoice,
        // What comes again carries the id of the refund or dispute that took it.
        TransferKind::Payment if entry.provider == Provider::Stripe && is_return(&entry.reference) => {
            What::CameAgain
        }
        TransferKind::Payment | TransferKind::Application => What::Payment,
        TransferKind::CreditNote => What::CreditNote,
        TransferKind::WriteOff => What::WrittenOff,
        TransferKind::Refund if is_dispute(&entry.reference) => What::Returned,
        TransferKind::Refund => What::Refund,
        TransferKind::PayOut => What::PaidOut,
        TransferKind::Reversal => match entry.reverses.and_then(|row| kinds.get(&row)) {
            Some(TransferKind::Issue | TransferKind::Tax) => What::Void,
            Some(TransferKind::WriteOff) => What::WriteOffUndone,
            Some(TransferKind::Refund) => What::CameAgain,
            _ => What::TakenBack,
        },
    }
}

/// Stripe's ids of disputes begin so.
fn is_dispute(reference: &str) -> bool {
    ["dp_", "du_"].iter().any(|prefix| reference.starts_with(prefix))
}

/// Whether this is the id of what took money back rather than of a payment.
fn is_return(reference: &str) -> bool {
    is_dispute(reference) || ["re_", "pyr_"].iter().any(|prefix| reference.starts_with(prefix))
}

/// The customer's receivables by their ids.
type Claims<'a> = BTreeMap<ReceivableId, &'a Claim>;

fn claim_of<'a>(fact: &Fact, claims: &Claims<'a>) -> Result<Option<&'a Claim>, StatementError> {
    let entry = &fact.row.entry;
    let ((Account::Receivable(receivable), _) | (_, Account::Receivable(receivable))) =
        (entry.debit, entry.credit)
    else {
        return Ok(None);
    };
    claims.get(&receivable).copied().map(Some).ok_or(StatementError::Unknown(receivable))
}

fn open_items(
    currency: Currency,
    facts: &[&Fact],
    claims: &Claims<'_>,
    on: Date,
) -> Result<Vec<OpenItem>, StatementError> {
    let mut sums: BTreeMap<ReceivableId, Money> = BTreeMap::new();
    for fact in facts {
        let entry = &fact.row.entry;
        for (account, amount) in [(entry.debit, entry.amount), (entry.credit, entry.amount.negated())] {
            if let Account::Receivable(receivable) = account {
                let sum = sums.entry(receivable).or_insert(Money::zero(currency));
                *sum = sum.checked_add(amount)?;
            }
        }
    }
    let mut open = Vec::new();
    for (receivable, sum) in sums.into_iter().filter(|(_, sum)| !sum.is_zero()) {
        let claim = claims.get(&receivable).ok_or(StatementError::Unknown(receivable))?;
        open.push(OpenItem {
            invoice: claim.invoice,
            number: claim.number.clone(),
            due_on: claim.due_on,
            days_overdue: u32::try_from(days_between(claim.due_on, on)).unwrap_or(0),
            open: sum,
        });
    }
    open.sort_by(|one, other| (one.due_on, &one.number).cmp(&(other.due_on, &other.number)));
    Ok(open)
}

fn credit(currency: Currency, facts: &[&Fact]) -> Result<Money, MoneyError> {
    let mut credit = Money::zero(currency);
    for Fact { row, .. } in facts {
        if matches!(row.entry.credit, Account::Unapplied(_)) {
            credit = credit.checked_add(row.entry.amount)?;
        }
        if matches!(row.entry.debit, Account::Unapplied(_)) {
            credit = credit.checked_sub(row.entry.amount)?;
        }
    }
    Ok(credit)
}
