//! Webhooks: signed, told at least once, and troubled on demand.

use hmac::{Hmac, KeyInit, Mac};
use sandbox::{DeliveryState, Instrument, Options, Running, Switches};
use serde_json::Value;
use sha2::Sha256;

use crate::support::{Api, KEY, Receiver, StoppedClock, open, open_with};

const SECRET: &str = "whsec_one";

/// A sandbox that tells a receiver of everything.
async fn told() -> (Running, Api, Receiver, String) {
    let sandbox = open().await;
    let receiver = Receiver::open().await;
    let endpoint = sandbox.set_webhook(KEY, &receiver.url, SECRET, &["*"]).unwrap();
    let api = Api::new(&sandbox);
    (sandbox, api, receiver, endpoint)
}

async fn customer(api: &Api, name: &str) {
    api.post("/v1/customers", &[("name", name)]).await.ok();
}

fn names(receiver: &Receiver) -> Vec<String> {
    let hooks = receiver.take();
    hooks.iter().map(|hook| hook.event()["data"]["object"]["name"].as_str().unwrap().to_owned()).collect()
}

fn signed_with(secret: &str, signature: &str, body: &str) -> bool {
    let moment = signature.strip_prefix("t=").unwrap().split(',').next().unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{moment}.{body}").as_bytes());
    let right = hex::encode(mac.finalize().into_bytes());
    signature.split(',').any(|part| part.strip_prefix("v1=") == Some(&right))
}

#[tokio::test]
async fn a_webhook_carries_the_whole_event_signed() {
    let (sandbox, api, receiver, _) = told().await;
    let session = api.session("5000", "eur", &[("metadata[attempt]", "pat_1")]).await;
    sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap();
    assert_eq!(sandbox.deliver_now().await, 4);
    let hooks = receiver.take();
    let completed = hooks.iter().find(|hook| hook.kind() == "checkout.session.completed").unwrap();
    assert!(signed_with(SECRET, &completed.signature, &completed.body));
    let event = completed.event();
    assert_eq!(event["api_version"], sandbox::API_VERSION);
    assert_eq!(event["data"]["object"]["metadata"]["attempt"], "pat_1");
    assert_eq!(event["pending_webhooks"], 1);
    let mut now = api.get(&format!("/v1/events/{}", event["id"].as_str().unwrap())).await.ok();
    assert_eq!(now["pending_webhooks"], 0, "it has arrived by now");
    now["pending_webhooks"] = 1.into();
    assert_eq!(now, event);
}

#[tokio::test]
async fn while_a_secret_is_rotated_both_sign() {
    let (sandbox, api, receiver, endpoint) = told().await;
    sandbox.roll_secret(&endpoint, "whsec_two").unwrap();
    customer(&api, "Ada").await;
    sandbox.deliver_now().await;
    let hook = receiver.take().remove(0);
    assert!(
        signed_with(SECRET, &hook.signature, &hook.body)
            && signed_with("whsec_two", &hook.signature, &hook.body)
    );
    sandbox.drop_old_secret(&endpoint).unwrap();
    customer(&api, "Bo").await;
    sandbox.deliver_now().await;
    let hook = receiver.take().remove(0);
    assert!(
        !signed_with(SECRET, &hook.signature, &hook.body)
            && signed_with("whsec_two", &hook.signature, &hook.body)
    );
}

#[tokio::test]
async fn what_is_not_answered_with_2xx_is_sent_again() {
    let (sandbox, api, receiver, _) = told().await;
    receiver.answer(500);
    customer(&api, "Ada").await;
    assert_eq!(sandbox.deliver_now().await, 0);
    let first = receiver.take().remove(0);
    let delivery = &sandbox.deliveries()[0];
    assert_eq!((delivery.state, delivery.last_answer.as_deref()), (DeliveryState::Waiting, Some("500")));
    let failed = api.get("/v1/events?delivery_success=false").await.ok();
    assert_eq!(failed["data"].as_array().unwrap().len(), 1);
    receiver.answer(204);
    assert_eq!(sandbox.deliver_now().await, 1);
    assert_eq!(receiver.take().remove(0).event(), first.event());
    assert_eq!(sandbox.deliver_now().await, 0, "what has arrived is not sent again");
    sandbox.resend(first.event()["id"].as_str().unwrap()).unwrap();
    assert_eq!(sandbox.deliver_now().await, 1);
}

#[tokio::test]
async fn events_are_lost_doubled_and_turned_around_on_demand() {
    let (sandbox, api, receiver, _) = told().await;
    let hold = Switches { hold: true, ..Switches::default() };
    sandbox.set_switches(Switches { lose: true, ..hold.clone() });
    customer(&api, "Lost").await;
    sandbox.set_switches(Switches { duplicate: true, ..hold.clone() });
    customer(&api, "Twice").await;
    sandbox.set_switches(Switches { reorder: true, ..hold });
    customer(&api, "Last").await;
    assert_eq!(sandbox.deliver_now().await, 3);
    assert_eq!(names(&receiver), ["Last", "Twice", "Twice"]);
    let kinds = api.get("/v1/events").await.ok();
    assert_eq!(kinds["data"].as_array().unwrap().len(), 3, "a lost event can still be listed");
}

#[tokio::test]
async fn without_hold_events_go_out_by_themselves_after_their_delay() {
    let clock = StoppedClock::new();
    let sandbox = open_with(Options { machine_clock: clock.clock(), ..Options::default() }).await;
    let receiver = Receiver::open().await;
    sandbox.set_webhook(KEY, &receiver.url, SECRET, &["*"]).unwrap();
    let api = Api::new(&sandbox);
    sandbox.set_switches(Switches { delay_seconds: 60, ..Switches::default() });
    customer(&api, "Ada").await;
    clock.advance(59);
    customer(&api, "Bo").await;
    assert!(receiver.take().is_empty());
    clock.advance(1);
    // The worker looks at least once a second.
    receiver.wait().await;
    assert_eq!(names(&receiver), ["Ada"]);
}

#[tokio::test]
async fn an_endpoint_hears_only_what_it_asked_for() {
    let sandbox = open().await;
    let receiver = Receiver::open().await;
    sandbox.set_webhook(KEY, &receiver.url, SECRET, &["charge.*", "checkout.session.completed"]).unwrap();
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap();
    sandbox.deliver_now().await;
    let kinds: Vec<_> = receiver.take().iter().map(crate::support::Hook::kind).collect();
    assert_eq!(kinds, ["charge.succeeded", "checkout.session.completed"]);
    // Events of another account are not told either.
    customer(&Api::with_key(&sandbox, "sk_test_other"), "Ada").await;
    assert_eq!(sandbox.deliver_now().await, 0);
}

#[tokio::test]
async fn webhooks_never_leave_this_machine_and_are_never_unsigned() {
    let sandbox = open().await;
    for url in ["https://127.0.0.1/hook", "http://business.example/hook", "http://10.0.0.1/hook", "hook"] {
        assert!(sandbox.set_webhook(KEY, url, SECRET, &["*"]).is_err(), "{url}");
    }
    assert!(sandbox.set_webhook(KEY, "http://127.0.0.1:9/hook", "", &["*"]).is_err());
    assert!(sandbox.set_webhook("sk_live_key", "http://127.0.0.1:9/hook", SECRET, &["*"]).is_err());
}

#[tokio::test]
async fn the_control_api_does_the_same() {
    let sandbox = open().await;
    let receiver = Receiver::open().await;
    let http = Api::new(&sandbox).http;
    let control = |call: &'static str, body: Value| {
        let request = http.post(format!("{}/_sandbox/{call}", sandbox.http_url())).json(&body);
        async move {
            let response = request.send().await.unwrap();
            let status = response.status().as_u16();
            (status, response.json::<Value>().await.unwrap())
        }
    };
    let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    let endpoint =
        json(&format!(r#"{{"key": "{KEY}", "url": "{}", "business": "Nordlicht"}}"#, receiver.url));
    let (status, endpoint) = control("endpoints", endpoint).await;
    assert_eq!(status, 200);
    let secret = endpoint["secret"].as_str().unwrap();
    let api = Api::new(&sandbox);
    assert_eq!(api.get("/v1/account").await.ok()["business_profile"]["name"], "Nordlicht");
    let session = api.session("5000", "eur", &[]).await;
    let pay = json(&format!(r#"{{"session": "{session}", "debit": "settles"}}"#));
    assert_eq!(control("pay", pay.clone()).await, (200, json(r#"{"outcome": "processing"}"#)));
    assert_eq!(control("pay", pay).await.0, 409);
    let before = sandbox.business_now();
    let (_, clock) = control("clock", json(r#"{"advance_days": 5}"#)).await;
    assert!(clock["business_now"].as_i64().unwrap() >= before + 5 * 86_400);
    let (_, back) = control("clock", json(r#"{"offset_seconds": 0}"#)).await;
    assert_eq!(back["offset_seconds"], 5 * 86_400, "time never goes back");
    assert_eq!(control("deliver", json("{}")).await, (200, json(r#"{"delivered": 7}"#)));
    let hook = receiver.take().pop().unwrap();
    assert_eq!(hook.kind(), "checkout.session.async_payment_succeeded");
    assert!(signed_with(secret, &hook.signature, &hook.body));
    assert_eq!(control("switches", json(r#"{"lose": true}"#)).await.1["hold"], true, "the others stay");
    assert_eq!(control("switches", json(r#"{"loose": true}"#)).await.0, 400);
    assert_eq!(control("nothing", json("{}")).await.0, 404);
    assert_eq!(control("events/evt_none/resend", json("{}")).await.0, 404);
}
