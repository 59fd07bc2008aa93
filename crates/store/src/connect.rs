//! Opening the database. Everything that differs by dialect at connection time is here.

use std::str::FromStr;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePool, SqlitePoolOptions,
    SqliteSynchronous,
};

use crate::StoreError;
use crate::migrate::{self, Migrated};
use crate::tx::{Connection, Tx};

/// How long a writer waits for another process's write lock, and how long anyone waits for a connection.
const PATIENCE: Duration = Duration::from_secs(5);

/// How often idempotent work is tried before a busy database is reported.
const TRIES: u32 = 6;

/// Which database stands behind a [`Store`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// A file.
    Sqlite,
    /// A server, for more than one machine.
    Postgres,
}

/// The database. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Store(Pools);

#[derive(Debug, Clone)]
enum Pools {
    /// SQLite has one writer at a time anyway: one connection makes writers queue in order instead of polling for the lock.
    Sqlite {
        write: SqlitePool,
        read: SqlitePool,
    },
    Postgres(PgPool),
}

impl Store {
    /// Opens `sqlite:<file>` (made if it is missing) or `postgres://…`. Migrates nothing: see [`Store::migrate`].
    pub async fn connect(address: &str) -> Result<Self, StoreError> {
        Self::connect_with_patience(address, PATIENCE).await
    }

    /// The same, for tests of many at once: on a machine that has other things to do, whoever comes last of sixty-four may
    /// wait longer than a customer would.
    #[cfg(feature = "testing")]
    pub(crate) async fn connect_for_a_test(address: &str) -> Result<Self, StoreError> {
        Self::connect_with_patience(address, 12 * PATIENCE).await
    }

    async fn connect_with_patience(address: &str, patience: Duration) -> Result<Self, StoreError> {
        if address.starts_with("sqlite:") {
            Self::connect_sqlite(address, patience).await
        } else if address.starts_with("postgres:") || address.starts_with("postgresql:") {
            Self::connect_postgres(address, patience).await
        } else {
            Err(StoreError::Address("it names neither".into()))
        }
    }

    async fn connect_sqlite(address: &str, patience: Duration) -> Result<Self, StoreError> {
        if address.contains(":memory:") || address.contains("mode=memory") {
            return Err(StoreError::Address(
                "a database in memory would forget what it promised to keep".into(),
            ));
        }
        let options = SqliteConnectOptions::from_str(address)
            .map_err(|error| StoreError::Address(error.to_string().into()))?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // What was acknowledged survives a power cut.
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            // Without it INSERT OR REPLACE passes by the triggers that keep append-only tables.
            .pragma("recursive_triggers", "ON")
            .pragma("trusted_schema", "OFF")
            // Rows come from the driver's own thread: the fewer the stops on the way, the better.
            .row_buffer_size(1024)
            // Statements over many rows come in seven sizes each.
            .statement_cache_capacity(512)
            .busy_timeout(patience);
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(patience)
            .idle_timeout(None)
            .max_lifetime(None)
            // A file does not hang up: asking before every use whether it is there finds out nothing.
            .test_before_acquire(false)
            .after_release(|connection, _| Box::pin(end_transaction(connection)))
            // Of what one transaction of the planner touches, nothing is read twice: 16 MB, taken only when used.
            .connect_with(options.clone().pragma("cache_size", "-16000"))
            .await?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(patience)
            .test_before_acquire(false)
            .after_release(|connection, _| Box::pin(end_transaction(connection)))
            .connect_lazy_with(options.pragma("query_only", "ON"));
        Ok(Self(Pools::Sqlite { write, read }))
    }

    async fn connect_postgres(address: &str, patience: Duration) -> Result<Self, StoreError> {
        let options = PgConnectOptions::from_str(address)
            .map_err(|error| StoreError::Address(error.to_string().into()))?
            .application_name("dunlin")
            // A stuck peer must not hold everybody else up for ever.
            .options([
                ("lock_timeout", format!("{}s", 2 * patience.as_secs())),
                ("statement_timeout", "60s".to_owned()),
                ("idle_in_transaction_session_timeout", "60s".to_owned()),
            ]);
        let pool =
            PgPoolOptions::new().max_connections(10).acquire_timeout(patience).connect_with(options).await?;
        Ok(Self(Pools::Postgres(pool)))
    }

    /// Which database this is.
    pub fn dialect(&self) -> Dialect {
        match self.0 {
            Pools::Sqlite { .. } => Dialect::Sqlite,
            Pools::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Brings the schema to this program's version, all steps or none, one process at a time. A newer database is refused.
    pub async fn migrate(&self) -> Result<Migrated, StoreError> {
        let mut tx = self.begin().await?;
        let migrated = migrate::run(&mut tx, self.dialect(), migrate::MIGRATIONS).await?;
        tx.commit().await?;
        Ok(migrated)
    }

    /// Refuses a database that is not at this program's version.
    pub async fn check_version(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        migrate::check(&mut tx, self.dialect(), migrate::MIGRATIONS).await
    }

    /// A transaction that writes. On SQLite it takes the write lock at once: a transaction that reads first and writes
    /// later would be refused when somebody else wrote in between.
    pub async fn begin(&self) -> Result<Tx, StoreError> {
        let connection = match &self.0 {
            Pools::Sqlite { write, .. } => begin_sqlite(write, "BEGIN IMMEDIATE").await?,
            Pools::Postgres(pool) => Connection::Postgres(pool.begin().await?),
        };
        Ok(Tx::new(connection, true))
    }

    /// A transaction that only reads, and sees one moment of the database throughout. It waits for no writer.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let connection = match &self.0 {
            Pools::Sqlite { read, .. } => begin_sqlite(read, "BEGIN DEFERRED").await?,
            Pools::Postgres(pool) => Connection::Postgres(
                pool.begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY").await?,
            ),
        };
        Ok(Tx::new(connection, false))
    }

    /// Does **idempotent** work in a transaction and commits it, trying again when somebody else was in the way: SQLite
    /// busy, PostgreSQL serialisation failures and deadlocks, a lost connection (at commit too, when nobody can know
    /// whether it happened: hence idempotent). The work must have no effect outside the transaction.
    ///
    /// What the work borrows keeps the compiler from seeing that the future may move between threads; callers run it on
    /// a local task.
    pub async fn transact<T, E, F>(&self, work: F) -> Result<T, E>
    where
        E: From<StoreError>,
        F: AsyncFn(&mut Tx) -> Result<T, E>,
    {
        let mut tries = 0;
        loop {
            tries += 1;
            let failure = match self.begin().await {
                Err(error) => (error.is_transient(), E::from(error)),
                Ok(mut tx) => match work(&mut tx).await {
                    Err(error) => (tx.failed_transiently(), error),
                    Ok(value) => match tx.commit().await {
                        Ok(()) => return Ok(value),
                        Err(error) => (error.is_transient(), E::from(error)),
                    },
                },
            };
            let (transient, error) = failure;
            if !transient || tries == TRIES {
                return Err(error);
            }
            tracing::debug!(tries, "trying the transaction again");
            tokio::time::sleep(Duration::from_millis(5 << (2 * tries))).await;
        }
    }

    /// Inserts a row without a transaction around it: the floor that benchmarks compare with.
    #[cfg(feature = "testing")]
    pub(crate) async fn insert_alone(
        &self,
        sql: &'static str,
        id: &str,
        payload: &[u8],
    ) -> Result<(), StoreError> {
        match &self.0 {
            Pools::Sqlite { write, .. } => {
                sqlx::query(sql).bind(id).bind(payload).execute(write).await.map(|_done| ())?;
            }
            Pools::Postgres(pool) => {
                sqlx::query(sql).bind(id).bind(payload).execute(pool).await.map(|_done| ())?;
            }
        }
        Ok(())
    }

    /// Asks the database for an answer: for readiness checks. Writes nothing.
    pub async fn ping(&self) -> Result<(), StoreError> {
        let mut tx = self.read().await?;
        let _one: i64 =
            on!(&mut tx, connection => sqlx::query_scalar("SELECT CAST(1 AS BIGINT)").fetch_one(connection))?;
        Ok(())
    }

    /// Closes all connections, waiting for those in use.
    pub async fn close(&self) {
        match &self.0 {
            Pools::Sqlite { write, read } => {
                read.close().await;
                write.close().await;
            }
            Pools::Postgres(pool) => pool.close().await,
        }
    }
}

/// Begins a transaction of our own. SQLite ends one by itself when the disk is full or fails; the driver's transactions
/// do not notice that and leave a connection on which none can begin again.
async fn begin_sqlite(pool: &SqlitePool, begin: &'static str) -> Result<Connection, StoreError> {
    let mut connection = pool.acquire().await?;
    sqlx::query(begin).execute(&mut *connection).await?;
    Ok(Connection::Sqlite(connection))
}

/// Rolls back what a returned connection left open: true if it may be used again.
async fn end_transaction(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    const NO_TRANSACTION: &str = "no transaction is active";
    match sqlx::query("ROLLBACK").execute(connection).await {
        Ok(_) => Ok(true),
        Err(sqlx::Error::Database(error)) => Ok(error.message().ends_with(NO_TRANSACTION)),
        Err(error) => Err(error),
    }
}
