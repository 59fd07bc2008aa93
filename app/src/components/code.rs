//! A code to be scanned, drawn as vector graphics inside of the page.

use fast_qr::qr::QRBuilder;
use fast_qr::{ECL, Version};
use leptos::prelude::*;
use std::fmt::Write as _;

/// Empty modules around a code, which the standard asks for.
const QUIET_ZONE: usize = 4;

/// A code with error correction M, no larger than version 13; nothing if the text does not fit. Black on white whatever the
/// reader's colours: scanners are not made for the other way round.
pub(crate) fn code(text: &str, label: String) -> Option<AnyView> {
    let drawn = QRBuilder::new(text).ecl(ECL::M).build().ok()?;
    if drawn.version.is_none_or(|version| version as usize > Version::V13 as usize) {
        return None;
    }
    let size = drawn.size;
    let mut path = String::new();
    for (row, modules) in drawn.data.chunks(size).take(size).enumerate() {
        let mut column = 0;
        while column < size {
            let dark = modules[column..].iter().take_while(|module| module.value()).count();
            if dark == 0 {
                column += 1;
                continue;
            }
            // Neighbours in a row are one rectangle. Writing to a text cannot fail.
            let _ = write!(path, "M{} {}h{dark}v1h-{dark}z", column + QUIET_ZONE, row + QUIET_ZONE);
            column += dark;
        }
    }
    let edge = size + 2 * QUIET_ZONE;
    Some(
        view! {
            <svg class="code" viewBox=format!("0 0 {edge} {edge}") role="img" aria-label=label shape-rendering="crispEdges">
                <path fill="#fff" d=format!("M0 0h{edge}v{edge}h-{edge}z") />
                <path fill="#000" d=path />
            </svg>
        }
        .into_any(),
    )
}
