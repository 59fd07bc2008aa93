//! Works off the webhook inbox.
