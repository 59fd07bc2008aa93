//! Refunds that a member asked for.

use chrono::Duration;
use domain::event::EventKind;
use domain::ledger::{self as rules, Provider};
use domain::refund::RefundState;
use domain::{EventId, RefundId, TransferId};
use store::refunds::{self, Refund};
use store::{Tx, conformance};

use crate::world::{World, euros, morning};

async fn payment(world: &World, tx: &mut Tx) -> TransferId {
    let entry = rules::payment(Provider::Stripe, "pi_1", world.customer, euros(100_000));
    world.book(tx, &entry).await.0
}

fn refund(world: &World, payment: TransferId, minor: i64) -> Refund {
    let id = RefundId::from_uuid(world.fresh());
    Refund {
        id,
        business: world.business,
        customer: world.customer,
        payment,
        amount: euros(minor),
        state: RefundState::Asked,
        reference: None,
        form: format!("form_{}", id.uuid().simple()),
        reason: "Broken".to_owned(),
        asked_by: world.member,
        created_at: morning(),
        key_made_at: morning(),
        tries: 0,
    }
}

async fn ask(world: &World, tx: &mut Tx, refund: &Refund) {
    let event = world.tell(tx, EventKind::RefundAsked);
    refunds::ask(tx, refund, event, morning()).await.unwrap();
}

conformance! {
    async fn it_is_found_by_everything_it_is_known_by(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let payment = payment(&world, &mut tx).await;
        let one = refund(&world, payment, 60_000);
        ask(&world, &mut tx, &one).await;
        let business = world.business;
        assert_eq!(refunds::find(&mut tx, business, one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(refunds::find(&mut tx, world.other_business, one.id).await.unwrap(), None);
        assert_eq!(refunds::by_form(&mut tx, business, &one.form).await.unwrap(), Some(one.clone()));
        assert_eq!(refunds::by_form(&mut tx, world.other_business, &one.form).await.unwrap(), None);
        assert_eq!(refunds::of_customer(&mut tx, business, world.customer).await.unwrap(), std::slice::from_ref(&one));
        tx.commit().await.unwrap();
    }

    async fn the_provider_is_asked_until_it_has_answered(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let payment = payment(&world, &mut tx).await;
        let one = refund(&world, payment, 60_000);
        ask(&world, &mut tx, &one).await;
        assert_eq!(refunds::to_ask(&mut tx, morning() - Duration::seconds(1), 10).await.unwrap(), []);
        assert_eq!(refunds::to_ask(&mut tx, morning(), 10).await.unwrap(), std::slice::from_ref(&one));
        let later = morning() + Duration::minutes(1);
        refunds::ask_at(&mut tx, one.id, later).await.unwrap();
        assert_eq!(refunds::to_ask(&mut tx, morning(), 10).await.unwrap(), []);
        assert_eq!(refunds::to_ask(&mut tx, later, 10).await.unwrap()[0].tries, 1);

        let event = world.tell(&mut tx, EventKind::RefundArrived);
        let state = RefundState::Succeeded;
        assert!(refunds::change(&mut tx, &one, state, Some("re_1"), event, None).await.unwrap());
        assert_eq!(refunds::to_ask(&mut tx, later, 10).await.unwrap(), []);
        let event = world.tell(&mut tx, EventKind::RefundSent);
        let stale = refunds::change(&mut tx, &one, RefundState::Pending, Some("re_1"), event, None).await.unwrap();
        assert!(!stale, "what was read before is not moved on from");
        tx.commit().await.unwrap();
    }

    async fn the_schema_lets_a_refund_go_where_the_rules_do(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let payment = payment(&world, &mut tx).await;
        tx.commit().await.unwrap();
        let reference = |state: RefundState| {
            (!matches!(state, RefundState::Asked | RefundState::Refused)).then_some("re_1")
        };
        for before in RefundState::ALL {
            for after in RefundState::ALL.iter().filter(|after| *after != before) {
                let mut tx = world.store.begin().await.unwrap();
                let asked = refund(&world, payment, 60_000);
                ask(&world, &mut tx, &asked).await;
                let mut standing = asked;
                if *before != RefundState::Asked {
                    let event = EventId::from_uuid(world.fresh());
                    let known = reference(*before);
                    refunds::change(&mut tx, &standing, *before, known, event, None).await.unwrap();
                    standing.state = *before;
                }
                let event = EventId::from_uuid(world.fresh());
                let moved = refunds::change(&mut tx, &standing, *after, reference(*after), event, None).await;
                let lawful = before.learn(*after).is_some();
                assert_eq!(moved.is_ok(), lawful, "{before} → {after}: {moved:?}");
            }
        }
    }
}
