//! What to transfer from one's own bank for the invoices that were chosen, in one transfer.

use domain::sheet::Party;
use domain::{CustomerId, InvoiceId, Money};
use leptos::prelude::*;

use super::pay::{OwnAccount, transfer};
use super::{head, page as portal_page};
use crate::components::money;
use crate::frame::{Frame, Scripts};

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransferPage {
    /// Where one came from.
    pub from: From,
    /// Whether the payment provider keeps the account for this customer alone; else it is the business's.
    pub kept_for_them: bool,
    /// Who is owed.
    pub business: Party,
    /// What was chosen: the numbers of the invoices, and how much of each.
    pub parts: Vec<(String, Money)>,
    /// All of it.
    pub amount: Money,
    /// Where to, and how to name it.
    pub own_account: OwnAccount,
}

/// Where the way back leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// The page of all open invoices.
    All(CustomerId),
    /// The page of one, with its number.
    One(InvoiceId, String),
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
        let (back, back_words) = match &view.from {
            From::All(customer) => (format!("/c/{customer}"), words.pay_several.back.to_owned()),
            From::One(invoice, number) => (format!("/i/{invoice}"), (words.pay.back)(number)),
        };
        let then = match &view.parts[..] {
            [_] => words.pay_several.transfer_then_one,
            _ => words.pay_several.transfer_then,
        };
        view! {
            <main id="content" class="narrow stack loose">
                <nav><a href=back>{back_words}</a></nav>
                <h1>{title.clone()}</h1>
                <ul class="rows">{parts.collect_view()}</ul>
                {transfer(frame, &view.own_account, view.amount, words.pay_several.transfer_how)}
                {view.kept_for_them.then(|| view! { <p>{words.pay_several.transfer_kept}</p> })}
                <p>{then}</p>
            </main>
        }
    })
}
