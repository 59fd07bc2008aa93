//! Throw-away databases for tests, and [`conformance!`](crate::conformance), which stamps a test for both.
//!
//! Each test has a database of its own, migrated, and gone when the test ends. PostgreSQL is the server that
//! `TEST_POSTGRES_URL` names, or a throw-away cluster that the test processes of this machine share (see [`cluster`]). A
//! missing PostgreSQL is a failure that names the remedy, never a skip.

#![expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    clippy::panic,
    reason = "tests stop at what they cannot do without"
)]

pub mod bare;
mod cluster;
pub mod cut;

use std::hash::{BuildHasher, Hasher, RandomState};
use std::ops::Deref;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sqlx::postgres::PgConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use crate::{Dialect, Store, StoreError, Tx};

/// A [`Store`] whose database ends with it.
#[derive(Debug)]
pub struct TestStore {
    store: Store,
    address: String,
    remains: Remains,
}

#[derive(Debug)]
enum Remains {
    Directory(#[expect(dead_code, reason = "held: dropping it deletes the files")] TempDir),
    Database { server: Box<PgConnectOptions>, name: String },
}

impl TestStore {
    /// What a program is given to open the same database: a second instance, a server under test.
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        &self.store
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        let Remains::Database { server, name } = &self.remains else { return };
        let drop = format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)");
        let server = server.clone();
        // A failure leaves a database behind in a cluster that is thrown away: nothing to fail a test for.
        let _ = on_own_thread(async move { run(&server, &drop).await });
    }
}

/// A migrated SQLite database in a file of its own.
pub async fn sqlite() -> TestStore {
    static TEMPLATE: OnceLock<Vec<u8>> = OnceLock::new();
    let template = TEMPLATE.get_or_init(|| on_own_thread(sqlite_template()));
    let directory = temporary_directory();
    let path = directory.path().join("dunlin.db");
    std::fs::write(&path, template).expect("writing a test database");
    open_sqlite(directory, &path).await
}

/// An empty SQLite database, for tests of migrating.
pub async fn empty_sqlite() -> TestStore {
    let directory = temporary_directory();
    let path = directory.path().join("dunlin.db");
    open_sqlite(directory, &path).await
}

async fn open_sqlite(directory: TempDir, path: &Path) -> TestStore {
    let address = format!("sqlite:{}", path.display());
    let store = Store::connect_for_a_test(&address).await.expect("opening a test database");
    TestStore { store, address, remains: Remains::Directory(directory) }
}

async fn sqlite_template() -> Vec<u8> {
    let directory = temporary_directory();
    let path = directory.path().join("template.db");
    let store = Store::connect(&format!("sqlite:{}", path.display())).await.expect("opening the template");
    store.migrate().await.expect("migrating the template");
    // Closing the last connection moves the write-ahead log into the file.
    store.close().await;
    std::fs::read(&path).expect("reading the template")
}

/// In memory where the machine has such a place: a test needs no durability, and SQLite asks for it at every commit.
fn temporary_directory() -> TempDir {
    let memory = PathBuf::from("/dev/shm");
    let mut builder = tempfile::Builder::new();
    builder.prefix("dunlin-test-");
    builder.tempdir_in(memory).or_else(|_| builder.tempdir()).expect("making a temporary directory")
}

/// A migrated PostgreSQL database of its own.
pub async fn postgres() -> TestStore {
    let (server, template) = server().await;
    make_database(server, Some(&template)).await
}

/// An empty PostgreSQL database, for tests of migrating.
pub async fn empty_postgres() -> TestStore {
    let (server, _template) = server().await;
    make_database(server, None).await
}

async fn make_database(server: PgConnectOptions, template: Option<&str>) -> TestStore {
    let name = format!("dunlin_test_{:016x}", random());
    let template = template.map_or(String::new(), |template| format!("TEMPLATE {template}"));
    run(&server, &format!("CREATE DATABASE {name} {template}")).await.expect("making a test database");
    let address = cluster::address(&server, &name);
    let store = Store::connect_for_a_test(&address).await.expect("opening a test database");
    TestStore { store, address, remains: Remains::Database { server: Box::new(server), name } }
}

/// The server, and the name of a migrated database on it to copy from. Made once a process.
async fn server() -> (PgConnectOptions, String) {
    static SERVER: OnceLock<Result<(PgConnectOptions, String), String>> = OnceLock::new();
    let made = tokio::task::spawn_blocking(|| {
        SERVER.get_or_init(|| {
            let server = cluster::find_or_start()?;
            let options = server.clone();
            let template = on_own_thread(async move { postgres_template(&options).await })
                .map_err(|error| format!("PostgreSQL for tests does not work: {error}"))?;
            Ok((server, template))
        })
    });
    match made.await.expect("starting PostgreSQL") {
        Ok(made) => made.clone(),
        Err(problem) => panic!("{problem}"),
    }
}

/// Makes the migrated database that tests copy, unless another process did. It is built under another name, so that one
/// that stands is whole.
async fn postgres_template(
    server: &PgConnectOptions,
) -> Result<String, Box<dyn std::error::Error + Send + Sync>> {
    let name = format!("dunlin_template_{:016x}", crate::migrate::fingerprint());
    let mut admin = PgConnection::connect_with(server).await?;
    // Held until this connection closes: the others wait here.
    sqlx::query("SELECT pg_advisory_lock(386546)").execute(&mut admin).await?;
    let found: Option<i32> = sqlx::query_scalar("SELECT 1 FROM pg_database WHERE datname = $1")
        .bind(&name)
        .fetch_optional(&mut admin)
        .await?;
    if found.is_none() {
        let building = format!("{name}_building");
        run(server, &format!("DROP DATABASE IF EXISTS {building} WITH (FORCE)")).await?;
        run(server, &format!("CREATE DATABASE {building}")).await?;
        let store = Store::connect(&cluster::address(server, &building)).await?;
        store.migrate().await?;
        store.close().await;
        run(server, &format!("ALTER DATABASE {building} RENAME TO {name}")).await?;
    }
    admin.close().await?;
    Ok(name)
}

async fn run(server: &PgConnectOptions, sql: &str) -> Result<(), sqlx::Error> {
    let mut admin = PgConnection::connect_with(server).await?;
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await?;
    admin.close().await
}

/// Runs a future to its end on a thread and a runtime of its own: from `Drop`, and for what outlives one test's runtime.
fn on_own_thread<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    std::thread::spawn(|| {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().expect("making a runtime");
        runtime.block_on(future)
    })
    .join()
    .expect("the helper thread panicked")
}

/// Told apart from other processes' names; nothing depends on its being unguessable.
fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Any SQL, past all functions of this crate: for tests that attack the guards. Returns the rows touched.
pub async fn attack(tx: &mut Tx, sql: &str) -> Result<u64, StoreError> {
    execute!(tx, sqlx::raw_sql(AssertSqlSafe(sql)))
}

/// Any query for one column of text.
pub async fn look(tx: &mut Tx, sql: &str) -> Result<Vec<String>, StoreError> {
    on!(tx, connection => sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(connection))
}

/// The value of a UUID in SQL of this database.
pub fn uuid_literal(dialect: Dialect, id: uuid::Uuid) -> String {
    match dialect {
        Dialect::Sqlite => format!("x'{}'", id.simple()),
        Dialect::Postgres => format!("CAST('{id}' AS UUID)"),
    }
}

/// Bytes in SQL of this database.
pub fn bytes_literal(dialect: Dialect, bytes: &[u8]) -> String {
    match dialect {
        Dialect::Sqlite => format!("x'{}'", hex::encode(bytes)),
        Dialect::Postgres => format!("CAST('\\x{}' AS BYTEA)", hex::encode(bytes)),
    }
}

/// Stamps tests for both databases: each `async fn name(store: TestStore) { … }` becomes `name::sqlite` and
/// `name::postgres`.
#[macro_export]
macro_rules! conformance {
    ($($(#[$meta:meta])* async fn $name:ident($store:ident: TestStore) $body:block)+) => { $(
        mod $name {
            use super::*;

            $(#[$meta])*
            async fn story($store: $crate::testing::TestStore) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                story($crate::testing::sqlite().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                story($crate::testing::postgres().await).await;
            }
        }
    )+ };
}
