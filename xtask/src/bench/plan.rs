//! `cargo xtask bench plan`: the planner beside the same rows written by plain SQL, on both databases.

use anyhow::Result;

use crate::workspace::Workspace;
use crate::{setup, workbench};

/// How it is run.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many receivables are due: one measurement for each number.
    #[arg(long, default_value = "1000,10000,100000")]
    due: String,
    /// How many that are not due stand beside the last of them, in a measurement of its own.
    #[arg(long, default_value_t = 900_000)]
    beside: u32,
    /// On which databases.
    #[arg(long, default_value = "sqlite,postgres")]
    on: String,
}

/// Builds for release and measures; `workbench/src/plan.rs` says what.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::run(workspace, &[setup::Need::Postgres])?;
    let options =
        [("--due", options.due.as_str()), ("--beside", &options.beside.to_string()), ("--on", &options.on)];
    workbench::run(workspace, "plan", &options, "the benchmark stopped: see above")
}
