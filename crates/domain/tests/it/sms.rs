//! How long a text is, and what an answer to one means.

use domain::sms::{Encoding, Reply, measure, plain, read};
use proptest::prelude::*;

#[test]
fn the_bounds_of_segments_are_the_networks() {
    for (text, encoding, units, segments) in [
        (String::new(), Encoding::Gsm7, 0, 0),
        ("a".repeat(160), Encoding::Gsm7, 160, 1),
        ("a".repeat(161), Encoding::Gsm7, 161, 2),
        ("a".repeat(306), Encoding::Gsm7, 306, 2),
        ("a".repeat(307), Encoding::Gsm7, 307, 3),
        // The euro sign is in the extension: an escape and a character.
        ("€".repeat(80), Encoding::Gsm7, 160, 1),
        // 153 is odd, so that a euro sign never fills a segment to its end.
        ("€".repeat(153), Encoding::Gsm7, 306, 3),
        (format!("a{}", "€".repeat(152)), Encoding::Gsm7, 305, 2),
        ("я".repeat(70), Encoding::Ucs2, 70, 1),
        ("я".repeat(71), Encoding::Ucs2, 71, 2),
        ("я".repeat(134), Encoding::Ucs2, 134, 2),
        // An emoji is two units that are not torn apart, and 67 is odd.
        ("🙂".repeat(35), Encoding::Ucs2, 70, 1),
        ("🙂".repeat(66), Encoding::Ucs2, 132, 2),
        ("🙂".repeat(67), Encoding::Ucs2, 134, 3),
        // One character outside takes all others with it.
        (format!("{}ł", "a".repeat(70)), Encoding::Ucs2, 71, 2),
        ("Schöne Grüße, Straße 5 §3 ÄÖÜ ñ à è".to_owned(), Encoding::Gsm7, 35, 1),
    ] {
        let length = measure(&text);
        assert_eq!((length.encoding, length.units, length.segments), (encoding, units, segments), "{text}");
    }
}

#[test]
fn what_has_a_plain_equivalent_stays_cheap() {
    assert_eq!(plain("O’Neill – “2026…”\u{a0}€"), "O'Neill - \"2026...\" €");
    assert_eq!(measure(&plain("O’Neill – “2026…”")).encoding, Encoding::Gsm7);
    assert_eq!(plain("Łukasz Żółć"), "Łukasz Żółć", "a name is written as it is spelt");
}

proptest! {
    #[test]
    fn segments_hold_every_unit_and_are_no_more_than_needed(text in "[a-zA-Z €\\[\\]äöüяł🙂]{0,500}") {
        let length = measure(&text);
        let segments = usize::try_from(length.segments).unwrap();
        let room = if segments <= 1 { length.encoding.alone() } else { length.encoding.joined() };
        prop_assert!(length.units <= segments * room);
        // At most one unit is lost at the end of each full segment.
        if segments > 1 {
            prop_assert!(length.units > (segments - 1) * (room - 1));
        }
        prop_assert_eq!(segments == 0, text.is_empty());
    }

    #[test]
    fn a_longer_text_never_costs_less(text in "[a-z €я🙂]{0,300}", more in "[a-z €я🙂]{1,20}") {
        let longer = text.clone() + &more;
        prop_assert!(measure(&longer).segments >= measure(&text).segments);
    }

    #[test]
    fn plain_text_never_costs_more_than_what_it_replaces(text in "[a-z’“”–\u{a0}€]{0,300}") {
        prop_assert!(measure(&plain(&text)).segments <= measure(&text).segments);
        prop_assert_eq!(plain(&plain(&text)), plain(&text));
    }

    #[test]
    fn no_answer_panics(text in "\\PC{0,200}") {
        let _ = read(&text);
    }

    #[test]
    fn case_and_punctuation_never_hide_a_stop(
        word in prop::sample::select(vec!["stop", "quit", "end", "revoke", "opt out", "cancel", "unsubscribe", "stopp"]),
        upper in any::<bool>(),
        before in "[ \\t\"'.*]{0,3}",
        after in "[ !.\"'\\n]{0,4}",
    ) {
        let word = if upper { word.to_uppercase() } else { word.to_owned() };
        prop_assert_eq!(read(&format!("{before}{word}{after}")), Reply::Stop);
    }
}

#[test]
fn whoever_wants_no_texts_is_understood_in_their_own_words() {
    for text in [
        "STOP",
        "Stop.",
        "stop!!!",
        "Please stop",
        "STOP please",
        "Opt-out",
        "OPT OUT",
        "optout",
        "Quit",
        "END",
        "Revoke",
        "cancel",
        "UNSUBSCRIBE",
        "STOPALL",
        "“Stop”",
        "stop, thank you",
        "please stop texting me",
        "Stop sending me these messages",
        "can you stop messaging this number",
        "Don't text me again",
        "Do not contact me by SMS",
        "don’t send me anything else",
        "No more texts please",
        "Remove me from your list",
        "take me off this list",
        "I want to opt out",
        "I hereby revoke my consent",
        "LEAVE ME ALONE",
        "Stopp",
        "STOPP!",
        "Bitte stoppen Sie das: keine SMS mehr",
        "Abmelden",
        "bitte abbestellen",
        "Keine SMS mehr bitte",
        "Bitte keine weiteren Nachrichten",
        "Hören Sie auf, mir zu schreiben",
        "Hör auf",
        "Lassen Sie mich in Ruhe!",
        "Ich widerrufe meine Einwilligung",
        "Bitte schreiben Sie mir nicht mehr",
        "Löschen Sie meine Nummer",
        "Ich möchte mich abmelden",
    ] {
        assert_eq!(read(text), Reply::Stop, "{text}");
    }
}

#[test]
fn what_only_sounds_like_it_is_for_a_person() {
    for text in [
        "",
        "?",
        "I'll stop by tomorrow and pay",
        "Please don't stop texting me",
        "Do not stop texting me",
        "When does the plan end?",
        "Can I cancel the second order?",
        "Who is this?",
        "Please stop charging me late fees",
        "I paid on Friday",
        "ok",
        "yes",
        "Am Ende des Monats zahle ich",
        "Ich zahle am Freitag, danke",
        "Haltestelle Nord 5",
        "nonstop",
        "started paying",
        "START the work please on Monday",
    ] {
        assert_eq!(read(text), Reply::Other, "{text}");
    }
}

#[test]
fn only_a_clear_word_brings_texts_back() {
    for text in ["START", "start", "Unstop.", "please start"] {
        assert_eq!(read(text), Reply::Start, "{text}");
    }
}
