//! Credit notes.

use crate::words::CreditNoteWords;

pub(super) const CREDIT_NOTE: CreditNoteWords = CreditNoteWords {
    title: "Credit note",
    several: "Credit notes",
    total: "Credited",
    about: "For",
    all_credited: "All of it was credited",
    hint: "The invoice asks for that much less, with its share of the tax. What was paid beyond it becomes the customer's credit. The customer gets the credit note by mail; it cannot be taken back.",
    issue: "Issue the credit note",
    numbered: |number| format!("Credit note {number}"),
    of: |number, date| format!("Credit note {number}, {date}"),
    all_of_it: |left| format!("Tax included, at most {left}. Leave this empty to credit all of it."),
};
