//! The state file: what the demo finds again after a restart.

use sandbox::{Instrument, Method, Options, Paid, Sandbox, Settlement, Switches};
use serde_json::Value;

use crate::support::{Api, DAY, KEY, Receiver, open_with};

#[tokio::test]
async fn a_restart_forgets_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let options = || Options { state: Some(path.clone()), ..Options::default() };
    let receiver = Receiver::open().await;

    let sandbox = open_with(options()).await;
    sandbox.set_webhook(KEY, &receiver.url, "whsec_1", &["checkout.session.*"]).unwrap();
    let api = Api::new(&sandbox);
    let open_session = api.session("5000", "eur", &[]).await;
    let debit = api.session("7000", "eur", &[]).await;
    sandbox.pay(&debit, Instrument::Debit(Method::SepaDebit, Settlement::Settles)).unwrap();
    let customer = api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await.ok();
    sandbox.advance(2 * DAY);
    let before = sandbox.business_now();
    let events = sandbox.events(KEY);
    sandbox.stop().await;

    let sandbox = open_with(options()).await;
    let api = Api::new(&sandbox);
    assert!(sandbox.business_now() >= before, "time never goes back");
    assert_eq!(sandbox.events(KEY), events);
    let replayed = api.post_once("/v1/customers", &[("name", "Ada")], "key-1").await;
    assert_eq!(replayed.ok()["id"], customer["id"]);
    assert_eq!(api.get(&format!("/v1/checkout/sessions/{open_session}")).await.ok()["status"], "expired");
    let fresh = api.session("5000", "eur", &[]).await;
    assert_ne!(fresh, open_session);
    assert_eq!(sandbox.pay(&fresh, Instrument::card("4242424242424242")).unwrap(), Paid::Succeeded);
    sandbox.advance(3 * DAY);
    assert_eq!(api.intent_of(&debit).await["status"], "succeeded", "what was planned still comes");
    sandbox.deliver_now().await;
    let kinds: Vec<_> = receiver.take().iter().map(crate::support::Hook::kind).collect();
    assert!(kinds.contains(&"checkout.session.async_payment_succeeded".to_owned()), "{kinds:?}");
}

#[tokio::test]
async fn the_file_is_written_while_running() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    let sandbox = open_with(Options { state: Some(path.clone()), ..Options::default() }).await;
    let session = Api::new(&sandbox).session("5000", "eur", &[]).await;
    let written = async {
        loop {
            if std::fs::read_to_string(&path).is_ok_and(|text| text.contains(&session)) {
                return;
            }
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(std::time::Duration::from_secs(10), written).await.unwrap();
}

#[tokio::test]
async fn a_file_that_cannot_be_read_is_not_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.json");
    std::fs::write(&path, "{ half").unwrap();
    let refused =
        Sandbox::start(Options { state: Some(path.clone()), ..Options::default() }).await.unwrap_err();
    assert!(refused.to_string().contains("state.json"));
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "{ half");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_world() {
    let clock = crate::support::StoppedClock::new();
    let mut worlds = Vec::new();
    for _ in 0..2 {
        let options = Options { seed: Some(7), machine_clock: clock.clock(), ..Options::default() };
        let sandbox = open_with(options).await;
        let session = Api::new(&sandbox).session("5000", "eur", &[]).await;
        sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap();
        worlds.push(Value::from(sandbox.events(KEY)));
    }
    // Addresses differ, because ports do; they are only in receipts.
    let plain = |world: &Value| world.to_string().split("/receipts/").count();
    assert_eq!(plain(&worlds[0]), plain(&worlds[1]));
    let ids =
        |world: &Value| world.as_array().unwrap().iter().map(|event| event["id"].clone()).collect::<Vec<_>>();
    assert_eq!(ids(&worlds[0]), ids(&worlds[1]));
}

#[tokio::test]
async fn a_closed_sandbox_lets_its_ports_go() {
    let sandbox = open_with(Options::default()).await;
    let (http, smtp) = (sandbox.http_addr().port(), sandbox.smtp_addr().port());
    sandbox.stop().await;
    let options =
        Options { http_port: http, smtp_port: smtp, switches: Switches::default(), ..Options::default() };
    let again = Sandbox::start(options).await.unwrap();
    assert_eq!(again.http_addr().port(), http);
}
