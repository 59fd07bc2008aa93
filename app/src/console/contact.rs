//! One contact: whether they may be mailed and texted, since when, and why not.
//!
//! The form for consent posts to `/console/contacts/{id}/consent` with `version`, `consent_source`, `consent_text` and
//! `consent_date`; the buttons post `change` to `/console/contacts/{id}/change`.

use domain::role::Permission;
use domain::sms::ConsentSource;
use domain::time::Timestamp;
use domain::{ContactId, CustomerId};
use leptos::prelude::*;

use super::{Section, Signed, moment_view, page as console_page};
use crate::components::{Look, state};
use crate::form::{Drawing, Field, Form, Select, hidden};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPage {
    /// The contact.
    pub id: ContactId,
    /// The customer they are at, with its name.
    pub customer: (CustomerId, String),
    /// Their name.
    pub name: String,
    /// Where they are mailed.
    pub email: Option<String>,
    /// Since when they want no mail.
    pub mail_ended: Option<Timestamp>,
    /// Since when their address is known not to work.
    pub mail_suppressed: Option<Timestamp>,
    /// Their number.
    pub phone: Option<String>,
    /// Whether it may be texted.
    pub texts: Texts,
    /// The form for consent.
    pub form: Form,
    /// The version of the contact that is shown.
    pub version: i64,
}

/// Whether a number may be texted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts {
    /// When they agreed, how, and in which words.
    pub consent: Option<(Timestamp, ConsentSource, String)>,
    /// Since when they want no more.
    pub ended: Option<Timestamp>,
    /// Since when the number is known to take none.
    pub suppressed: Option<Timestamp>,
    /// Whether this installation can text at all.
    pub has_gateway: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &ContactPage) -> String {
    let words = frame.words();
    let contact = &words.contact;
    let refused = !view.form.errors().is_empty();
    console_page(frame, signed, Section::Customers, &view.name, refused, || {
        let (customer, customer_name) = view.customer.clone();
        view! {
            <nav class="crumbs">
                <a href="/console/customers">{words.console.customers}</a>
                <a href=format!("/console/customers/{customer}")>{customer_name}</a>
            </nav>
            {Drawing { form: &view.form, words, locale: frame.locale }.summary()}
            <div class="page-head"><h1>{view.name.clone()}</h1></div>
            <p class="soft">{contact.intro}</p>
            <div class="beside even">
                {mail(frame, signed, view)}
                {texts(frame, signed, view)}
            </div>
        }
    })
}

/// A button that changes one channel.
fn change(signed: &Signed, view: &ContactPage, name: &'static str, text: &'static str) -> Option<AnyView> {
    signed.may(Permission::EditCustomers).then(|| {
        view! {
            <form method="post" action=format!("/console/contacts/{}/change", view.id)>
                {hidden("change", name.to_owned())}
                <button class="button">{text}</button>
            </form>
        }
        .into_any()
    })
}

fn mail(frame: &Frame, signed: &Signed, view: &ContactPage) -> AnyView {
    let words = frame.words();
    let contact = &words.contact;
    let when = |at: Timestamp| moment_view(at, signed.zone, frame.locale);
    let stands = match (&view.email, view.mail_ended, view.mail_suppressed) {
        (None, ..) => view! { <p class="soft">{contact.no_email}</p> }.into_any(),
        (Some(address), Some(since), _) => view! {
            {state(Look::Attention, contact.ended)}
            <p>{address.clone()}</p>
            <p>{contact.mail_ended}" "<span class="soft">{when(since)}</span></p>
            {change(signed, view, "resume_mail", contact.resume_mail)}
        }
        .into_any(),
        (Some(address), None, Some(since)) => view! {
            {state(Look::Wrong, contact.suppressed)}
            <p>{address.clone()}</p>
            <p>{contact.mail_suppressed}" "<span class="soft">{when(since)}</span></p>
        }
        .into_any(),
        (Some(address), None, None) => view! {
            {state(Look::Open, contact.allowed)}
            <p>{address.clone()}</p>
            {change(signed, view, "end_mail", contact.end_mail)}
            <p class="hint">{contact.end_mail_hint}</p>
        }
        .into_any(),
    };
    view! { <section class="card stack"><h2>{contact.mail}</h2>{stands}</section> }.into_any()
}

fn texts(frame: &Frame, signed: &Signed, view: &ContactPage) -> AnyView {
    let words = frame.words();
    let contact = &words.contact;
    let when = |at: Timestamp| moment_view(at, signed.zone, frame.locale);
    let Some(number) = view.phone.clone() else {
        return view! { <section class="card stack"><h2>{contact.texts}</h2><p class="soft">{contact.no_phone}</p></section> }
            .into_any();
    };
    let given = view.texts.consent.clone().map(|(at, source, text)| {
        view! {
            <dl class="pairs">
                <dt>{contact.agreed_at}</dt><dd>{when(at)}</dd>
                <dt>{contact.agreed_how}</dt><dd>{(contact.source)(source)}</dd>
            </dl>
            <blockquote>{text}</blockquote>
        }
    });
    let may = view.texts.consent.is_some() && view.texts.ended.is_none() && view.texts.suppressed.is_none();
    let stands = match (&view.texts.consent, view.texts.ended, view.texts.suppressed) {
        (_, Some(since), _) => view! {
            {state(Look::Attention, contact.ended)}
            <p>{contact.texts_ended}" "<span class="soft">{when(since)}</span></p>
        }
        .into_any(),
        (_, None, Some(since)) => view! {
            {state(Look::Wrong, contact.suppressed)}
            <p>{contact.texts_suppressed}" "<span class="soft">{when(since)}</span></p>
        }
        .into_any(),
        (None, None, None) => view! {
            {state(Look::Quiet, contact.not_agreed)}
            <p>{contact.not_agreed_body}</p>
        }
        .into_any(),
        (Some(_), None, None) => state(Look::Open, contact.allowed),
    };
    let gateway = (!view.texts.has_gateway).then(|| view! { <p class="hint">{contact.no_gateway}</p> });
    view! {
        <section class="card stack">
            <h2>{contact.texts}</h2>
            {stands}
            <p>{number}</p>
            {gateway}
            {given}
            {if may { change(signed, view, "end_texts", contact.end_texts) } else { consent_form(frame, signed, view) }}
        </section>
    }
    .into_any()
}

fn consent_form(frame: &Frame, signed: &Signed, view: &ContactPage) -> Option<AnyView> {
    if !signed.may(Permission::EditCustomers) {
        return None;
    }
    let words = frame.words();
    let contact = &words.contact;
    let drawing = Drawing { form: &view.form, words, locale: frame.locale };
    let refused = !view.form.errors().is_empty();
    let sources = ConsentSource::ALL
        .iter()
        // A text of their own is recorded when it comes.
        .filter(|source| **source != ConsentSource::TextMessage)
        .map(|source| (source.as_str().to_owned(), (contact.source)(*source).to_owned()))
        .collect();
    Some(
        view! {
            <details class="ask" open=refused>
                <summary class="button">{contact.record_consent}</summary>
                <form class="stack" method="post" action=format!("/console/contacts/{}/consent", view.id) novalidate>
                    {hidden("version", view.version.to_string())}
                    <p class="hint">{contact.consent_hint}</p>
                    {Select::new("consent_source", sources).draw(drawing)}
                    {Field::area("consent_text", 3).hint(contact.consent_text_hint).required().draw(drawing)}
                    {Field::date("consent_date").draw(drawing)}
                    <div><button class="button primary">{contact.save_consent}</button></div>
                </form>
            </details>
        }
        .into_any(),
    )
}
