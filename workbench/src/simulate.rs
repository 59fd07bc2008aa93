//! Simulated years: `cargo xtask simulate`.
//!
//! The same lives as in the server's tests, more and longer of them, a life on each core. A failure names its seed, which brings
//! it about again.

use std::process::ExitCode;

use server::testing::simulation::{Size, live_all};

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
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    years: u16,
}

/// Lives through them. Fails when a life breaks a rule.
pub fn live(options: &Options) -> ExitCode {
    let seeds = options.from..options.from.saturating_add(options.seeds);
    let told = |seed, report: &_| println!("seed {seed}: {report:?}");
    match live_all(seeds, Size::years(options.years), told) {
        Ok(reports) => {
            println!("{} lives of {} years, and none broke a rule", reports.len(), options.years);
            ExitCode::SUCCESS
        }
        Err((seed, broken)) => {
            println!("seed {seed}: {broken}");
            println!("again: cargo xtask simulate --from {seed} --seeds 1 --years {}", options.years);
            ExitCode::FAILURE
        }
    }
}
