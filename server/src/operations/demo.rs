//! Demo data, and moving business time on.
