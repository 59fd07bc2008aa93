//! Many rows in one statement: ids as a list ([`on_ids!`]), rows as a table called `given` ([`Given`]). The fork by dialect is
//! here, the statements are written once.

use domain::{Date, Timestamp};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, FromRow};
use uuid::Uuid;

use crate::tx::Connection;
use crate::{StoreError, Tx};

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

/// The most rows that PostgreSQL is given with one statement, as an array for each column.
const ROWS_AT_ONCE: usize = 1000;

/// How many rows SQLite is given with one statement, as so many times so many parameters: a few sizes, so that the statements
/// stay prepared, and none beyond its 32,766 parameters.
const SQLITE_ROWS: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

/// Makes the statement for as many rows as a database takes at once, and runs it until all have been given.
macro_rules! in_batches {
    ($given:expr, $tx:expr, $sql:expr, $make:ident, |$query:ident, $connection:ident| $run:expr, |$done:ident| $take:block) => {{
        let mut from = 0;
        while from < $given.rows.len() {
            let left = $given.rows.len() - from;
            match $tx.connection() {
                Connection::Sqlite(transaction) => {
                    let rows = sqlite_rows(left);
                    let sql = AssertSqlSafe($sql(&$given.sqlite_table(rows)));
                    let $query = sqlx::$make(sql, $given.sqlite_arguments(from, rows)?);
                    let $connection = &mut **transaction;
                    let outcome = $run.await;
                    let $done = $tx.noted(outcome)?;
                    from += rows;
                    $take
                }
                Connection::Postgres(transaction) => {
                    let rows = left.min(ROWS_AT_ONCE);
                    let sql = AssertSqlSafe($sql(&$given.postgres_table()));
                    let $query = sqlx::$make(sql, $given.postgres_arguments(from, rows)?);
                    let $connection = &mut **transaction;
                    let outcome = $run.await;
                    let $done = $tx.noted(outcome)?;
                    from += rows;
                    $take
                }
            }
        }
    }};
}

/// One column of what is given.
enum Values<'a> {
    Uuid(Vec<Option<Uuid>>),
    Number(Vec<Option<i64>>),
    Text(Vec<Option<&'a str>>),
    Instant(Vec<Option<Timestamp>>),
    Bytes(Vec<Option<&'a [u8]>>),
    Day(Vec<Date>),
    Flag(Vec<bool>),
}

/// Rows as a statement is given them: the table `given`, with a column for each value that is taken from a row.
///
/// ```ignore
/// Given::of(&links).uuid("id", |link| link.id).number("position", |link| link.position).insert(tx, "chain").await?;
/// ```
pub(crate) struct Given<'a, T> {
    rows: &'a [T],
    columns: Vec<(&'static str, Values<'a>)>,
}

impl<'a, T> Given<'a, T> {
    /// These rows.
    pub(crate) fn of(rows: &'a [T]) -> Self {
        Self { rows, columns: Vec::new() }
    }

    /// A column of ids.
    pub(crate) fn uuid<V: Into<Option<Uuid>>>(self, name: &'static str, value: impl Fn(&'a T) -> V) -> Self {
        let values = self.rows.iter().map(|row| value(row).into()).collect();
        self.column(name, Values::Uuid(values))
    }

    /// A column of whole numbers.
    pub(crate) fn number<V: Into<Option<i64>>>(self, name: &'static str, value: impl Fn(&'a T) -> V) -> Self {
        let values = self.rows.iter().map(|row| value(row).into()).collect();
        self.column(name, Values::Number(values))
    }

    /// A column of text.
    pub(crate) fn text<V: Into<Option<&'a str>>>(
        self,
        name: &'static str,
        value: impl Fn(&'a T) -> V,
    ) -> Self {
        let values = self.rows.iter().map(|row| value(row).into()).collect();
        self.column(name, Values::Text(values))
    }

    /// A column of instants.
    pub(crate) fn instant<V>(self, name: &'static str, value: impl Fn(&'a T) -> V) -> Self
    where
        V: Into<Option<Timestamp>>,
    {
        let values = self.rows.iter().map(|row| value(row).into()).collect();
        self.column(name, Values::Instant(values))
    }

    /// A column of bytes.
    pub(crate) fn bytes<V>(self, name: &'static str, value: impl Fn(&'a T) -> V) -> Self
    where
        V: Into<Option<&'a [u8]>>,
    {
        let values = self.rows.iter().map(|row| value(row).into()).collect();
        self.column(name, Values::Bytes(values))
    }

    /// A column of dates.
    pub(crate) fn day(self, name: &'static str, value: impl Fn(&'a T) -> Date) -> Self {
        let values = self.rows.iter().map(value).collect();
        self.column(name, Values::Day(values))
    }

    /// A column of yes and no.
    pub(crate) fn flag(self, name: &'static str, value: impl Fn(&'a T) -> bool) -> Self {
        let values = self.rows.iter().map(value).collect();
        self.column(name, Values::Flag(values))
    }

    fn column(mut self, name: &'static str, values: Values<'a>) -> Self {
        self.columns.push((name, values));
        self
    }

    /// Inserts the rows into a table whose columns are called the same.
    pub(crate) async fn insert(self, tx: &mut Tx, table: &str) -> Result<(), StoreError> {
        let names = self.names();
        self.execute(tx, |given| format!("INSERT INTO {table} ({names}) SELECT given.* FROM {given}"))
            .await?;
        Ok(())
    }

    /// The names of the columns, as they stand in a statement.
    pub(crate) fn names(&self) -> String {
        let names: Vec<&str> = self.columns.iter().map(|(name, _)| *name).collect();
        names.join(", ")
    }

    /// Runs the statement that `sql` makes of the table's text, as often as the rows need, and tells how many rows it touched.
    pub(crate) async fn execute(self, tx: &mut Tx, sql: impl Fn(&str) -> String) -> Result<u64, StoreError> {
        let mut touched = 0;
        in_batches!(self, tx, sql, query_with, |query, connection| query.execute(connection), |done| {
            touched += done.rows_affected();
        });
        Ok(touched)
    }

    /// Like [`execute`](Self::execute), for a statement that returns rows.
    pub(crate) async fn fetch<O>(
        self,
        tx: &mut Tx,
        sql: impl Fn(&str) -> String,
    ) -> Result<Vec<O>, StoreError>
    where
        O: Send + Unpin + for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow>,
    {
        let mut found: Vec<O> = Vec::with_capacity(self.rows.len());
        in_batches!(self, tx, sql, query_as_with, |query, connection| query.fetch_all(connection), |rows| {
            found.extend(rows);
        });
        Ok(found)
    }

    /// `(SELECT column1 AS id, … FROM (VALUES (?, …), …)) AS given`.
    fn sqlite_table(&self, rows: usize) -> String {
        use std::fmt::Write;
        let mut table = String::from("(SELECT ");
        for (place, (name, _)) in self.columns.iter().enumerate() {
            let comma = if place > 0 { ", " } else { "" };
            // Writing to a string cannot fail.
            let _ = write!(table, "{comma}column{} AS {name}", place + 1);
        }
        table.push_str(" FROM (VALUES ");
        let width = self.columns.len();
        for row in 0..rows {
            table.push_str(if row > 0 { ", (?" } else { "(?" });
            for _ in 1..width {
                table.push_str(", ?");
            }
            table.push(')');
        }
        table.push_str(")) AS given");
        table
    }

    fn sqlite_arguments(&self, from: usize, rows: usize) -> Result<SqliteArguments, sqlx::Error> {
        let mut arguments = SqliteArguments::default();
        arguments.reserve(rows * self.columns.len(), 0);
        for row in from..from + rows {
            for (_, values) in &self.columns {
                match values {
                    Values::Uuid(values) => arguments.add(values[row]),
                    Values::Number(values) => arguments.add(values[row]),
                    Values::Text(values) => arguments.add(values[row]),
                    Values::Instant(values) => arguments.add(values[row]),
                    Values::Bytes(values) => arguments.add(values[row]),
                    Values::Day(values) => arguments.add(values[row]),
                    Values::Flag(values) => arguments.add(values[row]),
                }
                .map_err(sqlx::Error::Encode)?;
            }
        }
        Ok(arguments)
    }

    /// `UNNEST($1::UUID[], …) AS given (id, …)`.
    fn postgres_table(&self) -> String {
        let arrays: Vec<String> = self
            .columns
            .iter()
            .zip(1..)
            .map(|((_, values), place)| {
                let of = match values {
                    Values::Uuid(_) => "UUID",
                    Values::Number(_) => "BIGINT",
                    Values::Text(_) => "TEXT",
                    Values::Instant(_) => "TIMESTAMPTZ",
                    Values::Bytes(_) => "BYTEA",
                    Values::Day(_) => "DATE",
                    Values::Flag(_) => "BOOLEAN",
                };
                format!("${place}::{of}[]")
            })
            .collect();
        format!("UNNEST({}) AS given ({})", arrays.join(", "), self.names())
    }

    fn postgres_arguments(&self, from: usize, rows: usize) -> Result<PgArguments, sqlx::Error> {
        let mut arguments = PgArguments::default();
        let these = from..from + rows;
        for (_, values) in &self.columns {
            match values {
                Values::Uuid(values) => arguments.add(&values[these.clone()]),
                Values::Number(values) => arguments.add(&values[these.clone()]),
                Values::Text(values) => arguments.add(&values[these.clone()]),
                Values::Instant(values) => arguments.add(&values[these.clone()]),
                Values::Bytes(values) => arguments.add(&values[these.clone()]),
                Values::Day(values) => arguments.add(&values[these.clone()]),
                Values::Flag(values) => arguments.add(&values[these.clone()]),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok(arguments)
    }
}

fn sqlite_rows(left: usize) -> usize {
    SQLITE_ROWS.into_iter().find(|size| *size <= left).unwrap_or(1)
}
