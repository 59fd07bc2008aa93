//! What a message becomes when it leaves, by its channel: a mail, a text, or a letter that a person posts.
//!
//! Whatever is live in it (the link, the way out) stands in the bytes that leave and nowhere else: the body that is kept has
//! placeholders. A letter has neither, because nobody types a link.

use domain::message::{Channel, MessageKind};
use domain::{CustomerId, Locale, code, sms};
use store::identity::Business;
use store::messages::Message;
use store::{StoreError, Tx, customers};

use super::consent;
use super::customers::lines_of;
use super::sms as texting;
use crate::delivery::letters::{BankAccount, Code, Correspondents, Letter, Postal, Reminder};
use crate::delivery::mail::{self, MailError, Rendered};
use crate::delivery::{Outgoing, OutgoingMail, OutgoingText, brief, paper};
use crate::env::Env;

/// What the evidence of a letter says: the post gives no receipt.
pub(super) const GIVEN_TO_A_PERSON: &str = "given to a person to post";

/// A link that is live in the bytes that leave, and a placeholder in the body that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    /// What the reader opens.
    pub url: String,
    /// What the record shows.
    pub placeholder: String,
}

/// A message that is written: the body that is kept, and what leaves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Written {
    /// The subject; empty for a text.
    pub subject: String,
    /// The text part, with placeholders.
    pub text: String,
    /// The HTML part, likewise.
    pub html: Option<String>,
    /// What a text costs.
    pub segments: Option<u32>,
    /// What leaves.
    pub outgoing: Outgoing,
}

/// Why a message was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum WriteError {
    /// A template.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// There is nothing of this kind to say on this channel.
    #[error("{kind} cannot go by {channel}")]
    NotThisWay {
        /// What.
        kind: MessageKind,
        /// How.
        channel: Channel,
    },
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Writes a message that has its facts.
pub(super) async fn write(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    business: &Business,
    between: &Correspondents,
    letter: &Letter,
    link: &Link,
) -> Result<Written, WriteError> {
    match (message.channel, letter) {
        (Channel::Sms, Letter::Reminder(reminder)) => {
            // Amounts stand on a screen that others see too: not until a business asks for them.
            let amounts = store::follow_up::settings(tx, business.id).await?.value.sms.amounts;
            let render = |link: &str| {
                Ok::<_, MailError>(sms::plain(&brief::text_message(reminder, between, link, amounts)?))
            };
            Ok(text(
                env,
                message,
                &between.recipient_address,
                &render(&link.placeholder)?,
                render(&link.url)?,
            ))
        }
        (Channel::Letter, Letter::Reminder(reminder)) => {
            let postal = postal(env, tx, message.customer, business, between, reminder).await?;
            let written = paper::render(reminder, between, &postal)?;
            Ok(Written {
                subject: written.subject,
                text: written.text,
                html: Some(written.html),
                segments: None,
                outgoing: Outgoing::Letter,
            })
        }
        (Channel::Email, letter) => Ok(by_mail(env, message, between, letter, link)?),
        (channel, _) => Err(WriteError::NotThisWay { kind: message.kind, channel }),
    }
}

/// A reminder as its reader would have it, subject and text, with placeholders for whatever is live: what a member reads before it
/// may leave.
pub(super) async fn read(
    env: &Env,
    tx: &mut Tx,
    channel: Channel,
    customer: CustomerId,
    business: &Business,
    between: &Correspondents,
    reminder: Reminder,
) -> Result<(Option<String>, String), WriteError> {
    const LINK: &str = "[link]";
    match channel {
        Channel::Email => {
            let letter = Letter::Reminder(reminder);
            let written = mail::render_chasing(&letter, between, LINK, consent::WAY_OUT_PLACEHOLDER)?;
            Ok((Some(written.subject), written.text))
        }
        Channel::Sms => {
            let amounts = store::follow_up::settings(tx, business.id).await?.value.sms.amounts;
            Ok((None, sms::plain(&brief::text_message(&reminder, between, LINK, amounts)?)))
        }
        Channel::Letter => {
            let postal = postal(env, tx, Some(customer), business, between, &reminder).await?;
            let written = paper::render(&reminder, between, &postal)?;
            Ok((Some(written.subject), written.text))
        }
        _ => Err(WriteError::NotThisWay { kind: MessageKind::Reminder, channel }),
    }
}

/// A mail: rendered twice, because the body that is kept has no live link. What asks for money carries a way out.
fn by_mail(
    env: &Env,
    message: &Message,
    between: &Correspondents,
    letter: &Letter,
    link: &Link,
) -> Result<Written, MailError> {
    let (kept, live) = match (letter, message.contact) {
        (Letter::Reminder(_) | Letter::Statement(_), Some(contact)) => (
            mail::render_chasing(letter, between, &link.placeholder, consent::WAY_OUT_PLACEHOLDER)?,
            mail::render_chasing(letter, between, &link.url, &consent::way_out(env, contact))?,
        ),
        _ => (mail::render(letter, between, &link.placeholder)?, mail::render(letter, between, &link.url)?),
    };
    mailed(env, message, between, kept, &live)
}

/// A mail that was rendered both ways: for the record, and as it leaves.
fn mailed(
    env: &Env,
    message: &Message,
    between: &Correspondents,
    kept: Rendered,
    live: &Rendered,
) -> Result<Written, MailError> {
    let raw = mail::assemble(live, between, &message.internet_message_id, env.machine_now())?;
    let outgoing =
        OutgoingMail { from: env.settings.mail_from.clone(), to: between.recipient_address.clone(), raw };
    Ok(Written {
        subject: kept.subject,
        text: kept.text,
        html: Some(kept.html),
        segments: None,
        outgoing: Outgoing::Mail(outgoing),
    })
}

/// A text, counted as it leaves: the link in it is longer than its placeholder.
fn text(env: &Env, message: &Message, to: &str, kept: &str, live: String) -> Written {
    let outgoing = OutgoingText {
        to: to.to_owned(),
        status_callback: texting::status_callback(env, message.id),
        body: live,
    };
    Written {
        subject: String::new(),
        text: kept.to_owned(),
        html: None,
        segments: Some(sms::measure(&outgoing.body).segments.max(1)),
        outgoing: Outgoing::Text(outgoing),
    }
}

/// The one word that follows a "stop". It goes to a number that wants no more, and is the last to do so.
pub(super) fn texts_ended(
    env: &Env,
    message: &Message,
    between: &Correspondents,
) -> Result<Written, WriteError> {
    let words = sms::plain(&brief::texts_ended(between)?);
    Ok(text(env, message, &message.to_address, &words, words.clone()))
}

/// Six digits, by mail or as a text. The body that is kept has a placeholder in their place.
pub(super) fn code(
    env: &Env,
    message: &Message,
    between: &Correspondents,
    digits: &str,
    placeholder: &str,
) -> Result<Written, WriteError> {
    let of = |code: &str| Code { code: code.to_owned(), minutes: code::LIFE.num_minutes() };
    let (kept, live) = (of(placeholder), of(digits));
    match message.channel {
        Channel::Email => {
            let kept = mail::render(&Letter::Code(kept), between, "")?;
            let live = mail::render(&Letter::Code(live), between, "")?;
            Ok(mailed(env, message, between, kept, &live)?)
        }
        Channel::Sms => {
            let kept = sms::plain(&brief::code(&kept, between)?);
            let live = sms::plain(&brief::code(&live, between)?);
            Ok(text(env, message, &between.recipient_address, &kept, live))
        }
        channel => Err(WriteError::NotThisWay { kind: message.kind, channel }),
    }
}

/// What stands on paper besides the words: both addresses, the day, the account.
async fn postal(
    env: &Env,
    tx: &mut Tx,
    customer: Option<CustomerId>,
    business: &Business,
    between: &Correspondents,
    reminder: &Reminder,
) -> Result<Postal, WriteError> {
    let customer = match customer {
        Some(customer) => customers::customer(tx, business.id, customer).await?,
        None => None,
    };
    let mut recipient_lines = Vec::new();
    if let Some(customer) = &customer {
        recipient_lines.push(customer.name.to_string());
        // A person at a company gets it; a person alone is who it is to already.
        if between.recipient != customer.name.as_str() && !between.recipient.is_empty() {
            recipient_lines.push(between.recipient.clone());
        }
        if let Some(address) = &customer.address {
            recipient_lines.extend(lines_of(address).into_iter().map(domain::ShortText::into_string));
        }
        if customer.country != business.country {
            recipient_lines.push(customer.country.code().to_owned());
        }
    }
    let address = business.address.as_ref().map(lines_of).unwrap_or_default();
    let today = domain::time::civil_date(env.business_now(), business.time_zone);
    Ok(Postal {
        sender_lines: address.into_iter().map(domain::ShortText::into_string).collect(),
        recipient_lines,
        date: Locale::from_tag(&between.language).date_long(today),
        bank: business.bank_account(reminder.currency).map(|account| {
            let numbers: Vec<&str> =
                reminder.invoices.iter().map(|invoice| invoice.number.as_str()).collect();
            BankAccount::to_transfer_to(account, &numbers)
        }),
    })
}
