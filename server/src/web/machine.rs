//! What machines ask: is it alive, can it serve, what are its figures.

use axum::http::StatusCode;
use serde_json::json;

use crate::health;

use super::request::Request;
use super::respond;
use super::routes::Answer;

/// The process runs and answers. Says nothing about the database: restarting us would not mend that.
pub fn live(_request: &Request) -> Answer {
    Ok(respond::json(StatusCode::OK, &json!({ "status": "ok" })))
}

/// Whether requests should be sent here, and if not, what is wrong: each check by name.
pub async fn ready(request: Request) -> Answer {
    let report = health::check(request.env(), &request.app.heartbeats).await;
    let status = if report.is_ready() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    Ok(respond::json(status, &report.to_json()))
}

/// The figures, in Prometheus's text format.
pub async fn metrics(request: Request) -> Answer {
    health::record(&health::check(request.env(), &request.app.heartbeats).await);
    health::record_queues(request.env()).await;
    Ok(respond::text(StatusCode::OK, crate::metrics::render()))
}
