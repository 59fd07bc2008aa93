//! Ways to pay that customers keep at the provider for later, and the words in which they agreed to it.

use domain::payment::Method;
use domain::saved::{EndReason, ExpiryMonth};
use domain::{
    AttemptId, BusinessId, ContactId, Currency, CustomerId, EventId, LinkId, MethodSetupId, SavedMethodId,
    Timestamp,
};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A customer's word that a way to pay may be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// Its id, which is the idempotency key of the provider's page too.
    pub id: MethodSetupId,
    /// Who keeps it.
    pub business: BusinessId,
    /// Whose it is.
    pub customer: CustomerId,
    /// Who they proved to be.
    pub contact: ContactId,
    /// The link they came by.
    pub link: LinkId,
    /// What is to be kept.
    pub method: Method,
    /// What it is to be charged in.
    pub currency: Currency,
    /// What they agreed to, word for word.
    pub consent_text: String,
    /// SHA-256 of it: which version.
    pub consent_hash: [u8; 32],
    /// In which language and formats.
    pub locale: String,
    /// From where. Erased with the person.
    pub address: Option<String>,
    /// With what. Likewise.
    pub user_agent: Option<String>,
    /// When. Business time.
    pub agreed_at: Timestamp,
    /// The provider's page, once there is one.
    pub checkout: Option<String>,
    /// The attempt that brings it, where it is kept while paying.
    pub attempt: Option<AttemptId>,
}

row! {
    struct SetupRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        contact_id: Uuid,
        link_id: Uuid,
        method: String,
        currency: String,
        consent_text: String,
        consent_hash: Vec<u8>,
        locale: String,
        address: Option<String>,
        user_agent: Option<String>,
        agreed_at: Timestamp,
        checkout_ref: Option<String>,
        attempt_id: Option<Uuid>,
    }
}

impl TryFrom<SetupRow> for Setup {
    type Error = StoreError;

    fn try_from(row: SetupRow) -> Result<Self, StoreError> {
        let id = MethodSetupId::from_uuid(row.id);
        let at = Reading { table: "method_setup", row: id };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            contact: ContactId::from_uuid(row.contact_id),
            link: LinkId::from_uuid(row.link_id),
            method: at.known("method", Method::from_name(&row.method))?,
            currency: at.currency(&row.currency)?,
            consent_text: row.consent_text,
            consent_hash: at.hash("consent_hash", row.consent_hash)?,
            locale: row.locale,
            address: row.address,
            user_agent: row.user_agent,
            agreed_at: row.agreed_at,
            checkout: row.checkout_ref,
            attempt: row.attempt_id.map(AttemptId::from_uuid),
        })
    }
}

/// Writes down what a customer agreed to, before the provider is asked for anything.
pub async fn agree(tx: &mut Tx, setup: &Setup) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO method_setup (id, business_id, customer_id, contact_id, link_id, method, currency, consent_text,
                consent_hash, locale, address, user_agent, agreed_at, attempt_id)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
        )
        .bind(setup.id.uuid())
        .bind(setup.business.uuid())
        .bind(setup.customer.uuid())
        .bind(setup.contact.uuid())
        .bind(setup.link.uuid())
        .bind(setup.method.as_str())
        .bind(setup.currency.code())
        .bind(&setup.consent_text[..])
        .bind(&setup.consent_hash[..])
        .bind(&setup.locale[..])
        .bind(setup.address.as_deref())
        .bind(setup.user_agent.as_deref())
        .bind(setup.agreed_at)
        .bind(setup.attempt.map(AttemptId::uuid))
    )
    .map(|_rows| ())
}

/// What a customer agreed to.
pub async fn setup(
    tx: &mut Tx,
    business: BusinessId,
    id: MethodSetupId,
) -> Result<Option<Setup>, StoreError> {
    let row: Option<SetupRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM method_setup WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Setup::try_from).transpose()
}

/// What a customer agreed to while paying, by the attempt.
pub async fn setup_of_attempt(
    tx: &mut Tx,
    business: BusinessId,
    attempt: AttemptId,
) -> Result<Option<Setup>, StoreError> {
    let row: Option<SetupRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM method_setup WHERE attempt_id = $1 AND business_id = $2")
        .bind(attempt.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Setup::try_from).transpose()
}

/// What a customer agreed to while paying, by the payment that came of it, as long as no method is known of it.
pub async fn setup_to_learn(
    tx: &mut Tx,
    business: BusinessId,
    payment: &str,
) -> Result<Option<Setup>, StoreError> {
    let row: Option<SetupRow> = on!(tx, connection => sqlx::query_as(
        "SELECT method_setup.* FROM payment_attempt
         JOIN method_setup ON method_setup.attempt_id = payment_attempt.id
         WHERE payment_attempt.business_id = $1 AND payment_attempt.payment_intent_id = $2
            AND payment_attempt.state = 'succeeded'
            AND NOT EXISTS (SELECT 1 FROM saved_method WHERE saved_method.setup_id = method_setup.id)
         ORDER BY method_setup.id LIMIT 1")
        .bind(business.uuid()).bind(payment).fetch_optional(connection))?;
    row.map(Setup::try_from).transpose()
}

/// Names the provider's page, once it is known.
pub async fn opened(tx: &mut Tx, setup: MethodSetupId, checkout: &str) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("UPDATE method_setup SET checkout_ref = $2 WHERE id = $1 AND checkout_ref IS NULL")
            .bind(setup.uuid())
            .bind(checkout)
    )
    .map(|_rows| ())
}

/// A way to pay that is, or was, kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMethod {
    /// Its id.
    pub id: SavedMethodId,
    /// Who keeps it.
    pub business: BusinessId,
    /// Whose it is.
    pub customer: CustomerId,
    /// What they agreed to.
    pub setup: MethodSetupId,
    /// What it is.
    pub method: Method,
    /// The account at the provider that it was given in, as attempts name theirs. Unknown of some that were kept before accounts
    /// were told apart.
    pub account: Option<String>,
    /// What the provider calls it.
    pub reference: String,
    /// What it calls its mandate, if it has one.
    pub mandate: Option<String>,
    /// The card's brand or the bank; empty where the provider does not say.
    pub label: String,
    /// The last digits of its number.
    pub last_digits: String,
    /// Until when a card is good.
    pub expires: Option<ExpiryMonth>,
    /// Since when it is kept. Business time.
    pub saved_at: Timestamp,
    /// Since when and why no longer.
    pub ended: Option<(Timestamp, EndReason)>,
    /// How often the provider was asked in vain to let it go.
    pub tries: u32,
}

row! {
    struct MethodRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        setup_id: Uuid,
        method: String,
        provider_account: Option<String>,
        provider_ref: String,
        mandate_ref: Option<String>,
        label: String,
        last_digits: String,
        expires_on: Option<String>,
        saved_at: Timestamp,
        ended_at: Option<Timestamp>,
        end_reason: Option<String>,
        tries: i64,
    }
}

impl TryFrom<MethodRow> for SavedMethod {
    type Error = StoreError;

    fn try_from(row: MethodRow) -> Result<Self, StoreError> {
        let id = SavedMethodId::from_uuid(row.id);
        let at = Reading { table: "saved_method", row: id };
        let reason = at.named("end_reason", row.end_reason.as_deref(), EndReason::from_name)?;
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            setup: MethodSetupId::from_uuid(row.setup_id),
            method: at.known("method", Method::from_name(&row.method))?,
            account: row.provider_account,
            reference: row.provider_ref,
            mandate: row.mandate_ref,
            label: row.label,
            last_digits: row.last_digits,
            expires: at.named("expires_on", row.expires_on.as_deref(), ExpiryMonth::parse)?,
            saved_at: row.saved_at,
            ended: row.ended_at.zip(reason),
            tries: at.count("tries", row.tries)?,
        })
    }
}

fn methods(rows: Vec<MethodRow>) -> Result<Vec<SavedMethod>, StoreError> {
    rows.into_iter().map(SavedMethod::try_from).collect()
}

/// Writes a method down as kept: false if the provider's id of it was known already.
pub async fn keep(tx: &mut Tx, new: &SavedMethod, event: EventId) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO saved_method (id, business_id, customer_id, setup_id, method, provider_ref, mandate_ref, label,
                last_digits, expires_on, saved_at, event_id, provider_account)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (business_id, provider_ref) DO NOTHING"
        )
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(new.setup.uuid())
        .bind(new.method.as_str())
        .bind(&new.reference[..])
        .bind(new.mandate.as_deref())
        .bind(&new.label[..])
        .bind(&new.last_digits[..])
        .bind(new.expires.map(|month| month.to_string()))
        .bind(new.saved_at)
        .bind(event.uuid())
        .bind(new.account.as_deref())
    )?;
    Ok(rows == 1)
}

/// A method by its id.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    id: SavedMethodId,
) -> Result<Option<SavedMethod>, StoreError> {
    let row: Option<MethodRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM saved_method WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(SavedMethod::try_from).transpose()
}

/// A method by what the provider calls it.
pub async fn by_reference(
    tx: &mut Tx,
    business: BusinessId,
    reference: &str,
) -> Result<Option<SavedMethod>, StoreError> {
    let row: Option<MethodRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM saved_method WHERE business_id = $1 AND provider_ref = $2")
        .bind(business.uuid()).bind(reference).fetch_optional(connection))?;
    row.map(SavedMethod::try_from).transpose()
}

/// A method by what the provider calls its mandate.
pub async fn by_mandate(
    tx: &mut Tx,
    business: BusinessId,
    mandate: &str,
) -> Result<Option<SavedMethod>, StoreError> {
    let row: Option<MethodRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM saved_method WHERE business_id = $1 AND mandate_ref = $2")
        .bind(business.uuid()).bind(mandate).fetch_optional(connection))?;
    row.map(SavedMethod::try_from).transpose()
}

/// The method that came of what a customer agreed to.
pub async fn of_setup(tx: &mut Tx, setup: MethodSetupId) -> Result<Option<SavedMethod>, StoreError> {
    let row: Option<MethodRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM saved_method WHERE setup_id = $1 ORDER BY saved_at DESC, id DESC LIMIT 1")
        .bind(setup.uuid()).fetch_optional(connection))?;
    row.map(SavedMethod::try_from).transpose()
}

/// What a customer keeps now in an account at the provider, oldest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    account: &str,
) -> Result<Vec<SavedMethod>, StoreError> {
    let rows: Vec<MethodRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM saved_method WHERE business_id = $1 AND customer_id = $2 AND provider_account = $3 AND ended_at IS NULL
         ORDER BY saved_at, id")
        .bind(business.uuid()).bind(customer.uuid()).bind(account).fetch_all(connection))?;
    methods(rows)
}

/// Ends a method: false if it was over already. `detach_at` (machine time) is when the provider is asked to let it go, where it
/// has to be.
pub async fn end(
    tx: &mut Tx,
    method: SavedMethodId,
    (ended_at, reason): (Timestamp, EndReason),
    detach_at: Option<Timestamp>,
    event: EventId,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE saved_method SET ended_at = $2, end_reason = $3, detach_at = $4, event_id = $5
             WHERE id = $1 AND ended_at IS NULL"
        )
        .bind(method.uuid())
        .bind(ended_at)
        .bind(reason.as_str())
        .bind(detach_at)
        .bind(event.uuid())
    )?;
    Ok(rows == 1)
}

/// The methods that the provider is to be asked to let go now. Machine time.
pub async fn to_detach(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<SavedMethod>, StoreError> {
    let rows: Vec<MethodRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM saved_method WHERE detach_at <= $1 ORDER BY detach_at LIMIT $2")
        .bind(now).bind(limit).fetch_all(connection))?;
    methods(rows)
}

/// When the provider is asked again to let a method go; never once it has.
pub async fn detach_at(tx: &mut Tx, method: SavedMethodId, at: Option<Timestamp>) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE saved_method SET detach_at = $2, tries = tries + 1 WHERE id = $1 AND detach_at IS NOT NULL"
        )
        .bind(method.uuid())
        .bind(at)
    )
    .map(|_rows| ())
}
