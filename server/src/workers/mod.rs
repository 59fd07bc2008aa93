//! The workers: they take no input, are idempotent, bounded and leased, run on a tick and on a nudge, and report
//! what they did.

pub mod inbox;
pub mod outbox;
pub mod planner;
pub mod sweep;

use crate::env::Env;

/// A name for one run of a worker, by which it holds its claims. Every run has its own, so that one whose leases ran out
/// cannot end the work that another has taken over.
fn worker_name(env: &Env, kind: &str) -> String {
    let mut random = [0_u8; 8];
    env.entropy.fill(&mut random);
    format!("{kind}-{}", hex::encode(random))
}
