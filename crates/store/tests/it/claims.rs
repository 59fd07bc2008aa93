//! Many workers, one piece of work each: nothing is claimed twice, nothing is lost, one fact is one row.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::Duration;
use domain::ledger as rules;
use domain::message::Purpose;
use store::conformance;
use store::inbox::{self, Finished, Kept};
use store::messages::Queued;
use store::testing::{attack, look};
use store::{attempts, customers, messages, sweeps};
use tokio::task::{JoinSet, LocalSet};

use crate::world::{World, euros, inbox_key, morning};

const WORKERS: usize = 8;

/// Runs workers side by side: at the database they meet as if they were processes.
async fn together<T: 'static>(workers: impl Iterator<Item = impl Future<Output = T> + 'static>) -> Vec<T> {
    LocalSet::new()
        .run_until(async {
            let mut running = JoinSet::new();
            for worker in workers {
                running.spawn_local(worker);
            }
            running.join_all().await
        })
        .await
}

conformance! {
    async fn eight_workers_share_the_inbox(store: TestStore) {
        const EVENTS: usize = 60;
        let world = Arc::new(World::of(store).await);
        for number in 0..EVENTS {
            assert_eq!(world.arrives(&format!("evt_{number}")).await, Kept::Now);
        }
        let at_once = (0..WORKERS).map(|number| {
            let world = Arc::clone(&world);
            async move {
                let worker = format!("worker {number}");
                let mut claimed = Vec::new();
                loop {
                    let batch = world
                        .store
                        .transact(async |tx| inbox::claim(tx, &worker, morning(), Duration::minutes(1), 7).await)
                        .await
                        .unwrap();
                    // With PostgreSQL a batch can be empty because others were quicker: then what remains is theirs.
                    if batch.is_empty() {
                        return claimed;
                    }
                    for event in batch {
                        let done = world
                            .store
                            .transact(async |tx| inbox::finish(tx, &event.key, &worker, Finished::Done, morning()).await)
                            .await
                            .unwrap();
                        assert!(done, "nobody else has this claim");
                        claimed.push(event.key.event_id);
                    }
                }
            }
        });
        let all: Vec<String> = together(at_once).await.into_iter().flatten().collect();
        let distinct: HashSet<&String> = all.iter().collect();
        assert_eq!(all.len(), distinct.len(), "an event was claimed twice");
        // Whatever the quick ones left is there for the next tick.
        let mut tx = world.store.begin().await.unwrap();
        let rest = inbox::claim(&mut tx, "next tick", morning(), Duration::minutes(1), 100).await.unwrap();
        assert_eq!(all.len() + rest.len(), EVENTS);
    }

    async fn eight_workers_share_the_outbox(store: TestStore) {
        const MESSAGES: usize = 40;
        let world = Arc::new(World::of(store).await);
        for number in 0..MESSAGES {
            world
                .does(&format!(
                    "INSERT INTO message (id, business_id, kind, purpose, channel, state, dedup_key, internet_message_id,
                        to_name, to_address, locale, data, created_at, next_try_at)
                     VALUES ({{{}}}, {{1}}, 'receipt', 'answer', 'email', 'queued', 'r{number}', '<{number}@x>', 'Jo',
                        'jo@k.example', 'en-GB', '{{{{}}}}', {{now}}, {{now}})",
                    number + 500
                ))
                .await;
        }
        let at_once = (0..WORKERS).map(|number| {
            let world = Arc::clone(&world);
            async move {
                let worker = format!("worker {number}");
                let mut claimed = Vec::new();
                loop {
                    let lease = Duration::minutes(1);
                    let batch = world
                        .store
                        .transact(async |tx| messages::claim(tx, &worker, Purpose::Answer, morning(), lease, 5).await)
                        .await
                        .unwrap();
                    if batch.is_empty() {
                        return claimed;
                    }
                    claimed.extend(batch.into_iter().map(|message| message.id));
                }
            }
        });
        let all: Vec<_> = together(at_once).await.into_iter().flatten().collect();
        let distinct: HashSet<_> = all.iter().collect();
        assert_eq!(all.len(), distinct.len(), "a message was claimed twice");
        let mut tx = world.store.begin().await.unwrap();
        let rest =
            messages::claim(&mut tx, "next tick", Purpose::Answer, morning(), Duration::minutes(1), 100).await.unwrap();
        assert_eq!(all.len() + rest.len(), MESSAGES);
    }

    async fn the_same_event_fifty_times_at_once_is_one_row(store: TestStore) {
        let world = Arc::new(World::of(store).await);
        let mut arrivals = JoinSet::new();
        for _ in 0..50 {
            let world = Arc::clone(&world);
            arrivals.spawn(async move { world.arrives("evt_same").await });
        }
        let kept = arrivals.join_all().await;
        assert_eq!(kept.iter().filter(|kept| **kept == Kept::Now).count(), 1);
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(inbox::counts(&mut tx).await.unwrap(), [("received".to_owned(), 1)]);
    }

    /// What writes nothing makes no commit wait for the disk: nothing changed on SQLite, no transaction id on PostgreSQL.
    async fn an_event_that_came_before_writes_nothing(store: TestStore) {
        let written = match store.dialect() {
            store::Dialect::Sqlite => "SELECT CAST(total_changes() AS TEXT)",
            store::Dialect::Postgres => "SELECT COALESCE(CAST(pg_current_xact_id_if_assigned() AS TEXT), 'none')",
        };
        let world = World::of(store).await;
        assert_eq!(world.arrives("evt_1").await, Kept::Now);
        let key = inbox_key("evt_1");
        let mut tx = world.store.begin().await.unwrap();
        let before = look(&mut tx, written).await.unwrap();
        let arrived = inbox::Arrived {
            key: &key,
            business: world.business,
            event_type: "x",
            livemode: false,
            payload: b"{}",
            received_at: morning(),
        };
        assert_eq!(inbox::keep(&mut tx, &arrived).await.unwrap(), Kept::Before);
        assert_eq!(look(&mut tx, written).await.unwrap(), before);
        let new = inbox::Arrived { key: &inbox_key("evt_2"), ..arrived };
        assert_eq!(inbox::keep(&mut tx, &new).await.unwrap(), Kept::Now);
        assert_ne!(look(&mut tx, written).await.unwrap(), before);
    }

    async fn two_businesses_or_accounts_may_have_the_same_event(store: TestStore) {
        let world = World::of(store).await;
        assert_eq!(world.arrives("evt_1").await, Kept::Now);
        let key = inbox::InboxKey { account: "acct_2".to_owned(), ..inbox_key("evt_1") };
        let mut tx = world.store.begin().await.unwrap();
        let arrived = inbox::Arrived {
            key: &key,
            business: world.other_business,
            event_type: "x",
            livemode: false,
            payload: b"{}",
            received_at: morning(),
        };
        assert_eq!(inbox::keep(&mut tx, &arrived).await.unwrap(), Kept::Now);
    }

    async fn an_event_is_tried_again_later_and_given_up_visibly(store: TestStore) {
        let world = World::of(store).await;
        world.arrives("evt_1").await;
        let key = inbox_key("evt_1");
        let lease = Duration::minutes(1);
        let mut tx = world.store.begin().await.unwrap();

        let first = inbox::claim(&mut tx, "one", morning(), lease, 10).await.unwrap();
        assert_eq!((first.len(), first[0].tries, &first[0].payload[..]), (1, 1, &b"{}"[..]));
        let again = morning() + Duration::minutes(5);
        let retry = Finished::Retry { at: again, error: "Stripe did not answer" };
        assert!(inbox::finish(&mut tx, &key, "one", retry, morning()).await.unwrap());
        assert_eq!(inbox::claim(&mut tx, "one", morning(), lease, 10).await.unwrap(), []);

        // A worker that dies leaves a lease that runs out; what it says afterwards no longer counts.
        assert_eq!(inbox::claim(&mut tx, "dies", again, lease, 10).await.unwrap().len(), 1);
        let later = again + Duration::minutes(2);
        let third = inbox::claim(&mut tx, "heals", later, lease, 10).await.unwrap();
        assert_eq!(third[0].tries, 3);
        assert!(!inbox::finish(&mut tx, &key, "dies", Finished::Done, later).await.unwrap());

        let dead = Finished::Dead { error: "poison" };
        assert!(inbox::finish(&mut tx, &key, "heals", dead, later).await.unwrap());
        assert_eq!(inbox::counts(&mut tx).await.unwrap(), [("dead".to_owned(), 1)]);
        assert!(inbox::revive(&mut tx, world.business, &key, later).await.unwrap());
        assert_eq!(inbox::claim(&mut tx, "one", later, lease, 10).await.unwrap().len(), 1);
        assert!(inbox::finish(&mut tx, &key, "one", Finished::Done, later).await.unwrap());

        assert_eq!(inbox::empty_finished(&mut tx, later, later, 10).await.unwrap(), 0, "not yet");
        let much_later = later + Duration::days(30);
        assert_eq!(inbox::empty_finished(&mut tx, much_later, much_later, 10).await.unwrap(), 1);
        assert_eq!(inbox::empty_finished(&mut tx, much_later, much_later, 10).await.unwrap(), 0, "once");
        assert!(inbox::is_known(&mut tx, &key).await.unwrap(), "an emptied event stays known");
    }

    async fn a_released_event_was_not_tried(store: TestStore) {
        let world = World::of(store).await;
        world.arrives("evt_1").await;
        let mut tx = world.store.begin().await.unwrap();
        for _ in 0..3 {
            let claimed = inbox::claim(&mut tx, "w", morning(), Duration::minutes(1), 10).await.unwrap();
            assert_eq!(claimed[0].tries, 1);
            assert!(inbox::release(&mut tx, &claimed[0].key, "w", morning()).await.unwrap());
        }
    }

    async fn attempts_to_ask_about_are_claimed_once(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let attempt = world.attempt(&mut tx, world.receivable, euros(124_000)).await.unwrap();
        let lease = Duration::minutes(1);
        assert_eq!(attempts::claim_to_sync(&mut tx, "w", morning(), lease, 5).await.unwrap(), [], "not yet");
        let due = morning() + Duration::minutes(2);
        let claimed = attempts::claim_to_sync(&mut tx, "w", due, lease, 5).await.unwrap();
        assert_eq!(claimed.iter().map(|attempt| attempt.id).collect::<Vec<_>>(), [attempt]);
        assert_eq!(attempts::claim_to_sync(&mut tx, "other", due, lease, 5).await.unwrap(), []);
        let next = due + Duration::minutes(10);
        assert!(attempts::release_sync(&mut tx, attempt, "w", Some(next)).await.unwrap());
        assert!(!attempts::release_sync(&mut tx, attempt, "w", None).await.unwrap(), "given back once");
        let claimed = attempts::claim_to_sync(&mut tx, "other", next, lease, 5).await.unwrap();
        assert_eq!(claimed[0].sync_tries, 1);
    }

    async fn a_sweep_is_claimed_once_and_never_reads_backwards(store: TestStore) {
        let world = World::of(store).await;
        let lease = Duration::minutes(1);
        let mut tx = world.store.begin().await.unwrap();
        for _ in 0..2 {
            sweeps::begin(&mut tx, world.business, "stripe.events", morning(), morning()).await.unwrap();
        }
        let claimed = sweeps::claim(&mut tx, "w", morning(), lease, 5).await.unwrap();
        assert_eq!(claimed.len(), 1);
        assert_eq!(sweeps::claim(&mut tx, "other", morning(), lease, 5).await.unwrap(), []);
        let next = morning() + Duration::hours(1);
        let earlier = morning() - Duration::days(1);
        assert!(sweeps::finish(&mut tx, &claimed[0], "w", earlier, 2, next, morning()).await.unwrap());
        let status = sweeps::statuses(&mut tx).await.unwrap();
        assert_eq!((status[0].read_until, status[0].drift), (morning(), 2));
        assert_eq!(sweeps::claim(&mut tx, "w", next, lease, 5).await.unwrap().len(), 1);
    }

    async fn twenty_ticks_at_once_say_a_step_once(store: TestStore) {
        let world = Arc::new(World::of(store).await);
        let mut ticks = JoinSet::new();
        for _ in 0..20 {
            let world = Arc::clone(&world);
            ticks.spawn(async move { world.reminder(world.receivable).await.1 });
        }
        let said = ticks.join_all().await;
        assert_eq!(said.iter().filter(|queued| **queued == Queued::Now).count(), 1);
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(messages::counts(&mut tx).await.unwrap(), [("queued".to_owned(), 1)]);
    }

    /// Two transactions that book the same customer's money come one after the other.
    async fn a_turn_is_taken_by_one_at_a_time(store: TestStore) {
        let world = Arc::new(World::of(store).await);
        let mut first = world.store.begin().await.unwrap();
        assert!(store::ledger::take_turn(&mut first, world.business, world.customer).await.unwrap());
        let second = tokio::spawn({
            let world = Arc::clone(&world);
            async move {
                let mut tx = world.store.begin().await.unwrap();
                store::ledger::take_turn(&mut tx, world.business, world.customer).await.unwrap();
                // What the first one did is seen: it committed before this one went on.
                let seen = store::tasks::open(&mut tx, world.business, 10).await.unwrap().len();
                tx.commit().await.unwrap();
                seen
            }
        });
        tokio::task::yield_now().await;
        attack(&mut first, &world.sql("INSERT INTO task (id, business_id, kind, dedup_key, subject_kind, subject_id, data,
                created_at)
             VALUES ({77}, {1}, 'call', 'x', 'business', {1}, '{{}}', {now})")).await.unwrap();
        first.commit().await.unwrap();
        assert_eq!(second.await.unwrap(), 1);
    }

    /// Two refunds of the same payment at once, each within it, both together beyond it.
    async fn no_more_comes_back_than_went_in_a_race_too(store: TestStore) {
        let world = Arc::new(World::of(store).await);
        let mut tx = world.store.begin().await.unwrap();
        let payment = rules::payment(rules::Provider::Stripe, "pi_1", world.customer, euros(1_000));
        let (payment, _) = world.book(&mut tx, &payment).await;
        world.book(&mut tx, &rules::application(payment, world.customer, world.receivable, 1, euros(1_000))).await;
        let applied = store::ledger::applications_of(&mut tx, world.business, payment).await.unwrap();
        tx.commit().await.unwrap();

        let reversals = (1..=2).map(|nth| {
            let world = Arc::clone(&world);
            let entry = rules::reversal(&applied[0], nth, euros(600));
            async move {
                let mut tx = world.store.begin().await?;
                world.try_book(&mut tx, &entry).await?;
                tx.commit().await
            }
        });
        let outcomes = together(reversals).await;
        let refused: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()).collect();
        assert_eq!(refused.iter().map(|error| error.guard()).collect::<Vec<_>>(), [Some("transfer_reversal")]);
    }

    async fn numbers_are_taken_one_by_one_without_gaps(store: TestStore) {
        let world = Arc::new(World::of(store).await);
        let numbers = (0..WORKERS).map(|number| {
            let world = Arc::clone(&world);
            async move {
                let mut tx = world.store.begin().await.unwrap();
                let taken = customers::next_number(&mut tx, world.business, "invoice:2026").await.unwrap();
                // Every other one thinks better of it: its number goes to the next.
                if number % 2 == 0 {
                    return None;
                }
                tx.commit().await.unwrap();
                Some(taken)
            }
        });
        let mut taken: Vec<i64> = together(numbers).await.into_iter().flatten().collect();
        taken.sort_unstable();
        assert_eq!(taken, [1, 2, 3, 4]);
    }
}
