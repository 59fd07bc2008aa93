//! Schedules, settings, groups, holds, approvals and what people did themselves.

use std::collections::BTreeSet;

use chrono::{Duration, NaiveTime};
use domain::follow_up::{Consequence, CustomerTerms, Settings};
use domain::hold::{Hold, HoldEnd, HoldKind};
use domain::message::Channel;
use domain::schedule::{Schedule, StepId, Tone};
use domain::{CustomerId, Date, GroupId, HoldId, Label, ManualContactId, ReceivableId, ScheduleId};
use store::approvals;
use store::conformance;
use store::follow_up::{self, Group, Versioned};
use store::holds::{self, Ended};
use store::manual_contacts::{self, ManualContact};
use store::schedules::{self, NewSchedule};

use crate::world::{World, morning};

fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn hold(world: &World, kind: HoldKind, receivable: Option<ReceivableId>, until: Option<&str>) -> Hold {
    Hold {
        id: HoldId::from_uuid(world.fresh()),
        receivable,
        kind,
        note: "The tap still drips.".to_owned(),
        until: until.map(day),
        by: Some(world.member),
        placed_at: morning(),
    }
}

/// The standard schedule without its first steps, as this revision.
fn shorter(revision: u32, without: usize) -> Schedule {
    Schedule::new(revision, Schedule::standard().steps()[without..].to_vec()).unwrap()
}

impl World {
    async fn schedule(&self, name: &str) -> ScheduleId {
        let id = ScheduleId::from_uuid(self.fresh());
        let mut tx = self.store.begin().await.unwrap();
        let (name, schedule) = (label(name), Schedule::standard());
        let new = NewSchedule {
            id,
            business: self.business,
            name: &name,
            schedule: &schedule,
            by: None,
            now: morning(),
        };
        schedules::create(&mut tx, &new).await.unwrap();
        tx.commit().await.unwrap();
        id
    }
}

conformance! {
    async fn a_schedule_is_revised_by_one_at_a_time(store: TestStore) {
        let world = World::of(store).await;
        let id = world.schedule("Patient").await;
        let mut tx = world.store.begin().await.unwrap();
        let (business, member, now) = (world.business, world.member, morning());
        assert!(schedules::revise(&mut tx, business, id, &shorter(2, 1), member, now).await.unwrap());
        assert!(!schedules::revise(&mut tx, business, id, &shorter(2, 2), member, now).await.unwrap(), "read too early");
        assert!(!schedules::revise(&mut tx, world.other_business, id, &shorter(3, 2), member, now).await.unwrap());

        let found = schedules::find(&mut tx, business, id).await.unwrap().unwrap();
        assert_eq!((&found.name, &found.schedule), (&label("Patient"), &shorter(2, 1)));
        assert_eq!((found.revised_by, found.revised_at), (Some(member), now));
        assert_eq!(schedules::find(&mut tx, world.other_business, id).await.unwrap(), None);
        assert_eq!(schedules::revision(&mut tx, business, id, 1).await.unwrap(), Some(Schedule::standard()));
        assert_eq!(schedules::revision(&mut tx, business, id, 3).await.unwrap(), None);
        let nobody = ScheduleId::from_uuid(world.fresh());
        assert_eq!(schedules::newest(&mut tx, &[id, nobody]).await.unwrap(), [(id, shorter(2, 1))].into());
        assert_eq!(schedules::newest(&mut tx, &[]).await.unwrap(), [].into());

        assert!(schedules::rename(&mut tx, business, id, &label("Slow")).await.unwrap());
        assert!(schedules::archive(&mut tx, business, id, Some(now)).await.unwrap());
        tx.commit().await.unwrap();
        let quick = world.schedule("Quick").await;
        let mut tx = world.store.begin().await.unwrap();
        let all = schedules::of_business(&mut tx, business).await.unwrap();
        assert_eq!(all.iter().map(|named| (named.id, named.archived_at)).collect::<Vec<_>>(), [(quick, None), (id, Some(now))]);
        assert!(schedules::archive(&mut tx, business, id, None).await.unwrap());
        let taken = schedules::rename(&mut tx, business, id, &label("Quick")).await.unwrap_err();
        assert_eq!(taken.guard(), Some(schedules::NAME_TAKEN));
    }

    async fn settings_are_the_default_until_saved_and_saved_by_one_at_a_time(store: TestStore) {
        let world = World::of(store).await;
        let schedule = world.schedule("Patient").await;
        let mut tx = world.store.begin().await.unwrap();
        let read = follow_up::settings(&mut tx, world.business).await.unwrap();
        assert_eq!(read, Versioned { value: Settings::default(), version: 0 });

        let mut wanted = Settings {
            schedule: Some(schedule),
            days: [false, true, true, true, true, true, false],
            opens: NaiveTime::from_hms_opt(8, 30, 0).unwrap(),
            closes: NaiveTime::from_hms_opt(23, 59, 0).unwrap(),
            minimum_gap_days: 5,
            keeps_holidays: false,
            promise_grace_days: 0,
            consequences: BTreeSet::from([Consequence::LegalAction, Consequence::SuspendService]),
            ..Settings::default()
        };
        wanted.sms.enabled = true;
        assert!(follow_up::save_settings(&mut tx, world.business, &wanted, 0, morning()).await.unwrap());
        assert!(!follow_up::save_settings(&mut tx, world.business, &Settings::default(), 0, morning()).await.unwrap());
        let read = follow_up::settings(&mut tx, world.business).await.unwrap();
        assert_eq!(read, Versioned { value: wanted.clone(), version: 1 });
        wanted.sms.monthly_segments = 7;
        assert!(follow_up::save_settings(&mut tx, world.business, &wanted, 1, morning()).await.unwrap());
        assert!(!follow_up::save_settings(&mut tx, world.business, &Settings::default(), 1, morning()).await.unwrap());

        let both = follow_up::settings_of(&mut tx, &[world.business, world.other_business]).await.unwrap();
        assert_eq!(both, [(world.business, wanted), (world.other_business, Settings::default())].into());
    }

    async fn customers_stand_in_groups_and_have_terms_of_their_own(store: TestStore) {
        let world = World::of(store).await;
        let schedule = world.schedule("Patient").await;
        let mut tx = world.store.begin().await.unwrap();
        let mut valued = Group {
            id: GroupId::from_uuid(world.fresh()),
            business: world.business,
            name: label("Valued"),
            schedule: None,
            approval_from: Some(Tone::Firm),
            version: 1,
        };
        follow_up::insert_group(&mut tx, &valued, morning()).await.unwrap();
        valued.schedule = Some(schedule);
        assert!(follow_up::update_group(&mut tx, &valued).await.unwrap());
        assert!(!follow_up::update_group(&mut tx, &valued).await.unwrap(), "read too early");
        valued.version = 2;
        assert_eq!(follow_up::group(&mut tx, world.business, valued.id).await.unwrap().as_ref(), Some(&valued));
        assert_eq!(follow_up::group(&mut tx, world.other_business, valued.id).await.unwrap(), None);
        assert_eq!(follow_up::groups(&mut tx, world.business).await.unwrap(), std::slice::from_ref(&valued));

        let (business, customer) = (world.business, world.customer);
        assert_eq!(follow_up::terms(&mut tx, business, customer).await.unwrap(), Versioned::default());
        let mut terms = CustomerTerms { group: Some(valued.id), zone_unknown: true, ..CustomerTerms::default() };
        assert!(follow_up::save_terms(&mut tx, business, customer, &terms, 0, morning()).await.unwrap());
        assert!(!follow_up::save_terms(&mut tx, business, customer, &terms, 0, morning()).await.unwrap());
        terms.approval_from = Some(Tone::Final);
        terms.schedule = Some(schedule);
        assert!(follow_up::save_terms(&mut tx, business, customer, &terms, 1, morning()).await.unwrap());
        let read = follow_up::terms(&mut tx, business, customer).await.unwrap();
        assert_eq!(read, Versioned { value: terms, version: 2 });
        assert_eq!(follow_up::group_sizes(&mut tx, business).await.unwrap(), [(valued.id, 1)].into());
        assert_eq!(follow_up::schedule_sizes(&mut tx, business).await.unwrap(), [(schedule, 1)].into());
        assert_eq!(follow_up::schedule_sizes(&mut tx, world.other_business).await.unwrap(), [].into());
        let places = follow_up::whereabouts(&mut tx, business).await.unwrap();
        assert!(places.iter().any(|place| place.zone_unknown), "the customer whose terms say so: {places:?}");
        let elsewhere = follow_up::whereabouts(&mut tx, world.other_business).await.unwrap();
        assert!(elsewhere.iter().all(|place| !place.zone_unknown), "{elsewhere:?}");
    }

    async fn a_hold_stands_until_it_is_ended_once(store: TestStore) {
        let world = World::of(store).await;
        let (business, customer) = (world.business, world.customer);
        let dispute = hold(&world, HoldKind::Dispute, Some(world.receivable), None);
        let promise = hold(&world, HoldKind::Promise, Some(world.second_receivable), Some("2026-03-20"));
        let all = hold(&world, HoldKind::Manual, None, Some("2026-03-10"));
        let mut tx = world.store.begin().await.unwrap();
        for hold in [&dispute, &promise, &all] {
            holds::place(&mut tx, business, customer, hold).await.unwrap();
        }
        let on_first = holds::on_receivable(&mut tx, business, world.receivable).await.unwrap();
        assert_eq!(on_first, [dispute.clone(), all.clone()]);
        assert_eq!(holds::on_receivable(&mut tx, world.other_business, world.receivable).await.unwrap(), []);
        let ids = |found: Vec<holds::StoredHold>| found.into_iter().map(|found| found.hold.id).collect::<Vec<_>>();
        assert_eq!(ids(holds::standing(&mut tx, business, 10).await.unwrap()), [all.id, promise.id, dispute.id]);
        // What does not end by itself is not looked for.
        assert_eq!(ids(holds::promises_until(&mut tx, day("2026-03-20"), 10).await.unwrap()), [promise.id]);
        assert_eq!(ids(holds::promises_until(&mut tx, day("2026-03-19"), 10).await.unwrap()), []);

        let lifted = Ended { at: morning(), by: Some(world.member), reason: HoldEnd::Lifted };
        assert!(holds::end(&mut tx, business, dispute.id, lifted).await.unwrap());
        assert!(!holds::end(&mut tx, business, dispute.id, lifted).await.unwrap(), "ended once");
        let over = Ended { at: morning(), by: None, reason: HoldEnd::Over };
        assert!(!holds::end(&mut tx, world.other_business, promise.id, over).await.unwrap());
        assert!(holds::end(&mut tx, business, promise.id, over).await.unwrap());
        assert_eq!(holds::on_receivable(&mut tx, business, world.receivable).await.unwrap(), std::slice::from_ref(&all));
        let history = holds::of_customer(&mut tx, business, customer).await.unwrap();
        assert_eq!(history.iter().map(|stored| stored.ended).collect::<Vec<_>>(), [None, Some(over), Some(lifted)]);
        let found = holds::find(&mut tx, business, dispute.id).await.unwrap().unwrap();
        assert_eq!((found.customer, found.hold, found.ended), (customer, dispute, Some(lifted)));
    }

    async fn a_step_is_approved_once(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let firm = StepId::parse("firm").unwrap();
        let (business, receivable) = (world.business, world.receivable);
        assert!(approvals::approve(&mut tx, business, receivable, &firm, world.member, morning()).await.unwrap());
        assert!(!approvals::approve(&mut tx, business, receivable, &firm, world.member, morning()).await.unwrap());
        assert_eq!(approvals::of_receivable(&mut tx, business, receivable).await.unwrap(), [firm]);
        assert_eq!(approvals::of_receivable(&mut tx, business, world.second_receivable).await.unwrap(), []);
    }

    async fn what_a_person_did_is_written_down(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let call = ManualContact {
            id: ManualContactId::from_uuid(world.fresh()),
            business: world.business,
            customer: world.customer,
            contact: Some(world.contact),
            channel: Channel::Call,
            at: morning() - Duration::hours(1),
            conversation: true,
            note: "Pays on Friday.".to_owned(),
            by: world.member,
            created_at: morning(),
        };
        let letter = ManualContact {
            id: ManualContactId::from_uuid(world.fresh()),
            contact: None,
            channel: Channel::Letter,
            at: morning(),
            conversation: false,
            ..call.clone()
        };
        manual_contacts::record(&mut tx, &letter).await.unwrap();
        manual_contacts::record(&mut tx, &call).await.unwrap();
        let (business, customer) = (world.business, world.customer);
        let made = manual_contacts::since(&mut tx, business, customer, call.at).await.unwrap();
        assert_eq!(made, [call, letter.clone()]);
        assert_eq!(manual_contacts::since(&mut tx, business, customer, morning()).await.unwrap(), [letter]);
        let nobody = CustomerId::from_uuid(world.fresh());
        assert_eq!(manual_contacts::since(&mut tx, business, nobody, morning()).await.unwrap(), []);
    }
}
