//! The books and the provider say the same, whatever was told and what not.

use chrono::Duration;
use domain::dispute::DisputeStage;
use domain::payment::Method;
use domain::{Role, TransferId};
use server::env::Principal;
use server::operations::payments::by_hand;
use server::operations::payments::give_back::{self, GiveBackInput};
use server::operations::payments::reconcile::{self, Compared, ReconcileError};
use server::workers;
use store::conformance;

use crate::shop::{Shop, euros};
use crate::support::with_role;

/// Everything that can happen to a payment, and nobody tells of any of it.
async fn live(shop: &Shop) {
    for euros in [10, 20, 30, 40, 50] {
        let invoice = shop.invoice(euros).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        shop.provider().pay(&shop.session(&started));
    }
    let paid: Vec<_> =
        shop.provider().told().into_iter().filter(|event| event.kind == "payment_intent.succeeded").collect();
    let intent = |at: usize| paid[at].object_id.clone();
    shop.provider().give_back(&intent(0), euros(4));
    let failed = shop.provider().give_back(&intent(1), euros(20));
    shop.provider().refund_fails(&failed);
    let won = shop.provider().contest(&intent(2), euros(30), DisputeStage::Open);
    shop.provider().goes_on(&won, DisputeStage::Won);
    shop.provider().contest(&intent(3), euros(40), DisputeStage::Lost);
    shop.provider().contest(&intent(4), euros(50), DisputeStage::Inquiry);
}

async fn compare(shop: &Shop) -> Compared {
    reconcile::reconcile(shop.env(), &Principal::Operator, shop.business).await.unwrap()
}

async fn drift(shop: &Shop) -> Option<i64> {
    reconcile::last(shop.env(), &shop.owner).await.unwrap().map(|last| last.drift)
}

conformance! {
    async fn lost_webhooks_leave_no_drift_with_the_sweep_alone(store: TestStore) {
        let shop = Shop::open(&store).await;
        workers::sweep::run_once(shop.env()).await.unwrap();
        live(&shop).await;
        shop.world.clock.advance(Duration::minutes(6));
        workers::sweep::run_once(shop.env()).await.unwrap();
        shop.work().await;
        assert_eq!(compare(&shop).await, Compared { objects: 10, healed: 0, drift: Vec::new() });
        assert_eq!(drift(&shop).await, Some(0));
        shop.assert_sound().await;
    }

    async fn what_is_older_than_the_providers_events_is_found_by_comparing(store: TestStore) {
        let shop = Shop::open(&store).await;
        workers::sweep::run_once(shop.env()).await.unwrap();
        live(&shop).await;
        shop.provider().forget_events();
        shop.world.clock.advance(Duration::days(40));
        // The sweep compares once a day by itself.
        workers::sweep::run_once(shop.env()).await.unwrap();
        assert_eq!(drift(&shop).await, Some(0));
        let compared = compare(&shop).await;
        assert_eq!((compared.healed, compared.drift), (0, Vec::new()), "all of it is booked by now");
        let mut tx = shop.env().store.read().await.unwrap();
        let known = store::disputes::of_customer(&mut tx, shop.business, shop.customer).await.unwrap();
        drop(tx);
        assert_eq!(known.len(), 3, "the inquiry too, though it moved nothing");
        assert_eq!(shop.inbox().await, "");
        shop.assert_sound().await;
    }

    async fn what_differs_is_said_and_counted(store: TestStore) {
        let shop = Shop::open(&store).await;
        let invoice = shop.invoice(100).await;
        let started = shop.pay(&[invoice], Method::Card).await.unwrap();
        let intent = shop.provider().pay(&shop.session(&started));
        shop.hear().await;
        shop.provider().change_intent(&intent, |intent| intent.amount_received = Some(euros(90)));
        let compared = compare(&shop).await;
        let said: Vec<_> = compared.drift.iter().map(|one| (one.at_provider, one.in_books)).collect();
        assert_eq!(said, [(Some(euros(90)), Some(euros(100)))]);
        assert_eq!(drift(&shop).await, Some(1));
        let clerk = with_role(&shop.owner, Role::Viewer);
        let refused = reconcile::reconcile(shop.env(), &clerk, shop.business).await;
        assert!(matches!(refused, Err(ReconcileError::NotPermitted(_))));
    }

    async fn a_refund_from_the_console_leaves_no_drift(store: TestStore) {
        let shop = Shop::open(&store).await;
        live(&shop).await;
        shop.hear().await;
        let payments = by_hand::payments_of(shop.env(), &shop.owner, shop.customer).await.unwrap();
        let first: TransferId = payments.iter().find(|payment| payment.amount == euros(10)).unwrap().id;
        let input = GiveBackInput {
            form: "frm_the_rest".to_owned(),
            amount: "6".to_owned(),
            reason: "Sent twice".to_owned(),
            ..GiveBackInput::default()
        };
        give_back::give_back(shop.env(), &shop.owner, first, &input).await.unwrap();
        assert_eq!(compare(&shop).await, Compared { objects: 11, healed: 0, drift: Vec::new() });
        shop.assert_sound().await;
    }
}
