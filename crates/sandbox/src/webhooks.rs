//! Webhooks: who is told of what, signed as Stripe signs, with switches for everything that goes wrong on the way.

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use crate::stripe::events::matches;
use crate::world::World;

/// Seconds of machine time between the tries of one delivery: minutes here, what is days at Stripe.
// Stripe: failed deliveries are retried for up to three days with growing pauses (webhooks)
const RETRY_SECONDS: [i64; 5] = [1, 5, 30, 120, 300];
/// A receiver that takes longer has not answered.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(10);
/// Deliveries that are over are kept for the index page, this many.
const HISTORY: usize = 500;

/// What goes wrong between Stripe and a webhook's receiver.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch on the wall, independent of the others")]
pub struct Switches {
    /// Nothing is sent until [`crate::Running::deliver_now`] is called.
    pub hold: bool,
    /// New events are never sent.
    pub lose: bool,
    /// New events are sent twice.
    pub duplicate: bool,
    /// Waiting events are sent newest first.
    pub reorder: bool,
    /// New events wait this many seconds of machine time.
    pub delay_seconds: u32,
    /// Idempotency keys are forgotten after 24 hours of business time; otherwise of machine time.
    pub prune_keys_by_business_time: bool,
}

/// An address that is told of events.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Endpoint {
    pub(crate) id: String,
    pub(crate) url: String,
    /// Newest first; while a secret is being rotated there are two, and each signs.
    pub(crate) secrets: Vec<String>,
    /// Names of events or groups of them.
    pub(crate) enabled_events: Vec<String>,
}

impl Endpoint {
    pub(crate) fn wants(&self, kind: &str) -> bool {
        self.enabled_events.iter().any(|pattern| matches(pattern, kind))
    }
}

/// How a delivery stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Will be tried, or tried again.
    Waiting,
    /// Is being tried.
    Sending,
    /// Answered with 2xx.
    Delivered,
    /// Never sent, by a switch.
    Lost,
    /// Tried often enough.
    GaveUp,
}

/// One event on its way to one endpoint.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Counts up.
    pub id: u64,
    /// The account whose event it is.
    pub account: String,
    /// The endpoint it goes to.
    pub endpoint: String,
    /// The event.
    pub event: String,
    /// The event's type.
    pub kind: String,
    /// How it stands.
    pub state: DeliveryState,
    /// How often it was tried.
    pub tries: u32,
    /// What came of the last try: a status, or why there was none.
    pub last_answer: Option<String>,
    /// Machine time of the next try, in milliseconds since the epoch.
    pub due_millis: i64,
}

/// Every delivery, oldest first.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Outbox {
    pub(crate) deliveries: VecDeque<Delivery>,
    next_id: u64,
}

/// Which deliveries a pass takes up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    Due,
    /// Everything that was not delivered and not lost, whatever its time.
    All,
}

impl Outbox {
    /// Lines an event up for an endpoint, as the switches have it.
    pub(crate) fn line_up(
        &mut self,
        account: &str,
        endpoint: &str,
        event: &str,
        kind: &str,
        machine_millis: i64,
        switches: &Switches,
    ) {
        let copies = if switches.duplicate && !switches.lose { 2 } else { 1 };
        for _ in 0..copies {
            self.next_id += 1;
            self.deliveries.push_back(Delivery {
                id: self.next_id,
                account: account.to_owned(),
                endpoint: endpoint.to_owned(),
                event: event.to_owned(),
                kind: kind.to_owned(),
                state: if switches.lose { DeliveryState::Lost } else { DeliveryState::Waiting },
                tries: 0,
                last_answer: None,
                due_millis: machine_millis + i64::from(switches.delay_seconds) * 1000,
            });
        }
        while self.deliveries.len() > HISTORY
            && self.deliveries.front().is_some_and(|oldest| {
                !matches!(oldest.state, DeliveryState::Waiting | DeliveryState::Sending)
            })
        {
            self.deliveries.pop_front();
        }
    }

    /// Deliveries that a snapshot caught in mid-air are tried again: at least once is Stripe's promise too.
    pub(crate) fn restore(&mut self) {
        for delivery in &mut self.deliveries {
            if delivery.state == DeliveryState::Sending {
                delivery.state = DeliveryState::Waiting;
            }
        }
    }

    fn take(&mut self, which: Which, now_millis: i64, newest_first: bool) -> Option<Delivery> {
        let ready = |delivery: &&mut Delivery| match which {
            Which::Due => delivery.state == DeliveryState::Waiting && delivery.due_millis <= now_millis,
            Which::All => matches!(delivery.state, DeliveryState::Waiting | DeliveryState::GaveUp),
        };
        let delivery = if newest_first {
            self.deliveries.iter_mut().rev().find(ready)
        } else {
            self.deliveries.iter_mut().find(ready)
        }?;
        delivery.state = DeliveryState::Sending;
        Some(delivery.clone())
    }

    fn next_due_millis(&self) -> Option<i64> {
        let waiting = self.deliveries.iter().filter(|delivery| delivery.state == DeliveryState::Waiting);
        waiting.map(|delivery| delivery.due_millis).min()
    }
}

/// The `Stripe-Signature` header for a body: the moment, and one signature a secret.
// Stripe: `t=`, then `v1=` HMAC-SHA256 over "{t}.{body}" for each active secret (webhooks, signatures)
pub fn signature_header(seconds: i64, body: &[u8], secrets: &[impl AsRef<str>]) -> String {
    let mut header = format!("t={seconds}");
    for secret in secrets {
        // HMAC takes keys of every length, so that this branch never runs.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret.as_ref().as_bytes()) else { continue };
        mac.update(seconds.to_string().as_bytes());
        mac.update(b".");
        mac.update(body);
        let _ = write!(header, ",v1={}", hex::encode(mac.finalize().into_bytes()));
    }
    header
}

/// Sends what is due, again and again, until the sandbox shuts down.
pub(crate) async fn run(world: &World) {
    loop {
        if !world.look(|state| state.switches.hold) {
            pass(world, Which::Due).await;
        }
        let pause = world.look(|state| {
            let due = if state.switches.hold { None } else { state.outbox.next_due_millis() };
            let until = due.map_or(1000, |due| due - world.clock.machine_now().timestamp_millis());
            // At least once a second, because a simulation may move machine time under a sleeper.
            Duration::from_millis(u64::try_from(until.clamp(1, 1000)).unwrap_or(1000))
        });
        let _ = tokio::time::timeout(pause, world.wake.notified()).await;
    }
}

/// Sends everything that was not delivered yet, once, whatever its time; returns how many were answered with 2xx.
pub(crate) async fn deliver_now(world: &World) -> usize {
    pass(world, Which::All).await
}

async fn pass(world: &World, which: Which) -> usize {
    let mut delivered = 0;
    // Each delivery once a pass: one that fails waits again and would be taken for ever.
    let mut tried = std::collections::HashSet::new();
    loop {
        let taken = world.tend(|state| {
            let now_millis = world.clock.machine_now().timestamp_millis();
            let newest_first = state.switches.reorder;
            let taken = state.outbox.take(which, now_millis, newest_first)?;
            if !tried.insert(taken.id) {
                state.outbox.put_back(&taken);
                return None;
            }
            let message = state.webhook_message(&taken);
            Some((taken, message))
        });
        let Some((delivery, message)) = taken else { return delivered };
        let answer = match message {
            Some((url, secrets, body)) => send(world, &url, &secrets, body).await,
            None => Err("the endpoint or the event is gone".to_owned()),
        };
        let ok = answer.as_ref().is_ok_and(|status| (200..300).contains(status));
        delivered += usize::from(ok);
        let said = answer.map_or_else(|why| why, |status| status.to_string());
        tracing::info!(event = %delivery.event, kind = %delivery.kind, answer = %said, "webhook");
        world.tend(|state| {
            let now_millis = world.clock.machine_now().timestamp_millis();
            state.record_delivery(&delivery, ok, said, now_millis);
            Some(())
        });
    }
}

async fn send(world: &World, url: &str, secrets: &[String], body: String) -> Result<u16, String> {
    let seconds = world.clock.machine_now().timestamp();
    let request = world
        .http
        .post(url)
        .timeout(ANSWER_TIMEOUT)
        .header("content-type", "application/json; charset=utf-8")
        .header("user-agent", "Stripe/1.0 (+https://stripe.com/docs/webhooks)")
        .header("stripe-signature", signature_header(seconds, body.as_bytes(), secrets))
        .body(body);
    match request.send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) if error.is_timeout() => Err("timed out".to_owned()),
        Err(error) if error.is_connect() => Err("could not connect".to_owned()),
        Err(_) => Err("the connection was lost".to_owned()),
    }
}

impl Outbox {
    fn put_back(&mut self, taken: &Delivery) {
        if let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.id == taken.id) {
            delivery.state = taken.state_before();
        }
    }

    /// Notes what came of a try, and when to try again.
    pub(crate) fn record(&mut self, taken: &Delivery, ok: bool, said: String, now_millis: i64) {
        let Some(delivery) = self.deliveries.iter_mut().find(|delivery| delivery.id == taken.id) else {
            return;
        };
        delivery.tries += 1;
        delivery.last_answer = Some(said);
        let pause = usize::try_from(delivery.tries - 1).ok().and_then(|done| RETRY_SECONDS.get(done));
        (delivery.state, delivery.due_millis) = match pause {
            _ if ok => (DeliveryState::Delivered, now_millis),
            Some(pause) => (DeliveryState::Waiting, now_millis + pause * 1000),
            None => (DeliveryState::GaveUp, now_millis),
        };
    }
}

impl Delivery {
    /// What a delivery was before it was taken up: only waiting ones and given-up ones are.
    fn state_before(&self) -> DeliveryState {
        if usize::try_from(self.tries).is_ok_and(|tries| tries > RETRY_SECONDS.len()) {
            DeliveryState::GaveUp
        } else {
            DeliveryState::Waiting
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DeliveryState, Outbox, Switches, Which, signature_header};

    #[test]
    fn a_signature_is_hmac_over_moment_and_body_once_a_secret() {
        // Computed with `printf '%s' '1700000000.{"id":1}' | openssl dgst -sha256 -hmac whsec_a`.
        assert_eq!(
            signature_header(1_700_000_000, br#"{"id":1}"#, &["whsec_a"]),
            "t=1700000000,v1=8c8e247421de0b76bf97607e630fe462de82132f873d78a74c81d7cee02ffbdf"
        );
        let two = signature_header(1_700_000_000, b"{}", &["whsec_a", "whsec_b"]);
        assert_eq!(two.matches(",v1=").count(), 2);
    }

    fn line_up(outbox: &mut Outbox, event: &str, switches: &Switches) {
        outbox.line_up("acct_1", "we_1", event, "charge.succeeded", 1000, switches);
    }

    #[test]
    fn switches_decide_how_an_event_travels() {
        let mut outbox = Outbox::default();
        line_up(&mut outbox, "evt_1", &Switches { duplicate: true, ..Switches::default() });
        line_up(&mut outbox, "evt_2", &Switches { lose: true, ..Switches::default() });
        line_up(&mut outbox, "evt_3", &Switches { delay_seconds: 5, ..Switches::default() });
        let take = |outbox: &mut Outbox, now, newest| {
            outbox.take(Which::Due, now, newest).map(|delivery| delivery.event)
        };
        assert_eq!(take(&mut outbox, 1000, false).as_deref(), Some("evt_1"));
        assert_eq!(take(&mut outbox, 1000, false).as_deref(), Some("evt_1"));
        assert_eq!(take(&mut outbox, 5999, false), None);
        line_up(&mut outbox, "evt_4", &Switches::default());
        assert_eq!(take(&mut outbox, 6000, true).as_deref(), Some("evt_4"));
        assert_eq!(take(&mut outbox, 6000, true).as_deref(), Some("evt_3"));
        assert_eq!(take(&mut outbox, i64::MAX, true), None);
    }

    #[test]
    fn a_delivery_that_fails_is_tried_again_and_given_up_in_the_end() {
        let mut outbox = Outbox::default();
        line_up(&mut outbox, "evt_1", &Switches::default());
        let mut now = 1000;
        for _ in 0..6 {
            let taken = outbox.take(Which::Due, now, false).unwrap();
            outbox.record(&taken, false, "500".to_owned(), now);
            assert!(outbox.take(Which::Due, now, false).is_none());
            now += 300_000;
        }
        assert_eq!(outbox.deliveries[0].state, DeliveryState::GaveUp);
        assert!(outbox.take(Which::Due, now, false).is_none());
        let again = outbox.take(Which::All, now, false).unwrap();
        outbox.record(&again, true, "200".to_owned(), now);
        assert_eq!(outbox.deliveries[0].state, DeliveryState::Delivered);
    }
}
