//! Decides about the receivables that are due for a decision.

use crate::env::{Env, Principal};
use crate::operations::follow_up::holds;
use crate::operations::follow_up::planner::{self, PlanError, Planned};

/// One bounded run.
pub async fn run_once(env: &Env) -> Result<Planned, PlanError> {
    // What is over ends first, so that the timeline tells of it before what it leads to. Where it cannot end, `decide` does not
    // heed it all the same.
    if let Err(error) = holds::end_over(env, &Principal::System).await {
        tracing::warn!(%error, "promises that are over could not be ended");
    }
    planner::decide_due(env, &Principal::System).await
}
