//! `/v1/events`: what happened in the last thirty days.

use serde_json::Value;

use super::account::Scene;
use super::error::ApiError;
use super::lists::{Page, page};
use super::objects::Event;
use super::parameters::Params;

// Stripe: events can be retrieved for 30 days (events)
const KEPT_SECONDS: i64 = 30 * 86_400;

pub(crate) fn retrieve(scene: &mut Scene<'_>, id: &str, _: &Params) -> Result<Value, ApiError> {
    let event = scene.account.events.get(id).filter(|event| event.created >= scene.now - KEPT_SECONDS);
    event.map(Event::shown).ok_or_else(|| ApiError::no_such("event", id, "id"))
}

pub(crate) fn list(scene: &mut Scene<'_>, _: &str, params: &Params) -> Result<Value, ApiError> {
    let (one, several) = (params.text("type"), params.words("types"));
    if one.is_some() && !several.is_empty() {
        return Err(ApiError::invalid("You may only specify one of these parameters: type, types."));
    }
    // Stripe: up to 20 types (list events)
    if several.len() > 20 {
        return Err(ApiError::parameter("types", "You can pass up to 20 types."));
    }
    let undelivered = params.get("delivery_success").and_then(Value::as_bool).map(|delivered| !delivered);
    let oldest = scene.now - KEPT_SECONDS;
    page(
        &scene.account.events,
        params,
        &Page { url: "/v1/events", kind: "event" },
        |event| {
            event.created >= oldest
                && one.is_none_or(|pattern| matches(pattern, &event.kind))
                && (several.is_empty() || several.iter().any(|pattern| matches(pattern, &event.kind)))
                && undelivered.is_none_or(|undelivered| event.undelivered == undelivered)
        },
        Event::shown,
    )
}

/// Whether an event type is meant by a name or a group of names: `charge.*`, `*`.
pub(crate) fn matches(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some(prefix) => kind.starts_with(prefix),
        None => kind == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_the_rest_of_a_name() {
        assert!(matches("charge.*", "charge.refunded") && matches("charge.*", "charge.dispute.created"));
        assert!(matches("*", "refund.created") && matches("refund.created", "refund.created"));
        assert!(!matches("charge.*", "refund.created") && !matches("refund", "refund.created"));
    }
}
