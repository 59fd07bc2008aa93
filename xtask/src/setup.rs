//! `cargo xtask setup`: what the machine must have beyond Rust, a C compiler and Node.
//!
//! Every verb calls this with what it needs, no more: `demo` the WebAssembly target alone, `test` all. A part that is
//! there costs a look at the disk. A missing one is installed where that may be done unasked (root on Debian, or
//! below the target directory); else the one command that installs it is printed and the verb stops.

mod debian;
mod npm;
mod python;
mod webassembly;

use std::time::Instant;

use anyhow::Result;

use crate::say;
use crate::workspace::Workspace;

pub use npm::modules as npm_modules;
pub use webassembly::compiler as webassembly_compiler;

/// Something that a verb cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// Rust's standard library for `wasm32-unknown-unknown`.
    WebAssembly,
    /// The programs of a PostgreSQL server, which the tests start for themselves.
    Postgres,
    /// Debian's Chromium, which the browser tests drive.
    Chromium,
    /// The packages of `end2end/package.json`.
    Npm,
    /// Stripe's own client for Python, the oracle of the sandbox's tests.
    Python,
}

impl Need {
    /// Everything that any verb needs.
    pub const ALL: &'static [Self] =
        &[Self::WebAssembly, Self::Postgres, Self::Chromium, Self::Npm, Self::Python];
    /// What a build needs.
    pub const BUILD: &'static [Self] = &[Self::WebAssembly];
}

/// Makes sure of everything in `needs`.
pub fn run(workspace: &Workspace, needs: &[Need]) -> Result<()> {
    let begun = Instant::now();
    debian::ensure(needs)?;
    for need in needs {
        match need {
            Need::WebAssembly => webassembly::ensure(workspace)?,
            Need::Npm => npm::ensure(workspace)?,
            Need::Python => python::ensure(workspace)?,
            Need::Postgres | Need::Chromium => {}
        }
    }
    say::done("everything needed is installed", begun);
    Ok(())
}
