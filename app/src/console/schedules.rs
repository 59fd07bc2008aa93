//! The business's schedules, and who follows which.

use domain::ScheduleId;
use domain::role::Permission;
use domain::schedule::Step;
use leptos::prelude::*;

use super::steps::{self, Point};
use super::{Section, SettingsTab, Signed, page as console_page, settings_tabs};
use crate::components::{Look, state};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchedulesPage {
    /// The standard schedule first, archived ones last.
    pub rows: Vec<ScheduleRow>,
}

/// One schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ScheduleRow {
    /// Which; none for the standard one.
    pub id: Option<ScheduleId>,
    /// What the business calls it; none for the standard one.
    pub name: Option<String>,
    /// Its steps, earliest first.
    pub steps: Vec<Step>,
    /// Who follows it.
    pub followers: Followers,
    /// Offered to nobody any more.
    pub archived: bool,
}

/// Who follows a schedule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Followers {
    /// Whoever follows no other.
    pub everyone_else: bool,
    /// Groups, by name.
    pub groups: Vec<String>,
    /// How many customers by themselves.
    pub customers: u32,
}

impl Followers {
    /// In a few words.
    pub(crate) fn told(&self, words: &Words) -> String {
        let customers = (self.customers > 0).then(|| (words.schedules.customers)(self.customers));
        let all: Vec<String> = self
            .everyone_else
            .then(|| words.schedules.everyone_else.to_owned())
            .into_iter()
            .chain(self.groups.iter().cloned())
            .chain(customers)
            .collect();
        if all.is_empty() { words.schedules.nobody.to_owned() } else { all.join(" · ") }
    }
}

/// The address of a schedule, or of the standard one.
pub(crate) fn address(id: Option<ScheduleId>) -> String {
    match id {
        Some(id) => format!("/console/schedules/{id}"),
        None => "/console/schedules/standard".to_owned(),
    }
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &SchedulesPage) -> String {
    let words = frame.words();
    let title = words.schedules.title;
    console_page(frame, signed, Section::Settings, title, false, || {
        let new = signed.may(Permission::EditSettings).then(
            || view! { <a class="button primary" href="/console/schedules/new">{words.schedules.new}</a> },
        );
        let rows = view.rows.iter().map(|row| schedule(row, words)).collect_view();
        view! {
            <div class="page-head"><h1>{title}</h1>{new}</div>
            {settings_tabs(SettingsTab::Schedules, words)}
            <div class="stack loose">{rows}</div>
        }
    })
}

fn schedule(row: &ScheduleRow, words: &'static Words) -> AnyView {
    let name = row.name.clone().unwrap_or_else(|| words.schedules.standard.to_owned());
    let points: Vec<Point> = row.steps.iter().map(|step| Point::of(step, None, words)).collect();
    let archived = row.archived.then(|| state(Look::Quiet, words.schedules.archived));
    view! {
        <section class="card stack">
            <div class="line-head">
                <h2><a href=address(row.id)>{name}</a></h2>
                {archived}
            </div>
            {steps::line(&points, words)}
            <p class="small soft">{words.schedules.followed_by}": "{row.followers.told(words)}</p>
        </section>
    }
    .into_any()
}
