//! Choosing how and how much. One button with the amount leads to the provider's page.
//!
//! Fields of the form: `method` (a [`Method`]'s name), `share` (`full` or `part`), `amount` (as typed, for a part) and
//! `confirm` (`yes`, only where paying although money is on its way is asked about once).

use domain::bank::reference::CreditorReference;
use domain::bank::{AccountNumber, BankAccount, epc};
use domain::payment::Method;
use domain::{Date, InvoiceId, Money};
use leptos::prelude::*;

use super::{head, page as portal_page};
use crate::components::code::code;
use crate::components::{Look, copy_button, date_and_distance, notice};
use crate::form::{Drawing, Form};
use crate::frame::{Frame, Scripts};
use crate::islands::{PART_AMOUNT_FORM, PartAmount, PartAmountStart};
use crate::words::Words;
use domain::sheet::Party;

/// What the page shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PayPage {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// What it is about.
    pub title: Option<String>,
    /// Who is owed.
    pub business: Party,
    /// When it is due.
    pub due_on: Date,
    /// Today at the business.
    pub today: Date,
    /// What can be paid now: open, less what is on its way.
    pub payable: Money,
    /// What is on its way already; zero if nothing is.
    pub processing: Money,
    /// The smallest part that can be paid.
    pub smallest: Money,
    /// What the provider carries out for this invoice and currency, the agreed one first. May be empty.
    pub methods: Vec<Method>,
    /// Whether the first of the methods was agreed on.
    pub first_is_agreed: bool,
    /// The business's own account, for those who transfer by themselves.
    pub own_account: Option<OwnAccount>,
    /// What was chosen and typed before.
    pub form: Form,
    /// Money is on its way and the person chose to pay all the same: asked once.
    pub asks_to_confirm: bool,
    /// The provider could not be reached, or refused to begin, when the button was pressed.
    pub trouble: Option<PayTrouble>,
}

/// Why the provider's page did not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayTrouble {
    /// Nothing was begun; trying again is safe.
    NotReached,
    /// It is not known whether something was begun; it is being found out, and paying again waits for that.
    Unknown,
    /// The provider does not take this payment this way.
    Refused,
}

/// The business's own bank account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAccount {
    /// The account.
    pub account: BankAccount,
    /// What to write so that the money finds its invoice; the invoice's number, where no reference can be made of it.
    pub reference: Option<CreditorReference>,
}

/// Renders the page.
pub fn page(frame: &Frame, view: &PayPage) -> String {
    let words = frame.words();
    let business = view.business.name.as_str();
    let title = (words.pay.title)(&view.number);
    let mut head = head(&title, business, Scripts::Islands);
    if !view.form.errors().is_empty() {
        head.title = format!("{}{}", words.form.problems_prefix, head.title);
    }
    portal_page(frame, business, head, || {
        view! {
            <main id="content" class="narrow">
                <nav><a href=format!("/i/{}", view.invoice)>{(words.pay.back)(&view.number)}</a></nav>
                {heading(frame, view)}
                {trouble(view, words)}
                {in_flight(frame, view)}
                {(!view.methods.is_empty()).then(|| pay_form(frame, view))}
                {view.own_account.as_ref().map(|account| transfer(view, account, frame))}
            </main>
        }
    })
}

fn heading(frame: &Frame, view: &PayPage) -> impl IntoView + use<> {
    let (words, locale) = (frame.words(), frame.locale);
    let due = (words.portal.due)(&date_and_distance(view.due_on, view.today, words, locale));
    let title = view.title.clone().map(|title| format!("{title} · ")).unwrap_or_default();
    view! {
        <div class="stack tight">
            <h1>{(words.pay.heading)(&view.number)}</h1>
            <p class="soft">{title}{due}</p>
        </div>
    }
}

fn trouble(view: &PayPage, words: &'static Words) -> Option<AnyView> {
    let trouble = view.trouble?;
    let (title, body) = (words.pay.trouble)(trouble);
    Some(notice(Look::Wrong, title, view! { <p>{body}</p> }))
}

/// A second payment while one is on its way is warned of.
fn in_flight(frame: &Frame, view: &PayPage) -> Option<AnyView> {
    let words = frame.words();
    view.processing.is_positive().then(|| {
        let title = (words.portal.processing_title)(&view.processing.format(frame.locale));
        let body = (words.pay.second_payment)(&view.payable.format(frame.locale));
        notice(Look::Underway, title, view! { <p>{body}</p> })
    })
}

fn pay_form(frame: &Frame, view: &PayPage) -> AnyView {
    let (words, locale, form) = (frame.words(), frame.locale, &view.form);
    let drawing = Drawing { form, words, locale };
    let chosen = if form.has("method") { form.value("method") } else { view.methods[0].as_str() };
    let methods = view
        .methods
        .iter()
        .enumerate()
        .map(|(position, method)| {
            let agreed = (position == 0 && view.first_is_agreed)
                .then(|| view! { <span class="tag">{words.pay.agreed}</span> });
            let id = if position == 0 { "field-method".to_owned() } else { format!("method-{}", method.as_str()) };
            view! {
                <label class="choice">
                    <input type="radio" name="method" id=id value=method.as_str() checked=method.as_str() == chosen />
                    <span>
                        <span class="name">{(words.method_name)(*method)}{agreed}</span>
                        <span class="meaning">{(words.method_meaning)(*method)}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    let confirm = view.asks_to_confirm.then(|| {
        view! {
            <label class="choice">
                <input type="checkbox" name="confirm" id="field-confirm" value="yes" />
                <span class="name">{words.pay.confirm_second}</span>
            </label>
        }
    });
    let start = PartAmountStart {
        locale,
        payable: view.payable,
        smallest: view.smallest,
        part: form.value("share") == "part",
        typed: form.value("amount").to_owned(),
        error: form.problem("amount").map(|problem| (words.problem)(problem, locale)).unwrap_or_default(),
    };
    let [locale_tag, currency, payable, smallest] = start.attributes();
    provide_context(start);
    let error = |field: &str| {
        form.problem(field).map(|problem| view! { <p class="error">{(words.problem)(problem, locale)}</p> })
    };
    view! {
        {drawing.summary()}
        <form
            id=PART_AMOUNT_FORM
            class="stack loose"
            method="post"
            action=format!("/i/{}/pay", view.invoice)
            novalidate
            data-locale=locale_tag
            data-currency=currency
            data-payable=payable
            data-smallest=smallest
        >
            {confirm}
            <fieldset class="choices">
                <legend>{words.pay.how}</legend>
                {error("method")}
                {methods}
            </fieldset>
            <PartAmount />
        </form>
        <p class="hint center">{words.pay.leads_to_provider}</p>
    }
    .into_any()
}

/// For those who transfer from their own bank: everything to copy, and what happens then.
fn transfer(view: &PayPage, account: &OwnAccount, frame: &Frame) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let row = |label: &'static str, value: String, copied: String| {
        view! {
            <dt>{label}</dt>
            <dd><span class="copyable mono">{value}</span>{copy_button(copied, label, words)}</dd>
        }
        .into_any()
    };
    let OwnAccount { account, reference } = account;
    let number = match account.number {
        AccountNumber::Iban { .. } => words.pay.iban,
        AccountNumber::Local { .. } => words.pay.account,
    };
    let same = |label, value: String| row(label, value.clone(), value);
    let mut pairs = vec![
        same(words.pay.holder, account.holder.to_string()),
        row(number, account.number.format(), account.number.as_str().to_owned()),
    ];
    pairs.extend(account.number.routing().map(|routing| same(words.pay.routing, routing.to_string())));
    pairs.extend(account.bic.as_ref().map(|bic| same(words.pay.bic, bic.as_str().to_owned())));
    pairs.extend(account.bank_name.as_ref().map(|bank| same(words.pay.bank, bank.to_string())));
    pairs.push(row(words.pay.amount, view.payable.format(locale), view.payable.to_plain()));
    pairs.push(match reference {
        Some(reference) => row(words.pay.reference, reference.format(), reference.as_str().to_owned()),
        None => same(words.pay.reference, view.number.clone()),
    });
    let scan = reference
        .as_ref()
        .and_then(|reference| epc::payload(account, view.payable, reference))
        .and_then(|payload| code(&payload, words.pay.scan_what.to_owned()))
        .map(|code| view! { <figure class="scan">{code}<figcaption>{words.pay.scan}</figcaption></figure> });
    view! {
        <section class="card stack" aria-labelledby="own-bank">
            <h2 id="own-bank">{words.pay.own_bank}</h2>
            <p class="soft">{words.pay.own_bank_meaning}</p>
            <dl class="pairs">{pairs}</dl>
            {scan}
        </section>
    }
    .into_any()
}
