//! Money that goes back to the payer, and comes again: the bookings that refunds, disputes and returned debits have in common.
//!
//! Each piece runs inside the transaction of its cause, whose caller has taken the customer's turn.

use domain::event::EventKind;
use domain::ledger::back as rules;
use domain::ledger::{Account, Posted, Provider, TransferKind, payment, reversal};
use domain::{Currency, InvoiceId, Money, ReceivableId, TransferId};
use store::ledger::{self, Booked, Posting, back, credits};
use store::{Tx, receivables};

use super::uses::{self, Purse, UseError};
use crate::env::Env;
use crate::operations::record::{Facts, Told, record};

/// Books that `amount` of a payment went back, under the provider's id of what took it: what the payment was applied to is open
/// again by as much, the newest first. What is not here any more goes all the same, and is the business's loss.
pub(super) async fn goes_back(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    payment: Posted,
    (reference, amount): (&str, Money),
    kind: EventKind,
) -> Result<rules::GoesBack, UseError> {
    let (business, customer) = (purse.business, purse.customer);
    let sources = back::sources(tx, business, customer, payment).await?;
    let back = rules::go_back(amount, &sources)?;
    let applications = || sources.iter().flat_map(|source| &source.applications);
    for (row, part) in &back.undone {
        let Some(row) = applications().find(|application| application.id == *row) else { continue };
        // One refund undoes a row once, which makes a reference that no other reversal of the row has.
        uses::free(tx, env, purse, row, *part, reference).await?;
    }
    let entries = rules::rows(reference, customer, &back);
    post_all(tx, env, purse, &entries, kind, amount).await?;
    Ok(back)
}

/// Books that what went back under this id came again: as a payment of its own, which pays again for what was opened, as far as that
/// is still open. What was the business's loss is none any more. What of it is left over; none if it came before, or never went.
pub(super) async fn comes_again(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    reference: &str,
    currency: Currency,
) -> Result<Option<Money>, UseError> {
    let (business, customer) = (purse.business, purse.customer);
    let rows = back::rows_of(tx, business, reference).await?;
    let again = ledger::find(tx, business, Provider::Stripe, TransferKind::Payment, reference).await?;
    if rows.is_empty() || again.is_some() || rows.iter().any(|row| !row.reversed.is_zero()) {
        return Ok(None);
    }
    let total = Money::sum(currency, rows.iter().map(|row| row.entry.amount))?;
    let (covered, lost): (Vec<Posted>, Vec<Posted>) =
        rows.into_iter().partition(|row| row.entry.reverses.is_some());
    let mut left = Money::sum(currency, covered.iter().map(|row| row.entry.amount))?;
    let mut entries = Vec::new();
    if left.is_positive() {
        entries.push(payment(Provider::Stripe, reference, customer, left));
    }
    for row in &lost {
        entries.push(reversal(row, 1, row.entry.amount));
        let given_up = ledger::find(tx, business, Provider::Own, TransferKind::WriteOff, reference).await?;
        entries.extend(given_up.map(|row| reversal(&row, 1, row.entry.amount)));
    }
    let payment = post_all(tx, env, purse, &entries, EventKind::PaymentCameBack, total).await?;

    let mut shares = Vec::new();
    let items = uses::payable_items(tx, purse, currency).await?;
    for (receivable, part) in undone_by(tx, purse, currency, reference).await? {
        let Some(item) = items.iter().find(|item| item.receivable == receivable) else { continue };
        let share = part.smaller(item.open)?.smaller(left)?;
        if share.is_positive() {
            left = left.checked_sub(share)?;
            shares.push((payment, receivable, share));
        }
    }
    uses::apply(tx, env, purse, &shares).await?;
    Ok(Some(left))
}

/// What was opened by money that went back under this id.
async fn undone_by(
    tx: &mut Tx,
    purse: &Purse,
    currency: Currency,
    reference: &str,
) -> Result<Vec<(ReceivableId, Money)>, UseError> {
    let rows = credits::rows_of(tx, purse.business, purse.customer, currency).await?;
    let suffix = format!(":{reference}");
    let mut undone: Vec<(ReceivableId, Money)> = Vec::new();
    for row in rows {
        let by_it = row.entry.kind == TransferKind::Reversal && row.entry.reference.ends_with(&suffix);
        let Account::Receivable(receivable) = row.entry.debit else { continue };
        if !by_it {
            continue;
        }
        match undone.iter_mut().find(|(known, _)| *known == receivable) {
            Some((_, sum)) => *sum = sum.checked_add(row.entry.amount)?,
            None => undone.push((receivable, row.entry.amount)),
        }
    }
    Ok(undone)
}

/// The invoices that were opened by it, and by how much.
pub(super) async fn opened_by(
    tx: &mut Tx,
    purse: &Purse,
    currency: Currency,
    reference: &str,
) -> Result<Vec<(InvoiceId, Money)>, UseError> {
    let mut opened = Vec::new();
    for (receivable, part) in undone_by(tx, purse, currency, reference).await? {
        let found = receivables::find(tx, purse.business, receivable).await?;
        opened.extend(found.map(|found| (found.invoice, part)));
    }
    Ok(opened)
}

/// Books rows that are one thing that happened. The first of them.
async fn post_all(
    tx: &mut Tx,
    env: &Env,
    purse: &Purse,
    entries: &[domain::ledger::Entry],
    kind: EventKind,
    amount: Money,
) -> Result<TransferId, UseError> {
    let (first, now): (TransferId, _) = (env.new_id(), env.business_now());
    let facts = Facts { amount: Some(amount), ..Facts::default() };
    let told = Told::new(kind, first).customer(purse.customer).facts(facts);
    let event = record(tx, env, purse.business, purse.actor, told);
    for (place, entry) in entries.iter().enumerate() {
        let id = if place == 0 { first } else { env.new_id() };
        let posting =
            Posting { id, business: purse.business, entry, event, happened_at: now, booked_at: now };
        if let Booked::Before { .. } = ledger::post(tx, &posting).await? {
            return Err(UseError::Raced);
        }
    }
    Ok(first)
}
