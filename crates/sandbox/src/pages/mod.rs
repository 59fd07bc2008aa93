//! The sandbox's pages: plain HTML that works without scripts, with a keyboard, at 320 px, in light and dark.

/// Writes formatted text to the end of a `String`, which cannot fail.
macro_rules! put {
    ($to:expr, $($what:tt)*) => {{
        use std::fmt::Write as _;
        let _ = write!($to, $($what)*);
    }};
}

pub(crate) mod checkout;
pub(crate) mod index;
pub(crate) mod mailbox;
mod payments;
pub(crate) mod texts;

const STYLE: &str = include_str!("style.css");

/// Text made safe for HTML, in elements and quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// A whole page around its main part, which is HTML already.
pub(crate) fn shell(title: &str, class: &str, main: &str) -> String {
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta name=\"robots\" content=\"noindex\">\n\
         <link rel=\"icon\" href=\"data:,\">\n<title>{title}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body class=\"{class}\">\n<p class=\"banner\">Sandbox. No real money, no real mail. <a href=\"/\">What is this?</a></p>\n\
         <main>\n{main}</main>\n</body>\n</html>\n",
        title = escape(title)
    )
}

#[cfg(test)]
mod tests {
    use super::{escape, shell};

    #[test]
    fn text_cannot_leave_its_place() {
        assert_eq!(escape("<b title='x\"'>&"), "&lt;b title=&#39;x&quot;&#39;&gt;&amp;");
        assert!(shell("</title><script>", "", "").contains("&lt;/title&gt;&lt;script&gt;"));
    }
}
