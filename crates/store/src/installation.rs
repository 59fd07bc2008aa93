//! Facts of the whole installation, by key.
