//! The index page: what this is, what happens in it, and how to steer it.

use std::sync::Arc;

use axum::extract::State as Extract;
use axum::http::StatusCode;
use axum::response::Response;

use super::{escape, shell};
use crate::clock::readable;
use crate::control;
use crate::http::html_response;
use crate::stripe::{CALLS, money};
use crate::webhooks::{Delivery, DeliveryState};
use crate::world::{State, World};

/// Rows shown of each table.
pub(super) const ROWS: usize = 25;

/// GET `/`.
pub(crate) async fn show(Extract(world): Extract<Arc<World>>) -> Response {
    let business_now = world.change(|_, now| now);
    let steps =
        [("1 hour on", 3600), ("1 day on", 86_400), ("7 days on", 604_800), ("30 days on", 2_592_000)];
    let clock = steps
        .map(|(text, seconds)| form("clock", &[("advance_seconds", &seconds.to_string())], text))
        .concat();
    let main = world.look(|state| {
        format!(
            "<h1>Sandbox</h1>\n\
             <p>This stands in for the world outside of Dunlin: for Stripe, at <code>{base}</code> with any key that \
             starts with <code>sk_test_</code>, and for a mail server, at <code>{smtp}</code>. It moves no money, \
             delivers no mail and listens on this machine only.</p>\n\
             <p><a class=\"button\" href=\"/mailbox\">Mailbox ({mails})</a></p>\n\
             <h2>Time</h2>\n\
             <p>Business time is <strong>{now}</strong>. Debits settle, refunds arrive and payment pages expire by \
             it.</p>\n<div class=\"row\">{clock}</div>\n{payments}{charges}{switches}{deliveries}{reference}",
            base = world.base_url,
            smtp = world.smtp_addr,
            mails = state.mails.len(),
            now = readable(business_now),
            switches = switches(state),
            payments = payments(state),
            charges = super::payments::show(state),
            deliveries = deliveries(state),
            reference = reference(),
        )
    });
    html_response(StatusCode::OK, shell("Sandbox", "", &main))
}

/// A form that is one button: fields go to a control call.
pub(super) fn form(call: &str, fields: &[(&str, &str)], text: &str) -> String {
    let mut hidden = String::new();
    for (name, value) in fields {
        put!(hidden, "<input type=\"hidden\" name=\"{name}\" value=\"{}\">", escape(value));
    }
    format!(
        "<form method=\"post\" action=\"/_sandbox/{call}\">{hidden}<button>{}</button></form>\n",
        escape(text)
    )
}

fn switches(state: &State) -> String {
    let switches = &state.switches;
    let rows = [
        ("hold", switches.hold, "Hold: nothing is sent until you say so"),
        ("lose", switches.lose, "Lose: new events are never sent"),
        ("duplicate", switches.duplicate, "Duplicate: new events are sent twice"),
        ("reorder", switches.reorder, "Reorder: waiting events are sent newest first"),
    ];
    let mut html = "<h2>Webhooks</h2>\n<table class=\"stack\"><tbody>\n".to_owned();
    for (name, on, text) in rows {
        let (now, change) = if on { ("<strong>on</strong>", "Switch off") } else { ("off", "Switch on") };
        put!(
            html,
            "<tr><td>{text}</td><td>{now}</td><td>{}</td></tr>\n",
            form("switches", &[(name, if on { "false" } else { "true" })], change)
        );
    }
    let delays: String = [0, 5, 60]
        .map(|seconds| form("switches", &[("delay_seconds", &seconds.to_string())], &format!("{seconds} s")))
        .concat();
    put!(
        html,
        "<tr><td>Delay: new events wait</td><td>{} s</td><td><div class=\"row\">{delays}</div></td></tr>\n\
         </tbody></table>\n<div class=\"row\">{}</div>\n",
        switches.delay_seconds,
        form("deliver", &[], "Deliver now")
    );
    html
}

fn payments(state: &State) -> String {
    let mut html = "<h2>Payment pages</h2>\n".to_owned();
    let mut sessions: Vec<_> =
        state.accounts.values().flat_map(|account| account.sessions.newest_first()).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse(session.created));
    if sessions.is_empty() {
        html.push_str("<p class=\"soft\">None yet.</p>\n");
        return html;
    }
    html.push_str(
        "<table class=\"stack\"><thead><tr><th>Made</th><th>For</th><th>Amount</th><th>State</th></tr></thead><tbody>\n",
    );
    for session in sessions.into_iter().take(ROWS) {
        put!(
            html,
            "<tr><td>{}</td><td><a href=\"/checkout/{}\">{}</a></td><td>{}</td><td>{}, {}</td></tr>\n",
            readable(session.created),
            session.id,
            escape(session.line_items.first().map_or("", |item| item.name.as_str())),
            escape(&money::readable(session.total(), &session.currency)),
            word(&serde_json::json!(session.status)),
            word(&serde_json::json!(session.payment_status)),
        );
    }
    html.push_str("</tbody></table>\n");
    html
}

pub(super) fn word(value: &serde_json::Value) -> String {
    escape(value.as_str().unwrap_or_default())
}

fn deliveries(state: &State) -> String {
    let mut html = "<h2>Events and where they went</h2>\n".to_owned();
    let endpoints: Vec<_> = state.accounts.values().flat_map(|account| &account.endpoints).collect();
    if endpoints.is_empty() {
        html.push_str(
            "<p class=\"soft\">No address is told of events yet; see <code>endpoints</code> below.</p>\n",
        );
    }
    for endpoint in &endpoints {
        put!(
            html,
            "<p class=\"small\"><code>{}</code> is told of {}.</p>\n",
            escape(&endpoint.url),
            escape(&endpoint.enabled_events.join(", "))
        );
    }
    if state.outbox.deliveries.is_empty() {
        return html;
    }
    html.push_str(
        "<table class=\"stack\"><thead><tr><th>Event</th><th>State</th><th>Last answer</th><th></th></tr></thead><tbody>\n",
    );
    for delivery in state.outbox.deliveries.iter().rev().take(ROWS) {
        put!(
            html,
            "<tr><td>{}<br><span class=\"soft\">{}</span></td><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&delivery.kind),
            escape(&delivery.event),
            state_word(delivery),
            escape(delivery.last_answer.as_deref().unwrap_or("none yet")),
            form(&format!("events/{}/resend", delivery.event), &[], "Send again"),
        );
    }
    html.push_str("</tbody></table>\n");
    html
}

fn state_word(delivery: &Delivery) -> String {
    match delivery.state {
        DeliveryState::Waiting if delivery.tries > 0 => format!("waiting, tried {} times", delivery.tries),
        DeliveryState::Waiting => "waiting".to_owned(),
        DeliveryState::Sending => "being sent".to_owned(),
        DeliveryState::Delivered => "<span class=\"good\">delivered</span>".to_owned(),
        DeliveryState::Lost => "<span class=\"bad\">lost</span>".to_owned(),
        DeliveryState::GaveUp => "<span class=\"bad\">given up</span>".to_owned(),
    }
}

fn reference() -> String {
    let mut html = "<h2>Control</h2>\n<p>JSON, under <code>/_sandbox/</code>.</p>\n\
                    <table class=\"stack\"><thead><tr><th>Call</th><th>Takes</th><th>Does</th></tr></thead><tbody>\n"
        .to_owned();
    for (method, path, takes, does) in control::CALLS {
        put!(
            html,
            "<tr><td><code>{method} {path}</code></td><td><code>{}</code></td><td>{}</td></tr>\n",
            escape(takes),
            escape(does)
        );
    }
    html.push_str("</tbody></table>\n<h2>Stripe calls that are answered</h2>\n<p>Other parameters than the sandbox acts out are refused, never ignored.</p>\n<ul>\n");
    for (method, path, _) in CALLS {
        put!(html, "<li><code>{method} {path}</code></li>\n");
    }
    html.push_str("</ul>\n");
    html
}
