//! What stands on a bank statement, and what it pays.
//!
//! Only what cannot be mistaken is booked by itself: one invoice, named by its reference or number, with the very amount that is
//! open (or several of one customer that come to it together), of which nobody recorded a payment already. Everything else is at
//! most suggested, and a person decides.

use std::collections::HashMap;

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::reference::CreditorReference;
use crate::ledger::OpenItem;
use crate::{CustomerId, Date, InvoiceId, Money, ReceivableId, TransferId};

named_enum! {
    /// How a bank hands out its statements.
    pub enum StatementFormat {
        /// A table, each bank's its own.
        Csv = "csv",
        /// ISO 20022 `camt.053`.
        Camt = "camt",
    }
}

/// One entry of a bank statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BankEntry {
    /// The account it stands on, as the file names it; empty where it does not.
    pub account: String,
    /// The day it was booked.
    pub booked_on: Date,
    /// How much came in; less than nothing went out.
    pub amount: Money,
    /// The bank's own reference of it; empty if it gives none.
    pub reference: String,
    /// From whom or to whom.
    pub counterparty: String,
    /// What it was for, in the payer's words.
    pub remittance: String,
    /// The bank took back an earlier entry: a returned debit, a recalled transfer. Never booked by itself.
    pub returned: bool,
}

/// An open invoice, as far as telling payments apart needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvoice {
    /// What is owed.
    pub receivable: ReceivableId,
    /// The invoice.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// Who owes.
    pub customer: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// When it is due.
    pub due_on: Date,
    /// What can be paid of it: open, less what is on its way.
    pub payable: Money,
}

/// A payment that is in the books already and may be what a bank statement tells of: recorded by hand, or booked of a statement in
/// another format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordedPayment {
    /// The payment.
    pub payment: TransferId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// How much.
    pub amount: Money,
    /// The day it came.
    pub received_on: Date,
    /// The numbers of the invoices it was used for.
    pub numbers: Vec<String>,
    /// In which formats an entry is known to be this payment. A format tells of the same money once.
    pub told_by: Vec<StatementFormat>,
}

named_enum! {
    /// Why an invoice is suggested.
    pub enum Why {
        /// It is named, but the amount is another.
        OtherAmount = "other_amount",
        /// Several are named that do not come to the amount, or that belong to different customers.
        Several = "several",
        /// The amount is the very one, and the payer's name is the customer's.
        AmountAndName = "amount_and_name",
    }
}

/// What an entry is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "match", rename_all = "snake_case")]
pub enum Match {
    /// It pays these invoices, beyond doubt: all of one customer.
    Certain {
        /// The customer.
        customer: CustomerId,
        /// What is paid.
        receivables: Vec<ReceivableId>,
    },
    /// Perhaps it pays this one.
    Suggested {
        /// The customer.
        customer: CustomerId,
        /// The invoice, or the first of them.
        receivable: ReceivableId,
        /// Why.
        why: Why,
    },
    /// Perhaps it is this payment, which is in the books already.
    Recorded {
        /// The payment.
        payment: TransferId,
    },
    /// Nobody can tell.
    Unknown,
    /// Nothing came in.
    NotIncoming,
}

/// How far apart the day somebody wrote down and the day of the bank may be, in days.
pub const SAME_MONEY_DAYS: i64 = 14;

/// What is open and what was paid, so laid out that thousands of entries are compared with thousands of invoices at once.
#[derive(Clone, Debug)]
pub struct Books {
    invoices: Vec<OpenInvoice>,
    by_number: HashMap<String, Vec<usize>>,
    by_reference: HashMap<CreditorReference, Vec<usize>>,
    by_payable: HashMap<Money, Vec<usize>>,
    payments: HashMap<Money, Vec<RecordedPayment>>,
    /// How long the longest number is, in letters and digits.
    longest: usize,
}

impl Books {
    /// Lays them out.
    pub fn new(mut invoices: Vec<OpenInvoice>, recorded: Vec<RecordedPayment>) -> Self {
        invoices.sort_by_key(|item| (item.due_on, item.receivable));
        let (mut by_number, mut by_reference, mut by_payable) =
            (HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new(), HashMap::<_, Vec<_>>::new());
        for (at, item) in invoices.iter().enumerate() {
            if let Some(number) = telling(&item.number) {
                by_number.entry(number).or_default().push(at);
            }
            if let Some(reference) = CreditorReference::of_number(&item.number) {
                by_reference.entry(reference).or_default().push(at);
            }
            by_payable.entry(item.payable).or_default().push(at);
        }
        let mut payments = HashMap::<_, Vec<_>>::new();
        for payment in recorded {
            payments.entry(payment.amount).or_default().push(payment);
        }
        let longest = by_number.keys().map(|number: &String| number.chars().count()).max().unwrap_or(0);
        Self { invoices, by_number, by_reference, by_payable, payments, longest }
    }

    /// The open invoices, the first due first.
    pub fn invoices(&self) -> &[OpenInvoice] {
        &self.invoices
    }

    /// These were paid meanwhile: no further entry pays them.
    pub fn settle(&mut self, receivables: &[ReceivableId]) {
        for item in self.invoices.iter_mut().filter(|item| receivables.contains(&item.receivable)) {
            item.payable = Money::zero(item.payable.currency());
        }
    }

    /// Tells what an entry of a statement in this format is.
    pub fn matching(&self, entry: &BankEntry, format: StatementFormat) -> Match {
        if !entry.amount.is_positive() || entry.returned {
            return Match::NotIncoming;
        }
        let text = format!("{} {}", entry.remittance, entry.reference);
        let pays = self.pays(entry, &text);
        match self.recorded(entry, format, &text, &pays) {
            Some(payment) => Match::Recorded { payment: payment.payment },
            None => pays,
        }
    }

    /// Every recorded payment that may be this entry by amount, day and format, the nearest day first.
    pub fn may_be(&self, entry: &BankEntry, format: StatementFormat) -> Vec<&RecordedPayment> {
        let apart = |payment: &RecordedPayment| (payment.received_on - entry.booked_on).abs();
        let mut alike: Vec<&RecordedPayment> = self
            .payments
            .get(&entry.amount)
            .into_iter()
            .flatten()
            .filter(|payment| {
                apart(payment) <= TimeDelta::days(SAME_MONEY_DAYS) && !payment.told_by.contains(&format)
            })
            .collect();
        alike.sort_by_key(|payment| (apart(payment), payment.payment));
        alike
    }

    /// The one that probably is: of the customer who is named or whose invoice is, or used for an invoice that is.
    fn recorded(
        &self,
        entry: &BankEntry,
        format: StatementFormat,
        text: &str,
        pays: &Match,
    ) -> Option<&RecordedPayment> {
        self.may_be(entry, format).into_iter().find(|payment| {
            let theirs = match pays {
                Match::Certain { customer, .. } | Match::Suggested { customer, .. } => {
                    *customer == payment.customer
                }
                Match::Recorded { .. } | Match::Unknown | Match::NotIncoming => false,
            };
            theirs
                || same_name(&entry.counterparty, &payment.customer_name)
                || payment.numbers.iter().any(|number| names(text, number))
        })
    }

    fn pays(&self, entry: &BankEntry, text: &str) -> Match {
        let currency = entry.amount.currency();
        let mut named = self.named_in(text);
        named.retain(|item| item.payable.currency() == currency && item.payable.is_positive());
        if let Some(first) = named.first() {
            let one_customer = named.iter().all(|item| item.customer == first.customer);
            let sum = Money::sum(currency, named.iter().map(|item| item.payable));
            return if one_customer && sum == Ok(entry.amount) {
                Match::Certain {
                    customer: first.customer,
                    receivables: named.iter().map(|item| item.receivable).collect(),
                }
            } else {
                let why = if named.len() == 1 { Why::OtherAmount } else { Why::Several };
                Match::Suggested { customer: first.customer, receivable: first.receivable, why }
            };
        }
        let alike = self.by_payable.get(&entry.amount).into_iter().flatten().map(|at| &self.invoices[*at]);
        // What was settled since has another amount than it is found by.
        let mut alike = alike.filter(|item| {
            item.payable == entry.amount && same_name(&entry.counterparty, &item.customer_name)
        });
        match alike.next() {
            Some(first) => Match::Suggested {
                customer: first.customer,
                receivable: first.receivable,
                why: Why::AmountAndName,
            },
            None => Match::Unknown,
        }
    }

    /// The invoices that a text names by reference or number, the first due first.
    fn named_in(&self, text: &str) -> Vec<&OpenInvoice> {
        let references = CreditorReference::candidates(text);
        let mut found: Vec<usize> = references
            .iter()
            .filter_map(|reference| self.by_reference.get(reference))
            .flatten()
            .copied()
            .collect();
        found.extend(runs(text, self.longest).iter().filter_map(|run| self.by_number.get(run)).flatten());
        found.sort_unstable();
        found.dedup();
        found.into_iter().map(|at| &self.invoices[at]).collect()
    }
}

/// Which of these open items a text names, by their reference or number, in the order in which they are given.
pub fn named(text: &str, items: &[OpenItem]) -> Vec<ReceivableId> {
    let references = CreditorReference::candidates(text);
    let numbers: Vec<Option<String>> = items.iter().map(|item| telling(&item.number)).collect();
    let longest = numbers.iter().flatten().map(|number| number.chars().count()).max().unwrap_or(0);
    let runs = runs(text, longest);
    let is_named = |item: &OpenItem, number: &Option<String>| {
        CreditorReference::of_number(&item.number).is_some_and(|own| references.contains(&own))
            || number.as_ref().is_some_and(|own| runs.contains(own))
    };
    let pairs = items.iter().zip(&numbers).filter(|(item, number)| is_named(item, number));
    pairs.map(|(item, _)| item.receivable).collect()
}

/// The fewest letters and digits by which a number can be told in a text: "12" stands in too many.
const NUMBER_MIN: usize = 4;

/// The letters and digits of a number by which it can be told in a text.
fn telling(number: &str) -> Option<String> {
    let letters = words_of(number).concat();
    let figures = letters.chars().any(|c| c.is_ascii_digit());
    (letters.chars().count() >= NUMBER_MIN && figures).then_some(letters)
}

/// The words of a text, in capitals, without the signs between them.
fn words_of(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_uppercase)
        .collect()
}

/// The words of a text that stand one behind the other, put together, of up to so many letters: `Rg 2026/014` holds `RG2026014`,
/// `2026014` and what it is made of.
fn runs(text: &str, longest: usize) -> Vec<String> {
    let words = words_of(text);
    let mut runs = Vec::new();
    for first in 0..words.len() {
        let mut together = String::new();
        for word in &words[first..] {
            together.push_str(word);
            if together.chars().count() > longest {
                break;
            }
            runs.push(together.clone());
        }
    }
    runs
}

/// Whether a text names an invoice by its number: the letters and digits in their order, with whatever signs between them,
/// standing by themselves.
fn names(text: &str, number: &str) -> bool {
    telling(number).is_some_and(|number| runs(text, number.chars().count()).contains(&number))
}

/// Words that say what kind of company someone is, and not who.
const FORMS: [&str; 16] = [
    "GMBH", "AG", "KG", "UG", "OHG", "EV", "MBH", "CO", "LTD", "LIMITED", "LLC", "INC", "PLC", "SA", "SARL",
    "BV",
];

/// Whether the payer is the customer: every word of the customer's name that tells somebody apart stands in the payer's.
fn same_name(payer: &str, customer: &str) -> bool {
    let words = |name: &str| -> Vec<String> {
        folded(name)
            .split(|c: char| !c.is_alphanumeric())
            .filter(|word| word.chars().count() > 1 && !FORMS.contains(word))
            .map(str::to_owned)
            .collect()
    };
    let (payer, customer) = (words(payer), words(customer));
    !customer.is_empty() && customer.iter().all(|word| payer.contains(word))
}

/// In capitals and as banks write it, who know no umlauts.
fn folded(name: &str) -> String {
    let mut folded = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_uppercase) {
        match c {
            'Ä' => folded.push_str("AE"),
            'Ö' => folded.push_str("OE"),
            'Ü' => folded.push_str("UE"),
            'ẞ' => folded.push_str("SS"),
            'É' | 'È' | 'Ê' | 'Ë' => folded.push('E'),
            'Á' | 'À' | 'Â' => folded.push('A'),
            'Ñ' => folded.push('N'),
            'Ç' => folded.push('C'),
            c => folded.push(c),
        }
    }
    folded
}
