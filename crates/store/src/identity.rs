//! Businesses, members, sessions, invitations and rate limits.
