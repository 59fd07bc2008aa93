//! Where the SMS gateway tells us what became of texts, and what was answered.
//!
//! Both routes are the gateway's alone: a form that is not signed with the account's token is 403, and nothing of it is kept.
//! Without an account there are no such routes.

use axum::http::StatusCode;
use domain::sms::DeliveryStatus;
use domain::{MessageId, Phone};
use store::texts::Report;

use super::form::Fields;
use super::problem::Problem;
use super::request::Request;
use super::respond;
use super::routes::Answer;
use crate::env::Principal;
use crate::operations::limits::{self, Limit};
use crate::operations::sms::{self, CallbackError, Incoming};
use crate::webhooks::text_signature;

/// The longest name that a gateway has for a message.
const NAME_MAX_BYTES: usize = 64;

/// `POST /webhooks/sms/status/{message}`
pub async fn status(request: Request) -> Answer {
    let form = signed(&request).await?;
    let message: MessageId = request.id("message")?;
    let Some(status) = delivery_status(form.get("MessageStatus").unwrap_or_default()) else {
        // "queued", "sending": on their way, and nothing to learn from.
        return Ok(nothing_more());
    };
    let report = Report {
        status,
        provider_ref: name(&form)?,
        detail: form.text("ErrorCode").chars().filter(char::is_ascii_digit).take(8).collect(),
        received_at: request.env().business_now(),
    };
    sms::report(request.env(), &Principal::System, message, &report).await?;
    Ok(nothing_more())
}

/// `POST /webhooks/sms/incoming`
pub async fn incoming(request: Request) -> Answer {
    let form = signed(&request).await?;
    let provider_ref = name(&form)?;
    let Ok(from) = Phone::parse(form.get("From").unwrap_or_default()) else {
        // A short code or a name: nobody of ours.
        return Ok(nothing_more());
    };
    let text = Incoming { provider_ref, from, body: form.text("Body") };
    sms::incoming(request.env(), &Principal::System, &text).await?;
    Ok(nothing_more())
}

/// The form, if the gateway signed it for this very address.
async fn signed(request: &Request) -> Result<Fields, Problem> {
    let account = request.env().settings.sms.as_ref().ok_or(Problem::NotFound)?;
    let form = Fields::parse(&request.body).map_err(|_| Problem::Malformed)?;
    let url = format!("{}{}", request.env().settings.base_url, request.path);
    let signature = request.headers.get("x-twilio-signature").map(axum::http::HeaderValue::as_bytes);
    if text_signature::verify(signature, &account.token, &url, form.iter())
        && form.get("AccountSid") == Some(account.account.as_str())
    {
        return Ok(form);
    }
    tracing::warn!("a callback of the SMS gateway was refused");
    // Whoever cannot sign gets less and less of our time. The gateway's own callbacks never come here.
    limits::take(request.env(), Limit::BAD_SIGNATURE, &request.client.to_string()).await??;
    Err(Problem::Forbidden)
}

/// What the gateway calls the text.
fn name(form: &Fields) -> Result<String, Problem> {
    let name = form.text("MessageSid");
    let plausible =
        !name.is_empty() && name.len() <= NAME_MAX_BYTES && name.bytes().all(|b| b.is_ascii_alphanumeric());
    if plausible { Ok(name) } else { Err(Problem::Malformed) }
}

/// What we make of the gateway's word.
fn delivery_status(word: &str) -> Option<DeliveryStatus> {
    match word {
        "sent" => Some(DeliveryStatus::Sent),
        "delivered" | "read" => Some(DeliveryStatus::Delivered),
        "undelivered" => Some(DeliveryStatus::Undelivered),
        "failed" | "canceled" => Some(DeliveryStatus::Failed),
        _ => None,
    }
}

/// 204: an answer with words would be texted to whoever wrote.
fn nothing_more() -> axum::response::Response {
    respond::text(StatusCode::NO_CONTENT, "")
}

impl From<CallbackError> for Problem {
    fn from(error: CallbackError) -> Self {
        match error {
            CallbackError::NotPermitted(error) => error.into(),
            CallbackError::Store(error) => {
                // Not 500: whatever is the matter with us, the gateway should tell again.
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "a callback could not be worked off"
                );
                Self::Unavailable
            }
        }
    }
}
