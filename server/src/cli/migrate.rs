//! `dunlin migrate`

use std::process::ExitCode;

use secrecy::ExposeSecret as _;
use store::Store;

use crate::config::Config;

use super::{CliError, say};

pub(super) async fn run(config: Config) -> Result<ExitCode, CliError> {
    let store = Store::connect(config.database_url.expose_secret()).await?;
    let migrated = store.migrate().await?;
    store.close().await;
    say(format_args!("The database is at version {}.", migrated.to_version));
    Ok(ExitCode::SUCCESS)
}
