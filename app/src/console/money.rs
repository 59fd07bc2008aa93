//! Money that does not come through the provider: writing it down, taking it back, using what waits, giving up what is left.
//!
//! `/console/money` lists what waits, and *compare* posts to `/console/money/compare`. `/console/invoices/{id}/money` and `/console/customers/{id}/money` show the forms. *Record* posts `entry` (what the form is known
//! by), `amount_received`, `currency`, `paid_by`, `received_on`, `payment_note` and `more` (`yes`, only where more than is open was
//! asked about) to `…/payments`; *take back* posts `reason` to `/console/payments/{id}/take-back`; *apply* posts `invoice`, as often as
//! there are, to `…/credit`; *refund* posts `entry`, `customer`, `payment`, `amount_refunded` and `reason` to
//! `/console/payments/{id}/refund`; *credit note* posts `entry`, `amount_credited` (empty: all of it) and `reason` to
//! `…/credit-notes`; *pay out* posts `entry`, `currency`, `amount_paid_out` and `payment_note` to `…/pay-out`; *write off* posts
//! `amount_written_off` (what the page shows as open) and `reason` to `…/write-off`.

use domain::dispute::DisputeStage;
use domain::payment::Method;
use domain::refund::RefundState;
use domain::role::Permission;
use domain::{CreditNoteId, CustomerId, Date, InvoiceId, Money, Timestamp, TransferId};
use leptos::prelude::*;

use super::{Section, Signed, moment_view, page as console_page};
use crate::components::choices::currencies;
use crate::components::{Look, money, notice, state};
use crate::form::{Drawing, Field, Form, Select, YES, check_box, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// Where money that waits for a use is listed.
pub const PATH: &str = "/console/money";

/// Whose money waits for a use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MoneyPage {
    /// Customer, their name, how much; by name, then currency.
    pub rows: Vec<(CustomerId, String, Money)>,
    /// When the books were last compared with the provider, and how much differed; none if they never were.
    pub compared: Option<(Timestamp, u32)>,
    /// What a comparison just found.
    pub found: Option<Found>,
}

/// What came of comparing the books with the provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// How many payments, refunds and disputes there are.
    pub objects: usize,
    /// How many of them were booked only now.
    pub healed: usize,
    /// What still differs: what the provider calls it, what it moved there, what stands in the books.
    pub drift: Vec<(String, Option<Money>, Option<Money>)>,
}

/// An invoice and what can be done about its money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceMoneyPage {
    /// The invoice.
    pub invoice: InvoiceId,
    /// Its number.
    pub number: String,
    /// What is open.
    pub open: Money,
    /// What is on its way.
    pub processing: Money,
    /// The form that records a payment.
    pub form: Form,
    /// The form that gives up the rest.
    pub write_off_form: Form,
    /// What can still be credited of it, if anything.
    pub creditable: Option<Money>,
    /// Its credit notes so far: which, its number, day and amount.
    pub credit_notes: Vec<(CreditNoteId, String, Date, Money)>,
    /// The form that issues one.
    pub credit_form: Form,
    /// Writing off was refused: nothing is open any more, or a payment came on its way.
    pub cannot_write_off: bool,
}

/// A customer's money.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerMoneyPage {
    /// The customer.
    pub customer: CustomerId,
    /// Their name.
    pub name: String,
    /// What waits for a use, by currency.
    pub credits: Vec<CreditRow>,
    /// What they paid, the newest first.
    pub payments: Vec<PaymentRow>,
    /// The form that records a payment.
    pub form: Form,
    /// The form that writes down a payout.
    pub pay_out_form: Form,
    /// The form that gives money back, with the payment it was refused for.
    pub refund_form: Form,
    /// Taking back was refused: it was paid out, or taken back before.
    pub gone: bool,
}

/// Credit in one currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreditRow {
    /// How much.
    pub amount: Money,
    /// Whether a person is asked to look at some of it first.
    pub under_review: bool,
    /// What it could pay: invoice, number, due date, what is open, what the rule would pay of it.
    pub payable: Vec<(InvoiceId, String, Date, Money, Option<Money>)>,
}

/// A payment of a customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PaymentRow {
    /// The payment.
    pub id: TransferId,
    /// The day the money came.
    pub on: Date,
    /// How, where that is known.
    pub method: Option<Method>,
    /// What the provider calls it, where it came through one.
    pub reference: Option<String>,
    /// The invoices that it is used for, and their numbers.
    pub used_for: Vec<(InvoiceId, String)>,
    /// How much.
    pub amount: Money,
    /// What of it went back or was taken back.
    pub returned: Money,
    /// What was written down about it.
    pub note: String,
    /// Who wrote it down.
    pub author: Option<String>,
    /// Whether it can be taken back: it did not come through the provider.
    pub can_take_back: bool,
    /// What of it can be given back the way it came.
    pub refundable: Option<Money>,
    /// What was given back, and why; the newest first.
    pub refunds: Vec<(Money, RefundState, String)>,
    /// How the bank's question about it stands, if there is one.
    pub dispute: Option<DisputeStage>,
    /// Whether it is money that had gone back and came again.
    pub came_again: bool,
}

/// Renders the list.
pub fn list(frame: &Frame, signed: &Signed, view: &MoneyPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = words.money.title;
    console_page(frame, signed, Section::Money, title, false, || {
        let rows = view.rows.iter().map(|(customer, name, amount)| {
            view! {
                <li>
                    <a href=format!("/console/customers/{customer}/money")>{name.clone()}</a>
                    {money(*amount, locale)}
                </li>
            }
        });
        let list = if view.rows.is_empty() {
            view! { <p class="soft">{words.money.nothing_waits}</p> }.into_any()
        } else {
            view! { <ul class="rows card wide-form">{rows.collect_view()}</ul> }.into_any()
        };
        view! {
            <div class="page-head">
                <h1>{title}</h1>
                <a class="button" href=super::bank_statements::PATH>{words.bank_statements.title}</a>
            </div>
            <section class="stack">
                <h2>{words.money.waiting}</h2>
                <p class="hint">{words.money.waiting_hint}</p>
                {list}
            </section>
            {comparison(frame, signed, view)}
        }
    })
}

/// Whether the books and the provider say the same.
fn comparison(frame: &Frame, signed: &Signed, view: &MoneyPage) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let last = match view.compared {
        Some((at, drift)) => {
            let look = if drift == 0 { Look::Done } else { Look::Wrong };
            view! {
                {state(look, (words.money.drift)(drift))}
                <p class="small soft">{words.money.compared}" "{moment_view(at, signed.zone, locale)}</p>
            }
            .into_any()
        }
        None => view! { <p class="soft">{words.money.never_compared}</p> }.into_any(),
    };
    let found = view.found.as_ref().map(|found| {
        let amount = |amount: Option<Money>| {
            amount.map_or_else(|| words.money.no_such.to_owned(), |amount| amount.format(locale))
        };
        let rows = found.drift.iter().map(|(reference, there, here)| {
            view! { <li><span>{reference.clone()}</span><span>{(words.money.differs)(&amount(*there), &amount(*here))}</span></li> }
        });
        view! {
            <p>{(words.money.found)(found.objects, found.healed)}</p>
            <ul class="rows">{rows.collect_view()}</ul>
        }
    });
    let button = signed.may(Permission::RecordPayments).then(|| {
        view! {
            <form method="post" action=format!("{PATH}/compare")>
                <button class="button">{words.money.compare}</button>
            </form>
        }
    });
    view! {
        <section class="card stack wide-form">
            <h2>{words.money.books}</h2>
            <p class="hint">{words.money.books_hint}</p>
            {last}
            {found}
            {button}
        </section>
    }
    .into_any()
}

/// Renders an invoice's money.
pub fn of_invoice(frame: &Frame, signed: &Signed, view: &InvoiceMoneyPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = (words.money.of_invoice)(&view.number);
    let forms = [&view.form, &view.write_off_form, &view.credit_form];
    let refused = view.cannot_write_off || forms.iter().any(|form| !form.errors().is_empty());
    console_page(frame, signed, Section::Invoices, &title, refused, || {
        let href = format!("/console/invoices/{}", view.invoice);
        let record = signed.may(Permission::RecordPayments).then(|| {
            let drawing = Drawing { form: &view.form, words, locale };
            record_form(drawing, format!("{href}/payments"), false)
        });
        let write_off = (signed.may(Permission::WriteOff) && view.open.is_positive()).then(|| {
            let form = view.write_off_form.clone().scoped("write-off");
            let drawing = Drawing { form: &form, words, locale };
            view! {
                <form class="card stack wide-form" method="post" action=format!("{href}/write-off") novalidate>
                    <h2>{words.money.write_off}</h2>
                    {drawing.summary()}
                    <p class="hint">{words.money.write_off_what}</p>
                    {hidden("amount_written_off", view.open.format(locale))}
                    {Field::text("reason").required().autocomplete("off").draw(drawing)}
                    <div><button class="button danger">{(words.money.write_off_amount)(&view.open.format(locale))}</button></div>
                </form>
            }
        });
        let on_its_way = view.processing.is_positive().then(|| {
            notice(Look::Underway, (words.portal.processing_title)(&view.processing.format(locale)), ())
        });
        view! {
            <nav class="crumbs"><a href=href.clone()>{(words.invoice.numbered)(&view.number)}</a></nav>
            {view.cannot_write_off.then(|| notice(Look::Wrong, words.money.cannot_write_off, ()))}
            <div class="page-head">
                <h1>{title.clone()}</h1>
                <div class="headline">
                    <span class="label">{words.console.open}</span>
                    <span class="money amount">{view.open.format(locale)}</span>
                </div>
            </div>
            {on_its_way}
            {record}
            {credit_note(frame, signed, view, &href)}
            {write_off}
        }
    })
}

/// The invoice's credit notes, and the form that issues one.
fn credit_note(frame: &Frame, signed: &Signed, view: &InvoiceMoneyPage, href: &str) -> Option<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    let rows = view.credit_notes.iter().map(|(id, number, on, amount)| {
        let name = format!("{} · {}", (words.credit_note.numbered)(number), locale.date_medium(*on));
        view! { <li><a href=format!("{href}/credit-notes/{id}")>{name}</a>{money(*amount, locale)}</li> }
    });
    let rows = (!view.credit_notes.is_empty()).then(|| view! { <ul class="rows">{rows.collect_view()}</ul> });
    let creditable = view.creditable.filter(|_| signed.may(Permission::VoidInvoices));
    let form = creditable.map(|left| {
        let form = view.credit_form.clone().scoped("credit-note");
        let drawing = Drawing { form: &form, words, locale };
        let amount = Field::decimal("amount_credited").optional().autocomplete("off");
        view! {
            <form class="stack" method="post" action=format!("{href}/credit-notes") novalidate>
                {drawing.summary()}
                <p class="hint">{words.credit_note.hint}</p>
                {hidden("entry", form.value("entry"))}
                {amount.hint((words.credit_note.all_of_it)(&left.format(locale))).draw(drawing)}
                {Field::text("reason").required().autocomplete("off").draw(drawing)}
                <div><button class="button danger">{words.credit_note.issue}</button></div>
            </form>
        }
    });
    (rows.is_some() || form.is_some()).then(|| {
        view! {
            <section class="card stack wide-form"><h2>{words.credit_note.several}</h2>{rows}{form}</section>
        }
        .into_any()
    })
}

/// Renders a customer's money.
pub fn of_customer(frame: &Frame, signed: &Signed, view: &CustomerMoneyPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = (words.money.of_customer)(&view.name);
    let forms = [&view.form, &view.pay_out_form, &view.refund_form];
    let refused = view.gone || forms.iter().any(|form| !form.errors().is_empty());
    console_page(frame, signed, Section::Customers, &title, refused, || {
        let href = format!("/console/customers/{}", view.customer);
        let credits =
            view.credits.iter().map(|credit| credit_card(frame, signed, view, credit)).collect_view();
        let record = signed.may(Permission::RecordPayments).then(|| {
            let drawing = Drawing { form: &view.form, words, locale };
            record_form(drawing, format!("{href}/payments"), true)
        });
        let payments = if view.payments.is_empty() {
            view! { <p class="soft">{words.money.no_payments}</p> }.into_any()
        } else {
            let rows = view.payments.iter().map(|payment| payment_row(frame, signed, view, payment));
            view! { <ul class="rows card wide-form">{rows.collect_view()}</ul> }.into_any()
        };
        view! {
            <nav class="crumbs"><a href=href.clone()>{view.name.clone()}</a></nav>
            {view.gone.then(|| notice(Look::Wrong, words.money.gone, ()))}
            <div class="page-head"><h1>{title.clone()}</h1></div>
            {credits}
            {record}
            <section class="stack">
                <h2>{words.money.payments}</h2>
                {payments}
            </section>
        }
    })
}

/// The form that writes down a payment. Of a customer, it may come in any currency.
fn record_form(drawing: Drawing<'_>, action: String, any_currency: bool) -> AnyView {
    let words = drawing.words;
    let methods = Method::BY_HAND
        .map(|method| (method.as_str().to_owned(), (words.money.came_by)(method).to_owned()))
        .to_vec();
    let currency = any_currency.then(|| Select::new("currency", currencies()).draw(drawing));
    // Asked once, when more came than is open.
    let more = drawing.form.problem("more").map(|_| check_box(drawing, "more", YES, words.money.more, None));
    view! {
        <form class="card stack wide-form" method="post" action=action novalidate>
            <h2>{words.money.record}</h2>
            {drawing.summary()}
            <p class="hint">{words.money.record_hint}</p>
            {hidden("entry", drawing.form.value("entry"))}
            <div class="columns">
                {Field::decimal("amount_received").required().autocomplete("off").draw(drawing)}
                {currency}
                {Select::new("paid_by", methods).draw(drawing)}
                {Field::date("received_on").draw(drawing)}
            </div>
            {Field::text("payment_note").optional().autocomplete("off").draw(drawing)}
            {more}
            <div><button class="button primary">{words.money.record_it}</button></div>
        </form>
    }
    .into_any()
}

fn credit_card(frame: &Frame, signed: &Signed, view: &CustomerMoneyPage, credit: &CreditRow) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let currency = credit.amount.currency();
    let code = currency.code().to_owned();
    let href = format!("/console/customers/{}", view.customer);
    let review = credit.under_review.then(|| view! { <p class="hint">{words.money.under_review}</p> });
    let apply = (signed.may(Permission::RecordPayments) && !credit.payable.is_empty()).then(|| {
        let rows = credit.payable.iter().map(|(invoice, number, due_on, open, share)| {
            let due = (words.portal.due)(&locale.date_medium(*due_on));
            let what = format!("{} · {due} · {}", (words.invoice.numbered)(number), open.format(locale));
            view! {
                <label class="check">
                    <input type="checkbox" name="invoice" value=invoice.to_string() checked=share.is_some() />
                    <span>{what}</span>
                </label>
            }
        });
        view! {
            <form class="stack" method="post" action=format!("{href}/credit")>
                <p>{words.money.apply_to}</p>
                {rows.collect_view()}
                <div><button class="button primary">{words.money.apply}</button></div>
            </form>
        }
    });
    let pay_out = signed.may(Permission::ReversePayments).then(|| {
        let form = &view.pay_out_form;
        let mine = form.value("currency").is_empty() || form.value("currency") == code;
        let form = if mine { form.clone() } else { Form::filled([("entry", form.value("entry"))]) };
        let refused = !form.errors().is_empty();
        let form = form.scoped(format!("pay-out-{code}"));
        let drawing = Drawing { form: &form, words, locale };
        view! {
            <details class="ask" open=refused>
                <summary class="button">{words.money.pay_out}</summary>
                <form class="stack" method="post" action=format!("{href}/pay-out") novalidate>
                    {drawing.summary()}
                    <p>{words.money.pay_out_what}</p>
                    {hidden("entry", form.value("entry"))}
                    {hidden("currency", code.clone())}
                    {Field::decimal("amount_paid_out").required().autocomplete("off").draw(drawing)}
                    {Field::text("payment_note").optional().autocomplete("off").draw(drawing)}
                    <div><button class="button primary">{words.money.pay_out}</button></div>
                </form>
            </details>
        }
    });
    view! {
        <section class="card stack wide-form">
            <h2>{words.money.waiting}</h2>
            <p class="money amount">{credit.amount.format(locale)}</p>
            {review}
            {apply}
            {pay_out}
        </section>
    }
    .into_any()
}

fn payment_row(frame: &Frame, signed: &Signed, view: &CustomerMoneyPage, payment: &PaymentRow) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let how = payment.method.map(|method| (words.money.came_by)(method).to_owned());
    let facts: Vec<String> = [
        Some(locale.date_medium(payment.on)),
        how,
        Some(payment.note.clone()).filter(|note| !note.is_empty()),
        payment.author.as_deref().map(words.money.by),
        payment.came_again.then(|| words.money.came_again.to_owned()),
    ]
    .into_iter()
    .flatten()
    .collect();
    let invoices = payment.used_for.iter().map(|(id, number)| {
        view! { <a href=format!("/console/invoices/{id}")>{(words.invoice.numbered)(number)}</a> }
    });
    let invoices = (!payment.used_for.is_empty())
        .then(|| view! { <p class="facts small">{invoices.collect_view()}</p> });
    let reference =
        payment.reference.clone().map(|reference| view! { <p class="small soft mono">{reference}</p> });
    let returned = payment
        .returned
        .is_positive()
        .then(|| view! { <p class="small">{(words.money.returned)(&payment.returned.format(locale))}</p> });
    let open = payment.can_take_back && payment.returned.is_zero();
    let take_back = (open && signed.may(Permission::ReversePayments)).then(|| {
        let scoped = Form::new().scoped(payment.id.to_string());
        let drawing = Drawing { form: &scoped, words, locale };
        view! {
            <details class="ask">
                <summary class="button plain">{words.money.take_back}</summary>
                <form class="stack" method="post" action=format!("/console/payments/{}/take-back", payment.id)>
                    <p>{words.money.take_back_what}</p>
                    {Field::text("reason").optional().autocomplete("off").draw(drawing)}
                    <div><button class="button danger">{words.money.take_back}</button></div>
                </form>
            </details>
        }
    });
    let refunds = payment.refunds.iter().map(|(amount, state, reason)| {
        let how = (words.money.refund_state)(*state, &amount.format(locale));
        view! { <p class="small">{format!("{how} · {reason}")}</p> }
    });
    let dispute = payment.dispute.map(|stage| {
        let look = if stage.is_undecided() { Look::Attention } else { Look::Quiet };
        state(look, (words.money.dispute)(stage))
    });
    view! {
        <li>
            <div class="stack tight">
                <p><strong>{money(payment.amount, locale)}</strong></p>
                <p class="small soft">{facts.join(" · ")}</p>
                {invoices}
                {reference}
                {dispute}
                {refunds.collect_view()}
                {returned}
            </div>
            <div class="actions">{take_back}{refund(frame, signed, view, payment)}</div>
        </li>
    }
    .into_any()
}

/// The form that gives a payment back, in whole or in part.
fn refund(frame: &Frame, signed: &Signed, view: &CustomerMoneyPage, payment: &PaymentRow) -> Option<AnyView> {
    let (words, locale) = (frame.words(), frame.locale);
    let left = payment.refundable.filter(|_| signed.may(Permission::ReversePayments))?;
    let id = payment.id.to_string();
    let refused = view.refund_form.value("payment") == id;
    let form = if refused {
        view.refund_form.clone()
    } else {
        let amount = locale.decimal(left.minor(), left.currency().exponent());
        Form::filled([("entry", view.refund_form.value("entry")), ("amount_refunded", &amount[..])])
    };
    let form = form.scoped(id.clone());
    let drawing = Drawing { form: &form, words, locale };
    Some(
        view! {
            <details class="ask" open=refused>
                <summary class="button plain">{words.money.refund}</summary>
                <form class="stack" method="post" action=format!("/console/payments/{id}/refund") novalidate>
                    {drawing.summary()}
                    <p>{words.money.refund_what}</p>
                    {hidden("entry", form.value("entry"))}
                    {hidden("customer", view.customer.to_string())}
                    {hidden("payment", id.clone())}
                    {Field::decimal("amount_refunded").required().autocomplete("off").draw(drawing)}
                    {Field::text("reason").required().autocomplete("off").draw(drawing)}
                    <div><button class="button danger">{words.money.refund_it}</button></div>
                </form>
            </details>
        }
        .into_any(),
    )
}

/// What leads from an invoice or a customer to their money.
pub(crate) fn link(href: &str, words: &'static Words) -> AnyView {
    view! { <a class="button" href=format!("{href}/money")>{words.money.record}</a> }.into_any()
}
