//! What the reader lets be charged by itself: what there is, turning it off, and turning it on.

use domain::sheet::Party;
use domain::{AutopayId, CustomerId, Date, Locale, Money};
use leptos::prelude::*;

use super::saved_methods::{ConsentBox, SavedMethodRow, consent_box};
use super::{head, page as portal_page};
use crate::components::{Look, notice};
use crate::form::{Drawing, Form};
use crate::frame::{Frame, Scripts};
use crate::words::{self, Words};

/// What is charged by itself, and could be.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AutopaySection {
    /// What is.
    pub rows: Vec<AutopayRow>,
    /// What could be.
    pub offers: Vec<SavedMethodRow>,
    /// The business charges nothing by itself at the moment.
    pub paused: bool,
}

/// One method that is charged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutopayRow {
    /// The customer's word for it.
    pub id: AutopayId,
    /// What is charged.
    pub method: SavedMethodRow,
    /// Since when.
    pub since: Date,
    /// What will be charged, and when.
    pub charges: Vec<(Date, Money)>,
}

/// The page on which it is turned on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AutopayPage {
    /// Who charges.
    pub business: Party,
    /// Who is charged.
    pub customer: CustomerId,
    /// What would be charged.
    pub method: SavedMethodRow,
    /// What is agreed to.
    pub consent: ConsentBox,
    /// What was chosen.
    pub form: Form,
}

/// Renders the page on which it is turned on.
pub fn page(frame: &Frame, view: &AutopayPage) -> String {
    let words = frame.words();
    let phrases = &words.autopay;
    let business = view.business.name.as_str();
    portal_page(frame, business, head(phrases.title, business, Scripts::None), || {
        let drawing = Drawing { form: &view.form, words, locale: frame.locale };
        let action = format!("/c/{}/methods/{}/autopay", view.customer, view.method.id);
        view! {
            <main id="content" class="narrow stack loose">
                <nav class="crumbs">
                    <a href=format!("/c/{}/methods", view.customer)>{words.saved_methods.title}</a>
                </nav>
                <h1>{(phrases.turn_on_with)(&view.method.face(words))}</h1>
                <p>{(phrases.what)(business)}</p>
                {drawing.summary()}
                <form class="card stack" method="post" action=action>
                    {consent_box(drawing, &view.consent, None)}
                    <p class="hint">{phrases.code_first}</p>
                    <div class="actions"><button class="button primary">{phrases.turn_on}</button></div>
                </form>
            </main>
        }
    })
}

/// What the reader agrees to: shown beside the box, and kept word for word with who ticked it.
pub fn consent(locale: Locale, business: &str, method: &SavedMethodRow, notice_days: i64) -> String {
    let words = words::of(locale);
    (words.autopay.consent)(business, &method.face(words), notice_days)
}

/// The section on the page of what is saved; nothing where nothing is and nothing could be.
pub(super) fn section(frame: &Frame, customer: CustomerId, business: &str, view: &AutopaySection) -> AnyView {
    if view.rows.is_empty() && view.offers.is_empty() {
        return ().into_any();
    }
    let words = frame.words();
    let phrases = &words.autopay;
    let paused = (view.paused && !view.rows.is_empty())
        .then(|| notice(Look::Attention, phrases.paused, view! { <p>{(phrases.paused_body)(business)}</p> }));
    let rows = view.rows.iter().map(|one| {
        let off = format!("/c/{customer}/autopay/{}/off", one.id);
        row(one, Some(off), words, frame.locale)
    });
    let rows = rows.collect_view();
    let list = (!view.rows.is_empty()).then(|| view! { <ul class="rows">{rows}</ul> });
    let offers = view.offers.iter().map(|offer| {
        let on = format!("/c/{customer}/methods/{}/autopay", offer.id);
        view! { <a class="button" href=on>{(phrases.turn_on_with)(&offer.face(words))}</a> }
    });
    view! {
        <section class="stack" id="autopay">
            <h2>{phrases.title}</h2>
            <p>{(phrases.what)(business)}</p>
            {paused}
            {list}
            <div class="actions">{offers.collect_view()}</div>
        </section>
    }
    .into_any()
}

/// One that is on, with a button that turns it off where there is somewhere to send it.
pub(crate) fn row(one: &AutopayRow, off: Option<String>, words: &'static Words, locale: Locale) -> AnyView {
    let phrases = &words.autopay;
    let next = if one.charges.is_empty() {
        view! { <span class="small soft">{phrases.nothing_announced}</span> }.into_any()
    } else {
        let line = |(on, amount): &(Date, Money)| {
            let line = (phrases.will_charge)(&amount.format(locale), &locale.date_long(*on));
            view! { <span class="small">{line}</span> }
        };
        one.charges.iter().map(line).collect_view().into_any()
    };
    let off = off.map(|action| {
        view! { <form method="post" action=action><button class="button">{phrases.turn_off}</button></form> }
    });
    view! {
        <li>
            <div class="stack tight">
                <strong>{one.method.face(words)}</strong>
                <span class="small soft">{(phrases.since)(&locale.date_long(one.since))}</span>
                {next}
            </div>
            <div class="actions">{off}</div>
        </li>
    }
    .into_any()
}
