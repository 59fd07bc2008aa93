//! A credit note, for members. The form that issues one stands with the invoice's money (`money`).

use domain::sheet::CreditNoteSheet;
use leptos::prelude::*;

use super::{Section, Signed, page as console_page};
use crate::components::credit_note::paper;
use crate::frame::Frame;

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, sheet: &CreditNoteSheet) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = (words.credit_note.numbered)(sheet.number.as_str());
    console_page(frame, signed, Section::Invoices, &title, false, || {
        let about = (words.invoice.numbered)(sheet.invoice_number.as_str());
        view! {
            <nav class="crumbs"><a href=format!("/console/invoices/{}", sheet.invoice)>{about}</a></nav>
            <div class="page-head"><h1>{title.clone()}</h1></div>
            <div class="papers">{paper(sheet, words, locale)}</div>
        }
    })
}
