//! Configuration: one structure, read from a file and the environment, checked whole before anything starts.
//!
//! Every key stands in [`KEYS`] with what it means; `dunlin check-config` prints that table with what was found. A key
//! `smtp.host` is written as such in the TOML file and as `DUNLIN_SMTP_HOST` in the environment, which wins. Unknown
//! keys are refused with the nearest known one, because a misspelled limit would otherwise silently not hold. All
//! problems are reported at once, each with the key, what was found and the remedy; what was found in a secret is
//! described, never shown.
//!
//! To add a key: a row in [`KEYS`], a field in [`Config`], a line in [`Config::from_values`].

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use base64::Engine as _;
use secrecy::{ExposeSecret as _, SecretBox, SecretString};

mod addresses;
mod delivery;

use addresses::parse_networks;
pub use addresses::{BaseUrl, Network, is_loopback};
pub use delivery::{SmsConfig, SmtpConfig, SmtpTls};

/// The prefix of our variables in the environment.
const PREFIX: &str = "DUNLIN_";

/// Variables with our prefix that are no configuration of the server: the file's place, and what building and tests use.
const NOT_CONFIGURATION: &[&str] =
    &["DUNLIN_CONFIG", "DUNLIN_SITE", "DUNLIN_PYTHON", "DUNLIN_CRASH_AT", "DUNLIN_CI", "DUNLIN_DEEP"];

/// One key of the configuration.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Its name in the file, `smtp.host`.
    pub name: &'static str,
    /// What it is for, and its default.
    pub about: &'static str,
    /// Its value is never printed.
    pub secret: bool,
}

const fn key(name: &'static str, about: &'static str) -> Key {
    Key { name, about, secret: false }
}

const fn secret(name: &'static str, about: &'static str) -> Key {
    Key { name, about, secret: true }
}

/// Every key there is.
pub const KEYS: &[Key] = &[
    key("listen", "address and port to listen on; default 127.0.0.1:8080"),
    key("base_url", "where browsers reach this installation, https://… (http only on loopback); required"),
    secret("database_url", "sqlite:/path/to/file, or postgres://user:password@host/database; required"),
    secret("installation_key", "32 random bytes in base64, made by `dunlin generate-key`; required"),
    key("demo", "true for demonstration: business time can be moved, live keys are refused; default false"),
    key("stripe_url", "another address for Stripe, on loopback only (the sandbox); default Stripe's own"),
    key("trusted_proxies", "addresses or networks whose X-Forwarded-For is believed; default none"),
    secret("metrics_token", "bearer token that may read /metrics from elsewhere than loopback; default none"),
    key("log", "what is logged, as in `info` or `warn,server=debug`; default info"),
    key("smtp.host", "the mail relay; without it mail waits in the outbox"),
    key("smtp.port", "its port; default 465 with tls, 587 with starttls, 25 with none"),
    key("smtp.tls", "tls, starttls or none (none on loopback only); default tls, none on loopback"),
    key("smtp.user", "user name at the relay; default none"),
    secret("smtp.password", "password at the relay; default none"),
    key("smtp.from", "the address mail is sent from; required with smtp.host"),
    key("sms.url", "the SMS gateway, of Twilio's form, https (http only on loopback); default Twilio's own"),
    key("sms.account", "the account at the SMS gateway; without it no text messages are sent"),
    secret("sms.token", "its token, which signs the gateway's callbacks too; required with sms.account"),
    key(
        "sms.from",
        "the number texts come from and answers go to, like +4930123456; required with sms.account",
    ),
    key("limits.connections", "connections served at once; default 1024"),
    key("limits.header_seconds", "time a client has to send a request's head; default 10"),
    key("limits.body_seconds", "time a client has to send a request's body; default 20"),
    key("limits.request_seconds", "time a request may take in all; default 30"),
    key("limits.write_seconds", "time an answer may make no progress at all; default 30"),
    key("limits.drain_seconds", "time open requests and workers have to end at shutdown; default 20"),
];

/// Keys that stand in documentation and examples, or that anyone would guess. An installation with one of them is open.
const PUBLIC_KEYS: &[&str] = &[
    "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI=",
    "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXphYmNkZWY=",
    "ZXhhbXBsZS1leGFtcGxlLWV4YW1wbGUtZXhhbXBsZS0=",
    "Y2hhbmdlLW1lLWNoYW5nZS1tZS1jaGFuZ2UtbWUtISE=",
    "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
];

/// The whole configuration, checked.
#[derive(Debug)]
pub struct Config {
    /// Where to listen.
    pub listen: SocketAddr,
    /// Where browsers reach us; every link is built from it and never from a request's `Host`.
    pub base_url: BaseUrl,
    /// The database.
    pub database_url: SecretString,
    /// What sessions, links and stored secrets are keyed and sealed with.
    pub installation_key: SecretBox<[u8; 32]>,
    /// Demonstration: business time moves on request, live keys and outside hosts are refused.
    pub demo: bool,
    /// Stripe elsewhere: the sandbox.
    pub stripe_url: Option<String>,
    /// Hops whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// May read the metrics from anywhere.
    pub metrics_token: Option<SecretString>,
    /// The filter of the log.
    pub log: String,
    /// The mail relay; without one mail waits.
    pub smtp: Option<SmtpConfig>,
    /// The SMS gateway; without one no texts are sent.
    pub sms: Option<SmsConfig>,
    /// Bounds of the HTTP server.
    pub limits: Limits,
}

/// Bounds of the HTTP server.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Connections at once.
    pub connections: usize,
    /// Time for a request's head.
    pub header_timeout: Duration,
    /// Time for a request's body.
    pub body_timeout: Duration,
    /// Time for a request in all.
    pub request_timeout: Duration,
    /// Time without any progress while an answer is written.
    pub write_timeout: Duration,
    /// Time to finish at shutdown.
    pub drain_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 1024,
            header_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(20),
            request_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            drain_timeout: Duration::from_secs(20),
        }
    }
}

/// One thing that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The key as it was written, or the file.
    pub key: String,
    /// What was found; secrets are described, not shown.
    pub found: String,
    /// What to do about it.
    pub remedy: String,
}

/// Everything that is wrong with the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError(pub Vec<Problem>);

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "the configuration cannot be used:")?;
        for Problem { key, found, remedy } in &self.0 {
            writeln!(f, "  {key}: found {found}; {remedy}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigError {}

/// Where a value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The file.
    File,
    /// The environment.
    Environment,
}

/// Raw values by key, before any check: text as written, with where it stood.
#[derive(Default)]
pub struct Values(BTreeMap<&'static str, (String, Source)>);

impl Values {
    /// Where the value of a key came from, if it is set.
    pub fn source(&self, name: &str) -> Option<Source> {
        self.0.get(name).map(|(_, source)| *source)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(|(value, _)| value.as_str())
    }
}

/// What is wrong with one value, before the key's name is added.
struct Wrong {
    found: String,
    remedy: String,
}

impl Wrong {
    fn new(found: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { found: found.into(), remedy: remedy.into() }
    }
}

impl Config {
    /// Reads the file (if one is named) and the environment, and checks everything.
    pub fn load(
        file: Option<&Path>,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let text = match file {
            Some(path) => Some(std::fs::read_to_string(path).map_err(|error| {
                ConfigError(vec![Problem {
                    key: path.display().to_string(),
                    found: format!("a file that cannot be read ({error})"),
                    remedy: "name an existing, readable file with --config or DUNLIN_CONFIG".to_owned(),
                }])
            })?),
            None => None,
        };
        let values = read_values(text.as_deref(), environment)?;
        Self::from_values(&values)
    }

    /// Checks raw values.
    pub fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let mut check = Checker { values, problems: Vec::new() };

        let listen = check.or("listen", SocketAddr::from(([127, 0, 0, 1], 8080)), |text| {
            text.parse()
                .map_err(|_| Wrong::new(quoted(text), "write an address and a port, like 127.0.0.1:8080"))
        });
        let base_url = check.required("base_url", "set it to where browsers reach this", BaseUrl::parse);
        let database_url = check.required(
            "database_url",
            "set it to sqlite:/path/to/dunlin.sqlite or postgres://user:password@host/database",
            |text| {
                let known = ["sqlite:", "postgres://", "postgresql://"];
                if known.iter().any(|scheme| text.len() > scheme.len() && text.starts_with(scheme)) {
                    return Ok(SecretString::from(text));
                }
                Err(Wrong::new(
                    "something else than an address of a database",
                    "write sqlite:/path/to/dunlin.sqlite or postgres://user:password@host/database",
                ))
            },
        );
        let installation_key = check.required(
            "installation_key",
            "make one with `dunlin generate-key`, keep it apart from the database and its backups",
            parse_installation_key,
        );
        let demo = check.or("demo", false, parse_bool);
        let stripe_url = check.optional("stripe_url", |text| {
            let on_loopback = text
                .parse::<axum::http::Uri>()
                .is_ok_and(|uri| uri.scheme().is_some() && uri.host().is_some_and(is_loopback));
            if on_loopback {
                return Ok(text.trim_end_matches('/').to_owned());
            }
            Err(Wrong::new(
                quoted(text),
                "only the sandbox on a loopback address can stand in for Stripe, like http://127.0.0.1:4242; leave \
                 the key out to use Stripe itself",
            ))
        });
        let trusted_proxies = check.or("trusted_proxies", Vec::new(), parse_networks);
        let metrics_token = check.optional("metrics_token", |text| {
            if text.len() < 16 {
                return Err(Wrong::new(described(text), "use at least 16 characters, or leave the key out"));
            }
            Ok(SecretString::from(text))
        });
        let log = check.or("log", "info".to_owned(), |text| {
            tracing_subscriber::EnvFilter::try_new(text).map(|_| text.to_owned()).map_err(|_| {
                Wrong::new(
                    quoted(text),
                    "write a level (error, warn, info, debug) or a filter like warn,server=debug",
                )
            })
        });
        let smtp = delivery::smtp(&mut check, demo);
        let sms = delivery::sms(&mut check, demo);
        let limits = limits(&mut check);

        if let (true, Some(base_url)) = (demo, &base_url)
            && !base_url.is_loopback()
        {
            check.wrong(
                "demo",
                Wrong::new(
                    format!("true, with base_url {}", base_url.origin()),
                    "demonstrations run on a loopback address only, because anyone can move their time",
                ),
            );
        }
        if let (false, Some(stripe_url), Some(base_url)) = (demo, &stripe_url, &base_url)
            && !base_url.is_loopback()
        {
            check.wrong(
                "stripe_url",
                Wrong::new(
                    quoted(stripe_url),
                    "an installation that others reach uses Stripe itself: leave the key out, or set demo = true on \
                     a loopback base_url",
                ),
            );
        }

        match (base_url, database_url, installation_key) {
            (Some(base_url), Some(database_url), Some(installation_key)) if check.problems.is_empty() => {
                Ok(Self {
                    listen,
                    base_url,
                    database_url,
                    installation_key,
                    demo,
                    stripe_url,
                    trusted_proxies,
                    metrics_token,
                    log,
                    smtp,
                    sms,
                    limits,
                })
            }
            _ => Err(ConfigError(check.problems)),
        }
    }
}

/// Reads values from the file's text and the environment, which wins; refuses what is unknown or of the wrong shape.
pub fn read_values(
    text: Option<&str>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<Values, ConfigError> {
    let mut values = Values::default();
    let mut problems = Vec::new();
    if let Some(text) = text {
        // The parser's own message shows the line, which may hold a secret: only its number and reason are kept.
        match text.parse::<toml::Table>() {
            Ok(table) => read_table("", &table, &mut values, &mut problems),
            Err(error) => {
                let line =
                    error.span().map_or(1, |span| text[..span.start.min(text.len())].lines().count().max(1));
                problems.push(Problem {
                    key: format!("line {line} of the file"),
                    found: format!("no TOML ({})", error.message()),
                    remedy: "write key = value, text in double quotes".to_owned(),
                });
            }
        }
    }
    for (name, value) in environment {
        let Some(short) = name.strip_prefix(PREFIX) else { continue };
        if NOT_CONFIGURATION.contains(&name.as_str()) {
            continue;
        }
        match KEYS.iter().find(|key| variable(key.name) == name) {
            Some(key) => {
                values.0.insert(key.name, (value, Source::Environment));
            }
            None => problems.push(unknown(&name, short, |key| variable(key.name))),
        }
    }
    if problems.is_empty() { Ok(values) } else { Err(ConfigError(problems)) }
}

/// The name of a key in the environment.
pub fn variable(name: &str) -> String {
    format!("{PREFIX}{}", name.replace('.', "_").to_ascii_uppercase())
}

fn read_table(prefix: &str, table: &toml::Table, values: &mut Values, problems: &mut Vec<Problem>) {
    for (name, value) in table {
        let name = format!("{prefix}{name}");
        let is_section = KEYS.iter().any(|key| key.name.starts_with(&format!("{name}.")));
        if let (true, toml::Value::Table(section)) = (is_section, value) {
            read_table(&format!("{name}."), section, values, problems);
            continue;
        }
        let Some(key) = KEYS.iter().find(|key| key.name == name) else {
            problems.push(unknown(&name, &name, |key| key.name.to_owned()));
            continue;
        };
        match plain(value) {
            Some(text) => {
                values.0.insert(key.name, (text, Source::File));
            }
            None => problems.push(Problem {
                key: name,
                found: format!("a value of type {}", value.type_str()),
                remedy: format!("write {}", key.about),
            }),
        }
    }
}

/// Text, numbers, booleans and lists of text as the text they would have in the environment.
fn plain(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Array(items) => {
            let items: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
            items.map(|items| items.join(","))
        }
        _ => None,
    }
}

fn unknown(written: &str, compared: &str, spell: impl Fn(&Key) -> String) -> Problem {
    let compared = compared.to_ascii_lowercase().replace('_', ".");
    let nearest = KEYS
        .iter()
        .min_by_key(|key| distance(&compared, &key.name.replace('_', ".")))
        .map(spell)
        .unwrap_or_default();
    Problem {
        key: written.to_owned(),
        found: "a key that does not exist".to_owned(),
        remedy: format!("did you mean {nearest}? `dunlin check-config --help` lists all"),
    }
}

/// The number of single-character edits between two words (Levenshtein).
fn distance(left: &str, right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for (line, from) in left.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, to) in right.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[right.len()]
}

/// Collects problems while values are taken, so that all are reported at once.
struct Checker<'a> {
    values: &'a Values,
    problems: Vec<Problem>,
}

impl Checker<'_> {
    fn wrong(&mut self, name: &str, wrong: Wrong) {
        let key = match self.values.source(name) {
            Some(Source::Environment) => variable(name),
            _ => name.to_owned(),
        };
        self.problems.push(Problem { key, found: wrong.found, remedy: wrong.remedy });
    }

    /// A value that may be absent. One that is set to nothing is an error, not absence: an empty secret that counted
    /// as "none" would switch a protection off.
    fn optional<T>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, Wrong>) -> Option<T> {
        let text = self.values.get(name)?.trim();
        let parsed = if text.is_empty() {
            Err(Wrong::new("an empty value", "give it a value or leave the key out"))
        } else {
            parse(text)
        };
        match parsed {
            Ok(value) => Some(value),
            Err(wrong) => {
                self.wrong(name, wrong);
                None
            }
        }
    }

    fn or<T>(&mut self, name: &str, default: T, parse: impl FnOnce(&str) -> Result<T, Wrong>) -> T {
        self.optional(name, parse).unwrap_or(default)
    }

    fn required<T>(
        &mut self,
        name: &str,
        remedy: &str,
        parse: impl FnOnce(&str) -> Result<T, Wrong>,
    ) -> Option<T> {
        if self.values.get(name).is_none() {
            self.wrong(
                name,
                Wrong::new("nothing", format!("{remedy} (or {} in the environment)", variable(name))),
            );
            return None;
        }
        self.optional(name, parse)
    }
}

fn limits(check: &mut Checker<'_>) -> Limits {
    let standard = Limits::default();
    let mut seconds = |name: &str, default: Duration| {
        check.or(name, default, |text| whole(text, 1, 3600).map(Duration::from_secs))
    };
    let header_timeout = seconds("limits.header_seconds", standard.header_timeout);
    let body_timeout = seconds("limits.body_seconds", standard.body_timeout);
    let request_timeout = seconds("limits.request_seconds", standard.request_timeout);
    let write_timeout = seconds("limits.write_seconds", standard.write_timeout);
    let drain_timeout = seconds("limits.drain_seconds", standard.drain_timeout);
    let connections = check.or("limits.connections", standard.connections, |text| {
        whole(text, 1, 1_000_000).map(|number| usize::try_from(number).unwrap_or(standard.connections))
    });
    Limits { connections, header_timeout, body_timeout, request_timeout, write_timeout, drain_timeout }
}

fn whole(text: &str, least: u64, most: u64) -> Result<u64, Wrong> {
    text.parse()
        .ok()
        .filter(|number| (least..=most).contains(number))
        .ok_or_else(|| Wrong::new(quoted(text), format!("write a whole number from {least} to {most}")))
}

fn parse_bool(text: &str) -> Result<bool, Wrong> {
    text.parse().map_err(|_| Wrong::new(quoted(text), "write true or false"))
}

fn parse_installation_key(text: &str) -> Result<SecretBox<[u8; 32]>, Wrong> {
    const REMEDY: &str = "make one with `dunlin generate-key`";
    if PUBLIC_KEYS.contains(&text) {
        return Err(Wrong::new("a key that stands in public examples", REMEDY));
    }
    let bytes = base64::engine::general_purpose::STANDARD
        .decode(text)
        .map_err(|_| Wrong::new(format!("{} that is no base64", described(text)), REMEDY))?;
    let key: [u8; 32] = bytes
        .try_into()
        .map_err(|bytes: Vec<u8>| Wrong::new(format!("{} bytes instead of 32", bytes.len()), REMEDY))?;
    // Thirty-two random bytes hold fewer than sixteen different ones about once in 10^12 keys; typed ones often do.
    let mut distinct = key;
    distinct.sort_unstable();
    let distinct = 1 + distinct.windows(2).filter(|pair| pair[0] != pair[1]).count();
    if distinct < 16 {
        return Err(Wrong::new("32 bytes that are not random", REMEDY));
    }
    Ok(SecretBox::new(Box::new(key)))
}

/// A new installation key from 32 random bytes, as it is written in the configuration.
pub fn installation_key_text(random: &SecretBox<[u8; 32]>) -> SecretString {
    SecretString::from(base64::engine::general_purpose::STANDARD.encode(random.expose_secret()))
}

fn quoted(text: &str) -> String {
    format!("{text:?}")
}

fn described(text: &str) -> String {
    format!("{} characters", text.chars().count())
}

#[cfg(test)]
mod tests;
