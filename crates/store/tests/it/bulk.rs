//! Many at once is the same as one after the other: messages, decisions, and what changes for everybody who follows a
//! schedule.

use std::collections::BTreeMap;

use chrono::Duration;
use domain::follow_up::{CustomerTerms, Settings};
use domain::ledger::{Account, Entry, Provider, TransferKind};
use domain::message::{Channel, MessageKind};
use domain::schedule::{ParkedReason, Said, Schedule, StepId, Tone};
use domain::{BusinessId, CustomerId, GroupId, Label, MessageId, ReceivableId, ScheduleId};
use serde_json::{Value, json};
use store::follow_up::{self, Group};
use store::messages::{self, NewMessage, NewPart, Queued};
use store::receivables::{self, Decided, Scope, Stuck};
use store::schedules::{self, NewSchedule};
use store::{Tx, conformance};

use crate::world::{World, euros, id, morning, part};

fn said(receivable: ReceivableId, step: &str) -> NewPart {
    let step = StepId::parse(step).unwrap();
    let said = Said { step, offset_days: 7, tone: Some(Tone::Polite), internal: false };
    NewPart { receivable, said, schedule_revision: 3 }
}

fn message<'a>(
    world: &World,
    id: MessageId,
    internet_message_id: &'a str,
    parts: &'a [NewPart],
    data: &'a Value,
) -> NewMessage<'a> {
    NewMessage {
        id,
        business: world.business,
        customer: Some(world.customer),
        invoice: None,
        contact: Some(world.contact),
        kind: MessageKind::Reminder,
        channel: Channel::Email,
        dedup_key: None,
        internet_message_id,
        to_name: "Jo \"the\" Ünal",
        to_address: "jo@k.example",
        locale: "en-GB",
        tone: Some(Tone::Polite),
        data,
        parts,
        created_at: morning(),
        next_try_at: morning() + Duration::microseconds(1500),
    }
}

async fn schedule(world: &World, tx: &mut Tx, name: &str) -> ScheduleId {
    let id = ScheduleId::from_uuid(world.fresh());
    let (name, standard) = (Label::parse(name).unwrap(), Schedule::standard());
    let new = NewSchedule {
        id,
        business: world.business,
        name: &name,
        schedule: &standard,
        by: None,
        now: morning(),
    };
    schedules::create(tx, &new).await.unwrap();
    id
}

conformance! {
    async fn many_messages_are_queued_as_one_would_be(store: TestStore) {
        let world = World::of(store).await;
        world.reminder(world.receivable).await;
        let ids: Vec<MessageId> = (0..5).map(|_| MessageId::from_uuid(world.fresh())).collect();
        let names: Vec<String> = ids.iter().map(|id| format!("<{id}@dunlin.example>")).collect();
        let data = json!({ "why": "a \"quoted\" word, a \\ and ü" });
        let (before, after) = ([part(world.receivable)], [part(world.receivable), said(world.receivable, "help")]);
        let same = [said(world.receivable, "help")];
        let other = [said(world.second_receivable, "help")];
        let mut answer = message(&world, ids[4], &names[4], &[], &data);
        (answer.kind, answer.dedup_key) = (MessageKind::Receipt, Some("cause"));
        let new = [
            message(&world, ids[0], &names[0], &before, &data),
            message(&world, ids[1], &names[1], &after, &data),
            message(&world, ids[2], &names[2], &same, &data),
            message(&world, ids[3], &names[3], &other, &data),
            answer,
        ];
        let mut tx = world.store.begin().await.unwrap();
        let queued = messages::queue_many(&mut tx, &new).await.unwrap();
        assert_eq!(queued, [Queued::Before, Queued::Now, Queued::Before, Queued::Now, Queued::Now]);
        assert_eq!(messages::queue_many(&mut tx, &new).await.unwrap(), [Queued::Before; 5]);
        assert_eq!(messages::queue_many(&mut tx, &[]).await.unwrap(), []);

        assert_eq!(messages::find(&mut tx, world.business, ids[0]).await.unwrap(), None);
        let found = messages::find(&mut tx, world.business, ids[1]).await.unwrap().unwrap();
        assert_eq!((&found.to_name[..], &found.data, found.tone), ("Jo \"the\" Ünal", &data, Some(Tone::Polite)));
        assert_eq!((found.created_at, found.customer, found.invoice), (morning(), Some(world.customer), None));
        assert_eq!(found.parts.len(), 1, "what was said before is left out");
        assert_eq!((&found.parts[0].said, found.parts[0].schedule_revision), (&same[0].said, 3));
        // An instant written in bulk is compared like any other.
        let early = morning() + Duration::microseconds(1499);
        let lease = Duration::minutes(1);
        let purpose = domain::message::Purpose::Answer;
        assert_eq!(messages::claim(&mut tx, "w", purpose, early, lease, 9).await.unwrap(), []);
        let claimed = messages::claim(&mut tx, "w", purpose, morning() + Duration::milliseconds(2), lease, 9).await;
        assert_eq!(claimed.unwrap().iter().map(|message| message.id).collect::<Vec<_>>(), [ids[4]]);
    }

    async fn many_decisions_are_kept_unless_somebody_else_decided(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let read = receivables::of_customer(&mut tx, world.business, world.customer).await.unwrap();
        let next = morning() + Duration::days(1);
        let (wait, done) = (json!({ "decision": "wait", "step": "it's" }), json!({ "decision": "done" }));
        let decided = [
            Decided { receivable: &read[0], decision: &wait, next: Some(next) },
            Decided { receivable: &read[1], decision: &done, next: None },
        ];
        assert_eq!(receivables::decided_many(&mut tx, &decided, morning()).await.unwrap(), 2);
        let now = receivables::of_customer(&mut tx, world.business, world.customer).await.unwrap();
        let kept: Vec<_> = now.iter().map(|now| (now.next_decision_at, now.decision.clone(), now.decided_at)).collect();
        assert_eq!(kept, [(Some(next), Some(wait.clone()), Some(morning())), (None, Some(done.clone()), Some(morning()))]);
        assert_eq!(receivables::decided_many(&mut tx, &decided, morning()).await.unwrap(), 0, "read too early");
        // One that has nothing left to decide is decided about again when it was read like that.
        let again = [Decided { receivable: &now[1], decision: &wait, next: Some(next) }];
        assert_eq!(receivables::decided_many(&mut tx, &again, morning()).await.unwrap(), 1);
        assert_eq!(receivables::decided_many(&mut tx, &[], morning()).await.unwrap(), 0);
    }

    async fn what_is_parked_waits_for_its_release(store: TestStore) {
        let world = World::of(store).await;
        world.does("UPDATE receivable SET next_decision_at = NULL WHERE id = {42}").await;
        let (business, first, second) = (world.business, world.receivable, world.second_receivable);
        let mut tx = world.store.begin().await.unwrap();
        let parked = receivables::park_all(&mut tx, ParkedReason::Restore, morning()).await.unwrap();
        assert_eq!(parked, BTreeMap::from([(business, 1)]), "nothing is left to decide about the other");
        assert_eq!(receivables::park_all(&mut tx, ParkedReason::Restore, morning()).await.unwrap(), BTreeMap::new());
        let these = [first, second];
        let refused = receivables::park(&mut tx, business, &these, ParkedReason::Import, morning()).await.unwrap();
        assert_eq!(refused, 0, "one is parked already, the other finished");
        assert_eq!(receivables::parked_count(&mut tx, business).await.unwrap(), 1);
        receivables::look_again(&mut tx, business, second, morning()).await.unwrap();
        assert_eq!(receivables::park(&mut tx, business, &these, ParkedReason::Import, morning()).await.unwrap(), 1);
        assert_eq!(receivables::parked_count(&mut tx, business).await.unwrap(), 2);
        let list = receivables::parked(&mut tx, business, None, 1).await.unwrap();
        assert_eq!((list.len(), list[0].id, list[0].parked), (1, first, Some(ParkedReason::Restore)));
        let list = receivables::parked(&mut tx, business, Some(first), 9).await.unwrap();
        assert_eq!((list.len(), list[0].id, list[0].parked), (1, second, Some(ParkedReason::Import)));
        assert_eq!(receivables::parked(&mut tx, world.other_business, None, 9).await.unwrap(), []);

        let later = morning() + Duration::hours(1);
        let by = world.member;
        assert_eq!(receivables::release(&mut tx, world.other_business, &these, by, later).await.unwrap(), 0);
        assert_eq!(receivables::release(&mut tx, business, &[second], by, later).await.unwrap(), 1);
        assert_eq!(receivables::release(&mut tx, business, &[second], by, later).await.unwrap(), 0);
        let released = receivables::find(&mut tx, business, second).await.unwrap().unwrap();
        assert_eq!((released.parked, released.next_decision_at), (None, Some(later)));
        // A second restore parks it again.
        assert_eq!(receivables::park_all(&mut tx, ParkedReason::Restore, later).await.unwrap(), [(business, 1)].into());
    }

    /// What cannot be decided about makes room for others, each time for longer, until somebody can decide.
    async fn what_cannot_be_decided_about_does_not_stay_at_the_head(store: TestStore) {
        let world = World::of(store).await;
        let (business, customer, receivable) = (world.business, world.customer, world.receivable);
        let (now, later) = (morning() + Duration::days(30), morning() + Duration::days(31));
        let mut tx = world.store.begin().await.unwrap();
        assert_eq!(receivables::due_customers(&mut tx, now, 9).await.unwrap(), [(business, customer)]);
        assert_eq!(receivables::times_put_off(&mut tx, business, customer, now).await.unwrap(), 0);
        assert_eq!(receivables::stuck(&mut tx, 9).await.unwrap(), Stuck::default());

        assert_eq!(receivables::put_off(&mut tx, business, customer, now, later).await.unwrap(), 2);
        assert_eq!(receivables::due_customers(&mut tx, now, 9).await.unwrap(), []);
        assert_eq!(receivables::put_off(&mut tx, business, customer, now, later).await.unwrap(), 0, "once a look");
        assert_eq!(receivables::times_put_off(&mut tx, business, customer, later).await.unwrap(), 1);
        assert_eq!(receivables::put_off(&mut tx, world.other_business, customer, later, later).await.unwrap(), 0);
        let again = later + Duration::days(1);
        assert_eq!(receivables::put_off(&mut tx, business, customer, later, again).await.unwrap(), 2);
        assert_eq!(receivables::times_put_off(&mut tx, business, customer, again).await.unwrap(), 2);
        let both = Stuck { count: 2, since: Some(now) };
        assert_eq!(receivables::stuck(&mut tx, 9).await.unwrap(), both, "since it was so first");
        assert_eq!(receivables::stuck(&mut tx, 1).await.unwrap(), Stuck { count: 1, ..both });

        // Whichever way it is decided, that was it.
        let first = receivables::find(&mut tx, business, receivable).await.unwrap().unwrap();
        let decision = json!({ "decision": "wait" });
        assert!(receivables::decided(&mut tx, &first, &decision, None, again).await.unwrap());
        assert_eq!(receivables::stuck(&mut tx, 9).await.unwrap().count, 1);
        let second = receivables::find(&mut tx, business, world.second_receivable).await.unwrap().unwrap();
        let decided = [Decided { receivable: &second, decision: &decision, next: None }];
        assert_eq!(receivables::decided_many(&mut tx, &decided, again).await.unwrap(), 1);
        assert_eq!(receivables::stuck(&mut tx, 9).await.unwrap(), Stuck::default());
    }

    async fn a_changed_schedule_is_about_those_who_follow_it(store: TestStore) {
        let world = World::of(store).await;
        // Of the second customer everything was said, but nothing paid; of the first everything is settled but one.
        world.does(
            "INSERT INTO invoice (id, business_id, customer_id, state, title, currency, net_days, accepted_methods,
                net_minor, tax_minor, total_minor, created_at, updated_at)
             VALUES ({35}, {1}, {12}, 'draft', 'Shed', 'EUR', 14, 'card', 100, 0, 100, {now}, {now});
             INSERT INTO receivable (id, business_id, customer_id, invoice_id, kind, currency, amount_minor, due_date,
                created_at)
             VALUES ({45}, {1}, {12}, {35}, 'invoice', 'EUR', 100, '2026-03-03', {now});
             UPDATE receivable SET next_decision_at = NULL WHERE id = {41}").await;
        let (business, first, second) = (world.business, world.customer, CustomerId::from_uuid(id(12)));
        let mut tx = world.store.begin().await.unwrap();
        let entry = Entry {
            debit: Account::Receivable(ReceivableId::from_uuid(id(45))),
            credit: Account::Revenue,
            amount: euros(100),
            kind: TransferKind::Issue,
            provider: Provider::Own,
            reference: "45".to_owned(),
            reverses: None,
        };
        world.book(&mut tx, &entry).await;
        let [default, of_group, own] = [
            schedule(&world, &mut tx, "Default").await,
            schedule(&world, &mut tx, "Group").await,
            schedule(&world, &mut tx, "Own").await,
        ];
        let whom = async |tx: &mut Tx, scope| {
            receivables::open_customers_in(tx, business, scope, None, 9).await.unwrap()
        };
        assert_eq!(whom(&mut tx, Scope::Schedule(None)).await, [first, second], "the program's own schedule");
        assert_eq!(whom(&mut tx, Scope::Schedule(Some(default))).await, []);

        let settings = Settings { schedule: Some(default), ..Settings::default() };
        follow_up::save_settings(&mut tx, business, &settings, 0, morning()).await.unwrap();
        assert_eq!(whom(&mut tx, Scope::Schedule(Some(default))).await, [first, second]);
        assert_eq!(whom(&mut tx, Scope::Schedule(None)).await, []);

        let group = Group {
            id: GroupId::from_uuid(world.fresh()),
            business,
            name: Label::parse("Valued").unwrap(),
            schedule: Some(of_group),
            approval_from: None,
            version: 1,
        };
        follow_up::insert_group(&mut tx, &group, morning()).await.unwrap();
        let mut terms = CustomerTerms { group: Some(group.id), ..CustomerTerms::default() };
        follow_up::save_terms(&mut tx, business, second, &terms, 0, morning()).await.unwrap();
        assert_eq!(whom(&mut tx, Scope::Schedule(Some(default))).await, [first]);
        assert_eq!(whom(&mut tx, Scope::Schedule(Some(of_group))).await, [second]);
        terms.schedule = Some(own);
        follow_up::save_terms(&mut tx, business, second, &terms, 1, morning()).await.unwrap();
        assert_eq!(whom(&mut tx, Scope::Schedule(Some(own))).await, [second]);
        assert_eq!(whom(&mut tx, Scope::Schedule(Some(of_group))).await, []);
        assert_eq!(whom(&mut tx, Scope::Group(group.id)).await, [second]);
        assert_eq!(whom(&mut tx, Scope::Business).await, [first, second]);
        assert_eq!(whom(&mut tx, Scope::Customer(second)).await, [second]);
        let page = receivables::open_customers_in(&mut tx, business, Scope::Business, Some(first), 9).await.unwrap();
        assert_eq!(page, [second]);
        let nobody: [CustomerId; 0] = [];
        let other: BusinessId = world.other_business;
        let found = receivables::open_customers_in(&mut tx, other, Scope::Business, None, 9).await.unwrap();
        assert_eq!(found, nobody);

        let look = async |tx: &mut Tx, scope| {
            receivables::look_again_for(tx, business, scope, morning()).await.unwrap()
        };
        assert_eq!(look(&mut tx, Scope::Schedule(Some(own))).await, 1);
        assert_eq!(look(&mut tx, Scope::Business).await, 1, "what is settled stays settled");
        assert_eq!(look(&mut tx, Scope::Business).await, 0);
        let due = receivables::due(&mut tx, morning(), 9).await.unwrap();
        assert_eq!(due.iter().map(|due| due.id).collect::<Vec<_>>(),
            [world.second_receivable, ReceivableId::from_uuid(id(45))]);
    }
}
