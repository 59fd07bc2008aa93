//! What is set about payment plans, proposed, agreed to and planned.

use chrono::Duration;
use domain::event::EventKind;
use domain::plan::keeping::{PlanState, Warned};
use domain::plan::negotiation::{ProposalState, Side, Turn};
use domain::plan::{Covered, Forbearance, Pace, Parts, Policy, Shape, Terms};
use domain::{InstalmentId, InvoiceId, LinkId, LongText, Money, PlanId, ProposalId};
use store::follow_up::Versioned;
use store::plans::proposals::{self, Agreeing, Agreement, Ended, NewProposal, NewVersion, Proposal};
use store::plans::{self, NewPlan, Plan, policies};
use store::{StoreError, Tx, conformance};

use crate::world::{World, euros, id, morning};

const PROMISED: Forbearance = Forbearance { grace_days: 5, cure_days: 10, fees_waived: true };

fn terms(count: u32) -> Terms {
    let covered = [(31, 124_000), (32, 8_600)]
        .map(|(number, minor)| Covered { invoice: InvoiceId::from_uuid(id(number)), open: euros(minor) });
    let shape = Shape {
        down: Some(euros(32_600)),
        parts: Parts::Count(count),
        pace: Pace::TwoWeekly,
        first_on: "2026-04-01".parse().unwrap(),
        autopay: true,
    };
    Terms::of(covered.to_vec(), shape).unwrap()
}

fn version<'a>(by: Side, terms: &'a Terms, word: Option<&'a LongText>) -> NewVersion<'a> {
    let made_at = morning();
    NewVersion { by, terms, promised: PROMISED, word, made_at, expires_at: made_at + Duration::days(7) }
}

/// A customer's first version is on the table.
async fn proposed(world: &World, tx: &mut Tx, count: u32) -> Proposal {
    let (id, event) = (ProposalId::from_uuid(world.fresh()), world.tell(tx, EventKind::CustomerUpdated));
    let terms = terms(count);
    let version = version(Side::Customer, &terms, None);
    let (business, customer) = (world.business, world.customer);
    proposals::begin(tx, &NewProposal { id, business, customer, version, event }).await.unwrap();
    proposals::find(tx, world.business, id).await.unwrap().unwrap()
}

async fn agrees(tx: &mut Tx, proposal: &Proposal, terms: &Terms, who: Agreeing) -> Agreement {
    let agreement = Agreement {
        number: proposal.turn.newest,
        who,
        digest: proposals::digest(terms, PROMISED),
        shown: "In two parts.".to_owned(),
        locale: "en-GB".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        user_agent: None,
        at: morning(),
    };
    proposals::agree(tx, proposal, &agreement).await.unwrap();
    agreement
}

/// Both sides agree to the newest version, and it becomes a plan.
async fn conclude(
    world: &World,
    tx: &mut Tx,
    proposal: &Proposal,
    terms: &Terms,
    supersedes: Option<PlanId>,
) -> Result<Option<Plan>, StoreError> {
    let agreed_on = "2026-03-02".parse().unwrap();
    let instalments: Vec<_> = terms
        .timetable(agreed_on)
        .into_iter()
        .map(|instalment| (InstalmentId::from_uuid(world.fresh()), instalment))
        .collect();
    let new = NewPlan {
        id: PlanId::from_uuid(world.fresh()),
        proposal,
        covered: terms.covered(),
        instalments: &instalments,
        accepted_by: Side::Business,
        supersedes,
        agreed_on,
        agreed_at: morning(),
        next_look_at: morning() + Duration::days(1),
        event: world.tell(tx, EventKind::CustomerUpdated),
    };
    if !plans::conclude(tx, &new).await? {
        return Ok(None);
    }
    plans::find(tx, world.business, new.id).await
}

/// A plan that stands.
async fn planned(world: &World, tx: &mut Tx, link: LinkId) -> Plan {
    let proposal = proposed(world, tx, 2).await;
    let terms = terms(2);
    agrees(tx, &proposal, &terms, Agreeing::Customer(world.contact, link)).await;
    agrees(tx, &proposal, &terms, Agreeing::Member(world.member)).await;
    conclude(world, tx, &proposal, &terms, None).await.unwrap().unwrap()
}

conformance! {
    async fn a_policy_is_the_customers_own_else_the_businesss_else_the_standard(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let (business, customer) = (world.business, world.customer);
        assert_eq!(policies::of_customer(&mut tx, business, customer).await.unwrap(), Policy::STANDARD);
        let set = |offer_days, version| Versioned { value: Policy { offer_days, ..Policy::STANDARD }, version };
        assert!(policies::save(&mut tx, business, None, &set(5, 0), morning()).await.unwrap());
        assert!(!policies::save(&mut tx, business, None, &set(6, 0), morning()).await.unwrap(), "somebody was first");
        assert!(policies::save(&mut tx, business, None, &set(7, 1), morning()).await.unwrap());
        assert!(policies::save(&mut tx, business, Some(customer), &set(9, 0), morning()).await.unwrap());
        assert_eq!(policies::of_customer(&mut tx, business, customer).await.unwrap().offer_days, 9);
        assert_eq!(policies::find(&mut tx, business, None).await.unwrap(), Some(set(7, 2)));
        assert_eq!(policies::find(&mut tx, world.other_business, Some(customer)).await.unwrap(), None);
        assert!(!policies::clear(&mut tx, business, customer, 2).await.unwrap());
        assert!(policies::clear(&mut tx, business, customer, 1).await.unwrap());
        assert_eq!(policies::of_customer(&mut tx, business, customer).await.unwrap().offer_days, 7);
        tx.commit().await.unwrap();
    }

    async fn versions_are_numbered_and_read_back_as_they_were_written(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let proposal = proposed(&world, &mut tx, 6).await;
        let expires_at = morning() + Duration::days(7);
        let turn = Turn { state: ProposalState::Open, newest: 1, by: Side::Customer, expires_at };
        assert_eq!((proposal.turn, proposal.currency), (turn, euros(1).currency()));
        // They offer fewer of another size, over one invoice only.
        let shape = Shape { down: None, parts: Parts::Each(euros(50_000)), pace: Pace::Monthly, ..*terms(1).shape() };
        let other = Terms::of(vec![terms(1).covered()[0]], shape).unwrap();
        let word = LongText::parse("Would this do?").unwrap();
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        let counter = version(Side::Business, &other, Some(&word));
        assert!(proposals::offer(&mut tx, &proposal, &counter, event).await.unwrap());
        assert!(!proposals::offer(&mut tx, &proposal, &counter, event).await.unwrap(), "version 1 is not the newest now");

        let versions = proposals::versions(&mut tx, world.business, proposal.id).await.unwrap();
        let told: Vec<_> = versions.iter().map(|one| (one.number, one.by, &one.terms, one.word.as_ref())).collect();
        assert_eq!(told, [(1, Side::Customer, &terms(6), None), (2, Side::Business, &other, Some(&word))]);
        assert_eq!(versions[1].digest, proposals::digest(&other, PROMISED));
        assert_ne!(versions[0].digest, versions[1].digest);
        let found = proposals::find(&mut tx, world.business, proposal.id).await.unwrap().unwrap();
        assert_eq!((found.turn.newest, found.turn.by), (2, Side::Business));
        assert_eq!(proposals::find(&mut tx, world.other_business, proposal.id).await.unwrap(), None);
        assert_eq!(proposals::of_customer(&mut tx, world.business, world.customer).await.unwrap(), std::slice::from_ref(&found));
        let about = proposals::open_about(&mut tx, world.business, world.invoice).await.unwrap();
        assert_eq!(about, Some(found));
        tx.commit().await.unwrap();
    }

    async fn one_negotiation_at_a_time_goes_on_about_an_invoice(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let first = proposed(&world, &mut tx, 6).await;
        tx.commit().await.unwrap();

        let terms = terms(3);
        let mut tx = world.store.begin().await.unwrap();
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        let id = ProposalId::from_uuid(world.fresh());
        let (business, customer) = (world.business, world.customer);
        let second = NewProposal { id, business, customer, version: version(Side::Business, &terms, None), event };
        let refused = proposals::begin(&mut tx, &second).await.unwrap_err();
        assert_eq!(refused.guard(), Some(proposals::ALREADY_PROPOSED));
        drop(tx);

        let mut tx = world.store.begin().await.unwrap();
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        let word = LongText::parse("No, thank you.").ok();
        let ended = Ended { state: ProposalState::Declined, by: Some(Side::Business), word: word.clone(), at: morning() };
        assert!(proposals::end(&mut tx, &first, &ended, event).await.unwrap());
        assert!(!proposals::end(&mut tx, &first, &ended, event).await.unwrap(), "it is over");
        let over = proposals::find(&mut tx, business, first.id).await.unwrap().unwrap();
        assert_eq!((over.turn.state, over.ended_by), (ProposalState::Declined, Some((Side::Business, word))));
        assert_eq!(proposals::open_about(&mut tx, business, world.invoice).await.unwrap(), None);
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        proposals::begin(&mut tx, &NewProposal { event, ..second }).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn what_nobody_answered_in_time_is_found(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let proposal = proposed(&world, &mut tx, 6).await;
        let expires_at = proposal.turn.expires_at;
        let moment = Duration::seconds(1);
        assert_eq!(proposals::expired(&mut tx, expires_at - moment, 10).await.unwrap(), []);
        assert_eq!(proposals::expired(&mut tx, expires_at, 10).await.unwrap(), std::slice::from_ref(&proposal));
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        let ended = Ended { state: ProposalState::Expired, by: None, word: None, at: expires_at };
        assert!(proposals::end(&mut tx, &proposal, &ended, event).await.unwrap());
        assert_eq!(proposals::expired(&mut tx, expires_at, 10).await.unwrap(), []);
        tx.commit().await.unwrap();
    }

    async fn a_plan_is_made_of_the_version_that_both_agreed_to(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let proposal = proposed(&world, &mut tx, 2).await;
        let asked = terms(2);
        let ours = agrees(&mut tx, &proposal, &asked, Agreeing::Customer(world.contact, link)).await;
        let theirs = agrees(&mut tx, &proposal, &asked, Agreeing::Policy).await;
        let kept = proposals::agreements(&mut tx, world.business, proposal.id).await.unwrap();
        assert_eq!(kept, [ours, theirs]);
        let plan = conclude(&world, &mut tx, &proposal, &asked, None).await.unwrap().unwrap();
        assert_eq!((plan.state, plan.total, plan.version), (PlanState::Active, euros(132_600), 1));
        assert_eq!(plans::covered(&mut tx, world.business, plan.id).await.unwrap(), asked.covered());
        let timetable = plans::instalments(&mut tx, world.business, plan.id).await.unwrap();
        let timetable: Vec<_> = timetable.into_iter().map(|(_, instalment)| instalment).collect();
        assert_eq!(timetable, asked.timetable(plan.agreed_on));
        let live = plans::live_over(&mut tx, &[world.invoice]).await.unwrap();
        assert_eq!(live, [(world.invoice, plan.id)]);
        let over = proposals::find(&mut tx, world.business, proposal.id).await.unwrap().unwrap();
        assert_eq!((over.turn.state, over.plan), (ProposalState::Accepted, Some(plan.id)));
        assert_eq!(conclude(&world, &mut tx, &proposal, &asked, None).await.unwrap(), None, "once");
        assert_eq!(plans::find(&mut tx, world.other_business, plan.id).await.unwrap(), None);
        assert_eq!(plans::of_customer(&mut tx, world.business, world.customer).await.unwrap(), [plan]);
        tx.commit().await.unwrap();
    }

    /// The guards hold at the commit too: nothing is half there.
    async fn without_the_other_sides_word_there_is_no_plan(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let proposal = proposed(&world, &mut tx, 2).await;
        agrees(&mut tx, &proposal, &terms(2), Agreeing::Customer(world.contact, link)).await;
        let refused = conclude(&world, &mut tx, &proposal, &terms(2), None).await.unwrap_err();
        assert_eq!(refused.guard(), Some("plan_is_agreed"));
    }

    /// An end in acceptance whose plan is never written does not come through the commit.
    async fn nothing_is_accepted_without_its_plan(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let proposal = proposed(&world, &mut tx, 2).await;
        let sql = format!(
            "UPDATE plan_proposal SET state = 'accepted', plan_id = {{199}}, ended_by = 'business', ended_at = {{now}},
                event_id = {{198}} WHERE newest = {}", proposal.turn.newest);
        store::testing::attack(&mut tx, &world.sql(&sql)).await.unwrap();
        assert!(tx.commit().await.is_err());
    }

    async fn of_two_who_act_on_the_same_version_one_wins(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let proposal = proposed(&world, &mut tx, 2).await;
        let (asked, other) = (terms(2), terms(3));
        agrees(&mut tx, &proposal, &asked, Agreeing::Customer(world.contact, link)).await;
        tx.commit().await.unwrap();
        // The customer changes their mind while the business accepts what it has read.
        let mut tx = world.store.begin().await.unwrap();
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        let newer = version(Side::Customer, &other, None);
        assert!(proposals::offer(&mut tx, &proposal, &newer, event).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(conclude(&world, &mut tx, &proposal, &asked, None).await.unwrap(), None);
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        let ended = Ended { state: ProposalState::Declined, by: Some(Side::Business), word: None, at: morning() };
        assert!(!proposals::end(&mut tx, &proposal, &ended, event).await.unwrap());
    }

    async fn what_is_decided_about_a_plan_is_what_the_domain_lets_it_become(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let made = planned(&world, &mut tx, link).await;
        tx.commit().await.unwrap();
        for from in PlanState::ALL {
            for to in PlanState::ALL.iter().filter(|to| *to != from) {
                let mut tx = world.store.begin().await.unwrap();
                let mut plan = made.clone();
                for step in [*from, *to] {
                    if step == plan.state {
                        continue;
                    }
                    let event = world.tell(&mut tx, EventKind::CustomerUpdated);
                    let decided = plans::decide(&mut tx, &plan, step, morning(), None, event).await;
                    match decided {
                        Ok(decided) => assert!(decided && plan.state.may_become(step), "{from} {to}"),
                        Err(error) => {
                            assert_eq!(error.guard(), Some("plan_transition"), "{from} {to}: {error:?}");
                            assert!(!plan.state.may_become(step), "{from} {to}");
                            break;
                        }
                    }
                    plan.state = step;
                }
            }
        }
    }

    async fn an_ended_negotiation_is_over_whatever_the_end(store: TestStore) {
        let world = World::of(store).await;
        let ends = [ProposalState::Declined, ProposalState::Withdrawn, ProposalState::Expired, ProposalState::Moot];
        for state in ends {
            for next in ends.iter().filter(|next| **next != state) {
                let mut tx = world.store.begin().await.unwrap();
                let proposal = proposed(&world, &mut tx, 2).await;
                let by = matches!(state, ProposalState::Declined | ProposalState::Withdrawn).then_some(Side::Customer);
                let event = world.tell(&mut tx, EventKind::CustomerUpdated);
                let ended = Ended { state, by, word: None, at: morning() };
                assert!(proposals::end(&mut tx, &proposal, &ended, event).await.unwrap());
                assert!(ProposalState::Open.may_become(state) && !state.may_become(*next));
                let again = Ended { state: *next, by: Some(Side::Business), word: None, at: morning() };
                assert!(!proposals::end(&mut tx, &proposal, &again, event).await.unwrap());
            }
        }
    }

    async fn a_broken_plan_lets_go_of_its_invoices_and_counts(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let plan = planned(&world, &mut tx, link).await;
        assert_eq!(plans::broken(&mut tx, world.business, world.customer).await.unwrap(), 0);
        let day = morning() + Duration::days(1);
        assert_eq!(plans::to_look_at(&mut tx, morning(), 10).await.unwrap(), []);
        assert_eq!(plans::to_look_at(&mut tx, day, 10).await.unwrap(), std::slice::from_ref(&plan));
        let warned = Some(Warned { number: 1, on: "2026-03-09".parse().unwrap() });
        assert!(plans::looked(&mut tx, plan.id, warned, Some(day + Duration::days(1))).await.unwrap());
        assert_eq!(plans::to_look_at(&mut tx, day, 10).await.unwrap(), []);
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        assert!(plans::decide(&mut tx, &plan, PlanState::Broken, day, None, event).await.unwrap());
        assert!(!plans::decide(&mut tx, &plan, PlanState::Completed, day, None, event).await.unwrap());
        assert!(!plans::looked(&mut tx, plan.id, None, None).await.unwrap());
        assert_eq!(plans::live_over(&mut tx, &[world.invoice]).await.unwrap(), []);
        assert_eq!(plans::broken(&mut tx, world.business, world.customer).await.unwrap(), 1);
        let found = plans::find(&mut tx, world.business, plan.id).await.unwrap().unwrap();
        assert_eq!((found.state, found.warned, found.ended_at), (PlanState::Broken, warned, Some(day)));
        tx.commit().await.unwrap();
    }

    async fn other_terms_are_another_plan_that_takes_the_place_of_the_first(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let first = planned(&world, &mut tx, link).await;
        let proposal = proposed(&world, &mut tx, 3).await;
        agrees(&mut tx, &proposal, &terms(3), Agreeing::Customer(world.contact, link)).await;
        agrees(&mut tx, &proposal, &terms(3), Agreeing::Member(world.member)).await;
        let event = world.tell(&mut tx, EventKind::CustomerUpdated);
        assert!(plans::decide(&mut tx, &first, PlanState::Superseded, morning(), None, event).await.unwrap());
        let second = conclude(&world, &mut tx, &proposal, &terms(3), Some(first.id)).await.unwrap().unwrap();
        assert_eq!(second.supersedes, Some(first.id));
        let both = plans::live_over(&mut tx, &[world.invoice, InvoiceId::from_uuid(id(32))]).await.unwrap();
        assert!(both.len() == 2 && both.iter().all(|(_, plan)| *plan == second.id));
        tx.commit().await.unwrap();
    }
}

#[test]
fn a_digest_stands_for_terms_and_promises() {
    let digest = |terms: &Terms, promised| proposals::digest(terms, promised);
    let base = digest(&terms(2), PROMISED);
    assert_eq!(base, digest(&terms(2), PROMISED));
    assert_ne!(base, digest(&terms(3), PROMISED));
    assert_ne!(base, digest(&terms(2), Forbearance { cure_days: 11, ..PROMISED }));
    let more = Covered { open: Money::new(124_001, euros(1).currency()).unwrap(), ..terms(2).covered()[0] };
    let more = Terms::of(vec![more, terms(2).covered()[1]], *terms(2).shape()).unwrap();
    assert_ne!(base, digest(&more, PROMISED));
}
