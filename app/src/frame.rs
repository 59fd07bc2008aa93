//! What surrounds every page: the document, its head, and the script that wakes the islands.

use domain::Locale;
use leptos::prelude::*;

use crate::words::{self, Words};

/// Addresses of the files a page loads. Names carry a content hash, so only the server that embeds them knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assets {
    /// The stylesheet.
    pub stylesheet: String,
    /// The icon of the browser's tab.
    pub icon: String,
    /// The icon a phone puts on its home screen, where there is one.
    pub touch_icon: Option<String>,
    /// The islands' script and its WebAssembly; `None` when the server was built without them, and every page still
    /// works.
    pub islands: Option<IslandAssets>,
}

/// The two files the islands need.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IslandAssets {
    /// `hydrate-….js`
    pub script: String,
    /// `hydrate_bg-….wasm`
    pub wasm: String,
}

/// What a page needs besides its own content; the same for every page of one response.
#[derive(Clone, Debug)]
pub struct Frame {
    /// The reader's language and formats.
    pub locale: Locale,
    /// The nonce of this response's content security policy.
    pub nonce: String,
    /// Where the files are.
    pub assets: Assets,
}

impl Frame {
    /// The phrases of the reader's language.
    pub fn words(&self) -> &'static Words {
        words::of(self.locale)
    }
}

/// What differs between the heads of two pages.
pub(crate) struct Head {
    /// What the tab says, from the particular to the general.
    pub title: String,
    /// The class of `<body>`: which part of the product this is.
    pub body_class: &'static str,
    /// What of the page wants a script. Pages load none they do not need.
    pub scripts: Scripts,
}

/// What of a page wants a script.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scripts {
    /// Nothing.
    None,
    /// Buttons that copy a text.
    Copy,
    /// Those, and islands.
    Islands,
}

/// A complete document around `body`.
///
/// `body` is a function because islands take their reactive owner from the call: everything they create is dropped
/// with it as soon as the text is there.
pub(crate) fn document<V: IntoView + 'static>(frame: &Frame, head: Head, body: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(None);
    let html = owner.with(|| {
        let Frame { locale, nonce, assets } = frame.clone();
        let islands = assets.islands.filter(|_| head.scripts == Scripts::Islands);
        let script = match head.scripts {
            Scripts::None => None,
            Scripts::Copy | Scripts::Islands => Some(script(islands.as_ref())),
        };
        let skip = words::of(locale).frame.skip_to_content;
        view! {
            <!DOCTYPE html>
            <html lang=locale.tag() dir=locale.direction().as_str()>
                <head>
                    <meta charset="utf-8" />
                    <meta name="viewport" content="width=device-width, initial-scale=1" />
                    <title>{head.title}</title>
                    // Every page is about one business and its customer: none belongs in a search engine.
                    <meta name="robots" content="noindex, nofollow" />
                    <meta name="color-scheme" content="light dark" />
                    <meta name="format-detection" content="telephone=no, date=no, address=no, email=no" />
                    <link rel="icon" href=assets.icon type="image/svg+xml" />
                    {assets.touch_icon.map(|href| view! { <link rel="apple-touch-icon" href=href /> })}
                    <link rel="stylesheet" href=assets.stylesheet />
                    {script.map(|script| view! { <script type="module" nonce=nonce>{script}</script> })}
                </head>
                <body class=head.body_class>
                    <a class="skip" href="#content">{skip}</a>
                    {body()}
                </body>
            </html>
        }
        .to_html()
    });
    owner.cleanup();
    html
}

/// Lets the buttons copy. Four lines of script, where an island would weigh as many kilobytes.
const COPY: &str = r#"for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  button.onclick = async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.firstElementChild.textContent = button.dataset.copied;
  };
}
"#;

/// The page's script. It loads the islands once the page is readable. We write it ourselves because leptos's
/// `HydrationScripts` puts the nonce into `crossorigin` as well, where anyone can read it. Islands are never nested
/// here, so a flat loop over them is all it takes; one that fails leaves the page the server sent.
fn script(islands: Option<&IslandAssets>) -> String {
    let Some(files) = islands else { return COPY.to_owned() };
    format!(
        r#"{COPY}const islands = await import({:?});
await islands.default({{ module_or_path: {:?} }});
islands.hydrate();
for (const element of document.querySelectorAll("leptos-island")) {{
  islands[element.dataset.component]?.(element);
}}
"#,
        files.script, files.wasm
    )
}
