//! Signing in. Fields: `email`, `password`, and `next` (where to go on).

use leptos::prelude::*;

use super::{Done, door};
use crate::components::{Look, notice};
use crate::form::{Drawing, Field, Form, hidden};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SignInPage {
    /// What was typed.
    pub form: Form,
    /// The page that asked for it.
    pub next: Option<String>,
    /// What was done just before.
    pub done: Option<Done>,
    /// In demo mode: who one can sign in as.
    pub demo: Option<DemoAccount>,
}

/// The demo's way in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DemoAccount {
    /// The e-mail address.
    pub email: String,
    /// The password.
    pub password: String,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &SignInPage) -> String {
    let words = frame.words();
    let drawing = Drawing { form: &view.form, words, locale: frame.locale };
    door(frame, words.sign_in.title, !view.form.errors().is_empty(), || {
        let demo = view.demo.clone().map(|account| {
            let body = view! {
                <dl class="pairs">
                    <dt>{(words.field_label)("email")}</dt><dd class="mono">{account.email}</dd>
                    <dt>{(words.field_label)("password")}</dt><dd class="mono">{account.password}</dd>
                </dl>
            };
            notice(Look::Quiet, words.sign_in.demo, body)
        });
        view! {
            {view.done.map(|done| notice(Look::Done, (words.console.done)(done), ()))}
            {drawing.summary()}
            <h1>{words.sign_in.title}</h1>
            {demo}
            <form class="stack" method="post" action="/sign-in" novalidate>
                {view.next.clone().map(|next| hidden("next", next))}
                {Field::email("email").autocomplete("username").required().focus().draw(drawing)}
                {Field::password("password", "current-password").required().draw(drawing)}
                <button class="button primary large">{words.sign_in.button}</button>
            </form>
        }
    })
}
