//! Customers and their contacts.

use domain::customer::CustomerKind;
use domain::event::EventKind;
use domain::invoice::{NetDays, StandingName};
use domain::payment::Method;
use domain::sheet::Party;
use domain::time::civil_date;
use domain::{
    BusinessId, ContactId, Country, CustomerId, EmailAddress, FieldErrors, FieldProblem, Label, Locale,
    LongText, Name, Permission, Phone, ShortText, Zone,
};
use store::consent::Texting;
use store::customers::{self, Contact, Customer, OpenAmount};
use store::{StoreError, Tx, codes, identity, invoices, ledger, receivables};

use super::record::{Facts, Personal, Told, actor, record};
use crate::env::{Env, NotPermitted, Principal};

/// The most overdue invoices that are counted for a page of the list.
const MOST_OVERDUE: i64 = 10_000;

/// How many customers a page of the list holds.
pub const PAGE: i64 = 50;

/// Why a customer or contact was not found, added or changed.
#[derive(Debug, thiserror::Error)]
pub enum CustomerError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such customer or contact in this business.
    #[error("no such customer")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else changed it meanwhile.
    #[error("somebody else changed the customer")]
    Conflict,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A customer, as typed. For a new one the first contact too.
#[derive(Debug, Clone, Default)]
pub struct CustomerInput {
    /// Its name.
    pub name: String,
    /// `company` or `consumer`.
    pub kind: String,
    /// Its postal address, in lines.
    pub address: String,
    /// Two letters.
    pub country: String,
    /// Its tax number.
    pub tax_number: String,
    /// A language tag.
    pub locale: String,
    /// An IANA zone.
    pub time_zone: String,
    /// Days to pay; the business's unless given.
    pub net_days: String,
    /// The name of the method they agreed to pay by, if they did.
    pub preferred_method: String,
}

/// A contact, as typed.
#[derive(Debug, Clone, Default)]
pub struct ContactInput {
    /// Their name.
    pub contact_name: String,
    /// Where to write.
    pub contact_email: String,
    /// Where to call.
    pub contact_phone: String,
    /// Their IANA zone; the customer's unless given.
    pub contact_zone: String,
    /// Their language tag; the customer's unless given.
    pub contact_locale: String,
}

impl ContactInput {
    fn is_blank(&self) -> bool {
        [&self.contact_name, &self.contact_email, &self.contact_phone]
            .iter()
            .all(|text| text.trim().is_empty())
    }
}

/// What a customer's form says, checked.
struct Terms {
    name: Name,
    kind: CustomerKind,
    address: Option<LongText>,
    country: Country,
    tax_number: Option<Label>,
    locale: Locale,
    time_zone: Zone,
    net_days: Option<NetDays>,
    preferred_method: Option<Method>,
}

fn parse_customer(errors: &mut FieldErrors, input: &CustomerInput) -> Option<Terms> {
    let net_days = match input.net_days.trim() {
        "" => Ok(None),
        text => NetDays::parse(text).map(Some),
    };
    let preferred_method = match input.preferred_method.trim() {
        "" => Ok(None),
        name => Method::from_name(name).map(Some).ok_or(FieldProblem::ChoiceUnknown),
    };
    let kind = CustomerKind::from_name(input.kind.trim()).ok_or(FieldProblem::ChoiceUnknown);
    let locale = Locale::find(input.locale.trim()).ok_or(FieldProblem::LanguageUnknown);
    let name = errors.check("name", Name::parse(&input.name));
    let kind = errors.check("kind", kind);
    let address = errors.check("address", address(&input.address));
    let country = errors.check("country", Country::parse(&input.country));
    let tax_number = errors.check("tax_number", Label::parse_optional(&input.tax_number));
    let locale = errors.check("locale", locale);
    let time_zone = errors.check("time_zone", Zone::parse(&input.time_zone));
    let net_days = errors.check("net_days", net_days);
    let preferred_method = errors.check("preferred_method", preferred_method);
    Some(Terms {
        name: name?,
        kind: kind?,
        address: address?,
        country: country?,
        tax_number: tax_number?,
        locale: locale?,
        time_zone: time_zone?,
        net_days: net_days?,
        preferred_method: preferred_method?,
    })
}

/// A postal address: a few lines, each of which fits on an envelope.
pub(super) fn address(text: &str) -> Result<Option<LongText>, FieldProblem> {
    let address = LongText::parse_optional(text)?;
    if let Some(address) = &address {
        let lines = lines_of(address);
        if lines.len() > 8 {
            return Err(FieldProblem::TooMany { max: 8 });
        }
        if address.as_str().lines().any(|line| line.chars().count() > ShortText::MAX_CHARS) {
            return Err(FieldProblem::TooLong { max: ShortText::MAX_CHARS });
        }
    }
    Ok(address)
}

/// The lines of a postal address.
pub(super) fn lines_of(address: &LongText) -> Vec<ShortText> {
    address.as_str().lines().filter_map(|line| ShortText::parse(line).ok()).collect()
}

/// What a contact's form says, checked.
struct Person {
    name: Name,
    email: Option<EmailAddress>,
    phone: Option<Phone>,
    time_zone: Option<Zone>,
    locale: Option<Locale>,
}

fn parse_contact(errors: &mut FieldErrors, input: &ContactInput) -> Option<Person> {
    let time_zone = match input.contact_zone.trim() {
        "" => Ok(None),
        text => Zone::parse(text).map(Some),
    };
    let locale = match input.contact_locale.trim() {
        "" => Ok(None),
        tag => Locale::find(tag).map(Some).ok_or(FieldProblem::LanguageUnknown),
    };
    let name = errors.check("contact_name", Name::parse(&input.contact_name));
    let email = errors.check("contact_email", EmailAddress::parse_optional(&input.contact_email));
    let phone = errors.check("contact_phone", Phone::parse_optional(&input.contact_phone));
    let time_zone = errors.check("contact_zone", time_zone);
    let locale = errors.check("contact_locale", locale);
    Some(Person { name: name?, email: email?, phone: phone?, time_zone: time_zone?, locale: locale? })
}

fn contact_of(env: &Env, business: BusinessId, customer: CustomerId, person: Person) -> Contact {
    Contact {
        id: env.new_id(),
        business,
        customer,
        name: person.name,
        receives_invoices: person.email.is_some(),
        email: person.email,
        phone: person.phone,
        locale: person.locale,
        time_zone: person.time_zone,
        email_opted_out_at: None,
        email_suppressed: None,
        texting: Texting::default(),
        removed_at: None,
        version: 1,
        created_at: env.business_now(),
    }
}

/// Adds a customer, with the first contact if one was typed.
pub async fn create(
    env: &Env,
    principal: &Principal,
    input: CustomerInput,
    contact: ContactInput,
) -> Result<CustomerId, CustomerError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    let mut errors = FieldErrors::new();
    let terms = parse_customer(&mut errors, &input);
    let person = if contact.is_blank() { None } else { parse_contact(&mut errors, &contact) };
    let (Some(terms), true) = (terms, errors.is_empty()) else { return Err(errors.into()) };
    let id = env.new_id();
    let contact = person.map(|person| contact_of(env, business, id, person));
    let (terms, contact) = (&terms, contact.as_ref());
    env.store
        .transact(async |tx| {
            let number = next_number(tx, business).await?;
            let customer = Customer {
                id,
                business,
                number: number.clone(),
                name: terms.name.clone(),
                kind: terms.kind,
                country: terms.country,
                locale: terms.locale,
                time_zone: terms.time_zone,
                address: terms.address.clone(),
                tax_number: terms.tax_number.clone(),
                net_days: terms.net_days,
                preferred_method: terms.preferred_method,
                note: None,
                version: 1,
                created_at: env.business_now(),
            };
            customers::insert_customer(tx, &customer).await?;
            let told = Told::new(EventKind::CustomerCreated, id)
                .customer(id)
                .facts(Facts { number: Some(number.into_string()), ..Facts::default() })
                .personal(Personal { name: Some(customer.name.to_string()), ..Personal::default() });
            record(tx, env, business, actor(principal), told);
            if let Some(contact) = contact {
                insert_contact(tx, env, principal, contact).await?;
            }
            Ok::<_, CustomerError>(())
        })
        .await?;
    Ok(id)
}

/// The next free customer number: `C-0001`. Numbers that are taken already (an import brought them) are passed over.
async fn next_number(tx: &mut Tx, business: BusinessId) -> Result<Label, CustomerError> {
    loop {
        let next = customers::next_number(tx, business, "customer").await?;
        let number =
            Label::parse(&format!("C-{next:04}")).map_err(|problem| FieldErrors::one("number", problem))?;
        if !customers::number_is_taken(tx, business, &number).await? {
            return Ok(number);
        }
    }
}

async fn insert_contact(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    contact: &Contact,
) -> Result<(), StoreError> {
    customers::insert_contact(tx, contact).await?;
    let told = Told::new(EventKind::ContactCreated, contact.id)
        .customer(contact.customer)
        .personal(told_of(contact));
    record(tx, env, contact.business, actor(principal), told);
    Ok(())
}

fn told_of(contact: &Contact) -> Personal {
    Personal {
        name: Some(contact.name.to_string()),
        email: contact.email.as_ref().map(ToString::to_string),
        ..Personal::default()
    }
}

/// Changes a customer, over the version that was read. What is issued already keeps the address it was issued to.
pub async fn update(
    env: &Env,
    principal: &Principal,
    id: CustomerId,
    version: i64,
    input: CustomerInput,
) -> Result<(), CustomerError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    let mut errors = FieldErrors::new();
    let Some(terms) = parse_customer(&mut errors, &input) else { return Err(errors.into()) };
    let terms = &terms;
    env.store
        .transact(async |tx| {
            ledger::take_turn(tx, business, id).await?;
            let found = customers::customer(tx, business, id).await?.ok_or(CustomerError::NotFound)?;
            let changed = Customer {
                name: terms.name.clone(),
                kind: terms.kind,
                country: terms.country,
                locale: terms.locale,
                time_zone: terms.time_zone,
                address: terms.address.clone(),
                tax_number: terms.tax_number.clone(),
                net_days: terms.net_days,
                preferred_method: terms.preferred_method,
                version,
                ..found
            };
            if !customers::update_customer(tx, &changed, env.business_now()).await? {
                return Err(CustomerError::Conflict);
            }
            let told = Told::new(EventKind::CustomerUpdated, id)
                .customer(id)
                .personal(Personal { name: Some(changed.name.to_string()), ..Personal::default() });
            record(tx, env, business, actor(principal), told);
            // Another zone has other hours, another country other holidays and rules.
            receivables::look_again_at_all(tx, business, id, env.business_now()).await?;
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// Adds a contact to a customer. Whoever has an address receives invoices.
pub async fn add_contact(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    input: ContactInput,
) -> Result<ContactId, CustomerError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    let mut errors = FieldErrors::new();
    let Some(person) = parse_contact(&mut errors, &input) else { return Err(errors.into()) };
    let contact = contact_of(env, business, customer, person);
    let contact = &contact;
    env.store
        .transact(async |tx| {
            customers::customer(tx, business, customer).await?.ok_or(CustomerError::NotFound)?;
            insert_contact(tx, env, principal, contact).await?;
            // Invoices that nobody could be written to about may wait for this.
            receivables::look_again_at_all(tx, business, customer, env.business_now()).await?;
            Ok::<_, CustomerError>(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(contact.id)
}

/// Changes a contact, over the version that was read. A new address starts with a clean slate: what the old one bounced
/// says nothing about it. So does a new number: whoever agreed to be texted did so for the old one.
pub async fn update_contact(
    env: &Env,
    principal: &Principal,
    id: ContactId,
    version: i64,
    input: ContactInput,
) -> Result<(), CustomerError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    let mut errors = FieldErrors::new();
    let Some(person) = parse_contact(&mut errors, &input) else { return Err(errors.into()) };
    let person = &person;
    env.store
        .transact(async |tx| {
            let found = customers::contact(tx, business, id).await?.ok_or(CustomerError::NotFound)?;
            let same_address = found.email == person.email;
            let texting =
                if found.phone == person.phone { found.texting.clone() } else { Texting::default() };
            let changed = Contact {
                name: person.name.clone(),
                email: person.email.clone(),
                phone: person.phone.clone(),
                locale: person.locale,
                time_zone: person.time_zone,
                receives_invoices: person.email.is_some(),
                email_suppressed: found.email_suppressed.clone().filter(|_| same_address),
                texting,
                version,
                ..found
            };
            change_contact(tx, env, principal, &changed).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// Removes a contact. What was sent to them stays on record.
pub async fn remove_contact(env: &Env, principal: &Principal, id: ContactId) -> Result<(), CustomerError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    env.store
        .transact(async |tx| {
            let mut contact = customers::contact(tx, business, id).await?.ok_or(CustomerError::NotFound)?;
            if contact.removed_at.is_some() {
                return Ok(());
            }
            contact.removed_at = Some(env.business_now());
            change_contact(tx, env, principal, &contact).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// Changes a contact, in the customer's turn: a message that has not left yet is written to the contact as it is now.
async fn change_contact(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    contact: &Contact,
) -> Result<(), CustomerError> {
    ledger::take_turn(tx, contact.business, contact.customer).await?;
    // Who read a code at the address of before has proven nothing about this one.
    let before =
        customers::contact(tx, contact.business, contact.id).await?.ok_or(CustomerError::NotFound)?;
    let elsewhere = before.email != contact.email || before.phone != contact.phone;
    if elsewhere || contact.removed_at.is_some() {
        codes::end_proofs(tx, contact.id, env.machine_now()).await?;
    }
    if !customers::update_contact(tx, contact, env.business_now()).await? {
        return Err(CustomerError::Conflict);
    }
    let told = Told::new(EventKind::ContactUpdated, contact.id)
        .customer(contact.customer)
        .personal(told_of(contact));
    record(tx, env, contact.business, actor(principal), told);
    receivables::look_again_at_all(tx, contact.business, contact.customer, env.business_now()).await?;
    Ok(())
}

/// A customer in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The customer.
    pub customer: Customer,
    /// Who is written to.
    pub contact: Option<Name>,
    /// What is open, by currency.
    pub open: Vec<OpenAmount>,
    /// How many of their invoices are overdue.
    pub overdue: usize,
}

/// The customers of a business by name, those whose name, number or contact's address contains `search`; `after` is the
/// last one of the page before. One more than [`PAGE`] tells that another page follows.
pub async fn list(
    env: &Env,
    principal: &Principal,
    search: &str,
    after: Option<CustomerId>,
) -> Result<Vec<Listed>, CustomerError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    let found = customers::customers(&mut tx, business, search.trim(), after, PAGE + 1).await?;
    let open = customers::open_amounts(&mut tx, business, None).await?;
    let overdue = overdue(&mut tx, env, business).await?;
    let mut listed = Vec::with_capacity(found.len());
    for customer in found {
        let contacts = customers::contacts(&mut tx, business, customer.id).await?;
        listed.push(Listed {
            contact: recipient(&contacts).or(contacts.first()).map(|contact| contact.name.clone()),
            open: open.iter().filter(|open| open.customer == customer.id).cloned().collect(),
            overdue: overdue.iter().filter(|owes| **owes == customer.id).count(),
            customer,
        });
    }
    Ok(listed)
}

/// The customers of a business's overdue invoices, once for each invoice.
async fn overdue(tx: &mut Tx, env: &Env, business: BusinessId) -> Result<Vec<CustomerId>, CustomerError> {
    let found = identity::business(tx, business).await?.ok_or(CustomerError::NotFound)?;
    let today = civil_date(env.business_now(), found.time_zone);
    let filter = invoices::Filter { standing: Some(StandingName::Overdue), ..Default::default() };
    let rows = invoices::list(tx, business, &filter, today, MOST_OVERDUE).await?;
    Ok(rows.into_iter().map(|row| row.customer).collect())
}

/// Every customer by name, at most a thousand: what an invoice can be written to.
pub async fn choices(env: &Env, principal: &Principal) -> Result<Vec<Customer>, CustomerError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    Ok(customers::customers(&mut tx, business, "", None, 1000).await?)
}

/// A customer with the people there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Detail {
    /// The customer.
    pub customer: Customer,
    /// The people there, in the order they were added.
    pub contacts: Vec<Contact>,
    /// What is open, by currency.
    pub open: Vec<OpenAmount>,
}

/// Shows a customer.
pub async fn detail(env: &Env, principal: &Principal, id: CustomerId) -> Result<Detail, CustomerError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    let customer = customers::customer(&mut tx, business, id).await?.ok_or(CustomerError::NotFound)?;
    Ok(Detail {
        contacts: customers::contacts(&mut tx, business, id).await?,
        open: customers::open_amounts(&mut tx, business, Some(id)).await?,
        customer,
    })
}

/// A customer as an invoice names it.
pub fn party(customer: &Customer, contacts: &[Contact]) -> Party {
    Party {
        name: customer.name.clone(),
        address: customer.address.as_ref().map(lines_of).unwrap_or_default(),
        country: Some(customer.country),
        email: recipient(contacts).and_then(|contact| contact.email.clone()),
        phone: None,
        tax_number: customer.tax_number.clone(),
    }
}

/// The contact who is written to: the first who receives invoices and can be mailed.
pub fn recipient(contacts: &[Contact]) -> Option<&Contact> {
    contacts.iter().find(|contact| contact.receives_invoices && contact.mailable().is_some())
}
