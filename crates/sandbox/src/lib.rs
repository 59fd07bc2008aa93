//! A stand-in for the outside world, for demo and tests only: Stripe over HTTP, a mail server that keeps every
//! mail, and an SMS gateway that keeps every text.
//!
//! It listens on loopback addresses, takes test keys only, holds no money and delivers no mail. Tests and simulations
//! start it in their own process and drive it through [`Running`]; the demo runs the binary and drives it over HTTP under
//! `/_sandbox/`. Both call the same functions, in `controls`.
//!
//! ```no_run
//! # async fn example() -> Result<(), sandbox::StartError> {
//! let sandbox = sandbox::Sandbox::start(sandbox::Options::default()).await?;
//! sandbox.set_webhook("sk_test_shop", "http://127.0.0.1:3000/webhooks/stripe/biz_1", "whsec_1", &["*"])?;
//! // … the program under test makes a Checkout Session at `sandbox.http_url()` …
//! sandbox.pay("cs_test_…", sandbox::Instrument::card("4242 4242 4242 4242"))?;
//! sandbox.deliver_now().await;
//! sandbox.advance(5 * 86_400);
//! # Ok(())
//! # }
//! ```
//!
//! What lives where: `stripe` is the API, `webhooks` tells of what happened, `pages` is the hosted payment page, the
//! mailbox and the index page, `smtp` the mail server, `texts` the SMS gateway, `world` the state and its lock, `control` the HTTP control API.
//! To add a resource of Stripe's, see `stripe::objects`.

#![recursion_limit = "256"] // Stripe's objects are wide, and `json!` recurses once a field.

mod clock;
mod control;
mod controls;
mod entropy;
mod faults;
mod http;
mod pages;
mod smtp;
mod snapshot;
mod stripe;
mod texts;
mod webhooks;
mod world;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, State as Extract};
use axum::middleware::from_fn;
use axum::routing::{any, get, post};
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use clock::MachineClock;
pub use controls::{ControlError, Paid};
pub use faults::{ApiFault, ApiTrouble};
pub use smtp::{Mail, ParsedMail, SmtpFault, SmtpPhase, SmtpTrouble};
pub use stripe::account::API_VERSION;
pub use stripe::instruments::{Instrument, Method, Settlement};
pub use stripe::objects::{DisputeStatus, PaymentStatus, SessionStatus};
pub use texts::callbacks::text_signature;
pub use texts::{Text, TextFault, TextTrouble};
pub use webhooks::{Delivery, DeliveryState, Switches, signature_header};

use world::{State, World};

/// The largest request, far beyond any form of Stripe's.
const BODY_LIMIT: usize = 1024 * 1024;
/// How often a changed state is written to its file.
const SNAPSHOT_EVERY: Duration = Duration::from_secs(1);

/// How to start.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The port for HTTP; 0 takes a free one.
    pub http_port: u16,
    /// The port for SMTP; 0 takes a free one.
    pub smtp_port: u16,
    /// A file that keeps the state over a restart.
    pub state: Option<PathBuf>,
    /// The same seed gives the same ids; none gives fresh ones.
    pub seed: Option<u64>,
    /// Where machine time comes from; a simulation passes its own.
    pub machine_clock: MachineClock,
    /// How things go wrong from the start.
    pub switches: Switches,
}

/// Why the sandbox could not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A port could not be had.
    #[error("could not listen on 127.0.0.1:{port}: {source}")]
    Listen {
        /// The port asked for.
        port: u16,
        /// Why.
        source: std::io::Error,
    },
    /// The state file is there but cannot be read.
    #[error("could not read the state in {}: {reason}", path.display())]
    State {
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
    /// No HTTP client could be made.
    #[error("could not make an HTTP client: {0}")]
    Client(#[from] reqwest::Error),
    /// The control call made at the start was refused.
    #[error(transparent)]
    Control(#[from] ControlError),
}

/// Starts the sandbox.
#[derive(Debug, Clone, Copy)]
pub struct Sandbox;

impl Sandbox {
    /// Listens on loopback and serves until the result is dropped or told to [`Running::stop`].
    pub async fn start(options: Options) -> Result<Running, StartError> {
        let listen = |port| async move {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await;
            listener
                .and_then(|listener| listener.local_addr().map(|address| (listener, address)))
                .map_err(|source| StartError::Listen { port, source })
        };
        let (http, http_addr) = listen(options.http_port).await?;
        let (smtp, smtp_addr) = listen(options.smtp_port).await?;
        let mut state = match &options.state {
            Some(path) => snapshot::read(path)?.unwrap_or_else(|| State::new(options.seed)),
            None => State::new(options.seed),
        };
        if options.switches != Switches::default() {
            state.switches = options.switches;
        }
        // Webhooks go to loopback and nowhere else, so that neither proxies nor redirects have a say.
        let client =
            reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build()?;
        let clock = clock::Clock::new(options.machine_clock, state.offset_seconds);
        let world = Arc::new(World::new(clock, format!("http://{http_addr}"), smtp_addr, client, state));
        let (stop, stopped) = watch::channel(false);
        let mut tasks = Vec::new();
        tasks.push(tokio::spawn(serve_http(Arc::clone(&world), http, stopped.clone())));
        tasks.push(tokio::spawn(smtp::server::run(Arc::clone(&world), smtp, stopped.clone())));
        tasks.push(tokio::spawn({
            let (world, mut stopped) = (Arc::clone(&world), stopped.clone());
            async move {
                tokio::select! {
                    () = webhooks::run(&world) => {}
                    _ = stopped.changed() => {}
                }
            }
        }));
        tasks.push(tokio::spawn({
            let (world, mut stopped) = (Arc::clone(&world), stopped.clone());
            async move {
                tokio::select! {
                    () = texts::callbacks::run(&world) => {}
                    _ = stopped.changed() => {}
                }
            }
        }));
        if let Some(path) = &options.state {
            tasks.push(tokio::spawn(keep_snapshots(Arc::clone(&world), path.clone(), stopped)));
        }
        tracing::info!(http = %http_addr, smtp = %smtp_addr, "the sandbox is open");
        Ok(Running { world, http_addr, smtp_addr, state: options.state, stop, tasks })
    }
}

async fn serve_http(world: Arc<World>, listener: TcpListener, mut stopped: watch::Receiver<bool>) {
    let app = router(world);
    let stop = async move {
        let _ = stopped.changed().await;
    };
    if let Err(error) = axum::serve(listener, app).with_graceful_shutdown(stop).await {
        tracing::error!(%error, "HTTP ended");
    }
}

async fn keep_snapshots(world: Arc<World>, path: PathBuf, mut stopped: watch::Receiver<bool>) {
    let mut written = 0;
    loop {
        tokio::select! {
            () = tokio::time::sleep(SNAPSHOT_EVERY) => {}
            _ = stopped.changed() => return,
        }
        if let Err(error) = snapshot::write_if_changed(&world, &path, &mut written) {
            tracing::warn!(%error, path = %path.display(), "the state could not be written");
        }
    }
}

fn router(world: Arc<World>) -> Router {
    Router::new()
        .route("/", get(pages::index::show))
        .route("/checkout/{session}", get(pages::checkout::show).post(pages::checkout::pay))
        .route(
            "/checkout/{session}/authenticate",
            get(pages::checkout::authentication).post(pages::checkout::authenticate),
        )
        .route("/mailbox", get(pages::mailbox::list))
        .route("/mailbox.json", get(pages::mailbox::list_json))
        .route("/mailbox/clear", post(pages::mailbox::clear))
        .route("/mailbox/{id}", get(pages::mailbox::one))
        .route("/texts.json", get(pages::texts::list_json))
        .route("/texts/{number}", get(pages::texts::one).post(pages::texts::answer))
        .route("/2010-04-01/Accounts/{account}/Messages.json", post(texts::gateway::send))
        .route("/_sandbox/{*call}", any(control::answer))
        .route(
            "/v1/{*call}",
            any(|Extract(world): Extract<Arc<World>>, method, uri, headers, body| {
                stripe::answer(world, method, uri, headers, body)
            }),
        )
        .layer(from_fn(http::only_this_machine))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .with_state(world)
}

/// A sandbox that is open. Dropping it closes it.
#[derive(Debug)]
pub struct Running {
    world: Arc<World>,
    http_addr: SocketAddr,
    smtp_addr: SocketAddr,
    state: Option<PathBuf>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.stop.send(true);
    }
}

impl Running {
    /// Where the API and the pages are: `http://127.0.0.1:12111`.
    pub fn http_url(&self) -> &str {
        &self.world.base_url
    }

    /// Where HTTP listens.
    pub fn http_addr(&self) -> SocketAddr {
        self.http_addr
    }

    /// Where SMTP listens.
    pub fn smtp_addr(&self) -> SocketAddr {
        self.smtp_addr
    }

    /// Closes the sandbox and writes its state a last time.
    pub async fn stop(mut self) {
        let _ = self.stop.send(true);
        for task in std::mem::take(&mut self.tasks) {
            // An idle connection that a client keeps open must not keep the sandbox open.
            let _ = tokio::time::timeout(Duration::from_secs(2), task).await;
        }
        if let Some(path) = &self.state
            && let Err(error) = snapshot::write(&self.world, path)
        {
            tracing::warn!(%error, path = %path.display(), "the state could not be written");
        }
    }

    /// Tells an address of an account's events, signed with this secret. The same address again replaces its secret and
    /// events. Returns the endpoint's id.
    pub fn set_webhook(
        &self,
        key: &str,
        url: &str,
        secret: &str,
        events: &[&str],
    ) -> Result<String, ControlError> {
        controls::set_webhook(&self.world, key, url, Some(secret), events).map(|(id, _)| id)
    }

    /// Names the business that an account's payment pages show.
    pub fn name_business(&self, key: &str, name: &str) {
        controls::name_business(&self.world, key, name);
    }

    /// Gives an endpoint a second secret; both sign until [`Self::drop_old_secret`].
    pub fn roll_secret(&self, endpoint: &str, secret: &str) -> Result<(), ControlError> {
        controls::roll_secret(&self.world, endpoint, Some(secret)).map(|_| ())
    }

    /// Ends a rotation: only the newest secret signs.
    pub fn drop_old_secret(&self, endpoint: &str) -> Result<(), ControlError> {
        controls::drop_old_secret(&self.world, endpoint)
    }

    /// Pays a Checkout Session as its payer would on the hosted page.
    pub fn pay(&self, session: &str, instrument: Instrument) -> Result<Paid, ControlError> {
        controls::pay(&self.world, session, instrument)
    }

    /// Answers the bank's 3-D Secure question for a Checkout Session.
    pub fn authenticate(&self, session: &str, passed: bool) -> Result<Paid, ControlError> {
        controls::authenticate(&self.world, session, passed)
    }

    /// Sends the money of a bank transfer, all of what is missing or a part of it.
    pub fn fund(&self, payment_intent: &str, amount: i64) -> Result<(), ControlError> {
        controls::fund(&self.world, payment_intent, amount)
    }

    /// A customer transfers money to the account that is kept for them, in the currency's smallest unit.
    pub fn transfer(
        &self,
        customer: &str,
        currency: &str,
        amount: i64,
        reference: &str,
    ) -> Result<(), ControlError> {
        controls::transfer(&self.world, customer, currency, amount, reference)
    }

    /// Has the payer's bank take a charge back. Returns the dispute's id.
    pub fn dispute(&self, charge: &str) -> Result<String, ControlError> {
        controls::dispute(&self.world, charge, false)
    }

    /// Has the payer's bank ask about a charge. Returns the dispute's id.
    pub fn inquire(&self, charge: &str) -> Result<String, ControlError> {
        controls::dispute(&self.world, charge, true)
    }

    /// Answers a dispute as the business: `winning_evidence` and `losing_evidence` decide it.
    pub fn answer_dispute(&self, dispute: &str, evidence: &str) -> Result<(), ControlError> {
        controls::answer_dispute(&self.world, dispute, evidence)
    }

    /// Lets a saved method go, as the business does in its dashboard.
    pub fn detach(&self, payment_method: &str) -> Result<(), ControlError> {
        controls::detach(&self.world, payment_method)
    }

    /// Ends a mandate, as its holder does at their bank.
    pub fn end_mandate(&self, mandate: &str) -> Result<(), ControlError> {
        controls::end_mandate(&self.world, mandate)
    }

    /// Decides a card dispute. An inquiry rests when it is won, and becomes a dispute when it is not.
    pub fn close_dispute(&self, dispute: &str, won: bool) -> Result<(), ControlError> {
        controls::close_dispute(&self.world, dispute, won)
    }

    /// Moves business time on by seconds, and lets happen what is due by then. Returns the new business time.
    pub fn advance(&self, seconds: u64) -> i64 {
        self.world.advance(seconds)
    }

    /// Business time, in seconds since the epoch.
    pub fn business_now(&self) -> i64 {
        self.world.change(|_, now| now)
    }

    /// Sends every webhook that was not delivered yet, whatever its time, and waits for the answers. Returns how many
    /// were answered with 2xx.
    pub async fn deliver_now(&self) -> usize {
        webhooks::deliver_now(&self.world).await
    }

    /// Sends an event once more to every endpoint that wants it.
    pub fn resend(&self, event: &str) -> Result<(), ControlError> {
        controls::resend(&self.world, event)
    }

    /// Every delivery so far, oldest first; long finished ones are forgotten.
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.world.look(|state| state.outbox.deliveries.iter().cloned().collect())
    }

    /// The events of a key's account, oldest first, as Stripe shows them.
    pub fn events(&self, key: &str) -> Vec<Value> {
        controls::events(&self.world, key)
    }

    /// How webhooks go wrong.
    pub fn switches(&self) -> Switches {
        self.world.look(|state| state.switches.clone())
    }

    /// Sets how webhooks go wrong from now on.
    pub fn set_switches(&self, switches: Switches) {
        self.world.change(|state, _| state.switches = switches);
    }

    /// Scripts trouble for the next calls to the API.
    pub fn script_api(&self, fault: ApiFault) {
        self.world.change(|state, _| state.api_faults.push(fault));
    }

    /// Scripts trouble for the next mails.
    pub fn script_smtp(&self, fault: SmtpFault) {
        self.world.change(|state, _| state.smtp_faults.push(fault));
    }

    /// Scripts trouble for the next texts.
    pub fn script_texts(&self, fault: TextFault) {
        self.world.change(|state, _| state.texts.faults.push(fault));
    }

    /// Says where the answers to an account's texts go. Callbacks are signed with its token.
    pub fn set_text_answers(&self, account: &str, token: &str, url: &str) -> Result<(), ControlError> {
        controls::set_text_answers(&self.world, account, token, url)
    }

    /// Answers as whoever has this number would.
    pub fn answer_text(&self, number: &str, body: &str) -> Result<Text, ControlError> {
        texts::callbacks::answer(&self.world, number, body)
    }

    /// Posts the gateway's callbacks that wait, and answers how many were taken with 2xx.
    pub async fn deliver_texts_now(&self) -> usize {
        texts::callbacks::deliver_now(&self.world).await
    }

    /// Every text, oldest first, either way.
    pub fn texts(&self) -> Vec<Text> {
        self.world.look(|state| state.texts.all.clone())
    }

    /// Forgets every scripted trouble that has not come yet.
    pub fn clear_faults(&self) {
        controls::clear_faults(&self.world);
    }

    /// From now on the key is answered with 401.
    pub fn revoke_key(&self, key: &str) {
        controls::revoke_key(&self.world, key);
    }

    /// Every mail that arrived, oldest first.
    pub fn mails(&self) -> Vec<Mail> {
        self.world.look(|state| state.mails.clone())
    }

    /// Waits until there are this many mails; none if they do not come within ten seconds.
    pub async fn wait_for_mails(&self, count: usize) -> Option<Vec<Mail>> {
        let wait = async {
            loop {
                let kept = self.world.mail_kept.notified();
                let mails = self.mails();
                if mails.len() >= count {
                    return mails;
                }
                kept.await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), wait).await.ok()
    }

    /// Empties the mailbox.
    pub fn clear_mails(&self) {
        self.world.change(|state, _| state.mails.clear());
    }
}
