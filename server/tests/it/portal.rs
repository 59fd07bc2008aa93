//! Portal links: opening, exchanging, renewing, revoking.

use chrono::Duration;
use domain::event::{Actor, EventKind};
use domain::message::{MessageKind, MessageState};
use domain::{ContactId, CustomerId, InvoiceId};
use server::env::{Env, PortalScope, Principal};
use server::operations::portal::{self, LinkFor, Opened, PortalError};
use server::operations::{invoices, outbox, timeline};
use store::conformance;

use crate::follow_up::{parsed, token};
use crate::support::{browser, business, business_of, customer, days_go_by, draft_input, issued, world};

/// A link as the hand-over of a reminder mints it; its token.
pub async fn linked(
    env: &Env,
    owner: &Principal,
    customer: CustomerId,
    contact: Option<ContactId>,
    scope: PortalScope,
) -> String {
    let link = LinkFor { business: business_of(owner), customer, scope, contact, message: None };
    let mut tx = env.store.begin().await.unwrap();
    let minted = portal::mint(&mut tx, env, Actor::System, link).await.unwrap();
    tx.commit().await.unwrap();
    minted.url.rsplit('/').next().unwrap().to_owned()
}

async fn kinds(env: &Env, owner: &Principal, invoice: InvoiceId) -> Vec<EventKind> {
    timeline::of_invoice(env, owner, invoice).await.unwrap().iter().map(|entry| entry.kind).collect()
}

conformance! {
    async fn opening_changes_nothing_and_acting_counts_as_seen(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, contact) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let id = issued(env, &owner, customer).await;
        let token = linked(env, &owner, customer, Some(contact), PortalScope::Invoice(id)).await;
        let before = kinds(env, &owner, id).await;

        for _ in 0..3 {
            let Opened::View(view) = portal::open(env, &token).await.unwrap() else { panic!("expired") };
            assert_eq!(view.sheet.id, id);
        }
        assert_eq!(kinds(env, &owner, id).await, before, "a mail scanner leaves no trace");
        assert!(portal::links_of(env, &owner, id).await.unwrap()[0].link.first_used_at.is_none());

        let entered = portal::exchange(env, &token, None, None, browser()).await.unwrap();
        assert_eq!(entered.invoice, Some(id));
        let (cookie, _) = entered.cookie.unwrap();
        let cookie = cookie.reveal();
        let again = portal::exchange(env, &token, None, Some(&cookie), browser()).await.unwrap();
        assert!(again.cookie.is_none(), "the browser keeps its session");
        assert_eq!(kinds(env, &owner, id).await[0], EventKind::PortalOpened);
        let seen = kinds(env, &owner, id).await.iter().filter(|kind| **kind == EventKind::PortalOpened).count();
        assert_eq!(seen, 1);
        let entries = timeline::of_invoice(env, &owner, id).await.unwrap();
        assert_eq!(entries[0].actor_name.as_ref().unwrap().as_str(), "Lena Morgenrot");

        let access = portal::authenticate(env, &cookie, id).await.unwrap().unwrap();
        let view = portal::view(env, &Principal::Portal(access), id).await.unwrap();
        assert_eq!(view.sheet.number.unwrap().as_str(), "2026-001");
    }

    async fn a_link_reaches_what_it_covers_and_nothing_else(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (bakery, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let (club, _) = customer(env, &owner, "Kulturverein", "ole@verein.example").await;
        let (one, two) = (issued(env, &owner, bakery).await, issued(env, &owner, bakery).await);
        let others = issued(env, &owner, club).await;
        let draft = invoices::draft(env, &owner, draft_input(bakery)).await.unwrap();

        let narrow = linked(env, &owner, bakery, None, PortalScope::Invoice(one)).await;
        let entered = portal::exchange(env, &narrow, None, None, browser()).await.unwrap();
        let (cookie, _) = entered.cookie.unwrap();
        let cookie = cookie.reveal();
        let principal = Principal::Portal(entered.access);
        for out_of_reach in [two, others, draft] {
            assert!(portal::authenticate(env, &cookie, out_of_reach).await.unwrap().is_none());
            assert!(matches!(portal::view(env, &principal, out_of_reach).await, Err(PortalError::NotFound)));
        }
        assert!(portal::view(env, &principal, one).await.unwrap().others.is_empty());

        // The same browser gains a wider link and keeps the narrow one.
        let wide = linked(env, &owner, bakery, None, PortalScope::Customer).await;
        let entered = portal::exchange(env, &wide, None, Some(&cookie), browser()).await.unwrap();
        let principal = Principal::Portal(entered.access);
        let view = portal::view(env, &principal, one).await.unwrap();
        assert_eq!(view.others.iter().map(|other| other.id).collect::<Vec<_>>(), [two]);
        assert!(portal::authenticate(env, &cookie, two).await.unwrap().is_some());
        for out_of_reach in [others, draft] {
            assert!(matches!(portal::view(env, &principal, out_of_reach).await, Err(PortalError::NotFound)));
        }
        assert!(matches!(portal::view(env, &owner, one).await, Err(PortalError::NotPermitted(_))));
    }

    async fn a_link_of_everything_shows_everything_open_and_what_was_paid_lately(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (bakery, contact) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let (club, _) = customer(env, &owner, "Kulturverein", "ole@verein.example").await;
        let (one, two) = (issued(env, &owner, bakery).await, issued(env, &owner, bakery).await);
        let foreign = issued(env, &owner, club).await;
        let draft = invoices::draft(env, &owner, draft_input(bakery)).await.unwrap();

        let token = linked(env, &owner, bakery, Some(contact), PortalScope::Customer).await;
        let Opened::All(all) = portal::open(env, &token).await.unwrap() else { panic!("not everything") };
        assert_eq!(all.open.iter().map(|invoice| invoice.id).collect::<Vec<_>>(), [one, two]);
        assert!(all.paid.is_empty());
        assert_eq!((all.customer, all.customer_name.as_str()), (bakery, "Bäckerei Morgenrot"));
        assert!(portal::links_of(env, &owner, one).await.unwrap()[0].link.first_used_at.is_none(), "only looked at");

        for out_of_reach in [foreign, draft] {
            let refused = portal::exchange(env, &token, Some(out_of_reach), None, browser()).await;
            assert!(matches!(refused, Err(PortalError::NotFound)));
        }
        let entered = portal::exchange(env, &token, Some(two), None, browser()).await.unwrap();
        assert_eq!(entered.invoice, Some(two), "where the chosen button stands");
        assert_eq!(kinds(env, &owner, two).await[0], EventKind::PortalOpened);
        let (cookie, _) = entered.cookie.unwrap();
        let cookie = cookie.reveal();

        let access = portal::authenticate_customer(env, &cookie, bakery).await.unwrap().unwrap();
        let holder = Principal::Portal(access);
        assert_eq!(portal::open_invoices(env, &holder, bakery).await.unwrap().open.len(), 2);
        assert!(portal::authenticate_customer(env, &cookie, club).await.unwrap().is_none());
        assert!(matches!(portal::open_invoices(env, &holder, club).await, Err(PortalError::NotFound)));
        assert!(matches!(portal::open_invoices(env, &owner, bakery).await, Err(PortalError::NotPermitted(_))));

        // A link of one invoice in the same browser does not narrow what the wide one opens; alone it opens no list.
        let narrow = linked(env, &owner, bakery, None, PortalScope::Invoice(one)).await;
        days_go_by(&world, 1);
        let later = linked(env, &owner, bakery, None, PortalScope::Invoice(one)).await;
        for token in [&narrow, &later] {
            portal::exchange(env, token, None, Some(&cookie), browser()).await.unwrap();
        }
        let access = portal::authenticate(env, &cookie, one).await.unwrap().unwrap();
        assert_eq!(access.scope, PortalScope::Customer);
        let alone = portal::exchange(env, &narrow, None, None, browser()).await.unwrap();
        let (only, _) = alone.cookie.unwrap();
        assert!(portal::authenticate_customer(env, &only.reveal(), bakery).await.unwrap().is_none());
        let alone = Principal::Portal(alone.access);
        assert!(matches!(portal::open_invoices(env, &alone, bakery).await, Err(PortalError::NotFound)));
    }

    async fn an_expired_link_of_everything_is_answered_by_one_of_everything(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (bakery, contact) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        issued(env, &owner, bakery).await;
        let old = linked(env, &owner, bakery, Some(contact), PortalScope::Customer).await;
        days_go_by(&world, 90);
        assert!(matches!(portal::open(env, &old).await.unwrap(), Opened::Expired(_)));
        portal::renew(env, &old).await.unwrap();
        outbox::hand_over_waiting(env, &Principal::System, "portal").await.unwrap();
        let mails = world.mailer.mails();
        let [mail] = &mails[..] else { panic!("{mails:?}") };
        let fresh = token(&parsed(mail));
        assert!(matches!(portal::open(env, &fresh).await.unwrap(), Opened::All(_)));
    }

    async fn unknown_and_revoked_links_look_the_same(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let id = issued(env, &owner, customer).await;
        let minted = portal::copy_link(env, &owner, id).await.unwrap();
        let token = minted.url.rsplit('/').next().unwrap().to_owned();
        let entered = portal::exchange(env, &token, None, None, browser()).await.unwrap();
        let (cookie, _) = entered.cookie.unwrap();

        portal::revoke_link(env, &owner, minted.id).await.unwrap();
        let unknown = "A".repeat(43);
        for token in [token.as_str(), unknown.as_str(), "", "../etc/passwd"] {
            assert!(matches!(portal::open(env, token).await, Err(PortalError::NotFound)));
            assert!(matches!(portal::exchange(env, token, None, None, browser()).await, Err(PortalError::NotFound)));
            assert!(matches!(portal::renew(env, token).await, Err(PortalError::NotFound)));
        }
        assert!(portal::authenticate(env, &cookie.reveal(), id).await.unwrap().is_none(), "nor by the session");
        assert!(portal::links_of(env, &owner, id).await.unwrap().is_empty());
        let draft = invoices::draft(env, &owner, draft_input(customer)).await.unwrap();
        assert!(matches!(portal::copy_link(env, &owner, draft).await, Err(PortalError::NotFound)));
    }

    async fn an_expired_link_is_answered_by_mail_to_the_contact_on_file(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, contact) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let id = issued(env, &owner, customer).await;
        let token = linked(env, &owner, customer, Some(contact), PortalScope::Invoice(id)).await;
        assert!(matches!(portal::renew(env, &token).await, Err(PortalError::NotFound)), "it is still good");

        // Business time alone makes a link old.
        world.clock.advance_business(Duration::days(90));
        let Opened::Expired(expired) = portal::open(env, &token).await.unwrap() else { panic!("still open") };
        assert_eq!(expired.masked_email, "l•••@morgenrot.example");
        assert!(matches!(portal::exchange(env, &token, None, None, browser()).await, Err(PortalError::NotFound)));

        let renewed = portal::renew(env, &token).await.unwrap();
        assert_eq!(renewed.masked_email, "l•••@morgenrot.example");
        // A second press of the button is the same wish.
        portal::renew(env, &token).await.unwrap();
        let mut tx = env.store.read().await.unwrap();
        let queued =
            store::messages::in_state(&mut tx, business_of(&owner), MessageState::Queued, 10).await.unwrap();
        drop(tx);
        let [message] = &queued[..] else { panic!("{queued:?}") };
        assert_eq!((message.kind, message.to_address.as_str()), (MessageKind::FreshLink, "lena@morgenrot.example"));
        assert_eq!((message.invoice, message.contact), (Some(id), Some(contact)));

        portal::renew(env, &token).await.unwrap();
        assert!(matches!(portal::renew(env, &token).await, Err(PortalError::TooMany(_))));
    }

    async fn a_link_is_good_for_ninety_days(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, _) = customer(env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let id = issued(env, &owner, customer).await;
        let token = linked(env, &owner, customer, None, PortalScope::Invoice(id)).await;
        days_go_by(&world, 89);
        assert!(matches!(portal::open(env, &token).await.unwrap(), Opened::View(_)));
        days_go_by(&world, 1);
        assert!(matches!(portal::open(env, &token).await.unwrap(), Opened::Expired(_)));
    }
}
