//! Recurring invoices, and what became of their dates.

use chrono::Duration;
use domain::invoice::{InvoiceLine, NetDays, Quantity, TaxRate};
use domain::recurring::{Covers, Cycle, RecurringState, Rhythm, Series, Template, Until};
use domain::time::parse_date;
use domain::{Currency, Date, InvoiceId, Label, RecurringId, ShortText};
use store::recurring::{self, Occurrence, Outcome, Recurring};
use store::{StoreError, conformance};

use crate::world::{World, euros, id, morning};

fn date(text: &str) -> Date {
    parse_date(text).unwrap()
}

fn monthly(world: &World) -> Recurring {
    let line = InvoiceLine {
        description: ShortText::parse("Care in {month}").unwrap(),
        detail: None,
        quantity: Quantity::ONE,
        unit: Some(Label::parse("month").unwrap()),
        unit_price: euros(120_000),
        tax_rate: TaxRate::from_basis_points(1900).unwrap(),
        period: None,
        project: None,
    };
    Recurring {
        id: RecurringId::from_uuid(world.fresh()),
        business: world.business,
        customer: world.customer,
        state: RecurringState::Running,
        template: Template {
            title: Some(ShortText::parse("Retainer").unwrap()),
            currency: Currency::EUR,
            net_days: NetDays::new(30),
            purchase_order: Some(Label::parse("PO-7").unwrap()),
            project: None,
            lines: vec![line],
        },
        series: Series {
            rhythm: Rhythm::new(Cycle::Month, 1, true).unwrap(),
            first_on: date("2026-01-31"),
            until: Until::Count(12),
        },
        covers: Covers::Behind,
        as_draft: true,
        next_from: date("2026-01-31"),
        tries: 0,
        created_by: world.member,
        version: 1,
        created_at: morning(),
    }
}

conformance! {
    async fn it_is_kept_as_it_was_written(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let business = world.business;
        let mut one = monthly(&world);
        recurring::insert(&mut tx, &one, &world.fresh().to_string(), morning()).await.unwrap();
        assert_eq!(recurring::find(&mut tx, business, one.id).await.unwrap(), Some(one.clone()));
        assert_eq!(recurring::stand(&mut tx, business, one.id).await.unwrap(), Some(one.stand()));
        assert_eq!(recurring::stand(&mut tx, world.other_business, one.id).await.unwrap(), None);
        assert_eq!(recurring::find(&mut tx, world.other_business, one.id).await.unwrap(), None);
        assert_eq!(recurring::list(&mut tx, business, None, None, 10).await.unwrap(), std::slice::from_ref(&one));
        assert_eq!(recurring::list(&mut tx, business, Some(world.customer), None, 10).await.unwrap().len(), 1);
        let another = domain::CustomerId::from_uuid(id(12));
        assert_eq!(recurring::list(&mut tx, business, Some(another), None, 10).await.unwrap(), []);
        assert_eq!(recurring::list(&mut tx, world.other_business, None, None, 10).await.unwrap(), []);
        // Page by page, nothing twice and nothing left out; another business's is no place to go on from.
        let mut all = vec![one.id];
        for _ in 0..4 {
            let next = Recurring { id: RecurringId::from_uuid(world.fresh()), ..monthly(&world) };
            recurring::insert(&mut tx, &next, &world.fresh().to_string(), morning()).await.unwrap();
            all.push(next.id);
        }
        let (mut paged, mut after) = (Vec::new(), None);
        loop {
            let page = recurring::list(&mut tx, business, None, after, 2).await.unwrap();
            after = page.last().map(|last| last.id);
            paged.extend(page.into_iter().map(|one| one.id));
            if after.is_none() {
                break;
            }
        }
        all.sort_unstable();
        paged.sort_unstable();
        assert_eq!(paged, all);
        assert_eq!(recurring::list(&mut tx, world.other_business, None, Some(one.id), 2).await.unwrap(), []);

        one.series.until = Until::Date(date("2027-01-31"));
        one.template.net_days = None;
        one.as_draft = false;
        assert!(recurring::update(&mut tx, &one, morning()).await.unwrap());
        assert!(!recurring::update(&mut tx, &one, morning()).await.unwrap(), "the version that was read is over");
        one.version = 2;
        assert_eq!(recurring::find(&mut tx, business, one.id).await.unwrap(), Some(one));
    }

    async fn one_is_looked_at_when_it_is_due_and_taken_on_once(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let one = monthly(&world);
        recurring::insert(&mut tx, &one, &world.fresh().to_string(), morning()).await.unwrap();
        assert_eq!(recurring::due(&mut tx, morning() - Duration::seconds(1), 10).await.unwrap(), []);
        assert_eq!(recurring::due(&mut tx, morning(), 10).await.unwrap(), [(world.business, one.id)]);

        assert!(recurring::put_off(&mut tx, &one.stand(), morning() + Duration::hours(1)).await.unwrap());
        assert!(!recurring::put_off(&mut tx, &one.stand(), morning() + Duration::hours(9)).await.unwrap(), "by two at once");
        assert_eq!(recurring::due(&mut tx, morning(), 10).await.unwrap(), []);

        let later = Some(morning() + Duration::days(28));
        let (running, next) = (RecurringState::Running, date("2026-02-01"));
        assert!(recurring::move_on(&mut tx, &one.stand(), running, next, later, morning()).await.unwrap());
        assert!(!recurring::move_on(&mut tx, &one.stand(), running, next, later, morning()).await.unwrap(), "by two at once");
        let moved = recurring::find(&mut tx, world.business, one.id).await.unwrap().unwrap();
        assert_eq!((moved.next_from, moved.tries), (next, 0));

        // What was changed meanwhile is not written as it was read.
        assert!(recurring::update(&mut tx, &moved, morning()).await.unwrap());
        assert!(!recurring::move_on(&mut tx, &moved.stand(), running, date("2026-03-01"), later, morning()).await.unwrap());
    }

    async fn a_change_has_what_failed_tried_again_and_leaves_what_a_person_decides(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        for (state, after) in [
            (RecurringState::Failed, RecurringState::Running),
            (RecurringState::Missed, RecurringState::Missed),
            (RecurringState::Paused, RecurringState::Paused),
        ] {
            let one = monthly(&world);
            recurring::insert(&mut tx, &one, &world.fresh().to_string(), morning()).await.unwrap();
            assert!(recurring::move_on(&mut tx, &one.stand(), state, one.next_from, None, morning()).await.unwrap());
            let stopped = recurring::find(&mut tx, world.business, one.id).await.unwrap().unwrap();
            assert!(recurring::update(&mut tx, &stopped, morning()).await.unwrap());
            let changed = recurring::find(&mut tx, world.business, one.id).await.unwrap().unwrap();
            assert_eq!(changed.state, after);
            let due = recurring::due(&mut tx, morning(), 10).await.unwrap();
            assert_eq!(due.contains(&(world.business, one.id)), after == RecurringState::Running);
        }
    }

    async fn each_date_is_kept_once_with_what_became_of_it(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let one = monthly(&world);
        let whose = (world.business, one.id);
        recurring::insert(&mut tx, &one, &world.fresh().to_string(), morning()).await.unwrap();
        let next = date("2026-04-01");
        assert!(recurring::move_on(&mut tx, &one.stand(), RecurringState::Running, next, None, morning()).await.unwrap());
        let draft = InvoiceId::from_uuid(id(33));
        let kept = [
            Occurrence { on: date("2026-03-31"), outcome: Outcome::Drafted(Some(draft)), at: morning() },
            Occurrence { on: date("2026-02-28"), outcome: Outcome::Issued(world.invoice), at: morning() },
            Occurrence { on: date("2026-01-31"), outcome: Outcome::Skipped, at: morning() },
        ];
        for occurrence in &kept {
            recurring::keep(&mut tx, whose, occurrence).await.unwrap();
        }
        assert_eq!(recurring::kept(&mut tx, world.business, one.id, 10).await.unwrap(), kept);
        assert_eq!(recurring::kept(&mut tx, world.other_business, one.id, 10).await.unwrap(), []);
        assert_eq!(recurring::of_invoice(&mut tx, world.business, world.invoice).await.unwrap(), Some(one.id));
        assert_eq!(recurring::of_invoice(&mut tx, world.other_business, world.invoice).await.unwrap(), None);

        assert!(store::invoices::delete_draft(&mut tx, world.business, draft, 1).await.unwrap());
        let kept_now = recurring::kept(&mut tx, world.business, one.id, 10).await.unwrap();
        assert_eq!(kept_now[0].outcome, Outcome::Drafted(None));
        let again = recurring::keep(&mut tx, whose, &kept[2]).await;
        assert!(matches!(again, Err(StoreError::Conflict { guard }) if guard == "recurring_occurrence_pkey"));
    }

    async fn the_schema_allows_what_the_domain_does(store: TestStore) {
        let world = World::of(store).await;
        for from in RecurringState::ALL.iter().copied() {
            for to in RecurringState::ALL.iter().copied().filter(|to| *to != from) {
                let mut tx = world.store.begin().await.unwrap();
                let mut one = monthly(&world);
                recurring::insert(&mut tx, &one, &world.fresh().to_string(), morning()).await.unwrap();
                for state in [RecurringState::Paused, RecurringState::Running, from] {
                    if one.state != state && one.state.may_become(state) {
                        recurring::move_on(&mut tx, &one.stand(), state, one.next_from, None, morning()).await.unwrap();
                        one.state = state;
                    }
                }
                assert_eq!(one.state, from);
                let moved = recurring::move_on(&mut tx, &one.stand(), to, one.next_from, None, morning()).await;
                assert_eq!(moved.is_ok(), from.may_become(to), "{from} to {to}");
            }
        }
    }
}
