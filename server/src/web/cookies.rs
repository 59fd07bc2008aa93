//! The cookies we set and read.
//!
//! All three carry the `__Host-` prefix, which browsers accept only with `Secure`, `Path=/` and no `Domain`: no other
//! host, a sibling subdomain included, can set or shadow them. Chromium and Firefox count `http://localhost` and
//! `http://127.0.0.1` as secure for this, so that a demonstration without TLS keeps its sessions.
//! `SameSite=Lax` sends them with a link from a mail, and never with a foreign form's POST.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;

use crate::crypto::Token;

/// A member's session.
pub const MEMBER: &str = "__Host-dunlin";
/// A customer's session: every portal link opened in this browser.
pub const PORTAL: &str = "__Host-dunlin_portal";
/// Names the browser that refused forms are kept for.
pub const BROWSER: &str = "__Host-dunlin_form";

/// The value of a cookie in a request.
pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(found, value)| (found == name).then_some(value))
}

/// The secret in a cookie of a request.
pub fn token(headers: &HeaderMap, name: &str) -> Option<Token> {
    read(headers, name).and_then(Token::parse)
}

/// Sets a cookie for a time.
pub fn put(response: &mut Response, name: &str, token: &Token, lives: Duration) {
    let (value, seconds) = (token.reveal(), lives.as_secs());
    append(response, &format!("{name}={value}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}"));
}

/// Takes a cookie back.
pub fn clear(response: &mut Response, name: &str) {
    append(response, &format!("{name}=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"));
}

fn append(response: &mut Response, cookie: &str) {
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(header::SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_among_others() {
        let mut headers = HeaderMap::new();
        headers
            .append(header::COOKIE, HeaderValue::from_static("a=1; __Host-dunlin_portal=x; __Host-dunlin=y"));
        headers.append(header::COOKIE, HeaderValue::from_static("b=2"));
        assert_eq!(read(&headers, MEMBER), Some("y"));
        assert_eq!(read(&headers, PORTAL), Some("x"));
        assert_eq!(read(&headers, "b"), Some("2"));
        assert_eq!(read(&headers, "c"), None);
    }
}
