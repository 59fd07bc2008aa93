//! Queueing: one statement for the messages, one for their parts, however many there are.

use std::collections::{BTreeSet, HashSet};

use domain::message::{Channel, MessageKind};
use domain::schedule::{Said, Tone};
use domain::{BusinessId, ContactId, CustomerId, InvoiceId, MessageId, ReceivableId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::bulk::Given;
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// What a message says about one receivable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPart {
    /// The receivable.
    pub receivable: ReceivableId,
    /// The step said.
    pub said: Said,
    /// The revision of the schedule it was planned by.
    pub schedule_revision: u32,
}

/// A message about to be queued.
#[derive(Clone, Debug)]
pub struct NewMessage<'a> {
    /// Its id.
    pub id: MessageId,
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
    /// The cause of mail that is not a step of a schedule: the same cause never makes two.
    pub dedup_key: Option<&'a str>,
    /// The Message-ID header.
    pub internet_message_id: &'a str,
    /// To whom.
    pub to_name: &'a str,
    /// Where to.
    pub to_address: &'a str,
    /// In which language and format.
    pub locale: &'a str,
    /// How firm.
    pub tone: Option<Tone>,
    /// What the template is rendered from, besides the facts read again at the hand-over.
    pub data: &'a Value,
    /// What it says of receivables.
    pub parts: &'a [NewPart],
    /// Business time.
    pub created_at: Timestamp,
    /// When it may be claimed. Machine time.
    pub next_try_at: Timestamp,
}

/// What came of queueing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Queued {
    /// It waits to be handed over, with as many of its parts as had not been said to this contact.
    Now,
    /// The same cause, or all the same steps to the same contact, were queued before. Nothing was written.
    Before,
}

/// Queues a message once: see [`queue_many`].
pub async fn queue(tx: &mut Tx, new: &NewMessage<'_>) -> Result<Queued, StoreError> {
    let queued = queue_many(tx, std::slice::from_ref(new)).await?;
    Ok(queued.first().copied().unwrap_or(Queued::Before))
}

/// Queues messages, each once, in as many statements for one as for a thousand. Steps that were said to a contact on a
/// channel before are left out; if none remains, or the same cause queued a message before, nothing is written of it.
///
/// Whoever plans steps has taken the customers' turns ([`ledger::take_turns`](crate::ledger::take_turns)). If somebody says
/// the same step at the same moment without it, the unique key on parts refuses this transaction.
pub async fn queue_many(tx: &mut Tx, new: &[NewMessage<'_>]) -> Result<Vec<Queued>, StoreError> {
    let mut said = said_to(tx, new).await?;
    let unsaid: Vec<Vec<&NewPart>> = new
        .iter()
        .map(|message| message.parts.iter().filter(|part| said.insert(saying(message, part))).collect())
        .collect();
    let wanted: Vec<Wanted<'_>> = new
        .iter()
        .zip(&unsaid)
        .filter(|(message, unsaid)| message.parts.is_empty() || !unsaid.is_empty())
        .map(|(message, _)| Wanted { message, data: message.data.to_string() })
        .collect();
    let written = insert_messages(tx, &wanted).await?;
    let parts: Vec<(&NewMessage<'_>, &NewPart)> = new
        .iter()
        .zip(&unsaid)
        .filter(|(message, _)| written.contains(&message.id))
        .flat_map(|(message, unsaid)| unsaid.iter().map(move |part| (message, *part)))
        .collect();
    insert_parts(tx, &parts).await?;
    Ok(new
        .iter()
        .map(|message| if written.contains(&message.id) { Queued::Now } else { Queued::Before })
        .collect())
}

/// A step about a receivable, said to a contact on a channel.
type Saying = (ReceivableId, String, Channel, Option<ContactId>);

fn saying(message: &NewMessage<'_>, part: &NewPart) -> Saying {
    (part.receivable, part.said.step.to_string(), message.channel, message.contact)
}

/// What was said, or waits to be said, about the receivables that these messages are about.
async fn said_to(tx: &mut Tx, new: &[NewMessage<'_>]) -> Result<HashSet<Saying>, StoreError> {
    let about: BTreeSet<Uuid> =
        new.iter().flat_map(|message| message.parts).map(|part| part.receivable.uuid()).collect();
    if about.is_empty() {
        return Ok(HashSet::new());
    }
    let about: Vec<Uuid> = about.into_iter().collect();
    let rows: Vec<(Uuid, String, String, Uuid)> = on_ids!(tx, &about, listed, connection => sqlx::query_as(concat!(
        "SELECT receivable_id, step, channel, contact_id FROM message_part
         WHERE cancelled_at IS NULL AND receivable_id ", listed!()))
        .bind(listed).fetch_all(connection))?;
    rows.into_iter()
        .map(|(receivable, step, channel, contact)| {
            let receivable = ReceivableId::from_uuid(receivable);
            let at = Reading { table: "message_part", row: receivable };
            let channel = at.known("channel", Channel::from_name(&channel))?;
            Ok((receivable, step, channel, Some(ContactId::from_uuid(contact))))
        })
        .collect()
}

/// A message that is to be written, with its data as text.
struct Wanted<'a> {
    message: &'a NewMessage<'a>,
    data: String,
}

/// Writes messages, and tells which: one whose cause wrote one before is left out.
async fn insert_messages(tx: &mut Tx, wanted: &[Wanted<'_>]) -> Result<HashSet<MessageId>, StoreError> {
    let given = Given::of(wanted)
        .uuid("id", |new| new.message.id.uuid())
        .uuid("business_id", |new| new.message.business.uuid())
        .uuid("customer_id", |new| new.message.customer.map(CustomerId::uuid))
        .uuid("invoice_id", |new| new.message.invoice.map(InvoiceId::uuid))
        .uuid("contact_id", |new| new.message.contact.map(ContactId::uuid))
        .text("kind", |new| new.message.kind.as_str())
        .text("purpose", |new| new.message.kind.purpose().as_str())
        .text("channel", |new| new.message.channel.as_str())
        .text("dedup_key", |new| new.message.dedup_key)
        .text("internet_message_id", |new| new.message.internet_message_id)
        .text("to_name", |new| new.message.to_name)
        .text("to_address", |new| new.message.to_address)
        .text("locale", |new| new.message.locale)
        .text("tone", |new| new.message.tone.map(Tone::as_str))
        .text("data", |new| &new.data[..])
        .instant("created_at", |new| new.message.created_at)
        .instant("next_try_at", |new| new.message.next_try_at);
    let names = given.names();
    let written: Vec<(Uuid,)> = given
        .fetch(tx, |given| {
            format!(
                "INSERT INTO message (state, {names}) SELECT 'queued', given.* FROM {given} WHERE TRUE
                 ON CONFLICT (business_id, dedup_key) DO NOTHING RETURNING id"
            )
        })
        .await?;
    Ok(written.into_iter().map(|(id,)| MessageId::from_uuid(id)).collect())
}

async fn insert_parts(tx: &mut Tx, parts: &[(&NewMessage<'_>, &NewPart)]) -> Result<(), StoreError> {
    Given::of(parts)
        .uuid("message_id", |(message, _)| message.id.uuid())
        .uuid("business_id", |(message, _)| message.business.uuid())
        .uuid("receivable_id", |(_, part)| part.receivable.uuid())
        .text("step", |(_, part)| part.said.step.as_str())
        .number("offset_days", |(_, part)| i64::from(part.said.offset_days))
        .text("tone", |(_, part)| part.said.tone.map(Tone::as_str))
        .number("schedule_revision", |(_, part)| i64::from(part.schedule_revision))
        .text("channel", |(message, _)| message.channel.as_str())
        .uuid("contact_id", |(message, _)| message.contact.map(ContactId::uuid))
        .insert(tx, "message_part")
        .await
}
