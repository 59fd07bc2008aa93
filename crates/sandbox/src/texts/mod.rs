//! A stand-in for an SMS gateway of Twilio's form: it takes texts, keeps them, reports what became of them by signed
//! callbacks, and hands on what a phone answers. No text leaves this machine.

pub(crate) mod callbacks;
pub(crate) mod gateway;

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

/// A text message, either way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Text {
    /// The gateway's name for it: `SM…`.
    pub sid: String,
    /// The account it went through.
    pub account: String,
    /// The number it came from.
    pub from: String,
    /// The number it went to.
    pub to: String,
    /// What it says.
    pub body: String,
    /// Whether the customer wrote it.
    pub incoming: bool,
    /// How it stands: `queued`, `sent`, `delivered`, `undelivered`, `failed` or `received`.
    pub status: String,
    /// Business time, in seconds since the epoch.
    pub business_seconds: i64,
}

/// What goes wrong with a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextTrouble {
    /// Answered with this status and the gateway's error code; nothing is sent.
    Answer {
        /// The status: 400, 429, 500 …
        status: u16,
        /// The gateway's own code.
        code: i64,
    },
    /// The connection is lost before anything is taken.
    LoseRequest,
    /// Taken, but the connection is lost before the answer.
    LoseAnswer,
    /// Taken, and answered this many milliseconds later.
    DelayMillis(u64),
    /// Taken, and reported as not deliverable.
    Undelivered,
    /// Taken, and reported as failed before it reached the network.
    Failed,
}

/// Trouble for the next texts that fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextFault {
    /// Only texts to this number.
    #[serde(default)]
    pub to: Option<String>,
    /// How many.
    #[serde(default = "once")]
    pub times: u32,
    /// What happens to them.
    pub trouble: TextTrouble,
}

fn once() -> u32 {
    1
}

/// An account at the gateway, made at its first use.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct TextAccount {
    /// What it proves itself with, and what its callbacks are signed with.
    pub(crate) token: String,
    /// Where answers go that come in.
    pub(crate) incoming_url: Option<String>,
}

/// A callback that waits to be posted.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Callback {
    pub(crate) account: String,
    pub(crate) url: String,
    /// The form, by name.
    pub(crate) fields: BTreeMap<String, String>,
}

/// Everything the gateway remembers.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Texts {
    pub(crate) accounts: BTreeMap<String, TextAccount>,
    /// Oldest first.
    pub(crate) all: Vec<Text>,
    pub(crate) callbacks: VecDeque<Callback>,
    #[serde(skip)]
    pub(crate) faults: Vec<TextFault>,
}

impl Texts {
    /// The trouble scripted for a text to this number, counted down.
    fn meet(&mut self, to: &str) -> Option<TextTrouble> {
        let position = self
            .faults
            .iter()
            .position(|fault| fault.times > 0 && fault.to.as_deref().is_none_or(|own| own == to))?;
        let trouble = self.faults[position].trouble;
        self.faults[position].times -= 1;
        if self.faults[position].times == 0 {
            self.faults.remove(position);
        }
        Some(trouble)
    }

    /// The numbers that texts went to or came from, the one heard of last first.
    pub(crate) fn numbers(&self) -> Vec<String> {
        let mut numbers: Vec<String> = Vec::new();
        for text in self.all.iter().rev() {
            let theirs = if text.incoming { &text.from } else { &text.to };
            if !numbers.contains(theirs) {
                numbers.push(theirs.clone());
            }
        }
        numbers
    }

    /// What was said with a number, oldest first.
    pub(crate) fn with(&self, number: &str) -> Vec<&Text> {
        self.all
            .iter()
            .filter(|text| if text.incoming { text.from == number } else { text.to == number })
            .collect()
    }
}
