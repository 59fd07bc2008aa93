//! A whole outside world in one value: clocks that stand still until they are moved, randomness from a seed, a payment
//! provider, a mail relay and an SMS gateway in memory.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use chrono::{DateTime, Duration};
use domain::{Phone, Timestamp};
use secrecy::SecretString;
use sha2::{Digest as _, Sha256};
use store::Store;

use super::gateway::FakeGateways;
use crate::crypto::{CryptoError, Keys, PasswordCost};
use crate::delivery::{HandOver, MailTransport, OutgoingMail, OutgoingText, TextTransport, Texted};
use crate::env::{Clock, Entropy, Env, Nudges, Settings, SmsAccount};
use crate::gateway::Gateways;

/// The moment every test begins at: Tuesday, 3 March 2026, 10:00 in London.
pub const START: &str = "2026-03-03T10:00:00Z";

/// The number that texts come from.
pub const TEXTS_FROM: &str = "+4930555000";

/// What the gateway's callbacks are signed with.
pub const TEXTS_TOKEN: &str = "token-of-the-tests";

/// An [`Env`] whose outside world is steered by the test.
pub struct World {
    /// What operations take.
    pub env: Env,
    /// Its clocks.
    pub clock: Arc<SteerableClock>,
    /// Its payment provider.
    pub gateways: Arc<FakeGateways>,
    /// Its mail relay.
    pub mailer: Arc<FakeMailer>,
    /// Its SMS gateway.
    pub texter: Arc<FakeTexter>,
}

impl World {
    /// A world over a migrated database; the same seed gives the same ids and tokens.
    pub fn new(store: Store, seed: u64) -> Result<Self, CryptoError> {
        let clock = Arc::new(SteerableClock::default());
        let gateways = Arc::new(FakeGateways::new(Arc::clone(&clock) as Arc<dyn Clock>));
        let mailer = Arc::new(FakeMailer::default());
        let texter = Arc::new(FakeTexter::default());
        let env = Env {
            store,
            clock: Arc::clone(&clock) as Arc<dyn Clock>,
            entropy: Arc::new(SeededEntropy::new(seed)),
            gateways: Arc::clone(&gateways) as Arc<dyn Gateways>,
            mailer: Arc::clone(&mailer) as Arc<dyn MailTransport>,
            texter: Arc::clone(&texter) as Arc<dyn TextTransport>,
            keys: Keys::derive(&[7; 32], PasswordCost::FOR_TESTS)?,
            settings: Arc::new(Settings {
                base_url: "http://127.0.0.1:8080".to_owned(),
                demo: false,
                sandbox_url: None,
                mail_from: "dunlin@installation.example".to_owned(),
                sms: Phone::parse(TEXTS_FROM).ok().map(|from| SmsAccount {
                    account: "ACdunlin".to_owned(),
                    token: SecretString::from(TEXTS_TOKEN),
                    from,
                }),
                chasing_per_hour: 1000,
            }),
            nudges: Arc::new(Nudges::default()),
            intake: Arc::default(),
            ids: Arc::default(),
        };
        Ok(Self { env, clock, gateways, mailer, texter })
    }

    /// Changes what the operator configured.
    pub fn configure(&mut self, change: impl FnOnce(&mut Settings)) {
        let mut settings = (*self.env.settings).clone();
        change(&mut settings);
        self.env.settings = Arc::new(settings);
    }
}

/// Clocks that move only when told.
#[derive(Debug)]
pub struct SteerableClock(Mutex<Moments>);

#[derive(Debug, Clone, Copy)]
struct Moments {
    machine: Timestamp,
    offset: Duration,
}

impl Default for SteerableClock {
    fn default() -> Self {
        let machine = DateTime::parse_from_rfc3339(START).map(|start| start.to_utc()).unwrap_or_default();
        Self(Mutex::new(Moments { machine, offset: Duration::zero() }))
    }
}

impl SteerableClock {
    /// Lets both clocks run on, as they do in life.
    pub fn advance(&self, by: Duration) {
        self.moments().machine += by;
    }

    /// Moves business time on and leaves machine time, as the demo does.
    pub fn advance_business(&self, by: Duration) {
        self.moments().offset += by;
    }

    /// Sets machine time, backwards too: a machine's clock may be wrong.
    pub fn set_machine(&self, to: Timestamp) {
        self.moments().machine = to;
    }

    fn moments(&self) -> MutexGuard<'_, Moments> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clock for SteerableClock {
    fn machine_now(&self) -> Timestamp {
        self.moments().machine
    }

    fn business_now(&self) -> Timestamp {
        let moments = *self.moments();
        moments.machine + moments.offset
    }

    fn set_business_offset(&self, offset: Duration) {
        self.moments().offset = offset;
    }
}

/// Randomness that is the same for the same seed: blocks of SHA-256 over seed and counter.
#[derive(Debug)]
pub struct SeededEntropy {
    seed: u64,
    blocks: Mutex<u64>,
}

impl SeededEntropy {
    /// Randomness from this seed.
    pub fn new(seed: u64) -> Self {
        Self { seed, blocks: Mutex::default() }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, bytes: &mut [u8]) {
        let mut counter = self.blocks.lock().unwrap_or_else(PoisonError::into_inner);
        for chunk in bytes.chunks_mut(32) {
            *counter += 1;
            let block =
                Sha256::new().chain_update(self.seed.to_be_bytes()).chain_update(counter.to_be_bytes());
            chunk.copy_from_slice(&block.finalize()[..chunk.len()]);
        }
    }
}

/// A mail relay that keeps what it takes, and answers as scripted.
#[derive(Debug, Default)]
pub struct FakeMailer(Mutex<Relay>);

#[derive(Debug, Default)]
struct Relay {
    taken: Vec<OutgoingMail>,
    next: Vec<HandOver>,
}

impl FakeMailer {
    /// What the next hand-over comes to; further calls follow in order. Afterwards every mail is accepted again.
    pub fn answer_next(&self, outcome: HandOver) {
        self.relay().next.push(outcome);
    }

    /// Every mail is accepted again, whatever was still to be answered.
    pub fn accept_again(&self) {
        self.relay().next.clear();
    }

    /// The mails that arrived, in order: the accepted ones, and those of which the sender does not know.
    pub fn mails(&self) -> Vec<OutgoingMail> {
        self.relay().taken.clone()
    }

    /// Forgets what arrived.
    pub fn clear(&self) {
        self.relay().taken.clear();
    }

    fn relay(&self) -> MutexGuard<'_, Relay> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl MailTransport for FakeMailer {
    async fn hand_over(&self, mail: &OutgoingMail) -> HandOver {
        let mut relay = self.relay();
        let outcome = if relay.next.is_empty() {
            HandOver::Accepted { reply: "250 2.0.0 taken".to_owned() }
        } else {
            relay.next.remove(0)
        };
        if matches!(outcome, HandOver::Accepted { .. } | HandOver::Uncertain { .. }) {
            relay.taken.push(mail.clone());
        }
        outcome
    }
}

/// An SMS gateway that keeps what it takes, and answers as scripted.
#[derive(Debug, Default)]
pub struct FakeTexter(Mutex<TextQueue>);

#[derive(Debug, Default)]
struct TextQueue {
    taken: Vec<OutgoingText>,
    next: Vec<Texted>,
}

impl FakeTexter {
    /// What the next hand-over comes to; further calls follow in order. Afterwards every text is accepted again.
    pub fn answer_next(&self, outcome: impl Into<Texted>) {
        self.queue().next.push(outcome.into());
    }

    /// Every text is accepted again, whatever was still to be answered.
    pub fn accept_again(&self) {
        self.queue().next.clear();
    }

    /// The texts that arrived, in order: the accepted ones, and those of which the sender does not know.
    pub fn texts(&self) -> Vec<OutgoingText> {
        self.queue().taken.clone()
    }

    /// Those that arrived after the first so many.
    pub fn texts_after(&self, first: usize) -> Vec<OutgoingText> {
        self.queue().taken.get(first..).unwrap_or_default().to_vec()
    }

    /// What the gateway calls the so-manieth text that arrived.
    pub fn name_of(nth: usize) -> String {
        format!("SM{:032x}", nth + 1)
    }

    fn queue(&self) -> MutexGuard<'_, TextQueue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl TextTransport for FakeTexter {
    async fn hand_over(&self, text: &OutgoingText) -> Texted {
        let mut queue = self.queue();
        let texted = if queue.next.is_empty() {
            let sid = Self::name_of(queue.taken.len());
            Texted {
                outcome: HandOver::Accepted { reply: format!("201 queued as {sid}") },
                provider_ref: Some(sid),
                opted_out: false,
            }
        } else {
            queue.next.remove(0)
        };
        if matches!(texted.outcome, HandOver::Accepted { .. } | HandOver::Uncertain { .. }) {
            queue.taken.push(text.clone());
        }
        texted
    }
}
