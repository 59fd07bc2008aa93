//! Statements: what a customer was asked for, what came and went, and what that leaves, in both readers' hands.

use chrono::Duration;
use domain::payment::Method;
use domain::statement::What;
use domain::{FieldProblem, InvoiceId};
use server::env::PortalScope;
use server::operations::invoices;
use server::operations::payments::by_hand::{self, For, PaymentInput};
use server::operations::statements::{self, Shown, StatementError, Wanted};
use store::conformance;

use crate::shop::{Shop, business, customer, euros, payer};

async fn receive(shop: &Shop, from: For, amount: &str, form: &str, on: &str) {
    let input = PaymentInput {
        form: form.to_owned(),
        amount: amount.to_owned(),
        currency: "EUR".to_owned(),
        method: Method::Cash.as_str().to_owned(),
        received_on: on.to_owned(),
        despite_more: true,
        ..PaymentInput::default()
    };
    by_hand::record_payment(shop.env(), &shop.owner, from, &input).await.unwrap();
}

async fn of(shop: &Shop, from: &str, to: &str, currency: &str) -> Shown {
    let wanted = Wanted { currency: currency.to_owned(), from: from.to_owned(), to: to.to_owned() };
    let ours = statements::of_customer(shop.env(), &shop.owner, shop.customer, &wanted).await.unwrap();
    let theirs = statements::for_customer(shop.env(), &shop.payer, shop.customer, &wanted).await.unwrap();
    assert_eq!(ours, theirs, "both read the same");
    ours
}

fn said(shown: &Shown) -> Vec<(What, i64)> {
    shown.statement.entries.iter().map(|entry| (entry.what, entry.amount.minor() / 100)).collect()
}

fn today(shop: &Shop) -> domain::Date {
    shop.env().business_now().date_naive()
}

conformance! {
    async fn a_statement_tells_what_happened_and_closes_on_what_the_ledger_says(store: TestStore) {
        let shop = Shop::open(&store).await;
        let first_day = today(&shop);
        let (paid, returned) = (shop.invoice(100).await, shop.invoice(60).await);
        receive(&shop, For::Invoice(paid), "70", "frm_most_of_it", "").await;
        shop.world.clock.advance(Duration::days(3));
        let second_day = today(&shop).to_string();
        let started = shop.pay(&[returned], Method::Card).await.unwrap();
        let intent = shop.provider().pay(&shop.session(&started));
        shop.hear().await;
        shop.provider().give_back(&intent, euros(25));
        shop.hear().await;
        shop.give_up(&shop.owner, paid, "Not worth it").await.unwrap();
        let mistaken = shop.invoice(10).await;
        let version = invoices::read(shop.env(), &shop.owner, mistaken).await.unwrap().version;
        invoices::void(shop.env(), &shop.owner, mistaken, version, "").await.unwrap();
        receive(&shop, For::Customer(shop.customer), "40", "frm_of_the_first_day", &first_day.to_string()).await;

        let all = of(&shop, "", "", "").await;
        assert_eq!(said(&all), [
            (What::Invoice, 100), (What::Invoice, 60), (What::Payment, -70), (What::Payment, -40),
            (What::Payment, -60), (What::Refund, 25), (What::WrittenOff, -30), (What::Invoice, 10), (What::Void, -10),
        ], "by the day the money moved, whenever it was written down");
        assert_eq!(all.statement.closing, euros(-15));
        assert_eq!(all.statement.credit, euros(15));
        assert_eq!(shop.balance(returned).await.open, euros(0), "the credit paid what the refund had opened");
        assert!(all.statement.open.is_empty());

        let before = of(&shop, "", &first_day.to_string(), "").await;
        assert_eq!(before.statement.closing, euros(50));
        let after = of(&shop, &second_day, "", "").await;
        assert_eq!(after.statement.opening, before.statement.closing);
        assert_eq!(after.statement.entries.len(), 5);
        shop.assert_sound().await;
    }

    async fn each_currency_has_a_statement_of_its_own(store: TestStore) {
        let shop = Shop::open(&store).await;
        assert!(of(&shop, "", "", "").await.statement.entries.is_empty());
        shop.invoice(100).await;
        shop.invoice_in("USD", "30.00").await;
        let euros_only = of(&shop, "", "", "").await;
        let codes: Vec<_> = euros_only.currencies.iter().map(domain::Currency::code).collect();
        assert_eq!(codes, ["EUR", "USD"]);
        assert_eq!(euros_only.statement.closing, euros(100), "the business's own comes first");
        let dollars = of(&shop, "", "", "USD").await;
        assert_eq!((dollars.statement.closing.minor(), dollars.statement.closing.currency().code()), (3_000, "USD"));
    }

    async fn what_was_typed_is_checked_and_recent_days_are_shown_meanwhile(store: TestStore) {
        let shop = Shop::open(&store).await;
        shop.invoice(100).await;
        let tomorrow = (today(&shop) + Duration::days(1)).to_string();
        let early = of(&shop, "", &tomorrow, "").await;
        assert_eq!(early.errors.of("period_to"), Some(&FieldProblem::DateAfter { latest: today(&shop) }));
        assert_eq!(early.statement.closing, euros(100));
        let turned = of(&shop, &today(&shop).to_string(), "2020-01-01", "").await;
        assert!(matches!(turned.errors.of("period_to"), Some(FieldProblem::DateBefore { .. })));
        let oldest = today(&shop).checked_sub_months(chrono::Months::new(60)).unwrap();
        assert!(of(&shop, &oldest.to_string(), "", "").await.errors.is_empty(), "five years at most");
        let older = of(&shop, &(oldest - Duration::days(1)).to_string(), "", "").await;
        assert_eq!(older.errors.of("period_from"), Some(&FieldProblem::DateBefore { earliest: oldest }));
        let nonsense = of(&shop, "soon", "", "dubloons").await;
        assert!(nonsense.errors.of("period_from").is_some() && nonsense.errors.of("currency").is_some());
    }

    async fn only_a_link_of_everything_opens_it_and_only_the_customers_own(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice: InvoiceId = shop.invoice(100).await;
        let (env, wanted) = (shop.env(), Wanted::default());
        let narrow = payer(env, shop.business, shop.customer, PortalScope::Invoice(invoice));
        let other = customer(env, &shop.owner, "Kulturverein").await;
        let (_, stranger) = business(env, "Another Studio", "owner@another.example").await;
        let refused = [
            statements::for_customer(env, &narrow, shop.customer, &wanted).await,
            statements::for_customer(env, &shop.payer, other, &wanted).await,
            statements::of_customer(env, &stranger, shop.customer, &wanted).await,
        ];
        for refused in refused {
            assert!(matches!(refused, Err(StatementError::NotFound)), "{refused:?}");
        }
        let crossed = [
            statements::for_customer(env, &shop.owner, shop.customer, &wanted).await,
            statements::of_customer(env, &shop.payer, shop.customer, &wanted).await,
        ];
        for refused in crossed {
            assert!(matches!(refused, Err(StatementError::NotPermitted(_))), "{refused:?}");
        }
    }
}
