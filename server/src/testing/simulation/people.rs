//! The businesses of a simulated year, their customers, and what those are like.

use domain::schedule::Tone;
use domain::{
    BusinessId, ContactId, Country, CustomerId, GroupId, Locale, MemberId, Phone, ScheduleId, Timestamp, Zone,
};
use secrecy::SecretString;

use super::{Broken, Chance, texts, ways};
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
    /// The owner, as rows name them.
    pub member: MemberId,
    pub zone: Zone,
    /// Its own schedules.
    pub schedules: Vec<ScheduleId>,
    /// The one that customers without another follow; the standard one unless set.
    pub own_schedule: Option<ScheduleId>,
    /// The group of valued customers.
    pub group: Option<GroupId>,
    pub currencies: [&'static str; 2],
    pub payers: Vec<Payer>,
}

/// A customer with its one contact.
#[derive(Debug)]
pub(super) struct Payer {
    pub customer: CustomerId,
    pub contact: ContactId,
    /// Where they are, or may be.
    pub zones: Vec<Zone>,
    pub country: Country,
    /// What they follow; the standard schedule unless set.
    pub schedule: Option<ScheduleId>,
    /// From which tone on they are handled with care.
    pub approval_from: Option<Tone>,
    pub habit: Habit,
    /// Their number.
    pub number: Option<Phone>,
    /// Whether they want mail, as they said it themselves; they do unless they said otherwise.
    pub mail: Wish<bool>,
    /// Likewise for texts; nobody has agreed to them unless they did.
    pub texts: Wish<Texts>,
    /// Whoever holds a link to all of its invoices.
    pub access: Principal,
}

/// What somebody said about being texted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Texts {
    /// Nothing yet, about this number.
    Unasked,
    /// That they want them.
    Agreed,
    /// That they do not want them any more.
    Ended,
}

/// What somebody wants, and since when: each change of mind with its moment.
#[derive(Debug)]
pub(super) struct Wish<T>(Vec<(Timestamp, T)>);

impl<T> Default for Wish<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Copy> Wish<T> {
    /// From now on it is this.
    pub fn becomes(&mut self, now: Timestamp, wish: T) {
        self.0.push((now, wish));
    }

    /// What they had said last before a moment.
    pub fn before(&self, at: Timestamp) -> Option<T> {
        self.0.iter().rev().find(|(since, _)| *since < at).map(|(_, wish)| *wish)
    }

    /// Whether they said this between two moments.
    pub fn was_since(&self, from: Timestamp, to: Timestamp, wish: T) -> bool
    where
        T: PartialEq,
    {
        self.0.iter().any(|(at, said)| from < *at && *at < to && *said == wish)
    }

    /// What they said last.
    pub fn last(&self) -> Option<T> {
        self.0.last().map(|(_, wish)| *wish)
    }
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
        let zone = Zone::parse(zone).map_err(|_| Broken::new("a zone that is not known"))?;
        let mut shop = Shop {
            business,
            owner,
            member,
            zone,
            schedules: Vec::new(),
            own_schedule: None,
            group: None,
            currencies,
            payers: Vec::new(),
        };
        ways::set_up(env, &mut shop, shops.len()).await?;
        shops.push(shop);
    }
    let habits = [Habit::Prompt, Habit::Late, Habit::Debit, Habit::Parts, Habit::Never];
    for at in 0..customers {
        let shop = &mut shops[at % 2];
        let way = ways::of(shop, at / 2);
        let zone = if way.zone_unknown { "America/New_York" } else { *chance.one(&ZONES) };
        let country = if way.zone_unknown { "US" } else { "DE" };
        let input = CustomerInput {
            name: format!("Customer {at}"),
            kind: "company".to_owned(),
            address: if at % 3 == 2 { String::new() } else { format!("{at} Shore Road\r\n18055 Rostock") },
            country: country.to_owned(),
            locale: chance.one(&["en-GB", "en-US", "de-DE"]).to_string(),
            time_zone: zone.to_owned(),
            ..CustomerInput::default()
        };
        let number = number_of(at)?;
        let customer = customers::create(env, &shop.owner, input, person(at, 0, number.as_ref())).await?;
        let detail = customers::detail(env, &shop.owner, customer).await?;
        let contact = detail.contacts.first().ok_or_else(|| Broken::new("a customer without a contact"))?.id;
        let mut texts = Wish::default();
        if number.is_some() && at % 4 != 1 {
            texts::agree(env, &shop.owner, contact).await?;
            texts.becomes(env.business_now(), Texts::Agreed);
        }
        let scope = PortalScope::Customer;
        let access = PortalAccess {
            link: env.new_id(),
            business: shop.business,
            customer,
            contact: None,
            scope,
            session: None,
        };
        ways::agree(env, shop, customer, &way).await?;
        shop.payers.push(Payer {
            customer,
            contact,
            zones: ways::places(&way, zone)?,
            country: Country::from_code(country).ok_or_else(|| Broken::new("a country that is not known"))?,
            schedule: way.schedule.or(way.group_schedule).or(shop.own_schedule),
            approval_from: way.approval_from,
            habit: habits[at % habits.len()],
            number,
            mail: Wish::default(),
            texts,
            access: Principal::Portal(access),
        });
    }
    Ok(shops)
}

/// A customer's number. Some have none; some have the same as a customer of the other business.
fn number_of(customer: usize) -> Result<Option<Phone>, Broken> {
    let line = match customer {
        _ if customer.is_multiple_of(5) => return Ok(None),
        _ if customer % 6 == 3 => customer - 1,
        _ => customer,
    };
    number(line).map(Some)
}

/// The so-manieth number there is.
pub(super) fn number(line: usize) -> Result<Phone, Broken> {
    Phone::parse(&format!("+49151234{line:05}")).map_err(|_| Broken::new("a number that is none"))
}

/// The contact of a customer, at its so-manieth address, with a number.
pub(super) fn person(customer: usize, address: usize, number: Option<&Phone>) -> ContactInput {
    ContactInput {
        contact_name: "Jo Reed".to_owned(),
        contact_email: format!("jo{address}@customer{customer}.example"),
        contact_phone: number.map(ToString::to_string).unwrap_or_default(),
        ..ContactInput::default()
    }
}

/// How amounts are typed.
pub(super) fn english() -> Locale {
    Locale::default()
}
