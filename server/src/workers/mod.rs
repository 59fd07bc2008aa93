//! The workers: they take no input, are idempotent, bounded and leased, run on a tick and on a nudge, and report
//! what they did.
//!
//! | worker | queue | does |
//! | --- | --- | --- |
//! | [`inbox`] | stored webhooks | fetches the object each speaks of, and books |
//! | [`planner`] | receivables whose next decision is due | decides, queues messages, raises tasks |
//! | [`recurring`] | recurring invoices with a date that has come | writes them, or asks a person |
//! | [`statements`] | customers whose turn in a month has come | queues their statements |
//! | [`autopay`] | customers who have what is due charged by itself | announces it, charges it, tries again or gives up |
//! | [`outbox`] | messages | hands over |
//! | [`sweep`] | attempts and the provider's list of events | finds what no webhook told |
//! | [`janitor`] | what has expired | forgets it |
//!
//! [`run`] starts them all in one process; several processes share the work by their claims. To add one: a module
//! with `run_once`, a bell in `env::Nudges`, and its line in [`run`].

use std::fmt::Debug;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::LocalPoolHandle;

use crate::env::Env;
use crate::health::Heartbeats;

pub mod autopay;
pub mod inbox;
pub mod janitor;
pub mod outbox;
pub mod planner;
pub mod recurring;
pub mod statements;
pub mod sweep;

/// What a run says about itself to the loop around it.
trait Run: Debug {
    /// Whether the next run should follow at once, because there was more than one run takes.
    fn more(&self) -> bool;
    /// Whether anything was done, and a line in the log is worth it.
    fn did_something(&self) -> bool;
}

impl Run for inbox::InboxReport {
    fn more(&self) -> bool {
        false
    }

    fn did_something(&self) -> bool {
        self.total() > 0
    }
}

impl Run for sweep::SweepReport {
    fn more(&self) -> bool {
        false
    }

    fn did_something(&self) -> bool {
        *self != Self::default()
    }
}

impl Run for janitor::JanitorReport {
    fn more(&self) -> bool {
        false
    }

    fn did_something(&self) -> bool {
        // Forgetting is housekeeping, nothing to tell.
        false
    }
}

impl Run for crate::operations::follow_up::planner::Planned {
    fn more(&self) -> bool {
        self.more
    }

    fn did_something(&self) -> bool {
        *self != Self::default()
    }
}

impl Run for crate::operations::recurring::Written {
    fn more(&self) -> bool {
        self.more
    }

    fn did_something(&self) -> bool {
        *self != Self::default()
    }
}

impl Run for crate::operations::autopay::Ran {
    fn more(&self) -> bool {
        self.more
    }

    fn did_something(&self) -> bool {
        *self != Self::default()
    }
}

impl Run for crate::operations::statements::sending::Sent {
    fn more(&self) -> bool {
        self.more
    }

    fn did_something(&self) -> bool {
        *self != Self::default()
    }
}

impl Run for crate::operations::outbox::HandedOver {
    fn more(&self) -> bool {
        // With the cap used up, what is left waits for the next tick.
        self.more && !self.capped
    }

    fn did_something(&self) -> bool {
        *self != Self::default()
    }
}

/// Runs all workers until `stop`, then lets each finish the run it is in: nothing is torn from its hands, and whatever
/// it had claimed is settled.
///
/// They share one thread of their own, so that a burst of work does not hold requests up, and because futures that
/// hold an async closure (`Store::transact`) cannot be shown to be `Send` yet (rust-lang/rust#110338).
pub async fn run(env: Env, heartbeats: Arc<Heartbeats>, stop: CancellationToken) {
    let thread = LocalPoolHandle::new(1);
    macro_rules! start {
        ($module:ident, $every:expr) => {{
            let (env, heartbeats, stop) = (env.clone(), Arc::clone(&heartbeats), stop.clone());
            heartbeats.expect(stringify!($module));
            thread.spawn_pinned(move || async move {
                while !stop.is_cancelled() {
                    let began = Instant::now();
                    // In a task of its own: a panic ends one run, not the worker.
                    let run = {
                        let env = env.clone();
                        tokio::task::spawn_local(async move { $module::run_once(&env).await })
                    };
                    let more = match run.await {
                        Ok(outcome) => note(stringify!($module), began.elapsed(), &heartbeats, &outcome),
                        Err(error) => {
                            heartbeats.note(stringify!($module), false);
                            crate::metrics::worker_ran(stringify!($module), false, began.elapsed());
                            tracing::error!(worker = stringify!($module), %error, "a run died");
                            false
                        }
                    };
                    if more {
                        continue;
                    }
                    // Until the tick or the bell, whichever comes first.
                    tokio::select! {
                        () = stop.cancelled() => {}
                        () = env.nudges.$module.notified() => {}
                        () = tokio::time::sleep($every) => {}
                    }
                }
            })
        }};
    }
    let workers = [
        start!(inbox, Duration::from_secs(10)),
        start!(planner, Duration::from_secs(30)),
        start!(recurring, Duration::from_mins(1)),
        start!(statements, Duration::from_mins(1)),
        start!(autopay, Duration::from_mins(1)),
        start!(outbox, Duration::from_secs(15)),
        start!(sweep, Duration::from_mins(1)),
        start!(janitor, Duration::from_secs(200)),
    ];
    for worker in workers {
        if let Err(error) = worker.await {
            tracing::error!(%error, "a worker ended before its time");
        }
    }
}

/// Reports one run; true when the next should follow at once.
fn note<R: Run, E: std::error::Error + 'static>(
    name: &'static str,
    took: Duration,
    heartbeats: &Heartbeats,
    outcome: &Result<R, E>,
) -> bool {
    heartbeats.note(name, outcome.is_ok());
    crate::metrics::worker_ran(name, outcome.is_ok(), took);
    match outcome {
        Ok(report) => {
            if report.did_something() {
                tracing::info!(worker = name, ?report, "ran");
            }
            report.more()
        }
        Err(error) => {
            let error: &(dyn std::error::Error + 'static) = error;
            tracing::error!(worker = name, error, "a run failed; the next tick tries again");
            false
        }
    }
}

/// A name for one run of a worker, by which it holds its claims. Every run has its own, so that one whose leases ran out
/// cannot end the work that another has taken over.
fn worker_name(env: &Env, kind: &str) -> String {
    let mut random = [0_u8; 8];
    env.entropy.fill(&mut random);
    format!("{kind}-{}", hex::encode(random))
}
