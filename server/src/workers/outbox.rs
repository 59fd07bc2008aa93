//! Hands queued messages over.

use super::worker_name;
use crate::env::{Env, Principal};
use crate::operations::outbox::{self, HandedOver, OutboxError};

/// One bounded run.
pub async fn run_once(env: &Env) -> Result<HandedOver, OutboxError> {
    outbox::hand_over_waiting(env, &Principal::System, &worker_name(env, "outbox")).await
}
