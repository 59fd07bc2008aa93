//! Simulated years: everything that can go wrong, from a seed.
//!
//! `DUNLIN_SIMULATE_SEEDS` says how many seeds are lived through (and `DUNLIN_SIMULATE_FROM` the first of them),
//! `DUNLIN_SIMULATE_YEARS` how long each is, 0 being four months; `cargo xtask simulate` sets them.

use server::testing::simulation::{Report, Size, simulate};
use store::Store;
use store::testing::TestStore;

/// What an ordinary test run lives through: a few seeds of four months each.
const SMALL: Size = Size { days: 120, customers: 10, invoices: 30 };

fn number(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable} is {text:?}, which is no number")))
}

async fn live(store: &TestStore, seed: u64, size: Size) -> Report {
    let years = size.days / 365;
    match simulate(Store::clone(store), seed, size).await {
        Ok(report) => report,
        Err(broken) => panic!(
            "seed {seed}: {broken}\nagain: DUNLIN_SIMULATE_FROM={seed} DUNLIN_SIMULATE_SEEDS=1 {}cargo test -p server --test it \
             simulation::sqlite -- --nocapture",
            if years > 0 { format!("DUNLIN_SIMULATE_YEARS={years} ") } else { String::new() },
        ),
    }
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

#[tokio::test]
async fn sqlite() {
    let from = number("DUNLIN_SIMULATE_FROM").unwrap_or(1);
    let seeds = number("DUNLIN_SIMULATE_SEEDS").unwrap_or(2);
    let mut all = Report::default();
    for seed in from..from + seeds {
        let report = live(&store::testing::sqlite().await, seed, size()).await;
        println!("seed {seed}: {report:?}");
        all.mails += report.mails;
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
    live(&store::testing::postgres().await, 1, Size { days: 40, customers: 5, invoices: 8 }).await;
}

#[tokio::test]
async fn the_same_seed_is_the_same_year() {
    let size = Size { days: 40, customers: 5, invoices: 8 };
    let first = live(&store::testing::sqlite().await, 7, size).await;
    let again = live(&store::testing::sqlite().await, 7, size).await;
    assert_eq!(first, again);
    let other = live(&store::testing::sqlite().await, 8, size).await;
    assert_ne!(first.digest, other.digest);
}
