//! Everything that is on hold by word, the one to be looked at next first.

use domain::HoldId;
use leptos::prelude::*;

use super::handling::{Back, HoldRow, hold_rows};
use super::{Section, Signed, page as console_page};
use crate::form::Form;
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldsPage {
    /// What stands.
    pub rows: Vec<HoldRow>,
    /// A new date that was refused, for this hold.
    pub refused: Option<(HoldId, Form)>,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &HoldsPage) -> String {
    let words = frame.words();
    let title = words.handling.holds;
    console_page(frame, signed, Section::Invoices, title, view.refused.is_some(), || {
        let found = if view.rows.is_empty() {
            view! { <p class="calm">{words.handling.no_holds}</p> }.into_any()
        } else {
            hold_rows(&view.rows, Back::Holds, view.refused.as_ref(), signed, frame)
        };
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a></nav>
            <div class="page-head"><h1>{title}</h1></div>
            {found}
        }
    })
}
