//! One invoice as the customer sees it, beside everything that happened, and what happens next and why.
//!
//! Changes are POST forms: `…/issue`, `…/void` and `…/discard` (each asked once, by a page of the browser's own
//! `<details>`), `…/links` (mints a portal link, shown once) and `…/links/{id}/revoke`.

use domain::invoice::{IssueError, VoidError};
use domain::role::Permission;
use domain::schedule::Decision;
use domain::sheet::InvoiceSheet;
use domain::time::Timestamp;
use domain::{CustomerId, LinkId};
use leptos::prelude::*;

use super::invoices::next_step;
use super::{Section, Signed, TimelineEntry, moment_view, page as console_page, timeline};
use crate::components::{Look, copy_button, notice, standing};
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
    /// Everything that happened, newest first.
    pub timeline: Vec<TimelineEntry>,
    /// The portal links that still open it, newest first.
    pub links: Vec<PortalLink>,
    /// A link that was minted just now. It is shown this once; only its digest is kept.
    pub fresh_link: Option<String>,
    /// Why what was asked for was refused.
    pub refused: Option<Refusal>,
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
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &InvoicePage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = title(&view.sheet, words);
    console_page(frame, signed, Section::Invoices, &title, view.refused.is_some(), || {
        let customer = format!("/console/customers/{}", view.customer);
        let about = view.sheet.title.as_ref().map(|title| format!("{} · ", title.as_str()));
        view! {
            <nav class="crumbs"><a href="/console/invoices">{words.console.invoices}</a></nav>
            {view.refused.as_ref().map(|refusal| {
                notice(Look::Wrong, (words.console.refusal)(refusal), ())
            })}
            <div class="page-head">
                <div class="stack tight">
                    <h1>{title.clone()}</h1>
                    <p class="soft">{about}<a href=customer>{view.sheet.customer.name.as_str().to_owned()}</a></p>
                </div>
                <div class="headline">
                    {standing(view.sheet.standing.name(), words)}
                    <span class="money amount">{view.sheet.balance.open.format(locale)}</span>
                </div>
            </div>
            <div class="beside with-paper">
                {now(signed, view, words, locale)}
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
fn now(
    signed: &Signed,
    view: &InvoicePage,
    words: &'static Words,
    locale: domain::Locale,
) -> Option<AnyView> {
    let next = view.next.as_ref().map(|next| what_next(view, next, signed, words, locale));
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

/// "Next: firm reminder, Tue 10 Mar 10:00, because …".
fn what_next(
    view: &InvoicePage,
    next: &Decision,
    signed: &Signed,
    words: &'static Words,
    locale: domain::Locale,
) -> AnyView {
    let because = (words.follow_up.because)(next);
    let outlook = (!matches!(next, Decision::Done { .. })).then(|| {
        let href = format!("/console/invoices/{}/outlook", view.sheet.id);
        view! { <p class="small"><a href=href>{words.outlook.title}</a></p> }
    });
    view! {
        <section class="card stack tight next">
            <h2 class="label">{words.console.next}</h2>
            <p><strong>{next_step(next, signed.zone, words, locale)}</strong></p>
            <p class="soft small">{because}</p>
            {outlook}
        </section>
    }
    .into_any()
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
