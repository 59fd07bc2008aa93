//! A simulated year: two businesses, customers all over the world, and everything that goes wrong, from one seed.
//!
//! Production code runs on steerable clocks. Time jumps to the next interesting moment; there customers act, the payment
//! provider tells (once, twice, late, in another order, or never), and the workers run in any order. The relay and the
//! provider fail at random, and a run of a worker may be cut at any commit or outside call: it dies there, or stalls while
//! others go on. Days of downtime come and go. When the time is over, everything calms down for a while, and then
//! [`invariants`] must hold: some are checked on the way too.
//!
//! To add something that may happen: a variant of [`acts::Act`], when it is put into the agenda, and what it does in
//! `Life::perform`. To add a truth: a function in [`invariants`].
//!
//! The same seed is the same run. Nothing here may depend on the order of a hash map, on real time, or on how often a
//! future is polled.

mod acts;
mod chance;
mod invariants;
mod people;
mod texts;
mod truths;
mod ways;
mod words;
mod workday;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use chrono::Duration;
use domain::schedule::StepId;
use domain::{ReceivableId, Timestamp};
use store::{Store, receivables};
use tokio::runtime::Builder;

use self::acts::Act;
pub use self::chance::Chance;
use self::people::Shop;
use super::world::World;
use crate::env::Env;

/// The fewest moments between two looks at all truths.
const CHECK_EVERY: usize = 25;

/// How much happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Days in which invoices are issued and things go wrong.
    pub days: i64,
    /// Customers.
    pub customers: usize,
    /// Invoices issued.
    pub invoices: usize,
}

impl Size {
    /// So many years, with ten invoices in a month.
    pub fn years(years: u16) -> Self {
        Self { days: 365 * i64::from(years), customers: 15, invoices: 120 * usize::from(years) }
    }
}

/// What a run was like. A run in which nothing of a kind happened has proved nothing about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Mails that the relay took.
    pub mails: usize,
    /// Texts that the gateway took.
    pub texts: usize,
    /// Texts of theirs in which people wanted no more.
    pub stops: usize,
    /// Letters that somebody was asked to post.
    pub letters: usize,
    /// Steps said.
    pub reminders: usize,
    /// Messages that no longer applied when they were to be handed over.
    pub cancelled: usize,
    /// Messages of which nobody knows.
    pub uncertain: usize,
    /// What waits for a person in the end.
    pub tasks: usize,
    /// Payments the provider took.
    pub payments: usize,
    /// Bank debits that were returned.
    pub returned: usize,
    /// Webhooks that never came.
    pub lost_webhooks: usize,
    /// Runs of workers that died.
    pub deaths: usize,
    /// Runs of workers that stalled and went on.
    pub stalls: usize,
    /// Moments looked at.
    pub steps: usize,
    /// Identifies the record: a digest over all events of all businesses, in their order.
    pub digest: String,
}

/// Something that must never happen, or a part of the simulation that could not do its work.
#[derive(Debug)]
pub struct Broken {
    truth: Option<Truth>,
    what: String,
}

/// What must be true of following up, by a name that a planted fault is found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Truth {
    /// Nothing is handed over out of hours where they are.
    Hours,
    /// Nor on a holiday.
    Holiday,
    /// Nor within the gap of another contact.
    Gap,
    /// Nor in spite of a hold by word.
    HeldByWord,
    /// Nor while a payment is on its way.
    UnderWay,
    /// Nor before somebody released what was parked.
    Parked,
    /// Nor when nothing is open.
    Settled,
    /// Nor to an address that does not exist or does not want it.
    DeadAddress,
    /// Nor by text to somebody who has not agreed to that.
    Consent,
    /// Nor to somebody who had agreed and said stop, but for one word that it was the last.
    Stopped,
    /// Nor more texts in a month than the business pays for.
    TextCap,
    /// A letter is one task for somebody who posts it.
    Posted,
    /// Nor more of them in an hour than the operator allows.
    Cap,
    /// Nor before the step's day.
    Early,
    /// Nor more softly than before.
    Tone,
    /// Nor after a later step.
    Order,
    /// Nor without the approval it needs.
    Unapproved,
    /// Nor twice.
    Again,
    /// After an outage, of all that came due, only the newest.
    LatestOnly,
    /// What came due was said, or a step after it, or a reason stands.
    Missed,
    /// Every message and every silence has its reason on record.
    Why,
    /// Nothing is sent by a clock that stands before the record.
    Clock,
}

impl Broken {
    fn new(what: impl Into<String>) -> Self {
        Self { truth: None, what: what.into() }
    }

    fn truth(truth: Truth, what: impl Into<String>) -> Self {
        Self { truth: Some(truth), what: what.into() }
    }

    /// Which truth about following up is broken, if it is one of those.
    pub const fn of(&self) -> Option<Truth> {
        self.truth
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.truth {
            Some(truth) => write!(f, "{truth:?}: {}", self.what),
            None => f.write_str(&self.what),
        }
    }
}

// `Broken` is not an `Error` itself: that leaves room for this, which makes `?` work on everybody's errors.
impl<E: std::error::Error> From<E> for Broken {
    fn from(error: E) -> Self {
        Self::new(format!("{error} ({error:?})"))
    }
}

/// Lives through one seed on an empty migrated database.
pub async fn simulate(store: Store, seed: u64, size: Size) -> Result<Report, Broken> {
    let mut life = Life::begin(store, seed, size).await?;
    life.run().await?;
    let calm_since = life.calm_down().await?;
    truths::check_said(&life).await?;
    truths::check_nothing_missed(&life, calm_since).await?;
    invariants::check(&life).await?;
    life.a_year_ahead_and_back().await?;
    truths::check_said(&life).await?;
    invariants::count_messages(&mut life).await?;
    life.report.digest = invariants::digest(&life).await?;
    Ok(life.report)
}

/// Lives through seeds, each on an empty database of its own, one after the other on as many threads as there are cores, until
/// one of them breaks a rule. `told` hears of each life that is over.
pub fn live_all(
    seeds: Range<u64>,
    size: Size,
    told: impl Fn(u64, &Report) + Sync,
) -> Result<Vec<Report>, (u64, Broken)> {
    let next = AtomicU64::new(seeds.start);
    let live = |seed| {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async {
            let store = store::testing::sqlite().await;
            simulate(Store::clone(&store), seed, size).await
        })
    };
    let on_one_thread = || {
        let mut reports = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(reports);
            }
            let report = live(seed).map_err(|broken| {
                next.store(seeds.end, Ordering::Relaxed);
                (seed, broken)
            })?;
            told(seed, &report);
            reports.push(report);
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(on_one_thread)).collect();
        let lived: Result<Vec<_>, _> = threads
            .into_iter()
            .map(|thread| thread.join().unwrap_or_else(|panic| resume_unwind(panic)))
            .collect();
        lived.map(|reports| reports.concat())
    })
}

struct Life {
    world: World,
    chance: Chance,
    shops: Vec<Shop>,
    agenda: BTreeMap<(Timestamp, u64), Act>,
    entries: u64,
    ends: Timestamp,
    /// When the whole installation is down.
    outages: Vec<(Timestamp, Timestamp)>,
    /// Nothing goes wrong any more.
    calm: bool,
    /// How many of each provider's events were put on their way.
    heard: Vec<usize>,
    /// The provider's pages that were seen, each in its own shop's account.
    sessions: BTreeSet<(usize, String)>,
    /// The Message-IDs that arrived somewhere.
    arrived: BTreeSet<String>,
    addresses: usize,
    /// How many texts of the gateway were looked at.
    texts_seen: usize,
    /// How many texts came in.
    answers: usize,
    /// How often each number said stop.
    stops: BTreeMap<String, usize>,
    /// When what was parked and until when.
    parked: BTreeMap<ReceivableId, Vec<(Timestamp, Timestamp)>>,
    /// Which step was approved when.
    approved: BTreeMap<(ReceivableId, StepId), Timestamp>,
    /// When the machine's clock was ahead, by that clock.
    wrong_clock: Vec<(Timestamp, Timestamp)>,
    /// Until when the record reaches since the clock was ahead.
    record_until: Option<Timestamp>,
    /// After how many moments all truths are looked at next.
    next_check: usize,
    report: Report,
}

impl Life {
    async fn begin(store: Store, seed: u64, size: Size) -> Result<Self, Broken> {
        let mut world = World::new(store, seed)?;
        // Few enough that it matters in the hour in which a country begins to work.
        world.configure(|settings| settings.chasing_per_hour = 1);
        // With several calls at once, what comes first is up to the machine.
        world.gateways.ask_one_by_one();
        let mut chance = Chance::new(seed);
        let shops = people::settle_in(&world.env, &mut chance, size.customers).await?;
        let begins = world.env.business_now();
        let mut life = Self {
            heard: vec![0; shops.len()],
            world,
            shops,
            agenda: BTreeMap::new(),
            entries: 0,
            ends: begins + Duration::days(size.days),
            outages: Vec::new(),
            calm: false,
            sessions: BTreeSet::new(),
            arrived: BTreeSet::new(),
            addresses: 0,
            texts_seen: 0,
            answers: 0,
            stops: BTreeMap::new(),
            next_check: CHECK_EVERY,
            parked: BTreeMap::new(),
            approved: BTreeMap::new(),
            wrong_clock: Vec::new(),
            record_until: None,
            report: Report::default(),
            chance,
        };
        for _ in 0..size.invoices {
            let when = begins + life.chance.days(0, size.days * 9 / 10);
            let shop = usize::from(life.chance.percent(50)).min(life.shops.len() - 1);
            let payers: Vec<usize> = (0..life.shops[shop].payers.len()).collect();
            let payer = *life.chance.one(&payers);
            life.plan(when, Act::Issue { shop, payer });
        }
        for _ in 0..=size.days / 120 {
            let from = begins + life.chance.days(5, size.days.max(6));
            let long = life.chance.percent(40);
            let for_ = if long { life.chance.days(5, 25) } else { life.chance.minutes(60, 2 * 24 * 60) };
            life.outages.push((from, from + for_));
        }
        life.plan(begins + Duration::days(1), Act::Look);
        life.plan_words(begins, size.days, size.invoices);
        life.plan_text_deeds(begins, size.days, size.invoices);
        Ok(life)
    }

    fn env(&self) -> &Env {
        &self.world.env
    }

    fn now(&self) -> Timestamp {
        self.world.env.business_now()
    }

    fn plan(&mut self, when: Timestamp, act: Act) {
        self.entries += 1;
        self.agenda.insert((when, self.entries), act);
    }

    fn plan_in(&mut self, after: Duration, act: Act) {
        self.plan(self.now() + after, act);
    }

    fn is_down(&self) -> bool {
        let now = self.now();
        !self.calm && self.outages.iter().any(|(from, to)| *from <= now && now < *to)
    }

    async fn run(&mut self) -> Result<(), Broken> {
        while let Some(next) = self.next_moment().await? {
            self.step(next).await?;
            if self.report.steps >= self.next_check {
                // The longer the record, the dearer the look at all of it: the next is so much later.
                self.next_check += CHECK_EVERY.max(self.next_check / 8);
                invariants::check_books(self).await?;
                truths::check_said(self).await?;
            }
        }
        Ok(())
    }

    /// Moves on to a moment, and lets everything happen that is due then.
    async fn step(&mut self, to: Timestamp) -> Result<(), Broken> {
        self.report.steps += 1;
        // Nobody is punctual to the second.
        let late =
            if self.chance.percent(10) { self.chance.minutes(5, 180) } else { self.chance.minutes(0, 5) };
        let forward = (to - self.now()).max(Duration::minutes(1)) + late;
        self.world.clock.advance(forward);
        loop {
            let due =
                self.agenda.first_key_value().map(|(key, _)| *key).filter(|(when, _)| *when <= self.now());
            let Some(act) = due.and_then(|key| self.agenda.remove(&key)) else { break };
            self.tick_of_the_clock();
            if self.is_down()
                && !matches!(
                    act,
                    Act::Tick
                        | Act::Complete { .. }
                        | Act::RunOut { .. }
                        | Act::PayLate { .. }
                        | Act::Bank { .. }
                        | Act::GiveBack { .. }
                        | Act::Deliver { .. }
                        | Act::Report(_)
                )
            {
                // People try again tomorrow; what the provider and the banks do waits for nobody.
                let tomorrow = self.chance.minutes(600, 2000);
                self.plan_in(tomorrow, act);
                continue;
            }
            self.perform(act).await?;
        }
        self.notice_sessions();
        self.hear();
        if !self.is_down() {
            self.work_a_while().await?;
        }
        self.collect()
    }

    /// What happens one after the other does not happen at one instant.
    fn tick_of_the_clock(&self) {
        self.world.clock.advance(Duration::milliseconds(7));
    }

    /// When the planner looks next.
    async fn next_decision(&self) -> Result<Option<Timestamp>, Broken> {
        let far = self.now() + Duration::days(10_000);
        let mut tx = self.env().store.read().await?;
        Ok(receivables::due(&mut tx, far, 1).await?.first().and_then(|next| next.next_decision_at))
    }

    /// The next moment at which anything happens, until all is over.
    async fn next_moment(&self) -> Result<Option<Timestamp>, Broken> {
        let agenda = self.agenda.first_key_value().map(|((when, _), _)| *when);
        let planner = self.next_decision().await?;
        // Whoever is due while everything is down waits until it is up again.
        let up = self
            .outages
            .iter()
            .filter(|(from, to)| *from <= self.now() && self.now() < *to)
            .map(|(_, to)| *to)
            .max();
        // While the record lies in the future, nothing is decided.
        let up = up.into_iter().chain(self.record_until).max();
        let planner = planner.map(|due| up.map_or(due, |up| due.max(up)));
        let next = agenda.into_iter().chain(planner).min();
        Ok(next.filter(|_| self.now() < self.ends))
    }

    /// The time is over: nothing goes wrong any more, pages close, banks decide, and the workers catch up.
    async fn calm_down(&mut self) -> Result<Timestamp, Broken> {
        self.calm = true;
        let left = std::mem::take(&mut self.agenda);
        for act in left.into_values() {
            if matches!(
                act,
                Act::RunOut { .. } | Act::Bank { delivers: true, .. } | Act::Deliver { .. } | Act::Report(_)
            ) {
                self.tick_of_the_clock();
                self.perform(act).await?;
            } else if let Act::Bank { visit, intent, .. } = act {
                self.world
                    .gateways
                    .account(self.shops[visit.shop].business)
                    .fail(&intent, "insufficient_funds");
            }
        }
        let calm_since = self.now().max(self.record_until.unwrap_or(self.now()));
        // Longer than the longest wait between two tries, and than gap, weekend and holidays together.
        let until = calm_since + Duration::days(14);
        while self.now() < until {
            let sooner = self.now() + Duration::hours(5);
            let next = self.next_decision().await?.filter(|due| *due > self.now());
            self.step(next.map_or(sooner, |due| due.min(sooner))).await?;
            let due: Vec<(Timestamp, u64)> = self.agenda.keys().copied().collect();
            for key in due {
                let Some(act) = self.agenda.remove(&key) else { continue };
                if matches!(act, Act::RunOut { .. } | Act::Deliver { .. } | Act::Report(_)) {
                    self.perform(act).await?;
                }
            }
        }
        Ok(calm_since)
    }
}
