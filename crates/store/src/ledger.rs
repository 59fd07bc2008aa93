//! The double-entry ledger: accounts, transfers, balances.
//!
//! `domain::ledger` says which rows a fact becomes; here they are written, once each, and summed. Accounts need no
//! opening: the first row that names one makes it, with an id derived from what the account is of.
//!
//! Whoever books a customer's money, and whoever reads it in order to act on it (a hand-over, a new attempt, a
//! void), first calls [`take_turn`]: they then come one after the other, so that nothing is sent about money that was booked before
//! the sending committed. On SQLite writers come one after the other anyway; the call costs one row there.

use domain::invoice::Balance;
use domain::ledger::{Account, AccountKind, Entry, OpenItem, Posted, Provider, TransferKind};
use domain::payment::Method;
use domain::{
    AccountId, BusinessId, Currency, CustomerId, Date, EventId, InvoiceId, Money, ReceivableId, Timestamp,
    TransferId,
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// Waits until nobody else acts on this customer's money, and holds others off until the transaction ends. False if there is
/// no such customer.
pub async fn take_turn(tx: &mut Tx, business: BusinessId, customer: CustomerId) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE customer SET money_version = money_version + 1 WHERE id = $1 AND business_id = $2"
        )
        .bind(customer.uuid())
        .bind(business.uuid())
    )?;
    Ok(rows == 1)
}

/// Takes the turns of many customers, in the order of their ids, so that two who take several never wait for each other
/// crosswise. Writers on SQLite have come one after the other already.
pub async fn take_turns(tx: &mut Tx, customers: &[CustomerId]) -> Result<(), StoreError> {
    if tx.writes_alone() {
        return Ok(());
    }
    let ids: Vec<Uuid> = customers.iter().map(|customer| customer.uuid()).collect();
    let _turns: Vec<Uuid> = on_ids!(tx, &ids, listed, connection => sqlx::query_scalar(
        concat!("SELECT id FROM customer WHERE id ", listed!(), " ORDER BY id FOR NO KEY UPDATE"))
        .bind(listed).fetch_all(connection))?;
    Ok(())
}

/// A row to be booked.
#[derive(Clone, Copy, Debug)]
pub struct Posting<'a> {
    /// Its id.
    pub id: TransferId,
    /// Whose ledger.
    pub business: BusinessId,
    /// What it says.
    pub entry: &'a Entry,
    /// The event that tells of it, recorded in the same transaction.
    pub event: EventId,
    /// When the money moved. Business time.
    pub happened_at: Timestamp,
    /// Now. Business time.
    pub booked_at: Timestamp,
}

/// What came of a posting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booked {
    /// It stands in the ledger now.
    Now,
    /// This fact was booked before, by this row. Compare its amount if it may differ.
    Before {
        /// The row.
        id: TransferId,
        /// Its amount.
        amount: Money,
    },
}

/// Books a row once: the same fact (provider, kind, reference) again changes nothing.
pub async fn post(tx: &mut Tx, posting: &Posting<'_>) -> Result<Booked, StoreError> {
    let Posting { entry, business, .. } = *posting;
    let currency = entry.amount.currency();
    let debit = open_account(tx, business, currency, entry.debit, posting.booked_at).await?;
    let credit = open_account(tx, business, currency, entry.credit, posting.booked_at).await?;
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO transfer (id, business_id, currency, debit_account_id, credit_account_id, amount_minor, kind,
                provider, provider_ref, reverses, event_id, happened_at, booked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
             ON CONFLICT (business_id, provider, kind, provider_ref) DO NOTHING"
        )
        .bind(posting.id.uuid())
        .bind(business.uuid())
        .bind(currency.code())
        .bind(debit.uuid())
        .bind(credit.uuid())
        .bind(entry.amount.minor())
        .bind(entry.kind.as_str())
        .bind(entry.provider.as_str())
        .bind(&entry.reference[..])
        .bind(entry.reverses.map(TransferId::uuid))
        .bind(posting.event.uuid())
        .bind(posting.happened_at)
        .bind(posting.booked_at)
    )?;
    if rows == 1 {
        return Ok(Booked::Now);
    }
    let posted =
        find(tx, business, entry.provider, entry.kind, &entry.reference).await?.ok_or_else(|| {
            StoreError::corrupt(
                "transfer",
                "provider_ref",
                &entry.reference,
                "booked already, and not to be found",
            )
        })?;
    Ok(Booked::Before { id: posted.id, amount: posted.entry.amount })
}

/// The id of an account is made of what it is of, so that nobody has to look it up.
fn account_id(business: BusinessId, currency: Currency, account: Account) -> AccountId {
    let digest = Sha256::new()
        .chain_update(b"dunlin account 1")
        .chain_update(business.uuid().as_bytes())
        .chain_update(currency.code().as_bytes())
        .chain_update(owner(business, account).as_bytes())
        .chain_update(account.kind().as_str().as_bytes())
        .finalize();
    let mut bytes = [0_u8; 16];
    bytes.copy_from_slice(&digest[..16]);
    AccountId::from_uuid(uuid::Builder::from_custom_bytes(bytes).into_uuid())
}

fn owner(business: BusinessId, account: Account) -> Uuid {
    match account {
        Account::Receivable(receivable) => receivable.uuid(),
        Account::Unapplied(customer) => customer.uuid(),
        Account::Gateway | Account::Bank | Account::Revenue | Account::Tax | Account::WriteOff => {
            business.uuid()
        }
    }
}

async fn open_account(
    tx: &mut Tx,
    business: BusinessId,
    currency: Currency,
    account: Account,
    now: Timestamp,
) -> Result<AccountId, StoreError> {
    let id = account_id(business, currency, account);
    let kind = account.kind().as_str();
    match account {
        Account::Receivable(receivable) => execute!(
            tx,
            sqlx::query(
                "INSERT INTO account (id, business_id, currency, kind, owner_id, customer_id, receivable_id, created_at)
                 SELECT $1, receivable.business_id, $3, $4, receivable.id, receivable.customer_id, receivable.id, $6
                 FROM receivable WHERE receivable.id = $5 AND receivable.business_id = $2
                 ON CONFLICT DO NOTHING"
            )
            .bind(id.uuid())
            .bind(business.uuid())
            .bind(currency.code())
            .bind(kind)
            .bind(receivable.uuid())
            .bind(now)
        )?,
        Account::Unapplied(_) | Account::Gateway | Account::Bank | Account::Revenue | Account::Tax | Account::WriteOff => {
            let customer = match account {
                Account::Unapplied(customer) => Some(customer.uuid()),
                _ => None,
            };
            execute!(
                tx,
                sqlx::query(
                    "INSERT INTO account (id, business_id, currency, kind, owner_id, customer_id, created_at)
                     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING"
                )
                .bind(id.uuid())
                .bind(business.uuid())
                .bind(currency.code())
                .bind(kind)
                .bind(owner(business, account))
                .bind(customer)
                .bind(now)
            )?
        }
    };
    Ok(id)
}

row! {
    pub(crate) struct PostedRow {
        id: Uuid,
        currency: String,
        amount_minor: i64,
        kind: String,
        provider: String,
        provider_ref: String,
        reverses: Option<Uuid>,
        event_id: Uuid,
        happened_at: Timestamp,
        debit_kind: String,
        debit_owner: Uuid,
        credit_kind: String,
        credit_owner: Uuid,
        reversed_minor: i64,
    }
}

macro_rules! posted_columns {
    () => {
        "SELECT transfer.id, transfer.currency, transfer.amount_minor, transfer.kind,
            transfer.provider, transfer.provider_ref, transfer.reverses, transfer.event_id, transfer.happened_at,
            debit.kind AS debit_kind, debit.owner_id AS debit_owner,
            credit.kind AS credit_kind, credit.owner_id AS credit_owner,
            CAST(COALESCE((SELECT SUM(reversal.amount_minor) FROM transfer AS reversal
                WHERE reversal.reverses = transfer.id), 0) AS BIGINT) AS reversed_minor
         FROM transfer
         JOIN account AS debit ON debit.id = transfer.debit_account_id
         JOIN account AS credit ON credit.id = transfer.credit_account_id"
    };
}

impl TryFrom<PostedRow> for Posted {
    type Error = StoreError;

    fn try_from(row: PostedRow) -> Result<Self, StoreError> {
        let id = TransferId::from_uuid(row.id);
        let at = Reading { table: "transfer", row: id };
        let currency = at.currency(&row.currency)?;
        let account = |column, kind: &str, owner| {
            Ok::<_, StoreError>(match at.known(column, AccountKind::from_name(kind))? {
                AccountKind::Receivable => Account::Receivable(ReceivableId::from_uuid(owner)),
                AccountKind::Unapplied => Account::Unapplied(CustomerId::from_uuid(owner)),
                AccountKind::Gateway => Account::Gateway,
                AccountKind::Bank => Account::Bank,
                AccountKind::Revenue => Account::Revenue,
                AccountKind::Tax => Account::Tax,
                AccountKind::WriteOff => Account::WriteOff,
            })
        };
        Ok(Self {
            id,
            entry: Entry {
                debit: account("debit_account_id", &row.debit_kind, row.debit_owner)?,
                credit: account("credit_account_id", &row.credit_kind, row.credit_owner)?,
                amount: at.money("amount_minor", row.amount_minor, currency)?,
                kind: at.known("kind", TransferKind::from_name(&row.kind))?,
                provider: at.known("provider", Provider::from_name(&row.provider))?,
                reference: row.provider_ref,
                reverses: row.reverses.map(TransferId::from_uuid),
            },
            reversed: at.money("amount_minor", row.reversed_minor, currency)?,
        })
    }
}

pub(crate) fn posted(rows: Vec<PostedRow>) -> Result<Vec<Posted>, StoreError> {
    rows.into_iter().map(Posted::try_from).collect()
}

pub mod back;
pub mod credits;
pub mod statement;

/// The row that booked a fact.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    provider: Provider,
    kind: TransferKind,
    reference: &str,
) -> Result<Option<Posted>, StoreError> {
    let row: Option<PostedRow> = on!(tx, connection => sqlx::query_as(concat!(posted_columns!(),
        " WHERE transfer.business_id = $1 AND transfer.provider = $2 AND transfer.kind = $3 AND transfer.provider_ref = $4"))
        .bind(business.uuid()).bind(provider.as_str()).bind(kind.as_str()).bind(reference).fetch_optional(connection))?;
    row.map(Posted::try_from).transpose()
}

/// Every row that touches an account, oldest first. By the account's own id, which both indexes of the ledger begin with.
pub async fn rows_of(
    tx: &mut Tx,
    business: BusinessId,
    currency: Currency,
    account: Account,
) -> Result<Vec<Posted>, StoreError> {
    let id = account_id(business, currency, account);
    let rows: Vec<PostedRow> = on!(tx, connection => sqlx::query_as(concat!(posted_columns!(),
        " WHERE transfer.debit_account_id = $1 OR transfer.credit_account_id = $1 ORDER BY transfer.id"))
        .bind(id.uuid()).fetch_all(connection))?;
    posted(rows)
}

/// How one payment was applied, oldest first: the rows whose reference begins with its id.
pub async fn applications_of(
    tx: &mut Tx,
    business: BusinessId,
    payment: TransferId,
) -> Result<Vec<Posted>, StoreError> {
    let rows: Vec<PostedRow> = on!(tx, connection => sqlx::query_as(concat!(posted_columns!(),
        " WHERE transfer.business_id = $1 AND transfer.provider = 'own' AND transfer.kind = 'application'
            AND transfer.provider_ref >= $2 AND transfer.provider_ref < $3
          ORDER BY transfer.id"))
        .bind(business.uuid()).bind(format!("{payment}:")).bind(format!("{payment};")).fetch_all(connection))?;
    posted(rows)
}

/// A payment that was applied to an invoice, as its sheet shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    /// The payment.
    pub payment: TransferId,
    /// When the money moved.
    pub happened_at: Timestamp,
    /// What of it went to this receivable and was not taken back.
    pub amount: Money,
    /// How, if an attempt of ours collected it or a member wrote it down.
    pub method: Option<Method>,
}

/// What was received for a receivable, oldest first. Payments that went back altogether are not in it.
pub async fn received(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Vec<Received>, StoreError> {
    let rows: Vec<PostedRow> = on!(tx, connection => sqlx::query_as(concat!(posted_columns!(),
        " WHERE transfer.business_id = $1 AND transfer.kind = 'application'
            AND credit.kind = 'receivable' AND credit.owner_id = $2
          ORDER BY transfer.id"))
        .bind(business.uuid()).bind(receivable.uuid()).fetch_all(connection))?;
    let mut received: Vec<Received> = Vec::with_capacity(rows.len());
    for row in rows {
        let happened_at = row.happened_at;
        let row = Posted::try_from(row)?;
        let at = Reading { table: "transfer", row: row.id };
        let payment =
            at.known("provider_ref", row.entry.reference.split(':').next().and_then(|id| id.parse().ok()))?;
        let left = at.money(
            "amount_minor",
            row.entry.amount.minor() - row.reversed.minor(),
            row.entry.amount.currency(),
        )?;
        if left.is_positive() {
            let method: Option<Option<String>> = on!(tx, connection => sqlx::query_scalar(
                "SELECT COALESCE(hand_payment.method, payment_attempt.method) FROM transfer
                 LEFT JOIN hand_payment ON hand_payment.transfer_id = transfer.id
                 LEFT JOIN payment_attempt ON payment_attempt.business_id = transfer.business_id
                    AND payment_attempt.provider = transfer.provider
                    AND payment_attempt.payment_intent_id = transfer.provider_ref
                 WHERE transfer.id = $1 AND transfer.business_id = $2
                 ORDER BY payment_attempt.id LIMIT 1")
                .bind(TransferId::uuid(payment)).bind(business.uuid()).fetch_optional(connection))?;
            let method =
                method.flatten().map(|name| at.known("method", Method::from_name(&name))).transpose()?;
            received.push(Received { payment, happened_at, amount: left, method });
        }
    }
    Ok(received)
}

/// A receivable with what the ledger and the attempts say of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivableBalance {
    /// The receivable.
    pub receivable: ReceivableId,
    /// Its invoice.
    pub invoice: InvoiceId,
    /// Its customer.
    pub customer: CustomerId,
    /// The invoice's number.
    pub number: String,
    /// The due date.
    pub due_on: Date,
    /// The sums. After a void the total is nothing.
    pub balance: Balance,
}

row! {
    struct BalanceRow {
        receivable_id: Uuid,
        invoice_id: Uuid,
        customer_id: Uuid,
        number: Option<String>,
        currency: String,
        due_date: Date,
        total_minor: i64,
        paid_minor: i64,
        written_off_minor: i64,
        credited_minor: i64,
        processing_minor: i64,
    }
}

/// The sums over `transfer` for each receivable of `scoped`. A reversal counts as what it reverses, the other way round.
///
/// `CROSS JOIN` keeps SQLite from walking through every attempt there ever was: it takes such a join in the order written.
macro_rules! balances_of {
    ($($scope:expr),+) => {
        concat!(
            "WITH scoped AS (
                SELECT receivable.* FROM receivable WHERE ",
            $($scope,)+
            "), moved AS (
                SELECT scoped.id AS receivable_id, COALESCE(original.kind, transfer.kind) AS kind,
                    CASE WHEN transfer.debit_account_id = account.id THEN transfer.amount_minor
                         ELSE -transfer.amount_minor END AS signed_minor
                FROM scoped
                JOIN account ON account.business_id = scoped.business_id AND account.currency = scoped.currency
                    AND account.kind = 'receivable' AND account.owner_id = scoped.id
                JOIN transfer
                    ON transfer.debit_account_id = account.id OR transfer.credit_account_id = account.id
                LEFT JOIN transfer AS original ON original.id = transfer.reverses
            ), summed AS (
                SELECT receivable_id,
                    SUM(CASE WHEN kind IN ('issue', 'tax') THEN signed_minor ELSE 0 END) AS total_minor,
                    SUM(CASE WHEN kind = 'application' THEN -signed_minor ELSE 0 END) AS paid_minor,
                    SUM(CASE WHEN kind = 'write_off' THEN -signed_minor ELSE 0 END) AS written_off_minor,
                    SUM(CASE WHEN kind = 'credit_note' THEN -signed_minor ELSE 0 END) AS credited_minor
                FROM moved GROUP BY receivable_id
            ), underway AS (
                SELECT attempt_part.receivable_id, SUM(attempt_part.amount_minor) AS processing_minor
                FROM scoped
                CROSS JOIN attempt_part
                JOIN payment_attempt ON payment_attempt.id = attempt_part.attempt_id
                WHERE attempt_part.receivable_id = scoped.id AND payment_attempt.state = 'processing'
                GROUP BY attempt_part.receivable_id
            )
            SELECT scoped.id AS receivable_id, scoped.invoice_id, scoped.customer_id, invoice.number, scoped.currency,
                scoped.due_date,
                CAST(COALESCE(summed.total_minor, 0) AS BIGINT) AS total_minor,
                CAST(COALESCE(summed.paid_minor, 0) AS BIGINT) AS paid_minor,
                CAST(COALESCE(summed.written_off_minor, 0) AS BIGINT) AS written_off_minor,
                CAST(COALESCE(summed.credited_minor, 0) AS BIGINT) AS credited_minor,
                CAST(COALESCE(underway.processing_minor, 0) AS BIGINT) AS processing_minor
            FROM scoped
            JOIN invoice ON invoice.id = scoped.invoice_id
            LEFT JOIN summed ON summed.receivable_id = scoped.id
            LEFT JOIN underway ON underway.receivable_id = scoped.id
            ORDER BY scoped.due_date, scoped.id"
        )
    };
}

impl TryFrom<BalanceRow> for ReceivableBalance {
    type Error = StoreError;

    fn try_from(row: BalanceRow) -> Result<Self, StoreError> {
        let receivable = ReceivableId::from_uuid(row.receivable_id);
        let at = Reading { table: "receivable", row: receivable };
        let currency = at.currency(&row.currency)?;
        let balance = Balance::new(
            at.money("total", row.total_minor, currency)?,
            at.money("paid", row.paid_minor, currency)?,
            at.money("written off", row.written_off_minor, currency)?,
            at.money("processing", row.processing_minor, currency)?,
        )
        .and_then(|balance| balance.less_credited(Money::new(row.credited_minor, currency)?))
        .map_err(|error| StoreError::corrupt("receivable", "balance", receivable, error))?;
        Ok(Self {
            receivable,
            invoice: InvoiceId::from_uuid(row.invoice_id),
            customer: CustomerId::from_uuid(row.customer_id),
            number: at.present("number", row.number)?,
            due_on: row.due_date,
            balance,
        })
    }
}

fn balances(rows: Vec<BalanceRow>) -> Result<Vec<ReceivableBalance>, StoreError> {
    rows.into_iter().map(ReceivableBalance::try_from).collect()
}

/// The balance of one receivable.
pub async fn balance(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Option<ReceivableBalance>, StoreError> {
    let row: Option<BalanceRow> = on!(tx, connection => sqlx::query_as(
        balances_of!("receivable.business_id = $1 AND receivable.id = $2"))
        .bind(business.uuid()).bind(receivable.uuid()).fetch_optional(connection))?;
    row.map(ReceivableBalance::try_from).transpose()
}

/// The balances of these receivables, of whatever businesses, oldest due date first.
pub(crate) async fn balances_of(
    tx: &mut Tx,
    receivables: &[Uuid],
) -> Result<Vec<ReceivableBalance>, StoreError> {
    let rows: Vec<BalanceRow> = on_ids!(tx, receivables, listed, connection => sqlx::query_as(
        balances_of!("receivable.id ", listed!())).bind(listed).fetch_all(connection))?;
    balances(rows)
}

/// The balance of one invoice's receivable.
pub async fn balance_of_invoice(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
) -> Result<Option<ReceivableBalance>, StoreError> {
    let row: Option<BalanceRow> = on!(tx, connection => sqlx::query_as(
        balances_of!("receivable.business_id = $1 AND receivable.invoice_id = $2"))
        .bind(business.uuid()).bind(invoice.uuid()).fetch_optional(connection))?;
    row.map(ReceivableBalance::try_from).transpose()
}

/// The balances of a customer's receivables, oldest due date first.
pub async fn balances_of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<ReceivableBalance>, StoreError> {
    let rows: Vec<BalanceRow> = on!(tx, connection => sqlx::query_as(
        balances_of!("receivable.business_id = $1 AND receivable.customer_id = $2"))
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    balances(rows)
}

/// The balances of all of a business's receivables, oldest due date first.
pub async fn balances_of_business(
    tx: &mut Tx,
    business: BusinessId,
) -> Result<Vec<ReceivableBalance>, StoreError> {
    let rows: Vec<BalanceRow> = on!(tx, connection => sqlx::query_as(
        balances_of!("receivable.business_id = $1")).bind(business.uuid()).fetch_all(connection))?;
    balances(rows)
}

/// What of a customer is open in one currency, for `domain::ledger`'s order.
pub async fn open_items(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    currency: Currency,
) -> Result<Vec<OpenItem>, StoreError> {
    let balances = balances_of_customer(tx, business, customer).await?;
    Ok(balances
        .into_iter()
        .filter(|item| item.balance.open.currency() == currency && item.balance.open.is_positive())
        .map(|item| OpenItem {
            receivable: item.receivable,
            due_on: item.due_on,
            number: item.number,
            open: item.balance.open,
        })
        .collect())
}

/// A customer's money that waits for a use, in one currency.
pub async fn unapplied(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    currency: Currency,
) -> Result<Money, StoreError> {
    let credit = balance_of_account(tx, business, currency, Account::Unapplied(customer)).await?;
    Ok(credit.negated())
}

/// Σ debit − Σ credit of any account; nothing if it was never used.
pub async fn balance_of_account(
    tx: &mut Tx,
    business: BusinessId,
    currency: Currency,
    account: Account,
) -> Result<Money, StoreError> {
    let id = account_id(business, currency, account);
    let minor: i64 = on!(tx, connection => sqlx::query_scalar(
        "SELECT CAST(
            COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE debit_account_id = $1), 0)
            - COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE credit_account_id = $1), 0) AS BIGINT)")
        .bind(id.uuid()).fetch_one(connection))?;
    Reading { table: "account", row: id }.money("balance", minor, currency)
}

/// Something the books say that cannot be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Discrepancy {
    /// Which row: `receivable rcv_…`, `customer cust_…`.
    pub row: String,
    /// What is wrong with it.
    pub problem: &'static str,
}

/// Compares the ledger with what it must agree with: rows balance by construction, so what remains are the totals of
/// invoices and accounts that were overdrawn.
pub async fn discrepancies(tx: &mut Tx, business: BusinessId) -> Result<Vec<Discrepancy>, StoreError> {
    let mut found = Vec::new();
    let amounts: Vec<(Uuid, i64, String)> = on!(tx, connection => sqlx::query_as(
        "SELECT receivable.id, receivable.amount_minor, invoice.state FROM receivable
         JOIN invoice ON invoice.id = receivable.invoice_id WHERE receivable.business_id = $1 ORDER BY receivable.due_date, receivable.id")
        .bind(business.uuid()).fetch_all(connection))?;
    let balances = balances_of_business(tx, business).await?;
    for ((id, amount_minor, state), balance) in amounts.iter().zip(&balances) {
        let row = || format!("receivable {}", ReceivableId::from_uuid(*id));
        let expected_minor = if state == "void" { 0 } else { *amount_minor };
        if balance.balance.total.minor() != expected_minor {
            found.push(Discrepancy { row: row(), problem: "was not booked as its invoice says" });
        }
        if balance.balance.open.is_negative() {
            found.push(Discrepancy { row: row(), problem: "has more applied to it than it asked for" });
        }
    }
    let overdrawn: Vec<Uuid> = on!(tx, connection => sqlx::query_scalar(
        "SELECT account.owner_id FROM account
         WHERE account.business_id = $1 AND account.kind = 'unapplied'
            AND COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE debit_account_id = account.id), 0)
                > COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE credit_account_id = account.id), 0)
         ORDER BY account.owner_id")
        .bind(business.uuid()).fetch_all(connection))?;
    found.extend(overdrawn.into_iter().map(|customer| Discrepancy {
        row: format!("customer {}", CustomerId::from_uuid(customer)),
        problem: "has had more money used than came",
    }));
    Ok(found)
}
