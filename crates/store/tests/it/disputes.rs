//! Contested payments: they only move on, and say what is not chased meanwhile.

use domain::dispute::DisputeStage;
use domain::event::EventKind;
use domain::ledger::back::{go_back, rows};
use domain::ledger::{self as rules, Posted, Provider, TransferKind};
use domain::{EventId, Money, TransferId};
use store::disputes::{self, Dispute};
use store::dossiers::{self, Which};
use store::ledger::{self, back};
use store::{Tx, conformance};

use crate::world::{World, euros, morning};

/// A payment of €1,000.00, of which €400.00 paid for the first invoice.
async fn payment(world: &World, tx: &mut Tx) -> TransferId {
    let entry = rules::payment(Provider::Stripe, "pi_1", world.customer, euros(100_000));
    let (payment, _) = world.book(tx, &entry).await;
    world.book(tx, &rules::application(payment, world.customer, world.receivable, 1, euros(40_000))).await;
    payment
}

fn dispute(world: &World, payment: TransferId, stage: DisputeStage) -> Dispute {
    Dispute {
        business: world.business,
        reference: "dp_1".to_owned(),
        customer: world.customer,
        payment,
        amount: euros(100_000),
        stage,
        opened_at: morning(),
    }
}

async fn contested(world: &World, tx: &mut Tx) -> Vec<bool> {
    let customer = (world.business, world.customer);
    let dossiers = dossiers::gather(tx, &[customer], Which::All, morning()).await.unwrap();
    dossiers[0].items.iter().map(|item| item.contested).collect()
}

async fn here(world: &World, tx: &mut Tx, reference: &str) -> Vec<Money> {
    let payment = found(world, tx, reference).await;
    let sources = back::sources(tx, world.business, world.customer, payment).await.unwrap();
    sources.iter().map(|source| source.here().unwrap()).collect()
}

async fn found(world: &World, tx: &mut Tx, reference: &str) -> Posted {
    let kind = TransferKind::Payment;
    ledger::find(tx, world.business, Provider::Stripe, kind, reference).await.unwrap().unwrap()
}

conformance! {
    async fn what_was_paid_with_a_contested_payment_is_known(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let payment = payment(&world, &mut tx).await;
        assert_eq!(contested(&world, &mut tx).await, [false, false]);
        let event = world.tell(&mut tx, EventKind::DisputeInquired);
        let inquiry = dispute(&world, payment, DisputeStage::Inquiry);
        disputes::open(&mut tx, &inquiry, event).await.unwrap();
        assert_eq!(contested(&world, &mut tx).await, [true, false], "only what it paid for");
        let known = disputes::find(&mut tx, world.business, "dp_1").await.unwrap().unwrap();
        assert_eq!(known, inquiry);
        let own = disputes::of_customer(&mut tx, world.business, world.customer).await.unwrap();
        assert_eq!(own, std::slice::from_ref(&inquiry));
        assert_eq!(disputes::find(&mut tx, world.other_business, "dp_1").await.unwrap(), None);

        let event = world.tell(&mut tx, EventKind::DisputeLost);
        assert!(disputes::move_on(&mut tx, &known, DisputeStage::Lost, event, morning()).await.unwrap());
        assert_eq!(contested(&world, &mut tx).await, [false, false], "the bank has decided");
        // What was read before is not moved on from.
        let event = world.tell(&mut tx, EventKind::DisputeOpened);
        assert!(!disputes::move_on(&mut tx, &known, DisputeStage::Open, event, morning()).await.unwrap());
        tx.commit().await.unwrap();
    }

    async fn the_schema_lets_a_dispute_go_where_the_rules_do(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let payment = payment(&world, &mut tx).await;
        tx.commit().await.unwrap();
        for before in DisputeStage::ALL {
            for after in DisputeStage::ALL {
                let mut tx = world.store.begin().await.unwrap();
                let dispute = dispute(&world, payment, *before);
                disputes::open(&mut tx, &dispute, EventId::from_uuid(world.fresh())).await.unwrap();
                let event = EventId::from_uuid(world.fresh());
                let moved = disputes::move_on(&mut tx, &dispute, *after, event, morning()).await;
                let lawful = DisputeStage::learn(Some(*before), *after).is_some();
                assert_eq!(moved.is_ok(), lawful, "{before} → {after}: {moved:?}");
            }
        }
    }

    async fn what_came_again_can_go_back_again_and_never_more_than_is_here(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let payment = payment(&world, &mut tx).await;
        world.book(&mut tx, &rules::pay_out(payment, "form", world.customer, euros(10_000))).await;
        assert_eq!(here(&world, &mut tx, "pi_1").await, [euros(90_000)]);

        // A refund that failed: it went back, and came again under its own id.
        let original = found(&world, &mut tx, "pi_1").await;
        let sources = back::sources(&mut tx, world.business, world.customer, original).await.unwrap();
        for row in rows("re_1", world.customer, &go_back(euros(30_000), &sources).unwrap()) {
            world.book(&mut tx, &row).await;
        }
        world.book(&mut tx, &rules::payment(Provider::Stripe, "re_1", world.customer, euros(30_000))).await;
        assert_eq!(here(&world, &mut tx, "pi_1").await, [euros(60_000), euros(30_000)]);

        // Both can go, and what was paid out by hand goes a second time.
        let original = found(&world, &mut tx, "pi_1").await;
        let sources = back::sources(&mut tx, world.business, world.customer, original).await.unwrap();
        let all = go_back(euros(100_000), &sources).unwrap();
        assert_eq!(all.uncovered, euros(10_000));
        for row in rows("dp_1", world.customer, &all).iter().filter(|row| row.kind == TransferKind::Refund) {
            world.book(&mut tx, row).await;
        }
        assert_eq!(here(&world, &mut tx, "pi_1").await, [euros(0), euros(0)]);
        let went: Vec<Money> = back::rows_of(&mut tx, world.business, "dp_1").await.unwrap()
            .iter().map(|row| row.entry.amount).collect();
        assert_eq!(went, [euros(30_000), euros(60_000), euros(10_000)]);
        assert_eq!(back::rows_of(&mut tx, world.business, "re_1").await.unwrap().len(), 1);
    }
}
