//! What the configuration accepts, and what it says about the rest.

use super::*;

const KEY: &str = "kH3c0Zr4o0mJm4m9b0yZ1l8yqgY7mJ3mG0aM5S8Q2cE=";

fn load(file: &str, environment: &[(&str, &str)]) -> Result<Config, String> {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    read_values(Some(file), environment)
        .and_then(|values| Config::from_values(&values))
        .map_err(|error| error.to_string())
}

fn minimal(more: &str) -> String {
    format!(
        "base_url = \"https://pay.example.com\"\ndatabase_url = \"sqlite:d.sqlite\"\ninstallation_key = \"{KEY}\"\n{more}\n"
    )
}

#[test]
fn a_small_file_is_enough_and_the_environment_wins() {
    let config = load(&minimal("listen = \"0.0.0.0:1\""), &[("DUNLIN_LISTEN", "127.0.0.1:2")]).unwrap();
    assert_eq!(config.listen.port(), 2);
    assert_eq!(config.base_url.origin(), "https://pay.example.com");
    assert!(!config.demo && config.smtp.is_none());
}

#[test]
fn every_problem_is_named_at_once_with_its_remedy() {
    let error = load("listen = \"everywhere\"\nsmtp.host = \"relay.example\"", &[("DUNLIN_DEMO", "yes")])
        .unwrap_err();
    for expected in [
        "listen: found \"everywhere\"",
        "base_url: found nothing",
        "database_url",
        "generate-key",
        "DUNLIN_DEMO: found \"yes\"",
        "smtp.from: found nothing",
    ] {
        assert!(error.contains(expected), "{expected} is missing in {error}");
    }
}

#[test]
fn unknown_keys_are_refused_with_the_nearest() {
    let error = load(&minimal("[smtp]\nhots = \"x\""), &[("DUNLIN_TRUSTED_PROXY", "10.0.0.1")]).unwrap_err();
    assert!(error.contains("smtp.hots") && error.contains("did you mean smtp.host?"), "{error}");
    assert!(error.contains("did you mean DUNLIN_TRUSTED_PROXIES?"), "{error}");
}

#[test]
fn weak_installation_keys_are_refused_and_never_shown() {
    let zeros = base64::engine::general_purpose::STANDARD.encode([0u8; 32]);
    let short = base64::engine::general_purpose::STANDARD.encode(b"not long enough at all");
    for key in ["", "   ", "hunter2-hunter2", &zeros, &short].into_iter().chain(PUBLIC_KEYS.iter().copied()) {
        let error = load(&minimal("").replace(KEY, key), &[]).unwrap_err();
        assert!(error.contains("installation_key: found"), "{key} was accepted: {error}");
        assert!(key.trim().is_empty() || !error.contains(key), "{error} shows the key");
    }
    assert!(load(&minimal(""), &[("DUNLIN_INSTALLATION_KEY", "")]).is_err());
}

#[test]
fn broken_toml_names_the_line_and_not_its_text() {
    let error = load("listen = \"127.0.0.1:1\"\ninstallation_key = hunter2 \n", &[]).unwrap_err();
    assert!(error.contains("line 2") && !error.contains("hunter2"), "{error}");
}

#[test]
fn base_urls() {
    let origin = |text: &str| BaseUrl::parse(text).ok().map(|url| url.origin().to_owned());
    assert_eq!(origin("https://Pay.Example.com:443/").as_deref(), Some("https://pay.example.com"));
    assert_eq!(origin("http://127.0.0.1:8080").as_deref(), Some("http://127.0.0.1:8080"));
    assert_eq!(origin("http://[::1]:8080").as_deref(), Some("http://[::1]:8080"));
    for bad in
        ["http://pay.example.com", "https://a.example/path", "https://u:p@a.example", "ftp://a", "/", "a", ""]
    {
        assert_eq!(origin(bad), None, "{bad}");
    }
}

#[test]
fn a_demonstration_reaches_nothing_outside() {
    let demo = minimal("demo = true").replace("https://pay.example.com", "http://127.0.0.1:8080");
    assert!(load(&demo, &[]).unwrap().demo);
    let with = |name, value| load(&demo, &[(name, value), ("DUNLIN_SMTP_FROM", "a@b.example")]).map(|_| ());
    assert_eq!(with("DUNLIN_SMTP_HOST", "127.0.0.1"), Ok(()));
    assert!(with("DUNLIN_SMTP_HOST", "relay.example").unwrap_err().contains("loopback"));
    assert!(load(&demo, &[("DUNLIN_STRIPE_URL", "https://api.stripe.com")]).is_err());
    assert!(load(&minimal("demo = true"), &[]).unwrap_err().contains("demo: found true"));
    assert!(
        load(&minimal("stripe_url = \"http://127.0.0.1:1\""), &[]).is_err(),
        "a live site with a stand-in"
    );
}

#[test]
fn networks_hold_what_they_say() {
    let networks = parse_networks("10.0.0.0/8, ::1, 192.0.2.7,0.0.0.0/0").ok().unwrap();
    assert!(networks[0].contains("10.255.0.1".parse().unwrap()));
    assert!(networks[0].contains("::ffff:10.1.1.1".parse().unwrap()));
    assert!(!networks[0].contains("11.0.0.1".parse().unwrap()));
    assert!(networks[1].contains("::1".parse().unwrap()));
    assert!(!networks[2].contains("192.0.2.8".parse().unwrap()));
    assert!(networks[3].contains("203.0.113.9".parse().unwrap()));
    assert!(parse_networks("10.0.0.0/33").is_err() && parse_networks("ten").is_err());
}

/// A gateway that answers for a number of its own.
const SMS: &str = "[sms]\naccount = \"AC0123\"\ntoken = \"a-token-of-the-account\"\nfrom = \"+49 30 123456\"";

#[test]
fn an_sms_gateway_needs_account_token_and_number() {
    assert!(load(&minimal(""), &[]).unwrap().sms.is_none());
    let sms = load(&minimal(SMS), &[]).unwrap().sms.unwrap();
    assert_eq!((&sms.url[..], &sms.account[..]), ("https://api.twilio.com", "AC0123"));
    assert_eq!(sms.from.to_string(), "+4930123456", "spaces are for people");

    let error = load(&minimal("[sms]\naccount = \"AC0123\""), &[]).unwrap_err();
    assert!(
        error.contains("sms.token: found nothing") && error.contains("sms.from: found nothing"),
        "{error}"
    );
    let error = load(&minimal("[sms]\nfrom = \"+4930123456\""), &[]).unwrap_err();
    assert!(error.contains("sms.from: found a value without sms.account"), "{error}");
}

#[test]
fn an_sms_gateway_that_cannot_be_meant_is_refused_with_the_remedy() {
    for (name, value, remedy) in [
        ("DUNLIN_SMS_TOKEN", "hunter2", "a short one can be guessed"),
        ("DUNLIN_SMS_FROM", "Dunlin", "with its country code"),
        ("DUNLIN_SMS_ACCOUNT", "AC/../x", "write the account's id"),
        ("DUNLIN_SMS_URL", "http://gateway.example", "write an https address"),
        ("DUNLIN_SMS_URL", "https://gateway.example/?to=", "write an https address"),
    ] {
        let error = load(&minimal(SMS), &[(name, value)]).unwrap_err();
        assert!(error.contains(remedy), "{name}={value}: {error}");
        assert!(!error.contains("hunter2"), "{error} shows the token");
    }
    let url = |url| load(&minimal(SMS), &[("DUNLIN_SMS_URL", url)]).unwrap().sms.unwrap().url;
    assert_eq!(url("https://gateway.example/v1/"), "https://gateway.example/v1");
    assert_eq!(url("http://127.0.0.1:7450"), "http://127.0.0.1:7450");
}

#[test]
fn a_demonstration_texts_nobody_outside() {
    let demo =
        minimal(&format!("demo = true\n{SMS}")).replace("https://pay.example.com", "http://127.0.0.1:8080");
    let with = |url: &str| load(&demo, &[("DUNLIN_SMS_URL", url)]).map(|config| config.sms.is_some());
    assert_eq!(with("http://127.0.0.1:7450"), Ok(true));
    assert!(with("https://api.twilio.com").unwrap_err().contains("loopback gateway only"));
    assert!(load(&demo, &[]).unwrap_err().contains("sms.url"), "Twilio itself is the default");
}
