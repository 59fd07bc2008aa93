//! Decides about the receivables that are due for a decision.

use crate::env::{Env, Principal};
use crate::operations::follow_up::planner::{self, PlanError, Planned};

/// One bounded run.
pub async fn run_once(env: &Env) -> Result<Planned, PlanError> {
    planner::decide_due(env, &Principal::System).await
}
