//! Hands queued messages over.
