//! Customers and their contacts.

use domain::customer::CustomerKind;
use domain::invoice::NetDays;
use domain::payment::Method;
use domain::sms::ConsentSource;
use domain::{
    BusinessId, ContactId, Country, Currency, CustomerId, EmailAddress, Label, Locale, LongText, Money, Name,
    Phone, ShortText, Timestamp, Zone,
};
use uuid::Uuid;

use crate::consent::{Consent, Texting};
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// Who owes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// The business it is a customer of.
    pub business: BusinessId,
    /// Its number, unique in the business.
    pub number: Label,
    /// Its name.
    pub name: Name,
    /// A person or a company.
    pub kind: CustomerKind,
    /// Where it is.
    pub country: Country,
    /// The language it is written to in.
    pub locale: Locale,
    /// Where its people are.
    pub time_zone: Zone,
    /// Its postal address.
    pub address: Option<LongText>,
    /// Its tax number.
    pub tax_number: Option<Label>,
    /// How long it has to pay; the business's term unless agreed.
    pub net_days: Option<NetDays>,
    /// How it agreed to pay.
    pub preferred_method: Option<Method>,
    /// What the business wants to remember. Never shown to the customer.
    pub note: Option<LongText>,
    /// Counts changes, so that two who edit at once notice.
    pub version: i64,
    /// When it was added.
    pub created_at: Timestamp,
}

row! {
    struct CustomerRow {
        id: Uuid,
        business_id: Uuid,
        number: String,
        name: String,
        kind: String,
        country: String,
        locale: String,
        time_zone: String,
        address: String,
        tax_number: Option<String>,
        net_days: Option<i64>,
        preferred_method: Option<String>,
        note: String,
        version: i64,
        created_at: Timestamp,
    }
}

impl TryFrom<CustomerRow> for Customer {
    type Error = StoreError;

    fn try_from(row: CustomerRow) -> Result<Self, StoreError> {
        let id = CustomerId::from_uuid(row.id);
        let read = Reading { table: "customer", row: id };
        let net_days = match row.net_days {
            None => None,
            Some(days) => Some(read.known("net_days", u16::try_from(days).ok().and_then(NetDays::new))?),
        };
        let preferred_method = match row.preferred_method {
            None => None,
            Some(name) => Some(read.known("preferred_method", Method::from_name(&name))?),
        };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            number: read.value("number", Label::parse(&row.number))?,
            name: read.value("name", Name::parse(&row.name))?,
            kind: read.known("kind", CustomerKind::from_name(&row.kind))?,
            country: read.known("country", Country::from_code(&row.country))?,
            locale: read.known("locale", Locale::find(&row.locale))?,
            time_zone: read.value("time_zone", Zone::parse(&row.time_zone))?,
            address: read.value("address", LongText::parse_optional(&row.address))?,
            tax_number: read
                .value("tax_number", Label::parse_optional(row.tax_number.as_deref().unwrap_or("")))?,
            net_days,
            preferred_method,
            note: read.value("note", LongText::parse_optional(&row.note))?,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// Adds a customer. Refused by `customer_business_id_number_key` when the number is taken.
pub async fn insert_customer(tx: &mut Tx, customer: &Customer) -> Result<(), StoreError> {
    let sql = "INSERT INTO customer (id, business_id, number, name, kind, country, locale, time_zone, address, tax_number,
                   net_days, preferred_method, note, version, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, 1, $14, $14)";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(customer.id.uuid())
            .bind(customer.business.uuid())
            .bind(customer.number.as_str())
            .bind(customer.name.as_str())
            .bind(customer.kind.as_str())
            .bind(customer.country.code())
            .bind(customer.locale.tag())
            .bind(customer.time_zone.name())
            .bind(customer.address.as_ref().map_or("", LongText::as_str))
            .bind(customer.tax_number.as_ref().map(Label::as_str))
            .bind(customer.net_days.map(|days| i64::from(days.days())))
            .bind(customer.preferred_method.map(Method::as_str))
            .bind(customer.note.as_ref().map_or("", LongText::as_str))
            .bind(customer.created_at)
    )?;
    Ok(())
}

/// Writes a customer's data over the version that was read. `false` when somebody else was first.
pub async fn update_customer(tx: &mut Tx, customer: &Customer, now: Timestamp) -> Result<bool, StoreError> {
    let sql =
        "UPDATE customer SET number = $4, name = $5, kind = $6, country = $7, locale = $8, time_zone = $9,
                   address = $10, tax_number = $11, net_days = $12, preferred_method = $13, note = $14,
                   version = version + 1, updated_at = $15
               WHERE id = $1 AND business_id = $2 AND version = $3";
    let updated = execute!(
        tx,
        sqlx::query(sql)
            .bind(customer.id.uuid())
            .bind(customer.business.uuid())
            .bind(customer.version)
            .bind(customer.number.as_str())
            .bind(customer.name.as_str())
            .bind(customer.kind.as_str())
            .bind(customer.country.code())
            .bind(customer.locale.tag())
            .bind(customer.time_zone.name())
            .bind(customer.address.as_ref().map_or("", LongText::as_str))
            .bind(customer.tax_number.as_ref().map(Label::as_str))
            .bind(customer.net_days.map(|days| i64::from(days.days())))
            .bind(customer.preferred_method.map(Method::as_str))
            .bind(customer.note.as_ref().map_or("", LongText::as_str))
            .bind(now)
    )?;
    Ok(updated == 1)
}

/// A customer of a business.
pub async fn customer(
    tx: &mut Tx,
    business: BusinessId,
    id: CustomerId,
) -> Result<Option<Customer>, StoreError> {
    let sql = "SELECT * FROM customer WHERE id = $1 AND business_id = $2";
    let row: Option<CustomerRow> = on!(tx, connection =>
        sqlx::query_as(sql).bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Customer::try_from).transpose()
}

/// These customers, of whatever businesses, in no order.
pub(crate) async fn many(tx: &mut Tx, ids: &[Uuid]) -> Result<Vec<Customer>, StoreError> {
    let rows: Vec<CustomerRow> = on_ids!(tx, ids, listed, connection => sqlx::query_as(
        concat!("SELECT * FROM customer WHERE id ", listed!())).bind(listed).fetch_all(connection))?;
    rows.into_iter().map(Customer::try_from).collect()
}

/// Whether a number is in use in a business.
pub async fn number_is_taken(tx: &mut Tx, business: BusinessId, number: &Label) -> Result<bool, StoreError> {
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM customer WHERE business_id = $1 AND number = $2";
    let count: i64 = on!(tx, connection =>
        sqlx::query_scalar(sql).bind(business.uuid()).bind(number.as_str()).fetch_one(connection))?;
    Ok(count > 0)
}

/// The customers of a business whose name, number or contact's address contains a text, by name. `after` is the last one
/// of the page before.
pub async fn customers(
    tx: &mut Tx,
    business: BusinessId,
    search: &str,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<Customer>, StoreError> {
    let sql = "SELECT * FROM customer c
               WHERE c.business_id = $1
                 AND ($2 = '' OR lower(c.name) LIKE lower($3) ESCAPE '\\' OR lower(c.number) LIKE lower($3) ESCAPE '\\'
                      OR EXISTS (SELECT 1 FROM contact k WHERE k.customer_id = c.id AND k.removed_at IS NULL
                                   AND lower(k.email) LIKE lower($3) ESCAPE '\\'))
                 AND ($4 IS NULL OR (c.name, c.id) > (SELECT p.name, p.id FROM customer p WHERE p.id = $4))
               ORDER BY c.name, c.id LIMIT $5";
    let rows: Vec<CustomerRow> = on!(tx, connection => sqlx::query_as(sql)
        .bind(business.uuid())
        .bind(search)
        .bind(containing(search))
        .bind(after.map(CustomerId::uuid))
        .bind(limit)
        .fetch_all(connection))?;
    rows.into_iter().map(Customer::try_from).collect()
}

/// A pattern for `LIKE … ESCAPE '\'` that matches what contains the text.
pub(crate) fn containing(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// What is open of a customer's issued invoices, by currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenAmount {
    /// The customer.
    pub customer: CustomerId,
    /// How many invoices are open.
    pub invoices: i64,
    /// What is open on them.
    pub open: Money,
}

row! {
    struct OpenAmountRow {
        customer_id: Uuid,
        currency: String,
        invoices: i64,
        open_minor: i64,
    }
}

/// What every customer of a business has open, or one of them.
pub async fn open_amounts(
    tx: &mut Tx,
    business: BusinessId,
    customer: Option<CustomerId>,
) -> Result<Vec<OpenAmount>, StoreError> {
    let sql = "SELECT x.customer_id, x.currency, CAST(COUNT(*) AS BIGINT) AS invoices,
                   CAST(SUM(x.open_minor) AS BIGINT) AS open_minor
               FROM (SELECT a.customer_id, a.currency,
                         COALESCE((SELECT CAST(SUM(d.amount_minor) AS BIGINT) FROM transfer d
                                   WHERE d.debit_account_id = a.id), 0)
                         - COALESCE((SELECT CAST(SUM(c.amount_minor) AS BIGINT) FROM transfer c
                                     WHERE c.credit_account_id = a.id), 0) AS open_minor
                     FROM account a
                     WHERE a.business_id = $1 AND a.kind = 'receivable' AND ($2 IS NULL OR a.customer_id = $2)) x
               WHERE x.open_minor > 0
               GROUP BY x.customer_id, x.currency ORDER BY x.customer_id, x.currency";
    let rows: Vec<OpenAmountRow> = on!(tx, connection => sqlx::query_as(sql)
        .bind(business.uuid())
        .bind(customer.map(CustomerId::uuid))
        .fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let id = CustomerId::from_uuid(row.customer_id);
            let read = Reading { table: "account", row: id };
            let currency = read.known("currency", Currency::from_code(&row.currency))?;
            let open = read.value("open_minor", Money::new(row.open_minor, currency))?;
            Ok(OpenAmount { customer: id, invoices: row.invoices, open })
        })
        .collect()
}

/// A person at a customer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Their id.
    pub id: ContactId,
    /// The business.
    pub business: BusinessId,
    /// The customer they are at.
    pub customer: CustomerId,
    /// What they are called.
    pub name: Name,
    /// Where to write.
    pub email: Option<EmailAddress>,
    /// Where to call.
    pub phone: Option<Phone>,
    /// Their language; the customer's unless set.
    pub locale: Option<Locale>,
    /// Where they are; where the customer is unless set.
    pub time_zone: Option<Zone>,
    /// Whether invoices and what follows them are sent to them.
    pub receives_invoices: bool,
    /// Since when they want no e-mail.
    pub email_opted_out_at: Option<Timestamp>,
    /// Since when nothing is sent to their address, and why.
    pub email_suppressed: Option<(Timestamp, String)>,
    /// Whether their number may be texted.
    pub texting: Texting,
    /// When they were removed. Kept for what was sent to them.
    pub removed_at: Option<Timestamp>,
    /// Counts changes.
    pub version: i64,
    /// When they were added.
    pub created_at: Timestamp,
}

impl Contact {
    /// Where mail may go now: they are still there, and neither opted out nor is the address known to be bad.
    pub fn mailable(&self) -> Option<&EmailAddress> {
        let allowed =
            self.removed_at.is_none() && self.email_opted_out_at.is_none() && self.email_suppressed.is_none();
        self.email.as_ref().filter(|_| allowed)
    }

    /// Where a text message may go now: they are still there, agreed to it, did not end it, and the number takes texts.
    pub fn textable(&self) -> Option<&Phone> {
        self.phone.as_ref().filter(|_| self.removed_at.is_none() && self.texting.is_allowed())
    }
}

row! {
    pub(crate) struct ContactRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        name: String,
        email: Option<String>,
        phone: Option<String>,
        locale: Option<String>,
        time_zone: Option<String>,
        receives_invoices: bool,
        email_opted_out_at: Option<Timestamp>,
        email_suppressed_at: Option<Timestamp>,
        email_suppressed_reason: Option<String>,
        sms_consent_at: Option<Timestamp>,
        sms_consent_source: Option<String>,
        sms_consent_text: Option<String>,
        sms_opted_out_at: Option<Timestamp>,
        sms_suppressed_at: Option<Timestamp>,
        sms_suppressed_reason: Option<String>,
        removed_at: Option<Timestamp>,
        version: i64,
        created_at: Timestamp,
    }
}

impl TryFrom<ContactRow> for Contact {
    type Error = StoreError;

    fn try_from(row: ContactRow) -> Result<Self, StoreError> {
        let id = ContactId::from_uuid(row.id);
        let read = Reading { table: "contact", row: id };
        let locale = match row.locale {
            None => None,
            Some(tag) => Some(read.known("locale", Locale::find(&tag))?),
        };
        let time_zone = match row.time_zone {
            None => None,
            Some(name) => Some(read.value("time_zone", Zone::parse(&name))?),
        };
        let consent = match (row.sms_consent_at, row.sms_consent_source, row.sms_consent_text) {
            (Some(at), Some(source), Some(text)) => {
                let source = read.known("sms_consent_source", ConsentSource::from_name(&source))?;
                Some(Consent { at, source, text })
            }
            _ => None,
        };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            name: read.value("name", Name::parse(&row.name))?,
            email: read.value("email", EmailAddress::parse_optional(row.email.as_deref().unwrap_or("")))?,
            phone: read.value("phone", Phone::parse_optional(row.phone.as_deref().unwrap_or("")))?,
            locale,
            time_zone,
            receives_invoices: row.receives_invoices,
            email_opted_out_at: row.email_opted_out_at,
            email_suppressed: row.email_suppressed_at.zip(row.email_suppressed_reason),
            texting: Texting {
                consent,
                opted_out_at: row.sms_opted_out_at,
                suppressed: row.sms_suppressed_at.zip(row.sms_suppressed_reason),
            },
            removed_at: row.removed_at,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// Adds a contact.
pub async fn insert_contact(tx: &mut Tx, contact: &Contact) -> Result<(), StoreError> {
    let sql = "INSERT INTO contact (id, business_id, customer_id, name, email, phone, locale, time_zone, receives_invoices,
                   sms_consent_at, sms_consent_source, sms_consent_text, version, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $11, $12, $13, 1, $10, $10)";
    let consent = contact.texting.consent.as_ref();
    execute!(
        tx,
        sqlx::query(sql)
            .bind(contact.id.uuid())
            .bind(contact.business.uuid())
            .bind(contact.customer.uuid())
            .bind(contact.name.as_str())
            .bind(contact.email.as_ref().map(EmailAddress::as_str))
            .bind(contact.phone.as_ref().map(Phone::as_str))
            .bind(contact.locale.map(Locale::tag))
            .bind(contact.time_zone.map(Zone::name))
            .bind(contact.receives_invoices)
            .bind(contact.created_at)
            .bind(consent.map(|consent| consent.at))
            .bind(consent.map(|consent| consent.source.as_str()))
            .bind(consent.map(|consent| consent.text.as_str()))
    )?;
    Ok(())
}

/// Writes a contact's data over the version that was read. `false` when somebody else was first.
pub async fn update_contact(tx: &mut Tx, contact: &Contact, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE contact SET name = $4, email = $5, phone = $6, locale = $7, time_zone = $8, receives_invoices = $9,
                   email_opted_out_at = $10, email_suppressed_at = $11, email_suppressed_reason = $12, removed_at = $13,
                   sms_consent_at = $15, sms_consent_source = $16, sms_consent_text = $17, sms_opted_out_at = $18,
                   sms_suppressed_at = $19, sms_suppressed_reason = $20, version = version + 1, updated_at = $14
               WHERE id = $1 AND business_id = $2 AND version = $3";
    let suppressed = contact.email_suppressed.as_ref();
    let Texting { consent, opted_out_at, suppressed: no_texts } = &contact.texting;
    let updated = execute!(
        tx,
        sqlx::query(sql)
            .bind(contact.id.uuid())
            .bind(contact.business.uuid())
            .bind(contact.version)
            .bind(contact.name.as_str())
            .bind(contact.email.as_ref().map(EmailAddress::as_str))
            .bind(contact.phone.as_ref().map(Phone::as_str))
            .bind(contact.locale.map(Locale::tag))
            .bind(contact.time_zone.map(Zone::name))
            .bind(contact.receives_invoices)
            .bind(contact.email_opted_out_at)
            .bind(suppressed.map(|(since, _)| *since))
            .bind(suppressed.map(|(_, reason)| reason.as_str()))
            .bind(contact.removed_at)
            .bind(now)
            .bind(consent.as_ref().map(|consent| consent.at))
            .bind(consent.as_ref().map(|consent| consent.source.as_str()))
            .bind(consent.as_ref().map(|consent| consent.text.as_str()))
            .bind(*opted_out_at)
            .bind(no_texts.as_ref().map(|(since, _)| *since))
            .bind(no_texts.as_ref().map(|(_, reason)| reason.as_str()))
    )?;
    Ok(updated == 1)
}

/// Sends nothing to a contact's address from now on, because it bounced or complained. `false` when that was so already,
/// or when the contact has another address by now.
pub async fn suppress_contact(
    tx: &mut Tx,
    business: BusinessId,
    id: ContactId,
    address: &str,
    reason: &ShortText,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql =
        "UPDATE contact SET email_suppressed_at = $3, email_suppressed_reason = $4, version = version + 1,
                   updated_at = $3
               WHERE id = $1 AND business_id = $2 AND email = $5 AND email_suppressed_at IS NULL";
    let query = execute!(
        tx,
        sqlx::query(sql).bind(id.uuid()).bind(business.uuid()).bind(now).bind(reason.as_str()).bind(address)
    )?;
    Ok(query == 1)
}

/// A contact of a business.
pub async fn contact(
    tx: &mut Tx,
    business: BusinessId,
    id: ContactId,
) -> Result<Option<Contact>, StoreError> {
    let sql = "SELECT * FROM contact WHERE id = $1 AND business_id = $2";
    let row: Option<ContactRow> = on!(tx, connection =>
        sqlx::query_as(sql).bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Contact::try_from).transpose()
}

/// The contacts of a customer who are still there, in the order they were added: the first who receives invoices is the
/// one that is written to.
pub async fn contacts(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Contact>, StoreError> {
    let sql = "SELECT * FROM contact WHERE business_id = $1 AND customer_id = $2 AND removed_at IS NULL
               ORDER BY created_at, id";
    let rows: Vec<ContactRow> = on!(tx, connection =>
        sqlx::query_as(sql).bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    rows.into_iter().map(Contact::try_from).collect()
}

/// The contacts of these customers who are still there; of each in the order they were added.
pub(crate) async fn contacts_of_many(tx: &mut Tx, customers: &[Uuid]) -> Result<Vec<Contact>, StoreError> {
    let rows: Vec<ContactRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT * FROM contact WHERE customer_id ", listed!(), " AND removed_at IS NULL ORDER BY created_at, id"))
        .bind(listed).fetch_all(connection))?;
    rows.into_iter().map(Contact::try_from).collect()
}

/// Takes the next value of one of a business's gapless sequences. A rollback gives it back.
pub async fn next_number(tx: &mut Tx, business: BusinessId, sequence: &str) -> Result<i64, StoreError> {
    let sql = "INSERT INTO number_sequence (business_id, name, last_value) VALUES ($1, $2, 1)
               ON CONFLICT (business_id, name) DO UPDATE SET last_value = number_sequence.last_value + 1
               RETURNING last_value";
    on!(tx, connection => sqlx::query_scalar(sql).bind(business.uuid()).bind(sequence).fetch_one(connection))
}

/// The first of a customer's people who receives invoices and takes mail, with the address.
pub fn first_mailable(contacts: &[Contact]) -> Option<(&Contact, &EmailAddress)> {
    let mut receiving = contacts.iter().filter(|contact| contact.receives_invoices);
    receiving.find_map(|contact| contact.mailable().map(|address| (contact, address)))
}
