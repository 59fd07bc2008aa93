//! Keys derived from the installation key, and what is done with them.

/// The keys derived from the installation key, one a purpose.
pub struct Keys;
