//! The gateway's one call: send a text.

use std::sync::Arc;
use std::time::Duration;

use axum::Form;
use axum::extract::{Path, State as Extract};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Callback, Text, TextAccount, TextTrouble};
use crate::controls;
use crate::http::{LostConnection, json_response};
use crate::world::World;

/// The longest body that is taken.
const BODY_CHARS: usize = 1600;

/// What is read of a request; Twilio takes more.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct NewText {
    to: String,
    from: String,
    body: String,
    status_callback: String,
}

/// POST `/2010-04-01/Accounts/{account}/Messages.json`.
pub(crate) async fn send(
    Extract(world): Extract<Arc<World>>,
    Path(account): Path<String>,
    headers: HeaderMap,
    Form(text): Form<NewText>,
) -> Response {
    let Some((_, token)) = credentials(&headers).filter(|(user, _)| *user == account) else {
        return refuse(401, 20003, "Authenticate");
    };
    let NewText { to, from, body: text, status_callback: callback } = text;
    if let Some(refusal) = mistake(&to, &from, &text, &callback) {
        return refusal;
    }
    let known = world.change(|state, _| {
        let account = state
            .texts
            .accounts
            .entry(account.clone())
            .or_insert_with(|| TextAccount { token: token.clone(), incoming_url: None });
        account.token == token
    });
    if !known {
        return refuse(401, 20003, "Authenticate");
    }
    let trouble = world.change(|state, _| state.texts.meet(&to));
    match trouble {
        Some(TextTrouble::Answer { status, code }) => return refuse(status, code, "Scripted"),
        Some(TextTrouble::LoseRequest) => return LostConnection.into_response(),
        _ => {}
    }
    let text = world.change(|state, now| {
        let text = Text {
            sid: format!("SM{}", state.entropy.letters(32).to_ascii_lowercase()),
            account: account.clone(),
            from,
            to,
            body: text,
            incoming: false,
            status: "queued".to_owned(),
            business_seconds: now,
        };
        state.texts.all.push(text.clone());
        if !callback.is_empty() {
            let last = match trouble {
                Some(TextTrouble::Undelivered) => "undelivered",
                Some(TextTrouble::Failed) => "failed",
                _ => "delivered",
            };
            for status in ["sent", last].into_iter().filter(|status| last != "failed" || *status == "failed")
            {
                state.texts.callbacks.push_back(report(&text, &callback, status));
            }
        }
        text
    });
    tracing::info!(sid = %text.sid, to = %text.to, "text");
    match trouble {
        Some(TextTrouble::LoseAnswer) => LostConnection.into_response(),
        Some(TextTrouble::DelayMillis(millis)) => {
            tokio::time::sleep(Duration::from_millis(millis)).await;
            taken(&text)
        }
        _ => taken(&text),
    }
}

fn taken(text: &Text) -> Response {
    json_response(
        201,
        &json!({
            "sid": text.sid, "account_sid": text.account, "from": text.from, "to": text.to, "body": text.body,
            "status": text.status, "direction": "outbound-api", "api_version": "2010-04-01",
            "error_code": Value::Null, "error_message": Value::Null, "num_segments": "1",
        }),
    )
}

/// What is wrong with a text, as the gateway would say it.
fn mistake(to: &str, from: &str, text: &str, callback: &str) -> Option<Response> {
    let is_number = |number: &str| {
        number.strip_prefix('+').is_some_and(|digits| {
            (7..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    if !is_number(to) {
        return Some(refuse(400, 21211, "The 'To' number is not a valid phone number"));
    }
    if !is_number(from) {
        return Some(refuse(400, 21212, "The 'From' number is not a valid phone number"));
    }
    if text.is_empty() {
        return Some(refuse(400, 21602, "Message body is required"));
    }
    if text.chars().count() > BODY_CHARS {
        return Some(refuse(400, 21617, "The message body exceeds the 1600 character limit"));
    }
    if !callback.is_empty() && controls::check_loopback(callback).is_err() {
        return Some(refuse(400, 21609, "The sandbox reports to loopback addresses only"));
    }
    None
}

fn report(text: &Text, url: &str, status: &str) -> Callback {
    let mut fields: Vec<(&str, &str)> = vec![
        ("MessageSid", &text.sid),
        ("SmsSid", &text.sid),
        ("AccountSid", &text.account),
        ("MessageStatus", status),
        ("SmsStatus", status),
        ("From", &text.from),
        ("To", &text.to),
        ("ApiVersion", "2010-04-01"),
    ];
    if matches!(status, "undelivered" | "failed") {
        fields.push(("ErrorCode", "30003"));
    }
    Callback {
        account: text.account.clone(),
        url: url.to_owned(),
        fields: fields.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
    }
}

fn refuse(status: u16, code: i64, message: &str) -> Response {
    json_response(
        status,
        &json!({ "code": code, "message": message, "more_info": format!("error {code}"), "status": status }),
    )
}

/// User and password of HTTP's basic authentication.
fn credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let bytes = base64::engine::general_purpose::STANDARD.decode(given).ok()?;
    let text = String::from_utf8(bytes).ok()?;
    let (user, password) = text.split_once(':')?;
    (!user.is_empty() && !password.is_empty()).then(|| (user.to_owned(), password.to_owned()))
}
