//! All open invoices of a customer on one page: what a reminder about several leads to.
//!
//! By the link, every button is a form that carries the link along and names its invoice; with a session they are links.

use domain::invoice::{Balance, Standing, StandingName};
use domain::sheet::Party;
use domain::{Currency, CustomerId, Date, InvoiceId, Locale, Money};
use leptos::prelude::*;

use super::{Access, head, link_field, page as portal_page, ways_to_ask_about};
use crate::components::{Look, date_and_distance, money, notice, standing as standing_dot};
use crate::form::hidden;
use crate::frame::{Frame, Scripts};
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvoicesPage {
    /// Who is owed.
    pub business: Party,
    /// Who owes.
    pub customer_id: CustomerId,
    /// Their name.
    pub customer: String,
    /// Today at the business.
    pub today: Date,
    /// How the reader came in.
    pub access: Access,
    /// Every open invoice, oldest due first.
    pub open: Vec<OpenInvoice>,
    /// What was paid lately, the latest first.
    pub paid: Vec<PaidInvoice>,
}

/// An open invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenInvoice {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: Option<String>,
    /// When it was issued.
    pub issued_on: Date,
    /// When it is due.
    pub due_on: Date,
    /// How it stands.
    pub standing: Standing,
    /// What is paid, open and on its way.
    pub balance: Balance,
    /// Whether something of it can be paid here and now.
    pub can_pay: bool,
}

/// An invoice that was paid lately.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidInvoice {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number.
    pub number: String,
    /// What it was about.
    pub title: Option<String>,
    /// What was paid; the rest of its total, if any, was credited.
    pub paid: Money,
    /// When the last of it came in.
    pub paid_on: Date,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &OpenInvoicesPage) -> String {
    let words = frame.words();
    let business = view.business.name.as_str();
    portal_page(frame, business, head(words.open_invoices.title, business, Scripts::None), || {
        let open = (!view.open.is_empty()).then(|| {
            let invoices = view.open.iter().map(|invoice| open_invoice(invoice, view, frame)).collect_view();
            view! { <section class="stack"><h2>{words.open_invoices.open}</h2><ul class="bills">{invoices}</ul></section> }
        });
        let paid = (!view.paid.is_empty()).then(|| {
            let invoices = view.paid.iter().map(|invoice| paid_invoice(invoice, view, frame)).collect_view();
            view! {
                <section class="stack">
                    <h2>{words.open_invoices.recently_paid}</h2>
                    <ul class="rows">{invoices}</ul>
                </section>
            }
        });
        view! {
            <main id="content" class="invoice-page">
                {summary(frame, view)}
                <div class="papers stack loose">{open}{paid}{yours(frame, view)}</div>
            </main>
        }
    })
}

/// What the reader can arrange for themselves, once they proved who they are.
fn yours(frame: &Frame, view: &OpenInvoicesPage) -> AnyView {
    let phrases = &frame.words().open_invoices;
    let way = match &view.access {
        Access::Link { .. } => view! {
            <form class="actions" method="post" action="/l/open">
                {link_field(&view.access)}
                <button class="button" name="next" value="all">{phrases.arrange}</button>
            </form>
        }
        .into_any(),
        Access::Session => view! {
            <div class="actions">
                <a class="button" href=format!("/c/{}/methods", view.customer_id)>
                    {frame.words().saved_methods.title}
                </a>
                <form method="post" action=format!("/c/{}/contact", view.customer_id)>
                    <button class="button">{phrases.contact_preferences}</button>
                </form>
            </div>
        }
        .into_any(),
    };
    view! {
        <section class="stack tight">
            <h2>{phrases.yours}</h2>
            <p class="soft">{phrases.yours_body}</p>
            {way}
        </section>
    }
    .into_any()
}

/// How much in all, for each currency, and what of it is on its way already.
fn summary(frame: &Frame, view: &OpenInvoicesPage) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let phrases = &words.open_invoices;
    let open = by_currency(view, |balance| balance.open);
    let amounts = open
        .iter()
        .map(|sum| view! { <span class="amount money">{sum.format(locale)}</span> })
        .collect_view();
    let amounts = (!open.is_empty()).then(|| {
        view! { <p class="headline"><span class="label">{words.portal.open_amount}</span>{amounts}</p> }
    });
    let overdue = view.open.iter().filter(|invoice| invoice.standing.name() == StandingName::Overdue).count();
    let counted = (!view.open.is_empty())
        .then(|| view! { <p class="soft">{(phrases.summary)(view.open.len(), overdue)}</p> });
    let processing = by_currency(view, |balance| balance.processing).into_iter().map(|sum| {
        let body = (words.portal.processing_body)(None);
        notice(Look::Underway, (words.portal.processing_title)(&sum.format(locale)), view! { <p>{body}</p> })
    });
    let nothing = view
        .open
        .is_empty()
        .then(|| notice(Look::Done, phrases.nothing_title, view! { <p>{phrases.nothing_body}</p> }));
    let subjects = [phrases.more_time_subject.to_owned(), phrases.wrong_subject.to_owned()];
    view! {
        <section class="summary" aria-labelledby="what">
            <h1 id="what">
                <span class="number">{view.customer.clone()}</span>
                <span class="title">{phrases.title}</span>
            </h1>
            {amounts}
            {counted}
            {pay_together(frame, view)}
            {processing.collect_view()}
            {nothing}
            {to_statement(view, words)}
            {(!view.open.is_empty()).then(|| ways_to_ask_about(&view.business, &subjects, words))}
        </section>
    }
    .into_any()
}

/// To everything that happened, open or not.
fn to_statement(view: &OpenInvoicesPage, words: &'static Words) -> AnyView {
    let label = words.statement.title;
    match &view.access {
        Access::Link { .. } => view! {
            <form class="actions" method="post" action="/l/open">
                {link_field(&view.access)}
                <button class="button plain" name="next" value="statement">{label}</button>
            </form>
        }
        .into_any(),
        Access::Session => {
            let href = format!("/c/{}/statement", view.customer_id);
            view! { <div class="actions"><a class="button plain" href=href>{label}</a></div> }.into_any()
        }
    }
}

/// One payment for everything that can be paid in a currency, where that is more than one invoice.
fn pay_together(frame: &Frame, view: &OpenInvoicesPage) -> Option<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    let buttons: Vec<AnyView> = by_currency(view, Balance::payable)
        .into_iter()
        .filter_map(|sum| {
            let of_this =
                |invoice: &&OpenInvoice| invoice.can_pay && invoice.balance.open.currency() == sum.currency();
            let payable: Vec<&OpenInvoice> = view.open.iter().filter(of_this).collect();
            let sum =
                Money::sum(sum.currency(), payable.iter().map(|invoice| invoice.balance.payable())).ok()?;
            let label = (words.open_invoices.pay_together)(payable.len(), &sum.format(locale));
            (payable.len() > 1).then(|| match &view.access {
                Access::Link { .. } => {
                    let next = format!("pay-{}", sum.currency());
                    view! { <button class="button primary" name="next" value=next>{label}</button> }
                        .into_any()
                }
                Access::Session => {
                    let href = format!("/c/{}/pay?currency={}", view.customer_id, sum.currency());
                    view! { <a class="button primary" href=href>{label}</a> }.into_any()
                }
            })
        })
        .collect();
    if buttons.is_empty() {
        return None;
    }
    Some(match &view.access {
        Access::Link { .. } => {
            view! { <form class="actions" method="post" action="/l/open">{link_field(&view.access)}{buttons}</form> }
                .into_any()
        }
        Access::Session => view! { <div class="actions">{buttons}</div> }.into_any(),
    })
}

/// What is positive of all open invoices, summed for each currency. A sum beyond all bounds is left out rather than wrong.
fn by_currency(view: &OpenInvoicesPage, of: fn(&Balance) -> Money) -> Vec<Money> {
    let mut currencies: Vec<Currency> = Vec::new();
    for invoice in &view.open {
        let currency = of(&invoice.balance).currency();
        if !currencies.contains(&currency) {
            currencies.push(currency);
        }
    }
    let sum = |currency: Currency| {
        let amounts =
            view.open.iter().map(|invoice| of(&invoice.balance)).filter(|sum| sum.currency() == currency);
        Money::sum(currency, amounts).ok()
    };
    currencies.into_iter().filter_map(sum).filter(|sum| sum.is_positive()).collect()
}

fn open_invoice(invoice: &OpenInvoice, view: &OpenInvoicesPage, frame: &Frame) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let balance = &invoice.balance;
    let title = invoice.title.clone().map(|title| view! { <span class="title">{title}</span> });
    let due = (words.portal.due)(&date_and_distance(invoice.due_on, view.today, words, locale));
    let issued = (words.open_invoices.issued)(&locale.date_long(invoice.issued_on));
    let paid = balance
        .paid
        .is_positive()
        .then(|| (words.portal.paid_of)(&balance.paid.format(locale), &balance.total.format(locale)));
    let on_its_way = balance
        .processing
        .is_positive()
        .then(|| (words.portal.processing_title)(&balance.processing.format(locale)));
    let more = [paid, on_its_way].into_iter().flatten().map(|text| view! { <p>{text}</p> }).collect_view();
    view! {
        <li class="card bill">
            <div class="bill-head">
                <h3><span class="number">{(words.invoice.numbered)(&invoice.number)}</span>{title}</h3>
                {standing_dot(invoice.standing.name(), words)}
            </div>
            <div class="bill-facts">
                <div class="stack tight soft"><p class="due">{due}</p><p>{issued}</p>{more}</div>
                <p class="headline">
                    <span class="label">{words.portal.open_amount}</span>
                    <span class="amount money">{balance.open.format(locale)}</span>
                </p>
            </div>
            {ways_on(invoice, view, words, locale)}
        </li>
    }
    .into_any()
}

/// To the invoice itself, and to paying it. Nothing is paid on the page that "Pay" leads to.
fn ways_on(invoice: &OpenInvoice, view: &OpenInvoicesPage, words: &'static Words, locale: Locale) -> AnyView {
    let about = (words.open_invoices.of_invoice)(&invoice.number);
    let about = || view! { <span class="visually-hidden">" "{about.clone()}</span> };
    let see = words.open_invoices.see_invoice;
    let pay = invoice.can_pay.then(|| (words.portal.pay)(&invoice.balance.payable().format(locale)));
    match &view.access {
        Access::Link { .. } => {
            let pay = pay.map(|label| {
                view! { <button class="button primary" name="next" value="pay">{label}{about()}</button> }
            });
            view! {
                <form class="actions" method="post" action="/l/open">
                    {link_field(&view.access)}
                    {hidden("invoice", invoice.id.to_string())}
                    {pay}
                    <button class="button" name="next" value="see">{see}{about()}</button>
                </form>
            }
            .into_any()
        }
        Access::Session => {
            let pay = pay.map(|label| {
                let href = format!("/i/{}/pay", invoice.id);
                view! { <a class="button primary" href=href>{label}{about()}</a> }
            });
            let href = format!("/i/{}", invoice.id);
            view! { <div class="actions">{pay}<a class="button" href=href>{see}{about()}</a></div> }
                .into_any()
        }
    }
}

fn paid_invoice(invoice: &PaidInvoice, view: &OpenInvoicesPage, frame: &Frame) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let name = (words.invoice.numbered)(&invoice.number);
    let name = match &view.access {
        Access::Session => view! { <a href=format!("/i/{}", invoice.id)>{name}</a> }.into_any(),
        Access::Link { .. } => name.into_any(),
    };
    let title = invoice.title.clone().map(|title| view! { <span class="soft">{title}</span> });
    let paid = (words.open_invoices.paid_on)(&locale.date_long(invoice.paid_on));
    view! {
        <li>
            <div class="stack tight"><strong>{name}</strong>{title}<small class="soft">{paid}</small></div>
            {money(invoice.paid, locale)}
        </li>
    }
    .into_any()
}
