//! Migrating: all or nothing, one at a time, and never an old program on a new database.

use store::testing::{TestStore, attack, empty_postgres, empty_sqlite, look};
use store::{Migrated, Store, StoreError};

async fn both() -> [TestStore; 2] {
    [empty_sqlite().await, empty_postgres().await]
}

async fn does(store: &Store, sql: &str) {
    let mut tx = store.begin().await.unwrap();
    attack(&mut tx, sql).await.unwrap();
    tx.commit().await.unwrap();
}

#[tokio::test]
async fn an_empty_database_is_brought_to_this_version_once() {
    for store in both().await {
        let error = store.check_version().await.unwrap_err();
        assert!(matches!(error, StoreError::OlderDatabase { database: 0, .. }), "{error:?}");
        let Migrated { from_version, to_version } = store.migrate().await.unwrap();
        assert_eq!(from_version, 0);
        assert_eq!(store.migrate().await.unwrap(), Migrated { from_version: to_version, to_version });
        store.check_version().await.unwrap();
        store.ping().await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn instances_that_start_at_once_migrate_once() {
    for first in both().await {
        let second = Store::connect(first.address()).await.unwrap();
        let third = Store::connect(first.address()).await.unwrap();
        let (one, two, three) = tokio::join!(first.migrate(), second.migrate(), third.migrate());
        let from: Vec<i64> = [one, two, three].into_iter().map(|done| done.unwrap().from_version).collect();
        assert_eq!(from.iter().filter(|version| **version == 0).count(), 1, "{from:?}");
        for store in [second, third] {
            store.close().await;
        }
    }
}

#[tokio::test]
async fn a_migration_that_dies_midway_leaves_nothing() {
    for store in both().await {
        // Something is in the way of a table of the last migration, so everything before it succeeds first.
        does(&store, "CREATE TABLE task (id BIGINT)").await;
        store.migrate().await.unwrap_err();
        let error = store.check_version().await.unwrap_err();
        assert!(matches!(error, StoreError::OlderDatabase { database: 0, .. }), "{error:?}");
        does(&store, "DROP TABLE task").await;
        assert_eq!(
            store.migrate().await.unwrap().from_version,
            0,
            "nothing half stands in the way of a second try"
        );
    }
}

#[tokio::test]
async fn a_newer_database_is_refused() {
    for store in both().await {
        let current = store.migrate().await.unwrap().to_version;
        let newer = current + 1;
        does(
            &store,
            &format!(
                "INSERT INTO schema_migration (version, name, checksum) SELECT {newer}, 'later', checksum
                FROM schema_migration WHERE version = 1"
            ),
        )
        .await;
        for error in [store.migrate().await.unwrap_err(), store.check_version().await.unwrap_err()] {
            let StoreError::NewerDatabase { database, known } = error else { panic!("{error:?}") };
            assert_eq!((database, known), (newer, current));
        }
    }
}

#[tokio::test]
async fn a_migration_in_another_wording_is_refused() {
    for store in both().await {
        store.migrate().await.unwrap();
        does(
            &store,
            "UPDATE schema_migration SET checksum = (SELECT checksum FROM schema_migration WHERE version = 1)
            WHERE version = 2",
        )
        .await;
        let error = store.migrate().await.unwrap_err();
        assert!(matches!(error, StoreError::ChangedMigration { version: 2 }), "{error:?}");
    }
}

#[tokio::test]
async fn an_address_that_is_no_database_is_named() {
    for address in ["", "mysql://x", "/var/lib/dunlin.db", "sqlite::memory:", "sqlite:x?mode=memory"] {
        let error = Store::connect(address).await.unwrap_err();
        assert!(matches!(error, StoreError::Address(_)), "{address}: {error:?}");
    }
}

#[tokio::test]
async fn sqlite_keeps_what_it_acknowledged_and_its_guards() {
    let store = empty_sqlite().await;
    let mut tx = store.begin().await.unwrap();
    for (pragma, expected) in
        [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("recursive_triggers", "1")]
    {
        let found =
            look(&mut tx, &format!("SELECT CAST({pragma} AS TEXT) FROM pragma_{pragma}")).await.unwrap();
        assert_eq!(found, [expected], "{pragma}");
    }
}

#[tokio::test]
async fn a_reading_transaction_cannot_write() {
    for store in both().await {
        store.migrate().await.unwrap();
        let mut tx = store.read().await.unwrap();
        let error = attack(&mut tx, "DELETE FROM task").await.unwrap_err();
        assert!(error.is_unavailable(), "{error:?}");
    }
}
