//! What the tests share: a sandbox, a plain API client, and a receiver of webhooks.

use std::sync::atomic::{AtomicI64, AtomicU16, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use chrono::DateTime;
use sandbox::{MachineClock, Options, Running, Sandbox, Switches};
use serde_json::Value;
use tokio::sync::Notify;

/// The key of the account most tests use.
pub(crate) const KEY: &str = "sk_test_shop";
/// A day in seconds.
pub(crate) const DAY: u64 = 86_400;

/// A sandbox that sends webhooks only when told to.
pub(crate) async fn open() -> Running {
    open_with(Options::default()).await
}

/// The same with options.
pub(crate) async fn open_with(options: Options) -> Running {
    let switches = Switches { hold: true, ..options.switches.clone() };
    Sandbox::start(Options { switches, ..options }).await.unwrap()
}

/// A machine clock that stands still until it is moved.
#[derive(Clone)]
pub(crate) struct StoppedClock(Arc<AtomicI64>);

impl StoppedClock {
    pub(crate) fn new() -> Self {
        Self(Arc::new(AtomicI64::new(1_800_000_000)))
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.0.fetch_add(i64::try_from(seconds).unwrap(), Ordering::Relaxed);
    }

    pub(crate) fn clock(&self) -> MachineClock {
        let seconds = Arc::clone(&self.0);
        MachineClock::from_fn(move || DateTime::from_timestamp(seconds.load(Ordering::Relaxed), 0).unwrap())
    }
}

/// An answer of the API.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The body of an answer that must be good.
    pub(crate) fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{:#}", self.body);
        self.body
    }

    /// The error of an answer that must be this bad.
    pub(crate) fn error(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{:#}", self.body);
        &self.body["error"]
    }
}

/// A plain client of the API.
#[derive(Clone)]
pub(crate) struct Api {
    pub(crate) url: String,
    pub(crate) key: String,
    pub(crate) http: reqwest::Client,
}

impl Api {
    pub(crate) fn new(sandbox: &Running) -> Self {
        Self::with_key(sandbox, KEY)
    }

    pub(crate) fn with_key(sandbox: &Running, key: &str) -> Self {
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { url: sandbox.http_url().to_owned(), key: key.to_owned(), http }
    }

    pub(crate) async fn get(&self, path: &str) -> Reply {
        let request = self.http.get(format!("{}{path}", self.url)).bearer_auth(&self.key);
        Self::reply(request).await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Reply {
        self.try_post(path, form, None).await.unwrap()
    }

    pub(crate) async fn post_once(&self, path: &str, form: &[(&str, &str)], key: &str) -> Reply {
        self.try_post(path, form, Some(key)).await.unwrap()
    }

    pub(crate) async fn try_post(
        &self,
        path: &str,
        form: &[(&str, &str)],
        idempotency_key: Option<&str>,
    ) -> Result<Reply, reqwest::Error> {
        let mut request = self.http.post(format!("{}{path}", self.url)).bearer_auth(&self.key).form(form);
        if let Some(key) = idempotency_key {
            request = request.header("idempotency-key", key);
        }
        Self::reply(request).await
    }

    async fn reply(request: reqwest::RequestBuilder) -> Result<Reply, reqwest::Error> {
        let response = request.send().await?;
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let text = response.text().await?;
        Ok(Reply { status, headers, body: serde_json::from_str(&text).unwrap_or(Value::String(text)) })
    }

    /// A Checkout Session over one line item; more parameters may be added. Returns its id.
    pub(crate) async fn session(&self, amount: &str, currency: &str, more: &[(&str, &str)]) -> String {
        let mut form = vec![
            ("mode", "payment"),
            ("success_url", "http://127.0.0.1:9/done?session={CHECKOUT_SESSION_ID}"),
            ("cancel_url", "http://127.0.0.1:9/cancelled"),
            ("line_items[0][price_data][currency]", currency),
            ("line_items[0][price_data][unit_amount]", amount),
            ("line_items[0][price_data][product_data][name]", "Invoice 2026-014"),
            ("line_items[0][quantity]", "1"),
        ];
        form.extend_from_slice(more);
        self.post("/v1/checkout/sessions", &form).await.ok()["id"].as_str().unwrap().to_owned()
    }

    /// The `PaymentIntent` of a session, after its first try.
    pub(crate) async fn intent_of(&self, session: &str) -> Value {
        let path = format!("/v1/checkout/sessions/{session}?expand[]=payment_intent.latest_charge");
        self.get(&path).await.ok()["payment_intent"].clone()
    }
}

/// The types of events, oldest first.
pub(crate) fn kinds(sandbox: &Running) -> Vec<String> {
    sandbox.events(KEY).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

/// One webhook as it came.
#[derive(Debug, Clone)]
pub(crate) struct Hook {
    pub(crate) signature: String,
    pub(crate) body: String,
}

impl Hook {
    pub(crate) fn event(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }

    pub(crate) fn kind(&self) -> String {
        self.event()["type"].as_str().unwrap().to_owned()
    }
}

/// A receiver of webhooks that answers as told.
pub(crate) struct Receiver {
    pub(crate) url: String,
    taken: Arc<Mutex<Vec<Hook>>>,
    status: Arc<AtomicU16>,
    arrived: Arc<Notify>,
}

impl Receiver {
    pub(crate) async fn open() -> Self {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let status = Arc::new(AtomicU16::new(200));
        let arrived = Arc::new(Notify::new());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        let app = Router::new().route(
            "/hook",
            post({
                let (taken, status, arrived) =
                    (Arc::clone(&taken), Arc::clone(&status), Arc::clone(&arrived));
                move |headers: HeaderMap, body: Bytes| async move {
                    taken.lock().unwrap().push(Hook {
                        signature: headers["stripe-signature"].to_str().unwrap().to_owned(),
                        body: String::from_utf8(body.to_vec()).unwrap(),
                    });
                    arrived.notify_one();
                    StatusCode::from_u16(status.load(Ordering::Relaxed)).unwrap()
                }
            }),
        );
        tokio::spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self { url, taken, status, arrived }
    }

    /// Waits for the next webhook.
    pub(crate) async fn wait(&self) {
        tokio::time::timeout(Duration::from_secs(10), self.arrived.notified()).await.unwrap();
    }

    pub(crate) fn answer(&self, status: u16) {
        self.status.store(status, Ordering::Relaxed);
    }

    /// What came since the last look.
    pub(crate) fn take(&self) -> Vec<Hook> {
        std::mem::take(&mut self.taken.lock().unwrap())
    }
}
