//! The words that go out: what may stand in a text, and what must not.
//!
//! The guard ([`check`]) reads a text as a careful colleague would before it goes out: no "debt", no threat that the
//! business has not enabled, no shouting, nobody who pretends to be an agency. It looks for words, so it can miss what
//! is said in other ones; it is there so that nothing bad goes out by thoughtlessness, not to outwit malice. Words
//! match as wholes, from their first letter: "courtesy" is not "court", and "we are indebted to you" is a thank-you.
//!
//! What may stand in a text is checked by [`template`].

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::Language;
use crate::follow_up::Consequence;
use crate::message::Channel;
use crate::schedule::Tone;

mod english;
mod german;
pub mod template;

named_enum! {
    /// What can be filled into a text. The names are what a business writes in its own.
    pub enum Variable {
        /// Whether it speaks of more than one invoice. Only for conditions.
        Several = "several",
        /// Whether the earliest due date is past. Only for conditions.
        Overdue = "overdue",
        /// The business's name.
        Sender = "sender",
        /// The contact's name.
        Recipient = "recipient",
        /// The number of the invoice; with several, of the one due the longest.
        Number = "number",
        /// What that invoice was for.
        Title = "title",
        /// How many invoices.
        Count = "count",
        /// The earliest due date.
        Due = "due",
        /// The same as "was due 12 days ago" or "is due in 3 days".
        WasDue = "was_due",
        /// What is open of all of them.
        Total = "total",
        /// What may follow: "we may …" goes on with it. Empty when nothing is enabled.
        Consequences = "consequences",
        /// The table of invoices.
        Invoices = "invoices",
        /// The bank account to transfer to. Empty when there is none.
        Bank = "bank",
        /// The address of the customer's page.
        Link = "link",
        /// Where an answer reaches the business.
        ReplyTo = "reply_to",
        /// The business's phone number. Empty when there is none.
        Phone = "phone",
    }
}

impl Variable {
    /// Whether texts of this channel have it.
    pub const fn is_on(self, channel: Channel) -> bool {
        match channel {
            Channel::Email => !matches!(self, Self::Link | Self::Bank),
            Channel::Letter => !matches!(self, Self::Link),
            Channel::Sms => !matches!(self, Self::Consequences | Self::Invoices | Self::Bank | Self::ReplyTo),
            Channel::Call => !matches!(self, Self::Link | Self::Invoices | Self::Bank),
            _ => false,
        }
    }

    /// Whether it only answers yes or no.
    pub const fn is_condition(self) -> bool {
        matches!(self, Self::Several | Self::Overdue)
    }
}

/// What is wrong with some words of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "consequence", rename_all = "snake_case")]
pub enum Objection {
    /// "Debt" and its kin: there is the invoice, and the open amount.
    Debt,
    /// Something is announced that the business has not enabled.
    NotEnabled(Consequence),
    /// Something is announced that it has enabled, in a text friendlier than firm.
    TooEarly(Consequence),
    /// The business speaks as if it were somebody else: an agency, a law firm.
    Posing,
    /// An exclamation mark.
    Exclamation,
    /// Words in capitals.
    Shouting,
}

/// Some words of a text that must not go out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Why not.
    pub objection: Objection,
    /// The words as they stand there.
    pub words: String,
    /// Where they begin: bytes from the start of the text.
    pub at: usize,
}

impl Finding {
    /// The line they stand in, from 1.
    pub fn line(&self, text: &str) -> usize {
        line_at(text, self.at)
    }
}

/// What a language's words mean to the guard. In a phrase, `*` before or after a word stands for any letters there.
struct WordList {
    debt: &'static [&'static str],
    consequence: fn(Consequence) -> &'static [&'static str],
    posing: &'static [&'static str],
    /// Words that a pattern would find and that are innocent.
    innocent: &'static [&'static str],
}

const fn words_of(language: Language) -> &'static WordList {
    match language {
        Language::English => &english::WORDS,
        Language::German => &german::WORDS,
    }
}

/// Reads a text: everything in it that must not go out, in the order in which it stands there. Variables and
/// conditions are passed over. `enabled` is what the business may announce, and only in a text that is firm or final.
pub fn check(text: &str, language: Language, tone: Tone, enabled: &BTreeSet<Consequence>) -> Vec<Finding> {
    let words = words(text);
    let mut findings = Vec::new();
    let mut look_for = |list: &WordList, phrases: &[&str], objection: Objection| {
        for phrase in phrases {
            findings.extend(occurrences(text, &words, phrase, list.innocent, objection));
        }
    };
    // These words are nowhere right, so they are found in whatever language they are slipped in.
    for list in Language::ALL.iter().map(|language| words_of(*language)) {
        look_for(list, list.debt, Objection::Debt);
    }
    let list = words_of(language);
    look_for(list, list.posing, Objection::Posing);
    for &consequence in Consequence::ALL {
        let objection = if !enabled.contains(&consequence) {
            Objection::NotEnabled(consequence)
        } else if tone < Tone::Firm {
            Objection::TooEarly(consequence)
        } else {
            continue;
        };
        look_for(list, (list.consequence)(consequence), objection);
    }
    let spoken = without_tags(text);
    let exclamations = spoken.char_indices().filter(|(_, c)| matches!(c, '!' | '¡' | '！'));
    findings.extend(exclamations.map(|(at, c)| Finding {
        objection: Objection::Exclamation,
        words: c.to_string(),
        at,
    }));
    findings.extend(shouting(text, &words));
    findings.sort_by_key(|finding| (finding.at, finding.objection, finding.words.len()));
    findings.dedup_by_key(|finding| (finding.at, finding.objection));
    findings
}

/// A word of a text, and where it stands.
struct Word {
    start: usize,
    end: usize,
    /// In lower case.
    folded: String,
    /// Whether something that is no plain gap stands before it: a variable, or the end of a sentence.
    follows_break: bool,
}

/// The text with variables and conditions blanked out, every other byte where it was.
fn without_tags(text: &str) -> String {
    let mut blanked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("{{").into_iter().chain(rest.find("{%")).min() {
        let (before, tag) = rest.split_at(start);
        let end = tag.find("}}").into_iter().chain(tag.find("%}")).min().map_or(tag.len(), |end| end + 2);
        blanked.push_str(before);
        blanked.extend(std::iter::repeat_n('\u{1}', end));
        rest = &tag[end..];
    }
    blanked + rest
}

fn words(text: &str) -> Vec<Word> {
    let spoken = without_tags(text);
    let mut words: Vec<Word> = Vec::new();
    let mut start = None;
    let mut follows_break = false;
    for (at, c) in spoken.char_indices().chain([(spoken.len(), ' ')]) {
        if c.is_alphanumeric() {
            start.get_or_insert(at);
            continue;
        }
        if let Some(start) = start.take() {
            let folded = spoken[start..at].to_lowercase();
            words.push(Word { start, end: at, folded, follows_break });
            follows_break = false;
        }
        follows_break |= matches!(c, '\u{1}' | '.' | '?' | '!' | ':' | ';');
    }
    words
}

/// Where the words of a phrase follow each other.
fn occurrences(
    text: &str,
    words: &[Word],
    phrase: &str,
    innocent: &[&str],
    objection: Objection,
) -> Vec<Finding> {
    let pattern: Vec<&str> = phrase.split(' ').collect();
    let mut found = Vec::new();
    for window in words.windows(pattern.len()) {
        let fits = window.iter().zip(&pattern).all(|(word, pattern)| fits(&word.folded, pattern));
        let apart = window.iter().skip(1).any(|word| word.follows_break);
        let harmless = window.iter().any(|word| innocent.contains(&word.folded.as_str()));
        if let ([first, ..], Some(last), true, false, false) = (window, window.last(), fits, apart, harmless)
        {
            found.push(Finding { objection, words: text[first.start..last.end].to_owned(), at: first.start });
        }
    }
    found
}

fn fits(word: &str, pattern: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (None, None) => word == pattern,
        (Some(end), None) => word.ends_with(end),
        (None, Some(start)) => word.starts_with(start),
        (Some(_), Some(_)) => word.contains(pattern.trim_matches('*')),
    }
}

/// Capitals that are no shouting, however long.
const ABBREVIATIONS: &[&str] =
    &["BIC", "EPC", "GBR", "HTTPS", "IBAN", "OHG", "SEPA", "SMS", "STOP", "STOPP", "VAT"];

/// A word of five or more capitals, or two or more words of capitals in a row.
fn shouting(text: &str, words: &[Word]) -> Vec<Finding> {
    let mut found = Vec::new();
    let mut before = false;
    for word in words {
        let written = &text[word.start..word.end];
        let letters = written.chars().count();
        let loud =
            letters > 1 && written.chars().all(char::is_uppercase) && !ABBREVIATIONS.contains(&written);
        if loud && (letters >= 5 || before) {
            let words = written.to_owned();
            found.push(Finding { objection: Objection::Shouting, words, at: word.start });
        }
        before = loud;
    }
    found
}

named_enum! {
    /// What a reminder can be about: a text has to read right in every case.
    pub enum Case {
        /// One invoice, past its due date.
        Overdue = "overdue",
        /// One invoice, before it.
        DueSoon = "due-soon",
        /// Several, of which some are past theirs.
        Several = "several",
        /// Several, before the first due date.
        SeveralDueSoon = "several-due-soon",
    }
}

/// The part of a text that something is wrong with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The line above.
    Subject,
    /// The words themselves.
    Body,
}

/// What a text must be changed for before it is saved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", content = "what", rename_all = "snake_case")]
pub enum Trouble {
    /// Its form is wrong.
    Misprint(template::Fault),
    /// Words that must not go out.
    Objection(Objection),
    /// The table of invoices, or the bank account, stands in a sentence or in the subject: it is a paragraph of its own.
    BlockInSentence,
    /// The table of invoices is not there exactly once.
    NoInvoices,
    /// The button is not there exactly once.
    NoButton,
    /// The link is not there.
    NoLink,
    /// More words than people read.
    TooManyWords {
        /// The most that fit.
        max: usize,
    },
    /// A subject longer than mail programs show.
    SubjectTooLong {
        /// The most characters.
        max: usize,
    },
    /// A text message of more parts than fit.
    TooManySegments {
        /// How many there are.
        segments: u32,
        /// The most that fit.
        max: u32,
    },
    /// An amount in a text message, which the business has not allowed.
    AmountNotAllowed,
    /// It leaves nothing to say in some case.
    Empty,
}

/// A place in a text that must be changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remark {
    /// In which part.
    pub part: Part,
    /// Why.
    pub trouble: Trouble,
    /// The words concerned, where there are any.
    pub words: Option<String>,
    /// The line they stand in, from 1.
    pub line: Option<usize>,
}

impl Remark {
    /// About a part as a whole.
    pub const fn on(part: Part, trouble: Trouble) -> Self {
        Self { part, trouble, words: None, line: None }
    }

    /// About what the guard found.
    pub fn of_finding(part: Part, text: &str, finding: Finding) -> Self {
        let line = Some(finding.line(text));
        Self { part, trouble: Trouble::Objection(finding.objection), words: Some(finding.words), line }
    }

    /// About a place whose form is wrong.
    pub fn of_misprint(part: Part, text: &str, misprint: template::Misprint) -> Self {
        let line = Some(line_at(text, misprint.at));
        Self { part, trouble: Trouble::Misprint(misprint.fault), words: Some(misprint.words), line }
    }
}

/// The line that a byte stands in, from 1.
fn line_at(text: &str, at: usize) -> usize {
    1 + text.bytes().take(at).filter(|byte| *byte == b'\n').count()
}
