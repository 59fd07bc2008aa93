//! People have their say: holds, approvals, contacts they made, calls, and a step sent before its day.

use chrono::Duration;
use domain::call::Outcome;
use domain::event::EventKind;
use domain::follow_up::CustomerTerms;
use domain::hold::{HoldEnd, HoldKind};
use domain::schedule::{StepId, Tone};
use domain::task::TaskKind;
use domain::{HoldId, InvoiceId, Role, TaskId};
use server::operations::follow_up::contacts_made::{self, CallMade, ContactError, ContactMade, With};
use server::operations::follow_up::draft::Draft;
use server::operations::follow_up::holds::{self, HoldError, HoldInput, On};
use server::operations::follow_up::send_now::{self, SendNowError, Why};
use server::operations::follow_up::{approvals, approvals::ApproveError};
use server::operations::today::{self, TodayError};
use server::operations::{invoices, timeline};
use store::conformance;

use crate::follow_up::{FollowUp, instant, invoice_due_in};
use crate::support::with_role;

fn hold(kind: HoldKind, until: &str) -> HoldInput {
    HoldInput { kind: kind.to_string(), note: "As she said.".to_owned(), until: until.to_owned() }
}

async fn held(it: &FollowUp, kind: HoldKind, until: &str) -> HoldId {
    let on = On::Invoices(vec![it.invoice]);
    holds::place(it.env(), &it.shop.owner, &on, &hold(kind, until)).await.unwrap()[0]
}

async fn ended(it: &FollowUp, hold: HoldId) -> Option<HoldEnd> {
    let mut tx = it.env().store.read().await.unwrap();
    let stored = store::holds::find(&mut tx, it.shop.business, hold).await.unwrap().unwrap();
    stored.ended.map(|ended| ended.reason)
}

/// What the timeline of the invoice tells, oldest first.
async fn told(it: &FollowUp, kind: EventKind) -> usize {
    let entries = timeline::of_invoice(it.env(), &it.shop.owner, it.invoice).await.unwrap();
    entries.iter().filter(|entry| entry.kind == kind).count()
}

async fn task(it: &FollowUp, kind: TaskKind) -> TaskId {
    it.shop.tasks().await.iter().find(|task| task.kind == kind).unwrap().id
}

/// The kinds of tasks that Today shows, most urgent first.
async fn today_asks(it: &FollowUp) -> Vec<TaskKind> {
    let today = today::today(it.env(), &it.shop.owner).await.unwrap();
    today.tasks.iter().map(|waiting| waiting.task.kind).collect()
}

/// What the first step that waits for approval would say.
async fn draft_on_today(it: &FollowUp) -> Option<Draft> {
    let today = today::today(it.env(), &it.shop.owner).await.unwrap();
    today.tasks.into_iter().find_map(|waiting| waiting.draft)
}

fn step(name: &str) -> StepId {
    StepId::parse(name).unwrap()
}

/// Lets a person approve whatever is said to the customer.
async fn is_valued(it: &FollowUp) {
    let terms = CustomerTerms { approval_from: Some(Tone::Friendly), ..CustomerTerms::default() };
    let mut tx = it.env().store.begin().await.unwrap();
    let now = it.env().business_now();
    let (business, customer) = (it.shop.business, it.shop.customer);
    assert!(store::follow_up::save_terms(&mut tx, business, customer, &terms, 0, now).await.unwrap());
    tx.commit().await.unwrap();
}

fn called(outcome: Outcome, until: &str) -> CallMade {
    CallMade { outcome: outcome.to_string(), until: until.to_owned(), note: "Spoke with Jo.".to_owned() }
}

conformance! {
    /// Every step was said, and then they asked for time for everything they owe: that time is over one day too.
    async fn a_hold_on_everything_has_its_day_when_every_step_was_said(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-05-05T10:00:00Z");
        it.tick().await;
        assert_eq!(it.receivable().await.next_decision_at, None, "all of it was said");
        let on = On::Customer(it.shop.customer);
        holds::place(it.env(), &it.shop.owner, &on, &hold(HoldKind::Dispute, "2026-05-08")).await.unwrap();
        it.plan().await;
        assert_eq!(it.decision("decision").await, "hold");

        it.at("2026-05-12T10:00:00Z");
        it.plan().await;
        assert!(today_asks(&it).await.contains(&TaskKind::ReviewHold));
    }

    async fn nothing_is_sent_while_a_hold_stands_and_it_goes_on_where_it_was(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let dispute = held(&it, HoldKind::Dispute, "").await;
        it.at("2026-03-20T10:00:00Z");
        it.tick().await;
        assert_eq!(it.mails().len(), 0);
        assert_eq!(it.decision("decision").await, "hold");

        holds::end(it.env(), &it.shop.owner, dispute).await.unwrap();
        it.tick().await;
        assert_eq!(it.said().await, ["help sent"], "the latest step that is due");
        assert_eq!(ended(&it, dispute).await, Some(HoldEnd::Lifted));
        assert_eq!((told(&it, EventKind::HoldPlaced).await, told(&it, EventKind::HoldEnded).await), (1, 1));
        let again = holds::end(it.env(), &it.shop.owner, dispute).await;
        assert!(matches!(again, Err(HoldError::Over)), "{again:?}");
        it.shop.assert_sound().await;
    }

    async fn a_hold_placed_between_queueing_and_handing_over_keeps_the_message_back(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-10T10:00:00Z");
        it.plan().await;
        held(&it, HoldKind::AlreadyPaid, "").await;
        it.deliver().await;
        assert_eq!(it.said().await, ["heads-up cancelled"]);
        assert_eq!(it.mails().len(), 0);
    }

    async fn a_promise_ends_by_itself_after_its_grace(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let promise = held(&it, HoldKind::Promise, "2026-03-18").await;
        for day in ["2026-03-11T10:00:00Z", "2026-03-18T10:00:00Z", "2026-03-21T10:00:00Z"] {
            it.at(day);
            it.tick().await;
            assert_eq!((it.mails().len(), ended(&it, promise).await), (0, None), "{day}");
        }
        it.at("2026-03-23T10:00:00Z");
        it.tick().await;
        assert_eq!(ended(&it, promise).await, Some(HoldEnd::Over));
        assert_eq!(it.said().await, ["help sent"]);
        assert_eq!(told(&it, EventKind::HoldEnded).await, 1);
        assert_eq!(holds::standing(it.env(), &it.shop.owner).await.unwrap(), []);
    }

    async fn any_other_hold_asks_on_its_day_and_holds_on_until_it_is_decided(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let first = held(&it, HoldKind::Dispute, "2026-03-12").await;
        it.at("2026-03-13T10:00:00Z");
        it.tick().await;
        assert_eq!((it.mails().len(), today_asks(&it).await), (0, vec![TaskKind::ReviewHold]));
        let review = task(&it, TaskKind::ReviewHold).await;
        let ticked = today::resolve_task(it.env(), &it.shop.owner, review).await;
        assert!(matches!(ticked, Err(TodayError::NotByTicking)), "{ticked:?}");

        let late = holds::replace(it.env(), &it.shop.owner, first, &hold(HoldKind::Dispute, "2026-03-12")).await;
        let Err(HoldError::Fields(errors)) = late else { panic!("{late:?}") };
        assert!(errors.of("hold_until").is_some());
        let further = hold(HoldKind::Dispute, "2026-03-17");
        let second = holds::replace(it.env(), &it.shop.owner, first, &further).await.unwrap();
        assert_eq!((ended(&it, first).await, today_asks(&it).await), (Some(HoldEnd::Replaced), vec![]));
        it.at("2026-03-16T10:00:00Z");
        it.tick().await;
        assert_eq!((it.mails().len(), today_asks(&it).await), (0, vec![]));
        it.at("2026-03-17T10:00:00Z");
        it.later(Duration::days(1));
        it.tick().await;
        assert_eq!(today_asks(&it).await, [TaskKind::ReviewHold]);
        holds::end(it.env(), &it.shop.owner, second).await.unwrap();
        assert_eq!(today_asks(&it).await, []);
    }

    async fn a_hold_on_a_customer_holds_what_is_issued_later_too(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let on = On::Customer(it.shop.customer);
        holds::place(it.env(), &it.shop.owner, &on, &hold(HoldKind::Manual, "")).await.unwrap();
        invoice_due_in(&it.shop, it.shop.customer, 1).await;
        it.at("2026-03-16T10:00:00Z");
        it.tick().await;
        assert_eq!(it.mails().len(), 0);
        let listed = holds::of_invoice(it.env(), &it.shop.owner, it.invoice).await.unwrap();
        assert_eq!(listed.len(), 1);
        assert_eq!(listed[0].invoice, None);
    }

    async fn several_invoices_are_held_together_or_not_at_all(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let other = invoice_due_in(&it.shop, it.shop.customer, 5).await;
        let unknown: InvoiceId = it.env().new_id();
        let place = async |on: Vec<InvoiceId>, input: &HoldInput| {
            holds::place(it.env(), &it.shop.owner, &On::Invoices(on), input).await
        };
        let words = hold(HoldKind::Manual, "2026-04-01");
        assert!(matches!(place(vec![it.invoice, unknown], &words).await, Err(HoldError::NotFound)));
        assert!(matches!(place(vec![], &words).await, Err(HoldError::Fields(_))));
        assert_eq!(holds::standing(it.env(), &it.shop.owner).await.unwrap().len(), 0);
        assert_eq!(place(vec![it.invoice, other, it.invoice], &words).await.unwrap().len(), 2);

        for (input, field) in [
            (hold(HoldKind::Promise, ""), "hold_until"),
            (hold(HoldKind::Manual, "2026-03-02"), "hold_until"),
            (hold(HoldKind::Manual, "2027-03-05"), "hold_until"),
            (HoldInput { kind: "whim".to_owned(), ..HoldInput::default() }, "hold_kind"),
            (HoldInput { note: "x".repeat(20_000), ..hold(HoldKind::Manual, "") }, "hold_note"),
        ] {
            let refused = place(vec![it.invoice], &input).await;
            let Err(HoldError::Fields(errors)) = refused else { panic!("{refused:?}") };
            assert!(errors.of(field).is_some(), "{field}: {errors:?}");
        }
        let viewer = with_role(&it.shop.owner, Role::Viewer);
        let refused = holds::place(it.env(), &viewer, &On::Customer(it.shop.customer), &words).await;
        assert!(matches!(refused, Err(HoldError::NotPermitted(_))));
    }

    async fn what_is_settled_is_not_held_any_more(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let hold = held(&it, HoldKind::AlreadyPaid, "").await;
        let version = invoices::read(it.env(), &it.shop.owner, it.invoice).await.unwrap().version;
        invoices::void(it.env(), &it.shop.owner, it.invoice, version, "A mistake").await.unwrap();
        it.later(Duration::days(2));
        it.tick().await;
        assert_eq!(ended(&it, hold).await, Some(HoldEnd::Settled));
    }

    async fn a_step_for_a_valued_customer_waits_for_a_persons_word(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        is_valued(&it).await;
        it.at("2026-03-10T10:00:00Z");
        it.tick().await;
        assert_eq!((it.mails().len(), today_asks(&it).await), (0, vec![TaskKind::ApproveStep]));
        let draft = draft_on_today(&it).await.unwrap();
        assert_eq!(draft.to, "Jo Reed <jo@marsh.example>");

        let approve = async |principal, name| approvals::approve(it.env(), principal, it.invoice, &step(name)).await;
        let clerk = with_role(&it.shop.owner, Role::Clerk);
        assert!(matches!(approve(&clerk, "heads-up").await, Err(ApproveError::NotPermitted(_))));
        assert!(matches!(approve(&it.shop.owner, "firm").await, Err(ApproveError::NotWaiting)), "another than was seen");
        let hold = held(&it, HoldKind::Manual, "").await;
        it.plan().await;
        assert_eq!(today_asks(&it).await, [], "declined by a hold");
        assert!(matches!(approve(&it.shop.owner, "heads-up").await, Err(ApproveError::NotWaiting)));
        holds::end(it.env(), &it.shop.owner, hold).await.unwrap();
        it.plan().await;
        assert_eq!(today_asks(&it).await, [TaskKind::ApproveStep], "it asks again");

        approve(&it.shop.owner, "heads-up").await.unwrap();
        it.tick().await;
        assert_eq!((it.said().await, today_asks(&it).await), (vec!["heads-up sent".to_owned()], vec![]));
        let sent = it.customer_messages().await.remove(0);
        let words = |text: &str| {
            let lines = text.lines().filter(|line| !line.contains("[link"));
            lines.map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(draft.subject, sent.subject, "what was read is what was sent");
        assert_eq!(words(&draft.text), words(&sent.body_text.unwrap()));
        assert!(matches!(approve(&it.shop.owner, "heads-up").await, Err(ApproveError::NotWaiting)));
    }

    async fn an_approval_that_was_passed_over_asks_no_more_and_one_that_comes_back_asks_again(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        is_valued(&it).await;
        it.at("2026-03-10T10:00:00Z");
        it.tick().await;
        it.at("2026-03-16T10:00:00Z");
        it.tick().await;
        let waiting = it.shop.tasks().await;
        assert_eq!(waiting.len(), 1, "{waiting:?}");
        assert_eq!(waiting[0].data["step"], "friendly", "the heads-up is passed over");

        // Whatever marked it done, as long as the step waits, somebody is asked.
        let mut tx = it.env().store.begin().await.unwrap();
        store::tasks::resolve(&mut tx, it.shop.business, waiting[0].id, None, it.env().business_now()).await.unwrap();
        tx.commit().await.unwrap();
        assert_eq!(today_asks(&it).await, []);
        it.later(Duration::hours(25));
        it.tick().await;
        assert_eq!(today_asks(&it).await, [TaskKind::ApproveStep]);
    }

    async fn what_a_person_did_counts_for_the_gap(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.at("2026-03-09T16:00:00Z");
        let letter = ContactMade { channel: "letter".to_owned(), ..ContactMade::default() };
        contacts_made::note(it.env(), &it.shop.owner, With::About(it.invoice), &letter).await.unwrap();
        it.at("2026-03-10T10:00:00Z");
        it.tick().await;
        assert_eq!((it.mails().len(), it.decision("reason").await), (0, "minimum_gap".to_owned()));
        assert_eq!(told(&it, EventKind::ContactMade).await, 1);

        for (input, field) in [
            (ContactMade { channel: "task".to_owned(), ..letter.clone() }, "contact_channel"),
            (ContactMade { at: "2026-03-10T10:01".to_owned(), ..letter.clone() }, "contact_at"),
            (ContactMade { at: "2025-03-01T10:00".to_owned(), ..letter.clone() }, "contact_at"),
            (ContactMade { at: "yesterday".to_owned(), ..letter }, "contact_at"),
        ] {
            let refused = contacts_made::note(it.env(), &it.shop.owner, With::Customer(it.shop.customer), &input).await;
            let Err(ContactError::Fields(errors)) = refused else { panic!("{refused:?}") };
            assert!(errors.of(field).is_some(), "{field}: {errors:?}");
        }
    }

    async fn how_a_call_went_has_its_consequences(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        while !it.tasks().await.contains(&"call".to_owned()) {
            it.later(Duration::hours(6));
            it.tick().await;
        }
        let call = task(&it, TaskKind::Call).await;
        let finish = async |input| contacts_made::finish_call(it.env(), &it.shop.owner, call, &input).await;
        let undated = finish(called(Outcome::WillPay, "")).await;
        let Err(ContactError::Fields(errors)) = undated else { panic!("{undated:?}") };
        assert!(errors.of("call_until").is_some());
        let until = (it.env().business_now() + Duration::days(5)).date_naive().to_string();
        assert_eq!(finish(called(Outcome::WillPay, &until)).await.unwrap(), Outcome::WillPay);

        let standing = holds::of_invoice(it.env(), &it.shop.owner, it.invoice).await.unwrap();
        let kinds: Vec<_> = standing.iter().map(|listed| (listed.stored.hold.kind, listed.stored.hold.until)).collect();
        assert_eq!(kinds, [(HoldKind::Promise, Some(until.parse().unwrap()))]);
        assert_eq!((told(&it, EventKind::ContactMade).await, it.tasks().await), (1, vec![]));
        assert!(matches!(finish(called(Outcome::NoAnswer, "")).await, Err(ContactError::NotFound)), "finished once");
        it.shop.assert_sound().await;
    }

    async fn a_call_that_reached_the_wrong_person_asks_for_the_right_one(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        while !it.tasks().await.contains(&"call".to_owned()) {
            it.later(Duration::hours(6));
            it.tick().await;
        }
        let call = task(&it, TaskKind::Call).await;
        let input = called(Outcome::WrongPerson, "2026-05-01");
        contacts_made::finish_call(it.env(), &it.shop.owner, call, &input).await.unwrap();
        assert_eq!(it.tasks().await, ["find_contact"]);
        assert_eq!(holds::of_invoice(it.env(), &it.shop.owner, it.invoice).await.unwrap(), []);
    }

    async fn the_next_step_is_sent_before_its_day_once_and_within_the_hours(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        it.plan().await;
        let send = async |name| send_now::send_now(it.env(), &it.shop.owner, it.invoice, &step(name)).await;
        it.at("2026-03-05T22:00:00Z");
        let night = send("heads-up").await;
        let Err(SendNowError::NotNow { reason: Why::OutsideHours, at: Some(at) }) = night else { panic!("{night:?}") };
        assert_eq!(at, instant("2026-03-06T09:00:00Z"));

        it.at("2026-03-06T09:30:00Z");
        assert!(matches!(send("friendly").await, Err(SendNowError::Changed)), "another than was seen");
        send("heads-up").await.unwrap();
        it.deliver().await;
        assert_eq!(it.said().await, ["heads-up sent"], "its day has not come, and it went out all the same");
        it.later(Duration::hours(1));
        let again = send("friendly").await;
        assert!(matches!(again, Err(SendNowError::NotNow { reason: Why::HeardJustNow, .. })), "{again:?}");

        it.at("2026-03-10T10:00:00Z");
        it.tick().await;
        assert_eq!(it.said().await, ["heads-up sent"], "the step is consumed");
        held(&it, HoldKind::Dispute, "").await;
        assert!(matches!(send("friendly").await, Err(SendNowError::NotNow { reason: Why::Held, .. })));
        let viewer = with_role(&it.shop.owner, Role::Viewer);
        let refused = send_now::send_now(it.env(), &viewer, it.invoice, &step("friendly")).await;
        assert!(matches!(refused, Err(SendNowError::NotPermitted(_))));
        it.shop.assert_sound().await;
    }

    async fn a_message_of_several_invoices_is_one_line_where_their_timelines_meet(store: TestStore) {
        let it = FollowUp::begin(&store, "Europe/Dublin").await;
        let other = invoice_due_in(&it.shop, it.shop.customer, 10).await;
        it.at("2026-03-10T10:00:00Z");
        it.tick().await;
        assert_eq!(it.mails().len(), 1);
        let entries = timeline::of_customer(it.env(), &it.shop.owner, it.shop.customer).await.unwrap();
        let told: Vec<_> = entries.iter().filter(|entry| entry.facts.message.is_some()).collect();
        assert_eq!(told.len(), 1, "planned and sent at once is one thing that happened: {told:?}");
        assert_eq!((told[0].kind, told[0].personal.email.as_deref()), (EventKind::MessageSent, Some("jo@marsh.example")));
        let mut about: Vec<_> = told[0].invoices.iter().map(|(id, _)| *id).collect();
        about.sort_unstable();
        let mut both = [it.invoice, other];
        both.sort_unstable();
        assert_eq!(about, both);
        assert!(entries.iter().all(|entry| entry.kind != EventKind::LinkMinted), "the link in a message is no news");
        let listed = timeline::messages(it.env(), &it.shop.owner, &timeline::Filter::default()).await.unwrap();
        assert_eq!(listed.rows.len(), 1);
        assert_eq!(listed.rows[0].parts.len(), 2);
    }
}
