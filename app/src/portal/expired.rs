//! An expired link: one sentence, one button that mails a fresh one to the contact on file.

use leptos::prelude::*;

use super::{head, page as portal_page};
use crate::form::hidden;
use crate::frame::{Frame, Scripts};

/// What the page shows. Nothing of the invoice: whoever holds an old link sees only where a fresh one would go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpiredPage {
    /// Who sent the link.
    pub business: String,
    /// The expired link's token.
    pub token: String,
    /// The contact's address, masked.
    pub masked_email: String,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &ExpiredPage) -> String {
    let words = frame.words();
    portal_page(frame, &view.business, head(words.expired.title, &view.business, Scripts::None), || {
        view! {
            <main id="content" class="narrow">
                <h1>{words.expired.title}</h1>
                <p>{(words.expired.body)(&view.business)}</p>
                <form method="post" action="/l/renew">
                    {hidden("link", view.token.clone())}
                    <button class="button primary large">{(words.expired.button)(&view.masked_email)}</button>
                </form>
                <p class="hint">{(words.expired.not_yours)(&view.business)}</p>
            </main>
        }
    })
}
