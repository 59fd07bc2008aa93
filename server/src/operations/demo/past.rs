//! The outside world of the demo's past: its clock stands where the story is, and whatever is handed over stays in the house.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use async_trait::async_trait;
use chrono::{DateTime, Duration};
use domain::Timestamp;

use crate::delivery::{HandOver, MailTransport, OutgoingMail, OutgoingText, TextTransport, Texted};
use crate::env::{Clock, Env, Settings};

/// The same installation at another moment, with nobody outside to hear of it.
pub(super) fn past(env: &Env, clock: &Arc<PastClock>) -> Env {
    Env {
        clock: Arc::clone(clock) as Arc<dyn Clock>,
        mailer: Arc::new(Nobody),
        texter: Arc::new(Nobody),
        settings: Arc::new(Settings { chasing_per_hour: u32::MAX, ..(*env.settings).clone() }),
        ..env.clone()
    }
}

/// Both clocks in the past, moved by hand.
pub(super) struct PastClock(AtomicI64);

impl PastClock {
    pub fn at(moment: Timestamp) -> Self {
        Self(AtomicI64::new(moment.timestamp_micros()))
    }

    pub fn set(&self, moment: Timestamp) {
        self.0.fetch_max(moment.timestamp_micros(), Ordering::SeqCst);
    }
}

impl Clock for PastClock {
    fn machine_now(&self) -> Timestamp {
        DateTime::from_timestamp_micros(self.0.load(Ordering::SeqCst)).unwrap_or_default()
    }

    fn business_now(&self) -> Timestamp {
        self.machine_now()
    }

    fn set_business_offset(&self, _offset: Duration) {}
}

/// Takes every message of the past and shows it to nobody.
struct Nobody;

#[async_trait]
impl MailTransport for Nobody {
    async fn hand_over(&self, _mail: &OutgoingMail) -> HandOver {
        HandOver::Accepted { reply: "250 2.0.0 kept for the demo".to_owned() }
    }
}

#[async_trait]
impl TextTransport for Nobody {
    async fn hand_over(&self, _text: &OutgoingText) -> Texted {
        HandOver::Accepted { reply: "kept for the demo".to_owned() }.into()
    }
}
