//! What customers read: the list of texts, and one of them to be written anew.
//!
//! `/console/settings/texts/{channel}/{name}/{language}` takes `subject`, `body`, `about`, `version` and the button `do`
//! (`save`, `preview`, `test`); `…/built-in` gives the text back. The preview stands beside the words; its HTML is a
//! document of its own at `…/preview`, as with messages.

use domain::Language;
use domain::message::Channel;
use domain::role::Permission;
use domain::schedule::Tone;
use domain::time::{self, Timestamp};
use domain::wording::{Case, Part, Remark, Variable};
use leptos::prelude::*;

use super::{Section, SettingsTab, Signed, page as console_page, settings_tabs};
use crate::components::{Look, notice, state};
use crate::form::{Drawing, Field, Form, field_id, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// Where the list is.
pub const PATH: &str = "/console/settings/texts";

/// Which text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextName {
    /// The name that steps call it by.
    pub name: String,
    /// How it is said.
    pub channel: Channel,
    /// In which language.
    pub language: Language,
}

impl TextName {
    /// Where it is.
    pub fn path(&self) -> String {
        format!("{PATH}/{}/{}/{}", self.channel, self.name, self.language)
    }
}

/// What the list shows: every text, those of one channel and name beside each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextsPage {
    /// The texts.
    pub rows: Vec<TextRow>,
}

/// A text in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextRow {
    /// Which.
    pub text: TextName,
    /// How it speaks.
    pub tone: Tone,
    /// When the business wrote its own, if that is in use.
    pub own_since: Option<Timestamp>,
}

/// What the page of one text shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPage {
    /// Which.
    pub text: TextName,
    /// How it speaks.
    pub tone: Tone,
    /// Who wrote the words in use and when, if the business did.
    pub own: Option<(Option<String>, Timestamp)>,
    /// Subject and body, as they are or as they were typed.
    pub form: Form,
    /// What must be changed in what was typed.
    pub remarks: Vec<Remark>,
    /// What it comes to; `None` when it cannot be shown.
    pub preview: Option<TextPreview>,
    /// The business's invoices that it can be shown with: value and name.
    pub invoices: Vec<(String, String)>,
    /// The words that are built in: subject and body.
    pub built_in: (String, String),
}

/// A text, filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextPreview {
    /// The subject, where the channel has one.
    pub subject: Option<String>,
    /// As text.
    pub text: String,
    /// Where its HTML is, where the channel has it.
    pub html_at: Option<String>,
    /// How many parts a text message has.
    pub segments: Option<u32>,
}

/// Renders the list.
pub fn list(frame: &Frame, signed: &Signed, view: &TextsPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let texts = &words.texts;
    console_page(frame, signed, Section::Settings, texts.title, false, || {
        let mut channels: Vec<Channel> = Vec::new();
        for row in &view.rows {
            if !channels.contains(&row.text.channel) {
                channels.push(row.text.channel);
            }
        }
        let sections = channels.into_iter().map(|channel| {
            let of_channel: Vec<&TextRow> = view.rows.iter().filter(|row| row.text.channel == channel).collect();
            let mut names: Vec<&TextRow> = Vec::new();
            for row in &of_channel {
                if !names.iter().any(|named| named.text.name == row.text.name) {
                    names.push(row);
                }
            }
            let rows = names.into_iter().map(|named| {
                let cells = Language::ALL.iter().map(|language| {
                    let of_language = |row: &&&TextRow| {
                        row.text.name == named.text.name && row.text.language == *language
                    };
                    let cell = of_channel.iter().find(of_language).map(|row| {
                        let shown = match row.own_since {
                            Some(at) => (texts.own_since)(
                                &locale.date_medium(time::civil_date(at, signed.zone)),
                            ),
                            None => texts.built_in.to_owned(),
                        };
                        let what = format!(
                            "{}, {}",
                            (texts.text_name)(&row.text.name),
                            (texts.language)(*language)
                        );
                        view! { <a href=row.text.path()>{shown}<span class="visually-hidden">": "{what}</span></a> }
                    });
                    view! { <td data-label=(texts.language)(*language)>{cell}</td> }
                });
                view! {
                    <tr>
                        <th scope="row">{(texts.text_name)(&named.text.name)}</th>
                        <td data-label=texts.tone>{(texts.tone_name)(named.tone)}</td>
                        {cells.collect_view()}
                    </tr>
                }
            });
            let heads = Language::ALL.iter().map(|language| {
                view! { <th scope="col">{(texts.language)(*language)}</th> }
            });
            view! {
                <section class="stack">
                    <h2>{(texts.channel)(channel)}</h2>
                    <table class="records">
                        <thead>
                            <tr>
                                <th scope="col">{texts.name}</th>
                                <th scope="col">{texts.tone}</th>
                                {heads.collect_view()}
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </section>
            }
        });
        view! {
            <nav class="crumbs"><a href="/console/settings">{words.console.settings}</a></nav>
            <div class="page-head"><h1>{texts.title}</h1></div>
            {settings_tabs(SettingsTab::Texts, words)}
            <p class="hint">{texts.intro}</p>
            {sections.collect_view()}
        }
    })
}

/// Renders the page of one text.
pub fn page(frame: &Frame, signed: &Signed, view: &TextPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let texts = &words.texts;
    let title = (texts.text_name)(&view.text.name);
    console_page(frame, signed, Section::Settings, &title, !view.form.errors().is_empty(), || {
        let drawing = Drawing { form: &view.form, words, locale };
        let what =
            format!("{} · {}", (texts.channel)(view.text.channel), (texts.language)(view.text.language));
        let standing = match &view.own {
            Some((name, at)) => {
                let date = locale.date_medium(time::civil_date(*at, signed.zone));
                state(Look::Done, (texts.written_by)(name.as_deref(), &date))
            }
            None => state(Look::Quiet, texts.built_in),
        };
        view! {
            {drawing.summary()}
            <nav class="crumbs">
                <a href="/console/settings">{words.console.settings}</a>" "<a href=PATH>{texts.title}</a>
            </nav>
            <div class="page-head"><h1>{format!("{title} · {what}")}</h1>{standing}</div>
            <div class="beside even">
                <div class="stack loose">
                    {editor(signed, view, drawing)}
                    {give_back(signed, view, words)}
                </div>
                {preview(view, words)}
            </div>
            {help(view, words)}
        }
    })
}

fn has_subject(channel: Channel) -> bool {
    matches!(channel, Channel::Email | Channel::Letter)
}

fn editor(signed: &Signed, view: &TextPage, drawing: Drawing<'_>) -> AnyView {
    let words = drawing.words;
    let texts = &words.texts;
    if !signed.may(Permission::EditSettings) {
        let (subject, body) = (view.form.value("subject").to_owned(), view.form.value("body").to_owned());
        return view! {
            <p class="strong wrap">{subject}</p>
            <pre class="card mono">{body}</pre>
        }
        .into_any();
    }
    let subject = has_subject(view.text.channel).then(|| {
        Field::text("subject").hint(texts.subject_hint).autocomplete("off").required().draw(drawing)
    });
    let rows = if view.text.channel == Channel::Sms { 6 } else { 20 };
    let test = (view.text.channel == Channel::Email).then(|| {
        view! {
            <div><button class="button" name="do" value="test">{texts.try_out}</button></div>
            <p class="hint">{texts.try_out_hint}</p>
        }
    });
    view! {
        <form class="stack" method="post" action=view.text.path() novalidate>
            {hidden("version", view.form.value("version"))}
            {subject}
            {Field::area("body", rows).hint(texts.body_hint).autocomplete("off").required().draw(drawing)}
            {remarks(view, words)}
            {about(view, words)}
            <div class="actions">
                <button class="button primary" name="do" value="save">{words.console.save}</button>
                <button class="button" name="do" value="preview">{texts.show}</button>
            </div>
            {test}
        </form>
    }
    .into_any()
}

/// What must be changed, place by place.
fn remarks(view: &TextPage, words: &'static Words) -> AnyView {
    if view.remarks.is_empty() {
        return ().into_any();
    }
    let items = view.remarks.iter().map(|remark| {
        let part = (words.field_label)(match remark.part {
            Part::Subject => "subject",
            Part::Body => "body",
        });
        let place = match (remark.line, &remark.words) {
            (Some(line), Some(found)) => format!("{part}: {}. ", (words.texts.place)(line, found)),
            _ => format!("{part}: "),
        };
        view! { <li><b>{place}</b>{(words.texts.trouble)(&remark.trouble)}</li> }
    });
    notice(Look::Wrong, words.texts.to_change, view! { <ul>{items.collect_view()}</ul> }).into_any()
}

/// What the preview is filled in with.
fn about(view: &TextPage, words: &'static Words) -> AnyView {
    let texts = &words.texts;
    let chosen = view.form.value("about").to_owned();
    let option = |value: String, name: String| {
        let selected = value == chosen;
        view! { <option value=value selected=selected>{name}</option> }
    };
    let samples =
        Case::ALL.iter().map(|case| option(case.as_str().to_owned(), (texts.case)(*case).to_owned()));
    let samples = samples.collect_view();
    let invoices = (!view.invoices.is_empty()).then(|| {
        let options = view.invoices.iter().map(|(value, name)| option(value.clone(), name.clone()));
        view! { <optgroup label=texts.your_invoices>{options.collect_view()}</optgroup> }
    });
    let id = field_id("about");
    view! {
        <div class="field">
            <label for=id.clone()>{(words.field_label)("about")}</label>
            <select id=id name="about"><optgroup label=texts.samples>{samples}</optgroup>{invoices}</select>
        </div>
    }
    .into_any()
}

fn give_back(signed: &Signed, view: &TextPage, words: &'static Words) -> AnyView {
    let texts = &words.texts;
    let (subject, body) = &view.built_in;
    let whole = if subject.is_empty() { body.clone() } else { format!("{subject}\n\n{body}") };
    let back = (view.own.is_some() && signed.may(Permission::EditSettings)).then(|| {
        view! {
            <form class="stack" method="post" action=format!("{}/built-in", view.text.path())>
                <div><button class="button">{texts.back_to_built_in}</button></div>
                <p class="hint">{texts.back_to_built_in_what}</p>
            </form>
        }
    });
    view! {
        {back}
        <details>
            <summary>{texts.built_in_words}</summary>
            <pre class="card mono">{whole}</pre>
        </details>
    }
    .into_any()
}

fn preview(view: &TextPage, words: &'static Words) -> AnyView {
    let texts = &words.texts;
    let Some(shown) = &view.preview else {
        return view! {
            <section class="stack"><h2>{texts.preview}</h2><p class="soft">{texts.no_preview}</p></section>
        }
        .into_any();
    };
    let subject = shown.subject.clone().map(|subject| view! { <p class="strong wrap">{subject}</p> });
    let segments = shown.segments.map(|count| view! { <p class="hint">{(texts.segments)(count)}</p> });
    let html = shown.html_at.clone().map(|at| {
        view! {
            <h3>{texts.as_html}</h3>
            <iframe class="mail" sandbox="" src=at title=texts.as_html></iframe>
        }
    });
    let text_title = shown.html_at.is_some().then(|| view! { <h3>{texts.as_text}</h3> });
    view! {
        <section class="stack">
            <h2>{texts.preview}</h2>
            {subject}
            {html}
            {text_title}
            <pre class="card mono">{shown.text.clone()}</pre>
            {segments}
        </section>
    }
    .into_any()
}

/// What can be written.
fn help(view: &TextPage, words: &'static Words) -> AnyView {
    let texts = &words.texts;
    let channel = view.text.channel;
    let rows = Variable::ALL.iter().filter(|variable| variable.is_on(channel)).map(|variable| {
        let written = if variable.is_condition() {
            format!("{{% if {variable} %}}")
        } else {
            format!("{{{{ {variable} }}}}")
        };
        view! {
            <tr>
                <th scope="row" class="mono">{written}</th>
                <td data-label=texts.meaning>{(texts.variable_meaning)(*variable)}</td>
            </tr>
        }
    });
    let blocks = has_subject(channel).then(|| view! { <p class="hint">{texts.blocks_hint}</p> });
    let button = (channel == Channel::Email).then(|| view! { <p class="hint">{texts.button_hint}</p> });
    view! {
        <section class="stack">
            <h2>{texts.variables}</h2>
            <p class="hint">{texts.variables_intro}</p>
            <table class="records">
                <thead><tr><th scope="col">{texts.variable}</th><th scope="col">{texts.meaning}</th></tr></thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
            {blocks}
            {button}
            <h3>{texts.conditions}</h3>
            <p class="hint">{texts.conditions_hint}</p>
        </section>
    }
    .into_any()
}
