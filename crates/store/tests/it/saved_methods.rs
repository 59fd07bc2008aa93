//! Ways to pay that customers keep for later.

use chrono::Duration;
use domain::event::EventKind;
use domain::payment::Method;
use domain::saved::{EndReason, ExpiryMonth};
use domain::{Currency, MethodSetupId, SavedMethodId};
use store::saved_methods::{self as rows, SavedMethod, Setup};
use store::{Tx, conformance};

use crate::world::{World, morning};

async fn agreed(world: &World, tx: &mut Tx, link: domain::LinkId) -> Setup {
    let setup = Setup {
        id: MethodSetupId::from_uuid(world.fresh()),
        business: world.business,
        customer: world.customer,
        contact: world.contact,
        link,
        method: Method::SepaDebit,
        currency: Currency::EUR,
        consent_text: "I agree.".to_owned(),
        consent_hash: [5; 32],
        locale: "en-GB".to_owned(),
        address: Some("192.0.2.7".to_owned()),
        user_agent: None,
        agreed_at: morning(),
        checkout: None,
        attempt: None,
    };
    rows::agree(tx, &setup).await.unwrap();
    setup
}

fn given(world: &World, setup: &Setup, reference: &str) -> SavedMethod {
    SavedMethod {
        id: SavedMethodId::from_uuid(world.fresh()),
        business: setup.business,
        customer: setup.customer,
        setup: setup.id,
        method: setup.method,
        account: Some("acct_1:test".to_owned()),
        reference: reference.to_owned(),
        mandate: Some(format!("mandate_of_{reference}")),
        label: "Tidal Bank".to_owned(),
        last_digits: "3000".to_owned(),
        expires: ExpiryMonth::new(2034, 12),
        saved_at: morning(),
        ended: None,
        tries: 0,
    }
}

conformance! {
    async fn what_was_agreed_to_is_kept_and_its_page_named_once(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let setup = agreed(&world, &mut tx, link).await;
        assert_eq!(rows::setup(&mut tx, world.business, setup.id).await.unwrap(), Some(setup.clone()));
        assert_eq!(rows::setup(&mut tx, world.other_business, setup.id).await.unwrap(), None);
        for page in ["cs_1", "cs_2"] {
            rows::opened(&mut tx, setup.id, page).await.unwrap();
        }
        let found = rows::setup(&mut tx, world.business, setup.id).await.unwrap().unwrap();
        assert_eq!(found.checkout.as_deref(), Some("cs_1"));
    }

    async fn it_is_found_by_everything_it_is_known_by(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let setup = agreed(&world, &mut tx, link).await;
        let (one, twin) = (given(&world, &setup, "pm_1"), given(&world, &setup, "pm_1"));
        let event = world.tell(&mut tx, EventKind::MethodSaved);
        assert!(rows::keep(&mut tx, &one, event).await.unwrap());
        assert!(!rows::keep(&mut tx, &twin, event).await.unwrap(), "once for each id of the provider's");
        let (own, other) = (world.business, world.other_business);
        let one = Some(one);
        assert_eq!(rows::find(&mut tx, own, one.as_ref().unwrap().id).await.unwrap(), one);
        assert_eq!(rows::find(&mut tx, other, one.as_ref().unwrap().id).await.unwrap(), None);
        assert_eq!(rows::by_reference(&mut tx, own, "pm_1").await.unwrap(), one);
        assert_eq!(rows::by_reference(&mut tx, other, "pm_1").await.unwrap(), None);
        assert_eq!(rows::by_mandate(&mut tx, own, "mandate_of_pm_1").await.unwrap(), one);
        assert_eq!(rows::by_mandate(&mut tx, other, "mandate_of_pm_1").await.unwrap(), None);
        assert_eq!(rows::of_setup(&mut tx, setup.id).await.unwrap(), one);
        assert_eq!(rows::of_customer(&mut tx, own, world.customer, "acct_1:test").await.unwrap(), one.into_iter().collect::<Vec<_>>());
        assert_eq!(rows::of_customer(&mut tx, own, world.customer, "acct_1:live").await.unwrap(), []);
        assert_eq!(rows::of_customer(&mut tx, other, world.customer, "acct_1:test").await.unwrap(), []);
    }

    async fn one_that_ended_waits_to_be_let_go(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let setup = agreed(&world, &mut tx, link).await;
        let one = given(&world, &setup, "pm_1");
        let event = world.tell(&mut tx, EventKind::MethodSaved);
        rows::keep(&mut tx, &one, event).await.unwrap();
        assert_eq!(rows::to_detach(&mut tx, morning(), 10).await.unwrap(), []);
        let ends = (morning(), EndReason::Customer);
        let event = world.tell(&mut tx, EventKind::MethodEnded);
        assert!(rows::end(&mut tx, one.id, ends, Some(morning()), event).await.unwrap());
        assert!(!rows::end(&mut tx, one.id, ends, Some(morning()), event).await.unwrap(), "once");
        assert_eq!(rows::of_customer(&mut tx, world.business, world.customer, "acct_1:test").await.unwrap(), []);
        let later = morning() + Duration::minutes(1);
        let waiting = rows::to_detach(&mut tx, morning(), 10).await.unwrap();
        assert_eq!(waiting, [SavedMethod { ended: Some(ends), ..one.clone() }]);
        rows::detach_at(&mut tx, one.id, Some(later)).await.unwrap();
        assert_eq!(rows::to_detach(&mut tx, morning(), 10).await.unwrap(), []);
        assert_eq!(rows::to_detach(&mut tx, later, 10).await.unwrap()[0].tries, 1);
        rows::detach_at(&mut tx, one.id, None).await.unwrap();
        rows::detach_at(&mut tx, one.id, Some(morning())).await.unwrap();
        assert_eq!(rows::to_detach(&mut tx, later, 10).await.unwrap(), [], "gone is gone");
        tx.commit().await.unwrap();
    }
}
