//! The first run, signing in, inviting, roles.

use chrono::Duration;
use domain::{FieldProblem, Role};
use secrecy::SecretString;
use server::env::{NotPermitted, Principal};
use server::operations::identity::{
    self, Accept, AcceptError, Authenticated, Browser, Invite, MemberError, SESSION_IDLE, SESSION_LIFE,
    SignIn, SignInError,
};
use server::operations::setup::{self, SetupError};
use store::conformance;

use crate::support::{PASSWORD, browser, business, joined, minted, new_business, world};

fn typed(email: &str, password: &str) -> SignIn {
    SignIn { email: email.to_owned(), password: SecretString::from(password) }
}

/// What is wrong with which field.
fn problems(error: &SignInError) -> Vec<(&str, &FieldProblem)> {
    let SignInError::Fields(errors) = error else { panic!("{error}") };
    errors.iter().map(|error| (error.field.as_ref(), &error.problem)).collect()
}

conformance! {
    async fn the_first_run_makes_the_owner_and_locks(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        assert!(setup::is_open(env).await.unwrap());

        let nothing = setup::NewBusiness::default();
        let error = setup::first_run(env, &Principal::Anonymous, nothing, browser()).await.unwrap_err();
        let SetupError::Fields(errors) = error else { panic!("{error}") };
        // Everything is named at once.
        let fields: Vec<_> = errors.iter().map(|error| error.field.as_ref()).collect();
        assert_eq!(fields, ["business_name", "country", "time_zone", "currency", "locale", "name", "email", "password"]);
        assert!(setup::is_open(env).await.unwrap());

        let input = new_business("Nordlicht Studio", "ada@nordlicht.example");
        let signed_in = setup::first_run(env, &Principal::Anonymous, input.clone(), browser()).await.unwrap();
        let owner = identity::authenticate(env, &signed_in.token.reveal()).await.unwrap().unwrap();
        assert_eq!(owner.member.role, Role::Owner);
        assert_eq!(owner.business.name.as_str(), "Nordlicht Studio");

        assert!(!setup::is_open(env).await.unwrap());
        let again = setup::first_run(env, &Principal::Anonymous, input, browser()).await.unwrap_err();
        assert!(matches!(again, SetupError::AlreadyDone), "{again}");
        let stranger = setup::add_business(env, &Principal::Anonymous, new_business("X", "x@x.example")).await.unwrap_err();
        assert!(matches!(stranger, SetupError::NotPermitted(_)), "{stranger}");
    }

    async fn two_who_run_it_first_at_once_make_one_owner(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let run = |email: &str| setup::first_run(env, &Principal::Anonymous, new_business("B", email), browser());
        let (one, other) = tokio::join!(run("one@b.example"), run("other@b.example"));
        let won = usize::from(one.is_ok()) + usize::from(other.is_ok());
        assert_eq!(won, 1, "{one:?} {other:?}");
        let lost = one.err().or(other.err()).unwrap();
        assert!(matches!(lost, SetupError::AlreadyDone), "{lost}");
    }

    async fn a_member_signs_in_and_a_wrong_word_does_not_tell_which(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        business(env, "Nordlicht Studio", "ada@nordlicht.example").await;

        let sign_in = |email: &str, password: &str| {
            let input = typed(email, password);
            identity::sign_in(env, &Principal::Anonymous, input, browser())
        };
        // Capitals of the address do not matter.
        let signed_in = sign_in("Ada@Nordlicht.example", PASSWORD).await.unwrap();
        let found = identity::authenticate(env, &signed_in.token.reveal()).await.unwrap().unwrap();
        assert_eq!(found.member.email.as_str(), "ada@nordlicht.example");

        let unknown = sign_in("nobody@nordlicht.example", PASSWORD).await.unwrap_err();
        let wrong = sign_in("ada@nordlicht.example", "a quiet tidal flap").await.unwrap_err();
        assert_eq!(problems(&unknown), [("password", &FieldProblem::CredentialsWrong)]);
        assert_eq!(problems(&unknown), problems(&wrong));
        let nothing = sign_in("", "").await.unwrap_err();
        assert_eq!(
            problems(&nothing),
            [("email", &FieldProblem::Required), ("password", &FieldProblem::Required)]
        );
        assert!(identity::authenticate(env, "not a token").await.unwrap().is_none());
    }

    async fn guessing_is_slowed_down_by_machine_time_alone(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let guess = |password: &str| {
            identity::sign_in(env, &Principal::Anonymous, typed("ada@nordlicht.example", password), browser())
        };
        for _ in 0..6 {
            assert!(matches!(guess("a wrong guess too").await, Err(SignInError::Fields(_))));
        }
        // Even the right one has to wait now, and moving the demo's time does not help.
        world.clock.advance_business(Duration::days(1));
        let Err(SignInError::TooMany(wait)) = guess(PASSWORD).await else { panic!("guessed on") };
        assert!((1..=15 * 60).contains(&wait.retry_after_seconds), "{wait:?}");
        // From elsewhere the owner still gets in.
        let elsewhere = Browser { address: Some("198.51.100.4".to_owned()), user_agent: None };
        let input = typed("ada@nordlicht.example", PASSWORD);
        identity::sign_in(env, &Principal::Anonymous, input, elsewhere).await.unwrap();
        world.clock.advance(Duration::minutes(16));
        guess(PASSWORD).await.unwrap();
    }

    async fn a_session_ends_when_idle_when_old_and_when_told(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let sign_in = async || {
            let input = typed("ada@nordlicht.example", PASSWORD);
            identity::sign_in(env, &Principal::Anonymous, input, browser()).await.unwrap().token.reveal()
        };
        let who = async |cookie: &str| -> Option<Authenticated> { identity::authenticate(env, cookie).await.unwrap() };

        let idle = sign_in().await;
        world.clock.advance(SESSION_IDLE - Duration::seconds(1));
        assert!(who(&idle).await.is_some());
        world.clock.advance(SESSION_IDLE - Duration::seconds(1));
        assert!(who(&idle).await.is_some(), "use keeps it alive");
        world.clock.advance(SESSION_IDLE);
        assert!(who(&idle).await.is_none());

        let old = sign_in().await;
        let born = env.machine_now();
        while env.machine_now() < born + SESSION_LIFE {
            assert!(who(&old).await.is_some());
            world.clock.advance(Duration::hours(11));
        }
        assert!(who(&old).await.is_none());

        // Moving the demo's time on ends nobody's session.
        let (here, there) = (sign_in().await, sign_in().await);
        world.clock.advance_business(Duration::days(60));
        let signed_in = who(&here).await.unwrap();
        identity::sign_out(env, &signed_in).await.unwrap();
        assert!(who(&here).await.is_none());
        let signed_in = who(&there).await.unwrap();
        let another = sign_in().await;
        identity::sign_out_everywhere(env, &signed_in).await.unwrap();
        assert!(who(&there).await.is_none() && who(&another).await.is_none());
    }

    async fn an_invitation_is_good_once_for_a_week(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let invite = |email: &str, role: &str| {
            identity::invite(env, &owner, Invite { email: email.to_owned(), role: role.to_owned() })
        };
        let accept = |token: String| async move {
            let input = Accept { name: "Jonas Feld".to_owned(), password: SecretString::from(PASSWORD) };
            identity::accept_invitation(env, &token, input, browser()).await
        };

        let taken = invite("ADA@nordlicht.example", "clerk").await.unwrap_err();
        assert!(matches!(taken, MemberError::Fields(ref errors) if errors.of("email") == Some(&FieldProblem::AlreadyTaken)));

        let first = invite("jonas@nordlicht.example", "clerk").await.unwrap();
        let first = minted(env, first).await;
        let second = invite("jonas@nordlicht.example", "viewer").await.unwrap();
        // The mail's hand-over may be repeated: the newest token counts.
        let repeated = minted(env, second).await;
        let second = minted(env, second).await;
        assert!(identity::invitation(env, &first).await.unwrap().is_none(), "the newer one replaces it");
        assert!(identity::invitation(env, &repeated).await.unwrap().is_none());
        let shown = identity::invitation(env, &second).await.unwrap().unwrap();
        assert_eq!(shown.business.name.as_str(), "Nordlicht Studio");

        let short = Accept { name: "Jonas".to_owned(), password: SecretString::from("short") };
        let error = identity::accept_invitation(env, &second, short, browser()).await.unwrap_err();
        assert!(matches!(error, AcceptError::Fields(ref errors) if errors.of("password") == Some(&FieldProblem::TooShort { min: 12 })));

        let signed_in = accept(second.clone()).await.unwrap();
        let member = identity::authenticate(env, &signed_in.token.reveal()).await.unwrap().unwrap();
        assert_eq!(member.member.role, Role::Viewer);
        assert!(matches!(accept(second).await, Err(AcceptError::NotFound)), "used up");

        let late = invite("late@nordlicht.example", "clerk").await.unwrap();
        let late = minted(env, late).await;
        world.clock.advance(Duration::days(7));
        assert!(matches!(accept(late).await, Err(AcceptError::NotFound)), "expired");

        // Each invitation left one mail to be handed over, and none of them holds a token.
        let mut tx = env.store.read().await.unwrap();
        let queued = store::messages::in_state(&mut tx, crate::support::business_of(&owner), domain::message::MessageState::Queued, 10)
            .await
            .unwrap();
        assert_eq!(queued.len(), 3);
        assert!(queued.iter().all(|message| message.data.to_string().contains("ivt_")));
    }

    async fn roles_change_at_the_next_request_and_the_last_owner_stays(store: TestStore) {
        let world = world(&store);
        let env = &world.env;
        let owner = business(env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let Principal::Member { member: ada, .. } = owner else { panic!() };
        let jonas = joined(env, &owner, "jonas@nordlicht.example", "manager").await;
        let cookie = jonas.token.reveal();
        let as_jonas = async || identity::authenticate(env, &cookie).await.unwrap().map(|who| who.principal());

        // A manager invites, but hands out nothing above themselves, and changes nobody.
        let principal = as_jonas().await.unwrap();
        let input = Invite { email: "boss@nordlicht.example".to_owned(), role: "owner".to_owned() };
        assert!(matches!(identity::invite(env, &principal, input).await, Err(MemberError::NotPermitted(NotPermitted))));
        let refused = identity::change_role(env, &principal, ada, "viewer").await;
        assert!(matches!(refused, Err(MemberError::NotPermitted(_))));

        identity::change_role(env, &owner, jonas.member, "viewer").await.unwrap();
        let principal = as_jonas().await.unwrap();
        assert!(matches!(principal, Principal::Member { role: Role::Viewer, .. }));
        assert!(identity::people(env, &principal).await.is_ok());

        identity::disable(env, &owner, jonas.member).await.unwrap();
        assert!(as_jonas().await.is_none());
        let input = typed("jonas@nordlicht.example", PASSWORD);
        assert!(identity::sign_in(env, &Principal::Anonymous, input.clone(), browser()).await.is_err());
        identity::enable(env, &owner, jonas.member).await.unwrap();
        identity::sign_in(env, &Principal::Anonymous, input, browser()).await.unwrap();

        for attack in [
            identity::change_role(env, &owner, ada, "clerk").await,
            identity::disable(env, &owner, ada).await,
        ] {
            assert!(matches!(attack, Err(MemberError::LastOwner)), "{attack:?}");
        }
        // Nobody of another business is in reach.
        let other = business(env, "Harbour & Pine", "fiona@harbour.example").await;
        assert!(matches!(identity::disable(env, &other, ada).await, Err(MemberError::NotFound)));
    }
}
