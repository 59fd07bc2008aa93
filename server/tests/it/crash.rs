//! The server is killed at every commit and every outside call of the main path, and started again.
//!
//! Both the commit points (before and after) and the outside calls (Stripe, the relay; before and after) are numbered
//! at run time by `store::crash`; `DUNLIN_CRASH_AT=n` makes the process abort, as abruptly as kill -9, when it passes
//! the n-th. A walk is the five steps as a person does them, who tries again when the page does not come: sign in,
//! write and issue an invoice, let time pass until the reminder is in the mailbox, open its link, pay, and read the
//! receipt. What a restart ten minutes later would find is brought about by ending all leases before it.
//!
//! Afterwards the books are right, nothing was said twice, and nothing that was acknowledged is lost.
//!
//! `CRASH_POINTS` says how many numbers are tried, spread evenly over all that a whole walk passes.

#![cfg(feature = "crash-points")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::Timelike as _;
use reqwest::{Client, Response, StatusCode, redirect};
use sandbox::{Instrument, Options, Running, Sandbox};
use store::Store;
use store::testing::look;

use crate::program::{INSTALLATION_KEY, alone, killed_at_each, leases_run_out, places_to_die_at};

const KEY: &str = "sk_test_51KilledAtEveryCommit0123456789";
const WEBHOOK_SECRET: &str = "whsec_KilledAtEveryCommit0123456789";
const EMAIL: &str = "ada@crash.example";
const PASSWORD: &str = "patient wading bird";
const TITLE: &str = "Killed and paid";
/// How long a person waits for something to appear before they look again.
const PATIENCE: Duration = Duration::from_secs(20);

/// The server died under a request.
struct Died;

/// An installation on disk, its outside world, and the process that serves it, if it lives.
struct Site {
    directory: tempfile::TempDir,
    sandbox: Running,
    port: u16,
    child: Option<Child>,
    client: Client,
    cookies: BTreeMap<String, String>,
    /// Starts so far; only the first one is killed.
    starts: usize,
    crash_at: Option<usize>,
}

impl Site {
    async fn new(template: Option<&Path>, crash_at: Option<usize>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        if let Some(template) = template {
            std::fs::copy(template, directory.path().join("dunlin.db")).unwrap();
        }
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let client = Client::builder()
            .redirect(redirect::Policy::none())
            .timeout(Duration::from_secs(30))
            .build()
            .unwrap();
        Self {
            directory,
            sandbox: Sandbox::start(Options::default()).await.unwrap(),
            port,
            child: None,
            client,
            cookies: BTreeMap::new(),
            starts: 0,
            crash_at,
        }
    }

    fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    fn database(&self) -> PathBuf {
        self.directory.path().join("dunlin.db")
    }

    fn log(&self) -> PathBuf {
        self.directory.path().join("log")
    }

    fn command(&self, verb: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dunlin"));
        let log = std::fs::File::options().create(true).append(true).open(self.log()).unwrap();
        command
            .arg(verb)
            .env_clear()
            .env("DUNLIN_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("DUNLIN_BASE_URL", self.base())
            .env("DUNLIN_DATABASE_URL", format!("sqlite:{}", self.database().display()))
            .env("DUNLIN_INSTALLATION_KEY", INSTALLATION_KEY)
            .env("DUNLIN_DEMO", "true")
            .env("DUNLIN_STRIPE_URL", self.sandbox.http_url())
            .env("DUNLIN_SMTP_HOST", "127.0.0.1")
            .env("DUNLIN_SMTP_PORT", self.sandbox.smtp_addr().port().to_string())
            .env("DUNLIN_SMTP_FROM", "invoices@crash.example")
            .env("DUNLIN_LOG", "info,store::crash=trace")
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log);
        command
    }

    /// Starts the server unless it lives, and waits until it answers. The first start may die on the way.
    async fn up(&mut self) {
        loop {
            if let Some(child) = &mut self.child {
                match child.try_wait().unwrap() {
                    None => {
                        if self.client.get(format!("{}/health/live", self.base())).send().await.is_ok() {
                            return;
                        }
                        tokio::time::sleep(Duration::from_millis(20)).await;
                        continue;
                    }
                    Some(_dead) => self.child = None,
                }
            }
            if self.starts > 0 {
                self.ten_minutes_later().await;
            }
            let mut command = self.command("serve");
            if let (0, Some(number)) = (self.starts, self.crash_at) {
                command.env("DUNLIN_CRASH_AT", number.to_string());
            }
            self.starts += 1;
            assert!(self.starts <= 3, "it dies by itself:\n{}", self.tail());
            self.child = Some(command.spawn().unwrap());
        }
    }

    /// The restart comes when every lease of the dead process has run out.
    async fn ten_minutes_later(&self) {
        let store = Store::connect(&format!("sqlite:{}", self.database().display())).await.unwrap();
        leases_run_out(&store).await;
        store.close().await;
    }

    async fn send(
        &mut self,
        method: &str,
        path: &str,
        form: &[(&str, &str)],
    ) -> Result<(StatusCode, String, String), Died> {
        self.up().await;
        let url = if path.starts_with("http") { path.to_owned() } else { format!("{}{path}", self.base()) };
        let mut request = if method == "GET" { self.client.get(&url) } else { self.client.post(&url) };
        let mut cookies = String::new();
        for (name, value) in &self.cookies {
            let _ = write!(cookies, "{name}={value}; ");
        }
        request = request.header("cookie", cookies.trim_end_matches("; ")).header("origin", self.base());
        if method == "POST" {
            request = request.form(form);
        }
        let Ok(response) = request.send().await else { return Err(self.is_dead().await) };
        let status = response.status();
        assert!(!status.is_server_error(), "{method} {path}: {status}\n{}", self.tail());
        let location = self.keep(&response);
        let Ok(body) = response.text().await else { return Err(self.is_dead().await) };
        Ok((status, location, body))
    }

    fn keep(&mut self, response: &Response) -> String {
        for cookie in response.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let location = response.headers().get("location");
        location.map(|location| location.to_str().unwrap().to_owned()).unwrap_or_default()
    }

    async fn is_dead(&mut self) -> Died {
        for _ in 0..250 {
            let Some(child) = &mut self.child else { return Died };
            if child.try_wait().unwrap().is_some() {
                return Died;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("a request failed, but the server lives:\n{}", self.tail());
    }

    /// Does what a person does when the page does not come: it again.
    async fn page(&mut self, path: &str) -> String {
        for _ in 0..3 {
            if let Ok((status, _, body)) = self.send("GET", path, &[]).await {
                assert_eq!(status, StatusCode::OK, "GET {path}\n{body}");
                return body;
            }
        }
        panic!("GET {path} never answers");
    }

    fn tail(&self) -> String {
        let log = std::fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<&str> = log.lines().filter(|line| !line.contains("crash point")).collect();
        lines[lines.len().saturating_sub(25)..].join("\n")
    }

    fn stop(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if let Some(child) = &mut self.child {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

/// The value of a hidden field, or of the first `value=` after a marker.
fn after<'a>(page: &'a str, marker: &str, until: char) -> Option<&'a str> {
    let start = page.find(marker)? + marker.len();
    page[start..].split(until).next()
}

/// A zone in which it is about noon now, so that business hours are open whenever the test runs.
fn noon_zone() -> String {
    #[expect(clippy::disallowed_methods, reason = "the server under test runs on the machine's clock")]
    let hour = i64::from(chrono::Utc::now().hour());
    match 12 - hour {
        0 => "Etc/UTC".to_owned(),
        // The POSIX sign of these names: GMT-3 is three hours ahead.
        ahead if ahead > 0 => format!("Etc/GMT-{ahead}"),
        behind => format!("Etc/GMT+{}", -behind),
    }
}

/// Makes an installation with its owner, Stripe account and one customer, and returns its database and the customer's id.
async fn template(path: &Path) -> (String, String) {
    let mut site = Site::new(None, None).await;
    let zone = noon_zone();
    let set_up = [
        ("business_name", "Crash Test Studio"),
        ("country", "DE"),
        ("time_zone", &zone[..]),
        ("currency", "EUR"),
        ("locale", "en-GB"),
        ("name", "Ada Lind"),
        ("email", EMAIL),
        ("password", PASSWORD),
    ];
    let answer = |outcome: Result<(StatusCode, String, String), Died>| outcome.ok().unwrap();
    let (status, location, body) = answer(site.send("POST", "/setup", &set_up).await);
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    assert!(!location.contains("form="), "the first run was refused: {location}");
    let settings = site.page("/console/settings").await;
    let webhooks = after(&settings, "/webhooks/stripe/", '<').unwrap();
    let business =
        webhooks.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_').next().unwrap();
    let business = business.to_owned();
    for (path, field, value) in [
        ("/console/settings/stripe", "stripe_key", KEY),
        ("/console/settings/webhook", "webhook_secret", WEBHOOK_SECRET),
    ] {
        let (status, location, body) = answer(site.send("POST", path, &[(field, value)]).await);
        assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
        assert!(!location.contains("form="), "{path} was refused: {location}");
    }
    let customer = [
        ("name", "Albers Tischlerei"),
        ("kind", "company"),
        ("address", "Lange Reihe 7\n20099 Hamburg"),
        ("country", "DE"),
        ("locale", "en-GB"),
        ("time_zone", &zone[..]),
        ("net_days", "0"),
        ("contact_name", "Jörg Albers"),
        ("contact_email", "joerg@albers.example"),
    ];
    let (status, location, body) = answer(site.send("POST", "/console/customers/new", &customer).await);
    assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
    let customer = location.split('?').next().unwrap().rsplit('/').next().unwrap().to_owned();
    assert!(customer.starts_with("cust_"), "{location}");
    // A clean end, so that the file is whole without its log.
    let pid = site.child.as_ref().unwrap().id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let _ = site.child.take().unwrap().wait();
    std::fs::copy(site.database(), path).unwrap();
    (business, customer)
}

/// The five steps, however often the server dies meanwhile.
async fn walk(template: &Path, business: &str, customer: &str, crash_at: Option<usize>) -> Site {
    let mut site = Site::new(Some(template), crash_at).await;
    let endpoint = format!("{}/webhooks/stripe/{business}", site.base());
    site.sandbox.set_webhook(KEY, &endpoint, WEBHOOK_SECRET, &["*"]).unwrap();

    // 1 and 2: sign in, write, issue.
    for _ in 0..3 {
        let form = [("email", EMAIL), ("password", PASSWORD)];
        if let Ok((status, location, _)) = site.send("POST", "/sign-in", &form).await {
            assert_eq!(status, StatusCode::SEE_OTHER);
            assert!(!location.contains("form="), "{location}");
            break;
        }
    }
    let invoice = loop {
        let list = site.page("/console/invoices").await;
        if list.contains(TITLE) {
            break after(&list, "/console/invoices/inv_", '"').unwrap().to_owned();
        }
        let draft = [
            ("customer", customer),
            ("title", TITLE),
            ("currency", "EUR"),
            ("net_days", "0"),
            ("lines", "1"),
            ("lines.0.description", "Planning"),
            ("lines.0.quantity", "2"),
            ("lines.0.unit", "hours"),
            ("lines.0.unit_price", "100.00"),
            ("lines.0.tax_rate", "19"),
            ("do", "save"),
        ];
        if let Ok((status, location, body)) = site.send("POST", "/console/invoices/new", &draft).await {
            assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
            assert!(!location.contains("form="), "the draft was refused: {location}");
        }
    };
    let page = format!("/console/invoices/inv_{invoice}");
    for _ in 0..3 {
        let shown = site.page(&page).await;
        if !shown.contains(&format!("{page}/issue")) {
            break;
        }
        let version = after(&shown, "name=\"version\" value=\"", '"').unwrap_or("1").to_owned();
        let _ = site.send("POST", &format!("{page}/issue"), &[("version", &version[..])]).await;
    }

    // 3: time passes until the reminder is there; a person whose reminder was lost on the way makes a link by hand.
    let mut link = None;
    for _day in 0..5 {
        let _ = site.send("POST", "/demo/advance", &[("days", "1")]).await;
        link = reminder_link(&mut site, Duration::from_secs(2)).await;
        if link.is_some() {
            break;
        }
        // Dead workers' claims come back when the server does.
        site.up().await;
    }
    let link = match link {
        Some(link) => link,
        None => loop {
            let minted = site.send("POST", &format!("{page}/links"), &[]).await;
            if let Ok((_, location, body)) = minted {
                let shown = if body.contains("/l/") { body } else { site.page(&location).await };
                let address = format!("{}/l/", site.base());
                break format!(
                    "{address}{}",
                    after(&shown, &address, '"').unwrap().split('<').next().unwrap()
                );
            }
        },
    };

    // 4: open the link, go to the checkout, pay.
    let token = link.rsplit('/').next().unwrap().to_owned();
    let shown = site.page(&format!("/l/{token}")).await;
    assert!(shown.contains(TITLE));
    for _ in 0..3 {
        if site.send("POST", "/l/open", &[("link", &token[..]), ("next", "pay")]).await.is_ok() {
            break;
        }
    }
    let pay = format!("/i/inv_{invoice}/pay");
    let mut session = String::new();
    for _ in 0..4 {
        let form = [("method", "card"), ("share", "all")];
        if let Ok((status, location, body)) = site.send("POST", &pay, &form).await {
            assert_eq!(status, StatusCode::SEE_OTHER, "{body}");
            if location.starts_with(site.sandbox.http_url()) {
                location.rsplit('/').next().unwrap().split('?').next().unwrap().clone_into(&mut session);
                break;
            }
        }
        // An attempt whose answer was lost is looked up by the next start's sweep.
        site.up().await;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    assert!(!session.is_empty(), "no checkout: {}", site.tail());
    site.sandbox.pay(&session, Instrument::card("4242 4242 4242 4242")).unwrap();

    // 5: the webhook comes, and comes again if nobody was at home; the money is booked.
    let begun = Instant::now();
    loop {
        site.up().await;
        site.sandbox.deliver_now().await;
        let shown = site.page(&page).await;
        if shown.contains("Paid in full") || shown.contains("data-standing=\"paid\"") || is_paid(&site).await
        {
            break;
        }
        assert!(begun.elapsed() < PATIENCE, "never paid:\n{}", site.tail());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // The receipt is on its way, or went down with the process that carried it.
    let begun = Instant::now();
    while waiting(&site).await > 0 && begun.elapsed() < PATIENCE {
        site.up().await;
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // And no further reminder comes however far time moves.
    let _ = site.send("POST", "/demo/advance", &[("days", "30")]).await;
    site.up().await;
    site
}

async fn reminder_link(site: &mut Site, patience: Duration) -> Option<String> {
    let begun = Instant::now();
    while begun.elapsed() < patience {
        let mails = site.sandbox.mails();
        let link =
            mails.iter().find_map(|mail| mail.parsed().links().into_iter().find(|link| link.contains("/l/")));
        if link.is_some() {
            return link;
        }
        if site.child.as_mut().is_some_and(|child| child.try_wait().unwrap().is_some()) {
            site.up().await;
        }
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    None
}

async fn rows(site: &Site, sql: &str) -> Vec<String> {
    let store = Store::connect(&format!("sqlite:{}", site.database().display())).await.unwrap();
    let mut tx = store.read().await.unwrap();
    let rows = look(&mut tx, sql).await.unwrap();
    drop(tx);
    store.close().await;
    rows
}

async fn is_paid(site: &Site) -> bool {
    !rows(site, "SELECT provider_ref FROM transfer WHERE kind = 'application'").await.is_empty()
}

async fn waiting(site: &Site) -> usize {
    rows(site, "SELECT kind FROM message WHERE state IN ('queued', 'claimed', 'handing_over')").await.len()
}

/// What must be true whenever and however often the server died.
async fn check(site: &mut Site) {
    site.stop();
    let verified = site.command("verify").status().unwrap();
    assert!(verified.success(), "books or chain are wrong:\n{}", site.tail());

    let payments = rows(site, "SELECT provider_ref FROM transfer WHERE kind = 'payment'").await;
    assert_eq!(payments.len(), 1, "paid once, booked once: {payments:?}");
    let applied = rows(site, "SELECT provider_ref FROM transfer WHERE kind = 'application'").await;
    assert_eq!(applied.len(), 1, "applied once: {applied:?}");
    let invoices = rows(site, "SELECT title FROM invoice WHERE state = 'issued'").await;
    assert_eq!(invoices.len(), 1, "issued once: {invoices:?}");

    let mails = site.sandbox.mails();
    let mut subjects: Vec<String> = mails.iter().map(|mail| mail.parsed().subject).collect();
    subjects.sort();
    let mut once = subjects.clone();
    once.dedup();
    assert_eq!(subjects, once, "something was said twice");
    let receipts = subjects.iter().filter(|subject| subject.starts_with("Receipt")).count();
    let lost =
        rows(site, "SELECT state FROM message WHERE kind = 'receipt' AND state = 'uncertain'").await.len();
    assert!(receipts == 1 || (receipts == 0 && lost == 1), "receipt: {receipts}, lost: {lost}: {subjects:?}");
    let open = rows(site, "SELECT state FROM message WHERE state IN ('queued', 'claimed')").await;
    assert!(open.is_empty(), "left in the outbox: {open:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_every_commit_and_outside_call_the_books_stay_right_and_nothing_is_said_twice() {
    let _alone = alone().await;
    let directory = tempfile::tempdir().unwrap();
    let template_file = directory.path().join("template.db");
    let (business, customer) = template(&template_file).await;

    // A walk that nobody disturbs tells how many places there are.
    let mut site = walk(&template_file, &business, &customer, None).await;
    check(&mut site).await;
    let log = std::fs::read_to_string(site.log()).unwrap();
    let places = log.lines().filter(|line| line.contains("crash point")).count();
    assert!(places >= 100, "the path passes {places} places only");
    drop(site);

    killed_at_each(&places_to_die_at(places), async |number| {
        let mut site = walk(&template_file, &business, &customer, Some(number)).await;
        check(&mut site).await;
        site.starts > 1
    })
    .await;
}
