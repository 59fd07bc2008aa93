//! The invoice itself, as paper: lines, tax, total, what was received, and the terms. The portal shows it to the
//! customer and the console beside the timeline.

use domain::invoice::{InvoiceLine, InvoiceStatus};
use domain::sheet::InvoiceSheet;
use domain::{Locale, Money};
use leptos::prelude::*;

use crate::components::{date, money, party};
use crate::words::Words;

/// The number, or the word for an invoice that has none yet.
pub(crate) fn number(sheet: &InvoiceSheet) -> String {
    sheet.number.as_ref().map(|number| number.as_str().to_owned()).unwrap_or_default()
}

/// The sheet of paper.
pub(crate) fn paper(sheet: &InvoiceSheet, words: &'static Words, locale: Locale) -> AnyView {
    let abroad = sheet.business.country != sheet.customer.country;
    let lines = sheet.lines.iter().map(|line| line_row(line, words, locale)).collect_view();
    view! {
        <article class="paper" aria-label=words.invoice.sheet_label>
            <table class="lines">
                <caption class="visually-hidden">{words.invoice.lines_caption}</caption>
                <thead>
                    <tr>
                        <th scope="col">{words.invoice.description}</th>
                        <th scope="col" class="number">{words.invoice.quantity}</th>
                        <th scope="col" class="number">{words.invoice.unit_price}</th>
                        <th scope="col" class="number">{words.invoice.amount}</th>
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
            </table>
            {totals(sheet, words, locale)}
            {terms(sheet, words)}
            <div class="parties">
                <section><h2 class="label">{words.invoice.from}</h2>{party(&sheet.business, abroad, words)}</section>
                <section><h2 class="label">{words.invoice.to}</h2>{party(&sheet.customer, abroad, words)}</section>
                {references(sheet, words, locale)}
            </div>
        </article>
    }
    .into_any()
}

/// Dates and numbers people file an invoice by.
fn references(sheet: &InvoiceSheet, words: &'static Words, locale: Locale) -> AnyView {
    let mut pairs: Vec<(&'static str, AnyView)> = Vec::new();
    if let Some(number) = &sheet.number {
        pairs.push((words.invoice.number, number.as_str().to_owned().into_any()));
    }
    if let Some(issued) = sheet.issued_on {
        pairs.push((words.invoice.issued_on, date(issued, locale)));
    }
    if let Some(due) = sheet.due_on {
        pairs.push((words.invoice.due_on, date(due, locale)));
    }
    if let Some(order) = &sheet.purchase_order {
        pairs.push((words.invoice.purchase_order, order.as_str().to_owned().into_any()));
    }
    if let Some(project) = &sheet.project {
        pairs.push((words.invoice.project, project.as_str().to_owned().into_any()));
    }
    let pairs =
        pairs.into_iter().map(|(name, value)| view! { <dt>{name}</dt><dd>{value}</dd> }).collect_view();
    view! { <dl class="references">{pairs}</dl> }.into_any()
}

fn line_row(line: &InvoiceLine, words: &'static Words, locale: Locale) -> AnyView {
    let quantity = line.quantity.format(locale);
    let quantity = match &line.unit {
        Some(unit) => format!("{quantity} {}", unit.as_str()),
        None => quantity,
    };
    let mut beneath: Vec<String> = Vec::new();
    beneath.extend(line.period.as_ref().map(|period| {
        if period.from == period.to {
            locale.date_medium(period.from)
        } else {
            (words.invoice.period)(&locale.date_medium(period.from), &locale.date_medium(period.to))
        }
    }));
    beneath.extend(line.project.as_ref().map(|project| project.as_str().to_owned()));
    let beneath = (!beneath.is_empty()).then(|| view! { <span class="beneath">{beneath.join(" · ")}</span> });
    let detail = line
        .detail
        .as_ref()
        .map(|detail| view! { <span class="beneath detail">{detail.as_str().to_owned()}</span> });
    // A line was checked when it was written; an amount out of bounds is shown as a dash rather than as a lie.
    let net = line.net().map_or_else(|_| "–".into_any(), |net| money(net, locale));
    view! {
        <tr>
            <th scope="row"><span class="what">{line.description.as_str().to_owned()}</span>{detail}{beneath}</th>
            <td class="number">{quantity}</td>
            <td class="number price">{money(line.unit_price, locale)}</td>
            <td class="number total">{net}</td>
        </tr>
    }
    .into_any()
}

/// From the subtotal to what is open.
fn totals(sheet: &InvoiceSheet, words: &'static Words, locale: Locale) -> AnyView {
    let row = |class: &'static str, label: String, amount: Money| {
        view! { <div class=class><dt>{label}</dt><dd>{money(amount, locale)}</dd></div> }.into_any()
    };
    let totals = &sheet.totals;
    let taxed = totals.tax_by_rate.iter().any(|tax| tax.rate.basis_points() > 0);
    let mut rows = Vec::new();
    if taxed {
        rows.push(row("", words.invoice.subtotal.to_owned(), totals.net));
        for tax in &totals.tax_by_rate {
            let label = (words.invoice.tax)(&tax.rate.format(locale), &tax.net.format(locale));
            rows.push(row("", label, tax.tax));
        }
    }
    rows.push(row("sum", words.invoice.total.to_owned(), totals.total));
    for received in &sheet.received {
        let method = received.method.map(|method| (words.method_name)(method));
        let label = (words.invoice.received)(&locale.date_long(received.on), method);
        rows.push(row("received", label, received.amount.negated()));
    }
    for note in &sheet.credit_notes {
        let label = (words.credit_note.of)(note.number.as_str(), &locale.date_long(note.on));
        rows.push(row("received", label, note.amount.negated()));
    }
    if sheet.status == InvoiceStatus::Issued {
        if sheet.balance.written_off.is_positive() {
            rows.push(row("", words.invoice.written_off.to_owned(), sheet.balance.written_off.negated()));
        }
        let changed = !sheet.received.is_empty() || !sheet.credit_notes.is_empty();
        if changed || sheet.balance.written_off.is_positive() {
            rows.push(row("sum open", words.portal.open_amount.to_owned(), sheet.balance.open));
        }
    }
    view! { <dl class="totals">{rows}</dl> }.into_any()
}

/// What was agreed, in sentences.
fn terms(sheet: &InvoiceSheet, words: &'static Words) -> AnyView {
    let methods: Vec<&str> = sheet.methods.iter().map(|method| (words.method_in_sentence)(*method)).collect();
    let methods =
        (!methods.is_empty()).then(|| view! { <p>{(words.invoice.methods)(&(words.list)(&methods))}</p> });
    view! {
        <section class="terms">
            <h2 class="label">{words.invoice.terms}</h2>
            <p>{(words.invoice.payable_within)(sheet.terms.days())}" "{words.invoice.no_late_charge}</p>
            {methods}
        </section>
    }
    .into_any()
}
