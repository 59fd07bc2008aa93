//! The words that go out: which are used for a step, and how a business writes its own.
//!
//! What a business writes is checked before it is saved ([`check`]) on made-up data ([`sample`]) in every case it may
//! meet, so that no text is found to be broken, too long or unlawful in the moment it goes out. Every version is kept.

mod check;
mod sample;

use domain::event::{Actor, EventKind};
use domain::follow_up::Settings;
use domain::message::{Channel, MessageKind};
use domain::schedule::{Schedule, StepId, Tone};
use domain::wording::{Case, Part};
use domain::{
    BusinessId, FieldErrors, FieldProblem, InvoiceId, Language, Locale, Name, Permission, Timestamp, sms,
};
use serde::{Deserialize, Serialize};
use store::identity::{self, Business};
use store::messages::Message;
use store::templates::{self as rows, TemplateKey, TemplateVersion, Words};
use store::{StoreError, Tx, follow_up, schedules};

use super::answers::{self, Answer};
use super::record::{Facts, Told, actor, record};
use crate::delivery::letters::{Letter, Reminder};
use crate::delivery::mail::{self, MailError, Rendered};
use crate::delivery::texts::{self, CHANNELS, NAMES, Text};
use crate::delivery::{brief, paper};
use crate::env::{Env, NotPermitted, Principal};

pub use check::remarks;

/// Why texts were not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// No step calls a text by this name, and none is built in.
    #[error("no such text")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else saved it meanwhile.
    #[error("somebody else saved this text")]
    Conflict,
    /// It could not be rendered although it had been checked.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The words for a step: the business's own of that name, else those built in under it, else (for a name without any)
/// the business's own and then the built-in ones of its tone. `None` for channels without words.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    name: &StepId,
    channel: Channel,
    language: Language,
    tone: Tone,
) -> Result<Option<Text>, StoreError> {
    let Some(fitting) = texts::fitting(name.as_str(), channel, language, tone) else { return Ok(None) };
    if let Some(own) = own_words(tx, business, name, channel, language).await? {
        return Ok(Some(own_text(own, &fitting)));
    }
    if texts::built_in(name.as_str(), channel, language).is_some() {
        return Ok(Some(fitting));
    }
    let Ok(by_tone) = StepId::parse(texts::name_of(tone)) else { return Ok(Some(fitting)) };
    let own = own_words(tx, business, &by_tone, channel, language).await?;
    Ok(Some(own.map_or_else(|| fitting.clone(), |own| own_text(own, &fitting))))
}

async fn own_words(
    tx: &mut Tx,
    business: BusinessId,
    name: &StepId,
    channel: Channel,
    language: Language,
) -> Result<Option<Words>, StoreError> {
    let key = TemplateKey { name: name.clone(), channel, language };
    Ok(rows::find(tx, business, &key).await?.and_then(|version| version.words))
}

fn own_text(words: Words, instead: &Text) -> Text {
    Text { subject: words.subject, body: words.body, instead: Some(Box::new(instead.clone())) }
}

/// A text that a step may say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Which.
    pub key: TemplateKey,
    /// How it speaks: the friendliest tone of the steps that say it.
    pub tone: Tone,
    /// When the business wrote its own, if that is in use.
    pub own_since: Option<Timestamp>,
}

/// Every text there is to say, by channel, then in the order in which they are said, in each language.
pub async fn list(env: &Env, principal: &Principal) -> Result<Vec<Listed>, TemplateError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let names = names(&mut tx, business).await?;
    let own = rows::of_business(&mut tx, business).await?;
    let own_since = |key: &TemplateKey| {
        own.iter().find(|version| version.key == *key && version.words.is_some()).map(|version| version.at)
    };
    let mut listed = Vec::new();
    for (channel, name, tone) in &names {
        for &language in Language::ALL {
            let key = TemplateKey { name: name.clone(), channel: *channel, language };
            listed.push(Listed { own_since: own_since(&key), tone: *tone, key });
        }
    }
    Ok(listed)
}

/// The names that texts go by, with the friendliest tone each is said in: those built in, and those that the steps of
/// the business's schedules call for.
async fn names(tx: &mut Tx, business: BusinessId) -> Result<Vec<(Channel, StepId, Tone)>, StoreError> {
    let mut followed = vec![Schedule::standard()];
    followed.extend(schedules::of_business(tx, business).await?.into_iter().map(|named| named.schedule));
    let mut names: Vec<(Channel, StepId, Tone)> = Vec::new();
    for channel in CHANNELS {
        for name in NAMES {
            if let (Ok(id), Some(tone)) = (StepId::parse(name), texts::tone_of(name)) {
                names.push((channel, id, tone));
            }
        }
        for step in followed.iter().flat_map(Schedule::steps).filter(|step| step.channel == channel) {
            let known = names.iter_mut().find(|(of, name, _)| *of == channel && name == step.template());
            match known {
                Some((_, _, tone)) => *tone = (*tone).min(step.tone),
                None => names.push((channel, step.template().clone(), step.tone)),
            }
        }
    }
    Ok(names)
}

/// One text, as it stands and with what its words are checked by.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Which.
    pub key: TemplateKey,
    /// How it speaks.
    pub tone: Tone,
    /// The words in use.
    pub words: Words,
    /// The newest version, to be saved over; 0 if the business never wrote it.
    pub version: i64,
    /// Who wrote the words in use and when, if the business did.
    pub own: Option<(Option<Name>, Timestamp)>,
    /// The words that are built in.
    pub built_in: Words,
    /// Where it is used.
    pub house: House,
}

/// What a text is rendered and checked with.
#[derive(Debug, Clone)]
pub struct House {
    /// The business.
    pub business: Business,
    /// What it may announce, and whether its text messages name amounts.
    pub follow_up: Settings,
    /// The address that links begin with.
    pub base_url: String,
    /// The installation's own address.
    pub mail_from: String,
}

/// Shows one text.
pub async fn show(env: &Env, principal: &Principal, key: TemplateKey) -> Result<Shown, TemplateError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    shown(env, &mut tx, business, key).await
}

async fn shown(
    env: &Env,
    tx: &mut Tx,
    business: BusinessId,
    key: TemplateKey,
) -> Result<Shown, TemplateError> {
    let names = names(tx, business).await?;
    let tone = names.iter().find(|(channel, name, _)| *channel == key.channel && *name == key.name);
    let tone = tone.map(|(_, _, tone)| *tone).ok_or(TemplateError::NotFound)?;
    let built_in = texts::fitting(key.name.as_str(), key.channel, key.language, tone)
        .map(|text| Words { subject: text.subject, body: text.body })
        .ok_or(TemplateError::NotFound)?;
    let newest = rows::find(tx, business, &key).await?;
    let version = newest.as_ref().map_or(0, |newest| newest.version);
    let house = House {
        business: identity::business(tx, business).await?.ok_or(TemplateError::NotFound)?,
        follow_up: follow_up::settings(tx, business).await?.value,
        base_url: env.settings.base_url.clone(),
        mail_from: env.settings.mail_from.clone(),
    };
    let (words, own) = match newest {
        Some(TemplateVersion { words: Some(words), by, at, .. }) => {
            let author = identity::member(tx, business, by).await?.map(|member| member.name);
            (words, Some((author, at)))
        }
        _ => (built_in.clone(), None),
    };
    Ok(Shown { key, tone, words, version, own, built_in, house })
}

/// Saves the business's own words for a text, over the version that was read. What must not go out is not saved.
pub async fn save(
    env: &Env,
    principal: &Principal,
    key: TemplateKey,
    version: Option<i64>,
    typed: Words,
) -> Result<(), TemplateError> {
    let (business, member) = principal.member_with(Permission::EditSettings)?;
    let words = &tidy(&typed);
    env.store
        .transact(async |tx: &mut Tx| {
            let found = shown(env, tx, business, key.clone()).await?;
            refuse_if_wrong(words, &found)?;
            let read = version.unwrap_or(found.version);
            let by = (member, env.business_now());
            if !rows::save(tx, business, &key, read, Some(words), by).await? {
                return Err(TemplateError::Conflict);
            }
            let facts = Facts { step: Some(key.name.clone()), ..Facts::default() };
            let told = Told::new(EventKind::TextWritten, business).facts(facts);
            record(tx, env, business, actor(principal), told);
            Ok(())
        })
        .await
}

/// Gives a text back to what is built in. Giving back what the business never wrote changes nothing.
pub async fn give_back(env: &Env, principal: &Principal, key: TemplateKey) -> Result<(), TemplateError> {
    let (business, member) = principal.member_with(Permission::EditSettings)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let found = shown(env, tx, business, key.clone()).await?;
            if found.own.is_none() {
                return Ok(());
            }
            let by = (member, env.business_now());
            if !rows::save(tx, business, &key, found.version, None, by).await? {
                return Err(TemplateError::Conflict);
            }
            let facts = Facts { step: Some(key.name.clone()), ..Facts::default() };
            let told = Told::new(EventKind::TextGivenBack, business).facts(facts);
            record(tx, env, business, actor(principal), told);
            Ok(())
        })
        .await
}

/// As browsers send it, with the line ends and the empty room around it that nobody meant.
fn tidy(typed: &Words) -> Words {
    let tidy = |text: &str| text.replace("\r\n", "\n").replace('\t', " ").trim().to_owned();
    Words { subject: tidy(&typed.subject), body: tidy(&typed.body) }
}

/// The longest source of a subject and of a body that is read at all.
const MOST_CHARACTERS: (usize, usize) = (500, 6000);

fn refuse_if_wrong(words: &Words, shown: &Shown) -> Result<(), FieldErrors> {
    let mut errors = FieldErrors::new();
    let has_subject = texts::has_subject(shown.key.channel);
    for (field, text, needed, max) in [
        ("subject", &words.subject, has_subject, MOST_CHARACTERS.0),
        ("body", &words.body, true, MOST_CHARACTERS.1),
    ] {
        if needed && text.is_empty() {
            errors.push(field, FieldProblem::Required);
        } else if text.chars().count() > max {
            errors.push(field, FieldProblem::TooLong { max });
        } else if text.chars().any(|c| c.is_control() && (c != '\n' || field == "subject")) {
            errors.push(field, FieldProblem::ForbiddenCharacter);
        }
    }
    if errors.is_empty() {
        let remarks = remarks(words, shown);
        for (field, part) in [("subject", Part::Subject), ("body", Part::Body)] {
            let places = remarks.iter().filter(|remark| remark.part == part).count();
            if places > 0 {
                errors.push(field, FieldProblem::TextRefused { places });
            }
        }
    }
    errors.into_result()
}

/// What a text is shown about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    /// Made-up invoices.
    Sample(Case),
    /// An invoice of the business, as things stand.
    Invoice(InvoiceId),
    /// The same so many days after its due date, or before it: what a step of that day says.
    InvoiceOnDay(InvoiceId, i32),
}

/// A text, filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// The subject, where the channel has one.
    pub subject: Option<String>,
    /// As text.
    pub text: String,
    /// As HTML, where the channel has it.
    pub html: Option<String>,
    /// How many parts a text message has.
    pub segments: Option<u32>,
}

/// Fills words in, saved or not: with made-up data, or about an invoice of the business. `None` when they cannot be
/// rendered; what is wrong with them is [`remarks`]' to say.
pub async fn preview(
    env: &Env,
    principal: &Principal,
    shown: &Shown,
    words: &Words,
    about: About,
) -> Result<Option<Preview>, TemplateError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let text = Text { subject: words.subject.clone(), body: words.body.clone(), instead: None };
    let today = domain::time::civil_date(env.business_now(), shown.house.business.time_zone);
    let scene = match about {
        About::Sample(case) => sample::scene(&shown.house, shown.key.language, case, today),
        About::Invoice(invoice) | About::InvoiceOnDay(invoice, _) => {
            let day = match about {
                About::InvoiceOnDay(_, offset_days) => sample::Day::FromDue(offset_days),
                _ => sample::Day::Of(today),
            };
            let mut tx = env.store.read().await?;
            sample::about_invoice(&mut tx, business, invoice, &shown.house, shown.key.language, day)
                .await?
                .ok_or(TemplateError::NotFound)?
        }
    };
    let rendered = render(&scene.reminder(text, &shown.house), &scene, shown.key.channel, &shown.house);
    match rendered {
        Ok(preview) => Ok(Some(preview)),
        Err(MailError::Template(_) | MailError::Layout(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn render(
    reminder: &Reminder,
    scene: &sample::Scene,
    channel: Channel,
    house: &House,
) -> Result<Preview, MailError> {
    let link = sample::link(&house.base_url);
    let with_layout = |Rendered { subject, text, html, .. }: Rendered| Preview {
        subject: Some(subject),
        text,
        html: Some(html),
        segments: None,
    };
    Ok(match channel {
        Channel::Email => {
            with_layout(mail::render(&Letter::Reminder(reminder.clone()), &scene.between, &link)?)
        }
        Channel::Letter => with_layout(paper::render(reminder, &scene.between, &scene.postal)?),
        Channel::Sms => {
            let text = brief::text_message(reminder, &scene.between, &link, house.follow_up.sms.amounts)?;
            let segments = Some(sms::measure(&text).segments);
            Preview { subject: None, text, html: None, segments }
        }
        _ => {
            let text = brief::call(reminder, &scene.between)?;
            Preview { subject: None, text, html: None, segments: None }
        }
    })
}

/// What a test message is rendered from, kept with it.
#[derive(Debug, Serialize, Deserialize)]
struct Trial {
    name: StepId,
    language: Language,
    subject: String,
    body: String,
}

/// Sends words that may go out to the member who tries them, as a mail that says it is a test. Only e-mail: what a text
/// message or letter comes to is seen in the preview.
pub async fn try_out(
    env: &Env,
    principal: &Principal,
    key: TemplateKey,
    typed: Words,
) -> Result<(), TemplateError> {
    let (business, member) = principal.member_with(Permission::EditSettings)?;
    if key.channel != Channel::Email {
        return Err(TemplateError::NotFound);
    }
    let words = &tidy(&typed);
    env.store
        .transact(async |tx: &mut Tx| {
            let found = shown(env, tx, business, key.clone()).await?;
            refuse_if_wrong(words, &found)?;
            let member = identity::member(tx, business, member).await?.ok_or(TemplateError::NotFound)?;
            let Words { subject, body } = words.clone();
            let trial = Trial { name: key.name.clone(), language: key.language, subject, body };
            let nonce: domain::MessageId = env.new_id();
            let answer = Answer {
                business,
                customer: None,
                invoice: None,
                contact: None,
                kind: MessageKind::Test,
                channel: Channel::Email,
                cause: format!("test:{nonce}"),
                to_name: member.name.to_string(),
                to_address: member.email.to_string(),
                locale: Locale::from_tag(key.language.as_str()),
                data: serde_json::to_value(&trial).unwrap_or_default(),
            };
            answers::queue(tx, env, Actor::Member(member.id), answer).await?;
            Ok::<_, TemplateError>(())
        })
        .await?;
    env.nudges.outbox.notify_one();
    Ok(())
}

/// What a test message says, and what its button opens: nothing but the page of texts. `None` if what it was made from
/// cannot be read.
pub async fn trial(
    env: &Env,
    tx: &mut Tx,
    message: &Message,
    business: &Business,
) -> Result<Option<(Letter, String)>, StoreError> {
    let Ok(trial) = serde_json::from_value::<Trial>(message.data.clone()) else { return Ok(None) };
    let house = House {
        business: business.clone(),
        follow_up: follow_up::settings(tx, business.id).await?.value,
        base_url: env.settings.base_url.clone(),
        mail_from: env.settings.mail_from.clone(),
    };
    let today = domain::time::civil_date(env.business_now(), business.time_zone);
    let scene = sample::scene(&house, trial.language, Case::Overdue, today);
    let text = Text { subject: trial.subject, body: trial.body, instead: None };
    let reminder = Reminder { is_test: true, ..scene.reminder(text, &house) };
    Ok(Some((Letter::Reminder(reminder), format!("{}/console/settings/texts", house.base_url))))
}
