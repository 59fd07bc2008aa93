//! A mail as it arrived, and as people read it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use mail_parser::{Address, MessageParser, MimeHeaders};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A mail as it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mail {
    /// `mail_1`, `mail_2`, …
    pub id: String,
    /// Machine time of its arrival, in seconds since the epoch.
    pub machine_seconds: i64,
    /// Business time of its arrival.
    pub business_seconds: i64,
    /// The envelope's sender.
    pub envelope_from: String,
    /// The envelope's recipients.
    pub envelope_to: Vec<String>,
    /// Whether the sender was told that it had been taken.
    pub acknowledged: bool,
    /// Headers and body, dots unstuffed.
    #[serde(serialize_with = "to_base64", deserialize_with = "from_base64")]
    pub raw: Vec<u8>,
}

fn to_base64<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&BASE64.encode(bytes))
}

fn from_base64<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
    BASE64.decode(String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
}

/// A mail as people read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParsedMail {
    /// The sandbox's id of it.
    pub id: String,
    /// Machine time of its arrival, in seconds since the epoch.
    pub machine_seconds: i64,
    /// Business time of its arrival.
    pub business_seconds: i64,
    /// The envelope's sender.
    pub envelope_from: String,
    /// The envelope's recipients.
    pub envelope_to: Vec<String>,
    /// Whether the sender was told that it had been taken.
    pub acknowledged: bool,
    /// `From`, with its name.
    pub from: String,
    /// `To`, with names.
    pub to: String,
    /// `Reply-To`, with its name; empty without one.
    pub reply_to: String,
    /// The decoded subject.
    pub subject: String,
    /// `Message-ID` without its brackets.
    pub message_id: Option<String>,
    /// Every header as it was written, in order.
    pub headers: Vec<(String, String)>,
    /// The text part, decoded; none if the mail has none of its own.
    pub text: Option<String>,
    /// The HTML part, decoded; none if the mail has none of its own.
    pub html: Option<String>,
    /// Names and lengths of attachments.
    pub attachments: Vec<(String, usize)>,
}

impl ParsedMail {
    /// Every `http` address in the text part, in order; of the HTML part if there is no text.
    pub fn links(&self) -> Vec<String> {
        let source = self.text.as_deref().or(self.html.as_deref()).unwrap_or_default();
        link_spans(source).into_iter().map(|(start, end)| source[start..end].to_owned()).collect()
    }
}

/// Where addresses start and end in a text.
pub(crate) fn link_spans(text: &str) -> Vec<(usize, usize)> {
    let mut spans = Vec::new();
    let mut from = 0;
    while let Some(found) = text[from..].find("http") {
        let start = from + found;
        let rest = &text[start..];
        if !(rest.starts_with("http://") || rest.starts_with("https://")) {
            from = start + 4;
            continue;
        }
        let stop = |letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | '"' | '\'' | '`');
        let length = rest.find(stop).unwrap_or(rest.len());
        // Punctuation that ends a sentence or closes a bracket is not part of the address.
        let length = rest[..length].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']']).len();
        spans.push((start, start + length));
        from = start + length.max(4);
    }
    spans
}

impl Mail {
    /// Reads headers and parts.
    pub fn parsed(&self) -> ParsedMail {
        let message = MessageParser::default().parse(&self.raw);
        let text_of = |html: bool| {
            let message = message.as_ref()?;
            let mut parts = if html { message.html_body.iter() } else { message.text_body.iter() };
            // The parser makes either part from the other; only a part that is really there counts.
            parts.find_map(|&index| {
                let part = message.parts.get(usize::try_from(index).ok()?)?;
                let subtype = part.content_type().and_then(|kind| kind.subtype()).unwrap_or("plain");
                (subtype.eq_ignore_ascii_case("html") == html)
                    .then(|| part.text_contents().map(str::to_owned))?
            })
        };
        let header = |name: &str| {
            message.as_ref().and_then(|message| message.header_raw(name)).map(unfold).unwrap_or_default()
        };
        let address = |address: Option<&Address<'_>>, name: &str| {
            address.map_or_else(|| header(name), readable_addresses)
        };
        ParsedMail {
            id: self.id.clone(),
            machine_seconds: self.machine_seconds,
            business_seconds: self.business_seconds,
            envelope_from: self.envelope_from.clone(),
            envelope_to: self.envelope_to.clone(),
            acknowledged: self.acknowledged,
            from: address(message.as_ref().and_then(|message| message.from()), "From"),
            to: address(message.as_ref().and_then(|message| message.to()), "To"),
            reply_to: address(message.as_ref().and_then(|message| message.reply_to()), "Reply-To"),
            subject: message.as_ref().and_then(|message| message.subject()).unwrap_or_default().to_owned(),
            message_id: message.as_ref().and_then(|message| message.message_id()).map(str::to_owned),
            headers: message
                .as_ref()
                .map(|message| {
                    message.headers_raw().map(|(name, value)| (name.to_owned(), unfold(value))).collect()
                })
                .unwrap_or_default(),
            text: text_of(false),
            html: text_of(true),
            attachments: message
                .as_ref()
                .map(|message| {
                    let name = |part: &mail_parser::MessagePart<'_>| {
                        part.attachment_name().unwrap_or("unnamed").to_owned()
                    };
                    message.attachments().map(|part| (name(part), part.contents().len())).collect()
                })
                .unwrap_or_default(),
        }
    }
}

fn readable_addresses(address: &Address<'_>) -> String {
    let one = |address: &mail_parser::Addr<'_>| match (&address.name, &address.address) {
        (Some(name), Some(address)) => format!("{name} <{address}>"),
        (None, Some(address)) => address.to_string(),
        (Some(name), None) => name.to_string(),
        (None, None) => String::new(),
    };
    address.iter().map(one).collect::<Vec<_>>().join(", ")
}

/// A header on one line.
fn unfold(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::Mail;

    fn mail(raw: &str) -> Mail {
        Mail {
            id: "mail_1".to_owned(),
            machine_seconds: 0,
            business_seconds: 0,
            envelope_from: "a@sender.example".to_owned(),
            envelope_to: vec!["b@receiver.example".to_owned()],
            acknowledged: true,
            raw: raw.replace('\n', "\r\n").into_bytes(),
        }
    }

    #[test]
    fn a_mail_in_two_parts_is_read() {
        let parsed = mail(
            "From: =?utf-8?q?N=C3=B6rdlicht?= <a@sender.example>\nTo: b@receiver.example\nReply-To: Ada <ada@sender.example>\n\
             Subject: =?utf-8?b?UmVjaG51bmcg4oKs?=\nMessage-ID: <1@sender.example>\nMIME-Version: 1.0\n\
             Content-Type: multipart/alternative; boundary=x\n\n--x\nContent-Type: text/plain; charset=utf-8\n\
             Content-Transfer-Encoding: quoted-printable\n\nPay here: http://127.0.0.1:3000/l/abc=\ndef.\n--x\n\
             Content-Type: text/html; charset=utf-8\n\n<p>Pay <a href=\"http://127.0.0.1:3000/l/abc\">here</a></p>\n--x--\n",
        )
        .parsed();
        assert_eq!(parsed.from, "Nördlicht <a@sender.example>");
        assert_eq!(parsed.reply_to, "Ada <ada@sender.example>");
        assert_eq!(parsed.subject, "Rechnung €");
        assert_eq!(parsed.message_id.as_deref(), Some("1@sender.example"));
        assert_eq!(parsed.links(), ["http://127.0.0.1:3000/l/abcdef"]);
        assert!(parsed.html.unwrap().contains("<a href="));
    }

    #[test]
    fn a_part_that_is_not_there_is_not_made_up() {
        let parsed =
            mail("From: a@sender.example\nSubject: Hello\n\nOnly text (see https://sender.example/x).\n")
                .parsed();
        assert_eq!(parsed.html, None);
        assert_eq!(parsed.links(), ["https://sender.example/x"]);
    }
}
