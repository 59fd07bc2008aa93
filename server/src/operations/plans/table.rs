//! Who sits at the table, what is on it, and what is open: read in the transaction that acts on it.

use domain::event::EventKind;
use domain::invoice::InvoiceStatus;
use domain::plan::negotiation::{Act, Balance, Moved, Side};
use domain::plan::{Covered, Policy, Terms};
use domain::time::civil_date;
use domain::{
    BusinessId, CustomerId, Date, EventId, FieldErrors, FieldProblem, InstalmentId, InvoiceId, MemberId,
    Money, Permission, PlanId, ProposalId, Role, Timestamp, Zone,
};
use store::events::Subject;
use store::plans::proposals::{self, Agreeing, Agreement, Proposal, Version};
use store::plans::{self, NewPlan, policies};
use store::{StoreError, Tx, identity, invoices, ledger, receivables};

use super::{Evidence, Negotiation, PlanError, Seen};
use crate::env::{Env, PortalAccess, Principal};
use crate::operations::portal;
use crate::operations::record::{Facts, Told, actor, record};

/// Who acts, for one of the two sides.
#[derive(Debug, Clone, Copy)]
pub(super) enum Who<'a> {
    Customer(&'a PortalAccess),
    Member(BusinessId, MemberId, Role),
}

impl<'a> Who<'a> {
    /// Whoever may act in a negotiation.
    pub(super) fn of(principal: &'a Principal) -> Result<Self, PlanError> {
        match principal {
            Principal::Portal(access) => Ok(Self::Customer(access)),
            Principal::Member { role, .. } => {
                let (business, member) = principal.member_with(Permission::AnswerPlans)?;
                Ok(Self::Member(business, member, *role))
            }
            _ => Err(crate::env::NotPermitted.into()),
        }
    }

    pub(super) fn business(self) -> BusinessId {
        match self {
            Self::Customer(access) => access.business,
            Self::Member(business, ..) => business,
        }
    }

    pub(super) fn side(self) -> Side {
        match self {
            Self::Customer(_) => Side::Customer,
            Self::Member(..) => Side::Business,
        }
    }

    /// Whether what they came by reaches all of these.
    pub(super) async fn covers(self, tx: &mut Tx, invoices: &[InvoiceId]) -> Result<bool, StoreError> {
        let Self::Customer(access) = self else { return Ok(true) };
        for invoice in invoices {
            if !portal::covers(tx, access, *invoice).await? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Who agrees: a customer only with the proof that they are the contact on file.
    pub(super) async fn agreeing(self, tx: &mut Tx) -> Result<Agreeing, PlanError> {
        match self {
            Self::Customer(access) => {
                Ok(Agreeing::Customer(portal::require_proof(tx, access).await?, access.link))
            }
            Self::Member(_, member, _) => Ok(Agreeing::Member(member)),
        }
    }
}

/// What all steps with a customer depend on, once their turn was taken.
#[derive(Debug)]
pub(super) struct Room {
    pub business: BusinessId,
    pub customer: CustomerId,
    pub zone: Zone,
    pub now: Timestamp,
    pub today: Date,
    pub policy: Policy,
}

impl Room {
    /// Takes the customer's turn: nothing of theirs moves until the transaction is over.
    pub(super) async fn enter(
        tx: &mut Tx,
        env: &Env,
        business: BusinessId,
        customer: CustomerId,
    ) -> Result<Self, PlanError> {
        if !ledger::take_turn(tx, business, customer).await? {
            return Err(PlanError::NotFound);
        }
        let zone = identity::business(tx, business).await?.ok_or(PlanError::NotFound)?.time_zone;
        let now = env.business_now();
        let policy = policies::of_customer(tx, business, customer).await?;
        Ok(Self { business, customer, zone, now, today: civil_date(now, zone), policy })
    }

    /// How these invoices stand now, what is due first first. Those of another customer are not found.
    pub(super) async fn balances(
        &self,
        tx: &mut Tx,
        wanted: &[InvoiceId],
    ) -> Result<Vec<(InvoiceId, Balance)>, PlanError> {
        let planned = plans::live_over(tx, wanted).await?;
        let open = ledger::balances_of_customer(tx, self.business, self.customer).await?;
        let mut wanted = wanted.to_vec();
        wanted.sort_by_key(|invoice| (open.iter().position(|found| found.invoice == *invoice), *invoice));
        wanted.dedup();
        let mut balances = Vec::with_capacity(wanted.len());
        for id in wanted {
            let invoice = invoices::invoice(tx, self.business, id).await?;
            let invoice = invoice.filter(|invoice| invoice.customer == self.customer);
            let invoice = invoice.ok_or(PlanError::NotFound)?;
            let balance = if invoice.state.status() != InvoiceStatus::Issued {
                Balance::Void
            } else if planned.iter().any(|(planned, _)| *planned == id) {
                Balance::UnderPlan
            } else {
                let parts = open.iter().filter(|found| found.invoice == id);
                let sum = Money::sum(invoice.currency, parts.map(|found| found.balance.open));
                Balance::Open(sum.map_err(|_| FieldErrors::one("invoices", FieldProblem::TooLarge))?)
            };
            balances.push((id, balance));
        }
        Ok(balances)
    }

    /// Whether a member of this role may agree to these terms for the business.
    pub(super) fn may_agree(&self, role: Role, terms: &Terms) -> Result<(), PlanError> {
        let out_of_bounds = self.policy.out_of_bounds(terms, self.today);
        if !out_of_bounds.is_empty() {
            Err(PlanError::OutOfBounds(out_of_bounds))
        } else if self.policy.may_approve(role, terms.total()) {
            Ok(())
        } else {
            Err(PlanError::BeyondReach)
        }
    }

    /// Keeps the evidence that somebody agreed to the newest version. A policy agrees from nowhere.
    pub(super) async fn agree(
        &self,
        tx: &mut Tx,
        proposal: &Proposal,
        digest: [u8; 32],
        who: Agreeing,
        evidence: &Evidence,
    ) -> Result<(), StoreError> {
        let from_somewhere = |text: &Option<String>| text.clone().filter(|_| who != Agreeing::Policy);
        let agreement = Agreement {
            number: proposal.turn.newest,
            who,
            digest,
            shown: evidence.shown.clone(),
            locale: evidence.locale.tag().to_owned(),
            address: from_somewhere(&evidence.browser.address),
            user_agent: from_somewhere(&evidence.browser.user_agent),
            at: self.now,
        };
        proposals::agree(tx, proposal, &agreement).await
    }

    /// Ends the negotiation with a plan of its newest version, to which both sides have agreed.
    pub(super) async fn conclude(
        &self,
        tx: &mut Tx,
        env: &Env,
        principal: &Principal,
        proposal: &Proposal,
        terms: &Terms,
    ) -> Result<PlanId, PlanError> {
        let id: PlanId = env.new_id();
        let event = self.tell(tx, env, principal, EventKind::PlanAgreed, id, terms);
        let instalments: Vec<(InstalmentId, _)> =
            terms.timetable(self.today).into_iter().map(|instalment| (env.new_id(), instalment)).collect();
        let new = NewPlan {
            id,
            proposal,
            covered: terms.covered(),
            instalments: &instalments,
            accepted_by: proposal.turn.by.other(),
            supersedes: None,
            agreed_on: self.today,
            agreed_at: self.now,
            next_look_at: self.now,
            event,
        };
        if !plans::conclude(tx, &new).await? {
            return Err(PlanError::NotFound);
        }
        let covered = |invoice| terms.covered().iter().any(|covered| covered.invoice == invoice);
        for receivable in receivables::of_customer(tx, self.business, self.customer).await? {
            if covered(receivable.invoice) {
                receivables::look_again(tx, self.business, receivable.id, self.now).await?;
            }
        }
        Ok(id)
    }

    /// Records what happened to a negotiation or its plan: on the customer's timeline, and on the invoice's where it is one.
    pub(super) fn tell(
        &self,
        tx: &mut Tx,
        env: &Env,
        principal: &Principal,
        kind: EventKind,
        subject: impl Into<Subject>,
        terms: &Terms,
    ) -> EventId {
        let facts = Facts {
            amount: Some(terms.total()),
            count: Some(i64::from(terms.count())),
            until: Some(terms.last_on()),
            ..Facts::default()
        };
        let mut told = Told::new(kind, subject).customer(self.customer).facts(facts);
        if let [only] = terms.covered() {
            told = told.invoice(only.invoice);
        }
        record(tx, env, self.business, actor(principal), told)
    }
}

/// What is open of each invoice, or what keeps it from being planned.
pub(super) fn open_of(balances: &[(InvoiceId, Balance)]) -> Result<Vec<Covered>, PlanError> {
    let (mut covered, mut moved) = (Vec::new(), Vec::new());
    for (invoice, balance) in balances.iter().copied() {
        match balance {
            Balance::Open(open) if open.is_positive() => covered.push(Covered { invoice, open }),
            Balance::Open(_) => moved.push(Moved::Settled(invoice)),
            Balance::Void => moved.push(Moved::Void(invoice)),
            Balance::UnderPlan => moved.push(Moved::UnderPlan(invoice)),
        }
    }
    if moved.is_empty() { Ok(covered) } else { Err(PlanError::Moved(moved)) }
}

/// A negotiation on whose newest version somebody is about to act.
#[derive(Debug)]
pub(super) struct Table {
    pub room: Room,
    pub proposal: Proposal,
    pub versions: Vec<Version>,
}

impl Table {
    /// Takes the turn, reads what is on the table, and asks whether the side may do that.
    pub(super) async fn sit_down(
        tx: &mut Tx,
        env: &Env,
        who: Who<'_>,
        seen: Seen,
        act: Act,
    ) -> Result<Self, PlanError> {
        let table = Self::read(tx, env, who.business(), seen.proposal).await?;
        if !who.covers(tx, &table.about()).await? {
            return Err(PlanError::NotFound);
        }
        let may = table.proposal.turn.may(who.side(), act, seen.version, table.room.now);
        may.map_err(|refusal| {
            let now = Negotiation { proposal: table.proposal.clone(), versions: table.versions.clone() };
            PlanError::Refused { refusal, now: Box::new(now) }
        })?;
        Ok(table)
    }

    /// Takes the turn and reads what is on the table.
    pub(super) async fn read(
        tx: &mut Tx,
        env: &Env,
        business: BusinessId,
        id: ProposalId,
    ) -> Result<Self, PlanError> {
        let found = proposals::find(tx, business, id).await?.ok_or(PlanError::NotFound)?;
        let room = Room::enter(tx, env, business, found.customer).await?;
        // It may have moved on while the turn was waited for.
        let proposal = proposals::find(tx, business, id).await?.ok_or(PlanError::NotFound)?;
        let versions = proposals::versions(tx, business, id).await?;
        Ok(Self { room, proposal, versions })
    }

    /// The newest version.
    pub(super) fn newest(&self) -> Result<&Version, PlanError> {
        self.versions.last().ok_or(PlanError::NotFound)
    }

    /// The invoices that all of it is about.
    pub(super) fn about(&self) -> Vec<InvoiceId> {
        about(&self.versions)
    }
}

/// The invoices that a negotiation is about: those of its first version.
pub(super) fn about(versions: &[Version]) -> Vec<InvoiceId> {
    versions.first().map(|first| invoices_of(&first.terms)).unwrap_or_default()
}

/// The invoices under these terms.
pub(super) fn invoices_of(terms: &Terms) -> Vec<InvoiceId> {
    terms.covered().iter().map(|covered| covered.invoice).collect()
}
