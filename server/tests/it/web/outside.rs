//! Those who come without cookies: the SMS gateway with its signature, mail programs with a contact's way out.

use std::collections::BTreeMap;

use server::operations::consent;
use server::operations::customers::{self, ContactInput};
use server::testing::world::TEXTS_TOKEN;

use super::{Answer, TestApp};
use crate::support;

const NUMBER: &str = "+4915112345678";

/// A contact with a number who agreed to texts.
async fn contact(app: &TestApp) -> (server::env::Principal, domain::ContactId) {
    let (env, owner) = (&app.world.env, app.business().await);
    let (_, contact) = support::customer(env, &owner, "Morgenrot GmbH", "lena@morgenrot.example").await;
    let with_number = ContactInput {
        contact_name: "Lena Morgenrot".to_owned(),
        contact_email: "lena@morgenrot.example".to_owned(),
        contact_phone: NUMBER.to_owned(),
        ..ContactInput::default()
    };
    customers::update_contact(env, &owner, contact, 1, with_number).await.unwrap();
    let agreed = consent::ConsentInput {
        version: "2".to_owned(),
        consent_source: "phone".to_owned(),
        consent_text: "Yes, text me.".to_owned(),
        consent_date: String::new(),
    };
    consent::give(env, &owner, contact, &agreed).await.unwrap();
    (owner, contact)
}

/// What the gateway posts, signed with a token for an address.
async fn posts(app: &TestApp, path: &str, fields: &[(&str, &str)], token: &str, signed_for: &str) -> Answer {
    let fields: BTreeMap<String, String> =
        fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let signature = sandbox::text_signature(token, signed_for, &fields);
    let mut gateway = app.browser();
    let request = gateway.request("POST", path).header("x-twilio-signature", signature).form(&fields);
    gateway.send(request).await
}

fn incoming<'a>(body: &'a str, sid: &'a str) -> [(&'a str, &'a str); 4] {
    [("AccountSid", "ACdunlin"), ("MessageSid", sid), ("From", NUMBER), ("Body", body)]
}

async fn is_texted(app: &TestApp, owner: &server::env::Principal, contact: domain::ContactId) -> bool {
    consent::detail(&app.world.env, owner, contact).await.unwrap().contact.textable().is_some()
}

#[tokio::test]
async fn only_the_gateway_can_say_that_somebody_wants_no_texts() {
    let app = TestApp::start().await;
    let (owner, contact) = contact(&app).await;
    let path = "/webhooks/sms/incoming";
    let here = format!("{}{path}", app.origin);
    let stop = incoming("STOP", "SM1");
    for (token, signed_for) in [
        ("another-token-altogether", here.clone()),
        ("", here.clone()),
        (TEXTS_TOKEN, format!("{}/webhooks/sms/status/x", app.origin)),
        (TEXTS_TOKEN, format!("https://elsewhere.example{path}")),
    ] {
        assert_eq!(posts(&app, path, &stop, token, &signed_for).await.status, 403, "{token} {signed_for}");
    }
    let mut unsigned = app.browser();
    assert_eq!(unsigned.post(path, &stop).await.status, 403);
    let other_account =
        [("AccountSid", "ACother"), ("MessageSid", "SM1"), ("From", NUMBER), ("Body", "STOP")];
    assert_eq!(posts(&app, path, &other_account, TEXTS_TOKEN, &here).await.status, 403);
    assert!(is_texted(&app, &owner, contact).await, "nothing was taken");

    for _ in 0..2 {
        let answer = posts(&app, path, &stop, TEXTS_TOKEN, &here).await;
        assert_eq!((answer.status, answer.body.as_str()), (204, ""), "words would be texted back");
    }
    assert!(!is_texted(&app, &owner, contact).await);
}

#[tokio::test]
async fn what_is_signed_but_odd_is_refused_or_passed_over() {
    let app = TestApp::start().await;
    let (owner, contact) = contact(&app).await;
    let path = "/webhooks/sms/incoming";
    let here = format!("{}{path}", app.origin);
    let without_name = [("AccountSid", "ACdunlin"), ("From", NUMBER), ("Body", "STOP")];
    assert_eq!(posts(&app, path, &without_name, TEXTS_TOKEN, &here).await.status, 400);
    let short_code = [("AccountSid", "ACdunlin"), ("MessageSid", "SM2"), ("From", "40404"), ("Body", "STOP")];
    assert_eq!(posts(&app, path, &short_code, TEXTS_TOKEN, &here).await.status, 204);
    let long = "x".repeat(40_000);
    assert_eq!(posts(&app, path, &incoming(&long, "SM3"), TEXTS_TOKEN, &here).await.status, 413);
    let status = "/webhooks/sms/status/msg_0198c2f7a1b27c3d8e4f5a6b7c8d9e0f";
    let delivered = [("AccountSid", "ACdunlin"), ("MessageSid", "SM4"), ("MessageStatus", "delivered")];
    let there = format!("{}{status}", app.origin);
    assert_eq!(
        posts(&app, status, &delivered, TEXTS_TOKEN, &there).await.status,
        204,
        "of a message that is not ours"
    );
    assert!(is_texted(&app, &owner, contact).await);
}

#[tokio::test]
async fn a_mail_program_ends_mail_in_one_post_without_cookies() {
    let app = TestApp::start().await;
    let (owner, contact) = contact(&app).await;
    let way_out = consent::way_out(&app.world.env, contact);
    let path = way_out.strip_prefix(&app.origin).unwrap();
    let mut visitor = app.browser();
    let mailed = async || {
        let found = consent::detail(&app.world.env, &owner, contact).await.unwrap();
        found.contact.mailable().is_some()
    };

    let page = visitor.get(path).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("l•••@morgenrot.example") && !page.body.contains("lena@"), "masked");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert!(mailed().await, "looking changes nothing");

    for _ in 0..2 {
        let one_click = visitor.request("POST", path).form(&[("List-Unsubscribe", "One-Click")]);
        let answer = app.browser().send(one_click).await;
        assert_eq!(answer.status, 200);
        assert!(answer.headers.get("set-cookie").is_none());
        assert!(!mailed().await);
    }
    // Some mail programs send the form in parts.
    visitor.post(path, &[("change", "resume_mail")]).await;
    assert!(mailed().await, "the page has a way back");
    let in_parts =
        visitor.request("POST", path).header("content-type", "multipart/form-data; boundary=b").body(
            "--b\r\ncontent-disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n",
        );
    assert_eq!(visitor.send(in_parts).await.status, 200);
    assert!(!mailed().await);

    assert_eq!(visitor.post(path, &[("change", "end_texts")]).await.status, 200);
    assert!(!is_texted(&app, &owner, contact).await);
    assert_eq!(visitor.post(path, &[("change", "delete_everything")]).await.status, 400);
    assert_eq!(visitor.get("/u/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA").await.status, 404);
}
