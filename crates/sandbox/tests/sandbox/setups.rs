//! Keeping a method for later, without a payment.

use sandbox::{Instrument, Method, Paid, Settlement};
use serde_json::Value;

use crate::support::{Api, KEY, open};

/// A session in setup mode for one way to pay.
pub async fn set_up(api: &Api, customer: &str, currency: &str, method: &str) -> Value {
    let fields = [
        ("mode", "setup"),
        ("customer", customer),
        ("currency", currency),
        ("success_url", "https://shop.example/saved"),
        ("allowed_payment_method_types[0]", method),
        ("setup_intent_data[metadata][setup]", "set_1"),
        ("metadata[setup]", "set_1"),
    ];
    api.post("/v1/checkout/sessions", &fields).await.ok()
}

async fn customer(api: &Api) -> String {
    api.post("/v1/customers", &[("name", "Ada")]).await.ok()["id"].as_str().unwrap().to_owned()
}

fn kinds(sandbox: &sandbox::Running) -> Vec<String> {
    sandbox.events(KEY).iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_card_is_kept_and_charged_later_without_its_holder() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let owner = customer(&api).await;
    let session = set_up(&api, &owner, "eur", "card").await;
    assert_eq!((&session["mode"], &session["amount_total"]), (&"setup".into(), &Value::Null));
    assert_eq!(session["payment_status"], "no_payment_required");
    let id = session["id"].as_str().unwrap();
    assert_eq!(sandbox.pay(id, Instrument::card("4000002500003155")).unwrap(), Paid::NeedsAuthentication);
    assert_eq!(sandbox.authenticate(id, true).unwrap(), Paid::Succeeded);

    let setup = api
        .get(&format!(
            "/v1/setup_intents/{}?expand[]=payment_method",
            session["setup_intent"].as_str().unwrap()
        ))
        .await
        .ok();
    assert_eq!((&setup["status"], &setup["mandate"]), (&"succeeded".into(), &Value::Null));
    assert_eq!(setup["metadata"]["setup"], "set_1");
    assert_eq!(setup["payment_method"]["customer"], owner.as_str());
    let method = setup["payment_method"]["id"].as_str().unwrap();
    let charge = |method: String| {
        let (api, owner) = (&api, owner.clone());
        async move {
            let fields = [
                ("amount", "5000"),
                ("currency", "eur"),
                ("customer", owner.as_str()),
                ("payment_method", method.as_str()),
                ("off_session", "true"),
                ("confirm", "true"),
            ];
            api.post("/v1/payment_intents", &fields).await
        }
    };
    assert_eq!(charge(method.to_owned()).await.ok()["status"], "succeeded");
    assert_eq!(
        kinds(&sandbox),
        [
            "customer.created",
            "setup_intent.created",
            "setup_intent.requires_action",
            "payment_method.attached",
            "setup_intent.succeeded",
            "checkout.session.completed",
            "payment_intent.created",
            "charge.succeeded",
            "payment_intent.succeeded",
        ]
    );

    let detached = api.post(&format!("/v1/payment_methods/{method}/detach"), &[]).await.ok();
    assert_eq!(detached["customer"], Value::Null);
    assert_eq!(kinds(&sandbox).last().unwrap(), "payment_method.detached");
    assert_eq!(api.post(&format!("/v1/payment_methods/{method}/detach"), &[]).await.status, 400);
    assert_eq!(charge(method.to_owned()).await.status, 400, "it is gone for good");
}

#[tokio::test]
async fn a_debit_brings_a_mandate_that_its_holder_can_end() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = set_up(&api, &customer(&api).await, "gbp", "bacs_debit").await;
    let debit = Instrument::Debit(Method::BacsDebit, Settlement::Settles);
    assert_eq!(sandbox.pay(session["id"].as_str().unwrap(), debit).unwrap(), Paid::Succeeded);
    let setup =
        api.get(&format!("/v1/setup_intents/{}", session["setup_intent"].as_str().unwrap())).await.ok();
    let mandate = setup["mandate"].as_str().unwrap();
    assert_eq!(api.get(&format!("/v1/mandates/{mandate}")).await.ok()["status"], "active");
    sandbox.end_mandate(mandate).unwrap();
    assert_eq!(api.get(&format!("/v1/mandates/{mandate}")).await.ok()["status"], "inactive");
    assert_eq!(kinds(&sandbox).last().unwrap(), "mandate.updated");
    assert!(sandbox.end_mandate(mandate).is_err(), "once");
}

#[tokio::test]
async fn a_card_that_is_declined_is_not_kept_and_another_may_be_tried() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = set_up(&api, &customer(&api).await, "eur", "card").await;
    let id = session["id"].as_str().unwrap();
    assert!(matches!(sandbox.pay(id, Instrument::card("4000000000000002")).unwrap(), Paid::Refused { .. }));
    assert_eq!(kinds(&sandbox).last().unwrap(), "setup_intent.setup_failed");
    assert_eq!(sandbox.pay(id, Instrument::card("4242424242424242")).unwrap(), Paid::Succeeded);
    let lines = [
        ("mode", "setup"),
        ("currency", "eur"),
        ("success_url", "https://shop.example/saved"),
        ("line_items[0][quantity]", "1"),
    ];
    assert_eq!(api.post("/v1/checkout/sessions", &lines).await.status, 400, "nothing is sold in setup mode");
}
