//! Simulated years: everything that can go wrong, from a seed.
//!
//! `DUNLIN_SIMULATE_SEEDS` says how many seeds are lived through, `DUNLIN_SIMULATE_FROM` the first of them. `cargo xtask simulate`
//! lives through more and longer ones.

use server::testing::simulation::{Report, Size, live_all, simulate};
use store::Store;

use crate::support::number;

/// What an ordinary test run lives through: a few seeds of four months each.
const SMALL: Size = Size { days: 120, customers: 10, invoices: 30 };

#[expect(clippy::print_stdout, reason = "many lives take many minutes: each is told when it is over")]
fn tell(seed: u64, report: &Report) {
    println!("seed {seed}: {report:?}");
}

#[test]
fn sqlite() {
    let from = number("DUNLIN_SIMULATE_FROM").unwrap_or(1);
    let seeds = number("DUNLIN_SIMULATE_SEEDS").unwrap_or(2);
    let reports = live_all(from..from + seeds, SMALL, tell).unwrap_or_else(|(seed, broken)| {
        panic!(
            "seed {seed}: {broken}\nagain: DUNLIN_SIMULATE_FROM={seed} DUNLIN_SIMULATE_SEEDS=1 \
             cargo test -p server --test it simulation::sqlite -- --nocapture"
        )
    });
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
    let store = store::testing::postgres().await;
    simulate(Store::clone(&store), 1, size).await.unwrap_or_else(|broken| panic!("seed 1: {broken}"));
}

#[test]
fn the_same_seed_is_the_same_year() {
    let size = Size { days: 40, customers: 5, invoices: 8 };
    let lived = live_all(7..9, size, tell).unwrap();
    let again = live_all(7..8, size, tell).unwrap();
    assert!(lived.contains(&again[0]), "{again:?} is none of {lived:?}");
    assert_ne!(lived[0].digest, lived[1].digest);
}
