//! One message, exactly as it was handed over, with what the other side said.

use domain::message::{Channel, MessageKind, MessageState};
use domain::schedule::StepId;
use domain::time::Timestamp;
use domain::{InvoiceId, MessageId};
use leptos::prelude::*;

use super::{Section, Signed, handling, moment_view, page as console_page};
use crate::components::{Look, notice, state};
use crate::frame::Frame;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// The message.
    pub id: MessageId,
    /// What it was for.
    pub kind: MessageKind,
    /// Where it is in its life.
    pub state: MessageState,
    /// Its sender, as the recipient sees it.
    pub from: String,
    /// How it goes.
    pub channel: Channel,
    /// Its recipient.
    pub to: String,
    /// Its subject; `None` before it was written.
    pub subject: Option<String>,
    /// When it was decided.
    pub queued_at: Timestamp,
    /// When it was handed over.
    pub sent_at: Option<Timestamp>,
    /// When the other side confirmed that it arrived.
    pub arrived_at: Option<Timestamp>,
    /// What the other side said.
    pub evidence: Option<String>,
    /// What it speaks of, and why.
    pub parts: Vec<Spoken>,
    /// Earlier steps that it passed over for good.
    pub skipped: Vec<StepId>,
    /// Somebody had it sent before its day.
    pub sent_at_once: bool,
    /// The text part; `None` before it was written. Links stand in it as `[link lnk_…]`.
    pub text: Option<String>,
    /// The HTML part.
    pub html: Option<String>,
}

/// An invoice that a message speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Spoken {
    /// Which.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// The step said, and how many days after the due date that is; none for an answer.
    pub step: Option<(StepId, i32)>,
    /// Why it was left out in the end, as it is on record.
    pub left_out: Option<String>,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &MessagePage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let message = &words.message;
    let title = view.subject.clone().unwrap_or_else(|| (message.kind)(view.kind).to_owned());
    console_page(frame, signed, Section::Messages, &title, false, || {
        let parts = view.parts.iter().map(|part| {
            let step = part.step.as_ref().map(|(step, days)| {
                format!(" · {}", (message.said)((words.follow_up.step)(step.as_str()), *days))
            });
            let left_out = part.left_out.as_ref().map(|reason| {
                let reason = (message.left_out)(&(words.handling.on_record)(reason));
                view! { <br /><span class="small soft">{reason}</span> }
            });
            let href = format!("/console/invoices/{}", part.invoice);
            view! { <li><a href=href>{(words.invoice.numbered)(&part.number)}</a>{step}{left_out}</li> }
        });
        let at_once = view.sent_at_once.then(|| view! { <li>{message.sent_at_once}</li> });
        let skipped = (!view.skipped.is_empty()).then(|| {
            let names = handling::step_names(&view.skipped, words);
            view! { <li>{(words.handling.skipped)(&names)}</li> }
        });
        let why = if view.parts.iter().any(|part| part.step.is_some()) {
            words.handling.why
        } else {
            message.about
        };
        let parts = (!view.parts.is_empty()).then(|| {
            view! { <dt>{why}</dt><dd><ul>{parts.collect_view()}{at_once}{skipped}</ul></dd> }
        });
        let sent = view.sent_at.map(|at| {
            view! { <dt>{message.sent_at}</dt><dd>{moment_view(at, signed.zone, locale)}</dd> }
        });
        let arrived = view.arrived_at.map(|at| {
            view! { <dt>{message.arrived_at}</dt><dd>{moment_view(at, signed.zone, locale)}</dd> }
        });
        let evidence = view.evidence.as_ref().map(|said| {
            let unsent = matches!(view.state, MessageState::Cancelled | MessageState::Expired);
            let label = if unsent { message.why_not } else { message.evidence };
            view! { <dt>{label}</dt><dd class="wrap">{(words.handling.on_record)(said)}</dd> }
        });
        let explained = (message.state_meaning)(view.state)
            .map(|meaning| notice(look(view.state), (message.state)(view.state), view! { <p>{meaning}</p> }));
        let html = view.html.is_some().then(|| {
            // The body is a document of its own, because this page's policy forbids the styles that mails carry.
            // `sandbox` without permissions: nothing in it runs, and links in it lead nowhere.
            let body = format!("/console/messages/{}/body", view.id);
            view! {
                <section class="stack">
                    <h2>{message.as_html}</h2>
                    <iframe class="mail" sandbox="" src=body title=message.as_html></iframe>
                </section>
            }
        });
        let text = view.text.clone().map(|text| {
            view! { <section class="stack"><h2>{message.as_text}</h2><pre class="card mono">{text}</pre></section> }
        });
        // The letter alone prints as a letter: it is the document of the frame.
        let print = (view.channel == Channel::Letter && view.html.is_some()).then(|| {
            let body = format!("/console/messages/{}/body", view.id);
            view! { <p><a class="button primary" href=body target="_blank">{message.open_to_print}</a></p> }
        });
        let unwritten = view.text.is_none().then(|| view! { <p class="soft">{message.not_written_yet}</p> });
        view! {
            <nav class="crumbs"><a href="/console/messages">{words.handling.messages}</a></nav>
            <div class="page-head"><h1>{title.clone()}</h1>{state(look(view.state), (message.state)(view.state))}</div>
            {explained}
            <dl class="pairs card">
                <dt>{message.what}</dt><dd>{(message.kind)(view.kind)}</dd>
                <dt>{message.from}</dt><dd>{view.from.clone()}</dd>
                <dt>{message.to}</dt><dd>{view.to.clone()}</dd>
                <dt>{message.decided_at}</dt><dd>{moment_view(view.queued_at, signed.zone, locale)}</dd>
                {sent}
                {arrived}
                {parts}
                {evidence}
            </dl>
            {print}
            {unwritten}
            <div class="beside even">{html}{text}</div>
        }
    })
}

pub(super) const fn look(state: MessageState) -> Look {
    match state {
        MessageState::Queued | MessageState::Claimed | MessageState::HandingOver => Look::Underway,
        MessageState::Sent => Look::Done,
        MessageState::Failed => Look::Wrong,
        MessageState::Uncertain => Look::Attention,
        MessageState::Cancelled | MessageState::Expired => Look::Quiet,
    }
}
