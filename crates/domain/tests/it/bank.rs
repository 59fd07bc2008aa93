//! Account numbers, references and the code a banking app scans.

use domain::bank::reference::CreditorReference;
use domain::bank::{AccountNumber, BankAccount, Bic, Iban, epc};
use domain::{Currency, FieldProblem, Label, Money, Name};
use proptest::prelude::*;

/// From the registry's own examples.
const KNOWN: [&str; 12] = [
    "DE89 3704 0044 0532 0130 00",
    "GB29 NWBK 6016 1331 9268 19",
    "FR14 2004 1010 0505 0001 3M02 606",
    "NL91 ABNA 0417 1643 00",
    "AT61 1904 3002 3457 3201",
    "CH93 0076 2011 6238 5295 7",
    "BE68 5390 0754 7034",
    "NO93 8601 1117 947",
    "MT84 MALT 0110 0001 2345 MTLC AST0 01S",
    "SE45 5000 0000 0583 9825 7466",
    "ES91 2100 0418 4502 0005 1332",
    "SA03 8000 0000 6080 1016 7519",
];

#[test]
fn an_iban_is_read_in_any_spelling() {
    for known in KNOWN {
        let iban = Iban::parse(known).unwrap();
        assert_eq!(iban.format(), known);
        assert_eq!(Iban::parse(&known.to_lowercase().replace(' ', "")), Ok(iban.clone()));
        assert_eq!(Iban::parse(&format!("  {} ", known.replace(' ', "-"))), Ok(iban));
    }
}

#[test]
fn what_is_wrong_with_an_iban_is_named() {
    for (text, problem) in [
        ("", FieldProblem::Required),
        ("DE89 3704 0044 0532 0130 01", FieldProblem::IbanInvalid),
        ("DE89 3704 0044 0532 0130 0", FieldProblem::IbanLength { expected: 22 }),
        ("DE89 3704 0044 0532 0130 000", FieldProblem::IbanLength { expected: 22 }),
        ("ZZ89 3704 0044 0532 0130 00", FieldProblem::IbanInvalid),
        ("DE89 3704 0044 0532 0130 0€", FieldProblem::IbanInvalid),
        ("Ünter", FieldProblem::IbanInvalid),
    ] {
        assert_eq!(Iban::parse(text), Err(problem), "{text}");
    }
}

#[test]
fn a_number_that_is_no_iban_is_taken_where_there_are_none() {
    let dollars = Currency::from_code("USD").unwrap();
    let routing = Label::parse("021000021").unwrap();
    let local = AccountNumber::parse("000123456789", Some(routing.clone()), dollars).unwrap();
    assert_eq!((local.as_str(), local.routing()), ("000123456789", Some(&routing)));
    assert_eq!(AccountNumber::kept(local.as_str(), Some(routing)), Ok(local));
    assert_eq!(AccountNumber::parse("000123456789", None, Currency::EUR), Err(FieldProblem::IbanNeeded));
    // What begins like one was meant to be one.
    assert_eq!(
        AccountNumber::parse("DE00 1234", None, dollars),
        Err(FieldProblem::IbanLength { expected: 22 })
    );
    for wrong in ["COBADE", "COBA1EFF", "COBADEFFXX", "COBADEFFXXXX", "COBA-EFF"] {
        assert_eq!(Bic::parse(wrong), Err(FieldProblem::BicInvalid), "{wrong}");
    }
    assert_eq!(Bic::parse("coba de ff").unwrap().as_str(), "COBADEFF");
}

#[test]
fn references_are_those_of_the_standard() {
    // The example of ISO 11649, and others that are published.
    for known in
        ["RF18 5390 0754 7034", "RF18 0000 0000 0539 0075 4703 4", "RF45 G72U UR", "RF71 2348 231", "RF47 12"]
    {
        let read = CreditorReference::parse(known);
        if known == "RF47 12" {
            assert_eq!(read, None, "its check digits are wrong");
        } else {
            assert_eq!(read.unwrap().format(), known);
        }
    }
    assert_eq!(CreditorReference::of_number("539007547034").unwrap().as_str(), "RF18539007547034");
    assert_eq!(CreditorReference::of_number("2026-014").unwrap().format(), "RF97 2026 014");
    assert_eq!(CreditorReference::of_number("–"), None);
}

#[test]
fn a_reference_is_found_in_what_banks_make_of_it() {
    let reference = CreditorReference::of_number("2026-014").unwrap();
    for text in [
        reference.as_str().to_owned(),
        format!("Rechnung {} vom Maerz", reference.format()),
        format!("SVWZ+{}", reference.as_str().to_lowercase()),
        format!("rf{} danke", &reference.as_str()[2..]),
        format!("RF/{}\n{}", &reference.as_str()[2..6], &reference.as_str()[6..]),
    ] {
        assert!(CreditorReference::candidates(&text).contains(&reference), "{text}");
    }
    assert_eq!(CreditorReference::candidates("Miete März"), []);
}

fn account(number: &str, currency: Currency) -> BankAccount {
    BankAccount {
        currency,
        holder: Name::parse("Nordlicht Studio GmbH").unwrap(),
        number: AccountNumber::parse(number, None, currency).unwrap(),
        bic: None,
        bank_name: None,
    }
}

#[test]
fn the_code_says_what_the_guideline_asks_for() {
    let reference = CreditorReference::of_number("2026-014").unwrap();
    let euros = account(KNOWN[0], Currency::EUR);
    let amount = Money::new(124_005, Currency::EUR).unwrap();
    assert_eq!(
        epc::payload(&euros, amount, &reference).unwrap(),
        "BCD\n002\n1\nSCT\n\nNordlicht Studio GmbH\nDE89370400440532013000\nEUR1240.05\n\nRF972026014"
    );
    let with_bic = BankAccount { bic: Some(Bic::parse("COBADEFFXXX").unwrap()), ..euros.clone() };
    assert!(epc::payload(&with_bic, amount, &reference).unwrap().contains("\nSCT\nCOBADEFFXXX\n"));

    let pounds = Currency::from_code("GBP").unwrap();
    let none = [
        epc::payload(&account(KNOWN[1], pounds), Money::new(5, pounds).unwrap(), &reference),
        epc::payload(&euros, Money::new(5, pounds).unwrap(), &reference),
        epc::payload(&euros, Money::zero(Currency::EUR), &reference),
        epc::payload(&euros, Money::new(100_000_000_000, Currency::EUR).unwrap(), &reference),
    ];
    assert_eq!(none, [None, None, None, None]);
}

proptest! {
    #[test]
    fn every_reference_made_is_read_and_found_again(number in "[A-Za-z0-9][A-Za-z0-9/. -]{0,58}", before in "[^Rr]{0,20}") {
        let reference = CreditorReference::of_number(&number).unwrap();
        prop_assert_eq!(CreditorReference::parse(&reference.format().to_lowercase()), Some(reference.clone()));
        let text = format!("{before} {}", reference.format());
        prop_assert!(CreditorReference::candidates(&text).contains(&reference));
    }

    /// What check digits are for: one wrong character, or two that changed places, never read well.
    #[test]
    fn a_slip_of_the_pen_is_noticed(number in "[A-Z0-9]{1,21}", at in 4_usize..25, with in "[A-Z0-9]") {
        let right = CreditorReference::of_number(&number).unwrap();
        let mut wrong: Vec<char> = right.as_str().chars().collect();
        let at = 4 + (at - 4) % (wrong.len() - 4);
        wrong[at] = with.chars().next().unwrap();
        let wrong: String = wrong.into_iter().collect();
        // A letter counts as two digits, so only changes among digits or among letters are always noticed.
        let alike = wrong.as_bytes()[at].is_ascii_digit() == right.as_str().as_bytes()[at].is_ascii_digit();
        prop_assume!(alike && wrong != right.as_str());
        prop_assert_eq!(CreditorReference::parse(&wrong), None);
    }

    #[test]
    fn whatever_is_typed_is_read_or_refused(text in ".{0,60}") {
        let _ = Iban::parse(&text);
        let _ = Bic::parse(&text);
        let _ = CreditorReference::of_number(&text);
        for found in CreditorReference::candidates(&text) {
            prop_assert_eq!(CreditorReference::parse(found.as_str()), Some(found));
        }
    }
}
