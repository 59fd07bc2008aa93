//! What people say and do about following up, and what happens to the clocks.

use chrono::Duration;
use domain::call::Outcome;
use domain::schedule::{ParkedReason, StepId};
use domain::task::TaskKind;
use domain::time::{add_days, civil_date};
use domain::{HoldId, InvoiceId, ReceivableId, Timestamp};
use store::receivables::Receivable;
use store::tasks::{self, Task};
use store::{events, holds, ledger, receivables};

use super::acts::Act;
use super::people::Shop;
use super::texts::TextDeed;
use super::workday::{WORKERS, Worker, work};
use super::{Broken, Life, Truth};
use crate::operations::consent::{self, Change};
use crate::operations::follow_up::approvals::{self, ApproveError};
use crate::operations::follow_up::contacts_made::{self, CallMade, ContactError, ContactMade, With};
use crate::operations::follow_up::holds::{self as words, HoldError, HoldInput, On};
use crate::workers;

/// What somebody does about one customer.
#[derive(Debug, Clone, Copy)]
pub(super) enum Deed {
    /// A member holds one invoice, or everything.
    Hold { everything: bool },
    /// A member ends a hold.
    EndHold,
    /// A member says a hold with other words.
    ReplaceHold,
    /// A member calls or writes by themselves.
    Contact,
    /// The customer wants no more mail.
    OptOut,
    /// They want it again.
    OptIn,
    /// Something about texts.
    Text(TextDeed),
    /// What the customer owes came by import, as it were.
    Park,
    /// A member lets chasing begin.
    Release,
}

impl Life {
    /// Puts what people will do into the agenda: so much for every invoice.
    pub(super) fn plan_words(&mut self, begins: Timestamp, days: i64, invoices: usize) {
        for _ in 0..invoices {
            let deed = match self.chance.within(0, 99) {
                0..15 => Deed::Hold { everything: true },
                15..40 => Deed::Hold { everything: false },
                40..50 => Deed::ReplaceHold,
                50..74 => Deed::Contact,
                74..82 => Deed::OptOut,
                82..85 => Deed::OptIn,
                _ => Deed::Park,
            };
            let shop = usize::from(self.chance.percent(50));
            let payers: Vec<usize> = (0..self.shops[shop].payers.len()).collect();
            let payer = *self.chance.one(&payers);
            let when = begins + self.chance.days(0, days);
            self.plan(when, Act::Person { shop, payer, deed });
        }
        for shop in 0..self.shops.len() {
            for _ in 0..=days / 150 {
                let when = begins + self.chance.days(10, days.max(11));
                self.plan(when, Act::EditSchedule { shop });
            }
        }
        for _ in 0..=days / 180 {
            let when = begins + self.chance.days(3, days.max(4));
            self.plan(when, Act::ClockBack);
        }
        let when = begins + self.chance.days(days / 4, days / 2);
        self.plan(when, Act::ClockAhead { days: (days / 12).max(2) });
    }

    pub(super) async fn person(&mut self, shop: usize, payer: usize, deed: Deed) -> Result<(), Broken> {
        match deed {
            Deed::Hold { everything } => self.hold(shop, payer, everything).await,
            Deed::EndHold => self.end_hold(shop, payer).await,
            Deed::ReplaceHold => self.replace_hold(shop, payer).await,
            Deed::Contact => self.contact(shop, payer).await,
            Deed::OptOut => self.about_mail(shop, payer, Change::EndMail).await,
            Deed::OptIn => self.about_mail(shop, payer, Change::ResumeMail).await,
            Deed::Text(deed) => self.text_deed(shop, payer, deed).await,
            Deed::Park => self.park(shop, payer).await,
            Deed::Release => self.release(shop, payer).await,
        }
    }

    async fn owed(&self, shop: usize, payer: usize) -> Result<Vec<Receivable>, Broken> {
        let Shop { business, payers, .. } = &self.shops[shop];
        let mut tx = self.env().store.read().await?;
        Ok(receivables::of_customer(&mut tx, *business, payers[payer].customer).await?)
    }

    async fn standing(&self, shop: usize, payer: usize) -> Result<Vec<HoldId>, Broken> {
        let Shop { business, payers, .. } = &self.shops[shop];
        let mut tx = self.env().store.read().await?;
        let found = holds::of_customer(&mut tx, *business, payers[payer].customer).await?;
        Ok(found.iter().filter(|stored| stored.ended.is_none()).map(|stored| stored.hold.id).collect())
    }

    /// A hold as somebody types it.
    fn hold_input(&mut self, shop: usize) -> HoldInput {
        let kind = *self.chance.one(&["promise", "promise", "dispute", "already_paid", "manual"]);
        let last = add_days(civil_date(self.now(), self.shops[shop].zone), self.chance.within(0, 20));
        let open_end = kind != "promise" && self.chance.percent(30);
        HoldInput {
            kind: kind.to_owned(),
            note: "as they said".to_owned(),
            until: if open_end { String::new() } else { last.to_string() },
        }
    }

    async fn hold(&mut self, shop: usize, payer: usize, everything: bool) -> Result<(), Broken> {
        let input = self.hold_input(shop);
        let invoices: Vec<InvoiceId> =
            self.owed(shop, payer).await?.iter().map(|receivable| receivable.invoice).collect();
        let on = if everything || invoices.is_empty() {
            On::Customer(self.shops[shop].payers[payer].customer)
        } else {
            On::Invoices(vec![*self.chance.one(&invoices)])
        };
        words::place(self.env(), &self.shops[shop].owner, &on, &input).await?;
        if self.chance.percent(85) {
            let later = self.chance.days(1, 25);
            self.plan_in(later, Act::Person { shop, payer, deed: Deed::EndHold });
        }
        Ok(())
    }

    async fn end_hold(&mut self, shop: usize, payer: usize) -> Result<(), Broken> {
        let standing = self.standing(shop, payer).await?;
        let Some(hold) = standing.first() else { return Ok(()) };
        words::end(self.env(), &self.shops[shop].owner, *hold).await?;
        Ok(())
    }

    async fn replace_hold(&mut self, shop: usize, payer: usize) -> Result<(), Broken> {
        let standing = self.standing(shop, payer).await?;
        let Some(hold) = standing.last() else { return Ok(()) };
        let input = self.hold_input(shop);
        words::replace(self.env(), &self.shops[shop].owner, *hold, &input).await?;
        Ok(())
    }

    async fn contact(&mut self, shop: usize, payer: usize) -> Result<(), Broken> {
        let made = ContactMade {
            channel: (*self.chance.one(&["call", "email", "letter"])).to_owned(),
            spoke: self.chance.percent(40),
            ..ContactMade::default()
        };
        let with = With::Customer(self.shops[shop].payers[payer].customer);
        contacts_made::note(self.env(), &self.shops[shop].owner, with, &made).await?;
        Ok(())
    }

    /// The customer ends mail or takes it up again: by the way out in a mail, or by telling a member.
    async fn about_mail(&mut self, shop: usize, payer: usize, change: Change) -> Result<(), Broken> {
        let contact = self.shops[shop].payers[payer].contact;
        if self.chance.percent(50) {
            let way_out = consent::way_out(self.env(), contact);
            let token = way_out.rsplit('/').next().unwrap_or_default();
            consent::choose(self.env(), token, change).await?;
        } else {
            consent::change(self.env(), &self.shops[shop].owner, contact, change).await?;
        }
        let now = self.now();
        self.shops[shop].payers[payer].mail.becomes(now, change == Change::ResumeMail);
        Ok(())
    }

    async fn park(&mut self, shop: usize, payer: usize) -> Result<(), Broken> {
        // As a restore does: what is over stays over.
        let owed = self.owed(shop, payer).await?;
        let owed: Vec<ReceivableId> = owed
            .iter()
            .filter(|receivable| receivable.next_decision_at.is_some())
            .map(|receivable| receivable.id)
            .collect();
        let now = self.now();
        let mut tx = self.env().store.begin().await?;
        let business = self.shops[shop].business;
        ledger::take_turn(&mut tx, business, self.shops[shop].payers[payer].customer).await?;
        receivables::park(&mut tx, business, &owed, ParkedReason::Import, now).await?;
        tx.commit().await?;
        for id in owed {
            let spans = self.parked.entry(id).or_default();
            if spans.last().is_none_or(|(_, released)| *released <= now) {
                spans.push((now, Timestamp::MAX_UTC));
            }
        }
        let later = self.chance.days(2, 30);
        self.plan_in(later, Act::Person { shop, payer, deed: Deed::Release });
        Ok(())
    }

    async fn release(&mut self, shop: usize, payer: usize) -> Result<(), Broken> {
        let owed: Vec<ReceivableId> =
            self.owed(shop, payer).await?.iter().map(|receivable| receivable.id).collect();
        let now = self.now();
        let Shop { business, member, .. } = self.shops[shop];
        let mut tx = self.env().store.begin().await?;
        receivables::release(&mut tx, business, &owed, member, now).await?;
        tx.commit().await?;
        for id in owed {
            if let Some((_, released)) = self.parked.entry(id).or_default().last_mut() {
                *released = now.min(*released);
            }
        }
        Ok(())
    }

    /// Somebody deals with what waits for a person, now and then.
    pub(super) async fn deal_with(&mut self, shop: usize, task: &Task) -> Result<(), Broken> {
        match task.kind {
            TaskKind::ApproveStep => self.approve(shop, task).await,
            TaskKind::Call => self.call(shop, task).await,
            TaskKind::ReviewHold if self.chance.percent(60) => {
                let hold = HoldId::from_uuid(task.subject.id);
                match words::end(self.env(), &self.shops[shop].owner, hold).await {
                    Ok(_) | Err(HoldError::Over) => Ok(()),
                    Err(error) => Err(error.into()),
                }
            }
            TaskKind::HandOff | TaskKind::FollowUp | TaskKind::PostLetter | TaskKind::AnswerCustomer => {
                let business = self.shops[shop].business;
                let mut tx = self.env().store.begin().await?;
                tasks::resolve(&mut tx, business, task.id, None, self.now()).await?;
                tx.commit().await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Some approve at once, some late, some never.
    async fn approve(&mut self, shop: usize, task: &Task) -> Result<(), Broken> {
        let step = task.data["step"].as_str().and_then(|step| StepId::parse(step).ok());
        let (Some(step), Some(invoice)) = (step, task.invoice.filter(|_| self.chance.percent(50))) else {
            return Ok(());
        };
        match approvals::approve(self.env(), &self.shops[shop].owner, invoice, &step).await {
            Ok(()) => {}
            Err(ApproveError::NotWaiting) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        let business = self.shops[shop].business;
        let mut tx = self.env().store.read().await?;
        let receivable = receivables::of_invoice(&mut tx, business, invoice).await?;
        drop(tx);
        if let Some(receivable) = receivable {
            self.approved.insert((receivable.id, step), self.now());
        }
        Ok(())
    }

    async fn call(&mut self, shop: usize, task: &Task) -> Result<(), Broken> {
        let outcome =
            *self.chance.one(&[Outcome::NoAnswer, Outcome::WillPay, Outcome::Disputes, Outcome::Refuses]);
        let until = add_days(civil_date(self.now(), self.shops[shop].zone), self.chance.within(1, 9));
        let made = CallMade {
            outcome: outcome.as_str().to_owned(),
            until: if outcome == Outcome::WillPay { until.to_string() } else { String::new() },
            note: "as they said".to_owned(),
        };
        match contacts_made::finish_call(self.env(), &self.shops[shop].owner, task.id, &made).await {
            Ok(_) | Err(ContactError::NotFound) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// The machine's clock is set back, before what is on record, and right again a little later. Meanwhile nothing is sent, and
    /// the workers say so.
    pub(super) async fn clock_back(&mut self) -> Result<(), Broken> {
        let mut tx = self.env().store.read().await?;
        let newest = events::newest_at(&mut tx).await?;
        drop(tx);
        let Some(newest) = newest else { return Ok(()) };
        let right = self.now();
        self.world.clock.set_machine(newest - self.chance.minutes(10, 366 * 24 * 60));
        for worker in [Worker::Planner, Worker::Outbox, Worker::Planner, Worker::Outbox] {
            self.tick_of_the_clock();
            let says_so = match worker {
                Worker::Planner => workers::planner::run_once(self.env()).await?.clock_is_behind,
                _ => workers::outbox::run_once(self.env()).await?.clock_is_behind,
            };
            if !says_so || self.anything_left() {
                let what = format!("at {}, {worker:?} went on, though {newest} is on record", self.now());
                return Err(Broken::truth(Truth::Clock, what));
            }
        }
        self.world.clock.set_machine(right);
        Ok(())
    }

    /// The machine's clock is some time ahead for a moment. What is due by it is said; once the clock is right again, nothing is
    /// until the record is reached.
    pub(super) async fn clock_ahead(&mut self, by: Duration) -> Result<(), Broken> {
        let right = self.now();
        let from = right + by;
        self.world.clock.set_machine(from);
        for worker in [Worker::Planner, Worker::Outbox, Worker::Planner, Worker::Outbox] {
            self.tick_of_the_clock();
            work(self.env().clone(), worker, self.record_until).await?;
        }
        self.wrong_clock.push((from - Duration::seconds(1), self.now() + Duration::seconds(1)));
        let mut tx = self.env().store.read().await?;
        self.record_until = events::newest_at(&mut tx).await?.filter(|newest| *newest > right);
        drop(tx);
        self.world.clock.set_machine(right + Duration::seconds(1));
        Ok(())
    }

    /// When all is told: a clock a year ahead, and back again, says nothing a second time.
    pub(super) async fn a_year_ahead_and_back(&mut self) -> Result<(), Broken> {
        self.clock_ahead(Duration::days(365)).await?;
        self.collect()?;
        for worker in WORKERS {
            work(self.env().clone(), worker, self.record_until).await?;
        }
        if self.record_until.is_some() && self.anything_left() {
            return Err(Broken::truth(Truth::Clock, "something left while the record lay in the future"));
        }
        Ok(())
    }
}
