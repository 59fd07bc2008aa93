//! Bringing the schema to this program's version.
//!
//! All pending migrations run in one transaction under a lock (SQLite: the write lock of `BEGIN IMMEDIATE`; PostgreSQL: an
//! advisory lock that ends with the transaction), so a process that dies midway leaves nothing behind, and of two that start at
//! once the second finds the work done. A database that knows a newer version, or the same number in another wording, is
//! refused. (sqlx's own migrator takes no lock on SQLite and commits step by step.)

use sha2::{Digest, Sha256};
use sqlx::AssertSqlSafe;

use crate::{Dialect, StoreError, Tx};

/// One step, in both dialects.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

impl Migration {
    fn sql(&self, dialect: Dialect) -> &'static str {
        match dialect {
            Dialect::Sqlite => self.sqlite,
            Dialect::Postgres => self.postgres,
        }
    }
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sqlite: include_str!(concat!("../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../migrations/postgres/", $name, ".sql")),
        }
    };
}

/// Every step, in order; a step's version is its place, counted from 1. Released steps never change: add another.
pub(crate) const MIGRATIONS: &[Migration] = &[
    migration!("0001_people"),
    migration!("0002_record"),
    migration!("0003_invoices"),
    migration!("0004_money"),
    migration!("0005_messages"),
    migration!("0006_follow_up"),
    migration!("0007_delivery"),
    migration!("0008_templates"),
    migration!("0009_stuck"),
    migration!("0010_look_up_by_id"),
    migration!("0011_bank_accounts"),
    migration!("0012_by_hand"),
    migration!("0013_credits"),
    migration!("0014_agreed_excess"),
    migration!("0015_disputes"),
    migration!("0016_bank_statements"),
    migration!("0017_methods_by_kind"),
    migration!("0018_refunds"),
    migration!("0019_codes"),
    migration!("0020_saved_methods"),
    migration!("0021_credit_notes"),
    migration!("0022_recurring"),
    migration!("0023_plans"),
    migration!("0024_saved_while_paying"),
    migration!("0025_statements"),
    migration!("0026_proofs_end"),
    migration!("0027_paid_with_saved"),
    migration!("0028_saved_in_account"),
    migration!("0029_recurring_once"),
    migration!("0030_autopay"),
];

/// What [`Store::migrate`](crate::Store::migrate) did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The version before; 0 for an empty database.
    pub from_version: i64,
    /// The version now.
    pub to_version: i64,
}

/// Runs what is pending, in the transaction given.
pub(crate) async fn run(
    tx: &mut Tx,
    dialect: Dialect,
    migrations: &[Migration],
) -> Result<Migrated, StoreError> {
    lock(tx, dialect).await?;
    script(
        tx,
        match dialect {
            Dialect::Sqlite => {
                "CREATE TABLE IF NOT EXISTS schema_migration (
                    version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BLOB NOT NULL,
                    applied_at TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP) STRICT"
            }
            Dialect::Postgres => {
                "CREATE TABLE IF NOT EXISTS schema_migration (
                    version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL, checksum BYTEA NOT NULL,
                    applied_at TIMESTAMPTZ NOT NULL DEFAULT CURRENT_TIMESTAMP)"
            }
        },
    )
    .await?;
    let from_version = applied(tx, dialect, migrations).await?;
    let mut version = from_version;
    for migration in migrations.iter().skip(usize::try_from(from_version).unwrap_or_default()) {
        version += 1;
        tracing::info!(version, name = migration.name, "migrating");
        script(tx, migration.sql(dialect)).await?;
        execute!(
            tx,
            sqlx::query("INSERT INTO schema_migration (version, name, checksum) VALUES ($1, $2, $3)")
                .bind(version)
                .bind(migration.name)
                .bind(checksum(migration.sql(dialect)))
        )?;
    }
    Ok(Migrated { from_version, to_version: version })
}

/// Refuses a database that is not exactly at the version of `migrations`.
pub(crate) async fn check(tx: &mut Tx, dialect: Dialect, migrations: &[Migration]) -> Result<(), StoreError> {
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    let database =
        if has_migrations_table(tx, dialect).await? { applied(tx, dialect, migrations).await? } else { 0 };
    if database < known { Err(StoreError::OlderDatabase { database, known }) } else { Ok(()) }
}

/// The version the database is at, if its history is a beginning of ours.
async fn applied(tx: &mut Tx, dialect: Dialect, migrations: &[Migration]) -> Result<i64, StoreError> {
    let rows: Vec<(i64, Vec<u8>)> = on!(tx, connection =>
        sqlx::query_as("SELECT version, checksum FROM schema_migration ORDER BY version").fetch_all(connection))?;
    let known = i64::try_from(migrations.len()).unwrap_or(i64::MAX);
    if let Some((database, _)) = rows.last().filter(|(version, _)| *version > known) {
        return Err(StoreError::NewerDatabase { database: *database, known });
    }
    for ((version, found), (migration, place)) in rows.iter().zip(migrations.iter().zip(1_i64..)) {
        if *version != place || *found != checksum(migration.sql(dialect)) {
            return Err(StoreError::ChangedMigration { version: *version });
        }
    }
    Ok(rows.last().map_or(0, |(version, _)| *version))
}

async fn has_migrations_table(tx: &mut Tx, dialect: Dialect) -> Result<bool, StoreError> {
    let found: Option<i64> = match dialect {
        Dialect::Sqlite => on!(tx, connection => sqlx::query_scalar(
            "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'").fetch_optional(connection))?,
        Dialect::Postgres => on!(tx, connection => sqlx::query_scalar(
            "SELECT CAST(1 AS BIGINT) WHERE to_regclass('schema_migration') IS NOT NULL").fetch_optional(connection))?,
    };
    Ok(found.is_some())
}

/// On SQLite the transaction holds the write lock already.
async fn lock(tx: &mut Tx, dialect: Dialect) -> Result<(), StoreError> {
    match dialect {
        Dialect::Sqlite => Ok(()),
        // Any number will do, as long as nobody else in this database uses it: "dunlin" on a telephone's keys.
        Dialect::Postgres => script(tx, "SELECT pg_advisory_xact_lock(386546)").await,
    }
}

async fn script(tx: &mut Tx, sql: &str) -> Result<(), StoreError> {
    // Safe: every text comes from this file or the migrations folder.
    let sql = sqlx::raw_sql(AssertSqlSafe(sql));
    execute!(tx, sql).map(|_rows| ())
}

fn checksum(sql: &str) -> Vec<u8> {
    Sha256::digest(sql.as_bytes()).to_vec()
}

/// Tells schemas apart, so that tests never copy a template of another one.
#[cfg(feature = "testing")]
pub(crate) fn fingerprint() -> u64 {
    let mut all = Sha256::new();
    for migration in MIGRATIONS {
        all.update(checksum(migration.postgres));
    }
    let digest = all.finalize();
    digest.iter().take(8).fold(0, |number, byte| (number << 8) | u64::from(*byte))
}
