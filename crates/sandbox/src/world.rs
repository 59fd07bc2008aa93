//! The sandbox's world: its state behind one lock, and the rules for touching it.
//!
//! Whoever touches the state first lets happen what is due by then, so that time passes without a timer having to fire.
//! The lock is never held across an await.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::faults::ApiFault;
use crate::smtp::{Mail, SmtpFault};
use crate::stripe::account::{Account, Scene};
use crate::texts::Texts;
use crate::webhooks::{Delivery, Outbox, Switches};

/// Everything the sandbox remembers; what `--state FILE` keeps.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) accounts: BTreeMap<String, Account>,
    /// API keys and the accounts they open.
    pub(crate) keys: BTreeMap<String, String>,
    /// Keys that open nothing any more.
    pub(crate) revoked_keys: BTreeSet<String>,
    pub(crate) outbox: Outbox,
    pub(crate) switches: Switches,
    pub(crate) entropy: Entropy,
    pub(crate) mails: Vec<Mail>,
    pub(crate) next_mail: u64,
    #[serde(default)]
    pub(crate) texts: Texts,
    pub(crate) offset_seconds: i64,
    #[serde(skip)]
    pub(crate) api_faults: Vec<ApiFault>,
    #[serde(skip)]
    pub(crate) smtp_faults: Vec<SmtpFault>,
}

impl State {
    pub(crate) fn new(seed: Option<u64>) -> Self {
        Self {
            accounts: BTreeMap::new(),
            keys: BTreeMap::new(),
            revoked_keys: BTreeSet::new(),
            outbox: Outbox::default(),
            switches: Switches::default(),
            entropy: Entropy::new(seed),
            mails: Vec::new(),
            next_mail: 1,
            texts: Texts::default(),
            offset_seconds: 0,
            api_faults: Vec::new(),
            smtp_faults: Vec::new(),
        }
    }

    /// Rebuilds what a snapshot does not carry.
    pub(crate) fn restore(&mut self) {
        for account in self.accounts.values_mut() {
            account.restore();
        }
        self.outbox.restore();
    }

    /// The account a key opens, made at its first use.
    pub(crate) fn account_of_key(&mut self, key: &str, now: i64) -> String {
        if let Some(id) = self.keys.get(key) {
            return id.clone();
        }
        let account = Account::open(key, now);
        let id = account.id.clone();
        self.keys.insert(key.to_owned(), id.clone());
        self.accounts.entry(id.clone()).or_insert(account);
        id
    }

    /// The account that has this Checkout Session.
    pub(crate) fn account_of_session(&self, session: &str) -> Option<String> {
        let owner = self.accounts.values().find(|account| account.sessions.get(session).is_some());
        owner.map(|account| account.id.clone())
    }

    /// The account that has this `PaymentIntent`.
    pub(crate) fn account_of_intent(&self, intent: &str) -> Option<String> {
        let owner = self.accounts.values().find(|account| account.intents.get(intent).is_some());
        owner.map(|account| account.id.clone())
    }

    /// Address, secrets and body of a delivery, unless its endpoint or event is gone.
    pub(crate) fn webhook_message(&self, delivery: &Delivery) -> Option<(String, Vec<String>, String)> {
        let account = self.accounts.get(&delivery.account)?;
        let endpoint = account.endpoints.iter().find(|endpoint| endpoint.id == delivery.endpoint)?;
        let event = account.events.get(&delivery.event)?;
        // Stripe: payloads are indented JSON, which a verifier must take byte for byte (webhooks)
        let body = serde_json::to_string_pretty(&event.shown()).ok()?;
        Some((endpoint.url.clone(), endpoint.secrets.clone(), body))
    }

    /// Notes what came of a delivery, at the delivery and at its event.
    pub(crate) fn record_delivery(&mut self, delivery: &Delivery, ok: bool, said: String, now_millis: i64) {
        self.outbox.record(delivery, ok, said, now_millis);
        if ok
            && let Some(account) = self.accounts.get_mut(&delivery.account)
            && let Some(event) = account.events.get_mut(&delivery.event)
        {
            event.pending_webhooks = event.pending_webhooks.saturating_sub(1);
            event.undelivered = event.pending_webhooks > 0;
        }
    }
}

/// The state, its clock, and what is needed to reach outside.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) clock: Clock,
    pub(crate) base_url: String,
    pub(crate) smtp_addr: std::net::SocketAddr,
    pub(crate) http: reqwest::Client,
    /// Wakes the webhook worker.
    pub(crate) wake: Notify,
    /// Wakes whoever waits for a mail.
    pub(crate) mail_kept: Notify,
    /// Wakes the worker of the SMS gateway's callbacks.
    pub(crate) text_waits: Notify,
    state: Mutex<State>,
    /// Counts changes, for the state file.
    version: AtomicU64,
}

impl World {
    pub(crate) fn new(
        clock: Clock,
        base_url: String,
        smtp_addr: std::net::SocketAddr,
        http: reqwest::Client,
        state: State,
    ) -> Self {
        Self {
            clock,
            base_url,
            smtp_addr,
            http,
            wake: Notify::new(),
            mail_kept: Notify::new(),
            text_waits: Notify::new(),
            state: Mutex::new(state),
            version: AtomicU64::new(1),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // A panic in one request leaves the state as far as it got; a stand-in goes on with that.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the state as it is.
    pub(crate) fn look<R>(&self, read: impl FnOnce(&State) -> R) -> R {
        read(&self.lock())
    }

    /// Lets happen what is due, then changes the state. The number is business time.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut State, i64) -> R) -> R {
        let mut state = self.lock();
        let now = self.clock.business_seconds();
        self.settle(&mut state, now);
        let result = change(&mut state, now);
        drop(state);
        self.version.fetch_add(1, Ordering::Relaxed);
        self.wake.notify_one();
        result
    }

    /// What the webhook worker does: as [`Self::change`], but waking nobody, least of all the worker itself, and counted
    /// as a change only if there was one.
    pub(crate) fn tend<R>(&self, tend: impl FnOnce(&mut State) -> Option<R>) -> Option<R> {
        let mut state = self.lock();
        let settled = self.settle(&mut state, self.clock.business_seconds());
        let result = tend(&mut state);
        drop(state);
        if settled || result.is_some() {
            self.version.fetch_add(1, Ordering::Relaxed);
        }
        result
    }

    /// How often the state was, or may have been, changed.
    pub(crate) fn version(&self) -> u64 {
        self.version.load(Ordering::Relaxed)
    }

    /// Forgets everything but the clock: ids go on, so that nothing of before is mistaken for something new.
    pub(crate) fn reset(&self) {
        self.change(|state, _| {
            let entropy = state.entropy.clone();
            *state = State { entropy, offset_seconds: state.offset_seconds, ..State::new(Some(0)) };
        });
    }

    /// Sets a scene in one account after what was due there has happened.
    pub(crate) fn act<R>(
        &self,
        account: &str,
        request: Option<(String, Option<String>)>,
        act: impl FnOnce(&mut Scene<'_>) -> R,
    ) -> Option<R> {
        self.change(|state, now| {
            let machine_now_millis = self.clock.machine_now().timestamp_millis();
            let State { accounts, entropy, outbox, switches, .. } = state;
            let mut scene = Scene {
                account: accounts.get_mut(account)?,
                entropy,
                outbox,
                switches,
                base_url: &self.base_url,
                now,
                machine_now_millis,
                request,
            };
            Some(act(&mut scene))
        })
    }

    /// Keeps a mail that arrived; `make` gets its id, machine time and business time.
    pub(crate) fn keep_mail(&self, make: impl FnOnce(String, i64, i64) -> Mail) -> String {
        let id = self.change(|state, now| {
            let mail = make(format!("mail_{}", state.next_mail), self.clock.machine_now().timestamp(), now);
            let id = mail.id.clone();
            state.next_mail += 1;
            state.mails.push(mail);
            id
        });
        self.mail_kept.notify_waiters();
        id
    }

    /// Whether anything was due.
    fn settle(&self, state: &mut State, until: i64) -> bool {
        let machine_now_millis = self.clock.machine_now().timestamp_millis();
        let State { accounts, entropy, outbox, switches, .. } = state;
        let mut any = false;
        for account in accounts.values_mut() {
            any |= Scene {
                account,
                entropy,
                outbox,
                switches,
                base_url: &self.base_url,
                now: until,
                machine_now_millis,
                request: None,
            }
            .settle(until);
        }
        any
    }

    /// Moves business time on; it never goes back. Returns the new business time.
    pub(crate) fn advance(&self, seconds: u64) -> i64 {
        let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
        self.set_offset(self.clock.offset_seconds().saturating_add(seconds))
    }

    /// Sets the distance of business time from machine time. A smaller one than before changes nothing.
    pub(crate) fn set_offset(&self, seconds: i64) -> i64 {
        if seconds > self.clock.offset_seconds() {
            self.clock.set_offset_seconds(seconds);
        }
        self.change(|state, now| {
            state.offset_seconds = self.clock.offset_seconds();
            now
        })
    }
}
