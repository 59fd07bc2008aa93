//! Queueing: one statement for the messages, one for their parts, however many there are.

use std::collections::{BTreeSet, HashSet};

use domain::message::{Channel, MessageKind};
use domain::schedule::{Said, Tone};
use domain::{BusinessId, ContactId, CustomerId, InvoiceId, MessageId, ReceivableId, Timestamp};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::bulk::{self, ROWS_AT_ONCE};
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
    let wanted: Vec<Value> = new
        .iter()
        .zip(&unsaid)
        .filter(|(message, unsaid)| message.parts.is_empty() || !unsaid.is_empty())
        .map(|(message, _)| message_as_row(message))
        .collect();
    let written = insert_messages(tx, &wanted).await?;
    let parts: Vec<Value> = new
        .iter()
        .zip(&unsaid)
        .filter(|(message, _)| written.contains(&message.id))
        .flat_map(|(message, unsaid)| unsaid.iter().map(|part| part_as_row(message, part)))
        .collect();
    insert_rows!(tx, &parts, "message_part" {
        message_id: uuid, business_id: uuid, receivable_id: uuid, step: text, offset_days: number, tone: text,
        schedule_revision: number, channel: text, contact_id: uuid,
    })?;
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

fn message_as_row(new: &NewMessage<'_>) -> Value {
    json!({
        "id": bulk::uuid(new.id.uuid()),
        "business_id": bulk::uuid(new.business.uuid()),
        "customer_id": new.customer.map(|id| bulk::uuid(id.uuid())),
        "invoice_id": new.invoice.map(|id| bulk::uuid(id.uuid())),
        "contact_id": new.contact.map(|id| bulk::uuid(id.uuid())),
        "kind": new.kind.as_str(),
        "purpose": new.kind.purpose().as_str(),
        "channel": new.channel.as_str(),
        "dedup_key": new.dedup_key,
        "internet_message_id": new.internet_message_id,
        "to_name": new.to_name,
        "to_address": new.to_address,
        "locale": new.locale,
        "tone": new.tone.map(Tone::as_str),
        "data": new.data.to_string(),
        "created_at": bulk::instant(new.created_at),
        "next_try_at": bulk::instant(new.next_try_at),
    })
}

fn part_as_row(message: &NewMessage<'_>, part: &NewPart) -> Value {
    json!({
        "message_id": bulk::uuid(message.id.uuid()),
        "business_id": bulk::uuid(message.business.uuid()),
        "receivable_id": bulk::uuid(part.receivable.uuid()),
        "step": part.said.step.as_str(),
        "offset_days": part.said.offset_days,
        "tone": part.said.tone.map(Tone::as_str),
        "schedule_revision": part.schedule_revision,
        "channel": message.channel.as_str(),
        "contact_id": message.contact.map(|id| bulk::uuid(id.uuid())),
    })
}

/// Writes messages, and tells which: one whose cause wrote one before is left out.
async fn insert_messages(tx: &mut Tx, rows: &[Value]) -> Result<HashSet<MessageId>, StoreError> {
    let mut written = HashSet::with_capacity(rows.len());
    for rows in rows.chunks(ROWS_AT_ONCE) {
        let ids: Vec<Uuid> = on_rows!(tx, rows, {
            id: uuid, business_id: uuid, customer_id: uuid, invoice_id: uuid, contact_id: uuid, kind: text, purpose: text,
            channel: text, dedup_key: text, internet_message_id: text, to_name: text, to_address: text, locale: text,
            tone: text, data: text, created_at: instant, next_try_at: instant,
        }, given, connection => sqlx::query_scalar(concat!(
            "INSERT INTO message (state, id, business_id, customer_id, invoice_id, contact_id, kind, purpose, channel,
                dedup_key, internet_message_id, to_name, to_address, locale, tone, data, created_at, next_try_at)
             SELECT 'queued', given.* FROM ", given!(), " WHERE TRUE
             ON CONFLICT (business_id, dedup_key) DO NOTHING RETURNING id"))
            .bind(given).fetch_all(connection))?;
        written.extend(ids.into_iter().map(MessageId::from_uuid));
    }
    Ok(written)
}
