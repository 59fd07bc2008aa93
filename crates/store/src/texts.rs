//! What gateways tell about texts, and what texts cost.
//!
//! Reports come in any order, twice, and sometimes before the hand-over they are about is recorded. So a report is kept
//! as it is, once a status, and what it means for its message is looked up from all of them, whenever there is
//! something new.

use domain::sms::DeliveryStatus;
use domain::{BusinessId, MessageId, Phone, Timestamp};
use uuid::Uuid;

use crate::rows::Reading;
use crate::{StoreError, Tx};

/// A gateway's word on a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// How it stands.
    pub status: DeliveryStatus,
    /// What the gateway calls the message.
    pub provider_ref: String,
    /// The gateway's error code, or empty.
    pub detail: String,
    /// Business time.
    pub received_at: Timestamp,
}

row! {
    struct ReportRow {
        status: String,
        provider_ref: String,
        detail: String,
        received_at: Timestamp,
    }
}

/// Keeps a report: false if this status was reported before.
pub async fn keep_report(
    tx: &mut Tx,
    business: BusinessId,
    message: MessageId,
    report: &Report,
) -> Result<bool, StoreError> {
    let sql =
        "INSERT INTO delivery_report (message_id, business_id, status, provider_ref, detail, received_at)
               VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (message_id, status) DO NOTHING";
    let rows = execute!(
        tx,
        sqlx::query(sql)
            .bind(message.uuid())
            .bind(business.uuid())
            .bind(report.status.as_str())
            .bind(report.provider_ref.as_str())
            .bind(report.detail.as_str())
            .bind(report.received_at)
    )?;
    Ok(rows == 1)
}

/// Everything reported about a message, oldest first.
pub async fn reports(tx: &mut Tx, message: MessageId) -> Result<Vec<Report>, StoreError> {
    let sql = "SELECT status, provider_ref, detail, received_at FROM delivery_report WHERE message_id = $1
               ORDER BY received_at, status";
    let rows: Vec<ReportRow> =
        on!(tx, connection => sqlx::query_as(sql).bind(message.uuid()).fetch_all(connection))?;
    let read = Reading { table: "delivery_report", row: message };
    rows.into_iter()
        .map(|row| {
            Ok(Report {
                status: read.known("status", DeliveryStatus::from_name(&row.status))?,
                provider_ref: row.provider_ref,
                detail: row.detail,
                received_at: row.received_at,
            })
        })
        .collect()
}

/// Notes what the gateway calls a message. False if it has a name already.
pub async fn name(tx: &mut Tx, message: MessageId, provider_ref: &str) -> Result<bool, StoreError> {
    let sql = "UPDATE message SET provider_ref = $2 WHERE id = $1 AND provider_ref IS NULL";
    Ok(execute!(tx, sqlx::query(sql).bind(message.uuid()).bind(provider_ref))? == 1)
}

/// Notes that a message that was sent has arrived. False if that is known, or it was not sent.
pub async fn mark_delivered(
    tx: &mut Tx,
    business: BusinessId,
    message: MessageId,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let sql = "UPDATE message SET delivered_at = $3
               WHERE id = $1 AND business_id = $2 AND state = 'sent' AND delivered_at IS NULL";
    Ok(execute!(tx, sqlx::query(sql).bind(message.uuid()).bind(business.uuid()).bind(at))? == 1)
}

/// The segments a business has paid for since a moment of business time.
pub async fn segments_since(tx: &mut Tx, business: BusinessId, since: Timestamp) -> Result<i64, StoreError> {
    let sql = "SELECT CAST(COALESCE(SUM(segments), 0) AS BIGINT) FROM message
               WHERE business_id = $1 AND segments IS NOT NULL AND handed_over_at >= $2";
    on!(tx, connection => sqlx::query_scalar(sql).bind(business.uuid()).bind(since).fetch_one(connection))
}

/// The business a message is of: a gateway knows the message only.
pub async fn business_of(tx: &mut Tx, message: MessageId) -> Result<Option<BusinessId>, StoreError> {
    let sql = "SELECT business_id FROM message WHERE id = $1";
    let found: Option<Uuid> =
        on!(tx, connection => sqlx::query_scalar(sql).bind(message.uuid()).fetch_optional(connection))?;
    Ok(found.map(BusinessId::from_uuid))
}

/// The last text that went out to a number, of any business: what an answer from it answers.
pub async fn last_to(tx: &mut Tx, number: &Phone) -> Result<Option<(BusinessId, MessageId)>, StoreError> {
    let sql = "SELECT business_id, id FROM message
               WHERE channel = 'sms' AND to_address = $1 AND handed_over_at IS NOT NULL
               ORDER BY handed_over_at DESC, id DESC LIMIT 1";
    let found: Option<(Uuid, Uuid)> =
        on!(tx, connection => sqlx::query_as(sql).bind(number.as_str()).fetch_optional(connection))?;
    Ok(found.map(|(business, message)| (BusinessId::from_uuid(business), MessageId::from_uuid(message))))
}

/// Notes that a text came in: false if it came before. Machine time.
pub async fn receive(tx: &mut Tx, provider_ref: &str, now: Timestamp) -> Result<bool, StoreError> {
    let sql = "INSERT INTO incoming_text (provider_ref, received_at) VALUES ($1, $2)
               ON CONFLICT (provider_ref) DO NOTHING";
    Ok(execute!(tx, sqlx::query(sql).bind(provider_ref).bind(now))? == 1)
}
