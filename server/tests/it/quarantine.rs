//! What comes from a backup is kept back until somebody has looked.

use chrono::Duration;
use domain::schedule::ParkedReason;
use domain::task::TaskKind;
use domain::{Permission, Role};
use server::env::Principal;
use server::operations::follow_up::quarantine::{self, QuarantineError};
use server::operations::today::{self, TodayError};
use store::conformance;

use crate::follow_up::{FollowUp, invoice_due_in};
use crate::support::with_role;

conformance! {
    async fn after_a_restore_nothing_is_sent_until_it_is_released(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let second = invoice_due_in(&it.shop, it.shop.customer, 20).await;
        it.at("2026-03-10T08:00:00Z");
        let parked = quarantine::park_everything(it.env(), &Principal::Operator, ParkedReason::Restore).await.unwrap();
        assert_eq!(parked.into_iter().collect::<Vec<_>>(), [(it.shop.business, 2)]);
        for _ in 0..12 {
            it.later(Duration::days(1));
            it.tick().await;
        }
        assert_eq!((it.mails().len(), it.tasks().await), (0, vec!["release_parked".to_owned()]));

        let listed = quarantine::list(it.env(), &it.shop.owner, None).await.unwrap();
        let invoices: Vec<_> = listed.rows.iter().map(|row| row.invoice).collect();
        assert_eq!((invoices, listed.after), (vec![it.invoice, second], None));
        assert_eq!(listed.rows[0].reason, ParkedReason::Restore);
        let (first_step, ..) = &listed.rows[0].foreseen[0];
        assert_eq!(first_step.as_str(), "help", "what would go out at once");

        let task = it.shop.tasks().await.iter().find(|task| task.kind == TaskKind::ReleaseParked).unwrap().id;
        let ticked = today::resolve_task(it.env(), &it.shop.owner, task).await;
        assert!(matches!(ticked, Err(TodayError::NotByTicking)), "{ticked:?}");
        let clerk = with_role(&it.shop.owner, Role::Clerk);
        assert!(!Role::Clerk.may(Permission::EditSettings));
        let refused = quarantine::release(it.env(), &clerk, &[listed.rows[0].receivable]).await;
        assert!(matches!(refused, Err(QuarantineError::NotPermitted(_))), "{refused:?}");

        let release = async |row: usize| {
            quarantine::release(it.env(), &it.shop.owner, &[listed.rows[row].receivable]).await.unwrap()
        };
        assert_eq!(release(0).await, 1);
        assert_eq!(it.tasks().await, ["release_parked"], "one still waits");
        it.at("2026-03-23T10:00:00Z");
        it.tick().await;
        assert_eq!(it.mails().len(), 1);
        assert_eq!(it.said().await, ["help sent"], "the latest due step of the one that was released");
        assert_eq!((release(1).await, release(1).await), (1, 0), "released once");
        assert_eq!(it.tasks().await, [""; 0]);
        it.shop.assert_sound().await;
    }
}
