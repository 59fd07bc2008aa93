//! Codes that prove who holds a link, and the sessions in which that was proven. All in machine time.
//!
//! Codes never come here: only their keyed hashes do, once they leave the house.

use domain::code::{self, Sent};
use domain::message::Channel;
use domain::{BusinessId, CodeId, ContactId, CustomerId, SessionId, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A code that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Code {
    /// Its id.
    pub id: CodeId,
    /// Whose customer it is about.
    pub business: BusinessId,
    /// What it lets the holder of a link act for.
    pub customer: CustomerId,
    /// Whom it goes to.
    pub contact: ContactId,
    /// The browser in which it is entered.
    pub session: SessionId,
    /// How it goes.
    pub channel: Channel,
    /// What it stands at.
    pub sent: Sent,
}

/// Keeps a code that is to be sent.
pub async fn ask(tx: &mut Tx, new: &Code) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO portal_code (id, business_id, customer_id, contact_id, session_id, channel, asked_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
        )
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(new.contact.uuid())
        .bind(new.session.uuid())
        .bind(new.channel.as_str())
        .bind(new.sent.asked_at)
        .bind(new.sent.expires_at)
    )
    .map(|_rows| ())
}

row! {
    struct CodeRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        contact_id: Uuid,
        session_id: Uuid,
        channel: String,
        asked_at: Timestamp,
        expires_at: Timestamp,
        tries: i64,
        used_at: Option<Timestamp>,
    }
}

impl TryFrom<CodeRow> for Code {
    type Error = StoreError;

    fn try_from(row: CodeRow) -> Result<Self, StoreError> {
        let at = Reading { table: "portal_code", row: row.id };
        Ok(Self {
            id: CodeId::from_uuid(row.id),
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            contact: ContactId::from_uuid(row.contact_id),
            session: SessionId::from_uuid(row.session_id),
            channel: at.known("channel", Channel::from_name(&row.channel))?,
            sent: Sent {
                asked_at: row.asked_at,
                expires_at: row.expires_at,
                tries: at.count("tries", row.tries)?,
                used: row.used_at.is_some(),
            },
        })
    }
}

/// The newest code of a session for a customer: the only one that counts.
pub async fn newest(
    tx: &mut Tx,
    session: SessionId,
    customer: CustomerId,
) -> Result<Option<Code>, StoreError> {
    let row: Option<CodeRow> = on!(tx, connection => sqlx::query_as(
        "SELECT id, business_id, customer_id, contact_id, session_id, channel, asked_at, expires_at, tries, used_at
         FROM portal_code WHERE session_id = $1 AND customer_id = $2 ORDER BY asked_at DESC, id DESC LIMIT 1")
        .bind(session.uuid()).bind(customer.uuid()).fetch_optional(connection))?;
    row.map(Code::try_from).transpose()
}

/// Keeps the hash of the digits that are about to leave, in the transaction that hands them over. `None` when nobody could
/// enter them any more: used, over, or followed by a newer code.
pub async fn mint(
    tx: &mut Tx,
    business: BusinessId,
    id: CodeId,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE portal_code SET code_hash = $3
             WHERE id = $1 AND business_id = $2 AND used_at IS NULL AND expires_at > $4 AND NOT EXISTS (
                SELECT 1 FROM portal_code newer
                WHERE newer.session_id = portal_code.session_id AND newer.customer_id = portal_code.customer_id
                    AND newer.asked_at > portal_code.asked_at)"
        )
        .bind(id.uuid())
        .bind(business.uuid())
        .bind(&hash[..])
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Counts a try, before it is known whether it is right, and gives what it is compared with. `None` when it cannot be tried
/// any more; a code that has not left the house yet has no hash, and is tried in vain.
pub async fn count_try(
    tx: &mut Tx,
    id: CodeId,
    now: Timestamp,
) -> Result<Option<(Option<[u8; 32]>, u32)>, StoreError> {
    let row: Option<(Option<Vec<u8>>, i64)> = on!(tx, connection => sqlx::query_as(
        "UPDATE portal_code SET tries = tries + 1
         WHERE id = $1 AND used_at IS NULL AND expires_at > $2 AND tries < $3 RETURNING code_hash, tries")
        .bind(id.uuid()).bind(now).bind(i64::from(code::TRIES)).fetch_optional(connection))?;
    let at = Reading { table: "portal_code", row: id.uuid() };
    row.map(|(hash, tries)| {
        let hash = hash.map(|hash| at.hash("code_hash", hash)).transpose()?;
        Ok((hash, at.count("tries", tries)?))
    })
    .transpose()
}

/// Uses a code up, which proves its session for its customer.
pub async fn prove(tx: &mut Tx, code: &Code, now: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("UPDATE portal_code SET used_at = $2 WHERE id = $1").bind(code.id.uuid()).bind(now)
    )?;
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO portal_proof (session_id, customer_id, business_id, contact_id, proven_at)
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"
        )
        .bind(code.session.uuid())
        .bind(code.customer.uuid())
        .bind(code.business.uuid())
        .bind(code.contact.uuid())
        .bind(now)
    )
    .map(|_rows| ())
}

/// Ends what was proven about a contact, and the codes that are on their way to them: they are gone, or are reached elsewhere.
pub async fn end_proofs(tx: &mut Tx, contact: ContactId, now: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("UPDATE portal_code SET tries = $2 WHERE contact_id = $1 AND used_at IS NULL")
            .bind(contact.uuid())
            .bind(i64::from(code::TRIES))
    )?;
    execute!(
        tx,
        sqlx::query("UPDATE portal_proof SET ended_at = $2 WHERE contact_id = $1 AND ended_at IS NULL")
            .bind(contact.uuid())
            .bind(now)
    )
    .map(|_rows| ())
}

/// The contact who a session was proven for a customer to belong to, while that holds.
pub async fn proven(
    tx: &mut Tx,
    session: SessionId,
    customer: CustomerId,
) -> Result<Option<ContactId>, StoreError> {
    let row: Option<(Uuid,)> = on!(tx, connection => sqlx::query_as(
        "SELECT contact_id FROM portal_proof WHERE session_id = $1 AND customer_id = $2 AND ended_at IS NULL")
        .bind(session.uuid()).bind(customer.uuid()).fetch_optional(connection))?;
    Ok(row.map(|(contact,)| ContactId::from_uuid(contact)))
}

/// Forgets codes that ended before this.
pub async fn purge(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    execute!(tx, sqlx::query("DELETE FROM portal_code WHERE expires_at <= $1").bind(before))
}
