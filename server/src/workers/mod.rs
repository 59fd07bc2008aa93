//! The workers: they take no input, are idempotent, bounded and leased, run on a tick and on a nudge, and report
//! what they did.

pub mod inbox;
pub mod outbox;
pub mod planner;
pub mod sweep;
