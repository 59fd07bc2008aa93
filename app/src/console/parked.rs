//! What came by import or from a backup, with what would be said about each once it is released.
//!
//! The form posts `receivable`, once for each that is ticked, to `/console/parked/release`; `all` releases what the page lists.

use domain::message::Channel;
use domain::role::Permission;
use domain::schedule::{ParkedReason, StepId};
use domain::{Date, InvoiceId, Money, ReceivableId, Timestamp};
use leptos::prelude::*;

use super::{Section, Signed, moment_near, page as console_page};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedPage {
    /// What waits, oldest due date first; at most a page full.
    pub rows: Vec<ParkedRow>,
    /// Where the next page begins, if there is one.
    pub after: Option<ReceivableId>,
}

/// One that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParkedRow {
    /// The receivable.
    pub receivable: ReceivableId,
    /// Its invoice, with its number.
    pub invoice: (InvoiceId, String),
    /// Who owes.
    pub customer: String,
    /// When it is due.
    pub due_on: Date,
    /// What is open.
    pub open: Money,
    /// Where it came from.
    pub reason: ParkedReason,
    /// What would be said, how and when; the first few.
    pub foreseen: Vec<(StepId, Channel, Timestamp)>,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &ParkedPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = words.handling.parked;
    console_page(frame, signed, Section::Invoices, title, false, || {
        let may = signed.may(Permission::EditSettings);
        let rows = view.rows.iter().map(|row| {
            let (id, number) = &row.invoice;
            let foreseen = row.foreseen.iter().map(|(step, channel, at)| {
                let step = (words.follow_up.step)(step.as_str());
                let when = moment_near(*at, signed.zone, locale);
                let text = (words.handling.foreseen)(step, (words.handling.channel)(*channel), &when);
                view! { <span class="block">{text}</span> }
            });
            let foreseen = if row.foreseen.is_empty() {
                view! { <span class="soft">{words.handling.nothing_foreseen}</span> }.into_any()
            } else {
                view! { <span>{foreseen.collect_view()}</span> }.into_any()
            };
            let tick = may.then(|| {
                view! {
                    <td data-label=words.handling.select>
                        <label class="check">
                            <input type="checkbox" name="receivable" value=row.receivable.to_string() />
                            <span class="visually-hidden">{number.clone()}</span>
                        </label>
                    </td>
                }
            });
            view! {
                <tr>
                    <th scope="row">
                        <a href=format!("/console/invoices/{id}")>{number.clone()}</a>
                        <span class="beneath">{row.customer.clone()}</span>
                    </th>
                    {tick}
                    <td data-label=words.invoice.due_on>
                        <time datetime=row.due_on.to_string()>{locale.date_medium(row.due_on)}</time>
                    </td>
                    <td class="number" data-label=words.console.open>{row.open.format(locale)}</td>
                    <td class="small" data-label=words.console.next>{foreseen}</td>
                </tr>
            }
        });
        let listed = view.rows.iter().map(|row| {
            view! { <input type="hidden" name="listed" value=row.receivable.to_string() /> }
        });
        let found = if view.rows.is_empty() {
            view! { <p class="calm">{words.handling.nothing_parked}</p> }.into_any()
        } else {
            let table = view! {
                <table class="records">
                    <thead>
                        <tr>
                            <th scope="col">{words.console.invoice}</th>
                            {may.then(|| view! { <th scope="col">{words.handling.select}</th> })}
                            <th scope="col">{words.invoice.due_on}</th>
                            <th scope="col" class="number">{words.console.open}</th>
                            <th scope="col">{words.console.next}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            };
            if may {
                view! {
                    <form class="stack" method="post" action="/console/parked/release">
                        {listed.collect_view()}
                        {table}
                        <div class="actions">
                            <button class="button primary">{words.handling.release}</button>
                            <button class="button" name="all" value="yes">{words.handling.release_all}</button>
                        </div>
                    </form>
                }
                .into_any()
            } else {
                table.into_any()
            }
        };
        let more = view.after.map(|after| {
            let href = format!("/console/parked?after={after}");
            view! { <nav class="pages"><a class="button" href=href>{words.console.more}</a></nav> }
        });
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a></nav>
            <div class="page-head"><h1>{title}</h1></div>
            {(!view.rows.is_empty()).then(|| view! { <p class="soft">{words.handling.parked_what}</p> })}
            {found}
            {more}
        }
    })
}
