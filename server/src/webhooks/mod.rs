//! Stripe's webhooks: signature, and storing them raw.
