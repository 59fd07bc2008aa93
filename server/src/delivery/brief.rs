//! What needs no layout: a text message, and the words suggested to a person who calls.

use domain::Locale;
use domain::message::Channel;

use super::compose::{self, Filling};
use super::engine;
use super::letters::{Code, Correspondents, Reminder};
use super::mail::MailError;

/// A text message: who writes, what, the link, and how to get no more of them. Sender and way out are not the
/// template's to forget. Amounts only where the business turned them on.
pub fn text_message(
    reminder: &Reminder,
    between: &Correspondents,
    link: &str,
    amounts: bool,
) -> Result<String, MailError> {
    let composed =
        compose::reminder(reminder, Filling { between, channel: Channel::Sms, link, amounts, bank: false })?;
    let opt_out = engine::phrase(Locale::from_tag(&between.language).speech(), "opt_out", &[])?;
    let words = composed.paragraphs().join(" ");
    Ok(format!("{}: {} {opt_out}", between.sender, words.split_whitespace().collect::<Vec<_>>().join(" ")))
}

/// The one word that follows a "stop", in the language of whoever said it.
pub fn texts_ended(between: &Correspondents) -> Result<String, MailError> {
    let sender = minijinja::Value::from(between.sender.as_str());
    Ok(engine::phrase(Locale::from_tag(&between.language).speech(), "texts_ended", &[sender])?)
}

/// A code, in one sentence that says who it is from.
pub fn code(code: &Code, between: &Correspondents) -> Result<String, MailError> {
    let values = [between.sender.as_str().into(), code.code.as_str().into(), code.minutes.into()];
    Ok(engine::phrase(Locale::from_tag(&between.language).speech(), "code", &values)?)
}

/// What a person might say on the phone, and what to note. Paragraphs, set apart by empty lines.
pub fn call(reminder: &Reminder, between: &Correspondents) -> Result<String, MailError> {
    let filling = Filling { between, channel: Channel::Call, link: "", amounts: true, bank: false };
    Ok(compose::reminder(reminder, filling)?.paragraphs().join("\n\n"))
}
