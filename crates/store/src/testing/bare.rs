//! The least that keeping an event can cost: its bytes under its id in a table without guards, committed as durably as
//! everything else. Benchmarks compare with it.

use super::attack;
use crate::bulk::Given;
use crate::{Store, StoreError};

/// Makes the table.
pub async fn make(store: &Store) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    let bytes = if tx.writes_alone() { "BLOB" } else { "BYTEA" };
    attack(&mut tx, &format!("CREATE TABLE bare (id TEXT NOT NULL PRIMARY KEY, payload {bytes} NOT NULL)"))
        .await?;
    tx.commit().await
}

/// Keeps one, in one statement that commits by itself.
pub async fn keep(store: &Store, id: &str, payload: &[u8]) -> Result<(), StoreError> {
    store.insert_alone("INSERT INTO bare (id, payload) VALUES ($1, $2)", id, payload).await
}

/// Keeps many in one transaction.
pub async fn keep_together(store: &Store, rows: &[(String, &[u8])]) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    Given::of(rows)
        .text("id", |(id, _)| &id[..])
        .bytes("payload", |(_, payload)| *payload)
        .insert(&mut tx, "bare")
        .await?;
    tx.commit().await
}
