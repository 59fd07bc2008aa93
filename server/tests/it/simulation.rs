//! Simulated years: everything that can go wrong, from a seed.
//!
//! `DUNLIN_SIMULATE_SEEDS` says how many seeds are lived through (and `DUNLIN_SIMULATE_FROM` the first of them),
//! `DUNLIN_SIMULATE_YEARS` how long each is, 0 being four months; `cargo xtask simulate` sets them.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use server::testing::simulation::{Report, Size, simulate};
use store::Store;
use store::testing::TestStore;

/// What an ordinary test run lives through: a few seeds of four months each.
const SMALL: Size = Size { days: 120, customers: 10, invoices: 30 };

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, which is no number")))
}

async fn live(store: &TestStore, seed: u64, size: Size) -> Result<Report, String> {
    let years = size.days / 365;
    simulate(Store::clone(store), seed, size).await.map_err(|broken| {
        format!(
            "seed {seed}: {broken}\nagain: DUNLIN_SIMULATE_FROM={seed} DUNLIN_SIMULATE_SEEDS=1 {}cargo test -p server --test it \
             simulation::sqlite -- --nocapture",
            if years > 0 { format!("DUNLIN_SIMULATE_YEARS={years} ") } else { String::new() },
        )
    })
}

/// Lives through seeds one after the other on as many threads as there are cores, until one of them breaks a rule.
#[expect(clippy::print_stdout, reason = "many years take many minutes: each is told when it is over")]
fn live_all(seeds: Range<u64>, size: Size) -> Result<Vec<Report>, String> {
    let next = AtomicU64::new(seeds.start);
    let on_one_thread = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut reports = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return Ok(reports);
            }
            let lived = runtime.block_on(async { live(&store::testing::sqlite().await, seed, size).await });
            let report = lived.inspect_err(|_| next.store(seeds.end, Ordering::Relaxed))?;
            println!("seed {seed}: {report:?}");
            reports.push(report);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(on_one_thread)).collect();
        let lived: Result<Vec<_>, String> =
            threads.into_iter().map(|thread| thread.join().unwrap()).collect();
        lived.map(|reports| reports.concat())
    })
}

/// How long each seed is lived.
fn size() -> Size {
    match number("DUNLIN_SIMULATE_YEARS") {
        None | Some(0) => SMALL,
        Some(years) => {
            let years = i64::try_from(years).unwrap();
            Size { days: 365 * years, customers: 15, invoices: usize::try_from(120 * years).unwrap() }
        }
    }
}

#[test]
fn sqlite() {
    let from = number("DUNLIN_SIMULATE_FROM").unwrap_or(1);
    let seeds = number("DUNLIN_SIMULATE_SEEDS").unwrap_or(2);
    let reports = live_all(from..from + seeds, size()).unwrap_or_else(|broken| panic!("{broken}"));
    let mut all = Report::default();
    for report in &reports {
        all.mails += report.mails;
        all.texts += report.texts;
        all.stops += report.stops;
        all.letters += report.letters;
        all.reminders += report.reminders;
        all.cancelled += report.cancelled;
        all.uncertain += report.uncertain;
        all.payments += report.payments;
        all.returned += report.returned;
        all.lost_webhooks += report.lost_webhooks;
        all.deaths += report.deaths;
        all.stalls += report.stalls;
    }
    // What never happened was not tested.
    let happened = [
        all.mails,
        all.texts,
        all.stops,
        all.letters,
        all.reminders,
        all.cancelled,
        all.uncertain,
        all.payments,
        all.returned,
        all.lost_webhooks,
        all.deaths,
        all.stalls,
    ];
    if seeds >= 4 {
        assert!(happened.iter().all(|count| *count > 0), "{all:?}");
    }
}

#[tokio::test]
async fn postgres() {
    let size = Size { days: 40, customers: 5, invoices: 8 };
    let lived = live(&store::testing::postgres().await, 1, size).await;
    lived.unwrap_or_else(|broken| panic!("{broken}"));
}

#[test]
fn the_same_seed_is_the_same_year() {
    let size = Size { days: 40, customers: 5, invoices: 8 };
    let lived = live_all(7..9, size).unwrap();
    let again = live_all(7..8, size).unwrap();
    assert!(lived.contains(&again[0]), "{again:?} is none of {lived:?}");
    assert_ne!(lived[0].digest, lived[1].digest);
}
