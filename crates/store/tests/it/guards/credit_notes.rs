//! Attacks on the credit notes.

use super::Attacks;

const NOTE: &str = "INSERT INTO credit_note (id, business_id, customer_id, invoice_id, receivable_id, number, currency, net_minor,
        tax_minor, total_minor, tax_by_rate, issue_date, reason, form, issued_by, event_id, created_at)
    VALUES ({141}, {1}, {11}, {31}, {41}, 'CN-1', 'EUR', 60, 0, 60, '[]', '2026-03-01', 'Less', 'form_one', {5}, {80}, {now})";
const REST: &str = "INSERT INTO credit_note (id, business_id, customer_id, invoice_id, receivable_id, number, currency, net_minor,
        tax_minor, total_minor, tax_by_rate, issue_date, reason, form, issued_by, event_id, created_at)
    SELECT {142}, {1}, {11}, {31}, {41}, 'CN-2', 'EUR', amount_minor - 60, 0, amount_minor - 60, '[]', '2026-03-01', 'Less',
        'form_two', {5}, {80}, {now} FROM receivable WHERE id = {41}";
const TOO_MUCH: &str = "INSERT INTO credit_note (id, business_id, customer_id, invoice_id, receivable_id, number, currency, net_minor,
        tax_minor, total_minor, tax_by_rate, issue_date, reason, form, issued_by, event_id, created_at)
    SELECT {142}, {1}, {11}, {31}, {41}, 'CN-2', 'EUR', amount_minor - 59, 0, amount_minor - 59, '[]', '2026-03-01', 'Less',
        'form_two', {5}, {80}, {now} FROM receivable WHERE id = {41}";

/// Another credit note over one minor unit, with one thing about it changed.
macro_rules! changed {
    ($invoice:literal, $number:literal, $net:literal, $tax:literal, $total:literal, $reason:literal, $form:literal) => {
        concat!(
            "INSERT INTO credit_note (id, business_id, customer_id, invoice_id, receivable_id, number, currency, net_minor,
                tax_minor, total_minor, tax_by_rate, issue_date, reason, form, issued_by, event_id, created_at)
             VALUES ({142}, {1}, {11}, ", $invoice, ", {41}, '", $number, "', 'EUR', ", $net, ", ", $tax, ", ", $total,
            ", '[]', '2026-03-01', '", $reason, "', '", $form, "', {5}, {80}, {now})"
        )
    };
}

pub const CREDIT_NOTES: Attacks = &[
    ("credit_note_within_invoice", &[NOTE, TOO_MUCH]),
    // About a draft, about another invoice than its receivable's.
    ("credit_note_within_invoice", &[changed!("{33}", "CN-2", 1, 0, 1, "Less", "form_two")]),
    (
        "credit_note_keeps_invoice",
        &[NOTE, "UPDATE invoice SET state = 'void', voided_at = {now} WHERE id = {31}"],
    ),
    ("credit_note_append_only", &[NOTE, "UPDATE credit_note SET reason = 'Another'"]),
    ("credit_note_append_only", &[NOTE, "DELETE FROM credit_note"]),
    ("credit_note_business_id_number_key", &[NOTE, changed!("{31}", "CN-1", 1, 0, 1, "Less", "form_two")]),
    ("credit_note_business_id_form_key", &[NOTE, changed!("{31}", "CN-2", 1, 0, 1, "Less", "form_one")]),
    ("credit_note_number", &[changed!("{31}", "", 1, 0, 1, "Less", "form_two")]),
    ("credit_note_net", &[changed!("{31}", "CN-2", "-1", 2, 1, "Less", "form_two")]),
    ("credit_note_tax", &[changed!("{31}", "CN-2", 2, "-1", 1, "Less", "form_two")]),
    ("credit_note_total", &[changed!("{31}", "CN-2", 1, 1, 1, "Less", "form_two")]),
    ("credit_note_reason", &[changed!("{31}", "CN-2", 1, 0, 1, "", "form_two")]),
    ("credit_note_form", &[changed!("{31}", "CN-2", 1, 0, 1, "Less", "short")]),
];

pub const LAWFUL: &[&[&str]] = &[&[NOTE, REST]];

pub const TABLES: &[(&str, &str)] = &[("credit_note", "credit_note_append_only")];

pub const REPLACES: Attacks =
    &[("credit_note_append_only", &[NOTE, "INSERT OR REPLACE INTO credit_note SELECT * FROM credit_note"])];
