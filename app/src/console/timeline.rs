//! The timeline: everything that happened, newest first, each with author and time.

use domain::Locale;
use domain::event::{ActorKind, EventKind};
use leptos::prelude::*;

use super::{Signed, TimelineEntry, moment_view};
use crate::components::Look;
use crate::words::Words;

/// Draws the entries in the order given.
pub(crate) fn draw(
    entries: &[TimelineEntry],
    signed: &Signed,
    words: &'static Words,
    locale: Locale,
) -> AnyView {
    if entries.is_empty() {
        return view! { <p class="soft">{words.timeline.empty}</p> }.into_any();
    }
    let items = entries.iter().map(|entry| item(entry, signed, words, locale)).collect_view();
    view! { <ol class="timeline">{items}</ol> }.into_any()
}

fn item(entry: &TimelineEntry, signed: &Signed, words: &'static Words, locale: Locale) -> AnyView {
    let facts = &entry.facts;
    let sentence = (words.timeline.event)(entry.kind, facts, locale);
    let actor = match entry.actor {
        // The one provider of payments is not the one that reports about texts.
        ActorKind::Provider if facts.message.is_some() => words.timeline.sms_gateway,
        kind => (words.timeline.actor)(kind),
    };
    let actor = entry.actor_name.clone().unwrap_or_else(|| actor.to_owned());
    let invoices = facts.invoices.iter().map(|(id, number)| {
        view! { <a href=format!("/console/invoices/{id}")>{(words.invoice.numbered)(number)}</a>" · " }
    });
    let invoices = invoices.collect_view();
    let message = facts.message.map(|id| {
        view! { " · "<a href=format!("/console/messages/{id}")>{words.timeline.read_message}</a> }
    });
    let note = facts.note.clone().map(|note| view! { <blockquote>{note}</blockquote> });
    view! {
        <li class=look(entry.kind, entry.actor).class()>
            <p>{sentence}</p>
            {note}
            <p class="small soft">{invoices}{moment_view(entry.at, signed.zone, locale)}" · "{actor}{message}</p>
        </li>
    }
    .into_any()
}

/// Money in green, trouble in red, what waits in amber, what reached or came from the customer in the accent.
fn look(kind: EventKind, actor: ActorKind) -> Look {
    match kind {
        EventKind::InvoicePaid
        | EventKind::PaymentBooked
        | EventKind::PaymentApplied
        | EventKind::AttemptSucceeded => Look::Done,
        EventKind::AttemptFailed | EventKind::MessageFailed | EventKind::InvoiceReopened => Look::Wrong,
        EventKind::MessageUncertain
        | EventKind::TaskRaised
        | EventKind::PaymentUnapplied
        | EventKind::AttemptUnknown
        | EventKind::ContactSuppressed => Look::Attention,
        EventKind::AttemptProcessing | EventKind::AttemptOpened | EventKind::AttemptCreated => Look::Underway,
        EventKind::InvoiceIssued | EventKind::MessageSent => Look::Open,
        _ if actor == ActorKind::Customer => Look::Open,
        _ => Look::Quiet,
    }
}
