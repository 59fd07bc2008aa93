//! The store through its public door, on both databases.
//!
//! One binary: linking is what costs. `world` makes the rows that everything else needs; `guards` attacks the schema;
//! the other modules tell what each table family promises.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod attempts;
mod bulk;
mod claims;
mod codes;
mod credit_notes;
mod delivery;
mod disputes;
mod dossiers;
mod events;
mod follow_up;
mod guards;
mod ledger;
mod messages;
mod migrations;
mod people;
mod plans;
mod recurring;
mod refunds;
mod retries;
mod saved_methods;
mod schema;
mod statement_rounds;
mod templates;
mod world;
