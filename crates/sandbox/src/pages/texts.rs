//! The texts, by the number they went to, with a box to answer as the customer.

use std::sync::Arc;

use axum::Form;
use axum::extract::{Path, State as Extract};
use axum::http::StatusCode;
use axum::response::Response;
use serde::Deserialize;
use serde_json::json;

use super::{escape, shell};
use crate::clock::readable;
use crate::http::{html_response, json_response, see_other};
use crate::texts::{Text, callbacks};
use crate::world::{State, World};

/// The list of conversations, for the mailbox's page. Empty when there are none.
pub(super) fn conversations(state: &State) -> String {
    let numbers = state.texts.numbers();
    if numbers.is_empty() {
        return String::new();
    }
    let mut html = "<h2>Text messages</h2>\n<ul class=\"mails\">\n".to_owned();
    for number in numbers {
        let Some(last) = state.texts.with(&number).pop() else { continue };
        put!(
            html,
            "<li><a href=\"/texts/{}\"><strong>{}</strong><span class=\"soft small\">{}</span>\
             <time class=\"soft small\">{}</time></a></li>\n",
            escape(number.trim_start_matches('+')),
            escape(&number),
            escape(&shortened(&last.body)),
            readable(last.business_seconds)
        );
    }
    html.push_str("</ul>\n");
    html
}

fn shortened(body: &str) -> String {
    let short: String = body.chars().take(60).collect();
    if short.len() < body.len() { short + "…" } else { short }
}

/// GET `/texts.json`.
pub(crate) async fn list_json(Extract(world): Extract<Arc<World>>) -> Response {
    json_response(200, &json!({ "texts": world.look(|state| json!(state.texts.all)) }))
}

/// GET `/texts/{number}`: the number without its plus sign.
pub(crate) async fn one(Extract(world): Extract<Arc<World>>, Path(digits): Path<String>) -> Response {
    page(&world, &digits, StatusCode::OK, None)
}

/// What the box holds.
#[derive(Deserialize)]
pub(crate) struct Reply {
    body: String,
}

/// POST `/texts/{number}`: answers as the customer.
pub(crate) async fn answer(
    Extract(world): Extract<Arc<World>>,
    Path(digits): Path<String>,
    Form(reply): Form<Reply>,
) -> Response {
    let body = reply.body.trim();
    if body.is_empty() {
        return page(&world, &digits, StatusCode::UNPROCESSABLE_ENTITY, Some("Write something first."));
    }
    match callbacks::answer(&world, &format!("+{digits}"), body) {
        Ok(_) => see_other(&format!("/texts/{digits}")),
        Err(error) => page(&world, &digits, StatusCode::CONFLICT, Some(&error.to_string())),
    }
}

fn page(world: &World, digits: &str, status: StatusCode, problem: Option<&str>) -> Response {
    let number = format!("+{digits}");
    let texts: Vec<Text> = world.look(|state| state.texts.with(&number).into_iter().cloned().collect());
    if texts.is_empty() {
        let main = "<h1>Nobody texted this number</h1>\n<p><a href=\"/mailbox\">Mailbox</a></p>\n";
        return html_response(StatusCode::NOT_FOUND, shell("Not found", "", main));
    }
    let mut main = format!(
        "<p><a href=\"/mailbox\">Mailbox</a></p>\n<h1>{}</h1>\n<ol class=\"talk\">\n",
        escape(&number)
    );
    for text in &texts {
        put!(
            main,
            "<li class=\"{}\"><p>{}</p><p class=\"soft small\">{} · {} · {}</p></li>\n",
            if text.incoming { "theirs" } else { "ours" },
            super::mailbox::linked(&text.body),
            if text.incoming { "the customer" } else { "Dunlin" },
            escape(&text.status),
            readable(text.business_seconds)
        );
    }
    main.push_str("</ol>\n");
    if let Some(problem) = problem {
        put!(main, "<p class=\"problem\" role=\"alert\">{}</p>\n", escape(problem));
    }
    put!(
        main,
        "<form method=\"post\" action=\"/texts/{}\">\n<label for=\"body\">Answer as the customer</label>\n\
         <input type=\"text\" id=\"body\" name=\"body\" autocomplete=\"off\" maxlength=\"300\">\n\
         <p class=\"soft small\">STOP, or the same in other words, ends the texts. START takes them up again.</p>\n\
         <button class=\"wide\">Send this answer</button>\n</form>\n",
        escape(digits)
    );
    html_response(status, shell(&number, "narrow", &main))
}
