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
    /// Whether the page holds islands. Pages without any load no script at all.
    pub islands: bool,
}

/// A complete document around `body`.
///
/// `body` is a function because islands take their reactive owner from the call: everything they create is dropped
/// with it as soon as the text is there.
pub(crate) fn document<V: IntoView + 'static>(frame: &Frame, head: Head, body: impl FnOnce() -> V) -> String {
    let owner = Owner::new_root(None);
    let html = owner.with(|| {
        let Frame { locale, nonce, assets } = frame.clone();
        let islands = assets.islands.filter(|_| head.islands);
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
                    {islands.map(|files| wake_islands(&files, nonce))}
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

/// Loads the islands once the page is readable. We write this tag ourselves because leptos's `HydrationScripts` puts
/// the nonce into `crossorigin` as well, where anyone can read it. Islands are never nested here, so a flat loop over
/// them is all it takes; an island that fails leaves the page the server sent.
fn wake_islands(files: &IslandAssets, nonce: String) -> impl IntoView + use<> {
    let script = format!(
        "import start, * as islands from {:?};\n\
         await start({{ module_or_path: {:?} }});\n\
         islands.hydrate();\n\
         for (const element of document.querySelectorAll(\"leptos-island\")) {{\n  \
         islands[element.dataset.component]?.(element);\n}}",
        files.script, files.wasm
    );
    view! { <script type="module" nonce=nonce>{script}</script> }
}
