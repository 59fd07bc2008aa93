//! Writing a draft, with lines. Everything works without scripts: "Add another line" and "Remove" are buttons of the same
//! form that bring it back with what was typed.
//!
//! Fields: `customer`, `title`, `currency`, `net_days`, `purchase_order`, `project`, `version` (of the draft edited);
//! per line `lines.N.description`, `.detail`, `.quantity`, `.unit`, `.unit_price`, `.tax_rate`, `.period_from`,
//! `.period_to`, `.project` with N from 0; `lines` (how many the form shows); and `do`: `save`, `add_line` or
//! `remove_line.N`.

use domain::invoice::Totals;
use domain::{CustomerId, InvoiceId};
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
use crate::components::choices::currencies;
use crate::components::{Look, notice};
use crate::form::{Drawing, Field, Form, Select, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceFormPage {
    /// The draft, if there is one already.
    pub invoice: Option<InvoiceId>,
    /// Who can be written an invoice: all customers by name.
    pub customers: Vec<(CustomerId, String)>,
    /// What stands in the fields.
    pub form: Form,
    /// How many lines the form shows; at least one.
    pub lines: usize,
    /// What the lines come to, if they can be read.
    pub totals: Option<Totals>,
    /// Someone else saved the draft meanwhile: what was typed stands here, theirs is one link away.
    pub conflict: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &InvoiceFormPage) -> String {
    let words = frame.words();
    let form = &view.form;
    let drawing = Drawing { form, words, locale: frame.locale };
    let title = if view.invoice.is_some() { words.invoice_form.edit } else { words.invoice_form.new };
    console_page(frame, signed, Section::Invoices, title, !form.errors().is_empty(), || {
        let action = match view.invoice {
            Some(id) => format!("/console/invoices/{id}/edit"),
            None => "/console/invoices/new".to_owned(),
        };
        let back = match view.invoice {
            Some(id) => format!("/console/invoices/{id}"),
            None => "/console/invoices".to_owned(),
        };
        let lines =
            (0..view.lines.max(1)).map(|at| line(at, view.lines > 1, true, drawing, words)).collect_view();
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a></nav>
            {drawing.summary()}
            {view.conflict.then(|| conflict(view, words))}
            <div class="page-head"><h1>{title}</h1></div>
            <form class="stack loose wide-form" method="post" action=action novalidate>
                // The first button of a form is the one that Enter presses.
                <button class="visually-hidden" name="do" value="save" tabindex="-1">{words.invoice_form.save}</button>
                {form.has("version").then(|| hidden("version", form.value("version")))}
                {hidden("lines", view.lines.max(1).to_string())}
                {about(customer_choice(&view.customers, drawing), drawing, words)}
                <section class="stack">
                    <h2>{words.invoice_form.lines}</h2>
                    {lines}
                    <div><button class="button" name="do" value="add_line">{words.invoice_form.add_line}</button></div>
                </section>
                {totals(frame, view.totals.as_ref())}
                <div class="actions">
                    <button class="button primary large" name="do" value="save">{words.invoice_form.save}</button>
                    <a class="button plain" href=back>{words.console.cancel}</a>
                </div>
                <p class="hint">{words.invoice_form.not_sent_yet}</p>
            </form>
        }
    })
}

/// The choice of whom it is written to.
pub(super) fn customer_choice(customers: &[(CustomerId, String)], drawing: Drawing<'_>) -> AnyView {
    let customers = std::iter::once((String::new(), drawing.words.invoice_form.choose_customer.to_owned()))
        .chain(customers.iter().map(|(id, name)| (id.to_string(), name.clone())))
        .collect();
    Select::new("customer", customers).draw(drawing)
}

/// What it is about, besides its lines.
pub(super) fn about(customer: AnyView, drawing: Drawing<'_>, words: &'static Words) -> AnyView {
    view! {
        <fieldset class="card stack">
            <legend class="visually-hidden">{words.invoice_form.about}</legend>
            <div class="columns">
                {customer}
                {Field::text("title").hint(words.invoice_form.title_hint).optional().draw(drawing)}
            </div>
            <div class="columns">
                {Select::new("currency", currencies()).draw(drawing)}
                {Field::digits("net_days").hint(words.invoice_form.net_days_hint).draw(drawing)}
                {Field::text("purchase_order").optional().draw(drawing)}
                {Field::text("project").optional().draw(drawing)}
            </div>
        </fieldset>
    }
    .into_any()
}

fn conflict(view: &InvoiceFormPage, words: &'static Words) -> AnyView {
    let theirs = view.invoice.map(|id| {
        let href = format!("/console/invoices/{id}");
        view! { <p><a href=href target="_blank" rel="noopener">{words.invoice_form.see_theirs}</a></p> }
    });
    let body = view! { <p>{words.invoice_form.conflict_body}</p>{theirs} };
    notice(Look::Attention, words.invoice_form.conflict, body)
}

/// One line; `dated` ones have days of their own.
pub(super) fn line(
    at: usize,
    removable: bool,
    dated: bool,
    drawing: Drawing<'_>,
    words: &'static Words,
) -> AnyView {
    let name = |field: &str| format!("lines.{at}.{field}");
    let number = at + 1;
    let heading = (words.invoice_form.line)(number);
    let remove = removable.then(|| {
        view! {
            <button class="button plain" name="do" value=format!("remove_line.{at}")>
                {words.invoice_form.remove}<span class="visually-hidden">" "{heading.clone()}</span>
            </button>
        }
    });
    // What few lines have stays folded away until one of it is filled in or wrong.
    let rare = ["detail", "period_from", "period_to", "project"];
    let open = rare.iter().any(|field| {
        !drawing.form.value(&name(field)).is_empty() || drawing.form.problem(&name(field)).is_some()
    });
    view! {
        <fieldset class="card stack line">
            <legend class="visually-hidden">{heading.clone()}</legend>
            <div class="line-head"><span class="label" aria-hidden="true">{heading}</span>{remove}</div>
            {Field::text(name("description")).draw(drawing)}
            <div class="columns four">
                {Field::decimal(name("quantity")).draw(drawing)}
                {Field::text(name("unit")).list("units").optional().draw(drawing)}
                {Field::decimal(name("unit_price")).draw(drawing)}
                {Field::decimal(name("tax_rate")).draw(drawing)}
            </div>
            <details open=open>
                <summary>{if dated { words.invoice_form.more } else { words.invoice_form.more_undated }}</summary>
                <div class="stack">
                    {Field::area(name("detail"), 2).optional().draw(drawing)}
                    <div class="columns">
                        {dated.then(|| Field::date(name("period_from")).optional().draw(drawing))}
                        {dated.then(|| Field::date(name("period_to")).optional().draw(drawing))}
                        {Field::text(name("project")).optional().draw(drawing)}
                    </div>
                </div>
            </details>
        </fieldset>
    }
    .into_any()
}

/// What the lines come to, and the units that are proposed.
pub(super) fn totals(frame: &Frame, totals: Option<&Totals>) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let units =
        words.invoice_form.units.iter().map(|unit| view! { <option value=*unit></option> }).collect_view();
    let totals = totals.map(|totals| {
        let text = (words.invoice_form.comes_to)(
            &totals.net.format(locale),
            &totals.tax.format(locale),
            &totals.total.format(locale),
        );
        view! { <p class="comes-to">{text}</p> }
    });
    view! { <datalist id="units">{units}</datalist>{totals} }.into_any()
}
