//! Whether the simulated year would notice: each fault of `server::sabotage` is planted, and has to be found by the truth that it
//! breaks.
//!
//! Each fault is a test of its own, named like it; the life that finds it soonest is tried first. `DUNLIN_SABOTAGE` names one
//! fault for [`by_name`], or says `help`; `cargo xtask simulate --sabotage NAME` sets it.

use server::sabotage::{self, Fault};
use server::testing::simulation::{Size, Truth, simulate};
use store::Store;

use Truth::*;

/// Seeds tried before a fault counts as not found, after the one that is known to find it.
const SEEDS: u64 = 6;

/// What each lives through, at most: it ends when something is found.
const LIFE: Size = Size { days: 40, customers: 8, invoices: 20 };

/// How a fault is found.
struct Finding {
    fault: Fault,
    /// The seed whose life finds it soon.
    soonest: u64,
    /// By which truths it may be found. A contact too many is a second one as well as one that is too soon, so some have two.
    by: &'static [Truth],
}

macro_rules! findings {
    ($($name:ident: $fault:ident in the life of $seed:literal by $by:expr;)+) => {
        const FINDINGS: &[Finding] = &[$(Finding {
            fault: Fault::$fault,
            soonest: $seed,
            by: &$by,
        },)+];

        mod finds {
            use super::Fault;

            $(#[tokio::test]
            async fn $name() {
                println!("{}", Box::pin(super::find(Fault::$fault)).await);
            })+
        }
    };
}

findings! {
    forgets_the_recheck: ForgetsTheRecheck in the life of 1 by [Settled, HeldByWord, UnderWay, Parked, DeadAddress, Hours, Gap];
    ignores_holds_by_word: IgnoresHoldsByWord in the life of 1 by [HeldByWord];
    ignores_payments_under_way: IgnoresPaymentsUnderWay in the life of 2 by [UnderWay];
    sends_again_when_uncertain: SendsAgainWhenUncertain in the life of 5 by [Again];
    wrong_zone: WrongZone in the life of 1 by [Hours, Early];
    forgets_the_gap: ForgetsTheGap in the life of 1 by [Gap];
    ignores_holidays: IgnoresHolidays in the life of 4 by [Holiday];
    ignores_the_cap: IgnoresTheCap in the life of 4 by [Cap];
    ignores_approval: IgnoresApproval in the life of 5 by [Unapproved];
    ignores_quarantine: IgnoresQuarantine in the life of 2 by [Parked];
    writes_to_dead_addresses: WritesToDeadAddresses in the life of 3 by [DeadAddress];
    a_day_early: ADayEarly in the life of 1 by [Early];
    never_wakes: NeverWakes in the life of 4 by [Missed];
    says_all_it_missed: SaysAllItMissed in the life of 4 by [LatestOnly];
    counts_no_manual_contact: CountsNoManualContact in the life of 1 by [Gap];
    forgets_opt_outs: ForgetsOptOuts in the life of 1 by [DeadAddress];
    texts_anybody: TextsAnybody in the life of 5 by [Consent];
    forgets_stops: ForgetsStops in the life of 1 by [Stopped];
    overspends_on_texts: OverspendsOnTexts in the life of 4 by [TextCap];
    posts_nothing: PostsNothing in the life of 1 by [Posted];
    trusts_the_clock: TrustsTheClock in the life of 1 by [Clock];
    keeps_no_reasons: KeepsNoReasons in the life of 1 by [Why];
}

/// Plants a fault in one life after the other until it is found, and tells in which and how.
async fn find(fault: Fault) -> String {
    let finding = FINDINGS.iter().find(|finding| finding.fault == fault);
    let Finding { soonest, by, .. } = finding.unwrap_or_else(|| panic!("nothing finds {}", fault.name()));
    for seed in [*soonest].into_iter().chain(1..=SEEDS) {
        let store = store::testing::sqlite().await;
        let lived = Box::pin(sabotage::plant(fault, simulate(Store::clone(&store), seed, LIFE))).await;
        let Err(broken) = lived else { continue };
        let rightly = broken.of().is_some_and(|truth| by.contains(&truth));
        assert!(rightly, "{} was taken for something else, in seed {seed}: {broken}", fault.name());
        let days = LIFE.days;
        return format!(
            "{}: {}\nfound in the life of seed {seed}, of {days} days, by this truth:\n{broken}",
            fault.name(),
            fault.meaning(),
        );
    }
    panic!("{} went unnoticed", fault.name());
}

/// Every fault there is has its test above; the one that the environment names is shown here.
#[tokio::test]
async fn by_name() {
    for fault in Fault::ALL {
        assert!(FINDINGS.iter().any(|finding| finding.fault == *fault), "nothing finds {}", fault.name());
    }
    match std::env::var("DUNLIN_SABOTAGE").as_deref() {
        Err(_) => {}
        Ok("help") => {
            for fault in Fault::ALL {
                println!("{:<28} {}", fault.name(), fault.meaning());
            }
        }
        Ok(name) => {
            let fault = Fault::from_name(name);
            println!(
                "{}",
                Box::pin(find(fault.unwrap_or_else(|| panic!("no fault is called {name}")))).await
            );
        }
    }
}
