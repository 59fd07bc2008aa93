//! Payment plans: proposing, answering, agreeing.
//!
//! A proposal is a row of numbered versions (`domain::plan::negotiation`). Whoever acts names the version they looked at; each step
//! takes the customer's turn, reads what is open in that transaction, and is done by one guarded statement, so of two who act on the
//! same version one does, and the other is told what stands now. What a customer proposes is answered by the business's policy in
//! the same transaction, where it can.
//!
//! Nothing leads here yet: a plan must not be agreed on before its instalments are asked for and collected.

mod answering;
mod offering;
mod table;

use domain::plan::Reason;
use domain::plan::negotiation::{Moved, Refusal};
use domain::{FieldErrors, Locale, ProposalId};
use store::StoreError;
use store::plans::proposals::{Proposal, Version};

pub use answering::{accept, decline, expire_due, negotiation, withdraw};
pub use offering::{Offer, Offered, counter, propose};

use super::identity::Browser;
use super::portal::PortalError;
use crate::env::NotPermitted;

/// Why a step of a negotiation was not taken.
#[derive(Debug, thiserror::Error)]
pub enum PlanError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such invoice, customer or negotiation here, or the link does not cover all of it.
    #[error("no such negotiation")]
    NotFound,
    /// Nobody proved yet that they are the contact on file.
    #[error("this needs a code first")]
    NotProven,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// A negotiation goes on about one of the invoices.
    #[error("one of the invoices is being negotiated about")]
    AlreadyProposed,
    /// Outside of what the business agrees to at all, with what would do.
    #[error("outside of the business's bounds")]
    OutOfBounds(Vec<Reason>),
    /// More than the member's role may agree to.
    #[error("more than this role may agree to")]
    BeyondReach,
    /// The step is not possible (any more). What stands now, so that nobody has to look for it.
    #[error("{refusal}")]
    Refused {
        /// Why.
        refusal: Refusal,
        /// What stands now.
        now: Box<Negotiation>,
    },
    /// Something was paid, voided or planned since the terms were written.
    #[error("what is open has changed")]
    Moved(Vec<Moved>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<PortalError> for PlanError {
    fn from(error: PortalError) -> Self {
        match error {
            PortalError::NotPermitted(error) => Self::NotPermitted(error),
            PortalError::NotProven => Self::NotProven,
            PortalError::Store(error) => Self::Store(error),
            _ => Self::NotFound,
        }
    }
}

/// What was shown to whoever agrees, and from where they do.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// The text, word for word: timetable, total, fees, what happens if it is not kept.
    pub shown: String,
    /// Its language and formats.
    pub locale: Locale,
    /// From where and with what.
    pub browser: Browser,
}

/// A negotiation with everything that was written in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Negotiation {
    /// How it stands. One whose newest version is too old is over, whether that was written down yet or not
    /// ([`Turn::is_expired`](domain::plan::negotiation::Turn::is_expired)).
    pub proposal: Proposal,
    /// The versions, the first first.
    pub versions: Vec<Version>,
}

/// A step: about which negotiation, having looked at which version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    /// The negotiation.
    pub proposal: ProposalId,
    /// The number of the version.
    pub version: u32,
}
