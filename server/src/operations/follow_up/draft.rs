//! What a step that waits for approval would say, word for word: nobody approves what they have not read.
//!
//! It is looked ahead from the facts as they would be with the approval, so that whatever else the customer would hear in that
//! message stands in it too, and written by the words that the outbox writes with.

use std::collections::BTreeSet;

use domain::message::Channel;
use domain::schedule::{Group, Part, StepId};
use domain::{BusinessId, Date, InvoiceId, Locale, Money, MoneyError, Timestamp, time};
use store::dossiers::Which;
use store::identity::Business;
use store::{StoreError, Tx, receivables};

use super::house::House;
use super::known::{Item, Known};
use super::next::{self, foresee};
use super::preview::DAYS;
use crate::delivery::letters::{Correspondents, InvoiceRow, Reminder};
use crate::delivery::mail::MailError;
use crate::env::Env;
use crate::operations::leaving::{self, WriteError};
use crate::operations::templates;

/// A message that would go out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// When, if it were approved now.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// To whom: a name, and the address where there is one.
    pub to: String,
    /// The subject, where the channel has one.
    pub subject: Option<String>,
    /// The text. Its links are placeholders.
    pub text: String,
}

/// Why a message cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum DraftError {
    /// It speaks of nothing, or there is no text for it.
    #[error("there is nothing to say it with")]
    NoWords,
    /// Its amounts are beyond all bounds.
    #[error(transparent)]
    Money(#[from] MoneyError),
    /// Its text.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<WriteError> for DraftError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Mail(error) => Self::Mail(error),
            WriteError::Store(error) => Self::Store(error),
            WriteError::NotThisWay { .. } => Self::NoWords,
        }
    }
}

/// What a step of an invoice would say once it is approved. `None` where it says nothing by itself: a call, a hand-off.
pub async fn once_approved(
    env: &Env,
    tx: &mut Tx,
    house: &mut House,
    invoice: InvoiceId,
    step: &StepId,
) -> Result<Option<Draft>, DraftError> {
    let business = house.business.id;
    let now = env.business_now();
    let Some(receivable) = receivables::of_invoice(tx, business, invoice).await? else { return Ok(None) };
    let Some(mut known) = next::known(tx, house, &[receivable.customer], Which::All, now).await?.pop() else {
        return Ok(None);
    };
    for item in known.items.iter_mut().filter(|item| item.receivable.id == receivable.id) {
        item.facts.approved.push(step.clone());
    }
    let speaks_of_it = |group: &Group| {
        group.parts.iter().any(|part| part.receivable == receivable.id && part.step.id == *step)
    };
    let until = time::start_of_day(
        time::add_days(time::civil_date(now, house.business.time_zone), DAYS),
        house.business.time_zone,
    );
    let foreseen = foresee(&known, now, until);
    let Some((at, group)) = foreseen.messages.into_iter().find(|(_, group)| speaks_of_it(group)) else {
        return Ok(None);
    };
    let reminder = reminder(tx, &known, group.channel, &group.parts, at).await?;
    let between = correspondents(env, &known, group.channel);
    let (subject, text) =
        leaving::read(env, tx, group.channel, known.customer.id, &known.business, &between, reminder).await?;
    let to = match &between.recipient_address[..] {
        "" => between.recipient,
        address => format!("{} <{address}>", between.recipient),
    };
    Ok(Some(Draft { at, channel: group.channel, to, subject, text }))
}

/// What a page shows of that: a message that cannot be written is left out, which is no reason to show nothing.
pub async fn for_approval(
    env: &Env,
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    step: &StepId,
) -> Result<Option<Draft>, StoreError> {
    let Some(mut house) = House::load(env, tx, business, env.business_now()).await? else { return Ok(None) };
    match once_approved(env, tx, &mut house, invoice, step).await {
        Ok(found) => Ok(found),
        Err(DraftError::Store(error)) => Err(error),
        Err(error) => {
            tracing::error!(%invoice, %error, "what waits for approval cannot be written");
            Ok(None)
        }
    }
}

/// The reminder that speaks of these parts at a moment: the words of the highest step, in the reader's language.
pub(in crate::operations) async fn reminder(
    tx: &mut Tx,
    known: &Known,
    channel: Channel,
    parts: &[Part],
    at: Timestamp,
) -> Result<Reminder, DraftError> {
    let Some(Part { step, .. }) = Group::highest(parts) else { return Err(DraftError::NoWords) };
    let mut items: Vec<&Item> = parts.iter().filter_map(|part| known.item(part.receivable)).collect();
    items.sort_by_key(|item| item.receivable.due_on);
    let Some(first) = items.first() else { return Err(DraftError::NoWords) };
    let locale = known.locale().spoken();
    let text =
        templates::find(tx, known.business.id, step.template(), channel, locale.speech(), step.tone).await?;
    let text = text.ok_or(DraftError::NoWords)?;
    let dates: (Date, Date) = (first.receivable.due_on, time::civil_date(at, known.business.time_zone));
    let mut opens = items.iter().skip(1).map(|item| item.facts.open);
    let total = opens.try_fold(first.facts.open, Money::checked_add)?;
    let rows = items.iter().map(|item| row_of(item, locale)).collect();
    let consequences: BTreeSet<_> = known.consequences.clone();
    Ok(Reminder::new(text, rows, dates, total, locale, consequences))
}

/// An invoice as a message shows it.
pub(in crate::operations) fn row_of(item: &Item, locale: Locale) -> InvoiceRow {
    let Item { balance, facts, .. } = item;
    InvoiceRow {
        number: item.number.clone(),
        title: item.title.clone(),
        issued: locale.date_long(facts.issued_on),
        due: locale.date_long(facts.due_on),
        paid: if balance.paid.is_positive() { balance.paid.format(locale) } else { String::new() },
        open: balance.open.format(locale),
    }
}

/// The same for whoever is to be written to by a channel.
pub(in crate::operations) fn correspondents(env: &Env, known: &Known, channel: Channel) -> Correspondents {
    let name = known.contact.as_ref().map(|contact| contact.name.to_string()).unwrap_or_default();
    between(env, &known.business, name, known.address(channel).unwrap_or_default(), known.locale().spoken())
}

/// Who a message comes from and goes to.
pub(in crate::operations) fn between(
    env: &Env,
    business: &Business,
    name: String,
    address: String,
    locale: Locale,
) -> Correspondents {
    Correspondents {
        sender: business.sender_name.to_string(),
        sender_address: env.settings.mail_from.clone(),
        reply_to: Some(business.reply_to.to_string()),
        phone: business.phone.as_ref().map(ToString::to_string),
        recipient: name,
        recipient_address: address,
        language: locale.tag().to_owned(),
    }
}
