//! What every request passes, in this order: a log span named by the route (never by the raw path, which may hold a
//! link), the deadline, the origin of a form, authentication, the body, the handler; then headers, log line, metrics.
//!
//! The handler runs in a task of its own, on one of the [`App`]'s worker threads: a browser that goes away does not stop a payment half way, and a panic ends
//! in a plain 500 page. When the deadline passes the task is aborted; that is the same as a crash at that point, which
//! operations are written for.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts as _, RawPathParams};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::Response;
use http_body_util::{BodyExt as _, LengthLimitError, Limited};
use tracing::{Instrument as _, Span, field};

use super::access::{self, Admission};
use super::form::Fields;
use super::http::Peer;
use super::problem::Problem;
use super::request::{PageContext, Request};
use super::routes::{Accepts, Access, Route, Verb};
use super::{App, client, headers, origin};
use crate::env::Principal;

/// Serves one request of a route.
pub async fn serve(app: Arc<App>, route: &'static Route, request: axum::extract::Request) -> Response {
    let started = Instant::now();
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let page = page_context(&app, &parts.headers);
    let span = tracing::info_span!(
        "request",
        id = %request_id(&app),
        method = %method,
        route = route.path,
        business = field::Empty,
        subject = field::Empty,
    );
    let for_machine = route.access.is_for_machines();
    let nonce = page.nonce.clone();
    let deadline = app.limits.request_timeout;
    let work = {
        let (app, page, span) = (Arc::clone(&app), page.clone(), span.clone());
        move || handle(app, route, parts, body, page).instrument(span)
    };
    let task = app.pool.spawn_pinned(work);
    let abort = task.abort_handle();
    let outcome = match tokio::time::timeout(deadline, task).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => {
            span.in_scope(|| tracing::error!(panicked = error.is_panic(), "the handler of a request died"));
            Err(Problem::Internal)
        }
        Err(_) => {
            abort.abort();
            span.in_scope(|| tracing::error!("a request passed its deadline"));
            Err(Problem::Unavailable)
        }
    };
    let mut response = outcome.unwrap_or_else(|problem| problem.answer(&page, for_machine));
    headers::protect(&mut response, &app.header_policy, &nonce);
    report(&span, route.path, &method, response.status(), started);
    response
}

/// Answers what no route matched.
pub fn unmatched(app: &App, method: &Method, headers: &HeaderMap, problem: Problem) -> Response {
    let started = Instant::now();
    let page = page_context(app, headers);
    let mut response = problem.answer(&page, false);
    headers::protect(&mut response, &app.header_policy, &page.nonce);
    let span = tracing::info_span!("request", id = %request_id(app), method = %method, route = "unmatched");
    report(&span, "unmatched", method, response.status(), started);
    response
}

fn page_context(app: &App, asked: &HeaderMap) -> PageContext {
    PageContext {
        nonce: headers::nonce(&*app.env.entropy),
        demo: app.env.settings.demo,
        asked: client::locale(asked),
    }
}

fn request_id(app: &App) -> String {
    let mut bytes = [0_u8; 8];
    app.env.entropy.fill(&mut bytes);
    hex::encode(bytes)
}

fn report(span: &Span, route: &'static str, method: &Method, status: StatusCode, started: Instant) {
    let elapsed = started.elapsed();
    span.in_scope(|| {
        tracing::info!(
            status = status.as_u16(),
            duration_us = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            "answered"
        );
    });
    // A method is whatever a client writes: only the known ones become a label.
    let method = match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::HEAD => "HEAD",
        _ => "other",
    };
    crate::metrics::request_answered(route, method, status.as_u16(), elapsed);
}

async fn handle(
    app: Arc<App>,
    route: &'static Route,
    mut parts: Parts,
    body: Body,
    page: PageContext,
) -> Result<Response, Problem> {
    let peer = parts.extensions.get::<Peer>().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.0.ip());
    let client = client::address(peer, &parts.headers, &app.trusted_proxies);

    // The webhook's sender proves itself by a signature instead, and no cookie of ours counts there.
    let is_form = route.verb == Verb::Post && !route.access.is_for_machines();
    if is_form && !origin::is_ours(&parts.headers, &app.env.settings.base_url) {
        tracing::warn!("a form from elsewhere was refused");
        return Err(Problem::ForeignOrigin);
    }

    let params = path_params(&mut parts).await?;
    let query =
        Fields::parse(parts.uri.query().unwrap_or_default().as_bytes()).map_err(|_| Problem::Malformed)?;
    let request = Request {
        principal: Principal::Anonymous,
        signed_in: None,
        app: Arc::clone(&app),
        path: parts.uri.path().to_owned(),
        params,
        query,
        form: Fields::default(),
        body: Bytes::new(),
        headers: parts.headers,
        client,
        peer,
        page,
    };

    // Who may is decided before the body is read: strangers cannot make us read large ones.
    let mut request = match access::admit(request, route).await? {
        Admission::Admitted(request) => *request,
        Admission::Elsewhere(answer) => return Ok(answer),
    };

    let announced = request.headers.get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    request.body = read_body(body, announced, route.body_limit_bytes, app.limits.body_timeout).await?;
    if route.accepts == Accepts::Form {
        let is_urlencoded =
            request.headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()).is_some_and(
                |value| {
                    value.split(';').next().is_some_and(|kind| {
                        kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded")
                    })
                },
            );
        if !is_urlencoded && !request.body.is_empty() {
            return Err(Problem::UnsupportedType);
        }
        request.form = Fields::parse(&request.body).map_err(|_| Problem::Malformed)?;
    }
    (route.handler)(request).await
}

async fn path_params(parts: &mut Parts) -> Result<Vec<(String, String)>, Problem> {
    // Escapes that are not UTF-8 name nothing of ours.
    let params = RawPathParams::from_request_parts(parts, &()).await.map_err(|_| Problem::NotFound)?;
    Ok(params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
}

/// Reads a body within the route's size and the configured time. A length that is announced too large is refused
/// before a byte is read.
async fn read_body(
    body: Body,
    announced: Option<u64>,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, Problem> {
    if announced.is_some_and(|length| length > limit as u64) {
        return Err(Problem::TooLarge);
    }
    match tokio::time::timeout(patience, Limited::new(body, limit).collect()).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::TooLarge),
        Ok(Err(error)) => {
            tracing::debug!(%error, "a body broke off");
            Err(Problem::Malformed)
        }
        Err(_) => Err(Problem::TooSlow),
    }
}

impl Access {
    /// Whether programs, not people with browsers, use the route: no pages, no cookies, no origin check.
    pub fn is_for_machines(self) -> bool {
        matches!(self, Self::Webhook | Self::Anyone | Self::Watcher)
    }
}
