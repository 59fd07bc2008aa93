//! The template engines: one for the layouts and shared phrases in `server/mails`, one for the texts themselves.
//!
//! Texts are rendered in an engine that knows nothing but their variables: no filters, functions, tests or other
//! templates, because a business can write them itself.

use std::sync::LazyLock;

use domain::Language;
use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, Error, UndefinedBehavior, Value};

/// Layouts and phrases, parsed once. A source that does not parse is left out here and found by the tests.
static LAYOUTS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    // Block tags leave no blank lines behind, which is what makes the text part readable in its template.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    report("syntax", syntax.map(|syntax| engine.set_syntax(syntax)));
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|name| match name.rsplit_once('.') {
        Some((_, "mjml" | "html")) => AutoEscape::Html,
        _ => AutoEscape::None,
    });
    let sources = [
        ("mail.txt", include_str!("../../mails/mail.txt")),
        ("mail.mjml", include_str!("../../mails/mail.mjml")),
        ("letter.txt", include_str!("../../mails/letter.txt")),
        ("letter.html", include_str!("../../mails/letter.html")),
        ("en/phrases", include_str!("../../mails/en/phrases")),
        ("de/phrases", include_str!("../../mails/de/phrases")),
    ];
    for (name, source) in sources {
        report(name, engine.add_template(name, source));
    }
    engine
});

fn report(name: &str, added: Result<(), Error>) {
    if let Err(error) = added {
        tracing::error!(template = name, %error, "a template does not parse");
    }
}

/// The engine of the texts: empty but for what is passed in, and failing on a variable that is not.
static TEXTS: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::empty();
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|_| AutoEscape::None);
    engine
});

/// Renders one of the layouts.
pub(super) fn layout(name: &str, values: Value) -> Result<String, Error> {
    LAYOUTS.get_template(name)?.render(values)
}

/// Renders a text, or a part of one, as plain text.
pub(super) fn text(source: &str, values: &Value) -> Result<String, Error> {
    TEXTS.render_str(source, values)
}

/// One of the phrases that every text of a language shares.
pub(super) fn phrase(language: Language, name: &str, arguments: &[Value]) -> Result<String, Error> {
    let mut phrases = LAYOUTS.get_template(&format!("{language}/phrases"))?.render_captured(())?;
    phrases.with_state_mut(|state| state.call_macro(name, arguments))
}
