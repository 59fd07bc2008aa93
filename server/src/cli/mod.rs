//! The command line.
//!
//! Each verb is a short module that builds what it needs from the configuration and calls operations as
//! [`Principal::Operator`](crate::env::Principal::Operator) or serves. To add one: a variant here, a module beside.

mod business;
mod check_config;
mod demo_data;
mod generate_key;
mod migrate;
mod outside;
mod park;
mod reconcile;
mod serve;
mod verify;

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use secrecy::ExposeSecret as _;

use store::Store;

use crate::config::{Config, ConfigError};
use crate::env::Env;

/// Dunlin gets unpaid invoices paid without spoiling the relationship.
#[derive(Debug, Parser)]
#[command(name = "dunlin", version, about, after_help = HELP)]
pub struct Cli {
    /// The configuration file (TOML). The environment variable `DUNLIN_CONFIG` names it too.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    verb: Verb,
}

const HELP: &str = "Every key of the configuration can stand in the environment too, and wins there: smtp.host is \
                    DUNLIN_SMTP_HOST.\n`dunlin check-config --help` lists all keys.\n\nFirst steps:\n  dunlin \
                    generate-key          put its output into installation_key\n  dunlin check-config          see \
                    whether everything is in place\n  dunlin serve                 then open base_url in a browser: \
                    it asks for the first owner";

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print a new installation key and nothing else.
    GenerateKey,
    /// Read and check the configuration, and print what is in force without secrets.
    #[command(after_help = check_config::keys_help())]
    CheckConfig,
    /// Bring the database to this version. `serve` does so too; this is for doing it beforehand.
    Migrate,
    /// Serve until stopped by SIGTERM or Ctrl-C.
    Serve,
    /// Businesses of this installation.
    #[command(subcommand)]
    Business(business::Verb),
    /// Fill an empty database with two invented businesses to look at. Demo mode only.
    DemoData,
    /// Keep back whatever would be followed up, until members have looked at it: to be run after a backup was restored, before
    /// `serve`.
    Park(park::Arguments),
    /// Compare the books with Stripe: every payment, refund and dispute. What no webhook told is booked; what still differs is
    /// said.
    Reconcile,
    /// Recompute the hash chain, the ledger and every derived figure, and say what is wrong.
    Verify,
}

/// Why a command failed, as the operator reads it.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The database cannot be used.
    #[error("the database cannot be used: {0}")]
    Store(#[from] store::StoreError),
    /// Keys cannot be derived.
    #[error(transparent)]
    Crypto(#[from] crate::crypto::CryptoError),
    /// The SMS gateway cannot be spoken to.
    #[error(transparent)]
    TextGateway(#[from] crate::delivery::sms::TextGatewayError),
    /// A business was not added.
    #[error("the business was not added: {0}")]
    Setup(#[from] crate::operations::setup::SetupError),
    /// What was given for a business cannot be used.
    #[error("the business was not added:{}", options(fields))]
    Fields {
        /// What is wrong with which option.
        fields: domain::FieldErrors,
    },
    /// The demo was not filled.
    #[error("the demo's data was not made: {0}")]
    Fill(#[from] crate::operations::demo::FillError),
    /// Nothing was kept back.
    #[error(transparent)]
    Park(#[from] crate::operations::follow_up::quarantine::QuarantineError),
    /// Nothing could be compared.
    #[error(transparent)]
    Reconcile(#[from] crate::operations::payments::reconcile::ReconcileError),
    /// Nothing could be checked.
    #[error(transparent)]
    Verify(#[from] crate::operations::verify::VerifyError),
    /// The address to listen on is taken or not ours.
    #[error("cannot listen on {address}: {source}; free the port, or set `listen` to another")]
    Listen {
        /// What was configured.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system refused something basic.
    #[error("{doing}: {source}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: std::io::Error,
    },
}

/// What is wrong with which option, a line each.
fn options(fields: &domain::FieldErrors) -> String {
    let mut text = String::new();
    for error in fields {
        // Writing to a string cannot fail.
        let _ = write!(text, "\n  --{}: {:?}", error.field.replace('_', "-"), error.problem);
    }
    text
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(cli) {
        Ok(code) => code,
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode, CliError> {
    let config = || load(cli.config);
    match cli.verb {
        Verb::GenerateKey => {
            generate_key::run();
            Ok(ExitCode::SUCCESS)
        }
        Verb::CheckConfig => {
            check_config::run(&config()?);
            Ok(ExitCode::SUCCESS)
        }
        Verb::Migrate => block_on(migrate::run(config()?)),
        Verb::Serve => block_on(serve::run(config()?)),
        Verb::Business(verb) => block_on(business::run(config()?, verb)),
        Verb::DemoData => block_on(demo_data::run(config()?)),
        Verb::Park(arguments) => block_on(park::run(config()?, arguments)),
        Verb::Reconcile => block_on(reconcile::run(config()?)),
        Verb::Verify => block_on(verify::run(config()?)),
    }
}

/// The configuration from the file named on the command line or in the environment, and the environment.
fn load(file: Option<PathBuf>) -> Result<Config, CliError> {
    let file = file.or_else(|| std::env::var_os("DUNLIN_CONFIG").map(PathBuf::from));
    // A variable that is no text cannot be one of ours: all our values are text.
    let environment = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
    Ok(Config::load(file.as_deref(), environment)?)
}

/// Opens a migrated database and the outside world, for commands that work on it beside a running server.
async fn open(config: &Config) -> Result<Env, CliError> {
    crate::logs::install("warn");
    let store = Store::connect(config.database_url.expose_secret()).await?;
    store.migrate().await?;
    let env = outside::env(config, store)?;
    Ok(env)
}

/// Runs asynchronous work to its end.
fn block_on<T>(work: impl Future<Output = Result<T, CliError>>) -> Result<T, CliError> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|source| CliError::System { doing: "starting", source })?
        .block_on(work)
}

/// Prints the answer of a command.
#[expect(clippy::print_stdout, reason = "the answer of a command belongs on standard output")]
fn say(text: impl std::fmt::Display) {
    println!("{text}");
}

#[expect(clippy::print_stderr, reason = "a failed command explains itself where its operator looks")]
fn complain(error: &CliError) {
    let mut text = format!("dunlin: {error}");
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text.push_str("\n  because: ");
            text.push_str(&cause_text);
        }
        source = cause.source();
    }
    eprintln!("{}", text.trim_end());
}
