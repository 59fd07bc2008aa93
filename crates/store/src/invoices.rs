//! Invoices, their lines and their numbers.
