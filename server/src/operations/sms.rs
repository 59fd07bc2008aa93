//! What comes of texts: reports about those that left, and answers from those who got them.
//!
//! Both come by signed callbacks, which `web::sms` has verified. Each is one transaction, done when the gateway is
//! answered: a "stop" counts from the moment it arrives, not from the next tick of a worker.

use chrono::{Datelike as _, TimeDelta};
use domain::event::{Actor, EventKind};
use domain::follow_up::SmsSettings;
use domain::message::{Channel, MessageKind, MessageState};
use domain::sms::{self, DeliveryStatus, Reply};
use domain::task::TaskKind;
use domain::time::{self, Date};
use domain::{BusinessId, CustomerId, MessageId, Phone, ShortText, Timestamp};
use serde_json::json;
use store::consent;
use store::customers::Contact;
use store::identity::Business;
use store::messages::{self, Message};
use store::tasks::{self, NewTask};
use store::texts::{self, Report};
use store::{StoreError, Tx, customers, ledger, receivables};

use super::answers::{self, Answer};
use super::record::{Facts, Personal, Told, raise_task, record};

use crate::delivery::{HandOver, Texted};
use crate::env::{Env, NotPermitted, Principal};
use crate::sabotage::{self, Fault};

/// The longest part of an incoming text that is kept: ten segments.
const WORDS_MAX_CHARS: usize = 1600;

/// The gateway's codes for numbers that will never take a text: unknown, or a landline.
const DEAD_NUMBERS: &[&str] = &["30005", "30006", "21211", "21614"];
/// Its code for a number whose owner told the gateway to stop.
const STOPPED: &str = "21610";

/// Why a callback was not worked off.
#[derive(Debug, thiserror::Error)]
pub enum CallbackError {
    /// Only the gateway tells.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Where the gateway reports about a message.
pub fn status_callback(env: &Env, message: MessageId) -> String {
    format!("{}/webhooks/sms/status/{message}", env.settings.base_url)
}

/// Where the gateway hands answers on: what the operator enters there.
pub fn answers_address(env: &Env) -> String {
    format!("{}/webhooks/sms/incoming", env.settings.base_url)
}

/// How many segments of texts a business has used up this month, which is the business's own; `None` while the installation
/// has no gateway that would take one.
pub async fn segments_used(
    env: &Env,
    tx: &mut Tx,
    business: &Business,
    now: Timestamp,
) -> Result<Option<i64>, StoreError> {
    if env.settings.sms.is_none() {
        return Ok(None);
    }
    let today = time::civil_date(now, business.time_zone);
    let first = Date::from_ymd_opt(today.year(), today.month(), 1).unwrap_or(today);
    let since = time::start_of_day(first, business.time_zone);
    texts::segments_since(tx, business.id, since).await.map(Some)
}

/// Whether a business may send one more text, having used up so many: there is a gateway, it uses it, and this month's are not
/// used up.
pub fn may_text(used: Option<i64>, settings: SmsSettings) -> bool {
    let left = |used| {
        used + i64::from(sms::MAX_SEGMENTS) <= i64::from(settings.monthly_segments)
            || sabotage::is(Fault::OverspendsOnTexts)
    };
    settings.enabled && used.is_some_and(left)
}

/// A gateway's report about a message of ours.
pub async fn report(
    env: &Env,
    principal: &Principal,
    message: MessageId,
    report: &Report,
) -> Result<(), CallbackError> {
    principal.internal()?;
    env.store
        .transact(async |tx: &mut Tx| {
            let Some(business) = texts::business_of(tx, message).await? else { return Ok(()) };
            if texts::keep_report(tx, business, message, report).await? {
                learn(env, tx, business, message).await?;
            }
            Ok(())
        })
        .await
}

/// What follows from everything reported about a message. Asked whenever there is something new: a report, or the record of the
/// hand-over (made by its worker, or in place of one that died), whichever comes last. So the order in which they come makes no
/// difference.
pub(super) async fn learn(
    env: &Env,
    tx: &mut Tx,
    business: BusinessId,
    id: MessageId,
) -> Result<(), StoreError> {
    let Some(message) = messages::find(tx, business, id).await? else { return Ok(()) };
    let mut reports = texts::reports(tx, id).await?;
    // A text that was put off and handed over again has another name: reports about the first try are history.
    if let Some(name) = &message.provider_ref {
        reports.retain(|report| report.provider_ref == *name);
    }
    let now = env.business_now();
    let delivered = reports.iter().find(|report| report.status == DeliveryStatus::Delivered);
    let lost = reports.iter().find(|report| report.status.is_lost());
    let Some(newest) = delivered.or(lost).or(reports.first()) else { return Ok(()) };

    if message.state == MessageState::Uncertain {
        // The gateway would not report about a text that it never took.
        texts::name(tx, id, &newest.provider_ref).await?;
        let evidence = format!("the gateway reported: {}", newest.status);
        if (lost.is_none() || delivered.is_some())
            && messages::learn(tx, business, id, true, &evidence, now).await?
        {
            tell(env, tx, &message, EventKind::MessageSent);
            tasks::resolve_about(tx, business, id.into(), TaskKind::MessageUncertain, now).await?;
        }
    }
    if let Some(report) = delivered {
        if texts::mark_delivered(tx, business, id, report.received_at).await? {
            tell(env, tx, &message, EventKind::MessageDelivered);
        }
        return Ok(());
    }
    if let Some(report) = lost {
        let evidence = format!("the gateway reported: {} {}", report.status, report.detail);
        if messages::learn(tx, business, id, false, evidence.trim_end(), now).await? {
            tell(env, tx, &message, EventKind::MessageFailed);
            if let Some(contact) = message.contact {
                number_is_dead(env, tx, &message, contact, &report.detail).await?;
            }
            fail(env, tx, &message).await?;
        }
    }
    Ok(())
}

/// What else follows from the hand-over of a text, in the transaction that records how far it came.
pub(super) async fn handed_over(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    texted: &Texted,
) -> Result<(), StoreError> {
    if let Some(contact) = message.contact {
        let code = match &texted.outcome {
            HandOver::Refused { address_is_bad: true, .. } => DEAD_NUMBERS[0],
            _ if texted.opted_out => STOPPED,
            _ => "",
        };
        number_is_dead(env, tx, message, contact, code).await?;
    }
    if let Some(name) = &texted.provider_ref {
        texts::name(tx, message.id, name).await?;
    }
    learn(env, tx, message.business, message.id).await
}

/// Texts a number no more that takes none, or whose owner told the gateway so.
async fn number_is_dead(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    contact: domain::ContactId,
    code: &str,
) -> Result<(), StoreError> {
    let now = env.business_now();
    let Ok(number) = Phone::parse(&message.to_address) else { return Ok(()) };
    if code == STOPPED {
        take_turns(tx, &number).await?;
        for contact in consent::end_texts(tx, &number, now).await? {
            opted_out(env, tx, &contact, "");
            receivables::look_again_at_all(tx, contact.business, contact.customer, now).await?;
        }
    } else if DEAD_NUMBERS.contains(&code)
        && let Ok(reason) = ShortText::parse("the gateway said that this number takes no texts")
        && consent::suppress_number(tx, message.business, contact, &number, &reason, now).await?
    {
        let told = Told::new(EventKind::ContactSuppressed, contact);
        let told = message.customer.map_or(told.clone(), |customer| told.customer(customer));
        record(tx, env, message.business, Actor::System, told);
    }
    // What was planned as a text goes another way now.
    if !code.is_empty()
        && let Some(customer) = message.customer
    {
        receivables::look_again_at_all(tx, message.business, customer, now).await?;
    }
    Ok(())
}

fn tell(env: &Env, tx: &mut Tx, message: &Message, kind: EventKind) {
    let facts = Facts { message: Some(message.id), message_kind: Some(message.kind), ..Facts::default() };
    let mut told = Told::new(kind, message.id).facts(facts);
    if let Some(customer) = message.customer {
        told = told.customer(customer);
    }
    if let Some(invoice) = message.invoice {
        told = told.invoice(invoice);
    }
    record(tx, env, message.business, Actor::Provider, told);
}

/// A text that did not arrive is a person's; except the word that there will be no more.
async fn fail(env: &Env, tx: &mut Tx, message: &Message) -> Result<(), StoreError> {
    if message.kind == MessageKind::TextsEnded {
        return Ok(());
    }
    let task = task(env, message.business, TaskKind::MessageFailed, message.id);
    let task = NewTask { customer: message.customer, invoice: message.invoice, ..task };
    raise_task(tx, env, Actor::System, &task, Facts::default()).await.map(drop)
}

fn task(env: &Env, business: BusinessId, kind: TaskKind, message: MessageId) -> NewTask {
    NewTask {
        id: env.new_id(),
        business,
        kind,
        dedup_key: format!("{kind}:{message}"),
        subject: message.into(),
        customer: None,
        invoice: None,
        step: None,
        data: json!({}),
        created_at: env.business_now(),
        due_at: None,
    }
}

/// A text that came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Incoming {
    /// The gateway's name for it.
    pub provider_ref: String,
    /// The number it came from.
    pub from: Phone,
    /// What it says.
    pub body: String,
}

/// Takes a text that came in: a wish for no more texts is carried out at once, everything else goes to a person. The same text
/// again changes nothing.
pub async fn incoming(env: &Env, principal: &Principal, text: &Incoming) -> Result<(), CallbackError> {
    principal.internal()?;
    env.store
        .transact(async |tx: &mut Tx| {
            if !texts::receive(tx, &text.provider_ref, env.machine_now()).await? {
                return Ok::<_, StoreError>(());
            }
            match sms::read(&text.body) {
                Reply::Stop => stop(env, tx, text).await,
                Reply::Start => start(env, tx, text).await,
                Reply::Other => hand_to_a_person(env, tx, text).await,
            }
        })
        .await?;
    env.nudges.outbox.notify_one();
    env.nudges.planner.notify_one();
    Ok(())
}

/// Takes the turns of every customer with a contact of this number: once this has committed, no text leaves that was decided
/// about before.
pub(super) async fn take_turns(tx: &mut Tx, number: &Phone) -> Result<(), StoreError> {
    let contacts = consent::by_phone(tx, number).await?;
    let customers: Vec<CustomerId> = contacts.iter().map(|contact| contact.customer).collect();
    ledger::take_turns(tx, &customers).await
}

/// Ends texts to the number, for every business that has it, and says so once: by the business that texted it last.
async fn stop(env: &Env, tx: &mut Tx, text: &Incoming) -> Result<(), StoreError> {
    take_turns(tx, &text.from).await?;
    let ended = consent::end_texts(tx, &text.from, env.business_now()).await?;
    for contact in &ended {
        opted_out(env, tx, contact, &text.body);
        receivables::look_again_at_all(tx, contact.business, contact.customer, env.business_now()).await?;
    }
    let last = texts::last_to(tx, &text.from).await?.map(|(business, _)| business);
    let spoken_to = ended.iter().find(|contact| Some(contact.business) == last).or(ended.first());
    // Whoever had ended texts before is not told again.
    let Some(contact) = spoken_to else { return Ok(()) };
    let customer = customers::customer(tx, contact.business, contact.customer).await?;
    let Some(locale) = contact.locale.or(customer.map(|customer| customer.locale)) else { return Ok(()) };
    let answer = Answer {
        business: contact.business,
        customer: Some(contact.customer),
        invoice: None,
        contact: Some(contact.id),
        kind: MessageKind::TextsEnded,
        channel: Channel::Sms,
        cause: format!("texts_ended:{}", text.provider_ref),
        to_name: contact.name.to_string(),
        to_address: text.from.to_string(),
        locale,
        data: json!({}),
    };
    answers::queue(tx, env, Actor::System, answer).await.map(drop)
}

fn opted_out(env: &Env, tx: &mut Tx, contact: &Contact, words: &str) {
    let note = Some(kept(words)).filter(|words| !words.is_empty());
    let told = Told::new(EventKind::ContactOptedOut, contact.id)
        .customer(contact.customer)
        .facts(Facts { channel: Some(Channel::Sms), ..Facts::default() })
        .personal(Personal { name: Some(contact.name.to_string()), note, ..Personal::default() });
    record(tx, env, contact.business, Actor::System, told);
}

/// "START" gives back what "STOP" took: the consent on record is renewed by its owner's own word, never invented.
async fn start(env: &Env, tx: &mut Tx, text: &Incoming) -> Result<(), StoreError> {
    let words = kept(&text.body);
    take_turns(tx, &text.from).await?;
    for contact in consent::resume_texts(tx, &text.from, &words, env.business_now()).await? {
        receivables::look_again_at_all(tx, contact.business, contact.customer, env.business_now()).await?;
        let told = Told::new(EventKind::ConsentGiven, contact.id)
            .customer(contact.customer)
            .facts(Facts { channel: Some(Channel::Sms), ..Facts::default() })
            .personal(Personal {
                name: Some(contact.name.to_string()),
                note: Some(words.clone()),
                ..Personal::default()
            });
        record(tx, env, contact.business, Actor::System, told);
    }
    Ok(())
}

/// Puts what somebody answered onto the timeline of the business that texted them last, and asks a person to read it. A number
/// that nobody knows is nobody's: nothing is kept.
async fn hand_to_a_person(env: &Env, tx: &mut Tx, text: &Incoming) -> Result<(), StoreError> {
    let last = match texts::last_to(tx, &text.from).await? {
        Some((business, message)) => messages::find(tx, business, message).await?,
        None => None,
    };
    let known = consent::by_phone(tx, &text.from).await?;
    let asked = |contact: &&Contact| {
        last.as_ref().is_none_or(|message| {
            contact.business == message.business
                && message.customer.is_none_or(|customer| contact.customer == customer)
        })
    };
    let Some(contact) = known.iter().find(asked) else {
        tracing::info!("a text came from a number that nobody knows");
        return Ok(());
    };
    let about = last.as_ref().and_then(|message| message.invoice);
    let mut told = Told::new(EventKind::AnswerReceived, contact.id)
        .customer(contact.customer)
        .facts(Facts {
            channel: Some(Channel::Sms),
            message: last.as_ref().map(|message| message.id),
            ..Facts::default()
        })
        .personal(Personal {
            name: Some(contact.name.to_string()),
            note: Some(kept(&text.body)),
            ..Personal::default()
        });
    if let Some(invoice) = about {
        told = told.invoice(invoice);
    }
    record(tx, env, contact.business, Actor::System, told);
    let task = NewTask {
        id: env.new_id(),
        business: contact.business,
        kind: TaskKind::AnswerCustomer,
        dedup_key: format!("answer:{}", text.provider_ref),
        subject: contact.id.into(),
        customer: Some(contact.customer),
        invoice: about,
        step: None,
        data: json!({}),
        created_at: env.business_now(),
        due_at: Some(env.business_now() + TimeDelta::days(1)),
    };
    raise_task(tx, env, Actor::System, &task, Facts::default()).await.map(drop)
}

/// What of somebody's words is kept: without control characters, and bounded.
fn kept(words: &str) -> String {
    let printable = words.trim().chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c });
    printable.take(WORDS_MAX_CHARS).collect()
}
