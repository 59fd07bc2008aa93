//! What comes of a call, and what follows from that.
//!
//! Whoever called says how it went in one of a few words; the follow-up draws its conclusions from them, so that nobody has to
//! remember to place a hold or to look for another contact afterwards.

use crate::hold::HoldKind;
use crate::task::TaskKind;

named_enum! {
    /// How a call went.
    pub enum Outcome {
        /// Nobody took it, or only a machine did.
        NoAnswer = "no_answer",
        /// They have the invoice and named a day.
        WillPay = "will_pay",
        /// They say that it is paid.
        AlreadyPaid = "already_paid",
        /// Nothing of it ever reached them.
        NotReceived = "not_received",
        /// Somebody else answers for it.
        WrongPerson = "wrong_person",
        /// Something about the invoice is wrong.
        Disputes = "disputes",
        /// They want to pay in parts.
        WantsPlan = "wants_plan",
        /// They will not pay.
        Refuses = "refuses",
    }
}

impl Outcome {
    /// Whether somebody spoke with the customer: the rules for consumers leave them in peace for a while then. Whoever
    /// answers in another's place is not the customer.
    pub const fn is_conversation(self) -> bool {
        !matches!(self, Self::NoAnswer | Self::WrongPerson)
    }

    /// The hold that follows. A wish for parts is held until somebody has answered it.
    pub const fn hold(self) -> Option<HoldKind> {
        match self {
            Self::WillPay => Some(HoldKind::Promise),
            Self::AlreadyPaid => Some(HoldKind::AlreadyPaid),
            Self::Disputes => Some(HoldKind::Dispute),
            Self::WantsPlan => Some(HoldKind::Manual),
            Self::NoAnswer | Self::NotReceived | Self::WrongPerson | Self::Refuses => None,
        }
    }

    /// What a person has to do next. After a refusal the schedule goes on to its last steps by itself.
    pub const fn task(self) -> Option<TaskKind> {
        match self {
            Self::NotReceived | Self::WrongPerson => Some(TaskKind::FindContact),
            _ => None,
        }
    }

    /// How many days the hold lasts unless the caller names a day; a promise has to be named.
    pub const fn holds_for_days(self) -> Option<i64> {
        match self {
            Self::AlreadyPaid | Self::WantsPlan => Some(7),
            Self::Disputes => Some(14),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_for_some_days_is_held_at_all_and_a_promise_needs_its_day() {
        for outcome in Outcome::ALL.iter().copied() {
            let kind = outcome.hold();
            assert_eq!(
                outcome.holds_for_days().is_some(),
                kind.is_some_and(|kind| kind != HoldKind::Promise)
            );
            assert!(kind.is_none() || outcome.is_conversation(), "{outcome}: nobody said so");
            assert!(kind.is_none() || outcome.task().is_none(), "{outcome}: one thing at a time");
        }
    }
}
