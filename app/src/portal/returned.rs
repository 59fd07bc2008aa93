//! Back from the provider's page: paid, on its way, or not, and then the next best way.

use domain::payment::{FailureCode, Method};
use domain::sheet::Party;
use domain::{Currency, CustomerId, Date, InvoiceId, Money};
use leptos::prelude::*;

use super::{head, page as portal_page, ways_to_ask_about};
use crate::components::{Look, money, state};
use crate::frame::{Frame, Scripts};
use crate::words::Words;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnedPage {
    /// Every invoice it was for.
    pub invoices: Vec<PaidFor>,
    /// Where the reader came from, and goes on to.
    pub from: From,
    /// Who is owed.
    pub business: Party,
    /// What became of the payment, as far as is known at this moment.
    pub outcome: Outcome,
}

/// An invoice that the payment was for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaidFor {
    /// Its number.
    pub number: String,
    /// What of the payment was meant for it.
    pub part: Money,
    /// What is open of it now, payments on their way not subtracted.
    pub open: Money,
}

/// The page that led to the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum From {
    /// That of one invoice.
    Invoice {
        /// The invoice.
        id: InvoiceId,
        /// Its number.
        number: String,
    },
    /// That of several at once.
    All {
        /// Whose they are.
        customer: CustomerId,
        /// What they are in.
        currency: Currency,
    },
}

/// What became of a payment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The money is there.
    Paid {
        /// How much.
        amount: Money,
        /// Where the receipt goes, masked; `None` where there is no address.
        receipt_to: Option<String>,
    },
    /// The bank is at work.
    Processing {
        /// How much.
        amount: Money,
        /// When the bank is expected to be done.
        settles_about: Option<Date>,
    },
    /// The provider says it was done, we have not asked it yet: the page says so and can be loaded again.
    Checking {
        /// How much.
        amount: Money,
    },
    /// No money came of it.
    Failed {
        /// How much it would have been.
        amount: Money,
        /// Why.
        code: FailureCode,
        /// What else the business accepts.
        other_methods: Vec<Method>,
    },
    /// The person came back without paying.
    NotPaid {
        /// How much it would have been.
        amount: Money,
    },
}

/// Renders the page.
pub fn page(frame: &Frame, view: &ReturnedPage) -> String {
    let words = frame.words();
    let business = view.business.name.as_str();
    let (look, state_word, title) = headline(view, frame);
    let head = head(&title, business, Scripts::None);
    portal_page(frame, business, head, || {
        view! {
            <main id="content" class="narrow outcome">
                <div class="stack tight">
                    {state(look, state_word)}
                    <h1>{title.clone()}</h1>
                </div>
                <div class="stack">{body(frame, view)}</div>
                {next(view, words)}
            </main>
        }
    })
}

fn headline(view: &ReturnedPage, frame: &Frame) -> (Look, &'static str, String) {
    let (words, locale) = (frame.words(), frame.locale);
    let returned = &words.returned;
    match &view.outcome {
        Outcome::Paid { amount, .. } => {
            (Look::Done, returned.paid, (returned.paid_title)(&amount.format(locale)))
        }
        Outcome::Processing { amount, .. } => {
            (Look::Underway, returned.processing, (returned.processing_title)(&amount.format(locale)))
        }
        Outcome::Checking { .. } => (Look::Underway, returned.checking, returned.checking_title.to_owned()),
        Outcome::Failed { .. } => (Look::Wrong, returned.failed, returned.failed_title.to_owned()),
        Outcome::NotPaid { .. } => (Look::Quiet, returned.not_paid, returned.not_paid_title.to_owned()),
    }
}

fn body(frame: &Frame, view: &ReturnedPage) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let returned = &words.returned;
    let left = view.invoices.iter().map(|invoice| {
        let left = if invoice.open.is_positive() {
            (returned.left_open)(&invoice.number, &invoice.open.format(locale))
        } else {
            (returned.all_paid)(&invoice.number)
        };
        view! { <p>{left}</p> }
    });
    let several = (view.invoices.len() > 1).then(|| {
        let parts = view.invoices.iter().map(|invoice| {
            let name = (words.invoice.numbered)(&invoice.number);
            view! { <li><strong>{name}</strong>{money(invoice.part, locale)}</li> }
        });
        view! { <ul class="rows">{parts.collect_view()}</ul> }
    });
    let told = match &view.outcome {
        Outcome::Paid { receipt_to, .. } => {
            let receipt =
                receipt_to.as_deref().map(|address| view! { <p>{(returned.receipt_to)(address)}</p> });
            view! { {left.collect_view()}{receipt} }.into_any()
        }
        Outcome::Processing { settles_about, .. } => {
            let until = settles_about.map(|day| locale.date_full(day));
            view! { <p>{(returned.processing_body)(until.as_deref())}</p><p>{returned.no_reminders}</p> }
                .into_any()
        }
        Outcome::Checking { amount } => {
            view! { <p>{(returned.checking_body)(&amount.format(locale))}</p> }.into_any()
        }
        Outcome::Failed { code, other_methods, .. } => {
            let names: Vec<&str> =
                other_methods.iter().map(|method| (words.method_in_sentence)(*method)).collect();
            let others =
                (!names.is_empty()).then(|| view! { <p>{(returned.other_ways)(&(words.list)(&names))}</p> });
            view! { <p>{(words.failure)(*code)}</p><p>{returned.nothing_taken}</p>{others} }.into_any()
        }
        Outcome::NotPaid { .. } => view! { <p>{returned.not_paid_body}</p> }.into_any(),
    };
    view! { {several}{told} }.into_any()
}

fn next(view: &ReturnedPage, words: &'static Words) -> AnyView {
    let (home, pay, label, subjects) = match &view.from {
        From::Invoice { id, number } => (
            format!("/i/{id}"),
            format!("/i/{id}/pay"),
            (words.returned.see_invoice)(number),
            [(words.portal.more_time_subject)(number), (words.portal.wrong_subject)(number)],
        ),
        From::All { customer, currency } => (
            format!("/c/{customer}"),
            format!("/c/{customer}/pay?currency={currency}"),
            words.returned.see_all.to_owned(),
            [words.open_invoices.more_time_subject.to_owned(), words.open_invoices.wrong_subject.to_owned()],
        ),
    };
    let see = |class: &'static str| view! { <a class=class href=home.clone()>{label.clone()}</a> }.into_any();
    match view.outcome {
        Outcome::Paid { .. } | Outcome::Processing { .. } => {
            view! { <div class="actions">{see("button")}</div> }.into_any()
        }
        // Loading the page again asks the provider again.
        Outcome::Checking { .. } => view! {
            <div class="actions"><a class="button primary" href="">{words.returned.look_again}</a>{see("button")}</div>
        }
        .into_any(),
        Outcome::Failed { .. } | Outcome::NotPaid { .. } => view! {
            <div class="actions"><a class="button primary" href=pay>{words.returned.try_again}</a>{see("button")}</div>
            {ways_to_ask_about(&view.business, &subjects, words)}
        }
        .into_any(),
    }
}
