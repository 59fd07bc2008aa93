//! A button that copies a text. Without scripts there is none: the text can be marked and copied by hand.

use domain::Locale;
use leptos::prelude::*;
use leptos::wasm_bindgen;
use leptos::wasm_bindgen::prelude::wasm_bindgen;

use crate::words;

#[wasm_bindgen]
extern "C" {
    // Bound by hand: `web-sys` would need two more features, and with them every crate that uses it a second build.
    #[wasm_bindgen(js_namespace = ["navigator", "clipboard"], js_name = writeText)]
    fn write_to_clipboard(text: &str);
}

/// Copies `text`. `what` names it for those who cannot see what the button stands beside.
#[island]
pub fn Copy(
    /// The tag of the reader's locale.
    locale: String,
    /// What is copied.
    text: String,
    /// What that is: "IBAN".
    what: String,
) -> impl IntoView {
    let words = words::preview(Locale::from_tag(&locale));
    // The server renders the button hidden; only a browser that runs scripts shows it.
    let (ready, set_ready) = signal(false);
    let (copied, set_copied) = signal(false);
    Effect::new(move |_| set_ready.set(true));
    let copy = move |_| {
        write_to_clipboard(&text);
        set_copied.set(true);
    };
    view! {
        <button type="button" class="button plain copy" hidden=move || !ready.get() on:click=copy>
            <span aria-live="polite">{move || if copied.get() { words.copied } else { words.copy }}</span>
            <span class="visually-hidden">" "{what}</span>
        </button>
    }
}
