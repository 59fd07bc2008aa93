//! The parts of a page that also run in the browser. They only preview: each is a working piece of a plain form before
//! any script has loaded, and the server checks everything again.
//!
//! The browser's bundle is these components, `domain`'s parsing and formatting of money, and leptos's reactive core.
//! What is added here is paid for by every customer's phone, and little things weigh a lot: a reactive closure costs
//! some kilobytes, a structured prop brings its deserialiser. So props are texts, and whatever does not change while
//! someone types is drawn once.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an island's props are what its data attribute is read into"
)]

mod part_amount;

pub use part_amount::PartAmount;
