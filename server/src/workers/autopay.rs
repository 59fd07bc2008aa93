//! Announces and charges what is due to be charged by itself.

use crate::env::{Env, Principal};
use crate::operations::autopay::{self, Ran, RunError};

/// One bounded run.
pub async fn run_once(env: &Env) -> Result<Ran, RunError> {
    autopay::run_due(env, &Principal::System).await
}
