//! Where a request comes from.

use std::net::IpAddr;

use axum::http::HeaderMap;

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
    fn forwarded_addresses_are_believed_from_trusted_hops_only() {
        assert_eq!(seen("203.0.113.5", &["198.51.100.1"], "10.0.0.0/8"), "203.0.113.5");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1, 198.51.100.1, 10.0.0.9"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["1.1.1.1", "198.51.100.1"], "10.0.0.0/8"), "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &["198.51.100.1, junk"], "10.0.0.0/8"), "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[], "10.0.0.0/8"), "10.0.0.1");
    }
}
