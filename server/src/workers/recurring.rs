//! Writes the recurring invoices that are due.

use crate::env::{Env, Principal};
use crate::operations::recurring::{self, RecurringError, Written};

/// One bounded run.
pub async fn run_once(env: &Env) -> Result<Written, RecurringError> {
    recurring::write_due(env, &Principal::System).await
}
