//! From what handlers found to the pages of `app`.

use super::problem::Problem;
use super::request::PageContext;

/// The page of a refusal or failure.
pub fn problem(_page: &PageContext, problem: Problem) -> String {
    let status = problem.status();
    format!("<!doctype html><html lang=\"en\"><title>{status}</title><h1>{status}</h1></html>")
}
