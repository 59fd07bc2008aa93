//! How messages leave: the mail relay and the SMS gateway.

use domain::Phone;
use secrecy::SecretString;

use super::{Checker, Wrong, described, is_loopback, quoted};

/// The mail relay.
#[derive(Debug, Clone)]
pub struct SmtpConfig {
    /// Its host name or address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// The user name and password, if the relay asks for them.
    pub credentials: Option<(String, SecretString)>,
    /// The envelope's and header's sender.
    pub from: String,
}

/// The SMS gateway.
#[derive(Debug, Clone)]
pub struct SmsConfig {
    /// Its address, without a closing slash.
    pub url: String,
    /// The account there.
    pub account: String,
    /// What we prove ourselves with, and what its callbacks are signed with.
    pub token: SecretString,
    /// The number that texts come from. A number, not a name, because people must be able to answer STOP.
    pub from: Phone,
}

/// How the connection to the mail relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte.
    Tls,
    /// Plain at first, then TLS, without which nothing is sent.
    StartTls,
    /// None; on loopback only.
    None,
}

pub(super) fn smtp(check: &mut Checker<'_>, demo: bool) -> Option<SmtpConfig> {
    let host = check.optional("smtp.host", |text| {
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-:".contains(&byte));
        if !plain {
            return Err(Wrong::new(quoted(text), "write a host name or an address"));
        }
        if demo && !is_loopback(text) {
            return Err(Wrong::new(
                format!("{}, while demo is on", quoted(text)),
                "demonstrations mail to a loopback host only, so that nobody outside is written to",
            ));
        }
        Ok(text.to_owned())
    });
    let on_loopback = host.as_deref().is_some_and(is_loopback);
    let tls =
        check.or("smtp.tls", if on_loopback { SmtpTls::None } else { SmtpTls::Tls }, |text| match text {
            "tls" => Ok(SmtpTls::Tls),
            "starttls" => Ok(SmtpTls::StartTls),
            "none" if on_loopback => Ok(SmtpTls::None),
            _ => Err(Wrong::new(
                quoted(text),
                "write tls or starttls; none is accepted for a loopback host only",
            )),
        });
    let port = match tls {
        SmtpTls::Tls => 465,
        SmtpTls::StartTls => 587,
        SmtpTls::None => 25,
    };
    let port = check.or("smtp.port", port, |text| {
        text.parse::<u16>()
            .ok()
            .filter(|port| *port > 0)
            .ok_or_else(|| Wrong::new(quoted(text), "write a number from 1 to 65535"))
    });
    let user = check.optional("smtp.user", |text| Ok(text.to_owned()));
    let password = check.optional("smtp.password", |text| Ok(SecretString::from(text)));
    let from = check.optional("smtp.from", |text| {
        text.parse::<lettre::Address>()
            .map(|address| address.to_string())
            .map_err(|_| Wrong::new(quoted(text), "write a mail address, like invoices@example.com"))
    });
    let Some(host) = host else {
        let orphan = ["smtp.port", "smtp.tls", "smtp.user", "smtp.password", "smtp.from"]
            .into_iter()
            .find(|name| check.values.get(name).is_some());
        if let (Some(orphan), None) = (orphan, check.values.get("smtp.host")) {
            check.wrong(
                orphan,
                Wrong::new("a value without smtp.host", "set smtp.host too, or leave this key out"),
            );
        }
        return None;
    };
    let credentials = match (user, password) {
        (Some(user), Some(password)) => Some((user, password)),
        (None, None) => None,
        _ => {
            check.wrong("smtp.user", Wrong::new("only one of user and password", "set both or neither"));
            None
        }
    };
    if check.values.get("smtp.from").is_none() {
        check.wrong("smtp.from", Wrong::new("nothing", "set it to the address mail is sent from"));
    }
    Some(SmtpConfig { host, port, tls, credentials, from: from? })
}

/// Twilio itself, whose form all gateways speak.
const SMS_URL: &str = "https://api.twilio.com";

pub(super) fn sms(check: &mut Checker<'_>, demo: bool) -> Option<SmsConfig> {
    let url = check.or("sms.url", SMS_URL.to_owned(), |text| {
        let uri = text.parse::<axum::http::Uri>().ok();
        let on_loopback = uri.as_ref().and_then(axum::http::Uri::host).is_some_and(is_loopback);
        if demo && !on_loopback {
            return Err(outside_sms_host(&quoted(text)));
        }
        let known = uri.as_ref().is_some_and(|uri| match uri.scheme_str() {
            Some("https") => uri.host().is_some(),
            Some("http") => on_loopback,
            _ => false,
        });
        if known && uri.is_some_and(|uri| uri.query().is_none()) {
            return Ok(text.trim_end_matches('/').to_owned());
        }
        Err(Wrong::new(quoted(text), "write an https address; http is accepted on loopback only"))
    });
    let account = check.optional("sms.account", |text| {
        let plain = text.len() <= 64
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
        if plain {
            Ok(text.to_owned())
        } else {
            Err(Wrong::new(quoted(text), "write the account's id, like AC0123…"))
        }
    });
    let token = check.optional("sms.token", |text| {
        if text.len() < 16 {
            return Err(Wrong::new(described(text), "use the account's token; a short one can be guessed"));
        }
        Ok(SecretString::from(text))
    });
    let from = check.optional("sms.from", |text| {
        Phone::parse(text)
            .map_err(|_| Wrong::new(quoted(text), "write a number with its country code, like +4930123456"))
    });
    if check.values.get("sms.account").is_none() {
        let orphan =
            ["sms.url", "sms.token", "sms.from"].into_iter().find(|name| check.values.get(name).is_some());
        if let Some(orphan) = orphan {
            check.wrong(
                orphan,
                Wrong::new("a value without sms.account", "set sms.account too, or leave this key out"),
            );
        }
        return None;
    }
    for (name, remedy) in
        [("sms.token", "set it to the account's token"), ("sms.from", "set it to the number texts come from")]
    {
        if check.values.get(name).is_none() {
            check.wrong(name, Wrong::new("nothing", remedy));
        }
    }
    if demo && check.values.get("sms.url").is_none() {
        check.wrong("sms.url", outside_sms_host("nothing, while sms.account is set"));
    }
    Some(SmsConfig { url, account: account?, token: token?, from: from? })
}

fn outside_sms_host(found: &str) -> Wrong {
    Wrong::new(
        format!("{found}, while demo is on"),
        "demonstrations text through a loopback gateway only, so that nobody outside is written to",
    )
}
