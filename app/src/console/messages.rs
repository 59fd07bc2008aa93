//! The list of messages: what was sent and why, what was not and why not.
//!
//! The filter is a GET form: `state` and `channel` by their stable names, `customer` and `after` by id.

use domain::message::{Channel, MessageKind, MessageState};
use domain::schedule::StepId;
use domain::{CustomerId, InvoiceId, MessageId, Timestamp};
use leptos::prelude::*;

use super::message::look;
use super::{Section, Signed, handling, moment_view, page as console_page};
use crate::components::state;
use crate::form::hidden;
use crate::frame::Frame;
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagesPage {
    /// The messages found, newest first; at most a page full.
    pub rows: Vec<MessageRow>,
    /// Only those in this state.
    pub state: Option<MessageState>,
    /// Only those by this channel.
    pub channel: Option<Channel>,
    /// Only those to this customer, with their name.
    pub customer: Option<(CustomerId, String)>,
    /// Where the next page begins, if there is one.
    pub after: Option<MessageId>,
}

/// One message in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessageRow {
    /// The message.
    pub id: MessageId,
    /// What it is for.
    pub kind: MessageKind,
    /// How it goes.
    pub channel: Channel,
    /// Where it is in its life.
    pub state: MessageState,
    /// Its subject, once it was written.
    pub subject: Option<String>,
    /// To whom.
    pub to: String,
    /// When it was handed over, else when it ended, else when it was planned.
    pub at: Timestamp,
    /// The invoices it speaks of, with their numbers and the step said of each.
    pub parts: Vec<(InvoiceId, String, StepId)>,
    /// Earlier steps that it passed over for good.
    pub skipped: Vec<StepId>,
    /// Why it was not sent, or what the other side said, as it is on record.
    pub outcome: Option<String>,
}

/// The states one looks for. What is only under way for a moment is found among all.
const STATES: [MessageState; 6] = [
    MessageState::Queued,
    MessageState::Sent,
    MessageState::Failed,
    MessageState::Uncertain,
    MessageState::Cancelled,
    MessageState::Expired,
];

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &MessagesPage) -> String {
    let words = frame.words();
    let title = words.handling.messages;
    console_page(frame, signed, Section::Messages, title, false, || {
        let tab = |name: &'static str, state: Option<MessageState>| {
            let current = (state == view.state).then_some("true");
            view! { <li><a href=address(view, state, None) aria-current=current>{name}</a></li> }
        };
        let tabs = STATES.map(|state| tab(state_name(state, words), Some(state)));
        let channels = [Channel::Email, Channel::Sms, Channel::Letter].map(|channel| {
            let selected = view.channel == Some(channel);
            view! { <option value=channel.as_str() selected=selected>{(words.handling.channel)(channel)}</option> }
        });
        let customer = view.customer.clone().map(|(id, name)| {
            let href = format!("/console/customers/{id}");
            view! { <p class="soft"><a href=href>{(words.handling.only_customer)(&name)}</a></p> }
        });
        let found = if view.rows.is_empty() {
            view! { <p class="calm">{words.handling.no_messages}</p> }.into_any()
        } else {
            table(view, signed, frame)
        };
        let more = view.after.map(|after| {
            let href = address(view, view.state, Some(after));
            view! { <nav class="pages"><a class="button" href=href>{words.console.more}</a></nav> }
        });
        view! {
            <div class="page-head"><h1>{title}</h1>{customer}</div>
            <div class="filters">
                <nav aria-label=words.console.by_state>
                    <ul class="tabs">{tab(words.console.all, None)}{tabs.into_iter().collect_view()}</ul>
                </nav>
                <form class="search" method="get" action="/console/messages">
                    {view.state.map(|state| hidden("state", state.as_str()))}
                    {view.customer.as_ref().map(|(id, _)| hidden("customer", id.to_string()))}
                    <label class="visually-hidden" for="channel">{words.handling.by_channel}</label>
                    <select id="channel" name="channel">
                        <option value="">{words.handling.any_channel}</option>
                        {channels.into_iter().collect_view()}
                    </select>
                    <button class="button">{words.console.search}</button>
                </form>
            </div>
            {found}
            {more}
        }
    })
}

/// Two states read the same elsewhere; side by side they have to differ.
fn state_name(state: MessageState, words: &Words) -> &'static str {
    match state {
        MessageState::Expired => words.message.waited_too_long,
        state => (words.message.state)(state),
    }
}

/// The address of the list, filtered.
fn address(view: &MessagesPage, state: Option<MessageState>, after: Option<MessageId>) -> String {
    let parts = [
        state.map(|state| format!("state={state}")),
        view.channel.map(|channel| format!("channel={channel}")),
        view.customer.as_ref().map(|(id, _)| format!("customer={id}")),
        after.map(|after| format!("after={after}")),
    ];
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    if parts.is_empty() {
        "/console/messages".to_owned()
    } else {
        format!("/console/messages?{}", parts.join("&"))
    }
}

fn table(view: &MessagesPage, signed: &Signed, frame: &Frame) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let rows = view.rows.iter().map(|row| {
        let href = format!("/console/messages/{}", row.id);
        let name = row.subject.clone().unwrap_or_else(|| (words.message.kind)(row.kind).to_owned());
        let about = row.parts.iter().map(|(id, number, step)| {
            let step = (words.follow_up.step)(step.as_str());
            view! { <span class="block"><a href=format!("/console/invoices/{id}")>{number.clone()}</a>" · "{step}</span> }
        });
        let skipped = (!row.skipped.is_empty()).then(|| {
            let names = handling::step_names(&row.skipped, words);
            view! { <span class="block small soft">{(words.handling.skipped)(&names)}</span> }
        });
        let outcome = row.outcome.clone().filter(|_| row.state != MessageState::Sent);
        let outcome = outcome.map(|said| view! { <span class="block small soft wrap">{(words.handling.on_record)(&said)}</span> });
        view! {
            <tr>
                <th scope="row"><a href=href>{name}</a><span class="beneath">{row.to.clone()}</span></th>
                <td data-label=words.handling.by_channel>{(words.handling.channel)(row.channel)}</td>
                <td data-label=words.console.state><span>{state(look(row.state), state_name(row.state, words))}{outcome}</span></td>
                <td data-label=words.message.about><span>{about.collect_view()}{skipped}</span></td>
                <td data-label=words.message.sent_at>{moment_view(row.at, signed.zone, locale)}</td>
            </tr>
        }
    });
    view! {
        <table class="records">
            <thead>
                <tr>
                    <th scope="col">{words.message.what}</th>
                    <th scope="col">{words.handling.by_channel}</th>
                    <th scope="col">{words.console.state}</th>
                    <th scope="col">{words.message.about}</th>
                    <th scope="col">{words.message.when}</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
