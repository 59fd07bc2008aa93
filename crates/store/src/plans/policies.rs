//! What businesses set about plans.

use domain::plan::Policy;
use domain::{BusinessId, CustomerId, Timestamp};
use uuid::Uuid;

use crate::follow_up::Versioned;
use crate::rows::Reading;
use crate::{StoreError, Tx};

row! {
    struct PolicyRow {
        owner_id: Uuid,
        policy: String,
        version: i64,
    }
}

impl TryFrom<PolicyRow> for Versioned<Policy> {
    type Error = StoreError;

    fn try_from(row: PolicyRow) -> Result<Self, StoreError> {
        let at = Reading { table: "plan_policy", row: row.owner_id };
        let value: Policy = at.value("policy", serde_json::from_str(&row.policy))?;
        at.value("policy", value.check())?;
        Ok(Self { value, version: row.version })
    }
}

/// What a business set for all its customers, or for this one only; the latter is `None` when it goes by what holds for all.
pub async fn find(
    tx: &mut Tx,
    business: BusinessId,
    customer: Option<CustomerId>,
) -> Result<Option<Versioned<Policy>>, StoreError> {
    let owner = customer.map_or(business.uuid(), CustomerId::uuid);
    let row: Option<PolicyRow> = on!(tx, connection => sqlx::query_as(
        "SELECT owner_id, policy, version FROM plan_policy WHERE owner_id = $1 AND business_id = $2")
        .bind(owner).bind(business.uuid()).fetch_optional(connection))?;
    row.map(Versioned::try_from).transpose()
}

/// What holds for a customer: their own, else the business's, else [`Policy::STANDARD`].
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Policy, StoreError> {
    for whose in [Some(customer), None] {
        if let Some(found) = find(tx, business, whose).await? {
            return Ok(found.value);
        }
    }
    Ok(Policy::STANDARD)
}

/// Writes a policy over the version that was read, 0 where there was none. `false` when somebody else was first.
pub async fn save(
    tx: &mut Tx,
    business: BusinessId,
    customer: Option<CustomerId>,
    policy: &Versioned<Policy>,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let owner = customer.map_or(business.uuid(), CustomerId::uuid);
    let at = Reading { table: "plan_policy", row: owner };
    let text = at.value("policy", serde_json::to_string(&policy.value))?;
    let sql = if policy.version == 0 {
        "INSERT INTO plan_policy (owner_id, business_id, customer_id, policy, version, updated_at)
         VALUES ($1, $2, $3, $4, $5 + 1, $6) ON CONFLICT (owner_id) DO NOTHING"
    } else {
        "UPDATE plan_policy SET policy = $4, version = version + 1, updated_at = $6
         WHERE owner_id = $1 AND business_id = $2 AND customer_id IS NOT DISTINCT FROM $3 AND version = $5"
    };
    let rows = execute!(
        tx,
        sqlx::query(sql)
            .bind(owner)
            .bind(business.uuid())
            .bind(customer.map(CustomerId::uuid))
            .bind(&text[..])
            .bind(policy.version)
            .bind(now)
    )?;
    Ok(rows == 1)
}

/// Lets a customer go by what holds for all again. `false` when they did, or somebody saved meanwhile.
pub async fn clear(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    version: i64,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query("DELETE FROM plan_policy WHERE owner_id = $1 AND business_id = $2 AND version = $3")
            .bind(customer.uuid())
            .bind(business.uuid())
            .bind(version)
    )?;
    Ok(rows == 1)
}
