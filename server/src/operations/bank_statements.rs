//! Bank statements: importing a file, and booking what cannot be mistaken. What a person decides is in [`deciding`].
//!
//! An entry is kept once, whichever files it comes in, and booked at most once: under its key in the ledger. So importing a file
//! again, or one that overlaps, changes nothing.

pub mod deciding;

use domain::bank::statement::{BankEntry, Books, Match, SAME_MONEY_DAYS, StatementFormat};
use domain::event::EventKind;
use domain::ledger::Provider;
use domain::payment::Method;
use domain::time::add_days;
use domain::{
    BankStatementId, BankUploadId, BusinessId, Currency, CustomerId, Date, FieldErrors, MemberId, Permission,
    ReceivableId, TransferId,
};
use store::bank_statements::{self, BankStatement, EntryState, KeptEntry};
use store::bank_uploads::{self, BankUpload};
use store::identity::{self, Business};
use store::ledger::credits::HandPayment;
use store::{StoreError, Tx, ledger};

use super::payments::by_hand::{self, Arrived};
use super::payments::uses::{Purse, UseError};
use super::record::{Facts, Told, actor, record};
use crate::bank_files::csv::{self, Columns, Table};
use crate::bank_files::{FileProblem, camt, format_of, keyed};
use crate::env::{Env, NotPermitted, Principal};

/// How many rows of a table are shown before it is imported.
const PREVIEWED_MAX: usize = 5;
/// The longest name of a file that is kept, in characters.
const FILE_NAME_MAX: usize = 200;

/// Why a bank statement was not imported, or an entry not decided.
#[derive(Debug, thiserror::Error)]
pub enum BankStatementError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such entry, statement or table in this business.
    #[error("no such entry or bank statement")]
    NotFound,
    /// Somebody else decided about the entry meanwhile.
    #[error("the entry was decided meanwhile")]
    Decided,
    /// The file cannot be read; nothing of it was imported.
    #[error(transparent)]
    File(#[from] FileProblem),
    /// What was chosen needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// It could not be booked.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What came of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Import {
    /// Its entries are kept.
    Done(Imported),
    /// A table whose columns nobody has named yet: it waits for that.
    ColumnsWanted(BankUploadId),
}

/// A file that was imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// The bank statement.
    pub statement: BankStatementId,
    /// How many entries it had.
    pub entries: usize,
    /// How many of them were new.
    pub fresh: usize,
    /// How many of those were booked at once.
    pub booked: usize,
}

/// A file as it was sent.
#[derive(Debug, Clone, Copy)]
pub struct SentFile<'a> {
    /// What it is called where it came from.
    pub name: &'a str,
    /// What is in it.
    pub bytes: &'a [u8],
    /// The account it is of, by the currency; the business's own unless given. A file that names currencies is believed.
    pub currency: Option<Currency>,
}

/// What was read of a file.
struct ReadFile<'a> {
    name: &'a str,
    format: StatementFormat,
    entries: Vec<BankEntry>,
}

/// Imports a file. A table of this account with a header that is not known yet is kept until somebody has said what its columns
/// mean.
pub async fn import(
    env: &Env,
    principal: &Principal,
    sent: SentFile<'_>,
) -> Result<Import, BankStatementError> {
    let (business, _) = principal.member_with(Permission::RecordPayments)?;
    let name: String = sent.name.chars().take(FILE_NAME_MAX).collect();
    let format = format_of(sent.bytes)?;
    let entries = match format {
        StatementFormat::Camt => camt::read(sent.bytes)?,
        StatementFormat::Csv => {
            let table = csv::read(sent.bytes)?;
            let mut tx = env.store.read().await?;
            let own = identity::business(&mut tx, business).await?.ok_or(BankStatementError::NotFound)?;
            let currency = sent.currency.unwrap_or(own.currency);
            let known = bank_uploads::columns(&mut tx, business, currency, &table.header_hash()).await?;
            drop(tx);
            // What another version wrote and this one cannot read is asked for again.
            let known: Option<Columns> = known.and_then(|columns| serde_json::from_str(&columns).ok());
            let Some(columns) = known else {
                let id = env.new_id();
                let content = sent.bytes.to_vec();
                let upload = &BankUpload { id, business, currency, file_name: name, content };
                env.store
                    .transact(async |tx: &mut Tx| bank_uploads::keep(tx, upload, env.machine_now()).await)
                    .await?;
                return Ok(Import::ColumnsWanted(id));
            };
            csv::entries(&table, &columns, currency)?
        }
    };
    let file = &ReadFile { name: &name, format, entries };
    let imported = env.store.transact(async |tx: &mut Tx| take_in(tx, env, principal, file).await).await?;
    nudge(env);
    Ok(Import::Done(imported))
}

/// A table that waits for the meaning of its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// What the file is called.
    pub file_name: String,
    /// What its columns are called.
    pub header: Vec<String>,
    /// What they probably mean, or what was said.
    pub columns: Columns,
    /// The first entries read by that, or what cannot be read.
    pub entries: Result<Vec<BankEntry>, FileProblem>,
}

/// Shows what a table would become if its columns meant this, or what they probably mean.
pub async fn preview(
    env: &Env,
    principal: &Principal,
    upload: BankUploadId,
    columns: Option<Columns>,
) -> Result<Preview, BankStatementError> {
    let (business, _) = principal.member_with(Permission::RecordPayments)?;
    let (upload, table) = table_of(env, business, upload).await?;
    let columns = columns.unwrap_or_else(|| csv::guessed(&table));
    let entries = csv::entries(&table, &columns, upload.currency).map(|mut entries| {
        entries.truncate(PREVIEWED_MAX);
        entries
    });
    Ok(Preview { file_name: upload.file_name, header: table.header, columns, entries })
}

async fn table_of(
    env: &Env,
    business: BusinessId,
    upload: BankUploadId,
) -> Result<(BankUpload, Table), BankStatementError> {
    let mut tx = env.store.read().await?;
    let found = bank_uploads::find(&mut tx, business, upload).await?;
    let upload = found.ok_or(BankStatementError::NotFound)?;
    let table = csv::read(&upload.content)?;
    Ok((upload, table))
}

/// Imports a table whose columns mean this, and remembers it for the account's next table with the same header.
pub async fn import_table(
    env: &Env,
    principal: &Principal,
    upload: BankUploadId,
    columns: &Columns,
) -> Result<Imported, BankStatementError> {
    let (business, _) = principal.member_with(Permission::RecordPayments)?;
    let (upload, table) = table_of(env, business, upload).await?;
    let entries = csv::entries(&table, columns, upload.currency)?;
    let file = &ReadFile { name: &upload.file_name, format: StatementFormat::Csv, entries };
    let header = &table.header_hash();
    let meaning = &serde_json::to_string(columns).map_err(|_| FileProblem::UnknownFormat)?;
    let imported = env
        .store
        .transact(async |tx: &mut Tx| {
            let (currency, now) = (upload.currency, env.business_now());
            bank_uploads::remember_columns(tx, business, currency, header, meaning, now).await?;
            bank_uploads::forget(tx, business, upload.id).await?;
            take_in(tx, env, principal, file).await
        })
        .await?;
    nudge(env);
    Ok(imported)
}

fn nudge(env: &Env) {
    env.nudges.planner.notify_one();
    env.nudges.outbox.notify_one();
}

/// Keeps the entries that are new and books those that cannot be mistaken. The caller's transaction holds all of it, so nothing is
/// half imported.
async fn take_in(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    file: &ReadFile<'_>,
) -> Result<Imported, BankStatementError> {
    let (business, member) = principal.member_with(Permission::RecordPayments)?;
    let business = identity::business(tx, business).await?.ok_or(BankStatementError::NotFound)?;
    let now = env.business_now();
    let statement = BankStatement {
        id: env.new_id(),
        business: business.id,
        file_name: file.name.to_owned(),
        format: file.format,
        entries: i64::try_from(file.entries.len()).unwrap_or(i64::MAX),
        imported_by: member,
        imported_at: now,
    };
    bank_statements::insert(tx, &statement).await?;
    let mut entries: Vec<KeptEntry> = keyed(&file.entries)
        .into_iter()
        .map(|(key, entry)| KeptEntry {
            id: env.new_id(),
            statement: statement.id,
            format: file.format,
            key,
            round: 1,
            entry: entry.clone(),
            state: if entry.amount.is_positive() && !entry.returned {
                EntryState::Waiting
            } else {
                EntryState::Shown
            },
            customer: None,
        })
        .collect();
    entries.sort_by(|one, other| one.key.cmp(&other.key));
    let fresh = bank_statements::keep(tx, business.id, &entries, now).await?;
    entries.retain(|kept| fresh.contains(&kept.id));
    let facts = Facts { count: i64::try_from(entries.len()).ok(), ..Facts::default() };
    let told = Told::new(EventKind::BankStatementImported, business.id).facts(facts);
    record(tx, env, business.id, actor(principal), told);

    entries.retain(|kept| kept.state == EntryState::Waiting);
    // The oldest money first.
    entries.sort_by_key(|kept| (kept.entry.booked_on, kept.id));
    let booked = book_certain(tx, env, principal, &business, &entries).await?;
    Ok(Imported { statement: statement.id, entries: file.entries.len(), fresh: fresh.len(), booked })
}

/// Books those of the waiting entries that cannot be mistaken, and says how many.
async fn book_certain(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    business: &Business,
    waiting: &[KeptEntry],
) -> Result<usize, BankStatementError> {
    let Some(since) = waiting.iter().map(|kept| kept.entry.booked_on).min() else { return Ok(0) };
    let mut books = books(tx, business.id, since).await?;
    // Whose money is booked is known before anybody's turn is taken, and all turns are taken in one order.
    let mut payers: Vec<CustomerId> = waiting
        .iter()
        .filter_map(|kept| match books.matching(&kept.entry, kept.format) {
            Match::Certain { customer, .. } => Some(customer),
            _ => None,
        })
        .collect();
    if payers.is_empty() {
        return Ok(0);
    }
    payers.sort_unstable();
    payers.dedup();
    ledger::take_turns(tx, &payers).await?;
    // Read again now that nobody else books these customers' money.
    books = self::books(tx, business.id, since).await?;
    let mut booked = 0;
    for kept in waiting {
        let Match::Certain { customer, receivables } = books.matching(&kept.entry, kept.format) else {
            continue;
        };
        if !payers.contains(&customer) {
            continue;
        }
        let purse = Purse { business: business.id, customer, actor: actor(principal), attempt: None };
        let payment = book(tx, env, business, &purse, kept, None, receivables.clone()).await?;
        let state = EntryState::Booked { payment };
        bank_statements::decide(tx, business.id, kept, state, None, env.business_now()).await?;
        books.settle(&receivables);
        booked += 1;
    }
    Ok(booked)
}

/// What is open at a business, and what was paid about since then.
async fn books(tx: &mut Tx, business: BusinessId, since: Date) -> Result<Books, StoreError> {
    let open = bank_statements::open_invoices(tx, business).await?;
    let since = add_days(since, -SAME_MONEY_DAYS);
    Ok(Books::new(open, bank_statements::recorded_payments(tx, business, since).await?))
}

/// Books an entry for a customer, to the chosen invoices first. The caller has taken the customer's turn. `by` is who said so; nobody,
/// where it could not be mistaken.
async fn book(
    tx: &mut Tx,
    env: &Env,
    business: &Business,
    purse: &Purse,
    kept: &KeptEntry,
    by: Option<MemberId>,
    chosen: Vec<ReceivableId>,
) -> Result<TransferId, UseError> {
    let entry = &kept.entry;
    let note = [entry.counterparty.as_str(), entry.remittance.as_str()];
    let arrived = Arrived {
        provider: Provider::BankStatement,
        // After it was taken back, the same entry can be booked once more.
        reference: format!("{}:{}", kept.key, kept.round),
        amount: entry.amount,
        chosen,
        note: HandPayment {
            payment: env.new_id(),
            customer: purse.customer,
            method: Method::Manual,
            received_on: entry.booked_on,
            note: note.into_iter().filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" · "),
            recorded_by: by,
        },
    };
    by_hand::book(tx, env, business, purse, &arrived).await
}
