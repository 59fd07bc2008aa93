//! `cargo xtask simulate`: lives through random years until one breaks a rule, or all are over.

use anyhow::Result;

use crate::workbench;
use crate::workspace::{Workspace, cargo};

/// How much is lived through.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many seeds, each a life of its own.
    #[arg(long, default_value_t = 20)]
    seeds: u64,
    /// The first seed.
    #[arg(long, default_value_t = 1)]
    from: u64,
    /// How many years each is.
    #[arg(long, default_value_t = 1)]
    years: u64,
    /// Plants this fault instead, and shows how the simulation finds it; `help` lists them.
    #[arg(long, value_name = "FAULT")]
    sabotage: Option<String>,
}

/// Builds for release and runs the simulation, a life on each core. A failure names its seed, which brings it about again.
/// Planted faults are for test builds only.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    if let Some(fault) = &options.sabotage {
        return cargo()
            .within(workspace.root())
            .args(["test", "--quiet", "--package", "server", "--test", "it", "--"])
            .args(["--exact", "sabotage::by_name", "--nocapture"])
            .env("DUNLIN_SABOTAGE", fault)
            .env("RUST_BACKTRACE", "0")
            .run("`cargo xtask simulate --sabotage help` lists the faults");
    }
    let options = [
        ("--seeds", &*options.seeds.to_string()),
        ("--from", &options.from.to_string()),
        ("--years", &options.years.to_string()),
    ];
    workbench::run(workspace, "simulate", &options, "the seed named above brings the failure about again")
}
