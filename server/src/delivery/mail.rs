//! Writing a mail: from what is to be said to the bytes a relay takes.
//!
//! The phrases stand in `server/mails/<language>/`, one file a mail and a shared `phrases`; the two layouts beside
//! them (text and MJML) give every mail the same shape. A template is rendered twice from the same values: as text,
//! whose first line is the subject, and as MJML, which `mrml` turns into HTML that mail programs understand.
//!
//! To add a mail: a file in each language's folder, a line in [`TEMPLATES`], and a variant of [`Letter`]. To add a
//! language: a folder with the same files, and its lines in [`TEMPLATES`]; a test compares the folders.

use std::sync::LazyLock;

use domain::time::{RelativeDay, Timestamp};
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};
use minijinja::syntax::SyntaxConfig;
use minijinja::value::Serde;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value, context};
use serde::Serialize;

/// Every template there is: language, name, source.
const TEMPLATES: &[(&str, &str, &str)] = &[
    ("en", "phrases", include_str!("../../mails/en/phrases")),
    ("en", "reminder.heads-up", include_str!("../../mails/en/reminder.heads-up")),
    ("en", "reminder.friendly", include_str!("../../mails/en/reminder.friendly")),
    ("en", "reminder.help", include_str!("../../mails/en/reminder.help")),
    ("en", "reminder.firm", include_str!("../../mails/en/reminder.firm")),
    ("en", "reminder.final-notice", include_str!("../../mails/en/reminder.final-notice")),
    ("en", "receipt", include_str!("../../mails/en/receipt")),
    ("en", "fresh_link", include_str!("../../mails/en/fresh_link")),
    ("en", "invitation", include_str!("../../mails/en/invitation")),
];

/// The language used where a contact's own has no templates yet.
const FALLBACK_LANGUAGE: &str = "en";

/// Templates parsed once. A source that does not parse is left out here and found by this module's tests.
static ENGINE: LazyLock<Environment<'static>> = LazyLock::new(|| {
    let mut engine = Environment::new();
    // Block tags leave no blank lines behind, which is what makes the text part readable in its template.
    let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
    report("syntax", syntax.map(|syntax| engine.set_syntax(syntax)));
    engine.set_undefined_behavior(UndefinedBehavior::Strict);
    engine.set_auto_escape_callback(|name| {
        if name.rsplit_once('.').is_some_and(|(_, part)| part == "mjml") {
            AutoEscape::Html
        } else {
            AutoEscape::None
        }
    });
    let layouts = [
        ("layout.txt", include_str!("../../mails/layout.txt")),
        ("layout.mjml", include_str!("../../mails/layout.mjml")),
    ];
    for (name, source) in layouts {
        report(name, engine.add_template(name, source));
    }
    for (language, name, source) in TEMPLATES {
        for suffix in if *name == "phrases" { &[""][..] } else { &[".txt", ".mjml"][..] } {
            let full_name = format!("{language}/{name}{suffix}");
            report(&full_name, engine.add_template_owned(full_name.clone(), *source));
        }
    }
    engine
});

fn report(name: &str, added: Result<(), minijinja::Error>) {
    if let Err(error) = added {
        tracing::error!(template = name, %error, "a mail template does not parse");
    }
}

/// What a mail is about, with every value already written the way its reader writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Letter {
    /// A step of the schedule.
    Reminder(Reminder),
    /// Money arrived.
    Receipt(Receipt),
    /// The answer to "send me a fresh link".
    FreshLink(FreshLink),
    /// A person is asked to join a business.
    Invitation(Invitation),
}

/// See [`Letter::Reminder`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reminder {
    /// Which of the reminder templates: a step id of the schedule (`heads-up`, `friendly`, …).
    #[serde(skip)]
    pub template: String,
    /// The number of the invoice that the subject names.
    pub number: String,
    /// Its due date: "3 March 2026".
    pub due: String,
    /// The same, seen from today.
    pub due_relative: Relative,
    /// What is spoken of.
    pub invoices: Vec<InvoiceRow>,
}

/// A day as seen from today, for the phrases to word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Relative {
    /// `days_ago`, `yesterday`, `today`, `tomorrow` or `in_days`.
    kind: &'static str,
    /// How many, for `days_ago` and `in_days`.
    days: u64,
}

impl From<RelativeDay> for Relative {
    fn from(day: RelativeDay) -> Self {
        let (kind, days) = match day {
            RelativeDay::DaysAgo(days) => ("days_ago", days),
            RelativeDay::Yesterday => ("yesterday", 1),
            RelativeDay::Today => ("today", 0),
            RelativeDay::Tomorrow => ("tomorrow", 1),
            RelativeDay::InDays(days) => ("in_days", days),
        };
        Self { kind, days }
    }
}

/// See [`Letter::Receipt`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// The number of the invoice that was paid.
    pub number: String,
    /// What came: "€1,240.00".
    pub amount: String,
    /// When: "3 March 2026".
    pub paid_on: String,
    /// How: the stable name of a `domain::payment::Method`, or empty.
    pub method: String,
    /// What both sides can quote.
    pub reference: String,
    /// Whether the invoice is settled.
    pub nothing_open: bool,
    /// What is left open, if anything.
    pub invoices: Vec<InvoiceRow>,
}

/// See [`Letter::FreshLink`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FreshLink {
    /// The number of the invoice it opens.
    pub number: String,
    /// How long it is good for.
    pub days: i64,
    /// The invoice it opens, or nothing.
    pub invoices: Vec<InvoiceRow>,
}

/// See [`Letter::Invitation`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Invitation {
    /// Who invites.
    pub inviter: String,
    /// How long the link is good for.
    pub days: i64,
    /// Always empty: an invitation speaks of no invoice.
    pub invoices: Vec<InvoiceRow>,
}

/// One invoice in the table of a mail.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct InvoiceRow {
    /// "2026-014".
    pub number: String,
    /// What it was for, or empty.
    pub title: String,
    /// Issue date.
    pub issued: String,
    /// Due date.
    pub due: String,
    /// What was paid already, or empty.
    pub paid: String,
    /// What is open.
    pub open: String,
}

/// Who a mail comes from and goes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correspondents {
    /// The business's name, as sender and signature.
    pub sender: String,
    /// The installation's address, which the relay accepts.
    pub sender_address: String,
    /// Where an answer reaches a person of the business.
    pub reply_to: Option<String>,
    /// The contact's name, or empty.
    pub recipient: String,
    /// The contact's address.
    pub recipient_address: String,
    /// The contact's language tag: `en`, `de-AT`.
    pub language: String,
}

/// A rendered mail, before headers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

/// A mail could not be written. Always a fault of a template, never of the data.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The template engine's complaint.
    #[error("mail template: {0}")]
    Template(#[from] minijinja::Error),
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

impl Letter {
    /// The name of its template.
    fn template(&self) -> String {
        match self {
            Self::Reminder(reminder) => format!("reminder.{}", reminder.template),
            Self::Receipt(_) => "receipt".to_owned(),
            Self::FreshLink(_) => "fresh_link".to_owned(),
            Self::Invitation(_) => "invitation".to_owned(),
        }
    }
}

/// Renders a letter. `link` is what its button opens: the real address for the bytes that leave, a placeholder for
/// the body that is kept.
pub fn render(letter: &Letter, between: &Correspondents, link: &str) -> Result<Rendered, MailError> {
    let language = language_of(&between.language);
    let common = |format: &str, subject: &str, preview: &str| {
        context! {
            language, format, subject, preview,
            // We build the link ourselves; escaping would only turn its slashes into entities.
            link => Value::from_safe_string(link.to_owned()),
            direction => "ltr", start => "left", end => "right",
            sender => &between.sender, recipient => &between.recipient,
            ..Serde(letter)
        }
    };
    let name = format!("{language}/{}", letter.template());

    let whole = ENGINE.get_template(&format!("{name}.txt"))?.render(common("txt", "", ""))?;
    let (subject, text) = whole.split_once('\n').unwrap_or((&whole, ""));
    let text = text.trim().to_owned() + "\n";
    let preview = text.split("\n\n").nth(1).unwrap_or_default();

    let mjml = ENGINE.get_template(&format!("{name}.mjml"))?.render(common("mjml", subject, preview))?;
    let parsed = mrml::parse(&mjml).map_err(|error| MailError::Layout(error.to_string()))?;
    let options = mrml::prelude::render::RenderOptions { disable_comments: true, ..Default::default() };
    let html = parsed.element.render(&options).map_err(|error| MailError::Layout(error.to_string()))?;
    Ok(Rendered { subject: subject.trim().to_owned(), text, html })
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

/// The language folder for a language tag: its own where it exists, English else.
fn language_of(tag: &str) -> &'static str {
    let wanted = tag.split('-').next().unwrap_or_default();
    TEMPLATES
        .iter()
        .map(|(language, _, _)| *language)
        .find(|language| language.eq_ignore_ascii_case(wanted))
        .unwrap_or(FALLBACK_LANGUAGE)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between() -> Correspondents {
        Correspondents {
            sender: "Nordlicht Studio".to_owned(),
            sender_address: "invoices@dunlin.example".to_owned(),
            reply_to: Some("mara@nordlicht.example".to_owned()),
            recipient: "Jonas Weber".to_owned(),
            recipient_address: "jonas@weber.example".to_owned(),
            language: "en-GB".to_owned(),
        }
    }

    fn row() -> InvoiceRow {
        InvoiceRow {
            number: "2026-014".to_owned(),
            title: "Kitchen renovation & <tiles>".to_owned(),
            issued: "17 February 2026".to_owned(),
            due: "3 March 2026".to_owned(),
            paid: "€500.00".to_owned(),
            open: "€1,240.00".to_owned(),
        }
    }

    fn reminder(template: &str) -> Letter {
        Letter::Reminder(Reminder {
            template: template.to_owned(),
            number: "2026-014".to_owned(),
            due: "3 March 2026".to_owned(),
            due_relative: RelativeDay::DaysAgo(12).into(),
            invoices: vec![row()],
        })
    }

    fn every_letter() -> Vec<Letter> {
        let mut letters: Vec<Letter> =
            ["heads-up", "friendly", "help", "firm", "final-notice"].into_iter().map(reminder).collect();
        letters.push(Letter::Receipt(Receipt {
            number: "2026-014".to_owned(),
            amount: "€500.00".to_owned(),
            paid_on: "5 March 2026".to_owned(),
            method: "card".to_owned(),
            reference: "pi_123".to_owned(),
            nothing_open: false,
            invoices: vec![row()],
        }));
        letters.push(Letter::FreshLink(FreshLink {
            number: "2026-014".to_owned(),
            days: 90,
            invoices: vec![],
        }));
        letters.push(Letter::Invitation(Invitation {
            inviter: "Mara Lind".to_owned(),
            days: 7,
            invoices: vec![],
        }));
        letters
    }

    #[test]
    fn every_letter_renders_in_every_language_with_its_link_in_both_parts() {
        let mut languages: Vec<&str> = TEMPLATES.iter().map(|(language, _, _)| *language).collect();
        languages.dedup();
        for language in languages {
            for letter in every_letter() {
                let between = Correspondents { language: language.to_owned(), ..between() };
                let mail = render(&letter, &between, "https://pay.example/l/token").unwrap();
                assert!(!mail.subject.is_empty() && !mail.subject.contains('\n'), "{letter:?}");
                assert!(mail.text.contains("https://pay.example/l/token"), "{letter:?}\n{}", mail.text);
                assert!(mail.html.contains("https://pay.example/l/token"), "{letter:?}");
                assert!(mail.text.split_whitespace().count() < 160, "too long: {letter:?}");
                assert!(!mail.html.to_lowercase().contains("debt"), "{letter:?}");
                for part in [&mail.subject, &mail.text] {
                    assert!(!part.to_lowercase().contains("debt") && !part.contains('!'), "{letter:?}");
                }
            }
        }
    }

    #[test]
    fn what_a_business_typed_is_text_in_html() {
        let mail = render(&reminder("friendly"), &between(), "https://pay.example/l/token").unwrap();
        assert!(mail.html.contains("Kitchen renovation &amp; &lt;tiles&gt;"));
        assert!(mail.text.contains("Kitchen renovation & <tiles>"));
        assert!(
            !mail.html.contains("http://fonts") && !mail.html.contains("https://fonts"),
            "nothing is fetched"
        );
    }

    #[test]
    fn the_text_part_reads_by_itself() {
        let mail = render(&reminder("help"), &between(), "https://pay.example/l/token").unwrap();
        insta::assert_snapshot!(format!("{}\n\n{}", mail.subject, mail.text));
    }

    #[test]
    fn headers_are_complete_and_cannot_be_injected() {
        let mut people = between();
        people.sender = "Evil\r\nBcc: all@example.org".to_owned();
        let mail = render(&reminder("friendly"), &people, "https://pay.example/l/token").unwrap();
        let date = Timestamp::UNIX_EPOCH;
        let bytes = assemble(&mail, &people, "<msg_1@pay.example>", date).unwrap();
        let head = String::from_utf8(bytes).unwrap().split("\r\n\r\n").next().unwrap().to_owned();
        assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc:")), "{head}");
        for name in ["From: ", "To: ", "Reply-To: ", "Subject: ", "Date: ", "Message-ID: <msg_1@pay.example>"]
        {
            assert!(head.contains(name), "{name} in {head}");
        }
        assert!(head.contains("Auto-Submitted: auto-generated"), "{head}");
    }
}
