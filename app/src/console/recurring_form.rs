//! Setting a recurring invoice up, or changing what is written from now on. Everything works without scripts: another line, one
//! less and the next dates are buttons of the same form that bring it back with what was typed.
//!
//! Fields: those of a draft (see [`super::invoice_form`]) but the days of its lines; `cycle`, `every`, `month_end`, `first_on`,
//! `last_on`, `count`, `covers`, `as_draft`; `version` of what is edited; and `do`: `save`, `show_dates`, `add_line` or
//! `remove_line.N`.

use domain::invoice::{Period, Totals};
use domain::recurring::{Covers, Cycle};
use domain::{CustomerId, Date, RecurringId};
use leptos::prelude::*;

use super::invoice_form;
use super::recurring::{PATH, coming};
use super::{Section, Signed, page as console_page};
use crate::components::{Look, notice};
use crate::form::{Drawing, Field, Form, Select, YES, check_box, hidden};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurringFormPage {
    /// Which is edited, if there is one already, and the name of its customer, who stays.
    pub edited: Option<(RecurringId, String)>,
    /// Who can be written an invoice: all customers by name.
    pub customers: Vec<(CustomerId, String)>,
    /// What stands in the fields.
    pub form: Form,
    /// How many lines the form shows; at least one.
    pub lines: usize,
    /// What the lines come to, if they can be read.
    pub totals: Option<Totals>,
    /// The next dates, and the days each is about, if they can be read.
    pub coming: Vec<(Date, Option<Period>)>,
    /// Someone else saved it meanwhile: what was typed stands here.
    pub conflict: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &RecurringFormPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let form = &view.form;
    let drawing = Drawing { form, words, locale };
    let title = if view.edited.is_some() { words.recurring.edit } else { words.recurring.new };
    console_page(frame, signed, Section::Invoices, title, !form.errors().is_empty(), || {
        let (action, back) = match &view.edited {
            Some((id, _)) => (format!("{PATH}/{id}/edit"), format!("{PATH}/{id}")),
            None => (format!("{PATH}/new"), PATH.to_owned()),
        };
        let customer = match &view.edited {
            Some((_, name)) => {
                let label = (words.field_label)("customer");
                view! { <div class="field"><span class="label">{label}</span><p>{name.clone()}</p></div> }
                    .into_any()
            }
            None => invoice_form::customer_choice(&view.customers, drawing),
        };
        let lines = (0..view.lines.max(1))
            .map(|at| invoice_form::line(at, view.lines > 1, false, drawing, words))
            .collect_view();
        let conflict = view.conflict.then(|| {
            let body = view! { <p>{words.recurring.conflict_body}</p> };
            notice(Look::Attention, words.invoice_form.conflict, body)
        });
        let hint = if view.edited.is_some() { words.recurring.from_now_on } else { words.recurring.starts };
        let dates = (!view.coming.is_empty()).then(|| {
            view! {
                <section class="stack" id="dates">
                    <h2>{words.recurring.comes}</h2>
                    {coming(&view.coming, words, locale)}
                </section>
            }
        });
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a><a href=PATH>{words.recurring.title}</a></nav>
            {drawing.summary()}
            {conflict}
            <div class="page-head"><h1>{title}</h1></div>
            <form class="stack loose wide-form" method="post" action=action novalidate>
                // The first button of a form is the one that Enter presses.
                <button class="visually-hidden" name="do" value="save" tabindex="-1">{words.recurring.save}</button>
                {form.has("version").then(|| hidden("version", form.value("version")))}
                {form.has("entry").then(|| hidden("entry", form.value("entry")))}
                {hidden("lines", view.lines.max(1).to_string())}
                {invoice_form::about(customer, drawing, words)}
                {when(drawing)}
                {dates}
                <section class="stack">
                    <h2>{words.invoice_form.lines}</h2>
                    <p class="hint">{words.recurring.placeholders}</p>
                    {lines}
                    <div><button class="button" name="do" value="add_line">{words.invoice_form.add_line}</button></div>
                </section>
                {invoice_form::totals(frame, view.totals.as_ref())}
                {check_box(drawing, "as_draft", YES, words.recurring.as_draft, Some(words.recurring.as_draft_hint))}
                <div class="actions">
                    <button class="button primary large" name="do" value="save">{words.recurring.save}</button>
                    <button class="button" name="do" value="show_dates">{words.recurring.show_dates}</button>
                    <a class="button plain" href=back>{words.console.cancel}</a>
                </div>
                <p class="hint">{hint}</p>
            </form>
        }
    })
}

fn when(drawing: Drawing<'_>) -> AnyView {
    let words = drawing.words;
    let cycles = Cycle::ALL
        .iter()
        .map(|cycle| (cycle.as_str().to_owned(), (words.recurring.cycle)(*cycle).to_owned()));
    let covers = Covers::ALL
        .iter()
        .map(|covers| (covers.as_str().to_owned(), (words.recurring.covers)(*covers).to_owned()));
    view! {
        <fieldset class="card stack">
            <legend><h2>{words.recurring.when}</h2></legend>
            <div class="columns">
                {Select::new("cycle", cycles.collect()).draw(drawing)}
                {Field::digits("every").hint(words.recurring.every_hint).draw(drawing)}
            </div>
            {Field::date("first_on").hint(words.recurring.first_on_hint).draw(drawing)}
            {check_box(drawing, "month_end", YES, words.recurring.month_end, None)}
            <p class="hint">{words.recurring.ends_hint}</p>
            <div class="columns">
                {Field::date("last_on").optional().draw(drawing)}
                {Field::digits("count").optional().draw(drawing)}
            </div>
            {Select::new("covers", covers.collect()).hint(words.recurring.each_covers).draw(drawing)}
        </fieldset>
    }
    .into_any()
}
