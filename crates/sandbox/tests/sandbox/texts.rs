//! The stand-in for the SMS gateway: it takes texts, reports by signed callbacks, hands answers on, and fails as scripted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::{Form, State};
use axum::http::HeaderMap;
use axum::routing::post;
use sandbox::{Running, TextFault, TextTrouble, text_signature};
use serde_json::Value;

use crate::support::open;

const ACCOUNT: &str = "ACshop";
const TOKEN: &str = "a-token-of-the-shop";
const OURS: &str = "+4930555000";
const THEIRS: &str = "+4915112345678";

/// What came in, with its signature.
type Received = Arc<Mutex<Vec<(String, BTreeMap<String, String>)>>>;

/// A receiver of callbacks at a loopback address.
async fn receiver() -> (String, Received) {
    let received = Received::default();
    let app = Router::new()
        .route(
            "/callback",
            post(
                |State(received): State<Received>,
                 headers: HeaderMap,
                 Form(form): Form<BTreeMap<String, String>>| async move {
                    let signature = headers["x-twilio-signature"].to_str().unwrap().to_owned();
                    received.lock().unwrap().push((signature, form));
                },
            ),
        )
        .with_state(Arc::clone(&received));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/callback", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, app).await });
    (url, received)
}

async fn send(
    sandbox: &Running,
    token: &str,
    fields: &[(&str, &str)],
) -> Result<(u16, Value), reqwest::Error> {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("{}/2010-04-01/Accounts/{ACCOUNT}/Messages.json", sandbox.http_url());
    let response = client.post(url).basic_auth(ACCOUNT, Some(token)).form(fields).send().await?;
    let status = response.status().as_u16();
    Ok((status, response.json().await?))
}

fn text<'a>(to: &'a str, callback: &'a str) -> [(&'a str, &'a str); 4] {
    [("To", to), ("From", OURS), ("Body", "Invoice 2026-014 is due"), ("StatusCallback", callback)]
}

#[tokio::test]
async fn a_text_is_taken_reported_and_answered() {
    let sandbox = open().await;
    let (url, received) = receiver().await;
    sandbox.set_text_answers(ACCOUNT, TOKEN, &url).unwrap();
    let (status, taken) = send(&sandbox, TOKEN, &text(THEIRS, &url)).await.unwrap();
    assert_eq!((status, taken["status"].as_str()), (201, Some("queued")));
    sandbox.answer_text(THEIRS, "STOP").unwrap();

    assert_eq!(sandbox.deliver_texts_now().await, 3);
    let received = received.lock().unwrap();
    let statuses: Vec<_> = received.iter().map(|(_, form)| form.get("MessageStatus").cloned()).collect();
    assert_eq!(statuses, [Some("sent".to_owned()), Some("delivered".to_owned()), None]);
    assert_eq!((&received[2].1["Body"][..], &received[2].1["From"][..]), ("STOP", THEIRS));
    for (signature, form) in received.iter() {
        assert_eq!(*signature, text_signature(TOKEN, &url, form));
    }
    let texts = sandbox.texts();
    assert_eq!((texts[0].status.as_str(), texts[1].incoming), ("delivered", true));
}

#[tokio::test]
async fn mistakes_are_refused_as_the_gateway_refuses_them() {
    let sandbox = open().await;
    for (fields, status, code) in [
        (text("nobody", ""), 400, 21211),
        ([("To", THEIRS), ("From", OURS), ("Body", ""), ("StatusCallback", "")], 400, 21602),
        (text(THEIRS, "https://outside.example/"), 400, 21609),
    ] {
        let (answered, body) = send(&sandbox, TOKEN, &fields).await.unwrap();
        assert_eq!((answered, body["code"].as_i64()), (status, Some(code)), "{fields:?}");
    }
    send(&sandbox, TOKEN, &text(THEIRS, "")).await.unwrap();
    let (status, _) = send(&sandbox, "another-token", &text(THEIRS, "")).await.unwrap();
    assert_eq!(status, 401);
    assert_eq!(sandbox.texts().len(), 1, "only the good one was taken");
    assert!(sandbox.answer_text("+4915100000000", "who is this?").is_err(), "nobody texted that number");
}

#[tokio::test]
async fn trouble_comes_as_scripted() {
    let sandbox = open().await;
    for (trouble, answered, taken) in [
        (TextTrouble::Answer { status: 429, code: 20429 }, Some(429), 0),
        (TextTrouble::LoseRequest, None, 0),
        (TextTrouble::LoseAnswer, None, 1),
        (TextTrouble::DelayMillis(1), Some(201), 1),
        (TextTrouble::Undelivered, Some(201), 1),
        (TextTrouble::Failed, Some(201), 1),
    ] {
        let before = sandbox.texts().len();
        sandbox.script_texts(TextFault { to: Some(THEIRS.to_owned()), times: 1, trouble });
        let outcome = send(&sandbox, TOKEN, &text(THEIRS, "")).await;
        assert_eq!(outcome.ok().map(|(status, _)| status), answered, "{trouble:?}");
        assert_eq!(sandbox.texts().len() - before, taken, "{trouble:?}");
    }
}
