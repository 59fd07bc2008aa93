//! Steerable stand-ins for the outside world, for tests and the simulated year.

pub mod gateway;
pub mod simulation;
pub mod world;

use domain::Timestamp;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The `Stripe-Signature` header of a body that Stripe signs with this secret at this moment.
pub fn stripe_signature(secret: &str, at: Timestamp, body: &[u8]) -> String {
    let seconds = at.timestamp();
    // A key of any length is one.
    let signed = <Hmac<Sha256> as KeyInit>::new_from_slice(secret.as_bytes()).map(|mut mac| {
        mac.update(format!("{seconds}.").as_bytes());
        mac.update(body);
        hex::encode(mac.finalize().into_bytes())
    });
    format!("t={seconds},v1={}", signed.unwrap_or_default())
}
