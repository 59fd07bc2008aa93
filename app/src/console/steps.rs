//! The steps of a schedule, drawn: as a line of days, and as a table for whoever reads rather than looks.

use domain::schedule::Step;
use leptos::prelude::*;

use crate::words::Words;

/// A point on the line: what is known of a step while it is being typed, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Point {
    /// Where it leads.
    pub href: Option<String>,
    /// Days from the due date, if they can be read.
    pub offset_days: Option<i32>,
    /// How it goes, in a word or two.
    pub what: String,
    /// Whether something about it needs attention.
    pub wrong: bool,
}

impl Point {
    /// A step as it stands.
    pub fn of(step: &Step, href: Option<String>, words: &Words) -> Self {
        Self {
            href,
            offset_days: Some(step.offset_days),
            what: (words.schedules.channel_name)(step.channel).to_owned(),
            wrong: false,
        }
    }
}

/// The line: its points by day with the due date among them, the way to the next the longer the more days lie between. It
/// is an ordered list of links: what is seen is what is read out, and on a phone it stands upright.
pub(crate) fn line(points: &[Point], words: &'static Words) -> AnyView {
    let due_at = points
        .iter()
        .position(|point| point.offset_days.is_some_and(|days| days >= 0))
        .unwrap_or(points.len());
    let due_is_a_step = points.get(due_at).is_some_and(|point| point.offset_days == Some(0));
    let mut stops: Vec<Option<&Point>> = points.iter().map(Some).collect();
    if !due_is_a_step {
        stops.insert(due_at, None);
    }
    let offset = |stop: Option<&Point>| stop.map_or(Some(0), |point| point.offset_days);
    let items = stops.iter().enumerate().map(|(at, stop)| {
        let way = stops.get(at + 1).map_or("", |next| distance(offset(*stop), offset(*next)));
        match stop {
            Some(point) => item(point, way, words),
            None => view! { <li class=format!("due {way}")><span class="what">{words.schedules.due_date}</span></li> }
                .into_any(),
        }
    });
    let items = items.collect_view();
    view! { <ol class="days" aria-label=words.schedules.line>{items}</ol> }.into_any()
}

/// The class for the way from one day to another: what is far is drawn far, but not to scale, or the near ones would
/// stand on each other.
fn distance(from: Option<i32>, to: Option<i32>) -> &'static str {
    let (Some(from), Some(to)) = (from, to) else { return "" };
    match to.saturating_sub(from) {
        ..=2 => "near",
        3..=6 => "days-away",
        7..=13 => "week-away",
        _ => "far",
    }
}

fn item(point: &Point, way: &str, words: &'static Words) -> AnyView {
    let class = if point.wrong { format!("{way} wrong") } else { way.to_owned() };
    let day = point.offset_days.map_or_else(|| "?".to_owned(), words.schedules.short_offset);
    let long = point.offset_days.map(|days| format!("{}: ", (words.schedules.offset)(days)));
    let text = view! {
        <span class="day" aria-hidden="true">{day}</span>
        <span class="visually-hidden">{long}</span>
        <span class="what">{point.what.clone()}</span>
    };
    let content = match point.href.clone() {
        Some(href) => view! { <a href=href>{text}</a> }.into_any(),
        None => view! { <span class="point">{text}</span> }.into_any(),
    };
    view! { <li class=class>{content}</li> }.into_any()
}

/// The same as a table, with everything that is set for each step.
pub(crate) fn table(steps: &[Step], words: &'static Words) -> AnyView {
    let schedules = &words.schedules;
    let rows = steps
        .iter()
        .map(|step| {
            let mut more = Vec::new();
            more.extend(step.template.as_ref().map(|name| (words.follow_up.step)(name.as_str()).to_owned()));
            more.extend(step.minimum_gap_days.map(|days| (schedules.gap)(days)));
            more.extend(step.needs_approval.then(|| schedules.needs_approval.to_owned()));
            view! {
                <tr>
                    <th scope="row">{(schedules.offset)(step.offset_days)}</th>
                    <td data-label=schedules.channel>{(schedules.channel_name)(step.channel)}</td>
                    <td data-label=schedules.tone>{(schedules.tone_name)(step.tone)}</td>
                    <td data-label=schedules.text class="small">{more.join(" · ")}</td>
                </tr>
            }
        })
        .collect_view();
    view! {
        <table class="records">
            <caption class="visually-hidden">{schedules.steps}</caption>
            <thead>
                <tr>
                    <th scope="col">{schedules.day}</th>
                    <th scope="col">{schedules.channel}</th>
                    <th scope="col">{schedules.tone}</th>
                    <th scope="col">{schedules.text}</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
    .into_any()
}
