//! The floor: the rows that the planner wrote, written again by set-based SQL.
//!
//! They are laid ready under other ids first, which is not measured. Guards, keys and indexes are those of production.

use std::time::{Duration, Instant};

use store::testing::attack;
use store::{Dialect, Store};

/// Lays the rows ready, writes them, commits, and tells how long the writing took.
pub async fn write_again(store: &Store) -> Duration {
    let mut tx = store.begin().await.expect("beginning");
    for statement in lay_ready(store.dialect()) {
        attack(&mut tx, &statement).await.expect("laying rows ready");
    }
    let begun = Instant::now();
    for statement in WRITE {
        attack(&mut tx, statement).await.expect("writing rows");
    }
    tx.commit().await.expect("committing");
    begun.elapsed()
}

/// One link of the chain over all events: with a hash that nobody computed.
const WRITE: [&str; 7] = [
    "INSERT INTO message SELECT * FROM ready_message",
    "INSERT INTO message_part SELECT * FROM ready_part",
    "UPDATE chain_head SET position = position + 1",
    "INSERT INTO chain SELECT * FROM ready_chain",
    "UPDATE chain_head SET hash = (SELECT hash FROM ready_chain)",
    "INSERT INTO event SELECT * FROM ready_event",
    "INSERT INTO event_person SELECT * FROM ready_person",
];

/// Temporary tables like the real ones, with what the planner wrote under new ids. Only the rows of reminders: the business
/// itself left events too.
fn lay_ready(dialect: Dialect) -> Vec<String> {
    // The new id of a row: the old one with its first byte changed, so that order and locality stay.
    let other = |column: &str| match dialect {
        Dialect::Sqlite => format!("unhex('f' || substr(hex({column}), 2))"),
        Dialect::Postgres => {
            format!("CAST(overlay(CAST({column} AS TEXT) PLACING 'f' FROM 1 FOR 1) AS UUID)")
        }
    };
    let (hash, timeout) = match dialect {
        Dialect::Sqlite => ("zeroblob(32)", "SELECT 1"),
        Dialect::Postgres => ("decode(repeat('00', 32), 'hex')", "SET LOCAL statement_timeout = 0"),
    };
    let reminders = "event.kind = 'message.queued'";
    vec![
        timeout.to_owned(),
        "CREATE TEMPORARY TABLE ready_message AS SELECT * FROM message".to_owned(),
        format!(
            "UPDATE ready_message SET id = {}, internet_message_id = 'again-' || internet_message_id",
            other("id")
        ),
        "CREATE TEMPORARY TABLE ready_part AS SELECT * FROM message_part".to_owned(),
        format!("UPDATE ready_part SET message_id = {}, step = step || '-again'", other("message_id")),
        format!(
            "CREATE TEMPORARY TABLE ready_chain AS
             SELECT business_id, position + 1 AS position, hash AS prev_hash, {hash} AS hash,
                (SELECT CAST(COUNT(*) AS BIGINT) FROM event WHERE {reminders}) AS event_count
             FROM chain_head"
        ),
        format!(
            "CREATE TEMPORARY TABLE ready_event AS
             SELECT event.* FROM event WHERE {reminders} ORDER BY chain_position, ordinal"
        ),
        format!(
            "UPDATE ready_event SET id = {}, chain_position = (SELECT position FROM ready_chain),
                ordinal = numbered.number
             FROM (SELECT id AS old_id, ROW_NUMBER() OVER (ORDER BY chain_position, ordinal) - 1 AS number
                FROM ready_event) AS numbered
             WHERE ready_event.id = numbered.old_id",
            other("ready_event.id")
        ),
        format!(
            "CREATE TEMPORARY TABLE ready_person AS
             SELECT event_person.* FROM event_person JOIN event ON event.id = event_person.event_id WHERE {reminders}"
        ),
        format!("UPDATE ready_person SET event_id = {}", other("event_id")),
    ]
}
