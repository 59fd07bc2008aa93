//! Many rows in one statement. A list goes in as one parameter: ids as `= ANY` or as a JSON text for SQLite, which has no
//! arrays; rows as a JSON array of objects. The fork by dialect is here, the statements are written once.

use domain::Timestamp;
use serde_json::Value;
use uuid::Uuid;

/// The most rows that go into one statement: some hundred kilobytes of JSON.
pub(crate) const ROWS_AT_ONCE: usize = 1000;

/// Like [`on!`], for a question about many ids at once: `on_ids!(tx, &ids, listed, connection => sqlx::query_as(concat!("…
/// WHERE customer_id ", listed!(), " …")).bind(listed)…)`. The list is always `$1`. SQLite has no arrays, so it is given
/// the ids as one JSON text.
macro_rules! on_ids {
    ($tx:expr, $ids:expr, $listed:ident, $connection:ident => $query:expr) => {{
        let tx: &mut $crate::Tx = $tx;
        let ids: &[uuid::Uuid] = $ids;
        let outcome = match tx.connection() {
            $crate::tx::Connection::Sqlite(transaction) => {
                macro_rules! $listed {
                    () => {
                        "IN (SELECT unhex(value) FROM json_each($1))"
                    };
                }
                let $listed = $crate::bulk::json_of_ids(ids);
                let $connection = &mut **transaction;
                $query.await
            }
            $crate::tx::Connection::Postgres(transaction) => {
                macro_rules! $listed {
                    () => {
                        "= ANY($1)"
                    };
                }
                let $listed = ids;
                let $connection = &mut **transaction;
                $query.await
            }
        };
        tx.noted(outcome)
    }};
}

/// How a column of a JSON object becomes one of SQLite's.
macro_rules! sqlite_column {
    ($column:ident: uuid) => {
        concat!("unhex(value ->> '", stringify!($column), "') AS ", stringify!($column))
    };
    ($column:ident: bytes) => {
        sqlite_column!($column: uuid)
    };
    ($column:ident: $type:ident) => {
        concat!("value ->> '", stringify!($column), "' AS ", stringify!($column))
    };
}

/// As which type PostgreSQL reads a column of a JSON object.
macro_rules! postgres_type {
    (uuid) => {
        "UUID"
    };
    (instant) => {
        "TIMESTAMPTZ"
    };
    (number) => {
        "BIGINT"
    };
    (text) => {
        "TEXT"
    };
    (bytes) => {
        "TEXT"
    };
}

/// How a column that PostgreSQL read becomes what is stored.
macro_rules! postgres_column {
    ($column:ident: bytes) => {
        concat!("decode(", stringify!($column), ", 'hex') AS ", stringify!($column))
    };
    ($column:ident: $type:ident) => {
        stringify!($column)
    };
}

/// Like [`on!`], for a statement over many rows: `on_rows!(tx, &rows, { id: uuid, at: instant }, given, connection =>
/// sqlx::query_as(concat!("… FROM ", given!(), " WHERE t.id = given.id")).bind(given)…)`. The rows are a slice of JSON
/// objects, and always `$1`; the alias of the table they become is `given`.
macro_rules! on_rows {
    ($tx:expr, $rows:expr, { $first:ident: $first_type:ident $(, $column:ident: $type:ident)* $(,)? }, $given:ident,
        $connection:ident => $query:expr) => {{
        let tx: &mut $crate::Tx = $tx;
        let json: String = $crate::bulk::json_of_rows($rows);
        let outcome = match tx.connection() {
            $crate::tx::Connection::Sqlite(transaction) => {
                macro_rules! $given {
                    () => {
                        concat!("(SELECT ", sqlite_column!($first: $first_type)
                            $(, ", ", sqlite_column!($column: $type))*, " FROM json_each($1)) AS given")
                    };
                }
                let $given = &json[..];
                let $connection = &mut **transaction;
                $query.await
            }
            $crate::tx::Connection::Postgres(transaction) => {
                macro_rules! $given {
                    () => {
                        concat!("(SELECT ", postgres_column!($first: $first_type)
                            $(, ", ", postgres_column!($column: $type))*,
                            " FROM json_to_recordset(CAST($1 AS JSON)) AS raw (",
                            stringify!($first), " ", postgres_type!($first_type)
                            $(, ", ", stringify!($column), " ", postgres_type!($type))*, ")) AS given")
                    };
                }
                let $given = &json[..];
                let $connection = &mut **transaction;
                $query.await
            }
        };
        tx.noted(outcome)
    }};
}

/// Inserts many rows, a thousand with each statement: `insert_rows!(tx, &rows, "chain" { position: number, hash: bytes })?`.
macro_rules! insert_rows {
    ($tx:expr, $rows:expr, $table:literal { $first:ident: $first_type:ident $(, $column:ident: $type:ident)* $(,)? }) => {{
        let mut outcome: Result<(), $crate::StoreError> = Ok(());
        for rows in <[_]>::chunks($rows, $crate::bulk::ROWS_AT_ONCE) {
            outcome = on_rows!($tx, rows, { $first: $first_type $(, $column: $type)* }, given, connection => async {
                sqlx::query(concat!("INSERT INTO ", $table, " (", stringify!($first) $(, ", ", stringify!($column))*,
                    ") SELECT given.* FROM ", given!()))
                .bind(given).execute(connection).await.map(|_done| ())
            });
            if outcome.is_err() {
                break;
            }
        }
        outcome
    }};
}

/// `["0198…", …]`, without hyphens, for `unhex`.
pub(crate) fn json_of_ids(ids: &[Uuid]) -> String {
    let mut json = String::with_capacity(2 + 35 * ids.len());
    json.push('[');
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        json.push('"');
        json.push_str(id.simple().encode_lower(&mut Uuid::encode_buffer()));
        json.push('"');
    }
    json.push(']');
    json
}

/// The rows as one JSON text.
pub(crate) fn json_of_rows(rows: &[Value]) -> String {
    let mut json = String::from("[");
    for (place, row) in rows.iter().enumerate() {
        if place > 0 {
            json.push(',');
        }
        json.push_str(&row.to_string());
    }
    json.push(']');
    json
}

/// A UUID, for a column read as `uuid`.
pub(crate) fn uuid(id: Uuid) -> String {
    id.simple().to_string()
}

/// Bytes, for a column read as `bytes`.
pub(crate) fn bytes(bytes: &[u8]) -> String {
    use std::fmt::Write;
    let mut digits = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(digits, "{byte:02x}");
    }
    digits
}

/// An instant, for a column read as `instant`: written as the driver for SQLite writes it, because there instants are
/// compared as text.
pub(crate) fn instant(at: Timestamp) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::AutoSi, false)
}
