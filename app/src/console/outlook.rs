//! The next ninety days: what is going to be said about one invoice, to one customer, or to everyone, as things stand.

use domain::message::Channel;
use domain::schedule::{HoldReason, StepId, Tone};
use domain::{CustomerId, Date, InvoiceId, Money, Timestamp};
use leptos::prelude::*;

use super::{Section, Signed, moment_near, page as console_page};
use crate::components::{Look, state};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutlookPage {
    /// Whose.
    pub of: Of,
    /// Up to which day.
    pub until: Date,
    /// What is going to be said, earliest first.
    pub entries: Vec<Entry>,
    /// What is held back until somebody does something.
    pub held: Vec<Held>,
    /// Where the next customers are looked at, if there are more.
    pub after: Option<String>,
}

/// Whose next ninety days.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// Everyone's.
    Everything,
    /// One customer's, by name.
    Customer(CustomerId, String),
    /// One invoice's, by its number.
    Invoice(InvoiceId, String),
}

/// One message, or one task for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// How.
    pub by: Channel,
    /// In which tone.
    pub tone: Tone,
    /// To whom.
    pub customer: (CustomerId, String),
    /// Of what it speaks, and by which steps.
    pub parts: Vec<(InvoiceId, String, StepId)>,
    /// What is open of that.
    pub amount: Money,
}

/// Something that is on hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// Whose.
    pub customer: (CustomerId, String),
    /// Which.
    pub invoice: (InvoiceId, String),
    /// Why.
    pub reason: HoldReason,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &OutlookPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let outlook = &words.outlook;
    let (section, title) = match &view.of {
        Of::Everything => (Section::Today, outlook.title.to_owned()),
        Of::Customer(_, name) => (Section::Customers, (outlook.of_customer)(name)),
        Of::Invoice(_, number) => (Section::Invoices, (outlook.of_invoice)(number)),
    };
    let with_customer = matches!(view.of, Of::Everything);
    console_page(frame, signed, section, &title, false, || {
        let rows = view.entries.iter().map(|entry| row(entry, with_customer, signed, frame)).collect_view();
        let table = if view.entries.is_empty() {
            view! { <p class="calm">{outlook.nothing}</p> }.into_any()
        } else {
            view! {
                <table class="records">
                    <caption class="visually-hidden">{title.clone()}</caption>
                    <thead>
                        <tr>
                            <th scope="col">{outlook.when}</th>
                            {with_customer.then(|| view! { <th scope="col">{outlook.whom}</th> })}
                            <th scope="col">{outlook.how}</th>
                            <th scope="col">{outlook.about}</th>
                            <th scope="col" class="number">{words.console.open}</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            }
            .into_any()
        };
        let more = view.after.as_ref().map(|after| {
            let href = format!("/console/outlook?after={}", crate::components::percent_encode(after));
            view! {
                <div class="pages">
                    <p class="soft">{outlook.bounded}</p>
                    <a class="button" href=href>{outlook.next_page}</a>
                </div>
            }
        });
        view! {
            {crumbs(&view.of, words)}
            <div class="page-head">
                <div class="stack tight">
                    <h1>{title.clone()}</h1>
                    <p class="soft">{outlook.hint}" "{(outlook.until)(&locale.date_long(view.until))}"."</p>
                </div>
            </div>
            {table}
            {held(view, words)}
            {more}
            <p class="hint">{outlook.local_time}</p>
        }
    })
}

fn crumbs(of: &Of, words: &'static Words) -> AnyView {
    let (href, name) = match of {
        Of::Everything => ("/console".to_owned(), words.console.today.to_owned()),
        Of::Customer(id, name) => (format!("/console/customers/{id}"), name.clone()),
        Of::Invoice(id, number) => (format!("/console/invoices/{id}"), (words.invoice.numbered)(number)),
    };
    view! { <nav class="crumbs"><a href=href>{name}</a></nav> }.into_any()
}

fn row(entry: &Entry, with_customer: bool, signed: &Signed, frame: &Frame) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let outlook = &words.outlook;
    let machine = entry.at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let when = moment_near(entry.at, signed.zone, locale);
    let customer = with_customer.then(|| {
        let (id, name) = entry.customer.clone();
        view! { <td data-label=outlook.whom><a href=format!("/console/customers/{id}")>{name}</a></td> }
    });
    let parts = entry.parts.iter().map(|(invoice, number, step)| {
        view! {
            <span class="block">
                <a href=format!("/console/invoices/{invoice}")>{(words.invoice.numbered)(number)}</a>
                <span class="small soft">" · "{(words.follow_up.step)(step.as_str())}</span>
            </span>
        }
    });
    view! {
        <tr>
            <th scope="row"><time datetime=machine>{when}</time></th>
            {customer}
            <td data-label=outlook.how>
                <span>
                    {(words.schedules.channel_name)(entry.by)}
                    <span class="small soft">" · "{(words.schedules.tone_name)(entry.tone)}</span>
                </span>
            </td>
            <td data-label=outlook.about><span>{parts.collect_view()}</span></td>
            <td class="number" data-label=words.console.open>{entry.amount.format(locale)}</td>
        </tr>
    }
    .into_any()
}

fn held(view: &OutlookPage, words: &'static Words) -> Option<AnyView> {
    if view.held.is_empty() {
        return None;
    }
    let rows = view.held.iter().map(|held| {
        let (invoice, number) = held.invoice.clone();
        let (customer, name) = held.customer.clone();
        view! {
            <li>
                <div class="stack tight">
                    {state(Look::Quiet, (words.follow_up.held)(&held.reason))}
                    <p class="small">
                        <a href=format!("/console/invoices/{invoice}")>{(words.invoice.numbered)(&number)}</a>
                        " · "
                        <a href=format!("/console/customers/{customer}")>{name}</a>
                    </p>
                </div>
            </li>
        }
    });
    let rows = rows.collect_view();
    Some(
        view! {
            <section class="stack">
                <h2>{words.outlook.held}</h2>
                <p class="hint">{words.outlook.held_hint}</p>
                <ul class="rows">{rows}</ul>
            </section>
        }
        .into_any(),
    )
}
