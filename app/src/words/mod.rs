//! Every phrase Dunlin shows, one folder a language, checked when compiling.
//!
//! No sentence stands in a page. A page takes its phrases from [`Words`], a struct of plain texts and of functions for
//! phrases with something in them; a language is a `static` of that struct, so a phrase that is missing, or takes other
//! arguments than the page gives, does not compile. Functions get amounts and dates already in the reader's format and
//! decide on their place in the sentence and on plurals.
//!
//! The voice: short sentences, everyday words, facts, no blame, no exclamation marks. Buttons say what happens, errors
//! say what to do. An invoice is an invoice, what is unpaid is "the open amount".

use domain::{FieldProblem, Language, Locale};

mod de;
mod en;
#[cfg(feature = "ssr")]
mod pages;
#[cfg(feature = "ssr")]
pub use pages::*;

/// The phrases that islands need in the browser; apart from the rest, to keep the bundle small.
#[expect(missing_docs, reason = "the phrases in a language's folder say what they are")]
pub struct Preview {
    pub how_much: &'static str,
    pub all_of_it: fn(amount: &str) -> String,
    pub a_part: &'static str,
    pub a_part_meaning: &'static str,
    pub part_label: &'static str,
    pub part_range: fn(smallest: &str, largest: &str) -> String,
    pub pay: fn(amount: &str) -> String,
    pub pay_part: &'static str,
    pub stays_open: fn(rest: &str) -> String,
    pub nothing_stays_open: &'static str,
    pub more_than_open: fn(excess: &str) -> String,
    pub pay_chosen: &'static str,
    pub problem: fn(&FieldProblem, Locale) -> String,
}

/// The islands' phrases in the language Dunlin speaks to readers of this locale.
pub fn preview(locale: Locale) -> &'static Preview {
    match locale.speech() {
        Language::English => &en::PREVIEW,
        Language::German => &de::PREVIEW,
    }
}

/// All phrases in the language Dunlin speaks to readers of this locale.
///
/// Who shows them takes numbers and dates from [`Locale::spoken`], so that no page mixes two languages.
#[cfg(feature = "ssr")]
pub fn of(locale: Locale) -> &'static Words {
    match locale.speech() {
        Language::English => &en::WORDS,
        Language::German => &de::WORDS,
    }
}
