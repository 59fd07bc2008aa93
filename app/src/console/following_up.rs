//! How all customers are followed up: days and hours, distance between contacts, what a final notice may name, texts.
//!
//! Fields: `schedule` (empty: the standard one), `open_days` (0 to 6, Monday first, once for each), `opens`, `closes`,
//! `keeps_holidays`, `minimum_gap_days`, `promise_grace_days`, `consequences` (once for each), `sms_enabled`, `sms_amounts`,
//! `sms_monthly_segments`, `statements_enabled`, `statements_day`, `autopay_enabled`, `version`; and `do`: `preview`, then from the page of what would change `save` or `edit`.

use domain::follow_up::Consequence;
use domain::role::Permission;
use domain::{Date, ScheduleId};
use leptos::prelude::*;

use super::{Section, SettingsTab, Signed, page as console_page, settings_tabs};
use crate::components::{Look, notice};
use crate::form::{Drawing, Field, Form, Select, YES, check_box, field_id, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FollowingUpPage {
    /// As it is, or as it was typed.
    pub form: Form,
    /// The schedules there are to choose from.
    pub schedules: Vec<(ScheduleId, String)>,
    /// Whether the installation can text at all.
    pub has_gateway: bool,
    /// Somebody else saved meanwhile.
    pub conflict: bool,
}

/// A choice of schedules: none of them means `unset`.
pub(crate) fn schedule_choices(
    unset: &'static str,
    schedules: &[(ScheduleId, String)],
) -> Vec<(String, String)> {
    let named = schedules.iter().map(|(id, name)| (id.to_string(), name.clone()));
    std::iter::once((String::new(), unset.to_owned())).chain(named).collect()
}

/// Somebody else was first; what was typed stands below.
pub(crate) fn conflict(words: &'static Words) -> AnyView {
    notice(Look::Attention, words.invoice_form.conflict, view! { <p>{words.invoice_form.conflict_body}</p> })
}

/// Monday, and the six days after it.
fn weekdays() -> impl Iterator<Item = Date> {
    // The first of January 2024 was a Monday; only the names of the days are taken from it.
    Date::from_ymd_opt(2024, 1, 1).into_iter().flat_map(|monday| monday.iter_days().take(7))
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &FollowingUpPage) -> String {
    let words = frame.words();
    let following = &words.following_up;
    let form = &view.form;
    let title = following.title;
    console_page(frame, signed, Section::Settings, title, !form.errors().is_empty(), || {
        let drawing = Drawing { form, words, locale: frame.locale };
        let may_edit = signed.may(Permission::EditSettings);
        let save = may_edit.then(|| {
            view! {
                <div class="stack tight">
                    <div><button class="button primary large" name="do" value="preview">{words.schedules.what_changes}</button></div>
                    <p class="hint">{words.schedules.what_changes_hint}</p>
                </div>
            }
        });
        let days = weekdays()
            .enumerate()
            .map(|(at, day)| {
                check_box(drawing, "open_days", &at.to_string(), frame.locale.weekday(day), None)
            })
            .collect_view();
        let consequences = Consequence::ALL
            .iter()
            .map(|one| check_box(drawing, "consequences", one.as_str(), (following.consequence)(*one), None))
            .collect_view();
        let days_error = form.problem("open_days").map(|problem| {
            view! { <p class="error">{(words.problem)(problem, frame.locale)}</p> }
        });
        let schedules = schedule_choices(following.standard_schedule, &view.schedules);
        let action = "/console/settings/following-up";
        let content = view! {
            {hidden("version", form.value("version"))}
            <fieldset class="card stack" disabled=!may_edit>
                <legend>{words.schedules.title}</legend>
                {Select::new("schedule", schedules).hint(following.schedule_hint).draw(drawing)}
            </fieldset>
            <fieldset class="card stack" disabled=!may_edit>
                <legend>{following.hours}</legend>
                <p class="hint">{following.hours_hint}</p>
                <div class="columns">
                    {Field::time("opens").draw(drawing)}
                    {Field::time("closes").draw(drawing)}
                </div>
                <fieldset class="stack tight" id=field_id("open_days")>
                    <legend>{following.open_days}</legend>
                    {days_error}
                    <div class="boxes">{days}</div>
                </fieldset>
                {check_box(drawing, "keeps_holidays", YES, following.keeps_holidays, Some(following.holidays_hint))}
            </fieldset>
            <fieldset class="card stack" disabled=!may_edit>
                <legend>{following.contacts}</legend>
                <div class="columns">
                    {Field::digits("minimum_gap_days").hint(following.gap_hint).draw(drawing)}
                    {Field::digits("promise_grace_days").hint(following.grace_hint).draw(drawing)}
                </div>
            </fieldset>
            <fieldset class="card stack" disabled=!may_edit>
                <legend>{following.consequences}</legend>
                <p class="hint">{following.consequences_hint}</p>
                <div class="stack tight">{consequences}</div>
            </fieldset>
            <fieldset class="card stack" disabled=!may_edit>
                <legend>{following.texts}</legend>
                {(!view.has_gateway)
                    .then(|| notice(Look::Attention, following.no_gateway, view! { <p>{following.no_gateway_body}</p> }))}
                {check_box(drawing, "sms_enabled", YES, following.sms_enabled, Some(following.sms_enabled_hint))}
                {check_box(drawing, "sms_amounts", YES, following.sms_amounts, Some(following.sms_amounts_hint))}
                {Field::digits("sms_monthly_segments").hint(following.segments_hint).draw(drawing)}
            </fieldset>
            <fieldset class="card stack" disabled=!may_edit>
                <legend>{following.statements}</legend>
                {check_box(drawing, "statements_enabled", YES, following.statements_enabled, Some(following.statements_hint))}
                {Field::digits("statements_day").hint(following.statements_day_hint).draw(drawing)}
            </fieldset>
            <fieldset class="card stack" disabled=!may_edit>
                <legend>{following.autopay}</legend>
                {check_box(drawing, "autopay_enabled", YES, following.autopay_enabled, Some(following.autopay_hint))}
            </fieldset>
        };
        let body = if may_edit {
            view! {
                <form class="stack loose wide-form" method="post" action=action novalidate>{content}{save}</form>
            }
            .into_any()
        } else {
            view! { <div class="stack loose wide-form">{content}</div> }.into_any()
        };
        view! {
            {drawing.summary()}
            {view.conflict.then(|| conflict(words))}
            <div class="page-head"><div class="stack tight"><h1>{title}</h1><p class="soft">{following.hint}</p></div></div>
            {settings_tabs(SettingsTab::FollowingUp, words)}
            {body}
        }
    })
}
