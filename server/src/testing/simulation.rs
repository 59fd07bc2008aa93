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

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use domain::Timestamp;
use store::testing::cut::{Cut, Ran};
use store::{Store, receivables};

use self::acts::Act;
use self::chance::Chance;
use self::people::Shop;
use super::gateway::Fault;
use super::world::World;
use crate::delivery::HandOver;
use crate::env::Env;
use crate::workers;

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
    /// A year with so many invoices.
    pub const fn year(invoices: usize) -> Self {
        Self { days: 365, customers: 15, invoices }
    }
}

/// What a run was like. A run in which nothing of a kind happened has proved nothing about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Mails that the relay took.
    pub mails: usize,
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
    what: String,
}

impl Broken {
    fn new(what: impl Into<String>) -> Self {
        Self { what: what.into() }
    }
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.what)
    }
}

// `Broken` is not an `Error` itself: that leaves room for this, which makes `?` work on everybody's errors.
impl<E: std::error::Error> From<E> for Broken {
    fn from(error: E) -> Self {
        Self::new(format!("{error} ({error:?})"))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worker {
    Inbox,
    Planner,
    Outbox,
    Sweep,
}

const WORKERS: [Worker; 4] = [Worker::Inbox, Worker::Planner, Worker::Outbox, Worker::Sweep];

/// One run of a worker; whether there is reason for another soon.
async fn work(env: Env, worker: Worker) -> Result<bool, Broken> {
    Ok(match worker {
        Worker::Inbox => workers::inbox::run_once(&env).await?.retried > 0,
        Worker::Planner => {
            let planned = workers::planner::run_once(&env).await?;
            if planned.clock_is_behind {
                return Err(Broken::new("the planner thinks that the clock is behind"));
            }
            planned.more
        }
        Worker::Outbox => {
            let report = workers::outbox::run_once(&env).await?;
            if report.clock_is_behind {
                return Err(Broken::new("the outbox thinks that the clock is behind"));
            }
            report.more || report.put_off + report.waiting + report.cancelled > 0
        }
        Worker::Sweep => {
            let report = workers::sweep::run_once(&env).await?;
            report.attempts_failed + report.accounts_failed + report.drift > 0
        }
    })
}

/// Lives through one seed on an empty migrated database.
pub async fn simulate(store: Store, seed: u64, size: Size) -> Result<Report, Broken> {
    let mut life = Life::begin(store, seed, size).await?;
    life.run().await?;
    life.calm_down().await?;
    invariants::check(&life).await?;
    invariants::count_messages(&mut life).await?;
    life.report.digest = invariants::digest(&life).await?;
    Ok(life.report)
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
    sessions: BTreeSet<String>,
    /// The Message-IDs that arrived somewhere.
    arrived: BTreeSet<String>,
    addresses: usize,
    report: Report,
}

impl Life {
    async fn begin(store: Store, seed: u64, size: Size) -> Result<Self, Broken> {
        let world = World::new(store, seed)?;
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
            if self.report.steps.is_multiple_of(150) {
                invariants::check_books(self).await?;
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
                && matches!(act, Act::Issue { .. } | Act::Void { .. } | Act::Visit { .. } | Act::Look)
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
        self.collect_mails()
    }

    /// What happens one after the other does not happen at one instant.
    fn tick_of_the_clock(&self) {
        self.world.clock.advance(Duration::milliseconds(7));
    }

    /// The next moment at which anything happens, until all is over.
    async fn next_moment(&self) -> Result<Option<Timestamp>, Broken> {
        let agenda = self.agenda.first_key_value().map(|((when, _), _)| *when);
        let far = self.now() + Duration::days(10_000);
        let mut tx = self.env().store.read().await?;
        let planner = receivables::due(&mut tx, far, 1).await?.first().and_then(|next| next.next_decision_at);
        // Whoever is due while everything is down waits until it is up again.
        let up = self
            .outages
            .iter()
            .filter(|(from, to)| *from <= self.now() && self.now() < *to)
            .map(|(_, to)| *to)
            .max();
        let planner = planner.map(|due| up.map_or(due, |up| due.max(up)));
        let next = agenda.into_iter().chain(planner).min();
        Ok(next.filter(|_| self.now() < self.ends))
    }

    /// Pages that nobody completes close after an hour.
    fn notice_sessions(&mut self) {
        for shop in 0..self.shops.len() {
            for session in self.world.gateways.account(self.shops[shop].business).open_checkouts() {
                if self.sessions.insert(session.id.clone()) {
                    self.plan_in(Duration::minutes(60), Act::RunOut { shop, session: session.id });
                }
            }
        }
    }

    /// Puts what the provider has to tell on its way: once, twice, late, or never.
    fn hear(&mut self) {
        for shop in 0..self.shops.len() {
            let told = self.world.gateways.account(self.shops[shop].business).told().len();
            for event in self.heard[shop]..told {
                let deliver = Act::Deliver { shop, event };
                match self.chance.within(0, 99) {
                    0..60 => {
                        let later = self.chance.minutes(0, 10);
                        self.plan_in(later, deliver);
                    }
                    60..72 => {
                        for _ in 0..2 {
                            let later = self.chance.minutes(0, 30);
                            self.plan_in(later, deliver.clone());
                        }
                    }
                    72..85 => {
                        let later = self.chance.minutes(60, 3 * 24 * 60);
                        self.plan_in(later, deliver);
                    }
                    _ => self.report.lost_webhooks += 1,
                }
            }
            self.heard[shop] = told;
        }
    }

    /// At which crash point a run is cut. Most runs pass few.
    fn point(&mut self) -> u64 {
        let last = *self.chance.one(&[4, 10, 30]);
        self.chance.within(1, last).unsigned_abs()
    }

    async fn work_a_while(&mut self) -> Result<(), Broken> {
        let mut order = WORKERS;
        self.chance.shuffle(&mut order);
        let mut soon = false;
        for worker in order {
            if !self.calm && self.chance.percent(15) {
                soon = true;
                continue;
            }
            self.tick_of_the_clock();
            soon |= self.work_once(worker).await?;
        }
        if soon && !self.calm {
            let later = self.chance.minutes(1, 45);
            self.plan_in(later, Act::Tick);
        }
        Ok(())
    }

    async fn work_once(&mut self, worker: Worker) -> Result<bool, Broken> {
        // Trouble that nobody met is over.
        self.world.mailer.accept_again();
        for shop in &self.shops {
            self.world.gateways.account(shop.business).forget_faults();
        }
        self.trouble(worker);
        let run = work(self.env().clone(), worker);
        if self.calm || !self.chance.percent(14) {
            return run.await;
        }
        let may_hold = self.chance.percent(50);
        let stopped = match Cut::at(self.point(), may_hold, run).await {
            Ran::Through(outcome) => return outcome,
            Ran::Stopped(_, stopped) => stopped,
        };
        if !may_hold {
            self.report.deaths += 1;
            return Ok(true);
        }
        // Meanwhile the rest of the world goes on, now and then for longer than its leases last.
        let pause =
            if self.chance.percent(25) { self.chance.minutes(10, 200) } else { self.chance.minutes(0, 3) };
        self.world.clock.advance(pause);
        self.somebody_pays();
        for _ in 0..2 {
            let other = *self.chance.one(&WORKERS);
            self.tick_of_the_clock();
            work(self.env().clone(), other).await?;
        }
        self.tick_of_the_clock();
        if self.chance.percent(30) {
            self.report.deaths += 1;
            return Ok(true);
        }
        self.report.stalls += 1;
        match stopped.go_on().await {
            Ran::Through(outcome) => outcome,
            Ran::Stopped(name, _) => Err(Broken::new(format!("a run stopped twice, at {name}"))),
        }
    }

    /// At this very moment, a card is charged.
    fn somebody_pays(&mut self) {
        for shop in 0..self.shops.len() {
            let account = self.world.gateways.account(self.shops[shop].business);
            if let Some(session) = account.open_checkouts().first().filter(|_| self.chance.percent(60)) {
                account.pay(&session.id);
                self.report.payments += 1;
            }
        }
    }

    fn trouble(&mut self, worker: Worker) {
        match worker {
            Worker::Outbox => self.relay_trouble(),
            Worker::Inbox | Worker::Sweep => {
                let shop = usize::from(self.chance.percent(50));
                self.provider_trouble(shop, &["checkout", "intent", "events", "expire_checkout", "refund"]);
            }
            Worker::Planner => {}
        }
    }

    fn provider_trouble(&mut self, shop: usize, calls: &[&'static str]) {
        if self.calm || !self.chance.percent(8) {
            return;
        }
        let call = *self.chance.one(calls);
        let faults = [Fault::NotSent, Fault::LostRequest, Fault::LostAnswer, Fault::Refuse("api_error")];
        let fault = self.chance.one(&faults).clone();
        self.world.gateways.account(self.shops[shop].business).fail_next(call, fault);
    }

    fn relay_trouble(&mut self) {
        if self.calm || !self.chance.percent(20) {
            return;
        }
        let text = |text: &str| text.to_owned();
        self.world.mailer.answer_next(match self.chance.within(0, 9) {
            0..=4 => HandOver::Retry { reason: text("451 4.3.0 try later") },
            5..=6 => HandOver::Uncertain { reason: text("body: connection lost") },
            7 => HandOver::Refused { reply: text("550 5.7.1 not wanted"), address_is_bad: false },
            8 => HandOver::Refused { reply: text("550 5.1.1 no such user"), address_is_bad: true },
            _ => HandOver::Accepted { reply: text("250 2.0.0 taken") },
        });
    }

    /// No mail arrives twice.
    fn collect_mails(&mut self) -> Result<(), Broken> {
        for mail in self.world.mailer.mails() {
            let raw = String::from_utf8_lossy(&mail.raw);
            let id = raw.lines().find_map(|line| line.strip_prefix("Message-ID: "));
            let id = id.ok_or_else(|| Broken::new("a mail without a Message-ID"))?;
            if !self.arrived.insert(id.to_owned()) {
                return Err(Broken::new(format!("{id} arrived twice")));
            }
            self.report.mails += 1;
        }
        self.world.mailer.clear();
        Ok(())
    }

    /// The time is over: nothing goes wrong any more, pages close, banks decide, and the workers catch up.
    async fn calm_down(&mut self) -> Result<(), Broken> {
        self.calm = true;
        let left = std::mem::take(&mut self.agenda);
        for act in left.into_values() {
            if matches!(act, Act::RunOut { .. } | Act::Bank { delivers: true, .. } | Act::Deliver { .. }) {
                self.tick_of_the_clock();
                self.perform(act).await?;
            } else if let Act::Bank { visit, intent, .. } = act {
                self.world
                    .gateways
                    .account(self.shops[visit.shop].business)
                    .fail(&intent, "insufficient_funds");
            }
        }
        // Longer than the longest wait between two tries.
        for _ in 0..16 {
            self.step(self.now() + Duration::hours(5)).await?;
            let due: Vec<(Timestamp, u64)> = self.agenda.keys().copied().collect();
            for key in due {
                let Some(act) = self.agenda.remove(&key) else { continue };
                if matches!(act, Act::RunOut { .. } | Act::Deliver { .. }) {
                    self.perform(act).await?;
                }
            }
        }
        Ok(())
    }
}
