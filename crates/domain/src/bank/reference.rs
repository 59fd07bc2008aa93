//! The reference by which a transfer names its invoice: a creditor reference of ISO 11649 (`RF18 5390 0754 7034`).
//!
//! Its two check digits catch what is mistyped, so that a reference which reads well is the one that was meant. It is made of
//! the invoice's number alone, so it needs no row of its own: the same number always gives the same reference, and a bank
//! statement years later still finds it.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{checks, compact, grouped, mod_97};

/// The most characters behind the check digits.
const BODY_MAX: usize = 21;

/// A creditor reference, checked.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CreditorReference(String);

impl CreditorReference {
    /// The reference of an invoice with this number: its letters and digits (`2026-014` becomes `RF97 2026 014`). Of a longer
    /// number the end counts, because that is where numbers differ; one without any letter or digit of ASCII has none.
    ///
    /// Two numbers of a business may come to the same (`2026-014`, `2026014`). Whoever looks money up by its reference then
    /// finds both, and leaves the choice to a person.
    pub fn of_number(number: &str) -> Option<Self> {
        let letters = compact(number);
        let body = &letters[letters.len().saturating_sub(BODY_MAX)..];
        if body.is_empty() {
            return None;
        }
        let rest = mod_97(body.bytes().chain(*b"RF00"));
        Some(Self(format!("RF{:02}{body}", 98 - rest)))
    }

    /// Reads a reference in any spelling: with spaces or without, in small letters.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c.is_whitespace() || c == '-');
        plain.then(|| compact(text)).filter(|text| is_reference(text)).map(Self)
    }

    /// Every reference that a text may hold, whatever stands around it and wherever it is broken: banks join lines and drop
    /// spaces. Where a reference ends cannot be told then, so all that check are named; one in a hundred of them does by
    /// chance, which is why whoever asks compares them with what it knows.
    pub fn candidates(text: &str) -> Vec<Self> {
        let text = compact(text);
        let mut found = Vec::new();
        for (at, _) in text.match_indices("RF") {
            for end in at + 5..=(at + 4 + BODY_MAX).min(text.len()) {
                let candidate = &text[at..end];
                if is_reference(candidate) {
                    found.push(Self(candidate.to_owned()));
                }
            }
        }
        found
    }

    /// Without spaces, as machines take it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In groups of four, as the standard prints it.
    pub fn format(&self) -> String {
        grouped(&self.0)
    }
}

/// Whether this, without spaces and in capitals, is a reference whose check digits are right.
fn is_reference(text: &str) -> bool {
    text.len() > 4
        && text.len() <= 4 + BODY_MAX
        && text.starts_with("RF")
        && text.as_bytes()[2..4].iter().all(u8::is_ascii_digit)
        && !matches!(&text[2..4], "00" | "01" | "99")
        && checks(text)
}

impl Serialize for CreditorReference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for CreditorReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not a creditor reference"))
    }
}
