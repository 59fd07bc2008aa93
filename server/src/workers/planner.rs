//! Decides about the receivables that are due for a decision.

use crate::env::{Env, Principal};
use crate::operations::reminders::{self, PlanError, Planned};

/// One bounded run.
pub async fn run_once(env: &Env) -> Result<Planned, PlanError> {
    reminders::decide_due(env, &Principal::System).await
}
