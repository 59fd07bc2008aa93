//! What a payer's choice does, at once and in the days that follow, and how it is told.

use sandbox::{ControlError, Instrument, Method, Paid, Settlement};
use serde_json::Value;

use crate::support::{Api, DAY, KEY, kinds, open};

const DEBIT: [(&str, &str); 1] = [("allowed_payment_method_types[0]", "sepa_debit")];

#[tokio::test]
async fn a_debit_is_processing_until_it_settles() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("124000", "eur", &DEBIT).await;
    let paid = sandbox.pay(&session, Instrument::Debit(Method::SepaDebit, Settlement::Settles)).unwrap();
    assert_eq!(paid, Paid::Processing);
    let shown = api.get(&format!("/v1/checkout/sessions/{session}")).await.ok();
    assert_eq!((&shown["status"], &shown["payment_status"]), (&"complete".into(), &"unpaid".into()));
    assert_eq!(api.intent_of(&session).await["status"], "processing");

    sandbox.advance(4 * DAY);
    assert_eq!(api.intent_of(&session).await["status"], "processing");
    sandbox.advance(DAY);
    let intent = api.intent_of(&session).await;
    assert_eq!((&intent["status"], &intent["amount_received"]), (&"succeeded".into(), &124_000.into()));
    insta::assert_snapshot!(kinds(&sandbox).join("\n"), @r"
    payment_intent.created
    charge.pending
    payment_intent.processing
    checkout.session.completed
    charge.succeeded
    payment_intent.succeeded
    checkout.session.async_payment_succeeded
    ");
    let events = sandbox.events(KEY);
    let days =
        |event: &Value| (event["created"].as_i64().unwrap() - shown["created"].as_i64().unwrap()) / 86_400;
    assert_eq!((days(&events[3]), days(&events[6])), (0, 5));
}

#[tokio::test]
async fn a_debit_that_fails_reopens_nothing_at_stripe() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("124000", "eur", &DEBIT).await;
    sandbox.pay(&session, Instrument::Debit(Method::SepaDebit, Settlement::Fails)).unwrap();
    sandbox.advance(30 * DAY);
    let intent = api.intent_of(&session).await;
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["last_payment_error"]["code"], "insufficient_funds");
    assert_eq!(intent["latest_charge"]["status"], "failed");
    let shown = api.get(&format!("/v1/checkout/sessions/{session}")).await.ok();
    assert_eq!((&shown["status"], &shown["payment_status"]), (&"complete".into(), &"unpaid".into()));
    insta::assert_snapshot!(kinds(&sandbox)[4..].join("\n"), @r"
    charge.failed
    payment_intent.payment_failed
    checkout.session.async_payment_failed
    ");
}

#[tokio::test]
async fn a_declined_card_leaves_the_session_open_for_another() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    let refused = sandbox.pay(&session, Instrument::card("4000 0000 0000 9995")).unwrap();
    assert_eq!(
        refused,
        Paid::Refused { code: "card_declined", message: "Your card has insufficient funds." }
    );
    let intent = api.intent_of(&session).await;
    assert_eq!(intent["status"], "requires_payment_method");
    assert_eq!(intent["last_payment_error"]["decline_code"], "insufficient_funds");
    assert_eq!(sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap(), Paid::Succeeded);
    let after = api.intent_of(&session).await;
    assert_eq!((&after["id"], &after["status"]), (&intent["id"], &"succeeded".into()));
    assert_eq!(after["last_payment_error"], Value::Null);
    insta::assert_snapshot!(kinds(&sandbox).join("\n"), @r"
    payment_intent.created
    charge.failed
    payment_intent.payment_failed
    charge.succeeded
    payment_intent.succeeded
    checkout.session.completed
    ");
}

#[tokio::test]
async fn three_d_secure_is_asked_and_can_be_refused() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    assert!(sandbox.authenticate(&session, true).is_err(), "nothing waits for an answer yet");
    let card = || Instrument::card("4000002500003155");
    assert_eq!(sandbox.pay(&session, card()).unwrap(), Paid::NeedsAuthentication);
    assert_eq!(api.intent_of(&session).await["status"], "requires_action");
    let refused = sandbox.authenticate(&session, false).unwrap();
    assert!(matches!(refused, Paid::Refused { code: "payment_intent_authentication_failure", .. }));
    assert_eq!(sandbox.pay(&session, card()).unwrap(), Paid::NeedsAuthentication);
    assert_eq!(sandbox.authenticate(&session, true).unwrap(), Paid::Succeeded);
    insta::assert_snapshot!(kinds(&sandbox).join("\n"), @r"
    payment_intent.created
    payment_intent.requires_action
    payment_intent.payment_failed
    payment_intent.requires_action
    charge.succeeded
    payment_intent.succeeded
    checkout.session.completed
    ");
}

#[tokio::test]
async fn a_session_is_paid_once_and_only_as_it_offers() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &DEBIT).await;
    let refusal = |outcome: Result<Paid, ControlError>| outcome.unwrap_err().to_string();
    let card = Instrument::card("4242424242424242");
    assert_eq!(refusal(sandbox.pay(&session, card.clone())), "The Checkout Session does not offer card.");
    sandbox.pay(&session, Instrument::Debit(Method::SepaDebit, Settlement::Settles)).unwrap();
    assert_eq!(refusal(sandbox.pay(&session, card.clone())), "The Checkout Session is complete or expired.");
    assert_eq!(refusal(sandbox.pay("cs_test_none", card)), "there is no Checkout Session cs_test_none");
    let other = api.session("5000", "eur", &[]).await;
    assert_eq!(refusal(sandbox.pay(&other, Instrument::card("4111111111111111"))), "That is no test card.");
}

#[tokio::test]
async fn an_unpaid_session_expires_after_a_day_with_its_payment_intent() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4000000000000002")).unwrap();
    sandbox.advance(DAY - 60);
    assert_eq!(api.get(&format!("/v1/checkout/sessions/{session}")).await.ok()["status"], "open");
    sandbox.advance(60);
    assert_eq!(api.get(&format!("/v1/checkout/sessions/{session}")).await.ok()["status"], "expired");
    let intent = api.intent_of(&session).await;
    assert_eq!((&intent["status"], &intent["cancellation_reason"]), (&"canceled".into(), &"expired".into()));
    insta::assert_snapshot!(kinds(&sandbox)[3..].join("\n"), @r"
    checkout.session.expired
    payment_intent.canceled
    ");
}

#[tokio::test]
async fn a_saved_card_is_charged_later_without_its_holder() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let customer =
        api.post("/v1/customers", &[("name", "Ada")]).await.ok()["id"].as_str().unwrap().to_owned();
    let save = [("customer", customer.as_str()), ("payment_intent_data[setup_future_usage]", "off_session")];
    let session = api.session("5000", "eur", &save).await;
    sandbox.pay(&session, Instrument::card("4000002500003155")).unwrap();
    sandbox.authenticate(&session, true).unwrap();
    let method = api.intent_of(&session).await["payment_method"].as_str().unwrap().to_owned();
    let saved = api.get(&format!("/v1/payment_methods/{method}")).await.ok();
    assert_eq!(saved["customer"].as_str(), Some(customer.as_str()));

    sandbox.advance(30 * DAY);
    let charge = [
        ("amount", "2500"),
        ("currency", "eur"),
        ("customer", &customer),
        ("payment_method", &method),
        ("off_session", "true"),
        ("confirm", "true"),
    ];
    assert_eq!(api.post("/v1/payment_intents", &charge).await.ok()["status"], "succeeded");
    let without_customer: Vec<_> = charge.into_iter().filter(|(name, _)| *name != "customer").collect();
    api.post("/v1/payment_intents", &without_customer).await.error(400);

    let always = [
        ("amount", "2500"),
        ("currency", "eur"),
        ("payment_method", "pm_card_authenticationRequired"),
        ("off_session", "true"),
        ("confirm", "true"),
    ];
    let refused = api.post("/v1/payment_intents", &always).await;
    let error = refused.error(402);
    assert_eq!((&error["type"], &error["code"]), (&"card_error".into(), &"authentication_required".into()));
    assert_eq!(error["payment_intent"]["status"], "requires_payment_method");
}

#[tokio::test]
async fn a_bank_transfer_comes_in_parts() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let customer =
        api.post("/v1/customers", &[("name", "Ada")]).await.ok()["id"].as_str().unwrap().to_owned();
    let transfer = [
        ("customer", customer.as_str()),
        ("allowed_payment_method_types[0]", "customer_balance"),
        ("payment_method_options[customer_balance][funding_type]", "bank_transfer"),
    ];
    let session = api.session("5000", "eur", &transfer).await;
    assert_eq!(sandbox.pay(&session, Instrument::BankTransfer).unwrap(), Paid::AwaitsTransfer);
    let intent = api.intent_of(&session).await;
    assert_eq!(intent["status"], "requires_action");
    let id = intent["id"].as_str().unwrap();
    sandbox.fund(id, 2000).unwrap();
    let instructions = &api.intent_of(&session).await["next_action"]["display_bank_transfer_instructions"];
    assert_eq!(instructions["amount_remaining"], 3000);
    assert!(sandbox.fund(id, 3001).is_err(), "more than is missing is refused");
    sandbox.fund(id, 3000).unwrap();
    assert_eq!(api.intent_of(&session).await["status"], "succeeded");
    insta::assert_snapshot!(kinds(&sandbox)[1..].join("\n"), @r"
    payment_intent.created
    payment_intent.requires_action
    checkout.session.completed
    payment_intent.partially_funded
    charge.succeeded
    payment_intent.succeeded
    checkout.session.async_payment_succeeded
    ");
    let unfunded = api.session("5000", "eur", &transfer).await;
    sandbox.pay(&unfunded, Instrument::BankTransfer).unwrap();
    let id = api.intent_of(&unfunded).await["id"].as_str().unwrap().to_owned();
    assert_eq!(api.post(&format!("/v1/payment_intents/{id}/cancel"), &[]).await.ok()["status"], "canceled");
    assert_eq!(kinds(&sandbox).last().unwrap(), "checkout.session.async_payment_failed");
}

#[tokio::test]
async fn refunds_never_exceed_what_was_paid() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap();
    let intent = api.intent_of(&session).await["id"].as_str().unwrap().to_owned();
    api.post("/v1/refunds", &[("payment_intent", &intent), ("amount", "2000")]).await.ok();
    let too_much = api.post("/v1/refunds", &[("payment_intent", &intent), ("amount", "3001")]).await;
    insta::assert_snapshot!(
        too_much.error(400)["message"].as_str().unwrap(),
        @"Refund amount (€30.01) is greater than unrefunded amount on charge (€30.00)"
    );
    api.post("/v1/refunds", &[("payment_intent", &intent)]).await.ok();
    let again = api.post("/v1/refunds", &[("payment_intent", &intent)]).await;
    assert_eq!(again.error(400)["code"], "charge_already_refunded");
    let charge = &api.intent_of(&session).await["latest_charge"];
    assert_eq!((&charge["amount_refunded"], &charge["refunded"]), (&5000.into(), &true.into()));
}

#[tokio::test]
async fn some_refunds_take_days_and_some_come_back() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    for (card, at_once, later, kind) in [
        ("4000000000007726", "pending", "succeeded", "charge.refund.updated"),
        ("4000000000005126", "succeeded", "failed", "charge.updated"),
    ] {
        let session = api.session("5000", "eur", &[]).await;
        sandbox.pay(&session, Instrument::card(card)).unwrap();
        let intent = api.intent_of(&session).await["id"].as_str().unwrap().to_owned();
        let refund = api.post("/v1/refunds", &[("payment_intent", &intent)]).await.ok();
        assert_eq!(refund["status"], at_once);
        sandbox.advance(3 * DAY);
        let after = api.get(&format!("/v1/refunds/{}", refund["id"].as_str().unwrap())).await.ok();
        assert_eq!(after["status"], later);
        let refunded = if later == "failed" { 0 } else { 5000 };
        assert_eq!(api.intent_of(&session).await["latest_charge"]["amount_refunded"], refunded);
        assert_eq!(kinds(&sandbox).last().unwrap(), kind);
    }
}

#[tokio::test]
async fn a_payment_is_taken_back_by_the_payers_bank() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4000000000000259")).unwrap();
    let disputes = api.get("/v1/disputes").await.ok();
    let dispute = disputes["data"][0]["id"].as_str().unwrap();
    assert_eq!(disputes["data"][0]["status"], "needs_response");
    sandbox.close_dispute(dispute, true).unwrap();
    assert!(sandbox.close_dispute(dispute, true).is_err(), "it is decided once");

    let debit = api.session("5000", "eur", &DEBIT).await;
    sandbox.pay(&debit, Instrument::Debit(Method::SepaDebit, Settlement::Settles)).unwrap();
    sandbox.advance(40 * DAY);
    let charge = api.intent_of(&debit).await["latest_charge"]["id"].as_str().unwrap().to_owned();
    let before = kinds(&sandbox).len();
    sandbox.dispute(&charge).unwrap();
    assert!(sandbox.dispute(&charge).is_err(), "it is taken back once");
    insta::assert_snapshot!(kinds(&sandbox)[before..].join("\n"), @r"
    charge.dispute.created
    charge.dispute.funds_withdrawn
    charge.dispute.closed
    ");
}

#[tokio::test]
async fn the_payers_bank_asks_before_it_takes() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4000000000001976")).unwrap();
    let dispute = async || api.get("/v1/disputes").await.ok()["data"][0].clone();
    let asked = dispute().await;
    let id = asked["id"].as_str().unwrap().to_owned();
    assert_eq!(
        (asked["status"].as_str(), asked["is_charge_refundable"].as_bool()),
        (Some("warning_needs_response"), Some(true))
    );
    assert_eq!(asked["balance_transactions"].as_array().unwrap().len(), 0);

    let before = kinds(&sandbox).len();
    sandbox.answer_dispute(&id, "a photograph of the finished kitchen").unwrap();
    assert_eq!(dispute().await["status"], "warning_under_review");
    sandbox.close_dispute(&id, false).unwrap();
    let taken = dispute().await;
    assert_eq!(
        (taken["status"].as_str(), taken["balance_transactions"][0]["amount"].as_i64()),
        (Some("needs_response"), Some(-5000))
    );
    sandbox.answer_dispute(&id, "winning_evidence").unwrap();
    assert_eq!(dispute().await["status"], "won");
    assert!(sandbox.answer_dispute(&id, "more").is_err(), "it is decided once");
    insta::assert_snapshot!(kinds(&sandbox)[before..].join("\n"), @r"
    charge.dispute.updated
    charge.dispute.updated
    charge.dispute.funds_withdrawn
    charge.dispute.updated
    charge.dispute.closed
    charge.dispute.funds_reinstated
    ");

    // One that the bank lets rest moves nothing.
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4000000000001976")).unwrap();
    let before = kinds(&sandbox).len();
    sandbox.close_dispute(dispute().await["id"].as_str().unwrap(), true).unwrap();
    assert_eq!(dispute().await["status"], "warning_closed");
    assert_eq!(kinds(&sandbox)[before..], ["charge.dispute.closed"]);
}
