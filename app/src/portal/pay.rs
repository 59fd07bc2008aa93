//! Choosing how and how much. One button with the amount leads to the provider's page.
//!
//! Fields of the form: `method` (a [`Method`]'s name, or the id of one that is kept), `share` (`full` or `part`), `amount` (as typed, for a part), and the box
//! by which the method is kept for later with the version of its words.

use domain::bank::reference::CreditorReference;
use domain::bank::{AccountNumber, BankAccount, epc};
use domain::payment::Method;
use domain::{Date, InvoiceId, Money};
use leptos::prelude::*;

use super::saved_methods::{ConsentBox, SavedMethodRow, consent_box};
use super::{head, page as portal_page};
use crate::components::code::code;
use crate::components::{Look, copy_button, date_and_distance, notice};
use crate::form::{Drawing, Form, hidden};
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
    /// What is offered to be paid: open, less what is on its way; all that is open where all of it is on its way.
    pub offered: Money,
    /// What is on its way already; zero if nothing is.
    pub processing: Money,
    /// What is left to pay beside that; `None` where it is nothing.
    pub left: Option<Money>,
    /// The smallest part that can be paid.
    pub smallest: Money,
    /// What the provider carries out for this invoice and currency, the agreed one first. May be empty.
    pub methods: Vec<Method>,
    /// What the reader keeps and can pay with at once.
    pub saved: Vec<SavedMethodRow>,
    /// Whether something is kept that is shown only once the reader proved who they are.
    pub saved_after_code: bool,
    /// What the form is known by: sent twice, it charges what is kept once.
    pub entry: String,
    /// Whether the first of the methods was agreed on.
    pub first_is_agreed: bool,
    /// The business's own account, for those who transfer by themselves.
    pub own_account: Option<OwnAccount>,
    /// What is agreed to by keeping the way to pay for later; `None` where none of them can be.
    pub consent: Option<ConsentBox>,
    /// What was chosen and typed before.
    pub form: Form,
    /// The provider could not be reached, or refused to begin, when the button was pressed.
    pub trouble: Option<PayTrouble>,
}

/// What the form calls what it is known by.
pub const ENTRY: &str = "entry";

/// What the form calls the amount that the page shows: what is kept is charged that, whatever became of the invoice meanwhile.
pub const SHOWN: &str = "shown";

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
    /// What to write so that the money finds its invoices.
    pub references: Vec<Reference>,
}

/// What an invoice is named by in a transfer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The invoice's number: what to write where no reference can be made of it.
    pub number: String,
    /// The reference.
    pub reference: Option<CreditorReference>,
}

impl Reference {
    /// The reference of the invoice with this number.
    pub fn of_number(number: impl Into<String>) -> Self {
        let number = number.into();
        Self { reference: CreditorReference::of_number(&number), number }
    }

    /// As people read it, and as it is copied.
    fn written(&self) -> (String, String) {
        match &self.reference {
            Some(reference) => (reference.format(), reference.as_str().to_owned()),
            None => (self.number.clone(), self.number.clone()),
        }
    }
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
                {trouble(view.trouble, words)}
                {in_flight(frame, view)}
                {(!view.methods.is_empty()).then(|| pay_form(frame, view))}
                {view.saved_after_code.then(|| with_saved(view, words))}
                {view.own_account.as_ref().map(|account| {
                    transfer(frame, account, view.offered, words.pay.own_bank)
                })}
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

/// Why the provider's page did not open, when it did not.
pub(super) fn trouble(trouble: Option<PayTrouble>, words: &'static Words) -> Option<AnyView> {
    let (title, body) = (words.pay.trouble)(trouble?);
    Some(notice(Look::Wrong, title, view! { <p>{body}</p> }))
}

/// A second payment while one is on its way is warned of.
fn in_flight(frame: &Frame, view: &PayPage) -> Option<AnyView> {
    let words = frame.words();
    view.processing.is_positive().then(|| {
        let title = (words.portal.processing_title)(&view.processing.format(frame.locale));
        let body = (words.pay.second_payment)(view.left.map(|left| left.format(frame.locale)).as_deref());
        notice(Look::Underway, title, view! { <p>{body}</p> })
    })
}

fn pay_form(frame: &Frame, view: &PayPage) -> AnyView {
    let (words, locale, form) = (frame.words(), frame.locale, &view.form);
    let drawing = Drawing { form, words, locale };
    let start = PartAmountStart {
        locale,
        payable: view.offered,
        smallest: view.smallest,
        part: form.value("share") == "part",
        typed: form.value("amount").to_owned(),
        error: form.problem("amount").map(|problem| (words.problem)(problem, locale)).unwrap_or_default(),
    };
    let [locale_tag, currency, payable, smallest] = start.attributes();
    provide_context(start);
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
            {(!view.saved.is_empty()).then(|| (
                hidden(ENTRY, view.entry.clone()),
                hidden(SHOWN, view.offered.format(locale)),
            ))}
            {methods(drawing, &view.methods, &view.saved, view.first_is_agreed, words.pay.how, Some(words.method_meaning))}
            {keeping(drawing, view.consent.as_ref())}
            <PartAmount />
        </form>
        <p class="hint center">{leads_to(&view.saved, words)}</p>
    }
    .into_any()
}

/// From a link over one invoice to what is kept: behind a code.
fn with_saved(view: &PayPage, words: &'static Words) -> AnyView {
    view! {
        <form class="stack tight" method="post" action=format!("/i/{}/all", view.invoice)>
            <button class="button wide" name="next" value="pay">{words.saved_methods.pay_with_saved}</button>
            <p class="hint center">{words.saved_methods.code_first}</p>
        </form>
    }
    .into_any()
}

/// What happens when the button is pressed.
fn leads_to(saved: &[SavedMethodRow], words: &'static Words) -> &'static str {
    if saved.is_empty() { words.pay.leads_to_provider } else { words.saved_methods.leads_to_either }
}

/// The box by which the way to pay is kept for later.
pub(super) fn keeping(drawing: Drawing<'_>, consent: Option<&ConsentBox>) -> Option<AnyView> {
    consent.map(|consent| consent_box(drawing, consent, Some(drawing.words.saved_methods.while_paying)))
}

/// Every way to pay as a large row; with what it means to pay that way now, unless it is only kept for later.
pub(super) fn methods(
    drawing: Drawing<'_>,
    methods: &[Method],
    saved: &[SavedMethodRow],
    first_is_agreed: bool,
    question: &'static str,
    meaning: Option<fn(Method) -> &'static str>,
) -> AnyView {
    let Drawing { form, words, locale } = drawing;
    let first = methods.first().map_or("", |method| method.as_str());
    let chosen = if form.has("method") { form.value("method") } else { first };
    let rows = methods
        .iter()
        .enumerate()
        .map(|(position, method)| {
            let agreed = (position == 0 && first_is_agreed)
                .then(|| view! { <span class="tag">{words.pay.agreed}</span> });
            let id = if position == 0 { "field-method".to_owned() } else { format!("method-{}", method.as_str()) };
            view! {
                <label class="choice">
                    <input type="radio" name="method" id=id value=method.as_str() checked=method.as_str() == chosen />
                    <span>
                        <span class="name">{(words.method_name)(*method)}{agreed}</span>
                        {meaning.map(|meaning| view! { <span class="meaning">{meaning(*method)}</span> })}
                    </span>
                </label>
            }
        })
        .collect_view();
    let kept = saved
        .iter()
        .map(|row| {
            let value = row.id.to_string();
            view! {
                <label class="choice">
                    <input type="radio" name="method" id=format!("method-{value}") value=value.clone() checked=value == chosen />
                    <span>
                        <span class="name">{row.face(words)}</span>
                        <span class="meaning">{words.saved_methods.paid_at_once}</span>
                    </span>
                </label>
            }
        })
        .collect_view();
    let error = form
        .problem("method")
        .map(|problem| view! { <p class="error">{(words.problem)(problem, locale)}</p> });
    view! {
        <fieldset class="choices">
            <legend>{question}</legend>
            {error}
            {rows}
            {kept}
        </fieldset>
    }
    .into_any()
}

/// For those who transfer from their own bank: everything to copy, and what happens then.
pub(super) fn transfer(frame: &Frame, own: &OwnAccount, amount: Money, title: &'static str) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let row = |label: &'static str, value: String, copied: String| {
        view! {
            <dt>{label}</dt>
            <dd><span class="copyable mono">{value}</span>{copy_button(copied, label, words)}</dd>
        }
        .into_any()
    };
    let OwnAccount { account, references } = own;
    let number = match account.number {
        AccountNumber::Iban { .. } => words.pay.iban,
        AccountNumber::Local { .. } => words.pay.account,
    };
    let same = |label, value: String| row(label, value.clone(), value);
    let mut pairs = vec![
        same(words.pay.holder, account.holder.to_string()),
        row(number, account.number.format(), account.number.as_str().to_owned()),
    ];
    let routing = (words.pay.routing)(account.currency);
    pairs.extend(account.number.routing().map(|number| same(routing, number.to_string())));
    pairs.extend(account.bic.as_ref().map(|bic| same(words.pay.bic, bic.as_str().to_owned())));
    pairs.extend(account.bank_name.as_ref().map(|bank| same(words.pay.bank, bank.to_string())));
    pairs.push(row(words.pay.amount, amount.format(locale), amount.to_plain()));
    let (read, copied): (Vec<String>, Vec<String>) = references.iter().map(Reference::written).unzip();
    pairs.push(row(words.pay.reference, read.join(", "), copied.join(" ")));
    let scan = match &references[..] {
        // The code holds one reference.
        [Reference { reference: Some(reference), .. }] => epc::payload(account, amount, reference),
        _ => None,
    };
    let scan = scan
        .and_then(|payload| code(&payload, words.pay.scan_what.to_owned()))
        .map(|code| view! { <figure class="scan">{code}<figcaption>{words.pay.scan}</figcaption></figure> });
    let meaning =
        if references.len() > 1 { words.pay.own_bank_meaning_several } else { words.pay.own_bank_meaning };
    view! {
        <section class="card stack" aria-labelledby="own-bank">
            <h2 id="own-bank">{title}</h2>
            <p class="soft">{meaning}</p>
            <dl class="pairs">{pairs}</dl>
            {scan}
        </section>
    }
    .into_any()
}
