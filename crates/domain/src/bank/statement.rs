//! What stands on a bank statement, and which invoice it pays.
//!
//! Only what cannot be mistaken is booked by itself: one invoice, named by its reference or number, with the very amount that is
//! open (or several of one customer that come to it together). Everything else is at most suggested, and a person decides.

use serde::{Deserialize, Serialize};

use super::reference::CreditorReference;
use crate::{CustomerId, Date, InvoiceId, Money, ReceivableId};

/// One entry of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementEntry {
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

/// Which invoices an entry pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "match", rename_all = "snake_case")]
pub enum Match {
    /// These, beyond doubt: all of one customer.
    Certain {
        /// The customer.
        customer: CustomerId,
        /// What is paid.
        receivables: Vec<ReceivableId>,
    },
    /// Perhaps this one.
    Suggested {
        /// The customer.
        customer: CustomerId,
        /// The invoice, or the first of them.
        receivable: ReceivableId,
        /// Why.
        why: Why,
    },
    /// Nobody can tell.
    Unknown,
    /// Nothing came in.
    NotIncoming,
}

/// Tells which of the open invoices an entry pays.
pub fn matching(entry: &StatementEntry, open: &[OpenInvoice]) -> Match {
    if !entry.amount.is_positive() || entry.returned {
        return Match::NotIncoming;
    }
    let payable = |item: &&OpenInvoice| {
        item.payable.currency() == entry.amount.currency() && item.payable.is_positive()
    };
    let text = format!("{} {}", entry.remittance, entry.reference);
    let references = CreditorReference::candidates(&text);
    let mut named: Vec<&OpenInvoice> = open
        .iter()
        .filter(payable)
        .filter(|item| {
            let reference = CreditorReference::of_number(&item.number);
            reference.is_some_and(|reference| references.contains(&reference)) || names(&text, &item.number)
        })
        .collect();
    named.sort_by_key(|item| (item.due_on, item.receivable));
    if let Some(first) = named.first() {
        let one_customer = named.iter().all(|item| item.customer == first.customer);
        let sum = Money::sum(entry.amount.currency(), named.iter().map(|item| item.payable));
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
    let mut alike: Vec<&OpenInvoice> = open
        .iter()
        .filter(payable)
        .filter(|item| item.payable == entry.amount && same_name(&entry.counterparty, &item.customer_name))
        .collect();
    alike.sort_by_key(|item| (item.due_on, item.receivable));
    match alike.first() {
        Some(first) => Match::Suggested {
            customer: first.customer,
            receivable: first.receivable,
            why: Why::AmountAndName,
        },
        None => Match::Unknown,
    }
}

/// The fewest letters and digits by which a number can be told in a text: "12" stands in too many.
const NUMBER_MIN: usize = 4;

/// Whether a text names an invoice by its number: the letters and digits in their order, with whatever signs between them,
/// standing by themselves.
fn names(text: &str, number: &str) -> bool {
    let wanted: Vec<char> =
        number.chars().filter(|c| c.is_alphanumeric()).map(|c| c.to_ascii_uppercase()).collect();
    let figures = wanted.iter().filter(|c| c.is_ascii_digit()).count();
    if wanted.len() < NUMBER_MIN || figures == 0 {
        return false;
    }
    let text: Vec<char> = text.chars().map(|c| c.to_ascii_uppercase()).collect();
    let begins = |at: usize| at == 0 || !text[at - 1].is_alphanumeric();
    (0..text.len()).filter(|at| begins(*at) && text[*at] == wanted[0]).any(|start| {
        let (mut at, mut found) = (start, 0);
        while found < wanted.len() && at < text.len() {
            if text[at] == wanted[found] {
                found += 1;
            } else if text[at].is_alphanumeric() {
                return false;
            }
            at += 1;
        }
        found == wanted.len() && text.get(at).is_none_or(|next| !next.is_alphanumeric())
    })
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
