//! The real program over a test's database: started as often as a story wants, and killed without a word.
//!
//! A story is prepared by operations in a [`World`] over the same database, on its own days. The program runs as a
//! demonstration, because then its business clock is an offset to the machine's that is kept in the database: so it is the
//! morning a story needs, whenever the tests run. Machine time is the machine's.

use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::Timestamp;
use domain::message::MessageState;
use sandbox::{Mail, Options, Running, Sandbox};
use server::crypto::{Keys, PasswordCost};
use server::env::{Clock as _, SystemClock};
use server::testing::world::World;
use store::messages::{self, Message};
use store::testing::{TestStore, attack, look};
use store::{Store, Tx, identity, installation, receivables};

use tokio::sync::{Mutex, MutexGuard};

use crate::follow_up::instant;
use crate::support::{number, world};

const KEY: [u8; 32] = *b"crash test key, 32 bytes long...";
/// The same in base64, as the configuration wants it.
pub const INSTALLATION_KEY: &str = "Y3Jhc2ggdGVzdCBrZXksIDMyIGJ5dGVzIGxvbmcuLi4=";
/// How many places are tried unless `CRASH_POINTS` says.
const FEW: usize = 10;
/// How long anything may take that has to happen, on a machine that is busy with other tests.
pub const PATIENCE: Duration = Duration::from_mins(2);
/// Between two looks at what others do.
const A_MOMENT: Duration = Duration::from_millis(20);

/// A database, the outside world, and where the program's processes write their logs.
pub struct Program {
    pub store: TestStore,
    pub sandbox: Running,
    directory: tempfile::TempDir,
}

impl Program {
    pub async fn over(store: TestStore) -> Self {
        let sandbox = Sandbox::start(Options::default()).await.unwrap();
        Self { store, sandbox, directory: tempfile::tempdir().unwrap() }
    }

    /// Where the story is prepared: the same database and keys, before any process runs.
    pub fn world(&self) -> World {
        let mut world = world(&self.store);
        world.env.keys = Keys::derive(&KEY, PasswordCost::FOR_TESTS).unwrap();
        world
    }

    /// From now on it is this moment for the processes that start.
    pub async fn it_is(&self, moment: &str) {
        let now = machine_now();
        let offset = (instant(moment) - now).num_microseconds().unwrap();
        let mut tx = self.store.begin().await.unwrap();
        installation::set(&mut tx, "clock_offset_microseconds", &offset.to_string(), now).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// So many days go by for the processes that start.
    pub async fn days_pass(&self, days: i64) {
        let mut tx = self.store.begin().await.unwrap();
        let by = chrono::Duration::days(days);
        installation::advance_clock(&mut tx, by, machine_now()).await.unwrap();
        tx.commit().await.unwrap();
    }

    /// The program with one of its verbs. `number` tells processes apart: each names an address of its own in what it writes.
    pub fn command(&self, verb: &str, number: usize) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dunlin"));
        let log = std::fs::File::options().create(true).append(true).open(self.log_file(number)).unwrap();
        command
            .arg(verb)
            .env_clear()
            .env("DUNLIN_LISTEN", "127.0.0.1:0")
            .env("DUNLIN_BASE_URL", base_url(number))
            .env("DUNLIN_DATABASE_URL", self.store.address())
            .env("DUNLIN_INSTALLATION_KEY", INSTALLATION_KEY)
            .env("DUNLIN_DEMO", "true")
            .env("DUNLIN_SMTP_HOST", "127.0.0.1")
            .env("DUNLIN_SMTP_PORT", self.sandbox.smtp_addr().port().to_string())
            .env("DUNLIN_SMTP_FROM", "invoices@crash.example")
            .env("DUNLIN_SMS_URL", self.sandbox.http_url())
            .env("DUNLIN_SMS_ACCOUNT", "ACcrash")
            .env("DUNLIN_SMS_TOKEN", "token-of-the-crash-tests")
            .env("DUNLIN_SMS_FROM", "+4930555000")
            .env("DUNLIN_LIMITS_DRAIN_SECONDS", PATIENCE.as_secs().to_string())
            .env("DUNLIN_LOG", "info,store::crash=trace")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }

    fn log_file(&self, number: usize) -> PathBuf {
        self.directory.path().join(format!("log-{number}"))
    }

    pub fn log(&self, number: usize) -> String {
        std::fs::read_to_string(self.log_file(number)).unwrap_or_default()
    }

    /// The end of a process's log, for whoever reads why a story failed.
    pub fn tail(&self, number: usize) -> String {
        let log = self.log(number);
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains("crash point")).collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// Whether nobody alive could do anything now: nothing is due for a decision, no message waits, no lease has run out. What
    /// is claimed is in somebody's hands, or in those of the dead.
    pub async fn is_at_rest(&self) -> bool {
        let run_out = "SELECT state FROM message WHERE claimed_until < '2001-01-01T00:00:00+00:00'";
        let clock = SystemClock::default();
        let mut tx = self.store.read().await.unwrap();
        !messages::chasing_waits(&mut tx, clock.machine_now()).await.unwrap()
            && nothing_is_due(&mut tx, &clock).await
            && look(&mut tx, run_out).await.unwrap().is_empty()
    }

    /// Whether everything is decided, and every message has become what it will be.
    pub async fn is_settled(&self) -> bool {
        let open = "SELECT state FROM message WHERE state IN ('queued', 'claimed', 'handing_over')";
        // In one transaction: what is due in one look may be a message in the next.
        let mut tx = self.store.read().await.unwrap();
        nothing_is_due(&mut tx, &SystemClock::default()).await
            && look(&mut tx, open).await.unwrap().is_empty()
    }

    /// Every message, in whatever state.
    pub async fn messages(&self) -> Vec<Message> {
        let mut tx = self.store.read().await.unwrap();
        let mut found = Vec::new();
        for business in identity::businesses(&mut tx).await.unwrap() {
            for state in MessageState::ALL {
                found.extend(messages::in_state(&mut tx, business.id, *state, 10_000).await.unwrap());
            }
        }
        found
    }

    /// How many tasks of a kind wait for a person.
    pub async fn tasks(&self, kind: &str) -> usize {
        self.rows(&format!("SELECT dedup_key FROM task WHERE kind = '{kind}' AND done_at IS NULL"))
            .await
            .len()
    }

    /// Whether nothing that came from outside waits to be worked off.
    pub async fn has_worked_off(&self) -> bool {
        self.rows("SELECT state FROM webhook_inbox WHERE state IN ('received', 'claimed')").await.is_empty()
    }

    /// One column of text.
    pub async fn rows(&self, sql: &str) -> Vec<String> {
        let mut tx = self.store.read().await.unwrap();
        look(&mut tx, sql).await.unwrap()
    }

    /// What `dunlin verify` comes to.
    pub fn verify(&self) {
        let verified = self.command("verify", 0).status().unwrap();
        assert!(verified.success(), "books or chain are wrong:\n{}", self.tail(0));
    }
}

async fn nothing_is_due(tx: &mut Tx, clock: &SystemClock) -> bool {
    clock.set_business_offset(installation::clock_offset(tx).await.unwrap());
    receivables::due(tx, clock.business_now(), 1).await.unwrap().is_empty()
}

/// The machine's clock.
pub fn machine_now() -> Timestamp {
    SystemClock::default().machine_now()
}

/// Where customers would reach the process of this number. Its mails say so, which tells who sent one.
fn base_url(number: usize) -> String {
    format!("http://127.0.0.{}:8080", number + 1)
}

/// The number of the process that sent a mail.
pub fn sender(mail: &Mail) -> usize {
    let links = mail.parsed().links();
    let host = links.first().and_then(|link| link.strip_prefix("http://127.0.0.")).unwrap();
    host.split(':').next().unwrap().parse::<usize>().unwrap() - 1
}

/// Ten minutes go by for whoever waits for the dead: their leases run out, and what was put off may be tried again.
pub async fn leases_run_out(store: &Store) {
    let past = "'2000-01-01T00:00:00+00:00'";
    let mut tx = store.begin().await.unwrap();
    for sql in [
        format!("UPDATE message SET claimed_until = {past} WHERE claimed_until IS NOT NULL"),
        format!("UPDATE message SET next_try_at = {past} WHERE state = 'queued'"),
        format!("UPDATE webhook_inbox SET claimed_until = {past} WHERE claimed_until IS NOT NULL"),
        format!("UPDATE payment_attempt SET claimed_until = {past} WHERE claimed_until IS NOT NULL"),
        format!("UPDATE payment_attempt SET next_sync_at = {past} WHERE next_sync_at IS NOT NULL"),
    ] {
        // A database that was not migrated yet has nothing to wait for.
        if attack(&mut tx, &sql).await.is_err() {
            return;
        }
    }
    tx.commit().await.unwrap();
}

/// Waits until no other story with processes runs: a handful of them at once keeps two cores busy.
pub async fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::const_new(());
    ALONE.lock().await
}

/// The numbers of the places at which the program is killed, of so many: as many as `CRASH_POINTS` says, spread evenly.
pub fn places_to_die_at(places: usize) -> Vec<usize> {
    let wanted = number("CRASH_POINTS").map_or(FEW, |count| usize::try_from(count).unwrap());
    let wanted = wanted.clamp(1, places);
    (0..wanted).map(|nth| nth * places / wanted + 1).collect()
}

/// Lives once for each number, and checks what `life` says: whether it was disturbed.
pub async fn killed_at_each(numbers: &[usize], life: impl AsyncFn(usize) -> bool) {
    let next = AtomicUsize::new(0);
    let killed = AtomicUsize::new(0);
    let one_after_the_other = async || {
        while let Some(number) = numbers.get(next.fetch_add(1, Ordering::SeqCst)) {
            if Box::pin(life(*number)).await {
                killed.fetch_add(1, Ordering::SeqCst);
            }
        }
    };
    // Each life mostly waits; three at once keep two cores busy.
    tokio::join!(one_after_the_other(), one_after_the_other(), one_after_the_other());
    // Timers make the count differ from life to life, on a busy machine more: the last numbers may lie beyond the end.
    let (killed, wanted) = (killed.into_inner(), numbers.len());
    assert!(killed * 4 >= wanted * 3, "only {killed} of {wanted} lives were disturbed");
}

/// Asks a process to stop, as an operator would.
pub fn ask_to_stop(process: &Child) {
    assert!(Command::new("kill").args(["-TERM", &process.id().to_string()]).status().unwrap().success());
}

/// How a process ended. None once patience has.
pub async fn ended(process: &mut Child) -> Option<ExitStatus> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        if let Some(status) = process.try_wait().unwrap() {
            return Some(status);
        }
        a_moment().await;
    }
    None
}

pub async fn a_moment() {
    tokio::time::sleep(A_MOMENT).await;
}
