//! Exchanging a link for a session, and recognising the session again.

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::{CustomerId, InvoiceId, SessionId, Timestamp};
use store::codes;
use store::links::{self, Link, NewPortalSession, PortalSession};
use store::{StoreError, Tx};

use super::{PortalError, access_of, covers, find};
use crate::crypto::{Purpose, Token};
use crate::env::{Env, PortalAccess, PortalScope};
use crate::operations::identity::Browser;
use crate::operations::record::{Personal, Told, record};

/// How long a browser keeps the links it opened, in machine time. Each link still ends by itself.
pub const SESSION_LIFE: Duration = Duration::days(90);
/// How exactly the last use of a session is written down.
const SEEN_STEP: Duration = Duration::minutes(30);

/// A browser that holds a session now.
#[derive(Debug)]
pub struct Entered {
    /// A new cookie, unless the browser had a session already.
    pub cookie: Option<(Token, Timestamp)>,
    /// What operations are called with.
    pub access: PortalAccess,
    /// Where the link leads, for a clean address: its own invoice, or the one that was chosen among all; `None` for the
    /// page of all.
    pub invoice: Option<InvoiceId>,
}

/// Exchanges a link for a session, because a person acted on it: this is what counts as seen. A browser that has a session
/// keeps it and gains the link. `chosen` is the invoice that was acted on, on a page of several; one that the link does
/// not cover is not found.
pub async fn exchange(
    env: &Env,
    token: &str,
    chosen: Option<InvoiceId>,
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
            let mut access = access_of(&link, None);
            let invoice = match access.scope {
                PortalScope::Invoice(own) => Some(own),
                PortalScope::Customer => chosen,
            };
            if let Some(invoice) = chosen.or(invoice)
                && !covers(tx, &access, invoice).await?
            {
                return Err(PortalError::NotFound);
            }
            let held = match cookie.and_then(Token::parse) {
                Some(held) => links::find_session(tx, &session_hash(env, &held), now).await?,
                None => None,
            };
            let (session, began) = match held {
                Some(session) => (session.id, None),
                None => (begin_session(tx, env, fresh, browser).await?, Some(now + SESSION_LIFE)),
            };
            access.session = Some(session);
            links::keep_in_session(tx, session, link.id, now).await?;
            if links::mark_used(tx, link.id, business_now).await? {
                let mut told =
                    Told::new(EventKind::PortalOpened, link.id).customer(link.customer).personal(Personal {
                        address: browser.address.clone(),
                        user_agent: browser.user_agent.clone(),
                        ..Personal::default()
                    });
                if let Some(invoice) = invoice {
                    told = told.invoice(invoice);
                }
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
    let mut tx = env.store.read().await?;
    let Some(session) = session_of(&mut tx, env, cookie).await? else { return Ok(None) };
    let link = links::covering(&mut tx, session.id, invoice, env.business_now()).await?;
    recognised(env, tx, &session, link).await
}

/// The same for the page of all open invoices of a customer: a link over everything of theirs opens it, or any of theirs once the
/// session was proven.
pub async fn authenticate_customer(
    env: &Env,
    cookie: &str,
    customer: CustomerId,
) -> Result<Option<PortalAccess>, StoreError> {
    let mut tx = env.store.read().await?;
    let Some(session) = session_of(&mut tx, env, cookie).await? else { return Ok(None) };
    let link = links::covering_customer(&mut tx, session.id, customer, env.business_now()).await?;
    recognised(env, tx, &session, link).await
}

async fn session_of(tx: &mut Tx, env: &Env, cookie: &str) -> Result<Option<PortalSession>, StoreError> {
    let Some(token) = Token::parse(cookie) else { return Ok(None) };
    links::find_session(tx, &session_hash(env, &token), env.machine_now()).await
}

/// What the found link opens: whoever proved to be the contact on file may see everything of the customer, whichever link they came
/// by. That the session was used is written down now and then.
async fn recognised(
    env: &Env,
    mut tx: Tx,
    session: &PortalSession,
    link: Option<Link>,
) -> Result<Option<PortalAccess>, StoreError> {
    let mut access = link.as_ref().map(|link| access_of(link, Some(session.id)));
    if let Some(access) = &mut access
        && codes::proven(&mut tx, session.id, access.customer).await?.is_some()
    {
        access.scope = PortalScope::Customer;
    }
    drop(tx);
    let now = env.machine_now();
    if now >= session.last_seen_at + SEEN_STEP {
        env.store.transact(async |tx| links::touch_session(tx, session.id, now).await).await?;
    }
    Ok(access)
}
