//! Money that goes back at the provider in memory: refunds, and what the payers' banks do.

use domain::RefundId;
use domain::dispute::DisputeStage;
use domain::money::Money;

use super::{FakeGateway, State};
use crate::gateway::{Dispute, Refund};

impl FakeGateway {
    /// Somebody refunds part of a payment in the provider's dashboard. Returns the refund.
    pub fn give_back(&self, intent: &str, amount: Money) -> String {
        let mut state = self.state();
        self.refund_of(&mut state, intent, amount, None)
    }

    pub(super) fn refund_of(
        &self,
        state: &mut State,
        intent: &str,
        amount: Money,
        refund: Option<RefundId>,
    ) -> String {
        let id = state.next_id("re");
        let made = Refund {
            id: id.clone(),
            intent: Some(intent.to_owned()),
            amount: Some(amount),
            effective: true,
            succeeded: false,
            refund,
        };
        state.refunds.insert(id.clone(), made);
        self.tell(state, "refund.created", &id);
        id
    }

    /// The refunds that were not sent back, with how much each gives back.
    pub fn refunds(&self) -> Vec<(String, Money)> {
        let state = self.state();
        let effective = state.refunds.values().filter(|refund| refund.effective);
        effective.filter_map(|refund| Some((refund.id.clone(), refund.amount?))).collect()
    }

    /// The payer's bank has taken a refund.
    ///
    /// # Panics
    /// If there is no such refund.
    pub fn refund_arrives(&self, refund: &str) {
        let mut state = self.state();
        match state.refunds.get_mut(refund) {
            Some(refund) => refund.succeeded = true,
            None => panic!("no refund {refund}"),
        }
        self.tell(&mut state, "refund.updated", refund);
    }

    /// The bank sends a refund back: the money is here again.
    ///
    /// # Panics
    /// If there is no such refund.
    pub fn refund_fails(&self, refund: &str) {
        let mut state = self.state();
        match state.refunds.get_mut(refund) {
            Some(refund) => (refund.effective, refund.succeeded) = (false, false),
            None => panic!("no refund {refund}"),
        }
        self.tell(&mut state, "refund.failed", refund);
    }

    /// The payer goes to their bank about a payment: it asks (`Inquiry`), takes the money back (`Open`), or returns a debit, which
    /// is decided at once (`Lost`). Returns the dispute.
    pub fn contest(&self, intent: &str, amount: Money, becomes: DisputeStage) -> String {
        let mut state = self.state();
        let id = state.next_id("dp");
        let answer_by = becomes.is_undecided().then(|| self.clock.business_now() + chrono::Duration::days(9));
        let dispute = Dispute {
            id: id.clone(),
            intent: Some(intent.to_owned()),
            amount: Some(amount),
            stage: Some(becomes),
            answer_by,
        };
        state.disputes.insert(id.clone(), dispute);
        self.tell(&mut state, "charge.dispute.created", &id);
        if becomes.is_without_money() {
            self.tell(&mut state, "charge.dispute.funds_withdrawn", &id);
        }
        if !becomes.is_undecided() {
            self.tell(&mut state, "charge.dispute.closed", &id);
        }
        id
    }

    /// The business has answered; the bank thinks it over.
    pub fn answered(&self, dispute: &str) {
        self.change_dispute(dispute, |dispute| dispute.answer_by = None);
        self.tell(&mut self.state(), "charge.dispute.updated", dispute);
    }

    /// A dispute goes on. What has to happen to the money happens.
    pub fn goes_on(&self, dispute: &str, becomes: DisputeStage) {
        let before = self.change_dispute(dispute, |dispute| {
            dispute.answer_by = dispute.answer_by.filter(|_| becomes.is_undecided());
            dispute.stage.replace(becomes)
        });
        let was_gone = before.is_some_and(DisputeStage::is_without_money);
        let mut state = self.state();
        self.tell(&mut state, "charge.dispute.updated", dispute);
        match (was_gone, becomes.is_without_money()) {
            (false, true) => self.tell(&mut state, "charge.dispute.funds_withdrawn", dispute),
            (true, false) => self.tell(&mut state, "charge.dispute.funds_reinstated", dispute),
            (false, false) | (true, true) => {}
        }
        if !becomes.is_undecided() {
            self.tell(&mut state, "charge.dispute.closed", dispute);
        }
    }

    fn change_dispute<R>(&self, dispute: &str, change: impl FnOnce(&mut Dispute) -> R) -> R {
        match self.state().disputes.get_mut(dispute) {
            Some(dispute) => change(dispute),
            None => panic!("no dispute {dispute}"),
        }
    }
}
