//! The configuration: one file, overlaid by the environment, checked at start.
