//! Handing messages over to the outside: mail by SMTP, texts through an HTTP gateway, letters to a person.
//!
//! A transport does one thing: it hands one finished message to one relay and says how far it came. What that
//! means for the message (sent, try again, failed, uncertain) is decided by [`HandOver`]'s reader, the outbox.

pub mod brief;
pub mod compose;
mod engine;
pub mod letters;
pub mod mail;
pub mod paper;
pub mod sms;
pub mod smtp;
pub mod texts;

use async_trait::async_trait;

/// A finished message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingMail {
    /// `MAIL FROM`.
    pub from: String,
    /// `RCPT TO`, one address: a message is for one contact.
    pub to: String,
    /// The whole message, headers and body, with CRLF line ends.
    pub raw: Vec<u8>,
}

/// A finished text message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutgoingText {
    /// The number: `+49151…`.
    pub to: String,
    /// What it says.
    pub body: String,
    /// Where the gateway reports what became of it.
    pub status_callback: String,
}

/// A message that is written and may leave, by its channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outgoing {
    /// To the relay.
    Mail(OutgoingMail),
    /// To the gateway.
    Text(OutgoingText),
    /// To a person, who posts it: there is nothing outside that could refuse it or lose it.
    Letter,
}

/// How far a hand-over came. The phases are told apart because only they say whether a second try can double.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOver {
    /// The relay answered the final dot with 250; the gateway took the text.
    Accepted {
        /// What it said: our evidence.
        reply: String,
    },
    /// A 4xx at any phase, the final dot included, or the relay was not reached, or the connection was lost
    /// before the body began: nothing was taken, a later try cannot double.
    Retry {
        /// What was seen.
        reason: String,
    },
    /// A 5xx: trying again does not help.
    Refused {
        /// What it said.
        reply: String,
        /// A 5.1.x, or the gateway's word that there is no such number: the address itself is bad and is not to be
        /// written to again.
        address_is_bad: bool,
    },
    /// The connection was lost or timed out once the body began: the relay may have taken it. Never sent again by
    /// itself; a person looks.
    Uncertain {
        /// What was seen.
        reason: String,
    },
}

/// How far the hand-over of a text came, and what else the gateway said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texted {
    /// How far it came.
    pub outcome: HandOver,
    /// What the gateway calls the message, if it took it: reports name it so.
    pub provider_ref: Option<String>,
    /// It was refused because the number's owner told the gateway to stop.
    pub opted_out: bool,
}

impl From<HandOver> for Texted {
    fn from(outcome: HandOver) -> Self {
        Self { outcome, provider_ref: None, opted_out: false }
    }
}

/// Hands texts to a gateway.
#[async_trait]
pub trait TextTransport: Send + Sync {
    /// Hands one text over, within bounded time. Never fails: whatever happens is in the answer.
    async fn hand_over(&self, text: &OutgoingText) -> Texted;
}

/// Hands mails to a relay.
#[async_trait]
pub trait MailTransport: Send + Sync {
    /// Hands one mail over, within bounded time. Never fails: whatever happens is a [`HandOver`].
    async fn hand_over(&self, mail: &OutgoingMail) -> HandOver;
}
