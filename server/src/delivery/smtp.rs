//! SMTP, command by command.
//!
//! lettre's own transport hides how far a conversation came, and only that decides whether a second try can give
//! the customer the same mail twice. So the connection is driven by hand: until `DATA` is answered with 354 the
//! relay has nothing, from the first byte of the body on it may have everything.
//!
//! | seen | means |
//! | --- | --- |
//! | no connection, or lost before the body | [`HandOver::Retry`] |
//! | 4xx at any phase, the reply to the final dot included | [`HandOver::Retry`] |
//! | 5xx at any phase | [`HandOver::Refused`]; a 5.1.x (RFC 3463) says the address is bad |
//! | 250 to the final dot | [`HandOver::Accepted`] |
//! | lost or timed out once the body began | [`HandOver::Uncertain`] |

use std::time::Duration;

use async_trait::async_trait;
use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use secrecy::{ExposeSecret, SecretString};
use tokio::time::timeout;

use super::{HandOver, MailTransport, OutgoingMail};

/// How long the phases of one hand-over may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SmtpLimits {
    /// Connecting, greeting and TLS.
    pub connect: Duration,
    /// One command until its reply (RFC 5321 4.5.3.2 asks for minutes; a queue behind us asks for less).
    pub command: Duration,
    /// The body and the reply to the final dot. Generous, because giving up here means `uncertain`.
    pub body: Duration,
}

impl Default for SmtpLimits {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(20),
            command: Duration::from_secs(30),
            body: Duration::from_mins(2),
        }
    }
}

/// How the connection to the relay is protected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SmtpTls {
    /// TLS from the first byte (port 465).
    Implicit,
    /// Upgraded by STARTTLS (port 587); a relay without it is refused.
    StartTls,
    /// None. The configuration allows it to loopback only.
    None,
}

/// The installation's relay.
#[derive(Debug)]
pub struct SmtpRelay {
    /// Host name, also what the certificate must say.
    pub host: String,
    /// TCP port.
    pub port: u16,
    /// How the connection is protected.
    pub tls: SmtpTls,
    /// User and password, if the relay wants them.
    pub credentials: Option<(String, SecretString)>,
    /// How we introduce ourselves in `EHLO`.
    pub hello_name: String,
    /// How long it may take.
    pub limits: SmtpLimits,
}

#[async_trait]
impl MailTransport for SmtpRelay {
    async fn hand_over(&self, mail: &OutgoingMail) -> HandOver {
        let (Ok(from), Ok(to)) = (mail.from.parse::<Address>(), mail.to.parse::<Address>()) else {
            return HandOver::Refused { reply: "not an address".to_owned(), address_is_bad: true };
        };
        let mut connection = match timeout(self.limits.connect, self.connect()).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return before_the_body("connect", &error),
            Err(_) => return HandOver::Retry { reason: "connect: timed out".to_owned() },
        };
        let outcome = converse(&mut connection, from, to, &mail.raw, self.limits).await;
        match outcome {
            // A polite goodbye; the mail is taken whether or not it is heard.
            HandOver::Accepted { .. } => drop(timeout(Duration::from_secs(2), connection.quit()).await),
            _ => drop(timeout(Duration::from_secs(2), connection.abort()).await),
        }
        outcome
    }
}

impl SmtpRelay {
    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let hello = ClientId::Domain(self.hello_name.clone());
        let tls = || TlsParameters::new(self.host.clone());
        let implicit = if self.tls == SmtpTls::Implicit { Some(tls()?) } else { None };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(self.limits.connect), &hello, implicit, None)
                .await?;
        if self.tls == SmtpTls::StartTls {
            connection.starttls(tls()?, &hello).await?;
        }
        if let Some((user, password)) = &self.credentials {
            let credentials = Credentials::new(user.clone(), password.expose_secret().to_owned());
            connection.auth(DEFAULT_MECHANISMS, &credentials).await?;
        }
        Ok(connection)
    }
}

async fn converse(
    connection: &mut AsyncSmtpConnection,
    from: Address,
    to: Address,
    raw: &[u8],
    limits: SmtpLimits,
) -> HandOver {
    let commands = [
        ("MAIL", Mail::new(Some(from), Vec::new()).to_string()),
        ("RCPT", Rcpt::new(to, Vec::new()).to_string()),
        ("DATA", Data.to_string()),
    ];
    for (phase, command) in commands {
        match timeout(limits.command, connection.command(command)).await {
            Ok(Ok(_)) => {}
            Ok(Err(error)) => return before_the_body(phase, &error),
            Err(_) => return HandOver::Retry { reason: format!("{phase}: timed out") },
        }
    }
    match timeout(limits.body, connection.message(raw)).await {
        Ok(Ok(response)) => {
            let text: Vec<&str> = response.message().collect();
            HandOver::Accepted { reply: format!("{} {}", response.code(), text.join(" ")) }
        }
        Ok(Err(error)) if error.is_transient() || error.is_permanent() => before_the_body("body", &error),
        Ok(Err(error)) => HandOver::Uncertain { reason: format!("body: {}", describe(&error)) },
        Err(_) => HandOver::Uncertain { reason: "body: timed out".to_owned() },
    }
}

/// What an error means while the relay certainly has taken nothing: before the body, or when it answered the final
/// dot with a refusal.
fn before_the_body(phase: &str, error: &SmtpError) -> HandOver {
    let said = describe(error);
    if error.is_permanent() {
        HandOver::Refused { address_is_bad: names_a_bad_address(&said), reply: format!("{phase}: {said}") }
    } else {
        HandOver::Retry { reason: format!("{phase}: {said}") }
    }
}

/// An error with its cause, on one line.
fn describe(error: &SmtpError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let more = cause.to_string();
        if !text.contains(&more) {
            text.push_str(": ");
            text.push_str(&more);
        }
        source = cause.source();
    }
    text.chars().map(|character| if character.is_control() { ' ' } else { character }).take(500).collect()
}

/// Whether the reply carries an enhanced status code `5.1.x`: bad destination mailbox or system address (RFC 3463, 3.2).
fn names_a_bad_address(reply: &str) -> bool {
    reply.split(|character: char| !(character.is_ascii_digit() || character == '.')).any(|word| {
        let mut parts = word.split('.');
        parts.next() == Some("5")
            && parts.next() == Some("1")
            && parts.next().is_some_and(|detail| !detail.is_empty())
            && parts.next().is_none()
    })
}

#[cfg(test)]
mod tests {
    use super::names_a_bad_address;

    #[test]
    fn only_the_class_of_bad_addresses_suppresses() {
        assert!(names_a_bad_address("permanent error (550): 5.1.1 no such user"));
        assert!(names_a_bad_address("550 5.1.10 null MX"));
        assert!(!names_a_bad_address("permanent error (552): 5.2.2 mailbox full"));
        assert!(!names_a_bad_address("550 5.7.1 rejected by policy 5.1"));
        assert!(!names_a_bad_address("550 15.1.1"));
    }
}
