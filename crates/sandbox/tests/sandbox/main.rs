//! The sandbox from outside: through Stripe's own kinds of clients, raw sockets, and the library's handles.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod api;
mod assumptions;
mod errors;
mod idempotency;
mod mail;
mod oracle;
mod pages;
mod payments;
mod setups;
mod shapes;
mod state;
mod support;
mod texts;
mod webhooks;
