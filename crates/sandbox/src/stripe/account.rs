//! One Stripe account: its objects, its webhook endpoints, and what will happen to them as time goes by.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use super::cash::CashTransaction;
use super::objects::{Charge, Customer, Dispute, Event, Intent, PaymentMethod, Refund, Session, Shelf};
use super::setups::{Mandate, SetupIntent};
use super::{collect, disputes, refunds, sessions};
use crate::entropy::Entropy;
use crate::webhooks::{Endpoint, Outbox, Switches};

/// The API version the sandbox speaks; accounts and endpoints that do not pin one get it.
pub const API_VERSION: &str = "2026-09-30.endive";

/// What happens by itself at a moment of business time.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Due {
    SessionExpires(String),
    DebitSettles(String),
    RefundSettles(String),
    RefundFails(String),
}

/// An answer kept under an idempotency key.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Remembered {
    /// Method, address and parameters, to be compared with the next request under this key.
    pub(crate) fingerprint: String,
    pub(crate) machine_seconds: i64,
    pub(crate) business_seconds: i64,
    pub(crate) request_id: String,
    /// None while the first request is still being executed.
    pub(crate) answer: Option<(u16, Value)>,
}

/// One account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) created: i64,
    pub(crate) name: String,
    pub(crate) customers: Shelf<Customer>,
    pub(crate) sessions: Shelf<Session>,
    pub(crate) intents: Shelf<Intent>,
    pub(crate) payment_methods: Shelf<PaymentMethod>,
    #[serde(default)]
    pub(crate) setup_intents: Shelf<SetupIntent>,
    #[serde(default)]
    pub(crate) mandates: Shelf<Mandate>,
    pub(crate) charges: Shelf<Charge>,
    pub(crate) refunds: Shelf<Refund>,
    pub(crate) disputes: Shelf<Dispute>,
    #[serde(default)]
    pub(crate) cash: Shelf<CashTransaction>,
    pub(crate) events: Shelf<Event>,
    pub(crate) endpoints: Vec<Endpoint>,
    /// Soonest first; equal moments in the order in which they were planned.
    due: VecDeque<(i64, Due)>,
    pub(crate) idempotency: BTreeMap<String, Remembered>,
}

impl Account {
    /// The account a test key opens. The same key always means the same account id.
    pub(crate) fn open(key: &str, now: i64) -> Self {
        Self {
            id: account_id(key),
            created: now,
            name: "Sandbox business".to_owned(),
            customers: Shelf::default(),
            sessions: Shelf::default(),
            intents: Shelf::default(),
            payment_methods: Shelf::default(),
            setup_intents: Shelf::default(),
            mandates: Shelf::default(),
            charges: Shelf::default(),
            refunds: Shelf::default(),
            disputes: Shelf::default(),
            cash: Shelf::default(),
            events: Shelf::default(),
            endpoints: Vec::new(),
            due: VecDeque::new(),
            idempotency: BTreeMap::new(),
        }
    }

    /// Rebuilds what a snapshot does not carry. Requests that were being executed when it was taken are forgotten: their
    /// callers never got an answer, and nothing of theirs is in the snapshot either.
    pub(crate) fn restore(&mut self) {
        self.customers.reindex();
        self.sessions.reindex();
        self.intents.reindex();
        self.payment_methods.reindex();
        self.setup_intents.reindex();
        self.mandates.reindex();
        self.charges.reindex();
        self.refunds.reindex();
        self.disputes.reindex();
        self.cash.reindex();
        self.events.reindex();
        self.idempotency.retain(|_, remembered| remembered.answer.is_some());
    }

    fn plan(&mut self, at: i64, what: Due) {
        let position = self.due.partition_point(|(other, _)| *other <= at);
        self.due.insert(position, (at, what));
    }

    fn take_due(&mut self, now: i64) -> Option<(i64, Due)> {
        if self.due.front().is_some_and(|(at, _)| *at <= now) { self.due.pop_front() } else { None }
    }
}

/// `acct_` and sixteen digits of the key's hash.
pub(crate) fn account_id(key: &str) -> String {
    format!("acct_{}", &hex::encode(Sha256::digest(key.as_bytes()))[..16])
}

/// One moment of one account: everything a call or a due date needs to act on it.
pub(crate) struct Scene<'a> {
    pub(crate) account: &'a mut Account,
    pub(crate) entropy: &'a mut Entropy,
    pub(crate) outbox: &'a mut Outbox,
    pub(crate) switches: &'a Switches,
    pub(crate) base_url: &'a str,
    /// Business time of this moment.
    pub(crate) now: i64,
    /// Machine time of this moment.
    pub(crate) machine_now_millis: i64,
    /// The API request that caused this, if one did: its id and idempotency key.
    pub(crate) request: Option<(String, Option<String>)>,
}

impl Scene<'_> {
    /// Records an event and lines it up for every endpoint that wants it.
    pub(crate) fn emit(&mut self, kind: &str, object: Value) {
        self.emit_change(kind, object, Value::Null);
    }

    /// As [`Self::emit`], naming the fields that changed with their former values.
    pub(crate) fn emit_change(&mut self, kind: &str, object: Value, previous: Value) {
        let id = self.entropy.id("evt");
        let listeners: Vec<_> = self
            .account
            .endpoints
            .iter()
            .filter(|endpoint| endpoint.wants(kind))
            .map(|endpoint| endpoint.id.clone())
            .collect();
        let (request, idempotency_key) =
            self.request.clone().map_or((None, None), |(id, key)| (Some(id), key));
        self.account.events.add(Event {
            id: id.clone(),
            created: self.now,
            kind: kind.to_owned(),
            api_version: API_VERSION.to_owned(),
            object,
            previous,
            request,
            idempotency_key,
            pending_webhooks: u32::try_from(listeners.len()).unwrap_or(u32::MAX),
            undelivered: !listeners.is_empty(),
        });
        tracing::info!(event = %id, kind, account = %self.account.id, endpoints = listeners.len(), "event");
        for endpoint in listeners {
            self.outbox.line_up(
                &self.account.id,
                &endpoint,
                &id,
                kind,
                self.machine_now_millis,
                self.switches,
            );
        }
    }

    /// Plans something for `after_seconds` of business time from now.
    pub(crate) fn plan(&mut self, at: i64, what: Due) {
        self.account.plan(at, what);
    }

    /// Lets everything happen that is due by `until`, each at its own moment. Returns whether there was any of it.
    pub(crate) fn settle(&mut self, until: i64) -> bool {
        let mut any = false;
        while let Some((at, what)) = self.account.take_due(until) {
            any = true;
            self.now = at;
            match what {
                Due::SessionExpires(id) => sessions::expire_when_due(self, &id),
                Due::DebitSettles(id) => collect::settle_debit(self, &id),
                Due::RefundSettles(id) => refunds::settle(self, &id),
                Due::RefundFails(id) => refunds::fail(self, &id),
            }
        }
        self.now = until;
        any
    }

    /// What the card behind a new payment does to it afterwards.
    pub(crate) fn after_charge(&mut self, charge: &str) {
        disputes::open_if_the_card_says_so(self, charge);
    }
}
