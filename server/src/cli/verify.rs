//! `dunlin verify`

use std::process::ExitCode;

use crate::config::Config;
use crate::env::Principal;
use crate::operations::verify;

use super::{CliError, open, say};

/// Exits with 1 when anything is wrong, so that a script can act on it.
pub(super) async fn run(config: Config) -> Result<ExitCode, CliError> {
    let env = open(&config).await?;
    let checked = verify::verify(&env, &Principal::Operator).await;
    env.store.close().await;
    let mut is_sound = true;
    for business in checked? {
        let verdict = if business.problems.is_empty() { "sound" } else { "NOT SOUND" };
        say(format_args!(
            "{} ({}): {verdict}; {} events under {} links, {} invoices",
            business.name, business.business, business.events, business.links, business.invoices
        ));
        for (row, problem) in business.problems {
            is_sound = false;
            say(format_args!("  {row}: {problem}"));
        }
    }
    Ok(if is_sound { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
