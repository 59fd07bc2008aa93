//! The files a browser loads besides pages, embedded in the binary.
//!
//! `build.rs` writes the table from what `cargo xtask frontend` made. A file is served under a name that holds a hash
//! of its content, so a browser may keep it for ever; pages find that name with [`url`]. The scripts are absent from a
//! server built by cargo alone, and then [`url`] finds none: pages work without them.

/// One embedded file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// What pages call it: `app.css`.
    pub logical: &'static str,
    /// Where it is served: `/assets/app-1f0c….css`.
    pub url: &'static str,
    /// The value of `Content-Type`.
    pub content_type: &'static str,
    /// The file.
    pub bytes: &'static [u8],
    /// The file as brotli, where that is smaller.
    pub brotli: Option<&'static [u8]>,
}

static ASSETS: &[Asset] = &include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Where the file of this logical name is served.
pub fn url(logical: &str) -> Option<&'static str> {
    named(logical).map(|asset| asset.url)
}

/// The file of this logical name, for the few that browsers ask for by a fixed name (`favicon.svg`).
pub fn named(logical: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.logical == logical)
}

/// The file served at this path, `/assets/…` included.
pub fn at(path: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.url == path)
}

#[cfg(test)]
mod tests {
    use super::{ASSETS, at, named, url};

    #[test]
    fn the_style_sheet_is_found_by_its_name_and_at_its_address() {
        let address = url("app.css").unwrap();
        let asset = at(address).unwrap();
        assert_eq!(Some(asset), named("app.css"));
        assert_eq!(asset.content_type, "text/css; charset=utf-8");
        assert!(address.starts_with("/assets/app-") && address.contains(".css"), "{address}");
    }

    #[test]
    fn what_is_not_embedded_is_not_found() {
        assert_eq!(at("/assets/../Cargo.toml"), None);
        assert_eq!(at("/assets/app.css"), None);
        assert_eq!(url("secrets.txt"), None);
    }

    #[test]
    fn a_brotli_form_is_smaller_and_no_address_is_given_twice() {
        for asset in ASSETS {
            assert!(asset.brotli.is_none_or(|brotli| brotli.len() < asset.bytes.len()), "{}", asset.logical);
            assert_eq!(ASSETS.iter().filter(|other| other.url == asset.url).count(), 1, "{}", asset.url);
        }
    }
}
