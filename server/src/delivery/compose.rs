//! Filling a text in: from its words and the facts to paragraphs, table, button and bank account in their order.
//!
//! Every layout, plain or not, is made from what comes out of here, so that the parts of a mail cannot say different
//! things.

use domain::message::Channel;
use domain::time::RelativeDay;
use domain::wording::Variable;
use domain::{Language, Locale};
use minijinja::value::Serde;
use minijinja::{Error, Value};
use serde::Serialize;

use super::engine;
use super::letters::{Correspondents, Relative, Reminder};
use super::texts::Text;

/// Stands around the name of a block while a text is rendered. No value holds it: control characters are refused
/// wherever something is typed.
const MARK: char = '\u{1}';

/// A part of a composed message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "value", rename_all = "snake_case")]
pub(super) enum Block {
    /// Lines that belong together.
    Paragraph(Vec<String>),
    /// The table of invoices.
    Invoices,
    /// The table of a customer's account.
    Account,
    /// The button, by what stands on it.
    Button(String),
    /// The bank account.
    Bank,
}

/// A text with everything filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Composed {
    /// One line.
    pub subject: String,
    /// What follows, in order.
    pub blocks: Vec<Block>,
}

impl Composed {
    /// The first paragraph, which mail programs show beside the subject.
    pub fn preview(&self) -> String {
        let paragraph = |block: &Block| match block {
            Block::Paragraph(lines) => Some(lines.join(" ")),
            _ => None,
        };
        self.blocks.iter().find_map(paragraph).unwrap_or_default()
    }

    /// Only the words, for channels without layout.
    pub fn paragraphs(&self) -> Vec<String> {
        let words = |block: &Block| match block {
            Block::Paragraph(lines) => Some(lines.join("\n")),
            Block::Button(label) => Some(label.clone()),
            Block::Invoices | Block::Account | Block::Bank => None,
        };
        self.blocks.iter().filter_map(words).collect()
    }
}

/// Fills a text in.
pub(super) fn compose(text: &Text, values: &Value) -> Result<Composed, Error> {
    let subject = engine::text(&text.subject, values)?;
    let subject = subject.split_whitespace().collect::<Vec<_>>().join(" ");
    let body = engine::text(&text.body, values)?;
    let mut blocks = Vec::new();
    let mut lines: Vec<String> = Vec::new();
    // One more empty line ends the last paragraph.
    for line in body.lines().map(str::trim).chain([""]) {
        if !line.is_empty() {
            lines.push(line.to_owned());
        } else if !lines.is_empty() {
            blocks.push(block(std::mem::take(&mut lines)));
        }
    }
    Ok(Composed { subject, blocks })
}

fn block(lines: Vec<String>) -> Block {
    let [line] = lines.as_slice() else { return Block::Paragraph(lines) };
    if let Some(label) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Block::Button(label.trim().to_owned());
    }
    match line.strip_prefix(MARK).and_then(|rest| rest.strip_suffix(MARK)) {
        Some("invoices") => Block::Invoices,
        Some("account") => Block::Account,
        Some("bank") => Block::Bank,
        _ => Block::Paragraph(lines),
    }
}

/// What a reminder comes to, for those who look at it before it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outline {
    /// One line.
    pub subject: String,
    /// The paragraphs of words.
    pub paragraphs: Vec<String>,
    /// What stands on each button.
    pub buttons: Vec<String>,
    /// How often the table of invoices stands in it.
    pub tables: usize,
    /// Whether a block stands where it cannot be one: in the subject, or within a sentence.
    pub block_in_sentence: bool,
}

/// Fills a reminder in for a channel, and says what comes of it. `link` is what stands for its link.
pub fn outline(
    reminder: &Reminder,
    channel: Channel,
    between: &Correspondents,
    link: &str,
    bank: bool,
) -> Result<Outline, Error> {
    let composed = self::reminder(reminder, Filling { between, channel, link, amounts: true, bank })?;
    let mut outline = Outline {
        block_in_sentence: composed.subject.contains(MARK),
        subject: composed.subject,
        paragraphs: Vec::new(),
        buttons: Vec::new(),
        tables: 0,
    };
    for block in composed.blocks {
        match block {
            Block::Paragraph(lines) => {
                outline.block_in_sentence |= lines.iter().any(|line| line.contains(MARK));
                outline.paragraphs.push(lines.join("\n"));
            }
            Block::Button(label) => outline.buttons.push(label),
            Block::Invoices => outline.tables += 1,
            Block::Account | Block::Bank => {}
        }
    }
    Ok(outline)
}

/// What a reminder is filled in with besides what it carries itself.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filling<'a> {
    pub between: &'a Correspondents,
    pub channel: Channel,
    /// What its link opens, where the words carry it themselves.
    pub link: &'a str,
    /// Whether amounts may be named in the words.
    pub amounts: bool,
    /// Whether there is a bank account to show.
    pub bank: bool,
}

/// Fills a reminder in; with the words built in should the business's own not render.
pub(super) fn reminder(reminder: &Reminder, filling: Filling<'_>) -> Result<Composed, Error> {
    let language = Locale::from_tag(&filling.between.language).speech();
    let values = values(reminder, filling, language)?;
    let withheld = |text: &Text| !filling.amounts && text.mentions(Variable::Total);
    let mut composed = match (&reminder.text, &reminder.text.instead) {
        (own, Some(built_in)) if withheld(own) => compose(built_in, &values)?,
        (own, Some(built_in)) => compose(own, &values).or_else(|error| {
            tracing::error!(%error, "a business's own text does not render; the built-in one is used");
            compose(built_in, &values)
        })?,
        (text, None) => compose(text, &values)?,
    };
    if reminder.is_test {
        let note = engine::phrase(language, "test_note", &[])?;
        composed.blocks.insert(0, Block::Paragraph(vec![note]));
        composed.subject = engine::phrase(language, "test_subject", &[Value::from(composed.subject)])?;
    }
    Ok(composed)
}

/// The variables of a reminder: those of [`Variable`] that its channel has.
fn values(reminder: &Reminder, filling: Filling<'_>, language: Language) -> Result<Value, Error> {
    let Filling { between, channel, link, amounts, bank } = filling;
    let overdue = matches!(reminder.due_relative, RelativeDay::DaysAgo(_) | RelativeDay::Yesterday);
    let first = reminder.invoices.first();
    let number = first.map(|invoice| invoice.number.as_str()).unwrap_or_default();
    let title = first.map(|invoice| invoice.title.as_str()).unwrap_or_default();
    let text = |text: &Option<String>| Value::from(text.as_deref().unwrap_or_default());
    let value = |variable: Variable| -> Result<Value, Error> {
        Ok(match variable {
            Variable::Several => Value::from(reminder.invoices.len() > 1),
            Variable::Overdue => Value::from(overdue),
            Variable::Sender => Value::from(between.sender.as_str()),
            Variable::Recipient => Value::from(between.recipient.as_str()),
            Variable::Number => Value::from(number),
            Variable::Title => Value::from(title),
            Variable::Count => Value::from(reminder.invoices.len()),
            Variable::Due => Value::from(reminder.due.as_str()),
            Variable::WasDue => {
                let day = Relative::from(reminder.due_relative);
                Value::from(engine::phrase(language, "was_due", &[Value::from(Serde(day))])?)
            }
            Variable::Total => Value::from(if amounts { reminder.total.as_str() } else { "" }),
            Variable::Consequences => Value::from(consequences(reminder, language)?),
            Variable::Invoices => mark("invoices"),
            Variable::Bank if bank => mark("bank"),
            Variable::Bank => Value::from(""),
            Variable::Link => Value::from(link),
            Variable::ReplyTo => text(&between.reply_to),
            Variable::Phone => text(&between.phone),
        })
    };
    let known = Variable::ALL.iter().filter(|variable| variable.is_on(channel));
    let pairs = known.map(|variable| Ok((variable.as_str(), value(*variable)?)));
    Ok(Value::from_pairs(pairs.collect::<Result<Vec<_>, Error>>()?))
}

/// Where a block belongs.
fn mark(block: &str) -> Value {
    Value::from(format!("{MARK}{block}{MARK}"))
}

/// "pause our service, or take legal action": what may follow, as "we may …" goes on.
fn consequences(reminder: &Reminder, language: Language) -> Result<String, Error> {
    let phrases = reminder
        .consequences
        .iter()
        .map(|consequence| engine::phrase(language, "consequence", &[Value::from(consequence.as_str())]));
    let phrases = phrases.collect::<Result<Vec<_>, Error>>()?;
    Ok(match phrases.split_last() {
        None => String::new(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => format!("{}{}{last}", rest.join(", "), engine::phrase(language, "or", &[])?),
    })
}

/// The values of an answer, with what its words take from the shared phrases.
pub(super) fn answer_values<T: Serialize>(letter: &T, sender: &str, by_method: &str) -> Value {
    minijinja::context! { sender, by_method, invoices => mark("invoices"), account => mark("account"), ..Serde(letter) }
}
