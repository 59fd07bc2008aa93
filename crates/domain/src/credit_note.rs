//! Credit notes: an issued invoice made smaller, with a number of its own.
//!
//! An invoice is never edited. What was wrong with it is taken back by a further document, in whole or in part, which takes net and
//! tax back of each rate in proportion. All credit notes of an invoice together never exceed it, in any of its sums.

use serde::{Deserialize, Serialize};

use crate::invoice::{TaxOfRate, Totals};
use crate::{Money, MoneyError};

/// What of an invoice no credit note has taken back yet.
pub fn left_of(invoice: &Totals, earlier: &[Totals]) -> Result<Totals, MoneyError> {
    let mut left = invoice.clone();
    for note in earlier {
        left.net = left.net.checked_sub(note.net)?;
        left.tax = left.tax.checked_sub(note.tax)?;
        left.total = left.total.checked_sub(note.total)?;
        for taken in &note.tax_by_rate {
            for part in left.tax_by_rate.iter_mut().filter(|part| part.rate == taken.rate) {
                part.net = part.net.checked_sub(taken.net)?;
                part.tax = part.tax.checked_sub(taken.tax)?;
            }
        }
    }
    Ok(left)
}

/// What a credit note over `amount`, tax included, comes to, of what is left of an invoice.
///
/// It is shared out over what is left of each rate's net and tax, by largest remainder. So no part is ever taken back beyond what
/// stands on the invoice, the parts come to the amount exactly, and the note that takes the rest leaves nothing of any of them.
pub fn credit(left: &Totals, amount: Money) -> Result<Totals, MoneyError> {
    let weight = |part: Money| u64::try_from(part.minor()).unwrap_or(0);
    let mut weights = Vec::new();
    for part in &left.tax_by_rate {
        weights.extend([weight(part.net), weight(part.tax)]);
    }
    if weights.is_empty() {
        return Ok(Totals {
            net: amount,
            tax_by_rate: Vec::new(),
            tax: Money::zero(amount.currency()),
            total: amount,
        });
    }
    let parts = amount.allocate(&weights)?;
    let mut note = Totals {
        net: Money::zero(amount.currency()),
        tax_by_rate: Vec::new(),
        tax: Money::zero(amount.currency()),
        total: amount,
    };
    for (of, pair) in left.tax_by_rate.iter().zip(parts.chunks_exact(2)) {
        let (net, tax) = (pair[0], pair[1]);
        note.net = note.net.checked_add(net)?;
        note.tax = note.tax.checked_add(tax)?;
        note.tax_by_rate.push(TaxOfRate { rate: of.rate, net, tax });
    }
    Ok(note)
}

/// What a credit note does to an invoice that was paid or given up in part already.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// What it takes off the open amount.
    pub off_open: Money,
    /// What of the invoice's payments and write-offs is undone: it was for what is not owed any more. Payments become the
    /// customer's credit.
    pub freed: Money,
}

/// How a credit note over `amount` meets an invoice of which so much is open.
pub fn effect(amount: Money, open: Money) -> Result<Effect, MoneyError> {
    let off_open = amount.smaller(open)?;
    Ok(Effect { off_open, freed: amount.checked_sub(off_open)? })
}
