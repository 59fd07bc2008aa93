//! What leaves the house: the words and the link, written and committed as `handing_over` before anything goes.

use domain::Locale;
use domain::event::Actor;
use domain::schedule::Tone;
use domain::task::TaskKind;
use store::Tx;
use store::identity::Business;
use store::messages::{self, Message, Rendered};

use super::recording::{raise_about, record_outcome};
use super::{DeliveryError, LEASE, Prepared};
use crate::delivery::letters::{Correspondents, Letter};
use crate::delivery::{HandOver, Outgoing};
use crate::env::{Env, PortalScope};
use crate::operations::follow_up::draft;
use crate::operations::leaving::{self, Link, Written};
use crate::operations::portal::{self, LinkFor};
use crate::sabotage::{self, Fault};

/// A claimed message that is about to leave, with who lets it.
#[derive(Clone, Copy)]
pub(super) struct Claimed<'a> {
    pub env: &'a Env,
    /// The worker that claimed it.
    pub worker: &'a str,
    pub message: &'a Message,
    pub business: &'a Business,
}

/// To whom a message goes, as read again.
pub(super) struct To {
    pub name: String,
    pub address: String,
    pub locale: Locale,
    pub tone: Option<Tone>,
}

pub(super) async fn portal_link(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    scope: PortalScope,
) -> Result<Link, DeliveryError> {
    let customer = message.customer.ok_or(DeliveryError::Missing("customer"))?;
    let asked = LinkFor {
        business: message.business,
        customer,
        scope,
        contact: message.contact,
        message: Some(message.id),
    };
    let minted = portal::mint(tx, env, Actor::System, asked).await?;
    Ok(Link { placeholder: format!("[link {}]", minted.id), url: minted.url })
}

/// Writes a message and lets it leave.
pub(super) async fn leave(
    claimed: Claimed<'_>,
    tx: &mut Tx,
    to: &To,
    letter: &Letter,
    link: Link,
) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, business, .. } = claimed;
    let written =
        leaving::write(env, tx, message, business, &between(env, business, to), letter, &link).await?;
    depart(claimed, tx, to, written).await
}

/// Who a message comes from and goes to.
pub(super) fn between(env: &Env, business: &Business, to: &To) -> Correspondents {
    draft::between(env, business, to.name.clone(), to.address.clone(), to.locale)
}

/// Moves a written message to `handing_over`. A letter goes on to `sent` at once: whoever posts it is asked in the same
/// transaction, so that no crash can leave it half given.
pub(super) async fn depart(
    claimed: Claimed<'_>,
    tx: &mut Tx,
    to: &To,
    written: Written,
) -> Result<Prepared, DeliveryError> {
    let Claimed { env, worker, message, .. } = claimed;
    let rendered = Rendered {
        to_name: &to.name,
        to_address: &to.address,
        locale: to.locale.tag(),
        tone: to.tone,
        subject: &written.subject,
        body_text: &written.text,
        body_html: written.html.as_deref(),
        segments: written.segments,
    };
    let (now, machine_now) = (env.business_now(), env.machine_now());
    if !messages::hand_over(tx, message.id, worker, &rendered, now, machine_now, LEASE).await? {
        return Ok(Prepared::Lost);
    }
    if written.outgoing == Outgoing::Letter {
        let given = HandOver::Accepted { reply: leaving::GIVEN_TO_A_PERSON.to_owned() };
        record_outcome(env, tx, worker, message, &given.into()).await?;
        if !sabotage::is(Fault::PostsNothing) {
            raise_about(env, tx, message, TaskKind::PostLetter).await?;
        }
        return Ok(Prepared::Posted);
    }
    Ok(Prepared::Ready(written.outgoing))
}
