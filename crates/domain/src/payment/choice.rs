//! What a payer chose, held against what is open: the parts of one payment.
//!
//! More than can still be paid is not refused. It is asked about once, and what is over becomes credit.

use crate::ledger::Part;
use crate::{Currency, FieldProblem, Money, MoneyError, ReceivableId, invoice::Balance};

/// One receivable that a payer chose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which.
    pub receivable: ReceivableId,
    /// How it stands.
    pub balance: Balance,
    /// How much of it; `None` for what is offered ([`offered`]).
    pub amount: Option<Money>,
}

/// What one payment is to be for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// How much of what: one part for each receivable, all of them above nothing.
    pub parts: Vec<Part>,
    /// Their sum.
    pub amount: Money,
    /// How much of it is more than can still be paid: open, less what is on its way.
    pub excess: Money,
}

/// Why what was chosen is no payment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// Nothing was chosen, or nothing is open on any of it.
    #[error("nothing is open")]
    NothingOpen,
    /// A payment is in one currency.
    #[error("one payment is in one currency")]
    SeveralCurrencies,
    /// These amounts cannot be.
    #[error("amounts that cannot be paid")]
    Amounts(Vec<(ReceivableId, FieldProblem)>),
    /// All of it together is less or more than the provider collects.
    #[error("a sum that cannot be collected")]
    Sum(FieldProblem),
    /// Amounts that cannot be calculated with.
    #[error(transparent)]
    Money(#[from] MoneyError),
}

/// What is offered to be paid of something: what is open beside what is on its way; where all is on its way, what is open,
/// for those who want to pay all the same.
pub fn offered(balance: &Balance) -> Money {
    let payable = balance.payable();
    if payable.is_positive() { payable } else { balance.open }
}

/// The least and the most that the provider collects at once.
pub fn collectable(currency: Currency) -> Result<(Money, Money), MoneyError> {
    let most = currency.from_stripe_minor(Currency::STRIPE_MAX_MINOR).unwrap_or(Currency::STRIPE_MAX_MINOR);
    Ok((Money::new(currency.stripe_minimum_minor(), currency)?, Money::new(most, currency)?))
}

/// Makes one payment of what was chosen. What has nothing open is left out: it was paid by another road meanwhile.
pub fn choose(shares: &[Share]) -> Result<Choice, ChoiceError> {
    let currency = shares.first().ok_or(ChoiceError::NothingOpen)?.balance.open.currency();
    if shares.iter().any(|share| share.balance.open.currency() != currency) {
        return Err(ChoiceError::SeveralCurrencies);
    }
    let (least, most) = collectable(currency)?;
    let mut choice =
        Choice { parts: Vec::new(), amount: Money::zero(currency), excess: Money::zero(currency) };
    let mut wrong = Vec::new();
    for share in shares.iter().filter(|share| share.balance.open.is_positive()) {
        let amount = share.amount.unwrap_or_else(|| offered(&share.balance));
        if amount.currency() != currency {
            return Err(ChoiceError::SeveralCurrencies);
        }
        if !amount.is_positive() {
            wrong.push((share.receivable, FieldProblem::NotPositive));
            continue;
        }
        let over = amount.checked_sub(amount.smaller(share.balance.payable())?)?;
        choice.excess = choice.excess.checked_add(over)?;
        choice.amount = choice.amount.checked_add(amount)?;
        choice.parts.push(Part { receivable: share.receivable, amount });
    }
    if !wrong.is_empty() {
        return Err(ChoiceError::Amounts(wrong));
    }
    if choice.parts.is_empty() {
        return Err(ChoiceError::NothingOpen);
    }
    choice.amount.within(least, most).map_err(ChoiceError::Sum)?;
    if currency.to_stripe_minor(choice.amount.minor()).is_err() {
        return Err(ChoiceError::Sum(FieldProblem::AmountOutOfRange { min: least, max: most }));
    }
    Ok(choice)
}
