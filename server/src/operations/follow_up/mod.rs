//! Following up: deciding about receivables, queueing what is to be said, and the places where people have a say in it.
//!
//! **Invariant: a step is queued in the transaction that moves its receivable on.** So deciding a thousand times at one
//! instant, on eight machines, after a crash or weeks late changes nothing: either the receivable still waits for its
//! decision, or the decision, the message and the next moment to look stand together.
//!
//! | here | does |
//! | --- | --- |
//! | [`known`], [`house`] | gather what is known of a customer and what the business set, in `domain`'s words |
//! | [`planner`] | asks `domain::schedule::plan` about customers with something due, and applies the answer |
//! | [`next`] | what comes next, without applying anything: for lists, pages and previews |
//! | [`schedules`], [`settings`] | change what is said when, and in which hours, for all, for a group, for one |
//! | [`preview`] | what is going to be said, and what a change would do to that |
//! | [`approvals`], [`contacts_made`], [`holds`], [`send_now`] | let people have their say |
//! | [`draft`] | what a step that waits for approval would say, word for word |
//! | [`quarantine`] | keeps back what came by import or from a backup, until a member has looked |
//! | `stuck` | puts off what cannot be decided about, so that it keeps nobody else waiting |
//! | [`alarm`] | notices when nothing is said although something should be |
//!
//! The outbox (`operations::outbox`) asks with the same facts again before it hands anything over.

pub mod alarm;
pub mod approvals;
pub mod contacts_made;
pub mod draft;
pub mod holds;
pub mod house;
pub mod known;
pub mod next;
pub mod planner;
pub mod preview;
pub mod quarantine;
pub mod schedules;
pub mod send_now;
pub mod settings;
mod stuck;

use domain::Timestamp;
use domain::alarm::CLOCK_TOLERANCE;
use store::{StoreError, Tx, events};

use crate::sabotage::{self, Fault};

/// Whether business time stands before something that is on record: then the clock is wrong, and whatever is sent now
/// may be sent again when it is right.
pub async fn clock_is_behind(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    let newest = events::newest_at(tx).await?;
    Ok(newest.is_some_and(|newest| newest > now + CLOCK_TOLERANCE) && !sabotage::is(Fault::TrustsTheClock))
}
