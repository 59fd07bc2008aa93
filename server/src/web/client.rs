//! Where a request comes from, and what its reader speaks.

use std::net::IpAddr;

use axum::http::{HeaderMap, header};
use domain::Locale;

use crate::config::Network;

/// The client's address: the socket's peer, unless that is a trusted proxy.
///
/// `X-Forwarded-For` is read from its end, as each hop appends whom it saw: the first address that is not a trusted
/// hop is the client. What stands before it may have been written by anyone.
pub fn address(peer: IpAddr, headers: &HeaderMap, trusted: &[Network]) -> IpAddr {
    let is_trusted = |address: IpAddr| trusted.iter().any(|network| network.contains(address));
    let peer = peer.to_canonical();
    if !is_trusted(peer) {
        return peer;
    }
    let mut client = peer;
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
        client = address.to_canonical();
        if !is_trusted(client) {
            break;
        }
    }
    client
}

/// What the browser asks for, of what Dunlin speaks: the highest in its list whose language has words here. Nothing for
/// programs that ask for nothing, and for readers of other languages.
pub fn locale(headers: &HeaderMap) -> Option<Locale> {
    let asked = headers.get(header::ACCEPT_LANGUAGE)?.to_str().ok()?;
    let mut best: Option<(&str, Locale)> = None;
    // A browser lists a handful; whoever sends hundreds is none.
    for item in asked.split(',').take(16) {
        let (tag, weight) = item.split_once(';').unwrap_or((item, "q=1"));
        let spoken = Locale::closest(tag.trim()).filter(|locale| locale.spoken() == *locale);
        let weight = weight.trim().strip_prefix("q=").filter(|weight| weighs(weight));
        let (Some(locale), Some(weight)) = (spoken, weight) else { continue };
        // Between 0 and 1, and so in order as text too. Of equal weights the first one named counts.
        if best.is_none_or(|(highest, _)| weight > highest) {
            best = Some((weight, locale));
        }
    }
    best.map(|(_, locale)| locale)
}

/// Whether this is a weight as the header writes it, and more than none: `1`, `0.8`, never `0.0`.
fn weighs(weight: &str) -> bool {
    let digits = weight.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    digits && weight.starts_with(['0', '1']) && weight.bytes().any(|b| (b'1'..=b'9').contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(peer: &str, forwarded: &[&'static str], trusted: &str) -> String {
        let file = format!(
            "base_url = \"https://a.example\"\ndatabase_url = \"sqlite:x\"\ninstallation_key = \
             \"kH3c0Zr4o0mJm4m9b0yZ1l8yqgY7mJ3mG0aM5S8Q2cE=\"\ntrusted_proxies = \"{trusted}\""
        );
        let values = crate::config::read_values(Some(&file), []).unwrap();
        let trusted = crate::config::Config::from_values(&values).unwrap().trusted_proxies;
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", line.parse().unwrap());
        }
        address(peer.parse().unwrap(), &headers, &trusted).to_string()
    }

    #[test]
    fn the_browser_says_what_its_reader_speaks() {
        for (asked, spoken) in [
            ("de", Some("de-DE")),
            ("de-AT,de;q=0.9,en;q=0.8", Some("de-AT")),
            ("en-US,en;q=0.5", Some("en-US")),
            ("fr-FR,fr;q=0.9,de;q=0.4,en;q=0.6", Some("en-GB")),
            ("pt-BR, en-AU;q=0.7", Some("en-GB")),
            ("de;q=0, en", Some("en-GB")),
            ("fr", None),
            ("*", None),
            ("", None),
            ("de;q=lots", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(header::ACCEPT_LANGUAGE, asked.parse().unwrap());
            assert_eq!(locale(&headers).map(Locale::tag), spoken, "{asked}");
        }
        assert_eq!(locale(&HeaderMap::new()), None);
    }

    #[test]
    fn forwarded_addresses_are_believed_from_trusted_hops_only() {
        assert_eq!(seen("203.0.113.5", &["198.51.100.1"], "10.0.0.0/8"), "203.0.113.5");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.9"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.1"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, junk"], "10.0.0.0/8"), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[], "10.0.0.0/8"), "10.0.0.1");
    }
}
