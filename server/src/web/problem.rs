//! Every way a request can end in something else than its answer, and the page that says so.
//!
//! Operations have an error enum each; handlers turn those that a person cannot mend in a form into a [`Problem`].
//! What went wrong inside is logged, never shown.

use axum::http::{StatusCode, header};
use axum::response::Response;

use super::request::PageContext;
use super::respond;

/// A refusal, or a failure, of a whole request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Problem {
    /// What was sent is no form, or its address no address of ours.
    Malformed,
    /// There is no such thing, or not for this person: the two look the same.
    NotFound,
    /// A signed-in member whose role does not allow it.
    Forbidden,
    /// A form that no page of ours sent.
    ForeignOrigin,
    /// The address exists, the method does not.
    MethodNotAllowed,
    /// Two people changed the same thing.
    Conflict,
    /// The body is larger than the route allows.
    TooLarge,
    /// A body of another type than the route reads.
    UnsupportedType,
    /// The body did not arrive in time.
    TooSlow,
    /// Too many tries.
    TooManyRequests {
        /// When the next one is worth it.
        retry_after_seconds: u64,
    },
    /// The database cannot be reached or written, or the answer took too long.
    Unavailable,
    /// A defect of ours.
    Internal,
}

impl Problem {
    /// Its status.
    pub fn status(self) -> StatusCode {
        match self {
            Self::Malformed => StatusCode::BAD_REQUEST,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::ForeignOrigin => StatusCode::FORBIDDEN,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UnsupportedType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::TooManyRequests { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The answer: a page for people; for machines (webhooks, health) one line.
    pub fn answer(self, page: &PageContext, for_machine: bool) -> Response {
        let status = self.status();
        let mut response = if for_machine {
            respond::text(status, status.canonical_reason().unwrap_or("error"))
        } else {
            respond::html(status, super::pages::problem(page, self))
        };
        match self {
            Self::TooManyRequests { retry_after_seconds } => {
                respond::set(&mut response, header::RETRY_AFTER, &retry_after_seconds.to_string());
            }
            Self::Unavailable => respond::set(&mut response, header::RETRY_AFTER, "5"),
            // The rest of the body is unread: the connection cannot be used again.
            Self::TooLarge | Self::TooSlow => respond::set(&mut response, header::CONNECTION, "close"),
            _ => {}
        }
        response
    }
}
