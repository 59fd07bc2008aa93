//! Several invoices paid at once, in parts, from many tabs; and more than is open.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use domain::message::MessageKind;
use domain::payment::{AttemptStatus, Method};
use domain::{FieldProblem, InvoiceId};
use futures_util::future::join_all;
use server::operations::bank_accounts::{self, BankAccountInput};
use server::operations::payments::{self, StartError, StartPayment, Wanted};
use server::workers;
use store::conformance;

use crate::inbox::orders;
use crate::shop::{Shop, euros};

/// The invoices that the open pages at the provider are for, each as often as it is on one.
async fn payable_pages(shop: &Shop) -> BTreeMap<InvoiceId, usize> {
    let mut pages = BTreeMap::new();
    for page in shop.provider().open_checkouts() {
        let attempt = shop.provider().attempt_of(&page.id).unwrap();
        let found = payments::returned(shop.env(), &shop.payer, attempt).await.unwrap();
        for paid in found.invoices {
            *pages.entry(paid.invoice).or_default() += 1;
        }
    }
    pages
}

conformance! {
    async fn each_invoice_gets_the_part_that_was_meant_for_it(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second, third) = (shop.invoice(30).await, shop.invoice(50).await, shop.invoice(70).await);

        let parts = [(second, Some("20.50")), (first, None), (second, Some("1"))];
        let started = shop.pay_parts(&parts, Method::Card, false).await.unwrap();
        let attempt = shop.attempts(first).await.remove(0);
        assert_eq!((attempt.amount.minor(), attempt.parts.len()), (5050, 2), "an invoice named twice is paid once");
        shop.provider().pay(&shop.session(&started));

        let back = payments::returned(shop.env(), &shop.payer, started.attempt).await.unwrap();
        let told: BTreeMap<_, _> = back.invoices.iter().map(|paid| (paid.invoice, paid.open.minor())).collect();
        assert_eq!(told, BTreeMap::from([(first, 0), (second, 2950)]), "the page after paying names every invoice");
        shop.hear().await;
        assert_eq!(shop.balance(third).await.open, euros(70));
        let mails = shop.mails().await;
        assert_eq!(mails.iter().map(|mail| mail.kind).collect::<Vec<_>>(), [MessageKind::Receipt]);
        assert_eq!(mails[0].data["applied"].as_array().unwrap().len(), 2, "so does the receipt");
        shop.assert_sound().await;
    }

    async fn what_was_settled_meanwhile_is_left_out(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (paid, open) = (shop.invoice(30).await, shop.invoice(50).await);
        let alone = shop.pay(&[paid], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&alone));

        // No webhook came yet: clearing the way finds out.
        shop.pay(&[paid, open], Method::Card).await.unwrap();
        let attempt = shop.attempts(open).await.remove(0);
        assert_eq!((attempt.amount, attempt.parts.len()), (euros(50), 1));
        assert_eq!(shop.balance(paid).await.open, euros(0));
    }

    async fn one_payment_for_all_closes_the_page_that_each_had(store: TestStore) {
        let shop = Shop::open(&store).await;
        let mut invoices = Vec::new();
        // More than there are rounds: all are cleared in one.
        for euros in 10..18 {
            invoices.push(shop.invoice(euros).await);
            shop.pay(&invoices[invoices.len() - 1..], Method::Card).await.unwrap();
        }
        assert_eq!(shop.provider().open_checkouts().len(), 8);

        let all = shop.pay(&invoices, Method::SepaDebit).await.unwrap();
        let open = shop.provider().open_checkouts();
        assert_eq!(open.iter().map(|page| page.url.clone()).collect::<Vec<_>>(), [Some(all.url.clone())]);
        assert_eq!(shop.pay(&invoices, Method::SepaDebit).await.unwrap(), all, "the same page for the same");

        // And the other way round: one of them alone closes the page of all.
        shop.pay(&invoices[..1], Method::Card).await.unwrap();
        assert_eq!(payable_pages(&shop).await, BTreeMap::from([(invoices[0], 1)]));
    }

    async fn one_payable_attempt_a_receivable_however_many_tabs(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoices = [shop.invoice(10).await, shop.invoice(20).await, shop.invoice(30).await];
        let chosen: [&[InvoiceId]; 4] = [&invoices[..1], &invoices, &invoices[1..], &invoices[2..]];
        let methods = [Method::Card, Method::SepaDebit];

        let tabs = (0..64).map(|tab: usize| shop.pay(chosen[tab % 4], methods[tab / 4 % 2]));
        let started = join_all(tabs).await;
        assert!(started.iter().any(Result::is_ok), "{started:?}");
        for refused in started.iter().filter_map(|tab| tab.as_ref().err()) {
            assert!(matches!(refused, StartError::Busy), "{refused:?}");
        }
        let pages = payable_pages(&shop).await;
        assert!(!pages.is_empty() && pages.values().all(|pages| *pages == 1), "{pages:?}");

        // Whatever stands open is paid; then the rest.
        for page in shop.provider().open_checkouts() {
            shop.provider().pay(&page.id);
        }
        shop.hear().await;
        match shop.pay(&invoices, Method::Card).await {
            Ok(rest) => drop(shop.provider().pay(&shop.session(&rest))),
            Err(StartError::NothingOpen) => {}
            Err(error) => panic!("{error}"),
        }
        shop.hear().await;
        for invoice in invoices {
            assert_eq!(shop.balance(invoice).await.open, euros(0));
        }
        assert_eq!(shop.credit_cents().await, 0, "nothing was paid twice");
        shop.assert_sound().await;
    }

    async fn both_were_paid_and_the_excess_is_credit(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second) = (shop.invoice(30).await, shop.invoice(50).await);
        let alone = shop.pay(&[first], Method::Card).await.unwrap();
        let late = shop.session(&alone);
        let both = shop.pay(&[first, second], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&both));
        // The page that was closed was paid in the very last moment.
        shop.provider().pay_late(&late);
        shop.hear().await;

        assert_eq!((shop.balance(first).await.open, shop.balance(second).await.open), (euros(0), euros(0)));
        assert_eq!(shop.credit_cents().await, 3000);
        assert_eq!(shop.tasks().await.len(), 1, "nobody chose to pay it twice, so a person looks at it");
        shop.assert_sound().await;
    }

    async fn what_is_told_of_one_payment_for_several_is_right_in_every_order(store: TestStore) {
        let shop = Shop::open(&store).await;
        for order in orders(6) {
            // Four things are told; the first two are told twice, and which of the two comes first is no difference.
            let place = |told: usize| order.iter().position(|other| *other == told);
            if place(4) < place(0) || place(5) < place(1) {
                continue;
            }
            let (first, second) = (shop.invoice(30).await, shop.invoice(50).await);
            let before = shop.provider().told().len();
            let parts = [(first, None), (second, Some("20"))];
            let started = shop.pay_parts(&parts, Method::SepaDebit, false).await.unwrap();
            let intent = shop.provider().promise(&shop.session(&started));
            shop.provider().settle(&intent);
            let told = shop.provider().told().split_off(before);
            assert_eq!(told.len(), 4);

            for event in &order {
                shop.deliver(&told[event % 4]).await.unwrap();
                shop.work().await;
            }
            let open = (shop.balance(first).await.open, shop.balance(second).await.open);
            assert_eq!(open, (euros(0), euros(30)), "{order:?}");
            assert_eq!(shop.states(first).await, [AttemptStatus::Succeeded], "{order:?}");
            assert_eq!(shop.credit_cents().await, 0, "{order:?}");
        }
        shop.assert_sound().await;
    }

    async fn more_than_is_open_is_asked_once_and_pays_the_next_invoice(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let asked = shop.pay_amount(invoice, Method::Card, "130", false).await;
        let Err(StartError::MoreThanOpen { amount, open, processing, excess }) = asked else { panic!("{asked:?}") };
        assert_eq!((amount, open, processing, excess), (euros(130), euros(100), euros(0), euros(30)));
        assert_eq!(shop.states(invoice).await, [], "nothing was begun");

        let started = shop.pay_amount(invoice, Method::Card, "130", true).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        shop.hear().await;
        assert_eq!((shop.balance(invoice).await.open, shop.credit_cents().await), (euros(0), 3000));
        assert_eq!(shop.tasks().await, [], "the payer knew");

        let next = shop.invoice(50).await;
        assert_eq!((shop.balance(next).await.open, shop.credit_cents().await), (euros(20), 0));
        shop.assert_sound().await;
    }

    async fn more_than_is_left_beside_a_payment_on_its_way_is_asked_once_and_becomes_credit(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let debit = shop.pay_amount(invoice, Method::SepaDebit, "60", false).await.unwrap();
        let intent = shop.provider().promise(&shop.session(&debit));
        shop.hear().await;

        // What is offered is what is left.
        let rest = shop.pay(&[invoice], Method::Card).await.unwrap();
        assert_eq!(shop.attempts(invoice).await[0].amount, euros(40));
        let more = shop.pay_amount(invoice, Method::Card, "100", false).await;
        let Err(StartError::MoreThanOpen { processing, excess, .. }) = more else { panic!("{more:?}") };
        assert_eq!((processing, excess), (euros(60), euros(60)));

        let despite = shop.pay_amount(invoice, Method::Card, "100", true).await.unwrap();
        assert_ne!(despite, rest);
        shop.provider().pay(&shop.session(&despite));
        shop.provider().settle(&intent);
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        assert_eq!(shop.credit_cents().await, 6000);
        // The debit is what is over in the end, but the payer knew when they paid by card.
        assert_eq!(shop.tasks().await, []);
        shop.assert_sound().await;
    }

    async fn all_of_it_is_on_its_way_and_is_paid_once_more_on_purpose(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let debit = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        let intent = shop.provider().promise(&shop.session(&debit));
        shop.hear().await;
        let again = shop.pay(&[invoice], Method::Card).await;
        let Err(StartError::MoreThanOpen { amount, excess, .. }) = again else { panic!("{again:?}") };
        assert_eq!((amount, excess), (euros(100), euros(100)), "what is offered is what is open");

        let started = shop.pay_parts(&[(invoice, None)], Method::Card, true).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        shop.hear().await;
        // The bank does not deliver in the end: nothing is over, nothing was lost.
        shop.provider().fail(&intent, "insufficient_funds");
        shop.hear().await;
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!((shop.balance(invoice).await.open, shop.credit_cents().await), (euros(0), 0));
        shop.assert_sound().await;
    }

    async fn a_transfer_for_several_is_told_and_nothing_is_begun(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second) = (shop.invoice(30).await, shop.invoice(50).await);
        let share = |invoice, amount: &str| Wanted { invoice, amount: Some(amount.to_owned()) };
        let wanted = |shares| StartPayment {
            shares,
            locale: domain::Locale::find("en-GB").unwrap(),
            method: Method::Manual,
            despite_excess: false,
            with: None,
            keep: None,
        };
        let nowhere = payments::of_transfer(shop.env(), &shop.payer, &wanted(vec![share(first, "")])).await;
        assert!(matches!(nowhere, Err(StartError::MethodNotOffered)), "there is no account to transfer to");
        let account = BankAccountInput {
            currency: "EUR".to_owned(),
            bank_holder: "Fieldnote Studio".to_owned(),
            bank_number: "DE89370400440532013000".to_owned(),
            ..BankAccountInput::default()
        };
        bank_accounts::save(shop.env(), &shop.owner, &account).await.unwrap();
        let tell = async |shares| payments::of_transfer(shop.env(), &shop.payer, &wanted(shares)).await;
        let told = tell(vec![share(first, ""), share(second, "20")]).await.unwrap();
        assert_eq!(told.iter().map(|(_, amount)| *amount).collect::<Vec<_>>(), [euros(30), euros(20)]);
        let numbers: BTreeSet<_> = told.iter().map(|(number, _)| number.clone()).collect();
        assert_eq!(numbers.len(), 2);
        let wrong = tell(vec![share(first, "x"), share(second, "1e5")]).await;
        let not_a_number = FieldProblem::NotANumber;
        let Err(StartError::Amounts(wrong)) = wrong else { panic!("{wrong:?}") };
        assert_eq!(wrong, [(first, not_a_number.clone()), (second, not_a_number)]);
        assert!(matches!(tell(vec![share(first, "31")]).await, Err(StartError::MoreThanOpen { .. })));
        shop.world.clock.advance(Duration::days(1));
        assert_eq!((shop.states(first).await, shop.provider().calls("create_checkout")), (vec![], 0));
    }
}
