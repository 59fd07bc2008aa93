//! Every call through async-stripe, the client Dunlin uses: what it sends is accepted, what comes back is understood.

use std::collections::HashMap;

use sandbox::{Instrument, Running};
use serde_json::Value;
use stripe::{Client, ClientBuilder, RequestStrategy, StripeError};
use stripe_checkout::checkout_session::{
    CreateCheckoutSession, CreateCheckoutSessionLineItems, CreateCheckoutSessionLineItemsPriceData,
    CreateCheckoutSessionPaymentIntentData, ExpireCheckoutSession, ListCheckoutSession,
    ListLineItemsCheckoutSession, ProductData, RetrieveCheckoutSession,
};
use stripe_core::customer::{CreateCustomer, ListCustomer, RetrieveCustomer, UpdateCustomer};
use stripe_core::event::{ListEvent, RetrieveEvent};
use stripe_core::payment_intent::{
    CancelPaymentIntent, ConfirmPaymentIntent, CreatePaymentIntent, ListPaymentIntent, RetrievePaymentIntent,
};
use stripe_core::refund::{CreateRefund, ListRefund, RetrieveRefund};
use stripe_core::{EventType, PaymentIntentStatus};
use stripe_shared::{CheckoutSessionMode, CheckoutSessionPaymentStatus, CheckoutSessionStatus};
use stripe_types::Currency;

use crate::support::{Api, KEY, open};

fn client(sandbox: &Running) -> Client {
    ClientBuilder::new(KEY).url(sandbox.http_url()).request_strategy(RequestStrategy::Once).build().unwrap()
}

fn checkout(customer: &str) -> CreateCheckoutSession {
    let mut price = CreateCheckoutSessionLineItemsPriceData::new(Currency::EUR);
    price.product_data = Some(ProductData::new("Invoice 2026-014"));
    price.unit_amount = Some(124_000);
    let mut item = CreateCheckoutSessionLineItems::new();
    item.price_data = Some(price);
    item.quantity = Some(1);
    let mut intent = CreateCheckoutSessionPaymentIntentData::new();
    intent.description = Some("Invoice 2026-014".to_owned());
    intent.metadata = Some(HashMap::from([("attempt".to_owned(), "pat_1".to_owned())]));
    CreateCheckoutSession::new()
        .mode(CheckoutSessionMode::Payment)
        .customer(customer)
        .line_items(vec![item])
        .payment_intent_data(intent)
        .success_url("http://127.0.0.1:9/done")
        .cancel_url("http://127.0.0.1:9/cancelled")
}

#[tokio::test]
async fn a_checkout_is_made_paid_found_and_refunded() {
    let sandbox = open().await;
    let client = client(&sandbox);
    let customer =
        CreateCustomer::new().name("Ada Lovelace").email("ada@customer.example").send(&client).await.unwrap();
    let session = checkout(customer.id.as_str()).send(&client).await.unwrap();
    assert_eq!(session.status, Some(CheckoutSessionStatus::Open));
    assert_eq!(session.amount_total, Some(124_000));
    assert!(session.url.unwrap().starts_with(sandbox.http_url()));

    sandbox.pay(session.id.as_str(), Instrument::card("4242 4242 4242 4242")).unwrap();
    let paid = RetrieveCheckoutSession::new(&session.id)
        .expand(vec!["payment_intent".to_owned(), "line_items".to_owned()])
        .send(&client)
        .await
        .unwrap();
    assert_eq!(paid.status, Some(CheckoutSessionStatus::Complete));
    assert_eq!(paid.payment_status, CheckoutSessionPaymentStatus::Paid);
    assert_eq!(paid.line_items.unwrap().data[0].amount_total, 124_000);
    let intent = paid.payment_intent.unwrap().as_object().unwrap().clone();
    assert_eq!(intent.status, PaymentIntentStatus::Succeeded);
    assert_eq!(intent.amount_received, 124_000);
    assert_eq!(intent.metadata["attempt"], "pat_1");

    let found = ListCheckoutSession::new().payment_intent(intent.id.as_str()).send(&client).await.unwrap();
    assert_eq!(found.data[0].id, session.id);
    let items = ListLineItemsCheckoutSession::new(&session.id).limit(1).send(&client).await.unwrap();
    assert_eq!(items.data[0].description.as_deref(), Some("Invoice 2026-014"));

    let refund =
        CreateRefund::new().payment_intent(intent.id.as_str()).amount(24_000).send(&client).await.unwrap();
    assert_eq!(refund.status.as_deref(), Some("succeeded"));
    let same = RetrieveRefund::new(&refund.id).send(&client).await.unwrap();
    assert_eq!((same.amount, same.currency), (24_000, Currency::EUR));
    let refunds = ListRefund::new().payment_intent(intent.id.as_str()).send(&client).await.unwrap();
    assert_eq!(refunds.data.len(), 1);

    let events = ListEvent::new()
        .created(stripe_types::RangeQueryTs::gte(session.created))
        .limit(100)
        .send(&client)
        .await
        .unwrap();
    let kinds: Vec<_> = events.data.iter().rev().map(|event| event.type_.as_str().to_owned()).collect();
    insta::assert_snapshot!(kinds.join("\n"), @r"
    customer.created
    payment_intent.created
    charge.succeeded
    payment_intent.succeeded
    checkout.session.completed
    charge.refunded
    refund.created
    ");
    let event = RetrieveEvent::new(&events.data[0].id).send(&client).await.unwrap();
    assert_eq!(event.type_, EventType::RefundCreated);
}

#[tokio::test]
async fn an_expired_session_takes_no_money() {
    let sandbox = open().await;
    let client = client(&sandbox);
    let customer = CreateCustomer::new().send(&client).await.unwrap();
    let session = checkout(customer.id.as_str()).send(&client).await.unwrap();
    let expired = ExpireCheckoutSession::new(&session.id).send(&client).await.unwrap();
    assert_eq!(expired.status, Some(CheckoutSessionStatus::Expired));
    assert_eq!(expired.url, None);
    let again = ExpireCheckoutSession::new(&session.id).send(&client).await.unwrap_err();
    let StripeError::Stripe(error, status) = again else { panic!("{again}") };
    assert_eq!(status, 400);
    insta::assert_snapshot!(
        error.message.unwrap(),
        @r#"Only Checkout Sessions with a status in ["open"] can be expired. This Checkout Session has a status of `expired`."#
    );
    assert!(sandbox.pay(session.id.as_str(), Instrument::card("4242424242424242")).is_err());
}

#[tokio::test]
async fn customers_are_kept_changed_and_listed() {
    let sandbox = open().await;
    let client = client(&sandbox);
    let made = CreateCustomer::new()
        .name("Ada")
        .email("ada@customer.example")
        .metadata(HashMap::from([("customer".to_owned(), "cust_1".to_owned())]))
        .send(&client)
        .await
        .unwrap();
    UpdateCustomer::new(&made.id)
        .name("Ada Lovelace")
        .metadata(HashMap::from([("vip".to_owned(), "yes".to_owned())]))
        .send(&client)
        .await
        .unwrap();
    let found = RetrieveCustomer::new(&made.id).send(&client).await.unwrap();
    let stripe_core::customer::RetrieveCustomerReturned::Customer(found) = found else { panic!("deleted") };
    assert_eq!(found.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(found.metadata.unwrap().len(), 2);
    let by_mail = ListCustomer::new().email("ada@customer.example").send(&client).await.unwrap();
    assert_eq!(by_mail.data.len(), 1);
    let by_other = ListCustomer::new().email("Ada@customer.example").send(&client).await.unwrap();
    assert!(by_other.data.is_empty());
}

#[tokio::test]
async fn payment_intents_are_made_confirmed_and_cancelled() {
    let sandbox = open().await;
    let client = client(&sandbox);
    let waiting = CreatePaymentIntent::new(5000, Currency::EUR).send(&client).await.unwrap();
    assert_eq!(waiting.status, PaymentIntentStatus::RequiresPaymentMethod);
    let paid =
        ConfirmPaymentIntent::new(&waiting.id).payment_method("pm_card_visa").send(&client).await.unwrap();
    assert_eq!(paid.status, PaymentIntentStatus::Succeeded);

    let other = CreatePaymentIntent::new(5000, Currency::EUR).send(&client).await.unwrap();
    let cancelled = CancelPaymentIntent::new(&other.id).send(&client).await.unwrap();
    assert_eq!(cancelled.status, PaymentIntentStatus::Canceled);
    let refused = CancelPaymentIntent::new(&paid.id).send(&client).await.unwrap_err();
    let StripeError::Stripe(error, 400) = refused else { panic!("{refused}") };
    assert_eq!(error.code.unwrap().as_str(), "payment_intent_unexpected_state");

    let same = RetrievePaymentIntent::new(&paid.id)
        .expand(vec!["latest_charge".to_owned(), "payment_method".to_owned()])
        .send(&client)
        .await
        .unwrap();
    assert!(same.latest_charge.unwrap().as_object().unwrap().paid);
    let listed = ListPaymentIntent::new().limit(1).send(&client).await.unwrap();
    assert!(listed.has_more);
    assert_eq!(listed.data[0].id, other.id);
}

/// Objects that no call above brings are read with the library's types all the same.
#[tokio::test]
async fn every_other_object_is_understood_too() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let session = api.session("5000", "eur", &[]).await;
    sandbox.pay(&session, Instrument::card("4242424242424242")).unwrap();
    let intent = api.intent_of(&session).await;
    let charge =
        api.get(&format!("/v1/charges/{}", intent["latest_charge"]["id"].as_str().unwrap())).await.ok();
    let charge: stripe_shared::Charge = serde_json::from_value(charge).unwrap();
    assert_eq!(charge.amount, 5000);
    let method =
        api.get(&format!("/v1/payment_methods/{}", intent["payment_method"].as_str().unwrap())).await.ok();
    let method: stripe_shared::PaymentMethod = serde_json::from_value(method).unwrap();
    assert_eq!(method.card.unwrap().last4, "4242");
    let account: stripe_shared::Account = serde_json::from_value(api.get("/v1/account").await.ok()).unwrap();
    assert_eq!(account.charges_enabled, Some(true));
    let dispute = sandbox.dispute(charge.id.as_str()).unwrap();
    let dispute = api.get(&format!("/v1/disputes/{dispute}")).await.ok();
    let dispute: stripe_shared::Dispute = serde_json::from_value(dispute).unwrap();
    assert_eq!(dispute.amount, 5000);
    for event in sandbox.events(KEY) {
        let read: stripe_shared::Event = serde_json::from_value(event.clone()).unwrap();
        assert!(!matches!(read.type_, EventType::Unknown(_)), "{}", event["type"]);
    }
}

#[tokio::test]
async fn lists_are_cut_into_pages_both_ways() {
    let sandbox = open().await;
    let api = Api::new(&sandbox);
    let mut made = Vec::new();
    for number in 0..5 {
        let name = format!("Customer {number}");
        made.push(api.post("/v1/customers", &[("name", &name)]).await.ok()["id"].clone());
    }
    made.reverse();
    let ids = |page: &Value| {
        page["data"].as_array().unwrap().iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
    };
    let first = api.get("/v1/customers?limit=2").await.ok();
    assert_eq!((ids(&first), &first["has_more"]), (made[..2].to_vec(), &Value::Bool(true)));
    let cursor = made[1].as_str().unwrap();
    let second = api.get(&format!("/v1/customers?limit=2&starting_after={cursor}")).await.ok();
    assert_eq!((ids(&second), &second["has_more"]), (made[2..4].to_vec(), &Value::Bool(true)));
    let cursor = made[3].as_str().unwrap();
    let last = api.get(&format!("/v1/customers?limit=2&starting_after={cursor}")).await.ok();
    assert_eq!((ids(&last), &last["has_more"]), (made[4..].to_vec(), &Value::Bool(false)));
    let back = api.get(&format!("/v1/customers?limit=2&ending_before={cursor}")).await.ok();
    assert_eq!((ids(&back), &back["has_more"]), (made[1..3].to_vec(), &Value::Bool(true)));
    let wrong = api.get("/v1/customers?starting_after=cus_none").await;
    assert_eq!(wrong.error(400)["code"], "resource_missing");
    assert_eq!(api.get("/v1/customers?limit=101").await.error(400)["param"], "limit");
}

#[tokio::test]
async fn accounts_see_nothing_of_each_other() {
    let sandbox = open().await;
    let (one, other) = (Api::new(&sandbox), Api::with_key(&sandbox, "sk_test_other"));
    let session = one.session("5000", "eur", &[]).await;
    assert_eq!(
        other.get(&format!("/v1/checkout/sessions/{session}")).await.error(404)["code"],
        "resource_missing"
    );
    assert!(other.get("/v1/events").await.ok()["data"].as_array().unwrap().is_empty());
    assert_ne!(one.get("/v1/account").await.ok()["id"], other.get("/v1/account").await.ok()["id"]);
}
