//! Recurring invoices: set up, changed, paused, ended, and written on their dates.
//!
//! **Each date is dealt with once.** Whoever deals with one moves the series past it by a guarded update, writes the invoice by the
//! same operations as a person, and keeps the date under a unique key, all in one transaction. So any number of workers may look
//! at once, and a crash leaves all of it or nothing.
//!
//! **What is late is asked about.** One invoice that is up to a week late is written by itself, dated the day it is written, about
//! the days it would have been about. If it is later, or more than one date has passed, a person is asked which are still to be
//! written: what was agreed may have ended meanwhile, and a wrong invoice costs more than a question. After a restored backup
//! every date that has passed is asked about, because it may have been written after the backup.
//!
//! **What fails is asked about too**: at once when trying again would not help, else after a few tries. It never blocks others.

mod form;
mod show;
mod writing;

use domain::event::EventKind;
use domain::recurring::RecurringState;
use domain::task::TaskKind;
use domain::time::{civil_date, start_of_day};
use domain::{BusinessId, Date, FieldErrors, Permission, RecurringId, Timestamp};
use store::identity::{self, Business};
use store::recurring::{self as rows, Occurrence, Outcome, Recurring};
use store::{StoreError, Tx, tasks};

pub use form::{RecurringInput, create, preview, update};
pub use show::{Coming, Dealt, Detail, Listed, detail, list, of_invoice, read};
pub use writing::{Written, decide, keep_back, write_due};

use super::invoices::InvoiceError;
use super::payments::uses::UseError;
use super::record::{Facts, Told, actor, record};
use crate::env::{Env, NotPermitted, Principal};

/// Why a recurring invoice was not found, set up, changed or written.
#[derive(Debug, thiserror::Error)]
pub enum RecurringError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such recurring invoice in this business.
    #[error("no such recurring invoice")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else changed it meanwhile, or it stands so that this cannot be done: how it is now.
    #[error("the recurring invoice changed meanwhile")]
    Conflict(Box<Recurring>),
    /// An invoice could not be written.
    #[error(transparent)]
    Invoice(#[from] InvoiceError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl RecurringError {
    /// Whether the same may work in a while.
    const fn is_passing(&self) -> bool {
        matches!(
            self,
            Self::Store(_)
                | Self::Invoice(
                    InvoiceError::Store(_) | InvoiceError::Use(UseError::Raced | UseError::Store(_))
                )
        )
    }
}

/// What a person may have a recurring invoice do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// No invoices until it goes on.
    Pause,
    /// It goes on from today; the dates that passed are left out.
    Resume,
    /// Try again what could not be written.
    TryAgain,
    /// No invoices any more.
    End,
}

/// Has a recurring invoice pause, go on or end.
pub async fn change(
    env: &Env,
    principal: &Principal,
    id: RecurringId,
    change: Change,
) -> Result<(), RecurringError> {
    let (business, _) = principal.member_with(Permission::IssueInvoices)?;
    env.store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            let found = rows::find(tx, business.id, id).await?.ok_or(RecurringError::NotFound)?;
            let now = env.business_now();
            let today = civil_date(now, business.time_zone);
            let may = match (change, found.state) {
                (Change::Resume, state) => state == RecurringState::Paused,
                (Change::TryAgain, state) => state == RecurringState::Failed,
                (Change::Pause, state) => state.may_become(RecurringState::Paused),
                (Change::End, state) => state.may_become(RecurringState::Ended),
            };
            let (state, kind, next_from) = match change {
                Change::Pause => (RecurringState::Paused, EventKind::RecurringPaused, found.next_from),
                Change::Resume => {
                    (RecurringState::Running, EventKind::RecurringResumed, found.next_from.max(today))
                }
                Change::TryAgain => (RecurringState::Running, EventKind::RecurringResumed, found.next_from),
                Change::End => (RecurringState::Ended, EventKind::RecurringEnded, found.next_from),
            };
            let next_at = (state == RecurringState::Running).then_some(now);
            if !may || !rows::move_on(tx, &found.stand(), state, next_from, next_at, now).await? {
                return Err(RecurringError::Conflict(Box::new(found)));
            }
            for missed in found.series.missed(found.next_from, today) {
                if missed.on < next_from {
                    let skipped = Occurrence { on: missed.on, outcome: Outcome::Skipped, at: now };
                    rows::keep(tx, (business.id, id), &skipped).await?;
                }
            }
            answered(tx, business.id, id, now).await?;
            tell(tx, env, principal, &found, kind, Facts::default());
            Ok(())
        })
        .await?;
    env.nudges.recurring.notify_one();
    Ok(())
}

/// Records something about a recurring invoice on its customer's timeline.
fn tell(tx: &mut Tx, env: &Env, principal: &Principal, recurring: &Recurring, kind: EventKind, facts: Facts) {
    let amount = recurring.template.totals().ok().map(|totals| totals.total);
    let told = Told::new(kind, recurring.id).customer(recurring.customer).facts(Facts { amount, ..facts });
    record(tx, env, recurring.business, actor(principal), told);
}

/// Whatever a person was asked about it is answered.
async fn answered(
    tx: &mut Tx,
    business: BusinessId,
    id: RecurringId,
    now: Timestamp,
) -> Result<(), StoreError> {
    for kind in [TaskKind::RecurringMissed, TaskKind::RecurringFailed] {
        tasks::resolve_about(tx, business, id.into(), kind, now).await?;
    }
    Ok(())
}

/// When a worker looks at a series again: as its next day begins, where the business is.
fn looked_at(business: &Business, next: Option<Date>, now: Timestamp) -> Option<Timestamp> {
    next.map(|day| start_of_day(day, business.time_zone).max(now))
}

async fn business_of(tx: &mut Tx, business: BusinessId) -> Result<Business, RecurringError> {
    identity::business(tx, business).await?.ok_or(RecurringError::NotFound)
}
