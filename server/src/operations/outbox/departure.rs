//! What leaves the house: the words and the link, written and committed as `handing_over` before anything goes.

use domain::Locale;
use domain::event::Actor;
use domain::schedule::Tone;
use store::Tx;
use store::identity::Business;
use store::messages::{self, Message, Rendered};

use super::recording::record_outcome;
use super::{DeliveryError, LEASE, Prepared};
use crate::delivery::letters::{Correspondents, Letter};
use crate::delivery::{HandOver, Outgoing};
use crate::env::{Env, PortalScope};
use crate::operations::follow_up::draft;
use crate::operations::leaving::{self, Link, Written};
use crate::operations::portal::{self, LinkFor};
use crate::sabotage::{self, Fault};

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
#[expect(
    clippy::too_many_arguments,
    reason = "the one place where everything about a message comes together"
)]
pub(super) async fn leave(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    business: &Business,
    to: &To,
    letter: &Letter,
    link: Link,
) -> Result<Prepared, DeliveryError> {
    let written =
        leaving::write(env, tx, message, business, &between(env, business, to), letter, &link).await?;
    depart(env, tx, worker, message, to, written).await
}

/// Who a message comes from and goes to.
pub(super) fn between(env: &Env, business: &Business, to: &To) -> Correspondents {
    draft::between(env, business, to.name.clone(), to.address.clone(), to.locale)
}

/// Moves a written message to `handing_over`. A letter goes on to `sent` at once: whoever posts it is asked in the same
/// transaction, so that no crash can leave it half given.
pub(super) async fn depart(
    env: &Env,
    tx: &mut Tx,
    worker: &str,
    message: &Message,
    to: &To,
    written: Written,
) -> Result<Prepared, DeliveryError> {
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
            leaving::ask_to_post(env, tx, message).await?;
        }
        return Ok(Prepared::Posted);
    }
    Ok(Prepared::Ready(written.outgoing))
}
