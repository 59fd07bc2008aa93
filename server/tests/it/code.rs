//! The code that proves who holds a link.

use chrono::Duration;
use domain::event::EventKind;
use domain::message::{Channel, MessageKind, MessageState};
use domain::{CustomerId, FieldProblem};
use futures_util::future::join_all;
use server::env::{Env, PortalScope, Principal};
use server::operations::customers::{self, ContactInput};
use server::operations::portal::{self, Given, PortalError, Proof, Wanted};
use server::operations::{outbox, verify};
use server::testing::world::World;
use store::conformance;
use store::testing::TestStore;

use crate::portal::linked;
use crate::support::{browser, business, customer, world};

/// Somebody with a session over everything of a customer.
struct Holder {
    world: World,
    owner: Principal,
    customer: CustomerId,
    principal: Principal,
}

impl Holder {
    async fn enters(store: &TestStore) -> Self {
        let world = world(store);
        let owner = business(&world.env, "Nordlicht Studio", "ada@nordlicht.example").await;
        let (customer, contact) =
            customer(&world.env, &owner, "Bäckerei Morgenrot", "lena@morgenrot.example").await;
        let token = linked(&world.env, &owner, customer, Some(contact), PortalScope::Customer).await;
        let entered = portal::exchange(&world.env, &token, None, None, browser()).await.unwrap();
        Self { principal: Principal::Portal(entered.access), world, owner, customer }
    }

    fn env(&self) -> &Env {
        &self.world.env
    }

    async fn prove(&self, given: Given<'_>) -> Result<Proof, PortalError> {
        portal::prove(self.env(), &self.principal, given).await
    }

    /// The action, with nothing but itself.
    async fn asked(&self) -> Wanted {
        wanted(self.prove(Given::default()).await.unwrap())
    }

    async fn enter(&self, code: &str) -> Result<(), FieldProblem> {
        match self.prove(Given { code: Some(code), send_by: None }).await.unwrap() {
            Proof::Proven => Ok(()),
            Proof::Wanted(wanted) => Err(wanted.problem.unwrap()),
        }
    }

    async fn again(&self) -> Wanted {
        wanted(self.prove(Given { code: None, send_by: Some(Channel::Email) }).await.unwrap())
    }

    /// The codes that arrived, oldest first.
    async fn arrived(&self) -> Vec<String> {
        outbox::hand_over_waiting(self.env(), &Principal::System, "codes").await.unwrap();
        let mails = self.world.mailer.mails();
        mails.iter().map(|mail| code_in(&crate::follow_up::parsed(mail).text.unwrap())).collect()
    }
}

/// The six digits of a text.
pub fn code_in(text: &str) -> String {
    let mut words = text.split(|character: char| !character.is_ascii_digit());
    words.find(|word| word.len() == 6).unwrap().to_owned()
}

/// Six other digits.
fn other_than(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

fn wanted(proof: Proof) -> Wanted {
    match proof {
        Proof::Wanted(wanted) => *wanted,
        Proof::Proven => panic!("proven without a code"),
    }
}

conformance! {
    async fn a_code_to_the_contact_on_file_proves_the_session_once(store: TestStore) {
        let holder = Holder::enters(&store).await;
        let env = holder.env();
        let refused = portal::own_way_out(env, &holder.principal).await;
        assert!(matches!(refused, Err(PortalError::NotProven)));

        let asked = holder.asked().await;
        assert_eq!(asked.sent_to.as_deref(), Some("l•••@morgenrot.example"));
        assert_eq!((asked.ways, asked.wait_seconds, asked.problem), (vec![Channel::Email], Some(30), None));
        // Reloading the page posts the same again; it is the same wish.
        holder.asked().await;
        let codes = holder.arrived().await;
        let [code] = &codes[..] else { panic!("{codes:?}") };

        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(holder.enter(&spaced).await, Ok(()));
        assert!(matches!(holder.prove(Given::default()).await.unwrap(), Proof::Proven), "for the rest of the session");
        assert!(portal::own_way_out(env, &holder.principal).await.unwrap().starts_with("/u/"));
        assert_eq!(holder.arrived().await.len(), 1, "nothing more is sent");

        let events = server::operations::timeline::of_customer(env, &holder.owner, holder.customer).await.unwrap();
        let proven = events.iter().filter(|entry| entry.kind == EventKind::PortalProven).count();
        assert_eq!(proven, 1);
        for checked in verify::verify(env, &Principal::Operator).await.unwrap() {
            assert_eq!(checked.problems, [], "{}", checked.name);
        }
    }

    async fn live_codes_stand_in_no_stored_body(store: TestStore) {
        let holder = Holder::enters(&store).await;
        holder.asked().await;
        let codes = holder.arrived().await;
        let [code] = &codes[..] else { panic!("{codes:?}") };
        let mut tx = holder.env().store.read().await.unwrap();
        let business = crate::support::business_of(&holder.owner);
        let kept = store::messages::of_customer(&mut tx, business, holder.customer, 10).await.unwrap();
        let [message] = &kept[..] else { panic!("{kept:?}") };
        assert_eq!((message.kind, message.state), (MessageKind::Code, MessageState::Sent));
        let stored = format!("{message:?}");
        assert!(!stored.contains(code.as_str()) && stored.contains("[code cod_"), "{stored}");
    }

    async fn it_is_tried_five_times_at_most(store: TestStore) {
        let holder = Holder::enters(&store).await;
        holder.asked().await;
        let codes = holder.arrived().await;
        let [code] = &codes[..] else { panic!("{codes:?}") };
        let wrong = other_than(code);
        assert_eq!(holder.enter("12345").await, Err(FieldProblem::CodeInvalid), "no try: it cannot be a code");
        for left in [4, 3, 2, 1] {
            assert_eq!(holder.enter(&wrong).await, Err(FieldProblem::CodeWrong { left }));
        }
        assert_eq!(holder.enter(&wrong).await, Err(FieldProblem::CodeOver));
        assert_eq!(holder.enter(code).await, Err(FieldProblem::CodeOver), "not even the right one");
    }

    async fn it_is_good_for_ten_minutes_and_only_the_newest_counts(store: TestStore) {
        let holder = Holder::enters(&store).await;
        holder.asked().await;
        let first = holder.arrived().await.remove(0);
        assert_eq!(holder.again().await.wait_seconds, Some(30), "not within half a minute");
        assert_eq!(holder.arrived().await.len(), 1);
        holder.world.clock.advance(Duration::seconds(30));
        assert_eq!(holder.again().await.wait_seconds, Some(30), "sent now");
        let codes = holder.arrived().await;
        let [_, second] = &codes[..] else { panic!("{codes:?}") };
        assert_eq!(holder.enter(&first).await, Err(FieldProblem::CodeWrong { left: 4 }));
        holder.world.clock.advance(Duration::minutes(10));
        assert_eq!(holder.enter(second).await, Err(FieldProblem::CodeOver));
        // Beginning anew sends another one by itself.
        holder.asked().await;
        let third = holder.arrived().await.remove(2);
        assert_eq!(holder.enter(&third).await, Ok(()));
    }

    async fn one_that_leaves_too_late_leaves_not_at_all(store: TestStore) {
        let holder = Holder::enters(&store).await;
        holder.asked().await;
        holder.world.clock.advance(Duration::minutes(10));
        assert_eq!(holder.arrived().await, Vec::<String>::new());
    }

    async fn it_is_good_in_its_own_session_only(store: TestStore) {
        let holder = Holder::enters(&store).await;
        let token = linked(holder.env(), &holder.owner, holder.customer, None, PortalScope::Customer).await;
        let thief = portal::exchange(holder.env(), &token, None, None, browser()).await.unwrap();
        let thief = Principal::Portal(thief.access);
        holder.asked().await;
        let code = holder.arrived().await.remove(0);
        let tried = portal::prove(holder.env(), &thief, Given { code: Some(&code), send_by: None }).await.unwrap();
        assert_eq!(wanted(tried).problem, Some(FieldProblem::CodeOver), "none was asked for there");
        assert_eq!(holder.enter(&code).await, Ok(()));
        assert!(matches!(portal::own_way_out(holder.env(), &thief).await, Err(PortalError::NotProven)));
    }

    async fn codes_to_one_contact_are_limited_whoever_asks(store: TestStore) {
        let holder = Holder::enters(&store).await;
        let mut refused = 0;
        for _ in 0..12 {
            let token = linked(holder.env(), &holder.owner, holder.customer, None, PortalScope::Customer).await;
            let entered = portal::exchange(holder.env(), &token, None, None, browser()).await.unwrap();
            let asked = portal::prove(holder.env(), &Principal::Portal(entered.access), Given::default()).await;
            refused += usize::from(matches!(asked, Err(PortalError::TooMany(_))));
        }
        assert_eq!((holder.arrived().await.len(), refused), (10, 2));
    }

    async fn who_guesses_is_stopped_for_the_day(store: TestStore) {
        let holder = Holder::enters(&store).await;
        for _ in 0..5 {
            holder.world.clock.advance(Duration::minutes(11));
            holder.asked().await;
            let wrong = other_than(holder.arrived().await.last().unwrap());
            for _ in 0..5 {
                assert!(holder.enter(&wrong).await.is_err());
            }
        }
        holder.world.clock.advance(Duration::minutes(11));
        holder.asked().await;
        let right = holder.arrived().await.pop().unwrap();
        let stopped = holder.prove(Given { code: Some(&right), send_by: None }).await;
        assert!(matches!(stopped, Err(PortalError::TooMany(_))), "{stopped:?}");
        holder.world.clock.advance(Duration::days(1));
        holder.asked().await;
        assert_eq!(holder.enter(&holder.arrived().await.pop().unwrap()).await, Ok(()));
    }

    async fn what_was_proven_ends_with_the_address_that_it_was_proven_at(store: TestStore) {
        let holder = Holder::enters(&store).await;
        holder.asked().await;
        assert_eq!(holder.enter(&holder.arrived().await.pop().unwrap()).await, Ok(()));
        assert!(portal::own_way_out(holder.env(), &holder.principal).await.is_ok());
        let change = async |name: &str, email: &str| {
            let detail = customers::detail(holder.env(), &holder.owner, holder.customer).await.unwrap();
            let contact = &detail.contacts[0];
            let input = ContactInput {
                contact_name: name.to_owned(),
                contact_email: email.to_owned(),
                ..ContactInput::default()
            };
            customers::update_contact(holder.env(), &holder.owner, contact.id, contact.version, input).await.unwrap();
        };
        change("Lena Morgenrot", "lena@morgenrot.example").await;
        assert!(portal::own_way_out(holder.env(), &holder.principal).await.is_ok(), "still the same address");
        change("Lena Morgenrot", "office@morgenrot.example").await;
        assert!(matches!(portal::own_way_out(holder.env(), &holder.principal).await, Err(PortalError::NotProven)));
        // Nor does a code that went to the address of before.
        holder.world.clock.advance(Duration::minutes(1));
        holder.asked().await;
        let old = holder.arrived().await.pop().unwrap();
        change("Lena Morgenrot", "lena@morgenrot.example").await;
        assert_eq!(holder.enter(&old).await, Err(FieldProblem::CodeOver));
        // In the same session it is proven anew.
        holder.world.clock.advance(Duration::minutes(1));
        holder.asked().await;
        assert_eq!(holder.enter(&holder.arrived().await.pop().unwrap()).await, Ok(()));
        assert!(portal::own_way_out(holder.env(), &holder.principal).await.is_ok());
    }

    async fn eight_tabs_at_once_have_one_code_sent_and_impatience_costs_none(store: TestStore) {
        let holder = Holder::enters(&store).await;
        let tabs = join_all((0..8).map(|_| holder.asked())).await;
        assert!(tabs.iter().all(|asked| asked.sent_to.is_some()), "{tabs:?}");
        assert_eq!(holder.arrived().await.len(), 1);
        // Whoever presses again within half a minute waits, and uses up none of the codes of this hour.
        for _ in 0..20 {
            assert!(holder.again().await.wait_seconds.is_some());
        }
        assert_eq!(holder.arrived().await.len(), 1);
        holder.world.clock.advance(Duration::minutes(1));
        holder.again().await;
        assert_eq!(holder.arrived().await.len(), 2);
    }

    async fn once_the_links_own_contact_is_gone_it_goes_to_whoever_receives_invoices(store: TestStore) {
        let holder = Holder::enters(&store).await;
        let detail = customers::detail(holder.env(), &holder.owner, holder.customer).await.unwrap();
        let other = ContactInput {
            contact_name: "Max Morgenrot".to_owned(),
            contact_email: "office@morgenrot.example".to_owned(),
            ..ContactInput::default()
        };
        customers::add_contact(holder.env(), &holder.owner, holder.customer, other).await.unwrap();
        customers::remove_contact(holder.env(), &holder.owner, detail.contacts[0].id).await.unwrap();
        assert_eq!(holder.asked().await.sent_to.as_deref(), Some("o•••@morgenrot.example"));
        assert_eq!(holder.enter(&holder.arrived().await.pop().unwrap()).await, Ok(()));
    }

    async fn nobody_to_send_it_to_is_said(store: TestStore) {
        let holder = Holder::enters(&store).await;
        let detail = customers::detail(holder.env(), &holder.owner, holder.customer).await.unwrap();
        customers::remove_contact(holder.env(), &holder.owner, detail.contacts[0].id).await.unwrap();
        let asked = holder.asked().await;
        assert_eq!((asked.sent_to, asked.ways), (None, vec![]));
    }

    async fn a_link_without_a_session_proves_nothing(store: TestStore) {
        let holder = Holder::enters(&store).await;
        let access = holder.principal.portal().unwrap().clone();
        let bare = Principal::Portal(server::env::PortalAccess { session: None, ..access });
        assert!(matches!(portal::prove(holder.env(), &bare, Given::default()).await, Err(PortalError::NotFound)));
        assert!(matches!(portal::own_way_out(holder.env(), &bare).await, Err(PortalError::NotProven)));
    }
}
