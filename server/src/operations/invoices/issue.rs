//! Issuing and voiding: where an invoice enters the books, and how it leaves them.

use domain::event::{Actor, EventKind};
use domain::ledger;
use domain::time::{Date, civil_date, start_of_day};
use domain::{BusinessId, FieldErrors, InvoiceId, Label, Permission, ReceivableId, ShortText};
use store::identity::Business;
use store::invoices::{self, Parties};
use store::ledger::{self as books, Posting};
use store::receivables::{self, NewReceivable};
use store::{Tx, customers};

use super::super::record::{Facts, Personal, Told, actor, record};
use super::show::party;
use super::{InvoiceError, business_of, customer_of, reviewed};
use crate::env::{Env, Principal};
use crate::operations::customers as people;
use crate::operations::payments::uses::{self, Purse};

/// Makes an invoice of a draft.
///
/// One transaction: takes the next number of the year (gapless: a rollback gives it back), fixes issue and due date as
/// civil dates of the business's zone, writes down both parties as they stand, makes the receivable with its ledger rows,
/// and has the planner look at it.
pub async fn issue(
    env: &Env,
    principal: &Principal,
    id: InvoiceId,
    version: i64,
) -> Result<Label, InvoiceError> {
    let (business, _) = principal.member_with(Permission::IssueInvoices)?;
    let number = env
        .store
        .transact(async |tx| {
            let business = business_of(tx, business).await?;
            issue_in(tx, env, actor(principal), &business, id, version).await
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(number)
}

/// The same in a transaction of somebody else's, who rings for the planner once it is committed.
pub(in crate::operations) async fn issue_in(
    tx: &mut Tx,
    env: &Env,
    by: Actor,
    business: &Business,
    id: InvoiceId,
    version: i64,
) -> Result<Label, InvoiceError> {
    let draft = invoices::invoice(tx, business.id, id).await?.ok_or(InvoiceError::NotFound)?;
    if draft.version != version {
        return Err(InvoiceError::Conflict(Box::new(draft)));
    }
    // Credit that waits is looked at below, so nobody else may use it meanwhile.
    books::take_turn(tx, business.id, draft.customer).await?;
    let now = env.business_now();
    let today = civil_date(now, business.time_zone);
    let number = next_number(tx, business.id, today).await?;
    let (state, totals) = draft.state.clone().issue(
        &draft.lines,
        draft.currency,
        number.clone(),
        today,
        draft.net_days,
        now,
    )?;
    let Some(issued) = state.issued() else { return Err(InvoiceError::NotFound) };
    let customer = customer_of(tx, business.id, draft.customer).await?;
    let contacts = customers::contacts(tx, business.id, customer.id).await?;
    let parties = Parties { seller: party(business), buyer: people::party(&customer, &contacts) };
    if !invoices::issue(tx, &draft, issued, &parties).await? {
        return Err(InvoiceError::Conflict(Box::new(draft)));
    }
    let receivable: ReceivableId = env.new_id();
    receivables::create(
        tx,
        &NewReceivable {
            id: receivable,
            business: business.id,
            customer: customer.id,
            invoice: id,
            amount: totals.total,
            due_on: issued.due_on,
            next_decision_at: now,
            created_at: now,
        },
    )
    .await?;
    let told = Told::new(EventKind::InvoiceIssued, id).customer(customer.id).invoice(id).facts(Facts {
        number: Some(number.to_string()),
        amount: Some(totals.total),
        ..Facts::default()
    });
    let event = record(tx, env, business.id, by, told);
    reviewed(tx, env, business.id, id).await?;
    for entry in &ledger::issue(receivable, &totals) {
        let posting = Posting {
            id: env.new_id(),
            business: business.id,
            entry,
            event,
            // The claim exists from the first moment of the issue date, wherever in that day it was clicked.
            happened_at: start_of_day(today, business.time_zone).min(now),
            booked_at: now,
        };
        books::post(tx, &posting).await?;
    }
    // What the customer has over pays it at once.
    let purse = Purse { business: business.id, customer: customer.id, actor: Actor::System, attempt: None };
    uses::use_credit(tx, env, &purse, draft.currency, &[receivable]).await?;
    Ok(number)
}

/// The next free invoice number of the year: `2026-014`. Numbers that are taken already are passed over.
async fn next_number(tx: &mut Tx, business: BusinessId, today: Date) -> Result<Label, InvoiceError> {
    let year = today.format("%Y");
    loop {
        let next = customers::next_number(tx, business, &format!("invoice {year}")).await?;
        let number = Label::parse(&format!("{year}-{next:03}"));
        let number = number.map_err(|problem| FieldErrors::one("number", problem))?;
        if !invoices::number_is_taken(tx, business, &number).await? {
            return Ok(number);
        }
    }
}

/// Takes an issued invoice back: only while nothing was received for it and no payment may be on its way. Its ledger rows
/// are undone by further rows; its number stays used.
pub async fn void(
    env: &Env,
    principal: &Principal,
    id: InvoiceId,
    version: i64,
    reason: &str,
) -> Result<(), InvoiceError> {
    let (business, _) = principal.member_with(Permission::VoidInvoices)?;
    let reason = ShortText::parse_optional(reason).map_err(|problem| FieldErrors::one("reason", problem))?;
    let reason = reason.as_ref();
    env.store
        .transact(async |tx| {
            let found = invoices::invoice(tx, business, id).await?.ok_or(InvoiceError::NotFound)?;
            // From here nobody else books this customer's money or starts an attempt, so the facts below stay true.
            books::take_turn(tx, business, found.customer).await?;
            let now = env.business_now();
            let business = business_of(tx, business).await?;
            let today = civil_date(now, business.time_zone);
            let summary =
                invoices::summary(tx, business.id, id, today).await?.ok_or(InvoiceError::NotFound)?;
            let balance = &summary.balance;
            let received = balance.paid.checked_add(balance.written_off)?.checked_add(balance.credited)?;
            found.state.clone().void(received, summary.in_flight, now)?;
            if found.version != version || !invoices::void(tx, &found, reason, now).await? {
                return Err(InvoiceError::Conflict(Box::new(found)));
            }
            let number = found.state.issued().map(|issued| issued.number.to_string());
            let told = Told::new(EventKind::InvoiceVoided, id)
                .customer(found.customer)
                .invoice(id)
                .facts(Facts { number, amount: Some(summary.balance.total), ..Facts::default() })
                .personal(Personal { note: reason.map(ToString::to_string), ..Personal::default() });
            let event = record(tx, env, business.id, actor(principal), told);
            let Some(receivable) = summary.receivable else { return Ok(()) };
            let (currency, account) =
                (summary.balance.total.currency(), ledger::Account::Receivable(receivable));
            let rows = books::rows_of(tx, business.id, currency, account).await?;
            // Reversals undo the rows of the issue; what was reversed is not to be reversed again.
            let rows: Vec<_> = rows.into_iter().filter(|row| row.entry.reverses.is_none()).collect();
            for entry in &ledger::void(&rows)? {
                let posting = Posting {
                    id: env.new_id(),
                    business: business.id,
                    entry,
                    event,
                    happened_at: now,
                    booked_at: now,
                };
                books::post(tx, &posting).await?;
            }
            receivables::look_again(tx, business.id, receivable, now).await?;
            Ok(())
        })
        .await?;
    env.nudges.planner.notify_one();
    Ok(())
}
