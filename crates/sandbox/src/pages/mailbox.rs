//! The mailbox: what Dunlin has sent, as a person would see it, as JSON, and raw.

use std::sync::Arc;

use axum::extract::{Path, State as Extract};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{escape, shell};
use crate::clock::readable;
use crate::http::{html_response, json_response, see_other};
use crate::smtp::mail::link_spans;
use crate::smtp::{Mail, ParsedMail};
use crate::world::World;

fn newest_first(world: &World) -> Vec<ParsedMail> {
    let mails = world.look(|state| state.mails.clone());
    mails.iter().rev().map(Mail::parsed).collect()
}

fn find(world: &World, id: &str) -> Option<Mail> {
    world.look(|state| state.mails.iter().find(|mail| mail.id == id).cloned())
}

/// A mail as JSON, with the addresses in it.
pub(crate) fn as_json(mail: &ParsedMail) -> Value {
    let mut shown = json!(mail);
    shown["links"] = json!(mail.links());
    shown
}

/// GET `/mailbox`.
pub(crate) async fn list(Extract(world): Extract<Arc<World>>) -> Response {
    let mails = newest_first(&world);
    let mut main = "<h1>Mailbox</h1>\n".to_owned();
    if mails.is_empty() {
        put!(
            main,
            "<p>No mail yet. Whatever is sent to <code>{}</code> by SMTP arrives here and goes nowhere else.</p>\n",
            world.smtp_addr
        );
    } else {
        put!(main, "<p class=\"soft\">{} mails, newest first.</p>\n<ul class=\"mails\">\n", mails.len());
        for mail in &mails {
            put!(
                main,
                "<li><a href=\"/mailbox/{}\"><strong>{}</strong><span class=\"soft small\">to {}</span>\
                 <time class=\"soft small\">{}</time></a></li>\n",
                mail.id,
                escape(if mail.subject.is_empty() { "(no subject)" } else { &mail.subject }),
                escape(&mail.to),
                readable(mail.business_seconds)
            );
        }
        main.push_str(
            "</ul>\n<form method=\"post\" action=\"/mailbox/clear\"><button>Empty the mailbox</button></form>\n",
        );
    }
    main.push_str(&world.look(super::texts::conversations));
    html_response(StatusCode::OK, shell("Mailbox", "", &main))
}

/// GET `/mailbox.json`.
pub(crate) async fn list_json(Extract(world): Extract<Arc<World>>) -> Response {
    let mails: Vec<_> = newest_first(&world).iter().map(as_json).collect();
    json_response(200, &json!({ "mails": mails }))
}

/// GET `/mailbox/{id}`, `/mailbox/{id}.json`, `/mailbox/{id}.html`, `/mailbox/{id}.eml`.
pub(crate) async fn one(Extract(world): Extract<Arc<World>>, Path(name): Path<String>) -> Response {
    let (id, form) = name.rsplit_once('.').unwrap_or((&name, ""));
    let Some(mail) = find(&world, id) else {
        let main = "<h1>There is no such mail</h1>\n<p><a href=\"/mailbox\">Mailbox</a></p>\n";
        return html_response(StatusCode::NOT_FOUND, shell("Not found", "", main));
    };
    match form {
        "" => page(&mail.parsed()),
        "json" => json_response(200, &as_json(&mail.parsed())),
        "html" => html_part(&mail.parsed()),
        "eml" => ([(header::CONTENT_TYPE, "message/rfc822")], mail.raw).into_response(),
        _ => StatusCode::NOT_FOUND.into_response(),
    }
}

/// POST `/mailbox/clear`.
pub(crate) async fn clear(Extract(world): Extract<Arc<World>>) -> Response {
    world.change(|state, _| {
        state.mails.clear();
        state.texts.all.clear();
    });
    see_other("/mailbox")
}

fn page(mail: &ParsedMail) -> Response {
    let mut html = format!(
        "<p><a href=\"/mailbox\">Mailbox</a></p>\n<h1>{}</h1>\n<dl>\n<dt>From</dt><dd>{}</dd>\n<dt>To</dt><dd>{}</dd>\n",
        escape(&mail.subject),
        escape(&mail.from),
        escape(&mail.to)
    );
    if !mail.reply_to.is_empty() {
        put!(html, "<dt>Answers go to</dt><dd>{}</dd>\n", escape(&mail.reply_to));
    }
    put!(html, "<dt>Arrived</dt><dd>{}</dd>\n", readable(mail.business_seconds));
    if !mail.acknowledged {
        html.push_str("<dt>Note</dt><dd class=\"bad\">The sender was not told that it arrived.</dd>\n");
    }
    for (name, length) in &mail.attachments {
        put!(html, "<dt>Attached</dt><dd>{} ({length} bytes)</dd>\n", escape(name));
    }
    html.push_str("</dl>\n");
    if mail.html.is_some() {
        // The frame runs nothing; its links open in the whole window.
        put!(
            html,
            "<h2>As HTML</h2>\n<iframe title=\"The mail as HTML\" src=\"/mailbox/{}.html\" \
             sandbox=\"allow-top-navigation-by-user-activation allow-popups\"></iframe>\n",
            mail.id
        );
    }
    if let Some(text) = &mail.text {
        put!(html, "<h2>As text</h2>\n<pre>{}</pre>\n", linked(text));
    }
    html.push_str("<h2>Headers</h2>\n<table class=\"stack\"><tbody>\n");
    for (name, value) in &mail.headers {
        put!(html, "<tr><th scope=\"row\">{}</th><td>{}</td></tr>\n", escape(name), escape(value));
    }
    put!(
        html,
        "</tbody></table>\n<p>Envelope: from <code>{}</code> to <code>{}</code>. <a href=\"/mailbox/{id}.eml\">Raw</a>, \
         <a href=\"/mailbox/{id}.json\">JSON</a>.</p>\n",
        escape(&mail.envelope_from),
        escape(&mail.envelope_to.join(", ")),
        id = mail.id
    );
    html_response(StatusCode::OK, shell(&mail.subject, "", &html))
}

/// Text with its addresses as links.
pub(super) fn linked(text: &str) -> String {
    let mut html = String::new();
    let mut from = 0;
    for (start, end) in link_spans(text) {
        let address = escape(&text[start..end]);
        html.push_str(&escape(&text[from..start]));
        put!(html, "<a href=\"{address}\">{address}</a>");
        from = end;
    }
    html.push_str(&escape(&text[from..]));
    html
}

/// The HTML part by itself, for the frame: it may show its own styles and inline pictures, and load or run nothing.
fn html_part(mail: &ParsedMail) -> Response {
    let Some(html) = &mail.html else { return StatusCode::NOT_FOUND.into_response() };
    let policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; \
                  sandbox allow-top-navigation-by-user-activation allow-popups";
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8"),
        (header::CONTENT_SECURITY_POLICY, policy),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ];
    // Links lead out of the frame, as they would out of a mail program.
    (headers, format!("<base target=\"_top\">{html}")).into_response()
}

#[cfg(test)]
mod tests {
    use super::linked;

    #[test]
    fn addresses_become_links_and_nothing_else_becomes_html() {
        assert_eq!(
            linked("Pay <now>: http://127.0.0.1/l/a?b=1&c=2. Thanks"),
            "Pay &lt;now&gt;: <a href=\"http://127.0.0.1/l/a?b=1&amp;c=2\">http://127.0.0.1/l/a?b=1&amp;c=2</a>. Thanks"
        );
    }
}
