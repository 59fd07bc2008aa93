//! What people may enter as names, addresses and numbers.

use domain::{Country, EmailAddress, FieldErrors, FieldProblem, Label, LongText, Name, Phone};
use proptest::prelude::*;

#[test]
fn one_line_is_one_line() {
    assert_eq!(Name::parse("  Nordlicht Studio ").unwrap().as_str(), "Nordlicht Studio");
    assert_eq!(
        Name::parse("Žofie Müller-O'Neill 株式会社").unwrap().as_str(),
        "Žofie Müller-O'Neill 株式会社"
    );
    assert_eq!(Name::parse(" \t "), Err(FieldProblem::Required));
    assert_eq!(Name::parse_optional("  "), Ok(None));
    for text in
        ["a\r\nBcc: x@y.example", "a\nb", "a\0b", "a\u{7f}b", "a\u{85}b", "a\u{2028}b", "x\u{202e}gpj.exe"]
    {
        assert_eq!(Name::parse(text), Err(FieldProblem::ForbiddenCharacter), "{text:?}");
    }
    assert!(Name::parse(&"ä".repeat(200)).is_ok(), "characters count, not bytes");
    assert_eq!(Name::parse(&"ä".repeat(201)), Err(FieldProblem::TooLong { max: 200 }));
    assert_eq!(Label::parse(&"x".repeat(61)), Err(FieldProblem::TooLong { max: 60 }));
}

#[test]
fn several_lines_keep_their_breaks() {
    assert_eq!(LongText::parse("one\r\ntwo\n\n\tthree\n").unwrap().as_str(), "one\ntwo\n\n\tthree");
    assert_eq!(LongText::parse("a\u{1b}[31m"), Err(FieldProblem::ForbiddenCharacter));
    assert_eq!(LongText::parse("a\rb"), Err(FieldProblem::ForbiddenCharacter));
    assert_eq!(LongText::parse(&"x".repeat(4001)), Err(FieldProblem::TooLong { max: 4000 }));
}

#[test]
fn an_address_takes_mail() {
    for text in
        ["a@b.example", "jo.doe+bills@studio.example", "o'neill@sub.studio.example", "x_y@1st.example"]
    {
        assert_eq!(EmailAddress::parse(text).unwrap().as_str(), text);
    }
    let long = format!("{}@{}.example", "l".repeat(64), "d".repeat(63));
    assert!(EmailAddress::parse(&long).is_ok());
    for text in [
        "nobody",
        "@b.example",
        "a@",
        "a@b",
        "a b@c.example",
        "a@b..example",
        ".a@b.example",
        "a.@b.example",
        "a..b@c.example",
        "a@-b.example",
        "a@b-.example",
        "a@b.123",
        "a@[127.0.0.1]",
        "\"a b\"@c.example",
        "a@b@c.example",
        "ä@b.example",
        "a@bücher.example",
        "a<b>@c.example",
        "a,b@c.example",
    ] {
        assert_eq!(EmailAddress::parse(text), Err(FieldProblem::EmailInvalid), "{text}");
    }
    let too_long_local = format!("{}@b.example", "l".repeat(65));
    assert_eq!(EmailAddress::parse(&too_long_local), Err(FieldProblem::EmailInvalid));
    assert_eq!(EmailAddress::parse("a@b.example\r\nBcc: x@y.example"), Err(FieldProblem::ForbiddenCharacter));
    assert_eq!(
        EmailAddress::parse(&format!("a@{}.example", "d.".repeat(200))),
        Err(FieldProblem::TooLong { max: 254 })
    );
}

#[test]
fn an_address_is_shown_to_nobody_but_its_owner() {
    let address = EmailAddress::parse("Jo.Doe@Studio.example").unwrap();
    assert_eq!(address.masked(), "J•••@Studio.example");
    assert_eq!(address.folded(), "jo.doe@studio.example");
    assert_eq!(address.domain(), "Studio.example");
    assert_eq!(Phone::parse("+49 30 123456").unwrap().masked(), "+49•••56");
}

#[test]
fn a_phone_number_has_its_country() {
    for text in ["+49 (30) 12 34-56", "0049 30 123456", "+4930123456", "+49.30/123456"] {
        assert_eq!(Phone::parse(text).unwrap().as_str(), "+4930123456", "{text}");
    }
    for text in ["030 123456", "+0 30 123456", "+49", "+1234567890123456", "+49 30 CALL ME", "++49301234567"]
    {
        assert_eq!(Phone::parse(text), Err(FieldProblem::PhoneInvalid), "{text}");
    }
}

#[test]
fn a_country_has_two_letters() {
    assert_eq!(Country::parse(" de ").unwrap().code(), "DE");
    assert_eq!(Country::parse("UK"), Err(FieldProblem::CountryUnknown), "the code is GB");
    assert_eq!(Country::parse("EU"), Err(FieldProblem::CountryUnknown));
    assert_eq!(Country::parse(""), Err(FieldProblem::Required));
    let all: Vec<Country> = Country::all().collect();
    assert_eq!(all.len(), 249);
    assert!(all.windows(2).all(|pair| pair[0] < pair[1]), "sorted, none twice");
    assert_eq!(Country::from_code("AF").map(|found| found.to_string()).as_deref(), Some("AF"));
    assert_eq!(Country::from_code("DA"), None, "codes are read at even places only");
}

#[test]
fn every_problem_of_a_form_is_heard_at_once() {
    let mut errors = FieldErrors::new();
    assert!(errors.check("name", Name::parse("")).is_none());
    assert!(errors.check("email", EmailAddress::parse("a@b.example")).is_some());
    assert!(errors.check(format!("lines.{}.unit", 2), Label::parse("a\nb")).is_none());
    let codes: Vec<_> = errors.iter().map(|error| (error.field.as_ref(), error.problem.clone())).collect();
    assert_eq!(codes, [("name", FieldProblem::Required), ("lines.2.unit", FieldProblem::ForbiddenCharacter)]);
    let json = serde_json::to_string(&errors).unwrap();
    assert_eq!(serde_json::from_str::<FieldErrors>(&json).unwrap(), errors);
    assert!(errors.into_result().is_err());
}

proptest! {
    #[test]
    fn what_was_accepted_is_accepted_again_unchanged(text in "\\PC{0,80}") {
        if let Ok(name) = Name::parse(&text) {
            prop_assert_eq!(Name::parse(name.as_str()).unwrap(), name.clone());
            prop_assert!(!name.as_str().contains(['\r', '\n']));
        }
        if let Ok(email) = EmailAddress::parse(&text) {
            prop_assert_eq!(EmailAddress::parse(email.as_str()).unwrap(), email);
        }
        if let Ok(phone) = Phone::parse(&text) {
            prop_assert_eq!(Phone::parse(phone.as_str()).unwrap(), phone);
        }
    }
}
