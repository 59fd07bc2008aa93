//! What came by import or from a backup is kept back: Dunlin does not know what was said about it, or paid, since.
//!
//! Whoever restores a backup runs `dunlin park --reason restore` before `dunlin serve`. Then nothing is said about anything that was
//! open, until members have looked at what would be sent and released it.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use domain::event::EventKind;
use domain::message::Channel;
use domain::schedule::{HoldReason, ParkedReason, StepId};
use domain::task::TaskKind;
use domain::{BusinessId, CustomerId, Date, InvoiceId, Money, Name, Permission, ReceivableId, Timestamp};
use serde_json::json;
use store::dossiers::Which;
use store::tasks::{self, NewTask};
use store::{StoreError, Tx, ledger, receivables};

use super::house::House;
use super::known::Known;
use super::next;
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{Facts, Told, actor, raise_task, record};
use crate::operations::recurring;
use crate::operations::statements::sending;

/// How many receivables a page of the list holds.
pub const PAGE: i64 = 50;

/// How far ahead the list says what would be sent.
const FORESEEN_FOR: TimeDelta = TimeDelta::days(90);

/// Why nothing was parked, listed or released.
#[derive(Debug, thiserror::Error)]
pub enum QuarantineError {
    /// Not for this principal.
    #[error("not permitted")]
    NotPermitted(#[from] NotPermitted),
    /// There is no such business.
    #[error("no such business")]
    NotFound,
    /// The database.
    #[error("the database cannot be used: {0}")]
    Store(#[from] StoreError),
}

/// Keeps back whatever is still to be decided about, in all businesses, and asks the members of each to look at it; likewise the
/// dates of recurring invoices that have passed, and after a restore the month's statements, because they may have been written after
/// the backup, and what was announced to be charged, because it may have been.
pub async fn park_everything(
    env: &Env,
    principal: &Principal,
    reason: ParkedReason,
) -> Result<BTreeMap<BusinessId, i64>, QuarantineError> {
    principal.internal()?;
    let now = env.business_now();
    let parked = env
        .store
        .transact(async |tx: &mut Tx| {
            let parked = receivables::park_all(tx, reason, now).await?;
            for (business, count) in &parked {
                let facts = Facts { count: Some(*count), ..Facts::default() };
                let told = Told::new(EventKind::ReceivableParked, *business).facts(facts.clone());
                record(tx, env, *business, actor(principal), told);
                let task = NewTask {
                    id: env.new_id(),
                    business: *business,
                    kind: TaskKind::ReleaseParked,
                    dedup_key: format!("release_parked:{}", now.timestamp_micros()),
                    subject: (*business).into(),
                    customer: None,
                    invoice: None,
                    step: None,
                    data: json!({ "count": count, "reason": reason }),
                    created_at: now,
                    due_at: None,
                };
                raise_task(tx, env, actor(principal), &task, facts).await?;
            }
            recurring::keep_back(tx, env, principal).await?;
            if reason == ParkedReason::Restore {
                sending::keep_back(tx, env).await?;
                store::autopay::lapse_all(tx).await?;
            }
            Ok::<_, StoreError>(parked)
        })
        .await?;
    Ok(parked)
}

/// What is kept back, with what would be said about it once it is released.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parked {
    /// The receivable.
    pub receivable: ReceivableId,
    /// Its invoice.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// Who owes.
    pub customer: Name,
    /// When it is due.
    pub due_on: Date,
    /// What is open.
    pub open: Money,
    /// Where it came from.
    pub reason: ParkedReason,
    /// Which steps would be said, how and when, were it released now and nothing else happened.
    pub foreseen: Vec<(StepId, Channel, Timestamp)>,
}

/// A page of what is kept back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// At most [`PAGE`], oldest due date first.
    pub rows: Vec<Parked>,
    /// The last row, if more follow: the next page's `after`.
    pub after: Option<ReceivableId>,
}

/// Lists what is kept back. What would be sent is foreseen as if all of the customer's were released together.
pub async fn list(
    env: &Env,
    principal: &Principal,
    after: Option<ReceivableId>,
) -> Result<Page, QuarantineError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let now = env.business_now();
    let mut tx = env.store.read().await?;
    let mut found = receivables::parked(&mut tx, business, after, PAGE + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > PAGE);
    if more {
        found.pop();
    }
    let after = found.last().filter(|_| more).map(|receivable| receivable.id);
    let mut house =
        House::load(env, &mut tx, business, env.business_now()).await?.ok_or(QuarantineError::NotFound)?;
    let mut customers: Vec<CustomerId> = found.iter().map(|receivable| receivable.customer).collect();
    customers.sort_unstable();
    customers.dedup();
    let mut rows: BTreeMap<ReceivableId, Parked> = BTreeMap::new();
    for mut known in next::known(&mut tx, &mut house, &customers, Which::All, now).await? {
        rows.extend(rows_of(&mut known, now));
    }
    let rows = found.iter().filter_map(|receivable| rows.remove(&receivable.id)).collect();
    Ok(Page { rows, after })
}

fn rows_of(known: &mut Known, now: Timestamp) -> BTreeMap<ReceivableId, Parked> {
    for item in &mut known.items {
        item.facts.holds.retain(|hold| !matches!(hold, HoldReason::Parked { .. }));
    }
    let foreseen = next::foresee(known, now, now + FORESEEN_FOR);
    let written = foreseen.messages.iter().flat_map(|(at, group)| {
        group.parts.iter().map(move |part| (part.receivable, (part.step.id.clone(), group.channel, *at)))
    });
    let tasks =
        foreseen.tasks.iter().map(|(at, part)| (part.receivable, (part.step.id.clone(), part.by, *at)));
    let mut said: Vec<_> = written.chain(tasks).collect();
    said.sort_by_key(|(_, (.., at))| *at);
    let parked = known.items.iter().filter_map(|item| {
        let id = item.receivable.id;
        let row = Parked {
            receivable: id,
            invoice: item.receivable.invoice,
            number: item.number.clone(),
            customer: known.customer.name.clone(),
            due_on: item.receivable.due_on,
            open: item.balance.open,
            reason: item.receivable.parked?,
            foreseen: said.iter().filter(|(of, _)| *of == id).map(|(_, what)| what.clone()).collect(),
        };
        Some((id, row))
    });
    parked.collect()
}

/// Lets chasing begin for these; what is not parked is left alone. The task is done when nothing is kept back any more.
pub async fn release(
    env: &Env,
    principal: &Principal,
    chosen: &[ReceivableId],
) -> Result<u64, QuarantineError> {
    let (business, member) = principal.member_with(Permission::EditSettings)?;
    let now = env.business_now();
    let released = env
        .store
        .transact(async |tx: &mut Tx| {
            let mut parked = Vec::with_capacity(chosen.len());
            for id in chosen {
                let found = receivables::find(tx, business, *id).await?;
                parked.extend(found.filter(|receivable| receivable.parked.is_some()));
            }
            let customers: Vec<CustomerId> = parked.iter().map(|receivable| receivable.customer).collect();
            ledger::take_turns(tx, &customers).await?;
            let ids: Vec<ReceivableId> = parked.iter().map(|receivable| receivable.id).collect();
            let released = receivables::release(tx, business, &ids, member, now).await?;
            for receivable in &parked {
                let told = Told::new(EventKind::ReceivableReleased, receivable.id)
                    .customer(receivable.customer)
                    .invoice(receivable.invoice);
                record(tx, env, business, actor(principal), told);
            }
            if receivables::parked_count(tx, business).await? == 0 {
                tasks::resolve_of_kind(tx, business, TaskKind::ReleaseParked, member, now).await?;
            }
            Ok::<_, StoreError>(released)
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(released)
}
