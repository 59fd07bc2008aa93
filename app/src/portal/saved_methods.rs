//! Ways to pay that the reader keeps for later: what there is, removing one, and keeping another.

use domain::payment::Method;
use domain::saved::ExpiryMonth;
use domain::sheet::Party;
use domain::{CustomerId, Locale, SavedMethodId};
use leptos::prelude::*;

use super::autopay::{self, AutopaySection};
use super::{head, page as portal_page, pay};
use crate::components::{Look, notice};
use crate::form::{Drawing, Form, YES, check_box, hidden};
use crate::frame::{Frame, Scripts};
use crate::words::{self, Words};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMethodsPage {
    /// Who keeps them.
    pub business: Party,
    /// Whose they are.
    pub customer: CustomerId,
    /// What is kept, oldest first.
    pub methods: Vec<SavedMethodRow>,
    /// What else could be.
    pub offered: Vec<Method>,
    /// What is charged by itself.
    pub autopay: AutopaySection,
    /// What is agreed to when another one is saved.
    pub consent: ConsentBox,
    /// What was chosen.
    pub form: Form,
    /// What just happened.
    pub told: Option<Told>,
}

/// A method that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedMethodRow {
    /// Its id.
    pub id: SavedMethodId,
    /// What it is.
    pub method: Method,
    /// The card's brand or the bank; empty where that is not known.
    pub label: String,
    /// The last digits of its number.
    pub last_digits: String,
    /// Until when a card is good.
    pub expires: Option<ExpiryMonth>,
}

impl SavedMethodRow {
    /// What its holder knows it by: see [`face`].
    pub(super) fn face(&self, words: &'static Words) -> String {
        face(self.method, &self.label, &self.last_digits, words)
    }
}

/// What just happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// One is kept from now on.
    Saved,
    /// None was given.
    NotSaved,
    /// The provider has not said yet.
    Checking,
    /// One was removed.
    Removed,
    /// The provider cannot be reached.
    NotReached,
    /// What is due is charged by itself from now on.
    AutopayOn,
    /// Nothing is any more.
    AutopayOff,
}

impl Told {
    /// All of them, for whoever looks at every page.
    pub const ALL: [Self; 7] = [
        Self::Saved,
        Self::NotSaved,
        Self::Checking,
        Self::Removed,
        Self::NotReached,
        Self::AutopayOn,
        Self::AutopayOff,
    ];
}

/// The words that a reader agrees to by ticking a box.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsentBox {
    /// The words.
    pub text: String,
    /// Which words these are: comes back with the form, so that nobody agrees to others than they read.
    pub version: String,
}

/// What the form calls the box.
pub const AGREED: &str = "agreed";

/// What it calls the version of the words beside it.
pub const CONSENT: &str = "consent";

/// The box with its words.
pub(super) fn consent_box(drawing: Drawing<'_>, consent: &ConsentBox, hint: Option<&'static str>) -> AnyView {
    view! {
        {hidden(CONSENT, consent.version.clone())}
        {check_box(drawing, AGREED, YES, consent.text.clone(), hint)}
    }
    .into_any()
}

/// What the reader agrees to: shown beside the box, and kept word for word with who ticked it.
pub fn consent(locale: Locale, business: &str) -> String {
    (words::of(locale).saved_methods.consent)(business)
}

/// Renders the page.
pub fn page(frame: &Frame, view: &SavedMethodsPage) -> String {
    let phrases = &frame.words().saved_methods;
    let business = view.business.name.as_str();
    portal_page(frame, business, head(phrases.title, business, Scripts::None), || {
        let told = view.told.map(|told| {
            let look = match told {
                Told::Saved | Told::Removed | Told::AutopayOn | Told::AutopayOff => Look::Done,
                Told::Checking => Look::Underway,
                Told::NotSaved | Told::NotReached => Look::Attention,
            };
            let (title, body) = (phrases.told)(told);
            notice(look, title, view! { <p>{body}</p> })
        });
        let kept = if view.methods.is_empty() {
            view! { <p class="soft">{phrases.none}</p> }.into_any()
        } else {
            let rows = view.methods.iter().map(|method| {
                let action = format!("/c/{}/methods/{}/remove", view.customer, method.id);
                row(method, Some(action), frame.words())
            });
            view! { <ul class="rows">{rows.collect_view()}</ul> }.into_any()
        };
        view! {
            <main id="content" class="narrow stack loose">
                <nav class="crumbs">
                    <a href=format!("/c/{}", view.customer)>{frame.words().open_invoices.title}</a>
                </nav>
                <h1>{phrases.title}</h1>
                {told}
                <p>{(phrases.intro)(business)}</p>
                {kept}
                {autopay::section(frame, view.customer, business, &view.autopay)}
                {(!view.offered.is_empty()).then(|| another(frame, view))}
            </main>
        }
    })
}

/// One method, with a button that removes it where there is somewhere to send it.
pub(crate) fn row(method: &SavedMethodRow, remove: Option<String>, words: &'static Words) -> AnyView {
    let phrases = &words.saved_methods;
    let face = method.face(words);
    let expires = method.expires.map(|month| {
        view! { <span class="small soft">{(phrases.expires)(&month.printed())}</span> }
    });
    let remove = remove.map(|action| {
        let which = face.clone();
        view! {
            <form method="post" action=action>
                <button class="button">{phrases.remove}<span class="visually-hidden">" "{which}</span></button>
            </form>
        }
    });
    view! {
        <li>
            <div class="stack tight"><strong>{face}</strong>{expires}</div>
            <div class="actions">{remove}</div>
        </li>
    }
    .into_any()
}

/// "Visa ending in 4242": by the brand or bank where that is known, else by what kind of method it is.
pub fn face(method: Method, label: &str, last_digits: &str, words: &'static Words) -> String {
    let name = if label.is_empty() {
        (words.method_name)(method).to_owned()
    } else {
        let mut letters = label.chars();
        letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).collect()
    };
    (words.saved_methods.ending)(&name, last_digits)
}

fn another(frame: &Frame, view: &SavedMethodsPage) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let phrases = &words.saved_methods;
    let drawing = Drawing { form: &view.form, words, locale };
    view! {
        <section class="card stack">
            <h2>{phrases.another}</h2>
            {drawing.summary()}
            <form class="stack" method="post" action=format!("/c/{}/methods", view.customer)>
                {pay::methods(drawing, &view.offered, &[], false, phrases.which, None)}
                {consent_box(drawing, &view.consent, None)}
                <p class="hint">{phrases.leads_to_provider}</p>
                <div class="actions"><button class="button primary">{phrases.go_on}</button></div>
            </form>
        </section>
    }
    .into_any()
}
