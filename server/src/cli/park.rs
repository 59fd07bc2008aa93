//! `dunlin park`

use std::process::ExitCode;

use clap::{Args, ValueEnum};
use domain::schedule::ParkedReason;

use crate::config::Config;
use crate::env::Principal;
use crate::operations::follow_up::quarantine;

use super::{CliError, open, say};

/// Why it is kept back.
#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// Where the invoices came from: another system, or a backup.
    #[arg(long, value_enum)]
    reason: Reason,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Reason {
    Import,
    Restore,
}

/// Parks everything that is still to be decided about, and says how much of which business.
pub(super) async fn run(config: Config, arguments: Arguments) -> Result<ExitCode, CliError> {
    let reason = match arguments.reason {
        Reason::Import => ParkedReason::Import,
        Reason::Restore => ParkedReason::Restore,
    };
    let env = open(&config).await?;
    let parked = quarantine::park_everything(&env, &Principal::Operator, reason).await;
    env.store.close().await;
    let parked = parked?;
    if parked.is_empty() {
        say("nothing was to be followed up");
    }
    for (business, count) in parked {
        say(format_args!("{business}: {count} kept back, until a member releases them"));
    }
    Ok(ExitCode::SUCCESS)
}
