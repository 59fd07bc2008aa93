//! How far a sweep has read at the provider.
