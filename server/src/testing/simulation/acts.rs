//! What people, banks and the payment provider do.

use domain::payment::Method;
use domain::task::TaskKind;
use domain::{InvoiceId, Money};
use store::tasks;
use store::testing::cut::{Cut, Ran};

use super::people::{self, Habit};
use super::texts::Told;
use super::words::Deed;
use super::{Broken, Life};
use crate::operations::customers;
use crate::operations::invoices::{self, DraftInput, InvoiceError, LineInput};
use crate::operations::payments::{self, StartError, StartPayment, Wanted};
use crate::testing::gateway::webhook_body;
use crate::testing::stripe_signature;
use crate::webhooks;

/// What happens at a moment.
#[derive(Debug, Clone)]
pub(super) enum Act {
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
    /// The gateway reports about a text.
    Report(Told),
    /// Somebody at the businesses looks at what waits for a person.
    Look,
    /// Somebody has a word about following up.
    Person { shop: usize, payer: usize, deed: Deed },
    /// A business moves the steps of a schedule.
    EditSchedule { shop: usize },
    /// The machine's clock is set back for a moment.
    ClockBack,
    /// It is ahead for a moment, by up to so many days.
    ClockAhead { days: i64 },
}

/// A customer about to pay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Visit {
    pub shop: usize,
    pub payer: usize,
    pub invoice: InvoiceId,
    pub debit: bool,
    pub part: bool,
}

impl Life {
    /// Lets it happen.
    pub(super) async fn perform(&mut self, act: Act) -> Result<(), Broken> {
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
            Act::Report(told) => self.hear_of_text(told).await,
            Act::Person { shop, payer, deed } => self.person(shop, payer, deed).await,
            Act::EditSchedule { shop } => self.edit_schedule(shop).await,
            Act::ClockBack => self.clock_back().await,
            Act::ClockAhead { days } => {
                let by = self.chance.days(1, days);
                self.clock_ahead(by).await
            }
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
        let debits = [Method::SepaDebit, Method::UsBankAccount, Method::BacsDebit];
        let country = shop.payers[visit.payer].country;
        let debit =
            debits.into_iter().find(|debit| debit.works_in(open.currency()) && debit.works_from(country));
        let method = debit.filter(|_| visit.debit).unwrap_or(Method::Card);
        let part = Money::new((open.minor() / 2).max(1), open.currency())?.to_plain();
        let wanted = StartPayment {
            shares: vec![Wanted { invoice: visit.invoice, amount: visit.part.then_some(part) }],
            locale: people::english(),
            method,
            despite_excess: self.chance.percent(10),
            with: None,
            keep: None,
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
                | StartError::MoreThanOpen { .. },
            ) => {
                if tries < 5 {
                    let later = self.chance.minutes(5, 3000);
                    self.plan_in(later, Act::Visit { visit, tries: tries + 1 });
                }
            }
            // Paid meanwhile, or too little for the provider.
            Err(StartError::NothingOpen | StartError::Sum(_)) => {}
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
        let header = stripe_signature(people::SECRET, self.env().machine_now(), &body);
        webhooks::receive(self.env(), business, Some(header.as_bytes()), &body).await?;
        Ok(())
    }

    /// Somebody finds the address of whoever could not be written to, and deals with what else waits.
    async fn look(&mut self) -> Result<(), Broken> {
        for shop in 0..self.shops.len() {
            let business = self.shops[shop].business;
            let mut tx = self.env().store.read().await?;
            let open = tasks::open(&mut tx, business, 1000).await?;
            drop(tx);
            for task in &open {
                if task.kind != TaskKind::FindContact {
                    self.tick_of_the_clock();
                    self.deal_with(shop, task).await?;
                    continue;
                }
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
                let person = people::person(at, self.addresses, found.phone.as_ref());
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
}
