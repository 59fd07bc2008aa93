//! Several open invoices, paid at once: which, how much of each, and how.
//!
//! Fields of the form: `currency`, `invoice` (one for each that is chosen), `method` (a [`Method`]'s name), and for each
//! invoice `<its id>.amount` (as typed; empty for all that is offered of it).

use domain::invoice::{Standing, StandingName};
use domain::payment::Method;
use domain::sheet::Party;
use domain::{Currency, CustomerId, Date, InvoiceId, Money};
use leptos::prelude::*;

use super::pay::{ENTRY, PayTrouble, keeping, methods, trouble};
use super::saved_methods::{ConsentBox, SavedMethodRow};
use super::{head, page as portal_page};
use crate::components::{date_and_distance, money};
use crate::form::{Drawing, Form, hidden};
use crate::frame::{Frame, Scripts};
use crate::islands::{PAY_SEVERAL_FORM, SeveralTotal, SeveralTotalStart};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaySeveralPage {
    /// Who pays.
    pub customer: CustomerId,
    /// Who is owed.
    pub business: Party,
    /// Today at the business.
    pub today: Date,
    /// What all of them are in.
    pub currency: Currency,
    /// What can be paid, oldest due first.
    pub payable: Vec<Payable>,
    /// Every way to pay that one of them is open to, the agreed one first.
    pub methods: Vec<Method>,
    /// What the reader keeps and can pay with at once.
    pub saved: Vec<SavedMethodRow>,
    /// What the form is known by: sent twice, it charges what is kept once.
    pub entry: String,
    /// Whether the first of the methods was agreed on.
    pub first_is_agreed: bool,
    /// What is agreed to by keeping the way to pay for later; `None` where none of them can be.
    pub consent: Option<ConsentBox>,
    /// What was chosen and typed before; all is chosen where nothing was.
    pub form: Form,
    /// The provider could not be reached, or refused to begin, when the button was pressed.
    pub trouble: Option<PayTrouble>,
}

/// An open invoice that can be paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payable {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: Option<String>,
    /// When it is due.
    pub due_on: Date,
    /// How it stands.
    pub standing: Standing,
    /// What is offered to be paid: open, less what is on its way.
    pub offered: Money,
    /// The only ways to pay it, where others on the page have more.
    pub only_by: Vec<Method>,
}

impl Payable {
    /// What the form calls the amount of an invoice.
    pub fn amount_field(invoice: InvoiceId) -> String {
        format!("{invoice}.amount")
    }

    /// What the form calls the amount that the page shows for it: what is kept is charged that where nothing else was typed.
    pub fn shown_field(invoice: InvoiceId) -> String {
        format!("{invoice}.shown")
    }
}

/// Renders the page.
pub fn page(frame: &Frame, view: &PaySeveralPage) -> String {
    let words = frame.words();
    let business = view.business.name.as_str();
    let mut head = head(words.pay_several.title, business, Scripts::Islands);
    if !view.form.errors().is_empty() {
        head.title = format!("{}{}", words.form.problems_prefix, head.title);
    }
    portal_page(frame, business, head, || {
        view! {
            <main id="content" class="narrow">
                <nav><a href=format!("/c/{}", view.customer)>{words.pay_several.back}</a></nav>
                <h1>{words.pay_several.title}</h1>
                {trouble(view.trouble, words)}
                {form(frame, view)}
            </main>
        }
    })
}

fn form(frame: &Frame, view: &PaySeveralPage) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let drawing = Drawing { form: &view.form, words, locale };
    let rows =
        view.payable.iter().enumerate().map(|(at, payable)| row(frame, view, at, payable)).collect_view();
    let error = view
        .form
        .problem("invoice")
        .map(|problem| view! { <p class="error">{(words.problem)(problem, locale)}</p> });
    let start = SeveralTotalStart {
        locale,
        currency: view.currency,
        rows: view.payable.len(),
        total: Money::sum(view.currency, view.payable.iter().map(|payable| payable.offered)).ok(),
    };
    let [locale_tag, currency, rows_count] = start.attributes();
    provide_context(start);
    view! {
        {drawing.summary()}
        <form
            id=PAY_SEVERAL_FORM
            class="stack loose"
            method="post"
            action=format!("/c/{}/pay", view.customer)
            novalidate
            data-locale=locale_tag
            data-currency=currency
            data-rows=rows_count
        >
            {hidden("currency", view.currency.code().to_owned())}
            {(!view.saved.is_empty()).then(|| hidden(ENTRY, view.entry.clone()))}
            <fieldset class="choices">
                <legend>{words.pay_several.which}</legend>
                {error}
                {rows}
            </fieldset>
            {methods(drawing, &view.methods, &view.saved, view.first_is_agreed, words.pay.how, Some(words.method_meaning))}
            {keeping(drawing, view.consent.as_ref())}
            <SeveralTotal />
        </form>
    }
    .into_any()
}

/// One invoice: chosen or not, and how much of it.
fn row(frame: &Frame, view: &PaySeveralPage, at: usize, payable: &Payable) -> AnyView {
    let (words, locale, form) = (frame.words(), frame.locale, &view.form);
    let phrases = &words.pay_several;
    let chosen = if form.has("currency") { form.holds("invoice", &payable.id.to_string()) } else { true };
    let title = payable.title.clone().map(|title| format!(" · {title}"));
    let due = (words.portal.due)(&date_and_distance(payable.due_on, view.today, words, locale));
    let overdue = payable.standing.name() == StandingName::Overdue;
    let only_by = (!payable.only_by.is_empty()).then(|| {
        let names: Vec<&str> =
            payable.only_by.iter().map(|method| (words.method_in_sentence)(*method)).collect();
        view! { <span class="meaning">{(phrases.only_by)(&(words.list)(&names))}</span> }
    });
    let id = if at == 0 { "field-invoice".to_owned() } else { format!("invoice-{at}") };
    view! {
        <div class="choice several">
            <input
                type="checkbox"
                name="invoice"
                id=id.clone()
                value=payable.id.to_string()
                checked=chosen
                data-offered=payable.offered.to_plain()
            />
            <div class="stack tight">
                <label for=id class="several-head">
                    <span>
                        <span class="name">{(words.invoice.numbered)(&payable.number)}{title}</span>
                        <span class="meaning" class:late=overdue>{due}</span>
                        {only_by}
                    </span>
                    {money(payable.offered, locale)}
                </label>
                {part(frame, view, payable)}
                {(!view.saved.is_empty()).then(|| view! {
                    <input type="hidden" name=Payable::shown_field(payable.id) value=payable.offered.format(locale) />
                })}
            </div>
        </div>
    }
    .into_any()
}

/// The field for a part of one invoice, folded away until it is wanted.
fn part(frame: &Frame, view: &PaySeveralPage, payable: &Payable) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let name = Payable::amount_field(payable.id);
    let typed = view.form.value(&name).to_owned();
    let error = view.form.problem(&name).map(|problem| (words.problem)(problem, locale));
    let invalid = error.is_some();
    let unfolded = invalid || !typed.is_empty();
    let field = Drawing { form: &view.form, words, locale }.id(&name);
    let described = error.as_ref().map(|_| format!("{field}-error"));
    let (error_id, symbol) = (format!("{field}-error"), locale.symbol(&view.currency).to_owned());
    let label = (words.pay_several.part_of)(&payable.number);
    view! {
        <details class="part-of" open=unfolded>
            <summary>{words.pay_several.only_a_part}</summary>
            <div class="field" class:invalid=invalid>
                <label for=field.clone()>{label}</label>
                <p class="hint">{words.pay_several.part_hint}</p>
                {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
                <span class="affixed">
                    <span class="affix" aria-hidden="true">{symbol}</span>
                    <input
                        id=field
                        name=name
                        type="text"
                        inputmode="decimal"
                        autocomplete="off"
                        value=typed
                        aria-invalid=invalid.then_some("true")
                        aria-describedby=described
                    />
                </span>
            </div>
        </details>
    }
    .into_any()
}
