//! What a customer's statement is made of: every row of the ledger that touches an account of theirs. `domain::statement`
//! says what of it shows.

use domain::ledger::{Account, Posted};
use domain::statement::{Claim, Fact};
use domain::time::{Zone, civil_date};
use domain::{BusinessId, Currency, CustomerId, Date, EventId, InvoiceId, Label, ReceivableId};
use uuid::Uuid;

use super::{PostedRow, account_id};
use crate::rows::Reading;
use crate::{StoreError, Tx};

/// Every row that touches an account of the customer's in one currency, with the day it counts on in this zone.
pub async fn facts(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    currency: Currency,
    zone: Zone,
) -> Result<Vec<Fact>, StoreError> {
    let unapplied = account_id(business, currency, Account::Unapplied(customer));
    // Each of the two sides by its own index; a row that touches two of their accounts comes once all the same.
    let rows: Vec<PostedRow> = on!(tx, connection => sqlx::query_as(concat!(
        "WITH own AS (
            SELECT account.id FROM receivable
            JOIN account ON account.business_id = receivable.business_id AND account.currency = receivable.currency
                AND account.kind = 'receivable' AND account.owner_id = receivable.id
            WHERE receivable.business_id = $1 AND receivable.customer_id = $2 AND receivable.currency = $3
            UNION SELECT account.id FROM account WHERE account.id = $4
        ), touched AS (
            SELECT transfer.id FROM own JOIN transfer ON transfer.debit_account_id = own.id
            UNION SELECT transfer.id FROM own JOIN transfer ON transfer.credit_account_id = own.id
        ) ", posted_columns!(), " WHERE transfer.id IN (SELECT id FROM touched) ORDER BY transfer.id"))
        .bind(business.uuid()).bind(customer.uuid()).bind(currency.code()).bind(unapplied.uuid())
        .fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let (on, event) = (civil_date(row.happened_at, zone), EventId::from_uuid(row.event_id));
            Ok(Fact { row: Posted::try_from(row)?, on, event })
        })
        .collect()
}

row! {
    struct ClaimRow {
        id: Uuid,
        invoice_id: Uuid,
        number: Option<String>,
        due_date: Date,
    }
}

/// The customer's receivables in one currency.
pub async fn claims(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    currency: Currency,
) -> Result<Vec<Claim>, StoreError> {
    let rows: Vec<ClaimRow> = on!(tx, connection => sqlx::query_as(
        "SELECT receivable.id, receivable.invoice_id, invoice.number, receivable.due_date
         FROM receivable JOIN invoice ON invoice.id = receivable.invoice_id
         WHERE receivable.business_id = $1 AND receivable.customer_id = $2 AND receivable.currency = $3
         ORDER BY receivable.due_date, receivable.id")
        .bind(business.uuid()).bind(customer.uuid()).bind(currency.code()).fetch_all(connection))?;
    rows.into_iter()
        .map(|row| {
            let receivable = ReceivableId::from_uuid(row.id);
            let at = Reading { table: "receivable", row: receivable };
            let number = at.present("number", row.number)?;
            Ok(Claim {
                receivable,
                invoice: InvoiceId::from_uuid(row.invoice_id),
                number: at.value("number", Label::parse(&number))?,
                due_on: row.due_date,
            })
        })
        .collect()
}

/// The currencies in which something of the customer's was ever booked, by code.
pub async fn currencies(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Currency>, StoreError> {
    let codes: Vec<String> = on!(tx, connection => sqlx::query_scalar(
        "SELECT currency FROM receivable WHERE business_id = $1 AND customer_id = $2
         UNION SELECT currency FROM account WHERE business_id = $1 AND kind = 'unapplied' AND owner_id = $2
         ORDER BY currency")
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    let at = Reading { table: "account", row: customer };
    codes.iter().map(|code| at.currency(code)).collect()
}
