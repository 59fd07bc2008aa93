//! The unit that is chased: when to decide next, and what was decided.
