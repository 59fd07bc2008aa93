//! Handing messages over to the outside: SMTP now.
//!
//! A transport does one thing: it hands one finished message to one relay and says how far it came. What that
//! means for the message (sent, try again, failed, uncertain) is decided by [`HandOver`]'s reader, the outbox.

pub mod mail;
pub mod smtp;

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

/// How far a hand-over came. The phases are told apart because only they say whether a second try can double.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HandOver {
    /// The relay answered the final dot with 250.
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
        /// A 5.1.x: the address itself is bad and is not to be written to again.
        address_is_bad: bool,
    },
    /// The connection was lost or timed out once the body began: the relay may have taken it. Never sent again by
    /// itself; a person looks.
    Uncertain {
        /// What was seen.
        reason: String,
    },
}

/// Hands mails to a relay.
#[async_trait]
pub trait MailTransport: Send + Sync {
    /// Hands one mail over, within bounded time. Never fails: whatever happens is a [`HandOver`].
    async fn hand_over(&self, mail: &OutgoingMail) -> HandOver;
}
