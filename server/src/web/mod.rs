//! The HTTP side: one table of routes and the handlers behind it.
