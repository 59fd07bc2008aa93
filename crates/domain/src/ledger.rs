//! Which balanced rows a business fact becomes, and in which order money is applied.
//!
//! One row is one balanced entry: a debit account, a credit account, an amount of at least one minor unit. Rows are
//! never changed; what is undone is undone by a further row that names the first. Every balance is a sum.
//!
//! | fact | debit | credit | kind | reference |
//! | --- | --- | --- | --- | --- |
//! | issue, net | receivable | revenue | `issue` | the receivable |
//! | issue, tax | receivable | tax | `tax` | the receivable |
//! | money arrives | gateway, bank | unapplied | `payment` | the payment's, where it came |
//! | money is applied | unapplied | receivable | `application` | payment row : receivable : n |
//! | credit note, net | revenue | receivable | `credit_note` | the credit note |
//! | credit note, tax | tax | receivable | `credit_note` | the credit note : tax |
//! | rest given up | write-off | receivable | `write_off` | receivable : n |
//! | money goes back | unapplied | gateway | `refund` | the provider's refund or dispute |
//! | more goes back than is here | write-off | unapplied | `write_off` | the provider's refund or dispute |
//! | credit is paid out by hand | unapplied | bank | `pay_out` | payment row : what the form was |
//! | a row is undone | its credit | its debit | `reversal` | the row : n |
//!
//! A receivable's balance, Σ debit − Σ credit, is what is open; an unapplied account's, Σ credit − Σ debit, is the
//! customer's money that waits for a use.

pub mod back;

use std::cmp::{Ordering, Reverse};

use serde::{Deserialize, Serialize};

use crate::{CreditNoteId, CustomerId, Date, Money, MoneyError, ReceivableId, TransferId, invoice::Totals};

named_enum! {
    /// The kinds of account.
    pub enum AccountKind {
        /// What is owed: one for each receivable.
        Receivable = "receivable",
        /// Money of a customer that waits for a use: one for each customer.
        Unapplied = "unapplied",
        /// Money at the payment provider.
        Gateway = "gateway",
        /// Money that the business holds itself: in its bank account, in its till.
        Bank = "bank",
        /// Earned.
        Revenue = "revenue",
        /// Owed to the tax office.
        Tax = "tax",
        /// Given up.
        WriteOff = "write_off",
    }
}

/// An account of the business in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Account {
    /// What is owed for this receivable.
    Receivable(ReceivableId),
    /// This customer's money that waits for a use.
    Unapplied(CustomerId),
    /// Money at the payment provider.
    Gateway,
    /// Money that the business holds itself.
    Bank,
    /// Earned.
    Revenue,
    /// Owed to the tax office.
    Tax,
    /// Given up.
    WriteOff,
}

impl Account {
    /// The kind.
    pub const fn kind(self) -> AccountKind {
        match self {
            Self::Receivable(_) => AccountKind::Receivable,
            Self::Unapplied(_) => AccountKind::Unapplied,
            Self::Gateway => AccountKind::Gateway,
            Self::Bank => AccountKind::Bank,
            Self::Revenue => AccountKind::Revenue,
            Self::Tax => AccountKind::Tax,
            Self::WriteOff => AccountKind::WriteOff,
        }
    }
}

named_enum! {
    /// What a row records.
    pub enum TransferKind {
        /// Something was earned and is owed now.
        Issue = "issue",
        /// The tax on it.
        Tax = "tax",
        /// Money arrived.
        Payment = "payment",
        /// Money was put to use.
        Application = "application",
        /// The invoice was made smaller.
        CreditNote = "credit_note",
        /// The rest was given up.
        WriteOff = "write_off",
        /// Money went back to the payer.
        Refund = "refund",
        /// Credit was paid out by hand.
        PayOut = "pay_out",
        /// Another row was undone, whole or in part.
        Reversal = "reversal",
    }
}

named_enum! {
    /// Whose reference a row carries.
    pub enum Provider {
        /// Ours.
        Own = "own",
        /// Stripe's object id.
        Stripe = "stripe",
        /// What a member recorded: the form it was recorded with.
        Hand = "hand",
        /// An entry of a bank statement.
        BankStatement = "statement",
    }
}

impl Provider {
    /// Where the money of a payment lies that came this way.
    pub const fn holds(self) -> Account {
        match self {
            Self::Stripe => Account::Gateway,
            Self::Own | Self::Hand | Self::BankStatement => Account::Bank,
        }
    }
}

/// A row to be written. `(provider, kind, reference)` is unique in a business: a fact is booked once, however often it
/// is reported.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The account that gets more.
    pub debit: Account,
    /// The account that it comes from.
    pub credit: Account,
    /// How much; at least one minor unit.
    pub amount: Money,
    /// What it records.
    pub kind: TransferKind,
    /// Whose reference it carries.
    pub provider: Provider,
    /// The reference.
    pub reference: String,
    /// The row it undoes.
    pub reverses: Option<TransferId>,
}

/// A row as it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Posted {
    /// Its id. Ids are made in order of time, so they tell newer from older.
    pub id: TransferId,
    /// What it says.
    pub entry: Entry,
    /// How much of it was undone already.
    pub reversed: Money,
}

/// The rows of an issued invoice. An amount of nothing has no row.
pub fn issue(receivable: ReceivableId, totals: &Totals) -> Vec<Entry> {
    let row = |credit, amount: Money, kind| Entry {
        debit: Account::Receivable(receivable),
        credit,
        amount,
        kind,
        provider: Provider::Own,
        reference: receivable.to_string(),
        reverses: None,
    };
    let rows = [
        row(Account::Revenue, totals.net, TransferKind::Issue),
        row(Account::Tax, totals.tax, TransferKind::Tax),
    ];
    rows.into_iter().filter(|row| row.amount.is_positive()).collect()
}

/// Money from outside: booked whole, once, to the customer's unapplied account, whatever it was meant for.
pub fn payment(provider: Provider, reference: &str, customer: CustomerId, amount: Money) -> Entry {
    Entry {
        debit: provider.holds(),
        credit: Account::Unapplied(customer),
        amount,
        kind: TransferKind::Payment,
        provider,
        reference: reference.to_owned(),
        reverses: None,
    }
}

/// Part of a payment put to use. `nth` tells applications of one payment to one receivable apart, from 1.
pub fn application(
    payment: TransferId,
    customer: CustomerId,
    receivable: ReceivableId,
    nth: u32,
    amount: Money,
) -> Entry {
    Entry {
        debit: Account::Unapplied(customer),
        credit: Account::Receivable(receivable),
        amount,
        kind: TransferKind::Application,
        provider: Provider::Own,
        reference: format!("{payment}:{receivable}:{nth}"),
        reverses: None,
    }
}

/// The rows of a credit note: what issuing booked, the other way round. An amount of nothing has no row.
pub fn credit_note(note: CreditNoteId, receivable: ReceivableId, totals: &Totals) -> Vec<Entry> {
    let row = |debit, amount: Money, reference| Entry {
        debit,
        credit: Account::Receivable(receivable),
        amount,
        kind: TransferKind::CreditNote,
        provider: Provider::Own,
        reference,
        reverses: None,
    };
    let rows = [
        row(Account::Revenue, totals.net, note.to_string()),
        row(Account::Tax, totals.tax, format!("{note}:tax")),
    ];
    rows.into_iter().filter(|row| row.amount.is_positive()).collect()
}

/// The rest of a receivable given up. `nth` tells write-offs of one receivable apart, from 1.
pub fn write_off(receivable: ReceivableId, nth: u32, amount: Money) -> Entry {
    Entry {
        debit: Account::WriteOff,
        credit: Account::Receivable(receivable),
        amount,
        kind: TransferKind::WriteOff,
        provider: Provider::Own,
        reference: format!("{receivable}:{nth}"),
        reverses: None,
    }
}

/// Money that went back to the payer, out of the customer's unapplied account. What had been applied is undone first,
/// see [`back::go_back`].
pub fn refund(provider: Provider, reference: &str, customer: CustomerId, amount: Money) -> Entry {
    Entry {
        debit: Account::Unapplied(customer),
        credit: Account::Gateway,
        amount,
        kind: TransferKind::Refund,
        provider,
        reference: reference.to_owned(),
        reverses: None,
    }
}

/// Credit that was paid out by hand: part of this payment. `form` is what it was recorded with.
pub fn pay_out(payment: TransferId, form: &str, customer: CustomerId, amount: Money) -> Entry {
    Entry {
        debit: Account::Unapplied(customer),
        credit: Account::Bank,
        amount,
        kind: TransferKind::PayOut,
        provider: Provider::Own,
        reference: format!("{payment}:{form}"),
        reverses: None,
    }
}

/// Undoes `amount` of a row. `nth` tells reversals of one row apart, from 1.
pub fn reversal(of: &Posted, nth: u32, amount: Money) -> Entry {
    Entry {
        debit: of.entry.credit,
        credit: of.entry.debit,
        amount,
        kind: TransferKind::Reversal,
        provider: Provider::Own,
        reference: format!("{}:{nth}", of.id),
        reverses: Some(of.id),
    }
}

/// Undoes everything that rows still say: how an invoice is voided.
pub fn void(rows: &[Posted]) -> Result<Vec<Entry>, MoneyError> {
    let mut undone = Vec::with_capacity(rows.len());
    for row in rows {
        let left = row.entry.amount.checked_sub(row.reversed)?;
        if left.is_positive() {
            undone.push(reversal(row, 1, left));
        }
    }
    Ok(undone)
}

/// What is open on one receivable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenItem {
    /// The receivable.
    pub receivable: ReceivableId,
    /// Its due date.
    pub due_on: Date,
    /// The invoice's number.
    pub number: String,
    /// What is open.
    pub open: Money,
}

/// The order in which money is applied: what the payer chose, in that order; then the oldest due date, then the number
/// (then the id, so that the order is total).
pub fn application_order(mut items: Vec<OpenItem>, chosen: &[ReceivableId]) -> Vec<OpenItem> {
    items.sort_by(|one, other| {
        let rank =
            |item: &OpenItem| chosen.iter().position(|id| *id == item.receivable).unwrap_or(usize::MAX);
        let key = |item: &OpenItem| (rank(item), item.due_on);
        key(one)
            .cmp(&key(other))
            .then_with(|| compare_numbers(&one.number, &other.number))
            .then_with(|| one.receivable.cmp(&other.receivable))
    });
    items
}

/// Invoice numbers in the order people count: 2026-999 before 2026-1000.
fn compare_numbers(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.as_bytes(), other.as_bytes());
    loop {
        let (run, against) = (leading_digits(one), leading_digits(other));
        if run.is_empty() || against.is_empty() {
            match (one.split_first(), other.split_first()) {
                (Some((a, one_rest)), Some((b, other_rest))) if a == b => {
                    (one, other) = (one_rest, other_rest);
                }
                _ => return one.cmp(other),
            }
        } else {
            // Without zeros in front the longer figure is the larger, and of equal length the text tells.
            let (figure, figure_against) = (without_zeros(run), without_zeros(against));
            let order = figure.len().cmp(&figure_against.len()).then_with(|| figure.cmp(figure_against));
            if order.is_ne() {
                return order;
            }
            (one, other) = (&one[run.len()..], &other[against.len()..]);
        }
    }
}

fn leading_digits(text: &[u8]) -> &[u8] {
    &text[..text.iter().take_while(|b| b.is_ascii_digit()).count()]
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    &digits[digits.iter().take_while(|b| **b == b'0').count()..]
}

/// How much of `amount` goes to which item, in this order, and what is left over.
pub fn apply(amount: Money, items: &[OpenItem]) -> Result<(Vec<(ReceivableId, Money)>, Money), MoneyError> {
    let mut left = amount;
    let mut applied = Vec::new();
    for item in items {
        if !left.is_positive() {
            break;
        }
        let part = left.smaller(item.open)?;
        if part.is_positive() {
            left = left.checked_sub(part)?;
            applied.push((item.receivable, part));
        }
    }
    Ok((applied, left))
}

/// The largest rest that a business may have written off by itself, in minor units of its currency.
pub const SMALL_BALANCE_MAX_MINOR: i64 = 10_000;

/// Whether what a payment left open is so little that it is given up: no more than the business said, in its own currency.
pub fn is_small(rest: Money, limit: Option<Money>) -> bool {
    limit.is_some_and(|limit| {
        rest.is_positive() && rest.currency() == limit.currency() && rest.minor() <= limit.minor()
    })
}

/// What of a payment waits for a use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FreeMoney {
    /// The payment.
    pub payment: TransferId,
    /// How much of it.
    pub free: Money,
}

/// What is free of each payment, of all rows that touch a customer's unapplied account in one currency: what came, less what
/// was sent back, applied and paid out, as far as that was not undone. Payments of which nothing is free are left out.
pub fn free_money(rows: &[Posted]) -> Result<Vec<FreeMoney>, MoneyError> {
    let mut free: Vec<FreeMoney> = Vec::new();
    for row in rows.iter().filter(|row| row.entry.kind == TransferKind::Payment) {
        free.push(FreeMoney { payment: row.id, free: row.entry.amount.checked_sub(row.reversed)? });
    }
    for row in
        rows.iter().filter(|row| matches!(row.entry.kind, TransferKind::Application | TransferKind::PayOut))
    {
        let used = row.entry.amount.checked_sub(row.reversed)?;
        let of = row.entry.reference.split(':').next().and_then(|id| id.parse().ok());
        if let Some(money) = free.iter_mut().find(|money| Some(money.payment) == of) {
            money.free = money.free.checked_sub(used)?;
        }
    }
    free.retain(|money| money.free.is_positive());
    Ok(free)
}

/// What a customer's credit is used for: the oldest money first, for what was chosen and then for what is due first
/// ([`application_order`]). Items come with what can still be paid of them: money on its way is not to be doubled.
pub fn use_credit(
    free: &[FreeMoney],
    items: Vec<OpenItem>,
    chosen: &[ReceivableId],
) -> Result<Vec<(TransferId, ReceivableId, Money)>, MoneyError> {
    let mut oldest_first = free.to_vec();
    oldest_first.sort_by_key(|money| money.payment);
    let mut items = application_order(items, chosen);
    let mut used = Vec::new();
    for money in oldest_first {
        let (shares, _rest) = apply(money.free, &items)?;
        for (receivable, share) in shares {
            if let Some(item) = items.iter_mut().find(|item| item.receivable == receivable) {
                item.open = item.open.checked_sub(share)?;
            }
            used.push((money.payment, receivable, share));
        }
    }
    Ok(used)
}

/// The share of a payment that was meant for a receivable: what the payer was shown and agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// The receivable.
    pub receivable: ReceivableId,
    /// What was meant for it.
    pub amount: Money,
}

/// Applies a payment to what it was meant for, and to nothing else: a part larger than what is open now (someone paid
/// by another road meanwhile) leaves the rest over, as the customer's credit.
pub fn apply_parts(
    amount: Money,
    parts: &[Part],
    items: &[OpenItem],
) -> Result<(Vec<(ReceivableId, Money)>, Money), MoneyError> {
    let mut left = amount;
    let mut applied = Vec::new();
    for part in parts {
        let open = items.iter().find(|item| item.receivable == part.receivable).map(|item| item.open);
        let Some(open) = open else { continue };
        let share = left.smaller(part.amount)?.smaller(open)?;
        if share.is_positive() {
            left = left.checked_sub(share)?;
            applied.push((part.receivable, share));
        }
    }
    Ok((applied, left))
}

/// Which applications to undo, and how much of each, so that `amount` of a payment is free again: the newest first.
/// `free` is what of the payment is unapplied already and covers the amount first. Also tells what remains uncovered,
/// which is nothing unless more goes back than came.
pub fn undo(
    amount: Money,
    free: Money,
    applications: &[Posted],
) -> Result<(Vec<(TransferId, Money)>, Money), MoneyError> {
    let mut left = amount.checked_sub(amount.smaller(free)?)?;
    let mut newest_first: Vec<&Posted> = applications.iter().collect();
    newest_first.sort_by_key(|row| Reverse(row.id));
    let mut undone = Vec::new();
    for row in newest_first {
        if !left.is_positive() {
            break;
        }
        let part = left.smaller(row.entry.amount.checked_sub(row.reversed)?)?;
        if part.is_positive() {
            left = left.checked_sub(part)?;
            undone.push((row.id, part));
        }
    }
    Ok((undone, left))
}
