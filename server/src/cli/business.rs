//! `dunlin business …`

use std::io::Read as _;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use secrecy::SecretString;

use crate::config::Config;
use crate::env::Principal;
use crate::operations::setup::{self, NewBusiness, SetupError};

use super::{CliError, open, say};

#[derive(Debug, Subcommand)]
pub(super) enum Verb {
    /// Add a business with its first owner. The password is read from standard input.
    Add(Add),
}

/// A business and its owner.
#[derive(Debug, Args)]
pub(super) struct Add {
    /// The business's name.
    #[arg(long)]
    business_name: String,
    /// Two letters, as in GB.
    #[arg(long)]
    country: String,
    /// An IANA time zone, as in Europe/London. Its dates decide when something is due.
    #[arg(long)]
    time_zone: String,
    /// Three letters, as in GBP.
    #[arg(long)]
    currency: String,
    /// A language tag, as in en-GB.
    #[arg(long, default_value = "en-GB")]
    locale: String,
    /// The owner's name.
    #[arg(long)]
    name: String,
    /// The owner's mail address, for signing in.
    #[arg(long)]
    email: String,
}

/// The most of standard input that is read as a password.
const PASSWORD_BYTES_MAX: u64 = 4096;

pub(super) async fn run(config: Config, verb: Verb) -> Result<ExitCode, CliError> {
    let Verb::Add(add) = verb;
    let mut password = String::new();
    std::io::stdin()
        .take(PASSWORD_BYTES_MAX)
        .read_to_string(&mut password)
        .map_err(|source| CliError::System { doing: "reading the password", source })?;
    let env = open(&config).await?;
    let input = NewBusiness {
        business_name: add.business_name,
        country: add.country,
        time_zone: add.time_zone,
        currency: add.currency,
        locale: add.locale,
        name: add.name,
        email: add.email,
        password: SecretString::from(password.trim_end_matches(['\r', '\n'])),
    };
    let added = setup::add_business(&env, &Principal::Operator, input).await;
    env.store.close().await;
    let (business, _owner) = added.map_err(|error| match error {
        SetupError::Fields(fields) => CliError::Fields { fields },
        error => error.into(),
    })?;
    say(format_args!("Added {business}. The owner signs in at {}.", config.base_url.join("/sign-in")));
    Ok(ExitCode::SUCCESS)
}
