//! Comparing the books with the provider: every payment, refund and dispute of the last [`DAYS`], by its own id.
//!
//! What differs is fetched afresh and booked on the road that all news takes ([`sync`], [`refunds`], [`disputes`]), then compared
//! once more. What still differs is the **drift**, and must be nothing. So this finds what no webhook told, and what is older than
//! the events that the provider keeps for 30 days.
//!
//! Nothing is written here, and nothing held while the provider is asked.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use domain::dispute::DisputeStage;
use domain::ledger::{Provider, TransferKind};
use domain::{BusinessId, Money, Permission, Timestamp};
use store::identity;
use store::ledger::{self, back};
use store::sweeps::{self, SweepStatus};
use store::{StoreError, Tx};

use super::sync::{self, SyncError, outside};
use super::{Account, AccountError, cash, disputes, refunds};
use crate::env::{Env, NotPermitted, Principal};
use crate::gateway::{Dispute, GatewayError, Intent, Refund};

/// How far back: a debit without a mandate can come back for thirteen months.
pub const DAYS: i64 = 400;

/// What stands in the books alone is only looked at when it is so much younger: it was listed by when it was begun, and a debit may
/// have been begun this long before it came.
const SETTLES_WITHIN_DAYS: i64 = 30;

/// What the cursor of the comparison is called.
pub const CURSOR: &str = "stripe.reconcile";

/// What the cursor says when they never were compared.
pub const NEVER: Timestamp = Timestamp::UNIX_EPOCH;

/// Why the books were not compared.
#[derive(Debug, thiserror::Error)]
pub enum ReconcileError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The provider or the database.
    #[error(transparent)]
    Sync(#[from] SyncError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<AccountError> for ReconcileError {
    fn from(error: AccountError) -> Self {
        Self::Sync(error.into())
    }
}

/// What came of comparing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Compared {
    /// How many payments, refunds and disputes there are.
    pub objects: usize,
    /// How many of them the books knew nothing of, or something else, and do now.
    pub healed: usize,
    /// What still differs. Must be nothing.
    pub drift: Vec<Difference>,
}

/// Something that the provider and the books say different things about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What the provider calls it.
    pub reference: String,
    /// How much it moved at the provider; none if it knows of no such thing.
    pub at_provider: Option<Money>,
    /// How much of that stands in the books; none if nothing does.
    pub in_books: Option<Money>,
}

/// What the provider says: how much each of its objects moved, less what came back.
type Amounts = BTreeMap<String, Money>;

/// Compares a business's books with its account, for its operator, a member, or the sweep. Keeps how much differed.
pub async fn reconcile(
    env: &Env,
    principal: &Principal,
    business: BusinessId,
) -> Result<Compared, ReconcileError> {
    match principal {
        Principal::Member { .. } => {
            let (own, _) = principal.member_with(Permission::RecordPayments)?;
            if own != business {
                return Err(NotPermitted.into());
            }
        }
        other => other.internal()?,
    }
    let account = Account::open(env, business).await?;
    let compared = compare(env, &account).await?;
    let now = env.machine_now();
    let drift = i64::try_from(compared.drift.len()).unwrap_or(i64::MAX);
    env.store
        .transact(async |tx: &mut Tx| {
            sweeps::begin(tx, business, CURSOR, now, now).await?;
            sweeps::found(tx, business, CURSOR, drift, now).await
        })
        .await?;
    Ok(compared)
}

async fn compare(env: &Env, account: &Account) -> Result<Compared, SyncError> {
    // First, so that what it books is compared too.
    let collected = cash::collect_all(env, account).await?;
    let at_provider = at_provider(env, account).await?;
    let mut compared = Compared { objects: at_provider.amounts.len(), ..Compared::default() };
    let before = differences(&at_provider, &in_books(env, account.business).await?);
    let mut news: BTreeSet<&String> = before.iter().map(|difference| &difference.reference).collect();
    news.extend(unheard_of(env, account.business, &at_provider).await?);
    for id in &news {
        let asked = match at_provider.kinds.get(*id).copied().unwrap_or_else(|| Kind::of(id)) {
            Kind::Payment => sync::intent(env, account, id).await,
            Kind::Refund => refunds::refund(env, account, id).await,
            Kind::Dispute => disputes::dispute(env, account, id).await,
        };
        match asked {
            Ok(_) | Err(SyncError::Gateway(GatewayError::NotFound)) => {}
            Err(error) => return Err(error),
        }
    }
    if !news.is_empty() {
        compared.drift = differences(&at_provider, &in_books(env, account.business).await?);
        compared.healed = news.len().saturating_sub(compared.drift.len());
    }
    compared.healed += collected;
    Ok(compared)
}

/// The disputes that have gone on further than is known, whether money moved or not.
async fn unheard_of<'a>(
    env: &Env,
    business: BusinessId,
    at_provider: &'a AtProvider,
) -> Result<Vec<&'a String>, SyncError> {
    let mut tx = env.store.read().await?;
    let mut unheard_of = Vec::new();
    for (reference, stage) in &at_provider.stages {
        let known = store::disputes::find(&mut tx, business, reference).await?;
        if DisputeStage::learn(known.map(|known| known.stage), *stage).is_some() {
            unheard_of.push(reference);
        }
    }
    Ok(unheard_of)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Payment,
    Refund,
    Dispute,
}

impl Kind {
    /// What an id is of that the provider did not list.
    fn of(id: &str) -> Self {
        match id.split('_').next() {
            Some("re" | "pyr") => Self::Refund,
            Some("dp" | "du") => Self::Dispute,
            _ => Self::Payment,
        }
    }
}

/// What the provider has of ours.
struct AtProvider {
    amounts: Amounts,
    kinds: BTreeMap<String, Kind>,
    stages: Vec<(String, DisputeStage)>,
}

async fn at_provider(env: &Env, account: &Account) -> Result<AtProvider, SyncError> {
    let from = env.machine_now() - Duration::days(DAYS);
    let gateway = &account.gateway;
    let intents = outside(gateway.intents_since(from)).await?;
    let refunds = outside(gateway.refunds_since(from)).await?;
    let disputes = outside(gateway.disputes_since(from)).await?;
    let mut found = AtProvider { amounts: Amounts::new(), kinds: BTreeMap::new(), stages: Vec::new() };
    let mut ours = BTreeSet::new();
    for intent in intents {
        // Somebody else may collect through the same account, and test money is none.
        let real = intent.livemode || !account.livemode;
        if intent.business != Some(account.business) || !real {
            continue;
        }
        ours.insert(intent.id.clone());
        if let Intent { id, amount_received: Some(amount), .. } = intent
            && amount.is_positive()
        {
            found.keep(id, Kind::Payment, amount);
        }
    }
    let mut tx = env.store.read().await?;
    for refund in refunds {
        if let Refund { id, intent: Some(intent), amount: Some(amount), effective, .. } = refund
            && is_ours(&mut tx, account.business, &mut ours, &intent).await?
        {
            found.keep(id, Kind::Refund, if effective { amount } else { Money::zero(amount.currency()) });
        }
    }
    for dispute in disputes {
        if let Dispute { id, intent: Some(intent), amount: Some(amount), stage: Some(stage), .. } = dispute
            && is_ours(&mut tx, account.business, &mut ours, &intent).await?
        {
            found.stages.push((id.clone(), stage));
            found.keep(id, Kind::Dispute, taken(stage, amount));
        }
    }
    Ok(found)
}

impl AtProvider {
    fn keep(&mut self, id: String, kind: Kind, amount: Money) {
        self.kinds.insert(id.clone(), kind);
        self.amounts.insert(id, amount);
    }
}

/// Whether a payment is ours: it was listed as such, or is older than what was listed, and stands in the books.
async fn is_ours(
    tx: &mut Tx,
    business: BusinessId,
    ours: &mut BTreeSet<String>,
    intent: &str,
) -> Result<bool, StoreError> {
    if ours.contains(intent) {
        return Ok(true);
    }
    let booked = ledger::find(tx, business, Provider::Stripe, TransferKind::Payment, intent).await?;
    if booked.is_some() {
        ours.insert(intent.to_owned());
    }
    Ok(booked.is_some())
}

fn taken(stage: DisputeStage, amount: Money) -> Money {
    if stage.is_without_money() { amount } else { Money::zero(amount.currency()) }
}

/// What stands in the books of what the provider moved: what came, and what went less what came again, each under its id.
async fn in_books(env: &Env, business: BusinessId) -> Result<Books, SyncError> {
    let since = env.machine_now() - Duration::days(DAYS);
    let mut tx = env.store.read().await?;
    let rows = back::moved_at_provider(&mut tx, business, since).await?;
    let young = since + Duration::days(SETTLES_WITHIN_DAYS);
    let mut books = Books { amounts: Amounts::new(), young: BTreeSet::new() };
    for moved in rows {
        if moved.happened_at >= young {
            books.young.insert(moved.reference.clone());
        }
        // What came again came under the id it had gone by.
        let again = moved.went.is_positive();
        let amount = if again { moved.went.checked_sub(moved.came)? } else { moved.came };
        books.amounts.insert(moved.reference, amount);
    }
    Ok(books)
}

/// What stands in the books.
struct Books {
    amounts: Amounts,
    /// What must be at the provider, because it is young enough to have been listed.
    young: BTreeSet<String>,
}

/// What differs. An object that moved nothing need not stand in the books.
fn differences(at_provider: &AtProvider, books: &Books) -> Vec<Difference> {
    let names: BTreeSet<&String> = at_provider.amounts.keys().chain(&books.young).collect();
    names
        .into_iter()
        .filter_map(|reference| {
            let there = at_provider.amounts.get(reference).copied();
            let here = books.amounts.get(reference).copied();
            let moved = |amount: Option<Money>| amount.filter(|amount| !amount.is_zero());
            (moved(there) != moved(here)).then(|| Difference {
                reference: reference.clone(),
                at_provider: there,
                in_books: here,
            })
        })
        .collect()
}

/// When a business's books were last compared, and how much differed; none if they never were.
pub async fn last(env: &Env, principal: &Principal) -> Result<Option<SweepStatus>, ReconcileError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let all = sweeps::statuses(&mut tx).await?;
    let own = |status: &SweepStatus| status.business == business && status.name == CURSOR;
    Ok(all.into_iter().find(|status| own(status) && status.read_until > NEVER))
}

/// Compares the books of every business that has an account.
pub async fn all(
    env: &Env,
    principal: &Principal,
) -> Result<Vec<(identity::Business, Result<Compared, ReconcileError>)>, ReconcileError> {
    principal.internal()?;
    let businesses = {
        let mut tx = env.store.read().await?;
        identity::businesses(&mut tx).await?
    };
    let mut all = Vec::new();
    for business in businesses.into_iter().filter(|business| business.stripe.is_some()) {
        let compared = reconcile(env, principal, business.id).await;
        all.push((business, compared));
    }
    Ok(all)
}
