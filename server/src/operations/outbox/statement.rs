//! A statement on its way out: whether it may still go is decided again, and what it says is made afresh.

use domain::invoice::Period;
use domain::message::Channel;
use domain::statement::sending::{self, Refused, Sending};
use domain::time::civil_date;
use store::dossiers::Which;
use store::{Tx, messages};

use super::departure::{Claimed, To, leave, portal_link};
use super::reminder::{known, put_back};
use super::{DeliveryError, Prepared};
use crate::env::PortalScope;
use crate::operations::leaving::Link;
use crate::operations::statements::sending::{StatementData, is_worth_sending, letter, obstacle, page_of};
use crate::operations::statements::{self, StatementError};

/// A statement of fixed days says what the books say of them at the hand-over. One that went by itself goes only while it is the
/// newest and still wanted; one that a member had sent obeys the gate alone.
pub(super) async fn statement(claimed: Claimed<'_>, tx: &mut Tx) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, business, .. } = claimed;
    let data: StatementData =
        serde_json::from_value(message.data.clone()).map_err(|_| DeliveryError::Missing("statement data"))?;
    let (now, period) = (env.business_now(), Period { from: data.from, to: data.to });
    let known = known(env, tx, message, Which::All, now).await?;
    let Some(contact) = known.contact.as_ref().filter(|contact| Some(contact.id) == message.contact) else {
        return withdraw(claimed, tx, "the contact is no longer the one to write to").await;
    };
    // Whatever else is due waits for this message, so it does not wait for that.
    let sending = match data.sent_by {
        Some(_) => sending::admit(&known.gate(), now),
        None if known.statements.due(civil_date(now, business.time_zone)) != Some(period) => {
            return withdraw(claimed, tx, "the next statement says it").await;
        }
        None => sending::decide(obstacle(&known), &known.gate(), now),
    };
    match sending {
        Sending::Now => {}
        Sending::From(until) => return put_back(claimed, tx, until).await,
        Sending::Later => {
            return withdraw(claimed, tx, "something is kept back until it was looked at").await;
        }
        Sending::Never(refused) => {
            let reason = match refused {
                Refused::NotWanted => "they are not to be sent statements",
                Refused::Held => "everything of theirs is on hold",
                Refused::Unreachable => "nothing more is sent to this address",
            };
            return withdraw(claimed, tx, reason).await;
        }
    }
    let statement =
        statements::of(tx, business, known.customer.id, data.currency, period).await.map_err(made)?;
    if !is_worth_sending(&known, &statement) {
        return withdraw(claimed, tx, "nothing is open and nothing happened").await;
    }
    let locale = known.locale().spoken();
    let address = known.address(Channel::Email).ok_or(DeliveryError::Missing("address"))?;
    let to = To { name: contact.name.to_string(), address, locale, tone: None };
    let Link { url, placeholder } = portal_link(env, tx, message, PortalScope::Customer).await?;
    let link = Link { url: page_of(&url, period, data.currency), placeholder };
    leave(claimed, tx, &to, &letter(&statement, locale), link).await
}

fn made(error: StatementError) -> DeliveryError {
    match error {
        StatementError::Store(error) => DeliveryError::Store(error),
        error => {
            tracing::error!(%error, "a statement could not be made");
            DeliveryError::Missing("statement")
        }
    }
}

async fn withdraw(claimed: Claimed<'_>, tx: &mut Tx, reason: &str) -> Result<Prepared, DeliveryError> {
    let Claimed { env, message, .. } = claimed;
    let withdrawn =
        messages::withdraw(tx, message.business, message.id, false, reason, env.business_now()).await?;
    Ok(if withdrawn { Prepared::Cancelled } else { Prepared::Lost })
}
