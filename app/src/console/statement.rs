//! A customer's statement, for members. `/console/customers/{id}/statement` takes `currency`, `period_from` and
//! `period_to`; posted with the same fields it has the statement sent.

use domain::CustomerId;
use domain::role::Permission;
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
pub use crate::components::statement::StatementView;
use crate::components::statement::{choose, paper};
use crate::components::{Look, notice};
use crate::form::hidden;
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementPage {
    /// The customer.
    pub customer: CustomerId,
    /// Their statement.
    pub view: StatementView,
    /// What its mail would say; none where there is nothing to send, or nobody to send it to.
    pub mail: Option<Mail>,
    /// Why it was not sent just now.
    pub not_sent: Option<NotSent>,
}

/// A statement's mail as it would leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// To whom.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
}

/// Why a statement was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotSent {
    /// Nothing happened in these days and nothing is open.
    NothingToTell,
    /// It was sent before, or waits to be.
    Before,
    /// Mail leads to nobody.
    Unreachable,
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
            {page.not_sent.map(|reason| notice(Look::Attention, (words.statement.not_sent)(reason), ()))}
            <div class="page-head">
                <div><h1>{title.clone()}</h1><p class="soft">{view.period(words, locale)}</p></div>
                <div class="headline">
                    <span class="label">{words.statement.balance}</span>
                    <span class="money amount">{view.statement.closing.format(locale)}</span>
                </div>
            </div>
            <section class="card wide-form choosing">{choose(view, format!("{href}/statement"), Some(format!("{href}/statement.csv")), words, locale)}</section>
            {signed.may(Permission::SendReminders).then(|| sending(page, format!("{href}/statement"), words))}
            <div class="papers">{paper(view, words, locale)}</div>
        }
    })
}

/// The mail that this statement would be, and the button that sends it.
fn sending(page: &StatementPage, action: String, words: &'static Words) -> AnyView {
    let phrases = &words.statement;
    let Some(mail) = &page.mail else {
        return view! { <section class="card stack"><h2>{phrases.mail}</h2><p class="soft">{phrases.mail_none}</p></section> }
            .into_any();
    };
    let statement = &page.view.statement;
    view! {
        <section class="card stack">
            <h2>{phrases.mail}</h2>
            <p class="hint">{phrases.mail_hint}</p>
            <details>
                <summary>{mail.subject.clone()}</summary>
                <p class="soft">{mail.to.clone()}</p>
                <pre class="card mono">{mail.text.clone()}</pre>
            </details>
            <form method="post" action=action>
                {hidden("currency", statement.closing.currency().code())}
                {hidden("period_from", statement.period.from.to_string())}
                {hidden("period_to", statement.period.to.to_string())}
                <button class="button">{phrases.send}</button>
            </form>
        </section>
    }
    .into_any()
}

/// What leads from a customer to their statement.
pub(crate) fn link(customer: CustomerId, words: &'static Words) -> AnyView {
    let href = format!("/console/customers/{customer}/statement");
    view! { <a class="button" href=href>{words.statement.title}</a> }.into_any()
}
