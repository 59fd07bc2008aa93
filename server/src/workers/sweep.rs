//! Asks the provider what webhooks may have failed to tell.
