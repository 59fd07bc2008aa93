//! The one table of the calls the sandbox answers.

use serde_json::Value;

use super::account::Scene;
use super::error::ApiError;
use super::parameters::Params;
use super::{cash, customers, disputes, events, intents, refunds, sessions, setups};

/// What carries a call out. The text is the id from the address, if it has one.
type Act = fn(&mut Scene<'_>, &str, &Params) -> Result<Value, ApiError>;

/// Every call: method, address (as the parameter table names it), what carries it out.
pub(crate) const CALLS: &[(&str, &str, Act)] = &[
    ("GET", "/v1/account", customers::account),
    ("POST", "/v1/customers", customers::create),
    ("GET", "/v1/customers", customers::list),
    ("GET", "/v1/customers/{id}", customers::retrieve),
    ("POST", "/v1/customers/{id}", customers::update),
    ("POST", "/v1/customers/{id}/funding_instructions", cash::instructions),
    ("GET", "/v1/customers/{id}/cash_balance", cash::retrieve),
    ("GET", "/v1/customers/{id}/cash_balance_transactions", cash::transactions),
    ("POST", "/v1/test_helpers/customers/{id}/fund_cash_balance", cash::fund_call),
    ("POST", "/v1/checkout/sessions", sessions::create),
    ("GET", "/v1/checkout/sessions", sessions::list),
    ("GET", "/v1/checkout/sessions/{id}", sessions::retrieve),
    ("POST", "/v1/checkout/sessions/{id}/expire", sessions::expire),
    ("GET", "/v1/checkout/sessions/{id}/line_items", sessions::list_line_items),
    ("POST", "/v1/payment_intents", intents::create),
    ("GET", "/v1/payment_intents", intents::list),
    ("GET", "/v1/payment_intents/{id}", intents::retrieve),
    ("POST", "/v1/payment_intents/{id}/confirm", intents::confirm_call),
    ("POST", "/v1/payment_intents/{id}/cancel", intents::cancel),
    ("GET", "/v1/payment_methods/{id}", intents::retrieve_method),
    ("POST", "/v1/payment_methods/{id}/detach", setups::detach),
    ("GET", "/v1/setup_intents/{id}", setups::retrieve),
    ("GET", "/v1/mandates/{id}", setups::retrieve_mandate),
    ("GET", "/v1/charges", refunds::list_charges),
    ("GET", "/v1/charges/{id}", refunds::retrieve_charge),
    ("POST", "/v1/refunds", refunds::create),
    ("GET", "/v1/refunds", refunds::list),
    ("GET", "/v1/refunds/{id}", refunds::retrieve),
    ("GET", "/v1/disputes", disputes::list),
    ("GET", "/v1/disputes/{id}", disputes::retrieve),
    ("GET", "/v1/events", events::list),
    ("GET", "/v1/events/{id}", events::retrieve),
];

/// A call found by its address.
pub(crate) struct Found<'a> {
    /// `METHOD address`, as the parameter table names it.
    pub(crate) name: String,
    pub(crate) id: &'a str,
    pub(crate) act: Act,
}

/// The call a request means.
pub(crate) fn find<'a>(method: &str, path: &'a str) -> Option<Found<'a>> {
    CALLS.iter().filter(|(own, ..)| *own == method).find_map(|(_, pattern, act)| {
        let id = match_path(pattern, path)?;
        Some(Found { name: format!("{method} {pattern}"), id, act: *act })
    })
}

/// The id if the path is of this pattern; empty for a pattern without one.
fn match_path<'a>(pattern: &str, path: &'a str) -> Option<&'a str> {
    let mut id = "";
    let mut given = path.split('/');
    for wanted in pattern.split('/') {
        let part = given.next()?;
        if wanted == "{id}" && !part.is_empty() {
            id = part;
        } else if wanted != part {
            return None;
        }
    }
    given.next().is_none().then_some(id)
}

#[cfg(test)]
mod tests {
    use super::{CALLS, find};
    use crate::stripe::parameters;

    #[test]
    fn every_call_has_its_parameters_in_the_generated_table() {
        for (method, path, _) in CALLS {
            assert!(parameters::knows(&format!("{method} {path}")), "{method} {path}");
        }
    }

    #[test]
    fn calls_are_found_by_method_and_address() {
        let found = find("POST", "/v1/checkout/sessions/cs_1/expire").unwrap();
        assert_eq!((found.name.as_str(), found.id), ("POST /v1/checkout/sessions/{id}/expire", "cs_1"));
        assert!(find("DELETE", "/v1/customers/cus_1").is_none());
        assert!(find("GET", "/v1/customers/").is_none());
        assert!(find("GET", "/v1/customers/cus_1/more").is_none());
    }
}
