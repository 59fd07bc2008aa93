//! The webhook inbox: provider events as they came, and the work on them.
