//! The log tells everything once, and shows when another hand was at it.

use std::sync::Arc;

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::{BusinessId, EventId, MemberId};
use serde_json::json;
use store::conformance;
use store::events::{self, NewEvent, Person, Verification};
use store::installation;
use store::testing::attack;
use store::{Dialect, StoreError};
use tokio::task::JoinSet;

use crate::world::{World, morning};

fn event(world: &World, business: BusinessId, person: Option<Person>) -> NewEvent {
    NewEvent {
        id: EventId::from_uuid(world.fresh()),
        business,
        at: morning(),
        kind: EventKind::CustomerCreated,
        actor: Actor::Member(MemberId::from_uuid(world.fresh())),
        subject: world.customer.into(),
        customer: Some(world.customer),
        invoice: None,
        data: json!({ "number": "C-1" }),
        person,
    }
}

async fn verify(world: &World) -> Verification {
    let mut tx = world.store.read().await.unwrap();
    events::verify(&mut tx, world.business).await.unwrap()
}

conformance! {
    async fn a_transaction_adds_one_link_over_all_its_events(store: TestStore) {
        let world = World::of(store).await;
        assert_eq!(verify(&world).await, Verification::Sound { links: 0, events: 0 });
        for count in 1..=3 {
            let mut tx = world.store.begin().await.unwrap();
            for _ in 0..count {
                tx.record(event(&world, world.business, None));
            }
            tx.commit().await.unwrap();
        }
        assert_eq!(verify(&world).await, Verification::Sound { links: 3, events: 6 });
    }

    async fn an_event_is_read_as_it_was_recorded(store: TestStore) {
        let world = World::of(store).await;
        let person = Person { salt: [7; 32], data: json!({ "name": "Jo" }) };
        let recorded = event(&world, world.business, Some(person));
        let mut tx = world.store.begin().await.unwrap();
        tx.record(recorded.clone());
        tx.commit().await.unwrap();

        let mut tx = world.store.begin().await.unwrap();
        let read = events::of_customer(&mut tx, world.business, world.customer, 10).await.unwrap();
        assert_eq!(read.len(), 1);
        assert_eq!((read[0].id, read[0].at, read[0].kind), (recorded.id, recorded.at, recorded.kind));
        assert_eq!((read[0].actor, read[0].subject), (recorded.actor, recorded.subject));
        assert_eq!((&read[0].data, &read[0].person), (&recorded.data, &Some(json!({ "name": "Jo" }))));
        assert_eq!(events::of_customer(&mut tx, world.other_business, world.customer, 10).await.unwrap(), []);
        assert_eq!(events::of_invoice(&mut tx, world.business, world.invoice, 10).await.unwrap(), []);
        assert_eq!(events::newest_at(&mut tx).await.unwrap(), Some(morning()));

        // Erasing the person leaves the chain whole.
        assert!(events::erase_person(&mut tx, world.business, recorded.id).await.unwrap());
        assert!(!events::erase_person(&mut tx, world.business, recorded.id).await.unwrap());
        tx.commit().await.unwrap();
        assert_eq!(verify(&world).await, Verification::Sound { links: 1, events: 1 });
    }

    async fn what_is_dropped_leaves_no_event(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        tx.record(event(&world, world.business, None));
        drop(tx);
        assert_eq!(verify(&world).await, Verification::Sound { links: 0, events: 0 });
    }

    async fn writers_at_once_lay_links_in_a_row(store: TestStore) {
        const WRITERS: u64 = 16;
        let world = Arc::new(World::of(store).await);
        let mut writers = JoinSet::new();
        for number in 0..WRITERS {
            let world = Arc::clone(&world);
            writers.spawn(async move {
                let mut tx = world.store.begin().await.unwrap();
                // Both businesses, told in either order: no two wait for each other crosswise.
                let mut told = [world.business, world.other_business];
                if number % 2 == 0 {
                    told.reverse();
                }
                for business in told {
                    let mut event = event(&world, business, None);
                    event.customer = None;
                    tx.record(event);
                }
                tx.commit().await.unwrap();
            });
        }
        writers.join_all().await;
        assert_eq!(verify(&world).await, Verification::Sound { links: WRITERS, events: WRITERS });
    }

    /// The guards are taken away first, as somebody with the database in hand could.
    async fn tampering_is_named(store: TestStore) {
        let world = World::of(store).await;
        let mut second = None;
        for _ in 0..3 {
            let mut tx = world.store.begin().await.unwrap();
            for _ in 0..2 {
                let event = event(&world, world.business, Some(Person { salt: [7; 32], data: json!({ "name": "Jo" }) }));
                second = Some(event.id);
                tx.record(event);
            }
            tx.commit().await.unwrap();
        }
        let sound = Verification::Sound { links: 3, events: 6 };
        assert_eq!(verify(&world).await, sound);
        let last = second.unwrap();

        let tampers = [
            ("UPDATE event SET data = '{{}}' WHERE chain_position = 2 AND ordinal = 0", "chain 2"),
            ("UPDATE event SET at = {later} WHERE chain_position = 2 AND ordinal = 1", "chain 2"),
            ("UPDATE event SET actor_kind = 'system', actor_id = NULL WHERE chain_position = 1", "chain 1"),
            ("DELETE FROM event_person; DELETE FROM event WHERE chain_position = 3 AND ordinal = 1", "chain 3"),
            ("DELETE FROM event_person; DELETE FROM event WHERE chain_position = 2;
              DELETE FROM chain WHERE position = 2", "chain 2"),
            ("DELETE FROM event_person; DELETE FROM event WHERE chain_position = 3;
              DELETE FROM chain WHERE position = 3", "chain_head"),
            ("UPDATE chain SET hash = {hash:5} WHERE position = 1", "chain 1"),
            ("UPDATE chain SET prev_hash = {hash:5} WHERE position = 1", "chain 1"),
            ("UPDATE chain_head SET hash = {hash:5}", "chain_head"),
        ];
        for (tamper, expected) in tampers {
            let mut tx = world.store.begin().await.unwrap();
            disarm(&world, &mut tx).await.unwrap();
            attack(&mut tx, &world.sql(tamper)).await.unwrap();
            match events::verify(&mut tx, world.business).await.unwrap() {
                Verification::Broken { row, .. } => assert_eq!(row, expected, "{tamper}"),
                Verification::Sound { .. } => panic!("not noticed: {tamper}"),
            }
        }
        let mut tx = world.store.begin().await.unwrap();
        disarm(&world, &mut tx).await.unwrap();
        let tamper = "UPDATE event_person SET data = '[]' WHERE event_id IN (
            SELECT id FROM event WHERE chain_position = 3 AND ordinal = 1)";
        attack(&mut tx, &world.sql(tamper)).await.unwrap();
        let found = events::verify(&mut tx, world.business).await.unwrap();
        assert!(matches!(found, Verification::Broken { row, .. } if row == format!("event_person {last}")));
        drop(tx);
        assert_eq!(verify(&world).await, sound, "nothing of that was committed");
    }

    async fn time_moves_on_and_never_back(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(installation::clock_offset(&mut tx).await.unwrap(), Duration::zero());
        for (by, expected) in [(1, 1), (7, 8), (-30, 8), (0, 8)] {
            let offset = installation::advance_clock(&mut tx, Duration::days(by), morning()).await.unwrap();
            assert_eq!(offset, Duration::days(expected));
            assert_eq!(installation::clock_offset(&mut tx).await.unwrap(), Duration::days(expected));
        }
    }

    async fn the_first_run_is_one(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(installation::get(&mut tx, "owner").await.unwrap(), None);
        assert!(installation::set_once(&mut tx, "owner", "a", morning()).await.unwrap());
        assert!(!installation::set_once(&mut tx, "owner", "b", morning()).await.unwrap());
        assert_eq!(installation::get(&mut tx, "owner").await.unwrap().as_deref(), Some("a"));
        installation::set(&mut tx, "owner", "c", morning()).await.unwrap();
        assert_eq!(installation::get(&mut tx, "owner").await.unwrap().as_deref(), Some("c"));
    }
}

/// Takes the guards of the record away, in this transaction only.
async fn disarm(world: &World, tx: &mut store::Tx) -> Result<(), StoreError> {
    let triggers = match world.store.dialect() {
        Dialect::Sqlite => {
            "PRAGMA defer_foreign_keys = ON;
             DROP TRIGGER event_append_only_update; DROP TRIGGER event_append_only_delete;
             DROP TRIGGER chain_append_only_update; DROP TRIGGER chain_append_only_delete;
             DROP TRIGGER chain_head_moves_on; DROP TRIGGER event_person_not_rewritten"
        }
        Dialect::Postgres => {
            "ALTER TABLE event DISABLE TRIGGER event_append_only; ALTER TABLE chain DISABLE TRIGGER chain_append_only;
             ALTER TABLE chain_head DISABLE TRIGGER chain_head_moves_on;
             ALTER TABLE event_person DISABLE TRIGGER event_person_not_rewritten"
        }
    };
    attack(tx, triggers).await.map(|_rows| ())
}
