//! Text messages through an HTTP gateway of Twilio's form.
//!
//! One request a text, on a connection of its own, driven by hand: as with SMTP, only how far the conversation came says
//! whether a second try can give the customer the same text twice, and pooled clients hide that.
//!
//! | seen | means |
//! | --- | --- |
//! | no connection, no TLS, or lost before the request was written | [`HandOver::Retry`] |
//! | 429, 500, 503: the gateway itself says later | [`HandOver::Retry`] |
//! | 401, 403: our credentials are wrong, which the operator can mend | [`HandOver::Retry`] |
//! | any other 4xx | [`HandOver::Refused`]; 21211 and 21614 say the number is bad, 21610 that its owner wants no texts |
//! | 2xx with a name for the message | [`HandOver::Accepted`] |
//! | lost or timed out after the request, 502, 504, or an answer that cannot be read | [`HandOver::Uncertain`] |
//!
//! What becomes of an accepted text is reported later, to the callback named in the request (`operations::sms`).

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use super::{HandOver, OutgoingText, TextTransport, Texted};
use crate::web::form::encode;

/// The largest answer that is read.
const ANSWER_MAX_BYTES: usize = 64 * 1024;

/// The number's owner has told the gateway to stop.
const OPTED_OUT: i64 = 21610;
/// No such number; a number that takes no texts.
const BAD_NUMBERS: &[i64] = &[21211, 21614];

/// How long the parts of one hand-over may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextLimits {
    /// Until the connection and its TLS stand.
    pub connect: Duration,
    /// From the request to the whole answer. Generous, because giving up here means `uncertain`.
    pub answer: Duration,
}

impl Default for TextLimits {
    fn default() -> Self {
        Self { connect: Duration::from_secs(10), answer: Duration::from_secs(30) }
    }
}

/// The installation's gateway.
pub struct TextGateway {
    /// Whether it is spoken to by TLS. The configuration allows loopback to go without.
    https: bool,
    host: String,
    port: u16,
    path: String,
    authorization: SecretString,
    from: String,
    limits: TextLimits,
    tls: Option<Arc<ClientConfig>>,
}

/// Why there is no gateway.
#[derive(Debug, thiserror::Error)]
pub enum TextGatewayError {
    /// The address is none.
    #[error("the gateway's address cannot be used")]
    Address,
    /// TLS cannot be set up, most likely because this machine has no root certificates.
    #[error("TLS to the gateway cannot be set up: {0}")]
    Tls(String),
}

impl TextGateway {
    /// A gateway at `url` (`https://api.twilio.com`), for an account with its token, that texts from this number.
    pub fn new(
        url: &str,
        account: &str,
        token: &SecretString,
        from: &str,
        limits: TextLimits,
    ) -> Result<Self, TextGatewayError> {
        let uri: hyper::Uri = url.parse().map_err(|_| TextGatewayError::Address)?;
        let (Some(scheme), Some(host)) = (uri.scheme_str(), uri.host()) else {
            return Err(TextGatewayError::Address);
        };
        let https = scheme == "https";
        let credentials = STANDARD.encode(format!("{account}:{}", token.expose_secret()));
        Ok(Self {
            https,
            host: host.to_owned(),
            port: uri.port_u16().unwrap_or(if https { 443 } else { 80 }),
            path: format!(
                "{}/2010-04-01/Accounts/{}/Messages.json",
                uri.path().trim_end_matches('/'),
                encode(account)
            ),
            authorization: SecretString::from(format!("Basic {credentials}")),
            from: from.to_owned(),
            limits,
            tls: if https { Some(Arc::new(tls()?)) } else { None },
        })
    }

    fn request(&self, text: &OutgoingText) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut form = String::new();
        let fields = [
            ("To", &text.to),
            ("From", &self.from),
            ("Body", &text.body),
            ("StatusCallback", &text.status_callback),
        ];
        for (name, value) in fields {
            let separator = if form.is_empty() { "" } else { "&" };
            // Writing to a string cannot fail.
            let _ = write!(form, "{separator}{name}={}", encode(value));
        }
        let default_port = if self.https { 443 } else { 80 };
        let host = if self.port == default_port {
            self.host.clone()
        } else {
            format!("{}:{}", self.host, self.port)
        };
        Request::builder()
            .method(Method::POST)
            .uri(&self.path)
            .header(header::HOST, host)
            .header(header::AUTHORIZATION, self.authorization.expose_secret())
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(header::ACCEPT, "application/json")
            .body(Full::new(Bytes::from(form)))
    }

    /// Connects, and speaks over whichever kind of connection it is.
    async fn send(&self, request: Request<Full<Bytes>>) -> Texted {
        let address = (self.host.trim_matches(['[', ']']), self.port);
        let stream = match timeout(self.limits.connect, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return later(format!("connect: {error}")),
            Err(_) => return later("connect: timed out".to_owned()),
        };
        let Some(tls) = &self.tls else { return converse(stream, request, self.limits).await };
        let Ok(name) = ServerName::try_from(self.host.clone()) else {
            return later("TLS: the host's name cannot be in a certificate".to_owned());
        };
        match timeout(self.limits.connect, TlsConnector::from(Arc::clone(tls)).connect(name, stream)).await {
            Ok(Ok(stream)) => converse(stream, request, self.limits).await,
            Ok(Err(error)) => later(format!("TLS: {error}")),
            Err(_) => later("TLS: timed out".to_owned()),
        }
    }
}

#[async_trait]
impl TextTransport for TextGateway {
    async fn hand_over(&self, text: &OutgoingText) -> Texted {
        match self.request(text) {
            Ok(request) => self.send(request).await,
            // Only credentials that do not even fit into a header get here.
            Err(error) => later(format!("request: {error}")),
        }
    }
}

fn tls() -> Result<ClientConfig, TextGatewayError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TextGatewayError::Tls("this machine has no root certificates".to_owned()));
    }
    let provider = Arc::new(crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TextGatewayError::Tls(error.to_string()))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

async fn converse<S>(stream: S, request: Request<Full<Bytes>>, limits: TextLimits) -> Texted
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = match timeout(limits.connect, http1::handshake(TokioIo::new(stream))).await
    {
        Ok(Ok(pair)) => pair,
        Ok(Err(error)) => return later(format!("connect: {error}")),
        Err(_) => return later("connect: timed out".to_owned()),
    };
    let driver = tokio::spawn(connection);
    let answered = timeout(limits.answer, async {
        let response = match sender.try_send_request(request).await {
            Ok(response) => response,
            Err(mut error) => {
                // The request comes back only if not a byte of it was written.
                let unwritten = error.take_message().is_some();
                let seen = error.into_error();
                return if unwritten {
                    later(format!("request: {seen}"))
                } else {
                    unknown(format!("answer: {seen}"))
                };
            }
        };
        let status = response.status();
        match Limited::new(response.into_body(), ANSWER_MAX_BYTES).collect().await {
            Ok(body) => judge(status, &body.to_bytes()),
            // A refusal is a refusal, whatever it would have gone on to say.
            Err(error) if status.is_success() => unknown(format!("answer: {error}")),
            Err(_) => judge(status, &[]),
        }
    })
    .await;
    driver.abort();
    answered.unwrap_or_else(|_| unknown("answer: timed out".to_owned()))
}

/// What of an answer is read, whether it is a message or an error.
#[derive(Deserialize, Default)]
struct Answer {
    sid: Option<String>,
    status: Option<serde_json::Value>,
    code: Option<i64>,
    message: Option<String>,
    error_code: Option<i64>,
}

fn judge(status: StatusCode, body: &[u8]) -> Texted {
    let answer: Answer = serde_json::from_slice(body).unwrap_or_default();
    let code = answer.code.or(answer.error_code);
    let said = one_line(&format!(
        "{} {} {}",
        status.as_u16(),
        code.map(|code| code.to_string()).unwrap_or_default(),
        answer.message.as_deref().unwrap_or_default()
    ));
    match status.as_u16() {
        200..=299 => match (answer.sid, answer.status.as_ref().and_then(|status| status.as_str())) {
            (Some(_), Some("failed" | "undelivered" | "canceled")) => refused(said, code),
            (Some(name), Some(state)) => Texted {
                outcome: HandOver::Accepted {
                    reply: one_line(&format!("{} {state} as {name}", status.as_u16())),
                },
                provider_ref: Some(name),
                opted_out: false,
            },
            _ => unknown(format!("{} without a name for the message", status.as_u16())),
        },
        401 | 403 if code.is_none_or(|code| !is_about_the_number(code)) => {
            later(format!("{said} (credentials)"))
        }
        429 | 500 | 503 => later(said),
        400..=499 => refused(said, code),
        502 | 504 => unknown(said),
        _ => later(said),
    }
}

fn is_about_the_number(code: i64) -> bool {
    code == OPTED_OUT || BAD_NUMBERS.contains(&code)
}

fn refused(reply: String, code: Option<i64>) -> Texted {
    let address_is_bad = code.is_some_and(|code| BAD_NUMBERS.contains(&code));
    Texted {
        outcome: HandOver::Refused { reply, address_is_bad },
        provider_ref: None,
        opted_out: code == Some(OPTED_OUT),
    }
}

fn later(reason: String) -> Texted {
    HandOver::Retry { reason }.into()
}

fn unknown(reason: String) -> Texted {
    HandOver::Uncertain { reason }.into()
}

/// What the other side said, fit for a line of evidence.
fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    words.join(" ").chars().take(500).collect()
}
