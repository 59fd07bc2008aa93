//! The languages beside each other: nothing is left untranslated, and each keeps the voice.

use app::console::{Done, EventFacts};
use app::portal::pay::PayTrouble;
use app::portal::saved_methods::Told;
use app::problem::Problem;
use app::words::{self, Words};
use domain::event::{ActorKind, EventKind};
use domain::invoice::StandingName;
use domain::message::{MessageKind, MessageState};
use domain::payment::{FailureCode, Method};
use domain::role::Role;
use domain::task::TaskKind;
use domain::time::RelativeDay;
use domain::{Country, FieldProblem, Language, Locale};

use crate::fixtures::{day, eur};

/// What two languages may say alike: names, abbreviations, and words that both have.
const ALIKE: &[&str] = &[
    "pay.bic",
    "pay.iban",
    "schedules.text",
    "settings.stripe",
    "demo.label",
    "actor provider",
    "actor system",
    "label bank_bic",
    "label bank_name",
    "pay.bank",
    "label name",
    "country CL",
    "country CN",
    "country IL",
    "country JP",
    "country MT",
    "country MY",
    "country NG",
    "country PT",
    "country TH",
    "country TW",
    "country UA",
    "country LI",
];

/// Every phrase of a language, with its name: plain texts, and of the others one for each thing they speak of.
fn phrases(locale: Locale) -> Vec<(String, String)> {
    let words: &Words = words::of(locale);
    let mut said: Vec<(String, String)> = words.texts().map(|(name, text)| (name, text.to_owned())).collect();
    let mut say = |name: String, text: &str| said.push((name, text.to_owned()));
    for standing in StandingName::ALL {
        say(format!("standing {}", standing.as_str()), (words.standing)(*standing));
    }
    for method in Method::ALL {
        say(format!("method {}", method.as_str()), (words.method_name)(*method));
        say(format!("meaning of {}", method.as_str()), (words.method_meaning)(*method));
    }
    for code in FailureCode::ALL {
        say(format!("failure {}", code.as_str()), (words.failure)(*code));
    }
    for role in Role::ALL {
        say(format!("role {}", role.as_str()), (words.role_name)(*role));
        say(format!("meaning of {}", role.as_str()), (words.role_meaning)(*role));
    }
    for kind in TaskKind::ALL {
        let (title, body) = (words.task)(*kind);
        say(format!("task {}", kind.as_str()), title);
        say(format!("what to do about {}", kind.as_str()), body);
    }
    for kind in EventKind::ALL {
        let facts = EventFacts::default();
        say(format!("event {}", kind.as_str()), &(words.timeline.event)(*kind, &facts, locale));
    }
    for kind in ActorKind::ALL {
        say(format!("actor {}", kind.as_str()), (words.timeline.actor)(*kind));
    }
    for kind in MessageKind::ALL {
        say(format!("message {}", kind.as_str()), (words.message.kind)(*kind));
    }
    for state in MessageState::ALL {
        say(format!("state {}", state.as_str()), (words.message.state)(*state));
    }
    for done in Done::ALL {
        say(format!("done {}", done.name()), (words.console.done)(*done));
    }
    for trouble in [PayTrouble::NotReached, PayTrouble::Unknown, PayTrouble::Refused] {
        let (title, body) = (words.pay.trouble)(trouble);
        say(format!("{trouble:?}"), title);
        say(format!("what to do about {trouble:?}"), body);
    }
    for told in Told::ALL {
        let (title, body) = (words.saved_methods.told)(told);
        say(format!("{told:?}"), title);
        say(format!("what {told:?} means"), body);
    }
    for problem in [Problem::BadRequest, Problem::Forbidden, Problem::NotFound, Problem::Internal] {
        let (title, body) = (words.problem_page)(problem);
        say(format!("{problem:?}"), &title);
        say(format!("what to do about {problem:?}"), &body);
    }
    for days in [RelativeDay::DaysAgo(3), RelativeDay::Yesterday, RelativeDay::Today, RelativeDay::Tomorrow] {
        say(format!("{days:?}"), &(words.relative_day)(days));
    }
    for country in Country::all() {
        if let Some(name) = (words.country_name)(country) {
            say(format!("country {country}"), name);
        }
    }
    for locale in Locale::all() {
        say(format!("locale {locale}"), (words.locale_name)(locale));
    }
    for name in [
        "description",
        "tax_rate",
        "name",
        "net_days",
        "bank_number",
        "bank_bic",
        "bank_name",
        "methods",
        "amount",
    ] {
        say(format!("label {name}"), (words.field_label)(name));
    }
    for problem in [
        FieldProblem::Required,
        FieldProblem::NotANumber,
        FieldProblem::TooManyDecimals { max: 2 },
        FieldProblem::AmountOutOfRange { min: eur(1_00), max: eur(9_00) },
        FieldProblem::DateBefore { earliest: day(2026, 3, 1) },
        FieldProblem::TextRefused { places: 2 },
        FieldProblem::CredentialsWrong,
        FieldProblem::CodeWrong { left: 3 },
        FieldProblem::CodeOver,
    ] {
        say(format!("{problem:?}"), &(words.problem)(&problem, locale));
    }
    said
}

#[test]
fn no_phrase_is_left_untranslated() {
    let (english, german) = (phrases(Locale::EN_GB), phrases(Locale::DE_DE));
    assert_eq!(english.len(), german.len());
    let alike: Vec<&str> = english
        .iter()
        .zip(&german)
        .filter(|(one, other)| one.1 == other.1 && one.1.chars().any(char::is_alphabetic))
        .map(|((name, _), _)| name.as_str())
        .filter(|name| !ALIKE.contains(name))
        .collect();
    assert!(alike.is_empty(), "said alike in English and German: {alike:?}");
    let text = |all: &[(String, String)], name: &str| all.iter().find(|(one, _)| one == name).cloned();
    let stale: Vec<&&str> = ALIKE
        .iter()
        .filter(|name| text(&english, name).is_none() || text(&english, name) != text(&german, name))
        .collect();
    assert!(stale.is_empty(), "no longer said alike, so take them off the list: {stale:?}");
}

#[test]
fn every_phrase_says_something_and_keeps_the_voice() {
    let never = ["debt", "delinquen", "failure to pay", "sorry", "schuld", "mahn", "säumig", "verzug"];
    for locale in [Locale::EN_GB, Locale::DE_DE] {
        for (name, text) in phrases(locale) {
            let folded = text.to_lowercase();
            assert!(!text.trim().is_empty(), "{locale}: {name} says nothing");
            assert!(!text.contains('!'), "{locale}: {name} shouts");
            assert!(!text.contains("  "), "{locale}: {name} has a gap");
            assert!(never.iter().all(|word| !folded.contains(word)), "{locale}: {name}: {text}");
        }
    }
}

#[test]
fn words_and_formats_are_of_one_language() {
    for locale in Locale::all() {
        let spoken = locale.spoken();
        let language = match spoken.speech() {
            Language::English => "en",
            Language::German => "de",
        };
        assert_eq!(spoken.language(), language, "{locale}");
        assert_eq!(locale.speech(), spoken.speech(), "{locale}");
        assert_eq!(spoken.spoken(), spoken, "{locale}");
        assert!(std::ptr::eq(words::of(locale), words::of(spoken)), "{locale}");
    }
    assert_eq!(Locale::find("de-CH").unwrap().spoken().tag(), "de-CH");
    assert_eq!(Locale::find("fr-FR").unwrap().spoken(), Locale::EN_GB);
}
