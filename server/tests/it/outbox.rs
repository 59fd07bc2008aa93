//! Handing over: at most once, whatever dies or fails, with links that work and bodies that hold none.

use chrono::Duration;
use domain::message::{MessageKind, MessageState};
use domain::payment::Method;
use domain::{Country, Timestamp};
use secrecy::SecretString;
use server::delivery::HandOver;
use server::operations::identity::{self, Accept, Browser, Invite};
use server::operations::invoices;
use server::operations::outbox::HandedOver;
use server::operations::portal::{self, Opened};
use server::workers;
use store::conformance;
use store::messages::Message;
use store::testing::cut::{Cut, Ran};

use crate::follow_up::{FollowUp, customer_in, instant, invoice_due_in, token};

const LATER: &str = "451 4.3.0 try later";

fn later() -> HandOver {
    HandOver::Retry { reason: LATER.to_owned() }
}

fn refused(reply: &str, address_is_bad: bool) -> HandOver {
    HandOver::Refused { reply: reply.to_owned(), address_is_bad }
}

/// The one reminder about the invoice.
async fn only(it: &FollowUp) -> Message {
    let mut messages = it.messages().await;
    messages.retain(|message| message.kind == MessageKind::Reminder);
    assert_eq!(messages.len(), 1, "{messages:?}");
    messages.remove(0)
}

/// The message of this kind.
async fn of_kind(it: &FollowUp, kind: MessageKind) -> Message {
    let mut tx = it.env().store.read().await.unwrap();
    for state in [MessageState::Sent, MessageState::Queued] {
        let found = store::messages::in_state(&mut tx, it.shop.business, state, 100).await.unwrap();
        if let Some(message) = found.into_iter().find(|message| message.kind == kind) {
            return message;
        }
    }
    panic!("no {kind}")
}

/// Nothing more is said about the invoice.
async fn take_back(it: &FollowUp) {
    let version = invoices::read(it.env(), &it.shop.owner, it.invoice).await.unwrap().version;
    invoices::void(it.env(), &it.shop.owner, it.invoice, version, "issued twice").await.unwrap();
}

/// This moment, and the same on every business day in Ireland after it.
fn business_days(from: Timestamp) -> impl Iterator<Item = Timestamp> {
    let holidays = server::holidays::around(Country::from_code("IE").unwrap(), from.date_naive());
    (0..)
        .map(move |day| from + Duration::days(day))
        .filter(|day| !["Sat", "Sun"].contains(&&day.format("%a").to_string()[..]))
        .filter(move |day| !holidays.contains(&day.date_naive()))
}

conformance! {
    async fn wherever_a_worker_dies_a_mail_leaves_at_most_once(store: TestStore) {
        let mut it = FollowUp::begin(&store, "Europe/Dublin").await;
        take_back(&it).await;
        let (mut requeued, mut uncertain) = (0, 0);
        for (point, day) in business_days(instant("2026-03-10T10:00:00Z")).enumerate() {
            let point = u64::try_from(point).unwrap() + 1;
            it.shop.world.clock.set_machine(day);
            // A customer a death, with an invoice whose heads-up is due today.
            let customer = customer_in(&it.shop, "Europe/Dublin", &format!("jo{point}@marsh.example")).await;
            it.invoice = invoice_due_in(&it.shop, customer, 3).await;
            it.plan().await;
            it.shop.world.mailer.clear();
            match Cut::at(point, false, workers::outbox::run_once(it.env())).await {
                Ran::Through(_) => break,
                Ran::Stopped(..) => {}
            }
            let left_behind = only(&it).await.state;
            let arrived = it.mails().len();
            // Before the lease runs out it may still be at work.
            it.later(Duration::minutes(1));
            it.deliver().await;
            if left_behind == MessageState::HandingOver || left_behind == MessageState::Claimed {
                assert_eq!(only(&it).await.state, left_behind, "at point {point}");
            }
            it.later(Duration::minutes(6));
            for _ in 0..3 {
                it.deliver().await;
                it.later(Duration::hours(1));
            }
            let message = only(&it).await;
            match left_behind {
                MessageState::Queued | MessageState::Claimed => {
                    requeued += 1;
                    assert_eq!((message.state, it.mails().len()), (MessageState::Sent, 1), "at point {point}");
                }
                MessageState::HandingOver => {
                    uncertain += 1;
                    assert_eq!((message.state, it.mails().len()), (MessageState::Uncertain, arrived), "at point {point}");
                    let tasks = it.shop.tasks().await;
                    assert!(tasks.iter().any(|task| task.subject.id == message.id.uuid()), "a person is asked");
                }
                MessageState::Sent => assert_eq!((message.state, it.mails().len()), (MessageState::Sent, 1)),
                other => panic!("{other} at point {point}"),
            }
            it.shop.assert_sound().await;
            take_back(&it).await;
        }
        assert!(requeued >= 4 && uncertain >= 3, "{requeued}, {uncertain}");
    }

    async fn what_the_relay_puts_off_is_tried_again_ever_more_patiently(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        for wait in [1, 2, 4] {
            it.shop.world.mailer.answer_next(later());
            assert_eq!(it.deliver().await.put_off, 1);
            assert_eq!(only(&it).await.outcome.as_deref(), Some(LATER));
            it.later(Duration::minutes(wait) - Duration::seconds(1));
            assert_eq!(it.deliver().await, HandedOver::default(), "not before {wait} minutes");
            it.later(Duration::seconds(1));
        }
        assert_eq!(it.deliver().await.sent, 1);
        let mails = it.mails();
        assert_eq!((mails.len(), only(&it).await.tries), (1, 4));

        // Each try minted its own link; the one that left works, and the body that is kept names it.
        let links = portal::links_of(it.env(), &it.shop.owner, it.invoice).await.unwrap();
        assert_eq!(links.len(), 4);
        let Opened::View(_) = portal::open(it.env(), &token(&mails[0])).await.unwrap() else { panic!("expired") };
        portal::exchange(it.env(), &token(&mails[0]), None, None, Browser { address: None, user_agent: None }).await.unwrap();
        let links = portal::links_of(it.env(), &it.shop.owner, it.invoice).await.unwrap();
        let used: Vec<_> = links.iter().filter(|listed| listed.link.first_used_at.is_some()).collect();
        assert_eq!(used.len(), 1);
        let body = only(&it).await.body_text.unwrap();
        assert!(body.contains(&format!("[link {}]", used[0].link.id)), "{body}");
        it.shop.assert_sound().await;
    }

    async fn a_night_in_the_queue_uses_no_tries_up(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        // Tuesday, a minute before closing.
        it.at("2026-03-10T16:59:00Z");
        it.plan().await;
        it.shop.world.mailer.answer_next(later());
        assert_eq!(it.deliver().await.put_off, 1);
        it.later(Duration::minutes(1));
        for _ in 0..15 {
            assert_eq!(it.deliver().await.waiting, 1);
            it.later(Duration::minutes(61));
        }
        let message = only(&it).await;
        assert_eq!((message.state, message.tries), (MessageState::Queued, 1));
    }

    async fn a_relay_that_never_takes_it_makes_it_a_persons(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        for _ in 0..40 {
            it.shop.world.mailer.answer_next(later());
            it.deliver().await;
            it.later(Duration::hours(2));
        }
        let message = it.messages().await.remove(0);
        assert!(matches!(message.state, MessageState::Failed | MessageState::Cancelled), "{}", message.state);
        assert_eq!(it.mails().len(), 0);
        assert_eq!(message.state == MessageState::Failed, it.tasks().await.contains(&"message_failed".to_owned()));
    }

    async fn what_the_relay_refuses_is_a_persons_and_a_bad_address_is_not_written_to_again(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        it.shop.world.mailer.answer_next(refused("550 5.7.1 not wanted here", false));
        assert_eq!(it.deliver().await.failed, 1);
        assert_eq!((it.said().await, it.tasks().await), (vec!["heads-up failed".to_owned()], vec!["message_failed".to_owned()]));

        it.at("2026-03-16T09:00:00Z");
        it.plan().await;
        it.shop.world.mailer.answer_next(refused("550 5.1.1 no such user", true));
        assert_eq!(it.deliver().await.failed, 1, "the next step was tried: only that mail was not wanted");

        for _ in 0..30 {
            it.later(Duration::days(1));
            it.tick().await;
        }
        assert_eq!(it.said().await, ["heads-up failed", "friendly failed"]);
        assert_eq!(it.mails().len(), 0);
        assert_eq!(it.tasks().await, ["message_failed", "message_failed", "find_contact", "call"]);
        let mut tx = it.env().store.read().await.unwrap();
        let contacts = store::customers::contacts(&mut tx, it.shop.business, it.shop.customer).await.unwrap();
        assert!(contacts[0].email_suppressed.is_some());
    }

    async fn what_nobody_knows_is_never_sent_again_by_itself(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        it.shop.world.mailer.answer_next(HandOver::Uncertain { reason: "body: timed out".to_owned() });
        assert_eq!(it.deliver().await.uncertain, 1);
        for _ in 0..5 * 24 {
            it.later(Duration::hours(1));
            it.tick().await;
        }
        assert_eq!((it.said().await, it.mails().len()), (vec!["heads-up uncertain".to_owned()], 1));
        assert_eq!(it.tasks().await, ["message_uncertain"]);
        it.at("2026-03-16T09:00:00Z");
        it.tick().await;
        assert_eq!(it.said().await, ["heads-up uncertain", "friendly sent"], "the next step is another matter");
    }

    async fn an_invitation_carries_a_token_that_is_nowhere_else(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let input = Invite { email: "new@fieldnote.example".to_owned(), role: "clerk".to_owned() };
        identity::invite(it.env(), &it.shop.owner, input).await.unwrap();
        it.shop.world.mailer.answer_next(later());
        it.deliver().await;
        it.later(Duration::minutes(2));
        it.deliver().await;
        let mails = it.mails();
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        assert_eq!(mail.envelope_to, ["new@fieldnote.example"]);
        let token = token(mail);
        let message = of_kind(&it, MessageKind::Invitation).await;
        for body in [message.body_text.clone().unwrap(), message.body_html.clone().unwrap()] {
            assert!(body.contains("[link ivt_") && !body.contains(&token), "{body}");
        }
        assert!(identity::invitation(it.env(), &token).await.unwrap().is_some());
        let accept = Accept { name: "Sam Field".to_owned(), password: SecretString::from("a curlew over the mud") };
        let browser = Browser { address: None, user_agent: None };
        identity::accept_invitation(it.env(), &token, accept, browser).await.unwrap();
        assert!(identity::invitation(it.env(), &token).await.unwrap().is_none(), "once");
    }

    async fn a_fresh_link_works_where_the_old_one_does_not(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.tick().await;
        let old = token(&it.mails()[0]);
        it.shop.world.mailer.clear();
        it.later(Duration::days(90));
        portal::renew(it.env(), &old).await.unwrap();
        // At night and on a Sunday too: it answers what somebody did.
        it.at("2026-06-14T02:00:00Z");
        let report = it.deliver().await;
        assert_eq!(report.sent, 1, "{report:?}");
        let mails = it.mails();
        let fresh = token(&mails[0]);
        assert_ne!(fresh, old);
        let Opened::View(view) = portal::open(it.env(), &fresh).await.unwrap() else { panic!("expired") };
        assert_eq!(view.sheet.id, it.invoice);
        assert!(matches!(portal::open(it.env(), &old).await.unwrap(), Opened::Expired(_)));
        let kept = of_kind(&it, MessageKind::FreshLink).await;
        assert!(!kept.body_text.unwrap().contains(&fresh));
    }

    async fn a_payment_has_one_receipt_however_often_it_is_told(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let started = it.shop.pay_amount(it.invoice, Method::Card, "30.00", false).await.unwrap();
        it.shop.provider().pay(&it.shop.session(&started));
        for _ in 0..3 {
            it.shop.hear().await;
            it.deliver().await;
            it.later(Duration::hours(1));
        }
        let mails = it.mails();
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        let text = mail.text.clone().unwrap();
        assert!(text.contains("€30.00") && text.contains("€70.00"), "{text}");
        assert!(matches!(portal::open(it.env(), &token(mail)).await.unwrap(), Opened::View(_)));

        let started = it.shop.pay(&[it.invoice], Method::Card).await.unwrap();
        it.shop.provider().pay(&it.shop.session(&started));
        it.shop.hear().await;
        it.deliver().await;
        assert_eq!(it.mails().len(), 2, "another payment, another receipt");
    }
}
