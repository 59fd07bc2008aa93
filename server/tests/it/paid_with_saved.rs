//! Paying with what is kept: no page, one charge.

use chrono::{DateTime, Duration};
use domain::message::MessageKind;
use domain::payment::{AttemptState, AttemptStatus, FailureCode, Method};
use domain::schedule::HoldReason;
use domain::{DraftId, InvoiceId, Locale, SavedMethodId};
use futures_util::future::join_all;
use secrecy::SecretString;
use server::env::{PortalScope, Principal};
use server::gateway::{Gateway as _, IntentStatus};
use server::operations::payments::saved::Usable;
use server::operations::payments::{self, StartError, StartPayment, Started, Wanted, With, saved};
use server::operations::settings;
use server::testing::gateway::Fault;
use server::workers;
use store::conformance;
use store::testing::cut::{Cut, Ran};

use crate::money;
use crate::saved_methods::Keeper;
use crate::shop::{self, euros};

/// The customer chooses what they keep, and presses "Pay".
async fn pay(
    keeper: &Keeper,
    by: &Principal,
    invoice: InvoiceId,
    with: (Method, SavedMethodId),
) -> Result<Started, StartError> {
    let form = keeper.shop.env().new_id::<DraftId>().to_string();
    send(keeper, by, invoice, with, None, &form).await
}

/// They send this form, with this amount typed.
async fn send(
    keeper: &Keeper,
    by: &Principal,
    invoice: InvoiceId,
    (method, saved): (Method, SavedMethodId),
    amount: Option<&str>,
    form: &str,
) -> Result<Started, StartError> {
    let wanted = StartPayment {
        shares: vec![Wanted { invoice, amount: amount.map(str::to_owned) }],
        locale: Locale::find("en-GB").unwrap(),
        method,
        despite_excess: false,
        with: Some(With { saved, form: form.to_owned() }),
        keep: None,
    };
    payments::start(keeper.shop.env(), by, &wanted).await
}

async fn failed(keeper: &Keeper, invoice: InvoiceId) -> FailureCode {
    match keeper.shop.attempts(invoice).await[0].state {
        AttemptState::Failed { code } => code,
        ref other => panic!("{other:?}"),
    }
}

conformance! {
    async fn a_kept_card_is_charged_once_and_the_news_of_it_changes_nothing(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        let started = pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        assert!(started.url.ends_with(&format!("/i/{invoice}/return?attempt={}", started.attempt)), "{}", started.url);
        assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Succeeded]);
        assert_eq!(keeper.shop.balance(invoice).await.paid, euros(100));
        for _ in 0..2 {
            keeper.shop.hear().await;
        }
        assert_eq!((keeper.shop.balance(invoice).await.paid, keeper.shop.credit_cents().await), (euros(100), 0));
        let receipts = keeper.shop.mails().await.into_iter().filter(|mail| mail.kind == MessageKind::Receipt);
        assert_eq!(receipts.count(), 1);
        assert_eq!(keeper.shop.provider().calls("create_checkout"), 0, "there is no page");
        let again = pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await;
        assert!(matches!(again, Err(StartError::NothingOpen)));
        keeper.shop.assert_sound().await;
    }

    async fn what_is_kept_in_another_account_is_neither_offered_nor_charged_and_is_back_with_its_key(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        let (env, owner) = (keeper.shop.env(), &keeper.shop.owner);
        let usable = async || saved::usable(env, &keeper.holder, &[Method::Card]).await.unwrap().methods.len();
        let of_customer = async || saved::of_customer(env, owner, keeper.shop.customer).await.unwrap().len();
        assert_eq!((usable().await, of_customer().await, keeper.kept().await.len()), (1, 1, 1));

        let live = SecretString::from("sk_live_shop0123456789");
        settings::set_stripe_key(env, owner, live).await.unwrap();
        assert_eq!((usable().await, of_customer().await, keeper.kept().await.len()), (0, 0, 0));
        let refused = pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await;
        assert!(matches!(refused, Err(StartError::MethodNotOffered)), "{refused:?}");
        assert_eq!(keeper.shop.provider().calls("charge"), 0);

        // Removed meanwhile, it is let go as soon as anybody can.
        keeper.remove(owner, card.id).await.unwrap();
        assert_eq!(keeper.shop.provider().calls("detach_method"), 0);
        settings::set_stripe_key(env, owner, SecretString::from("sk_test_shop0123456789")).await.unwrap();
        keeper.shop.world.clock.advance(Duration::hours(2));
        assert_eq!(saved::let_go_again(env).await.unwrap(), 1);
        assert_eq!(keeper.shop.provider().calls("detach_method"), 1);
    }

    async fn a_debit_is_on_its_way_for_days_and_then_fails(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let account = keeper.keeps(Method::SepaDebit).await;
        let invoice = keeper.shop.invoice(100).await;
        let started = pay(&keeper, &keeper.holder, invoice, (Method::SepaDebit, account.id)).await.unwrap();
        assert_eq!(keeper.shop.held(invoice).await, Some(HoldReason::PaymentProcessing));
        keeper.shop.world.clock.advance(Duration::days(5));
        let intent = keeper.shop.attempts(invoice).await[0].payment.clone().unwrap();
        keeper.shop.provider().fail(&intent, "insufficient_funds");
        keeper.shop.hear().await;
        assert_eq!(failed(&keeper, invoice).await, FailureCode::InsufficientFunds);
        assert_eq!(keeper.shop.held(invoice).await, None, "followed up again");
        assert_eq!(keeper.shop.balance(invoice).await.open, euros(100));
        let back = payments::returned(keeper.shop.env(), &keeper.holder, started.attempt).await.unwrap();
        assert_eq!(back.attempt.state.status(), AttemptStatus::Failed);
        keeper.shop.assert_sound().await;
    }

    async fn a_bank_that_says_no_leaves_the_invoice_as_it_was(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        for (code, means) in [
            ("insufficient_funds", FailureCode::InsufficientFunds),
            ("authentication_required", FailureCode::AuthenticationFailed),
            ("lost_card", FailureCode::Blocked),
            ("do_not_honor", FailureCode::Declined),
        ] {
            keeper.shop.provider().decline(&card.reference, Some(code));
            keeper.shop.world.clock.advance(Duration::seconds(1));
            pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
            assert_eq!(failed(&keeper, invoice).await, means, "{code}");
            keeper.shop.hear().await;
            assert_eq!(failed(&keeper, invoice).await, means, "{code}, told again");
        }
        assert_eq!(keeper.shop.balance(invoice).await.open, euros(100));
        keeper.shop.provider().decline(&card.reference, None);
        keeper.shop.world.clock.advance(Duration::seconds(1));
        pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        assert_eq!(keeper.shop.balance(invoice).await.paid, euros(100));
        keeper.shop.assert_sound().await;
    }

    async fn a_lost_answer_is_found_out_and_never_charges_twice(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        for (fault, code) in [
            (Fault::LostAnswer, None),
            (Fault::LostRequest, None),
            (Fault::LostAnswer, Some("insufficient_funds")),
        ] {
            let invoice = keeper.shop.invoice(100).await;
            keeper.shop.provider().decline(&card.reference, code);
            keeper.shop.provider().fail_next("charge", fault.clone());
            pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
            assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Unknown]);
            keeper.shop.world.clock.advance(Duration::minutes(2));
            workers::sweep::run_once(keeper.shop.env()).await.unwrap();
            match code {
                None => assert_eq!(keeper.shop.balance(invoice).await.paid, euros(100), "{fault:?}"),
                Some(_) => assert_eq!(failed(&keeper, invoice).await, FailureCode::InsufficientFunds),
            }
            keeper.shop.hear().await;
            assert_eq!(keeper.shop.attempts(invoice).await.len(), 1);
        }
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(200));
        assert_eq!(keeper.shop.credit_cents().await, 0);
        keeper.shop.assert_sound().await;
    }

    async fn a_crash_anywhere_charges_once_whether_pressed_again_or_left_to_the_sweep(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let (mut charged, mut deaths) = (0, 0);
        for pressed_again in [true, false] {
            for point in 1.. {
                let invoice = keeper.shop.invoice(100).await;
                let form = format!("frm_cut_{pressed_again}_{point}");
                let press = || send(&keeper, &keeper.holder, invoice, (Method::Card, card.id), Some("100"), &form);
                let ran = Cut::at(point, false, press()).await;
                let through = matches!(ran, Ran::Through(_));
                drop(ran);
                // Whoever died before anything was written down was told nothing, and presses again.
                if pressed_again || keeper.shop.states(invoice).await.is_empty() {
                    press().await.unwrap();
                }
                keeper.shop.world.clock.advance(Duration::minutes(2));
                workers::sweep::run_once(keeper.shop.env()).await.unwrap();
                keeper.shop.hear().await;
                charged += 100;
                let at = format!("at point {point}, pressed again: {pressed_again}");
                assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Succeeded], "{at}");
                assert_eq!(keeper.shop.balance(invoice).await.paid, euros(100), "{at}");
                assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(charged), "{at}");
                if through {
                    break;
                }
                deaths += 1;
            }
        }
        assert!(deaths >= 12, "around the charge and both commits, twice, not {deaths}");
        assert_eq!(keeper.shop.credit_cents().await, 0);
        keeper.shop.assert_sound().await;
    }

    async fn what_was_never_asked_is_not_charged_once_it_was_paid_or_removed(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let (paid, removed) = (keeper.shop.invoice(100).await, keeper.shop.invoice(60).await);
        for invoice in [paid, removed] {
            keeper.shop.provider().fail_next("charge", Fault::LostRequest);
            pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        }
        let env = keeper.shop.env();
        money::record(&keeper.shop, paid, &money::payment("frm_in_the_shop", "100")).await.unwrap();
        // The provider would still charge it.
        keeper.shop.provider().fail_next("detach_method", Fault::NotSent);
        saved::remove(env, &keeper.holder, keeper.shop.customer, card.id).await.unwrap();
        keeper.shop.world.clock.advance(Duration::minutes(2));
        workers::sweep::run_once(env).await.unwrap();
        assert_eq!(keeper.shop.states(paid).await, [AttemptStatus::Expired]);
        assert_eq!(keeper.shop.states(removed).await, [AttemptStatus::Expired]);
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(0));
        assert_eq!(keeper.shop.balance(removed).await.open, euros(60));
    }

    async fn the_key_is_forgotten_and_the_payment_is_found_by_its_metadata(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        keeper.shop.provider().fail_next("charge", Fault::LostAnswer);
        pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        keeper.shop.provider().forget_events();
        keeper.shop.world.clock.advance(Duration::hours(30));
        workers::sweep::run_once(keeper.shop.env()).await.unwrap();
        assert_eq!(keeper.shop.provider().calls("charge"), 1, "asked again it might charge again");
        assert_eq!(keeper.shop.balance(invoice).await.paid, euros(100));
        keeper.shop.assert_sound().await;
    }

    async fn a_charge_that_waits_for_nobody_knows_what_ends_with_its_key(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let account = keeper.keeps(Method::SepaDebit).await;
        let invoice = keeper.shop.invoice(100).await;
        keeper.shop.provider().fail_next("charge", Fault::LostAnswer);
        pay(&keeper, &keeper.holder, invoice, (Method::SepaDebit, account.id)).await.unwrap();
        let made = keeper.shop.provider().intents_since(DateTime::UNIX_EPOCH).await.unwrap();
        keeper.shop.provider().change_intent(&made[0].id, |intent| intent.status = IntentStatus::Waiting);
        keeper.shop.provider().forget_events();
        for (hours, expected) in [(1, AttemptStatus::Unknown), (23, AttemptStatus::Failed)] {
            keeper.shop.world.clock.advance(Duration::hours(hours));
            workers::sweep::run_once(keeper.shop.env()).await.unwrap();
            assert_eq!(keeper.shop.states(invoice).await, [expected], "after {hours} more hours");
        }
        assert!(keeper.shop.pay(&[invoice], Method::Card).await.is_ok(), "another way is open");
    }

    async fn whoever_may_not_see_all_that_a_charge_is_for_waits_for_it(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let (one, other) = (keeper.shop.invoice(100).await, keeper.shop.invoice(50).await);
        let share = |invoice, amount: &str| Wanted { invoice, amount: Some(amount.to_owned()) };
        let wanted = StartPayment {
            shares: vec![share(one, "100"), share(other, "50")],
            locale: Locale::find("en-GB").unwrap(),
            method: Method::Card,
            despite_excess: false,
            with: Some(With { saved: card.id, form: "frm_both_together".to_owned() }),
            keep: None,
        };
        keeper.shop.provider().fail_next("charge", Fault::LostAnswer);
        payments::start(keeper.shop.env(), &keeper.holder, &wanted).await.unwrap();
        keeper.shop.provider().fail_next("charge", Fault::LostAnswer);
        let narrow = shop::payer(keeper.shop.env(), keeper.shop.business, keeper.shop.customer, PortalScope::Invoice(one));
        let alone = StartPayment { shares: vec![Wanted { invoice: one, amount: None }], with: None, ..wanted };
        let waits = payments::start(keeper.shop.env(), &narrow, &alone).await;
        assert!(matches!(waits, Err(StartError::Busy)), "{waits:?}");
        let settled = payments::start(keeper.shop.env(), &narrow, &alone).await;
        assert!(matches!(settled, Err(StartError::NothingOpen)), "{settled:?}");
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(150));
    }

    async fn pressed_eight_times_it_is_charged_once(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        let presses = (0..8).map(|_| pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)));
        let pressed = join_all(presses).await;
        assert!(pressed.iter().any(Result::is_ok), "{pressed:?}");
        keeper.shop.hear().await;
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(100));
        assert_eq!((keeper.shop.balance(invoice).await.paid, keeper.shop.credit_cents().await), (euros(100), 0));
    }

    async fn a_part_is_charged_once_for_a_form_however_often_it_is_sent(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let with = (Method::Card, card.id);
        let invoice = keeper.shop.invoice(100).await;
        let first = send(&keeper, &keeper.holder, invoice, with, Some("40"), "frm_of_a_part").await.unwrap();
        let again = send(&keeper, &keeper.holder, invoice, with, Some("40"), "frm_of_a_part").await.unwrap();
        assert_eq!(first, again);
        assert_eq!(keeper.shop.balance(invoice).await.paid, euros(40));
        // Nobody knows what came of the next: a press from another page leads to it, and charges nothing more.
        keeper.shop.provider().fail_next("charge", Fault::LostAnswer);
        let unknown = send(&keeper, &keeper.holder, invoice, with, Some("30"), "frm_of_another").await.unwrap();
        let pressed = send(&keeper, &keeper.holder, invoice, with, Some("30"), "frm_of_a_third").await.unwrap();
        assert_eq!(unknown, pressed);
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(70));
        keeper.shop.hear().await;
        assert_eq!(keeper.shop.balance(invoice).await.paid, euros(70));
        keeper.shop.assert_sound().await;
    }

    async fn not_being_reached_the_second_time_says_nothing_about_the_first(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        keeper.shop.provider().fail_next("charge", Fault::LostAnswer);
        pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        for fault in [Fault::NotSent, Fault::WrongKey] {
            keeper.shop.provider().fail_next("charge", fault);
            pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
            assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Unknown]);
        }
        // What refuses the question, and not the payment, has it looked for.
        keeper.shop.provider().fail_next("charge", Fault::Refuse("resource_missing"));
        pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Succeeded]);
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(100));
        keeper.shop.assert_sound().await;
    }

    async fn a_question_that_is_not_the_first_one_any_more_has_the_payment_looked_for(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        keeper.shop.provider().fail_next("charge", Fault::LostAnswer);
        pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        keeper.shop.provider().fail_next("charge", Fault::Refuse("idempotency_error"));
        keeper.shop.world.clock.advance(Duration::minutes(2));
        workers::sweep::run_once(keeper.shop.env()).await.unwrap();
        assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Succeeded]);
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(100));
    }

    async fn a_form_that_charged_one_amount_charges_no_other(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let with = (Method::Card, card.id);
        let (invoice, other) = (keeper.shop.invoice(100).await, keeper.shop.invoice(40).await);
        send(&keeper, &keeper.holder, invoice, with, Some("40"), "frm_of_a_part").await.unwrap();
        for (invoice, amount) in [(invoice, "60"), (other, "40")] {
            let again = send(&keeper, &keeper.holder, invoice, with, Some(amount), "frm_of_a_part").await;
            assert!(matches!(again, Err(StartError::SentBefore)), "{again:?}");
        }
        assert_eq!(keeper.shop.provider().holds(domain::Currency::EUR), euros(40));
    }

    async fn a_page_that_stands_open_is_closed_first(store: TestStore) {
        let keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        let invoice = keeper.shop.invoice(100).await;
        keeper.shop.pay(&[invoice], Method::Card).await.unwrap();
        pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await.unwrap();
        assert_eq!(keeper.shop.provider().open_checkouts(), []);
        assert_eq!(keeper.shop.states(invoice).await, [AttemptStatus::Succeeded, AttemptStatus::Expired]);
    }

    async fn what_one_customer_keeps_pays_for_no_other(store: TestStore) {
        let mut keeper = Keeper::begins(&store).await;
        let card = keeper.keeps(Method::Card).await;
        keeper.is_another("Somebody Else").await;
        let invoice = keeper.shop.invoice(100).await;
        let refused = pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await;
        assert!(matches!(refused, Err(StartError::MethodNotOffered)), "{refused:?}");
        assert_eq!((keeper.shop.provider().calls("charge"), keeper.shop.states(invoice).await), (0, vec![]));
    }

    async fn nobody_else_pays_with_it_and_nobody_with_what_ended(store: TestStore) {
        let keeper = Keeper::enters(&store).await;
        let invoice = keeper.shop.invoice(100).await;
        let unproven = keeper.holder.clone();
        let not_mine = (Method::Card, keeper.shop.env().new_id::<SavedMethodId>());
        assert!(matches!(pay(&keeper, &unproven, invoice, not_mine).await, Err(StartError::NotProven)));
        keeper.prove().await;
        assert!(matches!(
            pay(&keeper, &keeper.holder, invoice, not_mine).await, Err(StartError::MethodNotOffered)));
        let card = keeper.keeps(Method::Card).await;
        let narrow = shop::payer(keeper.shop.env(), keeper.shop.business, keeper.shop.customer,
            PortalScope::Invoice(invoice));
        let shown = saved::usable(keeper.shop.env(), &narrow, &[Method::Card]).await.unwrap();
        assert_eq!(shown, Usable { methods: Vec::new(), after_code: true }, "that there is something, and not what");
        assert!(matches!(
            pay(&keeper, &narrow, invoice, (Method::Card, card.id)).await, Err(StartError::NotProven)));
        let Principal::Portal(mut proven) = keeper.holder.clone() else { panic!() };
        proven.scope = PortalScope::Invoice(invoice);
        let over_one = pay(&keeper, &Principal::Portal(proven), invoice, (Method::Card, card.id)).await;
        assert!(matches!(over_one, Err(StartError::MethodNotOffered)), "{over_one:?}");
        let as_debit = pay(&keeper, &keeper.holder, invoice, (Method::SepaDebit, card.id)).await;
        assert!(matches!(as_debit, Err(StartError::MethodNotOffered)));
        saved::remove(keeper.shop.env(), &keeper.holder, keeper.shop.customer, card.id).await.unwrap();
        let ended = pay(&keeper, &keeper.holder, invoice, (Method::Card, card.id)).await;
        assert!(matches!(ended, Err(StartError::MethodNotOffered)));
        assert_eq!(keeper.shop.provider().calls("charge"), 0);
        assert_eq!(keeper.shop.states(invoice).await, []);
    }
}
