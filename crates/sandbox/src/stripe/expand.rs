//! `expand[]`: ids replaced by the objects they name, on request.

use serde_json::Value;

use super::account::Scene;
use super::error::ApiError;
use super::sessions;

// Stripe: expansions go four levels deep (expanding responses)
const DEPTH_LIMIT: usize = 4;

/// Expands each dotted path in an answer.
pub(crate) fn expand(scene: &Scene<'_>, answer: &mut Value, paths: &[&str]) -> Result<(), ApiError> {
    for path in paths {
        let parts: Vec<_> = path.split('.').collect();
        if parts.len() > DEPTH_LIMIT {
            return Err(ApiError::invalid(format!(
                "You cannot expand more than {DEPTH_LIMIT} levels of a property. Property: {path}"
            )));
        }
        walk(scene, answer, &parts, path)?;
    }
    Ok(())
}

fn walk(scene: &Scene<'_>, value: &mut Value, parts: &[&str], path: &str) -> Result<(), ApiError> {
    let Some((first, rest)) = parts.split_first() else { return Ok(()) };
    let refused = || ApiError::invalid(format!("This property cannot be expanded ({path})."));
    // A list's `data` stands for each of its elements.
    if *first == "data" && value["object"] == "list" {
        if let Some(elements) = value["data"].as_array_mut() {
            for element in elements {
                walk(scene, element, rest, path)?;
            }
        }
        return Ok(());
    }
    let parent = value["object"].as_str().unwrap_or_default().to_owned();
    if !expandable(&parent, first) {
        return Err(refused());
    }
    if parent == "checkout.session" && *first == "line_items" {
        let session =
            value["id"].as_str().and_then(|id| scene.account.sessions.get(id)).ok_or_else(refused)?;
        // Stripe: an expanded list is its first page (expanding responses)
        value["line_items"] = sessions::shown_line_items(session, 10);
        return Ok(());
    }
    let child = value.get_mut(*first).ok_or_else(refused)?;
    if let Some(object) = child.as_str().and_then(|id| find(scene, id)) {
        *child = object;
    }
    if child.is_object() { walk(scene, child, rest, path) } else { Ok(()) }
}

/// The fields that hold another object's id, by resource.
fn expandable(parent: &str, field: &str) -> bool {
    let fields: &[&str] = match parent {
        "checkout.session" => &["customer", "line_items", "payment_intent", "setup_intent"],
        "setup_intent" => &["customer", "mandate", "payment_method"],
        "mandate" => &["payment_method"],
        "payment_intent" => &["customer", "latest_charge", "payment_method"],
        "charge" => &["customer", "payment_intent"],
        "refund" | "dispute" => &["charge", "payment_intent"],
        "payment_method" => &["customer"],
        _ => &[],
    };
    fields.contains(&field)
}

/// The object with this id, whatever it is.
fn find(scene: &Scene<'_>, id: &str) -> Option<Value> {
    let account = &*scene.account;
    match id.split('_').next()? {
        "cus" => account.customers.get(id).map(super::objects::Customer::shown),
        "pi" => account.intents.get(id).map(super::objects::Intent::shown),
        "pm" => account.payment_methods.get(id).map(super::objects::PaymentMethod::shown),
        "seti" => account.setup_intents.get(id).map(super::setups::SetupIntent::shown),
        "mandate" => account.mandates.get(id).map(super::setups::Mandate::shown),
        "ch" => account.charges.get(id).map(|charge| charge.shown(scene.base_url)),
        _ => None,
    }
}
