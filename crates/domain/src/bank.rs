//! The business's own bank accounts, and how money that reaches them is told apart.
//!
//! An account number is an IBAN where it looks like one, and then it is checked; what countries without IBANs use is kept as
//! it was entered. [`reference`] makes the reference that a transfer names its invoice by, [`epc`] the code that a banking
//! app scans.

pub mod epc;
pub mod reference;
pub mod statement;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::text::{Label, Name};
use crate::{Currency, FieldProblem};

/// How long an IBAN is, by country: the registry of ISO 13616 as SWIFT publishes it (release 99, 2025).
const LENGTHS: [(&str, usize); 89] = [
    ("AD", 24),
    ("AE", 23),
    ("AL", 28),
    ("AT", 20),
    ("AZ", 28),
    ("BA", 20),
    ("BE", 16),
    ("BG", 22),
    ("BH", 22),
    ("BI", 27),
    ("BR", 29),
    ("BY", 28),
    ("CH", 21),
    ("CR", 22),
    ("CY", 28),
    ("CZ", 24),
    ("DE", 22),
    ("DJ", 27),
    ("DK", 18),
    ("DO", 28),
    ("EE", 20),
    ("EG", 29),
    ("ES", 24),
    ("FI", 18),
    ("FK", 18),
    ("FO", 18),
    ("FR", 27),
    ("GB", 22),
    ("GE", 22),
    ("GI", 23),
    ("GL", 18),
    ("GR", 27),
    ("GT", 28),
    ("HN", 28),
    ("HR", 21),
    ("HU", 28),
    ("IE", 22),
    ("IL", 23),
    ("IQ", 23),
    ("IS", 26),
    ("IT", 27),
    ("JO", 30),
    ("KW", 30),
    ("KZ", 20),
    ("LB", 28),
    ("LC", 32),
    ("LI", 21),
    ("LT", 20),
    ("LU", 20),
    ("LV", 21),
    ("LY", 25),
    ("MC", 27),
    ("MD", 24),
    ("ME", 22),
    ("MK", 19),
    ("MN", 20),
    ("MR", 27),
    ("MT", 31),
    ("MU", 30),
    ("NI", 28),
    ("NL", 18),
    ("NO", 15),
    ("OM", 23),
    ("PK", 24),
    ("PL", 28),
    ("PS", 29),
    ("PT", 25),
    ("QA", 29),
    ("RO", 24),
    ("RS", 22),
    ("RU", 33),
    ("SA", 24),
    ("SC", 31),
    ("SD", 18),
    ("SE", 24),
    ("SI", 19),
    ("SK", 24),
    ("SM", 27),
    ("SO", 23),
    ("ST", 25),
    ("SV", 28),
    ("TL", 23),
    ("TN", 24),
    ("TR", 26),
    ("UA", 29),
    ("VA", 22),
    ("VG", 24),
    ("XK", 20),
    ("YE", 30),
];

/// The remainder of ISO 7064 MOD 97-10: letters count from A = 10. The text holds ASCII letters and digits only.
fn mod_97(characters: impl Iterator<Item = u8>) -> u32 {
    characters.fold(0, |rest, character| match character {
        b'0'..=b'9' => (rest * 10 + u32::from(character - b'0')) % 97,
        letter => (rest * 100 + u32::from(letter.to_ascii_uppercase() - b'A') + 10) % 97,
    })
}

/// Whether a text with its check digits in front (`DE02…`, `RF18…`) is what its check digits say.
fn checks(text: &str) -> bool {
    let (head, tail) = text.as_bytes().split_at(text.len().min(4));
    mod_97(tail.iter().chain(head).copied()) == 1
}

/// Without spaces and signs, in capitals: how both kinds of number are compared.
fn compact(text: &str) -> String {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_uppercase()).collect()
}

/// In groups of four, as people read it.
fn grouped(text: &str) -> String {
    let mut groups = String::with_capacity(text.len() + text.len() / 4);
    for (at, character) in text.chars().enumerate() {
        if at > 0 && at % 4 == 0 {
            groups.push(' ');
        }
        groups.push(character);
    }
    groups
}

/// An international bank account number (ISO 13616), checked: country, length, check digits.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iban(String);

impl Iban {
    /// Reads one in any spelling: with spaces, in small letters.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let text = text.trim();
        if text.is_empty() {
            return Err(FieldProblem::Required);
        }
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '\u{a0}' | '-'));
        let number = compact(text);
        let country = number.get(..2).and_then(|code| LENGTHS.iter().find(|(known, _)| *known == code));
        let Some((_, expected)) = country.filter(|_| plain) else { return Err(FieldProblem::IbanInvalid) };
        if number.len() != *expected {
            return Err(FieldProblem::IbanLength { expected: *expected });
        }
        // 00, 01 and 99 satisfy the sum but are no check digits (ISO 7064 yields 02 to 98).
        let digits = number.as_bytes()[2..4].iter().all(u8::is_ascii_digit);
        if digits && !matches!(&number[2..4], "00" | "01" | "99") && checks(&number) {
            Ok(Self(number))
        } else {
            Err(FieldProblem::IbanInvalid)
        }
    }

    /// Without spaces, as machines take it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In groups of four.
    pub fn format(&self) -> String {
        grouped(&self.0)
    }
}

impl Serialize for Iban {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Iban {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| de::Error::custom("not an IBAN"))
    }
}

/// A bank's code (ISO 9362): four letters, a country, a place, perhaps a branch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Bic(String);

impl Bic {
    /// Reads one in any spelling.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        if text.trim().is_empty() {
            return Err(FieldProblem::Required);
        }
        let code: String =
            text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
        let bytes = code.as_bytes();
        let fits = matches!(bytes.len(), 8 | 11)
            && bytes.iter().all(u8::is_ascii_alphanumeric)
            && bytes[4..6].iter().all(u8::is_ascii_uppercase);
        if fits { Ok(Self(code)) } else { Err(FieldProblem::BicInvalid) }
    }

    /// The same where leaving the field empty is fine.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, FieldProblem> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// The code, in capitals.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How an account is named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AccountNumber {
    /// Internationally.
    Iban {
        /// The number.
        iban: Iban,
    },
    /// As its country does where there are no IBANs.
    Local {
        /// The account's number.
        account: Label,
        /// The bank's: routing number, sort code, BSB …
        routing: Option<Label>,
    },
}

impl AccountNumber {
    /// Reads what was typed. What begins like an IBAN must be one, and an account in euros has one.
    pub fn parse(text: &str, routing: Option<Label>, currency: Currency) -> Result<Self, FieldProblem> {
        let number = compact(text);
        let like_iban = number.len() >= 4
            && number.as_bytes()[..2].iter().all(u8::is_ascii_uppercase)
            && number.as_bytes()[2..4].iter().all(u8::is_ascii_digit);
        if like_iban {
            return Iban::parse(text).map(|iban| Self::Iban { iban });
        }
        let account = Label::parse(text)?;
        if currency == Currency::EUR {
            Err(FieldProblem::IbanNeeded)
        } else {
            Ok(Self::Local { account, routing })
        }
    }

    /// Reads back what was kept: an IBAN where it is one.
    pub fn kept(number: &str, routing: Option<Label>) -> Result<Self, FieldProblem> {
        match Iban::parse(number) {
            Ok(iban) => Ok(Self::Iban { iban }),
            Err(_) => Label::parse(number).map(|account| Self::Local { account, routing }),
        }
    }

    /// The number alone, as it is kept and copied.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Iban { iban } => iban.as_str(),
            Self::Local { account, .. } => account.as_str(),
        }
    }

    /// The number as people read it.
    pub fn format(&self) -> String {
        match self {
            Self::Iban { iban } => iban.format(),
            Self::Local { account, .. } => account.to_string(),
        }
    }

    /// The bank's number, where the account's alone does not tell.
    pub const fn routing(&self) -> Option<&Label> {
        match self {
            Self::Iban { .. } => None,
            Self::Local { routing, .. } => routing.as_ref(),
        }
    }
}

/// An account of the business that customers transfer to: one a currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankAccount {
    /// What it takes.
    pub currency: Currency,
    /// Whose it is.
    pub holder: Name,
    /// Its number.
    pub number: AccountNumber,
    /// The bank's international code, where it is needed.
    pub bic: Option<Bic>,
    /// The bank's name.
    pub bank_name: Option<Name>,
}
