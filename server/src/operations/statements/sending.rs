//! Statements by mail: every month by themselves where the business or the customer wants them, and by a member's hand.
//!
//! **A customer's turn in a month is dealt with once.** A worker begins a month by writing it down, with everybody whose turn it is.
//! Dealing with a turn removes its row and queues the messages in one transaction, and a message about the same customer,
//! currency and days has the same key: so any number of workers may look at once, and a crash leaves all of it or nothing.
//!
//! **Only the newest month is sent, and only for some days**: after weeks of downtime the rest is in the next one. After a restored
//! backup the month that may have been sent since is closed ([`keep_back`]); what came by import waits until somebody released it.
//!
//! `domain::statement::sending` decides; the outbox asks it again before anything is handed over.

use domain::event::Actor;
use domain::invoice::Period;
use domain::message::{Channel, MessageKind};
use domain::schedule::plan;
use domain::statement::Statement;
use domain::statement::sending::{self, Obstacle, Sending};
use domain::time::civil_date;
use domain::{Currency, CustomerId, Date, Locale, MemberId, Permission, Timestamp};
use serde::{Deserialize, Serialize};
use store::dossiers::Which;
use store::ledger::statement as books;
use store::statement_rounds::{self as rounds, Turn};
use store::{StoreError, Tx, ledger};

use super::{StatementError, Wanted, of, read};
use crate::delivery::letters::{AccountRow, AccountTable, Letter, StatementLetter};
use crate::delivery::mail;
use crate::env::{Env, Principal};
use crate::operations::answers::{self, Answer};
use crate::operations::consent;
use crate::operations::follow_up::clock_is_behind;
use crate::operations::follow_up::draft::correspondents;
use crate::operations::follow_up::house::House;
use crate::operations::follow_up::known::{Item, Known};
use crate::operations::follow_up::next;

/// How many turns one run deals with.
const BATCH: i64 = 200;

/// How long a turn waits that waits for something without a date.
const LOOKS_AGAIN_AFTER: chrono::TimeDelta = chrono::TimeDelta::hours(1);

/// How many entries stand in a mail: the newest. All of them are on the page that its button opens.
const ENTRIES_MAX: usize = 20;

/// What one run did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Businesses whose month was begun.
    pub begun: usize,
    /// Messages queued.
    pub queued: usize,
    /// Customers who have to wait: for an hour, for their distance from the last word, for a release.
    pub put_off: usize,
    /// Customers with nothing to tell, or whom nothing is told.
    pub left_out: usize,
    /// Business time stands before the newest event: nothing is sent until the clock is right again.
    pub clock_is_behind: bool,
    /// More are due.
    pub more: bool,
}

/// Begins the months that have come, and sends what is due in them, each customer in a transaction of their own.
pub async fn send_due(env: &Env, principal: &Principal) -> Result<Sent, StatementError> {
    principal.internal()?;
    let now = env.business_now();
    let mut tx = env.store.read().await?;
    if clock_is_behind(&mut tx, now).await? {
        return Ok(Sent { clock_is_behind: true, ..Sent::default() });
    }
    let senders = rounds::senders(&mut tx).await?;
    drop(tx);
    let mut sent = Sent::default();
    for sender in senders {
        let Some(period) = sender.settings.due(civil_date(now, sender.zone)) else { continue };
        if sender.begun.is_none_or(|begun| begun < period.from) {
            let (business, all) = (sender.business, sender.settings.enabled);
            let begin = async |tx: &mut Tx| rounds::begin(tx, business, period.from, all, now).await;
            sent.begun += usize::from(env.store.transact(begin).await?);
        }
    }
    let mut tx = env.store.read().await?;
    let due = rounds::due(&mut tx, now, BATCH).await?;
    drop(tx);
    sent.more = i64::try_from(due.len()).is_ok_and(|found| found >= BATCH);
    for turn in due {
        match env.store.transact(async |tx| look_at(tx, env, turn, now).await).await {
            Ok(Looked::Nothing) => {}
            Ok(Looked::Queued(0)) => sent.left_out += 1,
            Ok(Looked::Queued(messages)) => sent.queued += messages,
            Ok(Looked::PutOff) => sent.put_off += 1,
            Err(StatementError::Store(error)) if error.is_unavailable() => return Err(error.into()),
            Err(error) => {
                // One that cannot be made keeps nobody else waiting.
                tracing::error!(business = %turn.0, customer = %turn.1, %error, "a statement cannot be sent");
                let until = now + LOOKS_AGAIN_AFTER;
                env.store.transact(async |tx: &mut Tx| rounds::put_off(tx, turn, until, now).await).await?;
                sent.put_off += 1;
            }
        }
    }
    if sent.queued > 0 {
        env.nudges.outbox.notify_one();
    }
    Ok(sent)
}

/// What a look at a customer's turn came to.
enum Looked {
    /// Somebody else dealt with it.
    Nothing,
    /// It is dealt with, by so many messages.
    Queued(usize),
    PutOff,
}

async fn look_at(tx: &mut Tx, env: &Env, turn: Turn, now: Timestamp) -> Result<Looked, StatementError> {
    let (business, customer, month) = turn;
    ledger::take_turn(tx, business, customer).await?;
    let mut house = House::load(env, tx, business, now).await?.ok_or(StatementError::NotFound)?;
    let known = next::known(tx, &mut house, &[customer], Which::All, now).await?.pop();
    let known = known.ok_or(StatementError::NotFound)?;
    let period = known.statements.due(civil_date(now, known.business.time_zone));
    let Some(period) = period.filter(|period| period.from == month) else {
        let taken = rounds::take(tx, turn, now).await?;
        return Ok(if taken { Looked::Queued(0) } else { Looked::Nothing });
    };
    let reminder_due = !plan(&known.cases(), &known.gate(), now).messages.is_empty();
    let obstacle = obstacle(&known).or(reminder_due.then_some(Obstacle::ReminderDue));
    let until = match sending::decide(obstacle, &known.gate(), now) {
        Sending::Now => {
            if !rounds::take(tx, turn, now).await? {
                return Ok(Looked::Nothing);
            }
            let mut queued = 0;
            for currency in books::currencies(tx, business, customer).await? {
                let statement = of(tx, &known.business, customer, currency, period).await?;
                if is_worth_sending(&known, &statement) {
                    queued += usize::from(queue(tx, env, &known, &statement, None).await?);
                }
            }
            return Ok(Looked::Queued(queued));
        }
        Sending::Never(_) => {
            let taken = rounds::take(tx, turn, now).await?;
            return Ok(if taken { Looked::Queued(0) } else { Looked::Nothing });
        }
        Sending::From(at) => at,
        Sending::Later => now + LOOKS_AGAIN_AFTER,
    };
    let put_off = rounds::put_off(tx, turn, until, now).await?;
    Ok(if put_off { Looked::PutOff } else { Looked::Nothing })
}

/// What of a customer stands in the way of a statement, besides a reminder that is due.
pub(in crate::operations) fn obstacle(known: &Known) -> Option<Obstacle> {
    if !known.wants_statements {
        Some(Obstacle::NotWanted)
    } else if known.everything_is_held {
        Some(Obstacle::Held)
    } else if known.items.iter().any(|item| item.receivable.parked.is_some()) {
        Some(Obstacle::Parked)
    } else {
        None
    }
}

/// Whether there is anything to tell a customer by it, as things stand.
pub(in crate::operations) fn is_worth_sending(known: &Known, statement: &Statement) -> bool {
    let currency = statement.closing.currency();
    let is_open = |item: &Item| item.facts.open.is_positive() && item.facts.open.currency() == currency;
    sending::is_worth_sending(statement, known.items.iter().any(is_open))
}

/// What a queued statement is of. It is made afresh when it is handed over.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::operations) struct StatementData {
    /// Its currency.
    pub currency: Currency,
    /// Its first day.
    pub from: Date,
    /// Its last day.
    pub to: Date,
    /// Who had it sent; nobody where it went by itself.
    pub sent_by: Option<MemberId>,
}

/// Queues one, once for its customer, currency and days. False when it was queued before.
async fn queue(
    tx: &mut Tx,
    env: &Env,
    known: &Known,
    statement: &Statement,
    sent_by: Option<MemberId>,
) -> Result<bool, StatementError> {
    let (Some(contact), Some(to_address)) = (&known.contact, known.address(Channel::Email)) else {
        return Ok(false);
    };
    let Period { from, to } = statement.period;
    let (customer, currency) = (known.customer.id, statement.closing.currency());
    let data = StatementData { currency, from, to, sent_by };
    let answer = Answer {
        business: known.business.id,
        customer: Some(customer),
        invoice: None,
        contact: Some(contact.id),
        kind: MessageKind::Statement,
        channel: Channel::Email,
        cause: format!("statement:{customer}:{}:{from}:{to}", currency.code()),
        to_name: contact.name.to_string(),
        to_address,
        locale: known.locale(),
        data: serde_json::to_value(data).unwrap_or_default(),
    };
    let actor = sent_by.map_or(Actor::System, Actor::Member);
    Ok(answers::queue(tx, env, actor, answer).await?.is_some())
}

/// What its mail says.
pub(in crate::operations) fn letter(statement: &Statement, locale: Locale) -> Letter {
    let phrases = &app::words::of(locale).statement;
    let Period { from, to } = statement.period;
    let left_out = statement.entries.len().saturating_sub(ENTRIES_MAX);
    let rows = statement.entries.iter().skip(left_out).map(|entry| AccountRow {
        on: locale.date_long(entry.on),
        what: (phrases.what)(entry.what, entry.invoice.as_ref().map(|(_, number)| number.as_str())),
        amount: entry.amount.format(locale),
    });
    let amount = |amount: domain::Money| if amount.is_zero() { String::new() } else { amount.format(locale) };
    Letter::Statement(StatementLetter {
        from: locale.date_long(from),
        to: locale.date_long(to),
        open: statement.open_amount().map(amount).unwrap_or_default(),
        credit: amount(statement.credit),
        table: AccountTable {
            opening_label: (phrases.opening)(&locale.date_long(from)),
            opening: statement.opening.format(locale),
            earlier: if left_out > 0 { (phrases.earlier)(left_out) } else { String::new() },
            rows: rows.collect(),
            closing_label: (phrases.closing)(&locale.date_long(to)),
            closing: statement.closing.format(locale),
        },
    })
}

/// Where the button of a statement leads, below the portal link.
pub(in crate::operations) fn page_of(link: &str, period: Period, currency: Currency) -> String {
    let code = currency.code();
    format!("{link}/statement?currency={code}&period_from={}&period_to={}", period.from, period.to)
}

/// A statement's mail as it would leave, for whoever thinks about sending it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drafted {
    /// To whom: name and address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text. Its links are placeholders.
    pub text: String,
}

/// What the mail of a customer's statement would say. `None` where it cannot be sent: there is nothing to tell, or nobody to tell it.
pub async fn draft(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    statement: &Statement,
) -> Result<Option<Drafted>, StatementError> {
    let (business, _) = principal.member_with(Permission::SendReminders)?;
    let mut tx = env.store.read().await?;
    let known = known(&mut tx, env, business, customer).await?;
    if !is_worth_sending(&known, statement) || known.address(Channel::Email).is_none() {
        return Ok(None);
    }
    let between = correspondents(env, &known, Channel::Email);
    let letter = letter(statement, known.locale().spoken());
    let written = mail::render_chasing(&letter, &between, "[link]", consent::WAY_OUT_PLACEHOLDER)?;
    let to = format!("{} <{}>", between.recipient, between.recipient_address);
    Ok(Some(Drafted { to, subject: written.subject, text: written.text }))
}

async fn known(
    tx: &mut Tx,
    env: &Env,
    business: domain::BusinessId,
    customer: CustomerId,
) -> Result<Known, StatementError> {
    let now = env.business_now();
    let mut house = House::load(env, tx, business, now).await?.ok_or(StatementError::NotFound)?;
    let known = next::known(tx, &mut house, &[customer], Which::All, now).await?.pop();
    known.ok_or(StatementError::NotFound)
}

/// Why a member could not have a statement sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSent {
    /// Nothing happened in these days and nothing is open.
    NothingToTell,
    /// It was sent before, or waits to be.
    Before,
    /// Mail leads to nobody.
    Unreachable,
}

/// Has a statement sent to a customer, whatever was set about sending them. It obeys hours and distance all the same: it leaves as
/// soon as it may.
pub async fn send_now(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    wanted: &Wanted,
) -> Result<Result<(), NotSent>, StatementError> {
    let (business, member) = principal.member_with(Permission::SendReminders)?;
    let queued = env
        .store
        .transact(async |tx: &mut Tx| {
            ledger::take_turn(tx, business, customer).await?;
            let known = known(tx, env, business, customer).await?;
            let now = env.business_now();
            let today = civil_date(now, known.business.time_zone);
            let (currency, period) = read(wanted, known.business.currency, today)?;
            let statement = of(tx, &known.business, customer, currency, period).await?;
            if !is_worth_sending(&known, &statement) {
                return Ok(Err(NotSent::NothingToTell));
            }
            if let Sending::Never(_) = sending::admit(&known.gate(), now) {
                return Ok(Err(NotSent::Unreachable));
            }
            let queued = queue(tx, env, &known, &statement, Some(member)).await?;
            Ok::<_, StatementError>(if queued { Ok(()) } else { Err(NotSent::Before) })
        })
        .await?;
    env.nudges.outbox.notify_one();
    Ok(queued)
}

/// Closes the month that may have been sent since a backup was made, in the transaction that keeps everything else back: its statements
/// are sent by hand or not at all.
pub async fn keep_back(tx: &mut Tx, env: &Env) -> Result<(), StoreError> {
    let now = env.business_now();
    for sender in rounds::senders(tx).await? {
        if let Some(period) = sender.settings.due(civil_date(now, sender.zone)) {
            rounds::close(tx, sender.business, period.from, now).await?;
        }
    }
    Ok(())
}
