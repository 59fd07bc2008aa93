//! Text that people enter, checked once where it comes in and known to be good from there on.
//!
//! Text in one line holds no line breaks (they would reach a mail header), no control characters and no characters
//! that turn the reading direction around (they can make `gpj.exe` of `exe.jpg`, and one invoice number of another).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::FieldProblem;

/// Marks, embeddings, overrides and isolates of the bidirectional algorithm, and the separators that act as line
/// breaks.
const fn turns_or_breaks(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Trims and checks text of one line.
fn line(text: &str, max: usize) -> Result<&str, FieldProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldProblem::Required);
    }
    if text.chars().any(|c| c.is_control() || turns_or_breaks(c)) {
        return Err(FieldProblem::ForbiddenCharacter);
    }
    if text.chars().count() > max {
        return Err(FieldProblem::TooLong { max });
    }
    Ok(text)
}

/// Trims and checks text of several lines. Browsers send CR LF; LF is kept.
fn lines(text: &str, max: usize) -> Result<String, FieldProblem> {
    let text = text.trim().replace("\r\n", "\n");
    if text.is_empty() {
        return Err(FieldProblem::Required);
    }
    if text.chars().any(|c| (c.is_control() && !matches!(c, '\n' | '\t')) || turns_or_breaks(c)) {
        return Err(FieldProblem::ForbiddenCharacter);
    }
    if text.chars().count() > max {
        return Err(FieldProblem::TooLong { max });
    }
    Ok(text)
}

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident($max:literal, $check:ident);)+) => { $(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most characters that fit.
            pub const MAX_CHARS: usize = $max;

            /// Trims and checks what was entered.
            pub fn parse(text: &str) -> Result<Self, FieldProblem> {
                $check(text, Self::MAX_CHARS).map(|text| Self(text.into()))
            }

            /// The same where leaving the field empty is fine.
            pub fn parse_optional(text: &str) -> Result<Option<Self>, FieldProblem> {
                match Self::parse(text) {
                    Ok(text) => Ok(Some(text)),
                    Err(FieldProblem::Required) => Ok(None),
                    Err(problem) => Err(problem),
                }
            }
        }

        plain_text!($name);
    )+ };
}

/// What every checked text can do.
macro_rules! plain_text {
    ($name:ident) => {
        impl $name {
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// The text, owned.
            pub fn into_string(self) -> String {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Self::parse(&text)
                    .map_err(|_| de::Error::custom(concat!("not acceptable as ", stringify!($name))))
            }
        }
    };
}

texts! {
    /// A short word or number in one line: a unit, a purchase order, an invoice number.
    Label(60, line);
    /// What someone or something is called, in one line.
    Name(200, line);
    /// A sentence in one line.
    ShortText(500, line);
    /// Text of several lines.
    LongText(4000, lines);
}

/// An address that mail can be sent to.
///
/// The check is conservative: what every mail server takes, nothing exotic (no quotes, no comments, no literal
/// addresses), ASCII only, at most 254 characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The most characters that fit: the limit of SMTP's path, less its brackets.
    pub const MAX_CHARS: usize = 254;

    /// Trims and checks what was entered.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let text = line(text, Self::MAX_CHARS)?;
        let (local, domain) = text.rsplit_once('@').ok_or(FieldProblem::EmailInvalid)?;
        if is_local_part(local) && is_mail_domain(domain) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldProblem::EmailInvalid)
        }
    }

    /// The same where leaving the field empty is fine.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, FieldProblem> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// In lower case: two spellings of one mailbox compare equal. What is sent to is the spelling that was entered.
    pub fn folded(&self) -> String {
        self.0.to_ascii_lowercase()
    }

    /// What stands behind the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Recognisable to its owner, useless to anyone else: `j•••@studio.example`.
    pub fn masked(&self) -> String {
        let first = self.0.chars().next().unwrap_or('•');
        format!("{first}•••@{}", self.domain())
    }
}

plain_text!(EmailAddress);

fn is_local_part(local: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    (1..=64).contains(&local.len())
        && local.split('.').all(|atom| !atom.is_empty() && atom.bytes().all(allowed))
}

fn is_mail_domain(domain: &str) -> bool {
    let label = |label: &str| {
        (1..=63).contains(&label.len())
            && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let top = domain.rsplit('.').next().unwrap_or("");
    domain.contains('.') && domain.split('.').all(label) && !top.bytes().all(|b| b.is_ascii_digit())
}

/// A phone number with its country code, in E.164: `+4930123456`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Phone(String);

impl Phone {
    /// Reads a number as people write it: `+49 (30) 12 34-56`, `0049 30 123456`. The country code is needed.
    pub fn parse(text: &str) -> Result<Self, FieldProblem> {
        let text = line(text, 40)?;
        let rest =
            text.strip_prefix('+').or_else(|| text.strip_prefix("00")).ok_or(FieldProblem::PhoneInvalid)?;
        let filler = |c: char| matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')');
        if !rest.chars().all(|c| c.is_ascii_digit() || filler(c)) {
            return Err(FieldProblem::PhoneInvalid);
        }
        let digits: String = rest.chars().filter(char::is_ascii_digit).collect();
        if (7..=15).contains(&digits.len()) && !digits.starts_with('0') {
            Ok(Self(format!("+{digits}")))
        } else {
            Err(FieldProblem::PhoneInvalid)
        }
    }

    /// The same where leaving the field empty is fine.
    pub fn parse_optional(text: &str) -> Result<Option<Self>, FieldProblem> {
        if text.trim().is_empty() { Ok(None) } else { Self::parse(text).map(Some) }
    }

    /// Recognisable to its owner, useless to anyone else: `+49•••56`.
    pub fn masked(&self) -> String {
        format!("{}•••{}", &self.0[..3], &self.0[self.0.len() - 2..])
    }
}

plain_text!(Phone);
