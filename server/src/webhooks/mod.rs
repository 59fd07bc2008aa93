//! Stripe's webhooks: signature, and storing them raw.

pub mod signature;
