//! Silence that is a fault is noticed, and named.

use chrono::Duration;
use domain::alarm::Alarm;
use server::delivery::HandOver;
use server::health::{self, Heartbeats};
use server::operations::follow_up::alarm;
use server::operations::today;
use store::conformance;

use crate::follow_up::{FollowUp, invoice_due_in};

async fn rings(it: &FollowUp) -> Vec<&'static str> {
    alarm::ringing(it.env()).await.unwrap().into_iter().map(Alarm::name).collect()
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
        let other = crate::follow_up::customer_in(&it.shop, "Europe/Dublin", "sam@reed.example").await;
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
