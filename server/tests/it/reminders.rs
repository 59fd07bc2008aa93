//! Following up: what is said, when, how often, and what keeps it from being said.

use chrono::{Duration, Timelike};
use domain::message::{MessageKind, MessageState};
use domain::payment::Method;
use domain::time::local;
use domain::{ContactId, ShortText, Zone};
use futures_util::future::join_all;
use server::operations::customers::{self, CustomerInput};
use server::operations::identity::{self, Invite};
use server::operations::invoices;
use server::operations::portal::{self, Opened};
use server::workers;
use store::conformance;

use crate::follow_up::{FollowUp, contact, customer_in, instant, invoice_due_in, token};
use crate::shop::euros;

/// Mail to the only contact comes back.
async fn bounce(it: &FollowUp) -> ContactId {
    let mut tx = it.env().store.begin().await.unwrap();
    let contacts = store::customers::contacts(&mut tx, it.shop.business, it.shop.customer).await.unwrap();
    let reason = ShortText::parse("it bounced").unwrap();
    let now = it.env().business_now();
    let address = contacts[0].email.clone().unwrap();
    let address = address.as_str();
    store::customers::suppress_contact(&mut tx, it.shop.business, contacts[0].id, address, &reason, now)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    contacts[0].id
}

conformance! {
    async fn a_step_goes_out_on_its_day_in_the_contacts_hours_with_a_link_that_works(store: TestStore) {
        // New York: its day begins four hours after Dublin's, and its clocks changed two days ago.
        let it = FollowUp::begin(&store, "America/New_York").await;
        for before in ["2026-03-09T15:00:00Z", "2026-03-10T05:00:00Z", "2026-03-10T12:59:00Z"] {
            it.at(before);
            it.tick().await;
            assert_eq!(it.mails().len(), 0, "{before}");
        }
        assert_eq!(it.receivable().await.next_decision_at, Some(instant("2026-03-10T13:00:00Z")));

        it.at("2026-03-10T13:00:00Z");
        let (planned, handed_over) = it.tick().await;
        assert_eq!((planned.queued, handed_over.sent), (1, 1));
        let mails = it.mails();
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        assert_eq!(mail.envelope_to, ["jo@marsh.example"]);
        assert!(mail.subject.contains("2026-001"), "{}", mail.subject);
        let (text, html) = (mail.text.clone().unwrap(), mail.html.clone().unwrap());
        assert!(text.contains("€100.00") && html.contains("€100.00"), "{text}");

        let token = token(mail);
        assert!(html.contains(&token));
        let Opened::View(view) = portal::open(it.env(), &token).await.unwrap() else { panic!("expired") };
        assert_eq!(view.sheet.id, it.invoice);

        let messages = it.messages().await;
        let [message] = &messages[..] else { panic!("{messages:?}") };
        for body in [message.body_text.clone().unwrap(), message.body_html.clone().unwrap()] {
            assert!(body.contains("[link lnk_"), "{body}");
            assert!(!body.contains(&token) && !body.contains("/l/"), "a live link is kept: {body}");
        }
        assert_eq!(message.handed_over_at, Some(instant("2026-03-10T13:00:00Z")));
        it.shop.assert_sound().await;
    }

    async fn whose_hours_change_is_looked_at_again(store: TestStore) {
        let it = FollowUp::begin(&store, "America/New_York").await;
        it.at("2026-03-09T15:00:00Z");
        it.tick().await;
        assert_eq!(it.receivable().await.next_decision_at, Some(instant("2026-03-10T13:00:00Z")));
        // They moved: nine o'clock is four hours earlier now.
        let before = customers::detail(it.env(), &it.shop.owner, it.shop.customer).await.unwrap().customer;
        let moved = CustomerInput {
            name: before.name.to_string(),
            kind: before.kind.as_str().to_owned(),
            country: before.country.to_string(),
            locale: before.locale.tag().to_owned(),
            time_zone: "Europe/Dublin".to_owned(),
            ..CustomerInput::default()
        };
        customers::update(it.env(), &it.shop.owner, before.id, before.version, moved).await.unwrap();
        it.tick().await;
        assert_eq!(it.receivable().await.next_decision_at, Some(instant("2026-03-10T09:00:00Z")));
    }

    async fn what_an_old_address_bounced_says_nothing_about_the_new_one(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let found = customers::detail(it.env(), &it.shop.owner, it.shop.customer).await.unwrap();
        let id = found.contacts[0].id;
        let reason = ShortText::parse("it bounced").unwrap();
        let mut tx = it.env().store.begin().await.unwrap();
        let (business, now) = (it.shop.business, it.env().business_now());
        let suppress = store::customers::suppress_contact;
        assert!(!suppress(&mut tx, business, id, "former@marsh.example", &reason, now).await.unwrap());
        assert!(suppress(&mut tx, business, id, "jo@marsh.example", &reason, now).await.unwrap());
        assert!(!suppress(&mut tx, business, id, "jo@marsh.example", &reason, now).await.unwrap(), "once");
    }

    async fn all_steps_follow_in_their_order_and_the_last_are_a_persons(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        for _ in 0..70 * 24 {
            it.later(Duration::hours(1));
            if it.receivable().await.next_decision_at.is_some_and(|at| at <= it.env().business_now()) {
                it.tick().await;
            }
        }
        let sent: Vec<String> = it
            .messages()
            .await
            .iter()
            .map(|message| format!("{} {}", message.parts[0].said.step, message.handed_over_at.unwrap().format("%m-%d %H:%M")))
            .collect();
        // The 14th of March and the 12th of April are no business days; Ireland's clocks change on the 29th.
        let expected =
            ["heads-up 03-10 09:00", "friendly 03-16 09:00", "help 03-20 09:00", "firm 03-27 09:00", "final-notice 04-13 08:00"];
        assert_eq!(sent, expected);
        assert_eq!(it.tasks().await, ["call", "hand_off"]);
        assert_eq!((it.decision("decision").await, it.receivable().await.next_decision_at), ("done".to_owned(), None));
        assert_eq!(it.mails().len(), 5);
        it.shop.assert_sound().await;
    }

    async fn a_thousand_ticks_and_eight_workers_say_a_step_once(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:30:00Z");
        let eight = async || {
            let planners = (0..8).map(|_| async { workers::planner::run_once(it.env()).await.unwrap().queued });
            let queued: u64 = join_all(planners).await.iter().sum();
            let outboxes = (0..8).map(|_| async { workers::outbox::run_once(it.env()).await.unwrap().sent });
            let sent: u64 = join_all(outboxes).await.iter().sum();
            (queued, sent)
        };
        assert_eq!(eight().await, (1, 1));
        assert_eq!(eight().await, (0, 0));
        for tick in 0..1000 {
            assert_eq!(it.plan().await.queued, 0);
            if tick % 20 == 0 {
                assert_eq!(it.deliver().await.sent, 0);
            }
        }
        assert_eq!(it.said().await, ["heads-up sent"]);
        assert_eq!(it.mails().len(), 1);
    }

    async fn after_weeks_of_downtime_only_the_newest_due_step_is_said(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-30T09:00:00Z");
        for _ in 0..5 {
            it.tick().await;
            it.later(Duration::minutes(10));
        }
        assert_eq!(it.said().await, ["firm sent"]);
        let passed_over = it.messages().await[0].data["skipped"].clone();
        assert_eq!(passed_over, serde_json::json!(["heads-up", "friendly", "help"]));

        // A year later: the last thing due is a person's, and nothing that was missed is made up for.
        it.at("2027-03-30T09:00:00Z");
        for _ in 0..5 {
            it.tick().await;
            it.later(Duration::days(1));
        }
        assert_eq!(it.said().await, ["firm sent"]);
        assert_eq!(it.tasks().await, ["hand_off"]);
    }

    async fn what_was_paid_between_queueing_and_hand_over_is_not_sent(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        assert_eq!(it.plan().await.queued, 1);
        it.later(Duration::minutes(1));
        let started = it.shop.pay(&[it.invoice], Method::Card).await.unwrap();
        it.shop.provider().pay(&it.shop.session(&started));
        it.shop.hear().await;

        let report = it.deliver().await;
        assert_eq!((report.cancelled, report.sent), (1, 1), "the receipt goes out, the reminder does not");
        assert_eq!(it.said().await, ["heads-up cancelled"]);
        assert!(it.mails().iter().all(|mail| mail.subject.contains("received") || mail.subject.contains("eceipt")));
        it.plan().await;
        assert_eq!(it.decision("reason").await, "paid");
    }

    async fn what_was_paid_at_a_checkout_nobody_told_of_is_asked_about_before_chasing(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        let started = it.shop.pay(&[it.invoice], Method::Card).await.unwrap();
        it.shop.provider().pay(&it.shop.session(&started));

        it.later(Duration::minutes(2));
        assert_eq!(it.deliver().await.cancelled, 1);
        assert_eq!(it.shop.balance(it.invoice).await.open, euros(0));
        for _ in 0..20 {
            it.later(Duration::days(2));
            it.tick().await;
        }
        assert_eq!(it.said().await, ["heads-up cancelled"]);
        assert_eq!(it.mails().len(), 1, "the receipt");
        it.shop.assert_sound().await;
    }

    async fn a_payment_on_its_way_holds_and_its_failure_lets_go(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T08:00:00Z");
        let started = it.shop.pay(&[it.invoice], Method::SepaDebit).await.unwrap();
        let intent = it.shop.provider().promise(&it.shop.session(&started));
        it.shop.hear().await;
        for _ in 0..4 {
            it.later(Duration::days(1));
            it.tick().await;
        }
        assert_eq!(it.said().await, Vec::<String>::new());
        let decision = it.receivable().await.decision.unwrap();
        assert_eq!(decision["reason"]["hold"], "payment_processing", "{decision}");

        // Monday the 16th: the friendly step is due, the heads-up is history.
        it.at("2026-03-16T10:00:00Z");
        it.shop.provider().fail(&intent, "insufficient_funds");
        it.shop.hear().await;
        it.tick().await;
        assert_eq!(it.said().await, ["friendly sent"]);
    }

    async fn an_open_page_holds_for_an_hour(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.shop.pay(&[it.invoice], Method::Card).await.unwrap();
        it.tick().await;
        assert_eq!(it.said().await, Vec::<String>::new());
        it.at("2026-03-10T09:59:00Z");
        it.tick().await;
        assert_eq!(it.said().await, Vec::<String>::new());
        let session = it.shop.provider().open_checkouts()[0].id.clone();
        it.shop.provider().run_out(&session);
        it.shop.hear().await;
        it.at("2026-03-10T10:01:00Z");
        it.tick().await;
        assert_eq!(it.said().await, ["heads-up sent"]);
    }

    async fn a_void_invoice_is_done_with(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        let version = invoices::read(it.env(), &it.shop.owner, it.invoice).await.unwrap().version;
        invoices::void(it.env(), &it.shop.owner, it.invoice, version, "issued twice").await.unwrap();
        it.deliver().await;
        it.plan().await;
        assert_eq!(it.said().await, ["heads-up cancelled"]);
        assert_eq!((it.mails().len(), it.decision("reason").await), (0, "void".to_owned()));
    }

    async fn what_is_partly_paid_is_chased_for_the_rest(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-09T10:00:00Z");
        let started = it.shop.pay_amount(it.invoice, Method::Card, "40.00", false).await.unwrap();
        it.shop.provider().pay(&it.shop.session(&started));
        it.shop.hear().await;
        it.deliver().await;
        it.at("2026-03-10T09:00:00Z");
        it.tick().await;
        let mails = it.mails();
        let text = mails.last().unwrap().text.clone().unwrap();
        assert!(text.contains("€60.00") && text.contains("€40.00"), "{text}");
        assert_eq!(it.said().await, ["heads-up sent"]);
    }

    async fn a_clock_that_stands_before_what_is_on_record_decides_and_sends_nothing(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        it.at("2025-03-10T09:00:00Z");
        let (planned, handed_over) = it.tick().await;
        assert!(planned.clock_is_behind && handed_over.clock_is_behind);
        assert_eq!((planned.decided, handed_over.sent, it.mails().len()), (0, 0, 0));

        it.at("2026-03-10T09:10:00Z");
        let (planned, handed_over) = it.tick().await;
        assert!(!planned.clock_is_behind && !handed_over.clock_is_behind);
        assert_eq!((handed_over.sent, it.mails().len()), (1, 1));

        // A year ahead by mistake: the newest due step is said; back again, nothing is until the record is reached.
        it.at("2027-03-10T09:00:00Z");
        it.tick().await;
        let said = it.said().await;
        it.at("2026-03-16T09:10:00Z");
        let (planned, _) = it.tick().await;
        assert!(planned.clock_is_behind);
        assert_eq!(it.said().await, said);
    }

    async fn whoever_cannot_be_written_to_is_a_persons_until_there_is_an_address(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let contact_id = bounce(&it).await;
        it.at("2026-03-10T09:00:00Z");
        for _ in 0..3 {
            it.tick().await;
            it.later(Duration::minutes(1));
        }
        assert_eq!((it.mails().len(), it.tasks().await), (0, vec!["find_contact".to_owned()]));

        let version = customers::detail(it.env(), &it.shop.owner, it.shop.customer).await.unwrap().contacts[0].version;
        customers::update_contact(it.env(), &it.shop.owner, contact_id, version, contact("new@marsh.example"))
            .await
            .unwrap();
        it.later(Duration::minutes(1));
        it.tick().await;
        assert_eq!(it.said().await, ["heads-up sent"], "at once, not at the next daily look");
        assert_eq!(it.mails()[0].envelope_to, ["new@marsh.example"]);

        // The new address does not last either: that is another task, whatever became of the first.
        bounce(&it).await;
        it.at("2026-03-16T09:00:00Z");
        it.tick().await;
        assert_eq!(it.tasks().await, ["find_contact", "find_contact"]);
    }

    async fn a_message_to_a_contact_who_was_replaced_goes_to_the_new_one(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T09:00:00Z");
        it.plan().await;
        let detail = customers::detail(it.env(), &it.shop.owner, it.shop.customer).await.unwrap();
        customers::add_contact(it.env(), &it.shop.owner, it.shop.customer, contact("sam@marsh.example")).await.unwrap();
        customers::remove_contact(it.env(), &it.shop.owner, detail.contacts[0].id).await.unwrap();
        it.deliver().await;
        it.tick().await;
        assert_eq!(it.said().await, ["heads-up cancelled", "heads-up sent"]);
        assert_eq!(it.mails()[0].envelope_to, ["sam@marsh.example"]);
    }

    async fn what_comes_due_within_the_gap_waits_and_is_then_said_in_one_mail(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        // The first mail goes out on the 10th; what comes due on the two days after it waits until the 13th, together.
        invoice_due_in(&it.shop, it.shop.customer, 11).await;
        invoice_due_in(&it.shop, it.shop.customer, 12).await;
        for day in 10..=13 {
            it.at(&format!("2026-03-{day}T09:00:00Z"));
            it.tick().await;
            assert_eq!(it.mails().len(), if day < 13 { 1 } else { 2 }, "on the {day}th");
        }
        let mails = it.mails();
        let text = mails[1].text.clone().unwrap();
        assert!(text.contains("2026-002") && text.contains("2026-003") && !text.contains("2026-001"), "{text}");
        let messages = it.customer_messages().await;
        assert_eq!(messages[0].parts.len(), 2);
        it.shop.assert_sound().await;
    }

    async fn what_was_paid_is_taken_out_of_a_mail_and_the_rest_is_said(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        invoice_due_in(&it.shop, it.shop.customer, 9).await;
        it.at("2026-03-10T09:00:00Z");
        assert_eq!(it.plan().await.queued, 1);
        let started = it.shop.pay(&[it.invoice], Method::Card).await.unwrap();
        it.shop.provider().pay(&it.shop.session(&started));
        it.shop.hear().await;
        it.deliver().await;
        let messages = it.customer_messages().await;
        let reminder = messages.iter().find(|message| message.kind == MessageKind::Reminder).unwrap();
        let cancelled: Vec<bool> = reminder.parts.iter().map(|part| part.cancelled.is_some()).collect();
        assert_eq!((reminder.state, cancelled.iter().filter(|cancelled| **cancelled).count()), (MessageState::Sent, 1));
        let mail = it.mails().into_iter().find(|mail| mail.text.as_ref().unwrap().contains("2026-002")).unwrap();
        assert!(!mail.text.unwrap().contains("2026-001"), "nothing is said about what was paid");
    }

    async fn the_hourly_cap_spreads_what_is_due_and_lets_answers_through(store: TestStore) {
        let mut it = FollowUp::begin(&store, "Europe/Dublin").await;
        for at in 0..4 {
            let customer = customer_in(&it.shop, "Europe/Dublin", &format!("jo{at}@marsh.example")).await;
            invoice_due_in(&it.shop, customer, 10).await;
        }
        it.shop.world.configure(|settings| settings.chasing_per_hour = 2);
        it.at("2026-03-10T09:00:00Z");
        assert_eq!(it.plan().await.queued, 5);
        assert_eq!(it.deliver().await.sent, 2);
        let input = Invite { email: "new@fieldnote.example".to_owned(), role: "clerk".to_owned() };
        identity::invite(it.env(), &it.shop.owner, input).await.unwrap();
        let report = it.deliver().await;
        assert_eq!((report.capped, report.sent), (true, 1), "the invitation");
        it.at("2026-03-10T10:01:00Z");
        assert_eq!(it.deliver().await.sent, 2);
        it.at("2026-03-10T11:02:00Z");
        assert_eq!(it.deliver().await.sent, 1);
    }

    async fn where_a_day_has_no_midnight_a_step_is_said_once_at_nine(store: TestStore) {
        // Friday, 24 April 2026 begins at 01:00 in Cairo. The invoice is due on Monday the 27th.
        let it = FollowUp::begin(&store, "Africa/Cairo").await;
        it.at("2026-04-20T12:00:00Z");
        let customer = customer_in(&it.shop, "Africa/Cairo", "cairo@marsh.example").await;
        invoice_due_in(&it.shop, customer, 7).await;
        for (zone, name) in [("America/Santiago", "stgo"), ("Pacific/Apia", "apia"), ("Asia/Kolkata", "kolkata")] {
            let customer = customer_in(&it.shop, zone, &format!("{name}@marsh.example")).await;
            invoice_due_in(&it.shop, customer, 7).await;
        }
        it.shop.world.mailer.clear();
        it.at("2026-04-23T12:00:00Z");
        let mut sent = Vec::new();
        for _ in 0..3 * 24 * 4 {
            it.later(Duration::minutes(15));
            it.tick().await;
            for mail in it.mails() {
                sent.push((mail.envelope_to[0].clone(), it.env().business_now()));
            }
            it.shop.world.mailer.clear();
        }
        for (name, zone) in
            [("cairo", "Africa/Cairo"), ("stgo", "America/Santiago"), ("kolkata", "Asia/Kolkata")]
        {
            let own: Vec<_> = sent.iter().filter(|(to, _)| to.starts_with(name)).collect();
            let [(_, at)] = &own[..] else { panic!("{zone}: {own:?}") };
            let local = local(*at, Zone::parse(zone).unwrap());
            assert_eq!((local.format("%m-%d").to_string(), local.hour(), local.minute()), ("04-24".to_owned(), 9, 0), "{zone}");
        }
        // When the 24th begins in Dublin it is noon in Apia, and still a business day.
        let apia: Vec<_> = sent.iter().filter(|(to, _)| to.starts_with("apia")).collect();
        assert_eq!(apia.len(), 1, "{apia:?}");
        let local = local(apia[0].1, Zone::parse("Pacific/Apia").unwrap());
        assert!(local.format("%m-%d").to_string() == "04-24" && (9..17).contains(&local.hour()), "{local}");
    }
}
