//! Gathering says of many customers what the single questions say of each, whatever happened to them.

use std::fmt::Write;

use chrono::Duration;
use domain::event::EventKind;
use domain::follow_up::CustomerTerms;
use domain::hold::{Hold, HoldEnd, HoldKind};
use domain::ledger::{Account, Entry, Provider, TransferKind};
use domain::message::Channel;
use domain::payment::{AttemptState, FailureCode};
use domain::schedule::{ParkedReason, Said, StepId, Tone};
use domain::task::TaskKind;
use domain::{
    BusinessId, ContactId, CustomerId, EventId, GroupId, HoldId, Label, ManualContactId, MessageId,
    ReceivableId, ShortText, TaskId, Timestamp,
};
use serde_json::json;
use store::dossiers::{self, Dossier, Item, Which};
use store::follow_up::Group;
use store::holds::Ended;
use store::manual_contacts::ManualContact;
use store::messages::NewPart;
use store::tasks::NewTask;
use store::testing::{attack, look, uuid_literal};
use store::{
    Tx, approvals, attempts, conformance, customers, follow_up, holds, ledger, manual_contacts, messages,
    receivables, tasks,
};

use crate::world::{World, euros, id, morning};

/// The same numbers in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn one_of<T: Copy>(&mut self, things: &[T]) -> T {
        things[usize::try_from(self.below(things.len() as u64)).unwrap()]
    }
}

fn step(name: &str) -> StepId {
    StepId::parse(name).unwrap()
}

/// The customers of the first business: with two people, with none, and one whom nobody ever invoiced.
fn customers_of(world: &World) -> [CustomerId; 3] {
    [world.customer, CustomerId::from_uuid(id(12)), CustomerId::from_uuid(id(14))]
}

/// Eight more invoices, of the first two customers.
async fn more_invoices(world: &World) -> Vec<(CustomerId, ReceivableId)> {
    let mut all = vec![(world.customer, world.receivable), (world.customer, world.second_receivable)];
    let mut sql =
        "INSERT INTO customer (id, business_id, number, name, kind, country, locale, time_zone, created_at,
            updated_at)
        VALUES ({14}, {1}, 'C-9', 'Neue', 'consumer', 'US', 'en-US', 'America/Denver', {now}, {now});"
            .to_owned();
    for place in 0..8_u32 {
        let (invoice, receivable) = (400 + place, 500 + place);
        let (customer, due) = (11 + place % 2, 10 + place);
        write!(
            sql,
            "INSERT INTO invoice (id, business_id, customer_id, state, title, currency, net_days, accepted_methods,
                net_minor, tax_minor, total_minor, created_at, updated_at)
             VALUES ({{{invoice}}}, {{1}}, {{{customer}}}, 'draft', 'Job {place}', 'EUR', 14, 'card', 1000, 0, 1000,
                {{now}}, {{now}});
             INSERT INTO invoice_line (id, business_id, invoice_id, position, description, quantity_thousandths, unit,
                unit_price_minor, tax_rate_basis_points, net_minor)
             VALUES ({{{line}}}, {{1}}, {{{invoice}}}, 1, 'Work', 1000, 'piece', 1000, 0, 1000);
             UPDATE invoice SET state = 'issued', number = 'R-{place}', issue_date = '2026-02-2{place}',
                due_date = '2026-03-{due}', issued_at = {{now}}, seller = '{{{{}}}}', buyer = '{{{{}}}}'
             WHERE id = {{{invoice}}};
             INSERT INTO receivable (id, business_id, customer_id, invoice_id, kind, currency, amount_minor, due_date,
                next_decision_at, created_at)
             VALUES ({{{receivable}}}, {{1}}, {{{customer}}}, {{{invoice}}}, 'invoice', 'EUR', 1000, '2026-03-{due}',
                {next}, {{now}});",
            line = 600 + place,
            next = ["{now}", "{later}", "NULL"][usize::try_from(place % 3).unwrap()],
        )
        .unwrap();
        all.push((
            CustomerId::from_uuid(id(u128::from(customer))),
            ReceivableId::from_uuid(id(u128::from(receivable))),
        ));
    }
    world.does(&sql).await;
    for (_, receivable) in &all {
        let mut tx = world.store.begin().await.unwrap();
        let amount = receivables::find(&mut tx, world.business, *receivable).await.unwrap().unwrap().amount;
        let entry = Entry {
            debit: Account::Receivable(*receivable),
            credit: Account::Revenue,
            amount,
            kind: TransferKind::Issue,
            provider: Provider::Own,
            reference: receivable.to_string(),
            reverses: None,
        };
        world.book(&mut tx, &entry).await;
        tx.commit().await.unwrap();
    }
    all
}

/// Something happens to one of the receivables.
async fn something(world: &World, dice: &mut Dice, all: &[(CustomerId, ReceivableId)]) {
    let (customer, receivable) = dice.one_of(all);
    let at = morning() - Duration::days(i64::try_from(dice.below(20)).unwrap());
    let mut tx = world.store.begin().await.unwrap();
    match dice.below(9) {
        0 => {
            let on = (dice.below(3) > 0).then_some(receivable);
            place_hold(world, &mut tx, dice, customer, on, at).await;
        }
        1 => {
            let name = dice.one_of(&["friendly", "firm", "final-notice"]);
            approvals::approve(&mut tx, world.business, receivable, &step(name), world.member, at)
                .await
                .unwrap();
        }
        2 => {
            let contact = (customer == world.customer && dice.below(2) == 0).then_some(world.contact);
            let channel = dice.one_of(&[Channel::Call, Channel::Letter, Channel::Email]);
            let made = ManualContact {
                id: ManualContactId::from_uuid(world.fresh()),
                business: world.business,
                customer,
                contact,
                channel,
                at,
                conversation: channel == Channel::Call && dice.below(2) == 0,
                note: String::new(),
                by: world.member,
                created_at: at,
            };
            manual_contacts::record(&mut tx, &made).await.unwrap();
        }
        3 => {
            let said = said(dice);
            let task = NewTask {
                id: TaskId::from_uuid(world.fresh()),
                business: world.business,
                kind: dice.one_of(&[TaskKind::Call, TaskKind::HandOff]),
                dedup_key: format!("{receivable}:{}", said.step),
                subject: receivable.into(),
                customer: Some(customer),
                invoice: None,
                step: Some((receivable, said)),
                data: json!({}),
                created_at: at,
                due_at: None,
            };
            tasks::raise(&mut tx, &task).await.unwrap();
        }
        4 | 5 if customer == world.customer => {
            let message = MessageId::from_uuid(world.fresh());
            let parts: Vec<NewPart> = (0..=dice.below(2))
                .map(|_| NewPart { receivable: dice.one_of(all).1, said: said(dice), schedule_revision: 1 })
                .collect();
            let unique = parts.len() == 1 || parts[0].receivable != parts[1].receivable;
            world
                .reminder_of(&mut tx, message, &parts[..if unique { parts.len() } else { 1 }])
                .await
                .unwrap();
            if dice.below(3) == 0 {
                messages::withdraw(&mut tx, world.business, message, false, "paid", at).await.unwrap();
            }
        }
        6 => {
            if attempts::in_flight(&mut tx, world.business, receivable).await.unwrap().is_empty()
                && customer == world.customer
            {
                let attempt = world.attempt(&mut tx, receivable, euros(500)).await.unwrap();
                let attempt = attempts::find(&mut tx, world.business, attempt).await.unwrap().unwrap();
                let to = match dice.below(3) {
                    0 => AttemptState::Unknown,
                    1 => AttemptState::Processing { payment: format!("pi_{}", attempt.id) },
                    _ => AttemptState::Failed { code: FailureCode::Declined },
                };
                let event: EventId = world.tell(&mut tx, EventKind::AttemptUnknown);
                attempts::change(&mut tx, &attempt, &to, event, at, None).await.unwrap();
            }
        }
        7 => {
            receivables::park(&mut tx, world.business, &[receivable], ParkedReason::Import, at)
                .await
                .unwrap();
        }
        _ => {
            receivables::release(&mut tx, world.business, &[receivable], world.member, at).await.unwrap();
        }
    }
    tx.commit().await.unwrap();
}

fn said(dice: &mut Dice) -> Said {
    let (name, offset_days, tone) =
        dice.one_of(&[("friendly", 1, Tone::Friendly), ("help", 7, Tone::Polite), ("call", 21, Tone::Firm)]);
    let tone = (dice.below(4) > 0).then_some(tone);
    Said { step: step(name), offset_days, tone, internal: false }
}

async fn place_hold(
    world: &World,
    tx: &mut Tx,
    dice: &mut Dice,
    customer: CustomerId,
    receivable: Option<ReceivableId>,
    at: Timestamp,
) {
    let hold = Hold {
        id: HoldId::from_uuid(world.fresh()),
        receivable,
        kind: dice.one_of(HoldKind::ALL),
        note: "n".to_owned(),
        until: Some("2026-04-01".parse().unwrap()),
        by: (dice.below(2) == 0).then_some(world.member),
        placed_at: at,
    };
    holds::place(tx, world.business, customer, &hold).await.unwrap();
    if dice.below(3) == 0 {
        let ended = Ended { at, by: None, reason: dice.one_of(HoldEnd::ALL) };
        holds::end(tx, world.business, hold.id, ended).await.unwrap();
    }
}

/// What the single questions say of one receivable.
async fn asked_singly(world: &World, tx: &mut Tx, receivable: ReceivableId) -> Item {
    let business = world.business;
    let receivable = receivables::find(tx, business, receivable).await.unwrap().unwrap();
    let sql = format!(
        "SELECT title || '|' || CAST(issue_date AS TEXT) || '|' || state FROM invoice WHERE id = {}",
        uuid_literal(world.store.dialect(), receivable.invoice.uuid())
    );
    let invoice = look(tx, &sql).await.unwrap().remove(0);
    let [title, issued_on, state] = invoice.split('|').collect::<Vec<_>>().try_into().unwrap();
    let balance = ledger::balance(tx, business, receivable.id).await.unwrap().unwrap();
    let in_flight = attempts::in_flight(tx, business, receivable.id).await.unwrap();
    let own = holds::on_receivable(tx, business, receivable.id).await.unwrap();
    Item {
        number: balance.number,
        title: Some(ShortText::parse(title).unwrap()),
        issued_on: issued_on.parse().unwrap(),
        void: state == "void",
        balance: balance.balance,
        in_flight: in_flight.iter().map(|attempt| (attempt.state.status(), attempt.created_at)).collect(),
        under_plan: false,
        autopay: None,
        contested: false,
        // The messages are compared apart: the single question does not name them.
        said: receivables::said(tx, business, receivable.id)
            .await
            .unwrap()
            .into_iter()
            .map(|said| (None, said))
            .collect(),
        holds: own.into_iter().filter(|hold| hold.receivable.is_some()).collect(),
        approved: approvals::of_receivable(tx, business, receivable.id).await.unwrap(),
        receivable,
    }
}

async fn compare(world: &World, tx: &mut Tx, dossier: &Dossier, since: Timestamp) {
    let (business, customer) = (world.business, dossier.customer.id);
    assert_eq!(customers::customer(tx, business, customer).await.unwrap().as_ref(), Some(&dossier.customer));
    assert_eq!(customers::contacts(tx, business, customer).await.unwrap(), dossier.contacts);
    assert_eq!(follow_up::terms(tx, business, customer).await.unwrap().value, dossier.follow_up);
    let group = match dossier.follow_up.group {
        Some(group) => follow_up::group(tx, business, group).await.unwrap(),
        None => None,
    };
    assert_eq!(group, dossier.group);
    let mut wide: Vec<Hold> = holds::of_customer(tx, business, customer)
        .await
        .unwrap()
        .into_iter()
        .filter(|stored| stored.ended.is_none() && stored.hold.receivable.is_none())
        .map(|stored| stored.hold)
        .collect();
    wide.reverse();
    assert_eq!(wide, dossier.holds);
    assert_eq!(manual_contacts::since(tx, business, customer, since).await.unwrap(), dossier.manual);
    let last = messages::last_chasing_contact(tx, business, customer, None).await.unwrap();
    assert_eq!(last.filter(|at| *at >= since), dossier.chasing.iter().map(|contact| contact.at).max());

    let due: Vec<ReceivableId> = receivables::of_customer(tx, business, customer)
        .await
        .unwrap()
        .into_iter()
        .map(|receivable| receivable.id)
        .collect();
    assert_eq!(due, dossier.items.iter().map(|item| item.receivable.id).collect::<Vec<_>>());
    for item in &dossier.items {
        let mut found = item.clone();
        for (message, said) in &mut found.said {
            if let Some(message) = message.take() {
                let parts = messages::find(tx, business, message).await.unwrap().unwrap().parts;
                assert!(parts.iter().any(|part| part.said == *said && part.cancelled.is_none()));
            }
        }
        found.said.dedup();
        assert_eq!(found, asked_singly(world, tx, item.receivable.id).await);
    }
}

conformance! {
    async fn gathering_says_of_many_what_is_said_of_each(store: TestStore) {
        let world = World::of(store).await;
        let all = more_invoices(&world).await;
        let mut tx = world.store.begin().await.unwrap();
        let group = Group {
            id: GroupId::from_uuid(world.fresh()),
            business: world.business,
            name: Label::parse("Valued").unwrap(),
            schedule: None,
            approval_from: Some(Tone::Firm),
            version: 1,
        };
        follow_up::insert_group(&mut tx, &group, morning()).await.unwrap();
        let terms = CustomerTerms { group: Some(group.id), zone_unknown: true, ..CustomerTerms::default() };
        follow_up::save_terms(&mut tx, world.business, world.customer, &terms, 0, morning()).await.unwrap();
        tx.commit().await.unwrap();

        let mut dice = Dice(7);
        let since = morning() - Duration::days(10);
        for round in 0..12 {
            for _ in 0..12 {
                something(&world, &mut dice, &all).await;
            }
            let mut tx = world.store.begin().await.unwrap();
            let [first, second, third] = customers_of(&world);
            let pairs = [first, second, third].map(|customer| (world.business, customer));
            let dossiers = dossiers::gather(&mut tx, &pairs, Which::All, since).await.unwrap();
            assert_eq!(dossiers.iter().map(|dossier| dossier.customer.id).collect::<Vec<_>>(), [first, second, third]);
            for dossier in &dossiers {
                compare(&world, &mut tx, dossier, since).await;
            }
            if round == 11 {
                let items = || dossiers.iter().flat_map(|dossier| &dossier.items);
                assert!(items().any(|item| !item.said.is_empty() && !item.holds.is_empty()), "the world is not empty");
                assert!(items().any(|item| !item.in_flight.is_empty()));
                assert!(items().any(|item| item.receivable.parked.is_some()));
            }
        }
    }

    async fn only_what_is_asked_for_is_gathered(store: TestStore) {
        let world = World::of(store).await;
        more_invoices(&world).await;
        let mut tx = world.store.begin().await.unwrap();
        let (business, customer) = (world.business, world.customer);
        let ids = |dossiers: &[Dossier]| -> Vec<Vec<ReceivableId>> {
            let of = |dossier: &Dossier| dossier.items.iter().map(|item| item.receivable.id).collect();
            dossiers.iter().map(of).collect()
        };
        let number = |number| ReceivableId::from_uuid(id(number));
        let due = dossiers::gather(&mut tx, &[(business, customer)], Which::Due(morning()), morning()).await.unwrap();
        assert_eq!(ids(&due), [vec![world.receivable, number(500), number(506)]]);
        let these = [world.second_receivable, number(501)];
        let found = dossiers::gather(&mut tx, &[(business, customer)], Which::These(&these), morning()).await.unwrap();
        assert_eq!(ids(&found), [vec![world.second_receivable]], "another customer's is not this one's");
        let pairs = [(world.other_business, customer), (business, CustomerId::from_uuid(id(99)))];
        assert_eq!(dossiers::gather(&mut tx, &pairs, Which::All, morning()).await.unwrap(), []);
        assert_eq!(dossiers::gather(&mut tx, &[], Which::All, morning()).await.unwrap(), []);
        assert_eq!(due[0].contacts.iter().map(|contact| contact.id).collect::<Vec<_>>(),
            [ContactId::from_uuid(id(21)), ContactId::from_uuid(id(22))]);
        assert_eq!((due[0].items[0].number.as_str(), due[0].items[0].title.as_ref().map(ShortText::as_str)), ("2026-1", Some("Kitchen")));
    }

    async fn customers_come_longest_waiting_first_and_take_turns(store: TestStore) {
        let world = World::of(store).await;
        more_invoices(&world).await;
        world.does("UPDATE receivable SET next_decision_at = '2026-03-02T08:00:00+00:00' WHERE id = {503}").await;
        let mut tx = world.store.begin().await.unwrap();
        let [first, second, _] = customers_of(&world);
        let due = receivables::due_customers(&mut tx, morning(), 10).await.unwrap();
        assert_eq!(due, [(world.business, second), (world.business, first)]);
        assert_eq!(receivables::due_customers(&mut tx, morning(), 1).await.unwrap(), [(world.business, second)]);
        let early: [(BusinessId, CustomerId); 0] = [];
        let before = morning() - Duration::hours(2);
        assert_eq!(receivables::due_customers(&mut tx, before, 10).await.unwrap(), early);
        ledger::take_turns(&mut tx, &[first, second]).await.unwrap();
        attack(&mut tx, &world.sql("UPDATE customer SET name = 'x' WHERE id = {12}")).await.unwrap();
    }
}
