//! A transaction, and the macro that writes one SQL text for both drivers.

use sqlx::pool::PoolConnection;
use sqlx::{Postgres, Sqlite, Transaction};

use crate::StoreError;
use crate::crash;
use crate::events::{self, NewEvent};

/// Runs a query on whichever database the transaction is of: `on!(tx, connection => sqlx::query_as("… $1 …").bind(id)
/// .fetch_optional(connection))?`. The body is expanded once per driver, so its types are checked for both. The result
/// is `Result<_, StoreError>`.
///
/// After an error a transaction is only good for dropping: PostgreSQL refuses everything that follows.
macro_rules! on {
    ($tx:expr, $connection:ident => $query:expr) => {{
        let tx: &mut $crate::Tx = $tx;
        let outcome = match tx.connection() {
            $crate::tx::Connection::Sqlite(transaction) => {
                let $connection = &mut **transaction;
                $query.await
            }
            $crate::tx::Connection::Postgres(transaction) => {
                let $connection = &mut **transaction;
                $query.await
            }
        };
        tx.noted(outcome)
    }};
}

/// Runs a statement without rows: `execute!(tx, sqlx::query("…").bind(id))?` is the number of rows it touched.
macro_rules! execute {
    ($tx:expr, $query:expr) => {{
        let tx: &mut $crate::Tx = $tx;
        let outcome = match tx.connection() {
            $crate::tx::Connection::Sqlite(transaction) => {
                $query.execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
            $crate::tx::Connection::Postgres(transaction) => {
                $query.execute(&mut **transaction).await.map(|done| done.rows_affected())
            }
        };
        tx.noted(outcome)
    }};
}

/// The transaction of one driver.
#[derive(Debug)]
pub(crate) enum Connection {
    /// A transaction is open on it; the pool rolls it back when it returns without a commit.
    Sqlite(PoolConnection<Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// A transaction. Dropped without [`Tx::commit`] it leaves no trace.
#[derive(Debug)]
pub struct Tx {
    connection: Connection,
    writes: bool,
    events: Vec<NewEvent>,
    failed_transiently: bool,
}

impl Tx {
    pub(crate) fn new(connection: Connection, writes: bool) -> Self {
        Self { connection, writes, events: Vec::new(), failed_transiently: false }
    }

    pub(crate) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Whether nobody else can write while this transaction does, so that rows need no lock.
    pub(crate) fn writes_alone(&self) -> bool {
        matches!(self.connection, Connection::Sqlite(_))
    }

    pub(crate) fn failed_transiently(&self) -> bool {
        self.failed_transiently
    }

    /// Translates a driver's error, and remembers whether trying again may help, whatever becomes of the error later.
    pub(crate) fn noted<T>(&mut self, outcome: Result<T, sqlx::Error>) -> Result<T, StoreError> {
        outcome.map_err(|error| {
            let error = StoreError::from(error);
            self.failed_transiently |= error.is_transient();
            error
        })
    }

    /// Records what happened. The events of a transaction are written just before its commit, in this order, with one
    /// link of the hash chain per business.
    pub fn record(&mut self, event: NewEvent) {
        debug_assert!(self.writes, "a reading transaction has nothing to tell");
        self.events.push(event);
    }

    /// Writes the recorded events and commits.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        if !self.writes {
            return Ok(());
        }
        let events = std::mem::take(&mut self.events);
        events::write(&mut self, &events).await?;
        crash::point(crash::BEFORE_COMMIT).await;
        match self.connection {
            Connection::Sqlite(mut connection) => {
                sqlx::query("COMMIT").execute(&mut *connection).await?;
            }
            Connection::Postgres(transaction) => transaction.commit().await?,
        }
        crash::point("after commit").await;
        Ok(())
    }
}
