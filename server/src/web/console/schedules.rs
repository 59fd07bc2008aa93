//! Schedules: the list, and the editor with its line of days.

use app::console::Done;
use app::console::change::Of;
use app::console::schedule::{self as page, SchedulePage, StepText, fields_of};
use app::console::schedules::{self as list_page, Followers, ScheduleRow, SchedulesPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::message::Channel;
use domain::schedule::{Schedule, Step, StepId, Tone};
use domain::time::civil_date;
use domain::{FieldErrors, Permission, ScheduleId};

use super::super::form::Fields;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::{after, around, change};
use crate::operations::follow_up::preview::{self, Change};
use crate::operations::follow_up::schedules::{self, Listed, ScheduleError, StepInput};

/// Where the schedules are listed.
const PAGE: &str = "/console/schedules";
/// How the standard schedule is called in an address.
const STANDARD: &str = "standard";
/// How far after the last step a new one begins.
const DAYS_AFTER_THE_LAST: i32 = 7;

/// `GET /console/schedules`
pub async fn list(request: Request) -> Answer {
    let found = schedules::list(request.env(), &request.principal).await?;
    let (frame, signed) = around(&request)?;
    let rows = found.into_iter().map(|listed| ScheduleRow {
        id: listed.named.as_ref().map(|named| named.id),
        name: listed.named.as_ref().map(|named| named.name.to_string()),
        archived: listed.named.as_ref().is_some_and(|named| named.archived_at.is_some()),
        steps: listed.schedule.steps().to_vec(),
        followers: followers(listed.followers),
    });
    let view = SchedulesPage { rows: rows.collect() };
    Ok(respond::html(StatusCode::OK, list_page::page(&frame, &signed, &view)))
}

fn followers(found: schedules::Followers) -> Followers {
    Followers {
        everyone_else: found.everyone_else,
        groups: found.groups.into_iter().map(domain::Label::into_string).collect(),
        customers: u32::try_from(found.customers).unwrap_or(u32::MAX),
    }
}

/// The schedule that the address names; none is the standard one.
fn named(text: &str) -> Result<Option<ScheduleId>, Problem> {
    if text == STANDARD { Ok(None) } else { text.parse().map(Some).map_err(|_| Problem::NotFound) }
}

/// What the editor shows besides the schedule itself.
#[derive(Default)]
struct Shown {
    form: Option<Form>,
    open: usize,
    rename: Option<Form>,
    theirs: Option<Vec<Step>>,
}

/// `GET /console/schedules/{schedule}`
pub async fn show(request: Request) -> Answer {
    let id = named(request.param("schedule")?)?;
    let shown = match id {
        Some(id) => Shown {
            form: kept_forms::recall(&request, &form_name(id)).await?,
            rename: kept_forms::recall(&request, &format!("name of {id}")).await?,
            ..Shown::default()
        },
        None => Shown::default(),
    };
    one(&request, id, shown, StatusCode::OK).await
}

fn form_name(id: ScheduleId) -> String {
    format!("schedule {id}")
}

/// A schedule to edit; to read, for the standard one and for whoever may not.
async fn one(request: &Request, id: Option<ScheduleId>, shown: Shown, status: StatusCode) -> Answer {
    let Listed { named, schedule, followers: found, saved_by } =
        schedules::show(request.env(), &request.principal, id).await?;
    let (frame, signed) = around(request)?;
    let may_edit = id.is_some() && signed.may(Permission::EditSettings);
    let form = may_edit.then(|| shown.form.unwrap_or_else(|| filled(&schedule)));
    let (sample, texts) = match &form {
        Some(form) => texts(request, &schedules::readable(&typed_in(form))).await?,
        None => texts(request, &schedule.steps().iter().cloned().map(Some).collect::<Vec<_>>()).await?,
    };
    let name = named.as_ref().map(|named| named.name.to_string());
    let view = SchedulePage {
        schedule: id,
        saved: Some(schedule.steps().to_vec()),
        form,
        open: shown.open,
        rename: shown.rename.unwrap_or_else(|| Form::filled([("name", name.clone().unwrap_or_default())])),
        texts,
        sample,
        followers: followers(found),
        history: named.as_ref().map(|named| {
            let day = civil_date(named.revised_at, signed.zone);
            (named.schedule.revision(), saved_by.map(domain::Name::into_string), frame.locale.date_long(day))
        }),
        archived: named.is_some_and(|named| named.archived_at.is_some()),
        theirs: shown.theirs,
        name,
    };
    Ok(respond::html(status, page::page(&frame, &signed, &view)))
}

/// What steps would say about a real invoice.
async fn texts(
    request: &Request,
    steps: &[Option<Step>],
) -> Result<(Option<String>, Vec<StepText>), Problem> {
    let locale = around(request)?.0.locale;
    let (sample, texts) = preview::texts_of(request.env(), &request.principal, steps, locale).await?;
    let texts = texts.into_iter().map(|words| StepText { subject: words.subject, text: words.text });
    Ok((sample, texts.collect()))
}

/// `GET /console/schedules/new`
pub async fn new(request: Request) -> Answer {
    let form = if let Some(form) = kept_forms::recall(&request, "new schedule").await? {
        form
    } else {
        let from = request.query.get("from").map(named).transpose()?.flatten();
        let copied = schedules::show(request.env(), &request.principal, from).await?;
        filled(&copied.schedule)
    };
    new_one(&request, form, 0).await
}

async fn new_one(request: &Request, form: Form, open: usize) -> Answer {
    let (sample, texts) = texts(request, &schedules::readable(&typed_in(&form))).await?;
    let (frame, signed) = around(request)?;
    let view = SchedulePage {
        schedule: None,
        name: None,
        saved: None,
        form: Some(form),
        open,
        rename: Form::new(),
        texts,
        sample,
        followers: Followers::default(),
        history: None,
        archived: false,
        theirs: None,
    };
    Ok(respond::html(StatusCode::OK, page::page(&frame, &signed, &view)))
}

/// `POST /console/schedules/new`: makes it, or gives the form back with a step more or less.
pub async fn create(request: Request) -> Answer {
    if let Some((form, open)) = rearranged(&request) {
        return new_one(&request, form, open).await;
    }
    let steps = typed(&request.form);
    match schedules::create(request.env(), &request.principal, &request.form.text("name"), &steps).await {
        Ok(id) => Ok(respond::see_other(&after(&format!("{PAGE}/{id}"), Done::Saved))),
        Err(ScheduleError::Fields(errors)) => {
            kept_forms::refuse(&request, "new schedule", &format!("{PAGE}/new"), &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/schedules/{schedule}`: gives the form back with a step more or less, shows what would change, goes back
/// to it, or saves.
pub async fn update(request: Request) -> Answer {
    let id: ScheduleId = request.id("schedule")?;
    let (env, principal) = (request.env(), &request.principal);
    if let Some((form, open)) = rearranged(&request) {
        let shown = Shown { form: Some(form), open, ..Shown::default() };
        return one(&request, Some(id), shown, StatusCode::OK).await;
    }
    let steps = typed(&request.form);
    let read = request.form.get("revision").and_then(|read| read.parse().ok()).unwrap_or_default();
    let outcome = match request.form.get("do") {
        Some("save") => schedules::save(env, principal, id, read, &steps).await,
        Some("edit") => Err(ScheduleError::Fields(FieldErrors::new())),
        _ => {
            let found = schedules::show(env, principal, Some(id)).await?;
            let name = found.named.map(|named| named.name.into_string()).unwrap_or_default();
            match schedules::parse(read, &steps) {
                Ok(schedule) => {
                    return change::show(&request, Of::Schedule(name), &Change::Schedule(id, schedule)).await;
                }
                Err(errors) => Err(ScheduleError::Fields(errors)),
            }
        }
    };
    let page = format!("{PAGE}/{id}");
    match outcome {
        Ok(()) => Ok(respond::see_other(&after(&page, Done::Saved))),
        Err(ScheduleError::Fields(errors)) => {
            kept_forms::refuse(&request, &form_name(id), &page, &errors).await
        }
        // Both stand there: what was typed, now over the revision that somebody else saved, and theirs.
        Err(ScheduleError::Conflict(theirs)) => {
            let revision = theirs.schedule.revision().to_string();
            let typed = request.form.iter().filter(|(name, _)| !matches!(*name, "do" | "revision"));
            let shown = Shown {
                form: Some(Form::filled(typed.chain([("revision", revision.as_str())]))),
                theirs: Some(theirs.schedule.steps().to_vec()),
                ..Shown::default()
            };
            one(&request, Some(id), shown, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/schedules/{schedule}/name`
pub async fn rename(request: Request) -> Answer {
    let id: ScheduleId = request.id("schedule")?;
    let page = format!("{PAGE}/{id}");
    match schedules::rename(request.env(), &request.principal, id, &request.form.text("name")).await {
        Ok(()) => Ok(respond::see_other(&after(&page, Done::Saved))),
        Err(ScheduleError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("name of {id}"), &page, &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /console/schedules/{schedule}/archive`
pub async fn archive(request: Request) -> Answer {
    let id: ScheduleId = request.id("schedule")?;
    let archived = request.form.get("do") != Some("restore");
    schedules::archive(request.env(), &request.principal, id, archived).await?;
    Ok(respond::see_other(&after(PAGE, Done::Saved)))
}

/// A schedule as its form shows it.
fn filled(schedule: &Schedule) -> Form {
    let head = [
        ("revision".to_owned(), schedule.revision().to_string()),
        ("steps".to_owned(), schedule.steps().len().to_string()),
    ];
    let steps = schedule.steps().iter().enumerate().flat_map(|(at, step)| fields_of(at, step));
    Form::filled(head.into_iter().chain(steps))
}

/// The steps that a request carries, as typed.
fn typed(form: &Fields) -> Vec<StepInput> {
    typed_in(&Form::filled(form.iter()))
}

fn typed_in(form: &Form) -> Vec<StepInput> {
    let step = |at: usize| {
        let text = |field: &str| form.value(&format!("steps.{at}.{field}")).to_owned();
        StepInput {
            id: text("id"),
            days: text("days"),
            when: text("when"),
            channel: text("channel"),
            tone: text("tone"),
            template: text("template"),
            minimum_gap_days: text("minimum_gap_days"),
            needs_approval: form.has(&format!("steps.{at}.needs_approval")),
        }
    };
    (0..page::steps_shown(form)).map(step).collect()
}

/// The form with a step more or less, or as it is, its steps by day, if that was asked for; and which step to look at then.
fn rearranged(request: &Request) -> Option<(Form, usize)> {
    let wanted = request.form.get("do")?;
    let form = Form::filled(request.form.iter().filter(|(name, _)| *name != "do"));
    let count = page::steps_shown(&form);
    let of = |prefix: &str| wanted.strip_prefix(prefix)?.parse::<usize>().ok().filter(|at| *at < count);
    let (removed, looked_at, adds) = if wanted == "add" {
        (None, None, true)
    } else if let Some(at) = of("remove.") {
        (Some(at), None, false)
    } else {
        (None, Some(of("look.")?), false)
    };
    let offsets: Vec<Option<i32>> =
        schedules::readable(&typed_in(&form)).iter().map(|step| Some(step.as_ref()?.offset_days)).collect();
    let mut order: Vec<usize> = (0..count).filter(|at| removed != Some(*at)).collect();
    // A step whose day cannot be read stays where it is: nothing is sorted until all of them can.
    if order.iter().all(|at| offsets[*at].is_some()) {
        order.sort_by_key(|at| offsets[*at]);
    }
    let mut fields: Vec<(String, String)> = request
        .form
        .iter()
        .filter(|(name, _)| !matches!(*name, "do" | "steps") && !name.starts_with("steps."))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for (new, old) in order.iter().enumerate() {
        let prefix = format!("steps.{old}.");
        let own = form.fields().filter_map(|(name, value)| Some((name.strip_prefix(&prefix)?, value)));
        fields.extend(own.map(|(field, value)| (format!("steps.{new}.{field}"), value.to_owned())));
    }
    let mut shown = order.len();
    let mut open = match (looked_at, removed) {
        (Some(at), _) => order.iter().position(|old| *old == at).unwrap_or_default(),
        (None, removed) => removed.unwrap_or_default().min(shown.saturating_sub(1)),
    };
    if adds && shown < Schedule::MAX_STEPS {
        open = shown;
        fields
            .extend(fields_of(shown, &following(request, order.last().and_then(|at| offsets[*at]), &form)?));
        shown += 1;
    }
    fields.push(("steps".to_owned(), shown.to_string()));
    Some((Form::filled(fields), open))
}

/// A step to follow the last one: some days later, in the same tone.
fn following(request: &Request, last_day: Option<i32>, form: &Form) -> Option<Step> {
    let id = StepId::parse(&schedules::fresh_step_id(request.env())).ok()?;
    let tones = schedules::readable(&typed_in(form)).into_iter().flatten().map(|step| step.tone);
    let tone = tones.max().unwrap_or(Tone::Friendly);
    let day = last_day.map_or(1, |day| day.saturating_add(DAYS_AFTER_THE_LAST));
    Some(Step::new(id, day, Channel::Email, tone))
}
