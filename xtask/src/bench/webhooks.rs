//! `cargo xtask bench webhooks`: acknowledged deliveries beside bare inserts of the same bytes, on both databases.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{setup, workbench};

/// How it is run.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many clients deliver at the same time: one measurement for each number.
    #[arg(long, default_value = "1,8,32")]
    clients: String,
    /// Deliveries in each measurement.
    #[arg(long, default_value_t = 4000)]
    deliveries: u32,
    /// On which databases.
    #[arg(long, default_value = "sqlite,postgres")]
    on: String,
}

/// Builds for release and measures; `workbench/src/webhooks.rs` says what.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::run(workspace, &[setup::Need::Postgres])?;
    let options = [
        ("--clients", options.clients.as_str()),
        ("--deliveries", &options.deliveries.to_string()),
        ("--on", &options.on),
    ];
    workbench::run(workspace, "webhooks", &options, "the benchmark stopped: see above")
}
