//! Writing a mail: from what is to be said to the bytes a relay takes.
//!
//! The words come from a text ([`texts`](super::texts)), built in or the business's own; filled in, it is paragraphs, a
//! table and a button, from which two layouts (`server/mails/mail.txt` and `mail.mjml`) make the text part and the
//! HTML, so that the two cannot differ. `mrml` turns MJML into HTML that mail programs understand.
//!
//! To add a mail: a file in each language's folder, a line in `texts.rs`, and a variant of [`Letter`].

use domain::Locale;
use domain::Timestamp;
use domain::message::Channel;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::compose::{self, Composed, Filling};
use super::engine;
pub use super::letters::{
    AutopayLetter, AutopayWord, Code, Correspondents, FreshLink, Invitation, InvoiceRow, Letter, MoneyBack,
    Receipt, StatementLetter,
};
use super::texts::{self, Answer, Text};

/// A rendered mail, before headers, or a letter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// Where its reader changes how they are contacted, for what asks for money.
    pub way_out: Option<String>,
}

/// A mail could not be written. Always a fault of a template, never of the data.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The template engine's complaint.
    #[error("mail template: {0}")]
    Template(#[from] minijinja::Error),
    /// There are no words for this.
    #[error("there is no such text")]
    NoText,
    /// MJML that does not parse or render.
    #[error("mail layout: {0}")]
    Layout(String),
    /// A header or body that cannot be built.
    #[error("mail message: {0}")]
    Message(#[from] lettre::error::Error),
    /// An address that is none.
    #[error("mail address: {0}")]
    Address(#[from] lettre::address::AddressError),
}

/// Renders a letter. `link` is what its button opens: the real address for the bytes that leave, a placeholder for
/// the body that is kept.
pub fn render(letter: &Letter, between: &Correspondents, link: &str) -> Result<Rendered, MailError> {
    render_with(letter, between, link, None)
}

/// The same for a mail that asks for money: `way_out` is where its reader changes how they are contacted, likewise real or a
/// placeholder.
pub fn render_chasing(
    letter: &Letter,
    between: &Correspondents,
    link: &str,
    way_out: &str,
) -> Result<Rendered, MailError> {
    render_with(letter, between, link, Some(way_out))
}

fn render_with(
    letter: &Letter,
    between: &Correspondents,
    link: &str,
    way_out: Option<&str>,
) -> Result<Rendered, MailError> {
    let language = Locale::from_tag(&between.language).speech();
    let answer = |answer, values: Value| -> Result<Composed, MailError> {
        let text: Text = texts::answer(answer, language).ok_or(MailError::NoText)?;
        Ok(compose::compose(&text, &values)?)
    };
    let sender = &between.sender;
    let (composed, invoices, total, footer) = match letter {
        Letter::Reminder(reminder) => {
            let composed = compose::reminder(reminder, email(between))?;
            (composed, reminder.invoices.as_slice(), reminder.total.as_str(), true)
        }
        Letter::Statement(statement) => {
            let values = compose::answer_values(statement, sender, "");
            (answer(Answer::Statement, values)?, &[][..], "", true)
        }
        Letter::Receipt(receipt) => {
            let by_method = engine::phrase(language, "by_method", &[Value::from(receipt.method.as_str())])?;
            let split = engine::phrase(language, "split", &[Value::from(Serde(&receipt.parts))])?;
            let values = compose::answer_values(receipt, sender, &by_method);
            let values = context! { split, several => receipt.parts.len() > 1, count => receipt.parts.len(), ..values };
            (answer(Answer::Receipt, values)?, receipt.invoices.as_slice(), "", true)
        }
        Letter::Refund(notice) => {
            let values = compose::answer_values(notice, sender, "");
            (answer(Answer::Refund, values)?, notice.invoices.as_slice(), "", true)
        }
        Letter::CreditNote(notice) => {
            let values = compose::answer_values(notice, sender, "");
            (answer(Answer::CreditNote, values)?, notice.invoices.as_slice(), "", true)
        }
        Letter::Returned(notice) => {
            let values = compose::answer_values(notice, sender, "");
            (answer(Answer::Returned, values)?, notice.invoices.as_slice(), "", true)
        }
        Letter::Corrected(notice) => {
            let values = compose::answer_values(notice, sender, "");
            (answer(Answer::Corrected, values)?, notice.invoices.as_slice(), "", true)
        }
        Letter::Autopay(letter) => {
            let text = match letter.word {
                AutopayWord::Notice => Answer::AutopayNotice,
                AutopayWord::Failed => Answer::AutopayFailed,
                AutopayWord::Confirm => Answer::AutopayConfirm,
                AutopayWord::Ended => Answer::AutopayEnded,
            };
            let values = compose::answer_values(letter, sender, "");
            let values = context! { several => letter.invoices.len() > 1, ..values };
            (answer(text, values)?, letter.invoices.as_slice(), "", true)
        }
        Letter::FreshLink(fresh) => {
            let values = compose::answer_values(fresh, sender, "");
            (answer(Answer::FreshLink, values)?, fresh.invoices.as_slice(), "", true)
        }
        Letter::Code(code) => {
            let values = compose::answer_values(code, sender, "");
            (answer(Answer::Code, values)?, &[][..], "", true)
        }
        Letter::Invitation(invitation) => {
            let values = compose::answer_values(invitation, sender, "");
            (answer(Answer::Invitation, values)?, &[][..], "", false)
        }
    };
    let account = match letter {
        Letter::Statement(statement) => Value::from(Serde(&statement.table)),
        _ => Value::UNDEFINED,
    };
    let values = context! {
        account, language => language.as_str(), footer, sender, total,
        subject => &composed.subject, preview => composed.preview(), blocks => Value::from(Serde(&composed.blocks)),
        // We build the link ourselves; escaping would only turn its slashes into entities.
        link => Value::from_safe_string(link.to_owned()),
        way_out => Value::from_safe_string(way_out.unwrap_or_default().to_owned()),
        recipient => &between.recipient, invoices => Value::from(Serde(invoices)),
        direction => "ltr", start => "left", end => "right",
    };
    let text = engine::layout("mail.txt", values.clone())?.trim().to_owned() + "\n";
    let mjml = engine::layout("mail.mjml", values)?;
    let parsed = mrml::parse(&mjml).map_err(|error| MailError::Layout(error.to_string()))?;
    let options = mrml::prelude::render::RenderOptions { disable_comments: true, ..Default::default() };
    let html = parsed.element.render(&options).map_err(|error| MailError::Layout(error.to_string()))?;
    Ok(Rendered { subject: composed.subject, text, html, way_out: way_out.map(str::to_owned) })
}

fn email(between: &Correspondents) -> Filling<'_> {
    Filling { between, channel: Channel::Email, link: "", amounts: true, bank: false }
}

/// The bytes that leave. `message_id` is fixed with the message (`<…@host>`), so that a relay that sees it twice can
/// tell; `date` is machine time.
pub fn assemble(
    rendered: &Rendered,
    between: &Correspondents,
    message_id: &str,
    date: Timestamp,
) -> Result<Vec<u8>, MailError> {
    let sender_name = header_text(&between.sender);
    let sender = Mailbox::new(Some(sender_name.clone()), between.sender_address.parse()?);
    let recipient_name = Some(header_text(&between.recipient)).filter(|name| !name.is_empty());
    let recipient = Mailbox::new(recipient_name, between.recipient_address.parse()?);
    let mut builder = Message::builder().from(sender).to(recipient);
    if let Some(address) = &between.reply_to {
        builder = builder.reply_to(Mailbox::new(Some(sender_name), address.parse()?));
    }
    if let Some(address) = &rendered.way_out {
        // RFC 8058: mail programs show it as a button and post to it. Both headers, and nothing to confirm.
        for (name, value) in [
            ("List-Unsubscribe", format!("<{}>", header_text(address))),
            ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()),
        ] {
            builder = builder.raw_header(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
        }
    }
    let message = builder
        .subject(header_text(&rendered.subject))
        .date(date.into())
        .message_id(Some(message_id.to_owned()))
        // RFC 3834: tells other machines not to answer this one.
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".to_owned(),
        ))
        .multipart(MultiPart::alternative_plain_html(rendered.text.clone(), rendered.html.clone()))?;
    Ok(message.formatted())
}

/// A text fit for a header. `domain` refuses control characters where a name is typed; this is the second guard,
/// because lettre panics on a line break in a display name.
fn header_text(text: &str) -> String {
    text.chars().filter(|character| !character.is_control()).collect()
}
