//! Whose turn it is: a proposal is a row of numbered versions, by either side, and only the newest one can be acted on.
//!
//! | | who wrote the newest version | the other side |
//! | --- | --- | --- |
//! | writes another | yes | yes |
//! | accepts it | | yes |
//! | declines it, which ends the negotiation | | yes |
//! | withdraws it, which ends the negotiation | yes | |
//!
//! Once the newest version is too old nobody can do anything: one proposes anew, on what is open then.

use super::Terms;
use crate::time::{self, Zone};
use crate::{InvoiceId, Money, Timestamp};

named_enum! {
    /// Who wrote a version, or acts on one.
    pub enum Side {
        /// The customer, on the portal.
        Customer = "customer",
        /// The business: a member, or its policy.
        Business = "business",
    }
}

impl Side {
    /// The one across.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Customer => Self::Business,
            Self::Business => Self::Customer,
        }
    }
}

named_enum! {
    /// How a negotiation stands.
    pub enum ProposalState {
        /// The newest version waits for an answer.
        Open = "open",
        /// The newest version was accepted: there is a plan.
        Accepted = "accepted",
        /// It was declined.
        Declined = "declined",
        /// Whoever wrote it took it back.
        Withdrawn = "withdrawn",
        /// Nobody answered in time.
        Expired = "expired",
        /// What it was about was settled, voided or put under another plan.
        Moot = "moot",
    }
}

impl ProposalState {
    /// Whether it may become that. The schema holds the same table.
    pub const fn may_become(self, next: Self) -> bool {
        matches!(self, Self::Open) && !matches!(next, Self::Open)
    }
}

named_enum! {
    /// What a side can do.
    pub enum Act {
        /// Write another version.
        Offer = "offer",
        /// Agree to the newest.
        Accept = "accept",
        /// Say no to it.
        Decline = "decline",
        /// Take it back.
        Withdraw = "withdraw",
    }
}

/// What the legal steps depend on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turn {
    /// How the negotiation stands.
    pub state: ProposalState,
    /// The number of the newest version; the first is 1.
    pub newest: u32,
    /// Who wrote it.
    pub by: Side,
    /// Until when it can be acted on.
    pub expires_at: Timestamp,
}

/// Why a side cannot do what it wants to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The negotiation is over.
    #[error("the negotiation is {0}")]
    Over(ProposalState),
    /// There is a newer version than the one that was looked at.
    #[error("version {newest} was written meanwhile")]
    Superseded {
        /// Its number.
        newest: u32,
    },
    /// The newest version is too old.
    #[error("the newest version has expired")]
    Expired,
    /// It is for the other side to do that.
    #[error("that is for the other side to do")]
    NotYours,
    /// More versions than anybody reads.
    #[error("there are {} versions already", Turn::VERSIONS_MAX)]
    TooManyVersions,
}

impl Turn {
    /// The most versions of one negotiation.
    pub const VERSIONS_MAX: u32 = 20;

    /// Whether a side that has looked at version `seen` may do that now.
    pub fn may(&self, side: Side, act: Act, seen: u32, now: Timestamp) -> Result<(), Refusal> {
        if self.state != ProposalState::Open {
            return Err(Refusal::Over(self.state));
        }
        if seen != self.newest {
            return Err(Refusal::Superseded { newest: self.newest });
        }
        if self.is_expired(now) {
            return Err(Refusal::Expired);
        }
        let own = side == self.by;
        match act {
            Act::Offer if self.newest >= Self::VERSIONS_MAX => Err(Refusal::TooManyVersions),
            Act::Accept | Act::Decline if own => Err(Refusal::NotYours),
            Act::Withdraw if !own => Err(Refusal::NotYours),
            Act::Offer | Act::Accept | Act::Decline | Act::Withdraw => Ok(()),
        }
    }

    /// Whether nobody answered in time.
    pub fn is_expired(&self, now: Timestamp) -> bool {
        self.state == ProposalState::Open && now >= self.expires_at
    }
}

/// Until when a version written now can be acted on: for as many days as offers are good for, and never beyond the last day on
/// which its dates can still be kept, in the business's zone.
pub fn expires_at(terms: &Terms, offer_days: u32, now: Timestamp, zone: Zone) -> Timestamp {
    let last = time::add_days(time::civil_date(now, zone), i64::from(offer_days)).min(terms.agree_by());
    time::start_of_day(time::add_days(last, 1), zone)
}

/// How an invoice stands, as far as terms depend on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Balance {
    /// So much is open.
    Open(Money),
    /// It was voided, or never issued.
    Void,
    /// It is under a plan already.
    UnderPlan,
}

impl Balance {
    /// Whether something of it is open and free to be planned.
    pub const fn is_owed(self) -> bool {
        matches!(self, Self::Open(open) if open.is_positive())
    }
}

/// Why terms that were written over some balances do not fit them any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moved {
    /// Nothing is open any more.
    Settled(InvoiceId),
    /// It was voided.
    Void(InvoiceId),
    /// It came under another plan.
    UnderPlan(InvoiceId),
    /// Another amount is open.
    Open {
        /// Of which.
        invoice: InvoiceId,
        /// When the terms were written.
        was: Money,
        /// Now.
        is: Money,
    },
}

/// What moved since terms were written. Nothing did when it is empty; what is not named in `balances` is as good as void.
pub fn moved(terms: &Terms, balances: &[(InvoiceId, Balance)]) -> Vec<Moved> {
    let now = |invoice| balances.iter().find(|(found, _)| *found == invoice).map(|(_, balance)| *balance);
    let moved = terms.covered().iter().filter_map(|covered| match now(covered.invoice) {
        Some(Balance::Open(is)) if is == covered.open => None,
        Some(Balance::Open(is)) if is.is_positive() => {
            Some(Moved::Open { invoice: covered.invoice, was: covered.open, is })
        }
        Some(Balance::Open(_)) => Some(Moved::Settled(covered.invoice)),
        Some(Balance::UnderPlan) => Some(Moved::UnderPlan(covered.invoice)),
        Some(Balance::Void) | None => Some(Moved::Void(covered.invoice)),
    });
    moved.collect()
}
