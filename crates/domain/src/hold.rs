//! Holds by word: why a person said that a receivable, or a whole customer, is not to be chased now.
//!
//! Holds by fact (a payment on its way, an unknown attempt) are derived by `schedule` and never rows. A hold by word has a
//! reason, an author and perhaps a date. When its date has come, a promise is over (after some days of grace) and the next
//! step is said; any other becomes a person's task and holds on, because nobody said that the matter is settled.

use serde::{Deserialize, Serialize};

use crate::time::{self, Date};
use crate::{HoldId, MemberId, ReceivableId, Timestamp};

named_enum! {
    /// Why it was placed.
    pub enum HoldKind {
        /// The customer says that something about the invoice is wrong.
        Dispute = "dispute",
        /// The customer named a day on which they pay.
        Promise = "promise",
        /// The customer says that it is paid already.
        AlreadyPaid = "already_paid",
        /// Somebody of the business wants it so.
        Manual = "manual",
    }
}

named_enum! {
    /// Why it ended. It never begins again: another is placed.
    pub enum HoldEnd {
        /// A member ended it.
        Lifted = "lifted",
        /// A promise's day and its grace passed.
        Over = "over",
        /// Another took its place, with other words or another date.
        Replaced = "replaced",
        /// What it was on is settled.
        Settled = "settled",
    }
}

/// A hold that stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// Its id.
    pub id: HoldId,
    /// The receivable it is on, or everything of the customer.
    pub receivable: Option<ReceivableId>,
    /// Why.
    pub kind: HoldKind,
    /// In the author's words; may be empty.
    pub note: String,
    /// The day it is meant to last to, in the business's zone.
    pub until: Option<Date>,
    /// Which member placed it; none when the customer did, on the portal.
    pub by: Option<MemberId>,
    /// When. Business time.
    pub placed_at: Timestamp,
}

/// How a hold stands on a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It holds, and there is nothing to do about it.
    Holds,
    /// It holds, and a person has to decide what becomes of it: its day has come.
    WantsReview,
    /// It is over.
    Over,
}

impl Hold {
    /// The longest a hold may be meant to last when it is placed.
    pub const MAX_DAYS: i64 = 366;

    /// How it stands on this day of the business. A promise holds to the end of its day and of as many days of grace.
    pub fn standing(&self, today: Date, promise_grace_days: u32) -> Standing {
        let Some(until) = self.until else { return Standing::Holds };
        if self.kind == HoldKind::Promise {
            let last = time::add_days(until, i64::from(promise_grace_days));
            return if today > last { Standing::Over } else { Standing::Holds };
        }
        if today >= until { Standing::WantsReview } else { Standing::Holds }
    }

    /// The first day on which it stands differently; none when it holds until somebody ends it.
    pub fn changes_on(&self, promise_grace_days: u32) -> Option<Date> {
        let grace = if self.kind == HoldKind::Promise { i64::from(promise_grace_days) + 1 } else { 0 };
        self.until.map(|until| time::add_days(until, grace))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hold(kind: HoldKind, until: Option<&str>) -> Hold {
        Hold {
            id: HoldId::from_uuid(uuid::Uuid::nil()),
            receivable: None,
            kind,
            note: String::new(),
            until: until.map(|day| day.parse().unwrap()),
            by: None,
            placed_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_promise_ends_by_itself_after_its_grace_and_any_other_hold_waits_for_a_person() {
        let day = |text: &str| -> Date { text.parse().unwrap() };
        let promise = hold(HoldKind::Promise, Some("2026-03-10"));
        assert_eq!(promise.standing(day("2026-03-13"), 3), Standing::Holds);
        assert_eq!(promise.standing(day("2026-03-14"), 3), Standing::Over);
        assert_eq!(promise.changes_on(3), Some(day("2026-03-14")));

        let dispute = hold(HoldKind::Dispute, Some("2026-03-10"));
        assert_eq!(dispute.standing(day("2026-03-09"), 3), Standing::Holds);
        assert_eq!(dispute.standing(day("2026-03-10"), 3), Standing::WantsReview);
        assert_eq!(dispute.standing(day("2027-03-10"), 3), Standing::WantsReview);
        assert_eq!(dispute.changes_on(3), Some(day("2026-03-10")));

        assert_eq!(hold(HoldKind::Manual, None).standing(day("2030-01-01"), 0), Standing::Holds);
    }
}
