//! Each page as a snapshot. A change of any word or element shows up as a difference to look at:
//! `cargo insta review`, or the `.snap.new` files beside the old ones.

use crate::gallery::all;

/// One element a line, indented by depth, and the long lists cut short: readable as a difference.
fn laid_out(html: &str) -> String {
    let mut text = String::with_capacity(html.len() * 2);
    let mut depth: usize = 0;
    let mut rest = html;
    let mut options = 0;
    while let Some(start) = rest.find('<') {
        let before = rest[..start].trim();
        let end = rest[start..].find('>').map_or(rest.len(), |end| start + end + 1);
        let tag = &rest[start..end];
        rest = &rest[end..];
        let is_option = tag.starts_with("<option") || tag == "</option>";
        if tag.starts_with("<!") && tag != "<!DOCTYPE html>" {
            // A mark of leptos's own; it looks different in release builds. A comment ends at `-->`.
            let at = if tag.starts_with("<!--") && !tag.ends_with("-->") {
                rest.find("-->").map_or(0, |at| at + 3)
            } else {
                0
            };
            rest = &rest[at..];
            if !before.is_empty() {
                line(&mut text, depth, before);
            }
            continue;
        }
        options = if is_option { options + 1 } else { 0 };
        if is_option && options > 6 {
            continue;
        }
        if tag.starts_with("</") {
            depth = depth.saturating_sub(1);
        }
        if !before.is_empty() {
            line(&mut text, depth + usize::from(tag.starts_with("</")), before);
        }
        line(&mut text, depth, tag);
        let void = ["<br", "<hr", "<img", "<input", "<link", "<meta", "<!"];
        if !tag.starts_with("</") && !void.iter().any(|void| tag.starts_with(void)) {
            depth += 1;
        }
    }
    text
}

fn line(text: &mut String, depth: usize, content: &str) {
    text.push_str(&"  ".repeat(depth));
    text.push_str(content);
    text.push('\n');
}

#[test]
fn every_page_in_every_state() {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    // An island's name carries a digest of its source, which says nothing about the page.
    settings.add_filter(r#"(data-component="\w+?)_\d+""#, "${1}_…\"");
    settings.bind(|| {
        for shown in all() {
            insta::assert_snapshot!(shown.name.replace('/', "-"), laid_out(&shown.html));
        }
    });
}
