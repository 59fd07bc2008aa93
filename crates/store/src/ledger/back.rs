//! Money that went back to the payer: where it can be taken from, and what was booked of it.

use std::collections::BTreeMap;

use domain::ledger::back::Source;
use domain::ledger::{Posted, Provider, TransferKind};
use domain::{BusinessId, CustomerId, Money, MoneyError, Timestamp, TransferId};

use super::{PostedRow, applications_of, credits, find, posted};
use crate::rows::Reading;
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

/// What the provider moved under one of its ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The id.
    pub reference: String,
    /// What came.
    pub came: Money,
    /// What went.
    pub went: Money,
    /// When that was, the last of it. Business time.
    pub happened_at: Timestamp,
}

row! {
    struct MovedRow {
        provider_ref: String,
        currency: String,
        kind: String,
        left_minor: i64,
        happened_at: Timestamp,
    }
}

/// What stands in the books of what the provider moved since then, by its ids.
pub async fn moved_at_provider(
    tx: &mut Tx,
    business: BusinessId,
    since: Timestamp,
) -> Result<Vec<Moved>, StoreError> {
    // What went beyond what was here is taken back by a row of our own when it comes again; any other row stands as it is.
    let rows: Vec<MovedRow> = on!(tx, connection => sqlx::query_as(
        "SELECT provider_ref, currency, kind, happened_at,
            CAST(amount_minor - CASE WHEN kind = 'refund' AND reverses IS NULL THEN COALESCE((
                SELECT SUM(reversal.amount_minor) FROM transfer AS reversal WHERE reversal.reverses = transfer.id), 0)
                ELSE 0 END AS BIGINT) AS left_minor
         FROM transfer
         WHERE business_id = $1 AND provider = $2 AND kind IN ('payment', 'refund') AND happened_at >= $3")
        .bind(business.uuid()).bind(Provider::Stripe.as_str()).bind(since).fetch_all(connection))?;
    let mut moved: BTreeMap<String, Moved> = BTreeMap::new();
    for row in rows {
        // Further rows of one id carry a number.
        let reference = row.provider_ref.split(':').next().unwrap_or_default().to_owned();
        let at = Reading { table: "transfer", row: reference.clone() };
        let currency = at.currency(&row.currency)?;
        let amount = at.money("amount_minor", row.left_minor, currency)?;
        let entry = moved.entry(reference.clone()).or_insert(Moved {
            reference,
            came: Money::zero(currency),
            went: Money::zero(currency),
            happened_at: row.happened_at,
        });
        let side = if row.kind == TransferKind::Payment.as_str() { &mut entry.came } else { &mut entry.went };
        *side = at.value("amount_minor", side.checked_add(amount))?;
        entry.happened_at = entry.happened_at.max(row.happened_at);
    }
    Ok(moved.into_values().collect())
}
