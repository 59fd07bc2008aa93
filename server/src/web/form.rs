//! What a query or a form carries.

use std::fmt::Write as _;

/// Most fields one form may carry: two hundred invoice lines of about ten fields, and room.
const MAX_FIELDS: usize = 4_000;

/// Decoded fields in the order they were sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fields(Vec<(String, String)>);

/// The text is no form: broken escapes, text that is not UTF-8, or too many fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

impl Fields {
    /// Decodes `application/x-www-form-urlencoded`, strictly: what a browser would never send is refused rather than
    /// repaired, so that a field means the same to every reader.
    pub fn parse(encoded: &[u8]) -> Result<Self, Malformed> {
        let mut fields = Vec::new();
        for pair in encoded.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if fields.len() == MAX_FIELDS {
                return Err(Malformed);
            }
            let middle = pair.iter().position(|byte| *byte == b'=');
            let (name, value) = middle.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
            fields.push((decode(name)?, decode(value)?));
        }
        Ok(Self(fields))
    }

    /// Fields made by us, for forms that are kept or tested.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }

    /// The first value of a field; nothing when it was not sent.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// The first value of a field as text; empty when it was not sent, which is how browsers send empty fields anyway.
    pub fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// All values of a field that may be sent several times.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// Every field.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Escapes a value for a query of ours.
pub fn encode(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn decode(encoded: &[u8]) -> Result<String, Malformed> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let [first, tail @ ..] = rest {
        rest = tail;
        match first {
            b'+' => bytes.push(b' '),
            b'%' => {
                let [high, low, tail @ ..] = rest else { return Err(Malformed) };
                let (Some(high), Some(low)) = (nibble(*high), nibble(*low)) else { return Err(Malformed) };
                bytes.push(high << 4 | low);
                rest = tail;
            }
            byte => bytes.push(*byte),
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| Malformed)?;
    // No field of ours can mean a NUL, and PostgreSQL cannot store one.
    if text.contains('\0') { Err(Malformed) } else { Ok(text) }
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_decoded_strictly() {
        let fields = Fields::parse("a=1&name=J%C3%BCrgen+B&empty=&bare&a=2".as_bytes()).unwrap();
        assert_eq!(fields.text("name"), "Jürgen B");
        assert_eq!(fields.get("empty"), Some(""));
        assert_eq!(fields.get("bare"), Some(""));
        assert_eq!(fields.get("missing"), None);
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        for broken in ["a=%", "a=%G0", "a=%4", "a=%FF", "a=%00", "%C3=1", "a=\u{0}"] {
            assert_eq!(Fields::parse(broken.as_bytes()), Err(Malformed), "{broken}");
        }
        assert_eq!(Fields::parse("a=1&".repeat(MAX_FIELDS + 1).as_bytes()), Err(Malformed));
    }

    proptest::proptest! {
        #[test]
        fn whatever_we_encode_we_decode(value in "[^\\x00]*") {
            let fields = Fields::parse(format!("v={}", encode(&value)).as_bytes()).unwrap();
            proptest::prop_assert_eq!(fields.text("v"), value);
        }

        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..64)) {
            let _ = Fields::parse(&bytes);
        }
    }
}
