//! Answers: the few kinds there are, made in one place.

use axum::body::{Body, Bytes};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::Response;

/// A page.
pub fn html(status: StatusCode, document: String) -> Response {
    with_type(status, "text/html; charset=utf-8", document)
}

/// JSON, for machines that look after us.
pub fn json(status: StatusCode, value: &serde_json::Value) -> Response {
    with_type(status, "application/json", value.to_string())
}

/// Plain text.
pub fn text(status: StatusCode, text: impl Into<String>) -> Response {
    with_type(status, "text/plain; charset=utf-8", text.into())
}

/// 303: what a form's POST answers, so that going back or reloading repeats nothing.
///
/// `to` is always built by us (a path of ours, or the provider's hosted page), never taken from the request.
pub fn see_other(to: &str) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::SEE_OTHER;
    set(&mut response, header::LOCATION, to);
    response
}

/// Bytes of a known type.
pub fn bytes(content_type: &'static str, bytes: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(bytes.into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Sets a header to a value made by us; one that could not be a header's value is left out.
pub fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    } else {
        tracing::error!(header = %name, "a header's value was left out because it cannot be one");
    }
}

fn with_type(status: StatusCode, content_type: &'static str, body: String) -> Response {
    let mut response = bytes(content_type, body);
    *response.status_mut() = status;
    response
}
