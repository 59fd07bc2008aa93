//! Text messages: how long they are, and what an answer to one means.
//!
//! A text is paid for by segments. One that fits into the GSM alphabet holds 160 characters, any other 70; beyond that a
//! text is split, and each part loses a little room to the header that joins it with the others. One typographic
//! apostrophe can so double the price of a message, which is why [`plain`] replaces what has a plain equivalent.
//!
//! Whoever answers "stop", in one word or in their own, is texted no more. [`read`] recognises that; what it does not
//! recognise goes to a person, who can still end the texts.

named_enum! {
    /// How somebody agreed to be texted about their invoices.
    pub enum ConsentSource {
        /// In a contract or in the terms of an order.
        Contract = "contract",
        /// In a form on a website.
        WebForm = "web_form",
        /// By e-mail or letter.
        Writing = "writing",
        /// On the phone.
        Phone = "phone",
        /// In person.
        InPerson = "in_person",
        /// By a text message of their own.
        TextMessage = "text_message",
    }
}

named_enum! {
    /// What a gateway reports about a text it took.
    pub enum DeliveryStatus {
        /// The network took it.
        Sent = "sent",
        /// The phone has it.
        Delivered = "delivered",
        /// The network could not deliver it.
        Undelivered = "undelivered",
        /// It never got as far as the network.
        Failed = "failed",
    }
}

impl DeliveryStatus {
    /// Whether it did not arrive and never will.
    pub const fn is_lost(self) -> bool {
        matches!(self, Self::Undelivered | Self::Failed)
    }
}

/// The most segments a text of ours may have.
pub const MAX_SEGMENTS: u32 = 2;

/// The alphabet a text is sent in: the smaller one that has every character of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    /// The GSM 03.38 alphabet, 7 bits a character; the few of its extension take two.
    Gsm7,
    /// UTF-16: everything else, emoji as two units.
    Ucs2,
}

impl Encoding {
    /// Units in a text of one segment.
    pub const fn alone(self) -> usize {
        match self {
            Self::Gsm7 => 160,
            Self::Ucs2 => 70,
        }
    }

    /// Units in each segment of a longer one.
    pub const fn joined(self) -> usize {
        match self {
            Self::Gsm7 => 153,
            Self::Ucs2 => 67,
        }
    }
}

/// How long a text is, as the network counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Length {
    /// The alphabet it needs.
    pub encoding: Encoding,
    /// Units in that alphabet.
    pub units: usize,
    /// Parts it is sent and paid for in; none for an empty text.
    pub segments: u32,
}

/// Measures a text.
pub fn measure(text: &str) -> Length {
    let gsm: Option<Vec<usize>> = text.chars().map(gsm_units).collect();
    let (encoding, widths) = match gsm {
        Some(widths) => (Encoding::Gsm7, widths),
        None => (Encoding::Ucs2, text.chars().map(char::len_utf16).collect()),
    };
    let units: usize = widths.iter().sum();
    Length { encoding, units, segments: segments(&widths, units, encoding) }
}

/// Fills segments in order. A character of two units stands whole in one of them.
fn segments(widths: &[usize], units: usize, encoding: Encoding) -> u32 {
    if units == 0 {
        return 0;
    }
    if units <= encoding.alone() {
        return 1;
    }
    let (mut segments, mut filled) = (1, 0);
    for width in widths {
        if filled + width > encoding.joined() {
            segments += 1;
            filled = 0;
        }
        filled += width;
    }
    segments
}

/// The basic GSM 03.38 alphabet, without its extension.
const GSM_BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿\
                         abcdefghijklmnopqrstuvwxyzäöñüà";
/// Its extension: an escape and a character each.
const GSM_EXTENSION: &str = "\u{c}^{}\\[~]|€";

fn gsm_units(character: char) -> Option<usize> {
    if GSM_BASIC.contains(character) {
        Some(1)
    } else if GSM_EXTENSION.contains(character) {
        Some(2)
    } else {
        None
    }
}

/// The text with typographic quotes, dashes and spaces as plain ones: they would take every other character of it into
/// the larger alphabet. Letters stay: a name is written as it is spelt.
pub fn plain(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '‘' | '’' | '‚' | '‛' | '′' => plain.push('\''),
            '“' | '”' | '„' | '‟' | '«' | '»' | '″' => plain.push('"'),
            '‐' | '‑' | '‒' | '–' | '—' | '−' => plain.push('-'),
            '…' => plain.push_str("..."),
            '\u{a0}' | '\u{2007}' | '\u{2009}' | '\u{202f}' => plain.push(' '),
            '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{feff}' => {}
            other => plain.push(other),
        }
    }
    plain
}

/// What somebody means who answers a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// No more texts.
    Stop,
    /// Texts again, after a stop.
    Start,
    /// Something that a person has to read.
    Other,
}

/// One word (or the like) that ends texts when it is all there is.
const STOP_WORDS: &[&str] = &[
    "stop",
    "stopall",
    "stop all",
    "quit",
    "end",
    "revoke",
    "opt out",
    "optout",
    "cancel",
    "unsubscribe",
    "stopp",
    "halt",
    "ende",
    "beenden",
    "abmelden",
    "abbestellen",
    "widerruf",
    "widerrufen",
    "austragen",
];

/// Courtesies that may stand around such a word.
const COURTESIES: &[&str] =
    &["please", "pls", "now", "thanks", "thank you", "bitte", "danke", "jetzt", "sofort"];

/// Phrases that end texts wherever they stand.
const STOP_PHRASES: &[&str] = &[
    "stop texting",
    "stop messaging",
    "stop sending",
    "stop contacting",
    "stop writing",
    "stop the texts",
    "stop the messages",
    "stop these texts",
    "stop these messages",
    "stop all texts",
    "stop all messages",
    "stop sms",
    "quit texting",
    "quit messaging",
    "quit sending",
    "do not text",
    "don t text",
    "dont text",
    "do not message me",
    "don t message me",
    "dont message me",
    "do not contact me",
    "don t contact me",
    "dont contact me",
    "do not send me",
    "don t send me",
    "dont send me",
    "do not write to me",
    "don t write to me",
    "never text me",
    "no more texts",
    "no more text messages",
    "no more messages",
    "no more sms",
    "no further texts",
    "no further messages",
    "no texts please",
    "remove me",
    "remove my number",
    "delete my number",
    "take me off",
    "unsubscribe me",
    "opt me out",
    "opt out of",
    "want to opt out",
    "like to opt out",
    "wish to opt out",
    "revoke my consent",
    "revoke consent",
    "withdraw my consent",
    "leave me alone",
    "keine sms",
    "keine nachrichten mehr",
    "keine textnachrichten",
    "keine weiteren nachrichten",
    "keine weitere nachricht",
    "nicht mehr schreiben",
    "nicht mehr anschreiben",
    "nicht mehr kontaktieren",
    "schreiben sie mir nicht",
    "schreibt mir nicht",
    "schicken sie mir keine",
    "senden sie mir keine",
    "schickt mir keine",
    "hören sie auf",
    "hör auf",
    "hört auf",
    "bitte aufhören",
    "aufhören zu schreiben",
    "lassen sie mich in ruhe",
    "lasst mich in ruhe",
    "lass mich in ruhe",
    "einwilligung widerrufe",
    "widerrufe meine einwilligung",
    "widerrufe die einwilligung",
    "nummer löschen",
    "löschen sie meine nummer",
    "von der liste",
    "aus der liste",
    "melden sie mich ab",
    "meldet mich ab",
    "möchte mich abmelden",
];

/// Words before a phrase that turn it round: "please do not stop texting me".
const NEGATIONS: &[&str] = &["not", "t", "dont", "never", "nicht"];

/// Words that bring texts back. Deliberately few: agreeing takes more than not objecting.
const START_WORDS: &[&str] = &["start", "unstop"];

/// What an answer means. "Stop" by the usual words, in any spelling, and by free wording in English and German;
/// everything that is not clearly one of the two is [`Reply::Other`].
pub fn read(text: &str) -> Reply {
    let words = words(text);
    let mut core: &[String] = &words;
    while let Some(shorter) = without_courtesy(core) {
        core = shorter;
    }
    let whole = core.join(" ");
    if START_WORDS.contains(&&whole[..]) {
        return Reply::Start;
    }
    if STOP_WORDS.contains(&&whole[..]) || STOP_PHRASES.iter().any(|phrase| says(&words, phrase)) {
        return Reply::Stop;
    }
    Reply::Other
}

/// The words in lower case, without anything between them.
fn words(text: &str) -> Vec<String> {
    let lower = text.to_lowercase();
    lower
        .split(|character: char| !character.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// The words without a courtesy at one of their ends, if there is one and something else remains.
fn without_courtesy(words: &[String]) -> Option<&[String]> {
    COURTESIES.iter().find_map(|courtesy| {
        let courtesy: Vec<&str> = courtesy.split(' ').collect();
        let rest = words.len().checked_sub(courtesy.len()).filter(|rest| *rest > 0)?;
        if words[rest..].iter().eq(courtesy.iter()) {
            Some(&words[..rest])
        } else if words[..courtesy.len()].iter().eq(courtesy.iter()) {
            Some(&words[courtesy.len()..])
        } else {
            None
        }
    })
}

/// Whether the words hold a phrase that is not turned round by the word before it.
fn says(words: &[String], phrase: &str) -> bool {
    let phrase: Vec<&str> = phrase.split(' ').collect();
    words.windows(phrase.len()).enumerate().any(|(at, window)| {
        let negated = at > 0 && NEGATIONS.contains(&&words[at - 1][..]);
        !negated && window.iter().eq(phrase.iter())
    })
}
