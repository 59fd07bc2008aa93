//! Every balance is a sum; one fact is one row.

use domain::invoice::{Balance, TaxOfRate, TaxRate, Totals};
use domain::ledger::{self as rules, Account, Provider, TransferKind};
use domain::payment::{AttemptState, Method};
use domain::{CustomerId, Money};
use store::conformance;
use store::ledger::{self, Booked};
use store::{Tx, attempts};

use crate::world::{World, euros, morning};

fn totals() -> Totals {
    let (net, tax) = (euros(104_202), euros(19_798));
    let rate = TaxRate::from_basis_points(1900).unwrap();
    Totals { net, tax_by_rate: vec![TaxOfRate { rate, net, tax }], tax, total: euros(124_000) }
}

async fn issue(world: &World, tx: &mut Tx) {
    for entry in rules::issue(world.receivable, &totals()) {
        assert_eq!(world.book(tx, &entry).await.1, Booked::Now);
    }
}

fn payment(customer: CustomerId, amount: Money) -> rules::Entry {
    rules::payment(Provider::Stripe, "pi_1", customer, amount)
}

async fn rows(world: &World, tx: &mut Tx) -> Vec<rules::Posted> {
    let account = Account::Receivable(world.receivable);
    ledger::rows_of(tx, world.business, euros(0).currency(), account).await.unwrap()
}

async fn balance(world: &World, tx: &mut Tx) -> Balance {
    ledger::balance(tx, world.business, world.receivable).await.unwrap().unwrap().balance
}

conformance! {
    async fn an_invoice_is_issued_paid_and_settled(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        issue(&world, &mut tx).await;
        let open = balance(&world, &mut tx).await;
        assert_eq!((open.total, open.open, open.paid), (euros(124_000), euros(124_000), euros(0)));

        let (payment, _) = world.book(&mut tx, &payment(world.customer, euros(130_000))).await;
        let unapplied = ledger::unapplied(&mut tx, world.business, world.customer, euros(0).currency()).await.unwrap();
        assert_eq!(unapplied, euros(130_000), "booked whole");
        let application = rules::application(payment, world.customer, world.receivable, 1, euros(124_000));
        world.book(&mut tx, &application).await;

        let paid = balance(&world, &mut tx).await;
        assert_eq!((paid.paid, paid.open), (euros(124_000), euros(0)));
        let unapplied = ledger::unapplied(&mut tx, world.business, world.customer, euros(0).currency()).await.unwrap();
        assert_eq!(unapplied, euros(6_000), "the excess is credit");
        tx.commit().await.unwrap();
        let mut tx = world.store.read().await.unwrap();
        let found = ledger::discrepancies(&mut tx, world.business).await.unwrap();
        // The second invoice of this world was issued past the ledger.
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].row, format!("receivable {}", world.second_receivable));
    }

    async fn a_fact_is_booked_once(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let entry = payment(world.customer, euros(5_000));
        let (first, booked) = world.book(&mut tx, &entry).await;
        assert_eq!(booked, Booked::Now);
        for _ in 0..3 {
            let again = world.book(&mut tx, &entry).await.1;
            assert_eq!(again, Booked::Before { id: first, amount: euros(5_000) });
        }
        let posted = ledger::find(&mut tx, world.business, Provider::Stripe, TransferKind::Payment, "pi_1").await.unwrap();
        assert_eq!(posted.unwrap().entry, entry);
    }

    async fn a_refund_undoes_what_was_applied_and_reopens(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        issue(&world, &mut tx).await;
        let (payment, _) = world.book(&mut tx, &payment(world.customer, euros(124_000))).await;
        world.book(&mut tx, &rules::application(payment, world.customer, world.receivable, 1, euros(100_000))).await;
        world.book(&mut tx, &rules::application(payment, world.customer, world.receivable, 2, euros(24_000))).await;

        let applied = ledger::applications_of(&mut tx, world.business, payment).await.unwrap();
        assert_eq!(applied.len(), 2);
        let (undone, left) = rules::undo(euros(30_000), euros(0), &applied).unwrap();
        assert_eq!((undone.len(), left), (2, euros(0)), "the newest whole, the oldest in part");
        for (row, amount) in undone {
            let of = applied.iter().find(|posted| posted.id == row).unwrap();
            let reversal = rules::reversal(of, 1, amount);
            assert_eq!(world.book(&mut tx, &reversal).await.1, Booked::Now);
            // The same again is known, although there would be nothing left to take back.
            assert!(matches!(world.book(&mut tx, &reversal).await.1, Booked::Before { .. }));
        }
        world.book(&mut tx, &rules::refund(Provider::Stripe, "re_1", world.customer, euros(30_000))).await;

        let open = balance(&world, &mut tx).await;
        assert_eq!((open.paid, open.open), (euros(94_000), euros(30_000)));
        let received = ledger::received(&mut tx, world.business, world.receivable).await.unwrap();
        assert_eq!(received.len(), 1, "what went back whole is not received");
        assert_eq!((received[0].payment, received[0].amount), (payment, euros(94_000)));
        let rows = rows(&world, &mut tx).await;
        assert_eq!(rows.len(), 6, "issue, tax, two applications, two reversals");
        assert_eq!(rows.iter().map(|row| row.reversed.minor()).sum::<i64>(), 30_000);
    }

    async fn a_void_leaves_nothing(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        issue(&world, &mut tx).await;
        let rows = rows(&world, &mut tx).await;
        for entry in rules::void(&rows).unwrap() {
            world.book(&mut tx, &entry).await;
        }
        let void = balance(&world, &mut tx).await;
        assert_eq!((void.total, void.open), (euros(0), euros(0)));
        for account in [Account::Revenue, Account::Tax] {
            let balance = ledger::balance_of_account(&mut tx, world.business, euros(0).currency(), account).await.unwrap();
            assert_eq!(balance, euros(0));
        }
    }

    async fn what_is_given_up_is_not_paid(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        issue(&world, &mut tx).await;
        world.book(&mut tx, &rules::write_off(world.receivable, 1, euros(4_000))).await;
        let left = balance(&world, &mut tx).await;
        assert_eq!((left.written_off, left.paid, left.open), (euros(4_000), euros(0), euros(120_000)));
    }

    async fn what_is_on_its_way_is_shown_beside(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        issue(&world, &mut tx).await;
        let attempt = world.attempt(&mut tx, world.receivable, euros(50_000)).await.unwrap();
        assert_eq!(balance(&world, &mut tx).await.processing, euros(0), "not before it is sent");
        let found = attempts::find(&mut tx, world.business, attempt).await.unwrap().unwrap();
        let event = world.tell(&mut tx, domain::event::EventKind::AttemptProcessing);
        let processing = AttemptState::Processing { payment: "pi_1".to_owned() };
        assert!(attempts::change(&mut tx, &found, &processing, event, morning(), None).await.unwrap());
        let underway = balance(&world, &mut tx).await;
        assert_eq!((underway.processing, underway.open), (euros(50_000), euros(124_000)));
        assert_eq!(underway.payable(), euros(74_000));

        // Once booked, the sheet knows how it was paid.
        let (payment, _) = world.book(&mut tx, &payment(world.customer, euros(50_000))).await;
        world.book(&mut tx, &rules::application(payment, world.customer, world.receivable, 1, euros(50_000))).await;
        let received = ledger::received(&mut tx, world.business, world.receivable).await.unwrap();
        assert_eq!(received[0].method, Some(Method::Card));
    }

    async fn open_items_are_the_customers_own(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        issue(&world, &mut tx).await;
        let eur = euros(0).currency();
        let items = ledger::open_items(&mut tx, world.business, world.customer, eur).await.unwrap();
        assert_eq!(items.len(), 1);
        assert_eq!((items[0].receivable, &items[0].number[..], items[0].open), (world.receivable, "2026-1", euros(124_000)));
        assert!(ledger::open_items(&mut tx, world.other_business, world.customer, eur).await.unwrap().is_empty());
        let all = ledger::balances_of_business(&mut tx, world.business).await.unwrap();
        assert_eq!(all.iter().map(|item| item.receivable).collect::<Vec<_>>(), [world.receivable, world.second_receivable]);
        let one = ledger::balance_of_invoice(&mut tx, world.business, world.invoice).await.unwrap().unwrap();
        assert_eq!(&one, &all[0]);
        assert_eq!(ledger::balances_of_customer(&mut tx, world.business, world.customer).await.unwrap(), all);
    }
}
