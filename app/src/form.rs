//! Forms that work as plain HTML, keep what was typed, and say what to change.
//!
//! A page gets a [`Form`]: the text of every field as it was typed (or as the record says), and what the operation
//! found wrong. Labels come from `words.fields` by the field's name, so the summary on top and the field itself use the
//! same ones, and an operation's field names are the form's.

use domain::{FieldErrors, FieldProblem, Locale};
use leptos::prelude::*;

use crate::words::Words;

/// What stands in a form's fields, and what is wrong with it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Form {
    fields: Vec<(String, String)>,
    errors: FieldErrors,
    scope: String,
}

impl Form {
    /// An empty form.
    pub fn new() -> Self {
        Self::default()
    }

    /// A form with these fields. A name may occur more than once (check boxes).
    pub fn filled<N: Into<String>, V: Into<String>>(fields: impl IntoIterator<Item = (N, V)>) -> Self {
        Self {
            fields: fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect(),
            errors: FieldErrors::new(),
            scope: String::new(),
        }
    }

    /// The same form as one of several on a page: the ids of its controls carry this name.
    #[must_use]
    pub fn scoped(mut self, scope: impl Into<String>) -> Self {
        self.scope = scope.into();
        self
    }

    /// The same form with what is wrong with it.
    #[must_use]
    pub fn refused(mut self, errors: FieldErrors) -> Self {
        self.errors = errors;
        self
    }

    /// What stands in a field; empty if nothing does.
    pub fn value(&self, name: &str) -> &str {
        self.fields.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.as_str())
    }

    /// Every field with what stands in it.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether the form says anything about this field, be it nothing.
    pub fn has(&self, name: &str) -> bool {
        self.fields.iter().any(|(field, _)| field == name)
    }

    /// Whether `value` is one of the values of a field.
    pub fn holds(&self, name: &str, value: &str) -> bool {
        self.fields.iter().any(|(field, held)| field == name && held == value)
    }

    /// What is wrong with a field.
    pub fn problem(&self, name: &str) -> Option<&FieldProblem> {
        self.errors.of(name)
    }

    /// Everything that is wrong.
    pub fn errors(&self) -> &FieldErrors {
        &self.errors
    }
}

/// A form while it is being drawn.
#[derive(Clone, Copy)]
pub(crate) struct Drawing<'a> {
    pub form: &'a Form,
    pub words: &'static Words,
    pub locale: Locale,
}

/// The id of a field's control.
pub(crate) fn field_id(name: &str) -> String {
    format!("field-{}", name.replace('.', "-"))
}

/// Which of several alike a field belongs to, counted from 1: `lines.2.quantity` to the third.
fn number_within(list: &str, name: &str) -> Option<usize> {
    let (at, _) = name.strip_prefix(list)?.strip_prefix('.')?.split_once('.')?;
    at.parse::<usize>().ok()?.checked_add(1)
}

impl Drawing<'_> {
    /// The id of a field's control in this form.
    pub fn id(&self, name: &str) -> String {
        match self.form.scope.as_str() {
            "" => field_id(name),
            scope => format!("{scope}-{}", field_id(name)),
        }
    }

    fn error(&self, name: &str) -> Option<String> {
        self.form.problem(name).map(|problem| (self.words.problem)(problem, self.locale))
    }

    /// The list of everything to change, which takes the focus; nothing when nothing is wrong.
    pub fn summary(&self) -> AnyView {
        if self.form.errors().is_empty() {
            return ().into_any();
        }
        let items = self
            .form
            .errors()
            .iter()
            .map(|error| {
                let label = (self.words.field_label)(&error.field);
                let label = if let Some(number) = number_within("lines", &error.field) {
                    (self.words.form.of_line)(label, number)
                } else if let Some(number) = number_within("steps", &error.field) {
                    (self.words.schedules.of_step)(label, number)
                } else {
                    label.to_owned()
                };
                let what = (self.words.problem)(&error.problem, self.locale);
                let text = if label.is_empty() { what } else { format!("{label}: {what}") };
                view! { <li><a href=format!("#{}", self.id(&error.field))>{text}</a></li> }
            })
            .collect_view();
        let title_id = match self.form.scope.as_str() {
            "" => "error-summary-title".to_owned(),
            scope => format!("{scope}-error-summary-title"),
        };
        let labelled_by = title_id.clone();
        view! {
            <div class="error-summary" role="alert" tabindex="-1" autofocus aria-labelledby=labelled_by>
                <h2 id=title_id>{self.words.form.problems_title}</h2>
                <ul>{items}</ul>
            </div>
        }
        .into_any()
    }
}

/// How a field's keyboard and control look.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Control {
    Input { kind: &'static str, inputmode: Option<&'static str> },
    Area { rows: u8 },
}

/// One labelled field: `Field::email("email").autocomplete("username").draw(drawing)`.
#[expect(clippy::struct_excessive_bools, reason = "each is one attribute of the element")]
pub(crate) struct Field {
    name: String,
    control: Control,
    label: Option<String>,
    hint: Option<String>,
    autocomplete: Option<&'static str>,
    optional: bool,
    required: bool,
    focus: bool,
    class: &'static str,
    list: Option<&'static str>,
    keeps: bool,
}

impl Field {
    fn new(name: impl Into<String>, kind: &'static str, inputmode: Option<&'static str>) -> Self {
        Self {
            name: name.into(),
            control: Control::Input { kind, inputmode },
            label: None,
            hint: None,
            autocomplete: None,
            optional: false,
            required: false,
            focus: false,
            class: "",
            list: None,
            keeps: true,
        }
    }

    /// One line of text.
    pub fn text(name: impl Into<String>) -> Self {
        Self::new(name, "text", None)
    }

    /// An e-mail address. A text field for the browser, so that only one place decides what an address is.
    pub fn email(name: impl Into<String>) -> Self {
        let mut field = Self::new(name, "text", Some("email"));
        field.autocomplete = Some("email");
        field
    }

    /// A password. It is never sent back to the page.
    pub fn password(name: impl Into<String>, autocomplete: &'static str) -> Self {
        let mut field = Self::new(name, "password", None);
        field.autocomplete = Some(autocomplete);
        field.keeps = false;
        field
    }

    /// A key or secret of another service: hidden while typed, never sent back, of no interest to password managers.
    pub fn secret(name: impl Into<String>) -> Self {
        Self::password(name, "off")
    }

    /// An amount or number as people write it.
    pub fn decimal(name: impl Into<String>) -> Self {
        Self::new(name, "text", Some("decimal")).class("number")
    }

    /// A whole number.
    pub fn digits(name: impl Into<String>) -> Self {
        Self::new(name, "text", Some("numeric")).class("number")
    }

    /// A date, with the browser's own picker.
    pub fn date(name: impl Into<String>) -> Self {
        Self::new(name, "date", None).class("date")
    }

    /// A time of the day, with the browser's own picker.
    pub fn time(name: impl Into<String>) -> Self {
        Self::new(name, "time", None).class("short")
    }

    /// A moment of a day on the business's clocks, with the browser's own picker.
    pub fn moment(name: impl Into<String>) -> Self {
        Self::new(name, "datetime-local", None).class("moment")
    }

    /// A phone number.
    pub fn phone(name: impl Into<String>) -> Self {
        let mut field = Self::new(name, "tel", Some("tel"));
        field.autocomplete = Some("tel");
        field
    }

    /// Several lines of text.
    pub fn area(name: impl Into<String>, rows: u8) -> Self {
        Self { control: Control::Area { rows }, ..Self::new(name, "text", None) }
    }

    /// Another label than the name's own.
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// What helps before typing.
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn autocomplete(mut self, value: &'static str) -> Self {
        self.autocomplete = Some(value);
        self
    }

    /// Says "(optional)" behind the label.
    pub fn optional(mut self) -> Self {
        self.optional = true;
        self
    }

    /// Tells assistive technology that this is needed. The browser does not refuse the form: the server answers with
    /// better words, for all fields at once.
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The field to start with, unless something is wrong (then the summary is).
    pub fn focus(mut self) -> Self {
        self.focus = true;
        self
    }

    /// A width or look: `short`, `number`, `date`.
    pub fn class(mut self, class: &'static str) -> Self {
        self.class = class;
        self
    }

    /// The id of a `<datalist>` with proposals.
    pub fn list(mut self, id: &'static str) -> Self {
        self.list = Some(id);
        self
    }

    pub fn draw(self, drawing: Drawing<'_>) -> AnyView {
        let words = drawing.words;
        let id = drawing.id(&self.name);
        let error = drawing.error(&self.name);
        let invalid = error.is_some();
        let label = self.label.unwrap_or_else(|| (words.field_label)(&self.name).to_owned());
        let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
        let described = described_by(&[(self.hint.is_some(), &hint_id), (invalid, &error_id)]);
        let value = if self.keeps { drawing.form.value(&self.name).to_owned() } else { String::new() };
        let focus = self.focus && drawing.form.errors().is_empty();
        let invalid_attribute = invalid.then_some("true");
        let required = self.required.then_some("true");
        let control = match self.control {
            Control::Input { kind, inputmode } => view! {
                <input
                    id=id.clone()
                    name=self.name
                    r#type=kind
                    value=value
                    class=self.class
                    inputmode=inputmode
                    autocomplete=self.autocomplete
                    autocapitalize=(kind == "password" || inputmode == Some("email")).then_some("none")
                    spellcheck=(kind == "password" || inputmode.is_some()).then_some("false")
                    list=self.list
                    autofocus=focus
                    aria-required=required
                    aria-invalid=invalid_attribute
                    aria-describedby=described
                />
            }
            .into_any(),
            Control::Area { rows } => view! {
                <textarea
                    id=id.clone()
                    name=self.name
                    rows=rows.to_string()
                    class=self.class
                    autocomplete=self.autocomplete
                    aria-required=required
                    aria-invalid=invalid_attribute
                    aria-describedby=described
                >
                    // A browser drops one line break at the start, so that one is given away first.
                    {format!("\n{value}")}
                </textarea>
            }
            .into_any(),
        };
        view! {
            <div class="field" class:invalid=invalid>
                <label for=id>
                    {label}
                    {self.optional.then(|| view! { <span class="optional">" "{words.form.optional}</span> })}
                </label>
                {self.hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
                {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
                {control}
            </div>
        }
        .into_any()
    }
}

/// A choice among a list, as the browser's own control.
pub(crate) struct Select {
    name: String,
    hint: Option<String>,
    options: Vec<(String, String)>,
    autocomplete: Option<&'static str>,
}

impl Select {
    /// A choice among `(value, text)`.
    pub fn new(name: impl Into<String>, options: Vec<(String, String)>) -> Self {
        Self { name: name.into(), hint: None, options, autocomplete: None }
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    pub fn autocomplete(mut self, value: &'static str) -> Self {
        self.autocomplete = Some(value);
        self
    }

    pub fn draw(self, drawing: Drawing<'_>) -> AnyView {
        let id = drawing.id(&self.name);
        let error = drawing.error(&self.name);
        let invalid = error.is_some();
        let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
        let described = described_by(&[(self.hint.is_some(), &hint_id), (invalid, &error_id)]);
        let chosen = drawing.form.value(&self.name).to_owned();
        // What was sent may be none of the choices; it is shown all the same, so that nothing changes silently.
        let unknown = (!chosen.is_empty() && !self.options.iter().any(|(value, _)| *value == chosen))
            .then(|| (chosen.clone(), chosen.clone()));
        let options = unknown
            .into_iter()
            .chain(self.options)
            .map(|(value, text)| {
                let selected = value == chosen;
                view! { <option value=value selected=selected>{text}</option> }
            })
            .collect_view();
        view! {
            <div class="field" class:invalid=invalid>
                <label for=id.clone()>
                    {(drawing.words.field_label)(&self.name)}
                </label>
                {self.hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
                {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
                <select
                    id=id
                    name=self.name
                    autocomplete=self.autocomplete
                    aria-invalid=invalid.then_some("true")
                    aria-describedby=described
                >
                    {options}
                </select>
            </div>
        }
        .into_any()
    }
}

/// One box to tick; an empty one sends nothing. Its id is the field's, unless `value` is one of several of that name.
pub(crate) fn check_box(
    drawing: Drawing<'_>,
    name: &str,
    value: &str,
    text: impl Into<String>,
    hint: Option<&'static str>,
) -> AnyView {
    let several = value != YES;
    let id = if several { format!("{}-{value}", field_id(name)) } else { field_id(name) };
    let error = drawing.error(name).filter(|_| !several);
    let (hint_id, error_id) = (format!("{id}-hint"), format!("{id}-error"));
    let described = described_by(&[(hint.is_some(), &hint_id), (error.is_some(), &error_id)]);
    view! {
        <div class="field">
            {error.map(|error| view! { <p class="error" id=error_id>{error}</p> })}
            <label class="check">
                <input
                    type="checkbox"
                    id=id
                    name=name.to_owned()
                    value=value.to_owned()
                    checked=drawing.form.holds(name, value)
                    aria-describedby=described
                />
                <span>{text.into()}</span>
            </label>
            {hint.map(|hint| view! { <p class="hint" id=hint_id>{hint}</p> })}
        </div>
    }
    .into_any()
}

/// What a single box sends when it is ticked.
pub(crate) const YES: &str = "yes";

/// Everything that a form holds, to be sent again unseen.
pub(crate) fn carried(form: &Form) -> AnyView {
    form.fields
        .iter()
        .map(|(name, value)| view! { <input type="hidden" name=name.clone() value=value.clone() /> })
        .collect_view()
        .into_any()
}

/// A field the person does not see, such as a portal link before it became a session.
pub(crate) fn hidden(name: &'static str, value: impl Into<String>) -> AnyView {
    view! { <input type="hidden" name=name value=value.into() /> }.into_any()
}

/// The ids that describe a control, of those that are there.
fn described_by(ids: &[(bool, &String)]) -> Option<String> {
    let ids: Vec<&str> = ids.iter().filter(|(there, _)| *there).map(|(_, id)| id.as_str()).collect();
    (!ids.is_empty()).then(|| ids.join(" "))
}
