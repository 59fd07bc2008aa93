//! The outbox, links, tasks and receivables: said once, handed over at most once.

use chrono::Duration;
use domain::message::{MessageState, Purpose};
use domain::schedule::Tone;
use domain::task::TaskKind;
use domain::{CustomerId, MessageId, SessionId, TaskId};
use serde_json::json;
use store::Tx;
use store::conformance;
use store::links::{self, NewPortalSession};
use store::messages::{self, Message, Queued, Rendered, Settled};
use store::receivables;
use store::tasks::{self, NewTask};
use store::testing::attack;

use crate::world::{World, morning, part};

const RENDERED: Rendered<'static> = Rendered {
    to_name: "Jo",
    to_address: "jo@new.example",
    locale: "en-GB",
    tone: Some(Tone::Friendly),
    subject: "Invoice 2026-1",
    body_text: "… [link lnk_1]",
    segments: None,
    body_html: Some("<p>… [link lnk_1]</p>"),
};

fn lease() -> Duration {
    Duration::minutes(2)
}

async fn claim(tx: &mut Tx, worker: &str) -> Vec<Message> {
    messages::claim(tx, worker, Purpose::Chasing, morning(), lease(), 10).await.unwrap()
}

async fn hand_over(tx: &mut Tx, message: MessageId, worker: &str) -> bool {
    messages::hand_over(tx, message, worker, &RENDERED, morning(), morning(), lease()).await.unwrap()
}

/// SQL that takes a message to a state, with everything the state must have.
fn step(to: MessageState) -> String {
    let claim = if to.is_claimed() {
        "claimed_by = 'w', claimed_until = {later}"
    } else {
        "claimed_by = NULL, claimed_until = NULL"
    };
    let body = if to == MessageState::HandingOver {
        ", subject = 's', body_text = 'b', handed_over_at = {now}, handed_over_at_machine = {now}"
    } else {
        ""
    };
    let finished = match to {
        MessageState::Queued | MessageState::Claimed | MessageState::HandingOver => "NULL",
        _ => "{now}",
    };
    format!("UPDATE message SET state = '{to}', {claim}{body}, finished_at = {finished}")
}

/// The shortest lawful way to a state, by `domain::message`.
fn way_to(state: MessageState) -> Vec<MessageState> {
    let mut ways = vec![vec![MessageState::Queued]];
    loop {
        if let Some(way) = ways.iter().find(|way| way.last() == Some(&state)) {
            return way.clone();
        }
        ways = ways.iter().flat_map(|way| one_step_on(way)).collect();
        assert!(!ways.is_empty(), "{state} cannot be reached");
    }
}

fn one_step_on(way: &[MessageState]) -> Vec<Vec<MessageState>> {
    let last = *way.last().unwrap();
    let next = MessageState::ALL.iter().filter(|to| last.may_become(**to) && !way.contains(to));
    next.map(|to| [way, &[*to]].concat()).collect()
}

conformance! {
    async fn the_schema_and_the_domain_agree_on_every_step(store: TestStore) {
        let world = World::of(store).await;
        world.reminder(world.receivable).await;
        for from in MessageState::ALL {
            let way: Vec<String> = way_to(*from).into_iter().skip(1).map(step).collect();
            for to in MessageState::ALL.iter().filter(|to| *to != from) {
                let mut statements: Vec<String> = way.clone();
                statements.push(step(*to));
                let statements: Vec<&str> = statements.iter().map(String::as_str).collect();
                let refused = world.refuses(&statements).await;
                if from.may_become(*to) {
                    assert_eq!(refused, None, "{from} to {to}");
                } else {
                    let guards = ["message_transition", "message_frozen", "message_body"];
                    assert!(guards.contains(&refused.as_deref().unwrap_or("nobody")), "{from} to {to}: {refused:?}");
                }
            }
        }
    }

    async fn a_message_is_handed_over_and_sent(store: TestStore) {
        let world = World::of(store).await;
        let (message, queued) = world.reminder(world.receivable).await;
        assert_eq!(queued, Queued::Now);
        let mut tx = world.store.begin().await.unwrap();
        let claimed = claim(&mut tx, "w").await;
        assert_eq!((claimed.len(), claimed[0].id, claimed[0].state), (1, message, MessageState::Claimed));
        assert_eq!(claim(&mut tx, "other").await, []);
        assert!(!hand_over(&mut tx, message, "other").await, "not its claim");
        assert!(hand_over(&mut tx, message, "w").await);
        assert_eq!(messages::chasing_since(&mut tx, morning() - Duration::hours(1)).await.unwrap(), 1);
        assert_eq!(messages::chasing_since(&mut tx, morning()).await.unwrap(), 0);
        let sent = Settled::Sent { reply: "250 ok" };
        assert!(messages::settle(&mut tx, message, "w", sent, morning()).await.unwrap());
        assert!(!messages::settle(&mut tx, message, "w", sent, morning()).await.unwrap(), "settled once");

        let found = messages::find(&mut tx, world.business, message).await.unwrap().unwrap();
        assert_eq!((found.state, found.outcome.as_deref()), (MessageState::Sent, Some("250 ok")));
        assert_eq!((&found.to_address[..], found.body_text.as_deref()), ("jo@new.example", Some("… [link lnk_1]")));
        assert_eq!(messages::of_invoice(&mut tx, world.business, world.invoice, 5).await.unwrap(), std::slice::from_ref(&found));
        assert_eq!(messages::of_customer(&mut tx, world.business, world.customer, 5).await.unwrap(), std::slice::from_ref(&found));
        assert_eq!(messages::in_state(&mut tx, world.business, MessageState::Sent, 5).await.unwrap(), [found]);
        assert_eq!(messages::find(&mut tx, world.other_business, message).await.unwrap(), None);
        let last = messages::last_chasing_contact(&mut tx, world.business, world.customer, None).await.unwrap();
        assert_eq!(last, Some(morning()));
        let last = messages::last_chasing_contact(&mut tx, world.business, world.customer, Some(message)).await.unwrap();
        assert_eq!(last, None);

        // A bounce is evidence against it.
        assert!(messages::learn(&mut tx, world.business, message, false, "550 no such user", morning()).await.unwrap());
        assert!(!messages::learn(&mut tx, world.business, message, true, "oh", morning()).await.unwrap());
    }

    async fn what_the_other_side_puts_off_is_tried_again(store: TestStore) {
        let world = World::of(store).await;
        let (message, _) = world.reminder(world.receivable).await;
        let mut tx = world.store.begin().await.unwrap();
        claim(&mut tx, "w").await;
        hand_over(&mut tx, message, "w").await;
        let later = morning() + Duration::minutes(15);
        let put_off = Settled::Later { reply: "451 later", next_try_at: later };
        assert!(messages::settle(&mut tx, message, "w", put_off, morning()).await.unwrap());
        assert_eq!(claim(&mut tx, "w").await, [], "not before its time");
        let again = messages::claim(&mut tx, "w", Purpose::Chasing, later, lease(), 10).await.unwrap();
        assert_eq!((again[0].id, again[0].tries), (message, 2));
        assert!(messages::release(&mut tx, message, "w", later).await.unwrap());
    }

    async fn a_dead_worker_is_healed_without_saying_it_twice(store: TestStore) {
        let world = World::of(store).await;
        let (claimed, _) = world.reminder(world.receivable).await;
        let (handed, _) = world.reminder(world.second_receivable).await;
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(claim(&mut tx, "dies").await.len(), 2);
        hand_over(&mut tx, handed, "dies").await;
        assert_eq!(messages::reap(&mut tx, morning(), morning()).await.unwrap(), [], "its lease holds");
        let later = morning() + Duration::minutes(3);
        let uncertain = messages::reap(&mut tx, later, later).await.unwrap();
        assert_eq!(uncertain.iter().map(|message| (message.id, message.state)).collect::<Vec<_>>(),
            [(handed, MessageState::Uncertain)]);
        let again = messages::claim(&mut tx, "heals", Purpose::Chasing, later, lease(), 10).await.unwrap();
        assert_eq!(again.iter().map(|message| message.id).collect::<Vec<_>>(), [claimed]);
        // Its step counts as said; only a person says what became of it.
        assert_eq!(receivables::said(&mut tx, world.business, world.second_receivable).await.unwrap().len(), 1);
        assert!(messages::learn(&mut tx, world.business, handed, true, "the customer has it", later).await.unwrap());
    }

    async fn a_step_is_planned_again_only_after_it_was_withdrawn(store: TestStore) {
        let world = World::of(store).await;
        let (message, _) = world.reminder(world.receivable).await;
        assert_eq!(world.reminder(world.receivable).await.1, Queued::Before);
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(receivables::said(&mut tx, world.business, world.receivable).await.unwrap(), [part(world.receivable).said]);
        assert!(messages::withdraw(&mut tx, world.business, message, false, "paid", morning()).await.unwrap());
        assert!(!messages::withdraw(&mut tx, world.business, message, true, "late", morning()).await.unwrap());
        tx.commit().await.unwrap();
        let mut tx = world.store.begin().await.unwrap();
        let found = messages::find(&mut tx, world.business, message).await.unwrap().unwrap();
        assert_eq!((found.state, found.parts[0].cancelled.as_deref()), (MessageState::Cancelled, Some("paid")));
        assert_eq!(receivables::said(&mut tx, world.business, world.receivable).await.unwrap(), []);
        drop(tx);
        assert_eq!(world.reminder(world.receivable).await.1, Queued::Now);
    }

    async fn what_was_said_is_left_out_of_the_next_message(store: TestStore) {
        let world = World::of(store).await;
        world.reminder(world.receivable).await;
        let message = MessageId::from_uuid(world.fresh());
        let mut tx = world.store.begin().await.unwrap();
        let both = [part(world.receivable), part(world.second_receivable)];
        assert_eq!(world.reminder_of(&mut tx, message, &both).await.unwrap(), Queued::Now);
        let found = messages::find(&mut tx, world.business, message).await.unwrap().unwrap();
        assert_eq!(found.parts.iter().map(|part| part.receivable).collect::<Vec<_>>(), [world.second_receivable]);
        let (step, now) = (&found.parts[0].said.step, morning());
        assert!(messages::cancel_part(&mut tx, message, world.second_receivable, step, "paid", now).await.unwrap());
        assert!(!messages::cancel_part(&mut tx, message, world.second_receivable, step, "paid", now).await.unwrap());
    }

    async fn a_receivable_is_decided_by_one(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let due = receivables::due(&mut tx, morning(), 10).await.unwrap();
        assert_eq!(due.iter().map(|receivable| receivable.id).collect::<Vec<_>>(), [world.receivable]);
        let next = morning() + Duration::days(1);
        let decision = json!({ "decision": "wait" });
        assert!(receivables::decided(&mut tx, &due[0], &decision, Some(next), morning()).await.unwrap());
        assert!(!receivables::decided(&mut tx, &due[0], &decision, None, morning()).await.unwrap(), "read too early");
        let found = receivables::find(&mut tx, world.business, world.receivable).await.unwrap().unwrap();
        assert_eq!((found.next_decision_at, &found.decision), (Some(next), &Some(decision)));
        assert_eq!(receivables::of_invoice(&mut tx, world.business, world.invoice).await.unwrap(), Some(found.clone()));
        assert_eq!(receivables::of_customer(&mut tx, world.business, world.customer).await.unwrap()[0], found);

        receivables::look_again(&mut tx, world.business, world.receivable, next + Duration::days(1)).await.unwrap();
        assert_eq!(receivables::due(&mut tx, next, 10).await.unwrap().len(), 2, "never later than planned");
        receivables::look_again(&mut tx, world.business, world.receivable, morning()).await.unwrap();
        assert_eq!(receivables::due(&mut tx, morning(), 10).await.unwrap().len(), 1, "sooner when something happened");
    }

    async fn a_task_is_raised_once_and_counts_as_said(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let task = |id| NewTask {
            id,
            business: world.business,
            kind: TaskKind::Call,
            dedup_key: format!("call:{}", world.receivable),
            subject: world.receivable.into(),
            customer: Some(world.customer),
            invoice: Some(world.invoice),
            step: Some((world.receivable, part(world.receivable).said)),
            data: json!({}),
            created_at: morning(),
            due_at: None,
        };
        let (first, second) = (TaskId::from_uuid(world.fresh()), TaskId::from_uuid(world.fresh()));
        assert!(tasks::raise(&mut tx, &task(first)).await.unwrap());
        assert!(!tasks::raise(&mut tx, &task(second)).await.unwrap());
        assert_eq!(receivables::said(&mut tx, world.business, world.receivable).await.unwrap().len(), 1);
        let open = tasks::open(&mut tx, world.business, 10).await.unwrap();
        assert_eq!(open.iter().map(|task| task.id).collect::<Vec<_>>(), [first]);
        assert!(!tasks::resolve(&mut tx, world.other_business, first, None, morning()).await.unwrap());
        assert!(tasks::resolve(&mut tx, world.business, first, None, morning()).await.unwrap());
        assert!(tasks::open(&mut tx, world.business, 10).await.unwrap().is_empty());
        let done = tasks::find(&mut tx, world.business, first).await.unwrap().unwrap();
        assert_eq!(done.done_at, Some(morning()));

        // Asked again, it waits again; what takes its place ends it, and touches no other kind or invoice.
        let cause = task(first).dedup_key;
        assert!(!tasks::ask_again(&mut tx, world.other_business, &cause, morning()).await.unwrap());
        assert!(tasks::ask_again(&mut tx, world.business, &cause, morning()).await.unwrap());
        assert!(!tasks::ask_again(&mut tx, world.business, &cause, morning()).await.unwrap(), "it waits already");
        let (kind, invoice) = (task(first).kind, world.invoice);
        let own = tasks::supersede(&mut tx, world.business, invoice, kind, &cause, morning()).await.unwrap();
        let theirs = tasks::supersede(&mut tx, world.other_business, invoice, kind, "", morning()).await.unwrap();
        assert_eq!((own, theirs), (0, 0));
        assert_eq!(tasks::supersede(&mut tx, world.business, invoice, kind, "another", morning()).await.unwrap(), 1);
        assert!(tasks::open(&mut tx, world.business, 10).await.unwrap().is_empty());
    }

    async fn a_session_keeps_links_and_covers_what_they_cover(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let session = SessionId::from_uuid(world.fresh());
        let mut tx = world.store.begin().await.unwrap();
        let found = links::find_by_hash(&mut tx, &[1; 32]).await.unwrap().unwrap();
        assert_eq!((found.id, found.customer, found.invoice), (link, world.customer, None));
        assert_eq!(links::find_by_hash(&mut tx, &[2; 32]).await.unwrap(), None);
        assert!(links::mark_used(&mut tx, link, morning()).await.unwrap());
        assert!(!links::mark_used(&mut tx, link, morning()).await.unwrap(), "seen once");

        let over = morning() + Duration::hours(1);
        let new = NewPortalSession {
            token_hash: &[9; 32], id: session, created_at: morning(), expires_at: over, address: None, user_agent: None,
        };
        links::begin_session(&mut tx, &new).await.unwrap();
        assert!(links::keep_in_session(&mut tx, session, link, morning()).await.unwrap());
        assert!(!links::keep_in_session(&mut tx, session, link, morning()).await.unwrap());
        assert_eq!(links::find_session(&mut tx, &[9; 32], morning()).await.unwrap().unwrap().id, session);
        assert_eq!(links::find_session(&mut tx, &[9; 32], over).await.unwrap(), None, "over");
        assert_eq!(links::of_session(&mut tx, session).await.unwrap().len(), 1);

        let covering = links::covering(&mut tx, session, world.invoice, morning()).await.unwrap();
        assert_eq!(covering.map(|link| link.id), Some(link));
        let expired = morning() + Duration::days(90);
        for (customer, at, covered) in [
            (world.customer, morning(), Some(link)),
            (world.customer, expired, None),
            (CustomerId::from_uuid(world.fresh()), morning(), None),
        ] {
            let all = links::covering_customer(&mut tx, session, customer, at).await.unwrap();
            assert_eq!(all.map(|link| link.id), covered);
        }
        assert_eq!(links::covering(&mut tx, session, world.invoice, expired).await.unwrap(), None);
        attack(&mut tx, &world.sql("UPDATE customer SET name = 'x' WHERE id = {11}")).await.unwrap();
        assert!(links::revoke(&mut tx, world.business, link, morning()).await.unwrap());
        assert!(!links::revoke(&mut tx, world.business, link, morning()).await.unwrap());
        assert_eq!(links::covering(&mut tx, session, world.invoice, morning()).await.unwrap(), None);
        let all = links::covering_customer(&mut tx, session, world.customer, morning()).await.unwrap();
        assert_eq!(all, None, "revoked");
        assert!(links::revoke_session(&mut tx, session, morning()).await.unwrap());
        assert_eq!(links::find_session(&mut tx, &[9; 32], morning()).await.unwrap(), None);
    }
}
