//! `cargo xtask demo`: everything built, started on SQLite with demo data, and where to look.
//!
//! What it keeps lies in `target/demo`: the database, the installation key, the sandbox's state and both logs. A second
//! start goes on from there; `--fresh` begins anew.

use std::fs;
use std::time::Instant;

use anyhow::{Context, Result};

use crate::children::Children;
use crate::installation::Installation;
use crate::workspace::Workspace;
use crate::{frontend, say, test};

/// How it is started.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// The server's port; the next free one is taken if it is in use.
    #[arg(long, default_value_t = 7350)]
    port: u16,
    /// The sandbox's port, its mail server's being the next one; likewise.
    #[arg(long, default_value_t = 7450)]
    sandbox_port: u16,
    /// Forgets the last demo and begins anew.
    #[arg(long)]
    fresh: bool,
}

/// Builds, starts, tells, and waits for Ctrl-C.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    frontend::run(workspace)?;
    let begun = Instant::now();
    say::progress("compiling the server and the sandbox");
    test::build(workspace)?;
    say::done("compiled", begun);

    let directory = workspace.target("demo");
    if options.fresh && directory.exists() {
        fs::remove_dir_all(&directory).with_context(|| format!("cannot remove {}", directory.display()))?;
    }
    let begun = Instant::now();
    let installation =
        Installation::prepare(workspace, "demo", "debug", (options.port, options.sandbox_port))?;
    let mut children = Children::new()?;
    installation.start_sandbox(&mut children)?;
    let sign_in = installation.demo_data()?;
    installation.start_server(&mut children, "/health/ready")?;
    say::done("running", begun);

    tell(&installation, &sign_in);
    children.watch()?;
    say::progress("stopping");
    children.end();
    Ok(())
}

/// What a stranger needs to go on.
fn tell(installation: &Installation, sign_in: &str) {
    say::result("");
    say::result(&format!("  The console:           {}/console", installation.base_url()));
    say::result(&format!("  The mailbox:           {}/mailbox", installation.sandbox_url()));
    say::result(&format!("  The Stripe stand-in:   {}/", installation.sandbox_url()));
    say::result("");
    for line in sign_in.trim().lines() {
        say::result(&format!("  {line}"));
    }
    say::result("");
    say::result(&format!("  Logs and database:     {}", installation.directory().display()));
    say::result(
        "  Ctrl-C stops it; the next start goes on from here, `cargo xtask demo --fresh` begins anew.",
    );
    say::result("");
}
