//! The first run: makes the owner, then locks.
