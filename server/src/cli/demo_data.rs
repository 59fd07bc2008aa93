//! `dunlin demo-data`

use std::process::ExitCode;

use crate::config::Config;
use crate::env::Principal;
use crate::operations::demo;

use super::{CliError, open, say};

pub(super) async fn run(config: Config) -> Result<ExitCode, CliError> {
    let env = open(&config).await?;
    let filled = demo::fill(&env, &Principal::Operator).await;
    env.store.close().await;
    let filled = filled?;
    say(format_args!("Two businesses with {} customers and {} invoices.", filled.customers, filled.invoices));
    say(format_args!("Sign in at {}, password \"{}\":", config.base_url.join("/sign-in"), filled.password));
    for (name, email, role) in filled.people {
        say(format_args!("  {email:<32} {name}, {role}"));
    }
    say("Portal links to try:");
    for (shows, url) in filled.links {
        say(format_args!("  {url}  {shows}"));
    }
    Ok(ExitCode::SUCCESS)
}
