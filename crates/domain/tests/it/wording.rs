//! What may go out, and what must not.

use std::collections::BTreeSet;

use domain::Language;
use domain::follow_up::Consequence;
use domain::message::Channel;
use domain::schedule::Tone;
use domain::wording::template::{Fault, misprints};
use domain::wording::{Finding, Objection, check};
use proptest::prelude::*;

use Consequence::{CollectionAgency, CreditReport, FurtherFee, LegalAction, SuspendService};
use Language::{English, German};
use Objection::{Debt, Exclamation, NotEnabled, Posing, Shouting, TooEarly};

fn read(text: &str, language: Language) -> Vec<Finding> {
    check(text, language, Tone::Final, &BTreeSet::new())
}

fn found(text: &str, language: Language) -> Vec<(Objection, String)> {
    read(text, language).into_iter().map(|finding| (finding.objection, finding.words)).collect()
}

const FORBIDDEN: &[(Language, &str, Objection)] = &[
    (English, "your debt", Debt),
    (English, "as our DEBTOR you", Debt),
    (English, "you are delinquent", Debt),
    (English, "your failure to pay", Debt),
    (English, "we hand it to a collection agency", NotEnabled(CollectionAgency)),
    (English, "it goes to collections", NotEnabled(CollectionAgency)),
    (English, "our lawyer will write", NotEnabled(LegalAction)),
    (English, "see you in court", NotEnabled(LegalAction)),
    (English, "we take legal\naction", NotEnabled(LegalAction)),
    (English, "this harms your credit rating", NotEnabled(CreditReport)),
    (English, "a late fee of ten euros", NotEnabled(FurtherFee)),
    (English, "we will suspend your account", NotEnabled(SuspendService)),
    (English, "on behalf of our client", Posing),
    (English, "pay now!", Exclamation),
    (English, "URGENT reminder", Shouting),
    (English, "please PAY NOW for this", Shouting),
    (German, "Ihre Schulden", Debt),
    (German, "die Restschuld", Debt),
    (German, "als Schuldner", Debt),
    (German, "your debt", Debt),
    (German, "ein Inkassobüro", NotEnabled(CollectionAgency)),
    (German, "das Inkasso-Unternehmen", NotEnabled(CollectionAgency)),
    (German, "unser Rechtsanwalt", NotEnabled(LegalAction)),
    (German, "ein gerichtlicher Mahnbescheid", NotEnabled(LegalAction)),
    (German, "rechtliche Schritte", NotEnabled(LegalAction)),
    (German, "Meldung an die Schufa", NotEnabled(CreditReport)),
    (German, "eine Mahngebühr", NotEnabled(FurtherFee)),
    (German, "den Zugang sperren", NotEnabled(SuspendService)),
    (German, "im Namen unserer Mandantin", Posing),
    (German, "LETZTE MAHNUNG", Shouting),
];

const INNOCENT: &[(Language, &str)] = &[
    (English, "We are indebted to you for your patience."),
    (English, "a courtesy call, as agreed; courteously yours"),
    (English, "This may be of interest: the collection of samples is complete."),
    (English, "Your client number is 17, the IBAN and BIC are below."),
    (English, "Is it an issue? We issued it on Tuesday; pursue nothing."),
    (English, "Reply STOP to end texts."),
    (English, "{{ debt }} {% if court %}Thank you{% endif %}"),
    (English, "We agreed on legal. Action is not needed."),
    (German, "Entschuldigen Sie bitte die Störung, und danke für Ihre Geduld."),
    (German, "in aller Unschuld"),
    (German, "Ihre Einstellungen bleiben, wie sie sind."),
    (German, "gebührenfrei unter dieser Nummer"),
    (German, "Antworten Sie STOPP."),
];

#[test]
fn what_must_not_go_out_is_found() {
    for (language, text, objection) in FORBIDDEN {
        let found = found(text, *language);
        assert!(found.iter().any(|(found, _)| found == objection), "{text}: {found:?}");
    }
}

#[test]
fn what_is_innocent_is_not() {
    for (language, text) in INNOCENT {
        assert_eq!(found(text, *language), [], "{text}");
    }
}

#[test]
fn a_finding_says_which_words_and_where() {
    let text = "Thank you.\nWe may take {{ number }} legal action.";
    let findings = read(text, English);
    let [finding] = findings.as_slice() else { panic!("{findings:?}") };
    assert_eq!((finding.words.as_str(), finding.line(text)), ("legal action", 2));
    assert_eq!(&text[finding.at..finding.at + finding.words.len()], "legal action");
}

#[test]
fn what_a_business_enabled_may_be_said_firmly_and_not_before() {
    let enabled = BTreeSet::from([LegalAction]);
    let text = "We may take legal action, or ask a collection agency.";
    let objections = |tone| -> Vec<Objection> {
        check(text, English, tone, &enabled).into_iter().map(|finding| finding.objection).collect()
    };
    assert_eq!(objections(Tone::Polite), [TooEarly(LegalAction), NotEnabled(CollectionAgency)]);
    assert_eq!(objections(Tone::Final), [NotEnabled(CollectionAgency)]);
}

#[test]
fn a_text_is_variables_and_conditions_and_nothing_that_computes() {
    let faults = |text: &str, channel| -> Vec<Fault> {
        misprints(text, channel).into_iter().map(|misprint| misprint.fault).collect()
    };
    let email = |text: &str| faults(text, Channel::Email);
    assert_eq!(
        email("{% if several %}{{ count }}{% elif not overdue %}x{% else %}{{number}}{% endif %}"),
        []
    );
    assert_eq!(email("{{ salary }}"), [Fault::UnknownVariable]);
    assert_eq!(email("{{ link }}"), [Fault::UnknownVariable], "the button has it");
    assert_eq!(faults("{{ link }}", Channel::Sms), []);
    assert_eq!(email("{{ several }}"), [Fault::ConditionOnly]);
    for computing in [
        "{{ 'a' * 1000000 }}",
        "{{ number | upper }}",
        "{{ number.x }}",
        "{% for x in count %}{% endfor %}",
        "{% include 'x' %}",
        "{# note #}",
        "{ number }",
        "{{ number }",
    ] {
        assert!(!email(computing).is_empty(), "{computing}");
    }
    assert_eq!(email("{{ number"), [Fault::Unclosed]);
    assert_eq!(email("{% if several %}"), [Fault::UnclosedIf]);
    assert_eq!(email("{% endif %}{% else %}"), [Fault::NoIf, Fault::NoIf]);
    assert_eq!(email("{% if several %}{% else %}{% else %}{% endif %}"), [Fault::NoIf]);
    let deep = format!("{}{}", "{% if several %}".repeat(6), "{% endif %}".repeat(6));
    assert_eq!(email(&deep), [Fault::TooDeep]);
}

proptest! {
    #[test]
    fn forbidden_words_are_found_between_any_others(
        before in prop::collection::vec(prop::sample::select(INNOCENT), 0..3),
        forbidden in prop::sample::select(FORBIDDEN),
        after in prop::collection::vec(prop::sample::select(INNOCENT), 0..3),
    ) {
        let (language, words, objection) = forbidden;
        let plain = |text: &&(Language, &str)| text.1.to_owned();
        let text = before.iter().map(|t| plain(&t)).chain([words.to_owned()]).chain(after.iter().map(|t| plain(&t)));
        let text = text.collect::<Vec<_>>().join(".\n");
        let findings = read(&text, language);
        prop_assert!(findings.iter().any(|finding| finding.objection == objection), "{text}: {findings:?}");
        for finding in &findings {
            prop_assert_eq!(&text[finding.at..finding.at + finding.words.len()], &finding.words);
        }
    }

    #[test]
    fn no_text_whatever_makes_the_guard_stumble(text in "\\PC{0,60}|[a-z{}% ]{0,60}") {
        for language in [English, German] {
            for finding in read(&text, language) {
                prop_assert_eq!(&text[finding.at..finding.at + finding.words.len()], &finding.words);
            }
        }
        for misprint in misprints(&text, Channel::Email) {
            prop_assert!(text[misprint.at..].starts_with(&misprint.words));
        }
    }
}
