//! Answering the newest version: yes, no, or nothing in time.

use domain::event::EventKind;
use domain::plan::negotiation::{self as rules, Act, ProposalState};
use domain::{LongText, PlanId, ProposalId};
use store::Tx;
use store::plans::proposals::{self, Ended};

use super::table::{Table, Who, about, invoices_of};
use super::{Evidence, Negotiation, PlanError, Seen};
use crate::env::{Env, Principal};

/// Negotiations ended in one run.
const AT_ONCE: i64 = 200;

/// Shows a negotiation to either side.
pub async fn negotiation(env: &Env, principal: &Principal, id: ProposalId) -> Result<Negotiation, PlanError> {
    let who = Who::of(principal)?;
    let mut tx = env.store.read().await?;
    let proposal = proposals::find(&mut tx, who.business(), id).await?.ok_or(PlanError::NotFound)?;
    let versions = proposals::versions(&mut tx, who.business(), id).await?;
    if !who.covers(&mut tx, &about(&versions)).await? {
        return Err(PlanError::NotFound);
    }
    Ok(Negotiation { proposal, versions })
}

/// Agrees to the newest version of the other side: a customer with the code, a member as far as the policy lets their role. It comes
/// to a plan in the same transaction, unless something was paid, voided or planned since the terms were written.
pub async fn accept(
    env: &Env,
    principal: &Principal,
    seen: Seen,
    evidence: &Evidence,
) -> Result<PlanId, PlanError> {
    let who = Who::of(principal)?;
    let accepted = env
        .store
        .transact(async |tx: &mut Tx| {
            let table = Table::sit_down(tx, env, who, seen, Act::Accept).await?;
            let (room, newest) = (&table.room, table.newest()?);
            let agreeing = who.agreeing(tx).await?;
            if let Who::Member(_, _, role) = who {
                room.may_agree(role, &newest.terms)?;
            }
            let balances = room.balances(tx, &invoices_of(&newest.terms)).await?;
            let moved = rules::moved(&newest.terms, &balances);
            if !moved.is_empty() {
                if !balances.iter().any(|(_, balance)| balance.is_owed()) {
                    end(tx, env, &Principal::System, &table, ProposalState::Moot, None).await?;
                }
                // Committed first, then told as the refusal that it is.
                return Ok(Err(PlanError::Moved(moved)));
            }
            room.agree(tx, &table.proposal, newest.digest, agreeing, evidence).await?;
            let plan = room.conclude(tx, env, principal, &table.proposal, &newest.terms).await?;
            Ok::<_, PlanError>(Ok(plan))
        })
        .await?;
    env.nudges.planner.notify_one();
    accepted
}

/// Says no to the newest version of the other side, in whatever words.
pub async fn decline(
    env: &Env,
    principal: &Principal,
    seen: Seen,
    word: Option<&LongText>,
) -> Result<(), PlanError> {
    over(env, principal, seen, Act::Decline, ProposalState::Declined, word).await
}

/// Takes one's own newest version back, and with it the proposal.
pub async fn withdraw(env: &Env, principal: &Principal, seen: Seen) -> Result<(), PlanError> {
    over(env, principal, seen, Act::Withdraw, ProposalState::Withdrawn, None).await
}

async fn over(
    env: &Env,
    principal: &Principal,
    seen: Seen,
    act: Act,
    state: ProposalState,
    word: Option<&LongText>,
) -> Result<(), PlanError> {
    let who = Who::of(principal)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let table = Table::sit_down(tx, env, who, seen, act).await?;
            end(tx, env, principal, &table, state, word).await
        })
        .await
}

async fn end(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    table: &Table,
    state: ProposalState,
    word: Option<&LongText>,
) -> Result<(), PlanError> {
    let author = table.proposal.turn.by;
    let (kind, by) = match state {
        ProposalState::Declined => (EventKind::PlanDeclined, Some(author.other())),
        ProposalState::Withdrawn => (EventKind::PlanWithdrawn, Some(author)),
        ProposalState::Expired => (EventKind::PlanExpired, None),
        ProposalState::Moot => (EventKind::PlanMoot, None),
        ProposalState::Open | ProposalState::Accepted => return Err(PlanError::NotFound),
    };
    let event = table.room.tell(tx, env, principal, kind, table.proposal.id, &table.newest()?.terms);
    let ended = Ended { state, by, word: word.cloned(), at: table.room.now };
    if proposals::end(tx, &table.proposal, &ended, event).await? { Ok(()) } else { Err(PlanError::NotFound) }
}

/// Writes down which negotiations nobody went on with in time, and says how many. Until then they are treated as what they are: no
/// step is possible.
pub async fn expire_due(env: &Env, principal: &Principal) -> Result<usize, PlanError> {
    principal.internal()?;
    let due = proposals::expired(&mut env.store.read().await?, env.business_now(), AT_ONCE).await?;
    let mut ended = 0;
    for proposal in due {
        let expired = env
            .store
            .transact(async |tx: &mut Tx| {
                let table = Table::read(tx, env, proposal.business, proposal.id).await?;
                if !table.proposal.turn.is_expired(table.room.now) {
                    return Ok(false);
                }
                end(tx, env, principal, &table, ProposalState::Expired, None).await?;
                Ok::<_, PlanError>(true)
            })
            .await?;
        ended += usize::from(expired);
    }
    Ok(ended)
}
