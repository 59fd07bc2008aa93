//! Invoices: draft, issue, void, list, detail.
