//! Refunds from the console: once for a form, never more than is left, booked whatever the provider answers and when.

use chrono::Duration;
use domain::dispute::DisputeStage;
use domain::message::MessageKind;
use domain::payment::Method;
use domain::refund::RefundState;
use domain::task::TaskKind;
use domain::{FieldProblem, InvoiceId, Role, TransferId};
use futures_util::future::join_all;
use server::operations::payments::by_hand::{self, For, PaymentInput};
use server::operations::payments::give_back::{self, GiveBackError, GiveBackInput};
use server::testing::gateway::Fault;
use server::workers;
use store::conformance;
use store::refunds::Refund;

use crate::shop::{Shop, euros};
use crate::support::with_role;

/// An invoice over 100 euros, paid by card, and the payment.
async fn paid(shop: &Shop) -> (InvoiceId, TransferId) {
    let invoice = shop.invoice(100).await;
    let started = shop.pay(&[invoice], Method::Card).await.unwrap();
    shop.provider().pay(&shop.session(&started));
    shop.hear().await;
    let payments = by_hand::payments_of(shop.env(), &shop.owner, shop.customer).await.unwrap();
    (invoice, payments[0].id)
}

fn input(form: &str, amount: &str) -> GiveBackInput {
    GiveBackInput {
        form: form.to_owned(),
        amount: amount.to_owned(),
        reason: "The door does not close".to_owned(),
        ..GiveBackInput::default()
    }
}

async fn give_back(shop: &Shop, payment: TransferId, input: &GiveBackInput) -> Result<Refund, GiveBackError> {
    give_back::give_back(shop.env(), &shop.owner, payment, input).await
}

async fn refunds(shop: &Shop) -> Vec<Refund> {
    let mut tx = shop.env().store.read().await.unwrap();
    store::refunds::of_customer(&mut tx, shop.business, shop.customer).await.unwrap()
}

conformance! {
    async fn part_of_a_payment_goes_back_once_however_often_the_button_is_pressed(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, payment) = paid(&shop).await;
        let wanted = input("frm_double_click", "40");
        let (one, other) = tokio::join!(give_back(&shop, payment, &wanted), give_back(&shop, payment, &wanted));
        assert_eq!(one.unwrap().id, other.unwrap().id);
        assert_eq!(shop.provider().refunds().len(), 1);
        assert_eq!(shop.balance(invoice).await.open, euros(40), "the invoice is open again by as much");
        assert_eq!(refunds(&shop).await[0].state, RefundState::Pending);
        shop.hear().await;
        shop.hear().await;

        let (reference, _) = shop.provider().refunds().remove(0);
        shop.provider().refund_arrives(&reference);
        shop.hear().await;
        assert_eq!(refunds(&shop).await[0].state, RefundState::Succeeded);
        assert_eq!(shop.balance(invoice).await.open, euros(40));
        let mails = shop.mails().await;
        assert_eq!(mails.iter().filter(|mail| mail.kind == MessageKind::Refund).count(), 1);
        assert!(shop.tasks().await.is_empty(), "who asked for it knows of it");
        shop.assert_sound().await;
    }

    async fn never_more_goes_back_than_is_left(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, payment) = paid(&shop).await;
        for typed in ["100.01", "0", "-5", "x"] {
            let refused = give_back(&shop, payment, &input("frm_wrong_amount", typed)).await;
            assert!(matches!(refused, Err(GiveBackError::Fields(_))), "{typed}");
        }
        let wordless = GiveBackInput { reason: " ".to_owned(), ..input("frm_without_reason", "5") };
        let Err(GiveBackError::Fields(errors)) = give_back(&shop, payment, &wordless).await else { panic!() };
        assert_eq!(errors.of("reason"), Some(&FieldProblem::Required));
        let clerk = with_role(&shop.owner, Role::Clerk);
        let refused = give_back::give_back(shop.env(), &clerk, payment, &input("frm_of_a_clerk", "5")).await;
        assert!(matches!(refused, Err(GiveBackError::NotPermitted(_))));

        give_back(&shop, payment, &input("frm_most_of_it", "70")).await.unwrap();
        let Err(GiveBackError::Fields(errors)) = give_back(&shop, payment, &input("frm_too_much", "30.01")).await else {
            panic!()
        };
        assert!(matches!(errors.of("amount_refunded"), Some(FieldProblem::AmountOutOfRange { max, .. }) if *max == euros(30)));
        give_back(&shop, payment, &input("frm_the_rest", "30")).await.unwrap();
        let nothing = give_back(&shop, payment, &input("frm_once_more", "1")).await;
        assert!(matches!(nothing, Err(GiveBackError::NothingLeft)));
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        assert_eq!(shop.provider().calls("create_refund"), 2, "the provider is not even asked");
        shop.assert_sound().await;
    }

    async fn of_sixty_four_at_once_only_as_many_go_back_as_there_is_money_for(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, payment) = paid(&shop).await;
        let inputs: Vec<_> = (0..64).map(|number| input(&format!("frm_at_once_{number}"), "7")).collect();
        let outcomes = join_all(inputs.iter().map(|input| give_back(&shop, payment, input))).await;
        let given = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
        assert_eq!(given, 14, "98 of 100 euros");
        for outcome in outcomes.iter().filter(|outcome| outcome.is_err()) {
            assert!(matches!(outcome, Err(GiveBackError::Fields(_) | GiveBackError::NothingLeft)), "{outcome:?}");
        }
        let went: i64 = shop.provider().refunds().iter().map(|(_, amount)| amount.minor()).sum();
        assert_eq!(went, 9_800);
        assert_eq!(shop.balance(invoice).await.open, euros(98));
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(98));
        shop.assert_sound().await;
    }

    async fn an_answer_that_was_lost_is_asked_for_again_and_gives_back_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, payment) = paid(&shop).await;
        shop.provider().fail_next("create_refund", Fault::LostAnswer);
        let asked = give_back(&shop, payment, &input("frm_lost_answer", "40")).await.unwrap();
        assert_eq!(asked.state, RefundState::Asked);
        // What is asked for counts, known to the provider or not.
        let too_much = give_back(&shop, payment, &input("frm_meanwhile", "61")).await;
        assert!(matches!(too_much, Err(GiveBackError::Fields(_))));
        shop.world.clock.advance(Duration::minutes(1));
        assert_eq!(workers::sweep::run_once(shop.env()).await.unwrap().refunds_asked, 1);
        assert_eq!(refunds(&shop).await[0].state, RefundState::Pending);
        assert_eq!(shop.provider().refunds().len(), 1);
        assert_eq!(shop.balance(invoice).await.open, euros(40));
        shop.assert_sound().await;
    }

    async fn after_a_day_it_is_looked_for_not_made_again(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, payment) = paid(&shop).await;
        shop.provider().fail_next("create_refund", Fault::LostAnswer);
        give_back(&shop, payment, &input("frm_lost_answer", "40")).await.unwrap();
        shop.provider().fail_next("create_refund", Fault::LostRequest);
        give_back(&shop, payment, &input("frm_lost_request", "10")).await.unwrap();
        shop.world.clock.advance(Duration::hours(25));
        let calls = shop.provider().calls("create_refund");
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.provider().calls("create_refund"), calls, "the key may be forgotten by now");
        let states: Vec<_> = refunds(&shop).await.iter().map(|refund| (refund.amount, refund.state)).collect();
        assert_eq!(states, [(euros(10), RefundState::Refused), (euros(40), RefundState::Pending)]);
        assert_eq!(shop.balance(invoice).await.open, euros(40));
        assert_eq!(shop.tasks().await[0].kind, TaskKind::MoneyReturned);
        shop.assert_sound().await;
    }

    async fn what_the_provider_refuses_moves_nothing_and_is_shown(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, payment) = paid(&shop).await;
        shop.provider().fail_next("create_refund", Fault::Refuse("charge_disputed"));
        let refused = give_back(&shop, payment, &input("frm_refused_one", "40")).await.unwrap();
        assert_eq!(refused.state, RefundState::Refused);
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        // It does not count any more.
        give_back(&shop, payment, &input("frm_all_of_it", "100")).await.unwrap();
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        shop.assert_sound().await;
    }

    async fn a_refund_that_fails_later_is_the_businesss_again(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, payment) = paid(&shop).await;
        give_back(&shop, payment, &input("frm_that_fails", "40")).await.unwrap();
        let (reference, _) = shop.provider().refunds().remove(0);
        shop.provider().refund_arrives(&reference);
        shop.hear().await;
        shop.provider().refund_fails(&reference);
        shop.hear().await;
        assert_eq!(refunds(&shop).await[0].state, RefundState::Failed);
        assert_eq!(shop.balance(invoice).await.open, euros(0), "paid as before");
        assert_eq!(shop.tasks().await[0].kind, TaskKind::MoneyReturned);
        give_back(&shop, payment, &input("frm_once_again", "100")).await.unwrap();
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }

    async fn what_is_contested_or_came_by_hand_does_not_go_back_this_way(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (_, payment) = paid(&shop).await;
        let mut tx = shop.env().store.read().await.unwrap();
        let row = store::ledger::credits::row(&mut tx, shop.business, payment).await.unwrap().unwrap();
        drop(tx);
        shop.provider().contest(&row.entry.reference, euros(60), DisputeStage::Open);
        shop.hear().await;
        let refused = give_back(&shop, payment, &input("frm_contested", "40")).await;
        assert!(matches!(refused, Err(GiveBackError::NothingLeft)));

        let other = shop.invoice(10).await;
        let cash = PaymentInput {
            form: "frm_in_cash".to_owned(),
            amount: "10".to_owned(),
            method: "cash".to_owned(),
            ..PaymentInput::default()
        };
        let cash = by_hand::record_payment(shop.env(), &shop.owner, For::Invoice(other), &cash).await.unwrap();
        let refused = give_back(&shop, cash, &input("frm_of_cash", "10")).await;
        assert!(matches!(refused, Err(GiveBackError::NotFound)));
    }
}
