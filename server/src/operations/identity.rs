//! Members: signing in and out, inviting, roles.
