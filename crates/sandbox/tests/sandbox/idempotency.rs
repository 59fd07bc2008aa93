//! Idempotency keys, and trouble on the way that they are for.

use sandbox::{ApiFault, ApiTrouble, Options, Switches};

use crate::support::{Api, DAY, StoppedClock, open, open_with};

fn fault(trouble: ApiTrouble) -> ApiFault {
    ApiFault { method: Some("POST".to_owned()), path: "/v1/customers".to_owned(), times: 1, trouble }
}

#[tokio::test]
async fn the_same_request_again_gets_the_same_answer() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let first = api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await;
    assert_eq!(first.header("idempotent-replayed"), None);
    let again = api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await;
    assert_eq!((again.status, &again.body), (200, &first.body));
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.header("original-request"), first.header("request-id"));
    assert_ne!(again.header("request-id"), first.header("request-id"));
    // The order of parameters does not matter, another account's key is another key.
    let form = [("name", "Bo"), ("email", "bo@customer.example")];
    let bo = api.post_once("/v1/customers", &form, "key-2").await.ok();
    let turned = api.post_once("/v1/customers", &[form[1], form[0]], "key-2").await.ok();
    assert_eq!(bo["id"], turned["id"]);
    let other = Api::with_key(&sandbox, "sk_test_other")
        .post_once("/v1/customers", &[("name", "Ada")], "key-1")
        .await;
    assert_ne!(other.ok()["id"], first.body["id"]);
    assert_eq!(api.get("/v1/customers").await.ok()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_key_is_bound_to_its_request() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let customer = api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await.ok();
    for (path, form) in [
        ("/v1/customers", vec![("name", "Bo")]),
        ("/v1/customers", vec![]),
        (&*format!("/v1/customers/{}", customer["id"].as_str().unwrap()), vec![("name", "Ada")]),
    ] {
        let reply = api.post_once(path, &form, "key-1").await;
        assert_eq!(reply.error(400)["type"], "idempotency_error", "{path} {form:?}");
    }
    let long = "k".repeat(256);
    assert_eq!(api.post_once("/v1/customers", &[], &long).await.error(400)["type"], "idempotency_error");
}

#[tokio::test]
async fn an_executed_error_is_kept_and_a_malformed_request_is_not() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let intent = [
        ("amount", "5000"),
        ("currency", "eur"),
        ("confirm", "true"),
        ("payment_method", "pm_card_visa_chargeDeclined"),
    ];
    let declined = api.post_once("/v1/payment_intents", &intent, "key-1").await;
    assert_eq!(declined.error(402)["decline_code"], "generic_decline");
    let again = api.post_once("/v1/payment_intents", &intent, "key-1").await;
    assert_eq!((again.status, &again.body), (402, &declined.body));
    assert_eq!(api.get("/v1/payment_intents").await.ok()["data"].as_array().unwrap().len(), 1);

    api.post_once("/v1/customers", &[("nmae", "Ada")], "key-2").await.error(400);
    api.post_once("/v1/customers", &[("name", "Ada")], "key-2").await.ok();
}

#[tokio::test]
async fn a_server_error_is_kept_and_rate_limiting_is_not() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    sandbox.script_api(fault(ApiTrouble::Answer(500)));
    assert_eq!(
        api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await.error(500)["type"],
        "api_error"
    );
    assert_eq!(api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await.status, 500);
    sandbox.script_api(fault(ApiTrouble::Answer(429)));
    assert_eq!(
        api.post_once("/v1/customers", &[("name", "Ada")], "key-2").await.error(429)["code"],
        "rate_limit"
    );
    api.post_once("/v1/customers", &[("name", "Ada")], "key-2").await.ok();
}

#[tokio::test]
async fn after_a_lost_answer_the_key_finds_what_was_made() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    sandbox.script_api(fault(ApiTrouble::LoseRequest));
    assert!(api.try_post("/v1/customers", &[("name", "Ada")], Some("key-1")).await.is_err());
    assert!(
        api.get("/v1/customers").await.ok()["data"].as_array().unwrap().is_empty(),
        "nothing was executed"
    );
    sandbox.script_api(fault(ApiTrouble::LoseAnswer));
    assert!(api.try_post("/v1/customers", &[("name", "Ada")], Some("key-1")).await.is_err());
    let made = api.get("/v1/customers").await.ok();
    let found = api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await;
    assert_eq!(found.header("idempotent-replayed"), Some("true"));
    assert_eq!(found.body["id"], made["data"][0]["id"]);
}

#[tokio::test]
async fn two_requests_at_once_under_one_key_are_one() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    sandbox.script_api(fault(ApiTrouble::DelayMillis(1500)));
    let form = [("name", "Ada")];
    let (one, other) = tokio::join!(
        api.post_once("/v1/customers", &form, "key-1"),
        api.post_once("/v1/customers", &form, "key-1")
    );
    let (good, refused) = if one.status == 200 { (one, other) } else { (other, one) };
    assert_eq!(refused.error(409)["code"], "idempotency_key_in_use");
    let later = api.post_once("/v1/customers", &form, "key-1").await;
    assert_eq!(later.ok()["id"], good.ok()["id"]);
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_the_work() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    sandbox.script_api(fault(ApiTrouble::DelayMillis(300)));
    let impatient =
        reqwest::Client::builder().no_proxy().timeout(std::time::Duration::from_millis(50)).build().unwrap();
    let hasty = Api { http: impatient, ..api.clone() };
    assert!(
        hasty.try_post("/v1/customers", &[("name", "Ada")], Some("key-1")).await.unwrap_err().is_timeout()
    );
    // The first request is still at work, or done by now: never is there a second customer.
    loop {
        let again = api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await;
        if again.status == 200 {
            break;
        }
        assert_eq!(again.error(409)["code"], "idempotency_key_in_use");
    }
    assert_eq!(api.get("/v1/customers").await.ok()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn keys_are_forgotten_after_a_day_of_the_chosen_time() {
    let clock = StoppedClock::new();
    let sandbox = open_with(Options { machine_clock: clock.clock(), ..Options::default() }).await;
    let api = Api::new(&sandbox);
    let form = [("name", "Ada")];
    let first = api.post_once("/v1/customers", &form, "key-1").await.ok()["id"].clone();
    sandbox.advance(2 * DAY);
    assert_eq!(
        api.post_once("/v1/customers", &form, "key-1").await.ok()["id"],
        first,
        "business time does not count"
    );
    clock.advance(DAY - 1);
    assert_eq!(api.post_once("/v1/customers", &form, "key-1").await.ok()["id"], first);
    clock.advance(1);
    let second = api.post_once("/v1/customers", &form, "key-1").await.ok()["id"].clone();
    assert_ne!(second, first);
    sandbox.set_switches(Switches { prune_keys_by_business_time: true, ..sandbox.switches() });
    sandbox.advance(DAY);
    assert_ne!(api.post_once("/v1/customers", &form, "key-1").await.ok()["id"], second);
}
