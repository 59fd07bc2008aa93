//! Stories over HTTP: the real router and server, on a free port, over a steerable world.

mod access;
mod bounds;
mod forms;
mod outside;
mod portal;
mod schedules;
mod statements;
mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::{CustomerId, InvoiceId};
use server::config::{Config, read_values};
use server::env::Principal;
use server::health::Heartbeats;
use server::testing::world::World;
use server::web::{App, http, routes};
use store::testing::TestStore;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::LocalPoolHandle;

use crate::support;

/// The owner whom stories sign in as.
pub const OWNER: &str = "ada@nordlicht.example";

/// A server that runs, and the world it runs in. Ends with the test.
pub struct TestApp {
    /// The world: clocks, provider, relay.
    pub world: World,
    /// Where the server is.
    pub origin: String,
    stop: CancellationToken,
    _store: TestStore,
}

impl TestApp {
    /// Starts a server over a fresh SQLite database, with lines added to its configuration.
    pub async fn start_with(lines: &str) -> Self {
        let store = store::testing::sqlite().await;
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let mut world = support::world(&store);
        world.configure(|settings| settings.base_url.clone_from(&origin));
        let file = format!(
            "base_url = \"{origin}\"\ndatabase_url = \"{}\"\ninstallation_key = \"{}\"\n{lines}\n",
            store.address(),
            "kH3c0Zr4o0mJm4m9b0yZ1l8yqgY7mJ3mG0aM5S8Q2cE="
        );
        let config = Config::from_values(&read_values(Some(&file), []).unwrap()).unwrap();
        world.configure(|settings| settings.demo = config.demo);
        let app =
            App::new(&config, world.env.clone(), LocalPoolHandle::new(2), Arc::new(Heartbeats::default()));
        let stop = CancellationToken::new();
        tokio::spawn(http::serve(listener, routes::router(&app), config.limits, stop.clone()));
        Self { world, origin, stop, _store: store }
    }

    /// Starts a server as it is configured by default.
    pub async fn start() -> Self {
        Self::start_with("").await
    }

    /// A browser without any cookies.
    pub fn browser(&self) -> Browser {
        Browser { origin: self.origin.clone(), cookies: BTreeMap::new(), client: client() }
    }

    /// A browser in which this member signed in.
    pub async fn signed_in(&self, email: &str) -> Browser {
        let mut browser = self.browser();
        let answer = browser.post("/sign-in", &[("email", email), ("password", support::PASSWORD)]).await;
        assert_eq!((answer.status, answer.location.as_str()), (303, "/console"), "{}", answer.body);
        browser
    }

    /// A business with its owner, who can sign in as [`OWNER`].
    pub async fn business(&self) -> Principal {
        support::business(&self.world.env, "Nordlicht Studio", OWNER).await
    }

    /// An issued invoice of a new customer.
    pub async fn invoice(&self, owner: &Principal) -> (CustomerId, InvoiceId) {
        let env = &self.world.env;
        let (customer, _) = support::customer(env, owner, "Morgenrot GmbH", "lena@morgenrot.example").await;
        (customer, support::issued(env, owner, customer).await)
    }

    /// The path of a fresh portal link to an invoice.
    pub async fn link(&self, owner: &Principal, invoice: InvoiceId) -> String {
        let minted = server::operations::portal::copy_link(&self.world.env, owner, invoice).await.unwrap();
        minted.url.strip_prefix(&self.origin).unwrap().to_owned()
    }

    /// The path of a fresh portal link to everything of a customer.
    pub async fn link_of_everything(&self, owner: &Principal, customer: CustomerId) -> String {
        let env = &self.world.env;
        let minted = server::operations::portal::copy_link_of_all(env, owner, customer).await.unwrap();
        minted.url.strip_prefix(&self.origin).unwrap().to_owned()
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

fn client() -> reqwest::Client {
    reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// A browser as far as a server sees one: cookies, and where a form comes from. It follows no redirects, so that stories see
/// them.
#[derive(Clone)]
pub struct Browser {
    origin: String,
    cookies: BTreeMap<String, String>,
    client: reqwest::Client,
}

/// What a browser got.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: String,
    pub headers: reqwest::header::HeaderMap,
    pub body: String,
}

impl Browser {
    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Answer {
        let request =
            self.client.get(format!("{}{path}", self.origin)).header("sec-fetch-site", "same-origin");
        self.send(request).await
    }

    /// Sends a form of ours.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let request = self.client.post(format!("{}{path}", self.origin));
        self.send(request.header("sec-fetch-site", "same-origin").form(fields)).await
    }

    /// Sends anything.
    pub async fn send(&mut self, request: reqwest::RequestBuilder) -> Answer {
        let cookies: Vec<String> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        let headers = answer.headers().clone();
        for line in headers.get_all("set-cookie") {
            let line = line.to_str().unwrap();
            for needed in ["; Path=/", "; Secure", "; HttpOnly", "; SameSite=Lax"] {
                assert!(line.contains(needed), "{line} lacks {needed}");
            }
            let (name, rest) = line.split_once('=').unwrap();
            assert!(name.starts_with("__Host-") && !line.contains("Domain"), "{line}");
            if line.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), rest.split(';').next().unwrap().to_owned());
            }
        }
        let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let location = text("location").unwrap_or_default();
        Answer { status: answer.status().as_u16(), location, headers, body: answer.text().await.unwrap() }
    }

    /// A request of another kind than pages and forms, without its cookies yet.
    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method.parse().unwrap(), format!("{}{path}", self.origin))
    }

    /// The names of the cookies it holds.
    pub fn cookies(&self) -> Vec<&str> {
        self.cookies.keys().map(String::as_str).collect()
    }
}
