//! The files a browser loads besides pages. They are embedded, named by their content and never change under a name.

use axum::http::{HeaderMap, StatusCode, header};
use axum::response::Response;

use crate::assets::{self, Asset};

use super::problem::Problem;
use super::request::Request;
use super::respond;
use super::routes::Answer;

/// An embedded file by its hashed name.
pub fn asset(request: &Request) -> Answer {
    let asset = assets::at(&format!("/assets/{}", request.param("file")?)).ok_or(Problem::NotFound)?;
    Ok(file(asset, &request.headers, "public, max-age=31536000, immutable"))
}

/// The icon, which browsers and tools ask for by a fixed name.
pub fn icon(request: &Request) -> Answer {
    let asset = assets::named("favicon.svg").ok_or(Problem::NotFound)?;
    Ok(file(asset, &request.headers, "public, max-age=86400"))
}

/// Nothing here is for search engines.
pub fn robots(_request: &Request) -> Answer {
    Ok(respond::text(StatusCode::OK, "User-agent: *\nDisallow: /\n"))
}

fn file(asset: &'static Asset, headers: &HeaderMap, caching: &str) -> Response {
    let brotli = asset.brotli.filter(|_| takes_brotli(headers));
    let mut response = respond::bytes(asset.content_type, brotli.unwrap_or(asset.bytes));
    if brotli.is_some() {
        respond::set(&mut response, header::CONTENT_ENCODING, "br");
    }
    respond::set(&mut response, header::VARY, "accept-encoding");
    respond::set(&mut response, header::CACHE_CONTROL, caching);
    response
}

/// Whether the browser takes brotli: named, and not with a weight of nothing.
fn takes_brotli(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(','))
        .map(|coding| {
            coding.split_once(';').map_or((coding.trim(), ""), |(name, weight)| (name.trim(), weight.trim()))
        })
        .any(|(name, weight)| {
            let refused =
                weight.strip_prefix("q=").is_some_and(|q| q.trim_end_matches(['0', '.']).is_empty());
            name.eq_ignore_ascii_case("br") && !refused
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn brotli_is_sent_to_those_who_take_it() {
        let takes = |line: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_ENCODING, line.parse().unwrap());
            takes_brotli(&headers)
        };
        assert!(takes("gzip, deflate, br, zstd") && takes("br;q=0.5") && takes("BR"));
        assert!(!takes("gzip") && !takes("br;q=0") && !takes("br;q=0.0") && !takes("brotli"));
    }
}
