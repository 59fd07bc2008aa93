//! Payment plans: what is proposed, what the business answers by itself, whose turn it is, and how an agreed plan is kept.
//!
//! | here | is |
//! | --- | --- |
//! | [`Terms`], [`Shape`], [`Instalment`] | what is proposed over which open amounts, and the timetable that it comes to |
//! | [`Policy`], [`Answer`] | what the business accepts and refuses by itself, what it asks a person, and who may say yes |
//! | [`negotiation`] | numbered versions by either side: who may do what with the newest one, and until when |
//! | [`Difference`] | how one version differs from another |
//! | [`keeping`] | what each instalment has open after the money that came, and how the plan stands on a day |
//! | [`ics`] | the dates for a calendar |
//!
//! What is agreed never changes: other terms are another version before the agreement, and another plan after it.

mod difference;
pub mod ics;
pub mod keeping;
pub mod negotiation;
mod policy;
mod terms;

pub use difference::{Difference, Instalments};
pub use policy::{Acceptance, Answer, Approval, Limits, Policy, Reach, Reason, Record};
pub use terms::{Covered, Forbearance, Instalment, Pace, Parts, Shape, Terms};
