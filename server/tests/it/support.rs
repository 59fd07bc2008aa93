//! What stories begin with: a world, a business in it, a customer, an invoice.

use std::sync::atomic::{AtomicU32, Ordering};

use chrono::Duration;
use domain::ledger::{self, Provider};
use domain::{ContactId, CustomerId, GroupId, InvoiceId, Money, RecurringId, Role, ScheduleId};
use secrecy::SecretString;
use server::env::{Env, Principal};
use server::operations::customers::{ContactInput, CustomerInput};
use server::operations::follow_up::schedules::{self, StepInput};
use server::operations::follow_up::settings::GroupInput;
use server::operations::identity::{Accept, Browser, Invite};
use server::operations::invoices::{DraftInput, LineInput};
use server::operations::record::{Told, record};
use server::operations::recurring::{self, RecurringInput};
use server::operations::setup::NewBusiness;
use server::operations::{customers, follow_up, identity, invoices, setup};
use server::testing::world::World;
use store::Store;
use store::ledger::Posting;
use store::testing::TestStore;

/// The password of everybody in stories.
pub const PASSWORD: &str = "a quiet tidal flat";

/// What this variable says, if it is set: how much is tried.
pub fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, which is no number")))
}

/// A world over the test's database.
pub fn world(store: &TestStore) -> World {
    World::new(Store::clone(store), 7).unwrap()
}

/// A business with its owner.
pub async fn business(env: &Env, name: &str, email: &str) -> Principal {
    let (business, member) =
        setup::add_business(env, &Principal::Operator, new_business(name, email)).await.unwrap();
    Principal::Member { business, member, role: Role::Owner }
}

/// What one types at the first run.
pub fn new_business(name: &str, email: &str) -> NewBusiness {
    NewBusiness {
        business_name: name.to_owned(),
        country: "DE".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: "EUR".to_owned(),
        locale: "en-GB".to_owned(),
        name: "Ada Brandt".to_owned(),
        email: email.to_owned(),
        password: SecretString::from(PASSWORD),
    }
}

/// The same member with another role, as the cookie of somebody else would bring.
pub fn with_role(principal: &Principal, role: Role) -> Principal {
    match principal {
        Principal::Member { business, member, .. } => {
            Principal::Member { business: *business, member: *member, role }
        }
        other => other.clone(),
    }
}

/// The business of a member.
pub fn business_of(principal: &Principal) -> domain::BusinessId {
    let Principal::Member { business, .. } = principal else { panic!("{principal:?} is no member") };
    *business
}

/// Somebody at a browser.
pub fn browser() -> Browser {
    Browser { address: Some("192.0.2.7".to_owned()), user_agent: Some("Story/1".to_owned()) }
}

/// Invites a member and accepts in their place, as the mail's link would let them.
pub async fn joined(env: &Env, owner: &Principal, email: &str, role: &str) -> identity::SignedIn {
    let input = Invite { email: email.to_owned(), role: role.to_owned() };
    let id = identity::invite(env, owner, input).await.unwrap();
    let token = minted(env, id).await;
    let input = Accept { name: "Jonas Feld".to_owned(), password: SecretString::from(PASSWORD) };
    identity::accept_invitation(env, &token, input, browser()).await.unwrap()
}

/// The token that the hand-over of an invitation's mail would mint.
pub async fn minted(env: &Env, id: domain::InvitationId) -> String {
    let mut tx = env.store.begin().await.unwrap();
    let (token, _) = identity::mint_invitation(&mut tx, env, id).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    token.reveal()
}

static FORMS: AtomicU32 = AtomicU32::new(0);

/// What one types for a monthly retainer over 1,190.00 EUR, tax included, from this day on.
pub fn monthly_input(customer: CustomerId, first_on: &str) -> RecurringInput {
    RecurringInput {
        form: format!("frm_monthly_{}", FORMS.fetch_add(1, Ordering::Relaxed)),
        draft: DraftInput {
            customer: customer.to_string(),
            title: "Retainer, {month}".to_owned(),
            currency: "EUR".to_owned(),
            lines: vec![LineInput {
                description: "Care of the website, {period}".to_owned(),
                unit_price: "1000".to_owned(),
                tax_rate: "19".to_owned(),
                ..LineInput::default()
            }],
            ..DraftInput::default()
        },
        cycle: "month".to_owned(),
        every: "1".to_owned(),
        first_on: first_on.to_owned(),
        covers: "ahead".to_owned(),
        ..RecurringInput::default()
    }
}

/// A monthly retainer that begins in a month.
pub async fn monthly(env: &Env, principal: &Principal, customer: CustomerId) -> RecurringId {
    let begins = domain::time::add_days(env.business_now().date_naive(), 30).to_string();
    recurring::create(env, principal, &monthly_input(customer, &begins)).await.unwrap()
}

/// A schedule of a business, with one step.
pub async fn schedule(env: &Env, principal: &Principal) -> ScheduleId {
    let step = StepInput {
        id: "only".to_owned(),
        days: "7".to_owned(),
        when: "after".to_owned(),
        channel: "email".to_owned(),
        tone: "polite".to_owned(),
        ..StepInput::default()
    };
    schedules::create(env, principal, "Slow and kind", &[step]).await.unwrap()
}

/// A group of a business, with nobody in it.
pub async fn group(env: &Env, principal: &Principal) -> GroupId {
    let input = GroupInput { name: "Old friends".to_owned(), ..GroupInput::default() };
    follow_up::settings::create_group(env, principal, &input).await.unwrap()
}

/// What one types for a customer.
pub fn customer_input(name: &str) -> CustomerInput {
    CustomerInput {
        name: name.to_owned(),
        kind: "company".to_owned(),
        address: "Torstraße 88\r\n10119 Berlin".to_owned(),
        country: "DE".to_owned(),
        tax_number: String::new(),
        locale: "en-GB".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        net_days: String::new(),
        preferred_method: String::new(),
    }
}

/// A customer with one contact who receives invoices.
pub async fn customer(env: &Env, principal: &Principal, name: &str, email: &str) -> (CustomerId, ContactId) {
    let contact = ContactInput {
        contact_name: "Lena Morgenrot".to_owned(),
        contact_email: email.to_owned(),
        ..ContactInput::default()
    };
    let id = customers::create(env, principal, customer_input(name), contact).await.unwrap();
    let detail = customers::detail(env, principal, id).await.unwrap();
    (id, detail.contacts[0].id)
}

/// What one types for an invoice over 1,190.00 EUR, tax included.
pub fn draft_input(customer: CustomerId) -> DraftInput {
    DraftInput {
        customer: customer.to_string(),
        title: "Kitchen renovation, March".to_owned(),
        currency: "EUR".to_owned(),
        net_days: "14".to_owned(),
        lines: vec![
            LineInput {
                description: "Consultation".to_owned(),
                quantity: "8".to_owned(),
                unit: "hours".to_owned(),
                unit_price: "100.00".to_owned(),
                tax_rate: "19".to_owned(),
                ..LineInput::default()
            },
            LineInput {
                description: "Materials".to_owned(),
                unit_price: "200".to_owned(),
                tax_rate: "19".to_owned(),
                period_from: "2026-02-01".to_owned(),
                period_to: "2026-02-14".to_owned(),
                ..LineInput::default()
            },
            // What a form leaves behind: no line.
            LineInput { unit: "hours".to_owned(), quantity: "1".to_owned(), ..LineInput::default() },
        ],
        ..DraftInput::default()
    }
}

/// An issued invoice over 1,190.00 EUR, due in 14 days.
pub async fn issued(env: &Env, principal: &Principal, customer: CustomerId) -> InvoiceId {
    let id = invoices::draft(env, principal, draft_input(customer)).await.unwrap();
    invoices::issue(env, principal, id, 1).await.unwrap();
    id
}

/// Money by bank transfer, applied to an invoice, as booking does it.
pub async fn receive(env: &Env, principal: &Principal, invoice: InvoiceId, minor: i64) {
    let business = business_of(principal);
    let mut tx = env.store.begin().await.unwrap();
    let balance = store::ledger::balance_of_invoice(&mut tx, business, invoice).await.unwrap().unwrap();
    let amount = Money::new(minor, balance.balance.open.currency()).unwrap();
    let now = env.business_now();
    let told = Told::new(domain::event::EventKind::PaymentBooked, invoice)
        .customer(balance.customer)
        .invoice(invoice);
    let event = record(&mut tx, env, business, domain::event::Actor::Operator, told);
    let payment = env.new_id();
    let reference = format!("story:{payment}");
    let entry = ledger::payment(Provider::Own, &reference, balance.customer, amount);
    let posting = Posting { id: payment, business, entry: &entry, event, happened_at: now, booked_at: now };
    store::ledger::post(&mut tx, &posting).await.unwrap();
    let entry = ledger::application(payment, balance.customer, balance.receivable, 1, amount);
    store::ledger::post(&mut tx, &Posting { id: env.new_id(), entry: &entry, ..posting }).await.unwrap();
    tx.commit().await.unwrap();
}

/// So many days go by, on both clocks.
pub fn days_go_by(world: &World, days: i64) {
    world.clock.advance(Duration::days(days));
}
