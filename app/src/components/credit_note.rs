//! A credit note, as paper. The portal shows it to the customer, the console to members.

use domain::sheet::CreditNoteSheet;
use domain::{Locale, Money};
use leptos::prelude::*;

use super::{date, money, party};
use crate::words::Words;

/// The sheet of paper.
pub(crate) fn paper(sheet: &CreditNoteSheet, words: &'static Words, locale: Locale) -> AnyView {
    let abroad = sheet.business.country != sheet.customer.country;
    let totals = &sheet.totals;
    let row = |class: &'static str, label: String, amount: Money| {
        view! { <div class=class><dt>{label}</dt><dd>{money(amount, locale)}</dd></div> }.into_any()
    };
    let mut rows = Vec::new();
    if totals.tax.is_positive() {
        rows.push(row("", words.invoice.subtotal.to_owned(), totals.net));
        for tax in &totals.tax_by_rate {
            let label = (words.invoice.tax)(&tax.rate.format(locale), &tax.net.format(locale));
            rows.push(row("", label, tax.tax));
        }
    }
    rows.push(row("sum open", words.credit_note.total.to_owned(), totals.total));
    view! {
        <article class="paper" aria-label=words.credit_note.title>
            <div class="parties two">
                <section><h2 class="label">{words.invoice.from}</h2>{party(&sheet.business, abroad, words)}</section>
                <section><h2 class="label">{words.invoice.to}</h2>{party(&sheet.customer, abroad, words)}</section>
            </div>
            <dl class="references">
                <dt>{words.credit_note.title}</dt><dd>{sheet.number.as_str().to_owned()}</dd>
                <dt>{words.invoice.issued_on}</dt><dd>{date(sheet.issued_on, locale)}</dd>
                <dt>{words.credit_note.about}</dt>
                <dd>{(words.invoice.numbered)(sheet.invoice_number.as_str())}</dd>
                <dt>{(words.field_label)("reason")}</dt><dd>{sheet.reason.as_str().to_owned()}</dd>
            </dl>
            <dl class="totals">{rows}</dl>
        </article>
    }
    .into_any()
}
