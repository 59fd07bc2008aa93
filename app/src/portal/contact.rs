//! How the reader is contacted: what every mail that asks for money leads to. One button each, nothing to explain, and a way
//! back.

use leptos::prelude::*;

use super::{head, page as portal_page};
use crate::components::{Look, notice};
use crate::form::hidden;
use crate::frame::{Frame, Scripts};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactPage {
    /// Who writes.
    pub business: String,
    /// The page's own path: where its forms go.
    pub here: String,
    /// The reader's address, masked.
    pub email: Option<String>,
    /// Whether mails about invoices go there.
    pub mailed: bool,
    /// The reader's number, masked, if text messages go there.
    pub texted: Option<String>,
    /// Whether something was just changed.
    pub changed: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &ContactPage) -> String {
    let words = frame.words();
    let own = &words.way_out;
    portal_page(frame, &view.business, head(own.title, &view.business, Scripts::None), || {
        let ask = |change: &'static str, button: &'static str, class: &'static str| {
            view! {
                <form method="post" action=view.here.clone()>
                    {hidden("change", change.to_owned())}
                    <button class=class>{button}</button>
                </form>
            }
        };
        let mail = view.email.clone().map(|address| {
            if view.mailed {
                view! {
                    <section class="card stack">
                        <h2>{own.mail}</h2>
                        <p>{(own.mailed)(&address)}</p>
                        {ask("end_mail", own.end_mail, "button")}
                        <p class="hint">{(own.instead)(&view.business)}</p>
                    </section>
                }
                .into_any()
            } else {
                view! {
                    <section class="card stack">
                        <h2>{own.mail}</h2>
                        <p>{(own.not_mailed)(&address)}</p>
                        <p>{(own.instead)(&view.business)}</p>
                        {ask("resume_mail", own.resume_mail, "button")}
                    </section>
                }
                .into_any()
            }
        });
        let texts = view.texted.clone().map(|number| {
            view! {
                <section class="card stack">
                    <h2>{own.texts}</h2>
                    <p>{(own.texted)(&number)}</p>
                    {ask("end_texts", own.end_texts, "button")}
                </section>
            }
        });
        let done = view.changed.then(|| notice(Look::Done, own.changed, view! { <p>{own.changed_body}</p> }));
        view! {
            <main id="content" class="narrow stack">
                <h1>{own.title}</h1>
                {done}
                {mail}
                {texts}
                <p class="soft">{own.invoices_stay}</p>
            </main>
        }
    })
}
