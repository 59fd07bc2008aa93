//! A shop that follows up its invoices: what the stories of reminders and of the outbox have in common.

use chrono::{DateTime, Duration};
use domain::message::MessageKind;
use domain::{CustomerId, InvoiceId, Timestamp};
use sandbox::{Mail, ParsedMail};
use server::delivery::OutgoingMail;
use server::env::{Env, PortalScope};
use server::operations::customers::{self, ContactInput, CustomerInput};
use server::operations::follow_up::planner::Planned;
use server::operations::invoices::{self, DraftInput, LineInput};
use server::operations::outbox::HandedOver;
use server::workers;
use store::messages::Message;
use store::receivables::Receivable;
use store::testing::TestStore;

use crate::shop::{Shop, payer};

/// A shop in Dublin, on Tuesday, 3 March 2026, with an invoice over 100.00 EUR to a customer in a zone of its own, due on
/// Friday the 13th. So its heads-up is due on Tuesday the 10th, the friendly step on Saturday the 14th.
pub struct FollowUp {
    pub shop: Shop,
    pub invoice: InvoiceId,
}

impl FollowUp {
    pub async fn begin(store: &TestStore, zone: &str) -> Self {
        let mut shop = Shop::open(store).await;
        shop.customer = customer_in(&shop, zone, "jo@marsh.example").await;
        shop.payer = payer(shop.env(), shop.business, shop.customer, PortalScope::Customer);
        let invoice = invoice_due_in(&shop, shop.customer, 10).await;
        Self { shop, invoice }
    }

    pub fn env(&self) -> &Env {
        self.shop.env()
    }

    /// Time goes on (or back) to this moment.
    pub fn at(&self, moment: &str) {
        self.shop.world.clock.set_machine(instant(moment));
    }

    pub fn later(&self, by: Duration) {
        self.shop.world.clock.advance(by);
    }

    pub async fn plan(&self) -> Planned {
        workers::planner::run_once(self.env()).await.unwrap()
    }

    pub async fn deliver(&self) -> HandedOver {
        workers::outbox::run_once(self.env()).await.unwrap()
    }

    /// Both workers, once.
    pub async fn tick(&self) -> (Planned, HandedOver) {
        (self.plan().await, self.deliver().await)
    }

    /// What arrived, oldest first.
    pub fn mails(&self) -> Vec<ParsedMail> {
        self.shop.world.mailer.mails().iter().map(parsed).collect()
    }

    /// The messages about the invoice, oldest first.
    pub async fn messages(&self) -> Vec<Message> {
        let mut tx = self.env().store.read().await.unwrap();
        let mut found =
            store::messages::of_invoice(&mut tx, self.shop.business, self.invoice, 100).await.unwrap();
        found.reverse();
        found
    }

    /// The messages to its customer, about whatever, newest first.
    pub async fn customer_messages(&self) -> Vec<Message> {
        let mut tx = self.env().store.read().await.unwrap();
        store::messages::of_customer(&mut tx, self.shop.business, self.shop.customer, 100).await.unwrap()
    }

    /// The reminders about the invoice as `step state`, oldest first.
    pub async fn said(&self) -> Vec<String> {
        let messages = self.messages().await;
        let reminders = messages.iter().filter(|message| message.kind == MessageKind::Reminder);
        reminders.map(|message| format!("{} {}", message.parts[0].said.step, message.state)).collect()
    }

    pub async fn receivable(&self) -> Receivable {
        let mut tx = self.env().store.read().await.unwrap();
        store::receivables::of_invoice(&mut tx, self.shop.business, self.invoice).await.unwrap().unwrap()
    }

    /// One field of the decision that is kept with the receivable.
    pub async fn decision(&self, field: &str) -> String {
        let decision = self.receivable().await.decision.unwrap();
        decision[field].as_str().unwrap_or_default().to_owned()
    }

    /// What waits for a person, by kind, in the order it was raised.
    pub async fn tasks(&self) -> Vec<String> {
        self.shop.tasks().await.iter().map(|task| task.kind.to_string()).collect()
    }
}

pub fn instant(moment: &str) -> Timestamp {
    DateTime::parse_from_rfc3339(moment).unwrap().to_utc()
}

/// A mail as its reader sees it.
pub fn parsed(mail: &OutgoingMail) -> ParsedMail {
    let mail = Mail {
        id: String::new(),
        machine_seconds: 0,
        business_seconds: 0,
        envelope_from: mail.from.clone(),
        envelope_to: vec![mail.to.clone()],
        acknowledged: true,
        raw: mail.raw.clone(),
    };
    mail.parsed()
}

/// The token of the link in a mail.
pub fn token(mail: &ParsedMail) -> String {
    let links = mail.links();
    links.first().unwrap().rsplit('/').next().unwrap().to_owned()
}

pub async fn customer_in(shop: &Shop, zone: &str, email: &str) -> CustomerId {
    let customer = CustomerInput {
        name: "Marsh & Reed".to_owned(),
        kind: "company".to_owned(),
        country: "IE".to_owned(),
        locale: "en-GB".to_owned(),
        time_zone: zone.to_owned(),
        ..CustomerInput::default()
    };
    customers::create(shop.env(), &shop.owner, customer, contact(email)).await.unwrap()
}

pub fn contact(email: &str) -> ContactInput {
    ContactInput {
        contact_name: "Jo Reed".to_owned(),
        contact_email: email.to_owned(),
        ..ContactInput::default()
    }
}

/// An issued invoice over 100.00 EUR.
pub async fn invoice_due_in(shop: &Shop, customer: CustomerId, days: u32) -> InvoiceId {
    let line = LineInput {
        description: "Field research".to_owned(),
        quantity: "1".to_owned(),
        unit: "day".to_owned(),
        unit_price: "100.00".to_owned(),
        ..LineInput::default()
    };
    let draft = DraftInput {
        customer: customer.to_string(),
        title: "Research".to_owned(),
        currency: "EUR".to_owned(),
        net_days: days.to_string(),
        lines: vec![LineInput { tax_rate: "0".to_owned(), ..line }],
        ..DraftInput::default()
    };
    let id = invoices::draft(shop.env(), &shop.owner, draft).await.unwrap();
    let version = invoices::read(shop.env(), &shop.owner, id).await.unwrap().version;
    invoices::issue(shop.env(), &shop.owner, id, version).await.unwrap();
    id
}
