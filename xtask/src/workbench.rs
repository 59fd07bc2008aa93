//! Runs the workbench: what is measured or lived through in a release build.

use anyhow::Result;

use crate::workspace::{Workspace, cargo};

/// Builds the workbench for release and has it do this; `workbench/src` says what it is. `when_it_fails` tells what to do then.
/// Where in the program something was noticed says nothing about it, so no backtrace hides what is said.
pub fn run(workspace: &Workspace, verb: &str, options: &[(&str, &str)], when_it_fails: &str) -> Result<()> {
    cargo()
        .within(workspace.root())
        .args(["run", "--release", "--package", "workbench", "--", verb])
        .args(options.iter().flat_map(|(name, value)| [*name, *value]))
        .env("RUST_BACKTRACE", "0")
        .run(when_it_fails)
}
