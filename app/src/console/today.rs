//! Today: what needs a person, in order of money and time.

use domain::alarm::Alarm;
use domain::message::{MessageKind, MessageState};
use domain::role::Permission;
use domain::schedule::StepId;
use domain::task::TaskKind;
use domain::time::Timestamp;
use domain::{CustomerId, InvoiceId, MessageId, Money, RecurringId, TaskId};
use leptos::prelude::*;

use super::handling::{self, Back, Draft, HoldRow, call_form, hold_actions};
use super::invoice::approve_form;
use super::invoices::{InvoiceRow, table};
use super::{Section, Signed, moment_near, moment_view, page as console_page, recurring};
use crate::components::{Look, notice, state};
use crate::form::{Drawing, Form};
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TodayPage {
    /// Open amounts by currency.
    pub open: Vec<Money>,
    /// What of it is overdue, by currency.
    pub overdue_amounts: Vec<Money>,
    /// What came in over the last thirty days, by currency.
    pub received: Vec<Money>,
    /// What keeps messages from being sent although they should be.
    pub alarms: Vec<Alarm>,
    /// What a person must do, the most urgent first.
    pub tasks: Vec<TaskRow>,
    /// Messages that failed, or of which nobody knows.
    pub messages: Vec<TroubledMessage>,
    /// Overdue invoices, the longest overdue first; at most a page full.
    pub overdue: Vec<InvoiceRow>,
    /// How many reminders go out next, and when the first does.
    pub upcoming: Option<(u32, Timestamp)>,
    /// The business has no key for the payment provider yet, so nobody can pay online.
    pub lacks_gateway: bool,
}

/// Something a person must do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskRow {
    /// The task.
    pub id: TaskId,
    /// What kind.
    pub kind: TaskKind,
    /// Since when.
    pub raised_at: Timestamp,
    /// By when, if there is a day after which it is too late.
    pub due_at: Option<Timestamp>,
    /// How much it is about.
    pub amount: Option<Money>,
    /// Whom it is about.
    pub customer: Option<(CustomerId, String)>,
    /// The invoice it is about, with its number.
    pub invoice: Option<(InvoiceId, String)>,
    /// What is asked, where there is more to it than being done.
    pub asked: Asked,
}

/// What a task asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Asked {
    /// To be done, and then ticked off.
    Done,
    /// To say how a call went, as far as it was said.
    Call(Form),
    /// To let this step be said, in these words.
    Approve(StepId, Option<Box<Draft>>),
    /// To decide what becomes of this hold; with a new date that was refused.
    Review(Box<HoldRow>, Option<Form>),
    /// To look at this message.
    Message(MessageId),
    /// To look at this draft, and issue it.
    Draft(InvoiceId),
    /// To say how this recurring invoice goes on.
    Recurring(RecurringId),
}

/// A message that did not simply go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TroubledMessage {
    /// The message.
    pub id: MessageId,
    /// Failed or uncertain.
    pub state: MessageState,
    /// What it is for.
    pub kind: MessageKind,
    /// Its subject; none before it was written, and a text has none.
    pub subject: Option<String>,
    /// To whom.
    pub to: String,
    /// When.
    pub at: Timestamp,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &TodayPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    console_page(frame, signed, Section::Today, words.console.today, false, || {
        let figure = |label: &'static str, amounts: &[Money]| {
            let amounts = if amounts.is_empty() {
                view! { <p class="figure soft">"–"</p> }.into_any()
            } else {
                let shown =
                    amounts.iter().map(|sum| view! { <p class="figure money">{sum.format(locale)}</p> });
                shown.collect_view().into_any()
            };
            view! { <section><h2 class="label">{label}</h2>{amounts}</section> }
        };
        let nothing = view.alarms.is_empty()
            && view.tasks.is_empty()
            && view.messages.is_empty()
            && view.overdue.is_empty();
        let upcoming = view
            .upcoming
            .map(|(count, at)| (words.today.upcoming)(count, &moment_near(at, signed.zone, locale)));
        let overdue = (!view.overdue.is_empty()).then(|| {
            view! {
                <section class="stack">
                    <h2>{words.today.overdue_invoices}</h2>
                    {table(&view.overdue, true, signed, words, locale)}
                </section>
            }
        });
        view! {
            <div class="page-head"><h1>{words.console.today}</h1><p class="soft">{locale.date_full(signed.today)}</p></div>
            {view.alarms.iter().map(|alarm| {
                let (title, what) = (words.handling.alarm)(*alarm, locale);
                view! { <div role="alert">{notice(Look::Wrong, title, view! { <p>{what}</p> })}</div> }
            }).collect_view()}
            {view.lacks_gateway.then(|| gateway_hint(signed, words))}
            <div class="figures">
                {figure(words.today.open, &view.open)}
                {figure(words.today.overdue, &view.overdue_amounts)}
                {figure(words.today.received, &view.received)}
            </div>
            {nothing.then(|| view! { <p class="calm">{words.today.nothing}</p> })}
            <p class="soft">{upcoming}" "<a href="/console/outlook">{words.outlook.title}</a></p>
            {tasks(frame, signed, view)}
            {messages(frame, signed, view)}
            {overdue}
        }
    })
}

fn gateway_hint(signed: &Signed, words: &'static Words) -> AnyView {
    let link = signed
        .may(Permission::EditGateway)
        .then(|| view! { <p><a href="/console/settings#stripe">{words.today.set_up_gateway}</a></p> });
    notice(
        Look::Attention,
        words.today.lacks_gateway,
        view! { <p>{words.today.lacks_gateway_body}</p>{link} },
    )
}

fn tasks(frame: &Frame, signed: &Signed, view: &TodayPage) -> Option<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    if view.tasks.is_empty() {
        return None;
    }
    let rows = view.tasks.iter().map(|task| {
        let (title, what) = (words.task)(task.kind);
        let about = task.invoice.clone().map(|(id, number)| {
            view! { <a href=format!("/console/invoices/{id}")>{(words.invoice.numbered)(&number)}</a>" · " }
        });
        let step = match &task.asked {
            Asked::Approve(step, _) => Some(view! { <p><strong>{(words.follow_up.step)(step.as_str())}</strong></p> }),
            _ => None,
        };
        let customer = task.customer.clone().map(|(id, name)| {
            view! { <a href=format!("/console/customers/{id}")>{name}</a>" · " }
        });
        let note = match &task.asked {
            Asked::Review(hold, _) if !hold.note.is_empty() => Some(view! { <blockquote>{hold.note.clone()}</blockquote> }),
            _ => None,
        };
        let draft = match &task.asked {
            Asked::Approve(_, Some(draft)) => Some(view! {
                <details>
                    <summary>{words.handling.read_draft}</summary>
                    <div class="stack tight">{handling::draft(draft, signed, frame)}</div>
                </details>
            }),
            _ => None,
        };
        let due = task.due_at.map(|at| view! { <strong>{(words.today.due)(&moment_near(at, signed.zone, locale))}</strong>" · " });
        let amount = task.amount.map(|amount| view! { <span class="money">{amount.format(locale)}</span> });
        view! {
            <li>
                <div class="stack tight">
                    {state(Look::Attention, title)}
                    {step}
                    <p>{what}</p>
                    {note}
                    {draft}
                    <p class="small soft">{due}{about}{customer}{moment_view(task.raised_at, signed.zone, locale)}</p>
                </div>
                <div class="actions">{amount}{finish(frame, signed, task, title)}</div>
            </li>
        }
    });
    let rows = rows.collect_view();
    Some(
        view! { <section class="stack"><h2>{words.today.tasks}</h2><ul class="rows">{rows}</ul></section> }
            .into_any(),
    )
}

/// What this member can do about a task, in place.
fn finish(frame: &Frame, signed: &Signed, task: &TaskRow, title: &'static str) -> Option<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    let tick = || {
        signed.may(Permission::ResolveTasks).then(|| {
            view! {
                <form method="post" action=format!("/console/tasks/{}/resolve", task.id)>
                    <button class="button">
                        {words.today.finish}<span class="visually-hidden">": "{title}</span>
                    </button>
                </form>
            }
        })
    };
    let link = |href: String, text: &'static str| view! { <a class="button plain" href=href>{text}</a> };
    let view = match (&task.asked, task.kind) {
        (Asked::Call(form), _) => {
            let form = form.clone().scoped(task.id.to_string());
            let drawing = Drawing { form: &form, words, locale };
            let action = format!("/console/tasks/{}/call", task.id);
            return signed.may(Permission::ResolveTasks).then(|| call_form(drawing, action));
        }
        (Asked::Approve(step, _), _) => {
            let (invoice, _) = task.invoice.as_ref()?;
            let hold = link(format!("/console/invoices/{invoice}"), words.handling.hold);
            let approve = signed
                .may(Permission::ApproveSteps)
                .then(|| approve_form(*invoice, step, Some(Back::Today), words));
            view! { {hold}{approve} }.into_any()
        }
        (Asked::Review(hold, refused), _) => {
            return hold_actions(
                hold.id,
                hold.kind,
                &hold.note,
                Back::Today,
                signed,
                refused.as_ref(),
                frame,
            );
        }
        (Asked::Message(message), kind) => {
            let text = if kind == TaskKind::PostLetter {
                words.handling.read_letter
            } else {
                words.handling.read_message
            };
            let look = link(format!("/console/messages/{message}"), text);
            view! { {look}{tick()} }.into_any()
        }
        (Asked::Draft(draft), _) => {
            link(format!("/console/invoices/{draft}"), words.recurring.review).into_any()
        }
        (Asked::Recurring(id), _) => {
            link(format!("{}/{id}", recurring::PATH), words.recurring.look).into_any()
        }
        (Asked::Done, TaskKind::ReleaseParked) => {
            link("/console/parked".to_owned(), words.handling.see_parked).into_any()
        }
        (Asked::Done, TaskKind::FindContact) => {
            let look = task.customer.as_ref();
            let look = look.map(|(id, _)| link(format!("/console/customers/{id}"), words.handling.find));
            view! { {look}{tick()} }.into_any()
        }
        (Asked::Done, _) => tick()?.into_any(),
    };
    Some(view)
}

fn messages(frame: &Frame, signed: &Signed, view: &TodayPage) -> Option<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    if view.messages.is_empty() {
        return None;
    }
    let rows = view.messages.iter().map(|message| {
        let look = if message.state == MessageState::Uncertain { Look::Attention } else { Look::Wrong };
        let name = message.subject.clone().unwrap_or_else(|| (words.message.kind)(message.kind).to_owned());
        view! {
            <li>
                <div class="stack tight">
                    {state(look, (words.message.state)(message.state))}
                    <p><a href=format!("/console/messages/{}", message.id)>{name}</a></p>
                    <p class="small soft">{message.to.clone()}" · "{moment_view(message.at, signed.zone, locale)}</p>
                </div>
            </li>
        }
    });
    let rows = rows.collect_view();
    let heading = words.today.messages;
    Some(view! { <section class="stack"><h2>{heading}</h2><ul class="rows">{rows}</ul></section> }.into_any())
}
