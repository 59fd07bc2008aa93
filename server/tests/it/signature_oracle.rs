//! Signature headers by chance, judged by us and by Stripe's own Python library: we are never looser, and stricter only for
//! reasons that have a name. Single cases with their names stand in `tests/fixtures/stripe_signatures.json`.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, BufWriter, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use chrono::DateTime;
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::json;
use server::testing::simulation::Chance;
use server::webhooks::signature::{SigningSecret, verify};
use sha2::Sha256;

use crate::support::number;

const NOW: i64 = 1_789_000_000;
/// Both count while the secret is being changed.
const SECRETS: [&str; 2] = ["whsec_first_0123456789abcdef", "whsec_second_fedcba9876543210"];
const BODIES: [&str; 3] = ["", "{}", r#"{"id":"evt_1","note":"Zoë & Søn"}"#];

/// What Stripe never sends and its library takes nevertheless.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Stricter {
    /// A signature from the future would stay good for as long as it is ahead.
    Future,
    /// Two readers could take different times, so neither is taken.
    TwoTimes,
    /// The digits that were signed are the digits that are sent: no sign, no spaces, no underscores, no zeros before them.
    NotPlainDigits,
    /// The library cannot compare it, and takes the header only where it finds a good signature before.
    NotAscii,
    /// Stripe sends pairs only.
    NoPair,
    /// Hexadecimal digits hold no equals sign, at which the library cuts the value.
    MoreAfterTheValue,
    /// More signatures than any rotation has secrets.
    TooMany,
}

fn sign(secret: &str, timestamp: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{timestamp}.{body}").as_bytes());
    hex::encode(mac.finalize().into_bytes())
}

/// A header as Stripe would send it for a moment near now, and then perhaps spoiled, once or several times.
fn header(chance: &mut Chance, body: &str) -> String {
    let timestamp =
        NOW + chance.one(&[0, 0, 0, -1, 17, -299, -300, -301, 299, 300, 301, -86_400, 86_400, -NOW]);
    let written = match chance.within(0, 19) {
        0 => format!("+{timestamp}"),
        1 => format!("0{timestamp}"),
        2 => format!(" {timestamp} "),
        3 => timestamp
            .to_string()
            .chars()
            .flat_map(|digit| [digit, '_'])
            .collect::<String>()
            .trim_end_matches('_')
            .into(),
        4 => format!("{timestamp}.0"),
        5 => timestamp.to_string().replace('1', "\u{0661}"),
        6 => chance.one(&["", "now", "-1", "1e9", "99999999999999999999"]).to_string(),
        _ => timestamp.to_string(),
    };
    let signed_as = if chance.percent(90) { timestamp.to_string() } else { written.clone() };
    let mut items = Vec::new();
    if chance.percent(96) {
        items.push(format!("t={written}"));
    }
    let signatures = if chance.percent(3) { 9 } else { *chance.one(&[0, 1, 1, 1, 1, 2, 2, 3, 8]) };
    for _ in 0..signatures {
        let secret = if chance.percent(75) { *chance.one(&SECRETS) } else { "whsec_of_somebody_else" };
        let good = sign(secret, &signed_as, body);
        items.push(match chance.within(0, 24) {
            0 => format!("v1={}", good.to_uppercase()),
            1 => format!("v1={}", &good[1..]),
            2 => format!("v1={good}0"),
            3 => format!("v1={good}=x"),
            4 => format!("v1= {good}"),
            5 => format!(" v1={good}"),
            6 => format!("V1={good}"),
            7 => format!("v0={good}"),
            8 => "v1=".to_owned(),
            9 => "v1".to_owned(),
            10 => format!("v1=é{}", &good[1..]),
            _ => format!("v1={good}"),
        });
    }
    for extra in ["t", "v0=abc", "x=1", "x", "", &format!("t={timestamp}"), &format!("t={}", timestamp - 5)] {
        if chance.percent(4) {
            let place = usize::try_from(chance.within(0, i64::try_from(items.len()).unwrap())).unwrap();
            items.insert(place, extra.to_owned());
        }
    }
    if chance.percent(10) {
        items.reverse();
    }
    items.join(",")
}

/// Why we may refuse what the library takes: read off the header without knowing how either of them reads it.
fn why_stricter(header: &str) -> Option<Stricter> {
    let items: Vec<&str> = header.split(',').collect();
    let values = |key: &str| {
        items
            .iter()
            .filter_map(|item| item.split_once('=').filter(|(name, _)| *name == key))
            .map(|(_, value)| value)
            .collect::<Vec<_>>()
    };
    let (times, signatures) = (values("t"), values("v1"));
    let plain = |time: &str| time.bytes().all(|byte| byte.is_ascii_digit()) && !time.starts_with('0');
    if !header.is_ascii() {
        Some(Stricter::NotAscii)
    } else if items.iter().any(|item| !item.contains('=')) {
        Some(Stricter::NoPair)
    } else if times.len() > 1 {
        Some(Stricter::TwoTimes)
    } else if times.iter().any(|time| !plain(time)) {
        Some(Stricter::NotPlainDigits)
    } else if signatures.len() > 8 {
        Some(Stricter::TooMany)
    } else if times.iter().any(|time| time.parse::<i128>().is_ok_and(|time| time > i128::from(NOW) + 300)) {
        Some(Stricter::Future)
    } else {
        signatures.iter().any(|value| value.contains('=')).then_some(Stricter::MoreAfterTheValue)
    }
}

#[test]
fn never_looser_than_stripes_own_library_and_stricter_only_for_a_reason() {
    let headers = number("SIGNATURE_HEADERS").unwrap_or(5_000);
    let default = || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/venv/bin/python");
    let python = std::env::var_os("DUNLIN_PYTHON").map_or_else(default, PathBuf::from);
    let mut oracle = Command::new(&python)
        .args(["-c", include_str!("signature_oracle.py"), &json!(SECRETS).to_string(), &NOW.to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| {
            panic!("{} cannot be run ({error}): `cargo xtask setup` makes it", python.display())
        });

    // The same headers twice, from one seed: told on one thread, judged on the other, never all in memory.
    let given = |chance: &mut Chance| {
        let body = *chance.one(&BODIES);
        let header = header(chance, body);
        // Signed for one body and come with another.
        let body = if chance.percent(5) { *chance.one(&BODIES) } else { body };
        (header, body)
    };
    let mut lines = BufWriter::new(oracle.stdin.take().unwrap());
    let telling = std::thread::spawn(move || {
        let mut chance = Chance::new(1);
        for _ in 0..headers {
            writeln!(lines, "{}", json!(given(&mut chance))).unwrap();
        }
    });

    let secrets: Vec<SigningSecret> =
        SECRETS.iter().filter_map(|secret| SigningSecret::new((*secret).into())).collect();
    let now = DateTime::from_timestamp(NOW, 0).unwrap();
    let mut chance = Chance::new(1);
    let mut accepted_by_both = 0;
    let mut stricter: BTreeMap<Stricter, u64> = BTreeMap::new();
    let mut verdicts = BufReader::new(oracle.stdout.take().unwrap()).lines();
    for _ in 0..headers {
        let (header, body) = given(&mut chance);
        let theirs = verdicts.next().expect("a verdict on each header").unwrap() == "1";
        let ours = verify(Some(header.as_bytes()), body.as_bytes(), &secrets, now);
        match (ours, theirs) {
            (Ok(()), true) => accepted_by_both += 1,
            (Ok(()), false) => panic!("looser than Stripe's library: {header} over {body:?}"),
            (Err(error), true) => {
                let why = why_stricter(&header);
                let why =
                    why.unwrap_or_else(|| panic!("refused for no reason ({error}): {header} over {body:?}"));
                *stricter.entry(why).or_default() += 1;
            }
            (Err(_), false) => {}
        }
    }
    telling.join().unwrap();
    assert!(oracle.wait().unwrap().success());
    assert!(accepted_by_both > headers / 10, "hardly any header is good: {accepted_by_both} of {headers}");
    assert_eq!(stricter.len(), 7, "some reason was never met: {stricter:?}");
}
