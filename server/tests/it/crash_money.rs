//! The program is killed between any two steps of booking what happened at Stripe: a card payment, one that was given back in
//! part, one that the payer's bank disputes, a debit that failed after days; of giving money back that a member asked for while
//! Stripe could not be reached; and of keeping what a customer allowed to be kept, while paying and without.
//!
//! All of it has happened when the program starts, and Stripe has not told of anything yet. It tells everything twice and newest
//! first, until it was answered with 2xx. `DUNLIN_CRASH_AT=n` makes the program abort at the n-th commit or outside call; it is
//! started again, and told what it had not acknowledged. Afterwards the books say what they say when nobody disturbs it, and
//! telling everything once more changes nothing.
//!
//! `CRASH_POINTS` says how many numbers are tried. The databases share them, by turns.

#![cfg(feature = "crash-points")]

use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Child;
use std::sync::Arc;
use std::time::Instant;

use chrono::Duration;
use domain::Locale;
use domain::payment::Method;
use domain::refund::RefundState;
use sandbox::{ApiFault, ApiTrouble, DeliveryState, Instrument, Settlement, Switches};
use serde_json::Value;
use server::env::{PortalScope, Principal};
use server::gateway::stripe::StripeGateways;
use server::operations::payments::by_hand;
use server::operations::payments::give_back::{self, GiveBackInput};
use server::operations::payments::saved;
use server::operations::payments::{self, StartPayment, Started, Wanted};
use server::operations::portal;
use store::testing::{TestStore, postgres, sqlite};

use crate::follow_up::invoice_due_in;
use crate::portal::linked;
use crate::program::{
    PATIENCE, Program, a_moment, alone, killed_at_each, leases_run_out, machine_now, places_to_die_at,
};
use crate::saved_methods::{consent, prove};
use crate::shop::{SECRET, Shop, business, customer, payer};
use crate::support::browser;

/// The shop's account at Stripe.
const KEY: &str = "sk_test_shop0123456789";
/// So long that nothing is due for a word meanwhile.
const NET_DAYS: u32 = 90;
/// Until the bank has refused the debit.
const DAYS: i64 = 6;

/// A program that is told of payments at an address.
struct Till {
    program: Program,
    port: u16,
}

impl Till {
    /// Five payments have been made, and what came of them. Nobody was told.
    async fn prepare(store: TestStore) -> Self {
        let program = Program::over(store).await;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let till = Self { program, port };
        let sandbox = &till.program.sandbox;
        sandbox.set_switches(Switches { hold: true, duplicate: true, reorder: true, ..Switches::default() });

        let mut world = till.program.world();
        world.clock.set_machine(machine_now());
        world.env.gateways = Arc::new(StripeGateways::new(Some(sandbox.http_url().to_owned())));
        let (business, owner) = business(&world.env, "Fieldnote Studio", "owner@fieldnote.example").await;
        let customer = customer(&world.env, &owner, "Marsh & Reed").await;
        let payer = payer(&world.env, business, customer, PortalScope::Customer);
        let mut shop = Shop { world, business, owner, customer, payer };
        let address = format!("{}/webhooks/stripe/{business}", till.base_url());
        sandbox.set_webhook(KEY, &address, SECRET, &["*"]).unwrap();

        // First, because the code leaves at once, and with it whatever waits.
        till.keep(&mut shop).await;
        let by_card = Instrument::card("4242 4242 4242 4242");
        till.pay(&shop, Method::Card, by_card.clone()).await;
        till.ask_to_give_back(&shop, by_card.clone()).await;
        let (_, intent) = till.pay(&shop, Method::Card, by_card.clone()).await;
        till.stripe("POST", "refunds", &[("payment_intent", intent.as_str()), ("amount", "4000")]).await;
        let (_, intent) = till.pay(&shop, Method::Card, by_card).await;
        let charge =
            till.stripe("GET", &format!("payment_intents/{intent}"), &[]).await["latest_charge"].clone();
        let dispute = sandbox.dispute(charge.as_str().unwrap()).unwrap();
        sandbox.close_dispute(&dispute, false).unwrap();
        let refused = Instrument::Debit(sandbox::Method::SepaDebit, Settlement::Fails);
        till.pay(&shop, Method::SepaDebit, refused).await;
        till.program.days_pass(DAYS).await;
        sandbox.advance(u64::try_from(Duration::days(DAYS).num_seconds()).unwrap());
        till
    }

    fn base_url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The customer pays an invoice over 100.00 EUR on the hosted page. What was started, and the payment at Stripe.
    async fn pay(&self, shop: &Shop, method: Method, instrument: Instrument) -> (Started, String) {
        let invoice = invoice_due_in(shop, shop.customer, NET_DAYS).await;
        let started = shop.pay(&[invoice], method).await.unwrap();
        let session = session_in(&started.url);
        self.program.sandbox.pay(session, instrument).unwrap();
        let session = self.stripe("GET", &format!("checkout/sessions/{session}"), &[]).await;
        let intent = session["payment_intent"].as_str().unwrap().to_owned();
        (started, intent)
    }

    /// A customer who proved who they are keeps a card while paying with it, and an account for debits without paying.
    async fn keep(&self, shop: &mut Shop) {
        let env = &shop.world.env;
        let token = linked(env, &shop.owner, shop.customer, None, PortalScope::Customer).await;
        let entered = portal::exchange(env, &token, None, None, browser()).await.unwrap();
        shop.payer = Principal::Portal(entered.access);
        prove(shop, &shop.payer).await;
        let invoice = invoice_due_in(shop, shop.customer, NET_DAYS).await;
        let wanted = StartPayment {
            shares: vec![Wanted { invoice, amount: None }],
            locale: Locale::default(),
            method: Method::Card,
            despite_excess: false,
            with: None,
            keep: Some(consent("I allow this card to be kept.")),
        };
        let started = payments::start(env, &shop.payer, &wanted).await.unwrap();
        self.program.sandbox.pay(session_in(&started.url), Instrument::card("4242 4242 4242 4242")).unwrap();
        let words = consent("I allow this account to be kept.");
        let page = saved::begin(env, &shop.payer, shop.customer, Method::SepaDebit, &words).await.unwrap();
        let debit = Instrument::Debit(sandbox::Method::SepaDebit, Settlement::Settles);
        self.program.sandbox.pay(session_in(&page), debit).unwrap();
    }

    /// A member gives 25.00 EUR of a payment back, and Stripe cannot be reached just then: the sweep has to ask again.
    async fn ask_to_give_back(&self, shop: &Shop, instrument: Instrument) {
        let (started, intent) = self.pay(shop, Method::Card, instrument).await;
        let env = &shop.world.env;
        payments::returned(env, &shop.payer, started.attempt).await.unwrap();
        let all = by_hand::payments_of(env, &shop.owner, shop.customer).await.unwrap();
        let payment = all.into_iter().find(|payment| payment.reference == intent).unwrap();
        let lost = ApiTrouble::LoseRequest;
        let path = "/v1/refunds".to_owned();
        self.program.sandbox.script_api(ApiFault { method: None, path, times: 1, trouble: lost });
        let input = GiveBackInput {
            form: "frm_while_unreachable".to_owned(),
            amount: "25".to_owned(),
            reason: "One day less".to_owned(),
            ..GiveBackInput::default()
        };
        // A minute ago, so that it is time to ask again.
        shop.world.clock.set_machine(machine_now() - Duration::minutes(1));
        let asked = give_back::give_back(env, &shop.owner, payment.id, &input).await.unwrap();
        shop.world.clock.set_machine(machine_now());
        assert_eq!(asked.state, RefundState::Asked);
    }

    /// What one does in Stripe's dashboard.
    async fn stripe(&self, method: &str, path: &str, form: &[(&str, &str)]) -> Value {
        let url = format!("{}/v1/{path}", self.program.sandbox.http_url());
        let client = reqwest::Client::new();
        let request = if method == "POST" { client.post(url).form(form) } else { client.get(url) };
        let answer = request.bearer_auth(KEY).send().await.unwrap();
        assert!(answer.status().is_success(), "{path}: {answer:?}");
        serde_json::from_str(&answer.text().await.unwrap()).unwrap()
    }

    fn start(&self, crash_at: Option<usize>) -> Process {
        let mut command = self.program.command("serve", 1);
        command
            .env("DUNLIN_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("DUNLIN_BASE_URL", self.base_url())
            .env("DUNLIN_STRIPE_URL", self.program.sandbox.http_url());
        if let Some(number) = crash_at {
            command.env("DUNLIN_CRASH_AT", number.to_string());
        }
        Process(command.spawn().unwrap())
    }

    /// Stripe tells until it is heard, and the program works until nothing waits, or until it dies. Whether it died.
    async fn work(&self, process: &mut Process) -> bool {
        let begun = Instant::now();
        loop {
            if process.0.try_wait().unwrap().is_some() {
                return true;
            }
            // Not before somebody listens: Stripe does not try for ever either.
            if TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)).is_ok() {
                self.program.sandbox.deliver_now().await;
            }
            if self.all_is_heard()
                && self.all_is_asked().await
                && self.program.has_worked_off().await
                && self.program.is_settled().await
            {
                return false;
            }
            assert!(begun.elapsed() < PATIENCE, "it is never done:\n{}", self.program.tail(1));
            a_moment().await;
        }
    }

    /// Works all off, and starts again ten minutes later where the program died of it. Whether it did.
    async fn get_through(&self, process: &mut Process) -> bool {
        if !self.work(process).await {
            return false;
        }
        leases_run_out(&self.program.store).await;
        *process = self.start(None);
        assert!(!self.work(process).await, "it died again:\n{}", self.program.tail(1));
        true
    }

    fn all_is_heard(&self) -> bool {
        let deliveries = self.program.sandbox.deliveries();
        !deliveries.is_empty() && deliveries.iter().all(|delivery| delivery.state == DeliveryState::Delivered)
    }

    async fn all_is_asked(&self) -> bool {
        self.program.rows("SELECT state FROM refund WHERE state = 'asked'").await.is_empty()
    }

    /// What the books say, without the names that differ from life to life.
    async fn books(&self) -> Vec<String> {
        let mut lines = Vec::new();
        for sql in [
            "SELECT kind || ' ' || CAST(amount_minor AS TEXT) FROM transfer",
            "SELECT 'attempt ' || state FROM payment_attempt",
            "SELECT 'given back ' || state FROM refund",
            "SELECT 'task ' || kind FROM task WHERE kind <> 'message_uncertain'",
            "SELECT kind FROM message",
            "SELECT 'kept ' || method || CASE WHEN mandate_ref IS NULL THEN '' ELSE ' by mandate' END FROM saved_method
             WHERE ended_at IS NULL",
        ] {
            lines.extend(self.program.rows(sql).await);
        }
        lines.sort();
        lines
    }
}

/// The Checkout Session that an address leads to.
fn session_in(url: &str) -> &str {
    url.rsplit('/').next().unwrap().split('?').next().unwrap()
}

/// A process that is killed when it is no longer needed.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// One life, killed at this place and started again. What the books say then, and whether it was killed.
async fn live(store: TestStore, crash_at: Option<usize>) -> (Till, Vec<String>, bool) {
    let till = Till::prepare(store).await;
    let mut process = till.start(crash_at);
    let first = till.get_through(&mut process).await;
    let books = till.books().await;

    // Told once more, nothing is booked once more.
    for event in till.program.sandbox.events(KEY) {
        till.program.sandbox.resend(event["id"].as_str().unwrap()).unwrap();
    }
    let second = till.get_through(&mut process).await;
    drop(process);
    assert_eq!(till.books().await, books, "{crash_at:?}: told again");
    let died = first || second;
    assert!(crash_at.is_some() || !died, "it died by itself:\n{}", till.program.tail(1));

    // A receipt or notice arrives once, or is lost visibly.
    let mails = till.program.sandbox.mails().len();
    let lost = till.program.tasks("message_uncertain").await;
    let receipts = books.iter().filter(|line| ["receipt", "refund", "returned"].contains(&&line[..])).count();
    assert!(
        mails <= receipts && receipts <= mails + lost,
        "{crash_at:?}: {mails} of {receipts}, {lost} lost"
    );
    assert!(lost <= usize::from(died), "{crash_at:?}: {lost} lost");
    till.program.verify();
    (till, books, died)
}

/// Lives the story once for every second place that is tried, from the first or the second on.
async fn killed_everywhere(store: impl AsyncFn() -> TestStore, from: usize) {
    let _alone = alone().await;
    // A life that nobody disturbs tells how many places there are, and what the books have to say.
    let (till, undisturbed, _) = Box::pin(live(store().await, None)).await;
    let expected = [
        "application 10000",
        "application 10000",
        "application 10000",
        "application 10000",
        "application 10000",
        "attempt failed",
        "attempt succeeded",
        "attempt succeeded",
        "attempt succeeded",
        "attempt succeeded",
        "attempt succeeded",
        "code",
        "given back succeeded",
        "issue 10000",
        "issue 10000",
        "issue 10000",
        "issue 10000",
        "issue 10000",
        "issue 10000",
        "kept card",
        "kept sepa_debit by mandate",
        "payment 10000",
        "payment 10000",
        "payment 10000",
        "payment 10000",
        "payment 10000",
        "receipt",
        "receipt",
        "receipt",
        "receipt",
        "receipt",
        "refund",
        "refund",
        "refund 10000",
        "refund 2500",
        "refund 4000",
        "returned",
        "reversal 10000",
        "reversal 2500",
        "reversal 4000",
        "task money_returned",
        "task money_returned",
    ];
    assert_eq!(undisturbed, expected);
    let places = till.program.log(1).lines().filter(|line| line.contains("crash point")).count();
    drop(till);

    let numbers = places_to_die_at(places);
    let half: Vec<usize> = numbers.into_iter().skip(from).step_by(2).collect();
    killed_at_each(&half, async |number| {
        let (_, books, died) = live(store().await, Some(number)).await;
        assert_eq!(books, undisturbed, "killed at {number}");
        died
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_booking_the_books_say_the_same_on_sqlite() {
    killed_everywhere(sqlite, 0).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_while_booking_the_books_say_the_same_on_postgres() {
    killed_everywhere(postgres, 1).await;
}
