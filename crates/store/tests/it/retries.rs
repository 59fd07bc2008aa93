//! Idempotent work is tried again when somebody was in the way, and only then.

use std::sync::atomic::{AtomicU32, Ordering};

use store::conformance;
use store::testing::{attack, look};
use store::{StoreError, Unavailable, installation};

use crate::world::{World, euros, morning};

conformance! {
    async fn work_is_committed(store: TestStore) {
        let world = World::of(store).await;
        let work = world.store.transact(async |tx| {
            installation::set(tx, "key", "value", morning()).await?;
            Ok::<_, StoreError>(7)
        });
        assert_eq!(work.await.unwrap(), 7);
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(installation::get(&mut tx, "key").await.unwrap().as_deref(), Some("value"));
    }

    async fn a_refusal_is_not_tried_again_and_leaves_nothing(store: TestStore) {
        let world = World::of(store).await;
        let tries = AtomicU32::new(0);
        let refused: Result<(), StoreError> = world
            .store
            .transact(async |tx| {
                tries.fetch_add(1, Ordering::SeqCst);
                installation::set(tx, "key", "value", morning()).await?;
                attack(tx, &world.sql("UPDATE member SET role = 'emperor'")).await?;
                Ok(())
            })
            .await;
        assert_eq!(refused.unwrap_err().guard(), Some("member_role"));
        assert_eq!(tries.load(Ordering::SeqCst), 1);
        let mut tx = world.store.read().await.unwrap();
        assert_eq!(installation::get(&mut tx, "key").await.unwrap(), None);
    }
}

/// What a bug or another hand wrote is named by table, column and row, and nothing is made of it.
#[tokio::test]
async fn an_impossible_row_is_named() {
    let world = World::of(store::testing::sqlite().await).await;
    let mut tx = world.store.begin().await.unwrap();
    let attempt = world.attempt(&mut tx, world.receivable, euros(100)).await.unwrap();
    attack(&mut tx, "DROP TRIGGER payment_attempt_frozen; UPDATE payment_attempt SET method = 'barter'")
        .await
        .unwrap();
    let error = store::attempts::find(&mut tx, world.business, attempt).await.unwrap_err();
    let StoreError::Corrupt { table, column, row, .. } = error else { panic!("{error:?}") };
    assert_eq!((table, column, row), ("payment_attempt", "method", attempt.to_string()));
}

/// A full disk is no bug: the answer is "not now", and what stood there stands.
#[tokio::test]
async fn a_full_disk_is_told_apart() {
    let world = World::of(store::testing::sqlite().await).await;
    let mut tx = world.store.begin().await.unwrap();
    let pages = look(&mut tx, "SELECT CAST(page_count AS TEXT) FROM pragma_page_count").await.unwrap();
    attack(&mut tx, &format!("PRAGMA max_page_count = {}", pages[0])).await.unwrap();
    let value = "x".repeat(1_000_000);
    let error = installation::set(&mut tx, "key", &value, morning()).await.unwrap_err();
    assert!(matches!(error, StoreError::Unavailable { reason: Unavailable::DiskFull, .. }), "{error:?}");
    drop(tx);
    let mut tx = world.store.begin().await.unwrap();
    attack(&mut tx, "PRAGMA max_page_count = 1000000").await.unwrap();
    installation::set(&mut tx, "key", &value, morning()).await.unwrap();
    tx.commit().await.unwrap();
}

/// The server restarts between two statements: the work is done on another connection.
#[tokio::test]
async fn a_lost_connection_is_nobodys_failure() {
    let world = World::of(store::testing::postgres().await).await;
    let tries = AtomicU32::new(0);
    let done: Result<(), StoreError> = world
        .store
        .transact(async |tx| {
            installation::set(tx, "key", "value", morning()).await?;
            if tries.fetch_add(1, Ordering::SeqCst) == 0 {
                attack(tx, "SELECT pg_terminate_backend(pg_backend_pid())").await?;
            }
            Ok(())
        })
        .await;
    done.unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 2);
    let mut tx = world.store.read().await.unwrap();
    assert_eq!(installation::get(&mut tx, "key").await.unwrap().as_deref(), Some("value"));
}

/// Another process of the same installation (a command beside the server) has the write lock for a moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sqlite_writers_of_two_processes_wait_for_each_other() {
    let world = World::of(store::testing::sqlite().await).await;
    let beside = store::Store::connect(world.store.address()).await.unwrap();
    let mut first = beside.begin().await.unwrap();
    let second = world.store.transact(async |tx| installation::set(tx, "second", "2", morning()).await);
    let (first_done, second_done) = tokio::join!(
        async {
            installation::set(&mut first, "first", "1", morning()).await?;
            first.commit().await
        },
        second
    );
    first_done.unwrap();
    second_done.unwrap();
    let mut tx = beside.read().await.unwrap();
    for key in ["first", "second"] {
        assert!(installation::get(&mut tx, key).await.unwrap().is_some(), "{key}");
    }
}

/// Two transactions of PostgreSQL that wait for each other: one is chosen as the victim, tries again, and both succeed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_is_nobodys_failure() {
    let world = World::of(store::testing::postgres().await).await;
    let tries = AtomicU32::new(0);
    let meeting = tokio::sync::Barrier::new(2);
    let work = async |first: &str, second: &str| {
        let first_time = AtomicU32::new(0);
        world
            .store
            .transact(async |tx| {
                tries.fetch_add(1, Ordering::SeqCst);
                attack(tx, &world.sql(&format!("UPDATE customer SET name = 'x' WHERE id = {first}"))).await?;
                // Both hold one row before either asks for the other's.
                if first_time.fetch_add(1, Ordering::SeqCst) == 0 {
                    meeting.wait().await;
                }
                attack(tx, &world.sql(&format!("UPDATE customer SET name = 'y' WHERE id = {second}")))
                    .await?;
                Ok::<_, StoreError>(())
            })
            .await
    };
    let (one, other) = tokio::join!(work("{11}", "{12}"), work("{12}", "{11}"));
    one.unwrap();
    other.unwrap();
    assert_eq!(tries.load(Ordering::SeqCst), 3, "the victim tried twice");
}
