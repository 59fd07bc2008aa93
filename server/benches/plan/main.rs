//! The planner against its floor: `cargo xtask bench plan`.
//!
//! A database is filled with receivables that are due and others that are not, by SQL; the production planner decides until
//! nothing is due any more; then the very rows it wrote (messages, parts, events, their personal data) are written a second
//! time under other ids, by one `INSERT … SELECT` each, without a decision, a rendering or a hash. What is shown is how many
//! receivables a second both manage, and what the one is of the other. Figures are shown, not asserted: they depend on what
//! else the machine does.
//!
//! The idle tick is a run of the planner with nothing due; the probe beside it reads one row by its primary key.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "it shows figures, and stops at what it cannot do without"
)]

mod floor;
mod seed;

use std::time::{Duration, Instant};

use clap::Parser;
use secrecy::SecretString;
use server::env::{Env, Principal};
use server::operations::follow_up::planner::decide_due;
use server::operations::setup::{self, NewBusiness};
use server::testing::world::World;
use store::Store;
use store::testing::{TestStore, look};
use tokio::runtime::Builder;
use tokio::task::LocalSet;

/// How it is run.
#[derive(Debug, Parser)]
struct Options {
    /// How many receivables are due, one measurement each.
    #[arg(long, value_delimiter = ',', default_value = "1000,10000,100000")]
    due: Vec<u32>,
    /// How many that are not due stand beside the largest of them, in a measurement of its own.
    #[arg(long, default_value_t = 900_000)]
    beside: u32,
    /// On which databases.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    on: Vec<Database>,
    /// Cargo passes this.
    #[arg(long, hide = true)]
    bench: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Database {
    Sqlite,
    Postgres,
}

/// How many idle ticks and probes the medians are of.
const TICKS: usize = 101;

fn main() {
    let options = Options::parse();
    let runtime =
        Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("making a runtime");
    // Operations run on the thread that began them, as they do in the server.
    LocalSet::new().block_on(&runtime, measure(&options));
}

async fn measure(options: &Options) {
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
    let store = match database {
        Database::Sqlite => store::testing::sqlite().await,
        Database::Postgres => store::testing::postgres().await,
    };
    let world = World::new(Store::clone(&store), 7).expect("making a world");
    let business = business(&world.env).await;
    seed::fill(&store, business, due, beside).await;

    let begun = Instant::now();
    let mut decided = 0;
    loop {
        let run = decide_due(&world.env, &Principal::System).await.expect("planning");
        decided += run.decided;
        if run.decided == 0 {
            break;
        }
    }
    let planned = begun.elapsed();
    assert_eq!(decided, u64::from(due), "every one was decided about once");
    let parts = count(&store, "SELECT CAST(COUNT(*) AS TEXT) FROM message_part").await;
    assert_eq!(parts, u64::from(due), "and is written about");

    let floor = floor::write_again(&store).await;
    assert_eq!(count(&store, "SELECT CAST(COUNT(*) AS TEXT) FROM message_part").await, 2 * parts);
    println!(
        "{:<10} {due:>9} {beside:>9} {:>12} {:>12} {:>8}",
        format!("{database:?}").to_lowercase(),
        rate(due, planned),
        rate(due, floor),
        ratio(floor, planned),
    );
    if beside > 0 {
        idle(&world.env, &store).await;
    }
    planned
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

async fn business(env: &Env) -> domain::BusinessId {
    let new = NewBusiness {
        business_name: "Nordlicht Studio".to_owned(),
        country: "DE".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: "EUR".to_owned(),
        locale: "en-GB".to_owned(),
        name: "Ada Brandt".to_owned(),
        email: "ada@nordlicht.example".to_owned(),
        password: SecretString::from("a quiet tidal flat"),
    };
    let (business, _owner) =
        setup::add_business(env, &Principal::Operator, new).await.expect("making a business");
    business
}

async fn count(store: &Store, sql: &str) -> u64 {
    let mut tx = store.read().await.expect("reading");
    look(&mut tx, sql).await.expect("counting")[0].parse().expect("a count is a number")
}

/// How many a second.
fn rate(number: u32, took: Duration) -> u128 {
    u128::from(number) * 1_000_000 / took.as_micros().max(1)
}

/// One of the other, in hundredths.
fn ratio(one: Duration, other: Duration) -> String {
    let hundredths = one.as_micros() * 100 / other.as_micros().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
