//! Bank statements: importing a file, saying what the columns of a table mean, deciding what entries are.
//!
//! `/console/money/bank-statements` takes the file as `file` and the currency of its account as `account`; `…/uploads/{id}` takes the
//! columns (`column_date`, `date_order`, `column_amount` … by their place, empty for none) with `do` = `look` or `import`;
//! `/console/money/bank-entries/{id}` takes `pays` (an invoice, a customer, or a payment that was recorded before) with `do` = `book`, or
//! `do` = `set_aside` or `take_up`.

use domain::bank::statement::Why;
use domain::role::Permission;
use domain::time::Timestamp;
use domain::{
    BankEntryId, BankStatementId, BankUploadId, CustomerId, Date, InvoiceId, Locale, Money, TransferId,
};
use leptos::prelude::*;

use super::{Section, Signed, moment_view, page as console_page};
use crate::components::{Look, money, notice, state};
use crate::form::{Drawing, Form, Select, hidden};
use crate::frame::Frame;
use crate::words::Words;

/// Where they are.
pub const PATH: &str = "/console/money/bank-statements";

/// Where a demonstration has a bank statement to try the import with.
const SAMPLE: &str = "/demo/bank-statement.csv";

/// Where one entry is.
pub fn entry_path(entry: BankEntryId) -> String {
    format!("/console/money/bank-entries/{entry}")
}

/// What waits for a person, and what was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankStatementsPage {
    /// What waits, the oldest first; not all of it, if there is very much.
    pub waiting: Vec<EntryRow>,
    /// How much waits.
    pub waiting_in_all: i64,
    /// The accounts that a file can be of: the currency, and how it is shown.
    pub accounts: Vec<(String, String)>,
    /// The files, the newest first.
    pub files: Vec<FileRow>,
    /// Why the last file was not imported.
    pub refused: Option<Refused>,
}

/// A file that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileRow {
    /// The bank statement.
    pub id: BankStatementId,
    /// What it was called.
    pub name: String,
    /// When it was imported.
    pub at: Timestamp,
    /// How many entries it had.
    pub entries: i64,
    /// How many of them were new.
    pub fresh: i64,
}

/// An entry of a bank statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryRow {
    /// The entry.
    pub id: BankEntryId,
    /// The day it was booked.
    pub on: Date,
    /// How much; less than nothing went out.
    pub amount: Money,
    /// From whom or to whom.
    pub counterparty: String,
    /// What it was for.
    pub remittance: String,
    /// Where it is.
    pub standing: EntryStanding,
}

/// What an entry probably is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// The value of that choice.
    pub pays: String,
    /// The invoice or payment, in words.
    pub what: String,
    /// Whether it is a payment that is in the books already.
    pub recorded: bool,
    /// Why, where it is not plain.
    pub why: Option<Why>,
}

/// Where an entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EntryStanding {
    /// It waits, with what it probably is.
    Waiting(Option<Suggestion>),
    /// It is booked, for this customer.
    Booked(Option<CustomerId>),
    /// It is a payment of this customer that was in the books before.
    Recorded(Option<CustomerId>),
    /// It pays nothing here.
    SetAside,
    /// It went out.
    WentOut,
    /// The bank took an earlier entry back.
    Returned,
}

/// Why a file was not imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No file was chosen, or it is empty.
    Empty,
    /// It is too large, or has too many entries.
    TooLarge,
    /// It is none that is known.
    UnknownFormat,
    /// Rows of it cannot be read: row, column, what stands there.
    Rows(Vec<(u64, String, String)>),
}

/// A table whose columns are to be named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnsPage {
    /// The table.
    pub upload: BankUploadId,
    /// What the file is called.
    pub file_name: String,
    /// What its columns are called.
    pub header: Vec<String>,
    /// What they mean: fields by their names.
    pub form: Form,
    /// The first entries read by that: day, amount, from whom, what for.
    pub preview: Vec<(Date, Money, String, String)>,
    /// What cannot be read by that.
    pub refused: Option<Refused>,
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankStatementPage {
    /// What it was called.
    pub file_name: String,
    /// The entries that came first in it.
    pub entries: Vec<EntryRow>,
}

/// One entry, and everything it can be said to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryPage {
    /// The entry.
    pub row: EntryRow,
    /// What it can be: the value that is sent, and the text.
    pub choices: Vec<(String, String)>,
    /// What is chosen.
    pub form: Form,
}

/// The choice of an invoice.
pub fn choice_of_invoice(invoice: InvoiceId) -> String {
    invoice.to_string()
}

/// The choice of whatever is due of a customer.
pub fn choice_of_customer(customer: CustomerId) -> String {
    customer.to_string()
}

/// The choice of a payment that is in the books already.
pub fn choice_of_payment(payment: TransferId) -> String {
    payment.to_string()
}

/// An invoice among the choices.
pub fn invoice_text(words: &Words, locale: Locale, number: &str, customer: &str, open: Money) -> String {
    format!("{} · {customer} · {}", (words.invoice.numbered)(number), open.format(locale))
}

/// A payment among the choices.
pub fn payment_text(
    words: &Words,
    locale: Locale,
    on: Date,
    customer: &str,
    amount: Money,
    numbers: &[String],
) -> String {
    let what = (words.bank_statements.payment_of)(&locale.date_medium(on), customer);
    let numbers: Vec<String> = numbers.iter().map(|number| (words.invoice.numbered)(number)).collect();
    std::iter::once(what).chain([amount.format(locale)]).chain(numbers).collect::<Vec<_>>().join(" · ")
}

/// Renders what waits and what was imported.
pub fn list(frame: &Frame, signed: &Signed, view: &BankStatementsPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = words.bank_statements.title;
    console_page(frame, signed, Section::Money, title, view.refused.is_some(), || {
        let may = signed.may(Permission::RecordPayments);
        let waiting = view.waiting.iter().map(|row| entry_row(frame, row, may)).collect_view();
        let waiting = if view.waiting.is_empty() {
            view! { <p class="soft">{words.bank_statements.nothing_waits}</p> }.into_any()
        } else {
            view! { <ul class="rows card">{waiting}</ul> }.into_any()
        };
        let hidden_ones = i64::try_from(view.waiting.len()).is_ok_and(|shown| shown < view.waiting_in_all);
        let more = hidden_ones.then(
            || view! { <p class="hint">{(words.bank_statements.waiting_in_all)(view.waiting_in_all)}</p> },
        );
        let files = view.files.iter().map(|file| {
            view! {
                <li>
                    <div class="stack tight">
                        <a href=format!("{PATH}/{}", file.id)>{file.name.clone()}</a>
                        <span class="small soft">
                            {moment_view(file.at, signed.zone, locale)}
                            " · "
                            {(words.bank_statements.figures)(file.entries, file.fresh)}
                        </span>
                    </div>
                </li>
            }
        });
        let files = (!view.files.is_empty()).then(|| {
            view! {
                <section class="stack">
                    <h2>{words.bank_statements.files}</h2>
                    <ul class="rows card wide-form">{files.collect_view()}</ul>
                </section>
            }
        });
        let upload = may.then(|| upload_form(frame, signed, view));
        view! {
            <nav class="crumbs"><a href=super::money::PATH>{words.money.title}</a></nav>
            {view.refused.as_ref().map(|refused| refusal(refused, words))}
            <div class="page-head"><h1>{title}</h1></div>
            <section class="stack">
                <h2>{words.bank_statements.waiting}</h2>
                {waiting}
                {more}
            </section>
            {upload}
            {files}
        }
    })
}

fn upload_form(frame: &Frame, signed: &Signed, view: &BankStatementsPage) -> AnyView {
    let words = frame.words();
    let form = Form::new();
    let drawing = Drawing { form: &form, words, locale: frame.locale };
    let sample = signed.demo.is_some().then(|| {
        view! { <p><a href=SAMPLE download="bank-statement.csv">{words.demo.bank_statement}</a></p> }
    });
    view! {
        <form class="card stack wide-form" method="post" action=PATH enctype="multipart/form-data">
            <h2>{words.bank_statements.import}</h2>
            <div class="field">
                <label for="field-file">{(words.field_label)("file")}</label>
                <p class="hint" id="field-file-hint">{words.bank_statements.import_hint}</p>
                <input
                    type="file"
                    id="field-file"
                    name="file"
                    accept=".csv,.txt,.xml,text/csv,text/xml,application/xml"
                    aria-describedby="field-file-hint"
                />
            </div>
            {Select::new("account", view.accounts.clone()).hint(words.bank_statements.account_hint).draw(drawing)}
            <div><button class="button primary">{words.bank_statements.import}</button></div>
            {sample}
        </form>
    }
    .into_any()
}

/// Renders the entries of one file.
pub fn one(frame: &Frame, signed: &Signed, view: &BankStatementPage) -> String {
    let words = frame.words();
    let title = words.bank_statements.entries;
    console_page(frame, signed, Section::Money, title, false, || {
        let may = signed.may(Permission::RecordPayments);
        let rows = view.entries.iter().map(|row| entry_row(frame, row, may));
        view! {
            <nav class="crumbs"><a href=PATH>{words.bank_statements.title}</a></nav>
            <div class="page-head">
                <div class="stack tight">
                    <h1>{title}</h1>
                    <p class="soft">{view.file_name.clone()}</p>
                </div>
            </div>
            <p class="hint">{words.bank_statements.entries_hint}</p>
            <ul class="rows card">{rows.collect_view()}</ul>
        }
    })
}

/// Renders one entry with everything it can be said to be.
pub fn entry(frame: &Frame, signed: &Signed, view: &EntryPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = words.bank_statements.entry;
    let refused = !view.form.errors().is_empty();
    console_page(frame, signed, Section::Money, title, refused, || {
        let drawing = Drawing { form: &view.form, words, locale };
        let choices = std::iter::once((String::new(), words.bank_statements.choose.to_owned()))
            .chain(view.choices.iter().cloned())
            .collect();
        let form = matches!(view.row.standing, EntryStanding::Waiting(_)).then(|| {
            view! {
                <form class="card stack wide-form" method="post" action=entry_path(view.row.id) novalidate>
                    {drawing.summary()}
                    {Select::new("pays", choices).hint(words.bank_statements.pays_hint).draw(drawing)}
                    <div class="actions">
                        <button class="button primary" name="do" value="book">{words.bank_statements.book}</button>
                        <button class="button plain" name="do" value="set_aside">
                            {words.bank_statements.pays_nothing}
                        </button>
                    </div>
                </form>
            }
        });
        view! {
            <nav class="crumbs"><a href=PATH>{words.bank_statements.title}</a></nav>
            <div class="page-head"><h1>{title}</h1></div>
            <ul class="rows card">{entry_row(frame, &view.row, false)}</ul>
            {form}
        }
    })
}

/// Renders the page that asks what columns mean.
pub fn columns(frame: &Frame, signed: &Signed, view: &ColumnsPage) -> String {
    let (words, locale) = (frame.words(), frame.locale);
    let title = words.bank_statements.columns;
    console_page(frame, signed, Section::Money, title, view.refused.is_some(), || {
        let drawing = Drawing { form: &view.form, words, locale };
        let named: Vec<(String, String)> = view
            .header
            .iter()
            .enumerate()
            .map(|(at, name)| {
                let name = if name.trim().is_empty() { format!("{}", at + 1) } else { name.clone() };
                (at.to_string(), name)
            })
            .collect();
        let or_none: Vec<(String, String)> =
            std::iter::once((String::new(), words.bank_statements.no_column.to_owned()))
                .chain(named.clone())
                .collect();
        let orders = ["day_first", "month_first", "year_first"]
            .map(|order| (order.to_owned(), (words.bank_statements.date_order)(order).to_owned()));
        let signs = ["comma", "point"]
            .map(|sign| (sign.to_owned(), (words.bank_statements.decimal)(sign).to_owned()));
        let optional = [
            "column_out",
            "column_currency",
            "column_counterparty",
            "column_remittance",
            "column_reference",
            "column_account",
        ]
        .map(|name| Select::new(name, or_none.clone()).draw(drawing));
        let rows = view.preview.iter().map(|(on, amount, from, what)| {
            view! {
                <li>
                    <div class="stack tight">
                        <p><strong>{money(*amount, locale)}</strong>" · "{locale.date_medium(*on)}</p>
                        <p class="small soft wrap">{from.clone()}" · "{what.clone()}</p>
                    </div>
                </li>
            }
        });
        let preview = (!view.preview.is_empty()).then(|| {
            view! {
                <section class="stack">
                    <h2>{words.bank_statements.preview}</h2>
                    <ul class="rows card wide-form">{rows.collect_view()}</ul>
                </section>
            }
        });
        view! {
            <nav class="crumbs"><a href=PATH>{words.bank_statements.title}</a></nav>
            {view.refused.as_ref().map(|refused| refusal(refused, words))}
            <div class="page-head">
                <div class="stack tight"><h1>{title}</h1><p class="soft">{view.file_name.clone()}</p></div>
            </div>
            <p class="hint">{words.bank_statements.columns_hint}</p>
            {preview}
            <form class="card stack wide-form" method="post" action=format!("{PATH}/uploads/{}", view.upload) novalidate>
                <div class="columns">
                    {Select::new("column_date", named.clone()).draw(drawing)}
                    {Select::new("date_order", orders.to_vec()).draw(drawing)}
                    {Select::new("column_amount", named).draw(drawing)}
                    {Select::new("decimal_sign", signs.to_vec()).draw(drawing)}
                </div>
                <div class="columns">{optional.into_iter().collect_view()}</div>
                <div class="actions">
                    <button class="button" name="do" value="look">{words.bank_statements.look}</button>
                    <button class="button primary" name="do" value="import">{words.bank_statements.import}</button>
                </div>
            </form>
        }
    })
}

fn refusal(refused: &Refused, words: &'static Words) -> AnyView {
    let title = words.bank_statements.refused;
    match refused {
        Refused::Empty => notice(Look::Wrong, title, view! { <p>{words.bank_statements.empty}</p> }),
        Refused::TooLarge => notice(Look::Wrong, title, view! { <p>{words.bank_statements.too_large}</p> }),
        Refused::UnknownFormat => {
            notice(Look::Wrong, title, view! { <p>{words.bank_statements.unknown_format}</p> })
        }
        Refused::Rows(rows) => {
            let rows: Vec<String> = rows
                .iter()
                .map(|(row, column, found)| (words.bank_statements.row)(*row, column, found))
                .collect();
            let rows = rows.into_iter().map(|row| view! { <li>{row}</li> }).collect_view();
            notice(Look::Wrong, title, view! { <ul>{rows}</ul> })
        }
    }
}

/// An entry in a list. Whoever `may` confirms what is suggested there, and chooses anything else on a page of its own.
fn entry_row(frame: &Frame, row: &EntryRow, may: bool) -> AnyView {
    let (words, locale) = (frame.words(), frame.locale);
    let (look, standing, customer) = match &row.standing {
        EntryStanding::Waiting(None) => (Look::Attention, words.bank_statements.unknown, None),
        EntryStanding::Waiting(Some(suggestion)) => {
            let why = match (suggestion.recorded, suggestion.why) {
                (true, _) => words.bank_statements.same_money,
                (false, Some(why)) => (words.bank_statements.why)(why),
                (false, None) => words.bank_statements.fits,
            };
            (Look::Attention, why, None)
        }
        EntryStanding::Booked(customer) => (Look::Done, words.bank_statements.booked, *customer),
        EntryStanding::Recorded(customer) => (Look::Done, words.bank_statements.recorded, *customer),
        EntryStanding::SetAside => (Look::Quiet, words.bank_statements.set_aside, None),
        EntryStanding::WentOut => (Look::Quiet, words.bank_statements.went_out, None),
        EntryStanding::Returned => (Look::Wrong, words.bank_statements.returned, None),
    };
    let customer = customer.map(|customer| {
        view! { <a href=format!("/console/customers/{customer}/money")>{words.bank_statements.to_customer}</a> }
    });
    let suggested = match &row.standing {
        EntryStanding::Waiting(Some(suggestion)) => Some(view! { <p>{suggestion.what.clone()}</p> }),
        _ => None,
    };
    let what = [row.counterparty.clone(), locale.date_medium(row.on)];
    let what = what.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · ");
    view! {
        <li>
            <div class="stack tight">
                <p><strong>{money(row.amount, locale)}</strong>" · "{what}</p>
                <p class="small soft wrap">{row.remittance.clone()}</p>
                {state(look, standing)}
                {suggested}
                {customer}
            </div>
            {may.then(|| decisions(row, words))}
        </li>
    }
    .into_any()
}

/// What can be done about an entry in a list.
fn decisions(row: &EntryRow, words: &'static Words) -> AnyView {
    let action = entry_path(row.id);
    match &row.standing {
        EntryStanding::Waiting(suggestion) => {
            let confirm = suggestion.as_ref().map(|suggestion| {
                let say = if suggestion.recorded { words.bank_statements.same } else { words.bank_statements.book };
                view! {
                    {hidden("pays", &suggestion.pays)}
                    <button class="button primary" name="do" value="book">{say}</button>
                }
            });
            view! {
                <form class="actions" method="post" action=action>
                    {confirm}
                    <a class="button" href=entry_path(row.id)>{words.bank_statements.other}</a>
                    <button class="button plain" name="do" value="set_aside">{words.bank_statements.pays_nothing}</button>
                </form>
            }
            .into_any()
        }
        EntryStanding::SetAside | EntryStanding::Recorded(_) => view! {
            <form method="post" action=action>
                <button class="button plain" name="do" value="take_up">{words.bank_statements.take_up}</button>
            </form>
        }
        .into_any(),
        EntryStanding::Booked(_) | EntryStanding::WentOut | EntryStanding::Returned => ().into_any(),
    }
}
