//! What the sandbox believes about Stripe is written down in one form where it is acted on, and listed in one place.

use std::fmt::Write as _;
use std::path::Path;

const MARK: &str = "// Stripe: ";

/// Every assumption of one file: its text and the page of Stripe's documentation it comes from.
fn assumptions(source: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = source.lines().map(str::trim).peekable();
    while let Some(line) = lines.next() {
        let Some(start) = line.strip_prefix(MARK) else { continue };
        let mut text = start.to_owned();
        while !text.ends_with(')') {
            let more = lines.next().and_then(|line| line.strip_prefix("// "));
            let more = more.unwrap_or_else(|| panic!("this assumption does not end in its page: {text}"));
            text.push(' ');
            text.push_str(more);
        }
        let (belief, page) = text.rsplit_once(" (").unwrap();
        found.push((belief.to_owned(), page.trim_end_matches(')').to_owned()));
    }
    found
}

fn files(folder: &Path, into: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
    into.sort();
}

#[test]
fn every_assumption_is_listed() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut sources = Vec::new();
    files(&root.join("src"), &mut sources);
    let mut list = "# What the sandbox believes about Stripe\n\nEach line stands in the code where it is acted on; in brackets the \
                    page of Stripe's documentation.\nWritten by the test `every_assumption_is_listed`: run it with \
                    `UPDATE=1` after a change.\n"
        .to_owned();
    for path in sources {
        let source = std::fs::read_to_string(&path).unwrap();
        let found = assumptions(&source);
        // A belief in any other form would be missed.
        let mentions = source.lines().filter(|line| line.contains(MARK)).count();
        assert_eq!(found.len(), mentions, "{}", path.display());
        if !found.is_empty() {
            let _ = write!(list, "\n## {}\n\n", path.strip_prefix(root.join("src")).unwrap().display());
            for (belief, page) in found {
                let _ = writeln!(list, "- {belief} ({page})");
            }
        }
    }
    let path = root.join("ASSUMPTIONS.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, &list).unwrap();
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(kept == list, "ASSUMPTIONS.md is out of date: run this test with UPDATE=1");
    assert!(list.lines().filter(|line| line.starts_with("- ")).count() > 40);
}

#[test]
fn an_assumption_without_its_page_is_noticed() {
    let good =
        "// Stripe: keys are long (idempotent requests)\nlet x = 1;\n// Stripe: two\n// lines (here)\n";
    assert_eq!(assumptions(good).len(), 2);
    assert!(std::panic::catch_unwind(|| assumptions("// Stripe: no page\nlet x = 1;\n")).is_err());
}
