//! What a caller does wrong is answered as Stripe answers it.

use std::fmt::Write as _;

use serde_json::Value;

use crate::support::{Api, Reply, open};

fn line(what: &str, reply: &Reply) -> String {
    let error = &reply.body["error"];
    let text = |name: &str| error[name].as_str().unwrap_or("-").to_owned();
    format!(
        "{what}\n  {} {} {} {}\n  {}\n",
        reply.status,
        text("type"),
        text("code"),
        text("param"),
        text("message")
    )
}

#[tokio::test]
async fn wrong_calls_get_stripes_answers() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let mut answers = String::new();
    for path in [
        "/v1/nothing",
        "/v1/customers/cus_none",
        "/v1/payment_intents/pi_none",
        "/v1/checkout/sessions/cs_none",
    ] {
        let _ = write!(answers, "{}", line(&format!("GET {path}"), &api.get(path).await));
    }
    let base = [
        ("mode", "payment"),
        ("success_url", "https://business.example/done"),
        ("line_items[0][price_data][currency]", "eur"),
        ("line_items[0][price_data][unit_amount]", "5000"),
        ("line_items[0][price_data][product_data][name]", "Invoice"),
        ("line_items[0][quantity]", "1"),
    ];
    let changes: &[&[(&str, &str)]] = &[
        &[("customer", "cus_none")],
        &[("line_items[0][price_data][unit_amount]", "49")],
        &[("line_items[0][price_data][unit_amount]", "100000000")],
        &[("line_items[0][price_data][currency]", "zzz")],
        &[("line_items[0][quantity]", "0")],
        &[("line_items[0][price]", "price_none")],
        &[("success_url", "business.example/done")],
        &[("expires_at", "5")],
        &[("mode", "subscription")],
        &[("payment_method_types[0]", "card")],
        &[("allowed_payment_method_types[0]", "us_bank_account")],
        &[("allow_promotion_codes", "true")],
        &[("metadata[a-key-that-is-longer-than-forty-characters-is]", "x")],
        &[("custmer", "cus_1")],
    ];
    for change in changes {
        let mut form: Vec<_> =
            base.iter().filter(|(name, _)| change.iter().all(|(own, _)| own != name)).copied().collect();
        form.extend_from_slice(change);
        let what = change.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&");
        let reply = api.post("/v1/checkout/sessions", &form).await;
        let mut told = line(&what, &reply);
        // The list of currencies is long.
        if let Some((start, _)) = told.split_once("supports these currencies:") {
            told = format!("{start}supports these currencies: …\n");
        }
        answers.push_str(&told);
    }
    for missing in ["mode", "success_url", "line_items[0][quantity]"] {
        let form: Vec<_> = base.iter().filter(|(name, _)| *name != missing).copied().collect();
        let reply = api.post("/v1/checkout/sessions", &form).await;
        let _ = write!(answers, "{}", line(&format!("without {missing}"), &reply));
    }
    insta::assert_snapshot!(answers);
}

#[tokio::test]
async fn amounts_follow_their_currency() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    for (amount, currency, status) in [
        ("50", "jpy", 200),
        ("49", "jpy", 400),
        ("1230", "kwd", 200),
        ("1234", "kwd", 400),
        ("500", "isk", 200),
        ("550", "isk", 400),
        ("30", "gbp", 200),
        ("50", "EUR", 200),
    ] {
        let reply = api.post("/v1/payment_intents", &[("amount", amount), ("currency", currency)]).await;
        assert_eq!(reply.status, status, "{amount} {currency}: {}", reply.body);
    }
}

#[tokio::test]
async fn methods_that_do_not_fit_the_currency_are_filtered_out() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let offered = |reply: Value| reply["payment_method_types"].to_string();
    let mut shown = Vec::new();
    for currency in ["eur", "usd", "gbp", "chf"] {
        let session = api.session("5000", currency, &[]).await;
        shown.push(offered(api.get(&format!("/v1/checkout/sessions/{session}")).await.ok()));
    }
    let more =
        [("allowed_payment_method_types[0]", "card"), ("allowed_payment_method_types[1]", "bacs_debit")];
    let session = api.session("5000", "eur", &more).await;
    shown.push(offered(api.get(&format!("/v1/checkout/sessions/{session}")).await.ok()));
    let session = api.session("5000", "eur", &[("excluded_payment_method_types[0]", "card")]).await;
    shown.push(offered(api.get(&format!("/v1/checkout/sessions/{session}")).await.ok()));
    insta::assert_snapshot!(shown.join("\n"), @r#"
    ["card","sepa_debit"]
    ["card","us_bank_account"]
    ["card","bacs_debit"]
    ["card"]
    ["card"]
    ["sepa_debit"]
    "#);
}

#[tokio::test]
async fn keys_and_versions_are_checked_first() {
    let sandbox = open().await;
    let mut answers = String::new();
    for key in ["", "sk_live_abcdefghijkl", "pk_test_abcdefghijkl", "sk_test_"] {
        let reply = Api::with_key(&sandbox, key).get("/v1/account").await;
        let _ = write!(answers, "{}", line(&format!("key {key:?}"), &reply));
    }
    let api = Api::with_key(&sandbox, "sk_test_revoked");
    api.get("/v1/account").await.ok();
    sandbox.revoke_key("sk_test_revoked");
    let _ = write!(answers, "{}", line("a revoked key", &api.get("/v1/account").await));
    insta::assert_snapshot!(answers, @r#"
    key ""
      401 invalid_request_error - -
      You did not provide an API key. You need to provide your API key in the Authorization header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').
    key "sk_live_abcdefghijkl"
      401 invalid_request_error - -
      Invalid API Key provided: sk_live_****ijkl. The sandbox takes test keys only: a live key has no business here.
    key "pk_test_abcdefghijkl"
      401 invalid_request_error - -
      Invalid API Key provided: pk_test_****ijkl.
    key "sk_test_"
      401 invalid_request_error - -
      Invalid API Key provided: sk_test_****est_.
    a revoked key
      401 invalid_request_error api_key_expired -
      Expired API Key provided: sk_test_****oked
    "#);

    let api = Api::new(&sandbox);
    let with_version = |version: &'static str| {
        let request = api.http.get(format!("{}/v1/account", api.url)).bearer_auth(&api.key);
        async move { request.header("stripe-version", version).send().await.unwrap() }
    };
    for (version, status) in [
        (sandbox::API_VERSION, 200),
        ("2026-10-28.endive", 200),
        ("2024-06-20", 400),
        ("2026-08-26.dahlia", 400),
        ("yesterday", 400),
    ] {
        let response = with_version(version).await;
        assert_eq!(response.status().as_u16(), status, "{version}");
        assert_eq!(response.headers()["stripe-version"], version);
    }
    let basic =
        api.http.get(format!("{}/v1/account", api.url)).basic_auth(&api.key, None::<&str>).send().await;
    assert_eq!(basic.unwrap().status().as_u16(), 200);
}

#[tokio::test]
async fn only_what_can_be_expanded_is() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    let path = format!("/v1/checkout/sessions/{session}");
    let refused = api.get(&format!("{path}?expand[]=amount_total")).await;
    assert_eq!(refused.error(400)["message"], "This property cannot be expanded (amount_total).");
    let deep =
        api.get(&format!("{path}?expand[]=payment_intent.latest_charge.payment_intent.customer.x")).await;
    deep.error(400);
    let listed = api.get("/v1/checkout/sessions?expand[]=data.line_items").await.ok();
    assert_eq!(listed["data"][0]["line_items"]["data"][0]["amount_total"], 5000);
}
