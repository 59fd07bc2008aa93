//! Groups of customers who are followed up alike.
//!
//! Fields: `name`, `schedule` (empty: that of the business), `approval_from` (empty: nothing needs approval), `version` (of
//! the group changed); and `do`: `preview`, then from the page of what would change `save` or `edit`. A new group has nobody
//! in it, so it is saved at once.

use domain::role::Permission;
use domain::schedule::Tone;
use domain::{GroupId, ScheduleId};
use leptos::prelude::*;

use super::following_up::{conflict, schedule_choices};
use super::{Section, SettingsTab, Signed, page as console_page, settings_tabs};
use crate::form::{Drawing, Field, Form, Select, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// What the list shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupsPage {
    /// The groups, by name.
    pub rows: Vec<GroupRow>,
    /// The form for another one.
    pub form: Form,
    /// The schedules there are to choose from.
    pub schedules: Vec<(ScheduleId, String)>,
}

/// One group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRow {
    /// Which.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// The name of the schedule it follows; the business's when none.
    pub schedule: Option<String>,
    /// From this tone on, each step needs approval.
    pub approval_from: Option<Tone>,
    /// How many customers are in it.
    pub customers: u32,
}

/// One group, to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupPage {
    /// Which.
    pub id: GroupId,
    /// Its name as it is saved.
    pub name: String,
    /// As it is, or as it was typed.
    pub form: Form,
    /// The schedules there are to choose from.
    pub schedules: Vec<(ScheduleId, String)>,
    /// Somebody else saved meanwhile.
    pub conflict: bool,
}

/// From which tone on a person looks first.
pub(crate) fn approval_choices(words: &Words) -> Vec<(String, String)> {
    let tones =
        Tone::ALL.iter().map(|tone| (tone.as_str().to_owned(), (words.following_up.approval_from)(*tone)));
    let tones = tones.map(|(value, text)| (value, text.to_owned()));
    std::iter::once((String::new(), words.following_up.no_approval.to_owned())).chain(tones).collect()
}

fn fields(drawing: Drawing<'_>, schedules: &[(ScheduleId, String)]) -> AnyView {
    let words = drawing.words;
    let following = &words.following_up;
    view! {
        <div class="columns">
            {Field::text("name").autocomplete("off").required().draw(drawing)}
            {Select::new("schedule", schedule_choices(following.of_business, schedules)).draw(drawing)}
        </div>
        {Select::new("approval_from", approval_choices(words)).hint(following.approval_hint).draw(drawing)}
    }
    .into_any()
}

/// Renders the list.
pub fn list(frame: &Frame, signed: &Signed, view: &GroupsPage) -> String {
    let words = frame.words();
    let following = &words.following_up;
    let title = following.groups;
    console_page(frame, signed, Section::Settings, title, !view.form.errors().is_empty(), || {
        let drawing = Drawing { form: &view.form, words, locale: frame.locale };
        let may_edit = signed.may(Permission::EditSettings);
        let rows = view.rows.iter().map(|row| group(row, may_edit, words)).collect_view();
        let rows = if view.rows.is_empty() {
            view! { <p class="soft">{following.no_groups}</p> }.into_any()
        } else {
            view! { <ul class="rows card">{rows}</ul> }.into_any()
        };
        let add = may_edit.then(|| {
            view! {
                <section class="card stack wide-form">
                    <h2>{following.new_group}</h2>
                    <form class="stack" method="post" action="/console/groups" novalidate>
                        {fields(drawing, &view.schedules)}
                        <div><button class="button primary">{following.add_group}</button></div>
                    </form>
                </section>
            }
        });
        view! {
            {drawing.summary()}
            <div class="page-head">
                <div class="stack tight"><h1>{title}</h1><p class="soft">{following.groups_hint}</p></div>
            </div>
            {settings_tabs(SettingsTab::Groups, words)}
            {rows}
            {add}
        }
    })
}

fn group(row: &GroupRow, may_edit: bool, words: &'static Words) -> AnyView {
    let schedule = row.schedule.clone().unwrap_or_else(|| words.following_up.of_business.to_owned());
    let approval = row.approval_from.map(|tone| format!(" · {}", (words.following_up.approval_from)(tone)));
    let name = if may_edit {
        view! { <a href=format!("/console/groups/{}", row.id)><strong>{row.name.clone()}</strong></a> }
            .into_any()
    } else {
        view! { <strong>{row.name.clone()}</strong> }.into_any()
    };
    view! {
        <li>
            <div class="stack tight">
                <p>{name}</p>
                <p class="small soft">{words.following_up.follows}": "{schedule}{approval}</p>
            </div>
            <span class="soft">{(words.schedules.customers)(row.customers)}</span>
        </li>
    }
    .into_any()
}

/// Renders one group.
pub fn page(frame: &Frame, signed: &Signed, view: &GroupPage) -> String {
    let words = frame.words();
    let form = &view.form;
    console_page(frame, signed, Section::Settings, &view.name, !form.errors().is_empty(), || {
        let drawing = Drawing { form, words, locale: frame.locale };
        view! {
            <nav class="crumbs"><a href="/console/groups">{words.following_up.groups}</a></nav>
            {drawing.summary()}
            {view.conflict.then(|| conflict(words))}
            <div class="page-head"><h1>{view.name.clone()}</h1></div>
            <form class="stack loose wide-form" method="post" action=format!("/console/groups/{}", view.id) novalidate>
                {hidden("version", form.value("version"))}
                <fieldset class="card stack">
                    <legend class="visually-hidden">{view.name.clone()}</legend>
                    {fields(drawing, &view.schedules)}
                </fieldset>
                <div class="stack tight">
                    <div class="actions">
                        <button class="button primary large" name="do" value="preview">{words.schedules.what_changes}</button>
                        <a class="button plain" href="/console/groups">{words.console.cancel}</a>
                    </div>
                    <p class="hint">{words.schedules.what_changes_hint}</p>
                </div>
            </form>
        }
    })
}
