//! Deciding about receivables and queueing what is to be said.
