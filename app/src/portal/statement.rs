//! The customer's statement: everything that happened between them and the business, and what that leaves. Only a link over
//! everything of theirs opens it.

use domain::CustomerId;
use leptos::prelude::*;

use super::{Access, head, page as portal_page};
pub use crate::components::statement::{StatementView, table};
use crate::components::statement::{choose, paper};
use crate::frame::{Frame, Scripts};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatementPage {
    /// Who reads it.
    pub customer: CustomerId,
    /// How they came.
    pub access: Access,
    /// Their statement.
    pub view: StatementView,
}

/// Renders the page.
pub fn page(frame: &Frame, page: &StatementPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let view = &page.view;
    let business = view.business.name.as_str();
    portal_page(frame, business, head(words.statement.title, business, Scripts::None), || {
        // A table is kept by a session: a link in a list of downloads would be one more place to guard.
        let (home, table) = match &page.access {
            Access::Link { token } => (format!("/l/{token}"), None),
            Access::Session => {
                let home = format!("/c/{}", page.customer);
                (home.clone(), Some(format!("{home}/statement.csv")))
            }
        };
        view! {
            <main id="content" class="invoice-page">
                <section class="summary" aria-labelledby="what">
                    <nav class="crumbs"><a href=home.clone()>{words.pay_several.back}</a></nav>
                    <h1 id="what">
                        <span class="number">{view.customer.name.as_str().to_owned()}</span>
                        <span class="title">{words.statement.title}</span>
                    </h1>
                    <p class="headline">
                        <span class="label">{words.statement.balance}</span>
                        <span class="amount money">{view.statement.closing.format(locale)}</span>
                    </p>
                    <p class="soft">{view.period(words, locale)}</p>
                    <div class="choosing">{choose(view, format!("{home}/statement"), table, words, locale)}</div>
                </section>
                <div class="papers">{paper(view, words, locale)}</div>
            </main>
        }
    })
}
