//! Stripe's client for Python in a virtual environment of its own.

use std::time::Duration;

use anyhow::{Result, bail};

use crate::run::program;
use crate::say;
use crate::stamp::Inputs;
use crate::workspace::Workspace;

/// A registry that does not answer must not hold the tests for ever.
const LIMIT: Duration = Duration::from_mins(5);

/// Installs exactly what `requirements.txt` says.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    let requirements = "xtask/requirements.txt";
    let stamp =
        Inputs::default().path(workspace.root(), requirements)?.stamp(workspace.target("xtask/python.stamp"));
    if stamp.is_fresh(&workspace.python()) {
        return Ok(());
    }
    say::progress("installing Stripe's Python client, which the tests compare with");
    program("python3")
        .args(["-m", "venv", "--clear"])
        .args([workspace.target("venv")])
        .run("python3 -m venv must work")?;
    let installed = program(workspace.python())
        .args([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "--no-deps",
            "--requirement",
        ])
        .args([workspace.source(requirements)])
        .succeeds_within(LIMIT);
    if !installed {
        bail!(
            "pip could not install {requirements}: see its words above, then run `cargo xtask setup` again"
        );
    }
    stamp.set()
}
