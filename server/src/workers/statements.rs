//! Sends the statements that are due.

use crate::env::{Env, Principal};
use crate::operations::statements::StatementError;
use crate::operations::statements::sending::{self, Sent};

/// One bounded run.
pub async fn run_once(env: &Env) -> Result<Sent, StatementError> {
    sending::send_due(env, &Principal::System).await
}
