//! Holds by word: somebody says that a receivable, or everything of a customer, is not to be chased now, and until when.
//!
//! A hold never changes: other words or another date end it as replaced and place a new one. Each change takes the customer's
//! turn, so that nothing is handed over that was read before it, and has the planner look again in the same transaction.

use domain::event::{Actor, EventKind};
use domain::hold::{Hold, HoldEnd, HoldKind, Standing};
use domain::task::TaskKind;
use domain::time::{add_days, civil_date, parse_date};
use domain::{
    BusinessId, CustomerId, Date, FieldErrors, FieldProblem, HoldId, InvoiceId, LongText, MemberId, Name,
    Permission, ReceivableId, Timestamp, Zone,
};
use store::holds::{self, Ended, StoredHold};
use store::identity::Business;
use store::receivables::{self, Receivable};
use store::{StoreError, Tx, customers, follow_up, identity, invoices, ledger, tasks};

use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{Facts, Personal, Told, actor, record};

/// The most holds that a list shows, and the most receivables that are held at once.
pub const MOST: i64 = 200;

/// Promises ended in one run.
const MOST_IN_A_RUN: i64 = 500;

/// Why a hold was not placed, ended or replaced.
#[derive(Debug, thiserror::Error)]
pub enum HoldError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such hold, customer or invoice in this business, or the invoice is a draft.
    #[error("nothing to hold")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// It does not stand any more.
    #[error("the hold is over already")]
    Over,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// Everything of this customer, whatever is issued later included.
    Customer(CustomerId),
    /// Each of these invoices.
    Invoices(Vec<InvoiceId>),
}

/// A hold as typed.
#[derive(Debug, Clone, Default)]
pub struct HoldInput {
    /// The stable name of a [`HoldKind`].
    pub kind: String,
    /// In the author's words; may be empty.
    pub note: String,
    /// A date as a form sends it; may be empty, except for a promise.
    pub until: String,
}

/// A hold as typed, checked.
#[derive(Debug, Clone)]
pub(in crate::operations) struct Words {
    pub kind: HoldKind,
    pub note: String,
    pub until: Option<Date>,
}

impl HoldInput {
    /// What is wrong with it stands at `hold_kind`, `hold_note` and `hold_until`.
    fn check(&self, today: Date) -> Result<Words, FieldErrors> {
        let mut errors = FieldErrors::new();
        let kind = HoldKind::from_name(self.kind.trim()).ok_or(FieldProblem::ChoiceUnknown);
        let kind = errors.check("hold_kind", kind);
        let note = errors.check("hold_note", LongText::parse_optional(&self.note));
        let needed = kind == Some(HoldKind::Promise);
        let until = errors.check("hold_until", until(&self.until, needed, today));
        match (kind, note, until) {
            (Some(kind), Some(note), Some(until)) => {
                Ok(Words { kind, note: note.map(LongText::into_string).unwrap_or_default(), until })
            }
            _ => Err(errors),
        }
    }
}

/// The last day of a hold: today at the earliest, a year from now at the latest.
pub(in crate::operations) fn until(
    text: &str,
    needed: bool,
    today: Date,
) -> Result<Option<Date>, FieldProblem> {
    if text.trim().is_empty() && !needed {
        return Ok(None);
    }
    let date = parse_date(text)?;
    let latest = add_days(today, Hold::MAX_DAYS);
    if date < today {
        Err(FieldProblem::DateBefore { earliest: today })
    } else if date > latest {
        Err(FieldProblem::DateAfter { latest })
    } else {
        Ok(Some(date))
    }
}

/// The business's zone, in which the dates of holds are days.
async fn zone_of(tx: &mut Tx, business: BusinessId) -> Result<Zone, HoldError> {
    let business = identity::business(tx, business).await?.ok_or(HoldError::NotFound)?;
    Ok(business.time_zone)
}

/// Places a hold on a customer, or one on each of some invoices: all or none.
pub async fn place(
    env: &Env,
    principal: &Principal,
    on: &On,
    input: &HoldInput,
) -> Result<Vec<HoldId>, HoldError> {
    let (business, member) = principal.member_with(Permission::HoldFollowUp)?;
    let chosen = match on {
        On::Customer(_) => 1,
        On::Invoices(chosen) => chosen.len(),
    };
    let most = usize::try_from(MOST).unwrap_or_default();
    if chosen == 0 {
        return Err(FieldErrors::one("invoices", FieldProblem::Required).into());
    } else if chosen > most {
        return Err(FieldErrors::one("invoices", FieldProblem::TooMany { max: most }).into());
    }
    let now = env.business_now();
    let placed = env
        .store
        .transact(async |tx: &mut Tx| {
            let words = input.check(civil_date(now, zone_of(tx, business).await?))?;
            let by = By { business, member, actor: actor(principal), now };
            match on {
                On::Customer(customer) => {
                    if !ledger::take_turn(tx, business, *customer).await? {
                        return Err(HoldError::NotFound);
                    }
                    Ok(vec![put(env, tx, &by, *customer, None, &words).await?])
                }
                On::Invoices(chosen) => {
                    let found = chosen_receivables(tx, business, chosen).await?;
                    let mut placed = Vec::with_capacity(found.len());
                    for receivable in found {
                        let customer = receivable.customer;
                        placed.push(put(env, tx, &by, customer, Some(&receivable), &words).await?);
                    }
                    Ok(placed)
                }
            }
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(placed)
}

/// The receivables of these invoices, with their customers' turns taken in one order, so that two people who hold the same
/// invoices never wait for each other in a circle.
async fn chosen_receivables(
    tx: &mut Tx,
    business: BusinessId,
    chosen: &[InvoiceId],
) -> Result<Vec<Receivable>, HoldError> {
    let mut found = Vec::with_capacity(chosen.len());
    for invoice in chosen {
        found.push(receivables::of_invoice(tx, business, *invoice).await?.ok_or(HoldError::NotFound)?);
    }
    found.sort_by_key(|receivable| (receivable.customer, receivable.id));
    found.dedup_by_key(|receivable| receivable.id);
    let mut turn = None;
    for receivable in &found {
        if turn.replace(receivable.customer) != Some(receivable.customer) {
            ledger::take_turn(tx, business, receivable.customer).await?;
        }
    }
    Ok(found)
}

/// Who places or ends a hold, and when.
pub(in crate::operations) struct By {
    pub business: BusinessId,
    pub member: MemberId,
    pub actor: Actor,
    pub now: Timestamp,
}

/// Places one hold, inside of a transaction that has taken the customer's turn.
pub(in crate::operations) async fn put(
    env: &Env,
    tx: &mut Tx,
    by: &By,
    customer: CustomerId,
    receivable: Option<&Receivable>,
    words: &Words,
) -> Result<HoldId, StoreError> {
    let hold = Hold {
        id: env.new_id(),
        receivable: receivable.map(|receivable| receivable.id),
        kind: words.kind,
        note: words.note.clone(),
        until: words.until,
        by: Some(by.member),
        placed_at: by.now,
    };
    holds::place(tx, by.business, customer, &hold).await?;
    let told = about(Told::new(EventKind::HoldPlaced, hold.id), customer, receivable);
    let note = (!words.note.is_empty()).then(|| words.note.clone());
    let told = told.facts(facts_of(&hold)).personal(Personal { note, ..Personal::default() });
    record(tx, env, by.business, by.actor, told);
    look_again(tx, by.business, customer, receivable.map(|receivable| receivable.id), by.now).await?;
    Ok(hold.id)
}

fn facts_of(hold: &Hold) -> Facts {
    Facts { hold: Some(hold.kind), until: hold.until, ..Facts::default() }
}

fn about(told: Told, customer: CustomerId, receivable: Option<&Receivable>) -> Told {
    let told = told.customer(customer);
    match receivable {
        Some(receivable) => told.invoice(receivable.invoice),
        None => told,
    }
}

async fn look_again(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    receivable: Option<ReceivableId>,
    now: Timestamp,
) -> Result<(), StoreError> {
    match receivable {
        Some(receivable) => receivables::look_again(tx, business, receivable, now).await,
        None => receivables::look_again_at_all(tx, business, customer, now).await,
    }
}

/// The cause of the task that asks what becomes of a hold whose date has come.
pub(in crate::operations) fn review_cause(hold: HoldId) -> String {
    format!("review_hold:{hold}")
}

/// Ends a hold: the follow-up goes on where it was. Its review, if one was asked for, is done with it.
pub async fn end(env: &Env, principal: &Principal, id: HoldId) -> Result<StoredHold, HoldError> {
    let (business, member) = principal.member_with(Permission::HoldFollowUp)?;
    let by = By { business, member, actor: actor(principal), now: env.business_now() };
    let by = &by;
    let ended = env
        .store
        .transact(async |tx: &mut Tx| {
            let found = holds::find(tx, business, id).await?.ok_or(HoldError::NotFound)?;
            ledger::take_turn(tx, business, found.customer).await?;
            finish(env, tx, by, &found, HoldEnd::Lifted).await?;
            Ok::<_, HoldError>(found)
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(ended)
}

/// Says the same hold with other words or another date.
pub async fn replace(
    env: &Env,
    principal: &Principal,
    id: HoldId,
    input: &HoldInput,
) -> Result<HoldId, HoldError> {
    let (business, member) = principal.member_with(Permission::HoldFollowUp)?;
    let now = env.business_now();
    let by = By { business, member, actor: actor(principal), now };
    let by = &by;
    let placed = env
        .store
        .transact(async |tx: &mut Tx| {
            let found = holds::find(tx, business, id).await?.ok_or(HoldError::NotFound)?;
            let words = input.check(civil_date(now, zone_of(tx, business).await?))?;
            ledger::take_turn(tx, business, found.customer).await?;
            finish(env, tx, by, &found, HoldEnd::Replaced).await?;
            let receivable = match found.hold.receivable {
                Some(id) => receivables::find(tx, business, id).await?,
                None => None,
            };
            Ok::<_, HoldError>(put(env, tx, by, found.customer, receivable.as_ref(), &words).await?)
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(placed)
}

async fn finish(
    env: &Env,
    tx: &mut Tx,
    by: &By,
    stored: &StoredHold,
    reason: HoldEnd,
) -> Result<(), HoldError> {
    let ended = Ended { at: by.now, by: Some(by.member), reason };
    if !ended_and_told(env, tx, stored, ended, by.actor).await? {
        return Err(HoldError::Over);
    }
    tasks::resolve_caused(tx, by.business, &review_cause(stored.hold.id), Some(by.member), by.now).await?;
    Ok(())
}

/// Ends a hold and records it; false if it was over already.
async fn ended_and_told(
    env: &Env,
    tx: &mut Tx,
    stored: &StoredHold,
    ended: Ended,
    actor: Actor,
) -> Result<bool, StoreError> {
    if !holds::end(tx, stored.business, stored.hold.id, ended).await? {
        return Ok(false);
    }
    let receivable = match stored.hold.receivable {
        Some(id) => receivables::find(tx, stored.business, id).await?,
        None => None,
    };
    // What is replaced does not go on: the hold that takes its place tells the story.
    if ended.reason != HoldEnd::Replaced {
        let told =
            about(Told::new(EventKind::HoldEnded, stored.hold.id), stored.customer, receivable.as_ref());
        let facts = Facts { hold_end: Some(ended.reason), ..facts_of(&stored.hold) };
        record(tx, env, stored.business, actor, told.facts(facts));
    }
    look_again(tx, stored.business, stored.customer, stored.hold.receivable, ended.at).await?;
    Ok(true)
}

/// Ends what is on a receivable that is settled: its holds, their reviews, and the approval it may have waited for.
pub(super) async fn settle(
    env: &Env,
    tx: &mut Tx,
    business: BusinessId,
    receivable: &Receivable,
    now: Timestamp,
) -> Result<(), StoreError> {
    let ended = Ended { at: now, by: None, reason: HoldEnd::Settled };
    for hold in holds::on_receivable(tx, business, receivable.id).await? {
        if hold.receivable.is_some() {
            let id = hold.id;
            let stored = StoredHold { business, customer: receivable.customer, hold, ended: None };
            ended_and_told(env, tx, &stored, ended, Actor::System).await?;
            tasks::resolve_caused(tx, business, &review_cause(id), None, now).await?;
        }
    }
    tasks::resolve_of_invoice(tx, business, TaskKind::ApproveStep, receivable.invoice, now).await?;
    Ok(())
}

/// Ends the promises whose day and grace have passed, and tells how many. `decide` stopped heeding them at that moment
/// already; this is what makes lists and timelines say so. One that cannot be ended does not keep the others standing.
pub async fn end_over(env: &Env, principal: &Principal) -> Result<u64, HoldError> {
    principal.internal()?;
    let now = env.business_now();
    let found = {
        let mut tx = env.store.read().await?;
        // A day begins at most fourteen hours earlier somewhere than it does in UTC.
        let latest_day = civil_date(now + chrono::TimeDelta::hours(14), Zone::UTC);
        holds::promises_until(&mut tx, latest_day, MOST_IN_A_RUN).await?
    };
    let mut over = 0;
    for stored in found {
        match end_if_over(env, &stored, now).await {
            Ok(ended) => over += u64::from(ended),
            Err(error) if error.is_unavailable() => return Err(error.into()),
            Err(error) => tracing::error!(hold = %stored.hold.id, %error, "a promise cannot be ended"),
        }
    }
    Ok(over)
}

async fn end_if_over(env: &Env, stored: &StoredHold, now: Timestamp) -> Result<bool, StoreError> {
    env.store
        .transact(async |tx: &mut Tx| {
            let Some(business) = identity::business(tx, stored.business).await? else { return Ok(false) };
            let grace_days = follow_up::settings(tx, business.id).await?.value.promise_grace_days;
            let today = civil_date(now, business.time_zone);
            if stored.hold.standing(today, grace_days) != Standing::Over {
                return Ok(false);
            }
            ledger::take_turn(tx, stored.business, stored.customer).await?;
            let ended = Ended { at: now, by: None, reason: HoldEnd::Over };
            ended_and_told(env, tx, stored, ended, Actor::System).await
        })
        .await
}

/// A hold with what it is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The hold.
    pub stored: StoredHold,
    /// The customer's name.
    pub customer: Option<Name>,
    /// The invoice it is on and its number, unless it is on everything.
    pub invoice: Option<(InvoiceId, String)>,
    /// Who placed it.
    pub author: Option<Name>,
    /// Whether somebody has to decide what becomes of it.
    pub wants_review: bool,
}

/// What stands in the business, the one to be looked at next first.
pub async fn standing(env: &Env, principal: &Principal) -> Result<Vec<Listed>, HoldError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let found = holds::standing(&mut tx, business, MOST).await?;
    listed_of(env, &mut tx, business, found).await
}

/// What holds an invoice now: its own holds and its customer's. Nothing for a draft.
pub async fn of_invoice(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<Vec<Listed>, HoldError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let Some(receivable) = receivables::of_invoice(&mut tx, business, invoice).await? else {
        return Ok(Vec::new());
    };
    let found = holds::on_receivable(&mut tx, business, receivable.id).await?;
    let found = found
        .into_iter()
        .map(|hold| StoredHold { business, customer: receivable.customer, hold, ended: None })
        .collect();
    listed_of(env, &mut tx, business, found).await
}

/// What holds something of a customer now, newest first.
pub async fn of_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<Vec<Listed>, HoldError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    let mut found = holds::of_customer(&mut tx, business, customer).await?;
    found.retain(|stored| stored.ended.is_none());
    listed_of(env, &mut tx, business, found).await
}

/// A hold that stands, for whoever shows it beside something else; nothing once it is over.
pub(in crate::operations) async fn one(
    env: &Env,
    tx: &mut Tx,
    business: &Business,
    id: HoldId,
) -> Result<Option<Listed>, StoreError> {
    let found = holds::find(tx, business.id, id).await?.filter(|stored| stored.ended.is_none());
    Ok(listed(env, tx, business, found.into_iter().collect()).await?.pop())
}

async fn listed_of(
    env: &Env,
    tx: &mut Tx,
    business: BusinessId,
    found: Vec<StoredHold>,
) -> Result<Vec<Listed>, HoldError> {
    let business = identity::business(tx, business).await?.ok_or(HoldError::NotFound)?;
    Ok(listed(env, tx, &business, found).await?)
}

async fn listed(
    env: &Env,
    tx: &mut Tx,
    business: &Business,
    found: Vec<StoredHold>,
) -> Result<Vec<Listed>, StoreError> {
    let today = civil_date(env.business_now(), business.time_zone);
    let business = business.id;
    let grace_days = follow_up::settings(tx, business).await?.value.promise_grace_days;
    let members = crate::operations::identity::member_names(tx, business).await?;
    let mut listed = Vec::with_capacity(found.len());
    for stored in found {
        let standing = stored.hold.standing(today, grace_days);
        if standing == Standing::Over {
            continue;
        }
        let customer = customers::customer(tx, business, stored.customer).await?;
        let receivable = match stored.hold.receivable {
            Some(id) => receivables::find(tx, business, id).await?,
            None => None,
        };
        let invoice = match receivable {
            Some(receivable) => invoices::invoice(tx, business, receivable.invoice).await?,
            None => None,
        };
        listed.push(Listed {
            customer: customer.map(|customer| customer.name),
            invoice: invoice
                .and_then(|invoice| Some((invoice.id, invoice.state.issued()?.number.to_string()))),
            author: stored.hold.by.and_then(|member| members.get(&member).cloned()),
            wants_review: standing == Standing::WantsReview,
            stored,
        });
    }
    Ok(listed)
}

/// A hold, with the invoice it is on.
pub async fn find(
    env: &Env,
    principal: &Principal,
    id: HoldId,
) -> Result<(StoredHold, Option<InvoiceId>), HoldError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let stored = holds::find(&mut tx, business, id).await?.ok_or(HoldError::NotFound)?;
    let receivable = match stored.hold.receivable {
        Some(receivable) => receivables::find(&mut tx, business, receivable).await?,
        None => None,
    };
    Ok((stored, receivable.map(|receivable| receivable.invoice)))
}
