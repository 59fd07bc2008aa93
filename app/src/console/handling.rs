//! What people do about following up, as parts of other pages: hold, end a hold, note a contact, finish a call.
//!
//! Forms post to `/console/holds` (with `customer`, or `invoice` once for each), `/console/holds/{id}/end` and `…/replace`,
//! `/console/customers/{id}/contacted`, `/console/invoices/{id}/contacted` and `/console/tasks/{id}/call`. A field `back` names
//! the page to come back to.

use domain::call::Outcome;
use domain::hold::HoldKind;
use domain::message::Channel;
use domain::role::Permission;
use domain::{CustomerId, Date, HoldId, InvoiceId, Timestamp};
use leptos::prelude::*;

use super::{Signed, moment, moment_near};
use crate::components::{Look, state};
use crate::form::{Drawing, Field, Form, Select, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// A hold that stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HoldRow {
    /// The hold.
    pub id: HoldId,
    /// Why.
    pub kind: HoldKind,
    /// In its author's words; may be empty.
    pub note: String,
    /// The day it is meant to last to.
    pub until: Option<Date>,
    /// Who placed it; none when the customer did.
    pub author: Option<String>,
    /// When.
    pub placed_at: Timestamp,
    /// Whom it is about.
    pub customer: CustomerId,
    /// Their name.
    pub customer_name: String,
    /// The invoice it is on, with its number, unless it is on everything.
    pub invoice: Option<(InvoiceId, String)>,
    /// Its day has come, and somebody decides what becomes of it.
    pub wants_review: bool,
}

/// A message as it would go out once its step is approved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    /// When, if it were approved now.
    pub at: Timestamp,
    /// How.
    pub channel: Channel,
    /// To whom.
    pub to: String,
    /// The subject, where the channel has one.
    pub subject: Option<String>,
    /// The text, as the reader would have it.
    pub text: String,
}

/// To whom, when, and word for word what.
pub(crate) fn draft(draft: &Draft, signed: &Signed, frame: &Frame) -> AnyView {
    let words = frame.words();
    let when = moment_near(draft.at, signed.zone, frame.locale);
    let channel = (words.handling.channel)(draft.channel);
    view! {
        <p class="small soft">{(words.handling.draft)(channel, &draft.to, &when)}</p>
        <div class="letter stack tight">
            {draft.subject.clone().map(|subject| view! { <p><strong>{subject}</strong></p> })}
            <pre>{draft.text.clone()}</pre>
        </div>
    }
    .into_any()
}

/// The page a form comes back to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Back {
    /// What needs a person.
    Today,
    /// The list of holds.
    Holds,
    /// The invoice the form is about.
    Invoice,
    /// The customer the form is about.
    Customer,
}

impl Back {
    /// The name in a form.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Holds => "holds",
            Self::Invoice => "invoice",
            Self::Customer => "customer",
        }
    }

    /// What a form names. Anything else is not one of ours.
    pub fn from_name(name: &str) -> Option<Self> {
        [Self::Today, Self::Holds, Self::Invoice, Self::Customer].into_iter().find(|back| back.name() == name)
    }
}

/// Why, until when, and in what words.
pub(crate) fn hold_fields(drawing: Drawing<'_>) -> AnyView {
    let words = drawing.words;
    let kinds = [HoldKind::Manual, HoldKind::Promise, HoldKind::AlreadyPaid, HoldKind::Dispute];
    let kinds = kinds.map(|kind| (kind.as_str().to_owned(), (words.handling.kind)(kind).to_owned()));
    view! {
        <div class="columns">
            {Select::new("hold_kind", kinds.to_vec()).draw(drawing)}
            {Field::date("hold_until").optional().draw(drawing)}
        </div>
        <p class="hint">{words.handling.until_hint}</p>
        {Field::area("hold_note", 2).optional().draw(drawing)}
    }
    .into_any()
}

/// What is about to be held.
pub(crate) enum Holding {
    Invoice(InvoiceId),
    Customer(CustomerId),
}

/// "Hold": opens the form that does; open already when it was refused.
pub(crate) fn hold_form(drawing: Drawing<'_>, holding: &Holding) -> AnyView {
    let words = &drawing.words.handling;
    let (label, what, button, subject) = match holding {
        Holding::Invoice(id) => (words.hold, words.hold_what, words.place, hidden("invoice", id.to_string())),
        Holding::Customer(id) => {
            (words.hold_all, words.hold_all_what, words.place_all, hidden("customer", id.to_string()))
        }
    };
    let refused = !drawing.form.errors().is_empty();
    view! {
        <details class="ask" open=refused>
            <summary class="button">{label}</summary>
            <form class="stack" method="post" action="/console/holds">
                {drawing.summary()}
                <p>{what}</p>
                {subject}
                {hold_fields(drawing)}
                <div><button class="button primary">{button}</button></div>
            </form>
        </details>
    }
    .into_any()
}

/// "I contacted them": opens the form that notes it.
pub(crate) fn contacted_form(drawing: Drawing<'_>, action: String) -> AnyView {
    let words = &drawing.words.handling;
    let channels = [Channel::Call, Channel::Email, Channel::Letter, Channel::Sms];
    let channels = channels.map(|channel| (channel.as_str().to_owned(), (words.channel)(channel).to_owned()));
    let refused = !drawing.form.errors().is_empty();
    let spoke = drawing.form.holds("contact_spoke", "yes");
    view! {
        <details class="ask" open=refused>
            <summary class="button">{words.contacted}</summary>
            <form class="stack" method="post" action=action>
                {drawing.summary()}
                <p>{words.contacted_what}</p>
                <div class="columns">
                    {Select::new("contact_channel", channels.to_vec()).draw(drawing)}
                    {Field::moment("contact_at").optional().hint(words.now_hint).draw(drawing)}
                </div>
                <label class="check">
                    <input type="checkbox" name="contact_spoke" value="yes" checked=spoke />
                    <span>{words.spoke}</span>
                </label>
                {Field::area("contact_note", 2).optional().draw(drawing)}
                <div><button class="button primary">{words.note_it}</button></div>
            </form>
        </details>
    }
    .into_any()
}

/// How a call went, and what was said on it.
pub(crate) fn call_form(drawing: Drawing<'_>, action: String) -> AnyView {
    let words = &drawing.words.handling;
    let outcomes = Outcome::ALL
        .iter()
        .map(|outcome| (outcome.as_str().to_owned(), (words.outcome)(*outcome).to_owned()));
    let refused = !drawing.form.errors().is_empty();
    view! {
        <details class="ask" open=refused>
            <summary class="button primary">{words.call}</summary>
            <form class="stack" method="post" action=action>
                {drawing.summary()}
                <div class="columns">
                    {Select::new("call_outcome", outcomes.collect()).draw(drawing)}
                    {Field::date("call_until").optional().draw(drawing)}
                </div>
                <p class="hint">{words.call_until_hint}</p>
                {Field::area("call_note", 2).optional().draw(drawing)}
                <div><button class="button primary">{words.call_finish}</button></div>
            </form>
        </details>
    }
    .into_any()
}

/// Ends a hold, or has it last to another day.
pub(crate) fn hold_actions(
    hold: HoldId,
    kind: HoldKind,
    note: &str,
    back: Back,
    signed: &Signed,
    form: Option<&Form>,
    frame: &Frame,
) -> Option<AnyView> {
    if !signed.may(Permission::HoldFollowUp) {
        return None;
    }
    let words = frame.words();
    let scoped = form.cloned().unwrap_or_default().scoped(hold.to_string());
    let drawing = Drawing { form: &scoped, words, locale: frame.locale };
    let refused = !scoped.errors().is_empty();
    let view = view! {
        <div class="actions">
            <form method="post" action=format!("/console/holds/{hold}/end")>
                {hidden("back", back.name())}
                <button class="button">{words.handling.end}</button>
            </form>
            <details class="ask" open=refused>
                <summary class="button plain">{words.handling.hold_on}</summary>
                <form class="stack" method="post" action=format!("/console/holds/{hold}/replace")>
                    {drawing.summary()}
                    {hidden("back", back.name())}
                    {hidden("hold_kind", kind.as_str())}
                    {hidden("hold_note", note)}
                    {Field::date("hold_until").label(words.handling.hold_on_until).required().draw(drawing)}
                    <div><button class="button primary">{words.handling.hold_on}</button></div>
                </form>
            </details>
        </div>
    };
    Some(view.into_any())
}

/// What stands, each with what can be done about it.
pub(crate) fn hold_rows(
    rows: &[HoldRow],
    back: Back,
    refused: Option<&(HoldId, Form)>,
    signed: &Signed,
    frame: &Frame,
) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let items = rows.iter().map(|row| {
        let look = if row.wants_review { Look::Attention } else { Look::Quiet };
        let until = row.until.map(|day| (words.handling.until)(&locale.date_medium(day)));
        let heading = [Some((words.handling.standing)(row.kind).to_owned()), until];
        let heading = heading.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let review = row.wants_review.then(|| format!("{} · ", words.handling.wants_review));
        let about = (!matches!(back, Back::Invoice)).then(|| match &row.invoice {
            Some((id, number)) => {
                let href = format!("/console/invoices/{id}");
                view! { <a href=href>{(words.invoice.numbered)(number)}</a>" · " }.into_any()
            }
            None => format!("{} · ", words.handling.everything).into_any(),
        });
        let everything = (matches!(back, Back::Invoice) && row.invoice.is_none())
            .then(|| format!("{} · ", words.handling.everything));
        let customer = matches!(back, Back::Holds | Back::Today).then(|| {
            let href = format!("/console/customers/{}", row.customer);
            view! { <a href=href>{row.customer_name.clone()}</a>" · " }
        });
        let note = (!row.note.is_empty()).then(|| view! { <blockquote>{row.note.clone()}</blockquote> });
        let by = (words.handling.by)(row.author.as_deref(), &moment(row.placed_at, signed.zone, locale));
        let form = refused.filter(|(hold, _)| *hold == row.id).map(|(_, form)| form);
        view! {
            <li>
                <div class="stack tight">
                    {state(look, heading)}
                    {note}
                    <p class="small soft">{review}{about}{everything}{customer}{by}</p>
                </div>
                {hold_actions(row.id, row.kind, &row.note, back, signed, form, frame)}
            </li>
        }
    });
    view! { <ul class="rows">{items.collect_view()}</ul> }.into_any()
}

/// The steps of a message or task, by name.
pub(crate) fn step_names(steps: &[domain::schedule::StepId], words: &Words) -> String {
    let names: Vec<&str> = steps.iter().map(|step| (words.follow_up.step)(step.as_str())).collect();
    (words.list)(&names)
}
