//! What was typed into refused forms, kept for a quarter of an hour.
