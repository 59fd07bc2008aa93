//! How customers are followed up beside the schedule: what holds for all of them, for a group, for one.
//!
//! Whatever is saved here applies to what is open already: the planner looks again at everything it is about, in the same
//! transaction. Hours that the rules of a customer's country never meet are refused: better an error when they are set than
//! silence ever after.

use std::collections::BTreeSet;

use chrono::NaiveTime;
use domain::calendar::CalendarError;
use domain::event::EventKind;
use domain::follow_up::{Consequence, CustomerTerms, Settings, SmsSettings};
use domain::rules::{self, RulePack};
use domain::schedule::Tone;
use domain::statement::sending::{self, StatementSettings, StatementTerm};
use domain::{
    BusinessId, CustomerId, FieldErrors, FieldProblem, GroupId, Label, Permission, ScheduleId, Timestamp,
    Zone, gate,
};
use store::follow_up::{Group, Versioned, Whereabouts};
use store::identity::Business;
use store::receivables::{self, Scope};
use store::{StoreError, Tx, customers, follow_up, identity, ledger, schedules};

use super::schedules::whole_number;
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{Personal, Told, actor, record};

/// The most groups of one business.
const MOST_GROUPS: usize = 100;
/// The most segments of texts that may be allowed in a month.
const MOST_SEGMENTS: u32 = 1_000_000;

/// Why it was not shown or changed.
#[derive(Debug, thiserror::Error)]
pub enum FollowUpError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such group or customer in this business.
    #[error("no such group or customer")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else saved it meanwhile.
    #[error("somebody else saved it")]
    Conflict,
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Schedules that may be chosen: those offered, by name, and whichever is chosen already.
pub type Choices = Vec<(ScheduleId, Label)>;

/// What holds for all customers, as typed.
#[expect(clippy::struct_excessive_bools, reason = "a form has as many boxes as it has")]
#[derive(Debug, Clone, Default)]
pub struct SettingsInput {
    /// The schedule of customers who have no other; empty for the standard one.
    pub schedule: String,
    /// Business days by their numbers, Monday being 0.
    pub open_days: Vec<String>,
    /// `09:00`.
    pub opens: String,
    /// `17:00`.
    pub closes: String,
    /// Whether public holidays are left out.
    pub keeps_holidays: bool,
    /// Days between two contacts.
    pub minimum_gap_days: String,
    /// Days after a promise.
    pub promise_grace_days: String,
    /// The stable names of [`Consequence`]s.
    pub consequences: Vec<String>,
    /// Whether text messages are sent.
    pub sms_enabled: bool,
    /// Whether they name amounts.
    pub sms_amounts: bool,
    /// The most segments in a month.
    pub sms_monthly_segments: String,
    /// How statements are sent.
    pub statements: StatementsInput,
    /// Whether customers may have what is due charged by itself.
    pub autopay: bool,
}

/// How statements are sent, as typed.
#[derive(Debug, Clone, Default)]
pub struct StatementsInput {
    /// Whether they are, by themselves.
    pub enabled: bool,
    /// On which day of the month.
    pub day: String,
}

impl From<&Settings> for SettingsInput {
    /// The settings as somebody would type them.
    fn from(settings: &Settings) -> Self {
        let open = settings.days.iter().enumerate().filter(|(_, open)| **open);
        Self {
            schedule: settings.schedule.map(|id| id.to_string()).unwrap_or_default(),
            open_days: open.map(|(day, _)| day.to_string()).collect(),
            opens: settings.opens.format("%H:%M").to_string(),
            closes: settings.closes.format("%H:%M").to_string(),
            keeps_holidays: settings.keeps_holidays,
            minimum_gap_days: settings.minimum_gap_days.to_string(),
            promise_grace_days: settings.promise_grace_days.to_string(),
            consequences: settings.consequences.iter().map(|one| one.as_str().to_owned()).collect(),
            sms_enabled: settings.sms.enabled,
            sms_amounts: settings.sms.amounts,
            sms_monthly_segments: settings.sms.monthly_segments.to_string(),
            statements: StatementsInput {
                enabled: settings.statements.enabled,
                day: settings.statements.day.to_string(),
            },
            autopay: settings.autopay,
        }
    }
}

/// What holds for all customers, and what there is to choose from.
pub async fn show(env: &Env, principal: &Principal) -> Result<(Versioned<Settings>, Choices), FollowUpError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let found = follow_up::settings(&mut tx, business).await?;
    let choices = choices(&mut tx, business, found.value.schedule).await?;
    Ok((found, choices))
}

async fn choices(
    tx: &mut Tx,
    business: BusinessId,
    chosen: Option<ScheduleId>,
) -> Result<Choices, StoreError> {
    let all = schedules::of_business(tx, business).await?;
    let offered = all.into_iter().filter(|named| named.archived_at.is_none() || chosen == Some(named.id));
    Ok(offered.map(|named| (named.id, named.name)).collect())
}

/// A schedule by its id as typed; empty is none.
async fn schedule(
    tx: &mut Tx,
    business: BusinessId,
    typed: &str,
) -> Result<Result<Option<ScheduleId>, FieldProblem>, StoreError> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Ok(Ok(None));
    }
    let Ok(id) = typed.parse() else { return Ok(Err(FieldProblem::ChoiceUnknown)) };
    let found = schedules::find(tx, business, id).await?;
    Ok(found.map(|named| Some(named.id)).ok_or(FieldProblem::ChoiceUnknown))
}

fn approval(typed: &str) -> Result<Option<Tone>, FieldProblem> {
    match typed.trim() {
        "" => Ok(None),
        tone => Tone::from_name(tone).map(Some).ok_or(FieldProblem::ChoiceUnknown),
    }
}

/// Reads settings as typed, and refuses hours that some customer's rules never meet. Saves nothing.
pub async fn check(
    env: &Env,
    principal: &Principal,
    input: &SettingsInput,
) -> Result<Settings, FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let mut tx = env.store.read().await?;
    checked(&mut tx, env, business, input).await
}

async fn checked(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    input: &SettingsInput,
) -> Result<Settings, FollowUpError> {
    let mut errors = FieldErrors::new();
    let schedule = errors.check("schedule", schedule(tx, business, &input.schedule).await?);
    let settings = parse(&mut errors, input, schedule.flatten());
    if input.sms_enabled && env.settings.sms.is_none() {
        errors.push("sms_enabled", FieldProblem::NoSmsGateway);
    }
    let Some(settings) = settings.filter(|_| errors.is_empty()) else { return Err(errors.into()) };
    let house = identity::business(tx, business).await?.ok_or(FollowUpError::NotFound)?;
    for place in follow_up::whereabouts(tx, business).await? {
        if let Some(problem) = never_opens(&settings, place, &house, env.business_now()) {
            return Err(FieldErrors::one("closes", problem).into());
        }
    }
    Ok(settings)
}

fn parse(errors: &mut FieldErrors, input: &SettingsInput, schedule: Option<ScheduleId>) -> Option<Settings> {
    let mut days = [false; 7];
    for typed in &input.open_days {
        match typed.parse::<usize>().ok().and_then(|at| days.get_mut(at)) {
            Some(day) => *day = true,
            None => errors.push("open_days", FieldProblem::ChoiceUnknown),
        }
    }
    let opens = errors.check("opens", time_of_day(&input.opens));
    let closes = errors.check("closes", time_of_day(&input.closes));
    let most_gap = domain::calendar::Calendar::MAX_GAP_DAYS;
    let gap = errors.check("minimum_gap_days", whole_number(&input.minimum_gap_days, most_gap));
    let grace = whole_number(&input.promise_grace_days, Settings::MAX_GRACE_DAYS);
    let grace = errors.check("promise_grace_days", grace);
    let segments = whole_number(&input.sms_monthly_segments, MOST_SEGMENTS);
    let segments = errors.check("sms_monthly_segments", segments);
    let day = whole_number(&input.statements.day, sending::DAY_MAX).and_then(|day| match day {
        0 => Err(FieldProblem::NumberOutOfRange { min: 1, max: i64::from(sending::DAY_MAX) }),
        day => Ok(day),
    });
    let day = errors.check("statements_day", day);
    let mut consequences = BTreeSet::new();
    for typed in &input.consequences {
        let known = Consequence::from_name(typed).ok_or(FieldProblem::ChoiceUnknown);
        consequences.extend(errors.check("consequences", known));
    }
    let settings = Settings {
        schedule,
        days,
        opens: opens?,
        closes: closes?,
        minimum_gap_days: gap?,
        keeps_holidays: input.keeps_holidays,
        promise_grace_days: grace?,
        consequences,
        sms: SmsSettings {
            enabled: input.sms_enabled,
            amounts: input.sms_amounts,
            monthly_segments: segments?,
        },
        statements: StatementSettings { enabled: input.statements.enabled, day: day? },
        autopay: input.autopay,
    };
    match settings.calendar(BTreeSet::new()) {
        Ok(_) => return Some(settings),
        Err(CalendarError::NoDays) => errors.push("open_days", FieldProblem::Required),
        Err(CalendarError::NoHours) => errors.push("closes", FieldProblem::EndsBeforeItBegins),
        Err(CalendarError::GapTooLong | CalendarError::TooManyHolidays) => {
            let problem = FieldProblem::NumberOutOfRange { min: 0, max: i64::from(most_gap) };
            errors.push("minimum_gap_days", problem);
        }
    }
    None
}

/// `09:00`, as a browser's picker sends it, with or without seconds.
fn time_of_day(text: &str) -> Result<NaiveTime, FieldProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldProblem::Required);
    }
    let minutes = NaiveTime::parse_from_str(text, "%H:%M");
    minutes.or_else(|_| NaiveTime::parse_from_str(text, "%H:%M:%S")).map_err(|_| FieldProblem::TimeInvalid)
}

/// Whether these settings leave no moment to write to customers who are there.
fn never_opens(
    settings: &Settings,
    place: Whereabouts,
    house: &Business,
    now: Timestamp,
) -> Option<FieldProblem> {
    let calendar = settings.calendar(BTreeSet::new()).ok()?;
    let pack = RulePack::of(place.country, place.kind);
    let unknown = if place.zone_unknown { rules::candidate_zones(place.country) } else { Vec::new() };
    // Hours are local: where somebody's one zone lies makes no difference to whether they ever open.
    let zones: Vec<Zone> = if unknown.is_empty() { vec![house.time_zone] } else { unknown };
    let never = !gate::ever_opens(&calendar, pack, &zones, now);
    never.then(|| FieldProblem::NeverOpen {
        country: place.country,
        hours: pack.hours.map(|hours| (hours.opens(), hours.closes())),
    })
}

/// Saves what holds for all customers, over the version that was read.
pub async fn save(
    env: &Env,
    principal: &Principal,
    version: i64,
    input: &SettingsInput,
) -> Result<(), FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let settings = checked(tx, env, business, input).await?;
            let now = env.business_now();
            if !follow_up::save_settings(tx, business, &settings, version, now).await? {
                return Err(FollowUpError::Conflict);
            }
            receivables::look_again_for(tx, business, Scope::Business, now).await?;
            record(tx, env, business, actor(principal), Told::new(EventKind::FollowUpChanged, business));
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// A group, as typed.
#[derive(Debug, Clone, Default)]
pub struct GroupInput {
    /// What the business calls it.
    pub name: String,
    /// Their schedule; empty for the business's.
    pub schedule: String,
    /// The stable name of a [`Tone`]; empty when nothing needs approval.
    pub approval_from: String,
}

/// A group with how many are in it.
#[derive(Debug, Clone)]
pub struct ListedGroup {
    /// The group.
    pub group: Group,
    /// The name of its schedule.
    pub schedule: Option<Label>,
    /// How many customers are in it.
    pub customers: i64,
}

/// The groups of the member's business by name, and the schedules there are to choose from.
pub async fn groups(env: &Env, principal: &Principal) -> Result<(Vec<ListedGroup>, Choices), FollowUpError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let all = schedules::of_business(&mut tx, business).await?;
    let sizes = follow_up::group_sizes(&mut tx, business).await?;
    let name_of = |id: ScheduleId| all.iter().find(|named| named.id == id).map(|named| named.name.clone());
    let groups = follow_up::groups(&mut tx, business).await?.into_iter().map(|group| ListedGroup {
        schedule: group.schedule.and_then(name_of),
        customers: sizes.get(&group.id).copied().unwrap_or_default(),
        group,
    });
    let offered = all.iter().filter(|named| named.archived_at.is_none());
    Ok((groups.collect(), offered.map(|named| (named.id, named.name.clone())).collect()))
}

/// One group, and the schedules there are to choose from.
pub async fn group(env: &Env, principal: &Principal, id: GroupId) -> Result<(Group, Choices), FollowUpError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let group = follow_up::group(&mut tx, business, id).await?.ok_or(FollowUpError::NotFound)?;
    let choices = choices(&mut tx, business, group.schedule).await?;
    Ok((group, choices))
}

async fn parse_group(
    tx: &mut Tx,
    business: BusinessId,
    id: GroupId,
    version: i64,
    input: &GroupInput,
) -> Result<Group, FollowUpError> {
    let mut errors = FieldErrors::new();
    let name = errors.check("name", Label::parse(&input.name));
    let schedule = errors.check("schedule", schedule(tx, business, &input.schedule).await?);
    let approval_from = errors.check("approval_from", approval(&input.approval_from));
    match (name, schedule, approval_from) {
        (Some(name), Some(schedule), Some(approval_from)) => {
            Ok(Group { id, business, name, schedule, approval_from, version })
        }
        _ => Err(errors.into()),
    }
}

/// Makes a group. Nobody is in it yet, so nothing changes for anybody.
pub async fn create_group(
    env: &Env,
    principal: &Principal,
    input: &GroupInput,
) -> Result<GroupId, FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let id: GroupId = env.new_id();
    let made = env
        .store
        .transact(async |tx: &mut Tx| {
            if follow_up::groups(tx, business).await?.len() >= MOST_GROUPS {
                let problem = FieldProblem::TooMany { max: MOST_GROUPS };
                return Err(FollowUpError::Fields(FieldErrors::one("name", problem)));
            }
            let group = parse_group(tx, business, id, 1, input).await?;
            follow_up::insert_group(tx, &group, env.business_now()).await?;
            tell_group(env, tx, principal, &group);
            Ok(())
        })
        .await;
    named(made).map(|()| id)
}

/// Reads a group as typed. Saves nothing.
pub async fn check_group(
    env: &Env,
    principal: &Principal,
    id: GroupId,
    input: &GroupInput,
) -> Result<Group, FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let mut tx = env.store.read().await?;
    let found = follow_up::group(&mut tx, business, id).await?.ok_or(FollowUpError::NotFound)?;
    parse_group(&mut tx, business, id, found.version, input).await
}

/// Saves a group, over the version that was read.
pub async fn save_group(
    env: &Env,
    principal: &Principal,
    id: GroupId,
    version: i64,
    input: &GroupInput,
) -> Result<(), FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let saved = env
        .store
        .transact(async |tx: &mut Tx| {
            follow_up::group(tx, business, id).await?.ok_or(FollowUpError::NotFound)?;
            let group = parse_group(tx, business, id, version, input).await?;
            if !follow_up::update_group(tx, &group).await? {
                return Err(FollowUpError::Conflict);
            }
            receivables::look_again_for(tx, business, Scope::Group(id), env.business_now()).await?;
            tell_group(env, tx, principal, &group);
            Ok(())
        })
        .await;
    named(saved)?;
    env.nudges.planner.notify_one();
    Ok(())
}

fn tell_group(env: &Env, tx: &mut Tx, principal: &Principal, group: &Group) {
    let told = Told::new(EventKind::FollowUpChanged, group.id)
        .personal(Personal { name: Some(group.name.to_string()), ..Personal::default() });
    record(tx, env, group.business, actor(principal), told);
}

/// A name that is taken is a problem with the field, not with the database.
fn named(outcome: Result<(), FollowUpError>) -> Result<(), FollowUpError> {
    match outcome {
        Err(FollowUpError::Store(error)) if error.guard() == Some(follow_up::NAME_TAKEN) => {
            Err(FieldErrors::one("name", FieldProblem::AlreadyTaken).into())
        }
        other => other,
    }
}

/// How one customer is followed up, as typed.
#[derive(Debug, Clone, Default)]
pub struct TermsInput {
    /// Their group; empty for none.
    pub group: String,
    /// Their own schedule; empty for the group's or the business's.
    pub schedule: String,
    /// The stable name of a [`Tone`]; empty for the group's.
    pub approval_from: String,
    /// Nobody knows in which zone they are.
    pub zone_unknown: bool,
    /// The stable name of a [`StatementTerm`]; empty for what the business set.
    pub statements: String,
}

/// What was set for one customer, and what there is to choose from.
#[derive(Debug, Clone)]
pub struct ShownTerms {
    /// Their name.
    pub name: String,
    /// What was set.
    pub terms: Versioned<CustomerTerms>,
    /// The groups there are.
    pub groups: Vec<(GroupId, Label)>,
    /// The schedules there are.
    pub schedules: Choices,
}

/// What was set for one customer.
pub async fn terms(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
) -> Result<ShownTerms, FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    let mut tx = env.store.read().await?;
    let found = customers::customer(&mut tx, business, customer).await?.ok_or(FollowUpError::NotFound)?;
    let terms = follow_up::terms(&mut tx, business, customer).await?;
    let groups = follow_up::groups(&mut tx, business).await?;
    Ok(ShownTerms {
        name: found.name.to_string(),
        schedules: choices(&mut tx, business, terms.value.schedule).await?,
        terms,
        groups: groups.into_iter().map(|group| (group.id, group.name)).collect(),
    })
}

/// Reads a customer's terms as typed. Saves nothing.
pub async fn check_terms(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    input: &TermsInput,
) -> Result<CustomerTerms, FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    let mut tx = env.store.read().await?;
    parse_terms(&mut tx, env, business, customer, input).await
}

async fn parse_terms(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    customer: CustomerId,
    input: &TermsInput,
) -> Result<CustomerTerms, FollowUpError> {
    let found = customers::customer(tx, business, customer).await?.ok_or(FollowUpError::NotFound)?;
    let mut errors = FieldErrors::new();
    let group = match input.group.trim() {
        "" => Ok(None),
        typed => match typed.parse() {
            Ok(id) => follow_up::group(tx, business, id)
                .await?
                .map(|group| Some(group.id))
                .ok_or(FieldProblem::ChoiceUnknown),
            Err(_) => Err(FieldProblem::ChoiceUnknown),
        },
    };
    let group = errors.check("group", group);
    let schedule = errors.check("schedule", schedule(tx, business, &input.schedule).await?);
    let approval_from = errors.check("approval_from", approval(&input.approval_from));
    let statements = errors.check(
        "statements",
        match input.statements.trim() {
            "" => Ok(None),
            term => StatementTerm::from_name(term).map(Some).ok_or(FieldProblem::ChoiceUnknown),
        },
    );
    let settings = follow_up::settings(tx, business).await?.value;
    let house = identity::business(tx, business).await?.ok_or(FollowUpError::NotFound)?;
    let place = Whereabouts { country: found.country, kind: found.kind, zone_unknown: input.zone_unknown };
    if input.zone_unknown
        && let Some(problem) = never_opens(&settings, place, &house, env.business_now())
    {
        errors.push("zone_unknown", problem);
    }
    match (group, schedule, approval_from, statements) {
        (Some(group), Some(schedule), Some(approval_from), Some(statements)) if errors.is_empty() => {
            let zone_unknown = input.zone_unknown;
            Ok(CustomerTerms { group, schedule, approval_from, zone_unknown, statements })
        }
        _ => Err(errors.into()),
    }
}

/// Saves what was set for one customer, over the version that was read. It takes their turn: whatever is handed over after
/// this was decided by the new terms.
pub async fn save_terms(
    env: &Env,
    principal: &Principal,
    customer: CustomerId,
    version: i64,
    input: &TermsInput,
) -> Result<(), FollowUpError> {
    let (business, _) = principal.member_with(Permission::EditCustomers)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let terms = parse_terms(tx, env, business, customer, input).await?;
            ledger::take_turn(tx, business, customer).await?;
            let now = env.business_now();
            if !follow_up::save_terms(tx, business, customer, &terms, version, now).await? {
                return Err(FollowUpError::Conflict);
            }
            receivables::look_again_for(tx, business, Scope::Customer(customer), now).await?;
            let told = Told::new(EventKind::FollowUpChanged, customer).customer(customer);
            record(tx, env, business, actor(principal), told);
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}
