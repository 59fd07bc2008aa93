//! Bank transfers that come to the provider: whatever arrives in a customer's account there is booked whole, once.

use chrono::Duration;
use domain::payment::Method;
use domain::task::TaskKind;
use domain::{AttemptId, CustomerId, InvoiceId, Locale};
use server::operations::payments::by_hand;
use server::operations::payments::cash::{self, ToTransfer};
use server::operations::payments::give_back::{self, GiveBackError, GiveBackInput};
use server::operations::payments::reconcile::{self, Compared};
use server::operations::payments::{StartError, StartPayment, Wanted};
use server::testing::gateway::{Fault, stray_intent};
use server::workers;
use store::conformance;

use crate::shop::{self, Shop, euros};

/// A shop that takes transfers through the provider, and an invoice over this many euros each.
async fn with_invoices<const COUNT: usize>(shop: &Shop, amounts: [u32; COUNT]) -> [InvoiceId; COUNT] {
    shop.take(&["card", "customer_balance"], &["card", "customer_balance"]).await;
    let mut invoices = Vec::new();
    for amount in amounts {
        invoices.push(shop.invoice(amount).await);
    }
    invoices.try_into().unwrap()
}

async fn ask(shop: &Shop, invoices: &[InvoiceId], method: Method) -> Result<ToTransfer, StartError> {
    let wanted = StartPayment {
        shares: invoices.iter().map(|invoice| Wanted { invoice: *invoice, amount: None }).collect(),
        locale: Locale::find("en-GB").unwrap(),
        method,
        despite_excess: false,
        with: None,
        keep: None,
    };
    cash::to_transfer(shop.env(), &shop.payer, &wanted).await
}

async fn open(shop: &Shop, invoices: &[InvoiceId]) -> Vec<i64> {
    let mut open = Vec::new();
    for invoice in invoices {
        open.push(shop.balance(*invoice).await.open.minor() / 100);
    }
    open
}

fn arrives(shop: &Shop, amount: i64, words: &str) {
    shop.provider().transfer_arrives(shop.customer, euros(amount), words);
}

conformance! {
    async fn a_customer_is_told_an_account_of_their_own_and_nothing_is_begun(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [first, second] = with_invoices(&shop, [30, 50]).await;
        let told = ask(&shop, &[first, second], Method::BankTransfer).await.unwrap();
        assert_eq!(told.parts.iter().map(|(_, amount)| *amount).collect::<Vec<_>>(), [euros(30), euros(50)]);
        assert_eq!(ask(&shop, &[first], Method::BankTransfer).await.unwrap().account, told.account);
        assert_eq!((shop.states(first).await, shop.provider().calls("create_customer")), (vec![], 1));
        // The provider has no page for it.
        let page = shop.pay(&[first], Method::BankTransfer).await;
        assert!(matches!(page, Err(StartError::MethodNotOffered)), "{page:?}");

        shop.provider().fail_next("funding_account", Fault::Refuse("capability_missing"));
        let refused = ask(&shop, &[first], Method::BankTransfer).await;
        assert!(matches!(refused, Err(StartError::Refused { .. })), "{refused:?}");
        shop.provider().fail_next("funding_account", Fault::LostAnswer);
        let unreached = ask(&shop, &[first], Method::BankTransfer).await;
        assert!(matches!(unreached, Err(StartError::Unavailable)), "{unreached:?}");
        shop.take(&["card"], &["card"]).await;
        let off = ask(&shop, &[first], Method::BankTransfer).await;
        assert!(matches!(off, Err(StartError::MethodNotOffered)), "{off:?}");
    }

    async fn a_transfer_pays_what_it_names_and_else_what_is_due_first(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoices = with_invoices(&shop, [100, 50, 70]).await;
        let told = ask(&shop, &invoices, Method::BankTransfer).await.unwrap();
        let (number, _) = &told.parts[1];
        arrives(&shop, 50, &format!("Marsh & Reed, invoice {number}"));
        shop.hear().await;
        assert_eq!(open(&shop, &invoices).await, [100, 0, 70]);
        arrives(&shop, 120, "for the field work");
        shop.hear().await;
        assert_eq!(open(&shop, &invoices).await, [0, 0, 50]);
        assert_eq!(shop.mails().await.len(), 2, "a receipt each");
        assert!(shop.provider().lies(shop.customer).is_empty());
        shop.assert_sound().await;
    }

    async fn too_little_pays_a_part_and_too_much_becomes_credit(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        arrives(&shop, 40, "");
        shop.hear().await;
        let balance = shop.balance(invoice).await;
        assert_eq!((balance.open, balance.paid, balance.processing), (euros(60), euros(40), euros(0)));
        // The rest comes with ten euros too many, in two transfers that lie there together.
        arrives(&shop, 20, "");
        arrives(&shop, 50, "");
        shop.hear().await;
        assert_eq!((shop.balance(invoice).await.open, shop.credit_cents().await), (euros(0), 1_000));
        let tasks: Vec<_> = shop.tasks().await.iter().map(|task| task.kind).collect();
        assert_eq!(tasks, [TaskKind::UnappliedMoney]);
        shop.assert_sound().await;
    }

    async fn however_often_it_is_told_a_transfer_is_booked_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        for _ in 0..20 {
            arrives(&shop, 1, "");
        }
        for event in shop.provider().told() {
            shop.deliver(&event).await.unwrap();
        }
        let workers = (0..8).map(|_| workers::inbox::run_once(shop.env()));
        for report in futures_util::future::join_all(workers).await {
            assert_eq!(report.unwrap().retried, 0);
        }
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.paid, euros(20));
        assert!(shop.tasks().await.is_empty(), "{:?}", shop.tasks().await);
        shop.assert_sound().await;
    }

    async fn what_comes_while_the_provider_is_asked_is_asked_for_anew(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        shop.provider().transfer_arrives_meanwhile(shop.customer, euros(60), "");
        arrives(&shop, 40, "");
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(100), "there is more than was asked for");
        assert!(shop.tasks().await.is_empty(), "{:?}", shop.tasks().await);
        shop.world.clock.advance(Duration::minutes(1));
        shop.work().await;
        assert_eq!((shop.balance(invoice).await.open, shop.credit_cents().await), (euros(0), 0));
        assert!(shop.provider().lies(shop.customer).is_empty());
        shop.assert_sound().await;
    }

    async fn an_answer_that_was_lost_is_made_good_by_the_payments_own_event(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        shop.provider().fail_next("collect_cash", Fault::LostAnswer);
        arrives(&shop, 100, "");
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(100), "nobody knows yet");
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        shop.world.clock.advance(Duration::minutes(1));
        shop.work().await;
        assert_eq!((shop.provider().calls("collect_cash"), shop.credit_cents().await), (1, 0));

        // A request that was lost is made again.
        let again = shop.invoice(30).await;
        shop.provider().fail_next("collect_cash", Fault::LostRequest);
        arrives(&shop, 30, "");
        shop.hear().await;
        shop.world.clock.advance(Duration::minutes(1));
        shop.work().await;
        assert_eq!(shop.balance(again).await.open, euros(0));
        shop.assert_sound().await;
    }

    async fn a_payment_is_a_transfer_only_by_its_business_without_an_attempt_and_with_money(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        let (elsewhere, _) = shop::business(shop.env(), "Somebody Else", "owner@else.example").await;
        let mut ours = stray_intent("pi_ours", euros(100));
        (ours.business, ours.customer) = (Some(shop.business), Some(shop.customer));
        let (mut theirs, mut of_an_attempt, mut empty) = (ours.clone(), ours.clone(), ours.clone());
        (theirs.id, theirs.business) = ("pi_theirs".to_owned(), Some(elsewhere));
        (of_an_attempt.id, of_an_attempt.attempt) =
            ("pi_of_an_attempt".to_owned(), Some(shop.env().new_id::<AttemptId>()));
        (empty.id, empty.amount_received) = ("pi_empty".to_owned(), Some(euros(0)));
        for not_ours in [theirs, of_an_attempt, empty] {
            let id = not_ours.id.clone();
            shop.provider().pay_from_elsewhere(not_ours);
            shop.hear().await;
            assert_eq!((shop.balance(invoice).await.paid, shop.credit_cents().await), (euros(0), 0), "{id}");
            assert!(shop.mails().await.is_empty(), "{id}");
        }
        shop.provider().pay_from_elsewhere(ours);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
        shop.assert_sound().await;
    }

    async fn what_the_provider_makes_no_payment_of_is_shown_to_a_person(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        shop.provider().fail_next("collect_cash", Fault::Refuse("amount_too_small"));
        arrives(&shop, 1, "");
        shop.hear().await;
        let tasks: Vec<_> = shop.tasks().await.iter().map(|task| task.kind).collect();
        assert_eq!((tasks, shop.balance(invoice).await.paid), (vec![TaskKind::UnappliedMoney], euros(0)));
    }

    async fn what_lies_there_for_another_business_of_the_same_account_is_left_alone(store: TestStore) {
        let shop = Shop::open(&store).await;
        with_invoices(&shop, [100]).await;
        let (elsewhere, owner) = shop::business(shop.env(), "Somebody Else", "owner@else.example").await;
        let theirs = shop::customer(shop.env(), &owner, "Their Customer").await;
        shop.provider().made_for(elsewhere, theirs);
        shop.provider().transfer_arrives(theirs, euros(100), "");
        shop.hear().await;
        assert_eq!(shop.provider().calls("collect_cash"), 0);
        assert_eq!(shop.provider().lies(theirs), [euros(100)]);
    }

    async fn without_webhooks_transfers_come_in_by_the_sweep_and_nothing_drifts(store: TestStore) {
        let shop = Shop::open(&store).await;
        workers::sweep::run_once(shop.env()).await.unwrap();
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        arrives(&shop, 100, "");
        shop.world.clock.advance(Duration::minutes(6));
        workers::sweep::run_once(shop.env()).await.unwrap();
        shop.work().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        let compared = reconcile::reconcile(shop.env(), &shop.owner, shop.business).await.unwrap();
        assert_eq!(compared, Compared { objects: 1, healed: 0, drift: Vec::new() });
        shop.assert_sound().await;
    }

    async fn what_a_refund_put_there_and_what_is_nobodys_here_is_not_taken(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        shop.provider().refund_lies(shop.customer, euros(40));
        shop.hear().await;
        assert_eq!(shop.provider().lies(shop.customer), [euros(40)]);
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        let tasks: Vec<_> = shop.tasks().await.iter().map(|task| task.kind).collect();
        assert_eq!(tasks, [TaskKind::UnappliedMoney]);

        // What is transferred after that is used; the refund stays.
        arrives(&shop, 60, "");
        shop.hear().await;
        assert_eq!((shop.provider().lies(shop.customer), shop.balance(invoice).await.open), (vec![euros(40)], euros(40)));

        // Somebody else's customer of the same account.
        let stranger: CustomerId = shop.env().new_id();
        shop.provider().transfer_arrives(stranger, euros(5), "");
        shop.hear().await;
        assert_eq!(shop.provider().lies(stranger), [euros(5)]);
    }

    async fn a_transfer_that_nobody_told_of_is_found_when_books_are_compared(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        arrives(&shop, 100, "");
        // More than thirty days ago: the provider keeps no event of it any more.
        shop.provider().forget_events();
        let compared = reconcile::reconcile(shop.env(), &shop.owner, shop.business).await.unwrap();
        assert_eq!(compared, Compared { objects: 1, healed: 1, drift: Vec::new() });
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        shop.assert_sound().await;
    }

    async fn after_an_older_backup_the_provider_knows_whose_the_money_is(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        // The account was shown, and then the row that says so was lost.
        arrives(&shop, 100, "");
        shop.provider().made_for(shop.business, shop.customer);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        shop.assert_sound().await;
    }

    async fn a_transfer_is_not_given_back_through_the_provider(store: TestStore) {
        let shop = Shop::open(&store).await;
        let [invoice] = with_invoices(&shop, [100]).await;
        ask(&shop, &[invoice], Method::BankTransfer).await.unwrap();
        arrives(&shop, 100, "");
        shop.hear().await;
        let payments = by_hand::payments_of(shop.env(), &shop.owner, shop.customer).await.unwrap();
        let input = GiveBackInput {
            form: "frm_of_a_transfer".to_owned(),
            amount: "10".to_owned(),
            reason: "One day less".to_owned(),
            ..GiveBackInput::default()
        };
        let refused = give_back::give_back(shop.env(), &shop.owner, payments[0].id, &input).await;
        assert!(matches!(refused, Err(GiveBackError::NothingLeft)), "{refused:?}");
        assert_eq!(shop.provider().calls("create_refund"), 0);
    }
}
