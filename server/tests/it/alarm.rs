//! Silence that is a fault is noticed, and named.

use chrono::Duration;
use domain::alarm::Alarm;
use server::delivery::HandOver;
use server::env::Principal;
use server::health::{self, Heartbeats};
use server::operations::follow_up::alarm;
use server::operations::follow_up::planner::{self, Planned};
use server::operations::today;
use store::conformance;
use store::testing::{TestStore, attack, uuid_literal};

use crate::follow_up::{FollowUp, customer_in, invoice_due_in};

async fn rings(it: &FollowUp) -> Vec<&'static str> {
    alarm::ringing(it.env()).await.unwrap().into_iter().map(Alarm::name).collect()
}

/// Past all operations.
async fn change(store: &TestStore, sql: &str) {
    let mut tx = store.begin().await.unwrap();
    attack(&mut tx, sql).await.unwrap();
    tx.commit().await.unwrap();
}

fn put_off() -> HandOver {
    HandOver::Retry { reason: "421 4.3.2 shutting down".to_owned() }
}

conformance! {
    async fn a_planner_that_does_not_run_is_missed_after_an_hour(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.tick().await;
        it.at("2026-03-10T09:59:00Z");
        assert_eq!(rings(&it).await, [""; 0]);
        it.at("2026-03-10T10:01:00Z");
        assert_eq!(rings(&it).await, ["nothing_decided"]);
        let shown = today::today(it.env(), &it.shop.owner).await.unwrap().alarms;
        assert_eq!(shown.len(), 1);
        it.tick().await;
        assert_eq!(rings(&it).await, [""; 0]);
    }

    async fn what_cannot_be_decided_about_keeps_nobody_else_waiting_and_is_named(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        for number in 0..5 {
            let other = customer_in(&it.shop, "Europe/Dublin", &format!("sam{number}@reed.example")).await;
            invoice_due_in(&it.shop, other, 10).await;
        }
        it.tick().await;
        // What is on record of the five makes no sense, and they have waited longer than the one that is well.
        let well = uuid_literal(store.dialect(), it.shop.customer.uuid());
        change(&store, &format!(
            "UPDATE receivable SET decision = '{{', next_decision_at = '2026-03-10T08:00:00+00:00' WHERE customer_id <> {well}"
        )).await;

        it.at("2026-03-10T09:00:00Z");
        // A run that takes three at most never came to the sixth if the first three stayed where they are.
        let run = async || {
            let Planned { queued, put_off, more, .. } =
                planner::decide_some_due(it.env(), &Principal::System, 3).await.unwrap();
            (queued, put_off, more)
        };
        assert_eq!([run().await, run().await, run().await], [(0, 3, true), (1, 2, true), (0, 0, false)]);
        it.deliver().await;
        assert_eq!(it.mails().len(), 1);

        // They are tried again, each time later.
        for (moment, put_off) in [("09:01", 5), ("09:02", 0), ("09:03", 5), ("09:06", 0), ("09:07", 5), ("10:00", 5)] {
            it.at(&format!("2026-03-10T{moment}:00Z"));
            assert_eq!(it.plan().await.put_off, put_off, "{moment}");
        }
        assert_eq!(rings(&it).await, [""; 0], "an hour's patience");
        it.at("2026-03-10T10:01:00Z");
        assert_eq!(rings(&it).await, ["undecidable"]);
        let shown = today::today(it.env(), &it.shop.owner).await.unwrap().alarms;
        assert_eq!(shown, [Alarm::Undecidable { waiting: 5 }]);

        change(&store, "UPDATE receivable SET decision = NULL WHERE decision = '{'").await;
        it.at("2026-03-10T11:00:00Z");
        it.tick().await;
        assert_eq!((it.mails().len(), rings(&it).await), (6, vec![]));
    }

    async fn a_message_that_nobody_hands_over_is_missed_after_an_hour(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T10:00:00Z");
        it.plan().await;
        assert_eq!(rings(&it).await, [""; 0]);
        it.later(Duration::minutes(61));
        assert_eq!(rings(&it).await, ["nothing_sent"]);
        let report = health::check(it.env(), &Heartbeats::default()).await;
        let json = report.to_json();
        assert!(report.is_ready(), "requests are served all the same");
        assert_eq!((json["status"].as_str(), json["alarms"][0]["alarm"].as_str()), (Some("degraded"), Some("nothing_sent")));
        it.deliver().await;
        assert_eq!(rings(&it).await, [""; 0]);
        let report = health::check(it.env(), &Heartbeats::default()).await;
        assert_eq!(report.to_json()["status"], "ok");
    }

    async fn a_relay_that_puts_everything_off_is_named(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T10:00:00Z");
        it.plan().await;
        for _ in 0..2 {
            it.shop.world.mailer.answer_next(put_off());
            it.deliver().await;
            it.later(Duration::minutes(30));
        }
        assert_eq!(rings(&it).await, ["relay_down"]);
        it.later(Duration::hours(1));
        it.deliver().await;
        assert_eq!((rings(&it).await, it.mails().len()), (vec![], 1));
    }

    async fn an_hour_that_is_full_is_named(store: TestStore) {
        let mut it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.shop.world.configure(|settings| settings.chasing_per_hour = 1);
        let other = customer_in(&it.shop, "Europe/Dublin", "sam@reed.example").await;
        invoice_due_in(&it.shop, other, 10).await;
        it.at("2026-03-10T10:00:00Z");
        it.plan().await;
        it.deliver().await;
        assert_eq!(it.mails().len(), 1);
        assert_eq!(rings(&it).await, ["cap_used_up"]);
        it.later(Duration::minutes(61));
        it.deliver().await;
        assert_eq!((rings(&it).await, it.mails().len()), (vec![], 2));
    }

    async fn a_clock_that_stands_before_the_record_is_named(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-02T10:00:00Z");
        assert_eq!(rings(&it).await, ["clock_behind"]);
        assert!(it.plan().await.clock_is_behind);
    }
}
