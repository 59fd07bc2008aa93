//! Portal links and the browser sessions that keep them.
//!
//! Tokens never come here: only their keyed hashes do. A link lives in business time, a session in machine time.

use domain::{BusinessId, ContactId, CustomerId, InvoiceId, LinkId, MessageId, SessionId, Timestamp};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// A portal link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: LinkId,
    /// Whose.
    pub business: BusinessId,
    /// Whose invoices it shows.
    pub customer: CustomerId,
    /// The one invoice it shows, or everything of the customer.
    pub invoice: Option<InvoiceId>,
    /// Whom it was sent to.
    pub contact: Option<ContactId>,
    /// The message that carried it.
    pub message: Option<MessageId>,
    /// Business time.
    pub created_at: Timestamp,
    /// Business time.
    pub expires_at: Timestamp,
    /// When a person first acted on it. Business time.
    pub first_used_at: Option<Timestamp>,
    /// Business time.
    pub revoked_at: Option<Timestamp>,
}

/// A link about to be kept.
#[derive(Clone, Copy, Debug)]
pub struct NewLink<'a> {
    /// The keyed hash of its token.
    pub token_hash: &'a [u8; 32],
    /// Its id.
    pub id: LinkId,
    /// Whose.
    pub business: BusinessId,
    /// Whose invoices it shows.
    pub customer: CustomerId,
    /// The one invoice it shows, or everything of the customer.
    pub invoice: Option<InvoiceId>,
    /// Whom it is sent to.
    pub contact: Option<ContactId>,
    /// The message that carries it.
    pub message: Option<MessageId>,
    /// Business time.
    pub created_at: Timestamp,
    /// At most 90 days later.
    pub expires_at: Timestamp,
}

/// Keeps a link.
pub async fn keep(tx: &mut Tx, new: &NewLink<'_>) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO portal_link (token_hash, id, business_id, customer_id, invoice_id, contact_id, message_id,
                created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
        )
        .bind(&new.token_hash[..])
        .bind(new.id.uuid())
        .bind(new.business.uuid())
        .bind(new.customer.uuid())
        .bind(new.invoice.map(InvoiceId::uuid))
        .bind(new.contact.map(ContactId::uuid))
        .bind(new.message.map(MessageId::uuid))
        .bind(new.created_at)
        .bind(new.expires_at)
    )
    .map(|_rows| ())
}

row! {
    struct LinkRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Uuid,
        invoice_id: Option<Uuid>,
        contact_id: Option<Uuid>,
        message_id: Option<Uuid>,
        created_at: Timestamp,
        expires_at: Timestamp,
        first_used_at: Option<Timestamp>,
        revoked_at: Option<Timestamp>,
    }
}

macro_rules! link_columns {
    () => {
        "portal_link.id, portal_link.business_id, portal_link.customer_id, portal_link.invoice_id,
         portal_link.contact_id, portal_link.message_id, portal_link.created_at, portal_link.expires_at,
         portal_link.first_used_at, portal_link.revoked_at"
    };
}

impl From<LinkRow> for Link {
    fn from(row: LinkRow) -> Self {
        Self {
            id: LinkId::from_uuid(row.id),
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            invoice: row.invoice_id.map(InvoiceId::from_uuid),
            contact: row.contact_id.map(ContactId::from_uuid),
            message: row.message_id.map(MessageId::from_uuid),
            created_at: row.created_at,
            expires_at: row.expires_at,
            first_used_at: row.first_used_at,
            revoked_at: row.revoked_at,
        }
    }
}

/// The link of this token, whatever its state: the caller tells expired from revoked.
pub async fn find_by_hash(tx: &mut Tx, token_hash: &[u8; 32]) -> Result<Option<Link>, StoreError> {
    let row: Option<LinkRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", link_columns!(),
        " FROM portal_link WHERE token_hash = $1")).bind(&token_hash[..]).fetch_optional(connection))?;
    Ok(row.map(Link::from))
}

/// The link of this id.
pub async fn find(tx: &mut Tx, business: BusinessId, link: LinkId) -> Result<Option<Link>, StoreError> {
    let row: Option<LinkRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", link_columns!(),
        " FROM portal_link WHERE id = $1 AND business_id = $2"))
        .bind(link.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    Ok(row.map(Link::from))
}

/// A customer's links, newest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Link>, StoreError> {
    let rows: Vec<LinkRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", link_columns!(),
        " FROM portal_link WHERE customer_id = $1 AND business_id = $2 ORDER BY created_at DESC, id DESC"))
        .bind(customer.uuid()).bind(business.uuid()).fetch_all(connection))?;
    Ok(rows.into_iter().map(Link::from).collect())
}

/// Marks a link as used by a person: true the first time.
pub async fn mark_used(tx: &mut Tx, link: LinkId, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("UPDATE portal_link SET first_used_at = $2 WHERE id = $1 AND first_used_at IS NULL")
            .bind(link.uuid())
            .bind(now)
    )?;
    Ok(rows == 1)
}

/// Takes a link back: false if it was already, or is not there.
pub async fn revoke(
    tx: &mut Tx,
    business: BusinessId,
    link: LinkId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE portal_link SET revoked_at = $3 WHERE id = $1 AND business_id = $2 AND revoked_at IS NULL"
        )
        .bind(link.uuid())
        .bind(business.uuid())
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// A browser that exchanged a link for a cookie. Machine time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalSession {
    /// Its id.
    pub id: SessionId,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used.
    pub last_seen_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
}

/// A session about to begin. Machine time.
#[derive(Clone, Copy, Debug)]
pub struct NewPortalSession<'a> {
    /// The keyed hash of its token.
    pub token_hash: &'a [u8; 32],
    /// Its id.
    pub id: SessionId,
    /// Now.
    pub created_at: Timestamp,
    /// When it ends at the latest.
    pub expires_at: Timestamp,
    /// The address it came from.
    pub address: Option<&'a str>,
    /// What the browser calls itself.
    pub user_agent: Option<&'a str>,
}

/// Begins a session.
pub async fn begin_session(tx: &mut Tx, new: &NewPortalSession<'_>) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO portal_session (id, token_hash, created_at, last_seen_at, expires_at, address, user_agent)
             VALUES ($1, $2, $3, $3, $4, $5, $6)"
        )
        .bind(new.id.uuid())
        .bind(&new.token_hash[..])
        .bind(new.created_at)
        .bind(new.expires_at)
        .bind(new.address)
        .bind(new.user_agent)
    )
    .map(|_rows| ())
}

/// The session of this token that is neither revoked nor over.
pub async fn find_session(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<PortalSession>, StoreError> {
    let row: Option<(Uuid, Timestamp, Timestamp, Timestamp)> = on!(tx, connection => sqlx::query_as(
        "SELECT id, created_at, last_seen_at, expires_at FROM portal_session
         WHERE token_hash = $1 AND expires_at > $2 AND revoked_at IS NULL")
        .bind(&token_hash[..]).bind(now).fetch_optional(connection))?;
    Ok(row.map(|(id, created_at, last_seen_at, expires_at)| PortalSession {
        id: SessionId::from_uuid(id),
        created_at,
        last_seen_at,
        expires_at,
    }))
}

/// Notes that a session was used.
pub async fn touch_session(tx: &mut Tx, session: SessionId, now: Timestamp) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query("UPDATE portal_session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2")
            .bind(session.uuid())
            .bind(now)
    )
    .map(|_rows| ())
}

/// Ends a session.
pub async fn revoke_session(tx: &mut Tx, session: SessionId, now: Timestamp) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("UPDATE portal_session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL")
            .bind(session.uuid())
            .bind(now)
    )?;
    Ok(rows == 1)
}

/// Forgets the sessions that ended before this. One in which its holder proved who they were stays, because what they agreed to
/// refers to it; from where and with what it came is erased. How many were forgotten.
pub async fn purge_sessions(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM portal_session_link
             WHERE session_id IN (SELECT id FROM portal_session WHERE expires_at <= $1)"
        )
        .bind(before)
    )?;
    execute!(
        tx,
        sqlx::query(
            "UPDATE portal_session SET address = NULL, user_agent = NULL
             WHERE expires_at <= $1 AND (address IS NOT NULL OR user_agent IS NOT NULL)"
        )
        .bind(before)
    )?;
    execute!(
        tx,
        sqlx::query(
            "DELETE FROM portal_session WHERE expires_at <= $1
                AND NOT EXISTS (SELECT 1 FROM portal_proof WHERE portal_proof.session_id = portal_session.id)
                AND NOT EXISTS (SELECT 1 FROM portal_code WHERE portal_code.session_id = portal_session.id)"
        )
        .bind(before)
    )
}

/// Has a session keep a link: true if it did not yet.
pub async fn keep_in_session(
    tx: &mut Tx,
    session: SessionId,
    link: LinkId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO portal_session_link (session_id, link_id, added_at) VALUES ($1, $2, $3)
             ON CONFLICT (session_id, link_id) DO NOTHING"
        )
        .bind(session.uuid())
        .bind(link.uuid())
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// The links a session keeps, newest first, whatever their state: the caller tells which still count.
pub async fn of_session(tx: &mut Tx, session: SessionId) -> Result<Vec<Link>, StoreError> {
    let rows: Vec<LinkRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", link_columns!(),
        " FROM portal_link JOIN portal_session_link ON portal_session_link.link_id = portal_link.id
          WHERE portal_session_link.session_id = $1 ORDER BY portal_session_link.added_at DESC, portal_link.id DESC"))
        .bind(session.uuid()).fetch_all(connection))?;
    Ok(rows.into_iter().map(Link::from).collect())
}

/// Whether the session of a kept link was proven to be the contact on file's: then each of the customer's links in it is one over
/// everything.
macro_rules! proven {
    () => {
        "EXISTS (SELECT 1 FROM portal_proof
            WHERE portal_proof.session_id = portal_session_link.session_id
                AND portal_proof.customer_id = portal_link.customer_id AND portal_proof.ended_at IS NULL)"
    };
}

/// The link of a session that covers an invoice: one over everything of its customer, else the invoice's own; neither
/// revoked nor expired at `business_now`.
pub async fn covering(
    tx: &mut Tx,
    session: SessionId,
    invoice: InvoiceId,
    business_now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    let row: Option<LinkRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", link_columns!(),
        " FROM portal_link
          JOIN portal_session_link ON portal_session_link.link_id = portal_link.id
          JOIN invoice ON invoice.customer_id = portal_link.customer_id AND invoice.business_id = portal_link.business_id
          WHERE portal_session_link.session_id = $1 AND invoice.id = $2
            AND (portal_link.invoice_id IS NULL OR portal_link.invoice_id = invoice.id OR ", proven!(), ")
            AND portal_link.revoked_at IS NULL AND portal_link.expires_at > $3
          ORDER BY CASE WHEN portal_link.invoice_id IS NULL THEN 0 ELSE 1 END, portal_link.expires_at DESC, portal_link.id
          LIMIT 1"))
        .bind(session.uuid()).bind(invoice.uuid()).bind(business_now).fetch_optional(connection))?;
    Ok(row.map(Link::from))
}

/// The link of a session over everything of a customer, or in a session that was proven any link of theirs; neither revoked nor
/// expired at `business_now`.
pub async fn covering_customer(
    tx: &mut Tx,
    session: SessionId,
    customer: CustomerId,
    business_now: Timestamp,
) -> Result<Option<Link>, StoreError> {
    let row: Option<LinkRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", link_columns!(),
        " FROM portal_link
          JOIN portal_session_link ON portal_session_link.link_id = portal_link.id
          WHERE portal_session_link.session_id = $1 AND portal_link.customer_id = $2
            AND (portal_link.invoice_id IS NULL OR ", proven!(), ")
            AND portal_link.revoked_at IS NULL AND portal_link.expires_at > $3
          ORDER BY CASE WHEN portal_link.invoice_id IS NULL THEN 0 ELSE 1 END, portal_link.expires_at DESC, portal_link.id
          LIMIT 1"))
        .bind(session.uuid()).bind(customer.uuid()).bind(business_now).fetch_optional(connection))?;
    Ok(row.map(Link::from))
}
