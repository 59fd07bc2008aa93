//! Dunlin's server: what turns the rules of `domain`, the rows of `store` and the pages of `app` into a running
//! installation.
//!
//! * [`operations`]: the use cases, free async functions over ([`env::Env`], [`env::Principal`], input). Pages, API
//!   and workers call the same ones; authorisation is their first line.
//! * [`web`]: one table of routes, and the handlers that map requests to operations and their results to pages.
//! * [`workers`]: the inbox, the planner, the outbox and the sweep: idempotent, bounded, leased.
//! * [`gateway`], [`delivery`], [`webhooks`]: Stripe and mail, outwards and inwards.
//! * [`config`], [`cli`]: what the operator sees.
//!
//! To add a use case: a function in `operations` with its error enum and its story in `tests/it`, a row in
//! `web/routes.rs`, a page in `app`.

pub mod assets;
pub mod bank_files;
pub mod cli;
pub mod config;
pub mod crypto;
pub mod delivery;
pub mod env;
pub mod gateway;
pub mod health;
pub mod holidays;
pub mod logs;
pub mod metrics;
pub mod operations;
pub mod sabotage;
#[cfg(feature = "testing")]
pub mod testing;
pub mod web;
pub mod webhooks;
pub mod workers;
