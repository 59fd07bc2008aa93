//! The business's schedules: making them, changing them, putting them away.
//!
//! A change never edits a revision: it adds one, over the revision that was read, so of two people who save at once the
//! later one is told and sees both. It applies to what is open already, so the planner looks again at everything that
//! follows the schedule in the same transaction; what that will come to is shown before (`preview`).

use std::collections::BTreeMap;

use domain::calendar::Calendar;
use domain::event::EventKind;
use domain::message::Channel;
use domain::schedule::{Schedule, ScheduleError as NoSchedule, Step, StepId, Tone};
use domain::{BusinessId, FieldErrors, FieldProblem, GroupId, Label, MemberId, Name, Permission, ScheduleId};
use store::follow_up::Group;
use store::receivables::{self, Scope};
use store::schedules::{self, NamedSchedule, NewSchedule};
use store::{StoreError, Tx, follow_up, identity};

use crate::env::{Env, NotPermitted, Principal};
use crate::operations::record::{Personal, Told, actor, record};

/// The most schedules of one business that are not archived.
const MOST_SCHEDULES: usize = 50;

/// Why a schedule was not shown, made or changed.
#[derive(Debug, thiserror::Error)]
pub enum ScheduleError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such schedule in this business.
    #[error("no such schedule")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// Somebody else saved it meanwhile: this is how it stands now.
    #[error("somebody else saved the schedule")]
    Conflict(Box<NamedSchedule>),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// A step, as typed.
#[derive(Debug, Clone, Default)]
pub struct StepInput {
    /// Its stable name: what it was read with, or a fresh one.
    pub id: String,
    /// Days from the due date.
    pub days: String,
    /// `before` it, or after.
    pub when: String,
    /// The stable name of a [`Channel`].
    pub channel: String,
    /// The stable name of a [`Tone`].
    pub tone: String,
    /// The name of its text; empty for its own.
    pub template: String,
    /// Days since the last contact; empty for the business's gap.
    pub minimum_gap_days: String,
    /// Whether a person approves it first.
    pub needs_approval: bool,
}

/// Everyone who follows one schedule.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Followers {
    /// Whoever follows no other.
    pub everyone_else: bool,
    /// Groups, by name.
    pub groups: Vec<Label>,
    /// How many customers by themselves.
    pub customers: i64,
}

/// A schedule with who follows it.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The schedule; none for the standard one.
    pub named: Option<NamedSchedule>,
    /// As it stands.
    pub schedule: Schedule,
    /// Who follows it.
    pub followers: Followers,
    /// Who saved it last.
    pub saved_by: Option<Name>,
}

/// A fresh name for a step: what was said by an older step is never taken for it.
pub fn fresh_step_id(env: &Env) -> String {
    let mut bytes = [0; 6];
    env.entropy.fill(&mut bytes);
    bytes.iter().fold("step-".to_owned(), |name, byte| format!("{name}{byte:02x}"))
}

/// Reads steps as typed, in any order, into a schedule of this revision. What is wrong stands at the typed step's own
/// field, `steps.N.days` and so on.
pub fn parse(revision: u32, typed: &[StepInput]) -> Result<Schedule, FieldErrors> {
    let mut errors = FieldErrors::new();
    if typed.is_empty() {
        return Err(FieldErrors::one("steps", FieldProblem::Required));
    }
    if typed.len() > Schedule::MAX_STEPS {
        return Err(FieldErrors::one("steps", FieldProblem::TooMany { max: Schedule::MAX_STEPS }));
    }
    let mut steps: Vec<(usize, Step)> = Vec::with_capacity(typed.len());
    for (at, step) in typed.iter().enumerate() {
        steps.extend(parse_step(&mut errors, at, step).map(|step| (at, step)));
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    steps.sort_by_key(|(_, step)| step.offset_days);
    for pair in steps.windows(2) {
        let [(_, before), (at, step)] = pair else { continue };
        if step.offset_days == before.offset_days {
            errors.push(format!("steps.{at}.days"), FieldProblem::DayTaken);
        } else if step.tone < before.tone {
            errors
                .push(format!("steps.{at}.tone"), FieldProblem::FriendlierThanBefore { least: before.tone });
        }
    }
    errors.into_result()?;
    let typed_at: BTreeMap<StepId, usize> = steps.iter().map(|(at, step)| (step.id.clone(), *at)).collect();
    let field = |id: &StepId| format!("steps.{}.days", typed_at.get(id).copied().unwrap_or_default());
    Schedule::new(revision, steps.into_iter().map(|(_, step)| step).collect()).map_err(|error| match error {
        NoSchedule::StepCount => {
            FieldErrors::one("steps", FieldProblem::TooMany { max: Schedule::MAX_STEPS })
        }
        NoSchedule::SameId(id) => FieldErrors::one(field(&id), FieldProblem::AlreadyTaken),
        NoSchedule::NotLater(id) => FieldErrors::one(field(&id), FieldProblem::DayTaken),
        NoSchedule::Friendlier(id) | NoSchedule::TooFar(id) | NoSchedule::GapTooLong(id) => {
            FieldErrors::one(field(&id), FieldProblem::ChoiceUnknown)
        }
    })
}

/// Each step as typed, as far as it can be read by itself: what to show a text for while the rest is being typed.
pub fn readable(typed: &[StepInput]) -> Vec<Option<Step>> {
    let mut errors = FieldErrors::new();
    typed.iter().enumerate().map(|(at, step)| parse_step(&mut errors, at, step)).collect()
}

/// One step as typed; none when something is wrong with it, which then stands in `errors`.
fn parse_step(errors: &mut FieldErrors, at: usize, typed: &StepInput) -> Option<Step> {
    let field = |name: &str| format!("steps.{at}.{name}");
    let id = errors.check(field("days"), StepId::parse(&typed.id));
    let days =
        errors.check(field("days"), whole_number(&typed.days, Schedule::MAX_OFFSET_DAYS.unsigned_abs()));
    let unknown = FieldProblem::ChoiceUnknown;
    let channel =
        errors.check(field("channel"), Channel::from_name(&typed.channel).ok_or_else(|| unknown.clone()));
    let tone = errors.check(field("tone"), Tone::from_name(&typed.tone).ok_or(unknown));
    let template = match typed.template.trim() {
        "" => Some(None),
        name => errors.check(field("template"), StepId::parse(name)).map(Some),
    };
    let gap = match typed.minimum_gap_days.trim() {
        "" => Some(None),
        days => errors.check(field("minimum_gap_days"), whole_number(days, Calendar::MAX_GAP_DAYS)).map(Some),
    };
    let days = i32::try_from(days?).ok()?;
    Some(Step {
        id: id?,
        offset_days: if typed.when == "before" { -days } else { days },
        channel: channel?,
        tone: tone?,
        template: template?,
        minimum_gap_days: gap?,
        needs_approval: typed.needs_approval,
    })
}

/// A whole number from 0 to a bound.
pub(super) fn whole_number(text: &str, max: u32) -> Result<u32, FieldProblem> {
    let text = text.trim();
    if text.is_empty() {
        return Err(FieldProblem::Required);
    }
    let number = text.bytes().all(|b| b.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number
        .filter(|number| *number <= max)
        .ok_or(FieldProblem::NumberOutOfRange { min: 0, max: i64::from(max) })
}

/// Every schedule of the member's business with who follows it: the standard one first, archived ones last.
pub async fn list(env: &Env, principal: &Principal) -> Result<Vec<Listed>, ScheduleError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let who = Who::read(&mut tx, business).await?;
    let standard =
        Listed { named: None, schedule: Schedule::standard(), followers: who.follow(None), saved_by: None };
    let own = schedules::of_business(&mut tx, business).await?;
    let own = own.into_iter().map(|named| Listed {
        schedule: named.schedule.clone(),
        followers: who.follow(Some(named.id)),
        saved_by: None,
        named: Some(named),
    });
    Ok(std::iter::once(standard).chain(own).collect())
}

/// One schedule, or the standard one.
pub async fn show(env: &Env, principal: &Principal, id: Option<ScheduleId>) -> Result<Listed, ScheduleError> {
    let (business, _) = principal.member_with(Permission::ViewSettings)?;
    let mut tx = env.store.read().await?;
    let named = match id {
        Some(id) => Some(schedules::find(&mut tx, business, id).await?.ok_or(ScheduleError::NotFound)?),
        None => None,
    };
    let saved_by = match named.as_ref().and_then(|named| named.revised_by) {
        Some(member) => name_of(&mut tx, business, member).await?,
        None => None,
    };
    let followers = Who::read(&mut tx, business).await?.follow(id);
    let schedule = named.as_ref().map_or_else(Schedule::standard, |named| named.schedule.clone());
    Ok(Listed { named, schedule, followers, saved_by })
}

async fn name_of(tx: &mut Tx, business: BusinessId, id: MemberId) -> Result<Option<Name>, StoreError> {
    Ok(identity::member(tx, business, id).await?.map(|member| member.name))
}

/// Who follows which schedule of a business.
struct Who {
    default: Option<ScheduleId>,
    groups: Vec<Group>,
    sizes: BTreeMap<GroupId, i64>,
    customers: BTreeMap<ScheduleId, i64>,
}

impl Who {
    async fn read(tx: &mut Tx, business: BusinessId) -> Result<Self, StoreError> {
        Ok(Self {
            default: follow_up::settings(tx, business).await?.value.schedule,
            groups: follow_up::groups(tx, business).await?,
            sizes: follow_up::group_sizes(tx, business).await?,
            customers: follow_up::schedule_sizes(tx, business).await?,
        })
    }

    fn follow(&self, id: Option<ScheduleId>) -> Followers {
        let in_use = |group: &&Group| self.sizes.get(&group.id).is_some_and(|customers| *customers > 0);
        let groups = self.groups.iter().filter(|group| id.is_some() && group.schedule == id).filter(in_use);
        Followers {
            everyone_else: self.default == id,
            groups: groups.map(|group| group.name.clone()).collect(),
            customers: id.and_then(|id| self.customers.get(&id).copied()).unwrap_or_default(),
        }
    }
}

/// Makes a schedule. Nobody follows it yet, so nothing changes for anybody.
pub async fn create(
    env: &Env,
    principal: &Principal,
    name: &str,
    steps: &[StepInput],
) -> Result<ScheduleId, ScheduleError> {
    let (business, member) = principal.member_with(Permission::EditSettings)?;
    let mut errors = FieldErrors::new();
    let name = errors.check("name", Label::parse(name));
    let schedule = parse(1, steps).map_err(|found| {
        for error in &found {
            errors.push(error.field.clone(), error.problem.clone());
        }
    });
    let (Some(name), Ok(schedule)) = (name, schedule) else { return Err(errors.into()) };
    let id: ScheduleId = env.new_id();
    let (name, schedule) = (&name, &schedule);
    let made = env
        .store
        .transact(async |tx: &mut Tx| {
            let offered = schedules::of_business(tx, business).await?;
            if offered.iter().filter(|named| named.archived_at.is_none()).count() >= MOST_SCHEDULES {
                let problem = FieldProblem::TooMany { max: MOST_SCHEDULES };
                return Err(ScheduleError::Fields(FieldErrors::one("name", problem)));
            }
            let now = env.business_now();
            let new = NewSchedule { id, business, name, schedule, by: Some(member), now };
            schedules::create(tx, &new).await?;
            tell(env, tx, principal, business, id, name);
            Ok(())
        })
        .await;
    named(made).map(|()| id)
}

/// A name that is taken is a problem with the field, not with the database.
fn named<T>(outcome: Result<T, ScheduleError>) -> Result<T, ScheduleError> {
    match outcome {
        Err(ScheduleError::Store(error)) if error.guard() == Some(schedules::NAME_TAKEN) => {
            Err(FieldErrors::one("name", FieldProblem::AlreadyTaken).into())
        }
        other => other,
    }
}

fn tell(env: &Env, tx: &mut Tx, principal: &Principal, business: BusinessId, id: ScheduleId, name: &Label) {
    let told = Told::new(EventKind::ScheduleSaved, id)
        .personal(Personal { name: Some(name.to_string()), ..Personal::default() });
    record(tx, env, business, actor(principal), told);
}

/// Saves a schedule as a new revision, over the revision that was read. Everything open that follows it is looked at again,
/// settled into the same transaction: either the new steps hold and the planner knows, or neither.
pub async fn save(
    env: &Env,
    principal: &Principal,
    id: ScheduleId,
    read: u32,
    steps: &[StepInput],
) -> Result<(), ScheduleError> {
    let (business, member) = principal.member_with(Permission::EditSettings)?;
    let schedule = &parse(read.saturating_add(1), steps)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let found = schedules::find(tx, business, id).await?.ok_or(ScheduleError::NotFound)?;
            if found.schedule.revision() != read {
                return Err(ScheduleError::Conflict(Box::new(found)));
            }
            if found.schedule.steps() == schedule.steps() {
                return Ok(());
            }
            let now = env.business_now();
            if !schedules::revise(tx, business, id, schedule, member, now).await? {
                return Err(ScheduleError::Conflict(Box::new(found)));
            }
            receivables::look_again_for(tx, business, Scope::Schedule(Some(id)), now).await?;
            tell(env, tx, principal, business, id, &found.name);
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}

/// Calls a schedule something else.
pub async fn rename(
    env: &Env,
    principal: &Principal,
    id: ScheduleId,
    name: &str,
) -> Result<(), ScheduleError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    let name = &Label::parse(name).map_err(|problem| FieldErrors::one("name", problem))?;
    let renamed = env
        .store
        .transact(async |tx: &mut Tx| {
            if !schedules::rename(tx, business, id, name).await? {
                return Err(ScheduleError::NotFound);
            }
            tell(env, tx, principal, business, id, name);
            Ok(())
        })
        .await;
    named(renamed)
}

/// Offers a schedule to nobody any more, or again. Who follows it goes on doing so.
pub async fn archive(
    env: &Env,
    principal: &Principal,
    id: ScheduleId,
    archived: bool,
) -> Result<(), ScheduleError> {
    let (business, _) = principal.member_with(Permission::EditSettings)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let found = schedules::find(tx, business, id).await?.ok_or(ScheduleError::NotFound)?;
            let at = archived.then(|| env.business_now());
            schedules::archive(tx, business, id, at).await?;
            tell(env, tx, principal, business, id, &found.name);
            Ok(())
        })
        .await
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(id: &str, days: &str, when: &str, tone: &str) -> StepInput {
        StepInput {
            id: id.to_owned(),
            days: days.to_owned(),
            when: when.to_owned(),
            channel: "email".to_owned(),
            tone: tone.to_owned(),
            ..StepInput::default()
        }
    }

    #[test]
    fn steps_are_sorted_by_day_whatever_their_order_in_the_form() {
        let typed = [typed("late", "7", "after", "firm"), typed("early", "3", "before", "friendly")];
        let schedule = parse(4, &typed).unwrap();
        let days: Vec<_> = schedule.steps().iter().map(|step| (step.id.as_str(), step.offset_days)).collect();
        assert_eq!(days, [("early", -3), ("late", 7)]);
        assert_eq!(schedule.revision(), 4);
    }

    #[test]
    fn everything_wrong_is_said_at_once_and_at_the_step_that_was_typed() {
        let mut far = typed("far", "1001", "after", "friendly");
        far.minimum_gap_days = "61".to_owned();
        far.channel = "pigeon".to_owned();
        let errors = parse(1, &[typed("a", "1", "after", "friendly"), far, typed("c", "", "after", "loud")]);
        let fields: Vec<_> = errors.unwrap_err().iter().map(|error| error.field.to_string()).collect();
        let expected =
            ["steps.1.days", "steps.1.channel", "steps.1.minimum_gap_days", "steps.2.days", "steps.2.tone"];
        assert_eq!(fields, expected);

        let errors =
            parse(1, &[typed("b", "7", "after", "polite"), typed("a", "1", "after", "firm")]).unwrap_err();
        let expected = FieldProblem::FriendlierThanBefore { least: Tone::Firm };
        assert_eq!(errors.of("steps.0.tone"), Some(&expected), "the later one, where it was typed");
        let errors =
            parse(1, &[typed("a", "0", "before", "firm"), typed("b", "0", "after", "firm")]).unwrap_err();
        assert_eq!(errors.of("steps.1.days"), Some(&FieldProblem::DayTaken));
        let errors =
            parse(1, &[typed("a", "1", "after", "firm"), typed("a", "2", "after", "firm")]).unwrap_err();
        assert_eq!(errors.of("steps.1.days"), Some(&FieldProblem::AlreadyTaken));
        assert_eq!(parse(1, &[]).unwrap_err().of("steps"), Some(&FieldProblem::Required));
    }
}
