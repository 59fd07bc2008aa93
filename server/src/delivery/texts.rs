//! The words that are built in, for every step, channel and language.
//!
//! A text is plain: a subject (e-mail and letter) and paragraphs, set apart by empty lines. In it stand variables,
//! `{{ number }}`, and conditions, `{% if several %}…{% else %}…{% endif %}`. A paragraph `{{ invoices }}` is the table
//! of invoices, `{{ bank }}` the account to transfer to, and one in square brackets, `[Pay now]`, is the button. What a
//! business writes itself has the same form, so the built-in words are where it begins.
//!
//! To add a language: a folder beside `server/mails/en` with the same files, its line in [`TEXTS`] and in
//! `engine.rs`; a test compares the folders.

use domain::Language;
use domain::message::Channel;
use domain::schedule::Tone;
use domain::wording::Variable;

/// The words of one message, before anything is filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// One line; empty where the channel has none.
    pub subject: String,
    /// Paragraphs, set apart by empty lines.
    pub body: String,
    /// What is said in its place should it not render: a business's own words never keep a message from going out.
    pub instead: Option<Box<Text>>,
}

impl Text {
    /// A text from its file: on channels with a subject that stands first, up to the first empty line.
    fn read(source: &str, channel: Channel) -> Self {
        let (subject, body) = match source.split_once("\n\n") {
            Some(parts) if has_subject(channel) => parts,
            _ => ("", source),
        };
        Self { subject: subject.trim().to_owned(), body: body.trim().to_owned(), instead: None }
    }

    /// Whether a variable stands in it.
    pub fn mentions(&self, variable: Variable) -> bool {
        let tags =
            || self.subject.split('{').chain(self.body.split('{')).filter_map(|tag| tag.split('}').next());
        tags().any(|tag| {
            tag.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == variable.as_str())
        })
    }
}

/// Whether messages on this channel have a subject.
pub const fn has_subject(channel: Channel) -> bool {
    matches!(channel, Channel::Email | Channel::Letter)
}

/// The channels that have words.
pub const CHANNELS: [Channel; 4] = [Channel::Email, Channel::Sms, Channel::Letter, Channel::Call];

/// The names of the built-in texts, in the order in which they are said.
pub const NAMES: [&str; 5] = ["heads-up", "friendly", "help", "firm", "final-notice"];

/// The tone each of them speaks in.
pub fn tone_of(name: &str) -> Option<Tone> {
    match name {
        "heads-up" | "friendly" => Some(Tone::Friendly),
        "help" => Some(Tone::Polite),
        "firm" => Some(Tone::Firm),
        "final-notice" => Some(Tone::Final),
        _ => None,
    }
}

/// The built-in text that speaks in a tone: what a step says whose name has no text.
pub const fn name_of(tone: Tone) -> &'static str {
    match tone {
        Tone::Friendly => "friendly",
        Tone::Polite => "help",
        Tone::Firm => "firm",
        Tone::Final => "final-notice",
    }
}

/// Mail that is not part of a schedule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answer {
    Statement,
    Receipt,
    Refund,
    CreditNote,
    Returned,
    Corrected,
    AutopayNotice,
    AutopayFailed,
    AutopayConfirm,
    AutopayEnded,
    FreshLink,
    Code,
    Invitation,
}

/// Every source, by language, folder and name.
macro_rules! sources {
    ($($folder:literal: [$($name:literal),+],)+) => {
        &[
            $($((Language::English, $folder, $name, include_str!(concat!("../../mails/en/", $folder, "/", $name))),)+)+
            $($((Language::German, $folder, $name, include_str!(concat!("../../mails/de/", $folder, "/", $name))),)+)+
        ]
    };
}

/// Every text there is: language, channel, name, source.
const TEXTS: &[(Language, &str, &str, &str)] = sources! {
    "email": [
        "heads-up", "friendly", "help", "firm", "final-notice", "statement", "receipt", "refund", "credit_note", "returned",
        "corrected", "autopay_notice", "autopay_failed", "autopay_confirm", "autopay_ended", "fresh_link", "code", "invitation"
    ],
    "sms": ["heads-up", "friendly", "help", "firm", "final-notice"],
    "letter": ["heads-up", "friendly", "help", "firm", "final-notice"],
    "call": ["heads-up", "friendly", "help", "firm", "final-notice"],
};

fn read(name: &str, channel: Channel, language: Language) -> Option<Text> {
    TEXTS
        .iter()
        .find(|(of, folder, text, _)| *of == language && *folder == channel.as_str() && *text == name)
        .map(|(.., source)| Text::read(source, channel))
}

/// The built-in text of a name.
pub fn built_in(name: &str, channel: Channel, language: Language) -> Option<Text> {
    NAMES.contains(&name).then(|| read(name, channel, language))?
}

/// The built-in text for a step: by its name, else by its tone. `None` for channels without words.
pub fn fitting(name: &str, channel: Channel, language: Language, tone: Tone) -> Option<Text> {
    built_in(name, channel, language).or_else(|| built_in(name_of(tone), channel, language))
}

/// The text of an answer.
pub(super) fn answer(answer: Answer, language: Language) -> Option<Text> {
    let name = match answer {
        Answer::Statement => "statement",
        Answer::Receipt => "receipt",
        Answer::Refund => "refund",
        Answer::CreditNote => "credit_note",
        Answer::Returned => "returned",
        Answer::Corrected => "corrected",
        Answer::AutopayNotice => "autopay_notice",
        Answer::AutopayFailed => "autopay_failed",
        Answer::AutopayConfirm => "autopay_confirm",
        Answer::AutopayEnded => "autopay_ended",
        Answer::FreshLink => "fresh_link",
        Answer::Code => "code",
        Answer::Invitation => "invitation",
    };
    read(name, Channel::Email, language)
}
