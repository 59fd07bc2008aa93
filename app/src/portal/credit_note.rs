//! A credit note, as the customer reads it, keeps it and prints it.

use domain::sheet::CreditNoteSheet;
use leptos::prelude::*;

use super::{head, page as portal_page};
use crate::components::credit_note::paper;
use crate::frame::{Frame, Scripts};

/// Renders the page.
pub fn page(frame: &Frame, sheet: &CreditNoteSheet) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let business = sheet.business.name.as_str();
    let title = (words.credit_note.numbered)(sheet.number.as_str());
    portal_page(frame, business, head(&title, business, Scripts::None), || {
        let about = (words.invoice.numbered)(sheet.invoice_number.as_str());
        view! {
            <main id="content" class="invoice-page">
                <section class="summary" aria-labelledby="what">
                    <nav class="crumbs"><a href=format!("/i/{}", sheet.invoice)>{about}</a></nav>
                    <h1 id="what"><span class="title">{title.clone()}</span></h1>
                    <p class="headline">
                        <span class="label">{words.credit_note.total}</span>
                        <span class="amount money">{sheet.totals.total.format(locale)}</span>
                    </p>
                </section>
                <div class="papers">{paper(sheet, words, locale)}</div>
            </main>
        }
    })
}
