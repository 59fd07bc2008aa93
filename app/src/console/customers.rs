//! The list of customers. The search is a GET form: `q`, and `after` where the page begins.

use domain::role::Permission;
use domain::{CustomerId, Money};
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
use crate::components::percent_encode;
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomersPage {
    /// The customers found, by name; at most a page full.
    pub rows: Vec<CustomerRow>,
    /// What was searched for.
    pub search: String,
    /// Where the next page begins, if there is one.
    pub after: Option<String>,
}

/// One customer in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerRow {
    /// The customer.
    pub id: CustomerId,
    /// Their name.
    pub name: String,
    /// Who receives their invoices.
    pub contact: Option<String>,
    /// Open amounts by currency.
    pub open: Vec<Money>,
    /// How many invoices are overdue.
    pub overdue: u32,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &CustomersPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let console = &words.console;
    console_page(frame, signed, Section::Customers, console.customers, false, || {
        let rows = view.rows.iter().map(|row| {
            let open = row.open.iter().map(|sum| view! { <span class="money block">{sum.format(locale)}</span> });
            let open = if row.open.is_empty() { "–".into_any() } else { open.collect_view().into_any() };
            let overdue = (row.overdue > 0).then(|| {
                crate::components::state(crate::components::Look::Attention, (console.overdue_count)(row.overdue))
            });
            view! {
                <tr>
                    <th scope="row"><a href=format!("/console/customers/{}", row.id)>{row.name.clone()}</a></th>
                    <td data-label=console.receives>{row.contact.clone()}</td>
                    <td class="number" data-label=console.open>{open}</td>
                    <td data-label=console.state>{overdue}</td>
                </tr>
            }
        });
        let found = if view.rows.is_empty() {
            let text = if view.search.is_empty() { console.no_customers_yet } else { console.nothing_found };
            view! { <p class="calm">{text}</p> }.into_any()
        } else {
            view! {
                <table class="records">
                    <thead>
                        <tr>
                            <th scope="col">{console.customer}</th>
                            <th scope="col">{console.receives}</th>
                            <th scope="col" class="number">{console.open}</th>
                            <th scope="col">{console.state}</th>
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            }
            .into_any()
        };
        let new = signed.may(Permission::EditCustomers).then(
            || view! { <a class="button primary" href="/console/customers/new">{console.new_customer}</a> },
        );
        let more = view.after.as_deref().map(|after| {
            let href = format!(
                "/console/customers?q={}&after={}",
                percent_encode(&view.search),
                percent_encode(after)
            );
            view! { <nav class="pages"><a class="button" href=href>{console.more}</a></nav> }
        });
        view! {
            <div class="page-head"><h1>{console.customers}</h1><div class="actions">{new}</div></div>
            <form class="search" method="get" action="/console/customers" role="search">
                <label class="visually-hidden" for="q">{console.search_customers}</label>
                <input id="q" name="q" type="search" value=view.search.clone() maxlength="100" />
                <button class="button">{console.search}</button>
            </form>
            {found}
            {more}
        }
    })
}
