//! How all customers are followed up.

use app::console::Done;
use app::console::change::Of;
use app::console::following_up::{self as page, FollowingUpPage};
use app::form::Form;
use axum::http::StatusCode;
use domain::follow_up::Settings;
use domain::{FieldErrors, Label, ScheduleId};

use super::super::form::Fields;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond};
use super::{after, around, change};
use crate::operations::follow_up::preview::Change;
use crate::operations::follow_up::settings::{self, FollowUpError, SettingsInput, StatementsInput};

/// Where these settings are.
const PAGE: &str = "/console/settings/following-up";
/// What its kept form is called.
const FORM: &str = "following up";

/// `GET /console/settings/following-up`
pub async fn show(request: Request) -> Answer {
    let form = kept_forms::recall(&request, FORM).await?;
    shown(&request, form, false, StatusCode::OK).await
}

async fn shown(request: &Request, form: Option<Form>, conflict: bool, status: StatusCode) -> Answer {
    let (found, schedules) = settings::show(request.env(), &request.principal).await?;
    let (frame, signed) = around(request)?;
    let version = found.version.to_string();
    let form = match form {
        // What was typed stays, now over the version that somebody else saved: a second save is a decision.
        Some(form) if conflict => {
            let typed = form.fields().filter(|(name, _)| *name != "version");
            Form::filled(typed.chain([("version", version.as_str())]))
        }
        Some(form) => form,
        None => filled(&found.value, &version),
    };
    let has_gateway = request.env().settings.sms.is_some();
    let view = FollowingUpPage { form, schedules: names(schedules), has_gateway, conflict };
    Ok(respond::html(status, page::page(&frame, &signed, &view)))
}

/// Schedules by name, as pages offer them.
pub(super) fn names(schedules: Vec<(ScheduleId, Label)>) -> Vec<(ScheduleId, String)> {
    schedules.into_iter().map(|(id, name)| (id, name.into_string())).collect()
}

/// The version of what a form was filled with.
pub(super) fn version(form: &Fields) -> i64 {
    form.get("version").and_then(|version| version.parse().ok()).unwrap_or_default()
}

/// Everything that was typed.
pub(super) fn typed(form: &Fields) -> Form {
    Form::filled(form.iter().filter(|(name, _)| *name != "do"))
}

/// `POST /console/settings/following-up`: shows what would change, goes back to it, or saves.
pub async fn update(request: Request) -> Answer {
    let (env, principal) = (request.env(), &request.principal);
    let input = input(&request.form);
    let outcome = match request.form.get("do") {
        Some("save") => settings::save(env, principal, version(&request.form), &input).await,
        Some("edit") => Err(FollowUpError::Fields(FieldErrors::new())),
        _ => match settings::check(env, principal, &input).await {
            Ok(settings) => return change::show(&request, Of::Settings, &Change::Settings(settings)).await,
            Err(error) => Err(error),
        },
    };
    match outcome {
        Ok(()) => Ok(respond::see_other(&after(PAGE, Done::Saved))),
        Err(FollowUpError::Fields(errors)) => kept_forms::refuse(&request, FORM, PAGE, &errors).await,
        Err(FollowUpError::Conflict) => {
            shown(&request, Some(typed(&request.form)), true, StatusCode::CONFLICT).await
        }
        Err(error) => Err(error.into()),
    }
}

fn input(form: &Fields) -> SettingsInput {
    let all = |name: &str| form.all(name).map(str::to_owned).collect();
    SettingsInput {
        schedule: form.text("schedule"),
        open_days: all("open_days"),
        opens: form.text("opens"),
        closes: form.text("closes"),
        keeps_holidays: form.get("keeps_holidays").is_some(),
        minimum_gap_days: form.text("minimum_gap_days"),
        promise_grace_days: form.text("promise_grace_days"),
        consequences: all("consequences"),
        sms_enabled: form.get("sms_enabled").is_some(),
        sms_amounts: form.get("sms_amounts").is_some(),
        sms_monthly_segments: form.text("sms_monthly_segments"),
        statements: StatementsInput {
            enabled: form.get("statements_enabled").is_some(),
            day: form.text("statements_day"),
        },
        autopay: form.get("autopay_enabled").is_some(),
    }
}

/// The settings as their form shows them.
fn filled(settings: &Settings, version: &str) -> Form {
    let input = SettingsInput::from(settings);
    let texts = [
        ("version", version.to_owned()),
        ("schedule", input.schedule),
        ("opens", input.opens),
        ("closes", input.closes),
        ("minimum_gap_days", input.minimum_gap_days),
        ("promise_grace_days", input.promise_grace_days),
        ("sms_monthly_segments", input.sms_monthly_segments),
        ("statements_day", input.statements.day),
    ];
    let days = input.open_days.into_iter().map(|day| ("open_days", day));
    let consequences = input.consequences.into_iter().map(|one| ("consequences", one));
    let ticked = [
        ("keeps_holidays", input.keeps_holidays),
        ("sms_enabled", input.sms_enabled),
        ("sms_amounts", input.sms_amounts),
        ("statements_enabled", input.statements.enabled),
        ("autopay_enabled", input.autopay),
    ];
    let ticked = ticked.into_iter().filter(|(_, ticked)| *ticked).map(|(name, _)| (name, "yes".to_owned()));
    Form::filled(texts.into_iter().chain(days).chain(consequences).chain(ticked))
}
