//! What a handler is given: the request, read and bounded, and who sent it.

use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use axum::body::Bytes;
use axum::http::HeaderMap;
use domain::Locale;

use crate::env::{Env, Principal};
use crate::operations::identity::Authenticated;

use super::App;
use super::form::Fields;
use super::problem::Problem;

/// What every page needs besides its own view.
#[derive(Debug, Clone)]
pub struct PageContext {
    /// The nonce of this answer's scripts.
    pub nonce: String,
    /// Demo mode: pages say so.
    pub demo: bool,
    /// What the reader's browser asks for first, of what Dunlin speaks.
    pub asked: Option<Locale>,
}

/// One request, as handlers see it. The pipeline has authenticated it, checked its origin, read its body.
pub struct Request {
    /// The running server.
    pub app: Arc<App>,
    /// Who asks.
    pub principal: Principal,
    /// The signed-in member with their business, on routes for members.
    pub signed_in: Option<Authenticated>,
    /// The path as it was asked for. Never logged: it may hold a link.
    pub path: String,
    /// The path's parameters by name, decoded.
    pub params: Vec<(String, String)>,
    /// The query.
    pub query: Fields,
    /// The form, for routes that read one.
    pub form: Fields,
    /// The body as it came.
    pub body: Bytes,
    /// All headers.
    pub headers: HeaderMap,
    /// The client's address, as far as trusted proxies tell.
    pub client: IpAddr,
    /// The address at the other end of the connection.
    pub peer: IpAddr,
    /// What its page needs.
    pub page: PageContext,
}

impl Request {
    /// The outside world.
    pub fn env(&self) -> &Env {
        &self.app.env
    }

    /// A parameter of the path as a typed id; one that is none is not found.
    pub fn id<Id: FromStr>(&self, name: &str) -> Result<Id, Problem> {
        self.param(name)?.parse().map_err(|_| Problem::NotFound)
    }

    /// A parameter of the path.
    pub fn param(&self, name: &str) -> Result<&str, Problem> {
        self.params
            .iter()
            .find(|(found, _)| found == name)
            .map(|(_, value)| value.as_str())
            .ok_or(Problem::NotFound)
    }
}
