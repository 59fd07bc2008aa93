//! The packages of the browser tests, installed under the target directory so that the clone stays clean.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::run::program;
use crate::say;
use crate::stamp::Inputs;
use crate::workspace::Workspace;

/// The files that say what to install. `.npmrc` keeps download addresses out of the lock.
const DECLARED: [&str; 3] = ["package.json", "package-lock.json", ".npmrc"];
/// Two packages are a matter of seconds; a registry that does not answer must not hold the tests for ever.
const LIMIT: Duration = Duration::from_mins(5);

/// Where they are once installed.
pub fn modules(workspace: &Workspace) -> PathBuf {
    workspace.target("end2end/node_modules")
}

/// Installs exactly what the lock says.
pub fn ensure(workspace: &Workspace) -> Result<()> {
    let mut inputs = Inputs::default();
    for file in DECLARED {
        inputs = inputs.path(workspace.root(), &format!("end2end/{file}"))?;
    }
    let stamp = inputs.stamp(workspace.target("xtask/npm.stamp"));
    if stamp.is_fresh(&modules(workspace)) {
        return Ok(());
    }
    say::progress("installing the browser tests' npm packages");
    let directory = workspace.target("end2end");
    fs::create_dir_all(&directory).with_context(|| format!("cannot make {}", directory.display()))?;
    for file in DECLARED {
        fs::copy(workspace.source("end2end").join(file), directory.join(file))
            .with_context(|| format!("cannot copy end2end/{file} to {}", directory.display()))?;
    }
    let installed = program("npm")
        .args(["ci", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel", "error"])
        .within(&directory)
        .succeeds_within(LIMIT);
    if !installed {
        bail!(
            "npm could not install end2end/package.json's packages: see its words above, then run `cargo xtask setup` again"
        );
    }
    stamp.set()
}
