//! What would be said in the weeks to come, as things stand: nobody pays, nothing else happens.
//!
//! The forecast lives the planner's moments one after the other with the planner's own [`plan`], so that what it shows is
//! what would be done.

use super::decide::{Decision, HoldReason, Said};
use super::plan::{Case, Group, Part, plan};
use crate::gate::Gate;
use crate::{ReceivableId, Timestamp};

/// What is foreseen for one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Foreseen {
    /// Messages, earliest first.
    pub messages: Vec<(Timestamp, Group)>,
    /// Tasks for people, earliest first.
    pub tasks: Vec<(Timestamp, Part)>,
    /// What is held back on the way by something that time alone does not end, though a later step may pass it over.
    pub held: Vec<(ReceivableId, HoldReason)>,
}

/// Foresees everything from one moment up to, not including, another.
pub fn forecast(mut cases: Vec<Case<'_>>, gate: &Gate<'_>, from: Timestamp, until: Timestamp) -> Foreseen {
    let mut foreseen = Foreseen::default();
    let mut recipient = gate.recipient.clone();
    // Every moment but the last of each day of holds says at least one step, and no step is said twice; what waits for somebody is
    // looked at once a day.
    let steps: usize = cases.iter().map(|case| case.schedule.steps().len()).sum();
    let holds: usize = cases.iter().map(|case| case.facts.holds.len()).sum();
    let days = usize::try_from((until - from).num_days()).unwrap_or_default();
    let most_moments = 4 * (steps + holds) + days + 4;
    let mut now = from;
    for _ in 0..most_moments {
        let gate = Gate { recipient: &recipient, ..*gate };
        let done = plan(&cases, &gate, now);
        let written = !done.messages.is_empty();
        let parts = done.messages.iter().flat_map(|group| &group.parts).chain(&done.tasks);
        for part in parts {
            if let Some(case) = cases.iter_mut().find(|case| case.receivable == part.receivable) {
                case.facts.said.push(Said::of(&part.step));
            }
        }
        foreseen.messages.extend(done.messages.into_iter().map(|group| (now, group)));
        foreseen.tasks.extend(done.tasks.into_iter().map(|part| (now, part)));
        if written {
            recipient.last_chasing_contact = Some(now);
        }
        for (id, next) in &done.next {
            let Some(reason) = held(next) else { continue };
            if !foreseen.held.iter().any(|(held, by)| held == id && by == reason) {
                foreseen.held.push((*id, reason.clone()));
            }
        }
        let next = done.next.iter().filter_map(|(_, next)| changes_at(next, now)).min();
        match next {
            Some(next) if next < until => now = next.max(now),
            _ => break,
        }
    }
    foreseen
}

/// When time alone changes this answer.
fn changes_at(decision: &Decision, now: Timestamp) -> Option<Timestamp> {
    match decision {
        Decision::Send { .. } => Some(now),
        Decision::Wait { until, .. } | Decision::Hold { reason: HoldReason::CheckoutOpen { until }, .. } => {
            Some(*until)
        }
        Decision::Hold { reason: HoldReason::ByWord { ends_at, .. }, .. } => *ends_at,
        // A later step may be free to go when its day comes.
        Decision::Hold {
            reason: HoldReason::AwaitingApproval { .. } | HoldReason::NobodyToWriteTo | HoldReason::NeverOpen,
            recheck_at,
        } => Some(*recheck_at),
        Decision::Hold { .. } | Decision::Done { .. } => None,
    }
}

/// What holds for as long as nobody does anything about it.
fn held(decision: &Decision) -> Option<&HoldReason> {
    match decision {
        Decision::Hold { reason: HoldReason::CheckoutOpen { .. }, .. }
        | Decision::Hold { reason: HoldReason::ByWord { ends_at: Some(_), .. }, .. } => None,
        Decision::Hold { reason, .. } => Some(reason),
        _ => None,
    }
}
