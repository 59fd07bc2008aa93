//! A mail server that keeps every mail in the sandbox and delivers none, with replies a test can script.
//!
//! [`server`] speaks the protocol, [`script`] holds what goes wrong and when, [`mail`] is what arrives.

pub(crate) mod mail;
pub(crate) mod script;
pub(crate) mod server;

pub use mail::{Mail, ParsedMail};
pub use script::{SmtpFault, SmtpPhase, SmtpTrouble};
