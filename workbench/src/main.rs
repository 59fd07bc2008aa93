//! What is run at length, built for release: benchmarks, each beside a floor in the same run, and simulated years.
//! `cargo xtask bench` and `cargo xtask simulate` say how.
//!
//! Figures are shown, not asserted: they depend on what else the machine does. To add a measurement: a module with its
//! options and `measure`, a line in [`What`] and one in `xtask`. It is a crate of its own, because the tests of `server` bring
//! along what a release build refuses.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it shows figures, and stops at what it cannot do without"
)]

mod common;
mod plan;
mod simulate;
mod webhooks;

use std::process::ExitCode;

use clap::Parser;
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// What is measured.
#[derive(Debug, Parser)]
enum What {
    /// How quickly the planner decides about what is due, beside the same rows written by plain SQL.
    Plan(plan::Options),
    /// How many webhooks are acknowledged in a second, beside bare inserts of the same bytes.
    Webhooks(webhooks::Options),
    /// Lives through random years until one breaks a rule, or all are over.
    Simulate(simulate::Options),
}

fn main() -> ExitCode {
    let what = What::parse();
    if let What::Simulate(options) = &what {
        return simulate::live(options);
    }
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("making a runtime");
    // Operations run on the thread that began them, as they do in the server.
    LocalSet::new().block_on(&runtime, async {
        match &what {
            What::Plan(options) => plan::measure(options).await,
            What::Webhooks(options) => webhooks::measure(options).await,
            What::Simulate(_) => {}
        }
    });
    ExitCode::SUCCESS
}
