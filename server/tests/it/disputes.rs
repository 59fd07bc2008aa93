//! Payments that are contested, and debits that come back: booked once, in whatever order it is told, and not chased meanwhile.

use chrono::Duration;
use domain::InvoiceId;
use domain::dispute::DisputeStage::{self, Inquiry, InquiryClosed, Lost, Open, Won};
use domain::message::MessageKind;
use domain::payment::Method;
use domain::schedule::HoldReason;
use domain::task::TaskKind;
use server::env::PortalScope;
use server::operations::payments::by_hand::{self, For, PaymentInput};
use server::operations::payments::credit::{self, PayOutInput};
use server::operations::today;
use server::workers;
use store::conformance;
use store::testing::TestStore;

use crate::shop::{Shop, customer, euros, payer};

/// What of a story must be the same in whatever order it was told.
#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    open: i64,
    credit: i64,
    tasks: Vec<TaskKind>,
    mails: Vec<MessageKind>,
    stage: Option<DisputeStage>,
}

/// An invoice over 100 euros, paid, and what the payment is called.
async fn paid(shop: &Shop, method: Method) -> (InvoiceId, String) {
    let invoice = shop.invoice(100).await;
    let started = shop.pay(&[invoice], method).await.unwrap();
    (invoice, shop.provider().pay(&shop.session(&started)))
}

async fn outcome(shop: &Shop, invoice: InvoiceId) -> Outcome {
    let mut tx = shop.env().store.read().await.unwrap();
    let tasks = store::tasks::open(&mut tx, shop.business, 10_000).await.unwrap();
    drop(tx);
    let own = tasks.iter().filter(|task| task.customer == Some(shop.customer));
    let mut tasks: Vec<_> = own.map(|task| task.kind).collect();
    tasks.sort_unstable();
    let mut mails: Vec<_> = shop.mails().await.iter().map(|mail| mail.kind).collect();
    mails.sort_unstable();
    let mut tx = shop.env().store.read().await.unwrap();
    let disputes = store::disputes::of_customer(&mut tx, shop.business, shop.customer).await.unwrap();
    Outcome {
        open: shop.balance(invoice).await.open.minor(),
        credit: shop.credit_cents().await,
        tasks,
        mails,
        stage: disputes.first().map(|dispute| dispute.stage),
    }
}

/// Every order of these places.
fn orders(places: &[usize]) -> Vec<Vec<usize>> {
    if places.is_empty() {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for place in places {
        let rest: Vec<usize> = places.iter().copied().filter(|other| other != place).collect();
        all.extend(orders(&rest).into_iter().map(|order| [&[*place], &order[..]].concat()));
    }
    all
}

/// How many orders of each story are tried unless `EVENT_ORDERS` says.
const FEW: usize = 24;

/// Lives a story, and lives it again, each time with another customer, for every order in which its news can come, each told twice.
/// The first life hears of everything when it happens.
async fn in_every_order(shop: &mut Shop, live: impl AsyncFn(&Shop, bool) -> InvoiceId) -> Outcome {
    let begin = async |shop: &mut Shop| {
        shop.customer = customer(shop.env(), &shop.owner, "Marsh & Reed").await;
        shop.payer = payer(shop.env(), shop.business, shop.customer, PortalScope::Customer);
        shop.provider().told().len()
    };
    let before = begin(shop).await;
    let invoice = live(shop, true).await;
    let expected = outcome(shop, invoice).await;
    let places: Vec<usize> = (0..shop.provider().told().len() - before).collect();
    assert!(places.len() <= 6, "{} events are too many orders", places.len());
    let all = orders(&places);
    let wanted = std::env::var("EVENT_ORDERS").ok().and_then(|count| count.parse().ok()).unwrap_or(FEW);
    for order in all.iter().step_by(all.len().div_ceil(wanted).max(1)) {
        let before = begin(shop).await;
        let invoice = live(shop, false).await;
        let told = shop.provider().told();
        for place in order {
            let event = &told[before + place];
            shop.deliver(event).await.unwrap();
            shop.work().await;
            shop.deliver(event).await.unwrap();
        }
        assert_eq!(outcome(shop, invoice).await, expected, "{order:?}");
    }
    shop.assert_sound().await;
    expected
}

/// Hears of what happened last, if it is told when it happens.
async fn hear_if(shop: &Shop, told: bool) {
    if told {
        shop.hear().await;
    }
}

conformance! {
    async fn a_dispute_takes_the_money_once_and_holds_until_the_bank_has_decided(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, intent) = paid(&shop, Method::Card).await;
        shop.hear().await;
        let dispute = shop.provider().contest(&intent, euros(100), Open);
        for _ in 0..3 {
            shop.hear().await;
        }
        assert_eq!(shop.balance(invoice).await.open, euros(100), "the invoice is open again");
        assert_eq!(shop.credit_cents().await, 0);
        assert_eq!(shop.held(invoice).await, Some(HoldReason::PaymentDisputed));
        let task = shop.tasks().await.remove(0);
        assert_eq!((task.kind, task.invoice), (TaskKind::AnswerDispute, Some(invoice)));
        assert_eq!(task.due_at, Some(shop.env().business_now() + Duration::days(9)));
        let seen = today::today(shop.env(), &shop.owner).await.unwrap();
        assert_eq!(seen.tasks[0].task.due_at, task.due_at);
        // Weeks go by, and nobody is reminded of what they contest.
        shop.world.clock.advance(Duration::days(40));
        workers::planner::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.mails().await.len(), 1, "the receipt");

        shop.provider().answered(&dispute);
        shop.hear().await;
        assert!(shop.tasks().await.is_empty(), "it was answered");
        assert_eq!(shop.held(invoice).await, Some(HoldReason::PaymentDisputed));
        shop.provider().goes_on(&dispute, Lost);
        shop.hear().await;
        assert_eq!(shop.held(invoice).await, None, "the follow-up goes on");
        assert_eq!(outcome(&shop, invoice).await, Outcome {
            open: 10_000,
            credit: 0,
            tasks: vec![TaskKind::MoneyReturned],
            mails: vec![MessageKind::Receipt, MessageKind::Returned],
            stage: Some(Lost),
        });
        shop.assert_sound().await;
    }

    async fn a_dispute_that_was_won_pays_again_for_what_it_had_paid_for(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, intent) = paid(&shop, Method::Card).await;
        shop.hear().await;
        // Something due earlier came in between: the money is not for that.
        let other = shop.invoice(30).await;
        let dispute = shop.provider().contest(&intent, euros(100), Open);
        shop.hear().await;
        shop.provider().goes_on(&dispute, Won);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.balance(other).await.open, euros(30));
        assert!(shop.tasks().await.is_empty());
        assert_eq!(shop.mails().await.len(), 1, "the customer hears nothing of what was between the banks");
        shop.assert_sound().await;
    }

    async fn what_was_paid_another_way_meanwhile_leaves_the_money_as_credit(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, intent) = paid(&shop, Method::Card).await;
        shop.hear().await;
        let dispute = shop.provider().contest(&intent, euros(100), Open);
        shop.hear().await;
        let cash = PaymentInput {
            form: "frm_in_cash".to_owned(),
            amount: "80".to_owned(),
            method: "cash".to_owned(),
            ..PaymentInput::default()
        };
        by_hand::record_payment(shop.env(), &shop.owner, For::Invoice(invoice), &cash).await.unwrap();
        shop.provider().goes_on(&dispute, Won);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.credit_cents().await, 8_000);
        shop.assert_sound().await;
    }

    async fn an_inquiry_moves_no_money(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, intent) = paid(&shop, Method::Card).await;
        shop.hear().await;
        let inquiry = shop.provider().contest(&intent, euros(100), Inquiry);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.tasks().await[0].kind, TaskKind::AnswerDispute);
        shop.provider().goes_on(&inquiry, InquiryClosed);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert!(shop.tasks().await.is_empty());
        shop.assert_sound().await;
    }

    async fn a_debit_that_comes_back_weeks_later_opens_the_invoice_in_kind_words(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        let intent = shop.provider().promise(&shop.session(&started));
        shop.hear().await;
        shop.world.clock.advance(Duration::days(6));
        shop.provider().settle(&intent);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        shop.world.clock.advance(Duration::days(40));
        shop.provider().contest(&intent, euros(100), Lost);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        assert_eq!(shop.held(invoice).await, None);
        let mails = shop.mails().await;
        assert_eq!(mails.iter().filter(|mail| mail.kind == MessageKind::Returned).count(), 1);
        shop.assert_sound().await;
    }

    async fn a_refund_that_fails_pays_again_and_can_be_made_again(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (invoice, intent) = paid(&shop, Method::Card).await;
        shop.hear().await;
        let refund = shop.provider().give_back(&intent, euros(40));
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(40));
        shop.provider().refund_fails(&refund);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.credit_cents().await, 0);
        // All of it, what failed before among it.
        shop.provider().give_back(&intent, euros(100));
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }

    async fn what_was_paid_out_by_hand_and_refunded_too_is_a_loss_and_overdraws_nothing(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        let cash = PaymentInput {
            form: "frm_in_cash".to_owned(),
            amount: "50".to_owned(),
            method: "cash".to_owned(),
            ..PaymentInput::default()
        };
        by_hand::record_payment(shop.env(), &shop.owner, For::Invoice(invoice), &cash).await.unwrap();
        let intent = shop.provider().pay(&shop.session(&started));
        shop.hear().await;
        assert_eq!(shop.credit_cents().await, 5_000);
        let out = PayOutInput {
            form: "frm_paid_out".to_owned(),
            amount: "50".to_owned(),
            currency: "EUR".to_owned(),
            ..PayOutInput::default()
        };
        credit::pay_out(shop.env(), &shop.owner, shop.customer, &out).await.unwrap();
        let refund = shop.provider().give_back(&intent, euros(100));
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(50));
        assert_eq!(shop.credit_cents().await, 0, "not less than nothing");
        shop.assert_sound().await;
        shop.provider().refund_fails(&refund);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }
}

/// The stories in every order. `told` says whether each piece of news is heard when it happens.
mod orders_of_events {
    use super::*;

    async fn lost(shop: &Shop, told: bool) -> InvoiceId {
        let (invoice, intent) = paid(shop, Method::Card).await;
        hear_if(shop, told).await;
        let dispute = shop.provider().contest(&intent, euros(100), Open);
        hear_if(shop, told).await;
        shop.provider().goes_on(&dispute, Lost);
        hear_if(shop, told).await;
        invoice
    }

    async fn won(shop: &Shop, told: bool) -> InvoiceId {
        let (invoice, intent) = paid(shop, Method::Card).await;
        hear_if(shop, told).await;
        let inquiry = shop.provider().contest(&intent, euros(60), Inquiry);
        hear_if(shop, told).await;
        shop.provider().goes_on(&inquiry, Won);
        hear_if(shop, told).await;
        invoice
    }

    async fn returned(shop: &Shop, told: bool) -> InvoiceId {
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        let intent = shop.provider().pay(&shop.session(&started));
        hear_if(shop, told).await;
        shop.provider().contest(&intent, euros(100), Lost);
        hear_if(shop, told).await;
        invoice
    }

    async fn refunded_in_parts(shop: &Shop, told: bool) -> InvoiceId {
        let (invoice, intent) = paid(shop, Method::Card).await;
        hear_if(shop, told).await;
        shop.provider().give_back(&intent, euros(30));
        shop.provider().give_back(&intent, euros(70));
        hear_if(shop, told).await;
        invoice
    }

    async fn all_of_them(store: &TestStore) {
        let mut shop = Shop::open(store).await;
        let outcome = in_every_order(&mut shop, lost).await;
        assert_eq!((outcome.open, outcome.stage), (10_000, Some(Lost)));
        let outcome = in_every_order(&mut shop, won).await;
        assert_eq!((outcome.open, outcome.stage), (0, Some(Won)));
        let outcome = in_every_order(&mut shop, returned).await;
        assert_eq!((outcome.open, outcome.stage), (10_000, Some(Lost)));
        let outcome = in_every_order(&mut shop, refunded_in_parts).await;
        assert_eq!((outcome.open, outcome.credit), (10_000, 0));
    }

    conformance! {
        async fn the_books_say_the_same_in_every_order(store: TestStore) {
            all_of_them(&store).await;
        }
    }
}
