//! What must be true of what was said, told without asking the code that said it.
//!
//! Nothing here calls `decide`, the gate or the calendar. Each truth is worked out again from what lies open: messages as they
//! were handed over, holds and contacts as rows, the record's events, what the simulation itself did to people and clocks, and
//! the plain rules (hours, days, gaps) of the business. So a mistake in the code under test is not repeated by what judges it.

mod channels;

use std::collections::BTreeMap;

use chrono::Datelike;
use domain::event::EventKind;
use domain::follow_up::Settings;
use domain::hold::HoldKind;
use domain::message::{Channel, MessageState, Purpose};
use domain::schedule::{Schedule, Step, StepId, Tone};
use domain::time::{add_days, civil_date, local, start_of_day};
use domain::{Country, Date, ReceivableId, Timestamp};
use store::holds::StoredHold;
use store::manual_contacts::{self, ManualContact};
use store::messages::{Message, MessagePart};
use store::receivables::{self, Receivable};
use store::{Tx, events, follow_up, holds, ledger, messages, schedules};

use super::people::{Payer, Shop};
use super::{Broken, Life, Truth};
use crate::holidays;

/// When something that begins and ends stood. An open end lies beyond all time.
type Span = (Timestamp, Timestamp);

fn within(spans: &[Span], at: Timestamp) -> bool {
    spans.iter().any(|(from, to)| *from < at && at < *to)
}

/// Everything on record about one customer.
struct Story<'a> {
    life: &'a Life,
    shop: &'a Shop,
    payer: &'a Payer,
    settings: Settings,
    /// The revisions of what this customer follows, by number.
    revisions: BTreeMap<u32, Schedule>,
    /// Chasing messages that left the house, or may have, earliest first.
    left: Vec<Message>,
    /// All chasing messages.
    chasing: Vec<Message>,
    /// Texts of any purpose that were handed over, earliest first.
    texts: Vec<Message>,
    /// Addresses that do not exist, and since when that is known.
    closed: BTreeMap<String, Timestamp>,
    holds: Vec<StoredHold>,
    manual: Vec<ManualContact>,
    owed: Vec<Owed>,
}

/// One receivable of theirs.
struct Owed {
    receivable: Receivable,
    issued_on: Date,
    is_open: bool,
    /// When nothing was open.
    settled: Vec<Span>,
    /// When a payment was on its way.
    under_way: Vec<Span>,
    /// Steps that the customer hears and that were said, wait to be said, or are a person's to say.
    said: Vec<StepId>,
}

/// Nothing was said that should not have been, to anybody, so far.
pub(super) async fn check_said(life: &Life) -> Result<(), Broken> {
    let mut tx = life.env().store.read().await?;
    let mut all = Vec::new();
    let mut texts = Vec::new();
    for shop in &life.shops {
        let mut of_shop = Vec::new();
        for payer in &shop.payers {
            let mut story = Story::read(&mut tx, life, shop, payer).await?;
            for message in &story.left {
                story.check(message)?;
            }
            story.check_texts()?;
            story.check_reasons()?;
            all.extend(story.left.iter().filter_map(|message| message.handed_over_at));
            of_shop.append(&mut story.texts);
        }
        let most = follow_up::settings(&mut tx, shop.business).await?.value.sms.monthly_segments;
        channels::check_what_texts_cost(life, shop, &of_shop, most)?;
        texts.append(&mut of_shop);
    }
    channels::check_last_words(life, &texts)?;
    channels::check_letters(&mut tx).await?;
    check_cap(life, all)
}

/// No hour saw more than the operator allows.
fn check_cap(life: &Life, mut all: Vec<Timestamp>) -> Result<(), Broken> {
    let most = usize::try_from(life.env().settings.chasing_per_hour).unwrap_or(usize::MAX);
    all.sort_unstable();
    for hour in all.windows(most + 1) {
        if hour[most] - hour[0] < chrono::TimeDelta::hours(1) {
            let what = format!("{} messages between {} and {}", hour.len(), hour[0], hour[most]);
            return Err(Broken::truth(Truth::Cap, what));
        }
    }
    Ok(())
}

/// Once all has been calm for longer than anything waits: what came due was said, or a step after it, or a reason stands.
pub(super) async fn check_nothing_missed(life: &Life, calm_since: Timestamp) -> Result<(), Broken> {
    let mut tx = life.env().store.read().await?;
    for shop in &life.shops {
        for payer in &shop.payers {
            let story = Story::read(&mut tx, life, shop, payer).await?;
            for owed in story.owed.iter().filter(|owed| owed.is_open) {
                story.check_missed(&mut tx, owed, calm_since).await?;
            }
        }
    }
    Ok(())
}

impl<'a> Story<'a> {
    async fn read(
        tx: &mut Tx,
        life: &'a Life,
        shop: &'a Shop,
        payer: &'a Payer,
    ) -> Result<Story<'a>, Broken> {
        let business = shop.business;
        let mut chasing = messages::of_customer(tx, business, payer.customer, i64::MAX).await?;
        let mut texts = chasing.clone();
        texts.retain(|message| message.channel == Channel::Sms && message.handed_over_at.is_some());
        texts.sort_by_key(|message| message.handed_over_at);
        let mut closed = BTreeMap::new();
        for message in chasing.iter().filter(|message| message.state == MessageState::Failed) {
            if message.outcome.as_ref().is_some_and(|outcome| outcome.contains("5.1.1")) {
                closed.extend(message.finished_at.map(|at| (message.to_address.clone(), at)));
            }
        }
        chasing.retain(|message| message.kind.purpose() == Purpose::Chasing);
        let may_have_arrived =
            |message: &Message| matches!(message.state, MessageState::Sent | MessageState::Uncertain);
        let mut left: Vec<Message> =
            chasing.iter().filter(|message| may_have_arrived(message)).cloned().collect();
        left.sort_by_key(|message| message.handed_over_at);

        let mut revisions = BTreeMap::from([(1, Schedule::standard())]);
        if let Some(id) = payer.schedule {
            let newest = schedules::find(tx, business, id).await?;
            for revision in 1..=newest.map_or(1, |newest| newest.schedule.revision()) {
                let schedule = schedules::revision(tx, business, id, revision).await?;
                revisions.insert(revision, schedule.ok_or_else(|| Broken::new("a revision that is gone"))?);
            }
        }
        let mut owed = Vec::new();
        for receivable in receivables::of_customer(tx, business, payer.customer).await? {
            owed.push(Owed::read(tx, shop, receivable).await?);
        }
        Ok(Self {
            life,
            shop,
            payer,
            settings: follow_up::settings(tx, business).await?.value,
            revisions,
            left,
            chasing,
            texts,
            closed,
            holds: holds::of_customer(tx, business, payer.customer).await?,
            manual: manual_contacts::since(tx, business, payer.customer, Timestamp::UNIX_EPOCH).await?,
            owed,
        })
    }

    fn owed(&self, receivable: ReceivableId) -> Result<&Owed, Broken> {
        let owed = self.owed.iter().find(|owed| owed.receivable.id == receivable);
        owed.ok_or_else(|| Broken::new("a message about a receivable of somebody else"))
    }

    /// The step that a part was planned by.
    fn step(&self, part: &MessagePart) -> Option<&Step> {
        self.revisions.get(&part.schedule_revision)?.step(&part.said.step)
    }

    fn check(&self, message: &Message) -> Result<(), Broken> {
        let at = message.handed_over_at.ok_or_else(|| Broken::new("a message that left at no time"))?;
        let broken = |truth, what: String| {
            Err(Broken::truth(truth, format!("{} left at {at} ({})", message.id, what)))
        };
        self.check_hours(at).or_else(|(truth, what)| broken(truth, what))?;
        // By the wrong clock nobody can tell what was before what; all else holds even then.
        let clock_is_right = !within(&self.life.wrong_clock, at);
        if let Some(why) = self.too_soon(message, at).filter(|_| clock_is_right) {
            return broken(Truth::Gap, why);
        }
        if clock_is_right && message.channel == Channel::Email {
            let dead = self.closed.get(&message.to_address).is_some_and(|since| *since < at);
            if dead || self.payer.mail.before(at) == Some(false) {
                return broken(Truth::DeadAddress, format!("{} is not to be written to", message.to_address));
            }
        }
        let mut spoken_of = 0;
        for part in message.parts.iter().filter(|part| part.cancelled.is_none()) {
            spoken_of += 1;
            let owed = self.owed(part.receivable)?;
            let step = &part.said.step;
            let day = add_days(owed.receivable.due_on, i64::from(part.said.offset_days));
            let mut places = self.payer.zones.iter().chain([&self.shop.zone]);
            if places.any(|zone| civil_date(at, *zone) < day) {
                return broken(Truth::Early, format!("{step} is for {day}"));
            }
            if clock_is_right {
                if within(&owed.settled, at) {
                    return broken(Truth::Settled, format!("{step}, when nothing was open"));
                }
                if within(&owed.under_way, at) {
                    return broken(Truth::UnderWay, format!("{step}, while a payment was on its way"));
                }
                if let Some(hold) = self.held(part.receivable, at) {
                    let (kind, since) = (hold.hold.kind, hold.hold.placed_at);
                    return broken(Truth::HeldByWord, format!("{step}, on hold since {since}: {kind}"));
                }
                if self.life.parked.get(&part.receivable).is_some_and(|spans| within(spans, at)) {
                    return broken(Truth::Parked, format!("{step}, before anybody released it"));
                }
                if self.lacks_approval(part, at) {
                    return broken(Truth::Unapproved, format!("{step}, which nobody approved"));
                }
            }
            if let Some(later) = self.passed_over(part, owed, message.created_at) {
                return broken(Truth::LatestOnly, format!("{step}, though {later} was due by then"));
            }
            self.check_order(message, part, at)?;
        }
        if spoken_of == 0 {
            return broken(Truth::Why, "it speaks of nothing".to_owned());
        }
        Ok(())
    }

    /// Within the business's hours, on a business day, in every place where they may be.
    fn check_hours(&self, at: Timestamp) -> Result<(), (Truth, String)> {
        let settings = &self.settings;
        for zone in &self.payer.zones {
            let there = local(at, *zone);
            let open = settings.days[there.weekday().num_days_from_monday() as usize]
                && settings.opens <= there.time()
                && there.time() < settings.closes;
            if !open {
                return Err((Truth::Hours, format!("it was {there} in {}", zone.name())));
            }
            if settings.keeps_holidays && is_holiday(self.payer.country, there.date()) {
                return Err((Truth::Holiday, format!("{} is a holiday there", there.date())));
            }
        }
        Ok(())
    }

    /// Which contact it followed too closely. Messages of one moment are one contact.
    fn too_soon(&self, message: &Message, at: Timestamp) -> Option<String> {
        let own = message.parts.iter().filter(|part| part.cancelled.is_none());
        let wanted = own.filter_map(|part| self.step(part)?.minimum_gap_days).max().unwrap_or_default();
        let days = i64::from(wanted.max(self.settings.minimum_gap_days));
        let written = self
            .left
            .iter()
            .filter(|other| other.id != message.id && other.created_at != message.created_at)
            .filter_map(|other| Some((other.handed_over_at?, other.id.to_string())));
        let by_hand = self.manual.iter().map(|made| (made.at, made.id.to_string()));
        written.chain(by_hand).filter(|(before, _)| *before < at).find_map(|(before, what)| {
            let near = self
                .payer
                .zones
                .iter()
                .any(|zone| civil_date(at, *zone) < add_days(civil_date(before, *zone), days));
            near.then(|| format!("{what} was at {before}, and {days} days have to lie between"))
        })
    }

    /// The hold by word that stood.
    fn held(&self, receivable: ReceivableId, at: Timestamp) -> Option<&StoredHold> {
        self.holds.iter().find(|stored| {
            let hold = &stored.hold;
            let over = hold.until.filter(|_| hold.kind == HoldKind::Promise).map(|until| {
                let first_free = add_days(until, i64::from(self.settings.promise_grace_days) + 1);
                start_of_day(first_free, self.shop.zone)
            });
            hold.receivable.is_none_or(|on| on == receivable)
                && hold.placed_at < at
                && stored.ended.is_none_or(|ended| at < ended.at)
                && over.is_none_or(|over| at < over)
        })
    }

    fn needs_approval(&self, step: &Step, tone: Tone) -> bool {
        step.needs_approval || self.payer.approval_from.is_some_and(|from| tone >= from)
    }

    fn lacks_approval(&self, part: &MessagePart, at: Timestamp) -> bool {
        let Some(step) = self.step(part) else { return false };
        let approved = self.life.approved.get(&(part.receivable, step.id.clone()));
        self.needs_approval(step, step.tone) && approved.is_none_or(|approved| *approved > at)
    }

    /// When a step's day has begun for the business and everywhere they may be.
    fn begins(&self, step: &Step, due_on: Date) -> Timestamp {
        let day = add_days(due_on, i64::from(step.offset_days));
        let places = self.payer.zones.iter().chain([&self.shop.zone]);
        places.map(|zone| start_of_day(day, *zone)).max().unwrap_or(Timestamp::MAX_UTC)
    }

    /// A later step whose day had come when this one was planned: after an outage only the newest is said.
    fn passed_over(&self, part: &MessagePart, owed: &Owed, planned_at: Timestamp) -> Option<&StepId> {
        let planned_by = self.revisions.get(&part.schedule_revision)?;
        let later = planned_by
            .steps()
            .iter()
            .filter(|step| step.offset_days > part.said.offset_days && !step.channel.is_internal());
        let mut due = later.filter(|step| self.begins(step, owed.receivable.due_on) <= planned_at);
        due.next().map(|step| &step.id)
    }

    /// No step a second time, none after a later one, and never more softly than before.
    fn check_order(&self, message: &Message, part: &MessagePart, at: Timestamp) -> Result<(), Broken> {
        for other in self.left.iter().filter(|other| other.id != message.id) {
            let Some(before) = other.handed_over_at.filter(|before| *before <= at) else { continue };
            let about = other
                .parts
                .iter()
                .filter(|said| said.cancelled.is_none() && said.receivable == part.receivable);
            for said in about {
                let told = format!(
                    "{} said {} at {before}, {} says {} at {at}",
                    other.id, said.said.step, message.id, part.said.step
                );
                if said.said.step == part.said.step && other.contact == message.contact {
                    return Err(Broken::truth(Truth::Again, told));
                }
                if said.said.offset_days >= part.said.offset_days {
                    return Err(Broken::truth(Truth::Order, told));
                }
                if message.tone < said.said.tone {
                    return Err(Broken::truth(Truth::Tone, told));
                }
            }
        }
        Ok(())
    }

    /// Every message says why it was sent, every silence why not.
    fn check_reasons(&self) -> Result<(), Broken> {
        for message in &self.chasing {
            let about = message.data["step"].as_str();
            let names_its_step = message.parts.iter().any(|part| Some(part.said.step.as_str()) == about);
            if !names_its_step || !message.data["skipped"].is_array() {
                let what = format!("{} does not say why it was planned: {}", message.id, message.data);
                return Err(Broken::truth(Truth::Why, what));
            }
        }
        for owed in &self.owed {
            let Some(decision) = &owed.receivable.decision else { continue };
            let name = decision["decision"].as_str();
            if !matches!(name, Some("send" | "wait" | "hold" | "done"))
                || (name != Some("send") && decision["reason"].is_null())
            {
                let what = format!("{} does not say why: {decision}", owed.receivable.id);
                return Err(Broken::truth(Truth::Why, what));
            }
        }
        Ok(())
    }

    /// The latest step that came due before all was calm must have been said by now, or a later one, or something must stand
    /// in its way that has a name.
    async fn check_missed(&self, tx: &mut Tx, owed: &Owed, calm_since: Timestamp) -> Result<(), Broken> {
        let Some(schedule) = self.revisions.values().next_back() else { return Ok(()) };
        let (id, due_on) = (owed.receivable.id, owed.receivable.due_on);
        // An edit moves a step by a day: what came due on the last day before the calm is left aside.
        let long_due = calm_since - chrono::TimeDelta::days(2);
        let came_due = schedule.steps().iter().filter(|step| {
            !step.channel.is_internal()
                && add_days(due_on, i64::from(step.offset_days)) > owed.issued_on
                && self.begins(step, due_on) < long_due
        });
        let Some(latest) = came_due.max_by_key(|step| step.offset_days) else { return Ok(()) };
        let place = |name: &StepId| schedule.steps().iter().position(|step| step.id == *name);
        let said = owed.said.iter().any(|step| place(step) >= place(&latest.id));
        if said || self.has_reason(tx, schedule, latest, owed, calm_since).await? {
            return Ok(());
        }
        let what = format!(
            "{id}: nobody said {}, due since {}; decided {:?}, the next look is at {:?}",
            latest.id,
            self.begins(latest, due_on),
            owed.receivable.decision.as_ref().map(ToString::to_string),
            owed.receivable.next_decision_at,
        );
        Err(Broken::truth(Truth::Missed, what))
    }

    async fn has_reason(
        &self,
        tx: &mut Tx,
        schedule: &Schedule,
        latest: &Step,
        owed: &Owed,
        calm_since: Timestamp,
    ) -> Result<bool, Broken> {
        let (id, now) = (owed.receivable.id, self.life.now());
        // What ended during the calm may have left too little of it.
        let touched = |spans: &[Span]| spans.iter().any(|(from, to)| *from < now && *to > calm_since);
        let held = self.held(id, now).is_some()
            || self.holds.iter().any(|hold| {
                hold.hold.receivable.is_none_or(|on| on == id)
                    && (hold.hold.placed_at > calm_since || self.held(id, calm_since).is_some())
            });
        let parked = self.life.parked.get(&id).is_some_and(|spans| touched(spans));
        // Whichever step is the latest now: if it waits for a person, so does the receivable.
        let due = schedule
            .steps()
            .iter()
            .filter(|step| step.offset_days >= latest.offset_days)
            .filter(|step| self.begins(step, owed.receivable.due_on) <= now);
        let unapproved = due.clone().any(|step| {
            let approved = self.life.approved.get(&(id, step.id.clone()));
            self.needs_approval(step, step.tone) && approved.is_none_or(|approved| *approved > calm_since)
        });
        let contact = store::customers::contact(tx, self.shop.business, self.payer.contact).await?;
        let address = contact.and_then(|contact| contact.email).map(|address| address.to_string());
        // Whoever wants no mail gets a letter or a call instead: that is no reason to be silent.
        let closed = self.payer.mail.last() != Some(false)
            && address.is_none_or(|address| self.closed.contains_key(&address));
        // Contacts during the calm push out whatever was to follow them.
        let heard = self.left.iter().filter_map(|message| message.handed_over_at);
        let heard = heard.chain(self.manual.iter().map(|made| made.at)).any(|at| at > calm_since);
        Ok(held
            || parked
            || unapproved
            || closed
            || heard
            || touched(&owed.settled)
            || touched(&owed.under_way))
    }
}

impl Owed {
    async fn read(tx: &mut Tx, shop: &Shop, receivable: Receivable) -> Result<Self, Broken> {
        let mut log = events::of_invoice(tx, shop.business, receivable.invoice, i64::MAX).await?;
        log.reverse();
        let mut settled = Spans::default();
        let mut under_way = Spans::default();
        for event in &log {
            match event.kind {
                EventKind::InvoicePaid | EventKind::InvoiceVoided => settled.begin(event.at),
                EventKind::InvoiceReopened => settled.end(event.at),
                EventKind::AttemptProcessing => under_way.begin(event.at),
                EventKind::AttemptSucceeded | EventKind::AttemptFailed | EventKind::AttemptExpired => {
                    under_way.end(event.at);
                }
                _ => {}
            }
        }
        let issued = log.iter().find(|event| event.kind == EventKind::InvoiceIssued);
        let issued_at = issued.ok_or_else(|| Broken::new("an invoice that was never issued"))?.at;
        let balance = ledger::balance(tx, shop.business, receivable.id).await?;
        let said = receivables::said(tx, shop.business, receivable.id).await?;
        Ok(Self {
            issued_on: civil_date(issued_at, shop.zone),
            is_open: balance.is_some_and(|found| found.balance.open.is_positive()),
            settled: settled.all(),
            under_way: under_way.all(),
            said: said.into_iter().filter(|said| !said.internal).map(|said| said.step).collect(),
            receivable,
        })
    }
}

/// Spans that are told by their beginnings and ends; those that overlap count from the first to the last.
#[derive(Default)]
struct Spans {
    closed: Vec<Span>,
    since: Option<Timestamp>,
    open: u32,
}

impl Spans {
    fn begin(&mut self, at: Timestamp) {
        self.since = self.since.or(Some(at));
        self.open += 1;
    }

    fn end(&mut self, at: Timestamp) {
        self.open = self.open.saturating_sub(1);
        if self.open == 0 {
            self.closed.extend(self.since.take().map(|since| (since, at)));
        }
    }

    fn all(mut self) -> Vec<Span> {
        self.closed.extend(self.since.map(|since| (since, Timestamp::MAX_UTC)));
        self.closed
    }
}

fn is_holiday(country: Country, day: Date) -> bool {
    holidays::around(country, day).contains(&day)
}
