//! Asked once: what was chosen is more than can still be paid. What is over becomes credit.

use domain::Money;
use domain::sheet::Party;
use leptos::prelude::*;

use super::{head, page as portal_page};
use crate::form::{Form, carried};
use crate::frame::{Frame, Scripts};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoreThanOpenPage {
    /// Who is owed.
    pub business: Party,
    /// Where the form posts to: the page it came from.
    pub action: String,
    /// Everything that was chosen and typed; it is sent again.
    pub form: Form,
    /// What would be paid.
    pub amount: Money,
    /// What is open.
    pub open: Money,
    /// What is on its way already; zero if nothing is.
    pub processing: Money,
    /// What would be over.
    pub excess: Money,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &MoreThanOpenPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let phrases = &words.more_than_open;
    let business = view.business.name.as_str();
    let row = |label: &'static str, amount: Money| {
        view! { <dt>{label}</dt><dd class="money">{amount.format(locale)}</dd> }
    };
    portal_page(frame, business, head(phrases.title, business, Scripts::None), || {
        let processing = view.processing.is_positive().then(|| row(phrases.on_its_way, view.processing));
        view! {
            <main id="content" class="narrow stack loose">
                <h1>{phrases.title}</h1>
                <dl class="pairs">
                    {row(phrases.chosen, view.amount)}
                    {row(phrases.open, view.open)}
                    {processing}
                    {row(phrases.over, view.excess)}
                </dl>
                <p>{(phrases.body)(&view.excess.format(locale))}</p>
                <form class="actions" method="post" action=view.action.clone()>
                    {carried(&view.form)}
                    <button class="button primary" name="excess" value="yes">
                        {(words.portal.pay)(&view.amount.format(locale))}
                    </button>
                    <button class="button" name="excess" value="change">{phrases.change}</button>
                </form>
            </main>
        }
    })
}
