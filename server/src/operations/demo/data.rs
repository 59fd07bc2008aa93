//! Makes the demo's data by walking through the last eighty days with the same operations that people use: customers are
//! added, invoices written and issued, money comes, reminders go out. Nothing leaves the house on the way: messages of the past
//! are handed to nobody.

use std::sync::Arc;

use chrono::{Duration, NaiveTime};
use domain::event::{Actor, EventKind};
use domain::hold::HoldKind;
use domain::payment::Method;
use domain::time::{civil_date, local_to_utc};
use domain::{
    BusinessId, CustomerId, Date, EmailAddress, FieldErrors, InvoiceId, MoneyError, Name, Role, Timestamp,
    Zone,
};
use secrecy::SecretString;
use store::identity::{self, Member};
use store::{StoreError, invoices};

use super::PASSWORD;
use super::following_up;
use super::past::{PastClock, past};
use super::paying::Till;
use super::recurring::{self, Kept};
use super::sandbox::Sandbox;
use super::stories::{BUSINESSES, BusinessStory, CustomerStory, Fate, InvoiceStory, Line};
use crate::crypto::{CryptoError, SALT_BYTES};
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::bank_accounts::{self, BankAccountInput};
use crate::operations::consent::ConsentError;
use crate::operations::customers::{ContactInput, CustomerError, CustomerInput};
use crate::operations::follow_up::holds::{self, HoldError, HoldInput, On};
use crate::operations::follow_up::planner::PlanError;
use crate::operations::follow_up::schedules::ScheduleError;
use crate::operations::follow_up::settings::FollowUpError;
use crate::operations::invoices::{DraftInput, InvoiceError, LineInput};
use crate::operations::outbox::OutboxError;
use crate::operations::payments::by_hand::HandError;
use crate::operations::payments::credit::CreditError;
use crate::operations::payments::credit_notes::CreditNoteError;
use crate::operations::portal::{self, PortalError};
use crate::operations::record::{Facts, Told, record};
use crate::operations::recurring::RecurringError;
use crate::operations::settings::{SettingsError, SettingsInput};
use crate::operations::setup::{NewBusiness, SetupError};
use crate::operations::statements::StatementError;
use crate::operations::{customers, invoices as billing, settings, setup};
use crate::workers;

/// How far back the demo begins.
const DAYS: i64 = 80;
/// Between so many days ago and so many, Dunlin was switched off: what came due then was said later, and only the newest of
/// it.
const SWITCHED_OFF: std::ops::Range<i64> = 20..29;
/// How far time moves at once.
const STEP: Duration = Duration::hours(3);
/// When the business opens, where it is.
const MORNING: NaiveTime = NaiveTime::from_hms_opt(9, 30, 0).unwrap();

/// Why there are no demo data.
#[derive(Debug, thiserror::Error)]
pub enum FillError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The configuration says that this is no demo.
    #[error("demo data go into a demo only: set `demo = true`")]
    NotDemo,
    /// There is a business already.
    #[error("the database is in use already: demo data go into an empty one")]
    NotEmpty,
    /// A story that the operations refuse: a fault of this module.
    #[error("a story of the demo was refused: {0:?}")]
    Refused(FieldErrors),
    /// The first business could not be made.
    #[error(transparent)]
    Setup(SetupError),
    /// A customer could not be added.
    #[error(transparent)]
    Customer(CustomerError),
    /// An invoice could not be written.
    #[error(transparent)]
    Invoice(#[from] InvoiceError),
    /// A credit note could not be issued.
    #[error(transparent)]
    CreditNote(CreditNoteError),
    /// The settings could not be changed.
    #[error(transparent)]
    Settings(SettingsError),
    /// The follow-up could not be held.
    #[error(transparent)]
    Hold(HoldError),
    /// Money could not be recorded.
    #[error(transparent)]
    Hand(HandError),
    /// An open amount could not be given up.
    #[error(transparent)]
    Credit(CreditError),
    /// How customers are followed up could not be set.
    #[error(transparent)]
    FollowUp(FollowUpError),
    /// A schedule could not be made.
    #[error(transparent)]
    Schedule(ScheduleError),
    /// How a contact is reached could not be set.
    #[error(transparent)]
    Consent(ConsentError),
    /// A recurring invoice could not be set up or written.
    #[error(transparent)]
    Recurring(#[from] RecurringError),
    /// A statement could not be sent.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// A link could not be made.
    #[error(transparent)]
    Portal(#[from] PortalError),
    /// Amounts beyond all bounds.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// A password could not be hashed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The follow-up could not decide.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// The follow-up's mails could not be written.
    #[error(transparent)]
    Outbox(#[from] OutboxError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was made, for whoever wants to look at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filled {
    /// Name, address and role of everybody who can sign in.
    pub people: Vec<(String, String, Role)>,
    /// The password of all of them.
    pub password: &'static str,
    /// A portal link to try, with what it shows.
    pub links: Vec<(String, String)>,
    /// How many customers there are.
    pub customers: usize,
    /// How many invoices there are.
    pub invoices: usize,
}

/// Fills an empty database with two businesses and everything that happened to them.
pub async fn fill(env: &Env, principal: &Principal) -> Result<Filled, FillError> {
    principal.internal()?;
    if !env.settings.demo {
        return Err(FillError::NotDemo);
    }
    if !setup::is_open(env).await? {
        return Err(FillError::NotEmpty);
    }
    let now = env.business_now();
    let clock = Arc::new(PastClock::at(now - Duration::days(DAYS)));
    let past = past(env, &clock);
    let mut made = Vec::new();
    for story in BUSINESSES {
        made.push(Made::begin(&past, story).await?);
    }
    // Invariant: everything before `at` has been lived. Time passes in steps shorter than anybody's business hours, so that
    // reminders go out in those of their readers, as they did in life.
    let mut at = past.business_now();
    loop {
        clock.set(at);
        for business in &mut made {
            business.live_until(&past, now).await?;
        }
        if !SWITCHED_OFF.contains(&(now - at).num_days()) {
            workers::recurring::run_once(&past).await?;
            workers::planner::run_once(&past).await?;
            workers::statements::run_once(&past).await?;
            workers::outbox::run_once(&past).await?;
        }
        if at == now {
            break;
        }
        at = now.min(at + STEP);
    }
    let mut filled =
        Filled { people: Vec::new(), password: PASSWORD, links: Vec::new(), customers: 0, invoices: 0 };
    let sandbox = Sandbox::of(env);
    for business in &mut made {
        if let Some(sandbox) = &sandbox {
            let till = business.till(env);
            for issued in &business.invoices {
                till.pay_today(sandbox, issued).await?;
            }
            till.offer_autopay().await?;
            for (name, charged) in business.story.keeps {
                let customer = business.story.customers.iter().position(|customer| customer.name == *name);
                let customer = customer.and_then(|place| business.customers.get(place));
                till.keep_a_card(sandbox, *customer.ok_or_else(|| refused("customers"))?, *charged).await;
            }
        }
        filled.customers += business.customers.len();
        filled.invoices += business.invoices.len();
        filled.invoices += recurring::written(env, &business.owner, &business.recurring).await?;
        for (name, email, role) in business.story.members {
            let role = Role::from_name(role).unwrap_or(Role::Viewer);
            filled.people.push(((*name).to_owned(), (*email).to_owned(), role));
        }
        filled.links.extend(business.sample_link(env).await?);
    }
    Ok(filled)
}

/// A business while its past is being lived.
struct Made {
    story: &'static BusinessStory,
    id: BusinessId,
    owner: Principal,
    zone: Zone,
    customers: Vec<CustomerId>,
    invoices: Vec<Issued>,
    recurring: Vec<Kept>,
    /// The next day to be lived, counted back from today; `None` when today has been.
    next_day: Option<i64>,
}

/// An invoice of the demo with its story.
pub(super) struct Issued {
    pub(super) story: &'static InvoiceStory,
    pub(super) id: InvoiceId,
    pub(super) customer: CustomerId,
}

impl Made {
    async fn begin(env: &Env, story: &'static BusinessStory) -> Result<Self, FillError> {
        let Some((owner_name, owner_email, _)) = story.members.first() else {
            return Err(refused("members"));
        };
        let input = NewBusiness {
            business_name: story.name.to_owned(),
            country: story.country.to_owned(),
            time_zone: story.time_zone.to_owned(),
            currency: story.currency.to_owned(),
            locale: story.locale.to_owned(),
            name: (*owner_name).to_owned(),
            email: (*owner_email).to_owned(),
            password: SecretString::from(PASSWORD),
        };
        let added = setup::add_business(env, &Principal::Operator, input).await;
        let (id, member) = added.map_err(|error| match error {
            SetupError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Setup(error),
        })?;
        let owner = Principal::Member { business: id, member, role: Role::Owner };
        let zone = Zone::parse(story.time_zone).map_err(|_| refused("time_zone"))?;
        let mut made = Self {
            story,
            id,
            owner,
            zone,
            customers: Vec::new(),
            invoices: Vec::new(),
            recurring: Vec::new(),
            next_day: Some(DAYS),
        };
        made.settle_in(env).await?;
        for (name, email, role) in &story.members[1..] {
            made.add_member(env, name, email, role).await?;
        }
        for customer in story.customers {
            made.add_customer(env, customer).await?;
        }
        let names = story.customers.iter().map(|customer| customer.name);
        let customers = names.zip(made.customers.iter().copied()).collect();
        following_up::arrange(env, &made.owner, story, &customers).await?;
        made.recurring = recurring::set_up(env, &made.owner, story.recurring, &customers, zone).await?;
        Ok(made)
    }

    /// Address, bank account, Stripe account of its own.
    async fn settle_in(&self, env: &Env) -> Result<(), FillError> {
        let story = self.story;
        // One kind of transfer each: to the business's own account, or to one that the provider keeps for the customer.
        let other = if story.transfers == Method::Manual { Method::BankTransfer } else { Method::Manual };
        let methods: Vec<String> = Method::CHOOSABLE
            .into_iter()
            .filter(|method| *method != other)
            .map(|method| method.as_str().to_owned())
            .collect();
        let input = SettingsInput {
            business_name: story.name.to_owned(),
            sender_name: story.name.to_owned(),
            reply_to: story.members.first().map(|(_, email, _)| (*email).to_owned()).unwrap_or_default(),
            phone: story.phone.to_owned(),
            address: story.address.to_owned(),
            country: story.country.to_owned(),
            tax_number: story.tax_number.to_owned(),
            time_zone: story.time_zone.to_owned(),
            locale: story.locale.to_owned(),
            currency: story.currency.to_owned(),
            net_days: "14".to_owned(),
            methods: methods.clone(),
            consumer_methods: methods,
        };
        let settings_error = |error| match error {
            SettingsError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Settings(error),
        };
        settings::update(env, &self.owner, None, input).await.map_err(settings_error)?;
        let (bank_number, bank_routing, bank_name) = story.bank_account;
        let account = BankAccountInput {
            currency: story.currency.to_owned(),
            bank_holder: story.name.to_owned(),
            bank_number: bank_number.to_owned(),
            bank_routing: bank_routing.to_owned(),
            bank_bic: String::new(),
            bank_name: bank_name.to_owned(),
        };
        bank_accounts::save(env, &self.owner, &account).await.map_err(settings_error)?;
        let key = SecretString::from(format!("sk_test_{}", hex::encode(&env.new_token()[..16])));
        settings::set_stripe_key(env, &self.owner, key).await.map_err(settings_error)?;
        let secret = SecretString::from(format!("whsec_{}", hex::encode(env.new_token())));
        settings::set_webhook_secret(env, &self.owner, secret).await.map_err(settings_error)
    }

    async fn add_member(&self, env: &Env, name: &str, email: &str, role: &str) -> Result<(), FillError> {
        let mut salt = [0; SALT_BYTES];
        env.entropy.fill(&mut salt);
        let member = Member {
            id: env.new_id(),
            business: self.id,
            email: EmailAddress::parse(email).map_err(|_| refused("email"))?,
            name: Name::parse(name).map_err(|_| refused("name"))?,
            role: Role::from_name(role).ok_or_else(|| refused("role"))?,
            password_hash: Some(env.keys.hash_password(salt, &SecretString::from(PASSWORD)).await?),
            disabled_at: None,
            last_signed_in_at: None,
            version: 1,
            created_at: env.business_now(),
        };
        let member = &member;
        env.store
            .transact(async |tx| {
                identity::insert_member(tx, member).await?;
                let facts = Facts { role: Some(member.role), ..Facts::default() };
                record(
                    tx,
                    env,
                    self.id,
                    Actor::Operator,
                    Told::new(EventKind::MemberJoined, member.id).facts(facts),
                );
                Ok::<_, FillError>(())
            })
            .await
    }

    async fn add_customer(&mut self, env: &Env, story: &CustomerStory) -> Result<(), FillError> {
        let input = CustomerInput {
            name: story.name.to_owned(),
            kind: story.kind.to_owned(),
            address: story.address.to_owned(),
            country: story.country.to_owned(),
            tax_number: String::new(),
            locale: story.locale.to_owned(),
            time_zone: story.time_zone.to_owned(),
            net_days: story.net_days.to_owned(),
            // Companies at home agreed on bank debit: their pay page says so.
            preferred_method: match (story.country, story.kind) {
                ("DE", "company") => Method::SepaDebit.as_str().to_owned(),
                _ => String::new(),
            },
        };
        let contact = ContactInput {
            contact_name: story.contact.0.to_owned(),
            contact_email: story.contact.1.to_owned(),
            contact_phone: story.phone().to_owned(),
            ..ContactInput::default()
        };
        let created = customers::create(env, &self.owner, input, contact).await;
        let id = created.map_err(|error| match error {
            CustomerError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Customer(error),
        })?;
        self.customers.push(id);
        Ok(())
    }

    /// When the business opened on that day.
    fn morning(&self, now: Timestamp, days_ago: i64) -> Timestamp {
        let day = civil_date(now, self.zone) - Duration::days(days_ago);
        local_to_utc(day.and_time(MORNING), self.zone)
    }

    /// Every day whose morning has come. Today's has by the end, however early it is.
    async fn live_until(&mut self, env: &Env, now: Timestamp) -> Result<(), FillError> {
        while let Some(days_ago) = self.next_day {
            if self.morning(now, days_ago).min(now) > env.business_now() {
                break;
            }
            self.live(env, days_ago).await?;
            self.next_day = (days_ago > 0).then(|| days_ago - 1);
        }
        Ok(())
    }

    /// One day: what is issued and what comes in.
    async fn live(&mut self, env: &Env, days_ago: i64) -> Result<(), FillError> {
        for (at, story) in self.story.customers.iter().enumerate() {
            for invoice in story.invoices.iter().filter(|invoice| invoice.issued_days_ago == days_ago) {
                let Some(customer) = self.customers.get(at).copied() else { continue };
                let id = self.write(env, customer, invoice).await?;
                self.invoices.push(Issued { story: invoice, id, customer });
            }
        }
        for issued in &self.invoices {
            let after = issued.story.issued_days_ago - days_ago;
            match issued.story.fate {
                Fate::Paid(days) if days == after => self.till(env).transfer(issued.id, 100).await?,
                Fate::Partly(days, percent) if days == after => {
                    self.till(env).transfer(issued.id, percent).await?;
                }
                Fate::WrittenOff(days) if days == after => self.till(env).give_up(issued.id).await?,
                Fate::Void(days) if days == after => {
                    let found = billing::read(env, &self.owner, issued.id).await?;
                    let reason = "The figures were last year's";
                    billing::void(env, &self.owner, issued.id, found.version, reason).await?;
                }
                Fate::Credited(days) if days == after => self.till(env).credit(issued.id).await?,
                Fate::Disputed(days) if days == after => {
                    let words = "Two of the signs are for the other house, says Urs Caduff on the phone";
                    self.hold(env, issued, HoldKind::Dispute, words, None).await?;
                }
                Fate::Promised(days, within) if days == after => {
                    let until = civil_date(env.business_now(), self.zone) + Duration::days(within);
                    let words = "Pays after the trade fair";
                    self.hold(env, issued, HoldKind::Promise, words, Some(until)).await?;
                }
                _ => {}
            }
        }
        for invoice in recurring::paid_today(env, &self.owner, &self.recurring, self.zone).await? {
            self.till(env).transfer(invoice, 100).await?;
        }
        Ok(())
    }

    async fn write(
        &self,
        env: &Env,
        customer: CustomerId,
        story: &InvoiceStory,
    ) -> Result<InvoiceId, FillError> {
        let today = civil_date(env.business_now(), self.zone);
        let input = DraftInput {
            customer: customer.to_string(),
            title: story.title.to_owned(),
            currency: story.currency.to_owned(),
            net_days: String::new(),
            purchase_order: story.purchase_order.to_owned(),
            project: story.project.to_owned(),
            lines: story.lines.iter().map(|line| typed(line, story.tax, today)).collect(),
            locale: None,
        };
        let refused = |error| match error {
            InvoiceError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Invoice(error),
        };
        let id = billing::draft(env, &self.owner, input).await.map_err(refused)?;
        if !matches!(story.fate, Fate::Draft) {
            billing::issue(env, &self.owner, id, 1).await.map_err(refused)?;
        }
        Ok(id)
    }

    fn till<'a>(&'a self, env: &'a Env) -> Till<'a> {
        Till { env, business: self.id, owner: &self.owner }
    }

    /// Stops the follow-up of an invoice with somebody's words.
    async fn hold(
        &self,
        env: &Env,
        issued: &Issued,
        kind: HoldKind,
        words: &str,
        until: Option<Date>,
    ) -> Result<(), FillError> {
        let input = HoldInput {
            kind: kind.as_str().to_owned(),
            note: words.to_owned(),
            until: until.map(|day| day.to_string()).unwrap_or_default(),
        };
        let on = On::Invoices(vec![issued.id]);
        holds::place(env, &self.owner, &on, &input).await.map(drop).map_err(|error| match error {
            HoldError::Fields(fields) => FillError::Refused(fields),
            error => FillError::Hold(error),
        })
    }

    /// A link to the invoice that shows most: overdue, and nothing under way.
    async fn sample_link(&self, env: &Env) -> Result<Option<(String, String)>, FillError> {
        let overdue = self.invoices.iter().find(|issued| {
            matches!(issued.story.fate, Fate::Waits) && (15..30).contains(&issued.story.issued_days_ago)
        });
        let Some(issued) = overdue else { return Ok(None) };
        let minted = portal::copy_link(env, &self.owner, issued.id).await?;
        let mut tx = env.store.read().await?;
        let found = invoices::invoice(&mut tx, self.id, issued.id).await?;
        let number = found.and_then(|found| found.state.issued().map(|issued| issued.number.to_string()));
        let what = format!("{}, invoice {}", self.story.name, number.unwrap_or_default());
        Ok(Some((minted.url, what)))
    }
}

pub(super) fn refused(field: &'static str) -> FillError {
    FillError::Refused(FieldErrors::one(field, domain::FieldProblem::ChoiceUnknown))
}

pub(super) fn typed(line: &Line, tax: &str, issued_on: domain::Date) -> LineInput {
    let (description, detail, quantity, unit, unit_price, period) = *line;
    let day = |days_before: i64| (issued_on - Duration::days(days_before)).to_string();
    let (period_from, period_to) = period.map(|(from, to)| (day(from), day(to))).unwrap_or_default();
    LineInput {
        description: description.to_owned(),
        detail: detail.to_owned(),
        quantity: quantity.to_owned(),
        unit: unit.to_owned(),
        unit_price: unit_price.to_owned(),
        tax_rate: tax.to_owned(),
        period_from,
        period_to,
        project: String::new(),
    }
}
