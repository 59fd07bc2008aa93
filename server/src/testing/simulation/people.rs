//! The businesses of a simulated year, their customers, and what those are like.

use domain::{BusinessId, ContactId, CustomerId, Locale, Zone};
use secrecy::SecretString;

use super::{Broken, Chance};
use crate::env::{Env, PortalAccess, PortalScope, Principal};
use crate::operations::customers::{self, ContactInput, CustomerInput};
use crate::operations::settings;
use crate::operations::setup::{self, NewBusiness};

/// What signs the webhooks of both businesses.
pub(super) const SECRET: &str = "whsec_of_the_simulated_year_0123";

/// Zones with something to get wrong: half hours, no midnight on some days, days that were skipped, both hemispheres.
const ZONES: [&str; 10] = [
    "Pacific/Apia",
    "America/New_York",
    "Europe/Berlin",
    "Africa/Cairo",
    "Asia/Kolkata",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Beirut",
    "Pacific/Kiritimati",
    "Pacific/Honolulu",
];

/// How a customer pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Habit {
    /// Around the due date, by card.
    Prompt,
    /// Weeks late.
    Late,
    /// By bank debit, which may be returned.
    Debit,
    /// In parts.
    Parts,
    /// Not at all.
    Never,
}

/// A business.
#[derive(Debug)]
pub(super) struct Shop {
    pub business: BusinessId,
    pub owner: Principal,
    pub currencies: [&'static str; 2],
    pub payers: Vec<Payer>,
}

/// A customer with its one contact.
#[derive(Debug)]
pub(super) struct Payer {
    pub customer: CustomerId,
    pub contact: ContactId,
    pub zone: Zone,
    pub habit: Habit,
    /// Whoever holds a link to all of its invoices.
    pub access: Principal,
}

/// Two businesses on two continents, with so many customers between them, all over the world.
pub(super) async fn settle_in(env: &Env, chance: &mut Chance, customers: usize) -> Result<Vec<Shop>, Broken> {
    let places = [
        ("Fieldnote Studio", "DE", "Europe/Berlin", ["EUR", "GBP"]),
        ("Harbor & Pine", "US", "America/New_York", ["USD", "JPY"]),
    ];
    let mut shops = Vec::new();
    for (name, country, zone, currencies) in places {
        let new = NewBusiness {
            business_name: name.to_owned(),
            country: country.to_owned(),
            time_zone: zone.to_owned(),
            currency: currencies[0].to_owned(),
            locale: "en-GB".to_owned(),
            name: "Orla Quinn".to_owned(),
            email: format!("owner@{}.example", country.to_lowercase()),
            password: SecretString::from("a sandpiper on the shore"),
        };
        let (business, member) = setup::add_business(env, &Principal::Operator, new).await?;
        let owner = Principal::Member { business, member, role: domain::Role::Owner };
        settings::set_stripe_key(env, &owner, SecretString::from("sk_test_simulated0123456789")).await?;
        settings::set_webhook_secret(env, &owner, SecretString::from(SECRET)).await?;
        shops.push(Shop { business, owner, currencies, payers: Vec::new() });
    }
    let habits = [Habit::Prompt, Habit::Late, Habit::Debit, Habit::Parts, Habit::Never];
    for at in 0..customers {
        let shop = &mut shops[at % 2];
        let zone = *chance.one(&ZONES);
        let input = CustomerInput {
            name: format!("Customer {at}"),
            kind: "company".to_owned(),
            country: "DE".to_owned(),
            locale: chance.one(&["en-GB", "en-US", "de-DE"]).to_string(),
            time_zone: zone.to_owned(),
            ..CustomerInput::default()
        };
        let customer = customers::create(env, &shop.owner, input, person(at, 0)).await?;
        let detail = customers::detail(env, &shop.owner, customer).await?;
        let contact = detail.contacts.first().ok_or_else(|| Broken::new("a customer without a contact"))?.id;
        let scope = PortalScope::Customer;
        let access =
            PortalAccess { link: env.new_id(), business: shop.business, customer, contact: None, scope };
        shop.payers.push(Payer {
            customer,
            contact,
            zone: Zone::parse(zone).map_err(|_| Broken::new("a zone that is not known"))?,
            habit: habits[at % habits.len()],
            access: Principal::Portal(access),
        });
    }
    Ok(shops)
}

/// The contact of a customer, at its so-manieth address.
pub(super) fn person(customer: usize, address: usize) -> ContactInput {
    ContactInput {
        contact_name: "Jo Reed".to_owned(),
        contact_email: format!("jo{address}@customer{customer}.example"),
        ..ContactInput::default()
    }
}

/// How amounts are typed.
pub(super) fn english() -> Locale {
    Locale::default()
}
