//! A throw-away PostgreSQL cluster, shared by the test processes that run at once.
//!
//! It lies in the temporary directory (the account that PostgreSQL needs when tests run as root may not be able to enter
//! a checkout), listens on a socket only, and writes nothing durably. Every test process holds a shared lock on `users`
//! while it lives, however it ends. A watchdog, a few lines of shell, tries for the exclusive lock every ten seconds:
//! once it gets it nobody is left, and it stops the server and deletes the data. Should the watchdog die, the next
//! test process starts another.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::str::FromStr;
use std::sync::Mutex;

use sqlx::postgres::PgConnectOptions;

const REMEDY: &str = "run `cargo xtask setup`, or name a server in TEST_POSTGRES_URL";

/// The account PostgreSQL runs under when tests run as root: it refuses to be root.
struct Account {
    name: String,
    uid: u32,
    gid: u32,
}

/// The lock that says that this process uses the cluster; it goes with the process.
static IN_USE: Mutex<Option<File>> = Mutex::new(None);

/// The server of `TEST_POSTGRES_URL`, or the shared cluster, started if nobody did yet.
pub(super) fn find_or_start() -> Result<PgConnectOptions, String> {
    if let Ok(address) = std::env::var("TEST_POSTGRES_URL") {
        return PgConnectOptions::from_str(&address).map_err(|error| format!("TEST_POSTGRES_URL: {error}"));
    }
    start().map_err(|problem| format!("{problem}: {REMEDY}"))
}

/// The address of a database on a server.
pub(super) fn address(server: &PgConnectOptions, database: &str) -> String {
    use sqlx::ConnectOptions;
    let mut address = server.clone().database(database).to_url_lossy();
    // Beside it the driver writes a host that a socket has no use for.
    if let Some(socket) = server.get_socket() {
        return format!("postgres:///{database}?host={}&user={}", socket.display(), server.get_username());
    }
    address.set_fragment(None);
    address.to_string()
}

fn start() -> Result<PgConnectOptions, String> {
    let programs = programs()?;
    let uid = fs::metadata("/proc/self").map_err(|error| format!("/proc cannot be read: {error}"))?.uid();
    let account = if uid == 0 { Some(unprivileged_account()?) } else { None };
    let base = std::env::temp_dir().join(format!("dunlin-test-postgres-{uid}"));
    let fail = |what: &str, error: std::io::Error| format!("{what} in {}: {error}", base.display());

    if let Err(error) = fs::create_dir(&base)
        && error.kind() != std::io::ErrorKind::AlreadyExists
    {
        return Err(fail("making a directory", error));
    }
    // Nobody else gets in, and nobody else made it: whoever can write here can be our server.
    let owner = account.as_ref().map_or(uid, |account| account.uid);
    let found = fs::symlink_metadata(&base).map_err(|error| fail("looking at the directory", error))?;
    if !found.is_dir() || (found.uid() != owner && found.uid() != uid) {
        return Err(format!("{} belongs to somebody else", base.display()));
    }
    fs::set_permissions(&base, fs::Permissions::from_mode(0o700))
        .map_err(|error| fail("closing the directory", error))?;
    if let Some(account) = &account {
        chown(&base, Some(account.uid), Some(account.gid)).map_err(|error| fail("giving it away", error))?;
    }

    // One process at a time looks and starts; the lock ends with this function.
    let starting = File::create(base.join("starting")).map_err(|error| fail("making a lock", error))?;
    starting.lock().map_err(|error| fail("locking", error))?;
    let users = File::create(base.join("users")).map_err(|error| fail("making a lock", error))?;
    users.lock_shared().map_err(|error| fail("locking", error))?;
    if let Ok(mut in_use) = IN_USE.lock() {
        *in_use = Some(users);
    }

    let data = base.join("data");
    let run = |program: &str, arguments: &[&str]| -> Result<(), String> {
        let output = as_account(account.as_ref(), &programs.join(program))
            .args(arguments)
            .current_dir("/")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{program} does not run: {error}"))?;
        if output.status.success() {
            return Ok(());
        }
        let log = fs::read_to_string(base.join("log")).unwrap_or_default();
        let tail: Vec<&str> = log.lines().rev().take(5).collect();
        Err(format!(
            "{program} failed: {} {}",
            String::from_utf8_lossy(&output.stderr).trim(),
            tail.join(" | ")
        ))
    };
    let (data_text, log_text) =
        (data.to_string_lossy().into_owned(), base.join("log").to_string_lossy().into_owned());
    if run("pg_ctl", &["status", "-D", &data_text]).is_err() {
        // Whatever lies there was left by a machine that stopped: begin afresh.
        if data.exists() {
            fs::remove_dir_all(&data).map_err(|error| fail("clearing what was left", error))?;
        }
        run(
            "initdb",
            &["-D", &data_text, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        )?;
        let options = format!(
            "-c listen_addresses= -c unix_socket_directories={} -c fsync=off -c synchronous_commit=off \
             -c full_page_writes=off -c max_connections=300 -c shared_buffers=64MB -c autovacuum=off",
            base.display()
        );
        run("pg_ctl", &["start", "-w", "-t", "60", "-D", &data_text, "-l", &log_text, "-o", &options])?;
    }
    watch(&base, &programs, account.as_ref()).map_err(|error| fail("starting the watchdog", error))?;
    Ok(PgConnectOptions::new_without_pgpass().socket(&base).username("postgres").database("postgres"))
}

/// The newest installed server's programs.
fn programs() -> Result<PathBuf, String> {
    let mut found: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            let version = entry.file_name().to_str()?.parse().ok()?;
            let programs = entry.path().join("bin");
            programs.join("initdb").exists().then_some((version, programs))
        })
        .collect();
    found.sort();
    found.pop().map(|(_, programs)| programs).ok_or_else(|| "PostgreSQL is not installed".to_owned())
}

fn unprivileged_account() -> Result<Account, String> {
    let accounts = fs::read_to_string("/etc/passwd").map_err(|error| format!("/etc/passwd: {error}"))?;
    let find = |wanted: &str| {
        accounts.lines().find_map(|line| {
            let mut fields = line.split(':');
            let name = fields.next().filter(|name| *name == wanted)?.to_owned();
            let uid = fields.nth(1)?.parse().ok()?;
            let gid = fields.next()?.parse().ok()?;
            Some(Account { name, uid, gid })
        })
    };
    find("postgres").or_else(|| find("nobody")).ok_or_else(|| {
        "PostgreSQL refuses to run as root, and there is neither `postgres` nor `nobody`".to_owned()
    })
}

fn as_account(account: Option<&Account>, program: &Path) -> Command {
    match account {
        None => Command::new(program),
        Some(account) => {
            let mut command = Command::new("runuser");
            command.args(["-u", &account.name, "--"]).arg(program);
            command
        }
    }
}

/// Starts the watchdog; if there is one, the new one ends at once.
fn watch(base: &Path, programs: &Path, account: Option<&Account>) -> std::io::Result<()> {
    const SCRIPT: &str = r#"
        cd "$1" && exec 9>watchdog && flock -n 9 || exit 0
        exec 8<users
        while sleep 10; do
            if flock -n -x 8; then
                "$2/pg_ctl" stop -m immediate -D "$1/data" >/dev/null 2>&1
                rm -rf "$1/data" "$1/log"
                exit 0
            fi
        done"#;
    let mut shell = as_account(account, Path::new("/bin/sh"));
    shell
        .args(["-c", SCRIPT, "dunlin-test-postgres-watchdog"])
        .arg(base)
        .arg(programs)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // In a group of its own it outlives an interrupted test run, which is when it is needed.
    std::os::unix::process::CommandExt::process_group(&mut shell, 0);
    shell.spawn().map(|_watchdog| ())
}
