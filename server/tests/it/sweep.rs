//! No webhook ever comes: the sweep alone makes everything right.

use chrono::Duration;
use domain::payment::{AttemptStatus, Method};
use server::testing::gateway::Fault;
use server::workers;
use store::conformance;

use crate::shop::{Shop, euros};

conformance! {
    async fn lost_webhooks_are_healed_and_the_drift_reads_nothing_again(store: TestStore) {
        let shop = Shop::open(&store).await;
        assert_eq!(workers::sweep::run_once(shop.env()).await.unwrap().drift, 0);
        let invoices = [shop.invoice(10).await, shop.invoice(20).await, shop.invoice(30).await];
        for invoice in invoices {
            let started = shop.pay(&[invoice], Method::Card).await.unwrap();
            shop.provider().pay(&shop.session(&started));
        }

        shop.world.clock.advance(Duration::minutes(6));
        let report = workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!((report.accounts_read, report.drift), (1, 6), "over several pages");
        shop.work().await;
        for invoice in invoices {
            assert_eq!(shop.balance(invoice).await.open, euros(0));
        }

        shop.world.clock.advance(Duration::minutes(6));
        assert_eq!(workers::sweep::run_once(shop.env()).await.unwrap().drift, 0);
        // A webhook that comes at last is known already.
        shop.hear().await;
        assert_eq!(shop.mails().await.len(), 3);
        shop.assert_sound().await;
    }

    async fn attempts_are_asked_about_even_when_no_event_tells(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
        shop.provider().fail_next("events", Fault::NotSent);
        let intent = shop.provider().promise(&shop.session(&started));

        shop.world.clock.advance(Duration::minutes(11));
        shop.provider().fail_next("events", Fault::NotSent);
        let report = workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!((report.attempts_changed, report.accounts_failed), (1, 1));
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Processing]);

        shop.provider().settle(&intent);
        shop.world.clock.advance(Duration::hours(7));
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Succeeded]);
        assert_eq!(shop.balance(invoice).await.open, euros(0));
    }

    async fn a_failure_is_put_off_and_holds_nobody_up(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (first, second) = (shop.invoice(10).await, shop.invoice(20).await);
        for invoice in [first, second] {
            let started = shop.pay(&[invoice], Method::Card).await.unwrap();
            shop.provider().pay(&shop.session(&started));
        }
        shop.world.clock.advance(Duration::minutes(11));
        shop.provider().fail_next("checkout", Fault::LostRequest);
        shop.provider().fail_next("events", Fault::LostRequest);
        let report = workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!((report.attempts_asked, report.attempts_changed, report.attempts_failed), (2, 1, 1));

        shop.world.clock.advance(Duration::minutes(11));
        let report = workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!((report.attempts_changed, report.accounts_failed), (1, 0));
        for invoice in [first, second] {
            assert_eq!(shop.balance(invoice).await.open, euros(0));
        }
        shop.assert_sound().await;
    }

    async fn two_sweeps_at_once_share_the_work(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        shop.world.clock.advance(Duration::minutes(11));

        let sweeps = (0..4).map(|_| workers::sweep::run_once(shop.env()));
        let reports: Vec<_> =
            futures_util::future::join_all(sweeps).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(reports.iter().map(|report| report.attempts_asked).sum::<usize>(), 1);
        assert_eq!(reports.iter().map(|report| report.accounts_read).sum::<usize>(), 1);
        shop.work().await;
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
        shop.assert_sound().await;
    }
}
