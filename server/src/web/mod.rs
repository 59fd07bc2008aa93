//! The HTTP side: one table of routes and the handlers behind it.
//!
//! * [`routes`] is the table: method, path, who may, limits, handler. The router is built from nothing else.
//! * [`pipeline`] is what every request passes: log span, deadline, origin, authentication, body, handler, headers.
//! * [`request`] is what a handler gets, [`respond`] and [`problem`] what it may answer.
//! * [`portal`], [`pay`], [`console`], [`demo`] are the handlers for people, [`machine`], [`files`], [`webhooks`] those for
//!   programs. They are short: parse, call one operation, map its result to a page's view or to a 303.
//! * [`http`] drives the connections.
//!
//! To add a page: its view and function in `app`, an operation if it needs one, a handler beside its siblings, a row
//! in [`routes`]. The test of every route against every kind of principal then asks for that row's expectations.

pub mod http;
pub mod pipeline;
pub mod request;
pub mod respond;
pub mod routes;

pub mod access;
pub mod autopay;
mod client;
pub mod code;
mod cookies;
pub mod form;
pub mod headers;
pub mod origin;
pub mod problem;
pub mod sessions;

pub mod console;
pub mod demo;
pub mod files;
pub mod machine;
pub mod pay;
pub mod portal;
mod saved_methods;
pub mod sms;
mod statements;
mod tables;
pub mod upload;
mod way_out;
pub mod webhooks;

mod kept_forms;
mod pages;

use std::sync::Arc;

use secrecy::SecretString;
use tokio_util::task::LocalPoolHandle;

use crate::config::{Config, Limits, Network};
use crate::env::Env;
use crate::health::Heartbeats;

use headers::HeaderPolicy;

/// Where Stripe's hosted payment page lives.
const STRIPE_CHECKOUT: &str = "https://checkout.stripe.com";

/// The running server, as handlers see it.
pub struct App {
    /// The outside world.
    pub env: Env,
    /// The threads that handlers run on, each task on one of them to its end.
    ///
    /// Operations give `Store::transact` asynchronous closures that borrow, and today's compiler cannot prove of such
    /// futures that they may move between threads (rust-lang/rust#110338). So they do not move; only what they answer
    /// does.
    pub pool: LocalPoolHandle,
    /// How the workers are doing.
    pub heartbeats: Arc<Heartbeats>,
    /// Bounds of requests.
    pub limits: Limits,
    /// What the security headers say.
    pub header_policy: HeaderPolicy,
    /// Hops whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// May read the figures from anywhere.
    pub metrics_token: Option<SecretString>,
}

impl App {
    /// The server for a configuration and an outside world.
    pub fn new(config: &Config, env: Env, pool: LocalPoolHandle, heartbeats: Arc<Heartbeats>) -> Arc<Self> {
        Arc::new(Self {
            env,
            pool,
            heartbeats,
            limits: config.limits,
            header_policy: HeaderPolicy {
                https: config.base_url.is_https(),
                checkout_origin: config.stripe_url.clone().unwrap_or_else(|| STRIPE_CHECKOUT.to_owned()),
            },
            trusted_proxies: config.trusted_proxies.clone(),
            metrics_token: config.metrics_token.clone(),
        })
    }
}
