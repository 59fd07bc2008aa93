//! The demo's data, and its time.

use std::collections::BTreeSet;

use domain::Role;
use domain::invoice::StandingName;
use domain::message::{Channel, MessageKind, MessageState};
use secrecy::SecretString;
use server::env::{Principal, Settings};
use server::operations::demo::{self, AdvanceError, FillError};
use server::operations::identity::{self, SignIn};
use server::operations::invoices::{self, Query};
use server::operations::verify::verify;
use store::conformance;

use crate::support::{browser, business, with_role, world};

conformance! {
    async fn the_demo_shows_every_standing_and_its_books_are_right(store: TestStore) {
        let mut world = world(&store);
        let refused = demo::fill(&world.env, &Principal::Operator).await.unwrap_err();
        assert!(matches!(refused, FillError::NotDemo), "{refused}");
        world.configure(|settings: &mut Settings| settings.demo = true);
        let env = &world.env;
        let filled = demo::fill(env, &Principal::Operator).await.unwrap();
        assert!(filled.customers >= 12, "{filled:?}");
        assert!(filled.invoices >= 40, "{filled:?}");

        let mut owner = None;
        let mut standings = BTreeSet::new();
        let mut currencies = BTreeSet::new();
        for (_, email, role) in &filled.people {
            let input = SignIn { email: email.clone(), password: SecretString::from(filled.password) };
            let signed_in = identity::sign_in(env, &Principal::Anonymous, input, browser()).await.unwrap();
            let who = identity::authenticate(env, &signed_in.token.reveal()).await.unwrap().unwrap();
            assert_eq!(who.member.role, *role);
            owner = owner.or(Some(who.member.id));
            let list = invoices::list(env, &who.principal(), Query::default()).await.unwrap();
            standings.extend(list.figures.iter().map(|figure| figure.standing));
            currencies.extend(list.figures.iter().map(|figure| figure.open.currency().code().to_owned()));
        }
        // A payment on its way needs somebody to send it through: the sandbox, which no test of this crate's own has here.
        let missing: Vec<_> = StandingName::ALL.iter().filter(|name| !standings.contains(name)).collect();
        assert_eq!(missing, [&StandingName::Processing]);
        assert!(currencies.len() >= 3, "{currencies:?}");
        assert_eq!(filled.people[0].1, demo::EMAIL);
        // The follow-up spoke on the way, and none of it left the house.
        let mut tx = env.store.read().await.unwrap();
        let businesses = store::identity::businesses(&mut tx).await.unwrap();
        for business in &businesses {
            let sent = store::messages::in_state(&mut tx, business.id, MessageState::Sent, 100).await.unwrap();
            assert!(sent.len() >= 5, "{}: {} mails", business.name, sent.len());
        }
        let studio = businesses.iter().find(|business| business.name.as_str() == "Nordlicht Studio").unwrap().id;
        let mut of_kind = Vec::new();
        for business in &businesses {
            let sent = store::messages::in_state(&mut tx, business.id, MessageState::Sent, 500).await.unwrap();
            of_kind.extend(sent.into_iter().map(|message| message.kind));
        }
        assert!(of_kind.contains(&MessageKind::Statement), "a month went by, and its statements went out");
        let channels = async |tx: &mut store::Tx, channel| {
            let filter = store::messages::list::Filter { channel: Some(channel), ..Default::default() };
            store::messages::list::list(tx, studio, &filter, 100).await.unwrap().len()
        };
        assert!(channels(&mut tx, Channel::Sms).await > 0, "whoever agreed was texted");
        assert!(channels(&mut tx, Channel::Letter).await > 0, "whoever wants no mail gets letters");
        drop(tx);
        assert!(world.mailer.mails().is_empty() && world.texter.texts().is_empty());

        for checked in verify(env, &Principal::Operator).await.unwrap() {
            assert_eq!(checked.problems, [], "{}", checked.name);
        }
        // What happens from now on leaves: a week on, a text is among it.
        let principal = Principal::Member { business: studio, member: owner.unwrap(), role: Role::Owner };
        demo::advance(env, &principal, "7", false).await.unwrap();
        assert!(!world.mailer.mails().is_empty());
        let agreed = ["+4915155500188", "+436645550142"];
        let texts = world.texter.texts();
        assert!(!texts.is_empty() && texts.iter().all(|text| agreed.contains(&&text.to[..])), "{texts:?}");
        let again = demo::fill(env, &Principal::Operator).await.unwrap_err();
        assert!(matches!(again, FillError::NotEmpty), "{again}");
    }

    async fn the_demo_moves_business_time_only_and_remembers_it(store: TestStore) {
        let mut world = world(&store);
        let owner = business(&world.env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let refused = demo::advance(&world.env, &owner, "1", false).await.unwrap_err();
        assert!(matches!(refused, AdvanceError::NotDemo), "{refused}");

        world.configure(|settings: &mut Settings| settings.demo = true);
        let env = &world.env;
        let (machine, business) = (env.machine_now(), env.business_now());
        for wrong in ["0", "-1", "93", "soon", ""] {
            assert!(matches!(demo::advance(env, &owner, wrong, false).await, Err(AdvanceError::Fields(_))), "{wrong:?}");
        }
        assert_eq!(env.business_now(), business);
        demo::advance(env, &owner, "7", false).await.unwrap();
        demo::advance(env, &with_role(&owner, Role::Viewer), "1", false).await.unwrap();
        assert_eq!((env.business_now() - business).num_days(), 8);
        assert_eq!(env.machine_now(), machine);

        // A restart forgets the clock, not the time.
        env.clock.set_business_offset(chrono::Duration::zero());
        demo::resume(env).await.unwrap();
        assert_eq!((env.business_now() - business).num_days(), 8);
    }
}
