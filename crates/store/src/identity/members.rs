//! The people of a business, and those who were asked to join.

use domain::{BusinessId, EmailAddress, InvitationId, MemberId, Name, Role, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A person of a business.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Their id.
    pub id: MemberId,
    /// The business they belong to.
    pub business: BusinessId,
    /// What they sign in with; unique in the installation.
    pub email: EmailAddress,
    /// What they are called.
    pub name: Name,
    /// What they may do.
    pub role: Role,
    /// Argon2 in PHC form.
    pub password_hash: Option<String>,
    /// Since when they may not sign in.
    pub disabled_at: Option<Timestamp>,
    /// When they last signed in.
    pub last_signed_in_at: Option<Timestamp>,
    /// Counts changes.
    pub version: i64,
    /// When they joined.
    pub created_at: Timestamp,
}

row! {
    struct MemberRow {
        id: Uuid,
        business_id: Uuid,
        email: String,
        name: String,
        role: String,
        password_hash: Option<String>,
        disabled_at: Option<Timestamp>,
        last_signed_in_at: Option<Timestamp>,
        version: i64,
        created_at: Timestamp,
    }
}

impl TryFrom<MemberRow> for Member {
    type Error = StoreError;

    fn try_from(row: MemberRow) -> Result<Self, StoreError> {
        let id = MemberId::from_uuid(row.id);
        let read = Reading { table: "member", row: id };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            email: read.value("email", EmailAddress::parse(&row.email))?,
            name: read.value("name", Name::parse(&row.name))?,
            role: read.known("role", Role::from_name(&row.role))?,
            password_hash: row.password_hash,
            disabled_at: row.disabled_at,
            last_signed_in_at: row.last_signed_in_at,
            version: row.version,
            created_at: row.created_at,
        })
    }
}

/// Adds a member. Refused by `member_email_key` when the address is taken.
pub async fn insert_member(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    let sql = "INSERT INTO member (id, business_id, email, name, role, password_hash, version, created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, 1, $7, $7)";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(member.id.uuid())
            .bind(member.business.uuid())
            .bind(member.email.as_str())
            .bind(member.name.as_str())
            .bind(member.role.as_str())
            .bind(member.password_hash.as_deref())
            .bind(member.created_at)
    )?;
    Ok(())
}

/// A member of a business.
pub async fn member(tx: &mut Tx, business: BusinessId, id: MemberId) -> Result<Option<Member>, StoreError> {
    let sql = "SELECT * FROM member WHERE id = $1 AND business_id = $2";
    let row: Option<MemberRow> = on!(tx, connection =>
        sqlx::query_as(sql).bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Member::try_from).transpose()
}

/// The member who signs in with this address, whatever its capitals.
pub async fn member_by_email(tx: &mut Tx, email: &EmailAddress) -> Result<Option<Member>, StoreError> {
    let sql = "SELECT * FROM member WHERE lower(email) = $1";
    let row: Option<MemberRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(email.folded()).fetch_optional(connection))?;
    row.map(Member::try_from).transpose()
}

/// The members of a business, in the order they joined.
pub async fn members(tx: &mut Tx, business: BusinessId) -> Result<Vec<Member>, StoreError> {
    let sql = "SELECT * FROM member WHERE business_id = $1 ORDER BY created_at, id";
    let rows: Vec<MemberRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(business.uuid()).fetch_all(connection))?;
    rows.into_iter().map(Member::try_from).collect()
}

/// Writes role and disabling of a member over the version that was read. `false` when somebody else was first.
pub async fn update_member(tx: &mut Tx, member: &Member, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE member SET role = $4, disabled_at = $5, version = version + 1, updated_at = $6
               WHERE id = $1 AND business_id = $2 AND version = $3";
    let updated = execute!(
        tx,
        sqlx::query(sql)
            .bind(member.id.uuid())
            .bind(member.business.uuid())
            .bind(member.version)
            .bind(member.role.as_str())
            .bind(member.disabled_at)
            .bind(now)
    )?;
    Ok(updated == 1)
}

/// Notes that a member signed in.
pub async fn note_sign_in(tx: &mut Tx, id: MemberId, now: Timestamp) -> Result<(), StoreError> {
    let sql = "UPDATE member SET last_signed_in_at = $2 WHERE id = $1";
    execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(now))?;
    Ok(())
}

/// Counts the owners of a business who may sign in. Takes the business's row first, so that two who each remove the other
/// wait for one another.
pub async fn owners(tx: &mut Tx, business: BusinessId) -> Result<i64, StoreError> {
    execute!(tx, sqlx::query("UPDATE business SET version = version WHERE id = $1").bind(business.uuid()))?;
    let sql = "SELECT CAST(COUNT(*) AS BIGINT) FROM member
               WHERE business_id = $1 AND role = 'owner' AND disabled_at IS NULL";
    on!(tx, connection => sqlx::query_scalar(sql).bind(business.uuid()).fetch_one(connection))
}

/// An invitation to become a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The business to join.
    pub business: BusinessId,
    /// Whom it was mailed to.
    pub email: EmailAddress,
    /// What they are called.
    pub name: Name,
    /// What they will be.
    pub role: Role,
    /// Who invited.
    pub invited_by: MemberId,
    /// When.
    pub created_at: Timestamp,
    /// Until when it can be accepted.
    pub expires_at: Timestamp,
    /// When it was accepted.
    pub accepted_at: Option<Timestamp>,
    /// When it was taken back.
    pub revoked_at: Option<Timestamp>,
}

impl Invitation {
    /// Whether it can be accepted now.
    pub fn is_open(&self, now: Timestamp) -> bool {
        self.accepted_at.is_none() && self.revoked_at.is_none() && now < self.expires_at
    }
}

row! {
    struct InvitationRow {
        id: Uuid,
        business_id: Uuid,
        email: String,
        name: String,
        role: String,
        invited_by: Uuid,
        created_at: Timestamp,
        expires_at: Timestamp,
        accepted_at: Option<Timestamp>,
        revoked_at: Option<Timestamp>,
    }
}

impl TryFrom<InvitationRow> for Invitation {
    type Error = StoreError;

    fn try_from(row: InvitationRow) -> Result<Self, StoreError> {
        let id = InvitationId::from_uuid(row.id);
        let read = Reading { table: "invitation", row: id };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            email: read.value("email", EmailAddress::parse(&row.email))?,
            name: read.value("name", Name::parse(&row.name))?,
            role: read.known("role", Role::from_name(&row.role))?,
            invited_by: MemberId::from_uuid(row.invited_by),
            created_at: row.created_at,
            expires_at: row.expires_at,
            accepted_at: row.accepted_at,
            revoked_at: row.revoked_at,
        })
    }
}

/// Adds an invitation. It has no token yet: that is minted when its mail is handed over.
pub async fn insert_invitation(tx: &mut Tx, invitation: &Invitation) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO invitation (id, business_id, email, name, role, invited_by, created_at, expires_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    execute!(
        tx,
        sqlx::query(sql)
            .bind(invitation.id.uuid())
            .bind(invitation.business.uuid())
            .bind(invitation.email.as_str())
            .bind(invitation.name.as_str())
            .bind(invitation.role.as_str())
            .bind(invitation.invited_by.uuid())
            .bind(invitation.created_at)
            .bind(invitation.expires_at)
    )?;
    Ok(())
}

/// An invitation by its id.
pub async fn invitation(tx: &mut Tx, id: InvitationId) -> Result<Option<Invitation>, StoreError> {
    let sql = "SELECT * FROM invitation WHERE id = $1";
    let row: Option<InvitationRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(id.uuid()).fetch_optional(connection))?;
    row.map(Invitation::try_from).transpose()
}

/// The invitation of a token.
pub async fn invitation_by_hash(
    tx: &mut Tx,
    token_hash: &[u8; 32],
) -> Result<Option<Invitation>, StoreError> {
    let sql = "SELECT * FROM invitation WHERE token_hash = $1";
    let row: Option<InvitationRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(token_hash.as_slice()).fetch_optional(connection))?;
    row.map(Invitation::try_from).transpose()
}

/// The invitations of a business that can still be accepted, the newest first.
pub async fn open_invitations(
    tx: &mut Tx,
    business: BusinessId,
    now: Timestamp,
) -> Result<Vec<Invitation>, StoreError> {
    let sql = "SELECT * FROM invitation
               WHERE business_id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $2
               ORDER BY created_at DESC, id";
    let rows: Vec<InvitationRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(business.uuid()).bind(now).fetch_all(connection))?;
    rows.into_iter().map(Invitation::try_from).collect()
}

/// Gives an open invitation its token; a mail that is handed over again replaces it. `false` when the invitation is no
/// longer open.
pub async fn set_invitation_token(
    tx: &mut Tx,
    id: InvitationId,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE invitation SET token_hash = $2
               WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3";
    Ok(execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(token_hash.as_slice()).bind(now))? == 1)
}

/// Uses an invitation up. `false` when it was used, revoked or expired meanwhile.
pub async fn accept_invitation(
    tx: &mut Tx,
    id: InvitationId,
    member: MemberId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE invitation SET accepted_at = $3, accepted_by = $2
               WHERE id = $1 AND accepted_at IS NULL AND revoked_at IS NULL AND expires_at > $3";
    Ok(execute!(tx, sqlx::query(sql).bind(id.uuid()).bind(member.uuid()).bind(now))? == 1)
}

/// Takes back every open invitation of an address, so that the newest is the only one.
pub async fn revoke_invitations(
    tx: &mut Tx,
    business: BusinessId,
    email: &EmailAddress,
    now: Timestamp,
) -> Result<u64, StoreError> {
    let sql = "UPDATE invitation SET revoked_at = $3
               WHERE business_id = $1 AND lower(email) = $2 AND accepted_at IS NULL AND revoked_at IS NULL";
    execute!(tx, sqlx::query(sql).bind(business.uuid()).bind(email.folded()).bind(now))
}
