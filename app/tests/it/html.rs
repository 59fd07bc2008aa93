//! A reader of HTML that forgives nothing: it accepts the markup that our pages are made of and refuses the rest, so
//! that a text that was not escaped, a tag that was not closed or an attribute that broke out of its quotes is found.

/// One element, in the order of the document.
#[derive(Debug)]
pub struct Element {
    pub tag: String,
    pub attributes: Vec<(String, String)>,
    /// Its visible text, that of its children included; of `aria-label` if it has one.
    pub text: String,
    /// The tags around it, the outermost first.
    pub ancestors: Vec<String>,
}

impl Element {
    /// The value of an attribute.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

const VOID: &[&str] = &["br", "hr", "img", "input", "link", "meta"];

/// Reads a document.
pub fn parse(html: &str) -> Result<Vec<Element>, String> {
    // Leptos marks places for its own use; in a release build the marks are `<!>`.
    let html = html.replace("<!>", "");
    let mut rest = html.strip_prefix("<!DOCTYPE html>").ok_or("no document type")?;
    let mut elements: Vec<Element> = Vec::new();
    let mut open: Vec<usize> = Vec::new();
    while !rest.is_empty() {
        if let Some(tail) = rest.strip_prefix("<!--") {
            rest = tail.split_once("-->").ok_or("a comment is not closed")?.1;
        } else if let Some(tail) = rest.strip_prefix("</") {
            let (tag, tail) = tail.split_once('>').ok_or("an end tag is not closed")?;
            let at = open.pop().ok_or_else(|| format!("</{tag}> closes nothing"))?;
            if elements[at].tag != tag {
                return Err(format!("</{tag}> closes <{}>", elements[at].tag));
            }
            rest = tail;
        } else if let Some(tail) = rest.strip_prefix('<') {
            let (mut element, tail) = start_tag(tail)?;
            element.ancestors = open.iter().map(|at| elements[*at].tag.clone()).collect();
            let label = element.get("aria-label").unwrap_or_default().to_owned();
            element.text = label;
            rest = tail;
            if element.tag == "script" {
                let (_, tail) = rest.split_once("</script>").ok_or("a script without an end")?;
                rest = tail;
            } else if !VOID.contains(&element.tag.as_str()) {
                open.push(elements.len());
            }
            elements.push(element);
        } else {
            let end = rest.find('<').unwrap_or(rest.len());
            let text = &rest[..end];
            check_text(text)?;
            for at in &open {
                elements[*at].text.push_str(text);
            }
            rest = &rest[end..];
        }
    }
    match open.last() {
        None => Ok(elements),
        Some(at) => Err(format!("<{}> is never closed", elements[*at].tag)),
    }
}

/// The name and attributes of a tag, and what follows it.
fn start_tag(text: &str) -> Result<(Element, &str), String> {
    let end = text.find([' ', '>']).ok_or("a tag is not closed")?;
    let tag = text[..end].to_owned();
    if tag.is_empty()
        || !tag.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        let known = ["linearGradient"];
        if !known.contains(&tag.as_str()) {
            return Err(format!("<{tag}> is no tag of ours"));
        }
    }
    let mut attributes: Vec<(String, String)> = Vec::new();
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(' ');
        if let Some(tail) = rest.strip_prefix('>') {
            return Ok((Element { tag, attributes, text: String::new(), ancestors: Vec::new() }, tail));
        }
        let end = rest.find(['=', ' ', '>']).ok_or("an attribute is not closed")?;
        let name = rest[..end].to_owned();
        if name.is_empty() || !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return Err(format!("<{tag}>: {name:?} is no name of an attribute"));
        }
        if attributes.iter().any(|(known, _)| *known == name) {
            return Err(format!("<{tag}>: {name} twice"));
        }
        rest = &rest[end..];
        let value = match rest.strip_prefix("=\"") {
            Some(tail) => {
                let (value, tail) = tail.split_once('"').ok_or("a value is not closed")?;
                rest = tail;
                value.to_owned()
            }
            None => String::new(),
        };
        check_text(&value).map_err(|error| format!("<{tag} {name}>: {error}"))?;
        attributes.push((name, value));
    }
}

/// Every `&` begins a reference; none is left over from a text that was not escaped.
fn check_text(text: &str) -> Result<(), String> {
    for (at, _) in text.match_indices('&') {
        let reference = text[at + 1..].split(';').next().unwrap_or_default();
        let known = matches!(reference, "amp" | "lt" | "gt" | "quot") || reference.starts_with('#');
        if !known {
            return Err(format!("a bare & before {reference:?}"));
        }
    }
    Ok(())
}
