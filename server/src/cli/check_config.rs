//! `dunlin check-config`

use std::fmt::Write as _;

use crate::config::{Config, KEYS, variable};

use super::say;

pub(super) fn run(config: &Config) {
    say("The configuration is complete.");
    say(format_args!("  listens on      {}", config.listen));
    say(format_args!("  reached at      {}", config.base_url.origin()));
    say(format_args!("  demonstration   {}", if config.demo { "yes" } else { "no" }));
    say(format_args!("  Stripe          {}", config.stripe_url.as_deref().unwrap_or("Stripe itself")));
    match &config.smtp {
        Some(smtp) => say(format_args!("  mail            {}:{} from {}", smtp.host, smtp.port, smtp.from)),
        None => say("  mail            no relay: messages wait in the outbox"),
    }
    match &config.sms {
        Some(sms) => say(format_args!("  texts           {} from {}", sms.url, sms.from)),
        None => say("  texts           no gateway: none are sent"),
    }
}

/// The list of all keys, for the help.
pub(super) fn keys_help() -> String {
    let mut text = "Keys of the configuration:\n".to_owned();
    for key in KEYS {
        // Writing to a string cannot fail.
        let _ = write!(text, "  {:<24} {}\n  {:<24} {}\n", key.name, key.about, "", variable(key.name));
    }
    text
}
