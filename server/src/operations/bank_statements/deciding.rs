//! What a person decides about the entries of bank statements: which invoice or customer one pays, that it is money which was
//! recorded before, or that it pays nothing here.

use domain::bank::statement::{Match, OpenInvoice, RecordedPayment};
use domain::{
    BankEntryId, BankStatementId, BusinessId, CustomerId, FieldErrors, FieldProblem, InvoiceId, MemberId,
    Name, Permission, TransferId,
};
use store::bank_statements::{self, BankStatement, EntryState, KeptEntry};
use store::identity::{self, Business};
use store::{StoreError, Tx, customers, ledger};

use super::{BankStatementError, book, books, nudge};
use crate::env::{Env, Principal};
use crate::operations::payments::uses::Purse;
use crate::operations::record::actor;

/// How many entries or files a page shows.
const SHOWN_MAX: i64 = 200;
/// How many customers are offered.
const CUSTOMERS_MAX: i64 = 1000;

/// What an entry is, as a person says or as it is suggested.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pays {
    /// This invoice first, then what is due.
    Invoice(InvoiceId),
    /// Whatever of this customer is due; else it is their credit.
    Customer(CustomerId),
    /// It is this payment, which is in the books already.
    Recorded(TransferId),
}

/// An entry with what it probably is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The entry.
    pub kept: KeptEntry,
    /// What it probably is.
    pub suggested: Option<Suggested>,
}

/// What an entry probably is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Suggested {
    /// A payment of this invoice.
    Invoice(OpenInvoice, Match),
    /// This payment.
    Recorded(RecordedPayment),
}

/// What waits for a person, and what was imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Overview {
    /// The entries that wait, the oldest first; not all of them, if there are very many.
    pub waiting: Vec<Listed>,
    /// How many wait.
    pub waiting_in_all: i64,
    /// The files with how many of their entries were new, the newest first.
    pub statements: Vec<(BankStatement, i64)>,
    /// Whose it is, for the accounts that a file can be of.
    pub business: Business,
}

/// Shows what waits for a person, and what was imported.
pub async fn overview(env: &Env, principal: &Principal) -> Result<Overview, BankStatementError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let business = identity::business(&mut tx, business).await?.ok_or(BankStatementError::NotFound)?;
    let waiting = bank_statements::waiting(&mut tx, business.id, SHOWN_MAX).await?;
    let waiting_in_all = bank_statements::count_waiting(&mut tx, business.id).await?;
    let waiting = with_suggestions(&mut tx, business.id, waiting).await?;
    let statements = bank_statements::statements(&mut tx, business.id, SHOWN_MAX).await?;
    Ok(Overview { waiting, waiting_in_all, statements, business })
}

async fn with_suggestions(
    tx: &mut Tx,
    business: BusinessId,
    waiting: Vec<KeptEntry>,
) -> Result<Vec<Listed>, StoreError> {
    let Some(since) = waiting.iter().map(|kept| kept.entry.booked_on).min() else { return Ok(Vec::new()) };
    let books = books(tx, business, since).await?;
    let suggested = |kept: &KeptEntry| {
        let matched = books.matching(&kept.entry, kept.format);
        match &matched {
            Match::Suggested { receivable, .. } => Some(*receivable),
            // It was not, when the file came: a person has it before them since.
            Match::Certain { receivables, .. } => receivables.first().copied(),
            Match::Recorded { payment } => {
                let alike = books.may_be(&kept.entry, kept.format);
                let same = alike.into_iter().find(|recorded| recorded.payment == *payment);
                return same.cloned().map(Suggested::Recorded);
            }
            Match::Unknown | Match::NotIncoming => None,
        }
        .and_then(|receivable| {
            let invoice = books.invoices().iter().find(|item| item.receivable == receivable)?;
            Some(Suggested::Invoice(invoice.clone(), matched))
        })
    };
    Ok(waiting.into_iter().map(|kept| Listed { suggested: suggested(&kept), kept }).collect())
}

/// Shows what came first in one file: its name, and what was booked, what waits, and what went out or came back.
pub async fn entries_of(
    env: &Env,
    principal: &Principal,
    statement: BankStatementId,
) -> Result<(String, Vec<KeptEntry>), BankStatementError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let name = bank_statements::file_name(&mut tx, business, statement).await?;
    let name = name.ok_or(BankStatementError::NotFound)?;
    Ok((name, bank_statements::of_statement(&mut tx, business, statement, SHOWN_MAX).await?))
}

/// Everything that an entry can be said to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choices {
    /// The entry with what it probably is.
    pub listed: Listed,
    /// The payments that it may be, the nearest day first.
    pub recorded: Vec<RecordedPayment>,
    /// The open invoices in its currency, the first due first.
    pub open: Vec<OpenInvoice>,
    /// The customers by name.
    pub customers: Vec<(CustomerId, Name)>,
}

/// Shows everything that an entry can be said to be.
pub async fn choices(
    env: &Env,
    principal: &Principal,
    entry: BankEntryId,
) -> Result<Choices, BankStatementError> {
    let (business, _) = principal.member_with(Permission::RecordPayments)?;
    let mut tx = env.store.read().await?;
    let kept = bank_statements::entry(&mut tx, business, entry).await?.ok_or(BankStatementError::NotFound)?;
    let books = books(&mut tx, business, kept.entry.booked_on).await?;
    let recorded = books.may_be(&kept.entry, kept.format).into_iter().cloned().collect();
    let currency = kept.entry.amount.currency();
    let open = books.invoices().iter().filter(|item| item.payable.currency() == currency).cloned().collect();
    let all = customers::customers(&mut tx, business, "", None, CUSTOMERS_MAX).await?;
    let listed = with_suggestions(&mut tx, business, vec![kept]).await?.pop();
    Ok(Choices {
        listed: listed.ok_or(BankStatementError::NotFound)?,
        recorded,
        open,
        customers: all.into_iter().map(|customer| (customer.id, customer.name)).collect(),
    })
}

/// Writes down what an entry is, as a member says.
///
/// One transaction, which takes the customer's turn and then reads the entry again: of two who decide at once the second is told.
pub async fn confirm(
    env: &Env,
    principal: &Principal,
    entry: BankEntryId,
    pays: Option<Pays>,
) -> Result<(), BankStatementError> {
    let (business, member) = principal.member_with(Permission::RecordPayments)?;
    let pays = pays.ok_or_else(|| FieldErrors::one("pays", FieldProblem::Required))?;
    env.store
        .transact(async |tx: &mut Tx| {
            let business = identity::business(tx, business).await?.ok_or(BankStatementError::NotFound)?;
            let kept = waiting(tx, business.id, entry).await?;
            let (customer, chosen) = match pays {
                Pays::Invoice(invoice) => {
                    let found = ledger::balance_of_invoice(tx, business.id, invoice).await?;
                    let found = found.ok_or(BankStatementError::NotFound)?;
                    let expected = kept.entry.amount.currency();
                    if found.balance.total.currency() != expected {
                        let other = FieldProblem::CurrencyMismatch { expected };
                        return Err(FieldErrors::one("pays", other).into());
                    }
                    (found.customer, vec![found.receivable])
                }
                Pays::Customer(customer) => (customer, Vec::new()),
                Pays::Recorded(payment) => (owner_of(tx, business.id, &kept, payment).await?, Vec::new()),
            };
            if !ledger::take_turn(tx, business.id, customer).await? {
                return Err(BankStatementError::NotFound);
            }
            let kept = waiting(tx, business.id, entry).await?;
            let state = match pays {
                Pays::Recorded(payment) => {
                    // It may have been taken back, or told of by another entry, since it was offered.
                    owner_of(tx, business.id, &kept, payment).await?;
                    EntryState::Recorded { payment }
                }
                Pays::Invoice(_) | Pays::Customer(_) => {
                    let purse =
                        Purse { business: business.id, customer, actor: actor(principal), attempt: None };
                    let payment = book(tx, env, &business, &purse, &kept, Some(member), chosen).await?;
                    EntryState::Booked { payment }
                }
            };
            decide(tx, env, business.id, &kept, state, member).await
        })
        .await?;
    nudge(env);
    Ok(())
}

/// The entry, if it waits for a decision.
async fn waiting(
    tx: &mut Tx,
    business: BusinessId,
    entry: BankEntryId,
) -> Result<KeptEntry, BankStatementError> {
    let kept = bank_statements::entry(tx, business, entry).await?.ok_or(BankStatementError::NotFound)?;
    if kept.state == EntryState::Waiting { Ok(kept) } else { Err(BankStatementError::Decided) }
}

/// Whose payment an entry is said to be, if it may be that payment.
async fn owner_of(
    tx: &mut Tx,
    business: BusinessId,
    kept: &KeptEntry,
    payment: TransferId,
) -> Result<CustomerId, BankStatementError> {
    let books = books(tx, business, kept.entry.booked_on).await?;
    let same =
        books.may_be(&kept.entry, kept.format).into_iter().find(|recorded| recorded.payment == payment);
    same.map(|recorded| recorded.customer).ok_or(BankStatementError::Decided)
}

async fn decide(
    tx: &mut Tx,
    env: &Env,
    business: BusinessId,
    kept: &KeptEntry,
    state: EntryState,
    by: MemberId,
) -> Result<(), BankStatementError> {
    let first = bank_statements::decide(tx, business, kept, state, Some(by), env.business_now()).await?;
    if first { Ok(()) } else { Err(BankStatementError::Decided) }
}

/// Says that an entry pays nothing here.
pub async fn set_aside(
    env: &Env,
    principal: &Principal,
    entry: BankEntryId,
) -> Result<(), BankStatementError> {
    let (business, member) = principal.member_with(Permission::RecordPayments)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let kept =
                bank_statements::entry(tx, business, entry).await?.ok_or(BankStatementError::NotFound)?;
            match kept.state {
                EntryState::SetAside => Ok(()),
                EntryState::Waiting => decide(tx, env, business, &kept, EntryState::SetAside, member).await,
                _ => Err(BankStatementError::Decided),
            }
        })
        .await
}

/// Takes back that an entry pays nothing here, or that it is money which was recorded before: it waits again. What was booked of it is
/// taken back in the ledger instead.
pub async fn take_up(env: &Env, principal: &Principal, entry: BankEntryId) -> Result<(), BankStatementError> {
    let (business, member) = principal.member_with(Permission::RecordPayments)?;
    env.store
        .transact(async |tx: &mut Tx| {
            let kept =
                bank_statements::entry(tx, business, entry).await?.ok_or(BankStatementError::NotFound)?;
            match kept.state {
                EntryState::Waiting => Ok(()),
                EntryState::SetAside | EntryState::Recorded { .. } => {
                    decide(tx, env, business, &kept, EntryState::Waiting, member).await
                }
                EntryState::Booked { .. } | EntryState::Shown => Err(BankStatementError::Decided),
            }
        })
        .await
}
