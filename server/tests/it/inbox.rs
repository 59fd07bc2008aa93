//! What the provider tells us: who is believed, and what becomes of it however it comes.

use std::collections::BTreeSet;
use std::sync::Arc;

use chrono::Duration;
use domain::payment::{AttemptStatus, Method};
use domain::task::TaskKind;
use secrecy::SecretString;
use server::operations::settings;
use server::testing::gateway::{Fault, webhook_body};
use server::webhooks::signature::SignatureError;
use server::webhooks::{self, WebhookError};
use server::workers;
use store::conformance;
use store::inbox::Kept;

use crate::shop::{self, SECRET, Shop, euros};

/// Every order of so many things.
pub fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let shorter = orders(count - 1);
    let places = |order: &Vec<usize>| {
        (0..count).map(|at| [&order[..at], &[count - 1], &order[at..]].concat()).collect()
    };
    shorter.iter().flat_map(|order| -> Vec<Vec<usize>> { places(order) }).collect()
}

conformance! {
    async fn only_what_stripe_signed_just_now_is_kept(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(10).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        let body = webhook_body(&shop.provider().told()[0]);
        let now = shop.env().machine_now().timestamp();
        let receive = async |signature: Option<&str>, body: &[u8]| {
            webhooks::receive(shop.env(), shop.business, signature.map(str::as_bytes), body).await
        };
        let signed = |at: i64, secret: &str| sandbox::signature_header(at, &body, &[secret]);

        let refused = [
            (None, SignatureError::Missing),
            (Some(String::new()), SignatureError::Malformed),
            (Some(format!("t={now}")), SignatureError::Missing),
            (Some(signed(now, "whsec_of_somebody_else_0123")), SignatureError::Mismatch),
            (Some(signed(now - 301, SECRET)), SignatureError::Stale),
            (Some(signed(now + 301, SECRET)), SignatureError::Future),
        ];
        for (signature, expected) in refused {
            let got = receive(signature.as_deref(), &body).await;
            assert!(matches!(&got, Err(WebhookError::Signature(error)) if *error == expected), "{signature:?}: {got:?}");
        }
        let changed = [&body[..], b" "].concat();
        assert!(matches!(receive(Some(&signed(now, SECRET)), &changed).await, Err(WebhookError::Signature(_))));
        assert_eq!(shop.inbox().await, "");

        assert_eq!(receive(Some(&signed(now - 300, SECRET)), &body).await.unwrap(), Kept::Now);
        assert_eq!(receive(Some(&signed(now, SECRET)), &body).await.unwrap(), Kept::Before);
        assert_eq!(shop.inbox().await, "received 1");
    }

    async fn what_is_signed_and_no_event_is_not_kept(store: TestStore) {
        let shop = Shop::open(&store).await;
        let now = shop.env().machine_now().timestamp();
        let receive = async |body: &[u8]| {
            let signature = sandbox::signature_header(now, body, &[SECRET]);
            webhooks::receive(shop.env(), shop.business, Some(signature.as_bytes()), body).await
        };
        let nested = "[".repeat(100_000);
        for body in ["", "null", "{}", "not json", r#"{"id":"","type":"x"}"#, r#"{"id":7,"type":"x"}"#, &nested] {
            let got = receive(body.as_bytes()).await;
            assert!(matches!(got, Err(WebhookError::NotAnEvent)), "{body:.20}: {got:?}");
        }
        let large = vec![b' '; webhooks::BODY_MAX_BYTES + 1];
        assert!(matches!(receive(&large).await, Err(WebhookError::TooLarge)));
        assert_eq!(shop.inbox().await, "");
    }

    async fn two_secrets_are_good_while_one_is_rotated_and_none_means_no_endpoint(store: TestStore) {
        let shop = Shop::open(&store).await;
        let new = "whsec_the_new_one_0123456789";
        settings::set_webhook_secret(shop.env(), &shop.owner, SecretString::from(new)).await.unwrap();
        let now = shop.env().machine_now().timestamp();
        let receive = async |id: &str, secrets: &[&str]| {
            let body = format!(r#"{{"id":"{id}","type":"invoice.created","data":{{"object":{{}}}}}}"#);
            let signature = sandbox::signature_header(now, body.as_bytes(), secrets);
            webhooks::receive(shop.env(), shop.business, Some(signature.as_bytes()), body.as_bytes()).await
        };
        assert_eq!(receive("evt_old", &[SECRET]).await.unwrap(), Kept::Now);
        assert_eq!(receive("evt_new", &[new]).await.unwrap(), Kept::Now);
        assert_eq!(receive("evt_both", &["whsec_third_0123456789ab", new]).await.unwrap(), Kept::Now);

        settings::drop_previous_webhook_secret(shop.env(), &shop.owner).await.unwrap();
        assert!(matches!(receive("evt_late", &[SECRET]).await, Err(WebhookError::Signature(_))));

        let nowhere = webhooks::receive(shop.env(), shop.env().new_id(), Some(b"t=1,v1=00"), b"{}").await;
        assert!(matches!(nowhere, Err(WebhookError::NoEndpoint)));
    }

    async fn what_arrives_together_shares_a_commit_and_each_is_kept_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let now = shop.env().machine_now().timestamp();
        let receive = async |id: usize| {
            let body = format!(r#"{{"id":"evt_{id}","type":"invoice.created","data":{{"object":{{}}}}}}"#);
            let signature = sandbox::signature_header(now, body.as_bytes(), &[SECRET]);
            webhooks::receive(shop.env(), shop.business, Some(signature.as_bytes()), body.as_bytes()).await
        };
        // Three hundred deliveries of a hundred events: more than share one commit.
        let kept = futures_util::future::join_all((0..300).map(|nth| receive(nth % 100))).await;
        let new = kept.into_iter().filter(|kept| *kept.as_ref().unwrap() == Kept::Now).count();
        assert_eq!(new, 100);
        assert_eq!(shop.inbox().await, "received 100");
    }

    async fn what_nobody_signed_costs_no_look_at_the_database(store: TestStore) {
        let shop = Shop::open(&store).await;
        let body = br#"{"id":"evt_1","type":"invoice.created","data":{"object":{}}}"#;
        let now = shop.env().machine_now().timestamp();
        let receive = async |signature: &str| {
            webhooks::receive(shop.env(), shop.business, Some(signature.as_bytes()), body).await
        };
        assert_eq!(receive(&sandbox::signature_header(now, body, &[SECRET])).await.unwrap(), Kept::Now);

        store.close().await;
        for signature in ["t=1,v1=00", &sandbox::signature_header(now, body, &["whsec_nobodys_0123456789"])] {
            let refused = receive(signature).await;
            assert!(matches!(refused, Err(WebhookError::Signature(_))), "{refused:?}");
        }
        let unavailable = receive(&sandbox::signature_header(now, body, &[SECRET])).await;
        assert!(matches!(unavailable, Err(WebhookError::Store(_))), "{unavailable:?}");
    }

    async fn a_secret_that_another_process_set_is_good_at_once(store: TestStore) {
        let shop = Shop::open(&store).await;
        let body = br#"{"id":"evt_1","type":"invoice.created","data":{"object":{}}}"#;
        let mut other = shop.env().clone();
        other.intake = Arc::default();
        let now = shop.env().machine_now().timestamp();
        let receive = async |secret: &str| {
            let signature = sandbox::signature_header(now, body, &[secret]);
            webhooks::receive(&other, shop.business, Some(signature.as_bytes()), body).await
        };
        assert_eq!(receive(SECRET).await.unwrap(), Kept::Now);

        let new = "whsec_the_new_one_0123456789";
        settings::set_webhook_secret(shop.env(), &shop.owner, SecretString::from(new)).await.unwrap();
        shop.world.clock.advance(Duration::seconds(2));
        assert_eq!(receive(new).await.unwrap(), Kept::Before);

        settings::drop_previous_webhook_secret(shop.env(), &shop.owner).await.unwrap();
        shop.world.clock.advance(Duration::seconds(30));
        assert!(matches!(receive(SECRET).await, Err(WebhookError::Signature(SignatureError::Mismatch))));
    }

    async fn the_same_event_fifty_times_at_once_is_one_booking(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        let events = shop.provider().told();

        let deliveries = (0..50).flat_map(|_| &events).map(|event| shop.deliver(event));
        let kept = futures_util::future::join_all(deliveries).await;
        let first = kept.into_iter().filter(|kept| matches!(kept, Ok(Kept::Now))).count();
        assert_eq!(first, events.len(), "and every other one was acknowledged");

        let workers = (0..8).map(|_| workers::inbox::run_once(shop.env()));
        let worked: usize = futures_util::future::join_all(workers).await.into_iter().map(|report| report.unwrap().done).sum();
        assert_eq!(worked, events.len());
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
        assert_eq!(shop.credit_cents().await, 0);
        assert_eq!(shop.mails().await.len(), 1);
        shop.assert_sound().await;
    }

    async fn events_are_right_in_every_order(store: TestStore) {
        let shop = Shop::open(&store).await;
        let told_by_a_debit = 4;
        for order in orders(told_by_a_debit) {
            let invoice = shop.invoice(10).await;
            let before = shop.provider().told().len();
            let started = shop.pay(&[invoice], Method::SepaDebit).await.unwrap();
            let intent = shop.provider().promise(&shop.session(&started));
            shop.provider().settle(&intent);
            let told = shop.provider().told().split_off(before);
            assert_eq!(told.len(), told_by_a_debit);
            for at in &order {
                shop.deliver(&told[*at]).await.unwrap();
                shop.work().await;
            }
            assert_eq!(shop.states(invoice).await, [AttemptStatus::Succeeded], "{order:?}");
            assert_eq!(shop.balance(invoice).await.open, euros(0), "{order:?}");
        }
        assert_eq!(shop.credit_cents().await, 0);
        shop.assert_sound().await;
    }

    async fn a_late_word_about_what_is_over_changes_nothing(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        let session = shop.session(&started);
        shop.provider().pay(&session);
        let paid = shop.provider().told();
        shop.hear().await;

        // Weeks later the provider delivers it all once more, under new ids, as a replayed endpoint does.
        shop.world.clock.advance(Duration::days(20));
        for mut event in paid {
            event.id = format!("{}_again", event.id);
            shop.deliver(&event).await.unwrap();
        }
        shop.work().await;
        assert_eq!(shop.states(invoice).await, [AttemptStatus::Succeeded]);
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
        assert_eq!(shop.mails().await.len(), 1);
    }

    async fn types_we_do_not_know_are_ignored(store: TestStore) {
        let shop = Shop::open(&store).await;
        let now = shop.env().machine_now().timestamp();
        for (number, kind) in ["customer.created", "charge.refunded", "flux.capacitor.charged"].iter().enumerate() {
            let body = format!(r#"{{"id":"evt_{number}","type":"{kind}","data":{{"object":{{"id":"x"}}}}}}"#);
            let signature = sandbox::signature_header(now, body.as_bytes(), &[SECRET]);
            webhooks::receive(shop.env(), shop.business, Some(signature.as_bytes()), body.as_bytes()).await.unwrap();
        }
        assert_eq!(shop.work().await.ignored, 3);
        assert_eq!(shop.inbox().await, "ignored 3");
        assert_eq!(shop.provider().calls("intent"), 0);
    }

    async fn a_poison_event_backs_off_dies_in_sight_and_blocks_nobody(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (poisoned, healthy) = (shop.invoice(10).await, shop.invoice(20).await);
        let pay = async |invoice| {
            let started = shop.pay(&[invoice], Method::Card).await.unwrap();
            shop.provider().pay(&shop.session(&started));
        };
        pay(poisoned).await;
        let poison = shop.provider().told()[0].clone();
        shop.deliver(&poison).await.unwrap();

        let mut tries = 0;
        let mut waits = BTreeSet::new();
        loop {
            shop.provider().fail_next("checkout", Fault::Refuse("api_error"));
            let report = shop.work().await;
            tries += report.retried + report.dead;
            if tries == 1 {
                // While it backs off, others pass.
                pay(healthy).await;
                let events = shop.provider().told();
                let paid = events.iter().rfind(|event| event.kind == "payment_intent.succeeded");
                shop.deliver(paid.unwrap()).await.unwrap();
                assert_eq!(shop.work().await.done, 1);
                assert_eq!(shop.balance(healthy).await.open, euros(0));
            }
            if report.dead == 1 {
                break;
            }
            assert_eq!(shop.work().await.total(), 0, "not at once again");
            waits.insert(tries);
            shop.world.clock.advance(Duration::days(1));
        }
        assert_eq!(tries, 15);
        assert_eq!(shop.inbox().await, "dead 1, done 1");
        assert_eq!(shop.tasks().await[0].kind, TaskKind::EventStuck);
        assert_eq!(waits.len(), 14);

        // The sweep does not need it.
        workers::sweep::run_once(shop.env()).await.unwrap();
        shop.work().await;
        assert_eq!(shop.balance(poisoned).await.open, euros(0));
    }

    async fn a_worker_that_died_leaves_a_claim_that_runs_out(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&started));
        for event in shop.provider().told() {
            shop.deliver(&event).await.unwrap();
        }
        let now = shop.env().machine_now();
        let mut tx = shop.env().store.begin().await.unwrap();
        let claimed = store::inbox::claim(&mut tx, "dead", now, Duration::minutes(10), 20).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(claimed.len(), 2);

        assert_eq!(shop.work().await.total(), 0);
        shop.world.clock.advance(Duration::minutes(11));
        assert_eq!(shop.work().await.done, 2);
        assert_eq!(shop.balance(invoice).await.open, euros(0));
        // Booked before, and a second worker comes to it: nothing new.
        shop.hear().await;
        assert_eq!(shop.balance(invoice).await.paid, euros(100));
    }

    async fn an_event_of_another_account_pays_nothing_and_is_shown(store: TestStore) {
        let shop = Shop::open(&store).await;
        let (other, _) = shop::business(shop.env(), "Somebody Else", "owner@else.example").await;
        let theirs = shop.world.gateways.account(other);
        theirs.pay_from_elsewhere(server::testing::gateway::stray_intent("pi_theirs", euros(100)));
        let invoice = shop.invoice(100).await;
        // Signed with this business's secret, about an object of the other's account.
        shop.deliver(&theirs.told()[0]).await.unwrap();
        shop.work().await;
        assert_eq!(shop.inbox().await, "ignored 1");
        assert_eq!(shop.balance(invoice).await.open, euros(100));
        assert_eq!(shop.tasks().await[0].kind, TaskKind::PaymentMismatch);
    }

    async fn a_dispute_that_cannot_be_found_is_never_passed_over_in_silence(store: TestStore) {
        let shop = Shop::open(&store).await;
        let now = shop.env().machine_now().timestamp();
        for (event, kind) in [("evt_1", "charge.dispute.created"), ("evt_2", "charge.dispute.funds_withdrawn")] {
            let body = format!(r#"{{"id":"{event}","type":"{kind}","data":{{"object":{{"id":"du_1"}}}}}}"#);
            let signature = sandbox::signature_header(now, body.as_bytes(), &[SECRET]);
            webhooks::receive(shop.env(), shop.business, Some(signature.as_bytes()), body.as_bytes()).await.unwrap();
        }
        assert_eq!(shop.work().await.ignored, 2);
        let kinds: Vec<_> = shop.tasks().await.iter().map(|task| task.kind).collect();
        assert_eq!(kinds, [TaskKind::PaymentMismatch], "one task for one dispute");
    }
}
