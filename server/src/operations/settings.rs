//! What a business sets about itself, its Stripe account included.
