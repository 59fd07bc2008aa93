//! How a contact may be reached: consent to texts, and ending and taking up a channel, by a member who was told so, or by the
//! contact's own hand.
//!
//! Every mail that asks for money carries a way to end such mails, in a header that mail programs show as a button and as a link
//! below. Its token names the contact and is signed by the installation: nothing has to be stored for it, and it is good for as
//! long as the mail is. Opening it shows a page and changes nothing (mail scanners open links); ending is a POST, in one step,
//! without cookies, as RFC 8058 asks. Nobody falls silent by it: what would have been mailed becomes a letter or a call.

use domain::event::{Actor, EventKind};
use domain::message::Channel;
use domain::sms::ConsentSource;
use domain::time::{self, Date};
use domain::{
    ContactId, CustomerId, FieldErrors, FieldProblem, Locale, LongText, Name, Permission, Phone, Timestamp,
};
use store::consent::{self, Consent};
use store::customers::{self, Contact};
use store::identity::{self, Business};
use store::{StoreError, Tx, ledger, receivables};
use subtle::ConstantTimeEq as _;

use super::record::{Facts, Personal, Told, actor, record};
use super::sms as texting;
use crate::crypto::{Purpose, Token};
use crate::env::{Env, NotPermitted, Principal};

/// Why something about a contact was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum ConsentError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such contact here.
    #[error("no such contact")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else saved meanwhile.
    #[error("somebody else changed the contact")]
    Conflict,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What is done about a channel to a contact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// No more e-mail about invoices.
    EndMail,
    /// E-mail again.
    ResumeMail,
    /// No more texts. They are taken up again by consent only.
    EndTexts,
}

impl Change {
    /// The change of this name, as forms send it.
    pub fn from_name(name: &str) -> Option<Self> {
        match name {
            "end_mail" => Some(Self::EndMail),
            "resume_mail" => Some(Self::ResumeMail),
            "end_texts" => Some(Self::EndTexts),
            _ => None,
        }
    }
}

/// A contact, with how they may be reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reached {
    /// The contact.
    pub contact: Contact,
    /// The customer they are at.
    pub customer: Name,
    /// Whether the installation can text at all.
    pub has_gateway: bool,
    /// Today at the business.
    pub today: Date,
}

/// Shows how a contact may be reached.
pub async fn detail(env: &Env, principal: &Principal, id: ContactId) -> Result<Reached, ConsentError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(ConsentError::NotFound)?;
    let contact = customers::contact(&mut tx, business.id, id).await?.ok_or(ConsentError::NotFound)?;
    let customer = customers::customer(&mut tx, business.id, contact.customer).await?;
    Ok(Reached {
        customer: customer.ok_or(ConsentError::NotFound)?.name,
        has_gateway: env.settings.sms.is_some(),
        today: time::civil_date(env.business_now(), business.time_zone),
        contact,
    })
}

/// What one types when somebody has agreed to be texted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConsentInput {
    /// The version of the contact that was read.
    pub version: String,
    /// How they agreed: a [`ConsentSource`]'s name.
    pub consent_source: String,
    /// The words they agreed to.
    pub consent_text: String,
    /// The day they did; today if empty.
    pub consent_date: String,
}

/// Records that a contact agreed to be texted. Whoever had ended texts may agree anew; the record keeps both.
pub async fn give(
    env: &Env,
    principal: &Principal,
    id: ContactId,
    input: &ConsentInput,
) -> Result<(), ConsentError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let found = customers::contact(tx, business, id).await?;
            let mut contact =
                found.filter(|contact| contact.removed_at.is_none()).ok_or(ConsentError::NotFound)?;
            let of = identity::business(tx, business).await?.ok_or(ConsentError::NotFound)?;
            let mut errors = FieldErrors::new();
            let source = errors.check("consent_source", source(&input.consent_source));
            let text = errors.check("consent_text", LongText::parse(&input.consent_text));
            let at = errors.check("consent_date", moment(env, &of, &input.consent_date));
            // A number is entered with the contact, not here.
            let number = contact.phone.clone().ok_or(FieldProblem::PhoneInvalid);
            errors.check("consent_source", number);
            let (Some(source), Some(text), Some(at), true) = (source, text, at, errors.is_empty()) else {
                return Err(errors.into());
            };
            if input.version.parse() != Ok(contact.version) {
                return Err(ConsentError::Conflict);
            }
            contact.texting.consent = Some(Consent { at, source, text: text.to_string() });
            contact.texting.opted_out_at = None;
            if !customers::update_contact(tx, &contact, env.business_now()).await? {
                return Err(ConsentError::Conflict);
            }
            let told = Told::new(EventKind::ConsentGiven, id)
                .customer(contact.customer)
                .facts(Facts { channel: Some(Channel::Sms), ..Facts::default() })
                .personal(Personal {
                    name: Some(contact.name.to_string()),
                    note: Some(text.to_string()),
                    ..Personal::default()
                });
            record(tx, env, business, actor(principal), told);
            receivables::look_again_at_all(tx, business, contact.customer, env.business_now()).await?;
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

fn source(name: &str) -> Result<ConsentSource, FieldProblem> {
    // Their own text is recorded when it comes, never typed.
    ConsentSource::from_name(name)
        .filter(|source| *source != ConsentSource::TextMessage)
        .ok_or(FieldProblem::Required)
}

/// The moment of a consent: the start of the day that was typed, which is not in the future.
fn moment(env: &Env, business: &Business, text: &str) -> Result<Timestamp, FieldProblem> {
    let now = env.business_now();
    if text.trim().is_empty() {
        return Ok(now);
    }
    let day = time::parse_date(text)?;
    let latest = time::civil_date(now, business.time_zone);
    if day > latest {
        return Err(FieldProblem::DateAfter { latest });
    }
    Ok(time::start_of_day(day, business.time_zone).min(now))
}

/// Ends or takes up a channel on the word of a contact, as a member heard it.
pub async fn change(
    env: &Env,
    principal: &Principal,
    id: ContactId,
    change: Change,
) -> Result<(), ConsentError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    let by = actor(principal);
    env.store
        .transact(async |tx: &mut Tx| {
            let contact = customers::contact(tx, business, id).await?.ok_or(ConsentError::NotFound)?;
            carry_out(env, tx, by, &contact, change).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// Does it once, and says so on the timeline. What is so already changes nothing.
async fn carry_out(
    env: &Env,
    tx: &mut Tx,
    by: Actor,
    contact: &Contact,
    change: Change,
) -> Result<(), ConsentError> {
    let now = env.business_now();
    // Once this has committed, nothing leaves that was decided about before.
    let number = contact.phone.as_ref().filter(|_| change == Change::EndTexts);
    if let Some(number) = number {
        texting::take_turns(tx, number).await?;
    } else {
        ledger::take_turn(tx, contact.business, contact.customer).await?;
    }
    let (changed, kind, channel) = match change {
        Change::EndMail => {
            let changed = consent::end_mail(tx, contact.business, contact.id, now).await?;
            (changed, EventKind::ContactOptedOut, Channel::Email)
        }
        Change::ResumeMail => {
            let changed = consent::resume_mail(tx, contact.business, contact.id, now).await?;
            (changed, EventKind::ContactOptedIn, Channel::Email)
        }
        Change::EndTexts => {
            let ended = match &contact.phone {
                Some(number) => consent::end_texts(tx, number, now).await?,
                None => Vec::new(),
            };
            for other in ended.iter().filter(|other| other.id != contact.id) {
                tell(env, tx, Actor::System, other, EventKind::ContactOptedOut, Channel::Sms);
                receivables::look_again_at_all(tx, other.business, other.customer, now).await?;
            }
            let changed = ended.iter().any(|other| other.id == contact.id);
            (changed, EventKind::ContactOptedOut, Channel::Sms)
        }
    };
    if changed {
        tell(env, tx, by, contact, kind, channel);
        receivables::look_again_at_all(tx, contact.business, contact.customer, now).await?;
    }
    Ok(())
}

fn tell(env: &Env, tx: &mut Tx, by: Actor, contact: &Contact, kind: EventKind, channel: Channel) {
    let told = Told::new(kind, contact.id)
        .customer(contact.customer)
        .facts(Facts { channel: Some(channel), ..Facts::default() })
        .personal(Personal { name: Some(contact.name.to_string()), ..Personal::default() });
    record(tx, env, contact.business, by, told);
}

/// What stands in a stored body where the address of [`way_out`] stood: whoever reads the record ends nobody's mail.
pub const WAY_OUT_PLACEHOLDER: &str = "[link contact preferences]";

/// The address at which a contact chooses how they are contacted.
pub fn way_out(env: &Env, contact: ContactId) -> String {
    format!("{}{}", env.settings.base_url, way_out_path(env, contact))
}

/// Its path.
pub fn way_out_path(env: &Env, contact: ContactId) -> String {
    format!("/u/{}", token(env, contact).reveal())
}

/// The contact's id and a keyed hash of it, half of a token each.
fn token(env: &Env, contact: ContactId) -> Token {
    let id = contact.uuid().into_bytes();
    let hash = env.keys.hash(Purpose::WayOut, &id).0;
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(&id);
    bytes[16..].copy_from_slice(&hash[..16]);
    Token::from_bytes(bytes)
}

/// Whom a token of [`way_out`] names, if we made it.
fn named(env: &Env, text: &str) -> Option<ContactId> {
    let given = Token::parse(text)?;
    let id = given.first_half();
    let contact = ContactId::from_uuid(uuid::Uuid::from_bytes(id));
    bool::from(token(env, contact).reveal().as_bytes().ct_eq(text.as_bytes())).then_some(contact)
}

/// How somebody is contacted, as they see it themselves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Own {
    /// The business.
    pub business: Name,
    /// Their language.
    pub locale: Locale,
    /// Their address, masked; nothing if there is none.
    pub email: Option<String>,
    /// Whether mails about invoices go there.
    pub mailed: bool,
    /// Their number, masked, if they are texted.
    pub texted: Option<String>,
}

/// Shows the holder of a way out how they are contacted. Changes nothing.
pub async fn own(env: &Env, token: &str) -> Result<Own, ConsentError> {
    let contact = named(env, token).ok_or(ConsentError::NotFound)?;
    let mut tx = env.store.read().await?;
    own_in(&mut tx, contact).await
}

async fn own_in(tx: &mut Tx, id: ContactId) -> Result<Own, ConsentError> {
    let contact = consent::find(tx, id).await?.filter(|contact| contact.removed_at.is_none());
    let contact = contact.ok_or(ConsentError::NotFound)?;
    let business = identity::business(tx, contact.business).await?.ok_or(ConsentError::NotFound)?;
    let customer: CustomerId = contact.customer;
    let customer = customers::customer(tx, business.id, customer).await?.ok_or(ConsentError::NotFound)?;
    Ok(Own {
        business: business.sender_name,
        locale: contact.locale.unwrap_or(customer.locale),
        email: contact.email.as_ref().map(domain::EmailAddress::masked),
        mailed: contact.email_opted_out_at.is_none(),
        texted: contact.textable().map(Phone::masked),
    })
}

/// Carries out what the holder of a way out asks for, and shows how things stand then. Asking twice changes nothing more.
pub async fn choose(env: &Env, token: &str, change: Change) -> Result<Own, ConsentError> {
    let contact = named(env, token).ok_or(ConsentError::NotFound)?;
    let own = env
        .store
        .transact(async |tx: &mut Tx| {
            let found = consent::find(tx, contact).await?.filter(|contact| contact.removed_at.is_none());
            let found = found.ok_or(ConsentError::NotFound)?;
            carry_out(env, tx, Actor::System, &found, change).await?;
            own_in(tx, contact).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(own)
}
