//! The page behind the link: one invoice, its open amount, and the ways on.

use domain::invoice::Standing;
use domain::sheet::InvoiceSheet;
use domain::{CustomerId, Date, InvoiceId, Money};
use leptos::prelude::*;

use super::{Access, head, link_field, page as portal_page, sheet, ways_to_ask};
use crate::components::{Look, date_and_distance, money, notice, standing as standing_dot};
use crate::form::hidden;
use crate::frame::{Frame, Scripts};
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoicePage {
    /// The invoice. Never a draft: the customer does not see those.
    pub sheet: InvoiceSheet,
    /// Today at the business.
    pub today: Date,
    /// How the reader came in.
    pub access: Access,
    /// Whether paying is possible here and now: something is payable, and the business takes a method for it.
    pub can_pay: bool,
    /// When the bank is expected to be done with what is on its way, where that is known.
    pub settles_about: Option<Date>,
    /// The customer's other open invoices that this reader may see, oldest due first.
    pub others: Vec<OtherInvoice>,
    /// The customer, where the reader may see everything of theirs.
    pub all_of: Option<CustomerId>,
}

/// Another open invoice of the same customer, named so that the reader knows of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OtherInvoice {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: Option<String>,
    /// When it is due.
    pub due_on: Date,
    /// What is open.
    pub open: Money,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &InvoicePage) -> String {
    let words = frame.words();
    let locale = frame.locale;
    let business = view.sheet.business.name.as_str();
    let number = sheet::number(&view.sheet);
    let title = (words.invoice.numbered)(&number);
    portal_page(frame, business, head(&title, business, Scripts::None), || {
        let others = (!view.others.is_empty()).then(|| others(view, words, frame));
        view! {
            <main id="content" class="invoice-page">
                {summary(frame, view)}
                <div class="papers">
                    {sheet::paper(&view.sheet, words, locale)}
                    {credit_notes(view, words, locale)}
                    {others}
                    {(view.access == Access::Session && view.all_of.is_none()).then(|| everything(view, words))}
                </div>
            </main>
        }
    })
}

/// What a reader needs in ten seconds: what, how much, by when, and the one button.
fn summary(frame: &Frame, view: &InvoicePage) -> AnyView {
    let (words, locale, sheet) = (frame.words(), frame.locale, &view.sheet);
    let number = sheet::number(sheet);
    let settled =
        matches!(sheet.standing, Standing::Paid | Standing::WrittenOff | Standing::Credited | Standing::Void);
    let (amount, label) = match sheet.standing {
        // Part of the total may have been credited.
        Standing::Paid => (sheet.balance.paid, words.portal.paid_amount),
        Standing::Void | Standing::WrittenOff | Standing::Credited => {
            (sheet.balance.total, words.portal.total_amount)
        }
        _ => (sheet.balance.open, words.portal.open_amount),
    };
    let due = sheet
        .due_on
        .filter(|_| !settled)
        .map(|due| view! { <p class="due">{(words.portal.due)(&date_and_distance(due, view.today, words, locale))}</p> });
    let title =
        sheet.title.as_ref().map(|title| view! { <span class="title">{title.as_str().to_owned()}</span> });
    view! {
        <section class="summary" aria-labelledby="what">
            <h1 id="what"><span class="number">{(words.invoice.numbered)(&number)}</span>{title}</h1>
            <p class="headline" class:settled=settled>
                <span class="label">{label}</span>
                <span class="amount money">{amount.format(locale)}</span>
            </p>
            <div class="facts">
                {standing_dot(sheet.standing.name(), words)}
                {due}
            </div>
            {progress(sheet, words, locale)}
            {state_of_things(frame, view)}
            {pay(view, words, locale)}
            {(!settled).then(|| ways_to_ask(&sheet.business, &number, words))}
        </section>
    }
    .into_any()
}

/// How much is already there, when it is a part.
fn progress(sheet: &InvoiceSheet, words: &Words, locale: domain::Locale) -> Option<AnyView> {
    let balance = &sheet.balance;
    let partly = balance.paid.is_positive() && balance.open.is_positive();
    partly.then(|| {
        let text = (words.portal.paid_of)(&balance.paid.format(locale), &balance.total.format(locale));
        view! {
            <div class="progress">
                <progress max=balance.total.minor().to_string() value=balance.paid.minor().to_string() aria-hidden="true"></progress>
                <p>{text}</p>
            </div>
        }
        .into_any()
    })
}

/// A sentence where "open" and a button would not be the whole truth.
fn state_of_things(frame: &Frame, view: &InvoicePage) -> Option<AnyView> {
    let (words, locale, sheet) = (frame.words(), frame.locale, &view.sheet);
    let balance = &sheet.balance;
    let said = match sheet.standing {
        Standing::Void => {
            notice(Look::Quiet, words.portal.void_title, view! { <p>{words.portal.void_body}</p> })
        }
        Standing::WrittenOff => {
            notice(Look::Quiet, words.portal.closed_title, view! { <p>{words.portal.closed_body}</p> })
        }
        Standing::Credited => {
            let credited = words.credit_note.all_credited;
            notice(Look::Quiet, credited, view! { <p>{words.portal.nothing_to_do}</p> })
        }
        Standing::Paid => {
            let last = sheet.received.last().map(|received| {
                let on = locale.date_long(received.on);
                view! { <p>{(words.portal.paid_on)(&on)}</p> }
            });
            notice(Look::Done, words.portal.paid_title, view! { {last}<p>{words.portal.nothing_to_do}</p> })
        }
        _ if balance.processing.is_positive() => {
            let amount = balance.processing.format(locale);
            let until = view.settles_about.map(|day| locale.date_weekday_short(day));
            let body = (words.portal.processing_body)(until.as_deref());
            notice(Look::Underway, (words.portal.processing_title)(&amount), view! { <p>{body}</p> })
        }
        _ => return None,
    };
    Some(said)
}

/// The one button. It says the amount, and leads to a page on which nothing is paid yet.
fn pay(view: &InvoicePage, words: &'static Words, locale: domain::Locale) -> Option<AnyView> {
    let payable = view.sheet.balance.payable();
    if !view.can_pay || !payable.is_positive() {
        return None;
    }
    let label = (words.portal.pay)(&payable.format(locale));
    Some(match &view.access {
        Access::Link { .. } => view! {
            <form method="post" action="/l/open">
                {link_field(&view.access)}
                {hidden("next", "pay")}
                <button class="button primary large wide">{label}</button>
            </form>
        }
        .into_any(),
        Access::Session => view! {
            <a class="button primary large wide" href=format!("/i/{}/pay", view.sheet.id)>{label}</a>
        }
        .into_any(),
    })
}

/// What made the invoice smaller; with a session each leads to its document.
fn credit_notes(view: &InvoicePage, words: &'static Words, locale: domain::Locale) -> Option<AnyView> {
    let notes = &view.sheet.credit_notes;
    let rows = notes.iter().map(|note| {
        let name = (words.credit_note.numbered)(note.number.as_str());
        let name = match view.access {
            Access::Session => {
                let href = format!("/i/{}/credit-notes/{}", view.sheet.id, note.id);
                view! { <a href=href>{name}</a> }.into_any()
            }
            Access::Link { .. } => name.into_any(),
        };
        let on = locale.date_long(note.on);
        view! {
            <li>
                <div class="stack tight"><strong>{name}</strong><small class="soft">{on}</small></div>
                {money(note.amount, locale)}
            </li>
        }
    });
    let rows = rows.collect_view();
    (!notes.is_empty()).then(|| {
        view! {
            <section class="others"><h2>{words.credit_note.several}</h2><ul class="rows">{rows}</ul></section>
        }
        .into_any()
    })
}

/// From a link over one invoice to everything of the customer: behind a code.
fn everything(view: &InvoicePage, words: &'static Words) -> AnyView {
    view! {
        <section class="stack tight">
            <h2>{words.open_invoices.yours}</h2>
            <p class="soft">{words.portal.everything_body}</p>
            <form class="actions" method="post" action=format!("/i/{}/all", view.sheet.id)>
                <button class="button">{words.portal.everything}</button>
            </form>
        </section>
    }
    .into_any()
}

/// The customer's other open invoices. With a session they are links, and so is the page of all.
fn others(view: &InvoicePage, words: &'static Words, frame: &Frame) -> AnyView {
    let locale = frame.locale;
    let total = Money::sum(view.sheet.currency, view.others.iter().map(|other| other.open)).ok();
    let heading =
        (words.portal.other_invoices)(view.others.len(), total.map(|sum| sum.format(locale)).as_deref());
    let rows = view
        .others
        .iter()
        .map(|other| {
            let name = (words.invoice.numbered)(&other.number);
            let name = match view.access {
                Access::Session => view! { <a href=format!("/i/{}", other.id)>{name}</a> }.into_any(),
                Access::Link { .. } => name.into_any(),
            };
            let due = (words.portal.due)(&date_and_distance(other.due_on, view.today, words, locale));
            let title = other.title.clone().map(|title| view! { <span class="soft">{title}</span> });
            view! {
                <li>
                    <div class="stack tight"><strong>{name}</strong>{title}<small class="soft">{due}</small></div>
                    {money(other.open, locale)}
                </li>
            }
        })
        .collect_view();
    let all = view.all_of.filter(|_| view.access == Access::Session).map(|customer| {
        view! { <a href=format!("/c/{customer}")>{words.portal.see_all}</a> }
    });
    view! {
        <section class="others">
            <div class="others-head"><h2>{heading}</h2>{all}</div>
            <ul class="rows">{rows}</ul>
        </section>
    }
    .into_any()
}
