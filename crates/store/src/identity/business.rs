//! Businesses: the tenants, with what they set about themselves.

use std::collections::HashMap;

use domain::bank::{AccountNumber, BankAccount, Bic};
use domain::invoice::NetDays;
use domain::payment::{Method, TakenMethods};
use domain::{
    BusinessId, Country, Currency, EmailAddress, Label, Locale, LongText, Name, Phone, ShortText, Timestamp,
    Zone,
};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// The tenant: whoever is owed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Business {
    /// Its id.
    pub id: BusinessId,
    /// Its name, as invoices show it.
    pub name: Name,
    /// Where its days begin: issue, due and overdue are civil dates here.
    pub time_zone: Zone,
    /// Where it is.
    pub country: Country,
    /// The language and formats of its console.
    pub locale: Locale,
    /// What its invoices are in unless said otherwise.
    pub currency: Currency,
    /// The name its mails come from.
    pub sender_name: Name,
    /// Where replies go.
    pub reply_to: EmailAddress,
    /// Where customers can call.
    pub phone: Option<Phone>,
    /// Its postal address.
    pub address: Option<LongText>,
    /// Its tax number.
    pub tax_number: Option<Label>,
    /// How long its customers have to pay, unless agreed otherwise.
    pub net_days: NetDays,
    /// A sentence of terms that stands on every invoice.
    pub terms: Option<ShortText>,
    /// How it is paid, by whom.
    pub taken_methods: TakenMethods,
    /// Its own bank accounts, for transfers by hand, by currency.
    pub bank_accounts: Vec<BankAccount>,
    /// Its own Stripe account.
    pub stripe: Option<StripeAccount>,
    /// Seals of the webhook secrets: the present one, and the one before while they are rotated.
    pub webhook_secrets: WebhookSecrets,
    /// Counts changes, so that two who edit at once notice.
    pub version: i64,
    /// When it came to be.
    pub created_at: Timestamp,
}

impl Business {
    /// Where customers transfer to in this currency.
    pub fn bank_account(&self, currency: Currency) -> Option<&BankAccount> {
        self.bank_accounts.iter().find(|account| account.currency == currency)
    }
}

/// How a business reaches its own Stripe account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StripeAccount {
    /// The key, sealed with the installation key.
    pub key_sealed: Vec<u8>,
    /// Whether the key moves real money.
    pub livemode: bool,
    /// `acct_…`, where it is known.
    pub account: Option<String>,
}

/// Sealed webhook secrets. Two stand while one is rotated.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WebhookSecrets {
    /// The one in use.
    pub current: Option<Vec<u8>>,
    /// The one before, accepted while Stripe still signs with it.
    pub previous: Option<Vec<u8>>,
}

row! {
    struct BusinessRow {
        id: Uuid,
        name: String,
        time_zone: String,
        country: String,
        locale: String,
        currency: String,
        sender_name: String,
        reply_to: String,
        phone: Option<String>,
        address: String,
        tax_number: Option<String>,
        net_days: i64,
        terms: String,
        accepted_methods: String,
        consumer_methods: String,
        stripe_account: Option<String>,
        stripe_livemode: Option<bool>,
        stripe_key_sealed: Option<Vec<u8>>,
        webhook_secret_sealed: Option<Vec<u8>>,
        webhook_secret_previous_sealed: Option<Vec<u8>>,
        version: i64,
        created_at: Timestamp,
    }
}

row! {
    struct BankAccountRow {
        business_id: Uuid,
        currency: String,
        holder: String,
        number: String,
        routing: Option<String>,
        bic: Option<String>,
        bank_name: Option<String>,
    }
}

impl TryFrom<BankAccountRow> for BankAccount {
    type Error = StoreError;

    fn try_from(row: BankAccountRow) -> Result<Self, StoreError> {
        let read = Reading { table: "bank_account", row: BusinessId::from_uuid(row.business_id) };
        let text = |value: Option<String>| value.unwrap_or_default();
        let routing = read.value("routing", Label::parse_optional(&text(row.routing)))?;
        Ok(Self {
            currency: read.currency(&row.currency)?,
            holder: read.value("holder", Name::parse(&row.holder))?,
            number: read.value("number", AccountNumber::kept(&row.number, routing))?,
            bic: read.value("bic", Bic::parse_optional(&text(row.bic)))?,
            bank_name: read.value("bank_name", Name::parse_optional(&text(row.bank_name)))?,
        })
    }
}

/// A business without its bank accounts: those stand in rows of their own.
impl TryFrom<BusinessRow> for Business {
    type Error = StoreError;

    fn try_from(row: BusinessRow) -> Result<Self, StoreError> {
        let id = BusinessId::from_uuid(row.id);
        let read = Reading { table: "business", row: id };
        let stripe = match (row.stripe_key_sealed, row.stripe_livemode) {
            (None, None) => None,
            (Some(key_sealed), Some(livemode)) => {
                Some(StripeAccount { key_sealed, livemode, account: row.stripe_account })
            }
            _ => {
                let columns = "stripe_key_sealed, stripe_livemode";
                return Err(StoreError::corrupt(read.table, columns, id, "one without the other"));
            }
        };
        Ok(Self {
            id,
            name: read.value("name", Name::parse(&row.name))?,
            time_zone: read.value("time_zone", Zone::parse(&row.time_zone))?,
            country: read.known("country", Country::from_code(&row.country))?,
            locale: read.known("locale", Locale::find(&row.locale))?,
            currency: read.known("currency", Currency::from_code(&row.currency))?,
            sender_name: read.value("sender_name", Name::parse(&row.sender_name))?,
            reply_to: read.value("reply_to", EmailAddress::parse(&row.reply_to))?,
            phone: read.value("phone", Phone::parse_optional(row.phone.as_deref().unwrap_or("")))?,
            address: read.value("address", LongText::parse_optional(&row.address))?,
            tax_number: read
                .value("tax_number", Label::parse_optional(row.tax_number.as_deref().unwrap_or("")))?,
            net_days: read.known("net_days", u16::try_from(row.net_days).ok().and_then(NetDays::new))?,
            terms: read.value("terms", ShortText::parse_optional(&row.terms))?,
            taken_methods: TakenMethods {
                from_companies: read.known("accepted_methods", methods_from(&row.accepted_methods))?,
                from_consumers: read.known("consumer_methods", methods_from(&row.consumer_methods))?,
            },
            bank_accounts: Vec::new(),
            stripe,
            webhook_secrets: WebhookSecrets {
                current: row.webhook_secret_sealed,
                previous: row.webhook_secret_previous_sealed,
            },
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// Methods as the database keeps them: their names, the preferred one first, with spaces between.
pub(crate) fn methods_to(methods: &[Method]) -> String {
    methods.iter().map(|method| method.as_str()).collect::<Vec<_>>().join(" ")
}

/// Reads [`methods_to`] back.
pub(crate) fn methods_from(names: &str) -> Option<Vec<Method>> {
    names.split_ascii_whitespace().map(Method::from_name).collect()
}

/// What an optional text column holds.
fn text<T: AsRef<str>>(value: Option<&T>) -> Option<&str> {
    value.map(AsRef::as_ref)
}

/// Adds a business, without bank accounts, Stripe account and webhook secrets: those are set by themselves.
pub async fn insert_business(tx: &mut Tx, business: &Business) -> Result<(), StoreError> {
    let sql = "INSERT INTO business (id, name, time_zone, country, locale, currency, sender_name, reply_to, phone, address,
                   tax_number, net_days, terms, accepted_methods, consumer_methods, version, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 1, $16, $16)";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(business.id.uuid())
            .bind(business.name.as_str())
            .bind(business.time_zone.name())
            .bind(business.country.code())
            .bind(business.locale.tag())
            .bind(business.currency.code())
            .bind(business.sender_name.as_str())
            .bind(business.reply_to.as_str())
            .bind(text(business.phone.as_ref()))
            .bind(text(business.address.as_ref()).unwrap_or(""))
            .bind(text(business.tax_number.as_ref()))
            .bind(i64::from(business.net_days.days()))
            .bind(text(business.terms.as_ref()).unwrap_or(""))
            .bind(methods_to(&business.taken_methods.from_companies))
            .bind(methods_to(&business.taken_methods.from_consumers))
            .bind(business.created_at)
    )?;
    Ok(())
}

/// Writes a business's own data (not its accounts) over the version that was read. `false` when somebody else was
/// first.
pub async fn update_business(tx: &mut Tx, business: &Business, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE business SET name = $3, time_zone = $4, country = $5, locale = $6, currency = $7, sender_name = $8,
                   reply_to = $9, phone = $10, address = $11, tax_number = $12, net_days = $13, terms = $14,
                   accepted_methods = $15, consumer_methods = $16, version = version + 1, updated_at = $17
               WHERE id = $1 AND version = $2";
    let updated = execute!(
        tx,
        sqlx::query(sql)
            .bind(business.id.uuid())
            .bind(business.version)
            .bind(business.name.as_str())
            .bind(business.time_zone.name())
            .bind(business.country.code())
            .bind(business.locale.tag())
            .bind(business.currency.code())
            .bind(business.sender_name.as_str())
            .bind(business.reply_to.as_str())
            .bind(text(business.phone.as_ref()))
            .bind(text(business.address.as_ref()).unwrap_or(""))
            .bind(text(business.tax_number.as_ref()))
            .bind(i64::from(business.net_days.days()))
            .bind(text(business.terms.as_ref()).unwrap_or(""))
            .bind(methods_to(&business.taken_methods.from_companies))
            .bind(methods_to(&business.taken_methods.from_consumers))
            .bind(now)
    )?;
    Ok(updated == 1)
}

/// Sets or replaces the Stripe account of a business.
pub async fn set_stripe_account(
    tx: &mut Tx,
    business: BusinessId,
    account: &StripeAccount,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "UPDATE business SET stripe_key_sealed = $2, stripe_livemode = $3, stripe_account = $4, updated_at = $5
               WHERE id = $1";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(business.uuid())
            .bind(account.key_sealed.as_slice())
            .bind(account.livemode)
            .bind(account.account.as_deref())
            .bind(now)
    )?;
    Ok(())
}

/// Sets the webhook secrets of a business.
pub async fn set_webhook_secrets(
    tx: &mut Tx,
    business: BusinessId,
    secrets: &WebhookSecrets,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql =
        "UPDATE business SET webhook_secret_sealed = $2, webhook_secret_previous_sealed = $3, updated_at = $4
               WHERE id = $1";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(business.uuid())
            .bind(secrets.current.as_deref())
            .bind(secrets.previous.as_deref())
            .bind(now)
    )?;
    Ok(())
}

/// Sets or replaces the bank account of a business in one currency.
pub async fn set_bank_account(
    tx: &mut Tx,
    business: BusinessId,
    account: &BankAccount,
    now: Timestamp,
) -> Result<(), StoreError> {
    let sql = "INSERT INTO bank_account (business_id, currency, holder, number, routing, bic, bank_name, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
               ON CONFLICT (business_id, currency) DO UPDATE SET holder = excluded.holder, number = excluded.number,
                   routing = excluded.routing, bic = excluded.bic, bank_name = excluded.bank_name,
                   updated_at = excluded.updated_at";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(business.uuid())
            .bind(account.currency.code())
            .bind(account.holder.as_str())
            .bind(account.number.as_str())
            .bind(text(account.number.routing()))
            .bind(account.bic.as_ref().map(Bic::as_str))
            .bind(text(account.bank_name.as_ref()))
            .bind(now)
    )?;
    Ok(())
}

/// Removes the bank account of a business in one currency; false if there is none.
pub async fn remove_bank_account(
    tx: &mut Tx,
    business: BusinessId,
    currency: Currency,
) -> Result<bool, StoreError> {
    let sql = "DELETE FROM bank_account WHERE business_id = $1 AND currency = $2";
    Ok(execute!(tx, sqlx::query(sql).bind(business.uuid()).bind(currency.code()))? == 1)
}

/// A business by its id.
pub async fn business(tx: &mut Tx, id: BusinessId) -> Result<Option<Business>, StoreError> {
    let sql = "SELECT * FROM business WHERE id = $1";
    let row: Option<BusinessRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(id.uuid()).fetch_optional(connection))?;
    let Some(row) = row else { return Ok(None) };
    let sql = "SELECT * FROM bank_account WHERE business_id = $1 ORDER BY currency";
    let accounts: Vec<BankAccountRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(id.uuid()).fetch_all(connection))?;
    Ok(Some(with_accounts(row, accounts)?))
}

/// Every business, the oldest first.
pub async fn businesses(tx: &mut Tx) -> Result<Vec<Business>, StoreError> {
    let sql = "SELECT * FROM business ORDER BY created_at, id";
    let rows: Vec<BusinessRow> = on!(tx, connection => sqlx::query_as(sql).fetch_all(connection))?;
    let sql = "SELECT * FROM bank_account ORDER BY currency";
    let accounts: Vec<BankAccountRow> = on!(tx, connection => sqlx::query_as(sql).fetch_all(connection))?;
    let mut of: HashMap<Uuid, Vec<BankAccountRow>> = HashMap::new();
    for account in accounts {
        of.entry(account.business_id).or_default().push(account);
    }
    rows.into_iter()
        .map(|row| {
            let accounts = of.remove(&row.id).unwrap_or_default();
            with_accounts(row, accounts)
        })
        .collect()
}

fn with_accounts(row: BusinessRow, accounts: Vec<BankAccountRow>) -> Result<Business, StoreError> {
    let accounts = accounts.into_iter().map(BankAccount::try_from).collect::<Result<_, _>>()?;
    Ok(Business { bank_accounts: accounts, ..Business::try_from(row)? })
}
