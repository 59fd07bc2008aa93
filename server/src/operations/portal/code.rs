//! Proving that whoever holds a link is the contact on file: a code by mail, or as a text where that is consented to.
//!
//! A link can view and pay, whoever holds it. What goes further calls [`require_proof`] in its own transaction, and its page
//! calls [`prove`] first, with whatever came along: it says either that the session is proven, once for all of it, or what to
//! ask for. The digits are made when the message is handed over, so that only their keyed hash and the message hold them.

use domain::code::{self, Digits, Sent};
use domain::event::{Actor, EventKind};
use domain::message::{Channel, MessageKind};
use domain::sheet::Party;
use domain::{BusinessId, CodeId, ContactId, FieldProblem, Locale, SessionId};
use store::codes::{self, Code};
use store::customers::{self, Contact};
use store::identity;
use store::{StoreError, Tx, ledger};
use subtle::ConstantTimeEq as _;

use super::{PortalError, reader};
use crate::crypto::Purpose;
use crate::env::{Env, PortalAccess, Principal};
use crate::operations::answers::{self, Answer};
use crate::operations::consent;
use crate::operations::customers::recipient;
use crate::operations::invoices::party;
use crate::operations::limits::{self, Limit};
use crate::operations::record::{Facts, Personal, Told, record};
use crate::operations::sms as texting;

/// What came along with an action that needs proof.
#[derive(Debug, Clone, Copy, Default)]
pub struct Given<'a> {
    /// What was entered.
    pub code: Option<&'a str>,
    /// How another code shall be sent.
    pub send_by: Option<Channel>,
}

/// Whether an action that needs proof may go on.
#[derive(Debug)]
pub enum Proof {
    /// It may: now, and for the rest of the session.
    Proven,
    /// A code is wanted first.
    Wanted(Box<Wanted>),
}

/// What a page that wants a code says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// Who is owed.
    pub business: Party,
    /// The reader's language and formats.
    pub locale: Locale,
    /// Where the code went, recognisable to its owner only; `None` when there is nobody whom it could go to.
    pub sent_to: Option<String>,
    /// Every way it could go.
    pub ways: Vec<Channel>,
    /// How it went.
    pub channel: Channel,
    /// How long until another one can be sent; `None` when one can be sent now.
    pub wait_seconds: Option<u32>,
    /// What is wrong with what was entered.
    pub problem: Option<FieldProblem>,
}

/// Whom a code goes to, and how it could.
struct Reach {
    contact: Contact,
    ways: Vec<Channel>,
}

/// Proves the session with the code that was given, or sees to it that one is on its way: the first time it is asked, and again
/// when the person wants that and the last one is half a minute old.
pub async fn prove(env: &Env, principal: &Principal, given: Given<'_>) -> Result<Proof, PortalError> {
    let access = principal.portal()?;
    let session = access.session.ok_or(PortalError::NotFound)?;
    let (reach, newest) = {
        let mut tx = env.store.read().await?;
        if codes::proven(&mut tx, session, access.customer).await?.is_some() {
            return Ok(Proof::Proven);
        }
        (reach(env, &mut tx, access).await?, codes::newest(&mut tx, session, access.customer).await?)
    };
    let entered = given.code.filter(|_| given.send_by.is_none());
    let problem = match entered {
        Some(text) => {
            limits::take(env, Limit::CODE_ENTERED, &access.customer.to_string()).await??;
            match enter(env, access, session, text).await? {
                Ok(()) => return Ok(Proof::Proven),
                Err(problem) => Some(problem),
            }
        }
        None => None,
    };
    let Some(reach) = reach.filter(|reach| !reach.ways.is_empty()) else {
        return wanted(env, access, None, None, None).await;
    };
    let now = env.machine_now();
    let is_good = newest.is_some_and(|code| code.sent.is_good(now));
    let waits = newest.is_some_and(|code| code.sent.wait_seconds(now).is_some());
    let sends = entered.is_none() && !waits && (given.send_by.is_some() || !is_good);
    let newest = if sends {
        limits::take(env, Limit::CODE, &reach.contact.id.to_string()).await??;
        let by = given.send_by.filter(|by| reach.ways.contains(by)).or(reach.ways.first().copied());
        Some(send(env, access, session, &reach.contact, by.unwrap_or(Channel::Email)).await?)
    } else {
        newest
    };
    wanted(env, access, Some(reach), newest, problem).await
}

/// Refuses what needs proof in a session that has none, else says who it was proven to be: the second guard, in the transaction
/// of the action itself.
pub async fn require_proof(tx: &mut Tx, access: &PortalAccess) -> Result<ContactId, PortalError> {
    let session = access.session.ok_or(PortalError::NotProven)?;
    codes::proven(tx, session, access.customer).await?.ok_or(PortalError::NotProven)
}

/// The path at which the proven contact chooses how they are contacted: the one that their mails carry.
pub async fn own_way_out(env: &Env, principal: &Principal) -> Result<String, PortalError> {
    let access = principal.portal()?;
    let mut tx = env.store.read().await?;
    Ok(consent::way_out_path(env, require_proof(&mut tx, access).await?))
}

/// Makes the digits of a code that is about to leave. `None` when nobody could enter them any more.
pub async fn mint_code(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    id: CodeId,
) -> Result<Option<Digits>, StoreError> {
    let digits = Digits::from_random(env.new_bits());
    let minted = codes::mint(tx, business, id, &hash(env, id, &digits), env.machine_now()).await?;
    Ok(minted.then_some(digits))
}

/// Six digits alone would be found by trying all of them, should the key ever be known, and equal ones would look alike.
fn hash(env: &Env, id: CodeId, digits: &Digits) -> [u8; 32] {
    let mut bytes = id.uuid().into_bytes().to_vec();
    bytes.extend_from_slice(digits.reveal().as_bytes());
    env.keys.hash(Purpose::Code, &bytes).0
}

/// Tries what was entered. The try is counted whatever comes of it; what cannot be a code is none.
async fn enter(
    env: &Env,
    access: &PortalAccess,
    session: SessionId,
    text: &str,
) -> Result<Result<(), FieldProblem>, PortalError> {
    let digits = match Digits::parse(text) {
        Ok(digits) => digits,
        Err(problem) => return Ok(Err(problem)),
    };
    let digits = &digits;
    env.store
        .transact(async |tx: &mut Tx| {
            let now = env.machine_now();
            let Some(code) = codes::newest(tx, session, access.customer).await? else {
                return Ok(Err(FieldProblem::CodeOver));
            };
            let Some((kept, tries)) = codes::count_try(tx, code.id, now).await? else {
                return Ok(Err(FieldProblem::CodeOver));
            };
            let given = hash(env, code.id, digits);
            if kept.is_some_and(|kept| bool::from(kept.ct_eq(&given))) {
                codes::prove(tx, &code, now).await?;
                let contact = customers::contact(tx, access.business, code.contact).await?;
                let told = Told::new(EventKind::PortalProven, access.link)
                    .customer(access.customer)
                    .facts(Facts { channel: Some(code.channel), ..Facts::default() })
                    .personal(Personal {
                        name: contact.map(|contact| contact.name.to_string()),
                        ..Personal::default()
                    });
                record(tx, env, access.business, Actor::Customer(access.link), told);
                return Ok(Ok(()));
            }
            Ok(Err(match code::TRIES.saturating_sub(tries) {
                0 => FieldProblem::CodeOver,
                left => FieldProblem::CodeWrong { left },
            }))
        })
        .await
}

/// Queues a code, unless another tab did within the last half minute.
async fn send(
    env: &Env,
    access: &PortalAccess,
    session: SessionId,
    contact: &Contact,
    channel: Channel,
) -> Result<Code, PortalError> {
    let sent = env
        .store
        .transact(async |tx: &mut Tx| {
            ledger::take_turn(tx, access.business, access.customer).await?;
            let now = env.machine_now();
            let newest = codes::newest(tx, session, access.customer).await?;
            if let Some(newest) = newest.filter(|code| code.sent.wait_seconds(now).is_some()) {
                return Ok(newest);
            }
            let code = Code {
                id: env.new_id(),
                business: access.business,
                customer: access.customer,
                contact: contact.id,
                session,
                channel,
                sent: Sent { asked_at: now, expires_at: now + code::LIFE, tries: 0, used: false },
            };
            codes::ask(tx, &code).await?;
            let address = match channel {
                Channel::Sms => contact.textable().map(ToString::to_string),
                _ => contact.mailable().map(ToString::to_string),
            };
            let answer = Answer {
                business: access.business,
                customer: Some(access.customer),
                invoice: None,
                contact: Some(contact.id),
                kind: MessageKind::Code,
                channel,
                cause: format!("code:{}", code.id),
                to_name: contact.name.to_string(),
                to_address: address.ok_or(PortalError::NotFound)?,
                locale: reader(tx, access).await?.locale,
                data: serde_json::json!({ "code": code.id }),
            };
            answers::queue(tx, env, Actor::Customer(access.link), answer).await?;
            Ok::<_, PortalError>(code)
        })
        .await?;
    env.nudges.outbox.notify_one();
    Ok(sent)
}

/// The contact on file: whom the link was sent to while anything may go there, else whoever receives the customer's invoices
/// now. Never an address that the asker names.
async fn reach(env: &Env, tx: &mut Tx, access: &PortalAccess) -> Result<Option<Reach>, PortalError> {
    let business = identity::business(tx, access.business).await?.ok_or(PortalError::NotFound)?;
    let settings = store::follow_up::settings(tx, business.id).await?.value.sms;
    let used = texting::segments_used(env, tx, &business, env.business_now()).await?;
    let texts = texting::may_text(used, settings);
    let ways = |contact: &Contact| {
        let mail = contact.mailable().map(|_| Channel::Email);
        let text = contact.textable().filter(|_| texts).map(|_| Channel::Sms);
        mail.into_iter().chain(text).collect::<Vec<_>>()
    };
    if let Some(contact) = access.contact
        && let Some(contact) = customers::contact(tx, access.business, contact).await?
        && !ways(&contact).is_empty()
    {
        return Ok(Some(Reach { ways: ways(&contact), contact }));
    }
    let contacts = customers::contacts(tx, access.business, access.customer).await?;
    Ok(recipient(&contacts).map(|contact| Reach { ways: ways(contact), contact: contact.clone() }))
}

async fn wanted(
    env: &Env,
    access: &PortalAccess,
    reach: Option<Reach>,
    newest: Option<Code>,
    problem: Option<FieldProblem>,
) -> Result<Proof, PortalError> {
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, access.business).await?.ok_or(PortalError::NotFound)?;
    let locale = reader(&mut tx, access).await?.locale;
    let channel = newest.map_or(Channel::Email, |code| code.channel);
    // Who got the code may have gone since; then it is shown where the next one would go.
    let sent_to = reach.as_ref().and_then(|reach| match channel {
        Channel::Sms => reach.contact.phone.as_ref().map(domain::Phone::masked),
        _ => reach.contact.email.as_ref().map(domain::EmailAddress::masked),
    });
    Ok(Proof::Wanted(Box::new(Wanted {
        business: party(&business),
        locale,
        sent_to,
        ways: reach.map(|reach| reach.ways).unwrap_or_default(),
        channel,
        wait_seconds: newest.and_then(|code| code.sent.wait_seconds(env.machine_now())),
        problem,
    })))
}
