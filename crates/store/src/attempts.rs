//! Payment attempts: one try to collect, with one part a receivable.
