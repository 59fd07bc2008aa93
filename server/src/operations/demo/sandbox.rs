//! The few calls that the demo makes to the sandbox's controls. Loopback and bounded in time; Stripe itself is spoken to by
//! the gateway.

use std::time::Duration as Patience;

use chrono::Duration;
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, header};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::TcpStream;

use crate::env::Env;

/// How long one call may take.
const PATIENCE: Patience = Patience::from_secs(5);

/// Why the sandbox did not do what it was asked to.
#[derive(Debug, thiserror::Error)]
pub(super) enum SandboxError {
    /// It was not reached.
    #[error("the sandbox was not reached: {0}")]
    Unreached(String),
    /// It said no.
    #[error("the sandbox answered {0}")]
    Refused(u16),
}

/// The sandbox beside a demo.
pub(super) struct Sandbox {
    /// `127.0.0.1:12111`.
    authority: String,
}

impl Sandbox {
    /// The sandbox that the configuration names, if it names one.
    pub(super) fn of(env: &Env) -> Option<Self> {
        let url = env.settings.sandbox_url.as_deref()?;
        let authority = url.strip_prefix("http://")?.split('/').next()?;
        Some(Self { authority: authority.to_owned() })
    }

    /// Tells how far business time is ahead of machine time.
    pub(super) async fn set_offset(&self, offset: Duration) -> Result<(), SandboxError> {
        self.call("clock", &json!({ "offset_seconds": offset.num_seconds() })).await.map(drop)
    }

    /// Tells whose account a key is of, where its webhooks go, and what they are signed with.
    pub(super) async fn set_endpoint(
        &self,
        business: &str,
        key: &str,
        url: &str,
        secret: &str,
    ) -> Result<(), SandboxError> {
        self.call("endpoints", &json!({ "business": business, "key": key, "url": url, "secret": secret }))
            .await
            .map(drop)
    }

    /// Tells where the answers to texts go, and what the gateway's callbacks are signed with.
    pub(super) async fn set_text_answers(
        &self,
        account: &str,
        token: &str,
        url: &str,
    ) -> Result<(), SandboxError> {
        self.call("texts/account", &json!({ "account": account, "token": token, "url": url })).await.map(drop)
    }

    /// Pays an open Checkout Session as the hosted page would: with a card, or by a debit that `settles` or `fails` in some days.
    pub(super) async fn pay(&self, session: &str, debit: Option<&str>) -> Result<(), SandboxError> {
        let payment = match debit {
            Some(outcome) => json!({ "session": session, "debit": outcome }),
            None => json!({ "session": session, "card": "4242424242424242" }),
        };
        self.call("pay", &payment).await.map(drop)
    }

    /// The payer's bank takes a payment back, or only asks about it. The dispute.
    pub(super) async fn dispute(&self, payment: &str, inquiry: bool) -> Result<String, SandboxError> {
        let made = self.call("disputes", &json!({ "payment_intent": payment, "inquiry": inquiry })).await?;
        Ok(made["id"].as_str().unwrap_or_default().to_owned())
    }

    /// The payer's bank decides a dispute.
    pub(super) async fn decide(&self, dispute: &str, won: bool) -> Result<(), SandboxError> {
        self.call(&format!("disputes/{dispute}/close"), &json!({ "won": won })).await.map(drop)
    }

    async fn call(&self, name: &str, body: &Value) -> Result<Value, SandboxError> {
        match tokio::time::timeout(PATIENCE, self.post(name, body)).await {
            Ok(answer) => answer,
            Err(_) => Err(SandboxError::Unreached("it did not answer in time".to_owned())),
        }
    }

    async fn post(&self, name: &str, body: &Value) -> Result<Value, SandboxError> {
        let unreached = |error: &dyn std::fmt::Display| SandboxError::Unreached(error.to_string());
        let request = Request::builder()
            .method(Method::POST)
            .uri(format!("/_sandbox/{name}"))
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body.to_string())))
            .map_err(|error| unreached(&error))?;
        let stream = TcpStream::connect(&self.authority).await.map_err(|error| unreached(&error))?;
        let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
            .await
            .map_err(|error| unreached(&error))?;
        let driver = tokio::spawn(connection);
        let answer = sender.send_request(request).await.map_err(|error| unreached(&error))?;
        let status = answer.status();
        let body = answer.into_body().collect().await.map_err(|error| unreached(&error))?.to_bytes();
        drop(sender);
        driver.abort();
        if !status.is_success() {
            return Err(SandboxError::Refused(status.as_u16()));
        }
        serde_json::from_slice(&body).map_err(|error| unreached(&error))
    }
}
