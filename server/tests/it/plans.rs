//! Payment plans: proposing, answering, agreeing.

use domain::event::EventKind;
use domain::plan::keeping::PlanState;
use domain::plan::negotiation::{Act, Moved, ProposalState, Refusal, Side};
use domain::plan::{Acceptance, Approval, Difference, Limits, Pace, Parts, Policy, Reach, Reason, Shape};
use domain::schedule::HoldReason;
use domain::time::{add_days, civil_date};
use domain::{Date, FieldProblem, InvoiceId, Locale, LongText, ProposalId, Role, Zone};
use server::env::{PortalScope, Principal};
use server::operations::plans::{self as operations, Evidence, Negotiation, Offer, Offered, PlanError, Seen};
use server::operations::{invoices, timeline};
use server::workers;
use store::conformance;
use store::follow_up::Versioned;
use store::plans::proposals::{self, Agreeing};
use store::plans::{self, policies};
use store::testing::TestStore;

use crate::saved_methods::Keeper;
use crate::shop::{Shop, euros, payer};
use crate::support::{browser, days_go_by, receive, with_role};

/// A customer whose session is proven, and the business across the table.
struct Talk {
    keeper: Keeper,
}

impl Talk {
    async fn begins(store: &TestStore) -> Self {
        Self { keeper: Keeper::begins(store).await }
    }

    fn shop(&self) -> &Shop {
        &self.keeper.shop
    }

    fn principal(&self, side: Side) -> &Principal {
        match side {
            Side::Customer => &self.keeper.holder,
            Side::Business => &self.shop().owner,
        }
    }

    fn today(&self) -> Date {
        civil_date(self.shop().env().business_now(), Zone::UTC)
    }

    /// So many monthly parts, the first in a month.
    fn monthly(&self, count: u32) -> Offer {
        let shape = Shape {
            down: None,
            parts: Parts::Count(count),
            pace: Pace::Monthly,
            first_on: add_days(self.today(), 30),
            autopay: false,
        };
        Offer { shape, word: None, evidence: evidence() }
    }

    async fn set(&self, policy: Policy) {
        let mut tx = self.shop().env().store.begin().await.unwrap();
        let policy = Versioned { value: policy, version: 0 };
        let now = self.shop().env().business_now();
        assert!(policies::save(&mut tx, self.shop().business, None, &policy, now).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn propose(&self, side: Side, invoices: &[InvoiceId], offer: &Offer) -> Result<Offered, PlanError> {
        let shop = self.shop();
        operations::propose(shop.env(), self.principal(side), shop.customer, invoices, offer).await
    }

    /// What a side proposes and nobody has answered.
    async fn proposed(&self, side: Side, invoices: &[InvoiceId], count: u32) -> ProposalId {
        match self.propose(side, invoices, &self.monthly(count)).await.unwrap() {
            Offered::Waits(proposal, _) => proposal,
            agreed @ Offered::Agreed(..) => panic!("{agreed:?}"),
        }
    }

    async fn acts(&self, side: Side, act: Act, seen: Seen) -> Result<(), PlanError> {
        let (env, principal) = (self.shop().env(), self.principal(side));
        match act {
            Act::Offer => operations::counter(env, principal, seen, &self.monthly(4)).await.map(|_| ()),
            Act::Accept => operations::accept(env, principal, seen, &evidence()).await.map(|_| ()),
            Act::Decline => operations::decline(env, principal, seen, None).await,
            Act::Withdraw => operations::withdraw(env, principal, seen).await,
        }
    }

    async fn now(&self, proposal: ProposalId) -> Negotiation {
        operations::negotiation(self.shop().env(), &self.shop().owner, proposal).await.unwrap()
    }

    /// The state of the plan over an invoice, if there is a live one.
    async fn planned(&self, invoice: InvoiceId) -> Option<PlanState> {
        let mut tx = self.shop().env().store.read().await.unwrap();
        let (_, plan) = plans::live_over(&mut tx, &[invoice]).await.unwrap().pop()?;
        Some(plans::find(&mut tx, self.shop().business, plan).await.unwrap().unwrap().state)
    }

    async fn told(&self) -> Vec<EventKind> {
        let shop = self.shop();
        let entries = timeline::of_customer(shop.env(), &shop.owner, shop.customer).await.unwrap();
        entries.iter().map(|entry| entry.kind).filter(|kind| kind.as_str().starts_with("plan.")).collect()
    }
}

fn evidence() -> Evidence {
    Evidence {
        shown: "Six parts of 200.00, the first in a month.".to_owned(),
        locale: Locale::find("en-GB").unwrap(),
        browser: browser(),
    }
}

fn seen(proposal: ProposalId, version: u32) -> Seen {
    Seen { proposal, version }
}

fn refusal(result: Result<(), PlanError>) -> Option<Refusal> {
    match result {
        Ok(()) => None,
        Err(PlanError::Refused { refusal, .. }) => Some(refusal),
        Err(error) => panic!("{error:?}"),
    }
}

/// A quarter down, six months, and no plan broken before.
fn quick() -> Policy {
    let limits = Limits { down_percent_min: 25, months_max: 6, count_max: 6, instalment_min: None };
    let accepts = Some(Acceptance { limits, total_max: Some(euros(2_000)), after_broken: false });
    let bounds = Limits { down_percent_min: 0, months_max: 12, count_max: 12, instalment_min: None };
    Policy { accepts, bounds, ..Policy::STANDARD }
}

conformance! {
    /// They ask for six parts, are offered four, and agree: what both saw is kept, and the invoice's own following up rests.
    async fn a_plan_is_proposed_countered_and_accepted(store: TestStore) {
        let talk = Talk::begins(&store).await;
        let (one, two) = (talk.shop().invoice(1_000).await, talk.shop().invoice(200).await);
        let id = talk.proposed(Side::Customer, &[two, one], 6).await;
        let word = LongText::parse("Four would do.").unwrap();
        let offer = Offer { word: Some(word.clone()), ..talk.monthly(4) };
        let (env, owner) = (talk.shop().env(), &talk.shop().owner);
        let waits = operations::counter(env, owner, seen(id, 1), &offer).await.unwrap();
        assert_eq!(waits, Offered::Waits(id, Vec::new()));
        let Negotiation { versions, .. } = talk.now(id).await;
        let difference = Difference::between(
            (&versions[0].terms, versions[0].promised), (&versions[1].terms, versions[1].promised));
        assert!(matches!(difference[0], Difference::Instalments(six, four) if six.count == 6 && six.each == euros(200)
            && four.count == 4 && four.each == euros(300)), "{difference:?}");
        assert_eq!(versions[1].word.as_ref(), Some(&word));
        assert_ne!(talk.shop().held(one).await, Some(HoldReason::UnderPlan));

        let plan = operations::accept(env, &talk.keeper.holder, seen(id, 2), &evidence()).await.unwrap();
        let mut tx = env.store.read().await.unwrap();
        let kept = plans::find(&mut tx, talk.shop().business, plan).await.unwrap().unwrap();
        assert_eq!((kept.total, kept.version, kept.state), (euros(1_200), 2, PlanState::Active));
        let timetable = plans::instalments(&mut tx, talk.shop().business, plan).await.unwrap();
        assert!(timetable.len() == 4 && timetable.iter().all(|(_, one)| one.amount == euros(300)));
        let agreements = proposals::agreements(&mut tx, talk.shop().business, id).await.unwrap();
        drop(tx);
        let who: Vec<_> = agreements.iter().map(|agreed| (agreed.number, agreed.who.side())).collect();
        assert_eq!(who, [(1, Side::Customer), (2, Side::Business), (2, Side::Customer)]);
        assert!(agreements.iter().all(|agreed| agreed.shown == evidence().shown));
        assert!(matches!(agreements[2].who, Agreeing::Customer(..)));
        assert_eq!(agreements[2].address, browser().address);
        assert_eq!(talk.told().await, [EventKind::PlanAgreed, EventKind::PlanCountered, EventKind::PlanProposed]);

        workers::planner::run_once(env).await.unwrap();
        for invoice in [one, two] {
            assert_eq!(talk.shop().held(invoice).await, Some(HoldReason::UnderPlan));
        }
        talk.shop().assert_sound().await;
    }

    async fn a_policy_answers_at_once_where_it_can(store: TestStore) {
        let talk = Talk::begins(&store).await;
        talk.set(quick()).await;
        let (one, two) = (talk.shop().invoice(1_200).await, talk.shop().invoice(400).await);
        let down = |offer: Offer, whole| Offer { shape: Shape { down: Some(euros(whole)), ..offer.shape }, ..offer };
        let refused = talk.propose(Side::Customer, &[one], &talk.monthly(13)).await;
        assert!(matches!(&refused, Err(PlanError::OutOfBounds(reasons)) if reasons.contains(&Reason::Count { most: 12 })));
        assert_eq!(talk.told().await, []);
        let agreed = talk.propose(Side::Customer, &[one], &down(talk.monthly(4), 300)).await.unwrap();
        assert!(matches!(agreed, Offered::Agreed(..)));
        assert_eq!(talk.planned(one).await, Some(PlanState::Active));
        let Offered::Waits(id, reasons) = talk.propose(Side::Customer, &[two], &talk.monthly(4)).await.unwrap() else {
            panic!("a person is asked");
        };
        assert_eq!(reasons, [Reason::Down { least: euros(100) }]);
        // The customer thinks again, and now the policy agrees.
        let again = operations::counter(
            talk.shop().env(), &talk.keeper.holder, seen(id, 1), &down(talk.monthly(3), 100)).await.unwrap();
        assert!(matches!(again, Offered::Agreed(..)));
        assert_eq!(talk.planned(two).await, Some(PlanState::Active));
    }

    async fn nothing_is_proposed_or_agreed_to_without_the_code_or_by_whoever_may_not(store: TestStore) {
        let talk = Talk { keeper: Keeper::enters(&store).await };
        let shop = talk.shop();
        let invoice = shop.invoice(500).await;
        let unproven = talk.propose(Side::Customer, &[invoice], &talk.monthly(4)).await;
        assert!(matches!(unproven, Err(PlanError::NotProven)));
        let id = talk.proposed(Side::Business, &[invoice], 4).await;
        let accept = operations::accept(shop.env(), &talk.keeper.holder, seen(id, 1), &evidence()).await;
        assert!(matches!(accept, Err(PlanError::NotProven)));

        let other = shop.invoice(500).await;
        let viewer = with_role(&shop.owner, Role::Viewer);
        let by_viewer = operations::propose(shop.env(), &viewer, shop.customer, &[other], &talk.monthly(4)).await;
        assert!(matches!(by_viewer, Err(PlanError::NotPermitted(_))));
        // A link over one invoice reaches no negotiation about another.
        let narrow = payer(shop.env(), shop.business, shop.customer, PortalScope::Invoice(other));
        let looked = operations::negotiation(shop.env(), &narrow, id).await;
        assert!(matches!(looked, Err(PlanError::NotFound)));
        let declined = operations::decline(shop.env(), &narrow, seen(id, 1), None).await;
        assert!(matches!(declined, Err(PlanError::NotFound)));
        let proposed = operations::propose(shop.env(), &narrow, shop.customer, &[invoice], &talk.monthly(4)).await;
        assert!(matches!(proposed, Err(PlanError::NotFound)));
    }

    async fn a_member_agrees_only_as_far_as_their_role_reaches(store: TestStore) {
        let talk = Talk::begins(&store).await;
        let approval = Approval { manager: Reach::UpTo(euros(1_000)), clerk: Reach::Nothing };
        talk.set(Policy { approval, bounds: quick().bounds, ..Policy::STANDARD }).await;
        let shop = talk.shop();
        let (small, large) = (shop.invoice(1_000).await, shop.invoice(1_001).await);
        let (small, large) =
            (talk.proposed(Side::Customer, &[small], 4).await, talk.proposed(Side::Customer, &[large], 4).await);
        let accept = async |role, id| {
            operations::accept(shop.env(), &with_role(&shop.owner, role), seen(id, 1), &evidence()).await
        };
        assert!(matches!(accept(Role::Clerk, small).await, Err(PlanError::BeyondReach)));
        assert!(matches!(accept(Role::Manager, large).await, Err(PlanError::BeyondReach)));
        let counter = operations::counter(
            shop.env(), &with_role(&shop.owner, Role::Manager), seen(large, 1), &talk.monthly(3)).await;
        assert!(matches!(counter, Err(PlanError::BeyondReach)), "an offer binds as much as a yes");
        let wide = operations::counter(shop.env(), &shop.owner, seen(large, 1), &talk.monthly(13)).await;
        assert!(matches!(wide, Err(PlanError::OutOfBounds(_))));
        assert!(accept(Role::Manager, small).await.is_ok());
        assert!(accept(Role::Owner, large).await.is_ok());
    }

    /// 0 or 10,000 instalments, a date that has passed: whatever a form says.
    async fn tampered_terms_are_refused_before_anything_is_written(store: TestStore) {
        let talk = Talk::begins(&store).await;
        let invoice = talk.shop().invoice(500).await;
        let offer = talk.monthly(4);
        let (past, dollars) = (add_days(talk.today(), -2), domain::Money::new(100, domain::Currency::USD).unwrap());
        let shapes = [
            ("count", Shape { parts: Parts::Count(0), ..offer.shape }),
            ("count", Shape { parts: Parts::Count(10_000), ..offer.shape }),
            ("first_on", Shape { first_on: past, ..offer.shape }),
            ("down", Shape { down: Some(dollars), ..offer.shape }),
            ("each", Shape { parts: Parts::Each(dollars), ..offer.shape }),
        ];
        for (field, shape) in shapes {
            let refused = talk.propose(Side::Customer, &[invoice], &Offer { shape, ..offer.clone() }).await;
            let Err(PlanError::Fields(errors)) = refused else { panic!("{shape:?} {refused:?}") };
            assert!(errors.of(field).is_some(), "{errors:?}");
        }
        let many = vec![invoice; 51];
        let Err(PlanError::Fields(errors)) = talk.propose(Side::Customer, &many, &offer).await else { panic!() };
        assert_eq!(errors.of("invoices"), Some(&FieldProblem::TooMany { max: 50 }));
        assert_eq!(talk.told().await, []);
        // One negotiation about an invoice at a time.
        talk.proposed(Side::Customer, &[invoice], 4).await;
        let second = talk.propose(Side::Business, &[invoice], &offer).await;
        assert!(matches!(second, Err(PlanError::AlreadyProposed)));
    }

    async fn approve_after_paid_or_void_is_refused_with_the_reason(store: TestStore) {
        let talk = Talk::begins(&store).await;
        let shop = talk.shop();
        let (part, whole, void) = (shop.invoice(500).await, shop.invoice(500).await, shop.invoice(500).await);
        let mut proposals = Vec::new();
        for invoice in [part, whole, void] {
            proposals.push(talk.proposed(Side::Customer, &[invoice], 4).await);
        }
        receive(shop.env(), &shop.owner, part, 10_000).await;
        receive(shop.env(), &shop.owner, whole, 50_000).await;
        let version = invoices::read(shop.env(), &shop.owner, void).await.unwrap().version;
        invoices::void(shop.env(), &shop.owner, void, version, "mistake").await.unwrap();
        let mut found = Vec::new();
        for id in &proposals {
            match operations::accept(shop.env(), &shop.owner, seen(*id, 1), &evidence()).await {
                Err(PlanError::Moved(moved)) => found.extend(moved),
                other => panic!("{other:?}"),
            }
        }
        let changed = Moved::Open { invoice: part, was: euros(500), is: euros(400) };
        assert_eq!(found, [changed, Moved::Settled(whole), Moved::Void(void)]);
        // Of what is open still one can go on talking; the rest is over.
        let states = [ProposalState::Open, ProposalState::Moot, ProposalState::Moot];
        for (id, state) in proposals.iter().zip(states) {
            assert_eq!(talk.now(*id).await.proposal.turn.state, state);
        }
        operations::counter(shop.env(), &shop.owner, seen(proposals[0], 1), &talk.monthly(2)).await.unwrap();
        assert_eq!(talk.now(proposals[0]).await.versions[1].terms.total(), euros(400));
    }

    async fn nobody_acts_on_what_has_expired_and_it_is_written_down(store: TestStore) {
        let talk = Talk::begins(&store).await;
        let shop = talk.shop();
        let invoice = shop.invoice(500).await;
        let id = talk.proposed(Side::Customer, &[invoice], 4).await;
        assert_eq!(operations::expire_due(shop.env(), &Principal::System).await.unwrap(), 0);
        days_go_by(&shop.world, 8);
        for (side, act) in [(Side::Business, Act::Accept), (Side::Business, Act::Offer), (Side::Customer, Act::Withdraw)] {
            assert_eq!(refusal(talk.acts(side, act, seen(id, 1)).await), Some(Refusal::Expired));
        }
        assert_eq!(operations::expire_due(shop.env(), &Principal::System).await.unwrap(), 1);
        assert_eq!(operations::expire_due(shop.env(), &Principal::System).await.unwrap(), 0);
        assert_eq!(talk.now(id).await.proposal.turn.state, ProposalState::Expired);
        assert!(operations::expire_due(shop.env(), &shop.owner).await.is_err());
        talk.proposed(Side::Business, &[invoice], 3).await;
    }

    /// Both sides act on the same version at the same moment, in every combination: exactly one legal step is taken, the other side
    /// is told what stands now, and what stands is what the one step comes to.
    async fn two_who_act_on_the_same_version_never_both_win(store: TestStore) {
        let talk = Talk::begins(&store).await;
        for author in [Side::Customer, Side::Business] {
            for ours in Act::ALL.iter().copied() {
                for theirs in Act::ALL.iter().copied() {
                    let invoice = talk.shop().invoice(800).await;
                    let id = talk.proposed(author, &[invoice], 6).await;
                    let turn = talk.now(id).await.proposal.turn;
                    let now = talk.shop().env().business_now();
                    let legal = |side, act| turn.may(side, act, 1, now).is_ok();
                    let (first, second) = tokio::join!(
                        talk.acts(Side::Business, ours, seen(id, 1)),
                        talk.acts(Side::Customer, theirs, seen(id, 1)),
                    );
                    let acted = [(Side::Business, ours, first), (Side::Customer, theirs, second)];
                    let case = format!("{author} wrote; business {ours}, customer {theirs}: {acted:?}");
                    let wins: Vec<_> = acted.iter().filter(|(.., result)| result.is_ok()).collect();
                    let possible = usize::from(acted.iter().any(|(side, act, _)| legal(*side, *act)));
                    assert_eq!(wins.len(), possible, "{case}");
                    assert!(wins.iter().all(|(side, act, _)| legal(*side, *act)), "{case}");
                    let after = talk.now(id).await;
                    for (.., result) in &acted {
                        let Err(error) = result else { continue };
                        let PlanError::Refused { refusal, now } = error else { panic!("{case}") };
                        assert!(**now == after || *refusal == Refusal::NotYours, "{case}");
                    }
                    let state = match wins.first().map(|(_, act, _)| *act) {
                        Some(Act::Accept) => ProposalState::Accepted,
                        Some(Act::Decline) => ProposalState::Declined,
                        Some(Act::Withdraw) => ProposalState::Withdrawn,
                        Some(Act::Offer) | None => ProposalState::Open,
                    };
                    let offered = wins.first().filter(|(_, act, _)| *act == Act::Offer);
                    assert_eq!(after.proposal.turn.state, state, "{case}");
                    assert_eq!(after.versions.len(), 1 + usize::from(offered.is_some()), "{case}");
                    assert_eq!(after.proposal.turn.by, offered.map_or(author, |(side, ..)| *side), "{case}");
                    let live = talk.planned(invoice).await;
                    assert_eq!(live.is_some(), state == ProposalState::Accepted, "{case}");
                }
            }
        }
        talk.shop().assert_sound().await;
    }
}
