//! The words that go out: every built-in text in every language, as its reader gets it.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use domain::Language;
use domain::follow_up::Consequence;
use domain::message::Channel;
use domain::schedule::Tone;
use domain::wording;
use domain::{Currency, Date, Locale, Money, Timestamp};
use server::delivery::letters::{
    AccountRow, AccountTable, BankAccount, Code, Correspondents, FreshLink, Invitation, InvoiceRow, Letter,
    MoneyBack, Postal, Receipt, ReceiptPart, Reminder, StatementLetter,
};
use server::delivery::texts::{self, CHANNELS, NAMES, Text};
use server::delivery::{brief, mail, paper};

/// As long as a real one.
const LINK: &str = "https://pay.example.com/l/AbCdEfGhIjKlMnOpQrStUvWxYz0123456789_-AbCde";

fn locale(language: Language) -> Locale {
    Locale::from_tag(language.as_str())
}

fn between(language: Language) -> Correspondents {
    Correspondents {
        sender: "Nordlicht Studio".to_owned(),
        sender_address: "invoices@dunlin.example".to_owned(),
        reply_to: Some("mara@nordlicht.example".to_owned()),
        phone: Some("+4930123456".to_owned()),
        recipient: "Jonas Weber".to_owned(),
        recipient_address: "jonas@weber.example".to_owned(),
        language: locale(language).tag().to_owned(),
    }
}

fn day(text: &str) -> Date {
    domain::time::parse_date(text).unwrap()
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::parse("EUR").unwrap()).unwrap()
}

fn row(number: &str, title: &str, due: &str, open: i64, locale: Locale) -> InvoiceRow {
    InvoiceRow {
        number: number.to_owned(),
        title: title.to_owned(),
        issued: locale.date_long(day("2026-02-17")),
        due: locale.date_long(day(due)),
        paid: if number == "2026-014" { euros(50_000).format(locale) } else { String::new() },
        open: euros(open).format(locale),
    }
}

/// What a reminder can be about.
#[derive(Debug, Clone, Copy)]
struct Case {
    several: bool,
    today: &'static str,
    consequences: bool,
}

const CASES: [Case; 4] = [
    Case { several: false, today: "2026-02-28", consequences: false },
    Case { several: false, today: "2026-03-15", consequences: true },
    Case { several: true, today: "2026-03-03", consequences: true },
    Case { several: true, today: "2026-03-04", consequences: false },
];

fn reminder(text: Text, language: Language, case: Case) -> Reminder {
    let locale = locale(language);
    let mut rows = vec![row("2026-014", "Kitchen renovation & <tiles>", "2026-03-03", 124_000, locale)];
    if case.several {
        rows.push(row("2026-019", "", "2026-03-10", 8_650, locale));
    }
    let total = if case.several { euros(132_650) } else { euros(124_000) };
    let enabled: BTreeSet<Consequence> =
        if case.consequences { Consequence::ALL.iter().copied().collect() } else { BTreeSet::new() };
    Reminder::new(text, rows, (day("2026-03-03"), day(case.today)), total, locale, enabled)
}

fn postal(language: Language) -> Postal {
    let lines = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    Postal {
        sender_lines: lines(&["Uferweg 3", "10115 Berlin"]),
        recipient_lines: lines(&["Weber & Sohn GmbH", "Jonas Weber", "Hafenstraße 12", "20457 Hamburg"]),
        date: locale(language).date_long(day("2026-03-15")),
        bank: Some(BankAccount {
            holder: "Nordlicht Studio".to_owned(),
            number: "DE02 1203 0000 0000 2020 51".to_owned(),
            is_iban: true,
            routing: String::new(),
            bic: "BYLADEM1001".to_owned(),
            reference: "RF97 2026 014".to_owned(),
        }),
    }
}

/// A reminder as its channel carries it: subject, if it has one, and words.
fn written(reminder: &Reminder, channel: Channel, language: Language) -> (String, String) {
    let between = between(language);
    match channel {
        Channel::Email => {
            let mail = mail::render(&Letter::Reminder(reminder.clone()), &between, LINK).unwrap();
            (mail.subject, mail.text)
        }
        Channel::Letter => {
            let letter = paper::render(reminder, &between, &postal(language)).unwrap();
            (letter.subject, letter.text)
        }
        Channel::Sms => (String::new(), brief::text_message(reminder, &between, LINK, false).unwrap()),
        _ => (String::new(), brief::call(reminder, &between).unwrap()),
    }
}

fn answers(language: Language) -> Vec<Letter> {
    let locale = locale(language);
    let row = || row("2026-014", "Kitchen renovation", "2026-03-03", 124_000, locale);
    let part =
        |number: &str, cents| ReceiptPart { number: number.to_owned(), amount: euros(cents).format(locale) };
    let receipt = |nothing_open: bool| Receipt {
        credit: String::new(),
        parts: vec![part("2026-014", 50_000)],
        number: "2026-014".to_owned(),
        amount: euros(50_000).format(locale),
        paid_on: locale.date_long(day("2026-03-05")),
        method: if nothing_open { "card" } else { "manual" }.to_owned(),
        reference: "pi_123".to_owned(),
        nothing_open,
        invoices: if nothing_open { vec![] } else { vec![row()] },
    };
    let several = Receipt {
        parts: vec![part("2026-014", 30_000), part("2026-015", 12_000), part("2026-016", 8_000)],
        ..receipt(true)
    };
    let too_much = Receipt { credit: euros(5_000).format(locale), ..several.clone() };
    let several_in_part = Receipt { nothing_open: false, invoices: vec![row()], ..several.clone() };
    let money_back = |number: &str| MoneyBack {
        number: number.to_owned(),
        amount: euros(50_000).format(locale),
        reference: "re_123".to_owned(),
        invoices: if number.is_empty() { vec![] } else { vec![row()] },
    };
    let fresh = |number: &str| FreshLink { number: number.to_owned(), days: 90, invoices: vec![row()] };
    vec![
        statement(locale, Some(74_000)),
        statement(locale, None),
        Letter::Receipt(receipt(true)),
        Letter::Receipt(receipt(false)),
        Letter::Receipt(several),
        Letter::Receipt(several_in_part),
        Letter::Receipt(too_much),
        Letter::Refund(money_back("2026-014")),
        Letter::Refund(money_back("")),
        Letter::CreditNote(MoneyBack { reference: "CN-2026-001".to_owned(), ..money_back("2026-014") }),
        Letter::CreditNote(MoneyBack { invoices: vec![], ..money_back("2026-014") }),
        Letter::Returned(money_back("2026-014")),
        Letter::Returned(money_back("")),
        Letter::Corrected(money_back("2026-014")),
        Letter::Corrected(money_back("")),
        Letter::FreshLink(fresh("2026-014")),
        Letter::FreshLink(fresh("")),
        Letter::Code(Code { code: "042917".to_owned(), minutes: 10 }),
        Letter::Invitation(Invitation { inviter: "Mara Lind".to_owned(), days: 7 }),
    ]
}

/// The statement of a month in which an invoice was issued and paid, in part or in full.
fn statement(locale: Locale, open: Option<i64>) -> Letter {
    let row = |on: &str, what: &str, cents| AccountRow {
        on: locale.date_long(day(on)),
        what: what.to_owned(),
        amount: euros(cents).format(locale),
    };
    let rest = open.unwrap_or_default();
    Letter::Statement(StatementLetter {
        from: locale.date_long(day("2026-03-01")),
        to: locale.date_long(day("2026-03-31")),
        open: open.map(|cents| euros(cents).format(locale)).unwrap_or_default(),
        credit: String::new(),
        table: AccountTable {
            opening_label: "[before]".to_owned(),
            opening: euros(0).format(locale),
            earlier: if open.is_some() { "[7 earlier]".to_owned() } else { String::new() },
            rows: vec![
                row("2026-03-03", "[invoice 2026-014]", 124_000),
                row("2026-03-20", "[payment]", rest - 124_000),
            ],
            closing_label: "[after]".to_owned(),
            closing: euros(rest).format(locale),
        },
    })
}

/// Everything that is said in a language, to be read in one go: each text once in full, for one invoice that is
/// overdue, then how it begins in the other cases.
fn everything(language: Language) -> String {
    let mut page = String::new();
    for channel in CHANNELS {
        for name in NAMES {
            let text = texts::built_in(name, channel, language).unwrap();
            let full = reminder(text.clone(), language, CASES[1]);
            let (subject, words) = written(&full, channel, language);
            writeln!(page, "════ {channel}: {name} ════\n{subject}\n\n{}\n", words.trim()).unwrap();
            for case in [CASES[0], CASES[2]] {
                let (subject, words) = written(&reminder(text.clone(), language, case), channel, language);
                let before_the_table = match channel {
                    Channel::Email | Channel::Letter => words
                        .split("\n\n")
                        .find(|paragraph| paragraph.len() > 60 && !paragraph.contains('\n'))
                        .unwrap_or_default()
                        .to_owned(),
                    _ => words,
                };
                writeln!(page, "── {case:?}\n{subject}\n{before_the_table}\n").unwrap();
            }
        }
    }
    for letter in answers(language) {
        let mail = mail::render(&letter, &between(language), LINK).unwrap();
        writeln!(page, "════ e-mail ════\n{}\n\n{}", mail.subject, mail.text).unwrap();
    }
    page
}

#[test]
fn english_reads_like_a_good_colleague() {
    insta::assert_snapshot!("english", everything(Language::English));
}

#[test]
fn german_reads_like_a_good_colleague() {
    insta::assert_snapshot!("german", everything(Language::German));
}

#[test]
fn every_built_in_text_keeps_to_the_rules_for_all_others() {
    for &language in Language::ALL {
        for channel in CHANNELS {
            for name in NAMES {
                let text = texts::built_in(name, channel, language).unwrap();
                let tone = texts::tone_of(name).unwrap();
                let place = format!("{language} {channel} {name}");
                for part in [&text.subject, &text.body] {
                    assert_eq!(wording::template::misprints(part, channel), [], "{place}");
                    assert_eq!(wording::check(part, language, tone, &BTreeSet::new()), [], "{place}");
                }
                let enabled = Consequence::ALL.iter().copied().collect();
                for case in CASES {
                    let reminder = reminder(text.clone(), language, case);
                    let (subject, words) = written(&reminder, channel, language);
                    assert!(
                        !subject.contains('\n') && subject.is_empty() != texts::has_subject(channel),
                        "{place}"
                    );
                    assert!(subject.chars().count() <= 78, "{place}: {subject}");
                    assert_eq!(wording::check(&subject, language, tone, &enabled), [], "{place}");
                    assert_eq!(wording::check(&words, language, Tone::Final, &enabled), [], "{place}");
                    assert!(!words.contains("{{") && !words.contains("{%"), "{place}");
                }
            }
        }
    }
}

#[test]
fn mails_are_short_and_carry_their_link_in_both_parts() {
    for &language in Language::ALL {
        let reminders = NAMES.iter().flat_map(|name| {
            let text = texts::built_in(name, Channel::Email, language).unwrap();
            CASES.map(|case| Letter::Reminder(reminder(text.clone(), language, case)))
        });
        for letter in reminders.chain(answers(language)) {
            let mail = mail::render(&letter, &between(language), LINK).unwrap();
            assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{letter:?}");
            // A code is entered where it was asked for: nothing in its mail can be clicked.
            let linked = !matches!(letter, Letter::Code(_));
            let carries = [mail.text.contains(LINK), mail.html.contains(LINK)];
            assert_eq!(carries, [linked; 2], "{letter:?}\n{}", mail.text);
            // Under 120 words besides the table, the signature and the footer.
            let table =
                mail.text.lines().filter(|line| line.starts_with("  ")).flat_map(str::split_whitespace);
            let words = mail.text.split_whitespace().count() - table.count();
            assert!(words < 120 + 40, "{words}: {}", mail.text);
            let said = mail.text.split("\n-- \n").next().unwrap().split_whitespace().count();
            assert!(said < 150, "{said}: {}", mail.text);
        }
    }
}

#[test]
fn text_messages_fit_two_segments_and_name_no_amount_unless_allowed() {
    for &language in Language::ALL {
        for name in NAMES {
            let text = texts::built_in(name, Channel::Sms, language).unwrap();
            for case in CASES {
                let reminder = reminder(text.clone(), language, case);
                let message = brief::text_message(&reminder, &between(language), LINK, false).unwrap();
                assert!(message.starts_with("Nordlicht Studio: ") && message.contains(LINK), "{message}");
                assert!(message.contains("STOP") && !message.contains('\n'), "{message}");
                assert!(!message.contains('€') && !message.contains("1,240"), "{message}");
                // Two segments of the alphabet that phones share; all of it is in that alphabet.
                assert!(message.chars().all(|c| c.is_ascii() || "äöüß".contains(c)), "{message}");
                assert!(message.chars().count() <= 2 * 153, "{}: {message}", message.chars().count());
                let amounts = brief::text_message(&reminder, &between(language), LINK, true).unwrap();
                assert!(amounts.contains('€'), "{amounts}");
            }
        }
    }
}

#[test]
fn letters_say_how_to_answer_and_pay_and_carry_no_link() {
    for &language in Language::ALL {
        for name in NAMES {
            let text = texts::built_in(name, Channel::Letter, language).unwrap();
            let reminder = reminder(text, language, CASES[2]);
            let letter = paper::render(&reminder, &between(language), &postal(language)).unwrap();
            for part in [&letter.text, &letter.html] {
                for needed in
                    ["Hafenstraße 12", "mara@nordlicht.example", "+4930123456", "DE02 1203", "2026-019"]
                {
                    assert!(part.contains(needed), "{needed}: {part}");
                }
                assert!(!part.contains("http"), "{part}");
            }
            assert!(letter.html.contains("Kitchen renovation &amp; &lt;tiles&gt;"), "{}", letter.html);
            let by_answer = Postal { bank: None, ..postal(language) };
            let letter = paper::render(&reminder, &between(language), &by_answer).unwrap();
            assert!(!letter.text.contains("IBAN"), "{}", letter.text);
        }
    }
}

#[test]
fn what_a_business_typed_is_text_in_html() {
    let text = Text {
        subject: "{{ number }}".to_owned(),
        body: "Hello & <b>you</b>\nof {{ title }}\n\n{{ invoices }}\n\n[Pay <now>]".to_owned(),
        instead: None,
    };
    let reminder = reminder(text, Language::English, CASES[1]);
    let mail = mail::render(&Letter::Reminder(reminder), &between(Language::English), LINK).unwrap();
    assert!(mail.html.contains("Hello &amp; &lt;b&gt;you") && !mail.html.contains("<b>"), "{}", mail.html);
    assert!(
        mail.html.contains("Kitchen renovation &amp; &lt;tiles&gt;") && mail.html.contains("Pay &lt;now&gt;")
    );
    assert!(mail.text.contains("of Kitchen renovation & <tiles>"), "{}", mail.text);
    let fetched = ["http://fonts", "https://fonts", "<img", "<script"];
    assert!(!fetched.iter().any(|what| mail.html.contains(what)), "nothing is fetched");
}

#[test]
fn a_business_s_own_words_never_keep_a_message_from_going_out() {
    let built_in = texts::built_in("friendly", Channel::Email, Language::English).unwrap();
    let broken = Text {
        subject: "{{ salary }}".to_owned(),
        body: "{% if several %}".to_owned(),
        instead: Some(Box::new(built_in.clone())),
    };
    let render = |text| {
        let letter = Letter::Reminder(reminder(text, Language::English, CASES[1]));
        mail::render(&letter, &between(Language::English), LINK).unwrap()
    };
    assert_eq!(render(broken), render(built_in));
}

#[test]
fn a_test_says_that_it_is_one() {
    let text = texts::built_in("firm", Channel::Email, Language::German).unwrap();
    let tried_out = Reminder { is_test: true, ..reminder(text, Language::German, CASES[1]) };
    let mail = mail::render(&Letter::Reminder(tried_out), &between(Language::German), LINK).unwrap();
    assert!(mail.subject.starts_with("Test: Bitte"), "{}", mail.subject);
    assert!(mail.text.contains("Dies ist ein Test"), "{}", mail.text);
}

#[test]
fn headers_are_complete_and_cannot_be_injected() {
    let mut people = between(Language::English);
    people.sender = "Evil\r\nBcc: all@example.org".to_owned();
    let text = texts::built_in("friendly", Channel::Email, Language::English).unwrap();
    let letter = Letter::Reminder(reminder(text, Language::English, CASES[1]));
    let rendered = mail::render(&letter, &people, LINK).unwrap();
    let bytes = mail::assemble(&rendered, &people, "<msg_1@pay.example>", Timestamp::UNIX_EPOCH).unwrap();
    let head = String::from_utf8(bytes).unwrap().split("\r\n\r\n").next().unwrap().to_owned();
    assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{head}");
    for name in ["From: ", "To: ", "Reply-To: ", "Subject: ", "Date: ", "Message-ID: <msg_1@pay.example>"] {
        assert!(head.contains(name), "{name} in {head}");
    }
    assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
}
