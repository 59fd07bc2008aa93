//! Keeping a way to pay for later while paying with it.

use chrono::Duration;
use domain::event::EventKind;
use domain::payment::{AttemptStatus, Method};
use domain::saved::EndReason;
use domain::{Currency, InvoiceId, Locale};
use server::gateway::ProviderEvent;
use server::operations::payments::{self, StartError, StartPayment, Started, Wanted};
use server::testing::gateway::Fault;
use server::workers;
use store::conformance;
use store::saved_methods as rows;

use crate::inbox::orders;
use crate::saved_methods::{Keeper, consent};
use crate::shop::euros;

const WORDS: &str = "I allow this one to be kept.";

/// The customer clicks "Pay" with the box ticked, or not.
async fn pay(
    keeper: &Keeper,
    invoice: InvoiceId,
    method: Method,
    words: Option<&str>,
) -> Result<Started, StartError> {
    keeper.shop.world.clock.advance(Duration::seconds(1));
    let wanted = StartPayment {
        shares: vec![Wanted { invoice, amount: None }],
        locale: Locale::find("en-GB").unwrap(),
        method,
        despite_excess: false,
        with: None,
        keep: words.map(consent),
    };
    payments::start(keeper.shop.env(), &keeper.holder, &wanted).await
}

conformance! {
    async fn what_was_agreed_to_stands_with_the_attempt_and_the_method_follows_the_money(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let invoice = keeper.shop.invoice(100).await;
        keeper.shop.provider().fail_next("create_checkout", Fault::NotSent);
        assert!(pay(&keeper, invoice, Method::Card, Some(WORDS)).await.is_err());
        assert_eq!(keeper.told(EventKind::MethodAgreed).await, 1, "on record before the provider is asked");

        let started = pay(&keeper, invoice, Method::Card, Some(WORDS)).await.unwrap();
        let intent = keeper.shop.provider().pay(&keeper.shop.session(&started));
        let (reference, _) = keeper.shop.provider().kept_of(&intent).unwrap();
        assert_eq!(keeper.kept().await, []);
        keeper.shop.hear().await;
        assert_eq!(keeper.shop.balance(invoice).await.paid, euros(100));
        let saved = keeper.row(&reference).await.unwrap();
        assert_eq!((saved.label.as_str(), saved.last_digits.as_str()), ("visa", "4242"));
        let mut tx = keeper.shop.env().store.read().await.unwrap();
        let agreed = rows::setup(&mut tx, keeper.shop.business, saved.setup).await.unwrap().unwrap();
        assert_eq!((agreed.consent_text.as_str(), agreed.attempt), (WORDS, Some(started.attempt)));
        assert_eq!((agreed.method, agreed.currency), (Method::Card, Currency::EUR));
        drop(tx);
        keeper.shop.assert_sound().await;
    }

    async fn it_needs_the_code_and_a_method_that_can_be_kept(store: TestStore) {
        let keeper = Keeper::enters(&store).await;
        let invoice = keeper.shop.invoice(100).await;
        assert!(matches!(pay(&keeper, invoice, Method::Card, Some(WORDS)).await, Err(StartError::NotProven)));
        assert_eq!(keeper.shop.states(invoice).await, [], "nothing was begun");
        pay(&keeper, invoice, Method::Card, None).await.unwrap();
        keeper.prove().await;
        pay(&keeper, invoice, Method::Card, Some(WORDS)).await.unwrap();
        let by_transfer = pay(&keeper, invoice, Method::BankTransfer, Some(WORDS)).await;
        assert!(matches!(by_transfer, Err(StartError::MethodNotOffered)));
    }

    async fn the_same_words_lead_to_the_same_page_and_others_to_another(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let invoice = keeper.shop.invoice(100).await;
        let kept = pay(&keeper, invoice, Method::Card, Some(WORDS)).await.unwrap();
        assert_eq!(pay(&keeper, invoice, Method::Card, Some(WORDS)).await.unwrap(), kept);
        let other = pay(&keeper, invoice, Method::Card, Some("I allow something else.")).await.unwrap();
        assert_ne!(other, kept);
        let unticked = pay(&keeper, invoice, Method::Card, None).await.unwrap();
        assert_ne!(unticked, other);
        assert_eq!(keeper.shop.provider().open_checkouts().len(), 1);
        keeper.shop.provider().pay(&keeper.shop.session(&unticked));
        keeper.shop.hear().await;
        assert_eq!(keeper.kept().await, [], "the last word was not to");
        assert_eq!(keeper.told(EventKind::MethodAgreed).await, 2);
    }

    async fn it_is_kept_once_in_every_order_of_the_news_each_told_twice(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        for (nth, order) in orders(4).into_iter().enumerate() {
            let invoice = keeper.shop.invoice(10).await;
            let started = pay(&keeper, invoice, Method::SepaDebit, Some(WORDS)).await.unwrap();
            let before = keeper.shop.provider().told().len();
            let intent = keeper.shop.provider().promise(&keeper.shop.session(&started));
            let (reference, mandate) = keeper.shop.provider().kept_of(&intent).unwrap();
            keeper.shop.provider().settle(&intent);
            let news: Vec<ProviderEvent> = keeper.shop.provider().told().split_off(before);
            assert_eq!(news.len(), 4);
            if nth % 2 == 1 {
                keeper.shop.provider().let_method_go(&reference);
            }
            for place in order {
                for _ in 0..2 {
                    keeper.shop.deliver(&news[place]).await.unwrap();
                    keeper.shop.work().await;
                }
            }
            let saved = keeper.row(&reference).await.unwrap();
            assert_eq!(saved.ended.map(|(_, reason)| reason), (nth % 2 == 1).then_some(EndReason::Provider));
            assert_eq!(saved.mandate, mandate);
            assert_eq!(keeper.told(EventKind::MethodSaved).await, nth + 1);
            assert_eq!(keeper.shop.balance(invoice).await.paid, euros(10));
        }
        keeper.shop.assert_sound().await;
    }

    async fn a_debit_that_fails_leaves_nothing_to_charge_later(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let invoice = keeper.shop.invoice(100).await;
        let started = pay(&keeper, invoice, Method::SepaDebit, Some(WORDS)).await.unwrap();
        let intent = keeper.shop.provider().promise(&keeper.shop.session(&started));
        keeper.shop.hear().await;
        assert_eq!(keeper.kept().await, [], "nobody knows yet whether it works");
        keeper.shop.provider().fail(&intent, "insufficient_funds");
        keeper.shop.hear().await;
        assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Failed]);
        assert_eq!(keeper.kept().await, []);
        keeper.shop.assert_sound().await;
    }

    async fn webhooks_never_arrive_and_the_sweep_alone_brings_it(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let invoice = keeper.shop.invoice(100).await;
        let started = pay(&keeper, invoice, Method::Card, Some(WORDS)).await.unwrap();
        keeper.shop.provider().pay(&keeper.shop.session(&started));
        // Its first answer about the method is lost: the money is booked all the same, and the method asked about again.
        keeper.shop.provider().fail_next("paid_with", Fault::LostAnswer);
        for _ in 0..3 {
            keeper.shop.world.clock.advance(Duration::minutes(11));
            workers::sweep::run_once(keeper.shop.env()).await.unwrap();
            keeper.shop.work().await;
        }
        assert_eq!(keeper.shop.balance(invoice).await.paid, euros(100));
        assert_eq!(keeper.kept().await.len(), 1);
        assert!(keeper.shop.provider().calls("paid_with") >= 2);
        keeper.shop.assert_sound().await;
    }

    async fn the_way_back_alone_brings_it(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let invoice = keeper.shop.invoice(100).await;
        let started = pay(&keeper, invoice, Method::Card, Some(WORDS)).await.unwrap();
        keeper.shop.provider().pay(&keeper.shop.session(&started));
        let back = payments::returned(keeper.shop.env(), &keeper.holder, started.attempt).await.unwrap();
        assert_eq!(back.attempt.state.status(), AttemptStatus::Succeeded);
        assert_eq!(keeper.kept().await.len(), 1);
    }
}
