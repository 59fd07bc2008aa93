//! How the businesses of a simulated year follow up: with the standard schedule and with their own, over several channels, in
//! other hours and with other gaps, with care for valued customers, and not always knowing where somebody is.

use chrono::NaiveTime;
use domain::follow_up::{CustomerTerms, Settings, SmsSettings};
use domain::message::Channel;
use domain::schedule::{Schedule, Step, StepId, Tone};
use domain::{CustomerId, GroupId, Label, ScheduleId, Zone};
use store::follow_up::{self, Group};
use store::receivables;
use store::schedules::{self, NewSchedule};

use super::people::Shop;
use super::{Broken, Life};
use crate::env::Env;

/// How one customer is followed up.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Way {
    /// Their own schedule.
    pub schedule: Option<ScheduleId>,
    /// The group they belong to, and what it follows.
    pub group: Option<GroupId>,
    pub group_schedule: Option<ScheduleId>,
    /// From which tone on a person has to agree.
    pub approval_from: Option<Tone>,
    pub zone_unknown: bool,
}

/// Where somebody in the United States may be, as the test sees it.
const SOMEWHERE_IN_THE_STATES: [&str; 7] = [
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
];

fn step(id: &str, offset_days: i32, channel: Channel, tone: Tone) -> Result<Step, Broken> {
    let id = StepId::parse(id).map_err(|_| Broken::new("not the name of a step"))?;
    Ok(Step::new(id, offset_days, channel, tone))
}

/// Every channel there is: mail, a text, a note to a colleague, a call, a letter, and a last word that somebody has to agree to.
fn house() -> Result<Vec<Step>, Broken> {
    let ask = step("ask", 5, Channel::Email, Tone::Polite)?;
    let last = step("last", 25, Channel::Email, Tone::Final)?;
    Ok(vec![
        step("note", -2, Channel::Email, Tone::Friendly)?,
        step("tap", 1, Channel::Sms, Tone::Friendly)?,
        step("look-it-up", 2, Channel::Task, Tone::Friendly)?,
        Step { minimum_gap_days: Some(5), ..ask },
        step("ring", 9, Channel::Call, Tone::Polite)?,
        step("paper", 15, Channel::Letter, Tone::Firm)?,
        step("last-tap", 20, Channel::Sms, Tone::Firm)?,
        Step { needs_approval: true, ..last },
        step("agency", 40, Channel::HandOff, Tone::Final)?,
    ])
}

/// For people one does not want to lose.
fn careful() -> Result<Vec<Step>, Broken> {
    Ok(vec![
        step("hello", 1, Channel::Sms, Tone::Friendly)?,
        step("how-are-you", 4, Channel::Email, Tone::Friendly)?,
        step("talk", 8, Channel::Call, Tone::Polite)?,
        step("remember", 20, Channel::Email, Tone::Firm)?,
        step("farewell", 35, Channel::Email, Tone::Final)?,
    ])
}

fn label(text: &str) -> Result<Label, Broken> {
    Label::parse(text).map_err(|_| Broken::new("not a label"))
}

/// Gives a business its schedules. The first lives with the standard settings and schedule, the second with its own.
pub(super) async fn set_up(env: &Env, shop: &mut Shop, nth: usize) -> Result<(), Broken> {
    let now = env.business_now();
    let mut tx = env.store.begin().await?;
    for (name, steps) in [("House", house()?), ("Careful", careful()?)] {
        let schedule = Schedule::new(1, steps)?;
        let (id, by) = (env.new_id(), Some(shop.member));
        let name = label(name)?;
        let new = NewSchedule { id, business: shop.business, name: &name, schedule: &schedule, by, now };
        schedules::create(&mut tx, &new).await?;
        shop.schedules.push(id);
    }
    let hour = |hour, minute| NaiveTime::from_hms_opt(hour, minute, 0).unwrap_or(NaiveTime::MIN);
    let texts = Settings::default().sms;
    let settings = if nth == 0 {
        Settings { sms: SmsSettings { enabled: true, ..texts }, ..Settings::default() }
    } else {
        shop.own_schedule = shop.schedules.first().copied();
        Settings {
            schedule: shop.own_schedule,
            days: [true, true, true, true, true, true, false],
            opens: hour(8, 30),
            closes: hour(18, 0),
            minimum_gap_days: 4,
            promise_grace_days: 2,
            // Few enough that some months have no more.
            sms: SmsSettings { enabled: true, amounts: true, monthly_segments: 4 },
            ..Settings::default()
        }
    };
    follow_up::save_settings(&mut tx, shop.business, &settings, 0, now).await?;
    let group = Group {
        id: env.new_id(),
        business: shop.business,
        name: label("Valued")?,
        schedule: shop.schedules.get(1).copied(),
        approval_from: Some(Tone::Firm),
        version: 0,
    };
    follow_up::insert_group(&mut tx, &group, now).await?;
    shop.group = Some(group.id);
    tx.commit().await?;
    Ok(())
}

/// How the so-manieth customer of a business is followed up.
pub(super) fn of(shop: &Shop, nth: usize) -> Way {
    let careful = shop.schedules.get(1).copied();
    match nth % 5 {
        1 => Way { schedule: careful, ..Way::default() },
        2 => Way {
            group: shop.group,
            group_schedule: careful,
            approval_from: Some(Tone::Firm),
            ..Way::default()
        },
        3 => Way { zone_unknown: true, ..Way::default() },
        4 => Way { approval_from: Some(Tone::Final), ..Way::default() },
        _ => Way::default(),
    }
}

/// Writes down what is agreed with a customer.
pub(super) async fn agree(env: &Env, shop: &Shop, customer: CustomerId, way: &Way) -> Result<(), Broken> {
    let of_group = way.group.is_some();
    let terms = CustomerTerms {
        group: way.group,
        schedule: way.schedule,
        approval_from: way.approval_from.filter(|_| !of_group),
        zone_unknown: way.zone_unknown,
        statements: None,
    };
    let mut tx = env.store.begin().await?;
    follow_up::save_terms(&mut tx, shop.business, customer, &terms, 0, env.business_now()).await?;
    tx.commit().await?;
    Ok(())
}

/// Everywhere this customer may be.
pub(super) fn places(way: &Way, zone: &str) -> Result<Vec<Zone>, Broken> {
    let names = if way.zone_unknown { &SOMEWHERE_IN_THE_STATES[..] } else { &[zone][..] };
    let parse = |name: &&str| Zone::parse(name).map_err(|_| Broken::new("a zone that is not known"));
    names.iter().map(parse).collect()
}

impl Life {
    /// A business moves all steps of one of its schedules by a day, there and back again; who follows it is looked at again.
    pub(super) async fn edit_schedule(&mut self, shop: usize) -> Result<(), Broken> {
        let Shop { business, member, .. } = self.shops[shop];
        let id = *self.chance.one(&self.shops[shop].schedules);
        let now = self.now();
        let mut tx = self.env().store.begin().await?;
        let found = schedules::find(&mut tx, business, id).await?;
        let before = found.ok_or_else(|| Broken::new("a schedule that is gone"))?.schedule;
        let by = if before.revision() % 2 == 1 { 1 } else { -1 };
        let moved =
            before.steps().iter().map(|step| Step { offset_days: step.offset_days + by, ..step.clone() });
        let after = Schedule::new(before.revision() + 1, moved.collect())?;
        schedules::revise(&mut tx, business, id, &after, member, now).await?;
        for payer in &self.shops[shop].payers {
            receivables::look_again_at_all(&mut tx, business, payer.customer, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
