//! Credit notes: an issued invoice made smaller, in whole or in part, by a document with a number of its own.
//!
//! One transaction takes the customer's turn, sees what of the invoice no credit note has taken back yet, and books the note.
//! What of it is open is owed no more. Where more was paid or given up than the invoice is now worth, that is undone: a write-off
//! first, which is no money, then payments, the newest first, which become the customer's credit and are used or given back like
//! any other. Messages that wait about the invoice read the facts again before they leave, so none of them speaks of what is
//! not open any more.

use domain::credit_note as rules;
use domain::event::EventKind;
use domain::invoice::InvoiceStatus;
use domain::ledger::{self as books, Account, Entry, Posted, TransferKind};
use domain::message::MessageKind;
use domain::sheet::CreditNoteSheet;
use domain::time::{Date, civil_date};
use domain::{
    BusinessId, CreditNoteId, FieldErrors, InvoiceId, Label, Locale, Money, MoneyError, Permission,
    ShortText, TransferId,
};
use store::credit_notes::{self as rows, CreditNote};
use store::invoices::{self, Invoice};
use store::ledger::{self, Booked, Posting, ReceivableBalance};
use store::{StoreError, Tx, customers, identity, receivables};

use super::booking::ReceiptData;
use super::by_hand::{form_of, sent_before};
use super::receipts;
use super::uses::{self, Purse, UseError};
use crate::env::{Env, NotPermitted, Principal};
use crate::operations::portal;
use crate::operations::record::{Facts, Personal, Told, actor, record};

/// Why no credit note was issued or shown.
#[derive(Debug, thiserror::Error)]
pub enum CreditNoteError {
    /// Not for this principal.
    #[error(transparent)]
    NotPermitted(#[from] NotPermitted),
    /// There is no such invoice or credit note, or the principal's links do not cover it.
    #[error("no such invoice or credit note")]
    NotFound,
    /// What was typed needs attention.
    #[error(transparent)]
    Fields(#[from] FieldErrors),
    /// It is no issued invoice, or all of it was credited already.
    #[error("nothing of the invoice can be credited")]
    NothingLeft,
    /// It could not be booked.
    #[error(transparent)]
    Use(#[from] UseError),
    /// The database.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<MoneyError> for CreditNoteError {
    fn from(error: MoneyError) -> Self {
        Self::Use(UseError::Money(error))
    }
}

/// A credit note, as typed.
#[derive(Debug, Clone, Default)]
pub struct CreditNoteInput {
    /// What the form is known by: sent twice, it makes one.
    pub form: String,
    /// How much, tax included; empty for all that is left of the invoice.
    pub amount: String,
    /// How the author writes numbers; the business's formats unless given.
    pub locale: Option<Locale>,
    /// Why: it stands on the document.
    pub reason: String,
}

/// Issues a credit note for an invoice.
pub async fn issue(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
    input: &CreditNoteInput,
) -> Result<CreditNote, CreditNoteError> {
    let (business, member) = principal.member_with(Permission::VoidInvoices)?;
    let note = env
        .store
        .transact(async |tx: &mut Tx| {
            let business = identity::business(tx, business).await?.ok_or(CreditNoteError::NotFound)?;
            let found = of(tx, business.id, invoice).await?;
            ledger::take_turn(tx, business.id, found.customer).await?;
            let form = form_of(&input.form)?;
            if let Some(known) = rows::by_form(tx, business.id, &form).await? {
                let total = found.totals()?.total;
                let (amount, reason) = parse(input, total, input.locale.unwrap_or(business.locale))?;
                // Left empty it meant what was left then.
                let same = known.invoice == invoice
                    && known.reason == reason
                    && (input.amount.trim().is_empty() || amount == known.totals.total);
                return if same { Ok(known) } else { Err(CreditNoteError::Fields(sent_before())) };
            }
            // Read again: whoever had the turn before may have voided it.
            let found = of(tx, business.id, invoice).await?;
            let left = left_of(tx, &found).await?;
            let before = ledger::balance_of_invoice(tx, business.id, invoice).await?;
            let before = before.ok_or(CreditNoteError::NothingLeft)?;
            let (amount, reason) = parse(input, left.total, input.locale.unwrap_or(business.locale))?;
            let now = env.business_now();
            let today = civil_date(now, business.time_zone);
            let note = CreditNote {
                id: env.new_id(),
                business: business.id,
                customer: found.customer,
                invoice,
                receivable: before.receivable,
                number: next_number(tx, business.id, today).await?,
                totals: rules::credit(&left, amount)?,
                issued_on: today,
                reason,
                form,
                issued_by: member,
                created_at: now,
            };
            book(tx, env, principal, &note, &before).await?;
            Ok(note)
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(note)
}

async fn of(tx: &mut Tx, business: BusinessId, invoice: InvoiceId) -> Result<Invoice, CreditNoteError> {
    invoices::invoice(tx, business, invoice).await?.ok_or(CreditNoteError::NotFound)
}

/// What of an issued invoice can still be credited.
async fn left_of(tx: &mut Tx, invoice: &Invoice) -> Result<domain::invoice::Totals, CreditNoteError> {
    if invoice.state.status() != InvoiceStatus::Issued {
        return Err(CreditNoteError::NothingLeft);
    }
    let earlier = rows::of_invoice(tx, invoice.business, invoice.id).await?;
    let earlier: Vec<_> = earlier.into_iter().map(|note| note.totals).collect();
    let left = rules::left_of(&invoice.totals()?, &earlier)?;
    if left.total.is_positive() { Ok(left) } else { Err(CreditNoteError::NothingLeft) }
}

fn parse(input: &CreditNoteInput, left: Money, locale: Locale) -> Result<(Money, ShortText), FieldErrors> {
    let mut errors = FieldErrors::new();
    let amount = match input.amount.trim() {
        "" => Ok(left),
        typed => Money::parse_up_to(typed, left, locale),
    };
    let amount = errors.check("amount_credited", amount);
    let reason = errors.check("reason", ShortText::parse(&input.reason));
    match (amount, reason) {
        (Some(amount), Some(reason)) => Ok((amount, reason)),
        _ => Err(errors),
    }
}

/// The next number of the year, `CN-2026-001`: gapless, because a rollback gives it back.
async fn next_number(tx: &mut Tx, business: BusinessId, today: Date) -> Result<Label, CreditNoteError> {
    let year = today.format("%Y");
    let next = customers::next_number(tx, business, &format!("credit note {year}")).await?;
    let number = Label::parse(&format!("CN-{year}-{next:03}"));
    Ok(number.map_err(|problem| FieldErrors::one("number", problem))?)
}

async fn book(
    tx: &mut Tx,
    env: &Env,
    principal: &Principal,
    note: &CreditNote,
    before: &ReceivableBalance,
) -> Result<(), CreditNoteError> {
    let (business, receivable, amount) = (note.business, note.receivable, note.totals.total);
    let purse = Purse { business, customer: note.customer, actor: actor(principal), attempt: None };
    let facts = Facts { amount: Some(amount), number: Some(note.number.to_string()), ..Facts::default() };
    let personal = Personal { note: Some(note.reason.to_string()), ..Personal::default() };
    let told = Told::new(EventKind::CreditNoteIssued, note.invoice)
        .customer(note.customer)
        .invoice(note.invoice)
        .facts(facts)
        .personal(personal);
    let event = record(tx, env, business, purse.actor, told);

    let effect = rules::effect(amount, before.balance.open)?;
    free(tx, env, &purse, note, effect.freed).await?;
    let first: TransferId = env.new_id();
    for (place, entry) in books::credit_note(note.id, receivable, &note.totals).iter().enumerate() {
        let id = if place == 0 { first } else { env.new_id() };
        let posting =
            Posting { id, business, entry, event, happened_at: note.created_at, booked_at: note.created_at };
        if let Booked::Before { .. } = ledger::post(tx, &posting).await? {
            return Err(UseError::Raced.into());
        }
    }
    rows::issue(tx, note, event).await?;

    if effect.off_open.is_positive() {
        uses::close_pages(tx, env, &purse, receivable).await?;
    }
    receivables::look_again(tx, business, receivable, env.business_now()).await?;
    if effect.freed.is_positive() {
        uses::use_credit(tx, env, &purse, amount.currency(), &[]).await?;
    }
    let notice = ReceiptData {
        payment: first,
        reference: note.number.to_string(),
        amount,
        method: None,
        applied: vec![(note.invoice, amount)],
    };
    receipts::queue(tx, env, &purse, MessageKind::CreditNote, &notice).await?;
    Ok(())
}

/// Undoes so much of what had settled the invoice: write-offs first, then payments, the newest first.
async fn free(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    note: &CreditNote,
    amount: Money,
) -> Result<(), CreditNoteError> {
    if !amount.is_positive() {
        return Ok(());
    }
    let account = Account::Receivable(note.receivable);
    let all = ledger::rows_of(tx, purse.business, amount.currency(), account).await?;
    let mut left = amount;
    for kind in [TransferKind::WriteOff, TransferKind::Application] {
        let of_kind: Vec<Posted> = all.iter().filter(|row| row.entry.kind == kind).cloned().collect();
        let (undone, rest) = books::undo(left, Money::zero(amount.currency()), &of_kind)?;
        left = rest;
        for (id, part) in undone {
            let Some(row) = of_kind.iter().find(|row| row.id == id) else { continue };
            // One note undoes a row once, which makes a reference that no other reversal of the row has.
            let reference = format!("{id}:{}", note.id);
            let entry = Entry { reference, ..books::reversal(row, 1, part) };
            let facts = Facts { amount: Some(part), ..Facts::default() };
            uses::post(tx, env, purse, &entry, |id| Told::new(EventKind::TransferReversed, id).facts(facts))
                .await?;
        }
    }
    Ok(())
}

/// What can still be credited of an invoice, for the form; none where nothing can.
pub async fn creditable(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<Option<Money>, CreditNoteError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    let found = of(&mut tx, business, invoice).await?;
    match left_of(&mut tx, &found).await {
        Ok(left) => Ok(Some(left.total)),
        Err(CreditNoteError::NothingLeft) => Ok(None),
        Err(error) => Err(error),
    }
}

/// The credit notes of an invoice, oldest first.
pub async fn of_invoice(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
) -> Result<Vec<CreditNote>, CreditNoteError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    Ok(rows::of_invoice(&mut tx, business, invoice).await?)
}

/// Shows a credit note of an invoice to a member.
pub async fn shown(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
    note: CreditNoteId,
) -> Result<CreditNoteSheet, CreditNoteError> {
    let (business, _) = principal.member_with(Permission::ViewInvoices)?;
    let mut tx = env.store.read().await?;
    sheet(&mut tx, business, invoice, note).await
}

/// Shows it to the customer, in the reader's language: to the holder of a link that covers the invoice.
pub async fn for_customer(
    env: &Env,
    principal: &Principal,
    invoice: InvoiceId,
    note: CreditNoteId,
) -> Result<(CreditNoteSheet, Locale), CreditNoteError> {
    let access = principal.portal()?.clone();
    let mut tx = env.store.read().await?;
    if !portal::covers(&mut tx, &access, invoice).await? {
        return Err(CreditNoteError::NotFound);
    }
    let customer = customers::customer(&mut tx, access.business, access.customer).await?;
    let customer = customer.ok_or(CreditNoteError::NotFound)?;
    let locale = portal::locale_of(&mut tx, &access, customer.locale).await?;
    Ok((sheet(&mut tx, access.business, invoice, note).await?, locale))
}

async fn sheet(
    tx: &mut Tx,
    business: BusinessId,
    invoice: InvoiceId,
    note: CreditNoteId,
) -> Result<CreditNoteSheet, CreditNoteError> {
    let note = rows::find(tx, business, note).await?.filter(|note| note.invoice == invoice);
    let note = note.ok_or(CreditNoteError::NotFound)?;
    let invoice = of(tx, business, invoice).await?;
    let (Some(issued), Some(parties)) = (invoice.state.issued(), &invoice.parties) else {
        return Err(CreditNoteError::NotFound);
    };
    Ok(CreditNoteSheet {
        number: note.number,
        issued_on: note.issued_on,
        invoice: invoice.id,
        invoice_number: issued.number.clone(),
        reason: note.reason,
        business: parties.seller.clone(),
        customer: parties.buyer.clone(),
        totals: note.totals,
    })
}
