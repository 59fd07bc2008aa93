//! Following up: the places where people have a say in it.

pub mod approvals;
pub mod contacts_made;
pub mod holds;
