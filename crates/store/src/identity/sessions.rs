//! Sign-ins, and tries that are counted. Machine time.

use domain::{BusinessId, MemberId, SessionId, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// The keyed hash of the cookie's token.
    pub token_hash: [u8; 32],
    /// The business of the member.
    pub business: BusinessId,
    /// Who signed in.
    pub member: MemberId,
    /// When.
    pub created_at: Timestamp,
    /// When it was last used, to within a few minutes.
    pub last_seen_at: Timestamp,
    /// When it ends whatever happens.
    pub expires_at: Timestamp,
    /// From where.
    pub address: Option<String>,
    /// With what.
    pub user_agent: Option<String>,
}

row! {
    struct SessionRow {
        id: Uuid,
        token_hash: Vec<u8>,
        business_id: Uuid,
        member_id: Uuid,
        created_at: Timestamp,
        last_seen_at: Timestamp,
        expires_at: Timestamp,
        address: Option<String>,
        user_agent: Option<String>,
    }
}

impl TryFrom<SessionRow> for Session {
    type Error = StoreError;

    fn try_from(row: SessionRow) -> Result<Self, StoreError> {
        let id = SessionId::from_uuid(row.id);
        let read = Reading { table: "session", row: id };
        Ok(Self {
            id,
            token_hash: read.hash("token_hash", row.token_hash)?,
            business: BusinessId::from_uuid(row.business_id),
            member: MemberId::from_uuid(row.member_id),
            created_at: row.created_at,
            last_seen_at: row.last_seen_at,
            expires_at: row.expires_at,
            address: row.address,
            user_agent: row.user_agent,
        })
    }
}

/// Adds a sign-in.
pub async fn insert_session(tx: &mut Tx, session: &Session) -> Result<(), StoreError> {
    let sql = "INSERT INTO session (id, token_hash, business_id, member_id, created_at, last_seen_at, expires_at, address,
                   user_agent)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(session.id.uuid())
            .bind(session.token_hash.as_slice())
            .bind(session.business.uuid())
            .bind(session.member.uuid())
            .bind(session.created_at)
            .bind(session.last_seen_at)
            .bind(session.expires_at)
            .bind(session.address.as_deref())
            .bind(session.user_agent.as_deref())
    )?;
    Ok(())
}

/// The sign-in of a cookie, unless it was revoked. Expiry is the caller's to judge.
pub async fn session_by_hash(tx: &mut Tx, token_hash: &[u8; 32]) -> Result<Option<Session>, StoreError> {
    let sql = "SELECT * FROM session WHERE token_hash = $1 AND revoked_at IS NULL";
    let row: Option<SessionRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(token_hash.as_slice()).fetch_optional(connection))?;
    row.map(Session::try_from).transpose()
}

/// Notes that a sign-in was used.
pub async fn touch_session(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE session SET last_seen_at = $2 WHERE id = $1 AND last_seen_at < $2";
    execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(now))?;
    Ok(())
}

/// Ends one sign-in.
pub async fn revoke_session(tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE session SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(now))?;
    Ok(())
}

/// Ends every sign-in of a member, and says how many there were.
pub async fn revoke_sessions(tx: &mut Tx, member: MemberId, now: Timestamp) -> Result<u64, StoreError> {
    let sql =
        "UPDATE session SET revoked_at = $2 WHERE member_id = $1 AND revoked_at IS NULL AND expires_at > $2";
    execute!(tx, sqlx::query(sql).bind(member.uuid()).bind(now))
}

/// Forgets sign-ins that ended before this moment.
pub async fn purge_sessions(tx: &mut Tx, ended_before: Timestamp) -> Result<u64, StoreError> {
    let sql = "DELETE FROM session WHERE expires_at < $1 OR revoked_at < $1";
    execute!(tx, sqlx::query(sql).bind(ended_before))
}

/// Counts one more try in a bucket's window, and says how many there are now.
pub async fn count_try(tx: &mut Tx, bucket: &str, window_start: Timestamp) -> Result<i64, StoreError> {
    let sql = "INSERT INTO rate_limit (bucket, window_start, tries) VALUES ($1, $2, 1)
               ON CONFLICT (bucket, window_start) DO UPDATE SET tries = rate_limit.tries + 1
               RETURNING tries";
    on!(tx, connection => sqlx::query_scalar(sql).bind(bucket).bind(window_start).fetch_one(connection))
}

/// Forgets the tries of a bucket, after one that succeeded.
pub async fn forget_tries(tx: &mut Tx, bucket: &str) -> Result<(), StoreError> {
    execute!(tx, sqlx::query("DELETE FROM rate_limit WHERE bucket = $1").bind(bucket))?;
    Ok(())
}

/// Forgets windows that began before this moment.
pub async fn purge_tries(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    execute!(tx, sqlx::query("DELETE FROM rate_limit WHERE window_start < $1").bind(before))
}
