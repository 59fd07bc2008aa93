//! Attempts to collect: one payable a receivable, `domain::payment`'s steps and no others, nothing lost.

use chrono::Duration;
use domain::event::EventKind;
use domain::ledger::Provider;
use domain::payment::{AttemptState, AttemptStatus, FailureCode};
use domain::{AttemptId, EventId};
use store::attempts::{self, Attempt, ONE_PAYABLE};
use store::conformance;
use store::{StoreError, Tx};

use crate::world::{World, euros, morning};

/// A state of that name, with data.
fn state(status: AttemptStatus) -> AttemptState {
    match status {
        AttemptStatus::Creating => AttemptState::Creating,
        AttemptStatus::Open => AttemptState::Open {
            checkout: "cs_1".to_owned(),
            url: "https://pay.example/cs_1".to_owned(),
            expires_at: morning() + Duration::hours(24),
        },
        AttemptStatus::Processing => AttemptState::Processing { payment: "pi_1".to_owned() },
        AttemptStatus::Succeeded => AttemptState::Succeeded { payment: "pi_1".to_owned(), at: morning() },
        AttemptStatus::Failed => AttemptState::Failed { code: FailureCode::Declined },
        AttemptStatus::Expired => AttemptState::Expired,
        AttemptStatus::Unknown => AttemptState::Unknown,
    }
}

async fn step(
    world: &World,
    tx: &mut Tx,
    attempt: AttemptId,
    to: AttemptStatus,
) -> Result<Attempt, StoreError> {
    let event = world.tell(tx, EventKind::AttemptOpened);
    let found = attempts::find(tx, world.business, attempt).await?.unwrap();
    assert!(attempts::change(tx, &found, &state(to), event, morning(), None).await?);
    Ok(attempts::find(tx, world.business, attempt).await?.unwrap())
}

conformance! {
    async fn the_schema_and_the_domain_agree_on_every_step(store: TestStore) {
        let world = World::of(store).await;
        for from in AttemptStatus::ALL {
            for to in AttemptStatus::ALL.iter().filter(|to| *to != from) {
                // Dropped without a commit: each pair begins afresh.
                let mut tx = world.store.begin().await.unwrap();
                let attempt = world.attempt(&mut tx, world.receivable, euros(124_000)).await.unwrap();
                if *from != AttemptStatus::Creating {
                    let reached = step(&world, &mut tx, attempt, *from).await.unwrap();
                    assert_eq!(reached.state, state(*from), "what was written is what is read");
                }
                match step(&world, &mut tx, attempt, *to).await {
                    Ok(reached) => {
                        assert!(from.may_become(*to), "the schema lets {from} become {to}, the domain does not");
                        assert_eq!(reached.state.status(), *to);
                    }
                    Err(error) => {
                        assert_eq!(error.guard(), Some("payment_attempt_transition"), "{from} to {to}: {error:?}");
                        assert!(!from.may_become(*to), "the schema does not let {from} become {to}, the domain does");
                    }
                }
            }
        }
    }

    async fn only_a_payable_attempt_stands_in_the_way_of_another(store: TestStore) {
        let world = World::of(store).await;
        for status in AttemptStatus::ALL {
            let mut tx = world.store.begin().await.unwrap();
            let attempt = world.attempt(&mut tx, world.receivable, euros(124_000)).await.unwrap();
            if *status != AttemptStatus::Creating {
                step(&world, &mut tx, attempt, *status).await.unwrap();
            }
            let in_flight = attempts::in_flight(&mut tx, world.business, world.receivable).await.unwrap();
            assert_eq!(in_flight.len(), usize::from(status.is_in_flight()), "{status}");
            // Another receivable is another matter.
            world.attempt(&mut tx, world.second_receivable, euros(8_600)).await.unwrap();
            match world.attempt(&mut tx, world.receivable, euros(100)).await {
                Ok(_) => assert!(!status.is_payable(), "{status}"),
                Err(error) => {
                    assert_eq!(error.guard(), Some(ONE_PAYABLE));
                    assert!(status.is_payable(), "{status}");
                }
            }
        }
    }

    async fn two_tabs_make_one_attempt(store: TestStore) {
        let world = World::of(store).await;
        let pay = async || {
            let mut tx = world.store.begin().await?;
            let attempt = world.attempt(&mut tx, world.receivable, euros(124_000)).await?;
            tx.commit().await?;
            Ok::<_, StoreError>(attempt)
        };
        let (one, other) = tokio::join!(pay(), pay());
        let (winner, loser) = if one.is_ok() { (one, other) } else { (other, one) };
        assert_eq!(loser.unwrap_err().guard(), Some(ONE_PAYABLE));
        let mut tx = world.store.read().await.unwrap();
        let in_flight = attempts::in_flight(&mut tx, world.business, world.receivable).await.unwrap();
        assert_eq!(in_flight.iter().map(|attempt| attempt.id).collect::<Vec<_>>(), [winner.unwrap()]);
    }

    async fn a_change_of_what_was_read_too_early_changes_nothing(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let attempt = world.attempt(&mut tx, world.receivable, euros(124_000)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.store.begin().await.unwrap();
        let stale = attempts::find(&mut tx, world.business, attempt).await.unwrap().unwrap();
        step(&world, &mut tx, attempt, AttemptStatus::Expired).await.unwrap();
        let event = EventId::from_uuid(world.fresh());
        let changed = attempts::change(&mut tx, &stale, &AttemptState::Unknown, event, morning(), None).await.unwrap();
        assert!(!changed);
        assert_eq!(attempts::find(&mut tx, world.business, attempt).await.unwrap().unwrap().state, AttemptState::Expired);
    }

    async fn a_change_whose_event_is_not_written_does_not_commit(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let attempt = world.attempt(&mut tx, world.receivable, euros(124_000)).await.unwrap();
        tx.commit().await.unwrap();
        let mut tx = world.store.begin().await.unwrap();
        let found = attempts::find(&mut tx, world.business, attempt).await.unwrap().unwrap();
        let unwritten = EventId::from_uuid(world.fresh());
        attempts::change(&mut tx, &found, &AttemptState::Expired, unwritten, morning(), None).await.unwrap();
        assert_eq!(tx.commit().await.unwrap_err().guard(), Some("foreign_key"));
    }

    async fn it_is_found_by_everything_it_is_known_by(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let attempt = world.attempt(&mut tx, world.receivable, euros(50_000)).await.unwrap();
        step(&world, &mut tx, attempt, AttemptStatus::Open).await.unwrap();
        let found = step(&world, &mut tx, attempt, AttemptStatus::Processing).await.unwrap();
        assert_eq!((found.amount, found.parts.len()), (euros(50_000), 1));
        assert_eq!(found.checkout.as_deref(), Some("cs_1"), "the checkout stays known");
        let business = world.business;
        assert_eq!(attempts::find_by_checkout(&mut tx, business, "cs_1").await.unwrap(), Some(found.clone()));
        assert_eq!(attempts::find_by_payment(&mut tx, business, "pi_1").await.unwrap(), Some(found.clone()));
        assert_eq!(attempts::of_invoice(&mut tx, business, world.invoice).await.unwrap(), std::slice::from_ref(&found));
        assert_eq!(attempts::find(&mut tx, world.other_business, attempt).await.unwrap(), None);
        assert_eq!(attempts::find_by_checkout(&mut tx, world.other_business, "cs_1").await.unwrap(), None);
    }

    async fn a_customer_has_one_id_at_the_provider(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        for remote_id in ["cus_1", "cus_2"] {
            let kept = attempts::keep_gateway_customer(
                &mut tx, world.business, world.customer, Provider::Stripe, "acct_1", remote_id, morning(),
            )
            .await
            .unwrap();
            assert_eq!(kept, "cus_1");
        }
        let elsewhere = attempts::gateway_customer(&mut tx, world.customer, Provider::Stripe, "acct_2").await.unwrap();
        assert_eq!(elsewhere, None);
    }
}
