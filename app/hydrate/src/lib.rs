//! The browser's entry: wakes the islands that the server drew.

// Islands register themselves when their crate is linked, and unused crates are not.
use app as _;
use wasm_bindgen::prelude::wasm_bindgen;

/// Called by the page once the WebAssembly has loaded.
#[wasm_bindgen]
pub fn hydrate() {
    leptos::mount::hydrate_islands();
}
