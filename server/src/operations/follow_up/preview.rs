//! What is going to be said, and what a change would do to that: shown before anything is saved.
//!
//! Everything asks with the same facts and functions as the planner, so that what is shown is what is done. Nothing is
//! written. Each question is bounded, and says so where it was cut off.

use std::collections::BTreeMap;

use domain::follow_up::{CustomerTerms, Settings};
use domain::message::Channel;
use domain::schedule::{
    Difference, Foreseen, HoldReason, Schedule, Step, StepId, Tone, compare, counted_as_said, words,
};
use domain::wording::Case;
use domain::{
    BusinessId, CustomerId, Date, InvoiceId, Locale, Money, Permission, ReceivableId, ScheduleId, Timestamp,
    time,
};
use store::dossiers::{self, Dossier, Which};
use store::follow_up::Group;
use store::receivables::{self, Scope};
use store::{StoreError, Tx, follow_up, invoices};

use super::house::House;
use super::known::{CONTACTS_MATTER_FOR, Known};
use super::next::foresee;
use crate::delivery::texts;
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::templates::{self, About, TemplateError};
use store::templates::TemplateKey;

/// How far ahead one looks.
pub const DAYS: i64 = 90;
/// The most customers that a change is tried on.
pub const MOST_LOOKED_AT: usize = 500;
/// The most of them that are shown one by one.
pub const MOST_SHOWN: usize = 50;
/// Customers on one page of everything that is going to be said.
pub const PAGE: usize = 100;
/// Customers whose facts are read at once.
const AT_ONCE: usize = 100;

/// Why there is nothing to be seen.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such customer or invoice in this business, or the invoice is a draft.
    #[error("nothing to look ahead for")]
    NotFound,
    /// The text of a step cannot be shown.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One message, or one task for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// How.
    pub by: Channel,
    /// In which tone.
    pub tone: Tone,
    /// To whom.
    pub customer: (CustomerId, String),
    /// Of what it speaks, and by which steps.
    pub parts: Vec<(InvoiceId, String, StepId)>,
    /// What is open of that.
    pub amount: Money,
}

/// Something that nothing is said about until somebody does something.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// Whose.
    pub customer: (CustomerId, String),
    /// Which.
    pub invoice: (InvoiceId, String),
    /// Why.
    pub reason: HoldReason,
}

/// What is going to be said, as things stand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outlook {
    /// Up to, not including, this day.
    pub until: Date,
    /// Earliest first.
    pub entries: Vec<Entry>,
    /// What is held back.
    pub held: Vec<Held>,
    /// The last customer looked at, if there are more.
    pub after: Option<CustomerId>,
}

/// The moments between which one looks ahead.
#[derive(Debug, Clone, Copy)]
struct Span {
    now: Timestamp,
    tomorrow: Timestamp,
    until: Timestamp,
    last_day: Date,
}

impl Span {
    fn of(env: &Env, house: &House) -> Self {
        let now = env.business_now();
        let zone = house.business.time_zone;
        let today = time::civil_date(now, zone);
        let last_day = time::add_days(today, DAYS);
        Self {
            now,
            tomorrow: time::start_of_day(time::add_days(today, 1), zone),
            until: time::start_of_day(last_day, zone),
            last_day,
        }
    }
}

/// What is going to be said about one invoice. What else its customer hears counts: the gap and the grouping are theirs.
pub async fn of_invoice(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<(String, Outlook), PreviewError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let receivable =
        receivables::of_invoice(&mut tx, business, invoice).await?.ok_or(PreviewError::NotFound)?;
    let mut house =
        House::load(env, &mut tx, business, env.business_now()).await?.ok_or(PreviewError::NotFound)?;
    let span = Span::of(env, &house);
    let known = known(&mut tx, &mut house, &[receivable.customer], span).await?;
    let known = known.first().ok_or(PreviewError::NotFound)?;
    let number = known.item(receivable.id).map(|item| item.number.clone()).unwrap_or_default();
    let mut outlook = outlook(std::slice::from_ref(known), span, None);
    outlook.entries.retain(|entry| entry.parts.iter().any(|(about, ..)| *about == invoice));
    outlook.held.retain(|held| held.invoice.0 == invoice);
    Ok((number, outlook))
}

/// What is going to be said to one customer.
pub async fn of_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<(String, Outlook), PreviewError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let mut house =
        House::load(env, &mut tx, business, env.business_now()).await?.ok_or(PreviewError::NotFound)?;
    let span = Span::of(env, &house);
    let known = known(&mut tx, &mut house, &[customer], span).await?;
    let known = known.first().ok_or(PreviewError::NotFound)?;
    Ok((known.customer.name.to_string(), outlook(std::slice::from_ref(known), span, None)))
}

/// What is going to be said to everyone, some customers at a time.
pub async fn of_everything(
    env: &Env,
    principal: &Principal,
    after: Option<CustomerId>,
) -> Result<Outlook, PreviewError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let mut house =
        House::load(env, &mut tx, business, env.business_now()).await?.ok_or(PreviewError::NotFound)?;
    let span = Span::of(env, &house);
    let (customers, more) = open_customers(&mut tx, business, Scope::Business, after, PAGE).await?;
    let known = known(&mut tx, &mut house, &customers, span).await?;
    Ok(outlook(&known, span, customers.last().copied().filter(|_| more)))
}

/// Customers with something open, and whether there are more.
async fn open_customers(
    tx: &mut Tx,
    business: BusinessId,
    scope: Scope,
    after: Option<CustomerId>,
    most: usize,
) -> Result<(Vec<CustomerId>, bool), StoreError> {
    let limit = i64::try_from(most).unwrap_or(i64::MAX).saturating_add(1);
    let mut found = receivables::open_customers_in(tx, business, scope, after, limit).await?;
    let more = found.len() > most;
    found.truncate(most);
    Ok((found, more))
}

async fn dossiers_of(
    tx: &mut Tx,
    business: BusinessId,
    customers: &[CustomerId],
    span: Span,
) -> Result<Vec<Dossier>, StoreError> {
    let mut found = Vec::with_capacity(customers.len());
    for some in customers.chunks(AT_ONCE) {
        let some: Vec<(BusinessId, CustomerId)> = some.iter().map(|customer| (business, *customer)).collect();
        found.extend(dossiers::gather(tx, &some, Which::All, span.now - CONTACTS_MATTER_FOR).await?);
    }
    Ok(found)
}

async fn known(
    tx: &mut Tx,
    house: &mut House,
    customers: &[CustomerId],
    span: Span,
) -> Result<Vec<Known>, StoreError> {
    let dossiers = dossiers_of(tx, house.business.id, customers, span).await?;
    Ok(dossiers.into_iter().map(|dossier| Known::new(house, dossier, None, span.now)).collect())
}

fn outlook(known: &[Known], span: Span, after: Option<CustomerId>) -> Outlook {
    let mut entries = Vec::new();
    let mut held = Vec::new();
    for known in known {
        let customer = || (known.customer.id, known.customer.name.to_string());
        let about = |receivable: ReceivableId| {
            known.item(receivable).map(|item| (item.receivable.invoice, item.number.clone(), item.facts.open))
        };
        let mut entry = |at, by, tone, parts: Vec<(ReceivableId, StepId)>| {
            let parts: Vec<_> = parts.into_iter().filter_map(|(id, step)| Some((about(id)?, step))).collect();
            let Some(((_, _, first), _)) = parts.first() else { return };
            let open = parts.iter().map(|((_, _, open), _)| *open);
            // What is too much to be added up is shown by its first part rather than not at all.
            let amount = Money::sum(first.currency(), open).unwrap_or(*first);
            let parts =
                parts.into_iter().map(|((invoice, number, _), step)| (invoice, number, step)).collect();
            entries.push(Entry { at, by, tone, customer: customer(), parts, amount });
        };
        let foreseen = foresee(known, span.now, span.until);
        for (at, group) in foreseen.messages {
            let parts = group.parts.into_iter().map(|part| (part.receivable, part.step.id)).collect();
            entry(at, group.channel, group.tone, parts);
        }
        for (at, task) in foreseen.tasks {
            entry(at, task.by, task.step.tone, vec![(task.receivable, task.step.id)]);
        }
        held.extend(foreseen.held.into_iter().filter_map(|(receivable, reason)| {
            let (invoice, number, _) = about(receivable)?;
            Some(Held { customer: customer(), invoice: (invoice, number), reason })
        }));
    }
    entries.sort_by_key(|entry| entry.at);
    Outlook { until: span.last_day, entries, held, after }
}

/// A change that is about to be made.
#[derive(Debug, Clone)]
pub enum Change {
    /// A schedule gets these steps.
    Schedule(ScheduleId, Schedule),
    /// The settings become these.
    Settings(Settings),
    /// A group becomes this.
    Group(Group),
    /// What was set for a customer becomes this.
    Terms(CustomerId, CustomerTerms),
}

impl Change {
    /// Whoever may not make it need not see what it would do.
    const fn permission(&self) -> Permission {
        match self {
            Self::Schedule(..) | Self::Settings(_) | Self::Group(_) => Permission::EditSettings,
            Self::Terms(..) => Permission::EditCustomers,
        }
    }

    const fn scope(&self) -> Scope {
        match self {
            Self::Schedule(id, _) => Scope::Schedule(Some(*id)),
            Self::Settings(_) => Scope::Business,
            Self::Group(group) => Scope::Group(group.id),
            Self::Terms(customer, _) => Scope::Customer(*customer),
        }
    }

    /// The house as it would be.
    fn house(&self, house: &House) -> House {
        match self {
            Self::Schedule(id, schedule) => house.clone().with_schedule(Some(*id), schedule.clone()),
            Self::Settings(settings) => house.clone().with_settings(settings.clone()),
            Self::Group(_) | Self::Terms(..) => house.clone(),
        }
    }

    /// What would be known of a customer.
    fn dossier(&self, mut dossier: Dossier, groups: &[Group]) -> Dossier {
        match self {
            Self::Group(changed) => {
                if dossier.group.as_ref().is_some_and(|group| group.id == changed.id) {
                    dossier.group = Some(changed.clone());
                }
            }
            Self::Terms(customer, terms) if dossier.customer.id == *customer => {
                dossier.follow_up = *terms;
                dossier.group = groups.iter().find(|group| terms.group == Some(group.id)).cloned();
            }
            Self::Schedule(..) | Self::Settings(_) | Self::Terms(..) => {}
        }
        dossier
    }
}

/// So many messages and tasks, without the change and with it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BeforeAndAfter {
    /// Messages.
    pub messages: (u32, u32),
    /// Tasks for people.
    pub tasks: (u32, u32),
}

/// What a change does to one customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Affected {
    /// Who.
    pub customer: (CustomerId, String),
    /// Word by word, what stays the same included.
    pub differences: Vec<Difference>,
    /// The invoices behind the receivables.
    pub invoices: BTreeMap<ReceivableId, (InvoiceId, String)>,
    /// Steps that count as said only with the change.
    pub counted: Vec<(ReceivableId, StepId)>,
}

/// What a change would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WhatIf {
    /// What is said today, in the business's zone.
    pub today: BeforeAndAfter,
    /// What is said in ninety days.
    pub in_all: BeforeAndAfter,
    /// How many customers were looked at.
    pub looked_at: usize,
    /// There are more.
    pub bounded: bool,
    /// How many of them it makes a difference to.
    pub affected: usize,
    /// The first of those.
    pub customers: Vec<Affected>,
}

/// What a change would do to everyone it is about, from now over ninety days. Nothing is changed by asking.
pub async fn what_if(env: &Env, principal: &Principal, change: &Change) -> Result<WhatIf, PreviewError> {
    let (business, _) = principal.member_with(change.permission())?;
    let mut tx = env.store.read().await?;
    let mut house =
        House::load(env, &mut tx, business, env.business_now()).await?.ok_or(PreviewError::NotFound)?;
    let mut changed = change.house(&house);
    let span = Span::of(env, &house);
    let groups = follow_up::groups(&mut tx, business).await?;
    let (customers, bounded) =
        open_customers(&mut tx, business, change.scope(), None, MOST_LOOKED_AT).await?;
    let mut what_if = WhatIf { looked_at: customers.len(), bounded, ..WhatIf::default() };
    for dossier in dossiers_of(&mut tx, business, &customers, span).await? {
        let after = change.dossier(dossier.clone(), &groups);
        let before = Known::new(&mut house, dossier, None, span.now);
        let after = Known::new(&mut changed, after, None, span.now);
        what_if.add(&before, &after, span);
    }
    Ok(what_if)
}

impl WhatIf {
    fn add(&mut self, before: &Known, after: &Known, span: Span) {
        let (without, with) = (foresee(before, span.now, span.until), foresee(after, span.now, span.until));
        self.today.count(&without, &with, span.tomorrow);
        self.in_all.count(&without, &with, span.until);
        let counted = counted(before, after);
        let differences = compare(words(&without, &before.schedule), words(&with, &after.schedule));
        if counted.is_empty() && !differences.iter().any(Difference::is_one) {
            return;
        }
        self.affected += 1;
        if self.customers.len() < MOST_SHOWN {
            let invoices = after.items.iter();
            self.customers.push(Affected {
                customer: (after.customer.id, after.customer.name.to_string()),
                differences,
                invoices: invoices
                    .map(|item| (item.receivable.id, (item.receivable.invoice, item.number.clone())))
                    .collect(),
                counted,
            });
        }
    }
}

impl BeforeAndAfter {
    fn count(&mut self, without: &Foreseen, with: &Foreseen, until: Timestamp) {
        let count = |moments: &mut dyn Iterator<Item = Timestamp>| {
            u32::try_from(moments.filter(|at| *at < until).count()).unwrap_or(u32::MAX)
        };
        let messages = |foreseen: &Foreseen| count(&mut foreseen.messages.iter().map(|(at, _)| *at));
        let tasks = |foreseen: &Foreseen| count(&mut foreseen.tasks.iter().map(|(at, _)| *at));
        self.messages.0 += messages(without);
        self.messages.1 += messages(with);
        self.tasks.0 += tasks(without);
        self.tasks.1 += tasks(with);
    }
}

/// Steps of what is open that count as said only with the change.
fn counted(before: &Known, after: &Known) -> Vec<(ReceivableId, StepId)> {
    let open = after.items.iter().filter(|item| item.facts.open.is_positive() && !item.facts.void);
    open.flat_map(|item| {
        let already = counted_as_said(&before.schedule, &item.facts.said);
        let now = counted_as_said(&after.schedule, &item.facts.said);
        now.into_iter().filter(move |step| !already.contains(step)).map(|step| (item.receivable.id, step))
    })
    .collect()
}

/// A step's words, filled in about a real invoice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepWords {
    /// The subject, where the channel has one.
    pub subject: Option<String>,
    /// The text; none for channels without words.
    pub text: Option<String>,
}

/// What these steps would say about an invoice of the business: the newest that was issued, or made-up ones while there is
/// none. The invoice's number comes with it.
pub async fn texts_of(
    env: &Env,
    principal: &Principal,
    steps: &[Option<Step>],
    locale: Locale,
) -> Result<(Option<String>, Vec<StepWords>), PreviewError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let sample = invoices::newest_issued(&mut tx, business).await?;
    drop(tx);
    // As it would read on the step's own day: a final notice that says "is due in 29 days" helps nobody judge its tone.
    let about = |step: &Step| match &sample {
        Some((invoice, _)) => About::InvoiceOnDay(*invoice, step.offset_days),
        None if step.offset_days < 0 => About::Sample(Case::DueSoon),
        None => About::Sample(Case::Overdue),
    };
    let mut all = Vec::with_capacity(steps.len());
    for step in steps {
        all.push(match step {
            Some(step) => text_of(env, principal, step, locale, about(step)).await?,
            None => StepWords::default(),
        });
    }
    Ok((sample.map(|(_, number)| number), all))
}

async fn text_of(
    env: &Env,
    principal: &Principal,
    step: &Step,
    locale: Locale,
    about: About,
) -> Result<StepWords, PreviewError> {
    if !step.channel.is_written() && step.channel != Channel::Call {
        return Ok(StepWords::default());
    }
    // A step that is new has no words under its own name yet: those of its tone are said.
    let by_tone = StepId::parse(texts::name_of(step.tone)).ok();
    for name in std::iter::once(step.template().clone()).chain(by_tone) {
        let key = TemplateKey { name, channel: step.channel, language: locale.speech() };
        let shown = match templates::show(env, principal, key).await {
            Err(TemplateError::NotFound) => continue,
            other => other?,
        };
        let preview = templates::preview(env, principal, &shown, &shown.words, about).await?;
        return Ok(preview.map_or_else(StepWords::default, |preview| StepWords {
            subject: preview.subject,
            text: Some(preview.text),
        }));
    }
    Ok(StepWords::default())
}
