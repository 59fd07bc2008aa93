//! One schedule: a line of days with its steps, each step one click away, with the text it would send.
//!
//! The whole schedule is one form, so what was typed in one step stays while another is looked at, with scripts or without:
//! the line links to the steps' own parts of the form, and the stylesheet shows the part that the address names.
//!
//! Fields: `name` (of a new one), `revision` (that was read), `steps` (how many there are) and per step, with N from 0,
//! `steps.N.id`, `.days`, `.when` (`before` or `after`), `.channel`, `.tone`, `.template`, `.minimum_gap_days`,
//! `.needs_approval`; and `do`: `preview`, `look.N`, `add`, `remove.N`, `create` (a new one), `save` and `edit` (sent by the
//! page of what would change). Renaming and archiving are forms of their own.

use domain::ScheduleId;
use domain::message::Channel;
use domain::role::Permission;
use domain::schedule::{Schedule, Step, Tone};
use leptos::prelude::*;

use super::schedules::{Followers, address};
use super::steps::{self, Point};
use super::{Section, Signed, page as console_page};
use crate::components::{Look, notice, state};
use crate::form::{Drawing, Field, Form, Select, YES, check_box, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// The names that shipped texts go by; a step may speak with any of them.
const SHIPPED_TEXTS: [&str; 5] = ["heads-up", "friendly", "help", "firm", "final-notice"];

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchedulePage {
    /// Which; none for a new one and for the standard one.
    pub schedule: Option<ScheduleId>,
    /// Its name; none for a new one and for the standard one.
    pub name: Option<String>,
    /// As it is saved, to read; none for a new one.
    pub saved: Option<Vec<Step>>,
    /// What stands in the fields; none when it is only to be read.
    pub form: Option<Form>,
    /// Which step's part of the form is shown first.
    pub open: usize,
    /// The form for another name.
    pub rename: Form,
    /// The texts of the steps in the form's order, or of those saved.
    pub texts: Vec<StepText>,
    /// The invoice the texts are about.
    pub sample: Option<String>,
    /// Who follows it.
    pub followers: Followers,
    /// "Revision 3", "Saved by Jana Petersen, 3 March".
    pub history: Option<(u32, Option<String>, String)>,
    /// Offered to nobody any more.
    pub archived: bool,
    /// Somebody else saved it meanwhile: this is how it stands now.
    pub theirs: Option<Vec<Step>>,
}

/// What a step would say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StepText {
    /// The subject, for a mail.
    pub subject: Option<String>,
    /// The words; none when a person does the step or there is nothing to try it on.
    pub text: Option<String>,
}

/// How many steps a form shows.
pub fn steps_shown(form: &Form) -> usize {
    form.value("steps").parse().unwrap_or(0_usize).min(Schedule::MAX_STEPS)
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &SchedulePage) -> String {
    let words = frame.words();
    let title = match (&view.name, &view.saved) {
        (Some(name), _) => name.clone(),
        (None, Some(_)) => words.schedules.standard.to_owned(),
        (None, None) => words.schedules.new.to_owned(),
    };
    let refused = view.form.as_ref().is_some_and(|form| !form.errors().is_empty());
    console_page(frame, signed, Section::Settings, &title, refused, || {
        let followers = view.saved.is_some().then(|| {
            let told = view.followers.told(words);
            view! { <p class="soft">{words.schedules.followed_by}": "{told}</p> }
        });
        let history = view.history.as_ref().map(|(revision, name, when)| {
            let saved = (words.schedules.saved_by)(name.as_deref(), when);
            view! { <p class="small soft">{(words.schedules.revision)(*revision)}" · "{saved}</p> }
        });
        let content = match &view.form {
            Some(form) => edit(frame, view, form),
            None => read(signed, view, words),
        };
        view! {
            <nav class="crumbs"><a href="/console/schedules">{words.schedules.title}</a></nav>
            <div class="page-head">
                <div class="stack tight"><h1>{title.clone()}</h1>{followers}{history}</div>
                {view.archived.then(|| state(Look::Quiet, words.schedules.archived))}
            </div>
            {content}
            {housekeeping(frame, signed, view)}
        }
    })
}

/// The schedule to look at, for the standard one and for whoever may not change any.
fn read(signed: &Signed, view: &SchedulePage, words: &'static Words) -> AnyView {
    let saved = view.saved.as_deref().unwrap_or_default();
    let points: Vec<Point> = saved
        .iter()
        .enumerate()
        .map(|(at, step)| Point::of(step, Some(format!("#text-{at}")), words))
        .collect();
    let hint = view.schedule.is_none().then(|| view! { <p class="hint">{words.schedules.standard_hint}</p> });
    let copy = signed.may(Permission::EditSettings).then(|| {
        let from = view.schedule.map_or_else(|| "standard".to_owned(), |id| id.to_string());
        let href = format!("/console/schedules/new?from={from}");
        view! { <div><a class="button primary" href=href>{words.schedules.copy}</a></div> }
    });
    let texts = saved.iter().enumerate().map(|(at, step)| {
        let heading = (words.schedules.offset)(step.offset_days);
        let text = view.texts.get(at);
        view! {
            <section class="card stack" id=format!("text-{at}")>
                <h2>{heading}" · "{(words.schedules.channel_name)(step.channel)}</h2>
                {written(step.channel, text, view.sample.as_deref(), words)}
            </section>
        }
    });
    view! {
        {hint}
        <div class="card">{steps::line(&points, words)}</div>
        {steps::table(saved, words)}
        {copy}
        <div class="stack">{texts.collect_view()}</div>
    }
    .into_any()
}

fn edit(frame: &Frame, view: &SchedulePage, form: &Form) -> AnyView {
    let words = frame.words();
    let drawing = Drawing { form, words, locale: frame.locale };
    let count = steps_shown(form);
    let is_new = view.schedule.is_none();
    let action = if is_new { "/console/schedules/new".to_owned() } else { address(view.schedule) };
    let wrong_in = |at: usize| {
        let prefix = format!("steps.{at}.");
        form.errors().iter().any(|error| error.field.starts_with(&prefix))
    };
    // The part to begin with: the first that needs attention, else the one that was just worked on.
    let first = (0..count).find(|at| wrong_in(*at)).unwrap_or(view.open);
    let points: Vec<Point> = (0..count).map(|at| typed_point(form, at, wrong_in(at), words)).collect();
    let parts = (0..count).map(|at| part(at, at == first, view, drawing)).collect_view();
    let name = is_new.then(|| {
        view! { <div class="wide-form">{Field::text("name").autocomplete("off").required().focus().draw(drawing)}</div> }
    });
    let (main, label, hint) = if is_new {
        ("create", words.schedules.create, words.schedules.create_hint)
    } else {
        ("preview", words.schedules.what_changes, words.schedules.what_changes_hint)
    };
    let conflict = view.theirs.as_ref().map(|theirs| {
        let body = view! { <p>{words.schedules.conflict_body}</p>{steps::table(theirs, words)} };
        notice(Look::Attention, words.schedules.conflict, body)
    });
    view! {
        {drawing.summary()}
        {conflict}
        <form class="stack loose" method="post" action=action novalidate>
            // The first button of a form is the one that Enter presses.
            <button class="visually-hidden" name="do" value=main tabindex="-1">{label}</button>
            {hidden("revision", form.value("revision"))}
            {hidden("steps", count.to_string())}
            {name}
            <section class="card stack" id=crate::form::field_id("steps")>
                {steps::line(&points, words)}
                <p class="hint">{words.schedules.choose_step}" "{words.schedules.when_hint}</p>
                <div class="actions">
                    <button class="button" name="do" value="add">{words.schedules.add}</button>
                </div>
            </section>
            <div class="parts">{parts}</div>
            <div class="stack tight">
                <div class="actions">
                    <button class="button primary large" name="do" value=main>{label}</button>
                    <a class="button plain" href="/console/schedules">{words.console.cancel}</a>
                </div>
                <p class="hint">{hint}</p>
            </div>
        </form>
    }
    .into_any()
}

/// A step's point on the line, as far as what was typed can be read.
fn typed_point(form: &Form, at: usize, wrong: bool, words: &Words) -> Point {
    let value = |field: &str| form.value(&format!("steps.{at}.{field}"));
    let days: Option<i32> = value("days").trim().parse().ok();
    let offset_days = days.map(|days| if value("when") == "before" { days.saturating_neg() } else { days });
    let what =
        Channel::from_name(value("channel")).map_or("?", |channel| (words.schedules.channel_name)(channel));
    Point { href: Some(format!("#step-{at}")), offset_days, what: what.to_owned(), wrong }
}

/// One step's part of the form.
fn part(at: usize, first: bool, view: &SchedulePage, drawing: Drawing<'_>) -> AnyView {
    let words = drawing.words;
    let schedules = &words.schedules;
    let form = drawing.form;
    let name = |field: &str| format!("steps.{at}.{field}");
    let heading = (schedules.step)(at + 1);
    let id = form.value(&name("id")).to_owned();
    let channels = Channel::ALL
        .iter()
        .map(|channel| (channel.as_str().to_owned(), (schedules.channel_name)(*channel).to_owned()))
        .collect();
    let tones = Tone::ALL
        .iter()
        .map(|tone| (tone.as_str().to_owned(), (schedules.tone_name)(*tone).to_owned()))
        .collect();
    let sides = vec![
        ("before".to_owned(), schedules.before.to_owned()),
        ("after".to_owned(), schedules.after.to_owned()),
    ];
    let shipped =
        SHIPPED_TEXTS.iter().map(|text| ((*text).to_owned(), (words.follow_up.step)(text).to_owned()));
    let texts = std::iter::once((String::new(), schedules.of_its_tone.to_owned())).chain(shipped).collect();
    let channel = Channel::from_name(form.value(&name("channel")));
    let class = if first { "card part first" } else { "card part" };
    view! {
        <fieldset class=class id=format!("step-{at}")>
            <legend class="visually-hidden">{heading.clone()}</legend>
            <input type="hidden" name=name("id") value=id />
            <div class="beside even">
                <div class="stack">
                    <div class="line-head">
                        <span class="label" aria-hidden="true">{heading.clone()}</span>
                        <button class="button plain" name="do" value=format!("remove.{at}")>
                            {schedules.remove}<span class="visually-hidden">": "{heading.clone()}</span>
                        </button>
                    </div>
                    <div class="columns">
                        {Field::digits(name("days")).draw(drawing)}
                        {Select::new(name("when"), sides).draw(drawing)}
                    </div>
                    <div class="columns">
                        {Select::new(name("channel"), channels).draw(drawing)}
                        {Select::new(name("tone"), tones).draw(drawing)}
                    </div>
                    {Select::new(name("template"), texts).draw(drawing)}
                    {Field::digits(name("minimum_gap_days"))
                        .hint(schedules.gap_hint)
                        .optional()
                        .draw(drawing)}
                    {check_box(drawing, &name("needs_approval"), YES, schedules.needs_approval, Some(schedules.approval_hint))}
                </div>
                <div class="stack">
                    {written(channel.unwrap_or(Channel::Email), view.texts.get(at), view.sample.as_deref(), words)}
                    <div>
                        <button class="button" name="do" value=format!("look.{at}")>
                            {schedules.look}<span class="visually-hidden">" ("{heading}")"</span>
                        </button>
                    </div>
                </div>
            </div>
        </fieldset>
    }
    .into_any()
}

/// What a step would say for a real invoice.
fn written(
    channel: Channel,
    text: Option<&StepText>,
    sample: Option<&str>,
    words: &'static Words,
) -> AnyView {
    let shown = text.and_then(|text| Some((text.subject.clone(), text.text.clone()?)));
    match (shown, sample) {
        (Some((subject, body)), Some(sample)) => view! {
            <p class="label">{(words.schedules.text_about)(sample)}</p>
            <div class="letter stack tight">
                {subject.map(|subject| view! { <p><strong>{subject}</strong></p> })}
                <pre>{body}</pre>
            </div>
        }
        .into_any(),
        _ if !channel.is_written() => view! { <p class="soft">{words.schedules.no_text}</p> }.into_any(),
        _ => ().into_any(),
    }
}

/// Renaming and archiving.
fn housekeeping(frame: &Frame, signed: &Signed, view: &SchedulePage) -> Option<AnyView> {
    let words = frame.words();
    let id = view.schedule.filter(|_| signed.may(Permission::EditSettings))?;
    let drawing = Drawing { form: &view.rename, words, locale: frame.locale };
    let refused = !view.rename.errors().is_empty();
    let (label, what, to) = if view.archived {
        (words.schedules.restore, None, "restore")
    } else {
        (words.schedules.archive, Some(words.schedules.archive_what), "archive")
    };
    let archive = view! {
        <details class="ask">
            <summary class="button">{label}</summary>
            <form class="stack" method="post" action=format!("/console/schedules/{id}/archive")>
                {what.map(|what| view! { <p>{what}</p> })}
                <button class="button" name="do" value=to>{label}</button>
            </form>
        </details>
    };
    Some(
        view! {
            <section class="actions">
                {drawing.summary()}
                <details class="ask" open=refused>
                    <summary class="button">{words.schedules.rename}</summary>
                    <form class="stack" method="post" action=format!("/console/schedules/{id}/name") novalidate>
                        {Field::text("name").autocomplete("off").draw(drawing)}
                        <div><button class="button">{words.schedules.rename}</button></div>
                    </form>
                </details>
                {archive}
            </section>
        }
        .into_any(),
    )
}

/// A step as its part of the form shows it.
pub fn fields_of(at: usize, step: &Step) -> Vec<(String, String)> {
    let name = |field: &str| format!("steps.{at}.{field}");
    let when = if step.offset_days < 0 { "before" } else { "after" };
    let mut fields = vec![
        (name("id"), step.id.to_string()),
        (name("days"), step.offset_days.unsigned_abs().to_string()),
        (name("when"), when.to_owned()),
        (name("channel"), step.channel.as_str().to_owned()),
        (name("tone"), step.tone.as_str().to_owned()),
        (name("template"), step.template.as_ref().map(ToString::to_string).unwrap_or_default()),
        (name("minimum_gap_days"), step.minimum_gap_days.map(|days| days.to_string()).unwrap_or_default()),
    ];
    if step.needs_approval {
        fields.push((name("needs_approval"), YES.to_owned()));
    }
    fields
}
