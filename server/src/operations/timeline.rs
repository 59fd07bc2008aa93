//! What happened to an invoice or a customer, over every channel, and the exact bodies of what was said.

use std::collections::{HashMap, hash_map};

use domain::event::{Actor, EventKind};
use domain::{
    BusinessId, CustomerId, InvoiceId, LinkId, MemberId, MessageId, Name, Permission, ReceivableId, Timestamp,
};
use serde::de::DeserializeOwned;
use serde_json::Value;
use store::events::{self, Event, Subject};
use store::messages::{self, Message};
use store::{StoreError, Tx, customers, invoices, links, receivables};

use super::identity::member_names;
use super::record::{Facts, Personal};
use crate::env::{Env, NotPermitted, Principal};

/// The most entries that a timeline shows.
pub const MOST: i64 = 300;

/// Why no timeline or message was shown.
#[derive(Debug, thiserror::Error)]
pub enum TimelineError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such subject in this business.
    #[error("no such subject")]
    NotFound,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// One thing that happened.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// When (business time).
    pub at: Timestamp,
    /// What.
    pub kind: EventKind,
    /// Who did it.
    pub actor: Actor,
    /// Their name: the member's, or the contact's whose link was used.
    pub actor_name: Option<Name>,
    /// To what.
    pub subject: Subject,
    /// The invoices it belongs to, each with its number once it has one.
    pub invoices: Vec<(InvoiceId, Option<String>)>,
    /// What else is known.
    pub facts: Facts,
    /// Whom it is about, unless erased.
    pub personal: Personal,
}

/// What happened to an invoice, newest first.
pub async fn of_invoice(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<Vec<Entry>, TimelineError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    invoices::invoice(&mut tx, business, invoice).await?.ok_or(TimelineError::NotFound)?;
    let found = events::of_invoice(&mut tx, business, invoice, MOST).await?;
    Ok(entries(&mut tx, business, found).await?)
}

/// What happened to a customer over all invoices, newest first.
pub async fn of_customer(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<Vec<Entry>, TimelineError> {
    let (business, _) = principal.member_with(Permission::ViewCustomers)?;
    let mut tx = env.store.read().await?;
    customers::customer(&mut tx, business, customer).await?.ok_or(TimelineError::NotFound)?;
    let found = events::of_customer(&mut tx, business, customer, MOST).await?;
    Ok(entries(&mut tx, business, found).await?)
}

async fn entries(tx: &mut Tx, business: BusinessId, found: Vec<Event>) -> Result<Vec<Entry>, StoreError> {
    let members = member_names(tx, business).await?;
    let mut holders: HashMap<LinkId, Option<Name>> = HashMap::new();
    let mut numbers: HashMap<InvoiceId, Option<String>> = HashMap::new();
    let mut entries = Vec::with_capacity(found.len());
    for event in found {
        let invoice = match event.invoice {
            None => None,
            Some(id) => {
                if let hash_map::Entry::Vacant(unknown) = numbers.entry(id) {
                    let invoice = invoices::invoice(tx, business, id).await?;
                    let issued = invoice.as_ref().and_then(|invoice| invoice.state.issued());
                    unknown.insert(issued.map(|issued| issued.number.to_string()));
                }
                Some((id, numbers.get(&id).cloned().flatten()))
            }
        };
        entries.push(Entry {
            at: event.at,
            kind: event.kind,
            actor: event.actor,
            actor_name: actor_name(tx, business, event.actor, &members, &mut holders).await?,
            subject: event.subject,
            invoices: invoice.into_iter().collect(),
            facts: facts_of(&event.data),
            personal: event.person.as_ref().map(tolerant).unwrap_or_default(),
        });
    }
    Ok(gathered(entries))
}

/// How far apart the events of one thing that happened to a message may be: they are recorded one after the other.
const ONE_MOMENT: chrono::TimeDelta = chrono::TimeDelta::minutes(1);

/// A message that speaks of several invoices is recorded once for each of them, so that each has it on its own timeline. Where
/// the timelines meet it is one thing that happened, about all of them.
fn gathered(entries: Vec<Entry>) -> Vec<Entry> {
    let mut gathered: Vec<Entry> = Vec::with_capacity(entries.len());
    for entry in entries {
        if entry.kind == EventKind::LinkMinted && entry.actor == Actor::System {
            // The link in a message: the message is told of.
            continue;
        }
        if let Some(sent) = went_out_at_once(&entry, &mut gathered) {
            if sent.personal.email.is_none() {
                sent.personal.email = entry.personal.email;
            }
            continue;
        }
        let what = |entry: &Entry| (entry.kind, entry.facts.message);
        let near = gathered.iter_mut().rev().take_while(|other| other.at - entry.at < ONE_MOMENT);
        match near.into_iter().find(|other| entry.facts.message.is_some() && what(other) == what(&entry)) {
            Some(first) => first.invoices.extend(entry.invoices),
            None => gathered.push(entry),
        }
    }
    gathered
}

/// The entry that tells that a message went out, if this one tells that it was planned just before.
fn went_out_at_once<'a>(planned: &Entry, later: &'a mut [Entry]) -> Option<&'a mut Entry> {
    if planned.kind != EventKind::MessageQueued {
        return None;
    }
    let mut soon = later.iter_mut().rev().take_while(|other| other.at - planned.at < ONE_MOMENT);
    soon.find(|other| other.kind == EventKind::MessageSent && other.facts.message == planned.facts.message)
}

async fn actor_name(
    tx: &mut Tx,
    business: BusinessId,
    actor: Actor,
    members: &HashMap<MemberId, Name>,
    holders: &mut HashMap<LinkId, Option<Name>>,
) -> Result<Option<Name>, StoreError> {
    match actor {
        Actor::Member(member) => Ok(members.get(&member).cloned()),
        Actor::Customer(link) => {
            if let Some(name) = holders.get(&link) {
                return Ok(name.clone());
            }
            let found = links::find(tx, business, link).await?;
            let contact = match found.and_then(|link| link.contact) {
                Some(contact) => customers::contact(tx, business, contact).await?,
                None => None,
            };
            let name = contact.map(|contact| contact.name);
            holders.insert(link, name.clone());
            Ok(name)
        }
        Actor::Provider | Actor::System | Actor::Operator => Ok(None),
    }
}

fn facts_of(data: &Value) -> Facts {
    tolerant(data)
}

/// Reads what it can: a key that another version of the program wrote differently costs that key, not the entry.
fn tolerant<T: DeserializeOwned + Default>(data: &Value) -> T {
    if let Ok(whole) = serde_json::from_value(data.clone()) {
        return whole;
    }
    let Value::Object(keys) = data else { return T::default() };
    let readable = keys.iter().filter(|(key, value)| {
        let alone = Value::Object(std::iter::once(((*key).clone(), (*value).clone())).collect());
        serde_json::from_value::<T>(alone).is_ok()
    });
    let readable: serde_json::Map<String, Value> =
        readable.map(|(key, value)| (key.clone(), value.clone())).collect();
    serde_json::from_value(Value::Object(readable)).unwrap_or_default()
}

/// A message as the console shows it: exactly as it was handed over.
#[derive(Debug, Clone, PartialEq)]
pub struct Shown {
    /// The message.
    pub message: Message,
    /// What each of its parts speaks of: receivable, invoice, number.
    pub parts: Vec<(ReceivableId, InvoiceId, Option<String>)>,
}

/// Shows a message.
pub async fn message(env: &Env, principal: &Principal, id: MessageId) -> Result<Shown, TimelineError> {
    let (business, _) = principal.member_with(Permission::ViewMessages)?;
    let mut tx = env.store.read().await?;
    let message = messages::find(&mut tx, business, id).await?.ok_or(TimelineError::NotFound)?;
    let parts = parts_of(&mut tx, business, &message).await?;
    Ok(Shown { message, parts })
}

/// What each part of a message speaks of.
async fn parts_of(
    tx: &mut Tx,
    business: BusinessId,
    message: &Message,
) -> Result<Vec<(ReceivableId, InvoiceId, Option<String>)>, StoreError> {
    let mut parts = Vec::new();
    for part in &message.parts {
        let Some(receivable) = receivables::find(tx, business, part.receivable).await? else { continue };
        let invoice = invoices::invoice(tx, business, receivable.invoice).await?;
        let number =
            invoice.and_then(|invoice| invoice.state.issued().map(|issued| issued.number.to_string()));
        parts.push((part.receivable, receivable.invoice, number));
    }
    Ok(parts)
}

/// Which messages to list.
pub use store::messages::list::Filter;

/// How many messages a page of the list holds.
pub const PAGE: i64 = 50;

/// A page of messages.
#[derive(Debug, Clone, PartialEq)]
pub struct Messages {
    /// At most [`PAGE`], the newest first.
    pub rows: Vec<Shown>,
    /// The customer that was asked for.
    pub customer: Option<Name>,
    /// The last row, if more follow: the next page's `after`.
    pub after: Option<MessageId>,
}

/// Lists the messages of a business: what was sent and why, what was not and why not.
pub async fn messages(env: &Env, principal: &Principal, filter: &Filter) -> Result<Messages, TimelineError> {
    let (business, _) = principal.member_with(Permission::ViewMessages)?;
    let mut tx = env.store.read().await?;
    let customer = match filter.customer {
        Some(id) => {
            let found = customers::customer(&mut tx, business, id).await?;
            Some(found.ok_or(TimelineError::NotFound)?.name)
        }
        None => None,
    };
    let mut found = messages::list::list(&mut tx, business, filter, PAGE + 1).await?;
    let more = i64::try_from(found.len()).is_ok_and(|count| count > PAGE);
    if more {
        found.pop();
    }
    let after = found.last().filter(|_| more).map(|message| message.id);
    let mut rows = Vec::with_capacity(found.len());
    for message in found {
        let parts = parts_of(&mut tx, business, &message).await?;
        rows.push(Shown { message, parts });
    }
    Ok(Messages { rows, customer, after })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unreadable_fact_costs_itself_only() {
        let data = serde_json::json!({ "number": "2026-014", "days": "soon", "unknown": [1, 2] });
        assert_eq!(facts_of(&data), Facts { number: Some("2026-014".to_owned()), ..Facts::default() });
        assert_eq!(facts_of(&serde_json::json!("text")), Facts::default());
    }
}
