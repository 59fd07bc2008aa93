//! Whom a changed schedule or setting is about.

use domain::{BusinessId, CustomerId, GroupId, ScheduleId, Timestamp};
use uuid::Uuid;

use crate::{StoreError, Tx};

/// The customers whom a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// All of a business: its hours or its default schedule changed.
    Business,
    /// Those of a group.
    Group(GroupId),
    /// Those who follow this schedule: by their own terms, else their group's, else their business's; by none, those who
    /// follow the program's own.
    Schedule(Option<ScheduleId>),
    /// This one.
    Customer(CustomerId),
}

impl Scope {
    fn name(self) -> &'static str {
        match self {
            Self::Business => "business",
            Self::Group(_) => "group",
            Self::Schedule(_) => "schedule",
            Self::Customer(_) => "customer",
        }
    }

    fn id(self) -> Option<Uuid> {
        match self {
            Self::Business => None,
            Self::Group(group) => Some(group.uuid()),
            Self::Schedule(schedule) => schedule.map(ScheduleId::uuid),
            Self::Customer(customer) => Some(customer.uuid()),
        }
    }
}

/// The customers of business `$1` who are within the scope `$2` of the thing `$3`.
macro_rules! customers_in_scope {
    () => {
        "SELECT customer.id FROM customer
         LEFT JOIN customer_follow_up ON customer_follow_up.customer_id = customer.id
         LEFT JOIN customer_group ON customer_group.id = customer_follow_up.group_id
         LEFT JOIN follow_up_settings ON follow_up_settings.business_id = customer.business_id
         WHERE customer.business_id = $1 AND ($2 = 'business'
            OR ($2 = 'customer' AND customer.id = $3)
            OR ($2 = 'group' AND customer_follow_up.group_id = $3)
            OR ($2 = 'schedule' AND COALESCE(customer_follow_up.schedule_id, customer_group.schedule_id,
                follow_up_settings.schedule_id) IS NOT DISTINCT FROM $3))"
    };
}

/// What is still to be decided about, or is done with although something is open: every step was said, and a new
/// schedule may have another.
macro_rules! to_be_decided {
    () => {
        "(receivable.next_decision_at IS NOT NULL OR EXISTS (
            SELECT 1 FROM account
            WHERE account.business_id = receivable.business_id AND account.currency = receivable.currency
                AND account.kind = 'receivable' AND account.owner_id = receivable.id
                AND COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE debit_account_id = account.id), 0)
                    > COALESCE((SELECT SUM(amount_minor) FROM transfer WHERE credit_account_id = account.id), 0)))"
    };
}

/// Has the planner look at everything open of the customers within a scope, at `when` at the latest. How many receivables
/// that made earlier.
pub async fn look_again_for(
    tx: &mut Tx,
    business: BusinessId,
    scope: Scope,
    when: Timestamp,
) -> Result<u64, StoreError> {
    execute!(
        tx,
        sqlx::query(concat!(
            "UPDATE receivable SET next_decision_at = $4
             WHERE (next_decision_at IS NULL OR next_decision_at > $4) AND customer_id IN (",
            customers_in_scope!(),
            ") AND ",
            to_be_decided!()
        ))
        .bind(business.uuid())
        .bind(scope.name())
        .bind(scope.id())
        .bind(when)
    )
}

/// Has the planner look at everything of a customer that is open or still to be decided about: something about them has
/// changed. What is open although every step was said is among it: a hold stands there too, and its day comes.
pub async fn look_again_at_all(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
    when: Timestamp,
) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(concat!(
            "UPDATE receivable SET next_decision_at = $3
             WHERE (next_decision_at IS NULL OR next_decision_at > $3) AND customer_id = $1 AND business_id = $2 AND ",
            to_be_decided!()
        ))
        .bind(customer.uuid())
        .bind(business.uuid())
        .bind(when)
    )
    .map(|_rows| ())
}

/// The customers within a scope who have something open, in the order of their ids: whom a change would be about. `after`
/// is the last one of the page before.
pub async fn open_customers_in(
    tx: &mut Tx,
    business: BusinessId,
    scope: Scope,
    after: Option<CustomerId>,
    limit: i64,
) -> Result<Vec<CustomerId>, StoreError> {
    let ids: Vec<Uuid> = on!(tx, connection => sqlx::query_scalar(concat!(
        customers_in_scope!(), " AND customer.id > $4 AND EXISTS (
            SELECT 1 FROM receivable WHERE receivable.customer_id = customer.id AND ", to_be_decided!(), ")
         ORDER BY customer.id LIMIT $5"))
        .bind(business.uuid()).bind(scope.name()).bind(scope.id())
        .bind(after.map_or(Uuid::nil(), CustomerId::uuid)).bind(limit).fetch_all(connection))?;
    Ok(ids.into_iter().map(CustomerId::from_uuid).collect())
}
