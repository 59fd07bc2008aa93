//! Headers that every answer carries, and the policy that names what a page may load.

use axum::http::{HeaderValue, header};
use axum::response::Response;
use base64::Engine as _;

use crate::env::Entropy;

use super::respond::set;

/// What the headers depend on besides the request; fixed at start.
#[derive(Debug, Clone)]
pub struct HeaderPolicy {
    /// Browsers come by TLS: tell them to stay.
    pub https: bool,
    /// The origin of the hosted payment page. Forms that end there by a redirect need it in `form-action`, or the
    /// browser drops the redirect without a word.
    pub checkout_origin: String,
}

/// A fresh nonce for the scripts of one page.
pub fn nonce(entropy: &dyn Entropy) -> String {
    let mut bytes = [0_u8; 18];
    entropy.fill(&mut bytes);
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Puts the security headers on an answer. `Cache-Control` is `no-store` unless the handler chose otherwise, so that
/// the back button shows nothing after signing out.
pub fn protect(response: &mut Response, policy: &HeaderPolicy, nonce: &str) {
    if !response.headers().contains_key(header::CONTENT_SECURITY_POLICY) {
        set(response, header::CONTENT_SECURITY_POLICY, &page_policy(policy, nonce));
        set(response, header::X_FRAME_OPTIONS, "DENY");
    }
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // Not `no-referrer`: with it browsers send `Origin: null` for our own forms, which the origin check refuses.
        (header::REFERRER_POLICY, "same-origin"),
    ];
    let headers = response.headers_mut();
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert("cross-origin-opener-policy", HeaderValue::from_static("same-origin"));
    headers.insert("cross-origin-resource-policy", HeaderValue::from_static("same-origin"));
    headers.insert(
        "permissions-policy",
        HeaderValue::from_static(
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), interest-cohort=()",
        ),
    );
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    if policy.https {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=63072000; includeSubDomains"),
        );
    }
}

/// What a page of ours may load and where its forms may lead.
fn page_policy(policy: &HeaderPolicy, nonce: &str) -> String {
    format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; manifest-src 'self'; \
         form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
        policy.checkout_origin
    )
}

/// Makes an answer safe to show what others wrote: a mail's body, in a frame of the console. It may style itself and
/// nothing else: no scripts, no forms, nothing from elsewhere, and an origin of its own.
pub fn confine(response: &mut Response) {
    set(
        response,
        header::CONTENT_SECURITY_POLICY,
        "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; \
         frame-ancestors 'self'",
    );
}
