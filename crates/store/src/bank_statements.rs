//! Bank statements: their entries, once each whichever file they come in, what was decided about them, and what they are compared
//! with.

use std::collections::{HashMap, HashSet};

use domain::bank::statement::{BankEntry, OpenInvoice, RecordedPayment, StatementFormat};
use domain::{
    BankEntryId, BankStatementId, BusinessId, Currency, CustomerId, Date, MemberId, Name, Timestamp,
    TransferId,
};
use uuid::Uuid;

use crate::bulk::Given;
use crate::rows::Reading;
use crate::{StoreError, Tx, ledger};

/// A file that was imported.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BankStatement {
    /// Its id.
    pub id: BankStatementId,
    /// Whose.
    pub business: BusinessId,
    /// What it was called.
    pub file_name: String,
    /// What kind of file it was.
    pub format: StatementFormat,
    /// How many entries it had.
    pub entries: i64,
    /// Who imported it.
    pub imported_by: MemberId,
    /// When.
    pub imported_at: Timestamp,
}

/// Where an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryState {
    /// Somebody is to say what it pays.
    Waiting,
    /// It was booked.
    Booked {
        /// As this payment.
        payment: TransferId,
    },
    /// It is a payment that was in the books before.
    Recorded {
        /// This one.
        payment: TransferId,
    },
    /// Somebody said that it pays nothing here.
    SetAside,
    /// It went out or came back: shown, and nothing to decide.
    Shown,
}

impl EntryState {
    const fn name(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Booked { .. } => "booked",
            Self::Recorded { .. } => "recorded",
            Self::SetAside => "set_aside",
            Self::Shown => "shown",
        }
    }

    const fn payment(self) -> Option<TransferId> {
        match self {
            Self::Booked { payment } | Self::Recorded { payment } => Some(payment),
            Self::Waiting | Self::SetAside | Self::Shown => None,
        }
    }
}

/// An entry as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptEntry {
    /// Its id.
    pub id: BankEntryId,
    /// The file it came in first.
    pub statement: BankStatementId,
    /// What kind of file that was.
    pub format: StatementFormat,
    /// What tells it from all others.
    pub key: String,
    /// How often it can have been booked: once more each time what it made was taken back.
    pub round: i64,
    /// What the bank said.
    pub entry: BankEntry,
    /// Where it is.
    pub state: EntryState,
    /// Whose payment it is, where it is one.
    pub customer: Option<CustomerId>,
}

row! {
    struct EntryRow {
        id: Uuid,
        statement_id: Uuid,
        format: String,
        entry_key: String,
        round: i64,
        account: String,
        booked_on: Date,
        currency: String,
        amount_minor: i64,
        reference: String,
        counterparty: String,
        remittance: String,
        returned: bool,
        state: String,
        payment_id: Option<Uuid>,
        customer_id: Option<Uuid>,
    }
}

impl TryFrom<EntryRow> for KeptEntry {
    type Error = StoreError;

    fn try_from(row: EntryRow) -> Result<Self, StoreError> {
        let id = BankEntryId::from_uuid(row.id);
        let at = Reading { table: "bank_entry", row: id };
        let state = match (row.state.as_str(), row.payment_id.map(TransferId::from_uuid)) {
            ("waiting", None) => EntryState::Waiting,
            ("booked", Some(payment)) => EntryState::Booked { payment },
            ("recorded", Some(payment)) => EntryState::Recorded { payment },
            ("set_aside", None) => EntryState::SetAside,
            ("shown", None) => EntryState::Shown,
            _ => {
                let why = "they contradict each other";
                return Err(StoreError::corrupt("bank_entry", "state, payment_id", id, why));
            }
        };
        let currency = at.currency(&row.currency)?;
        Ok(Self {
            id,
            statement: BankStatementId::from_uuid(row.statement_id),
            format: at.known("format", StatementFormat::from_name(&row.format))?,
            key: row.entry_key,
            round: row.round,
            entry: BankEntry {
                account: row.account,
                booked_on: row.booked_on,
                amount: at.money("amount_minor", row.amount_minor, currency)?,
                reference: row.reference,
                counterparty: row.counterparty,
                remittance: row.remittance,
                returned: row.returned,
            },
            state,
            customer: row.customer_id.map(CustomerId::from_uuid),
        })
    }
}

/// Begins every question for entries. The payment of an entry is always one that is written down.
macro_rules! entries {
    ($condition:literal) => {
        concat!(
            "SELECT bank_entry.*, hand_payment.customer_id FROM bank_entry
             LEFT JOIN hand_payment ON hand_payment.transfer_id = bank_entry.payment_id
             WHERE bank_entry.business_id = $1 AND ",
            $condition
        )
    };
}

/// Keeps a file's name and figures.
pub async fn insert(tx: &mut Tx, statement: &BankStatement) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO bank_statement (id, business_id, file_name, format, entries, imported_by, imported_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7)"
        )
        .bind(statement.id.uuid())
        .bind(statement.business.uuid())
        .bind(&statement.file_name[..])
        .bind(statement.format.as_str())
        .bind(statement.entries)
        .bind(statement.imported_by.uuid())
        .bind(statement.imported_at)
    )?;
    Ok(())
}

/// Keeps entries, each once, and answers which were not known yet. They stand in the order of their keys, so that two who import
/// the same never wait for each other crosswise.
pub async fn keep(
    tx: &mut Tx,
    business: BusinessId,
    entries: &[KeptEntry],
    now: Timestamp,
) -> Result<HashSet<BankEntryId>, StoreError> {
    let entries: Vec<(&KeptEntry, Currency)> =
        entries.iter().map(|kept| (kept, kept.entry.amount.currency())).collect();
    let given = Given::of(&entries)
        .uuid("id", |(kept, _)| kept.id.uuid())
        .uuid("business_id", |_| business.uuid())
        .uuid("statement_id", |(kept, _)| kept.statement.uuid())
        .text("format", |(kept, _)| kept.format.as_str())
        .text("entry_key", |(kept, _)| &kept.key[..])
        .text("account", |(kept, _)| &kept.entry.account[..])
        .day("booked_on", |(kept, _)| kept.entry.booked_on)
        .text("currency", |(_, currency)| currency.code())
        .number("amount_minor", |(kept, _)| kept.entry.amount.minor())
        .text("reference", |(kept, _)| &kept.entry.reference[..])
        .text("counterparty", |(kept, _)| &kept.entry.counterparty[..])
        .text("remittance", |(kept, _)| &kept.entry.remittance[..])
        .flag("returned", |(kept, _)| kept.entry.returned)
        .text("state", |(kept, _)| kept.state.name())
        .instant("created_at", |_| now);
    let names = given.names();
    let fresh: Vec<(Uuid,)> = given
        .fetch(tx, |given| {
            // The condition is there for SQLite, which reads ON CONFLICT as part of a join without one.
            format!(
                "INSERT INTO bank_entry ({names}) SELECT given.* FROM {given} WHERE TRUE
                 ON CONFLICT (business_id, entry_key) DO NOTHING RETURNING id"
            )
        })
        .await?;
    Ok(fresh.into_iter().map(|(id,)| BankEntryId::from_uuid(id)).collect())
}

/// Writes down what was decided about an entry, if it is still where it was. False when somebody else was first.
pub async fn decide(
    tx: &mut Tx,
    business: BusinessId,
    kept: &KeptEntry,
    state: EntryState,
    by: Option<MemberId>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE bank_entry SET state = $5, payment_id = $6, decided_by = $7, decided_at = $8
             WHERE id = $1 AND business_id = $2 AND state = $3 AND round = $4"
        )
        .bind(kept.id.uuid())
        .bind(business.uuid())
        .bind(kept.state.name())
        .bind(kept.round)
        .bind(state.name())
        .bind(state.payment().map(TransferId::uuid))
        .bind(by.map(MemberId::uuid))
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// A payment was taken back: the entries that it was booked of, or that told of it, wait again.
pub async fn reopen(
    tx: &mut Tx,
    business: BusinessId,
    payment: TransferId,
    by: MemberId,
    now: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "UPDATE bank_entry SET round = CASE WHEN state = 'booked' THEN round + 1 ELSE round END,
                state = 'waiting', payment_id = NULL, decided_by = $3, decided_at = $4
             WHERE payment_id = $1 AND business_id = $2"
        )
        .bind(payment.uuid())
        .bind(business.uuid())
        .bind(by.uuid())
        .bind(now)
    )?;
    Ok(())
}

/// One entry.
pub async fn entry(
    tx: &mut Tx,
    business: BusinessId,
    id: BankEntryId,
) -> Result<Option<KeptEntry>, StoreError> {
    let row: Option<EntryRow> = on!(tx, connection => sqlx::query_as(entries!("bank_entry.id = $2"))
        .bind(business.uuid()).bind(id.uuid()).fetch_optional(connection))?;
    row.map(KeptEntry::try_from).transpose()
}

/// The entries that wait for a person, the oldest first.
pub async fn waiting(tx: &mut Tx, business: BusinessId, limit: i64) -> Result<Vec<KeptEntry>, StoreError> {
    let rows: Vec<EntryRow> = on!(tx, connection => sqlx::query_as(entries!(
        "state = 'waiting' ORDER BY booked_on, bank_entry.id LIMIT $2"))
        .bind(business.uuid()).bind(limit).fetch_all(connection))?;
    rows.into_iter().map(KeptEntry::try_from).collect()
}

/// How many wait.
pub async fn count_waiting(tx: &mut Tx, business: BusinessId) -> Result<i64, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT COUNT(*) FROM bank_entry WHERE business_id = $1 AND state = 'waiting'")
        .bind(business.uuid()).fetch_one(connection))
}

/// The entries that came first in a file, the oldest first.
pub async fn of_statement(
    tx: &mut Tx,
    business: BusinessId,
    statement: BankStatementId,
    limit: i64,
) -> Result<Vec<KeptEntry>, StoreError> {
    let rows: Vec<EntryRow> = on!(tx, connection => sqlx::query_as(entries!(
        "statement_id = $2 ORDER BY booked_on, bank_entry.id LIMIT $3"))
        .bind(business.uuid()).bind(statement.uuid()).bind(limit).fetch_all(connection))?;
    rows.into_iter().map(KeptEntry::try_from).collect()
}

row! {
    struct StatementRow {
        id: Uuid,
        file_name: String,
        format: String,
        entries: i64,
        fresh: i64,
        imported_by: Uuid,
        imported_at: Timestamp,
    }
}

/// The files of a business with how many of their entries were new, the newest first.
pub async fn statements(
    tx: &mut Tx,
    business: BusinessId,
    limit: i64,
) -> Result<Vec<(BankStatement, i64)>, StoreError> {
    let rows: Vec<StatementRow> = on!(tx, connection => sqlx::query_as(
        "SELECT bank_statement.*,
            (SELECT COUNT(*) FROM bank_entry WHERE bank_entry.statement_id = bank_statement.id) AS fresh
         FROM bank_statement WHERE business_id = $1 ORDER BY imported_at DESC, id DESC LIMIT $2")
        .bind(business.uuid()).bind(limit).fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let id = BankStatementId::from_uuid(row.id);
            let at = Reading { table: "bank_statement", row: id };
            let statement = BankStatement {
                id,
                business,
                file_name: row.file_name,
                format: at.known("format", StatementFormat::from_name(&row.format))?,
                entries: row.entries,
                imported_by: MemberId::from_uuid(row.imported_by),
                imported_at: row.imported_at,
            };
            Ok((statement, row.fresh))
        })
        .collect()
}

/// What a file was called, if there is such a file.
pub async fn file_name(
    tx: &mut Tx,
    business: BusinessId,
    id: BankStatementId,
) -> Result<Option<String>, StoreError> {
    on!(tx, connection => sqlx::query_scalar(
        "SELECT file_name FROM bank_statement WHERE id = $1 AND business_id = $2")
        .bind(id.uuid()).bind(business.uuid()).fetch_optional(connection))
}

/// What can be paid at a business, for telling what an entry pays.
pub async fn open_invoices(tx: &mut Tx, business: BusinessId) -> Result<Vec<OpenInvoice>, StoreError> {
    let names: Vec<(Uuid, String)> = on!(tx, connection => sqlx::query_as(
        "SELECT id, name FROM customer WHERE business_id = $1").bind(business.uuid()).fetch_all(connection))?;
    let names: HashMap<Uuid, String> = names.into_iter().collect();
    let balances = ledger::balances_of_business(tx, business).await?;
    Ok(balances
        .into_iter()
        .filter(|item| item.balance.payable().is_positive())
        .map(|item| OpenInvoice {
            receivable: item.receivable,
            invoice: item.invoice,
            number: item.number,
            customer: item.customer,
            customer_name: names.get(&item.customer.uuid()).cloned().unwrap_or_default(),
            due_on: item.due_on,
            payable: item.balance.payable(),
        })
        .collect())
}

row! {
    struct RecordedRow {
        transfer_id: Uuid,
        customer_id: Uuid,
        name: String,
        currency: String,
        amount_minor: i64,
        received_on: Date,
        by_csv: bool,
        by_camt: bool,
    }
}

/// The payments since then that a bank statement may tell of: written down by a member as a transfer or a cheque, or booked of
/// another statement; not those that were taken back.
pub async fn recorded_payments(
    tx: &mut Tx,
    business: BusinessId,
    since: Date,
) -> Result<Vec<RecordedPayment>, StoreError> {
    let rows: Vec<RecordedRow> = on!(tx, connection => sqlx::query_as(
        "SELECT hand_payment.transfer_id, hand_payment.customer_id, customer.name, transfer.currency, transfer.amount_minor,
            hand_payment.received_on,
            EXISTS (SELECT 1 FROM bank_entry WHERE payment_id = transfer.id AND format = 'csv') AS by_csv,
            EXISTS (SELECT 1 FROM bank_entry WHERE payment_id = transfer.id AND format = 'camt') AS by_camt
         FROM hand_payment
         JOIN transfer ON transfer.id = hand_payment.transfer_id
         JOIN customer ON customer.id = hand_payment.customer_id
         WHERE hand_payment.business_id = $1 AND hand_payment.received_on >= $2
            AND hand_payment.method IN ('manual', 'cheque')
            AND NOT EXISTS (SELECT 1 FROM transfer AS reversal WHERE reversal.reverses = transfer.id)")
        .bind(business.uuid()).bind(since).fetch_all(connection))?;
    let mut numbers = numbers_paid(tx, business, since).await?;
    rows.into_iter()
        .map(|row| {
            let payment = TransferId::from_uuid(row.transfer_id);
            let at = Reading { table: "hand_payment", row: payment };
            let told_by = [(row.by_csv, StatementFormat::Csv), (row.by_camt, StatementFormat::Camt)];
            Ok(RecordedPayment {
                payment,
                customer: CustomerId::from_uuid(row.customer_id),
                customer_name: at.value("name", Name::parse(&row.name))?.into_string(),
                amount: at.money("amount_minor", row.amount_minor, at.currency(&row.currency)?)?,
                received_on: row.received_on,
                numbers: numbers.remove(&payment).unwrap_or_default(),
                told_by: told_by.into_iter().filter(|(by, _)| *by).map(|(_, format)| format).collect(),
            })
        })
        .collect()
}

/// The numbers of the invoices that each payment received since then was used for.
async fn numbers_paid(
    tx: &mut Tx,
    business: BusinessId,
    since: Date,
) -> Result<HashMap<TransferId, Vec<String>>, StoreError> {
    // A payment cannot be used before the day it came; the day may begin earlier elsewhere than in UTC.
    let since = domain::time::start_of_day(domain::time::add_days(since, -1), domain::Zone::UTC);
    let rows: Vec<(String, String)> = on!(tx, connection => sqlx::query_as(
        "SELECT transfer.provider_ref, invoice.number
         FROM transfer
         JOIN account ON account.id = transfer.credit_account_id
         JOIN receivable ON receivable.id = account.receivable_id
         JOIN invoice ON invoice.id = receivable.invoice_id
         WHERE transfer.business_id = $1 AND transfer.provider = 'own' AND transfer.kind = 'application'
            AND transfer.booked_at >= $2")
        .bind(business.uuid()).bind(since).fetch_all(connection))?;
    let mut numbers: HashMap<TransferId, Vec<String>> = HashMap::new();
    for (reference, number) in rows {
        // An application is known by its payment, and what it paid.
        if let Some(payment) = reference.split(':').next().and_then(|payment| payment.parse().ok()) {
            numbers.entry(payment).or_default().push(number);
        }
    }
    Ok(numbers)
}
