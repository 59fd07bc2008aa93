//! The rules of Dunlin: money, dates, invoices, payments, reminders, and who may do what.
//!
//! Nothing in here reads a clock, draws a random number, talks to a network or awaits. Every rule is a function of
//! its arguments, so that a simulated year runs the very code that production runs, and so that the same code can
//! preview a part payment inside the customer's browser (the crate also compiles to WebAssembly, where time-zone data
//! is only linked by what uses it).
//!
//! What lives where:
//!
//! | module | decides |
//! | --- | --- |
//! | [`ids`] | what identifies a thing; one type for each kind of thing |
//! | [`currency`], [`money`], [`number`] | amounts: exact, bounded, never mixed |
//! | [`locale`], [`country`], [`time`] | how people read and write numbers and dates; civil dates and zones |
//! | [`text`], [`field`] | what typed text is acceptable, and what exactly is wrong with the rest |
//! | [`invoice`], [`sheet`] | lines, tax, totals, the life of an invoice, and what is shown of it |
//! | [`statement`] | what a customer was asked for, what came and went, and what that leaves |
//! | [`credit_note`] | how an issued invoice is made smaller |
//! | [`recurring`] | on which dates an invoice is written again, and what becomes of missed ones |
//! | [`ledger`] | which balanced rows a business fact becomes, and in which order money is applied |
//! | [`payment`], [`dispute`], [`refund`] | the life of one try to collect, of one that is contested, and of money given back |
//! | [`plan`] | payment plans: what is proposed, agreed and kept |
//! | [`saved`] | ways to pay that are kept for later |
//! | [`bank`] | the business's own accounts, and the reference that a transfer names its invoice by |
//! | [`schedule`], [`hold`] | whether a receivable is written about now, later, or not at all, and why |
//! | [`gate`], [`calendar`], [`rules`] | whether a customer may be contacted at a moment |
//! | [`follow_up`] | what a business set about following up |
//! | [`sms`] | how long a text message is, and what an answer to one means |
//! | [`wording`] | what may stand in a text that goes out, and what must not |
//! | [`code`] | the six digits that prove who holds a link |
//! | [`message`], [`task`], [`event`] | the closed lists of what is sent, asked of a person, and recorded |
//! | [`role`], [`customer`] | who may do what, and who owes |
//!
//! To add one more state or kind: add the variant to its enum. Its stable name (what the database and the API say)
//! stands in the same place, and the compiler then leads through every `match` that has to have an opinion.

#[macro_use]
mod macros;

pub mod alarm;
pub mod autopay;
pub mod bank;
pub mod calendar;
pub mod call;
pub mod code;
pub mod country;
pub mod credit_note;
pub mod currency;
pub mod customer;
pub mod dispute;
pub mod event;
pub mod field;
pub mod follow_up;
pub mod gate;
pub mod hold;
pub mod ids;
pub mod invoice;
pub mod ledger;
pub mod locale;
pub mod message;
pub mod money;
pub mod number;
pub mod payment;
pub mod plan;
pub mod recurring;
pub mod refund;
pub mod role;
pub mod rules;
pub mod saved;
pub mod schedule;
pub mod sheet;
pub mod sms;
pub mod statement;
pub mod task;
pub mod text;
pub mod time;
pub mod wording;

pub use country::Country;
pub use currency::Currency;
pub use field::{FieldError, FieldErrors, FieldProblem};
pub use ids::*;
pub use locale::{Language, Locale};
pub use money::{Money, MoneyError};
pub use role::{Permission, Role};
pub use text::{EmailAddress, Label, LongText, Name, Phone, ShortText};
pub use time::{Date, Timestamp, Zone};
