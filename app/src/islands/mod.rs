//! The parts of a page that also run in the browser. They only preview: each is a working piece of a plain form before
//! any script has loaded, and the server checks everything again.
//!
//! The browser's bundle is these components, `domain`'s parsing and formatting of money, and leptos's reactive core.
//! What is added here is paid for by every customer's phone, and little things weigh a lot: a reactive closure costs
//! some kilobytes, props bring a JSON reader. So an island reads what it starts from off the page, and whatever does not
//! change while someone types is drawn once.

mod part_amount;
mod several_total;

pub use part_amount::{PART_AMOUNT_FORM, PartAmount, PartAmountStart};
pub use several_total::{PAY_SEVERAL_FORM, SeveralTotal, SeveralTotalStart};
