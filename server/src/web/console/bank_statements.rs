//! Bank statements: importing, saying what columns mean, deciding what entries are.

use app::console::Done;
use app::console::bank_statements::{
    self as page, BankStatementPage, BankStatementsPage, ColumnsPage, EntryPage, EntryRow, EntryStanding,
    FileRow, PATH, Refused, Suggestion,
};
use app::form::Form;
use app::frame::Frame;
use axum::http::StatusCode;
use domain::bank::statement::{Match, RecordedPayment};
use domain::{BankEntryId, BankStatementId, BankUploadId, Currency};
use store::bank_statements::{EntryState, KeptEntry};
use store::identity::Business;

use super::super::form::Fields;
use super::super::problem::Problem;
use super::super::request::Request;
use super::super::routes::Answer;
use super::super::{kept_forms, respond, upload};
use super::{after, around};
use crate::bank_files::FileProblem;
use crate::bank_files::csv::{Columns, DateOrder};
use crate::operations::bank_statements::deciding::{self, Listed, Pays, Suggested};
use crate::operations::bank_statements::{self, BankStatementError, Import, SentFile};

/// `GET /console/money/bank-statements`
pub async fn list(request: Request) -> Answer {
    show(&request, None, StatusCode::OK).await
}

async fn show(request: &Request, refused: Option<Refused>, status: StatusCode) -> Answer {
    let found = deciding::overview(request.env(), &request.principal).await?;
    let (frame, signed) = around(request)?;
    let view = BankStatementsPage {
        waiting: found.waiting.iter().map(|listed| row(&frame, listed)).collect(),
        waiting_in_all: found.waiting_in_all,
        accounts: accounts(&found.business),
        files: found
            .statements
            .into_iter()
            .map(|(file, fresh)| FileRow {
                id: file.id,
                name: file.file_name,
                at: file.imported_at,
                entries: file.entries,
                fresh,
            })
            .collect(),
        refused,
    };
    Ok(respond::html(status, page::list(&frame, &signed, &view)))
}

/// The accounts that a file can be of: those that customers are told, and that of the business's own currency first.
fn accounts(business: &Business) -> Vec<(String, String)> {
    let named = |currency: Currency| {
        let number = business.bank_account(currency).map(|account| account.number.format());
        let text = number
            .map_or_else(|| currency.code().to_owned(), |number| format!("{} · {number}", currency.code()));
        (currency.code().to_owned(), text)
    };
    let others = business.bank_accounts.iter().map(|account| account.currency);
    std::iter::once(business.currency)
        .chain(others.filter(|currency| *currency != business.currency))
        .map(named)
        .collect()
}

fn row(frame: &Frame, listed: &Listed) -> EntryRow {
    let (words, locale) = (frame.words(), frame.locale);
    let suggestion = listed.suggested.as_ref().map(|suggested| match suggested {
        Suggested::Invoice(item, matched) => Suggestion {
            pays: page::choice_of_invoice(item.invoice),
            what: page::invoice_text(words, locale, &item.number, &item.customer_name, item.payable),
            recorded: false,
            why: match matched {
                Match::Suggested { why, .. } => Some(*why),
                _ => None,
            },
        },
        Suggested::Recorded(payment) => Suggestion {
            pays: page::choice_of_payment(payment.payment),
            what: recorded_text(frame, payment),
            recorded: true,
            why: None,
        },
    });
    EntryRow { standing: standing(&listed.kept, suggestion), ..plain_row(&listed.kept) }
}

fn recorded_text(frame: &Frame, payment: &RecordedPayment) -> String {
    page::payment_text(
        frame.words(),
        frame.locale,
        payment.received_on,
        &payment.customer_name,
        payment.amount,
        &payment.numbers,
    )
}

fn plain_row(kept: &KeptEntry) -> EntryRow {
    let entry = &kept.entry;
    EntryRow {
        id: kept.id,
        on: entry.booked_on,
        amount: entry.amount,
        counterparty: entry.counterparty.clone(),
        remittance: entry.remittance.clone(),
        standing: standing(kept, None),
    }
}

fn standing(kept: &KeptEntry, suggestion: Option<Suggestion>) -> EntryStanding {
    match (kept.state, kept.customer) {
        (EntryState::Waiting, _) => EntryStanding::Waiting(suggestion),
        (EntryState::Booked { .. }, customer) => EntryStanding::Booked(customer),
        (EntryState::Recorded { .. }, customer) => EntryStanding::Recorded(customer),
        (EntryState::SetAside, _) => EntryStanding::SetAside,
        (EntryState::Shown, _) if kept.entry.returned => EntryStanding::Returned,
        (EntryState::Shown, _) => EntryStanding::WentOut,
    }
}

/// `POST /console/money/bank-statements`: the file itself.
pub async fn import(request: Request) -> Answer {
    let parts = upload::parts(&request.headers, &request.body).ok_or(Problem::Malformed)?;
    let account = parts.iter().find(|part| part.name == "account");
    let currency = match account.map(|part| String::from_utf8_lossy(part.content)) {
        Some(code) if !code.is_empty() => Some(Currency::parse(&code).map_err(|_| Problem::Malformed)?),
        _ => None,
    };
    let file = parts.iter().find(|part| part.name == "file");
    let name = file.and_then(|file| file.file_name.as_deref()).unwrap_or_default();
    let bytes = file.map(|file| file.content).unwrap_or_default();
    match bank_statements::import(request.env(), &request.principal, SentFile { name, bytes, currency }).await
    {
        Ok(Import::Done(_)) => Ok(respond::see_other(&after(PATH, Done::BankStatementImported))),
        Ok(Import::ColumnsWanted(upload)) => Ok(respond::see_other(&format!("{PATH}/uploads/{upload}"))),
        // The file cannot be put back into the form, so that there is nothing to keep: the page says what is wrong at once.
        Err(BankStatementError::File(problem)) => {
            show(&request, Some(refused(problem)), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

fn refused(problem: FileProblem) -> Refused {
    match problem {
        FileProblem::Empty => Refused::Empty,
        FileProblem::TooLarge | FileProblem::TooMany => Refused::TooLarge,
        FileProblem::UnknownFormat | FileProblem::BrokenXml { .. } => Refused::UnknownFormat,
        FileProblem::Rows(rows) => {
            Refused::Rows(rows.into_iter().map(|row| (row.row, row.column, row.found)).collect())
        }
    }
}

/// `GET /console/money/bank-statements/uploads/{upload}`
pub async fn columns(request: Request) -> Answer {
    show_columns(&request, None, StatusCode::OK).await
}

async fn show_columns(request: &Request, columns: Option<Columns>, status: StatusCode) -> Answer {
    let id: BankUploadId = request.id("upload")?;
    let found = bank_statements::preview(request.env(), &request.principal, id, columns).await?;
    let (frame, signed) = around(request)?;
    let (preview, refused) = match found.entries {
        Ok(entries) => (entries, None),
        Err(problem) => (Vec::new(), Some(refused(problem))),
    };
    let view = ColumnsPage {
        upload: id,
        file_name: found.file_name,
        header: found.header,
        form: filled(&found.columns),
        preview: preview
            .into_iter()
            .map(|entry| (entry.booked_on, entry.amount, entry.counterparty, entry.remittance))
            .collect(),
        refused,
    };
    Ok(respond::html(status, page::columns(&frame, &signed, &view)))
}

/// `POST /console/money/bank-statements/uploads/{upload}`
pub async fn name_columns(request: Request) -> Answer {
    let id: BankUploadId = request.id("upload")?;
    let columns = columns_of(&request.form).ok_or(Problem::Malformed)?;
    if request.form.get("do") != Some("import") {
        return show_columns(&request, Some(columns), StatusCode::OK).await;
    }
    match bank_statements::import_table(request.env(), &request.principal, id, &columns).await {
        Ok(_) => Ok(respond::see_other(&after(PATH, Done::BankStatementImported))),
        Err(BankStatementError::File(_)) => {
            show_columns(&request, Some(columns), StatusCode::UNPROCESSABLE_ENTITY).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What columns mean as the form says it. `None` for a form that is not ours.
fn columns_of(form: &Fields) -> Option<Columns> {
    let needed = |name: &str| form.get(name)?.parse::<usize>().ok();
    let optional = |name: &str| match form.get(name) {
        None | Some("") => Some(None),
        Some(at) => at.parse::<usize>().ok().map(Some),
    };
    Some(Columns {
        booked_on: needed("column_date")?,
        date_order: DateOrder::from_name(form.get("date_order")?)?,
        amount: needed("column_amount")?,
        amount_out: optional("column_out")?,
        decimal_comma: form.get("decimal_sign")? == "comma",
        currency: optional("column_currency")?,
        counterparty: optional("column_counterparty")?,
        remittance: optional("column_remittance")?,
        reference: optional("column_reference")?,
        account: optional("column_account")?,
    })
}

fn filled(columns: &Columns) -> Form {
    let optional = |at: Option<usize>| at.map(|at| at.to_string()).unwrap_or_default();
    Form::filled([
        ("column_date", columns.booked_on.to_string()),
        ("date_order", columns.date_order.as_str().to_owned()),
        ("column_amount", columns.amount.to_string()),
        ("decimal_sign", if columns.decimal_comma { "comma" } else { "point" }.to_owned()),
        ("column_out", optional(columns.amount_out)),
        ("column_currency", optional(columns.currency)),
        ("column_counterparty", optional(columns.counterparty)),
        ("column_remittance", optional(columns.remittance)),
        ("column_reference", optional(columns.reference)),
        ("column_account", optional(columns.account)),
    ])
}

/// `GET /console/money/bank-statements/{bank_statement}`
pub async fn one(request: Request) -> Answer {
    let id: BankStatementId = request.id("bank_statement")?;
    let (file_name, entries) = deciding::entries_of(request.env(), &request.principal, id).await?;
    let (frame, signed) = around(&request)?;
    let view = BankStatementPage { file_name, entries: entries.iter().map(plain_row).collect() };
    Ok(respond::html(StatusCode::OK, page::one(&frame, &signed, &view)))
}

/// `GET /console/money/bank-entries/{entry}`
pub async fn entry(request: Request) -> Answer {
    let id: BankEntryId = request.id("entry")?;
    let found = deciding::choices(request.env(), &request.principal, id).await?;
    let kept = kept_forms::recall(&request, &form_name(id)).await?;
    let (frame, signed) = around(&request)?;
    let (words, locale) = (frame.words(), frame.locale);
    let row = row(&frame, &found.listed);
    let suggested = match &row.standing {
        EntryStanding::Waiting(Some(suggestion)) => suggestion.pays.clone(),
        _ => String::new(),
    };
    let recorded = found
        .recorded
        .iter()
        .map(|payment| (page::choice_of_payment(payment.payment), recorded_text(&frame, payment)));
    let invoices = found.open.iter().map(|item| {
        let text = page::invoice_text(words, locale, &item.number, &item.customer_name, item.payable);
        (page::choice_of_invoice(item.invoice), text)
    });
    let customers =
        found.customers.iter().map(|(id, name)| (page::choice_of_customer(*id), name.to_string()));
    let view = EntryPage {
        choices: recorded.chain(invoices).chain(customers).collect(),
        form: kept.unwrap_or_else(|| Form::filled([("pays", suggested)])),
        row,
    };
    Ok(respond::html(StatusCode::OK, page::entry(&frame, &signed, &view)))
}

fn form_name(entry: BankEntryId) -> String {
    format!("entry {entry}")
}

/// `POST /console/money/bank-entries/{entry}`
pub async fn decide(request: Request) -> Answer {
    let id: BankEntryId = request.id("entry")?;
    let (env, principal) = (request.env(), &request.principal);
    let outcome = match request.form.get("do") {
        Some("set_aside") => deciding::set_aside(env, principal, id).await,
        Some("take_up") => deciding::take_up(env, principal, id).await,
        _ => deciding::confirm(env, principal, id, pays(&request.form)).await,
    };
    match outcome {
        Ok(()) => Ok(respond::see_other(&after(PATH, Done::Saved))),
        Err(BankStatementError::Fields(errors)) => {
            kept_forms::refuse(&request, &form_name(id), &page::entry_path(id), &errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// What was chosen: the ids say what they are of.
fn pays(form: &Fields) -> Option<Pays> {
    let chosen = form.get("pays")?;
    let invoice = chosen.parse().map(Pays::Invoice).ok();
    let customer = || chosen.parse().map(Pays::Customer).ok();
    let recorded = || chosen.parse().map(Pays::Recorded).ok();
    invoice.or_else(customer).or_else(recorded)
}
