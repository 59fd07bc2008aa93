//! First run: makes the business and its owner, then locks.
//!
//! Fields: `business_name`, `country`, `time_zone`, `currency`, `locale`; `name`, `email`, `password`.

use leptos::prelude::*;

use super::door;
use crate::components::choices::{countries, currencies, locales, zones};
use crate::form::{Drawing, Field, Form, Select};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SetupPage {
    /// What was typed.
    pub form: Form,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &SetupPage) -> String {
    let words = frame.words();
    let drawing = Drawing { form: &view.form, words, locale: frame.locale };
    door(frame, words.setup.title, !view.form.errors().is_empty(), || {
        view! {
            {drawing.summary()}
            <div class="stack tight"><h1>{words.setup.title}</h1><p class="soft">{words.setup.body}</p></div>
            <form class="stack" method="post" action="/setup" novalidate>
                <fieldset class="stack">
                    <legend class="visually-hidden">{words.setup.business}</legend>
                    {Field::text("business_name").autocomplete("organization").required().focus().draw(drawing)}
                    <div class="columns">
                        {Select::new("country", countries(words)).autocomplete("country").draw(drawing)}
                        {Select::new("currency", currencies()).hint(words.setup.currency_hint).draw(drawing)}
                    </div>
                    {Field::text("time_zone").list("zones").hint(words.setup.zone_hint).required().draw(drawing)}
                    {zones("zones")}
                    {Select::new("locale", locales(words)).hint(words.setup.locale_hint).draw(drawing)}
                </fieldset>
                <hr />
                <fieldset class="stack">
                    <legend>{words.setup.owner}</legend>
                    {Field::text("name").label(words.setup.your_name).autocomplete("name").required().draw(drawing)}
                    {Field::email("email").autocomplete("username").required().draw(drawing)}
                    {Field::password("password", "new-password").hint(words.setup.password_hint).required().draw(drawing)}
                </fieldset>
                <button class="button primary large">{words.setup.button}</button>
            </form>
        }
    })
}
