//! The list of invoices: states, next step and when.
//!
//! The filter is a GET form: `state` (a [`StandingName`]), `q` (part of a number, title or customer) and `after` (where
//! the page begins).

use domain::invoice::{Standing, StandingName};
use domain::role::Permission;
use domain::schedule::Decision;
use domain::time::Zone;
use domain::{CustomerId, Date, InvoiceId, Locale, Money};
use leptos::prelude::*;

use super::handling::hold_fields;
use super::{Section, Signed, moment_near, page as console_page, recurring};
use crate::components::{percent_encode, standing};
use crate::form::{Drawing, Form, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoicesPage {
    /// The invoices found, at most a page full.
    pub rows: Vec<InvoiceRow>,
    /// Only those that stand like this.
    pub state: Option<StandingName>,
    /// What was searched for.
    pub search: String,
    /// How many there are of each standing, whatever is searched for.
    pub counts: Vec<(StandingName, u32)>,
    /// Where the next page begins, if there is one: the value of `after`.
    pub after: Option<String>,
    /// The form that holds several at once, with those that were ticked.
    pub hold_form: Form,
}

/// One invoice in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceRow {
    /// The invoice.
    pub id: InvoiceId,
    /// Its number; a draft has none.
    pub number: Option<String>,
    /// What it is about.
    pub title: Option<String>,
    /// Who owes.
    pub customer: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// How it stands.
    pub standing: Standing,
    /// When it is due; a draft has no date yet.
    pub due_on: Option<Date>,
    /// The total.
    pub total: Money,
    /// What of it is open.
    pub open: Money,
    /// What the follow-up does next; `None` for a draft.
    pub next: Option<Decision>,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &InvoicesPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let refused = !view.hold_form.errors().is_empty();
    console_page(frame, signed, Section::Invoices, words.console.invoices, refused, || {
        let search = view.search.clone();
        let query = |state: Option<StandingName>, after: Option<&str>| address(state, &view.search, after);
        let all: u32 = view.counts.iter().map(|(_, count)| count).sum();
        let tab = |name: &'static str, count: u32, state: Option<StandingName>| {
            let current = (state == view.state).then_some("true");
            let count = locale.integer(i64::from(count));
            view! {
                <li><a href=query(state, None) aria-current=current>{name}" "<span class="count">{count}</span></a></li>
            }
        };
        let tabs = StandingName::ALL
            .iter()
            .filter_map(|name| view.counts.iter().find(|(counted, count)| counted == name && *count > 0))
            .map(|(name, count)| tab((words.standing)(*name), *count, Some(*name)))
            .collect_view();
        let new = signed
            .may(Permission::EditInvoices)
            .then(|| view! { <a class="button primary" href="/console/invoices/new">{words.console.new_invoice}</a> });
        let found = if view.rows.is_empty() {
            let text = if all == 0 { words.console.no_invoices_yet } else { words.console.nothing_found };
            view! { <p class="calm">{text}</p> }.into_any()
        } else {
            holdable(frame, signed, view)
        };
        let more = view.after.as_deref().map(|after| {
            let href = query(view.state, Some(after));
            view! { <nav class="pages"><a class="button" href=href>{words.console.more}</a></nav> }
        });
        view! {
            <div class="page-head">
                <h1>{words.console.invoices}</h1>
                <div class="actions">
                    <a class="button plain" href=recurring::PATH>{words.recurring.title}</a>
                    <a class="button plain" href="/console/holds">{words.handling.see_holds}</a>
                    {new}
                </div>
            </div>
            <div class="filters">
                <nav aria-label=words.console.by_state>
                    <ul class="tabs">{tab(words.console.all, all, None)}{tabs}</ul>
                </nav>
                <form class="search" method="get" action="/console/invoices" role="search">
                    {view.state.map(|state| hidden("state", state.as_str()))}
                    <label class="visually-hidden" for="q">{words.console.search_invoices}</label>
                    <input id="q" name="q" type="search" value=search maxlength="100" />
                    <button class="button">{words.console.search}</button>
                </form>
            </div>
            {found}
            {more}
        }
    })
}

/// The table with a box to tick in each row, and the form that holds what is ticked.
fn holdable(frame: &Frame, signed: &Signed, view: &InvoicesPage) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    if !signed.may(Permission::HoldFollowUp) {
        return table(&view.rows, true, signed, words, locale);
    }
    let form = view.hold_form.clone().scoped("hold");
    let drawing = Drawing { form: &form, words, locale };
    let refused = !form.errors().is_empty();
    view! {
        <form class="stack" method="post" action="/console/holds">
            {hidden("back", "list")}
            {drawing.summary()}
            {rows_view(&view.rows, true, Some(&form), signed, words, locale)}
            <details class="ask" id=drawing.id("invoices") open=refused>
                <summary class="button">{words.handling.hold_selected}</summary>
                <div class="stack">
                    <p>{words.handling.select_hint}</p>
                    {hold_fields(drawing)}
                    <div><button class="button primary">{words.handling.hold_selected}</button></div>
                </div>
            </details>
        </form>
    }
    .into_any()
}

/// The address of the list, filtered.
fn address(state: Option<StandingName>, search: &str, after: Option<&str>) -> String {
    let mut parts = Vec::new();
    parts.extend(state.map(|state| format!("state={}", state.as_str())));
    if !search.is_empty() {
        parts.push(format!("q={}", percent_encode(search)));
    }
    parts.extend(after.map(|after| format!("after={}", percent_encode(after))));
    if parts.is_empty() {
        "/console/invoices".to_owned()
    } else {
        format!("/console/invoices?{}", parts.join("&"))
    }
}

/// What the follow-up does next, or why nothing: "Firm reminder, Tue 10 Mar 10:00".
pub(crate) fn next_step(decision: &Decision, zone: Zone, words: &Words, locale: Locale) -> String {
    match decision {
        Decision::Send { step, .. } => (words.follow_up.now)((words.follow_up.step)(step.id.as_str())),
        Decision::Wait { until, step, .. } => {
            (words.follow_up.later)((words.follow_up.step)(step.as_str()), &moment_near(*until, zone, locale))
        }
        Decision::Hold { reason, .. } => (words.follow_up.held)(reason).to_owned(),
        Decision::Done { reason } => (words.follow_up.done)(*reason).to_owned(),
    }
}

/// A table of invoices; on a phone each row stacks.
pub(crate) fn table(
    rows: &[InvoiceRow],
    with_customer: bool,
    signed: &Signed,
    words: &'static Words,
    locale: Locale,
) -> AnyView {
    rows_view(rows, with_customer, None, signed, words, locale)
}

/// The same with a box to tick in each row, as `ticked` has them.
fn rows_view(
    rows: &[InvoiceRow],
    with_customer: bool,
    ticked: Option<&Form>,
    signed: &Signed,
    words: &'static Words,
    locale: Locale,
) -> AnyView {
    let row = |row| table_row(row, with_customer, ticked, signed, words, locale);
    let body = rows.iter().map(row).collect_view();
    view! {
        <table class="records">
            <thead>
                <tr>
                    {ticked.map(|_| view! { <th scope="col">{words.handling.select}</th> })}
                    <th scope="col">{words.console.invoice}</th>
                    {with_customer.then(|| view! { <th scope="col">{words.console.customer}</th> })}
                    <th scope="col">{words.console.state}</th>
                    <th scope="col">{words.invoice.due_on}</th>
                    <th scope="col" class="number">{words.console.open}</th>
                    <th scope="col" class="number">{words.invoice.total}</th>
                    <th scope="col">{words.console.next}</th>
                </tr>
            </thead>
            <tbody>{body}</tbody>
        </table>
    }
    .into_any()
}

fn table_row(
    row: &InvoiceRow,
    with_customer: bool,
    ticked: Option<&Form>,
    signed: &Signed,
    words: &'static Words,
    locale: Locale,
) -> AnyView {
    let name = row.number.clone().unwrap_or_else(|| words.console.draft_without_number.to_owned());
    let title = row.title.clone().map(|title| view! { <span class="beneath">{title}</span> });
    let customer = with_customer.then(|| {
        let href = format!("/console/customers/{}", row.customer);
        view! { <td data-label=words.console.customer><a href=href>{row.customer_name.clone()}</a></td> }
    });
    let due = row.due_on.map_or_else(
        || "–".into_any(),
        |due| view! { <time datetime=due.to_string()>{locale.date_medium(due)}</time> }.into_any(),
    );
    // A draft is not followed up, so there is nothing to hold.
    let tick = ticked.map(|form| {
        let box_of = row.number.clone().map(|number| {
            let id = row.id.to_string();
            let checked = form.holds("invoice", &id);
            view! {
                <label class="check">
                    <input type="checkbox" name="invoice" value=id checked=checked />
                    <span class="visually-hidden">{(words.invoice.numbered)(&number)}</span>
                </label>
            }
        });
        view! { <td data-label=words.handling.select>{box_of}</td> }
    });
    let next = row.next.as_ref().map(|next| next_step(next, signed.zone, words, locale));
    view! {
        <tr>
            {tick}
            <th scope="row"><a href=format!("/console/invoices/{}", row.id)>{name}</a>{title}</th>
            {customer}
            <td data-label=words.console.state>{standing(row.standing.name(), words)}</td>
            <td data-label=words.invoice.due_on>{due}</td>
            <td class="number" data-label=words.console.open>{row.open.format(locale)}</td>
            <td class="number soft" data-label=words.invoice.total>{row.total.format(locale)}</td>
            <td class="small" data-label=words.console.next>{next}</td>
        </tr>
    }
    .into_any()
}
