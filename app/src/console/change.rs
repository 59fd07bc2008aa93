//! What would change: between typing a change and saving it. Lists what would be said to whom today and over ninety days,
//! as it is and with the change.
//!
//! The page carries the whole form on, unseen, so that saving saves exactly what was looked at: `do` is `save` or `edit`.

use domain::message::Channel;
use domain::schedule::{StepId, Tone};
use domain::{CustomerId, InvoiceId, Timestamp};
use leptos::prelude::*;

use super::{Section, Signed, moment_near, page as console_page};
use crate::components::{Look, state};
use crate::form::{Form, carried};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangePage {
    /// What is about to be changed.
    pub of: Of,
    /// Where the form is sent to.
    pub action: String,
    /// Everything that was typed.
    pub form: Form,
    /// What goes out at once.
    pub today: BeforeAndAfter,
    /// What is said in ninety days, today included.
    pub in_all: BeforeAndAfter,
    /// How many customers were looked at.
    pub looked_at: u32,
    /// For how many of them nothing changes.
    pub unchanged: u32,
    /// There are more than are looked at.
    pub bounded: bool,
    /// More are affected than are listed.
    pub list_bounded: bool,
    /// Who is affected, and how.
    pub customers: Vec<CustomerChange>,
}

/// What is about to be changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// A schedule, by its name.
    Schedule(String),
    /// The settings.
    Settings,
    /// A group, by its name.
    Group(String),
    /// How one customer is followed up.
    Customer(CustomerId, String),
}

/// So many messages and tasks, without the change and with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BeforeAndAfter {
    /// Messages as it is, and with the change.
    pub messages: (u32, u32),
    /// Tasks for people as it is, and with the change.
    pub tasks: (u32, u32),
}

/// What changes for one customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerChange {
    /// Who.
    pub id: CustomerId,
    /// Their name.
    pub name: String,
    /// Word by word, earliest first; what stays the same included.
    pub rows: Vec<ChangeRow>,
    /// Steps that count as said without ever having been.
    pub counted: Vec<(InvoiceId, String, StepId)>,
}

/// One word about one invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRow {
    /// About which.
    pub invoice: (InvoiceId, String),
    /// By which step.
    pub step: StepId,
    /// As it is.
    pub before: Option<Spoken>,
    /// With the change.
    pub after: Option<Spoken>,
}

/// How something would be said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// When.
    pub at: Timestamp,
    /// How.
    pub by: Channel,
    /// In which tone.
    pub tone: Tone,
    /// The friendlier tone the step asks for.
    pub instead_of: Option<Tone>,
}

impl Spoken {
    /// Whether the customer would notice no difference.
    fn sounds_like(&self, other: &Self) -> bool {
        (self.at, self.by, self.tone) == (other.at, other.by, other.tone)
    }
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &ChangePage) -> String {
    let words = frame.words();
    let change = &words.change;
    let (section, title, save) = match &view.of {
        Of::Schedule(name) => (Section::Settings, (change.of_schedule)(name), change.save_schedule),
        Of::Settings => (Section::Settings, change.title.to_owned(), change.save),
        Of::Group(name) => (Section::Settings, (change.of_group)(name), change.save),
        Of::Customer(_, name) => (Section::Customers, (change.of_customer)(name), change.save),
    };
    console_page(frame, signed, section, &title, false, || {
        let nothing = view.customers.is_empty().then(|| view! { <p class="calm">{change.nothing}</p> });
        let bounded = view.bounded.then(|| view! { <p class="notice attention">{change.bounded}</p> });
        let cut = view.list_bounded.then(|| view! { <p class="soft">{change.shown_bounded}</p> });
        let unchanged = (view.unchanged > 0 && !view.customers.is_empty())
            .then(|| view! { <p class="soft">{(change.unchanged)(view.unchanged)}</p> });
        let customers =
            view.customers.iter().map(|customer| customer_change(customer, signed, frame)).collect_view();
        view! {
            {crumbs(&view.of, words)}
            <div class="page-head">
                <div class="stack tight">
                    <h1>{title.clone()}</h1>
                    <p class="soft">{change.unsaved}" "{(change.looked_at)(view.looked_at)}</p>
                </div>
            </div>
            {bounded}
            {figures(view, words)}
            <form class="actions" method="post" action=view.action.clone()>
                {carried(&view.form)}
                <button class="button primary large" name="do" value="save">{save}</button>
                <button class="button" name="do" value="edit">{change.go_on}</button>
            </form>
            {nothing}
            <div class="stack loose">{customers}</div>
            {cut}
            {unchanged}
        }
    })
}

fn crumbs(of: &Of, words: &'static Words) -> AnyView {
    let (href, name) = match of {
        Of::Schedule(_) => ("/console/schedules".to_owned(), words.schedules.title.to_owned()),
        Of::Settings => ("/console/settings/following-up".to_owned(), words.following_up.title.to_owned()),
        Of::Group(_) => ("/console/groups".to_owned(), words.following_up.groups.to_owned()),
        Of::Customer(id, name) => (format!("/console/customers/{id}"), name.clone()),
    };
    view! { <nav class="crumbs"><a href=href>{name}</a></nav> }.into_any()
}

/// How much would be said today and in all, as it is and with the change.
fn figures(view: &ChangePage, words: &'static Words) -> AnyView {
    let change = &words.change;
    let row = |label: &'static str, figures: BeforeAndAfter| {
        let told = |messages: u32, tasks: u32| {
            let tasks = (tasks > 0).then(|| format!(" · {}", (change.tasks)(tasks)));
            format!("{}{}", (change.messages)(messages), tasks.unwrap_or_default())
        };
        view! {
            <tr>
                <th scope="row">{label}</th>
                <td data-label=change.before>{told(figures.messages.0, figures.tasks.0)}</td>
                <td data-label=change.after><strong>{told(figures.messages.1, figures.tasks.1)}</strong></td>
            </tr>
        }
    };
    view! {
        <table class="records">
            <thead>
                <tr>
                    <td></td>
                    <th scope="col">{change.before}</th>
                    <th scope="col">{change.after}</th>
                </tr>
            </thead>
            <tbody>{row(change.today, view.today)}{row(change.days, view.in_all)}</tbody>
        </table>
    }
    .into_any()
}

fn customer_change(customer: &CustomerChange, signed: &Signed, frame: &Frame) -> AnyView {
    let words = frame.words();
    let change = &words.change;
    let rows = customer.rows.iter().map(|row| change_row(row, signed, frame)).collect_view();
    let raised =
        customer.rows.iter().any(|row| row.after.as_ref().is_some_and(|said| said.instead_of.is_some()));
    let counted = (!customer.counted.is_empty()).then(|| {
        let items = customer.counted.iter().map(|(invoice, number, step)| {
            view! {
                <li>
                    <a href=format!("/console/invoices/{invoice}")>{(words.invoice.numbered)(number)}</a>
                    ": "{(words.follow_up.step)(step.as_str())}
                </li>
            }
        });
        view! {
            <details>
                <summary>{change.counted}</summary>
                <p class="hint">{change.counted_hint}</p>
                <ul>{items.collect_view()}</ul>
            </details>
        }
    });
    view! {
        <section class="stack">
            <h2><a href=format!("/console/customers/{}", customer.id)>{customer.name.clone()}</a></h2>
            <table class="records">
                <thead>
                    <tr>
                        <th scope="col">{words.console.invoice}</th>
                        <th scope="col">{change.what}</th>
                        <th scope="col">{change.said_before}</th>
                        <th scope="col">{change.said_after}</th>
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
            {raised.then(|| view! { <p class="hint">{change.raised_hint}</p> })}
            {counted}
        </section>
    }
    .into_any()
}

fn change_row(row: &ChangeRow, signed: &Signed, frame: &Frame) -> AnyView {
    let words = frame.words();
    let change = &words.change;
    let (look, mark) = match (&row.before, &row.after) {
        (Some(before), Some(after)) if before.sounds_like(after) => (Look::Quiet, change.same),
        (Some(_), Some(_)) => (Look::Attention, change.changed),
        (None, _) => (Look::Open, change.added),
        (Some(_), None) => (Look::Hollow, change.dropped),
    };
    let told = |said: Option<&Spoken>| match said {
        None => view! { <span class="soft">{change.not_said}</span> }.into_any(),
        Some(said) => {
            let tone = (words.schedules.tone_name)(said.tone);
            let raised = said
                .instead_of
                .map(|asked_for| format!(" ({})", (change.raised)((words.schedules.tone_name)(asked_for))));
            view! {
                <span class="block">
                    <strong>{moment_near(said.at, signed.zone, frame.locale)}</strong>
                    <br />
                    <span class="small">{(words.schedules.channel_name)(said.by)}" · "{tone}{raised}</span>
                </span>
            }
            .into_any()
        }
    };
    let (invoice, number) = &row.invoice;
    view! {
        <tr>
            <th scope="row"><a href=format!("/console/invoices/{invoice}")>{(words.invoice.numbered)(number)}</a></th>
            <td data-label=change.what>{state(look, mark)}</td>
            <td data-label=change.said_before>{told(row.before.as_ref())}</td>
            <td data-label=change.said_after>{told(row.after.as_ref())}</td>
        </tr>
    }
    .into_any()
}
