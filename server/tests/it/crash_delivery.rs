//! The program is killed between every two steps of following up, on every way a word can go: a mail about two invoices, a text
//! message, a letter.
//!
//! It starts with all three due, and does nothing else: plan, claim, hand over, record. `DUNLIN_CRASH_AT=n` makes it abort at
//! the n-th commit or outside call; ten minutes later it is started again. Then each has been said at most once, and what may
//! have been lost on the way is shown to a person. A letter is never lost: whoever posts it is asked in the transaction that
//! hands it over.
//!
//! `CRASH_POINTS` says how many numbers are tried, spread evenly over all that an undisturbed run passes.

#![cfg(feature = "crash-points")]

use std::process::Child;
use std::time::Instant;

use domain::CustomerId;
use domain::message::{Channel, MessageState};
use server::env::{Env, Principal};
use server::operations::consent::{self, ConsentInput};
use server::operations::customers::{self, ContactInput};
use server::operations::follow_up::schedules::{self, StepInput};
use server::operations::follow_up::settings::{self, TermsInput};
use store::testing::{TestStore, postgres, sqlite};

use crate::program::{PATIENCE, Program, a_moment, alone, killed_at_each, leases_run_out, places_to_die_at};
use crate::support::{business, business_of, customer, issued};

const NUMBER: &str = "+491711234567";
/// The day after the invoices were due, in business hours.
const MORNING: &str = "2026-03-18T10:00:00Z";

/// Three customers who are due for a word: by mail about two invoices, by text, by letter.
async fn prepare(program: &Program) {
    let world = program.world();
    let env = &world.env;
    let owner = business(env, "Watt & Wiese", "owner@watt.example").await;
    let by_mail = heard_of_by(env, &owner, Channel::Email).await;
    issued(env, &owner, by_mail).await;
    issued(env, &owner, by_mail).await;

    let by_text = heard_of_by(env, &owner, Channel::Sms).await;
    agree_to_texts(env, &owner, by_text).await;
    issued(env, &owner, by_text).await;

    let by_letter = heard_of_by(env, &owner, Channel::Letter).await;
    issued(env, &owner, by_letter).await;
    program.it_is(MORNING).await;
}

/// A customer with a schedule of one step, the day after the due date.
async fn heard_of_by(env: &Env, owner: &Principal, channel: Channel) -> CustomerId {
    let (id, _) =
        customer(env, owner, &format!("By {channel}"), &format!("{channel}@morgenrot.example")).await;
    let step = StepInput {
        id: "only".to_owned(),
        days: "1".to_owned(),
        when: "after".to_owned(),
        channel: channel.to_string(),
        tone: "friendly".to_owned(),
        ..StepInput::default()
    };
    let schedule = schedules::create(env, owner, &format!("By {channel}"), &[step]).await.unwrap();
    let terms = TermsInput { schedule: schedule.to_string(), ..TermsInput::default() };
    settings::save_terms(env, owner, id, 0, &terms).await.unwrap();
    id
}

/// The customer's contact has a number and agreed to texts, and the business sends some.
async fn agree_to_texts(env: &Env, owner: &Principal, customer: CustomerId) {
    let contact = customers::detail(env, owner, customer).await.unwrap().contacts.remove(0);
    let with_number = ContactInput {
        contact_name: "Lena Morgenrot".to_owned(),
        contact_email: "sms@morgenrot.example".to_owned(),
        contact_phone: NUMBER.to_owned(),
        ..ContactInput::default()
    };
    customers::update_contact(env, owner, contact.id, contact.version, with_number).await.unwrap();
    let agreed = ConsentInput {
        version: (contact.version + 1).to_string(),
        consent_source: "web_form".to_owned(),
        consent_text: "You may text me about my invoices.".to_owned(),
        consent_date: "2026-03-01".to_owned(),
    };
    consent::give(env, owner, contact.id, &agreed).await.unwrap();

    let mut tx = env.store.begin().await.unwrap();
    let mut settings = store::follow_up::settings(&mut tx, business_of(owner)).await.unwrap();
    settings.value.sms.enabled = true;
    let (business, version) = (business_of(owner), settings.version);
    let now = env.business_now();
    assert!(store::follow_up::save_settings(&mut tx, business, &settings.value, version, now).await.unwrap());
    tx.commit().await.unwrap();
}

/// A process that is killed when it is no longer watched.
struct Watched(Child);

impl Drop for Watched {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Runs the program until everything is said, or until it has died at the given place. Whether it died.
async fn run(program: &Program, crash_at: Option<usize>) -> bool {
    let mut command = program.command("serve", 1);
    if let Some(number) = crash_at {
        command.env("DUNLIN_CRASH_AT", number.to_string());
    }
    let mut process = Watched(command.spawn().unwrap());
    let begun = Instant::now();
    loop {
        if process.0.try_wait().unwrap().is_some() {
            assert!(crash_at.is_some(), "it died by itself:\n{}", program.tail(1));
            return true;
        }
        if program.is_settled().await {
            return false;
        }
        assert!(begun.elapsed() < PATIENCE, "it is never done:\n{}", program.tail(1));
        a_moment().await;
    }
}

/// What must be true wherever the program died.
async fn check(program: &Program, died: bool, at: &str) {
    let messages = program.messages().await;
    let mails = program.sandbox.mails();
    let texts = program.sandbox.texts();
    let mut uncertain = 0;
    let mut ways = Vec::new();
    for message in &messages {
        let arrived = match message.channel {
            Channel::Email => mails.len(),
            Channel::Sms => texts.len(),
            _ => program.tasks("post_letter").await,
        };
        let (channel, state) = (message.channel, message.state);
        assert!(arrived <= 1, "{at}: said by {channel} {arrived} times");
        match state {
            MessageState::Sent => assert_eq!(arrived, 1, "{at}: never said by {channel}"),
            MessageState::Uncertain if channel != Channel::Letter => uncertain += 1,
            _ => panic!("{at}: what goes by {channel} is {state}"),
        }
        ways.push((channel.as_str(), message.parts.len()));
    }
    ways.sort_unstable();
    assert_eq!(ways, [("email", 2), ("letter", 1), ("sms", 1)], "{at}");
    if let [mail] = &mails[..] {
        let text = mail.parsed().text.unwrap();
        assert!(text.contains("2026-001") && text.contains("2026-002"), "{at}: {text}");
    }
    assert!(uncertain <= usize::from(died), "{at}: {uncertain} are lost");
    assert_eq!(program.tasks("message_uncertain").await, uncertain, "{at}: each is shown to a person");
    program.verify();
}

/// One life: prepared, killed at this place, started again ten minutes later. Whether it was killed.
async fn live(store: TestStore, crash_at: Option<usize>) -> (Program, bool) {
    let program = Program::over(store).await;
    prepare(&program).await;
    let died = run(&program, crash_at).await;
    if died {
        leases_run_out(&program.store).await;
        run(&program, None).await;
    }
    check(&program, died, &format!("{crash_at:?}")).await;
    (program, died)
}

/// Lives the story once for every place that is tried.
async fn killed_everywhere(store: impl AsyncFn() -> TestStore) {
    let _alone = alone().await;
    // A life that nobody disturbs tells how many places there are.
    let (program, _) = Box::pin(live(store().await, None)).await;
    let log = program.log(1);
    let places = log.lines().filter(|line| line.contains("crash point")).count();
    let calls = log.lines().filter(|line| line.contains("before the relay")).count();
    assert_eq!(calls, 2, "a mail and a text go out:\n{}", program.tail(1));
    drop(program);

    killed_at_each(&places_to_die_at(places), async |number| live(store().await, Some(number)).await.1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_any_two_steps_of_delivery_nothing_is_said_twice_on_sqlite() {
    killed_everywhere(sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_between_any_two_steps_of_delivery_nothing_is_said_twice_on_postgres() {
    killed_everywhere(postgres).await;
}
