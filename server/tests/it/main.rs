//! Stories of the server, told through its public doors: operations, and the running server over HTTP.
//!
//! One binary, so that it links once. A story about one subject lives in the module of that subject; `conformance!` stamps
//! it for SQLite and PostgreSQL.

#![expect(clippy::unwrap_used, reason = "a story stops at what it did not expect")]

mod follow_up;
#[cfg(feature = "crash-points")]
mod program;
mod shop;
mod support;

mod alarm;
mod autopay;
mod bank_files;
mod bank_statements;
mod cash;
mod code;
mod crash;
mod crash_delivery;
mod crash_money;
mod credit_notes;
mod demo;
mod disputes;
mod fleet;
mod give_back;
mod handling;
mod identity;
mod inbox;
mod invoices;
mod ledger_model;
mod money;
mod outbox;
mod paid_with_saved;
mod paying_together;
mod payments;
mod plans;
mod portal;
mod quarantine;
mod reconcile;
mod recurring;
mod reminders;
mod sabotage;
mod saved_methods;
mod saved_while_paying;
mod schedules;
mod settings;
mod signature_oracle;
mod simulation;
mod sms_gateway;
mod smtp;
mod statement_mails;
mod statements;
mod stripe;
mod sweep;
mod templates;
mod texting;
mod texts;
mod web;
