//! Everything around the code, as one program: `cargo xtask <verb>`.
//!
//! What lives here: one small module a verb ([`setup`], [`frontend`], [`demo`]), and beneath them what they
//! share ([`workspace`] for places, [`run`] and [`children`] for other programs, [`stamp`] to skip what is done already, [`say`] for what people read).
//! Everything a verb makes goes under cargo's target directory, so that `cargo clean` undoes it.
//!
//! To add a verb: write a module with `pub fn run(workspace: &Workspace, …) -> Result<()>`, add a variant to
//! [`Verb`] whose doc comment is its help text, and call it in [`main`]. An error names the remedy: the command to run
//! or the file to edit.

mod bench;
mod children;
mod demo;
mod frontend;
mod installation;
mod run;
mod say;
mod setup;
mod simulate;
mod stamp;
mod test;
mod workbench;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::workspace::Workspace;

/// Builds, shows and tests Dunlin.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Installs what the other verbs need (as root on Debian), or prints the command that does.
    Setup,
    /// Builds the browser's part, the style sheet and the public files into `target/site`.
    Frontend,
    /// Builds everything, starts it on SQLite with demo data and says where to look. Ctrl-C ends it.
    Demo(demo::Options),
    /// Runs every check and test there is, the browser ones too.
    Test(test::Options),
    /// Measures start, memory and pages of a release build beside a floor, and prints them.
    Bench(bench::Options),
    /// Lives through random years on production code, and says which seed broke a rule.
    Simulate(simulate::Options),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match dispatch(&arguments.verb) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            say::failure(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn dispatch(verb: &Verb) -> Result<()> {
    let workspace = Workspace::find()?;
    match verb {
        Verb::Setup => setup::run(&workspace, setup::Need::ALL),
        Verb::Frontend => frontend::run(&workspace),
        Verb::Demo(options) => demo::run(&workspace, options),
        Verb::Test(options) => test::run(&workspace, options),
        Verb::Bench(options) => bench::run(&workspace, options),
        Verb::Simulate(options) => simulate::run(&workspace, options),
    }
}
