//! Acknowledging webhooks against their floor: `cargo xtask bench webhooks`.
//!
//! A delivery is what `webhooks::receive` does before it is answered: the signature is checked, the event kept and committed.
//! Beside it, in the same run, the same bytes are inserted into a table without guards, each committed as durably by itself,
//! by as many clients; on SQLite also a hundred in one transaction. Of deliveries that are refused or came before it is shown
//! what they cost beside one that is kept.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use domain::BusinessId;
use secrecy::SecretString;
use server::env::{Env, Principal};
use server::operations::settings;
use server::testing::stripe_signature;
use server::testing::world::World;
use server::webhooks::{self, WebhookError};
use store::Store;
use store::inbox::Kept;
use store::testing::bare;
use tokio::task::JoinSet;

use crate::common::{self, Database, rate, ratio};

/// How it is run.
#[derive(Debug, clap::Args)]
pub struct Options {
    /// How many clients deliver at the same time, one measurement each.
    #[arg(long, value_delimiter = ',', default_value = "1,8,32")]
    clients: Vec<usize>,
    /// Deliveries in each measurement.
    #[arg(long, default_value_t = 4000)]
    deliveries: usize,
    /// On which databases.
    #[arg(long, value_delimiter = ',', default_value = "sqlite,postgres")]
    on: Vec<Database>,
}

const SECRET: &str = "whsec_0123456789abcdef0123456789abcdef";

/// Rows in one transaction of the batch that SQLite is compared with.
const BATCH: usize = 100;

/// Measures, and shows the figures.
pub async fn measure(options: &Options) {
    println!(
        "{:<10} {:>8} {:>14} {:>12} {:>8} {:>16}",
        "database", "clients", "acknowledged/s", "floor /s", "ratio", "of batches of 100"
    );
    for database in &options.on {
        let store = common::store(*database).await;
        let world = World::new(Store::clone(&store), 7).expect("making a world");
        let endpoint = Arc::new(Endpoint::make(&world.env).await);
        bare::make(&store).await.expect("making the floor's table");
        let batches = match database {
            Database::Sqlite => Some(batches(&world.env, options.deliveries).await),
            Database::Postgres => None,
        };
        for clients in &options.clients {
            let events = Arc::new(Deliveries::new(&world.env, &format!("{clients}"), options.deliveries));
            let (with, these) = (Arc::clone(&endpoint), Arc::clone(&events));
            let kept = together(*clients, options.deliveries, move |nth| {
                let (with, these) = (Arc::clone(&with), Arc::clone(&these));
                async move { with.deliver(&these.signatures[nth], &these.bodies[nth]).await }
            })
            .await;
            let (with, these) = (Store::clone(&store), Arc::clone(&events));
            let floor = together(*clients, options.deliveries, move |nth| {
                let (with, these) = (Store::clone(&with), Arc::clone(&these));
                async move { bare::keep(&with, &these.ids[nth], &these.bodies[nth]).await.expect("keeping") }
            })
            .await;
            println!(
                "{:<10} {clients:>8} {:>14} {:>12} {:>8} {:>16}",
                format!("{database:?}").to_lowercase(),
                rate(options.deliveries, kept),
                rate(options.deliveries, floor),
                ratio(floor, kept),
                batches.map(|batches| ratio(batches, kept)).unwrap_or_default(),
            );
        }
        endpoint.refusals(options.deliveries).await;
    }
}

/// The events of one measurement. They are signed before it begins: that is the sender's work.
struct Deliveries {
    ids: Vec<String>,
    bodies: Vec<Vec<u8>>,
    signatures: Vec<String>,
}

impl Deliveries {
    fn new(env: &Env, label: &str, many: usize) -> Self {
        let ids: Vec<String> = (0..many).map(|nth| format!("evt_{label}_{nth:012}")).collect();
        let bodies: Vec<Vec<u8>> = ids.iter().map(|id| body(id)).collect();
        let sign = |body: &Vec<u8>| stripe_signature(SECRET, env.machine_now(), body);
        let signatures = bodies.iter().map(sign).collect();
        Self { ids, bodies, signatures }
    }
}

/// An event of the size that Stripe sends: a Checkout Session has about three thousand bytes.
fn body(id: &str) -> Vec<u8> {
    let object =
        "\"livemode\": false, \"description\": \"Invoice 2026-0147 for the work in March\", ".repeat(36);
    format!(
        "{{\"id\": \"{id}\", \"object\": \"event\", \"type\": \"checkout.session.completed\", \"livemode\": false,
          \"data\": {{\"object\": {{{object}\"id\": \"cs_test_{id}\", \"object\": \"checkout.session\"}}}}}}"
    )
    .into_bytes()
}

/// A business's endpoint.
struct Endpoint {
    env: Env,
    business: BusinessId,
}

impl Endpoint {
    async fn make(env: &Env) -> Self {
        let (business, owner) = common::business(env).await;
        let owner = Principal::Member { business, member: owner, role: domain::Role::Owner };
        settings::set_webhook_secret(env, &owner, SecretString::from(SECRET))
            .await
            .expect("setting the secret");
        Self { env: env.clone(), business }
    }

    async fn deliver(&self, signature: &str, body: &[u8]) {
        let kept = webhooks::receive(&self.env, self.business, Some(signature.as_bytes()), body).await;
        assert_eq!(kept.expect("a delivery is kept"), Kept::Now);
    }

    /// What deliveries cost that change nothing.
    async fn refusals(&self, many: usize) {
        let known = body("evt_known");
        let header = stripe_signature(SECRET, self.env.machine_now(), &known);
        self.deliver(&header, &known).await;
        let begun = Instant::now();
        for _ in 0..many {
            let kept = webhooks::receive(&self.env, self.business, Some(header.as_bytes()), &known).await;
            assert_eq!(kept.expect("it is acknowledged again"), Kept::Before);
        }
        let again = begun.elapsed();
        let begun = Instant::now();
        for _ in 0..many {
            let refused = webhooks::receive(&self.env, self.business, Some(b"t=1,v1=00"), &known).await;
            assert!(matches!(refused, Err(WebhookError::Signature(_))), "nobody signed it");
        }
        let refused = begun.elapsed();
        println!(
            "{:<10} one after the other: {}/s that came before, {}/s that nobody signed",
            "",
            rate(many, again),
            rate(many, refused)
        );
    }
}

/// How quickly SQLite takes the same bytes a hundred at once.
async fn batches(env: &Env, many: usize) -> Duration {
    let events = Deliveries::new(env, "batch", many);
    let rows: Vec<(String, &[u8])> =
        events.ids.iter().cloned().zip(events.bodies.iter().map(Vec::as_slice)).collect();
    let begun = Instant::now();
    for rows in rows.chunks(BATCH) {
        bare::keep_together(&env.store, rows).await.expect("keeping a batch");
    }
    begun.elapsed()
}

/// So many clients do the work between them, each one piece after the other.
async fn together<F, W>(clients: usize, pieces: usize, work: W) -> Duration
where
    F: Future<Output = ()> + 'static,
    W: Fn(usize) -> F + Clone + 'static,
{
    let next = Arc::new(AtomicUsize::new(0));
    let begun = Instant::now();
    let mut running = JoinSet::new();
    for _ in 0..clients {
        let (next, work) = (Arc::clone(&next), work.clone());
        running.spawn_local(async move {
            loop {
                let nth = next.fetch_add(1, Ordering::Relaxed);
                if nth >= pieces {
                    break;
                }
                work(nth).await;
            }
        });
    }
    while let Some(ended) = running.join_next().await {
        ended.expect("a client panicked");
    }
    begun.elapsed()
}
