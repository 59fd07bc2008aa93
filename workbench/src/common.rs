//! What every measurement needs: a database, a business, figures.

use std::time::Duration;

use domain::{BusinessId, MemberId};
use secrecy::SecretString;
use server::env::{Env, Principal};
use server::operations::setup::{self, NewBusiness};
use store::testing::{self, TestStore};

/// A database of its own for a measurement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Database {
    /// A file.
    Sqlite,
    /// A server.
    Postgres,
}

/// Opens an empty one.
pub async fn store(database: Database) -> TestStore {
    match database {
        Database::Sqlite => testing::sqlite().await,
        Database::Postgres => testing::postgres().await,
    }
}

/// Makes a business with its owner.
pub async fn business(env: &Env) -> (BusinessId, MemberId) {
    let new = NewBusiness {
        business_name: "Nordlicht Studio".to_owned(),
        country: "DE".to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        currency: "EUR".to_owned(),
        locale: "en-GB".to_owned(),
        name: "Ada Brandt".to_owned(),
        email: "ada@nordlicht.example".to_owned(),
        password: SecretString::from("a quiet tidal flat"),
    };
    setup::add_business(env, &Principal::Operator, new).await.expect("making a business")
}

/// How many a second.
pub fn rate(number: usize, took: Duration) -> u128 {
    u128::try_from(number).unwrap_or_default() * 1_000_000 / took.as_micros().max(1)
}

/// One of the other, in hundredths.
pub fn ratio(one: Duration, other: Duration) -> String {
    let hundredths = one.as_micros() * 100 / other.as_micros().max(1);
    format!("{}.{:02}", hundredths / 100, hundredths % 100)
}
