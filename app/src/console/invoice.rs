//! One invoice as the customer sees it, beside everything that happened, and what happens next and why.
//!
//! Changes are POST forms: `…/issue`, `…/void` and `…/discard` (each asked once, by a page of the browser's own
//! `<details>`), `…/links` (mints a portal link, shown once) and `…/links/{id}/revoke`. Following up: `…/approve` and `…/send`
//! name the `step` that was seen; for the rest see [`super::handling`].

use domain::invoice::{IssueError, VoidError};
use domain::role::Permission;
use domain::schedule::{Decision, HoldReason, StepId};
use domain::sheet::InvoiceSheet;
use domain::time::Timestamp;
use domain::{CustomerId, HoldId, InvoiceId, LinkId, RecurringId};
use leptos::prelude::*;

use super::handling::{self, Back, Draft, HoldRow, Holding, contacted_form, hold_form, hold_rows};
use super::invoices::next_step;
use super::{
    Section, Signed, TimelineEntry, moment_near, moment_view, money, page as console_page, recurring,
    timeline,
};
use crate::components::{Look, copy_button, notice, standing};
use crate::form::{Drawing, Form, hidden};
use crate::frame::Frame;
use crate::portal::sheet;
use crate::words::Words;
use domain::invoice::InvoiceStatus;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoicePage {
    /// The invoice.
    pub sheet: InvoiceSheet,
    /// Who owes.
    pub customer: CustomerId,
    /// The draft's version, which a form sends back so that two people cannot overwrite each other.
    pub version: i64,
    /// What the follow-up does next; `None` for a draft.
    pub next: Option<Decision>,
    /// What people have a say in; `None` for a draft and for what is settled.
    pub handling: Option<Handling>,
    /// Everything that happened, newest first.
    pub timeline: Vec<TimelineEntry>,
    /// The recurring invoice it was written by.
    pub recurring: Option<RecurringId>,
    /// The portal links that still open it, newest first.
    pub links: Vec<PortalLink>,
    /// A link that was minted just now. It is shown this once; only its digest is kept.
    pub fresh_link: Option<String>,
    /// Why what was asked for was refused.
    pub refused: Option<Refusal>,
}

/// What people have a say in about an open invoice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handling {
    /// What holds it by word, its customer's holds included.
    pub holds: Vec<HoldRow>,
    /// The step that *Send now* would say; none when the next step is a person's to do, or none is left.
    pub sendable: Option<StepId>,
    /// What would be said once the step that waits for approval has it.
    pub draft: Option<Draft>,
    /// The form that places a hold.
    pub hold_form: Form,
    /// The form that notes a contact.
    pub contact_form: Form,
    /// A new date that was refused, for this hold.
    pub refused_hold: Option<(HoldId, Form)>,
}

/// Why the next step was not sent at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotNow {
    /// Nothing is open, or no step is left.
    Nothing,
    /// Something holds it.
    Held,
    /// It is not the hour.
    OutsideHours,
    /// They heard from the business just now.
    Gap,
    /// No further call may be made yet.
    CallCap,
    /// Nobody can be written to.
    Nobody,
    /// The next step is done by a person.
    ByPerson,
}

/// A portal link of the invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortalLink {
    /// The link.
    pub id: LinkId,
    /// Who it was made for.
    pub contact: Option<String>,
    /// When it ends by itself.
    pub expires_at: Timestamp,
    /// When a person first acted on it.
    pub opened_at: Option<Timestamp>,
}

/// Why something about an invoice was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It cannot be issued.
    Issue(IssueError),
    /// It cannot be voided.
    Void(VoidError),
    /// Someone else changed it meanwhile; the page shows what it is now.
    Changed,
    /// The next step cannot be sent at once.
    NotNow {
        /// Why.
        reason: NotNow,
        /// When it could, as things stand.
        at: Option<Timestamp>,
    },
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &InvoicePage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = title(&view.sheet, words);
    console_page(frame, signed, Section::Invoices, &title, view.refused.is_some(), || {
        let customer = format!("/console/customers/{}", view.customer);
        let recurring = view.recurring.map(|id| {
            let href = format!("{}/{id}", recurring::PATH);
            view! { <p class="small"><a href=href>{words.recurring.of_invoice}</a></p> }
        });
        let about = view.sheet.title.as_ref().map(|title| format!("{} · ", title.as_str()));
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a></nav>
            {view.refused.as_ref().map(|refusal| {
                notice(Look::Wrong, refusal_text(refusal, signed, frame), ())
            })}
            <div class="page-head">
                <div class="stack tight">
                    <h1>{title.clone()}</h1>
                    <p class="soft">{about}<a href=customer>{view.sheet.customer.name.as_str().to_owned()}</a></p>
                    {recurring}
                </div>
                <div class="headline">
                    {standing(view.sheet.standing.name(), words)}
                    <span class="money amount">{view.sheet.balance.open.format(locale)}</span>
                </div>
            </div>
            <div class="beside with-paper">
                {now(frame, signed, view)}
                <div class="papers">{sheet::paper(&view.sheet, words, locale)}</div>
                <div class="stack loose rest">
                    {(view.sheet.status != InvoiceStatus::Draft).then(|| actions(signed, view, words))}
                    {links(frame, signed, view)}
                    <section class="stack">
                        <h2>{words.timeline.title}</h2>
                        {timeline::draw(&view.timeline, signed, words, locale)}
                    </section>
                </div>
            </div>
        }
    })
}

/// What happens next and what can be done: beside the paper, and on a phone before it.
fn now(frame: &Frame, signed: &Signed, view: &InvoicePage) -> Option<AnyView> {
    let words = frame.words();
    let next = view.next.as_ref().map(|next| what_next(frame, signed, view, next));
    // What a draft is for is issuing it. Taking back what is issued is nothing to come upon first.
    let actions = (view.sheet.status == InvoiceStatus::Draft).then(|| actions(signed, view, words)).flatten();
    (next.is_some() || actions.is_some())
        .then(|| view! { <div class="stack now">{next}{actions}</div> }.into_any())
}

fn title(sheet: &InvoiceSheet, words: &Words) -> String {
    match &sheet.number {
        Some(number) => (words.invoice.numbered)(number.as_str()),
        None => words.console.draft_without_number.to_owned(),
    }
}

/// What was refused and why, with the moment from which it can be done.
fn refusal_text(refusal: &Refusal, signed: &Signed, frame: &Frame) -> String {
    let words = frame.words();
    match refusal {
        Refusal::NotNow { reason, at } => {
            let when = at.map(|at| moment_near(at, signed.zone, frame.locale));
            (words.handling.not_now)(reason, when.as_deref())
        }
        refusal => (words.console.refusal)(refusal),
    }
}

/// "Next: firm reminder, Tue 10 Mar 10:00, because …", with *Send now*, *Hold* and *I contacted them*.
fn what_next(frame: &Frame, signed: &Signed, view: &InvoicePage, next: &Decision) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let because = (words.follow_up.because)(next);
    let handling = view.handling.as_ref();
    let holds = handling.filter(|handling| !handling.holds.is_empty()).map(|handling| {
        hold_rows(&handling.holds, Back::Invoice, handling.refused_hold.as_ref(), signed, frame)
    });
    let draft = handling.and_then(|handling| handling.draft.as_ref());
    let draft = draft.map(|draft| handling::draft(draft, signed, frame));
    let approve = match next {
        Decision::Hold { reason: HoldReason::AwaitingApproval { step }, .. }
            if signed.may(Permission::ApproveSteps) =>
        {
            Some(approve_form(view.sheet.id, step, None, words))
        }
        _ => None,
    };
    let actions = handling.map(|handling| say_in_it(frame, signed, view, handling));
    let outlook = (!matches!(next, Decision::Done { .. })).then(|| {
        let href = format!("/console/invoices/{}/outlook", view.sheet.id);
        view! { <p class="small"><a href=href>{words.outlook.title}</a></p> }
    });
    view! {
        <section class="card stack next">
            <div class="stack tight">
                <h2 class="label">{words.console.next}</h2>
                <p><strong>{next_step(next, signed.zone, words, locale)}</strong></p>
                <p class="soft small">{because}</p>
                {outlook}
            </div>
            {draft}
            {approve}
            {holds}
            {actions}
        </section>
    }
    .into_any()
}

/// Lets the step be said that waits for a person's word.
pub(crate) fn approve_form(
    invoice: InvoiceId,
    step: &StepId,
    back: Option<Back>,
    words: &'static Words,
) -> AnyView {
    view! {
        <form method="post" action=format!("/console/invoices/{invoice}/approve")>
            {hidden("step", step.as_str())}
            {back.map(|back| hidden("back", back.name()))}
            <button class="button primary">{words.handling.approve}</button>
        </form>
    }
    .into_any()
}

/// *Send now*, *Hold*, *I contacted them*: those that this member may.
fn say_in_it(frame: &Frame, signed: &Signed, view: &InvoicePage, handling: &Handling) -> Option<AnyView> {
    let (words, locale, id) = (frame.words(), frame.locale, view.sheet.id);
    let mut parts = Vec::new();
    if let Some(step) = handling.sendable.as_ref().filter(|_| signed.may(Permission::SendReminders)) {
        parts.push(
            view! {
                <details class="ask">
                    <summary class="button">{words.handling.send_now}</summary>
                    <form class="stack" method="post" action=format!("/console/invoices/{id}/send")>
                        <p><strong>{(words.follow_up.step)(step.as_str())}</strong></p>
                        <p>{words.handling.send_now_what}</p>
                        {hidden("step", step.as_str())}
                        <div><button class="button primary">{words.handling.send_now}</button></div>
                    </form>
                </details>
            }
            .into_any(),
        );
    }
    if signed.may(Permission::HoldFollowUp) {
        let form = handling.hold_form.clone().scoped("hold");
        let drawing = Drawing { form: &form, words, locale };
        parts.push(hold_form(drawing, &Holding::Invoice(id)));
    }
    if signed.may(Permission::NoteContacts) {
        let form = handling.contact_form.clone().scoped("contacted");
        let drawing = Drawing { form: &form, words, locale };
        parts.push(contacted_form(drawing, format!("/console/invoices/{id}/contacted")));
    }
    (!parts.is_empty()).then(|| view! { <div class="actions">{parts}</div> }.into_any())
}

/// What can be done with it. Steps that cannot be taken back are asked once.
fn actions(signed: &Signed, view: &InvoicePage, words: &'static Words) -> Option<AnyView> {
    let id = view.sheet.id;
    let ask = |action: &'static str, class: &'static str, label: &'static str, what: &'static str| {
        view! {
            <details class="ask">
                <summary class=format!("button {class}")>{label}</summary>
                <form class="stack" method="post" action=format!("/console/invoices/{id}/{action}")>
                    <p>{what}</p>
                    <input type="hidden" name="version" value=view.version.to_string() />
                    <button class=format!("button {class}")>{label}</button>
                </form>
            </details>
        }
        .into_any()
    };
    let all = words;
    let words = &words.console;
    let mut parts = Vec::new();
    match view.sheet.status {
        InvoiceStatus::Draft => {
            if signed.may(Permission::IssueInvoices) {
                parts.push(ask("issue", "primary", words.issue, words.issue_what));
            }
            if signed.may(Permission::EditInvoices) {
                let href = format!("/console/invoices/{id}/edit");
                parts.push(view! { <a class="button" href=href>{words.edit}</a> }.into_any());
                parts.push(ask("discard", "danger", words.discard, words.discard_what));
            }
        }
        InvoiceStatus::Issued => {
            if signed.may(Permission::RecordPayments) {
                parts.push(money::link(&format!("/console/invoices/{id}"), all));
            }
            if signed.may(Permission::VoidInvoices) && view.sheet.balance.open.is_positive() {
                parts.push(ask("void", "danger", words.void, words.void_what));
            }
        }
        InvoiceStatus::Void => {}
    }
    (!parts.is_empty()).then(|| view! { <div class="actions">{parts}</div> }.into_any())
}

/// Portal links: make one to hand over oneself, take one back.
fn links(frame: &Frame, signed: &Signed, view: &InvoicePage) -> Option<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    let console = &words.console;
    if view.sheet.status == InvoiceStatus::Draft {
        return None;
    }
    let may = signed.may(Permission::MintLinks);
    let fresh = view.fresh_link.clone().map(|link| {
        let body = view! {
            <p class="mono wrap">{link.clone()}</p>
            <p class="small">{console.fresh_link_hint}</p>
            {copy_button(link, console.portal_link, words)}
        };
        notice(Look::Done, console.fresh_link, body)
    });
    let rows = view.links.iter().map(|link| {
        let revoke = may.then(|| {
            view! {
                <form method="post" action=format!("/console/invoices/{}/links/{}/revoke", view.sheet.id, link.id)>
                    <button class="button plain">{console.revoke}</button>
                </form>
            }
        });
        let seen = match link.opened_at {
            Some(at) => view! { {console.opened}" "{moment_view(at, signed.zone, locale)} }.into_any(),
            None => console.not_opened.into_any(),
        };
        let contact = link.contact.clone().unwrap_or_else(|| console.portal_link.to_owned());
        view! {
            <li>
                <div class="stack tight">
                    <span>{contact}</span>
                    <span class="small soft">
                        {seen}" · "{console.valid_until}" "{moment_view(link.expires_at, signed.zone, locale)}
                    </span>
                </div>
                {revoke}
            </li>
        }
    });
    let rows = (!view.links.is_empty()).then(|| view! { <ul class="rows">{rows.collect_view()}</ul> });
    let mint = may.then(|| {
        view! {
            <form method="post" action=format!("/console/invoices/{}/links", view.sheet.id)>
                <button class="button">{console.mint_link}</button>
            </form>
        }
    });
    if fresh.is_none() && rows.is_none() && mint.is_none() {
        return None;
    }
    Some(
        view! { <section class="stack"><h2>{console.portal_links}</h2>{fresh}{rows}{mint}</section> }
            .into_any(),
    )
}
