//! Everything there is to know about customers who may be written to, in a constant number of questions.
//!
//! The planner decides about a thousand customers at once, the outbox about one, the preview of a schedule about all:
//! each asks [`gather`] and gets the same facts, read here and nowhere else. How many customers are asked about changes
//! what the questions find, not how many there are.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use domain::follow_up::CustomerTerms;
use domain::hold::Hold;
use domain::invoice::{Balance, InvoiceStatus};
use domain::message::Channel;
use domain::payment::AttemptStatus;
use domain::schedule::{Said, StepId};
use domain::{
    BusinessId, CustomerId, Date, GroupId, InvoiceId, MessageId, ReceivableId, ShortText, Timestamp,
};
use uuid::Uuid;

use crate::customers::{self, Contact, Customer};
use crate::follow_up::{Group, GroupRow, TermsRow, Versioned};
use crate::holds::{HoldRow, StoredHold};
use crate::manual_contacts::{ManualContact, ManualContactRow};
use crate::receivables::{self, Receivable};
use crate::rows::Reading;
use crate::{StoreError, Tx, autopay, disputes, ledger, plans};

/// Which receivables of the customers asked about are wanted.
#[derive(Clone, Copy, Debug)]
pub enum Which<'a> {
    /// Those whose decision is due at this moment. Business time.
    Due(Timestamp),
    /// All of them, settled ones too.
    All,
    /// These, as far as they are theirs.
    These(&'a [ReceivableId]),
}

/// All that is known of one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct Dossier {
    /// Whose customer.
    pub business: BusinessId,
    /// Who owes.
    pub customer: Customer,
    /// The people there, in the order they were added; nobody who was removed.
    pub contacts: Vec<Contact>,
    /// What was set for this customer.
    pub follow_up: CustomerTerms,
    /// The group they are in.
    pub group: Option<Group>,
    /// What holds everything of theirs now, oldest first.
    pub holds: Vec<Hold>,
    /// When they were written to about money, or are about to be, oldest first.
    pub chasing: Vec<ChasingContact>,
    /// What people did themselves, calls among it, oldest first.
    pub manual: Vec<ManualContact>,
    /// What was asked for, oldest due date first.
    pub items: Vec<Item>,
}

/// A chasing message that was not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChasingContact {
    /// The message.
    pub message: MessageId,
    /// How it goes.
    pub channel: Channel,
    /// When it was planned. Business time.
    pub planned_at: Timestamp,
    /// When it was handed over; while it waits, when it was planned. Business time.
    pub at: Timestamp,
}

/// One receivable with what is known of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Item {
    /// The receivable.
    pub receivable: Receivable,
    /// Its invoice's number.
    pub number: String,
    /// What the invoice was for, in a few words, if somebody said.
    pub title: Option<ShortText>,
    /// When it was issued, in the business's zone.
    pub issued_on: Date,
    /// Whether it was taken back.
    pub void: bool,
    /// What the ledger and the attempts say.
    pub balance: Balance,
    /// The tries to collect it that may still succeed, and when each began (business time), oldest first.
    pub in_flight: Vec<(AttemptStatus, Timestamp)>,
    /// Whether its invoice is under a payment plan that stands.
    pub under_plan: bool,
    /// Whether its customer lets it be charged by itself: with the day that they were told, if they were.
    pub autopay: Option<Option<Date>>,
    /// Whether a payment it was paid with is contested, and the bank has not decided.
    pub contested: bool,
    /// The steps that count as said, and by which message; by none where it was a task. Earliest step first.
    pub said: Vec<(Option<MessageId>, Said)>,
    /// What holds this one now, oldest first.
    pub holds: Vec<Hold>,
    /// The steps that a person let be said, by name.
    pub approved: Vec<StepId>,
}

/// Gathers what is known of these customers, in the order they are named; one that does not exist, or is another
/// business's, is left out. Contacts and messages count from `since` on (business time).
///
/// Whoever acts on it has taken the customers' turns ([`ledger::take_turns`]).
pub async fn gather(
    tx: &mut Tx,
    customers: &[(BusinessId, CustomerId)],
    which: Which<'_>,
    since: Timestamp,
) -> Result<Vec<Dossier>, StoreError> {
    let ids: Vec<Uuid> = customers.iter().map(|(_, customer)| customer.uuid()).collect();
    let mut found: HashMap<CustomerId, Customer> =
        customers::many(tx, &ids).await?.into_iter().map(|customer| (customer.id, customer)).collect();
    let mut contacts = by(customers::contacts_of_many(tx, &ids).await?, |contact| contact.customer);
    let mut terms = terms(tx, &ids).await?;
    let groups = groups(tx, &ids).await?;
    let (mut holds, mut own_holds) = holds(tx, &ids).await?;
    let mut chasing = chasing(tx, &ids, since).await?;
    let mut manual = manual(tx, &ids, since).await?;
    let mut items = by(items(tx, &ids, which, &mut own_holds).await?, |item| item.receivable.customer);

    let mut dossiers = Vec::with_capacity(customers.len());
    for (business, id) in customers {
        let Some(customer) = found.remove(id).filter(|customer| customer.business == *business) else {
            continue;
        };
        let follow_up = terms.remove(id).unwrap_or_default();
        dossiers.push(Dossier {
            business: *business,
            customer,
            contacts: contacts.remove(id).unwrap_or_default(),
            follow_up,
            group: follow_up.group.and_then(|group| groups.get(&group).cloned()),
            holds: holds.remove(id).unwrap_or_default(),
            chasing: chasing.remove(id).unwrap_or_default(),
            manual: manual.remove(id).unwrap_or_default(),
            items: items.remove(id).unwrap_or_default(),
        });
    }
    Ok(dossiers)
}

/// Rows by what they belong to, each in the order they came.
fn by<K: std::hash::Hash + Eq, T>(rows: Vec<T>, key: impl Fn(&T) -> K) -> HashMap<K, Vec<T>> {
    let mut map: HashMap<K, Vec<T>> = HashMap::new();
    for row in rows {
        map.entry(key(&row)).or_default().push(row);
    }
    map
}

async fn terms(tx: &mut Tx, customers: &[Uuid]) -> Result<HashMap<CustomerId, CustomerTerms>, StoreError> {
    let rows: Vec<TermsRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(
        concat!("SELECT * FROM customer_follow_up WHERE customer_id ", listed!()))
        .bind(listed).fetch_all(connection))?;
    rows.into_iter()
        .map(|row| Ok((row.customer(), Versioned::<CustomerTerms>::try_from(row)?.value)))
        .collect()
}

async fn groups(tx: &mut Tx, customers: &[Uuid]) -> Result<BTreeMap<GroupId, Group>, StoreError> {
    let rows: Vec<GroupRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT * FROM customer_group WHERE id IN (
            SELECT group_id FROM customer_follow_up WHERE customer_id ", listed!(), ")"))
        .bind(listed).fetch_all(connection))?;
    rows.into_iter().map(|row| Group::try_from(row).map(|group| (group.id, group))).collect()
}

type Holds<K> = HashMap<K, Vec<Hold>>;

/// What stands on everything of a customer, and what on one receivable.
async fn holds(
    tx: &mut Tx,
    customers: &[Uuid],
) -> Result<(Holds<CustomerId>, Holds<ReceivableId>), StoreError> {
    let rows: Vec<HoldRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT * FROM hold WHERE ended_at IS NULL AND customer_id ", listed!(), " ORDER BY created_at, id"))
        .bind(listed).fetch_all(connection))?;
    let (mut wide, mut own) = (Holds::new(), Holds::new());
    for row in rows {
        let StoredHold { customer, hold, .. } = StoredHold::try_from(row)?;
        match hold.receivable {
            None => wide.entry(customer).or_default().push(hold),
            Some(receivable) => own.entry(receivable).or_default().push(hold),
        }
    }
    Ok((wide, own))
}

row! {
    struct ChasingRow {
        id: Uuid,
        customer_id: Uuid,
        channel: String,
        created_at: Timestamp,
        handed_over_at: Option<Timestamp>,
    }
}

async fn chasing(
    tx: &mut Tx,
    customers: &[Uuid],
    since: Timestamp,
) -> Result<HashMap<CustomerId, Vec<ChasingContact>>, StoreError> {
    let rows: Vec<ChasingRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT id, customer_id, channel, created_at, handed_over_at FROM message
         WHERE customer_id ", listed!(), " AND purpose = 'chasing' AND state NOT IN ('cancelled', 'expired')
            AND COALESCE(handed_over_at, created_at) >= $2
         ORDER BY COALESCE(handed_over_at, created_at), id"))
        .bind(listed).bind(since).fetch_all(connection))?;
    let mut chasing: HashMap<CustomerId, Vec<ChasingContact>> = HashMap::new();
    for row in rows {
        let message = MessageId::from_uuid(row.id);
        let read = Reading { table: "message", row: message };
        chasing.entry(CustomerId::from_uuid(row.customer_id)).or_default().push(ChasingContact {
            message,
            channel: read.known("channel", Channel::from_name(&row.channel))?,
            planned_at: row.created_at,
            at: row.handed_over_at.unwrap_or(row.created_at),
        });
    }
    Ok(chasing)
}

async fn manual(
    tx: &mut Tx,
    customers: &[Uuid],
    since: Timestamp,
) -> Result<HashMap<CustomerId, Vec<ManualContact>>, StoreError> {
    let rows: Vec<ManualContactRow> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT * FROM manual_contact WHERE customer_id ", listed!(), " AND at >= $2 ORDER BY at, id"))
        .bind(listed).bind(since).fetch_all(connection))?;
    let made = rows.into_iter().map(ManualContact::try_from).collect::<Result<Vec<_>, _>>()?;
    Ok(by(made, |made| made.customer))
}

/// What an invoice adds to its receivable.
struct Heading {
    title: Option<ShortText>,
    issued_on: Option<Date>,
    void: bool,
}

async fn items(
    tx: &mut Tx,
    customers: &[Uuid],
    which: Which<'_>,
    holds: &mut Holds<ReceivableId>,
) -> Result<Vec<Item>, StoreError> {
    let receivables = match which {
        Which::Due(now) => receivables::due_of_customers(tx, customers, now).await?,
        Which::All => receivables::of_customers(tx, customers).await?,
        Which::These(these) => {
            let these: Vec<Uuid> = these.iter().map(|id| id.uuid()).collect();
            receivables::many(tx, &these).await?
        }
    };
    let ids: Vec<Uuid> = receivables.iter().map(|receivable| receivable.id.uuid()).collect();
    let invoice_ids: Vec<InvoiceId> = receivables.iter().map(|receivable| receivable.invoice).collect();
    let invoices: Vec<Uuid> = invoice_ids.iter().map(|id| id.uuid()).collect();
    let mut headings = headings(tx, &invoices).await?;
    let mut balances: HashMap<ReceivableId, (String, Balance)> = ledger::balances_of(tx, &ids)
        .await?
        .into_iter()
        .map(|balance| (balance.receivable, (balance.number, balance.balance)))
        .collect();
    let mut in_flight = in_flight(tx, &ids).await?;
    let mut said = by(receivables::said_of(tx, &ids).await?, |said| said.receivable);
    let mut approved = approved(tx, &ids).await?;
    let contested = disputes::contested(tx, customers).await?;
    let planned: BTreeSet<InvoiceId> =
        plans::live_over(tx, &invoice_ids).await?.into_iter().map(|(invoice, _)| invoice).collect();
    let mut charged = autopay::taking(tx, &ids).await?;
    receivables
        .into_iter()
        .map(|receivable| {
            let id = receivable.id;
            let at = Reading { table: "receivable", row: id };
            let heading = at.present("invoice_id", headings.remove(&receivable.invoice))?;
            let (number, balance) = at.present("balance", balances.remove(&id))?;
            Ok(Item {
                number,
                title: heading.title,
                issued_on: at.present("issue_date", heading.issued_on)?,
                void: heading.void,
                balance,
                in_flight: in_flight.remove(&id).unwrap_or_default(),
                under_plan: planned.contains(&receivable.invoice),
                autopay: charged.remove(&id),
                contested: contested.get(&receivable.customer).is_some_and(|these| these.contains(&id)),
                said: said
                    .remove(&id)
                    .unwrap_or_default()
                    .into_iter()
                    .map(|by| (by.message, by.said))
                    .collect(),
                holds: holds.remove(&id).unwrap_or_default(),
                approved: approved.remove(&id).unwrap_or_default(),
                receivable,
            })
        })
        .collect()
}

async fn headings(tx: &mut Tx, invoices: &[Uuid]) -> Result<HashMap<InvoiceId, Heading>, StoreError> {
    let rows: Vec<(Uuid, String, Option<Date>, String)> = on_ids!(tx, invoices, listed, connection => sqlx::query_as(
        concat!("SELECT id, title, issue_date, state FROM invoice WHERE id ", listed!()))
        .bind(listed).fetch_all(connection))?;
    rows.into_iter()
        .map(|(id, title, issued_on, state)| {
            let id = InvoiceId::from_uuid(id);
            let at = Reading { table: "invoice", row: id };
            let state = at.known("state", InvoiceStatus::from_name(&state))?;
            let title = at.value("title", ShortText::parse_optional(&title))?;
            Ok((id, Heading { title, issued_on, void: state == InvoiceStatus::Void }))
        })
        .collect()
}

async fn in_flight(
    tx: &mut Tx,
    receivables: &[Uuid],
) -> Result<HashMap<ReceivableId, Vec<(AttemptStatus, Timestamp)>>, StoreError> {
    let rows: Vec<(Uuid, String, Timestamp)> = on_ids!(tx, receivables, listed, connection => sqlx::query_as(concat!(
        "SELECT attempt_part.receivable_id, payment_attempt.state, payment_attempt.created_at
         FROM attempt_part JOIN payment_attempt ON payment_attempt.id = attempt_part.attempt_id
         WHERE attempt_part.receivable_id ", listed!(),
        " AND payment_attempt.state IN ('creating', 'open', 'unknown', 'processing')
         ORDER BY payment_attempt.id"))
        .bind(listed).fetch_all(connection))?;
    let mut in_flight: HashMap<ReceivableId, Vec<(AttemptStatus, Timestamp)>> = HashMap::new();
    for (receivable, state, created_at) in rows {
        let receivable = ReceivableId::from_uuid(receivable);
        let at = Reading { table: "payment_attempt", row: receivable };
        let status = at.known("state", AttemptStatus::from_name(&state))?;
        in_flight.entry(receivable).or_default().push((status, created_at));
    }
    Ok(in_flight)
}

async fn approved(
    tx: &mut Tx,
    receivables: &[Uuid],
) -> Result<HashMap<ReceivableId, Vec<StepId>>, StoreError> {
    let rows: Vec<(Uuid, String)> = on_ids!(tx, receivables, listed, connection => sqlx::query_as(concat!(
        "SELECT receivable_id, step FROM approval WHERE receivable_id ", listed!(), " ORDER BY step"))
        .bind(listed).fetch_all(connection))?;
    let mut approved: HashMap<ReceivableId, Vec<StepId>> = HashMap::new();
    for (receivable, step) in rows {
        let receivable = ReceivableId::from_uuid(receivable);
        let at = Reading { table: "approval", row: receivable };
        approved.entry(receivable).or_default().push(at.value("step", StepId::parse(&step))?);
    }
    Ok(approved)
}
