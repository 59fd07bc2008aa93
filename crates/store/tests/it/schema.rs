//! Both databases have the same tables, columns, guards and keys, and no place for a float.

use std::collections::BTreeSet;

use store::testing::{look, postgres, sqlite};

/// `table.column type`, in the words of a dialect-free type.
async fn columns(store: &store::Store, sql: &str) -> BTreeSet<String> {
    let mut tx = store.read().await.unwrap();
    look(&mut tx, sql).await.unwrap().into_iter().collect()
}

const SQLITE_COLUMNS: &str = "
    SELECT m.name || '.' || c.name || ' ' || lower(c.type) || CASE WHEN c.\"notnull\" = 1 THEN ' not null' ELSE '' END
    FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
    WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'";

const POSTGRES_COLUMNS: &str = "
    SELECT table_name || '.' || column_name || ' ' || data_type
        || CASE WHEN is_nullable = 'NO' THEN ' not null' ELSE '' END
    FROM information_schema.columns WHERE table_schema = 'public'";

/// How PostgreSQL's types stand in SQLite.
fn in_sqlite(column: &str) -> String {
    [
        ("timestamp with time zone", "text"),
        ("date", "text"),
        ("uuid", "blob"),
        ("bytea", "blob"),
        ("bigint", "integer"),
        ("boolean", "integer"),
    ]
    .iter()
    .fold(column.to_owned(), |column, (postgres, sqlite)| {
        column.replace(&format!(" {postgres}"), &format!(" {sqlite}"))
    })
}

#[tokio::test]
async fn both_databases_have_the_same_columns() {
    let sqlite = columns(&*sqlite().await, SQLITE_COLUMNS).await;
    let postgres: BTreeSet<String> =
        columns(&*postgres().await, POSTGRES_COLUMNS).await.iter().map(|column| in_sqlite(column)).collect();
    assert!(sqlite.len() > 200, "the comparison sees the schema");
    let only_sqlite: Vec<_> = sqlite.difference(&postgres).collect();
    let only_postgres: Vec<_> = postgres.difference(&sqlite).collect();
    assert!(only_sqlite.is_empty() && only_postgres.is_empty(), "{only_sqlite:?} {only_postgres:?}");
}

#[tokio::test]
async fn no_column_is_a_float() {
    let known_sqlite = ["text", "integer", "blob"];
    for column in columns(&*sqlite().await, SQLITE_COLUMNS).await {
        let kind = column.split(' ').nth(1).unwrap().to_owned();
        assert!(known_sqlite.contains(&&kind[..]), "{column}");
    }
    let known_postgres = ["text", "bigint", "boolean", "uuid", "bytea", "date", "timestamp"];
    for column in columns(&*postgres().await, POSTGRES_COLUMNS).await {
        let kind = column.split(' ').nth(1).unwrap().to_owned();
        assert!(known_postgres.contains(&&kind[..]), "{column}");
    }
}

#[tokio::test]
async fn every_sqlite_table_is_strict() {
    let loose = columns(
        &*sqlite().await,
        "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND strict = 0
            AND name NOT LIKE 'sqlite_%'",
    )
    .await;
    assert_eq!(loose, BTreeSet::new());
}

#[tokio::test]
async fn both_databases_have_the_same_indexes_by_name() {
    let sqlite = columns(
        &*sqlite().await,
        "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite_autoindex%'",
    )
    .await;
    let postgres = columns(
        &*postgres().await,
        "SELECT CAST(indexname AS TEXT) FROM pg_indexes WHERE schemaname = 'public'
            AND indexname NOT IN (SELECT conname FROM pg_constraint)",
    )
    .await;
    assert_eq!(sqlite, postgres);
}

#[tokio::test]
async fn every_unique_key_of_postgres_has_the_name_that_sqlite_errors_are_given() {
    let store = postgres().await;
    let names = columns(
        &store,
        "SELECT conname || ' ' || conrelid::regclass || '_' || (
            SELECT string_agg(attname, '_' ORDER BY place) FROM unnest(conkey) WITH ORDINALITY AS k (number, place)
            JOIN pg_attribute ON attrelid = conrelid AND attnum = number) || '_key'
         FROM pg_constraint WHERE contype = 'u' AND connamespace = 'public'::regnamespace",
    )
    .await;
    for name in names {
        let (given, expected) = name.split_once(' ').unwrap();
        assert_eq!(given, expected);
    }
}
