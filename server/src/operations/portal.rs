//! Portal links: minting, opening, exchanging, renewing.
//!
//! A link is 256 random bits in a mail. Opening it (GET) shows and changes nothing: mail scanners do it too. The first POST
//! by a person exchanges it for a session: a cookie that keeps every link opened in this browser. A link can view and pay,
//! whoever holds it. It lives 90 days of business time; an expired one can be answered by a fresh one, mailed to the
//! contact on file; unknown and revoked ones are the same nothing.

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::invoice::InvoiceState;
use domain::message::MessageKind;
use domain::sheet::InvoiceSheet;
use domain::time::{Date, civil_date};
use domain::{
    BusinessId, ContactId, CustomerId, InvoiceId, LinkId, Locale, MessageId, Name, Permission, SessionId,
    Timestamp,
};
use store::customers::{self, Contact};
use store::identity::{self, Business};
use store::invoices;
use store::links::{self, Link, NewLink, NewPortalSession};
use store::{StoreError, Tx};

use super::answers::{self, Answer};
use super::identity::Browser;
use super::invoices::{InvoiceError, Other, covered, sheet};
use super::limits::{self, Limit, TooMany};
use super::record::{Personal, Told, actor, record};
use crate::crypto::{Purpose, Token};
use crate::env::{Env, NotPermitted, PortalAccess, PortalScope, Principal};

/// How long a link is good for, in business time. The schema allows no more.
pub const LINK_LIFE: Duration = Duration::days(90);
/// How long a browser keeps the links it opened, in machine time. Each link still ends by itself.
pub const SESSION_LIFE: Duration = Duration::days(90);
/// How exactly the last use of a session is written down.
const SEEN_STEP: Duration = Duration::minutes(30);

/// What a new link opens, and for whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LinkFor {
    /// Whose invoices.
    pub business: BusinessId,
    /// Who owes.
    pub customer: CustomerId,
    /// One invoice, or all of the customer's.
    pub scope: PortalScope,
    /// Whom it is sent to, if it is sent.
    pub contact: Option<ContactId>,
    /// The message that carries it, if one does.
    pub message: Option<MessageId>,
}

/// A link that was just made. The token is here and, hashed, in the database; nowhere else.
#[derive(Debug)]
pub struct Minted {
    /// Its id: what stands in stored bodies in its place.
    pub id: LinkId,
    /// The address to hand over.
    pub url: String,
}

/// Makes a link, in the transaction that hands it over. Trying again mints anew.
pub async fn mint(tx: &mut Tx, env: &Env, by: Actor, link: LinkFor) -> Result<Minted, StoreError> {
    let token = Token::from_bytes(env.new_token());
    let id: LinkId = env.new_id();
    let now = env.business_now();
    let invoice = match link.scope {
        PortalScope::Invoice(invoice) => Some(invoice),
        PortalScope::Customer => None,
    };
    links::keep(
        tx,
        &NewLink {
            token_hash: &env.keys.hash_token(Purpose::PortalLink, &token).0,
            id,
            business: link.business,
            customer: link.customer,
            invoice,
            contact: link.contact,
            message: link.message,
            created_at: now,
            expires_at: now + LINK_LIFE,
        },
    )
    .await?;
    let mut told = Told::new(EventKind::LinkMinted, id).customer(link.customer);
    if let Some(invoice) = invoice {
        told = told.invoice(invoice);
    }
    record(tx, env, link.business, by, told);
    Ok(Minted { id, url: format!("{}/l/{}", env.settings.base_url, token.reveal()) })
}

/// Why a page of the portal was not shown, or an action on it not taken.
#[derive(Debug, thiserror::Error)]
pub enum PortalError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// No link covers this: unknown, revoked, another customer's, a draft. The same for all.
    #[error("no such invoice")]
    NotFound,
    /// Too many tries.
    #[error(transparent)]
    TooMany(#[from] TooMany),
    /// The invoice could not be read.
    #[error(transparent)]
    Invoice(InvoiceError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<InvoiceError> for PortalError {
    fn from(error: InvoiceError) -> Self {
        match error {
            InvoiceError::NotPermitted(error) => Self::NotPermitted(error),
            InvoiceError::NotFound => Self::NotFound,
            InvoiceError::Store(error) => Self::Store(error),
            error => Self::Invoice(error),
        }
    }
}

/// What stands behind the address of a link.
#[derive(Debug)]
pub enum Opened {
    /// It is good: the invoice.
    View(Box<View>),
    /// It was good once. Nothing of the invoice is told.
    Expired(Expired),
}

/// Who answers for an expired link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expired {
    /// The business that sent it.
    pub business: Name,
    /// The language of whoever it was sent to.
    pub locale: Locale,
    /// Where a fresh one would go, recognisable to its owner only.
    pub masked_email: String,
}

/// An invoice as the customer sees it.
#[derive(Debug)]
pub struct View {
    /// How the reader came in.
    pub access: PortalAccess,
    /// The business.
    pub business: Business,
    /// The reader's language and formats: the contact's, else the customer's, where Dunlin speaks them.
    pub locale: Locale,
    /// Today at the business.
    pub today: Date,
    /// The invoice.
    pub sheet: InvoiceSheet,
    /// The other open invoices that the same link covers, oldest due first.
    pub others: Vec<Other>,
}

/// Opens a link. Writes nothing, whoever asks.
pub async fn open(env: &Env, token: &str) -> Result<Opened, PortalError> {
    let mut tx = env.store.read().await?;
    let link = find(&mut tx, env, token).await?;
    if env.business_now() >= link.expires_at {
        let (business, contact) = answer_to(&mut tx, &link).await?;
        let locale = locale_of(&mut tx, &link, Some(&contact)).await?;
        let masked_email = contact.email.as_ref().map(domain::EmailAddress::masked).unwrap_or_default();
        return Ok(Opened::Expired(Expired { business: business.name, locale, masked_email }));
    }
    let access = access_of(&link);
    let invoice = first_invoice(&mut tx, env, &access).await?;
    Ok(Opened::View(Box::new(view_in(&mut tx, env, access, invoice).await?)))
}

/// The link of a token, unless it is unknown or revoked.
async fn find(tx: &mut Tx, env: &Env, token: &str) -> Result<Link, PortalError> {
    let token = Token::parse(token).ok_or(PortalError::NotFound)?;
    let hash = env.keys.hash_token(Purpose::PortalLink, &token).0;
    let link = links::find_by_hash(tx, &hash).await?;
    link.filter(|link| link.revoked_at.is_none()).ok_or(PortalError::NotFound)
}

fn access_of(link: &Link) -> PortalAccess {
    PortalAccess {
        link: link.id,
        business: link.business,
        customer: link.customer,
        contact: link.contact,
        scope: link.invoice.map_or(PortalScope::Customer, PortalScope::Invoice),
    }
}

/// The invoice that a link leads to: its own, or the oldest open one of the customer, or the newest if none is open.
async fn first_invoice(tx: &mut Tx, env: &Env, access: &PortalAccess) -> Result<InvoiceId, PortalError> {
    if let PortalScope::Invoice(invoice) = access.scope {
        return Ok(invoice);
    }
    let business = identity::business(tx, access.business).await?.ok_or(PortalError::NotFound)?;
    if let Some(open) = covered(tx, env, &business, access).await?.first() {
        return Ok(open.id);
    }
    let filter =
        invoices::Filter { customer: Some(access.customer), issued_only: true, ..Default::default() };
    let today = civil_date(env.business_now(), business.time_zone);
    let newest = invoices::list(tx, business.id, &filter, today, 1).await?;
    newest.first().map(|row| row.id).ok_or(PortalError::NotFound)
}

/// Shows an invoice to the holder of a link or session. Another customer's, another business's and drafts are not found.
pub async fn view(env: &Env, principal: &Principal, invoice: InvoiceId) -> Result<View, PortalError> {
    let access = principal.portal()?.clone();
    let mut tx = env.store.read().await?;
    view_in(&mut tx, env, access, invoice).await
}

async fn view_in(
    tx: &mut Tx,
    env: &Env,
    access: PortalAccess,
    invoice: InvoiceId,
) -> Result<View, PortalError> {
    if !covers(tx, &access, invoice).await? {
        return Err(PortalError::NotFound);
    }
    let business = identity::business(tx, access.business).await?.ok_or(PortalError::NotFound)?;
    let sheet = sheet(tx, env, &business, invoice).await?.ok_or(PortalError::NotFound)?;
    let mut others = covered(tx, env, &business, &access).await?;
    others.retain(|other| other.id != invoice);
    let contact = match access.contact {
        Some(contact) => customers::contact(tx, access.business, contact).await?,
        None => None,
    };
    let customer =
        customers::customer(tx, access.business, access.customer).await?.ok_or(PortalError::NotFound)?;
    let locale = contact.and_then(|contact| contact.locale).unwrap_or(customer.locale).spoken();
    let today = civil_date(env.business_now(), business.time_zone);
    Ok(View { access, business, locale, today, sheet, others })
}

/// The one place that decides whether an access reaches an invoice: of the same business and customer, within the link's
/// scope, and issued.
pub async fn covers(tx: &mut Tx, access: &PortalAccess, invoice: InvoiceId) -> Result<bool, StoreError> {
    let in_scope = match access.scope {
        PortalScope::Invoice(own) => own == invoice,
        PortalScope::Customer => true,
    };
    if !in_scope {
        return Ok(false);
    }
    let found = invoices::invoice(tx, access.business, invoice).await?;
    Ok(found.is_some_and(|found| found.customer == access.customer && found.state != InvoiceState::Draft))
}

/// A browser that holds a session now.
#[derive(Debug)]
pub struct Entered {
    /// A new cookie, unless the browser had a session already.
    pub cookie: Option<(Token, Timestamp)>,
    /// What operations are called with.
    pub access: PortalAccess,
    /// The invoice that the link leads to, for a clean address.
    pub invoice: InvoiceId,
}

/// Exchanges a link for a session, because a person acted on it: this is what counts as seen. A browser that has a session
/// keeps it and gains the link.
pub async fn exchange(
    env: &Env,
    token: &str,
    cookie: Option<&str>,
    browser: Browser,
) -> Result<Entered, PortalError> {
    let fresh = Token::from_bytes(env.new_token());
    let (fresh, browser) = (&fresh, &browser);
    let (access, invoice, began) = env
        .store
        .transact(async |tx| {
            let link = find(tx, env, token).await?;
            let (now, business_now) = (env.machine_now(), env.business_now());
            if business_now >= link.expires_at {
                return Err(PortalError::NotFound);
            }
            let access = access_of(&link);
            let invoice = first_invoice(tx, env, &access).await?;
            let held = match cookie.and_then(Token::parse) {
                Some(held) => links::find_session(tx, &session_hash(env, &held), now).await?,
                None => None,
            };
            let (session, began) = match held {
                Some(session) => (session.id, None),
                None => (begin_session(tx, env, fresh, browser).await?, Some(now + SESSION_LIFE)),
            };
            links::keep_in_session(tx, session, link.id, now).await?;
            if links::mark_used(tx, link.id, business_now).await? {
                let told = Told::new(EventKind::PortalOpened, link.id)
                    .customer(link.customer)
                    .invoice(invoice)
                    .personal(Personal {
                        address: browser.address.clone(),
                        user_agent: browser.user_agent.clone(),
                        ..Personal::default()
                    });
                record(tx, env, link.business, Actor::Customer(link.id), told);
            }
            Ok::<_, PortalError>((access, invoice, began))
        })
        .await?;
    let cookie = began.map(|expires_at| (Token::parse(&fresh.reveal()), expires_at));
    let cookie = cookie.and_then(|(token, expires_at)| token.map(|token| (token, expires_at)));
    Ok(Entered { cookie, access, invoice })
}

fn session_hash(env: &Env, token: &Token) -> [u8; 32] {
    env.keys.hash_token(Purpose::PortalSession, token).0
}

async fn begin_session(
    tx: &mut Tx,
    env: &Env,
    token: &Token,
    browser: &Browser,
) -> Result<SessionId, StoreError> {
    let id = env.new_id();
    let now = env.machine_now();
    links::begin_session(
        tx,
        &NewPortalSession {
            token_hash: &session_hash(env, token),
            id,
            created_at: now,
            expires_at: now + SESSION_LIFE,
            address: browser.address.as_deref(),
            user_agent: browser.user_agent.as_deref(),
        },
    )
    .await?;
    Ok(id)
}

/// Recognises a portal cookie for one invoice: the access of a kept link that covers it and is still good. `None` sends
/// the reader to the 404 page.
pub async fn authenticate(
    env: &Env,
    cookie: &str,
    invoice: InvoiceId,
) -> Result<Option<PortalAccess>, StoreError> {
    let Some(token) = Token::parse(cookie) else { return Ok(None) };
    let now = env.machine_now();
    let mut tx = env.store.read().await?;
    let Some(session) = links::find_session(&mut tx, &session_hash(env, &token), now).await? else {
        return Ok(None);
    };
    let link = links::covering(&mut tx, session.id, invoice, env.business_now()).await?;
    drop(tx);
    if now >= session.last_seen_at + SEEN_STEP {
        env.store.transact(async |tx| links::touch_session(tx, session.id, now).await).await?;
    }
    Ok(link.as_ref().map(access_of))
}

/// A fresh link is on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Renewed {
    /// The business that sends it.
    pub business: Name,
    /// The language of whoever it goes to.
    pub locale: Locale,
    /// Where it goes, recognisable to its owner only.
    pub masked_email: String,
}

/// Mails a fresh link to the contact on file, in answer to an expired one. Never to an address that the asker names.
/// Asking again within ten minutes changes nothing; the answer is the same.
pub async fn renew(env: &Env, token: &str) -> Result<Renewed, PortalError> {
    let link = {
        let mut tx = env.store.read().await?;
        find(&mut tx, env, token).await?
    };
    if env.business_now() < link.expires_at {
        // It is still good: whoever holds it can simply open it.
        return Err(PortalError::NotFound);
    }
    limits::take(env, Limit::RENEW_LINK, &link.id.to_string()).await??;
    let link = &link;
    let renewed = env
        .store
        .transact(async |tx| {
            let (business, contact) = answer_to(tx, link).await?;
            let locale = locale_of(tx, link, Some(&contact)).await?;
            let email = contact.email.clone().ok_or(PortalError::NotFound)?;
            let ten_minutes = env.machine_now().timestamp().div_euclid(600);
            let answer = Answer {
                business: link.business,
                customer: Some(link.customer),
                invoice: link.invoice,
                contact: Some(contact.id),
                kind: MessageKind::FreshLink,
                cause: format!("fresh_link:{}:{ten_minutes}", link.id),
                to_name: contact.name.to_string(),
                to_address: email.to_string(),
                locale,
                data: serde_json::json!({ "link": link.id }),
            };
            let by = Actor::Customer(link.id);
            if answers::queue(tx, env, by, answer).await?.is_some() {
                let mut told = Told::new(EventKind::LinkRenewed, link.id).customer(link.customer);
                if let Some(invoice) = link.invoice {
                    told = told.invoice(invoice);
                }
                record(tx, env, link.business, by, told);
            }
            Ok::<_, PortalError>(Renewed { business: business.name, locale, masked_email: email.masked() })
        })
        .await?;
    env.nudges.outbox.notify_one();
    Ok(renewed)
}

/// Who is written to in answer to a link: the contact it was sent to while mail may go there, else whoever receives the
/// customer's invoices now. Nobody left to write to is the plain 404.
async fn answer_to(tx: &mut Tx, link: &Link) -> Result<(Business, Contact), PortalError> {
    let business = identity::business(tx, link.business).await?.ok_or(PortalError::NotFound)?;
    if let Some(contact) = link.contact
        && let Some(contact) = customers::contact(tx, link.business, contact).await?
        && contact.mailable().is_some()
    {
        return Ok((business, contact));
    }
    let contacts = customers::contacts(tx, link.business, link.customer).await?;
    let contact = super::customers::recipient(&contacts).ok_or(PortalError::NotFound)?;
    Ok((business, contact.clone()))
}

async fn locale_of(tx: &mut Tx, link: &Link, contact: Option<&Contact>) -> Result<Locale, StoreError> {
    if let Some(locale) = contact.and_then(|contact| contact.locale) {
        return Ok(locale.spoken());
    }
    let customer = customers::customer(tx, link.business, link.customer).await?;
    Ok(customer.map(|customer| customer.locale.spoken()).unwrap_or_default())
}

/// A link as the console lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The link.
    pub link: Link,
    /// The name of whom it was sent to.
    pub contact: Option<Name>,
}

/// The links that still open an invoice, newest first.
pub async fn links_of(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<Vec<Listed>, PortalError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let found = invoices::invoice(&mut tx, business, invoice).await?.ok_or(PortalError::NotFound)?;
    let now = env.business_now();
    let mut listed = Vec::new();
    for link in links::of_customer(&mut tx, business, found.customer).await? {
        let opens = link.invoice.is_none_or(|own| own == invoice);
        if opens && link.revoked_at.is_none() && now < link.expires_at {
            let contact = match link.contact {
                Some(contact) => {
                    customers::contact(&mut tx, business, contact).await?.map(|contact| contact.name)
                }
                None => None,
            };
            listed.push(Listed { link, contact });
        }
    }
    Ok(listed)
}

/// Makes a link of an issued invoice for a member to hand over themselves. Shown this once.
pub async fn copy_link(env: &Env, principal: &Principal, invoice: InvoiceId) -> Result<Minted, PortalError> {
    let (business, _) = principal.member_with(Permission::MintLinks)?;
    env.store
        .transact(async |tx| {
            let found = invoices::invoice(tx, business, invoice).await?;
            let found =
                found.filter(|found| found.state != InvoiceState::Draft).ok_or(PortalError::NotFound)?;
            let link = LinkFor {
                business,
                customer: found.customer,
                scope: PortalScope::Invoice(invoice),
                contact: None,
                message: None,
            };
            Ok(mint(tx, env, actor(principal), link).await?)
        })
        .await
}

/// Takes a link back. From now on it is as if it had never been.
pub async fn revoke_link(env: &Env, principal: &Principal, link: LinkId) -> Result<(), PortalError> {
    let (business, _) = principal.member_with(Permission::MintLinks)?;
    env.store
        .transact(async |tx| {
            let found = links::find(tx, business, link).await?.ok_or(PortalError::NotFound)?;
            if links::revoke(tx, business, link, env.business_now()).await? {
                let mut told = Told::new(EventKind::LinkRevoked, link).customer(found.customer);
                if let Some(invoice) = found.invoice {
                    told = told.invoice(invoice);
                }
                record(tx, env, business, actor(principal), told);
            }
            Ok(())
        })
        .await
}
