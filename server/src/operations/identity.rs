//! Members: signing in and out, inviting, roles.
//!
//! Sessions live in the database under the keyed hash of the cookie's token, and end after 12 idle hours or 14 days,
//! whichever comes first, in machine time. A wrong e-mail and a wrong password cost the same work and get the same
//! answer.

use std::collections::HashMap;

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::message::{Channel, MessageKind};
use domain::{
    BusinessId, EmailAddress, FieldErrors, FieldProblem, InvitationId, MemberId, Name, Permission, Role,
    SessionId, Timestamp,
};
use secrecy::{ExposeSecret as _, SecretString};
use store::identity::{self, Business, Invitation, Member, Session};
use store::{StoreError, Tx};

use super::answers::{self, Answer};
use super::limits::{self, Limit, TooMany};
use super::record::{Facts, Personal, Told, actor, record};
use crate::crypto::{CryptoError, Purpose, SALT_BYTES, Token};
use crate::env::{Env, NotPermitted, Principal};

/// A session that is not used ends after this.
pub const SESSION_IDLE: Duration = Duration::hours(12);
/// A session ends after this, used or not.
pub const SESSION_LIFE: Duration = Duration::days(14);
/// How exactly the last use of a session is written down: not every page view is a write.
const SEEN_STEP: Duration = Duration::minutes(5);
/// How long an invitation can be accepted.
pub const INVITATION_LIFE: Duration = Duration::days(7);

/// The fewest characters of a password. There is no rule about their kinds: length is what helps.
pub const PASSWORD_MIN_CHARS: usize = 12;
/// The most characters of a password: bounds the work of hashing it.
pub const PASSWORD_MAX_CHARS: usize = 200;

/// What is tried first by those who guess, among what is long enough to be accepted.
const COMMON_PASSWORDS: &[&str] = &[
    "123456789012",
    "1234567890123",
    "12345678901234",
    "1234567890ab",
    "111111111111",
    "000000000000",
    "password1234",
    "password12345",
    "passwordpassword",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyqwerty",
    "qwerty123456",
    "administrator",
    "letmeinletmein",
    "iloveyou1234",
    "changeme1234",
    "welcome12345",
    "dunlindunlin",
];

/// Where a request came from. Kept with the session, so that people can tell their sign-ins apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Browser {
    /// The peer's address, as the trusted hops say.
    pub address: Option<String>,
    /// What it calls itself, cut to a sane length.
    pub user_agent: Option<String>,
}

impl Browser {
    /// The most characters kept of what a browser calls itself.
    const USER_AGENT_MAX_CHARS: usize = 300;

    fn trimmed(self) -> Self {
        let user_agent = self.user_agent.map(|text| {
            text.chars().filter(|c| !c.is_control()).take(Self::USER_AGENT_MAX_CHARS).collect::<String>()
        });
        Self { user_agent, ..self }
    }
}

/// A fresh sign-in: the cookie's token is shown here once and never again.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie.
    pub token: Token,
    /// When the session ends whatever happens (machine time).
    pub expires_at: Timestamp,
    /// Who signed in.
    pub member: MemberId,
    /// Their business.
    pub business: BusinessId,
}

/// What was typed into the sign-in form.
#[derive(Debug, Clone, Default)]
pub struct SignIn {
    /// The address.
    pub email: String,
    /// The password.
    pub password: SecretString,
}

/// Why nobody was signed in.
#[derive(Debug, thiserror::Error)]
pub enum SignInError {
    /// Something is missing, or address and password do not belong together (deliberately not telling which).
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Too many tries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The password could not be checked.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Signs a member in. Anybody may try, within limits. The work is the same whether the address is known or not.
pub async fn sign_in(
    env: &Env,
    _principal: &Principal,
    input: SignIn,
    browser: Browser,
) -> Result<SignedIn, SignInError> {
    let mut errors = FieldErrors::new();
    let email = errors.check("email", EmailAddress::parse(&input.email));
    if input.password.expose_secret().is_empty() {
        errors.push("password", FieldProblem::Required);
    }
    let (Some(email), true) = (email, errors.is_empty()) else { return Err(errors.into()) };
    let account = email.folded();
    let address = browser.address.clone().unwrap_or_default();
    let both = format!("{account} {address}");
    limits::take(env, Limit::SIGN_IN_BY_ADDRESS, &address).await??;
    limits::take(env, Limit::SIGN_IN_BY_ACCOUNT, &account).await??;
    limits::take(env, Limit::SIGN_IN, &both).await??;

    let found = {
        let mut tx = env.store.read().await?;
        identity::member_by_email(&mut tx, &email).await?
    };
    let stored = found.as_ref().and_then(|member| member.password_hash.as_deref());
    // A password longer than any that could have been set is refused after the same work as any other wrong one.
    let fits = input.password.expose_secret().chars().count() <= PASSWORD_MAX_CHARS;
    let checked = if fits { input.password } else { SecretString::default() };
    let matches = env.keys.verify_password(stored, &checked).await? && fits;
    let wrong = || SignInError::from(FieldErrors::one("password", FieldProblem::CredentialsWrong));
    let Some(member) = found.filter(|member| matches && member.disabled_at.is_none()) else {
        return Err(wrong());
    };

    let (session, signed_in) = new_session(env, &member, browser);
    let (member, session) = (&member, &session);
    env.store
        .transact(async |tx| {
            // Disabled, or given another password, while this one was being checked?
            let now = identity::member(tx, member.business, member.id).await?;
            if now.is_none_or(|now| now.disabled_at.is_some() || now.password_hash != member.password_hash) {
                return Err(wrong());
            }
            identity::insert_session(tx, session).await?;
            identity::note_sign_in(tx, member.id, env.business_now()).await?;
            let told = Told::new(EventKind::MemberSignedIn, member.id).personal(Personal {
                address: session.address.clone(),
                user_agent: session.user_agent.clone(),
                ..Personal::default()
            });
            record(tx, env, member.business, Actor::Member(member.id), told);
            Ok(())
        })
        .await?;
    limits::forgive(env, Limit::SIGN_IN, &both).await?;
    Ok(signed_in)
}

/// A session to be written, and what its owner gets. A new sign-in always gets a new token: nobody can fix one beforehand.
pub(super) fn new_session(env: &Env, member: &Member, browser: Browser) -> (Session, SignedIn) {
    let token = Token::from_bytes(env.new_token());
    let now = env.machine_now();
    let browser = browser.trimmed();
    let session = Session {
        id: env.new_id(),
        token_hash: env.keys.hash_token(Purpose::MemberSession, &token).0,
        business: member.business,
        member: member.id,
        created_at: now,
        last_seen_at: now,
        expires_at: now + SESSION_LIFE,
        address: browser.address,
        user_agent: browser.user_agent,
    };
    let signed_in =
        SignedIn { token, expires_at: session.expires_at, member: member.id, business: member.business };
    (session, signed_in)
}

/// Adds what is wrong with a new password. It is typed once: a browser can show it, and a repetition catches little more.
pub(super) fn check_password(errors: &mut FieldErrors, password: &SecretString) {
    let text = password.expose_secret();
    let chars = text.chars().count();
    if text.is_empty() {
        errors.push("password", FieldProblem::Required);
    } else if chars < PASSWORD_MIN_CHARS {
        errors.push("password", FieldProblem::TooShort { min: PASSWORD_MIN_CHARS });
    } else if chars > PASSWORD_MAX_CHARS {
        errors.push("password", FieldProblem::TooLong { max: PASSWORD_MAX_CHARS });
    } else if COMMON_PASSWORDS.contains(&text.to_lowercase().as_str()) {
        errors.push("password", FieldProblem::PasswordTooCommon);
    }
}

/// Who holds a session cookie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authenticated {
    /// Their session.
    pub session: SessionId,
    /// Who they are.
    pub member: Member,
    /// Their business.
    pub business: Business,
}

impl Authenticated {
    /// What operations are called with.
    pub fn principal(&self) -> Principal {
        Principal::Member { business: self.business.id, member: self.member.id, role: self.member.role }
    }
}

/// Recognises the holder of a session cookie. `None` for whatever is unknown, ended, idle for too long, or belongs to a
/// member who was disabled. Role and business are read afresh each time: a change takes effect at the next request.
pub async fn authenticate(env: &Env, cookie: &str) -> Result<Option<Authenticated>, StoreError> {
    let Some(token) = Token::parse(cookie) else { return Ok(None) };
    let hash = env.keys.hash_token(Purpose::MemberSession, &token).0;
    let now = env.machine_now();
    let mut tx = env.store.read().await?;
    let Some(session) = identity::session_by_hash(&mut tx, &hash).await? else { return Ok(None) };
    if now >= session.expires_at || now >= session.last_seen_at + SESSION_IDLE {
        return Ok(None);
    }
    let Some(member) = identity::member(&mut tx, session.business, session.member).await? else {
        return Ok(None);
    };
    let Some(business) = identity::business(&mut tx, session.business).await? else { return Ok(None) };
    drop(tx);
    if member.disabled_at.is_some() {
        return Ok(None);
    }
    if now >= session.last_seen_at + SEEN_STEP {
        env.store.transact(async |tx| identity::touch_session(tx, session.id, now).await).await?;
    }
    Ok(Some(Authenticated { session: session.id, member, business }))
}

/// Ends a session.
pub async fn sign_out(env: &Env, signed_in: &Authenticated) -> Result<(), StoreError> {
    end_sessions(env, signed_in, false).await
}

/// Ends every session of a member.
pub async fn sign_out_everywhere(env: &Env, signed_in: &Authenticated) -> Result<(), StoreError> {
    end_sessions(env, signed_in, true).await
}

async fn end_sessions(env: &Env, signed_in: &Authenticated, everywhere: bool) -> Result<(), StoreError> {
    let member = &signed_in.member;
    env.store
        .transact(async |tx| {
            let now = env.machine_now();
            if everywhere {
                identity::revoke_sessions(tx, member.id, now).await?;
            } else {
                identity::revoke_session(tx, signed_in.session, now).await?;
            }
            let told = Told::new(EventKind::MemberSignedOut, member.id);
            record(tx, env, member.business, Actor::Member(member.id), told);
            Ok(())
        })
        .await
}

/// Why members could not be listed, invited or changed.
#[derive(Debug, thiserror::Error)]
pub enum MemberError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such member or invitation in this business.
    #[error("no such member")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// The last owner cannot be taken away: nobody could give it back.
    #[error("a business keeps at least one owner")]
    LastOwner,
    /// Somebody else changed the member meanwhile.
    #[error("somebody else changed the member")]
    Conflict,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The people of a business, and those who were asked to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct People {
    /// Members, in the order they joined.
    pub members: Vec<Member>,
    /// Invitations that can still be accepted, the newest first.
    pub invitations: Vec<Invitation>,
}

/// Lists the people of a business.
pub async fn people(env: &Env, principal: &Principal) -> Result<People, MemberError> {
    let (business, _) = principal.member_with(Permission::ViewMembers)?;
    let mut tx = env.store.read().await?;
    Ok(People {
        members: identity::members(&mut tx, business).await?,
        invitations: identity::open_invitations(&mut tx, business, env.machine_now()).await?,
    })
}

/// What was typed into the invitation form.
#[derive(Debug, Clone, Default)]
pub struct Invite {
    /// Whom to invite.
    pub email: String,
    /// What they will be.
    pub role: String,
}

/// Invites a person by mail. An earlier invitation of the same address is taken back. The token is minted when the mail is
/// handed over ([`mint_invitation`]): until then nobody has it.
pub async fn invite(env: &Env, principal: &Principal, input: Invite) -> Result<InvitationId, MemberError> {
    let (business, inviter) = principal.member_with(Permission::InviteMembers)?;
    let mut errors = FieldErrors::new();
    let email = errors.check("email", EmailAddress::parse(&input.email));
    let role = errors.check("role", Role::from_name(&input.role).ok_or(FieldProblem::ChoiceUnknown));
    let (Some(email), Some(role)) = (email, role) else { return Err(errors.into()) };
    // They say themselves what they are called when they accept; until then they go by their address.
    let name = Name::parse(email.as_str()).map_err(|problem| FieldErrors::one("email", problem))?;
    let may_grant = matches!(principal, Principal::Member { role: own, .. } if own.may_grant(role));
    if !may_grant {
        return Err(NotPermitted.into());
    }
    let now = env.machine_now();
    let invitation = Invitation {
        id: env.new_id(),
        business,
        email,
        name,
        role,
        invited_by: inviter,
        created_at: now,
        expires_at: now + INVITATION_LIFE,
        accepted_at: None,
        revoked_at: None,
    };
    let invitation = &invitation;
    env.store
        .transact(async |tx| {
            if identity::member_by_email(tx, &invitation.email).await?.is_some() {
                return Err(FieldErrors::one("email", FieldProblem::AlreadyTaken).into());
            }
            let Some(inviting) = identity::business(tx, business).await? else {
                return Err(MemberError::NotFound);
            };
            identity::revoke_invitations(tx, business, &invitation.email, now).await?;
            identity::insert_invitation(tx, invitation).await?;
            let mail = Answer {
                business,
                customer: None,
                invoice: None,
                contact: None,
                kind: MessageKind::Invitation,
                channel: Channel::Email,
                cause: format!("invitation:{}", invitation.id),
                // Nothing better than the address is known yet, and that is no name to greet by.
                to_name: String::new(),
                to_address: invitation.email.to_string(),
                locale: inviting.locale,
                data: serde_json::json!({ "invitation": invitation.id }),
            };
            answers::queue(tx, env, actor(principal), mail).await?;
            let told = Told::new(EventKind::MemberInvited, invitation.id)
                .facts(Facts { role: Some(role), ..Facts::default() })
                .personal(personal(&invitation.name, &invitation.email));
            record(tx, env, business, actor(principal), told);
            Ok::<_, MemberError>(())
        })
        .await?;
    env.nudges.outbox.notify_one();
    Ok(invitation.id)
}

fn personal(name: &Name, email: &EmailAddress) -> Personal {
    Personal { name: Some(name.to_string()), email: Some(email.to_string()), ..Personal::default() }
}

/// Gives an invitation its token, in the transaction that hands its mail over. A second hand-over mints anew, and the
/// first token stops working. `None` when the invitation is no longer open: then the mail is cancelled.
pub async fn mint_invitation(
    tx: &mut Tx,
    env: &Env,
    id: InvitationId,
) -> Result<Option<(Token, Invitation)>, StoreError> {
    let Some(invitation) = identity::invitation(tx, id).await? else { return Ok(None) };
    let token = Token::from_bytes(env.new_token());
    let hash = env.keys.hash_token(Purpose::Invitation, &token).0;
    let open = identity::set_invitation_token(tx, id, &hash, env.machine_now()).await?;
    Ok(open.then_some((token, invitation)))
}

/// The address of an invitation's page.
pub fn invitation_url(env: &Env, token: &Token) -> String {
    format!("{}/invitation/{}", env.settings.base_url, token.reveal())
}

/// What the page of an invitation shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvitationView {
    /// The business that invites.
    pub business: Business,
    /// The invitation.
    pub invitation: Invitation,
}

/// The open invitation of a token. Unknown, used, revoked and expired ones are all `None`.
pub async fn invitation(env: &Env, token: &str) -> Result<Option<InvitationView>, StoreError> {
    let Some(token) = Token::parse(token) else { return Ok(None) };
    let hash = env.keys.hash_token(Purpose::Invitation, &token).0;
    let mut tx = env.store.read().await?;
    let found = identity::invitation_by_hash(&mut tx, &hash).await?;
    let Some(invitation) = found.filter(|invitation| invitation.is_open(env.machine_now())) else {
        return Ok(None);
    };
    let Some(business) = identity::business(&mut tx, invitation.business).await? else { return Ok(None) };
    Ok(Some(InvitationView { business, invitation }))
}

/// What was typed by somebody who accepts.
#[derive(Debug, Clone, Default)]
pub struct Accept {
    /// What they want to be called.
    pub name: String,
    /// The password they choose.
    pub password: SecretString,
}

/// Why an invitation was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum AcceptError {
    /// Unknown, used, revoked or expired.
    #[error("no such invitation")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// The password could not be hashed.
    #[error(transparent)]
    Crypto(#[from] CryptoError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Makes a member of whoever holds an invitation's link, once, and signs them in.
pub async fn accept_invitation(
    env: &Env,
    token: &str,
    input: Accept,
    browser: Browser,
) -> Result<SignedIn, AcceptError> {
    let view = invitation(env, token).await?.ok_or(AcceptError::NotFound)?;
    let mut errors = FieldErrors::new();
    let name = errors.check("name", Name::parse(&input.name));
    check_password(&mut errors, &input.password);
    let (Some(name), true) = (name, errors.is_empty()) else { return Err(errors.into()) };
    let mut salt = [0; SALT_BYTES];
    env.entropy.fill(&mut salt);
    let password_hash = env.keys.hash_password(salt, &input.password).await?;
    let invitation = &view.invitation;
    let member = Member {
        id: env.new_id(),
        business: invitation.business,
        email: invitation.email.clone(),
        name,
        role: invitation.role,
        password_hash: Some(password_hash),
        disabled_at: None,
        last_signed_in_at: None,
        version: 1,
        created_at: env.business_now(),
    };
    let (session, signed_in) = new_session(env, &member, browser);
    let (member, session) = (&member, &session);
    env.store
        .transact(async |tx| {
            if identity::member_by_email(tx, &member.email).await?.is_some() {
                return Err(AcceptError::NotFound);
            }
            identity::insert_member(tx, member).await?;
            if !identity::accept_invitation(tx, invitation.id, member.id, env.machine_now()).await? {
                return Err(AcceptError::NotFound);
            }
            identity::insert_session(tx, session).await?;
            identity::note_sign_in(tx, member.id, env.business_now()).await?;
            let told = Told::new(EventKind::MemberJoined, member.id)
                .facts(Facts { role: Some(member.role), ..Facts::default() })
                .personal(personal(&member.name, &member.email));
            record(tx, env, member.business, Actor::Member(member.id), told);
            Ok(())
        })
        .await?;
    Ok(signed_in)
}

/// Changes what a member may do. Takes effect at their next request.
pub async fn change_role(
    env: &Env,
    principal: &Principal,
    member: MemberId,
    role: &str,
) -> Result<(), MemberError> {
    let (business, _) = principal.member_with(Permission::ManageMembers)?;
    let Some(role) = Role::from_name(role) else {
        return Err(FieldErrors::one("role", FieldProblem::ChoiceUnknown).into());
    };
    change(env, principal, business, member, EventKind::MemberRoleChanged, |member, _| member.role = role)
        .await
}

/// Lets a member no longer sign in, and ends their sessions.
pub async fn disable(env: &Env, principal: &Principal, member: MemberId) -> Result<(), MemberError> {
    let (business, _) = principal.member_with(Permission::ManageMembers)?;
    change(env, principal, business, member, EventKind::MemberDisabled, |member, now| {
        member.disabled_at = Some(now);
    })
    .await
}

/// Lets a member sign in again.
pub async fn enable(env: &Env, principal: &Principal, member: MemberId) -> Result<(), MemberError> {
    let (business, _) = principal.member_with(Permission::ManageMembers)?;
    change(env, principal, business, member, EventKind::MemberEnabled, |member, _| member.disabled_at = None)
        .await
}

async fn change(
    env: &Env,
    principal: &Principal,
    business: BusinessId,
    id: MemberId,
    kind: EventKind,
    edit: impl Fn(&mut Member, Timestamp),
) -> Result<(), MemberError> {
    let edit = &edit;
    env.store
        .transact(async |tx| {
            let now = env.business_now();
            let mut member = identity::member(tx, business, id).await?.ok_or(MemberError::NotFound)?;
            edit(&mut member, now);
            if !identity::update_member(tx, &member, now).await? {
                return Err(MemberError::Conflict);
            }
            if identity::owners(tx, business).await? == 0 {
                return Err(MemberError::LastOwner);
            }
            if member.disabled_at.is_some() {
                identity::revoke_sessions(tx, id, env.machine_now()).await?;
            }
            let facts = Facts { role: Some(member.role), ..Facts::default() };
            record(tx, env, business, actor(principal), Told::new(kind, id).facts(facts));
            Ok(())
        })
        .await
}

/// The names of a business's members, for whoever shows who did something.
pub(super) async fn member_names(
    tx: &mut Tx,
    business: BusinessId,
) -> Result<HashMap<MemberId, Name>, StoreError> {
    let members = identity::members(tx, business).await?;
    Ok(members.into_iter().map(|member| (member.id, member.name)).collect())
}
