//! Where the payment provider tells us what happened.

use axum::http::StatusCode;
use domain::BusinessId;

use super::problem::Problem;
use super::request::Request;
use super::respond;
use super::routes::Answer;
use crate::webhooks::{self, WebhookError};

/// `POST /webhooks/stripe/{business}`: verified, stored, answered. A worker does the rest.
pub async fn stripe(request: Request) -> Answer {
    let business: BusinessId = request.id("business")?;
    let signature = request.headers.get("stripe-signature").map(axum::http::HeaderValue::as_bytes);
    match webhooks::receive(request.env(), business, signature, &request.body).await {
        Ok(_) => Ok(respond::text(StatusCode::OK, "ok")),
        Err(WebhookError::NoEndpoint) => Err(Problem::NotFound),
        Err(error @ (WebhookError::Signature(_) | WebhookError::NotAnEvent)) => {
            tracing::warn!(%business, %error, "a webhook was refused");
            // Not counted: refusing costs one hash over the body, less than keeping a count of it would.
            Err(Problem::Malformed)
        }
        Err(WebhookError::Crypto(error)) => Err(error.into()),
        Err(WebhookError::TooLarge) => Err(Problem::TooLarge),
        Err(WebhookError::Store(error)) => {
            // Not 500: whatever is the matter with us, the provider should deliver again.
            tracing::error!(error = &error as &dyn std::error::Error, "a webhook could not be kept");
            Err(Problem::Unavailable)
        }
    }
}
