//! A business with a customer, invoices and an account at a provider in memory: where stories begin.

use std::sync::Arc;

use chrono::Duration;
use domain::invoice::Balance;
use domain::payment::{AttemptStatus, Method};
use domain::schedule::{Decision, HoldReason};
use domain::statement::Statement;
use domain::{BusinessId, Currency, CustomerId, InvoiceId, Locale, Money, Permission, Role};
use secrecy::SecretString;
use server::env::{Env, PortalAccess, PortalScope, Principal};
use server::gateway::ProviderEvent;
use server::operations::customers::{self, ContactInput, CustomerInput};
use server::operations::invoices::{self, DraftInput, LineInput};
use server::operations::payments::credit::{self, CreditError, WriteOffInput};
use server::operations::payments::{self, StartError, StartPayment, Started, Wanted};
use server::operations::settings::SettingsInput;
use server::operations::setup::{self, NewBusiness};
use server::operations::statements::{self, Wanted as WantedStatement};
use server::operations::{settings, verify};
use server::testing::gateway::{FakeGateway, webhook_body};
use server::testing::world::World;
use server::webhooks::{self, WebhookError};
use server::workers;
use store::attempts::Attempt;
use store::inbox::Kept;
use store::messages::Message;
use store::tasks::Task;
use store::testing::TestStore;

pub const SECRET: &str = "whsec_of_the_shop_0123456789";

/// A business in the middle of its day.
pub struct Shop {
    pub world: World,
    pub business: BusinessId,
    pub owner: Principal,
    pub customer: CustomerId,
    /// Somebody at the customer, with a link to all of its invoices.
    pub payer: Principal,
}

impl Shop {
    pub async fn open(store: &TestStore) -> Self {
        let world = World::new((**store).clone(), 1).unwrap();
        let (business, owner) = business(&world.env, "Fieldnote Studio", "owner@fieldnote.example").await;
        let customer = customer(&world.env, &owner, "Marsh & Reed").await;
        let payer = payer(&world.env, business, customer, PortalScope::Customer);
        Self { world, business, owner, customer, payer }
    }

    pub fn env(&self) -> &Env {
        &self.world.env
    }

    /// The business's account at the provider.
    pub fn provider(&self) -> Arc<FakeGateway> {
        self.world.gateways.account(self.business)
    }

    /// From here on the customer is another one, of this kind and country.
    pub async fn move_on_to(&mut self, name: &str, kind: &str, country: &str) {
        let input =
            CustomerInput { kind: kind.to_owned(), country: country.to_owned(), ..irish_company(name) };
        self.customer = customers::create(self.env(), &self.owner, input, somebody()).await.unwrap();
        self.payer = payer(self.env(), self.business, self.customer, PortalScope::Customer);
    }

    /// From here on companies and consumers are offered these ways to pay.
    pub async fn take(&self, companies: &[&str], consumers: &[&str]) {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let input = SettingsInput {
            business_name: "Fieldnote Studio".to_owned(),
            reply_to: "owner@fieldnote.example".to_owned(),
            country: "IE".to_owned(),
            time_zone: "Europe/Dublin".to_owned(),
            locale: "en-GB".to_owned(),
            currency: "EUR".to_owned(),
            net_days: "14".to_owned(),
            methods: names(companies),
            consumer_methods: names(consumers),
            ..SettingsInput::default()
        };
        settings::update(self.env(), &self.owner, None, input).await.unwrap();
    }

    /// An issued invoice over this many euros.
    pub async fn invoice(&self, euros: u32) -> InvoiceId {
        self.invoice_in("EUR", &format!("{euros}.00")).await
    }

    pub async fn invoice_in(&self, currency: &str, price: &str) -> InvoiceId {
        let line = LineInput {
            description: "Field research".to_owned(),
            quantity: "1".to_owned(),
            unit: "day".to_owned(),
            unit_price: price.to_owned(),
            ..LineInput::default()
        };
        let draft = DraftInput {
            customer: self.customer.to_string(),
            title: "Research".to_owned(),
            currency: currency.to_owned(),
            lines: vec![line],
            ..DraftInput::default()
        };
        let id = invoices::draft(self.env(), &self.owner, draft).await.unwrap();
        let version = invoices::read(self.env(), &self.owner, id).await.unwrap().version;
        invoices::issue(self.env(), &self.owner, id, version).await.unwrap();
        id
    }

    /// The customer clicks "Pay" for all of these.
    pub async fn pay(&self, invoices: &[InvoiceId], method: Method) -> Result<Started, StartError> {
        let all: Vec<_> = invoices.iter().map(|invoice| (*invoice, None)).collect();
        self.pay_parts(&all, method, false).await
    }

    /// The same for so much of one.
    pub async fn pay_amount(
        &self,
        invoice: InvoiceId,
        method: Method,
        amount: &str,
        despite_excess: bool,
    ) -> Result<Started, StartError> {
        self.pay_parts(&[(invoice, Some(amount))], method, despite_excess).await
    }

    /// The same for so much of each.
    pub async fn pay_parts(
        &self,
        parts: &[(InvoiceId, Option<&str>)],
        method: Method,
        despite_excess: bool,
    ) -> Result<Started, StartError> {
        // Nobody clicks twice in the same instant, and what is listed newest first has an order.
        self.world.clock.advance(Duration::seconds(1));
        let wanted = StartPayment {
            shares: parts
                .iter()
                .map(|(invoice, amount)| Wanted { invoice: *invoice, amount: amount.map(str::to_owned) })
                .collect(),
            locale: Locale::find("en-GB").unwrap(),
            method,
            despite_excess,
            with: None,
            keep: None,
        };
        payments::start(self.env(), &self.payer, &wanted).await
    }

    /// The Checkout Session of the page that was opened.
    pub fn session(&self, started: &Started) -> String {
        let open = self.provider().open_checkouts();
        let session = open.iter().find(|checkout| checkout.url.as_deref() == Some(&started.url[..]));
        session.unwrap().id.clone()
    }

    /// The provider delivers an event, signed now.
    pub async fn deliver(&self, event: &ProviderEvent) -> Result<Kept, WebhookError> {
        let body = webhook_body(event);
        let now = self.env().machine_now().timestamp();
        let signature = sandbox::signature_header(now, &body, &[SECRET]);
        webhooks::receive(self.env(), self.business, Some(signature.as_bytes()), &body).await
    }

    /// The provider delivers everything it has to tell, and it is worked off.
    pub async fn hear(&self) {
        for event in self.provider().told() {
            self.deliver(&event).await.unwrap();
        }
        self.work().await;
    }

    /// Works off what came in.
    pub async fn work(&self) -> workers::inbox::InboxReport {
        workers::inbox::run_once(self.env()).await.unwrap()
    }

    pub async fn balance(&self, invoice: InvoiceId) -> Balance {
        let mut tx = self.env().store.read().await.unwrap();
        store::ledger::balance_of_invoice(&mut tx, self.business, invoice).await.unwrap().unwrap().balance
    }

    /// A member gives up what they see open on an invoice.
    pub async fn give_up(&self, by: &Principal, invoice: InvoiceId, reason: &str) -> Result<(), CreditError> {
        let locale = Locale::find("en-GB").unwrap();
        let input = WriteOffInput {
            amount: self.balance(invoice).await.open.format(locale),
            locale: Some(locale),
            reason: reason.to_owned(),
        };
        credit::write_off(self.env(), by, invoice, &input).await
    }

    /// The customer's money that waits for a use, in euro cents.
    pub async fn credit_cents(&self) -> i64 {
        let mut tx = self.env().store.read().await.unwrap();
        let euro = Currency::EUR;
        store::ledger::unapplied(&mut tx, self.business, self.customer, euro).await.unwrap().minor()
    }

    /// The attempts on an invoice, newest first.
    pub async fn attempts(&self, invoice: InvoiceId) -> Vec<Attempt> {
        let mut tx = self.env().store.read().await.unwrap();
        store::attempts::of_invoice(&mut tx, self.business, invoice).await.unwrap()
    }

    /// Their states, newest first.
    pub async fn states(&self, invoice: InvoiceId) -> Vec<AttemptStatus> {
        self.attempts(invoice).await.iter().map(|attempt| attempt.state.status()).collect()
    }

    /// Why an invoice is held now, if it is.
    pub async fn held(&self, invoice: InvoiceId) -> Option<HoldReason> {
        let detail = invoices::detail(self.env(), &self.owner, invoice).await.unwrap();
        match detail.next {
            Some(Decision::Hold { reason, .. }) => Some(reason),
            _ => None,
        }
    }

    pub async fn tasks(&self) -> Vec<Task> {
        let mut tx = self.env().store.read().await.unwrap();
        store::tasks::open(&mut tx, self.business, 100).await.unwrap()
    }

    pub async fn mails(&self) -> Vec<Message> {
        let mut tx = self.env().store.read().await.unwrap();
        store::messages::of_customer(&mut tx, self.business, self.customer, 100).await.unwrap()
    }

    /// The customer's statement, as they see it themselves.
    pub async fn statement(&self) -> Statement {
        let wanted = WantedStatement::default();
        statements::for_customer(self.env(), &self.payer, self.customer, &wanted).await.unwrap().statement
    }

    /// How many events the inbox holds in each state, as `done 2, ignored 1`.
    pub async fn inbox(&self) -> String {
        let mut tx = self.env().store.read().await.unwrap();
        let counts = store::inbox::counts(&mut tx).await.unwrap();
        counts.iter().map(|(state, count)| format!("{state} {count}")).collect::<Vec<_>>().join(", ")
    }

    /// The chain holds and the ledger agrees with everything derived from it.
    pub async fn assert_sound(&self) {
        for checked in verify::verify(self.env(), &Principal::Operator).await.unwrap() {
            assert_eq!(checked.problems, [], "{}", checked.name);
        }
    }
}

/// Another business of the same installation, with an account of its own.
pub async fn business(env: &Env, name: &str, email: &str) -> (BusinessId, Principal) {
    let new = NewBusiness {
        business_name: name.to_owned(),
        country: "IE".to_owned(),
        time_zone: "Europe/Dublin".to_owned(),
        currency: "EUR".to_owned(),
        locale: "en-GB".to_owned(),
        name: "Orla Quinn".to_owned(),
        email: email.to_owned(),
        password: SecretString::from("a sandpiper on the shore"),
    };
    let (business, member) = setup::add_business(env, &Principal::Operator, new).await.unwrap();
    let owner = Principal::Member { business, member, role: Role::Owner };
    assert!(Role::Owner.may(Permission::EditGateway));
    settings::set_stripe_key(env, &owner, SecretString::from("sk_test_shop0123456789")).await.unwrap();
    settings::set_webhook_secret(env, &owner, SecretString::from(SECRET)).await.unwrap();
    (business, owner)
}

pub async fn customer(env: &Env, owner: &Principal, name: &str) -> CustomerId {
    customers::create(env, owner, irish_company(name), somebody()).await.unwrap()
}

fn irish_company(name: &str) -> CustomerInput {
    CustomerInput {
        name: name.to_owned(),
        kind: "company".to_owned(),
        country: "IE".to_owned(),
        locale: "en-GB".to_owned(),
        time_zone: "Europe/Dublin".to_owned(),
        ..CustomerInput::default()
    }
}

fn somebody() -> ContactInput {
    ContactInput {
        contact_name: "Jo Reed".to_owned(),
        contact_email: "jo@marsh.example".to_owned(),
        ..ContactInput::default()
    }
}

/// Whoever holds a link of this customer's.
pub fn payer(env: &Env, business: BusinessId, customer: CustomerId, scope: PortalScope) -> Principal {
    Principal::Portal(PortalAccess {
        link: env.new_id(),
        business,
        customer,
        contact: None,
        scope,
        session: None,
    })
}

pub fn euros(euros: i64) -> Money {
    Money::new(euros * 100, Currency::EUR).unwrap()
}
