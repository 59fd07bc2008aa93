//! Changing one of the people at a customer, or removing them.
//!
//! Fields: `contact_name`, `contact_email`, `contact_phone`, `contact_zone`, `contact_locale`, and `version`. Removing is a
//! form of its own, asked once.

use domain::{ContactId, CustomerId};
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
use crate::components::choices::{locales_or_customers, zones};
use crate::components::{Look, notice};
use crate::form::{Drawing, Field, Form, Select, hidden};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactFormPage {
    /// Whose contact it is.
    pub customer: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// The contact.
    pub contact: ContactId,
    /// What stands in the fields.
    pub form: Form,
    /// Someone else saved meanwhile.
    pub conflict: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &ContactFormPage) -> String {
    let words = frame.words();
    let form = &view.form;
    let drawing = Drawing { form, words, locale: frame.locale };
    let title = words.customer.edit_contact;
    console_page(frame, signed, Section::Customers, title, !form.errors().is_empty(), || {
        let back = format!("/console/customers/{}", view.customer);
        let here = format!("{back}/contacts/{}", view.contact);
        let conflict = view.conflict.then(|| {
            let body = view! { <p>{words.invoice_form.conflict_body}</p> };
            notice(Look::Attention, words.invoice_form.conflict, body)
        });
        view! {
            <nav class="crumbs"><a href=back.clone()>{view.customer_name.clone()}</a></nav>
            {drawing.summary()}
            {conflict}
            <div class="page-head"><h1>{title}</h1></div>
            <form class="stack loose wide-form" method="post" action=format!("{here}/edit") novalidate>
                {form.has("version").then(|| hidden("version", form.value("version")))}
                <fieldset class="card stack">
                    <legend class="visually-hidden">{title}</legend>
                    {fields(drawing)}
                </fieldset>
                <div class="actions">
                    <button class="button primary large">{words.customer.save_contact}</button>
                    <a class="button plain" href=back>{words.console.cancel}</a>
                </div>
            </form>
            <details class="ask wide-form">
                <summary class="button danger">{words.customer.remove_contact}</summary>
                <form class="stack" method="post" action=format!("{here}/remove")>
                    <p>{words.customer.remove_contact_what}</p>
                    <div><button class="button danger">{words.customer.remove_contact}</button></div>
                </form>
            </details>
        }
    })
}

/// The fields of a contact, new or not.
pub(super) fn fields(drawing: Drawing<'_>) -> AnyView {
    let words = drawing.words;
    view! {
        {Field::text("contact_name").autocomplete("off").required().draw(drawing)}
        {Field::email("contact_email").autocomplete("off").optional().draw(drawing)}
        {Field::phone("contact_phone").autocomplete("off").hint(words.customer.phone_hint).optional().draw(drawing)}
        {Field::text("contact_zone").list("zones").hint(words.customer.zone_hint).optional().draw(drawing)}
        {zones("zones")}
        {Select::new("contact_locale", locales_or_customers(words)).draw(drawing)}
    }
    .into_any()
}
