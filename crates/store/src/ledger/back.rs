//! Money that went back to the payer: where it can be taken from, and what was booked of it.

use domain::ledger::back::Source;
use domain::ledger::{Posted, Provider, TransferKind};
use domain::{BusinessId, CustomerId, Money, MoneyError, TransferId};

use super::{PostedRow, applications_of, credits, find, posted};
use crate::{StoreError, Tx};

/// The rows of money that went back under this id of the provider's, oldest first.
pub async fn rows_of(tx: &mut Tx, business: BusinessId, reference: &str) -> Result<Vec<Posted>, StoreError> {
    let rows: Vec<PostedRow> = on!(tx, connection => sqlx::query_as(concat!(posted_columns!(),
        " WHERE transfer.business_id = $1 AND transfer.provider = $2 AND transfer.kind = $3
            AND (transfer.provider_ref = $4 OR (transfer.provider_ref >= $5 AND transfer.provider_ref < $6))
          ORDER BY transfer.id"))
        .bind(business.uuid()).bind(Provider::Stripe.as_str()).bind(TransferKind::Refund.as_str()).bind(reference)
        .bind(format!("{reference}:")).bind(format!("{reference};")).fetch_all(connection))?;
    posted(rows)
}

/// Where money of this payment can be taken from: the payment, and what had gone back of it and came again under the id of the
/// refund or dispute.
pub async fn sources(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    payment: Posted,
) -> Result<Vec<Source>, StoreError> {
    let rows = credits::rows_of(tx, business, customer, payment.entry.amount.currency()).await?;
    let mut family = vec![payment];
    let mut looked_at = 0;
    while let Some(member) = family.get(looked_at).map(|member| member.id) {
        looked_at += 1;
        for left in rows.iter().filter(|row| row.entry.reverses == Some(member)) {
            let Some(reference) = left.entry.reference.split(':').next() else { continue };
            let again = find(tx, business, Provider::Stripe, TransferKind::Payment, reference).await?;
            family.extend(again.filter(|again| family.iter().all(|known| known.id != again.id)));
        }
    }
    let mut sources = Vec::with_capacity(family.len());
    for payment in family {
        let paid_out = paid_out(&rows, payment.id, &payment)
            .map_err(|error| StoreError::corrupt("transfer", "amount_minor", payment.id, error))?;
        let applications = applications_of(tx, business, payment.id).await?;
        sources.push(Source { payment, paid_out, applications });
    }
    Ok(sources)
}

fn paid_out(rows: &[Posted], id: TransferId, payment: &Posted) -> Result<Money, MoneyError> {
    let prefix = format!("{id}:");
    let of_it =
        |row: &&Posted| row.entry.kind == TransferKind::PayOut && row.entry.reference.starts_with(&prefix);
    let mut sum = Money::zero(payment.entry.amount.currency());
    for row in rows.iter().filter(of_it) {
        sum = sum.checked_add(row.entry.amount.checked_sub(row.reversed)?)?;
    }
    Ok(sum)
}
