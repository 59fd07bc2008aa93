//! The append-only log of events and the hash chain over it.
//!
//! A transaction collects events ([`Tx::record`]); its commit writes them with one link of the chain for each business.
//! Taking the head is the last thing before the commit, so that writers of one business wait for each other only there.
//!
//! # What is hashed
//!
//! Every value is written as its length (8 bytes, big-endian) and its bytes; a missing one as eight `0xff`. Numbers are 8
//! bytes big-endian, instants microseconds since 1970, UUIDs their 16 bytes, names and JSON their UTF-8 text as stored.
//!
//! * **event digest** = SHA-256 of: `dunlin event 1`, id, business, place of the link, place in the link, kind, instant,
//!   kind of actor, actor, kind of subject, subject, customer, invoice, data, person digest.
//! * **person digest** = SHA-256 of: `dunlin person 1`, salt, personal data. Salt and data stand in a row of their own:
//!   deleting it leaves a digest from which nobody can guess a name, and the chain holds.
//! * **link hash** = SHA-256 of: `dunlin link 1`, business, place, hash of the link before, number of events, then each
//!   event digest. The first link stands on SHA-256 of: `dunlin chain 1`, business.

use std::collections::{BTreeMap, HashMap};

use domain::event::{Actor, ActorKind, EventKind, SubjectKind};
use domain::{
    AttemptId, AutopayId, BusinessId, ContactId, CustomerId, EventId, GroupId, HoldId, InvitationId,
    InvoiceId, LinkId, ManualContactId, MemberId, MessageId, PlanId, ProposalId, ReceivableId, RecurringId,
    ScheduleId, TaskId, Timestamp, TransferId,
};
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::bulk::Given;
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The kind of thing.
    pub kind: SubjectKind,
    /// Which one.
    pub id: Uuid,
}

macro_rules! subjects {
    ($($id:ident => $kind:ident;)+) => { $(
        impl From<$id> for Subject {
            fn from(id: $id) -> Self { Self { kind: SubjectKind::$kind, id: id.uuid() } }
        }
    )+ };
}

subjects! {
    BusinessId => Business;
    MemberId => Member;
    InvitationId => Invitation;
    CustomerId => Customer;
    ContactId => Contact;
    InvoiceId => Invoice;
    ProposalId => Proposal;
    PlanId => Plan;
    ReceivableId => Receivable;
    AttemptId => Attempt;
    AutopayId => Autopay;
    TransferId => Transfer;
    MessageId => Message;
    LinkId => Link;
    TaskId => Task;
    ScheduleId => Schedule;
    GroupId => Group;
    HoldId => Hold;
    RecurringId => Recurring;
    ManualContactId => ManualContact;
}

/// The part of an event that names a person. It can be erased later without breaking the chain.
#[derive(Clone, Debug)]
pub struct Person {
    /// 32 random bytes, so that the digest that stays tells nothing.
    pub salt: [u8; 32],
    /// Names, addresses, e-mail addresses.
    pub data: Value,
}

/// An event to be written at commit.
#[derive(Clone, Debug)]
pub struct NewEvent {
    /// Its id.
    pub id: EventId,
    /// Whose log it goes into.
    pub business: BusinessId,
    /// Business time.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: Actor,
    /// To what.
    pub subject: Subject,
    /// The customer on whose timeline it belongs.
    pub customer: Option<CustomerId>,
    /// The invoice on whose timeline it belongs.
    pub invoice: Option<InvoiceId>,
    /// What else there is to know, without personal data.
    pub data: Value,
    /// Personal data, apart.
    pub person: Option<Person>,
}

/// An event as it stands in the log.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// Whose log it is in.
    pub business: BusinessId,
    /// Business time.
    pub at: Timestamp,
    /// What happened.
    pub kind: EventKind,
    /// Who did it.
    pub actor: Actor,
    /// To what.
    pub subject: Subject,
    /// The customer on whose timeline it belongs.
    pub customer: Option<CustomerId>,
    /// The invoice on whose timeline it belongs.
    pub invoice: Option<InvoiceId>,
    /// What else there is to know.
    pub data: Value,
    /// Personal data, unless there were none or they were erased.
    pub person: Option<Value>,
}

row! {
    struct EventRow {
        id: Uuid,
        business_id: Uuid,
        chain_position: i64,
        ordinal: i64,
        kind: String,
        at: Timestamp,
        actor_kind: String,
        actor_id: Option<Uuid>,
        subject_kind: String,
        subject_id: Uuid,
        customer_id: Option<Uuid>,
        invoice_id: Option<Uuid>,
        data: String,
        person_digest: Option<Vec<u8>>,
        person_salt: Option<Vec<u8>>,
        person_data: Option<String>,
    }
}

impl TryFrom<EventRow> for Event {
    type Error = StoreError;

    fn try_from(row: EventRow) -> Result<Self, StoreError> {
        let id = EventId::from_uuid(row.id);
        let at = Reading { table: "event", row: id };
        let actor = match (at.known("actor_kind", ActorKind::from_name(&row.actor_kind))?, row.actor_id) {
            (ActorKind::Member, Some(member)) => Actor::Member(MemberId::from_uuid(member)),
            (ActorKind::Customer, Some(link)) => Actor::Customer(LinkId::from_uuid(link)),
            (ActorKind::Provider, None) => Actor::Provider,
            (ActorKind::System, None) => Actor::System,
            (ActorKind::Operator, None) => Actor::Operator,
            _ => {
                return Err(StoreError::corrupt(
                    "event",
                    "actor_kind, actor_id",
                    id,
                    "they contradict each other",
                ));
            }
        };
        Ok(Self {
            id,
            business: BusinessId::from_uuid(row.business_id),
            at: row.at,
            kind: at.known("kind", EventKind::from_name(&row.kind))?,
            actor,
            subject: Subject {
                kind: at.known("subject_kind", SubjectKind::from_name(&row.subject_kind))?,
                id: row.subject_id,
            },
            customer: row.customer_id.map(CustomerId::from_uuid),
            invoice: row.invoice_id.map(InvoiceId::from_uuid),
            data: at.json("data", &row.data)?,
            person: row
                .person_data
                .map(|text| Reading { table: "event_person", row: id }.json("data", &text))
                .transpose()?,
        })
    }
}

fn actor_id(actor: Actor) -> Option<Uuid> {
    match actor {
        Actor::Member(member) => Some(member.uuid()),
        Actor::Customer(link) => Some(link.uuid()),
        Actor::Provider | Actor::System | Actor::Operator => None,
    }
}

/// Writes the events of a transaction, each business's under one new link of its chain, in as many statements for one
/// event as for a thousand. Businesses are taken in the order of their ids, so that two transactions never wait for each
/// other crosswise.
pub(crate) async fn write(tx: &mut Tx, events: &[NewEvent]) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let mut by_business: BTreeMap<BusinessId, Vec<&NewEvent>> = BTreeMap::new();
    for event in events {
        by_business.entry(event.business).or_default().push(event);
    }
    let heads = take_heads(tx, by_business.keys().copied()).await?;
    let (mut links, mut rows) = (Vec::with_capacity(by_business.len()), Vec::with_capacity(events.len()));
    for (business, events) in by_business {
        let at = Reading { table: "chain_head", row: business };
        let (position, prev_hash) = at.present("position", heads.get(&business))?;
        let under: Vec<EventRow> =
            events.into_iter().zip(0_i64..).map(|(event, ordinal)| row(event, *position, ordinal)).collect();
        links.push(Link {
            business: business.uuid(),
            position: *position,
            prev_hash: prev_hash.clone(),
            hash: link_hash(business, *position, prev_hash, &under),
            event_count: i64::try_from(under.len()).unwrap_or(i64::MAX),
        });
        rows.extend(under);
    }
    lay_links(tx, &links).await?;
    insert(tx, &rows).await
}

/// Moves the heads of these chains on by one place and tells where they stand. From here to the commit no other writer of
/// these businesses gets past them.
async fn take_heads(
    tx: &mut Tx,
    businesses: impl Iterator<Item = BusinessId>,
) -> Result<HashMap<BusinessId, (i64, Vec<u8>)>, StoreError> {
    let first: Vec<(Uuid, Vec<u8>)> =
        businesses.map(|business| (business.uuid(), genesis(business))).collect();
    let taken: Vec<(Uuid, i64, Vec<u8>)> = Given::of(&first)
        .uuid("business_id", |(business, _)| *business)
        .bytes("hash", |(_, hash)| &hash[..])
        .fetch(tx, |given| {
            format!(
                "INSERT INTO chain_head (business_id, position, hash)
                 SELECT given.business_id, 1, given.hash FROM {given} WHERE TRUE ORDER BY given.business_id
                 ON CONFLICT (business_id) DO UPDATE SET position = chain_head.position + 1
                 RETURNING business_id, position, hash"
            )
        })
        .await?;
    Ok(taken.into_iter().map(|(id, position, hash)| (BusinessId::from_uuid(id), (position, hash))).collect())
}

/// A link about to be laid.
struct Link {
    business: Uuid,
    position: i64,
    prev_hash: Vec<u8>,
    hash: [u8; 32],
    event_count: i64,
}

/// Lays the new links, and has the heads take their hashes.
async fn lay_links(tx: &mut Tx, links: &[Link]) -> Result<(), StoreError> {
    Given::of(links)
        .uuid("business_id", |link| link.business)
        .number("position", |link| link.position)
        .bytes("prev_hash", |link| &link.prev_hash[..])
        .bytes("hash", |link| &link.hash[..])
        .number("event_count", |link| link.event_count)
        .insert(tx, "chain")
        .await?;
    Given::of(links)
        .uuid("business_id", |link| link.business)
        .bytes("hash", |link| &link.hash[..])
        .execute(tx, |given| {
            format!(
                "UPDATE chain_head SET hash = given.hash FROM {given}
                 WHERE chain_head.business_id = given.business_id"
            )
        })
        .await?;
    Ok(())
}

async fn insert(tx: &mut Tx, rows: &[EventRow]) -> Result<(), StoreError> {
    Given::of(rows)
        .uuid("id", |row| row.id)
        .uuid("business_id", |row| row.business_id)
        .number("chain_position", |row| row.chain_position)
        .number("ordinal", |row| row.ordinal)
        .text("kind", |row| &row.kind[..])
        .instant("at", |row| row.at)
        .text("actor_kind", |row| &row.actor_kind[..])
        .uuid("actor_id", |row| row.actor_id)
        .text("subject_kind", |row| &row.subject_kind[..])
        .uuid("subject_id", |row| row.subject_id)
        .uuid("customer_id", |row| row.customer_id)
        .uuid("invoice_id", |row| row.invoice_id)
        .text("data", |row| &row.data[..])
        .bytes("person_digest", |row| row.person_digest.as_deref())
        .insert(tx, "event")
        .await?;
    let people: Vec<&EventRow> = rows.iter().filter(|row| row.person_data.is_some()).collect();
    Given::of(&people)
        .uuid("event_id", |row| row.id)
        .uuid("business_id", |row| row.business_id)
        .bytes("salt", |row| row.person_salt.as_deref())
        .text("data", |row| row.person_data.as_deref())
        .insert(tx, "event_person")
        .await
}

fn row(event: &NewEvent, chain_position: i64, ordinal: i64) -> EventRow {
    let person_data = event.person.as_ref().map(|person| person.data.to_string());
    EventRow {
        id: event.id.uuid(),
        business_id: event.business.uuid(),
        chain_position,
        ordinal,
        kind: event.kind.as_str().to_owned(),
        at: event.at,
        actor_kind: event.actor.kind().as_str().to_owned(),
        actor_id: actor_id(event.actor),
        subject_kind: event.subject.kind.as_str().to_owned(),
        subject_id: event.subject.id,
        customer_id: event.customer.map(CustomerId::uuid),
        invoice_id: event.invoice.map(InvoiceId::uuid),
        data: event.data.to_string(),
        person_digest: event
            .person
            .as_ref()
            .zip(person_data.as_deref())
            .map(|(person, data)| person_digest(&person.salt, data).to_vec()),
        person_salt: event.person.as_ref().map(|person| person.salt.to_vec()),
        person_data,
    }
}

/// Length-prefixed values into a hash, so that no two lists of values look alike.
struct Canonical(Sha256);

impl Canonical {
    fn new(kind: &str) -> Self {
        Self(Sha256::new()).bytes(kind.as_bytes())
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.update(u64::try_from(bytes.len()).unwrap_or(u64::MAX - 1).to_be_bytes());
        self.0.update(bytes);
        self
    }

    fn optional(mut self, bytes: Option<&[u8]>) -> Self {
        if let Some(bytes) = bytes {
            return self.bytes(bytes);
        }
        self.0.update([0xff; 8]);
        self
    }

    fn number(self, number: i64) -> Self {
        self.bytes(&number.to_be_bytes())
    }

    fn finish(self) -> [u8; 32] {
        self.0.finalize().into()
    }
}

fn genesis(business: BusinessId) -> Vec<u8> {
    Canonical::new("dunlin chain 1").bytes(business.uuid().as_bytes()).finish().to_vec()
}

fn person_digest(salt: &[u8], data: &str) -> [u8; 32] {
    Canonical::new("dunlin person 1").bytes(salt).bytes(data.as_bytes()).finish()
}

fn event_digest(row: &EventRow) -> [u8; 32] {
    fn bytes(id: Option<&Uuid>) -> Option<&[u8]> {
        id.map(|id| &id.as_bytes()[..])
    }
    Canonical::new("dunlin event 1")
        .bytes(row.id.as_bytes())
        .bytes(row.business_id.as_bytes())
        .number(row.chain_position)
        .number(row.ordinal)
        .bytes(row.kind.as_bytes())
        .number(row.at.timestamp_micros())
        .bytes(row.actor_kind.as_bytes())
        .optional(bytes(row.actor_id.as_ref()))
        .bytes(row.subject_kind.as_bytes())
        .bytes(row.subject_id.as_bytes())
        .optional(bytes(row.customer_id.as_ref()))
        .optional(bytes(row.invoice_id.as_ref()))
        .bytes(row.data.as_bytes())
        .optional(row.person_digest.as_deref())
        .finish()
}

fn link_hash(business: BusinessId, position: i64, prev_hash: &[u8], rows: &[EventRow]) -> [u8; 32] {
    rows.iter()
        .fold(
            Canonical::new("dunlin link 1")
                .bytes(business.uuid().as_bytes())
                .number(position)
                .bytes(prev_hash)
                .number(i64::try_from(rows.len()).unwrap_or(i64::MAX)),
            |hash, row| hash.bytes(&event_digest(row)),
        )
        .finish()
}

macro_rules! event_columns {
    () => {
        "event.id, event.business_id, event.chain_position, event.ordinal, event.kind, event.at, event.actor_kind,
         event.actor_id, event.subject_kind, event.subject_id, event.customer_id, event.invoice_id, event.data,
         event.person_digest, event_person.salt AS person_salt, event_person.data AS person_data
         FROM event LEFT JOIN event_person ON event_person.event_id = event.id"
    };
}

fn events(rows: Vec<EventRow>) -> Result<Vec<Event>, StoreError> {
    rows.into_iter().map(Event::try_from).collect()
}

/// The timeline of an invoice, newest first.
pub async fn of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let rows: Vec<EventRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", event_columns!(),
        " WHERE event.business_id = $1 AND event.invoice_id = $2
          ORDER BY event.chain_position DESC, event.ordinal DESC LIMIT $3"))
        .bind(business.uuid()).bind(invoice.uuid()).bind(limit).fetch_all(connection))?;
    events(rows)
}

/// The timeline of a customer over all invoices, newest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    limit: i64,
) -> Result<Vec<Event>, StoreError> {
    let rows: Vec<EventRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", event_columns!(),
        " WHERE event.business_id = $1 AND event.customer_id = $2
          ORDER BY event.chain_position DESC, event.ordinal DESC LIMIT $3"))
        .bind(business.uuid()).bind(customer.uuid()).bind(limit).fetch_all(connection))?;
    events(rows)
}

/// The newest events of a business.
pub async fn latest(tx: &mut Tx, business: BusinessId, limit: i64) -> Result<Vec<Event>, StoreError> {
    let rows: Vec<EventRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", event_columns!(),
        " WHERE event.business_id = $1 ORDER BY event.chain_position DESC, event.ordinal DESC LIMIT $2"))
        .bind(business.uuid()).bind(limit).fetch_all(connection))?;
    events(rows)
}

/// When the newest event of any business was written, in business time: a clock that stands before it is wrong.
pub async fn newest_at(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    on!(tx, connection => sqlx::query_scalar("SELECT at FROM event ORDER BY at DESC LIMIT 1").fetch_optional(connection))
}

/// Erases the personal data of an event. The chain stays whole.
pub async fn erase_person(tx: &mut Tx, business: BusinessId, event: EventId) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("DELETE FROM event_person WHERE event_id = $1 AND business_id = $2")
            .bind(event.uuid())
            .bind(business.uuid())
    )?;
    Ok(rows == 1)
}

/// What [`verify`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verification {
    /// Every hash is what it must be.
    Sound {
        /// Links of the chain.
        links: u64,
        /// Events under them.
        events: u64,
    },
    /// Something was changed by another hand.
    Broken {
        /// The first row that does not fit: `chain 12`, `event ev_…`, `event_person ev_…`, `chain_head`.
        row: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

/// How many links are read at a time.
const LINKS_AT_ONCE: i64 = 500;

/// Recomputes a business's whole chain and names the first row that does not fit. Reads in pieces: memory does not grow
/// with the log.
pub async fn verify(tx: &mut Tx, business: BusinessId) -> Result<Verification, StoreError> {
    let mut prev_hash = genesis(business);
    let (mut links, mut event_count) = (0_u64, 0_u64);
    let mut last_position = 0_i64;
    let broken = |row: String, problem| Ok(Verification::Broken { row, problem });
    loop {
        let chain: Vec<(i64, Vec<u8>, Vec<u8>, i64)> = on!(tx, connection => sqlx::query_as(
            "SELECT position, prev_hash, hash, event_count FROM chain
             WHERE business_id = $1 AND position > $2 ORDER BY position LIMIT $3")
            .bind(business.uuid()).bind(last_position).bind(LINKS_AT_ONCE).fetch_all(connection))?;
        let Some((until, ..)) = chain.last() else { break };
        let rows: Vec<EventRow> = on!(tx, connection => sqlx::query_as(concat!("SELECT ", event_columns!(),
            " WHERE event.business_id = $1 AND event.chain_position > $2 AND event.chain_position <= $3
              ORDER BY event.chain_position, event.ordinal"))
            .bind(business.uuid()).bind(last_position).bind(*until).fetch_all(connection))?;
        let mut rows = rows.into_iter().peekable();
        for (position, prev, hash, count) in chain {
            if position != last_position + 1 {
                return broken(format!("chain {}", last_position + 1), "missing");
            }
            if prev != prev_hash {
                return broken(format!("chain {position}"), "does not stand on the link before");
            }
            let mut under = Vec::new();
            while let Some(row) = rows.next_if(|row| row.chain_position == position) {
                under.push(row);
            }
            if let Some(row) = under.iter().find(|row| !person_is_chained(row)) {
                return broken(
                    format!("event_person {}", EventId::from_uuid(row.id)),
                    "is not what the event has the digest of",
                );
            }
            if i64::try_from(under.len()) != Ok(count) {
                return broken(format!("chain {position}"), "has not as many events as it counted");
            }
            if link_hash(business, position, &prev_hash, &under)[..] != hash {
                return broken(format!("chain {position}"), "does not match its events");
            }
            links += 1;
            event_count += u64::try_from(under.len()).unwrap_or(u64::MAX);
            prev_hash = hash;
            last_position = position;
        }
        if let Some(row) = rows.next() {
            return broken(format!("event {}", EventId::from_uuid(row.id)), "is under no link");
        }
    }
    let stray: Option<Uuid> = on!(tx, connection => sqlx::query_scalar(
        "SELECT id FROM event WHERE business_id = $1 AND chain_position > $2 LIMIT 1")
        .bind(business.uuid()).bind(last_position).fetch_optional(connection))?;
    if let Some(id) = stray {
        return broken(format!("event {}", EventId::from_uuid(id)), "is under no link");
    }
    let head: Option<(i64, Vec<u8>)> = on!(tx, connection => sqlx::query_as(
        "SELECT position, hash FROM chain_head WHERE business_id = $1")
        .bind(business.uuid()).fetch_optional(connection))?;
    match head {
        None if links == 0 => {}
        Some((position, hash)) if position == last_position && hash == prev_hash => {}
        _ => return broken("chain_head".to_owned(), "is not at the last link"),
    }
    Ok(Verification::Sound { links, events: event_count })
}

fn person_is_chained(row: &EventRow) -> bool {
    match (&row.person_salt, &row.person_data) {
        (Some(salt), Some(data)) => row.person_digest.as_deref() == Some(&person_digest(salt, data)[..]),
        _ => true,
    }
}
