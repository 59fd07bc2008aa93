//! Payments that their payer contests with the bank. What moved stands in the ledger, under the dispute's id.

use std::collections::{BTreeSet, HashMap};

use domain::dispute::DisputeStage;
use domain::ledger::Provider;
use domain::{BusinessId, CustomerId, EventId, Money, ReceivableId, Timestamp, TransferId};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A dispute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dispute {
    /// Whose.
    pub business: BusinessId,
    /// What the provider calls it.
    pub reference: String,
    /// Who contests.
    pub customer: CustomerId,
    /// The payment's row in the ledger.
    pub payment: TransferId,
    /// How much of it.
    pub amount: Money,
    /// How it stands.
    pub stage: DisputeStage,
    /// When it was first heard of. Business time.
    pub opened_at: Timestamp,
}

row! {
    struct DisputeRow {
        business_id: Uuid,
        provider_ref: String,
        customer_id: Uuid,
        payment_id: Uuid,
        currency: String,
        amount_minor: i64,
        stage: String,
        opened_at: Timestamp,
    }
}

impl TryFrom<DisputeRow> for Dispute {
    type Error = StoreError;

    fn try_from(row: DisputeRow) -> Result<Self, StoreError> {
        let at = Reading { table: "dispute", row: row.provider_ref.clone() };
        let currency = at.currency(&row.currency)?;
        Ok(Self {
            business: BusinessId::from_uuid(row.business_id),
            customer: CustomerId::from_uuid(row.customer_id),
            payment: TransferId::from_uuid(row.payment_id),
            amount: at.money("amount_minor", row.amount_minor, currency)?,
            stage: at.known("stage", DisputeStage::from_name(&row.stage))?,
            opened_at: row.opened_at,
            reference: row.provider_ref,
        })
    }
}

/// A dispute of Stripe's by its name there.
pub async fn find(tx: &mut Tx, business: BusinessId, reference: &str) -> Result<Option<Dispute>, StoreError> {
    let row: Option<DisputeRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM dispute WHERE business_id = $1 AND provider = $2 AND provider_ref = $3")
        .bind(business.uuid()).bind(Provider::Stripe.as_str()).bind(reference).fetch_optional(connection))?;
    row.map(Dispute::try_from).transpose()
}

/// The disputes of a customer, the newest first.
pub async fn of_customer(
    tx: &mut Tx,
    business: BusinessId,
    customer: CustomerId,
) -> Result<Vec<Dispute>, StoreError> {
    let rows: Vec<DisputeRow> = on!(tx, connection => sqlx::query_as(
        "SELECT * FROM dispute WHERE business_id = $1 AND customer_id = $2 ORDER BY opened_at DESC, provider_ref")
        .bind(business.uuid()).bind(customer.uuid()).fetch_all(connection))?;
    rows.into_iter().map(Dispute::try_from).collect()
}

/// Writes down a dispute that was not known before.
pub async fn open(tx: &mut Tx, dispute: &Dispute, event: EventId) -> Result<(), StoreError> {
    execute!(
        tx,
        sqlx::query(
            "INSERT INTO dispute (business_id, provider, provider_ref, customer_id, payment_id, currency, amount_minor,
                stage, event_id, opened_at, changed_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10)"
        )
        .bind(dispute.business.uuid())
        .bind(Provider::Stripe.as_str())
        .bind(&dispute.reference[..])
        .bind(dispute.customer.uuid())
        .bind(dispute.payment.uuid())
        .bind(dispute.amount.currency().code())
        .bind(dispute.amount.minor())
        .bind(dispute.stage.as_str())
        .bind(event.uuid())
        .bind(dispute.opened_at)
    )
    .map(|_rows| ())
}

/// Moves a dispute on: false if it stands elsewhere than `dispute` says.
pub async fn move_on(
    tx: &mut Tx,
    dispute: &Dispute,
    stage: DisputeStage,
    event: EventId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let rows = execute!(
        tx,
        sqlx::query(
            "UPDATE dispute SET stage = $5, event_id = $6, changed_at = $7
             WHERE business_id = $1 AND provider = $2 AND provider_ref = $3 AND stage = $4"
        )
        .bind(dispute.business.uuid())
        .bind(Provider::Stripe.as_str())
        .bind(&dispute.reference[..])
        .bind(dispute.stage.as_str())
        .bind(stage.as_str())
        .bind(event.uuid())
        .bind(now)
    )?;
    Ok(rows == 1)
}

/// What was paid with payments that these customers contest and of which the bank has not decided: the money may be gone by now,
/// and who contests a payment is not reminded of what it was for.
pub(crate) async fn contested(
    tx: &mut Tx,
    customers: &[Uuid],
) -> Result<HashMap<CustomerId, BTreeSet<ReceivableId>>, StoreError> {
    let rows: Vec<(Uuid, Uuid, String, Uuid)> = on_ids!(tx, customers, listed, connection => sqlx::query_as(concat!(
        "SELECT dispute.customer_id, dispute.payment_id, application.provider_ref, account.owner_id FROM dispute
         JOIN transfer AS payment ON payment.id = dispute.payment_id
         JOIN transfer AS application ON application.debit_account_id = payment.credit_account_id
            AND application.kind = 'application'
         JOIN account ON account.id = application.credit_account_id
         WHERE dispute.stage IN ('inquiry', 'open') AND dispute.customer_id ", listed!()))
        .bind(listed).fetch_all(connection))?;
    let mut contested: HashMap<CustomerId, BTreeSet<ReceivableId>> = HashMap::new();
    for (customer, payment, reference, receivable) in rows {
        // An application's reference begins with its payment.
        let payment = TransferId::from_uuid(payment).to_string();
        if reference.split(':').next() == Some(&payment) {
            contested
                .entry(CustomerId::from_uuid(customer))
                .or_default()
                .insert(ReceivableId::from_uuid(receivable));
        }
    }
    Ok(contested)
}
