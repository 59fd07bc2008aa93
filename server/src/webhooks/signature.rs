//! Whether a webhook comes from Stripe: the signature over its raw bytes.
//!
//! The client library has a verifier too, which keeps only the last `v1=` of the header and so refuses half of the
//! deliveries while a secret is being rotated. These few lines accept any of them and are compared, case by case, with
//! Stripe's own Python library (`tests/fixtures/stripe_signatures.py`): never looser, and stricter only where the case
//! says why.

use domain::time::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;

/// How far, in either direction, the signed time may be from our machine's.
pub const TOLERANCE_SECONDS: u64 = 300;

/// Stripe sends one `v1` for each live secret of an endpoint. More than this is nobody's rotation, only work.
const SIGNATURES_MAX: usize = 8;

/// A secret that signs what Stripe sends to one endpoint. It cannot be blank: a blank one would let anybody sign.
#[derive(Clone, Debug)]
pub struct SigningSecret(SecretString);

impl SigningSecret {
    /// Takes the secret as Stripe shows it (`whsec_…`); `None` for a blank one, which is refused wherever it turns up.
    pub fn new(secret: SecretString) -> Option<Self> {
        (!secret.expose_secret().trim().is_empty()).then_some(Self(secret))
    }
}

/// Why a delivery is refused. The sender only ever sees 400; this is for our logs and metrics.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum SignatureError {
    /// There is no `Stripe-Signature` header, or it has no timestamp or no `v1`.
    #[error("the signature header is missing or incomplete")]
    Missing,
    /// The header has something in it that Stripe never sends.
    #[error("the signature header is malformed")]
    Malformed,
    /// No signature of the header matches any secret.
    #[error("no signature matches")]
    Mismatch,
    /// It was signed longer ago than the tolerance: somebody may be replaying it.
    #[error("the signature is too old")]
    Stale,
    /// It was signed ahead of our clock by more than the tolerance.
    #[error("the signature is from the future")]
    Future,
}

/// Checks `header` (the value of `Stripe-Signature`) over the raw `body` against the endpoint's secrets.
///
/// There may be two secrets while one is being rotated. `machine_now` is the machine's clock: what a demo does to
/// business time makes no signature older or younger.
pub fn verify(
    header: Option<&[u8]>,
    body: &[u8],
    secrets: &[SigningSecret],
    machine_now: Timestamp,
) -> Result<(), SignatureError> {
    let header = parse(header.ok_or(SignatureError::Missing)?)?;

    // Every signature is compared with every secret, whichever matches, so that the time taken says nothing.
    let mut matches = Choice::from(0);
    for SigningSecret(secret) in secrets {
        let expected = sign(secret, header.timestamp_digits, body).ok_or(SignatureError::Mismatch)?;
        for signature in &header.signatures {
            matches |= expected[..].ct_eq(signature);
        }
    }
    if !bool::from(matches) {
        return Err(SignatureError::Mismatch);
    }

    let age_seconds = machine_now.timestamp() - header.timestamp;
    match age_seconds.unsigned_abs() <= TOLERANCE_SECONDS {
        true => Ok(()),
        false if age_seconds > 0 => Err(SignatureError::Stale),
        false => Err(SignatureError::Future),
    }
}

struct Header<'a> {
    timestamp: i64,
    /// The digits as they were sent: they, not our rendering of the number, are what was signed.
    timestamp_digits: &'a [u8],
    signatures: Vec<&'a [u8]>,
}

fn parse(header: &[u8]) -> Result<Header<'_>, SignatureError> {
    // Stripe's own library cannot compare what is not ASCII, and refuses the whole header for it.
    if !header.is_ascii() {
        return Err(SignatureError::Malformed);
    }
    let mut timestamp = None;
    let mut signatures = Vec::new();
    for item in header.split(|byte| *byte == b',') {
        let Some(equals) = item.iter().position(|byte| *byte == b'=') else {
            return Err(SignatureError::Malformed);
        };
        let (key, value) = (&item[..equals], &item[equals + 1..]);
        match key {
            // Two readers of a header with two timestamps could each take a different one.
            b"t" if timestamp.is_some() => return Err(SignatureError::Malformed),
            b"t" => timestamp = Some((seconds(value).ok_or(SignatureError::Malformed)?, value)),
            b"v1" if signatures.len() == SIGNATURES_MAX => return Err(SignatureError::Malformed),
            b"v1" => signatures.push(value),
            // `v0` is Stripe's marker for test deliveries, never a proof; later schemes are not ours to judge.
            _ => {}
        }
    }
    match timestamp {
        Some((timestamp, timestamp_digits)) if !signatures.is_empty() => {
            Ok(Header { timestamp, timestamp_digits, signatures })
        }
        _ => Err(SignatureError::Missing),
    }
}

/// Seconds since 1970 in plain digits, as Stripe writes them: with zeros before them, two readers could have signed two texts.
fn seconds(digits: &[u8]) -> Option<i64> {
    let plain = digits.first().is_some_and(|first| *first != b'0') && digits.iter().all(u8::is_ascii_digit);
    plain.then(|| std::str::from_utf8(digits).ok()?.parse().ok()).flatten()
}

/// The signature Stripe would send, in lower-case hexadecimal. `None` cannot happen: HMAC takes keys of any length.
fn sign(secret: &SecretString, timestamp_digits: &[u8], body: &[u8]) -> Option<Vec<u8>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.expose_secret().as_bytes()).ok()?;
    mac.update(timestamp_digits);
    mac.update(b".");
    mac.update(body);
    Some(hex::encode(mac.finalize().into_bytes()).into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Case {
        name: String,
        header: Option<String>,
        body: String,
        secrets: Vec<String>,
        now: i64,
        oracle_accepts: bool,
        we_accept: bool,
        stricter_because: Option<String>,
    }

    #[test]
    fn agrees_with_stripes_own_library_or_says_why_it_is_stricter() {
        let cases: Vec<Case> =
            serde_json::from_str(include_str!("../../tests/fixtures/stripe_signatures.json")).unwrap();
        assert!(cases.iter().filter(|case| case.we_accept).count() > 10, "the table lost its good cases");

        for case in cases {
            let secrets: Vec<_> =
                case.secrets.iter().filter_map(|secret| SigningSecret::new(secret.as_str().into())).collect();
            let now = DateTime::from_timestamp(case.now, 0).unwrap();
            let verdict =
                verify(case.header.as_deref().map(str::as_bytes), case.body.as_bytes(), &secrets, now);

            assert_eq!(verdict.is_ok(), case.we_accept, "{}: {verdict:?}", case.name);
            assert!(case.oracle_accepts || !case.we_accept, "{}: looser than Stripe's library", case.name);
            assert_eq!(
                case.oracle_accepts != case.we_accept,
                case.stricter_because.is_some(),
                "{}",
                case.name
            );
        }
    }

    #[test]
    fn body_that_is_not_text_is_signed_as_it_is() {
        let now = DateTime::from_timestamp(1_789_000_000, 0).unwrap();
        let secret = SecretString::from("whsec_bytes");
        let body = [0xff, 0x00, 0xfe];
        let signature = String::from_utf8(sign(&secret, b"1789000000", &body).unwrap()).unwrap();
        let header = format!("t=1789000000,v1={signature}");

        let secrets = [SigningSecret::new(secret).unwrap()];
        assert_eq!(verify(Some(header.as_bytes()), &body, &secrets, now), Ok(()));
        assert_eq!(verify(Some(header.as_bytes()), &body[1..], &secrets, now), Err(SignatureError::Mismatch));
    }

    #[test]
    fn header_stuffed_with_signatures_is_refused_before_any_work() {
        let header = format!("t=1789000000{}", ",v1=00".repeat(SIGNATURES_MAX + 1));
        assert!(matches!(parse(header.as_bytes()), Err(SignatureError::Malformed)));
    }
}
