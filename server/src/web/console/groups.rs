//! Groups of customers who are followed up alike.

use app::console::Done;
use app::console::change::Of;
use app::console::groups::{self as page, GroupPage, GroupRow, GroupsPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::schedule::Tone;
use domain::{FieldErrors, GroupId};
use store::follow_up::Group;

use super::super::form::Fields;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::following_up::{names, typed, version};
use super::{after, around, change};
use crate::operations::follow_up::preview::Change;
use crate::operations::follow_up::settings::{self, FollowUpError, GroupInput};

/// Where the groups are listed.
const PAGE: &str = "/console/groups";

/// `GET /console/groups`
pub async fn list(request: Request) -> Answer {
    let (groups, schedules) = settings::groups(request.env(), &request.principal).await?;
    let form = kept_forms::recall(&request, "group").await?.unwrap_or_default();
    let (frame, signed) = around(&request)?;
    let rows = groups.into_iter().map(|listed| GroupRow {
        id: listed.group.id,
        name: listed.group.name.into_string(),
        schedule: listed.schedule.map(domain::Label::into_string),
        approval_from: listed.group.approval_from,
        customers: u32::try_from(listed.customers).unwrap_or(u32::MAX),
    });
    let view = GroupsPage { rows: rows.collect(), form, schedules: names(schedules) };
    Ok(respond::html(StatusCode::OK, page::list(&frame, &signed, &view)))
}

/// `POST /console/groups`
pub async fn create(request: Request) -> Answer {
    match settings::create_group(request.env(), &request.principal, &input(&request.form)).await {
        Ok(_) => Ok(respond::see_other(&after(PAGE, Done::Saved))),
        Err(FollowUpError::Fields(errors)) => kept_forms::refuse(&request, "group", PAGE, &errors).await,
        Err(error) => Err(error.into()),
    }
}

/// `GET /console/groups/{group}`
pub async fn show(request: Request) -> Answer {
    let id: GroupId = request.id("group")?;
    let form = kept_forms::recall(&request, &format!("group {id}")).await?;
    shown(&request, id, form, false, StatusCode::OK).await
}

async fn shown(
    request: &Request,
    id: GroupId,
    form: Option<Form>,
    conflict: bool,
    status: StatusCode,
) -> Answer {
    let (group, schedules) = settings::group(request.env(), &request.principal, id).await?;
    let (frame, signed) = around(request)?;
    let theirs = group.version.to_string();
    let form = match form {
        Some(form) if conflict => {
            let typed = form.fields().filter(|(name, _)| *name != "version");
            Form::filled(typed.chain([("version", theirs.as_str())]))
        }
        Some(form) => form,
        None => filled(&group),
    };
    let name = group.name.into_string();
    let view = GroupPage { id, name, form, schedules: names(schedules), conflict };
    Ok(respond::html(status, page::page(&frame, &signed, &view)))
}

/// `POST /console/groups/{group}`: shows what would change, goes back to it, or saves.
pub async fn update(request: Request) -> Answer {
    let id: GroupId = request.id("group")?;
    let (env, principal) = (request.env(), &request.principal);
    let input = input(&request.form);
    let outcome = match request.form.get("do") {
        Some("save") => settings::save_group(env, principal, id, version(&request.form), &input).await,
        Some("edit") => Err(FollowUpError::Fields(FieldErrors::new())),
        _ => match settings::check_group(env, principal, id, &input).await {
            Ok(group) => {
                let of = Of::Group(group.name.to_string());
                return change::show(&request, of, &Change::Group(group)).await;
            }
            Err(error) => Err(error),
        },
    };
    match outcome {
        Ok(()) => Ok(respond::see_other(&after(PAGE, Done::Saved))),
        Err(FollowUpError::Fields(errors)) => {
            kept_forms::refuse(&request, &format!("group {id}"), &format!("{PAGE}/{id}"), &errors).await
        }
        Err(FollowUpError::Conflict) => {
            shown(&request, id, Some(typed(&request.form)), true, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

fn input(form: &Fields) -> GroupInput {
    GroupInput {
        name: form.text("name"),
        schedule: form.text("schedule"),
        approval_from: form.text("approval_from"),
    }
}

/// A group as its form shows it.
fn filled(group: &Group) -> Form {
    Form::filled([
        ("version", group.version.to_string()),
        ("name", group.name.to_string()),
        ("schedule", group.schedule.map(|id| id.to_string()).unwrap_or_default()),
        ("approval_from", group.approval_from.map_or("", Tone::as_str).to_owned()),
    ])
}
