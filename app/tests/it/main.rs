//! Every page in every state: as a snapshot, and held against the rules that hold for all of them.

#![cfg(feature = "ssr")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a fixture that is wrong should stop the test")]
#![expect(clippy::inconsistent_digit_grouping, reason = "cents stand apart: 1240_00")]

mod fixtures;
mod gallery;
mod handling;
mod html;
mod rules;
mod snapshots;
mod words;
