//! Whether a POST comes from a page of ours.
//!
//! Browsers say where a form was by `Sec-Fetch-Site` (true in every case, and no page can forge it) and by `Origin`.
//! A POST is ours when the first says `same-origin`, or `none`, which only a person's own doing causes. Browsers
//! without that header are judged by `Origin`, which must be the configured address's. With neither, the request is
//! refused: every browser sends at least one with a POST. Cookies are `SameSite=Lax` besides.

use axum::http::{HeaderMap, header};

/// Whether the headers of a POST show that a page of ours, at `our_origin`, sent it.
pub fn is_ours(headers: &HeaderMap, our_origin: &str) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    headers.get(header::ORIGIN).is_some_and(|origin| origin.as_bytes() == our_origin.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_ours(&headers, "https://pay.example")
    }

    #[test]
    fn only_our_own_pages_may_post() {
        assert!(ours(&[("sec-fetch-site", "same-origin")]));
        assert!(ours(&[("sec-fetch-site", "none")]));
        assert!(ours(&[("origin", "https://pay.example")]));
        assert!(!ours(&[]));
        assert!(!ours(&[("origin", "null")]));
        assert!(!ours(&[("origin", "https://pay.example.evil.example")]));
        assert!(!ours(&[("origin", "http://pay.example")]));
        assert!(!ours(&[("referer", "https://pay.example/")]));
        for foreign in ["cross-site", "same-site", "", "same-origin, none"] {
            assert!(!ours(&[("sec-fetch-site", foreign), ("origin", "https://pay.example")]), "{foreign}");
        }
    }
}
