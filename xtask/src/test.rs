//! `cargo xtask test`: every check there is, in one table.
//!
//! A check that fails does not stop the next one; the closing table tells all. What is random in a check is bounded by
//! [`SIZES`]: small by default, so that nobody waits, and deep with `--deep`.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::ValueEnum;

use crate::run::{Program, program};
use crate::setup::{self, Need};
use crate::workspace::{Workspace, cargo};
use crate::{frontend, say};

/// What can be asked for.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// Runs random and exhaustive checks at their full size.
    #[arg(long)]
    deep: bool,
    /// Runs these checks only; may be given several times.
    #[arg(long, value_enum, value_name = "CHECK")]
    only: Vec<Check>,
    /// Runs tests with one of these words in their names only, and neither formatting nor lints nor weight.
    filter: Vec<String>,
}

/// One row of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Check {
    /// Every file is laid out by rustfmt.
    Format,
    /// No lint of the compiler or of clippy speaks up.
    Lints,
    /// The scripts weigh no more than they may.
    Weight,
    /// Unit, property, store, operation, page and HTTP tests, on SQLite and PostgreSQL.
    Rust,
    /// The programs as people build them: without the tests' features.
    Build,
    /// The running server in a real browser.
    Browser,
}

/// All of them, quickest to fail first.
const CHECKS: [Check; 6] =
    [Check::Format, Check::Lints, Check::Weight, Check::Rust, Check::Build, Check::Browser];

/// How much is tried: the variable that the tests read, its small and its deep value, and what it counts.
const SIZES: [(&str, &str, &str, &str); 7] = [
    ("PROPTEST_CASES", "128", "4096", "cases of each property"),
    ("DUNLIN_SIMULATE_SEEDS", "4", "200", "simulated lives of an installation"),
    ("CRASH_POINTS", "40", "2000", "places at which the server is killed"),
    ("EVENT_ORDERS", "24", "720", "orders in which the events of each payment that goes back come"),
    ("WORKER_KILLS", "8", "200", "of eight processes over one database, those killed"),
    ("PLAN_TOTALS", "1000", "100000", "totals from 1 on, each split into 1 to 60 instalments"),
    ("SIGNATURE_HEADERS", "20000", "2000000", "signature headers, judged beside Stripe's own library"),
];

/// Runs them.
pub fn run(workspace: &Workspace, options: &Options) -> Result<()> {
    setup::run(workspace, Need::ALL)?;
    frontend::run(workspace)?;
    let begun = Instant::now();
    let mut outcomes = Vec::new();
    for check in CHECKS {
        if !options.wants(check) {
            continue;
        }
        let begun = Instant::now();
        say::progress(check.title());
        let outcome = check.run(workspace, options);
        if let Err(error) = &outcome {
            say::failure(&format!("{error:#}"));
        }
        outcomes.push((check, outcome.is_ok(), begun.elapsed().as_secs()));
    }
    say::result("");
    for (check, passed, seconds) in &outcomes {
        let word = if *passed { "passed" } else { "FAILED" };
        say::result(&format!("{word}  {:<70} {seconds:>5} s", check.title()));
    }
    for (variable, small, deep, meaning) in SIZES {
        let size = if options.deep { deep } else { small };
        say::result(&format!("        {meaning}: {size} ({variable}; --deep: {deep})"));
    }
    if outcomes.iter().any(|(_, passed, _)| !passed) {
        bail!("not everything passed; each failure is explained where it happened, above");
    }
    say::done("everything passed", begun);
    Ok(())
}

impl Options {
    fn wants(&self, check: Check) -> bool {
        if !self.only.is_empty() {
            return self.only.contains(&check);
        }
        self.filter.is_empty() || !matches!(check, Check::Format | Check::Lints | Check::Weight)
    }
}

impl Check {
    fn title(self) -> &'static str {
        match self {
            Self::Format => "formatting",
            Self::Lints => "lints",
            Self::Weight => "weight of the scripts",
            Self::Rust => "unit, property, store, operation, page and HTTP tests",
            Self::Build => "the programs as they are released to people",
            Self::Browser => "the whole path in a browser, scripts on and off, wide and narrow",
        }
    }

    fn run(self, workspace: &Workspace, options: &Options) -> Result<()> {
        let cargo = cargo().within(workspace.root());
        match self {
            Self::Format => cargo.args(["fmt", "--all", "--check"]).run("`cargo fmt --all` lays them out"),
            Self::Lints => cargo
                .args([
                    "clippy",
                    "--workspace",
                    "--exclude",
                    "hydrate",
                    "--all-targets",
                    "--features",
                    TEST_FEATURES,
                    "--quiet",
                    "--",
                    "-D",
                    "warnings",
                ])
                .run("change the code, or say `#[expect(…, reason = …)]` where the lint is wrong"),
            Self::Weight => frontend::check_weight(workspace),
            Self::Rust => sized(cargo, options)
                .args([
                    "test",
                    "--workspace",
                    "--exclude",
                    "hydrate",
                    "--no-fail-fast",
                    "--features",
                    TEST_FEATURES,
                    "--",
                ])
                .args(&options.filter)
                .env("DUNLIN_PYTHON", workspace.python())
                .run("`cargo xtask test --only rust NAME` runs one test alone"),
            Self::Build => build(workspace),
            Self::Browser => browser(workspace, options),
        }
    }
}

// The browser's entry is left out of both: built beside the server it would switch the browser's features on in the server's
// pages. `cargo xtask frontend` compiles it, alone and for its own target.

/// What tests need that a released program has not: numbered places at which it dies.
const TEST_FEATURES: &str = "server/crash-points";

/// Sets the sizes. One that the environment sets already stays, so that a failure can be run again as it was.
fn sized(mut program: Program, options: &Options) -> Program {
    for (variable, small, deep, _) in SIZES {
        if std::env::var_os(variable).is_none() {
            program = program.env(variable, if options.deep { deep } else { small });
        }
    }
    program
}

/// Builds `dunlin` and `sandbox`, the two programs that the demo and the browser tests start.
pub fn build(workspace: &Workspace) -> Result<()> {
    cargo()
        .within(workspace.root())
        .args(["build", "--package", "server", "--package", "sandbox", "--bins"])
        .run("the server must compile: see above")
}

/// Drives the programs of [`build`] with Chromium.
fn browser(workspace: &Workspace, options: &Options) -> Result<()> {
    build(workspace)?;
    let mut node = program("node")
        .within(workspace.root())
        .args(["--test", "--test-reporter", "spec", "--test-concurrency", "1"])
        .env("E2E_BIN", workspace.target("debug"))
        .env("E2E_NODE_MODULES", setup::npm_modules(workspace))
        .env("E2E_OUT", workspace.target("screenshots"));
    if !options.filter.is_empty() {
        node = node.args(["--test-name-pattern", &options.filter.join("|")]);
    }
    node.args(stories(workspace)?).run(
        "`cargo xtask test --only browser NAME` runs one story alone; screenshots lie in target/screenshots",
    )
}

/// The files of stories; told to node by name, because how it searches by itself differs from version to version.
fn stories(workspace: &Workspace) -> Result<Vec<std::path::PathBuf>> {
    let mut files = crate::stamp::files_below(&workspace.source("end2end/stories"))?;
    files.retain(|file| file.to_string_lossy().ends_with(".test.mjs"));
    if files.is_empty() {
        bail!("end2end/stories holds no *.test.mjs");
    }
    Ok(files)
}
