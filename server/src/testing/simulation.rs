//! A simulated year: two businesses, customers all over the world, and everything that goes wrong, from one seed.
//!
//! Production code runs on steerable clocks. Time jumps to the next interesting moment; there customers act, the payment
//! provider tells (once, twice, late, in another order, or never), and the workers run in any order. The relay and the
//! provider fail at random, and a run of a worker may be cut at any commit or outside call: it dies there, or stalls while
//! others go on. Days of downtime come and go. When the time is over, everything calms down for a while, and then
//! [`invariants`] must hold: some are checked on the way too.
//!
//! To add something that may happen: a variant of [`Act`], when it is put into the agenda, and what it does in
//! [`Life::perform`]. To add a truth: a function in [`invariants`].
//!
//! The same seed is the same run. Nothing here may depend on the order of a hash map, on real time, or on how often a
//! future is polled.

mod chance;
mod invariants;
mod people;

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use domain::payment::Method;
use domain::task::TaskKind;
use domain::{InvoiceId, Money, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use store::testing::cut::{Cut, Ran};
use store::{Store, receivables, tasks};

use self::chance::Chance;
use self::people::{Habit, Shop};
use super::gateway::{Fault, webhook_body};
use super::world::World;
use crate::delivery::HandOver;
use crate::env::Env;
use crate::operations::customers;
use crate::operations::invoices::{self, DraftInput, InvoiceError, LineInput};
use crate::operations::payments::{self, StartError, StartPayment};
use crate::webhooks;
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

/// Something that must never be happened, or a part of the simulation that could not do its work.
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

/// What happens at a moment.
#[derive(Debug, Clone)]
enum Act {
    /// The workers run; nothing else happens.
    Tick,
    /// A business issues an invoice.
    Issue { shop: usize, payer: usize },
    /// A business takes one back.
    Void { shop: usize, invoice: InvoiceId },
    /// A customer opens a page to pay.
    Visit { visit: Visit, tries: u32 },
    /// They act on the provider's page.
    Complete { visit: Visit, session: String },
    /// A page closes by itself.
    RunOut { shop: usize, session: String },
    /// Money comes for a page that closed.
    PayLate { shop: usize, session: String },
    /// The bank delivers what was promised, or does not.
    Bank { visit: Visit, intent: String, delivers: bool },
    /// The business gives part of a payment back.
    GiveBack { shop: usize, intent: String },
    /// The provider delivers an event.
    Deliver { shop: usize, event: usize },
    /// Somebody at the businesses looks at what waits for a person.
    Look,
}

/// A customer about to pay.
#[derive(Debug, Clone, Copy)]
struct Visit {
    shop: usize,
    payer: usize,
    invoice: InvoiceId,
    debit: bool,
    part: bool,
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
        let next = agenda.into_iter().chain(planner).min();
        Ok(next.filter(|_| self.now() < self.ends))
    }

    async fn perform(&mut self, act: Act) -> Result<(), Broken> {
        match act {
            Act::Tick => Ok(()),
            Act::Issue { shop, payer } => self.issue(shop, payer).await,
            Act::Void { shop, invoice } => self.void(shop, invoice).await,
            Act::Visit { visit, tries } => self.visit(visit, tries).await,
            Act::Complete { visit, session } => self.complete(visit, &session).await,
            Act::RunOut { shop, session } => {
                let account = self.world.gateways.account(self.shops[shop].business);
                if account.is_open(&session) {
                    account.run_out(&session);
                    if !self.calm && self.chance.percent(8) {
                        let later = self.chance.days(0, 3);
                        self.plan_in(later, Act::PayLate { shop, session });
                    }
                }
                Ok(())
            }
            Act::PayLate { shop, session } => {
                self.world.gateways.account(self.shops[shop].business).pay_late(&session);
                self.report.payments += 1;
                Ok(())
            }
            Act::Bank { visit, intent, delivers } => {
                let account = self.world.gateways.account(self.shops[visit.shop].business);
                if delivers {
                    account.settle(&intent);
                    self.report.payments += 1;
                } else {
                    account.fail(&intent, "insufficient_funds");
                    self.report.returned += 1;
                    let again = Visit { debit: false, ..visit };
                    let later = self.chance.days(1, 20);
                    self.plan_in(later, Act::Visit { visit: again, tries: 0 });
                }
                Ok(())
            }
            Act::GiveBack { shop, intent } => {
                let account = self.world.gateways.account(self.shops[shop].business);
                if let Some(amount) = account.received(&intent) {
                    let part = Money::new((amount.minor() / 3).max(1), amount.currency())?;
                    account.give_back(&intent, part);
                }
                Ok(())
            }
            Act::Deliver { shop, event } => self.deliver(shop, event).await,
            Act::Look => {
                self.look().await?;
                let later = self.chance.days(2, 6);
                self.plan_in(later, Act::Look);
                Ok(())
            }
        }
    }

    async fn issue(&mut self, shop: usize, payer: usize) -> Result<(), Broken> {
        let currency = *self.chance.one(&self.shops[shop].currencies);
        let price = if currency == "JPY" {
            self.chance.within(5_000, 900_000).to_string()
        } else {
            format!("{}.{:02}", self.chance.within(20, 9_000), self.chance.within(0, 99))
        };
        let net_days = *self.chance.one(&[0_i64, 7, 14, 30]);
        let customer = self.shops[shop].payers[payer].customer;
        let line = LineInput {
            description: "Field research".to_owned(),
            quantity: "1".to_owned(),
            unit: "day".to_owned(),
            unit_price: price,
            tax_rate: self.chance.one(&["0", "19", "7"]).to_string(),
            ..LineInput::default()
        };
        let draft = DraftInput {
            customer: customer.to_string(),
            title: "Research".to_owned(),
            currency: currency.to_owned(),
            net_days: net_days.to_string(),
            lines: vec![line],
            ..DraftInput::default()
        };
        let owner = &self.shops[shop].owner;
        let invoice = invoices::draft(self.env(), owner, draft).await?;
        let version = invoices::read(self.env(), owner, invoice).await?.version;
        invoices::issue(self.env(), owner, invoice, version).await?;

        let habit = self.shops[shop].payers[payer].habit;
        let visit = Visit { shop, payer, invoice, debit: false, part: false };
        if self.chance.percent(5) {
            let later = self.chance.days(0, 30);
            self.plan_in(later, Act::Void { shop, invoice });
        }
        let (visits, from, to) = match habit {
            Habit::Prompt => (1, (net_days - 5).max(0), net_days + 2),
            Habit::Late => (1, net_days + 5, net_days + 45),
            Habit::Debit => (1, net_days, net_days + 20),
            Habit::Parts => (3, net_days, net_days + 50),
            Habit::Never => (0, 0, 0),
        };
        for _ in 0..visits {
            let later = self.chance.days(from, to);
            let visit = Visit { debit: habit == Habit::Debit, part: habit == Habit::Parts, ..visit };
            self.plan_in(later, Act::Visit { visit, tries: 0 });
        }
        Ok(())
    }

    async fn void(&mut self, shop: usize, invoice: InvoiceId) -> Result<(), Broken> {
        let owner = &self.shops[shop].owner;
        let version = invoices::read(self.env(), owner, invoice).await?.version;
        match invoices::void(self.env(), owner, invoice, version, "issued by mistake").await {
            Ok(()) | Err(InvoiceError::CannotVoid(_)) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    async fn visit(&mut self, visit: Visit, tries: u32) -> Result<(), Broken> {
        let shop = &self.shops[visit.shop];
        let balance = {
            let mut tx = self.env().store.read().await?;
            store::ledger::balance_of_invoice(&mut tx, shop.business, visit.invoice).await?
        };
        let Some(open) = balance.map(|found| found.balance.open).filter(|open| open.is_positive()) else {
            return Ok(());
        };
        let method = match (visit.debit, open.currency().code()) {
            (true, "EUR") => Method::SepaDebit,
            (true, "USD") => Method::UsBankAccount,
            (true, "GBP") => Method::BacsDebit,
            _ => Method::Card,
        };
        let part = Money::new((open.minor() / 2).max(1), open.currency())?.to_plain();
        let wanted = StartPayment {
            invoices: vec![visit.invoice],
            amount: visit.part.then_some(part),
            locale: people::english(),
            method,
            despite_processing: self.chance.percent(10),
        };
        self.provider_trouble(visit.shop, &["create_customer", "create_checkout"]);
        let env = self.env().clone();
        let payer = self.shops[visit.shop].payers[visit.payer].access.clone();
        let paying = async move { payments::start(&env, &payer, &wanted).await };
        let started = if !self.calm && self.chance.percent(10) {
            // The server dies while the customer waits.
            match Cut::at(self.point(), false, paying).await {
                Ran::Through(started) => started,
                Ran::Stopped(..) => {
                    self.report.deaths += 1;
                    Err(StartError::Unavailable)
                }
            }
        } else {
            paying.await
        };
        match started {
            Ok(started) => {
                let account = self.world.gateways.account(self.shops[visit.shop].business);
                let open = account.open_checkouts();
                let session = open.iter().find(|session| session.url.as_deref() == Some(&started.url[..]));
                let session =
                    session.ok_or_else(|| Broken::new("a customer was sent to a page that is not open"))?;
                let act = Act::Complete { visit, session: session.id.clone() };
                let later = self.chance.minutes(1, 70);
                self.plan_in(later, act);
            }
            Err(
                StartError::Busy
                | StartError::Unavailable
                | StartError::Refused { .. }
                | StartError::OnItsWay { .. },
            ) => {
                if tries < 5 {
                    let later = self.chance.minutes(5, 3000);
                    self.plan_in(later, Act::Visit { visit, tries: tries + 1 });
                }
            }
            // Paid meanwhile, or too little for the provider.
            Err(StartError::NothingOpen | StartError::Fields(_)) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn complete(&mut self, visit: Visit, session: &str) -> Result<(), Broken> {
        let account = self.world.gateways.account(self.shops[visit.shop].business);
        if !account.is_open(session) {
            return Ok(());
        }
        if !self.calm && self.chance.percent(15) {
            // They think better of it, and come back another day.
            let later = self.chance.days(1, 15);
            self.plan_in(later, Act::Visit { visit, tries: 0 });
            return Ok(());
        }
        if visit.debit {
            let intent = account.promise(session);
            let later = self.chance.days(2, 10);
            let delivers = self.chance.percent(70);
            self.plan_in(later, Act::Bank { visit, intent, delivers });
        } else {
            let intent = account.pay(session);
            self.report.payments += 1;
            if self.chance.percent(5) {
                let later = self.chance.days(1, 40);
                self.plan_in(later, Act::GiveBack { shop: visit.shop, intent });
            }
        }
        if self.chance.percent(40) && !self.is_down() {
            let attempt = account.attempt_of(session).ok_or_else(|| Broken::new("a page of nobody's"))?;
            let env = self.env();
            payments::returned(env, &self.shops[visit.shop].payers[visit.payer].access, attempt).await?;
        }
        Ok(())
    }

    async fn deliver(&mut self, shop: usize, event: usize) -> Result<(), Broken> {
        if self.is_down() {
            self.report.lost_webhooks += 1;
            return Ok(());
        }
        let business = self.shops[shop].business;
        let told = self.world.gateways.account(business).told();
        let body = webhook_body(&told[event]);
        let now = self.env().machine_now().timestamp();
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(people::SECRET.as_bytes())?;
        mac.update(format!("{now}.").as_bytes());
        mac.update(&body);
        let header = format!("t={now},v1={}", hex::encode(mac.finalize().into_bytes()));
        webhooks::receive(self.env(), business, Some(header.as_bytes()), &body).await?;
        Ok(())
    }

    /// Somebody finds the address of whoever could not be written to.
    async fn look(&mut self) -> Result<(), Broken> {
        for shop in 0..self.shops.len() {
            let business = self.shops[shop].business;
            let mut tx = self.env().store.read().await?;
            let open = tasks::open(&mut tx, business, 1000).await?;
            drop(tx);
            for task in open.iter().filter(|task| task.kind == TaskKind::FindContact) {
                let payers = &self.shops[shop].payers;
                let Some(at) = payers.iter().position(|payer| task.customer == Some(payer.customer)) else {
                    continue;
                };
                let contact = payers[at].contact;
                let mut tx = self.env().store.read().await?;
                let found = store::customers::contact(&mut tx, business, contact).await?;
                drop(tx);
                let found = found.ok_or_else(|| Broken::new("a contact that is gone"))?;
                self.addresses += 1;
                let person = people::person(at, self.addresses);
                customers::update_contact(
                    self.env(),
                    &self.shops[shop].owner,
                    contact,
                    found.version,
                    person,
                )
                .await?;
                let mut tx = self.env().store.begin().await?;
                tasks::resolve(&mut tx, business, task.id, None, self.now()).await?;
                tx.commit().await?;
            }
        }
        Ok(())
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
