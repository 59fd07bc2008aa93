//! A customer pays: what is offered, what stands in the way, what is booked.

use chrono::Duration;
use domain::message::MessageKind;
use domain::payment::{AttemptState, AttemptStatus, FailureCode, Method};
use domain::schedule::HoldReason;
use domain::task::TaskKind;
use domain::{Currency, FieldProblem, Money};
use secrecy::SecretString;
use server::env::{PortalScope, Principal};
use server::gateway::IntentStatus;
use server::operations::payments::{self, ReturnedError, StartError};
use server::operations::{invoices, portal, settings};
use server::testing::gateway::Fault;
use server::workers;
use store::conformance;

use crate::shop::{self, Shop, euros, payer};

conformance! {
    async fn a_card_payment_settles_the_invoice_and_brings_a_receipt(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(1240).await;

        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Open]);
        shop.provider().pay(&shop.session(&started));
        shop.hear().await;

        let balance = shop.balance(invoice).await;
        assert_eq!((balance.open, balance.paid), (euros(0), euros(1240)));
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Succeeded]);
        let mails = shop.mails().await;
        assert_eq!(mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(), [MessageKind::Receipt]);
        assert_eq!(mails[0].to_address, "jo@marsh.example");
        assert!(shop.tasks().await.is_empty());
        assert!(matches!(shop.pay(&[invoice], Method::Card).await, Err(StartError::NothingOpen)));
        shop.assert_sound().await;
    }

    async fn the_way_back_races_the_webhook_and_one_payment_is_booked(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        for event in shop.provider().told() {
            shop.deliver(&event).await.unwrap();
        }

        let back = payments::returned(shop.env(), &shop.payer, started.attempt);
        let (back, report) = tokio::join!(back, workers::inbox::run_once(shop.env()));

        assert_eq!(report.unwrap().total(), 2);
        assert!(back.unwrap().fresh);
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
        assert_eq!(shop.credit_cents().await, 0);
        assert_eq!(shop.mails().await.len(), 1);
        shop.assert_sound().await;
    }

    async fn the_way_back_alone_books_the_payment(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();

        let before = payments::returned(shop.env(), &shop.payer, started.attempt).await.unwrap();
        assert_eq!(before.attempt.state.status(), AttemptStatus::Open);
        assert_eq!(before.invoices.iter().map(|paid| paid.invoice).collect::<Vec<_>>(), [invoice]);

        shop.provider().pay(&shop.session(&started));
        shop.provider().fail_next("checkout", Fault::LostAnswer);
        let deaf = payments::returned(shop.env(), &shop.payer, started.attempt).await.unwrap();
        assert!(!deaf.fresh);
        assert_eq!(deaf.attempt.state.status(), AttemptStatus::Open);
        // The question waits in the sweep's queue.
        assert_eq!(workers::sweep::run_once(shop.env()).await.unwrap().attempts_changed, 1);

        let after = payments::returned(shop.env(), &shop.payer, started.attempt).await.unwrap();
        assert_eq!(after.attempt.state.status(), AttemptStatus::Succeeded);
        assert_eq!(shop.balance(invoice).await.open, euros(0));
    }

    async fn nobody_pays_or_looks_at_what_their_link_does_not_cover(store: TestStore) {
        let mut shop = Shop::open(&store).await;
        let (mine, other) = (shop.invoice(10).await, shop.invoice(20).await);
        let started = shop.pay(&[other], Method::Card).await.unwrap();

        shop.payer = payer(shop.env(), shop.business, shop.customer, PortalScope::Invoice(mine));
        assert!(matches!(shop.pay(&[other], Method::Card).await, Err(StartError::NotFound)));
        assert!(matches!(shop.pay(&[mine, other], Method::Card).await, Err(StartError::NotFound)));
        let looked = payments::returned(shop.env(), &shop.payer, started.attempt).await;
        assert!(matches!(looked, Err(ReturnedError::NotFound)));

        let stranger = shop::customer(shop.env(), &shop.owner, "Somebody Else").await;
        shop.payer = payer(shop.env(), shop.business, stranger, PortalScope::Customer);
        assert!(matches!(shop.pay(&[mine], Method::Card).await, Err(StartError::NotFound)));
        shop.payer = shop.owner.clone();
        assert!(matches!(shop.pay(&[mine], Method::Card).await, Err(StartError::NotPermitted(_))));
    }

    async fn an_amount_is_checked_against_what_is_open(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let problem = async |amount: &str| {
            match shop.pay_amount(invoice, Method::Card, amount, false).await {
                Err(StartError::Amounts(wrong)) => wrong.into_iter().next().map(|(_, problem)| problem),
                Err(StartError::Sum(problem)) => Some(problem),
                other => panic!("{amount}: {other:?}"),
            }
        };
        let range = Some(FieldProblem::AmountOutOfRange {
            min: Money::new(50, Currency::EUR).unwrap(),
            max: Money::new(99_999_999, Currency::EUR).unwrap(),
        });
        assert_eq!(problem("1000000").await, range);
        assert_eq!(problem("0.49").await, range);
        assert_eq!(problem("0").await, Some(FieldProblem::NotPositive));
        assert_eq!(problem("-5").await, Some(FieldProblem::Negative));
        assert_eq!(problem("1e9").await, Some(FieldProblem::NotANumber));
        assert_eq!(problem("1.005").await, Some(FieldProblem::TooManyDecimals { max: 2 }));
        assert_eq!(shop.provider().calls("create_checkout"), 0);

        let started = shop.pay_amount(invoice, Method::Card, "40", false).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(60));
    }

    async fn methods_that_do_not_exist_in_the_currency_are_refused(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (euro, dollar) = (shop.invoice(100).await, shop.invoice_in("USD", "100.00").await);
        let refused = async |invoices: &[domain::InvoiceId], method| {
            shop.pay(invoices, method).await.unwrap_err()
        };
        assert!(matches!(refused(&[euro], Method::UsBankAccount).await, StartError::MethodNotOffered));
        assert!(matches!(refused(&[dollar], Method::SepaDebit).await, StartError::MethodNotOffered));
        assert!(matches!(refused(&[euro], Method::Manual).await, StartError::MethodNotOffered));
        assert!(matches!(refused(&[euro, dollar], Method::Card).await, StartError::SeveralCurrencies));
        assert!(matches!(refused(&[dollar], Method::UsBankAccount).await, StartError::MethodNotOffered), "not from Ireland");
        assert!(shop.pay(&[dollar], Method::Card).await.is_ok());
    }

    async fn with_a_key_of_another_account_customers_pay_there_and_nothing_is_asked_of_the_one_before(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second) = (shop.invoice(100).await, shop.invoice(50).await);
        shop.pay(&[first], Method::Card).await.unwrap();
        let debit = shop.pay(&[second], Method::SepaDebit).await.unwrap();
        shop.provider().promise(&shop.session(&debit));
        shop.hear().await;
        assert_eq!(shop.states(second).await, [AttemptStatus::Processing]);

        shop.provider().becomes_another();
        settings::set_stripe_key(shop.env(), &shop.owner, SecretString::from("sk_test_another12345")).await.unwrap();
        // It was test money: neither the page nor the debit has to be waited for.
        shop.pay(&[first], Method::Card).await.unwrap();
        assert_eq!(shop.states(first).await, [AttemptStatus::Open, AttemptStatus::Expired]);
        assert_eq!(shop.provider().calls("create_customer"), 1, "the customer is made there too");
        shop.world.clock.advance(Duration::hours(7));
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.states(second).await, [AttemptStatus::Failed]);
        shop.assert_sound().await;
    }

    async fn real_money_on_its_way_in_another_account_is_shown_to_a_person(store: TestStore) {
        let shop = Shop::open(&store).await;
        let set = async |key: &str| settings::set_stripe_key(shop.env(), &shop.owner, SecretString::from(key)).await.unwrap();
        set("sk_live_shop0123456789").await;
        let (open, debited) = (shop.invoice(100).await, shop.invoice(50).await);
        shop.pay(&[open], Method::Card).await.unwrap();
        let debit = shop.pay(&[debited], Method::SepaDebit).await.unwrap();
        shop.provider().promise(&shop.session(&debit));
        shop.hear().await;
        shop.provider().becomes_another();
        set("sk_live_another12345").await;
        let busy = shop.pay(&[open], Method::Card).await;
        assert!(matches!(busy, Err(StartError::Busy)), "the page may yet be paid: {busy:?}");
        for _ in 0..2 {
            shop.world.clock.advance(Duration::hours(7));
            workers::sweep::run_once(shop.env()).await.unwrap();
        }
        assert_eq!(shop.states(debited).await, [AttemptStatus::Processing]);
        let tasks: Vec<_> = shop.tasks().await.iter().map(|task| task.kind).collect();
        assert_eq!(tasks, [TaskKind::PaymentMismatch]);
        assert!(shop.pay(&[open], Method::Card).await.is_ok(), "it has closed by itself");
        assert_eq!(shop.states(open).await, [AttemptStatus::Open, AttemptStatus::Expired]);
    }

    async fn methods_are_offered_by_country_kind_and_what_the_business_takes(store: TestStore) {
        let mut shop = Shop::open(&store).await;
        let irish = shop.invoice(100).await;
        let (company, company_pays) = (shop.customer, shop.payer.clone());
        shop.move_on_to("Pat Doe", "consumer", "US").await;
        let american = shop.invoice_in("USD", "100.00").await;
        let offered = async |payer: &Principal, invoice| {
            portal::view(shop.env(), payer, invoice).await.unwrap().sheet.methods
        };
        assert_eq!(offered(&company_pays, irish).await, [Method::Card, Method::SepaDebit]);
        assert_eq!(offered(&shop.payer, american).await, [Method::Card, Method::UsBankAccount]);

        // Switched off, it is gone from open invoices too; nobody gets to the provider by an old page.
        shop.take(&["sepa_debit", "us_bank_account"], &["card"]).await;
        assert_eq!(offered(&company_pays, irish).await, [Method::SepaDebit]);
        assert_eq!(offered(&shop.payer, american).await, [Method::Card]);
        let by_debit = shop.pay(&[american], Method::UsBankAccount).await;
        assert!(matches!(by_debit, Err(StartError::MethodNotOffered)), "{by_debit:?}");
        assert!(shop.pay(&[american], Method::Card).await.is_ok());
        (shop.customer, shop.payer) = (company, company_pays);
        let by_card = shop.pay(&[irish], Method::Card).await;
        assert!(matches!(by_card, Err(StartError::MethodNotOffered)), "{by_card:?}");
        assert!(shop.pay(&[irish], Method::SepaDebit).await.is_ok());
    }

    async fn two_tabs_get_the_same_page(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let invoices = [invoice];

        let tabs = futures_util::future::join_all((0..4).map(|_| shop.pay(&invoices, Method::Card))).await;
        let pages: Vec<_> = tabs.into_iter().filter_map(Result::ok).collect();
        assert!(!pages.is_empty());
        let again = shop.pay(&[invoice], Method::Card).await.unwrap();
        assert!(pages.iter().all(|page| *page == again), "{pages:?}");
        assert_eq!(shop.provider().open_checkouts().len(), 1);
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Open]);
    }

    async fn another_method_closes_the_page_that_stands_open(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let card = shop.pay(&[invoice], Method::Card).await.unwrap();
        let debit = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();

        assert_ne!(card, debit);
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Open, AttemptStatus::Expired]);
        let open = shop.provider().open_checkouts();
        assert_eq!(open.iter().map(|page| page.url.clone()).collect::<Vec<_>>(), [Some(debit.url)]);
    }

    async fn a_page_that_was_just_paid_is_not_closed_but_booked(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let card = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&card));

        // No webhook came yet; the second tab finds out.
        let second = shop.pay(&[invoice], Method::SepaDebit).await;
        assert!(matches!(second, Err(StartError::NothingOpen)), "{second:?}");
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
    }

    async fn an_answer_that_was_lost_never_makes_a_second_page(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        shop.provider().fail_next("create_checkout", Fault::LostAnswer);
        let lost = shop.pay(&[invoice], Method::Card).await;
        assert!(matches!(lost, Err(StartError::Busy)), "{lost:?}");
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Unknown]);

        // The next click asks again under the same key, and gets the page that was made.
        let found = shop.pay(&[invoice], Method::Card).await.unwrap();
        assert_eq!(shop.provider().open_checkouts().len(), 1);
        assert_eq!(shop.provider().open_checkouts()[0].url, Some(found.url));
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Open]);
    }

    async fn an_unknown_attempt_is_resolved_by_the_sweep(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        shop.provider().fail_next("create_checkout", Fault::LostRequest);
        assert!(matches!(shop.pay(&[invoice], Method::Card).await, Err(StartError::Busy)));
        assert!(shop.provider().open_checkouts().is_empty());

        shop.world.clock.advance(Duration::minutes(1));
        assert_eq!(workers::sweep::run_once(shop.env()).await.unwrap().attempts_changed, 1);
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Open]);
        assert_eq!(shop.provider().open_checkouts().len(), 1);
    }

    async fn after_a_day_an_unknown_attempt_is_looked_up_not_made_again(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (made, never_made) = (shop.invoice(100).await, shop.invoice(200).await);
        shop.provider().fail_next("create_checkout", Fault::LostAnswer);
        assert!(shop.pay(&[made], Method::Card).await.is_err());
        shop.provider().fail_next("create_checkout", Fault::LostRequest);
        assert!(shop.pay(&[never_made], Method::Card).await.is_err());
        let page = shop.provider().open_checkouts()[0].id.clone();

        shop.world.clock.advance(Duration::hours(25));
        shop.provider().run_out(&page);
        workers::sweep::run_once(shop.env()).await.unwrap();

        assert_eq!(shop.provider().calls("create_checkout"), 2, "the key may be forgotten by now");
        assert_eq!(shop.states(made).await, [AttemptStatus::Expired]);
        assert_eq!(shop.states(never_made).await, [AttemptStatus::Expired]);
    }

    async fn a_process_that_died_before_asking_leaves_an_attempt_that_heals(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        // The provider's answer comes, and nothing is written any more: what a crash at that point leaves.
        shop.provider().fail_next("create_customer", Fault::NotSent);
        let refused = shop.pay(&[invoice], Method::Card).await;
        assert!(matches!(refused, Err(StartError::Unavailable)), "{refused:?}");
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Failed]);

        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Open, AttemptStatus::Failed]);
        assert_eq!(shop.session(&started), shop.provider().open_checkouts()[0].id);
    }

    async fn a_refusal_is_told_and_leaves_the_way_free(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        shop.provider().fail_next("create_checkout", Fault::Refuse("amount_too_small"));
        let refused = shop.pay(&[invoice], Method::Card).await;
        assert!(matches!(&refused, Err(StartError::Refused { code }) if code == "amount_too_small"), "{refused:?}");
        let attempts = shop.attempts(invoice).await;
        assert_eq!(attempts[0].state, AttemptState::Failed { code: FailureCode::Refused });
        assert!(shop.pay(&[invoice], Method::Card).await.is_ok());
    }

    async fn a_debit_is_on_its_way_for_days_and_then_settles(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        let intent = shop.provider().promise(&shop.session(&started));
        shop.hear().await;

        let balance = shop.balance(invoice).await;
        assert_eq!((balance.open, balance.processing), (euros(100), euros(100)));
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Processing]);

        shop.world.clock.advance(Duration::days(6));
        shop.provider().settle(&intent);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.mails().await.len(), 1);
        shop.assert_sound().await;
    }

    async fn a_debit_that_fails_after_days_opens_the_invoice_again(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        let intent = shop.provider().promise(&shop.session(&started));
        shop.hear().await;
        // The first reminder would have been due by now.
        shop.world.clock.advance(Duration::days(20));
        workers::planner::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.held(invoice).await, Some(HoldReason::PaymentProcessing));
        shop.provider().fail(&intent, "insufficient_funds");
        shop.hear().await;
        assert_eq!(shop.held(invoice).await, None, "the follow-up goes on");

        let attempts = shop.attempts(invoice).await;
        assert_eq!(attempts[0].state, AttemptState::Failed { code: FailureCode::InsufficientFunds });
        let balance = shop.balance(invoice).await;
        assert_eq!((balance.open, balance.processing), (euros(100), euros(0)));
        assert!(shop.mails().await.is_empty());
        assert!(shop.pay(&[invoice], Method::Card).await.is_ok());
    }

    async fn money_that_comes_after_the_page_ran_out_is_booked(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let late = shop.pay(&[invoice], Method::Card).await.unwrap();
        let late_session = shop.session(&late);
        shop.provider().run_out(&late_session);
        shop.hear().await;
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Expired]);

        let second = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&second));
        shop.provider().pay_late(&late_session);
        shop.hear().await;

        assert_eq!(shop.states(invoice).await, [AttemptStatus::Succeeded, AttemptStatus::Succeeded]);
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
        assert_eq!(shop.credit_cents().await, 10_000);
        assert_eq!(shop.tasks().await[0].kind, TaskKind::UnappliedMoney);
        shop.assert_sound().await;
    }

    async fn money_that_comes_after_the_invoice_was_voided_is_credit_and_a_persons(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        let session = shop.session(&started);
        let version = invoices::read(shop.env(), &shop.owner, invoice).await.unwrap().version;
        let void = async || invoices::void(shop.env(), &shop.owner, invoice, version, "Issued twice").await;
        assert!(void().await.is_err(), "somebody may be paying at this moment");
        shop.provider().run_out(&session);
        shop.hear().await;
        void().await.unwrap();
        shop.provider().pay_late(&session);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.paid, euros(0));
        assert_eq!(shop.credit_cents().await, 10_000);
        assert_eq!(shop.tasks().await[0].kind, TaskKind::UnappliedMoney);
        // As any credit, it pays what is issued next.
        let next = shop.invoice(30).await;
        assert_eq!(shop.balance(next).await.open, euros(0));
        assert_eq!(shop.credit_cents().await, 7_000);
        shop.assert_sound().await;
    }

    async fn a_page_nobody_needs_any_more_is_closed(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let debit = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        let intent = shop.provider().promise(&shop.session(&debit));
        shop.hear().await;
        shop.pay_amount(invoice, Method::Card, "100", true).await.unwrap();
        assert_eq!(shop.provider().open_checkouts().len(), 1);

        shop.provider().settle(&intent);
        shop.hear().await;
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.provider().open_checkouts(), []);
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Expired, AttemptStatus::Succeeded]);
    }

    async fn what_is_signed_but_not_what_was_asked_for_never_pays(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (other, _) = shop::business(shop.env(), "Somebody Else", "owner@else.example").await;
        let pay = async |change: &dyn Fn(&mut server::gateway::Intent)| {
            let invoice = shop.invoice(100).await;
            let started = shop.pay(&[invoice], Method::Card).await.unwrap();
            let intent = shop.provider().pay(&shop.session(&started));
            shop.provider().change_intent(&intent, change);
            shop.hear().await;
            assert_eq!(shop.balance(invoice).await.open, euros(100));
            assert_eq!(shop.states(invoice).await, [AttemptStatus::Failed]);
            shop.credit_cents().await
        };

        assert_eq!(pay(&|intent| intent.amount_received = Some(euros(99))).await, 9900, "another amount");
        assert_eq!(pay(&|intent| intent.business = Some(other)).await, 19_900, "another business");
        let dollars = Money::new(10_000, Currency::USD).unwrap();
        assert_eq!(pay(&|intent| intent.amount_received = Some(dollars)).await, 19_900, "another currency");
        // The account is for tests, so money that is real is booked all the same.
        assert_eq!(pay(&|intent| intent.livemode = true).await, 29_900, "another mode");
        assert_eq!(pay(&|intent| intent.amount_received = None).await, 29_900, "an unreadable amount");

        let kinds: Vec<_> = shop.tasks().await.iter().map(|task| task.kind).collect();
        assert_eq!(kinds, [TaskKind::PaymentMismatch; 5]);
        assert!(shop.mails().await.is_empty(), "no receipt for what a person has to look at first");
        shop.assert_sound().await;
    }

    async fn payments_of_others_in_the_same_account_are_none_of_ours(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let mut stray = server::testing::gateway::stray_intent("pi_shop", euros(100));
        shop.provider().pay_from_elsewhere(stray.clone());
        shop.hear().await;
        assert_eq!(shop.inbox().await, "ignored 1");
        assert!(shop.tasks().await.is_empty());

        // One that claims to be ours is shown to a person.
        "pi_claims".clone_into(&mut stray.id);
        stray.attempt = Some(shop.env().new_id());
        shop.provider().pay_from_elsewhere(stray);
        shop.hear().await;
        assert_eq!(shop.tasks().await[0].kind, TaskKind::PaymentMismatch);
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        assert_eq!(shop.credit_cents().await, 0);
    }

    async fn a_declined_card_leaves_the_page_open_for_another(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        let session = shop.session(&started);
        let mut declined = server::testing::gateway::stray_intent("pi_declined", euros(100));
        declined.attempt = Some(started.attempt);
        declined.status = IntentStatus::Waiting;
        declined.amount_received = None;
        declined.failure_code = Some("card_declined".to_owned());
        shop.provider().pay_from_elsewhere(declined);
        shop.hear().await;

        assert_eq!(shop.states(invoice).await, [AttemptStatus::Open]);
        shop.provider().pay(&session);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
    }

    async fn a_refund_opens_the_invoice_again_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        let intent = shop.provider().pay(&shop.session(&started));
        shop.provider().give_back(&intent, euros(30));
        // Told of the refund first: the payment is booked before it all the same.
        for event in shop.provider().told().iter().rev() {
            shop.deliver(event).await.unwrap();
        }
        shop.work().await;
        shop.hear().await;

        assert_eq!(shop.balance(invoice).await.open, euros(30));
        assert_eq!(shop.credit_cents().await, 0);
        shop.provider().give_back(&intent, euros(70));
        shop.provider().give_back(&intent, euros(50));
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(100), "never above the original");
        assert_eq!(shop.credit_cents().await, 0);
        let kinds: Vec<_> = shop.tasks().await.iter().map(|task| task.kind).collect();
        assert_eq!(kinds, [TaskKind::MoneyReturned; 3]);
        shop.assert_sound().await;
    }
}
