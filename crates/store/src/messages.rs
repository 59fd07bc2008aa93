//! The outbox.
//!
//! Deciding queues a message in the transaction that moves the receivable on. Delivery claims it, reads the facts again, hands
//! it over and settles it. The life of a message is `domain::message`'s; the schema refuses every other step, says a step to a
//! contact once, and never lets an uncertain message back into the queue.
//!
//! | moment | committed | a crash afterwards leaves | healed by |
//! | --- | --- | --- | --- |
//! | [`queue`] | queued | work for later | [`claim`] |
//! | [`claim`] | claimed, nothing said | a lease that runs out | [`reap`]: queued again |
//! | [`hand_over`] | handing over, with the exact body | nobody knows | [`reap`]: uncertain, a person looks |
//! | [`settle`] | sent, failed, uncertain, or queued again | nothing | |

mod queue;

use std::collections::HashMap;

use chrono::Duration;
use domain::message::{Channel, MessageKind, MessageState, Purpose};
use domain::schedule::{Said, StepId, Tone};
use domain::{BusinessId, ContactId, CustomerId, InvoiceId, MessageId, ReceivableId, Timestamp};
use serde_json::Value;
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

pub use queue::{NewMessage, NewPart, Queued, queue, queue_many};

/// A message.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
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
    /// Where it is in its life.
    pub state: MessageState,
    /// The cause of mail that is not a step.
    pub dedup_key: Option<String>,
    /// The Message-ID header.
    pub internet_message_id: String,
    /// To whom.
    pub to_name: String,
    /// Where to.
    pub to_address: String,
    /// In which language and format.
    pub locale: String,
    /// How firm.
    pub tone: Option<Tone>,
    /// What the template is rendered from.
    pub data: Value,
    /// As handed over; a text has none.
    pub subject: Option<String>,
    /// As handed over, with `[link lnk_…]` where a live link stood.
    pub body_text: Option<String>,
    /// As handed over, likewise.
    pub body_html: Option<String>,
    /// What the other side said, or why it was cancelled.
    pub outcome: Option<String>,
    /// How often it was claimed.
    pub tries: u32,
    /// What the gateway calls it.
    pub provider_ref: Option<String>,
    /// What a text cost, as handed over.
    pub segments: Option<u32>,
    /// When the other side confirmed that it arrived. Business time.
    pub delivered_at: Option<Timestamp>,
    /// Business time.
    pub created_at: Timestamp,
    /// Business time.
    pub handed_over_at: Option<Timestamp>,
    /// Business time.
    pub finished_at: Option<Timestamp>,
    /// What it says of receivables.
    pub parts: Vec<MessagePart>,
}

/// What a message says, or would have said, about one receivable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePart {
    /// The receivable.
    pub receivable: ReceivableId,
    /// The step.
    pub said: Said,
    /// The revision of the schedule it was planned by.
    pub schedule_revision: u32,
    /// Why it was taken out before the hand-over, if it was.
    pub cancelled: Option<String>,
}

row! {
    struct MessageRow {
        id: Uuid,
        business_id: Uuid,
        customer_id: Option<Uuid>,
        invoice_id: Option<Uuid>,
        contact_id: Option<Uuid>,
        kind: String,
        channel: String,
        state: String,
        dedup_key: Option<String>,
        internet_message_id: String,
        to_name: String,
        to_address: String,
        locale: String,
        tone: Option<String>,
        data: String,
        subject: Option<String>,
        body_text: Option<String>,
        body_html: Option<String>,
        outcome: Option<String>,
        tries: i64,
        provider_ref: Option<String>,
        segments: Option<i64>,
        delivered_at: Option<Timestamp>,
        created_at: Timestamp,
        handed_over_at: Option<Timestamp>,
        finished_at: Option<Timestamp>,
    }
}

macro_rules! message_columns {
    () => {
        "message.id, message.business_id, message.customer_id, message.invoice_id, message.contact_id, message.kind,
         message.channel, message.state, message.dedup_key, message.internet_message_id, message.to_name,
         message.to_address, message.locale, message.tone, message.data, message.subject, message.body_text,
         message.body_html, message.outcome, message.tries, message.provider_ref, message.segments,
         message.delivered_at, message.created_at, message.handed_over_at, message.finished_at"
    };
}

pub mod list;

row! {
    struct PartRow {
        message_id: Uuid,
        receivable_id: Uuid,
        step: String,
        offset_days: i64,
        tone: Option<String>,
        schedule_revision: i64,
        cancel_reason: Option<String>,
    }
}

impl MessageRow {
    fn with_parts(self, parts: Vec<PartRow>) -> Result<Message, StoreError> {
        let id = MessageId::from_uuid(self.id);
        let at = Reading { table: "message", row: id };
        let of_part = Reading { table: "message_part", row: id };
        let parts = parts
            .into_iter()
            .map(|part| {
                Ok(MessagePart {
                    receivable: ReceivableId::from_uuid(part.receivable_id),
                    said: Said {
                        step: of_part.known("step", StepId::parse(&part.step).ok())?,
                        offset_days: of_part.known("offset_days", i32::try_from(part.offset_days).ok())?,
                        tone: of_part.named("tone", part.tone.as_deref(), Tone::from_name)?,
                        internal: false,
                    },
                    schedule_revision: of_part.count("schedule_revision", part.schedule_revision)?,
                    cancelled: part.cancel_reason,
                })
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Message {
            id,
            business: BusinessId::from_uuid(self.business_id),
            customer: self.customer_id.map(CustomerId::from_uuid),
            invoice: self.invoice_id.map(InvoiceId::from_uuid),
            contact: self.contact_id.map(ContactId::from_uuid),
            kind: at.known("kind", MessageKind::from_name(&self.kind))?,
            channel: at.known("channel", Channel::from_name(&self.channel))?,
            state: at.known("state", MessageState::from_name(&self.state))?,
            dedup_key: self.dedup_key,
            internet_message_id: self.internet_message_id,
            to_name: self.to_name,
            to_address: self.to_address,
            locale: self.locale,
            tone: self.tone.map(|name| at.known("tone", Tone::from_name(&name))).transpose()?,
            data: at.json("data", &self.data)?,
            subject: self.subject.filter(|subject| !subject.is_empty()),
            body_text: self.body_text,
            body_html: self.body_html,
            outcome: self.outcome,
            tries: at.count("tries", self.tries)?,
            provider_ref: self.provider_ref,
            segments: self.segments.map(|segments| at.count("segments", segments)).transpose()?,
            delivered_at: self.delivered_at,
            created_at: self.created_at,
            handed_over_at: self.handed_over_at,
            finished_at: self.finished_at,
            parts,
        })
    }
}

async fn with_parts(tx: &mut Tx, rows: Vec<MessageRow>) -> Result<Vec<Message>, StoreError> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id).collect();
    let parts: Vec<PartRow> = on_ids!(tx, &ids, listed, connection => sqlx::query_as(concat!(
        "SELECT message_id, receivable_id, step, offset_days, tone, schedule_revision, cancel_reason FROM message_part
         WHERE message_id ", listed!(), " ORDER BY receivable_id, offset_days"))
        .bind(listed).fetch_all(connection))?;
    let mut of: HashMap<Uuid, Vec<PartRow>> = HashMap::with_capacity(rows.len());
    for part in parts {
        of.entry(part.message_id).or_default().push(part);
    }
    rows.into_iter()
        .map(|row| {
            let parts = of.remove(&row.id).unwrap_or_default();
            row.with_parts(parts)
        })
        .collect()
}

/// Claims messages whose time has come, oldest first. Machine time.
pub async fn claim(
    tx: &mut Tx,
    worker: &str,
    purpose: Purpose,
    now: Timestamp,
    lease: Duration,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageRow> = on!(tx, connection => sqlx::query_as(concat!(
        "UPDATE message SET state = 'claimed', claimed_by = $1, claimed_until = $2, tries = tries + 1
         WHERE id IN (SELECT id FROM message WHERE state = 'queued' AND purpose = $3 AND next_try_at <= $4
                ORDER BY next_try_at, id LIMIT $5)
            AND state = 'queued'
         RETURNING ", message_columns!()))
        .bind(worker).bind(now + lease).bind(purpose.as_str()).bind(now).bind(limit).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// What a message becomes when it is handed over.
#[derive(Clone, Copy, Debug)]
pub struct Rendered<'a> {
    /// To whom, read again.
    pub to_name: &'a str,
    /// Where to, read again.
    pub to_address: &'a str,
    /// In which language and format.
    pub locale: &'a str,
    /// How firm, by what remains of it.
    pub tone: Option<Tone>,
    /// The subject.
    pub subject: &'a str,
    /// The text part, with `[link lnk_…]` where the live link stands.
    pub body_text: &'a str,
    /// The HTML part, likewise.
    pub body_html: Option<&'a str>,
    /// What it costs, for a text message.
    pub segments: Option<u32>,
}

/// Writes the exact body and marks a claimed message as being handed over, in the transaction that read the facts again:
/// false if the claim was lost. Once this is committed, only [`settle`] or a person says what became of it.
pub async fn hand_over(
    tx: &mut Tx,
    message: MessageId,
    worker: &str,
    rendered: &Rendered<'_>,
    business_now: Timestamp,
    machine_now: Timestamp,
    lease: Duration,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE message
             SET state = 'handing_over', to_name = $3, to_address = $4, locale = $5, tone = $6, subject = $7,
                body_text = $8, body_html = $9, handed_over_at = $10, handed_over_at_machine = $11, claimed_until = $12,
                segments = $13
             WHERE id = $1 AND claimed_by = $2 AND state = 'claimed'"
        )
        .bind(message.uuid())
        .bind(worker)
        .bind(rendered.to_name)
        .bind(rendered.to_address)
        .bind(rendered.locale)
        .bind(rendered.tone.map(Tone::as_str))
        .bind(rendered.subject)
        .bind(rendered.body_text)
        .bind(rendered.body_html)
        .bind(business_now)
        .bind(machine_now)
        .bind(machine_now + lease)
        .bind(rendered.segments.map(i64::from))
    )?;
    Ok(rows == 1)
}

/// What became of a hand-over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Settled<'a> {
    /// The other side took it.
    Sent {
        /// What it said.
        reply: &'a str,
    },
    /// The other side refused it for good.
    Failed {
        /// What it said.
        reply: &'a str,
    },
    /// Nobody knows whether the other side took it.
    Uncertain {
        /// What was seen last.
        reply: &'a str,
    },
    /// The other side did not take it and may later.
    Later {
        /// What it said.
        reply: &'a str,
        /// When to try again. Machine time.
        next_try_at: Timestamp,
    },
}

/// Records what became of a hand-over: false if somebody else did meanwhile.
pub async fn settle(
    tx: &mut Tx,
    message: MessageId,
    worker: &str,
    settled: Settled<'_>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let (state, reply, next_try_at) = match settled {
        Settled::Sent { reply } => (MessageState::Sent, reply, None),
        Settled::Failed { reply } => (MessageState::Failed, reply, None),
        Settled::Uncertain { reply } => (MessageState::Uncertain, reply, None),
        Settled::Later { reply, next_try_at } => (MessageState::Queued, reply, Some(next_try_at)),
    };
    let finished_at = next_try_at.is_none().then_some(now);
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE message
             SET state = $3, outcome = $4, finished_at = $5, next_try_at = COALESCE($6, next_try_at),
                claimed_by = NULL, claimed_until = NULL
             WHERE id = $1 AND claimed_by = $2 AND state = 'handing_over'"
        )
        .bind(message.uuid())
        .bind(worker)
        .bind(state.as_str())
        .bind(reply)
        .bind(finished_at)
        .bind(next_try_at)
    )?;
    Ok(rows == 1)
}

/// Gives a claim back before anything was said, to be claimed again at `next_try_at` (machine time): false if it was
/// lost.
pub async fn release(
    tx: &mut Tx,
    message: MessageId,
    worker: &str,
    next_try_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE message SET state = 'queued', next_try_at = $3, claimed_by = NULL, claimed_until = NULL
             WHERE id = $1 AND claimed_by = $2 AND state = 'claimed'"
        )
        .bind(message.uuid())
        .bind(worker)
        .bind(next_try_at)
    )?;
    Ok(rows == 1)
}

/// Gives a claim back because it is not the hour for the message. That was no try: nights and weekends use none up.
/// False if the claim was lost.
pub async fn postpone(
    tx: &mut Tx,
    message: MessageId,
    worker: &str,
    next_try_at: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE message
             SET state = 'queued', next_try_at = $3, tries = tries - 1, claimed_by = NULL, claimed_until = NULL
             WHERE id = $1 AND claimed_by = $2 AND state = 'claimed'"
        )
        .bind(message.uuid())
        .bind(worker)
        .bind(next_try_at)
    )?;
    Ok(rows == 1)
}

/// Takes a message back that has not left the house: it no longer applies (`Cancelled`) or waited too long (`Expired`).
/// Its parts may then be planned again. False if it is past that.
pub async fn withdraw(
    tx: &mut Tx,
    business: BusinessId,
    message: MessageId,
    expired: bool,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let state = if expired { MessageState::Expired } else { MessageState::Cancelled };
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE message SET state = $3, outcome = $4, finished_at = $5, claimed_by = NULL, claimed_until = NULL
             WHERE id = $1 AND business_id = $2 AND state IN ('queued', 'claimed')"
        )
        .bind(message.uuid())
        .bind(business.uuid())
        .bind(state.as_str())
        .bind(reason)
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Takes one part out of a message that has not left the house; its step may be planned again.
pub async fn cancel_part(
    tx: &mut Tx,
    message: MessageId,
    receivable: ReceivableId,
    step: &StepId,
    reason: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE message_part SET cancelled_at = $4, cancel_reason = $5
             WHERE message_id = $1 AND receivable_id = $2 AND step = $3 AND cancelled_at IS NULL"
        )
        .bind(message.uuid())
        .bind(receivable.uuid())
        .bind(step.as_str())
        .bind(now)
        .bind(reason)
    )?;
    Ok(rows == 1)
}

/// Records evidence about a message that left the house: a bounce of a sent one, a person's word on an uncertain one.
/// False if there is nothing to learn: what was confirmed to have arrived stays so.
pub async fn learn(
    tx: &mut Tx,
    business: BusinessId,
    message: MessageId,
    arrived: bool,
    evidence: &str,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let state = if arrived { MessageState::Sent } else { MessageState::Failed };
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE message SET state = $3, outcome = $4, finished_at = $5
             WHERE id = $1 AND business_id = $2
                AND (state = 'uncertain' OR (state = 'sent' AND $3 = 'failed' AND delivered_at IS NULL))"
        )
        .bind(message.uuid())
        .bind(business.uuid())
        .bind(state.as_str())
        .bind(evidence)
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// Heals what dead workers left: claims go back to the queue, hand-overs become uncertain. Returns the messages that
/// became uncertain, for their events and tasks.
pub async fn reap(
    tx: &mut Tx,
    machine_now: Timestamp,
    business_now: Timestamp,
) -> Result<Vec<Message>, StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE message SET state = 'queued', claimed_by = NULL, claimed_until = NULL
             WHERE state = 'claimed' AND claimed_until < $1"
        )
        .bind(machine_now)
    )?;
    let rows: Vec<MessageRow> = on!(tx, connection => sqlx::query_as(concat!(
        "UPDATE message
         SET state = 'uncertain', outcome = 'the hand-over was interrupted', finished_at = $2,
            claimed_by = NULL, claimed_until = NULL
         WHERE state = 'handing_over' AND claimed_until < $1
         RETURNING ", message_columns!()))
        .bind(machine_now).bind(business_now).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// The message of this id.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    message: MessageId,
) -> Result<Option<Message>, StoreError> {
    let row: Option<MessageRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", message_columns!(),
        " FROM message WHERE message.id = $1 AND message.business_id = $2"))
        .bind(message.uuid()).bind(business.uuid()).fetch_optional(connection))?;
    Ok(with_parts(tx, row.into_iter().collect()).await?.pop())
}

/// The message of a cause that makes one only.
pub async fn by_dedup_key(
    tx: &mut Tx,
    business: BusinessId,
    key: &str,
) -> Result<Option<Message>, StoreError> {
    let row: Option<MessageRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", message_columns!(),
        " FROM message WHERE message.business_id = $1 AND message.dedup_key = $2"))
        .bind(business.uuid()).bind(key).fetch_optional(connection))?;
    Ok(with_parts(tx, row.into_iter().collect()).await?.pop())
}

/// The messages about an invoice, directly or in a part, newest first.
pub async fn of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", message_columns!(),
        " FROM message WHERE message.business_id = $1 AND (message.invoice_id = $2 OR message.id IN (
              SELECT message_part.message_id FROM message_part
              JOIN receivable ON receivable.id = message_part.receivable_id WHERE receivable.invoice_id = $2))
          ORDER BY message.created_at DESC, message.id DESC LIMIT $3"))
        .bind(business.uuid()).bind(invoice.uuid()).bind(limit).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// The messages to a customer, newest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", message_columns!(),
        " FROM message WHERE message.business_id = $1 AND message.customer_id = $2
          ORDER BY message.created_at DESC, message.id DESC LIMIT $3"))
        .bind(business.uuid()).bind(customer.uuid()).bind(limit).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// The messages of a business in one state, newest first.
pub async fn in_state(
    tx: &mut Tx,
    business: BusinessId,
    state: MessageState,
    limit: i64,
) -> Result<Vec<Message>, StoreError> {
    let rows: Vec<MessageRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", message_columns!(),
        " FROM message WHERE message.business_id = $1 AND message.state = $2
          ORDER BY message.created_at DESC, message.id DESC LIMIT $3"))
        .bind(business.uuid()).bind(state.as_str()).bind(limit).fetch_all(connection))?;
    with_parts(tx, rows).await
}

/// When a customer was last written to about money (or is about to be): chasing messages that were not taken back. What
/// only waits in the queue counts from when it was queued.
pub async fn last_chasing_contact(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    except: Option<MessageId>,
) -> Result<Option<Timestamp>, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT COALESCE(handed_over_at, created_at) FROM message
         WHERE business_id = $1 AND customer_id = $2 AND purpose = 'chasing'
            AND state NOT IN ('cancelled', 'expired') AND id <> $3
         ORDER BY COALESCE(handed_over_at, created_at) DESC LIMIT 1")
        .bind(business.uuid()).bind(customer.uuid()).bind(except.map_or(Uuid::nil(), MessageId::uuid))
        .fetch_optional(connection))
}

/// How many chasing messages left the house since a moment of machine time, or are claimed to leave it now, of all businesses:
/// for the hourly cap.
pub async fn chasing_since(tx: &mut Tx, machine_time: Timestamp) -> Result<i64, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT CAST((SELECT COUNT(*) FROM message WHERE purpose = 'chasing' AND handed_over_at_machine > $1)
            + (SELECT COUNT(*) FROM message WHERE purpose = 'chasing' AND state = 'claimed'
                AND state IN ('queued', 'claimed', 'handing_over'))
            AS BIGINT)")
        .bind(machine_time).fetch_one(connection))
}

/// Whether a chasing message waits whose time has come. Machine time.
pub async fn chasing_waits(tx: &mut Tx, now: Timestamp) -> Result<bool, StoreError> {
    let found: Option<i64> = on!(tx, connection => sqlx::query_scalar(
        "SELECT CAST(1 AS BIGINT) FROM message
         WHERE state IN ('queued', 'claimed', 'handing_over') AND state = 'queued' AND purpose = 'chasing'
            AND next_try_at <= $1 LIMIT 1")
        .bind(now).fetch_optional(connection))?;
    Ok(found.is_some())
}

/// How many messages are in each state, for metrics and health.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(String, i64)>, StoreError> {
    on!(tx, connection => sqlx::query_as(
        "SELECT state, CAST(COUNT(*) AS BIGINT) FROM message GROUP BY state ORDER BY state").fetch_all(connection))
}
