//! Whether a callback comes from our SMS gateway: Twilio's signature over the address and the form.
//!
//! The signature has no time in it, so that a callback can be replayed by whoever saw one. Nothing comes of that: reports
//! are kept once a status, and incoming texts act once each.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Checks the value of `X-Twilio-Signature` for a form posted to an address of ours: base64 of HMAC-SHA1, keyed with the
/// account's token, over the address and then every field, name and value, sorted by name.
///
/// The address is what we gave the gateway, built from the configuration: never what the request says of itself.
pub fn verify<'a>(
    signature: Option<&[u8]>,
    token: &SecretString,
    url: &str,
    fields: impl Iterator<Item = (&'a str, &'a str)>,
) -> bool {
    let Some(given) = signature.and_then(|signature| STANDARD.decode(signature).ok()) else { return false };
    let mut fields: Vec<_> = fields.collect();
    fields.sort_unstable();
    // HMAC takes keys of any length: this cannot fail, and if it could, nobody would get in.
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(token.expose_secret().as_bytes()) else { return false };
    mac.update(url.as_bytes());
    for (name, value) in fields {
        mac.update(name.as_bytes());
        mac.update(value.as_bytes());
    }
    mac.finalize().into_bytes()[..].ct_eq(&given).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of Twilio's own libraries.
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FIELDS: [(&str, &str); 5] = [
        ("CallSid", "CA1234567890ABCDE"),
        ("Digits", "1234"),
        ("From", "+14158675309"),
        ("To", "+18005551212"),
        ("Caller", "+14158675309"),
    ];
    const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

    fn verdict(
        signature: Option<&str>,
        token: &str,
        url: &str,
        fields: &[(&'static str, &'static str)],
    ) -> bool {
        verify(signature.map(str::as_bytes), &SecretString::from(token), url, fields.iter().copied())
    }

    #[test]
    fn agrees_with_twilios_own_libraries() {
        assert!(verdict(Some(SIGNATURE), "12345", URL, &FIELDS));
    }

    #[test]
    fn whatever_is_changed_breaks_it() {
        assert!(!verdict(None, "12345", URL, &FIELDS));
        assert!(!verdict(Some(""), "12345", URL, &FIELDS));
        assert!(!verdict(Some("not base64"), "12345", URL, &FIELDS));
        assert!(!verdict(Some(&SIGNATURE[..20]), "12345", URL, &FIELDS));
        assert!(!verdict(Some(SIGNATURE), "54321", URL, &FIELDS));
        assert!(!verdict(Some(SIGNATURE), "12345", "https://mycompany.com/myapp.php?foo=1&bar=3", &FIELDS));
        assert!(!verdict(Some(SIGNATURE), "12345", URL, &FIELDS[..4]));
        let mut more = FIELDS.to_vec();
        more.push(("Body", "STOP"));
        assert!(!verdict(Some(SIGNATURE), "12345", URL, &more));
    }
}
