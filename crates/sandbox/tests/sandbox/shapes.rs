//! The sandbox's objects beside Stripe's own examples: the same fields, with values of the same kinds.

use std::collections::BTreeSet;

use sandbox::{Instrument, Method, Settlement};
use serde_json::{Map, Value};

use crate::support::{Api, KEY, open};

/// Fields of Stripe's examples that the sandbox's objects do not have: they appear only when asked for (`expand`), or only
/// on accounts that use what the sandbox does not act out.
const ONLY_IN_EXAMPLES: &[(&str, &[&str])] = &[
    ("account", &["external_accounts", "tos_acceptance"]),
    ("charge", &["refunds"]),
    ("checkout.session", &["integration_identifier", "managed_payments"]),
    ("payment_intent", &["managed_payments"]),
    ("refund", &["customer", "customer_account", "payment_method"]),
];

/// Fields the sandbox has that the examples leave out, all of them in Stripe's description of the resource.
const ONLY_HERE: &[(&str, &[&str])] =
    &[("charge", &["radar_options"]), ("payment_intent", &["allowed_payment_method_types"])];

fn listed(table: &[(&str, &[&'static str])], kind: &str) -> BTreeSet<String> {
    let row = table.iter().find(|(own, _)| *own == kind);
    row.map(|(_, fields)| fields.iter().map(|field| (*field).to_owned()).collect()).unwrap_or_default()
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

fn compare(kind: &str, ours: &Map<String, Value>, example: &Map<String, Value>) {
    let names = |object: &Map<String, Value>| object.keys().cloned().collect::<BTreeSet<_>>();
    let missing: BTreeSet<_> = names(example).difference(&names(ours)).cloned().collect();
    assert_eq!(missing, listed(ONLY_IN_EXAMPLES, kind), "fields of a {kind} that are missing here");
    let more: BTreeSet<_> = names(ours).difference(&names(example)).cloned().collect();
    assert_eq!(more, listed(ONLY_HERE, kind), "fields of a {kind} that Stripe's example has not");
    for (name, value) in ours {
        let (own, theirs) = (kind_of(value), example.get(name).map_or("null", kind_of));
        // An empty object or id in an example may stand for an object: `shipping`, `latest_charge`.
        assert!(
            own == theirs || own == "null" || theirs == "null",
            "{kind}.{name} is {own} here and {theirs} there"
        );
    }
}

#[tokio::test]
async fn every_object_has_the_fields_of_stripes_example() {
    let examples: Value = serde_json::from_str(include_str!("../fixtures/stripe.json")).unwrap();
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let customer = api.post("/v1/customers", &[("name", "Ada"), ("address[city]", "Bonn")]).await.ok();
    let session = api.session("5000", "eur", &[("customer", customer["id"].as_str().unwrap())]).await;
    sandbox.pay(&session, Instrument::card("4000000000000259")).unwrap();
    let intent = api.intent_of(&session).await;
    let other = api.session("5000", "eur", &[]).await;
    sandbox.pay(&other, Instrument::card("4242424242424242")).unwrap();
    let refunded = api.intent_of(&other).await["id"].as_str().unwrap().to_owned();
    let set_up = crate::setups::set_up(&api, customer["id"].as_str().unwrap(), "eur", "sepa_debit").await;
    sandbox
        .pay(set_up["id"].as_str().unwrap(), Instrument::Debit(Method::SepaDebit, Settlement::Settles))
        .unwrap();
    let id = |value: &Value| value.as_str().unwrap().to_owned();
    let paths = [
        ("account", "/v1/account".to_owned()),
        ("customer", format!("/v1/customers/{}", id(&customer["id"]))),
        ("checkout.session", format!("/v1/checkout/sessions/{session}")),
        ("payment_intent", format!("/v1/payment_intents/{}", id(&intent["id"]))),
        ("payment_method", format!("/v1/payment_methods/{}", id(&intent["payment_method"]))),
        ("charge", format!("/v1/charges/{}", id(&intent["latest_charge"]["id"]))),
        ("dispute", format!("/v1/disputes/{}", id(&api.get("/v1/disputes").await.ok()["data"][0]["id"]))),
        ("setup_intent", format!("/v1/setup_intents/{}", id(&set_up["setup_intent"]))),
        ("mandate", {
            let setup = api.get(&format!("/v1/setup_intents/{}", id(&set_up["setup_intent"]))).await.ok();
            format!("/v1/mandates/{}", id(&setup["mandate"]))
        }),
        ("event", format!("/v1/events/{}", id(&sandbox.events(KEY)[0]["id"]))),
        ("refund", {
            let refund = api.post("/v1/refunds", &[("payment_intent", &refunded)]).await.ok();
            format!("/v1/refunds/{}", id(&refund["id"]))
        }),
    ];
    for (kind, path) in paths {
        let ours = api.get(&path).await.ok();
        assert_eq!(ours["object"], kind);
        compare(kind, ours.as_object().unwrap(), examples[kind].as_object().unwrap());
    }
}
