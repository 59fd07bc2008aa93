//! Where the installation is reached, and from where.

use std::net::IpAddr;

use super::{Wrong, quoted};

/// Where browsers reach the installation: a scheme and an authority, no path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BaseUrl {
    origin: String,
    https: bool,
    loopback: bool,
}

impl BaseUrl {
    /// The origin as browsers send it: `https://pay.example.com`, without a closing slash.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// An address of ours: the origin and a path that begins with `/`.
    pub fn join(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// The host, without scheme and port.
    pub fn host(&self) -> &str {
        let authority =
            self.origin.split_once("://").map_or(self.origin.as_str(), |(_, authority)| authority);
        // The colon of a port stands after the last bracket of an IPv6 address.
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) => host,
            _ => authority,
        }
    }

    /// Whether browsers come by TLS.
    pub fn is_https(&self) -> bool {
        self.https
    }

    /// Whether only this machine can reach us.
    pub fn is_loopback(&self) -> bool {
        self.loopback
    }

    pub(super) fn parse(text: &str) -> Result<Self, Wrong> {
        const REMEDY: &str = "write it like https://pay.example.com, without a path; http is accepted only for \
                              localhost and loopback addresses";
        let uri: axum::http::Uri = text.parse().map_err(|_| Wrong::new(quoted(text), REMEDY))?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
            return Err(Wrong::new(quoted(text), REMEDY));
        };
        let bare =
            matches!(uri.path(), "" | "/") && uri.query().is_none() && !authority.as_str().contains('@');
        let loopback = is_loopback(authority.host());
        let https = match scheme {
            "https" => true,
            "http" if loopback => false,
            _ => return Err(Wrong::new(quoted(text), REMEDY)),
        };
        if !bare || authority.host().is_empty() {
            return Err(Wrong::new(quoted(text), REMEDY));
        }
        // Browsers leave the scheme's own port out of `Origin`, and write hosts in lower case.
        let host = authority.host().to_ascii_lowercase();
        let origin = match authority.port_u16() {
            Some(port) if port != if https { 443 } else { 80 } => format!("{scheme}://{host}:{port}"),
            _ => format!("{scheme}://{host}"),
        };
        Ok(Self { origin, https, loopback })
    }
}

/// An address or a network in CIDR notation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix_bits: u8,
}

impl Network {
    /// Whether the network holds this address; an IPv4 address written as IPv6 counts as what it is.
    pub fn contains(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(network), IpAddr::V4(address)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix_bits)).unwrap_or(0);
                u32::from(network) & mask == u32::from(address) & mask
            }
            (IpAddr::V6(network), IpAddr::V6(address)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix_bits)).unwrap_or(0);
                u128::from(network) & mask == u128::from(address) & mask
            }
            _ => false,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.trim().parse().ok()?;
        let longest = if address.is_ipv4() { 32 } else { 128 };
        let prefix_bits = prefix.map_or(Some(longest), |prefix| prefix.trim().parse().ok())?;
        (prefix_bits <= longest).then_some(Self { address, prefix_bits })
    }
}

/// Addresses and networks with commas between them.
pub(super) fn parse_networks(text: &str) -> Result<Vec<Network>, Wrong> {
    text.split(',')
        .map(|item| {
            Network::parse(item.trim()).ok_or_else(|| {
                Wrong::new(
                    quoted(item.trim()),
                    "write addresses or networks, like 10.0.0.7 or 10.0.0.0/8, with commas",
                )
            })
        })
        .collect()
}

/// Whether a host is this machine by its name or address alone.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
