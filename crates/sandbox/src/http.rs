//! Answers over HTTP that the rooms of the sandbox share.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use serde_json::Value;

/// JSON, indented for readers.
pub(crate) fn json_response(status: u16, body: &Value) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let text = serde_json::to_string_pretty(body).unwrap_or_default();
    (status, [(header::CONTENT_TYPE, "application/json"), (header::CACHE_CONTROL, "no-store")], text)
        .into_response()
}

/// A page. Its policy allows no script at all, and styles only from the page itself.
pub(crate) fn html_response(status: StatusCode, page: String) -> Response {
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-src 'self'; form-action *; \
                  base-uri 'none'; frame-ancestors 'none'";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CACHE_CONTROL, "no-store"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    (status, headers, page).into_response()
}

/// 303 to another page.
pub(crate) fn see_other(location: &str) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    match HeaderValue::from_str(location) {
        Ok(location) => {
            response.headers_mut().insert(header::LOCATION, location);
            response
        }
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

/// An answer that breaks the connection instead of arriving.
pub(crate) struct LostConnection;

impl IntoResponse for LostConnection {
    fn into_response(self) -> Response {
        // The length is promised and the body fails: the caller sees a broken connection, whatever it does with bodies.
        let mut response = Response::new(Body::new(Broken));
        response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from_static("1"));
        response
    }
}

struct Broken;

impl HttpBody for Broken {
    type Data = Bytes;
    type Error = std::io::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, Self::Error>>> {
        Poll::Ready(Some(Err(std::io::ErrorKind::ConnectionReset.into())))
    }
}

/// Lets nobody in but this machine's own programs and pages: the host must be loopback (no name that somebody points
/// here), and a form must come from the sandbox's own pages (no other site's).
pub(crate) async fn only_this_machine(request: Request, next: Next) -> Response {
    let headers = request.headers();
    if !host(headers).is_none_or(is_loopback) {
        return (StatusCode::MISDIRECTED_REQUEST, "The sandbox answers on loopback addresses only.\n")
            .into_response();
    }
    if request.method() != Method::GET && request.method() != Method::HEAD && from_another_site(headers) {
        return (StatusCode::FORBIDDEN, "The sandbox takes forms from its own pages only.\n").into_response();
    }
    next.run(request).await
}

fn host(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::HOST).and_then(|host| host.to_str().ok())
}

fn is_loopback(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => host.split(':').next().unwrap_or_default(),
    };
    name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Browsers name the origin of a form; programs name none.
fn from_another_site(headers: &HeaderMap) -> bool {
    let Some(origin) = headers.get(header::ORIGIN).and_then(|origin| origin.to_str().ok()) else {
        return false;
    };
    let own = host(headers).map(|host| format!("http://{host}"));
    own.as_deref() != Some(origin)
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

    #[test]
    fn loopback_is_recognised_and_nothing_else() {
        for own in ["localhost", "localhost:12111", "127.0.0.1:80", "127.8.8.8", "[::1]:9"] {
            assert!(is_loopback(own), "{own}");
        }
        for other in ["sandbox.example", "10.0.0.1:80", "127.0.0.1.example", "[::2]", ""] {
            assert!(!is_loopback(other), "{other}");
        }
    }
}
