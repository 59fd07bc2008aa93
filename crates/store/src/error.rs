//! What can go wrong with the database, told apart by what the caller can do about it.

use std::borrow::Cow;
use std::error::Error as StdError;

/// Why a store function failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The schema refused: a guard, a unique key, a check. A bug, or somebody else was first.
    #[error("refused by `{guard}`")]
    Conflict {
        /// The guard: the trigger's or constraint's name, the same on both databases. Unique keys are named
        /// `{table}_{columns}_key` or `{table}_pkey`, references `foreign_key`, missing values `not_null`.
        guard: String,
    },
    /// Somebody else was in the way, or the connection was lost. The same work may be tried again if it is
    /// idempotent; [`Store::transact`](crate::Store::transact) does.
    #[error("the database is busy or the connection was lost")]
    Transient(#[source] sqlx::Error),
    /// The database cannot serve now. Nothing was written; it recovers without us.
    #[error("the database is unavailable: {reason}")]
    Unavailable {
        /// What is the matter, for health and logs.
        reason: Unavailable,
        /// What the driver said.
        #[source]
        source: sqlx::Error,
    },
    /// The database was migrated by a newer Dunlin. This one does not touch it.
    #[error(
        "the database is at version {database}, this program knows versions up to {known}: start the newer program, or restore the backup made before it"
    )]
    NewerDatabase {
        /// The version found.
        database: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// The database has not been migrated to this program's version yet.
    #[error(
        "the database is at version {database}, this program needs version {known}: run `dunlin migrate`"
    )]
    OlderDatabase {
        /// The version found.
        database: i64,
        /// The version needed.
        known: i64,
    },
    /// A migration that was applied is not the one this program carries.
    #[error("migration {version} was applied in another wording than this program's")]
    ChangedMigration {
        /// Its number.
        version: i64,
    },
    /// A row holds what the program cannot have written.
    #[error("corrupt row {row} of {table}: {column}: {problem}")]
    Corrupt {
        /// The table.
        table: &'static str,
        /// The column, or the columns that contradict each other.
        column: &'static str,
        /// Which row.
        row: String,
        /// What is wrong with it.
        problem: Cow<'static, str>,
    },
    /// The database's address in the configuration cannot be read.
    #[error("the database address must be `sqlite:<file>` or `postgres://…`: {0}")]
    Address(Cow<'static, str>),
    /// Anything else: a bug in a query or in the schema.
    #[error("the database refused a query")]
    Query(#[source] sqlx::Error),
}

/// Why the database cannot serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// No space left.
    #[error("the disk is full")]
    DiskFull,
    /// The file or the server is read-only.
    #[error("it is read-only")]
    ReadOnly,
    /// Reading or writing failed.
    #[error("reading or writing failed")]
    InputOutput,
    /// It cannot be opened or reached.
    #[error("it cannot be reached")]
    Unreachable,
    /// All connections are taken for too long.
    #[error("too much is going on")]
    Overloaded,
}

impl StoreError {
    /// Whether the same idempotent work may succeed when tried again at once.
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Transient(_))
    }

    /// Whether the database cannot serve now: the answer is 503, not 500.
    pub fn is_unavailable(&self) -> bool {
        matches!(self, Self::Transient(_) | Self::Unavailable { .. })
    }

    /// The guard that refused, if one did.
    pub fn guard(&self) -> Option<&str> {
        match self {
            Self::Conflict { guard } => Some(guard),
            _ => None,
        }
    }

    /// A row that cannot be: for `TryFrom` of rows.
    pub(crate) fn corrupt(
        table: &'static str,
        column: &'static str,
        row: impl std::fmt::Display,
        problem: impl std::fmt::Display,
    ) -> Self {
        Self::Corrupt { table, column, row: row.to_string(), problem: problem.to_string().into() }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        match &error {
            sqlx::Error::Database(database) => match judge(database.as_ref()) {
                Verdict::Guard(guard) => Self::Conflict { guard },
                Verdict::Transient => Self::Transient(error),
                Verdict::Unavailable(reason) => Self::Unavailable { reason, source: error },
                Verdict::Query => Self::Query(error),
            },
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed | sqlx::Error::Protocol(_) => {
                Self::Transient(error)
            }
            sqlx::Error::PoolTimedOut => Self::Unavailable { reason: Unavailable::Overloaded, source: error },
            sqlx::Error::PoolClosed | sqlx::Error::Tls(_) => {
                Self::Unavailable { reason: Unavailable::Unreachable, source: error }
            }
            _ => Self::Query(error),
        }
    }
}

enum Verdict {
    Guard(String),
    Transient,
    Unavailable(Unavailable),
    Query,
}

fn judge(error: &dyn sqlx::error::DatabaseError) -> Verdict {
    let as_error: &(dyn StdError + 'static) = error.as_error();
    if let Some(error) = as_error.downcast_ref::<sqlx::postgres::PgDatabaseError>() {
        return judge_postgres(error);
    }
    let code = error.code().and_then(|code| code.parse::<i32>().ok()).unwrap_or_default();
    judge_sqlite(code, error.message())
}

/// SQLite's extended result codes; the low byte is the primary one.
fn judge_sqlite(code: i32, message: &str) -> Verdict {
    const PRIMARY_KEY: i32 = 1555;
    const TRIGGER: i32 = 1811;
    const FOREIGN_KEY: i32 = 787;
    const NOT_NULL: i32 = 1299;
    match code & 0xff {
        5 | 6 => Verdict::Transient,
        8 => Verdict::Unavailable(Unavailable::ReadOnly),
        10 => Verdict::Unavailable(Unavailable::InputOutput),
        13 => Verdict::Unavailable(Unavailable::DiskFull),
        14 => Verdict::Unavailable(Unavailable::Unreachable),
        19 => Verdict::Guard(match code {
            FOREIGN_KEY => "foreign_key".to_owned(),
            NOT_NULL => "not_null".to_owned(),
            TRIGGER => message.strip_prefix("guard: ").unwrap_or(message).to_owned(),
            _ => {
                let subject =
                    message.rsplit_once("constraint failed: ").map_or(message, |(_, subject)| subject);
                sqlite_constraint(subject, code == PRIMARY_KEY)
            }
        }),
        _ => Verdict::Query,
    }
}

/// SQLite tells a unique key by its columns (`member.id, member.business_id`) or its index (`index 'member_email_key'`), and
/// a check by its name. The result is named as PostgreSQL names it.
fn sqlite_constraint(subject: &str, primary_key: bool) -> String {
    if let Some(index) = subject.strip_prefix("index '") {
        return index.trim_end_matches('\'').to_owned();
    }
    let mut columns = subject.split(", ").filter_map(|column| column.split_once('.')).peekable();
    let Some((table, _)) = columns.peek().copied() else { return subject.to_owned() };
    if primary_key {
        return format!("{table}_pkey");
    }
    let columns: Vec<&str> = columns.map(|(_, column)| column).collect();
    let name = format!("{table}_{}_key", columns.join("_"));
    SHORTENED.iter().find(|(long, _)| *long == name).map_or(name, |(_, short)| (*short).to_owned())
}

/// Keys whose name by columns would be longer than PostgreSQL's 63 bytes.
const SHORTENED: &[(&str, &str)] =
    &[("message_part_business_id_receivable_id_step_channel_contact_id_key", "message_part_said_once_key")];

fn judge_postgres(error: &sqlx::postgres::PgDatabaseError) -> Verdict {
    match error.code() {
        "DU001" => Verdict::Guard(error.message().trim_start_matches("guard: ").to_owned()),
        "23503" => Verdict::Guard("foreign_key".to_owned()),
        "23502" => Verdict::Guard("not_null".to_owned()),
        "23505" | "23514" | "23P01" => {
            Verdict::Guard(error.constraint().unwrap_or_else(|| error.message()).to_owned())
        }
        // Serialisation, deadlock, lock not available; a server going down, or gone.
        "40001" | "40P01" | "55P03" | "57P01" | "57P02" | "57P03" => Verdict::Transient,
        "25006" => Verdict::Unavailable(Unavailable::ReadOnly),
        "53100" => Verdict::Unavailable(Unavailable::DiskFull),
        code if code.starts_with("08") => Verdict::Transient,
        code if code.starts_with("53") => Verdict::Unavailable(Unavailable::Overloaded),
        code if code.starts_with("58") => Verdict::Unavailable(Unavailable::InputOutput),
        _ => Verdict::Query,
    }
}
