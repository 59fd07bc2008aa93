//! What goes wrong with a mail, at which moment of its hand-over.

use serde::{Deserialize, Serialize};

/// A moment of a hand-over, in the order of the protocol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpPhase {
    /// The greeting.
    Connect,
    /// The reply to `EHLO` or `HELO`.
    Ehlo,
    /// The reply to `MAIL FROM`.
    Mail,
    /// The reply to `RCPT TO`.
    Rcpt,
    /// The reply to `DATA`, before the body.
    Data,
    /// While the body arrives, after its first line: a reply makes no sense here and is sent at the dot.
    Body,
    /// The reply to the final dot.
    Dot,
}

/// What goes wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SmtpTrouble {
    /// This reply instead of the right one; the mail is not kept. With its enhanced code in the text: `4.2.1 Try later`.
    Reply {
        /// The reply code, 4xx or 5xx.
        code: u16,
        /// The rest of the line.
        text: String,
    },
    /// The connection is lost before the reply. At the dot the mail is kept all the same: it was taken, and only the word
    /// of it never arrived.
    LoseConnection,
    /// The right reply, and then the connection is lost.
    LoseConnectionAfterReply,
    /// The right reply, this many milliseconds late.
    DelayMillis(u64),
}

/// Trouble for the next mails that fit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SmtpFault {
    /// When.
    pub phase: SmtpPhase,
    /// What.
    pub trouble: SmtpTrouble,
    /// How many times.
    #[serde(default = "once")]
    pub times: u32,
    /// Only mails to this address; meets phases from `Rcpt` on.
    #[serde(default)]
    pub recipient: Option<String>,
}

fn once() -> u32 {
    1
}

/// The trouble scripted for this moment, counted down.
pub(crate) fn meet(
    faults: &mut Vec<SmtpFault>,
    phase: SmtpPhase,
    recipients: &[String],
) -> Option<SmtpTrouble> {
    let fits = |recipient: &String| recipients.iter().any(|given| given.eq_ignore_ascii_case(recipient));
    let position = faults.iter().position(|fault| {
        fault.phase == phase && fault.times > 0 && fault.recipient.as_ref().is_none_or(fits)
    })?;
    let trouble = faults[position].trouble.clone();
    faults[position].times -= 1;
    if faults[position].times == 0 {
        faults.remove(position);
    }
    Some(trouble)
}
