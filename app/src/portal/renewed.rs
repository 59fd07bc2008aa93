//! A fresh link is on its way by mail.

use leptos::prelude::*;

use super::{head, page as portal_page};
use crate::components::{Look, state};
use crate::frame::{Frame, Scripts};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewedPage {
    /// Who sends the mail.
    pub business: String,
    /// Where it goes, masked.
    pub masked_email: String,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &RenewedPage) -> String {
    let words = frame.words();
    portal_page(frame, &view.business, head(words.renewed.title, &view.business, Scripts::None), || {
        view! {
            <main id="content" class="narrow">
                <div class="stack tight">{state(Look::Underway, words.renewed.state)}<h1>{words.renewed.title}</h1></div>
                <p>{(words.renewed.body)(&view.masked_email)}</p>
                <p class="soft">{words.renewed.no_mail}</p>
            </main>
        }
    })
}
