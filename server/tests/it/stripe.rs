//! The real gateway, over HTTP, against the stand-in for Stripe: what we send is what Stripe knows, and every answer and
//! failure is read as what it means.

use std::sync::Arc;

use chrono::Duration;
use domain::payment::Method;
use domain::{AttemptId, BusinessId, Country, Currency, CustomerId, MethodSetupId, Money, Timestamp};
use sandbox::{ApiFault, ApiTrouble, Instrument, Options, Running, Sandbox};
use secrecy::SecretString;
use server::gateway::stripe::StripeGateways;
use server::gateway::{
    CheckoutStatus, Gateway, GatewayError, Gateways, Given, IntentStatus, NewCashPayment, NewCharge,
    NewCheckout, NewCustomer, NewSetup, SetupStatus,
};
use uuid::Uuid;

const KEY: &str = "sk_test_shop0123456789";

fn account(sandbox: &Running) -> Arc<dyn Gateway> {
    let gateways = StripeGateways::new(Some(sandbox.http_url().to_owned()));
    gateways.open(BusinessId::from_uuid(Uuid::from_u128(1)), &SecretString::from(KEY))
}

async fn started() -> Running {
    Sandbox::start(Options { seed: Some(1), ..Options::default() }).await.unwrap()
}

fn now(sandbox: &Running) -> Timestamp {
    chrono::DateTime::from_timestamp(sandbox.business_now(), 0).unwrap()
}

async fn page(sandbox: &Running, gateway: &dyn Gateway, amount: Money, method: Method) -> NewCheckout {
    let (business, customer) =
        (BusinessId::from_uuid(Uuid::from_u128(1)), CustomerId::from_uuid(Uuid::from_u128(2)));
    let new = NewCustomer { business, customer, name: "Marsh & Reed".to_owned(), email: None };
    let provider_customer = gateway.create_customer(new, "customer-2").await.unwrap();
    NewCheckout {
        business,
        attempt: AttemptId::from_uuid(Uuid::from_u128(3)),
        customer,
        provider_customer,
        amount,
        method,
        keep: false,
        description: "Invoice 2026-014".to_owned(),
        success_url: "http://127.0.0.1:8080/i/inv/return".to_owned(),
        cancel_url: "http://127.0.0.1:8080/i/inv/pay".to_owned(),
        language: "en".to_owned(),
        expires_at: now(sandbox) + Duration::hours(1),
    }
}

fn at_sessions(trouble: ApiTrouble) -> ApiFault {
    ApiFault { method: None, path: "/v1/checkout/sessions".to_owned(), times: 1, trouble }
}

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, Currency::from_code(code).unwrap()).unwrap()
}

#[tokio::test]
async fn a_bank_transfer_is_read_and_made_into_a_payment() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    let before = now(&sandbox) - Duration::seconds(5);
    let (business, customer) =
        (BusinessId::from_uuid(Uuid::from_u128(1)), CustomerId::from_uuid(Uuid::from_u128(2)));
    let new = NewCustomer { business, customer, name: "Marsh & Reed".to_owned(), email: None };
    let remote = gateway.create_customer(new, "customer-2").await.unwrap();
    assert_eq!(gateway.customer(&remote).await.unwrap(), Some((business, customer)));
    assert!(gateway.account().await.unwrap().is_some_and(|account| account.starts_with("acct_")));
    let country = Country::parse("NL").unwrap();
    for code in ["EUR", "GBP", "USD"] {
        let currency = Currency::from_code(code).unwrap();
        let made = gateway.funding_account(&remote, currency, country).await.unwrap();
        assert_eq!(made, gateway.funding_account(&remote, currency, country).await.unwrap());
        assert_eq!((made.currency, made.number.routing().is_some()), (currency, code != "EUR"), "{made:?}");
    }
    assert_eq!(gateway.cash(&remote).await.unwrap(), []);

    sandbox.transfer(&remote, "eur", 2_500, "invoice 2026-014").unwrap();
    sandbox.transfer(&remote, "eur", 1_500, "the rest").unwrap();
    let [cash] = &gateway.cash(&remote).await.unwrap()[..] else { panic!("one currency") };
    assert_eq!((cash.amount, cash.refunded), (money(4_000, "EUR"), money(0, "EUR")));
    assert_eq!(cash.remittance, "the rest\ninvoice 2026-014\n");
    let told = gateway.events(before, None).await.unwrap().events;
    let about: Vec<_> = told.iter().filter(|event| event.kind == "cash_balance.funds_available").collect();
    assert!(about.len() == 2 && about.iter().all(|event| event.object_id == remote), "{told:?}");

    let new = NewCashPayment {
        business,
        customer,
        provider_customer: remote.clone(),
        amount: cash.amount,
        remittance: cash.remittance.clone(),
    };
    let made = gateway.collect_cash(new.clone(), "cash-1").await.unwrap();
    assert_eq!((made.status, made.amount_received), (IntentStatus::Succeeded, Some(cash.amount)));
    assert_eq!(gateway.collect_cash(new.clone(), "cash-1").await.unwrap().id, made.id);
    let gone = gateway.collect_cash(new, "cash-2").await;
    assert!(matches!(gone, Err(GatewayError::Refused { .. })), "{gone:?}");
    let found = gateway.intent(&made.id).await.unwrap();
    assert_eq!((found.attempt, found.business, found.customer), (None, Some(business), Some(customer)));
    assert_eq!(
        (found.method, found.remittance.as_deref()),
        (Some(Method::BankTransfer), Some(&cash.remittance[..]))
    );
    assert_eq!(gateway.cash(&remote).await.unwrap(), []);
}

#[tokio::test]
async fn a_payment_is_made_found_and_read_back() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    let before = now(&sandbox) - Duration::seconds(5);
    let amount = money(124_000, "EUR");
    let new = page(&sandbox, &*gateway, amount, Method::Card).await;
    let made = gateway.create_checkout(new.clone(), "attempt-3").await.unwrap();
    assert_eq!(made.status, CheckoutStatus::Open);
    assert_eq!((made.amount, made.livemode, made.paid), (Some(amount), false, false));
    assert_eq!((made.attempt, made.business), (Some(new.attempt), Some(new.business)));
    assert!(made.url.is_some());

    for _ in 0..10 {
        let again = gateway.create_checkout(new.clone(), "attempt-3").await.unwrap();
        assert_eq!(again.id, made.id, "the same key answers the same page");
    }
    let other = NewCheckout { description: "Another".to_owned(), ..new.clone() };
    let refused = gateway.create_checkout(other, "attempt-3").await.unwrap_err();
    assert!(
        matches!(&refused, GatewayError::Refused { code, .. } if code == "idempotency_error"),
        "{refused:?}"
    );

    sandbox.pay(&made.id, Instrument::card("4242 4242 4242 4242")).unwrap();
    let paid = gateway.checkout(&made.id).await.unwrap();
    assert_eq!((paid.status, paid.paid), (CheckoutStatus::Complete, true));
    let intent = gateway.intent(paid.intent.as_deref().unwrap()).await.unwrap();
    assert_eq!(intent.status, IntentStatus::Succeeded);
    assert_eq!((intent.amount, intent.amount_received), (Some(amount), Some(amount)));
    assert_eq!(
        (intent.attempt, intent.business, intent.customer),
        (Some(new.attempt), Some(new.business), Some(new.customer))
    );
    assert_eq!(intent.method, Some(Method::Card));

    let of_intent = gateway.checkout_of_intent(&intent.id).await.unwrap();
    assert_eq!(of_intent.map(|checkout| checkout.id), Some(made.id.clone()));
    let found = gateway.checkouts_since(before).await.unwrap();
    assert_eq!(
        found.iter().map(|checkout| checkout.id.clone()).collect::<Vec<_>>(),
        std::slice::from_ref(&made.id)
    );
    let refused = gateway.expire_checkout(&made.id).await.unwrap_err();
    assert!(matches!(refused, GatewayError::Refused { .. }), "{refused:?}");

    let events = gateway.events(before, None).await.unwrap();
    let about = |kind: &str| {
        events.events.iter().find(|event| event.kind == kind).map(|event| event.object_id.clone())
    };
    assert_eq!(about("checkout.session.completed"), Some(made.id));
    assert_eq!(about("payment_intent.succeeded"), Some(intent.id));
    sandbox.stop().await;
}

#[tokio::test]
async fn a_debit_is_processing_for_days() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    let new = page(&sandbox, &*gateway, money(5000, "EUR"), Method::SepaDebit).await;
    let made = gateway.create_checkout(new, "attempt-3").await.unwrap();
    sandbox
        .pay(&made.id, Instrument::Debit(sandbox::Method::SepaDebit, sandbox::Settlement::Settles))
        .unwrap();
    let complete = gateway.checkout(&made.id).await.unwrap();
    assert_eq!((complete.status, complete.paid), (CheckoutStatus::Complete, false));
    let id = complete.intent.unwrap();
    assert_eq!(gateway.intent(&id).await.unwrap().status, IntentStatus::Processing);

    sandbox.advance(20 * 86_400);
    let settled = gateway.intent(&id).await.unwrap();
    assert_eq!((settled.status, settled.method), (IntentStatus::Succeeded, Some(Method::SepaDebit)));
    sandbox.stop().await;
}

#[tokio::test]
async fn every_currency_keeps_its_amount() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    for (minor, code) in [(1234, "USD"), (500, "JPY"), (1_230, "KWD"), (1_000, "ISK"), (9_900, "GBP")] {
        let amount = money(minor, code);
        let new = page(&sandbox, &*gateway, amount, Method::Card).await;
        let made = gateway.create_checkout(new, &format!("attempt-{code}")).await.unwrap();
        assert_eq!(made.amount, Some(amount));
    }
    let tenth = page(&sandbox, &*gateway, money(1_234, "KWD"), Method::Card).await;
    let refused = gateway.create_checkout(tenth, "attempt-tenth").await.unwrap_err();
    assert!(
        matches!(&refused, GatewayError::Refused { code, .. } if code == "amount_unsupported"),
        "{refused:?}"
    );
    sandbox.stop().await;
}

#[tokio::test]
async fn failures_are_told_apart_by_whether_they_may_have_had_an_effect() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    assert_eq!(gateway.checkout("cs_test_nobody").await.unwrap_err(), GatewayError::NotFound);
    assert_eq!(gateway.intent("pi_x/../../refunds").await.unwrap_err(), GatewayError::NotFound);
    let new = page(&sandbox, &*gateway, money(10, "EUR"), Method::Card).await;
    let small = gateway.create_checkout(new.clone(), "attempt-small").await.unwrap_err();
    assert!(matches!(small, GatewayError::Refused { .. }), "{small:?}");

    let new = NewCheckout { amount: money(1000, "EUR"), ..new };
    for (trouble, key) in
        [(ApiTrouble::Answer(500), "a"), (ApiTrouble::LoseRequest, "b"), (ApiTrouble::LoseAnswer, "c")]
    {
        sandbox.script_api(at_sessions(trouble));
        let error = gateway.create_checkout(new.clone(), key).await.unwrap_err();
        assert!(matches!(error, GatewayError::Unknown { .. }), "{error:?}");
    }
    sandbox.script_api(at_sessions(ApiTrouble::Answer(429)));
    let busy = gateway.create_checkout(new.clone(), "d").await.unwrap_err();
    assert!(matches!(busy, GatewayError::NotSent { .. }), "{busy:?}");

    sandbox.revoke_key(KEY);
    assert_eq!(gateway.checkout("cs_test_nobody").await.unwrap_err(), GatewayError::Unauthorised);
    sandbox.stop().await;
    let gone = gateway.create_checkout(new, "e").await.unwrap_err();
    assert!(matches!(gone, GatewayError::NotSent { .. }), "nobody listens there: {gone:?}");
}

#[tokio::test]
async fn a_method_is_given_kept_and_let_go() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    let page = page(&sandbox, &*gateway, money(1000, "EUR"), Method::SepaDebit).await;
    let new = NewSetup {
        business: page.business,
        setup: MethodSetupId::from_uuid(Uuid::from_u128(4)),
        customer: page.customer,
        provider_customer: page.provider_customer,
        method: Method::SepaDebit,
        currency: Currency::EUR,
        success_url: "http://127.0.0.1:8080/c/cust/methods/return".to_owned(),
        cancel_url: "http://127.0.0.1:8080/c/cust/methods".to_owned(),
        language: "de".to_owned(),
        expires_at: page.expires_at,
    };
    let made = gateway.create_setup(new.clone(), "setup-4").await.unwrap();
    assert_eq!((made.status, made.amount, made.intent.clone()), (CheckoutStatus::Open, None, None));
    assert_eq!(gateway.create_setup(new.clone(), "setup-4").await.unwrap().id, made.id);
    let id = made.setup.unwrap();
    let waiting = gateway.setup(&id).await.unwrap();
    assert_eq!((waiting.status, waiting.setup), (SetupStatus::NotGiven, Some(new.setup)));
    assert_eq!(waiting.given, Given::default());

    sandbox
        .pay(&made.id, Instrument::Debit(sandbox::Method::SepaDebit, sandbox::Settlement::Settles))
        .unwrap();
    let given = gateway.setup(&id).await.unwrap();
    assert_eq!(given.status, SetupStatus::Succeeded);
    let (method, mandate) = (given.given.method.unwrap(), given.given.mandate.unwrap());
    assert!(method.attached && !mandate.over);
    assert_eq!((method.method, method.last_digits.as_str()), (Some(Method::SepaDebit), "3000"));
    sandbox.end_mandate(&mandate.id).unwrap();
    assert!(gateway.mandate(&mandate.id).await.unwrap().over);

    gateway.detach_method(&method.id).await.unwrap();
    assert!(!gateway.kept_method(&method.id).await.unwrap().attached);
    let refused = gateway.detach_method(&method.id).await.unwrap_err();
    assert!(matches!(refused, GatewayError::Refused { .. }), "{refused:?}");

    let card = NewSetup { method: Method::Card, ..new.clone() };
    let made = gateway.create_setup(card, "setup-5").await.unwrap();
    sandbox.pay(&made.id, Instrument::card("4242 4242 4242 4242")).unwrap();
    let card = gateway.setup(made.setup.as_deref().unwrap()).await.unwrap().given.method.unwrap();
    assert_eq!((card.label.as_str(), card.last_digits.as_str()), ("visa", "4242"));
    assert_eq!(card.expires.unwrap().printed(), "12/34");
    let nothing = NewSetup { method: Method::Manual, ..new };
    assert!(matches!(gateway.create_setup(nothing, "setup-6").await, Err(GatewayError::Refused { .. })));
}

#[tokio::test]
async fn what_was_paid_with_is_kept_where_that_was_allowed() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    let card = Instrument::card("4242 4242 4242 4242");
    let new = page(&sandbox, &*gateway, money(1000, "EUR"), Method::Card).await;
    let pays = async |new: NewCheckout, key: &str, instrument: Instrument| {
        let made = gateway.create_checkout(new, key).await.unwrap();
        sandbox.pay(&made.id, instrument).unwrap();
        gateway.checkout(&made.id).await.unwrap().intent.unwrap()
    };
    let once = pays(new.clone(), "once", card.clone()).await;
    assert!(!gateway.paid_with(&once).await.unwrap().method.unwrap().attached, "nobody allowed that");
    let kept = pays(NewCheckout { keep: true, ..new.clone() }, "kept", card).await;
    let given = gateway.paid_with(&kept).await.unwrap();
    assert_eq!(given.mandate, None, "a card has none");
    let card = given.method.unwrap();
    assert!(card.attached);
    assert_eq!((card.method, card.last_digits.as_str()), (Some(Method::Card), "4242"));

    let by_debit = NewCheckout { keep: true, method: Method::SepaDebit, ..new };
    let debit = Instrument::Debit(sandbox::Method::SepaDebit, sandbox::Settlement::Settles);
    let intent = pays(by_debit, "debit", debit).await;
    assert_eq!(gateway.intent(&intent).await.unwrap().status, IntentStatus::Processing);
    let given = gateway.paid_with(&intent).await.unwrap();
    assert!(given.method.unwrap().attached, "it is kept once its holder has done their part");
    let mandate = given.mandate.unwrap();
    assert!(!mandate.over);
    sandbox.end_mandate(&mandate.id).unwrap();
    assert!(gateway.paid_with(&intent).await.unwrap().mandate.unwrap().over);
}

#[tokio::test]
async fn what_is_kept_is_charged_without_a_page() {
    let sandbox = started().await;
    let gateway = account(&sandbox);
    let new = page(&sandbox, &*gateway, money(1000, "EUR"), Method::Card).await;
    let keeps = async |method: Method, instrument: Instrument, key: &str| {
        let made =
            gateway.create_checkout(NewCheckout { keep: true, method, ..new.clone() }, key).await.unwrap();
        sandbox.pay(&made.id, instrument).unwrap();
        let intent = gateway.checkout(&made.id).await.unwrap().intent.unwrap();
        gateway.paid_with(&intent).await.unwrap().method.unwrap().id
    };
    let charge = |method: Method, reference: String| NewCharge {
        business: new.business,
        attempt: new.attempt,
        customer: new.customer,
        provider_customer: new.provider_customer.clone(),
        amount: money(2500, "EUR"),
        method,
        present: true,
        reference,
        description: "Invoice 2026-015".to_owned(),
    };
    let card = keeps(Method::Card, Instrument::card("4242 4242 4242 4242"), "keep-card").await;
    let paid = gateway.charge(charge(Method::Card, card.clone()), "charge-1").await.unwrap();
    assert_eq!((paid.status, paid.amount_received), (IntentStatus::Succeeded, Some(money(2500, "EUR"))));
    assert_eq!((paid.attempt, paid.customer), (Some(new.attempt), Some(new.customer)));
    assert_eq!(gateway.charge(charge(Method::Card, card.clone()), "charge-1").await.unwrap().id, paid.id);

    let account = Instrument::Debit(sandbox::Method::SepaDebit, sandbox::Settlement::Settles);
    let debit = keeps(Method::SepaDebit, account, "keep-debit").await;
    let on_its_way = gateway.charge(charge(Method::SepaDebit, debit), "charge-2").await.unwrap();
    assert_eq!(on_its_way.status, IntentStatus::Processing);

    gateway.detach_method(&card).await.unwrap();
    let gone = gateway.charge(charge(Method::Card, card), "charge-3").await.unwrap_err();
    assert!(matches!(gone, GatewayError::Refused { .. }), "{gone:?}");
}
