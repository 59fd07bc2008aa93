//! Who uses an installation: businesses, their members, sign-ins, invitations, and tries that are counted.
//!
//! Tokens never reach this module: sessions and invitations are stored and found by keyed hashes. Times are machine time
//! except for those of a business and a member, which are shown to people.

mod business;
mod members;
mod sessions;

pub use business::*;
pub use members::*;
pub use sessions::*;
