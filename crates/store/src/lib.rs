//! All SQL of Dunlin, for SQLite and PostgreSQL.
//!
//! One [`Store`] hands out transactions ([`Tx`]); every function that reads or writes rows takes `&mut Tx` and lives in
//! the module of its table family. One SQL text serves both databases: the `on!` macro expands a query once per driver,
//! so the types of both are checked. What differs by dialect stays in [`connect`](Store::connect), `bulk` (lists as
//! parameters), the migrations and [`testing`].
//!
//! The schema refuses what must not be (append-only tables, legal transitions, one live attempt a receivable …); such a
//! refusal arrives as [`StoreError::Conflict`] with the guard's name. Not found is `Ok(None)`: the caller decides what
//! that means.
//!
//! # How to add a table
//!
//! 1. Write the next migration, with the same number and name, in `migrations/sqlite` (a `STRICT` table) and in
//!    `migrations/postgres` (native types), with the guards it needs in each dialect, and list it in `migrate.rs`. UUIDs
//!    are `BLOB`/`UUID`, instants `TEXT`/`TIMESTAMPTZ`, whole numbers `INTEGER`/`BIGINT`. The parity test compares both.
//! 2. Write its functions in the module of its family: `$1` placeholders, `CAST(SUM(..) AS BIGINT)`,
//!    `CAST($1 AS TEXT) IS NULL OR …`, ids and times as parameters. Rows are private structs that become the public
//!    ones by `TryFrom`, which names table, column and row when the combination is impossible.
//! 3. Write a test in `conformance!`: it is stamped for both databases. Attack each new guard there.

#[macro_use]
mod tx;

#[macro_use]
mod bulk;

#[macro_use]
mod rows;

pub mod approvals;
pub mod attempts;
pub mod autopay;
pub mod bank_statements;
pub mod bank_uploads;
pub mod codes;
mod connect;
pub mod consent;
pub mod crash;
pub mod credit_notes;
pub mod customers;
pub mod disputes;
pub mod dossiers;
pub mod drafts;
mod error;
pub mod events;
pub mod follow_up;
pub mod holds;
pub mod identity;
pub mod inbox;
pub mod installation;
pub mod invoices;
pub mod ledger;
pub mod links;
pub mod manual_contacts;
pub mod messages;
mod migrate;
pub mod plans;
pub mod receivables;
pub mod recurring;
pub mod refunds;
pub mod saved_methods;
pub mod schedules;
pub mod statement_rounds;
pub mod sweeps;
pub mod tasks;
pub mod templates;
#[cfg(feature = "testing")]
pub mod testing;
pub mod texts;
pub mod watch;

pub use connect::{Dialect, Store};
pub use error::{StoreError, Unavailable};
pub use migrate::Migrated;
pub use tx::Tx;
