//! One try to collect, from "Pay" to money or not.
//!
//! The provider is slow, may not answer, and may answer late: money can arrive for an attempt that was given up as
//! expired or failed. Real money is never refused, so those roads stay open; only `succeeded` is final. (A refund does
//! not undo an attempt, it is a fact of its own in the ledger.)

mod choice;
mod offer;
mod refusal;

pub use choice::{Choice, ChoiceError, Share, choose, collectable, offered};
pub use offer::{Offer, TakenMethods};
pub use refusal::{Again, refusal};

use serde::{Deserialize, Serialize};

use crate::{Currency, Timestamp};

named_enum! {
    /// A way to pay.
    pub enum Method {
        /// Card and wallets.
        Card = "card",
        /// SEPA bank debit, euros.
        SepaDebit = "sepa_debit",
        /// ACH bank debit, United States dollars.
        UsBankAccount = "us_bank_account",
        /// Bacs bank debit, pounds.
        BacsDebit = "bacs_debit",
        /// Bank transfer through the provider, matched automatically.
        BankTransfer = "customer_balance",
        /// Bank transfer to the business's own account.
        Manual = "manual",
        /// Notes and coins, handed over.
        Cash = "cash",
        /// A cheque.
        Cheque = "cheque",
    }
}

impl Method {
    /// What a business can choose from.
    pub const CHOOSABLE: [Self; 6] =
        [Self::Card, Self::SepaDebit, Self::UsBankAccount, Self::BacsDebit, Self::BankTransfer, Self::Manual];

    /// What a new business takes: all of it but bank transfers through the provider. They have to be asked for there first, and two
    /// kinds of transfer would make its customers choose between what they cannot tell apart.
    pub const USUAL: [Self; 5] =
        [Self::Card, Self::SepaDebit, Self::UsBankAccount, Self::BacsDebit, Self::Manual];

    /// How money comes that a member records.
    pub const BY_HAND: [Self; 3] = [Self::Manual, Self::Cash, Self::Cheque];

    /// Whether the method exists in this currency. (docs.stripe.com/payments/payment-methods/payment-method-support)
    pub fn works_in(self, currency: Currency) -> bool {
        match self {
            Self::Card => currency.to_stripe_minor(currency.stripe_minimum_minor()).is_ok(),
            Self::SepaDebit => currency == Currency::EUR,
            Self::UsBankAccount => currency == Currency::USD,
            Self::BacsDebit => currency == Currency::GBP,
            // Of the currencies that the provider takes, those whose account numbers our pages can show.
            Self::BankTransfer => [Currency::EUR, Currency::GBP, Currency::USD].contains(&currency),
            Self::Manual | Self::Cash | Self::Cheque => true,
        }
    }

    /// Whether the money takes days, so that "paid" is preceded by "processing".
    pub const fn settles_later(self) -> bool {
        !matches!(self, Self::Card | Self::Cash)
    }

    /// How many business days until the money is there: at least, and at most.
    pub const fn settles_in_days(self) -> (u32, u32) {
        match self {
            Self::Card | Self::Cash => (0, 0),
            Self::SepaDebit => (2, 14),
            Self::UsBankAccount => (2, 4),
            Self::BacsDebit => (4, 7),
            Self::BankTransfer | Self::Manual => (1, 3),
            Self::Cheque => (2, 5),
        }
    }

    /// Whether the payment provider carries it out; else the business receives it itself.
    pub const fn is_through_provider(self) -> bool {
        !matches!(self, Self::Manual | Self::Cash | Self::Cheque)
    }
}

named_enum! {
    /// The name of an [`AttemptState`], as the database keeps it.
    pub enum AttemptStatus {
        /// [`AttemptState::Creating`]
        Creating = "creating",
        /// [`AttemptState::Open`]
        Open = "open",
        /// [`AttemptState::Processing`]
        Processing = "processing",
        /// [`AttemptState::Succeeded`]
        Succeeded = "succeeded",
        /// [`AttemptState::Failed`]
        Failed = "failed",
        /// [`AttemptState::Expired`]
        Expired = "expired",
        /// [`AttemptState::Unknown`]
        Unknown = "unknown",
    }
}

impl AttemptStatus {
    /// Whether an attempt may go from this state to that: the whole table, which the database repeats as a guard.
    ///
    /// | from | to |
    /// | --- | --- |
    /// | creating | open, unknown, failed, and what a webhook may report before our own answer is in: processing, succeeded, expired |
    /// | unknown | open, failed, expired, processing, succeeded |
    /// | open | processing, succeeded, failed, expired |
    /// | processing | succeeded, failed |
    /// | expired | processing, succeeded: paid at the last moment |
    /// | failed | succeeded: money can come late |
    /// | succeeded | nothing |
    pub const fn may_become(self, to: Self) -> bool {
        match self {
            Self::Creating => !matches!(to, Self::Creating),
            Self::Unknown => !matches!(to, Self::Creating | Self::Unknown),
            Self::Open => matches!(to, Self::Processing | Self::Succeeded | Self::Failed | Self::Expired),
            Self::Processing => matches!(to, Self::Succeeded | Self::Failed),
            Self::Expired => matches!(to, Self::Processing | Self::Succeeded),
            Self::Failed => matches!(to, Self::Succeeded),
            Self::Succeeded => false,
        }
    }

    /// Whether someone could still pay through it, so that there may be no second one beside it.
    pub const fn is_payable(self) -> bool {
        matches!(self, Self::Creating | Self::Open | Self::Unknown)
    }

    /// Whether it may still bring money by the ordinary way: payable, or on its way.
    pub const fn is_in_flight(self) -> bool {
        self.is_payable() || matches!(self, Self::Processing)
    }
}

named_enum! {
    /// Why a payment failed, in the kinds that change what the payer should do next.
    pub enum FailureCode {
        /// The card or account was declined.
        Declined = "declined",
        /// Not enough money on the account.
        InsufficientFunds = "insufficient_funds",
        /// The bank will never take it from this card or account: it is lost, closed, blocked, or its holder forbade it.
        Blocked = "blocked",
        /// The bank's own check (3-D Secure) was not passed.
        AuthenticationFailed = "authentication_failed",
        /// The bank took the debit back.
        DebitReturned = "debit_returned",
        /// The provider refused to begin: nothing the payer did.
        Refused = "refused",
        /// Someone gave up.
        Canceled = "canceled",
        /// Another reason of the provider's.
        Other = "other",
    }
}

/// Where an attempt is, with what is known there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum AttemptState {
    /// Written down before the provider is asked, so that a crash leaves a trace. Its idempotency key is in the row.
    Creating,
    /// The provider's page stands open.
    Open {
        /// The provider's Checkout Session.
        checkout: String,
        /// Where the payer goes.
        url: String,
        /// When the page closes by itself.
        expires_at: Timestamp,
    },
    /// The money is on its way.
    Processing {
        /// The provider's payment.
        payment: String,
    },
    /// The money arrived.
    Succeeded {
        /// The provider's payment.
        payment: String,
        /// When that was booked.
        at: Timestamp,
    },
    /// No money came of it.
    Failed {
        /// Why.
        code: FailureCode,
    },
    /// The page closed unpaid.
    Expired,
    /// The provider did not answer. Asked again with the same key within 24 hours, looked up afterwards.
    Unknown,
}

/// A step an attempt may not take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a payment attempt cannot go from {from} to {to}")]
pub struct IllegalTransition {
    /// Where it is.
    pub from: AttemptStatus,
    /// Where it cannot go.
    pub to: AttemptStatus,
}

impl AttemptState {
    /// The state's name.
    pub const fn status(&self) -> AttemptStatus {
        match self {
            Self::Creating => AttemptStatus::Creating,
            Self::Open { .. } => AttemptStatus::Open,
            Self::Processing { .. } => AttemptStatus::Processing,
            Self::Succeeded { .. } => AttemptStatus::Succeeded,
            Self::Failed { .. } => AttemptStatus::Failed,
            Self::Expired => AttemptStatus::Expired,
            Self::Unknown => AttemptStatus::Unknown,
        }
    }

    /// Whether someone could still pay through it.
    pub const fn is_payable(&self) -> bool {
        self.status().is_payable()
    }

    /// Takes a legal step.
    pub fn advance(self, to: Self) -> Result<Self, IllegalTransition> {
        let (from, next) = (self.status(), to.status());
        if from.may_become(next) { Ok(to) } else { Err(IllegalTransition { from, to: next }) }
    }

    /// Takes a step that the provider reports, in whatever order reports come in: `None` when the attempt is there, or
    /// further, already. Only `succeeded` is further than everything; a late "failed" or "expired" about an attempt
    /// that is over changes nothing.
    pub fn learn(&self, reported: Self) -> Option<Self> {
        self.status().may_become(reported.status()).then_some(reported)
    }
}
