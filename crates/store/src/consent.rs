//! Who may be written to on which channel: consent to texts, opting out, and numbers that take none.
//!
//! The contact's row says how things stand now; the log says how they came to be so. Whoever answers a text is known by the
//! number alone, and a number may stand with contacts of several businesses of an installation: a stop ends it for all of
//! them, because all of them text from the same number.

use domain::sms::ConsentSource;
use domain::{BusinessId, ContactId, Phone, ShortText, Timestamp};

use crate::customers::{Contact, ContactRow};
use crate::{StoreError, Tx};

/// That somebody agreed to be texted: when, how, and in which words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consent {
    /// When they did.
    pub at: Timestamp,
    /// How they did.
    pub source: ConsentSource,
    /// The words they agreed to, or theirs.
    pub text: String,
}

/// Whether a contact's number may be texted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texting {
    /// That they agreed to it. Given for the number: a new one has none.
    pub consent: Option<Consent>,
    /// Since when they want none.
    pub opted_out_at: Option<Timestamp>,
    /// Since when nothing is sent to the number, and why.
    pub suppressed: Option<(Timestamp, String)>,
}

impl Texting {
    /// Whether texts may be sent.
    pub const fn is_allowed(&self) -> bool {
        self.consent.is_some() && self.opted_out_at.is_none() && self.suppressed.is_none()
    }
}

/// The contact of this id, whose business is not known yet: whoever comes with a signed address of their own.
pub async fn find(tx: &mut Tx, id: ContactId) -> Result<Option<Contact>, StoreError> {
    let row: Option<ContactRow> = on!(tx, connection =>
        sqlx::query_as("SELECT * FROM contact WHERE id = $1").bind(id.uuid()).fetch_optional(connection))?;
    row.map(Contact::try_from).transpose()
}

/// The contacts that have a number, in every business, removed ones left out; the newest first.
pub async fn by_phone(tx: &mut Tx, number: &Phone) -> Result<Vec<Contact>, StoreError> {
    let sql =
        "SELECT * FROM contact WHERE phone = $1 AND removed_at IS NULL ORDER BY created_at DESC, id DESC";
    let rows: Vec<ContactRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(number.as_str()).fetch_all(connection))?;
    rows.into_iter().map(Contact::try_from).collect()
}

/// Ends texts to a number, with every contact that has it. Those that had ended them before are not among the answer.
pub async fn end_texts(tx: &mut Tx, number: &Phone, now: Timestamp) -> Result<Vec<Contact>, StoreError> {
    let sql = "UPDATE contact SET sms_opted_out_at = $2, version = version + 1, updated_at = $2
               WHERE phone = $1 AND sms_opted_out_at IS NULL RETURNING *";
    let rows: Vec<ContactRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(number.as_str()).bind(now).fetch_all(connection))?;
    rows.into_iter().map(Contact::try_from).collect()
}

/// Takes texts to a number up again on its owner's own word, which becomes the consent on record. Only where there had been
/// one before: who never agreed has nothing to take up again.
pub async fn resume_texts(
    tx: &mut Tx,
    number: &Phone,
    words: &str,
    now: Timestamp,
) -> Result<Vec<Contact>, StoreError> {
    let sql = "UPDATE contact SET sms_opted_out_at = NULL, sms_consent_at = $2, sms_consent_source = $3,
                   sms_consent_text = $4, version = version + 1, updated_at = $2
               WHERE phone = $1 AND sms_opted_out_at IS NOT NULL AND sms_consent_at IS NOT NULL AND removed_at IS NULL
               RETURNING *";
    let rows: Vec<ContactRow> = on!(tx, connection => sqlx::query_as(sql)
        .bind(number.as_str())
        .bind(now)
        .bind(ConsentSource::TextMessage.as_str())
        .bind(words)
        .fetch_all(connection))?;
    rows.into_iter().map(Contact::try_from).collect()
}

/// Texts a contact's number no more, because the network says that it takes none. `false` when that was so already, or when
/// the contact has another number by now, of which the network said nothing.
pub async fn suppress_number(
    tx: &mut Tx,
    business: BusinessId,
    id: ContactId,
    number: &Phone,
    reason: &ShortText,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE contact SET sms_suppressed_at = $3, sms_suppressed_reason = $4, version = version + 1,
                   updated_at = $3
               WHERE id = $1 AND business_id = $2 AND phone = $5 AND sms_suppressed_at IS NULL";
    let changed = execute!(
        tx,
        sqlx::query(sql)
            .bind(id.uuid())
            .bind(business.uuid())
            .bind(now)
            .bind(reason.as_str())
            .bind(number.as_str())
    )?;
    Ok(changed == 1)
}

/// Ends e-mail to a contact, because they want none. `false` when that was so already.
pub async fn end_mail(
    tx: &mut Tx,
    business: BusinessId,
    id: ContactId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE contact SET email_opted_out_at = $3, version = version + 1, updated_at = $3
               WHERE id = $1 AND business_id = $2 AND email_opted_out_at IS NULL";
    let changed = execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(business.uuid()).bind(now))?;
    Ok(changed == 1)
}

/// Takes e-mail to a contact up again. `false` when it was not ended.
pub async fn resume_mail(
    tx: &mut Tx,
    business: BusinessId,
    id: ContactId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE contact SET email_opted_out_at = NULL, version = version + 1, updated_at = $3
               WHERE id = $1 AND business_id = $2 AND email_opted_out_at IS NOT NULL";
    let changed = execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(business.uuid()).bind(now))?;
    Ok(changed == 1)
}
