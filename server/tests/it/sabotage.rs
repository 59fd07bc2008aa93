//! Whether the simulated year would notice: each fault of `server::sabotage` is planted, and has to be found by the truth that it
//! breaks.
//!
//! `DUNLIN_SABOTAGE` names one fault, or says `help`; `cargo xtask simulate --sabotage NAME` sets it.

use server::sabotage::{self, Fault};
use server::testing::simulation::{Size, Truth, simulate};
use store::Store;

/// Seeds tried before a fault counts as not found.
const SEEDS: u64 = 6;

/// What each seed lives through; the simulation stops at the first thing that must not be.
const SIZE: Size = Size { days: 90, customers: 10, invoices: 30 };

/// By which truths a fault may be found. A contact too many is a second one as well as one that is too soon, so some have two.
const fn found_by(fault: Fault) -> &'static [Truth] {
    match fault {
        Fault::ForgetsTheRecheck => &[
            Truth::Settled,
            Truth::HeldByWord,
            Truth::UnderWay,
            Truth::Parked,
            Truth::DeadAddress,
            Truth::Hours,
            Truth::Gap,
        ],
        Fault::IgnoresHoldsByWord => &[Truth::HeldByWord],
        Fault::IgnoresPaymentsUnderWay => &[Truth::UnderWay],
        Fault::SendsAgainWhenUncertain => &[Truth::Again],
        Fault::WrongZone => &[Truth::Hours, Truth::Early],
        Fault::ForgetsTheGap | Fault::CountsNoManualContact => &[Truth::Gap],
        Fault::IgnoresHolidays => &[Truth::Holiday],
        Fault::IgnoresTheCap => &[Truth::Cap],
        Fault::IgnoresApproval => &[Truth::Unapproved],
        Fault::IgnoresQuarantine => &[Truth::Parked],
        Fault::WritesToDeadAddresses | Fault::ForgetsOptOuts => &[Truth::DeadAddress],
        Fault::ADayEarly => &[Truth::Early],
        Fault::NeverWakes => &[Truth::Missed],
        Fault::SaysAllItMissed => &[Truth::LatestOnly],
        Fault::TrustsTheClock => &[Truth::Clock],
        Fault::KeepsNoReasons => &[Truth::Why],
    }
}

/// Plants a fault in one life after the other until it is found, and tells in which and how.
async fn find(fault: Fault) -> String {
    for seed in 1..=SEEDS {
        let store = store::testing::sqlite().await;
        let lived = Box::pin(sabotage::plant(fault, simulate(Store::clone(&store), seed, SIZE))).await;
        let Err(broken) = lived else { continue };
        let by = broken.of().is_some_and(|truth| found_by(fault).contains(&truth));
        assert!(by, "{} was taken for something else, in seed {seed}: {broken}", fault.name());
        return format!("{}: found in seed {seed} by {broken}", fault.name());
    }
    panic!("{} went unnoticed through {SEEDS} seeds", fault.name());
}

/// The faults that the environment asks for.
fn wanted() -> Vec<Fault> {
    let Ok(name) = std::env::var("DUNLIN_SABOTAGE") else { return Fault::ALL.to_vec() };
    vec![Fault::from_name(&name).unwrap_or_else(|| panic!("there is no fault called {name}"))]
}

#[tokio::test]
async fn every_planted_fault_is_found() {
    if std::env::var("DUNLIN_SABOTAGE").is_ok_and(|name| name == "help") {
        for fault in Fault::ALL {
            println!("{:<28} {}", fault.name(), fault.meaning());
        }
        return;
    }
    for fault in wanted() {
        println!("{}", Box::pin(find(fault)).await);
    }
}
