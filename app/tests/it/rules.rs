//! What holds for every page in every state.

use std::collections::BTreeSet;

use crate::gallery::{Shown, all, hostile};
use crate::html::{Element, parse};

/// Pages with what the reader sees of them.
fn pages() -> Vec<(Shown, Vec<Element>)> {
    all()
        .into_iter()
        .chain(hostile())
        .map(|shown| {
            let elements = parse(&shown.html).unwrap_or_else(|error| panic!("{}: {error}", shown.name));
            (shown, elements)
        })
        .collect()
}

#[test]
fn every_page_is_well_formed_with_one_heading_and_its_landmarks() {
    for (shown, elements) in pages() {
        let count = |tag: &str| elements.iter().filter(|element| element.tag == tag).count();
        assert!(shown.html.starts_with("<!DOCTYPE html><html lang=\""), "{}", shown.name);
        assert_eq!(count("h1"), 1, "{}: one heading says what this is", shown.name);
        assert_eq!(count("main"), 1, "{}", shown.name);
        assert_eq!(count("title"), 1, "{}", shown.name);
        assert!(
            elements.iter().any(|element| element.tag == "main" && element.get("id") == Some("content")),
            "{}: the skip link leads somewhere",
            shown.name
        );
    }
}

#[test]
fn ids_are_unique_and_whatever_refers_to_one_finds_it() {
    for (shown, elements) in pages() {
        let mut ids = BTreeSet::new();
        for id in elements.iter().filter_map(|element| element.get("id")) {
            assert!(ids.insert(id), "{}: {id} twice", shown.name);
        }
        for element in &elements {
            let fragment = element.get("href").and_then(|href| href.strip_prefix('#'));
            let described = element.get("aria-describedby").into_iter().chain(element.get("aria-labelledby"));
            let references = described
                .flat_map(str::split_whitespace)
                .chain(element.get("for"))
                .chain(element.get("list"))
                .chain(fragment);
            for reference in references {
                assert!(ids.contains(reference), "{}: nothing has the id {reference}", shown.name);
            }
        }
    }
}

#[test]
fn every_control_has_a_label() {
    for (shown, elements) in pages() {
        let labelled: BTreeSet<&str> = elements
            .iter()
            .filter(|element| element.tag == "label")
            .filter_map(|label| label.get("for"))
            .collect();
        for control in &elements {
            let needs_one = match control.tag.as_str() {
                "input" => control.get("type") != Some("hidden"),
                "select" | "textarea" => true,
                _ => false,
            };
            let inside = control.ancestors.iter().any(|tag| tag == "label");
            let has_one = inside || control.get("id").is_some_and(|id| labelled.contains(id));
            assert!(!needs_one || has_one, "{}: {control:?} has no label", shown.name);
            assert_eq!(control.get("placeholder"), None, "{}: a placeholder is no label", shown.name);
        }
    }
}

#[test]
fn buttons_links_and_frames_say_what_they_are() {
    for (shown, elements) in pages() {
        for element in &elements {
            let must_speak =
                matches!(element.tag.as_str(), "a" | "button" | "h1" | "h2" | "legend" | "summary" | "th");
            assert!(!must_speak || !element.text.trim().is_empty(), "{}: an empty {element:?}", shown.name);
            if element.tag == "iframe" {
                assert!(element.get("title").is_some(), "{}", shown.name);
                assert_eq!(element.get("sandbox"), Some(""), "{}: a stored body runs nothing", shown.name);
            }
        }
    }
}

#[test]
fn a_policy_without_inline_code_is_enough() {
    for (shown, elements) in pages() {
        for element in &elements {
            assert_eq!(element.get("style"), None, "{}: no inline style", shown.name);
            assert!(
                element.attributes.iter().all(|(name, _)| !name.starts_with("on")),
                "{}: no inline handler in {element:?}",
                shown.name
            );
            if element.tag == "script" {
                assert_eq!(element.get("nonce"), Some("c2FtcGxl"), "{}", shown.name);
            }
        }
        let nonces = shown.html.matches("c2FtcGxl").count();
        assert!(nonces <= 1, "{}: the nonce stands nowhere but in the script's own attribute", shown.name);
    }
}

#[test]
fn nothing_that_was_typed_becomes_markup() {
    for shown in hostile() {
        let elements = parse(&shown.html).unwrap();
        let evil = elements.iter().filter(|element| {
            element.tag == "img"
                || element.tag == "b"
                || (element.tag == "script" && element.get("nonce").is_none())
        });
        // The console sets its member's name in bold; nothing else is.
        let evil: Vec<_> =
            evil.filter(|element| !element.ancestors.iter().any(|tag| tag == "form")).collect();
        assert!(evil.is_empty(), "{}: {evil:?}", shown.name);
        assert!(shown.html.contains("&lt;script&gt;alert(1)"), "{}: it is shown as text", shown.name);
    }
}

#[test]
fn the_voice_is_kept() {
    for (shown, _) in pages() {
        let text = shown.html.to_lowercase();
        let english = ["debt", "delinquen", "failure to pay", "oops", "sorry"];
        let german = ["schuld", "mahn", "säumig", "verzug", "inkasso-", "hoppla"];
        for word in english.into_iter().chain(german) {
            assert!(!text.contains(word), "{}: says \"{word}\"", shown.name);
        }
        let said = shown.html.replace("<!", "");
        assert!(!said.contains('!'), "{}: no exclamation marks", shown.name);
    }
}

#[test]
fn what_was_typed_stays_but_secrets_do_not() {
    let by_name = |name: &str| all().into_iter().find(|shown| shown.name == name).unwrap().html;
    assert!(by_name("portal/pay-refused").contains("value=\"1.500,00\""));
    assert!(by_name("console/sign-in-refused").contains("value=\"jana@nordlicht.example\""));
    for (shown, elements) in pages() {
        for password in elements.iter().filter(|element| element.get("type") == Some("password")) {
            assert_eq!(password.get("value").unwrap_or_default(), "", "{}", shown.name);
        }
    }
}

#[test]
fn a_viewer_gets_no_forms_but_those_of_their_own_session() {
    for (shown, elements) in pages() {
        if !shown.name.ends_with("-viewer") {
            continue;
        }
        let own = ["/sign-out", "/sign-out/everywhere", "/console/settings"];
        for form in elements.iter().filter(|form| form.tag == "form" && form.get("method") == Some("post")) {
            let action = form.get("action").unwrap();
            assert!(own.contains(&action), "{}: a viewer is offered {action}", shown.name);
        }
    }
}

#[test]
fn customers_pages_load_a_script_only_where_there_is_something_to_wake_or_to_copy() {
    for (shown, elements) in pages() {
        let count = |tag: &str| elements.iter().filter(|element| element.tag == tag).count();
        if shown.name.starts_with("portal/") {
            let needs_one = count("leptos-island") > 0 || shown.html.contains("data-copy=");
            assert_eq!(count("script") > 0, needs_one, "{}", shown.name);
        }
        if count("leptos-island") > 0 {
            assert_eq!(count("script"), 1, "{}: something wakes its islands", shown.name);
        }
    }
}
