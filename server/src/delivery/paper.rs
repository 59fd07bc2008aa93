//! A letter on paper: as text, and as a page that prints well.

use domain::Locale;
use domain::message::Channel;
use minijinja::value::Serde;
use minijinja::{Value, context};

use super::compose::{self, Filling};
use super::engine;
use super::letters::{Correspondents, Postal, Reminder};
use super::mail::{MailError, Rendered};

/// Renders a reminder as a letter. It carries no link, since nobody types one: it says whom to write to or call, and
/// where to transfer the money to.
pub fn render(reminder: &Reminder, between: &Correspondents, postal: &Postal) -> Result<Rendered, MailError> {
    let bank = postal.bank.is_some();
    let filling = Filling { between, channel: Channel::Letter, link: "", amounts: true, bank };
    let composed = compose::reminder(reminder, filling)?;
    let values = context! {
        language => Locale::from_tag(&between.language).speech().as_str(),
        direction => Locale::from_tag(&between.language).direction().as_str(),
        subject => &composed.subject, blocks => Value::from(Serde(&composed.blocks)),
        sender => &between.sender, recipient => &between.recipient,
        invoices => Value::from(Serde(&reminder.invoices)), total => &reminder.total,
        ..Serde(postal)
    };
    let text = engine::layout("letter.txt", values.clone())?.trim().to_owned() + "\n";
    let html = engine::layout("letter.html", values)?;
    Ok(Rendered { subject: composed.subject, text, html, way_out: None })
}
