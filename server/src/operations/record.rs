//! What operations write into the record, in one shape, so that the timeline can tell it.
//!
//! [`Facts`] are chained by hash and stay for ever: no personal data. [`Personal`] stands apart, salted, and can be erased
//! without breaking the chain.

use domain::call::Outcome;
use domain::event::{Actor, EventKind};
use domain::hold::{HoldEnd, HoldKind};
use domain::message::{Channel, MessageKind};
use domain::payment::{FailureCode, Method};
use domain::schedule::StepId;
use domain::task::TaskKind;
use domain::{BusinessId, CustomerId, Date, EventId, InvoiceId, MessageId, Money, Role};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::events::{NewEvent, Person, Subject};
use store::tasks::{self, NewTask};
use store::{StoreError, Tx};

use crate::env::{Env, Principal};

/// What is known of something that happened, besides kind, time and subject. Each kind of event has some of it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// How it was paid, or is to be paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub method: Option<Method>,
    /// Why a payment failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure: Option<FailureCode>,
    /// The message it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// What the message is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_kind: Option<MessageKind>,
    /// The step it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<StepId>,
    /// The number of the invoice or customer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// A member's role from now on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// What a task asks for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<TaskKind>,
    /// How many days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// How many.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
    /// Why the follow-up is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold: Option<HoldKind>,
    /// Why it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_end: Option<HoldEnd>,
    /// The day something lasts to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Date>,
    /// How somebody was reached.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Whether a call became a conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spoke: Option<bool>,
    /// How a call went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Outcome>,
}

/// The part that names a person, or was written by one. Erasable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Personal {
    /// Their name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Their address: the one that was written to, for a message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Their words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// From where they came.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// With what.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
}

/// Something that happened, about to be recorded.
#[derive(Debug, Clone)]
pub struct Told {
    kind: EventKind,
    subject: Subject,
    customer: Option<CustomerId>,
    invoice: Option<InvoiceId>,
    facts: Facts,
    personal: Personal,
}

impl Told {
    /// It happened to this subject.
    pub fn new(kind: EventKind, subject: impl Into<Subject>) -> Self {
        Self {
            kind,
            subject: subject.into(),
            customer: None,
            invoice: None,
            facts: Facts::default(),
            personal: Personal::default(),
        }
    }

    /// It belongs on this customer's timeline.
    #[must_use]
    pub fn customer(mut self, customer: CustomerId) -> Self {
        self.customer = Some(customer);
        self
    }

    /// It belongs on this invoice's timeline.
    #[must_use]
    pub fn invoice(mut self, invoice: InvoiceId) -> Self {
        self.invoice = Some(invoice);
        self
    }

    /// What else there is to know.
    #[must_use]
    pub fn facts(mut self, facts: Facts) -> Self {
        self.facts = facts;
        self
    }

    /// Whom it is about, or in whose words.
    #[must_use]
    pub fn personal(mut self, personal: Personal) -> Self {
        self.personal = personal;
        self
    }
}

/// Records what happened, now in business time, and hands out the event's id: rows that changed name it.
pub fn record(tx: &mut Tx, env: &Env, business: BusinessId, actor: Actor, told: Told) -> EventId {
    let id = env.new_id();
    // Neither can fail: both are plain structs of values that serialise. An empty object would be written, not nothing.
    let data = serde_json::to_value(told.facts).unwrap_or_else(|_| Value::Object(serde_json::Map::new()));
    let person = (told.personal != Personal::default()).then(|| Person {
        salt: env.new_token(),
        data: serde_json::to_value(told.personal).unwrap_or_else(|_| Value::Object(serde_json::Map::new())),
    });
    tx.record(NewEvent {
        id,
        business,
        at: env.business_now(),
        kind: told.kind,
        actor,
        subject: told.subject,
        customer: told.customer,
        invoice: told.invoice,
        data,
        person,
    });
    id
}

/// Raises a task and records it, with whatever else there is to know; false when its cause raised one before.
pub async fn raise_task(
    tx: &mut Tx,
    env: &Env,
    actor: Actor,
    task: &NewTask,
    facts: Facts,
) -> Result<bool, StoreError> {
    if !tasks::raise(tx, task).await? {
        return Ok(false);
    }
    let mut told = Told::new(EventKind::TaskRaised, task.id).facts(Facts { task: Some(task.kind), ..facts });
    told.customer = task.customer;
    told.invoice = task.invoice;
    record(tx, env, task.business, actor, told);
    Ok(true)
}

/// Who the record names for a principal. Whoever has not been recognised yet acts as the system: what they may do that
/// way (ask for a fresh link) is recorded with its own facts.
pub fn actor(principal: &Principal) -> Actor {
    match principal {
        Principal::Member { member, .. } => Actor::Member(*member),
        Principal::Portal(access) => Actor::Customer(access.link),
        Principal::Operator => Actor::Operator,
        Principal::System | Principal::Anonymous => Actor::System,
    }
}
