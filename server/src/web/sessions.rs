//! Who a request's cookies belong to.

use super::problem::Problem;
use super::request::Request;
use crate::env::Principal;

/// The member whose session the browser holds, or nobody.
pub async fn member(_request: &Request) -> Result<Principal, Problem> {
    Ok(Principal::Anonymous)
}

/// Whoever holds a portal session that covers the invoice in the path.
pub async fn portal(_request: &Request) -> Result<Principal, Problem> {
    Err(Problem::NotFound)
}
