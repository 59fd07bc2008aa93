//! A customer's statement, for members. `/console/customers/{id}/statement` takes `currency`, `period_from` and
//! `period_to`.

use domain::CustomerId;
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
pub use crate::components::statement::StatementView;
use crate::components::statement::{choose, paper};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementPage {
    /// The customer.
    pub customer: CustomerId,
    /// Their statement.
    pub view: StatementView,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, page: &StatementPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let view = &page.view;
    let name = view.customer.name.as_str().to_owned();
    let title = (words.statement.of)(&name);
    let refused = !view.form.errors().is_empty();
    console_page(frame, signed, Section::Customers, &title, refused, || {
        let href = format!("/console/customers/{}", page.customer);
        view! {
            <nav class="crumbs"><a href=href.clone()>{name.clone()}</a></nav>
            <div class="page-head">
                <div><h1>{title.clone()}</h1><p class="soft">{view.period(words, locale)}</p></div>
                <div class="headline">
                    <span class="label">{words.statement.balance}</span>
                    <span class="money amount">{view.statement.closing.format(locale)}</span>
                </div>
            </div>
            <section class="card wide-form choosing">{choose(view, format!("{href}/statement"), words, locale)}</section>
            <div class="papers">{paper(view, words, locale)}</div>
        }
    })
}

/// What leads from a customer to their statement.
pub(crate) fn link(customer: CustomerId, words: &'static Words) -> AnyView {
    let href = format!("/console/customers/{customer}/statement");
    view! { <a class="button" href=href>{words.statement.title}</a> }.into_any()
}
