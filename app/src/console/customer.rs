//! One customer: what is open, who receives what, and everything that happened over all channels.
//!
//! The form for another contact posts to `/console/customers/{id}/contacts` with `contact_name`, `contact_email`,
//! `contact_phone`, `contact_zone` and `contact_locale`; `…/links` mints a portal link to everything of theirs.

use domain::payment::Method;
use domain::role::Permission;
use domain::sheet::Party;
use domain::time::Zone;
use domain::{ContactId, CustomerId, HoldId, Locale, Money, RecurringId};
use leptos::prelude::*;

use super::handling::{Back, HoldRow, Holding, contacted_form, hold_form, hold_rows};
use super::invoices::{InvoiceRow, table};
use super::recurring::{self, RecurringRow};
use super::{Section, Signed, TimelineEntry, contact_form, page as console_page, timeline};
use crate::components::{Look, copy_button, notice, party, state};
use crate::form::{Drawing, Form};
use crate::frame::Frame;
use crate::portal::autopay::{self, AutopayRow};
use crate::portal::saved_methods::{self, SavedMethodRow};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerPage {
    /// The customer.
    pub id: CustomerId,
    /// Name, address, tax number.
    pub party: Party,
    /// Whether they act for themselves rather than for a company.
    pub consumer: bool,
    /// Their language and formats.
    pub locale: Locale,
    /// Their time zone.
    pub zone: Zone,
    /// Days to pay agreed with them.
    pub net_days: u16,
    /// How they agreed to pay.
    pub preferred_method: Option<Method>,
    /// Open amounts by currency.
    pub open: Vec<Money>,
    /// The people there.
    pub contacts: Vec<ContactRow>,
    /// Their invoices, newest first; at most a page full.
    pub invoices: Vec<InvoiceRow>,
    /// What is written to them again and again.
    pub recurring: Vec<RecurringRow>,
    /// Where their list goes on, if there is more.
    pub recurring_after: Option<RecurringId>,
    /// Everything that happened, newest first.
    pub timeline: Vec<TimelineEntry>,
    /// The form for another contact.
    pub contact_form: Form,
    /// A portal link to everything of theirs that was minted just now. It is shown this once; only its digest is kept.
    pub fresh_link: Option<String>,
    /// What they keep for later.
    pub methods: Vec<SavedMethodRow>,
    /// What is charged by itself.
    pub autopay: Vec<AutopayRow>,
    /// What holds something of theirs by word.
    pub holds: Vec<HoldRow>,
    /// A new date that was refused, for this hold.
    pub refused_hold: Option<(HoldId, Form)>,
    /// The form that holds everything.
    pub hold_form: Form,
    /// The form that notes a contact somebody made.
    pub contacted_form: Form,
}

/// *Hold everything*, *I contacted them*: those that this member may.
fn say_in_it(frame: &Frame, signed: &Signed, view: &CustomerPage) -> Vec<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    let mut parts = vec![
        super::money::link(&format!("/console/customers/{}", view.id), words),
        super::statement::link(view.id, words),
    ];
    if signed.may(Permission::HoldFollowUp) {
        let form = view.hold_form.clone().scoped("hold");
        parts.push(hold_form(Drawing { form: &form, words, locale }, &Holding::Customer(view.id)));
    }
    if signed.may(Permission::NoteContacts) {
        let form = view.contacted_form.clone().scoped("contacted");
        let action = format!("/console/customers/{}/contacted", view.id);
        parts.push(contacted_form(Drawing { form: &form, words, locale }, action));
    }
    parts
}

/// A person at the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRow {
    /// The contact.
    pub id: ContactId,
    /// Their name.
    pub name: String,
    /// Where they are written to.
    pub email: Option<String>,
    /// Where they are called.
    pub phone: Option<String>,
    /// Their zone, which decides the hour of a message.
    pub zone: Zone,
    /// Whether invoices go to them.
    pub receives_invoices: bool,
    /// Nothing more is sent to their address: it bounced, or they asked for it.
    pub suppressed: bool,
}

/// Renders the page.
pub fn page(frame: &Frame, signed: &Signed, view: &CustomerPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let console = &words.console;
    let name = view.party.name.as_str().to_owned();
    let forms = [&view.contact_form, &view.hold_form, &view.contacted_form];
    let refused = view.refused_hold.is_some() || forms.iter().any(|form| !form.errors().is_empty());
    console_page(frame, signed, Section::Customers, &name, refused, || {
        let open =
            view.open.iter().map(|sum| view! { <span class="money amount">{sum.format(locale)}</span> });
        let open = (!view.open.is_empty()).then(|| {
            view! { <div class="headline"><span class="label">{console.open}</span>{open.collect_view()}</div> }
        });
        let edit = signed.may(Permission::EditCustomers).then(|| {
            view! { <a class="button" href=format!("/console/customers/{}/edit", view.id)>{console.edit}</a> }
        });
        let invoice = signed.may(Permission::EditInvoices).then(|| {
            let href = format!("/console/invoices/new?customer={}", view.id);
            view! { <a class="button" href=href>{console.new_invoice}</a> }
        });
        let mint = signed.may(Permission::MintLinks).then(|| {
            view! {
                <form method="post" action=format!("/console/customers/{}/links", view.id)>
                    <button class="button">{words.customer.mint_link}</button>
                </form>
            }
        });
        let fresh = view.fresh_link.clone().map(|link| {
            let body = view! {
                <p class="mono wrap">{link.clone()}</p>
                <p class="small">{words.customer.fresh_link_hint}</p>
                {copy_button(link, console.portal_link, words)}
            };
            notice(Look::Done, console.fresh_link, body)
        });
        let terms = signed.may(Permission::EditCustomers).then(|| {
            let href = format!("/console/customers/{}/follow-up", view.id);
            view! { <a class="button" href=href>{words.following_up.terms}</a> }
        });
        let outlook = (!view.open.is_empty()).then(|| {
            let href = format!("/console/customers/{}/outlook", view.id);
            view! { <a class="button plain" href=href>{words.outlook.title}</a> }
        });
        let messages = signed.may(Permission::ViewMessages).then(|| {
            let href = format!("/console/messages?customer={}", view.id);
            view! { <a class="button plain" href=href>{words.handling.of_customer}</a> }
        });
        let holds = (!view.holds.is_empty()).then(|| {
            let rows = hold_rows(&view.holds, Back::Customer, view.refused_hold.as_ref(), signed, frame);
            view! { <section class="stack"><h2>{words.handling.holds}</h2>{rows}</section> }
        });
        let kind = if view.consumer { words.customer.consumer } else { words.customer.company };
        let invoices = if view.invoices.is_empty() {
            view! { <p class="soft">{words.customer.no_invoices}</p> }.into_any()
        } else {
            table(&view.invoices, false, signed, words, locale)
        };
        let recurring = (!view.recurring.is_empty()).then(|| {
            let rows = recurring::table(&view.recurring, false, words, locale);
            let more = view.recurring_after.map(|after| recurring::more(Some(view.id), after, words));
            view! { <section class="stack"><h2>{words.recurring.title}</h2>{rows}{more}</section> }
        });
        let again = signed.may(Permission::IssueInvoices).then(|| {
            let href = format!("{}/new?customer={}", recurring::PATH, view.id);
            view! { <a class="button plain" href=href>{words.recurring.new}</a> }
        });
        let agreed = view.preferred_method.map(|method| {
            let label = (words.field_label)("preferred_method");
            view! { <dt>{label}</dt><dd>{(words.method_name)(method)}</dd> }
        });
        view! {
            <nav class="crumbs"><a href="/console/customers">{console.customers}</a></nav>
            <div class="page-head"><h1>{name.clone()}</h1>{open}</div>
            <div class="actions">{invoice}{edit}{mint}{terms}{say_in_it(frame, signed, view)}{again}{outlook}{messages}</div>
            {fresh}
            {holds}
            <section class="stack"><h2>{console.invoices}</h2>{invoices}</section>
            {recurring}
            <div class="beside even">
                <div class="stack loose">
                    <section class="card stack">
                        {party(&view.party, true, words)}
                        <dl class="pairs">
                            <dt>{words.customer.kind}</dt><dd>{kind}</dd>
                            <dt>{(words.field_label)("net_days")}</dt><dd>{(words.customer.days)(view.net_days)}</dd>
                            {agreed}
                            <dt>{(words.field_label)("time_zone")}</dt><dd>{view.zone.name()}</dd>
                            <dt>{(words.field_label)("locale")}</dt><dd>{(words.locale_name)(view.locale)}</dd>
                        </dl>
                    </section>
                    {contacts(frame, signed, view)}
                    {methods(frame, signed, view)}
                {autopay(frame, signed, view)}
                </div>
                <section class="stack">
                    <h2>{words.timeline.title}</h2>
                    {timeline::draw(&view.timeline, signed, words, locale)}
                </section>
            </div>
        }
    })
}

/// What is charged by itself, for whoever may change the customer's data to turn off. Only the customer turns it on.
fn autopay(frame: &Frame, signed: &Signed, view: &CustomerPage) -> Option<AnyView> {
    let words = frame.words();
    let rows = view.autopay.iter().map(|one| {
        let off = format!("/console/customers/{}/autopay/{}/off", view.id, one.id);
        autopay::row(one, signed.may(Permission::EditCustomers).then_some(off), words, frame.locale)
    });
    let rows = rows.collect_view();
    (!view.autopay.is_empty()).then(|| {
        view! { <section class="stack" id="autopay"><h2>{words.autopay.of_customer}</h2><ul class="rows">{rows}</ul></section> }
            .into_any()
    })
}

/// What the customer keeps for later, for whoever may change their data to remove.
fn methods(frame: &Frame, signed: &Signed, view: &CustomerPage) -> Option<AnyView> {
    let words = frame.words();
    let rows = view.methods.iter().map(|method| {
        let remove = format!("/console/customers/{}/methods/{}/remove", view.id, method.id);
        saved_methods::row(method, signed.may(Permission::EditCustomers).then_some(remove), words)
    });
    let rows = rows.collect_view();
    (!view.methods.is_empty()).then(|| {
        view! { <section class="stack"><h2>{words.saved_methods.of_customer}</h2><ul class="rows">{rows}</ul></section> }
            .into_any()
    })
}

fn contacts(frame: &Frame, signed: &Signed, view: &CustomerPage) -> AnyView {
    let words = frame.words();
    let rows = view.contacts.iter().map(|contact| {
        let mark = if contact.suppressed {
            Some(state(Look::Wrong, words.customer.suppressed))
        } else {
            contact.receives_invoices.then(|| state(Look::Open, words.customer.receives_invoices))
        };
        let edit = signed.may(Permission::EditCustomers).then(|| {
            let href = format!("/console/customers/{}/contacts/{}/edit", view.id, contact.id);
            let who = contact.name.clone();
            view! {
                <a class="button" href=href>{words.console.edit}<span class="visually-hidden">" "{who}</span></a>
            }
        });
        view! {
            <li>
                <div class="stack tight">
                    <a href=format!("/console/contacts/{}", contact.id)><strong>{contact.name.clone()}</strong></a>
                    <span>{contact.email.clone()}</span>
                    <span>{contact.phone.clone()}</span>
                    <span class="small soft">{contact.zone.name()}</span>
                </div>
                <div class="actions">{mark}{edit}</div>
            </li>
        }
    });
    let rows = rows.collect_view();
    let drawing = Drawing { form: &view.contact_form, words, locale: frame.locale };
    let refused = !view.contact_form.errors().is_empty();
    let add = signed.may(Permission::EditCustomers).then(|| {
        view! {
            {drawing.summary()}
            <details class="ask" open=refused>
                <summary class="button">{words.customer.add_contact}</summary>
                <form class="stack" method="post" action=format!("/console/customers/{}/contacts", view.id) novalidate>
                    {contact_form::fields(drawing)}
                    <div><button class="button primary">{words.customer.save_contact}</button></div>
                </form>
            </details>
        }
    });
    view! { <section class="stack"><h2>{words.customer.contacts}</h2><ul class="rows">{rows}</ul>{add}</section> }
        .into_any()
}
