//! Who uses an installation: businesses, their members, sign-ins, invitations, and tries that are counted.
//!
//! Tokens never reach this module: sessions and invitations are stored and found by keyed hashes. Times are machine time
//! except for those of a business and a member, which are shown to people.

use domain::invoice::NetDays;
use domain::payment::Method;
use domain::{
    BusinessId, Country, Currency, EmailAddress, InvitationId, Label, Locale, LongText, MemberId, Name,
    Phone, Role, SessionId, ShortText, Timestamp, Zone,
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
    /// How its invoices may be paid, the preferred way first.
    pub accepted_methods: Vec<Method>,
    /// Its own bank account, for transfers by hand.
    pub bank: Option<BankDetails>,
    /// Its own Stripe account.
    pub stripe: Option<StripeAccount>,
    /// Seals of the webhook secrets: the present one, and the one before while they are rotated.
    pub webhook_secrets: WebhookSecrets,
    /// Counts changes, so that two who edit at once notice.
    pub version: i64,
    /// When it came to be.
    pub created_at: Timestamp,
}

/// A bank account that customers transfer to by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankDetails {
    /// Whose account it is.
    pub holder: Name,
    /// The international account number.
    pub iban: Label,
    /// The bank's code, where it is needed.
    pub bic: Option<Label>,
    /// The bank's name.
    pub bank_name: Option<Name>,
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
        bank_holder: Option<String>,
        bank_iban: Option<String>,
        bank_bic: Option<String>,
        bank_name: Option<String>,
        stripe_account: Option<String>,
        stripe_livemode: Option<bool>,
        stripe_key_sealed: Option<Vec<u8>>,
        webhook_secret_sealed: Option<Vec<u8>>,
        webhook_secret_previous_sealed: Option<Vec<u8>>,
        version: i64,
        created_at: Timestamp,
    }
}

impl TryFrom<BusinessRow> for Business {
    type Error = StoreError;

    fn try_from(row: BusinessRow) -> Result<Self, StoreError> {
        let id = BusinessId::from_uuid(row.id);
        let read = Reading { table: "business", row: id };
        let bank = match (row.bank_holder, row.bank_iban) {
            (None, None) => None,
            (Some(holder), Some(iban)) => Some(BankDetails {
                holder: read.value("bank_holder", Name::parse(&holder))?,
                iban: read.value("bank_iban", Label::parse(&iban))?,
                bic: read.value("bank_bic", Label::parse_optional(row.bank_bic.as_deref().unwrap_or("")))?,
                bank_name: read
                    .value("bank_name", Name::parse_optional(row.bank_name.as_deref().unwrap_or("")))?,
            }),
            _ => {
                return Err(StoreError::corrupt(
                    read.table,
                    "bank_holder, bank_iban",
                    id,
                    "one without the other",
                ));
            }
        };
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
            accepted_methods: read.known("accepted_methods", methods_from(&row.accepted_methods))?,
            bank,
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

/// Adds a business, without Stripe account and webhook secrets: those are set by themselves.
pub async fn insert_business(tx: &mut Tx, business: &Business) -> Result<(), StoreError> {
    let sql = "INSERT INTO business (id, name, time_zone, country, locale, currency, sender_name, reply_to, phone, address,
                   tax_number, net_days, terms, accepted_methods, bank_holder, bank_iban, bank_bic, bank_name, version,
                   created_at, updated_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, 1, $19, $19)";
    let bank = business.bank.as_ref();
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
            .bind(methods_to(&business.accepted_methods))
            .bind(bank.map(|bank| bank.holder.as_str()))
            .bind(bank.map(|bank| bank.iban.as_str()))
            .bind(bank.and_then(|bank| text(bank.bic.as_ref())))
            .bind(bank.and_then(|bank| text(bank.bank_name.as_ref())))
            .bind(business.created_at)
    )?;
    Ok(())
}

/// Writes a business's own data (not its Stripe account) over the version that was read. `false` when somebody else was
/// first.
pub async fn update_business(tx: &mut Tx, business: &Business, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "UPDATE business SET name = $3, time_zone = $4, country = $5, locale = $6, currency = $7, sender_name = $8,
                   reply_to = $9, phone = $10, address = $11, tax_number = $12, net_days = $13, terms = $14,
                   accepted_methods = $15, bank_holder = $16, bank_iban = $17, bank_bic = $18, bank_name = $19,
                   version = version + 1, updated_at = $20
               WHERE id = $1 AND version = $2";
    let bank = business.bank.as_ref();
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
            .bind(methods_to(&business.accepted_methods))
            .bind(bank.map(|bank| bank.holder.as_str()))
            .bind(bank.map(|bank| bank.iban.as_str()))
            .bind(bank.and_then(|bank| text(bank.bic.as_ref())))
            .bind(bank.and_then(|bank| text(bank.bank_name.as_ref())))
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

/// A business by its id.
pub async fn business(tx: &mut Tx, id: BusinessId) -> Result<Option<Business>, StoreError> {
    let sql = "SELECT * FROM business WHERE id = $1";
    let row: Option<BusinessRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(id.uuid()).fetch_optional(connection))?;
    row.map(Business::try_from).transpose()
}

/// Every business, the oldest first.
pub async fn businesses(tx: &mut Tx) -> Result<Vec<Business>, StoreError> {
    let sql = "SELECT * FROM business ORDER BY created_at, id";
    let rows: Vec<BusinessRow> = on!(tx, connection => sqlx::query_as(sql).fetch_all(connection))?;
    rows.into_iter().map(Business::try_from).collect()
}

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
