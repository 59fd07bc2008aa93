//! What runs at each moment of a simulated year: what the provider has to tell, the workers in any order with whatever cuts
//! and troubles them, and the relay's view of it.

use std::sync::Arc;

use chrono::Duration;
use domain::Timestamp;
use store::testing::cut::{Cut, Ran};

use super::acts::Act;
use super::{Broken, Life, Truth};
use crate::delivery::HandOver;
use crate::env::Env;
use crate::testing::gateway::Fault;
use crate::workers;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worker {
    Inbox,
    Planner,
    Outbox,
    Sweep,
}

pub(super) const WORKERS: [Worker; 4] = [Worker::Inbox, Worker::Planner, Worker::Outbox, Worker::Sweep];

/// One run of a worker; whether there is reason for another soon. While the record lies in the future, planner and outbox do
/// nothing, and say so; at any other time they must not.
pub(super) async fn work(env: Env, worker: Worker, record_until: Option<Timestamp>) -> Result<bool, Broken> {
    let may_be_behind = || record_until.is_some_and(|until| env.business_now() < until);
    Ok(match worker {
        Worker::Inbox => workers::inbox::run_once(&env).await?.retried > 0,
        Worker::Planner => {
            let planned = workers::planner::run_once(&env).await?;
            if planned.clock_is_behind && may_be_behind() {
                return Ok(false);
            } else if planned.clock_is_behind {
                return Err(Broken::truth(Truth::Clock, "the planner thinks that the clock is behind"));
            }
            planned.more
        }
        Worker::Outbox => {
            let report = workers::outbox::run_once(&env).await?;
            if report.clock_is_behind && may_be_behind() {
                return Ok(false);
            } else if report.clock_is_behind {
                return Err(Broken::truth(Truth::Clock, "the outbox thinks that the clock is behind"));
            }
            report.more || report.put_off + report.waiting + report.cancelled > 0
        }
        Worker::Sweep => {
            let report = workers::sweep::run_once(&env).await?;
            report.attempts_failed + report.accounts_failed + report.drift > 0
        }
    })
}

impl Life {
    /// Pages that nobody completes close after an hour.
    pub(super) fn notice_sessions(&mut self) {
        for shop in 0..self.shops.len() {
            for session in self.world.gateways.account(self.shops[shop].business).open_checkouts() {
                if self.sessions.insert((shop, session.id.clone())) {
                    self.plan_in(Duration::minutes(60), Act::RunOut { shop, session: session.id });
                }
            }
        }
    }

    /// Puts what the provider has to tell on its way: once, twice, late, or never.
    pub(super) fn hear(&mut self) {
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
    pub(super) fn point(&mut self) -> u64 {
        let last = *self.chance.one(&[4, 10, 30]);
        self.chance.within(1, last).unsigned_abs()
    }

    pub(super) async fn work_a_while(&mut self) -> Result<(), Broken> {
        let mut order = WORKERS;
        if !self.calm {
            self.chance.shuffle(&mut order);
        }
        let mut soon = false;
        for worker in order {
            // The sweep asks what nobody told: between two of them much else happens.
            let rarely = worker == Worker::Sweep;
            if !self.calm && self.chance.percent(if rarely { 75 } else { 15 }) {
                soon |= !rarely;
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
        self.world.texter.accept_again();
        for shop in &self.shops {
            self.world.gateways.account(shop.business).forget_faults();
        }
        self.trouble(worker);
        // A process of its own: what it keeps in memory stands still with it, and dies with it.
        let own = Env { intake: Arc::default(), ..self.env().clone() };
        let run = work(own, worker, self.record_until);
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
            work(self.env().clone(), other, self.record_until).await?;
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
            Worker::Outbox => {
                self.relay_trouble();
                self.gateway_trouble();
            }
            Worker::Inbox | Worker::Sweep => {
                let shop = usize::from(self.chance.percent(50));
                self.provider_trouble(shop, &["checkout", "intent", "events", "expire_checkout", "refund"]);
            }
            Worker::Planner => {}
        }
    }

    pub(super) fn provider_trouble(&mut self, shop: usize, calls: &[&'static str]) {
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

    /// Whether something has left that was not collected yet.
    pub(super) fn anything_left(&self) -> bool {
        !self.world.mailer.mails().is_empty() || !self.world.texter.texts_after(self.texts_seen).is_empty()
    }

    /// Takes what left from where it arrived.
    pub(super) fn collect(&mut self) -> Result<(), Broken> {
        self.collect_texts()?;
        self.collect_mails()
    }

    /// No mail arrives twice.
    fn collect_mails(&mut self) -> Result<(), Broken> {
        for mail in self.world.mailer.mails() {
            let raw = String::from_utf8_lossy(&mail.raw);
            let id = raw.lines().find_map(|line| line.strip_prefix("Message-ID: "));
            let id = id.ok_or_else(|| Broken::new("a mail without a Message-ID"))?;
            if !self.arrived.insert(id.to_owned()) {
                return Err(Broken::truth(Truth::Again, format!("{id} arrived twice")));
            }
            self.report.mails += 1;
        }
        self.world.mailer.clear();
        Ok(())
    }
}
