//! Writing a version: the first, or another one.

use domain::event::EventKind;
use domain::plan::negotiation::{Act, Side, expires_at};
use domain::plan::{Answer, Reason, Record, Shape, Terms};
use domain::{CustomerId, FieldErrors, FieldProblem, InvoiceId, LongText, PlanId, ProposalId};
use store::plans::proposals::{self, Agreeing, NewProposal, NewVersion, Proposal};
use store::{Tx, plans};

use super::table::{Room, Table, Who, open_of};
use super::{Evidence, PlanError, Seen};
use crate::env::{Env, Principal};

/// What one side writes.
#[derive(Debug, Clone)]
pub struct Offer {
    /// How the open amount is to be paid.
    pub shape: Shape,
    /// What is said to it.
    pub word: Option<LongText>,
    /// What whoever writes it was shown.
    pub evidence: Evidence,
}

/// What became of a version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Offered {
    /// The business's policy agreed at once.
    Agreed(ProposalId, PlanId),
    /// The other side is asked; of a customer's version because of these.
    Waits(ProposalId, Vec<Reason>),
}

/// Proposes a plan over what is open of these invoices: a customer whose link covers them and who entered the code, or a member.
pub async fn propose(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    invoices: &[InvoiceId],
    offer: &Offer,
) -> Result<Offered, PlanError> {
    let who = Who::of(principal)?;
    if invoices.len() > Terms::COVERED_MAX {
        let problem = FieldProblem::TooMany { max: Terms::COVERED_MAX };
        return Err(FieldErrors::one("invoices", problem).into());
    }
    let offered = env
        .store
        .transact(async |tx: &mut Tx| {
            let own = match who {
                Who::Customer(access) => access.customer == customer,
                Who::Member(..) => true,
            };
            if !own || !who.covers(tx, invoices).await? {
                return Err(PlanError::NotFound);
            }
            let agreeing = who.agreeing(tx).await?;
            let room = Room::enter(tx, env, who.business(), customer).await?;
            let covered = open_of(&room.balances(tx, invoices).await?)?;
            let terms = Terms::propose(covered, offer.shape, room.today)?;
            let answer = answered(tx, &room, who, &terms).await?;

            let id: ProposalId = env.new_id();
            let event = room.tell(tx, env, principal, EventKind::PlanProposed, id, &terms);
            let version = version(&room, who.side(), &terms, offer);
            let new = NewProposal { id, business: room.business, customer, version, event };
            proposals::begin(tx, &new).await.map_err(|error| match error.guard() {
                Some(proposals::ALREADY_PROPOSED) => PlanError::AlreadyProposed,
                _ => PlanError::Store(error),
            })?;
            let written = Written { id, terms, answer, agreeing };
            written.finish(tx, env, &room, offer).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(offered)
}

/// Writes another version over the one that was looked at: a counter-offer, or a change of mind while nobody has answered. It covers
/// what is open now of the invoices that the negotiation is about.
pub async fn counter(
    env: &Env,
    principal: &Principal,
    seen: Seen,
    offer: &Offer,
) -> Result<Offered, PlanError> {
    let who = Who::of(principal)?;
    let offered = env
        .store
        .transact(async |tx: &mut Tx| {
            let table = Table::sit_down(tx, env, who, seen, Act::Offer).await?;
            let agreeing = who.agreeing(tx).await?;
            let room = &table.room;
            let mut balances = room.balances(tx, &table.about()).await?;
            // What was settled meanwhile needs no plan; where that is everything, it is told.
            if balances.iter().any(|(_, balance)| balance.is_owed()) {
                balances.retain(|(_, balance)| balance.is_owed());
            }
            let terms = Terms::propose(open_of(&balances)?, offer.shape, room.today)?;
            let answer = answered(tx, room, who, &terms).await?;

            let id = seen.proposal;
            let event = room.tell(tx, env, principal, EventKind::PlanCountered, id, &terms);
            let version = version(room, who.side(), &terms, offer);
            if !proposals::offer(tx, &table.proposal, &version, event).await? {
                return Err(PlanError::NotFound);
            }
            let written = Written { id, terms, answer, agreeing };
            written.finish(tx, env, room, offer).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(offered)
}

/// What the business's side says to these terms: its policy to a customer's, and to a member's only whether they may offer them.
async fn answered(tx: &mut Tx, room: &Room, who: Who<'_>, terms: &Terms) -> Result<Answer, PlanError> {
    let answer = match who {
        Who::Customer(_) => {
            let broken_plans = plans::broken(tx, room.business, room.customer).await?;
            room.policy.answer(Record { broken_plans }, terms, room.today)
        }
        Who::Member(_, _, role) => {
            room.may_agree(role, terms)?;
            Answer::Ask(Vec::new())
        }
    };
    match answer {
        Answer::Refuse(reasons) => Err(PlanError::OutOfBounds(reasons)),
        answer => Ok(answer),
    }
}

fn version<'a>(room: &Room, by: Side, terms: &'a Terms, offer: &'a Offer) -> NewVersion<'a> {
    NewVersion {
        by,
        terms,
        promised: room.policy.forbearance,
        word: offer.word.as_ref(),
        made_at: room.now,
        expires_at: expires_at(terms, room.policy.offer_days, room.now, room.zone),
    }
}

/// A version that has just been written.
struct Written {
    id: ProposalId,
    terms: Terms,
    answer: Answer,
    agreeing: Agreeing,
}

impl Written {
    /// Keeps the evidence of whoever wrote it, and concludes where the policy agrees.
    async fn finish(self, tx: &mut Tx, env: &Env, room: &Room, offer: &Offer) -> Result<Offered, PlanError> {
        let Self { id, terms, answer, agreeing } = self;
        let proposal: Proposal = proposals::find(tx, room.business, id).await?.ok_or(PlanError::NotFound)?;
        let digest = proposals::digest(&terms, room.policy.forbearance);
        room.agree(tx, &proposal, digest, agreeing, &offer.evidence).await?;
        match answer {
            Answer::Accept => {
                room.agree(tx, &proposal, digest, Agreeing::Policy, &offer.evidence).await?;
                let plan = room.conclude(tx, env, &Principal::System, &proposal, &terms).await?;
                Ok(Offered::Agreed(id, plan))
            }
            Answer::Ask(reasons) | Answer::Refuse(reasons) => Ok(Offered::Waits(id, reasons)),
        }
    }
}
