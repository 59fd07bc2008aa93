//! The parts of a page that also run in the browser. They only preview: each is a working piece of a plain form before
//! any script has loaded, and the server checks everything again.
//!
//! The browser's bundle is these components, `domain`'s parsing and formatting of money, and leptos's reactive core.
//! What is added here is paid for by every customer's phone, so keep to text and attributes.

#![expect(
    clippy::needless_pass_by_value,
    reason = "an island's props are what its data attribute is read into"
)]

mod copy;
mod part_amount;

pub use copy::Copy;
pub use part_amount::PartAmount;
