//! The planner against its floor: `cargo xtask bench plan`.
//!
//! A database is filled with receivables that are due and others that are not, by SQL; the production planner decides until
//! nothing is due any more; then the very rows it wrote (messages, parts, events, their personal data) are written a second
//! time under other ids, by one `INSERT … SELECT` each, without a decision, a rendering or a hash. What is shown is how many
//! receivables a second both manage, and what the one is of the other. Figures are shown, not asserted: they depend on what
//! else the machine does.
//!
//! The idle tick is a run of the planner with nothing due; the probe beside it reads one row by its primary key.

mod floor;
mod seed;

use std::time::{Duration, Instant};

use chrono::TimeDelta;
use server::env::{Env, Principal};
use server::operations::follow_up::planner::decide_due;
use server::testing::world::World;
use store::Store;
use store::testing::{TestStore, look};

use crate::common::{self, Database, rate, ratio};

/// How it is run.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many receivables are due, one measurement each.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    due: Vec<u32>,
    /// How many that are not due stand beside the largest of them, in a measurement of its own.
    #[arg(long, default_value_t = 900_000)]
    beside: u32,
    /// On which databases.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    on: Vec<Database>,
}

/// How many were due and written about before: no installation has so much due on its first day, and what the database knows of
/// its tables comes from what is in them.
const SAID_BEFORE: u32 = 1000;

/// How many idle ticks and probes the medians are of.
const TICKS: usize = 101;

/// Measures, and shows the figures.
pub async fn measure(options: &Options) {
    println!(
        "{:<10} {:>9} {:>9} {:>12} {:>12} {:>8}",
        "database", "due", "beside", "planned /s", "floor /s", "ratio"
    );
    for database in &options.on {
        let mut alone = None;
        for due in &options.due {
            alone = Some((*due, one(*database, *due, 0).await));
        }
        if let (Some((due, alone)), true) = (alone, options.beside > 0) {
            let beside = one(*database, due, options.beside).await;
            println!(
                "{:<10} {:>62}",
                "",
                format!("{} times as long beside {}", ratio(beside, alone), options.beside)
            );
        }
    }
}

/// One measurement on a database of its own: how long the planner took.
async fn one(database: Database, due: u32, beside: u32) -> Duration {
    let store = common::store(database).await;
    let world = World::new(Store::clone(&store), 7).expect("making a world");
    let (business, _owner) = common::business(&world.env).await;
    seed::fill(&store, business, 1, SAID_BEFORE, 0).await;
    assert_eq!(plan_all(&world).await, u64::from(SAID_BEFORE), "every one was decided about once");
    seed::fill(&store, business, SAID_BEFORE + 1, due, beside).await;

    let begun = Instant::now();
    let decided = plan_all(&world).await;
    let planned = begun.elapsed();
    assert_eq!(decided, u64::from(due), "every one was decided about once");
    let parts = count(&store, "SELECT CAST(COUNT(*) AS TEXT) FROM message_part").await;
    assert_eq!(parts, u64::from(SAID_BEFORE + due), "and is written about");

    let floor = floor::write_again(&store).await * due / (SAID_BEFORE + due);
    let due_count = usize::try_from(due).unwrap_or(usize::MAX);
    assert_eq!(count(&store, "SELECT CAST(COUNT(*) AS TEXT) FROM message_part").await, 2 * parts);
    println!(
        "{:<10} {due:>9} {beside:>9} {:>12} {:>12} {:>8}",
        format!("{database:?}").to_lowercase(),
        rate(due_count, planned),
        rate(due_count, floor),
        ratio(floor, planned),
    );
    if beside > 0 {
        idle(&world.env, &store).await;
    }
    planned
}

/// Lets the planner decide until nothing is due any more; how many it decided about.
async fn plan_all(world: &World) -> u64 {
    let mut decided = 0;
    loop {
        let run = decide_due(&world.env, &Principal::System).await.expect("planning");
        decided += run.decided;
        if run.decided == 0 {
            return decided;
        }
        // Ids begin with the time, which does not stand still while so much is written.
        world.clock.advance(TimeDelta::milliseconds(50));
    }
}

/// What a tick costs when nothing is due, beside one indexed probe.
async fn idle(env: &Env, store: &TestStore) {
    let (mut ticks, mut probes) = (Vec::with_capacity(TICKS), Vec::with_capacity(TICKS));
    let probe =
        format!("SELECT CAST(due_date AS TEXT) FROM receivable WHERE id = {}", seed::receivable(store, 1));
    for _ in 0..TICKS {
        let begun = Instant::now();
        let run = decide_due(env, &Principal::System).await.expect("planning");
        ticks.push(begun.elapsed());
        assert_eq!(run.decided, 0, "nothing is due");
        let begun = Instant::now();
        let mut tx = store.read().await.expect("reading");
        assert_eq!(look(&mut tx, &probe).await.expect("probing").len(), 1);
        drop(tx);
        probes.push(begun.elapsed());
    }
    ticks.sort_unstable();
    probes.sort_unstable();
    let (tick, probe) = (ticks[TICKS / 2], probes[TICKS / 2]);
    let text = format!(
        "idle tick {} µs, {} times a probe of {} µs",
        tick.as_micros(),
        ratio(tick, probe),
        probe.as_micros()
    );
    println!("{:<10} {text:>62}", "");
}

async fn count(store: &Store, sql: &str) -> u64 {
    let mut tx = store.read().await.expect("reading");
    look(&mut tx, sql).await.expect("counting")[0].parse().expect("a count is a number")
}
