//! The code that proves who holds a link: six digits to the contact on file.
//!
//! Whoever holds a link can view and pay. Before more than that is done, a code goes to the contact on file, and only
//! who reads it there goes on. Few tries and a short life are what make six digits enough.

use std::fmt;

use chrono::TimeDelta;

use crate::{FieldProblem, Timestamp};

/// How long a code is good for, in machine time. The schema allows no more.
pub const LIFE: TimeDelta = TimeDelta::minutes(10);

/// How often a code may be tried. The schema allows no more.
pub const TRIES: u32 = 5;

/// How soon another one may be asked for.
pub const AGAIN_AFTER: TimeDelta = TimeDelta::seconds(30);

/// The digits of a code. They are shown once, to whom they are for, and stored only as a keyed hash.
#[derive(Clone, PartialEq, Eq)]
pub struct Digits(String);

impl Digits {
    /// Six digits from as many random bits that none is likelier than another by more than one part in 10^13.
    pub fn from_random(bits: u64) -> Self {
        Self(format!("{:06}", bits % 1_000_000))
    }

    /// Reads what was typed or pasted: six digits, in whatever groups.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let mut digits = String::with_capacity(6);
        for character in text.chars().filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{2011}' | '.')) {
            if !character.is_ascii_digit() || digits.len() == 6 {
                return Err(FieldProblem::CodeInvalid);
            }
            digits.push(character);
        }
        match digits.len() {
            6 => Ok(Self(digits)),
            0 => Err(FieldProblem::Required),
            _ => Err(FieldProblem::CodeInvalid),
        }
    }

    /// The six digits.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Digits([hidden])")
    }
}

/// What is known of a code that went out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sent {
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// How often it was tried.
    pub tries: u32,
    /// Whether it was used.
    pub used: bool,
}

impl Sent {
    /// Whether it can still be entered.
    pub fn is_good(&self, now: Timestamp) -> bool {
        !self.used && self.tries < TRIES && now < self.expires_at
    }

    /// How long until another one may be asked for; `None` once that is so.
    pub fn wait_seconds(&self, now: Timestamp) -> Option<u32> {
        let left = (self.asked_at + AGAIN_AFTER - now).num_milliseconds();
        u32::try_from(left).ok().filter(|left| *left > 0).map(|left| left.div_ceil(1000))
    }
}
