//! Recurring invoices: all of them, and one with what was written and what comes.
//!
//! Changes are POST forms below `/console/recurring/{id}`: `…/pause`, `…/resume`, `…/try-again`, `…/end`, and `…/missed`, which names
//! `through` (the last date that was shown) and a `date` for each that is still to be written.

use domain::Locale;
use domain::invoice::{InvoiceLine, Period, StandingName};
use domain::recurring::{Cycle, RecurringState, Series, Until};
use domain::role::Permission;
use domain::{CustomerId, Date, InvoiceId, Money, RecurringId};
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
use crate::components::{Look, notice, standing, state};
use crate::form::hidden;
use crate::frame::Frame;
use crate::words::Words;

/// Where they are.
pub const PATH: &str = "/console/recurring";

/// What the list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurringListPage {
    /// The oldest first, those that ended last.
    pub rows: Vec<RecurringRow>,
    /// Whose, if not everybody's.
    pub customer: Option<CustomerId>,
    /// Where the next page goes on, if there is more.
    pub after: Option<RecurringId>,
}

/// One in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurringRow {
    /// Which.
    pub id: RecurringId,
    /// What people call it.
    pub name: String,
    /// Who it is written to.
    pub customer: (CustomerId, String),
    /// How it stands.
    pub state: RecurringState,
    /// When.
    pub series: Series,
    /// What each invoice comes to.
    pub total: Money,
    /// The next date, if it is written without a person.
    pub next_on: Option<Date>,
}

/// What the page of one shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecurringPage {
    /// What it is and how it stands.
    pub row: RecurringRow,
    /// What each invoice says, before anything is filled in.
    pub lines: Vec<InvoiceLine>,
    /// Leave drafts only.
    pub as_draft: bool,
    /// The dates that a person is asked about.
    pub missed: Vec<(Date, Option<Period>)>,
    /// The next dates, and the days each is about.
    pub coming: Vec<(Date, Option<Period>)>,
    /// The dates that were dealt with, the newest first.
    pub dealt: Vec<DealtRow>,
    /// Why what was asked for was refused.
    pub refused: Option<RecurringRefusal>,
}

/// A date that was dealt with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DealtRow {
    /// Which.
    pub on: Date,
    /// What became of it.
    pub became: Became,
}

/// What became of a date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// An invoice, with its number once it has one.
    Invoice {
        /// Which.
        id: InvoiceId,
        /// Its number.
        number: Option<String>,
        /// How it stands.
        standing: StandingName,
        /// What it comes to.
        total: Money,
    },
    /// A draft that was thrown away.
    Gone,
    /// Nothing, by a person's decision.
    Skipped,
}

/// Why something was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecurringRefusal {
    /// Someone else changed it meanwhile.
    Changed,
    /// An invoice of these lines cannot be written.
    NotWritten,
}

/// When: "Every month, on day 1 · until 31 Dec 2026".
fn told(series: &Series, words: &Words, locale: Locale) -> String {
    let (rhythm, first) = (series.rhythm, series.first_on);
    let day = match rhythm.cycle() {
        Cycle::Week => locale.weekday(first).to_owned(),
        Cycle::Month => first.format("%-d").to_string(),
        Cycle::Year => locale.date_without_year(first),
    };
    let often = (words.recurring.told)(rhythm.cycle(), rhythm.every(), &day, rhythm.month_end());
    match series.until {
        Until::Ended => often,
        Until::Date(last) => format!("{often} · {}", (words.recurring.until)(&locale.date_medium(last))),
        Until::Count(count) => format!("{often} · {}", (words.recurring.times)(count)),
    }
}

fn state_of(row: &RecurringRow, words: &Words) -> AnyView {
    let (look, word) = match row.state {
        // A series that has no date left is over without anybody ending it.
        RecurringState::Running if row.next_on.is_none() => (Look::Quiet, words.recurring.over),
        RecurringState::Running => (Look::Open, (words.recurring.state)(row.state)),
        RecurringState::Missed => (Look::Attention, (words.recurring.state)(row.state)),
        RecurringState::Failed => (Look::Wrong, (words.recurring.state)(row.state)),
        RecurringState::Paused | RecurringState::Ended => (Look::Quiet, (words.recurring.state)(row.state)),
    };
    state(look, word)
}

/// Renders the list.
pub fn list(frame: &Frame, signed: &Signed, view: &RecurringListPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = words.recurring.title;
    console_page(frame, signed, Section::Invoices, title, false, || {
        let new = signed.may(Permission::IssueInvoices).then(|| {
            view! { <a class="button primary" href=format!("{PATH}/new")>{words.recurring.new}</a> }
        });
        let found = if view.rows.is_empty() {
            view! { <p class="calm">{words.recurring.none}</p> }.into_any()
        } else {
            table(&view.rows, true, words, locale)
        };
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a></nav>
            <div class="page-head"><h1>{title}</h1>{new}</div>
            {found}
            {view.after.map(|after| more(view.customer, after, words))}
        }
    })
}

/// Leads to the next page of the list.
pub(crate) fn more(customer: Option<CustomerId>, after: RecurringId, words: &'static Words) -> AnyView {
    let customer = customer.map(|customer| format!("customer={customer}&")).unwrap_or_default();
    let href = format!("{PATH}?{customer}after={after}");
    view! { <nav class="pages"><a class="button" href=href>{words.console.more}</a></nav> }.into_any()
}

/// A table of them; on a phone each row stacks.
pub(crate) fn table(
    rows: &[RecurringRow],
    with_customer: bool,
    words: &'static Words,
    locale: Locale,
) -> AnyView {
    let body = rows
        .iter()
        .map(|row| {
            let customer = with_customer.then(|| {
                let href = format!("/console/customers/{}", row.customer.0);
                view! { <td data-label=words.console.customer><a href=href>{row.customer.1.clone()}</a></td> }
            });
            let next = row.next_on.map_or_else(|| "–".into_any(), |on| day(on, locale));
            view! {
                <tr>
                    <th scope="row"><a href=format!("{PATH}/{}", row.id)>{row.name.clone()}</a></th>
                    {customer}
                    <td data-label=words.console.state>{state_of(row, words)}</td>
                    <td data-label=words.recurring.rhythm>{told(&row.series, words, locale)}</td>
                    <td class="number" data-label=words.recurring.each>{row.total.format(locale)}</td>
                    <td data-label=words.console.next>{next}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="records">
            <thead>
                <tr>
                    <th scope="col">{words.recurring.one}</th>
                    {with_customer.then(|| view! { <th scope="col">{words.console.customer}</th> })}
                    <th scope="col">{words.console.state}</th>
                    <th scope="col">{words.recurring.rhythm}</th>
                    <th scope="col" class="number">{words.recurring.each}</th>
                    <th scope="col">{words.console.next}</th>
                </tr>
            </thead>
            <tbody>{body}</tbody>
        </table>
    }
    .into_any()
}

fn day(on: Date, locale: Locale) -> AnyView {
    view! { <time datetime=on.to_string()>{locale.date_medium(on)}</time> }.into_any()
}

fn days(period: Option<Period>, locale: Locale) -> Option<String> {
    period.map(|period| format!("{} – {}", locale.date_medium(period.from), locale.date_medium(period.to)))
}

/// Renders the page of one.
pub fn page(frame: &Frame, signed: &Signed, view: &RecurringPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let row = &view.row;
    console_page(frame, signed, Section::Invoices, &row.name, view.refused.is_some(), || {
        let refused = view.refused.map(|refused| {
            let text = match refused {
                RecurringRefusal::Changed => words.recurring.changed,
                RecurringRefusal::NotWritten => words.recurring.not_written,
            };
            view! { <div role="alert">{notice(Look::Wrong, text, ())}</div> }
        });
        let may = signed.may(Permission::IssueInvoices);
        let customer = format!("/console/customers/{}", row.customer.0);
        let draft = view.as_draft.then(|| view! { <p class="soft">{words.recurring.as_draft}</p> });
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a><a href=PATH>{words.recurring.title}</a></nav>
            {refused}
            <div class="page-head">
                <div class="stack tight">
                    <h1>{row.name.clone()}</h1>
                    <p class="soft">{words.recurring.one}" · "<a href=customer>{row.customer.1.clone()}</a></p>
                </div>
                <div class="headline">
                    {state_of(row, words)}
                    <span class="money amount">{row.total.format(locale)}</span>
                </div>
            </div>
            {may.then(|| actions(row, words))}
            {(row.state == RecurringState::Failed).then(|| failed(row.id, may, words))}
            {(row.state == RecurringState::Missed).then(|| missed(view, may, words, locale))}
            <div class="beside even">
                <section class="card stack">
                    <p><strong>{told(&row.series, words, locale)}</strong></p>
                    {draft}
                    <ul class="rows">{view.lines.iter().map(|line| line_row(line, locale)).collect_view()}</ul>
                </section>
                <section class="stack">
                    <h2>{words.recurring.comes}</h2>
                    {coming(&view.coming, words, locale)}
                </section>
            </div>
            <section class="stack">
                <h2>{words.recurring.written}</h2>
                {dealt(&view.dealt, words, locale)}
            </section>
        }
    })
}

fn line_row(line: &InvoiceLine, locale: Locale) -> AnyView {
    let unit = line.unit.as_ref().map(|unit| format!(" {unit}")).unwrap_or_default();
    let amount = format!("{}{unit} × {}", line.quantity.format(locale), line.unit_price.format(locale));
    view! {
        <li>
            <span>{line.description.to_string()}</span>
            <span class="money soft">{amount}</span>
        </li>
    }
    .into_any()
}

/// The next dates, as a list.
pub(crate) fn coming(dates: &[(Date, Option<Period>)], words: &'static Words, locale: Locale) -> AnyView {
    if dates.is_empty() {
        return view! { <p class="soft">{words.recurring.nothing_comes}</p> }.into_any();
    }
    let rows = dates
        .iter()
        .map(|(on, period)| {
            let about = days(*period, locale).map(|days| view! { <span class="small soft">{days}</span> });
            view! { <li>{day(*on, locale)}{about}</li> }
        })
        .collect_view();
    view! { <ul class="rows">{rows}</ul> }.into_any()
}

fn dealt(rows: &[DealtRow], words: &'static Words, locale: Locale) -> AnyView {
    if rows.is_empty() {
        return view! { <p class="soft">{words.recurring.nothing_written}</p> }.into_any();
    }
    let rows = rows
        .iter()
        .map(|row| {
            let (invoice, stands, total) = match &row.became {
                Became::Invoice { id, number, standing: name, total } => {
                    let text = match number {
                        Some(number) => (words.invoice.numbered)(number),
                        None => words.console.draft_without_number.to_owned(),
                    };
                    let link = view! { <a href=format!("/console/invoices/{id}")>{text}</a> }.into_any();
                    (Some(link), standing(*name, words), Some(total.format(locale)))
                }
                Became::Gone => (None, state(Look::Quiet, words.recurring.draft_gone), None),
                Became::Skipped => (None, state(Look::Quiet, words.recurring.skipped), None),
            };
            view! {
                <tr>
                    <th scope="row">{day(row.on, locale)}</th>
                    <td data-label=words.console.invoice>{invoice}</td>
                    <td data-label=words.console.state>{stands}</td>
                    <td class="number" data-label=words.invoice.total>{total}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="records">
            <thead>
                <tr>
                    <th scope="col">{words.recurring.on}</th>
                    <th scope="col">{words.console.invoice}</th>
                    <th scope="col">{words.console.state}</th>
                    <th scope="col" class="number">{words.invoice.total}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}

fn actions(row: &RecurringRow, words: &'static Words) -> AnyView {
    let recurring = &words.recurring;
    let edit = (row.state != RecurringState::Ended).then(|| {
        view! { <a class="button" href=format!("{PATH}/{}/edit", row.id)>{words.console.edit}</a> }
    });
    let ask = |to: &'static str, name: &'static str, what: &'static str, button: &'static str| {
        view! {
            <details class="ask">
                <summary class="button">{name}</summary>
                <form class="stack" method="post" action=format!("{PATH}/{}/{to}", row.id)>
                    <p>{what}</p>
                    <div><button class=button>{name}</button></div>
                </form>
            </details>
        }
    };
    let pause = row
        .state
        .may_become(RecurringState::Paused)
        .then(|| ask("pause", recurring.pause, recurring.pause_what, "button primary"));
    let resume = (row.state == RecurringState::Paused)
        .then(|| ask("resume", recurring.resume, recurring.resume_what, "button primary"));
    let end = row
        .state
        .may_become(RecurringState::Ended)
        .then(|| ask("end", recurring.end, recurring.end_what, "button danger"));
    view! { <div class="actions">{edit}{pause}{resume}{end}</div> }.into_any()
}

fn failed(id: RecurringId, may: bool, words: &'static Words) -> AnyView {
    let again = may.then(|| {
        view! {
            <form method="post" action=format!("{PATH}/{id}/try-again")>
                <button class="button">{words.recurring.try_again}</button>
            </form>
        }
    });
    let body = view! { <p>{words.recurring.failed_body}</p>{again} };
    notice(Look::Wrong, words.recurring.failed, body)
}

/// The dates that passed, with a box for each that is still to be written. None is ticked: a wrong invoice costs more than a click.
fn missed(view: &RecurringPage, may: bool, words: &'static Words, locale: Locale) -> AnyView {
    let recurring = &words.recurring;
    let action = format!("{PATH}/{}/missed", view.row.id);
    let body = match view.missed.last() {
        None => {
            let go_on = may.then(|| {
                view! {
                    <form method="post" action=action>
                        <button class="button primary">{recurring.resume}</button>
                    </form>
                }
            });
            view! { <p>{recurring.missed_none}</p>{go_on} }.into_any()
        }
        Some(_) if !may => coming(&view.missed, words, locale),
        Some((through, _)) => {
            let boxes = view.missed.iter().map(|(on, period)| {
                let about = days(*period, locale).map(|days| format!(" · {days}"));
                view! {
                    <label class="check">
                        <input type="checkbox" name="date" value=on.to_string() />
                        <span>{locale.date_medium(*on)}{about}</span>
                    </label>
                }
            });
            view! {
                <p>{recurring.missed_body}</p>
                <form class="stack" method="post" action=action>
                    {hidden("through", through.to_string())}
                    <fieldset class="stack tight">
                        <legend class="visually-hidden">{recurring.missed}</legend>
                        {boxes.collect_view()}
                    </fieldset>
                    <div><button class="button primary">{recurring.decide}</button></div>
                </form>
            }
            .into_any()
        }
    };
    notice(Look::Attention, recurring.missed, body)
}
