//! Adding or changing a customer.
//!
//! Fields: `name`, `kind` (`company` or `consumer`), `address` (lines of text), `country`, `tax_number`, `locale`,
//! `time_zone`, `net_days`, `preferred_method`; for a new one also the first contact: `contact_name`, `contact_email`, `contact_phone`.
//! A change sends `version` back.

use domain::CustomerId;
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
use crate::components::choices::{countries, locales, methods, zones};
use crate::components::{Look, notice};
use crate::form::{Drawing, Field, Form, Select, hidden};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerFormPage {
    /// The customer, if there is one already.
    pub customer: Option<CustomerId>,
    /// What stands in the fields.
    pub form: Form,
    /// Someone else saved meanwhile.
    pub conflict: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &CustomerFormPage) -> String {
    let words = frame.words();
    let form = &view.form;
    let drawing = Drawing { form, words, locale: frame.locale };
    let title = if view.customer.is_some() { words.customer.edit } else { words.customer.new };
    console_page(frame, signed, Section::Customers, title, !form.errors().is_empty(), || {
        let (action, back) = match view.customer {
            Some(id) => (format!("/console/customers/{id}/edit"), format!("/console/customers/{id}")),
            None => ("/console/customers/new".to_owned(), "/console/customers".to_owned()),
        };
        let kinds = vec![
            ("company".to_owned(), words.customer.company.to_owned()),
            ("consumer".to_owned(), words.customer.consumer.to_owned()),
        ];
        let agreed = std::iter::once((String::new(), words.customer.no_agreed_method.to_owned()))
            .chain(methods(words))
            .collect();
        let contact = view.customer.is_none().then(|| {
            view! {
                <fieldset class="card stack">
                    <legend>{words.customer.first_contact}</legend>
                    <p class="hint">{words.customer.first_contact_hint}</p>
                    <div class="columns">
                        {Field::text("contact_name").autocomplete("off").draw(drawing)}
                        {Field::email("contact_email").autocomplete("off").draw(drawing)}
                        {Field::phone("contact_phone").autocomplete("off").hint(words.customer.phone_hint).optional().draw(drawing)}
                    </div>
                </fieldset>
            }
        });
        view! {
            <nav class="crumbs"><a href="/console/customers">{words.console.customers}</a></nav>
            {drawing.summary()}
            {view.conflict.then(|| {
                notice(Look::Attention, words.invoice_form.conflict, view! { <p>{words.invoice_form.conflict_body}</p> })
            })}
            <div class="page-head"><h1>{title}</h1></div>
            <form class="stack loose wide-form" method="post" action=action novalidate>
                {form.has("version").then(|| hidden("version", form.value("version")))}
                <fieldset class="card stack">
                    <legend class="visually-hidden">{words.console.customer}</legend>
                    <div class="columns">
                        {Field::text("name").autocomplete("off").required().focus().draw(drawing)}
                        {Select::new("kind", kinds).draw(drawing)}
                    </div>
                    {Field::area("address", 3).autocomplete("off").hint(words.customer.address_hint).optional().draw(drawing)}
                    <div class="columns">
                        {Select::new("country", countries(words)).draw(drawing)}
                        {Field::text("tax_number").optional().draw(drawing)}
                    </div>
                    <div class="columns">
                        {Select::new("locale", locales(words)).draw(drawing)}
                        {Field::text("time_zone").list("zones").hint(words.customer.zone_hint).draw(drawing)}
                        {Field::digits("net_days").hint(words.customer.net_days_hint).draw(drawing)}
                    </div>
                    <div class="columns">
                        {Select::new("preferred_method", agreed).hint(words.customer.agreed_method_hint).draw(drawing)}
                    </div>
                    {zones("zones")}
                </fieldset>
                {contact}
                <div class="actions">
                    <button class="button primary large">{words.console.save}</button>
                    <a class="button plain" href=back>{words.console.cancel}</a>
                </div>
            </form>
        }
    })
}
