//! The pages of Dunlin.
//!
//! A page is a pure function from what an operation found to a complete HTML document: it awaits nothing, asks
//! nothing, and decides nothing but how things look and read. The server calls an operation, fills the page's view
//! struct with domain values (amounts, dates, states; never sentences) and calls `page(&frame, view)`. So the status
//! code is known before the first byte, and every page in every state can be looked at without a database.
//!
//! | module | holds |
//! | --- | --- |
//! | [`words`] | every phrase, one file a language |
//! | [`frame`] | what surrounds each page: head, scripts, header and foot |
//! | [`form`] | fields that keep what was typed, and the summary of what is wrong |
//! | [`components`] | the small parts pages share: amounts, states, tables, the mark |
//! | [`portal`] | the customer's pages |
//! | [`console`] | the business's pages |
//! | [`problem`] | the pages for requests that cannot be answered: not found, too large, not now |
//! | [`islands`] | the only code that also runs in the browser |
//!
//! **To add a page**, write a file in `portal` or `console` with a view struct and a `page` function, a route that
//! fills it in the server, and each of its states in `tests/it/`.
//! **To add a phrase**, add a field to the struct of its area in `words`; the compiler then asks every language for it.
//! **To add a language**, copy `words/en.rs`, translate it, and name it in `words::of`.
//! **To add an island**, write a `#[island]` in `islands` that previews what a form will do, and have the form work
//! without it: nothing may depend on a script. Mind the bundle's bound; `islands` tells what weighs.
//!
//! Everything but `islands` and its words is compiled for the server only (feature `ssr`); the browser's entry is the
//! crate `hydrate`, which links the islands and nothing else.

pub mod islands;
pub mod words;

#[cfg(feature = "ssr")]
pub mod components;
#[cfg(feature = "ssr")]
pub mod console;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod frame;
#[cfg(feature = "ssr")]
pub mod portal;
#[cfg(feature = "ssr")]
pub mod problem;
