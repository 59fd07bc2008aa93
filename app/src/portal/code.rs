//! The code that proves who holds the link: one field, and what was being done goes on after it.

use domain::FieldErrors;
use domain::message::Channel;
use domain::sheet::Party;
use leptos::prelude::*;

use super::{head, page as portal_page, ways_to_ask_about};
use crate::form::{Drawing, Field, Form, carried, hidden};
use crate::frame::{Frame, Scripts};

/// The field that the code is entered into.
pub const CODE: &str = "code";
/// The field that asks for another one, by its way.
pub const SEND_BY: &str = "send_code_by";

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePage {
    /// Who is owed.
    pub business: Party,
    /// Where the form posts to: the action that goes on with the code.
    pub action: String,
    /// Everything that the action was given; it is sent again.
    pub carried: Form,
    /// What is wrong with what was entered.
    pub errors: FieldErrors,
    /// Where the code went, masked; `None` when there is nobody whom it could go to.
    pub sent_to: Option<String>,
    /// Every way it could go.
    pub ways: Vec<Channel>,
    /// How it went.
    pub channel: Channel,
    /// How long until another one can be sent, if not now.
    pub wait_seconds: Option<u32>,
    /// How long a code is good for.
    pub minutes: i64,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &CodePage) -> String {
    let words = frame.words();
    let phrases = &words.code;
    let business = view.business.name.as_str();
    portal_page(frame, business, head(phrases.title, business, Scripts::None), || {
        let content = if let Some(to) = &view.sent_to {
            asks(frame, view, to)
        } else {
            let subjects = [phrases.nobody_subject.to_owned(), words.open_invoices.wrong_subject.to_owned()];
            view! {
                <p>{(phrases.nobody)(business)}</p>
                {ways_to_ask_about(&view.business, &subjects, words)}
            }
            .into_any()
        };
        view! {
            <main id="content" class="narrow stack loose">
                <h1>{phrases.title}</h1>
                {content}
            </main>
        }
    })
}

fn asks(frame: &Frame, view: &CodePage, to: &str) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let phrases = &words.code;
    let form = Form::new().refused(view.errors.clone());
    let drawing = Drawing { form: &form, words, locale };
    let field = Field::digits(CODE).hint(phrases.hint).autocomplete("one-time-code").required().focus();
    let wait = view.wait_seconds.map(|seconds| view! { <p class="hint">{(phrases.wait)(seconds)}</p> });
    let again = view
        .ways
        .iter()
        .map(|way| {
            let label = match (*way == view.channel, way) {
                (true, _) => phrases.again,
                (false, Channel::Sms) => phrases.by_text,
                (false, _) => phrases.by_mail,
            };
            view! {
                <form method="post" action=view.action.clone()>
                    {carried(&view.carried)}
                    {hidden(SEND_BY, way.as_str())}
                    <button class="button">{label}</button>
                </form>
            }
        })
        .collect_view();
    view! {
        {drawing.summary()}
        <p>{(phrases.sent)(to, view.minutes)}</p>
        <form class="stack" method="post" action=view.action.clone()>
            {carried(&view.carried)}
            {field.draw(drawing)}
            <div class="actions"><button class="button primary">{phrases.go_on}</button></div>
        </form>
        <section class="stack tight">
            <h2>{phrases.nothing_came}</h2>
            <p class="soft">{phrases.nothing_came_body}</p>
            {wait}
            <div class="actions">{again}</div>
        </section>
    }
    .into_any()
}
