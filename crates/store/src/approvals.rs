//! A person's word that a step may be said. It is given once and never taken back: whoever changes their mind before the
//! step is said places a hold.

use domain::schedule::StepId;
use domain::{BusinessId, MemberId, ReceivableId, Timestamp};

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// Lets a step be said about a receivable: false if somebody did before.
pub async fn approve(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
    step: &StepId,
    by: MemberId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "INSERT INTO approval (business_id, receivable_id, step, approved_by, approved_at)
             VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (business_id, receivable_id, step) DO NOTHING"
        )
        .bind(business.uuid())
        .bind(receivable.uuid())
        .bind(step.as_str())
        .bind(by.uuid())
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// The steps that may be said about a receivable, by name.
pub async fn of_receivable(
    tx: &mut Tx,
    business: BusinessId,
    receivable: ReceivableId,
) -> Result<Vec<StepId>, StoreError> {
    let steps: Vec<String> = on!(tx, connection => sqlx::query_scalar(
        "SELECT step FROM approval WHERE business_id = $1 AND receivable_id = $2 ORDER BY step")
        .bind(business.uuid()).bind(receivable.uuid()).fetch_all(connection))?;
    let at = Reading { table: "approval", row: receivable };
    steps.iter().map(|step| at.value("step", StepId::parse(step))).collect()
}
