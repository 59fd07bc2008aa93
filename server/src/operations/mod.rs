//! The use cases: one free async function each, over ([`crate::env::Env`], [`crate::env::Principal`], input).
//!
//! Each begins with who may, opens its own transactions (one where it can), records events in them, and never
//! holds one across an outside call. Pieces that several share take `&mut Tx`.

pub mod answers;
pub mod autopay;
pub mod bank_accounts;
pub mod bank_statements;
pub mod consent;
pub mod customers;
pub mod demo;
pub mod follow_up;
pub mod identity;
pub mod invoices;
mod leaving;
pub mod limits;
pub mod outbox;
pub mod payments;
pub mod plans;
pub mod portal;
pub mod record;
pub mod recurring;
mod retries;
pub mod settings;
pub mod setup;
pub mod sms;
pub mod statements;
pub mod templates;
pub mod timeline;
pub mod today;
pub mod verify;
