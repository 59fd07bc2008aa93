//! Mail that answers something a person did: an invitation, a fresh link. It goes at once, obeys suppression only, and is
//! no contact for the gap between reminders.
//!
//! Queued in the transaction of its cause; handed over by the outbox, which mints links and tokens at that moment, so that
//! none ever stands in a stored body. A month's statement is queued the same way; its kind says that it is chasing, and so it
//! waits for its hour.

use domain::event::{Actor, EventKind};
use domain::message::{Channel, MessageKind};
use domain::{BusinessId, ContactId, CustomerId, InvoiceId, Locale, MessageId};
use serde_json::Value;
use store::messages::{self, NewMessage, Queued};
use store::{StoreError, Tx};

use super::record::{Facts, Personal, Told, record};
use crate::env::Env;

/// An answer to be queued.
#[derive(Debug, Clone)]
pub struct Answer {
    /// Whose.
    pub business: BusinessId,
    /// The customer it is to, if it is to one.
    pub customer: Option<CustomerId>,
    /// The invoice it is about, if it is about one.
    pub invoice: Option<InvoiceId>,
    /// The contact it is to, if it is to one.
    pub contact: Option<ContactId>,
    /// What it is for.
    pub kind: MessageKind,
    /// How it goes.
    pub channel: Channel,
    /// What brought it about: the same cause never makes two.
    pub cause: String,
    /// To whom.
    pub to_name: String,
    /// Where to.
    pub to_address: String,
    /// In which language and format.
    pub locale: Locale,
    /// What its template is rendered from, besides the facts read again at the hand-over.
    pub data: Value,
}

/// Queues an answer, once for its cause. `None` when that cause made one before.
pub async fn queue(
    tx: &mut Tx,
    env: &Env,
    actor: Actor,
    answer: Answer,
) -> Result<Option<MessageId>, StoreError> {
    let id: MessageId = env.new_id();
    let message_id = internet_message_id(env, id);
    let queued = messages::queue(
        tx,
        &NewMessage {
            id,
            business: answer.business,
            customer: answer.customer,
            invoice: answer.invoice,
            contact: answer.contact,
            kind: answer.kind,
            channel: answer.channel,
            dedup_key: Some(&answer.cause),
            internet_message_id: &message_id,
            to_name: &answer.to_name,
            to_address: &answer.to_address,
            locale: answer.locale.tag(),
            tone: None,
            data: &answer.data,
            parts: &[],
            created_at: env.business_now(),
            next_try_at: env.machine_now(),
        },
    )
    .await?;
    if queued == Queued::Before {
        return Ok(None);
    }
    let mut told = Told::new(EventKind::MessageQueued, id)
        .facts(Facts { message: Some(id), message_kind: Some(answer.kind), ..Facts::default() })
        .personal(Personal { email: Some(answer.to_address), ..Personal::default() });
    if let Some(customer) = answer.customer {
        told = told.customer(customer);
    }
    if let Some(invoice) = answer.invoice {
        told = told.invoice(invoice);
    }
    record(tx, env, answer.business, actor, told);
    Ok(Some(id))
}

/// The Message-ID header of a message, fixed when it is queued, so that a relay that sees it twice can tell.
pub fn internet_message_id(env: &Env, id: MessageId) -> String {
    format!("<{}@{}>", id.uuid().simple(), mail_domain(&env.settings.mail_from))
}

/// The right side of a Message-ID: where the mail comes from.
fn mail_domain(mail_from: &str) -> &str {
    mail_from.rsplit_once('@').map_or("localhost", |(_, domain)| domain.trim_end_matches('>'))
}
