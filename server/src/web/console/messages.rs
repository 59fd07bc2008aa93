//! One message, exactly as it was handed over.

use app::console::message::{self as page, MessagePage, Spoken};
use app::console::messages::{self as list_page, MessageRow, MessagesPage};
use axum::http::StatusCode;
use domain::MessageId;
use domain::message::{Channel, MessageState};

use super::super::headers;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::respond;
use super::super::routes::Answer;
use super::around;
use crate::operations::follow_up::known::SENT_BY;
use crate::operations::timeline::{self, Filter, Shown};

/// `GET /console/messages`
pub async fn list(request: Request) -> Answer {
    let filter = Filter {
        state: request.query.get("state").and_then(MessageState::from_name),
        channel: request.query.get("channel").and_then(Channel::from_name),
        customer: request.query.get("customer").and_then(|id| id.parse().ok()),
        after: request.query.get("after").and_then(|id| id.parse().ok()),
    };
    let found = timeline::messages(request.env(), &request.principal, &filter).await?;
    let (frame, signed) = around(&request)?;
    let view = MessagesPage {
        rows: found.rows.into_iter().map(row).collect(),
        state: filter.state,
        channel: filter.channel,
        customer: filter.customer.zip(found.customer.map(domain::Name::into_string)),
        after: found.after,
    };
    Ok(respond::html(StatusCode::OK, list_page::page(&frame, &signed, &view)))
}

fn row(shown: Shown) -> MessageRow {
    let Shown { message, parts } = shown;
    let step = |receivable| message.parts.iter().find(|part| part.receivable == receivable);
    let parts = parts.into_iter().filter_map(|(receivable, invoice, number)| {
        Some((invoice, number?, step(receivable)?.said.step.clone()))
    });
    MessageRow {
        id: message.id,
        kind: message.kind,
        channel: message.channel,
        state: message.state,
        to: message.to_name.clone(),
        at: message.handed_over_at.or(message.finished_at).unwrap_or(message.created_at),
        parts: parts.collect(),
        // An older version of the program may have written it otherwise; then nothing is said of it.
        skipped: serde_json::from_value(message.data["skipped"].clone()).unwrap_or_default(),
        subject: message.subject,
        outcome: message.outcome,
    }
}

/// `GET /console/messages/{message}`
pub async fn show(request: Request) -> Answer {
    let id: MessageId = request.id("message")?;
    let found = timeline::message(request.env(), &request.principal, id).await?;
    let (frame, signed) = around(&request)?;
    let message = found.message;
    let part_of = |receivable| message.parts.iter().find(|part| part.receivable == receivable);
    let spoken = |(receivable, invoice, number): (_, _, Option<String>)| {
        let part = part_of(receivable);
        Some(Spoken {
            invoice,
            number: number?,
            step: part.map(|part| (part.said.step.clone(), part.said.offset_days)),
            left_out: part.and_then(|part| part.cancelled.clone()),
        })
    };
    let view = MessagePage {
        id,
        kind: message.kind,
        state: message.state,
        from: signed.business.clone(),
        channel: message.channel,
        // A letter's address stands on it.
        to: match message.channel {
            Channel::Letter => message.to_name,
            _ => format!("{} <{}>", message.to_name, message.to_address),
        },
        queued_at: message.created_at,
        sent_at: message.handed_over_at,
        parts: found.parts.into_iter().filter_map(spoken).collect(),
        // An older version of the program may have written it otherwise; then nothing is said of it.
        skipped: serde_json::from_value(message.data["skipped"].clone()).unwrap_or_default(),
        sent_at_once: message.data.get(SENT_BY).is_some(),
        subject: message.subject,
        arrived_at: message.delivered_at,
        evidence: message.outcome,
        text: message.body_text,
        html: message.body_html,
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `GET /console/messages/{message}/body`: the HTML part alone, for the frame on the message's page. A document of its own,
/// because one written into the page would have to obey the page's policy, which forbids the styles that mails carry.
pub async fn body(request: Request) -> Answer {
    let id: MessageId = request.id("message")?;
    let found = timeline::message(request.env(), &request.principal, id).await?;
    let html = found.message.body_html.ok_or(Problem::NotFound)?;
    let mut response = respond::html(StatusCode::OK, html);
    headers::confine(&mut response);
    Ok(response)
}
