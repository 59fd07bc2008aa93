//! Months whose statements are sent, and whose turn in them is still to come.

use chrono::Duration;
use domain::follow_up::{CustomerTerms, Settings};
use domain::statement::sending::{StatementSettings, StatementTerm};
use domain::{BusinessId, CustomerId, Date};
use store::conformance;
use store::{follow_up, statement_rounds as rounds};

use crate::world::{World, morning};

fn month(text: &str) -> Date {
    text.parse().unwrap()
}

conformance! {
    async fn a_month_is_begun_once_with_everybody_who_is_to_be_sent_their_statement(store: TestStore) {
        let world = World::of(store).await;
        let (business, now) = (world.business, morning());
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(rounds::senders(&mut tx).await.unwrap(), []);
        let always = CustomerTerms { statements: Some(StatementTerm::Always), ..CustomerTerms::default() };
        follow_up::save_terms(&mut tx, business, world.customer, &always, 0, now).await.unwrap();
        let senders = rounds::senders(&mut tx).await.unwrap();
        assert_eq!(senders.iter().map(|sender| (sender.business, sender.settings, sender.begun)).collect::<Vec<_>>(),
            [(business, StatementSettings::default(), None)]);

        let february = month("2026-02-01");
        assert!(rounds::begin(&mut tx, business, february, false, now).await.unwrap());
        assert!(!rounds::begin(&mut tx, business, february, true, now).await.unwrap(), "begun before");
        let turn: (BusinessId, CustomerId, Date) = (business, world.customer, february);
        assert_eq!(rounds::due(&mut tx, now, 10).await.unwrap(), [turn], "the one who is sent them whatever holds for all");
        assert_eq!(rounds::due(&mut tx, now - Duration::seconds(1), 10).await.unwrap(), []);

        let later = now + Duration::hours(1);
        assert!(rounds::put_off(&mut tx, turn, later, now).await.unwrap());
        assert!(!rounds::put_off(&mut tx, turn, later, now).await.unwrap(), "somebody did");
        assert!(!rounds::take(&mut tx, turn, now).await.unwrap());
        assert!(rounds::take(&mut tx, turn, later).await.unwrap());
        assert!(!rounds::take(&mut tx, turn, later).await.unwrap(), "dealt with once");

        let never = CustomerTerms { statements: Some(StatementTerm::Never), ..CustomerTerms::default() };
        follow_up::save_terms(&mut tx, business, world.customer, &never, 1, now).await.unwrap();
        let all = Settings { statements: StatementSettings { enabled: true, day: 5 }, ..Settings::default() };
        follow_up::save_settings(&mut tx, business, &all, 0, now).await.unwrap();
        let senders = rounds::senders(&mut tx).await.unwrap();
        assert_eq!((senders[0].settings, senders[0].begun), (all.statements, Some(february)));
        assert!(rounds::begin(&mut tx, business, month("2026-03-01"), true, now).await.unwrap());
        assert!(rounds::due(&mut tx, now, 10).await.unwrap().iter().all(|(_, customer, _)| *customer != world.customer));
    }

    async fn a_later_month_and_a_restore_drop_what_is_left_of_the_earlier(store: TestStore) {
        let world = World::of(store).await;
        let (business, now) = (world.business, morning());
        let mut tx = world.store.begin().await.unwrap();
        let months = async |tx: &mut store::Tx| -> Vec<Date> {
            let mut months: Vec<Date> =
                rounds::due(tx, now, 100).await.unwrap().into_iter().map(|(_, _, month)| month).collect();
            months.dedup();
            months
        };
        rounds::begin(&mut tx, business, month("2026-02-01"), true, now).await.unwrap();
        assert_eq!(months(&mut tx).await, [month("2026-02-01")]);
        rounds::begin(&mut tx, business, month("2026-03-01"), true, now).await.unwrap();
        assert_eq!(months(&mut tx).await, [month("2026-03-01")]);
        rounds::close(&mut tx, business, month("2026-03-01"), now).await.unwrap();
        assert_eq!(months(&mut tx).await, []);
        rounds::close(&mut tx, business, month("2026-04-01"), now).await.unwrap();
        assert!(!rounds::begin(&mut tx, business, month("2026-04-01"), true, now).await.unwrap());
        assert_eq!(months(&mut tx).await, []);
    }
}
