//! Money that goes back to the payer, and comes again.
//!
//! A fact of the provider's that takes money back (a refund, a dispute, a returned debit) has one id, and its rows carry it.
//! Usually that is one row, which undoes part of the payment. It is more than one where some of the payment went back before and
//! came again under an id of its own, and where part of it was paid out by hand: then more leaves than is here, and the rest is
//! the business's loss until somebody settles it with the customer.

use serde::{Deserialize, Serialize};

use super::{Account, Entry, Posted, Provider, TransferKind, refund, undo};
use crate::{CustomerId, Money, MoneyError, TransferId};

/// A payment out of which money can go back, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Its row.
    pub payment: Posted,
    /// What of it was paid out by hand.
    pub paid_out: Money,
    /// What it was applied to.
    pub applications: Vec<Posted>,
}

/// What has to be undone and booked so that money goes back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoesBack {
    /// Which applications are undone, and how much of each.
    pub undone: Vec<(TransferId, Money)>,
    /// How much leaves out of which payment.
    pub taken: Vec<(TransferId, Money)>,
    /// What leaves although it is not here any more.
    pub uncovered: Money,
}

impl Source {
    /// What of it is still here, put to use or not.
    pub fn here(&self) -> Result<Money, MoneyError> {
        self.payment.entry.amount.checked_sub(self.payment.reversed)?.checked_sub(self.paid_out)
    }
}

/// How `amount` goes back out of these payments, the newest first: of each what is free, then what was applied last.
pub fn go_back(amount: Money, sources: &[Source]) -> Result<GoesBack, MoneyError> {
    let mut back = GoesBack { undone: Vec::new(), taken: Vec::new(), uncovered: amount };
    let mut newest_first: Vec<&Source> = sources.iter().collect();
    newest_first.sort_by_key(|source| std::cmp::Reverse(source.payment.id));
    for source in newest_first {
        let here = source.here()?;
        let mut free = here;
        for row in &source.applications {
            free = free.checked_sub(row.entry.amount.checked_sub(row.reversed)?)?;
        }
        let part = back.uncovered.smaller(here)?;
        if part.is_positive() {
            back.uncovered = back.uncovered.checked_sub(part)?;
            back.undone.extend(undo(part, free, &source.applications)?.0);
            back.taken.push((source.payment.id, part));
        }
    }
    Ok(back)
}

/// The rows of money that goes back under this id: one for each payment it leaves, and two for what is not here any more, which
/// the business loses.
pub fn rows(reference: &str, customer: CustomerId, back: &GoesBack) -> Vec<Entry> {
    let taken = back.taken.iter().map(|(payment, amount)| (Some(*payment), *amount));
    let uncovered = Some(back.uncovered).filter(|amount| amount.is_positive());
    let mut rows: Vec<Entry> = taken
        .chain(uncovered.map(|amount| (None, amount)))
        .enumerate()
        .map(|(place, (reverses, amount))| {
            let reference = if place == 0 { reference.to_owned() } else { format!("{reference}:{place}") };
            Entry { reverses, ..refund(Provider::Stripe, &reference, customer, amount) }
        })
        .collect();
    rows.extend(uncovered.map(|amount| Entry {
        debit: Account::WriteOff,
        credit: Account::Unapplied(customer),
        amount,
        kind: TransferKind::WriteOff,
        provider: Provider::Own,
        reference: reference.to_owned(),
        reverses: None,
    }));
    rows
}
