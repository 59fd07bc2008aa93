//! What to transfer from one's own bank for the invoices that were chosen, in one transfer.

use domain::sheet::Party;
use domain::{CustomerId, Money};
use leptos::prelude::*;

use super::pay::{OwnAccount, transfer};
use super::{head, page as portal_page};
use crate::components::money;
use crate::frame::{Frame, Scripts};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferPage {
    /// Who pays.
    pub customer: CustomerId,
    /// Who is owed.
    pub business: Party,
    /// What was chosen: the numbers of the invoices, and how much of each.
    pub parts: Vec<(String, Money)>,
    /// All of it.
    pub amount: Money,
    /// Where to, and how to name it.
    pub own_account: OwnAccount,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &TransferPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let business = view.business.name.as_str();
    let title = (words.pay_several.transfer_title)(&view.amount.format(locale));
    portal_page(frame, business, head(&title, business, Scripts::Copy), || {
        let parts = view.parts.iter().map(|(number, amount)| {
            view! { <li><strong>{(words.invoice.numbered)(number)}</strong>{money(*amount, locale)}</li> }
        });
        view! {
            <main id="content" class="narrow stack loose">
                <nav><a href=format!("/c/{}", view.customer)>{words.pay_several.back}</a></nav>
                <h1>{title.clone()}</h1>
                <ul class="rows">{parts.collect_view()}</ul>
                {transfer(frame, &view.own_account, view.amount, words.pay_several.transfer_how)}
                <p>{words.pay_several.transfer_then}</p>
            </main>
        }
    })
}
