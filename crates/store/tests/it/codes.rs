//! Codes that prove who holds a link.

use chrono::Duration;
use domain::code::{LIFE, Sent, TRIES};
use domain::message::Channel;
use domain::{CodeId, SessionId, Timestamp};
use store::codes::{self, Code};
use store::links::{self, NewPortalSession};
use store::{Tx, conformance};

use crate::world::{World, morning};

async fn session(world: &World, tx: &mut Tx) -> SessionId {
    let id = SessionId::from_uuid(world.fresh());
    let mut hash = [0; 32];
    hash[..16].copy_from_slice(id.uuid().as_bytes());
    let new = NewPortalSession {
        token_hash: &hash,
        id,
        created_at: morning(),
        expires_at: morning() + Duration::days(90),
        address: None,
        user_agent: None,
    };
    links::begin_session(tx, &new).await.unwrap();
    id
}

async fn asked(world: &World, tx: &mut Tx, session: SessionId, at: Timestamp) -> Code {
    let code = Code {
        id: CodeId::from_uuid(world.fresh()),
        business: world.business,
        customer: world.customer,
        contact: world.contact,
        session,
        channel: Channel::Email,
        sent: Sent { asked_at: at, expires_at: at + LIFE, tries: 0, used: false },
    };
    codes::ask(tx, &code).await.unwrap();
    code
}

conformance! {
    async fn the_newest_code_is_the_one_that_counts(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let here = session(&world, &mut tx).await;
        let elsewhere = session(&world, &mut tx).await;
        let later = morning() + Duration::minutes(1);
        let first = asked(&world, &mut tx, here, morning()).await;
        assert_eq!(codes::newest(&mut tx, here, world.customer).await.unwrap(), Some(first));
        let second = asked(&world, &mut tx, here, later).await;
        assert_eq!(codes::newest(&mut tx, here, world.customer).await.unwrap(), Some(second));
        assert_eq!(codes::newest(&mut tx, elsewhere, world.customer).await.unwrap(), None);
        assert!(!codes::mint(&mut tx, world.business, first.id, &[1; 32], later).await.unwrap(), "followed by another");
        assert!(!codes::mint(&mut tx, world.other_business, second.id, &[1; 32], later).await.unwrap());
        assert!(codes::mint(&mut tx, world.business, second.id, &[1; 32], later).await.unwrap());
        assert!(codes::mint(&mut tx, world.business, second.id, &[2; 32], later).await.unwrap(), "a retry mints anew");
        assert!(!codes::mint(&mut tx, world.business, second.id, &[3; 32], later + LIFE).await.unwrap(), "too late");
        assert_eq!(codes::count_try(&mut tx, second.id, later).await.unwrap(), Some((Some([2; 32]), 1)));
    }

    async fn tries_are_counted_until_there_are_none_left(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let here = session(&world, &mut tx).await;
        let code = asked(&world, &mut tx, here, morning()).await;
        for tried in 1..=TRIES {
            let counted = codes::count_try(&mut tx, code.id, morning()).await.unwrap();
            assert_eq!(counted, Some((None, tried)), "not handed over yet");
        }
        assert_eq!(codes::count_try(&mut tx, code.id, morning()).await.unwrap(), None);
        let fresh = asked(&world, &mut tx, here, morning() + Duration::minutes(1)).await;
        assert_eq!(codes::count_try(&mut tx, fresh.id, fresh.sent.expires_at).await.unwrap(), None, "too late");
    }

    async fn ended_sessions_are_forgotten_unless_something_was_proven_in_them(store: TestStore) {
        let world = World::of(store).await;
        let link = world.link(1).await;
        let mut tx = world.store.begin().await.unwrap();
        let (plain, proven) = (session(&world, &mut tx).await, session(&world, &mut tx).await);
        for session in [plain, proven] {
            links::keep_in_session(&mut tx, session, link, morning()).await.unwrap();
        }
        let code = asked(&world, &mut tx, proven, morning()).await;
        codes::mint(&mut tx, world.business, code.id, &[1; 32], morning()).await.unwrap();
        codes::prove(&mut tx, &code, morning()).await.unwrap();
        let over = morning() + Duration::days(90);
        assert_eq!(links::purge_sessions(&mut tx, over - Duration::seconds(1)).await.unwrap(), 0);
        assert_eq!(links::of_session(&mut tx, plain).await.unwrap().len(), 1);
        codes::purge(&mut tx, over).await.unwrap();
        assert_eq!(links::purge_sessions(&mut tx, over).await.unwrap(), 1);
        assert_eq!(links::of_session(&mut tx, plain).await.unwrap(), []);
        assert_eq!(codes::proven(&mut tx, proven, world.customer).await.unwrap(), Some(world.contact), "evidence");
    }

    async fn a_used_code_proves_its_session_for_its_customer(store: TestStore) {
        let world = World::of(store).await;
        let mut tx = world.store.begin().await.unwrap();
        let here = session(&world, &mut tx).await;
        let elsewhere = session(&world, &mut tx).await;
        let code = asked(&world, &mut tx, here, morning()).await;
        assert!(codes::mint(&mut tx, world.business, code.id, &[1; 32], morning()).await.unwrap());
        assert_eq!(codes::proven(&mut tx, here, world.customer).await.unwrap(), None);
        codes::prove(&mut tx, &code, morning()).await.unwrap();
        assert_eq!(codes::proven(&mut tx, here, world.customer).await.unwrap(), Some(world.contact));
        assert_eq!(codes::proven(&mut tx, elsewhere, world.customer).await.unwrap(), None);
        assert_eq!(codes::count_try(&mut tx, code.id, morning()).await.unwrap(), None, "used once");
        let used = codes::newest(&mut tx, here, world.customer).await.unwrap().unwrap();
        assert!(used.sent.used);

        // A second one in another tab is used up too, and proves nothing new.
        let twin = asked(&world, &mut tx, here, morning() + Duration::minutes(1)).await;
        assert!(codes::mint(&mut tx, world.business, twin.id, &[1; 32], twin.sent.asked_at).await.unwrap());
        codes::prove(&mut tx, &twin, twin.sent.asked_at).await.unwrap();

        assert_eq!(codes::purge(&mut tx, code.sent.expires_at).await.unwrap(), 1);
        assert_eq!(codes::proven(&mut tx, here, world.customer).await.unwrap(), Some(world.contact), "it stays proven");
        tx.commit().await.unwrap();
        let mut tx = world.store.begin().await.unwrap();
        codes::end_proofs(&mut tx, world.contact, morning()).await.unwrap();
        assert_eq!(codes::proven(&mut tx, here, world.customer).await.unwrap(), None, "they are gone");
    }
}
